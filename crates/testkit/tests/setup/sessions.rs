//! Connecting accounts, and what is decided about them.

use crate::REQUEST;
use serde_json::{Value, json};
use testkit::browser::{Answer, Browser};
use testkit::for_each_database;
use testkit::goods::{order_file, plain};
use testkit::whole::TestApp;

/// Begins a login with the form of a page, and consents as `account`. Gives the callback's answer.
async fn log_in(
    whole: &TestApp,
    browser: &mut Browser,
    begin: &str,
    back: &str,
    account: &str,
) -> Answer {
    let sent = browser
        .submit(begin, &[REQUEST, ("return", back)])
        .await
        .unwrap();
    assert_eq!(sent.status, 303, "{}", sent.body);
    let login: url::Url = sent.location().unwrap().parse().unwrap();
    let back = whole.side().consent(&login, account).await.unwrap();
    assert_eq!(back.path(), "/connect/1688");
    let path = format!("{}?{}", back.path(), back.query().unwrap());
    browser.send_only(&path).await.unwrap()
}

fn session_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.body);
    let to = answer.location().unwrap();
    to.rsplit_once("session=").unwrap().1.to_owned()
}

for_each_database!(
    a_newcomer_is_led_from_an_empty_list_to_a_session_and_back_to_the_page,
    |whole| {
        let mut browser = whole.signed_in().await.unwrap();
        let page = browser.get("/sessions").await.unwrap();
        page.must_show("No account is connected");
        page.must_show("no password is kept");
        let begin = format!("/connect?app={}", whole.app_id);
        page.must_show(&format!("action=\"{begin}\""));

        let back = log_in(
            &whole,
            &mut browser,
            &begin,
            "/orders?tab=ready&session=5#x",
            "cn_buyer_01",
        )
        .await;
        let first = session_of(&back).replace("#x", "");
        assert_eq!(
            back.location().unwrap(),
            format!("/orders?tab=ready&session=5&session={first}#x"),
            "the very page, with the new session chosen"
        );

        // Of the same marketplace only one is chosen.
        let again = format!("/orders?session={first}");
        let begin = "/sessions/connect/1688";
        let back = log_in(&whole, &mut browser, begin, &again, "cn_buyer_02").await;
        let second = session_of(&back);
        assert_ne!(first, second);
        assert_eq!(
            back.location().unwrap(),
            format!("/orders?session={second}")
        );

        let page = browser
            .get(&format!("/sessions?session={second}"))
            .await
            .unwrap();
        page.must_show("cn_buyer_02 is connected");
        page.must_show("cn_buyer_01");
        assert_eq!(page.body.matches("bg-blue-lt\">default").count(), 1);
        assert_eq!(page.body.matches("dot bg-green").count(), 2);
        whole.run_jobs().await.unwrap();
        whole.end().await.unwrap();
    }
);

for_each_database!(
    a_revoked_session_is_red_everywhere_until_its_account_logs_in_again,
    |whole| {
        let session = whole.connect("cn_buyer_01").await.unwrap();
        whole.run_jobs().await.unwrap();
        whole
            .control("POST", "/1688/accounts/cn_buyer_01/revoke", Value::Null)
            .await
            .unwrap();
        let mut browser = whole.signed_in().await.unwrap();
        let started = browser
            .post(&format!("/sessions/{session}/synchronize"), &[REQUEST])
            .await
            .unwrap();
        started.must_show("Synchronize 1 session");
        whole.run_jobs().await.unwrap();

        let list = browser.get("/sessions").await.unwrap();
        list.must_show("revoked");
        list.must_show("dot bg-red");
        list.must_show("Log in again; everything resumes by itself.");
        let elsewhere = browser.get("/orders").await.unwrap();
        elsewhere.must_show("The authorisation of cn_buyer_01 at 1688 has ended.");

        // Another account than the one that is renewed.
        let begin = format!("/connect?session={session}");
        list.must_show(&format!("action=\"{begin}\""));
        let other = log_in(&whole, &mut browser, &begin, "/sessions", "cn_buyer_02").await;
        assert_eq!(other.status, 409);
        other.must_show("You logged in as cn_buyer_02; expected cn_buyer_01.");
        other.must_show("Logging in again with cn_buyer_01");

        let right = log_in(&whole, &mut browser, &begin, "/sessions", "cn_buyer_01").await;
        assert_eq!(session_of(&right), session.to_string());
        let list = browser.get(right.location().unwrap()).await.unwrap();
        list.must_show("cn_buyer_01 is logged in again.");
        list.must_show("dot bg-green");
        whole.run_jobs().await.unwrap();
        let page = browser.get(&format!("/sessions/{session}")).await.unwrap();
        page.must_show("Last synchronized");
        whole.end().await.unwrap();
    }
);

