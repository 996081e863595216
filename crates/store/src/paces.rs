//! How often a marketplace may be called: one row per app and per session, shared by all nodes.
//!
//! Each row holds the moment at which the next call is due if calls came evenly. A call may come up
//! to a burst earlier than that; beyond, it is told when to come again.

use crate::db::Db;
use crate::{Error, args, statements};
use world::Timestamp;

statements! {
    TOUCH = "INSERT INTO paces (scope, next_at) VALUES ($1, 0) ON CONFLICT (scope) DO NOTHING";
    READ = "SELECT next_at FROM paces WHERE scope = $1", pg = "SELECT next_at FROM paces WHERE scope = $1 FOR UPDATE";
    PEEK = "SELECT next_at FROM paces WHERE scope = $1";
    HOLD = "INSERT INTO paces (scope, next_at) VALUES ($1, $2) ON CONFLICT (scope) DO UPDATE SET next_at = CASE WHEN paces.next_at < excluded.next_at THEN excluded.next_at ELSE paces.next_at END";
    MOVE = "UPDATE paces SET next_at = $2 WHERE scope = $1";
}

/// One scope's rhythm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rhythm {
    /// `app 17`, `session 4`.
    pub scope: String,
    /// Microseconds between two calls.
    pub interval_us: i64,
    /// Calls that may come at once after a rest.
    pub burst: i64,
}

/// Whether calls may go out now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    /// They may, and are counted.
    Now,
    /// Not before this moment.
    At(Timestamp),
}

/// Reserves `calls` calls in every one of `rhythms`, or in none. A rhythm without an
/// interval only waits where it is held: nothing is written for it, so nobody waits for its row.
pub async fn reserve(
    db: &mut Db,
    rhythms: &[Rhythm],
    calls: i64,
    now: Timestamp,
) -> Result<Slot, Error> {
    let (slot, next) = first_slot(db, rhythms, calls, now).await?;
    if slot == Slot::Now {
        store_next(db, rhythms, next).await?;
    }
    Ok(slot)
}

/// Reserves `calls` calls in every one of `rhythms` for the first moment at which they may go out,
/// and tells it. Whoever waits comes then and is not asked again, so that a long queue is told its
/// places once.
pub async fn reserve_ahead(
    db: &mut Db,
    rhythms: &[Rhythm],
    calls: i64,
    now: Timestamp,
) -> Result<Slot, Error> {
    let (slot, next) = first_slot(db, rhythms, calls, now).await?;
    store_next(db, rhythms, next).await?;
    Ok(slot)
}

async fn first_slot(
    db: &mut Db,
    rhythms: &[Rhythm],
    calls: i64,
    now: Timestamp,
) -> Result<(Slot, Vec<i64>), Error> {
    let mut next = Vec::with_capacity(rhythms.len());
    let mut wait = now.0;
    for rhythm in rhythms {
        if rhythm.interval_us == 0 {
            let at = db.opt::<i64>(&PEEK, args![&rhythm.scope]).await?;
            wait = wait.max(at.unwrap_or(0));
            continue;
        }
        db.exec(&TOUCH, args![&rhythm.scope]).await?;
        let at = db.one::<i64>(&READ, args![&rhythm.scope], "pace").await?;
        let after = at.max(now.0) + calls * rhythm.interval_us;
        // The calls fit when, spread evenly, the last of them lies within the burst from then.
        wait = wait.max(after - rhythm.burst.max(calls) * rhythm.interval_us);
        next.push(after);
    }
    let slot = if wait > now.0 {
        Slot::At(Timestamp(wait))
    } else {
        Slot::Now
    };
    Ok((slot, next))
}

async fn store_next(db: &mut Db, rhythms: &[Rhythm], next: Vec<i64>) -> Result<(), Error> {
    let held = rhythms.iter().filter(|rhythm| rhythm.interval_us > 0);
    for (rhythm, next) in held.zip(next) {
        db.exec(&MOVE, args![&rhythm.scope, next]).await?;
    }
    Ok(())
}

/// Lets no call of this scope go out before `until`: the marketplace has said that it is called too often.
pub async fn hold(db: &mut Db, rhythm: &Rhythm, until: Timestamp) -> Result<(), Error> {
    let next = until.0 + (rhythm.burst - 1).max(0) * rhythm.interval_us;
    db.exec(&HOLD, args![&rhythm.scope, next]).await.map(|_| ())
}
