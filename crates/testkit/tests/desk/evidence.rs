//! Booking when the answer is lost, late, or never was.

use crate::booking::read;
use crate::story;
use app::booking::release::{Release, release};
use domain::ItemStatus;
use serde_json::json;
use store::bookings::BookingRow;
use testkit::desk::Desk;

/// Books one item with a fault at the create; gives the session and the booking.
async fn booked_with(desk: &Desk, fault: &str) -> (i64, BookingRow) {
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let goods = desk.goods().await.unwrap();
    let (order, items) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
    if !fault.is_empty() {
        desk.faults(json!([{ "fault": fault, "api": "createCrossOrder" }]))
            .await
            .unwrap();
    }
    desk.book(order.id, &[(items[0].id, None)], session)
        .await
        .unwrap();
    desk.run_due().await.unwrap();
    (session, booking(desk).await)
}

/// The newest booking of the order.
async fn booking(desk: &Desk) -> BookingRow {
    let (order, _) = desk.order_of("ORD-000000001").await.unwrap();
    let mut db = desk.app.store.read().await.unwrap();
    store::bookings::of_order(&mut db, order.id)
        .await
        .unwrap()
        .pop()
        .unwrap()
}

story!(
    an_order_invisible_to_searches_is_adopted_when_it_shows,
    |desk| {
        desk.control(
            "PUT",
            "/control/1688/knobs",
            json!({ "search_delay_s": 300 }),
        )
        .await
        .unwrap();
        let (_, row) = booked_with(&desk, "answer_lost").await;
        assert_eq!(row.state, "unknown");
        desk.run_for(200).await.unwrap();
        assert_eq!(
            booking(&desk).await.state,
            "unknown",
            "an empty search proves nothing"
        );
        desk.run_for(1_200).await.unwrap();
        assert_eq!(booking(&desk).await.state, "placed");
        assert_eq!(desk.market_orders().await.unwrap().len(), 1);
    }
);

/// Releases the booking of the order; what is not seen at the marketplace stays hidden so long.
async fn released(desk: &Desk) -> (i64, BookingRow) {
    desk.control(
        "PUT",
        "/control/1688/knobs",
        json!({ "search_delay_s": 2_000 }),
    )
    .await
    .unwrap();
    let (session, row) = booked_with(desk, "answer_lost").await;
    desk.run_for(400).await.unwrap();
    let confirmation = row.reference[row.reference.len() - 4..].to_owned();
    let wish = Release {
        booking: row.id,
        confirmation,
    };
    release(&desk.person, wish).await.unwrap();
    (session, row)
}

story!(
    what_was_released_is_looked_for_once_more_before_it_is_sent_again,
    |desk| {
        let (session, first) = released(&desk).await;
        // Searches show it by now, and the next look of its own accord comes later.
        desk.run_for(1_700).await.unwrap();
        assert_eq!(booking(&desk).await.state, "released");
        let (order, items) = desk.order_of("ORD-000000001").await.unwrap();
        let run = desk
            .book(order.id, &[(items[0].id, None)], session)
            .await
            .unwrap();
        desk.run_for(60).await.unwrap();
        assert_eq!(
            desk.market_orders().await.unwrap().len(),
            1,
            "it showed in time"
        );
        assert_eq!(booking(&desk).await.state, "withdrawn");
        let shown = app::activity::show(&desk.app, run).await.unwrap();
        assert!(
            shown
                .steps
                .iter()
                .any(|s| s.message.key == "book-surfaced" && s.hint.is_some()),
            "{:?}",
            shown.steps
        );
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert_eq!(items[0].free(), 0, "covered by the order that surfaced");
        let mut db = desk.app.store.read().await.unwrap();
        let found = store::purchases::of_booking(&mut db, first.id)
            .await
            .unwrap();
        assert_eq!(found.len(), 1);
    }
);

story!(
    what_was_released_is_not_sent_again_while_its_account_cannot_be_asked,
    |desk| {
        let (session, _) = released(&desk).await;
        let other = desk.connect("cn_buyer_02").await.unwrap();
        desk.control(
            "POST",
            "/control/1688/accounts/cn_buyer_01/revoke",
            json!({}),
        )
        .await
        .unwrap();
        desk.run_for(3_700).await.unwrap();
        let mut db = desk.app.store.read().await.unwrap();
        let row = store::sessions::by_id(&mut db, session).await.unwrap();
        assert_eq!(row.unwrap().state, "revoked");
        drop(db);
        let (order, items) = desk.order_of("ORD-000000001").await.unwrap();
        desk.book(order.id, &[(items[0].id, None)], other)
            .await
            .unwrap();
        desk.run_for(30).await.unwrap();
        let row = booking(&desk).await;
        assert_eq!(row.state, "withdrawn");
        assert!(row.reason.unwrap().contains("book-not_looked_for"));
        assert_eq!(
            desk.market_orders().await.unwrap().len(),
            1,
            "only the first"
        );
    }
);

story!(a_refusal_frees_the_units_and_says_why, |desk| {
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let goods = desk.goods().await.unwrap();
    let (order, items) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
    desk.faults(json!([{ "fault": "stock_change", "api": "createCrossOrder", "stock": 0 }]))
        .await
        .unwrap();
    let run = desk
        .book(order.id, &[(items[0].id, None)], session)
        .await
        .unwrap();
    desk.run_for(30).await.unwrap();
    let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
    assert_eq!((items[0].status, items[0].free()), (ItemStatus::Paid, 1));
    assert_eq!(booking(&desk).await.state, "refused");
    let activity = app::activity::show(&desk.app, run).await.unwrap();
    assert_eq!(activity.row.state, "failed");
    assert!(
        activity
            .steps
            .iter()
            .any(|s| s.message.key == "verdict-out_of_stock"),
        "{:?}",
        activity.steps
    );
});

story!(a_snapshot_older_than_the_books_changes_nothing, |desk| {
    let (session, _) = booked_with(&desk, "").await;
    desk.run_for(5).await.unwrap();
    let number = desk.market_orders().await.unwrap()[0]["number"]
        .as_str()
        .unwrap()
        .to_owned();
    let caller = {
        let mut db = desk.app.store.read().await.unwrap();
        desk.app.session_calls(&mut db, session).await.unwrap()
    };
    let old = caller
        .connector()
        .order_read(&caller.caller(), &number)
        .await
        .unwrap();
    let read_at = desk.app.now();
    desk.clock.advance_seconds(10);
    desk.control(
        "POST",
        &format!("/control/1688/orders/{number}/pay"),
        json!({}),
    )
    .await
    .unwrap();
    read(&desk, session, &number).await;
    let ctx = desk.app.program("late");
    let snapshot = app::purchase::Snapshot {
        marketplace: "1688".to_owned(),
        session,
        order: old,
        read_at,
        source: app::purchase::Source::Poll,
        keep: app::purchase::record::Keep::Ours,
    };
    desk.app
        .store
        .write::<_, app::AppError, _>(move |db| {
            let (ctx, snapshot) = (ctx.clone(), snapshot.clone());
            Box::pin(async move { app::purchase::record::record(&ctx, db, &snapshot).await })
        })
        .await
        .unwrap();
    let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
    assert_eq!(items[0].status, ItemStatus::Purchased);
});
