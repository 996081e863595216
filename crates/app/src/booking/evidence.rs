//! Everything learnt about a booking enters here and in the rooms beside it (`refusal`, `unknown`),
//! and `domain::evidence::weigh` alone says what follows. A search only ever adds orders; only the
//! token holder's own definite no frees units.

use crate::activity::{self, StepState};
use crate::booking::allocation::{allocate_open, claim_again, provisional_lines};
use crate::booking::building::{self, RefusedItems};
use crate::booking::differences::differences;
use crate::booking::ending;
use crate::booking::run::{self, GroupJob, Run, step_name};
use crate::exception::{self, Case};
use crate::history::{self, Change};
use crate::purchase::{Source, read, record};
use crate::{AppError, Ctx, Message};
use domain::evidence::{BookingState, Consequence, EvidenceKind, weigh};
use domain::item_status::Freed;
use domain::{ExceptionKind, Fen, HistoryKind, PurchaseStatus};
use marketplaces::{Created, CreatedOrder};
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::bookings::{self, BookingRow};
use store::items::{self, Holder};
use store::purchases::{self, PurchaseRow};
use world::Timestamp;

/// Orders are held before their items, everywhere: two transactions then wait instead of
/// undoing each other.
pub(crate) async fn lock_orders(db: &mut Db, orders: &BTreeSet<i64>) -> Result<(), AppError> {
    for order in orders {
        store::orders::lock(db, *order).await?;
    }
    Ok(())
}

pub(crate) async fn lock_concerned(db: &mut Db, booking: i64) -> Result<Vec<i64>, AppError> {
    let orders = concerned(db, booking).await?;
    lock_orders(db, &orders.iter().copied().collect()).await?;
    Ok(orders)
}

pub(crate) fn state_of(row: &BookingRow) -> Result<BookingState, AppError> {
    BookingState::from_code(&row.state)
        .ok_or_else(|| AppError::Broken(format!("booking state {}", row.state)))
}

/// What a found order lacks is told when it is read again, at most so many seconds later.
const REST_SECONDS: i64 = 60;

const FOUND: EvidenceKind = EvidenceKind::Orders {
    exact_reference: true,
};

