//! The job of an operator from beginning to end.

use serde_json::{Value, json};
use testkit::for_each_database;

const ORDER: &str = "ORD-000000053";

/// The order that every description of the trade begins with.
fn vase() -> Value {
    json!({
        "number": ORDER, "created_at": "2015-12-02T10:48:15Z", "currency": "USD", "paid": "36",
        "customer": {"code": "C7", "name": "Иван Петров"},
        "delivery": {"service": "Международная служба доставки China Post", "cost": "2"},
        "items": [{
            "marketplace": "1688", "item": "42602653803", "quantity": 1, "price": "33.974774905192626351667",
            "expected_price_fen": 20_840, "weight_g": 1_000, "unit": "个",
            "seller": {"id": "b2b-1676547900b7bb3", "name": "齐家居家日用百货旗舰店"},
        }],
    })
}

for_each_database!(an_order_is_taken_in_booked_paid_shipped_and_seen, |whole| {
    whole.import(&vase()).await.unwrap();
    whole.connect("cn_buyer_01").await.unwrap();
    whole
        .control(
            "PUT",
            "/1688/push",
            json!({"url": "http://127.0.0.1:8080/push/1688"}),
        )
        .await
        .unwrap();
    let mut browser = whole.signed_in().await.unwrap();

    let page = browser
        .get(&format!("/orders/{ORDER}/purchase"))
        .await
        .unwrap();
    page.must_show("Ready for purchase");
    let item = page.field("item").unwrap();
    let session = page
        .body
        .split("name=\"session\"")
        .nth(1)
        .and_then(|rest| rest.split("value=\"").nth(1))
        .and_then(|rest| rest.split('"').next());
    let (request, session) = (
        page.field("request_id").unwrap(),
        session.unwrap().to_owned(),
    );
    let form = [
        ("request_id", request.as_str()),
        ("item", item.as_str()),
        ("session", session.as_str()),
    ];
    // A double click is one run.
    browser
        .submit(&format!("/orders/{ORDER}/book"), &form)
        .await
        .unwrap();
    browser
        .submit(&format!("/orders/{ORDER}/book"), &form)
        .await
        .unwrap();
    whole.run_for(5).await.unwrap();

    let orders = whole.market_orders().await.unwrap();
    assert_eq!(orders.len(), 1);
    let number = orders[0]["number"].as_str().unwrap().to_owned();
    browser
        .get(&format!("/orders/{ORDER}/purchase"))
        .await
        .unwrap()
        .must_show(&number);

    whole.side().act(&number, "pay", json!({})).await.unwrap();
    whole
        .side()
        .act(
            &number,
            "ship",
            json!({"company": "ZTO", "tracking": "75930000000001"}),
        )
        .await
        .unwrap();
    whole.run_for(20).await.unwrap();
    let page = browser
        .get(&format!("/orders/{ORDER}/purchase"))
        .await
        .unwrap();
    page.must_show("75930000000001");
    page.must_show("Shipped by seller");
    whole.end().await.unwrap();
});
