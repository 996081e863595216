//! What stands around every page: how many things wait where, which sessions ended, what the
//! person's own runs are doing. Read in one go, because every page asks for it.

use crate::activity::Activity;
use crate::order::OrderCounts;
use crate::session::{Standing, standing};
use crate::{App, AppError};
use store::{activities, bookings, exceptions, purchases, sessions};

/// Open runs that are looked at for what a person has going on.
const OPEN_RUNS: i64 = 50;
/// Most unknown outcomes that are counted.
const MOST_UNKNOWN: i64 = 100;

/// What waits where.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Orders by tab and facet.
    pub orders: OrderCounts,
    /// Purchases to be paid.
    pub to_pay: i64,
    /// Bookings whose outcome nobody knows.
    pub unknown: i64,
    /// Open differences; counting stops at 1,000.
    pub differences: i64,
    /// Sessions where a person must log in at the marketplace.
    pub ended: Vec<EndedSession>,
    /// Runs that are going on or wait for a person, the newest first.
    pub open: Vec<Activity>,
}

/// A session where a person must log in at the marketplace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndedSession {
    /// Row id.
    pub id: i64,
    /// Marketplace's word.
    pub marketplace: String,
    /// The account's login name.
    pub login: String,
    /// Revoked or expired.
    pub standing: Standing,
}

/// Reads it.
///
/// # Errors
/// The database's.
pub async fn show(app: &App) -> Result<Desk, AppError> {
    let mut db = app.store.read().await?;
    let now = app.now();
    let orders = crate::order::counts_in(&mut db).await?;
    let to_pay = purchases::facet_counts(&mut db, &["to_pay".to_owned()]).await?;
    let unknown = bookings::unknown(&mut db, MOST_UNKNOWN).await?.len();
    let differences = exceptions::count_open(&mut db).await?;
    let ended = sessions::all(&mut db)
        .await?
        .into_iter()
        .map(|row| (standing(&row, now), row))
        .filter(|(standing, _)| standing.needs_login())
        .map(|(standing, row)| EndedSession {
            id: row.id,
            marketplace: row.marketplace,
            login: row.login,
            standing,
        })
        .collect();
    let mut open = activities::open(&mut db, OPEN_RUNS).await?;
    open.sort_by_key(|row| std::cmp::Reverse(row.id));
    Ok(Desk {
        orders,
        unknown: i64::try_from(unknown).unwrap_or(i64::MAX),
        differences,
        to_pay: to_pay.iter().map(|count| count.n).sum(),
        ended,
        open: open.into_iter().map(Activity::of).collect(),
    })
}
