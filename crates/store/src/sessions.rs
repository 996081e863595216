//! Apps and sessions: whose accounts we may use at the marketplaces.

use crate::db::Db;
use crate::{Error, args, record, statements};
use world::Timestamp;

macro_rules! columns {
    () => {
        "id, marketplace, app_id, account, login, label, owner, state, draining, is_default, access_token, access_ends_at, refresh_token, refresh_ends_at, candidate_token, generation, refresh_lease_until_at, address, seller_note, daily_limit, learned_limit, paused_until_at, pause_reason, booking_paused_until_at, booking_pause_reason, tokens_at, last_ok_at, last_error, last_error_at, sync_cursor_at, sync_done_at, restored_at, caught_up_at, created_at"
    };
}

record! {
    /// One authorised marketplace account. Tokens are sealed.
    pub struct SessionRow {
        /// Row id.
        pub id: i64,
        /// Marketplace's word.
        pub marketplace: String,
        /// App that it belongs to.
        pub app_id: i64,
        /// The marketplace's id of the account.
        pub account: String,
        /// Its login name, for people.
        pub login: String,
        /// What the agent calls it.
        pub label: String,
        /// Who connected it.
        pub owner: String,
        /// `active`, `revoked` or `removed`; what expires soon is told from the moments below.
        pub state: String,
        /// No new bookings: it is being emptied.
        pub draining: bool,
        /// Chosen where an order has not used one.
        pub is_default: bool,
        /// Sealed.
        pub access_token: String,
        /// When it ends.
        pub access_ends_at: Timestamp,
        /// Sealed.
        pub refresh_token: Option<String>,
        /// When a person must log in again.
        pub refresh_ends_at: Option<Timestamp>,
        /// Sealed answer of a refresh that lost the race; tried once before anything is declared revoked.
        pub candidate_token: Option<String>,
        /// Grows with every stored token.
        pub generation: i64,
        /// Somebody is renewing until then.
        pub refresh_lease_until_at: Timestamp,
        /// Template of the delivery address, as JSON.
        pub address: String,
        /// Note to the seller.
        pub seller_note: String,
        /// Bookings allowed on a Beijing day, by setting.
        pub daily_limit: Option<i64>,
        /// The same, learnt from a refusal.
        pub learned_limit: Option<i64>,
        /// Its queue rests until then.
        pub paused_until_at: Timestamp,
        /// Why, as a message in JSON.
        pub pause_reason: Option<String>,
        /// New bookings rest until then: an allowance is used up. Reads go on.
        pub booking_paused_until_at: Timestamp,
        /// Why, as a message in JSON.
        pub booking_pause_reason: Option<String>,
        /// When the tokens were stored.
        pub tokens_at: Timestamp,
        /// Last good call.
        pub last_ok_at: Option<Timestamp>,
        /// Last error that concerned the session, as a message in JSON. It stands while no good call came after it.
        pub last_error: Option<String>,
        /// When.
        pub last_error_at: Option<Timestamp>,
        /// Changes up to this moment of the marketplace's clock are known.
        pub sync_cursor_at: Option<Timestamp>,
        /// Last complete synchronization.
        pub sync_done_at: Option<Timestamp>,
        /// The database was restored then, and the session has not caught up since: it does not book.
        pub restored_at: Option<Timestamp>,
        /// When everything that changed since the restore had been listed.
        pub caught_up_at: Option<Timestamp>,
        /// When it was connected first.
        pub created_at: Timestamp,
    }
}

