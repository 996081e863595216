//! Parcels to the customer: made from items that the warehouse has, filled, measured, sent.
//!
//! A parcel's status moves its items: an item stands where its least advanced unit is, so an item
//! of five is shipped when the parcels with all five of its units are.

mod contents;
mod create;
mod delete;
mod edit;
mod status;

pub use contents::{MoveItems, To, move_items};
pub use create::{CreateParcel, create};
pub use delete::delete;
pub use edit::{EditParcel, edit};
pub use status::{ParcelStatus, change_status};

use crate::AppError;
use std::collections::BTreeMap;
use store::Db;
use store::orders::{self, OrderRow};
use store::parcels::{self, ParcelRow};

/// A parcel with its order, which is held until the end of the transaction.
async fn hold(db: &mut Db, parcel: i64) -> Result<(OrderRow, ParcelRow), AppError> {
    let order = parcels::by_id(db, parcel)
        .await?
        .ok_or(AppError::NotFound("parcel"))?
        .order_id;
    let order = orders::lock(db, order).await?;
    // Read again: it may have changed before the order was ours.
    let parcel = parcels::by_id(db, parcel)
        .await?
        .ok_or(AppError::NotFound("parcel"))?;
    Ok((order, parcel))
}

/// Units of each item of an order that are in parcels; those of a parcel that came back count as
/// out of it.
pub(crate) async fn packed_units(db: &mut Db, order: i64) -> Result<BTreeMap<i64, i64>, AppError> {
    let back: Vec<i64> = parcels::of_order(db, order)
        .await?
        .into_iter()
        .filter(|p| p.status == ParcelStatus::Returned.code())
        .map(|p| p.id)
        .collect();
    let mut out = BTreeMap::new();
    for row in parcels::items_of_order(db, order).await? {
        if !back.contains(&row.parcel_id) {
            *out.entry(row.item_id).or_insert(0) += row.quantity;
        }
    }
    Ok(out)
}
