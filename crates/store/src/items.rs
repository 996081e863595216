//! Items, and the ledger of their units: every taken unit is explained by a live claim.
//!
//! `items.units_taken` and the claims change together, here and nowhere else; the CHECK on the row
//! refuses a unit that would be taken twice.

use crate::db::{Db, Stmt, placeholders};
use crate::{Arg, Error, args, record, statements};
use domain::{Amount, Fen, ItemStatus};
use world::Timestamp;

macro_rules! columns {
    () => {
        "id, order_id, position, marketplace, item, specification, seller, seller_name, title_original, title, configuration_original, configuration, image, unit, quantity, units_taken, price, expected_fen, weight_g, status, status_by_person, status_at, bought_elsewhere, note, marketplace_says, comment_customer, comment_operator, customers_original, version"
    };
}

record! {
    /// One line of an order.
    pub struct ItemRow {
        /// Row id.
        pub id: i64,
        /// Order.
        pub order_id: i64,
        /// Position in the order, from 1.
        pub position: i64,
        /// Marketplace's word.
        pub marketplace: String,
        /// Marketplace's item id.
        pub item: String,
        /// Specification id.
        pub specification: Option<String>,
        /// Seller's id.
        pub seller: Option<String>,
        /// Seller's name.
        pub seller_name: String,
        /// Title in the marketplace's language.
        pub title_original: String,
        /// Title, translated.
        pub title: String,
        /// Configuration in the marketplace's language.
        pub configuration_original: String,
        /// Configuration, translated.
        pub configuration: String,
        /// Picture.
        pub image: Option<String>,
        /// Sale unit.
        pub unit: String,
        /// Units ordered.
        pub quantity: i64,
        /// Units reserved or covered.
        pub units_taken: i64,
        /// Customer's price of one unit, as received.
        pub price: Amount,
        /// Price of one unit that we expect at the marketplace.
        pub expected_fen: Option<Fen>,
        /// Weight of one unit in grams.
        pub weight_g: Option<i64>,
        /// Status.
        pub status: ItemStatus,
        /// A person set it.
        pub status_by_person: bool,
        /// Since when.
        pub status_at: Timestamp,
        /// Note of a person who bought it elsewhere.
        pub bought_elsewhere: Option<String>,
        /// Reason to be shown in red, as a message in JSON.
        pub note: Option<String>,
        /// What the marketplace says where we leave the status alone, as a message in JSON.
        pub marketplace_says: Option<String>,
        /// Customer's comment.
        pub comment_customer: String,
        /// Operator's comment.
        pub comment_operator: String,
        /// What the customer ordered before a correction, as JSON.
        pub customers_original: Option<String>,
        /// Grows with every change.
        pub version: i64,
    }
}

impl ItemRow {
    /// Units that nobody has reserved or covered.
    #[must_use]
    pub const fn free(&self) -> i64 {
        self.quantity - self.units_taken
    }
}

record! {
    /// A live claim on units of an item.
    pub struct ClaimRow {
        /// Row id.
        pub id: i64,
        /// Item.
        pub item_id: i64,
        /// The open booking's line, or
        pub booking_line_id: Option<i64>,
        /// the purchase's line.
        pub purchase_line_id: Option<i64>,
        /// Units.
        pub quantity: i64,
    }
}

record! {
    /// Units of an item that a line of a purchase covers, with that line's status.
    pub struct CoverRow {
        /// Item.
        pub item_id: i64,
        /// Units.
        pub quantity: i64,
        /// Purchase.
        pub purchase_id: i64,
        /// Purchase's status word.
        pub status: domain::PurchaseStatus,
        /// Line's status word.
        pub line_status: domain::PurchaseStatus,
        /// Money has moved for this purchase at some time.
        pub was_paid: bool,
    }
}

/// Who takes or covers units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holder {
    /// A line of an open booking.
    BookingLine(i64),
    /// A line of a purchase.
    PurchaseLine(i64),
}

