//! What a call's outcome means for its session.

use crate::market::SessionCalls;
use crate::session::{allowance, refresh};
use crate::{AppError, Ctx, Message};
use marketplaces::{ErrorKind, MarketError};
use store::sessions::{self, SessionRow};
use store::{Db, paces};
use world::Timestamp;

/// Rests after being told "too often", in seconds: each one that follows soon is longer.
const THROTTLE_SECONDS: [i64; 5] = [10, 20, 40, 80, 120];
/// A rest that ended this long ago is forgotten, in seconds.
const THROTTLE_FORGOTTEN_SECONDS: i64 = 60;
/// Rest of bookings after a limit whose end nobody can tell, in seconds.
const LIMIT_SECONDS: i64 = 1_800;
/// Pause before what met a limit while bookings rest is tried again, in seconds.
const LIMIT_AGAIN_SECONDS: i64 = 60;
/// A call that was refused for its token is tried again after so long, at most.
const TOKEN_SECONDS: i64 = 30;
/// First and longest pause before a read is tried again when nothing could be learnt, in seconds.
const UNCLEAR_SECONDS: (i64, i64) = (5, 300);
/// The name under which the length of a rest is kept with its reason.
const REST: &str = "seconds";

/// What follows for whoever made the call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The same read may be tried again from this moment on.
    RetryAt(Timestamp),
    /// The session rests, or its bookings do; work that is put back into the queue resumes by itself.
    Paused,
    /// Trying again as it is makes no sense: the caller records the error.
    Final,
}

/// A call of this session failed: learns what the failure tells about the session, and says what the
/// caller may do. An error that concerns only the thing asked for changes nothing here.
///
/// # Errors
/// The database's.
pub async fn call_failed(
    ctx: &Ctx,
    calls: &SessionCalls,
    error: &MarketError,
) -> Result<Failure, AppError> {
    match error.kind {
        ErrorKind::Refused(_)
        | ErrorKind::NotFound
        | ErrorKind::WrongState
        | ErrorKind::TooEarly { .. }
        | ErrorKind::Parameters
        | ErrorKind::Unsupported => return Ok(Failure::Final),
        ErrorKind::UsedUp { .. } => {
            // It is the app's: every session of it rests.
            crate::apps::used_up(ctx, calls.session.app_id, error).await?;
            return Ok(Failure::Paused);
        }
        ErrorKind::NotSent
        | ErrorKind::Signature
        | ErrorKind::Token
        | ErrorKind::Permission
        | ErrorKind::Throttled { .. }
        | ErrorKind::Limit { .. }
        | ErrorKind::Unclear => {}
    }
    let (session, generation) = (calls.session.id, calls.session.generation);
    let (ctx, error) = (ctx.clone(), error.clone());
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, error) = (ctx.clone(), error.clone());
            Box::pin(async move {
                let row = sessions::lock(db, session).await?;
                learn(&ctx, db, &row, generation, &error).await
            })
        })
        .await
}

/// A call of this session went well. Cheap: writes only when there is something to tell.
///
/// # Errors
/// The database's.
pub async fn call_succeeded(db: &mut Db, session: i64, now: Timestamp) -> Result<(), AppError> {
    Ok(sessions::good_call(db, session, now).await?)
}

async fn learn(
    ctx: &Ctx,
    db: &mut Db,
    row: &SessionRow,
    generation: i64,
    error: &MarketError,
) -> Result<Failure, AppError> {
    let now = ctx.now();
    let message = Message::market(error);
    if error.kind == ErrorKind::Token {
        // Refused with older tokens than the stored ones: that says nothing about these.
        if row.generation > generation {
            return Ok(if row.state == "active" {
                Failure::RetryAt(now)
            } else {
                Failure::Paused
            });
        }
        if row.state != "active" {
            return Ok(Failure::Paused);
        }
        sessions::bad_call(db, row.id, &message.json(), now).await?;
        refresh::enqueue(ctx, db, row).await?;
        // New tokens are asked for now, so that even after a long rest nothing waits for long.
        let seconds = unclear_seconds(row, now).min(TOKEN_SECONDS);
        return Ok(Failure::RetryAt(now.plus_seconds(seconds)));
    }
    sessions::bad_call(db, row.id, &message.json(), now).await?;
    match &error.kind {
        ErrorKind::Throttled { next } => {
            rest(ctx, db, row, *next, message).await?;
            Ok(Failure::Paused)
        }
        ErrorKind::Limit { limit, next } => {
            if limit.ends_with("_per_day") {
                let placed = sessions::placed_on(db, row.id, &allowance::beijing_day(now)).await?;
                if placed > 0 {
                    sessions::learn_limit(db, row.id, Some(placed)).await?;
                }
            }
            if row.booking_paused_until_at > now {
                // Bookings rest already, so this was a read, or a booking that was on its way: the
                // queue must not come back with it at once.
                return Ok(Failure::RetryAt(now.plus_seconds(LIMIT_AGAIN_SECONDS)));
            }
            let until = next.unwrap_or(now.plus_seconds(LIMIT_SECONDS));
            sessions::pause_bookings(db, row.id, until, &message.json()).await?;
            Ok(Failure::Paused)
        }
        ErrorKind::NotSent | ErrorKind::Unclear => Ok(Failure::RetryAt(
            now.plus_seconds(unclear_seconds(row, now)),
        )),
        _ => Ok(Failure::Final),
    }
}

/// The session rests, and every call of its app waits with it: the marketplace does not say whose
/// calls were too many.
async fn rest(
    ctx: &Ctx,
    db: &mut Db,
    row: &SessionRow,
    next: Option<Timestamp>,
    message: Message,
) -> Result<(), AppError> {
    let now = ctx.now();
    if row.paused_until_at > now && next.is_none_or(|next| next <= row.paused_until_at) {
        // A call that was on its way when the rest began.
        return Ok(());
    }
    let seconds = rest_seconds(row, now);
    let until = now.plus_seconds(seconds).max(next.unwrap_or(now));
    let [app, _] = ctx.app.rhythms(row)?;
    paces::hold(db, &app, until).await?;
    sessions::pause(db, row.id, until, &message.with(REST, seconds).json()).await?;
    Ok(())
}

fn rest_seconds(row: &SessionRow, now: Timestamp) -> i64 {
    let recent = row.paused_until_at.plus_seconds(THROTTLE_FORGOTTEN_SECONDS) > now;
    let last = row
        .pause_reason
        .as_deref()
        .filter(|_| recent)
        .and_then(|reason| {
            Message::from_json(reason)
                .args
                .get(REST)?
                .parse::<i64>()
                .ok()
        })
        .unwrap_or(0);
    THROTTLE_SECONDS
        .into_iter()
        .find(|seconds| *seconds > last)
        .unwrap_or(THROTTLE_SECONDS[THROTTLE_SECONDS.len() - 1])
}

/// Grows with the time since the last good call, so that a marketplace that is down is not knocked at
/// every few seconds. The first failure after a good call waits the shortest time.
fn unclear_seconds(row: &SessionRow, now: Timestamp) -> i64 {
    let (first, longest) = UNCLEAR_SECONDS;
    match (row.last_error_at, row.last_ok_at) {
        (Some(error), Some(ok)) if error >= ok => {
            (first + now.seconds_since(ok) / 10).clamp(first, longest)
        }
        (Some(error), None) => (first + now.seconds_since(error)).clamp(first, longest),
        _ => first,
    }
}
