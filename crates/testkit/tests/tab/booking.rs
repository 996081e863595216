//! *Book*: what becomes of the units.

use crate::page::run_of;
use crate::story;
use serde_json::json;

story!(
    two_who_press_book_at_the_same_moment_make_one_order,
    |office, me| {
        office.order(&[office.one()]).await;
        let mut olga = office.colleague().await;
        // Both are told the price before either is sent.
        office
            .fault(json!({ "fault": "hold_before", "api": "createOrder.preview", "next": 2 }))
            .await;
        let (mine, hers) = (me.tab().await, olga.tab().await);
        let (mine, hers) = tokio::join!(me.book_on(&mine), olga.book_on(&hers));
        let (first, second, ()) = tokio::join!(
            office.whole.run_jobs(),
            office.whole.run_jobs(),
            office.let_go(2)
        );
        first.and(second).unwrap();
        office.run_for(10).await;
        let number = office.only_order().await;
        assert_eq!(office.calls("createCrossOrder").await, 1);
        let runs = [me.run(mine).await, olga.run(hers).await];
        let late = runs.iter().find(|run| run.state != "Done").unwrap();
        late.must_show("units were taken meanwhile");
        assert!(runs.iter().any(|run| run.state == "Done"));
        // Both see the same.
        for tab in [me.tab().await, olga.tab().await] {
            assert_eq!(tab.purchase().number, number);
            assert!(tab.ready.is_empty());
        }
    }
);

story!(
    three_of_five_units_are_booked_and_the_other_two_later,
    |office, me| {
        office.order(&[office.one().units(5)]).await;
        me.book_units(&[("№ 53-1", 3)]).await;
        office.run_for(10).await;
        let tab = me.tab().await;
        tab.must_show("3 of 5 purchased");
        assert_eq!(tab.ready(), [("№ 53-1", 2)]);
        assert_eq!(tab.covered()["№ 53-1"], 3);
        me.book().await;
        office.run_for(10).await;
        let tab = me.tab().await;
        tab.must_show("Nothing to buy");
        assert_eq!((tab.bought.len(), tab.covered()["№ 53-1"]), (2, 5));
        let orders = office.orders().await;
        let made: Vec<_> = orders.iter().map(|o| &o["lines"][0]["quantity"]).collect();
        assert_eq!(made, [3, 2]);
    }
);

story!(
    slips_of_the_pen_are_named_and_nothing_is_booked,
    |office, me| {
        office.order(&[office.one().units(5)]).await;
        let tab = me.tab().await;
        let item = tab.ready[0].id.clone();
        let units = format!("units-{item}");
        for slip in ["0", "-1", "x", "1.5"] {
            let book = me.at("/book");
            let answer = me.send(&book, &[("item", &item), (&units, slip)]).await;
            assert_eq!(answer.status, 422, "{slip}");
            answer.must_show("Expected a whole number of units");
        }
        let nothing = me.press_book(&tab, &[]).await;
        assert_eq!(nothing.status, 409);
        nothing.must_show("Choose at least one item");
        let tab = me.tab().await;
        let many = me.press_book(&tab, &[("№ 53-1", 9)]).await;
        let run = run_of(&many);
        me.run(run).await.must_show("was left out");
        office.run_for(5).await;
        assert!(office.orders().await.is_empty());
    }
);

story!(
    the_same_goods_in_two_items_are_one_line_that_covers_both,
    |office, me| {
        office.order(&[office.one(), office.one().units(2)]).await;
        me.book().await;
        office.run_for(10).await;
        let orders = office.orders().await;
        assert_eq!(orders.len(), 1);
        assert_eq!(orders[0]["lines"].as_array().unwrap().len(), 1);
        assert_eq!(orders[0]["lines"][0]["quantity"], 3);
        let tab = me.tab().await;
        assert_eq!(tab.purchase().lines.len(), 2);
        assert_eq!((tab.covered()["№ 53-1"], tab.covered()["№ 53-2"]), (1, 2));
    }
);

story!(
    an_answer_that_splits_the_booking_covers_every_item,
    |office, me| {
        let [first, second] = office.pair();
        office.order(&[first, second.units(2)]).await;
        office.fault(json!({ "fault": "split", "orders": 2 })).await;
        let run = me.book().await;
        office.run_for(10).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.calls("createCrossOrder").await, 1);
        assert_eq!(office.orders().await.len(), 2);
        let tab = me.tab().await;
        assert_eq!(tab.bought.len(), 2);
        assert_eq!((tab.covered()["№ 53-1"], tab.covered()["№ 53-2"]), (1, 2));
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
    }
);

story!(
    a_line_that_fails_is_free_again_with_its_reason_and_booked_alone,
    |office, me| {
        let [first, second] = office.pair();
        office.order(&[first.clone(), second]).await;
        office
            .fault(json!({ "fault": "line_fails", "offer": first.item }))
            .await;
        let run = me.book().await;
        office.run_for(10).await;
        me.run(run).await.must_show("№ 53-1 was refused");
        let tab = me.tab().await;
        tab.must_show("The booking was refused; the units are free again.");
        assert_eq!(tab.ready(), [("№ 53-1", 1)]);
        assert_eq!(
            tab.covered().into_iter().collect::<Vec<_>>(),
            [("№ 53-2", 1)]
        );
        me.book().await;
        office.run_for(10).await;
        assert_eq!(me.tab().await.covered().len(), 2);
        assert_eq!(office.orders().await.len(), 2);
    }
);

story!(
    one_of_two_sellers_refuses_and_the_other_s_order_stands,
    |office, me| {
        let [first, other] = office.of_two_sellers();
        office.order(&[first.clone(), other]).await;
        office
        .fault(json!({ "fault": "stock_change", "api": "createCrossOrder", "offer": first.item, "stock": 0 }))
        .await;
        let run = me.book().await;
        office.run_for(10).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Partly done");
        for text in ["placed 1", "refused 1", "ot enough in stock"] {
            page.must_show(text);
        }
        let number = office.only_order().await;
        let tab = me.tab().await;
        assert_eq!(tab.purchase().number, number);
        assert_eq!(tab.ready(), [("№ 53-1", 1)]);
        // The marketplace's own words are there, folded.
        page.must_show("What the marketplace said");
    }
);
