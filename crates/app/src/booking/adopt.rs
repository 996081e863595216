//! *Adopt order number …*: a person names the order that a booking of unknown outcome made. It is
//! read and checked before it is taken.

use crate::activity::{self, ActivityState, Begin, Begun, StepState};
use crate::booking::evidence;
use crate::message::json;
use crate::purchase::record::{self, Keep, Recorded, Snapshot, Source};
use crate::session::Failure;
use crate::worker::Task;
use crate::{Actor, App, AppError, Ctx, JobEnd, JobKind, Message};
use domain::PurchaseStatus;
use domain::evidence::BookingState;
use marketplaces::MarketOrder;
use store::bookings::{self, BookingRow};
use store::jobs::{self, NewJob};
use store::other_numbers;
use world::Timestamp;

/// Orders made this long before the sending can still be it: clocks differ.
const BEFORE_SENDING_SECONDS: i64 = 900;

/// What is adopted.
#[derive(Clone, Debug)]
pub struct Adopt {
    /// Given by the form.
    pub request_id: String,
    /// Booking.
    pub booking: i64,
    /// As pasted.
    pub number: String,
}

/// Payload of the job.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct AdoptJob {
    /// Booking.
    pub booking: i64,
    /// Marketplace's number.
    pub adopt: String,
    /// The run.
    pub activity: i64,
    /// Who adopts.
    pub actor: String,
}

/// Begins the run that reads, checks and adopts.
///
/// # Errors
/// Not exactly one number, or the outcome is known; the database's.
pub async fn adopt(ctx: &Ctx, request: Adopt) -> Result<Begun, AppError> {
    ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request) = (ctx.clone(), request.clone());
            Box::pin(async move {
                let row = bookings::by_id(db, request.booking)
                    .await?
                    .ok_or(AppError::NotFound("booking"))?;
                if !BookingState::from_code(&row.state).is_some_and(BookingState::is_searched_for) {
                    return Err(AppError::refused("booking-outcome_known"));
                }
                let market = ctx.app.markets.get(&row.marketplace)?;
                let numbers = market.connector.order_numbers_from_text(&request.number);
                let [Ok(typed)] = &numbers[..] else {
                    return Err(AppError::field("number", Message::of("adopt-one_number")));
                };
                let known = other_numbers::by_number(db, &row.marketplace, typed).await?;
                let number = match &known {
                    Some(known) => &known.order_number,
                    None if market.connector.is_other_number(typed) => {
                        let say = Message::of("adopt-not_asked_by_that_number");
                        return Err(AppError::field("number", say));
                    }
                    None => typed,
                };
                let wanted = Begin {
                    request_id: request.request_id.clone(),
                    operation: "adopt",
                    order_id: Some(row.order_id),
                    session_id: Some(row.session_id),
                    title: Message::of("activity-adopt").with("number", number),
                    data: "{}".to_owned(),
                };
                let begun = activity::begin(&ctx, db, &wanted).await?;
                if begun.fresh {
                    let job = NewJob {
                        id: ctx.id(),
                        kind: JobKind::BookingLook.code(),
                        dedupe: None,
                        payload: json(&AdoptJob {
                            booking: row.id,
                            adopt: number.clone(),
                            activity: begun.id,
                            actor: ctx.actor.to_string(),
                        }),
                        session_id: Some(row.session_id),
                        activity_id: Some(begun.id),
                        run_at: ctx.now(),
                    };
                    jobs::enqueue(db, &job, ctx.now()).await?;
                }
                Ok(begun)
            })
        })
        .await
}

/// Carries the job.
pub(crate) async fn run(app: &App, task: &Task, wish: AdoptJob) -> Result<JobEnd, AppError> {
    let ctx = app.acting(Actor::Behalf(wish.actor.clone()));
    let (row, calls) = {
        let mut db = app.store.read().await?;
        let row = bookings::by_id(&mut db, wish.booking)
            .await?
            .ok_or(AppError::NotFound("booking"))?;
        let calls = app.session_calls(&mut db, row.session_id).await?;
        (row, calls)
    };
    let read_at = app.now();
    let outcome = match calls
        .connector()
        .order_read(&calls.caller(), &wish.adopt)
        .await
    {
        Ok(order) => Ok(order),
        Err(error) => match crate::session::call_failed(&ctx, &calls, &error).await? {
            Failure::RetryAt(at) => return Ok(JobEnd::Again(at)),
            Failure::Paused => return Ok(JobEnd::Again(app.now().plus_seconds(1))),
            Failure::Final => Err(Message::market(&error)),
        },
    };
    take(&ctx, task, wish, row, outcome, read_at).await
}

