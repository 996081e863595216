//! Purchases: orders that exist at a marketplace, their lines and deliveries.

use crate::db::{Db, Record, Stmt, placeholders};
use crate::{Arg, Error, args, record, statements};
use domain::{Fen, PurchaseStatus};
use world::Timestamp;

macro_rules! columns {
    () => {
        "id, marketplace, order_number, session_id, booking_id, reference, seller, seller_name, status, raw_status, raw_refund, close_reason, total_fen, goods_fen, freight_fen, refunded_fen, accepted_fen, made_at, modified_at, paid_at, pay_by, sent_at, read_at, source, first_seen_at, was_paid, unbound_at, unbound_reason, cancel_state, cancel_token, cancel_asked_at, cancel_error, read_due_at, payment, version"
    };
}

record! {
    /// One order at a marketplace.
    pub struct PurchaseRow {
        /// Row id.
        pub id: i64,
        /// Marketplace's word.
        pub marketplace: String,
        /// Marketplace's number.
        pub order_number: String,
        /// Session that can see it.
        pub session_id: i64,
        /// Booking that made it, if one did.
        pub booking_id: Option<i64>,
        /// Reference that it carries.
        pub reference: Option<String>,
        /// Seller's id.
        pub seller: Option<String>,
        /// Seller's name.
        pub seller_name: String,
        /// Our word.
        pub status: PurchaseStatus,
        /// Marketplace's word.
        pub raw_status: String,
        /// Marketplace's word for a refund.
        pub raw_refund: Option<String>,
        /// Why it was closed.
        pub close_reason: Option<String>,
        /// All in.
        pub total_fen: Fen,
        /// Goods.
        pub goods_fen: Fen,
        /// Freight.
        pub freight_fen: Fen,
        /// Paid back.
        pub refunded_fen: Fen,
        /// What was accepted for it, all in; above it, Pay is withheld.
        pub accepted_fen: Option<Fen>,
        /// Made at the marketplace.
        pub made_at: Option<Timestamp>,
        /// Last changed there.
        pub modified_at: Option<Timestamp>,
        /// Paid.
        pub paid_at: Option<Timestamp>,
        /// To be paid by.
        pub pay_by: Option<Timestamp>,
        /// Everything sent.
        pub sent_at: Option<Timestamp>,
        /// When the read began that these facts come from.
        pub read_at: Timestamp,
        /// What led to that read: `booking`, `push`, `poll`, `person`.
        pub source: String,
        /// When we first saw it.
        pub first_seen_at: Timestamp,
        /// Money has moved for it at some time.
        pub was_paid: bool,
        /// Unbound without being cancelled: stays listed, is never adopted again, keeps no pay link.
        pub unbound_at: Option<Timestamp>,
        /// Why.
        pub unbound_reason: Option<String>,
        /// `asked`, `sending`, `unknown`, `refused`, `done`; none when no cancel was asked.
        pub cancel_state: Option<String>,
        /// Permit of the one sender of the cancel.
        pub cancel_token: Option<String>,
        /// When the cancel was asked.
        pub cancel_asked_at: Option<Timestamp>,
        /// Why the cancel failed, as a message in JSON.
        pub cancel_error: Option<String>,
        /// When it is to be read singly at the latest.
        pub read_due_at: Timestamp,
        /// Its payment through the interface, as JSON; none when nobody asked for one.
        pub payment: Option<String>,
        /// Grows with every change.
        pub version: i64,
    }
}

record! {
    /// One line of a purchase.
    pub struct PurchaseLineRow {
        /// Row id.
        pub id: i64,
        /// Purchase.
        pub purchase_id: i64,
        /// The marketplace's id of the line.
        pub line: String,
        /// Marketplace's item id.
        pub item: String,
        /// Specification.
        pub specification: Option<String>,
        /// Title as ordered.
        pub title: String,
        /// Specification in words.
        pub configuration: String,
        /// Picture.
        pub image: Option<String>,
        /// Units bought.
        pub quantity: i64,
        /// Units that cover items.
        pub units_allocated: i64,
        /// Price of one unit.
        pub price_fen: Fen,
        /// What the line costs.
        pub amount_fen: Fen,
        /// Our word.
        pub status: PurchaseStatus,
        /// Marketplace's word.
        pub raw_status: String,
        /// Marketplace's word for a refund on it.
        pub raw_refund: Option<String>,
        /// Money went back for it, or is to.
        pub refunded: bool,
        /// The marketplace closed it instead of making it: why, as a message in JSON.
        pub refusal: Option<String>,
    }
}

