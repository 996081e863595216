//! The same desk at Taobao: what differs there, seen by an operator.

use crate::office::{NUMBER, TAOBAO_ACCOUNT};
use crate::story;
use serde_json::json;

story!(
    an_item_of_taobao_is_booked_paid_sent_in_two_parcels_and_seen,
    at_taobao,
    |office, me| {
        office.order(&[office.one().units(3)]).await;
        let run = me.book().await;
        office.run_for(10).await;
        assert_eq!(me.run(run).await.state, "Done");
        let number = office.only_order().await;
        let tab = me.tab().await;
        for text in [&*number, "Awaiting payment", "Nothing to buy"] {
            tab.must_show(text);
        }
        office.act(&number, "pay", json!({})).await;
        let line = office.orders().await[0]["lines"][0]["line"].clone();
        for (quantity, tracking) in [(1, "75930000000001"), (2, "75930000000002")] {
            let part = json!({ "company": "ZTO", "tracking": tracking, "lines": [{ "line": line, "quantity": quantity }] });
            office.act(&number, "ship", part).await;
            office.run_for(30).await;
            me.tab().await.must_show(tracking);
        }
        let tab = me.tab().await;
        tab.must_show("Shipped by seller");
        office.act(&number, "sign", json!({})).await;
        office.act(&number, "complete", json!({})).await;
        office.run_for(30).await;
        me.tab().await.must_show("TRADE_FINISHED");
    }
);

story!(
    goods_of_two_shops_are_two_purchases,
    at_taobao,
    |office, me| {
        let both = office.of_two_sellers();
        office.order(&both).await;
        let run = me.book().await;
        office.run_for(20).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.orders().await.len(), 2);
        let tab = me.tab().await;
        assert_eq!((tab.bought.len(), tab.covered().len()), (2, 2));
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
    }
);

story!(
    a_lost_answer_is_found_again_by_its_reference,
    at_taobao,
    |office, me| {
        office.order(&[office.one()]).await;
        office
            .fault(json!({ "fault": "answer_lost", "api": "/purchase/order/create" }))
            .await;
        me.book().await;
        office.run_for(600).await;
        let number = office.only_order().await;
        let tab = me.tab().await;
        assert_eq!(tab.purchase().number, number);
        assert_eq!(office.calls("/purchase/order/create").await, 1);
    }
);

story!(
    a_price_above_the_planned_amount_asks_before_anything_is_bought,
    at_taobao,
    |office, me| {
        let goods = office.one();
        office.order(std::slice::from_ref(&goods)).await;
        office
            .offer(
                &goods,
                json!({ "price_fen": goods.price_fen * 2, "spec_id": goods.specification }),
            )
            .await;
        let run = me.book().await;
        office.run_for(20).await;
        assert!(office.orders().await.is_empty());
        me.answer(run, "accept").await;
        office.run_for(20).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.orders().await.len(), 1);
    }
);

story!(
    an_unpaid_purchase_is_cancelled_behind_its_answer,
    at_taobao,
    |office, me| {
        office.order(&[office.one()]).await;
        me.book().await;
        office.run_for(20).await;
        me.unbind_and_cancel().await;
        office.run_for(120).await;
        assert_eq!(office.orders().await[0]["status"], "TRADE_CLOSED");
        assert_eq!(me.tab().await.ready(), [("№ 53-1", 1)]);
    }
);

/// Taobao's own number of a purchase, as people see it there.
async fn shown_number(office: &crate::office::Office, number: &str) -> String {
    let orders = office.orders().await;
    let order = orders.iter().find(|o| o["number"] == number).unwrap();
    order["also"].as_str().unwrap().to_owned()
}

story!(
    a_purchase_made_by_hand_is_bound_by_the_number_that_taobao_shows,
    at_taobao,
    |office, me| {
        office.order(&[office.one().units(2)]).await;
        me.tab().await.must_show("Book 1 item");
        // The newest changes are other purchases: the one that is meant is far down.
        let number = office.by_hand(TAOBAO_ACCOUNT, &office.one(), 2).await;
        office.act(&number, "pay", json!({})).await;
        let far = shown_number(&office, &number).await;
        office
            .whole
            .clock
            .as_ref()
            .unwrap()
            .advance_micros(40 * 86_400_000_000);
        for goods in office.goods.clone().iter().skip(1).take(25) {
            office.by_hand(TAOBAO_ACCOUNT, goods, 1).await;
        }
        assert_eq!(far.len(), 19, "{far}");
        // After so long a person signs in anew.
        me = office.operator().await;
        me.window(&me.at("/bind"))
            .await
            .must_show("ordinary shopper");
        let run = me.look_up(&far).await;
        office.run_for(120).await;
        let window = me.window(&me.at(&format!("/bind/{run}"))).await;
        window.must_show("Bind 1 line");
        me.confirm(run).await.must_show("2 units bound");
        let tab = me.tab().await;
        assert_eq!(
            (&tab.purchase().number, tab.covered()["№ 53-1"]),
            (&number, 2)
        );
        // From now on it is known: the search box finds the order under it too.
        me.get(&format!("/orders?q={far}")).await.must_show(NUMBER);
        // One that no account has is named, and what cannot be seen is said.
        let run = me.look_up("2912066688476065752").await;
        office.run_for(60).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Failed");
        page.must_show("no connected account had an order of that number");
    }
);

