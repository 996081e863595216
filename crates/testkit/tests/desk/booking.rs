//! Booking when the marketplace answers.

use crate::story;
use app::booking::decide::{Answer, Decide, decide};
use app::booking::run::Run;
use domain::{Fen, ItemStatus};
use serde_json::json;
use testkit::desk::{Desk, Wanted};

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

story!(
    three_of_five_units_are_booked_and_the_item_stays_paid,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, ..) = three_goods(&desk).await;
        let (order, items) = desk
            .order("ORD-000000001", &[Wanted { quantity: 5, ..a }])
            .await
            .unwrap();
        desk.book(order.id, &[(items[0].id, Some(3))], session)
            .await
            .unwrap();
        desk.run_for(10).await.unwrap();
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert_eq!((items[0].status, items[0].free()), (ItemStatus::Paid, 2));
        assert_eq!(
            desk.market_orders().await.unwrap()[0]["lines"][0]["quantity"],
            3
        );
    }
);

story!(
    the_same_goods_in_two_items_are_one_line_with_two_allocations,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, ..) = three_goods(&desk).await;
        let (order, items) = desk
            .order("ORD-000000001", &[a.clone(), Wanted { quantity: 2, ..a }])
            .await
            .unwrap();
        desk.book(
            order.id,
            &[(items[0].id, None), (items[1].id, None)],
            session,
        )
        .await
        .unwrap();
        desk.run_for(10).await.unwrap();
        let orders = desk.market_orders().await.unwrap();
        assert_eq!(orders.len(), 1);
        assert_eq!(orders[0]["lines"].as_array().unwrap().len(), 1);
        assert_eq!(orders[0]["lines"][0]["quantity"], 3);
        let mut db = desk.app.store.read().await.unwrap();
        for item in &items {
            let claims = store::items::claims(&mut db, item.id).await.unwrap();
            assert_eq!(claims.len(), 1);
            assert!(claims[0].purchase_line_id.is_some());
        }
    }
);

story!(
    two_people_book_the_same_item_and_one_order_is_made,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, ..) = three_goods(&desk).await;
        let (order, items) = desk.order("ORD-000000001", &[a]).await.unwrap();
        let first = desk
            .book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        let second = desk
            .book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        desk.run_for(30).await.unwrap();
        assert_eq!(desk.market_orders().await.unwrap().len(), 1);
        let states = [state(&desk, first).await, state(&desk, second).await];
        assert_eq!(states, ["done", "failed"]);
    }
);

story!(
    a_risen_price_asks_and_the_answer_counts_for_that_price_only,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, ..) = three_goods(&desk).await;
        let price = a.price_fen;
        let (order, items) = desk
            .order(
                "ORD-000000001",
                &[Wanted {
                    price_fen: price - 10,
                    ..a.clone()
                }],
            )
            .await
            .unwrap();
        let run = desk
            .book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        desk.run_for(10).await.unwrap();
        assert_eq!(state(&desk, run).await, "waiting");
        let (_, asked_at) = question(&desk, run).await;
        // While it waits the price rises again: the answer was for the old one.
        let path = format!("/control/1688/offers/{}", a.item);
        desk.control(
            "POST",
            &path,
            json!({ "price_fen": price + 50, "spec_id": a.specification }),
        )
        .await
        .unwrap();
        decide(
            &desk.person,
            Decide {
                activity: run,
                group: 0,
                asked_at,
                answer: Answer::Accept,
            },
        )
        .await
        .unwrap();
        desk.run_for(10).await.unwrap();
        assert_eq!(state(&desk, run).await, "waiting");
        let stale = decide(
            &desk.person,
            Decide {
                activity: run,
                group: 0,
                asked_at,
                answer: Answer::Accept,
            },
        )
        .await;
        assert!(
            stale.is_err(),
            "an answer to an older question counts for nothing"
        );
        let (_, asked_at) = question(&desk, run).await;
        decide(
            &desk.person,
            Decide {
                activity: run,
                group: 0,
                asked_at,
                answer: Answer::Accept,
            },
        )
        .await
        .unwrap();
        desk.run_for(10).await.unwrap();
        assert_eq!(state(&desk, run).await, "done");
        assert_eq!(desk.market_orders().await.unwrap().len(), 1);
    }
);

