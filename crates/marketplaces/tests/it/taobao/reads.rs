//! Offers and previews.

use super::{
    CLOTH, MP_CLOTH, MP_CLOTH_ROW, MP_RED, MP_UMBRELLA, RED, UMBRELLA, basket, sample, saying,
    silent, terms,
};
use domain::{Fen, VerdictKind};
use marketplaces::{ErrorKind, Marketplace, Orderable, Taobao};
use serde_json::{Value, json};

fn orderable(item: &str, sku: &str) -> Orderable {
    Orderable {
        item: item.to_owned(),
        specification: Some(sku.to_owned()),
    }
}

#[tokio::test]
async fn an_offer_tells_the_ids_under_which_it_is_ordered() {
    let canned = saying(sample!("product"));
    let offer = Taobao.offer_read(&canned.caller(), UMBRELLA).await.unwrap();
    assert_eq!(offer.item, UMBRELLA);
    assert_eq!(
        offer.orderable_of(Some(RED)),
        Some(orderable(MP_UMBRELLA, MP_RED))
    );
    assert_eq!(offer.orderable_of(Some("1")), None);
    assert_eq!(offer.price_of(Some(RED), 1), Some(Fen(1_260)));
    assert_eq!(offer.price_of(Some("4808332513273"), 1), Some(Fen(1_480)));
    assert_eq!(offer.stock_of(Some(RED)), Some(30));
    assert_eq!(offer.specifications[0].name, "颜色: 大红; 尺寸: 均码");
    assert_eq!(
        offer.specifications[0].image.as_deref(),
        Some("https://img.alicdn.com/red.jpg")
    );
    assert_eq!(offer.specifications[1].image, None);
    assert_eq!(
        (offer.minimum, offer.stock, offer.on_sale),
        (2, Some(35), true)
    );
    assert_eq!(offer.seller.as_deref(), Some("58501945"));
    assert_eq!(offer.seller_name.as_deref(), Some("雨具小店"));
    assert_eq!(offer.images[0], "https://img.alicdn.com/a.jpg");
    assert!(offer.price_ranges.is_empty());
    assert_eq!(canned.sent()["item_id"], UMBRELLA);
}

#[tokio::test]
async fn an_offer_without_choice_is_ordered_by_its_only_row() {
    let canned = saying(sample!("product_single"));
    let offer = Taobao.offer_read(&canned.caller(), CLOTH).await.unwrap();
    assert!(offer.specifications.is_empty());
    assert_eq!(
        offer.orderable_of(None),
        Some(orderable(MP_CLOTH, MP_CLOTH_ROW))
    );
    assert_eq!(offer.price_of(None, 3), Some(Fen(300)));
    assert_eq!(offer.stock_of(None), Some(100));
}

#[tokio::test]
async fn an_offer_that_is_not_there_is_told_apart_from_a_failure() {
    for (code, kind) in [
        ("SBX_ITEM_NOT_FOUND", ErrorKind::NotFound),
        ("F-1", ErrorKind::Unclear),
    ] {
        let answer = json!({"code": "0", "success": false, "error_code": code, "error_msg": "no"});
        let canned = saying(answer.to_string());
        let error = Taobao
            .offer_read(&canned.caller(), UMBRELLA)
            .await
            .unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (kind, Some(code)));
    }
    let error = Taobao
        .offer_read(&silent().caller(), "umbrella")
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Parameters);
}

