//! An order with goods of two marketplaces.

use crate::office::{Office, TAOBAO_ACCOUNT};
use crate::story;
use serde_json::json;
use testkit::goods::Wanted;

/// The order of the story: an item of 1688 and one of Taobao. Gives both goods.
async fn of_both(office: &mut Office) -> [Wanted; 2] {
    let first = office.one();
    office.turn_to("taobao").await;
    let second = office.one();
    office.turn_to("1688").await;
    office.order(&[first.clone(), second.clone()]).await;
    [first, second]
}

/// Orders at both marketplaces.
async fn made(office: &mut Office) -> [usize; 2] {
    let mut made = [0, 0];
    for (place, market) in ["1688", "taobao"].into_iter().enumerate() {
        office.turn_to(market).await;
        made[place] = office.orders().await.len();
    }
    office.turn_to("1688").await;
    made
}

story!(
    one_activity_books_each_item_with_its_marketplace_s_session,
    mixed,
    |office, me| {
        of_both(&mut office).await;
        let tab = me.tab().await;
        let chosen: Vec<_> = tab.sessions.iter().filter(|session| session.2).collect();
        assert_eq!(
            chosen.len(),
            2,
            "one row for each marketplace: {:?}",
            tab.sessions
        );
        for text in ["1688", "Taobao", "Book 2 items"] {
            tab.must_show(text);
        }
        let run = me.book_on(&tab).await;
        office.run_for(20).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Done");
        page.must_show("placed 2");
        assert_eq!(made(&mut office).await, [1, 1]);
        let tab = me.tab().await;
        assert_eq!(tab.bought.len(), 2);
        assert_eq!((tab.covered()["№ 53-1"], tab.covered()["№ 53-2"]), (1, 1));
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
        let list = me.get("/purchases").await;
        for bought in &tab.bought {
            list.must_show(&bought.number);
        }
    }
);

story!(
    a_marketplace_that_is_down_does_not_stop_the_other,
    mixed,
    |office, me| {
        of_both(&mut office).await;
        office.turn_to("taobao").await;
        office
            .fault(json!({ "fault": "error_before", "status": 503, "next": null }))
            .await;
        let run = me.book().await;
        office.run_for(60).await;
        assert_eq!(made(&mut office).await, [1, 0]);
        let tab = me.tab().await;
        assert_eq!(
            tab.covered().into_iter().collect::<Vec<_>>(),
            [("№ 53-1", 1)]
        );
        me.run(run).await.must_show("placed 1");
        // It comes back, and what was not bought there is bought then.
        office.turn_to("taobao").await;
        office.knobs(json!({ "faults": [] })).await;
        office.run_for(900).await;
        let tab = me.tab().await;
        if tab.covered().len() < 2 {
            me.book().await;
            office.run_for(30).await;
        }
        assert_eq!(me.tab().await.covered().len(), 2);
        assert_eq!(made(&mut office).await, [1, 1]);
    }
);

story!(
    a_login_that_has_ended_does_not_stop_the_other_marketplace,
    mixed,
    |office, me| {
        of_both(&mut office).await;
        let path = format!("/taobao/accounts/{TAOBAO_ACCOUNT}/revoke");
        office
            .whole
            .control("POST", &path, json!({}))
            .await
            .unwrap();
        let run = me.book().await;
        office.run_for(60).await;
        assert_eq!(made(&mut office).await, [1, 0]);
        let page = me.run(run).await;
        page.must_show("placed 1");
        let tab = me.tab().await;
        assert_eq!(tab.ready(), [("№ 53-2", 1)]);
        tab.must_show("Log in again");
        // Somebody logs in, and the item is bought.
        let begin = crate::page::address(&tab.page.body, "/sessions/", "/login");
        office.turn_to("taobao").await;
        let answer = me.log_in(&office, &begin, TAOBAO_ACCOUNT).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        office.run_for(60).await;
        assert_eq!(made(&mut office).await, [1, 1]);
        assert_eq!(me.tab().await.covered().len(), 2);
    }
);