async fn take(
    ctx: &Ctx,
    task: &Task,
    wish: AdoptJob,
    row: BookingRow,
    outcome: Result<MarketOrder, Message>,
    read_at: Timestamp,
) -> Result<JobEnd, AppError> {
    let (ctx, held) = (ctx.clone(), task.held);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, wish, row, outcome) =
                (ctx.clone(), wish.clone(), row.clone(), outcome.clone());
            Box::pin(async move {
                let now = ctx.now();
                let mut result = match outcome {
                    Err(message) => Err(message),
                    Ok(mut order) => {
                        crate::offer::own_order(&ctx, db, &row.marketplace, &mut order).await?;
                        check(db, &row, &order).await?.map_or(Ok(order), Err)
                    }
                };
                if let Ok(order) = &result {
                    let snapshot = Snapshot {
                        marketplace: row.marketplace.clone(),
                        session: row.session_id,
                        order: order.clone(),
                        read_at,
                        source: Source::Person,
                        keep: Keep::Any,
                    };
                    if let Recorded::Purchase(purchase) =
                        record::record(&ctx, db, &snapshot).await?
                    {
                        // Without our reference the record alone does not know whose it is: the person does.
                        let found = evidence::found(&ctx, db, row.id, purchase).await?;
                        evidence::settle(&ctx, db, &found).await?;
                        record::after(&ctx, db, purchase, &mut std::collections::BTreeSet::new())
                            .await?;
                    } else {
                        result = Err(Message::of("adopt-not_recorded"));
                    }
                }
                jobs::finish(db, held, now).await?;
                let mut activity = activity::lock(db, wish.activity).await?;
                match result {
                    Ok(order) => {
                        activity.step(
                            "adopt",
                            StepState::Done,
                            Message::of("step-adopted")
                                .with("marketplace", &row.marketplace)
                                .with("numbers", &order.number),
                            now,
                        );
                        activity.go(ActivityState::Done, now);
                    }
                    Err(message) => {
                        activity.step("adopt", StepState::Error, message, now).hint =
                            Some(Message::of("hint-adopt"));
                        activity.go(ActivityState::Failed, now);
                    }
                }
                activity.save(db, now).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// What stands against taking this order as the outcome of this booking.
async fn check(
    db: &mut store::Db,
    row: &BookingRow,
    order: &MarketOrder,
) -> Result<Option<Message>, AppError> {
    let refused = |key: &str| Some(Message::of(key).with("number", &order.number));
    if let Some(reference) = order.reference.as_deref().filter(|r| *r != row.reference)
        && domain::reference::is_ours(reference)
    {
        return Ok(refused("adopt-other_reference"));
    }
    if let Some(known) = store::purchases::by_number(db, &row.marketplace, &order.number).await? {
        if known.unbound_at.is_some() {
            return Ok(refused("adopt-unbound"));
        }
        if known.booking_id.is_some_and(|b| b != row.id) {
            return Ok(refused("adopt-other_booking"));
        }
        if store::purchases::lines(db, known.id)
            .await?
            .iter()
            .any(|l| l.units_allocated > 0)
        {
            return Ok(refused("adopt-bound_already"));
        }
    }
    if let (Some(made), Some(sending)) = (order.created, row.sending_at)
        && made < sending.plus_seconds(-BEFORE_SENDING_SECONDS)
    {
        return Ok(refused("adopt-older_than_booking"));
    }
    let carries_it = order.reference.as_deref() == Some(&row.reference);
    if order.status == PurchaseStatus::Building && !carries_it {
        return Ok(refused("adopt-still_made"));
    }
    if order.status == PurchaseStatus::Building && order.lines.is_empty() {
        return Ok(None);
    }
    let lines = bookings::lines(db, row.id).await?;
    let same = |l: &bookings::BookingLineRow| {
        order
            .lines
            .iter()
            .any(|o| o.item == l.item && o.specification == l.specification)
    };
    if !lines.iter().any(same) {
        return Ok(refused("adopt-other_goods"));
    }
    Ok(None)
}
