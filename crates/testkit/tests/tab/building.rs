//! Orders that Taobao makes behind its answer: followed until they are made, wherever it goes wrong.

use crate::office::{Office, TAOBAO_ACCOUNT, number_of};
use crate::operator::Operator;
use crate::story;
use serde_json::json;

const CREATE: &str = "/purchase/order/create";
const QUERY: &str = "/purchase/orders/query";

/// Books an order of these goods that takes so long to make. Gives the run.
async fn book_slowly(
    office: &mut Office,
    me: &mut Operator,
    goods: &[testkit::goods::Wanted],
    seconds: i64,
) -> i64 {
    office.knobs(json!({ "building_s": seconds })).await;
    office.order(goods).await;
    let run = me.book().await;
    office.run_for(10).await;
    run
}

/// The only open booking waits for the marketplace, and nothing of it is told as bought or different.
async fn is_being_made(office: &Office, me: &mut Operator, number: &str) {
    let tab = me.tab().await;
    let [open] = tab.open.as_slice() else {
        panic!("not one open booking: {:?}", tab.open);
    };
    for text in ["Being made", "Taobao is still making the order", number] {
        assert!(open.text.contains(text), "{text}: {}", open.text);
    }
    assert!(tab.bought.is_empty() && tab.ready.is_empty());
    assert!(!open.text.contains("release"), "{}", open.text);
    let list = me.get("/exceptions").await;
    list.must_show("Nothing needs a person");
    assert_eq!(office.calls(CREATE).await, 1);
}

story!(
    an_order_in_the_making_is_shown_and_followed_until_it_is_made,
    at_taobao,
    |office, me| {
        for (n, bare) in [false, true].into_iter().enumerate() {
            me.order = format!("ORD-{:09}", n + 1);
            let order = me.order.clone();
            office
                .knobs(json!({ "building_s": 60, "building_bare": bare, "push_drop": true }))
                .await;
            office.order_of(&order, &office.pair()).await;
            let run = me.book().await;
            office.run_for(10).await;
            let number = number_of(office.orders().await.last().unwrap());
            let tab = me.tab().await;
            tab.must_show("Taobao is still making the order");
            tab.must_show("read again in");
            let units = [tab.reserved(&format!("№ {}-1", n + 1)), 1];
            assert_eq!(units, [1, 1]);
            assert!(tab.bought.is_empty() && tab.ready.is_empty());
            let page = me.run(run).await;
            assert_eq!(page.state, "Running");
            page.must_show("Taobao is still making the order");
            // It is found by its number, and told beside its order in the list of purchases.
            let found = me.get(&format!("/orders?q={number}")).await;
            found.must_show(&order);
            let list = me.get("/purchases").await;
            list.must_show(&number);
            list.must_show(&order);
            let reads = office.calls(QUERY).await;
            office.run_for(20).await;
            me.get("/exceptions")
                .await
                .must_show("Nothing needs a person");
            office.run_for(60).await;
            let tab = me.tab().await;
            assert_eq!(tab.purchase().number, number);
            assert_eq!(tab.covered().len(), 2);
            assert!(tab.open.is_empty());
            let page = me.run(run).await;
            assert_eq!(page.state, "Done");
            page.must_show("Read back: same goods");
            assert!(office.calls(QUERY).await - reads < 20, "the pauses grow");
            let told = me.get(&me.at("/history")).await;
            told.must_show("WAIT_BUYER_P");
        }
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
    }
);

story!(
    a_line_that_is_not_made_gives_its_units_back_and_the_other_is_bought,
    at_taobao,
    |office, me| {
        let [first, other] = office.pair();
        let fails = json!({ "fault": "line_fails", "offer": other.item });
        office.fault(fails).await;
        let goods = [first, other.units(2)];
        let run = book_slowly(&mut office, &mut me, &goods, 60).await;
        let number = office.only_order().await;
        is_being_made(&office, &mut me, &number).await;
        office.run_for(120).await;
        let tab = me.tab().await;
        assert_eq!(
            tab.covered().into_iter().collect::<Vec<_>>(),
            [("№ 53-1", 1)]
        );
        assert_eq!(tab.ready(), [("№ 53-2", 2)]);
        for text in ["Not enough in stock", "库存不足", "SBX_OUT_OF_STOCK"] {
            tab.must_show(text);
        }
        assert!(!tab.page.body.contains("stays as stock"));
        let page = me.run(run).await;
        assert_eq!(page.state, "Partly done");
        page.must_show("№ 53-2 was refused");
        me.get(&me.at("/history"))
            .await
            .must_show("Line of the booking refused");
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
        // Looked at again and again, nothing more is given back.
        me.synchronize().await;
        office.run_for(60).await;
        assert_eq!(me.tab().await.ready(), [("№ 53-2", 2)]);
        me.book().await;
        office.run_for(120).await;
        let tab = me.tab().await;
        assert_eq!(tab.covered()["№ 53-2"], 2);
        assert!(tab.ready.is_empty());
        assert_eq!(office.orders().await.len(), 2);
    }
);

