//! Messages: signed, tried again, kept, pulled; and what knobs do to them.

use crate::desk::{Desk, sign};
use sandbox::PushDelivery;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn read(desk: &Desk, push: &PushDelivery) -> Value {
    let fields: BTreeMap<String, String> = url::form_urlencoded::parse(push.body.as_bytes())
        .into_owned()
        .collect();
    let message = fields["message"].clone();
    assert_eq!(
        fields["_aop_signature"],
        sign(&desk.secret, "", &[("message".into(), message.clone())]),
        "signed with an empty path"
    );
    serde_json::from_str(&message).unwrap()
}

async fn listening() -> Desk {
    let desk = Desk::new().await;
    let (status, _) = desk
        .control(
            "PUT",
            "/control/1688/push",
            json!({"url": "http://127.0.0.1:9/push/1688"}),
        )
        .await;
    assert_eq!(status, 200);
    desk
}

async fn take_all(desk: &Desk) -> Vec<Value> {
    let due = desk.tick().await;
    let mut messages = Vec::new();
    for push in &due {
        messages.push(read(desk, push));
        desk.sandbox.push_result(&push.id, true).await.unwrap();
    }
    messages
}

#[tokio::test]
async fn every_step_of_an_order_is_told_once() {
    let desk = listening().await;
    let number = desk.vase("AP1").await;
    desk.act(
        &number,
        "price",
        json!({"freight_fen": 500, "discount_fen": -40}),
    )
    .await;
    desk.act(&number, "pay", json!({})).await;
    desk.act(&number, "ship", json!({})).await;
    desk.act(&number, "sign", json!({})).await;
    desk.act(&number, "complete", json!({})).await;
    let messages = take_all(&desk).await;
    let seen: Vec<(String, String)> = messages
        .iter()
        .map(|m| {
            (
                m["type"].as_str().unwrap().to_owned(),
                m["data"]["currentStatus"]
                    .as_str()
                    .unwrap_or("-")
                    .to_owned(),
            )
        })
        .collect();
    let expected = [
        ("ORDER_BUYER_VIEW_BUYER_MAKE", "waitbuyerpay"),
        ("ORDER_BUYER_VIEW_ORDER_PRICE_MODIFY", "waitbuyerpay"),
        ("ORDER_BUYER_VIEW_ORDER_PAY", "waitsellersend"),
        ("ORDER_BUYER_VIEW_ANNOUNCE_SENDGOODS", "waitbuyerreceive"),
        ("LOGISTICS_BUYER_VIEW_TRACE", "-"),
        ("LOGISTICS_BUYER_VIEW_TRACE", "-"),
        ("ORDER_BUYER_VIEW_ORDER_COMFIRM_RECEIVEGOODS", "success"),
        ("ORDER_BUYER_VIEW_ORDER_SUCCESS", "success"),
    ];
    assert_eq!(seen.len(), expected.len(), "{seen:?}");
    for ((topic, status), (wanted, word)) in seen.iter().zip(expected) {
        assert_eq!(topic, wanted);
        assert!(
            status == word || status.starts_with("confirm_goods"),
            "{topic} {status}"
        );
    }
    let pay = &messages[2];
    assert_eq!(pay["userInfo"], "b2b-2208571001");
    assert_eq!(pay["data"]["orderId"].to_string(), number);
    assert_eq!(pay["data"]["msgSendTime"], "2026-03-02 10:00:00");
    assert_eq!(pay["gmtBorn"], 1_772_416_800_000_i64);
    assert!(desk.tick().await.is_empty(), "nothing comes again");
}

