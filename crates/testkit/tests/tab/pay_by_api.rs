//! Paying through the interface: off until somebody switches it on, once or not at all, and proved by
//! reading alone.

use crate::office::{Office, number_of};
use crate::operator::Operator;
use crate::page::{between, run_of, words};
use crate::story;
use app::AppError;
use app::purchase::pay::{PayByApi, begin};
use domain::Fen;
use serde_json::{Value, json};
use testkit::browser::Answer;

const PAY: &str = "/purchase/order/batch/pay";
const URL: &str = "/purchases/pay-by-api";

/// The settings as they stand, with these marketplaces paid through their interface.
async fn switch_on(me: &mut Operator, marketplaces: &[&str]) -> Answer {
    let mut fields = vec![
        ("goods_tolerance_basis_points", "0"),
        ("goods_tolerance_fen", "0"),
        ("freight_asks_above_fen", ""),
        ("paid_share_basis_points", "100"),
        ("decimals", ""),
        ("tracking_page", ""),
    ];
    fields.extend(marketplaces.iter().map(|code| ("pay_by_api", *code)));
    me.send("/settings", &fields).await
}

/// So many purchases of one item each, paying switched on. Gives their numbers.
async fn bought(office: &mut Office, me: &mut Operator, purchases: usize) -> Vec<String> {
    assert!(switch_on(me, &["taobao"]).await.status < 400);
    for n in 0..purchases {
        me.order = format!("ORD-{:09}", n + 1);
        let goods = office.goods[n % 2].clone();
        office.order_of(&me.order.clone(), &[goods]).await;
        me.book().await;
        office.run_for(5).await;
    }
    let orders = office.orders().await;
    assert_eq!(orders.len(), purchases);
    orders.iter().map(number_of).collect()
}

/// What the boxes of the list send for these numbers.
async fn boxes(me: &mut Operator, numbers: &[String]) -> Vec<String> {
    let list = me.get("/purchases").await;
    let of = |number: &String| {
        let mut rows = list.body.split("<tr data-row>");
        let row = rows.find(|row| row.contains(number.as_str())).unwrap();
        between(row, "name=\"purchase\" value=\"", "\"").to_owned()
    };
    numbers.iter().map(of).collect()
}

/// Opens the window for these purchases.
async fn open(me: &mut Operator, ids: &[String]) -> Answer {
    let ids: Vec<String> = ids.iter().map(|id| format!("purchase={id}")).collect();
    me.window(&format!("{URL}?{}", ids.join("&"))).await
}

/// Everything that the form of the window sends along.
fn hidden(window: &Answer) -> Vec<(String, String)> {
    let inputs = window.body.split("<input type=\"hidden\"").skip(1);
    let pair = |input: &str| {
        let name = between(input, "name=\"", "\"").to_owned();
        (name, between(input, "value=\"", "\"").to_owned())
    };
    inputs.map(pair).collect()
}

/// The sum that the window wants typed.
fn sum(window: &Answer) -> String {
    between(&words(&window.body), "Type ", " to confirm").to_owned()
}

