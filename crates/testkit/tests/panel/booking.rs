//! Book, and everything that can come in between.

use crate::buyer::{Buyer, NUMBER, TAB, address, by_hand, run_of};
use domain::ItemStatus;
use serde_json::json;

#[tokio::test]
async fn two_clicks_book_a_double_click_is_one_run_and_the_tab_shows_the_purchase() {
    let mut buyer = Buyer::open().await;
    let (_, item) = buyer.order(1).await;
    let tab = buyer.tab().await;
    tab.must_show("Ready for purchase");
    tab.must_show("Book 1 item");
    tab.must_show("the freight is asked for when you book");
    tab.must_show(&format!(
        "name=\"item\" value=\"{}\" form=\"ready-form\" data-pick checked",
        item.id
    ));
    tab.must_show("valid, 180 days left");
    let id = item.id.to_string();
    let session = buyer.session.to_string();
    let form = [
        ("request_id", "double-click"),
        ("item", id.as_str()),
        ("session", session.as_str()),
    ];
    buyer.browser.htmx = true;
    let book = format!("/orders/{NUMBER}/book");
    let first = buyer.browser.submit(&book, &form).await.unwrap();
    let second = buyer.browser.submit(&book, &form).await.unwrap();
    assert_eq!(run_of(&first), run_of(&second));
    first.must_show("Book 1 item");
    first.must_show("Running");
    first.must_show("Stop at the next safe point");
    // A reload while it runs shows its window again.
    buyer
        .tab()
        .await
        .must_show("<dialog class=\"window\" open data-window data-run=\"");
    buyer.desk.run_for(10).await.unwrap();
    let number = buyer.only_order().await["number"]
        .as_str()
        .unwrap()
        .to_owned();
    let tab = buyer.tab().await;
    for text in [
        number.as_str(),
        "Awaiting payment",
        "pay within",
        "Pay on 1688",
        "Nothing to buy",
    ] {
        tab.must_show(text);
    }
    assert!(
        !tab.body.contains("aria-labelledby=\"progress-title\""),
        "what is over opens no window"
    );
    let page = buyer.get(&format!("/activities/{}", run_of(&first))).await;
    for text in ["Done", "placed 1", "Read back: same goods", number.as_str()] {
        page.must_show(text);
    }
    // Who looks without script is sent to the run's page.
    buyer.browser.htmx = false;
    let plain = buyer.browser.submit(&book, &form).await.unwrap();
    assert_eq!(
        plain.location(),
        Some(format!("/activities/{}", run_of(&first)).as_str())
    );
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn so_many_units_as_typed_are_booked_and_a_slip_is_named() {
    let mut buyer = Buyer::open().await;
    let (_, item) = buyer.order(5).await;
    buyer
        .tab()
        .await
        .must_show(&format!("name=\"units-{}\" value=\"5\"", item.id));
    let (id, units, book) = (
        item.id.to_string(),
        format!("units-{}", item.id),
        format!("/orders/{NUMBER}/book"),
    );
    let session = buyer.session.to_string();
    for slip in ["0", "-1", "x", "1.5"] {
        let answer = buyer.send(&book, &[("item", &id), (&units, slip)]).await;
        assert_eq!(answer.status, 422, "{slip}");
        answer.must_show("Expected a whole number of units");
    }
    let answer = buyer.send(&book, &[]).await;
    assert_eq!(answer.status, 409);
    answer.must_show("Choose at least one item");
    let answer = buyer
        .send(
            &book,
            &[("item", &id), (&units, "9"), ("session", &session)],
        )
        .await;
    answer.must_show("was left out");
    buyer
        .send(
            &book,
            &[("item", &id), (&units, "3"), ("session", &session)],
        )
        .await;
    buyer.desk.run_for(10).await.unwrap();
    assert_eq!(buyer.only_order().await["lines"][0]["quantity"], 3);
    let tab = buyer.tab().await;
    for text in ["3 of 5 purchased", "of 5", "Goods purchased"] {
        tab.must_show(text);
    }
    tab.must_show(&format!("name=\"units-{}\" value=\"2\"", item.id));
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn a_risen_price_is_asked_about_and_an_answer_to_old_prices_counts_for_nothing() {
    let mut buyer = Buyer::open().await;
    let (goods, item) = buyer.order(1).await;
    buyer
        .seller_says(&goods.item, json!({ "price_fen": goods.price_fen + 500 }))
        .await;
    let run = buyer.book(item.id).await;
    buyer.desk.run_for(10).await.unwrap();
    let page = buyer.get(&format!("/activities/{run}")).await;
    for text in [
        "Waiting for you",
        "price rose from",
        "Accept ¥",
        "Leave out",
    ] {
        page.must_show(text);
    }
    // What waits may wait for long: the tab names it, and its window comes when asked for.
    let tab = buyer.tab().await;
    tab.must_show("Book 1 item (begun");
    tab.must_show("waits for your decision");
    tab.must_show("one purchase · freight ¥");
    assert!(!tab.body.contains("<dialog class=\"window\" open"));
    let window = buyer.window(&format!("/activities/{run}")).await;
    window.must_show("<dialog class=\"window\" open data-window");
    window.must_show("price rose from");
    let answer = format!("/activities/{run}/groups/0");
    let old = buyer
        .send(&answer, &[("asked", "1"), ("answer", "accept")])
        .await;
    assert_eq!(old.status, 409);
    old.must_show("The price was asked again meanwhile");
    let asked = buyer.asked(run).await;
    let garbage = buyer
        .send(
            &answer,
            &[("asked", &asked), ("answer", "accept:everything")],
        )
        .await;
    assert_eq!(garbage.status, 400);
    let accepted = buyer
        .send(&answer, &[("asked", &asked), ("answer", "accept")])
        .await;
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    buyer.desk.run_for(10).await.unwrap();
    assert_eq!(buyer.state(run).await, "done");
    let again = buyer
        .send(&answer, &[("asked", &asked), ("answer", "accept")])
        .await;
    assert_eq!(again.status, 409);
    buyer.only_order().await;
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn below_the_minimum_the_window_names_it_and_proposes_to_raise() {
    let mut buyer = Buyer::open().await;
    let (goods, item) = buyer.order(1).await;
    buyer
        .seller_says(&goods.item, json!({ "minimum": 3 }))
        .await;
    let refreshed = buyer.send(&format!("/orders/{NUMBER}/prices"), &[]).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    buyer.desk.run_for(5).await.unwrap();
    let tab = buyer.tab().await;
    tab.must_show("min 3");
    tab.must_show("smallest quantity of 3");
    let run = buyer.book(item.id).await;
    buyer.desk.run_for(10).await.unwrap();
    let page = buyer.get(&format!("/activities/{run}")).await;
    for text in [
        "smallest quantity of 3",
        "Raise to 3 (2 for stock)",
        "raise:0:3",
        "Leave out",
    ] {
        page.must_show(text);
    }
    let asked = buyer.asked(run).await;
    buyer
        .send(
            &format!("/activities/{run}/groups/0"),
            &[("asked", &asked), ("answer", "raise:0:3")],
        )
        .await;
    buyer.desk.run_for(10).await.unwrap();
    assert_eq!(buyer.state(run).await, "done");
    assert_eq!(buyer.only_order().await["lines"][0]["quantity"], 3);
    buyer
        .tab()
        .await
        .must_show("2 units stay as stock without an order");
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn out_of_stock_says_what_is_left_and_all_can_be_left_out() {
    let mut buyer = Buyer::open().await;
    let (goods, item) = buyer.order(4).await;
    buyer.seller_says(&goods.item, json!({ "stock": 2 })).await;
    buyer.send(&format!("/orders/{NUMBER}/prices"), &[]).await;
    buyer.desk.run_for(5).await.unwrap();
    let tab = buyer.tab().await;
    tab.must_show("Not enough in stock: 2 left");
    assert!(
        !tab.body.contains("data-pick checked"),
        "what cannot be had is not ticked"
    );
    let run = buyer.book(item.id).await;
    buyer.desk.run_for(10).await.unwrap();
    buyer
        .get(&format!("/activities/{run}"))
        .await
        .must_show("not enough in stock: 2 left");
    let page = buyer.get(&format!("/activities/{run}")).await;
    assert!(!page.body.contains("¥ 0.00"), "{}", page.body);
    let asked = buyer.asked(run).await;
    buyer
        .send(
            &format!("/activities/{run}/groups/0"),
            &[("asked", &asked), ("answer", "leave_all")],
        )
        .await;
    assert_eq!(buyer.state(run).await, "stopped");
    assert!(buyer.desk.market_orders().await.unwrap().is_empty());
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn an_unknown_outcome_offers_three_ways_out_and_release_is_typed() {
    let mut buyer = Buyer::open().await;
    let (_, item) = buyer.order(1).await;
    buyer
        .desk
        .faults(json!([{ "fault": "request_lost", "api": "createCrossOrder" }]))
        .await
        .unwrap();
    buyer.book(item.id).await;
    buyer.desk.run_due().await.unwrap();
    let tab = buyer.tab().await;
    for text in [
        "Outcome unknown",
        "It is never sent again",
        "Look again",
        "Adopt order number…",
        "Release is offered from",
    ] {
        tab.must_show(text);
    }
    let list = buyer.get("/unknown").await;
    list.must_show(NUMBER);
    list.must_show(&format!("{TAB}#open-bookings"));
    let adopt = address(&tab, "/orders/", "/adopt");
    let base = adopt.trim_end_matches("/adopt").to_owned();
    let early = buyer.window(&format!("{base}/release")).await;
    assert!(
        early.field("confirmation").is_none(),
        "nothing can be sent yet"
    );
    let looked = buyer.send(&format!("{base}/look"), &[]).await;
    assert_eq!(looked.status, 200);
    // What is no order number is named; the window keeps what was typed.
    let wrong = buyer.send(&adopt, &[("number", "12 abc")]).await;
    assert_eq!(wrong.status, 422);
    wrong.must_show("Expected one order number");
    wrong.must_show("12 abc");
    buyer.desk.run_for(200).await.unwrap();
    let window = buyer.window(&format!("{base}/release")).await;
    window.must_show("Release only when you have seen");
    let wrong = buyer
        .send(&format!("{base}/release"), &[("confirmation", "XXXX")])
        .await;
    assert_eq!(wrong.status, 422);
    wrong.must_show("to confirm");
    let tail = wrong.body.split("Type ").nth(1).unwrap()[..4].to_owned();
    let released = buyer
        .send(&format!("{base}/release"), &[("confirmation", &tail)])
        .await;
    assert_eq!((released.status, released.body.as_str()), (200, ""));
    buyer
        .tab()
        .await
        .must_show("The booking was released; the units are free again.");
    let gone = buyer.send(&format!("{base}/look"), &[]).await;
    assert_eq!(gone.status, 409);
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn an_order_is_bound_by_its_number_after_a_look_and_nothing_is_guessed() {
    let mut buyer = Buyer::open().await;
    let (goods, item) = buyer.order(2).await;
    buyer
        .desk
        .control("POST", "/control/1688/orders", by_hand(&goods, 3))
        .await
        .unwrap();
    let number = buyer.only_order().await["number"]
        .as_str()
        .unwrap()
        .to_owned();
    let bind = format!("/orders/{NUMBER}/bind");
    buyer
        .window(&bind)
        .await
        .must_show("Order numbers at the marketplace");
    let wrong = buyer.send(&bind, &[("numbers", "not a number")]).await;
    assert_eq!(wrong.status, 422);
    wrong.must_show("Not an order number");
    let id = item.id.to_string();
    let spaced = format!("  {} {} ", &number[..4], &number[4..]);
    let looking = buyer
        .send(&bind, &[("item", &id), ("numbers", &spaced)])
        .await;
    let run = run_of(&looking);
    buyer.desk.run_for(5).await.unwrap();
    let fit = format!("{bind}/{run}");
    buyer
        .get(&format!("/activities/{run}"))
        .await
        .must_show(&fit);
    let window = buyer.window(&fit).await;
    for text in [
        number.as_str(),
        "Bind 1 line",
        "1 unit stays as stock",
        "same specification",
    ] {
        window.must_show(text);
    }
    assert_eq!(buyer.item().await.free(), 2, "looking binds nothing");
    let none = buyer.send(&fit, &[]).await;
    assert_eq!(none.status, 422);
    none.must_show("Choose at least one line");
    let choice = window.field("match").unwrap();
    let bound = buyer.send(&fit, &[("match", &choice)]).await;
    bound.must_show("2 units bound");
    // Confirming twice does nothing more.
    buyer.send(&fit, &[("match", &choice)]).await;
    assert_eq!(
        (buyer.item().await.status, buyer.item().await.free()),
        (ItemStatus::Booked, 0)
    );
    let tab = buyer.tab().await;
    tab.must_show("Bound by hand.");
    tab.must_show(&number);
    // The same order once more: every unit is spoken for, and it says by what.
    let again = buyer.send(&bind, &[("numbers", &number)]).await;
    buyer.desk.run_for(5).await.unwrap();
    let page = buyer.get(&format!("/activities/{}", run_of(&again))).await;
    page.must_show("is already booked or purchased");
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn a_look_can_be_left_without_binding() {
    let mut buyer = Buyer::open().await;
    let (goods, _) = buyer.order(1).await;
    buyer
        .desk
        .control("POST", "/control/1688/orders", by_hand(&goods, 1))
        .await
        .unwrap();
    let number = buyer.only_order().await["number"]
        .as_str()
        .unwrap()
        .to_owned();
    let looking = buyer
        .send(&format!("/orders/{NUMBER}/bind"), &[("numbers", &number)])
        .await;
    let run = run_of(&looking);
    buyer.desk.run_for(5).await.unwrap();
    buyer.send(&format!("/activities/{run}/stop"), &[]).await;
    assert_eq!(buyer.state(run).await, "stopped");
    assert_eq!(buyer.item().await.free(), 1);
    buyer.desk.end().await.unwrap();
}
