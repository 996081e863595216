//! Lines and deliveries of a snapshot.

use super::{PROVISIONAL, case, tell};
use crate::exception::{self};
use crate::purchase::cancel::CancelState;
use crate::{AppError, Ctx, Message};
use domain::item_status::Freed;
use domain::{ExceptionKind, HistoryKind, PurchaseStatus};
use marketplaces::{MarketDelivery, MarketLine};
use std::collections::BTreeMap;
use store::Db;
use store::items::{self, Holder};
use store::purchases::{self, DeliveryRow, PurchaseLineRow, PurchaseRow};

/// Records the lines. `made`: this is the first snapshot of the order as it was made, so that a line
/// which is closed was not made.
pub(super) async fn lines(
    ctx: &Ctx,
    db: &mut Db,
    row: &PurchaseRow,
    shown: &[MarketLine],
    orders: &[i64],
    made: bool,
) -> Result<(), AppError> {
    let mut known = purchases::lines(db, row.id).await?;
    for line in shown {
        let same = known.iter().position(|k| k.line == line.line).or_else(|| {
            known.iter().position(|k| {
                k.line.starts_with(PROVISIONAL)
                    && k.item == line.item
                    && k.specification == line.specification
            })
        });
        let Some(index) = same else {
            let mut new = line_row(ctx.id(), row.id, line);
            if made && line.status == PurchaseStatus::Closed && !row.was_paid {
                let reason = line.closed_for.as_ref();
                let reason = reason.map_or_else(|| Message::of("verdict-other"), Message::verdict);
                new.refusal = Some(reason.json());
            }
            purchases::insert_line(db, &new).await?;
            continue;
        };
        let old = known.remove(index);
        let mut new = line_row(old.id, row.id, line);
        // Units that cover items cannot be taken back by a smaller number: the difference is for a person.
        new.quantity = new.quantity.max(old.units_allocated);
        if old.line.starts_with(PROVISIONAL) {
            store::purchases::rename_line(db, old.id, &line.line).await?;
        }
        purchases::save_line(db, &new).await?;
        if old.status != PurchaseStatus::Closed
            && line.status == PurchaseStatus::Closed
            && row.status != PurchaseStatus::Closed
        {
            tell(
                ctx,
                db,
                orders,
                HistoryKind::PurchaseLineClosed,
                row,
                Some(old.raw_status.clone()),
                Some(line.raw_status.clone()),
            )
            .await?;
        }
        if line.quantity < old.units_allocated {
            let facts = serde_json::json!({ "was": old.quantity, "is": line.quantity, "item": line.item, "number": row.order_number });
            let mut case = case(ExceptionKind::QuantityDiffers, row, facts, None);
            case.subject = format!("purchase {} line {}", row.id, old.id);
            exception::open(ctx, db, &case, orders).await?;
        }
    }
    // A provisional line that no line of the whole order answers to was not made.
    for left in known.iter().filter(|k| k.line.starts_with(PROVISIONAL)) {
        let facts = serde_json::json!({ "item": left.item, "specification": left.specification, "number": row.order_number });
        let mut case = case(
            ExceptionKind::ItemDiffers,
            row,
            facts,
            Some(left.amount_fen),
        );
        case.subject = format!("purchase {} line {}", row.id, left.id);
        exception::open(ctx, db, &case, orders).await?;
    }
    Ok(())
}

fn line_row(id: i64, purchase: i64, line: &MarketLine) -> PurchaseLineRow {
    PurchaseLineRow {
        id,
        purchase_id: purchase,
        line: line.line.clone(),
        item: line.item.clone(),
        specification: line.specification.clone(),
        title: line.title.clone(),
        configuration: line.configuration.clone(),
        image: line.image.clone(),
        quantity: line.quantity,
        units_allocated: 0,
        price_fen: line.price,
        amount_fen: line.amount,
        status: line.status,
        raw_status: line.raw_status.clone(),
        raw_refund: line.raw_refund.clone(),
        refunded: line.refunded,
        refusal: None,
    }
}

/// Records shipments: new ones and what changed in known ones.
///
/// # Errors
/// The database's.
pub(crate) async fn deliveries(
    ctx: &Ctx,
    db: &mut Db,
    row: &PurchaseRow,
    shown: &[MarketDelivery],
    orders: &[i64],
) -> Result<(), AppError> {
    let known = purchases::deliveries(db, row.id).await?;
    for delivery in shown {
        let new = DeliveryRow {
            id: ctx.id(),
            purchase_id: row.id,
            delivery: delivery.id.clone(),
            carrier: delivery.carrier.clone(),
            tracking: delivery.tracking.clone(),
            raw_status: delivery.raw_status.clone(),
            sent_at: delivery.sent,
            lines: crate::message::json(&delivery.lines),
            read_at: ctx.now(),
        };
        let word = |d: &DeliveryRow| {
            Some(
                format!("{} {} {}", d.carrier, d.tracking, d.raw_status)
                    .trim()
                    .to_owned(),
            )
        };
        let old = known.iter().find(|k| k.delivery == delivery.id);
        let (kind, was) = match old {
            Some(old) if word(old) == word(&new) && old.lines == new.lines => continue,
            Some(old) => (HistoryKind::DeliveryChanged, word(old)),
            None => (HistoryKind::DeliveryAdded, None),
        };
        tell(ctx, db, orders, kind, row, was, word(&new)).await?;
        purchases::save_delivery(db, &new).await?;
    }
    Ok(())
}

/// Units of what was closed without ever being paid are free again.
pub(super) async fn free_closed(
    ctx: &Ctx,
    db: &mut Db,
    id: i64,
    freed: &mut BTreeMap<i64, Freed>,
) -> Result<(), AppError> {
    let row = purchases::lock(db, id).await?;
    if row.was_paid {
        return Ok(());
    }
    let whole = row.status == PurchaseStatus::Closed;
    for line in purchases::lines(db, id).await? {
        if !whole && line.status != PurchaseStatus::Closed {
            continue;
        }
        // What we cancelled ourselves was unbound by a person.
        let why = match (whole, CancelState::of(&row)) {
            (true, Some(CancelState::Done)) => Freed::Unbound,
            (true, _) => Freed::ClosedUnpaid,
            (false, _) => Freed::LineClosedUnpaid,
        };
        for claim in items::claims_of(db, Holder::PurchaseLine(line.id)).await? {
            items::free(db, &claim, claim.quantity, "closed unpaid", ctx.now()).await?;
            freed.insert(claim.item_id, why);
        }
    }
    Ok(())
}