/// Sends the form of the window with this sum.
async fn confirm(me: &mut Operator, window: &Answer, total: &str) -> Answer {
    assert_eq!(window.status, 200, "{}", window.body);
    let mut fields = hidden(window);
    fields.push(("total".to_owned(), total.to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
    me.submit(URL, &fields).await
}

/// Pays these purchases as the page offers it. Gives the run.
async fn pay(me: &mut Operator, numbers: &[String]) -> i64 {
    let ids = boxes(me, numbers).await;
    let window = open(me, &ids).await;
    run_of(&confirm(me, &window, &sum(&window)).await)
}

fn fen_of(orders: &[Value], number: &str) -> i64 {
    let order = orders.iter().find(|order| order["number"] == number);
    order.unwrap()["total_fen"].as_i64().unwrap()
}

async fn status_of(office: &Office, number: &str) -> String {
    let orders = office.orders().await;
    let order = orders.iter().find(|order| order["number"] == number);
    order.unwrap()["status"].as_str().unwrap().to_owned()
}

story!(
    without_a_payment_page_it_is_said_what_to_do_and_nothing_fails,
    at_taobao,
    |office, me| {
        office.order(&[office.one()]).await;
        me.book().await;
        office.run_for(10).await;
        let number = office.only_order().await;
        let text = "Taobao has no payment page that could be opened from here. Pay there, logged in as tb_dist_01, or switch on “Pay by API” in the settings.";
        let tab = me.tab().await;
        tab.must_show(text);
        assert!(!tab.page.body.contains("Pay on Taobao") && !tab.page.body.contains(URL));
        let list = me.get("/purchases").await;
        list.must_show(text);
        list.must_show(&number);
        let ids = boxes(&mut me, &[number]).await;
        let no = me.pay("/purchases/pay", &[&ids[0]]).await;
        assert_eq!(no.status, 409);
        no.must_show("Taobao has no payment page");
        // Nor through the interface, which nobody has switched on.
        let off = open(&mut me, &ids).await;
        assert_eq!(off.status, 409);
        off.must_show("Paying by API is not switched on for Taobao");
        let seen = format!("{}:1", ids[0]);
        let form = [("purchase", &*ids[0]), ("seen", &*seen), ("total", "0.01")];
        assert!(me.send(URL, &form).await.status >= 400);
        office.run_for(10).await;
        assert_eq!(office.calls(PAY).await, 0);
        // Where there is no such interface it cannot be switched on.
        let no = switch_on(&mut me, &["1688"]).await;
        assert_eq!(no.status, 422);
        no.must_show("1688 cannot be paid through its interface");
    }
);

story!(
    two_purchases_are_paid_with_one_request_after_the_sum_was_typed,
    at_taobao,
    |office, me| {
        let numbers = bought(&mut office, &mut me, 2).await;
        office.knobs(json!({ "pay_takes_s": 60 })).await;
        let tab = me.tab().await;
        tab.must_show("Pay by API");
        let ids = boxes(&mut me, &numbers).await;
        let window = open(&mut me, &ids).await;
        let orders = office.orders().await;
        let total = fen_of(&orders, &numbers[0]) + fen_of(&orders, &numbers[1]);
        for text in [
            "tb_dist_01",
            "2 purchases",
            &Fen(total).to_string(),
            &numbers[1],
        ] {
            window.must_show(text);
        }
        for wrong in ["", "0.01", "many"] {
            let no = confirm(&mut me, &window, wrong).await;
            assert_eq!(no.status, 422, "{wrong}");
            no.must_show("Sum to pay");
        }
        assert_eq!(sum(&window), Fen(total).yuan());
        let typed = format!("¥{}", sum(&window));
        let run = run_of(&confirm(&mut me, &window, &typed).await);
        // A double click is the same run.
        assert_eq!(run_of(&confirm(&mut me, &window, &typed).await), run);
        office.run_for(20).await;
        // Accepted is not paid.
        assert_eq!(office.calls(PAY).await, 1);
        let page = me.run(run).await;
        assert_eq!(page.state, "Running");
        page.must_show("the order is read until it shows");
        let tab = me.tab().await;
        tab.must_show("Asked to be paid by API");
        tab.must_show("Awaiting payment");
        assert_eq!(open(&mut me, &ids).await.status, 409);
        me.get(&me.at("/history"))
            .await
            .must_show("Payment asked for");
        office.run_for(100).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.calls(PAY).await, 1);
        for number in &numbers {
            assert_eq!(status_of(&office, number).await, "WAIT_SELLER_SEND_GOODS");
            me.get("/purchases?view=to_send").await.must_show(number);
        }
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
    }
);

story!(two_people_pay_a_purchase_once, at_taobao, |office, me| {
    let numbers = bought(&mut office, &mut me, 1).await;
    let mut olga = office.colleague().await;
    let ids = boxes(&mut me, &numbers).await;
    let mine = open(&mut me, &ids).await;
    let hers = open(&mut olga, &ids).await;
    let run = run_of(&confirm(&mut me, &mine, &sum(&mine)).await);
    let no = confirm(&mut olga, &hers, &sum(&hers)).await;
    assert!(no.status >= 400);
    no.must_show("is being paid by API");
    // Nor is it cancelled or unbound meanwhile.
    let claims = me
        .tab()
        .await
        .purchase()
        .claims()
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
    assert!(me.unbind(&claims, &[]).await.status >= 400);
    office.run_for(60).await;
    assert_eq!(me.run(run).await.state, "Done");
    assert_eq!(office.calls(PAY).await, 1);
    let late = open(&mut olga, &ids).await;
    assert_eq!(late.status, 409);
    late.must_show("is not to be paid");
});

story!(
    what_the_marketplace_does_not_pay_is_named_with_its_words,
    at_taobao,
    |office, me| {
        let numbers = bought(&mut office, &mut me, 2).await;
        let orders = office.orders().await;
        let (a, b) = (fen_of(&orders, &numbers[0]), fen_of(&orders, &numbers[1]));
        assert_ne!(a, b);
        office
            .knobs(json!({ "alipay_balance_fen": a.min(b) }))
            .await;
        let run = pay(&mut me, &numbers).await;
        office.run_for(60).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Partly done");
        for text in ["SBX_BALANCE_NOT_ENOUGH", "支付宝余额不足", "is not paid"] {
            page.must_show(text);
        }
        let dear = if a > b { &numbers[0] } else { &numbers[1] };
        assert_eq!(status_of(&office, dear).await, "WAIT_BUYER_P");
        me.order = format!("ORD-{:09}", if a > b { 1 } else { 2 });
        let tab = me.tab().await;
        tab.must_show("Not paid by API");
        tab.must_show("SBX_BALANCE_NOT_ENOUGH: 支付宝余额不足");
        me.get(&me.at("/history"))
            .await
            .must_show("Payment refused");
        // A no is an end: it is asked for again when there is money.
        office.knobs(json!({ "alipay_balance_fen": null })).await;
        let run = pay(&mut me, std::slice::from_ref(dear)).await;
        office.run_for(60).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.calls(PAY).await, 2);
    }
);

