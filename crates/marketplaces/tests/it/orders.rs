//! Reading orders: every spelling, every status.

use crate::canned::{Canned, fixture};
use domain::{Fen, PurchaseStatus};
use marketplaces::{ErrorKind, Listing, M1688, MarketError, MarketOrder, Marketplace};
use serde_json::{Value, json};
use world::Timestamp;

async fn read(answer: &str, number: &str) -> Result<MarketOrder, MarketError> {
    M1688
        .order_read(&Canned::saying(answer.to_owned()).caller(), number)
        .await
}

fn beijing(text: &str) -> Timestamp {
    let when: jiff::civil::DateTime = text.parse().unwrap();
    let moment = jiff::tz::Offset::constant(8).to_timestamp(when).unwrap();
    Timestamp(moment.as_microsecond())
}

#[tokio::test]
async fn an_unpaid_order_is_read_whole() {
    let order = read(fixture!("order_detail"), "2257164624870311973")
        .await
        .unwrap();
    assert_eq!(order.number, "2257164624870311973");
    assert_eq!(
        order.reference.as_deref(),
        Some("APABCDEFGHIJKLMNOPQRSTUVWXYZ")
    );
    assert_eq!(order.account.as_deref(), Some("b2b-1623492085"));
    assert_eq!(order.seller.as_deref(), Some("b2b-1676547900b7bb3"));
    assert_eq!(order.seller_name.as_deref(), Some("齐家居家日用百货旗舰店"));
    assert_eq!(order.status, PurchaseStatus::ToPay);
    assert_eq!(order.raw_status, "waitbuyerpay");
    assert_eq!(
        (order.total, order.goods, order.freight, order.refunded),
        (Fen(4400), Fen(3600), Fen(800), Fen(0))
    );
    assert_eq!(order.created, Some(beijing("2026-10-10T09:30:15")));
    assert_eq!(order.modified, Some(beijing("2026-10-10T09:30:16.25")));
    assert_eq!(order.pay_by, Some(beijing("2026-10-10T21:30:15")));
    assert_eq!((order.paid, order.sent), (None, None));
    assert!(order.deliveries.is_empty());

    let first = &order.lines[0];
    assert_eq!(first.line, "2257164624870311974");
    assert_eq!(first.item, "548818919805");
    assert_eq!(first.configuration, "颜色: 灰色; 尺码: L");
    assert_eq!(
        (first.quantity, first.price, first.amount),
        (2, Fen(1300), Fen(2600))
    );
    assert!(first.image.as_deref().unwrap().starts_with("http://cbu01"));
    let second = &order.lines[1];
    assert_eq!(second.line, "2257164624870311975");
    assert_eq!(second.specification, None);
    assert_eq!((second.quantity, second.amount), (5, Fen(1000)));
}

#[tokio::test]
async fn an_order_sent_in_part_says_so_and_shows_its_delivery() {
    let order = read(fixture!("order_partly_sent"), "105581756010628640")
        .await
        .unwrap();
    assert_eq!(order.status, PurchaseStatus::PartlySent);
    assert_eq!(order.raw_status, "waitsellersend");
    assert_eq!(
        order.reference.as_deref(),
        Some("APQQQQQQQQQQQQQQQQQQQQQQQQQQ")
    );
    assert_eq!(order.lines[0].status, PurchaseStatus::Sent);
    assert_eq!(order.lines[1].status, PurchaseStatus::PaidToSeller);
    assert_eq!(
        order.lines[1].raw_refund.as_deref(),
        Some("WAIT_SELLER_AGREE")
    );
    assert!(!order.lines[1].refunded, "asked for, not agreed");
    assert_eq!(order.pay_by, None, "paid orders have no deadline");
    let delivery = &order.deliveries[0];
    assert_eq!(delivery.id, "LP00098765432101");
    assert_eq!(delivery.tracking, "75512345678901");
    assert_eq!(delivery.carrier_code.as_deref(), Some("ZTO"));
    assert_eq!(delivery.lines, ["105581756010628641"]);
}

