//! The way of an order: detail, preview, create, read, pay, ship, receive.

use crate::desk::{Desk, HOODIE, VASE};
use serde_json::json;

#[tokio::test]
async fn an_order_goes_all_the_way() {
    let desk = Desk::new().await;
    let (status, detail) = desk
        .api(
            "com.alibaba.fenxiao.crossborder/product.search.queryProductDetail",
            &[(
                "offerDetailParam",
                json!({"offerId": VASE, "country": "en"}).to_string(),
            )],
        )
        .await;
    assert_eq!(status, 200);
    let detail = &detail["result"]["result"];
    assert_eq!(detail["offerId"].to_string(), VASE);
    assert_eq!(
        detail["productSaleInfo"]["priceRangeList"][0]["price"],
        "208.40"
    );
    assert_eq!(detail["productSkuInfos"], json!([]));

    let preview = desk
        .preview(json!([{"offerId": 42_602_653_803_i64, "quantity": 2}]))
        .await;
    let part = &preview["orderPreviewResuslt"][0];
    assert_eq!(preview["success"], true);
    assert_eq!(part["sumPayment"], 41_680);
    assert_eq!(part["cargoList"][0]["finalUnitPrice"].to_string(), "208.4");
    assert_eq!(part["cargoList"][0]["amount"].to_string(), "416.8");
    assert!(part["cargoList"][0].get("quantity").is_none());

    let number = desk.vase("AP1").await;
    assert!(number.parse::<i64>().unwrap() > 1 << 53);
    let view = desk.view(&number).await;
    assert_eq!(view["success"], "true");
    let base = &view["result"]["baseInfo"];
    assert_eq!(base["idOfStr"], number.as_str());
    assert_eq!(base["id"].to_string(), number);
    assert_eq!(base["status"], "waitbuyerpay");
    assert_eq!(base["outOrderId"], "AP1");
    assert_eq!(base["totalAmount"].to_string(), "208.4");
    assert_eq!(base["createTime"], "20260302100000000+0800");
    assert!(base.get("payTime").is_none());
    assert_eq!(
        view["result"]["productItems"][0]["subItemIDString"],
        number.as_str()
    );
    assert_eq!(view["result"]["tradeTerms"][0]["payStatus"], "1");

    desk.act(&number, "pay", json!({})).await;
    assert_eq!(
        desk.view(&number).await["result"]["baseInfo"]["status"],
        "waitsellersend"
    );
    desk.act(
        &number,
        "ship",
        json!({"company": "SF", "tracking": "SF123"}),
    )
    .await;
    let view = desk.view(&number).await;
    assert_eq!(view["result"]["baseInfo"]["status"], "waitbuyerreceive");
    assert_eq!(
        view["result"]["nativeLogistics"]["logisticsItems"][0]["logisticsBillNo"],
        "SF123"
    );
    desk.act(&number, "sign", json!({})).await;
    assert_eq!(
        desk.view(&number).await["result"]["baseInfo"]["status"],
        "signinsuccess"
    );
    desk.act(&number, "complete", json!({})).await;
    assert_eq!(
        desk.view(&number).await["result"]["baseInfo"]["status"],
        "success"
    );
}

#[tokio::test]
async fn two_specifications_make_two_lines_and_partial_shipping_is_seen_by_line() {
    let desk = Desk::new().await;
    let specs = desk.specs(HOODIE).await;
    let body = desk
        .create("AP2", json!([{"offerId": HOODIE, "specId": specs[0], "quantity": 2}, {"offerId": HOODIE, "specId": specs[1], "quantity": 1.0}]))
        .await;
    let number = body["result"]["orderId"].as_str().unwrap();
    desk.act(number, "pay", json!({})).await;
    let (_, order) = desk
        .control("GET", &format!("/control/1688/orders/{number}"), json!({}))
        .await;
    let first = order["lines"][0]["line"].as_str().unwrap();
    desk.act(
        number,
        "ship",
        json!({"lines": [{"line": first, "quantity": 1}], "tracking": "77001"}),
    )
    .await;
    let view = desk.view(number).await;
    assert_eq!(view["result"]["baseInfo"]["status"], "waitsellersend");
    assert_eq!(view["result"]["productItems"][0]["logisticsStatus"], 5);
    assert_eq!(view["result"]["productItems"][1]["logisticsStatus"], 1);
    desk.act(number, "ship", json!({})).await;
    let view = desk.view(number).await;
    assert_eq!(view["result"]["baseInfo"]["status"], "waitbuyerreceive");
    assert_eq!(
        view["result"]["nativeLogistics"]["logisticsItems"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}
