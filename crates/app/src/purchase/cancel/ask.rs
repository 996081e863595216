//! A person asks for a cancel, or asks again.

use super::send::CLOCK_SECONDS;
use super::{CancelJob, CancelState, Cancels, Part, allowed, step_name};
use crate::activity::{self, Begin, Begun, StepState};
use crate::history::{self, Change};
use crate::message::json;
use crate::purchase::record::{self};
use crate::{AppError, Ctx, JobKind, Message};
use domain::HistoryKind;
use marketplaces::Capabilities;
use std::collections::BTreeSet;
use store::Db;
use store::jobs::{self, NewJob};
use store::purchases::{self, PurchaseRow};
use world::Timestamp;

/// What is cancelled.
#[derive(Clone, Debug)]
pub struct Cancel {
    /// Given by the form.
    pub request_id: String,
    /// Purchase.
    pub purchase: i64,
}

/// Cancels a purchase at its marketplace; also asks again where that is allowed. What it covers
/// stays covered until a read shows it closed.
///
/// # Errors
/// Says what stands in the way; the database's.
pub async fn cancel(ctx: &Ctx, request: Cancel) -> Result<Begun, AppError> {
    ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request) = (ctx.clone(), request.clone());
            Box::pin(async move { begin(&ctx, db, &request).await })
        })
        .await
}

/// Asks once more for a cancel that was refused or whose outcome is not known.
///
/// # Errors
/// When none was asked, or the order was not yet read long enough after the last sending.
pub async fn ask_again(ctx: &Ctx, request: Cancel) -> Result<Begun, AppError> {
    {
        let mut db = ctx.app.store.read().await?;
        let row = purchases::by_id(&mut db, request.purchase)
            .await?
            .ok_or(AppError::NotFound("purchase"))?;
        if row.cancel_state.is_none() {
            return Err(AppError::refused("cancel-not_asked"));
        }
    }
    cancel(ctx, request).await
}

async fn begin(ctx: &Ctx, db: &mut Db, request: &Cancel) -> Result<Begun, AppError> {
    let row = purchases::lock(db, request.purchase).await?;
    let orders = concerned(db, &row).await?;
    let cancels = Cancels {
        parts: vec![Part {
            purchase: row.id,
            number: row.order_number.clone(),
            end: None,
        }],
    };
    let wish = Begin {
        request_id: request.request_id.clone(),
        operation: "cancel",
        order_id: orders.first().copied(),
        session_id: Some(row.session_id),
        title: Message::of("activity-cancel").with("number", &row.order_number),
        data: json(&cancels),
    };
    let begun = activity::begin(ctx, db, &wish).await?;
    if begun.fresh {
        ask(ctx, db, row, begun.id, &orders).await?;
    }
    Ok(begun)
}

/// Orders on whose timelines a cancel is told.
pub(super) async fn concerned(db: &mut Db, row: &PurchaseRow) -> Result<Vec<i64>, AppError> {
    let mut orders: BTreeSet<i64> = purchases::orders(db, row.id).await?.into_iter().collect();
    if orders.is_empty()
        && let Some(booking) = row.booking_id
    {
        orders.extend(store::bookings::orders(db, booking).await?);
    }
    Ok(orders.into_iter().collect())
}

/// Asks for the cancel of a purchase held by the caller's transaction, as a part of a begun run.
///
/// # Errors
/// Says what stands in the way; the database's.
pub(crate) async fn ask(
    ctx: &Ctx,
    db: &mut Db,
    mut row: PurchaseRow,
    activity: i64,
    orders: &[i64],
) -> Result<(), AppError> {
    let market = ctx.app.markets.get(&row.marketplace)?;
    let can = market.connector.capabilities();
    allowed(&row, can).map_err(AppError::Refused)?;
    let now = ctx.now();
    row.cancel_state = Some(CancelState::Asked.code().to_owned());
    row.cancel_token = None;
    row.cancel_asked_at = Some(now);
    row.cancel_error = None;
    purchases::save(db, &row).await?;
    for order in orders {
        store::activities::touches(db, activity, *order).await?;
        let change = Change {
            purchase: Some(row.id),
            became: Some(row.order_number.clone()),
            facts: Some(
                serde_json::json!({ "number": row.order_number, "marketplace": row.marketplace }),
            ),
            ..Change::default()
        };
        history::add(ctx, db, *order, HistoryKind::CancelAsked, change).await?;
    }
    let at = not_before(&row, can).map_or(now, |t| t.max(now));
    let said = Message::of("step-cancel_asked")
        .with("marketplace", &row.marketplace)
        .with("number", &row.order_number)
        .with("at", at.0);
    let mut running = activity::lock(db, activity).await?;
    running.step(&step_name(row.id), StepState::Running, said, now);
    running.save(db, now).await?;
    record::after(ctx, db, row.id, &mut orders.iter().copied().collect()).await?;
    let payload = CancelJob {
        purchase: row.id,
        activity,
        actor: ctx.actor.to_string(),
        reads: 0,
        refused: None,
    };
    enqueue(ctx, db, row.session_id, &payload, at).await
}

/// The marketplace refuses a cancel before this moment.
pub(super) fn not_before(row: &PurchaseRow, can: &Capabilities) -> Option<Timestamp> {
    let made = row.made_at?;
    Some(made.plus_seconds(can.cancel_not_before_seconds + CLOCK_SECONDS))
}

async fn enqueue(
    ctx: &Ctx,
    db: &mut Db,
    session: i64,
    payload: &CancelJob,
    at: Timestamp,
) -> Result<(), AppError> {
    let job = NewJob {
        id: ctx.id(),
        kind: JobKind::PurchaseCancel.code(),
        dedupe: Some(dedupe(payload)),
        payload: json(payload),
        session_id: Some(session),
        activity_id: (payload.activity != NO_RUN).then_some(payload.activity),
        run_at: at,
    };
    jobs::enqueue(db, &job, ctx.now()).await?;
    Ok(())
}

fn dedupe(job: &CancelJob) -> String {
    format!("cancel:{}:{}", job.purchase, job.activity)
}

/// Stands for the run of a cancel that was taken up again.
const NO_RUN: i64 = 0;

/// A cancel that was asked long ago and never came to its sending gets a job: a lost job costs
/// time, never truth. Should the first job live after all, the states see to it that one sends.
///
/// # Errors
/// The database's.
pub(crate) async fn take_up(ctx: &Ctx, db: &mut Db, row: &PurchaseRow) -> Result<(), AppError> {
    let payload = CancelJob {
        purchase: row.id,
        activity: NO_RUN,
        actor: ctx.actor.to_string(),
        reads: 0,
        refused: None,
    };
    if jobs::exists(db, &dedupe(&payload)).await? {
        return Ok(());
    }
    enqueue(ctx, db, row.session_id, &payload, ctx.now()).await
}
