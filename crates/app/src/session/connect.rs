//! Connecting an account: out to the marketplace's own login page, and back with a code.
//!
//! What goes out is a random state of which only the hash is kept, bound to the person and good for
//! a quarter of an hour, once. What comes back is exchanged for tokens, which are sealed at once.

use crate::activity::{self, ActivityState, Begin, StepState};
use crate::session::refresh::seal;
use crate::session::{template_check, template_of};
use crate::{Actor, App, AppError, Ctx, Message};
use data_encoding::HEXLOWER;
use marketplaces::{Address, Caller, MarketError, Marketplace, Tokens};
use sha2::{Digest as _, Sha256};
use store::Db;
use store::apps::{self, AppRow};
use store::jobs;
use store::sessions::{self, LoginAttempt, SessionRow};
use world::Timestamp;

/// Seconds within which a person must be back from the marketplace.
const ATTEMPT_SECONDS: i64 = 900;
const RETURN_CHARACTERS: usize = 500;

/// A login to begin.
#[derive(Clone, Debug)]
pub struct ConnectBegin {
    /// With which app. A session that is renewed through another one than its own moves to it.
    pub app: i64,
    /// The session that is to be renewed; none to connect an account.
    pub session: Option<i64>,
    /// The page of the panel to come back to.
    pub return_to: String,
}

/// How a login ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connected {
    /// The session, new or renewed.
    pub session: i64,
    /// The account's login name.
    pub login: String,
    /// It was connected before.
    pub renewed: bool,
    /// The page to come back to.
    pub return_to: String,
}

/// The address that a marketplace's login page comes back to; to be entered where the app is registered.
#[must_use]
pub fn redirect_url(app: &App, marketplace: &str) -> url::Url {
    let mut url = app.config.public_url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["connect", marketplace]);
    }
    url
}

/// Begins a login; gives the marketplace's page to send the person to.
///
/// # Errors
/// [`AppError::Forbidden`] unless a person acts; no such app or session; a page to come back to that
/// is not one of ours.
pub async fn connect_begin(ctx: &Ctx, request: ConnectBegin) -> Result<url::Url, AppError> {
    let user_id = user(ctx)?;
    let return_to = local_path(&request.return_to)?;
    let state = ctx.app.random_hex(32);
    let hash = hash_of(&state);
    let (work, session, wanted) = (ctx.clone(), request.session, request.app);
    let app = ctx
        .app
        .store
        .write::<_, AppError, _>(move |db| {
            let (ctx, hash, return_to) = (work.clone(), hash.clone(), return_to.clone());
            Box::pin(async move {
                let app = apps::by_id(db, wanted)
                    .await?
                    .ok_or(AppError::NotFound("app"))?;
                if app.is_off() {
                    return Err(AppError::refused("connect-app_off"));
                }
                if let Some(id) = session {
                    let row = sessions::by_id(db, id)
                        .await?
                        .ok_or(AppError::NotFound("session"))?;
                    if row.marketplace != app.marketplace {
                        return Err(AppError::NotFound("app"));
                    }
                    free_there(db, &row, &app).await?;
                }
                let attempt = LoginAttempt {
                    user_id,
                    app_id: app.id,
                    session_id: session,
                    return_to,
                    ends_at: ctx.now().plus_seconds(ATTEMPT_SECONDS),
                    used_at: None,
                };
                sessions::attempt(db, &hash, &attempt).await?;
                Ok(app)
            })
        })
        .await?;
    let key = ctx.app.app_key(&app)?;
    let market = ctx.app.markets.get(&app.marketplace)?;
    Ok(market.connector.authorize_url(
        &key,
        &market.addresses,
        &redirect_url(&ctx.app, &app.marketplace),
        &state,
    ))
}

/// A login that was begun: to go on from it, or back, when it did not end well.
#[derive(Clone, Debug)]
pub struct ConnectBegun {
    /// Marketplace of its app.
    pub marketplace: String,
    /// What was asked for.
    pub request: ConnectBegin,
}