/// The answer to the create named orders: purchases, allocations, statuses and history, in the
/// caller's one transaction. Recording the same answer again changes nothing.
pub(crate) async fn created(
    ctx: &Ctx,
    db: &mut Db,
    job: GroupJob,
    booking: i64,
    token: &str,
    answer: &Created,
    read_at: Timestamp,
) -> Result<(), AppError> {
    let row = bookings::lock(db, booking).await?;
    let now = ctx.now();
    let mut orders: BTreeSet<i64> = bookings::orders(db, booking).await?.into_iter().collect();
    lock_orders(db, &orders).await?;
    bookings::sender_ended(db, booking, token, now).await?;
    let state = state_of(&row)?;
    let consequence = weigh(state, FOUND);
    let mut made = Vec::with_capacity(answer.orders.len());
    for order in &answer.orders {
        made.push(created_purchase(ctx, db, &row, order, answer.building, read_at).await?);
    }
    let mut freed = BTreeMap::new();
    let numbers = answer
        .orders
        .iter()
        .map(|o| o.number.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    if consequence == Consequence::Place {
        place(ctx, db, &row, state).await?;
        for order in &orders {
            let change = Change {
                booking: Some(booking),
                became: Some(numbers.clone()),
                facts: Some(
                    serde_json::json!({ "marketplace": row.marketplace, "seller": row.seller_name }),
                ),
                ..Change::default()
            };
            history::add(ctx, db, *order, HistoryKind::BookingPlaced, change).await?;
        }
    }
    bookings::name_orders(db, booking, answer.orders.len()).await?;
    if matches!(consequence, Consequence::Place | Consequence::Attach) {
        // Also when a synchronization was faster: only this answer names the failed lines.
        refuse_named(ctx, db, &row, answer, &mut freed).await?;
        if let [only] = &made[..]
            && only.status != PurchaseStatus::Building
        {
            provisional_lines(ctx, db, &row, only).await?;
        }
        let said = Message::of("step-placed")
            .with("marketplace", &row.marketplace)
            .with("numbers", &numbers);
        run::tell(db, job, "send", StepState::Done, said, now).await?;
        tell_refused_lines(db, job, booking, now).await?;
    } else {
        // Released or refused meanwhile: read whole, the orders are kept and a person is told.
        for order in &answer.orders {
            let payload = read::Payload {
                session: row.session_id,
                number: order.number.clone(),
                source: Source::Booking,
                deliveries: false,
            };
            read::enqueue(&ctx.app, db, &payload, None, now).await?;
        }
    }
    for purchase in &made {
        crate::purchase::record::after(ctx, db, purchase.id, &mut orders).await?;
    }
    for order in &orders {
        crate::order::settle(ctx, db, *order, &freed).await?;
    }
    Ok(())
}

/// Moves a booking to `placed`, from whichever open state it is in.
async fn place(
    ctx: &Ctx,
    db: &mut Db,
    row: &BookingRow,
    from: BookingState,
) -> Result<(), AppError> {
    if !bookings::change_state(
        db,
        row.id,
        from.code(),
        "placed",
        Some(ctx.now()),
        None,
        None,
    )
    .await?
    {
        return Err(AppError::Store(store::Error::Missing(
            "booking in its state",
        )));
    }
    Ok(())
}

async fn created_purchase(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    order: &CreatedOrder,
    building: bool,
    read_at: Timestamp,
) -> Result<PurchaseRow, AppError> {
    let total = order.total.unwrap_or(Fen(0));
    let freight = order.freight.unwrap_or(Fen(0));
    let status = if building {
        PurchaseStatus::Building
    } else {
        PurchaseStatus::ToPay
    };
    let row = PurchaseRow {
        id: ctx.id(),
        marketplace: booking.marketplace.clone(),
        order_number: order.number.clone(),
        session_id: booking.session_id,
        booking_id: Some(booking.id),
        reference: Some(booking.reference.clone()),
        seller: booking.seller.clone(),
        seller_name: booking.seller_name.clone(),
        status,
        raw_status: String::new(),
        raw_refund: None,
        close_reason: None,
        total_fen: total,
        goods_fen: if order.total.is_some() {
            Fen(total.0 - freight.0)
        } else {
            Fen(0)
        },
        freight_fen: freight,
        refunded_fen: Fen(0),
        accepted_fen: None,
        made_at: Some(ctx.now()),
        // Older than anything that a read can show: the first whole read replaces these facts.
        modified_at: None,
        paid_at: None,
        pay_by: None,
        sent_at: None,
        read_at: Timestamp(read_at.0 - 1),
        source: "booking".to_owned(),
        first_seen_at: ctx.now(),
        was_paid: false,
        unbound_at: None,
        unbound_reason: None,
        cancel_state: None,
        cancel_token: None,
        cancel_asked_at: None,
        cancel_error: None,
        read_due_at: record::read_due(status, ctx.now(), ctx.now()).min(ctx.now().plus_seconds(30)),
        payment: None,
        version: 1,
    };
    purchases::insert(db, &row).await?;
    let mut stored = purchases::lock_number(db, &row.marketplace, &row.order_number)
        .await?
        .ok_or(AppError::Store(store::Error::Missing("purchase")))?;
    // A synchronization may have seen it first.
    if stored.booking_id.is_none() {
        stored.booking_id = Some(booking.id);
        purchases::save(db, &stored).await?;
        stored.version += 1;
    }
    Ok(stored)
}

/// Lines that the create answer itself names as failed are free again.
async fn refuse_named(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    answer: &Created,
    freed: &mut BTreeMap<i64, Freed>,
) -> Result<(), AppError> {
    for mut line in bookings::lines(db, booking.id).await? {
        let Some(failed) = answer
            .failed
            .iter()
            .find(|f| f.names(&line.item, line.specification.as_deref()))
        else {
            continue;
        };
        for claim in items::claims_of(db, Holder::BookingLine(line.id)).await? {
            items::free(db, &claim, claim.quantity, "line refused", ctx.now()).await?;
            freed.insert(claim.item_id, Freed::Refused);
            let reason = Message::verdict(&failed.verdict);
            building::tell(ctx, db, booking.id, claim.item_id, claim.quantity, &reason).await?;
        }
        line.refused = line.quantity - line.surplus - line.placed;
        line.reason = Some(Message::verdict(&failed.verdict).json());
        bookings::save_line(db, &line).await?;
    }
    Ok(())
}

/// The run names the lines of its booking that the marketplace refused.
pub(super) async fn tell_refused_lines(
    db: &mut Db,
    job: GroupJob,
    booking: i64,
    now: Timestamp,
) -> Result<(), AppError> {
    let mut lines = bookings::lines(db, booking).await?;
    lines.retain(|line| line.refused > 0);
    if lines.is_empty() {
        return Ok(());
    }
    let mut activity = activity::lock(db, job.activity).await?;
    let mut run: Run = activity.data()?;
    let group = run.group_mut(job.group)?;
    group.lines_refused = true;
    for line in &lines {
        let reason = line
            .reason
            .as_deref()
            .map_or_else(|| Message::of("verdict-other"), Message::from_json);
        let planned = group
            .planned
            .lines
            .iter()
            .find(|l| l.item == line.item && l.specification == line.specification);
        let items = planned.map_or_else(
            || line.item.clone(),
            |planned| {
                let numbers: Vec<&str> = planned.parts.iter().map(|p| p.number.as_str()).collect();
                numbers.join(", ")
            },
        );
        let mut said = Message::of("step-line_refused")
            .with("item", items)
            .with("reason", &reason.key);
        said.args.extend(reason.args);
        said.code = reason.code;
        said.text = reason.text;
        let step = step_name(job.group, &format!("line {}", line.id));
        activity.step(&step, StepState::Error, said, now);
    }
    run::settle(&mut activity, &run, now);
    activity.save(db, now).await
}

/// What follows from an order that was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Orders whose items are concerned.
    pub orders: Vec<i64>,
    /// Items whose units the marketplace did not make, and why: to be told after [`crate::order::settle`].
    pub refused: RefusedItems,
}

