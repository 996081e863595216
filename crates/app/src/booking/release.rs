//! *It is not there: release*: a named person frees the units of a booking that was looked for in
//! vain. Its reference is looked for on. Of a booking that was placed, the units that no order of it
//! holds are released.

use crate::booking::intent::free_open_units;
use crate::booking::look;
use crate::booking::run::GroupEnd;
use crate::booking::{differences, ending, evidence};
use crate::history::{self, Change};
use crate::{AppError, Ctx, Message};
use domain::evidence::{
    BookingState, ReleaseFacts, ReleaseRefusal, SENDER_GONE_AFTER_SECONDS, release_allowed,
};
use domain::item_status::Freed;
use domain::{ExceptionKind, HistoryKind, PurchaseStatus};
use store::Db;
use store::bookings::{self, BookingRow};
use store::exceptions::ExceptionRow;
use store::purchases::{self, PurchaseRow};
use world::Timestamp;

/// May this booking be released now?
///
/// # Errors
/// Says what is missing.
pub fn allowed(row: &BookingRow, now: Timestamp) -> Result<(), ReleaseRefusal> {
    if let (true, Some(send_by)) = (is_placed(row), row.send_by) {
        // By then whatever was made of it has been told, or seen.
        let until = send_by.plus_seconds(SENDER_GONE_AFTER_SECONDS);
        return if now < until {
            Err(ReleaseRefusal::SenderMayBeAlive { until })
        } else {
            Ok(())
        };
    }
    let counted = usize::try_from(row.empty_looks).unwrap_or(0);
    let facts = ReleaseFacts {
        state: BookingState::from_code(&row.state).unwrap_or(BookingState::Unknown),
        send_by: row.send_by,
        holder_ended: row.sender_ended_at,
        // Only looks that began late enough were counted, so each may stand for "late enough".
        empty_searches: vec![row.looked_at.unwrap_or(now); counted],
    };
    release_allowed(&facts, now)
}

/// May the units of a booking be released while its marketplace makes these orders of it? Only when it
/// does not show one of them any more.
///
/// # Errors
/// Says which order is still being made.
pub fn allowed_beside(
    building: &[&PurchaseRow],
    missing: impl Fn(i64) -> bool,
) -> Result<(), Message> {
    match building.iter().find(|p| !missing(p.id)) {
        Some(row) => Err(Message::of("release-building").with("number", &row.order_number)),
        None => Ok(()),
    }
}

/// Does the marketplace not show this purchase any more?
pub(crate) fn is_missing(open: &[ExceptionRow], purchase: i64) -> bool {
    open.iter().any(|e| {
        e.purchase_id == Some(purchase)
            && ExceptionKind::from_code(&e.kind) == Some(ExceptionKind::MissingAtMarketplace)
    })
}

fn is_placed(row: &BookingRow) -> bool {
    BookingState::from_code(&row.state) == Some(BookingState::Placed)
}

/// Why it may not, for people.
#[must_use]
pub fn refusal(why: &ReleaseRefusal) -> Message {
    match why {
        ReleaseRefusal::NotOpen { state } => {
            Message::of("release-not_open").with("state", state.code())
        }
        ReleaseRefusal::SenderMayBeAlive { until } => {
            Message::of("release-sender_may_be_alive").with("until", until.0)
        }
        ReleaseRefusal::LookFirst { searches, .. } => {
            Message::of("release-look_first").with("searches", searches)
        }
    }
}

/// What is released.
#[derive(Clone, Debug)]
pub struct Release {
    /// Booking.
    pub booking: i64,
    /// The reference's last four characters, typed by the person.
    pub confirmation: String,
}

/// Releases the units of a booking whose outcome is unknown.
///
/// # Errors
/// When the rule does not allow it yet, or the confirmation is another; the database's.
pub async fn release(ctx: &Ctx, request: Release) -> Result<(), AppError> {
    let person = ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request, person) = (ctx.clone(), request.clone(), person.clone());
            Box::pin(async move {
                let now = ctx.now();
                let row = bookings::lock(db, request.booking).await?;
                allowed(&row, now).map_err(|why| AppError::Refused(refusal(&why)))?;
                let made = purchases::of_booking(db, row.id).await?;
                let building: Vec<&PurchaseRow> = made
                    .iter()
                    .filter(|p| p.status == PurchaseStatus::Building)
                    .collect();
                let ids: Vec<i64> = building.iter().map(|p| p.id).collect();
                let open = store::exceptions::of_purchases(db, &ids).await?;
                let missing = |id| is_missing(&open, id);
                allowed_beside(&building, missing).map_err(AppError::Refused)?;
                let tail = &row.reference[row.reference.len().saturating_sub(4)..];
                if !request.confirmation.trim().eq_ignore_ascii_case(tail) {
                    return Err(AppError::field(
                        "confirmation",
                        Message::of("release-confirmation").with("tail", tail),
                    ));
                }
                let orders = bookings::orders(db, row.id).await?;
                evidence::lock_orders(db, &orders.iter().copied().collect()).await?;
                if is_placed(&row) {
                    return rest(&ctx, db, &row, &orders).await;
                }
                let next = now.plus_seconds(3_600);
                if !bookings::release(db, row.id, now, &person, next).await? {
                    return Err(AppError::refused("release-not_open"));
                }
                let freed = free_open_units(&ctx, db, row.id, Freed::Released).await?;
                look::enqueue(&ctx, db, &row, next).await?;
                for order in orders {
                    let change = Change {
                        booking: Some(row.id),
                        was: Some("unknown".to_owned()),
                        became: Some(row.reference.clone()),
                        ..Change::default()
                    };
                    history::add(&ctx, db, order, HistoryKind::BookingReleased, change).await?;
                    crate::order::settle(&ctx, db, order, &freed).await?;
                }
                let said = Message::of("step-released").with("person", &ctx.actor);
                ending::resolve_group(&ctx, db, &row, GroupEnd::LeftOut, said).await
            })
        })
        .await
}

/// Frees the units of a placed booking that none of its orders holds.
async fn rest(ctx: &Ctx, db: &mut Db, row: &BookingRow, orders: &[i64]) -> Result<(), AppError> {
    let reason = Message::of("step-released").with("person", &ctx.actor);
    let mut units = 0;
    for mut line in bookings::lines(db, row.id).await? {
        if line.open() > 0 {
            units += line.open();
            line.refused += line.open();
            line.reason = Some(reason.json());
            bookings::save_line(db, &line).await?;
        }
    }
    if units == 0 {
        return Err(AppError::refused("release-not_open"));
    }
    let freed = free_open_units(ctx, db, row.id, Freed::Released).await?;
    for order in orders {
        let change = Change {
            booking: Some(row.id),
            was: Some("placed".to_owned()),
            became: Some(row.reference.clone()),
            facts: Some(serde_json::json!({ "units": units })),
            ..Change::default()
        };
        history::add(ctx, db, *order, HistoryKind::BookingReleased, change).await?;
    }
    differences::differences(ctx, db, row, orders).await?;
    for order in orders {
        crate::order::settle(ctx, db, *order, &freed).await?;
    }
    Ok(())
}
