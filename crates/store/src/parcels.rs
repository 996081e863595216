//! Parcels: what the agent sends to the customer, with the units inside.

use crate::db::Db;
use crate::{Error, args, record, statements};
use world::Timestamp;

macro_rules! columns {
    () => {
        "id, order_id, position, status, service, tracking, weight_g, length_mm, width_mm, height_mm, note, created_at, changed_at, version"
    };
}

record! {
    /// One parcel.
    pub struct ParcelRow {
        /// Row id.
        pub id: i64,
        /// Order.
        pub order_id: i64,
        /// Position in the order, from 1.
        pub position: i64,
        /// Status: `draft`, `packed`, `shipped`, `delivered`, `returned`.
        pub status: String,
        /// Who carries it.
        pub service: String,
        /// Tracking code.
        pub tracking: String,
        /// Weight in grams.
        pub weight_g: Option<i64>,
        /// Length in millimetres.
        pub length_mm: Option<i64>,
        /// Width in millimetres.
        pub width_mm: Option<i64>,
        /// Height in millimetres.
        pub height_mm: Option<i64>,
        /// Note.
        pub note: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it last changed.
        pub changed_at: Timestamp,
        /// Grows with every change.
        pub version: i64,
    }
}

record! {
    /// Units of an item in a parcel.
    pub struct ParcelItemRow {
        /// Parcel.
        pub parcel_id: i64,
        /// Item.
        pub item_id: i64,
        /// Units.
        pub quantity: i64,
    }
}

record! {
    /// The form that made a parcel; kept when the parcel is taken away, so that it makes no other.
    pub struct ParcelRequestRow {
        /// The form's id.
        pub request_id: String,
        /// The parcel that it made.
        pub parcel_id: i64,
        /// Of this order.
        pub order_id: i64,
    }
}

statements! {
    INSERT = "INSERT INTO parcels (id, order_id, position, status, service, tracking, weight_g, length_mm, width_mm, height_mm, note, created_at, changed_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 1)";
    BY_ID = concat!("SELECT ", columns!(), " FROM parcels WHERE id = $1");
    OF_ORDER = concat!("SELECT ", columns!(), " FROM parcels WHERE order_id = $1 ORDER BY position");
    ITEMS_OF_ORDER = "SELECT q.parcel_id, q.item_id, q.quantity FROM parcel_items q JOIN parcels p ON p.id = q.parcel_id WHERE p.order_id = $1 ORDER BY q.parcel_id, q.item_id";
    SAVE = "UPDATE parcels SET status = $2, service = $3, tracking = $4, weight_g = $5, length_mm = $6, width_mm = $7, height_mm = $8, note = $9, changed_at = $10, version = version + 1 WHERE id = $1";
    PUT = "INSERT INTO parcel_items (parcel_id, item_id, quantity) VALUES ($1, $2, $3)
        ON CONFLICT (parcel_id, item_id) DO UPDATE SET quantity = excluded.quantity";
    TAKE_OUT = "DELETE FROM parcel_items WHERE parcel_id = $1 AND item_id = $2";
    DELETE = "DELETE FROM parcels WHERE id = $1";
    ADD_REQUEST = "INSERT INTO parcel_requests (request_id, parcel_id, order_id) VALUES ($1, $2, $3)";
    OF_REQUEST = "SELECT request_id, parcel_id, order_id FROM parcel_requests WHERE request_id = $1";
}

/// The parcel that this form made, if it was sent before.
pub async fn of_request(db: &mut Db, request: &str) -> Result<Option<ParcelRequestRow>, Error> {
    db.opt(&OF_REQUEST, args![request]).await
}

/// Remembers which parcel a form made.
pub async fn add_request(db: &mut Db, row: &ParcelRequestRow) -> Result<(), Error> {
    db.exec(
        &ADD_REQUEST,
        args![&row.request_id, row.parcel_id, row.order_id],
    )
    .await
    .map(|_| ())
}

/// Stores a new parcel.
pub async fn insert(db: &mut Db, row: &ParcelRow) -> Result<(), Error> {
    db.exec(
        &INSERT,
        args![
            row.id,
            row.order_id,
            row.position,
            &row.status,
            &row.service,
            &row.tracking,
            row.weight_g,
            row.length_mm,
            row.width_mm,
            row.height_mm,
            &row.note,
            row.created_at
        ],
    )
    .await
    .map(|_| ())
}

/// One parcel.
pub async fn by_id(db: &mut Db, id: i64) -> Result<Option<ParcelRow>, Error> {
    db.opt(&BY_ID, args![id]).await
}

/// Parcels of an order, by position.
pub async fn of_order(db: &mut Db, order: i64) -> Result<Vec<ParcelRow>, Error> {
    db.all(&OF_ORDER, args![order]).await
}

/// What is in the parcels of an order.
pub async fn items_of_order(db: &mut Db, order: i64) -> Result<Vec<ParcelItemRow>, Error> {
    db.all(&ITEMS_OF_ORDER, args![order]).await
}

/// Stores what changed in a parcel.
pub async fn save(db: &mut Db, row: &ParcelRow) -> Result<(), Error> {
    db.exec(
        &SAVE,
        args![
            row.id,
            &row.status,
            &row.service,
            &row.tracking,
            row.weight_g,
            row.length_mm,
            row.width_mm,
            row.height_mm,
            &row.note,
            row.changed_at
        ],
    )
    .await
    .map(|_| ())
}

/// Sets how many units of an item are in a parcel; none takes the item out.
pub async fn put(db: &mut Db, parcel: i64, item: i64, quantity: i64) -> Result<(), Error> {
    if quantity == 0 {
        db.exec(&TAKE_OUT, args![parcel, item]).await?;
    } else {
        db.exec(&PUT, args![parcel, item, quantity]).await?;
    }
    Ok(())
}

/// Deletes an empty parcel.
pub async fn delete(db: &mut Db, id: i64) -> Result<(), Error> {
    db.exec(&DELETE, args![id]).await.map(|_| ())
}
