//! A desk for these tests: the panel over a temporary SQLite, a clock that stands still, a person
//! who is signed in, orders that came in as files.

use app::order::ImportOutcome;
use app::user::AddUser;
use app::{App, Config, KeyRing, MarketHandle, Markets};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use marketplaces::{Deadline, Response, Transport, TransportError};
use serde_json::{Value, json};
use std::sync::Arc;
use store::temporary::Temporary;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use web::Panel;
use web::http::HttpSettings;
use world::{ManualClock, Timestamp, World};

/// Monday 2026-11-23 04:00 UTC.
pub const START: Timestamp = Timestamp(1_795_406_400_000_000);
pub const LOGIN: &str = "olga.petrova";
pub const PASSWORD: &str = "a long enough password";
/// The order that most tests look at.
pub const ORDER: &str = "/orders/ORD-000000053";

struct NoWayOut;

#[async_trait]
impl Transport for NoWayOut {
    async fn send(
        &self,
        _: marketplaces::Request,
        _: Deadline,
    ) -> Result<Response, TransportError> {
        Err(TransportError::NotSent {
            why: "this test goes nowhere".to_owned(),
        })
    }
}

pub struct Desk {
    pub app: App,
    pub clock: Arc<ManualClock>,
    pub cookie: String,
    router: Router,
    database: Temporary,
}

/// An answer as a browser gets it.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        let name = if self.headers.contains_key("hx-redirect") {
            "hx-redirect"
        } else {
            "location"
        };
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// It holds all of these texts.
    pub fn shows(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(
                self.body.contains(text),
                "{text:?} is missing in {} {}",
                self.status,
                self.main()
            );
        }
        self
    }

    /// What the page is about, without what stands around it.
    fn main(&self) -> &str {
        let from = self.body.find("<main").unwrap_or(0);
        let to = self
            .body
            .find("<dialog class=\"window window-small\"")
            .unwrap_or(self.body.len());
        self.body.get(from..to).unwrap_or(&self.body)
    }

    pub fn lacks(&self, text: &str) -> &Self {
        assert!(
            !self.body.contains(text),
            "{text:?} stands in {}",
            self.main()
        );
        self
    }

    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// The value of the first element of that name.
    pub fn value(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let rest = self.body.split_once(&mark).map(|(_, rest)| rest);
        let rest = rest.unwrap_or_else(|| panic!("no {name} in {}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Desk {
    /// A desk with the sample orders, and somebody who is signed in.
    pub async fn open() -> Self {
        let desk = Self::empty().await;
        for order in sample_orders() {
            desk.import(&order).await;
        }
        desk
    }

    /// A desk without orders, and somebody who is signed in.
    pub async fn empty() -> Self {
        let database = Temporary::sqlite().await.unwrap();
        let (world, clock) = World::fixed(START, 7);
        let key = KeyRing::generate(&*world.random);
        let markets = marketplaces::all()
            .into_iter()
            .map(|connector| MarketHandle {
                addresses: connector.real_addresses(),
                pace: connector.usual_pace(),
                connector,
            });
        let app = App {
            store: database.store.clone(),
            keys: Arc::new(KeyRing::from_hex(&[key.into()]).unwrap()),
            markets: Arc::new(Markets::new(markets.collect(), Arc::new(NoWayOut))),
            config: Arc::new(Config {
                public_url: "http://127.0.0.1:7000/".parse().unwrap(),
                node: "test".to_owned(),
                call_millis: 1_000,
            }),
            world,
        };
        let new = AddUser {
            login: LOGIN.to_owned(),
            name: "Ольга Петрова".to_owned(),
            password: PASSWORD.to_owned().into(),
            zone: "Europe/Moscow".to_owned(),
        };
        app::user::add(&app.program("test"), new).await.unwrap();
        let panel = Panel::new(
            app.clone(),
            HttpSettings::default(),
            CancellationToken::new(),
        );
        let mut desk = Self {
            router: web::router(&panel).unwrap(),
            app,
            clock,
            cookie: String::new(),
            database,
        };
        desk.sign_in().await;
        desk
    }

    pub async fn sign_in(&mut self) {
        let form = [
            ("name", LOGIN),
            ("password", PASSWORD),
            ("request_id", "sign-in-form-1"),
        ];
        let answer = self.post("/sign-in", &form).await;
        answer.is(303);
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        cookie
            .split(';')
            .next()
            .unwrap()
            .clone_into(&mut self.cookie);
    }

    pub async fn import(&self, order: &Value) {
        let ctx = self.app.program("orders import");
        let report = app::order::import(&ctx, &order.to_string()).await.unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        assert_eq!(report.orders[0].outcome, ImportOutcome::Created);
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 22).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, "text/html,*/*")
            .header(header::COOKIE, &self.cookie)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(self.request("GET", path).body(Body::empty()).unwrap())
            .await
    }

    /// As htmx asks for a window over `under`.
    pub async fn get_window(&self, path: &str) -> Answer {
        let request = self
            .request("GET", path)
            .header("hx-request", "true")
            .body(Body::empty());
        let answer = self.ask(request.unwrap()).await;
        answer.lacks("<html");
        answer
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.ask(self.form(path).body(encoded(form)).unwrap()).await
    }

    /// As htmx sends a window that stands over `under`.
    pub async fn post_window(&self, path: &str, under: &str, form: &[(&str, &str)]) -> Answer {
        let request = self
            .form(path)
            .header("hx-request", "true")
            .header("hx-current-url", format!("http://127.0.0.1:7000{under}"))
            .body(encoded(form));
        self.ask(request.unwrap()).await
    }

    fn form(&self, path: &str) -> http::request::Builder {
        self.request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
    }

    /// Everything that is stored, byte by byte: equal when nothing was written.
    pub fn stored(&self) -> Vec<Vec<u8>> {
        let store::Target::Sqlite(path) = &self.database.target else {
            panic!("these tests run on SQLite");
        };
        let beside = |end: &str| std::fs::read(format!("{}{end}", path.display()));
        vec![beside("").unwrap(), beside("-wal").unwrap_or_default()]
    }

    pub async fn item(&self, position: usize) -> app::order::PageItem {
        let page = app::order::page(&self.app, "ORD-000000053").await.unwrap();
        page.items[position - 1].clone()
    }

    /// Brings items of the order to a status, as a person would.
    pub async fn bring(&self, positions: &[usize], statuses: &[&str]) {
        for status in statuses {
            let mut form = vec![("request_id".to_owned(), "bring-to-status".to_owned())];
            form.push(("status".to_owned(), (*status).to_owned()));
            form.push(("reason".to_owned(), "for a test".to_owned()));
            for position in positions {
                form.push((
                    "item".to_owned(),
                    self.item(*position).await.row.id.to_string(),
                ));
            }
            let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (&**n, &**v)).collect();
            self.post(&format!("{ORDER}/items/status"), &form)
                .await
                .is(303);
        }
    }
}

