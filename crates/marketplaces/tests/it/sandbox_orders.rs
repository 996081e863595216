//! Creates with all their outcomes, and the life of an order.

use crate::sandbox::{BUYER, CUP, Desk, HOODIE, VASE, line, text};
use domain::{Fen, PurchaseStatus, VerdictKind};
use marketplaces::{ErrorKind, Listing, M1688, Marketplace, OrderLine, PushRequest};
use serde_json::json;
use std::collections::BTreeSet;
use world::Clock;

async fn hoodies(desk: &Desk) -> Vec<OrderLine> {
    let mut lines = Vec::new();
    for at in 0..2 {
        let specification = desk.specification(HOODIE, at).await;
        lines.push(line(HOODIE, Some(&specification), 2));
    }
    lines
}

#[tokio::test]
async fn what_was_created_is_read_back_as_ordered() {
    let desk = Desk::new().await;
    let lines = hoodies(&desk).await;
    let preview = desk.preview(&lines).await.unwrap();
    for (round, knobs) in [
        json!({}),
        json!({"null_fields": true, "round_ids": true}),
        json!({"unwrapped_create": true, "success_as": "bool"}),
        json!({"success_as": "string"}),
    ]
    .into_iter()
    .enumerate()
    {
        desk.knobs(json!({"reset": true})).await;
        desk.knobs(knobs).await;
        let reference = format!("APABCDEFGHIJKLMNOPQRSTUVWXY{round}");
        let made = desk.create(&reference, &lines, &preview).await.unwrap();
        assert_eq!(made.orders.len(), 1);
        let order = desk.read(&made.orders[0].number).await.unwrap();
        assert_eq!(order.reference.as_deref(), Some(reference.as_str()));
        assert_eq!(order.account.as_deref(), Some(desk.account.as_str()));
        assert_eq!(order.status, PurchaseStatus::ToPay);
        assert_eq!(
            (order.total, order.goods, order.freight),
            (preview.total, preview.goods, preview.freight)
        );
        assert_eq!(order.created.unwrap().millis(), desk.clock.now().millis());
        assert_eq!(
            order.pay_by.unwrap().seconds_since(desk.clock.now()),
            43_200
        );
        let ordered: BTreeSet<_> = order
            .lines
            .iter()
            .map(|l| (l.item.clone(), l.specification.clone(), l.quantity))
            .collect();
        let wanted: BTreeSet<_> = lines
            .iter()
            .map(|l| (l.item.clone(), l.specification.clone(), l.quantity))
            .collect();
        assert_eq!(ordered, wanted);
        for (line, promised) in order.lines.iter().zip(&preview.lines) {
            assert_eq!(Some(line.price), promised.unit_price);
            assert_eq!(Some(line.amount), promised.goods);
            assert!(line.line.len() >= 15 && !line.configuration.is_empty());
        }
        assert_eq!(desk.found(&reference).await.len(), 1);
    }
    let there = desk.orders_there().await;
    assert_eq!(there[0]["message"], json!("请尽快发货"));
}

#[tokio::test]
async fn a_lost_answer_is_unclear_and_the_order_is_found_by_its_reference() {
    let desk = Desk::new().await;
    let lines = hoodies(&desk).await;
    let preview = desk.preview(&lines).await.unwrap();
    for (round, (fault, made)) in [
        (json!({"fault": "answer_lost"}), 1),
        (json!({"fault": "body_cut"}), 1),
        (json!({"fault": "garbage"}), 1),
        (json!({"fault": "error_after", "status": 502}), 1),
        (json!({"fault": "error_before", "status": 500}), 0),
        (json!({"fault": "request_lost"}), 0),
    ]
    .into_iter()
    .enumerate()
    {
        let reference = format!("APLOST{round}");
        desk.knobs(json!({"faults": [fault]})).await;
        let error = desk.create(&reference, &lines, &preview).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unclear, "{fault}: {error}");
        assert!(!error.is_definite());
        let found = desk.found(&reference).await;
        assert_eq!(found.len(), made, "{fault}");
        for order in found {
            let whole = desk.read(&order.number).await.unwrap();
            assert_eq!(whole.reference.as_deref(), Some(reference.as_str()));
        }
    }
}

