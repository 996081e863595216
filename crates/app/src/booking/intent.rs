//! The intent: a booking with its reference, its lines and its reserved units, stored before
//! anything is sent.

use crate::activity::StepState;
use crate::booking::group::{Previewed, put_question};
use crate::booking::run::{
    self, AcceptedTerms, GroupEnd, GroupJob, GroupState, Run, seller_name, settle, step_name,
};
use crate::history::{self, Change};
use crate::message::json;
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use domain::item_status::Freed;
use domain::plan::{PlannedLine, Seller};
use domain::{Ceiling, HistoryKind, Judgement};
use std::collections::{BTreeMap, BTreeSet};
use store::bookings::{self, BookingLineRow, BookingRow};
use store::items::{self, Holder};
use store::{Db, jobs};

/// What became of an intent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stored {
    /// Stored as this booking.
    Booking(i64),
    /// Units were taken by somebody else meanwhile: the group is over, and so is the job.
    Ended,
}

/// Stores the intent of a group: reference, lines, reserved units, all in one transaction.
pub(crate) async fn store(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    previewed: &Previewed,
    ceiling: Ceiling,
) -> Result<Stored, AppError> {
    let (ctx, previewed, held) = (ctx.clone(), previewed.clone(), task.held);
    // Made before the transaction, so that a doubtful commit can be looked up.
    let booking_id = ctx.id();
    let mut bytes = [0; 17];
    ctx.app.world.random.fill(&mut bytes);
    let reference = domain::reference::from_random(&bytes);
    let app = ctx.app.clone();
    let stored = app
        .store
        .write::<_, AppError, _>(move |db| {
            let (ctx, previewed, reference) = (ctx.clone(), previewed.clone(), reference.clone());
            Box::pin(async move {
                // Orders are held before runs, everywhere; which order it is never changes.
                let run: Run = crate::activity::read(db, job.activity).await?.data()?;
                let order = store::orders::lock(db, run.order).await?;
                let mut activity = crate::activity::lock(db, job.activity).await?;
                let mut run: Run = activity.data()?;
                let group = run.group(job.group)?.clone();
                if group.state != GroupState::Planned {
                    return Ok(Stored::Ended);
                }
                let against = if order.person_status.is_some() {
                    Some((order.number, "book-order_ended"))
                } else {
                    taken_meanwhile(db, &group.planned.lines).await?
                };
                if let Some((item, reason)) = against {
                    let message = Message::of(reason).with("item", item);
                    if jobs::finish(db, held, ctx.now()).await? {
                        let hint = Some(Message::of("hint-look_at_item"));
                        run::end_group(db, job, GroupEnd::Refused, "intent", message, hint, ctx.now()).await?;
                    }
                    return Ok(Stored::Ended);
                }
                let row = booking_row(&ctx, db, job, &run, &group, &previewed, ceiling, booking_id, &reference).await?;
                bookings::insert(db, &row).await?;
                let mut orders = BTreeSet::new();
                for (index, line) in group.planned.lines.iter().enumerate() {
                    reserve(&ctx, db, &row, index, line, &previewed, &mut orders).await?;
                }
                for order in &orders {
                    let units: i64 = group.planned.units();
                    let change = Change {
                        booking: Some(row.id),
                        became: Some(row.reference.clone()),
                        facts: Some(serde_json::json!({ "marketplace": row.marketplace, "seller": row.seller_name, "units": units, "goods": row.goods_fen, "freight": row.freight_fen })),
                        ..Change::default()
                    };
                    history::add(&ctx, db, *order, HistoryKind::BookingPlanned, change).await?;
                    store::activities::touches(db, job.activity, *order).await?;
                    crate::order::settle(&ctx, db, *order, &BTreeMap::new()).await?;
                }
                let now = ctx.now();
                let group = run.group_mut(job.group)?;
                group.state = GroupState::Booking { booking: row.id };
                group.booking = Some(row.id);
                group.question = None;
                activity.drop_step(&step_name(job.group, "question"));
                let said = Message::of("step-previewed")
                    .with("marketplace", &row.marketplace)
                    .with("seller", &row.seller_name)
                    .fen("goods", row.goods_fen)
                    .fen("freight", row.freight_fen);
                activity.step(&step_name(job.group, "preview"), StepState::Done, said, now);
                settle(&mut activity, &run, now);
                activity.save(db, now).await?;
                Ok(Stored::Booking(row.id))
            })
        })
        .await;
    match stored {
        // No acknowledged commit: read whether the intent stands; if so the job goes on from it.
        Err(AppError::Store(store::Error::CommitUnknown(why))) => {
            let mut db = app.store.read().await?;
            match bookings::by_id(&mut db, booking_id).await? {
                Some(_) => Ok(Stored::Booking(booking_id)),
                None => Err(AppError::Store(store::Error::CommitUnknown(why))),
            }
        }
        other => other,
    }
}

