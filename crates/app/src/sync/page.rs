//! One page of changed orders of one session.

use crate::activity::{self, StepState};
use crate::purchase::record::Source;
use crate::purchase::{other_numbers, read};
use crate::session::{Failure, call_failed, call_succeeded};
use crate::sync::progress;
use crate::worker::Task;
use crate::{App, AppError, Ctx, JobEnd, JobKind, Message};
use marketplaces::{ListedOrder, Listing, Page};
use store::jobs::{self, Held, NewJob, Postpone};
use store::sessions::SessionRow;
use store::{Db, purchases, strangers};
use world::Timestamp;

/// How far the place up to which changes are known stays behind the marketplace's clock, in seconds.
const OVERLAP_SECONDS: i64 = 900;
/// Messages that name no order lead to a look at most once in so many seconds.
const HINTED_SECONDS: i64 = 15;
/// How often a listing that changed under our hands is begun anew.
const RESTARTS: u32 = 5;
/// Numbers that are kept to recognise orders which moved from one page to the next.
const REMEMBERED: usize = 400;
/// Pause before a look that was refused for good is tried again by itself, in seconds.
const REFUSED_SECONDS: i64 = 600;

/// What a job of this kind knows.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Payload {
    /// Session.
    session: i64,
    /// The run that a person started; none when it goes by itself.
    activity: Option<i64>,
    /// How far the listing has come; none before its first page.
    look: Option<Look>,
}

/// A listing that is being read.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Look {
    from: Timestamp,
    to: Timestamp,
    page: u32,
    total: Option<u64>,
    restarts: u32,
    /// When the listing was begun.
    #[serde(default)]
    began: Option<Timestamp>,
    /// The marketplace's clock at the first page.
    clock: Option<Timestamp>,
    seen: Vec<String>,
    listed: i64,
    unknown: i64,
    reads: i64,
}

impl Look {
    /// From the place up to which changes are known to now, by the marketplace's clock. A session that
    /// was never read begins when it was connected: what its account bought before is not ours.
    fn begin(session: &SessionRow, now: Timestamp, offset_us: i64) -> Self {
        let to = Timestamp(now.0 + offset_us);
        let from = session
            .sync_cursor_at
            .unwrap_or_else(|| session.tokens_at.plus_seconds(-OVERLAP_SECONDS));
        Self {
            from: from.min(to.plus_seconds(-OVERLAP_SECONDS)),
            to,
            page: 1,
            total: None,
            restarts: 0,
            began: Some(now),
            clock: None,
            seen: Vec::new(),
            listed: 0,
            unknown: 0,
            reads: 0,
        }
    }

    /// Orders leave a listing of the past when they change again, and then the rest moves up, across
    /// the page that was just read. A changed total tells; then the listing is begun anew. `false` when
    /// it never stood still.
    fn stands_still(&mut self, page: &Page) -> bool {
        let moved = self.page > 1
            && page.total.is_some()
            && self.total.is_some()
            && page.total != self.total;
        self.total = page.total;
        if !moved {
            return true;
        }
        self.restarts += 1;
        self.page = 0;
        self.restarts <= RESTARTS
    }

    fn remember(&mut self, number: &str) {
        self.seen.push(number.to_owned());
        let surplus = self.seen.len().saturating_sub(REMEMBERED);
        self.seen.drain(..surplus);
    }
}

/// Enqueues a look of a session in the caller's transaction, to begin at once.
pub(crate) async fn enqueue(
    ctx: &Ctx,
    db: &mut Db,
    session: &SessionRow,
    now: Timestamp,
) -> Result<(), AppError> {
    jobs::enqueue(db, &job(ctx, session.id, None, now), now).await?;
    Ok(())
}

/// Something of the session changed and nobody says what: its next look comes soon, but not oftener
/// than once in a while, however many messages say so.
pub(crate) async fn look_soon(
    ctx: &Ctx,
    db: &mut Db,
    session: &SessionRow,
    now: Timestamp,
) -> Result<(), AppError> {
    let rested = session
        .sync_done_at
        .map_or(now, |done| done.plus_seconds(HINTED_SECONDS));
    let job = job(ctx, session.id, None, now.max(rested));
    jobs::enqueue(db, &job, now).await?;
    Ok(())
}