#[tokio::test]
async fn a_preview_sums_up_shops_and_keeps_prices_for_the_create() {
    let canned = saying(sample!("render_ok"));
    let preview = Taobao
        .order_preview(&canned.caller(), &basket())
        .await
        .unwrap();
    assert!(preview.is_ok());
    assert_eq!(preview.orders, 2);
    // A coupon took something off the shops' sums.
    assert_eq!(
        (preview.goods, preview.freight, preview.total),
        (Fen(4_020), Fen(500), Fen(4_520))
    );
    assert_eq!(preview.lines[0].unit_price, Some(Fen(1_260)));
    assert_eq!(preview.lines[0].goods, Some(Fen(2_520)));
    // No reduction is told as zero.
    assert_eq!(preview.lines[1].unit_price, Some(Fen(300)));
    assert_eq!(preview.terms, terms());
    let sent = canned.sent();
    assert_eq!(sent["need_supplychain_service"], "false");
    let lines: Value = serde_json::from_str(&sent["render_item_List"]).unwrap();
    assert_eq!(
        lines,
        json!([{"itemId": MP_UMBRELLA, "skuId": MP_RED, "quantity": 2}, {"itemId": MP_CLOTH, "skuId": MP_CLOTH_ROW, "quantity": 5}])
    );
    assert_eq!(sent["warehouse_address"], sent["receiver_address"]);
}

#[tokio::test]
async fn goods_that_cannot_be_had_are_verdicts_of_their_lines() {
    let canned = saying(sample!("render_unavailable"));
    let preview = Taobao
        .order_preview(&canned.caller(), &basket())
        .await
        .unwrap();
    let verdict = &preview.lines[0].verdict;
    assert_eq!(verdict.kind, VerdictKind::OutOfStock);
    assert_eq!(verdict.code.as_deref(), Some("F-10001-00-16-001"));
    assert!(preview.lines[1].verdict.is_ok() && preview.whole.is_none());
    assert_eq!(preview.total, Fen(0));

    let foreign = json!({"code": "0", "result": {"success": true, "data": {"unavailable_sku_list": [{"reason": "不可售"}]}}});
    let preview = Taobao
        .order_preview(&saying(foreign.to_string()).caller(), &basket())
        .await
        .unwrap();
    assert_eq!(preview.whole.map(|v| v.kind), Some(VerdictKind::Other));
}

#[tokio::test]
async fn a_refused_basket_is_a_verdict_and_a_broken_gateway_an_error() {
    let show = async |answer: Value| {
        Taobao
            .order_preview(&saying(answer.to_string()).caller(), &basket())
            .await
    };
    let no = |code: &str, text: &str| json!({"code": "0", "result": {"success": "false", "error_code": code, "error_msg": text}});
    let preview = show(no("F-2", "address not served")).await.unwrap();
    assert_eq!(preview.whole.map(|v| v.kind), Some(VerdictKind::Other));
    let preview = show(no("SBX_ADDRESS", "x")).await.unwrap();
    assert_eq!(preview.whole.map(|v| v.kind), Some(VerdictKind::Address));
    for answer in [
        no("SYSTEM_ERROR", "x"),
        no("", ""),
        json!({"code": "0", "result": {"success": true, "data": {}}}),
        json!({"code": "ServiceTimeout", "message": "x"}),
    ] {
        let error = show(answer.clone()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unclear, "{answer}");
    }
    let limit = show(no("SBX_UNPAID_ORDER_LIMIT", "x")).await.unwrap_err();
    assert!(matches!(limit.kind, ErrorKind::Limit { .. }));

    // A line that nobody looked at is no good line.
    let mut half: Value = serde_json::from_str(sample!("render_ok")).unwrap();
    half["result"]["data"]["render_item_list"]
        .as_array_mut()
        .unwrap()
        .pop();
    assert_eq!(show(half).await.unwrap_err().kind, ErrorKind::Unclear);
}

#[tokio::test]
async fn lines_without_ids_are_refused_before_anything_is_asked() {
    let canned = silent();
    let mut bare = basket();
    bare.lines[0].orderable = None;
    let preview = Taobao.order_preview(&canned.caller(), &bare).await.unwrap();
    assert_eq!(
        preview.lines[0].verdict.kind,
        VerdictKind::NoSuchSpecification
    );
    assert!(preview.lines[1].verdict.is_ok());
    assert!(canned.seen.lock().unwrap().is_empty());
}