impl PurchaseLineRow {
    /// Units that cover nobody's item: the agent's stock.
    #[must_use]
    pub const fn unallocated(&self) -> i64 {
        self.quantity - self.units_allocated
    }
}

record! {
    /// A shipment from the seller to the agent's warehouse.
    pub struct DeliveryRow {
        /// Row id.
        pub id: i64,
        /// Purchase.
        pub purchase_id: i64,
        /// The marketplace's id of the shipment.
        pub delivery: String,
        /// Carrier.
        pub carrier: String,
        /// Tracking code.
        pub tracking: String,
        /// Marketplace's word.
        pub raw_status: String,
        /// Sent at.
        pub sent_at: Option<Timestamp>,
        /// Ids of the lines inside, as JSON; empty when all.
        pub lines: String,
        /// When it was read.
        pub read_at: Timestamp,
    }
}

statements! {
    INSERT = "INSERT INTO purchases (id, marketplace, order_number, session_id, booking_id, reference, seller, seller_name, status, raw_status, raw_refund, close_reason, total_fen, goods_fen, freight_fen, refunded_fen, accepted_fen, made_at, modified_at, paid_at, pay_by, sent_at, read_at, source, first_seen_at, was_paid, unbound_at, unbound_reason, cancel_state, cancel_token, cancel_asked_at, cancel_error, read_due_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, 1)
        ON CONFLICT (marketplace, order_number) DO NOTHING";
    SAVE = "UPDATE purchases SET session_id = $2, booking_id = $3, reference = $4, seller = $5, seller_name = $6, status = $7, raw_status = $8, raw_refund = $9, close_reason = $10, total_fen = $11, goods_fen = $12, freight_fen = $13, refunded_fen = $14, accepted_fen = $15, made_at = $16, modified_at = $17, paid_at = $18, pay_by = $19, sent_at = $20, read_at = $21, source = $22, was_paid = $23, unbound_at = $24, unbound_reason = $25, cancel_state = $26, cancel_token = $27, cancel_asked_at = $28, cancel_error = $29, read_due_at = $30, payment = $32, version = version + 1 WHERE id = $1 AND version = $31";
    BY_ID = concat!("SELECT ", columns!(), " FROM purchases WHERE id = $1");
    LOCK = concat!("SELECT ", columns!(), " FROM purchases WHERE id = $1"), pg = concat!("SELECT ", columns!(), " FROM purchases WHERE id = $1 FOR NO KEY UPDATE");
    BY_NUMBER = concat!("SELECT ", columns!(), " FROM purchases WHERE marketplace = $1 AND order_number = $2");
    LOCK_NUMBER = concat!("SELECT ", columns!(), " FROM purchases WHERE marketplace = $1 AND order_number = $2"),
      pg = concat!("SELECT ", columns!(), " FROM purchases WHERE marketplace = $1 AND order_number = $2 FOR NO KEY UPDATE");
    OF_BOOKING = concat!("SELECT ", columns!(), " FROM purchases WHERE booking_id = $1 ORDER BY id");
    OF_ORDER = concat!("SELECT ", columns!(), " FROM purchases WHERE id IN (SELECT l.purchase_id FROM claims c JOIN items i ON i.id = c.item_id JOIN purchase_lines l ON l.id = c.purchase_line_id WHERE i.order_id = $1 AND c.ended_at IS NULL) ORDER BY id");
    ORDERS_OF = "SELECT DISTINCT i.order_id FROM claims c JOIN purchase_lines l ON l.id = c.purchase_line_id JOIN items i ON i.id = c.item_id WHERE l.purchase_id = $1 AND c.ended_at IS NULL ORDER BY i.order_id";
    DUE = concat!("SELECT ", columns!(), " FROM purchases WHERE session_id = $1 AND read_due_at <= $2 ORDER BY read_due_at LIMIT $3");
    PUT_OFF_READ = "UPDATE purchases SET read_due_at = $2 WHERE id = $1 AND read_due_at < $2";
    INSERT_LINE = "INSERT INTO purchase_lines (id, purchase_id, line, item, specification, title, configuration, image, quantity, units_allocated, price_fen, amount_fen, status, raw_status, raw_refund, refunded, refusal)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13, $14, $15, $16)";
    SAVE_LINE = "UPDATE purchase_lines SET item = $2, specification = $3, title = $4, configuration = $5, image = $6, quantity = $7, price_fen = $8, amount_fen = $9, status = $10, raw_status = $11, raw_refund = $12, refunded = $13 WHERE id = $1";
    EVER_COVERED = "SELECT count(*) AS n FROM (SELECT 1 AS one FROM claims c JOIN purchase_lines l ON l.id = c.purchase_line_id WHERE l.purchase_id = $1 LIMIT 1) AS found";
    GIVEN = "SELECT COALESCE(SUM(quantity), 0) AS n FROM claims WHERE purchase_line_id = $1",
      pg = "SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) AS n FROM claims WHERE purchase_line_id = $1";
    BUILDING_OF_ORDER = concat!("SELECT ", columns!(), " FROM purchases WHERE status = 'building' AND booking_id IN (SELECT l.booking_id FROM claims c JOIN items i ON i.id = c.item_id JOIN booking_lines l ON l.id = c.booking_line_id WHERE i.order_id = $1 AND c.ended_at IS NULL) ORDER BY id");
    BUILDING_LONG = "SELECT f.purchase_id FROM purchase_facets f WHERE f.facet = 'building' AND f.sort_key <= $1
        AND NOT EXISTS (SELECT 1 FROM exceptions e WHERE e.purchase_id = f.purchase_id AND e.kind = 'still_building' AND e.closed_at IS NULL) ORDER BY f.sort_key LIMIT $2";
    PAYING = "SELECT purchase_id FROM purchase_facets WHERE facet = 'paying' AND sort_key <= $1 ORDER BY sort_key LIMIT $2";
    PAYING_LONG = "SELECT f.purchase_id FROM purchase_facets f WHERE f.facet = 'paying' AND f.sort_key <= $1
        AND NOT EXISTS (SELECT 1 FROM exceptions e WHERE e.purchase_id = f.purchase_id AND e.kind = 'pay_unknown' AND e.closed_at IS NULL) ORDER BY f.sort_key LIMIT $2";
    RENAME_LINE = "UPDATE purchase_lines SET line = $2 WHERE id = $1";
    LINES = "SELECT id, purchase_id, line, item, specification, title, configuration, image, quantity, units_allocated, price_fen, amount_fen, status, raw_status, raw_refund, refunded, refusal FROM purchase_lines WHERE purchase_id = $1 ORDER BY id";
    LINES_OF_ORDER = "SELECT id, purchase_id, line, item, specification, title, configuration, image, quantity, units_allocated, price_fen, amount_fen, status, raw_status, raw_refund, refunded, refusal FROM purchase_lines
        WHERE purchase_id IN (SELECT l.purchase_id FROM claims c JOIN items i ON i.id = c.item_id JOIN purchase_lines l ON l.id = c.purchase_line_id WHERE i.order_id = $1 AND c.ended_at IS NULL) ORDER BY id";
    DELIVERIES = "SELECT id, purchase_id, delivery, carrier, tracking, raw_status, sent_at, lines, read_at FROM deliveries WHERE purchase_id = $1 ORDER BY id";
    DELIVERIES_OF_ORDER = "SELECT id, purchase_id, delivery, carrier, tracking, raw_status, sent_at, lines, read_at FROM deliveries
        WHERE purchase_id IN (SELECT l.purchase_id FROM claims c JOIN items i ON i.id = c.item_id JOIN purchase_lines l ON l.id = c.purchase_line_id WHERE i.order_id = $1 AND c.ended_at IS NULL) ORDER BY id";
    SAVE_DELIVERY = "INSERT INTO deliveries (id, purchase_id, delivery, carrier, tracking, raw_status, sent_at, lines, read_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (purchase_id, delivery) DO UPDATE SET carrier = excluded.carrier, tracking = excluded.tracking, raw_status = excluded.raw_status, sent_at = excluded.sent_at, lines = excluded.lines, read_at = excluded.read_at";
    FACET_ADD = "INSERT INTO purchase_facets (facet, sort_key, purchase_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    FACETS_CLEAR = "DELETE FROM purchase_facets WHERE purchase_id = $1";
    FACETS_OF = "SELECT facet, sort_key FROM purchase_facets WHERE purchase_id = $1 ORDER BY facet";
    AFTER = "SELECT sort_key, purchase_id FROM purchase_facets WHERE facet = $1 AND (sort_key, purchase_id) > ($2, $3) ORDER BY sort_key, purchase_id LIMIT $4";
    BEFORE = "SELECT sort_key, purchase_id FROM purchase_facets WHERE facet = $1 AND (sort_key, purchase_id) < ($2, $3) ORDER BY sort_key DESC, purchase_id DESC LIMIT $4";
    PAY_SOON = "SELECT f.purchase_id FROM purchase_facets f WHERE f.facet = 'to_pay' AND f.sort_key <= $1
        AND NOT EXISTS (SELECT 1 FROM exceptions e WHERE e.purchase_id = f.purchase_id AND e.kind = 'pay_deadline' AND e.closed_at IS NULL) ORDER BY f.sort_key LIMIT $2";
    CANCELLING = concat!("SELECT ", columns!(), " FROM purchases WHERE cancel_state IN ('asked', 'sending', 'unknown') AND cancel_asked_at <= $1 ORDER BY cancel_asked_at LIMIT $2");
    COVERS = "SELECT c.id, c.item_id, l.purchase_id, l.id AS purchase_line_id, c.quantity, i.order_id, o.number AS order_number
        FROM purchase_lines l JOIN claims c ON c.purchase_line_id = l.id AND c.ended_at IS NULL JOIN items i ON i.id = c.item_id JOIN orders o ON o.id = i.order_id
        WHERE l.purchase_id = $1 ORDER BY c.id";
    COVERS_BESIDE_ORDER = "SELECT c.id, c.item_id, l.purchase_id, l.id AS purchase_line_id, c.quantity, i.order_id, o.number AS order_number
        FROM purchase_lines l JOIN claims c ON c.purchase_line_id = l.id AND c.ended_at IS NULL JOIN items i ON i.id = c.item_id JOIN orders o ON o.id = i.order_id
        WHERE l.purchase_id IN (SELECT l.purchase_id FROM claims c JOIN items i ON i.id = c.item_id JOIN purchase_lines l ON l.id = c.purchase_line_id WHERE i.order_id = $1 AND c.ended_at IS NULL) ORDER BY c.id";
}

