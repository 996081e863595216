//! Connecting an account, keeping it, losing it.

use super::is_unsupported;
use crate::bench::{Behaviour, Shown, behaviour, ensure, no, ok};
use crate::desk::{BASE, Desk, PASSWORD, text};
use bytes::Bytes;
use marketplaces::{AppKey, Caller, ErrorKind, Listing, MarketError, Page};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::form_urlencoded::Serializer;
use world::Clock;

const BACK: &str = "http://127.0.0.1:9999/back";

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!("connect: log in, consent, tokens that work", [], connect),
        behaviour!("connect: consent refused gives no code", [], refused),
        behaviour!("an app proves its key and secret", [], app),
        behaviour!("expire: an ended token is told as such", [], expire),
        behaviour!("refresh: a new token that works", [], refresh),
        behaviour!("refresh: a lost answer ends nothing", [], refresh_lost),
        behaviour!("prolong: a login without its person", [Prolong], prolong, else no_prolong),
        behaviour!("revoke: neither token nor refresh works", [], revoke),
    ]
}

/// A harmless call in the name of the account.
async fn look(desk: &Desk, access: &SecretString) -> Result<Page, MarketError> {
    let now = desk.clock.now();
    let listing = Listing::Modified {
        from: now.plus_seconds(-60),
        to: now,
    };
    desk.market
        .order_list(&desk.caller_with(access), &listing, 1)
        .await
}

/// Logs in and presses the button as a browser would; gives the address of the way back.
async fn consent(desk: &Desk, state: &str, button: &str) -> Result<url::Url, String> {
    let back = url::Url::parse(BACK).unwrap();
    let page = desk
        .market
        .authorize_url(&desk.app, &desk.addresses, &back, state);
    ensure!(
        page.as_str().starts_with(BASE),
        "the page is elsewhere: {page}"
    );
    let fields: Vec<(String, String)> = page.query_pairs().into_owned().collect();
    let post = |step: &str, extra: &[(&str, &str)], cookie: &str| {
        let body = Serializer::new(String::new())
            .extend_pairs(&fields)
            .append_pair("step", step)
            .extend_pairs(extra)
            .finish();
        http::Request::post(page.path())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", cookie)
            .body(Bytes::from(body))
            .unwrap()
    };
    let who = [("account", desk.login.as_str()), ("password", PASSWORD)];
    let answer = ok(desk.sandbox.call(post("login", &who, "")).await, "log in")?;
    let cookie = answer
        .headers()
        .get("set-cookie")
        .ok_or("no login cookie")?;
    let cookie = cookie
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let answer = ok(desk.sandbox.call(post(button, &[], &cookie)).await, button)?;
    let place = answer.headers().get("location").ok_or("no way back")?;
    Ok(url::Url::parse(place.to_str().unwrap()).unwrap())
}

fn parameter(url: &url::Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

async fn connect(desk: &Desk) -> Shown {
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let back = consent(desk, "s 1&2", "consent").await?;
        ensure!(
            parameter(&back, "state").as_deref() == Some("s 1&2"),
            "{back}"
        );
        let code = parameter(&back, "code").ok_or("no code")?;
        let redirect = url::Url::parse(BACK).unwrap();
        let caller = Caller {
            access_token: None,
            ..desk.caller()
        };
        let exchange = || desk.market.token_exchange(&caller, &code, &redirect);
        let tokens = exchange().await.map_err(|e| format!("{e:?}"))?;
        ensure!(tokens.account == desk.account, "account {}", tokens.account);
        ensure!(tokens.login == desk.login, "login {}", tokens.login);
        ensure!(tokens.access_ends > desk.clock.now(), "over already");
        ensure!(tokens.refresh.is_some(), "nothing to renew it with");
        ok(look(desk, &tokens.access).await, "the first call")?;
        let again = exchange().await.err().map(|error| error.kind);
        ensure!(
            again == Some(ErrorKind::Token),
            "a code served twice: {again:?}"
        );
    }
    Ok(())
}

/// A login has no token yet.
fn desk_caller(desk: &Desk) -> Caller<'_> {
    Caller {
        access_token: None,
        ..desk.caller()
    }
}

async fn refused(desk: &Desk) -> Shown {
    let back = consent(desk, "x", "refuse").await?;
    ensure!(parameter(&back, "code").is_none(), "{back}");
    ensure!(parameter(&back, "error").is_some(), "{back}");
    Ok(())
}

async fn app(desk: &Desk) -> Shown {
    let check = ok(
        desk.market.app_check(&desk_caller(desk)).await,
        "check the app",
    )?;
    if let Some(theirs) = check.server_time {
        let off = theirs.seconds_since(desk.clock.now()).abs();
        ensure!(off <= 1, "the clock is {off} s off");
    }
    let right = desk.app.secret.expose_secret();
    for (key, secret) in [(desk.app.key.as_str(), "not-the-secret"), ("999", right)] {
        let app = AppKey {
            key: key.to_owned(),
            secret: SecretString::from(secret),
        };
        let caller = Caller {
            app: &app,
            ..desk.caller()
        };
        let error = no(desk.market.app_check(&caller).await, "a wrong app")?;
        ensure!(error.kind == ErrorKind::Signature, "{error:?}");
        let error = no(
            desk.market.token_refresh(&caller, &desk.refresh).await,
            "a refresh by a wrong app",
        )?;
        ensure!(
            error.kind == ErrorKind::Signature,
            "no login ended: {error:?}"
        );
    }
    Ok(())
}

