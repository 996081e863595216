//! What could go wrong between any two steps: races, late words, lost workers, half answers.

use crate::booking::{read, three_goods};
use crate::story;
use app::booking::adopt::{Adopt, adopt};
use app::booking::release::{Release, release};
use domain::ItemStatus;
use serde_json::{Value, json};
use store::bookings::BookingRow;
use testkit::desk::Desk;
use testkit::goods::Wanted;

/// The newest booking of the first order.
async fn booking(desk: &Desk) -> BookingRow {
    let (order, _) = desk.order_of("ORD-000000001").await.unwrap();
    let mut db = desk.app.store.read().await.unwrap();
    let mut rows = store::bookings::of_order(&mut db, order.id).await.unwrap();
    rows.pop().unwrap()
}

/// State of a run.
async fn state(desk: &Desk, run: i64) -> String {
    let run = app::activity::show(&desk.app, run).await.unwrap();
    run.row.state
}

/// Kinds of the open differences.
async fn differences(desk: &Desk) -> Vec<String> {
    let mut db = desk.app.store.read().await.unwrap();
    let open = store::exceptions::latest_open(&mut db, i64::MAX, 50).await;
    open.unwrap().into_iter().map(|e| e.kind).collect()
}

/// A worker of its own that works until nothing is due.
fn worker(desk: &Desk) -> tokio::task::JoinHandle<()> {
    let app = desk.app.clone();
    #[expect(
        clippy::disallowed_methods,
        reason = "the story needs a second worker beside its own hand"
    )]
    let task = tokio::spawn(async move {
        while let app::worker::Turn::Worked(_) = app::worker::turn(&app).await.unwrap() {}
    });
    task
}

/// Waits until a request of this worker is held at the marketplace.
async fn held(desk: &Desk, worker: &tokio::task::JoinHandle<()>) {
    loop {
        let held = desk.control("GET", "/control/1688/held", Value::Null).await;
        if held.unwrap()["held"] != json!([]) {
            return;
        }
        assert!(!worker.is_finished(), "nothing is held");
        tokio::task::yield_now().await;
    }
}

async fn let_go(desk: &Desk) {
    desk.control("POST", "/control/1688/held/release", json!({}))
        .await
        .unwrap();
}

async fn number_of(desk: &Desk, position: usize) -> String {
    let orders = desk.market_orders().await.unwrap();
    orders[position]["number"].as_str().unwrap().to_owned()
}

story!(
    a_run_ends_when_the_order_is_seen_before_its_answer_is_lost,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let goods = desk.goods().await.unwrap();
        let (order, items) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
        desk.faults(json!([
            { "fault": "hold_after", "api": "createCrossOrder" },
            { "fault": "answer_lost", "api": "createCrossOrder" },
        ]))
        .await
        .unwrap();
        let run = desk
            .book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        let sender = worker(&desk);
        held(&desk, &sender).await;
        assert_eq!(booking(&desk).await.state, "sending");
        read(&desk, session, &number_of(&desk, 0).await).await;
        assert_eq!(booking(&desk).await.state, "placed");
        let_go(&desk).await;
        sender.await.unwrap();
        desk.run_for(60).await.unwrap();
        assert_eq!(state(&desk, run).await, "done");
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert_eq!(items[0].status, ItemStatus::Booked);
    }
);

story!(
    a_no_for_an_order_that_was_seen_is_told_and_the_run_ends,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let goods = desk.goods().await.unwrap();
        let (order, items) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
        desk.faults(json!([
            { "fault": "hold_before", "api": "createCrossOrder" },
            { "fault": "throttle", "api": "createCrossOrder" },
        ]))
        .await
        .unwrap();
        let run = desk
            .book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        let sender = worker(&desk);
        held(&desk, &sender).await;
        // A person names another order of these goods while ours is on its way.
        let number = crate::bind::by_hand(&desk, "cn_buyer_01", &[(&goods[0], 1)]).await;
        let wish = Adopt {
            request_id: "adopt-000001".to_owned(),
            booking: booking(&desk).await.id,
            number,
        };
        adopt(&desk.person, wish).await.unwrap();
        desk.run_for(5).await.unwrap();
        assert_eq!(booking(&desk).await.state, "placed");
        let_go(&desk).await;
        sender.await.unwrap();
        desk.run_for(60).await.unwrap();
        assert_ne!(state(&desk, run).await, "running");
        assert!(
            differences(&desk)
                .await
                .contains(&"refused_but_exists".to_owned())
        );
    }
);

