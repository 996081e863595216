//! Which units of an order fit which items.

use super::read::stored;
use super::{Look, NumberState};
use crate::AppError;
use domain::binding::{self, BindItem, BindLine, BindProposal};
use marketplaces::MarketOrder;
use store::Db;
use store::items::{self, ItemRow};
use store::purchases::{self};

/// The items that may be covered, with what is free of them.
async fn candidates(db: &mut Db, look: &Look) -> Result<Vec<BindItem>, AppError> {
    let numbering = crate::item::numbering(db).await?;
    let rows = items::of_order(db, look.order).await?;
    let wanted = |r: &&ItemRow| {
        r.marketplace == look.marketplace
            && if look.chosen.is_empty() {
                !r.status.is_left_out()
            } else {
                look.chosen.contains(&r.id)
            }
    };
    Ok(rows
        .iter()
        .filter(wanted)
        .map(|r| BindItem {
            id: r.id,
            number: numbering.item(&look.order_number, r.position),
            item: Some(r.item.clone()),
            specification: r.specification.clone(),
            free: r.free(),
            status: r.status,
        })
        .collect())
}

/// Proposes for every order that was read what it covers, each from what the ones before it leave.
pub(super) async fn propose(db: &mut Db, look: &mut Look) -> Result<(), AppError> {
    let mut items = candidates(db, look).await?;
    let marketplace = look.marketplace.clone();
    for number in &mut look.numbers {
        let NumberState::Found { found } = &mut number.state else {
            continue;
        };
        if let Some(row) = purchases::by_number(db, &marketplace, &number.number).await? {
            let lines = purchases::lines(db, row.id).await?;
            found.allocated = found
                .order
                .lines
                .iter()
                .map(|l| stored(&lines, l).map_or(0, |s| s.units_allocated))
                .collect();
        }
        found.proposal = proposal(&found.order, &found.allocated, &items);
        for share in &found.proposal.matches {
            if let Some(item) = items.iter_mut().find(|i| i.id == share.claim) {
                item.free -= share.units;
            }
        }
    }
    Ok(())
}

fn proposal(order: &MarketOrder, allocated: &[i64], items: &[BindItem]) -> BindProposal {
    let lines: Vec<BindLine> = order
        .lines
        .iter()
        .zip(0_i64..)
        .zip(allocated.iter().copied().chain(std::iter::repeat(0)))
        .map(|((line, position), allocated)| BindLine {
            id: position,
            item: line.item.clone(),
            specification: line.specification.clone(),
            quantity: line.quantity,
            allocated,
            status: line.status,
        })
        .collect();
    binding::propose(order.status, &lines, items)
}

#[cfg(test)]
mod tests {
    use super::super::look::numbers;
    use super::*;
    use domain::PurchaseStatus;
    use domain::{Fen, ItemStatus};
    use marketplaces::MarketLine;

    #[test]
    fn pasted_numbers_are_taken_once_each_or_refused_with_the_piece() {
        let ok = |text: &str| Ok(text.to_owned());
        let read = vec![
            ok("2257164624870311973"),
            ok("2257164624870311973"),
            ok("1"),
        ];
        assert_eq!(numbers(read).unwrap(), ["2257164624870311973", "1"]);
        let key = |read: Vec<Result<String, String>>| match numbers(read) {
            Err(AppError::Invalid(faults)) => faults[0].message.clone(),
            other => panic!("{other:?}"),
        };
        let wrong = key(vec![ok("1"), Err("abc".to_owned())]);
        assert_eq!(wrong.key, "bind-no_number");
        assert_eq!(wrong.args["pieces"], "abc");
        assert_eq!(key(Vec::new()).key, "bind-empty");
        let many = (0..21).map(|n| Ok(n.to_string())).collect();
        assert_eq!(key(many).key, "bind-too_many");
    }

    fn line(id: &str, item: &str, quantity: i64) -> MarketLine {
        MarketLine {
            line: id.to_owned(),
            item: item.to_owned(),
            specification: None,
            title: String::new(),
            configuration: String::new(),
            image: None,
            quantity,
            price: Fen(100),
            amount: Fen(100 * quantity),
            status: PurchaseStatus::ToPay,
            raw_status: String::new(),
            raw_refund: None,
            refunded: false,
            closed_for: None,
        }
    }

    #[test]
    fn lines_are_told_by_their_place_and_what_covers_already_counts() {
        let order = MarketOrder {
            number: "1".to_owned(),
            other_numbers: Vec::new(),
            reference: None,
            account: None,
            seller: None,
            seller_name: None,
            status: PurchaseStatus::ToPay,
            raw_status: String::new(),
            raw_refund: None,
            total: Fen(0),
            goods: Fen(0),
            freight: Fen(0),
            refunded: Fen(0),
            created: None,
            modified: None,
            paid: None,
            pay_by: None,
            sent: None,
            close_reason: None,
            lines: vec![line("a", "A", 2), line("b", "B", 5)],
            deliveries: Vec::new(),
        };
        let item = BindItem {
            id: 7,
            number: "№ 53-1".to_owned(),
            item: Some("B".to_owned()),
            specification: None,
            free: 4,
            status: ItemStatus::Paid,
        };
        let proposal = proposal(&order, &[0, 3], &[item]);
        let shares: Vec<_> = proposal
            .matches
            .iter()
            .map(|m| (m.claim, m.line, m.units))
            .collect();
        assert_eq!(shares, [(7, 1, 2)]);
        assert_eq!(proposal.surplus.len(), 1);
    }
}
