//! *Bind to goods provider's order*: reads orders by their numbers, proposes which lines cover
//! which items, and binds what a person confirms.
//!
//! Two steps. [`look`] begins a run that reads one order per job turn and keeps the proposal in
//! the run's memory; nothing is bound yet. [`confirm`] checks everything anew in the transaction
//! that binds. An order that carries the reference of a booking without a certain outcome is not
//! bound but taken as that outcome.

use crate::activity::{self, Activity, ActivityState, Begin, Begun, StepState};
use crate::history::{self, Change};
use crate::message::json;
use crate::purchase::cancel::CancelState;
use crate::purchase::record::{self, Keep, PROVISIONAL, Recorded, Snapshot, Source};
use crate::session::Failure;
use crate::worker::Task;
use crate::{Actor, App, AppError, Ctx, JobEnd, JobKind, Message};
use domain::binding::{self, BindItem, BindLine, BindProposal};
use domain::evidence::BookingState;
use domain::{BindRefusal, ExceptionKind, HistoryKind, PurchaseStatus};
use marketplaces::{ErrorKind, MarketLine, MarketOrder};
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::items::{self, Holder, ItemRow};
use store::jobs::{self, NewJob};
use store::purchases::{self, PurchaseLineRow, PurchaseRow};
use world::Timestamp;

/// Most numbers in one look.
const MOST_NUMBERS: usize = 20;
/// What was read longer ago is read anew before it is bound, in seconds.
const LASTS_SECONDS: i64 = 900;
/// An order that the marketplace dates so long before the sending can still be of that booking:
/// clocks differ.
const BEFORE_SENDING_SECONDS: i64 = 900;

/// What is looked up.
#[derive(Clone, Debug, Default)]
pub struct BindLook {
    /// Given by the form.
    pub request_id: String,
    /// Order from whose page it is done.
    pub order: i64,
    /// Chosen items; none means every item with free units.
    pub items: Vec<i64>,
    /// Session by marketplace, as chosen in the session bar.
    pub sessions: BTreeMap<String, i64>,
    /// Which marketplace the numbers are of; needed where the items are of several.
    pub marketplace: Option<String>,
    /// Order numbers as pasted.
    pub text: String,
}

/// The memory of a look.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Look {
    /// Order.
    pub order: i64,
    /// Its number.
    pub order_number: String,
    /// Marketplace.
    pub marketplace: String,
    /// Chosen items; none means every item with free units.
    pub chosen: Vec<i64>,
    /// The numbers, in their order.
    pub numbers: Vec<Number>,
    /// Who looks.
    pub actor: String,
}

/// One number.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Number {
    /// Marketplace's number.
    pub number: String,
    /// Sessions that are still to be tried, the next one first.
    pub sessions: Vec<i64>,
    /// How it stands.
    pub state: NumberState,
}

/// How a number stands.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum NumberState {
    /// To be read.
    Reading,
    /// It cannot be bound.
    Refused {
        /// What stands in the way.
        reason: Message,
    },
    /// It was the order of a booking of ours and was taken as its outcome.
    Adopted {
        /// That booking's reference.
        reference: String,
    },
    /// Read; a person confirms.
    Found {
        /// What was read, and what it would cover.
        found: Box<Found>,
    },
    /// Bound.
    Bound {
        /// Purchase.
        purchase: i64,
        /// Units bound.
        units: i64,
    },
    /// Read and not chosen.
    LeftOut,
}

/// An order that was read, and what it would cover.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Found {
    /// Session that can see it.
    pub session: i64,
    /// That session's login name.
    pub login: String,
    /// When the read began.
    pub read_at: Timestamp,
    /// The order.
    pub order: MarketOrder,
    /// Units of each line, by position, that cover items already.
    pub allocated: Vec<i64>,
    /// What it would cover; lines are told by their position in the order.
    pub proposal: BindProposal,
}

/// Payload of the job.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct BindJob {
    activity: i64,
    number: usize,
    session: i64,
}