story!(
    an_order_that_is_not_made_at_all_is_refused_and_its_units_are_free,
    at_taobao,
    |office, me| {
        for (n, bare) in [false, true].into_iter().enumerate() {
            me.order = format!("ORD-{:09}", n + 1);
            let order = me.order.clone();
            office
                .knobs(
                    json!({ "building_s": 30, "building_bare": bare, "building_failure": "order" }),
                )
                .await;
            office.order_of(&order, &office.pair()).await;
            office.fault(json!({ "fault": "line_fails" })).await;
            let run = me.book().await;
            office.run_for(10).await;
            assert_eq!(me.run(run).await.state, "Running");
            office.run_for(120).await;
            let tab = me.tab().await;
            assert_eq!(tab.ready.len(), 2, "bare: {bare}");
            assert!(tab.open.is_empty() && tab.bought.is_empty());
            assert_eq!(me.run(run).await.state, "Failed");
            if !bare {
                tab.must_show("库存不足");
                tab.must_show("BUILD_FAILED");
            }
            me.get("/exceptions")
                .await
                .must_show("Nothing needs a person");
            me.book().await;
            office.run_for(120).await;
            assert_eq!(me.tab().await.covered().len(), 2);
        }
    }
);

story!(
    of_two_shops_one_makes_its_order_and_the_other_does_not,
    at_taobao,
    |office, me| {
        let both = office.of_two_sellers();
        let fails = json!({ "fault": "line_fails", "offer": both[1].item });
        office.fault(fails).await;
        let run = book_slowly(&mut office, &mut me, &both, 40).await;
        office.run_for(120).await;
        let tab = me.tab().await;
        assert_eq!(
            tab.covered().into_iter().collect::<Vec<_>>(),
            [("№ 53-1", 1)]
        );
        assert_eq!(tab.ready(), [("№ 53-2", 1)]);
        assert_eq!(me.run(run).await.state, "Partly done");
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
    }
);

story!(
    a_node_that_dies_while_an_order_is_made_forgets_nothing,
    at_taobao,
    |office, me| {
        office
            .knobs(json!({ "building_s": 600, "push_drop": true }))
            .await;
        office.order(&office.pair()).await;
        office.run_for(5).await;
        let hold = json!({ "fault": "hold_before", "api": QUERY });
        office.fault(hold.clone()).await;
        let run = me.book().await;
        // Right after the answer, before anything was read.
        office.die_while_held().await;
        let number = office.only_order().await;
        is_being_made(&office, &mut me, &number).await;
        office.run_for(100).await;
        // And in the middle of a read.
        office.fault(hold).await;
        office.whole.reconcile().await.unwrap();
        office.run_for(1).await;
        office.whole.clock.as_ref().unwrap().advance_seconds(120);
        office.whole.reconcile().await.unwrap();
        office.die_while_held().await;
        is_being_made(&office, &mut me, &number).await;
        office.run_for(1_200).await;
        let tab = me.tab().await;
        assert_eq!(tab.purchase().number, number);
        assert_eq!(tab.covered().len(), 2);
        assert_eq!(me.run(run).await.state, "Done");
    }
);

