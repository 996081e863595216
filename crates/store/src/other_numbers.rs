//! Further numbers under which people know orders, where a marketplace shows other numbers to
//! people than to programs. Learnt from every order that is listed or read, also from those that
//! are nobody's purchase.

use crate::db::Db;
use crate::{Error, args, record, statements};

record! {
    /// A number, and the order that it means.
    pub struct OtherNumberRow {
        /// Marketplace's word.
        pub marketplace: String,
        /// The number that people know.
        pub other_number: String,
        /// The number by which the marketplace is asked.
        pub order_number: String,
        /// Session whose account has shown the order; it may have been removed since.
        pub session_id: i64,
    }
}

statements! {
    SAVE = "INSERT INTO other_numbers (marketplace, other_number, order_number, session_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (marketplace, other_number) DO UPDATE SET order_number = excluded.order_number, session_id = excluded.session_id
        WHERE other_numbers.order_number <> excluded.order_number";
    BY_NUMBER = "SELECT marketplace, other_number, order_number, session_id FROM other_numbers WHERE marketplace = $1 AND other_number = $2";
}

/// Keeps a number. Writes nothing when it is known already.
pub async fn save(db: &mut Db, row: &OtherNumberRow) -> Result<(), Error> {
    db.exec(
        &SAVE,
        args![
            &row.marketplace,
            &row.other_number,
            &row.order_number,
            row.session_id
        ],
    )
    .await
    .map(|_| ())
}

/// The order that is meant by a number.
pub async fn by_number(
    db: &mut Db,
    marketplace: &str,
    number: &str,
) -> Result<Option<OtherNumberRow>, Error> {
    db.opt(&BY_NUMBER, args![marketplace, number]).await
}