/// Begins a look.
///
/// # Errors
/// Text that holds no numbers, a marketplace that is not named or has no session; the database's.
pub async fn look(ctx: &Ctx, request: BindLook) -> Result<Begun, AppError> {
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

async fn begin(ctx: &Ctx, db: &mut Db, request: &BindLook) -> Result<Begun, AppError> {
    let order = store::orders::by_id(db, request.order)
        .await?
        .ok_or(AppError::NotFound("order"))?;
    let rows = items::of_order(db, order.id).await?;
    if !request
        .items
        .iter()
        .all(|id| rows.iter().any(|r| r.id == *id))
    {
        return Err(AppError::NotFound("item of this order"));
    }
    let marketplace = marketplace(request, &rows)?;
    let market = ctx.app.markets.get(&marketplace)?;
    let numbers = numbers(market.connector.order_numbers_from_text(&request.text))?;
    let mut look = Look {
        order: order.id,
        order_number: order.number.clone(),
        marketplace: marketplace.clone(),
        chosen: request.items.clone(),
        numbers: Vec::with_capacity(numbers.len()),
        actor: ctx.actor.to_string(),
    };
    let usual = sessions(ctx, db, &marketplace, request, order.last_session_id).await?;
    for number in numbers {
        let mut sessions = usual.clone();
        if let Some(known) = purchases::by_number(db, &marketplace, &number).await?
            && let Some(place) = sessions.iter().position(|s| *s == known.session_id)
        {
            sessions[..=place].rotate_right(1);
        }
        look.numbers.push(Number {
            number,
            sessions,
            state: NumberState::Reading,
        });
    }
    let wish = Begin {
        request_id: request.request_id.clone(),
        operation: "bind",
        order_id: Some(order.id),
        session_id: usual.first().copied(),
        title: Message::of("activity-bind")
            .with("order", &order.number)
            .with("numbers", look.numbers.len()),
        data: json(&look),
    };
    let begun = activity::begin(ctx, db, &wish).await?;
    if begun.fresh {
        let mut run = activity::lock(db, begun.id).await?;
        advance(ctx, db, &mut run, &mut look).await?;
        run.set_data(&look);
        run.save(db, ctx.now()).await?;
    }
    Ok(begun)
}

/// Of which marketplace the numbers are.
fn marketplace(request: &BindLook, rows: &[ItemRow]) -> Result<String, AppError> {
    if let Some(named) = &request.marketplace {
        return Ok(named.clone());
    }
    let of = |fits: &dyn Fn(&ItemRow) -> bool| -> BTreeSet<&str> {
        let fitting = rows.iter().filter(|r| fits(r));
        fitting.map(|r| r.marketplace.as_str()).collect()
    };
    let mut found = of(&|r| {
        if request.items.is_empty() {
            r.free() > 0 && !r.status.is_left_out()
        } else {
            request.items.contains(&r.id)
        }
    });
    if found.is_empty() {
        found = of(&|_| true);
    }
    match found.first() {
        Some(only) if found.len() == 1 => Ok((*only).to_owned()),
        Some(_) => Err(AppError::field(
            "marketplace",
            Message::of("bind-one_marketplace"),
        )),
        None => Err(AppError::refused("bind-no_items")),
    }
}

/// The numbers, each once.
fn numbers(read: Vec<Result<String, String>>) -> Result<Vec<String>, AppError> {
    let wrong: Vec<&str> = read
        .iter()
        .filter_map(|r| r.as_ref().err().map(String::as_str))
        .collect();
    let refuse = |message: Message| Err(AppError::field("numbers", message));
    if !wrong.is_empty() {
        return refuse(Message::of("bind-no_number").with("pieces", wrong.join(" · ")));
    }
    let mut out: Vec<String> = Vec::new();
    for number in read.into_iter().flatten() {
        if !out.contains(&number) {
            out.push(number);
        }
    }
    if out.is_empty() {
        return refuse(Message::of("bind-empty"));
    }
    if out.len() > MOST_NUMBERS {
        return refuse(Message::of("bind-too_many").with("most", MOST_NUMBERS));
    }
    Ok(out)
}

/// Sessions of the marketplace that can be asked, the chosen one first.
async fn sessions(
    ctx: &Ctx,
    db: &mut Db,
    marketplace: &str,
    request: &BindLook,
    last: Option<i64>,
) -> Result<Vec<i64>, AppError> {
    let rows = store::sessions::of_marketplace(db, marketplace).await?;
    let mut first = request.sessions.get(marketplace).copied();
    if first.is_none() {
        first = crate::session::choose(db, marketplace, last, ctx.now()).await?;
    }
    let mut out: Vec<i64> = rows
        .iter()
        .filter(|r| r.state == "active")
        .map(|r| r.id)
        .collect();
    out.sort_by_key(|id| (Some(*id) != first, *id));
    if out.is_empty() {
        return Err(AppError::refused(if rows.is_empty() {
            "bind-no_session"
        } else {
            "bind-no_session_works"
        }));
    }
    Ok(out)
}

fn step_name(number: &str) -> String {
    format!("read {number}")
}

/// Enqueues the next read, or ends the reading with a proposal.
async fn advance(
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
            .with("number", &number.number)
            .with("session", login);
        run.step(&step_name(&number.number), StepState::Running, said, now);
        let payload = BindJob {
            activity: run.row.id,
            number: index,
            session,
        };
        let job = NewJob {
            id: ctx.id(),
            kind: JobKind::BindRead.code(),
            dedupe: Some(format!("bind:{}", run.row.id)),
            payload: json(&payload),
            session_id: Some(session),
            activity_id: Some(run.row.id),
            run_at: now,
        };
        jobs::enqueue(db, &job, now).await?;
        return Ok(());
    }
    propose(db, look).await?;
    tell(db, run, look, now).await
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
            Ok(order) => Ok(order),
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
                let now = ctx.now();
                if !jobs::finish(db, held, now).await? {
                    return Ok(JobEnd::Settled);
                }
                let mut run = activity::lock(db, job.activity).await?;
                if run.state().is_over() {
                    return Ok(JobEnd::Settled);
                }
                if run.row.stop_asked {
                    run.go(ActivityState::Stopped, now);
                    run.save(db, now).await?;
                    return Ok(JobEnd::Settled);
                }
                let mut look: Look = run.data()?;
                take(&ctx, db, &mut look, read).await?;
                advance(&ctx, db, &mut run, &mut look).await?;
                run.set_data(&look);
                run.save(db, now).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
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
        Ok(order) => order,
        Err(_) if !number.sessions.is_empty() => return Ok(()),
        Err(why) => {
            let reason = why.unwrap_or_else(|| Message::of("bind-not_visible"));
            number.state = NumberState::Refused {
                reason: reason.with("number", &number.number),
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
async fn in_the_way(db: &mut Db, snapshot: &Snapshot) -> Result<Option<Message>, AppError> {
    let order = &snapshot.order;
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
fn stored<'a>(lines: &'a [PurchaseLineRow], shown: &MarketLine) -> Option<&'a PurchaseLineRow> {
    lines.iter().find(|l| l.line == shown.line).or_else(|| {
        let same = |l: &&PurchaseLineRow| {
            l.line.starts_with(PROVISIONAL)
                && l.item == shown.item
                && l.specification == shown.specification
        };
        lines.iter().find(same)
    })
}

/// The items that may be covered, with what is free of them.
async fn candidates(db: &mut Db, look: &Look) -> Result<Vec<BindItem>, AppError> {
    let numbering = crate::item::numbering(db).await?;
    let rows = items::of_order(db, look.order).await?;
    let wanted = |r: &&ItemRow| {
        r.marketplace == look.marketplace
            && if look.chosen.is_empty() {
                !r.status.is_left_out()
            } else {
                look.chosen.contains(&r.id)
            }
    };
    Ok(rows
        .iter()
        .filter(wanted)
        .map(|r| BindItem {
            id: r.id,
            number: numbering.item(&look.order_number, r.position),
            item: Some(r.item.clone()),
            specification: r.specification.clone(),
            free: r.free(),
            status: r.status,
        })
        .collect())
}

/// Proposes for every order that was read what it covers, each from what the ones before it leave.
async fn propose(db: &mut Db, look: &mut Look) -> Result<(), AppError> {
    let mut items = candidates(db, look).await?;
    let marketplace = look.marketplace.clone();
    for number in &mut look.numbers {
        let NumberState::Found { found } = &mut number.state else {
            continue;
        };
        if let Some(row) = purchases::by_number(db, &marketplace, &number.number).await? {
            let lines = purchases::lines(db, row.id).await?;
            found.allocated = found
                .order
                .lines
                .iter()
                .map(|l| stored(&lines, l).map_or(0, |s| s.units_allocated))
                .collect();
        }
        found.proposal = proposal(&found.order, &found.allocated, &items);
        for share in &found.proposal.matches {
            if let Some(item) = items.iter_mut().find(|i| i.id == share.claim) {
                item.free -= share.units;
            }
        }
    }
    Ok(())
}

fn proposal(order: &MarketOrder, allocated: &[i64], items: &[BindItem]) -> BindProposal {
    let lines: Vec<BindLine> = order
        .lines
        .iter()
        .zip(0_i64..)
        .zip(allocated.iter().copied().chain(std::iter::repeat(0)))
        .map(|((line, position), allocated)| BindLine {
            id: position,
            item: line.item.clone(),
            specification: line.specification.clone(),
            quantity: line.quantity,
            allocated,
            status: line.status,
        })
        .collect();
    binding::propose(order.status, &lines, items)
}

/// Says in the run what was found, and what a person can do.
async fn tell(
    db: &mut Db,
    run: &mut Activity,
    look: &Look,
    now: Timestamp,
) -> Result<(), AppError> {
    let (mut found, mut adopted, mut refused) = (0, 0, 0);
    for number in &look.numbers {
        let name = step_name(&number.number);
        match &number.state {
            NumberState::Found { found: this } => {
                if let Some(refusal) = this.proposal.refusal {
                    refused += 1;
                    let why = why(db, look, this, refusal).await?;
                    run.step(&name, StepState::Error, why, now);
                    continue;
                }
                found += 1;
                let units: i64 = this.proposal.matches.iter().map(|m| m.units).sum();
                let surplus: i64 = this.proposal.surplus.iter().map(|s| s.units).sum();
                let said = Message::of("step-bind_found")
                    .with("number", &number.number)
                    .with("units", units)
                    .with("surplus", surplus)
                    .with("unmatched", this.proposal.unmatched.len());
                run.step(&name, StepState::Waiting, said, now).hint =
                    Some(Message::of("hint-bind_confirm"));
            }
            NumberState::Adopted { reference } => {
                adopted += 1;
                let said = Message::of("step-bind_adopted")
                    .with("number", &number.number)
                    .with("reference", reference);
                run.step(&name, StepState::Done, said, now);
            }
            NumberState::Refused { reason } => {
                refused += 1;
                run.step(&name, StepState::Error, reason.clone(), now);
            }
            NumberState::Reading | NumberState::Bound { .. } | NumberState::LeftOut => {}
        }
    }
    run.count("found", found);
    run.count("adopted", adopted);
    run.count("refused", refused);
    let state = if found > 0 {
        ActivityState::Waiting
    } else if adopted == 0 {
        ActivityState::Failed
    } else if refused > 0 {
        ActivityState::Partly
    } else {
        ActivityState::Done
    };
    run.go(state, now);
    Ok(())
}

/// A refusal in words that name what stands in the way.
async fn why(
    db: &mut Db,
    look: &Look,
    found: &Found,
    refusal: BindRefusal,
) -> Result<Message, AppError> {
    let items: Vec<&str> = found
        .proposal
        .unmatched
        .iter()
        .map(|u| u.number.as_str())
        .collect();
    let message = Message::of(&format!("bind-refusal-{}", refusal.key()))
        .with("number", &found.order.number)
        .with("order", &look.order_number)
        .with("items", items.join(", "));
    Ok(match refusal {
        BindRefusal::AlreadyBound => {
            let mut orders = BTreeSet::new();
            let known = purchases::by_number(db, &look.marketplace, &found.order.number).await?;
            if let Some(row) = known {
                let covers = purchases::covers(db, row.id).await?;
                orders.extend(covers.into_iter().map(|c| c.order_number));
            }
            message.with("orders", orders.into_iter().collect::<Vec<_>>().join(", "))
        }
        BindRefusal::NoFreeUnits => {
            let mut by: Vec<String> = purchases::of_order(db, look.order)
                .await?
                .into_iter()
                .map(|p| p.order_number)
                .collect();
            let open = store::bookings::open_of_order(db, look.order).await?;
            by.extend(open.into_iter().map(|b| b.reference));
            message.with("by", by.join(", "))
        }
        BindRefusal::OtherGoods | BindRefusal::NothingMatches => {
            let goods: BTreeSet<&str> = found.order.lines.iter().map(|l| l.item.as_str()).collect();
            let goods: Vec<&str> = goods.into_iter().take(5).collect();
            let first = found.proposal.unmatched.first();
            message
                .with("goods", goods.join(", "))
                .with("reason", first.map_or("", |u| u.reason.key()))
        }
        BindRefusal::Closed | BindRefusal::NoLines => message,
    })
}

/// Units that a person wants to be covered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BindChoice {
    /// Marketplace's number.
    pub number: String,
    /// Position of the line in that order.
    pub line: usize,
    /// Item.
    pub item: i64,
    /// Units.
    pub units: i64,
}

/// Binds what a person has chosen from the proposal. Everything is checked anew; when something
/// stands in the way nothing is bound, and the proposal is made anew. Confirming twice does
/// nothing more.
///
/// # Errors
/// Says what stands in the way; the database's.
pub async fn confirm(ctx: &Ctx, activity: i64, choices: Vec<BindChoice>) -> Result<(), AppError> {
    ctx.person()?;
    let work = ctx.clone();
    let done = ctx
        .app
        .store
        .write::<_, AppError, _>(move |db| {
            let (ctx, choices) = (work.clone(), choices.clone());
            Box::pin(async move { bind(&ctx, db, activity, &choices).await })
        })
        .await;
    if let Err(AppError::Refused(_)) = &done {
        anew(ctx, activity).await?;
    }
    match done {
        // The row's own rule: another transaction was faster.
        Err(AppError::Store(store::Error::Check(_))) => {
            anew(ctx, activity).await?;
            Err(AppError::refused("bind-units_taken"))
        }
        other => other,
    }
}

/// Proposes anew from what is free now.
async fn anew(ctx: &Ctx, activity: i64) -> Result<(), AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let mut run = activity::lock(db, activity).await?;
                if run.row.operation != "bind" || run.state() != ActivityState::Waiting {
                    return Ok(());
                }
                let mut look: Look = run.data()?;
                propose(db, &mut look).await?;
                tell(db, &mut run, &look, ctx.now()).await?;
                run.set_data(&look);
                run.save(db, ctx.now()).await
            })
        })
        .await
}

