//! A person takes a difference as it is.

use crate::history::{self, Change};
use crate::purchase::cancel::CancelState;
use crate::purchase::{pay_link, record};
use crate::{AppError, Ctx, Message};
use domain::exception::ExceptionAction;
use domain::{ExceptionKind, Fen, HistoryKind};
use std::collections::{BTreeMap, BTreeSet};
use store::exceptions::{self, ExceptionRow};
use store::purchases::{self, PurchaseRow};
use store::{Db, orders};

/// Differences of money, settled by accepting a purchase's total.
const MONEY: [ExceptionKind; 4] = [
    ExceptionKind::OverCeiling,
    ExceptionKind::PriceChanged,
    ExceptionKind::FreightChanged,
    ExceptionKind::AmountDiffers,
];
/// An order that surfaced where nobody expected it.
const SURFACED: [ExceptionKind; 3] = [
    ExceptionKind::SurplusOrder,
    ExceptionKind::SurfacedAfterRelease,
    ExceptionKind::RefusedButExists,
];

/// Accepts what a purchase costs now. An answer counts for the total that the person saw: a higher
/// one asks again.
///
/// # Errors
/// When it costs something else by now; the database's.
pub async fn accept(ctx: &Ctx, purchase: i64, total: Fen) -> Result<(), AppError> {
    ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let mut row = purchases::lock(db, purchase).await?;
                if row.total_fen != total {
                    let message = Message::of("accept-changed")
                        .with("number", &row.order_number)
                        .fen("total", row.total_fen);
                    return Err(AppError::Refused(message));
                }
                let was = row.accepted_fen;
                row.accepted_fen = Some(total);
                purchases::save(db, &row).await?;
                let mut orders: BTreeSet<i64> =
                    purchases::orders(db, row.id).await?.into_iter().collect();
                for open in pay_link::open_exceptions(db, std::slice::from_ref(&row)).await? {
                    if MONEY.iter().any(|k| k.code() == open.kind) {
                        close(&ctx, db, &open, &mut orders).await?;
                    }
                }
                for order in &orders {
                    let change = Change {
                        purchase: Some(row.id),
                        was: was.map(|f| f.to_string()),
                        became: Some(total.to_string()),
                        facts: Some(serde_json::json!({
                            "number": row.order_number,
                            "marketplace": row.marketplace,
                            "total": total,
                        })),
                        ..Change::default()
                    };
                    history::add(&ctx, db, *order, HistoryKind::PriceAccepted, change).await?;
                }
                follow(&ctx, db, Some(row.id), orders).await
            })
        })
        .await
}

/// Takes one difference as it is: it stays closed until its facts change. Differences of money are
/// accepted with the total ([`accept`]).
///
/// # Errors
/// When this kind cannot be left as it is; the database's.
pub async fn dismiss(ctx: &Ctx, exception: i64) -> Result<(), AppError> {
    ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let open = exceptions::by_id(db, exception)
                    .await?
                    .ok_or(AppError::NotFound("exception"))?;
                if open.closed_at.is_some() {
                    return Ok(());
                }
                let kind = ExceptionKind::from_code(&open.kind)
                    .ok_or(AppError::NotFound("kind of exception"))?;
                let row = match open.purchase_id {
                    Some(id) => Some(purchases::lock(db, id).await?),
                    None => None,
                };
                let covers = match &row {
                    Some(row) => !purchases::covers(db, row.id).await?.is_empty(),
                    None => false,
                };
                may_dismiss(kind, covers)?;
                if let Some(row) = row {
                    forget_cancel(db, kind, row).await?;
                }
                let mut orders = BTreeSet::new();
                if let Some(purchase) = open.purchase_id {
                    orders.extend(purchases::orders(db, purchase).await?);
                }
                close(&ctx, db, &open, &mut orders).await?;
                follow(&ctx, db, open.purchase_id, orders).await
            })
        })
        .await
}

/// May a person leave a difference of this kind as it is?
fn may_dismiss(kind: ExceptionKind, covers: bool) -> Result<(), AppError> {
    if MONEY.contains(&kind) {
        return Err(AppError::refused("accept-by_total"));
    }
    // An order that surfaced and covers units by now has been dealt with.
    let surfaced = SURFACED.contains(&kind) && covers;
    if surfaced || kind.actions().contains(&ExceptionAction::Accept) {
        Ok(())
    } else {
        let message = Message::of("accept-not_this_kind").with("kind", kind);
        Err(AppError::Refused(message))
    }
}

/// That a payment overtook a cancel needs nobody any more: the cancel is forgotten with it.
async fn forget_cancel(
    db: &mut Db,
    kind: ExceptionKind,
    mut row: PurchaseRow,
) -> Result<(), AppError> {
    if kind == ExceptionKind::PaidWhileCancelling
        && CancelState::of(&row) == Some(CancelState::Overtaken)
    {
        row.cancel_state = None;
        purchases::save(db, &row).await?;
    }
    Ok(())
}

async fn close(
    ctx: &Ctx,
    db: &mut Db,
    open: &ExceptionRow,
    orders: &mut BTreeSet<i64>,
) -> Result<(), AppError> {
    let by = ctx.actor.to_string();
    if !exceptions::accept(db, open.id, ctx.now(), &by).await? {
        return Ok(());
    }
    orders.extend(open.order_id);
    for order in orders.iter() {
        let change = Change {
            purchase: open.purchase_id,
            booking: open.booking_id,
            was: Some(open.kind.clone()),
            facts: serde_json::from_str(&open.facts).ok(),
            ..Change::default()
        };
        history::add(ctx, db, *order, HistoryKind::ExceptionClosed, change).await?;
    }
    Ok(())
}

async fn follow(
    ctx: &Ctx,
    db: &mut Db,
    purchase: Option<i64>,
    mut orders: BTreeSet<i64>,
) -> Result<(), AppError> {
    if let Some(purchase) = purchase {
        record::after(ctx, db, purchase, &mut orders).await?;
    }
    for order in orders {
        if orders::by_id(db, order).await?.is_some() {
            crate::order::settle(ctx, db, order, &BTreeMap::new()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_left_as_it_is_is_dismissed() {
        use ExceptionKind as K;
        assert!(may_dismiss(K::ItemDiffers, true).is_ok());
        assert!(may_dismiss(K::UnboundAlive, false).is_ok());
        assert!(may_dismiss(K::PaidWhileCancelling, true).is_ok());
        assert!(may_dismiss(K::OverCeiling, true).is_err());
        assert!(may_dismiss(K::OutcomeUnknown, false).is_err());
        assert!(may_dismiss(K::SurplusOrder, false).is_err());
        assert!(may_dismiss(K::SurplusOrder, true).is_ok());
    }
}
