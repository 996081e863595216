//! The run of a synchronization that a person started, as people see it. It ends with its last read.

use crate::activity::{self, ActivityState, StepState};
use crate::{AppError, Ctx, Message};
use store::{Db, jobs};
use world::Timestamp;

/// The operation's word.
pub(crate) const OPERATION: &str = "synchronize";
/// Failed reads that are listed singly; the rest is only counted.
const FAILURES_SHOWN: usize = 30;

/// The step of a session.
pub(crate) fn step_name(session: i64) -> String {
    format!("session-{session}")
}

/// Says how a step stands.
pub(crate) async fn step(
    db: &mut Db,
    run: i64,
    name: &str,
    state: StepState,
    message: Message,
    hint: Option<Message>,
    now: Timestamp,
) -> Result<(), AppError> {
    let mut activity = activity::lock(db, run).await?;
    activity.step(name, state, message, now).hint = hint;
    activity.save(db, now).await
}

/// Says how far the listing of a session has come: orders listed, unknown, and to read, so far.
pub(crate) async fn listed(
    db: &mut Db,
    run: i64,
    session: i64,
    state: StepState,
    message: Message,
    counts: (i64, i64, i64),
    now: Timestamp,
) -> Result<(), AppError> {
    let mut activity = activity::lock(db, run).await?;
    activity.step(&step_name(session), state, message, now);
    let mut of_sessions: std::collections::BTreeMap<i64, (i64, i64, i64)> =
        activity.data().unwrap_or_default();
    of_sessions.insert(session, counts);
    let sum = |part: fn(&(i64, i64, i64)) -> i64| of_sessions.values().map(part).sum();
    activity.count("marketplace_orders", sum(|c| c.0));
    activity.count("unknown_orders", sum(|c| c.1));
    activity.count("to_read", sum(|c| c.2));
    activity.set_data(&of_sessions);
    activity.save(db, now).await
}

/// A read that belongs to the run `activity` is done (its job must be out of the queue already). Does
/// nothing for runs of other operations.
///
/// # Errors
/// The database's.
pub async fn read_done(ctx: &Ctx, db: &mut Db, activity: i64) -> Result<(), AppError> {
    let mut run = activity::lock(db, activity).await?;
    if run.row.operation != OPERATION {
        return Ok(());
    }
    run.add("read", 1);
    run.save(db, ctx.now()).await?;
    settle(db, activity, ctx.now()).await
}

/// A read that belongs to the run `activity` failed for good: shown with the marketplace's own words.
/// Does nothing for runs of other operations.
///
/// # Errors
/// The database's.
pub async fn read_failed(
    ctx: &Ctx,
    db: &mut Db,
    activity: i64,
    number: &str,
    reason: Message,
) -> Result<(), AppError> {
    let mut run = activity::lock(db, activity).await?;
    if run.row.operation != OPERATION {
        return Ok(());
    }
    let now = ctx.now();
    run.add("failed", 1);
    if run
        .steps
        .iter()
        .filter(|s| s.name.starts_with("read-"))
        .count()
        < FAILURES_SHOWN
    {
        let message = Message {
            code: reason.code.clone(),
            text: reason.text.clone(),
            request_id: reason.request_id.clone(),
            ..Message::of("sync-read_failed").with("number", number)
        };
        let why = Message {
            code: None,
            text: None,
            request_id: None,
            ..reason
        };
        run.step(&format!("read-{number}"), StepState::Error, message, now)
            .hint = Some(why);
    }
    run.save(db, now).await?;
    settle(db, activity, now).await
}

/// Ends the run when none of its jobs is left.
pub(crate) async fn settle(db: &mut Db, run: i64, now: Timestamp) -> Result<(), AppError> {
    // Held first: of two jobs that end at once, the second then sees that the first is gone.
    let mut activity = activity::lock(db, run).await?;
    if activity.state().is_over() || jobs::count_of_activity(db, run).await? > 0 {
        return Ok(());
    }
    let any = |state: StepState| activity.steps.iter().any(|s| s.state == state);
    let state = if activity.row.stop_asked {
        ActivityState::Stopped
    } else if !any(StepState::Error) && !any(StepState::Warning) {
        ActivityState::Done
    } else if any(StepState::Done) || activity.counts.get("read").is_some_and(|n| *n > 0) {
        ActivityState::Partly
    } else {
        ActivityState::Failed
    };
    activity.go(state, now);
    activity.save(db, now).await
}