async fn bind(
    ctx: &Ctx,
    db: &mut Db,
    activity: i64,
    choices: &[BindChoice],
) -> Result<(), AppError> {
    let now = ctx.now();
    let mut run = activity::lock(db, activity).await?;
    if run.row.operation != "bind" {
        return Err(AppError::NotFound("look"));
    }
    let mut look: Look = run.data()?;
    let bound = |n: &Number| matches!(n.state, NumberState::Bound { .. });
    if run.state().is_over() && look.numbers.iter().any(bound) {
        return Ok(());
    }
    if run.state() != ActivityState::Waiting {
        return Err(AppError::refused("bind-not_waiting"));
    }
    if choices.is_empty() {
        return Err(AppError::refused("bind-nothing_chosen"));
    }
    let known = |c: &BindChoice| look.numbers.iter().any(|n| n.number == c.number);
    if !choices.iter().all(known) {
        return Err(AppError::NotFound("number of the look"));
    }
    let order = look.order;
    let (mut total, mut left_out) = (0, 0);
    let marketplace = look.marketplace.clone();
    for number in &mut look.numbers {
        let NumberState::Found { found } = &number.state else {
            left_out += usize::from(!matches!(number.state, NumberState::Adopted { .. }));
            continue;
        };
        let mine: Vec<&BindChoice> = choices
            .iter()
            .filter(|c| c.number == number.number)
            .collect();
        if mine.is_empty() {
            left_out += 1;
            number.state = NumberState::LeftOut;
            continue;
        }
        let found = (**found).clone();
        let (purchase, units) = bind_one(ctx, db, &marketplace, order, &found, &mine).await?;
        total += units;
        let said = Message::of("step-bound")
            .with("marketplace", &marketplace)
            .with("number", &number.number)
            .with("units", units);
        run.step(&step_name(&number.number), StepState::Done, said, now);
        number.state = NumberState::Bound { purchase, units };
    }
    run.count("units", total);
    run.set_data(&look);
    run.go(
        if left_out > 0 {
            ActivityState::Partly
        } else {
            ActivityState::Done
        },
        now,
    );
    run.save(db, now).await
}

