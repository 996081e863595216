//! Offers and previews: what the connector reads is what the other side has.

use crate::sandbox::{CUP, Desk, HOODIE, VASE, line, text};
use domain::VerdictKind;
use marketplaces::{ErrorKind, M1688, Marketplace, Offer};
use serde_json::{Value, json};

fn compare(offer: &Offer, there: &Value) {
    let item = &offer.item;
    assert_eq!(*item, text(&there["item_id"]));
    assert_eq!(offer.minimum, there["minimum"].as_i64().unwrap(), "{item}");
    assert_eq!(offer.lot, there["lot"].as_i64().unwrap_or(1), "{item}");
    let wanted = there["specifications"].as_array().unwrap();
    assert_eq!(offer.specifications.len(), wanted.len(), "{item}");
    for (specification, wanted) in offer.specifications.iter().zip(wanted) {
        assert_eq!(specification.id, text(&wanted["spec_id"]));
        assert_eq!(specification.stock, wanted["stock"].as_i64());
        assert!(!specification.name.is_empty());
        let price = offer
            .price_of(Some(&specification.id), offer.minimum)
            .unwrap();
        if there["ranges"].as_array().unwrap().is_empty() {
            assert_eq!(price.0, wanted["price_fen"].as_i64().unwrap(), "{item}");
        }
    }
    if wanted.is_empty() {
        assert_eq!(offer.stock, there["stock"].as_i64(), "{item}");
        let price = offer.price_of(None, offer.minimum).unwrap();
        assert_eq!(price.0, there["price_fen"].as_i64().unwrap(), "{item}");
    }
}

#[tokio::test]
async fn every_offer_of_the_catalogue_is_read_alike_through_both_interfaces() {
    let desk = Desk::new().await;
    let all = desk
        .control("GET", "/control/1688/offers", Value::Null)
        .await;
    let offers = all["offers"].as_array().unwrap();
    assert!(offers.len() >= 300);
    for there in offers {
        let item = text(&there["item_id"]);
        let offer = M1688.offer_read(&desk.caller(), &item).await.unwrap();
        compare(&offer, there);
        assert_eq!(offer.seller.as_deref(), there["seller_id"].as_str());
        assert_eq!(offer.seller_name.as_deref(), there["seller_name"].as_str());
        let page = M1688.item_url(&desk.addresses, &item).unwrap();
        assert_eq!(M1688.item_from_text(page.as_str()), Some(item));
    }
    desk.knobs(json!({"denied_apis": ["product.search.queryProductDetail"]}))
        .await;
    for there in offers.iter().step_by(7) {
        let item = text(&there["item_id"]);
        let offer = M1688.offer_read(&desk.caller(), &item).await.unwrap();
        compare(&offer, there);
    }
    desk.knobs(json!({"reset": true, "null_fields": true, "success_as": "string"}))
        .await;
    for there in offers.iter().step_by(11) {
        let item = text(&there["item_id"]);
        compare(
            &M1688.offer_read(&desk.caller(), &item).await.unwrap(),
            there,
        );
    }
}

#[tokio::test]
async fn an_offer_that_is_not_there_is_not_found() {
    let desk = Desk::new().await;
    for knobs in [
        json!({}),
        json!({"denied_apis": ["product.search.queryProductDetail"]}),
    ] {
        desk.knobs(knobs).await;
        let error = M1688
            .offer_read(&desk.caller(), "999999999999")
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
    }
}

