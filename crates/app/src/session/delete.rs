//! Removing a session, when nothing open depends on it any more.

use crate::{AppError, Ctx, Message};
use store::sessions::{self, Dependents};

/// Why a session of which this depends cannot be deleted, if it cannot.
#[must_use]
pub fn delete_refusal(depends: &Dependents) -> Option<Message> {
    if depends.open_bookings > 0 || depends.open_purchases > 0 {
        // Counting stops there.
        let purchases = match depends.open_purchases {
            1_000.. => "1,000+".to_owned(),
            few => few.to_string(),
        };
        let message = Message::of("session-has_open_purchases")
            .with("bookings", depends.open_bookings)
            .with("purchases", purchases);
        return Some(message);
    }
    // Without its account nobody could look any more whether a released order shows after all.
    (depends.searched > 0)
        .then(|| Message::of("session-is_searched").with("bookings", depends.searched))
}

/// Removes a session: its tokens are wiped and it is shown no more. What it bought stays in the books.
///
/// # Errors
/// [`AppError::Refused`] while bookings or purchases of it are open; no such session.
pub async fn delete(ctx: &Ctx, session: i64) -> Result<(), AppError> {
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
                sessions::lock(db, session).await?;
                let depends = sessions::dependents(db, session).await?;
                if let Some(message) = delete_refusal(&depends) {
                    return Err(AppError::Refused(message));
                }
                store::strangers::forget_session(db, session).await?;
                sessions::remove(db, session).await?;
                Ok(())
            })
        })
        .await
}
