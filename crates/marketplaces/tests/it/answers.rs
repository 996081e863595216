//! Previews, offers, payment links, addresses, and the check of an app.

use crate::canned::{BOX, CLOTH, Canned, GREY, basket, fixture};
use domain::{Fen, VerdictKind};
use marketplaces::{Basket, ErrorKind, M1688, MarketError, Marketplace, Preview};
use serde_json::{Value, json};

fn only_box() -> Basket {
    let mut basket = basket();
    basket.lines.truncate(1);
    basket
}

async fn preview(answer: impl Into<String>, basket: &Basket) -> Result<Preview, MarketError> {
    let canned = Canned::saying(answer.into());
    M1688.order_preview(&canned.caller(), basket).await
}

#[tokio::test]
async fn a_good_preview_gives_prices_and_terms() {
    let got = preview(fixture!("preview_ok"), &only_box()).await.unwrap();
    assert!(got.is_ok());
    assert_eq!(
        (got.goods, got.freight, got.total, got.orders),
        (Fen(3600), Fen(800), Fen(4400), 1)
    );
    assert_eq!(got.lines[0].unit_price, Some(Fen(1800)));
    assert_eq!(got.lines[0].goods, Some(Fen(3600)));
    assert_eq!(got.terms["flow"], "general");
    assert_eq!(got.terms["trade_type"], "assureTrade", "never on credit");
}

#[tokio::test]
async fn a_split_preview_is_summed_and_needs_common_terms() {
    let got = preview(fixture!("preview_split"), &basket()).await.unwrap();
    assert!(got.is_ok(), "{got:?}");
    assert_eq!(
        (got.goods, got.freight, got.total, got.orders),
        (Fen(2300), Fen(1000), Fen(3300), 2)
    );
    assert_eq!(got.terms["trade_type"], "assureTrade");
    assert_eq!(
        got.lines[1].unit_price,
        Some(Fen(13)),
        "0.125 yuan, rounded"
    );
    assert_eq!(got.lines[1].goods, Some(Fen(500)));

    let mut other: Value = serde_json::from_str(fixture!("preview_split")).unwrap();
    other["orderPreviewResuslt"][1]["flowFlag"] = json!("fenxiao");
    let got = preview(other.to_string(), &basket()).await.unwrap();
    assert_eq!(got.whole.unwrap().kind, VerdictKind::Other);
    other["orderPreviewResuslt"][1]["flowFlag"] = json!("general");
    other["orderPreviewResuslt"][1]["tradeModeNameList"] = json!(["nzassure"]);
    let got = preview(other.to_string(), &basket()).await.unwrap();
    assert_eq!(got.whole.unwrap().kind, VerdictKind::NotByApi);
}

#[tokio::test]
async fn no_way_to_pay_is_a_verdict() {
    for ways in [
        json!([]),
        Value::Null,
        json!(["creditBuy"]),
        json!(["period"]),
    ] {
        let mut body: Value = serde_json::from_str(fixture!("preview_ok")).unwrap();
        body["orderPreviewResuslt"][0]["tradeModeNameList"] = ways.clone();
        let got = preview(body.to_string(), &only_box()).await.unwrap();
        assert_eq!(got.lines[0].verdict.kind, VerdictKind::NotByApi, "{ways}");
        assert!(got.terms.is_empty());
    }
}