story!(
    a_payment_that_is_refused_as_a_whole_pays_nothing,
    at_taobao,
    |office, me| {
        let numbers = bought(&mut office, &mut me, 2).await;
        office
            .fault(json!({ "fault": "throttle", "api": PAY }))
            .await;
        let run = pay(&mut me, &numbers).await;
        office.run_for(60).await;
        assert_eq!(me.run(run).await.state, "Failed");
        me.tab().await.must_show("Not paid by API");
        assert_eq!(office.calls(PAY).await, 1, "it is not sent again by itself");
        office.run_for(5).await;
        let run = pay(&mut me, &numbers).await;
        office.run_for(60).await;
        assert_eq!(me.run(run).await.state, "Done");
    }
);

story!(
    twelve_purchases_are_two_requests,
    at_taobao,
    |office, me| {
        let numbers = bought(&mut office, &mut me, 12).await;
        let run = pay(&mut me, &numbers).await;
        office.run_for(120).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Done");
        page.must_show("paid 12");
        assert_eq!(office.calls(PAY).await, 2);
        for number in &numbers {
            assert_eq!(status_of(&office, number).await, "WAIT_SELLER_SEND_GOODS");
        }
    }
);

story!(
    an_amount_that_changed_since_it_was_seen_stops_everything,
    at_taobao,
    |office, me| {
        let numbers = bought(&mut office, &mut me, 2).await;
        let ids = boxes(&mut me, &numbers).await;
        // Known to the books before the form is sent.
        let window = open(&mut me, &ids).await;
        let cheaper = json!({ "discount_fen": -100 });
        office.act(&numbers[0], "price", cheaper).await;
        office.run_for(20).await;
        let no = confirm(&mut me, &window, &sum(&window)).await;
        assert_eq!(no.status, 422);
        no.must_show("not ¥");
        no.must_show("ask again");
        let now = sum(&no);
        assert_ne!(now, sum(&window), "the window shows what it costs now");
        // Not known to them: the order is read once more before anything is sent.
        let window = open(&mut me, &ids).await;
        office.knobs(json!({ "push_drop": true })).await;
        let cheaper = json!({ "discount_fen": -200 });
        office.act(&numbers[1], "price", cheaper).await;
        let run = run_of(&confirm(&mut me, &window, &sum(&window)).await);
        office.run_for(30).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Stopped");
        page.must_show("as you saw it");
        page.must_show("another purchase of the same request costs another amount now");
        assert_eq!(office.calls(PAY).await, 0);
        let run = pay(&mut me, &numbers).await;
        office.run_for(30).await;
        assert_eq!(me.run(run).await.state, "Done");
    }
);