#[tokio::test]
async fn a_repeated_reference_never_counts_as_a_no() {
    let desk = Desk::new().await;
    let lines = hoodies(&desk).await;
    let preview = desk.preview(&lines).await.unwrap();
    let first = desk.create("APTWICE", &lines, &preview).await.unwrap();
    let again = desk.create("APTWICE", &lines, &preview).await.unwrap();
    assert_eq!(again.orders[0].number, first.orders[0].number);
    desk.knobs(json!({"repeat_reference": "error"})).await;
    let error = desk.create("APTWICE", &lines, &preview).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unclear, "{error}");
    desk.knobs(json!({"repeat_reference": "second"})).await;
    let second = desk.create("APTWICE", &lines, &preview).await.unwrap();
    assert_ne!(second.orders[0].number, first.orders[0].number);
    assert_eq!(desk.found("APTWICE").await.len(), 2);
}

#[tokio::test]
async fn a_split_gives_all_its_orders() {
    let desk = Desk::new().await;
    let lines = hoodies(&desk).await;
    desk.knobs(json!({"split_orders": 2})).await;
    let preview = desk.preview(&lines).await.unwrap();
    assert!(preview.is_ok(), "{preview:?}");
    assert_eq!(preview.orders, 2);
    let made = desk.create("APSPLIT", &lines, &preview).await.unwrap();
    assert_eq!(made.orders.len(), 2);
    let total: i64 = made.orders.iter().map(|o| o.total.unwrap().0).sum();
    assert_eq!(Fen(total), preview.total);
    let numbers: BTreeSet<_> = made.orders.iter().map(|o| o.number.clone()).collect();
    let found: BTreeSet<_> = desk
        .found("APSPLIT")
        .await
        .into_iter()
        .map(|o| o.number)
        .collect();
    assert_eq!(found, numbers);
}

#[tokio::test]
async fn a_line_that_fails_is_named_and_the_rest_is_ordered() {
    let desk = Desk::new().await;
    let lines = hoodies(&desk).await;
    let preview = desk.preview(&lines).await.unwrap();
    desk.knobs(json!({"faults": [{"fault": "line_fails"}]}))
        .await;
    let made = desk.create("APFAIL", &lines, &preview).await.unwrap();
    assert_eq!(made.orders.len(), 1);
    assert_eq!(made.failed.len(), 1);
    assert_eq!(made.failed[0].item, HOODIE);
    assert_eq!(made.failed[0].specification, lines[0].specification);
    assert_eq!(made.failed[0].verdict.kind, VerdictKind::OutOfStock);
    let order = desk.read(&made.orders[0].number).await.unwrap();
    assert_eq!(order.lines.len(), 1);
    assert_eq!(order.lines[0].specification, lines[1].specification);

    // Every line fails by itself: a definite no without an order.
    desk.knobs(json!({"stock_failure_by_line": true})).await;
    for line in &lines {
        let change = json!({"spec_id": line.specification, "stock": 0});
        desk.set_offer(HOODIE, change).await;
    }
    let error = desk.create("APNONE", &lines, &preview).await.unwrap_err();
    assert!(matches!(&error.kind, ErrorKind::Refused(v) if v.kind == VerdictKind::OutOfStock));
    assert!(desk.found("APNONE").await.is_empty());
}

#[tokio::test]
async fn refusals_before_execution_are_definite_and_make_nothing() {
    let desk = Desk::new().await;
    let lines = [line(VASE, None, 1)];
    let preview = desk.preview(&lines).await.unwrap();
    let refused = async |fault| {
        desk.knobs(json!({"faults": [fault]})).await;
        let error = desk.create("APNO", &lines, &preview).await.unwrap_err();
        assert!(error.is_definite(), "{error:?}");
        assert!(desk.orders_there().await.is_empty());
        error.kind
    };
    assert_eq!(
        refused(json!({"fault": "throttle"})).await,
        ErrorKind::Throttled { next: None }
    );
    let denied = json!({"denied_apis": ["alibaba.trade.createCrossOrder"]});
    desk.knobs(denied).await;
    let error = desk.create("APNO", &lines, &preview).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Permission);
    desk.knobs(json!({"denied_apis": [], "daily_order_limits": {BUYER: 0}}))
        .await;
    let error = desk.create("APNO", &lines, &preview).await.unwrap_err();
    match error.kind {
        ErrorKind::Limit { limit, next } => {
            assert_eq!(limit, "orders_per_day");
            assert!(next.unwrap() > desk.clock.now());
        }
        other => panic!("{other:?}"),
    }
    desk.knobs(json!({"reset": true, "unpaid_order_limit": 0}))
        .await;
    let error = desk.create("APNO", &lines, &preview).await.unwrap_err();
    assert!(
        matches!(&error.kind, ErrorKind::Limit { limit, next: None } if limit == "unpaid_orders")
    );
    desk.knobs(json!({"reset": true})).await;
    assert_eq!(
        refused(json!({"fault": "token_expired"})).await,
        ErrorKind::Token
    );
}