record! {
    /// A place in a list: the keyset of its paging.
    pub struct Place {
        /// Sort key.
        pub sort_key: i64,
        /// Purchase.
        pub purchase_id: i64,
    }
}

record! {
    /// Units of an item that a line of a purchase covers, with the order that they belong to.
    pub struct Cover {
        /// Row id of the claim.
        pub id: i64,
        /// Item.
        pub item_id: i64,
        /// Purchase.
        pub purchase_id: i64,
        /// Its line.
        pub purchase_line_id: i64,
        /// Units.
        pub quantity: i64,
        /// Order of the item.
        pub order_id: i64,
        /// That order's number.
        pub order_number: String,
    }
}

record! {
    /// An order whose items a purchase covers.
    pub struct OrderOfPurchase {
        /// Purchase.
        pub purchase_id: i64,
        /// Order.
        pub order_id: i64,
        /// Its number.
        pub number: String,
    }
}

record! {
    /// How many purchases carry a facet.
    pub struct FacetCount {
        /// Facet.
        pub name: String,
        /// How many.
        pub n: i64,
    }
}

/// The way in which a list is paged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// What comes after a place; from the beginning when there is none.
    After(Option<(i64, i64)>),
    /// What comes before a place.
    Before((i64, i64)),
}

/// A page of the purchases that carry a facet, in the order of the list.
pub async fn page(db: &mut Db, facet: &str, side: Side, limit: i64) -> Result<Vec<Place>, Error> {
    match side {
        Side::After(place) => {
            let (key, id) = place.unwrap_or((i64::MIN, i64::MIN));
            db.all(&AFTER, args![facet, key, id, limit]).await
        }
        Side::Before((key, id)) => {
            let mut rows: Vec<Place> = db.all(&BEFORE, args![facet, key, id, limit]).await?;
            rows.reverse();
            Ok(rows)
        }
    }
}

