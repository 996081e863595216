//! Two names for one thing: at some marketplaces order lines carry other ids than offers do.
//!
//! Our books, pages and comparisons know the offers' ids alone. They are translated at the edge:
//! before a basket goes out, and when an order comes in. What an offer told is kept; what no offer
//! has told stays as the order names it, and is shown so.

use crate::AppError;
use crate::Ctx;
use crate::market::SessionCalls;
use crate::message::json;
use marketplaces::{Created, ErrorKind, MarketError, MarketOrder, Offer, OrderLine, Orderable};
use store::Db;
use store::orderables::{self, OrderableRow};
use world::Timestamp;

/// Keeps the ids under which an offer is ordered, where it told any.
pub(crate) async fn remember(
    db: &mut Db,
    marketplace: &str,
    offer: &Offer,
    now: Timestamp,
) -> Result<(), AppError> {
    let named = offer.specifications.iter().map(|s| Some(s.id.as_str()));
    let all = named.chain(offer.specifications.is_empty().then_some(None));
    for specification in all {
        let Some(theirs) = offer.orderable_of(specification) else {
            continue;
        };
        let row = OrderableRow {
            marketplace: marketplace.to_owned(),
            orderable_item: theirs.item,
            orderable_specification: theirs.specification.unwrap_or_default(),
            item: offer.item.clone(),
            specification: specification.unwrap_or_default().to_owned(),
            read_at: now,
        };
        orderables::save(db, &row).await?;
    }
    Ok(())
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// Gives lines the ids to order by, as far as they are known.
pub(crate) async fn fill(
    db: &mut Db,
    marketplace: &str,
    lines: &mut [OrderLine],
) -> Result<(), AppError> {
    for line in lines.iter_mut().filter(|l| l.orderable.is_none()) {
        let specification = line.specification.as_deref();
        line.orderable = orderables::of_offer(db, marketplace, &line.item, specification)
            .await?
            .map(|row| Orderable {
                item: row.orderable_item,
                specification: some(row.orderable_specification),
            });
    }
    Ok(())
}

/// Gives every line the ids to order by, where the marketplace has such: offers that have not told
/// them are read now. A line whose offer does not know it stays without, and the marketplace's own
/// verdict tells.
///
/// The inner error is a failed call.
pub(crate) async fn learn(
    ctx: &Ctx,
    calls: &SessionCalls,
    lines: &mut [OrderLine],
) -> Result<Result<(), MarketError>, AppError> {
    if !calls.connector().capabilities().orders_have_own_ids {
        return Ok(Ok(()));
    }
    let marketplace = calls.session.marketplace.clone();
    {
        let mut db = ctx.app.store.read().await?;
        fill(&mut db, &marketplace, lines).await?;
    }
    for index in 0..lines.len() {
        if lines[index].orderable.is_some() {
            continue;
        }
        let item = lines[index].item.clone();
        let offer = match calls.connector().offer_read(&calls.caller(), &item).await {
            Ok(offer) => offer,
            Err(error) if error.kind == ErrorKind::NotFound => continue,
            Err(error) => return Ok(Err(error)),
        };
        for line in lines.iter_mut().filter(|l| l.item == item) {
            line.orderable = offer.orderable_of(line.specification.as_deref());
        }
        keep(ctx, &marketplace, &offer).await?;
    }
    Ok(Ok(()))
}

async fn keep(ctx: &Ctx, marketplace: &str, offer: &Offer) -> Result<(), AppError> {
    let (now, facts) = (ctx.now(), json(offer));
    let (marketplace, offer) = (marketplace.to_owned(), offer.clone());
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            let (marketplace, offer, facts) = (marketplace.clone(), offer.clone(), facts.clone());
            Box::pin(async move {
                store::offers::save(db, &marketplace, &offer.item, &facts, now).await?;
                remember(db, &marketplace, &offer, now).await
            })
        })
        .await
}

/// Puts our ids in place of those by which the marketplace's orders speak of goods.
async fn own(
    db: &mut Db,
    marketplace: &str,
    item: &mut String,
    specification: &mut Option<String>,
) -> Result<(), AppError> {
    if let Some(row) = orderables::of_order(db, marketplace, item, specification.as_deref()).await?
    {
        *item = row.item;
        *specification = some(row.specification);
    }
    Ok(())
}

/// An order as it came, in our ids.
pub(crate) async fn own_order(
    ctx: &Ctx,
    db: &mut Db,
    marketplace: &str,
    order: &mut MarketOrder,
) -> Result<(), AppError> {
    if speaks_otherwise(ctx, marketplace)? {
        for line in &mut order.lines {
            own(db, marketplace, &mut line.item, &mut line.specification).await?;
        }
    }
    Ok(())
}

/// The answer to a create, in our ids.
pub(crate) async fn own_created(
    ctx: &Ctx,
    db: &mut Db,
    marketplace: &str,
    created: &mut Created,
) -> Result<(), AppError> {
    if speaks_otherwise(ctx, marketplace)? {
        for line in &mut created.failed {
            own(db, marketplace, &mut line.item, &mut line.specification).await?;
        }
    }
    Ok(())
}

fn speaks_otherwise(ctx: &Ctx, marketplace: &str) -> Result<bool, AppError> {
    let market = ctx.app.markets.get(marketplace)?;
    Ok(market.connector.capabilities().orders_have_own_ids)
}