macro_rules! dependents {
    () => {
        "s.id AS session_id,
        (SELECT count(*) FROM bookings b WHERE b.session_id = s.id AND b.state IN ('planned', 'sending', 'unknown'))
        + (SELECT count(*) FROM jobs j WHERE j.session_id = s.id AND j.kind = 'booking.group' AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.session_id = s.id AND b.state IN ('planned', 'sending', 'unknown') AND b.activity_id = j.activity_id)) AS open_bookings,
        (SELECT count(*) FROM (SELECT 1 AS one FROM purchases p WHERE p.session_id = s.id AND p.status NOT IN ('completed', 'closed') AND p.status IN ('building', 'to_pay', 'unknown') AND p.unbound_at IS NULL LIMIT 1000) AS found) AS unpaid_purchases,
        (SELECT count(*) FROM (SELECT 1 AS one FROM purchases p WHERE p.session_id = s.id AND p.status NOT IN ('completed', 'closed') LIMIT 1000) AS found) AS open_purchases,
        (SELECT count(*) FROM bookings b WHERE b.session_id = s.id AND b.state = 'released' AND b.look_at IS NOT NULL) AS searched"
    };
}

statements! {
    BY_ID = concat!("SELECT ", columns!(), " FROM sessions WHERE id = $1");
    LOCK = concat!("SELECT ", columns!(), " FROM sessions WHERE id = $1"), pg = concat!("SELECT ", columns!(), " FROM sessions WHERE id = $1 FOR NO KEY UPDATE");
    ALL_ROWS = concat!("SELECT ", columns!(), " FROM sessions WHERE state <> 'removed' ORDER BY marketplace, id LIMIT 500");
    OF_MARKETPLACE = concat!("SELECT ", columns!(), " FROM sessions WHERE marketplace = $1 AND state <> 'removed' ORDER BY id LIMIT 500");
    BY_ACCOUNT = concat!("SELECT ", columns!(), " FROM sessions WHERE marketplace = $1 AND app_id = $2 AND account = $3");
    INSERT = "INSERT INTO sessions (id, marketplace, app_id, account, login, label, owner, state, draining, is_default, access_token, access_ends_at, refresh_token, refresh_ends_at, generation, refresh_lease_until_at, address, seller_note, daily_limit, paused_until_at, booking_paused_until_at, tokens_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', FALSE, $8, $9, $10, $11, $12, 1, 0, $13, $14, $15, 0, 0, $16, $16)";
    STORE_TOKENS = "UPDATE sessions SET state = 'active', login = $3, access_token = $4, access_ends_at = $5, refresh_token = COALESCE($6, refresh_token), refresh_ends_at = COALESCE($7, refresh_ends_at), candidate_token = NULL, generation = generation + 1, refresh_lease_until_at = 0, tokens_at = $8, paused_until_at = CASE WHEN state <> 'active' THEN 0 ELSE paused_until_at END, pause_reason = CASE WHEN state <> 'active' THEN NULL ELSE pause_reason END WHERE id = $1 AND generation = $2";
    LEASE = "UPDATE sessions SET refresh_lease_until_at = $3 WHERE id = $1 AND generation = $2 AND refresh_lease_until_at <= $4";
    UNLEASE = "UPDATE sessions SET refresh_lease_until_at = 0 WHERE id = $1 AND generation = $2";
    CANDIDATE = "UPDATE sessions SET candidate_token = $2 WHERE id = $1";
    REVOKE = "UPDATE sessions SET state = 'revoked', paused_until_at = $3, pause_reason = $4, refresh_lease_until_at = 0, last_error = $5, last_error_at = $6 WHERE id = $1 AND generation = $2 AND state = 'active'";
    PAUSE = "UPDATE sessions SET paused_until_at = $2, pause_reason = $3 WHERE id = $1 AND state = 'active' AND paused_until_at < $2";
    PAUSE_BOOKINGS = "UPDATE sessions SET booking_paused_until_at = $2, booking_pause_reason = $3 WHERE id = $1 AND booking_paused_until_at < $2";
    RESUME_BOOKINGS = "UPDATE sessions SET booking_paused_until_at = 0, booking_pause_reason = NULL WHERE id = $1 AND booking_paused_until_at > 0";
    LEARN = "UPDATE sessions SET learned_limit = $2 WHERE id = $1";
    PLACED_ON = "SELECT count(*) AS n FROM bookings WHERE session_id = $1 AND allowance_day = $2 AND state IN ('placed', 'unknown', 'released')";
    DEPENDS = concat!("SELECT ", dependents!(), " FROM sessions s WHERE s.id = $1");
    DEPENDS_ALL = concat!("SELECT ", dependents!(), " FROM sessions s WHERE s.state <> 'removed' ORDER BY s.id LIMIT 500");
    RESTORED = "UPDATE sessions SET restored_at = $1, caught_up_at = NULL WHERE state <> 'removed'";
    CAUGHT_UP = "UPDATE sessions SET caught_up_at = $2 WHERE id = $1 AND restored_at IS NOT NULL";
    MAY_BOOK_AGAIN = "UPDATE sessions SET restored_at = NULL, caught_up_at = NULL WHERE id = $1 AND caught_up_at IS NOT NULL";
    GOOD = "UPDATE sessions SET last_ok_at = $2 WHERE id = $1 AND (last_ok_at IS NULL OR last_ok_at < $3 OR last_error_at >= last_ok_at)";
    BAD = "UPDATE sessions SET last_error = $2, last_error_at = $3 WHERE id = $1";
    SYNCED = "UPDATE sessions SET sync_cursor_at = CASE WHEN sync_cursor_at > $2 THEN sync_cursor_at ELSE $2 END, sync_done_at = $3 WHERE id = $1";
    SAVE_SETTINGS = "UPDATE sessions SET label = $2, address = $3, seller_note = $4, daily_limit = $5 WHERE id = $1";
    DRAIN = "UPDATE sessions SET draining = $2 WHERE id = $1";
    DEFAULT_OFF = "UPDATE sessions SET is_default = FALSE WHERE marketplace = $1 AND is_default";
    DEFAULT_ON = "UPDATE sessions SET is_default = TRUE WHERE id = $1";
    REMOVE = "UPDATE sessions SET state = 'removed', is_default = FALSE, access_token = '', refresh_token = NULL, candidate_token = NULL, generation = generation + 1, refresh_lease_until_at = 0, paused_until_at = $2, pause_reason = NULL, booking_paused_until_at = 0, booking_pause_reason = NULL, sync_cursor_at = NULL, sync_done_at = NULL WHERE id = $1";
    REMOVE_JOBS = "DELETE FROM jobs WHERE session_id = $1 AND state = 'ready'";
    OF_APP = concat!("SELECT ", columns!(), " FROM sessions WHERE app_id = $1 AND state <> 'removed' ORDER BY id LIMIT 500");
    WAKE = "UPDATE sessions SET paused_until_at = 0, pause_reason = NULL WHERE id = $1 AND state = 'active' AND paused_until_at = $2";
    ASIDE = "UPDATE sessions SET account = account || ' #' || id WHERE id = $1";
    MOVE = "UPDATE sessions SET app_id = $2, account = $3 WHERE id = $1";
    ATTEMPT = "INSERT INTO login_attempts (state_hash, user_id, app_id, session_id, return_to, ends_at) VALUES ($1, $2, $3, $4, $5, $6)";
    ATTEMPT_USE = "UPDATE login_attempts SET used_at = $2 WHERE state_hash = $1 AND used_at IS NULL AND ends_at > $2";
    ATTEMPT_READ = "SELECT user_id, app_id, session_id, return_to, ends_at, used_at FROM login_attempts WHERE state_hash = $1";
    ATTEMPTS_CLEAN = "DELETE FROM login_attempts WHERE ends_at < $1";
}

