//! Bookings: attempts to place an order, each under its own reference, each sent at most once.
//!
//! Every change of state is an UPDATE that names the state (and the token) that it expects and
//! touches exactly one row or does not happen.

use crate::db::Db;
use crate::{Error, args, record, statements};
use domain::Fen;
use world::Timestamp;

macro_rules! columns {
    () => {
        "id, marketplace, session_id, activity_id, order_id, reference, state, seller, seller_name, address, note, terms, goods_fen, freight_fen, accepted, previewed_at, planned_at, token, sending_at, send_by, sender_ended_at, allowance_day, outcome_at, reason, looks, empty_looks, looked_at, look_at, released_at, released_by, successor_of, actor"
    };
}

record! {
    /// One attempt.
    pub struct BookingRow {
        /// Row id.
        pub id: i64,
        /// Marketplace's word.
        pub marketplace: String,
        /// Session that it is sent with.
        pub session_id: i64,
        /// Run that it belongs to.
        pub activity_id: Option<i64>,
        /// Order from whose page it was started.
        pub order_id: i64,
        /// Our reference, sent with it.
        pub reference: String,
        /// State, by the code of `domain::evidence::BookingState`.
        pub state: String,
        /// Seller's id.
        pub seller: Option<String>,
        /// Seller's name.
        pub seller_name: String,
        /// Delivery address as it is sent, as JSON.
        pub address: String,
        /// Note to the seller.
        pub note: String,
        /// Terms of the preview, as JSON.
        pub terms: String,
        /// Goods as previewed.
        pub goods_fen: Fen,
        /// Freight as previewed.
        pub freight_fen: Fen,
        /// What was accepted and for which prices, as JSON.
        pub accepted: String,
        /// When the preview was made that it rests on.
        pub previewed_at: Timestamp,
        /// When the intent was stored.
        pub planned_at: Timestamp,
        /// The permit of its one sender.
        pub token: Option<String>,
        /// When the permit was given.
        pub sending_at: Option<Timestamp>,
        /// After this moment its sender must not begin to send.
        pub send_by: Option<Timestamp>,
        /// When its sender recorded that it has ended.
        pub sender_ended_at: Option<Timestamp>,
        /// Beijing day whose allowance it used.
        pub allowance_day: Option<String>,
        /// When the outcome became certain.
        pub outcome_at: Option<Timestamp>,
        /// Reason of a refusal or of not knowing, as a message in JSON.
        pub reason: Option<String>,
        /// Looks so far.
        pub looks: i64,
        /// Complete empty looks since release became possible.
        pub empty_looks: i64,
        /// When the last complete look began.
        pub looked_at: Option<Timestamp>,
        /// Next look.
        pub look_at: Option<Timestamp>,
        /// When a person released it.
        pub released_at: Option<Timestamp>,
        /// Who.
        pub released_by: Option<String>,
        /// The refused booking that this one follows.
        pub successor_of: Option<i64>,
        /// Who booked.
        pub actor: String,
    }
}

record! {
    /// One line of a booking: an offer and specification, once.
    pub struct BookingLineRow {
        /// Row id.
        pub id: i64,
        /// Booking.
        pub booking_id: i64,
        /// Marketplace's item id.
        pub item: String,
        /// Specification.
        pub specification: Option<String>,
        /// Units asked for.
        pub quantity: i64,
        /// Units of these that no item wants: the agent's stock.
        pub surplus: i64,
        /// Price of one unit as previewed.
        pub price_fen: Option<Fen>,
        /// Units that were placed.
        pub placed: i64,
        /// Units that were refused.
        pub refused: i64,
        /// Why, as a message in JSON.
        pub reason: Option<String>,
    }
}

impl BookingLineRow {
    /// Units wanted by items whose outcome is still open.
    #[must_use]
    pub const fn open(&self) -> i64 {
        self.quantity - self.surplus - self.placed - self.refused
    }
}

