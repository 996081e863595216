//! *Cancel at the marketplace*: asked by a person, sent at most once per asking, proved only by
//! reading the order.
//!
//! Whatever the purchase covers stays covered until a read shows it closed; [`super::record`] frees
//! the units then. A cancel whose outcome is not known is never sent again by itself: a person may
//! ask once more when a later read shows the order still open.

use crate::activity::{self, Activity, ActivityState, Begin, Begun, StepState};
use crate::history::{self, Change};
use crate::market::SessionCalls;
use crate::message::json;
use crate::purchase::record::{self, Keep, Snapshot, Source};
use crate::session::Failure;
use crate::worker::Task;
use crate::{Actor, App, AppError, Ctx, JobEnd, JobKind, Message};
use domain::{HistoryKind, PurchaseStatus};
use marketplaces::{Capabilities, ErrorKind, MarketError, Once};
use std::collections::BTreeSet;
use store::Db;
use store::jobs::{self, Held, NewJob, Postpone};
use store::purchases::{self, PurchaseRow};
use world::{Boot, Timestamp};

/// Seconds from the permit within which the request must have begun to leave.
const SEND_WITHIN_SECONDS: i64 = 10;
/// A read this long after the sending that still shows the order open lets a person ask again.
const ASK_AGAIN_SECONDS: i64 = 60;
/// When the order is read after the sending, in seconds since it.
const READS: [i64; 4] = [0, 5, 20, ASK_AGAIN_SECONDS + 1];
/// The marketplace's clock counts whole seconds.
const CLOCK_SECONDS: i64 = 1;

/// How far a cancel has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CancelState {
    /// Asked by a person; not sent.
    Asked,
    /// Its one sender has the permit.
    Sending,
    /// Sent, and not yet proved; or nobody knows whether it was sent.
    Unknown,
    /// The marketplace refused it; the order is open.
    Refused,
    /// The order was paid meanwhile: the binding stays.
    Overtaken,
    /// The order was read as closed.
    Done,
}

impl CancelState {
    const ALL: [Self; 6] = [
        Self::Asked,
        Self::Sending,
        Self::Unknown,
        Self::Refused,
        Self::Overtaken,
        Self::Done,
    ];

    /// The stored word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Overtaken => "overtaken",
            Self::Done => "done",
        }
    }

    /// The state of a purchase's cancel, if one was asked.
    #[must_use]
    pub fn of(row: &PurchaseRow) -> Option<Self> {
        let code = row.cancel_state.as_deref()?;
        Some(
            Self::ALL
                .into_iter()
                .find(|s| s.code() == code)
                .unwrap_or(Self::Unknown),
        )
    }

    /// It has no end yet.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Sending | Self::Unknown)
    }
}

/// What a read proves of an open cancel.
#[must_use]
pub(crate) fn proved(row: &PurchaseRow) -> Option<CancelState> {
    if !CancelState::of(row)?.is_open() {
        None
    } else if row.was_paid {
        Some(CancelState::Overtaken)
    } else if row.status == PurchaseStatus::Closed {
        Some(CancelState::Done)
    } else {
        None
    }
}

/// May this purchase be cancelled at its marketplace now?
///
/// # Errors
/// Says what stands in the way.
pub fn allowed(row: &PurchaseRow, can: &Capabilities) -> Result<(), Message> {
    let no = |key: &str| Err(Message::of(key).with("number", &row.order_number));
    if !can.cancel {
        return no("cancel-not_by_api");
    }
    if row.was_paid {
        return no("cancel-paid");
    }
    if row.status.is_over() {
        return no("cancel-over");
    }
    match CancelState::of(row) {
        Some(CancelState::Asked | CancelState::Sending) => no("cancel-under_way"),
        Some(CancelState::Unknown) => {
            let from = row
                .cancel_asked_at
                .unwrap_or(row.read_at)
                .plus_seconds(ASK_AGAIN_SECONDS);
            if row.read_at >= from {
                Ok(())
            } else {
                Err(Message::of("cancel-look_first")
                    .with("number", &row.order_number)
                    .with("from", from.0))
            }
        }
        Some(CancelState::Refused | CancelState::Overtaken | CancelState::Done) | None => Ok(()),
    }
}