/// The first item of which not enough units are free any more, or that may no longer be booked.
async fn taken_meanwhile(
    db: &mut Db,
    lines: &[PlannedLine],
) -> Result<Option<(String, &'static str)>, AppError> {
    let mut wanted: BTreeMap<i64, (i64, String)> = BTreeMap::new();
    for part in lines.iter().flat_map(|l| &l.parts) {
        wanted
            .entry(part.item_id)
            .or_insert((0, part.number.clone()))
            .0 += part.units;
    }
    // In the order of ids, so that two bookings never wait for each other.
    for (id, (units, number)) in wanted {
        let item = items::lock(db, id).await?;
        if !item.status.may_be_booked() {
            return Ok(Some((number, "book-status_changed")));
        }
        if item.free() < units {
            return Ok(Some((number, "book-units_taken")));
        }
    }
    Ok(None)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one row put together from everything that is known; used once"
)]
async fn booking_row(
    ctx: &Ctx,
    db: &mut Db,
    job: GroupJob,
    run: &Run,
    group: &run::Group,
    previewed: &Previewed,
    ceiling: Ceiling,
    id: i64,
    reference: &str,
) -> Result<BookingRow, AppError> {
    let session = store::sessions::by_id(db, group.planned.session)
        .await?
        .ok_or(AppError::NotFound("session"))?;
    let seller = match &group.planned.seller {
        Seller::Id(id) => Some(id.clone()),
        Seller::Name(_) => None,
    };
    Ok(BookingRow {
        id,
        marketplace: group.planned.marketplace.clone(),
        session_id: session.id,
        activity_id: Some(job.activity),
        order_id: run.order,
        reference: reference.to_owned(),
        state: domain::BookingState::Planned.code().to_owned(),
        seller,
        seller_name: seller_name(&group.planned),
        address: json(&previewed.address),
        note: session.seller_note,
        terms: json(&previewed.preview.terms),
        goods_fen: previewed.preview.goods,
        freight_fen: previewed.preview.freight,
        accepted: json(&AcceptedTerms {
            ceiling,
            answers: group.accepted.clone(),
        }),
        previewed_at: previewed.at,
        planned_at: ctx.now(),
        token: None,
        sending_at: None,
        send_by: None,
        sender_ended_at: None,
        allowance_day: None,
        outcome_at: None,
        reason: None,
        looks: 0,
        empty_looks: 0,
        looked_at: None,
        look_at: None,
        released_at: None,
        released_by: None,
        successor_of: None,
        actor: ctx.actor.to_string(),
    })
}

async fn reserve(
    ctx: &Ctx,
    db: &mut Db,
    row: &BookingRow,
    index: usize,
    line: &PlannedLine,
    previewed: &Previewed,
    orders: &mut BTreeSet<i64>,
) -> Result<(), AppError> {
    let line_row = BookingLineRow {
        id: ctx.id(),
        booking_id: row.id,
        item: line.item.clone(),
        specification: line.specification.clone(),
        quantity: line.units(),
        surplus: line.surplus,
        price_fen: previewed.quote.lines.get(index).and_then(|l| l.quoted),
        placed: 0,
        refused: 0,
        reason: None,
    };
    bookings::insert_line(db, &line_row).await?;
    for part in &line.parts {
        items::take(
            db,
            ctx.id(),
            part.item_id,
            Holder::BookingLine(line_row.id),
            part.units,
            ctx.now(),
        )
        .await?;
        let item = items::by_id(db, part.item_id)
            .await?
            .ok_or(AppError::NotFound("item"))?;
        orders.insert(item.order_id);
    }
    Ok(())
}

