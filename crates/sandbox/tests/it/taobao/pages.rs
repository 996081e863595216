//! The browser's side: consent, offers, paying, the console.

use super::{CUP, Desk, MUG, line, mug, text};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

async fn get(desk: &Desk, path: &str, cookie: &str) -> Response<Bytes> {
    let request = Request::get(path)
        .header("cookie", cookie)
        .body(Bytes::new())
        .unwrap();
    desk.sandbox.call(request).await.unwrap()
}

async fn post(desk: &Desk, path: &str, cookie: &str, form: &[(&str, &str)]) -> Response<Bytes> {
    let pairs: Vec<(String, String)> = form
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie)
        .body(Bytes::from(crate::desk::encode(&pairs)))
        .unwrap();
    desk.sandbox.call(request).await.unwrap()
}

fn page(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

fn header(response: &Response<Bytes>, name: &str) -> String {
    response.headers()[name].to_str().unwrap().to_owned()
}

async fn login(desk: &Desk, path: &str, form: &[(&str, &str)]) -> (String, String) {
    let answer = post(desk, path, "", form).await;
    assert_eq!(answer.status(), 303, "{}", page(&answer));
    let cookie = header(&answer, "set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    (cookie, header(&answer, "location"))
}

#[tokio::test]
async fn a_distributor_logs_in_consents_and_the_code_works_once() {
    let desk = Desk::new().await;
    let address = format!(
        "/oauth/authorize?response_type=code&force_auth=true&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback&client_id={}&state=s1",
        desk.key
    );
    let shown = page(&get(&desk, &address, "").await);
    assert!(
        shown.contains("tb_dist_06") && shown.contains("Log in to Taobao Global"),
        "{shown}"
    );
    let form = |step: &'static str| {
        vec![
            ("response_type", "code"),
            ("redirect_uri", "http://127.0.0.1:9/back"),
            ("client_id", desk.key.as_str()),
            ("state", "s1"),
            ("step", step),
            ("account", "tb_dist_04"),
            ("password", "demo1688"),
        ]
    };
    let (cookie, again) = login(&desk, "/oauth/authorize", &form("login")).await;
    assert!(cookie.starts_with("sandbox_buyer_taobao="));
    assert!(page(&get(&desk, &again, &cookie).await).contains("tb_dist_04"));
    let refused = post(&desk, "/oauth/authorize", &cookie, &form("refuse")).await;
    assert!(header(&refused, "location").contains("error=access_denied"));
    let back = header(
        &post(&desk, "/oauth/authorize", &cookie, &form("consent")).await,
        "location",
    );
    let back: url::Url = back.parse().unwrap();
    let field = |name: &str| {
        back.query_pairs()
            .find(|(known, _)| known == name)
            .unwrap()
            .1
            .into_owned()
    };
    assert_eq!(field("state"), "s1");
    let code = field("code");
    let tokens = desk.api("/auth/token/create", &[("code", &code)]).await;
    assert_eq!(tokens["code"], "0", "{tokens}");
    assert_eq!(tokens["account"], "tb_dist_04");
    assert_eq!(
        text(&tokens["refresh_expires_in"]),
        (60 * 86_400).to_string()
    );
    assert_eq!(
        desk.api("/auth/token/create", &[("code", &code)]).await["code"],
        "InvalidCode"
    );
    let late = header(
        &post(&desk, "/oauth/authorize", &cookie, &form("consent")).await,
        "location",
    );
    let late = late
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    desk.clock.advance_seconds(1_800);
    assert_eq!(
        desk.api("/auth/token/create", &[("code", &late)]).await["code"],
        "InvalidCode"
    );

    // An unknown application in this marketplace's form, and the other marketplace's own page.
    let unknown = get(
        &desk,
        "/oauth/authorize?response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%2F&client_id=1",
        "",
    )
    .await;
    assert_eq!(unknown.status(), 400);
    assert!(page(&unknown).contains("Taobao Global sandbox"));
    let (theirs, _) = desk.sandbox.app("1688").await.unwrap();
    let other = get(
        &desk,
        &format!(
            "/oauth/authorize?client_id={theirs}&site=1688&redirect_uri=http%3A%2F%2F127.0.0.1%2F"
        ),
        &cookie,
    )
    .await;
    assert!(page(&other).contains("cn_buyer_01"));
}

#[tokio::test]
async fn items_have_pages_and_pictures() {
    let desk = Desk::new().await;
    let shown = page(&get(&desk, &format!("/item.htm?id={CUP}"), "").await);
    assert!(
        shown.contains("316不锈钢保温杯") && shown.contains("89.00"),
        "{shown}"
    );
    assert_eq!(get(&desk, "/item.htm?id=1", "").await.status(), 404);
    for item in [CUP, crate::desk::VASE] {
        let picture = get(&desk, &format!("/img/{item}/0.svg"), "").await;
        assert_eq!(header(&picture, "content-type"), "image/svg+xml");
    }
    assert_eq!(get(&desk, "/img/1/0.svg", "").await.status(), 404);
}

#[tokio::test]
async fn a_person_pays_a_purchase() {
    let desk = Desk::new().await;
    let number = desk
        .order("AP1", json!([line(&mug(), 1, "1")]))
        .await
        .remove(0);
    let place = format!("/purchase/{number}");
    let to_login = get(&desk, &place, "").await;
    assert!(header(&to_login, "location").starts_with("/purchase/login?back="));
    let (cookie, to) = login(
        &desk,
        "/purchase/login",
        &[
            ("account", "tb_dist_01"),
            ("password", "demo1688"),
            ("back", &place),
        ],
    )
    .await;
    assert_eq!(to, place);
    let order = page(&get(&desk, &place, &cookie).await);
    assert!(
        order.contains("WAIT_BUYER_P") && order.contains(&format!("/purchase/pay?ids={number}")),
        "{order}"
    );
    assert!(order.contains(&format!("/item.htm?id={}", MUG.0)));
    assert!(
        page(&get(&desk, &format!("/purchase/pay?ids={number}"), &cookie).await).contains("10.00")
    );
    let paid = post(&desk, "/purchase/pay", &cookie, &[("ids", &number)]).await;
    assert_eq!(paid.status(), 303);
    assert_eq!(desk.see(&number).await["status"], "WAIT_SELLER_SEND_GOODS");
    // A buyer of the other marketplace is nobody here.
    let stranger = cookie.replace("sandbox_buyer_taobao", "sandbox_buyer_1688");
    assert_eq!(get(&desk, &place, &stranger).await.status(), 303);
}

#[tokio::test]
async fn the_console_shows_and_does_everything() {
    let desk = Desk::new().await;
    let body = desk.create("AP1", json!([line(&mug(), 2, "1")])).await;
    let number = text(&body["data"]["order_list"][0]["purchase_id"]);
    for (path, word) in [
        ("orders", "BULIDING"),
        ("offers?q=731040994692", "ins风陶瓷马克杯"),
        ("accounts", "tb_dist_05"),
        ("messages", "Messages"),
        ("calls", "/purchase/order/create"),
        ("knobs", "finished_word"),
    ] {
        let answer = get(&desk, &format!("/console/taobao/{path}"), "").await;
        assert_eq!(answer.status(), 200, "{path}");
        assert!(page(&answer).contains(word), "{path}");
    }
    assert!(!page(&get(&desk, "/console/taobao/knobs", "").await).contains("unwrapped_create"));
    let here = format!("/console/taobao/orders/{number}");
    assert!(page(&get(&desk, &here, "").await).contains("Finish making it"));
    for (action, form, status) in [
        ("build", vec![], "WAIT_BUYER_P"),
        ("price", vec![("goods", "18.00")], "WAIT_BUYER_P"),
        ("pay", vec![], "WAIT_SELLER_SEND_GOODS"),
        ("ship", vec![("company", "SF")], "WAIT_BUYER_CONFIRM_GOODS"),
        ("sign", vec![], "WAIT_BUYER_CONFIRM_GOODS"),
        ("complete", vec![], "TRADE_FINISHED"),
    ] {
        let answer = post(&desk, &format!("{here}/{action}"), "", &form).await;
        assert_eq!(answer.status(), 303, "{action}: {}", page(&answer));
        assert_eq!(desk.see(&number).await["status"], status, "{action}");
    }
    assert_eq!(desk.see(&number).await["total_fen"], 1_800);
    let also = desk.see(&number).await["also"].as_str().unwrap().to_owned();
    assert_eq!(also.len(), 19);
    assert!(page(&get(&desk, &here, "").await).contains(&also));
    let found = page(&get(&desk, &format!("/console/taobao/orders?q={also}"), "").await);
    assert!(found.contains(&number), "sought by Taobao's own number");
    let turned = post(
        &desk,
        "/console/taobao/knobs",
        "",
        &[
            ("action", "turn"),
            ("building_s", "9"),
            ("types", "text"),
            ("finished_word", "ENDED"),
        ],
    )
    .await;
    assert_eq!(turned.status(), 303, "{}", page(&turned));
    let knobs = desk.control("GET", "knobs", Value::Null).await;
    assert_eq!(
        (
            &knobs["building_s"],
            &knobs["types"],
            &knobs["finished_word"]
        ),
        (&json!(9), &json!("text"), &json!("ENDED"))
    );
    let closed = desk.create("AP2", json!([line(&mug(), 1, "1")])).await;
    let second = text(&closed["data"]["order_list"][0]["purchase_id"]);
    post(
        &desk,
        &format!("/console/taobao/orders/{second}/build"),
        "",
        &[],
    )
    .await;
    let answer = post(
        &desk,
        &format!("/console/taobao/orders/{second}/close"),
        "",
        &[("by", "seller"), ("reason", "SELLER_CLOSE")],
    )
    .await;
    assert_eq!(answer.status(), 303);
    assert_eq!(desk.see(&second).await["close_reason"], "SELLER_CLOSE");
}
