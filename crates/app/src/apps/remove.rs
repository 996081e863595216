//! Taking an app away, when no session belongs to it any more.

use crate::{AppError, Ctx, Message};
use store::apps;
use store::sessions::{self, SessionRow};

/// Sessions that a refusal names; of more it gives the number.
const NAMED: usize = 5;

/// Why an app cannot be deleted to which these sessions belong, if it cannot.
#[must_use]
pub fn delete_refusal(sessions: &[SessionRow]) -> Option<Message> {
    if sessions.is_empty() {
        return None;
    }
    let named: Vec<&str> = sessions
        .iter()
        .take(NAMED)
        .map(|session| session.login.as_str())
        .collect();
    Some(
        Message::of("app-has_sessions")
            .with("sessions", named.join(", "))
            .with("n", sessions.len())
            .with("more", sessions.len().saturating_sub(NAMED)),
    )
}

/// Deletes an app: its secret is wiped and it is listed no more. Entered again, it comes back.
///
/// # Errors
/// [`AppError::Refused`] while sessions belong to it; no such app.
pub async fn delete(ctx: &Ctx, app: i64) -> Result<(), AppError> {
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            Box::pin(async move {
                apps::lock(db, app)
                    .await?
                    .ok_or(AppError::NotFound("app"))?;
                if let Some(message) = delete_refusal(&sessions::of_app(db, app).await?) {
                    return Err(AppError::Refused(message));
                }
                apps::remove(db, app).await?;
                Ok(())
            })
        })
        .await
}