statements! {
    INSERT = "INSERT INTO bookings (id, marketplace, session_id, activity_id, order_id, reference, state, seller, seller_name, address, note, terms, goods_fen, freight_fen, accepted, previewed_at, planned_at, looks, empty_looks, successor_of, actor)
        VALUES ($1, $2, $3, $4, $5, $6, 'planned', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, 0, $17, $18)";
    INSERT_LINE = "INSERT INTO booking_lines (id, booking_id, item, specification, quantity, surplus, price_fen, placed, refused) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)";
    BY_ID = concat!("SELECT ", columns!(), " FROM bookings WHERE id = $1");
    LOCK = concat!("SELECT ", columns!(), " FROM bookings WHERE id = $1"), pg = concat!("SELECT ", columns!(), " FROM bookings WHERE id = $1 FOR NO KEY UPDATE");
    BY_REFERENCE = concat!("SELECT ", columns!(), " FROM bookings WHERE reference = $1");
    LINES = "SELECT id, booking_id, item, specification, quantity, surplus, price_fen, placed, refused, reason FROM booking_lines WHERE booking_id = $1 ORDER BY id";
    SEND = "UPDATE bookings SET state = 'sending', token = $2, sending_at = $3, send_by = $4, allowance_day = $5, look_at = $6 WHERE id = $1 AND state = 'planned'";
    REPREVIEW = "UPDATE bookings SET previewed_at = $2, terms = $3, goods_fen = $4, freight_fen = $5, accepted = $6 WHERE id = $1 AND state = 'planned'";
    MOVE = "UPDATE bookings SET state = $3, outcome_at = $4, reason = $5, look_at = $6 WHERE id = $1 AND state = $2";
    SENDER_ENDED = "UPDATE bookings SET sender_ended_at = $3 WHERE id = $1 AND token = $2 AND sender_ended_at IS NULL";
    NAME_ORDERS = "UPDATE bookings SET orders_named = $2 WHERE id = $1";
    ORDERS_NAMED = "SELECT COALESCE(orders_named, 0) AS n FROM bookings WHERE id = $1";
    LOOKED = "UPDATE bookings SET looks = looks + 1, empty_looks = $2, looked_at = $3, look_at = $4 WHERE id = $1";
    LOOK_AT = "UPDATE bookings SET look_at = $2 WHERE id = $1";
    RELEASE = "UPDATE bookings SET state = 'released', released_at = $2, released_by = $3, look_at = $4 WHERE id = $1 AND state = 'unknown'";
    SAVE_LINE = "UPDATE booking_lines SET placed = $2, refused = $3, reason = $4 WHERE id = $1";
    OPEN_OF_ORDER = concat!("SELECT ", columns!(), " FROM bookings WHERE id IN (SELECT id FROM bookings WHERE state IN ('planned', 'sending', 'unknown') AND order_id = $1 UNION SELECT l.booking_id FROM claims c JOIN items i ON i.id = c.item_id JOIN booking_lines l ON l.id = c.booking_line_id WHERE i.order_id = $1 AND c.ended_at IS NULL) ORDER BY id");
    STARTED_FROM = concat!("SELECT ", columns!(), " FROM bookings WHERE order_id = $1 ORDER BY id DESC LIMIT 200");
    IN_STATE = concat!("SELECT ", columns!(), " FROM bookings WHERE state = $1 AND session_id = $2 ORDER BY id LIMIT $3");
    UNKNOWN = concat!("SELECT ", columns!(), " FROM bookings WHERE state = 'unknown' ORDER BY id LIMIT $1");
    LINES_OPEN_OF_ORDER = "SELECT id, booking_id, item, specification, quantity, surplus, price_fen, placed, refused, reason FROM booking_lines WHERE booking_id IN (SELECT id FROM bookings WHERE state IN ('planned', 'sending', 'unknown') AND order_id = $1 UNION SELECT l.booking_id FROM claims c JOIN items i ON i.id = c.item_id JOIN booking_lines l ON l.id = c.booking_line_id WHERE i.order_id = $1 AND c.ended_at IS NULL) ORDER BY id";
    UNKNOWN_ORDERS = "SELECT b.id, o.number AS order_number FROM bookings b JOIN orders o ON o.id = b.order_id WHERE b.state = 'unknown' ORDER BY b.id LIMIT $1";
    DAYS_USED = "SELECT d.session_id, d.used FROM sessions s JOIN session_days d ON d.session_id = s.id AND d.day = $2 WHERE s.marketplace = $1 ORDER BY d.session_id";
    LOOK_DUE = concat!("SELECT ", columns!(), " FROM bookings WHERE look_at IS NOT NULL AND look_at <= $1 ORDER BY look_at LIMIT $2");
    COUNT_OPEN = "SELECT count(*) AS n FROM bookings WHERE session_id = $1 AND state IN ('planned', 'sending', 'unknown')";
    MAY_OWN = "SELECT count(*) AS n FROM bookings WHERE session_id = $1 AND state IN ('sending', 'unknown') AND sending_at <= $2";
    ORDERS_OF = "SELECT DISTINCT i.order_id FROM claims c JOIN booking_lines l ON l.id = c.booking_line_id JOIN items i ON i.id = c.item_id WHERE l.booking_id = $1 ORDER BY i.order_id";
    FORMER = "SELECT c.item_id, SUM(c.quantity) AS units FROM claims c JOIN booking_lines l ON l.id = c.booking_line_id
        WHERE l.booking_id = $1 AND l.item = $2 AND COALESCE(l.specification, '') = COALESCE($3, '') AND c.ended_at IS NOT NULL GROUP BY c.item_id ORDER BY c.item_id",
      pg = "SELECT c.item_id, CAST(SUM(c.quantity) AS BIGINT) AS units FROM claims c JOIN booking_lines l ON l.id = c.booking_line_id
        WHERE l.booking_id = $1 AND l.item = $2 AND COALESCE(l.specification, '') = COALESCE($3, '') AND c.ended_at IS NOT NULL GROUP BY c.item_id ORDER BY c.item_id";
    UNSENT_OR_SENDING = concat!("SELECT ", columns!(), " FROM bookings WHERE state IN ('planned', 'sending') ORDER BY id LIMIT $1");
    DOUBT = "UPDATE bookings SET state = 'unknown', token = NULL, sending_at = COALESCE(sending_at, planned_at), send_by = $2, sender_ended_at = NULL, reason = $3, look_at = $2 WHERE id = $1 AND state IN ('planned', 'sending')";
    RELEASED_BEFORE = concat!("SELECT ", columns!(), " FROM bookings WHERE state = 'released' AND id IN (SELECT was.booking_id FROM booking_lines mine JOIN claims c ON c.booking_line_id = mine.id JOIN claims old ON old.item_id = c.item_id JOIN booking_lines was ON was.id = old.booking_line_id WHERE mine.booking_id = $1 AND c.ended_at IS NULL AND old.ended_at IS NOT NULL) ORDER BY id");
    USE_DAY = "INSERT INTO session_days (session_id, day, used) VALUES ($1, $2, 1) ON CONFLICT (session_id, day) DO UPDATE SET used = session_days.used + 1";
    GIVE_BACK_DAY = "UPDATE session_days SET used = used - 1 WHERE session_id = $1 AND day = $2 AND used > 0";
    DAY_USED = "SELECT used FROM session_days WHERE session_id = $1 AND day = $2";
}

