//! Goods purchased: purchases with what they cover and cost.

use super::Facts;
use crate::purchase::{cancel, pay, pay_link};
use crate::{App, AppError, Message};
use domain::money::share;
use domain::{Fen, PurchaseStatus, margin};
use std::collections::{BTreeMap, BTreeSet};
use store::exceptions::ExceptionRow;
use store::items::ItemRow;
use store::purchases::{Cover, DeliveryRow, PurchaseLineRow, PurchaseRow};

/// A purchase with what it covers of this order.
#[derive(Clone, Debug)]
pub struct Bought {
    /// The purchase.
    pub row: PurchaseRow,
    /// Login name of its session.
    pub login: String,
    /// The order's page at the marketplace.
    pub url: Option<url::Url>,
    /// Its lines.
    pub lines: Vec<PurchaseLineRow>,
    /// Shipments.
    pub deliveries: Vec<DeliveryRow>,
    /// What needs a person.
    pub differences: Vec<ExceptionRow>,
    /// Units of this order that it covers.
    pub covered: Vec<Covered>,
    /// Numbers of the other orders that it serves.
    pub other_orders: Vec<String>,
    /// Units that cover nobody's item: the agent's stock.
    pub stock: i64,
    /// Why it cannot be cancelled at the marketplace; none when it can.
    pub no_cancel: Option<Message>,
    /// Why it cannot be paid now; none when it can.
    pub no_pay: Option<Message>,
    /// How it is paid from here.
    pub ways: pay::Ways,
}

/// Units of an item that a purchase covers.
#[derive(Clone, Debug)]
pub struct Covered {
    /// Row id of the allocation.
    pub claim: i64,
    /// The item.
    pub item: ItemRow,
    /// Number for people.
    pub number: String,
    /// Units.
    pub units: i64,
    /// Price of one unit at the marketplace.
    pub price: Fen,
    /// What these units cost, without freight.
    pub goods: Fen,
    /// Their share of the freight.
    pub freight: Fen,
    /// What is left of the customer's money.
    pub margin: Option<Fen>,
}

pub(super) fn bought(
    app: &App,
    facts: &Facts,
    row: &PurchaseRow,
    lines: &[PurchaseLineRow],
    deliveries: &[DeliveryRow],
    covers: &[Cover],
) -> Result<Bought, AppError> {
    let market = app.markets.get(&row.marketplace)?;
    let mine = |c: &&Cover| c.purchase_id == row.id;
    let lines: Vec<PurchaseLineRow> = lines
        .iter()
        .filter(|l| l.purchase_id == row.id)
        .cloned()
        .collect();
    let costs = costs(row.freight_fen, &lines, covers);
    let rate = facts.rate();
    let covered = covers
        .iter()
        .filter(mine)
        .filter(|c| c.order_id == facts.order.id)
        .filter_map(|c| {
            let item = facts.items.iter().find(|i| i.id == c.item_id)?;
            let line = lines.iter().find(|l| l.id == c.purchase_line_id)?;
            let (goods, freight) = costs.get(&c.id).copied().unwrap_or((Fen(0), Fen(0)));
            let sum = item.price.times(c.quantity).ok();
            Some(Covered {
                claim: c.id,
                number: facts.number(item),
                units: c.quantity,
                price: line.price_fen,
                goods,
                freight,
                margin: sum.and_then(|s| margin::margin(&s, rate.as_ref(), goods, freight)),
                item: item.clone(),
            })
        })
        .collect();
    let others: BTreeSet<String> = covers
        .iter()
        .filter(mine)
        .filter(|c| c.order_id != facts.order.id)
        .map(|c| c.order_number.clone())
        .collect();
    let concerns = |e: &&ExceptionRow| {
        e.purchase_id == Some(row.id)
            || (e.purchase_id.is_none() && e.booking_id.is_some() && e.booking_id == row.booking_id)
    };
    Ok(Bought {
        login: facts.login(row.session_id),
        url: market
            .connector
            .order_url(&market.addresses, &row.order_number),
        deliveries: deliveries
            .iter()
            .filter(|d| d.purchase_id == row.id)
            .cloned()
            .collect(),
        differences: facts.exceptions.iter().filter(concerns).cloned().collect(),
        covered,
        other_orders: others.into_iter().collect(),
        stock: lines
            .iter()
            .filter(|l| l.status != PurchaseStatus::Closed)
            .map(PurchaseLineRow::unallocated)
            .sum(),
        no_cancel: cancel::allowed(row, market.connector.capabilities()).err(),
        no_pay: pay_link::refusal(row, &facts.exceptions),
        ways: pay::ways(app, &facts.settings, &row.marketplace)?,
        lines,
        row: row.clone(),
    })
}

