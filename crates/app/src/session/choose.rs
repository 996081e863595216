//! Which session is chosen when nobody has chosen one.

use crate::AppError;
use crate::session::allowance::{Allowance, MayBook, may_book_given, used_today};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use store::Db;
use store::sessions::SessionRow;
use world::Timestamp;

/// The session for an order at a marketplace, see [`choose_of`].
///
/// # Errors
/// The database's.
pub async fn choose(
    db: &mut Db,
    marketplace: &str,
    last: Option<i64>,
    now: Timestamp,
) -> Result<Option<i64>, AppError> {
    let rows = store::sessions::of_marketplace(db, marketplace).await?;
    let used = used_today(db, marketplace, now).await?;
    Ok(choose_of(&rows, &used, last, now))
}

/// Of the sessions of a marketplace the one for an order: the one that the order used last, else
/// the default, else the one with most room today. Sessions that may book now come first; one that
/// is being emptied is never chosen. `used` holds today's bookings by session.
#[must_use]
pub fn choose_of(
    rows: &[SessionRow],
    used: &BTreeMap<i64, i64>,
    last: Option<i64>,
    now: Timestamp,
) -> Option<i64> {
    let rank = |row: &SessionRow| {
        let today = Allowance::of(row, used.get(&row.id).copied().unwrap_or(0));
        let readiness = match may_book_given(row, today, now) {
            MayBook::Yes => 0,
            MayBook::Wait(_) if row.state == "active" => 1,
            MayBook::No(_) => 2,
            MayBook::Wait(_) => 3,
        };
        let room = today.left().unwrap_or(i64::MAX);
        (
            readiness,
            last != Some(row.id),
            !row.is_default,
            Reverse(room),
            row.id,
        )
    };
    let chosen = rows
        .iter()
        .filter(|row| !row.draining)
        .min_by_key(|row| rank(row));
    chosen.map(|row| row.id)
}
