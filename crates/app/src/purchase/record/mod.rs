//! The one way in which facts about an order at a marketplace enter our books: as a snapshot read
//! at some moment. Older snapshots change nothing; live allocations are re-read in the same
//! transaction, so that a concurrent unbind wins.

mod after;
mod changes;
mod lines;

pub(crate) use after::{after, missing};
pub(crate) use lines::deliveries;

use crate::booking::evidence::Found;
use crate::exception::{self, Case};
use crate::history::{self, Change};
use crate::purchase::cancel::{self, CancelState};
use crate::purchase::pay::{self, Payment};
use crate::{AppError, Ctx, booking};
use changes::changes;
use domain::purchase_status::follow_pause;
use domain::{ExceptionKind, Fen, HistoryKind, PurchaseStatus};
use lines::{free_closed, lines};
use marketplaces::MarketOrder;
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::bookings::BookingRow;
use store::purchases::{self, PurchaseRow};
use world::Timestamp;

/// What led to a read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The booking's own answer or read-back.
    Booking,
    /// A push message.
    Push,
    /// Synchronization.
    Poll,
    /// A person.
    Person,
}

impl Source {
    /// The stored word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::Push => "push",
            Self::Poll => "poll",
            Self::Person => "person",
        }
    }
}

/// An order as the marketplace showed it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Marketplace's word.
    pub marketplace: String,
    /// Session through which it was read.
    pub session: i64,
    /// What it showed.
    pub order: MarketOrder,
    /// When the read began.
    pub read_at: Timestamp,
    /// What led to it.
    pub source: Source,
    /// Make it a purchase even when no booking of ours made it (binding by hand).
    pub keep: Keep,
}

/// Whether an order that nobody knows becomes a purchase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// Only when it is known or carries the reference of a booking of ours.
    Ours,
    /// In any case.
    Any,
}

/// What became of a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recorded {
    /// It is this purchase.
    Purchase(i64),
    /// Nobody knows the order; remembered as a stranger.
    Stranger,
}

/// Records a snapshot: facts, lines, deliveries, history, differences, statuses of the items.
///
/// # Errors
/// The database's.
pub async fn record(ctx: &Ctx, db: &mut Db, snapshot: &Snapshot) -> Result<Recorded, AppError> {
    let mut snapshot = snapshot.clone();
    crate::offer::own_order(ctx, db, &snapshot.marketplace, &mut snapshot.order).await?;
    let snapshot = &snapshot;
    let order = &snapshot.order;
    super::other_numbers::keep(
        db,
        &snapshot.marketplace,
        snapshot.session,
        &order.number,
        &order.other_numbers,
    )
    .await?;
    let booking = match &order.reference {
        Some(reference) => store::bookings::by_reference(db, reference).await?,
        None => None,
    }
    .filter(|b| b.marketplace == snapshot.marketplace);
    let booking = match booking {
        Some(booking) => Some(booking),
        None => booking_of_building(db, snapshot).await?,
    };
    // Held in the same order as by the booking itself: booking, purchase, orders, items.
    if let Some(booking) = &booking {
        store::bookings::lock(db, booking.id).await?;
    }
    let known = purchases::lock_number(db, &snapshot.marketplace, &order.number).await?;
    let row = match known {
        Some(row) => row,
        None if booking.is_some() || snapshot.keep == Keep::Any => {
            create(ctx, db, snapshot, booking.as_ref().map(|b| b.id)).await?
        }
        None => {
            let stranger = store::strangers::StrangerRow {
                marketplace: snapshot.marketplace.clone(),
                order_number: order.number.clone(),
                session_id: snapshot.session,
                reference: order.reference.clone(),
                total_fen: order.total,
                seller_name: order.seller_name.clone().unwrap_or_default(),
                made_at: order.created,
                first_seen_at: ctx.now(),
            };
            store::strangers::remember(db, &stranger).await?;
            if order
                .reference
                .as_deref()
                .is_some_and(domain::reference::is_ours)
            {
                super::strangers::tell_ours(ctx, db, &stranger).await?;
            }
            return Ok(Recorded::Stranger);
        }
    };
    super::strangers::known(ctx, db, &snapshot.marketplace, &order.number).await?;
    let id = row.id;
    let mut orders: BTreeSet<i64> = purchases::orders(db, id).await?.into_iter().collect();
    if let Some(booking) = &booking
        && row.status == PurchaseStatus::Building
    {
        orders.extend(store::bookings::orders(db, booking.id).await?);
    }
    booking::evidence::lock_orders(db, &orders).await?;
    let fresh = row.version == 1 && row.read_at == snapshot.read_at;
    let newer = fresh || is_newer(&row, order, snapshot.read_at);
    let made = newer && is_made_now(ctx, &row, order, fresh)?;
    let mut freed = BTreeMap::new();
    if newer {
        let told: Vec<i64> = orders.iter().copied().collect();
        update(ctx, db, snapshot, row, &told, made).await?;
    }
    let mut found = Found::default();
    if let Some(booking) = &booking {
        found = booking::evidence::found(ctx, db, booking.id, id).await?;
        orders.extend(&found.orders);
        freed.extend(found.freed());
    }
    if newer {
        free_closed(ctx, db, id, &mut freed).await?;
    }
    after(ctx, db, id, &mut orders).await?;
    for order in &orders {
        crate::order::settle(ctx, db, *order, &freed).await?;
    }
    found.note(db).await?;
    if let Some(booking) = booking.filter(|_| made) {
        booking::built(ctx, db, booking.id).await?;
    }
    Ok(Recorded::Purchase(id))
}

