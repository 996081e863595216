//! Testing an app's key with a call that changes nothing, and learning how far the marketplace's clock
//! is from ours.

use crate::{AppError, Ctx, Message};
use marketplaces::ErrorKind;
use store::apps;

/// An offset below this is the resolution of the answer, not a wrong clock.
const NOTICEABLE_US: i64 = 2_000_000;

/// Tests an app's key; the outcome is kept with the app.
///
/// # Errors
/// The marketplace's refusal, also kept with the app; no such app.
pub async fn check(ctx: &Ctx, app: i64) -> Result<(), AppError> {
    let calls = {
        let mut db = ctx.app.store.read().await?;
        let row = apps::by_id(&mut db, app)
            .await?
            .ok_or(AppError::NotFound("app"))?;
        ctx.app.app_calls(&row)?
    };
    let started = ctx.now();
    let answer = calls.market.connector.app_check(&calls.caller()).await;
    let now = ctx.now();
    let (error, offset) = match &answer {
        Err(error) if error.kind == ErrorKind::Unsupported => (None, None),
        Ok(check) => {
            // The answer was made somewhere between the two; half-way is the best guess.
            let between = i64::midpoint(started.0, now.0);
            let offset = check.server_time.map(|theirs| theirs.0 - between);
            (
                None,
                offset.map(|us| if us.abs() < NOTICEABLE_US { 0 } else { us }),
            )
        }
        Err(error) => (Some(Message::market(error).json()), None),
    };
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            let error = error.clone();
            Box::pin(
                async move { Ok(apps::checked(db, app, now, error.as_deref(), offset).await?) },
            )
        })
        .await?;
    if let Err(error) = &answer
        && matches!(error.kind, ErrorKind::UsedUp { .. })
    {
        super::used_up(ctx, app, error).await?;
    }
    match answer {
        Ok(_) => Ok(()),
        // A marketplace without such a call proves nothing, and that is no fault of the key.
        Err(error) if error.kind == ErrorKind::Unsupported => Ok(()),
        Err(error) => Err(AppError::Market(error)),
    }
}
