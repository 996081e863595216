//! The one sending of a cancel.

use super::ask::concerned;
use super::ending::{end_part, tell};
use super::run::put_off;
use super::{CancelJob, CancelState, PartEnd};
use crate::activity::StepState;
use crate::history::{self, Change};
use crate::purchase::record::{self};
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use domain::HistoryKind;
use marketplaces::Once;
use store::jobs::{self, Held};
use store::purchases::{self, PurchaseRow};
use world::{Boot, Timestamp};

/// Seconds from the permit within which the request must have begun to leave.
const SEND_WITHIN_SECONDS: i64 = 10;

/// The marketplace's clock counts whole seconds.
pub(super) const CLOCK_SECONDS: i64 = 1;

/// `asked → sending`, committed and acknowledged: the only permit to send. `None` when it was not
/// given; the job was put off then.
pub(super) async fn permit(
    ctx: &Ctx,
    held: Held,
    purchase: i64,
) -> Result<Option<(String, Once)>, AppError> {
    let token = ctx.app.random_hex(16);
    // Both clocks are read before the transaction: the permit ends ten seconds after this moment.
    let now = ctx.now();
    let boot = ctx.app.world.clock.boot();
    let once = Once {
        send_by: ctx.app.world.now().plus_seconds(SEND_WITHIN_SECONDS),
        send_by_boot: Boot(boot.0 + SEND_WITHIN_SECONDS * 1_000_000_000),
    };
    let given = token.clone();
    let outcome = ctx
        .app
        .store
        .write::<_, AppError, _>(move |db| {
            let token = given.clone();
            Box::pin(async move {
                let mut row = purchases::lock(db, purchase).await?;
                if CancelState::of(&row) != Some(CancelState::Asked) {
                    put_off(db, held, now, None).await?;
                    return Ok(false);
                }
                row.cancel_state = Some(CancelState::Sending.code().to_owned());
                row.cancel_token = Some(token);
                // From here on the moment that counts is that of the sending.
                row.cancel_asked_at = Some(now);
                purchases::save(db, &row).await?;
                Ok(true)
            })
        })
        .await;
    match outcome {
        Ok(true) => Ok(Some((token, once))),
        Ok(false) => Ok(None),
        // No acknowledged commit, no send. Should the mark stand all the same, the next turn of
        // this job finds it and only looks.
        Err(error) => Err(error),
    }
}

/// Was it this sender who has the permit, and does it still count?
fn holds(row: &PurchaseRow, token: &str) -> bool {
    CancelState::of(row) == Some(CancelState::Sending) && row.cancel_token.as_deref() == Some(token)
}

/// It certainly was not executed and may be sent from `at` on: `sending → asked`.
pub(super) async fn back(
    ctx: &Ctx,
    task: &Task,
    job: CancelJob,
    token: String,
    at: Timestamp,
    why: Message,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, job, token, mut why) = (ctx.clone(), job.clone(), token.clone(), why.clone());
            Box::pin(async move {
                let mut row = purchases::lock(db, job.purchase).await?;
                if holds(&row, &token) {
                    row.cancel_state = Some(CancelState::Asked.code().to_owned());
                    row.cancel_token = None;
                    row.cancel_error = Some(why.json());
                    purchases::save(db, &row).await?;
                    let reason = why.key.clone();
                    "step-cancel_waits".clone_into(&mut why.key);
                    let said = why
                        .with("number", &row.order_number)
                        .with("reason", reason)
                        .with("next", at.0);
                    tell(&ctx, db, &job, StepState::Running, said).await?;
                }
                put_off(db, held, at, Some(&job)).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// It went out, or may have: from here on the order is read.
pub(super) async fn sent(
    ctx: &Ctx,
    task: &Task,
    job: CancelJob,
    token: Option<String>,
    unclear: Option<Message>,
    refused: Option<Message>,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, mut job, token) = (ctx.clone(), job.clone(), token.clone());
            let (unclear, refused) = (unclear.clone(), refused.clone());
            Box::pin(async move {
                let now = ctx.now();
                let mut row = purchases::lock(db, job.purchase).await?;
                let ours = token.as_ref().is_none_or(|t| holds(&row, t));
                if ours && CancelState::of(&row) == Some(CancelState::Sending) {
                    row.cancel_state = Some(CancelState::Unknown.code().to_owned());
                    row.cancel_error = unclear.as_ref().or(refused.as_ref()).map(Message::json);
                    purchases::save(db, &row).await?;
                    let said = match &unclear {
                        Some(why) => {
                            let mut said = why.clone();
                            "step-cancel_unclear".clone_into(&mut said.key);
                            said.with("reason", &why.key)
                        }
                        None => Message::of("step-cancel_sent"),
                    };
                    let said = said
                        .with("number", &row.order_number)
                        .with("marketplace", &row.marketplace);
                    tell(&ctx, db, &job, StepState::Running, said).await?;
                }
                job.refused = refused;
                job.reads = 0;
                put_off(db, held, now, Some(&job)).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// The marketplace said no, and the order is open all the same.
pub(super) async fn refused(
    ctx: &Ctx,
    task: &Task,
    job: CancelJob,
    why: Message,
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
                let mut row = purchases::lock(db, job.purchase).await?;
                if !CancelState::of(&row).is_some_and(CancelState::is_open) {
                    return Ok(JobEnd::Settled);
                }
                row.cancel_state = Some(CancelState::Refused.code().to_owned());
                row.cancel_error = Some(why.json());
                purchases::save(db, &row).await?;
                let orders = concerned(db, &row).await?;
                for order in &orders {
                    let change = Change {
                        purchase: Some(row.id),
                        facts: Some(
                            serde_json::json!({ "number": row.order_number, "marketplace": row.marketplace, "reason": why }),
                        ),
                        ..Change::default()
                    };
                    history::add(&ctx, db, *order, HistoryKind::CancelRefused, change).await?;
                }
                record::after(&ctx, db, row.id, &mut orders.into_iter().collect()).await?;
                let mut said = why.clone();
                "step-cancel_refused".clone_into(&mut said.key);
                let said = said
                    .with("marketplace", &row.marketplace)
                    .with("number", &row.order_number)
                    .with("reason", &why.key);
                let hint = Some(Message::of("hint-cancel_refused"));
                end_part(&ctx, db, &job, PartEnd::Refused, said, hint).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}