/// The login that the acting person began under this state, used or not; none when there is none.
///
/// # Errors
/// The database's; [`AppError::Forbidden`] unless a person acts.
pub async fn connect_begun(ctx: &Ctx, state: &str) -> Result<Option<ConnectBegun>, AppError> {
    let user_id = user(ctx)?;
    let mut db = ctx.app.store.read().await?;
    let attempt = sessions::attempt_read(&mut db, &hash_of(state)).await?;
    let Some(attempt) = attempt.filter(|attempt| attempt.user_id == user_id) else {
        return Ok(None);
    };
    let Some(app) = apps::by_id(&mut db, attempt.app_id).await? else {
        return Ok(None);
    };
    Ok(Some(ConnectBegun {
        marketplace: app.marketplace,
        request: ConnectBegin {
            app: attempt.app_id,
            session: attempt.session_id,
            return_to: attempt.return_to,
        },
    }))
}

/// Ends a login with what the marketplace sent the person back with: exchanges the code, connects or
/// renews the session, wakes its queue and starts a synchronization.
///
/// # Errors
/// [`AppError::Refused`] for a state that is unknown, used, late or another person's, for a login that
/// gave no code, and for another account than the one that was to be renewed; the marketplace's refusal.
pub async fn connect_finish(ctx: &Ctx, state: &str, code: &str) -> Result<Connected, AppError> {
    let user_id = user(ctx)?;
    let hash = hash_of(state);
    let attempt = use_attempt(ctx, user_id, &hash).await?;
    if code.trim().is_empty() {
        return Err(AppError::refused("connect-no_code"));
    }
    let calls = {
        let mut db = ctx.app.store.read().await?;
        let app = apps::by_id(&mut db, attempt.app_id)
            .await?
            .ok_or_else(|| AppError::refused("connect-app_gone"))?;
        if app.is_off() {
            return Err(AppError::refused("connect-app_off"));
        }
        ctx.app.app_calls(&app)?
    };
    let connector = calls.market.connector.clone();
    let redirect = redirect_url(&ctx.app, connector.code());
    let tokens = match connector
        .token_exchange(&calls.caller(), code.trim(), &redirect)
        .await
    {
        Ok(tokens) => tokens,
        Err(error) => {
            failed(ctx, &hash, connector.name(), error.clone()).await?;
            return Err(AppError::Market(error));
        }
    };
    let known = {
        let mut db = ctx.app.store.read().await?;
        sessions::by_account(&mut db, connector.code(), attempt.app_id, &tokens.account).await?
    };
    let address = if known.is_none() && attempt.session_id.is_none() {
        let caller = Caller {
            access_token: Some(&tokens.access),
            ..calls.caller()
        };
        first_address(&*connector, &caller).await
    } else {
        None
    };
    let (work, code, name) = (ctx.clone(), connector.code(), connector.name());
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            let (ctx, attempt, tokens, address, hash) = (
                work.clone(),
                attempt.clone(),
                tokens.clone(),
                address.clone(),
                hash.clone(),
            );
            Box::pin(async move {
                let connected = keep(&ctx, db, code, &attempt, &tokens, address).await?;
                report(&ctx, db, &hash, name, &connected).await?;
                Ok(connected)
            })
        })
        .await
}

async fn use_attempt(ctx: &Ctx, user_id: i64, hash: &str) -> Result<LoginAttempt, AppError> {
    let (ctx, hash) = (ctx.clone(), hash.to_owned());
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, hash) = (ctx.clone(), hash.clone());
            Box::pin(async move {
                let now = ctx.now();
                let Some((attempt, ours)) = sessions::attempt_use(db, &hash, now).await? else {
                    return Err(AppError::refused("connect-state_unknown"));
                };
                if attempt.user_id != user_id {
                    return Err(AppError::refused("connect-other_person"));
                }
                if ours {
                    return Ok(attempt);
                }
                Err(AppError::refused(if attempt.used_at.is_some() {
                    "connect-state_used"
                } else {
                    "connect-state_late"
                }))
            })
        })
        .await
}

