//! The one sending of a booking: permit, request, outcome, read-back.

use crate::activity::StepState;
use crate::booking::group::PREVIEW_LASTS_SECONDS;
use crate::booking::run::{self, GroupEnd, GroupJob, tell};
use crate::booking::{ending, evidence, intent, once_more, refusal, successor, unknown};
use crate::history::{self, Change};
use crate::market::SessionCalls;
use crate::purchase::record::{self, Keep, Snapshot, Source};
use crate::session::{Failure, MayBook};
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use domain::item_status::Freed;
use domain::{Fen, HistoryKind};
use marketplaces::{Basket, Create, Created, MarketError, Once, OrderLine};
use store::bookings::{self, BookingLineRow, BookingRow};
use store::{Db, jobs};
use world::{Boot, Timestamp};

/// Seconds from the permit within which the request must have begun to leave.
const SEND_WITHIN_SECONDS: i64 = 10;

enum Permit {
    /// Go.
    Granted(Box<Granted>),
    /// Not now: the job was put off, or the group is over; its transaction has done everything.
    Settled,
    /// The preview is too old: preview again.
    Stale,
}

struct Granted {
    row: BookingRow,
    lines: Vec<BookingLineRow>,
    token: String,
    once: Once,
}

/// Sends a planned booking, at most once, and carries it to its end.
pub(crate) async fn send(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    booking: i64,
    calls: &SessionCalls,
) -> Result<JobEnd, AppError> {
    let granted = match permit(ctx, task, job, booking).await? {
        Permit::Granted(granted) => granted,
        Permit::Settled => return Ok(JobEnd::Settled),
        Permit::Stale => return Ok(JobEnd::Again(ctx.now())),
    };
    let read_at = ctx.now();
    let answer = create(calls, &granted).await;
    let token = granted.token.clone();
    match answer {
        Ok(created) => {
            record_created(ctx, job, booking, token, created, read_at).await?;
            read_back_with(ctx, task, job, booking, calls).await
        }
        Err(error) if error.is_definite() => {
            refused(ctx, task, job, booking, token, calls, error).await
        }
        Err(error) => {
            tracing::warn!(booking, error = %error, "the outcome of a booking is unknown");
            unknown::unclear(
                ctx,
                task,
                job,
                booking,
                Some(token),
                Message::market(&error),
            )
            .await
        }
    }
}

