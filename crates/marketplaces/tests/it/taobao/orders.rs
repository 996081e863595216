//! Orders as they are read, listed, cancelled and paid.

use super::{MP_CLOTH, MP_RED, MP_UMBRELLA, NUMBER, sample, saying, silent, with_status};
use crate::canned::START;
use domain::{Fen, PurchaseStatus};
use marketplaces::{ErrorKind, Listing, Marketplace, Taobao};
use serde_json::{Value, json};
use world::Timestamp;

#[tokio::test]
async fn an_order_is_read_with_all_its_numbers() {
    let canned = saying(sample!("orders"));
    let order = Taobao.order_read(&canned.caller(), NUMBER).await.unwrap();
    assert_eq!(canned.sent()["purchase_ids"], "[200002638011]");
    assert_eq!(order.number, NUMBER);
    assert_eq!(
        order.other_numbers,
        ["2912066688476065752", "2912066688477065752"]
    );
    assert_eq!(order.reference.as_deref(), Some("FY20220426002"));
    // Paid, and all that is alive has left.
    assert_eq!(order.status, PurchaseStatus::Sent);
    assert_eq!(order.raw_status, "WAIT_SELLER_SEND_GOODS");
    assert_eq!(
        (order.total, order.goods, order.freight, order.refunded),
        (Fen(3_020), Fen(2_520), Fen(500), Fen(0))
    );
    assert_eq!(
        order.modified,
        Some(Timestamp::from_millis(1_650_939_687_564))
    );
    assert_eq!(order.pay_by, None);
    assert_eq!(order.seller.as_deref(), Some("58501945"));
    assert_eq!(
        order.close_reason.as_deref(),
        Some("creation failed: SBX_OUT_OF_STOCK: 库存不足")
    );
    let [umbrella, cloth] = &order.lines[..] else {
        panic!("two lines");
    };
    assert_eq!(umbrella.line, "200002638012");
    assert_eq!(umbrella.item, MP_UMBRELLA);
    assert_eq!(umbrella.specification.as_deref(), Some(MP_RED));
    assert_eq!(umbrella.configuration, "颜色:大红");
    assert_eq!((umbrella.amount, umbrella.price), (Fen(2_520), Fen(1_260)));
    assert_eq!(umbrella.status, PurchaseStatus::Sent);
    assert_eq!(cloth.item, MP_CLOTH);
    assert_eq!(cloth.status, PurchaseStatus::Closed);
    assert_eq!(cloth.raw_refund, None);

    let parcels: Vec<(&str, &str)> = order
        .deliveries
        .iter()
        .map(|d| (d.tracking.as_str(), d.carrier.as_str()))
        .collect();
    assert_eq!(
        parcels,
        [("SF4548527307631", "顺丰速运"), ("ZT778899", "中通快递")]
    );
    assert_eq!(order.deliveries[1].lines, ["200002638012"]);
}

#[tokio::test]
async fn an_order_that_is_still_made_needs_neither_lines_nor_amounts() {
    let canned = saying(sample!("orders"));
    let order = Taobao
        .order_read(&canned.caller(), "200002638099")
        .await
        .unwrap();
    assert_eq!(order.status, PurchaseStatus::Building);
    assert!(order.lines.is_empty());
}

#[tokio::test]
async fn an_order_of_somebody_else_is_not_found() {
    let nothing = json!({"code": "0", "success": true, "data": {"results_total": 0, "purchase_orders": null}});
    for body in [sample!("orders").to_owned(), nothing.to_string()] {
        let canned = saying(body);
        let error = Taobao
            .order_read(&canned.caller(), "200000000001")
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
    }
    let broken = json!({"code": "0", "success": true, "data": {}});
    let canned = saying(broken.to_string());
    let error = Taobao
        .order_read(&canned.caller(), NUMBER)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unclear);
}

fn one(change: impl FnOnce(&mut Value)) -> String {
    let mut answer: Value = serde_json::from_str(sample!("orders")).unwrap();
    change(&mut answer["data"]["purchase_orders"][0]);
    answer.to_string()
}

#[tokio::test]
async fn words_of_orders_become_ours_and_unknown_ones_stay() {
    for (word, status) in [
        ("BULIDING", PurchaseStatus::Building),
        ("WAIT_BUYER_P", PurchaseStatus::ToPay),
        ("WAIT_SELLER_SEND_GOODS", PurchaseStatus::PaidToSeller),
        ("WAIT_BUYER_CONFIRM_GOODS", PurchaseStatus::Sent),
        ("TRADE_CLOSED", PurchaseStatus::Closed),
        ("TRADE_FINISHED", PurchaseStatus::Completed),
        ("TRADE_SUCCESS", PurchaseStatus::Unknown),
    ] {
        let body = one(|order| {
            order["status"] = json!(word);
            order["next_close_time_without_payment"] = json!("1650941111000");
            order["sub_purchase_orders"][0]["status"] = json!(word);
        });
        let canned = saying(body);
        let order = Taobao.order_read(&canned.caller(), NUMBER).await.unwrap();
        assert_eq!((order.status, order.raw_status.as_str()), (status, word));
        assert_eq!(order.lines[0].status, status);
        assert_eq!(order.pay_by.is_some(), status == PurchaseStatus::ToPay);
    }
    let body = one(|order| {
        order["sub_purchase_orders"][1]["status"] = json!("WAIT_SELLER_SEND_GOODS");
    });
    // The second line has amounts only while nobody needs them.
    let error = Taobao
        .order_read(&saying(body).caller(), NUMBER)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unclear);
    let body = one(|order| {
        order["sub_purchase_orders"][1]["status"] = json!("WAIT_SELLER_SEND_GOODS");
        order["sub_purchase_orders"][1]["purchase_amount"] = json!("300");
    });
    let canned = saying(body);
    let order = Taobao.order_read(&canned.caller(), NUMBER).await.unwrap();
    assert_eq!(order.status, PurchaseStatus::PartlySent);
}

