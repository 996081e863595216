//! Units of a released booking are sent again only after its reference was looked for once more.
//!
//! The look belongs to the permit: a booking that would send such units waits for it, and is taken
//! back when it finds the order.

use crate::activity::StepState;
use crate::booking::allocation::claim_again;
use crate::booking::run::{self, GroupEnd, GroupJob};
use crate::booking::{intent, look};
use crate::purchase::record;
use crate::{AppError, Ctx, Message};
use domain::PurchaseStatus;
use domain::item_status::Freed;
use std::collections::{BTreeMap, BTreeSet};
use store::bookings::{self, BookingRow};
use store::purchases::PurchaseRow;
use store::{Db, jobs, purchases};
use world::Timestamp;

/// A look stands for "once more" for so long, in seconds.
const LOOK_LASTS_SECONDS: i64 = 600;
/// A booking waits so long for the look, in seconds; then it is taken back.
const PATIENCE_SECONDS: i64 = 300;
/// Pause before a waiting booking asks again, in seconds.
const ASK_SECONDS: i64 = 2;

enum Standing {
    /// Looked for, and not there.
    Clear,
    /// The look is on its way.
    Looking,
    /// The order is there after all.
    Surfaced(Box<PurchaseRow>),
    /// Its account cannot be asked.
    OutOfReach(String),
}

/// Lets a planned booking go on when no released booking of its units stands in its way. Otherwise
/// it waits for the look or is taken back: all of it in the caller's transaction, and `false`.
pub(crate) async fn clear(
    ctx: &Ctx,
    db: &mut Db,
    held: jobs::Held,
    job: GroupJob,
    row: &BookingRow,
    now: Timestamp,
) -> Result<bool, AppError> {
    for released in bookings::released_before(db, row.id).await? {
        match standing(db, row, &released, now).await? {
            Standing::Clear => {}
            Standing::Looking => {
                wait(ctx, db, held, job, &released, now).await?;
                return Ok(false);
            }
            Standing::Surfaced(purchase) => {
                let why = Message::of("book-surfaced").with("number", &purchase.order_number);
                if take_back(ctx, db, held, job, row, why).await? {
                    claim_again(ctx, db, &released, purchase.id).await?;
                    let mut orders: BTreeSet<i64> = bookings::orders(db, released.id)
                        .await?
                        .into_iter()
                        .collect();
                    record::after(ctx, db, purchase.id, &mut orders).await?;
                    for order in orders {
                        crate::order::settle(ctx, db, order, &BTreeMap::new()).await?;
                    }
                }
                return Ok(false);
            }
            Standing::OutOfReach(login) => {
                let why = Message::of("book-not_looked_for")
                    .with("reference", &released.reference)
                    .with("session", login);
                take_back(ctx, db, held, job, row, why).await?;
                return Ok(false);
            }
        }
    }
    Ok(true)
}

async fn standing(
    db: &mut Db,
    row: &BookingRow,
    released: &BookingRow,
    now: Timestamp,
) -> Result<Standing, AppError> {
    let found = purchases::of_booking(db, released.id).await?;
    // What was there before this booking was begun, a person has seen.
    let surfaced = found.iter().find(|p| {
        p.first_seen_at >= row.planned_at
            && p.unbound_at.is_none()
            && p.status != PurchaseStatus::Closed
    });
    if let Some(purchase) = surfaced {
        return Ok(Standing::Surfaced(Box::new(purchase.clone())));
    }
    let recent = released.looked_at.is_some_and(|at| {
        released.released_at.is_some_and(|released| at > released)
            && now.seconds_since(at) < LOOK_LASTS_SECONDS
    });
    // A look that saw an order is followed by the read that brings it into the books.
    if recent && (released.empty_looks > 0 || !found.is_empty()) {
        return Ok(Standing::Clear);
    }
    let session = store::sessions::by_id(db, released.session_id).await?;
    match session {
        // Removed after the last look that was promised: nobody can be asked any more.
        None => Ok(Standing::Clear),
        Some(session) if session.state == "removed" => Ok(Standing::Clear),
        Some(session)
            if session.state != "active"
                || now.seconds_since(row.planned_at) > PATIENCE_SECONDS =>
        {
            Ok(Standing::OutOfReach(session.login))
        }
        Some(_) => Ok(Standing::Looking),
    }
}

async fn wait(
    ctx: &Ctx,
    db: &mut Db,
    held: jobs::Held,
    job: GroupJob,
    released: &BookingRow,
    now: Timestamp,
) -> Result<(), AppError> {
    // Asked for once: asking again would begin a look anew that is under way.
    if released.look_at.is_none_or(|at| at > now) {
        bookings::look_at(db, released.id, Some(now)).await?;
        look::enqueue(ctx, db, released, now).await?;
    }
    let how = jobs::Postpone {
        run_at: now.plus_seconds(ASK_SECONDS),
        free: true,
        ..jobs::Postpone::default()
    };
    jobs::postpone(db, held, &how).await?;
    let said = Message::of("step-looks_once_more")
        .with("marketplace", &released.marketplace)
        .with("reference", &released.reference);
    run::tell(db, job, "send", StepState::Running, said, now).await
}

async fn take_back(
    ctx: &Ctx,
    db: &mut Db,
    held: jobs::Held,
    job: GroupJob,
    row: &BookingRow,
    why: Message,
) -> Result<bool, AppError> {
    let taken = jobs::finish(db, held, ctx.now()).await?
        && intent::withdraw(ctx, db, row.id, Freed::Withdrawn, Some(&why)).await?;
    if taken {
        let hint = Some(Message::of("hint-look_at_item"));
        run::end_group(db, job, GroupEnd::Refused, "send", why, hint, ctx.now()).await?;
    }
    Ok(taken)
}