#[tokio::test]
async fn a_saved_address_and_a_bad_one() {
    let desk = Desk::new().await;
    let saved = M1688.addresses_read(&desk.caller()).await.unwrap();
    let mut basket = crate::sandbox::basket(&[line(VASE, None, 1)]);
    basket.address = saved[0].address.clone();
    let preview = M1688.order_preview(&desk.caller(), &basket).await.unwrap();
    assert!(preview.is_ok());
    basket.address.saved_id = Some("1".to_owned());
    let preview = M1688.order_preview(&desk.caller(), &basket).await.unwrap();
    assert_eq!(preview.whole.map(|v| v.kind), Some(VerdictKind::Address));
}

#[tokio::test]
async fn a_cancel_waits_ten_seconds_and_ends_with_payment() {
    let desk = Desk::new().await;
    let number = desk.vase("APCANCEL").await;
    let cancel = async || {
        M1688
            .order_cancel(&desk.caller(), &number, desk.permit())
            .await
    };
    let early = cancel().await.unwrap_err();
    let ErrorKind::TooEarly { next: Some(next) } = early.kind else {
        panic!("{early:?}");
    };
    desk.clock.advance_micros(next.0 - desk.clock.now().0);
    cancel().await.unwrap();
    let order = desk.read(&number).await.unwrap();
    assert_eq!(order.status, PurchaseStatus::Closed);
    assert_eq!(order.close_reason.as_deref(), Some("buyerCancel"));
    assert_eq!(cancel().await.unwrap_err().kind, ErrorKind::WrongState);

    let paid = desk.vase("APPAID").await;
    desk.act(&paid, "pay", json!({})).await;
    desk.clock.advance_seconds(11);
    let late = M1688
        .order_cancel(&desk.caller(), &paid, desk.permit())
        .await
        .unwrap_err();
    assert_eq!(late.kind, ErrorKind::WrongState);

    let lost = desk.vase("APLOST").await;
    desk.clock.advance_seconds(11);
    desk.knobs(json!({"faults": [{"fault": "answer_lost", "api": "alibaba.trade.cancel"}]}))
        .await;
    let error = M1688
        .order_cancel(&desk.caller(), &lost, desk.permit())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unclear);
    let order = desk.read(&lost).await.unwrap();
    assert_eq!(order.status, PurchaseStatus::Closed, "a look tells");

    let nobody = "1000000000000000001";
    let error = M1688
        .order_cancel(&desk.caller(), nobody, desk.permit())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn an_order_lives_and_every_step_is_seen() {
    use PurchaseStatus as P;
    let desk = Desk::new().await;
    let lines = hoodies(&desk).await;
    let made = desk.book("APLIFE", &lines).await.unwrap();
    let number = made.orders[0].number.clone();
    let none = M1688
        .deliveries_read(&desk.caller(), &number)
        .await
        .unwrap();
    assert!(none.is_empty(), "not sent yet is no error");

    desk.act(&number, "price", json!({"freight_fen": 0})).await;
    let order = desk.read(&number).await.unwrap();
    assert_eq!((order.freight, order.total), (Fen(0), order.goods));

    desk.clock.advance_seconds(60);
    desk.act(&number, "pay", json!({})).await;
    let order = desk.read(&number).await.unwrap();
    assert_eq!((order.status, order.pay_by), (P::PaidToSeller, None));
    assert_eq!(order.paid.unwrap().millis(), desk.clock.now().millis());

    let first = order.lines[0].line.clone();
    desk.act(
        &number,
        "ship",
        json!({"lines": [{"line": first, "quantity": 2}], "company": "ZTO", "tracking": "7551234"}),
    )
    .await;
    let order = desk.read(&number).await.unwrap();
    assert_eq!(order.status, P::PartlySent);
    assert_eq!(order.raw_status, "waitsellersend");
    assert!(order.lines[0].status.is_sent());
    assert_eq!(order.lines[1].status, P::PaidToSeller);
    assert_eq!(order.deliveries.len(), 1);
    assert_eq!(order.deliveries[0].tracking, "7551234");
    assert_eq!(order.deliveries[0].lines, [first]);

    desk.act(&number, "ship", json!({"tracking": "7559999"}))
        .await;
    let order = desk.read(&number).await.unwrap();
    assert_eq!(order.status, P::Sent);
    let read = M1688
        .deliveries_read(&desk.caller(), &number)
        .await
        .unwrap();
    let ids = |list: &[marketplaces::MarketDelivery]| -> BTreeSet<String> {
        list.iter().map(|d| d.id.clone()).collect()
    };
    assert_eq!(ids(&read), ids(&order.deliveries), "one delivery, one id");
    assert_eq!(read.len(), 2);

    desk.act(&number, "sign", json!({})).await;
    assert_eq!(desk.read(&number).await.unwrap().status, P::Signed);
    desk.act(&number, "confirm", json!({})).await;
    assert_eq!(desk.read(&number).await.unwrap().status, P::Signed);
    desk.act(&number, "complete", json!({})).await;
    assert_eq!(desk.read(&number).await.unwrap().status, P::Completed);

    desk.act(&number, "status", json!({"word": "waiting_for_godot"}))
        .await;
    let order = desk.read(&number).await.unwrap();
    assert_eq!(order.status, P::Unknown);
    assert_eq!(order.raw_status, "waiting_for_godot");
}

