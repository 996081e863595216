//! Unbinding units and cancelling purchases.

use crate::story;
use app::AppError;
use app::purchase::cancel::{self, Cancel};
use app::purchase::unbind::{self, Unbind};
use domain::ItemStatus;
use serde_json::json;
use store::items::ItemRow;
use store::purchases::PurchaseRow;
use testkit::desk::Desk;
use testkit::goods::Wanted;

/// Books one item of two units. Gives order, item and purchase.
pub async fn booked(desk: &Desk) -> (i64, ItemRow, PurchaseRow) {
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let goods = desk.goods().await.unwrap();
    let wanted = Wanted {
        quantity: 2,
        ..goods[0].clone()
    };
    let (order, items) = desk.order("ORD-000000001", &[wanted]).await.unwrap();
    desk.book(order.id, &[(items[0].id, None)], session)
        .await
        .unwrap();
    desk.run_due().await.unwrap();
    let tab = app::purchase_tab::load(&desk.app, order.id).await.unwrap();
    (order.id, items[0].clone(), tab.bought[0].row.clone())
}

async fn item(desk: &Desk) -> ItemRow {
    desk.order_of("ORD-000000001").await.unwrap().1.remove(0)
}

async fn purchase(desk: &Desk, id: i64) -> PurchaseRow {
    app::purchase::view::show(&desk.app, id).await.unwrap().row
}

async fn state(desk: &Desk, run: i64) -> String {
    app::activity::show(&desk.app, run).await.unwrap().row.state
}

async fn differences(desk: &Desk, id: i64) -> Vec<String> {
    let shown = app::purchase::view::show(&desk.app, id).await.unwrap();
    shown.differences.into_iter().map(|e| e.kind).collect()
}

fn wish(desk: &Desk, order: i64, purchase: &PurchaseRow) -> Unbind {
    Unbind {
        request_id: desk.app.random_hex(16),
        order,
        purchases: vec![purchase.id],
        ..Unbind::default()
    }
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, AppError>) -> String {
    match outcome {
        Err(AppError::Refused(message)) => message.key,
        Err(AppError::Invalid(faults)) => faults[0].message.key.clone(),
        other => panic!("{other:?}"),
    }
}

story!(
    unbound_units_are_free_and_the_living_order_stays_listed,
    |desk| {
        let (order, _, bought) = booked(&desk).await;
        let request = wish(&desk, order, &bought);
        let run = unbind::unbind(&desk.person, request.clone()).await.unwrap();
        let again = unbind::unbind(&desk.person, request).await.unwrap();
        assert_eq!((again.id, again.fresh), (run.id, false));
        assert_eq!(state(&desk, run.id).await, "done");
        let now = item(&desk).await;
        assert_eq!((now.free(), now.status), (2, ItemStatus::Paid));
        assert!(now.note.is_some());
        assert_eq!(differences(&desk, bought.id).await, ["unbound_alive"]);
        let outcome = app::purchase::pay_link::fetch(&desk.person, &[bought.id]).await;
        assert_eq!(refusal(outcome), "pay-unbound");
        // A later read of the order, which carries our reference, does not adopt it again.
        app::purchase::due::look_again(&desk.person, bought.id)
            .await
            .unwrap();
        desk.run_for(5).await.unwrap();
        assert_eq!(item(&desk).await.free(), 2);
        // It is cancelled from its difference.
        let request = Cancel {
            request_id: desk.app.random_hex(16),
            purchase: bought.id,
        };
        let run = cancel::cancel(&desk.person, request).await.unwrap();
        desk.run_for(30).await.unwrap();
        assert_eq!(state(&desk, run.id).await, "done");
        assert!(differences(&desk, bought.id).await.is_empty());
    }
);

story!(one_unit_of_two_is_unbound, |desk| {
    let (order, _, bought) = booked(&desk).await;
    let shown = app::purchase::view::show(&desk.app, bought.id)
        .await
        .unwrap();
    let mut request = wish(&desk, order, &bought);
    request.purchases.clear();
    request.allocations = vec![(shown.covers[0].id, Some(3))];
    assert_eq!(
        refusal(unbind::unbind(&desk.person, request.clone()).await),
        "unbind-units"
    );
    request.allocations[0].1 = Some(1);
    request.also_cancel = true;
    assert_eq!(
        refusal(unbind::unbind(&desk.person, request.clone()).await),
        "unbind-cancel_needs_all"
    );
    request.also_cancel = false;
    unbind::unbind(&desk.person, request).await.unwrap();
    assert_eq!(item(&desk).await.free(), 1);
    assert!(purchase(&desk, bought.id).await.unbound_at.is_none());
});

