//! Orders of the agent's customers, with what is derived from their items: status, counts, the
//! facets that lists are driven by, and the terms that they are found under.
//!
//! Whoever changes anything of an order holds its row first ([`lock`]), so that two who change
//! different items of it take turns where the derived columns are written.

use crate::db::Db;
use crate::{Error, args, record, statements};
use domain::{Amount, OrderStatus};
use std::collections::BTreeSet;
use world::Timestamp;

macro_rules! columns {
    () => {
        "id, number, created_at, imported_at, customer_code, customer_name, status, person_status, currency, goods, delivery_cost, delivery_service, total, paid, weight_g, rate, rate_day, comment_customer, comment_operator, items_count, item_counts, ready_items, marketplaces, open_exceptions, open_unknown, last_session_id, version"
    };
}

record! {
    /// One order.
    pub struct OrderRow {
        /// Row id.
        pub id: i64,
        /// Number: three letters, a dash and digits.
        pub number: String,
        /// When the customer ordered.
        pub created_at: Timestamp,
        /// When it came in here.
        pub imported_at: Timestamp,
        /// Customer's code.
        pub customer_code: String,
        /// Customer's name.
        pub customer_name: String,
        /// Status that is shown.
        pub status: OrderStatus,
        /// How a person ended it, by the code of `domain::OrderEnd`.
        pub person_status: Option<String>,
        /// Customer's currency.
        pub currency: String,
        /// Prices of goods.
        pub goods: Amount,
        /// Delivery to the customer.
        pub delivery_cost: Amount,
        /// Who delivers.
        pub delivery_service: String,
        /// Goods and delivery.
        pub total: Amount,
        /// Paid by the customer so far.
        pub paid: Amount,
        /// Weight of the items in grams, where all of them are known.
        pub weight_g: Option<i64>,
        /// Yuan for one unit of the customer's currency, as decimal text.
        pub rate: Option<String>,
        /// Day of that rate.
        pub rate_day: Option<String>,
        /// Customer's comment.
        pub comment_customer: String,
        /// Operator's comment.
        pub comment_operator: String,
        /// Items.
        pub items_count: i64,
        /// Items per status, as JSON: `{"paid":2}`.
        pub item_counts: String,
        /// Items that may be booked now.
        pub ready_items: i64,
        /// Marketplaces of its items, by commas.
        pub marketplaces: String,
        /// Open differences.
        pub open_exceptions: i64,
        /// Bookings whose outcome nobody knows.
        pub open_unknown: i64,
        /// Session last used for it.
        pub last_session_id: Option<i64>,
        /// Grows with every change.
        pub version: i64,
    }
}

record! {
    /// Counts of what needs a person.
    pub struct OpenCounts {
        /// Open differences of the order, of the purchases that cover it and of its open bookings.
        pub exceptions: i64,
        /// Bookings with units of the order whose outcome nobody knows.
        pub unknown: i64,
    }
}

record! {
    /// A payment of the customer.
    pub struct PaymentRow {
        /// Row id.
        pub id: i64,
        /// Order.
        pub order_id: i64,
        /// How much.
        pub amount: Amount,
        /// Note.
        pub note: String,
        /// Who recorded it.
        pub actor: String,
        /// When.
        pub at: Timestamp,
        /// Given by the form: the same request is the same payment.
        pub request_id: String,
    }
}

