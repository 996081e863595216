//! Apps that rest: their calls of the day are used up, or a person has switched them off. The queues
//! of their sessions rest as long, with the same reason, and go on by themselves.

use crate::session::next_beijing_day;
use crate::{AppError, Ctx, Message};
use marketplaces::{ErrorKind, MarketError};
use store::Db;
use store::apps::{self, AppRow};
use store::sessions::{self, SessionRow};
use world::Timestamp;

/// A person has switched it off.
const OFF: &str = "app-off";
/// Our own count has reached the quota.
const QUOTA_USED: &str = "app-quota_used";
/// The marketplace says that the calls of the day are used up.
const USED_UP: &str = "market-used_up";

/// Why a session's queue rests, when it is because of its app.
pub(crate) fn rest_of(row: &SessionRow) -> Option<Message> {
    let reason = Message::from_json(row.pause_reason.as_deref()?);
    [OFF, QUOTA_USED, USED_UP]
        .contains(&reason.key.as_str())
        .then_some(reason)
}

pub(super) fn quota_used(row: &AppRow, used: i64, quota: i64) -> Message {
    Message::of(QUOTA_USED)
        .with("app", &row.label)
        .with("used", used)
        .with("quota", quota)
}

/// The marketplace says that an app's calls of the day are used up: its sessions rest until it counts
/// anew, by default with the next day in Beijing.
pub(crate) async fn used_up(ctx: &Ctx, app: i64, error: &MarketError) -> Result<(), AppError> {
    let next = match error.kind {
        ErrorKind::UsedUp { next } => next,
        _ => None,
    };
    let until = next.unwrap_or(next_beijing_day(ctx.now()));
    rest(ctx, app, until, Message::market(error)).await
}

/// Lets an app rest; never shortens a rest.
pub(super) async fn rest(
    ctx: &Ctx,
    app: i64,
    until: Timestamp,
    reason: Message,
) -> Result<(), AppError> {
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            let reason = reason.clone();
            Box::pin(async move {
                let row = apps::lock(db, app)
                    .await?
                    .ok_or(AppError::NotFound("app"))?;
                if row.rests_until_at >= until {
                    return Ok(());
                }
                let reason = reason.with("app", &row.label).json();
                apps::rest(db, app, until, Some(&reason)).await?;
                for session in sessions::of_app(db, app).await? {
                    sessions::pause(db, session.id, until, &reason).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Ends the rest of an app that is held.
pub(super) async fn wake(db: &mut Db, row: &AppRow) -> Result<(), AppError> {
    apps::rest(db, row.id, Timestamp(0), None).await?;
    for session in sessions::of_app(db, row.id).await? {
        sessions::wake(db, session.id, row.rests_until_at).await?;
    }
    db.signal(store::Signal::Work);
    Ok(())
}

/// A session has come to an app that is held, new or from `before`: it rests with its app, and no
/// longer with the other one.
pub(crate) async fn joins(
    db: &mut Db,
    session: i64,
    before: Option<&AppRow>,
    row: &AppRow,
    now: Timestamp,
) -> Result<(), AppError> {
    if let Some(before) = before.filter(|app| app.rests_until_at > now) {
        sessions::wake(db, session, before.rests_until_at).await?;
    }
    if row.rests_until_at > now
        && let Some(reason) = &row.rest_reason
    {
        sessions::pause(db, session, row.rests_until_at, reason).await?;
    }
    Ok(())
}

/// Switches an app off: nothing goes out with its key until it is switched on again.
///
/// # Errors
/// No such app.
pub async fn switch_off(ctx: &Ctx, app: i64) -> Result<(), AppError> {
    rest(ctx, app, Timestamp(i64::MAX), Message::of(OFF)).await
}

/// Switches an app on again.
///
/// # Errors
/// No such app.
pub async fn switch_on(ctx: &Ctx, app: i64) -> Result<(), AppError> {
    end(ctx, app, |row| row.is_off().then_some(Ok(()))).await
}

/// Lets an app that is used up call again: a person knows that the marketplace has begun to count anew.
///
/// # Errors
/// [`AppError::Refused`] when it is our own count that has reached the quota; no such app.
pub async fn go_on(ctx: &Ctx, app: i64) -> Result<(), AppError> {
    end(ctx, app, |row| {
        if row.is_off() || row.rest_reason.is_none() {
            return None;
        }
        let reason = Message::from_json(row.rest_reason.as_deref()?);
        Some(if reason.key == QUOTA_USED {
            Err(AppError::refused("app-raise_quota"))
        } else {
            Ok(())
        })
    })
    .await
}

async fn end(
    ctx: &Ctx,
    app: i64,
    may: fn(&AppRow) -> Option<Result<(), AppError>>,
) -> Result<(), AppError> {
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            Box::pin(async move {
                let row = apps::lock(db, app)
                    .await?
                    .ok_or(AppError::NotFound("app"))?;
                match may(&row) {
                    Some(Ok(())) => wake(db, &row).await,
                    Some(Err(error)) => Err(error),
                    None => Ok(()),
                }
            })
        })
        .await
}

/// Its own count has let this app rest.
pub(super) fn by_quota(row: &AppRow) -> bool {
    row.rest_reason
        .as_deref()
        .is_some_and(|reason| Message::from_json(reason).key == QUOTA_USED)
}
