//! Bad input, from every side: each has its clear answer, and nothing is changed by it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod cases;
mod dump;

use app::order::{ImportOutcome, ImportReport};
use app::session::{ConnectBegin, connect_begin};
use app::user::AddUser;
use app::{Actor, Ctx};
use axum::body::Body;
use cases::{Case, Sent};
use data_encoding::HEXUPPER;
use dump::{changed, dump};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Request, header};
use serde_json::{Value, json};
use sha1::Sha1;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::temporary::Temporary;
use testkit::browser::Browser;
use testkit::whole::{PERSON, TestApp};
use tower::ServiceExt as _;
use web::{Fmt, Tr};

/// What the cases speak of.
pub struct Facts {
    /// A connected session, of `cn_buyer_01`.
    pub session: i64,
    /// An item of `ORD-000000001`.
    pub item: i64,
    /// An item of another order.
    pub other_item: i64,
    /// The app of 1688, to which a session belongs.
    pub app: i64,
    /// The app of Taobao.
    pub other_app: i64,
    /// The key of the app.
    pub app_key: String,
    /// The password of the person.
    pub password: &'static str,
    /// States of logins that were begun, by what is wrong with them.
    pub states: BTreeMap<&'static str, String>,
    /// A code that was exchanged.
    pub used_code: String,
    /// A code of another account.
    pub other_code: String,
    /// A push message that is stored already.
    pub replayed: String,
    secret: String,
}

impl Facts {
    /// A push message with its right signature.
    pub(crate) fn signed(&self, message: &str) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(self.secret.as_bytes()).unwrap();
        mac.update(format!("message{message}").as_bytes());
        let signature = HEXUPPER.encode(&mac.finalize().into_bytes());
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("message", message)
            .append_pair("_aop_signature", &signature)
            .finish()
    }
}

#[tokio::test]
async fn bad_input_is_told_clearly_and_changes_nothing() {
    for database in Temporary::both().await.unwrap() {
        let target = database.target.clone();
        let whole = TestApp::open(database).await.unwrap();
        let empty = dump(&target).await.unwrap();
        let facts = prepare(&whole).await;
        let filled = changed(&empty, &dump(&target).await.unwrap());
        for table in [
            "orders",
            "sessions",
            "login_attempts",
            "pushes",
            "activities",
        ] {
            assert!(
                filled.iter().any(|name| name == table),
                "{table} is not seen to change"
            );
        }
        let mut browser = whole.signed_in().await.unwrap();
        let cases = cases::all(&facts);
        assert!(cases.len() >= 80, "only {} cases", cases.len());
        let mut wrong = Vec::new();
        for case in &cases {
            let before = dump(&target).await.unwrap();
            let (status, text) = send(&whole, &mut browser, &case.sent).await;
            let after = dump(&target).await.unwrap();
            wrong.extend(faults(case, status, &text, &changed(&before, &after)));
        }
        assert!(
            wrong.is_empty(),
            "{} of {}:\n{}",
            wrong.len(),
            cases.len(),
            wrong.join("\n\n")
        );
        whole.end_with_work().await.unwrap();
    }
}

fn faults(case: &Case, status: u16, text: &str, changed: &[String]) -> Option<String> {
    let missing: Vec<&String> = case
        .says
        .iter()
        .filter(|says| !text.contains(says.as_str()))
        .collect();
    let changed: Vec<&String> = changed
        .iter()
        .filter(|table| !case.notes.contains(&table.as_str()))
        .collect();
    let leaks = ["panicked", "SELECT ", "sqlx", "/crates/"]
        .iter()
        .any(|word| text.contains(word));
    let good = status == case.status && missing.is_empty() && changed.is_empty() && !leaks;
    (!good).then(|| {
        let main = text.find("<main").map_or(text, |at| &text[at..]);
        let shown: String = main.chars().take(1_500).collect();
        format!(
            "{}: status {status} (expected {}), does not say {missing:?}, changed {changed:?}, leaks {leaks}\n{shown}",
            case.name, case.status
        )
    })
}

async fn send(whole: &TestApp, browser: &mut Browser, sent: &Sent) -> (u16, String) {
    match sent {
        Sent::Import(file) => {
            let report = app::order::import(&whole.person, file).await.unwrap();
            assert!(!report.is_good(), "was taken in: {file}");
            (0, told(&report))
        }
        Sent::Open(path) => {
            let answer = browser.get(path).await.unwrap();
            (answer.status, answer.body)
        }
        Sent::Form(path, fields) => {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect();
            let answer = browser.submit(path, &fields).await.unwrap();
            (answer.status, plain(&answer.body))
        }
        Sent::Outside(path, kind, headers, body) => {
            let mut request = Request::post(path.as_str())
                .header(header::HOST, "127.0.0.1:8080")
                .header(header::CONTENT_TYPE, *kind);
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            let request = request.body(Body::from(body.clone())).unwrap();
            answer(whole, request).await
        }
        Sent::Stranger(path) => {
            let request = Request::get(path.as_str()).header(header::ACCEPT, "text/html");
            answer(whole, request.body(Body::empty()).unwrap()).await
        }
    }
}

async fn answer(whole: &TestApp, request: Request<Body>) -> (u16, String) {
    let answer = whole.router.clone().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 22)
        .await
        .unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// The text of a page, as a person reads it.
