//! Logging in, renewing, prolonging.

use crate::canned::{Canned, START, fixture};
use marketplaces::{ErrorKind, M1688, Marketplace};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

fn redirect() -> url::Url {
    url::Url::parse("https://desk.example.com/oauth/1688").unwrap()
}

#[test]
fn the_consent_page_gets_what_it_needs() {
    let canned = Canned::empty();
    let url = M1688.authorize_url(&canned.app, &canned.addresses, &redirect(), "a&b=1");
    assert_eq!(
        url.as_str(),
        "https://auth.1688.com/oauth/authorize?client_id=1000000&site=1688&redirect_uri=https%3A%2F%2Fdesk.example.com%2Foauth%2F1688&state=a%26b%3D1"
    );
}

#[tokio::test]
async fn a_code_becomes_tokens() {
    let canned = Canned::saying(fixture!("token"));
    let tokens = M1688
        .token_exchange(&canned.caller(), "code-1", &redirect())
        .await
        .unwrap();
    assert_eq!(tokens.access_ends, START.plus_seconds(36_000));
    assert_eq!(tokens.account, "b2b-1623492085");
    assert_eq!(tokens.login, "cn_buyer_01");
    assert_eq!(
        tokens.refresh.unwrap().expose_secret(),
        "479f9564-1049-456e-ab62-29d3e82277d9"
    );
    assert_eq!(tokens.refresh_ends.unwrap().millis(), 1_791_979_419_000);
    let sent = canned.sent();
    assert_eq!(sent["grant_type"], "authorization_code");
    assert_eq!(sent["need_refresh_token"], "true");
    assert_eq!(sent["code"], "code-1");
    assert_eq!(sent["client_secret"], "test123");
    assert!(!sent.contains_key("_aop_signature"));
    assert!(
        canned.seen.lock().unwrap()[0]
            .url
            .path()
            .ends_with("/system.oauth2/getToken/1000000")
    );
}

#[tokio::test]
async fn tokens_that_lack_a_fact_are_not_accepted() {
    for field in ["access_token", "expires_in", "memberId"] {
        let mut body: Value = serde_json::from_str(fixture!("token")).unwrap();
        body[field] = Value::Null;
        let canned = Canned::saying(body.to_string());
        let error = M1688
            .token_exchange(&canned.caller(), "code-1", &redirect())
            .await
            .err()
            .unwrap();
        assert_eq!(error.kind, ErrorKind::Unclear);
        assert!(error.text.contains(field), "{}", error.text);
    }
}

async fn refresh(canned: &Canned) -> Result<marketplaces::Tokens, marketplaces::MarketError> {
    let old = SecretString::from("479f9564-1049-456e-ab62-29d3e82277d9");
    M1688.token_refresh(&canned.caller(), &old).await
}

#[tokio::test]
async fn a_refresh_keeps_the_refresh_token() {
    for expires in [json!(36_000), json!("36000"), json!(36_000.0)] {
        let body = json!({"access_token": "new", "expires_in": expires, "resource_owner": "cn_buyer_01", "memberId": "b2b-1", "aliId": 5});
        let tokens = refresh(&Canned::saying(body.to_string())).await.unwrap();
        assert_eq!(tokens.access.expose_secret(), "new");
        assert!(tokens.refresh.is_none() && tokens.refresh_ends.is_none());
        assert_eq!(tokens.access_ends, START.plus_seconds(36_000));
    }
    // A good token is not thrown away because the account is not repeated.
    let bare = r#"{"access_token":"new","expires_in":"60"}"#;
    let tokens = refresh(&Canned::saying(bare)).await.unwrap();
    assert_eq!((tokens.account.as_str(), tokens.login.as_str()), ("", ""));
}

#[tokio::test]
async fn a_refresh_makes_one_call_even_near_the_end() {
    let soon = r#"{"access_token":"new","expires_in":"60","memberId":"b2b-1","refresh_token_timeout":"20260925000000000+0800"}"#;
    let canned = Canned::saying(soon);
    let tokens = refresh(&canned).await.unwrap();
    assert_eq!(tokens.access.expose_secret(), "new");
    assert!(tokens.refresh.is_none() && tokens.refresh_ends.is_some());
    assert_eq!(canned.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn prolonging_gives_a_new_refresh_token_or_says_why_not() {
    let old = SecretString::from("479f9564-1049-456e-ab62-29d3e82277d9");
    let only = r#"{"refresh_token":"fresh","refresh_token_timeout":"20270325000000000+0800"}"#;
    let canned = Canned::saying(only);
    let tokens = M1688.token_prolong(&canned.caller(), &old).await.unwrap();
    assert_eq!(tokens.refresh.unwrap().expose_secret(), "fresh");
    assert_eq!(
        tokens.access.expose_secret(),
        "f14da3b8-b0b1-4f73-a5de-9bed637e0188"
    );
    let canned = Canned::saying(r#"{"access_token":"new","expires_in":"60"}"#);
    let error = M1688
        .token_prolong(&canned.caller(), &old)
        .await
        .err()
        .unwrap();
    assert!(error.text.contains("refresh_token"), "{}", error.text);
    assert_eq!(M1688.prolong_days(), Some(30));
}

#[tokio::test]
async fn only_a_certain_word_makes_a_login_dead() {
    for (status, answer, wanted) in [
        (
            400,
            r#"{"error_code":"SBX_TOKEN_REFUSED","error_message":"the refresh token is wrong, cancelled or too old"}"#,
            ErrorKind::Token,
        ),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"dead"}"#,
            ErrorKind::Token,
        ),
        (
            401,
            r#"{"error_code":"401","error_message":"Request need user authorized"}"#,
            ErrorKind::Token,
        ),
        (
            400,
            r#"{"error_code":"x","error_message":"refresh_token已过期"}"#,
            ErrorKind::Token,
        ),
        (
            400,
            r#"{"error":"invalid_client","error_description":"?"}"#,
            ErrorKind::Signature,
        ),
        (
            400,
            r#"{"error_code":"x","error_message":"client_secret is wrong"}"#,
            ErrorKind::Signature,
        ),
        (
            400,
            r#"{"error_code":"gw.QosAppFrequencyLimit","error_message":"x"}"#,
            ErrorKind::Throttled { next: None },
        ),
        (500, r#"{"error":"invalid_grant"}"#, ErrorKind::Unclear),
        (
            502,
            "<html>invalid refresh_token</html>",
            ErrorKind::Unclear,
        ),
        (200, "{}", ErrorKind::Unclear),
        (
            400,
            r#"{"error_code":"busy","error_message":"system busy"}"#,
            ErrorKind::Unclear,
        ),
        (
            200,
            r#"{"success":false,"code":"500","message":"系统异常"}"#,
            ErrorKind::Unclear,
        ),
    ] {
        let error = refresh(&Canned::with_status(status, answer))
            .await
            .err()
            .unwrap();
        assert_eq!(error.kind, wanted, "{status} {answer}");
    }
    let echo = r#"{"error_code":"x","error_message":"no such 479f9564-1049-456e-ab62-29d3e82277d9 for test123"}"#;
    let error = refresh(&Canned::with_status(400, echo))
        .await
        .err()
        .unwrap();
    assert_eq!(error.text, "no such … for …");
}