story!(
    a_price_that_rises_between_preview_and_create_withholds_pay,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, ..) = three_goods(&desk).await;
        let (order, items) = desk
            .order("ORD-000000001", std::slice::from_ref(&a))
            .await
            .unwrap();
        desk.faults(json!([{ "fault": "price_change", "api": "createCrossOrder", "price_fen": a.price_fen + 30 }])).await.unwrap();
        desk.book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        desk.run_for(10).await.unwrap();
        let mut db = desk.app.store.read().await.unwrap();
        let kinds: Vec<String> = store::exceptions::of_order(&mut db, order.id)
            .await
            .unwrap()
            .into_iter()
            .map(|e| e.kind)
            .collect();
        assert!(kinds.contains(&"over_ceiling".to_owned()), "{kinds:?}");
        drop(db);
        let (order, _) = desk.order_of("ORD-000000001").await.unwrap();
        assert!(order.open_exceptions > 0);
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
    below_the_minimum_the_quantity_can_be_raised_and_the_surplus_is_stock,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, ..) = three_goods(&desk).await;
        let path = format!("/control/1688/offers/{}", a.item);
        desk.control("POST", &path, json!({ "minimum": 3 }))
            .await
            .unwrap();
        let (order, items) = desk.order("ORD-000000001", &[a]).await.unwrap();
        let run = desk
            .book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        desk.run_for(10).await.unwrap();
        let (_, asked_at) = question(&desk, run).await;
        decide(
            &desk.person,
            Decide {
                activity: run,
                group: 0,
                asked_at,
                answer: Answer::Raise { line: 0, units: 3 },
            },
        )
        .await
        .unwrap();
        desk.run_for(10).await.unwrap();
        assert_eq!(state(&desk, run).await, "done");
        let mut db = desk.app.store.read().await.unwrap();
        let purchase = store::purchases::of_order(&mut db, order.id)
            .await
            .unwrap()
            .pop()
            .unwrap();
        let line = store::purchases::lines(&mut db, purchase.id)
            .await
            .unwrap()
            .pop()
            .unwrap();
        assert_eq!(
            (line.quantity, line.units_allocated, line.unallocated()),
            (3, 1, 2)
        );
        assert!(
            store::exceptions::of_order(&mut db, order.id)
                .await
                .unwrap()
                .is_empty()
        );
    }
);

story!(
    an_answer_that_splits_the_booking_covers_every_item,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, b, _) = three_goods(&desk).await;
        let (order, items) = desk
            .order("ORD-000000001", &[a, Wanted { quantity: 2, ..b }])
            .await
            .unwrap();
        desk.faults(json!([{ "fault": "split", "api": "createCrossOrder", "orders": 2 }]))
            .await
            .unwrap();
        let run = desk
            .book(
                order.id,
                &[(items[0].id, None), (items[1].id, None)],
                session,
            )
            .await
            .unwrap();
        desk.run_for(10).await.unwrap();
        assert_eq!(desk.market_orders().await.unwrap().len(), 2);
        assert_eq!(state(&desk, run).await, "done");
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert!(
            items.iter().all(|i| i.status == ItemStatus::Booked),
            "{items:?}"
        );
        let mut db = desk.app.store.read().await.unwrap();
        assert_eq!(
            store::purchases::of_order(&mut db, order.id)
                .await
                .unwrap()
                .len(),
            2
        );
    }
);

