//! What the preview says differently, and what costs more than was accepted.

use crate::office::Office;
use crate::story;
use serde_json::json;
use testkit::goods::Wanted;

/// The order of the story, whose price rises by this much after it came in.
async fn risen(office: &mut Office, by: i64) -> Wanted {
    let goods = office.one();
    office.order(std::slice::from_ref(&goods)).await;
    let price = json!({ "price_fen": goods.price_fen + by });
    office.offer(&goods, price).await;
    goods
}

story!(
    a_risen_price_is_refused_then_accepted_as_it_was_shown,
    |office, me| {
        let goods = risen(&mut office, 500).await;
        let run = me.book().await;
        office.run_for(10).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Waiting for you");
        page.must_show("price rose from");
        // What waits may wait for long: the tab names it, and its window comes when asked for.
        let tab = me.tab().await;
        tab.must_show("Book 1 item (begun");
        tab.must_show("waits for your decision");
        tab.must_show("one purchase · freight ¥");
        assert!(!tab.page.body.contains("<dialog class=\"window\" open"));
        let window = me.window(&format!("/activities/{run}")).await;
        window.must_show("<dialog class=\"window\" open data-window");
        window.must_show("price rose from");
        let refused = me.answer(run, "leave_all").await;
        assert_eq!(refused.status, 200, "{}", refused.body);
        office.run_for(10).await;
        assert_eq!(me.run(run).await.state, "Stopped");
        assert_eq!(me.tab().await.ready(), [("№ 53-1", 1)]);

        let run = me.book().await;
        office.run_for(10).await;
        let old = me.run(run).await.page;
        // While it is being looked at the price rises once more: the yes was to another price.
        let dearer = json!({ "price_fen": goods.price_fen + 900 });
        office.offer(&goods, dearer).await;
        me.answer(run, "accept").await;
        office.run_for(10).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Waiting for you");
        page.must_show("price rose again");
        let late = me.answer_on(&old, "accept").await;
        assert_eq!(late.status, 409);
        late.must_show("The price was asked again meanwhile");
        let path = format!("/activities/{run}/groups/0");
        let garbage = me
            .send(&path, &[("asked", "1"), ("answer", "accept:everything")])
            .await;
        assert_eq!(garbage.status, 400);
        assert!(office.orders().await.is_empty());

        me.answer(run, "accept").await;
        office.run_for(10).await;
        assert_eq!(me.run(run).await.state, "Done");
        office.only_order().await;
        me.tab().await.must_show("Pay on 1688");
    }
);

story!(
    a_price_that_rises_after_the_preview_withholds_pay_until_it_is_accepted,
    |office, me| {
        let goods = office.one();
        office.order(std::slice::from_ref(&goods)).await;
        let price = goods.price_fen + 30;
        office
            .fault(
                json!({ "fault": "price_change", "api": "createCrossOrder", "price_fen": price }),
            )
            .await;
        me.book().await;
        office.run_for(10).await;
        let number = office.only_order().await;
        let tab = me.tab().await;
        tab.must_show("It costs more than was accepted");
        let bought = tab.purchase();
        assert!(!bought.text.contains("Pay on 1688"), "{}", bought.text);
        let accept = bought.address("/purchases/", "").replace("/look", "");
        let purchase = accept.split('/').nth(2).unwrap().to_owned();
        let pay = me.pay(&format!("/purchases/{purchase}/pay"), &[]).await;
        assert_eq!(pay.status, 409);
        pay.must_show("Pay is withheld");
        let stale = me
            .send(&format!("/purchases/{purchase}/accept?total=1"), &[])
            .await;
        assert_eq!(stale.status, 409);
        me.get("/exceptions").await.must_show(&number);
        me.get("/purchases?view=trouble").await.must_show(&number);

        let accept = accept_url(&bought.html);
        let accepted = me.send(&accept, &[("return", &me.at("/purchase"))]).await;
        assert_eq!(accepted.location(), Some(&*me.at("/purchase")));
        me.tab().await.must_show("Pay on 1688");
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
    }
);

/// Where the button leads that accepts what a purchase costs.
pub fn accept_url(html: &str) -> String {
    let mut addresses = html
        .split('"')
        .filter(|part| part.contains("/accept?total="));
    addresses.next().expect("a button that accepts").to_owned()
}

story!(
    what_is_too_dear_is_cancelled_instead_of_paid,
    |office, me| {
        let goods = office.one();
        office.order(std::slice::from_ref(&goods)).await;
        let price = goods.price_fen * 3;
        office
            .fault(
                json!({ "fault": "price_change", "api": "createCrossOrder", "price_fen": price }),
            )
            .await;
        me.book().await;
        office.run_for(15).await;
        me.unbind_and_cancel().await;
        office.run_for(30).await;
        assert_eq!(office.orders().await[0]["status"], "cancel");
        assert_eq!(me.tab().await.ready(), [("№ 53-1", 1)]);
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
    }
);

story!(
    below_the_minimum_the_quantity_is_raised_and_the_rest_is_stock,
    |office, me| {
        let goods = office.one();
        office.order(std::slice::from_ref(&goods)).await;
        office.offer(&goods, json!({ "minimum": 3 })).await;
        let prices = me.at("/prices");
        me.send(&prices, &[]).await;
        office.run_for(5).await;
        let tab = me.tab().await;
        for text in ["min 3", "smallest quantity of 3"] {
            tab.must_show(text);
        }
        assert!(!tab.ready[0].ticked);
        let run = me.book_units(&[("№ 53-1", 1)]).await;
        office.run_for(10).await;
        me.run(run).await.must_show("Raise to 3 (2 for stock)");
        me.answer(run, "raise:0:3").await;
        office.run_for(10).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.orders().await[0]["lines"][0]["quantity"], 3);
        me.tab()
            .await
            .must_show("2 units stay as stock without an order");
    }
);

story!(
    what_is_out_of_stock_is_left_out_and_the_rest_is_bought,
    |office, me| {
        let [first, second] = office.pair();
        office.order(&[first.units(4), second]).await;
        office.offer(&first, json!({ "stock": 2 })).await;
        let prices = me.at("/prices");
        me.send(&prices, &[]).await;
        office.run_for(5).await;
        let tab = me.tab().await;
        tab.must_show("Not enough in stock: 2 left");
        assert!(!tab.ready[0].ticked, "what cannot be had is not ticked");
        let run = me.book_units(&[("№ 53-1", 4), ("№ 53-2", 1)]).await;
        office.run_for(10).await;
        let page = me.run(run).await;
        page.must_show("not enough in stock: 2 left");
        assert!(!page.text.contains("¥ 0.00"), "{}", page.text);
        me.answer(run, "leave:0").await;
        office.run_for(10).await;
        let tab = me.tab().await;
        assert_eq!(tab.ready(), [("№ 53-1", 4)]);
        assert_eq!(
            tab.covered().into_iter().collect::<Vec<_>>(),
            [("№ 53-2", 1)]
        );
        // Then what is left of it.
        let run = me.book_units(&[("№ 53-1", 2)]).await;
        office.run_for(10).await;
        assert_eq!(me.run(run).await.state, "Done");
    }
);
