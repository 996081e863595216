//! Everything learnt about a booking enters here, and `domain::evidence::weigh` alone says what
//! follows. A search only ever adds orders; only the token holder's own definite no frees units.

use crate::activity::{self, StepState};
use crate::booking::intent::free_open_units;
use crate::booking::look;
use crate::booking::run::{self, GroupEnd, GroupJob, GroupState, Run, settle, step_name};
use crate::exception::{self, Case};
use crate::history::{self, Change};
use crate::purchase::record::PROVISIONAL;
use crate::purchase::{Source, read};
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use domain::evidence::{BookingState, Consequence, EvidenceKind, weigh};
use domain::item_status::Freed;
use domain::placement::{BookedLine, Claim, OrderedLine, Supply, allocate, compare};
use domain::{ExceptionKind, Fen, HistoryKind, PurchaseStatus};
use marketplaces::{Created, CreatedOrder, ErrorKind, MarketError};
use std::collections::{BTreeMap, BTreeSet};
use store::bookings::{self, BookingLineRow, BookingRow};
use store::items::{self, Holder};
use store::purchases::{self, PurchaseLineRow, PurchaseRow};
use store::{Db, jobs};
use world::Timestamp;

/// Orders are held before their items, everywhere: two transactions then wait instead of
/// undoing each other.
pub(crate) async fn lock_orders(db: &mut Db, orders: &BTreeSet<i64>) -> Result<(), AppError> {
    for order in orders {
        store::orders::lock(db, *order).await?;
    }
    Ok(())
}

async fn lock_concerned(db: &mut Db, booking: i64) -> Result<Vec<i64>, AppError> {
    let orders = concerned(db, booking).await?;
    lock_orders(db, &orders.iter().copied().collect()).await?;
    Ok(orders)
}

