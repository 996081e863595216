//! The job of one group: preview → ceiling → intent → permit → send → outcome → read-back.
//!
//! Every stage commits what it did before the next begins, and a job that is taken up again by
//! another worker goes on from what is stored: a booking found `planned` is sent, one found
//! `sending` is only ever looked up.

use crate::activity::StepState;
use crate::booking::run::{
    self, GroupEnd, GroupJob, GroupState, Question, Run, about, settle, step_name,
};
use crate::booking::{intent, send, unknown};
use crate::market::SessionCalls;
use crate::session::Failure;
use crate::worker::Task;
use crate::{App, AppError, Ctx, JobEnd, Message};
use domain::evidence::BookingState;
use domain::{Fen, Judgement, Quote, QuotedLine};
use marketplaces::{Address, Basket, ErrorKind, MarketError, OrderLine, Preview};
use store::jobs;
use world::Timestamp;

/// A preview older than this is made again before anything is sent, in seconds.
pub(crate) const PREVIEW_LASTS_SECONDS: i64 = 60;

/// A preview with what was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Previewed {
    /// The marketplace's answer.
    pub preview: Preview,
    /// As it is judged.
    pub quote: Quote,
    /// Where the goods go.
    pub address: Address,
    /// When the call began.
    pub at: Timestamp,
}

/// Carries the job.
///
/// # Errors
/// The database's; marketplace failures put the job off or end the group.
pub async fn run(app: &App, task: Task) -> Result<JobEnd, AppError> {
    let job: GroupJob = task.payload()?;
    let (run, stop_asked, booking) = {
        let mut db = app.store.read().await?;
        let activity = store::activities::by_id(&mut db, job.activity)
            .await?
            .ok_or(AppError::NotFound("activity"))?;
        let activity = crate::activity::Activity::of(activity);
        let run: Run = activity.data()?;
        let booking = match run.group(job.group)?.state {
            GroupState::Booking { booking } => store::bookings::by_id(&mut db, booking).await?,
            _ => None,
        };
        (run, activity.row.stop_asked, booking)
    };
    let ctx = app.acting(crate::Actor::Behalf(run.actor.clone()));
    let group = run.group(job.group)?;
    match (group.state, booking) {
        (GroupState::Asking | GroupState::Ended { .. }, _) => Ok(JobEnd::Done),
        (GroupState::Planned, _) if stop_asked => stopped(&ctx, &task, job, group).await,
        (GroupState::Planned, _) => first(&ctx, &task, job, &run).await,
        (GroupState::Booking { .. }, None) => Err(AppError::NotFound("booking of the group")),
        (GroupState::Booking { booking }, Some(row)) => match BookingState::from_code(&row.state) {
            Some(BookingState::Planned) if stop_asked => {
                send::take_back(
                    &ctx,
                    &task,
                    job,
                    booking,
                    Message::of("step-stopped"),
                    None,
                    GroupEnd::LeftOut,
                )
                .await
            }
            Some(BookingState::Planned) => again(&ctx, &task, job, &run, &row).await,
            Some(BookingState::Sending) => unknown::sender_lost(&ctx, &task, job, booking).await,
            _ => send::read_back(&ctx, &task, job, booking).await,
        },
    }
}

async fn stopped(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    group: &run::Group,
) -> Result<JobEnd, AppError> {
    let message = about(group, "step-stopped");
    finish(ctx, task, job, GroupEnd::LeftOut, "end", message, None).await
}

