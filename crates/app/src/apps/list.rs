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
