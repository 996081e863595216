//! Reads one order at its marketplace and records what it shows. Started by a push, by
//! synchronization, by a booking that wants its read-back, or by a person.

use crate::purchase::record::{self, Keep, Snapshot, Source};
use crate::session::Failure;
use crate::worker::Task;
use crate::{App, AppError, JobEnd, JobKind, Message};
use domain::PurchaseStatus;
use marketplaces::ErrorKind;
use store::Db;
use store::jobs::{self, NewJob};
use world::Timestamp;

/// What to read.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Payload {
    /// Session to read through.
    pub session: i64,
    /// Marketplace's number.
    pub number: String,
    /// What led to it.
    pub source: Source,
    /// The order is known; only its shipments are wanted now.
    #[serde(default)]
    pub deliveries: bool,
}

/// Enqueues a read in the caller's transaction; several wishes for one order are one read.
///
/// # Errors
/// The database's.
pub async fn enqueue(
    app: &App,
    db: &mut Db,
    payload: &Payload,
    activity: Option<i64>,
    at: Timestamp,
) -> Result<(), AppError> {
    let job = NewJob {
        id: app.world.id(),
        kind: JobKind::PurchaseRead.code(),
        dedupe: Some(format!(
            "read:{}:{}:{}",
            payload.session, payload.number, payload.deliveries
        )),
        payload: crate::message::json(payload),
        session_id: Some(payload.session),
        activity_id: activity,
        run_at: at,
    };
    jobs::enqueue(db, &job, app.now()).await?;
    Ok(())
}

/// Carries the job.
///
/// # Errors
/// The database's; marketplace failures put the job off or are recorded.
pub async fn run(app: &App, task: Task) -> Result<JobEnd, AppError> {
    let payload: Payload = task.payload()?;
    let ctx = app.program("synchronization");
    let calls = {
        let mut db = app.store.read().await?;
        app.session_calls(&mut db, payload.session).await?
    };
    let read_at = app.now();
    let marketplace = calls.session.marketplace.clone();
    if payload.deliveries {
        return deliveries(app, &task, &payload, &calls).await;
    }
    let order = match calls
        .connector()
        .order_read(&calls.caller(), &payload.number)
        .await
    {
        Ok(order) => order,
        Err(error) => return failed(app, &task, &payload, &calls, error).await,
    };
    let wants_deliveries = order.deliveries.is_empty()
        && matches!(
            order.status,
            PurchaseStatus::PartlySent | PurchaseStatus::Sent | PurchaseStatus::Signed
        );
    let snapshot = Snapshot {
        marketplace,
        session: payload.session,
        order,
        read_at,
        source: payload.source,
        keep: Keep::Ours,
    };
    let held = task.held;
    let activity = task.job.activity_id;
    app.store
        .write::<_, AppError, _>(move |db| {
            let (ctx, snapshot, payload) = (ctx.clone(), snapshot.clone(), payload.clone());
            Box::pin(async move {
                let now = ctx.now();
                record::record(&ctx, db, &snapshot).await?;
                crate::session::call_succeeded(db, payload.session, now).await?;
                if wants_deliveries {
                    let next = Payload {
                        deliveries: true,
                        ..payload
                    };
                    enqueue(&ctx.app, db, &next, activity, now).await?;
                }
                jobs::finish(db, held, now).await?;
                if let Some(activity) = activity {
                    crate::sync::read_done(&ctx, db, activity).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

async fn deliveries(
    app: &App,
    task: &Task,
    payload: &Payload,
    calls: &crate::market::SessionCalls,
) -> Result<JobEnd, AppError> {
    let shown = match calls
        .connector()
        .deliveries_read(&calls.caller(), &payload.number)
        .await
    {
        Ok(shown) => shown,
        Err(error) => return failed(app, task, payload, calls, error).await,
    };
    let ctx = app.program("synchronization");
    let (held, activity) = (task.held, task.job.activity_id);
    let (marketplace, number, session) = (
        calls.session.marketplace.clone(),
        payload.number.clone(),
        payload.session,
    );
    app.store
        .write::<_, AppError, _>(move |db| {
            let (ctx, shown, marketplace, number) = (
                ctx.clone(),
                shown.clone(),
                marketplace.clone(),
                number.clone(),
            );
            Box::pin(async move {
                let now = ctx.now();
                if let Some(row) = store::purchases::lock_number(db, &marketplace, &number).await? {
                    let orders = store::purchases::orders(db, row.id).await?;
                    record::deliveries(&ctx, db, &row, &shown, &orders).await?;
                    for order in orders {
                        crate::order::settle(&ctx, db, order, &std::collections::BTreeMap::new())
                            .await?;
                    }
                }
                crate::session::call_succeeded(db, session, now).await?;
                jobs::finish(db, held, now).await?;
                if let Some(activity) = activity {
                    crate::sync::read_done(&ctx, db, activity).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

async fn failed(
    app: &App,
    task: &Task,
    payload: &Payload,
    calls: &crate::market::SessionCalls,
    error: marketplaces::MarketError,
) -> Result<JobEnd, AppError> {
    let ctx = app.program("synchronization");
    match crate::session::call_failed(&ctx, calls, &error).await? {
        Failure::RetryAt(at) => return Ok(JobEnd::Again(at)),
        Failure::Paused => return Ok(JobEnd::Again(app.now().plus_seconds(1))),
        Failure::Final => {}
    }
    let held = task.held;
    let activity = task.job.activity_id;
    let (marketplace, number) = (calls.session.marketplace.clone(), payload.number.clone());
    let missing = error.kind == ErrorKind::NotFound;
    let message = Message::market(&error);
    app.store
        .write::<_, AppError, _>(move |db| {
            let (ctx, marketplace, number, message) = (
                ctx.clone(),
                marketplace.clone(),
                number.clone(),
                message.clone(),
            );
            Box::pin(async move {
                let now = ctx.now();
                if let Some(mut row) =
                    store::purchases::lock_number(db, &marketplace, &number).await?
                {
                    let mut orders = store::purchases::orders(db, row.id)
                        .await?
                        .into_iter()
                        .collect();
                    if missing {
                        record::missing(&ctx, db, &row, &orders).await?;
                    }
                    // Looked at in vain: not before tomorrow again, unless a hint comes.
                    row.read_due_at = if record::is_followed(&row) {
                        // That is never forgotten.
                        record::next_read(&row, now)
                    } else {
                        now.plus_seconds(86_400)
                    };
                    store::purchases::save(db, &row).await?;
                    record::after(&ctx, db, row.id, &mut orders).await?;
                }
                jobs::finish(db, held, now).await?;
                if let Some(activity) = activity {
                    crate::sync::read_failed(&ctx, db, activity, &number, message).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}
