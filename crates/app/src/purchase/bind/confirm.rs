//! The person confirmed: units are taken, the order becomes a purchase.

use super::propose::propose;
use super::read::{in_the_way, stored};
use super::report::tell;
use super::{Found, Look, Number, NumberState, step_name};
use crate::activity::{self, ActivityState, StepState};
use crate::history::{self, Change};
use crate::purchase::cancel::CancelState;
use crate::purchase::record::{self, Keep, Recorded, Snapshot, Source};
use crate::{AppError, Ctx, Message};
use domain::{ExceptionKind, HistoryKind, PurchaseStatus};
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::items::{self, Holder};
use store::purchases::{self, PurchaseRow};

/// What was read longer ago is read anew before it is bound, in seconds.
const LASTS_SECONDS: i64 = 900;

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
        run.step(&step_name(number), StepState::Done, said, now);
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
        let payload = crate::purchase::read::Payload {
            session: found.session,
            number: row.order_number.clone(),
            source: Source::Person,
            deliveries: true,
        };
        crate::purchase::read::enqueue(&ctx.app, db, &payload, None, ctx.now()).await?;
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