/// Ends a group and its job in one transaction.
pub(crate) async fn finish(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    end: GroupEnd,
    step: &'static str,
    message: Message,
    hint: Option<Message>,
) -> Result<JobEnd, AppError> {
    let held = task.held;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, message, hint) = (ctx.clone(), message.clone(), hint.clone());
            Box::pin(async move {
                if jobs::finish(db, held, ctx.now()).await? {
                    run::end_group(db, job, end, step, message, hint, ctx.now()).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// The first preview of a group, and what follows from it.
async fn first(ctx: &Ctx, task: &Task, job: GroupJob, run: &Run) -> Result<JobEnd, AppError> {
    let (calls, previewed) = match preview(ctx, task, job, run).await? {
        Ok(previewed) => previewed,
        Err(end) => return Ok(end),
    };
    let group = run.group(job.group)?;
    let settings = {
        let mut db = ctx.app.store.read().await?;
        crate::settings::load(&mut db).await?
    };
    let judgement =
        domain::ceiling::judge(&previewed.quote, &settings.ceiling, Some(&group.accepted));
    if let Judgement::AsExpected { ceiling } = judgement {
        return match intent::store(ctx, task, job, &previewed, ceiling).await? {
            intent::Stored::Booking(booking) => send::send(ctx, task, job, booking, &calls).await,
            intent::Stored::Ended => Ok(JobEnd::Settled),
        };
    }
    if regroup_wanted(&judgement) && group.planned.lines.len() > 1 {
        return intent::regroup(ctx, task, job).await;
    }
    ask(ctx, task, job, judgement, previewed).await
}

/// A planned booking that was taken up again: on a fresh preview, or taken back.
async fn again(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    run: &Run,
    row: &store::bookings::BookingRow,
) -> Result<JobEnd, AppError> {
    if ctx.now().seconds_since(row.previewed_at) < PREVIEW_LASTS_SECONDS / 2 {
        let calls = {
            let mut db = ctx.app.store.read().await?;
            ctx.app.session_calls(&mut db, row.session_id).await?
        };
        return send::send(ctx, task, job, row.id, &calls).await;
    }
    let (calls, previewed) = match preview(ctx, task, job, run).await? {
        Ok(previewed) => previewed,
        Err(end) => return Ok(end),
    };
    let settings = {
        let mut db = ctx.app.store.read().await?;
        crate::settings::load(&mut db).await?
    };
    let group = run.group(job.group)?;
    match domain::ceiling::judge(&previewed.quote, &settings.ceiling, Some(&group.accepted)) {
        Judgement::AsExpected { ceiling } => {
            if intent::renew(ctx, job, row.id, &previewed, ceiling).await? {
                send::send(ctx, task, job, row.id, &calls).await
            } else {
                Ok(JobEnd::Again(ctx.now()))
            }
        }
        judgement => intent::back_to_question(ctx, task, job, row.id, judgement, previewed).await,
    }
}

fn regroup_wanted(judgement: &Judgement) -> bool {
    let Judgement::Refused { lines, whole, .. } = judgement else {
        return false;
    };
    let different = |v: &domain::Verdict| v.kind == domain::VerdictKind::DifferentSellers;
    whole.as_ref().is_some_and(different) || lines.iter().any(|l| different(&l.verdict))
}

/// Asks the marketplace what the group would cost. `Err` holds how the job ends when it cannot tell.
async fn preview(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    run: &Run,
) -> Result<Result<(SessionCalls, Previewed), JobEnd>, AppError> {
    let group = run.group(job.group)?;
    let calls = {
        let mut db = ctx.app.store.read().await?;
        ctx.app
            .session_calls(&mut db, group.planned.session)
            .await?
    };
    let address = match crate::session::address_for(
        &calls.session,
        calls.connector(),
        &run.customer_code,
        &run.order_number,
    ) {
        Ok(address) => address,
        Err(AppError::Refused(message)) => {
            let hint =
                Some(Message::of("hint-session_address").with("session", &calls.session.login));
            return refuse(ctx, task, job, message, hint).await.map(Err);
        }
        Err(other) => return Err(other),
    };
    let mut lines: Vec<OrderLine> = group
        .planned
        .lines
        .iter()
        .map(|l| OrderLine {
            item: l.item.clone(),
            specification: l.specification.clone(),
            quantity: l.units(),
            orderable: None,
        })
        .collect();
    if let Err(error) = crate::offer::learn(ctx, &calls, &mut lines).await? {
        return preview_failed(ctx, task, job, &calls, error).await.map(Err);
    }
    let basket = Basket {
        lines,
        address: address.clone(),
    };
    let at = ctx.now();
    match calls
        .connector()
        .order_preview(&calls.caller(), &basket)
        .await
    {
        Ok(preview) => {
            let quote = quote(group, &preview);
            Ok(Ok((
                calls,
                Previewed {
                    preview,
                    quote,
                    address,
                    at,
                },
            )))
        }
        Err(error) => preview_failed(ctx, task, job, &calls, error).await.map(Err),
    }
}

/// How the job of a group goes on whose preview could not be had.
async fn preview_failed(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    calls: &SessionCalls,
    error: MarketError,
) -> Result<JobEnd, AppError> {
    match crate::session::call_failed(ctx, calls, &error).await? {
        Failure::RetryAt(at) => Ok(JobEnd::Again(at)),
        // A limit of the day stops the run; anything else that lets the session rest mends itself.
        Failure::Paused
            if !matches!(
                error.kind,
                ErrorKind::Limit { .. } | ErrorKind::UsedUp { .. }
            ) =>
        {
            Ok(JobEnd::Again(ctx.now().plus_seconds(1)))
        }
        Failure::Paused | Failure::Final => {
            let hint = Some(hint_after(&error));
            refuse(ctx, task, job, Message::market(&error), hint).await
        }
    }
}

/// What can be done after the marketplace has refused.
pub(crate) fn hint_after(error: &MarketError) -> Message {
    match error.kind {
        ErrorKind::Limit {
            next: Some(next), ..
        } => Message::of("hint-next_try").with("next", next.0),
        ErrorKind::Limit { next: None, .. } | ErrorKind::UsedUp { .. } => {
            Message::of("hint-other_session")
        }
        _ => Message::of("hint-book_again"),
    }
}

async fn refuse(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    reason: Message,
    hint: Option<Message>,
) -> Result<JobEnd, AppError> {
    let booked = {
        let mut db = ctx.app.store.read().await?;
        let activity = store::activities::by_id(&mut db, job.activity)
            .await?
            .ok_or(AppError::NotFound("activity"))?;
        let run: Run = crate::activity::Activity::of(activity).data()?;
        match run.group(job.group)?.state {
            GroupState::Booking { booking } => Some(booking),
            _ => None,
        }
    };
    match booked {
        Some(booking) => {
            send::take_back(ctx, task, job, booking, reason, hint, GroupEnd::Refused).await
        }
        None => finish(ctx, task, job, GroupEnd::Refused, "preview", reason, hint).await,
    }
}

fn quote(group: &run::Group, preview: &Preview) -> Quote {
    let lines = group
        .planned
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let told = preview.lines.iter().find(|l| l.line == index);
            QuotedLine {
                item: line.item.clone(),
                specification: line.specification.clone(),
                expected: line.expected_price(),
                quoted: told.and_then(|l| l.unit_price),
                quantity: line.units(),
                verdict: told.map_or_else(
                    || domain::Verdict::of(domain::VerdictKind::Ok),
                    |l| l.verdict.clone(),
                ),
            }
        })
        .collect();
    Quote {
        lines,
        whole: preview.whole.clone(),
        freight: preview.freight,
    }
}

/// Stores the question and lets the group wait for a person.
pub(crate) async fn ask(
    ctx: &Ctx,
    task: &Task,
    job: GroupJob,
    judgement: Judgement,
    previewed: Previewed,
) -> Result<JobEnd, AppError> {
    let held = task.held;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, judgement, previewed) = (ctx.clone(), judgement.clone(), previewed.clone());
            Box::pin(async move {
                if jobs::finish(db, held, ctx.now()).await? {
                    put_question(db, job, judgement, &previewed, ctx.now()).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// Stores the question in the caller's transaction.
pub(crate) async fn put_question(
    db: &mut store::Db,
    job: GroupJob,
    judgement: Judgement,
    previewed: &Previewed,
    now: Timestamp,
) -> Result<(), AppError> {
    let mut activity = crate::activity::lock(db, job.activity).await?;
    let mut run: Run = activity.data()?;
    let group = run.group_mut(job.group)?;
    group.state = GroupState::Asking;
    let cannot = matches!(judgement, Judgement::Refused { .. });
    group.question = Some(Question {
        judgement,
        lines: previewed.quote.lines.clone(),
        goods: previewed.preview.goods,
        freight: previewed.preview.freight,
        at: previewed.at,
    });
    let (goods, freight) = (previewed.preview.goods, previewed.preview.freight);
    let priced = if (goods, freight) == (Fen(0), Fen(0)) {
        about(group, "step-not_quoted")
    } else {
        about(group, "step-previewed")
            .fen("goods", goods)
            .fen("freight", freight)
    };
    let (key, state) = if cannot {
        ("step-lines_refused", StepState::Error)
    } else {
        ("step-asks", StepState::Waiting)
    };
    let question = about(group, key);
    activity.step(
        &step_name(job.group, "preview"),
        if cannot {
            StepState::Warning
        } else {
            StepState::Done
        },
        priced,
        now,
    );
    activity.step(&step_name(job.group, "question"), state, question, now);
    settle(&mut activity, &run, now);
    activity.save(db, now).await
}
