//! Messages: signed over the raw body, tried twelve times, always with what is true then.

use super::{Desk, hmac_hex, line, mug, text};
use sandbox::PushDelivery;
use serde_json::{Value, json};

fn read(desk: &Desk, push: &PushDelivery) -> Value {
    let head = |name: &str| {
        push.headers
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
            .unwrap()
    };
    assert_eq!(head("content-type"), "application/json");
    let sign = hmac_hex(&desk.secret, &format!("{}{}", desk.key, push.body));
    assert_eq!(head("authorization"), data_encoding::HEXLOWER.encode(&sign));
    assert_eq!(push.within_ms, 500);
    let body: Value = serde_json::from_str(&push.body).unwrap();
    assert_eq!(body["seller_id"], "2100000927014");
    assert_eq!(body["site"], "taobao_hk");
    body
}

async fn listening() -> Desk {
    let desk = Desk::new().await;
    desk.control(
        "PUT",
        "push",
        json!({"url": "http://127.0.0.1:9/push/taobao"}),
    )
    .await;
    desk
}

async fn take(desk: &Desk, seconds: i64) -> Vec<Value> {
    let mut seen = Vec::new();
    for push in desk.wait(seconds).await {
        seen.push(read(desk, &push));
        desk.sandbox.push_result(&push.id, true).await.unwrap();
    }
    seen
}

#[tokio::test]
async fn every_step_is_told() {
    let desk = listening().await;
    let body = desk.create("AP1", json!([line(&mug(), 2, "L7")])).await;
    let number = text(&body["data"]["order_list"][0]["purchase_id"]);
    let made = take(&desk, 0).await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["message_type"], 3);
    assert_eq!(made[0]["data"]["status"], "BULIDING");
    let built = take(&desk, 5).await;
    let data = &built[0]["data"];
    assert_eq!(data["status"], "WAIT_BUYER_P");
    assert_eq!(data["purchase_id"].to_string(), number);
    assert_eq!(data["outer_purchase_id"], "AP1");
    assert_eq!(data["seller_id"], 2_100_000_927_014_i64);
    assert_eq!(data["sku_list"][0]["order_line_no"], "L7");
    assert_eq!(data["sku_list"][0]["item_id"].to_string(), super::MUG.1);
    assert_eq!(
        built[0]["timestamp"],
        desk.sandbox.world().now().millis() / 1_000
    );

    desk.act(&number, "price", json!({"freight_fen": 300}))
        .await;
    let dearer = take(&desk, 1).await;
    assert_eq!(dearer[0]["message_type"], 8);
    assert_eq!(dearer[0]["data"]["purchaseOrderId"], number);
    assert_eq!(
        dearer[0]["data"]["purchaseOrderPriceDTO"]["purchaseTotalFee"],
        2_300
    );
    let row = &dearer[0]["data"]["purchaseOrderLinePriceChangeMessageDTOList"][0];
    assert_eq!(row["purchaseOrderItemPriceDTO"]["purchaseShippingFee"], 300);
    assert_eq!(row["salesOrderLineIdList"], json!(["L7"]));

    desk.act(&number, "pay", json!({})).await;
    desk.act(
        &number,
        "refund",
        json!({"step": "open", "amount_fen": 100}),
    )
    .await;
    let both = take(&desk, 1).await;
    assert_eq!(both.len(), 2);
    assert_eq!(both[0]["data"]["status"], "WAIT_SELLER_SEND_GOODS");
    assert_eq!(both[1]["message_type"], 9);
    assert_eq!(both[1]["data"]["refund_status"], 10);

    desk.act(&number, "ship", json!({"tracking": "Z1"})).await;
    let sent = take(&desk, 1).await;
    let last = sent.iter().rfind(|body| body["message_type"] == 3).unwrap();
    assert_eq!(last["data"]["sku_list"][0]["logistic_number"], "Z1");
    assert_eq!(
        last["data"]["sku_list"][0]["status"],
        "WAIT_BUYER_CONFIRM_GOODS"
    );
    assert!(take(&desk, 3_600).await.is_empty(), "nothing comes again");
}

#[tokio::test]
async fn a_message_that_was_not_taken_comes_again_and_tells_what_is_true_by_then() {
    let desk = listening().await;
    let number = desk
        .control(
            "POST",
            "orders",
            json!({"account": "tb_dist_01", "lines": [{"item_id": super::MUG.0}]}),
        )
        .await["number"]
        .as_str()
        .unwrap()
        .to_owned();
    let first = desk.wait(0).await;
    assert_eq!(read(&desk, &first[0])["data"]["status"], "WAIT_BUYER_P");
    desk.sandbox.push_result(&first[0].id, false).await.unwrap();
    desk.knobs(json!({"faults": [{"fault": "push_dropped", "api": "3"}]}))
        .await;
    desk.act(&number, "pay", json!({})).await;
    assert!(
        desk.wait(1_799).await.is_empty(),
        "not before half an hour, and the other was dropped"
    );
    for attempt in 2..=12 {
        let again = desk.wait(1_800).await;
        assert_eq!(again.len(), 1, "try {attempt}");
        assert_eq!(again[0].attempt, attempt);
        assert_eq!(
            read(&desk, &again[0])["data"]["status"],
            "WAIT_SELLER_SEND_GOODS"
        );
        desk.sandbox.push_result(&again[0].id, false).await.unwrap();
    }
    assert!(desk.wait(1_800).await.is_empty());
}

#[tokio::test]
async fn without_consent_nothing_goes_out_not_even_what_waits() {
    let desk = listening().await;
    desk.knobs(json!({"push_double": true, "push_late_s": 60}))
        .await;
    desk.create("AP1", json!([line(&mug(), 1, "1")])).await;
    assert!(desk.wait(59).await.iter().all(|push| push.attempt == 0));
    let two = desk.wait(1).await;
    assert_eq!(two.len(), 2, "doubled");
    assert_eq!(two[0].body, two[1].body);
    desk.control("POST", "accounts/tb_dist_01/revoke", json!({}))
        .await;
    assert!(desk.wait(3_600).await.is_empty());
}
