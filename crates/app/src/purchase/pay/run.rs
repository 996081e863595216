//! The job of one request: reads each of its orders, then sends.

use super::{LONG_SECONDS, PayJob, PayState, Payment, send, tell};
use crate::market::SessionCalls;
use crate::message::json;
use crate::purchase::record::{self, Keep, Snapshot, Source};
use crate::session::Failure;
use crate::worker::Task;
use crate::{Actor, App, AppError, Ctx, JobEnd, Message};
use store::Db;
use store::jobs::{self, Held, Postpone};
use store::purchases::{self, PurchaseRow};

/// Carries the job: one read, or the one sending.
///
/// # Errors
/// The database's; marketplace failures put the job off or end it.
pub async fn run(app: &App, task: Task) -> Result<JobEnd, AppError> {
    let mut job: PayJob = task.payload()?;
    let ctx = app.acting(Actor::Behalf(job.actor.clone()));
    let (rows, stop_asked) = {
        let mut db = app.store.read().await?;
        let rows = purchases::by_ids(&mut db, &job.purchases).await?;
        let run = store::activities::by_id(&mut db, job.activity).await?;
        (rows, run.is_some_and(|run| run.stop_asked))
    };
    let state = |row: &PurchaseRow| {
        let payment = Payment::of(row)?;
        (payment.activity == job.activity).then_some((payment.state, payment.at))
    };
    let in_state = |wanted: PayState| -> Vec<&PurchaseRow> {
        let is = |row: &&PurchaseRow| state(row).is_some_and(|(state, _)| state == wanted);
        rows.iter().filter(is).collect()
    };
    let ids = |rows: &[&PurchaseRow]| rows.iter().map(|row| row.id).collect::<Vec<i64>>();
    let sending = in_state(PayState::Sending);
    if !sending.is_empty() {
        // Its sender is gone or slow: from here on the orders are only read.
        let why = Message::of("pay-sender_lost");
        return end(&ctx, &task, ids(&sending), PayState::Unknown, why).await;
    }
    let waiting = in_state(PayState::Asked);
    let Some(first) = waiting.first() else {
        return Ok(JobEnd::Done);
    };
    if stop_asked {
        let why = Message::of("pay-stopped_by_person");
        return end(&ctx, &task, ids(&waiting), PayState::Stopped, why).await;
    }
    let asked = state(first).map_or(first.read_at, |(_, at)| at);
    if ctx.now().seconds_since(asked) >= LONG_SECONDS {
        let why = Message::of("pay-too_late");
        return end(&ctx, &task, ids(&waiting), PayState::Stopped, why).await;
    }
    let calls = {
        let mut db = app.store.read().await?;
        app.session_calls(&mut db, first.session_id).await?
    };
    let Some(id) = job.purchases.get(job.read) else {
        return send::send(&ctx, &task, job, &calls).await;
    };
    let next = waiting.iter().find(|row| row.id == *id);
    job.read += 1;
    match next {
        Some(row) => read(&ctx, &task, job, row, &calls).await,
        None => go_on(&ctx, &task, job).await,
    }
}

/// Reads an order right before it is paid: what the books say of it may be old.
async fn read(
    ctx: &Ctx,
    task: &Task,
    job: PayJob,
    row: &PurchaseRow,
    calls: &SessionCalls,
) -> Result<JobEnd, AppError> {
    let read_at = ctx.now();
    let number = &row.order_number;
    let shown = match calls.connector().order_read(&calls.caller(), number).await {
        Ok(order) => Ok(Snapshot {
            marketplace: calls.session.marketplace.clone(),
            session: calls.session.id,
            order,
            read_at,
            source: Source::Person,
            keep: Keep::Ours,
        }),
        Err(error) => match crate::session::call_failed(ctx, calls, &error).await? {
            Failure::RetryAt(at) => return Ok(JobEnd::Again(at)),
            Failure::Paused => return Ok(JobEnd::Again(ctx.now().plus_seconds(1))),
            Failure::Final => Err(Message::market(&error)),
        },
    };
    let (ctx, held, id) = (ctx.clone(), task.held, row.id);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, job, shown) = (ctx.clone(), job.clone(), shown.clone());
            Box::pin(async move {
                match &shown {
                    Ok(snapshot) => {
                        record::record(&ctx, db, snapshot).await?;
                        crate::session::call_succeeded(db, snapshot.session, ctx.now()).await?;
                    }
                    Err(why) => {
                        let row = purchases::lock(db, id).await?;
                        let state = Payment::of(&row).map(|payment| payment.state);
                        if state == Some(PayState::Asked) {
                            let why = Some(why.clone());
                            tell::becomes(&ctx, db, row, PayState::Stopped, why).await?;
                        }
                    }
                }
                put_off(&ctx, db, held, &job).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

async fn put_off(ctx: &Ctx, db: &mut Db, held: Held, job: &PayJob) -> Result<(), AppError> {
    let how = Postpone {
        run_at: ctx.now(),
        payload: Some(json(job)),
        free: true,
        ..Postpone::default()
    };
    jobs::postpone(db, held, &how).await?;
    Ok(())
}

async fn go_on(ctx: &Ctx, task: &Task, job: PayJob) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, job) = (ctx.clone(), job.clone());
            Box::pin(async move {
                put_off(&ctx, db, held, &job).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// Ends the payments that stand as they were found, and the job.
async fn end(
    ctx: &Ctx,
    task: &Task,
    ids: Vec<i64>,
    to: PayState,
    why: Message,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, ids, why) = (ctx.clone(), ids.clone(), why.clone());
            Box::pin(async move {
                if jobs::finish(db, held, ctx.now()).await? {
                    for id in ids {
                        give_up(&ctx, db, id, to, &why).await?;
                    }
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// A payment that was asked for long ago: see [`give_up`].
pub(crate) async fn give_up_long(ctx: &Ctx, db: &mut Db, id: i64) -> Result<(), AppError> {
    let late = Message::of("pay-too_late");
    give_up(ctx, db, id, PayState::Stopped, &late).await?;
    let lost = Message::of("pay-sender_lost");
    give_up(ctx, db, id, PayState::Unknown, &lost).await
}

/// A restored backup shows a payment without an end: whether it was sent since, nobody knows.
pub(crate) async fn doubt(ctx: &Ctx, db: &mut Db, id: i64) -> Result<(), AppError> {
    let row = purchases::lock(db, id).await?;
    let unsure = [PayState::Asked, PayState::Sending];
    if Payment::of(&row).is_some_and(|payment| unsure.contains(&payment.state)) {
        let why = Some(Message::of("pay-restored"));
        tell::becomes(ctx, db, row, PayState::Unknown, why).await?;
    }
    Ok(())
}

/// A payment that was asked for and not sent is stopped; one that may have been sent is unknown.
async fn give_up(
    ctx: &Ctx,
    db: &mut Db,
    id: i64,
    to: PayState,
    why: &Message,
) -> Result<(), AppError> {
    let row = purchases::lock(db, id).await?;
    let from = match to {
        PayState::Stopped => PayState::Asked,
        _ => PayState::Sending,
    };
    if Payment::of(&row).is_some_and(|payment| payment.state == from) {
        tell::becomes(ctx, db, row, to, Some(why.clone())).await?;
    }
    Ok(())
}
