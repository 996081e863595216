//! Renewing a session's tokens: ahead of time, and once across all nodes.
//!
//! The right to renew is a lease on the session's row, and new tokens are stored only over the
//! generation that they were renewed from. An answer that comes too late for that is kept and tried
//! once before anything is declared revoked. Only a renewal that the marketplace itself refused means
//! revoked; an answer that cannot be read means trying again later.

use crate::market::AppCalls;
use crate::message::json;
use crate::worker::{LEASE_SECONDS, Task};
use crate::{App, AppError, Ctx, JobEnd, JobKind, Message};
use marketplaces::{Caller, ErrorKind, MarketError, Tokens};
use secrecy::{ExposeSecret as _, SecretString};
use store::Db;
use store::jobs::{self, Held, NewJob};
use store::sessions::{self, SealedTokens, SessionRow};
use world::Timestamp;

/// What to renew.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
struct Payload {
    /// Session.
    session: i64,
    /// Generation of the tokens that are to be renewed; newer ones need nothing.
    generation: i64,
}

/// Tokens that lost the race, as they are sealed.
#[derive(serde::Serialize, serde::Deserialize)]
struct Candidate {
    login: String,
    access: String,
    access_ends_at: Timestamp,
    refresh: Option<String>,
    refresh_ends_at: Option<Timestamp>,
}

/// Enqueues a renewal in the caller's transaction. One that waits for a better moment keeps it.
pub(crate) async fn enqueue(ctx: &Ctx, db: &mut Db, row: &SessionRow) -> Result<(), AppError> {
    let now = ctx.now();
    let job = NewJob {
        id: ctx.id(),
        kind: JobKind::SessionRefresh.code(),
        dedupe: Some(dedupe(row.id)),
        payload: json(&Payload {
            session: row.id,
            generation: row.generation,
        }),
        session_id: Some(row.id),
        activity_id: None,
        run_at: now,
    };
    jobs::enqueue_new(db, &job, now).await?;
    Ok(())
}

fn dedupe(session: i64) -> String {
    format!("refresh:{session}")
}

/// Reconciler: enqueues the renewal of every session whose access token ends soon. Writes nothing
/// when there is nothing to do.
///
/// # Errors
/// The database's.
pub async fn renew_due(ctx: &Ctx) -> Result<(), AppError> {
    let now = ctx.now();
    let mut due = Vec::new();
    {
        let mut db = ctx.app.store.read().await?;
        for row in sessions::all(&mut db).await? {
            let Ok(market) = ctx.app.markets.get(&row.marketplace) else {
                continue;
            };
            if row.state == "active"
                && row.refresh_token.is_some()
                && renew_at(&row, market.connector.refresh_ahead_seconds()) <= now
                && row.refresh_lease_until_at <= now
                && !jobs::exists(&mut db, &dedupe(row.id)).await?
            {
                due.push(row);
            }
        }
    }
    if due.is_empty() {
        return Ok(());
    }
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, due) = (ctx.clone(), due.clone());
            Box::pin(async move {
                for row in &due {
                    enqueue(&ctx, db, row).await?;
                }
                Ok(())
            })
        })
        .await
}

/// When an access token is renewed: in the last quarter of its life, at most `ahead` seconds before its
/// end.
fn renew_at(row: &SessionRow, ahead: i64) -> Timestamp {
    let life = row.access_ends_at.seconds_since(row.tokens_at).max(0);
    row.access_ends_at.plus_seconds(-ahead.min(life / 4))
}

/// Carries the job.
///
/// # Errors
/// The database's; a renewal whose outcome is not clear, which the worker tries again later.
pub async fn run(app: &App, task: Task) -> Result<JobEnd, AppError> {
    let payload: Payload = task.payload()?;
    let ctx = app.program("sessions");
    let row = match lease(&ctx, payload).await? {
        Leased::Ours(row) => *row,
        Leased::Theirs(until) => return Ok(JobEnd::Again(until)),
        Leased::Needless => return Ok(JobEnd::Done),
    };
    let Some(sealed) = &row.refresh_token else {
        let error = MarketError::new(
            ErrorKind::Token,
            "the marketplace gave nothing to renew this login with",
        );
        return refused(&ctx, &row, &error, task.held).await;
    };
    let calls = {
        let mut db = app.store.read().await?;
        let app_row = store::apps::by_id(&mut db, row.app_id)
            .await?
            .ok_or(AppError::NotFound("app"))?;
        app.app_calls(&app_row)?
    };
    let refresh = app
        .keys
        .open(&crate::market::token_place("refresh_token", row.id), sealed)?;
    match calls
        .market
        .connector
        .token_refresh(&calls.caller(), &refresh)
        .await
    {
        Ok(tokens) if !is_of(&row, &tokens) => {
            let error = MarketError::new(
                ErrorKind::Unclear,
                "the renewal answered with the tokens of another account",
            );
            unclear(&ctx, &row, error).await
        }
        Ok(tokens) => {
            if store(&ctx, &row, row.generation, &tokens).await? {
                prolong(&ctx, &row, &calls, &tokens, &refresh).await?;
            }
            Ok(JobEnd::Done)
        }
        Err(error) if error.kind == ErrorKind::Token => {
            refused(&ctx, &row, &error, task.held).await
        }
        Err(error) => unclear(&ctx, &row, error).await,
    }
}

