//! After the booking: unbind, pay, ship, differences, the list of purchases.

use crate::buyer::{Buyer, NUMBER, TAB, address};
use domain::ItemStatus;
use serde_json::json;

/// A buyer whose order has one booked item of two units.
async fn booked() -> Buyer {
    let mut buyer = Buyer::open().await;
    let (_, item) = buyer.order(2).await;
    buyer.book(item.id).await;
    buyer.desk.run_for(10).await.unwrap();
    buyer
}

#[tokio::test]
async fn unbind_with_cancel_keeps_the_units_until_the_order_is_read_as_closed() {
    let mut buyer = booked().await;
    let claim = buyer.tab().await.field("allocation").unwrap();
    let unbind = format!("/orders/{NUMBER}/unbind");
    let window = buyer.window(&format!("{unbind}?allocation={claim}")).await;
    window.must_show("Also cancel at the marketplace");
    window.must_show("2 units of ");
    let answer = buyer
        .send(
            &unbind,
            &[
                ("allocation", &claim),
                ("cancel", "on"),
                ("reason", "Клиент передумал"),
            ],
        )
        .await;
    answer.must_show("Unbind units");
    assert_eq!(
        buyer.item().await.free(),
        0,
        "covered until it is read as closed"
    );
    buyer
        .tab()
        .await
        .must_show("Being cancelled at the marketplace");
    buyer.desk.run_for(60).await.unwrap();
    assert_eq!(buyer.only_order().await["status"], "cancel");
    assert_eq!(
        (buyer.item().await.status, buyer.item().await.free()),
        (ItemStatus::Paid, 2)
    );
    buyer
        .tab()
        .await
        .must_show("Unbound; the units are free again.");
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn a_paid_purchase_is_unbound_with_a_reason_and_never_cancelled() {
    let mut buyer = booked().await;
    buyer.act("pay", json!({})).await;
    buyer.synchronize().await.must_show("Synchronize 1 session");
    let tab = buyer.tab().await;
    tab.must_show("Purchased");
    let claim = tab.field("allocation").unwrap();
    let unbind = format!("/orders/{NUMBER}/unbind");
    let window = buyer.window(&format!("{unbind}?allocation={claim}")).await;
    assert!(!window.body.contains("name=\"cancel\""));
    window.must_show("paid purchases are not cancelled by us");
    let refused = buyer.send(&unbind, &[("allocation", &claim)]).await;
    assert_eq!(refused.status, 422);
    refused.must_show("a reason is needed");
    assert_eq!(buyer.item().await.free(), 0);
    buyer
        .send(
            &unbind,
            &[("allocation", &claim), ("reason", "wrong colour")],
        )
        .await;
    assert_eq!(buyer.item().await.free(), 2);
    // It stays alive at the marketplace and is told until somebody has seen to it.
    let list = buyer.get("/exceptions").await;
    list.must_show("Unbound, but still alive at the marketplace: wrong colour");
    let leave = address(&list, "/exceptions/", "/accept");
    buyer.browser.htmx = true;
    let left = buyer.send(&leave, &[("return", "//evil.example")]).await;
    assert_eq!(left.location(), Some("/"), "never another site");
    buyer
        .get("/exceptions")
        .await
        .must_show("Nothing needs a person");
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn what_costs_more_than_accepted_is_not_paid_before_a_person_accepts_it() {
    let mut buyer = booked().await;
    buyer.act("price", json!({ "freight_fen": 9_900 })).await;
    buyer.synchronize().await;
    let tab = buyer.tab().await;
    for text in [
        "It costs more than was accepted",
        "Pay is withheld",
        "The freight changed after the booking",
    ] {
        tab.must_show(text);
    }
    assert!(!tab.body.contains(">Pay on 1688<"));
    let (_, rest) = tab.body.split_once("/purchases/").unwrap();
    let purchase = rest.split('/').next().unwrap().to_owned();
    let pay = buyer.send(&format!("/purchases/{purchase}/pay"), &[]).await;
    assert_eq!(pay.status, 409);
    pay.must_show("Pay is withheld");
    let stale = buyer
        .send(&format!("/purchases/{purchase}/accept?total=1"), &[])
        .await;
    assert_eq!(stale.status, 409);
    let accept = tab
        .body
        .split('"')
        .find(|part| part.starts_with(&format!("/purchases/{purchase}/accept?total=")))
        .unwrap()
        .to_owned();
    let accepted = buyer.send(&accept, &[("return", TAB)]).await;
    assert_eq!(accepted.location(), Some(TAB));
    buyer.tab().await.must_show("Pay on 1688");
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn pay_names_the_account_and_what_could_not_be_included() {
    let mut buyer = booked().await;
    let number = buyer.only_order().await["number"]
        .as_str()
        .unwrap()
        .to_owned();
    let list = buyer.get("/purchases").await;
    for text in [
        number.as_str(),
        "cn_buyer_01",
        NUMBER,
        "Pay within",
        "To pay",
    ] {
        list.must_show(text);
    }
    let purchase = list.field("purchase").unwrap();
    buyer.browser.htmx = false;
    let none = buyer
        .browser
        .submit("/purchases/pay", &[("request_id", "pay-nothing")])
        .await
        .unwrap();
    assert_eq!(none.status, 409);
    none.must_show("Choose at least one purchase");
    let form = [("request_id", "pay-one"), ("purchase", purchase.as_str())];
    let page = buyer.browser.submit("/purchases/pay", &form).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.body);
    for text in [
        "Log in there as",
        "cn_buyer_01",
        "1 purchase ·",
        number.as_str(),
    ] {
        page.must_show(text);
    }
    let refresh = page.headers["refresh"].to_str().unwrap();
    assert!(
        refresh.contains("; url=http://127.0.0.1/order/cashier.htm") && refresh.contains(&number),
        "{refresh}"
    );
    // Paid meanwhile: it is said instead of paid twice.
    buyer.act("pay", json!({})).await;
    buyer.synchronize().await;
    buyer.browser.htmx = false;
    let late = buyer.browser.submit("/purchases/pay", &form).await.unwrap();
    assert_eq!(late.status, 409);
    late.must_show("is not to be paid");
    buyer
        .get("/purchases?view=to_send")
        .await
        .must_show(&number);
    buyer
        .get("/purchases")
        .await
        .must_show("No purchase is in this state");
    buyer
        .get("/purchases?view=nonsense&session=x&older=y")
        .await;
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn tracking_stands_on_the_tab_and_in_the_list() {
    let mut buyer = booked().await;
    buyer.act("pay", json!({})).await;
    buyer
        .act(
            "ship",
            json!({ "company": "圆通速递", "tracking": "YT8812345678901" }),
        )
        .await;
    buyer.synchronize().await;
    buyer.desk.run_for(20).await.unwrap();
    let tab = buyer.tab().await;
    let page = "href=\"https://t.17track.net/en#nums=YT8812345678901\"";
    for text in [page, "Shipped by seller", "paid "] {
        tab.must_show(text);
    }
    let list = buyer.get("/purchases?view=on_way").await;
    list.must_show(page);
    list.must_show("hx-sse:connect=\"/purchases/events?view=on_way\"");
    // The status of what was bought is changed in the same window as on the Items tab.
    let claim = tab.field("allocation").unwrap();
    let window = buyer
        .window(&format!("{TAB}/status?allocation={claim}"))
        .await;
    window.must_show("Received at warehouse");
    buyer.desk.end().await.unwrap();
}