statements! {
    INSERT = "INSERT INTO orders (id, number, created_at, imported_at, customer_code, customer_name, status, person_status, currency, goods, delivery_cost, delivery_service, total, paid, weight_g, rate, rate_day, comment_customer, comment_operator, items_count, item_counts, ready_items, marketplaces, open_exceptions, open_unknown, last_session_id, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, 1)
        ON CONFLICT (number) DO NOTHING";
    BY_ID = concat!("SELECT ", columns!(), " FROM orders WHERE id = $1");
    BY_NUMBER = concat!("SELECT ", columns!(), " FROM orders WHERE number = $1");
    NUMBER_ENDS = "SELECT (SELECT number FROM orders ORDER BY number LIMIT 1) AS first, (SELECT number FROM orders ORDER BY number DESC LIMIT 1) AS last";
    LOCK = concat!("SELECT ", columns!(), " FROM orders WHERE id = $1"), pg = concat!("SELECT ", columns!(), " FROM orders WHERE id = $1 FOR NO KEY UPDATE");
    LOCK_NUMBER = concat!("SELECT ", columns!(), " FROM orders WHERE number = $1"), pg = concat!("SELECT ", columns!(), " FROM orders WHERE number = $1 FOR NO KEY UPDATE");
    SAVE_DERIVED = "UPDATE orders SET status = $2, weight_g = $3, items_count = $4, item_counts = $5, ready_items = $6, marketplaces = $7, open_exceptions = $8, open_unknown = $9, version = version + 1 WHERE id = $1";
    SAVE_MONEY = "UPDATE orders SET goods = $2, total = $3, paid = $4, version = version + 1 WHERE id = $1";
    SAVE_SOURCE = "INSERT INTO order_sources (order_id, content) VALUES ($1, $2) ON CONFLICT (order_id) DO UPDATE SET content = excluded.content";
    SOURCE = "SELECT content FROM order_sources WHERE order_id = $1";
    SAVE_END = "UPDATE orders SET person_status = $2, version = version + 1 WHERE id = $1";
    SAVE_COMMENT = "UPDATE orders SET comment_operator = $2, version = version + 1 WHERE id = $1";
    SET_SESSION = "UPDATE orders SET last_session_id = $2, version = version + 1 WHERE id = $1 AND (last_session_id IS NULL OR last_session_id <> $2)";
    OPEN_COUNTS = "SELECT
          (SELECT count(*) FROM exceptions WHERE id IN (
            SELECT id FROM exceptions WHERE order_id = $1 AND closed_at IS NULL
            UNION SELECT e.id FROM items i JOIN claims c ON c.item_id = i.id JOIN purchase_lines l ON l.id = c.purchase_line_id JOIN exceptions e ON e.purchase_id = l.purchase_id WHERE i.order_id = $1 AND c.ended_at IS NULL AND e.closed_at IS NULL
            UNION SELECT e.id FROM items i JOIN claims c ON c.item_id = i.id JOIN booking_lines l ON l.id = c.booking_line_id JOIN exceptions e ON e.booking_id = l.booking_id WHERE i.order_id = $1 AND c.ended_at IS NULL AND e.closed_at IS NULL)) AS exceptions,
          (SELECT count(DISTINCT b.id) FROM items i JOIN claims c ON c.item_id = i.id JOIN booking_lines l ON l.id = c.booking_line_id JOIN bookings b ON b.id = l.booking_id WHERE i.order_id = $1 AND c.ended_at IS NULL AND b.state = 'unknown') AS unknown";
    PURCHASE_NUMBERS = "SELECT DISTINCT p.order_number FROM items i JOIN claims c ON c.item_id = i.id JOIN purchase_lines l ON l.id = c.purchase_line_id JOIN purchases p ON p.id = l.purchase_id WHERE i.order_id = $1
        UNION SELECT o.other_number FROM items i JOIN claims c ON c.item_id = i.id JOIN purchase_lines l ON l.id = c.purchase_line_id JOIN purchases p ON p.id = l.purchase_id JOIN other_numbers o ON o.marketplace = p.marketplace AND o.order_number = p.order_number WHERE i.order_id = $1
        UNION SELECT p.order_number FROM items i JOIN claims c ON c.item_id = i.id JOIN booking_lines l ON l.id = c.booking_line_id JOIN purchases p ON p.booking_id = l.booking_id WHERE i.order_id = $1 AND p.status = 'building'";
    TRACKING_CODES = "SELECT DISTINCT d.tracking FROM items i JOIN claims c ON c.item_id = i.id JOIN purchase_lines l ON l.id = c.purchase_line_id JOIN deliveries d ON d.purchase_id = l.purchase_id WHERE i.order_id = $1
        UNION SELECT tracking FROM parcels WHERE order_id = $1";
    FACETS = "SELECT facet FROM order_facets WHERE order_id = $1";
    FACET_ADD = "INSERT INTO order_facets (facet, created_at, order_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    FACET_REMOVE = "DELETE FROM order_facets WHERE facet = $1 AND created_at = $2 AND order_id = $3";
    TERMS = "SELECT term FROM search_terms WHERE order_id = $1";
    TERM_ADD = "INSERT INTO search_terms (term, created_at, order_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    TERM_REMOVE = "DELETE FROM search_terms WHERE term = $1 AND created_at = $2 AND order_id = $3";
    PAYMENT_INSERT = "INSERT INTO payments (id, order_id, amount, note, actor, at, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (request_id) DO NOTHING";
    PAYMENTS = "SELECT id, order_id, amount, note, actor, at, request_id FROM payments WHERE order_id = $1 ORDER BY at, id LIMIT 500";
    PAYMENT_BY_REQUEST = "SELECT id, order_id, amount, note, actor, at, request_id FROM payments WHERE request_id = $1";
    COUNTS = "SELECT name, n FROM facet_counts WHERE name >= 'order' AND name < 'ordert'",
      pg = "SELECT name, SUM(n)::BIGINT AS n FROM facet_counts WHERE name >= 'order' AND name < 'ordert' GROUP BY name";
}

