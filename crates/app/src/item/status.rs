//! A person changes the status of items.

use crate::history::{self, Change};
use crate::item::{numbering, text};
use crate::order::{reserved, settle};
use crate::{AppError, Ctx, Message};
use domain::item_status::{MoveNeeds, MoveRefusal, PersonMove, allowed_moves, person_move};
use domain::{HistoryKind, ItemStatus};
use serde_json::json;
use std::collections::BTreeMap;
use store::items::{self, ClaimRow, ItemRow};
use store::orders;

const MOST_ITEMS: usize = 500;
const LONGEST: usize = 500;

/// Items of one order and where they are to go.
#[derive(Clone, Debug)]
pub struct ChangeStatus {
    /// Number of the order.
    pub number: String,
    /// Items.
    pub items: Vec<i64>,
    /// New status.
    pub to: ItemStatus,
    /// Reason; a step back needs one.
    pub reason: String,
    /// Where it was bought; "purchased" without a purchase needs it.
    pub note: String,
}

/// Moves all of the items, or none when one of them may not go there.
///
/// # Errors
/// [`AppError::Refused`] names the item and what stands in its way; the database's.
pub async fn change_status(ctx: &Ctx, request: ChangeStatus) -> Result<(), AppError> {
    if request.items.is_empty() || request.items.len() > MOST_ITEMS {
        return Err(AppError::field("items", Message::of("items-choose")));
    }
    let reason = text("reason", &request.reason, LONGEST)?;
    let note = text("note", &request.note, LONGEST)?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request, reason, note) =
                (ctx.clone(), request.clone(), reason.clone(), note.clone());
            Box::pin(async move {
                let order = orders::lock_number(db, &request.number)
                    .await?
                    .ok_or(AppError::NotFound("order"))?;
                let mut chosen = chosen(items::lock_order(db, order.id).await?, &request.items)?;
                let claims = items::claims_of_order(db, order.id).await?;
                for item in &chosen {
                    let facts = PersonMove {
                        has_reason: !reason.is_empty(),
                        has_note: !note.is_empty(),
                        ..facts(item, &claims)
                    };
                    if let Err(refusal) = person_move(item.status, request.to, facts) {
                        let number = numbering(db).await?.item(&order.number, item.position);
                        return Err(AppError::Refused(refused(&refusal, &number)));
                    }
                }
                for item in &mut chosen {
                    let was = item.status;
                    apply(item, request.to, &note);
                    item.status_at = ctx.now();
                    items::save_status(db, item).await?;
                    let change = Change {
                        item: Some(item.id),
                        was: Some(was.code().to_owned()),
                        became: Some(request.to.code().to_owned()),
                        facts: Some(json!({ "reason_text": reason, "note": note })),
                        ..Change::default()
                    };
                    history::add(&ctx, db, order.id, HistoryKind::ItemStatus, change).await?;
                }
                settle(&ctx, db, order.id, &BTreeMap::new()).await
            })
        })
        .await
}

/// The moves that every one of the items may make, with what must be given for them.
#[must_use]
pub fn moves(items: &[ItemRow], claims: &[ClaimRow]) -> Vec<(ItemStatus, MoveNeeds)> {
    let mut common: Option<Vec<(ItemStatus, MoveNeeds)>> = None;
    for item in items {
        let own = allowed_moves(item.status, facts(item, claims));
        common = Some(match common {
            None => own,
            Some(known) => known
                .into_iter()
                .filter_map(|(to, needs)| {
                    let (_, other) = own.iter().find(|(status, _)| *status == to)?;
                    Some((to, stricter(needs, *other)))
                })
                .collect(),
        });
    }
    common.unwrap_or_default()
}

/// Where one item needs a reason and another a note, the note is asked: it serves as both.
const fn stricter(a: MoveNeeds, b: MoveNeeds) -> MoveNeeds {
    match (a, b) {
        (MoveNeeds::Note, _) | (_, MoveNeeds::Note) => MoveNeeds::Note,
        (MoveNeeds::Reason, _) | (_, MoveNeeds::Reason) => MoveNeeds::Reason,
        (MoveNeeds::Nothing, MoveNeeds::Nothing) => MoveNeeds::Nothing,
    }
}

fn facts(item: &ItemRow, claims: &[ClaimRow]) -> PersonMove {
    let reserved = reserved(item.id, claims);
    PersonMove {
        reserved,
        covered: item.units_taken - reserved,
        has_reason: false,
        has_note: false,
    }
}

fn chosen(items: Vec<ItemRow>, ids: &[i64]) -> Result<Vec<ItemRow>, AppError> {
    let chosen: Vec<ItemRow> = items
        .into_iter()
        .filter(|item| ids.contains(&item.id))
        .collect();
    if ids
        .iter()
        .all(|id| chosen.iter().any(|item| item.id == *id))
    {
        Ok(chosen)
    } else {
        Err(AppError::NotFound("item"))
    }
}

fn apply(item: &mut ItemRow, to: ItemStatus, note: &str) {
    if to == ItemStatus::Purchased && item.free() > 0 && !note.is_empty() {
        item.bought_elsewhere = Some(note.to_owned());
    } else if !to.is_at_least(ItemStatus::Booked) && to != ItemStatus::Returned {
        item.bought_elsewhere = None;
    }
    item.status = to;
    item.status_by_person = true;
    item.note = None;
}

fn refused(refusal: &MoveRefusal, item: &str) -> Message {
    let message = Message::of(&format!("item-move-{}", refusal.key())).with("item", item);
    match refusal {
        MoveRefusal::SameStatus { status } => message.with("status", status),
        MoveRefusal::NotFromHere { from, to } => message.with("from", from).with("to", to),
        MoveRefusal::UnitsTaken { reserved, covered } => {
            message.with("reserved", reserved).with("covered", covered)
        }
        MoveRefusal::NeedsReason | MoveRefusal::NeedsNote => message,
    }
}