/// The job of a look; those of one session that go by themselves are one.
pub(crate) fn job(ctx: &Ctx, session: i64, activity: Option<i64>, at: Timestamp) -> NewJob {
    NewJob {
        id: ctx.id(),
        kind: JobKind::SessionSync.code(),
        dedupe: Some(activity.map_or_else(|| key(session), |run| format!("sync:{session}:{run}"))),
        payload: crate::message::json(&Payload {
            session,
            activity,
            look: None,
        }),
        session_id: Some(session),
        activity_id: activity,
        run_at: at,
    }
}

/// Looks of a session that go by themselves share this key.
pub(crate) fn key(session: i64) -> String {
    format!("sync:{session}")
}

/// Carries the job: reads one page.
///
/// # Errors
/// The database's.
pub async fn run(app: &App, task: Task) -> Result<JobEnd, AppError> {
    let payload: Payload = task.payload()?;
    let ctx = app.program("synchronization");
    let (calls, offset) = {
        let mut db = app.store.read().await?;
        let Some(row) = store::sessions::by_id(&mut db, payload.session).await? else {
            return Ok(JobEnd::Done);
        };
        if row.state == "removed" {
            drop(db);
            let message = Message::of("session-removed").with("session", row.login);
            return end(&ctx, &task, &payload, StepState::Warning, message, None).await;
        }
        if let Some(run) = payload.activity
            && activity::stop_asked(&mut db, run).await?
        {
            drop(db);
            return end(
                &ctx,
                &task,
                &payload,
                StepState::Warning,
                Message::of("sync-stopped").with("session", row.login),
                None,
            )
            .await;
        }
        let offset = store::apps::by_id(&mut db, row.app_id)
            .await?
            .and_then(|a| a.clock_offset_us)
            .unwrap_or(0);
        (app.session_calls(&mut db, payload.session).await?, offset)
    };
    let look = payload
        .look
        .clone()
        .unwrap_or_else(|| Look::begin(&calls.session, app.now(), offset));
    let listing = Listing::Modified {
        from: look.from,
        to: look.to,
    };
    match calls
        .connector()
        .order_list(&calls.caller(), &listing, look.page)
        .await
    {
        Ok(page) => took(&ctx, &task, payload, look, page, calls.session).await,
        Err(error) => match call_failed(&ctx, &calls, &error).await? {
            Failure::RetryAt(at) => Ok(JobEnd::Again(at)),
            Failure::Paused => Ok(JobEnd::Again(app.now().plus_seconds(1))),
            // What goes by itself stays in the queue, so that nobody begins it anew every moment.
            Failure::Final if payload.activity.is_none() => {
                Ok(JobEnd::Again(app.now().plus_seconds(REFUSED_SECONDS)))
            }
            Failure::Final => {
                let message = Message::market(&error).with("session", &calls.session.login);
                end(
                    &ctx,
                    &task,
                    &payload,
                    StepState::Error,
                    message,
                    Some(Message::of("hint-sync_again")),
                )
                .await
            }
        },
    }
}