/// Binds one order in the caller's transaction. Gives the purchase and the number of units.
async fn bind_one(
    ctx: &Ctx,
    db: &mut Db,
    marketplace: &str,
    order: i64,
    found: &Found,
    choices: &[&BindChoice],
) -> Result<(i64, i64), AppError> {
    let refuse =
        |key: &str| AppError::Refused(Message::of(key).with("number", &found.order.number));
    let snapshot = Snapshot {
        marketplace: marketplace.to_owned(),
        session: found.session,
        order: found.order.clone(),
        read_at: found.read_at,
        source: Source::Person,
        keep: Keep::Any,
    };
    if let Some(why) = in_the_way(db, &snapshot).await? {
        return Err(AppError::Refused(why));
    }
    // An older snapshot than the stored one changes nothing: what is bound rests on the newest facts.
    let Recorded::Purchase(purchase) = record::record(ctx, db, &snapshot).await? else {
        return Err(refuse("bind-not_recorded"));
    };
    let mut row = purchases::lock(db, purchase).await?;
    if ctx.now().seconds_since(row.read_at) > LASTS_SECONDS {
        return Err(refuse("bind-look_again"));
    }
    if row.status == PurchaseStatus::Closed {
        return Err(refuse("bind-refusal-closed"));
    }
    if CancelState::of(&row).is_some_and(CancelState::is_open) {
        return Err(refuse("bind-being_cancelled"));
    }
    let mut units = 0;
    for choice in choices {
        take_units(ctx, db, &row, order, found, choice).await?;
        units += choice.units;
    }
    if row.unbound_at.is_some() {
        row.unbound_at = None;
        row.unbound_reason = None;
        purchases::save(db, &row).await?;
    }
    accept_surfaced(ctx, db, purchase).await?;
    record::after(ctx, db, purchase, &mut BTreeSet::from([order])).await?;
    crate::order::settle(ctx, db, order, &BTreeMap::new()).await?;
    let sent = matches!(
        row.status,
        PurchaseStatus::PartlySent | PurchaseStatus::Sent | PurchaseStatus::Signed
    );
    if sent && purchases::deliveries(db, purchase).await?.is_empty() {
        let payload = super::read::Payload {
            session: found.session,
            number: row.order_number.clone(),
            source: Source::Person,
            deliveries: true,
        };
        super::read::enqueue(&ctx.app, db, &payload, None, ctx.now()).await?;
    }
    Ok((purchase, units))
}

