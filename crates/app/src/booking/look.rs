//! Looks for the order of a booking whose outcome is unknown: by its reference, then among all
//! orders of the account since the sending. One page a run; several looks with growing pauses.

use crate::booking::{adopt, unknown};
use crate::history::{self, Change};
use crate::message::json;
use crate::purchase::Source;
use crate::purchase::read;
use crate::session::Failure;
use crate::worker::Task;
use crate::{App, AppError, Ctx, JobEnd, JobKind, Message};
use domain::HistoryKind;
use domain::evidence::{BookingState, SENDER_GONE_AFTER_SECONDS, search_pause};
use marketplaces::{Listing, Page};
use store::Db;
use store::bookings::{self, BookingRow};
use store::jobs::{self, NewJob, Postpone};
use world::Timestamp;

/// Orders made this long before the sending are looked through too: clocks differ.
const BEFORE_SENDING_SECONDS: i64 = 900;

/// A sender that has said nothing so long after its deadline is gone.
const SILENT_SECONDS: i64 = 60;

/// Where a look stands.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct LookJob {
    /// Booking.
    pub booking: i64,
    /// Which listing is read.
    pub phase: Phase,
    /// Page to read next, from 1.
    pub page: u32,
    /// When this look began.
    pub began: Option<Timestamp>,
    /// Orders with the reference were seen in this look.
    pub seen: bool,
}

/// Which listing is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// By reference.
    Reference,
    /// All orders since the sending.
    Created,
}

/// When the next look is due.
pub(crate) fn next_at(row: &BookingRow, looks: i64, now: Timestamp) -> Option<Timestamp> {
    // A released reference is searched for from the release on, an unknown one from its sending.
    let since = now.seconds_since(row.released_at.or(row.sending_at).unwrap_or(now));
    search_pause(u32::try_from(looks).unwrap_or(u32::MAX), since)
        .map(|pause| now.plus_seconds(pause))
}

/// Enqueues a look in the caller's transaction; an earlier wish moves a later one forward.
pub(crate) async fn enqueue(
    ctx: &Ctx,
    db: &mut Db,
    row: &BookingRow,
    at: Timestamp,
) -> Result<(), AppError> {
    jobs::enqueue(db, &job(ctx, row, at), ctx.now()).await?;
    Ok(())
}

/// A look from its first page on.
fn job(ctx: &Ctx, row: &BookingRow, at: Timestamp) -> NewJob {
    NewJob {
        id: ctx.id(),
        kind: JobKind::BookingLook.code(),
        dedupe: Some(format!("look:{}", row.id)),
        payload: json(&LookJob {
            booking: row.id,
            phase: Phase::Reference,
            page: 1,
            began: None,
            seen: false,
        }),
        session_id: Some(row.session_id),
        activity_id: None,
        run_at: at,
    }
}

/// *Look again*: the next look is due now.
///
/// # Errors
/// When the outcome is known; the database's.
pub async fn look_again(ctx: &Ctx, booking: i64) -> Result<(), AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let row = bookings::by_id(db, booking)
                    .await?
                    .ok_or(AppError::NotFound("booking"))?;
                if !BookingState::from_code(&row.state).is_some_and(BookingState::is_searched_for) {
                    return Err(AppError::refused("booking-outcome_known"));
                }
                bookings::look_at(db, booking, Some(ctx.now())).await?;
                enqueue(&ctx, db, &row, ctx.now()).await
            })
        })
        .await
}

