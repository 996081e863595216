//! The answers of a person to what a run asks: accept, leave lines out, leave the whole out.

use crate::activity::{self, StepState};
use crate::booking::book::enqueue;
use crate::booking::run::{GroupEnd, GroupState, Run, about, settle, step_name};
use crate::history::{self, Change};
use crate::{App, AppError, Ctx, Message};
use domain::{Accepted, HistoryKind, Judgement, Verdict, VerdictKind};
use marketplaces::Offer;
use std::collections::BTreeMap;
use world::Timestamp;

/// More units than this in one line are a slip of the hand.
const MOST_UNITS: i64 = 1_000_000;

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Yes to every price that is asked about, at the prices shown.
    Accept,
    /// Order so many units of a line, more than the items want: the surplus is the agent's stock.
    Raise {
        /// Position of the line.
        line: usize,
        /// Units to order.
        units: i64,
    },
    /// Go on without these lines.
    LeaveOut(Vec<usize>),
    /// Do not book this at all.
    LeaveAll,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Decide {
    /// The run.
    pub activity: i64,
    /// Position of the group in it.
    pub group: usize,
    /// When the preview was made that the person saw: an answer counts for those prices only.
    pub asked_at: Timestamp,
    /// The answer.
    pub answer: Answer,
}

/// Takes an answer and lets the group go on.
///
/// # Errors
/// When nothing is asked any more, or something else is; the database's.
pub async fn decide(ctx: &Ctx, request: Decide) -> Result<(), AppError> {
    ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request) = (ctx.clone(), request.clone());
            Box::pin(async move {
                let now = ctx.now();
                let mut activity = activity::lock(db, request.activity).await?;
                let mut run: Run = activity.data()?;
                let group = run.group_mut(request.group)?;
                let Some(question) = group.question.clone().filter(|_| group.state == GroupState::Asking) else {
                    return Err(AppError::refused("decide-nothing_asked"));
                };
                if question.at != request.asked_at {
                    return Err(AppError::refused("decide-asked_anew"));
                }
                let name = step_name(request.group, "question");
                match &request.answer {
                    Answer::Accept => {
                        if matches!(question.judgement, Judgement::Refused { .. }) {
                            return Err(AppError::refused("decide-cannot_be_ordered"));
                        }
                        let said = Accepted::yes_to(&question.judgement);
                        group.accepted = group.accepted.clone().and(said.clone());
                        group.state = GroupState::Planned;
                        group.question = None;
                        let message = about(group, "step-accepted").with("person", &ctx.actor).fen("goods", question.goods).fen("freight", question.freight);
                        activity.step(&name, StepState::Done, message, now);
                        let facts = serde_json::json!({ "accepted": said, "goods": question.goods, "freight": question.freight });
                        history::add(&ctx, db, run.order, HistoryKind::PriceAccepted, Change { facts: Some(facts), ..Change::default() }).await?;
                    }
                    Answer::Raise { line, units } => {
                        let raised = group.planned.lines.get_mut(*line).ok_or(AppError::NotFound("line"))?;
                        if *units <= raised.units() || *units > MOST_UNITS {
                            return Err(AppError::field("units", Message::of("decide-raise").with("units", raised.units())));
                        }
                        raised.surplus = units - raised.wanted();
                        let stock = raised.surplus;
                        let item = raised.item.clone();
                        group.state = GroupState::Planned;
                        group.question = None;
                        let message = about(group, "step-raised").with("person", &ctx.actor).with("item", item).with("units", units).with("stock", stock);
                        activity.step(&name, StepState::Done, message, now);
                    }
                    Answer::LeaveOut(lines) => {
                        if lines.is_empty() {
                            return Err(AppError::refused("decide-no_lines"));
                        }
                        let mut position = 0;
                        group.planned.lines.retain(|_| {
                            position += 1;
                            !lines.contains(&(position - 1))
                        });
                        let left = group.planned.lines.is_empty();
                        group.state = if left { GroupState::Ended { end: GroupEnd::LeftOut } } else { GroupState::Planned };
                        group.question = None;
                        let message = about(group, "step-left_out").with("person", &ctx.actor).with("lines", lines.len());
                        activity.step(&name, StepState::Warning, message, now);
                    }
                    Answer::LeaveAll => {
                        group.state = GroupState::Ended { end: GroupEnd::LeftOut };
                        group.question = None;
                        let message = about(group, "step-left_out_all").with("person", &ctx.actor);
                        activity.step(&name, StepState::Warning, message, now);
                    }
                }
                let group = run.group(request.group)?;
                let goes_on = group.state == GroupState::Planned;
                let session = store::sessions::by_id(db, group.planned.session).await?;
                if goes_on && session.is_none_or(|s| s.state == "removed") {
                    return Err(AppError::refused("session-removed"));
                }
                settle(&mut activity, &run, now);
                activity.save(db, now).await?;
                if goes_on {
                    enqueue(&ctx, db, &run, request.activity, request.group).await?;
                }
                Ok(())
            })
        })
        .await
}

/// A refused line with what is known of its offer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusedLine {
    /// Why, with smallest quantity and stock where an earlier read of the offer told them.
    pub verdict: Verdict,
    /// To how many units it could be raised so that the seller takes it.
    pub raise: Option<i64>,
}

/// The refused lines of a run's open questions, by group and line.
///
/// # Errors
/// The database's.
pub async fn refused_lines(
    app: &App,
    run: &Run,
) -> Result<BTreeMap<(usize, usize), RefusedLine>, AppError> {
    let mut out = BTreeMap::new();
    for (index, group) in run.groups.iter().enumerate() {
        let Some(Judgement::Refused { lines, .. }) = group.question.as_ref().map(|q| &q.judgement)
        else {
            continue;
        };
        let mut db = app.store.read().await?;
        for refused in lines {
            let Some(line) = group.planned.lines.get(refused.line) else {
                continue;
            };
            let row = store::offers::read(&mut db, &group.planned.marketplace, &line.item).await?;
            let offer: Option<Offer> = row.and_then(|row| serde_json::from_str(&row.facts).ok());
            let mut verdict = refused.verdict.clone();
            let mut lot = 1;
            if let Some(offer) = &offer {
                lot = offer.lot;
                verdict.minimum = verdict.minimum.or(Some(offer.minimum));
                verdict.stock = verdict
                    .stock
                    .or_else(|| offer.stock_of(line.specification.as_deref()));
            }
            let few = matches!(
                verdict.kind,
                VerdictKind::BelowMinimum | VerdictKind::MixedBatch
            );
            let raise = raised(line.units(), verdict.minimum.unwrap_or(1), lot).filter(|_| few);
            out.insert((index, refused.line), RefusedLine { verdict, raise });
        }
    }
    Ok(out)
}

/// The next quantity above `units` that is no smaller than the seller's smallest and a multiple of
/// the lot.
fn raised(units: i64, minimum: i64, lot: i64) -> Option<i64> {
    let lot = lot.max(1);
    let least = units.max(minimum);
    let whole = least.checked_add(lot - 1)? / lot * lot;
    (whole > units && whole <= MOST_UNITS).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::raised;

    #[test]
    fn a_line_is_raised_to_the_smallest_quantity_that_the_seller_takes() {
        assert_eq!(raised(3, 10, 1), Some(10));
        assert_eq!(raised(3, 10, 4), Some(12));
        assert_eq!(raised(13, 10, 4), Some(16));
        assert_eq!(raised(3, 1, 2), Some(4));
        assert_eq!(raised(10, 10, 5), None);
        assert_eq!(raised(1, i64::MAX, 1), None);
    }
}
