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
        /// Why the last read failed, as a message in JSON.
        pub error: Option<String>,
        /// When it was read.
        pub read_at: Timestamp,
    }
}

statements! {
    READ = "SELECT marketplace, item, facts, error, read_at FROM offers WHERE marketplace = $1 AND item = $2";
    OF_ORDER = "SELECT marketplace, item, facts, error, read_at FROM offers o WHERE EXISTS (SELECT 1 FROM items i WHERE i.order_id = $1 AND i.marketplace = o.marketplace AND i.item = o.item) AND (o.marketplace, o.item) IN (SELECT i.marketplace, i.item FROM items i WHERE i.order_id = $1)";
    SAVE = "INSERT INTO offers (marketplace, item, facts, error, read_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (marketplace, item) DO UPDATE SET facts = CASE WHEN excluded.facts = '' THEN offers.facts ELSE excluded.facts END, error = excluded.error, read_at = excluded.read_at";
    OLD = "SELECT DISTINCT i.marketplace, i.item FROM items i JOIN order_facets f ON f.order_id = i.order_id AND f.facet = 'ready'
        WHERE i.status = 'paid' AND NOT EXISTS (SELECT 1 FROM offers o WHERE o.marketplace = i.marketplace AND o.item = i.item AND o.read_at > $1) LIMIT $2";
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

/// Stores what was read; empty facts keep the older ones beside the error.
pub async fn save(db: &mut Db, row: &OfferRow) -> Result<(), Error> {
    db.exec(&SAVE, args![&row.marketplace, &row.item, &row.facts, &row.error, row.read_at]).await.map(|_| ())
}

/// Offers of items that are ready for purchase and were not read since `before`.
pub async fn wanted(db: &mut Db, before: Timestamp, limit: i64) -> Result<Vec<WantedOffer>, Error> {
    db.all(&OLD, args![before, limit]).await
}
