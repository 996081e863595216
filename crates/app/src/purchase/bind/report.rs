//! What the run says of each number.

use super::{Found, Look, NumberState, step_name};
use crate::activity::{Activity, ActivityState, StepState};
use crate::{AppError, Message};
use domain::BindRefusal;
use std::collections::BTreeSet;
use store::Db;
use store::purchases::{self};
use world::Timestamp;

/// Says in the run what was found, and what a person can do.
pub(super) async fn tell(
    db: &mut Db,
    run: &mut Activity,
    look: &Look,
    now: Timestamp,
) -> Result<(), AppError> {
    let (mut found, mut adopted, mut refused) = (0, 0, 0);
    for number in &look.numbers {
        let name = step_name(number);
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
                    .with("number", number.label())
                    .with("units", units)
                    .with("surplus", surplus)
                    .with("unmatched", this.proposal.unmatched.len());
                run.step(&name, StepState::Waiting, said, now).hint =
                    Some(Message::of("hint-bind_confirm"));
            }
            NumberState::Adopted { reference } => {
                adopted += 1;
                let said = Message::of("step-bind_adopted")
                    .with("number", number.label())
                    .with("reference", reference);
                run.step(&name, StepState::Done, said, now);
            }
            NumberState::Refused { reason } => {
                refused += 1;
                run.step(&name, StepState::Error, reason.clone(), now);
            }
            NumberState::Reading
            | NumberState::Sought
            | NumberState::Bound { .. }
            | NumberState::LeftOut => {}
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