fn is_of(row: &SessionRow, tokens: &Tokens) -> bool {
    tokens.account.is_empty() || tokens.account == row.account
}

/// Where the marketplace can: a new refresh token in place of one that nears its end, so that a person
/// need not log in again. Asked after the access token was renewed and stored, because the old refresh
/// token may be dead afterwards. A failure is recorded and tried again with the next renewal.
async fn prolong(
    ctx: &Ctx,
    row: &SessionRow,
    calls: &AppCalls,
    fresh: &Tokens,
    refresh: &SecretString,
) -> Result<(), AppError> {
    let connector = &calls.market.connector;
    let Some(days) = connector.prolong_days() else {
        return Ok(());
    };
    let now = ctx.now();
    let ends_soon = fresh
        .refresh_ends
        .or(row.refresh_ends_at)
        .is_some_and(|ends| ends > now && ends <= now.plus_seconds(days * 86_400));
    let generation = row.generation + 1;
    if !ends_soon
        || !lease(
            ctx,
            Payload {
                session: row.id,
                generation,
            },
        )
        .await?
        .is_ours()
    {
        return Ok(());
    }
    let caller = Caller {
        access_token: Some(&fresh.access),
        ..calls.caller()
    };
    match connector
        .token_prolong(&caller, fresh.refresh.as_ref().unwrap_or(refresh))
        .await
    {
        Ok(tokens) if is_of(row, &tokens) => store(ctx, row, generation, &tokens).await.map(|_| ()),
        Ok(_) => {
            give_back(
                ctx,
                row.id,
                generation,
                Message::of("session-other_account_answered"),
            )
            .await
        }
        Err(error) => {
            tracing::warn!(session = row.id, kind = ?error.kind, "the login could not be prolonged");
            give_back(ctx, row.id, generation, Message::market(&error)).await
        }
    }
}

enum Leased {
    /// We renew.
    Ours(Box<SessionRow>),
    /// Somebody else does, at the latest until then.
    Theirs(Timestamp),
    /// Newer tokens are there, or a person must log in, or the session is gone.
    Needless,
}

impl Leased {
    const fn is_ours(&self) -> bool {
        matches!(self, Self::Ours(_))
    }
}

async fn lease(ctx: &Ctx, payload: Payload) -> Result<Leased, AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                if sessions::by_id(db, payload.session).await?.is_none() {
                    return Ok(Leased::Needless);
                }
                let row = sessions::lock(db, payload.session).await?;
                if row.state != "active" || row.generation != payload.generation {
                    return Ok(Leased::Needless);
                }
                let now = ctx.now();
                if sessions::lease_refresh(
                    db,
                    row.id,
                    row.generation,
                    now.plus_seconds(LEASE_SECONDS),
                    now,
                )
                .await?
                {
                    Ok(Leased::Ours(Box::new(row)))
                } else {
                    Ok(Leased::Theirs(row.refresh_lease_until_at))
                }
            })
        })
        .await
}

/// Seals tokens for a session's row.
pub(crate) fn seal(
    ctx: &Ctx,
    session: i64,
    tokens: &Tokens,
    login: &str,
) -> Result<SealedTokens, AppError> {
    let seal = |column: &str, secret: &SecretString| {
        ctx.app.keys.seal(
            &*ctx.app.world.random,
            &crate::market::token_place(column, session),
            secret,
        )
    };
    Ok(SealedTokens {
        login: if tokens.login.is_empty() {
            login.to_owned()
        } else {
            tokens.login.clone()
        },
        access: seal("access_token", &tokens.access)?,
        access_ends_at: tokens.access_ends,
        refresh: tokens
            .refresh
            .as_ref()
            .map(|refresh| seal("refresh_token", refresh))
            .transpose()?,
        refresh_ends_at: tokens.refresh_ends,
    })
}

