//! After the database was brought back from a backup: what the backup cannot know is asked of the
//! marketplaces before anything is sent again.
//!
//! Every booking that was not finished then may have been sent since: it becomes unknown and is
//! looked for. Runs that would send more are stopped. No session books before it has been
//! synchronized, and the orders found then have been read.

use crate::activity::{self, Activity};
use crate::booking::unknown::doubted;
use crate::purchase::pay;
use crate::sync::{Start, start};
use crate::{AppError, Ctx};
use store::{activities, bookings, jobs, purchases, sessions};
use world::Timestamp;

/// Rows that are dealt with in one go.
const AT_ONCE: i64 = 100;

/// What was found and done.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Restored {
    /// Sessions that book again only after their synchronization.
    pub sessions: u64,
    /// Runs that were stopped.
    pub runs: u64,
    /// Bookings whose outcome is unknown now.
    pub bookings: u64,
}

/// Does it. Doing it twice does no harm, and one that was interrupted is simply begun anew.
///
/// # Errors
/// The database's.
pub async fn after_restore(ctx: &Ctx) -> Result<Restored, AppError> {
    let now = ctx.now();
    let sessions = ctx
        .app
        .store
        .write::<_, AppError, _>(move |db| {
            // First: from here on nothing is sent.
            Box::pin(async move { Ok(sessions::restored(db, now).await?) })
        })
        .await?;
    let mut done = Restored {
        sessions,
        ..Restored::default()
    };
    done.runs = stop_runs(ctx).await?;
    done.bookings = doubt_bookings(ctx).await?;
    doubt_payments(ctx).await?;
    let wish = Start {
        request_id: format!("restored-{}", now.0),
        sessions: Vec::new(),
        order: None,
    };
    start(ctx, wish).await?;
    Ok(done)
}

async fn stop_runs(ctx: &Ctx) -> Result<u64, AppError> {
    let (mut stopped, mut after) = (0, 0);
    loop {
        let open = {
            let mut db = ctx.app.store.read().await?;
            activities::open_of_operation(&mut db, "book", after, AT_ONCE).await?
        };
        let Some(last) = open.last() else {
            return Ok(stopped);
        };
        after = last.id;
        for run in open.into_iter().map(Activity::of) {
            match activity::stop(ctx, run.row.id).await {
                Ok(()) => stopped += 1,
                // It ended meanwhile.
                Err(AppError::Refused(_)) => {}
                Err(other) => return Err(other),
            }
        }
    }
}

async fn doubt_bookings(ctx: &Ctx) -> Result<u64, AppError> {
    let mut doubted_ones = 0;
    loop {
        let open = {
            let mut db = ctx.app.store.read().await?;
            bookings::unsent_or_sending(&mut db, AT_ONCE).await?
        };
        if open.is_empty() {
            return Ok(doubted_ones);
        }
        for row in open {
            let ctx = ctx.clone();
            let changed = ctx
                .app
                .store
                .clone()
                .write::<_, AppError, _>(move |db| {
                    let ctx = ctx.clone();
                    Box::pin(async move { doubted(&ctx, db, row.id).await })
                })
                .await?;
            doubted_ones += u64::from(changed);
        }
    }
}

/// Payments that were on their way when the backup was made are only read from here on.
async fn doubt_payments(ctx: &Ctx) -> Result<(), AppError> {
    let open = {
        let mut db = ctx.app.store.read().await?;
        purchases::paying(&mut db, Timestamp(i64::MAX), i64::MAX).await?
    };
    for id in open {
        let ctx = ctx.clone();
        ctx.app
            .store
            .clone()
            .write::<_, AppError, _>(move |db| {
                let ctx = ctx.clone();
                Box::pin(async move { pay::doubt(&ctx, db, id).await })
            })
            .await?;
    }
    Ok(())
}

/// Lets sessions book again whose synchronization since the restore is complete, with all its reads.
///
/// # Errors
/// The database's.
pub async fn caught_up(ctx: &Ctx) -> Result<(), AppError> {
    let ready = {
        let mut db = ctx.app.store.read().await?;
        let mut ready = Vec::new();
        for session in sessions::all(&mut db).await? {
            let Some(at) = session.caught_up_at else {
                continue;
            };
            if !reads_left(&mut db, session.id, at).await? {
                ready.push(session.id);
            }
        }
        ready
    };
    if ready.is_empty() {
        return Ok(());
    }
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            let ready = ready.clone();
            Box::pin(async move {
                for session in ready {
                    sessions::may_book_again(db, session).await?;
                }
                Ok(())
            })
        })
        .await
}

async fn reads_left(db: &mut store::Db, session: i64, before: Timestamp) -> Result<bool, AppError> {
    Ok(jobs::any_made_before(db, session, crate::JobKind::PurchaseRead.code(), before).await?)
}
