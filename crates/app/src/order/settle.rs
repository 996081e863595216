//! What follows from the items of an order: automatic statuses, the order's own status, counts,
//! the facets of lists and the terms of the search.
//!
//! Called in the transaction of every change of units, of a purchase that covers them, of
//! exceptions and of whatever an order is found under. Calling it once too often does no harm: it
//! writes only differences.

use crate::history::{self, Change};
use crate::order::terms;
use crate::{AppError, Ctx, Message};
use domain::item_status::{self, Freed, Note, UnitFacts};
use domain::{HistoryKind, ItemStatus, OrderEnd, PurchaseStatus};
use std::collections::{BTreeMap, BTreeSet};
use store::items::{self, ClaimRow, CoverRow, ItemRow};
use store::orders::{self, OrderRow};
use store::{Db, Signal};

/// Recomputes everything that follows from an order's items. `freed` says of items whose units
/// this very transaction freed why.
///
/// Of several orders settle the one with the smallest id first, so that transactions that touch
/// the same orders do not wait for each other in a circle.
///
/// # Errors
/// When there is no such order; the database's.
pub async fn settle(
    ctx: &Ctx,
    db: &mut Db,
    order_id: i64,
    freed: &BTreeMap<i64, Freed>,
) -> Result<(), AppError> {
    let order = orders::lock(db, order_id).await?;
    let mut items = items::of_order(db, order_id).await?;
    let claims = items::claims_of_order(db, order_id).await?;
    let covers = items::covers_of_order(db, order_id).await?;
    for item in &mut items {
        settle_item(
            ctx,
            db,
            item,
            &claims,
            &covers,
            freed.get(&item.id).copied(),
        )
        .await?;
    }
    let open = orders::open_counts(db, order_id).await?;
    let fresh = derive(&order, &items, open.exceptions, open.unknown);
    if fresh.status != order.status {
        let change = Change {
            was: Some(order.status.code().to_owned()),
            became: Some(fresh.status.code().to_owned()),
            ..Change::default()
        };
        history::add(ctx, db, order_id, HistoryKind::OrderStatus, change).await?;
    }
    if differs(&order, &fresh) {
        orders::save_derived(db, &fresh).await?;
    }
    orders::set_facets(db, &fresh, &facets(&fresh, &items, &covers)).await?;
    let numbers = orders::purchase_numbers(db, order_id).await?;
    let tracking = orders::tracking_codes(db, order_id).await?;
    orders::set_terms(
        db,
        &fresh,
        &terms::of_order(&fresh, &items, numbers, tracking),
    )
    .await?;
    db.signal(Signal::Order(order_id));
    Ok(())
}

/// Puts a more exact reason in red on an item than [`settle`] knows: the marketplace's own words
/// of a refusal. After [`settle`], in the same transaction; it goes when the units are taken again.
///
/// # Errors
/// When there is no such item; the database's.
pub async fn note(db: &mut Db, item: i64, message: &Message) -> Result<(), AppError> {
    let mut row = items::by_id(db, item)
        .await?
        .ok_or(AppError::NotFound("item"))?;
    row.note = Some(message.json());
    items::save_status(db, &row).await?;
    Ok(())
}

/// How the units of an item stand.
fn unit_facts(
    item: &ItemRow,
    claims: &[ClaimRow],
    covers: &[CoverRow],
    freed: Option<Freed>,
) -> UnitFacts {
    UnitFacts {
        quantity: item.quantity,
        free: item.free(),
        reserved: reserved(item.id, claims),
        covered: covers
            .iter()
            .filter(|c| c.item_id == item.id)
            .map(|c| (c.quantity, line_status(c)))
            .collect(),
        freed,
    }
}

/// Units of an item in open bookings.
pub(crate) fn reserved(item: i64, claims: &[ClaimRow]) -> i64 {
    claims
        .iter()
        .filter(|c| c.item_id == item && c.booking_line_id.is_some())
        .map(|c| c.quantity)
        .sum()
}

/// A line without a word of its own goes with its purchase.
fn line_status(cover: &CoverRow) -> PurchaseStatus {
    if cover.line_status == PurchaseStatus::Unknown {
        cover.status
    } else {
        cover.line_status
    }
}

