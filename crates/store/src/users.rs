//! People who may sign in, their sessions in the browser, and failed tries.

use crate::db::Db;
use crate::{Error, args, record, statements};
use world::Timestamp;

record! {
    /// A person.
    pub struct UserRow {
        /// Row id.
        pub id: i64,
        /// Login name, lower case.
        pub login: String,
        /// Name for others to read.
        pub name: String,
        /// Password as a PHC string.
        pub password_hash: String,
        /// Time zone of the person's pages.
        pub zone: String,
        /// When the person was added.
        pub created_at: Timestamp,
        /// Since when the person may not sign in any more.
        pub disabled_at: Option<Timestamp>,
    }
}

record! {
    /// Failed tries of a login name or from an address.
    pub struct FailuresRow {
        /// Failed tries in a row.
        pub failures: i64,
        /// The last one.
        pub last_at: Timestamp,
        /// No try before.
        pub blocked_until_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, login, name, password_hash, zone, created_at, disabled_at"
    };
}

record! {
    /// A signed-in browser with its person.
    pub struct SignedInRow {
        /// Row id of the person.
        pub id: i64,
        /// Login name.
        pub login: String,
        /// Name for others to read.
        pub name: String,
        /// Time zone of the person's pages.
        pub zone: String,
        /// Last use, to a few minutes.
        pub seen_at: Timestamp,
        /// Not after.
        pub ends_at: Timestamp,
    }
}

statements! {
    WEB_WHO = "SELECT u.id, u.login, u.name, u.zone, s.seen_at, s.ends_at FROM web_sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1 AND u.disabled_at IS NULL";
    INSERT = "INSERT INTO users (id, login, name, password_hash, zone, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    BY_ID = concat!("SELECT ", columns!(), " FROM users WHERE id = $1");
    BY_LOGIN = concat!("SELECT ", columns!(), " FROM users WHERE login = $1");
    EVERYBODY = concat!("SELECT ", columns!(), " FROM users ORDER BY login LIMIT 500");
    COUNT = "SELECT count(*) AS n FROM users";
    SET_PASSWORD = "UPDATE users SET password_hash = $2 WHERE id = $1";
    SET_ZONE = "UPDATE users SET zone = $2 WHERE id = $1";
    WEB_INSERT = "INSERT INTO web_sessions (token_hash, user_id, created_at, seen_at, ends_at) VALUES ($1, $2, $3, $3, $4)";
    WEB_SEEN = "UPDATE web_sessions SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2";
    WEB_END = "DELETE FROM web_sessions WHERE token_hash = $1";
    WEB_END_OTHERS = "DELETE FROM web_sessions WHERE user_id = $1 AND token_hash <> $2";
    WEB_CLEAN = "DELETE FROM web_sessions WHERE ends_at <= $1 OR seen_at <= $2";
    FAILURES = "SELECT failures, last_at, blocked_until_at FROM sign_in_failures WHERE who = $1",
      pg = "SELECT failures, last_at, blocked_until_at FROM sign_in_failures WHERE who = $1 FOR UPDATE";
    FAILED = "INSERT INTO sign_in_failures (who, failures, last_at, blocked_until_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (who) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, blocked_until_at = excluded.blocked_until_at";
    FAILURES_TOUCH = "INSERT INTO sign_in_failures (who, failures, last_at, blocked_until_at) VALUES ($1, 0, $2, 0) ON CONFLICT (who) DO NOTHING";
    FAILURES_CLEAR = "DELETE FROM sign_in_failures WHERE who = $1";
    FAILURES_CLEAN = "DELETE FROM sign_in_failures WHERE last_at <= $1 AND blocked_until_at <= $2";
}

/// Stores a new person.
///
/// # Errors
/// [`Error::Exists`] when the login is taken.
pub async fn insert(db: &mut Db, row: &UserRow) -> Result<(), Error> {
    db.exec(
        &INSERT,
        args![
            row.id,
            &row.login,
            &row.name,
            &row.password_hash,
            &row.zone,
            row.created_at
        ],
    )
    .await
    .map(|_| ())
}

