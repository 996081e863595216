//! The job of a cancel: read, ask once, read until it shows.

use super::ask::not_before;
use super::ending::{end_by_state, leave_open, stop};
use super::send::{back, permit, refused, sent};
use super::{CancelJob, CancelState};
use crate::market::SessionCalls;
use crate::message::json;
use crate::purchase::record::{self, Keep, Snapshot, Source};
use crate::session::Failure;
use crate::worker::Task;
use crate::{Actor, App, AppError, Ctx, JobEnd, Message};
use marketplaces::{ErrorKind, MarketError};
use store::Db;
use store::jobs::{self, Held, Postpone};
use store::purchases::{self, PurchaseRow};
use world::Timestamp;

/// A read this long after the sending that still shows the order open lets a person ask again.
pub(super) const ASK_AGAIN_SECONDS: i64 = 60;

/// When the order is read after the sending, in seconds since it.
const READS: [i64; 4] = [0, 5, 20, ASK_AGAIN_SECONDS + 1];

/// Carries the job: one sending, or one read.
///
/// # Errors
/// The database's; marketplace failures put the job off or end it.
pub async fn run(app: &App, task: Task) -> Result<JobEnd, AppError> {
    let job: CancelJob = task.payload()?;
    let ctx = app.acting(Actor::Behalf(job.actor.clone()));
    let (row, calls, stop_asked) = {
        let mut db = app.store.read().await?;
        let row = purchases::by_id(&mut db, job.purchase)
            .await?
            .ok_or(AppError::NotFound("purchase"))?;
        let calls = app.session_calls(&mut db, row.session_id).await?;
        let run = store::activities::by_id(&mut db, job.activity).await?;
        (row, calls, run.is_some_and(|r| r.stop_asked))
    };
    match CancelState::of(&row) {
        Some(CancelState::Asked) if stop_asked => stop(&ctx, &task, job).await,
        Some(CancelState::Asked) => first(&ctx, &task, job, row, &calls).await,
        Some(CancelState::Sending) => {
            // Its sender is gone or slow: from here on it is only looked at.
            let why = Some(Message::of("cancel-sender_lost"));
            sent(&ctx, &task, job, None, why, None).await
        }
        Some(CancelState::Unknown) => look(&ctx, &task, job, &calls).await,
        Some(_) | None => end_by_state(&ctx, &task, job, row).await,
    }
}

pub(super) async fn put_off(
    db: &mut Db,
    held: Held,
    at: Timestamp,
    job: Option<&CancelJob>,
) -> Result<(), AppError> {
    let how = Postpone {
        run_at: at,
        payload: job.map(json),
        free: true,
        error: None,
        slot_at: None,
    };
    jobs::postpone(db, held, &how).await?;
    Ok(())
}

/// What a read gave.
enum Read {
    /// The purchase as it stands after the read.
    Row(Box<PurchaseRow>),
    /// The job goes on later.
    Later(JobEnd),
    /// The order could not be read, and trying the same again makes no sense.
    Failed(Message),
}

/// Reads the order and records what it shows.
async fn read(
    ctx: &Ctx,
    purchase: i64,
    number: &str,
    calls: &SessionCalls,
) -> Result<Read, AppError> {
    let read_at = ctx.now();
    let order = match calls.connector().order_read(&calls.caller(), number).await {
        Ok(order) => order,
        Err(error) => {
            return Ok(
                match crate::session::call_failed(ctx, calls, &error).await? {
                    Failure::RetryAt(at) => Read::Later(JobEnd::Again(at)),
                    Failure::Paused => Read::Later(JobEnd::Again(ctx.now().plus_seconds(1))),
                    Failure::Final => Read::Failed(Message::market(&error)),
                },
            );
        }
    };
    let snapshot = Snapshot {
        marketplace: calls.session.marketplace.clone(),
        session: calls.session.id,
        order,
        read_at,
        source: Source::Person,
        keep: Keep::Ours,
    };
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, snapshot) = (ctx.clone(), snapshot.clone());
            Box::pin(async move {
                record::record(&ctx, db, &snapshot).await?;
                crate::session::call_succeeded(db, snapshot.session, ctx.now()).await?;
                let row = purchases::by_id(db, purchase)
                    .await?
                    .ok_or(AppError::NotFound("purchase"))?;
                Ok(Read::Row(Box::new(row)))
            })
        })
        .await
}

