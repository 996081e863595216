//! Orders that were seen at an account and that no purchase knows. Kept for a while before anyone is
//! told: a booking that is still looking for its order may be about to adopt one of them.

use crate::db::Db;
use crate::{Error, args, record, statements};
use domain::Fen;
use world::Timestamp;

record! {
    /// An order that nobody knows, yet.
    pub struct StrangerRow {
        /// Marketplace's word.
        pub marketplace: String,
        /// Marketplace's number.
        pub order_number: String,
        /// Session that saw it.
        pub session_id: i64,
        /// Reference that it carries.
        pub reference: Option<String>,
        /// All in.
        pub total_fen: Fen,
        /// Seller's name.
        pub seller_name: String,
        /// Made at the marketplace.
        pub made_at: Option<Timestamp>,
        /// When it was seen first.
        pub first_seen_at: Timestamp,
    }
}

statements! {
    REMEMBER = "INSERT INTO strangers (marketplace, order_number, session_id, reference, total_fen, seller_name, made_at, first_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (marketplace, order_number) DO UPDATE SET reference = excluded.reference, total_fen = excluded.total_fen, seller_name = excluded.seller_name, made_at = COALESCE(excluded.made_at, strangers.made_at)
        WHERE strangers.total_fen <> excluded.total_fen OR strangers.seller_name <> excluded.seller_name OR COALESCE(strangers.reference, '') <> COALESCE(excluded.reference, '')";
    BY_NUMBER = "SELECT marketplace, order_number, session_id, reference, total_fen, seller_name, made_at, first_seen_at FROM strangers WHERE marketplace = $1 AND order_number = $2";
    FORGET = "DELETE FROM strangers WHERE marketplace = $1 AND order_number = $2";
    OLDER = "SELECT marketplace, order_number, session_id, reference, total_fen, seller_name, made_at, first_seen_at FROM strangers s WHERE first_seen_at <= $1 AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.session_id = s.session_id AND b.state IN ('sending', 'unknown') AND b.sending_at <= COALESCE(s.made_at, s.first_seen_at)) ORDER BY first_seen_at, marketplace, order_number LIMIT $2";
    FORGET_OLD = "DELETE FROM strangers WHERE first_seen_at <= $1";
    OF_SESSION_GONE = "DELETE FROM strangers WHERE session_id = $1";
}

/// Keeps an order that nobody knows, or what it shows now. When it was seen first stays.
pub async fn remember(db: &mut Db, row: &StrangerRow) -> Result<(), Error> {
    db.exec(
        &REMEMBER,
        args![
            &row.marketplace,
            &row.order_number,
            row.session_id,
            &row.reference,
            row.total_fen,
            &row.seller_name,
            row.made_at,
            row.first_seen_at
        ],
    )
    .await
    .map(|_| ())
}

/// What is kept of an order that nobody knows.
pub async fn by_number(
    db: &mut Db,
    marketplace: &str,
    number: &str,
) -> Result<Option<StrangerRow>, Error> {
    db.opt(&BY_NUMBER, args![marketplace, number]).await
}

/// The order is known now, or was dealt with.
pub async fn forget(db: &mut Db, marketplace: &str, number: &str) -> Result<(), Error> {
    db.exec(&FORGET, args![marketplace, number])
        .await
        .map(|_| ())
}

/// Orders seen first at `before` or earlier which no booking of unknown outcome can have made, the
/// oldest first.
pub async fn seen_before(
    db: &mut Db,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<StrangerRow>, Error> {
    db.all(&OLDER, args![before, limit]).await
}

/// Forgets orders seen first at `before` or earlier; gives their number.
pub async fn forget_before(db: &mut Db, before: Timestamp) -> Result<u64, Error> {
    db.exec(&FORGET_OLD, args![before]).await
}

/// Forgets what a session has seen: the session is being removed.
pub async fn forget_session(db: &mut Db, session: i64) -> Result<(), Error> {
    db.exec(&OF_SESSION_GONE, args![session]).await.map(|_| ())
}