async fn settle_item(
    ctx: &Ctx,
    db: &mut Db,
    item: &mut ItemRow,
    claims: &[ClaimRow],
    covers: &[CoverRow],
    freed: Option<Freed>,
) -> Result<(), AppError> {
    let facts = unit_facts(item, claims, covers, freed);
    let outcome = item_status::automatic(item.status, item.status_by_person, &facts);
    let was = item.status;
    let before = (item.note.clone(), item.marketplace_says.clone());
    if let Some(to) = outcome.to {
        item.status = to;
        item.status_by_person = false;
        item.status_at = ctx.now();
    }
    let back = match outcome.note {
        Some(Note::BackToPaid { because }) => {
            Some(Message::of(&format!("item-freed-{}", freed_key(because))))
        }
        _ => None,
    };
    item.marketplace_says = match outcome.note {
        Some(Note::MarketplaceSays { status }) => Some(
            Message::of("item-marketplace_says")
                .with("status", status)
                .json(),
        ),
        Some(Note::SignedForAtWarehouse) => Some(Message::of("item-signed_for").json()),
        Some(Note::BackToPaid { .. }) | None => None,
    };
    // The reason stays in red until the units are taken again or the item goes another way.
    let still_waits = facts.free > 0
        && !item.status.is_at_least(ItemStatus::Booked)
        && !item.status.is_left_out();
    if let Some(message) = &back {
        item.note = Some(message.json());
    } else if !still_waits {
        item.note = None;
    }
    if item.status != was {
        let change = Change {
            item: Some(item.id),
            was: Some(was.code().to_owned()),
            became: Some(item.status.code().to_owned()),
            facts: back
                .as_ref()
                .map(|message| serde_json::json!({ "reason": message })),
            ..Change::default()
        };
        history::add(ctx, db, item.order_id, HistoryKind::ItemStatus, change).await?;
    }
    if item.status != was || (&item.note, &item.marketplace_says) != (&before.0, &before.1) {
        items::save_status(db, item).await?;
    }
    Ok(())
}

const fn freed_key(freed: Freed) -> &'static str {
    match freed {
        Freed::ClosedUnpaid => "closed_unpaid",
        Freed::LineClosedUnpaid => "line_closed_unpaid",
        Freed::Unbound => "unbound",
        Freed::Refused => "refused",
        Freed::Released => "released",
        Freed::Withdrawn => "withdrawn",
    }
}

/// How a person ended the order.
pub(crate) fn end_of(order: &OrderRow) -> Option<OrderEnd> {
    order.person_status.as_deref().and_then(OrderEnd::from_code)
}

/// Items that may be booked now: paid, with free units, in an order that nobody ended.
fn ready(order: &OrderRow, items: &[ItemRow]) -> i64 {
    if order.person_status.is_some() {
        return 0;
    }
    count(
        items
            .iter()
            .filter(|i| i.status.may_be_booked() && i.free() > 0)
            .count(),
    )
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn derive(order: &OrderRow, items: &[ItemRow], exceptions: i64, unknown: i64) -> OrderRow {
    let statuses: Vec<ItemStatus> = items.iter().map(|i| i.status).collect();
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for status in &statuses {
        *counts.entry(status.code()).or_insert(0) += 1;
    }
    let mut marketplaces: BTreeSet<&str> = items.iter().map(|i| i.marketplace.as_str()).collect();
    marketplaces.remove("");
    OrderRow {
        status: domain::order_status::shown(&statuses, end_of(order)),
        weight_g: weight(items),
        items_count: count(items.len()),
        item_counts: crate::message::json(&counts),
        ready_items: ready(order, items),
        marketplaces: marketplaces.into_iter().collect::<Vec<_>>().join(","),
        open_exceptions: exceptions,
        open_unknown: unknown,
        ..order.clone()
    }
}

/// Weight of all items that are still wanted, where each of them is known.
fn weight(items: &[ItemRow]) -> Option<i64> {
    let mut sum: i64 = 0;
    for item in items.iter().filter(|i| !i.status.is_left_out()) {
        sum = sum.checked_add(item.weight_g?.checked_mul(item.quantity)?)?;
    }
    Some(sum)
}

fn differs(a: &OrderRow, b: &OrderRow) -> bool {
    (
        a.status,
        a.weight_g,
        a.items_count,
        &a.item_counts,
        a.ready_items,
        &a.marketplaces,
        a.open_exceptions,
        a.open_unknown,
    ) != (
        b.status,
        b.weight_g,
        b.items_count,
        &b.item_counts,
        b.ready_items,
        &b.marketplaces,
        b.open_exceptions,
        b.open_unknown,
    )
}

/// Everything that an order is listed under.
fn facets(order: &OrderRow, items: &[ItemRow], covers: &[CoverRow]) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    out.insert(format!("status:{}", order.status.code()));
    for item in items {
        out.insert(format!("item:{}", item.status.code()));
        out.insert(format!("mp:{}", item.marketplace));
    }
    if order.ready_items > 0 {
        out.insert("ready".to_owned());
    }
    if order.open_exceptions > 0 || order.open_unknown > 0 {
        out.insert("person".to_owned());
    }
    if covers
        .iter()
        .any(|c| matches!(c.status, PurchaseStatus::ToPay))
    {
        out.insert("to_pay".to_owned());
    }
    out
}