/// What a run of cancels works on: kept in its activity.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Cancels {
    /// One part per purchase.
    pub parts: Vec<Part>,
}

/// One purchase to be cancelled.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Part {
    /// Purchase.
    pub purchase: i64,
    /// Its number at the marketplace.
    pub number: String,
    /// How it ended, once it did.
    pub end: Option<PartEnd>,
}

/// How the cancel of one purchase ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartEnd {
    /// Read as closed.
    Closed,
    /// Paid meanwhile.
    Overtaken,
    /// Refused by the marketplace.
    Refused,
    /// Sent, and the order is still open: a person must decide.
    Open,
    /// A person stopped it before it was sent.
    Stopped,
}

/// Puts the parts back into the activity and derives its state.
pub(crate) fn settle(activity: &mut Activity, cancels: &Cancels, now: Timestamp) {
    let count = |end: PartEnd| cancels.parts.iter().filter(|p| p.end == Some(end)).count();
    let (closed, all) = (count(PartEnd::Closed), cancels.parts.len());
    activity.count("cancelled", i64::try_from(closed).unwrap_or(i64::MAX));
    activity.set_data(cancels);
    let state = if cancels.parts.iter().any(|p| p.end.is_none()) {
        ActivityState::Running
    } else if closed == all {
        ActivityState::Done
    } else if closed > 0 || count(PartEnd::Open) > 0 {
        ActivityState::Partly
    } else if count(PartEnd::Stopped) == all {
        ActivityState::Stopped
    } else {
        ActivityState::Failed
    };
    activity.go(state, now);
}

/// Name of the step of one purchase.
pub(crate) fn step_name(purchase: i64) -> String {
    format!("cancel {purchase}")
}

/// What is cancelled.
#[derive(Clone, Debug)]
pub struct Cancel {
    /// Given by the form.
    pub request_id: String,
    /// Purchase.
    pub purchase: i64,
}

/// Cancels a purchase at its marketplace; also asks again where that is allowed. What it covers
/// stays covered until a read shows it closed.
///
/// # Errors
/// Says what stands in the way; the database's.
pub async fn cancel(ctx: &Ctx, request: Cancel) -> Result<Begun, AppError> {
    ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request) = (ctx.clone(), request.clone());
            Box::pin(async move { begin(&ctx, db, &request).await })
        })
        .await
}

/// Asks once more for a cancel that was refused or whose outcome is not known.
///
/// # Errors
/// When none was asked, or the order was not yet read long enough after the last sending.
pub async fn ask_again(ctx: &Ctx, request: Cancel) -> Result<Begun, AppError> {
    {
        let mut db = ctx.app.store.read().await?;
        let row = purchases::by_id(&mut db, request.purchase)
            .await?
            .ok_or(AppError::NotFound("purchase"))?;
        if row.cancel_state.is_none() {
            return Err(AppError::refused("cancel-not_asked"));
        }
    }
    cancel(ctx, request).await
}

async fn begin(ctx: &Ctx, db: &mut Db, request: &Cancel) -> Result<Begun, AppError> {
    let row = purchases::lock(db, request.purchase).await?;
    let orders = concerned(db, &row).await?;
    let cancels = Cancels {
        parts: vec![Part {
            purchase: row.id,
            number: row.order_number.clone(),
            end: None,
        }],
    };
    let wish = Begin {
        request_id: request.request_id.clone(),
        operation: "cancel",
        order_id: orders.first().copied(),
        session_id: Some(row.session_id),
        title: Message::of("activity-cancel").with("number", &row.order_number),
        data: json(&cancels),
    };
    let begun = activity::begin(ctx, db, &wish).await?;
    if begun.fresh {
        ask(ctx, db, row, begun.id, &orders).await?;
    }
    Ok(begun)
}

/// Orders on whose timelines a cancel is told.
async fn concerned(db: &mut Db, row: &PurchaseRow) -> Result<Vec<i64>, AppError> {
    let mut orders: BTreeSet<i64> = purchases::orders(db, row.id).await?.into_iter().collect();
    if orders.is_empty()
        && let Some(booking) = row.booking_id
    {
        orders.extend(store::bookings::orders(db, booking).await?);
    }
    Ok(orders.into_iter().collect())
}