#[tokio::test]
async fn refusals_become_verdicts_of_the_lines_they_name() {
    let both = format!("商品[{BOX}_{GREY}]库存不足，请核实库存后订购。");
    let cloth = format!("商品[{CLOTH}]的购买数量不满足起批量限制。");
    for (code, text, line, kind) in [
        ("500_004", both.as_str(), Some(0), VerdictKind::OutOfStock),
        (
            "500_005",
            cloth.as_str(),
            Some(1),
            VerdictKind::BelowMinimum,
        ),
        ("500_001", cloth.as_str(), Some(1), VerdictKind::NotForSale),
        ("500_006", cloth.as_str(), Some(1), VerdictKind::MixedBatch),
        (
            "500_009",
            cloth.as_str(),
            Some(1),
            VerdictKind::BelowMinimum,
        ),
        ("500_008", both.as_str(), Some(0), VerdictKind::ZeroPrice),
        ("500_004", "库存不足", None, VerdictKind::OutOfStock),
        (
            "500_004",
            "商品[548818919805_another]库存不足",
            None,
            VerdictKind::OutOfStock,
        ),
        (
            "500_002",
            "商品[548818919805,548818919806]不属于同一个卖家。",
            None,
            VerdictKind::DifferentSellers,
        ),
        (
            "400",
            "AddressId invalid:AddressId invalid",
            None,
            VerdictKind::Address,
        ),
        ("S_NEW", "something new", None, VerdictKind::Other),
    ] {
        let body = json!({"success": false, "errorCode": code, "errorMsg": text});
        let got = preview(body.to_string(), &basket()).await.unwrap();
        assert!(!got.is_ok(), "{code}");
        for (at, of) in got.lines.iter().enumerate() {
            let wanted = if Some(at) == line {
                kind
            } else {
                VerdictKind::Ok
            };
            assert_eq!(of.verdict.kind, wanted, "{code} {text} line {at}");
        }
        match line {
            Some(at) => assert_eq!(got.lines[at].verdict.code.as_deref(), Some(code)),
            None => assert_eq!(got.whole.as_ref().unwrap().kind, kind, "{code} {text}"),
        }
    }
}

#[tokio::test]
async fn an_entry_that_may_not_be_ordered_speaks_for_its_lines() {
    let mut body: Value = serde_json::from_str(fixture!("preview_split")).unwrap();
    let entry = &mut body["orderPreviewResuslt"][1];
    entry["status"] = json!(false);
    entry["resultCode"] = json!("500_005");
    entry["message"] = json!("起批量");
    let got = preview(body.to_string(), &basket()).await.unwrap();
    assert_eq!(got.lines[0].verdict.kind, VerdictKind::Ok);
    assert_eq!(got.lines[1].verdict.kind, VerdictKind::BelowMinimum);

    let entry = &mut body["orderPreviewResuslt"][1];
    entry["resultCode"] = Value::Null;
    entry["message"] = Value::Null;
    entry["cargoList"][0]["resultCode"] = json!("500_004");
    let got = preview(body.to_string(), &basket()).await.unwrap();
    assert_eq!(got.lines[1].verdict.kind, VerdictKind::OutOfStock);

    let mut zero: Value = serde_json::from_str(fixture!("preview_ok")).unwrap();
    zero["orderPreviewResuslt"][0]["cargoList"][0]["finalUnitPrice"] = json!("0.00");
    let got = preview(zero.to_string(), &only_box()).await.unwrap();
    assert_eq!(got.lines[0].verdict.kind, VerdictKind::ZeroPrice);
}