async fn took(
    ctx: &Ctx,
    task: &Task,
    payload: Payload,
    look: Look,
    page: Page,
    session: SessionRow,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, payload, look, page, session) = (
                ctx.clone(),
                payload.clone(),
                look.clone(),
                page.clone(),
                session.clone(),
            );
            Box::pin(async move {
                call_succeeded(db, session.id, ctx.now()).await?;
                record(&ctx, db, held, payload, look, &page, &session).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

async fn record(
    ctx: &Ctx,
    db: &mut Db,
    held: Held,
    payload: Payload,
    mut look: Look,
    page: &Page,
    session: &SessionRow,
) -> Result<(), AppError> {
    let now = ctx.now();
    if look.clock.is_none() {
        look.clock = page.server_time;
    }
    let steady = look.stands_still(page);
    for order in &page.orders {
        if look.seen.contains(&order.number) {
            continue;
        }
        look.remember(&order.number);
        look.listed += 1;
        other_numbers::keep(
            db,
            &session.marketplace,
            session.id,
            &order.number,
            &order.other_numbers,
        )
        .await?;
        let known = purchases::by_number(db, &session.marketplace, &order.number).await?;
        look.unknown += i64::from(known.is_none());
        let wanted = match &known {
            Some(known) => {
                known.raw_status != order.raw_status
                    || known.modified_at.is_none()
                    || order.modified.is_none()
                    || order.modified > known.modified_at
            }
            None => is_news(db, session, order).await?,
        };
        if wanted {
            look.reads += 1;
            let read = read::Payload {
                session: session.id,
                number: order.number.clone(),
                source: Source::Poll,
                deliveries: false,
            };
            read::enqueue(&ctx.app, db, &read, payload.activity, now).await?;
        }
    }
    let restart = look.page == 0;
    if (restart && steady) || (page.more && !restart) {
        look.page += 1;
        let progress = (look.page, look.listed, look.unknown, look.reads);
        let how = Postpone {
            run_at: now,
            payload: Some(crate::message::json(&Payload {
                look: Some(look),
                ..payload
            })),
            free: true,
            ..Postpone::default()
        };
        jobs::postpone(db, held, &how).await?;
        if let Some(run) = payload.activity {
            let (page, listed, unknown, reads) = progress;
            let message = Message::of("sync-reading")
                .with("session", &session.login)
                .with("page", page)
                .with("orders", listed);
            progress::listed(
                db,
                run,
                session.id,
                StepState::Running,
                message,
                (listed, unknown, reads),
                now,
            )
            .await?;
        }
        return Ok(());
    }
    // A listing that never stood still is tried again from the same place.
    let known_until = look
        .clock
        .map_or(look.to, |clock| clock.min(look.to))
        .plus_seconds(-OVERLAP_SECONDS);
    store::sessions::synced(
        db,
        session.id,
        if steady { known_until } else { look.from },
        now,
    )
    .await?;
    let since_restore = session
        .restored_at
        .is_some_and(|restored| look.began.is_some_and(|began| began >= restored));
    if steady && since_restore && session.caught_up_at.is_none() {
        store::sessions::caught_up(db, session.id, now).await?;
    }
    jobs::finish(db, held, now).await?;
    if let Some(run) = payload.activity {
        let message = Message::of("sync-listed")
            .with("session", &session.login)
            .with("orders", look.listed)
            .with("unknown", look.unknown)
            .with("reads", look.reads);
        let counts = (look.listed, look.unknown, look.reads);
        progress::listed(db, run, session.id, StepState::Done, message, counts, now).await?;
        progress::settle(db, run, now).await?;
    }
    Ok(())
}

/// Is an order that no purchase knows worth a read? Not when the account bought it before it was
/// connected here, and not when it was read before and has not changed since.
async fn is_news(db: &mut Db, session: &SessionRow, order: &ListedOrder) -> Result<bool, AppError> {
    let before_us = order
        .created
        .is_some_and(|made| made < session.created_at.plus_seconds(-OVERLAP_SECONDS));
    if before_us && order.reference.is_none() {
        return Ok(false);
    }
    let seen = strangers::by_number(db, &session.marketplace, &order.number).await?;
    Ok(match (seen, order.modified) {
        (Some(seen), Some(modified)) => modified >= seen.first_seen_at.plus_seconds(-60),
        _ => true,
    })
}

/// Ends the look of a session that cannot go on.
async fn end(
    ctx: &Ctx,
    task: &Task,
    payload: &Payload,
    state: StepState,
    message: Message,
    hint: Option<Message>,
) -> Result<JobEnd, AppError> {
    let (ctx, held, session, run) = (ctx.clone(), task.held, payload.session, payload.activity);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, message, hint) = (ctx.clone(), message.clone(), hint.clone());
            Box::pin(async move {
                let now = ctx.now();
                if jobs::finish(db, held, now).await?
                    && let Some(run) = run
                {
                    progress::step(
                        db,
                        run,
                        &progress::step_name(session),
                        state,
                        message,
                        hint,
                        now,
                    )
                    .await?;
                    progress::settle(db, run, now).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}