#[tokio::test]
async fn three_tries_and_then_it_waits_to_be_pulled() {
    let desk = listening().await;
    desk.vase("AP1").await;
    for attempt in 1..=3 {
        let due = desk.tick().await;
        assert_eq!(due.len(), 1, "try {attempt}");
        assert_eq!(due[0].attempt, attempt);
        desk.sandbox.push_result(&due[0].id, false).await.unwrap();
        assert!(desk.tick().await.is_empty(), "not at once");
        desk.clock.advance_seconds(10);
    }
    assert!(desk.tick().await.is_empty());
    let query = "cn.alibaba.open/push.query.messageList";
    let (_, page) = desk.api(query, &[]).await;
    assert_eq!(page["pushMessagePage"]["totalCount"], 1);
    let message = &page["pushMessagePage"]["datas"][0];
    assert_eq!(message["type"], "ORDER_BUYER_VIEW_BUYER_MAKE");
    let id = message["msgId"].to_string();
    let (_, confirmed) = desk
        .api(
            "cn.alibaba.open/push.message.confirm",
            &[("msgIdList", format!("[{id}]"))],
        )
        .await;
    assert_eq!(confirmed["isSuccess"], true);
    assert_eq!(
        desk.api(query, &[]).await.1["pushMessagePage"]["totalCount"],
        0
    );
}

#[tokio::test]
async fn a_try_without_a_result_counts_as_failed() {
    let desk = listening().await;
    desk.vase("AP1").await;
    for _ in 0..3 {
        assert_eq!(desk.tick().await.len(), 1);
        desk.clock.advance_seconds(31);
    }
    assert!(desk.tick().await.is_empty());
    let (_, list) = desk.control("GET", "/control/1688/pushes", json!({})).await;
    assert_eq!(list["pushes"][0]["state"], "kept");
}

#[tokio::test]
async fn knobs_drop_double_delay_and_shuffle() {
    let desk = listening().await;
    desk.knobs(
        json!({"faults": [{"fault": "push_dropped", "api": "ORDER_BUYER_VIEW_BUYER_MAKE"}]}),
    )
    .await;
    desk.vase("AP1").await;
    assert!(desk.tick().await.is_empty());
    let (_, pulled) = desk
        .api("cn.alibaba.open/push.cursor.messageList", &[])
        .await;
    assert_eq!(pulled["pushMessageList"].as_array().unwrap().len(), 1);
    let (_, again) = desk
        .api("cn.alibaba.open/push.cursor.messageList", &[])
        .await;
    assert_eq!(
        again["pushMessageList"],
        json!([]),
        "reading confirmed them"
    );

    desk.knobs(json!({"push_double": true})).await;
    desk.vase("AP2").await;
    let twice = take_all(&desk).await;
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0]["msgId"], twice[1]["msgId"]);

    desk.knobs(json!({"push_double": false, "push_late_s": 60, "push_data_as_text": true}))
        .await;
    desk.vase("AP3").await;
    assert!(desk.tick().await.is_empty());
    desk.clock.advance_seconds(60);
    let late = take_all(&desk).await;
    assert!(late[0]["data"].is_string());

    desk.knobs(json!({"reset": true, "push_shuffle": true}))
        .await;
    for n in 0..8 {
        desk.vase(&format!("AP-s{n}")).await;
    }
    let mut order = Vec::new();
    for _ in 0..40 {
        order.extend(
            take_all(&desk)
                .await
                .iter()
                .map(|m| m["msgId"].as_i64().unwrap()),
        );
        desk.clock.advance_seconds(1);
    }
    assert_eq!(order.len(), 8);
    assert!(!order.is_sorted(), "{order:?}");
}

#[tokio::test]
async fn who_has_not_authorised_or_took_it_back_is_told_nothing() {
    let desk = listening().await;
    let (_, order) = desk
        .control(
            "POST",
            "/control/1688/orders",
            json!({"account": "cn_buyer_03", "lines": [{"item_id": "42602653803", "quantity": 1}]}),
        )
        .await;
    assert!(order["number"].is_string());
    assert!(desk.tick().await.is_empty());
    let number = desk.vase("AP1").await;
    assert_eq!(take_all(&desk).await.len(), 1);
    desk.control(
        "POST",
        "/control/1688/accounts/cn_buyer_01/revoke",
        json!({}),
    )
    .await;
    desk.act(&number, "pay", json!({})).await;
    assert!(desk.tick().await.is_empty());
}
