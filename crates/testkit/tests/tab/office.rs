//! Where the stories happen: the whole application, the marketplace, its sellers, and what must
//! agree at the end.

use crate::operator::Operator;
use crate::page::Tab;
use app::user::AddUser;
use domain::Fen;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::temporary::Temporary;
use testkit::goods::{Wanted, order_file, plain};
use testkit::whole::{PERSON, Setup, TestApp};

/// The order of most stories.
pub const NUMBER: &str = "ORD-000000053";
/// The account that is connected.
pub const ACCOUNT: &str = "cn_buyer_01";
/// The account that is connected at Taobao.
pub const TAOBAO_ACCOUNT: &str = "tb_dist_01";
/// News of the marketplace are worked by then.
const SETTLED: i64 = 20;

pub struct Office {
    pub whole: TestApp,
    /// The marketplace of the story.
    pub market: &'static str,
    /// Goods that anybody can buy, one by one.
    pub goods: Vec<Wanted>,
    /// What the orders want, by number.
    wanted: BTreeMap<String, Vec<i64>>,
}

impl Office {
    /// With one account connected.
    pub async fn open(database: Temporary) -> Self {
        let office = Self::without_account(database, Setup::default()).await;
        office.operator().await.connect(&office, ACCOUNT).await;
        office
    }

    /// The same at Taobao, whose orders are ready at once.
    pub async fn at_taobao(database: Temporary) -> Self {
        let mut office = Self::without_account(database, Setup::default()).await;
        office.turn_to("taobao").await;
        office.knobs(json!({ "building_s": 0 })).await;
        office.connect(TAOBAO_ACCOUNT).await;
        office
    }

    /// With one account at each marketplace; 1688 is the story's.
    pub async fn mixed(database: Temporary) -> Self {
        let mut office = Self::at_taobao(database).await;
        office.turn_to("1688").await;
        office.connect(ACCOUNT).await;
        office
    }

    pub async fn without_account(database: Temporary, setup: Setup) -> Self {
        let whole = TestApp::open_with(database, setup).await.unwrap();
        for market in whole.apps.keys() {
            let push = json!({ "url": format!("http://127.0.0.1:8080/push/{market}") });
            let path = format!("/{market}/push");
            whole.control("PUT", &path, push).await.unwrap();
        }
        let mut office = Self {
            market: "1688",
            goods: Vec::new(),
            wanted: BTreeMap::new(),
            whole,
        };
        office.turn_to("1688").await;
        office
    }

    /// From here on sellers, goods and knobs are those of this marketplace.
    pub async fn turn_to(&mut self, market: &'static str) {
        self.market = market;
        let offers = self.whole.side_of(market).offers().await.unwrap();
        self.goods = plain(market, &offers).unwrap();
    }

    /// Connects an account of the story's marketplace; gives the session.
    pub async fn connect(&self, account: &str) -> i64 {
        self.whole.connect_at(self.market, account).await.unwrap()
    }

    fn path(&self, rest: &str) -> String {
        format!("/{}/{rest}", self.market)
    }

    /// The person who works here.
    pub async fn operator(&self) -> Operator {
        Operator::sign_in(self.whole.browser(), PERSON.0, PERSON.1).await
    }

    /// Another person who works here.
    pub async fn colleague(&self) -> Operator {
        let (login, password) = ("olga.petrova", "words that belong to Olga");
        let new = AddUser {
            login: login.to_owned(),
            name: "Ольга Петрова".to_owned(),
            password: password.to_owned().into(),
            zone: "UTC".to_owned(),
        };
        let program = self.whole.app.program("test");
        app::user::add(&program, new).await.unwrap();
        Operator::sign_in(self.whole.browser(), login, password).await
    }

    /// One offer.
    pub fn one(&self) -> Wanted {
        self.goods[0].clone()
    }

    /// Two offers of one seller.
    pub fn pair(&self) -> [Wanted; 2] {
        let mut pairs = self.goods.iter().filter_map(|first| {
            let same = |g: &&Wanted| g.seller == first.seller && g.item != first.item;
            Some([first.clone(), self.goods.iter().find(same)?.clone()])
        });
        pairs.next().unwrap()
    }

