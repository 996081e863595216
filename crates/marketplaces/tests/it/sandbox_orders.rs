//! Orders: what only 1688 does. What every marketplace does, the behaviour suite shows.

use crate::sandbox::{CUP, Desk, HOODIE, line};
use domain::{Fen, PurchaseStatus, VerdictKind};
use marketplaces::{ErrorKind, Listing, M1688, Marketplace, OrderLine};
use serde_json::json;
use world::Clock;

async fn hoodies(desk: &Desk) -> Vec<OrderLine> {
    let mut lines = Vec::new();
    for at in 0..2 {
        let specification = desk.specification(HOODIE, at).await;
        lines.push(line(HOODIE, Some(&specification), 2));
    }
    lines
}

#[tokio::test]
async fn offers_without_specifications_and_with_them_share_an_order() {
    let desk = Desk::new().await;
    let cup = desk.specification(CUP, 0).await;
    let made = desk
        .book("APCUP", &[line(CUP, Some(&cup), 50)])
        .await
        .unwrap();
    let order = desk.read(&made.orders[0].number).await.unwrap();
    assert_eq!(order.lines[0].specification.as_deref(), Some(cup.as_str()));
    assert_eq!(
        order.lines[0].line, order.number,
        "one line has the order's number"
    );
    let vase = desk.read(&desk.vase("APVASE").await).await.unwrap();
    assert_eq!(vase.lines[0].specification, None);
    assert_eq!(vase.lines[0].price, Fen(20_840));
}

#[tokio::test]
async fn lines_that_all_fail_by_themselves_are_a_definite_no() {
    let desk = Desk::new().await;
    let lines = hoodies(&desk).await;
    let preview = desk.preview(&lines).await.unwrap();
    desk.knobs(json!({"stock_failure_by_line": true})).await;
    for line in &lines {
        let change = json!({"spec_id": line.specification, "stock": 0});
        desk.set_offer(HOODIE, change).await;
    }
    let error = desk.create("APNONE", &lines, &preview).await.unwrap_err();
    assert!(matches!(&error.kind, ErrorKind::Refused(v) if v.kind == VerdictKind::OutOfStock));
    assert!(desk.orders_there().await.is_empty());
}

#[tokio::test]
async fn the_words_of_an_order_and_of_its_end_are_kept() {
    use PurchaseStatus as P;
    let desk = Desk::new().await;
    let number = desk.vase("APWORDS").await;
    desk.act(&number, "pay", json!({})).await;
    desk.act(&number, "ship", json!({"tracking": "7551234"}))
        .await;
    for (action, status) in [("sign", P::Signed), ("confirm", P::Signed)] {
        desk.act(&number, action, json!({})).await;
        assert_eq!(desk.read(&number).await.unwrap().status, status, "{action}");
    }
    let cancelled = desk.vase("APCANCEL").await;
    desk.clock.advance_seconds(11);
    let once = desk.permit();
    M1688
        .order_cancel(&desk.caller(), &cancelled, once)
        .await
        .unwrap();
    let order = desk.read(&cancelled).await.unwrap();
    assert_eq!(order.close_reason.as_deref(), Some("buyerCancel"));

    let forgotten = desk.vase("APFORGOT").await;
    desk.clock.advance_seconds(43_201);
    let access = M1688.token_refresh(&desk.caller(), &desk.refresh).await;
    let desk = desk.with_access(&access.unwrap().access);
    desk.sandbox.tick(desk.clock.now()).await.unwrap();
    let order = desk.read(&forgotten).await.unwrap();
    assert_eq!(order.close_reason.as_deref(), Some("BUYER_NO_PAY"));

    let back = desk.vase("APBACK").await;
    desk.act(&back, "pay", json!({})).await;
    desk.act(&back, "refund", json!({"step": "open"})).await;
    let order = desk.read(&back).await.unwrap();
    assert_eq!(order.raw_refund.as_deref(), Some("waitselleragree"));
}

#[tokio::test]
async fn a_span_that_is_too_wide_is_refused_in_its_own_words() {
    let desk = Desk::new().await;
    desk.knobs(json!({"max_window_days": 1})).await;
    let now = desk.clock.now();
    let wide = Listing::Created {
        from: now.plus_seconds(-3 * 86_400),
        to: now,
    };
    let error = M1688
        .order_list(&desk.caller(), &wide, 1)
        .await
        .unwrap_err();
    assert_eq!(error.code.as_deref(), Some("SBX_WINDOW_TOO_WIDE"));
}