/// An order that itself carries the booking's reference was read and stands as this purchase with
/// its lines. While it is being made it is kept, and nothing more follows.
pub(crate) async fn found(
    ctx: &Ctx,
    db: &mut Db,
    booking: i64,
    purchase: i64,
) -> Result<Found, AppError> {
    let row = bookings::lock(db, booking).await?;
    let mut bought = purchases::lock(db, purchase).await?;
    let mut orders = lock_concerned(db, booking).await?;
    if bought.booking_id.is_none() {
        bought.booking_id = Some(booking);
        purchases::save(db, &bought).await?;
    }
    // An order that a person unbound is never adopted again.
    if bought.unbound_at.is_some() {
        return Ok(Found {
            orders,
            ..Found::default()
        });
    }
    let mut refused = RefusedItems::new();
    let state = state_of(&row)?;
    let made = bought.status != PurchaseStatus::Building;
    match weigh(state, FOUND) {
        Consequence::Place => {
            place(ctx, db, &row, state).await?;
            if made {
                refused = building::refuse(ctx, db, &row, &bought).await?;
                allocate_open(ctx, db, &row, purchase).await?;
            }
            for order in &orders {
                let change = Change {
                    booking: Some(booking),
                    purchase: Some(purchase),
                    was: Some(state.code().to_owned()),
                    became: Some(bought.order_number.clone()),
                    ..Change::default()
                };
                history::add(ctx, db, *order, HistoryKind::BookingAdopted, change).await?;
            }
            if state != BookingState::Sending {
                adopted(ctx, db, &row, &bought).await?;
            }
        }
        Consequence::Attach if made => {
            refused = building::refuse(ctx, db, &row, &bought).await?;
            let moved = allocate_open(ctx, db, &row, purchase).await?;
            let holds = purchases::lines(db, purchase)
                .await?
                .iter()
                .any(|l| l.units_allocated > 0);
            let surplus = moved == 0
                && !holds
                && bought.status != PurchaseStatus::Closed
                && !purchases::ever_covered(db, purchase).await?;
            let case = surfaced(ExceptionKind::SurplusOrder, &row, &bought);
            exception::set(ctx, db, &case, surplus.into(), &orders).await?;
        }
        Consequence::KeepSurfaced(kind) if made && bought.status != PurchaseStatus::Closed => {
            // Once: what a person then unbinds stays free.
            if !purchases::ever_covered(db, purchase).await? {
                claim_again(ctx, db, &row, purchase).await?;
            }
            exception::open(ctx, db, &surfaced(kind, &row, &bought), &orders).await?;
        }
        _ => {}
    }
    let open = bookings::lines(db, booking)
        .await?
        .iter()
        .any(|l| l.open() > 0);
    if open && made && weigh(state, FOUND) == Consequence::Place {
        // Other orders of a split may be on their way into the books; a next read tells the lack.
        let payload = read::Payload {
            session: bought.session_id,
            number: bought.order_number,
            source: Source::Poll,
            deliveries: false,
        };
        let at = ctx.now().plus_seconds(REST_SECONDS);
        read::enqueue(&ctx.app, db, &payload, None, at).await?;
    } else if !open || state == BookingState::Placed {
        differences(ctx, db, &row, &orders).await?;
    }
    orders.extend(purchases::orders(db, purchase).await?);
    orders.sort_unstable();
    orders.dedup();
    Ok(Found { orders, refused })
}

