//! Settings of this installation: a word and its value.

use crate::db::Db;
use crate::{Error, args, record, statements};
use world::Timestamp;

record! {
    /// One setting.
    pub struct SettingRow {
        /// Word.
        pub key: String,
        /// Value.
        pub value: String,
    }
}

statements! {
    ALL_OF_THEM = "SELECT key, value FROM settings ORDER BY key";
    GET = "SELECT value FROM settings WHERE key = $1";
    SET = "INSERT INTO settings (key, value, changed_at) VALUES ($1, $2, $3)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at WHERE settings.value <> excluded.value";
}

/// Every setting that was ever changed.
pub async fn all(db: &mut Db) -> Result<Vec<SettingRow>, Error> {
    db.all(&ALL_OF_THEM, args![]).await
}

/// One setting, if it was ever changed.
pub async fn get(db: &mut Db, key: &str) -> Result<Option<String>, Error> {
    db.opt(&GET, args![key]).await
}

/// Changes a setting. `true` when it had another value.
pub async fn set(db: &mut Db, key: &str, value: &str, now: Timestamp) -> Result<bool, Error> {
    db.exec_one(&SET, args![key, value, now]).await
}
