//! The ids under which offers are ordered, where a marketplace's orders speak other ids than its
//! offers do. Learnt from offers, looked up both ways.

use crate::db::Db;
use crate::{Error, args, record, statements};
use world::Timestamp;

record! {
    /// One specification of an offer (or an offer without any) and the ids of its order lines. Text
    /// that is empty stands for none.
    pub struct OrderableRow {
        /// Marketplace's word.
        pub marketplace: String,
        /// Item id in orders.
        pub orderable_item: String,
        /// Specification id in orders.
        pub orderable_specification: String,
        /// Item id of the offer.
        pub item: String,
        /// Specification id of the offer.
        pub specification: String,
        /// When the offer told.
        pub read_at: Timestamp,
    }
}

statements! {
    SAVE = "INSERT INTO orderables (marketplace, orderable_item, orderable_specification, item, specification, read_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (marketplace, orderable_item, orderable_specification) DO UPDATE SET item = excluded.item, specification = excluded.specification, read_at = excluded.read_at
        WHERE orderables.item <> excluded.item OR orderables.specification <> excluded.specification";
    OF_OFFER = "SELECT marketplace, orderable_item, orderable_specification, item, specification, read_at FROM orderables WHERE marketplace = $1 AND item = $2 AND specification = $3 ORDER BY read_at DESC LIMIT 1";
    OF_ORDER = "SELECT marketplace, orderable_item, orderable_specification, item, specification, read_at FROM orderables WHERE marketplace = $1 AND orderable_item = $2 AND orderable_specification = $3";
}

/// Keeps what an offer told. Writes nothing when it is known already.
pub async fn save(db: &mut Db, row: &OrderableRow) -> Result<(), Error> {
    db.exec(
        &SAVE,
        args![
            &row.marketplace,
            &row.orderable_item,
            &row.orderable_specification,
            &row.item,
            &row.specification,
            row.read_at
        ],
    )
    .await
    .map(|_| ())
}

/// Under which ids a specification of an offer is ordered, as told last.
pub async fn of_offer(
    db: &mut Db,
    marketplace: &str,
    item: &str,
    specification: Option<&str>,
) -> Result<Option<OrderableRow>, Error> {
    db.opt(
        &OF_OFFER,
        args![marketplace, item, specification.unwrap_or_default()],
    )
    .await
}

/// Which specification of which offer an order line is.
pub async fn of_order(
    db: &mut Db,
    marketplace: &str,
    item: &str,
    specification: Option<&str>,
) -> Result<Option<OrderableRow>, Error> {
    db.opt(
        &OF_ORDER,
        args![marketplace, item, specification.unwrap_or_default()],
    )
    .await
}