fn plain(html: &str) -> String {
    html.replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&amp;", "&")
}

/// A report, as the command line tells it.
fn told(report: &ImportReport) -> String {
    let fmt = Fmt::new(
        Tr::english(),
        Fmt::zone("UTC"),
        world::Timestamp(0),
        Arc::default(),
    );
    let mut lines = Vec::new();
    let mut faults: Vec<_> = report.faults.iter().collect();
    for order in &report.orders {
        match &order.outcome {
            ImportOutcome::Faulty { faults: more } => faults.extend(more),
            ImportOutcome::Differs { differences } => {
                lines.extend(
                    differences
                        .iter()
                        .map(|d| format!("{}: was {:?}, is {:?}", d.field, d.was, d.is)),
                );
            }
            other => lines.push(format!("{other:?}")),
        }
    }
    lines.extend(faults.into_iter().map(|f| {
        format!(
            "line {}: {}: {}",
            f.place.line,
            f.field,
            fmt.say(&f.message)
        )
    }));
    lines.join("\n")
}

/// A desk at work: a session, two orders, logins that were begun and went astray, a push message.
async fn prepare(whole: &TestApp) -> Facts {
    let orders: Vec<Value> = ["ORD-000000001", "ORD-000000002"]
        .iter()
        .map(|number| {
            let mut order: Value = serde_json::from_str(&cases::order(|_| ())).unwrap();
            order["number"] = json!(number);
            order["paid"] = json!("200");
            order["items"][0]["quantity"] = json!(3);
            order
        })
        .collect();
    whole.import(&json!(orders)).await.unwrap();
    let item = async |number: &str| {
        let page = app::order::page(&whole.app, number).await.unwrap();
        page.items[0].row.id
    };
    let (first, second) = (item("ORD-000000001").await, item("ORD-000000002").await);

    let other = AddUser {
        login: "another".to_owned(),
        name: "Another".to_owned(),
        password: PERSON.1.to_owned().into(),
        zone: "UTC".to_owned(),
    };
    let id = app::user::add(&whole.app.program("test"), other)
        .await
        .unwrap();
    let other = whole.app.acting(Actor::Person {
        id,
        login: "another".to_owned(),
    });

    let mut states = BTreeMap::new();
    states.insert("late", state(&begin(whole, &whole.person, None).await));
    whole.clock.as_ref().unwrap().advance_micros(901_000_000);

    // A login that went well: its state and its code are used.
    let login = begin(whole, &whole.person, None).await;
    let back = whole.side().consent(&login, "cn_buyer_01").await.unwrap();
    let mut browser = whole.signed_in().await.unwrap();
    let path = format!("{}?{}", back.path(), back.query().unwrap());
    let answer = browser.send_only(&path).await.unwrap();
    let session = answer
        .location()
        .and_then(|to| to.split("session=").nth(1))
        .unwrap();
    let session: i64 = session.parse().unwrap();
    assert_eq!(
        answer.location().unwrap(),
        format!("/orders/ORD-000000001/purchase?session={session}"),
        "back on the page that one came from"
    );
    states.insert("used", state(&login));
    let used_code = code(&back);

    let renew = begin(whole, &whole.person, Some(session)).await;
    let other_code = code(&whole.side().consent(&renew, "cn_buyer_02").await.unwrap());
    states.insert("renew", state(&renew));
    states.insert("other", state(&begin(whole, &other, None).await));
    for name in ["refused", "no_code", "bad_code", "used_code", "kept"] {
        states.insert(name, state(&begin(whole, &whole.person, None).await));
    }
    whole.run_jobs().await.unwrap();

    let apps = whole.control("GET", "/apps", Value::Null).await.unwrap();
    let text = |field: &str| apps[0][field].as_str().unwrap().to_owned();
    let mut facts = Facts {
        session,
        item: first,
        other_item: second,
        app: whole.app_id,
        other_app: whole.apps["taobao"],
        app_key: text("app_key"),
        password: PERSON.1,
        states,
        used_code,
        other_code,
        replayed: String::new(),
        secret: text("app_secret"),
    };
    let message = r#"{"msgId":7,"gmtBorn":1527680067000,"type":"ORDER_BUYER_VIEW_ORDER_PAY","userInfo":"b2b-nobody","data":{"orderId":5}}"#;
    facts.replayed = facts.signed(message);
    let taken = whole
        .browser()
        .post_raw(
            "/push/1688",
            &[(
                "content-type",
                "application/x-www-form-urlencoded".to_owned(),
            )],
            facts.replayed.clone(),
        )
        .await
        .unwrap();
    assert_eq!((taken.status, taken.body.as_str()), (200, "ok\n"));
    whole.run_jobs().await.unwrap();
    facts
}

/// Begins a login; gives the marketplace's page.
async fn begin(whole: &TestApp, person: &Ctx, session: Option<i64>) -> url::Url {
    let request = ConnectBegin {
        app: whole.app_id,
        session,
        return_to: "/orders/ORD-000000001/purchase".to_owned(),
    };
    connect_begin(person, request).await.unwrap()
}

fn field(url: &url::Url, name: &str) -> String {
    url.query_pairs()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.into_owned())
        .unwrap()
}

fn state(url: &url::Url) -> String {
    field(url, "state")
}

fn code(url: &url::Url) -> String {
    field(url, "code")
}
