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

#[tokio::test]
async fn a_cancel_comes_too_fast_then_works_then_is_refused() {
    let desk = Desk::new().await;
    let number = desk.vase("AP1").await;
    let cancel = async |reason: &str| {
        let params = [
            ("webSite", "1688".to_owned()),
            ("tradeID", number.clone()),
            ("cancelReason", reason.to_owned()),
        ];
        desk.api("com.alibaba.trade/alibaba.trade.cancel", &params)
            .await
            .1
    };
    assert_eq!(
        cancel("buyerCancel").await["errorCode"],
        "CLOSE_ORDER_TOO_FAST"
    );
    desk.clock.advance_seconds(10);
    assert_eq!(cancel("whim").await["errorCode"], "400_1");
    assert_eq!(cancel("buyerCancel").await, json!({"success": true}));
    assert_eq!(
        cancel("buyerCancel").await["errorCode"],
        "ORDER_STATUS_ERROR"
    );
    let base = desk.view(&number).await["result"]["baseInfo"].clone();
    assert_eq!(
        (
            &base["status"],
            &base["closeOperateType"],
            &base["closeReason"]
        ),
        (
            &json!("cancel"),
            &json!("CLOSE_TRADE_BY_BUYER"),
            &json!("buyerCancel")
        )
    );
    let (_, offer) = desk
        .control("GET", &format!("/control/1688/offers/{VASE}"), json!({}))
        .await;
    assert_eq!(offer["stock"], 480, "the piece is back");
    let params = [
        ("webSite", "1688".to_owned()),
        ("tradeID", "1".to_owned()),
        ("cancelReason", "other".to_owned()),
    ];
    assert_eq!(
        desk.api("com.alibaba.trade/alibaba.trade.cancel", &params)
            .await
            .1["errorCode"],
        "ORDER_NOT_EXIST"
    );
    let other = desk.authorize("cn_buyer_02").await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let stranger = Desk {
        token: other,
        ..desk
    };
    let params = [
        ("webSite", "1688".to_owned()),
        ("tradeID", number.clone()),
        ("cancelReason", "other".to_owned()),
    ];
    assert_eq!(
        stranger
            .api("com.alibaba.trade/alibaba.trade.cancel", &params)
            .await
            .1["errorCode"],
        "400_3"
    );
}

