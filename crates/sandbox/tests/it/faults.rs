//! Faults for the next requests: each is demonstrated with what it leaves behind.

use crate::desk::{BUYER, CUP, Desk, HOODIE, VASE};
use sandbox::Fault;
use serde_json::{Value, json};

fn vase() -> Value {
    json!([{"offerId": VASE, "quantity": 1}])
}

#[tokio::test]
async fn a_lost_request_leaves_nothing_and_a_lost_answer_leaves_an_order() {
    let desk = Desk::new().await;
    desk.knobs(json!({"faults": [{"fault": "request_lost", "api": "createCrossOrder"}]}))
        .await;
    assert!(matches!(
        desk.try_create("AP1", vase()).await,
        Err(Fault::NoAnswer)
    ));
    assert!(desk.orders().await.is_empty());
    desk.knobs(json!({"faults": [{"fault": "answer_lost", "api": "createCrossOrder"}]}))
        .await;
    assert!(matches!(
        desk.try_create("AP2", vase()).await,
        Err(Fault::NoAnswer)
    ));
    let found = desk.list(&[("outOrderId", "AP2")]).await;
    assert_eq!(found["totalRecord"], 1);
    let (_, counters) = desk
        .control("GET", "/control/1688/counters", json!({}))
        .await;
    assert_eq!(counters["references"][0]["reference"], "AP1");
    assert_eq!(counters["references"][0]["creates_received"], 1);
    assert_eq!(counters["references"][0]["orders"], json!([]));
    assert_eq!(
        counters["references"][1]["orders"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(counters["calls"]["alibaba.trade.createCrossOrder"], 2);
}

#[tokio::test]
async fn a_body_is_cut_and_garbage_is_garbage() {
    let desk = Desk::new().await;
    desk.knobs(json!({"faults": [{"fault": "body_cut", "api": "createCrossOrder"}]}))
        .await;
    match desk.try_create("AP1", vase()).await {
        Err(Fault::Truncated {
            status,
            received,
            announced,
            content_type,
        }) => {
            assert_eq!(status, 200);
            assert!(!received.is_empty() && received.len() < announced);
            assert!(content_type.starts_with("application/json"));
        }
        other => panic!("{other:?}"),
    }
    desk.knobs(json!({"faults": [{"fault": "garbage"}]})).await;
    let (status, body) = desk
        .try_api("com.alibaba.trade/alibaba.trade.getBuyerOrderList", &[])
        .await
        .unwrap();
    assert_eq!(status, 200);
    assert!(body.is_string(), "{body}");
    assert_eq!(desk.orders().await.len(), 1);
}

#[tokio::test]
async fn server_errors_come_before_or_after_the_effect() {
    let desk = Desk::new().await;
    desk.knobs(json!({"faults": [{"fault": "error_before", "status": 503}]}))
        .await;
    assert!(desk.try_create("AP1", vase()).await.unwrap().is_string());
    assert!(desk.orders().await.is_empty());
    desk.knobs(json!({"faults": [{"fault": "error_after"}]}))
        .await;
    assert!(desk.try_create("AP2", vase()).await.unwrap().is_string());
    assert_eq!(desk.orders().await.len(), 1);
}

#[tokio::test]
async fn a_held_request_waits_for_its_release_on_either_side_of_its_effect() {
    let desk = Desk::new().await;
    for (fault, orders_meanwhile) in [("hold_before", 0), ("hold_after", 1)] {
        desk.knobs(json!({"faults": [{"fault": fault, "api": "createCrossOrder"}]}))
            .await;
        let before = desk.orders().await.len();
        let reference = format!("AP-{fault}");
        let (answer, ()) = tokio::join!(desk.create(&reference, vase()), async {
            let held = loop {
                let (_, held) = desk.control("GET", "/control/1688/held", json!({})).await;
                if let Some(row) = held["held"].as_array().unwrap().first() {
                    break row.clone();
                }
            };
            assert_eq!(held["reference"], reference.as_str());
            assert_eq!(held["happened"], orders_meanwhile == 1);
            assert_eq!(desk.orders().await.len(), before + orders_meanwhile);
            let (_, released) = desk
                .control(
                    "POST",
                    &format!("/control/1688/held/{}/release", held["id"]),
                    json!({}),
                )
                .await;
            assert_eq!(released["released"], 1);
        });
        assert_eq!(answer["success"], true, "{answer}");
        assert_eq!(desk.orders().await.len(), before + 1);
    }
}

#[tokio::test]
async fn a_held_request_whose_caller_died_still_has_its_effect() {
    let desk = Desk::new().await;
    desk.knobs(json!({"faults": [{"fault": "hold_before"}]}))
        .await;
    {
        let call = std::pin::pin!(desk.try_create("AP1", vase()));
        let look = std::pin::pin!(async {
            while desk.control("GET", "/control/1688/held", json!({})).await.1["held"] == json!([])
            {
            }
        });
        let first = futures_util::future::select(call, look).await;
        assert!(
            matches!(first, futures_util::future::Either::Right(_)),
            "the caller is dropped while it waits"
        );
    }
    assert!(desk.orders().await.is_empty());
    let (_, released) = desk
        .control("POST", "/control/1688/held/release", json!({}))
        .await;
    assert_eq!(released["released"], 1);
    assert_eq!(desk.orders().await.len(), 1);
}

#[tokio::test]
async fn a_delay_ends_with_the_tick() {
    let desk = Desk::new().await;
    desk.knobs(json!({"latency_ms": 3000})).await;
    let (answer, ()) = tokio::join!(desk.create("AP1", vase()), async {
        while desk.control("GET", "/control/1688/held", json!({})).await.1["held"] == json!([]) {}
        desk.clock.advance_seconds(2);
        desk.tick().await;
        assert!(desk.orders().await.is_empty());
        desk.clock.advance_seconds(1);
        desk.tick().await;
    });
    assert_eq!(answer["success"], true);
}

#[tokio::test]
async fn price_stock_and_specification_change_between_preview_and_create() {
    let desk = Desk::new().await;
    let specs = desk.specs(CUP).await;
    let cups = json!([{"offerId": CUP, "specId": specs[0], "quantity": 2}]);
    let preview = desk.preview(cups.clone()).await;
    assert_eq!(
        preview["orderPreviewResuslt"][0]["sumPaymentNoCarriage"],
        4700
    );
    desk.knobs(json!({"faults": [{"fault": "price_change", "api": "createCrossOrder", "price_fen": 2500, "offer": CUP}]})).await;
    let body = desk.create("AP1", cups.clone()).await;
    let number = body["result"]["orderId"].as_str().unwrap();
    assert_eq!(
        desk.view(number).await["result"]["baseInfo"]["sumProductPayment"].to_string(),
        "50"
    );
    assert_eq!(
        desk.preview(cups.clone()).await["orderPreviewResuslt"][0]["sumPaymentNoCarriage"],
        5000,
        "the new price stands"
    );

    desk.knobs(
        json!({"faults": [{"fault": "stock_change", "stock": 1, "api": "createCrossOrder"}]}),
    )
    .await;
    assert_eq!(desk.create("AP2", cups.clone()).await["code"], "500_004");
    desk.knobs(json!({"faults": [{"fault": "specification_gone", "api": "createCrossOrder"}]}))
        .await;
    let other = json!([{"offerId": CUP, "specId": specs[1], "quantity": 1}]);
    assert_eq!(desk.create("AP3", other).await["code"], "500_003");
    let (_, detail) = desk
        .api(
            "com.alibaba.fenxiao.crossborder/product.search.queryProductDetail",
            &[("offerDetailParam", json!({"offerId": CUP}).to_string())],
        )
        .await;
    let left = detail["result"]["result"]["productSkuInfos"]
        .as_array()
        .unwrap();
    assert!(left.iter().all(|sku| sku["specId"] != specs[1].as_str()));
    desk.knobs(json!({"faults": [{"fault": "price_change", "percent": 10, "offer": VASE}]}))
        .await;
    assert_eq!(
        desk.preview(vase()).await["orderPreviewResuslt"][0]["sumPaymentNoCarriage"],
        22_924
    );
}

#[tokio::test]
async fn a_create_is_split_or_loses_a_line() {
    let desk = Desk::new().await;
    let specs = desk.specs(HOODIE).await;
    let three = json!([{"offerId": HOODIE, "specId": specs[0], "quantity": 1}, {"offerId": HOODIE, "specId": specs[1], "quantity": 2}, {"offerId": HOODIE, "specId": specs[2], "quantity": 3}]);
    desk.knobs(json!({"faults": [{"fault": "split", "orders": 2}]}))
        .await;
    let body = desk.create("AP1", three.clone()).await;
    let list = body["result"]["orderList"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    assert!(body["result"].get("orderId").is_none());
    assert!(list[0]["orderAmmount"].is_number());
    assert_eq!(desk.list(&[("outOrderId", "AP1")]).await["totalRecord"], 2);

    desk.knobs(json!({"faults": [{"fault": "line_fails"}]}))
        .await;
    let body = desk.create("AP2", three.clone()).await;
    assert!(body["result"]["orderId"].is_string(), "{body}");
    let failed = &body["result"]["failedOfferList"][0];
    assert_eq!(
        (&failed["offerId"], &failed["specId"], &failed["errorCode"]),
        (&json!(HOODIE), &json!(specs[0]), &json!("500_004"))
    );
    let number = body["result"]["orderId"].as_str().unwrap();
    assert_eq!(
        desk.view(number).await["result"]["productItems"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    desk.knobs(json!({"stock_failure_by_line": true})).await;
    let short = json!([{"offerId": HOODIE, "specId": specs[0], "quantity": 1}, {"offerId": HOODIE, "specId": specs[1], "quantity": 999_999}]);
    let body = desk.create("AP3", short).await;
    assert_eq!(
        body["result"]["failedOfferList"][0]["specId"],
        specs[1].as_str()
    );
    assert!(body["result"]["orderId"].is_string());
}

#[tokio::test]
async fn a_new_order_hides_from_searches_and_then_surfaces() {
    let desk = Desk::new().await;
    desk.knobs(json!({"faults": [{"fault": "hide_order", "seconds": 60}]}))
        .await;
    let number = desk.vase("AP1").await;
    assert_eq!(desk.list(&[("outOrderId", "AP1")]).await["totalRecord"], 0);
    assert_eq!(desk.list(&[]).await["totalRecord"], 0);
    assert_eq!(
        desk.view(&number).await["success"],
        "true",
        "a read by number finds it"
    );
    desk.clock.advance_seconds(60);
    assert_eq!(desk.list(&[("outOrderId", "AP1")]).await["totalRecord"], 1);
}

#[tokio::test]
async fn words_tokens_and_refusals_as_wanted() {
    let desk = Desk::new().await;
    desk.knobs(json!({"faults": [{"fault": "unknown_status", "word": "waitmoonrise"}]}))
        .await;
    let number = desk.vase("AP1").await;
    assert_eq!(
        desk.view(&number).await["result"]["baseInfo"]["status"],
        "waitmoonrise"
    );
    desk.knobs(json!({"faults": [{"fault": "refuse", "code": "500_004", "message": "库存不足", "api": "preview"}]})).await;
    assert_eq!(desk.preview(vase()).await["errorCode"], "500_004");
    desk.knobs(json!({"faults": [{"fault": "throttle", "account": BUYER}]}))
        .await;
    assert_eq!(
        desk.list(&[]).await["error_code"],
        "gw.QosAppFrequencyLimit"
    );
    desk.knobs(json!({"faults": [{"fault": "token_expired"}]}))
        .await;
    assert_eq!(desk.create("AP2", vase()).await["error_code"], "401");
    assert_eq!(desk.list(&[]).await["error_code"], "401", "it stays dead");
    assert_eq!(desk.orders().await.len(), 1);
}
