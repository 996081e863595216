//! Knobs, control and what survives a restart.

use super::{CUP, Desk, MUG, SHIRT, line, list, mug, numbers, text, yes};
use serde_json::{Value, json};

#[tokio::test]
async fn each_marketplace_has_its_own_knobs_with_its_own_usual_values() {
    let desk = Desk::new().await;
    let ours = desk.control("GET", "knobs", Value::Null).await;
    let (_, theirs) = desk
        .sandbox
        .control(http::Method::GET, "/control/1688/knobs", &Value::Null)
        .await;
    assert_eq!(
        (&ours["push_tries"], &theirs["push_tries"]),
        (&json!(12), &json!(3))
    );
    assert_eq!(
        (&ours["code_s"], &theirs["code_s"]),
        (&json!(1_800), &json!(120))
    );
    assert!(ours.get("unwrapped_create").is_none() && theirs.get("types").is_none());
    for (bad, word) in [
        (
            json!({"unwrapped_create": true}),
            "there is no knob `unwrapped_create`",
        ),
        (json!({"types": "odd"}), "`types`"),
        (json!({"building_s": -1}), "building_s"),
        (json!({"finished_word": ""}), "finished_word"),
    ] {
        let (status, body) = desk.try_control("PUT", "knobs", bad).await;
        assert_eq!(status, 400);
        assert!(body["error"].as_str().unwrap().contains(word), "{body}");
    }
    desk.knobs(json!({"building_s": 0, "types": "text"})).await;
    desk.knobs(json!({"reset": true})).await;
    assert_eq!(desk.control("GET", "knobs", Value::Null).await, ours);
}

#[tokio::test]
async fn documented_types_are_those_of_the_tables() {
    let desk = Desk::new().await;
    desk.knobs(json!({"types": "documented"})).await;
    let body = desk.create("AP1", json!([line(&mug(), 1, "1")])).await;
    assert_eq!(body["success"], true);
    assert!(body["error_code"].is_null());
    let order = &body["data"]["order_list"][0];
    assert!(order["purchase_id"].is_i64());
    assert_eq!(order["order_line_list"][0]["item_id"], MUG.1);
    assert_eq!(
        order["order_line_list"][0]["sku_id"],
        MUG.2.parse::<i64>().unwrap()
    );
    assert_eq!(order["estimate_amount"], 1_000);
    desk.knobs(json!({"types": "text"})).await;
    let text = desk.query(&[]).await;
    assert!(list(&text["purchase_orders"])[0]["purchase_id"].is_string());
    desk.knobs(json!({"types": "number"})).await;
    desk.wait(5).await;
    let number = desk.query(&[]).await;
    let sub = &list(&number["purchase_orders"])[0]["sub_purchase_orders"][0];
    assert!(sub["purchase_order_outer_id"].is_i64(), "{sub}");
    assert!(sub["item_id"].is_i64());
}

#[tokio::test]
async fn faults_strike_by_api_and_by_either_id_of_an_item() {
    let desk = Desk::new().await;
    let lines = || json!([line(&mug(), 1, "1")]);
    for (fault, offer) in [("request_lost", MUG.0), ("body_cut", MUG.1)] {
        desk.knobs(
            json!({"faults": [{"fault": fault, "api": "purchase/order/create", "offer": offer}]}),
        )
        .await;
        desk.query(&[]).await;
        assert!(
            desk.try_create("AP1", lines(), &[]).await.is_err(),
            "{fault}"
        );
    }
    assert_eq!(
        text(&desk.query(&[("outer_purchase_id", "AP1")]).await["results_total"]),
        "1"
    );
    desk.knobs(json!({"faults": [{"fault": "throttle"}, {"fault": "refuse", "code": "SBX_WHY", "message": "so", "skip": 1}]})).await;
    assert_eq!(desk.create("AP2", lines()).await["code"], "ApiCallLimit");
    let refused = desk.create("AP2", lines()).await;
    assert_eq!(refused["code"], "0");
    assert_eq!(refused["error_code"], "SBX_WHY");
    desk.knobs(json!({"faults": [{"fault": "token_expired"}]}))
        .await;
    assert_eq!(
        desk.create("AP2", lines()).await["code"],
        "IllegalAccessToken"
    );
    let token = desk.authorize("tb_dist_01").await;
    let desk = Desk { token, ..desk };
    desk.knobs(json!({"faults": [{"fault": "unknown_status", "word": "ODD"}, {"fault": "hide_order", "seconds": 9}, {"fault": "split", "orders": 2}]})).await;
    let shirt = desk.rows(SHIRT).await;
    let made = numbers(
        &desk
            .create(
                "AP4",
                json!([line(&shirt[0], 1, "1"), line(&shirt[1], 1, "2")]),
            )
            .await,
    );
    assert_eq!(made.len(), 2, "one shop, split all the same");
    assert_eq!(
        text(&desk.query(&[("outer_purchase_id", "AP4")]).await["results_total"]),
        "0"
    );
    assert_eq!(desk.purchase(&made[0]).await["status"], "ODD");
    desk.knobs(json!({"faults": [{"fault": "specification_gone", "offer": SHIRT}]}))
        .await;
    assert_eq!(
        desk.create("AP5", json!([line(&shirt[2], 1, "1")])).await["error_code"],
        "SBX_SKU_NOT_FOUND"
    );
    desk.knobs(json!({"faults": [{"fault": "stock_change", "stock": 1}]}))
        .await;
    assert_eq!(
        desk.create("AP6", json!([line(&shirt[3], 2, "1")])).await["error_code"],
        "SBX_OUT_OF_STOCK"
    );
    desk.knobs(json!({"daily_order_limit": 1})).await;
    assert_eq!(
        desk.create("AP7", lines()).await["error_code"],
        "SBX_DAILY_ORDER_LIMIT"
    );
}