story!(
    an_order_that_is_never_made_is_told_and_never_released_by_itself,
    at_taobao,
    |office, me| {
        office.knobs(json!({ "pay_timeout_s": 864_000 })).await;
        let goods = office.pair();
        let run = book_slowly(&mut office, &mut me, &goods, 864_000).await;
        let number = office.only_order().await;
        office.run_for(1_700).await;
        is_being_made(&office, &mut me, &number).await;
        assert_eq!(me.run(run).await.state, "Running");
        office.run_for(900).await;
        let list = me.get("/exceptions").await;
        list.must_show("has been making the order for more than 30 minutes");
        list.must_show(&number);
        let tab = me.tab().await;
        tab.must_show("has been making the order for more than 30 minutes");
        tab.must_show("Cancel at the marketplace");
        assert_eq!((tab.reserved("№ 53-1"), tab.reserved("№ 53-2")), (1, 1));
        me.run(run)
            .await
            .must_show("this run is told what became of it");
        // Two days later it is still followed, and nobody can release it.
        office.run_for(2 * 86_400).await;
        let (name, password) = testkit::whole::PERSON;
        me.browser.sign_in(name, password).await.unwrap();
        let tab = me.tab().await;
        assert!(tab.ready.is_empty() && tab.bought.is_empty());
        let booking = office.booking_url(&me.order).await;
        let tail = tab.open[0].reference[24..].to_owned();
        let release = format!("{booking}/release");
        let no = me.send(&release, &[("confirmation", &tail)]).await;
        assert!(no.status >= 400, "{}", no.body);
        no.must_show("is still making order");
        assert_eq!(me.tab().await.reserved("№ 53-1"), 1);

        office.act(&number, "build", json!({})).await;
        office.run_for(4_000).await;
        let tab = me.tab().await;
        assert_eq!(tab.covered().len(), 2);
        assert_eq!(me.run(run).await.state, "Done");
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
    }
);

story!(
    an_order_in_the_making_is_told_also_when_its_account_cannot_be_asked,
    at_taobao,
    |office, me| {
        let goods = [office.one()];
        book_slowly(&mut office, &mut me, &goods, 864_000).await;
        let number = office.only_order().await;
        let path = format!("/taobao/accounts/{TAOBAO_ACCOUNT}/revoke");
        office
            .whole
            .control("POST", &path, json!({}))
            .await
            .unwrap();
        office.run_for(2_400).await;
        let list = me.get("/exceptions").await;
        list.must_show("has been making the order for more than 30 minutes");
        list.must_show(&number);
        assert_eq!(me.tab().await.reserved("№ 53-1"), 1);
    }
);

story!(
    a_lost_answer_whose_order_is_found_in_the_making,
    at_taobao,
    |office, me| {
        for (n, bare) in [false, true].into_iter().enumerate() {
            me.order = format!("ORD-{:09}", n + 1);
            let order = me.order.clone();
            office
                .knobs(json!({ "building_s": 300, "building_bare": bare }))
                .await;
            office.order_of(&order, &office.pair()).await;
            let lost = json!({ "fault": "answer_lost", "api": CREATE });
            office.fault(lost).await;
            let run = me.book().await;
            office.whole.run_jobs().await.unwrap();
            me.tab().await.unknown();
            office.run_for(60).await;
            let number = number_of(office.orders().await.last().unwrap());
            let tab = me.tab().await;
            tab.must_show("Taobao is still making the order");
            tab.must_show(&number);
            assert!(tab.bought.is_empty() && tab.ready.is_empty());
            me.get("/unknown").await.must_show("Every outcome is known");
            me.run(run).await.must_show("found and adopted");
            office.run_for(900).await;
            let tab = me.tab().await;
            assert_eq!(tab.purchase().number, number);
            assert_eq!(tab.covered().len(), 2);
            assert_eq!(me.run(run).await.state, "Done");
            assert_eq!(office.calls(CREATE).await, i64::try_from(n).unwrap() + 1);
        }
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
    }
);

story!(
    a_lost_answer_whose_order_was_made_without_one_line_gives_that_back,
    at_taobao,
    |office, me| {
        office
            .knobs(json!({ "building_s": 0, "search_delay_s": 60 }))
            .await;
        let [first, other] = office.pair();
        office
            .fault(json!({ "fault": "line_fails", "offer": other.item }))
            .await;
        office
            .fault(json!({ "fault": "answer_lost", "api": CREATE }))
            .await;
        office.order(&[first, other]).await;
        let run = me.book().await;
        office.run_for(900).await;
        let tab = me.tab().await;
        assert_eq!(
            tab.covered().into_iter().collect::<Vec<_>>(),
            [("№ 53-1", 1)]
        );
        assert_eq!(tab.ready(), [("№ 53-2", 1)]);
        tab.must_show("库存不足");
        assert!(["Partly done", "Done"].contains(&me.run(run).await.state.as_str()));
    }
);
