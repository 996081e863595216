//! What marketplaces told of offers, with the moment of telling.

use crate::db::Db;
use crate::{Error, args, record, statements};
use world::Timestamp;

record! {
    /// An offer as it was read last.
    pub struct OfferRow {
        /// Marketplace's word.
        pub marketplace: String,
        /// Marketplace's item id.
        pub item: String,
        /// Facts, as JSON; empty when it could never be read.
        pub facts: String,
        /// When these facts were read.
        pub read_at: Option<Timestamp>,
        /// Why the last try failed, as a message in JSON; none when it went well.
        pub error: Option<String>,
        /// When it was tried last.
        pub tried_at: Timestamp,
    }
}

statements! {
    READ = "SELECT marketplace, item, facts, read_at, error, tried_at FROM offers WHERE marketplace = $1 AND item = $2";
    OF_ORDER = "SELECT marketplace, item, facts, read_at, error, tried_at FROM offers WHERE (marketplace, item) IN (SELECT marketplace, item FROM items WHERE order_id = $1) ORDER BY marketplace, item";
    SAVE = "INSERT INTO offers (marketplace, item, facts, read_at, error, tried_at) VALUES ($1, $2, $3, $4, NULL, $4)
        ON CONFLICT (marketplace, item) DO UPDATE SET facts = excluded.facts, read_at = excluded.read_at, error = NULL, tried_at = excluded.tried_at";
    FAILED = "INSERT INTO offers (marketplace, item, facts, error, tried_at) VALUES ($1, $2, '', $3, $4)
        ON CONFLICT (marketplace, item) DO UPDATE SET error = excluded.error, tried_at = excluded.tried_at";
    WANTED = "SELECT DISTINCT i.marketplace, i.item FROM order_facets f JOIN items i ON i.order_id = f.order_id
        WHERE f.facet = 'ready' AND i.status = 'paid' AND i.units_taken < i.quantity AND NOT EXISTS (SELECT 1 FROM offers o WHERE o.marketplace = i.marketplace AND o.item = i.item AND o.tried_at > $1) LIMIT $2";
}

record! {
    /// Goods whose price and stock are to be read.
    pub struct WantedOffer {
        /// Marketplace's word.
        pub marketplace: String,
        /// Marketplace's item id.
        pub item: String,
    }
}

/// An offer as it was read last.
pub async fn read(db: &mut Db, marketplace: &str, item: &str) -> Result<Option<OfferRow>, Error> {
    db.opt(&READ, args![marketplace, item]).await
}

/// Offers of the items of an order.
pub async fn of_order(db: &mut Db, order: i64) -> Result<Vec<OfferRow>, Error> {
    db.all(&OF_ORDER, args![order]).await
}

/// Stores facts as they were read at `now`.
pub async fn save(
    db: &mut Db,
    marketplace: &str,
    item: &str,
    facts: &str,
    now: Timestamp,
) -> Result<(), Error> {
    db.exec(&SAVE, args![marketplace, item, facts, now])
        .await
        .map(|_| ())
}

/// Stores why a read failed, beside the facts of an earlier one.
pub async fn failed(
    db: &mut Db,
    marketplace: &str,
    item: &str,
    error: &str,
    now: Timestamp,
) -> Result<(), Error> {
    db.exec(&FAILED, args![marketplace, item, error, now])
        .await
        .map(|_| ())
}

/// Offers of items that are ready for purchase and were not tried since `before`.
pub async fn wanted(db: &mut Db, before: Timestamp, limit: i64) -> Result<Vec<WantedOffer>, Error> {
    db.all(&WANTED, args![before, limit]).await
}