#[tokio::test]
async fn closed_lines_time_outs_and_refunds_are_seen() {
    let desk = Desk::new().await;
    let lines = hoodies(&desk).await;
    let made = desk.book("APLINE", &lines).await.unwrap();
    let number = made.orders[0].number.clone();
    let before = desk.read(&number).await.unwrap();
    desk.act(&number, "close", json!({"line": before.lines[0].line}))
        .await;
    let order = desk.read(&number).await.unwrap();
    assert_eq!(order.status, PurchaseStatus::ToPay);
    assert_eq!(order.lines[0].status, PurchaseStatus::Closed);
    assert_eq!(order.lines[1].status, PurchaseStatus::ToPay);
    assert!(order.total < before.total);
    assert_eq!(Fen(order.goods.0 + order.freight.0), order.total);

    let forgotten = desk.vase("APFORGOT").await;
    desk.clock.advance_seconds(43_201);
    let access = M1688.token_refresh(&desk.caller(), &desk.refresh).await;
    let desk = desk.with_access(&access.unwrap().access);
    desk.sandbox.tick(desk.clock.now()).await.unwrap();
    let order = desk.read(&forgotten).await.unwrap();
    assert_eq!(order.status, PurchaseStatus::Closed);
    assert_eq!(order.close_reason.as_deref(), Some("BUYER_NO_PAY"));

    let back = desk.vase("APBACK").await;
    desk.act(&back, "pay", json!({})).await;
    desk.act(&back, "refund", json!({"step": "open"})).await;
    let order = desk.read(&back).await.unwrap();
    assert_eq!(order.raw_refund.as_deref(), Some("waitselleragree"));
    assert!(!order.lines[0].refunded && order.refunded == Fen(0));
    let there = desk.orders_there().await;
    let refund =
        text(&there.iter().find(|o| text(&o["number"]) == back).unwrap()["refunds"][0]["id"]);
    desk.act(&back, "refund", json!({"refund": refund, "step": "agree"}))
        .await;
    let order = desk.read(&back).await.unwrap();
    assert!(order.lines[0].refunded, "{order:?}");
    assert!(order.refunded.0 > 0);
}

#[tokio::test]
async fn orders_of_other_accounts_are_not_found() {
    let desk = Desk::new().await;
    let number = desk.vase("APMINE").await;
    let other = desk
        .control(
            "POST",
            "/control/1688/authorize",
            json!({"account": "cn_buyer_02"}),
        )
        .await;
    let desk = desk.with_access(&text(&other["access_token"]).into());
    for number in [number.as_str(), "1000000000000000001"] {
        let error = desk.read(number).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
        let error = M1688
            .deliveries_read(&desk.caller(), number)
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
    }
    assert!(desk.found("APMINE").await.is_empty());
}

