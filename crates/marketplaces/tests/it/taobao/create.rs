//! What each answer to a create means. A wrong "no" here buys goods twice.

use super::{
    CLOTH, MP_CLOTH, MP_CLOTH_ROW, MP_RED, MP_UMBRELLA, basket, create, sample, saying, silent,
    terms, with_status,
};
use domain::{Fen, VerdictKind};
use marketplaces::{Create, ErrorKind, Marketplace, Taobao};
use serde_json::{Value, json};

#[tokio::test]
async fn a_create_carries_reference_prices_and_both_addresses() {
    let canned = saying(sample!("create_one"));
    let made = create(&canned, &basket()).await.unwrap();
    assert_eq!(made.orders.len(), 1);
    assert_eq!(made.orders[0].number, "200078851363");
    assert_eq!(made.orders[0].total, Some(Fen(1_000)));
    assert!(made.building && made.failed.is_empty());

    let sent = canned.sent();
    assert_eq!(sent["outer_purchase_id"], "PO-1001");
    assert_eq!(sent["purchase_amount"], "4520");
    assert_eq!(sent["need_sys_retry"], "false");
    assert_eq!(sent["order_remark"], "请尽快发货");
    assert_eq!(sent["sign_method"], "sha256");
    assert_eq!(sent["timestamp"], "1790000000000");
    assert_eq!(sent["sign"].len(), 64);
    assert!(sent.values().all(|value| !value.is_empty()));
    let lines: Value = serde_json::from_str(&sent["order_line_list"]).unwrap();
    assert_eq!(
        lines,
        json!([
            {"itemId": MP_UMBRELLA, "skuId": MP_RED, "quantity": 2, "price": 1260, "currency": "CNY", "orderLineNo": "1"},
            {"itemId": MP_CLOTH, "skuId": MP_CLOTH_ROW, "quantity": 5, "price": 300, "currency": "CNY", "orderLineNo": "2"},
        ])
    );
    let receiver: Value = serde_json::from_str(&sent["receiver"]).unwrap();
    assert_eq!(
        receiver,
        json!({"country": "中国大陆", "state": "广东省", "city": "广州市", "district": "白云区",
            "address": "同和街道测试路1号 ORD-53", "zip": "510000", "name": "李四", "mobile_phone": "13800000000"})
    );
    assert_eq!(sent["warehouse_address_info"], sent["receiver"]);
    let seen = canned.seen.lock().unwrap();
    assert!(seen[0].once.is_some());
    assert_eq!(seen[0].method, http::Method::POST);
    assert_eq!(
        seen[0].url.as_str(),
        "https://api.taobao.global/rest/purchase/order/create"
    );
}

#[tokio::test]
async fn one_create_may_make_an_order_for_each_shop() {
    let made = create(&saying(sample!("create_split")), &basket())
        .await
        .unwrap();
    let found: Vec<(&str, Option<Fen>)> = made
        .orders
        .iter()
        .map(|o| (o.number.as_str(), o.total))
        .collect();
    assert_eq!(
        found,
        [
            ("200078851363", Some(Fen(3_020))),
            ("200078851365", Some(Fen(1_500)))
        ]
    );
    assert!(made.failed.is_empty());
}

#[tokio::test]
async fn any_purchase_id_is_a_yes() {
    for answer in [
        json!({"code": "ServiceTimeout", "data": {"order_list": [{"purchase_id": "200078851363"}]}}),
        json!({"code": "0", "success": false, "error_code": "SBX_OUT_OF_STOCK", "data": {"purchase_id": 200_078_851_363_u64}}),
        json!({"code": "0", "success": true, "data": {"success": "false", "order_list": {"purchaseId": 200_078_851_363_u64}}}),
        json!({"code": "IllegalAccessToken", "result": {"data": {"purchaseOrderIds": ["200078851363"]}}}),
        json!({"somewhere": [{"else": {"purchase_order_id": "200078851363"}}]}),
    ] {
        for status in [200, 500] {
            let made = create(&with_status(status, answer.to_string()), &basket())
                .await
                .unwrap_or_else(|e| panic!("{answer}: {e}"));
            assert_eq!(made.orders[0].number, "200078851363", "{answer}");
            assert!(made.building);
        }
    }
}

