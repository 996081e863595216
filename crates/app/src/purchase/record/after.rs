//! What follows from a purchase as it stands: marks, differences, counters.

use super::case;
use crate::exception::{self, Standing};
use crate::purchase::cancel::CancelState;
use crate::purchase::pay::{self, Payment};
use crate::{AppError, Ctx, booking};
use domain::purchase_status::BUILDING_LONG_SECONDS;
use domain::{ExceptionKind, Fen, PurchaseStatus};
use std::collections::BTreeSet;
use store::Db;
use store::purchases::{self, PurchaseRow};

/// What follows from the purchase as it stands now: differences and the lists it is shown in.
///
/// # Errors
/// The database's.
pub(crate) async fn after(
    ctx: &Ctx,
    db: &mut Db,
    id: i64,
    orders: &mut BTreeSet<i64>,
) -> Result<(), AppError> {
    orders.extend(purchases::orders(db, id).await?);
    let row = purchases::lock(db, id).await?;
    still_building(ctx, db, &row, orders).await?;
    let told: Vec<i64> = orders.iter().copied().collect();
    let lines = purchases::lines(db, id).await?;
    let covers = lines.iter().any(|l| l.units_allocated > 0);
    let closed = row.status == PurchaseStatus::Closed;
    let number = &row.order_number;

    let facts = serde_json::json!({ "number": number, "reason": row.close_reason });
    let stands = closed && row.was_paid && covers;
    exception::set(
        ctx,
        db,
        &case(
            ExceptionKind::ClosedAfterPayment,
            &row,
            facts,
            Some(row.total_fen),
        ),
        stands.into(),
        &told,
    )
    .await?;

    let refunded = row.refunded_fen.0 > 0 || lines.iter().any(|l| l.refunded);
    let facts = serde_json::json!({ "number": number, "refunded": row.refunded_fen, "word": row.raw_refund });
    let stands = refunded && covers && !closed;
    exception::set(
        ctx,
        db,
        &case(ExceptionKind::Refunded, &row, facts, Some(row.refunded_fen)),
        stands.into(),
        &told,
    )
    .await?;

    let over = if closed || row.status == PurchaseStatus::Building {
        None
    } else {
        over_ceiling(db, &row).await?
    };
    let facts = serde_json::json!({ "number": number, "total": row.total_fen, "over": over });
    exception::set(
        ctx,
        db,
        &case(ExceptionKind::OverCeiling, &row, facts, over),
        over.is_some().into(),
        &told,
    )
    .await?;

    let alive = row.unbound_at.is_some() && !row.status.is_over() && !covers;
    let facts = serde_json::json!({ "number": number, "total": row.total_fen, "reason": row.unbound_reason });
    exception::set(
        ctx,
        db,
        &case(
            ExceptionKind::UnboundAlive,
            &row,
            facts,
            Some(row.total_fen),
        ),
        alive.into(),
        &told,
    )
    .await?;

    let cancel = CancelState::of(&row);
    let overtaken = cancel == Some(CancelState::Overtaken);
    let facts = serde_json::json!({ "number": number, "total": row.total_fen });
    exception::set(
        ctx,
        db,
        &case(
            ExceptionKind::PaidWhileCancelling,
            &row,
            facts,
            Some(row.total_fen),
        ),
        overtaken.into(),
        &told,
    )
    .await?;

    let unclear = cancel == Some(CancelState::Unknown) && !closed;
    let facts = serde_json::json!({ "number": number, "total": row.total_fen, "asked": row.cancel_asked_at });
    exception::set(
        ctx,
        db,
        &case(
            ExceptionKind::CancelUnknown,
            &row,
            facts,
            Some(row.total_fen),
        ),
        unclear.into(),
        &told,
    )
    .await?;

    let unpaid = pay::follow(ctx, db, &row).await?;
    let facts = serde_json::json!({ "number": number, "total": row.total_fen });
    let kind = ExceptionKind::PayUnknown;
    let unpaid_case = case(kind, &row, facts, Some(row.total_fen));
    exception::set(ctx, db, &unpaid_case, unpaid.into(), &told).await?;

    if row.status != PurchaseStatus::ToPay || row.unbound_at.is_some() {
        exception::close(
            ctx,
            db,
            &case(
                ExceptionKind::PayDeadline,
                &row,
                serde_json::Value::Null,
                None,
            ),
            &told,
        )
        .await?;
    }
    if closed {
        // What was a difference of an open order is settled by its end.
        for kind in [
            ExceptionKind::PriceChanged,
            ExceptionKind::FreightChanged,
            ExceptionKind::AmountDiffers,
            ExceptionKind::SurplusOrder,
            ExceptionKind::SurfacedAfterRelease,
            ExceptionKind::RefusedButExists,
        ] {
            exception::set(
                ctx,
                db,
                &case(kind, &row, serde_json::Value::Null, None),
                Standing::Gone,
                &told,
            )
            .await?;
        }
    }
    let trouble = !store::exceptions::of_purchase(db, id).await?.is_empty();
    purchases::set_facets(db, id, &facets(&row, trouble)).await?;
    Ok(())
}