story!(
    a_line_that_fails_is_free_again_and_the_others_are_bought,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, b, _) = three_goods(&desk).await;
        let (order, items) = desk.order("ORD-000000001", &[a.clone(), b]).await.unwrap();
        desk.faults(json!([{ "fault": "line_fails", "api": "createCrossOrder", "offer": a.item }]))
            .await
            .unwrap();
        let run = desk
            .book(
                order.id,
                &[(items[0].id, None), (items[1].id, None)],
                session,
            )
            .await
            .unwrap();
        desk.run_for(10).await.unwrap();
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert_eq!(
            items.iter().map(|i| i.status).collect::<Vec<_>>(),
            [ItemStatus::Paid, ItemStatus::Booked]
        );
        assert!(items[0].note.is_some(), "the reason stands with the item");
        let steps = app::activity::show(&desk.app, run).await.unwrap().steps;
        assert!(
            steps.iter().any(|s| s.message.key == "step-line_refused"),
            "{steps:?}"
        );
    }
);

story!(
    the_limit_of_the_day_stops_the_run_and_nothing_more_is_tried,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, _, c) = three_goods(&desk).await;
        desk.control(
            "PUT",
            "/control/1688/knobs",
            json!({ "daily_order_limit": 1 }),
        )
        .await
        .unwrap();
        let (order, items) = desk.order("ORD-000000001", &[a, c]).await.unwrap();
        let run = desk
            .book(
                order.id,
                &[(items[0].id, None), (items[1].id, None)],
                session,
            )
            .await
            .unwrap();
        desk.run_for(60).await.unwrap();
        assert_eq!(state(&desk, run).await, "partly");
        assert_eq!(desk.market_orders().await.unwrap().len(), 1);
        let counters = desk
            .control("GET", "/control/1688/counters", serde_json::Value::Null)
            .await
            .unwrap();
        let calls = counters["calls"]["alibaba.trade.createCrossOrder"]
            .as_i64()
            .unwrap();
        desk.run_for(600).await.unwrap();
        let counters = desk
            .control("GET", "/control/1688/counters", serde_json::Value::Null)
            .await
            .unwrap();
        assert_eq!(
            counters["calls"]["alibaba.trade.createCrossOrder"]
                .as_i64()
                .unwrap(),
            calls,
            "no further try"
        );
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert_eq!(items.iter().filter(|i| i.free() == 1).count(), 1);
    }
);

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

story!(
    paid_and_shipped_at_the_marketplace_shows_on_the_item,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, ..) = three_goods(&desk).await;
        let (order, items) = desk.order("ORD-000000001", &[a]).await.unwrap();
        desk.book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        desk.run_for(10).await.unwrap();
        let number = desk.market_orders().await.unwrap()[0]["number"]
            .as_str()
            .unwrap()
            .to_owned();
        for (action, status) in [
            ("pay", ItemStatus::Purchased),
            ("ship", ItemStatus::ShippedBySeller),
        ] {
            desk.clock.advance_seconds(5);
            desk.control(
                "POST",
                &format!("/control/1688/orders/{number}/{action}"),
                json!({}),
            )
            .await
            .unwrap();
            read(&desk, session, &number).await;
            let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
            assert_eq!(items[0].status, status);
        }
        let mut db = desk.app.store.read().await.unwrap();
        let purchase = store::purchases::of_order(&mut db, order.id)
            .await
            .unwrap()
            .pop()
            .unwrap();
        assert!(purchase.was_paid && purchase.total_fen > Fen(0));
        let deliveries = store::purchases::deliveries(&mut db, purchase.id)
            .await
            .unwrap();
        assert_eq!(deliveries.len(), 1);
        assert!(!deliveries[0].tracking.is_empty());
    }
);

story!(
    an_unpaid_order_that_the_marketplace_closes_frees_its_units,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, ..) = three_goods(&desk).await;
        let (order, items) = desk.order("ORD-000000001", &[a]).await.unwrap();
        desk.book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        desk.run_for(10).await.unwrap();
        let number = desk.market_orders().await.unwrap()[0]["number"]
            .as_str()
            .unwrap()
            .to_owned();
        desk.clock.advance_seconds(43_300);
        desk.sandbox.tick(desk.app.now()).await.unwrap();
        read(&desk, session, &number).await;
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert_eq!((items[0].status, items[0].free()), (ItemStatus::Paid, 1));
        assert!(items[0].note.is_some(), "the reason stands in red");
        let history = app::history::list(&desk.app, order.id, None, None, 50)
            .await
            .unwrap();
        assert!(history.iter().any(|h| h.kind == "purchase_status"));
    }
);

