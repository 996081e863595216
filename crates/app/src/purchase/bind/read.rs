//! Reads one number after the other, until a session shows the order or none does.

use super::look::BEFORE_SENDING_SECONDS;
use super::propose::propose;
use super::report::tell;
use super::{BindJob, Found, Look, Number, NumberState, search, step_name};
use crate::activity::{self, Activity, ActivityState, StepState};
use crate::market::SessionCalls;
use crate::message::json;
use crate::purchase::cancel::CancelState;
use crate::purchase::record::{self, Keep, PROVISIONAL, Snapshot, Source};
use crate::session::Failure;
use crate::worker::Task;
use crate::{Actor, App, AppError, Ctx, JobEnd, JobKind, Message};
use domain::PurchaseStatus;
use domain::binding::BindProposal;
use domain::evidence::BookingState;
use marketplaces::{ErrorKind, MarketError, MarketLine, MarketOrder, OrderLine};
use store::Db;
use store::jobs::{self, Held, NewJob};
use store::purchases::{self, PurchaseLineRow};
use world::Timestamp;

/// Enqueues the next read, or ends the reading with a proposal.
pub(super) async fn advance(
    ctx: &Ctx,
    db: &mut Db,
    run: &mut Activity,
    look: &mut Look,
) -> Result<(), AppError> {
    let now = ctx.now();
    let open = |n: &Number| matches!(n.state, NumberState::Reading);
    if let Some(index) = look.numbers.iter().position(open) {
        let number = &mut look.numbers[index];
        if number.sessions.is_empty() {
            return Err(AppError::Broken("no session left to read with".to_owned()));
        }
        let session = number.sessions.remove(0);
        let login = store::sessions::by_id(db, session)
            .await?
            .map_or_else(String::new, |s| s.login);
        let said = Message::of("step-bind_reading")
            .with("number", number.label())
            .with("session", login);
        run.step(&step_name(number), StepState::Running, said, now);
        let payload = BindJob {
            activity: run.row.id,
            number: index,
            session,
            search: None,
        };
        return enqueue(ctx, db, &payload).await;
    }
    if search::next(ctx, db, run, look).await? {
        return Ok(());
    }
    propose(db, look).await?;
    tell(db, run, look, now).await
}

/// Enqueues a turn of the look.
pub(super) async fn enqueue(ctx: &Ctx, db: &mut Db, payload: &BindJob) -> Result<(), AppError> {
    let job = NewJob {
        id: ctx.id(),
        kind: JobKind::BindRead.code(),
        dedupe: Some(format!("bind:{}", payload.activity)),
        payload: json(payload),
        session_id: Some(payload.session),
        activity_id: Some(payload.activity),
        run_at: ctx.now(),
    };
    jobs::enqueue(db, &job, ctx.now()).await?;
    Ok(())
}