/// Stores an intent: a booking in state `planned`.
pub async fn insert(db: &mut Db, row: &BookingRow) -> Result<(), Error> {
    db.exec(
        &INSERT,
        args![
            row.id,
            &row.marketplace,
            row.session_id,
            row.activity_id,
            row.order_id,
            &row.reference,
            &row.seller,
            &row.seller_name,
            &row.address,
            &row.note,
            &row.terms,
            row.goods_fen,
            row.freight_fen,
            &row.accepted,
            row.previewed_at,
            row.planned_at,
            row.successor_of,
            &row.actor
        ],
    )
    .await
    .map(|_| ())
}

/// Stores a line of an intent.
pub async fn insert_line(db: &mut Db, row: &BookingLineRow) -> Result<(), Error> {
    db.exec(
        &INSERT_LINE,
        args![
            row.id,
            row.booking_id,
            &row.item,
            &row.specification,
            row.quantity,
            row.surplus,
            row.price_fen
        ],
    )
    .await
    .map(|_| ())
}

/// One booking.
pub async fn by_id(db: &mut Db, id: i64) -> Result<Option<BookingRow>, Error> {
    db.opt(&BY_ID, args![id]).await
}

/// One booking, held until the end of the transaction.
pub async fn lock(db: &mut Db, id: i64) -> Result<BookingRow, Error> {
    db.one(&LOCK, args![id], "booking").await
}

/// The booking of a reference.
pub async fn by_reference(db: &mut Db, reference: &str) -> Result<Option<BookingRow>, Error> {
    db.opt(&BY_REFERENCE, args![reference]).await
}

/// Lines of a booking.
pub async fn lines(db: &mut Db, booking: i64) -> Result<Vec<BookingLineRow>, Error> {
    db.all(&LINES, args![booking]).await
}

/// A booking that is marked as being sent so long after its deadline is looked for, in seconds.
const SILENT_SECONDS: i64 = 120;