/// `planned → sending`, committed and acknowledged: the only permit to send.
async fn permit(ctx: &Ctx, task: &Task, job: GroupJob, booking: i64) -> Result<Permit, AppError> {
    let token = ctx.app.random_hex(16);
    // All clocks are read before the transaction: the permit ends ten seconds after this moment. The
    // sender is held to this machine's own clocks, the books go by the database's.
    let now = ctx.now();
    let boot = ctx.app.world.clock.boot();
    let once = Once {
        send_by: ctx.app.world.now().plus_seconds(SEND_WITHIN_SECONDS),
        send_by_boot: Boot(boot.0 + SEND_WITHIN_SECONDS * 1_000_000_000),
    };
    let (work, held, given) = (ctx.clone(), task.held, token.clone());
    let outcome = ctx
        .app
        .store
        .write::<_, AppError, _>(move |db| {
            let (ctx, token) = (work.clone(), given.clone());
            Box::pin(async move { grant(&ctx, db, held, job, booking, &token, once, now).await })
        })
        .await;
    match outcome {
        // No acknowledged commit, no send. Should the mark stand all the same, we are its holder
        // and know that nothing went out.
        Err(AppError::Store(store::Error::CommitUnknown(why))) => {
            let mut db = ctx.app.store.read().await?;
            let row = bookings::by_id(&mut db, booking).await?;
            drop(db);
            if row.is_some_and(|r| r.token.as_deref() == Some(&token)) {
                let message = Message::of("book-commit_unknown");
                refusal::own_no(ctx, task, job, booking, token, message, None).await?;
                return Ok(Permit::Settled);
            }
            Err(AppError::Store(store::Error::CommitUnknown(why)))
        }
        other => other,
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the facts of one permit; used once"
)]
async fn grant(
    ctx: &Ctx,
    db: &mut Db,
    held: jobs::Held,
    job: GroupJob,
    booking: i64,
    token: &str,
    once: Once,
    now: Timestamp,
) -> Result<Permit, AppError> {
    let row = bookings::lock(db, booking).await?;
    if row.state != "planned" {
        return Ok(Permit::Stale);
    }
    if now.seconds_since(row.previewed_at) >= PREVIEW_LASTS_SECONDS {
        return Ok(Permit::Stale);
    }
    let session = store::sessions::lock(db, row.session_id).await?;
    match crate::session::may_book(db, &session, now).await? {
        MayBook::Yes => {}
        MayBook::Wait(until) => {
            let how = jobs::Postpone {
                run_at: until,
                free: true,
                ..jobs::Postpone::default()
            };
            jobs::postpone(db, held, &how).await?;
            return Ok(Permit::Settled);
        }
        MayBook::No(reason) => {
            if jobs::finish(db, held, now).await?
                && intent::withdraw(ctx, db, booking, Freed::Withdrawn, Some(&reason)).await?
            {
                let hint = Some(Message::of("hint-other_session"));
                run::end_group(db, job, GroupEnd::Refused, "send", reason, hint, now).await?;
            }
            return Ok(Permit::Settled);
        }
    }
    if !once_more::clear(ctx, db, held, job, &row, now).await? {
        return Ok(Permit::Settled);
    }
    let day = crate::session::beijing_day(now);
    if !bookings::begin_sending(
        db,
        booking,
        token,
        now,
        now.plus_seconds(SEND_WITHIN_SECONDS),
        &day,
    )
    .await?
    {
        return Ok(Permit::Stale);
    }
    bookings::use_day(db, session.id, &day).await?;
    for order in bookings::orders(db, booking).await? {
        let change = Change {
            booking: Some(booking),
            became: Some(row.reference.clone()),
            ..Change::default()
        };
        history::add(ctx, db, order, HistoryKind::BookingSending, change).await?;
    }
    let said = Message::of("step-sending")
        .with("marketplace", &row.marketplace)
        .with("seller", &row.seller_name);
    tell(db, job, "send", StepState::Running, said, now).await?;
    let lines = bookings::lines(db, booking).await?;
    Ok(Permit::Granted(Box::new(Granted {
        row,
        lines,
        token: token.to_owned(),
        once,
    })))
}

async fn create(calls: &SessionCalls, granted: &Granted) -> Result<Created, MarketError> {
    let broken = |what: &str| {
        MarketError::new(
            marketplaces::ErrorKind::NotSent,
            format!("stored {what} cannot be read"),
        )
    };
    let row = &granted.row;
    let basket = Basket {
        lines: granted
            .lines
            .iter()
            .map(|l| OrderLine {
                item: l.item.clone(),
                specification: l.specification.clone(),
                quantity: l.quantity,
                orderable: None,
            })
            .collect(),
        address: serde_json::from_str(&row.address).map_err(|_| broken("address"))?,
    };
    let terms = serde_json::from_str(&row.terms).map_err(|_| broken("terms"))?;
    let create = Create {
        reference: &row.reference,
        basket: &basket,
        terms: &terms,
        note: &row.note,
        planned_total: Fen(row.goods_fen.0 + row.freight_fen.0),
        once: granted.once,
    };
    calls
        .connector()
        .order_create(&calls.caller(), &create)
        .await
}

/// The answer named orders: they are kept in one transaction. This must not fail for want of a
/// database for a moment, so it is tried until the process ends; a doubtful commit is simply done
/// again, because recording the same orders twice changes nothing.
async fn record_created(
    ctx: &Ctx,
    job: GroupJob,
    booking: i64,
    token: String,
    created: Created,
    read_at: Timestamp,
) -> Result<(), AppError> {
    let mut tries = 0;
    loop {
        let (work, token, created) = (ctx.clone(), token.clone(), created.clone());
        let done = ctx
            .app
            .store
            .write::<_, AppError, _>(move |db| {
                let (ctx, token, created) = (work.clone(), token.clone(), created.clone());
                Box::pin(async move {
                    evidence::created(&ctx, db, job, booking, &token, &created, read_at).await
                })
            })
            .await;
        tries += 1;
        match done {
            Err(AppError::Store(error)) if tries < 5 => {
                tracing::error!(booking, %error, "recording a placed booking failed, trying again");
            }
            other => return other,
        }
    }
}