record! {
    /// How many orders carry a facet.
    pub struct FacetCount {
        /// `orders` for all, else `order ` and the facet.
        pub name: String,
        /// How many.
        pub n: i64,
    }
}

record! {
    /// The first and the last number in use, by the order of letters.
    pub struct NumberEnds {
        /// First.
        pub first: Option<String>,
        /// Last.
        pub last: Option<String>,
    }
}

/// Stores a new order. `false` when the number is taken: then nothing was stored.
pub async fn insert(db: &mut Db, row: &OrderRow) -> Result<bool, Error> {
    db.exec_one(
        &INSERT,
        args![
            row.id,
            &row.number,
            row.created_at,
            row.imported_at,
            &row.customer_code,
            &row.customer_name,
            row.status,
            &row.person_status,
            &row.currency,
            &row.goods,
            &row.delivery_cost,
            &row.delivery_service,
            &row.total,
            &row.paid,
            row.weight_g,
            &row.rate,
            &row.rate_day,
            &row.comment_customer,
            &row.comment_operator,
            row.items_count,
            &row.item_counts,
            row.ready_items,
            &row.marketplaces,
            row.open_exceptions,
            row.open_unknown,
            row.last_session_id
        ],
    )
    .await
}

/// One order.
pub async fn by_id(db: &mut Db, id: i64) -> Result<Option<OrderRow>, Error> {
    db.opt(&BY_ID, args![id]).await
}

/// The order of a number.
pub async fn by_number(db: &mut Db, number: &str) -> Result<Option<OrderRow>, Error> {
    db.opt(&BY_NUMBER, args![number]).await
}

/// The first and the last number in use, by the order of letters.
pub async fn number_ends(db: &mut Db) -> Result<Option<(String, String)>, Error> {
    let ends: NumberEnds = db.one(&NUMBER_ENDS, args![], "numbers").await?;
    Ok(ends.first.zip(ends.last))
}

/// One order, held until the end of the transaction.
pub async fn lock(db: &mut Db, id: i64) -> Result<OrderRow, Error> {
    db.one(&LOCK, args![id], "order").await
}

/// The order of a number, held until the end of the transaction.
pub async fn lock_number(db: &mut Db, number: &str) -> Result<Option<OrderRow>, Error> {
    db.opt(&LOCK_NUMBER, args![number]).await
}

/// Stores what is derived from the items.
pub async fn save_derived(db: &mut Db, row: &OrderRow) -> Result<(), Error> {
    db.exec(
        &SAVE_DERIVED,
        args![
            row.id,
            row.status,
            row.weight_g,
            row.items_count,
            &row.item_counts,
            row.ready_items,
            &row.marketplaces,
            row.open_exceptions,
            row.open_unknown
        ],
    )
    .await
    .map(|_| ())
}

/// Stores prices of goods, total and paid amount.
pub async fn save_money(db: &mut Db, row: &OrderRow) -> Result<(), Error> {
    db.exec(
        &SAVE_MONEY,
        args![row.id, &row.goods, &row.total, &row.paid],
    )
    .await
    .map(|_| ())
}

