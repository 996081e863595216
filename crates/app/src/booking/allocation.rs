//! Units of a booking move to lines of the orders that were made of it.

use crate::purchase::record::PROVISIONAL;
use crate::{AppError, Ctx};
use domain::placement::{Claim, Supply, allocate};
use domain::{Fen, PurchaseStatus};
use store::Db;
use store::bookings::{self, BookingRow};
use store::items::{self, Holder};
use store::purchases::{self, PurchaseLineRow, PurchaseRow};

/// One order holds everything that was not refused: its lines stand provisionally until read.
pub(crate) async fn provisional_lines(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    purchase: &PurchaseRow,
) -> Result<(), AppError> {
    if !purchases::lines(db, purchase.id).await?.is_empty() {
        return allocate_open(ctx, db, booking, purchase.id)
            .await
            .map(|_| ());
    }
    for line in bookings::lines(db, booking.id).await? {
        // Refused as a whole, or placed already.
        if line.open() == 0 {
            continue;
        }
        let open = line.open() + line.surplus;
        let price = line.price_fen.unwrap_or(Fen(0));
        let new = PurchaseLineRow {
            id: ctx.id(),
            purchase_id: purchase.id,
            line: format!("{PROVISIONAL}{}", line.id),
            item: line.item.clone(),
            specification: line.specification.clone(),
            title: String::new(),
            configuration: String::new(),
            image: None,
            quantity: open,
            units_allocated: 0,
            price_fen: price,
            amount_fen: price.times(open).unwrap_or(Fen(0)),
            status: purchase.status,
            raw_status: String::new(),
            raw_refund: None,
            refunded: false,
            refusal: None,
        };
        purchases::insert_line(db, &new).await?;
    }
    allocate_open(ctx, db, booking, purchase.id)
        .await
        .map(|_| ())
}

/// Moves units that the booking still holds to lines of equal goods of a purchase. Gives the
/// number of units moved.
pub(crate) async fn allocate_open(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    purchase: i64,
) -> Result<i64, AppError> {
    let mut lines = bookings::lines(db, booking.id).await?;
    let mut supply = Vec::new();
    for line in purchases::lines(db, purchase).await? {
        let units = if line.refusal.is_some() {
            0
        } else if line.status == PurchaseStatus::Closed {
            // What a closed line was given it has given back; it must not take it from another order.
            line.quantity - purchases::ever_given(db, line.id).await?
        } else {
            line.unallocated()
        };
        supply.push(Supply {
            id: line.id,
            units,
            item: line.item,
            specification: line.specification,
        });
    }
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
    let mut moved = 0;
    for share in allocate(&wants, &supply) {
        let Some(claim) = claims.iter_mut().find(|c| c.id == share.claim) else {
            continue;
        };
        items::pass_on(
            db,
            ctx.id(),
            claim,
            Holder::PurchaseLine(share.line),
            share.units,
            "placed",
            ctx.now(),
        )
        .await?;
        claim.quantity -= share.units;
        moved += share.units;
        if let Some(line) = lines
            .iter_mut()
            .find(|l| Some(l.id) == claim.booking_line_id)
        {
            line.placed += share.units;
            bookings::save_line(db, line).await?;
        }
    }
    Ok(moved)
}

/// Claims the units of a surfaced order again, as far as they are still free.
pub(crate) async fn claim_again(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    purchase: i64,
) -> Result<(), AppError> {
    for line in purchases::lines(db, purchase).await? {
        if line.status == PurchaseStatus::Closed {
            continue;
        }
        let mut left = line.unallocated();
        for (item, units) in
            bookings::former_claims(db, booking.id, &line.item, line.specification.as_deref())
                .await?
        {
            let row = items::lock(db, item).await?;
            let units = units.min(row.free()).min(left);
            if units > 0 {
                items::take(
                    db,
                    ctx.id(),
                    item,
                    Holder::PurchaseLine(line.id),
                    units,
                    ctx.now(),
                )
                .await?;
                left -= units;
            }
        }
    }
    Ok(())
}