/// How many purchases carry each of these facets; facets without any are missing.
pub async fn facet_counts(db: &mut Db, facets: &[String]) -> Result<Vec<FacetCount>, Error> {
    let sql = format!(
        "SELECT substr(name, 10) AS name, CAST(SUM(n) AS BIGINT) AS n FROM facet_counts WHERE name IN ({}) GROUP BY name ORDER BY name",
        placeholders(1, facets.len())
    );
    let args: Vec<Arg> = facets
        .iter()
        .map(|f| Arg::from(format!("purchase {f}")))
        .collect();
    db.all(&Stmt::assembled(sql), &args).await
}

/// Runs a statement whose list of ids is as long as needed, in parts.
async fn for_ids<T: Record>(
    db: &mut Db,
    before: &str,
    ids: &[i64],
    after: &str,
) -> Result<Vec<T>, Error> {
    let mut out = Vec::new();
    for part in ids.chunks(200) {
        let sql = format!("{before} IN ({}) {after}", placeholders(1, part.len()));
        let args: Vec<Arg> = part.iter().map(Arg::from).collect();
        out.extend(db.all::<T>(&Stmt::assembled(sql), &args).await?);
    }
    Ok(out)
}

/// Purchases by their ids, by id.
pub async fn by_ids(db: &mut Db, ids: &[i64]) -> Result<Vec<PurchaseRow>, Error> {
    let select = concat!("SELECT ", columns!(), " FROM purchases WHERE id");
    for_ids(db, select, ids, "ORDER BY id").await
}