/// Asks for the cancel of a purchase held by the caller's transaction, as a part of a begun run.
///
/// # Errors
/// Says what stands in the way; the database's.
pub(crate) async fn ask(
    ctx: &Ctx,
    db: &mut Db,
    mut row: PurchaseRow,
    activity: i64,
    orders: &[i64],
) -> Result<(), AppError> {
    let market = ctx.app.markets.get(&row.marketplace)?;
    let can = market.connector.capabilities();
    allowed(&row, can).map_err(AppError::Refused)?;
    let now = ctx.now();
    row.cancel_state = Some(CancelState::Asked.code().to_owned());
    row.cancel_token = None;
    row.cancel_asked_at = Some(now);
    row.cancel_error = None;
    purchases::save(db, &row).await?;
    for order in orders {
        store::activities::touches(db, activity, *order).await?;
        let change = Change {
            purchase: Some(row.id),
            became: Some(row.order_number.clone()),
            facts: Some(
                serde_json::json!({ "number": row.order_number, "marketplace": row.marketplace }),
            ),
            ..Change::default()
        };
        history::add(ctx, db, *order, HistoryKind::CancelAsked, change).await?;
    }
    let at = not_before(&row, can).map_or(now, |t| t.max(now));
    let said = Message::of("step-cancel_asked")
        .with("marketplace", &row.marketplace)
        .with("number", &row.order_number)
        .with("at", at.0);
    let mut running = activity::lock(db, activity).await?;
    running.step(&step_name(row.id), StepState::Running, said, now);
    running.save(db, now).await?;
    record::after(ctx, db, row.id, &mut orders.iter().copied().collect()).await?;
    let payload = CancelJob {
        purchase: row.id,
        activity,
        actor: ctx.actor.to_string(),
        reads: 0,
        refused: None,
    };
    enqueue(ctx, db, row.session_id, &payload, at).await
}

/// The marketplace refuses a cancel before this moment.
fn not_before(row: &PurchaseRow, can: &Capabilities) -> Option<Timestamp> {
    let made = row.made_at?;
    Some(made.plus_seconds(can.cancel_not_before_seconds + CLOCK_SECONDS))
}

/// Payload of the job.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct CancelJob {
    /// Purchase.
    pub purchase: i64,
    /// The run.
    pub activity: i64,
    /// Who asked.
    pub actor: String,
    /// Reads since the sending.
    pub reads: usize,
    /// The marketplace's definite no, before the read that shows what is behind it.
    pub refused: Option<Message>,
}

async fn enqueue(
    ctx: &Ctx,
    db: &mut Db,
    session: i64,
    payload: &CancelJob,
    at: Timestamp,
) -> Result<(), AppError> {
    let job = NewJob {
        id: ctx.id(),
        kind: JobKind::PurchaseCancel.code(),
        dedupe: Some(dedupe(payload)),
        payload: json(payload),
        session_id: Some(session),
        activity_id: (payload.activity != NO_RUN).then_some(payload.activity),
        run_at: at,
    };
    jobs::enqueue(db, &job, ctx.now()).await?;
    Ok(())
}

fn dedupe(job: &CancelJob) -> String {
    format!("cancel:{}:{}", job.purchase, job.activity)
}

/// Stands for the run of a cancel that was taken up again.
const NO_RUN: i64 = 0;

/// A cancel that was asked long ago and never came to its sending gets a job: a lost job costs
/// time, never truth. Should the first job live after all, the states see to it that one sends.
///
/// # Errors
/// The database's.
pub(crate) async fn take_up(ctx: &Ctx, db: &mut Db, row: &PurchaseRow) -> Result<(), AppError> {
    let payload = CancelJob {
        purchase: row.id,
        activity: NO_RUN,
        actor: ctx.actor.to_string(),
        reads: 0,
        refused: None,
    };
    if jobs::exists(db, &dedupe(&payload)).await? {
        return Ok(());
    }
    enqueue(ctx, db, row.session_id, &payload, ctx.now()).await
}

