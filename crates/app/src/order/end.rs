//! A person closes or cancels an order, and takes that back.

use crate::history::{self, Change};
use crate::order::{end_of, reserved, settle};
use crate::{AppError, Ctx, Message};
use domain::order_status::{EndRefusal, person_end};
use domain::{HistoryKind, OrderEnd};
use serde_json::json;
use std::collections::BTreeMap;
use store::Db;
use store::items;
use store::orders::{self, OrderRow};

const LONGEST_REASON: usize = 500;

/// An order to end.
#[derive(Clone, Debug)]
pub struct End {
    /// Number of the order.
    pub number: String,
    /// How.
    pub end: OrderEnd,
    /// Why.
    pub reason: String,
}

/// Closes or cancels an order. Nothing of it is offered for purchase any more.
///
/// # Errors
/// Units in open bookings, or (for a cancel) covered by purchases; it ended that way already; no
/// such order; the database's.
pub async fn end(ctx: &Ctx, request: End) -> Result<(), AppError> {
    let reason = request.reason.trim().to_owned();
    if reason.chars().count() > LONGEST_REASON {
        return Err(AppError::field(
            "reason",
            Message::of("error-too_long").with("most", LONGEST_REASON),
        ));
    }
    change(ctx, request.number, Some(request.end), reason).await
}

/// Takes a close or a cancel back: the order stands again where its items are.
///
/// # Errors
/// It was not ended; no such order; the database's.
pub async fn reopen(ctx: &Ctx, number: &str) -> Result<(), AppError> {
    change(ctx, number.to_owned(), None, String::new()).await
}

async fn change(
    ctx: &Ctx,
    number: String,
    to: Option<OrderEnd>,
    reason: String,
) -> Result<(), AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, number, reason) = (ctx.clone(), number.clone(), reason.clone());
            Box::pin(async move {
                let order = orders::lock_number(db, &number)
                    .await?
                    .ok_or(AppError::NotFound("order"))?;
                let current = end_of(&order);
                match to {
                    Some(end) => check(db, &order, end, current).await?,
                    None if current.is_none() => return Err(AppError::refused("order-not_ended")),
                    None => {}
                }
                orders::save_end(db, order.id, to.map(OrderEnd::code)).await?;
                let kind = match to {
                    Some(OrderEnd::Closed) => HistoryKind::OrderClosed,
                    Some(OrderEnd::Cancelled) => HistoryKind::OrderCancelled,
                    None => HistoryKind::OrderReopened,
                };
                let change = Change {
                    was: current.map(|end| end.code().to_owned()),
                    became: to.map(|end| end.code().to_owned()),
                    facts: Some(json!({ "reason_text": reason })),
                    ..Change::default()
                };
                history::add(&ctx, db, order.id, kind, change).await?;
                settle(&ctx, db, order.id, &BTreeMap::new()).await
            })
        })
        .await
}

async fn check(
    db: &mut Db,
    order: &OrderRow,
    end: OrderEnd,
    current: Option<OrderEnd>,
) -> Result<(), AppError> {
    // The items' rows are held, so that nobody books a unit between this look and the commit.
    let rows = items::lock_order(db, order.id).await?;
    let claims = items::claims_of_order(db, order.id).await?;
    let taken: i64 = rows.iter().map(|item| item.units_taken).sum();
    let held: i64 = rows.iter().map(|item| reserved(item.id, &claims)).sum();
    person_end(end, current, held, taken - held).map_err(|refusal| {
        AppError::Refused(match refusal {
            EndRefusal::Already => Message::of("order-end_already").with("end", end.code()),
            EndRefusal::UnitsReserved { units } => {
                Message::of("order-end_reserved").with("units", units)
            }
            EndRefusal::UnitsCovered { units } => {
                Message::of("order-end_covered").with("units", units)
            }
        })
    })
}