/// Orders whose items these purchases cover, by number.
pub async fn orders_of(db: &mut Db, ids: &[i64]) -> Result<Vec<OrderOfPurchase>, Error> {
    let select = "SELECT DISTINCT l.purchase_id, o.id AS order_id, o.number FROM purchase_lines l JOIN claims c ON c.purchase_line_id = l.id AND c.ended_at IS NULL JOIN items i ON i.id = c.item_id JOIN orders o ON o.id = i.order_id WHERE l.purchase_id";
    let mut out: Vec<OrderOfPurchase> =
        for_ids(db, select, ids, "ORDER BY o.number, l.purchase_id").await?;
    // What is still being made covers nothing yet; it is for the items that its booking holds.
    let select = "SELECT DISTINCT p.id AS purchase_id, o.id AS order_id, o.number FROM purchases p JOIN booking_lines l ON l.booking_id = p.booking_id JOIN claims c ON c.booking_line_id = l.id AND c.ended_at IS NULL JOIN items i ON i.id = c.item_id JOIN orders o ON o.id = i.order_id WHERE p.status = 'building' AND p.id";
    out.extend(for_ids(db, select, ids, "ORDER BY o.number, p.id").await?);
    Ok(out)
}

/// Shipments of these purchases.
pub async fn deliveries_of(db: &mut Db, ids: &[i64]) -> Result<Vec<DeliveryRow>, Error> {
    let select = "SELECT id, purchase_id, delivery, carrier, tracking, raw_status, sent_at, lines, read_at FROM deliveries WHERE purchase_id";
    for_ids(db, select, ids, "ORDER BY id").await
}

/// What a purchase covers, of every order.
pub async fn covers(db: &mut Db, purchase: i64) -> Result<Vec<Cover>, Error> {
    db.all(&COVERS, args![purchase]).await
}