record! {
    /// A login at a marketplace that a person has begun.
    pub struct LoginAttempt {
        /// Who.
        pub user_id: i64,
        /// With which app.
        pub app_id: i64,
        /// Session that is being renewed; none for a new one.
        pub session_id: Option<i64>,
        /// The page to come back to.
        pub return_to: String,
        /// Not after.
        pub ends_at: Timestamp,
        /// When it was used.
        pub used_at: Option<Timestamp>,
    }
}

record! {
    /// What depends on a session.
    pub struct Dependents {
        /// Session.
        pub session_id: i64,
        /// Bookings whose outcome is still open.
        pub open_bookings: i64,
        /// Purchases to be paid, or not even known to be payable; counting stops at 1,000.
        pub unpaid_purchases: i64,
        /// Purchases that are not over; counting stops at 1,000.
        pub open_purchases: i64,
        /// Released bookings whose order is still looked for.
        pub searched: i64,
    }
}

/// Tokens to store, sealed.
#[derive(Clone, Debug)]
pub struct SealedTokens {
    /// Login name as the marketplace tells it now.
    pub login: String,
    /// Sealed access token.
    pub access: String,
    /// When it ends.
    pub access_ends_at: Timestamp,
    /// Sealed refresh token, if a new one came.
    pub refresh: Option<String>,
    /// When it ends, if told.
    pub refresh_ends_at: Option<Timestamp>,
}

