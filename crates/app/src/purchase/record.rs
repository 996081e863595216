//! The one way in which facts about an order at a marketplace enter our books: as a snapshot read
//! at some moment. Older snapshots change nothing; live allocations are re-read in the same
//! transaction, so that a concurrent unbind wins.

use crate::exception::{self, Case, Standing};
use crate::history::{self, Change};
use crate::purchase::cancel::{self, CancelState};
use crate::{AppError, Ctx, booking};
use domain::item_status::Freed;
use domain::{ExceptionKind, Fen, HistoryKind, PurchaseStatus};
use marketplaces::{MarketDelivery, MarketLine, MarketOrder};
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::items::{self, Holder};
use store::purchases::{self, DeliveryRow, PurchaseLineRow, PurchaseRow};
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
    let order = &snapshot.order;
    let booking = match &order.reference {
        Some(reference) => store::bookings::by_reference(db, reference).await?,
        None => None,
    }
    .filter(|b| b.marketplace == snapshot.marketplace);
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
    booking::evidence::lock_orders(db, &orders).await?;
    let fresh = row.version == 1 && row.read_at == snapshot.read_at;
    let newer = fresh || is_newer(&row, order, snapshot.read_at);
    let mut freed = BTreeMap::new();
    if newer {
        let told: Vec<i64> = orders.iter().copied().collect();
        update(ctx, db, snapshot, row, &told).await?;
    }
    if let Some(booking) = booking {
        orders.extend(booking::evidence::found(ctx, db, booking.id, id).await?);
    }
    if newer {
        free_closed(ctx, db, id, &mut freed).await?;
    }
    after(ctx, db, id, &mut orders).await?;
    for order in &orders {
        crate::order::settle(ctx, db, *order, &freed).await?;
    }
    Ok(Recorded::Purchase(id))
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
        read_due_at: read_due(order.status, ctx.now()),
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