fn encoded(form: &[(&str, &str)]) -> Body {
    let text: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    Body::from(text)
}

/// An order with items of these quantities.
pub fn order(number: &str, created: &str, paid: &str, quantities: &[i64]) -> Value {
    let items: Vec<Value> = quantities
        .iter()
        .enumerate()
        .map(|(index, quantity)| {
            json!({
                "marketplace": "1688", "item": format!("7700{index}"), "specification": format!("s{index}"),
                "seller": { "id": "b2b-1", "name": "齐家居家日用百货旗舰店" },
                "title": { "original": "收纳盒", "translated": "Storage box" },
                "configuration": { "original": "白色", "translated": "White" },
                "quantity": quantity, "unit": "个", "price": "2.50",
                "expected_price_fen": 1200, "weight_g": 300,
            })
        })
        .collect();
    json!({
        "number": number, "created_at": created, "currency": "USD",
        "customer": { "code": "1042", "name": "Иван Петров" },
        "delivery": { "service": "Международная служба доставки China Post", "cost": "2" },
        "paid": paid, "items": items,
    })
}

fn sample_orders() -> Vec<Value> {
    let mut first = order("ORD-000000053", "2015-12-02T10:48:15Z", "36", &[1, 5, 3]);
    first["items"][0] = json!({
        "marketplace": "1688", "item": "42602653803",
        "seller": { "name": "齐家居家日用百货旗舰店" },
        "title": { "original": "<b>砂锅</b>", "translated": "Горшок & крышка" },
        "quantity": 1, "unit": "个", "price": "33.974774905192626351667", "weight_g": 1000,
    });
    first["exchange_rate"] = json!({ "yuan": "6.40", "date": "2015-12-01" });
    first["comment"] = json!("Пожалуйста, в одну коробку.");
    first["paid"] = json!("60");
    let mut all = vec![first];
    for n in 100..160 {
        let paid = if n % 2 == 0 { "1000" } else { "0" };
        all.push(order(
            &format!("ORD-000000{n}"),
            &format!("2026-11-{:02}T10:00:00Z", 1 + n % 20),
            paid,
            &[2],
        ));
    }
    all
}