#[tokio::test]
async fn every_status_word_has_its_meaning() {
    use PurchaseStatus as P;
    for (word, logistics, wanted) in [
        ("waitbuyerpay", 1, P::ToPay),
        ("waitsellersend", 1, P::PaidToSeller),
        ("waitsellersend", 8, P::PaidToSeller),
        ("waitsellersend", 2, P::PartlySent),
        ("waitsellersend", 5, P::PartlySent),
        ("waitlogisticstakein", 1, P::Sent),
        ("waitbuyerreceive", 2, P::Sent),
        ("waitbuyersign", 2, P::Sent),
        ("signinsuccess", 2, P::Signed),
        ("confirm_goods", 3, P::Signed),
        ("confirm_goods_and_has_subsidy", 3, P::Signed),
        ("success", 3, P::Completed),
        ("cancel", 1, P::Closed),
        ("terminated", 1, P::Closed),
        ("other", 1, P::Unknown),
        ("WAITBUYERPAY", 1, P::Unknown),
        ("等待买家付款", 1, P::Unknown),
    ] {
        let mut body: Value = serde_json::from_str(fixture!("order_detail")).unwrap();
        body["result"]["baseInfo"]["status"] = json!(word);
        body["result"]["productItems"][0]["status"] = json!(word);
        body["result"]["productItems"][0]["logisticsStatus"] = json!(logistics);
        let order = read(&body.to_string(), "2257164624870311973")
            .await
            .unwrap();
        assert_eq!(order.status, wanted, "{word} {logistics}");
        assert_eq!(order.raw_status, word);
        assert_eq!(order.lines[0].raw_status, word);
    }
}

#[tokio::test]
async fn refund_words_say_whether_the_money_goes_back() {
    for (word, refunded) in [
        ("WAIT_SELLER_AGREE", false),
        ("WAIT_BUYER_MODIFY", false),
        ("WAIT_BUYER_SEND", true),
        ("WAIT_SELLER_RECEIVE", true),
        ("REFUND_SUCCESS", true),
        ("REFUND_CLOSED", false),
        ("refundsuccess", true),
        ("SOMETHING_NEW", false),
    ] {
        let mut body: Value = serde_json::from_str(fixture!("order_detail")).unwrap();
        body["result"]["productItems"][0]["refundStatus"] = json!(word);
        let order = read(&body.to_string(), "2257164624870311973")
            .await
            .unwrap();
        assert_eq!(order.lines[0].refunded, refunded, "{word}");
        assert_eq!(order.lines[0].raw_refund.as_deref(), Some(word));
    }
    let mut body: Value = serde_json::from_str(fixture!("order_detail")).unwrap();
    body["result"]["baseInfo"]["refund"] = Value::Null;
    body["result"]["baseInfo"]["refundPayment"] = json!(1234);
    body["result"]["productItems"][0]["refund"] = json!(12.34);
    let order = read(&body.to_string(), "2257164624870311973")
        .await
        .unwrap();
    assert_eq!(order.refunded, Fen(1234));
    assert!(order.lines[0].refunded);
}

#[tokio::test]
async fn a_missing_fact_is_named_and_never_guessed() {
    for (place, field) in [
        ("/result/baseInfo/status", "baseInfo.status"),
        ("/result/baseInfo/totalAmount", "baseInfo.totalAmount"),
        ("/result/productItems", "productItems"),
        ("/result/productItems/0/quantity", "productItems.quantity"),
        (
            "/result/productItems/0/itemAmount",
            "productItems.itemAmount",
        ),
        ("/result/productItems/0/price", "productItems.price"),
        ("/result/productItems/0/productID", "productItems.productID"),
        ("/result", "result"),
    ] {
        for broken in [Value::Null, json!({"a": 1}), json!(""), json!("soon")] {
            let mut body: Value = serde_json::from_str(fixture!("order_detail")).unwrap();
            *body.pointer_mut(place).unwrap() = broken.clone();
            if field == "baseInfo.status" && broken == json!("soon") {
                continue;
            }
            let error = read(&body.to_string(), "2257164624870311973")
                .await
                .expect_err(place);
            assert_eq!(error.kind, ErrorKind::Unclear, "{place}");
            let named = error.text.contains("productItems")
                || error.text.contains(field)
                || (place == "/result" && error.text.contains("baseInfo"));
            assert!(named, "{place} {broken}: {}", error.text);
        }
    }
}

