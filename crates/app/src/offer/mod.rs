//! What offers cost and hold now: read in the background for items that are ready for purchase, and
//! on demand. A failed read keeps the older facts and says so beside them.

mod orderable;

pub(crate) use orderable::{fill, learn, own_created, own_order};

use crate::message::json;
use crate::session::Failure;
use crate::worker::Task;
use crate::{App, AppError, Ctx, JobEnd, JobKind, Message};
use marketplaces::{ErrorKind, Offer};
use std::collections::{BTreeMap, BTreeSet};
use store::jobs::{self, NewJob};
use store::{Db, Signal, items, offers};
use world::Timestamp;

/// Facts of ready items older than this are read again, in seconds.
const OLD_SECONDS: i64 = 1_800;
const AT_ONCE: i64 = 20;

/// What to read.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Payload {
    marketplace: String,
    item: String,
    session: i64,
    /// The order whose page waits for it.
    order: Option<i64>,
}

/// Goods of one marketplace.
type Goods = (String, String);

async fn enqueue(
    ctx: &Ctx,
    db: &mut Db,
    goods: &Goods,
    session: i64,
    order: Option<i64>,
) -> Result<(), AppError> {
    let payload = Payload {
        marketplace: goods.0.clone(),
        item: goods.1.clone(),
        session,
        order,
    };
    let job = NewJob {
        id: ctx.id(),
        kind: JobKind::OfferRead.code(),
        // A page that waits is told; so its wish is a job of its own.
        dedupe: Some(format!(
            "offer:{}:{}:{}",
            goods.0,
            goods.1,
            order.unwrap_or(0)
        )),
        payload: json(&payload),
        session_id: Some(session),
        activity_id: None,
        run_at: ctx.now(),
    };
    jobs::enqueue(db, &job, ctx.now()).await?;
    Ok(())
}

/// Sessions to read with, by marketplace; a marketplace without a working one is left out.
async fn sessions(
    ctx: &Ctx,
    db: &mut Db,
    marketplaces: BTreeSet<String>,
    last: Option<i64>,
) -> Result<BTreeMap<String, i64>, AppError> {
    let mut out = BTreeMap::new();
    for marketplace in marketplaces {
        let chosen = crate::session::choose(db, &marketplace, last, ctx.now()).await?;
        let Some(session) = chosen else { continue };
        let works = store::sessions::by_id(db, session)
            .await?
            .is_some_and(|s| s.state == "active");
        if works {
            out.insert(marketplace, session);
        }
    }
    Ok(out)
}

/// Reconciler: reads offers of ready items whose facts are old. Writes nothing when nothing is due.
///
/// # Errors
/// The database's.
pub async fn enqueue_due(ctx: &Ctx) -> Result<(), AppError> {
    let due = {
        let mut db = ctx.app.store.read().await?;
        let before = ctx.now().plus_seconds(-OLD_SECONDS);
        let wanted = offers::wanted(&mut db, before, AT_ONCE).await?;
        let markets = wanted.iter().map(|w| w.marketplace.clone()).collect();
        let sessions = sessions(ctx, &mut db, markets, None).await?;
        let mut due = Vec::new();
        for want in wanted {
            let Some(session) = sessions.get(&want.marketplace) else {
                continue;
            };
            let key = format!("offer:{}:{}:0", want.marketplace, want.item);
            if !want.item.is_empty() && !jobs::exists(&mut db, &key).await? {
                due.push(((want.marketplace, want.item), *session));
            }
        }
        due
    };
    if due.is_empty() {
        return Ok(());
    }
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, due) = (ctx.clone(), due.clone());
            Box::pin(async move {
                for (goods, session) in &due {
                    enqueue(&ctx, db, goods, *session, None).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Reads the offers of an order's items that have free units now. Gives how many are read.
///
/// # Errors
/// When no session of a marketplace works; the database's.
pub async fn refresh(ctx: &Ctx, order: i64) -> Result<usize, AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let row = store::orders::by_id(db, order)
                    .await?
                    .ok_or(AppError::NotFound("order"))?;
                let goods: BTreeSet<Goods> = items::of_order(db, order)
                    .await?
                    .into_iter()
                    .filter(|i| i.free() > 0 && !i.status.is_left_out() && !i.item.is_empty())
                    .map(|i| (i.marketplace, i.item))
                    .collect();
                let markets = goods.iter().map(|g| g.0.clone()).collect();
                let sessions = sessions(&ctx, db, markets, row.last_session_id).await?;
                if sessions.is_empty() && !goods.is_empty() {
                    return Err(AppError::refused("offer-no_session"));
                }
                let mut count = 0;
                for one in &goods {
                    if let Some(session) = sessions.get(&one.0) {
                        enqueue(&ctx, db, one, *session, Some(order)).await?;
                        count += 1;
                    }
                }
                Ok(count)
            })
        })
        .await
}

/// Carries the job.
///
/// # Errors
/// The database's; marketplace failures put the job off or are recorded.
pub async fn run(app: &App, task: Task) -> Result<JobEnd, AppError> {
    let payload: Payload = task.payload()?;
    let ctx = app.program("offers");
    let calls = {
        let mut db = app.store.read().await?;
        app.session_calls(&mut db, payload.session).await?
    };
    if calls.session.state != "active" {
        // Another session is chosen when the offer is due again.
        return Ok(JobEnd::Done);
    }
    let read = calls
        .connector()
        .offer_read(&calls.caller(), &payload.item)
        .await;
    let outcome = match read {
        Ok(offer) => Ok(offer),
        Err(error) => match crate::session::call_failed(&ctx, &calls, &error).await? {
            // A renewed token mends it in a moment; anything else is told, and read again later.
            Failure::RetryAt(at) if error.kind == ErrorKind::Token => {
                return Ok(JobEnd::Again(at));
            }
            Failure::Paused => return Ok(JobEnd::Again(app.now().plus_seconds(1))),
            Failure::RetryAt(_) | Failure::Final => Err(Message::market(&error)),
        },
    };
    let held = task.held;
    app.store
        .write::<_, AppError, _>(move |db| {
            let (ctx, payload, outcome) = (ctx.clone(), payload.clone(), outcome.clone());
            Box::pin(async move {
                let now = ctx.now();
                record(db, &payload, outcome, now).await?;
                jobs::finish(db, held, now).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

async fn record(
    db: &mut Db,
    payload: &Payload,
    outcome: Result<Offer, Message>,
    now: Timestamp,
) -> Result<(), AppError> {
    match outcome {
        Ok(offer) => {
            let facts = json(&offer);
            offers::save(db, &payload.marketplace, &payload.item, &facts, now).await?;
            orderable::remember(db, &payload.marketplace, &offer, now).await?;
            crate::session::call_succeeded(db, payload.session, now).await?;
        }
        Err(why) => {
            offers::failed(db, &payload.marketplace, &payload.item, &why.json(), now).await?;
        }
    }
    if let Some(order) = payload.order {
        db.signal(Signal::Order(order));
    }
    Ok(())
}
