//! Nobody knows what came of a request: its booking becomes unknown, and is only ever looked for.

use crate::booking::ending::resolve_group;
use crate::booking::evidence::{concerned, lock_concerned, state_of};
use crate::booking::look;
use crate::booking::refusal::go_on;
use crate::booking::run::{self, GroupEnd, GroupJob};
use crate::history::{self, Change};
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use domain::HistoryKind;
use domain::evidence::{Consequence, EvidenceKind, weigh};
use std::collections::BTreeMap;
use store::bookings::{self, BookingRow};
use store::{Db, jobs};

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

/// A restored backup shows a booking that was not finished: whether it was sent since, nobody knows.
/// `false` when it is neither planned nor being sent.
pub(crate) async fn doubted(ctx: &Ctx, db: &mut Db, booking: i64) -> Result<bool, AppError> {
    let row = bookings::lock(db, booking).await?;
    let reason = Message::of("book-restored");
    let orders = lock_concerned(db, booking).await?;
    if !bookings::doubt(db, booking, ctx.now(), &reason.json()).await? {
        return Ok(false);
    }
    look::enqueue(ctx, db, &row, ctx.now()).await?;
    tell_unknown(ctx, db, &row, &orders, &reason).await?;
    Ok(true)
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
    let orders = concerned(db, row.id).await?;
    tell_unknown(ctx, db, row, &orders, reason).await
}

/// Says in orders and run that the outcome is not known.
async fn tell_unknown(
    ctx: &Ctx,
    db: &mut Db,
    row: &BookingRow,
    orders: &[i64],
    reason: &Message,
) -> Result<(), AppError> {
    for order in orders {
        let change = Change {
            booking: Some(row.id),
            became: Some(row.reference.clone()),
            facts: Some(
                serde_json::json!({ "reason": reason, "marketplace": row.marketplace, "seller": row.seller_name }),
            ),
            ..Change::default()
        };
        history::add(ctx, db, *order, HistoryKind::BookingUnknown, change).await?;
        crate::order::settle(ctx, db, *order, &BTreeMap::new()).await?;
    }
    let said = Message::of("step-unknown")
        .with("marketplace", &row.marketplace)
        .with("reason", &reason.key);
    resolve_group(ctx, db, row, GroupEnd::Unknown, said).await
}