async fn refused(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    booking: i64,
    token: String,
    calls: &SessionCalls,
    error: MarketError,
) -> Result<JobEnd, AppError> {
    let failure = crate::session::call_failed(ctx, calls, &error).await?;
    let hint = match failure {
        // The sender's limits and tokens mend themselves: a successor takes the place of this booking.
        Failure::RetryAt(_) | Failure::Paused if successor::may_follow(&error) => {
            let at = match failure {
                Failure::RetryAt(at) => at,
                _ => ctx.now().plus_seconds(1),
            };
            return successor::succeeded_by(
                ctx,
                task,
                job,
                booking,
                token,
                Message::market(&error),
                at,
            )
            .await;
        }
        _ => Some(Message::of("hint-book_again")),
    };
    refusal::own_no(
        ctx,
        task,
        job,
        booking,
        token,
        Message::market(&error),
        hint,
    )
    .await
}

/// Takes a planned booking back and ends its group.
pub(crate) async fn take_back(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    booking: i64,
    reason: Message,
    hint: Option<Message>,
    end: GroupEnd,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, reason, hint) = (ctx.clone(), reason.clone(), hint.clone());
            Box::pin(async move {
                if jobs::finish(db, held, ctx.now()).await?
                    && intent::withdraw(&ctx, db, booking, Freed::Withdrawn, Some(&reason)).await?
                {
                    run::end_group(db, job, end, "send", reason, hint, ctx.now()).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// Reads the orders of a booking back; used when a job is taken up again after the outcome.
pub(crate) async fn read_back(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    booking: i64,
) -> Result<JobEnd, AppError> {
    let calls = {
        let mut db = ctx.app.store.read().await?;
        let row = bookings::by_id(&mut db, booking)
            .await?
            .ok_or(AppError::NotFound("booking"))?;
        ctx.app.session_calls(&mut db, row.session_id).await?
    };
    read_back_with(ctx, task, job, booking, &calls).await
}

/// Reads every order of a placed booking, compares it with what was booked, and ends the group.
async fn read_back_with(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    booking: i64,
    calls: &SessionCalls,
) -> Result<JobEnd, AppError> {
    let (row, purchases) = {
        let mut db = ctx.app.store.read().await?;
        let row = bookings::by_id(&mut db, booking)
            .await?
            .ok_or(AppError::NotFound("booking"))?;
        (row, store::purchases::of_booking(&mut db, booking).await?)
    };
    if row.state != "placed" {
        return ending::end_by_state(ctx, task, job, &row).await;
    }
    let mut snapshots = Vec::with_capacity(purchases.len());
    let mut trouble = None;
    for purchase in &purchases {
        let read_at = ctx.now();
        match calls
            .connector()
            .order_read(&calls.caller(), &purchase.order_number)
            .await
        {
            Ok(order) => snapshots.push(Snapshot {
                marketplace: row.marketplace.clone(),
                session: row.session_id,
                order,
                read_at,
                source: Source::Booking,
                keep: Keep::Ours,
            }),
            Err(error) => {
                crate::session::call_failed(ctx, calls, &error).await?;
                trouble = Some((purchase.order_number.clone(), Message::market(&error)));
            }
        }
    }
    let (ctx, held, session) = (ctx.clone(), task.held, row.session_id);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, snapshots, trouble) = (ctx.clone(), snapshots.clone(), trouble.clone());
            Box::pin(async move {
                let now = ctx.now();
                for snapshot in &snapshots {
                    record::record(&ctx, db, snapshot).await?;
                }
                if let Some((number, _)) = &trouble {
                    // The order exists; only its reading is late. A job of its own makes up for it.
                    let payload = crate::purchase::read::Payload {
                        session,
                        number: number.clone(),
                        source: Source::Booking,
                        deliveries: false,
                    };
                    crate::purchase::read::enqueue(
                        &ctx.app,
                        db,
                        &payload,
                        None,
                        now.plus_seconds(5),
                    )
                    .await?;
                }
                crate::session::call_succeeded(db, session, now).await?;
                ending::end_placed(&ctx, db, held, job, booking, trouble.map(|(_, why)| why))
                    .await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}