story!(
    a_synchronized_purchase_is_bound_by_either_number_without_a_search,
    at_taobao,
    |office, me| {
        office.order(&[office.one()]).await;
        let number = office.by_hand(TAOBAO_ACCOUNT, &office.one(), 1).await;
        let shown = shown_number(&office, &number).await;
        me.synchronize().await;
        office.run_for(30).await;
        let before = office.calls("/purchase/orders/query").await;
        let run = me.look_up(&format!("{shown} {number}")).await;
        office.run_for(5).await;
        assert_eq!(office.calls("/purchase/orders/query").await - before, 1);
        me.confirm(run).await.must_show("1 unit bound");
        assert_eq!(me.tab().await.purchase().number, number);
    }
);

story!(
    a_message_is_taken_within_its_time_while_a_synchronization_runs,
    at_taobao,
    |office, me| {
        office.order(&[office.one()]).await;
        me.book().await;
        office.run_for(20).await;
        let number = office.only_order().await;
        office
            .fault(json!({ "fault": "hold_before", "api": "/purchase/orders/query" }))
            .await;
        me.synchronize().await;
        let told = async {
            // The listing is under way and waits for its answer.
            loop {
                let list = office
                    .whole
                    .control("GET", "/taobao/held", json!(null))
                    .await;
                if !list.unwrap()["held"].as_array().unwrap().is_empty() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            office.act(&number, "pay", json!({})).await;
            let machine = world::World::system();
            let began = machine.now();
            office.whole.deliver().await.unwrap();
            let took = (machine.now().0 - began.0) / 1_000;
            assert!(took < 500, "taken after {took} ms");
            let pushes = office
                .whole
                .control("GET", "/taobao/pushes", json!(null))
                .await;
            let last = pushes.unwrap()["pushes"]
                .as_array()
                .unwrap()
                .last()
                .cloned();
            assert_eq!(last.unwrap()["state"], "delivered");
            office.let_go(1).await;
        };
        let (done, ()) = tokio::join!(office.whole.run_jobs(), told);
        done.unwrap();
        office.run_for(20).await;
        me.tab().await.must_show("WAIT_SELLER_SEND_GOODS");
    }
);

story!(
    a_message_of_a_refund_that_names_no_order_brings_the_next_look_forward,
    at_taobao,
    |office, me| {
        office.order(&[office.one()]).await;
        me.book().await;
        office.run_for(10).await;
        let number = office.only_order().await;
        office.act(&number, "pay", json!({})).await;
        office.run_for(200).await;
        let looks = office.calls("/purchase/orders/query").await;
        office.knobs(json!({ "refund_push_bare": true })).await;
        let asked = json!({ "step": "open" });
        office.act(&number, "refund", asked).await;
        office.run_for(25).await;
        let tab = me.tab().await;
        tab.must_show("Refund: asked for, waits for the seller");
        assert!(!tab.page.body.contains("Refund: 10"));
        assert!(
            tab.page
                .body
                .contains("title=\"paid, waits for the seller to send\"")
        );
        me.get(&me.at("/history"))
            .await
            .must_show("asked for, waits for the seller");
        // However many messages come, the account is looked at now and then.
        let after = office.calls("/purchase/orders/query").await;
        assert!((1..=4).contains(&(after - looks)), "{looks} {after}");
    }
);

story!(
    a_number_that_nobody_can_be_asked_for_is_not_adopted_blindly,
    at_taobao,
    |office, me| {
        office.order(&[office.one()]).await;
        office.knobs(json!({ "search_delay_s": 3_600 })).await;
        office
            .fault(json!({ "fault": "answer_lost", "api": "/purchase/order/create" }))
            .await;
        office.knobs(json!({ "push_drop": true })).await;
        me.book().await;
        office.run_for(20).await;
        let number = office.only_order().await;
        let shown = shown_number(&office, &number).await;
        let url = format!("{}/adopt", me.tab().await.unknown());
        let early = me.send(&url, &[("number", &shown)]).await;
        assert_eq!(early.status, 422, "{}", early.body);
        early.must_show("synchronize first");
        // Searches show it by and by, and the booking finds it.
        office.run_for(7_200).await;
        let tab = me.tab().await;
        assert_eq!(tab.purchase().number, number);
    }
);
