//! Binding orders of the marketplace by their numbers.

use crate::story;
use app::AppError;
use app::purchase::bind::{self, BindChoice, BindLook, NumberState};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::desk::Desk;
use testkit::goods::Wanted;

/// Makes an order on the marketplace's site. Gives its number.
pub async fn by_hand(desk: &Desk, account: &str, lines: &[(&Wanted, i64)]) -> String {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(w, n)| json!({ "item_id": w.item, "spec_id": w.specification, "quantity": n }))
        .collect();
    let order = desk
        .control(
            "POST",
            "/control/1688/orders",
            json!({ "account": account, "lines": lines }),
        )
        .await
        .unwrap();
    order["number"].as_str().unwrap().to_owned()
}

/// Looks numbers up and reads them. Gives the run.
pub async fn look(desk: &Desk, order: i64, session: i64, text: &str) -> i64 {
    let look = BindLook {
        request_id: desk.app.random_hex(16),
        order,
        sessions: BTreeMap::from([("1688".to_owned(), session)]),
        text: text.to_owned(),
        ..BindLook::default()
    };
    let run = bind::look(&desk.person, look).await.unwrap().id;
    desk.run_for(5).await.unwrap();
    run
}

/// Everything that a look proposes.
pub async fn proposed(desk: &Desk, run: i64) -> Vec<BindChoice> {
    let (_, look) = bind::shown(&desk.app, run).await.unwrap();
    let mut out = Vec::new();
    for number in look.numbers {
        if let NumberState::Found { found } = number.state {
            out.extend(found.proposal.matches.iter().map(|m| BindChoice {
                number: number.number.clone(),
                line: usize::try_from(m.line).unwrap(),
                item: m.claim,
                units: m.units,
            }));
        }
    }
    out
}

/// How the run stands, and the keys of what it says.
async fn said(desk: &Desk, run: i64) -> (String, Vec<String>) {
    let run = app::activity::show(&desk.app, run).await.unwrap();
    let keys = run.steps.iter().map(|s| s.message.key.clone()).collect();
    (run.row.state, keys)
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, AppError>) -> String {
    match outcome {
        Err(AppError::Refused(message)) => message.key,
        Err(AppError::Invalid(faults)) => faults[0].message.key.clone(),
        other => panic!("{other:?}"),
    }
}

story!(
    what_cannot_be_bound_is_refused_by_name_and_nothing_changes,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let goods = desk.goods().await.unwrap();
        let (order, _) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
        let other = by_hand(&desk, "cn_buyer_01", &[(&goods[1], 1)]).await;
        let closed = by_hand(&desk, "cn_buyer_01", &[(&goods[0], 1)]).await;
        desk.control(
            "POST",
            &format!("/control/1688/orders/{closed}/close"),
            json!({}),
        )
        .await
        .unwrap();
        let unseen = "1234567890123456789";
        let text = format!("{other}\n{closed}, {unseen}");
        let run = look(&desk, order.id, session, &text).await;
        let (state, keys) = said(&desk, run).await;
        assert_eq!(state, "failed");
        assert_eq!(
            keys,
            [
                "bind-refusal-other_goods",
                "bind-refusal-closed",
                "bind-not_visible"
            ]
        );
        let look_with = |text: &str| BindLook {
            request_id: desk.app.random_hex(16),
            order: order.id,
            sessions: BTreeMap::new(),
            text: text.to_owned(),
            ..BindLook::default()
        };
        for (text, key) in [("", "bind-empty"), ("hello 12", "bind-no_number")] {
            let outcome = bind::look(&desk.person, look_with(text)).await;
            assert_eq!(refusal(outcome), key);
        }
        assert_eq!(
            refusal(bind::confirm(&desk.person, run, Vec::new()).await),
            "bind-not_waiting"
        );
        let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
        assert_eq!(items[0].free(), 1);
    }
);

story!(units_taken_meanwhile_are_not_bound_twice, |desk| {
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let goods = desk.goods().await.unwrap();
    let (order, items) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
    let number = by_hand(&desk, "cn_buyer_01", &[(&goods[0], 1)]).await;
    let run = look(&desk, order.id, session, &number).await;
    let choices = proposed(&desk, run).await;
    desk.book(order.id, &[(items[0].id, None)], session)
        .await
        .unwrap();
    desk.run_for(10).await.unwrap();
    let outcome = bind::confirm(&desk.person, run, choices).await;
    assert_eq!(refusal(outcome), "bind-units_taken");
    // The proposal was made anew and says who has them.
    let (state, keys) = said(&desk, run).await;
    assert_eq!(
        (state.as_str(), keys),
        ("failed", vec!["bind-refusal-no_free_units".to_owned()])
    );
    let mut db = desk.app.store.read().await.unwrap();
    let stray = store::purchases::by_number(&mut db, "1688", &number).await;
    assert!(stray.unwrap().is_none(), "nothing half done");
});

story!(
    a_stranger_that_an_unknown_booking_may_have_made_waits_for_it,
    |desk| {
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let goods = desk.goods().await.unwrap();
        let wanted = Wanted {
            quantity: 2,
            ..goods[0].clone()
        };
        let (order, items) = desk.order("ORD-000000001", &[wanted]).await.unwrap();
        desk.faults(json!([{ "fault": "request_lost", "api": "createCrossOrder" }]))
            .await
            .unwrap();
        desk.book(order.id, &[(items[0].id, Some(1))], session)
            .await
            .unwrap();
        desk.run_due().await.unwrap();
        let number = by_hand(&desk, "cn_buyer_01", &[(&goods[0], 1)]).await;
        let run = look(&desk, order.id, session, &number).await;
        let (state, keys) = said(&desk, run).await;
        assert_eq!(
            (state.as_str(), keys),
            ("failed", vec!["bind-booking_first".to_owned()])
        );
    }
);
