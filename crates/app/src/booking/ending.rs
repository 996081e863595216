//! The end of a group, as its run tells it.

use crate::activity::{self, StepState};
use crate::booking::building;
use crate::booking::differences::differences;
use crate::booking::evidence::{concerned, state_of, tell_refused_lines};
use crate::booking::run::{self, GroupEnd, GroupJob, GroupState, Run, settle, step_name};
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use domain::evidence::BookingState;
use domain::{Fen, PurchaseStatus};
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

/// Ends the group of a placed booking after its orders were read back, in the caller's transaction. While
/// one of them is still being made the group stays open: its reads go on by themselves.
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
    if building::any(db, booking).await? {
        let said = still_made(db, &row).await?;
        return run::tell(db, job, READ_BACK, StepState::Running, said, now).await;
    }
    let mut told = outcome(db, booking).await?;
    if let Some(mut why) = trouble {
        let reason = why.key.clone();
        "step-read_back_late".clone_into(&mut why.key);
        told.message = why.with("reason", reason);
        told.state = StepState::Warning;
    }
    let state = told.state;
    run::end_group(db, job, told.end, READ_BACK, told.message, told.hint, now).await?;
    // The end of a group colours its step by the end; a warning must stay one.
    if state == StepState::Warning {
        let mut activity = activity::lock(db, job.activity).await?;
        if let Some(step) = activity
            .steps
            .iter_mut()
            .find(|s| s.name == step_name(job.group, READ_BACK))
        {
            step.state = state;
        }
        activity.save(db, now).await?;
    }
    Ok(())
}

/// The step that tells what a booking came to.
const READ_BACK: &str = "read back";

/// What a booking whose orders are made and read came to.
struct Outcome {
    end: GroupEnd,
    message: Message,
    state: StepState,
    hint: Option<Message>,
}

async fn outcome(db: &mut Db, booking: i64) -> Result<Outcome, AppError> {
    let (end, refusal) = end_of(db, booking).await?;
    if let Some(message) = refusal {
        return Ok(Outcome {
            end,
            message,
            state: run::colour(end),
            hint: Some(Message::of("hint-look_at_item")),
        });
    }
    let bought = purchases::of_booking(db, booking).await?;
    let alive = bought.iter().filter(|p| p.status != PurchaseStatus::Closed);
    let total: i64 = alive.map(|p| p.total_fen.0).sum();
    let open: i64 = bookings::lines(db, booking)
        .await?
        .iter()
        .map(BookingLineRow::open)
        .sum();
    let differs = !store::exceptions::of_booking(db, booking).await?.is_empty();
    let (message, state) = if open > 0 {
        (
            Message::of("step-units_open").with("units", open),
            StepState::Warning,
        )
    } else if differs {
        (Message::of("step-differs"), StepState::Warning)
    } else {
        (
            Message::of("step-read_back").fen("total", Fen(total)),
            StepState::Done,
        )
    };
    Ok(Outcome {
        end,
        message,
        state,
        hint: None,
    })
}

/// How a booking ends that the marketplace has named orders for: refused, with the reason, when it made
/// nothing of them.
pub(super) async fn end_of(
    db: &mut Db,
    booking: i64,
) -> Result<(GroupEnd, Option<Message>), AppError> {
    let lines = bookings::lines(db, booking).await?;
    let nothing = lines.iter().all(|l| l.placed == 0 && l.open() == 0);
    let reason = lines.iter().find_map(|l| l.reason.as_deref());
    Ok(match reason.filter(|_| nothing) {
        Some(reason) => (GroupEnd::Refused, Some(Message::from_json(reason))),
        None => (GroupEnd::Placed, None),
    })
}

async fn still_made(db: &mut Db, row: &BookingRow) -> Result<Message, AppError> {
    Ok(Message::of("step-building")
        .with("marketplace", &row.marketplace)
        .with("numbers", building::numbers(db, row.id).await?))
}

/// An order of a booking was found, and is still being made.
pub(super) async fn found_building(
    ctx: &Ctx,
    db: &mut Db,
    row: &BookingRow,
    found: Message,
) -> Result<(), AppError> {
    let said = still_made(db, row).await?;
    let now = ctx.now();
    if let Some((mut activity, _, index)) = open_group(db, row).await? {
        activity.step(&step_name(index, "send"), StepState::Done, found, now);
        let step = step_name(index, READ_BACK);
        activity.step(&step, StepState::Warning, said, now);
        activity.save(db, now).await?;
    }
    Ok(())
}

/// An order of a booking has been made, or was closed instead: with the last of them its group ends.
pub(crate) async fn built(ctx: &Ctx, db: &mut Db, booking: i64) -> Result<(), AppError> {
    let row = bookings::lock(db, booking).await?;
    if state_of(&row)? != BookingState::Placed || building::any(db, booking).await? {
        return Ok(());
    }
    let Some((activity, _, group)) = open_group(db, &row).await? else {
        return Ok(());
    };
    let now = ctx.now();
    let told = outcome(db, booking).await?;
    if told.end == GroupEnd::Placed {
        let job = GroupJob {
            activity: activity.row.id,
            group,
        };
        tell_refused_lines(db, job, booking, now).await?;
    }
    let Some((mut activity, mut run, index)) = open_group(db, &row).await? else {
        return Ok(());
    };
    run.group_mut(index)?.state = GroupState::Ended { end: told.end };
    let step = step_name(index, READ_BACK);
    activity.step(&step, told.state, told.message, now).hint = told.hint;
    settle(&mut activity, &run, now);
    activity.save(db, now).await
}

/// An order of a booking has been in the making for long: its run does not wait for it any more. It is
/// read on, and the run is told what became of it.
pub(crate) async fn building_long(ctx: &Ctx, db: &mut Db, booking: i64) -> Result<(), AppError> {
    let row = bookings::lock(db, booking).await?;
    let Some((mut activity, mut run, index)) = open_group(db, &row).await? else {
        return Ok(());
    };
    let now = ctx.now();
    let said = Message::of("step-building_long")
        .with("marketplace", &row.marketplace)
        .with("numbers", building::numbers(db, booking).await?);
    run.group_mut(index)?.state = GroupState::Ended {
        end: GroupEnd::Unknown,
    };
    let step = step_name(index, READ_BACK);
    activity.step(&step, StepState::Warning, said, now).hint =
        Some(Message::of("hint-building_long"));
    settle(&mut activity, &run, now);
    activity.save(db, now).await
}

/// The group of a booking whose outcome became certain after its run had ended.
pub(crate) async fn resolve_group(
    ctx: &Ctx,
    db: &mut Db,
    row: &BookingRow,
    end: GroupEnd,
    message: Message,
) -> Result<(), AppError> {
    let Some((mut activity, mut run, index)) = open_group(db, row).await? else {
        return Ok(());
    };
    let now = ctx.now();
    run.group_mut(index)?.state = GroupState::Ended { end };
    activity.step(&step_name(index, "send"), run::colour(end), message, now);
    settle(&mut activity, &run, now);
    activity.save(db, now).await
}

/// The run of a booking, and in it the group that is not certain of its end yet; held.
async fn open_group(
    db: &mut Db,
    row: &BookingRow,
) -> Result<Option<(activity::Activity, Run, usize)>, AppError> {
    let Some(activity) = row.activity_id else {
        return Ok(None);
    };
    let activity = activity::lock(db, activity).await?;
    let Ok(run) = activity.data::<Run>() else {
        return Ok(None);
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
    let index = run.groups.iter().position(of_booking);
    Ok(index.map(|index| (activity, run, index)))
}
