//! Takes one due job and carries it. The loop around it, with its timers, is in `server`.

use crate::{
    App, AppError, JobEnd, JobKind, apps, booking, housekeeping, offer, purchase, push, session,
    sync,
};
use store::jobs::{self, Held, Job, Postpone};
use store::paces::{self, Slot};
use world::Timestamp;

/// Seconds for which a job is held; longer than any call may take, and than a permit to send lasts.
pub const LEASE_SECONDS: i64 = 60;
/// For so long after its moment a reserved place may be taken.
const SLOT_LASTS_MICROS: i64 = 2_000_000;
const LONGEST_PAUSE_SECONDS: i64 = 600;

/// What a turn did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Nothing was due; the next job is due then, if there is one.
    Idle(Option<Timestamp>),
    /// Carried one job (or put it off until its call is due).
    Worked(String),
}

/// A job in the hands of this worker.
#[derive(Clone, Debug)]
pub struct Task {
    /// The job.
    pub job: Job,
    /// The right to finish it.
    pub held: Held,
}

impl Task {
    /// The payload in its form.
    ///
    /// # Errors
    /// When it has another form: then the job was written by another version.
    pub fn payload<T: serde::de::DeserializeOwned>(&self) -> Result<T, AppError> {
        serde_json::from_str(&self.job.payload)
            .map_err(|e| AppError::Broken(format!("payload of {}: {e}", self.job.kind)))
    }
}

/// Takes the next due job, if there is one, and carries it to its end or to its next moment.
///
/// # Errors
/// Only the database's: a job's own failure is recorded with the job.
pub async fn turn(app: &App) -> Result<Turn, AppError> {
    if !app
        .store
        .clock()
        .may_claim(app.world.clock.as_ref(), LEASE_SECONDS * 1_000_000)
    {
        return Ok(Turn::Idle(None));
    }
    let now = app.now();
    {
        let mut db = app.store.read().await?;
        if jobs::any_expired(&mut db, now).await? {
            drop(db);
            app.store
                .write::<_, AppError, _>(move |db| {
                    Box::pin(async move { Ok(jobs::reclaim_expired(db, now).await?) })
                })
                .await?;
        } else if !jobs::any_due(&mut db, now).await? {
            return Ok(Turn::Idle(jobs::next_at(&mut db, now).await?));
        }
    }
    let Some(task) = claim(app, now).await? else {
        return Ok(Turn::Worked(String::new()));
    };
    let kind = task.job.kind.clone();
    let held = task.held;
    let attempts = task.job.attempts;
    match carry(app, task).await {
        Ok(JobEnd::Settled) => {}
        Ok(JobEnd::Done) => {
            let now = app.now();
            app.store
                .write::<_, AppError, _>(move |db| {
                    Box::pin(async move { Ok(jobs::finish(db, held, now).await?) })
                })
                .await?;
        }
        Ok(JobEnd::Again(at)) => {
            let how = Postpone {
                run_at: at,
                free: true,
                ..Postpone::default()
            };
            put_off(app, held, how).await?;
        }
        Err(error) => {
            tracing::warn!(job = held.id, kind, attempts, %error, "job failed, will be tried again");
            let pause = (1_i64 << attempts.clamp(0, 10)).min(LONGEST_PAUSE_SECONDS);
            let run_at = app.now().plus_seconds(pause);
            put_off(
                app,
                held,
                Postpone {
                    run_at,
                    error: Some(error.to_string()),
                    ..Postpone::default()
                },
            )
            .await?;
        }
    }
    Ok(Turn::Worked(kind))
}

/// Measures how far this machine's clock is from the database's, by which leases, pace and release go.
///
/// # Errors
/// The database's.
pub async fn measure_clock(app: &App) -> Result<(), AppError> {
    let clock = app.world.clock.as_ref();
    Ok(store::clock::measure(&app.store, clock, LEASE_SECONDS * 1_000_000).await?)
}

/// Claims one job and, in the same transaction, the marketplace call that it begins with; what apps
/// have called before is added to the books along with it. A job
/// whose call is not due yet goes back into the queue with the moment from which it is.
async fn claim(app: &App, now: Timestamp) -> Result<Option<Task>, AppError> {
    let (work, counted) = (app.clone(), app.markets.tally.due(now));
    let along = counted.clone();
    let claimed = app
        .store
        .write::<_, AppError, _>(move |db| {
            let (app, along) = (work.clone(), along.clone());
            Box::pin(async move {
                apps::store(db, &along).await?;
                let lease = now.plus_seconds(LEASE_SECONDS);
                let Some(job) = jobs::claim(db, &app.config.node, now, lease, 1)
                    .await?
                    .pop()
                else {
                    return Ok(None);
                };
                let calls = JobKind::from_code(&job.kind).map_or(0, JobKind::calls);
                // A place that was reserved and reached on time is taken; one that was slept
                // through (its session rested, say) is reserved anew, so that a rest never ends
                // in a rush.
                let placed = job
                    .slot_at
                    .is_some_and(|at| now.0 - at.0 <= SLOT_LASTS_MICROS);
                if let (Some(session), true) = (job.session_id, calls > 0 && !placed)
                    && let Some(session) = store::sessions::by_id(db, session).await?
                    && let Slot::At(at) =
                        paces::reserve_ahead(db, &app.rhythms(&session)?, calls, now).await?
                {
                    let how = Postpone {
                        run_at: at,
                        slot_at: Some(at),
                        free: true,
                        ..Postpone::default()
                    };
                    jobs::postpone(db, job.held(), &how).await?;
                    return Ok(None);
                }
                let held = job.held();
                Ok(Some(Task { job, held }))
            })
        })
        .await;
    if claimed.is_err() {
        app.markets.tally.give_back(counted, now);
    }
    claimed
}

async fn put_off(app: &App, held: Held, how: Postpone) -> Result<(), AppError> {
    app.store
        .write::<_, AppError, _>(move |db| {
            let how = how.clone();
            Box::pin(async move { Ok(jobs::postpone(db, held, &how).await?) })
        })
        .await?;
    Ok(())
}

async fn carry(app: &App, task: Task) -> Result<JobEnd, AppError> {
    let Some(kind) = JobKind::from_code(&task.job.kind) else {
        return Err(AppError::Broken(format!(
            "this version knows no job of kind {}",
            task.job.kind
        )));
    };
    match kind {
        JobKind::BookingGroup => booking::group::run(app, task).await,
        JobKind::BookingLook => booking::look::run(app, task).await,
        JobKind::PurchaseRead => purchase::read::run(app, task).await,
        JobKind::SessionSync => sync::run(app, task).await,
        JobKind::SessionRefresh => session::refresh_run(app, task).await,
        JobKind::PushWork => push::run(app, task).await,
        JobKind::Housekeeping => housekeeping::run(app, task).await,
        JobKind::PurchaseCancel => purchase::cancel::run(app, task).await,
        JobKind::PurchasePay => purchase::pay::run(app, task).await,
        JobKind::BindRead => purchase::bind::run(app, task).await,
        JobKind::OfferRead => offer::run(app, task).await,
    }
}