#[tokio::test]
async fn a_preview_without_its_facts_is_unclear_and_names_them() {
    for (name, broken) in [
        ("status", Value::Null),
        ("sumPayment", json!("")),
        ("sumCarriage", Value::Null),
        ("flowFlag", Value::Null),
        ("cargoList", json!([])),
    ] {
        let mut body: Value = serde_json::from_str(fixture!("preview_ok")).unwrap();
        body["orderPreviewResuslt"][0][name] = broken;
        let error = preview(body.to_string(), &only_box())
            .await
            .expect_err(name);
        assert_eq!(error.kind, ErrorKind::Unclear);
        assert!(error.text.contains(name), "{}", error.text);
    }
    for (body, wanted) in [
        (r#"{"success":true}"#, ErrorKind::Unclear),
        (
            r#"{"success":true,"orderPreviewResuslt":[]}"#,
            ErrorKind::Unclear,
        ),
        (r#"{"success":false}"#, ErrorKind::Unclear),
        (
            r#"{"success":false,"errorCode":"500","errorMsg":"系统异常"}"#,
            ErrorKind::Unclear,
        ),
        (
            r#"{"error_code":"gw.QosAppFrequencyLimit"}"#,
            ErrorKind::Throttled { next: None },
        ),
        (
            r#"{"error_code":"SBX_AppDailyLimit"}"#,
            ErrorKind::UsedUp { next: None },
        ),
        (
            r#"{"error_code":"SBX_TimestampStale"}"#,
            ErrorKind::Signature,
        ),
    ] {
        let error = preview(body, &only_box()).await.expect_err(body);
        assert_eq!(error.kind, wanted, "{body}");
    }
    let limit = r#"{"success":false,"errorCode":"SBX_DAILY_ORDER_LIMIT","errorMsg":"x"}"#;
    let error = preview(limit, &only_box()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Limit { .. }));
}

#[tokio::test]
async fn an_offer_with_specifications_is_read() {
    let canned = Canned::saying(fixture!("offer_detail"));
    let offer = M1688.offer_read(&canned.caller(), BOX).await.unwrap();
    assert_eq!(offer.item, BOX);
    assert_eq!(offer.title, "加厚收纳箱");
    assert!(offer.on_sale);
    assert_eq!((offer.minimum, offer.lot), (2, 1));
    assert_eq!(offer.unit.as_deref(), Some("个"));
    assert_eq!(offer.stock, Some(120));
    assert_eq!(offer.weight_grams, Some(450));
    assert_eq!(offer.seller.as_deref(), Some("b2b-1676547900b7bb3"));
    assert!(offer.price_ranges.is_empty());
    assert_eq!(offer.price_of(Some(GREY), 2), Some(Fen(1750)));
    assert_eq!(offer.stock_of(Some(GREY)), Some(120));
    assert_eq!(offer.specifications[0].name, "颜色: 灰色; 尺码: L");
    assert_eq!(offer.specifications[1].stock, Some(0));
    assert_eq!(
        offer.images,
        [
            "https://cbu01.alicdn.com/img/ibank/1.jpg",
            "https://cbu01.alicdn.com/img/ibank/2.jpg",
            "https://cbu01.alicdn.com/img/ibank/3.jpg"
        ]
    );
    let asked: Value = serde_json::from_str(&canned.sent()["offerDetailParam"]).unwrap();
    assert_eq!(asked["offerId"], json!(548_818_919_805_i64));
}

#[tokio::test]
async fn an_app_without_the_right_reads_the_other_interface() {
    let denied =
        r#"{"error_code":"gw.APIACLDecline","error_message":"AppKey is not allowed(acl)"}"#;
    let canned = Canned::with_status(400, denied).then(200, fixture!("offer_info"));
    let offer = M1688.offer_read(&canned.caller(), CLOTH).await.unwrap();
    assert_eq!(offer.item, CLOTH);
    assert!(!offer.on_sale);
    assert_eq!(offer.raw_status.as_deref(), Some("auto expired"));
    assert_eq!((offer.minimum, offer.lot, offer.stock), (1, 5, Some(999)));
    assert_eq!(offer.price_of(None, 99), Some(Fen(250)));
    assert_eq!(offer.price_of(None, 100), Some(Fen(200)));
    assert_eq!(offer.weight_grams, Some(50));
    assert!(offer.specifications.is_empty());
    assert_eq!(
        canned.seen.lock().unwrap()[1].name,
        "alibaba.cross.productInfo"
    );

    let no_right = r#"{"success":false,"message":"没有该商品的查询权限"}"#;
    let canned = Canned::with_status(400, denied).then(200, no_right);
    let error = M1688.offer_read(&canned.caller(), CLOTH).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);

    let canned = Canned::with_status(400, denied).then(400, denied);
    let error = M1688.offer_read(&canned.caller(), CLOTH).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Permission);
}

