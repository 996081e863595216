//! Sweeping: folds counters, deletes what is over. Nothing that anybody could still need.

use crate::session::beijing_day;
use crate::worker::Task;
use crate::{App, AppError, Ctx, JobEnd, JobKind};
use store::jobs::{self, NewJob};
use store::{pushes, settings, users};
use world::Timestamp;

/// Setting: when it was asked for last, in microseconds.
const LAST: &str = "housekeeping_at";
const EVERY_SECONDS: i64 = 300;
const PUSHES_DAYS: i64 = 30;
const DAYS_DAYS: i64 = 60;
const ATTEMPTS_DAYS: i64 = 1;
const FAILURES_DAYS: i64 = 1;
const DAY: i64 = 86_400;

/// Reconciler: enqueues the sweeping every five minutes. Writes nothing when it is not due.
///
/// # Errors
/// The database's.
pub async fn due(ctx: &Ctx) -> Result<(), AppError> {
    let now = ctx.now();
    {
        let mut db = ctx.app.store.read().await?;
        let last = settings::get(&mut db, LAST)
            .await?
            .and_then(|text| text.parse().ok())
            .map_or(Timestamp(0), Timestamp);
        if last.plus_seconds(EVERY_SECONDS) > now {
            return Ok(());
        }
    }
    let id = ctx.id();
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            Box::pin(async move {
                let job = NewJob {
                    id,
                    kind: JobKind::Housekeeping.code(),
                    dedupe: Some("housekeeping".to_owned()),
                    payload: "{}".to_owned(),
                    session_id: None,
                    activity_id: None,
                    run_at: now,
                };
                settings::set(db, LAST, &now.0.to_string(), now).await?;
                jobs::enqueue_new(db, &job, now).await?;
                Ok(())
            })
        })
        .await
}

/// Carries the job. Each part is a transaction of its own, so that nobody waits long for it.
///
/// # Errors
/// The database's.
pub async fn run(app: &App, _task: Task) -> Result<JobEnd, AppError> {
    let now = app.now();
    app.store
        .write::<_, AppError, _>(move |db| {
            Box::pin(async move { Ok(pushes::fold_counts(db).await?) })
        })
        .await?;
    let swept = app
        .store
        .write::<_, AppError, _>(move |db| {
            Box::pin(async move {
                let mut swept =
                    users::web_clean(db, now, now.plus_seconds(-crate::user::IDLE_SECONDS)).await?;
                swept +=
                    users::clean_failures(db, now.plus_seconds(-FAILURES_DAYS * DAY), now).await?;
                swept += pushes::clean_attempts(db, now.plus_seconds(-ATTEMPTS_DAYS * DAY)).await?;
                let day = beijing_day(now.plus_seconds(-DAYS_DAYS * DAY));
                swept += pushes::clean_days(db, &day).await?;
                swept += store::apps::clean_days(db, &day).await?;
                Ok(swept)
            })
        })
        .await?;
    let pushes = app
        .store
        .write::<_, AppError, _>(move |db| {
            Box::pin(
                async move { Ok(pushes::clean(db, now.plus_seconds(-PUSHES_DAYS * DAY)).await?) },
            )
        })
        .await?;
    tracing::debug!(swept, pushes, "swept");
    Ok(JobEnd::Done)
}