/// One session.
pub async fn by_id(db: &mut Db, id: i64) -> Result<Option<SessionRow>, Error> {
    db.opt(&BY_ID, args![id]).await
}

/// One session, held until the end of the transaction.
pub async fn lock(db: &mut Db, id: i64) -> Result<SessionRow, Error> {
    db.one(&LOCK, args![id], "session").await
}

/// Every session (at most 500).
pub async fn all(db: &mut Db) -> Result<Vec<SessionRow>, Error> {
    db.all(&ALL_ROWS, args![]).await
}

/// Sessions of a marketplace (at most 500).
pub async fn of_marketplace(db: &mut Db, marketplace: &str) -> Result<Vec<SessionRow>, Error> {
    db.all(&OF_MARKETPLACE, args![marketplace]).await
}

/// The session of an account.
pub async fn by_account(
    db: &mut Db,
    marketplace: &str,
    app: i64,
    account: &str,
) -> Result<Option<SessionRow>, Error> {
    db.opt(&BY_ACCOUNT, args![marketplace, app, account]).await
}

/// Stores a new session.
pub async fn insert(db: &mut Db, row: &SessionRow) -> Result<(), Error> {
    db.exec(
        &INSERT,
        args![
            row.id,
            &row.marketplace,
            row.app_id,
            &row.account,
            &row.login,
            &row.label,
            &row.owner,
            row.is_default,
            &row.access_token,
            row.access_ends_at,
            &row.refresh_token,
            row.refresh_ends_at,
            &row.address,
            &row.seller_note,
            row.daily_limit,
            row.created_at
        ],
    )
    .await?;
    db.signal(crate::Signal::Session(row.id));
    Ok(())
}

/// Stores new tokens over those of `generation`. `false` when somebody stored newer ones meanwhile.
pub async fn store_tokens(
    db: &mut Db,
    id: i64,
    generation: i64,
    tokens: &SealedTokens,
    now: Timestamp,
) -> Result<bool, Error> {
    let done = db
        .exec_one(
            &STORE_TOKENS,
            args![
                id,
                generation,
                &tokens.login,
                &tokens.access,
                tokens.access_ends_at,
                &tokens.refresh,
                tokens.refresh_ends_at,
                now
            ],
        )
        .await?;
    db.signal(crate::Signal::Session(id));
    Ok(done)
}

