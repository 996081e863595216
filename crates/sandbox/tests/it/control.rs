//! The machine interface: shapes, refusals, and who may use it.

use crate::desk::{BUYER, Desk, HOODIE, VASE};
use bytes::Bytes;
use http::Request;
use sandbox::{Options, Peer, Sandbox};
use serde_json::{Value, json};
use world::{Timestamp, World};

#[tokio::test]
async fn shapes_are_as_documented() {
    let desk = Desk::new().await;
    let (_, apps) = desk.control("GET", "/control/apps", json!({})).await;
    assert_eq!(apps[0]["marketplace"], "1688");
    let granted = desk.authorize("cn_buyer_02").await;
    assert_eq!(granted["member_id"], "b2b-2208571002");
    let (_, offers) = desk.control("GET", "/control/1688/offers", json!({})).await;
    let vase = offers["offers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|o| o["item_id"] == VASE)
        .unwrap();
    assert_eq!(
        (
            &vase["price_fen"],
            &vase["minimum"],
            &vase["specifications"]
        ),
        (&json!(20840), &json!(1), &json!([]))
    );
    assert_eq!(vase["seller_name"], "齐家居家日用百货旗舰店");
    let (_, accounts) = desk
        .control("GET", "/control/1688/accounts", json!({}))
        .await;
    assert!(accounts["accounts"].as_array().unwrap().len() >= 4);
    let (_, order) = desk
        .control("POST", "/control/1688/orders", json!({"account": BUYER, "lines": [{"item_id": VASE, "quantity": 2}], "reference": "AP9"}))
        .await;
    assert_eq!(
        (
            &order["reference"],
            &order["status"],
            &order["state"],
            &order["total_fen"]
        ),
        (
            &json!("AP9"),
            &json!("waitbuyerpay"),
            &json!("unpaid"),
            &json!(41_680)
        )
    );
    assert_eq!(desk.list(&[("outOrderId", "AP9")]).await["totalRecord"], 1);
    let (_, one) = desk
        .control(
            "GET",
            &format!("/control/1688/orders/{}", order["number"].as_str().unwrap()),
            json!({}),
        )
        .await;
    assert_eq!(one, order);
}

#[tokio::test]
async fn the_seller_changes_prices_closes_lines_and_refunds() {
    let desk = Desk::new().await;
    let specs = desk.specs(HOODIE).await;
    let body = desk.create("AP1", json!([{"offerId": HOODIE, "specId": specs[0], "quantity": 3}, {"offerId": HOODIE, "specId": specs[1], "quantity": 1}])).await;
    let number = body["result"]["orderId"].as_str().unwrap().to_owned();
    let before = desk
        .act(
            &number,
            "price",
            json!({"goods_fen": 10_001, "freight_fen": 250}),
        )
        .await;
    assert_eq!(
        (&before["goods_fen"], &before["total_fen"]),
        (&json!(10_001), &json!(10_251))
    );
    let info = desk.view(&number).await["result"].clone();
    assert_eq!(info["baseInfo"]["discount"], 10_001 - 4 * 4_580);
    let items = info["productItems"].as_array().unwrap();
    let cents: i64 = before["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["amount_fen"].as_i64().unwrap())
        .sum();
    assert_eq!(cents, 10_001);
    assert_eq!(
        items[0]["entryDiscount"].as_i64().unwrap() + items[1]["entryDiscount"].as_i64().unwrap(),
        10_001 - 4 * 4_580
    );

    let line = before["lines"][1]["line"].as_str().unwrap().to_owned();
    let closed = desk
        .act(
            &number,
            "close",
            json!({"line": line, "reason": "sellerGoodsLack"}),
        )
        .await;
    assert_eq!(closed["state"], "unpaid");
    assert_eq!(closed["lines"][1]["status"], "cancel");
    assert_eq!(closed["goods_fen"], before["lines"][0]["amount_fen"]);
    desk.act(&number, "pay", json!({})).await;
    let opened = desk
        .act(
            &number,
            "refund",
            json!({"amount_fen": 100, "step": "open"}),
        )
        .await;
    let refund = opened["refunds"][0]["id"].as_str().unwrap().to_owned();
    assert!(refund.starts_with("TQ"));
    let shipped = desk.act(&number, "ship", json!({})).await;
    assert_eq!(
        shipped["refunds"][0]["status"], "refundclose",
        "shipping closes it"
    );
    let back = desk
        .act(&number, "refund", json!({"amount_fen": 100}))
        .await;
    assert_eq!(back["refunded_fen"], 100);
    let line_word = desk.view(&number).await["result"]["productItems"][0]["refundStatus"].clone();
    assert_eq!(line_word, "REFUND_SUCCESS");
    let whole = desk.vase("AP2").await;
    desk.act(&whole, "pay", json!({})).await;
    let ended = desk.act(&whole, "refund", json!({})).await;
    assert_eq!(
        (&ended["status"], &ended["refunded_fen"]),
        (&json!("cancel"), &json!(20_840))
    );
    desk.knobs(json!({"refunded_order_is_terminated": true}))
        .await;
    let whole = desk.vase("AP3").await;
    desk.act(&whole, "pay", json!({})).await;
    assert_eq!(
        desk.act(&whole, "refund", json!({})).await["status"],
        "terminated"
    );
}

#[tokio::test]
async fn slips_are_explained_and_change_nothing() {
    let desk = Desk::new().await;
    let number = desk.vase("AP1").await;
    let orders = format!("/control/1688/orders/{number}");
    for (path, body, status, word) in [
        (format!("{orders}/ship"), json!({}), 409, "only a paid one"),
        (
            format!("{orders}/sign"),
            json!({}),
            409,
            "nothing on the way",
        ),
        (
            format!("{orders}/complete"),
            json!({}),
            409,
            "wholly shipped",
        ),
        (format!("{orders}/refund"), json!({}), 409, "no money"),
        (
            format!("{orders}/price"),
            json!({}),
            400,
            "nothing to change",
        ),
        (
            format!("{orders}/price"),
            json!({"goods_fen": -1}),
            400,
            "below 0",
        ),
        (
            format!("{orders}/price"),
            json!({"discount_fen": -99_999_999}),
            400,
            "larger than",
        ),
        (
            format!("{orders}/price"),
            json!({"good_fen": 1}),
            400,
            "good_fen",
        ),
        (
            format!("{orders}/price"),
            json!({"goods_fen": "much"}),
            400,
            "whole number",
        ),
        (
            format!("{orders}/close"),
            json!({"line": 12}),
            404,
            "no open line",
        ),
        (format!("{orders}/fly"), json!({}), 404, "actions are"),
        (
            "/control/1688/orders/1/pay".into(),
            json!({}),
            404,
            "no order 1",
        ),
        (
            "/control/1688/authorize".into(),
            json!({"account": "nobody"}),
            404,
            "nobody",
        ),
        (
            "/control/1688/orders".into(),
            json!({"account": BUYER, "lines": []}),
            400,
            "empty",
        ),
        (
            "/control/1688/orders".into(),
            json!({"account": BUYER, "lines": [{"item_id": HOODIE}]}),
            400,
            "Specification",
        ),
        ("/control/1688/held/99/release".into(), json!({}), 404, "99"),
        ("/control/ebay/orders".into(), json!({}), 404, "ebay"),
        (
            format!("/control/1688/offers/{VASE}"),
            json!({"stock": -5}),
            400,
            "stock",
        ),
    ] {
        let (got, answer) = desk.control("POST", &path, body).await;
        assert_eq!(got, status, "{path} {answer}");
        assert!(
            answer["error"].as_str().unwrap().contains(word),
            "{path} {answer}"
        );
    }
    let (status, answer) = desk
        .control("PUT", "/control/1688/knobs", json!({"latency": 1}))
        .await;
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("latency_ms"));
    assert_eq!(desk.orders().await[0]["story"].as_array().unwrap().len(), 1);
}

async fn as_peer(sandbox: &Sandbox, peer: &str, host: &str, token: Option<&str>) -> u16 {
    let mut request = Request::get("/control/apps").header("host", host);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut request = request.body(Bytes::new()).unwrap();
    request
        .extensions_mut()
        .insert(Peer(Some(peer.parse().unwrap())));
    sandbox.call(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn control_is_open_from_this_machine_and_else_needs_the_token() {
    let (world, _) = World::fixed(Timestamp::from_seconds(1_772_416_800), 1);
    let options = Options {
        control_token: Some("let-me-in".into()),
        ..Options::default()
    };
    let sandbox = Sandbox::open(None, world, options).await.unwrap();
    assert_eq!(
        as_peer(&sandbox, "127.0.0.1:5", "localhost:8689", None).await,
        200
    );
    assert_eq!(
        as_peer(&sandbox, "10.0.0.9:5", "sandbox.example", None).await,
        401
    );
    assert_eq!(
        as_peer(&sandbox, "10.0.0.9:5", "localhost", None).await,
        401
    );
    assert_eq!(
        as_peer(&sandbox, "127.0.0.1:5", "evil.example", None).await,
        401,
        "another name for this machine"
    );
    assert_eq!(
        as_peer(&sandbox, "10.0.0.9:5", "sandbox.example", Some("wrong")).await,
        401
    );
    assert_eq!(
        as_peer(&sandbox, "10.0.0.9:5", "sandbox.example", Some("let-me-in")).await,
        200
    );
    let nobody = Request::get("/console/1688/orders")
        .extension(Peer(None))
        .body(Bytes::new())
        .unwrap();
    assert_eq!(sandbox.call(nobody).await.unwrap().status(), 401);
}

#[tokio::test]
async fn hostile_input_gets_an_answer() {
    let desk = Desk::new().await;
    let big = vec![b'x'; (1 << 20) + 1];
    let response = desk
        .send(Request::post("/openapi/x").body(big.into()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), 413);
    for (path, kind, body) in [
        ("/openapi/", "application/json", &b"\xff\xfe"[..]),
        ("/openapi/param2/1/a/b/c/d/e", "multipart/form-data", b"--"),
        (
            "/openapi/param2/1/%00/%FF/1?a=%zz&=&&==",
            "application/x-www-form-urlencoded",
            b"%%%=%&a",
        ),
        ("/control/1688/orders", "application/json", b"[1,2"),
        ("/control/1688/orders", "application/json", b"[]"),
        ("/offer/..%2f..%2fetc.html", "text/plain", b""),
        ("/img/1/x.svg", "text/plain", b""),
        (
            "/oauth/authorize",
            "application/x-www-form-urlencoded",
            b"step=consent",
        ),
        ("//", "text/plain", b""),
    ] {
        let request = Request::post(path)
            .header("content-type", kind)
            .body(Bytes::from_static(body))
            .unwrap();
        let response = desk.send(request).await.unwrap();
        assert!(
            response.status().as_u16() < 500,
            "{path} {}",
            response.status()
        );
    }
    let deep = format!("{{\"account\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let (status, _) = {
        let response = desk
            .send(
                Request::post("/control/1688/authorize")
                    .body(deep.into())
                    .unwrap(),
            )
            .await
            .unwrap();
        (response.status().as_u16(), Value::Null)
    };
    assert_eq!(status, 400);
}

#[tokio::test]
async fn programs_may_ask_in_process() {
    let desk = Desk::new().await;
    assert_eq!(
        desk.sandbox.app("1688").await,
        Some((desk.key.clone(), desk.secret.clone()))
    );
    assert!(desk.sandbox.offers("1688").await.len() >= 300);
    assert!(desk.sandbox.offers("ebay").await.is_empty());
    let (status, body) = desk
        .sandbox
        .control(http::Method::GET, "/control/time", &Value::Null)
        .await;
    assert_eq!(
        (status, &body["now_ms"]),
        (200, &json!(1_772_416_800_000_i64))
    );
    let (status, _) = desk
        .sandbox
        .control(
            http::Method::PUT,
            "/control/1688/knobs",
            &json!({"latency_ms": 3}),
        )
        .await;
    assert_eq!(status, 200);
}