fn state_of(row: &BookingRow) -> Result<BookingState, AppError> {
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
    if matches!(consequence, Consequence::Place | Consequence::Attach) {
        // Also when a synchronization was faster: only this answer names the failed lines.
        refuse_named(ctx, db, &row, answer, &mut freed).await?;
        if let [only] = &made[..] {
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
    let row = PurchaseRow {
        id: ctx.id(),
        marketplace: booking.marketplace.clone(),
        order_number: order.number.clone(),
        session_id: booking.session_id,
        booking_id: Some(booking.id),
        reference: Some(booking.reference.clone()),
        seller: booking.seller.clone(),
        seller_name: booking.seller_name.clone(),
        status: if building {
            PurchaseStatus::Building
        } else {
            PurchaseStatus::ToPay
        },
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
        read_due_at: ctx.now().plus_seconds(30),
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
            let item = items::by_id(db, claim.item_id)
                .await?
                .ok_or(AppError::NotFound("item"))?;
            let change = Change {
                item: Some(item.id),
                booking: Some(booking.id),
                facts: Some(
                    serde_json::json!({ "reason": Message::verdict(&failed.verdict), "units": claim.quantity }),
                ),
                ..Change::default()
            };
            history::add(
                ctx,
                db,
                item.order_id,
                HistoryKind::BookingLineRefused,
                change,
            )
            .await?;
        }
        line.refused = line.quantity - line.surplus - line.placed;
        line.reason = Some(Message::verdict(&failed.verdict).json());
        bookings::save_line(db, &line).await?;
    }
    Ok(())
}

async fn tell_refused_lines(
    db: &mut Db,
    job: GroupJob,
    booking: i64,
    now: Timestamp,
) -> Result<(), AppError> {
    for line in bookings::lines(db, booking)
        .await?
        .iter()
        .filter(|l| l.refused > 0)
    {
        let reason = line
            .reason
            .as_deref()
            .map_or_else(|| Message::of("verdict-other"), Message::from_json);
        let mut said = Message::of("step-line_refused")
            .with("item", &line.item)
            .with("reason", &reason.key);
        said.args.extend(reason.args);
        said.code = reason.code;
        said.text = reason.text;
        run::tell(
            db,
            job,
            &format!("line {}", line.id),
            StepState::Error,
            said,
            now,
        )
        .await?;
    }
    Ok(())
}

/// One order holds everything that was not refused: its lines stand provisionally until read.
async fn provisional_lines(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    purchase: &PurchaseRow,
) -> Result<(), AppError> {
    if !purchases::lines(db, purchase.id).await?.is_empty() {
        return allocate_open(ctx, db, booking, purchase.id)
            .await
            .map(|_| ());
    }
    for line in bookings::lines(db, booking.id).await? {
        // Refused as a whole, or placed already.
        if line.open() == 0 {
            continue;
        }
        let open = line.open() + line.surplus;
        let price = line.price_fen.unwrap_or(Fen(0));
        let new = PurchaseLineRow {
            id: ctx.id(),
            purchase_id: purchase.id,
            line: format!("{PROVISIONAL}{}", line.id),
            item: line.item.clone(),
            specification: line.specification.clone(),
            title: String::new(),
            configuration: String::new(),
            image: None,
            quantity: open,
            units_allocated: 0,
            price_fen: price,
            amount_fen: price.times(open).unwrap_or(Fen(0)),
            status: purchase.status,
            raw_status: String::new(),
            raw_refund: None,
            refunded: false,
        };
        purchases::insert_line(db, &new).await?;
    }
    allocate_open(ctx, db, booking, purchase.id)
        .await
        .map(|_| ())
}

/// Moves units that the booking still holds to lines of equal goods of a purchase. Gives the
/// number of units moved.
async fn allocate_open(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    purchase: i64,
) -> Result<i64, AppError> {
    let mut lines = bookings::lines(db, booking.id).await?;
    let supply: Vec<Supply> = purchases::lines(db, purchase)
        .await?
        .into_iter()
        .map(|l| Supply {
            id: l.id,
            units: l.unallocated(),
            item: l.item,
            specification: l.specification,
        })
        .collect();
    let mut claims = Vec::new();
    let mut wants = Vec::new();
    for line in &lines {
        for claim in items::claims_of(db, Holder::BookingLine(line.id)).await? {
            wants.push(Claim {
                id: claim.id,
                item: line.item.clone(),
                specification: line.specification.clone(),
                units: claim.quantity,
            });
            claims.push(claim);
        }
    }
    let mut moved = 0;
    for share in allocate(&wants, &supply) {
        let Some(claim) = claims.iter_mut().find(|c| c.id == share.claim) else {
            continue;
        };
        items::pass_on(
            db,
            ctx.id(),
            claim,
            Holder::PurchaseLine(share.line),
            share.units,
            "placed",
            ctx.now(),
        )
        .await?;
        claim.quantity -= share.units;
        moved += share.units;
        if let Some(line) = lines
            .iter_mut()
            .find(|l| Some(l.id) == claim.booking_line_id)
        {
            line.placed += share.units;
            bookings::save_line(db, line).await?;
        }
    }
    Ok(moved)
}

/// An order that itself carries the booking's reference was read and stands as this purchase with
/// its lines. Gives the orders whose items are concerned.
pub(crate) async fn found(
    ctx: &Ctx,
    db: &mut Db,
    booking: i64,
    purchase: i64,
) -> Result<Vec<i64>, AppError> {
    let row = bookings::lock(db, booking).await?;
    let mut bought = purchases::lock(db, purchase).await?;
    let mut orders = lock_concerned(db, booking).await?;
    if bought.booking_id.is_none() {
        bought.booking_id = Some(booking);
        purchases::save(db, &bought).await?;
    }
    // An order that a person unbound is never adopted again.
    if bought.unbound_at.is_some() {
        return Ok(orders);
    }
    let state = state_of(&row)?;
    match weigh(state, FOUND) {
        Consequence::Place => {
            place(ctx, db, &row, state).await?;
            allocate_open(ctx, db, &row, purchase).await?;
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
            let said = Message::of("step-adopted")
                .with("marketplace", &row.marketplace)
                .with("numbers", &bought.order_number);
            if state != BookingState::Sending {
                resolve_group(ctx, db, &row, GroupEnd::Placed, said).await?;
            }
        }
        Consequence::Attach => {
            let moved = allocate_open(ctx, db, &row, purchase).await?;
            let holds = purchases::lines(db, purchase)
                .await?
                .iter()
                .any(|l| l.units_allocated > 0);
            let surplus = moved == 0
                && !holds
                && bought.status != PurchaseStatus::Closed
                && !ever_covered(db, purchase).await?;
            let case = surfaced(ExceptionKind::SurplusOrder, &row, &bought);
            exception::set(ctx, db, &case, surplus.into(), &orders).await?;
        }
        Consequence::KeepSurfaced(kind) if bought.status != PurchaseStatus::Closed => {
            // Once: what a person then unbinds stays free.
            if !ever_covered(db, purchase).await? {
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
    if open && weigh(state, FOUND) == Consequence::Place {
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
    Ok(orders)
}

/// Units of this purchase covered an item at some time.
async fn ever_covered(db: &mut Db, purchase: i64) -> Result<bool, AppError> {
    Ok(store::purchases::ever_covered(db, purchase).await?)
}

async fn concerned(db: &mut Db, booking: i64) -> Result<Vec<i64>, AppError> {
    Ok(bookings::orders(db, booking).await?)
}

fn surfaced(kind: ExceptionKind, booking: &BookingRow, purchase: &PurchaseRow) -> Case {
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

/// Claims the units of a surfaced order again, as far as they are still free.
async fn claim_again(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    purchase: i64,
) -> Result<(), AppError> {
    for line in purchases::lines(db, purchase).await? {
        let mut left = line.unallocated();
        for (item, units) in
            bookings::former_claims(db, booking.id, &line.item, line.specification.as_deref())
                .await?
        {
            let row = items::lock(db, item).await?;
            let units = units.min(row.free()).min(left);
            if units > 0 {
                items::take(
                    db,
                    ctx.id(),
                    item,
                    Holder::PurchaseLine(line.id),
                    units,
                    ctx.now(),
                )
                .await?;
                left -= units;
            }
        }
    }
    Ok(())
}

/// Compares what was booked with what stands at the marketplace; differences open exceptions,
/// equality closes them.
pub(crate) async fn differences(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    orders: &[i64],
) -> Result<(), AppError> {
    let lines = bookings::lines(db, booking.id).await?;
    let booked: Vec<BookedLine> = lines
        .iter()
        .filter(|l| l.quantity > l.refused + l.surplus)
        .map(booked_line)
        .collect();
    let mut ordered = Vec::new();
    let mut last = None;
    for purchase in purchases::of_booking(db, booking.id).await? {
        // What a person unbound or a seller closed is told elsewhere.
        if purchase.unbound_at.is_some() || purchase.status == PurchaseStatus::Closed {
            return Ok(());
        }
        let lines = purchases::lines(db, purchase.id).await?;
        let unread = lines.is_empty() || lines.iter().any(|l| l.line.starts_with(PROVISIONAL));
        if unread {
            return Ok(());
        }
        ordered.extend(lines.into_iter().map(|l| OrderedLine {
            item: l.item,
            specification: l.specification,
            quantity: l.quantity,
            price: l.price_fen,
            amount: l.amount_fen,
        }));
        last = Some(purchase);
    }
    let Some(purchase) = last else { return Ok(()) };
    let found = compare(&booked, &ordered);
    let kinds = [
        ExceptionKind::ItemDiffers,
        ExceptionKind::SpecificationDiffers,
        ExceptionKind::QuantityDiffers,
        ExceptionKind::AmountDiffers,
    ];
    for kind in kinds {
        let these: Vec<_> = found.iter().filter(|d| d.exception() == kind).collect();
        let case = Case {
            kind,
            subject: format!("booking {}", booking.id),
            marketplace: booking.marketplace.clone(),
            session: Some(booking.session_id),
            order: Some(booking.order_id),
            purchase: Some(purchase.id),
            booking: Some(booking.id),
            facts: serde_json::json!({ "number": purchase.order_number, "differences": these }),
            money: Some(purchase.total_fen),
        };
        exception::set(ctx, db, &case, (!these.is_empty()).into(), orders).await?;
    }
    Ok(())
}

fn booked_line(line: &BookingLineRow) -> BookedLine {
    BookedLine {
        item: line.item.clone(),
        specification: line.specification.clone(),
        quantity: line.quantity - line.refused,
        price: line.price_fen,
        amount: None,
    }
}

/// Somebody else learnt the outcome first: the job goes on from what is stored, and ends its group.
async fn go_on(db: &mut Db, held: jobs::Held, now: Timestamp) -> Result<(), AppError> {
    let how = jobs::Postpone {
        run_at: now,
        free: true,
        ..jobs::Postpone::default()
    };
    jobs::postpone(db, held, &how).await?;
    Ok(())
}

/// The token holder's definite no: nothing was made. Refused, or recorded where that no longer
/// decides anything.
pub(crate) async fn own_no(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    booking: i64,
    token: String,
    reason: Message,
    hint: Option<Message>,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, token, reason, hint) =
                (ctx.clone(), token.clone(), reason.clone(), hint.clone());
            Box::pin(async move {
                let now = ctx.now();
                bookings::sender_ended(db, booking, &token, now).await?;
                if refuse(&ctx, db, booking, &reason).await? {
                    jobs::finish(db, held, now).await?;
                    run::end_group(db, job, GroupEnd::Refused, "send", reason, hint, now).await?;
                } else {
                    go_on(db, held, now).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// `sending → refused` with free units and history, where the table says so.
async fn refuse(ctx: &Ctx, db: &mut Db, booking: i64, reason: &Message) -> Result<bool, AppError> {
    let row = bookings::lock(db, booking).await?;
    let state = state_of(&row)?;
    match weigh(
        state,
        EvidenceKind::DefiniteNo {
            by_token_holder: true,
        },
    ) {
        Consequence::Refuse => {}
        Consequence::Contradicted(kind) => {
            let orders = concerned(db, booking).await?;
            if let Some(purchase) = purchases::of_booking(db, booking).await?.first() {
                exception::open(ctx, db, &surfaced(kind, &row, purchase), &orders).await?;
            }
            return Ok(false);
        }
        _ => return Ok(false),
    }
    let orders = lock_concerned(db, booking).await?;
    if !bookings::change_state(
        db,
        booking,
        state.code(),
        "refused",
        Some(ctx.now()),
        Some(&reason.json()),
        None,
    )
    .await?
    {
        return Ok(false);
    }
    if let Some(day) = &row.allowance_day {
        bookings::give_back_day(db, row.session_id, day).await?;
    }
    for mut line in bookings::lines(db, booking).await? {
        line.refused = line.quantity - line.surplus - line.placed;
        line.reason = Some(reason.json());
        bookings::save_line(db, &line).await?;
    }
    let freed = free_open_units(ctx, db, booking, Freed::Refused).await?;
    for order in orders {
        let change = Change {
            booking: Some(booking),
            facts: Some(
                serde_json::json!({ "reason": reason, "marketplace": row.marketplace, "seller": row.seller_name }),
            ),
            ..Change::default()
        };
        history::add(ctx, db, order, HistoryKind::BookingRefused, change).await?;
        crate::order::settle(ctx, db, order, &freed).await?;
    }
    Ok(true)
}

/// May a booking refused for this reason have a successor that waits? Only for what mends itself
/// soon: a limit of the day stops the run instead.
pub(crate) const fn may_follow(error: &MarketError) -> bool {
    matches!(error.kind, ErrorKind::Throttled { .. } | ErrorKind::Token)
}

/// Ends a booking as refused and stores its successor in the same transaction: a new reference,
/// the units passed on without being free in between, sent not before `at`.
pub(crate) async fn succeeded_by(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    booking: i64,
    token: String,
    reason: Message,
    at: Timestamp,
) -> Result<JobEnd, AppError> {
    let mut bytes = [0; 17];
    ctx.app.world.random.fill(&mut bytes);
    let reference = domain::reference::from_random(&bytes);
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, token, reason, reference) = (ctx.clone(), token.clone(), reason.clone(), reference.clone());
            Box::pin(async move {
                let now = ctx.now();
                bookings::sender_ended(db, booking, &token, now).await?;
                let row = bookings::lock(db, booking).await?;
                let refuses = weigh(state_of(&row)?, EvidenceKind::DefiniteNo { by_token_holder: true }) == Consequence::Refuse;
                if !refuses {
                    refuse(&ctx, db, booking, &reason).await?;
                    go_on(db, held, now).await?;
                    return Ok(JobEnd::Settled);
                }
                let orders = lock_concerned(db, booking).await?;
                if !bookings::change_state(db, booking, &row.state, "refused", Some(now), Some(&reason.json()), None).await? {
                    return Err(AppError::Store(store::Error::Missing("booking in its state")));
                }
                if let Some(day) = &row.allowance_day {
                    bookings::give_back_day(db, row.session_id, day).await?;
                }
                let next = BookingRow { id: ctx.id(), reference, planned_at: now, successor_of: Some(booking), ..row.clone() };
                bookings::insert(db, &next).await?;
                pass_lines_on(&ctx, db, booking, next.id, &reason).await?;
                for order in orders {
                    let facts = serde_json::json!({ "reason": reason, "successor": next.reference, "marketplace": row.marketplace, "seller": row.seller_name });
                    let change = Change { booking: Some(booking), facts: Some(facts), ..Change::default() };
                    history::add(&ctx, db, order, HistoryKind::BookingRefused, change).await?;
                }
                let mut activity = activity::lock(db, job.activity).await?;
                let mut run: Run = activity.data()?;
                run.group_mut(job.group)?.state = GroupState::Booking { booking: next.id };
                let mut said = reason.clone();
                "step-waits".clone_into(&mut said.key);
                said = said.with("reason", &reason.key).with("next", at.0);
                activity.step(&step_name(job.group, "send"), StepState::Warning, said, now);
                settle(&mut activity, &run, now);
                activity.save(db, now).await?;
                jobs::postpone(db, held, &jobs::Postpone { run_at: at, free: true, ..jobs::Postpone::default() }).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

async fn pass_lines_on(
    ctx: &Ctx,
    db: &mut Db,
    from: i64,
    to: i64,
    reason: &Message,
) -> Result<(), AppError> {
    for mut line in bookings::lines(db, from).await? {
        let new = BookingLineRow {
            id: ctx.id(),
            booking_id: to,
            placed: 0,
            refused: 0,
            reason: None,
            ..line.clone()
        };
        bookings::insert_line(db, &new).await?;
        for claim in items::claims_of(db, Holder::BookingLine(line.id)).await? {
            items::pass_on(
                db,
                ctx.id(),
                &claim,
                Holder::BookingLine(new.id),
                claim.quantity,
                "successor",
                ctx.now(),
            )
            .await?;
        }
        line.refused = line.quantity - line.surplus - line.placed;
        line.reason = Some(reason.json());
        bookings::save_line(db, &line).await?;
    }
    Ok(())
}

/// Nobody knows what came of the request: `sending → unknown`, and the search begins.
pub(crate) async fn unclear(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    booking: i64,
    token: Option<String>,
    reason: Message,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, token, reason) = (ctx.clone(), token.clone(), reason.clone());
            Box::pin(async move {
                let now = ctx.now();
                if let Some(token) = &token {
                    bookings::sender_ended(db, booking, token, now).await?;
                }
                let row = bookings::lock(db, booking).await?;
                let state = state_of(&row)?;
                lock_concerned(db, booking).await?;
                if weigh(state, EvidenceKind::Unclear) == Consequence::BecomeUnknown {
                    become_unknown(&ctx, db, job, &row, &reason).await?;
                    jobs::finish(db, held, now).await?;
                } else {
                    go_on(db, held, now).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

async fn become_unknown(
    ctx: &Ctx,
    db: &mut Db,
    job: GroupJob,
    row: &BookingRow,
    reason: &Message,
) -> Result<(), AppError> {
    let now = ctx.now();
    let next = look::next_at(row, row.looks, now);
    if !bookings::change_state(
        db,
        row.id,
        &row.state,
        "unknown",
        None,
        Some(&reason.json()),
        next,
    )
    .await?
    {
        return Ok(());
    }
    look::enqueue(ctx, db, row, next.unwrap_or(now)).await?;
    for order in concerned(db, row.id).await? {
        let facts = serde_json::json!({ "reason": reason, "marketplace": row.marketplace, "seller": row.seller_name });
        let change = Change {
            booking: Some(row.id),
            became: Some(row.reference.clone()),
            facts: Some(facts),
            ..Change::default()
        };
        history::add(ctx, db, order, HistoryKind::BookingUnknown, change).await?;
        crate::order::settle(ctx, db, order, &BTreeMap::new()).await?;
    }
    let mut said = reason.clone();
    "step-unknown".clone_into(&mut said.key);
    said = said
        .with("marketplace", &row.marketplace)
        .with("reason", &reason.key);
    run::end_group(
        db,
        job,
        GroupEnd::Unknown,
        "send",
        said,
        Some(Message::of("hint-unknown")),
        now,
    )
    .await
}

/// A booking was found `sending` by another worker than its sender, which is gone or slow: it is
/// only ever looked up.
pub(crate) async fn sender_lost(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    booking: i64,
) -> Result<JobEnd, AppError> {
    unclear(
        ctx,
        task,
        job,
        booking,
        None,
        Message::of("book-sender_lost"),
    )
    .await
}

/// Ends a group whose booking came to its end elsewhere.
pub(crate) async fn end_by_state(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    row: &BookingRow,
) -> Result<JobEnd, AppError> {
    let reason = row
        .reason
        .as_deref()
        .map_or_else(|| Message::of("book-ended_elsewhere"), Message::from_json);
    let end = match state_of(row)? {
        BookingState::Placed => GroupEnd::Placed,
        BookingState::Refused => GroupEnd::Refused,
        BookingState::Withdrawn | BookingState::Released => GroupEnd::LeftOut,
        BookingState::Planned | BookingState::Sending | BookingState::Unknown => GroupEnd::Unknown,
    };
    crate::booking::group::finish(ctx, task, job, end, "send", reason, None).await
}

/// Ends the group of a placed booking after its orders were read back, in the caller's transaction.
pub(crate) async fn end_placed(
    ctx: &Ctx,
    db: &mut Db,
    held: jobs::Held,
    job: GroupJob,
    booking: i64,
    trouble: Option<Message>,
) -> Result<(), AppError> {
    let now = ctx.now();
    let row = bookings::lock(db, booking).await?;
    let orders = concerned(db, booking).await?;
    differences(ctx, db, &row, &orders).await?;
    jobs::finish(db, held, now).await?;
    let bought = purchases::of_booking(db, booking).await?;
    let total: i64 = bought.iter().map(|p| p.total_fen.0).sum();
    let open: i64 = bookings::lines(db, booking)
        .await?
        .iter()
        .map(BookingLineRow::open)
        .sum();
    let differs = !store::exceptions::of_booking(db, booking).await?.is_empty();
    let (message, state) = match trouble {
        Some(mut why) => {
            let reason = why.key.clone();
            "step-read_back_late".clone_into(&mut why.key);
            (why.with("reason", reason), StepState::Warning)
        }
        None if open > 0 => (
            Message::of("step-units_open").with("units", open),
            StepState::Warning,
        ),
        None if differs => (Message::of("step-differs"), StepState::Warning),
        None => (
            Message::of("step-read_back").fen("total", Fen(total)),
            StepState::Done,
        ),
    };
    run::end_group(db, job, GroupEnd::Placed, "read back", message, None, now).await?;
    // The end of a group colours its step by the end; a warning must stay one.
    if state == StepState::Warning {
        let mut activity = activity::lock(db, job.activity).await?;
        if let Some(step) = activity
            .steps
            .iter_mut()
            .find(|s| s.name == step_name(job.group, "read back"))
        {
            step.state = state;
        }
        activity.save(db, now).await?;
    }
    Ok(())
}

/// The group of a booking whose outcome became certain after its run had ended.
pub(crate) async fn resolve_group(
    ctx: &Ctx,
    db: &mut Db,
    row: &BookingRow,
    end: GroupEnd,
    message: Message,
) -> Result<(), AppError> {
    let Some(activity) = row.activity_id else {
        return Ok(());
    };
    let now = ctx.now();
    let mut activity = activity::lock(db, activity).await?;
    let Ok(mut run) = activity.data::<Run>() else {
        return Ok(());
    };
    // The group no longer names its booking once it has ended; the reference of its lines does.
    let lines = bookings::lines(db, row.id).await?;
    let same = |group: &run::Group| {
        matches!(
            group.state,
            GroupState::Ended {
                end: GroupEnd::Unknown
            } | GroupState::Booking { .. }
        ) && group.planned.session == row.session_id
            && group.planned.lines.len() == lines.len()
            && group.planned.lines.iter().all(|g| {
                lines
                    .iter()
                    .any(|l| l.item == g.item && l.specification == g.specification)
            })
    };
    let Some(index) = run.groups.iter().position(same) else {
        return Ok(());
    };
    run.group_mut(index)?.state = GroupState::Ended { end };
    activity.step(&step_name(index, "send"), run::colour(end), message, now);
    settle(&mut activity, &run, now);
    activity.save(db, now).await
}

/// A booking still marked as being sent, long after its permit ended and without a word from its
/// sender: `sending → unknown`, seen by the search.
pub(crate) async fn silent_sender(
    ctx: &Ctx,
    db: &mut Db,
    row: &BookingRow,
    reason: &Message,
) -> Result<(), AppError> {
    if weigh(state_of(row)?, EvidenceKind::Unclear) != Consequence::BecomeUnknown {
        return Ok(());
    }
    let next = look::next_at(row, row.looks, ctx.now());
    if !bookings::change_state(
        db,
        row.id,
        &row.state,
        "unknown",
        None,
        Some(&reason.json()),
        next,
    )
    .await?
    {
        return Ok(());
    }
    for order in concerned(db, row.id).await? {
        let change = Change {
            booking: Some(row.id),
            became: Some(row.reference.clone()),
            ..Change::default()
        };
        history::add(ctx, db, order, HistoryKind::BookingUnknown, change).await?;
        crate::order::settle(ctx, db, order, &BTreeMap::new()).await?;
    }
    let said = Message::of("step-unknown")
        .with("marketplace", &row.marketplace)
        .with("reason", &reason.key);
    resolve_group(ctx, db, row, GroupEnd::Unknown, said).await
}