    /// Offers of two sellers.
    pub fn of_two_sellers(&self) -> [Wanted; 2] {
        let first = self.one();
        let other = self.goods.iter().find(|g| g.seller != first.seller);
        [first, other.unwrap().clone()]
    }

    /// Takes in an order as an import file says it.
    pub async fn take_in(&mut self, file: &Value) {
        self.whole.import(file).await.unwrap();
        let items = file["items"].as_array().unwrap().iter();
        let units = items.filter_map(|item| item["quantity"].as_i64()).collect();
        self.wanted.insert(number_of(file), units);
    }

    /// Takes in a paid order.
    pub async fn order_of(&mut self, number: &str, lines: &[Wanted]) {
        self.take_in(&order_file(number, lines)).await;
    }

    /// Takes in the order of the story.
    pub async fn order(&mut self, lines: &[Wanted]) {
        self.order_of(NUMBER, lines).await;
    }

    pub async fn run_for(&self, seconds: i64) {
        self.whole.run_for(seconds).await.unwrap();
    }

    /// Strikes the next matching request.
    pub async fn fault(&self, fault: Value) {
        self.knobs(json!({ "add_faults": [fault] })).await;
    }

    pub async fn knobs(&self, knobs: Value) {
        let side = self.whole.side_of(self.market);
        side.knobs(knobs).await.unwrap();
    }

    /// Orders at the marketplace, oldest first.
    pub async fn orders(&self) -> Vec<Value> {
        self.whole.side_of(self.market).orders().await.unwrap()
    }

    /// The number of the only order at the marketplace.
    pub async fn only_order(&self) -> String {
        let orders = self.orders().await;
        assert_eq!(orders.len(), 1, "{orders:?}");
        number_of(&orders[0])
    }

    /// Address of the newest booking of an order.
    pub async fn booking_url(&self, number: &str) -> String {
        let mut db = self.whole.app.store.read().await.unwrap();
        let order = store::orders::by_number(&mut db, number).await.unwrap();
        let order = order.unwrap().id;
        let mut all = store::bookings::of_order(&mut db, order).await.unwrap();
        format!("/orders/{number}/bookings/{}", all.pop().unwrap().id)
    }

    /// What a seller or buyer does to an order.
    pub async fn act(&self, number: &str, action: &str, body: Value) {
        let side = self.whole.side_of(self.market);
        side.act(number, action, body).await.unwrap();
    }

    /// What a seller changes at an offer.
    pub async fn offer(&self, goods: &Wanted, change: Value) {
        let path = self.path(&format!("offers/{}", goods.item));
        self.whole.control("POST", &path, change).await.unwrap();
    }

    /// An order that somebody makes on the marketplace's own site. Gives its number.
    pub async fn by_hand(&self, account: &str, goods: &Wanted, quantity: i64) -> String {
        let line =
            json!({ "item_id": goods.item, "spec_id": goods.specification, "quantity": quantity });
        let order = json!({ "account": account, "lines": [line] });
        let path = self.path("orders");
        let made = self.whole.control("POST", &path, order).await;
        number_of(&made.unwrap())
    }

    /// Calls that the marketplace has received.
    pub async fn calls(&self, api: &str) -> i64 {
        let counters = self
            .whole
            .control("GET", &self.path("counters"), Value::Null)
            .await;
        let calls = counters.unwrap()["calls"].clone();
        let calls = calls.as_object().unwrap().iter();
        let of_it = calls.filter(|(name, _)| name.ends_with(api));
        of_it.filter_map(|(_, n)| n.as_i64()).sum()
    }

