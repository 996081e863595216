//! Apps as people see them.

use crate::{App, AppError, Message};
use store::sessions::{self, AppRow};

/// An app with what is shown of it.
#[derive(Clone, Debug)]
pub struct AppShown {
    /// The row; its secret is sealed.
    pub row: AppRow,
    /// Sessions that use it.
    pub sessions: i64,
    /// What the last check said, when it failed.
    pub error: Option<Message>,
}

/// The app that a login at a marketplace goes through when nobody has chosen one: the first whose
/// last check was not refused, else the first.
///
/// # Errors
/// [`AppError::Refused`] when there is none; the database's.
pub async fn for_login(app: &App, marketplace: &str) -> Result<i64, AppError> {
    let rows = sessions::apps(&mut app.store.read().await?).await?;
    rows.iter()
        .filter(|row| row.marketplace == marketplace)
        .min_by_key(|row| (row.check_error.is_some(), row.id))
        .map(|row| row.id)
        .ok_or_else(|| AppError::refused("connect-no_app"))
}

/// Every app, by marketplace.
///
/// # Errors
/// The database's.
pub async fn list(app: &App) -> Result<Vec<AppShown>, AppError> {
    let mut db = app.store.read().await?;
    let mut shown = Vec::new();
    for row in sessions::apps(&mut db).await? {
        shown.push(AppShown {
            sessions: sessions::count_of_app(&mut db, row.id).await?,
            error: row.check_error.as_deref().map(Message::from_json),
            row,
        });
    }
    Ok(shown)
}
