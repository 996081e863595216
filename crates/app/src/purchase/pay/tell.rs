//! What became of a payment: kept with the purchase, told in its run.

use super::{LONG_SECONDS, Part, PartEnd, PayState, Payment, Payments, settle, step_name};
use crate::activity::{self, StepState};
use crate::history::{self, Change};
use crate::message::json;
use crate::purchase::record;
use crate::{AppError, Ctx, Message};
use domain::{HistoryKind, PurchaseStatus};
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::purchases::{self, PurchaseRow};
use world::Timestamp;

/// Says in the run how the payment of one purchase stands. Nothing is written when it is told already.
async fn tell(
    db: &mut Db,
    activity: i64,
    purchase: i64,
    state: StepState,
    message: Message,
    end: Option<PartEnd>,
    now: Timestamp,
) -> Result<(), AppError> {
    if store::activities::by_id(db, activity).await?.is_none() {
        return Ok(());
    }
    let mut run = activity::lock(db, activity).await?;
    let mut payments: Payments = run.data()?;
    let told = |part: &&mut Part| part.purchase == purchase && (end.is_none() || part.end != end);
    let Some(part) = payments.parts.iter_mut().find(told) else {
        return Ok(());
    };
    part.end = end;
    run.step(&step_name(purchase), state, message, now);
    settle(&mut run, &payments, now);
    run.save(db, now).await
}

/// Moves the payment of a purchase that this transaction holds to another state, and tells it.
pub(super) async fn becomes(
    ctx: &Ctx,
    db: &mut Db,
    mut row: PurchaseRow,
    state: PayState,
    why: Option<Message>,
) -> Result<(), AppError> {
    let Some(mut payment) = Payment::of(&row) else {
        return Ok(());
    };
    payment.state = state;
    payment.why.clone_from(&why);
    row.payment = Some(json(&payment));
    if payment.is_followed() {
        row.read_due_at = row.read_due_at.min(ctx.now().plus_seconds(1));
    }
    purchases::save(db, &row).await?;
    let mut orders = BTreeSet::new();
    record::after(ctx, db, row.id, &mut orders).await?;
    if state == PayState::Refused {
        for order in &orders {
            let facts = serde_json::json!({ "number": row.order_number, "marketplace": row.marketplace, "reason": why });
            let change = Change {
                purchase: Some(row.id),
                facts: Some(facts),
                ..Change::default()
            };
            history::add(ctx, db, *order, HistoryKind::PurchasePayRefused, change).await?;
        }
    }
    for order in orders {
        crate::order::settle(ctx, db, order, &BTreeMap::new()).await?;
    }
    say(ctx, db, &row, &payment).await
}

async fn say(ctx: &Ctx, db: &mut Db, row: &PurchaseRow, payment: &Payment) -> Result<(), AppError> {
    let (key, state, end) = match payment.state {
        PayState::Asked => ("step-pay_asked", StepState::Running, None),
        PayState::Sending => ("step-pay_sending", StepState::Running, None),
        PayState::Accepted => ("step-pay_accepted", StepState::Running, None),
        PayState::Unknown => ("step-pay_unknown", StepState::Running, None),
        PayState::Refused => ("step-pay_refused", StepState::Error, Some(PartEnd::Refused)),
        PayState::Stopped => (
            "step-pay_stopped",
            StepState::Warning,
            Some(PartEnd::Stopped),
        ),
        PayState::Paid => ("step-pay_done", StepState::Done, Some(PartEnd::Paid)),
        PayState::Closed => ("step-pay_closed", StepState::Error, Some(PartEnd::Closed)),
    };
    let mut said = payment.why.clone().unwrap_or_else(|| Message::of(""));
    let reason = std::mem::replace(&mut said.key, key.to_owned());
    let said = said
        .with("number", &row.order_number)
        .with("marketplace", &row.marketplace)
        .with("reason", reason)
        .fen("total", payment.fen);
    tell(db, payment.activity, row.id, state, said, end, ctx.now()).await
}

/// What a read proves of a payment that is followed: the row is changed, and is to be saved.
pub(crate) fn proved(row: &mut PurchaseRow) -> bool {
    let Some(mut payment) = Payment::of(row).filter(Payment::is_followed) else {
        return false;
    };
    payment.state = if row.was_paid {
        PayState::Paid
    } else if row.status == PurchaseStatus::Closed {
        PayState::Closed
    } else {
        return false;
    };
    row.payment = Some(json(&payment));
    true
}

/// What follows from a purchase's payment as it stands: one that a read has proved is told, one that
/// has stood still for long is given up as far as its run is concerned. Gives whether a person must
/// look.
pub(crate) async fn follow(ctx: &Ctx, db: &mut Db, row: &PurchaseRow) -> Result<bool, AppError> {
    let Some(payment) = Payment::of(row) else {
        return Ok(false);
    };
    if matches!(payment.state, PayState::Paid | PayState::Closed) {
        say(ctx, db, row, &payment).await?;
        return Ok(false);
    }
    let now = ctx.now();
    let waits = matches!(payment.state, PayState::Accepted | PayState::Unknown)
        && row.status == PurchaseStatus::ToPay;
    if !waits || now.seconds_since(payment.at) < LONG_SECONDS {
        return Ok(false);
    }
    let said = Message::of("step-pay_open").with("number", &row.order_number);
    let said = said.with("marketplace", &row.marketplace);
    let (state, end) = (StepState::Warning, Some(PartEnd::Open));
    tell(db, payment.activity, row.id, state, said, end, now).await?;
    Ok(true)
}
