//! Writing the timeline: one entry per change, in the commit of the change.

use crate::{AppError, Ctx, IdPage, IdPlace};
use domain::HistoryKind;
use store::Db;
use store::history::HistoryRow;

/// What changed.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Item concerned.
    pub item: Option<i64>,
    /// Booking concerned.
    pub booking: Option<i64>,
    /// Purchase concerned.
    pub purchase: Option<i64>,
    /// Parcel concerned.
    pub parcel: Option<i64>,
    /// Value before.
    pub was: Option<String>,
    /// Value after.
    pub became: Option<String>,
    /// What else is worth keeping, as JSON.
    pub facts: Option<serde_json::Value>,
}

/// Adds an entry to an order's timeline.
///
/// # Errors
/// The database's.
pub async fn add(
    ctx: &Ctx,
    db: &mut Db,
    order: i64,
    kind: HistoryKind,
    change: Change,
) -> Result<(), AppError> {
    let row = HistoryRow {
        id: ctx.id(),
        order_id: order,
        at: ctx.now(),
        kind: kind.code().to_owned(),
        grouping: kind.group().code().to_owned(),
        actor: ctx.actor.to_string(),
        item_id: change.item,
        booking_id: change.booking,
        purchase_id: change.purchase,
        parcel_id: change.parcel,
        was: change.was,
        became: change.became,
        facts: change
            .facts
            .map_or_else(|| "{}".to_owned(), |f| f.to_string()),
    };
    store::history::add(db, &row).await?;
    Ok(())
}

/// Entries of an order older than `before` (an id), newest first, of one group or of all.
///
/// # Errors
/// The database's.
pub async fn list(
    app: &crate::App,
    order: i64,
    group: Option<&str>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<HistoryRow>, AppError> {
    let mut db = app.store.read().await?;
    Ok(store::history::of_order(&mut db, order, group, before.unwrap_or(i64::MAX), limit).await?)
}

/// A page of an order's timeline, of one group or of all.
///
/// # Errors
/// The database's.
pub async fn page(
    app: &crate::App,
    order: i64,
    group: Option<&str>,
    place: IdPlace,
    limit: i64,
) -> Result<IdPage<HistoryRow>, AppError> {
    let mut db = app.store.read().await?;
    let rows = match place {
        IdPlace::Newest => {
            store::history::of_order(&mut db, order, group, i64::MAX, limit + 1).await?
        }
        IdPlace::Older(id) => {
            store::history::of_order(&mut db, order, group, id, limit + 1).await?
        }
        IdPlace::Newer(id) => {
            store::history::of_order_newer(&mut db, order, group, id, limit + 1).await?
        }
    };
    Ok(IdPage::of(rows, place, limit, |row| row.id))
}