async fn take_units(
    ctx: &Ctx,
    db: &mut Db,
    row: &PurchaseRow,
    order: i64,
    found: &Found,
    choice: &BindChoice,
) -> Result<(), AppError> {
    let item = items::lock(db, choice.item).await?;
    if item.order_id != order {
        return Err(AppError::NotFound("item of this order"));
    }
    let shown = found
        .order
        .lines
        .get(choice.line)
        .ok_or(AppError::NotFound("line of the order"))?;
    let lines = purchases::lines(db, row.id).await?;
    let line = stored(&lines, shown).ok_or(AppError::NotFound("line of the order"))?;
    let numbering = crate::item::numbering(db).await?;
    let number = store::orders::by_id(db, order)
        .await?
        .map_or_else(String::new, |o| numbering.item(&o.number, item.position));
    let refuse = |key: &str| {
        let message = Message::of(key)
            .with("number", &row.order_number)
            .with("item", &number)
            .with("units", choice.units)
            .with("free", item.free())
            .with("left", line.unallocated());
        Err(AppError::Refused(message))
    };
    if choice.units < 1 {
        return refuse("bind-no_units");
    }
    if item.status.is_left_out() {
        return refuse("bind-item_left_out");
    }
    let text = |t: &Option<String>| t.as_deref().map(str::trim).unwrap_or_default().to_owned();
    let same = item.marketplace == row.marketplace
        && item.item == line.item
        && text(&item.specification) == text(&line.specification);
    if !same {
        return refuse("bind-other_goods");
    }
    if line.status == PurchaseStatus::Closed {
        return refuse("bind-line_closed");
    }
    if item.free() < choice.units {
        return refuse("bind-units_taken");
    }
    if line.unallocated() < choice.units {
        return refuse("bind-line_used_up");
    }
    let holder = Holder::PurchaseLine(line.id);
    items::take(db, ctx.id(), item.id, holder, choice.units, ctx.now()).await?;
    let change = Change {
        item: Some(item.id),
        purchase: Some(row.id),
        became: Some(row.order_number.clone()),
        facts: Some(serde_json::json!({
            "number": row.order_number,
            "marketplace": row.marketplace,
            "units": choice.units,
        })),
        ..Change::default()
    };
    history::add(ctx, db, order, HistoryKind::PurchaseBound, change).await
}

