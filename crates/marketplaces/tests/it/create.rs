//! What each answer to a create means. A wrong "no" here buys goods twice.

use crate::canned::{BOX, CLOTH, Canned, GREY, REFERENCE, basket, fixture, terms};
use domain::{Fen, VerdictKind};
use marketplaces::{Create, ErrorKind, M1688, Marketplace, TransportError};
use serde_json::json;

#[tokio::test]
async fn a_create_carries_reference_terms_and_lines() {
    let canned = Canned::saying(fixture!("create_one"));
    let made = canned.create().await.unwrap();
    assert_eq!(made.orders.len(), 1);
    assert_eq!(made.orders[0].number, "2257164624870311973");
    assert_eq!(made.orders[0].total, Some(Fen(1_196)));
    assert_eq!(made.orders[0].freight, Some(Fen(300)));
    assert!(made.failed.is_empty() && !made.building);

    let sent = canned.sent();
    assert_eq!(sent["outOrderId"], REFERENCE);
    assert_eq!(sent["flow"], "general");
    assert_eq!(sent["tradeType"], "assureTrade");
    assert_eq!(sent["message"], "请尽快发货");
    assert_eq!(sent["_aop_signature"].len(), 40);
    let cargo: serde_json::Value = serde_json::from_str(&sent["cargoParamList"]).unwrap();
    assert_eq!(
        cargo,
        json!([
            {"offerId": 548_818_919_805_i64, "specId": GREY, "quantity": 2},
            {"offerId": 548_818_919_806_i64, "quantity": 5},
        ])
    );
    let address: serde_json::Value = serde_json::from_str(&sent["addressParam"]).unwrap();
    assert_eq!(address["address"], "网商路699号 ORD-53");
    assert_eq!(address["provinceText"], "浙江省");

    let seen = canned.seen.lock().unwrap();
    assert!(seen[0].once.is_some());
    assert_eq!(
        seen[0].url.as_str(),
        "https://gw.open.1688.com/openapi/param2/1/com.alibaba.trade/alibaba.trade.createCrossOrder/1000000"
    );
}

