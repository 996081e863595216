//! Sessions as people see them.

use crate::apps::{self, Day};
use crate::session::allowance::{Allowance, allowance, used_today};
use crate::{App, AppError, Message};
use std::collections::{BTreeMap, BTreeSet};
use store::apps::AppRow;
use store::sessions::{self, Dependents, SessionRow};
use world::Timestamp;

/// From so many seconds before a person must log in again on, a session "expires soon".
const SOON_SECONDS: i64 = 7 * 86_400;

/// State of a session in one word; the one that needs a person most comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The marketplace refused the renewal: a person must log in.
    Revoked,
    /// Its time is over: a person must log in.
    Expired,
    /// A person must log in within days.
    ExpiresSoon,
    /// No new bookings, by a person's wish.
    Draining,
    /// All is well.
    Active,
}

impl Standing {
    /// Key in the language files: `session-state-active`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Revoked => "session-state-revoked",
            Self::Expired => "session-state-expired",
            Self::ExpiresSoon => "session-state-expires_soon",
            Self::Draining => "session-state-draining",
            Self::Active => "session-state-active",
        }
    }

    /// It cannot be used before a person logs in at the marketplace.
    #[must_use]
    pub const fn needs_login(self) -> bool {
        matches!(self, Self::Revoked | Self::Expired)
    }
}

/// A session with everything that is shown of it. Tokens are sealed.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The row.
    pub row: SessionRow,
    /// Its app.
    pub app: AppRow,
    /// State.
    pub standing: Standing,
    /// Until when it works before a person must log in again; none when the marketplace does not tell.
    pub lasts_until: Option<Timestamp>,
    /// Calls of its app today.
    pub calls: Day,
    /// Bookings used and allowed today.
    pub today: Allowance,
    /// New bookings rest: why and until when.
    pub rests: Option<(Message, Timestamp)>,
    /// What depends on it.
    pub dependents: Dependents,
    /// The error that stands since the last good call, with its moment.
    pub error: Option<(Message, Timestamp)>,
}

impl Shown {
    /// Bookings rest because an allowance is used up; a person may take them up again.
    #[must_use]
    pub fn rests_bookings(&self, now: Timestamp) -> bool {
        self.row.booking_paused_until_at > now
    }
}

/// The rows of every session, by marketplace.
///
/// # Errors
/// The database's.
pub async fn rows(app: &App) -> Result<Vec<SessionRow>, AppError> {
    Ok(sessions::all(&mut app.store.read().await?).await?)
}

/// Every session with everything that is shown of it, by marketplace.
///
/// # Errors
/// The database's.
pub async fn list(app: &App) -> Result<Vec<Shown>, AppError> {
    let mut db = app.store.read().await?;
    let now = app.now();
    let rows = sessions::all(&mut db).await?;
    let calls = apps::days(app, &mut db).await?;
    let of_app: BTreeMap<i64, AppRow> = store::apps::all(&mut db)
        .await?
        .into_iter()
        .map(|app| (app.id, app))
        .collect();
    let mut used = BTreeMap::new();
    for marketplace in rows
        .iter()
        .map(|row| &row.marketplace)
        .collect::<BTreeSet<_>>()
    {
        used.extend(used_today(&mut db, marketplace, now).await?);
    }
    let mut dependents: BTreeMap<i64, Dependents> = sessions::dependents_of_all(&mut db)
        .await?
        .into_iter()
        .map(|found| (found.session_id, found))
        .collect();
    rows.into_iter()
        .map(|row| {
            let app = of_app.get(&row.app_id).ok_or(AppError::NotFound("app"))?;
            let today = Allowance::of(&row, used.get(&row.id).copied().unwrap_or(0));
            let dependents = dependents
                .remove(&row.id)
                .ok_or(AppError::NotFound("session"))?;
            let calls = Day {
                used: calls.get(&app.id).copied().unwrap_or(0),
                quota: app.daily_quota,
            };
            Ok(shown(row, (app.clone(), calls), today, dependents, now))
        })
        .collect()
}

/// One session.
///
/// # Errors
/// No such session.
pub async fn show(app: &App, session: i64) -> Result<Shown, AppError> {
    let mut db = app.store.read().await?;
    let row = sessions::by_id(&mut db, session)
        .await?
        .filter(|row| row.state != "removed")
        .ok_or(AppError::NotFound("session"))?;
    let now = app.now();
    let of = store::apps::by_id(&mut db, row.app_id)
        .await?
        .ok_or(AppError::NotFound("app"))?;
    let calls = apps::day(app, &mut db, &of).await?;
    let today = allowance(&mut db, &row, now).await?;
    let dependents = sessions::dependents(&mut db, row.id).await?;
    Ok(shown(row, (of, calls), today, dependents, now))
}

fn shown(
    row: SessionRow,
    (app, calls): (AppRow, Day),
    today: Allowance,
    dependents: Dependents,
    now: Timestamp,
) -> Shown {
    let stands = match (row.last_error_at, row.last_ok_at) {
        (Some(error), Some(ok)) => error >= ok,
        (Some(_), None) => true,
        (None, _) => false,
    };
    let rests = if row.booking_paused_until_at > now {
        row.booking_pause_reason
            .as_deref()
            .map(|reason| (Message::from_json(reason), row.booking_paused_until_at))
    } else if row.paused_until_at > now {
        row.pause_reason
            .as_deref()
            .map(|reason| (Message::from_json(reason), row.paused_until_at))
    } else {
        None
    };
    Shown {
        app,
        calls,
        standing: standing(&row, now),
        lasts_until: lasts_until(&row),
        today,
        rests,
        dependents,
        error: row
            .last_error_at
            .zip(row.last_error.as_deref())
            .filter(|_| stands)
            .map(|(at, text)| (Message::from_json(text), at)),
        row,
    }
}

/// The state of a session at a moment.
#[must_use]
pub fn standing(row: &SessionRow, now: Timestamp) -> Standing {
    let lasts = lasts_until(row);
    if row.state != "active" {
        Standing::Revoked
    } else if lasts.is_some_and(|until| until <= now) {
        Standing::Expired
    } else if lasts.is_some_and(|until| until <= now.plus_seconds(SOON_SECONDS)) {
        Standing::ExpiresSoon
    } else if row.draining {
        Standing::Draining
    } else {
        Standing::Active
    }
}

/// With a refresh token, its end; without one, the access token's.
fn lasts_until(row: &SessionRow) -> Option<Timestamp> {
    if row.refresh_token.is_some() {
        row.refresh_ends_at
    } else {
        Some(row.access_ends_at)
    }
}
