//! After the booking: unbind, cancel, time-out, refund, statuses, tracking.

use crate::office::Office;
use crate::operator::Operator;
use crate::story;
use serde_json::json;

/// Two booked units of one item. Gives the marketplace's number.
async fn booked(office: &mut Office, me: &mut Operator) -> String {
    let two = office.one().units(2);
    office.order(&[two]).await;
    me.book().await;
    office.run_for(1).await;
    office.only_order().await
}

story!(
    a_cancel_right_after_the_order_waits_and_its_lost_answer_is_read,
    |office, me| {
        booked(&mut office, &mut me).await;
        office
            .fault(json!({ "fault": "answer_lost", "api": "alibaba.trade.cancel" }))
            .await;
        let run = me.unbind_and_cancel().await;
        office.run_for(5).await;
        assert_eq!(
            office.calls("alibaba.trade.cancel").await,
            0,
            "too early for the marketplace"
        );
        let tab = me.tab().await;
        tab.must_show("Being cancelled at the marketplace");
        assert_eq!(
            tab.covered()["№ 53-1"],
            2,
            "covered until it is read as closed"
        );
        assert!(tab.ready.is_empty());
        office.run_for(40).await;
        assert_eq!(
            office.calls("alibaba.trade.cancel").await,
            1,
            "never repeated blindly"
        );
        assert_eq!(office.orders().await[0]["status"], "cancel");
        assert_eq!(me.run(run).await.state, "Done");
        let tab = me.tab().await;
        tab.must_show("Unbound; the units are free again.");
        assert_eq!(tab.ready(), [("№ 53-1", 2)]);
    }
);

story!(
    paid_while_it_is_being_cancelled_the_binding_stays,
    |office, me| {
        let number = booked(&mut office, &mut me).await;
        let run = me.unbind_and_cancel().await;
        office.act(&number, "pay", json!({})).await;
        office.run_for(40).await;
        assert_eq!(office.calls("alibaba.trade.cancel").await, 0);
        assert_eq!(me.run(run).await.state, "Failed");
        let tab = me.tab().await;
        tab.must_show("It was paid while it was being cancelled");
        assert_eq!(tab.covered()["№ 53-1"], 2);
    }
);

story!(
    a_paid_purchase_is_unbound_with_a_reason_and_stays_listed,
    |office, me| {
        let number = booked(&mut office, &mut me).await;
        office.act(&number, "pay", json!({})).await;
        office.run_for(20).await;
        let tab = me.tab().await;
        let claims = tab.purchase().claims();
        let path = me.at(&format!("/unbind?allocation={}", claims[0]));
        let window = me.window(&path).await;
        assert!(!window.body.contains("name=\"cancel\""));
        window.must_show("paid purchases are not cancelled by us");
        let refused = me.unbind(&claims, &[]).await;
        assert_eq!(refused.status, 422);
        refused.must_show("a reason is needed");
        me.unbind(&claims, &[("reason", "wrong colour")]).await;
        assert_eq!(me.tab().await.ready(), [("№ 53-1", 2)]);
        let list = me.get("/exceptions").await;
        list.must_show("Unbound, but still alive at the marketplace: wrong colour");
        // Reading it again does not bind it again.
        me.synchronize().await;
        office.run_for(20).await;
        assert_eq!(me.tab().await.ready(), [("№ 53-1", 2)]);
        let leave = crate::page::address(&list.body, "/exceptions/", "/accept");
        let left = me.send(&leave, &[("return", "//evil.example")]).await;
        assert_eq!(left.location(), Some("/"), "never another site");
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
        // What was unbound can be bound again by hand.
        let run = me.look_up(&number).await;
        office.run_for(5).await;
        me.confirm(run).await.must_show("2 units bound");
        assert_eq!(me.tab().await.covered()["№ 53-1"], 2);
    }
);

story!(
    an_unpaid_order_that_runs_out_of_time_gives_its_units_back,
    |office, me| {
        office.knobs(json!({ "pay_timeout_s": 5_400 })).await;
        booked(&mut office, &mut me).await;
        office.run_for(3_600).await;
        me.tab().await.must_show("The time to pay is nearly over");
        office.run_for(2_000).await;
        assert_eq!(office.orders().await[0]["status"], "cancel");
        let tab = me.tab().await;
        tab.must_show("The purchase was closed unpaid; the units are free again.");
        assert_eq!(tab.ready(), [("№ 53-1", 2)]);
        me.book().await;
        office.run_for(10).await;
        assert_eq!(office.orders().await.len(), 2);
    }
);