/// Carries the job: one sending, or one read.
///
/// # Errors
/// The database's; marketplace failures put the job off or end it.
pub async fn run(app: &App, task: Task) -> Result<JobEnd, AppError> {
    let job: CancelJob = task.payload()?;
    let ctx = app.acting(Actor::Behalf(job.actor.clone()));
    let (row, calls, stop_asked) = {
        let mut db = app.store.read().await?;
        let row = purchases::by_id(&mut db, job.purchase)
            .await?
            .ok_or(AppError::NotFound("purchase"))?;
        let calls = app.session_calls(&mut db, row.session_id).await?;
        let run = store::activities::by_id(&mut db, job.activity).await?;
        (row, calls, run.is_some_and(|r| r.stop_asked))
    };
    match CancelState::of(&row) {
        Some(CancelState::Asked) if stop_asked => stop(&ctx, &task, job).await,
        Some(CancelState::Asked) => first(&ctx, &task, job, row, &calls).await,
        Some(CancelState::Sending) => {
            // Its sender is gone or slow: from here on it is only looked at.
            let why = Some(Message::of("cancel-sender_lost"));
            sent(&ctx, &task, job, None, why, None).await
        }
        Some(CancelState::Unknown) => look(&ctx, &task, job, &calls).await,
        Some(_) | None => end_by_state(&ctx, &task, job, row).await,
    }
}

async fn put_off(
    db: &mut Db,
    held: Held,
    at: Timestamp,
    job: Option<&CancelJob>,
) -> Result<(), AppError> {
    let how = Postpone {
        run_at: at,
        payload: job.map(json),
        free: true,
        error: None,
        slot_at: None,
    };
    jobs::postpone(db, held, &how).await?;
    Ok(())
}

/// What a read gave.
enum Read {
    /// The purchase as it stands after the read.
    Row(Box<PurchaseRow>),
    /// The job goes on later.
    Later(JobEnd),
    /// The order could not be read, and trying the same again makes no sense.
    Failed(Message),
}

/// Reads the order and records what it shows.
async fn read(
    ctx: &Ctx,
    purchase: i64,
    number: &str,
    calls: &SessionCalls,
) -> Result<Read, AppError> {
    let read_at = ctx.now();
    let order = match calls.connector().order_read(&calls.caller(), number).await {
        Ok(order) => order,
        Err(error) => {
            return Ok(
                match crate::session::call_failed(ctx, calls, &error).await? {
                    Failure::RetryAt(at) => Read::Later(JobEnd::Again(at)),
                    Failure::Paused => Read::Later(JobEnd::Again(ctx.now().plus_seconds(1))),
                    Failure::Final => Read::Failed(Message::market(&error)),
                },
            );
        }
    };
    let snapshot = Snapshot {
        marketplace: calls.session.marketplace.clone(),
        session: calls.session.id,
        order,
        read_at,
        source: Source::Person,
        keep: Keep::Ours,
    };
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, snapshot) = (ctx.clone(), snapshot.clone());
            Box::pin(async move {
                record::record(&ctx, db, &snapshot).await?;
                crate::session::call_succeeded(db, snapshot.session, ctx.now()).await?;
                let row = purchases::by_id(db, purchase)
                    .await?
                    .ok_or(AppError::NotFound("purchase"))?;
                Ok(Read::Row(Box::new(row)))
            })
        })
        .await
}