#[tokio::test]
async fn a_saved_address_goes_alone() {
    let canned = Canned::saying(fixture!("create_one"));
    let mut basket = basket();
    basket.address.saved_id = Some("593861699".to_owned());
    let create = Create {
        reference: REFERENCE,
        basket: &basket,
        terms: &terms(),
        note: "",
        planned_total: Fen(0),
        once: canned.permit(),
    };
    M1688.order_create(&canned.caller(), &create).await.unwrap();
    let sent = canned.sent();
    assert_eq!(sent["addressParam"], r#"{"addressId":593861699}"#);
    assert!(!sent.contains_key("message"));
}

#[tokio::test]
async fn any_order_number_is_a_yes() {
    for (answer, numbers) in [
        (
            fixture!("create_split").to_owned(),
            vec!["105581756010628640", "105637283010628640"],
        ),
        (fixture!("create_unwrapped").to_owned(), vec!["2257164624870311973"]),
        (
            r#"{"result":{"orderId":2257164624870311973},"success":"true"}"#.to_owned(),
            vec!["2257164624870311973"],
        ),
        (
            r#"{"result":{"result":{"orderId":"2257164624870311973"}}}"#.to_owned(),
            vec!["2257164624870311973"],
        ),
        (
            r#"{"error_code":"gw.QosAppFrequencyLimit","error_message":"x","result":{"orderId":"2257164624870311973"}}"#.to_owned(),
            vec!["2257164624870311973"],
        ),
        (
            r#"{"success":false,"code":"500_001","orderList":["2257164624870311973"]}"#.to_owned(),
            vec!["2257164624870311973"],
        ),
    ] {
        for status in [200, 400, 500] {
            let made = Canned::with_status(status, answer.clone())
                .create()
                .await
                .unwrap_or_else(|e| panic!("{answer}: {e}"));
            let found: Vec<&str> = made.orders.iter().map(|o| o.number.as_str()).collect();
            assert_eq!(found, numbers, "{answer}");
        }
    }
}

#[tokio::test]
async fn the_orders_of_a_split_keep_their_sums() {
    let made = Canned::saying(fixture!("create_split"))
        .create()
        .await
        .unwrap();
    assert_eq!(made.orders[1].total, Some(Fen(5_050_000)));
    assert_eq!(made.orders[1].freight, Some(Fen(50_000)));
}

#[tokio::test]
async fn lines_left_out_are_named_with_their_reason() {
    let made = Canned::saying(fixture!("create_failed_line"))
        .create()
        .await
        .unwrap();
    assert_eq!(made.orders.len(), 1);
    assert_eq!(made.failed.len(), 1);
    assert_eq!(made.failed[0].item, CLOTH);
    assert_eq!(made.failed[0].specification, None);
    assert_eq!(made.failed[0].verdict.kind, VerdictKind::OutOfStock);
    assert_eq!(made.failed[0].verdict.code.as_deref(), Some("500_004"));
}

async fn kind(status: u16, answer: &str) -> ErrorKind {
    let error = Canned::with_status(status, answer.to_owned())
        .create()
        .await
        .expect_err(answer);
    assert_eq!(
        error.is_definite(),
        !matches!(error.kind, ErrorKind::Unclear | ErrorKind::NotFound)
    );
    error.kind
}

#[tokio::test]
async fn listed_refusals_are_definite() {
    let refused = |code: &str, text: &str| {
        json!({"success": false, "code": code, "message": text}).to_string()
    };
    for (code, text, wanted) in [
        (
            "500_001",
            "商品[548818919805]不支持在线交易。",
            VerdictKind::NotForSale,
        ),
        (
            "500_002",
            "商品[1,2]不属于同一个卖家。",
            VerdictKind::DifferentSellers,
        ),
        (
            "500_002",
            "商品[548818919805]的规格信息specId为空。",
            VerdictKind::NoSuchSpecification,
        ),
        (
            "500_003",
            "商品的规格信息specId与商品不匹配。",
            VerdictKind::NoSuchSpecification,
        ),
        ("500_004", "库存不足", VerdictKind::OutOfStock),
        ("500_005", "", VerdictKind::BelowMinimum),
        ("500_006", "", VerdictKind::MixedBatch),
        ("500_007", "", VerdictKind::NotByApi),
        ("500_008", "", VerdictKind::ZeroPrice),
        ("500_009", "", VerdictKind::BelowMinimum),
        (
            "400",
            "AddressId invalid:AddressId invalid",
            VerdictKind::Address,
        ),
        (
            "400",
            "not support tradeType:【creditBuy】",
            VerdictKind::NotByApi,
        ),
    ] {
        match kind(200, &refused(code, text)).await {
            ErrorKind::Refused(verdict) => {
                assert_eq!(verdict.kind, wanted, "{code} {text}");
                assert_eq!(verdict.code.as_deref(), Some(code));
            }
            other => panic!("{code} {text}: {other:?}"),
        }
    }
    assert!(matches!(
        kind(200, fixture!("create_address_refused")).await,
        ErrorKind::Refused(v) if v.kind == VerdictKind::Address
    ));
    // The same inside the inner object, flags as text.
    assert!(matches!(
        kind(200, r#"{"success":"true","result":{"success":"false","code":"500_004","message":"x"}}"#).await,
        ErrorKind::Refused(v) if v.kind == VerdictKind::OutOfStock
    ));
    // Every single line refused by name.
    let each = json!({"success": false, "result": {"success": false, "failedOfferList": [
        {"offerId": BOX, "specId": GREY, "errorCode": "500_004", "errorMessage": "x"},
        {"offerId": CLOTH, "errorCode": "500_001", "errorMessage": "y"},
    ]}});
    assert!(matches!(
        kind(200, &each.to_string()).await,
        ErrorKind::Refused(v) if v.kind == VerdictKind::OutOfStock
    ));
}

#[tokio::test]
async fn limits_name_themselves_and_the_next_try() {
    let answer = r#"{"success":false,"code":"SBX_DAILY_ORDER_LIMIT","message":"今日下单数量已达上限3，请明日再试。"}"#;
    match kind(200, answer).await {
        ErrorKind::Limit { limit, next } => {
            assert_eq!(limit, "orders_per_day");
            let next = next.unwrap();
            // The start of the tests is 22:13:20 in Beijing.
            assert_eq!(next.seconds_since(crate::canned::START), 6_400);
        }
        other => panic!("{other:?}"),
    }
    let credit = r#"{"success":false,"message":"availableQuota less than sumPayment"}"#;
    assert!(matches!(
        kind(200, credit).await,
        ErrorKind::Limit { next: None, .. }
    ));
}

#[tokio::test]
async fn the_gateways_own_refusals_are_definite_whatever_the_status() {
    for (code, wanted) in [
        ("gw.AppKeyMissing", ErrorKind::Signature),
        ("gw.AppKeyNotFound", ErrorKind::Signature),
        ("gw.SignatureMissing", ErrorKind::Signature),
        ("gw.SignatureInvalid", ErrorKind::Signature),
        ("gw.APIUnsupported", ErrorKind::Permission),
        ("gw.APIACLDecline", ErrorKind::Permission),
        ("gw.ParamMissing", ErrorKind::Parameters),
        (
            "gw.QosAppFrequencyLimit",
            ErrorKind::Throttled { next: None },
        ),
        ("401", ErrorKind::Token),
    ] {
        for status in [200, 400, 401, 503] {
            let body = json!({"error_code": code, "error_message": "said", "exception": "said", "request_id": "r1"});
            let error = Canned::with_status(status, body.to_string())
                .create()
                .await
                .unwrap_err();
            assert_eq!(error.kind, wanted, "{code} {status}");
            assert_eq!(error.code.as_deref(), Some(code));
            assert_eq!(error.request_id.as_deref(), Some("r1"));
        }
    }
    assert_eq!(
        kind(
            401,
            r#"{"error_code":401,"exception":"Request need user authorized"}"#
        )
        .await,
        ErrorKind::Token
    );
}

#[tokio::test]
async fn everything_else_is_unclear() {
    for (status, answer) in [
        (200, ""),
        (200, "{}"),
        (200, "[]"),
        (200, "null"),
        (200, "\"ok\""),
        (200, "<html><body>502 Bad Gateway</body></html>"),
        (502, "<html><body>502 Bad Gateway</body></html>"),
        (200, r#"{"success":true}"#),
        (200, r#"{"success":true,"result":{"success":true}}"#),
        (200, r#"{"success":true,"result":{"orderId":null}}"#),
        (200, r#"{"success":true,"result":{"orderId":"0"}}"#),
        (
            200,
            r#"{"success":true,"result":{"orderId":2.257164624870312E18}}"#,
        ),
        (200, r#"{"success":false}"#),
        (
            200,
            r#"{"success":false,"code":"500","message":"系统异常"}"#,
        ),
        (200, r#"{"success":false,"code":"S_UNKNOWN","message":"?"}"#),
        (
            200,
            r#"{"success":false,"code":"SBX_OUT_ORDER_ID_REPEATED","message":"outOrderId重复，订单已存在。"}"#,
        ),
        // A no and a yes at once, a no that names an order, a no from a server that failed.
        (200, r#"{"success":true,"code":"500_004","message":"x"}"#),
        (
            200,
            r#"{"success":false,"code":"500_004","result":{"success":true}}"#,
        ),
        (
            200,
            r#"{"success":false,"code":"500_004","message":"see order 2257164624870311973"}"#,
        ),
        (500, r#"{"success":false,"code":"500_004","message":"x"}"#),
        (
            200,
            r#"{"error_code":"gw.BackendTimeout","error_message":"time-out"}"#,
        ),
        (
            400,
            r#"{"error_code":"gw.QosAppFrequencyLimitSoon","error_message":""}"#,
        ),
        (
            400,
            r#"{"error_code":"gw.ParamMissing","error_message":"order 2257164624870311973 exists"}"#,
        ),
        // Only one of two lines is refused by name: what became of the other?
        (
            200,
            r#"{"success":false,"result":{"failedOfferList":[{"offerId":548818919805,"errorCode":"500_004"}]}}"#,
        ),
        (302, ""),
        (204, ""),
    ] {
        assert_eq!(kind(status, answer).await, ErrorKind::Unclear, "{answer}");
    }
    let lost = TransportError::MaybeSent {
        why: "connection reset".to_owned(),
    };
    let error = Canned::failing(lost).create().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unclear);
    let late = TransportError::NotSent {
        why: "the permit to send had run out".to_owned(),
    };
    let error = Canned::failing(late).create().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotSent);
    assert!(error.is_definite());
}

#[tokio::test]
async fn a_failure_that_names_only_the_offer_fails_no_one_of_its_specifications() {
    let mut two = basket();
    let other = marketplaces::OrderLine {
        specification: Some("b266e0726506185beaf205cbae88530d".to_owned()),
        ..two.lines[0].clone()
    };
    two.lines = vec![two.lines[0].clone(), other];
    let failed = json!([{ "offerId": BOX, "errorCode": "500_004", "errorMessage": "x" }]);
    let terms = terms();
    let answered = async |result: serde_json::Value| {
        let canned = Canned::with_status(
            200,
            json!({ "success": true, "result": result }).to_string(),
        );
        let create = Create {
            reference: REFERENCE,
            basket: &two,
            terms: &terms,
            note: "",
            planned_total: Fen(0),
            once: canned.permit(),
        };
        M1688.order_create(&canned.caller(), &create).await
    };
    let placed =
        json!({ "success": true, "orderId": "2257164624870311973", "failedOfferList": failed });
    let made = answered(placed).await.unwrap();
    assert_eq!(made.failed[0].specification, None);
    assert!(
        two.lines
            .iter()
            .all(|l| !made.failed[0].names(&l.item, l.specification.as_deref()))
    );
    let nothing = json!({ "success": false, "failedOfferList": failed });
    assert_eq!(
        answered(nothing).await.unwrap_err().kind,
        ErrorKind::Unclear
    );
}

#[tokio::test]
async fn what_cannot_be_right_is_not_even_sent() {
    let good = terms();
    let no_flow = std::collections::BTreeMap::from([("trade_type".to_owned(), "x".to_owned())]);
    let long = "长".repeat(501);
    let mut too_many = basket();
    too_many.lines = (0..51).map(|_| too_many.lines[1].clone()).collect();
    let mut nothing = basket();
    nothing.lines[0].quantity = 0;
    let mut odd = basket();
    odd.lines[0].item = "offer-1".to_owned();
    let mut empty = basket();
    empty.lines.clear();
    for (basket, terms, note, reference) in [
        (basket(), &no_flow, "", REFERENCE),
        (basket(), &good, long.as_str(), REFERENCE),
        (basket(), &good, "", ""),
        (too_many, &good, "", REFERENCE),
        (nothing, &good, "", REFERENCE),
        (odd, &good, "", REFERENCE),
        (empty, &good, "", REFERENCE),
    ] {
        let canned = Canned::empty();
        let create = Create {
            reference,
            basket: &basket,
            terms,
            note,
            planned_total: Fen(0),
            once: canned.permit(),
        };
        let error = M1688
            .order_create(&canned.caller(), &create)
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Parameters);
        assert!(canned.seen.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn secrets_that_a_gateway_repeats_are_hidden() {
    let body = json!({"error_code": "gw.Odd", "error_message": "bad token f14da3b8-b0b1-4f73-a5de-9bed637e0188 or secret test123"});
    let canned = Canned::with_status(400, body.to_string());
    let error = canned.create().await.unwrap_err();
    assert_eq!(error.text, "bad token … or secret …");
    let request = format!("{:?}", canned.seen.lock().unwrap()[0]);
    assert!(
        !request.contains("f14da3b8") && !request.contains("张三"),
        "{request}"
    );
}

#[tokio::test]
async fn a_cancel_tells_its_kinds_of_no_apart() {
    for (answer, wanted) in [
        (r#"{"success":true}"#, None),
        (r#"{"success":"true","errorCode":null}"#, None),
        (
            r#"{"success":false,"errorCode":"CLOSE_ORDER_TOO_FAST","errorMessage":"x"}"#,
            Some(ErrorKind::TooEarly {
                next: Some(crate::canned::START.plus_seconds(10)),
            }),
        ),
        (
            r#"{"success":false,"errorCode":"ORDER_STATUS_ERROR"}"#,
            Some(ErrorKind::WrongState),
        ),
        (
            r#"{"success":"false","errorCode":"ORDER_NOT_EXIST"}"#,
            Some(ErrorKind::NotFound),
        ),
        (
            r#"{"success":false,"errorCode":"400_3"}"#,
            Some(ErrorKind::NotFound),
        ),
        (
            r#"{"success":false,"errorCode":"500","errorMessage":"系统异常"}"#,
            Some(ErrorKind::Unclear),
        ),
        ("{}", Some(ErrorKind::Unclear)),
        ("", Some(ErrorKind::Unclear)),
        (
            r#"{"error_code":"401","error_message":"x"}"#,
            Some(ErrorKind::Token),
        ),
    ] {
        let canned = Canned::saying(answer);
        let result = M1688
            .order_cancel(&canned.caller(), "2257164624870311973", canned.permit())
            .await;
        assert_eq!(result.err().map(|e| e.kind), wanted, "{answer}");
        assert!(canned.seen.lock().unwrap()[0].once.is_some());
        let sent = canned.sent();
        assert_eq!(sent["tradeID"], "2257164624870311973");
        assert_eq!(sent["cancelReason"], "buyerCancel");
    }
}