story!(
    units_that_a_found_order_lacks_are_told_and_a_person_frees_them,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let (a, b, _) = three_goods(&desk).await;
        let (order, items) = desk.order("ORD-000000001", &[a.clone(), b]).await.unwrap();
        desk.faults(json!([
            { "fault": "line_fails", "api": "createCrossOrder", "offer": a.item },
            { "fault": "answer_lost", "api": "createCrossOrder" },
        ]))
        .await
        .unwrap();
        let chosen = [(items[0].id, None), (items[1].id, None)];
        desk.book(order.id, &chosen, session).await.unwrap();
        desk.run_for(1_200).await.unwrap();
        let row = booking(&desk).await;
        assert_eq!(row.state, "placed");
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert_eq!(items[0].free(), 0, "nobody has named the line as failed");
        assert_eq!(differences(&desk).await, ["item_differs"]);
        let tab = app::purchase_tab::load(&desk.app, order.id).await.unwrap();
        assert_eq!(
            tab.open.len(),
            1,
            "reserved units are shown with their booking"
        );
        let wish = Release {
            booking: row.id,
            confirmation: row.reference[row.reference.len() - 4..].to_owned(),
        };
        release(&desk.person, wish.clone()).await.unwrap();
        assert!(release(&desk.person, wish).await.is_err(), "once");
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert_eq!(
            items
                .iter()
                .map(|i| (i.status, i.free()))
                .collect::<Vec<_>>(),
            [(ItemStatus::Paid, 1), (ItemStatus::Booked, 0)]
        );
        assert!(differences(&desk).await.is_empty());
        read(&desk, session, &number_of(&desk, 0).await).await;
        assert!(differences(&desk).await.is_empty());
    }
);

story!(
    a_search_begun_anew_while_it_runs_reads_everything_again,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let goods = desk.goods().await.unwrap();
        let (order, items) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
        desk.faults(json!([{ "fault": "request_lost", "api": "createCrossOrder" }]))
            .await
            .unwrap();
        desk.book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        desk.run_due().await.unwrap();
        let row = booking(&desk).await;
        assert_eq!(row.state, "unknown");
        desk.clock.advance_seconds(12);
        // The second listing of the first look is under way.
        desk.faults(json!([{ "fault": "hold_before", "api": "getBuyerOrderList", "skip": 1 }]))
            .await
            .unwrap();
        let before = lists(&desk).await;
        let searcher = worker(&desk);
        held(&desk, &searcher).await;
        app::booking::look::look_again(&desk.person, row.id)
            .await
            .unwrap();
        let_go(&desk).await;
        searcher.await.unwrap();
        desk.run_for(3).await.unwrap();
        let looks = booking(&desk).await.empty_looks;
        assert_eq!(
            lists(&desk).await - before,
            2 * looks,
            "two listings make a look"
        );
        assert_eq!(looks, 2);
    }
);

/// Listings that the marketplace was asked for.
async fn lists(desk: &Desk) -> i64 {
    let counters = desk
        .control("GET", "/control/1688/counters", Value::Null)
        .await
        .unwrap();
    let calls = counters["calls"].as_object().unwrap();
    calls
        .iter()
        .filter(|(api, _)| api.contains("getBuyerOrderList"))
        .filter_map(|(_, n)| n.as_i64())
        .sum()
}

/// A booking of two units that was released and whose order shows afterwards.
async fn surfaced(desk: &Desk) -> (i64, i64) {
    desk.control(
        "PUT",
        "/control/1688/knobs",
        json!({ "search_delay_s": 2_000 }),
    )
    .await
    .unwrap();
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let goods = desk.goods().await.unwrap();
    let wanted = Wanted {
        quantity: 2,
        ..goods[0].clone()
    };
    let (order, items) = desk.order("ORD-000000001", &[wanted]).await.unwrap();
    desk.faults(json!([{ "fault": "answer_lost", "api": "createCrossOrder" }]))
        .await
        .unwrap();
    desk.book(order.id, &[(items[0].id, None)], session)
        .await
        .unwrap();
    desk.run_for(400).await.unwrap();
    let row = booking(desk).await;
    let wish = Release {
        booking: row.id,
        confirmation: row.reference[row.reference.len() - 4..].to_owned(),
    };
    release(&desk.person, wish).await.unwrap();
    (session, order.id)
}

story!(units_unbound_from_a_surfaced_order_stay_free, |desk| {
    let (session, order) = surfaced(&desk).await;
    desk.run_for(7_200).await.unwrap();
    let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
    assert_eq!(items[0].free(), 0, "claimed again when it surfaced");
    let tab = app::purchase_tab::load(&desk.app, order).await.unwrap();
    let bought = tab.bought[0].row.clone();
    let shown = app::purchase::view::show(&desk.app, bought.id)
        .await
        .unwrap();
    let wish = app::purchase::unbind::Unbind {
        request_id: desk.app.random_hex(16),
        order,
        allocations: vec![(shown.covers[0].id, Some(1))],
        ..Default::default()
    };
    app::purchase::unbind::unbind(&desk.person, wish)
        .await
        .unwrap();
    read(&desk, session, &bought.order_number).await;
    let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
    assert_eq!(items[0].free(), 1, "a read does not undo what a person did");
});

