//! A person at the panel, with everything behind it.

use app::booking::Run;
use app::user::AddUser;
use axum::Router;
use serde_json::{Value, json};
use store::items::ItemRow;
use store::temporary::Temporary;
use testkit::browser::{Answer, Browser};
use testkit::desk::{Desk, Wanted};
use tokio_util::sync::CancellationToken;
use web::Panel;
use web::http::HttpSettings;

pub const NUMBER: &str = "ORD-000000053";
pub const TAB: &str = "/orders/ORD-000000053/purchase";
const PASSWORD: &str = "a long enough password";

pub struct Buyer {
    pub desk: Desk,
    pub panel: Panel,
    pub router: Router,
    pub browser: Browser,
    /// The session that is connected.
    pub session: i64,
    forms: u32,
}

impl Buyer {
    /// A desk with one session, and a person who is signed in.
    pub async fn open() -> Self {
        let desk = Desk::open(Temporary::sqlite().await.unwrap())
            .await
            .unwrap();
        let session = desk.connect("cn_buyer_01").await.unwrap();
        let person = AddUser {
            login: "olga.petrova".to_owned(),
            name: "Ольга Петрова".to_owned(),
            password: PASSWORD.to_owned().into(),
            zone: "UTC".to_owned(),
        };
        app::user::add(&desk.app.program("test"), person)
            .await
            .unwrap();
        let panel = Panel::new(
            desk.app.clone(),
            HttpSettings::default(),
            CancellationToken::new(),
        );
        let router = web::router(&panel).unwrap();
        let mut browser = Browser::new(router.clone());
        browser.sign_in("olga.petrova", PASSWORD).await.unwrap();
        Self {
            desk,
            panel,
            router,
            browser,
            session,
            forms: 0,
        }
    }

    /// An order with these units of one offer, and its item.
    pub async fn order(&self, quantity: i64) -> (Wanted, ItemRow) {
        let goods = self.desk.goods().await.unwrap().remove(0);
        let wanted = Wanted { quantity, ..goods };
        let (_, mut items) = self
            .desk
            .order(NUMBER, std::slice::from_ref(&wanted))
            .await
            .unwrap();
        (wanted, items.remove(0))
    }

    pub async fn tab(&mut self) -> Answer {
        self.get(TAB).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.browser.htmx = false;
        let answer = self.browser.get(path).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer
    }

    /// A window, as htmx asks for it.
    pub async fn window(&mut self, path: &str) -> Answer {
        self.browser.htmx = true;
        self.browser.get(path).await.unwrap()
    }

    /// A form of the page or of a window, as htmx sends it, under a request of its own.
    pub async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.forms += 1;
        let request = format!("test-form-{}", self.forms);
        let mut all = vec![("request_id", request.as_str())];
        all.extend_from_slice(fields);
        self.browser.htmx = true;
        self.browser.submit(path, &all).await.unwrap()
    }

    /// Presses Book for an item. Gives the run.
    pub async fn book(&mut self, item: i64) -> i64 {
        let (item, session) = (item.to_string(), self.session.to_string());
        let answer = self
            .send(
                &format!("/orders/{NUMBER}/book"),
                &[("item", &item), ("session", &session)],
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        run_of(&answer)
    }

    /// The moment of the prices that a run asks about.
    pub async fn asked(&self, run: i64) -> String {
        let activity = app::activity::show(&self.desk.app, run).await.unwrap();
        let run: Run = activity.data().unwrap();
        run.groups[0].question.as_ref().unwrap().at.0.to_string()
    }

    pub async fn state(&self, run: i64) -> String {
        app::activity::show(&self.desk.app, run)
            .await
            .unwrap()
            .row
            .state
    }

    /// The seller changes an offer.
    pub async fn seller_says(&self, offer: &str, change: Value) {
        self.desk
            .control("POST", &format!("/control/1688/offers/{offer}"), change)
            .await
            .unwrap();
    }

    /// Something happens to the only order at the marketplace. Gives its number.
    pub async fn act(&self, act: &str, body: Value) -> String {
        let number = self.only_order().await["number"]
            .as_str()
            .unwrap()
            .to_owned();
        self.desk
            .control(
                "POST",
                &format!("/control/1688/orders/{number}/{act}"),
                body,
            )
            .await
            .unwrap();
        number
    }

    pub async fn only_order(&self) -> Value {
        let mut orders = self.desk.market_orders().await.unwrap();
        assert_eq!(orders.len(), 1, "{orders:?}");
        orders.remove(0)
    }

    /// Reads everything that changed at the marketplace.
    pub async fn synchronize(&mut self) -> Answer {
        let session = self.session.to_string();
        let answer = self
            .send(
                &format!("/orders/{NUMBER}/synchronize"),
                &[("session", &session)],
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.desk.run_for(10).await.unwrap();
        answer
    }

    pub async fn item(&self) -> ItemRow {
        self.desk.order_of(NUMBER).await.unwrap().1.remove(0)
    }
}

/// The run whose window an answer holds.
pub fn run_of(answer: &Answer) -> i64 {
    let (_, rest) = answer
        .body
        .split_once("hx-sse:connect=\"/activities/")
        .expect("a progress window");
    rest.split('/').next().unwrap().parse().unwrap()
}

/// The first address in a page that begins and ends so.
pub fn address(answer: &Answer, begin: &str, end: &str) -> String {
    answer
        .body
        .split('"')
        .find(|part| part.starts_with(begin) && part.ends_with(end))
        .unwrap_or_else(|| panic!("no {begin}…{end} in {}", answer.body))
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

/// A line that an order made by hand at the marketplace holds.
pub fn by_hand(goods: &Wanted, quantity: i64) -> Value {
    json!({
        "account": "cn_buyer_01",
        "lines": [{ "item_id": goods.item, "spec_id": goods.specification, "quantity": quantity }],
    })
}