/// One person.
pub async fn by_id(db: &mut Db, id: i64) -> Result<Option<UserRow>, Error> {
    db.opt(&BY_ID, args![id]).await
}

/// The person of a login name.
pub async fn by_login(db: &mut Db, login: &str) -> Result<Option<UserRow>, Error> {
    db.opt(&BY_LOGIN, args![login]).await
}

/// Everybody (at most 500).
pub async fn all(db: &mut Db) -> Result<Vec<UserRow>, Error> {
    db.all(&EVERYBODY, args![]).await
}

/// How many people there are.
pub async fn count(db: &mut Db) -> Result<i64, Error> {
    db.one(&COUNT, args![], "count").await
}

/// Stores another password.
pub async fn set_password(db: &mut Db, id: i64, hash: &str) -> Result<(), Error> {
    db.exec(&SET_PASSWORD, args![id, hash]).await.map(|_| ())
}

/// Stores another time zone.
pub async fn set_zone(db: &mut Db, id: i64, zone: &str) -> Result<(), Error> {
    db.exec(&SET_ZONE, args![id, zone]).await.map(|_| ())
}

/// Stores a signed-in browser.
pub async fn web_begin(
    db: &mut Db,
    hash: &str,
    user: i64,
    now: Timestamp,
    ends_at: Timestamp,
) -> Result<(), Error> {
    db.exec(&WEB_INSERT, args![hash, user, now, ends_at])
        .await
        .map(|_| ())
}

/// The signed-in browser of a token's hash with its person; none when the person may not sign in.
pub async fn web_session(db: &mut Db, hash: &str) -> Result<Option<SignedInRow>, Error> {
    db.opt(&WEB_WHO, args![hash]).await
}

/// Notes that it was used.
pub async fn web_seen(db: &mut Db, hash: &str, now: Timestamp) -> Result<(), Error> {
    db.exec(&WEB_SEEN, args![hash, now]).await.map(|_| ())
}

/// Signs it out.
pub async fn web_end(db: &mut Db, hash: &str) -> Result<(), Error> {
    db.exec(&WEB_END, args![hash]).await.map(|_| ())
}

/// Signs every other browser of a person out.
pub async fn web_end_others(db: &mut Db, user: i64, keep: &str) -> Result<u64, Error> {
    db.exec(&WEB_END_OTHERS, args![user, keep]).await
}

/// Deletes browsers that are over: past their end, or not seen since `unseen_since`.
pub async fn web_clean(db: &mut Db, now: Timestamp, unseen_since: Timestamp) -> Result<u64, Error> {
    db.exec(&WEB_CLEAN, args![now, unseen_since]).await
}

/// Failed tries of `who`, held until the end of the transaction.
pub async fn failures(db: &mut Db, who: &str, now: Timestamp) -> Result<FailuresRow, Error> {
    db.exec(&FAILURES_TOUCH, args![who, now]).await?;
    db.one(&FAILURES, args![who], "failures").await
}

/// Stores how often `who` has failed.
pub async fn set_failures(db: &mut Db, who: &str, row: &FailuresRow) -> Result<(), Error> {
    db.exec(
        &FAILED,
        args![who, row.failures, row.last_at, row.blocked_until_at],
    )
    .await
    .map(|_| ())
}

/// Forgets failed tries of `who`.
pub async fn clear_failures(db: &mut Db, who: &str) -> Result<(), Error> {
    db.exec(&FAILURES_CLEAR, args![who]).await.map(|_| ())
}

/// Forgets failed tries older than `before` that block nobody at `now`.
pub async fn clean_failures(db: &mut Db, before: Timestamp, now: Timestamp) -> Result<u64, Error> {
    db.exec(&FAILURES_CLEAN, args![before, now]).await
}