#[tokio::test]
async fn the_payment_deadline_falls_back_to_the_orders_own_time() {
    let mut body: Value = serde_json::from_str(fixture!("order_detail")).unwrap();
    body["result"]["productItems"][0]["gmtPayExpireTime"] = Value::Null;
    let order = read(&body.to_string(), "2257164624870311973")
        .await
        .unwrap();
    assert_eq!(order.pay_by, Some(beijing("2026-10-10T21:30:15")));
    body["result"]["baseInfo"]["payTimeout"] = json!("0");
    let order = read(&body.to_string(), "2257164624870311973")
        .await
        .unwrap();
    assert_eq!(order.pay_by, None);
}

#[tokio::test]
async fn another_order_than_the_one_asked_for_is_not_accepted() {
    let error = read(fixture!("order_detail"), "105581756010628640")
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unclear);
}

#[tokio::test]
async fn orders_that_this_account_cannot_see_are_not_found() {
    for answer in [
        r#"{"success":"false","errorCode":"ORDER_NOT_EXIST","errorMessage":"订单不存在"}"#,
        r#"{"success":"false","errorCode":"400_3","errorMessage":"不是订单的买家或卖家"}"#,
        r#"{"success":false,"code":"500","message":"不是自己的订单"}"#,
        r#"{"errorCode":"order.nopermission.buyer"}"#,
    ] {
        let error = read(answer, "2257164624870311973").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{answer}");
    }
    let busy = r#"{"success":"false","errorCode":"500","errorMessage":"系统繁忙"}"#;
    let error = read(busy, "2257164624870311973").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unclear);
    assert_eq!(error.code.as_deref(), Some("500"));
    assert_eq!(error.text, "系统繁忙");
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let canned = Canned::saying(fixture!("order_list"));
    let listing = Listing::Modified {
        from: Timestamp::from_seconds(1_533_215_473),
        to: Timestamp(1_533_215_474_000_001),
    };
    let page = M1688
        .order_list(&canned.caller(), &listing, 1)
        .await
        .unwrap();
    assert_eq!(page.total, Some(537));
    assert!(page.more);
    assert_eq!(
        page.server_time,
        Some(Timestamp::from_seconds(1_533_215_473))
    );
    assert_eq!(page.orders.len(), 2);
    assert_eq!(page.orders[1].raw_status, "wait_for_the_moon");
    let sent = canned.sent();
    assert_eq!(sent["modifyStartTime"], "20180802211113000+0800");
    assert_eq!(sent["modifyEndTime"], "20180802211114001+0800");
    assert_eq!(
        (sent["page"].as_str(), sent["pageSize"].as_str()),
        ("1", "50")
    );

    // What a row lacks is learnt when its order is read; the others are listed all the same.
    let odd = r#"{"result":[{"baseInfo":{"idOfStr":"1","totalAmount":"free"}},{"baseInfo":{"idOfStr":"2","status":"success"}}],"totalRecord":2}"#;
    let canned = Canned::saying(odd);
    let page = M1688
        .order_list(&canned.caller(), &listing, 1)
        .await
        .unwrap();
    let rows: Vec<_> = page
        .orders
        .iter()
        .map(|o| (o.number.as_str(), o.raw_status.as_str()))
        .collect();
    assert_eq!(rows, [("1", ""), ("2", "success")]);

    let canned = Canned::saying(r#"{"result":[],"totalRecord":"0"}"#);
    let listing = Listing::Reference("AP1".to_owned());
    let page = M1688
        .order_list(&canned.caller(), &listing, 1)
        .await
        .unwrap();
    assert!(page.orders.is_empty() && !page.more);
    assert_eq!(canned.sent()["outOrderId"], "AP1");
}

