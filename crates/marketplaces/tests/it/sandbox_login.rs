//! Connecting, renewing and losing an account.

use crate::sandbox::{BASE, Desk};
use bytes::Bytes;
use marketplaces::{AppKey, Deadline, ErrorKind, HttpTransport, M1688, Marketplace, Tokens};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;
use world::Clock;

const REDIRECT: &str = "http://127.0.0.1:9999/back";

/// Logs in and consents as a browser would; gives the address to which the browser is sent back.
async fn consent(desk: &Desk, state: &str) -> url::Url {
    let page = M1688.authorize_url(
        &desk.app,
        &desk.addresses,
        &url::Url::parse(REDIRECT).unwrap(),
        state,
    );
    assert_eq!(page.origin().ascii_serialization(), BASE);
    let fields: Vec<(String, String)> = page.query_pairs().into_owned().collect();
    let post = |step: &str, extra: &[(&str, &str)], cookie: Option<&str>| {
        let body = Serializer::new(String::new())
            .extend_pairs(&fields)
            .append_pair("step", step)
            .extend_pairs(extra)
            .finish();
        let mut request = http::Request::post("/oauth/authorize")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        request.body(Bytes::from(body)).unwrap()
    };
    let login = post(
        "login",
        &[("account", "cn_buyer_02"), ("password", "demo1688")],
        None,
    );
    let answer = desk.sandbox.call(login).await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let answer = desk
        .sandbox
        .call(post("consent", &[], Some(&cookie)))
        .await
        .unwrap();
    let back = answer.headers()["location"].to_str().unwrap();
    url::Url::parse(back).unwrap()
}

fn parameter(url: &url::Url, name: &str) -> String {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .unwrap()
}

async fn exchange(desk: &Desk, code: &str) -> Result<Tokens, marketplaces::MarketError> {
    let redirect = url::Url::parse(REDIRECT).unwrap();
    M1688.token_exchange(&desk.caller(), code, &redirect).await
}

async fn refresh(desk: &Desk) -> Result<Tokens, marketplaces::MarketError> {
    M1688.token_refresh(&desk.caller(), &desk.refresh).await
}

#[tokio::test]
async fn a_login_gives_an_account_that_works() {
    let desk = Desk::new().await;
    let back = consent(&desk, "s 1&2").await;
    assert_eq!(parameter(&back, "state"), "s 1&2");
    let code = parameter(&back, "code");
    let tokens = exchange(&desk, &code).await.unwrap();
    assert_eq!(tokens.login, "cn_buyer_02");
    assert!(tokens.account.starts_with("b2b-"));
    assert_eq!(tokens.access_ends, desk.clock.now().plus_seconds(36_000));
    let half_a_year = tokens.refresh_ends.unwrap().seconds_since(desk.clock.now());
    assert_eq!(half_a_year / 86_400, 180);

    let again = exchange(&desk, &code).await.err().unwrap();
    assert_eq!(again.kind, ErrorKind::Token, "a code serves once: {again}");

    let desk = desk.with_access(&tokens.access);
    let addresses = M1688.addresses_read(&desk.caller()).await.unwrap();
    assert_eq!(addresses.iter().filter(|a| a.is_default).count(), 1);
    assert!(
        addresses
            .iter()
            .all(|a| { M1688.address_check(&a.address).is_ok() && !a.address.province.is_empty() })
    );
}

#[tokio::test]
async fn an_app_proves_its_secret() {
    let mut desk = Desk::new().await;
    let check = M1688.app_check(&desk.caller()).await.unwrap();
    assert_eq!(
        check.server_time.unwrap().millis(),
        desk.clock.now().millis()
    );
    let good = desk.app.clone();
    desk.app.secret = SecretString::from("not-the-secret");
    let error = M1688.app_check(&desk.caller()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Signature);
    let error = refresh(&desk).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Signature, "{error}");
    desk.app = AppKey {
        key: "999".to_owned(),
        ..good
    };
    let error = M1688.app_check(&desk.caller()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Signature);
}