story!(
    a_refund_moves_nothing_by_itself_and_asks_what_now,
    |office, me| {
        let number = booked(&mut office, &mut me).await;
        office.act(&number, "pay", json!({})).await;
        office.run_for(20).await;
        office
            .act(&number, "refund", json!({ "amount_fen": 100 }))
            .await;
        office.run_for(20).await;
        let tab = me.tab().await;
        tab.must_show("Money went back: ¥ 1.00");
        assert_eq!(tab.covered()["№ 53-1"], 2, "no unit moves by itself");
        let order = &office.orders().await[0];
        let rest = json!({
            "amount_fen": order["goods_fen"].as_i64().unwrap() - 100,
            "freight_fen": order["freight_fen"],
        });
        office.act(&number, "refund", rest).await;
        office.run_for(20).await;
        let tab = me.tab().await;
        assert_eq!(tab.covered()["№ 53-1"], 2, "no unit moves by itself");
        assert!(tab.ready.is_empty());
        for text in [
            "It was closed after it was paid",
            "Buy again",
            "Impossible to deliver",
            "went back.",
        ] {
            tab.must_show(text);
        }
        me.get("/exceptions").await.must_show(&number);
        // Buy again: unbind with a reason, and the units are ready.
        let again = tab.purchase().address(
            "/orders/",
            &format!("allocation={}", tab.purchase().claims()[0]),
        );
        me.window(&again)
            .await
            .must_show("return to Ready for purchase");
        let claims = tab.purchase().claims();
        let answer = me.unbind(&claims, &[("reason", "refunded")]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(me.tab().await.ready(), [("№ 53-1", 2)]);
    }
);

story!(
    only_allowed_moves_of_the_status_are_offered_and_taken,
    |office, me| {
        let [first, second] = office.pair();
        office.order(&[first, second]).await;
        me.book_units(&[("№ 53-1", 1)]).await;
        office.run_for(10).await;
        let tab = me.tab().await;
        let (bought, free) = (
            tab.purchase().claims()[0].to_owned(),
            tab.ready[0].id.clone(),
        );

        // From Ready for purchase.
        let path = me.at("/items/status");
        let window = me.window(&format!("{path}?item={free}")).await;
        window.must_show("Impossible to deliver");
        assert!(!window.body.contains("value=\"at_warehouse\""));
        let wrong = me
            .send(&path, &[("item", &free), ("status", "at_warehouse")])
            .await;
        assert_eq!(wrong.status, 422, "{}", wrong.body);
        let moved = me
            .send(&path, &[("item", &free), ("status", "unavailable")])
            .await;
        assert!(moved.status < 400, "{}", moved.body);
        me.tab().await.must_show("Nothing to buy");

        // From Goods purchased.
        let window = me
            .window(&me.at(&format!("/purchase/status?allocation={bought}")))
            .await;
        window.must_show("Received at warehouse");
        assert!(!window.body.contains("value=\"cancelled\""));
        let item = window.field("item").unwrap();
        let refused = me
            .send(&path, &[("item", &item), ("status", "cancelled")])
            .await;
        assert_eq!(refused.status, 422);
        let moved = me
            .send(&path, &[("item", &item), ("status", "at_warehouse")])
            .await;
        assert!(moved.status < 400, "{}", moved.body);
        // The marketplace is behind, and moves nothing back.
        let number = office.only_order().await;
        office.act(&number, "pay", json!({})).await;
        office.run_for(20).await;
        me.tab().await.must_show("Received at warehouse");
        // The way back out of "impossible".
        me.send(&path, &[("item", &free), ("status", "paid")]).await;
        assert_eq!(me.tab().await.ready(), [("№ 53-2", 1)]);
    }
);

story!(
    parts_of_an_order_arrive_with_their_tracking_codes,
    |office, me| {
        let [first, second] = office.pair();
        office.order(&[first, second]).await;
        me.book().await;
        office.run_for(10).await;
        let order = &office.orders().await[0];
        let number = crate::office::number_of(order);
        let line = |n: usize| order["lines"][n]["line"].clone();
        office.act(&number, "pay", json!({})).await;
        for (n, tracking) in ["YT8812345678901", "YT8812345678902"]
            .into_iter()
            .enumerate()
        {
            let parcel = json!({ "company": "YTO", "tracking": tracking, "lines": [{ "line": line(n), "quantity": 1 }] });
            office.act(&number, "ship", parcel).await;
            office.run_for(20).await;
            let tab = me.tab().await;
            tab.must_show(tracking);
            tab.must_show(if n == 0 {
                "Partly sent"
            } else {
                "Shipped by seller"
            });
        }
        let list = me.get("/purchases?view=on_way").await;
        list.must_show("href=\"https://t.17track.net/en#nums=YT8812345678901\"");
        list.must_show("hx-sse:connect=\"/purchases/events?view=on_way\"");
        office.act(&number, "sign", json!({})).await;
        office.run_for(20).await;
        me.tab()
            .await
            .must_show("the marketplace says that it was signed for");
    }
);