#[tokio::test]
async fn a_list_gives_every_order_once_whatever_the_page_size() {
    let desk = Desk::new().await;
    let start = desk.clock.now();
    let mut made = BTreeSet::new();
    for at in 0..60 {
        let body = json!({"account": BUYER, "lines": [{"item_id": VASE}], "reference": format!("APHAND{at}")});
        let order = desk.control("POST", "/control/1688/orders", body).await;
        made.insert(text(&order["number"]));
        desk.clock.advance_micros(1_500);
    }
    let end = desk.clock.now();
    for knobs in [
        json!({}),
        json!({"max_page_size": 20}),
        json!({"max_page_size": 7, "list_sort": "modify_asc"}),
        json!({"list_sort": "create_asc", "null_fields": true}),
    ] {
        desk.knobs(json!({"reset": true})).await;
        desk.knobs(knobs.clone()).await;
        for listing in [
            Listing::Modified {
                from: start,
                to: end,
            },
            Listing::Created {
                from: start,
                to: end,
            },
        ] {
            let mut seen = BTreeSet::new();
            let mut page = 1;
            loop {
                let got = M1688
                    .order_list(&desk.caller(), &listing, page)
                    .await
                    .unwrap();
                assert_eq!(got.total, Some(60));
                for order in got.orders {
                    assert!(seen.insert(order.number), "once");
                }
                if !got.more {
                    break;
                }
                page += 1;
                assert!(page < 20);
            }
            assert_eq!(seen, made, "{knobs}");
        }
    }
    // Both ends belong to the span, to the millisecond.
    let first = desk.found("APHAND0").await.remove(0).created.unwrap();
    let only = Listing::Created {
        from: first,
        to: first,
    };
    let page = M1688.order_list(&desk.caller(), &only, 1).await.unwrap();
    assert_eq!(page.orders.len(), 1);
    assert_eq!(page.orders[0].reference.as_deref(), Some("APHAND0"));

    desk.knobs(json!({"max_window_days": 1})).await;
    let wide = Listing::Created {
        from: start.plus_seconds(-3 * 86_400),
        to: end,
    };
    let error = M1688
        .order_list(&desk.caller(), &wide, 1)
        .await
        .unwrap_err();
    assert_eq!(error.code.as_deref(), Some("SBX_WINDOW_TOO_WIDE"));
}

#[tokio::test]
async fn a_payment_link_opens_the_marketplaces_own_page() {
    let desk = Desk::new().await;
    let first = desk.vase("APPAY1").await;
    let second = desk.vase("APPAY2").await;
    let paid = desk.vase("APPAY3").await;
    desk.act(&paid, "pay", json!({})).await;
    for knobs in [json!({}), json!({"round_ids": true, "null_fields": true})] {
        desk.knobs(knobs).await;
        let link = M1688
            .pay_link(
                &desk.caller(),
                &[first.clone(), paid.clone(), second.clone()],
            )
            .await
            .unwrap();
        assert_eq!(link.excluded, std::slice::from_ref(&paid));
        assert_eq!(link.url.path(), "/order/cashier.htm");
        let error = M1688
            .pay_link(&desk.caller(), std::slice::from_ref(&paid))
            .await
            .unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Refused(_)), "{error:?}");
    }
}

#[tokio::test]
async fn pushes_are_verified_and_hint_at_their_order() {
    let desk = Desk::new().await;
    desk.control(
        "PUT",
        "/control/1688/push",
        json!({"url": "http://127.0.0.1:9999/push"}),
    )
    .await;
    let number = desk.vase("APPUSH").await;
    desk.knobs(json!({"push_data_as_text": true})).await;
    desk.act(&number, "pay", json!({})).await;
    desk.act(&number, "ship", json!({"tracking": "7551234"}))
        .await;
    let due = desk.sandbox.tick(desk.clock.now()).await.unwrap();
    assert!(due.len() >= 3, "{}", due.len());
    let headers = http::HeaderMap::new();
    let mut messages = BTreeSet::new();
    for delivery in &due {
        let push = PushRequest {
            content_type: "application/x-www-form-urlencoded;charset=UTF-8",
            headers: &headers,
            body: delivery.body.as_bytes(),
        };
        let apps = [desk.app.clone()];
        let (app, hints) = M1688.push_read(&apps, push).unwrap();
        assert_eq!((app, hints.len()), (0, 1));
        assert_eq!(hints[0].orders, [number.as_str()], "{:?}", hints[0]);
        assert_eq!(hints[0].account.as_deref(), Some(desk.account.as_str()));
        assert_eq!(hints[0].born.unwrap().millis(), desk.clock.now().millis());
        messages.insert(hints[0].message.clone());

        let mut stranger = desk.app.clone();
        stranger.secret = "another".to_owned().into();
        assert!(M1688.push_read(&[stranger], push).is_err());
    }
    assert_eq!(messages.len(), due.len());
}

#[tokio::test]
async fn offers_without_specifications_and_with_them_share_an_order() {
    let desk = Desk::new().await;
    let cup = desk.specification(CUP, 0).await;
    let made = desk
        .book("APCUP", &[line(CUP, Some(&cup), 50)])
        .await
        .unwrap();
    let order = desk.read(&made.orders[0].number).await.unwrap();
    assert_eq!(order.lines[0].specification.as_deref(), Some(cup.as_str()));
    assert_eq!(
        order.lines[0].line, order.number,
        "one line has the order's number"
    );
    let vase = desk.read(&desk.vase("APVASE").await).await.unwrap();
    assert_eq!(vase.lines[0].specification, None);
    assert_eq!(vase.lines[0].price, Fen(20_840));
}