/// `planned → sending`: the only permit to send. `false` when it was not `planned`.
pub async fn begin_sending(
    db: &mut Db,
    id: i64,
    token: &str,
    now: Timestamp,
    send_by: Timestamp,
    day: &str,
) -> Result<bool, Error> {
    // Should its sender and its job both be lost, it is looked for all the same.
    let look_at = send_by.plus_seconds(SILENT_SECONDS);
    db.exec_one(&SEND, args![id, token, now, send_by, day, look_at])
        .await
}

/// A planned booking rests on a newer preview. `false` when it is no longer planned.
pub async fn renew_preview(db: &mut Db, row: &BookingRow) -> Result<bool, Error> {
    db.exec_one(
        &REPREVIEW,
        args![
            row.id,
            row.previewed_at,
            &row.terms,
            row.goods_fen,
            row.freight_fen,
            &row.accepted
        ],
    )
    .await
}

/// Moves a booking from one state to another. `false` when it was not in `from`.
pub async fn change_state(
    db: &mut Db,
    id: i64,
    from: &str,
    to: &str,
    outcome_at: Option<Timestamp>,
    reason: Option<&str>,
    look_at: Option<Timestamp>,
) -> Result<bool, Error> {
    db.exec_one(&MOVE, args![id, from, to, outcome_at, reason, look_at])
        .await
}

/// The sender with this token records that it has ended and will not send any more.
pub async fn sender_ended(db: &mut Db, id: i64, token: &str, now: Timestamp) -> Result<(), Error> {
    db.exec(&SENDER_ENDED, args![id, token, now])
        .await
        .map(|_| ())
}

/// Records a look that began at `began`, and when the next one is due.
pub async fn looked(
    db: &mut Db,
    id: i64,
    empty_looks: i64,
    began: Timestamp,
    next: Option<Timestamp>,
) -> Result<(), Error> {
    db.exec(&LOOKED, args![id, empty_looks, began, next])
        .await
        .map(|_| ())
}

/// Sets when the next look is due.
pub async fn look_at(db: &mut Db, id: i64, at: Option<Timestamp>) -> Result<(), Error> {
    db.exec(&LOOK_AT, args![id, at]).await.map(|_| ())
}

/// `unknown → released` by a named person. `false` when it was not unknown.
pub async fn release(
    db: &mut Db,
    id: i64,
    now: Timestamp,
    by: &str,
    look_at: Timestamp,
) -> Result<bool, Error> {
    db.exec_one(&RELEASE, args![id, now, by, look_at]).await
}

/// Stores the outcome of a line.
pub async fn save_line(db: &mut Db, row: &BookingLineRow) -> Result<(), Error> {
    db.exec(
        &SAVE_LINE,
        args![row.id, row.placed, row.refused, &row.reason],
    )
    .await
    .map(|_| ())
}

/// Bookings that hold units of an order, and open ones that were started from its page. A placed
/// one is among them while units of it are reserved that none of its orders holds.
pub async fn open_of_order(db: &mut Db, order: i64) -> Result<Vec<BookingRow>, Error> {
    db.all(&OPEN_OF_ORDER, args![order]).await
}

/// Bookings that were started from the page of an order, the oldest first (the last 200).
pub async fn of_order(db: &mut Db, order: i64) -> Result<Vec<BookingRow>, Error> {
    let mut rows: Vec<BookingRow> = db.all(&STARTED_FROM, args![order]).await?;
    rows.reverse();
    Ok(rows)
}

/// Bookings of a session in `state`.
pub async fn in_state(
    db: &mut Db,
    state: &str,
    session: i64,
    limit: i64,
) -> Result<Vec<BookingRow>, Error> {
    db.all(&IN_STATE, args![state, session, limit]).await
}

/// Bookings of unknown outcome, the oldest first.
pub async fn unknown(db: &mut Db, limit: i64) -> Result<Vec<BookingRow>, Error> {
    db.all(&UNKNOWN, args![limit]).await
}

record! {
    /// A booking of unknown outcome, with the order that it was started from.
    pub struct UnknownRow {
        /// Booking.
        pub id: i64,
        /// That order's number.
        pub order_number: String,
    }
}

/// Numbers of the orders from which bookings of unknown outcome were started, the oldest first.
pub async fn unknown_orders(db: &mut Db, limit: i64) -> Result<Vec<UnknownRow>, Error> {
    db.all(&UNKNOWN_ORDERS, args![limit]).await
}

