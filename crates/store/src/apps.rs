//! Apps: the agent's developer keys at the marketplaces, and how much each has called on which day.

use crate::db::Db;
use crate::{Error, args, record, statements};
use world::Timestamp;

macro_rules! columns {
    () => {
        "id, marketplace, app_key, secret, label, daily_quota, rests_until_at, rest_reason, created_at, checked_at, check_error, clock_offset_us"
    };
}

record! {
    /// A developer key at a marketplace. The secret is sealed.
    #[derive(Default)]
    pub struct AppRow {
        /// Row id.
        pub id: i64,
        /// Marketplace's word.
        pub marketplace: String,
        /// Public part.
        pub app_key: String,
        /// Sealed.
        pub secret: String,
        /// What the agent calls it.
        pub label: String,
        /// Calls that it may make on a day of its marketplace; none when nobody knows of a limit.
        pub daily_quota: Option<i64>,
        /// The queues of its sessions rest until then; [`i64::MAX`] when a person has switched it off.
        pub rests_until_at: Timestamp,
        /// Why, as a message in JSON.
        pub rest_reason: Option<String>,
        /// When it was added.
        pub created_at: Timestamp,
        /// Last harmless signed call.
        pub checked_at: Option<Timestamp>,
        /// How it failed; none when it went well.
        pub check_error: Option<String>,
        /// The marketplace's clock minus ours, in microseconds.
        pub clock_offset_us: Option<i64>,
    }
}

impl AppRow {
    /// A person has switched it off.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        self.rests_until_at.0 == i64::MAX
    }
}

record! {
    /// How much an app has called on a day.
    pub struct DayCalls {
        /// App.
        pub app_id: i64,
        /// Calls.
        pub calls: i64,
    }
}

statements! {
    INSERT = "INSERT INTO apps (id, marketplace, app_key, secret, label, daily_quota, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (marketplace, app_key) DO UPDATE SET secret = excluded.secret, label = excluded.label, daily_quota = excluded.daily_quota, removed = FALSE, checked_at = NULL, check_error = NULL WHERE apps.removed AND apps.id = excluded.id";
    SAVE = "UPDATE apps SET secret = $2, label = $3, daily_quota = $4 WHERE id = $1";
    CHECKED = "UPDATE apps SET checked_at = $2, check_error = $3, clock_offset_us = COALESCE($4, clock_offset_us) WHERE id = $1";
    REST = "UPDATE apps SET rests_until_at = $2, rest_reason = $3 WHERE id = $1";
    REMOVE = "UPDATE apps SET removed = TRUE, secret = '', daily_quota = NULL, rests_until_at = 0, rest_reason = NULL, check_error = NULL WHERE id = $1";
    BY_ID = concat!("SELECT ", columns!(), " FROM apps WHERE id = $1 AND NOT removed");
    LOCK = concat!("SELECT ", columns!(), " FROM apps WHERE id = $1 AND NOT removed"), pg = concat!("SELECT ", columns!(), " FROM apps WHERE id = $1 AND NOT removed FOR NO KEY UPDATE");
    LIST = concat!("SELECT ", columns!(), " FROM apps WHERE NOT removed ORDER BY marketplace, id LIMIT 200");
    REMOVED = "SELECT id FROM apps WHERE marketplace = $1 AND app_key = $2 AND removed";
    COUNT = "INSERT INTO app_days (app_id, day, calls) VALUES ($1, $2, $3) ON CONFLICT (app_id, day) DO UPDATE SET calls = app_days.calls + excluded.calls";
    CALLS_ON = "SELECT app_id, calls FROM app_days WHERE day = $1 AND calls <> 0 ORDER BY app_id LIMIT 200";
    CALLS_OF = "SELECT calls FROM app_days WHERE app_id = $1 AND day = $2";
    CLEAN_DAYS = "DELETE FROM app_days WHERE day < $1";
}

/// Stores a new app, or takes a removed one of the same key and id back. `false` when there is one
/// of this key.
pub async fn insert(db: &mut Db, row: &AppRow) -> Result<bool, Error> {
    db.exec_one(
        &INSERT,
        args![
            row.id,
            &row.marketplace,
            &row.app_key,
            &row.secret,
            &row.label,
            row.daily_quota,
            row.created_at
        ],
    )
    .await
}

/// The id of an app of this key that was removed: it keeps it when it comes back.
pub async fn removed(db: &mut Db, marketplace: &str, key: &str) -> Result<Option<i64>, Error> {
    db.opt(&REMOVED, args![marketplace, key]).await
}

/// Stores another secret, label and quota.
pub async fn save(db: &mut Db, row: &AppRow) -> Result<(), Error> {
    db.exec(
        &SAVE,
        args![row.id, &row.secret, &row.label, row.daily_quota],
    )
    .await
    .map(|_| ())
}

/// Records the outcome of a harmless signed call.
pub async fn checked(
    db: &mut Db,
    id: i64,
    now: Timestamp,
    error: Option<&str>,
    offset_us: Option<i64>,
) -> Result<(), Error> {
    db.exec(&CHECKED, args![id, now, error, offset_us])
        .await
        .map(|_| ())
}

/// Keeps until when an app rests, and why; a moment that has passed ends its rest.
pub async fn rest(
    db: &mut Db,
    id: i64,
    until: Timestamp,
    reason: Option<&str>,
) -> Result<(), Error> {
    db.exec(&REST, args![id, until, reason]).await.map(|_| ())
}

/// Takes an app away. Its row stays for what names it, without its secret.
pub async fn remove(db: &mut Db, id: i64) -> Result<(), Error> {
    db.exec(&REMOVE, args![id]).await.map(|_| ())
}

/// One app.
pub async fn by_id(db: &mut Db, id: i64) -> Result<Option<AppRow>, Error> {
    db.opt(&BY_ID, args![id]).await
}

/// One app, held until the end of the transaction; before its sessions.
pub async fn lock(db: &mut Db, id: i64) -> Result<Option<AppRow>, Error> {
    db.opt(&LOCK, args![id]).await
}

/// Every app (at most 200).
pub async fn all(db: &mut Db) -> Result<Vec<AppRow>, Error> {
    db.all(&LIST, args![]).await
}

/// Adds calls to those of an app on a day.
pub async fn count(db: &mut Db, id: i64, day: &str, calls: i64) -> Result<(), Error> {
    db.exec(&COUNT, args![id, day, calls]).await.map(|_| ())
}

/// What every app has called on a day.
pub async fn calls_on(db: &mut Db, day: &str) -> Result<Vec<DayCalls>, Error> {
    db.all(&CALLS_ON, args![day]).await
}

/// What one app has called on a day.
pub async fn calls_of(db: &mut Db, id: i64, day: &str) -> Result<i64, Error> {
    Ok(db.opt(&CALLS_OF, args![id, day]).await?.unwrap_or(0))
}

/// Forgets the days before this one; gives their number.
pub async fn clean_days(db: &mut Db, before: &str) -> Result<u64, Error> {
    db.exec(&CLEAN_DAYS, args![before]).await
}
