//! Items of an order as people handle them: their status, splitting, correcting, weight and
//! comments.
//!
//! Every operation holds the order first and settles it at the end. What was on the screen when
//! the person decided is named by the item's version where a second press would do it twice.

mod correct;
mod edit;
mod number;
mod split;
mod status;

pub use correct::{Correct, Original, correct, original};
pub use edit::{Edit, edit};
pub use number::{Numbering, numbering};
pub use split::{Split, split};
pub use status::{ChangeStatus, change_status, moves};

use crate::{AppError, Message};
use store::Db;
use store::items::{self, ItemRow};
use store::orders::{self, OrderRow};

/// An item with its order, both held until the end of the transaction.
async fn hold(db: &mut Db, item: i64) -> Result<(OrderRow, ItemRow), AppError> {
    let order = items::by_id(db, item)
        .await?
        .ok_or(AppError::NotFound("item"))?
        .order_id;
    // The order first: whoever changes something of it takes turns there.
    let order = orders::lock(db, order).await?;
    Ok((order, items::lock(db, item).await?))
}

/// The item is as the person saw it.
fn check_version(item: &ItemRow, seen: i64) -> Result<(), AppError> {
    if item.version == seen {
        Ok(())
    } else {
        Err(AppError::refused("item-changed_meanwhile"))
    }
}

/// Units of an item that are in parcels.
async fn packed(db: &mut Db, item: &ItemRow) -> Result<i64, AppError> {
    let units = crate::parcel::packed_units(db, item.order_id).await?;
    Ok(units.get(&item.id).copied().unwrap_or(0))
}

/// A text that a person wrote, without blanks around it and not too long.
fn text(field: &str, text: &str, most: usize) -> Result<String, AppError> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(AppError::field(
            field,
            Message::of("error-too_long").with("most", most),
        ));
    }
    Ok(text.to_owned())
}