/// Stores what was taken in, in a fixed form: another intake of the number is compared with it.
pub async fn save_source(db: &mut Db, id: i64, content: &str) -> Result<(), Error> {
    db.exec(&SAVE_SOURCE, args![id, content]).await.map(|_| ())
}

/// What was taken in.
pub async fn source(db: &mut Db, id: i64) -> Result<Option<String>, Error> {
    db.opt(&SOURCE, args![id]).await
}

/// Stores how a person ended the order, or that nobody did.
pub async fn save_end(db: &mut Db, id: i64, end: Option<&str>) -> Result<(), Error> {
    db.exec(&SAVE_END, args![id, end]).await.map(|_| ())
}

/// Stores the operator's comment.
pub async fn save_comment(db: &mut Db, id: i64, comment: &str) -> Result<(), Error> {
    db.exec(&SAVE_COMMENT, args![id, comment]).await.map(|_| ())
}

/// Remembers the session last used for the order.
pub async fn set_session(db: &mut Db, id: i64, session: i64) -> Result<(), Error> {
    db.exec(&SET_SESSION, args![id, session]).await.map(|_| ())
}

/// Counts what needs a person.
pub async fn open_counts(db: &mut Db, id: i64) -> Result<OpenCounts, Error> {
    db.one(&OPEN_COUNTS, args![id], "counts").await
}

/// The marketplace's numbers of every purchase that covers or ever covered the order, also those
/// that only people know.
pub async fn purchase_numbers(db: &mut Db, id: i64) -> Result<Vec<String>, Error> {
    db.all(&PURCHASE_NUMBERS, args![id]).await
}

/// Tracking codes toward the warehouse and toward the customer.
pub async fn tracking_codes(db: &mut Db, id: i64) -> Result<Vec<String>, Error> {
    db.all(&TRACKING_CODES, args![id]).await
}

/// Lists an order under exactly these facets; writes only differences.
pub async fn set_facets(
    db: &mut Db,
    row: &OrderRow,
    wanted: &BTreeSet<String>,
) -> Result<(), Error> {
    let known: BTreeSet<String> = db
        .all::<String>(&FACETS, args![row.id])
        .await?
        .into_iter()
        .collect();
    for gone in known.difference(wanted) {
        db.exec(&FACET_REMOVE, args![gone, row.created_at, row.id])
            .await?;
    }
    for fresh in wanted.difference(&known) {
        db.exec(&FACET_ADD, args![fresh, row.created_at, row.id])
            .await?;
    }
    Ok(())
}

/// Makes an order be found under exactly these terms; writes only differences.
pub async fn set_terms(
    db: &mut Db,
    row: &OrderRow,
    wanted: &BTreeSet<String>,
) -> Result<(), Error> {
    let known: BTreeSet<String> = db
        .all::<String>(&TERMS, args![row.id])
        .await?
        .into_iter()
        .collect();
    for gone in known.difference(wanted) {
        db.exec(&TERM_REMOVE, args![gone, row.created_at, row.id])
            .await?;
    }
    for fresh in wanted.difference(&known) {
        db.exec(&TERM_ADD, args![fresh, row.created_at, row.id])
            .await?;
    }
    Ok(())
}

/// Stores a payment. `false` when this request recorded one already: then nothing was stored.
pub async fn add_payment(db: &mut Db, row: &PaymentRow) -> Result<bool, Error> {
    db.exec_one(
        &PAYMENT_INSERT,
        args![
            row.id,
            row.order_id,
            &row.amount,
            &row.note,
            &row.actor,
            row.at,
            &row.request_id
        ],
    )
    .await
}

/// Payments of an order, the first 500.
pub async fn payments(db: &mut Db, order: i64) -> Result<Vec<PaymentRow>, Error> {
    db.all(&PAYMENTS, args![order]).await
}

/// The payment that a request recorded.
pub async fn payment_of_request(db: &mut Db, request: &str) -> Result<Option<PaymentRow>, Error> {
    db.opt(&PAYMENT_BY_REQUEST, args![request]).await
}

/// How many orders there are, and how many carry each facet.
pub async fn counts(db: &mut Db) -> Result<Vec<FacetCount>, Error> {
    db.all(&COUNTS, args![]).await
}
