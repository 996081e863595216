//! Reconciler: purchases whose time to pay is nearly over, those that have been in the making for
//! long, payments and cancels that nobody is at work on.

use crate::exception::{self, Case};
use crate::purchase::cancel::{self, CancelState};
use crate::purchase::record::{self, Source};
use crate::purchase::{pay, read};
use crate::{AppError, Ctx};
use domain::purchase_status::BUILDING_LONG_SECONDS;
use domain::{ExceptionKind, PurchaseStatus};
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::purchases::{self, PurchaseRow};

/// So many seconds before the deadline a person is told.
const PAY_SOON_SECONDS: i64 = 6 * 3_600;
/// A cancel that was asked so long ago and has not been sent is taken up again.
const CANCEL_SECONDS: i64 = 900;
/// How often an order is read whose cancel is not proved.
const READ_SECONDS: i64 = 600;
const AT_ONCE: i64 = 50;

/// Does what is due. Writes nothing when nothing is.
///
/// # Errors
/// The database's.
pub async fn enqueue_due(ctx: &Ctx) -> Result<(), AppError> {
    let now = ctx.now();
    let (soon, long, paying, cancels) = {
        let mut db = ctx.app.store.read().await?;
        let until = now.plus_seconds(PAY_SOON_SECONDS);
        let soon = purchases::pay_soon(&mut db, until, AT_ONCE).await?;
        let before = now.plus_seconds(-BUILDING_LONG_SECONDS);
        let long = purchases::building_long(&mut db, before, AT_ONCE).await?;
        let before = now.plus_seconds(-pay::LONG_SECONDS);
        let paying = purchases::paying_long(&mut db, before, AT_ONCE).await?;
        let before = now.plus_seconds(-CANCEL_SECONDS);
        let cancels = purchases::cancelling(&mut db, before, AT_ONCE).await?;
        (soon, long, paying, cancels)
    };
    let unread = |row: &PurchaseRow| now.seconds_since(row.read_at) > READ_SECONDS;
    let cancels: Vec<PurchaseRow> = cancels
        .into_iter()
        .filter(|row| CancelState::of(row) != Some(CancelState::Unknown) || unread(row))
        .collect();
    if soon.is_empty() && long.is_empty() && paying.is_empty() && cancels.is_empty() {
        return Ok(());
    }
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, soon, cancels) = (ctx.clone(), soon.clone(), cancels.clone());
            let (long, paying) = (long.clone(), paying.clone());
            Box::pin(async move {
                for id in long {
                    // Also when it cannot be read: its session waits for a login, say.
                    settle(&ctx, db, id).await?;
                }
                for id in paying {
                    // Its job is lost, or waits for its session: it is not sent any more.
                    pay::give_up_long(&ctx, db, id).await?;
                    settle(&ctx, db, id).await?;
                }
                for id in soon {
                    tell(&ctx, db, id).await?;
                }
                for row in &cancels {
                    if CancelState::of(row) == Some(CancelState::Unknown) {
                        look(&ctx, db, row, Source::Poll).await?;
                    } else {
                        cancel::take_up(&ctx, db, row).await?;
                    }
                }
                Ok(())
            })
        })
        .await
}

async fn tell(ctx: &Ctx, db: &mut Db, id: i64) -> Result<(), AppError> {
    let row = purchases::lock(db, id).await?;
    if row.status != PurchaseStatus::ToPay || row.unbound_at.is_some() {
        return Ok(());
    }
    let orders = purchases::orders(db, id).await?;
    let case = Case {
        kind: ExceptionKind::PayDeadline,
        subject: format!("purchase {id}"),
        marketplace: row.marketplace.clone(),
        session: Some(row.session_id),
        order: None,
        purchase: Some(id),
        booking: row.booking_id,
        facts: serde_json::json!({ "number": row.order_number, "until": row.pay_by, "total": row.total_fen }),
        money: Some(row.total_fen),
    };
    exception::open(ctx, db, &case, &orders).await?;
    settle(ctx, db, id).await
}

/// What follows from a purchase as it stands now, and from that for its orders.
async fn settle(ctx: &Ctx, db: &mut Db, id: i64) -> Result<(), AppError> {
    let mut told = BTreeSet::new();
    record::after(ctx, db, id, &mut told).await?;
    for order in told {
        crate::order::settle(ctx, db, order, &BTreeMap::new()).await?;
    }
    Ok(())
}

async fn look(ctx: &Ctx, db: &mut Db, row: &PurchaseRow, source: Source) -> Result<(), AppError> {
    let payload = read::Payload {
        session: row.session_id,
        number: row.order_number.clone(),
        source,
        deliveries: false,
    };
    read::enqueue(&ctx.app, db, &payload, None, ctx.now()).await
}

/// *Look again*: the order is read now.
///
/// # Errors
/// When there is no such purchase; the database's.
pub async fn look_again(ctx: &Ctx, purchase: i64) -> Result<(), AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let row = purchases::by_id(db, purchase)
                    .await?
                    .ok_or(AppError::NotFound("purchase"))?;
                look(&ctx, db, &row, Source::Person).await
            })
        })
        .await
}