/// Takes the right to renew, once across all nodes. `false` when somebody has it.
pub async fn lease_refresh(
    db: &mut Db,
    id: i64,
    generation: i64,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, Error> {
    db.exec_one(&LEASE, args![id, generation, until, now]).await
}

/// Gives the right to renew back.
pub async fn unlease_refresh(db: &mut Db, id: i64, generation: i64) -> Result<(), Error> {
    db.exec(&UNLEASE, args![id, generation]).await.map(|_| ())
}

/// Keeps the answer of a refresh that lost the race.
pub async fn keep_candidate(db: &mut Db, id: i64, sealed: &str) -> Result<(), Error> {
    db.exec(&CANDIDATE, args![id, sealed]).await.map(|_| ())
}

/// Marks a session revoked: its queue rests until a person logs in again.
pub async fn revoke(
    db: &mut Db,
    id: i64,
    generation: i64,
    reason: &str,
    error: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let done = db
        .exec_one(&REVOKE, args![id, generation, i64::MAX, reason, error, now])
        .await?;
    db.signal(crate::Signal::Session(id));
    Ok(done)
}

/// Lets the queue of a session rest until `until`; never shortens a rest.
pub async fn pause(db: &mut Db, id: i64, until: Timestamp, reason: &str) -> Result<(), Error> {
    db.exec(&PAUSE, args![id, until, reason]).await?;
    db.signal(crate::Signal::Session(id));
    Ok(())
}

/// Lets new bookings of a session rest until `until`; never shortens a rest. Everything else goes on.
pub async fn pause_bookings(
    db: &mut Db,
    id: i64,
    until: Timestamp,
    reason: &str,
) -> Result<(), Error> {
    db.exec(&PAUSE_BOOKINGS, args![id, until, reason]).await?;
    db.signal(crate::Signal::Session(id));
    Ok(())
}

/// Takes new bookings of a session up again.
pub async fn resume_bookings(db: &mut Db, id: i64) -> Result<(), Error> {
    db.exec(&RESUME_BOOKINGS, args![id]).await?;
    db.signal(crate::Signal::Session(id));
    db.signal(crate::Signal::Work);
    Ok(())
}

/// Keeps a daily limit that a refusal has taught.
pub async fn learn_limit(db: &mut Db, id: i64, limit: Option<i64>) -> Result<(), Error> {
    db.exec(&LEARN, args![id, limit]).await.map(|_| ())
}

/// Bookings sent on a Beijing day that made an order, or may have.
pub async fn placed_on(db: &mut Db, id: i64, day: &str) -> Result<i64, Error> {
    db.one(&PLACED_ON, args![id, day], "count").await
}

/// What depends on a session.
pub async fn dependents(db: &mut Db, id: i64) -> Result<Dependents, Error> {
    db.one(&DEPENDS, args![id], "session").await
}

/// What depends on each session.
pub async fn dependents_of_all(db: &mut Db) -> Result<Vec<Dependents>, Error> {
    db.all(&DEPENDS_ALL, args![]).await
}

/// The database was restored: no session books before it has caught up. Gives their number.
pub async fn restored(db: &mut Db, now: Timestamp) -> Result<u64, Error> {
    db.exec(&RESTORED, args![now]).await
}

/// All that changed since the restore has been listed.
pub async fn caught_up(db: &mut Db, id: i64, now: Timestamp) -> Result<(), Error> {
    db.exec(&CAUGHT_UP, args![id, now]).await.map(|_| ())
}

/// And read: it books again.
pub async fn may_book_again(db: &mut Db, id: i64) -> Result<(), Error> {
    db.exec(&MAY_BOOK_AGAIN, args![id]).await?;
    db.signal(crate::Signal::Session(id));
    Ok(())
}

/// Records a good call. Writes only when the recorded one is older than a minute or an error stands.
pub async fn good_call(db: &mut Db, id: i64, now: Timestamp) -> Result<(), Error> {
    db.exec(&GOOD, args![id, now, now.plus_seconds(-60)])
        .await
        .map(|_| ())
}

/// Records a failed call.
pub async fn bad_call(db: &mut Db, id: i64, error: &str, now: Timestamp) -> Result<(), Error> {
    db.exec(&BAD, args![id, error, now]).await.map(|_| ())
}

/// A synchronization is complete: changes up to `cursor` are known. The cursor never goes back.
pub async fn synced(db: &mut Db, id: i64, cursor: Timestamp, now: Timestamp) -> Result<(), Error> {
    db.exec(&SYNCED, args![id, cursor, now]).await?;
    db.signal(crate::Signal::Session(id));
    Ok(())
}

/// Stores label, address template, note and daily limit.
pub async fn save_settings(db: &mut Db, row: &SessionRow) -> Result<(), Error> {
    db.exec(
        &SAVE_SETTINGS,
        args![
            row.id,
            &row.label,
            &row.address,
            &row.seller_note,
            row.daily_limit
        ],
    )
    .await
    .map(|_| ())
}

/// Empties a session, or takes it back into use.
pub async fn set_draining(db: &mut Db, id: i64, draining: bool) -> Result<(), Error> {
    db.exec(&DRAIN, args![id, draining]).await?;
    db.signal(crate::Signal::Session(id));
    Ok(())
}

/// Makes a session its marketplace's default.
pub async fn set_default(db: &mut Db, marketplace: &str, id: i64) -> Result<(), Error> {
    db.exec(&DEFAULT_OFF, args![marketplace]).await?;
    db.exec(&DEFAULT_ON, args![id]).await.map(|_| ())
}

/// Removes a session: its tokens are wiped and it is listed no more. The row stays for the bookings
/// and purchases that name it, and lives again when the account is connected again.
pub async fn remove(db: &mut Db, id: i64) -> Result<(), Error> {
    db.exec(&REMOVE, args![id, i64::MAX]).await?;
    db.exec(&REMOVE_JOBS, args![id]).await?;
    db.signal(crate::Signal::Session(id));
    Ok(())
}

/// Sessions that belong to an app (at most 500).
pub async fn of_app(db: &mut Db, app: i64) -> Result<Vec<SessionRow>, Error> {
    db.all(&OF_APP, args![app]).await
}

/// Ends a rest of the queue that lasts until exactly `until`; another one stays.
pub async fn wake(db: &mut Db, id: i64, until: Timestamp) -> Result<(), Error> {
    db.exec(&WAKE, args![id, until]).await?;
    db.signal(crate::Signal::Session(id));
    Ok(())
}

/// Lets a session belong to another app. A removed session of the same account that belongs there
/// changes places with it.
pub async fn move_to_app(db: &mut Db, row: &SessionRow, app: i64) -> Result<(), Error> {
    let there = by_account(db, &row.marketplace, app, &row.account).await?;
    if let Some(there) = &there {
        db.exec(&ASIDE, args![there.id]).await?;
    }
    db.exec(&MOVE, args![row.id, app, &row.account]).await?;
    if let Some(there) = &there {
        db.exec(&MOVE, args![there.id, row.app_id, &row.account])
            .await?;
    }
    db.signal(crate::Signal::Session(row.id));
    Ok(())
}

/// Keeps a login that a person begins, under the hash of its state.
pub async fn attempt(db: &mut Db, state_hash: &str, new: &LoginAttempt) -> Result<(), Error> {
    db.exec(&ATTEMPTS_CLEAN, args![new.ends_at.plus_seconds(-86_400)])
        .await?;
    db.exec(
        &ATTEMPT,
        args![
            state_hash,
            new.user_id,
            new.app_id,
            new.session_id,
            &new.return_to,
            new.ends_at
        ],
    )
    .await
    .map(|_| ())
}

/// A begun login, as it stands.
pub async fn attempt_read(db: &mut Db, state_hash: &str) -> Result<Option<LoginAttempt>, Error> {
    db.opt(&ATTEMPT_READ, args![state_hash]).await
}

/// Uses a begun login, once. None when there is none; the row tells whether it was used or late.
pub async fn attempt_use(
    db: &mut Db,
    state_hash: &str,
    now: Timestamp,
) -> Result<Option<(LoginAttempt, bool)>, Error> {
    let done = db.exec_one(&ATTEMPT_USE, args![state_hash, now]).await?;
    Ok(db
        .opt::<LoginAttempt>(&ATTEMPT_READ, args![state_hash])
        .await?
        .map(|row| (row, done)))
}