story!(an_order_that_surfaces_closed_takes_nothing, |desk| {
    let (session, _) = surfaced(&desk).await;
    let number = number_of(&desk, 0).await;
    desk.control(
        "POST",
        &format!("/control/1688/orders/{number}/pay"),
        json!({}),
    )
    .await
    .unwrap();
    desk.control(
        "POST",
        &format!("/control/1688/orders/{number}/refund"),
        json!({}),
    )
    .await
    .unwrap();
    read(&desk, session, &number).await;
    let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
    let shown = desk.market_orders().await.unwrap()[0].clone();
    assert_eq!(items[0].free(), 2, "{shown}");
});

story!(
    a_booking_whose_sender_and_job_are_gone_is_looked_for,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let goods = desk.goods().await.unwrap();
        let (order, items) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
        desk.faults(json!([{ "fault": "hold_after", "api": "createCrossOrder" }]))
            .await
            .unwrap();
        let run = desk
            .book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        let sender = worker(&desk);
        held(&desk, &sender).await;
        sender.abort();
        desk.clock.advance_seconds(600);
        let now = desk.app.now();
        desk.app
            .store
            .write::<_, app::AppError, _>(move |db| {
                Box::pin(async move {
                    store::jobs::reclaim_expired(db, now).await?;
                    for job in store::jobs::claim(db, "gone", now, now, 9).await? {
                        store::jobs::finish(db, job.held(), now).await?;
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
        app::booking::look::enqueue_due(&desk.app.program("reconciler"))
            .await
            .unwrap();
        desk.run_for(60).await.unwrap();
        assert_eq!(booking(&desk).await.state, "placed");
        assert_eq!(state(&desk, run).await, "done");
    }
);

story!(a_run_that_only_asks_ends_when_it_is_stopped, |desk| {
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let goods = desk.goods().await.unwrap();
    let dear = Wanted {
        price_fen: 1,
        ..goods[0].clone()
    };
    let (order, items) = desk.order("ORD-000000001", &[dear]).await.unwrap();
    let run = desk
        .book(order.id, &[(items[0].id, None)], session)
        .await
        .unwrap();
    desk.run_for(10).await.unwrap();
    assert_eq!(state(&desk, run).await, "waiting");
    app::activity::stop(&desk.person, run).await.unwrap();
    desk.run_for(10).await.unwrap();
    assert_eq!(state(&desk, run).await, "stopped");
});

story!(
    a_session_with_a_run_in_the_queue_cannot_be_removed,
    |desk| {
        let (session, order) = surfaced(&desk).await;
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        desk.app
            .store
            .write::<_, app::AppError, _>(move |db| {
                Box::pin(async move {
                    Ok(
                        store::sessions::pause(db, session, world::Timestamp(i64::MAX), "{}")
                            .await?,
                    )
                })
            })
            .await
            .unwrap();
        let run = desk
            .book(order, &[(items[0].id, None)], session)
            .await
            .unwrap();
        let refused = app::session::delete(&desk.person, session).await;
        assert!(
            refused.is_err(),
            "a run that waits for its session would never end"
        );
        assert_eq!(state(&desk, run).await, "running");
    }
);

story!(
    a_claim_that_moved_meanwhile_is_not_freed_as_it_was,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let goods = desk.goods().await.unwrap();
        let wanted = Wanted {
            quantity: 4,
            ..goods[0].clone()
        };
        let (order, items) = desk.order("ORD-000000001", &[wanted]).await.unwrap();
        for _ in 0..2 {
            desk.book(order.id, &[(items[0].id, Some(2))], session)
                .await
                .unwrap();
            desk.run_for(10).await.unwrap();
        }
        let claims = {
            let mut db = desk.app.store.read().await.unwrap();
            store::items::claims(&mut db, items[0].id).await.unwrap()
        };
        assert_eq!(claims.len(), 2);
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        let split = app::item::Split {
            item: items[0].id,
            version: items[0].version,
            quantity: 2,
        };
        app::item::split(&desk.person, split).await.unwrap();
        // Whoever read the claims before the split frees one as it was: the split won.
        for claim in claims.into_iter().rev() {
            let now = desk.app.now();
            let late = desk
                .app
                .store
                .write::<_, app::AppError, _>(move |db| {
                    let claim = claim.clone();
                    Box::pin(async move {
                        Ok(store::items::free(db, &claim, claim.quantity, "late", now).await?)
                    })
                })
                .await;
            desk.check().await.unwrap();
            drop(late);
        }
    }
);
