//! Purchases across orders: lists, the pay link, accepted prices, offers.

use crate::story;
use crate::unbind::booked;
use app::AppError;
use app::purchase::list::{Query, Tab, list};
use app::purchase::{accept, pay_link};
use serde_json::json;
use testkit::goods::Wanted;

fn query(tab: Tab) -> Query {
    Query {
        tab,
        session: None,
        after: None,
        before: None,
        limit: 2,
    }
}

story!(lists_are_paged_both_ways_and_counted, |desk| {
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let goods = desk.goods().await.unwrap();
    let mut sellers: Vec<Wanted> = Vec::new();
    for one in goods {
        if sellers.iter().all(|s| s.seller != one.seller) {
            sellers.push(one);
        }
    }
    let (order, items) = desk.order("ORD-000000001", &sellers[..5]).await.unwrap();
    let all: Vec<_> = items.iter().map(|i| (i.id, None)).collect();
    desk.book(order.id, &all, session).await.unwrap();
    desk.run_for(20).await.unwrap();
    let mut seen = Vec::new();
    let mut at = query(Tab::ToPay);
    loop {
        let page = list(&desk.app, &at).await.unwrap();
        assert_eq!(page.counts[&Tab::ToPay], 5);
        assert_eq!(page.counts[&Tab::OnWay], 0);
        assert!(
            page.rows
                .iter()
                .all(|r| r.orders[0].number == "ORD-000000001")
        );
        seen.extend(page.rows.iter().map(|r| r.row.id));
        at.after = page.next;
        if page.next.is_none() {
            let back = Query {
                before: page.previous,
                ..query(Tab::ToPay)
            };
            let back = list(&desk.app, &back).await.unwrap();
            let ids: Vec<i64> = back.rows.iter().map(|r| r.row.id).collect();
            assert_eq!(ids, seen[2..4]);
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    let page = pay_link::fetch(&desk.person, &seen).await.unwrap();
    assert_eq!((page.covers.len(), page.login.as_str()), (5, "cn_buyer_01"));
    assert!(page.excluded.is_empty());
    // Of another session nothing is listed.
    let other = Query {
        session: Some(1),
        ..query(Tab::All)
    };
    let other = list(&desk.app, &other).await.unwrap();
    assert!(other.rows.is_empty() && other.counts[&Tab::All] == 0);
});

story!(a_dearer_order_is_not_paid_before_a_person_accepts, |desk| {
    let (_, _, bought) = booked(&desk).await;
    desk.run_for(2).await.unwrap();
    let path = format!("/control/1688/orders/{}/price", bought.order_number);
    let dearer = json!({ "goods_fen": bought.goods_fen.0 + 500 });
    desk.control("POST", &path, dearer).await.unwrap();
    app::purchase::due::look_again(&desk.person, bought.id)
        .await
        .unwrap();
    desk.run_for(5).await.unwrap();
    let shown = app::purchase::view::show(&desk.app, bought.id)
        .await
        .unwrap();
    let kinds: Vec<&str> = shown.differences.iter().map(|e| e.kind.as_str()).collect();
    assert!(
        kinds.contains(&"over_ceiling") && kinds.contains(&"price_changed"),
        "{kinds:?}"
    );
    assert_eq!(shown.no_pay.map(|m| m.key).as_deref(), Some("pay-withheld"));
    let before = accept::accept(&desk.person, bought.id, bought.total_fen).await;
    assert!(
        matches!(before, Err(AppError::Refused(_))),
        "the price that was seen counts"
    );
    accept::accept(&desk.person, bought.id, shown.row.total_fen)
        .await
        .unwrap();
    let shown = app::purchase::view::show(&desk.app, bought.id)
        .await
        .unwrap();
    assert!(
        shown.differences.is_empty() && shown.no_pay.is_none(),
        "{:?}",
        shown.differences
    );
    // The next read finds the same amounts, and nobody is asked again.
    app::purchase::due::look_again(&desk.person, bought.id)
        .await
        .unwrap();
    desk.run_for(5).await.unwrap();
    let shown = app::purchase::view::show(&desk.app, bought.id)
        .await
        .unwrap();
    assert!(shown.differences.is_empty(), "{:?}", shown.differences);
});

story!(a_deadline_that_is_near_is_told_once, |desk| {
    let (_, _, bought) = booked(&desk).await;
    let until = bought.pay_by.unwrap();
    let seconds = until.seconds_since(desk.app.now()) - 3_600;
    desk.clock.advance_micros(seconds * 1_000_000);
    for _ in 0..2 {
        app::purchase::due::enqueue_due(&desk.person).await.unwrap();
    }
    let page = list(&desk.app, &query(Tab::Trouble)).await.unwrap();
    assert_eq!(page.rows[0].differences[0].kind, "pay_deadline");
    assert!(page.rows[0].no_pay.is_none());
});

story!(prices_are_read_in_the_background_and_on_demand, |desk| {
    desk.connect("cn_buyer_01").await.unwrap();
    let goods = desk.goods().await.unwrap();
    let (order, _) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
    let tab = |id| app::purchase_tab::load(&desk.app, id);
    assert!(tab(order.id).await.unwrap().ready[0].items[0].now.is_none());
    app::offer::enqueue_due(&desk.person).await.unwrap();
    desk.run_for(5).await.unwrap();
    let item = tab(order.id).await.unwrap().ready[0].items[0].clone();
    assert_eq!(item.now.unwrap().price.unwrap().0, goods[0].price_fen);
    assert_eq!(item.drift, Some(0));
    // Nothing is due again so soon.
    app::offer::enqueue_due(&desk.person).await.unwrap();
    desk.run_due().await.unwrap();
    // A failed read keeps the price and says why.
    desk.faults(json!([{ "fault": "error_before", "next": null }]))
        .await
        .unwrap();
    assert_eq!(
        app::offer::refresh(&desk.person, order.id).await.unwrap(),
        1
    );
    desk.run_for(5).await.unwrap();
    let item = tab(order.id).await.unwrap().ready[0].items[0].clone();
    let now = item.now.unwrap();
    assert!(now.price.is_some() && now.error.is_some());
});