    /// Waits until so many requests are held at the marketplace, then lets them go.
    pub async fn let_go(&self, held: usize) {
        for _ in 0..200_000 {
            let list = self
                .whole
                .control("GET", &self.path("held"), Value::Null)
                .await;
            if list.unwrap()["held"].as_array().unwrap().len() >= held {
                let all = self
                    .whole
                    .control("POST", &self.path("held/release"), json!({}))
                    .await;
                all.unwrap();
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("not {held} requests are held");
    }

    /// Works until a request is held at the marketplace, dies there, and lets the request go.
    #[expect(
        clippy::disallowed_methods,
        reason = "the node that dies works beside the test"
    )]
    pub async fn die_while_held(&self) {
        let app = self.whole.app.clone();
        let node = tokio::spawn(async move {
            loop {
                app::worker::turn(&app).await.unwrap();
            }
        });
        loop {
            let path = self.path("held");
            let held = self.whole.control("GET", &path, Value::Null);
            if !held.await.unwrap()["held"].as_array().unwrap().is_empty() {
                break;
            }
            tokio::task::yield_now().await;
        }
        node.abort();
        let release = self.path("held/release");
        self.whole
            .control("POST", &release, json!({}))
            .await
            .unwrap();
    }

    /// Ends the story: what the marketplace keeps, what the pages show and what the ledger holds
    /// agree.
    pub async fn end(self, me: &mut Operator) {
        self.run_for(SETTLED).await;
        self.agree(me).await;
        self.whole.end_with_work().await.unwrap();
    }

    async fn agree(&self, me: &mut Operator) {
        self.whole.check().await.unwrap();
        let mut market: BTreeMap<String, Value> = BTreeMap::new();
        for code in self.whole.apps.keys() {
            let orders = self.whole.side_of(code).orders().await.unwrap();
            market.extend(orders.into_iter().map(|order| (number_of(&order), order)));
        }
        let exceptions = me.get("/exceptions").await.body;
        let mut told: BTreeMap<String, i64> = BTreeMap::new();
        let mut unknown = Vec::new();
        for (number, wanted) in &self.wanted {
            me.order.clone_from(number);
            let tab = me.tab().await;
            for bought in &tab.bought {
                let order = market.get(&bought.number).unwrap_or_else(|| {
                    panic!("{} is not at the marketplace", bought.number);
                });
                assert_eq!(bought.said, order["status"].as_str().unwrap(), "{order}");
                let total = Fen(order["total_fen"].as_i64().unwrap()).to_string();
                assert_eq!(bought.total, total, "{order}");
                let units: i64 = bought.lines.iter().map(|line| line.units).sum();
                *told.entry(bought.number.clone()).or_default() += units;
            }
            unknown.extend(tab.open.iter().map(|open| open.reference.clone()));
            units_agree(number, wanted, &tab);
        }
        for (number, units) in &told {
            let lines = market[number]["lines"].as_array().unwrap().iter();
            let made: i64 = lines.filter_map(|line| line["quantity"].as_i64()).sum();
            assert!(*units <= made, "{number} covers {units} of {made} units");
        }
        for (number, order) in &market {
            let ours = order["reference"].as_str().unwrap_or_default();
            let over = ["cancel", "terminated", "TRADE_CLOSED"]
                .contains(&order["status"].as_str().unwrap());
            assert!(
                over || !ours.starts_with("AP")
                    || told.contains_key(number)
                    || exceptions.contains(number)
                    || unknown.iter().any(|reference| reference == ours),
                "nobody is told of {order}"
            );
        }
    }
}

/// No unit of an item stands in two places.
fn units_agree(number: &str, wanted: &[i64], tab: &Tab) {
    let short = number.trim_start_matches("ORD-").trim_start_matches('0');
    let covered = tab.covered();
    for (position, wanted) in wanted.iter().enumerate() {
        let item = format!("№ {short}-{}", position + 1);
        let taken = covered.get(item.as_str()).unwrap_or(&0) + tab.reserved(&item);
        let free = tab.ready.iter().find(|row| row.number == item);
        match free {
            Some(row) => assert_eq!(taken + row.units, *wanted, "{item}"),
            None => assert!(taken <= *wanted, "{item}: {taken} of {wanted}"),
        }
    }
}

/// The number of an order as the marketplace shows it.
pub fn number_of(order: &Value) -> String {
    order["number"].as_str().unwrap().to_owned()
}
