//! Splits units of an item off into an item of its own at the next position.
//!
//! Free units go first, then covered ones, whose allocations go with them. Units of an open
//! booking go only as whole claims: what a booking holds for one item is one answer's worth.

use crate::history::{self, Change};
use crate::item::{check_version, hold, packed};
use crate::order::settle;
use crate::{AppError, Ctx, Message};
use domain::HistoryKind;
use serde_json::json;
use std::collections::BTreeMap;
use store::Db;
use store::items::{self, ClaimRow, ItemRow};

/// Positions of one order, at most.
const MOST_POSITIONS: i64 = 10_000;

/// What to split off.
#[derive(Clone, Copy, Debug)]
pub struct Split {
    /// Item.
    pub item: i64,
    /// The item's version on the person's screen.
    pub version: i64,
    /// Units that go.
    pub quantity: i64,
}

/// Splits; gives the id of the new item.
///
/// # Errors
/// Fewer than one unit would go or stay; units of an open booking would have to be torn apart;
/// more units are in parcels than would stay; the item changed meanwhile; the database's.
pub async fn split(ctx: &Ctx, request: Split) -> Result<i64, AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let (order, item) = hold(db, request.item).await?;
                check_version(&item, request.version)?;
                if !(1..item.quantity).contains(&request.quantity) {
                    let message = Message::of("item-split_range").with("most", item.quantity - 1);
                    return Err(AppError::field("quantity", message));
                }
                let in_parcels = packed(db, &item).await?;
                if in_parcels > item.quantity - request.quantity {
                    return Err(AppError::Refused(Message::of("item-split_packed").with("packed", in_parcels)));
                }
                let position = items::last_position(db, order.id).await? + 1;
                if position > MOST_POSITIONS {
                    return Err(AppError::refused("item-too_many_positions"));
                }
                let claims = items::claims(db, item.id).await?;
                let parts = parts(item.free(), &claims, request.quantity).ok_or_else(|| {
                    let reserved = crate::order::reserved(item.id, &claims);
                    AppError::Refused(Message::of("item-split_reserved").with("reserved", reserved))
                })?;
                let id = ctx.id();
                move_units(&ctx, db, &item, id, position, request.quantity, &parts).await?;
                let change = Change {
                    item: Some(item.id),
                    was: Some(item.quantity.to_string()),
                    became: Some((item.quantity - request.quantity).to_string()),
                    facts: Some(json!({ "new_item": id.to_string(), "position": position, "quantity": request.quantity })),
                    ..Change::default()
                };
                history::add(&ctx, db, order.id, HistoryKind::ItemSplit, change).await?;
                settle(&ctx, db, order.id, &BTreeMap::new()).await?;
                Ok(id)
            })
        })
        .await
}

/// Which claims go, and how many units of each; free units make up the rest. None when units of
/// an open booking would have to be torn apart.
fn parts(free: i64, claims: &[ClaimRow], quantity: i64) -> Option<Vec<(ClaimRow, i64)>> {
    let covered: i64 = claims
        .iter()
        .filter(|c| c.purchase_line_id.is_some())
        .map(|c| c.quantity)
        .sum();
    let reserved: Vec<&ClaimRow> = claims
        .iter()
        .filter(|c| c.booking_line_id.is_some())
        .collect();
    // The sums that whole claims of open bookings can make, each with the claims that make it.
    let mut sums: BTreeMap<i64, Vec<usize>> = BTreeMap::from([(0, Vec::new())]);
    for (index, claim) in reserved.iter().enumerate() {
        for (sum, used) in sums.clone() {
            let more = sum + claim.quantity;
            if more <= quantity {
                sums.entry(more)
                    .or_insert_with(|| used.iter().copied().chain([index]).collect());
            }
        }
    }
    let (sum, used) = sums
        .into_iter()
        .find(|(sum, _)| quantity - sum <= free + covered)?;
    let mut out: Vec<(ClaimRow, i64)> = used
        .into_iter()
        .map(|index| (reserved[index].clone(), reserved[index].quantity))
        .collect();
    let mut rest = (quantity - sum - free).max(0);
    for claim in claims.iter().rev().filter(|c| c.purchase_line_id.is_some()) {
        let units = rest.min(claim.quantity);
        if units > 0 {
            out.push((claim.clone(), units));
            rest -= units;
        }
    }
    Some(out)
}

async fn move_units(
    ctx: &Ctx,
    db: &mut Db,
    item: &ItemRow,
    id: i64,
    position: i64,
    quantity: i64,
    parts: &[(ClaimRow, i64)],
) -> Result<(), AppError> {
    let taken: i64 = parts.iter().map(|(_, units)| units).sum();
    items::insert(
        db,
        &ItemRow {
            id,
            position,
            quantity,
            units_taken: 0,
            version: 1,
            ..item.clone()
        },
    )
    .await?;
    // In this order no row ever has more units taken than it has, not even for a moment.
    items::shift_taken(db, item.id, -taken).await?;
    items::set_quantity(db, item.id, item.quantity - quantity).await?;
    items::shift_taken(db, id, taken).await?;
    for (claim, units) in parts {
        if *units == claim.quantity {
            items::move_claim(db, claim, id).await?;
        } else {
            items::split_claim(db, ctx.id(), claim, id, *units, ctx.now()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claim(id: i64, booking: bool, quantity: i64) -> ClaimRow {
        let holder = Some(id);
        ClaimRow {
            id,
            item_id: 1,
            booking_line_id: holder.filter(|_| booking),
            purchase_line_id: holder.filter(|_| !booking),
            quantity,
        }
    }

    #[test]
    fn free_units_go_first_and_bookings_stay_whole() {
        let claims = [claim(1, true, 2), claim(2, false, 3)];
        assert!(parts(2, &claims, 2).unwrap().is_empty());
        let taken: Vec<(i64, i64)> = parts(2, &claims, 4)
            .unwrap()
            .iter()
            .map(|(c, n)| (c.id, *n))
            .collect();
        assert_eq!(taken, [(2, 2)]);
        let taken: Vec<(i64, i64)> = parts(2, &claims, 6)
            .unwrap()
            .iter()
            .map(|(c, n)| (c.id, *n))
            .collect();
        assert_eq!(taken, [(1, 2), (2, 2)]);
        assert!(parts(0, &[claim(1, true, 3)], 2).is_none());
    }

    proptest! {
        #[test]
        fn the_units_that_go_add_up(free in 0_i64..6, claims in prop::collection::vec((any::<bool>(), 1_i64..6), 0..6), quantity in 1_i64..40) {
            let claims: Vec<ClaimRow> = (1_i64..).zip(claims).map(|(id, (booking, quantity))| claim(id, booking, quantity)).collect();
            let total = free + claims.iter().map(|c| c.quantity).sum::<i64>();
            prop_assume!(quantity < total);
            if let Some(parts) = parts(free, &claims, quantity) {
                let taken: i64 = parts.iter().map(|(_, n)| n).sum();
                prop_assert!(taken <= quantity && quantity - taken <= free);
                for (claim, units) in &parts {
                    prop_assert!(*units >= 1 && *units <= claim.quantity);
                    prop_assert!(claim.purchase_line_id.is_some() || *units == claim.quantity);
                }
            } else {
                prop_assert!(claims.iter().any(|c| c.booking_line_id.is_some()));
            }
        }
    }
}