statements! {
    INSERT = "INSERT INTO items (id, order_id, position, marketplace, item, specification, seller, seller_name, title_original, title, configuration_original, configuration, image, unit, quantity, units_taken, price, expected_fen, weight_g, status, status_by_person, status_at, bought_elsewhere, note, marketplace_says, comment_customer, comment_operator, customers_original, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, 1)";
    BY_ID = concat!("SELECT ", columns!(), " FROM items WHERE id = $1");
    LOCK = concat!("SELECT ", columns!(), " FROM items WHERE id = $1"), pg = concat!("SELECT ", columns!(), " FROM items WHERE id = $1 FOR NO KEY UPDATE");
    OF_ORDER = concat!("SELECT ", columns!(), " FROM items WHERE order_id = $1 ORDER BY position");
    LOCK_ORDER = concat!("SELECT ", columns!(), " FROM items WHERE order_id = $1 ORDER BY position"),
      pg = concat!("SELECT ", columns!(), " FROM items WHERE order_id = $1 ORDER BY position FOR NO KEY UPDATE");
    LAST_POSITION = "SELECT COALESCE(MAX(position), 0) AS n FROM items WHERE order_id = $1";
    SAVE_STATUS = "UPDATE items SET status = $2, status_by_person = $3, status_at = $4, bought_elsewhere = $5, note = $6, marketplace_says = $7, version = version + 1 WHERE id = $1";
    SAVE_TEXTS = "UPDATE items SET weight_g = $2, comment_operator = $3, version = version + 1 WHERE id = $1";
    SAVE_CORRECTION = "UPDATE items SET item = $2, specification = $3, seller = $4, seller_name = $5, quantity = $6, expected_fen = $7, customers_original = $8, version = version + 1 WHERE id = $1";
    SET_QUANTITY = "UPDATE items SET quantity = $2, version = version + 1 WHERE id = $1";
    TAKE = "UPDATE items SET units_taken = units_taken + $2, version = version + 1 WHERE id = $1";
    CLAIM = "INSERT INTO claims (id, item_id, booking_line_id, purchase_line_id, quantity, made_at) VALUES ($1, $2, $3, $4, $5, $6)";
    COVER = "UPDATE purchase_lines SET units_allocated = units_allocated + $2 WHERE id = $1";
    END_CLAIM = "UPDATE claims SET ended_at = $4, end_reason = $5 WHERE id = $1 AND item_id = $2 AND quantity = $3 AND ended_at IS NULL";
    SHRINK_CLAIM = "UPDATE claims SET quantity = quantity - $4 WHERE id = $1 AND item_id = $2 AND quantity = $3 AND ended_at IS NULL";
    MOVE_CLAIM = "UPDATE claims SET item_id = $4 WHERE id = $1 AND item_id = $2 AND quantity = $3 AND ended_at IS NULL";
    CLAIMS_OF_ITEM = "SELECT id, item_id, booking_line_id, purchase_line_id, quantity FROM claims WHERE item_id = $1 AND ended_at IS NULL ORDER BY id";
    CLAIMS_OF_BOOKING_LINE = "SELECT id, item_id, booking_line_id, purchase_line_id, quantity FROM claims WHERE booking_line_id = $1 AND ended_at IS NULL ORDER BY id";
    CLAIMS_OF_PURCHASE_LINE = "SELECT id, item_id, booking_line_id, purchase_line_id, quantity FROM claims WHERE purchase_line_id = $1 AND ended_at IS NULL ORDER BY id";
    CLAIMS_OF_ORDER = "SELECT c.id, c.item_id, c.booking_line_id, c.purchase_line_id, c.quantity FROM claims c JOIN items i ON i.id = c.item_id WHERE i.order_id = $1 AND c.ended_at IS NULL ORDER BY c.id";
    COVERS_OF_ORDER = "SELECT c.item_id, c.quantity, l.purchase_id, p.status, l.status AS line_status, p.was_paid
        FROM claims c JOIN items i ON i.id = c.item_id JOIN purchase_lines l ON l.id = c.purchase_line_id JOIN purchases p ON p.id = l.purchase_id
        WHERE i.order_id = $1 AND c.ended_at IS NULL ORDER BY c.id";
    WRONG_ITEMS = "SELECT i.id FROM items i WHERE i.units_taken <> (SELECT COALESCE(SUM(c.quantity), 0) FROM claims c WHERE c.item_id = i.id AND c.ended_at IS NULL)";
    WRONG_LINES = "SELECT l.id FROM purchase_lines l WHERE l.units_allocated <> (SELECT COALESCE(SUM(c.quantity), 0) FROM claims c WHERE c.purchase_line_id = l.id AND c.ended_at IS NULL)";
}

/// Stores a new item.
pub async fn insert(db: &mut Db, row: &ItemRow) -> Result<(), Error> {
    db.exec(
        &INSERT,
        args![
            row.id,
            row.order_id,
            row.position,
            &row.marketplace,
            &row.item,
            &row.specification,
            &row.seller,
            &row.seller_name,
            &row.title_original,
            &row.title,
            &row.configuration_original,
            &row.configuration,
            &row.image,
            &row.unit,
            row.quantity,
            row.units_taken,
            &row.price,
            row.expected_fen,
            row.weight_g,
            row.status,
            row.status_by_person,
            row.status_at,
            &row.bought_elsewhere,
            &row.note,
            &row.marketplace_says,
            &row.comment_customer,
            &row.comment_operator,
            &row.customers_original
        ],
    )
    .await
    .map(|_| ())
}

