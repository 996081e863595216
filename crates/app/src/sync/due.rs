//! Reconciler: which sessions are due for a look, and which purchases for a read of their own.

use crate::purchase::read;
use crate::purchase::record::{Source, is_followed};
use crate::sync::page;
use crate::{AppError, Ctx};
use store::purchases::PurchaseRow;
use store::{Db, jobs, purchases, sessions, settings};
use world::Timestamp;

/// Setting: minutes between two looks at a session.
const EVERY: &str = "synchronization_minutes";
const USUAL_MINUTES: i64 = 3;
/// Purchases of one session that are asked for at once.
const AT_ONCE: i64 = 50;
/// A purchase whose read was asked for is not due again before so many seconds; one that is being
/// made or paid is waited for.
const ASKED_SECONDS: i64 = 3_600;
const ASKED_FOLLOWED_SECONDS: i64 = 60;

/// Enqueues what is due: a look at every active session (also one that is being emptied) whose last is
/// some minutes old, and a read of every open purchase that was not seen for a day. Writes nothing when
/// nothing is due.
///
/// # Errors
/// The database's.
pub async fn due(ctx: &Ctx) -> Result<(), AppError> {
    let now = ctx.now();
    let (looks, reads) = find(&mut ctx.app.store.read().await?, now).await?;
    if looks.is_empty() && reads.is_empty() {
        return Ok(());
    }
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, looks, reads) = (ctx.clone(), looks.clone(), reads.clone());
            Box::pin(async move {
                for session in looks {
                    jobs::enqueue_new(db, &page::job(&ctx, session, None, now), now).await?;
                }
                for row in reads {
                    let asked = if is_followed(&row) {
                        ASKED_FOLLOWED_SECONDS
                    } else {
                        ASKED_SECONDS
                    };
                    purchases::put_off_read(db, row.id, now.plus_seconds(asked)).await?;
                    let payload = read::Payload {
                        session: row.session_id,
                        number: row.order_number,
                        source: Source::Poll,
                        deliveries: false,
                    };
                    read::enqueue(&ctx.app, db, &payload, None, now).await?;
                }
                Ok(())
            })
        })
        .await
}

async fn find(db: &mut Db, now: Timestamp) -> Result<(Vec<i64>, Vec<PurchaseRow>), AppError> {
    let minutes = settings::get(db, EVERY)
        .await?
        .and_then(|text| text.parse().ok())
        .unwrap_or(USUAL_MINUTES)
        .max(1);
    let (mut looks, mut reads) = (Vec::new(), Vec::new());
    for session in sessions::all(db).await? {
        if session.state != "active" {
            continue;
        }
        let fresh = session
            .sync_done_at
            .is_some_and(|done| done.plus_seconds(minutes * 60) > now);
        if !fresh && !jobs::exists(db, &page::key(session.id)).await? {
            looks.push(session.id);
        }
        reads.extend(purchases::due(db, session.id, now, AT_ONCE).await?);
    }
    Ok((looks, reads))
}
