//! When nobody knows what became of a booking.

use crate::office::{ACCOUNT, Office, number_of};
use crate::operator::Operator;
use crate::story;
use serde_json::json;

/// Books an order of one item whose create meets this fault. Gives the run.
async fn book_with(office: &mut Office, me: &mut Operator, fault: &str) -> i64 {
    office.order(&[office.one()]).await;
    office
        .fault(json!({ "fault": fault, "api": "createCrossOrder" }))
        .await;
    let run = me.book().await;
    office.whole.run_jobs().await.unwrap();
    run
}

story!(
    answers_that_are_lost_cut_or_unreadable_are_found_again,
    |office, me| {
        for (n, fault) in ["answer_lost", "body_cut", "error_after", "garbage"]
            .iter()
            .enumerate()
        {
            me.order = format!("ORD-00000000{n}");
            let number = me.order.clone();
            office.order_of(&number, &[office.one()]).await;
            office
                .fault(json!({ "fault": fault, "api": "createCrossOrder" }))
                .await;
            let run = me.book().await;
            office.whole.run_jobs().await.unwrap();
            let tab = me.tab().await;
            tab.must_show("It is never sent again");
            tab.unknown();
            assert!(
                tab.ready.is_empty(),
                "units stay reserved while nobody knows"
            );
            me.get("/unknown").await.must_show(&number);
            office.run_for(60).await;
            let page = me.run(run).await;
            assert_eq!(page.state, "Done", "{fault}");
            page.must_show("found and adopted");
            assert_eq!(office.orders().await.len(), n + 1, "{fault}");
            let bought = me.tab().await.purchase().number.clone();
            assert_eq!(bought, number_of(office.orders().await.last().unwrap()));
        }
        me.get("/unknown").await.must_show("Every outcome is known");
    }
);

story!(
    an_order_that_never_was_is_released_by_the_rule_and_booked_again,
    |office, me| {
        book_with(&mut office, &mut me, "request_lost").await;
        let tab = me.tab().await;
        for text in [
            "Look again",
            "Adopt order number…",
            "Release is offered from",
        ] {
            tab.must_show(text);
        }
        let url = tab.unknown().to_owned();
        let early = me.window(&format!("{url}/release")).await;
        assert!(
            early.field("confirmation").is_none(),
            "nothing can be sent yet"
        );
        let tail = tab.open[0].reference[24..].to_owned();
        let early = me
            .send(&format!("{url}/release"), &[("confirmation", &tail)])
            .await;
        assert!(early.status >= 400, "not before two complete empty looks");
        me.look_again().await;
        office.run_for(200).await;
        let wrong = me
            .send(&format!("{url}/release"), &[("confirmation", "XXXX")])
            .await;
        assert_eq!(wrong.status, 422);
        wrong.must_show("to confirm");
        me.release().await;
        let tab = me.tab().await;
        tab.must_show("The booking was released; the units are free again.");
        assert_eq!(tab.ready(), [("№ 53-1", 1)]);
        let gone = me.send(&format!("{url}/look"), &[]).await;
        assert_eq!(gone.status, 409);

        me.book().await;
        office.run_for(60).await;
        let number = office.only_order().await;
        assert_eq!(me.tab().await.purchase().number, number);
        assert_eq!(office.calls("createCrossOrder").await, 2);
    }
);

/// An order of two units that no search finds for half an hour, released meanwhile.
async fn released_too_soon(office: &mut Office, me: &mut Operator) {
    office
        .knobs(json!({ "search_delay_s": 2_000, "push_drop": true }))
        .await;
    let two = office.one().units(2);
    office.order(&[two]).await;
    office
        .fault(json!({ "fault": "answer_lost", "api": "createCrossOrder" }))
        .await;
    me.book().await;
    office.run_for(400).await;
    me.release().await;
}

story!(
    an_order_that_surfaces_after_release_and_a_new_booking_is_told_and_cancelled,
    |office, me| {
        office.knobs(json!({ "pay_timeout_s": 86_400 })).await;
        released_too_soon(&mut office, &mut me).await;
        me.book().await;
        office.run_for(60).await;
        let orders = office.orders().await;
        assert_eq!(orders.len(), 2, "bought again, as the person decided");
        let (stray, wanted) = (number_of(&orders[0]), number_of(&orders[1]));
        office.run_for(7_200).await;
        let list = me.get("/exceptions").await;
        list.must_show("An order appeared after its units had been released");
        list.must_show(&stray);
        let tab = me.tab().await;
        assert_eq!(tab.covered()["№ 53-1"], 2, "covered once");
        let covering = tab.bought.iter().find(|b| !b.lines.is_empty()).unwrap();
        assert_eq!(covering.number, wanted);
        let cancel = crate::page::address(&list.body, "/purchases/", "/cancel");
        me.send(&cancel, &[]).await;
        office.run_for(60).await;
        assert_eq!(office.orders().await[0]["status"], "cancel");
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
        assert_eq!(me.tab().await.covered()["№ 53-1"], 2);
    }
);

story!(
    an_order_that_surfaces_while_its_units_are_free_takes_them_and_is_told,
    |office, me| {
        office.knobs(json!({ "pay_timeout_s": 86_400 })).await;
        released_too_soon(&mut office, &mut me).await;
        assert_eq!(me.tab().await.ready(), [("№ 53-1", 2)]);
        office.run_for(7_200).await;
        let number = office.only_order().await;
        let tab = me.tab().await;
        tab.must_show("An order appeared after its units had been released");
        assert_eq!(tab.purchase().number, number);
        assert_eq!(tab.covered()["№ 53-1"], 2);
        assert!(tab.ready.is_empty());
    }
);

story!(
    a_person_adopts_the_order_by_its_number_and_other_goods_are_refused,
    |office, me| {
        office
            .knobs(json!({ "search_delay_s": 90_000, "push_drop": true }))
            .await;
        book_with(&mut office, &mut me, "answer_lost").await;
        let right = office.only_order().await;
        let other = office.goods.last().unwrap().clone();
        let wrong = office.by_hand(ACCOUNT, &other, 1).await;

        let slip = me.adopt("12 abc").await;
        assert_eq!(slip.status, 422);
        slip.must_show("Expected one order number");
        slip.must_show("12 abc");
        let run = crate::page::run_of(&me.adopt(&wrong).await);
        office.run_for(5).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Failed");
        page.must_show("holds other goods than this booking");
        me.tab().await.unknown();

        let pasted = format!(" {}-{} ", &right[..8], &right[8..]);
        let run = crate::page::run_of(&me.adopt(&pasted).await);
        office.run_for(5).await;
        assert_eq!(me.run(run).await.state, "Done");
        let tab = me.tab().await;
        assert!(tab.open.is_empty());
        assert_eq!(tab.purchase().number, right);
        assert_eq!(office.calls("createCrossOrder").await, 1);
    }
);

story!(what_has_not_been_sent_is_withdrawn, |office, me| {
    office.order(&[office.one()]).await;
    // The session rests: the booking is planned and waits.
    office
        .fault(json!({ "fault": "throttle", "api": "createCrossOrder" }))
        .await;
    me.book().await;
    office.whole.run_jobs().await.unwrap();
    let tab = me.tab().await;
    tab.must_show("nothing has been sent");
    let url = crate::page::address(&tab.page.body, "/orders/", "/withdraw");
    let answer = me.send(&url, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    office.run_for(120).await;
    assert!(office.orders().await.is_empty());
    let tab = me.tab().await;
    assert_eq!(tab.ready(), [("№ 53-1", 1)]);
    tab.must_show("The booking was withdrawn; the units are free again.");
});
