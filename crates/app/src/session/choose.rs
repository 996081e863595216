//! Which session is chosen when nobody has chosen one.

use crate::AppError;
use crate::session::allowance::{MayBook, allowance, may_book};
use std::cmp::Reverse;
use store::Db;
use world::Timestamp;

/// The session for an order at a marketplace: the one that the order used last, else the
/// marketplace's default, else the one with most room today. Sessions that may book now come first;
/// one that is being emptied is never chosen.
///
/// # Errors
/// The database's.
pub async fn choose(
    db: &mut Db,
    marketplace: &str,
    last: Option<i64>,
    now: Timestamp,
) -> Result<Option<i64>, AppError> {
    let mut best = None;
    for row in store::sessions::of_marketplace(db, marketplace).await? {
        if row.draining {
            continue;
        }
        let readiness = match may_book(db, &row, now).await? {
            MayBook::Yes => 0,
            MayBook::Wait(_) if row.state == "active" => 1,
            MayBook::No(_) => 2,
            MayBook::Wait(_) => 3,
        };
        let room = allowance(db, &row, now).await?.left().unwrap_or(i64::MAX);
        let rank = (
            readiness,
            last != Some(row.id),
            !row.is_default,
            Reverse(room),
            row.id,
        );
        if best.is_none_or(|known| rank < known) {
            best = Some(rank);
        }
    }
    Ok(best.map(|rank| rank.4))
}
