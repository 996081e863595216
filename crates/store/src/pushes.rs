//! Push messages of marketplaces: stored as they came, answered, worked later. And the sweeping of
//! what is over.

use crate::db::Db;
use crate::migrate::Dialect;
use crate::{Error, args, record, statements};
use world::Timestamp;

record! {
    /// A stored message.
    pub struct PushRow {
        /// Row id.
        pub id: i64,
        /// Marketplace's word.
        pub marketplace: String,
        /// App whose secret signed it.
        pub app_id: i64,
        /// The marketplace's id of the message.
        pub message: String,
        /// Topic, as sent.
        pub topic: String,
        /// Raw body.
        pub body: Vec<u8>,
        /// What we read out of it, as JSON.
        pub hint: String,
        /// When it came.
        pub received_at: Timestamp,
        /// When it was worked.
        pub worked_at: Option<Timestamp>,
        /// What became of it, where that is worth telling, as a message in JSON.
        pub note: Option<String>,
    }
}

macro_rules! columns {
    () => {
        "id, marketplace, app_id, message, topic, body, hint, received_at, worked_at, note"
    };
}

statements! {
    INSERT = "INSERT INTO pushes (id, marketplace, app_id, message, topic, body, hint, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (marketplace, app_id, message) DO NOTHING";
    WAITING = concat!("SELECT ", columns!(), " FROM pushes WHERE worked_at IS NULL ORDER BY received_at, id LIMIT $1");
    WORKED = "UPDATE pushes SET worked_at = $2, note = $3 WHERE id = $1 AND worked_at IS NULL";
    LATEST = concat!("SELECT ", columns!(), " FROM pushes WHERE id < $1 ORDER BY id DESC LIMIT $2");
    CLEAN = "DELETE FROM pushes WHERE worked_at IS NOT NULL AND worked_at <= $1";
    FOLD = "SELECT 1", pg = "WITH gone AS (DELETE FROM facet_counts RETURNING name, n)
        INSERT INTO facet_counts (name, n) SELECT name, sum(n)::BIGINT FROM gone GROUP BY name HAVING sum(n) <> 0";
    CLEAN_DAYS = "DELETE FROM session_days WHERE day < $1";
    CLEAN_ATTEMPTS = "DELETE FROM login_attempts WHERE ends_at <= $1";
}

/// Stores a message. `false` when it is there already.
pub async fn insert(db: &mut Db, row: &PushRow) -> Result<bool, Error> {
    db.exec_one(
        &INSERT,
        args![
            row.id,
            &row.marketplace,
            row.app_id,
            &row.message,
            &row.topic,
            row.body.clone(),
            &row.hint,
            row.received_at
        ],
    )
    .await
}

/// Messages that wait to be worked, the oldest first.
pub async fn waiting(db: &mut Db, limit: i64) -> Result<Vec<PushRow>, Error> {
    db.all(&WAITING, args![limit]).await
}

/// A message is worked; `note` says what became of it, where that is worth telling.
pub async fn worked(db: &mut Db, id: i64, now: Timestamp, note: Option<&str>) -> Result<(), Error> {
    db.exec(&WORKED, args![id, now, note]).await.map(|_| ())
}

/// Messages older than `before` (an id), newest first.
pub async fn latest(db: &mut Db, before: i64, limit: i64) -> Result<Vec<PushRow>, Error> {
    db.all(&LATEST, args![before, limit]).await
}

/// Deletes messages worked before `before`; gives their number.
pub async fn clean(db: &mut Db, before: Timestamp) -> Result<u64, Error> {
    db.exec(&CLEAN, args![before]).await
}

/// On PostgreSQL: folds the rows that were added to each counter into one. Rows that other
/// transactions add meanwhile stay beside it.
pub async fn fold_counts(db: &mut Db) -> Result<(), Error> {
    if db.dialect() == Dialect::Pg {
        db.exec(&FOLD, args![]).await?;
    }
    Ok(())
}

/// Forgets how many bookings a session used on days before `day`.
pub async fn clean_days(db: &mut Db, day: &str) -> Result<u64, Error> {
    db.exec(&CLEAN_DAYS, args![day]).await
}

/// Deletes begun logins that ended before `before`.
pub async fn clean_attempts(db: &mut Db, before: Timestamp) -> Result<u64, Error> {
    db.exec(&CLEAN_ATTEMPTS, args![before]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stmt;
    use crate::temporary::Temporary;

    #[tokio::test]
    async fn counters_are_folded_into_one_row_each() {
        for temporary in Temporary::both().await.unwrap() {
            let counted = temporary
                .store
                .write::<_, Error, _>(|db| {
                    Box::pin(async move {
                        if db.dialect() == Dialect::Pg {
                            let add =
                                Stmt::both("INSERT INTO facet_counts (name, n) VALUES ($1, $2)");
                            for (name, n) in [("a", 1), ("a", 1), ("b", 1), ("b", -1), ("a", -1)] {
                                db.exec(&add, args![name, n]).await?;
                            }
                        }
                        fold_counts(db).await?;
                        db.all::<i64>(
                            &Stmt::both("SELECT n FROM facet_counts ORDER BY name"),
                            args![],
                        )
                        .await
                    })
                })
                .await
                .unwrap();
            let expected: &[i64] = if temporary.store.dialect() == Dialect::Pg {
                &[1]
            } else {
                &[]
            };
            assert_eq!(counted, expected);
            temporary.end().await.unwrap();
        }
    }
}