/// The booking of an order that is being made and does not itself carry the reference: a person said
/// whose it is.
async fn booking_of_building(
    db: &mut Db,
    snapshot: &Snapshot,
) -> Result<Option<BookingRow>, AppError> {
    let number = &snapshot.order.number;
    let known = purchases::by_number(db, &snapshot.marketplace, number).await?;
    match known.filter(|p| p.status == PurchaseStatus::Building) {
        Some(PurchaseRow {
            booking_id: Some(booking),
            ..
        }) => Ok(store::bookings::by_id(db, booking).await?),
        _ => Ok(None),
    }
}

/// Does this snapshot show for the first time what came of the making? Where orders are made behind
/// the answer, that may be the very first one.
fn is_made_now(
    ctx: &Ctx,
    row: &PurchaseRow,
    order: &MarketOrder,
    fresh: bool,
) -> Result<bool, AppError> {
    if order.status == PurchaseStatus::Building {
        return Ok(false);
    }
    let market = ctx.app.markets.get(&row.marketplace)?;
    let behind_answer = market.connector.capabilities().asynchronous_create;
    Ok(row.status == PurchaseStatus::Building || (fresh && behind_answer))
}

/// Newer by the marketplace's modify time, then by the start of the read.
fn is_newer(row: &PurchaseRow, order: &MarketOrder, read_at: Timestamp) -> bool {
    match (order.modified, row.modified_at) {
        (Some(new), Some(old)) if new != old => new > old,
        _ => read_at > row.read_at,
    }
}

async fn create(
    ctx: &Ctx,
    db: &mut Db,
    snapshot: &Snapshot,
    booking: Option<i64>,
) -> Result<PurchaseRow, AppError> {
    let order = &snapshot.order;
    let row = PurchaseRow {
        id: ctx.id(),
        marketplace: snapshot.marketplace.clone(),
        order_number: order.number.clone(),
        session_id: snapshot.session,
        booking_id: booking,
        reference: order.reference.clone(),
        seller: order.seller.clone(),
        seller_name: order.seller_name.clone().unwrap_or_default(),
        status: order.status,
        raw_status: order.raw_status.clone(),
        raw_refund: order.raw_refund.clone(),
        close_reason: order.close_reason.clone(),
        total_fen: order.total,
        goods_fen: order.goods,
        freight_fen: order.freight,
        refunded_fen: order.refunded,
        accepted_fen: None,
        made_at: order.created,
        modified_at: order.modified,
        paid_at: order.paid,
        pay_by: order.pay_by,
        sent_at: order.sent,
        read_at: snapshot.read_at,
        source: snapshot.source.code().to_owned(),
        first_seen_at: ctx.now(),
        was_paid: was_paid(false, order),
        unbound_at: None,
        unbound_reason: None,
        cancel_state: None,
        cancel_token: None,
        cancel_asked_at: None,
        cancel_error: None,
        read_due_at: read_due(order.status, ctx.now(), ctx.now()),
        payment: None,
        version: 1,
    };
    // When another transaction stored it first, the row is there now: take that one.
    purchases::insert(db, &row).await?;
    purchases::lock_number(db, &snapshot.marketplace, &order.number)
        .await?
        .ok_or(AppError::Store(store::Error::Missing("purchase")))
}

fn was_paid(before: bool, order: &MarketOrder) -> bool {
    before || order.status.is_paid() || order.paid.is_some()
}

/// Is something under way at this purchase that only a read proves: is it being made, or paid?
pub(crate) fn is_followed(row: &PurchaseRow) -> bool {
    row.status == PurchaseStatus::Building
        || Payment::of(row).is_some_and(|payment| payment.is_followed())
}