/// Stores tokens over those of `generation`; tokens that were overtaken are kept aside. `true` when
/// they are the session's now.
async fn store(
    ctx: &Ctx,
    row: &SessionRow,
    generation: i64,
    tokens: &Tokens,
) -> Result<bool, AppError> {
    let sealed = seal(ctx, row.id, tokens, &row.login)?;
    let candidate = Candidate {
        login: sealed.login.clone(),
        access: tokens.access.expose_secret().to_owned(),
        access_ends_at: tokens.access_ends,
        refresh: tokens
            .refresh
            .as_ref()
            .map(|r| r.expose_secret().to_owned()),
        refresh_ends_at: tokens.refresh_ends,
    };
    let candidate = ctx.app.keys.seal(
        &*ctx.app.world.random,
        &crate::market::token_place("candidate_token", row.id),
        &SecretString::from(json(&candidate)),
    )?;
    let (ctx, session) = (ctx.clone(), row.id);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, sealed, candidate) = (ctx.clone(), sealed.clone(), candidate.clone());
            Box::pin(async move {
                let now = ctx.now();
                let stored = sessions::store_tokens(db, session, generation, &sealed, now).await?;
                if stored {
                    sessions::good_call(db, session, now).await?;
                } else {
                    tracing::info!(
                        session,
                        "a renewal was overtaken by newer tokens; kept aside"
                    );
                    sessions::keep_candidate(db, session, &candidate).await?;
                }
                Ok(stored)
            })
        })
        .await
}

/// The marketplace refused the renewal. Tokens that were kept aside are tried once; without any, a
/// person must log in again.
async fn refused(
    ctx: &Ctx,
    row: &SessionRow,
    error: &MarketError,
    held: Held,
) -> Result<JobEnd, AppError> {
    let message = Message::market(error);
    let (ctx, session, generation) = (ctx.clone(), row.id, row.generation);
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, message) = (ctx.clone(), message.clone());
            Box::pin(async move {
                let now = ctx.now();
                let row = sessions::lock(db, session).await?;
                if row.generation == generation {
                    if let Some(sealed) = aside(&ctx, &row)? {
                        tracing::info!(
                            session,
                            "renewal refused; trying the tokens that were kept aside"
                        );
                        sessions::store_tokens(db, session, generation, &sealed, now).await?;
                    } else {
                        tracing::warn!(
                            session,
                            "renewal refused: a person must log in at the marketplace again"
                        );
                        metrics::counter!("autopurchase_sessions_revoked_total").increment(1);
                        let reason = Message::of("session-revoked").json();
                        sessions::revoke(db, session, generation, &reason, &message.json(), now)
                            .await?;
                    }
                }
                jobs::finish(db, held, now).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// The tokens that were kept aside, sealed for use. What does not open is no reason to fail.
fn aside(ctx: &Ctx, row: &SessionRow) -> Result<Option<SealedTokens>, AppError> {
    let Some(sealed) = &row.candidate_token else {
        return Ok(None);
    };
    let Ok(opened) = ctx.app.keys.open(
        &crate::market::token_place("candidate_token", row.id),
        sealed,
    ) else {
        return Ok(None);
    };
    let Ok(candidate) = serde_json::from_str::<Candidate>(opened.expose_secret()) else {
        return Ok(None);
    };
    let tokens = Tokens {
        access: candidate.access.into(),
        access_ends: candidate.access_ends_at,
        refresh: candidate.refresh.map(SecretString::from),
        refresh_ends: candidate.refresh_ends_at,
        account: row.account.clone(),
        login: candidate.login,
    };
    seal(ctx, row.id, &tokens, &row.login).map(Some)
}

/// Nobody can say whether the renewal took place: given back, recorded, and tried again later.
async fn unclear(ctx: &Ctx, row: &SessionRow, error: MarketError) -> Result<JobEnd, AppError> {
    give_back(ctx, row.id, row.generation, Message::market(&error)).await?;
    if matches!(error.kind, ErrorKind::UsedUp { .. }) {
        crate::apps::used_up(ctx, row.app_id, &error).await?;
    }
    Err(AppError::Market(error))
}

/// Gives the right to renew back and records why.
async fn give_back(ctx: &Ctx, session: i64, generation: i64, why: Message) -> Result<(), AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, why) = (ctx.clone(), why.clone());
            Box::pin(async move {
                sessions::unlease_refresh(db, session, generation).await?;
                sessions::bad_call(db, session, &why.json(), ctx.now()).await?;
                Ok(())
            })
        })
        .await
}