story!(
    a_lost_answer_is_read_and_never_sent_again,
    at_taobao,
    |office, me| {
        let numbers = bought(&mut office, &mut me, 2).await;
        // The payment happened.
        office
            .fault(json!({ "fault": "answer_lost", "api": PAY }))
            .await;
        let run = pay(&mut me, &numbers[..1]).await;
        office.whole.run_jobs().await.unwrap();
        me.run(run)
            .await
            .must_show("nobody knows what came of the payment");
        office.run_for(60).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.calls(PAY).await, 1);
        // It did not.
        office
            .fault(json!({ "fault": "request_lost", "api": PAY }))
            .await;
        let ids = boxes(&mut me, &numbers[1..]).await;
        let run = pay(&mut me, &numbers[1..]).await;
        office.run_for(60).await;
        assert_eq!(me.run(run).await.state, "Running");
        me.tab().await.must_show("nobody knows what came of it");
        assert_eq!(open(&mut me, &ids).await.status, 409);
        office.run_for(1_200).await;
        assert_eq!(me.run(run).await.state, "Partly done");
        let list = me.get("/exceptions").await;
        list.must_show("the marketplace does not show it paid");
        list.must_show(&numbers[1]);
        assert_eq!(status_of(&office, &numbers[1]).await, "WAIT_BUYER_P");
        // A person looked; now it may be asked for again.
        let again = pay(&mut me, &numbers[1..]).await;
        office.run_for(60).await;
        assert_eq!(me.run(again).await.state, "Done");
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
    }
);

story!(
    a_payment_that_is_accepted_and_never_made_is_told,
    at_taobao,
    |office, me| {
        let numbers = bought(&mut office, &mut me, 1).await;
        office.knobs(json!({ "pay_takes_s": 5_000 })).await;
        let run = pay(&mut me, &numbers).await;
        office.run_for(1_500).await;
        me.run(run)
            .await
            .must_show("still waits for payment at Taobao");
        me.get("/exceptions")
            .await
            .must_show("the marketplace does not show it paid");
        office.run_for(6_000).await;
        assert_eq!(me.run(run).await.state, "Done");
        me.get("/exceptions")
            .await
            .must_show("Nothing needs a person");
        assert_eq!(office.calls(PAY).await, 1);
    }
);

story!(
    a_node_that_dies_while_it_pays_pays_once,
    at_taobao,
    |office, me| {
        let numbers = bought(&mut office, &mut me, 1).await;
        office
            .fault(json!({ "fault": "hold_before", "api": PAY }))
            .await;
        let run = pay(&mut me, &numbers).await;
        office.die_while_held().await;
        office.run_for(200).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.calls(PAY).await, 1);
        assert_eq!(
            status_of(&office, &numbers[0]).await,
            "WAIT_SELLER_SEND_GOODS"
        );
    }
);

story!(nobody_pays_who_may_not, at_taobao, |office, me| {
    let numbers = bought(&mut office, &mut me, 1).await;
    let ids = boxes(&mut me, &numbers).await;
    let window = open(&mut me, &ids).await;
    let request = |id: &str| PayByApi {
        request_id: id.to_owned(),
        purchases: vec![(ids[0].parse().unwrap(), Fen(fen(&window)))],
        total: Some(Fen(fen(&window))),
    };
    // What acts by itself, also on behalf of a person, has not the right.
    let program = office.whole.app.program("synchronization");
    let behalf = office
        .whole
        .app
        .acting(app::Actor::Behalf("operator".to_owned()));
    for ctx in [program, behalf] {
        let no = begin(&ctx, request("by-itself-1")).await;
        assert!(matches!(no, Err(AppError::Forbidden)), "{no:?}");
    }
    // Nor has somebody who is not signed in.
    let mut stranger = office.whole.browser();
    let mut fields = hidden(&window);
    fields.push(("total".to_owned(), sum(&window)));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
    let answer = stranger.submit(URL, &fields).await.unwrap();
    assert!(answer.status == 303 || answer.status >= 400);
    office.run_for(60).await;
    assert_eq!(office.calls(PAY).await, 0);
    assert_eq!(status_of(&office, &numbers[0]).await, "WAIT_BUYER_P");
});

/// The amount of the window's only purchase.
fn fen(window: &Answer) -> i64 {
    let seen = hidden(window).into_iter().find(|(name, _)| name == "seen");
    seen.unwrap().1.split_once(':').unwrap().1.parse().unwrap()
}

story!(
    what_was_asked_for_before_a_restore_is_only_read,
    at_taobao,
    |office, me| {
        let numbers = bought(&mut office, &mut me, 1).await;
        let run = pay(&mut me, &numbers).await;
        // The books are those of a backup: nobody knows what happened since.
        let command = office.whole.app.program("command line");
        app::restore::after_restore(&command).await.unwrap();
        office.run_for(60).await;
        assert_eq!(office.calls(PAY).await, 0);
        me.run(run).await.must_show("the database was restored");
        office.act(&numbers[0], "pay", json!({})).await;
        office.run_for(200).await;
        assert_eq!(me.run(run).await.state, "Done");
        assert_eq!(office.calls(PAY).await, 0);
    }
);