/// Cancels that the marketplace has received.
async fn cancels(desk: &Desk) -> i64 {
    let counters = desk
        .control("GET", "/control/1688/counters", serde_json::Value::Null)
        .await
        .unwrap();
    counters["calls"]["alibaba.trade.cancel"]
        .as_i64()
        .unwrap_or(0)
}

story!(
    a_cancel_that_never_arrived_is_asked_again_only_by_a_person,
    |desk| {
        let (order, _, bought) = booked(&desk).await;
        desk.faults(json!([{ "fault": "request_lost", "api": "alibaba.trade.cancel" }]))
            .await
            .unwrap();
        let request = Unbind {
            also_cancel: true,
            ..wish(&desk, order, &bought)
        };
        let run = unbind::unbind(&desk.person, request).await.unwrap();
        desk.run_for(30).await.unwrap();
        let ask = || Cancel {
            request_id: desk.app.random_hex(16),
            purchase: bought.id,
        };
        assert_eq!(
            refusal(cancel::ask_again(&desk.person, ask()).await),
            "cancel-look_first"
        );
        assert_eq!(differences(&desk, bought.id).await, ["cancel_unknown"]);
        desk.run_for(90).await.unwrap();
        assert_eq!(state(&desk, run.id).await, "partly");
        assert_eq!(item(&desk).await.free(), 0);
        let sent = cancels(&desk).await;
        let again = cancel::ask_again(&desk.person, ask()).await.unwrap();
        desk.run_for(30).await.unwrap();
        assert_eq!(cancels(&desk).await, sent + 1);
        assert_eq!(state(&desk, again.id).await, "done");
        assert_eq!(item(&desk).await.free(), 2);
        assert!(differences(&desk, bought.id).await.is_empty());
    }
);

story!(paid_meanwhile_the_binding_stays, |desk| {
    let (order, _, bought) = booked(&desk).await;
    let request = Unbind {
        also_cancel: true,
        ..wish(&desk, order, &bought)
    };
    let run = unbind::unbind(&desk.person, request).await.unwrap();
    let path = format!("/control/1688/orders/{}/pay", bought.order_number);
    desk.control("POST", &path, json!({})).await.unwrap();
    desk.run_for(30).await.unwrap();
    assert_eq!(state(&desk, run.id).await, "failed");
    let now = item(&desk).await;
    assert_eq!((now.free(), now.status), (0, ItemStatus::Purchased));
    assert_eq!(cancels(&desk).await, 0);
    assert_eq!(
        differences(&desk, bought.id).await,
        ["paid_while_cancelling"]
    );
    let open = app::purchase::view::show(&desk.app, bought.id)
        .await
        .unwrap();
    app::purchase::accept::dismiss(&desk.person, open.differences[0].id)
        .await
        .unwrap();
    assert!(differences(&desk, bought.id).await.is_empty());
    // A paid purchase is unbound with a reason, and never cancelled by us.
    let mut request = wish(&desk, order, &bought);
    assert_eq!(
        refusal(unbind::unbind(&desk.person, request.clone()).await),
        "unbind-reason_needed"
    );
    request.reason = "wrong colour".to_owned();
    request.also_cancel = true;
    assert_eq!(
        refusal(unbind::unbind(&desk.person, request.clone()).await),
        "cancel-paid"
    );
    request.also_cancel = false;
    unbind::unbind(&desk.person, request).await.unwrap();
    assert_eq!(item(&desk).await.free(), 2);
});

story!(what_was_unbound_can_be_bound_again_by_hand, |desk| {
    let (order, _, bought) = booked(&desk).await;
    unbind::unbind(&desk.person, wish(&desk, order, &bought))
        .await
        .unwrap();
    let number = bought.order_number.clone();
    let run = crate::bind::look(&desk, order, bought.session_id, &number).await;
    let choices = crate::bind::proposed(&desk, run).await;
    app::purchase::bind::confirm(&desk.person, run, choices)
        .await
        .unwrap();
    assert_eq!(item(&desk).await.free(), 0);
    assert!(differences(&desk, bought.id).await.is_empty());
    assert!(purchase(&desk, bought.id).await.unbound_at.is_none());
});