/// One item.
pub async fn by_id(db: &mut Db, id: i64) -> Result<Option<ItemRow>, Error> {
    db.opt(&BY_ID, args![id]).await
}

/// One item, held until the end of the transaction.
pub async fn lock(db: &mut Db, id: i64) -> Result<ItemRow, Error> {
    db.one(&LOCK, args![id], "item").await
}

/// Items of an order, by position.
pub async fn of_order(db: &mut Db, order: i64) -> Result<Vec<ItemRow>, Error> {
    db.all(&OF_ORDER, args![order]).await
}

/// Items of an order, by position, held until the end of the transaction.
pub async fn lock_order(db: &mut Db, order: i64) -> Result<Vec<ItemRow>, Error> {
    db.all(&LOCK_ORDER, args![order]).await
}

/// Items by their ids, in the order of orders and positions.
pub async fn by_ids(db: &mut Db, ids: &[i64]) -> Result<Vec<ItemRow>, Error> {
    let mut out = Vec::with_capacity(ids.len());
    for part in ids.chunks(200) {
        let sql = format!(
            "SELECT {} FROM items WHERE id IN ({}) ORDER BY order_id, position",
            columns!(),
            placeholders(1, part.len())
        );
        let args: Vec<Arg> = part.iter().map(Arg::from).collect();
        out.extend(db.all::<ItemRow>(&Stmt::assembled(sql), &args).await?);
    }
    Ok(out)
}

/// The highest position in an order; 0 when it has no items.
pub async fn last_position(db: &mut Db, order: i64) -> Result<i64, Error> {
    db.one(&LAST_POSITION, args![order], "position").await
}

/// Stores status and what goes with it.
pub async fn save_status(db: &mut Db, row: &ItemRow) -> Result<(), Error> {
    db.exec(
        &SAVE_STATUS,
        args![
            row.id,
            row.status,
            row.status_by_person,
            row.status_at,
            &row.bought_elsewhere,
            &row.note,
            &row.marketplace_says
        ],
    )
    .await
    .map(|_| ())
}

/// Stores weight and the operator's comment.
pub async fn save_texts(db: &mut Db, row: &ItemRow) -> Result<(), Error> {
    db.exec(
        &SAVE_TEXTS,
        args![row.id, row.weight_g, &row.comment_operator],
    )
    .await
    .map(|_| ())
}

/// Stores a correction of ids, seller, quantity and expected price, with the customer's original.
pub async fn save_correction(db: &mut Db, row: &ItemRow) -> Result<(), Error> {
    db.exec(
        &SAVE_CORRECTION,
        args![
            row.id,
            &row.item,
            &row.specification,
            &row.seller,
            &row.seller_name,
            row.quantity,
            row.expected_fen,
            &row.customers_original
        ],
    )
    .await
    .map(|_| ())
}

/// Stores another quantity (of the part that remains after a split).
pub async fn set_quantity(db: &mut Db, id: i64, quantity: i64) -> Result<(), Error> {
    db.exec(&SET_QUANTITY, args![id, quantity])
        .await
        .map(|_| ())
}

/// Takes `quantity` units of an item for `holder`.
///
/// # Errors
/// [`Error::Check`] when so many are not free, or when the purchase's line has not so many to give.
pub async fn take(
    db: &mut Db,
    claim_id: i64,
    item: i64,
    holder: Holder,
    quantity: i64,
    now: Timestamp,
) -> Result<(), Error> {
    db.exec(&TAKE, args![item, quantity]).await?;
    claim(db, claim_id, item, holder, quantity, now).await
}

async fn claim(
    db: &mut Db,
    claim_id: i64,
    item: i64,
    holder: Holder,
    quantity: i64,
    now: Timestamp,
) -> Result<(), Error> {
    let (booking_line, purchase_line) = match holder {
        Holder::BookingLine(id) => (Some(id), None),
        Holder::PurchaseLine(id) => (None, Some(id)),
    };
    if let Some(line) = purchase_line {
        db.exec(&COVER, args![line, quantity]).await?;
    }
    db.exec(
        &CLAIM,
        args![claim_id, item, booking_line, purchase_line, quantity, now],
    )
    .await
    .map(|_| ())
}

