//! Logging in with a distributor account and keeping the login alive.
//!
//! Lifetimes are whatever the answer says; the platform does not publish them. A refresh gives new
//! tokens, and what it gives is stored as it is: whether the refresh token's own life grows is not sure.

use super::wire::{Answer, TOKEN_CREATE, TOKEN_REFRESH, call};
use crate::exchange::{Form, clipped};
use crate::json::{Gap, Node, need};
use crate::{AppKey, Caller, MarketError, Tokens};
use secrecy::{ExposeSecret, SecretString};
use world::Timestamp;

/// Longest life of a token that is believed, in seconds.
const MOST_SECONDS: i64 = 10 * 366 * 86_400;

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
        .append_pair("response_type", "code")
        .append_pair("force_auth", "true")
        .append_pair("redirect_uri", redirect.as_str())
        .append_pair("client_id", &app.key)
        .append_pair("state", state);
    page
}

/// A login's code for tokens. The code lives half an hour and serves once.
pub(super) async fn exchange(caller: &Caller<'_>, code: &str) -> Result<Tokens, MarketError> {
    let asked = caller.clock.now();
    let form = Form::default().with("code", code);
    let answer = call(caller, TOKEN_CREATE, form).await?;
    let mut tokens = tokens(&answer, asked).map_err(|gap| answer.gap(&gap))?;
    if tokens.account.is_empty() {
        tokens.account = first(&answer, &["account_id", "account"]).unwrap_or_default();
    }
    if tokens.account.is_empty() {
        return Err(answer.gap(&Gap("seller_id".to_owned())));
    }
    if tokens.login.is_empty() {
        tokens.login.clone_from(&tokens.account);
    }
    Ok(tokens)
}

/// New tokens for a refresh token.
pub(super) async fn refresh(
    caller: &Caller<'_>,
    refresh: &SecretString,
) -> Result<Tokens, MarketError> {
    let asked = caller.clock.now();
    let answer = call(caller, TOKEN_REFRESH, refresh_form(refresh.expose_secret())).await?;
    let mut tokens = tokens(&answer, asked).map_err(|gap| answer.gap(&gap))?;
    if tokens.login.is_empty() {
        tokens.login.clone_from(&tokens.account);
    }
    Ok(tokens)
}

pub(super) fn refresh_form(refresh: &str) -> Form {
    Form::default().with("refresh_token", refresh)
}

fn first(answer: &Answer, names: &[&str]) -> Option<String> {
    let text = |node: Node<'_>| node.text().map(|text| clipped(&text));
    names
        .iter()
        .find_map(|name| text(answer.node().at(name)))
        .filter(|text| !text.is_empty() && text != "null")
}

fn seconds(node: Node<'_>) -> Option<i64> {
    node.count().filter(|s| *s > 0 && *s < MOST_SECONDS)
}

/// Reads tokens. `asked` is the moment before the call, so that a lifetime never ends up too long.
/// The account is only told by the ids that push messages carry too; which others an answer repeats
/// differs, and a renewal must not seem to be another account's for that.
fn tokens(answer: &Answer, asked: Timestamp) -> Result<Tokens, Gap> {
    let node = answer.node();
    let access = need(node.at("access_token").text(), "access_token")?;
    let life = need(seconds(node.at("expires_in")), "expires_in")?;
    Ok(Tokens {
        access: SecretString::from(access),
        access_ends: asked.plus_seconds(life),
        refresh: node.at("refresh_token").text().map(SecretString::from),
        refresh_ends: seconds(node.at("refresh_expires_in")).map(|life| asked.plus_seconds(life)),
        account: first(answer, &["seller_id", "seller_Id", "user_id", "user_Id"])
            .unwrap_or_default(),
        login: first(answer, &["account", "user_nick"]).unwrap_or_default(),
    })
}
