//! *Unbind*: units go back to *Ready for purchase*; on wish the purchase is cancelled at its
//! marketplace too.
//!
//! Without a cancel the units are free in the same transaction. With one they stay covered until a
//! read shows the order closed. What was paid is never cancelled by us.

use crate::activity::{self, ActivityState, Begin, Begun, StepState};
use crate::history::{self, Change};
use crate::message::json;
use crate::purchase::cancel::{self, CancelState, Cancels, Part};
use crate::purchase::{pay, record};
use crate::{AppError, Ctx, Message};
use domain::HistoryKind;
use domain::item_status::Freed;
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::items::{self, ClaimRow};
use store::purchases::{self, Cover, PurchaseRow};

/// Longest reason that is kept, in characters.
const REASON_CHARACTERS: usize = 500;

/// What is unbound.
#[derive(Clone, Debug, Default)]
pub struct Unbind {
    /// Given by the form.
    pub request_id: String,
    /// Order from whose page it is done; only its own units are unbound.
    pub order: i64,
    /// Chosen allocations by their row ids, with the units to unbind; none unbinds all of them.
    pub allocations: Vec<(i64, Option<i64>)>,
    /// Purchases of which every unit of this order is unbound.
    pub purchases: Vec<i64>,
    /// Why; needed for what was paid.
    pub reason: String,
    /// Also cancel at the marketplace.
    pub also_cancel: bool,
}

/// Units of one allocation to unbind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Chosen {
    /// Row id of the claim.
    pub claim: i64,
    /// Units.
    pub units: i64,
}

/// What an unbinding may do with one purchase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Purchase.
    pub purchase: i64,
    /// Its number at the marketplace.
    pub number: String,
    /// Money has moved: a reason is needed.
    pub paid: bool,
    /// Why a cancel at the marketplace is not offered; none where it is.
    pub no_cancel: Option<Message>,
}

/// What may be done with the purchases of these allocations: for the window that asks.
///
/// # Errors
/// When an allocation is not one of this order's; the database's.
pub async fn offers(ctx: &Ctx, request: &Unbind) -> Result<Vec<Offer>, AppError> {
    let mut db = ctx.app.store.read().await?;
    let mut out = Vec::new();
    for (id, chosen) in choose(&mut db, request).await? {
        let row = purchases::by_id(&mut db, id)
            .await?
            .ok_or(AppError::NotFound("purchase"))?;
        let covers = purchases::covers(&mut db, id).await?;
        let market = ctx.app.markets.get(&row.marketplace)?;
        let no_cancel = may_cancel(&row, &covers, &chosen, market.connector.capabilities()).err();
        out.push(Offer {
            purchase: id,
            number: row.order_number,
            paid: row.was_paid,
            no_cancel,
        });
    }
    Ok(out)
}

/// Unbinds.
///
/// # Errors
/// Nothing chosen, a missing reason, a cancel that cannot be offered; the database's.
pub async fn unbind(ctx: &Ctx, request: Unbind) -> Result<Begun, AppError> {
    ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request) = (ctx.clone(), request.clone());
            Box::pin(async move { begin(&ctx, db, &request).await })
        })
        .await
}

