//! Emptying a session: it makes no new bookings, and what it bought is followed to the end.

use crate::{AppError, Ctx};
use store::sessions;

/// Takes a session out of booking.
///
/// # Errors
/// No such session.
pub async fn drain(ctx: &Ctx, session: i64) -> Result<(), AppError> {
    set(ctx, session, true).await
}

/// Takes a session back into booking.
///
/// # Errors
/// No such session.
pub async fn undrain(ctx: &Ctx, session: i64) -> Result<(), AppError> {
    set(ctx, session, false).await
}

/// Takes bookings up again that rest because of a limit: a person knows that it is over.
///
/// # Errors
/// No such session.
pub async fn resume_bookings(ctx: &Ctx, session: i64) -> Result<(), AppError> {
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            Box::pin(async move {
                if sessions::by_id(db, session)
                    .await?
                    .is_none_or(|row| row.state == "removed")
                {
                    return Err(AppError::NotFound("session"));
                }
                sessions::resume_bookings(db, session).await?;
                Ok(())
            })
        })
        .await
}

async fn set(ctx: &Ctx, session: i64, draining: bool) -> Result<(), AppError> {
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            Box::pin(async move {
                if sessions::by_id(db, session)
                    .await?
                    .is_none_or(|row| row.state == "removed")
                {
                    return Err(AppError::NotFound("session"));
                }
                sessions::set_draining(db, session, draining).await?;
                Ok(())
            })
        })
        .await
}