story!(a_refund_after_payment_moves_nothing_by_itself, |desk| {
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let (a, ..) = three_goods(&desk).await;
    let (order, items) = desk.order("ORD-000000001", &[a]).await.unwrap();
    desk.book(order.id, &[(items[0].id, None)], session)
        .await
        .unwrap();
    desk.run_for(10).await.unwrap();
    let number = desk.market_orders().await.unwrap()[0]["number"]
        .as_str()
        .unwrap()
        .to_owned();
    for action in ["pay", "refund"] {
        desk.clock.advance_seconds(5);
        desk.control(
            "POST",
            &format!("/control/1688/orders/{number}/{action}"),
            json!({}),
        )
        .await
        .unwrap();
        read(&desk, session, &number).await;
    }
    let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
    assert_eq!(
        (items[0].status, items[0].free()),
        (ItemStatus::Purchased, 0)
    );
    let mut db = desk.app.store.read().await.unwrap();
    assert!(
        !store::exceptions::of_order(&mut db, order.id)
            .await
            .unwrap()
            .is_empty()
    );
});

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

story!(two_hundred_bookings_never_call_too_often, |desk| {
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let (a, ..) = three_goods(&desk).await;
    let path = format!("/control/1688/offers/{}", a.item);
    desk.control(
        "POST",
        &path,
        json!({ "stock": 100_000, "spec_id": a.specification }),
    )
    .await
    .unwrap();
    // The marketplace takes half as much again as our pace, so that bursts have room and no more.
    desk.control(
        "PUT",
        "/control/1688/knobs",
        json!({ "per_second_app": 30, "per_second_session": 15 }),
    )
    .await
    .unwrap();
    for number in 0..200 {
        let (order, items) = desk
            .order(&format!("ORD-{number:09}"), std::slice::from_ref(&a))
            .await
            .unwrap();
        desk.book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
    }
    desk.run_for(300).await.unwrap();
    let runs = app::activity::list(&desk.app, None, None, 300)
        .await
        .unwrap();
    let odd = runs.iter().find(|r| r.row.state != "done");
    assert!(odd.is_none(), "{:?}", odd.map(|r| &r.steps));
    let log = desk
        .control("GET", "/control/1688/log", serde_json::Value::Null)
        .await
        .unwrap();
    assert!(
        !log.to_string().contains("QosAppFrequencyLimit"),
        "never told to slow down"
    );
});

story!(
    a_session_revoked_in_the_middle_of_a_run_rests_and_the_run_goes_on_after_login,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, _, c) = three_goods(&desk).await;
        let (order, items) = desk.order("ORD-000000001", &[a, c]).await.unwrap();
        // The first create passes, then the account withdraws its consent.
        desk.faults(json!([{ "fault": "revoked", "api": "createOrder.preview", "skip": 1 }]))
            .await
            .unwrap();
        let run = desk
            .book(
                order.id,
                &[(items[0].id, None), (items[1].id, None)],
                session,
            )
            .await
            .unwrap();
        desk.run_for(120).await.unwrap();
        let mut db = desk.app.store.read().await.unwrap();
        let row = store::sessions::by_id(&mut db, session)
            .await
            .unwrap()
            .unwrap();
        drop(db);
        assert_eq!(row.state, "revoked");
        assert_eq!(desk.market_orders().await.unwrap().len(), 1);
        assert_eq!(
            state(&desk, run).await,
            "running",
            "it waits instead of failing"
        );
        desk.reconnect(session, "cn_buyer_01").await.unwrap();
        desk.run_for(120).await.unwrap();
        assert_eq!(state(&desk, run).await, "done");
        assert_eq!(desk.market_orders().await.unwrap().len(), 2);
    }
);

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
