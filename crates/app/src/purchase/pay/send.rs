//! The one sending of a payment.

use super::ask::amount_changed;
use super::{PayJob, PayState, Payment, tell, ways};
use crate::market::SessionCalls;
use crate::message::json;
use crate::purchase::pay_link;
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use marketplaces::{MarketError, Once, PayAccepted};
use std::collections::BTreeSet;
use store::Db;
use store::jobs::{self, Held};
use store::purchases::{self, PurchaseRow};
use world::Boot;

/// Seconds from the permit within which the request must have begun to leave.
const SEND_WITHIN_SECONDS: i64 = 10;

/// What may be sent now.
struct Permit {
    token: String,
    once: Once,
    /// Purchases with their numbers.
    rows: Vec<(i64, String)>,
}

/// Sends what was asked for, at most once, and keeps what the marketplace says.
pub(super) async fn send(
    ctx: &Ctx,
    task: &Task,
    job: PayJob,
    calls: &SessionCalls,
) -> Result<JobEnd, AppError> {
    let Some(permit) = permit(ctx, task.held, job).await? else {
        return Ok(JobEnd::Settled);
    };
    let numbers: Vec<String> = permit
        .rows
        .iter()
        .map(|(_, number)| number.clone())
        .collect();
    let answer = calls
        .connector()
        .order_pay(&calls.caller(), &numbers, permit.once)
        .await;
    if let Err(error) = &answer {
        if !error.is_definite() {
            tracing::warn!(session = calls.session.id, %error, "the outcome of a payment is unknown");
        }
        crate::session::call_failed(ctx, calls, error).await?;
    }
    let (ctx, held) = (ctx.clone(), task.held);
    let (token, rows) = (permit.token, permit.rows);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, token) = (ctx.clone(), token.clone());
            let (rows, answer) = (rows.clone(), answer.clone());
            Box::pin(async move {
                for (id, number) in &rows {
                    let row = purchases::lock(db, *id).await?;
                    if holds(&row, &token) {
                        let (state, why) = told(&answer, number);
                        tell::becomes(&ctx, db, row, state, why).await?;
                    }
                }
                jobs::finish(db, held, ctx.now()).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// What the answer says of one order. What it does not name, nobody knows.
fn told(answer: &Result<PayAccepted, MarketError>, number: &str) -> (PayState, Option<Message>) {
    match answer {
        Ok(told) if told.accepted.iter().any(|n| n == number) => (PayState::Accepted, None),
        Ok(told) => match told.failed.iter().find(|f| f.number == number) {
            Some(failed) => (PayState::Refused, Some(Message::verdict(&failed.verdict))),
            None => (PayState::Unknown, Some(Message::of("pay-not_told"))),
        },
        Err(error) if error.is_definite() => (PayState::Refused, Some(Message::market(error))),
        Err(error) => (PayState::Unknown, Some(Message::market(error))),
    }
}

/// Was it this sender who has the permit, and does it still count?
fn holds(row: &PurchaseRow, token: &str) -> bool {
    Payment::of(row).is_some_and(|payment| {
        payment.state == PayState::Sending && payment.token.as_deref() == Some(token)
    })
}

/// `asked → sending`, committed and acknowledged: the only permit to send. `None` when it was not
/// given; the job is over then. Should the commit be doubtful, the next turn of the job finds the mark
/// and only reads.
async fn permit(ctx: &Ctx, held: Held, job: PayJob) -> Result<Option<Permit>, AppError> {
    let token = ctx.app.random_hex(16);
    // Both clocks are read before the transaction: the permit ends ten seconds after this moment.
    let boot = ctx.app.world.clock.boot();
    let once = Once {
        send_by: ctx.app.world.now().plus_seconds(SEND_WITHIN_SECONDS),
        send_by_boot: Boot(boot.0 + SEND_WITHIN_SECONDS * 1_000_000_000),
    };
    let (work, given) = (ctx.clone(), token.clone());
    let rows = ctx
        .app
        .store
        .write::<_, AppError, _>(move |db| {
            let (ctx, token, job) = (work.clone(), given.clone(), job.clone());
            Box::pin(async move { grant(&ctx, db, held, &job, &token).await })
        })
        .await?;
    Ok((!rows.is_empty()).then_some(Permit { token, once, rows }))
}

/// Marks what may be sent. Every purchase is judged once more as it was just read: an amount that is not
/// the one agreed to stops the whole request, for the sum is then another one too.
async fn grant(
    ctx: &Ctx,
    db: &mut Db,
    held: Held,
    job: &PayJob,
    token: &str,
) -> Result<Vec<(i64, String)>, AppError> {
    let mut rows = Vec::new();
    for id in job.purchases.iter().copied().collect::<BTreeSet<i64>>() {
        let row = purchases::lock(db, id).await?;
        let asked =
            Payment::of(&row).filter(|p| p.state == PayState::Asked && p.activity == job.activity);
        if let Some(payment) = asked {
            rows.push((row, payment));
        }
    }
    let settings = crate::settings::load(db).await?;
    let plain: Vec<PurchaseRow> = rows.iter().map(|(row, _)| row.clone()).collect();
    let open = pay_link::open_exceptions(db, &plain).await?;
    let changed = rows
        .iter()
        .any(|(row, payment)| row.total_fen != payment.fen);
    let mut granted = Vec::new();
    for (mut row, mut payment) in rows {
        let off = ways(&ctx.app, &settings, &row.marketplace)?.api.is_none();
        let mut free = row.clone();
        free.payment = None;
        let why = if off {
            Some(Message::of("pay-api_off").with("marketplace", &row.marketplace))
        } else if row.total_fen != payment.fen {
            Some(amount_changed(&row, payment.fen))
        } else if let Some(why) = pay_link::refusal(&free, &open) {
            Some(why)
        } else {
            changed.then(|| Message::of("pay-sum_changed"))
        };
        if let Some(why) = why {
            tell::becomes(ctx, db, row, PayState::Stopped, Some(why)).await?;
            continue;
        }
        payment.token = Some(token.to_owned());
        // From here on the moment that counts is that of the sending.
        payment.at = ctx.now();
        row.payment = Some(json(&payment));
        let (id, number) = (row.id, row.order_number.clone());
        tell::becomes(ctx, db, row, PayState::Sending, None).await?;
        granted.push((id, number));
    }
    if granted.is_empty() {
        jobs::finish(db, held, ctx.now()).await?;
    }
    Ok(granted)
}