#[tokio::test]
async fn refunds_are_read_from_the_lines() {
    for (state, word, agreed) in [
        (json!(0), None, false),
        (json!("10"), Some("10"), false),
        (json!(20), Some("20"), true),
        (json!(100), Some("100"), true),
        (json!(-10), Some("-10"), false),
    ] {
        let body = one(|order| order["sub_purchase_orders"][0]["refund_status"] = state);
        let canned = saying(body);
        let order = Taobao.order_read(&canned.caller(), NUMBER).await.unwrap();
        assert_eq!(order.lines[0].raw_refund.as_deref(), word);
        assert_eq!(order.raw_refund.as_deref(), word);
        assert_eq!(order.lines[0].refunded, agreed);
        assert_eq!(order.refunded, Fen(0));
    }
    let body = one(|order| {
        order["sub_purchase_orders"][0]["refund_status"] = json!(100);
        order["sub_purchase_orders"][0]["status"] = json!("TRADE_CLOSED");
    });
    let canned = saying(body);
    let order = Taobao.order_read(&canned.caller(), NUMBER).await.unwrap();
    assert_eq!(order.refunded, Fen(2_520));
}

#[tokio::test]
async fn a_list_is_asked_by_reference_or_by_change() {
    let canned = saying(sample!("orders"));
    let listing = Listing::Reference("FY20220426002".to_owned());
    let page = Taobao
        .order_list(&canned.caller(), &listing, 1)
        .await
        .unwrap();
    assert_eq!(canned.sent()["outer_purchase_id"], "FY20220426002");
    assert_eq!(
        (page.total, page.more, page.orders.len()),
        (Some(2), false, 2)
    );
    assert_eq!(page.orders[0].other_numbers.len(), 2);
    assert_eq!(page.orders[1].raw_status, "BULIDING");

    let from = Timestamp(1_650_930_000_000_500);
    let to = Timestamp(1_650_940_000_000_500);
    let canned = saying(sample!("orders"));
    let listing = Listing::Modified { from, to };
    Taobao
        .order_list(&canned.caller(), &listing, 3)
        .await
        .unwrap();
    let sent = canned.sent();
    assert_eq!(sent["modify_time_start"], "1650930000000");
    assert_eq!(sent["modify_time_end"], "1650940000001");
    assert_eq!(
        (sent["page_no"].as_str(), sent["sort_type"].as_str()),
        ("3", "DESC")
    );

    // By creation: everything that changed since, and of that what was made in the span.
    let canned = saying(sample!("orders"));
    let listing = Listing::Created {
        from,
        to: Timestamp::from_millis(1_650_931_000_100),
    };
    let page = Taobao
        .order_list(&canned.caller(), &listing, 1)
        .await
        .unwrap();
    let numbers: Vec<&str> = page.orders.iter().map(|o| o.number.as_str()).collect();
    assert_eq!(numbers, [NUMBER]);
    let sent = canned.sent();
    let end = START.plus_seconds(86_400).millis().to_string();
    assert_eq!(sent["modify_time_end"], end);
}

#[tokio::test]
async fn pages_follow_until_the_total_is_reached() {
    let row = json!({"purchase_id": 1});
    let page = async |rows: usize, total: Value, number| {
        let body = json!({"code": "0", "success": true, "data": {"results_total": total, "purchase_orders": vec![row.clone(); rows]}});
        let canned = saying(body.to_string());
        let listing = Listing::Reference("x".to_owned());
        Taobao
            .order_list(&canned.caller(), &listing, number)
            .await
            .unwrap()
            .more
    };
    assert!(page(10, json!(11), 1).await);
    assert!(!page(1, json!("11"), 2).await);
    assert!(page(5, json!(11), 1).await);
    assert!(!page(0, json!(11), 2).await);
    assert!(page(3, json!(null), 1).await);
}