/// When a purchase is to be read singly at the latest.
fn read_due(status: PurchaseStatus, now: Timestamp) -> Timestamp {
    match status {
        PurchaseStatus::Building => now.plus_seconds(30),
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
    row.read_due_at = read_due(order.status, ctx.now());
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
    purchases::save(db, &row).await?;
    if old.version > 1 || !purchases::lines(db, old.id).await?.is_empty() {
        changes(ctx, db, &old, &row, orders).await?;
    }
    lines(ctx, db, &row, &order.lines, orders).await?;
    deliveries(ctx, db, &row, &order.deliveries, orders).await
}

async fn tell(
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
fn case(
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

async fn changes(
    ctx: &Ctx,
    db: &mut Db,
    old: &PurchaseRow,
    row: &PurchaseRow,
    orders: &[i64],
) -> Result<(), AppError> {
    // The answer to a create tells no word yet: the first one read is no change.
    if !old.raw_status.is_empty() && (old.status, &old.raw_status) != (row.status, &row.raw_status)
    {
        let word = |r: &PurchaseRow| Some(format!("{} ({})", r.status, r.raw_status));
        tell(
            ctx,
            db,
            orders,
            HistoryKind::PurchaseStatus,
            row,
            word(old),
            word(row),
        )
        .await?;
    }
    if !old.was_paid && row.was_paid {
        tell(
            ctx,
            db,
            orders,
            HistoryKind::PurchasePaid,
            row,
            None,
            Some(row.total_fen.to_string()),
        )
        .await?;
    }
    // An answer to a create may lack sums; the first whole read fills them in and is no change.
    let sums_known = old.total_fen != Fen(0);
    if sums_known && old.goods_fen != row.goods_fen {
        tell(
            ctx,
            db,
            orders,
            HistoryKind::PurchasePrice,
            row,
            Some(old.goods_fen.to_string()),
            Some(row.goods_fen.to_string()),
        )
        .await?;
        let facts = serde_json::json!({ "was": old.goods_fen, "is": row.goods_fen, "number": row.order_number });
        exception::open(
            ctx,
            db,
            &case(
                ExceptionKind::PriceChanged,
                row,
                facts,
                Some(Fen((row.goods_fen.0 - old.goods_fen.0).abs())),
            ),
            orders,
        )
        .await?;
    }
    if sums_known && old.freight_fen != row.freight_fen {
        tell(
            ctx,
            db,
            orders,
            HistoryKind::PurchaseFreight,
            row,
            Some(old.freight_fen.to_string()),
            Some(row.freight_fen.to_string()),
        )
        .await?;
        let facts = serde_json::json!({ "was": old.freight_fen, "is": row.freight_fen, "number": row.order_number });
        exception::open(
            ctx,
            db,
            &case(
                ExceptionKind::FreightChanged,
                row,
                facts,
                Some(Fen((row.freight_fen.0 - old.freight_fen.0).abs())),
            ),
            orders,
        )
        .await?;
    }
    if old.refunded_fen != row.refunded_fen || old.raw_refund != row.raw_refund {
        let word = |r: &PurchaseRow| {
            Some(
                format!(
                    "{} {}",
                    r.refunded_fen,
                    r.raw_refund.clone().unwrap_or_default()
                )
                .trim()
                .to_owned(),
            )
        };
        tell(
            ctx,
            db,
            orders,
            HistoryKind::PurchaseRefund,
            row,
            word(old),
            word(row),
        )
        .await?;
    }
    Ok(())
}

/// A line that stands in our books until the marketplace has told its own id for it.
pub(crate) const PROVISIONAL: &str = "~";

async fn lines(
    ctx: &Ctx,
    db: &mut Db,
    row: &PurchaseRow,
    shown: &[MarketLine],
    orders: &[i64],
) -> Result<(), AppError> {
    let mut known = purchases::lines(db, row.id).await?;
    for line in shown {
        let same = known.iter().position(|k| k.line == line.line).or_else(|| {
            known.iter().position(|k| {
                k.line.starts_with(PROVISIONAL)
                    && k.item == line.item
                    && k.specification == line.specification
            })
        });
        let Some(index) = same else {
            let new = line_row(ctx.id(), row.id, line);
            purchases::insert_line(db, &new).await?;
            continue;
        };
        let old = known.remove(index);
        let mut new = line_row(old.id, row.id, line);
        // Units that cover items cannot be taken back by a smaller number: the difference is for a person.
        new.quantity = new.quantity.max(old.units_allocated);
        if old.line.starts_with(PROVISIONAL) {
            store::purchases::rename_line(db, old.id, &line.line).await?;
        }
        purchases::save_line(db, &new).await?;
        if old.status != PurchaseStatus::Closed
            && line.status == PurchaseStatus::Closed
            && row.status != PurchaseStatus::Closed
        {
            tell(
                ctx,
                db,
                orders,
                HistoryKind::PurchaseLineClosed,
                row,
                Some(old.raw_status.clone()),
                Some(line.raw_status.clone()),
            )
            .await?;
        }
        if line.quantity < old.units_allocated {
            let facts = serde_json::json!({ "was": old.quantity, "is": line.quantity, "item": line.item, "number": row.order_number });
            let mut case = case(ExceptionKind::QuantityDiffers, row, facts, None);
            case.subject = format!("purchase {} line {}", row.id, old.id);
            exception::open(ctx, db, &case, orders).await?;
        }
    }
    // A provisional line that no line of the whole order answers to was not made.
    for left in known.iter().filter(|k| k.line.starts_with(PROVISIONAL)) {
        let facts = serde_json::json!({ "item": left.item, "specification": left.specification, "number": row.order_number });
        let mut case = case(
            ExceptionKind::ItemDiffers,
            row,
            facts,
            Some(left.amount_fen),
        );
        case.subject = format!("purchase {} line {}", row.id, left.id);
        exception::open(ctx, db, &case, orders).await?;
    }
    Ok(())
}

fn line_row(id: i64, purchase: i64, line: &MarketLine) -> PurchaseLineRow {
    PurchaseLineRow {
        id,
        purchase_id: purchase,
        line: line.line.clone(),
        item: line.item.clone(),
        specification: line.specification.clone(),
        title: line.title.clone(),
        configuration: line.configuration.clone(),
        image: line.image.clone(),
        quantity: line.quantity,
        units_allocated: 0,
        price_fen: line.price,
        amount_fen: line.amount,
        status: line.status,
        raw_status: line.raw_status.clone(),
        raw_refund: line.raw_refund.clone(),
        refunded: line.refunded,
    }
}

/// Records shipments: new ones and what changed in known ones.
///
/// # Errors
/// The database's.
pub(crate) async fn deliveries(
    ctx: &Ctx,
    db: &mut Db,
    row: &PurchaseRow,
    shown: &[MarketDelivery],
    orders: &[i64],
) -> Result<(), AppError> {
    let known = purchases::deliveries(db, row.id).await?;
    for delivery in shown {
        let new = DeliveryRow {
            id: ctx.id(),
            purchase_id: row.id,
            delivery: delivery.id.clone(),
            carrier: delivery.carrier.clone(),
            tracking: delivery.tracking.clone(),
            raw_status: delivery.raw_status.clone(),
            sent_at: delivery.sent,
            lines: crate::message::json(&delivery.lines),
            read_at: ctx.now(),
        };
        let word = |d: &DeliveryRow| {
            Some(
                format!("{} {} {}", d.carrier, d.tracking, d.raw_status)
                    .trim()
                    .to_owned(),
            )
        };
        let old = known.iter().find(|k| k.delivery == delivery.id);
        let (kind, was) = match old {
            Some(old) if word(old) == word(&new) && old.lines == new.lines => continue,
            Some(old) => (HistoryKind::DeliveryChanged, word(old)),
            None => (HistoryKind::DeliveryAdded, None),
        };
        tell(ctx, db, orders, kind, row, was, word(&new)).await?;
        purchases::save_delivery(db, &new).await?;
    }
    Ok(())
}

/// Units of what was closed without ever being paid are free again.
async fn free_closed(
    ctx: &Ctx,
    db: &mut Db,
    id: i64,
    freed: &mut BTreeMap<i64, Freed>,
) -> Result<(), AppError> {
    let row = purchases::lock(db, id).await?;
    if row.was_paid {
        return Ok(());
    }
    let whole = row.status == PurchaseStatus::Closed;
    for line in purchases::lines(db, id).await? {
        if !whole && line.status != PurchaseStatus::Closed {
            continue;
        }
        // What we cancelled ourselves was unbound by a person.
        let why = match (whole, CancelState::of(&row)) {
            (true, Some(CancelState::Done)) => Freed::Unbound,
            (true, _) => Freed::ClosedUnpaid,
            (false, _) => Freed::LineClosedUnpaid,
        };
        for claim in items::claims_of(db, Holder::PurchaseLine(line.id)).await? {
            items::free(db, &claim, claim.quantity, "closed unpaid", ctx.now()).await?;
            freed.insert(claim.item_id, why);
        }
    }
    Ok(())
}

/// What follows from the purchase as it stands now: differences and the lists it is shown in.
///
/// # Errors
/// The database's.
pub(crate) async fn after(
    ctx: &Ctx,
    db: &mut Db,
    id: i64,
    orders: &mut BTreeSet<i64>,
) -> Result<(), AppError> {
    orders.extend(purchases::orders(db, id).await?);
    let told: Vec<i64> = orders.iter().copied().collect();
    let row = purchases::lock(db, id).await?;
    let lines = purchases::lines(db, id).await?;
    let covers = lines.iter().any(|l| l.units_allocated > 0);
    let closed = row.status == PurchaseStatus::Closed;
    let number = &row.order_number;

    let facts = serde_json::json!({ "number": number, "reason": row.close_reason });
    let stands = closed && row.was_paid && covers;
    exception::set(
        ctx,
        db,
        &case(
            ExceptionKind::ClosedAfterPayment,
            &row,
            facts,
            Some(row.total_fen),
        ),
        stands.into(),
        &told,
    )
    .await?;

    let refunded = row.refunded_fen.0 > 0 || lines.iter().any(|l| l.refunded);
    let facts = serde_json::json!({ "number": number, "refunded": row.refunded_fen, "word": row.raw_refund });
    let stands = refunded && covers && !closed;
    exception::set(
        ctx,
        db,
        &case(ExceptionKind::Refunded, &row, facts, Some(row.refunded_fen)),
        stands.into(),
        &told,
    )
    .await?;

    let over = if closed {
        None
    } else {
        over_ceiling(db, &row).await?
    };
    let facts = serde_json::json!({ "number": number, "total": row.total_fen, "over": over });
    exception::set(
        ctx,
        db,
        &case(ExceptionKind::OverCeiling, &row, facts, over),
        over.is_some().into(),
        &told,
    )
    .await?;

    let alive = row.unbound_at.is_some() && !row.status.is_over() && !covers;
    let facts = serde_json::json!({ "number": number, "total": row.total_fen, "reason": row.unbound_reason });
    exception::set(
        ctx,
        db,
        &case(
            ExceptionKind::UnboundAlive,
            &row,
            facts,
            Some(row.total_fen),
        ),
        alive.into(),
        &told,
    )
    .await?;

    let cancel = CancelState::of(&row);
    let overtaken = cancel == Some(CancelState::Overtaken);
    let facts = serde_json::json!({ "number": number, "total": row.total_fen });
    exception::set(
        ctx,
        db,
        &case(
            ExceptionKind::PaidWhileCancelling,
            &row,
            facts,
            Some(row.total_fen),
        ),
        overtaken.into(),
        &told,
    )
    .await?;

    let unclear = cancel == Some(CancelState::Unknown) && !closed;
    let facts = serde_json::json!({ "number": number, "total": row.total_fen, "asked": row.cancel_asked_at });
    exception::set(
        ctx,
        db,
        &case(
            ExceptionKind::CancelUnknown,
            &row,
            facts,
            Some(row.total_fen),
        ),
        unclear.into(),
        &told,
    )
    .await?;

    if row.status != PurchaseStatus::ToPay || row.unbound_at.is_some() {
        exception::close(
            ctx,
            db,
            &case(
                ExceptionKind::PayDeadline,
                &row,
                serde_json::Value::Null,
                None,
            ),
            &told,
        )
        .await?;
    }
    if closed {
        // What was a difference of an open order is settled by its end.
        for kind in [
            ExceptionKind::PriceChanged,
            ExceptionKind::FreightChanged,
            ExceptionKind::AmountDiffers,
            ExceptionKind::SurplusOrder,
            ExceptionKind::SurfacedAfterRelease,
            ExceptionKind::RefusedButExists,
        ] {
            exception::set(
                ctx,
                db,
                &case(kind, &row, serde_json::Value::Null, None),
                Standing::Gone,
                &told,
            )
            .await?;
        }
    }
    let trouble = !store::exceptions::of_purchase(db, id).await?.is_empty();
    purchases::set_facets(db, id, &facets(&row, trouble)).await?;
    Ok(())
}

/// By how much the purchases of a booking cost more than was accepted. A later acceptance by a
/// person counts for the one purchase that it was given for.
async fn over_ceiling(db: &mut Db, row: &PurchaseRow) -> Result<Option<Fen>, AppError> {
    if let Some(accepted) = row.accepted_fen {
        return Ok((row.total_fen > accepted).then(|| Fen(row.total_fen.0 - accepted.0)));
    }
    let Some(booking) = row.booking_id else {
        return Ok(None);
    };
    let Some(booking) = store::bookings::by_id(db, booking).await? else {
        return Ok(None);
    };
    let Ok(accepted) = serde_json::from_str::<booking::AcceptedTerms>(&booking.accepted) else {
        return Ok(None);
    };
    let (mut goods, mut freight) = (0, 0);
    for purchase in purchases::of_booking(db, booking.id).await? {
        if purchase.status != PurchaseStatus::Closed {
            goods += purchase.goods_fen.0;
            freight += purchase.freight_fen.0;
        }
    }
    Ok(domain::ceiling::exceeds(
        Fen(goods),
        Fen(freight),
        &accepted.ceiling,
    ))
}

/// The lists of the purchases page that a purchase stands in: each also per session.
fn facets(row: &PurchaseRow, trouble: bool) -> Vec<(String, i64)> {
    let newest_first = -row.made_at.unwrap_or(row.first_seen_at).0;
    let mut out = vec![("all".to_owned(), newest_first)];
    let list = match row.status {
        PurchaseStatus::Building | PurchaseStatus::ToPay => {
            Some(("to_pay", row.pay_by.map_or(i64::MAX, |t| t.0)))
        }
        PurchaseStatus::PaidToSeller | PurchaseStatus::PartlySent => {
            Some(("to_send", newest_first))
        }
        PurchaseStatus::Sent | PurchaseStatus::Signed => Some(("on_way", newest_first)),
        PurchaseStatus::Completed | PurchaseStatus::Closed | PurchaseStatus::Unknown => None,
    };
    if let Some((name, key)) = list
        && row.unbound_at.is_none()
    {
        out.push((name.to_owned(), key));
    }
    if trouble {
        out.push(("trouble".to_owned(), newest_first));
    }
    let per_session: Vec<_> = out
        .iter()
        .map(|(name, key)| (format!("{name}@{}", row.session_id), *key))
        .collect();
    out.extend(per_session);
    out
}

/// The marketplace does not show a purchase that we know.
///
/// # Errors
/// The database's.
pub(crate) async fn missing(
    ctx: &Ctx,
    db: &mut Db,
    row: &PurchaseRow,
    orders: &BTreeSet<i64>,
) -> Result<(), AppError> {
    let told: Vec<i64> = orders.iter().copied().collect();
    let facts = serde_json::json!({ "number": row.order_number });
    exception::open(
        ctx,
        db,
        &case(
            ExceptionKind::MissingAtMarketplace,
            row,
            facts,
            Some(row.total_fen),
        ),
        &told,
    )
    .await
}
