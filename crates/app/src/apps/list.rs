//! Apps as people see them.

use super::calls::{Day, days};
use crate::{App, AppError, Message};
use store::apps::{self, AppRow};
use store::sessions::{self, SessionRow};
use world::Timestamp;

/// An app with what is shown of it.
#[derive(Clone, Debug)]
pub struct AppShown {
    /// The row; its secret is sealed.
    pub row: AppRow,
    /// Sessions that belong to it.
    pub sessions: Vec<SessionRow>,
    /// Its calls today.
    pub today: Day,
    /// It rests: why and until when.
    pub rests: Option<(Message, Timestamp)>,
    /// What the last check said, when it failed.
    pub error: Option<Message>,
}

/// The apps that a login at a marketplace may go through, the best first: those that are not switched
/// off; first those whose last check was not refused, that do not rest and have calls left.
///
/// # Errors
/// [`AppError::Refused`] when there is none; the database's.
pub async fn for_login(app: &App, marketplace: &str) -> Result<Vec<AppShown>, AppError> {
    let mut usable = list(app).await?;
    usable.retain(|shown| shown.row.marketplace == marketplace);
    if usable.is_empty() {
        return Err(AppError::refused("connect-no_app"));
    }
    usable.retain(|shown| !shown.row.is_off());
    if usable.is_empty() {
        return Err(AppError::refused("connect-app_off"));
    }
    usable.sort_by_key(|shown| {
        (
            shown.error.is_some(),
            shown.rests.is_some(),
            shown.today.level(),
            shown.row.id,
        )
    });
    Ok(usable)
}

/// The other apps to which a session could move, the best first.
///
/// # Errors
/// The database's.
pub async fn for_others(app: &App, session: &SessionRow) -> Result<Vec<AppShown>, AppError> {
    match for_login(app, &session.marketplace).await {
        Ok(mut usable) => {
            usable.retain(|shown| shown.row.id != session.app_id);
            Ok(usable)
        }
        Err(AppError::Refused(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Every app, by marketplace.
///
/// # Errors
/// The database's.
pub async fn list(app: &App) -> Result<Vec<AppShown>, AppError> {
    let mut db = app.store.read().await?;
    let now = app.now();
    let used = days(app, &mut db).await?;
    let all = sessions::all(&mut db).await?;
    Ok(apps::all(&mut db)
        .await?
        .into_iter()
        .map(|row| AppShown {
            sessions: all
                .iter()
                .filter(|session| session.app_id == row.id)
                .cloned()
                .collect(),
            today: Day {
                used: used.get(&row.id).copied().unwrap_or(0),
                quota: row.daily_quota,
            },
            rests: row
                .rest_reason
                .as_deref()
                .filter(|_| row.rests_until_at > now)
                .map(|reason| (Message::from_json(reason), row.rests_until_at)),
            error: row.check_error.as_deref().map(Message::from_json),
            row,
        })
        .collect())
}