/// Ends `quantity` units of a claim and frees them on the item.
pub async fn free(
    db: &mut Db,
    claim: &ClaimRow,
    quantity: i64,
    reason: &str,
    now: Timestamp,
) -> Result<(), Error> {
    end(db, claim, quantity, reason, now).await?;
    db.exec(&TAKE, args![claim.item_id, -quantity])
        .await
        .map(|_| ())
}

/// A claim is changed only as it was read: had it been split, moved or ended meanwhile, the counters
/// beside it would be moved by units that it no longer holds, and covered units would look free.
const fn as_read(touched: bool) -> Result<(), Error> {
    if touched {
        Ok(())
    } else {
        Err(Error::Overtaken("a claim"))
    }
}

/// Ends `quantity` units of a claim; the units stay taken, so the caller must claim them again in
/// the same transaction.
async fn end(
    db: &mut Db,
    claim: &ClaimRow,
    quantity: i64,
    reason: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let (id, item, units) = (claim.id, claim.item_id, claim.quantity);
    if quantity == units {
        as_read(
            db.exec_one(&END_CLAIM, args![id, item, units, now, reason])
                .await?,
        )?;
    } else {
        as_read(
            db.exec_one(&SHRINK_CLAIM, args![id, item, units, quantity])
                .await?,
        )?;
    }
    if let Some(line) = claim.purchase_line_id {
        db.exec(&COVER, args![line, -quantity]).await?;
    }
    Ok(())
}

/// Moves `quantity` units of a claim to another holder; they are never free in between.
pub async fn pass_on(
    db: &mut Db,
    claim_id: i64,
    from: &ClaimRow,
    to: Holder,
    quantity: i64,
    reason: &str,
    now: Timestamp,
) -> Result<(), Error> {
    end(db, from, quantity, reason, now).await?;
    claim(db, claim_id, from.item_id, to, quantity, now).await
}

/// Moves a whole live claim to another item (a part split off). The caller moves `quantity` and
/// `units_taken` of both items in the same transaction.
pub async fn move_claim(db: &mut Db, claim: &ClaimRow, to_item: i64) -> Result<(), Error> {
    let (id, item, units) = (claim.id, claim.item_id, claim.quantity);
    as_read(
        db.exec_one(&MOVE_CLAIM, args![id, item, units, to_item])
            .await?,
    )
}

/// Moves `quantity` units of a live claim to another item, as a claim of its own on the same
/// holder. The caller moves `quantity` and `units_taken` of both items in the same transaction.
pub async fn split_claim(
    db: &mut Db,
    new_id: i64,
    from: &ClaimRow,
    to_item: i64,
    quantity: i64,
    now: Timestamp,
) -> Result<(), Error> {
    let (id, item, units) = (from.id, from.item_id, from.quantity);
    as_read(
        db.exec_one(&SHRINK_CLAIM, args![id, item, units, quantity])
            .await?,
    )?;
    db.exec(
        &CLAIM,
        args![
            new_id,
            to_item,
            from.booking_line_id,
            from.purchase_line_id,
            quantity,
            now
        ],
    )
    .await
    .map(|_| ())
}

/// Adds to an item's taken units without a claim of its own: only together with [`move_claim`].
pub async fn shift_taken(db: &mut Db, item: i64, by: i64) -> Result<(), Error> {
    db.exec(&TAKE, args![item, by]).await.map(|_| ())
}

/// Live claims on an item.
pub async fn claims(db: &mut Db, item: i64) -> Result<Vec<ClaimRow>, Error> {
    db.all(&CLAIMS_OF_ITEM, args![item]).await
}

/// Live claims of a holder.
pub async fn claims_of(db: &mut Db, holder: Holder) -> Result<Vec<ClaimRow>, Error> {
    match holder {
        Holder::BookingLine(id) => db.all(&CLAIMS_OF_BOOKING_LINE, args![id]).await,
        Holder::PurchaseLine(id) => db.all(&CLAIMS_OF_PURCHASE_LINE, args![id]).await,
    }
}

/// Live claims on every item of an order.
pub async fn claims_of_order(db: &mut Db, order: i64) -> Result<Vec<ClaimRow>, Error> {
    db.all(&CLAIMS_OF_ORDER, args![order]).await
}

/// What covers the items of an order.
pub async fn covers_of_order(db: &mut Db, order: i64) -> Result<Vec<CoverRow>, Error> {
    db.all(&COVERS_OF_ORDER, args![order]).await
}

/// Items and purchase lines whose counter differs from their live claims: must always be empty.
pub async fn ledger_faults(db: &mut Db) -> Result<(Vec<i64>, Vec<i64>), Error> {
    Ok((
        db.all(&WRONG_ITEMS, args![]).await?,
        db.all(&WRONG_LINES, args![]).await?,
    ))
}
