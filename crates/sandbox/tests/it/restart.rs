//! What was answered is there after the process is gone.

use crate::desk::{Desk, VASE};
use serde_json::json;

#[tokio::test]
async fn orders_tokens_knobs_stock_and_counters_survive() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.sqlite");
    let (number, token, secret, stock) = {
        let desk = Desk::at(Some(&file), 7).await;
        let number = desk.vase("AP1").await;
        desk.act(&number, "pay", json!({})).await;
        desk.knobs(json!({"pay_timeout_s": 77, "faults": [{"fault": "answer_lost", "next": 2, "api": "createCrossOrder"}]})).await;
        let lost = desk
            .try_create("AP2", json!([{"offerId": VASE, "quantity": 3}]))
            .await;
        assert!(lost.is_err());
        let (_, offer) = desk
            .control("GET", &format!("/control/1688/offers/{VASE}"), json!({}))
            .await;
        // Nothing is closed or said goodbye to: dropped as a killed process is.
        (
            number,
            desk.token.clone(),
            desk.secret.clone(),
            offer["stock"].clone(),
        )
    };
    let desk = Desk::at(Some(&file), 8).await;
    assert_eq!(desk.secret, secret);
    let desk = Desk { token, ..desk };
    assert_eq!(
        desk.view(&number).await["result"]["baseInfo"]["status"],
        "waitsellersend"
    );
    assert_eq!(desk.list(&[("outOrderId", "AP2")]).await["totalRecord"], 1);
    let (_, knobs) = desk.control("GET", "/control/1688/knobs", json!({})).await;
    assert_eq!(knobs["pay_timeout_s"], 77);
    assert_eq!(knobs["faults"][0]["next"], 1);
    let (_, offer) = desk
        .control("GET", &format!("/control/1688/offers/{VASE}"), json!({}))
        .await;
    assert_eq!(offer["stock"], stock);
    let (_, counters) = desk
        .control("GET", "/control/1688/counters", json!({}))
        .await;
    assert_eq!(counters["references"][1]["creates_received"], 1);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_numbers() {
    let one = Desk::new().await;
    let two = Desk::new().await;
    assert_eq!(
        (&one.key, &one.secret, &one.token),
        (&two.key, &two.secret, &two.token)
    );
    assert_eq!(one.vase("AP1").await, two.vase("AP1").await);
}