fn rows(count: usize, total: u64) -> String {
    let row = |n: usize| json!({"baseInfo": {"idOfStr": (105_581_756_010_000_000_usize + n).to_string(), "status": "success", "totalAmount": 1, "shippingFee": 0}});
    json!({"result": (0..count).map(row).collect::<Vec<_>>(), "totalRecord": total}).to_string()
}

#[tokio::test]
async fn the_last_page_is_known_and_short_pages_do_not_end_a_list() {
    for (page, count, total, more) in [
        (1, 50, 120, true),
        (2, 50, 120, true),
        (3, 20, 120, false),
        (2, 50, 100, false),
        (1, 7, 7, false),
        // A marketplace that gives at most 20 whatever was asked for.
        (1, 20, 45, true),
        (2, 20, 45, true),
        (3, 5, 45, true),
        (4, 0, 45, false),
        // Orders moved while the pages were read.
        (2, 49, 120, true),
    ] {
        let canned = Canned::saying(rows(count, total));
        let listing = Listing::Reference("AP1".to_owned());
        let got = M1688
            .order_list(&canned.caller(), &listing, page)
            .await
            .unwrap();
        assert_eq!(got.more, more, "page {page}: {count} of {total}");
    }
}

#[tokio::test]
async fn lists_that_are_none_are_errors() {
    for (answer, wanted) in [
        (r#"{"totalRecord":5}"#, ErrorKind::Unclear),
        ("{}", ErrorKind::Unclear),
        (r#"{"result":"none","totalRecord":3}"#, ErrorKind::Unclear),
        (
            r#"{"result":[{"baseInfo":{}}],"totalRecord":1}"#,
            ErrorKind::Unclear,
        ),
        (
            r#"{"errorCode":"SBX_WINDOW_TOO_WIDE","errorMessage":"x"}"#,
            ErrorKind::Unclear,
        ),
        (
            r#"{"error_code":"401","error_message":"x"}"#,
            ErrorKind::Token,
        ),
    ] {
        let canned = Canned::saying(answer);
        let listing = Listing::Reference("AP1".to_owned());
        let error = M1688
            .order_list(&canned.caller(), &listing, 1)
            .await
            .expect_err(answer);
        assert_eq!(error.kind, wanted, "{answer}");
    }
}

#[tokio::test]
async fn deliveries_are_read_and_none_yet_is_no_error() {
    let number = "105581756010628640";
    let canned = Canned::saying(fixture!("logistics"));
    let found = M1688
        .deliveries_read(&canned.caller(), number)
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].id, "LP00098765432101");
    assert_eq!(found[0].lines.len(), 2);
    assert_eq!(found[0].raw_status, "TRANSPORT");
    assert_eq!(found[0].sent, Some(beijing("2026-10-03T11:59:00")));
    assert_eq!(found[1].id, "SF1234567890");
    assert!(
        found[1].lines.is_empty(),
        "the order's number means all of it"
    );

    for answer in [
        r#"{"success":false,"errorCode":"500_2","errorMessage":"订单未发货"}"#,
        r#"{"success":true,"errorMessage":"该订单没有物流信息。"}"#,
        r#"{"success":"true","result":[]}"#,
    ] {
        let canned = Canned::saying(answer);
        let found = M1688
            .deliveries_read(&canned.caller(), number)
            .await
            .unwrap();
        assert!(found.is_empty(), "{answer}");
    }
    for (answer, wanted) in [
        (
            r#"{"success":false,"errorCode":"400_3"}"#,
            ErrorKind::NotFound,
        ),
        (
            r#"{"success":false,"errorCode":"500_1"}"#,
            ErrorKind::Unclear,
        ),
        ("{}", ErrorKind::Unclear),
    ] {
        let canned = Canned::saying(answer);
        let error = M1688
            .deliveries_read(&canned.caller(), number)
            .await
            .unwrap_err();
        assert_eq!(error.kind, wanted, "{answer}");
    }
}
