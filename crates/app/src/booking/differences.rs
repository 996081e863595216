//! What was booked, compared with what stands at the marketplace.

use crate::exception::{self, Case};
use crate::purchase::record::PROVISIONAL;
use crate::{AppError, Ctx};
use domain::placement::{BookedLine, OrderedLine, compare};
use domain::{ExceptionKind, PurchaseStatus};
use store::Db;
use store::bookings::{self, BookingLineRow, BookingRow};
use store::purchases::{self, PurchaseRow};

/// Compares what was booked with what stands at the marketplace; differences open exceptions,
/// equality closes them.
pub(crate) async fn differences(
    ctx: &Ctx,
    db: &mut Db,
    booking: &BookingRow,
    orders: &[i64],
) -> Result<(), AppError> {
    let lines = bookings::lines(db, booking.id).await?;
    let booked: Vec<BookedLine> = lines
        .iter()
        .filter(|l| l.quantity > l.refused + l.surplus)
        .map(booked_line)
        .collect();
    let mut ordered = Vec::new();
    let (mut last, mut unmade) = (None, None);
    let mut made = Vec::new();
    for purchase in purchases::of_booking(db, booking.id).await? {
        // Nothing of an order is final before it is made.
        if purchase.status == PurchaseStatus::Building {
            return Ok(());
        }
        let lines = purchases::lines(db, purchase.id).await?;
        let never_made = purchase.status == PurchaseStatus::Closed
            && !purchase.was_paid
            && lines.iter().all(|line| line.refusal.is_some());
        if never_made {
            unmade = Some(purchase);
        } else {
            made.push((purchase, lines));
        }
    }
    // What a person unbound or a seller closed is told elsewhere; with the last of them nothing
    // differs any more.
    let gone = |p: &PurchaseRow| p.unbound_at.is_some() || p.status == PurchaseStatus::Closed;
    let all_gone = made.iter().all(|(p, _)| gone(p));
    if !all_gone && made.iter().any(|(p, _)| gone(p)) {
        return Ok(());
    }
    for (purchase, lines) in made {
        let unread = lines.is_empty() || lines.iter().any(|l| l.line.starts_with(PROVISIONAL));
        if unread && !all_gone {
            return Ok(());
        }
        let lines = lines.into_iter().filter(|l| l.refusal.is_none());
        ordered.extend(lines.map(|l| OrderedLine {
            item: l.item,
            specification: l.specification,
            quantity: l.quantity,
            price: l.price_fen,
            amount: l.amount_fen,
        }));
        last = Some(purchase);
    }
    let Some(purchase) = last.or(unmade) else {
        return Ok(());
    };
    let mut found = if all_gone {
        Vec::new()
    } else {
        compare(&booked, &ordered)
    };
    // What the seller changed afterwards is told as a change of price.
    let changed = exception::ever(db, ExceptionKind::PriceChanged, purchase.id).await?;
    if changed {
        found.retain(|difference| difference.exception() != ExceptionKind::AmountDiffers);
    }
    let kinds = [
        ExceptionKind::ItemDiffers,
        ExceptionKind::SpecificationDiffers,
        ExceptionKind::QuantityDiffers,
        ExceptionKind::AmountDiffers,
    ];
    for kind in kinds {
        let these: Vec<_> = found.iter().filter(|d| d.exception() == kind).collect();
        let case = Case {
            kind,
            subject: format!("booking {}", booking.id),
            marketplace: booking.marketplace.clone(),
            session: Some(booking.session_id),
            order: Some(booking.order_id),
            purchase: Some(purchase.id),
            booking: Some(booking.id),
            facts: serde_json::json!({ "number": purchase.order_number, "differences": these }),
            money: Some(purchase.total_fen),
        };
        exception::set(ctx, db, &case, (!these.is_empty()).into(), orders).await?;
    }
    Ok(())
}

fn booked_line(line: &BookingLineRow) -> BookedLine {
    BookedLine {
        item: line.item.clone(),
        specification: line.specification.clone(),
        quantity: line.quantity - line.refused,
        price: line.price_fen,
        amount: None,
    }
}