/// Asked and not sent: reads the order, and sends where that still makes sense.
async fn first(
    ctx: &Ctx,
    task: &Task,
    job: CancelJob,
    row: PurchaseRow,
    calls: &SessionCalls,
) -> Result<JobEnd, AppError> {
    let can = calls.connector().capabilities().clone();
    if let Some(at) = not_before(&row, &can).filter(|at| *at > ctx.now()) {
        return Ok(JobEnd::Again(at));
    }
    let row = match read(ctx, row.id, &row.order_number, calls).await? {
        Read::Row(row) => *row,
        Read::Later(end) => return Ok(end),
        Read::Failed(why) => return refused(ctx, task, job, why).await,
    };
    if CancelState::of(&row) != Some(CancelState::Asked) {
        return end_by_state(ctx, task, job, row).await;
    }
    if let Some(at) = not_before(&row, &can).filter(|at| *at > ctx.now()) {
        return Ok(JobEnd::Again(at));
    }
    let Some((token, once)) = permit(ctx, task.held, row.id).await? else {
        return Ok(JobEnd::Settled);
    };
    let answer = calls
        .connector()
        .order_cancel(&calls.caller(), &row.order_number, once)
        .await;
    let error = match answer {
        Ok(()) => return sent(ctx, task, job, Some(token), None, None).await,
        Err(error) => error,
    };
    let message = Message::market(&error);
    if let ErrorKind::TooEarly { next } = error.kind {
        let at = next.unwrap_or_else(|| ctx.now().plus_seconds(can.cancel_not_before_seconds));
        return back(ctx, task, job, token, at, message).await;
    }
    if mends_itself(&error) {
        match crate::session::call_failed(ctx, calls, &error).await? {
            Failure::RetryAt(at) => return back(ctx, task, job, token, at, message).await,
            Failure::Paused => {
                let at = ctx.now().plus_seconds(1);
                return back(ctx, task, job, token, at, message).await;
            }
            Failure::Final => {}
        }
    } else if error.kind == ErrorKind::Unclear {
        tracing::warn!(purchase = row.id, %error, "the outcome of a cancel is unknown");
        crate::session::call_failed(ctx, calls, &error).await?;
        return sent(ctx, task, job, Some(token), Some(message), None).await;
    }
    // A clear no; a read shows whether the order is closed, paid, or simply not to be cancelled.
    sent(ctx, task, job, Some(token), None, Some(message)).await
}

/// The cancel certainly was not executed, for a reason that passes.
const fn mends_itself(error: &MarketError) -> bool {
    matches!(
        error.kind,
        ErrorKind::NotSent
            | ErrorKind::Token
            | ErrorKind::Throttled { .. }
            | ErrorKind::Signature
            | ErrorKind::Permission
    )
}

