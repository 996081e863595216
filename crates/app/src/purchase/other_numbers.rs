//! Numbers of orders that people know and the marketplace cannot be asked for.

use crate::AppError;
use store::Db;
use store::other_numbers::{self, OtherNumberRow};

/// Keeps the further numbers of an order that an account has shown.
pub(crate) async fn keep(
    db: &mut Db,
    marketplace: &str,
    session: i64,
    order: &str,
    others: &[String],
) -> Result<(), AppError> {
    for other in others {
        let row = OtherNumberRow {
            marketplace: marketplace.to_owned(),
            other_number: other.clone(),
            order_number: order.to_owned(),
            session_id: session,
        };
        other_numbers::save(db, &row).await?;
    }
    Ok(())
}