/// What each allocation costs: its part of its line, and of the freight. The parts of all
/// allocations and of what covers nobody sum to the purchase, to the fen.
pub(super) fn costs(
    freight: Fen,
    lines: &[PurchaseLineRow],
    covers: &[Cover],
) -> BTreeMap<i64, (Fen, Fen)> {
    let amounts: Vec<i64> = lines.iter().map(|l| l.amount_fen.0).collect();
    let mut out = BTreeMap::new();
    for (line, freight) in lines.iter().zip(share(freight, &amounts)) {
        let here: Vec<&Cover> = covers
            .iter()
            .filter(|c| c.purchase_line_id == line.id)
            .collect();
        let mut units: Vec<i64> = here.iter().map(|c| c.quantity).collect();
        units.push(line.quantity - units.iter().sum::<i64>());
        let parts = share(line.amount_fen, &units)
            .into_iter()
            .zip(share(freight, &units));
        for (cover, part) in here.iter().zip(parts) {
            out.insert(cover.id, part);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(id: i64, quantity: i64, amount: i64) -> PurchaseLineRow {
        PurchaseLineRow {
            id,
            purchase_id: 1,
            line: id.to_string(),
            item: String::new(),
            specification: None,
            title: String::new(),
            configuration: String::new(),
            image: None,
            quantity,
            units_allocated: 0,
            price_fen: Fen(0),
            amount_fen: Fen(amount),
            status: PurchaseStatus::ToPay,
            raw_status: String::new(),
            raw_refund: None,
            refunded: false,
            refusal: None,
        }
    }

    fn cover(id: i64, line: i64, quantity: i64) -> Cover {
        Cover {
            id,
            item_id: id,
            purchase_id: 1,
            purchase_line_id: line,
            quantity,
            order_id: 1,
            order_number: String::new(),
        }
    }

    #[test]
    fn goods_and_freight_are_shared_by_what_each_allocation_takes() {
        let lines = [line(1, 4, 4_000), line(2, 1, 1_000)];
        let covers = [cover(10, 1, 1), cover(11, 1, 2), cover(12, 2, 1)];
        let costs = costs(Fen(500), &lines, &covers);
        assert_eq!(costs[&10], (Fen(1_000), Fen(100)));
        assert_eq!(costs[&11], (Fen(2_000), Fen(200)));
        assert_eq!(costs[&12], (Fen(1_000), Fen(100)));
    }

    proptest! {
        #[test]
        fn what_covers_everything_costs_everything(
            lines in prop::collection::vec((prop::collection::vec(1_i64..5, 1..4), 0_i64..10_000), 1..5),
            freight in 0_i64..5_000,
        ) {
            let mut rows = Vec::new();
            let mut covers = Vec::new();
            for (index, (units, amount)) in (1_i64..).zip(&lines) {
                rows.push(line(index, units.iter().sum(), *amount));
                for unit in units {
                    let id = i64::try_from(covers.len()).unwrap();
                    covers.push(cover(id, index, *unit));
                }
            }
            let costs = costs(Fen(freight), &rows, &covers);
            let goods: i64 = costs.values().map(|c| c.0.0).sum();
            let shared: i64 = costs.values().map(|c| c.1.0).sum();
            prop_assert_eq!(goods, lines.iter().map(|l| l.1).sum::<i64>());
            prop_assert_eq!(shared, freight);
        }
    }
}
