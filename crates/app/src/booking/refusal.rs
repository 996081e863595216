//! The token holder's definite no: only this frees units by itself.

use crate::booking::evidence::{concerned, lock_concerned, state_of, surfaced};
use crate::booking::intent::free_open_units;
use crate::booking::run::{self, GroupEnd, GroupJob};
use crate::exception;
use crate::history::{self, Change};
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use domain::HistoryKind;
use domain::evidence::{Consequence, EvidenceKind, weigh};
use domain::item_status::Freed;
use store::{Db, bookings, jobs, purchases};
use world::Timestamp;

/// Somebody else learnt the outcome first: the job goes on from what is stored, and ends its group.
pub(crate) async fn go_on(db: &mut Db, held: jobs::Held, now: Timestamp) -> Result<(), AppError> {
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
pub(crate) async fn refuse(
    ctx: &Ctx,
    db: &mut Db,
    booking: i64,
    reason: &Message,
) -> Result<bool, AppError> {
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
