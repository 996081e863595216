//! Differences that need a person. One open exception per kind and subject; it closes by itself
//! when its cause is gone.

use crate::db::{Db, Stmt, placeholders};
use crate::{Arg, Error, args, record, statements};
use domain::Fen;
use world::Timestamp;

macro_rules! columns {
    () => {
        "id, kind, marketplace, session_id, order_id, item_id, purchase_id, booking_id, subject, facts, money_fen, opened_at, closed_at, closed_by"
    };
}

record! {
    /// One difference.
    pub struct ExceptionRow {
        /// Row id.
        pub id: i64,
        /// Kind, by the code of `domain::exception::ExceptionKind`.
        pub kind: String,
        /// Marketplace's word.
        pub marketplace: String,
        /// Session concerned.
        pub session_id: Option<i64>,
        /// Order concerned, where it is one.
        pub order_id: Option<i64>,
        /// Item concerned.
        pub item_id: Option<i64>,
        /// Purchase concerned.
        pub purchase_id: Option<i64>,
        /// Booking concerned.
        pub booking_id: Option<i64>,
        /// What it is about, so that it is opened once: `purchase 17 line 3`.
        pub subject: String,
        /// The two sides of the difference, as JSON.
        pub facts: String,
        /// Money at stake.
        pub money_fen: Option<Fen>,
        /// Since when.
        pub opened_at: Timestamp,
        /// Closed.
        pub closed_at: Option<Timestamp>,
        /// By whom.
        pub closed_by: Option<String>,
    }
}

statements! {
    OPEN = "INSERT INTO exceptions (id, kind, marketplace, session_id, order_id, item_id, purchase_id, booking_id, subject, facts, money_fen, opened_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (kind, subject) WHERE closed_at IS NULL DO UPDATE SET facts = excluded.facts, money_fen = excluded.money_fen";
    FIND = "SELECT id FROM exceptions WHERE kind = $1 AND subject = $2 AND closed_at IS NULL";
    CLOSE = "UPDATE exceptions SET closed_at = $3, closed_by = $4 WHERE kind = $1 AND subject = $2 AND closed_at IS NULL";
    CLOSE_ID = "UPDATE exceptions SET closed_at = $2, closed_by = $3 WHERE id = $1 AND closed_at IS NULL";
    ACCEPT = "UPDATE exceptions SET closed_at = $2, closed_by = $3, accepted_at = $2 WHERE id = $1 AND closed_at IS NULL";
    ACCEPTED = "SELECT count(*) AS n FROM exceptions WHERE kind = $1 AND subject = $2 AND facts = $3 AND accepted_at IS NOT NULL";
    EVER = "SELECT count(*) AS n FROM exceptions WHERE kind = $1 AND subject = $2";
    BY_ID = concat!("SELECT ", columns!(), " FROM exceptions WHERE id = $1");
    OF_PURCHASE = concat!("SELECT ", columns!(), " FROM exceptions WHERE purchase_id = $1 AND closed_at IS NULL ORDER BY id");
    OF_BOOKING = concat!("SELECT ", columns!(), " FROM exceptions WHERE booking_id = $1 AND closed_at IS NULL ORDER BY id");
    OF_ORDER = concat!("SELECT ", columns!(), " FROM exceptions WHERE id IN (
        SELECT id FROM exceptions WHERE order_id = $1 AND closed_at IS NULL
        UNION SELECT e.id FROM items i JOIN claims c ON c.item_id = i.id JOIN purchase_lines l ON l.id = c.purchase_line_id JOIN exceptions e ON e.purchase_id = l.purchase_id WHERE i.order_id = $1 AND c.ended_at IS NULL AND e.closed_at IS NULL) ORDER BY id LIMIT 200");
    LATEST_OPEN = concat!("SELECT ", columns!(), " FROM exceptions WHERE closed_at IS NULL AND id < $1 ORDER BY id DESC LIMIT $2");
    COUNT_OPEN = "SELECT count(*) AS n FROM (SELECT 1 AS one FROM exceptions WHERE closed_at IS NULL LIMIT 1000) AS found";
}

