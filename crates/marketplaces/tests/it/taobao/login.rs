//! Login, renewal, and the check of an app's key.

use super::{sample, saying, with_status};
use crate::canned::START;
use marketplaces::{ErrorKind, Marketplace, Taobao};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use world::Timestamp;

fn back() -> url::Url {
    "https://desk.example.com/connect".parse().unwrap()
}

#[tokio::test]
async fn a_login_gives_tokens_with_the_lifetimes_of_the_answer() {
    let canned = saying(sample!("token"));
    let tokens = Taobao
        .token_exchange(&canned.caller(), "test-code", &back())
        .await
        .unwrap();
    assert_eq!(tokens.access.expose_secret(), "50000000c30aMadeUp");
    assert_eq!(tokens.access_ends, START.plus_seconds(2_592_000));
    assert_eq!(tokens.refresh_ends, Some(START.plus_seconds(5_184_000)));
    assert_eq!(tokens.account, "2100000927014");
    assert_eq!(tokens.login, "Company:user01");
    let sent = canned.sent();
    assert_eq!(sent["code"], "test-code");
    assert!(!sent.contains_key("access_token"));
    assert_eq!(
        canned.seen.lock().unwrap()[0].url.as_str(),
        "https://api.taobao.global/rest/auth/token/create"
    );
}

#[tokio::test]
async fn a_renewal_need_not_repeat_the_account() {
    let refresh = SecretString::from("50001000old");
    let canned = saying(
        json!({"access_token": "new", "expires_in": "86400", "code": 0, "account_id": "7"})
            .to_string(),
    );
    let tokens = Taobao
        .token_refresh(&canned.caller(), &refresh)
        .await
        .unwrap();
    assert_eq!(
        (tokens.account.as_str(), tokens.refresh.is_none()),
        ("", true)
    );
    assert_eq!(canned.sent()["refresh_token"], "50001000old");

    for (code, kind) in [
        ("IllegalRefreshToken", ErrorKind::Token),
        ("AUTH_TYPE_UNSUPPORTED", ErrorKind::Token),
        ("SystemError", ErrorKind::Unclear),
        ("IncompleteSignature", ErrorKind::Signature),
    ] {
        let canned = saying(json!({"code": code, "message": "50001000old"}).to_string());
        let Err(error) = Taobao.token_refresh(&canned.caller(), &refresh).await else {
            panic!("{code}");
        };
        assert_eq!(error.kind, kind, "{code}");
        assert!(!error.text.contains("50001000old"));
    }
}

#[tokio::test]
async fn tokens_without_a_life_or_an_account_are_none() {
    let mut answer: Value = serde_json::from_str(sample!("token")).unwrap();
    answer["expires_in"] = json!("soon");
    let mut nobody = json!({"access_token": "x", "expires_in": 5});
    for body in [answer, nobody.clone()] {
        let canned = saying(body.to_string());
        let Err(error) = Taobao.token_exchange(&canned.caller(), "c", &back()).await else {
            panic!("{body}");
        };
        assert_eq!(error.kind, ErrorKind::Unclear);
    }
    nobody["account"] = json!("Company:user01");
    let canned = saying(nobody.to_string());
    let tokens = Taobao
        .token_exchange(&canned.caller(), "c", &back())
        .await
        .unwrap();
    assert_eq!(tokens.account, "Company:user01");
    let used =
        saying(json!({"code": "InvalidCode", "message": "Invalid authorization code"}).to_string());
    let Err(error) = Taobao.token_exchange(&used.caller(), "c", &back()).await else {
        panic!("a used code");
    };
    assert_eq!(error.kind, ErrorKind::Token);
}

#[tokio::test]
async fn a_refused_renewal_proves_the_key() {
    let body = |code: &str| json!({"code": code, "type": "ISV", "message": "x"}).to_string();
    let canned = saying(body("IllegalRefreshToken"));
    let check = Taobao.app_check(&canned.caller()).await.unwrap();
    assert_eq!(
        check.server_time,
        Some(Timestamp::from_seconds(1_533_215_473))
    );
    assert!(!canned.sent().contains_key("access_token"));
    for (status, code, kind) in [
        (200, "IncompleteSignature", ErrorKind::Signature),
        (200, "InvalidAppKey", ErrorKind::Signature),
        (200, "InvalidTimestamp", ErrorKind::Signature),
        (200, "SystemError", ErrorKind::Unclear),
        (503, "InvalidAppKey", ErrorKind::Unclear),
    ] {
        let canned = with_status(status, body(code));
        let error = Taobao.app_check(&canned.caller()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
    }
    let canned = saying(sample!("token"));
    let error = Taobao.app_check(&canned.caller()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unclear);
}

#[test]
fn the_consent_page_knows_app_and_way_back() {
    let canned = saying("");
    let page = Taobao.authorize_url(&canned.app, &canned.addresses, &back(), "s-1");
    assert_eq!(
        page.as_str(),
        "https://api.taobao.global/oauth/authorize?response_type=code&force_auth=true&redirect_uri=https%3A%2F%2Fdesk.example.com%2Fconnect&client_id=123456&state=s-1"
    );
    assert!(Taobao.connect_caveat().is_some());
    assert_eq!(Taobao.refresh_ahead_seconds(), 172_800);
    assert_eq!(Taobao.prolong_days(), None);
}