async fn begin(ctx: &Ctx, db: &mut Db, request: &Unbind) -> Result<Begun, AppError> {
    let reason = request.reason.trim();
    if reason.chars().count() > REASON_CHARACTERS {
        let message = Message::of("error-too_long").with("most", REASON_CHARACTERS);
        return Err(AppError::field("reason", message));
    }
    let order = store::orders::by_id(db, request.order)
        .await?
        .ok_or(AppError::NotFound("order"))?;
    let wish = Begin {
        request_id: request.request_id.clone(),
        operation: "unbind",
        order_id: Some(order.id),
        session_id: None,
        title: Message::of("activity-unbind").with("order", &order.number),
        data: json(&Cancels::default()),
    };
    let begun = activity::begin(ctx, db, &wish).await?;
    // A second click finds its allocations gone; it is the same run all the same.
    if !begun.fresh {
        return Ok(begun);
    }
    let mut rows = Vec::new();
    for (id, chosen) in choose(db, request).await? {
        rows.push((purchases::lock(db, id).await?, chosen));
    }
    if rows.is_empty() {
        return Err(AppError::refused("unbind-nothing_chosen"));
    }
    check(ctx, db, request, &rows, reason).await?;
    let now = ctx.now();
    let mut run = activity::lock(db, begun.id).await?;
    if request.also_cancel {
        let cancels = Cancels {
            parts: rows
                .iter()
                .map(|(row, _)| Part {
                    purchase: row.id,
                    number: row.order_number.clone(),
                    end: None,
                })
                .collect(),
        };
        cancel::settle(&mut run, &cancels, now);
        run.save(db, now).await?;
        for (mut row, _) in rows {
            row.unbound_reason = (!reason.is_empty()).then(|| reason.to_owned());
            cancel::ask(ctx, db, row, begun.id, &[order.id]).await?;
        }
        return Ok(begun);
    }
    let mut freed = BTreeMap::new();
    let mut units = 0;
    for (row, chosen) in rows {
        let number = row.order_number.clone();
        let (purchase, marketplace) = (row.id, row.marketplace.clone());
        let free = free(ctx, db, row, &chosen, order.id, reason, &mut freed).await?;
        units += free;
        let said = Message::of("step-unbound")
            .with("units", free)
            .with("marketplace", marketplace)
            .with("number", number);
        run.step(&format!("unbind {purchase}"), StepState::Done, said, now);
    }
    crate::order::settle(ctx, db, order.id, &freed).await?;
    run.count("units", units);
    run.go(ActivityState::Done, now);
    run.save(db, now).await?;
    Ok(begun)
}

/// Which units of which purchases are meant, by purchase.
async fn choose(db: &mut Db, request: &Unbind) -> Result<BTreeMap<i64, Vec<Chosen>>, AppError> {
    let covers = purchases::covers_beside_order(db, request.order).await?;
    let mut out: BTreeMap<i64, Vec<Chosen>> = BTreeMap::new();
    for cover in covers.iter().filter(|c| c.order_id == request.order) {
        let wish = request.allocations.iter().find(|(id, _)| *id == cover.id);
        let units = match wish {
            _ if request.purchases.contains(&cover.purchase_id) => cover.quantity,
            Some((_, units)) => units.unwrap_or(cover.quantity),
            None => continue,
        };
        if !(1..=cover.quantity).contains(&units) {
            let message = Message::of("unbind-units").with("most", cover.quantity);
            return Err(AppError::field("units", message));
        }
        out.entry(cover.purchase_id).or_default().push(Chosen {
            claim: cover.id,
            units,
        });
    }
    let known = |id: &i64| {
        covers
            .iter()
            .any(|c| c.id == *id && c.order_id == request.order)
    };
    if !request.allocations.iter().all(|(id, _)| known(id)) {
        return Err(AppError::refused("unbind-gone"));
    }
    Ok(out)
}

async fn check(
    ctx: &Ctx,
    db: &mut Db,
    request: &Unbind,
    rows: &[(PurchaseRow, Vec<Chosen>)],
    reason: &str,
) -> Result<(), AppError> {
    for (row, chosen) in rows {
        if row.was_paid && reason.is_empty() {
            let message = Message::of("unbind-reason_needed").with("number", &row.order_number);
            return Err(AppError::field("reason", message));
        }
        if let Some(why) = pay::under_way(row) {
            return Err(AppError::Refused(why));
        }
        if request.also_cancel {
            let market = ctx.app.markets.get(&row.marketplace)?;
            let covers = purchases::covers(db, row.id).await?;
            may_cancel(row, &covers, chosen, market.connector.capabilities())
                .map_err(AppError::Refused)?;
        } else if matches!(
            CancelState::of(row),
            Some(CancelState::Asked | CancelState::Sending)
        ) {
            let message = Message::of("cancel-under_way").with("number", &row.order_number);
            return Err(AppError::Refused(message));
        }
    }
    Ok(())
}