/// Carries the job: reads one order through one session.
///
/// # Errors
/// The database's; marketplace failures put the job off or go on with another session.
pub async fn run(app: &App, task: Task) -> Result<JobEnd, AppError> {
    let job: BindJob = task.payload()?;
    let (look, over, calls) = {
        let mut db = app.store.read().await?;
        let row = store::activities::by_id(&mut db, job.activity)
            .await?
            .ok_or(AppError::NotFound("activity"))?;
        let run = Activity::of(row);
        let calls = app.session_calls(&mut db, job.session).await?;
        let over = run.state().is_over();
        (run.data::<Look>()?, over, calls)
    };
    if over {
        return Ok(JobEnd::Done);
    }
    let ctx = app.acting(Actor::Behalf(look.actor.clone()));
    if let Some(place) = job.search {
        return search::run(&ctx, task, &job, place, &calls).await;
    }
    let number = look
        .numbers
        .get(job.number)
        .filter(|n| matches!(n.state, NumberState::Reading));
    let Some(number) = number else {
        return Ok(JobEnd::Done);
    };
    let read_at = app.now();
    let outcome = if calls.session.state == "active" {
        let read = calls
            .connector()
            .order_read(&calls.caller(), &number.number)
            .await;
        match read {
            Ok(order) => match learn(&ctx, &look, &order, &calls).await? {
                Ok(()) => Ok(order),
                Err(error) => match crate::session::call_failed(&ctx, &calls, &error).await? {
                    Failure::RetryAt(at) => return Ok(JobEnd::Again(at)),
                    Failure::Paused => return Ok(JobEnd::Again(app.now().plus_seconds(1))),
                    // Goods that nobody can name are shown as the order names them.
                    Failure::Final => Ok(order),
                },
            },
            Err(error) if error.kind == ErrorKind::NotFound => Err(None),
            Err(error) => match crate::session::call_failed(&ctx, &calls, &error).await? {
                Failure::RetryAt(at) => return Ok(JobEnd::Again(at)),
                Failure::Paused => return Ok(JobEnd::Again(app.now().plus_seconds(1))),
                Failure::Final => Err(Some(Message::market(&error))),
            },
        }
    } else {
        // It ended after the look had begun: the next session is asked.
        let login = &calls.session.login;
        Err(Some(
            Message::of("bind-session_ended").with("session", login),
        ))
    };
    let read = Read {
        number: job.number,
        session: job.session,
        login: calls.session.login.clone(),
        began: read_at,
        outcome,
    };
    let held = task.held;
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, read) = (ctx.clone(), read.clone());
            Box::pin(async move {
                if let Some((mut run, mut look)) = turn(db, held, job.activity, ctx.now()).await? {
                    take(&ctx, db, &mut look, read).await?;
                    advance(&ctx, db, &mut run, &mut look).await?;
                    run.set_data(&look);
                    run.save(db, ctx.now()).await?;
                }
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// Ends the job of a turn and gives the look, locked; none when it is over, or was told to stop.
pub(super) async fn turn(
    db: &mut Db,
    held: Held,
    activity: i64,
    now: Timestamp,
) -> Result<Option<(Activity, Look)>, AppError> {
    if !jobs::finish(db, held, now).await? {
        return Ok(None);
    }
    let mut run = activity::lock(db, activity).await?;
    if run.state().is_over() {
        return Ok(None);
    }
    if run.row.stop_asked {
        run.go(ActivityState::Stopped, now);
        run.save(db, now).await?;
        return Ok(None);
    }
    let look = run.data()?;
    Ok(Some((run, look)))
}

/// Where orders speak of goods by other ids: those of the items that the order could cover are
/// learnt before the lines are compared. The inner error is a failed call.
async fn learn(
    ctx: &Ctx,
    look: &Look,
    order: &MarketOrder,
    calls: &SessionCalls,
) -> Result<Result<(), MarketError>, AppError> {
    if !calls.connector().capabilities().orders_have_own_ids || order.lines.is_empty() {
        return Ok(Ok(()));
    }
    let items = {
        let mut db = ctx.app.store.read().await?;
        store::items::of_order(&mut db, look.order).await?
    };
    let mut lines: Vec<OrderLine> = items
        .into_iter()
        .filter(|item| item.marketplace == look.marketplace)
        .map(|item| OrderLine {
            item: item.item,
            specification: item.specification,
            quantity: item.quantity,
            orderable: None,
        })
        .collect();
    crate::offer::learn(ctx, calls, &mut lines).await
}

/// What one read gave.
#[derive(Clone, Debug)]
struct Read {
    number: usize,
    session: i64,
    login: String,
    began: Timestamp,
    /// Without a message the session cannot see the order.
    outcome: Result<MarketOrder, Option<Message>>,
}

/// Takes what a read gave into the memory of the look.
async fn take(ctx: &Ctx, db: &mut Db, look: &mut Look, read: Read) -> Result<(), AppError> {
    let marketplace = look.marketplace.clone();
    let number = look
        .numbers
        .get_mut(read.number)
        .ok_or(AppError::NotFound("number of the look"))?;
    let order = match read.outcome {
        Ok(mut order) => {
            crate::offer::own_order(ctx, db, &marketplace, &mut order).await?;
            order
        }
        Err(_) if !number.sessions.is_empty() => return Ok(()),
        Err(why) => {
            let reason = why.unwrap_or_else(|| Message::of("bind-not_visible"));
            number.state = NumberState::Refused {
                reason: reason.with("number", number.label()),
            };
            return Ok(());
        }
    };
    crate::session::call_succeeded(db, read.session, ctx.now()).await?;
    let snapshot = Snapshot {
        marketplace: marketplace.clone(),
        session: read.session,
        order,
        read_at: read.began,
        source: Source::Person,
        keep: Keep::Ours,
    };
    number.state = classify(ctx, db, snapshot, read.login).await?;
    Ok(())
}

/// Is this order to be bound, or has somebody else the first word?
async fn classify(
    ctx: &Ctx,
    db: &mut Db,
    snapshot: Snapshot,
    login: String,
) -> Result<NumberState, AppError> {
    let order = &snapshot.order;
    let refused = |reason: Message| {
        Ok(NumberState::Refused {
            reason: reason.with("number", &order.number),
        })
    };
    if let Some(reference) = &order.reference
        && let Some(booking) = store::bookings::by_reference(db, reference)
            .await?
            .filter(|b| b.marketplace == snapshot.marketplace)
    {
        record::record(ctx, db, &snapshot).await?;
        if BookingState::from_code(&booking.state) != Some(BookingState::Placed) {
            return Ok(NumberState::Adopted {
                reference: reference.clone(),
            });
        }
    }
    if let Some(why) = in_the_way(db, &snapshot).await? {
        return refused(why);
    }
    let known = purchases::by_number(db, &snapshot.marketplace, &order.number).await?;
    let lines = match &known {
        Some(row) => purchases::lines(db, row.id).await?,
        None => Vec::new(),
    };
    let allocated = order
        .lines
        .iter()
        .map(|l| stored(&lines, l).map_or(0, |s| s.units_allocated))
        .collect();
    Ok(NumberState::Found {
        found: Box::new(Found {
            session: snapshot.session,
            login,
            read_at: snapshot.read_at,
            allocated,
            proposal: BindProposal::default(),
            order: snapshot.order,
        }),
    })
}

/// What must be cleared up before this order is bound to anything.
pub(super) async fn in_the_way(
    db: &mut Db,
    snapshot: &Snapshot,
) -> Result<Option<Message>, AppError> {
    let order = &snapshot.order;
    if order.status == PurchaseStatus::Building {
        return Ok(Some(
            Message::of("bind-still_made").with("number", &order.number),
        ));
    }
    if let Some(row) = purchases::by_number(db, &snapshot.marketplace, &order.number).await? {
        return Ok(CancelState::of(&row)
            .is_some_and(CancelState::is_open)
            .then(|| Message::of("bind-being_cancelled").with("number", &order.number)));
    }
    // An order with a reference is no booking's but that reference's.
    if order
        .reference
        .as_deref()
        .is_some_and(domain::reference::is_ours)
    {
        return Ok(None);
    }
    for state in [BookingState::Sending, BookingState::Unknown] {
        for booking in store::bookings::in_state(db, state.code(), snapshot.session, 200).await? {
            let may = match (booking.sending_at, order.created) {
                (Some(sending), Some(made)) => {
                    sending.plus_seconds(-BEFORE_SENDING_SECONDS) <= made
                }
                _ => true,
            };
            if !may {
                continue;
            }
            let lines = store::bookings::lines(db, booking.id).await?;
            let same = |l: &MarketLine| {
                lines
                    .iter()
                    .any(|b| b.item == l.item && b.specification == l.specification)
            };
            if order.lines.iter().any(same) {
                let message = Message::of("bind-booking_first")
                    .with("number", &order.number)
                    .with("reference", &booking.reference);
                return Ok(Some(message));
            }
        }
    }
    Ok(None)
}

/// The stored line that stands for a line of the marketplace.
pub(super) fn stored<'a>(
    lines: &'a [PurchaseLineRow],
    shown: &MarketLine,
) -> Option<&'a PurchaseLineRow> {
    lines.iter().find(|l| l.line == shown.line).or_else(|| {
        let same = |l: &&PurchaseLineRow| {
            l.line.starts_with(PROVISIONAL)
                && l.item == shown.item
                && l.specification == shown.specification
        };
        lines.iter().find(same)
    })
}