/// The orders of what is being made are those whose units its booking holds. A person is told when the
/// making takes long; it is followed on all the same.
async fn still_building(
    ctx: &Ctx,
    db: &mut Db,
    row: &PurchaseRow,
    orders: &mut BTreeSet<i64>,
) -> Result<(), AppError> {
    let kind = ExceptionKind::StillBuilding;
    let facts = serde_json::json!({ "number": row.order_number, "since": row.first_seen_at });
    let mut case = case(kind, row, facts, None);
    if row.status != PurchaseStatus::Building {
        let told: Vec<i64> = orders.iter().copied().collect();
        return exception::close(ctx, db, &case, &told).await;
    }
    if let Some(booking) = row.booking_id {
        orders.extend(store::bookings::orders(db, booking).await?);
        case.order = order_of(db, row).await?;
    }
    let told: Vec<i64> = orders.iter().copied().collect();
    if ctx.now().seconds_since(row.first_seen_at) < BUILDING_LONG_SECONDS {
        return Ok(());
    }
    let told_before = exception::ever(db, kind, row.id).await?;
    exception::open(ctx, db, &case, &told).await?;
    if let Some(booking) = row.booking_id.filter(|_| !told_before) {
        booking::building_long(ctx, db, booking).await?;
    }
    Ok(())
}

/// The order on whose page a difference is shown of a purchase that covers nothing yet.
async fn order_of(db: &mut Db, row: &PurchaseRow) -> Result<Option<i64>, AppError> {
    let building = row.status == PurchaseStatus::Building;
    let Some(booking) = row.booking_id.filter(|_| building) else {
        return Ok(None);
    };
    let booking = store::bookings::by_id(db, booking).await?;
    Ok(booking.map(|b| b.order_id))
}

/// By how much the purchases of a booking cost more than was accepted. A later acceptance by a
/// person counts for the one purchase that it was given for.
async fn over_ceiling(db: &mut Db, row: &PurchaseRow) -> Result<Option<Fen>, AppError> {
    if let Some(accepted) = row.accepted_fen {
        return Ok((row.total_fen > accepted).then(|| Fen(row.total_fen.0 - accepted.0)));
    }
    let Some(booking) = row.booking_id else {
        return Ok(None);
    };
    let Some(booking) = store::bookings::by_id(db, booking).await? else {
        return Ok(None);
    };
    let Ok(accepted) = serde_json::from_str::<booking::AcceptedTerms>(&booking.accepted) else {
        return Ok(None);
    };
    let (mut goods, mut freight) = (0, 0);
    for purchase in purchases::of_booking(db, booking.id).await? {
        if ![PurchaseStatus::Closed, PurchaseStatus::Building].contains(&purchase.status) {
            goods += purchase.goods_fen.0;
            freight += purchase.freight_fen.0;
        }
    }
    Ok(domain::ceiling::exceeds(
        Fen(goods),
        Fen(freight),
        &accepted.ceiling,
    ))
}

/// The lists of the purchases page that a purchase stands in: each also per session.
fn facets(row: &PurchaseRow, trouble: bool) -> Vec<(String, i64)> {
    let newest_first = -row.made_at.unwrap_or(row.first_seen_at).0;
    let mut out = vec![("all".to_owned(), newest_first)];
    if let Some(payment) = Payment::of(row).filter(Payment::is_open) {
        out.push(("paying".to_owned(), payment.at.0));
    }
    if row.status == PurchaseStatus::Building {
        out.push(("building".to_owned(), row.first_seen_at.0));
    }
    let list = match row.status {
        PurchaseStatus::Building | PurchaseStatus::ToPay => {
            Some(("to_pay", row.pay_by.map_or(i64::MAX, |t| t.0)))
        }
        PurchaseStatus::PaidToSeller | PurchaseStatus::PartlySent => {
            Some(("to_send", newest_first))
        }
        PurchaseStatus::Sent | PurchaseStatus::Signed => Some(("on_way", newest_first)),
        PurchaseStatus::Completed | PurchaseStatus::Closed | PurchaseStatus::Unknown => None,
    };
    if let Some((name, key)) = list
        && row.unbound_at.is_none()
    {
        out.push((name.to_owned(), key));
    }
    if trouble {
        out.push(("trouble".to_owned(), newest_first));
    }
    let per_session: Vec<_> = out
        .iter()
        .map(|(name, key)| (format!("{name}@{}", row.session_id), *key))
        .collect();
    out.extend(per_session);
    out
}

/// The marketplace does not show a purchase that we know.
///
/// # Errors
/// The database's.
pub(crate) async fn missing(
    ctx: &Ctx,
    db: &mut Db,
    row: &PurchaseRow,
    orders: &BTreeSet<i64>,
) -> Result<(), AppError> {
    let told: Vec<i64> = orders.iter().copied().collect();
    let facts = serde_json::json!({ "number": row.order_number });
    let kind = ExceptionKind::MissingAtMarketplace;
    let mut case = case(kind, row, facts, Some(row.total_fen));
    case.order = order_of(db, row).await?;
    exception::open(ctx, db, &case, &told).await
}