/// Enqueues looks that are due and have no job: a lost job costs time, never truth.
///
/// # Errors
/// The database's.
pub async fn enqueue_due(ctx: &Ctx) -> Result<(), AppError> {
    let due = {
        let mut db = ctx.app.store.read().await?;
        bookings::look_due(&mut db, ctx.now().plus_seconds(-60), 50).await?
    };
    if due.is_empty() {
        return Ok(());
    }
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, due) = (ctx.clone(), due.clone());
            Box::pin(async move {
                for row in &due {
                    // A look that is under way is not begun anew.
                    jobs::enqueue_new(db, &job(&ctx, row, ctx.now()), ctx.now()).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Carries the job: one page.
///
/// # Errors
/// The database's; marketplace failures put the job off.
pub async fn run(app: &App, task: Task) -> Result<JobEnd, AppError> {
    if let Ok(wish) = task.payload::<adopt::AdoptJob>() {
        return adopt::run(app, &task, wish).await;
    }
    let job: LookJob = task.payload()?;
    let ctx = app.program("search");
    let (row, calls) = {
        let mut db = app.store.read().await?;
        let row = bookings::by_id(&mut db, job.booking)
            .await?
            .ok_or(AppError::NotFound("booking"))?;
        let calls = app.session_calls(&mut db, row.session_id).await?;
        (row, calls)
    };
    if !BookingState::from_code(&row.state).is_some_and(BookingState::is_searched_for) {
        return Ok(JobEnd::Done);
    }
    let silent = |by: Timestamp| app.now() > by.plus_seconds(SILENT_SECONDS);
    if row.state == "sending" && row.send_by.is_some_and(silent) {
        gave_up(&ctx, row.id).await?;
    }
    let began = job.began.unwrap_or_else(|| app.now());
    let by_reference = calls.connector().capabilities().search_by_reference;
    let phase = if by_reference {
        job.phase
    } else {
        Phase::Created
    };
    let listing = match phase {
        Phase::Reference => Listing::Reference(row.reference.clone()),
        Phase::Created => Listing::Created {
            from: row
                .sending_at
                .unwrap_or(row.planned_at)
                .plus_seconds(-BEFORE_SENDING_SECONDS),
            to: began.plus_seconds(BEFORE_SENDING_SECONDS),
        },
    };
    let page = match calls
        .connector()
        .order_list(&calls.caller(), &listing, job.page)
        .await
    {
        Ok(page) => page,
        Err(error) => {
            return match crate::session::call_failed(&ctx, &calls, &error).await? {
                Failure::RetryAt(at) => Ok(JobEnd::Again(at)),
                Failure::Paused => Ok(JobEnd::Again(app.now().plus_seconds(1))),
                Failure::Final => Ok(JobEnd::Again(app.now().plus_seconds(300))),
            };
        }
    };
    after_page(
        &ctx,
        &task,
        row,
        LookJob {
            began: Some(began),
            phase,
            ..job
        },
        page,
    )
    .await
}

/// Still marked as being sent, and its sender is silent: nobody may send it any more.
async fn gave_up(ctx: &Ctx, booking: i64) -> Result<(), AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let row = bookings::lock(db, booking).await?;
                unknown::silent_sender(&ctx, db, &row, &Message::of("book-sender_lost")).await
            })
        })
        .await
}

async fn after_page(
    ctx: &Ctx,
    task: &Task,
    row: BookingRow,
    mut job: LookJob,
    page: Page,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    let numbers: Vec<String> = page
        .orders
        .iter()
        .filter(|o| {
            o.reference.as_deref() == Some(&row.reference)
                || (job.phase == Phase::Reference && o.reference.is_none())
        })
        .map(|o| o.number.clone())
        .collect();
    job.seen |= !numbers.is_empty();
    let more = page.more;
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, row, numbers, mut job) =
                (ctx.clone(), row.clone(), numbers.clone(), job.clone());
            Box::pin(async move {
                let now = ctx.now();
                crate::session::call_succeeded(db, row.session_id, now).await?;
                for number in &numbers {
                    // Read whole, and offered as evidence by what the order itself carries.
                    let payload = read::Payload {
                        session: row.session_id,
                        number: number.clone(),
                        source: Source::Poll,
                        deliveries: false,
                    };
                    read::enqueue(&ctx.app, db, &payload, None, now).await?;
                }
                let next = if more {
                    Some((job.phase, job.page + 1))
                } else if job.phase == Phase::Reference {
                    Some((Phase::Created, 1))
                } else {
                    None
                };
                if let Some((phase, page)) = next {
                    job.phase = phase;
                    job.page = page;
                    let how = Postpone {
                        run_at: now,
                        payload: Some(json(&job)),
                        free: true,
                        ..Postpone::default()
                    };
                    jobs::postpone(db, held, &how).await?;
                    return Ok(JobEnd::Settled);
                }
                complete(&ctx, db, held, row, &job).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// A look has read every page.
async fn complete(
    ctx: &Ctx,
    db: &mut Db,
    held: jobs::Held,
    row: BookingRow,
    job: &LookJob,
) -> Result<(), AppError> {
    let now = ctx.now();
    let row = bookings::lock(db, row.id).await?;
    let began = job.began.unwrap_or(now);
    let counts = !job.seen && release_from(&row).is_some_and(|from| began >= from);
    let empty = if job.seen {
        0
    } else {
        row.empty_looks + i64::from(counts)
    };
    let searched = BookingState::from_code(&row.state).is_some_and(BookingState::is_searched_for);
    let next = if searched {
        next_at(&row, row.looks + 1, now)
    } else {
        None
    };
    bookings::looked(db, row.id, empty, began, next).await?;
    jobs::finish(db, held, now).await?;
    if let Some(next) = next {
        enqueue(ctx, db, &row, next).await?;
    }
    for order in bookings::orders(db, row.id).await? {
        let facts = serde_json::json!({ "looks": row.looks + 1, "found": job.seen });
        if row.looks == 0 || job.seen {
            let change = Change {
                booking: Some(row.id),
                facts: Some(facts),
                ..Change::default()
            };
            history::add(ctx, db, order, HistoryKind::BookingUnknown, change).await?;
        } else {
            db.signal(store::Signal::Order(order));
        }
    }
    Ok(())
}

/// From this moment on empty looks count for a release.
pub(crate) fn release_from(row: &BookingRow) -> Option<Timestamp> {
    let send_by = row.send_by?;
    let silent = send_by.plus_seconds(SENDER_GONE_AFTER_SECONDS);
    Some(
        row.sender_ended_at
            .map_or(silent, |ended| ended.max(send_by).min(silent)),
    )
}