/// Stores the tokens: in the session of this account, or in a new one.
async fn keep(
    ctx: &Ctx,
    db: &mut Db,
    marketplace: &str,
    attempt: &LoginAttempt,
    tokens: &Tokens,
    address: Option<Address>,
) -> Result<Connected, AppError> {
    let now = ctx.now();
    let app = apps::lock(db, attempt.app_id)
        .await?
        .ok_or_else(|| AppError::refused("connect-app_gone"))?;
    let mut before = None;
    if let Some(wanted) = attempt.session_id {
        let wanted = sessions::by_id(db, wanted)
            .await?
            .ok_or(AppError::NotFound("session"))?;
        if wanted.account != tokens.account {
            let message = Message::of("connect-other_account")
                .with("expected", &wanted.login)
                .with("actual", &tokens.login);
            return Err(AppError::Refused(message));
        }
        if wanted.app_id != app.id {
            let wanted = sessions::lock(db, wanted.id).await?;
            free_there(db, &wanted, &app).await?;
            before = apps::by_id(db, wanted.app_id).await?;
            sessions::move_to_app(db, &wanted, app.id).await?;
        }
    }
    let known = sessions::by_account(db, marketplace, attempt.app_id, &tokens.account).await?;
    let renewed = known.as_ref().is_some_and(|row| row.state != "removed");
    let id = match known {
        Some(row) => {
            let row = sessions::lock(db, row.id).await?;
            let sealed = seal(ctx, row.id, tokens, &row.login)?;
            sessions::store_tokens(db, row.id, row.generation, &sealed, now).await?;
            jobs::wake_session(db, row.id, now).await?;
            row.id
        }
        None => insert(ctx, db, marketplace, attempt, tokens, address, now).await?,
    };
    let row = sessions::by_id(db, id)
        .await?
        .ok_or(AppError::NotFound("session"))?;
    sessions::good_call(db, id, now).await?;
    crate::apps::joins(db, id, before.as_ref(), &app, now).await?;
    crate::sync::enqueue(ctx, db, &row, now).await?;
    Ok(Connected {
        session: id,
        login: row.login,
        renewed,
        return_to: attempt.return_to.clone(),
    })
}

/// The account of a session that is to move to an app must not be a session of that app already.
async fn free_there(db: &mut Db, row: &SessionRow, app: &AppRow) -> Result<(), AppError> {
    if row.app_id == app.id {
        return Ok(());
    }
    let there = sessions::by_account(db, &row.marketplace, app.id, &row.account).await?;
    if there.is_some_and(|row| row.state != "removed") {
        let message = Message::of("connect-there_already")
            .with("login", &row.login)
            .with("app", &app.label);
        return Err(AppError::Refused(message));
    }
    Ok(())
}

async fn insert(
    ctx: &Ctx,
    db: &mut Db,
    marketplace: &str,
    attempt: &LoginAttempt,
    tokens: &Tokens,
    address: Option<Address>,
    now: Timestamp,
) -> Result<i64, AppError> {
    let id = ctx.id();
    let sealed = seal(ctx, id, tokens, &tokens.account)?;
    let is_default = !sessions::of_marketplace(db, marketplace)
        .await?
        .iter()
        .any(|s| s.is_default);
    let row = SessionRow {
        id,
        marketplace: marketplace.to_owned(),
        app_id: attempt.app_id,
        account: tokens.account.clone(),
        label: sealed.login.clone(),
        login: sealed.login,
        owner: ctx.person()?,
        state: "active".to_owned(),
        draining: false,
        is_default,
        access_token: sealed.access,
        access_ends_at: sealed.access_ends_at,
        refresh_token: sealed.refresh,
        refresh_ends_at: sealed.refresh_ends_at,
        candidate_token: None,
        generation: 1,
        refresh_lease_until_at: Timestamp(0),
        address: crate::message::json(&address.unwrap_or_default()),
        seller_note: String::new(),
        daily_limit: None,
        learned_limit: None,
        paused_until_at: Timestamp(0),
        pause_reason: None,
        booking_paused_until_at: Timestamp(0),
        booking_pause_reason: None,
        tokens_at: now,
        last_ok_at: None,
        last_error: None,
        last_error_at: None,
        sync_cursor_at: None,
        sync_done_at: None,
        restored_at: None,
        caught_up_at: None,
        created_at: now,
    };
    sessions::insert(db, &row).await?;
    Ok(id)
}