/// Lets a planned booking rest on a newer preview. `false` when it is no longer planned.
pub(crate) async fn renew(
    ctx: &Ctx,
    job: GroupJob,
    booking: i64,
    previewed: &Previewed,
    ceiling: Ceiling,
) -> Result<bool, AppError> {
    let (ctx, previewed) = (ctx.clone(), previewed.clone());
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let previewed = previewed.clone();
            Box::pin(async move {
                let mut row = bookings::lock(db, booking).await?;
                let activity = crate::activity::lock(db, job.activity).await?;
                let run: Run = activity.data()?;
                row.previewed_at = previewed.at;
                row.terms = json(&previewed.preview.terms);
                row.goods_fen = previewed.preview.goods;
                row.freight_fen = previewed.preview.freight;
                row.accepted = json(&AcceptedTerms {
                    ceiling,
                    answers: run.group(job.group)?.accepted.clone(),
                });
                Ok(bookings::renew_preview(db, &row).await?)
            })
        })
        .await
}

/// Takes a planned booking back because a newer preview differs, and asks.
pub(crate) async fn back_to_question(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    booking: i64,
    judgement: Judgement,
    previewed: Previewed,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, judgement, previewed) = (ctx.clone(), judgement.clone(), previewed.clone());
            Box::pin(async move {
                if jobs::finish(db, held, ctx.now()).await?
                    && withdraw(&ctx, db, booking, Freed::Withdrawn, None).await?
                {
                    put_question(db, job, judgement, &previewed, ctx.now()).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// `planned → withdrawn` with its units free again. `false` when it was no longer planned.
pub(crate) async fn withdraw(
    ctx: &Ctx,
    db: &mut Db,
    booking: i64,
    why: Freed,
    reason: Option<&Message>,
) -> Result<bool, AppError> {
    let orders: BTreeSet<i64> = bookings::orders(db, booking).await?.into_iter().collect();
    crate::booking::evidence::lock_orders(db, &orders).await?;
    let reason_text = reason.map(Message::json);
    if !bookings::change_state(
        db,
        booking,
        "planned",
        "withdrawn",
        Some(ctx.now()),
        reason_text.as_deref(),
        None,
    )
    .await?
    {
        return Ok(false);
    }
    let freed = free_open_units(ctx, db, booking, why).await?;
    for order in orders {
        let change = Change {
            booking: Some(booking),
            facts: reason.map(|r| serde_json::json!({ "reason": r })),
            ..Change::default()
        };
        history::add(ctx, db, order, HistoryKind::BookingWithdrawn, change).await?;
        crate::order::settle(ctx, db, order, &freed).await?;
    }
    Ok(true)
}

/// Frees every unit that a booking still holds.
pub(crate) async fn free_open_units(
    ctx: &Ctx,
    db: &mut Db,
    booking: i64,
    why: Freed,
) -> Result<BTreeMap<i64, Freed>, AppError> {
    let mut freed = BTreeMap::new();
    for line in bookings::lines(db, booking).await? {
        for claim in items::claims_of(db, Holder::BookingLine(line.id)).await? {
            items::free(db, &claim, claim.quantity, "booking ended", ctx.now()).await?;
            freed.insert(claim.item_id, why);
        }
    }
    Ok(freed)
}

/// The marketplace says that the goods are of different sellers: every offer gets a group of its own.
pub(crate) async fn regroup(ctx: &Ctx, task: &Task, job: GroupJob) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                if !jobs::finish(db, held, ctx.now()).await? {
                    return Ok(JobEnd::Settled);
                }
                let now = ctx.now();
                let mut activity = crate::activity::lock(db, job.activity).await?;
                let mut run: Run = activity.data()?;
                let mut offers: BTreeMap<String, Vec<PlannedLine>> = BTreeMap::new();
                let group = run.group(job.group)?.clone();
                for line in &group.planned.lines {
                    offers
                        .entry(line.item.clone())
                        .or_default()
                        .push(line.clone());
                }
                let said = run::about(&group, "step-regrouped").with("groups", offers.len());
                activity.step(
                    &step_name(job.group, "preview"),
                    StepState::Warning,
                    said,
                    now,
                );
                let mut indexes = Vec::with_capacity(offers.len());
                for (position, lines) in offers.into_values().enumerate() {
                    let index = if position == 0 {
                        job.group
                    } else {
                        run.groups.len()
                    };
                    let mut part = group.clone();
                    part.planned.lines = lines;
                    if position == 0 {
                        *run.group_mut(index)? = part;
                    } else {
                        run.groups.push(part);
                    }
                    indexes.push(index);
                }
                settle(&mut activity, &run, now);
                activity.save(db, now).await?;
                for index in indexes {
                    crate::booking::book::enqueue(&ctx, db, &run, job.activity, index).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}
