//! Booking when the marketplace answers.

use crate::story;
use app::booking::decide::{Answer, Decide, decide};
use app::booking::run::Run;
use domain::ItemStatus;
use serde_json::json;
use testkit::desk::Desk;
use testkit::goods::Wanted;

/// Goods of one seller that sells at least two offers, and of another.
pub async fn three_goods(desk: &Desk) -> (Wanted, Wanted, Wanted) {
    let goods = desk.goods().await.unwrap();
    for first in &goods {
        if let Some(second) = goods
            .iter()
            .find(|g| g.seller == first.seller && g.item != first.item)
        {
            let other = goods.iter().find(|g| g.seller != first.seller).unwrap();
            return (first.clone(), second.clone(), other.clone());
        }
    }
    panic!("no seller with two offers");
}

async fn state(desk: &Desk, activity: i64) -> String {
    app::activity::show(&desk.app, activity)
        .await
        .unwrap()
        .row
        .state
}

async fn question(desk: &Desk, activity: i64) -> (Run, world::Timestamp) {
    let run: Run = app::activity::show(&desk.app, activity)
        .await
        .unwrap()
        .data()
        .unwrap();
    let at = run.groups[0].question.as_ref().unwrap().at;
    (run, at)
}

story!(
    two_offers_of_one_seller_and_one_of_another_become_two_orders,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, b, c) = three_goods(&desk).await;
        let (order, items) = desk
            .order("ORD-000000001", &[a, Wanted { quantity: 2, ..b }, c])
            .await
            .unwrap();
        let chosen: Vec<_> = items.iter().map(|i| (i.id, None)).collect();
        let run = desk.book(order.id, &chosen, session).await.unwrap();
        desk.run_for(10).await.unwrap();
        assert_eq!(state(&desk, run).await, "done");
        assert_eq!(desk.market_orders().await.unwrap().len(), 2);
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert!(
            items
                .iter()
                .all(|i| i.status == ItemStatus::Booked && i.free() == 0)
        );
    }
);

story!(out_of_stock_asks_and_the_line_can_be_left_out, |desk| {
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let (a, b, _) = three_goods(&desk).await;
    let path = format!("/control/1688/offers/{}", a.item);
    desk.control(
        "POST",
        &path,
        json!({ "stock": 0, "spec_id": a.specification }),
    )
    .await
    .unwrap();
    let (order, items) = desk.order("ORD-000000001", &[a.clone(), b]).await.unwrap();
    let run = desk
        .book(
            order.id,
            &[(items[0].id, None), (items[1].id, None)],
            session,
        )
        .await
        .unwrap();
    desk.run_for(10).await.unwrap();
    assert_eq!(state(&desk, run).await, "waiting");
    let (memory, asked_at) = question(&desk, run).await;
    let refused = decide(
        &desk.person,
        Decide {
            activity: run,
            group: 0,
            asked_at,
            answer: Answer::Accept,
        },
    )
    .await;
    assert!(refused.is_err(), "what is out of stock cannot be accepted");
    let line = memory.groups[0]
        .planned
        .lines
        .iter()
        .position(|l| l.item == a.item)
        .unwrap();
    decide(
        &desk.person,
        Decide {
            activity: run,
            group: 0,
            asked_at,
            answer: Answer::LeaveOut(vec![line]),
        },
    )
    .await
    .unwrap();
    desk.run_for(10).await.unwrap();
    let orders = desk.market_orders().await.unwrap();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["lines"].as_array().unwrap().len(), 1);
    let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
    assert_eq!(
        items.iter().map(|i| i.status).collect::<Vec<_>>(),
        [ItemStatus::Paid, ItemStatus::Booked]
    );
});

story!(
    a_throttled_create_is_followed_by_a_successor_with_its_own_reference,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, ..) = three_goods(&desk).await;
        let (order, items) = desk.order("ORD-000000001", &[a]).await.unwrap();
        desk.faults(json!([{ "fault": "throttle", "api": "createCrossOrder" }]))
            .await
            .unwrap();
        let run = desk
            .book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        desk.run_for(120).await.unwrap();
        assert_eq!(state(&desk, run).await, "done");
        let counters = desk
            .control("GET", "/control/1688/counters", serde_json::Value::Null)
            .await
            .unwrap();
        assert!(
            counters["references"]
                .as_array()
                .unwrap()
                .iter()
                .all(|r| r["creates_received"].as_i64().unwrap() <= 1)
        );
        assert_eq!(desk.market_orders().await.unwrap().len(), 1);
    }
);

/// Reads an order as a person's synchronization would.
pub async fn read(desk: &Desk, session: i64, number: &str) {
    use app::purchase::{Source, read};
    let (app, payload) = (
        desk.app.clone(),
        read::Payload {
            session,
            number: number.to_owned(),
            source: Source::Person,
            deliveries: false,
        },
    );
    desk.app
        .store
        .write::<_, app::AppError, _>(move |db| {
            let (app, payload) = (app.clone(), payload.clone());
            Box::pin(async move { read::enqueue(&app, db, &payload, None, app.now()).await })
        })
        .await
        .unwrap();
    desk.run_for(5).await.unwrap();
}

story!(
    an_access_token_that_ends_is_renewed_once_and_the_booking_goes_on,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, ..) = three_goods(&desk).await;
        let (order, items) = desk.order("ORD-000000001", &[a]).await.unwrap();
        desk.faults(json!([{ "fault": "token_expired", "api": "createCrossOrder" }]))
            .await
            .unwrap();
        let run = desk
            .book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        desk.run_for(120).await.unwrap();
        assert_eq!(state(&desk, run).await, "done");
        let mut db = desk.app.store.read().await.unwrap();
        let row = store::sessions::by_id(&mut db, session)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((row.state.as_str(), row.generation), ("active", 2));
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert_eq!(items[0].status, ItemStatus::Booked);
    }
);
