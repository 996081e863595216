//! Pages: login and consent with a real code at the end, the cashier, offers, the console.

use crate::desk::{Desk, HOODIE, VASE, encode, form};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}

fn place(response: &Response<Bytes>) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

fn cookie(response: &Response<Bytes>) -> String {
    response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

async fn get(desk: &Desk, path: &str, cookie: &str) -> Response<Bytes> {
    desk.send(
        Request::get(path)
            .header("cookie", cookie)
            .body(Bytes::new())
            .unwrap(),
    )
    .await
    .unwrap()
}

async fn post(desk: &Desk, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Response<Bytes> {
    let pairs: Vec<(String, String)> = fields
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let mut request = form(path, &pairs);
    request
        .headers_mut()
        .insert("cookie", cookie.parse().unwrap());
    desk.send(request).await.unwrap()
}

async fn login(desk: &Desk, account: &str) -> String {
    let response = post(
        desk,
        "/accounts/login",
        "",
        &[
            ("account", account),
            ("password", "demo1688"),
            ("back", "/order/1"),
        ],
    )
    .await;
    assert_eq!(
        (response.status().as_u16(), place(&response).as_str()),
        (303, "/order/1")
    );
    cookie(&response)
}

#[tokio::test]
async fn login_consent_and_a_code_that_works_once() {
    let desk = Desk::new().await;
    let asked = [
        ("client_id", desk.key.as_str()),
        ("site", "1688"),
        ("redirect_uri", "http://127.0.0.1:8080/callback?x=1"),
        ("state", "s&t"),
    ];
    let pairs: Vec<(String, String)> = asked
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let address = format!("/oauth/authorize?{}", encode(&pairs));
    let page = get(&desk, &address, "").await;
    assert!(text(&page).contains("demo1688"));
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("form-action 'self' http://127.0.0.1:8080"),
        "{policy}"
    );
    let with = |more: &[(&'static str, &'static str)]| {
        let mut fields = asked.to_vec();
        fields.extend_from_slice(more);
        fields
    };
    let wrong = post(
        &desk,
        "/oauth/authorize",
        "",
        &with(&[
            ("step", "login"),
            ("account", "cn_buyer_02"),
            ("password", "guess"),
        ]),
    )
    .await;
    assert_eq!(wrong.status(), 422);
    assert!(text(&wrong).contains("password is wrong"));
    let logged_in = post(
        &desk,
        "/oauth/authorize",
        "",
        &with(&[
            ("step", "login"),
            ("account", "cn_buyer_02"),
            ("password", "demo1688"),
        ]),
    )
    .await;
    assert_eq!(place(&logged_in), address);
    let cookie = cookie(&logged_in);
    assert!(text(&get(&desk, &address, &cookie).await).contains("Authorise"));
    let refused = post(
        &desk,
        "/oauth/authorize",
        &cookie,
        &with(&[("step", "refuse")]),
    )
    .await;
    assert!(place(&refused).contains("error=access_denied"));
    let consented = post(
        &desk,
        "/oauth/authorize",
        &cookie,
        &with(&[("step", "consent")]),
    )
    .await;
    let back = url::Url::parse(&place(&consented)).unwrap();
    let value = |name: &str| {
        back.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap()
    };
    assert_eq!((value("state").as_str(), value("x").as_str()), ("s&t", "1"));
    let code = value("code");
    let exchange = || async {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("need_refresh_token", "true"),
            ("client_id", &desk.key),
            ("client_secret", &desk.secret),
            ("redirect_uri", "default"),
            ("code", &code),
        ];
        let pairs: Vec<(String, String)> = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let response = desk
            .send(form(
                &format!("/openapi/param2/1/system.oauth2/getToken/{}", desk.key),
                &pairs,
            ))
            .await
            .unwrap();
        (
            response.status().as_u16(),
            serde_json::from_slice::<Value>(response.body()).unwrap(),
        )
    };
    let (status, tokens) = exchange().await;
    assert_eq!(
        (status, tokens["resource_owner"].as_str()),
        (200, Some("cn_buyer_02"))
    );
    assert!(tokens["refresh_token"].is_string() && tokens["refresh_token_timeout"].is_string());
    assert_eq!(exchange().await.0, 400, "a code works once");
    let again = post(
        &desk,
        "/oauth/authorize",
        &cookie,
        &with(&[("step", "consent")]),
    )
    .await;
    let code = url::Url::parse(&place(&again))
        .unwrap()
        .query_pairs()
        .find(|(k, _)| k == "code")
        .unwrap()
        .1
        .into_owned();
    desk.clock.advance_seconds(120);
    let pairs: Vec<(String, String)> = [
        ("grant_type", "authorization_code"),
        ("client_id", &desk.key),
        ("client_secret", &desk.secret),
        ("code", &code),
    ]
    .iter()
    .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
    .collect();
    let late = desk
        .send(form(
            &format!("/openapi/http/1/system.oauth2/getToken/{}", desk.key),
            &pairs,
        ))
        .await
        .unwrap();
    assert_eq!(late.status(), 400, "two minutes are over");
}

