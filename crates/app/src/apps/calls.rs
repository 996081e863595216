//! How much each app has called on a day in Beijing.
//!
//! Every request that goes out with an app's key is counted in the memory of its process. What was
//! counted is added to the books together with something that is written anyway ([`Tally::due`], when
//! a worker claims a job), or by itself when nothing else comes. So a call costs no commit of its own,
//! several nodes add up, and what a killed process had not yet added is lost.

use crate::session::{beijing_day, next_beijing_day};
use crate::{App, AppError, Ctx, Message};
use marketplaces::{Deadline, Request, Response, Transport, TransportError};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Db, apps};
use world::Timestamp;

/// Counts older than this go along with what a worker writes, in seconds.
const ALONG_SECONDS: i64 = 2;
/// Counts older than this are added by themselves, in seconds.
const ALONE_SECONDS: i64 = 20;
/// From so many hundredths of the quota on people are warned.
const NEAR: i64 = 80;

/// Calls by app and day.
pub(crate) type Counts = BTreeMap<(i64, String), i64>;

/// What was counted in this process and is not in the books yet.
#[derive(Default)]
pub(crate) struct Tally(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    since: Option<Timestamp>,
    calls: Counts,
}

impl Tally {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, counts: Counts, now: Timestamp) {
        let mut waiting = self.waiting();
        waiting.since.get_or_insert(now);
        for (key, calls) in counts {
            *waiting.calls.entry(key).or_default() += calls;
        }
    }

    fn of(&self, app: i64, day: &str) -> i64 {
        let waiting = self.waiting();
        waiting
            .calls
            .get(&(app, day.to_owned()))
            .copied()
            .unwrap_or(0)
    }

    fn older(&self, seconds: i64, now: Timestamp) -> Counts {
        let mut waiting = self.waiting();
        if waiting
            .since
            .is_none_or(|since| now.seconds_since(since) < seconds)
        {
            return Counts::new();
        }
        waiting.since = None;
        std::mem::take(&mut waiting.calls)
    }

    /// Takes what should be added along with the next thing that is written. Whoever takes it adds it,
    /// or gives it back.
    pub(crate) fn due(&self, now: Timestamp) -> Counts {
        self.older(ALONG_SECONDS, now)
    }

    /// Gives back what could not be added.
    pub(crate) fn give_back(&self, counts: Counts, now: Timestamp) {
        if !counts.is_empty() {
            self.add(counts, now);
        }
    }
}

/// Adds counts to the books.
pub(crate) async fn store(db: &mut Db, counts: &Counts) -> Result<(), AppError> {
    for ((app, day), calls) in counts {
        apps::count(db, *app, day, *calls).await?;
    }
    Ok(())
}

/// The way out for the calls of one app: counts each request that leaves.
pub(crate) struct Counted {
    app: App,
    key: i64,
}

impl Counted {
    pub(crate) fn of(app: &App, key: i64) -> Arc<dyn Transport> {
        Arc::new(Self {
            app: app.clone(),
            key,
        })
    }

    async fn carry(
        &self,
        request: Request,
        deadline: Deadline,
    ) -> Result<Response, TransportError> {
        let answer = self.app.markets.transport.send(request, deadline).await;
        if !matches!(answer, Err(TransportError::NotSent { .. })) {
            let now = self.app.now();
            let one = Counts::from([((self.key, beijing_day(now)), 1)]);
            self.app.markets.tally.add(one, now);
        }
        answer
    }
}

impl Transport for Counted {
    fn send<'life0, 'async_trait>(
        &'life0 self,
        request: Request,
        deadline: Deadline,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.carry(request, deadline))
    }
}

/// How near an app is to its quota.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Far, or nobody knows of a quota.
    Fine,
    /// Four fifths are used.
    Near,
    /// All is used.
    Used,
}

/// Calls of an app on a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Day {
    /// Made so far.
    pub used: i64,
    /// Allowed, where somebody has entered it.
    pub quota: Option<i64>,
}

impl Day {
    /// How near that is to the quota.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self.quota {
            Some(quota) if self.used >= quota => Level::Used,
            Some(quota) if self.used.saturating_mul(100) >= quota.saturating_mul(NEAR) => {
                Level::Near
            }
            _ => Level::Fine,
        }
    }
}

/// Calls of an app today: what is in the books, and what this process has not added yet.
///
/// # Errors
/// The database's.
pub async fn day(app: &App, db: &mut Db, row: &apps::AppRow) -> Result<Day, AppError> {
    let today = beijing_day(app.now());
    let stored = apps::calls_of(db, row.id, &today).await?;
    Ok(Day {
        used: stored + app.markets.tally.of(row.id, &today),
        quota: row.daily_quota,
    })
}

/// The same of every app.
pub(crate) async fn days(app: &App, db: &mut Db) -> Result<BTreeMap<i64, i64>, AppError> {
    let today = beijing_day(app.now());
    let mut days: BTreeMap<i64, i64> = apps::calls_on(db, &today)
        .await?
        .into_iter()
        .map(|day| (day.app_id, day.calls))
        .collect();
    for ((app, day), calls) in &app.markets.tally.waiting().calls {
        if *day == today {
            *days.entry(*app).or_default() += calls;
        }
    }
    Ok(days)
}

/// Reconciler: adds what has waited long to the books, and lets the sessions of an app rest that has
/// used up its quota. Writes nothing when there is nothing to do.
///
/// # Errors
/// The database's.
pub async fn count_due(ctx: &Ctx) -> Result<(), AppError> {
    flush(&ctx.app, ALONE_SECONDS).await?;
    let now = ctx.now();
    let used_up: Vec<(i64, Message)> = {
        let mut db = ctx.app.store.read().await?;
        let rows = apps::all(&mut db).await?;
        if rows.iter().all(|row| row.daily_quota.is_none()) {
            return Ok(());
        }
        let days = days(&ctx.app, &mut db).await?;
        rows.into_iter()
            .filter(|row| row.rests_until_at <= now)
            .filter_map(|row| {
                let quota = row.daily_quota?;
                let used = days.get(&row.id).copied().unwrap_or(0);
                (used >= quota).then(|| (row.id, super::rest::quota_used(&row, used, quota)))
            })
            .collect()
    };
    for (app, reason) in used_up {
        super::rest::rest(ctx, app, next_beijing_day(now), reason).await?;
    }
    Ok(())
}

/// Adds everything that was counted to the books: the process ends.
///
/// # Errors
/// The database's.
pub async fn count_all(app: &App) -> Result<(), AppError> {
    flush(app, 0).await
}

async fn flush(app: &App, older: i64) -> Result<(), AppError> {
    let now = app.now();
    let counts = app.markets.tally.older(older, now);
    if counts.is_empty() {
        return Ok(());
    }
    let work = counts.clone();
    let stored = app
        .store
        .write::<_, AppError, _>(move |db| {
            let counts = work.clone();
            Box::pin(async move { store(db, &counts).await })
        })
        .await;
    if stored.is_err() {
        app.markets.tally.give_back(counts, now);
    }
    stored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_warned_from_four_fifths_on() {
        let level = |used, quota| Day { used, quota }.level();
        assert_eq!(level(1_000_000, None), Level::Fine);
        assert_eq!(level(79, Some(100)), Level::Fine);
        assert_eq!(level(80, Some(100)), Level::Near);
        assert_eq!(level(99, Some(100)), Level::Near);
        assert_eq!(level(100, Some(100)), Level::Used);
        assert_eq!(level(i64::MAX, Some(i64::MAX)), Level::Used);
    }
}
