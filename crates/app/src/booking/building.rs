//! Orders that their marketplace makes behind its answer. While one is being made its units stay
//! with the booking, whatever the order shows: nothing of it is final. Once it is made, the lines
//! that live take their units, and those that the marketplace closed instead of making give them
//! back, exactly theirs.

use crate::history::{self, Change};
use crate::{AppError, Ctx, Message};
use domain::placement::{Claim, Supply, allocate};
use domain::{HistoryKind, PurchaseStatus};
use std::collections::BTreeMap;
use store::Db;
use store::bookings::{self, BookingRow};
use store::items::{self, Holder};
use store::purchases::{self, PurchaseRow};

/// Items whose units were refused, each with the marketplace's reason.
pub(crate) type RefusedItems = BTreeMap<i64, Message>;

/// Is the marketplace still making an order of this booking?
pub(crate) async fn any(db: &mut Db, booking: i64) -> Result<bool, AppError> {
    let made = purchases::of_booking(db, booking).await?;
    Ok(made.iter().any(|p| p.status == PurchaseStatus::Building))
}

/// Numbers of the orders of a booking that are being made.
pub(crate) async fn numbers(db: &mut Db, booking: i64) -> Result<String, AppError> {
    let made = purchases::of_booking(db, booking).await?;
    let numbers: Vec<String> = made
        .into_iter()
        .filter(|p| p.status == PurchaseStatus::Building)
        .map(|p| p.order_number)
        .collect();
    Ok(numbers.join(", "))
}

/// Gives back the units of lines that the marketplace did not make. Doing it again does nothing: a
/// line gives back each of its units once.
pub(crate) async fn refuse(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    purchase: &PurchaseRow,
) -> Result<RefusedItems, AppError> {
    let mut refused = RefusedItems::new();
    let lines = purchases::lines(db, purchase.id).await?;
    for line in &lines {
        let Some(reason) = line.refusal.as_deref().map(Message::from_json) else {
            continue;
        };
        let left = line.quantity - purchases::ever_given(db, line.id).await?;
        let supply = Supply {
            id: line.id,
            item: line.item.clone(),
            specification: line.specification.clone(),
            units: left,
        };
        give_back(ctx, db, booking, &supply, &reason, &mut refused).await?;
    }
    if lines.is_empty() && purchase.status == PurchaseStatus::Closed && !purchase.was_paid {
        refuse_rest(ctx, db, booking, purchase, &mut refused).await?;
    }
    Ok(refused)
}

/// The units of one line go through it, so that the ledger tells what became of them, and are free.
async fn give_back(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    supply: &Supply,
    reason: &Message,
    refused: &mut RefusedItems,
) -> Result<(), AppError> {
    let mut lines = bookings::lines(db, booking.id).await?;
    let mut claims = Vec::new();
    let mut wants = Vec::new();
    for line in &lines {
        for claim in items::claims_of(db, Holder::BookingLine(line.id)).await? {
            wants.push(Claim {
                id: claim.id,
                item: line.item.clone(),
                specification: line.specification.clone(),
                units: claim.quantity,
            });
            claims.push(claim);
        }
    }
    let now = ctx.now();
    for share in allocate(&wants, std::slice::from_ref(supply)) {
        let Some(claim) = claims.iter().find(|c| c.id == share.claim) else {
            continue;
        };
        let through = Holder::PurchaseLine(supply.id);
        let id = ctx.id();
        items::pass_on(db, id, claim, through, share.units, "not made", now).await?;
        let passed = items::claims_of(db, through).await?;
        for passed in passed.iter().filter(|c| c.id == id) {
            items::free(db, passed, passed.quantity, "not made", now).await?;
        }
        if let Some(line) = lines
            .iter_mut()
            .find(|l| Some(l.id) == claim.booking_line_id)
        {
            line.refused += share.units;
            line.reason = Some(reason.json());
            bookings::save_line(db, line).await?;
        }
        tell(ctx, db, booking.id, claim.item_id, share.units, reason).await?;
        refused.insert(claim.item_id, reason.clone());
    }
    Ok(())
}

/// An order was closed while it was made and shows no line: what no other order of the booking holds
/// was meant to be in it. That is certain only when every order that the answer named is read and made.
async fn refuse_rest(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    purchase: &PurchaseRow,
    refused: &mut RefusedItems,
) -> Result<(), AppError> {
    let made = purchases::of_booking(db, booking.id).await?;
    let named = bookings::orders_named(db, booking.id).await?;
    let all = named.is_some_and(|named| made.len() >= named)
        && made.iter().all(|p| p.status != PurchaseStatus::Building);
    if !all {
        return Ok(());
    }
    // The others take theirs first.
    for other in made.iter().filter(|p| p.id != purchase.id) {
        if other.unbound_at.is_none() && other.status != PurchaseStatus::Closed {
            super::allocation::allocate_open(ctx, db, booking, other.id).await?;
        }
    }
    let mut reason = Message::of("verdict-other");
    reason.text.clone_from(&purchase.close_reason);
    let now = ctx.now();
    for mut line in bookings::lines(db, booking.id).await? {
        for claim in items::claims_of(db, Holder::BookingLine(line.id)).await? {
            items::free(db, &claim, claim.quantity, "not made", now).await?;
            tell(ctx, db, booking.id, claim.item_id, claim.quantity, &reason).await?;
            refused.insert(claim.item_id, reason.clone());
        }
        if line.open() > 0 {
            line.refused += line.open();
            line.reason = Some(reason.json());
            bookings::save_line(db, &line).await?;
        }
    }
    Ok(())
}

/// The timeline of an item's order tells that units of it were refused, and why.
pub(super) async fn tell(
    ctx: &Ctx,
    db: &mut Db,
    booking: i64,
    item: i64,
    units: i64,
    reason: &Message,
) -> Result<(), AppError> {
    let row = items::by_id(db, item)
        .await?
        .ok_or(AppError::NotFound("item"))?;
    let change = Change {
        item: Some(item),
        booking: Some(booking),
        facts: Some(serde_json::json!({ "reason": reason, "units": units })),
        ..Change::default()
    };
    let kind = HistoryKind::BookingLineRefused;
    history::add(ctx, db, row.order_id, kind, change).await
}
