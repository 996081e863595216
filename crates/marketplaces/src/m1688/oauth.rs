//! Logging in at 1688 and keeping the login alive.
//!
//! The access token lives ten hours, the refresh token about half a year; a refresh gives a new
//! access token and keeps the refresh token. In its last thirty days a refresh token can be
//! exchanged for a new one, which kills the old. None of these calls is signed: they carry the
//! secret itself, so the gateway's address must be https outside of training.

use super::error::grant;
use super::wire::{Answer, GET_TOKEN, POSTPONE_TOKEN, said, token_call};
use crate::exchange::{Form, clipped};
use crate::json::{Gap, need};
use crate::{AppKey, Caller, ErrorKind, MarketError, Tokens, moments};
use secrecy::{ExposeSecret, SecretString};
use world::Timestamp;

/// Days before its end in which a refresh token can be exchanged.
pub(super) const PROLONG_DAYS: i64 = 30;

/// The consent page for a person's browser.
pub(super) fn authorize_url(
    app: &AppKey,
    login: &url::Url,
    redirect: &url::Url,
    state: &str,
) -> url::Url {
    let mut page = login.clone();
    if let Ok(mut path) = page.path_segments_mut() {
        path.pop_if_empty().extend(["oauth", "authorize"]);
    }
    page.query_pairs_mut()
        .append_pair("client_id", &app.key)
        .append_pair("site", "1688")
        .append_pair("redirect_uri", redirect.as_str())
        .append_pair("state", state);
    page
}

fn app_form(caller: &Caller<'_>, grant: &str) -> Form {
    Form::default()
        .with("grant_type", grant)
        .with("client_id", &caller.app.key)
        .with("client_secret", caller.app.secret.expose_secret())
}

/// A login's code for tokens. The code lives two minutes and serves once.
pub(super) async fn exchange(
    caller: &Caller<'_>,
    code: &str,
    redirect: &url::Url,
) -> Result<Tokens, MarketError> {
    let asked = caller.clock.now();
    let form = app_form(caller, "authorization_code")
        .with("need_refresh_token", "true")
        .with("redirect_uri", redirect.as_str())
        .with("code", code);
    let answer = grant_call(caller, form).await?;
    let tokens = tokens(&answer, asked).map_err(|gap| answer.gap(&gap))?;
    if tokens.account.is_empty() {
        return Err(answer.gap(&Gap("memberId".to_owned())));
    }
    Ok(tokens)
}

/// A new access token. The refresh token stays as it is; whether it should be prolonged is decided
/// by whoever knows when it ends, because a prolongation kills the old one and must be stored.
pub(super) async fn refresh(
    caller: &Caller<'_>,
    refresh: &SecretString,
) -> Result<Tokens, MarketError> {
    let asked = caller.clock.now();
    let form = app_form(caller, "refresh_token").with("refresh_token", refresh.expose_secret());
    let answer = grant_call(caller, form).await?;
    tokens(&answer, asked).map_err(|gap| answer.gap(&gap))
}

/// A new refresh token for one in its last thirty days. The old one is dead afterwards.
pub(super) async fn prolong(
    caller: &Caller<'_>,
    refresh: &SecretString,
) -> Result<Tokens, MarketError> {
    let Some(access) = caller.access_token else {
        return Err(MarketError::new(
            ErrorKind::Token,
            "the account has no access token; nothing was sent",
        ));
    };
    let asked = caller.clock.now();
    let form = Form::default()
        .with("client_id", &caller.app.key)
        .with("client_secret", caller.app.secret.expose_secret())
        .with("refresh_token", refresh.expose_secret())
        .with("access_token", access.expose_secret());
    let answer = token_call(caller, POSTPONE_TOKEN, form).await?;
    let mut tokens = tokens(&answer, asked).or_else(|gap| {
        // The answer's form is not documented in full: the access token may be left as it was.
        only_refresh(&answer, access).ok_or(gap)
    });
    if let Ok(found) = &tokens
        && found.refresh.is_none()
    {
        tokens = Err(Gap("refresh_token".to_owned()));
    }
    tokens.map_err(|gap| answer.gap(&gap))
}

fn only_refresh(answer: &Answer, access: &SecretString) -> Option<Tokens> {
    let node = answer.node();
    Some(Tokens {
        access: access.clone(),
        // How long the old access token still lives is not told; an early refresh costs nothing.
        access_ends: Timestamp(0),
        refresh: Some(SecretString::from(node.at("refresh_token").text()?)),
        refresh_ends: node
            .at("refresh_token_timeout")
            .text()
            .and_then(|text| moments::read(&text)),
        account: node.at("memberId").text().unwrap_or_default(),
        login: node.at("resource_owner").text().unwrap_or_default(),
    })
}

/// A call of the token endpoint. A readable answer that the code or refresh token is dead becomes
/// [`ErrorKind::Token`], one that the app's secret is wrong [`ErrorKind::Signature`]; a failing
/// server's word for it is not taken.
async fn grant_call(caller: &Caller<'_>, form: Form) -> Result<Answer, MarketError> {
    let answer = match token_call(caller, GET_TOKEN, form).await {
        Ok(answer) => answer,
        Err(mut error) => {
            // An unreadable answer carries its HTTP status as its code: nobody's word.
            let is_readable = error
                .code
                .as_deref()
                .is_some_and(|code| code.parse::<u16>().is_err());
            if error.kind == ErrorKind::Unclear
                && is_readable
                && let Some(kind) = grant(&error)
            {
                error.kind = kind;
            }
            return Err(error);
        }
    };
    let node = answer.node();
    if node.at("access_token").is_there() {
        return Ok(answer);
    }
    // The standard's own form (`error`, `error_description`), or a business envelope.
    let mut error = said(node).error(ErrorKind::Unclear);
    if let Some(code) = node.at("error").text() {
        error.code = Some(clipped(&code));
        if let Some(text) = node.at("error_description").text() {
            error.text = clipped(&text);
        }
    }
    if error.code.is_none() {
        return Err(answer.gap(&Gap("access_token".to_owned())));
    }
    if !answer.server_failed()
        && let Some(kind) = grant(&error)
    {
        error.kind = kind;
    }
    Err(error)
}

/// Reads tokens. `asked` is the moment before the call, so that a lifetime never ends up too long.
fn tokens(answer: &Answer, asked: Timestamp) -> Result<Tokens, Gap> {
    let node = answer.node();
    let access = need(node.at("access_token").text(), "access_token")?;
    let seconds = need(
        node.at("expires_in")
            .count()
            .filter(|s| *s < 10 * 366 * 86_400),
        "expires_in",
    )?;
    let account = node.at("memberId").text().unwrap_or_default();
    let login = node.at("resource_owner").text();
    Ok(Tokens {
        access: SecretString::from(access),
        access_ends: asked.plus_seconds(seconds),
        refresh: node.at("refresh_token").text().map(SecretString::from),
        refresh_ends: node
            .at("refresh_token_timeout")
            .text()
            .and_then(|text| moments::read(&text)),
        login: login.unwrap_or_else(|| account.clone()),
        account,
    })
}