for_each_database!(
    a_session_s_address_is_checked_while_it_is_typed_and_kept_when_it_is_saved,
    |whole| {
        let session = whole.connect("cn_buyer_01").await.unwrap();
        let mut browser = whole.signed_in().await.unwrap();
        let path = format!("/sessions/{session}");
        let form = |street: &'static str| {
            vec![
                REQUEST,
                ("name", "Guangzhou warehouse"),
                ("daily_limit", "50"),
                ("note", "请尽快发货"),
                ("full_name", "张三 {customer_code}"),
                ("mobile", "13800138000"),
                ("province", "广东省"),
                ("city", "广州市"),
                ("area", "白云区"),
                ("street", street),
            ]
        };
        let before = browser.get(&path).await.unwrap();
        let check = browser
            .submit(&format!("{path}/check"), &form("石沙路 {order}"))
            .await
            .unwrap();
        check.must_show("张三 C-1042，13800138000，广东省广州市白云区石沙路 ORD-000000053");
        let check = browser
            .submit(&format!("{path}/check"), &form("石沙路 {size}"))
            .await
            .unwrap();
        check.must_show("{size} is no placeholder");
        let after = browser.get(&path).await.unwrap();
        assert_eq!(
            before.field("mobile"),
            after.field("mobile"),
            "a check stores nothing"
        );

        let saved = browser.post(&path, &form("石沙路 {order}")).await.unwrap();
        saved.must_show("Saved.");
        saved.must_show("石沙路 {order}</textarea>");
        assert_eq!(saved.field("daily_limit").as_deref(), Some("50"));
        let list = browser.get("/sessions").await.unwrap();
        list.must_show("Guangzhou warehouse");
        list.must_show("0 / 50");

        // The address book of the account fills the form, and stores nothing.
        let book = browser.get(&format!("{path}/addresses")).await.unwrap();
        let kept = book.body.split("<option value=\"").nth(1).unwrap();
        let kept = kept.split('"').next().unwrap().to_owned();
        let filled = browser
            .post(&format!("{path}/addresses"), &[REQUEST, ("saved", &kept)])
            .await
            .unwrap();
        filled.must_show("The address was filled in below");
        filled.must_show("{customer_code} {order}</textarea>");
        let page = browser.get(&path).await.unwrap();
        page.must_show("石沙路 {order}</textarea>");
        whole.run_jobs().await.unwrap();
        whole.end().await.unwrap();
    }
);

for_each_database!(
    a_session_is_drained_taken_up_made_the_default_and_deleted,
    |whole| {
        let first = whole.connect("cn_buyer_01").await.unwrap();
        let second = whole.connect("cn_buyer_02").await.unwrap();
        let mut browser = whole.signed_in().await.unwrap();
        let act = async |browser: &mut Browser, session: i64, action: &str| {
            // Each press of a button has an id of its own.
            let id = format!("{}{action}", REQUEST.1);
            browser
                .post(
                    &format!("/sessions/{session}/{action}"),
                    &[("request_id", &id)],
                )
                .await
                .unwrap()
        };
        let page = act(&mut browser, second, "default").await;
        page.must_show("bg-blue-lt\">default");
        let page = browser.get(&format!("/sessions/{first}")).await.unwrap();
        page.must_show("Make default");

        let page = act(&mut browser, first, "drain").await;
        page.must_show("It takes no new bookings.");
        page.must_show("Take up again");
        let refused = act(&mut browser, first, "default").await;
        assert_eq!(refused.status, 409);
        refused.must_show("being drained");
        let page = act(&mut browser, first, "undrain").await;
        page.must_show("dot bg-green");

        // What depends on it keeps it.
        let order = whole.buy_something(&mut browser, first).await;
        let window = browser
            .get(&format!("/sessions/{first}/delete"))
            .await
            .unwrap();
        window
            .must_show("It cannot be deleted yet: no booking and 1 purchase of it are still open.");
        window.must_show("action=\"/sessions/");
        let refused = act(&mut browser, first, "delete").await;
        assert_eq!(refused.status, 409);
        refused.must_show("1 purchase of it are still open");
        whole
            .control("POST", &format!("/1688/orders/{order}/close"), json!({}))
            .await
            .unwrap();
        let run = act(&mut browser, first, "synchronize").await;
        run.must_show("Synchronize 1 session");
        whole.run_for(60).await.unwrap();
        let gone = act(&mut browser, first, "delete").await;
        gone.must_show("cn_buyer_01 is deleted.");
        assert_eq!(
            browser
                .get(&format!("/sessions/{first}"))
                .await
                .unwrap()
                .status,
            404
        );
        whole.end().await.unwrap();
    }
);

trait Buys {
    async fn buy_something(&self, browser: &mut Browser, session: i64) -> String;
}

impl Buys for TestApp {
    /// Books one item of a new order with this session; gives the marketplace's number.
    async fn buy_something(&self, browser: &mut Browser, session: i64) -> String {
        let offers = self
            .control("GET", "/1688/offers", Value::Null)
            .await
            .unwrap();
        let wanted = plain("1688", &offers).unwrap().remove(0);
        self.import(&order_file("ORD-000000001", &[wanted]))
            .await
            .unwrap();
        let item = app::order::page(&self.app, "ORD-000000001")
            .await
            .unwrap()
            .items[0]
            .row
            .id;
        let booked = browser
            .submit(
                "/orders/ORD-000000001/book",
                &[
                    REQUEST,
                    ("item", &item.to_string()),
                    ("session", &session.to_string()),
                ],
            )
            .await
            .unwrap();
        assert_eq!(booked.status, 303, "{}", booked.body);
        self.run_for(30).await.unwrap();
        let orders = self.market_orders().await.unwrap();
        assert_eq!(orders.len(), 1, "{orders:?}");
        orders[0]["number"].as_str().unwrap().to_owned()
    }
}