#[tokio::test]
async fn only_what_is_listed_is_a_no() {
    let kind = async |status: u16, answer: &Value| {
        create(&with_status(status, answer.to_string()), &basket())
            .await
            .unwrap_err()
            .kind
    };
    for (code, expected) in [
        ("IncompleteSignature", ErrorKind::Signature),
        ("InvalidAppKey", ErrorKind::Signature),
        ("IllegalAccessToken", ErrorKind::Token),
        ("InsufficientPermission", ErrorKind::Permission),
        ("InvalidApiPath", ErrorKind::Permission),
        ("MissingParameter", ErrorKind::Parameters),
        ("ServiceTimeout", ErrorKind::Unclear),
        ("SystemError", ErrorKind::Unclear),
        ("15", ErrorKind::Unclear),
        ("SomethingNew", ErrorKind::Unclear),
    ] {
        let answer = json!({"code": code, "type": "ISV", "message": "why", "request_id": "r"});
        assert_eq!(kind(200, &answer).await, expected, "{code}");
        assert_eq!(kind(500, &answer).await, ErrorKind::Unclear, "{code}");
        let behind = json!({"code": code, "type": "ISP", "message": "why"});
        assert_eq!(kind(200, &behind).await, ErrorKind::Unclear, "{code}");
    }
    let no = json!({"code": "0", "success": true, "data": {"success": false, "error_code": "SBX_OUT_OF_STOCK",
        "error_message": format!("item {MP_UMBRELLA} is out of stock")}});
    let ErrorKind::Refused(verdict) = kind(200, &no).await else {
        panic!("refused");
    };
    assert_eq!(verdict.kind, VerdictKind::OutOfStock);
    assert_eq!(verdict.code.as_deref(), Some("SBX_OUT_OF_STOCK"));
    let limit = json!({"code": "0", "success": "false", "error_code": "SBX_DAILY_ORDER_LIMIT", "error_msg": "x"});
    assert!(matches!(
        kind(200, &limit).await,
        ErrorKind::Limit { limit, next: Some(_) } if limit == "orders_per_day"
    ));
    for unclear in [
        json!({"code": "0", "success": false, "error_code": "F-1001", "error_msg": "no"}),
        json!({"code": "0", "success": true, "data": {"success": true, "order_list": []}}),
        json!({"code": "0", "success": true}),
        json!({"code": "0", "success": false, "error_code": "SBX_OUT_OF_STOCK", "data": {"success": true}}),
        json!({"code": "0", "success": false, "error_code": "SBX_OUT_OF_STOCK", "error_msg": "see 200078851363"}),
        json!([]),
        json!({}),
    ] {
        assert_eq!(kind(200, &unclear).await, ErrorKind::Unclear, "{unclear}");
    }
}

#[tokio::test]
async fn lines_left_out_by_name_are_told_with_the_ids_of_orders() {
    let order = |line: Value| {
        json!({"order_list": [{"purchase_id": 200_078_851_363_u64, "order_line_list": [
        {"sub_purchase_order_id": 1, "order_line_no": "1", "item_id": MP_UMBRELLA, "sku_id": MP_RED}, line]}]})
    };
    let failed_no_id = json!({"order_line_no": "2", "error_code": "SBX_OUT_OF_STOCK", "error_message": "库存不足"});
    let data = order(failed_no_id);
    let answer = json!({"code": "0", "success": true, "data": data});
    let made = create(&saying(answer.to_string()), &basket())
        .await
        .unwrap();
    assert_eq!(made.failed.len(), 1);
    assert!(made.failed[0].names(MP_CLOTH, Some(MP_CLOTH_ROW)));
    assert_eq!(made.failed[0].verdict.kind, VerdictKind::OutOfStock);

    // With a number of its own it was taken, whatever else is said; and silence is no failure.
    for line in [
        json!({"sub_purchase_order_id": 2, "order_line_no": 2, "error_code": "X"}),
        json!({"order_line_no": "2"}),
    ] {
        let mut data = order(line);
        data["unavailable_sku_list"] =
            json!([{"item_id": MP_UMBRELLA, "sku_id": MP_RED, "error_code": "X"}]);
        let answer = json!({"code": "0", "success": true, "data": data});
        let made = create(&saying(answer.to_string()), &basket())
            .await
            .unwrap();
        assert!(made.failed.is_empty(), "{:?}", made.failed);
    }
}

#[tokio::test]
async fn what_cannot_be_right_is_not_sent() {
    let canned = silent();
    let mut bare = basket();
    bare.lines[1].orderable = None;
    let error = create(&canned, &bare).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotSent);

    let whole = basket();
    let refused = async |terms, note: &str, total| {
        let create = Create {
            reference: "PO-1001",
            basket: &whole,
            terms: &terms,
            note,
            planned_total: Fen(total),
            once: canned.permit(),
        };
        let error = Taobao
            .order_create(&canned.caller(), &create)
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Parameters);
        error.text
    };
    let text = refused(std::collections::BTreeMap::new(), "", 1).await;
    assert!(text.contains("price"), "{text}");
    let text = refused(terms(), &"长".repeat(201), 1).await;
    assert!(text.contains("note"), "{text}");
    let text = refused(terms(), "", 0).await;
    assert!(text.contains("amount"), "{text}");
    let mut saved = basket();
    saved.address.saved_id = Some("1".to_owned());
    let error = create(&canned, &saved).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Parameters);
    assert!(canned.seen.lock().unwrap().is_empty());
    assert_eq!(whole.lines[1].item, CLOTH);
}

#[tokio::test]
async fn a_crowded_gateway_says_how_long_to_stay_away() {
    let answer = json!({"code": "ApiCallLimit", "type": "SYSTEM", "message": "Api access frequency exceeds the limit. this ban will last 3 seconds"});
    let canned = saying(answer.to_string());
    let error = create(&canned, &basket()).await.unwrap_err();
    let next = crate::canned::START.plus_seconds(3);
    assert_eq!(error.kind, ErrorKind::Throttled { next: Some(next) });
    let answer = json!({"code": "AppCallLimit", "type": "SYSTEM", "message": "x"});
    let error = create(&saying(answer.to_string()), &basket())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::UsedUp { next: None });
    assert!(error.is_definite());
}

#[tokio::test]
async fn secrets_that_a_gateway_repeats_are_hidden() {
    let answer = json!({"code": "IncompleteSignature", "message": "test-token of helloworld"});
    let error = create(&saying(answer.to_string()), &basket())
        .await
        .unwrap_err();
    assert_eq!(error.text, "… of …");
}