/// An order that surfaced where nobody expected it has found its use: that it surfaced needs
/// nobody any more.
async fn accept_surfaced(ctx: &Ctx, db: &mut Db, purchase: i64) -> Result<(), AppError> {
    let kinds = [
        ExceptionKind::SurplusOrder,
        ExceptionKind::SurfacedAfterRelease,
        ExceptionKind::RefusedButExists,
    ];
    for open in store::exceptions::of_purchase(db, purchase).await? {
        if kinds.iter().any(|k| k.code() == open.kind) {
            let by = ctx.actor.to_string();
            store::exceptions::accept(db, open.id, ctx.now(), &by).await?;
        }
    }
    Ok(())
}

/// Ends a look without binding anything (more).
///
/// # Errors
/// When it is over; the database's.
pub async fn leave(ctx: &Ctx, activity: i64) -> Result<(), AppError> {
    ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let now = ctx.now();
                let mut run = activity::lock(db, activity).await?;
                if run.row.operation != "bind" {
                    return Err(AppError::NotFound("look"));
                }
                if run.state().is_over() {
                    return Err(AppError::refused("activity-is_over"));
                }
                let said = Message::of("step-bind_left").with("person", &ctx.actor);
                run.step("left", StepState::Warning, said, now);
                run.row.stop_asked = true;
                run.go(ActivityState::Stopped, now);
                run.save(db, now).await
            })
        })
        .await
}