record! {
    /// Bookings of a session on a day.
    pub struct DayUsed {
        /// Session.
        pub session_id: i64,
        /// Bookings.
        pub used: i64,
    }
}

/// Bookings that every session of a marketplace has used on a Beijing day.
pub async fn days_used(db: &mut Db, marketplace: &str, day: &str) -> Result<Vec<DayUsed>, Error> {
    db.all(&DAYS_USED, args![marketplace, day]).await
}

/// Lines of the open bookings of an order.
pub async fn lines_open_of_order(db: &mut Db, order: i64) -> Result<Vec<BookingLineRow>, Error> {
    db.all(&LINES_OPEN_OF_ORDER, args![order]).await
}

/// The answer to its create named so many orders.
pub async fn name_orders(db: &mut Db, id: i64, orders: usize) -> Result<(), Error> {
    let orders = i64::try_from(orders).unwrap_or(i64::MAX);
    db.exec(&NAME_ORDERS, args![id, orders]).await.map(|_| ())
}

/// How many orders the answer to its create named; none when no answer came.
pub async fn orders_named(db: &mut Db, id: i64) -> Result<Option<usize>, Error> {
    let n: i64 = db.one(&ORDERS_NAMED, args![id], "booking").await?;
    Ok(usize::try_from(n).ok().filter(|n| *n > 0))
}

/// Bookings whose next look is due.
pub async fn look_due(db: &mut Db, now: Timestamp, limit: i64) -> Result<Vec<BookingRow>, Error> {
    db.all(&LOOK_DUE, args![now, limit]).await
}

/// Open bookings of a session.
pub async fn count_open(db: &mut Db, session: i64) -> Result<i64, Error> {
    db.one(&COUNT_OPEN, args![session], "count").await
}

/// Might an open booking of this session have made an order at `made`?
pub async fn may_have_made(db: &mut Db, session: i64, made: Timestamp) -> Result<bool, Error> {
    Ok(db
        .one::<i64>(&MAY_OWN, args![session, made], "count")
        .await?
        > 0)
}

/// Orders whose items a booking holds or held.
pub async fn orders(db: &mut Db, booking: i64) -> Result<Vec<i64>, Error> {
    db.all(&ORDERS_OF, args![booking]).await
}

record! {
    /// Units of an item that a booking once held.
    pub struct FormerClaim {
        /// Item.
        pub item_id: i64,
        /// Units.
        pub units: i64,
    }
}

/// Items whose units of these goods a booking once held, with their number.
pub async fn former_claims(
    db: &mut Db,
    booking: i64,
    item: &str,
    specification: Option<&str>,
) -> Result<Vec<(i64, i64)>, Error> {
    let rows: Vec<FormerClaim> = db.all(&FORMER, args![booking, item, specification]).await?;
    Ok(rows.into_iter().map(|r| (r.item_id, r.units)).collect())
}

/// Bookings that are planned or being sent.
pub async fn unsent_or_sending(db: &mut Db, limit: i64) -> Result<Vec<BookingRow>, Error> {
    db.all(&UNSENT_OR_SENDING, args![limit]).await
}

/// A planned booking, or one that is being sent, becomes unknown: it may have been sent at any time
/// until now. `false` when it was neither.
pub async fn doubt(db: &mut Db, id: i64, now: Timestamp, reason: &str) -> Result<bool, Error> {
    db.exec_one(&DOUBT, args![id, now, reason]).await
}

/// Released bookings that once held units of items of which this one holds units now.
pub async fn released_before(db: &mut Db, id: i64) -> Result<Vec<BookingRow>, Error> {
    db.all(&RELEASED_BEFORE, args![id]).await
}

/// Bookings that a session has used on a Beijing day.
pub async fn day_used(db: &mut Db, session: i64, day: &str) -> Result<i64, Error> {
    Ok(db
        .opt::<i64>(&DAY_USED, args![session, day])
        .await?
        .unwrap_or(0))
}

/// Counts a booking against a session's day.
pub async fn use_day(db: &mut Db, session: i64, day: &str) -> Result<(), Error> {
    db.exec(&USE_DAY, args![session, day]).await.map(|_| ())
}

/// Takes it back: the booking certainly made no order.
pub async fn give_back_day(db: &mut Db, session: i64, day: &str) -> Result<(), Error> {
    db.exec(&GIVE_BACK_DAY, args![session, day])
        .await
        .map(|_| ())
}