/// What the purchases that cover items of an order cover, of this order and of others.
pub async fn covers_beside_order(db: &mut Db, order: i64) -> Result<Vec<Cover>, Error> {
    db.all(&COVERS_BESIDE_ORDER, args![order]).await
}

/// Purchases that must be paid by `until` and are not told of yet, the most urgent first.
pub async fn pay_soon(db: &mut Db, until: Timestamp, limit: i64) -> Result<Vec<i64>, Error> {
    db.all(&PAY_SOON, args![until, limit]).await
}

/// Purchases that their marketplace has been making since before `before` and nobody is told of yet.
pub async fn building_long(db: &mut Db, before: Timestamp, limit: i64) -> Result<Vec<i64>, Error> {
    db.all(&BUILDING_LONG, args![before, limit]).await
}

/// Purchases whose payment was asked for by `before` and has no end.
pub async fn paying(db: &mut Db, before: Timestamp, limit: i64) -> Result<Vec<i64>, Error> {
    db.all(&PAYING, args![before, limit]).await
}

/// The same, as far as nobody is told of yet.
pub async fn paying_long(db: &mut Db, before: Timestamp, limit: i64) -> Result<Vec<i64>, Error> {
    db.all(&PAYING_LONG, args![before, limit]).await
}

/// Purchases that are being made at their marketplace for units of an order.
pub async fn building_of_order(db: &mut Db, order: i64) -> Result<Vec<PurchaseRow>, Error> {
    db.all(&BUILDING_OF_ORDER, args![order]).await
}

/// Units that a line was given ever, also those that were taken from it again.
pub async fn ever_given(db: &mut Db, line: i64) -> Result<i64, Error> {
    db.one(&GIVEN, args![line], "sum").await
}