#[tokio::test]
async fn wrong_authorise_addresses_get_their_pages() {
    let desk = Desk::new().await;
    let key = &desk.key;
    for (query, words) in [
        (String::new(), "缺少必要参数"),
        (format!("client_id={key}&site=1688"), "缺少必要参数"),
        (
            "client_id=1&site=1688&redirect_uri=http://127.0.0.1/".into(),
            "非法请求",
        ),
        (
            format!("client_id={key}&site=1688&redirect_uri=http://evil.example/"),
            "非法请求",
        ),
        (
            format!("client_id={key}&site=1688&redirect_uri=javascript:alert(1)"),
            "非法请求",
        ),
        (
            format!("client_id={key}&site=taobao&redirect_uri=http://127.0.0.1/"),
            "非法请求",
        ),
    ] {
        let page = get(&desk, &format!("/oauth/authorize?{query}"), "").await;
        assert_eq!(page.status(), 400, "{query}");
        assert!(text(&page).contains(words), "{query}");
    }
    desk.control(
        "PUT",
        "/control/1688/redirects",
        json!({"hosts": ["panel.example"]}),
    )
    .await;
    let page = get(
        &desk,
        &format!(
            "/oauth/authorize?client_id={key}&site=1688&redirect_uri=https://panel.example/cb"
        ),
        "",
    )
    .await;
    assert_eq!(page.status(), 200);
}

#[tokio::test]
async fn a_person_pays_two_orders_at_the_cashier() {
    let desk = Desk::new().await;
    let (one, two) = (desk.vase("AP1").await, desk.vase("AP2").await);
    let (_, url) = desk
        .api(
            "com.alibaba.trade/alibaba.alipay.url.get",
            &[("orderIdList", format!("[{one},{two},1]"))],
        )
        .await;
    assert_eq!(url["success"], true);
    assert_eq!(url["payFailureOrderList"], json!([1]));
    let address = url["payUrl"].as_str().unwrap();
    assert!(address.ends_with(&format!("/order/cashier.htm?orderId={one};{two}")));
    let path = &address[address.find("/order").unwrap()..];
    let stranger = get(&desk, path, "").await;
    assert!(place(&stranger).starts_with("/accounts/login?back="));
    let other = login(&desk, "cn_buyer_03").await;
    assert_eq!(get(&desk, path, &other).await.status(), 403);
    let buyer = login(&desk, "cn_buyer_01").await;
    let page = get(&desk, path, &buyer).await;
    assert!(text(&page).contains("416.80"));
    let paid = post(
        &desk,
        "/order/cashier.htm",
        &buyer,
        &[("orderId", &format!("{one};{two}"))],
    )
    .await;
    assert_eq!(paid.status(), 303);
    for number in [&one, &two] {
        assert_eq!(
            desk.view(number).await["result"]["baseInfo"]["status"],
            "waitsellersend"
        );
    }
    assert!(text(&get(&desk, path, &buyer).await).contains("Nothing is left to pay"));
    assert_eq!(
        get(&desk, &format!("/order/{one}"), &buyer).await.status(),
        200
    );
    assert_eq!(
        get(&desk, &format!("/order/{one}"), &other).await.status(),
        404
    );
    let (_, url) = desk
        .api(
            "com.alibaba.trade/alibaba.alipay.url.get",
            &[("orderIdList", format!("[{one}]"))],
        )
        .await;
    assert_eq!(
        (&url["success"], &url["errorCode"]),
        (&json!(false), &json!("PRODUCT_TRADE_STAT_ERROR"))
    );
    assert!(url["erroMsg"].is_string());
}

