//! Takes back a booking that has not been sent.

use crate::booking::ending;
use crate::booking::intent;
use crate::booking::run::GroupEnd;
use crate::{AppError, Ctx, Message};
use domain::item_status::Freed;
use store::bookings;

/// Withdraws a planned booking: its units are free again.
///
/// # Errors
/// When it is on its way or its outcome is known: then only looking helps; the database's.
pub async fn withdraw(ctx: &Ctx, booking: i64) -> Result<(), AppError> {
    ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let row = bookings::by_id(db, booking)
                    .await?
                    .ok_or(AppError::NotFound("booking"))?;
                let said = Message::of("step-withdrawn").with("person", &ctx.actor);
                if !intent::withdraw(&ctx, db, booking, Freed::Withdrawn, Some(&said)).await? {
                    return Err(AppError::refused("booking-already_sent"));
                }
                ending::resolve_group(&ctx, db, &row, GroupEnd::LeftOut, said).await
            })
        })
        .await
}
