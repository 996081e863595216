//! Tokens: a code becomes tokens, a refresh token becomes an access token, and near its end a
//! new refresh token.

use super::gateway::Refused;
use super::knobs::Settings;
use crate::incoming::Incoming;
use crate::marketplace::Desk;
use crate::moment::wire_date;
use crate::state::App;
use serde_json::{Value, json};

/// A refusal of the token endpoint. Its real form is not known; the code is ours.
pub(super) const REFUSED: &str = "SBX_TOKEN_REFUSED";

fn refused(text: &str) -> Refused {
    Refused::new(REFUSED, text)
}

fn client(input: &Incoming, app: &App) -> Result<(), Refused> {
    for name in ["client_id", "client_secret"] {
        if input.param(name).is_none() {
            return Err(Refused::new(
                "gw.ParamMissing",
                format!("Required argument {name}"),
            ));
        }
    }
    if input.text("client_id") != app.key
        || !super::sign::same(input.text("client_secret"), &app.secret)
    {
        return Err(refused("client_id or client_secret is wrong"));
    }
    Ok(())
}

fn answer(
    desk: &Desk<'_>,
    account: &str,
    access: &str,
    refresh: Option<&str>,
    settings: &Settings,
) -> Value {
    let owner = desk.market.accounts.get(account);
    let expires = if settings.own.expires_in_number {
        json!(settings.access_token_s)
    } else {
        json!(settings.access_token_s.to_string())
    };
    let mut body = json!({
        "access_token": access,
        "expires_in": expires,
        "resource_owner": account,
        "memberId": owner.map(|owner| owner.member_id.clone()),
        "aliId": owner.map(|owner| owner.user_id.to_string()),
    });
    if let (Some(token), Value::Object(map)) = (refresh, &mut body) {
        let until = desk
            .market
            .refresh
            .get(token)
            .map_or(desk.now, |row| world::Timestamp(row.until));
        map.insert("refresh_token".into(), json!(token));
        map.insert("refresh_token_timeout".into(), json!(wire_date(until)));
    }
    body
}

/// `system.oauth2/getToken`.
pub(super) fn get_token(
    desk: &mut Desk<'_>,
    input: &Incoming,
    app: &App,
    settings: &Settings,
) -> Result<Value, Refused> {
    let Some(grant) = input.param("grant_type") else {
        return Err(Refused::new(
            "gw.ParamMissing",
            "Required argument grant_type",
        ));
    };
    client(input, app)?;
    match grant {
        "authorization_code" => {
            let Some(given) = input.param("code") else {
                return Err(Refused::new("gw.ParamMissing", "Required argument code"));
            };
            let account = desk
                .take_code(given, &app.key)
                .ok_or_else(|| refused("the authorization code is wrong, used or too old"))?;
            let token = desk.access_token(&account, &app.key);
            let wants_refresh = input.param("need_refresh_token") == Some("true");
            let again = wants_refresh.then(|| desk.refresh_token(&account, &app.key, None));
            Ok(answer(desk, &account, &token, again.as_deref(), settings))
        }
        "refresh_token" => {
            let Some(given) = input
                .param("refresh_token")
                .or_else(|| input.param("refreshToken"))
            else {
                return Err(Refused::new(
                    "gw.ParamMissing",
                    "Required argument refresh_token",
                ));
            };
            let account = live_refresh(desk, given, app)?;
            let token = desk.access_token(&account, &app.key);
            let again = settings
                .refresh_rotates
                .then(|| desk.refresh_token(&account, &app.key, None));
            Ok(answer(desk, &account, &token, again.as_deref(), settings))
        }
        other => Err(refused(&format!("grant_type {other} is not known"))),
    }
}

fn live_refresh(desk: &Desk<'_>, given: &str, app: &App) -> Result<String, Refused> {
    desk.live_refresh(given, &app.key)
        .map(|(account, _)| account)
        .ok_or_else(|| refused("the refresh token is wrong, cancelled or too old"))
}

/// `system.oauth2/postponeToken`: a new refresh token within thirty days of the old one's end.
pub(super) fn postpone_token(
    desk: &mut Desk<'_>,
    input: &Incoming,
    app: &App,
    settings: &Settings,
) -> Result<Value, Refused> {
    client(input, app)?;
    for name in ["refresh_token", "access_token"] {
        if input.param(name).is_none() {
            return Err(Refused::new(
                "gw.ParamMissing",
                format!("Required argument {name}"),
            ));
        }
    }
    let given = input.text("refresh_token").to_owned();
    let account = live_refresh(desk, &given, app)?;
    let near = desk
        .market
        .refresh
        .get(&given)
        .is_some_and(|token| token.until <= desk.now.plus_seconds(30 * 86_400).0);
    if !near {
        return Err(refused("the refresh token lasts longer than 30 days"));
    }
    let good = desk
        .market
        .access
        .get(input.text("access_token"))
        .is_some_and(|token| token.account == account && !token.dead);
    if !good {
        return Err(refused("the access token is of another account"));
    }
    if let Some(old) = desk.market.refresh.get_mut(&given) {
        old.dead = true;
    }
    let token = desk.access_token(&account, &app.key);
    let again = desk.refresh_token(&account, &app.key, None);
    Ok(answer(desk, &account, &token, Some(&again), settings))
}