#[tokio::test]
async fn logistics_know_what_was_shipped() {
    let desk = Desk::new().await;
    let number = desk.vase("AP1").await;
    let read = async |api: &str| {
        let params = [("webSite", "1688".to_owned()), ("orderId", number.clone())];
        desk.api(&format!("com.alibaba.logistics/{api}"), &params)
            .await
            .1
    };
    desk.act(&number, "pay", json!({})).await;
    assert_eq!(
        read("alibaba.trade.getLogisticsInfos.buyerView").await["errorCode"],
        "500_2"
    );
    let none = read("alibaba.trade.getLogisticsTraceInfo.buyerView").await;
    assert_eq!(
        none,
        json!({"errorMessage": "该订单没有物流跟踪信息。", "success": true})
    );
    desk.knobs(json!({"logistics_delay_s": 30})).await;
    desk.act(
        &number,
        "ship",
        json!({"company": "YTO", "tracking": "YT1"}),
    )
    .await;
    assert_eq!(
        read("alibaba.trade.getLogisticsInfos.buyerView").await["errorCode"],
        "500_2"
    );
    desk.clock.advance_seconds(30);
    let infos = read("alibaba.trade.getLogisticsInfos.buyerView").await;
    let info = &infos["result"][0];
    assert_eq!(
        (
            &info["logisticsBillNo"],
            &info["logisticsCompanyName"],
            &info["status"]
        ),
        (&json!("YT1"), &json!("圆通速递"), &json!("TRANSPORT"))
    );
    assert_eq!(info["sendGoods"][0]["quantity"], 1);
    let trace = read("alibaba.trade.getLogisticsTraceInfo.buyerView").await;
    assert_eq!(
        trace["logisticsTrace"][0]["logisticsSteps"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let companies = read("alibaba.logistics.OpQueryLogisticCompanyList").await;
    assert!(
        companies["result"]
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c["companyNo"] == "ZTO")
    );
}

#[tokio::test]
async fn paying_by_contract_needs_the_contract() {
    let desk = Desk::new().await;
    let number = desk.vase("AP1").await;
    let trade = async |desk: &Desk, api: &str, params: &[(&str, String)]| {
        desk.api(&format!("com.alibaba.trade/{api}"), params)
            .await
            .1
    };
    let open = trade(&desk, "alibaba.trade.pay.protocolPay.isopen", &[]).await;
    assert_eq!(
        open["result"]["result"]["paymentAgreements"][0]["signedStatus"],
        "true"
    );
    let ways = trade(
        &desk,
        "alibaba.trade.payWay.query",
        &[("orderId", number.clone())],
    )
    .await;
    assert_eq!(ways["resultList"]["payFee"], 20_840);
    let prepare = json!({"orderId": number.parse::<i64>().unwrap(), "payChannel": "alipay", "payAmount": 1, "opRequestId": "r"});
    let refused = trade(
        &desk,
        "alibaba.trade.pay.protocolPay.preparePay",
        &[("tradeWithholdPreparePayParam", prepare.to_string())],
    )
    .await;
    assert_eq!(refused["result"]["code"], "SBX_PAY_AMOUNT");
    desk.knobs(json!({"pay_says_failed": true})).await;
    let prepare = json!({"orderId": number.parse::<i64>().unwrap(), "payChannel": "alipay", "payAmount": 20840, "opRequestId": "r"});
    let paid = trade(
        &desk,
        "alibaba.trade.pay.protocolPay.preparePay",
        &[("tradeWithholdPreparePayParam", prepare.to_string())],
    )
    .await;
    assert_eq!(paid["result"]["result"]["paySuccess"], false);
    assert_eq!(
        desk.view(&number).await["result"]["baseInfo"]["status"],
        "waitsellersend",
        "and yet it was paid"
    );
    let other = desk.authorize("cn_buyer_03").await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let stranger = Desk {
        token: other,
        ..desk
    };
    let foreign = trade(
        &stranger,
        "alibaba.trade.pay.protocolPay.preparePay",
        &[("tradeWithholdPreparePayParam", prepare.to_string())],
    )
    .await;
    assert_eq!(
        (&foreign["result"]["code"], &foreign["result"]["message"]),
        (&json!("500"), &json!("不是自己的订单"))
    );
}

#[tokio::test]
async fn refunds_are_asked_for_and_read() {
    let desk = Desk::new().await;
    let number = desk.vase("AP1").await;
    desk.act(&number, "pay", json!({})).await;
    let ask = async |amount: &str| {
        let params = [
            ("orderId", number.clone()),
            ("orderEntryIds", format!("[{number}]")),
            ("disputeRequest", "refund".to_owned()),
            ("applyPayment", amount.to_owned()),
            ("applyCarriage", "0".to_owned()),
            ("applyReasonId", "20021".to_owned()),
            ("description", "不想要了".to_owned()),
            ("goodsStatus", "refundWaitSellerSend".to_owned()),
        ];
        desk.api("com.alibaba.trade/alibaba.trade.createRefund", &params)
            .await
            .1
    };
    assert_eq!(ask("100").await["result"]["code"], "5011");
    let made = ask("20840").await;
    let id = made["result"]["result"]["refundId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(ask("20840").await["result"]["code"], "5010");
    let (_, one) = desk
        .api(
            "com.alibaba.trade/alibaba.trade.refund.OpQueryOrderRefund",
            &[("refundId", id.clone())],
        )
        .await;
    assert_eq!(
        one["result"]["opOrderRefundModelDetail"]["status"],
        "waitselleragree"
    );
    assert_eq!(
        one["result"]["opOrderRefundModelDetail"]["applyPayment"],
        20_840
    );
    let base = desk.view(&number).await["result"]["baseInfo"].clone();
    assert_eq!(
        (&base["refundStatus"], &base["refundId"]),
        (&json!("waitselleragree"), &json!(id))
    );
    desk.act(&number, "refund", json!({"refund": id, "step": "agree"}))
        .await;
    let (_, list) = desk
        .api(
            "com.alibaba.trade/alibaba.trade.refund.OpQueryBatchRefundByOrderIdAndStatus",
            &[("orderId", number.clone()), ("queryType", "3".into())],
        )
        .await;
    assert_eq!(
        list["result"]["opOrderRefundModels"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let base = desk.view(&number).await["result"]["baseInfo"].clone();
    assert_eq!(
        (
            &base["status"],
            &base["refundStatus"],
            base["refund"].to_string()
        ),
        (
            &json!("cancel"),
            &json!("refundsuccess"),
            "208.4".to_owned()
        )
    );
}

#[tokio::test]
async fn small_apis_answer_in_their_own_families() {
    let desk = Desk::new().await;
    let number = desk.vase("AP1").await;
    let trade = async |api: &str, params: &[(&str, String)]| {
        desk.api(&format!("com.alibaba.trade/{api}"), params)
            .await
            .1
    };
    let parsed = trade(
        "alibaba.trade.addresscode.parse",
        &[("addressInfo", "浙江省 杭州市 滨江区网商路699号".into())],
    )
    .await;
    assert_eq!(parsed["result"]["addressCode"], "330108");
    let saved = trade("alibaba.trade.receiveAddress.get", &[]).await;
    let first = &saved["result"]["receiveAddressItems"][0];
    assert!(first["mobilePhone"].is_string() && first["isDefault"] == true);
    assert_eq!(
        trade(
            "alibaba.trade.addFeedback",
            &[(
                "tradeFeedbackParam",
                json!({"orderId": number, "feedback": "请加固包装"}).to_string()
            )]
        )
        .await["success"],
        true
    );
    let long = "长".repeat(500);
    assert_eq!(
        trade(
            "alibaba.trade.addFeedback",
            &[(
                "tradeFeedbackParam",
                json!({"orderId": number, "feedback": long}).to_string()
            )]
        )
        .await["code"],
        "400_2"
    );
    assert_eq!(
        trade(
            "alibaba.order.memoAdd",
            &[
                ("orderId", number.clone()),
                ("memo", "记".into()),
                ("remarkIcon", "2".into())
            ]
        )
        .await["success"],
        true
    );
    let base = desk.view(&number).await["result"]["baseInfo"].clone();
    assert_eq!(
        (
            &base["buyerMemo"],
            &base["buyerRemarkIcon"],
            &base["buyerFeedback"]
        ),
        (&json!("记"), &json!("2"), &json!("请加固包装"))
    );
    desk.act(&number, "pay", json!({})).await;
    desk.act(&number, "ship", json!({})).await;
    let confirmed = trade(
        "trade.receivegoods.confirm",
        &[
            ("orderId", number.clone()),
            ("orderEntryIds", format!("[{number}]")),
        ],
    )
    .await;
    assert_eq!(confirmed["result"]["success"], true);
    assert_eq!(
        desk.view(&number).await["result"]["baseInfo"]["status"],
        "confirm_goods"
    );
    assert_eq!(
        trade(
            "trade.receivegoods.confirm",
            &[
                ("orderId", number.clone()),
                ("orderEntryIds", format!("[{number}]"))
            ]
        )
        .await["result"]["errorCode"],
        "ORDER_STATUS_ERROR"
    );
    let (_, info) = desk
        .api(
            "com.alibaba.product/alibaba.cross.productInfo",
            &[("productId", HOODIE.into())],
        )
        .await;
    assert_eq!(
        info["productInfo"]["skuInfos"][0]["price"].to_string(),
        "45.8"
    );
    let (_, none) = desk
        .api(
            "com.alibaba.product/alibaba.cross.productInfo",
            &[("productId", "1".into())],
        )
        .await;
    assert_eq!(none["message"], "没有该商品的查询权限");
    let (_, freight) = desk
        .api(
            "com.alibaba.fenxiao.crossborder/product.freight.estimate",
            &[(
                "productFreightQueryParamsNew",
                json!({"offerId": VASE, "totalNum": 1}).to_string(),
            )],
        )
        .await;
    assert_eq!(
        (
            &freight["result"]["code"],
            &freight["result"]["result"]["freight"]
        ),
        (&json!("S0000"), &json!("0.00"))
    );
    assert_eq!(
        trade("alibaba.trade.OpQueryMarketingMixConfig", &[]).await["errorCode"],
        "500_1"
    );
    let mix = trade(
        "alibaba.trade.OpQueryMarketingMixConfig",
        &[("sellerMemberId", "b2b-1676547900b7bb3".into())],
    )
    .await;
    assert_eq!(mix["result"]["generalHunpi"], false);
    let fast = trade(
        "alibaba.trade.fastCreateOrder",
        &[
            ("flow", "general".into()),
            ("addressParam", crate::desk::address().to_string()),
            (
                "cargoParamList",
                json!([{"offerId": VASE, "quantity": 1}]).to_string(),
            ),
        ],
    )
    .await;
    assert!(fast["result"]["orderId"].is_string());
}