#[tokio::test]
async fn an_expired_token_is_renewed_and_a_revoked_one_is_not() {
    for knobs in [
        json!({}),
        json!({"expires_in_number": true, "oauth_errors": "standard"}),
        json!({"unauthorized_http": 200, "gateway_error_http": 200}),
    ] {
        let mut desk = Desk::new().await;
        desk.knobs(knobs).await;
        desk.clock.advance_seconds(36_001);
        let error = M1688.addresses_read(&desk.caller()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Token);
        let tokens = refresh(&desk).await.unwrap();
        assert_eq!(tokens.account, desk.account);
        assert!(tokens.refresh.is_none(), "the old one stays");
        desk = desk.with_access(&tokens.access);
        M1688.addresses_read(&desk.caller()).await.unwrap();

        desk.control(
            "POST",
            "/control/1688/accounts/cn_buyer_01/revoke",
            json!({}),
        )
        .await;
        let error = M1688.addresses_read(&desk.caller()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Token);
        let error = refresh(&desk).await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::Token, "{error}");
    }
}

#[tokio::test]
async fn a_login_near_its_end_is_prolonged() {
    let mut desk = Desk::new().await;
    let early = M1688
        .token_prolong(&desk.caller(), &desk.refresh)
        .await
        .err()
        .unwrap();
    assert!(!matches!(early.kind, ErrorKind::Token), "{early}");

    desk.clock.advance_seconds(160 * 86_400);
    let tokens = refresh(&desk).await.unwrap();
    desk = desk.with_access(&tokens.access);
    let tokens = M1688
        .token_prolong(&desk.caller(), &desk.refresh)
        .await
        .unwrap();
    let left = tokens.refresh_ends.unwrap().seconds_since(desk.clock.now());
    assert_eq!(left / 86_400, 180);
    let error = refresh(&desk).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Token, "the old one is dead");
    desk.refresh = tokens.refresh.unwrap();
    refresh(&desk).await.unwrap();

    desk.knobs(json!({"refresh_rotates": true})).await;
    let tokens = refresh(&desk).await.unwrap();
    assert_ne!(
        tokens.refresh.unwrap().expose_secret(),
        desk.refresh.expose_secret()
    );
}

/// The whole way once through a real socket: transport, gateway, and the order that stands there.
#[tokio::test]
async fn everything_holds_over_a_real_connection() {
    let mut desk = Desk::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    desk.addresses =
        crate::sandbox::addresses(&format!("http://{}/", listener.local_addr().unwrap()));
    let serve = std::pin::pin!(async {
        let router = desk.sandbox.router();
        axum::serve(
            listener,
            router.into_make_service_with_connect_info::<std::net::SocketAddr>(),
        )
        .await
    });
    let transport = HttpTransport::new(desk.sandbox.world().clone()).unwrap();
    let story = std::pin::pin!(async {
        let caller = marketplaces::Caller {
            transport: &transport,
            deadline: Deadline { millis: 10_000 },
            ..desk.caller()
        };
        M1688.app_check(&caller).await.unwrap();
        let basket = crate::sandbox::basket(&[crate::sandbox::line(crate::sandbox::VASE, None, 1)]);
        let preview = M1688.order_preview(&caller, &basket).await.unwrap();
        let create = marketplaces::Create {
            reference: "APREALREALREALREALREALREALRE",
            basket: &basket,
            terms: &preview.terms,
            note: "",
            planned_total: preview.total,
            once: desk.permit(),
        };
        let made = M1688.order_create(&caller, &create).await.unwrap();
        let order = M1688
            .order_read(&caller, &made.orders[0].number)
            .await
            .unwrap();
        assert_eq!(order.total, preview.total);
        let late = marketplaces::Once {
            send_by: desk.clock.now().plus_seconds(-1),
            ..desk.permit()
        };
        let error = M1688
            .order_cancel(&caller, &order.number, late)
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotSent);
        order
    });
    let order = match futures_util::future::select(story, serve).await {
        futures_util::future::Either::Left((order, _)) => order,
        futures_util::future::Either::Right((end, _)) => panic!("the server ended: {end:?}"),
    };
    let there: Vec<Value> = desk.orders_there().await;
    assert_eq!(there.len(), 1);
    assert_eq!(there[0]["number"], json!(order.number));
    assert_eq!(there[0]["status"], json!("waitbuyerpay"));
}
