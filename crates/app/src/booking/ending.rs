//! The end of a group, as its run tells it.

use crate::activity::{self, StepState};
use crate::booking::differences::differences;
use crate::booking::evidence::{concerned, state_of};
use crate::booking::run::{self, GroupEnd, GroupJob, GroupState, Run, settle, step_name};
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use domain::Fen;
use domain::evidence::BookingState;
use store::bookings::{self, BookingLineRow, BookingRow};
use store::{Db, jobs, purchases};

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
    let of_booking = |group: &run::Group| {
        group.booking == Some(row.id)
            && matches!(
                group.state,
                GroupState::Ended {
                    end: GroupEnd::Unknown
                } | GroupState::Booking { .. }
            )
    };
    let Some(index) = run.groups.iter().position(of_booking) else {
        return Ok(());
    };
    run.group_mut(index)?.state = GroupState::Ended { end };
    activity.step(&step_name(index, "send"), run::colour(end), message, now);
    settle(&mut activity, &run, now);
    activity.save(db, now).await
}