/// Purchases whose cancel was asked before `before` and has no end yet.
pub async fn cancelling(
    db: &mut Db,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<PurchaseRow>, Error> {
    db.all(&CANCELLING, args![before, limit]).await
}

record! {
    /// A facet under which a purchase is listed.
    pub struct FacetRow {
        /// `to_pay`, `to_pay@session 17`…
        pub facet: String,
        /// Its place in the list.
        pub sort_key: i64,
    }
}

/// Stores a new purchase. `false` when the marketplace's number is known already: then nothing was
/// stored, and the caller reads and updates the known one.
pub async fn insert(db: &mut Db, row: &PurchaseRow) -> Result<bool, Error> {
    db.exec_one(
        &INSERT,
        args![
            row.id,
            &row.marketplace,
            &row.order_number,
            row.session_id,
            row.booking_id,
            &row.reference,
            &row.seller,
            &row.seller_name,
            row.status,
            &row.raw_status,
            &row.raw_refund,
            &row.close_reason,
            row.total_fen,
            row.goods_fen,
            row.freight_fen,
            row.refunded_fen,
            row.accepted_fen,
            row.made_at,
            row.modified_at,
            row.paid_at,
            row.pay_by,
            row.sent_at,
            row.read_at,
            &row.source,
            row.first_seen_at,
            row.was_paid,
            row.unbound_at,
            &row.unbound_reason,
            &row.cancel_state,
            &row.cancel_token,
            row.cancel_asked_at,
            &row.cancel_error,
            row.read_due_at
        ],
    )
    .await
}

/// Stores what changed in a purchase that was read in this transaction.
///
/// # Errors
/// [`Error::Missing`] when somebody else changed it since.
pub async fn save(db: &mut Db, row: &PurchaseRow) -> Result<(), Error> {
    let done = db
        .exec_one(
            &SAVE,
            args![
                row.id,
                row.session_id,
                row.booking_id,
                &row.reference,
                &row.seller,
                &row.seller_name,
                row.status,
                &row.raw_status,
                &row.raw_refund,
                &row.close_reason,
                row.total_fen,
                row.goods_fen,
                row.freight_fen,
                row.refunded_fen,
                row.accepted_fen,
                row.made_at,
                row.modified_at,
                row.paid_at,
                row.pay_by,
                row.sent_at,
                row.read_at,
                &row.source,
                row.was_paid,
                row.unbound_at,
                &row.unbound_reason,
                &row.cancel_state,
                &row.cancel_token,
                row.cancel_asked_at,
                &row.cancel_error,
                row.read_due_at,
                row.version,
                &row.payment
            ],
        )
        .await?;
    if done {
        Ok(())
    } else {
        Err(Error::Missing("purchase of this version"))
    }
}

/// One purchase.
pub async fn by_id(db: &mut Db, id: i64) -> Result<Option<PurchaseRow>, Error> {
    db.opt(&BY_ID, args![id]).await
}

/// One purchase, held until the end of the transaction.
pub async fn lock(db: &mut Db, id: i64) -> Result<PurchaseRow, Error> {
    db.one(&LOCK, args![id], "purchase").await
}

/// The purchase of a marketplace's number.
pub async fn by_number(
    db: &mut Db,
    marketplace: &str,
    number: &str,
) -> Result<Option<PurchaseRow>, Error> {
    db.opt(&BY_NUMBER, args![marketplace, number]).await
}

/// The purchase of a marketplace's number, held until the end of the transaction.
pub async fn lock_number(
    db: &mut Db,
    marketplace: &str,
    number: &str,
) -> Result<Option<PurchaseRow>, Error> {
    db.opt(&LOCK_NUMBER, args![marketplace, number]).await
}

/// Purchases that a booking made.
pub async fn of_booking(db: &mut Db, booking: i64) -> Result<Vec<PurchaseRow>, Error> {
    db.all(&OF_BOOKING, args![booking]).await
}

/// Purchases that cover items of an order.
pub async fn of_order(db: &mut Db, order: i64) -> Result<Vec<PurchaseRow>, Error> {
    db.all(&OF_ORDER, args![order]).await
}

/// Orders whose items a purchase covers.
pub async fn orders(db: &mut Db, purchase: i64) -> Result<Vec<i64>, Error> {
    db.all(&ORDERS_OF, args![purchase]).await
}

/// Purchases of a session that are to be read singly by `now`.
pub async fn due(
    db: &mut Db,
    session: i64,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<PurchaseRow>, Error> {
    db.all(&DUE, args![session, now, limit]).await
}

/// A read of a purchase was asked for: it is not due again before `at`.
pub async fn put_off_read(db: &mut Db, id: i64, at: Timestamp) -> Result<(), Error> {
    db.exec(&PUT_OFF_READ, args![id, at]).await.map(|_| ())
}

/// Stores a new line.
pub async fn insert_line(db: &mut Db, row: &PurchaseLineRow) -> Result<(), Error> {
    db.exec(
        &INSERT_LINE,
        args![
            row.id,
            row.purchase_id,
            &row.line,
            &row.item,
            &row.specification,
            &row.title,
            &row.configuration,
            &row.image,
            row.quantity,
            row.price_fen,
            row.amount_fen,
            row.status,
            &row.raw_status,
            &row.raw_refund,
            row.refunded,
            &row.refusal
        ],
    )
    .await
    .map(|_| ())
}

/// Stores what changed in a line; its allocations stay.
pub async fn save_line(db: &mut Db, row: &PurchaseLineRow) -> Result<(), Error> {
    db.exec(
        &SAVE_LINE,
        args![
            row.id,
            &row.item,
            &row.specification,
            &row.title,
            &row.configuration,
            &row.image,
            row.quantity,
            row.price_fen,
            row.amount_fen,
            row.status,
            &row.raw_status,
            &row.raw_refund,
            row.refunded
        ],
    )
    .await
    .map(|_| ())
}

/// Did this purchase cover an item at some time?
pub async fn ever_covered(db: &mut Db, purchase: i64) -> Result<bool, Error> {
    Ok(db
        .one::<i64>(&EVER_COVERED, args![purchase], "count")
        .await?
        > 0)
}

/// Gives a line the id that the marketplace has for it.
pub async fn rename_line(db: &mut Db, id: i64, line: &str) -> Result<(), Error> {
    db.exec(&RENAME_LINE, args![id, line]).await.map(|_| ())
}

/// Lines of a purchase.
pub async fn lines(db: &mut Db, purchase: i64) -> Result<Vec<PurchaseLineRow>, Error> {
    db.all(&LINES, args![purchase]).await
}

/// Lines of every purchase that covers items of an order.
pub async fn lines_of_order(db: &mut Db, order: i64) -> Result<Vec<PurchaseLineRow>, Error> {
    db.all(&LINES_OF_ORDER, args![order]).await
}

/// Shipments of a purchase.
pub async fn deliveries(db: &mut Db, purchase: i64) -> Result<Vec<DeliveryRow>, Error> {
    db.all(&DELIVERIES, args![purchase]).await
}

/// Shipments of every purchase that covers items of an order.
pub async fn deliveries_of_order(db: &mut Db, order: i64) -> Result<Vec<DeliveryRow>, Error> {
    db.all(&DELIVERIES_OF_ORDER, args![order]).await
}

/// Stores a shipment, new or changed.
pub async fn save_delivery(db: &mut Db, row: &DeliveryRow) -> Result<(), Error> {
    db.exec(
        &SAVE_DELIVERY,
        args![
            row.id,
            row.purchase_id,
            &row.delivery,
            &row.carrier,
            &row.tracking,
            &row.raw_status,
            row.sent_at,
            &row.lines,
            row.read_at
        ],
    )
    .await
    .map(|_| ())
}

/// Lists a purchase under exactly these facets; writes nothing when it is listed so already.
pub async fn set_facets(db: &mut Db, purchase: i64, facets: &[(String, i64)]) -> Result<(), Error> {
    let mut wanted = facets.to_vec();
    wanted.sort();
    let known: Vec<FacetRow> = db.all(&FACETS_OF, args![purchase]).await?;
    if known
        .iter()
        .map(|f| (f.facet.clone(), f.sort_key))
        .eq(wanted.iter().cloned())
    {
        return Ok(());
    }
    db.exec(&FACETS_CLEAR, args![purchase]).await?;
    for (facet, key) in wanted {
        db.exec(&FACET_ADD, args![facet, key, purchase]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::Dialect;
    use crate::temporary::{Temporary, plan};

    /// Statements of lists and reconcilers, which must stay cheap however many purchases there are.
    const LISTS: [(&str, Stmt); 10] = [
        ("after", AFTER),
        ("before", BEFORE),
        ("pay soon", PAY_SOON),
        ("cancelling", CANCELLING),
        ("due", DUE),
        ("covers", COVERS_BESIDE_ORDER),
        ("building", BUILDING_OF_ORDER),
        ("building long", BUILDING_LONG),
        ("paying", PAYING),
        ("paying long", PAYING_LONG),
    ];

    #[tokio::test]
    async fn no_list_of_purchases_scans_a_table() {
        for temporary in Temporary::both().await.unwrap() {
            let mut db = temporary.store.read().await.unwrap();
            for (name, stmt) in LISTS {
                let values = match name {
                    "after" | "before" => args!["to_pay", 1_i64, 1_i64, 10_i64].to_vec(),
                    "due" => args![1_i64, 1_i64, 10_i64].to_vec(),
                    "covers" | "building" => args![1_i64].to_vec(),
                    _ => args![1_i64, 10_i64].to_vec(),
                };
                let lines = plan(&mut db, &stmt, &values).await.unwrap();
                let bad = lines.iter().find(|line| match temporary.store.dialect() {
                    Dialect::Sqlite => line.contains("SCAN"),
                    Dialect::Pg => line.contains("Seq Scan"),
                });
                assert_eq!(bad, None, "{name}\n{}", lines.join("\n"));
                // Pages come in the order of their index.
                let sorts = |line: &&String| line.contains("TEMP B-TREE") || line.contains("Sort");
                if matches!(name, "after" | "before") {
                    assert_eq!(
                        lines.iter().find(sorts),
                        None,
                        "{name}\n{}",
                        lines.join("\n")
                    );
                }
            }
            drop(db);
            temporary.end().await.unwrap();
        }
    }
}