async fn expire(desk: &Desk) -> Shown {
    ok(look(desk, &desk.access).await, "a good token")?;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let path = format!("accounts/{}/expire", desk.login);
        desk.control("POST", &path, json!({})).await;
        let error = no(look(desk, &desk.access).await, "an ended token")?;
        ensure!(error.kind == ErrorKind::Token, "{error:?}");
    }
    Ok(())
}

async fn refresh(desk: &Desk) -> Shown {
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let path = format!("accounts/{}/expire", desk.login);
        desk.control("POST", &path, json!({})).await;
        let renew = desk
            .market
            .token_refresh(&desk.caller(), &desk.refresh)
            .await;
        let tokens = renew.map_err(|e| format!("refresh: {e:?}"))?;
        let same = tokens.account.is_empty() || tokens.account == desk.account;
        ensure!(same, "account {}", tokens.account);
        ensure!(tokens.access_ends > desk.clock.now(), "over already");
        ok(look(desk, &tokens.access).await, "the new token")?;
    }
    desk.knobs(json!({"refresh_rotates": true})).await;
    let renew = desk
        .market
        .token_refresh(&desk.caller(), &desk.refresh)
        .await;
    let tokens = renew.map_err(|e| format!("rotating refresh: {e:?}"))?;
    let next = tokens.refresh.ok_or("the new refresh token is missing")?;
    let renew = desk.market.token_refresh(&desk.caller(), &next).await;
    renew.map_err(|e| format!("with the next: {e:?}"))?;
    let nobodys = SecretString::from("nobodys-refresh-token");
    let renew = desk.market.token_refresh(&desk.caller(), &nobodys).await;
    let error = no(renew, "a refresh token of nobody")?;
    ensure!(error.kind == ErrorKind::Token, "{error:?}");
    Ok(())
}

async fn refresh_lost(desk: &Desk) -> Shown {
    for fault in [
        json!({"fault": "answer_lost"}),
        json!({"fault": "garbage"}),
        json!({"fault": "error_after", "status": 502}),
    ] {
        desk.fault(fault.clone()).await;
        let renew = desk
            .market
            .token_refresh(&desk.caller(), &desk.refresh)
            .await;
        let error = no(renew, &fault.to_string())?;
        let is_open = error.kind == ErrorKind::Unclear;
        ensure!(is_open, "{fault}: {error:?}");
    }
    Ok(())
}

async fn prolong(desk: &Desk) -> Shown {
    let days = desk.market.prolong_days().unwrap_or_default();
    let early = desk
        .market
        .token_prolong(&desk.caller(), &desk.refresh)
        .await;
    let early = no(early, "prolonged long before the end")?;
    ensure!(
        early.kind != ErrorKind::Token,
        "nobody need log in: {early:?}"
    );
    let knobs = desk.control("GET", "knobs", serde_json::Value::Null).await;
    let life = text(&knobs["refresh_token_days"])
        .parse::<i64>()
        .unwrap_or(180);
    desk.later((life - days + 1) * 86_400).await;
    let renew = desk
        .market
        .token_refresh(&desk.caller(), &desk.refresh)
        .await;
    let tokens = renew.map_err(|e| format!("near the end: {e:?}"))?;
    let caller = desk.caller_with(&tokens.access);
    let prolonged = desk.market.token_prolong(&caller, &desk.refresh).await;
    let prolonged = prolonged.map_err(|e| format!("prolong: {e:?}"))?;
    let ends = prolonged.refresh_ends.ok_or("no new end")?;
    let left = ends.seconds_since(desk.clock.now()) / 86_400;
    ensure!(left > days, "{left} days left");
    let next = prolonged.refresh.ok_or("no new refresh token")?;
    let renew = desk.market.token_refresh(&desk.caller(), &next).await;
    renew.map_err(|e| format!("with the prolonged: {e:?}"))?;
    Ok(())
}

async fn no_prolong(desk: &Desk) -> Shown {
    let answer = desk
        .market
        .token_prolong(&desk.caller(), &desk.refresh)
        .await;
    is_unsupported(answer, "prolonging a login")
}

async fn revoke(desk: &Desk) -> Shown {
    let path = format!("accounts/{}/revoke", desk.login);
    desk.control("POST", &path, json!({})).await;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let error = no(look(desk, &desk.access).await, "a revoked token")?;
        ensure!(error.kind == ErrorKind::Token, "{error:?}");
        let renew = desk
            .market
            .token_refresh(&desk.caller(), &desk.refresh)
            .await;
        let error = no(renew, "a revoked refresh token")?;
        ensure!(error.kind == ErrorKind::Token, "{error:?}");
    }
    Ok(())
}