/// Asked and not sent: reads the order, and sends where that still makes sense.
async fn first(
    ctx: &Ctx,
    task: &Task,
    job: CancelJob,
    row: PurchaseRow,
    calls: &SessionCalls,
) -> Result<JobEnd, AppError> {
    let can = calls.connector().capabilities().clone();
    if let Some(at) = not_before(&row, &can).filter(|at| *at > ctx.now()) {
        return Ok(JobEnd::Again(at));
    }
    let row = match read(ctx, row.id, &row.order_number, calls).await? {
        Read::Row(row) => *row,
        Read::Later(end) => return Ok(end),
        Read::Failed(why) => return refused(ctx, task, job, why).await,
    };
    if CancelState::of(&row) != Some(CancelState::Asked) {
        return end_by_state(ctx, task, job, row).await;
    }
    if let Some(at) = not_before(&row, &can).filter(|at| *at > ctx.now()) {
        return Ok(JobEnd::Again(at));
    }
    let Some((token, once)) = permit(ctx, task.held, row.id).await? else {
        return Ok(JobEnd::Settled);
    };
    let answer = calls
        .connector()
        .order_cancel(&calls.caller(), &row.order_number, once)
        .await;
    let error = match answer {
        Ok(()) => return sent(ctx, task, job, Some(token), None, None).await,
        Err(error) => error,
    };
    let message = Message::market(&error);
    if let ErrorKind::TooEarly { next } = error.kind {
        let at = next.unwrap_or_else(|| ctx.now().plus_seconds(can.cancel_not_before_seconds));
        return back(ctx, task, job, token, at, message).await;
    }
    if mends_itself(&error) {
        match crate::session::call_failed(ctx, calls, &error).await? {
            Failure::RetryAt(at) => return back(ctx, task, job, token, at, message).await,
            Failure::Paused => {
                let at = ctx.now().plus_seconds(1);
                return back(ctx, task, job, token, at, message).await;
            }
            Failure::Final => {}
        }
    } else if error.kind == ErrorKind::Unclear {
        tracing::warn!(purchase = row.id, %error, "the outcome of a cancel is unknown");
        crate::session::call_failed(ctx, calls, &error).await?;
        return sent(ctx, task, job, Some(token), Some(message), None).await;
    }
    // A clear no; a read shows whether the order is closed, paid, or simply not to be cancelled.
    sent(ctx, task, job, Some(token), None, Some(message)).await
}

/// The cancel certainly was not executed, for a reason that passes.
const fn mends_itself(error: &MarketError) -> bool {
    matches!(
        error.kind,
        ErrorKind::NotSent
            | ErrorKind::Token
            | ErrorKind::Throttled { .. }
            | ErrorKind::UsedUp { .. }
            | ErrorKind::Signature
            | ErrorKind::Permission
    )
}

/// Sent or perhaps sent: reads the order, and ends when the read proves something or enough time
/// has passed for a person to decide.
async fn look(
    ctx: &Ctx,
    task: &Task,
    mut job: CancelJob,
    calls: &SessionCalls,
) -> Result<JobEnd, AppError> {
    let number = {
        let mut db = ctx.app.store.read().await?;
        let row = purchases::by_id(&mut db, job.purchase).await?;
        row.ok_or(AppError::NotFound("purchase"))?.order_number
    };
    let row = match read(ctx, job.purchase, &number, calls).await? {
        Read::Row(row) => *row,
        Read::Later(end) => return Ok(end),
        Read::Failed(why) => return leave_open(ctx, task, job, Some(why)).await,
    };
    if CancelState::of(&row) != Some(CancelState::Unknown) {
        return end_by_state(ctx, task, job, row).await;
    }
    if let Some(why) = job.refused.clone() {
        return refused(ctx, task, job, why).await;
    }
    job.reads += 1;
    let since = row.cancel_asked_at.unwrap_or(row.read_at);
    match READS.get(job.reads) {
        Some(seconds) if row.read_at < since.plus_seconds(ASK_AGAIN_SECONDS) => {
            let at = since.plus_seconds(*seconds).max(ctx.now().plus_seconds(1));
            let held = task.held;
            ctx.app
                .store
                .write::<_, AppError, _>(move |db| {
                    let job = job.clone();
                    Box::pin(async move { put_off(db, held, at, Some(&job)).await })
                })
                .await?;
            Ok(JobEnd::Settled)
        }
        _ => leave_open(ctx, task, job, None).await,
    }
}
