//! The permanent timeline of an order. Rows are only ever added, in the commit of the change.

use crate::db::Db;
use crate::{Error, args, record, statements};
use world::Timestamp;

macro_rules! columns {
    () => {
        "id, order_id, at, kind, grouping, actor, item_id, booking_id, purchase_id, parcel_id, was, became, facts"
    };
}

record! {
    /// One entry.
    pub struct HistoryRow {
        /// Row id; grows with time.
        pub id: i64,
        /// Order.
        pub order_id: i64,
        /// When.
        pub at: Timestamp,
        /// What, by the code of `domain::history`.
        pub kind: String,
        /// Group for the filter.
        pub grouping: String,
        /// Who.
        pub actor: String,
        /// Item concerned.
        pub item_id: Option<i64>,
        /// Booking concerned.
        pub booking_id: Option<i64>,
        /// Purchase concerned.
        pub purchase_id: Option<i64>,
        /// Parcel concerned.
        pub parcel_id: Option<i64>,
        /// Value before.
        pub was: Option<String>,
        /// Value after.
        pub became: Option<String>,
        /// What else is worth keeping, as JSON.
        pub facts: String,
    }
}

statements! {
    INSERT = "INSERT INTO history (id, order_id, at, kind, grouping, actor, item_id, booking_id, purchase_id, parcel_id, was, became, facts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    OF_ORDER = concat!("SELECT ", columns!(), " FROM history WHERE order_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    OF_ORDER_NEWER = concat!("SELECT ", columns!(), " FROM history WHERE order_id = $1 AND id > $2 ORDER BY id LIMIT $3");
    OF_ORDER_GROUP_NEWER = concat!("SELECT ", columns!(), " FROM history WHERE order_id = $1 AND grouping = $2 AND id > $3 ORDER BY id LIMIT $4");
    OF_ORDER_GROUP = concat!("SELECT ", columns!(), " FROM history WHERE order_id = $1 AND grouping = $2 AND id < $3 ORDER BY id DESC LIMIT $4");
}

/// Adds an entry.
pub async fn add(db: &mut Db, row: &HistoryRow) -> Result<(), Error> {
    db.exec(
        &INSERT,
        args![
            row.id,
            row.order_id,
            row.at,
            &row.kind,
            &row.grouping,
            &row.actor,
            row.item_id,
            row.booking_id,
            row.purchase_id,
            row.parcel_id,
            &row.was,
            &row.became,
            &row.facts
        ],
    )
    .await?;
    db.signal(crate::Signal::Order(row.order_id));
    Ok(())
}

/// Entries of an order older than `before`, newest first, of one group or of all.
pub async fn of_order(
    db: &mut Db,
    order: i64,
    group: Option<&str>,
    before: i64,
    limit: i64,
) -> Result<Vec<HistoryRow>, Error> {
    match group {
        Some(group) => {
            db.all(&OF_ORDER_GROUP, args![order, group, before, limit])
                .await
        }
        None => db.all(&OF_ORDER, args![order, before, limit]).await,
    }
}

/// Entries of an order newer than `after`, the oldest of them first, of one group or of all.
pub async fn of_order_newer(
    db: &mut Db,
    order: i64,
    group: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<HistoryRow>, Error> {
    match group {
        Some(group) => {
            db.all(&OF_ORDER_GROUP_NEWER, args![order, group, after, limit])
                .await
        }
        None => db.all(&OF_ORDER_NEWER, args![order, after, limit]).await,
    }
}
