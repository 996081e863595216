//! Signed-in browsers: known by the hash of a random token, over when unused for long, and in any case
//! after two weeks.

use crate::{Actor, App, AppError};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use store::users::{self, UserRow};

/// Over when unused for so long.
pub const IDLE_SECONDS: i64 = 12 * 3_600;
/// Over in any case after so long.
pub const ABSOLUTE_SECONDS: i64 = 14 * 86_400;
/// The last use is written down at most this often.
const SEEN_SECONDS: i64 = 300;
const TOKEN_CHARACTERS: usize = 64;

/// Who is signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Row id.
    pub id: i64,
    /// Login name.
    pub login: String,
    /// Name for others to read.
    pub name: String,
    /// Time zone of the person's pages.
    pub zone: String,
}

impl Person {
    pub(super) fn of(row: UserRow) -> Self {
        Self {
            id: row.id,
            login: row.login,
            name: row.name,
            zone: row.zone,
        }
    }

    /// As one who acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Person {
            id: self.id,
            login: self.login.clone(),
        }
    }
}

/// Who holds this token; none when it is unknown or over, or the person may not sign in any more.
///
/// # Errors
/// The database's.
pub async fn who(app: &App, token: &str) -> Result<Option<Person>, AppError> {
    if token.len() != TOKEN_CHARACTERS {
        return Ok(None);
    }
    let hash = hash_of(token);
    let now = app.now();
    let mut db = app.store.read().await?;
    let Some(row) = users::web_session(&mut db, &hash).await? else {
        return Ok(None);
    };
    if row.ends_at <= now || row.seen_at.plus_seconds(IDLE_SECONDS) <= now {
        return Ok(None);
    }
    drop(db);
    if row.seen_at.plus_seconds(SEEN_SECONDS) <= now {
        app.store
            .write::<_, AppError, _>(move |db| {
                let hash = hash.clone();
                Box::pin(async move { Ok(users::web_seen(db, &hash, now).await?) })
            })
            .await?;
    }
    Ok(Some(Person {
        id: row.id,
        login: row.login,
        name: row.name,
        zone: row.zone,
    }))
}

/// Signs this browser out. An unknown token is fine: it is signed out already.
///
/// # Errors
/// The database's.
pub async fn sign_out(app: &App, token: &str) -> Result<(), AppError> {
    let hash = hash_of(token);
    app.store
        .write::<_, AppError, _>(move |db| {
            let hash = hash.clone();
            Box::pin(async move { Ok(users::web_end(db, &hash).await?) })
        })
        .await
}

pub(super) fn hash_of(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}