#[tokio::test]
async fn every_verdict_reaches_its_line() {
    let desk = Desk::new().await;
    let grey = desk.specification(HOODIE, 0).await;
    let other = line(HOODIE, Some(&desk.specification(HOODIE, 1).await), 1);
    let check = async |bad, kind| {
        let preview = desk.preview(&[other.clone(), bad]).await.unwrap();
        assert!(preview.lines[0].verdict.is_ok(), "{preview:?}");
        assert_eq!(preview.lines[1].verdict.kind, kind, "{preview:?}");
        assert!(preview.whole.is_none());
        assert!(preview.lines[1].verdict.code.is_some());
    };
    check(line(HOODIE, None, 1), VerdictKind::NoSuchSpecification).await;
    check(
        line(HOODIE, Some(&"0".repeat(32)), 1),
        VerdictKind::NoSuchSpecification,
    )
    .await;
    check(
        line(HOODIE, Some(&grey), 1_000_000),
        VerdictKind::OutOfStock,
    )
    .await;
    desk.knobs(json!({"faults": [{"fault": "refuse", "code": "500_007", "message": format!("商品[{HOODIE}_{grey}]没有代销关系。")}]}))
        .await;
    check(line(HOODIE, Some(&grey), 1), VerdictKind::NotByApi).await;

    // Two sellers: the basket as a whole.
    let preview = desk
        .preview(&[other.clone(), line(VASE, None, 1)])
        .await
        .unwrap();
    assert_eq!(
        preview.whole.map(|v| v.kind),
        Some(VerdictKind::DifferentSellers)
    );

    for (change, kind) in [
        (json!({"minimum": 5}), VerdictKind::BelowMinimum),
        (
            json!({"minimum": 1, "price_fen": 0}),
            VerdictKind::ZeroPrice,
        ),
        (
            json!({"price_fen": 20_840, "tradable": false}),
            VerdictKind::NotForSale,
        ),
    ] {
        desk.set_offer(VASE, change).await;
        let preview = desk.preview(&[line(VASE, None, 1)]).await.unwrap();
        assert_eq!(preview.lines[0].verdict.kind, kind, "{preview:?}");
        let error = desk
            .create("APNO", &[line(VASE, None, 1)], &desk_terms(&desk).await)
            .await
            .unwrap_err();
        assert!(
            matches!(&error.kind, ErrorKind::Refused(verdict) if verdict.kind == kind),
            "create says the same: {error:?}"
        );
    }
}

/// Terms of a basket that can be ordered, for creates that will be refused.
async fn desk_terms(desk: &Desk) -> marketplaces::Preview {
    let specification = desk.specification(CUP, 0).await;
    desk.preview(&[line(CUP, Some(&specification), 50)])
        .await
        .unwrap()
}

#[tokio::test]
async fn lots_and_mixed_batches_are_told_apart() {
    let desk = Desk::new().await;
    let all = desk
        .control("GET", "/control/1688/offers", Value::Null)
        .await;
    let offers = all["offers"].as_array().unwrap();
    let plain = |offer: &&Value| offer["tradable"] == json!(true);
    let one = |offer: &Value, quantity| {
        let specification = offer["specifications"]
            .as_array()
            .unwrap()
            .iter()
            .find(|s| s["stock"].as_i64() > Some(1_000))
            .map(|s| text(&s["spec_id"]));
        line(&text(&offer["item_id"]), specification.as_deref(), quantity)
    };
    let lot = offers
        .iter()
        .filter(plain)
        .find(|o| o["lot"].as_i64().is_some_and(|lot| lot > 1) && o["mixed"] == json!(false))
        .unwrap();
    let size = lot["lot"].as_i64().unwrap();
    let preview = desk.preview(&[one(lot, size + 1)]).await.unwrap();
    assert_eq!(
        preview.lines[0].verdict.kind,
        VerdictKind::BelowMinimum,
        "{preview:?}"
    );
    assert_eq!(preview.lines[0].verdict.code.as_deref(), Some("500_009"));
    let preview = desk.preview(&[one(lot, size)]).await.unwrap();
    assert!(preview.is_ok(), "{preview:?}");

    let mixed = offers
        .iter()
        .filter(plain)
        .filter(|o| o["mixed"] == json!(true) && o["lot"].is_null());
    let mut met = false;
    for offer in mixed {
        let preview = desk.preview(&[one(offer, 1)]).await.unwrap();
        if let Some(code) = &preview.lines[0].verdict.code
            && code == "500_006"
        {
            assert_eq!(preview.lines[0].verdict.kind, VerdictKind::MixedBatch);
            met = true;
            break;
        }
    }
    assert!(met, "the catalogue has a mixed-batch rule");
}
