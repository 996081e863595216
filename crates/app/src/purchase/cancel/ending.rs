//! The end of a cancel, as its run tells it.

use super::ask::concerned;
use super::{CancelJob, CancelState, Cancels, PartEnd, settle, step_name};
use crate::activity::{self, StepState};
use crate::purchase::record::{self};
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use std::collections::BTreeSet;
use store::Db;
use store::jobs::{self};
use store::purchases::{self, PurchaseRow};

/// Says in the run how the cancel of one purchase stands. A cancel that was taken up again after
/// its job had been lost has no run.
pub(super) async fn tell(
    ctx: &Ctx,
    db: &mut Db,
    job: &CancelJob,
    state: StepState,
    message: Message,
) -> Result<(), AppError> {
    if store::activities::by_id(db, job.activity).await?.is_none() {
        return Ok(());
    }
    let now = ctx.now();
    let mut activity = activity::lock(db, job.activity).await?;
    activity.step(&step_name(job.purchase), state, message, now);
    activity.save(db, now).await
}

pub(super) async fn end_part(
    ctx: &Ctx,
    db: &mut Db,
    job: &CancelJob,
    end: PartEnd,
    message: Message,
    hint: Option<Message>,
) -> Result<(), AppError> {
    if store::activities::by_id(db, job.activity).await?.is_none() {
        return Ok(());
    }
    let now = ctx.now();
    let mut activity = activity::lock(db, job.activity).await?;
    let mut cancels: Cancels = activity.data()?;
    if let Some(part) = cancels
        .parts
        .iter_mut()
        .find(|p| p.purchase == job.purchase)
    {
        part.end = Some(end);
    }
    let colour = match end {
        PartEnd::Closed => StepState::Done,
        PartEnd::Overtaken | PartEnd::Refused => StepState::Error,
        PartEnd::Open | PartEnd::Stopped => StepState::Warning,
    };
    activity
        .step(&step_name(job.purchase), colour, message, now)
        .hint = hint;
    settle(&mut activity, &cancels, now);
    activity.save(db, now).await
}

/// Finishes the job and ends its part in one transaction.
async fn end(
    ctx: &Ctx,
    task: &Task,
    job: CancelJob,
    end: PartEnd,
    message: Message,
    hint: Option<Message>,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, job) = (ctx.clone(), job.clone());
            let (message, hint) = (message.clone(), hint.clone());
            Box::pin(async move {
                if jobs::finish(db, held, ctx.now()).await? {
                    end_part(&ctx, db, &job, end, message, hint).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// The cancel came to its end elsewhere, or a read has just proved it.
pub(super) async fn end_by_state(
    ctx: &Ctx,
    task: &Task,
    job: CancelJob,
    row: PurchaseRow,
) -> Result<JobEnd, AppError> {
    let say = |key: &str| {
        Message::of(key)
            .with("marketplace", &row.marketplace)
            .with("number", &row.order_number)
    };
    match CancelState::of(&row) {
        Some(CancelState::Done) => {
            let message = say("step-cancelled");
            end(ctx, task, job, PartEnd::Closed, message, None).await
        }
        Some(CancelState::Overtaken) => {
            let hint = Some(Message::of("hint-cancel_overtaken"));
            let message = say("step-cancel_overtaken");
            end(ctx, task, job, PartEnd::Overtaken, message, hint).await
        }
        Some(CancelState::Refused) => {
            let message = say("step-cancel_refused");
            end(ctx, task, job, PartEnd::Refused, message, None).await
        }
        None => {
            let message = say("step-cancel_stopped");
            end(ctx, task, job, PartEnd::Stopped, message, None).await
        }
        // Another turn is at work on it.
        Some(_) => Ok(JobEnd::Again(ctx.now().plus_seconds(1))),
    }
}

/// A person stopped the run before anything was sent.
pub(super) async fn stop(ctx: &Ctx, task: &Task, job: CancelJob) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, job) = (ctx.clone(), job.clone());
            Box::pin(async move {
                if !jobs::finish(db, held, ctx.now()).await? {
                    return Ok(JobEnd::Settled);
                }
                let mut row = purchases::lock(db, job.purchase).await?;
                if CancelState::of(&row) == Some(CancelState::Asked) {
                    row.cancel_state = None;
                    row.cancel_asked_at = None;
                    purchases::save(db, &row).await?;
                    record::after(&ctx, db, row.id, &mut BTreeSet::new()).await?;
                }
                let message = Message::of("step-cancel_stopped").with("number", &row.order_number);
                end_part(&ctx, db, &job, PartEnd::Stopped, message, None).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// Enough was read: the order is still open. Synchronization goes on looking; a person may ask again.
pub(super) async fn leave_open(
    ctx: &Ctx,
    task: &Task,
    job: CancelJob,
    why: Option<Message>,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, job, why) = (ctx.clone(), job.clone(), why.clone());
            Box::pin(async move {
                if !jobs::finish(db, held, ctx.now()).await? {
                    return Ok(JobEnd::Settled);
                }
                let row = purchases::lock(db, job.purchase).await?;
                let orders = concerned(db, &row).await?;
                record::after(&ctx, db, row.id, &mut orders.iter().copied().collect()).await?;
                for order in orders {
                    crate::order::settle(&ctx, db, order, &std::collections::BTreeMap::new())
                        .await?;
                }
                let mut said = why.unwrap_or_else(|| Message::of(""));
                let reason = said.key.clone();
                "step-cancel_open".clone_into(&mut said.key);
                let said = said
                    .with("marketplace", &row.marketplace)
                    .with("number", &row.order_number)
                    .with("reason", reason);
                let hint = Some(Message::of("hint-cancel_again"));
                end_part(&ctx, db, &job, PartEnd::Open, said, hint).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}