/// The memory of a look: numbers, what was found, what it would cover.
///
/// # Errors
/// When there is no such look; the database's.
pub async fn shown(app: &App, activity: i64) -> Result<(Activity, Look), AppError> {
    let run = activity::show(app, activity).await?;
    if run.row.operation != "bind" {
        return Err(AppError::NotFound("look"));
    }
    let look = run.data()?;
    Ok((run, look))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Fen, ItemStatus};

    #[test]
    fn pasted_numbers_are_taken_once_each_or_refused_with_the_piece() {
        let ok = |text: &str| Ok(text.to_owned());
        let read = vec![
            ok("2257164624870311973"),
            ok("2257164624870311973"),
            ok("1"),
        ];
        assert_eq!(numbers(read).unwrap(), ["2257164624870311973", "1"]);
        let key = |read: Vec<Result<String, String>>| match numbers(read) {
            Err(AppError::Invalid(faults)) => faults[0].message.clone(),
            other => panic!("{other:?}"),
        };
        let wrong = key(vec![ok("1"), Err("abc".to_owned())]);
        assert_eq!(wrong.key, "bind-no_number");
        assert_eq!(wrong.args["pieces"], "abc");
        assert_eq!(key(Vec::new()).key, "bind-empty");
        let many = (0..21).map(|n| Ok(n.to_string())).collect();
        assert_eq!(key(many).key, "bind-too_many");
    }

    fn line(id: &str, item: &str, quantity: i64) -> MarketLine {
        MarketLine {
            line: id.to_owned(),
            item: item.to_owned(),
            specification: None,
            title: String::new(),
            configuration: String::new(),
            image: None,
            quantity,
            price: Fen(100),
            amount: Fen(100 * quantity),
            status: PurchaseStatus::ToPay,
            raw_status: String::new(),
            raw_refund: None,
            refunded: false,
        }
    }

    #[test]
    fn lines_are_told_by_their_place_and_what_covers_already_counts() {
        let order = MarketOrder {
            number: "1".to_owned(),
            reference: None,
            account: None,
            seller: None,
            seller_name: None,
            status: PurchaseStatus::ToPay,
            raw_status: String::new(),
            raw_refund: None,
            total: Fen(0),
            goods: Fen(0),
            freight: Fen(0),
            refunded: Fen(0),
            created: None,
            modified: None,
            paid: None,
            pay_by: None,
            sent: None,
            close_reason: None,
            lines: vec![line("a", "A", 2), line("b", "B", 5)],
            deliveries: Vec::new(),
        };
        let item = BindItem {
            id: 7,
            number: "№ 53-1".to_owned(),
            item: Some("B".to_owned()),
            specification: None,
            free: 4,
            status: ItemStatus::Paid,
        };
        let proposal = proposal(&order, &[0, 3], &[item]);
        let shares: Vec<_> = proposal
            .matches
            .iter()
            .map(|m| (m.claim, m.line, m.units))
            .collect();
        assert_eq!(shares, [(7, 1, 2)]);
        assert_eq!(proposal.surplus.len(), 1);
    }
}