#[tokio::test]
async fn a_payment_link_names_what_it_leaves_out() {
    let numbers: Vec<String> = [
        "105581756010628640",
        "105637283010628640",
        "2257164624870311973",
    ]
    .map(str::to_owned)
    .to_vec();
    let canned = Canned::saying(fixture!("pay_link_partial"));
    let link = M1688.pay_link(&canned.caller(), &numbers).await.unwrap();
    assert_eq!(link.excluded, ["105637283010628640"]);
    assert_eq!(link.url.host_str(), Some("trade.1688.com"));
    assert_eq!(
        canned.sent()["orderIdList"],
        "[105581756010628640,105637283010628640,2257164624870311973]"
    );
    // Numbers that were rounded on their way name nothing; the link itself still does.
    let rounded =
        fixture!("pay_link_partial").replace("[105637283010628640]", "[105637283010628600]");
    let canned = Canned::saying(rounded);
    let link = M1688.pay_link(&canned.caller(), &numbers).await.unwrap();
    assert_eq!(link.excluded, ["105637283010628640"]);

    let whole = r#"{"success":"true","payUrl":"https://trade.1688.com/order/cashier.htm"}"#;
    let canned = Canned::saying(whole);
    let link = M1688.pay_link(&canned.caller(), &numbers).await.unwrap();
    assert!(link.excluded.is_empty());

    for (answer, wanted) in [
        (
            r#"{"success":false,"errorCode":"500","erroMsg":"Batch pay : not surport MANUAL-TRADE!"}"#,
            Some(VerdictKind::NotByApi),
        ),
        (
            r#"{"success":false,"erroMsg":"PRODUCT_TRADE_STAT_ERROR 库存不足"}"#,
            Some(VerdictKind::OutOfStock),
        ),
        (
            r#"{"success":false,"errorCode":"X","erroMsg":"?"}"#,
            Some(VerdictKind::Other),
        ),
        (r#"{"success":true}"#, None),
        (r#"{"success":true,"payUrl":"javascript:alert(1)"}"#, None),
        (r#"{"success":true,"payUrl":"not a link"}"#, None),
    ] {
        let canned = Canned::saying(answer);
        let error = M1688
            .pay_link(&canned.caller(), &numbers)
            .await
            .expect_err(answer);
        match (error.kind, wanted) {
            (ErrorKind::Refused(verdict), Some(kind)) => assert_eq!(verdict.kind, kind),
            (ErrorKind::Unclear, None) => {}
            other => panic!("{answer}: {other:?}"),
        }
    }
    let canned = Canned::empty();
    let none = M1688.pay_link(&canned.caller(), &[]).await.unwrap_err();
    assert_eq!(none.kind, ErrorKind::Parameters);
}

#[tokio::test]
async fn saved_addresses_are_read() {
    let canned = Canned::saying(fixture!("addresses"));
    let found = M1688.addresses_read(&canned.caller()).await.unwrap();
    assert_eq!(found.len(), 2);
    assert!(found[0].is_default && !found[1].is_default);
    let first = &found[0].address;
    assert_eq!(first.saved_id.as_deref(), Some("593861699"));
    assert_eq!(
        (
            first.province.as_str(),
            first.city.as_str(),
            first.area.as_str(),
            first.town.as_str()
        ),
        ("浙江省", "杭州市", "滨江区", "长河镇")
    );
    assert_eq!(first.mobile, "15251667788");
    assert_eq!(found[1].address.area, "");
    let canned = Canned::saying(r#"{"success":true,"result":{}}"#);
    assert!(M1688.addresses_read(&canned.caller()).await.is_err());
}

#[tokio::test]
async fn an_app_is_checked_without_an_account() {
    let canned = Canned::saying("\"20180802211113000+0800\"");
    let mut caller = canned.caller();
    caller.access_token = None;
    let check = M1688.app_check(&caller).await.unwrap();
    assert_eq!(
        check.server_time,
        Some(world::Timestamp::from_seconds(1_533_215_473))
    );
    let sent = canned.sent();
    assert_eq!(sent.keys().collect::<Vec<_>>(), ["_aop_signature"]);

    for (answer, wanted) in [
        (
            r#"{"error_code":"gw.SignatureInvalid"}"#,
            ErrorKind::Signature,
        ),
        (
            r#"{"error_code":"gw.AppKeyNotFound"}"#,
            ErrorKind::Signature,
        ),
        ("<html>", ErrorKind::Unclear),
        ("{}", ErrorKind::Unclear),
    ] {
        let canned = Canned::with_status(400, answer);
        let error = M1688.app_check(&canned.caller()).await.unwrap_err();
        assert_eq!(error.kind, wanted, "{answer}");
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let canned = Canned::empty();
    let mut caller = canned.caller();
    caller.access_token = None;
    let error = M1688
        .order_read(&caller, "2257164624870311973")
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Token);
}
