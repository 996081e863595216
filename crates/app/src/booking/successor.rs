//! A refused booking that is followed by another one, under a reference of its own.

use crate::activity::{self, StepState};
use crate::booking::evidence::{lock_concerned, state_of};
use crate::booking::refusal::{go_on, refuse};
use crate::booking::run::{GroupEnd, GroupJob, GroupState, Run, end_group, settle, step_name};
use crate::history::{self, Change};
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use domain::HistoryKind;
use domain::evidence::{Consequence, EvidenceKind, weigh};
use marketplaces::{ErrorKind, MarketError};
use store::bookings::{self, BookingLineRow, BookingRow};
use store::items::{self, Holder};
use store::{Db, jobs};
use world::Timestamp;

/// A group is not tried more often than this: what is refused so often does not mend itself.
const MOST_SUCCESSORS: u32 = 40;

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
                let orders = lock_concerned(db, booking).await?;
                let mut activity = activity::lock(db, job.activity).await?;
                let mut run: Run = activity.data()?;
                let group = run.group_mut(job.group)?;
                let refuses = weigh(state_of(&row)?, EvidenceKind::DefiniteNo { by_token_holder: true }) == Consequence::Refuse;
                if !refuses {
                    refuse(&ctx, db, booking, &reason).await?;
                    go_on(db, held, now).await?;
                    return Ok(JobEnd::Settled);
                }
                if group.successors >= MOST_SUCCESSORS {
                    refuse(&ctx, db, booking, &reason).await?;
                    jobs::finish(db, held, now).await?;
                    let hint = Some(Message::of("hint-book_again"));
                    end_group(db, job, GroupEnd::Refused, "send", reason, hint, now).await?;
                    return Ok(JobEnd::Settled);
                }
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
                group.state = GroupState::Booking { booking: next.id };
                group.booking = Some(next.id);
                group.successors += 1;
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
