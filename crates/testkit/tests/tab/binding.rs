//! *Bind to goods provider's order*.

use crate::office::ACCOUNT;
use crate::page::run_of;
use crate::story;
use serde_json::json;

story!(
    an_order_made_by_hand_is_matched_shown_and_bound,
    |office, me| {
        office.order(&[office.one().units(2)]).await;
        let number = office.by_hand(ACCOUNT, &office.one(), 3).await;
        let bind = me.at("/bind");
        let wrong = me.send(&bind, &[("numbers", "not a number")]).await;
        assert_eq!(wrong.status, 422);
        wrong.must_show("Not an order number");
        let run = me
            .look_up(&format!("  {} {} ", &number[..4], &number[4..]))
            .await;
        office.run_for(5).await;
        let fit = me.at(&format!("/bind/{run}"));
        assert!(me.run(run).await.page.body.contains(&fit));
        let window = me.window(&fit).await;
        for text in [
            &*number,
            "Bind 1 line",
            "1 unit stays as stock",
            "same specification",
        ] {
            window.must_show(text);
        }
        assert_eq!(
            me.tab().await.ready(),
            [("№ 53-1", 2)],
            "looking binds nothing"
        );
        let none = me.send(&fit, &[]).await;
        assert_eq!(none.status, 422);
        none.must_show("Choose at least one line");
        let choice = window.field("match").unwrap();
        let bound = me.send(&fit, &[("match", &choice)]).await;
        bound.must_show("2 units bound");
        // Confirming twice does nothing more.
        me.send(&fit, &[("match", &choice)]).await;
        let tab = me.tab().await;
        tab.must_show("Bound by hand.");
        assert_eq!(
            (&tab.purchase().number, tab.covered()["№ 53-1"]),
            (&number, 2)
        );
        // The same order once more: every unit is spoken for, and it says by what.
        let run = me.look_up(&number).await;
        office.run_for(5).await;
        me.run(run)
            .await
            .must_show("is already booked or purchased");
        // Its third unit serves another customer.
        me.order = "ORD-000000054".to_owned();
        office.order_of("ORD-000000054", &[office.one()]).await;
        let run = me
            .look_up(&format!(
                "https://trade.1688.com/order/detail?orderId={number}"
            ))
            .await;
        office.run_for(5).await;
        me.confirm(run).await.must_show("1 unit bound");
        me.tab().await.must_show("Also for ORD-000000053.");
    }
);

story!(
    an_old_order_of_another_account_is_bound_with_its_status_and_tracking,
    |office, me| {
        me.connect(&office, "cn_buyer_02").await;
        office.order(&[office.one()]).await;
        let number = office.by_hand("cn_buyer_02", &office.one(), 1).await;
        office.act(&number, "pay", json!({})).await;
        let waybill = json!({ "company": "ZTO", "tracking": "73100012345678" });
        office.act(&number, "ship", waybill).await;
        let run = me.look_up(&number).await;
        office.run_for(5).await;
        me.confirm(run).await.must_show("1 unit bound");
        office.run_for(20).await;
        let tab = me.tab().await;
        assert!(tab.purchase().text.contains("cn_buyer_02"));
        for text in ["73100012345678", "Shipped by seller"] {
            tab.must_show(text);
        }
    }
);

story!(what_cannot_be_bound_is_refused_by_name, |office, me| {
    office.order(&[office.one()]).await;
    let [_, foreign] = office.of_two_sellers();
    let other = office.by_hand(ACCOUNT, &foreign, 1).await;
    let closed = office.by_hand(ACCOUNT, &office.one(), 1).await;
    office.act(&closed, "close", json!({})).await;
    let unseen = "1234567890123456789";
    let run = me.look_up(&format!("{other}\n{closed}, {unseen}")).await;
    office.run_for(5).await;
    let page = me.run(run).await;
    assert_eq!(page.state, "Failed");
    for text in [
        format!("Order {closed} is closed at the marketplace"),
        format!("Order {unseen}: no connected account can see it"),
        other,
    ] {
        page.must_show(&text);
    }
    assert_eq!(me.tab().await.ready(), [("№ 53-1", 1)]);
});

story!(
    a_look_is_left_or_overtaken_and_binds_nothing_twice,
    |office, me| {
        office.order(&[office.one()]).await;
        let number = office.by_hand(ACCOUNT, &office.one(), 1).await;
        let run = me.look_up(&number).await;
        office.run_for(5).await;
        let stop = format!("/activities/{run}/stop");
        me.send(&stop, &[]).await;
        assert_eq!(me.run(run).await.state, "Stopped");
        assert_eq!(me.tab().await.ready(), [("№ 53-1", 1)]);
        // Somebody books while the proposal stands open.
        let run = me.look_up(&number).await;
        office.run_for(5).await;
        let fit = me.at(&format!("/bind/{run}"));
        let choice = me.window(&fit).await.field("match").unwrap();
        office.colleague().await.book().await;
        office.run_for(10).await;
        let late = me.send(&fit, &[("match", &choice)]).await;
        assert_eq!(late.status, 409, "{}", late.body);
        assert_eq!(me.tab().await.covered()["№ 53-1"], 1);
    }
);

story!(
    the_number_of_an_unknown_booking_s_order_is_its_outcome,
    |office, me| {
        office.order(&[office.one().units(2)]).await;
        office
            .fault(json!({ "fault": "answer_lost", "api": "createCrossOrder" }))
            .await;
        me.book_units(&[("№ 53-1", 1)]).await;
        office.whole.run_jobs().await.unwrap();
        let number = office.only_order().await;
        let path = me.at("/bind");
        let run = run_of(&me.send(&path, &[("numbers", &number)]).await);
        office.run_for(2).await;
        assert_eq!(me.run(run).await.state, "Done");
        let tab = me.tab().await;
        assert!(tab.open.is_empty());
        assert_eq!(
            (tab.covered()["№ 53-1"], tab.ready()),
            (1, vec![("№ 53-1", 1)])
        );
        assert!(!tab.page.body.contains("Bound by hand."));
    }
);
