//! Tokens: a code becomes tokens, a refresh token a new access token. Refreshing does not lengthen
//! the refresh token's life: when that ends, a person must authorise again.

use super::gateway::{Refused, object};
use super::knobs::Settings;
use crate::incoming::Incoming;
use crate::marketplace::Desk;
use crate::state::App;
use serde_json::{Map, Value, json};

/// The two calls of the token endpoint.
pub(super) fn answer(
    desk: &mut Desk<'_>,
    input: &Incoming,
    path: &str,
    app: &App,
    settings: &Settings,
) -> Result<Map<String, Value>, Refused> {
    if path == "/auth/token/create" {
        let Some(given) = input.param("code") else {
            return Err(Refused::missing("code"));
        };
        let account = desk
            .take_code(given, &app.key)
            .ok_or_else(|| Refused::isv("InvalidCode", "Invalid authorization code"))?;
        let access = desk.access_token(&account, &app.key);
        let refresh = desk.refresh_token(&account, &app.key, None);
        return Ok(tokens(desk, &account, &access, &refresh));
    }
    let Some(given) = input.param("refresh_token").map(str::to_owned) else {
        return Err(Refused::missing("refresh_token"));
    };
    let (account, until) = desk.live_refresh(&given, &app.key).ok_or_else(|| {
        Refused::isv(
            "IllegalRefreshToken",
            "The specified refresh token is invalid or expired",
        )
    })?;
    if settings.own.old_access_dies {
        let old = desk
            .market
            .access
            .keys_where(|token| token.account == account && token.app_key == app.key);
        for key in old {
            if let Some(token) = desk.market.access.get_mut(&key) {
                token.dead = true;
            }
        }
    }
    let access = desk.access_token(&account, &app.key);
    let refresh = if settings.refresh_rotates {
        if let Some(old) = desk.market.refresh.get_mut(&given) {
            old.dead = true;
        }
        desk.refresh_token(&account, &app.key, Some(until))
    } else {
        given
    };
    Ok(tokens(desk, &account, &access, &refresh))
}

fn tokens(desk: &Desk<'_>, account: &str, access: &str, refresh: &str) -> Map<String, Value> {
    let left = |until: Option<i64>| until.map_or(0, |until| (until - desk.now.0) / 1_000_000);
    let owner = desk.market.accounts.get(account);
    let id = owner.map(|owner| owner.member_id.clone());
    // Some answers spell two of the names with a capital letter.
    let (user, seller) = if desk.world.random.below(2) == 0 {
        ("user_id", "seller_id")
    } else {
        ("user_Id", "seller_Id")
    };
    object([
        ("code", json!("0")),
        ("error_code", Value::Null),
        ("access_token", json!(access)),
        (
            "expires_in",
            json!(left(desk.market.access.get(access).map(|row| row.until))),
        ),
        ("refresh_token", json!(refresh)),
        (
            "refresh_expires_in",
            json!(left(desk.market.refresh.get(refresh).map(|row| row.until))),
        ),
        ("account", json!(account)),
        ("account_id", Value::Null),
        ("account_platform", json!("taobao_global")),
        (user, json!(owner.map(|owner| owner.user_id.to_string()))),
        (seller, json!(id)),
        (
            "short_code",
            json!(owner.map(|owner| format!("TBG{}", owner.user_id % 1_000_000))),
        ),
    ])
}