/// The address that the account uses at the marketplace, as a template. Best effort: without one, the
/// session asks for it before it books.
async fn first_address(connector: &dyn Marketplace, caller: &Caller<'_>) -> Option<Address> {
    if !connector.capabilities().saved_addresses {
        return None;
    }
    let saved = match connector.addresses_read(caller).await {
        Ok(saved) => saved,
        Err(error) => {
            tracing::info!(%error, "the new session's addresses could not be read");
            return None;
        }
    };
    let kept = saved
        .iter()
        .find(|a| a.is_default)
        .or(saved.first())?
        .address
        .clone();
    let template = template_of(&kept);
    Some(if template_check(connector, &template).is_ok() {
        template
    } else {
        kept
    })
}

/// A finished login is a run that people can look up.
async fn report(
    ctx: &Ctx,
    db: &mut Db,
    hash: &str,
    marketplace: &str,
    connected: &Connected,
) -> Result<(), AppError> {
    let now = ctx.now();
    let id = begin(ctx, db, hash, marketplace, Some(connected.session)).await?;
    let mut run = activity::lock(db, id).await?;
    let key = if connected.renewed {
        "connect-renewed"
    } else {
        "connect-connected"
    };
    run.step(
        "login",
        StepState::Done,
        Message::of(key).with("login", &connected.login),
        now,
    );
    run.go(ActivityState::Done, now);
    run.save(db, now).await
}

async fn failed(
    ctx: &Ctx,
    hash: &str,
    marketplace: &'static str,
    error: MarketError,
) -> Result<(), AppError> {
    let (ctx, hash) = (ctx.clone(), hash.to_owned());
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, hash, error) = (ctx.clone(), hash.clone(), error.clone());
            Box::pin(async move {
                let now = ctx.now();
                let id = begin(&ctx, db, &hash, marketplace, None).await?;
                let mut run = activity::lock(db, id).await?;
                run.step("login", StepState::Error, Message::market(&error), now)
                    .hint = Some(Message::of("hint-login_again"));
                run.go(ActivityState::Failed, now);
                run.save(db, now).await
            })
        })
        .await
}

async fn begin(
    ctx: &Ctx,
    db: &mut Db,
    hash: &str,
    marketplace: &str,
    session: Option<i64>,
) -> Result<i64, AppError> {
    let begin = Begin {
        request_id: hash.to_owned(),
        operation: "authorise",
        order_id: None,
        session_id: session,
        title: Message::of("activity-authorise").with("marketplace", marketplace),
        data: "{}".to_owned(),
    };
    Ok(activity::begin(ctx, db, &begin).await?.id)
}

fn user(ctx: &Ctx) -> Result<i64, AppError> {
    match ctx.actor {
        Actor::Person { id, .. } => Ok(id),
        Actor::Behalf(_) | Actor::Program(_) => Err(AppError::Forbidden),
    }
}

fn hash_of(state: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(state.as_bytes()))
}

/// A path of this panel: nothing that a browser could read as another host.
pub(crate) fn local_path(path: &str) -> Result<String, AppError> {
    let local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
        && path.chars().count() <= RETURN_CHARACTERS;
    if local {
        Ok(path.to_owned())
    } else {
        Err(AppError::field("return_to", Message::of("error-return_to")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_are_come_back_to() {
        for good in ["/", "/orders/ORD-000000053?tab=purchase#x", "/sessions"] {
            assert_eq!(local_path(good).unwrap(), good);
        }
        for bad in [
            "",
            "orders",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/a\tb",
            "\\\\evil",
        ] {
            assert!(local_path(bad).is_err(), "{bad:?}");
        }
        assert!(local_path(&format!("/{}", "x".repeat(500))).is_err());
    }
}