#[tokio::test]
async fn a_cancel_is_begun_and_nothing_more_is_told() {
    let canned = saying(r#"{"code":"0","success":"true","error_code":null,"error_msg":null}"#);
    Taobao
        .order_cancel(&canned.caller(), NUMBER, canned.permit())
        .await
        .unwrap();
    let sent = canned.sent();
    assert_eq!(sent["purchase_id"], NUMBER);
    assert!(!sent.contains_key("cancel_remark"));
    for (status, body, kind) in [
        (
            200,
            json!({"code": "0", "success": false, "error_code": "SBX_CANCEL_TOO_EARLY"}),
            ErrorKind::TooEarly {
                next: Some(START.plus_seconds(10)),
            },
        ),
        (
            200,
            json!({"code": "0", "success": false, "error_code": "SBX_CANCEL_AFTER_PAYMENT"}),
            ErrorKind::WrongState,
        ),
        (
            200,
            json!({"code": "0", "success": false, "error_code": "SBX_ORDER_NOT_FOUND"}),
            ErrorKind::NotFound,
        ),
        (
            200,
            json!({"code": "0", "success": false, "error_code": "X"}),
            ErrorKind::Unclear,
        ),
        (200, json!({"code": "0"}), ErrorKind::Unclear),
        (
            500,
            json!({"code": "0", "success": true}),
            ErrorKind::Unclear,
        ),
        (200, json!({"code": "IllegalAccessToken"}), ErrorKind::Token),
    ] {
        let canned = with_status(status, body.to_string());
        let error = Taobao
            .order_cancel(&canned.caller(), NUMBER, canned.permit())
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{body}");
    }
}

fn numbers(count: u64) -> Vec<String> {
    (0..count)
        .map(|n| (200_078_851_363 + n).to_string())
        .collect()
}

#[tokio::test]
async fn a_payment_tells_what_is_under_way_and_what_is_not() {
    let canned = saying(sample!("pay_partly"));
    let asked = numbers(4);
    let told = Taobao
        .order_pay(&canned.caller(), &asked, canned.permit())
        .await
        .unwrap();
    assert_eq!(told.accepted, ["200078851363"]);
    let failed: Vec<(&str, Option<&str>)> = told
        .failed
        .iter()
        .map(|f| (f.number.as_str(), f.verdict.code.as_deref()))
        .collect();
    // The fourth stands in no list.
    assert_eq!(
        failed,
        [
            ("200078851364", Some("SBX_BALANCE_NOT_ENOUGH")),
            ("200078851365", None)
        ]
    );
    assert_eq!(
        canned.sent()["purchaseOrderIdList"],
        "[200078851363,200078851364,200078851365,200078851366]"
    );
    assert!(canned.seen.lock().unwrap()[0].once.is_some());

    let canned = saying(r#"{"code":"0","success":false,"error_code":"X"}"#);
    let error = Taobao
        .order_pay(&canned.caller(), &asked, canned.permit())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unclear);
    let canned = silent();
    for asked in [numbers(0), numbers(11)] {
        let error = Taobao
            .order_pay(&canned.caller(), &asked, canned.permit())
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Parameters);
    }
    let error = Taobao.pay_link(&canned.caller(), &asked).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
}

#[tokio::test]
async fn parcels_are_asked_by_either_id_of_the_line() {
    let refusal = r#"{"code":"0","result":{"success":false,"error_code":"X","error_msg":"no"}}"#;
    let canned = saying(sample!("orders"))
        .then(200, refusal)
        .then(200, sample!("logistics"));
    let parcels = Taobao
        .deliveries_read(&canned.caller(), NUMBER)
        .await
        .unwrap();
    let told: Vec<(&str, &str)> = parcels
        .iter()
        .map(|p| (p.tracking.as_str(), p.raw_status.as_str()))
        .collect();
    assert_eq!(told, [("SF4548527307631", "DELIVERING"), ("ZT778899", "")]);
    assert_eq!(parcels[0].lines, ["200002638012"]);
    let asked: Vec<String> = canned.seen.lock().unwrap()[1..]
        .iter()
        .filter_map(|request| {
            url::form_urlencoded::parse(&request.body)
                .find(|(name, _)| name == "purchase_order_line_id")
                .map(|(_, value)| value.into_owned())
        })
        .collect();
    assert_eq!(asked, ["200002638012", "2912066688477065752"]);

    // Nothing is on its way, by either id.
    let nothing = r#"{"code":"0","result":{"success":false,"error_code":"SBX_NO_LOGISTICS"}}"#;
    let bare = one(|order| {
        order["sub_purchase_orders"][0]["logistic_orders"] = json!([]);
        order["sub_purchase_orders"][0]["logistic_number"] = json!("");
    });
    let canned = saying(bare).then(200, nothing).then(200, nothing);
    let parcels = Taobao
        .deliveries_read(&canned.caller(), NUMBER)
        .await
        .unwrap();
    assert!(parcels.is_empty());

    // Known tracking codes are not lost because the way of the parcels is not told.
    let canned = saying(sample!("orders")).then(200, r#"{"code":"ApiCallLimit"}"#);
    let parcels = Taobao
        .deliveries_read(&canned.caller(), NUMBER)
        .await
        .unwrap();
    assert_eq!(parcels.len(), 2);
}