/// Settles the orders of what was found and tells of items that were refused.
pub(crate) async fn settle(ctx: &Ctx, db: &mut Db, found: &Found) -> Result<(), AppError> {
    let freed = found.freed();
    for order in &found.orders {
        crate::order::settle(ctx, db, *order, &freed).await?;
    }
    found.note(db).await
}

impl Found {
    /// Why units of items are free.
    pub(crate) fn freed(&self) -> BTreeMap<i64, Freed> {
        let refused = self.refused.keys();
        refused.map(|item| (*item, Freed::Refused)).collect()
    }

    /// Puts the marketplace's reasons on the items that it refused, after they were settled.
    pub(crate) async fn note(&self, db: &mut Db) -> Result<(), AppError> {
        for (item, reason) in &self.refused {
            crate::order::note(db, *item, reason).await?;
        }
        Ok(())
    }
}

/// The run of a booking whose order was found tells it; it ends once the order is made.
async fn adopted(
    ctx: &Ctx,
    db: &mut Db,
    row: &BookingRow,
    bought: &PurchaseRow,
) -> Result<(), AppError> {
    let said = Message::of("step-adopted")
        .with("marketplace", &row.marketplace)
        .with("numbers", &bought.order_number);
    if bought.status == PurchaseStatus::Building {
        return ending::found_building(ctx, db, row, said).await;
    }
    let (end, refusal) = ending::end_of(db, row.id).await?;
    ending::resolve_group(ctx, db, row, end, refusal.unwrap_or(said)).await
}

pub(crate) async fn concerned(db: &mut Db, booking: i64) -> Result<Vec<i64>, AppError> {
    Ok(bookings::orders(db, booking).await?)
}

pub(crate) fn surfaced(kind: ExceptionKind, booking: &BookingRow, purchase: &PurchaseRow) -> Case {
    Case {
        kind,
        subject: format!("purchase {}", purchase.id),
        marketplace: booking.marketplace.clone(),
        session: Some(booking.session_id),
        order: Some(booking.order_id),
        purchase: Some(purchase.id),
        booking: Some(booking.id),
        facts: serde_json::json!({ "number": purchase.order_number, "reference": booking.reference, "total": purchase.total_fen }),
        money: Some(purchase.total_fen),
    }
}