/// When a purchase is to be read singly at the latest: soon while something is under way that only a
/// read proves.
pub(crate) fn next_read(row: &PurchaseRow, now: Timestamp) -> Timestamp {
    let due = read_due(row.status, row.first_seen_at, now);
    match Payment::of(row).filter(Payment::is_followed) {
        Some(payment) if !row.status.is_paid() => {
            due.min(now.plus_seconds(follow_pause(now.seconds_since(payment.at))))
        }
        _ => due,
    }
}

/// When a purchase that is known since some moment is to be read singly at the latest.
pub(crate) fn read_due(status: PurchaseStatus, since: Timestamp, now: Timestamp) -> Timestamp {
    match status {
        PurchaseStatus::Building => now.plus_seconds(follow_pause(now.seconds_since(since))),
        PurchaseStatus::Unknown => now.plus_seconds(3_600),
        PurchaseStatus::Completed | PurchaseStatus::Closed => Timestamp(i64::MAX),
        _ => now.plus_seconds(86_400),
    }
}

async fn update(
    ctx: &Ctx,
    db: &mut Db,
    snapshot: &Snapshot,
    old: PurchaseRow,
    orders: &[i64],
    made: bool,
) -> Result<(), AppError> {
    let order = &snapshot.order;
    let mut row = old.clone();
    row.reference = order.reference.clone().or(row.reference);
    row.seller = order.seller.clone().or(row.seller);
    if let Some(name) = &order.seller_name {
        row.seller_name.clone_from(name);
    }
    row.status = order.status;
    row.raw_status.clone_from(&order.raw_status);
    row.raw_refund.clone_from(&order.raw_refund);
    row.close_reason.clone_from(&order.close_reason);
    row.total_fen = order.total;
    row.goods_fen = order.goods;
    row.freight_fen = order.freight;
    row.refunded_fen = order.refunded;
    row.made_at = order.created.or(row.made_at);
    row.modified_at = order.modified.or(row.modified_at);
    row.paid_at = order.paid.or(row.paid_at);
    row.pay_by = order.pay_by.or(row.pay_by);
    row.sent_at = order.sent.or(row.sent_at);
    row.read_at = snapshot.read_at;
    snapshot.source.code().clone_into(&mut row.source);
    row.was_paid = was_paid(row.was_paid, order);
    row.read_due_at = next_read(&row, ctx.now());
    exception::close(
        ctx,
        db,
        &case(
            ExceptionKind::MissingAtMarketplace,
            &row,
            serde_json::Value::Null,
            None,
        ),
        orders,
    )
    .await?;
    // A cancel is proved only by reading: closed is done, paid has overtaken it.
    if let Some(end) = cancel::proved(&row) {
        row.cancel_state = Some(end.code().to_owned());
        if end == CancelState::Done {
            tell(ctx, db, orders, HistoryKind::CancelDone, &row, None, None).await?;
        }
    }
    // So is a payment.
    pay::proved(&mut row);
    purchases::save(db, &row).await?;
    if old.version > 1 || !purchases::lines(db, old.id).await?.is_empty() {
        changes(ctx, db, &old, &row, orders).await?;
    }
    if order.status == PurchaseStatus::Building {
        // What it shows of its lines is not final; the booking says what was meant.
        return Ok(());
    }
    lines(ctx, db, &row, &order.lines, orders, made).await?;
    deliveries(ctx, db, &row, &order.deliveries, orders).await
}

pub(super) async fn tell(
    ctx: &Ctx,
    db: &mut Db,
    orders: &[i64],
    kind: HistoryKind,
    row: &PurchaseRow,
    was: Option<String>,
    became: Option<String>,
) -> Result<(), AppError> {
    for order in orders {
        let change = Change {
            purchase: Some(row.id),
            was: was.clone(),
            became: became.clone(),
            facts: Some(
                serde_json::json!({ "number": row.order_number, "marketplace": row.marketplace, "source": row.source }),
            ),
            ..Change::default()
        };
        history::add(ctx, db, *order, kind, change).await?;
    }
    Ok(())
}

/// The purchase with what is about to be told of it.
pub(super) fn case(
    kind: ExceptionKind,
    row: &PurchaseRow,
    facts: serde_json::Value,
    money: Option<Fen>,
) -> Case {
    Case {
        kind,
        subject: format!("purchase {}", row.id),
        marketplace: row.marketplace.clone(),
        session: Some(row.session_id),
        order: None,
        purchase: Some(row.id),
        booking: row.booking_id,
        facts,
        money,
    }
}

/// A line that stands in our books until the marketplace has told its own id for it.
pub(crate) const PROVISIONAL: &str = "~";
