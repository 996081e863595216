//! Sessions, and what they may: choice, revocation, limits, pace.

use crate::office::{ACCOUNT, Office};
use crate::story;
use serde_json::json;
use store::temporary::Temporary;
use testkit::whole::Setup;

story!(
    the_session_of_the_bar_books_and_is_remembered_for_the_order,
    |office, me| {
        let [first, other] = office.of_two_sellers();
        office.order(&[first, other]).await;
        let second = me.connect(&office, "cn_buyer_02").await;
        let tab = me.tab().await;
        assert_eq!(tab.sessions.len(), 2);
        let chosen = tab.sessions.iter().find(|s| s.2).unwrap();
        assert_eq!(chosen.1, ACCOUNT, "the default of the marketplace");
        let tab = me.choose(&second).await;
        assert!(tab.sessions.iter().any(|s| s.2 && s.0 == second));
        me.press_book(&tab, &[("№ 53-1", 1)]).await;
        office.run_for(10).await;
        assert_eq!(office.orders().await[0]["account"], "cn_buyer_02");
        let tab = me.tab().await;
        assert!(tab.purchase().text.contains("cn_buyer_02"));
        let chosen = tab.sessions.iter().find(|s| s.2).unwrap();
        assert_eq!(chosen.0, second, "the one last used in this order");
        me.book().await;
        office.run_for(10).await;
        assert_eq!(office.orders().await[1]["account"], "cn_buyer_02");
    }
);

story!(
    a_revoked_session_pauses_its_run_until_its_account_logs_in_again,
    |office, me| {
        office.order(&office.of_two_sellers()).await;
        // The first order passes, then the account withdraws its consent.
        office
            .fault(json!({ "fault": "revoked", "api": "createOrder.preview", "skip": 1 }))
            .await;
        let run = me.book().await;
        office.run_for(120).await;
        office.only_order().await;
        assert_eq!(
            me.run(run).await.state,
            "Running",
            "it waits instead of failing"
        );
        let tab = me.tab().await;
        for text in [
            "revoked",
            "Bookings and synchronization wait",
            "Log in again",
        ] {
            tab.must_show(text);
        }
        assert!(tab.page.body.contains("dot bg-red"));
        let list = me.get("/orders").await;
        list.must_show(&format!(
            "The authorisation of {ACCOUNT} at 1688 has ended."
        ));

        // One click on the tab, the marketplace's login page, and back on the tab.
        let again = crate::page::address(&tab.page.body, "/sessions/", "/login");
        let wrong = me.log_in(&office, &again, "cn_buyer_02").await;
        assert_eq!(wrong.status, 409);
        wrong.must_show("You logged in as cn_buyer_02; expected cn_buyer_01.");
        let back = me.log_in(&office, &again, ACCOUNT).await;
        assert_eq!(back.status, 303, "{}", back.body);
        assert!(back.location().unwrap().starts_with(&me.at("/purchase")));
        let lists = office.calls("getBuyerOrderList").await;
        office.run_for(60).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.orders().await.len(), 2);
        let tab = me.tab().await;
        assert_eq!(tab.covered().len(), 2);
        assert!(!tab.page.body.contains("dot bg-red"));
        assert!(
            office.calls("getBuyerOrderList").await > lists,
            "it is synchronized at once"
        );
    }
);

story!(
    a_key_whose_calls_are_used_up_rests_until_the_day_turns_and_loses_nothing,
    |office, me| {
        office.order(&office.of_two_sellers()).await;
        office.run_for(30).await;
        // Enough for a preview and an order, not for reading it back.
        office.knobs(json!({ "per_day_app": 2 })).await;
        let run = me.book().await;
        office.run_for(60).await;
        office.only_order().await;
        assert_eq!(me.run(run).await.state, "Running", "what is left waits");
        let tab = me.tab().await;
        tab.must_show("The calls that the app key may make today are used up.");
        office.knobs(json!({ "per_day_app": null })).await;
        let tries = office.calls("createCrossOrder").await;
        let reads = office.calls("alibaba.trade.get.buyerView").await;
        office.run_for(3_600).await;
        assert_eq!(office.calls("createCrossOrder").await, tries);
        assert_eq!(office.calls("alibaba.trade.get.buyerView").await, reads);
        // Midnight in Beijing is at 16:00; the story began at 11:00.
        office.run_for(16_000).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.orders().await.len(), 2);
        let tab = me.tab().await;
        assert_eq!(tab.covered().len(), 2);
        assert!(office.calls("alibaba.trade.get.buyerView").await > reads);
    }
);

story!(
    a_day_s_limit_stops_the_run_and_another_session_takes_the_rest,
    |office, me| {
        office
            .knobs(json!({ "daily_order_limits": { ACCOUNT: 1 } }))
            .await;
        office.order(&office.of_two_sellers()).await;
        let run = me.book().await;
        office.run_for(60).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Partly done");
        for text in [
            "The account may place no more orders today",
            "placed 1",
            "Choose another session, or book again from",
        ] {
            page.must_show(text);
        }
        office.only_order().await;
        let tries = office.calls("createCrossOrder").await;
        office.run_for(600).await;
        assert_eq!(
            office.calls("createCrossOrder").await,
            tries,
            "nothing more is tried"
        );
        let tab = me.tab().await;
        tab.must_show("New bookings rest until");
        tab.must_show("1 / 1");
        assert_eq!(tab.ready.len(), 1);
        let other = me.connect(&office, "cn_buyer_02").await;
        let tab = me.choose(&other).await;
        me.book_on(&tab).await;
        office.run_for(10).await;
        assert_eq!(office.orders().await[1]["account"], "cn_buyer_02");
        assert_eq!(me.tab().await.covered().len(), 2);
    }
);

/// Bookings of a busy day.
const MANY: usize = 200;

#[tokio::test]
async fn two_hundred_bookings_are_never_told_to_slow_down() {
    // One database: the pace rests on the same statement on both, which `store` tests.
    let setup = Setup {
        pace: (50, 100),
        ..Setup::default()
    };
    let database = Temporary::sqlite().await.unwrap();
    let mut office = Office::without_account(database, setup).await;
    let mut me = office.operator().await;
    me.connect(&office, ACCOUNT).await;
    // The marketplace takes half as much again as our pace: bursts have room, and no more.
    office
        .knobs(json!({ "per_second_app": 30, "per_second_session": 15 }))
        .await;
    let goods = office.one();
    office
        .offer(
            &goods,
            json!({ "stock": 100_000, "spec_id": goods.specification }),
        )
        .await;
    for n in 1..=MANY {
        me.order = format!("ORD-{n:09}");
        let number = me.order.clone();
        office.order_of(&number, std::slice::from_ref(&goods)).await;
        me.book().await;
    }
    office.run_for(100).await;
    assert_eq!(office.orders().await.len(), MANY);
    assert_eq!(
        office.calls("createCrossOrder").await,
        i64::try_from(MANY).unwrap()
    );
    let log = office
        .whole
        .control("GET", "/1688/log", serde_json::Value::Null)
        .await;
    let log = log.unwrap().to_string();
    assert!(!log.contains("QosAppFrequencyLimit"), "told to slow down");
    me.get("/activities?view=errors")
        .await
        .must_show("None at present");
    office.end(&mut me).await;
}