#[tokio::test]
async fn offers_have_pages_and_pictures() {
    let desk = Desk::new().await;
    let page = get(&desk, &format!("/offer/{HOODIE}.html"), "").await;
    assert!(text(&page).contains("连帽卫衣"));
    assert_eq!(get(&desk, "/offer/1.html", "").await.status(), 404);
    let picture = get(&desk, &format!("/img/{VASE}/0.svg"), "").await;
    assert_eq!(picture.headers()["content-type"], "image/svg+xml");
    assert!(
        picture.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("max-age")
    );
    for file in ["/sandbox/sandbox.css", "/sandbox/icon.svg"] {
        assert_eq!(get(&desk, file, "").await.status(), 200);
    }
}

#[tokio::test]
async fn the_console_shows_and_does_everything() {
    let desk = Desk::new().await;
    let specs = desk.specs(HOODIE).await;
    let body = desk.create("AP<1>", json!([{"offerId": HOODIE, "specId": specs[0], "quantity": 3}, {"offerId": HOODIE, "specId": specs[1], "quantity": 1}])).await;
    let number = body["result"]["orderId"].as_str().unwrap().to_owned();
    let order = format!("/console/1688/orders/{number}");
    assert_eq!(
        place(&get(&desk, "/console", "").await),
        "/console/1688/orders"
    );
    for path in [
        "/console/1688/orders",
        "/console/1688/orders?status=unpaid&q=AP",
        "/console/1688/offers",
        "/console/1688/offers?q=phone&page=2",
        "/console/1688/accounts",
        "/console/1688/messages",
        "/console/1688/calls",
        "/console/1688/knobs",
        order.as_str(),
        &format!("/console/1688/offers/{HOODIE}"),
    ] {
        let page = get(&desk, path, "").await;
        assert_eq!(page.status(), 200, "{path}");
        let html = text(&page);
        assert!(
            !html.contains("<script") && !html.contains("style=\""),
            "{path}"
        );
        assert!(!html.contains("AP<1>"), "escaped");
    }
    let act = |action: &'static str, fields: Vec<(&'static str, String)>| {
        let (desk, order) = (&desk, &order);
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
            post(desk, &format!("{order}/{action}"), "", &fields).await
        }
    };
    let refused = act("ship", vec![]).await;
    assert_eq!(refused.status(), 422);
    assert!(text(&refused).contains("only a paid one"));
    assert_eq!(
        act(
            "price",
            vec![("goods", "100.00".into()), ("freight", "x".into())]
        )
        .await
        .status(),
        422
    );
    assert_eq!(
        act(
            "price",
            vec![("goods", "100.00".into()), ("freight", "8.50".into())]
        )
        .await
        .status(),
        303
    );
    assert_eq!(act("pay", vec![]).await.status(), 303);
    let (_, view) = desk
        .control("GET", &format!("/control/1688/orders/{number}"), json!({}))
        .await;
    assert_eq!(view["total_fen"], 10_850);
    let line = view["lines"][0]["line"].as_str().unwrap().to_owned();
    let ship = format!("ship_{line}");
    let response = post(
        &desk,
        &format!("{order}/ship"),
        "",
        &[
            (ship.as_str(), "2"),
            ("company", "SF"),
            ("tracking", "SF77"),
        ],
    )
    .await;
    assert_eq!(response.status(), 303);
    let (_, view) = desk
        .control("GET", &format!("/control/1688/orders/{number}"), json!({}))
        .await;
    assert_eq!(
        (
            &view["lines"][0]["shipped"],
            &view["deliveries"][0]["tracking"]
        ),
        (&json!(2), &json!("SF77"))
    );
    for action in ["ship", "sign", "complete"] {
        assert_eq!(act(action, vec![]).await.status(), 303, "{action}");
    }
    assert_eq!(
        desk.view(&number).await["result"]["baseInfo"]["status"],
        "success"
    );

    let offer = format!("/console/1688/offers/{VASE}");
    assert_eq!(
        post(
            &desk,
            &offer,
            "",
            &[
                ("price", "210.00"),
                ("stock", "3"),
                ("minimum", "1"),
                ("tradable", "1")
            ]
        )
        .await
        .status(),
        303
    );
    let (_, view) = desk
        .control("GET", &format!("/control/1688/offers/{VASE}"), json!({}))
        .await;
    assert_eq!(
        (&view["price_fen"], &view["stock"]),
        (&json!(21_000), &json!(3))
    );
    assert_eq!(
        post(
            &desk,
            "/console/1688/knobs",
            "",
            &[
                ("action", "turn"),
                ("latency_ms", "0"),
                ("repeat_reference", "error"),
                ("daily_order_limit", "5"),
                ("denied_apis", "")
            ]
        )
        .await
        .status(),
        303
    );
    assert_eq!(
        post(
            &desk,
            "/console/1688/knobs",
            "",
            &[("action", "turn"), ("latency_ms", "soon")]
        )
        .await
        .status(),
        422
    );
    assert_eq!(
        post(
            &desk,
            "/console/1688/knobs",
            "",
            &[
                ("action", "add"),
                ("fault", "delay_after"),
                ("value", "20"),
                ("next", "3"),
                ("api", "createCrossOrder"),
                ("account", ""),
                ("offer", "")
            ]
        )
        .await
        .status(),
        303
    );
    assert_eq!(
        post(&desk, "/console/1688/sellers", "", &[("on", "1")])
            .await
            .status(),
        303
    );
    let (_, knobs) = desk.control("GET", "/control/1688/knobs", json!({})).await;
    assert_eq!(
        (
            &knobs["repeat_reference"],
            &knobs["daily_order_limit"],
            &knobs["auto_sellers"]
        ),
        (&json!("error"), &json!(5), &json!(true))
    );
    assert_eq!(
        (
            &knobs["faults"][0]["fault"],
            &knobs["faults"][0]["ms"],
            &knobs["faults"][0]["next"]
        ),
        (&json!("delay_after"), &json!(20), &json!(3))
    );
    assert!(text(&get(&desk, "/console/1688/knobs", "").await).contains("delay_after"));
    assert_eq!(
        post(
            &desk,
            "/console/1688/accounts/cn_buyer_01",
            "",
            &[("action", "revoke")]
        )
        .await
        .status(),
        303
    );
    assert_eq!(desk.list(&[]).await["error_code"], "401");
}

#[tokio::test]
async fn a_form_from_another_site_does_nothing() {
    let desk = Desk::new().await;
    let number = desk.vase("AP1").await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "http://evil.example"),
    ] {
        for path in [
            format!("/console/1688/orders/{number}/pay"),
            format!("/control/1688/orders/{number}/pay"),
            "/order/cashier.htm".into(),
        ] {
            let mut request = form(&path, &[("orderId".into(), number.clone())]);
            request.headers_mut().insert(name, value.parse().unwrap());
            request
                .headers_mut()
                .insert("host", "127.0.0.1:8689".parse().unwrap());
            assert_eq!(desk.send(request).await.unwrap().status(), 403, "{path}");
        }
    }
    assert_eq!(desk.orders().await[0]["state"], "unpaid");
}