/// Opens a difference, or refreshes the facts of the open one. `true` when it is new.
pub async fn open(db: &mut Db, row: &ExceptionRow) -> Result<bool, Error> {
    let known = db.opt::<i64>(&FIND, args![&row.kind, &row.subject]).await?;
    db.exec(
        &OPEN,
        args![
            row.id,
            &row.kind,
            &row.marketplace,
            row.session_id,
            row.order_id,
            row.item_id,
            row.purchase_id,
            row.booking_id,
            &row.subject,
            &row.facts,
            row.money_fen,
            row.opened_at
        ],
    )
    .await?;
    Ok(known.is_none())
}

/// Closes the open difference of this kind and subject, if there is one.
pub async fn close(
    db: &mut Db,
    kind: &str,
    subject: &str,
    now: Timestamp,
    by: &str,
) -> Result<bool, Error> {
    db.exec_one(&CLOSE, args![kind, subject, now, by]).await
}

/// Closes one difference. `false` when it was closed already.
pub async fn close_id(db: &mut Db, id: i64, now: Timestamp, by: &str) -> Result<bool, Error> {
    db.exec_one(&CLOSE_ID, args![id, now, by]).await
}

/// Closes one difference because a person takes it as it is. `false` when it was closed already.
pub async fn accept(db: &mut Db, id: i64, now: Timestamp, by: &str) -> Result<bool, Error> {
    db.exec_one(&ACCEPT, args![id, now, by]).await
}

/// Was this ever told?
pub async fn ever(db: &mut Db, kind: &str, subject: &str) -> Result<bool, Error> {
    let n: i64 = db.one(&EVER, args![kind, subject], "count").await?;
    Ok(n > 0)
}

/// Did a person take a difference with exactly these facts as it is?
pub async fn accepted(db: &mut Db, kind: &str, subject: &str, facts: &str) -> Result<bool, Error> {
    let n: i64 = db
        .one(&ACCEPTED, args![kind, subject, facts], "count")
        .await?;
    Ok(n > 0)
}

/// Open differences of these purchases.
pub async fn of_purchases(db: &mut Db, ids: &[i64]) -> Result<Vec<ExceptionRow>, Error> {
    open_of(db, "purchase_id", ids).await
}

/// Open differences of these bookings.
pub async fn of_bookings(db: &mut Db, ids: &[i64]) -> Result<Vec<ExceptionRow>, Error> {
    open_of(db, "booking_id", ids).await
}

async fn open_of(
    db: &mut Db,
    column: &'static str,
    ids: &[i64],
) -> Result<Vec<ExceptionRow>, Error> {
    let mut out = Vec::new();
    for part in ids.chunks(200) {
        let sql = format!(
            concat!(
                "SELECT ",
                columns!(),
                " FROM exceptions WHERE closed_at IS NULL AND {} IN ({}) ORDER BY id"
            ),
            column,
            placeholders(1, part.len())
        );
        let args: Vec<Arg> = part.iter().map(Arg::from).collect();
        out.extend(db.all::<ExceptionRow>(&Stmt::assembled(sql), &args).await?);
    }
    Ok(out)
}

/// One difference.
pub async fn by_id(db: &mut Db, id: i64) -> Result<Option<ExceptionRow>, Error> {
    db.opt(&BY_ID, args![id]).await
}

/// Open differences of a purchase.
pub async fn of_purchase(db: &mut Db, purchase: i64) -> Result<Vec<ExceptionRow>, Error> {
    db.all(&OF_PURCHASE, args![purchase]).await
}

/// Open differences of a booking.
pub async fn of_booking(db: &mut Db, booking: i64) -> Result<Vec<ExceptionRow>, Error> {
    db.all(&OF_BOOKING, args![booking]).await
}

/// Open differences that show on an order: its own and those of the purchases that cover it.
pub async fn of_order(db: &mut Db, order: i64) -> Result<Vec<ExceptionRow>, Error> {
    db.all(&OF_ORDER, args![order]).await
}

/// Open differences older than `before`, newest first.
pub async fn latest_open(db: &mut Db, before: i64, limit: i64) -> Result<Vec<ExceptionRow>, Error> {
    db.all(&LATEST_OPEN, args![before, limit]).await
}

/// How many are open; stops counting at 1,000.
pub async fn count_open(db: &mut Db) -> Result<i64, Error> {
    db.one(&COUNT_OPEN, args![], "count").await
}
