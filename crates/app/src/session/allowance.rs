//! How many bookings a session may still make today. A day is a day in Beijing.

use crate::{AppError, Message};
use jiff::tz::Offset;
use std::collections::BTreeMap;
use store::Db;
use store::sessions::SessionRow;
use world::Timestamp;

const BEIJING_HOURS: i8 = 8;
const DAY_MICROS: i64 = 86_400_000_000;
const HOUR_MICROS: i64 = 3_600_000_000;

/// Bookings of a session on a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allowance {
    /// Counted so far; unknown outcomes count.
    pub used: i64,
    /// Allowed, by setting or as a refusal has taught; none when nobody knows of a limit.
    pub allowed: Option<i64>,
    /// Nobody has set the limit: a refusal has taught it.
    pub learned: bool,
}

impl Allowance {
    /// What a session that has made so many bookings today may still do.
    #[must_use]
    pub fn of(row: &SessionRow, used: i64) -> Self {
        Self {
            used,
            allowed: row.daily_limit.or(row.learned_limit),
            learned: row.daily_limit.is_none() && row.learned_limit.is_some(),
        }
    }

    /// Bookings that may still be made; none when nobody knows of a limit.
    #[must_use]
    pub fn left(&self) -> Option<i64> {
        self.allowed.map(|allowed| (allowed - self.used).max(0))
    }
}

/// Whether a session may make a new booking now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MayBook {
    /// It may.
    Yes,
    /// Its queue rests; asking again makes sense from this moment on.
    Wait(Timestamp),
    /// Not today, or not before a person changes something: why, and from when on where that is known.
    No(Message),
}

/// May this session make a new booking now?
///
/// # Errors
/// The database's.
pub async fn may_book(db: &mut Db, row: &SessionRow, now: Timestamp) -> Result<MayBook, AppError> {
    Ok(may_book_given(row, allowance(db, row, now).await?, now))
}

/// The same where today's bookings are known.
#[must_use]
pub fn may_book_given(row: &SessionRow, today: Allowance, now: Timestamp) -> MayBook {
    if row.draining {
        return MayBook::No(Message::of("session-is_draining"));
    }
    if row.state != "active" {
        // The queue takes no job of it before a person has logged in.
        return MayBook::Wait(now);
    }
    if row.restored_at.is_some() {
        return MayBook::No(Message::of("session-restored"));
    }
    if row.booking_paused_until_at > now {
        let reason = row
            .booking_pause_reason
            .as_deref()
            .map_or_else(|| Message::of("market-limit"), Message::from_json);
        return MayBook::No(reason.with("next", row.booking_paused_until_at.0));
    }
    if let Some(allowed) = today.allowed
        && today.used >= allowed
    {
        let reason = Message::of("session-day_used")
            .with("used", today.used)
            .with("allowed", allowed)
            .with("next", next_beijing_day(now).0);
        return MayBook::No(reason);
    }
    if row.paused_until_at > now
        && let Some(reason) = crate::apps::rest_of(row)
    {
        return MayBook::No(if row.paused_until_at.0 == i64::MAX {
            reason
        } else {
            reason.with("next", row.paused_until_at.0)
        });
    }
    if row.paused_until_at > now {
        return MayBook::Wait(row.paused_until_at);
    }
    MayBook::Yes
}

/// Today's bookings of a session.
///
/// # Errors
/// The database's.
pub async fn allowance(
    db: &mut Db,
    row: &SessionRow,
    now: Timestamp,
) -> Result<Allowance, AppError> {
    let used = store::bookings::day_used(db, row.id, &beijing_day(now)).await?;
    Ok(Allowance::of(row, used))
}

/// Today's bookings of every session of a marketplace that has made one, by session.
///
/// # Errors
/// The database's.
pub async fn used_today(
    db: &mut Db,
    marketplace: &str,
    now: Timestamp,
) -> Result<BTreeMap<i64, i64>, AppError> {
    let days = store::bookings::days_used(db, marketplace, &beijing_day(now)).await?;
    Ok(days.into_iter().map(|d| (d.session_id, d.used)).collect())
}

/// The day in Beijing, as `2026-03-31`.
#[must_use]
pub fn beijing_day(now: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(now.0)
        .map(|at| {
            Offset::constant(BEIJING_HOURS)
                .to_datetime(at)
                .date()
                .to_string()
        })
        .unwrap_or_default()
}

/// When the next day begins in Beijing.
#[must_use]
pub const fn next_beijing_day(now: Timestamp) -> Timestamp {
    let shift = BEIJING_HOURS as i64 * HOUR_MICROS;
    Timestamp(((now.0 + shift).div_euclid(DAY_MICROS) + 1) * DAY_MICROS - shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_sixteen_hours_of_utc() {
        // 2026-03-31 15:59:59 UTC.
        let before = Timestamp::from_seconds(1_774_972_799);
        assert_eq!(beijing_day(before), "2026-03-31");
        assert_eq!(next_beijing_day(before), before.plus_seconds(1));
        assert_eq!(beijing_day(before.plus_seconds(1)), "2026-04-01");
        assert_eq!(
            next_beijing_day(before.plus_seconds(1)),
            before.plus_seconds(86_401)
        );
    }
}