/// `asked → sending`, committed and acknowledged: the only permit to send. `None` when it was not
/// given; the job was put off then.
async fn permit(ctx: &Ctx, held: Held, purchase: i64) -> Result<Option<(String, Once)>, AppError> {
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
async fn back(
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
async fn sent(
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

/// Sent or perhaps sent: reads the order, and ends when the read proves something or enough time
/// has passed for a person to decide.
async fn look(
    ctx: &Ctx,
    task: &Task,
    mut job: CancelJob,
    calls: &SessionCalls,
) -> Result<JobEnd, AppError> {
    let number = {
        let mut db = ctx.app.store.read().await?;
        let row = purchases::by_id(&mut db, job.purchase).await?;
        row.ok_or(AppError::NotFound("purchase"))?.order_number
    };
    let row = match read(ctx, job.purchase, &number, calls).await? {
        Read::Row(row) => *row,
        Read::Later(end) => return Ok(end),
        Read::Failed(why) => return leave_open(ctx, task, job, Some(why)).await,
    };
    if CancelState::of(&row) != Some(CancelState::Unknown) {
        return end_by_state(ctx, task, job, row).await;
    }
    if let Some(why) = job.refused.clone() {
        return refused(ctx, task, job, why).await;
    }
    job.reads += 1;
    let since = row.cancel_asked_at.unwrap_or(row.read_at);
    match READS.get(job.reads) {
        Some(seconds) if row.read_at < since.plus_seconds(ASK_AGAIN_SECONDS) => {
            let at = since.plus_seconds(*seconds).max(ctx.now().plus_seconds(1));
            let held = task.held;
            ctx.app
                .store
                .write::<_, AppError, _>(move |db| {
                    let job = job.clone();
                    Box::pin(async move { put_off(db, held, at, Some(&job)).await })
                })
                .await?;
            Ok(JobEnd::Settled)
        }
        _ => leave_open(ctx, task, job, None).await,
    }
}

/// Says in the run how the cancel of one purchase stands. A cancel that was taken up again after
/// its job had been lost has no run.
async fn tell(
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

async fn end_part(
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
async fn end_by_state(
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
async fn stop(ctx: &Ctx, task: &Task, job: CancelJob) -> Result<JobEnd, AppError> {
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

/// The marketplace said no, and the order is open all the same.
async fn refused(ctx: &Ctx, task: &Task, job: CancelJob, why: Message) -> Result<JobEnd, AppError> {
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

/// Enough was read: the order is still open. Synchronization goes on looking; a person may ask again.
async fn leave_open(
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

/// A purchase in some state.
#[cfg(test)]
pub(crate) fn sample(
    state: Option<CancelState>,
    status: PurchaseStatus,
    was_paid: bool,
) -> PurchaseRow {
    let at = Timestamp::from_seconds(1_000);
    PurchaseRow {
        id: 1,
        marketplace: "1688".to_owned(),
        order_number: "2257164624870311973".to_owned(),
        session_id: 1,
        booking_id: None,
        reference: None,
        seller: None,
        seller_name: String::new(),
        status,
        raw_status: String::new(),
        raw_refund: None,
        close_reason: None,
        total_fen: domain::Fen(100),
        goods_fen: domain::Fen(100),
        freight_fen: domain::Fen(0),
        refunded_fen: domain::Fen(0),
        accepted_fen: None,
        made_at: Some(at),
        modified_at: None,
        paid_at: None,
        pay_by: None,
        sent_at: None,
        read_at: at,
        source: "poll".to_owned(),
        first_seen_at: at,
        was_paid,
        unbound_at: None,
        unbound_reason: None,
        cancel_state: state.map(|s| s.code().to_owned()),
        cancel_token: None,
        cancel_asked_at: state.map(|_| at),
        cancel_error: None,
        read_due_at: at,
        version: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::sample as row;
    use super::*;

    fn can() -> Capabilities {
        let market = marketplaces::by_code("1688").unwrap();
        market.capabilities().clone()
    }

    #[test]
    fn only_a_read_proves_a_cancel_and_a_payment_overtakes_it() {
        use CancelState as C;
        use PurchaseStatus as P;
        for state in [C::Asked, C::Sending, C::Unknown] {
            assert_eq!(proved(&row(Some(state), P::ToPay, false)), None);
            assert_eq!(proved(&row(Some(state), P::Unknown, false)), None);
            assert_eq!(proved(&row(Some(state), P::Closed, false)), Some(C::Done));
            for status in [P::PaidToSeller, P::Closed] {
                let paid = row(Some(state), status, true);
                assert_eq!(proved(&paid), Some(C::Overtaken));
            }
        }
        for state in [None, Some(C::Refused), Some(C::Overtaken), Some(C::Done)] {
            assert_eq!(proved(&row(state, P::Closed, true)), None);
        }
    }

    #[test]
    fn an_unknown_cancel_is_asked_again_only_after_a_later_read() {
        use PurchaseStatus as P;
        let key = |row: &PurchaseRow| allowed(row, &can()).err().map(|m| m.key);
        let said = |key: &str| Some(key.to_owned());
        assert_eq!(key(&row(None, P::ToPay, false)), None);
        assert_eq!(key(&row(None, P::PaidToSeller, true)), said("cancel-paid"));
        assert_eq!(key(&row(None, P::Closed, false)), said("cancel-over"));
        let mut sending = row(Some(CancelState::Sending), P::ToPay, false);
        assert_eq!(key(&sending), said("cancel-under_way"));
        sending.cancel_state = Some("unknown".to_owned());
        sending.read_at = Timestamp::from_seconds(1_059);
        assert_eq!(key(&sending), said("cancel-look_first"));
        sending.read_at = Timestamp::from_seconds(1_060);
        assert_eq!(key(&sending), None);
        let refused = row(Some(CancelState::Refused), P::ToPay, false);
        assert_eq!(key(&refused), None);
        let never = Capabilities {
            cancel: false,
            ..can()
        };
        let why = allowed(&refused, &never).unwrap_err();
        assert_eq!(why.key, "cancel-not_by_api");
    }

    #[test]
    fn no_cancel_is_sent_before_the_marketplace_takes_it() {
        let at = not_before(&row(None, PurchaseStatus::ToPay, false), &can());
        assert_eq!(at, Some(Timestamp::from_seconds(1_011)));
    }
}