#[tokio::test]
async fn goods_that_cannot_be_ordered_are_told_apart() {
    let desk = Desk::new().await;
    desk.control("POST", &format!("offers/{CUP}"), json!({"minimum": 2}))
        .await;
    let cup = desk.rows(CUP).await;
    assert_eq!(
        desk.create("AP1", json!([line(&cup[0], 1, "1")])).await["error_code"],
        "SBX_BELOW_MINIMUM"
    );
    desk.control("POST", &format!("offers/{CUP}"), json!({"tradable": false}))
        .await;
    assert_eq!(
        desk.create("AP1", json!([line(&cup[0], 2, "1")])).await["error_code"],
        "SBX_ITEM_NOT_TRADABLE"
    );
    let body = desk.api("/product/get", &[("item_id", CUP)]).await;
    assert_eq!(text(&body["data"]["status"]), "0");
    let bad = json!([{"itemId": "x", "skuId": "1", "quantity": 1}]);
    assert_eq!(
        desk.create("AP1", bad).await["code"],
        "SBX_InvalidParameter"
    );
    let nobody = json!({"country": "中国大陆"}).to_string();
    let refused = desk
        .try_create(
            "AP1",
            json!([line(&mug(), 1, "1")]),
            &[("receiver", &nobody)],
        )
        .await
        .unwrap();
    assert_eq!(refused["error_code"], "SBX_ADDRESS");
}

#[tokio::test]
async fn an_order_by_hand_needs_no_row_where_there_is_one_only() {
    let desk = Desk::new().await;
    let order = desk
        .control("POST", "orders", json!({"account": "tb_dist_03", "lines": [{"item_id": MUG.0, "quantity": 2}], "reference": "H1"}))
        .await;
    assert_eq!(order["status"], "WAIT_BUYER_P");
    assert_eq!(order["total_fen"], 2_000);
    assert_eq!(order["extra"]["outer_number"].as_str().unwrap().len(), 19);
    let number = order["number"].as_str().unwrap();
    desk.act(number, "price", json!({"goods_fen": 1_800})).await;
    desk.act(number, "pay", json!({})).await;
    desk.act(number, "ship", json!({})).await;
    assert_eq!(desk.see(number).await["status"], "WAIT_BUYER_CONFIRM_GOODS");
    assert_eq!(
        desk.control("GET", "orders?account=tb_dist_03", Value::Null)
            .await["orders"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let (status, _) = desk
        .try_control(
            "POST",
            "orders",
            json!({"account": "tb_dist_03", "lines": [{"item_id": SHIRT}]}),
        )
        .await;
    assert_eq!(status, 400, "several rows: one must be named");
    assert_eq!(
        desk.control("POST", "accounts/tb_dist_01/revoke", json!({}))
            .await["revoked"],
        2
    );
    assert_eq!(
        desk.api("/purchase/orders/query", &[]).await["code"],
        "IllegalAccessToken"
    );
}

#[tokio::test]
async fn what_was_asked_for_happens_after_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.sqlite");
    let (number, token) = {
        let desk = Desk::at(Some(&file), 7).await;
        desk.knobs(json!({
            "finished_word": "DONE", "types": "documented",
            "faults": [{"fault": "line_fails"}, {"fault": "delay_before", "ms": 40, "api": "/product/get"}],
        }))
        .await;
        let shirt: Vec<_> = desk
            .control("GET", &format!("offers/{SHIRT}"), Value::Null)
            .await["specifications"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["order_id"].as_str().unwrap().to_owned())
            .collect();
        let mp = "4118220936614471".to_owned();
        let lines = json!([
            line(&(mp.clone(), shirt[0].clone()), 1, "1"),
            line(&(mp, shirt[1].clone()), 1, "2")
        ]);
        (
            numbers(&desk.create("AP1", lines).await).remove(0),
            desk.token.clone(),
        )
    };
    let desk = Desk {
        token,
        ..Desk::at(Some(&file), 8).await
    };
    assert_eq!(desk.purchase(&number).await["status"], "BULIDING");
    desk.wait(5).await;
    let order = desk.purchase(&number).await;
    assert_eq!(order["status"], "WAIT_BUYER_P");
    assert_eq!(
        order["sub_purchase_orders"][0]["error_code"],
        "SBX_OUT_OF_STOCK"
    );
    let knobs = desk.control("GET", "knobs", Value::Null).await;
    assert_eq!(knobs["finished_word"], "DONE");
    assert_eq!(knobs["faults"][0]["ms"], 40);
    assert!(yes(&json!(desk.sandbox.app("taobao").await.is_some())));
}
