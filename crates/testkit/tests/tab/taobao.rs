//! The same desk at Taobao: what differs there, seen by an operator.

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