/// A cancel is offered when everything that the purchase covers is unbound with it.
fn may_cancel(
    row: &PurchaseRow,
    covers: &[Cover],
    chosen: &[Chosen],
    can: &marketplaces::Capabilities,
) -> Result<(), Message> {
    cancel::allowed(row, can)?;
    let whole = |cover: &Cover| {
        let chosen = chosen.iter().find(|c| c.claim == cover.id);
        chosen.is_some_and(|c| c.units == cover.quantity)
    };
    if let Some(left) = covers.iter().find(|c| !whole(c)) {
        return Err(Message::of("unbind-cancel_needs_all")
            .with("number", &row.order_number)
            .with("order", &left.order_number));
    }
    Ok(())
}

/// Frees the chosen units of one purchase. Gives their number.
async fn free(
    ctx: &Ctx,
    db: &mut Db,
    mut row: PurchaseRow,
    chosen: &[Chosen],
    order: i64,
    reason: &str,
    freed: &mut BTreeMap<i64, Freed>,
) -> Result<i64, AppError> {
    let now = ctx.now();
    let covers = purchases::covers(db, row.id).await?;
    let mut left: i64 = covers.iter().map(|c| c.quantity).sum();
    let mut total = 0;
    for one in chosen {
        let cover = covers
            .iter()
            .find(|c| c.id == one.claim)
            .ok_or_else(|| AppError::refused("unbind-gone"))?;
        let claim = ClaimRow {
            id: cover.id,
            item_id: cover.item_id,
            booking_line_id: None,
            purchase_line_id: Some(cover.purchase_line_id),
            quantity: cover.quantity,
        };
        items::free(db, &claim, one.units, "unbound", now).await?;
        freed.insert(cover.item_id, Freed::Unbound);
        left -= one.units;
        total += one.units;
        let change = Change {
            item: Some(cover.item_id),
            purchase: Some(row.id),
            was: Some(row.order_number.clone()),
            facts: Some(serde_json::json!({
                "number": row.order_number,
                "marketplace": row.marketplace,
                "units": one.units,
                "reason": reason,
            })),
            ..Change::default()
        };
        history::add(ctx, db, order, HistoryKind::PurchaseUnbound, change).await?;
    }
    if left == 0 {
        row.unbound_at = Some(now);
        row.unbound_reason = (!reason.is_empty()).then(|| reason.to_owned());
        purchases::save(db, &row).await?;
    }
    record::after(ctx, db, row.id, &mut BTreeSet::from([order])).await?;
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cover(id: i64, quantity: i64, order: i64) -> Cover {
        Cover {
            id,
            item_id: id,
            purchase_id: 1,
            purchase_line_id: 1,
            quantity,
            order_id: order,
            order_number: format!("ORD-{order:09}"),
        }
    }

    #[test]
    fn a_cancel_needs_every_unit_that_the_purchase_covers() {
        let market = marketplaces::by_code("1688").unwrap();
        let row = crate::purchase::cancel::sample(None, domain::PurchaseStatus::ToPay, false);
        let covers = [cover(1, 2, 53), cover(2, 3, 54)];
        let chosen = |units: &[(i64, i64)]| -> Vec<Chosen> {
            let chosen = |&(claim, units)| Chosen { claim, units };
            units.iter().map(chosen).collect()
        };
        let why = |units: &[(i64, i64)]| {
            may_cancel(&row, &covers, &chosen(units), market.capabilities())
                .err()
                .map(|m| (m.key.clone(), m.args.get("order").cloned()))
        };
        let needs =
            |order: &str| Some(("unbind-cancel_needs_all".to_owned(), Some(order.to_owned())));
        assert_eq!(why(&[(1, 2), (2, 3)]), None);
        assert_eq!(why(&[(1, 2)]), needs("ORD-000000054"));
        assert_eq!(why(&[(1, 1), (2, 3)]), needs("ORD-000000053"));
    }
}
