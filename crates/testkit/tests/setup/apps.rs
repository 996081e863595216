//! App keys: the way to one, several beside each other, their calls of a day.

use crate::REQUEST;
use app::apps::AppShown;
use serde_json::json;
use std::net::SocketAddr;
use store::temporary::Temporary;
use testkit::browser::{Answer, Browser};
use testkit::for_each_database;
use testkit::whole::{Setup, TestApp};

/// What differs between marketplaces.
struct Market {
    code: &'static str,
    name: &'static str,
    account: &'static str,
    /// Addresses of the steps.
    links: &'static [&'static str],
    /// Code and our text for a secret that is wrong.
    wrong_secret: (&'static str, &'static str),
    /// The same for a key that is not known.
    unknown_key: (&'static str, &'static str),
    /// Code for a day's calls that are used up.
    used_up: &'static str,
    /// Said before an account is connected.
    caveat: Option<&'static str>,
}

const MARKETS: [Market; 2] = [
    Market {
        code: "1688",
        name: "1688",
        account: "cn_buyer_01",
        links: &["https://open.1688.com/"],
        wrong_secret: (
            "gw.SignatureInvalid",
            "1688 knows the key, but the secret does not belong to it.",
        ),
        unknown_key: ("gw.AppKeyNotFound", "1688 does not know this key."),
        used_up: "SBX_AppDailyLimit",
        caveat: None,
    },
    Market {
        code: "taobao",
        name: "Taobao",
        account: "tb_dist_01",
        links: &[
            "https://distributor.taobao.global/",
            "https://open.taobao.global/",
        ],
        wrong_secret: (
            "IncompleteSignature",
            "Taobao knows the key, but the secret does not belong to it.",
        ),
        unknown_key: ("InvalidAppKey", "Taobao does not know this key."),
        used_up: "AppCallLimit",
        caveat: Some("log in with a distributor account of Taobao Global"),
    },
];

/// A desk with a second app of a marketplace, known to the marketplace only.
struct Story<'a> {
    whole: &'a TestApp,
    browser: Browser,
    market: &'a Market,
    key: String,
    secret: String,
}

impl<'a> Story<'a> {
    async fn begin(whole: &'a TestApp, market: &'a Market) -> Self {
        let path = format!("/{}/apps", market.code);
        let app = whole
            .control("POST", &path, json!({"name": "Second"}))
            .await
            .unwrap();
        let text = |field: &str| app[field].as_str().unwrap().to_owned();
        Self {
            key: text("app_key"),
            secret: text("app_secret"),
            browser: whole.signed_in().await.unwrap(),
            whole,
            market,
        }
    }

    async fn add(&mut self, key: &str, secret: &str, name: &str, quota: &str) -> Answer {
        let fields = [
            REQUEST,
            ("marketplace", self.market.code),
            ("key", key),
            ("secret", secret),
            ("name", name),
            ("daily_quota", quota),
        ];
        self.browser
            .post("/settings/apps/new", &fields)
            .await
            .unwrap()
    }

    async fn edit(&mut self, app: i64, secret: &str, quota: &str) -> Answer {
        let fields = [
            REQUEST,
            ("name", "Spare"),
            ("secret", secret),
            ("daily_quota", quota),
        ];
        let path = format!("/settings/apps/{app}");
        self.browser.post(&path, &fields).await.unwrap()
    }

    async fn act(&mut self, app: i64, action: &str) -> Answer {
        let id = format!("{}{action}", REQUEST.1);
        let path = format!("/settings/apps/{app}/{action}");
        self.browser
            .post(&path, &[("request_id", &id)])
            .await
            .unwrap()
    }

    async fn app(&self, name: &str) -> AppShown {
        app::apps::list(&self.whole.app)
            .await
            .unwrap()
            .into_iter()
            .find(|app| app.row.marketplace == self.market.code && app.row.label == name)
            .unwrap()
    }

    /// Logs in at the marketplace, from the form of a page on; gives the session.
    async fn log_in(&mut self, fields: &[(&str, &str)]) -> i64 {
        let mut sent = vec![REQUEST, ("return", "/sessions")];
        sent.extend(fields);
        let begun = self.browser.submit("/connect", &sent).await.unwrap();
        assert_eq!(begun.status, 303, "{}", begun.body);
        let login: url::Url = begun.location().unwrap().parse().unwrap();
        let side = self.whole.side_of(self.market.code);
        let back = side.consent(&login, self.market.account).await.unwrap();
        assert_eq!(back.path(), format!("/connect/{}", self.market.code));
        let path = format!("{}?{}", back.path(), back.query().unwrap());
        let back = self.browser.send_only(&path).await.unwrap();
        assert_eq!(back.status, 303, "{}", back.body);
        let to = back.location().unwrap();
        to.rsplit_once("session=").unwrap().1.parse().unwrap()
    }
}

for_each_database!(
    a_newcomer_is_led_step_by_step_to_a_key_that_works,
    |whole| {
        for market in &MARKETS {
            let mut story = Story::begin(&whole, market).await;
            // There is a key: the steps are folded. Without one they stand open.
            let first = whole.apps[market.code];
            let title = format!("How to get an app key of {}", market.name);
            let page = story.browser.get("/settings/apps").await.unwrap();
            page.must_show(&format!("<details class=\"guide-fold\"><summary>{title}"));
            let window = format!("/settings/apps/{first}/delete");
            let window = story.browser.get(&window).await.unwrap();
            window.must_show("Its secret is wiped and it is listed no more.");
            let gone = story.act(first, "delete").await;
            gone.must_show("The app key Sandbox is deleted.");
            gone.must_show(&format!("No app key of {} yet.", market.name));
            gone.must_show(&format!(
                "<details class=\"guide-fold\" open><summary>{title}"
            ));
            for end in ["connect", "push"] {
                gone.must_show(&format!(
                    "data-copy=\"http://127.0.0.1:8080/{end}/{}\"",
                    market.code
                ));
            }
            for link in market.links {
                gone.must_show(&format!("href=\"{link}\" target=\"_blank\""));
            }
            if let Some(caveat) = market.caveat {
                gone.must_show(caveat);
            }

            // A key that nobody knows, a wrong secret, the right one.
            let path = format!("/settings/apps/new?marketplace={}", market.code);
            let form = story.browser.get(&path).await.unwrap();
            form.must_show(&format!("<option value=\"{}\" selected>", market.code));
            let unknown = story.add("424242", "whatever", "Mistyped", "").await;
            unknown.must_show("The app key Mistyped does not work.");
            unknown.must_show(market.unknown_key.1);
            unknown.must_show(market.unknown_key.0);
            let mistyped = story.app("Mistyped").await.row.id;
            story.act(mistyped, "delete").await;
            let (key, secret) = (story.key.clone(), story.secret.clone());
            let wrong = story.add(&key, "wrongwrong", "Spare", "").await;
            wrong.must_show(market.wrong_secret.1);
            wrong.must_show(market.wrong_secret.0);
            let spare = story.app("Spare").await.row.id;
            let right = story.edit(spare, &secret, "").await;
            right.must_show(&format!(
                "The app key Spare works: {} accepts key and secret.",
                market.name
            ));
            right.must_show("2 today");
            let again = story.act(spare, "test").await;
            again.must_show("works, tested just now");
            again.must_show("3 today");
        }
        whole.end().await.unwrap();
    }
);

for_each_database!(
    sessions_belong_to_one_of_several_keys_and_can_move_between_them,
    |whole| {
        for market in &MARKETS {
            let mut story = Story::begin(&whole, market).await;
            let (key, secret) = (story.key.clone(), story.secret.clone());
            story.add(&key, &secret, "Spare", "").await;
            let first = whole.apps[market.code];
            let spare = story.app("Spare").await.row.id;

            // Which of them is asked.
            let page = story.browser.get("/sessions").await.unwrap();
            let begin = format!("/connect?marketplace={}", market.code);
            page.must_show(&format!("action=\"{begin}\""));
            let choice = story.browser.submit(&begin, &[REQUEST]).await.unwrap();
            assert_eq!(choice.status, 200);
            choice.must_show("Log in through Sandbox");
            choice.must_show("Log in through Spare");
            for page in [&page, &choice] {
                if let Some(caveat) = market.caveat {
                    page.must_show(caveat);
                }
            }
            let session = story.log_in(&[("app", &spare.to_string())]).await;
            whole.run_jobs().await.unwrap();
            let own = format!("/sessions/{session}");
            let page = story.browser.get(&own).await.unwrap();
            page.must_show(&format!("Spare · {key}"));
            let list = story.browser.get("/sessions").await.unwrap();
            list.must_show("<div class=\"sub\">Spare</div>");

            // It keeps its app from being deleted; switched off, both rest.
            let window = format!("/settings/apps/{spare}/delete");
            let window = story.browser.get(&window).await.unwrap();
            let belongs = format!("The session {} belongs to it.", market.account);
            window.must_show(&belongs);
            assert!(!window.body.contains("btn-danger"));
            let refused = story.act(spare, "delete").await;
            assert_eq!(refused.status, 409);
            refused.must_show(&belongs);
            let window = format!("/settings/apps/{spare}/off");
            let window = story.browser.get(&window).await.unwrap();
            window.must_show(&format!(
                "One session belongs to it and rests as long: {}.",
                market.account
            ));
            let off = story.act(spare, "off").await;
            off.must_show("switched off");
            let page = story.browser.get(&own).await.unwrap();
            page.must_show("The app key Spare is switched off.");
            let id = format!("{}{}", REQUEST.1, market.code);
            let sync = story
                .browser
                .post(&format!("{own}/synchronize"), &[("request_id", &id)])
                .await
                .unwrap();
            sync.must_show("Synchronize 1 session");
            let calls = story.app("Spare").await.today.used;
            whole.run_jobs().await.unwrap();
            assert_eq!(
                story.app("Spare").await.today.used,
                calls,
                "nothing went out"
            );
            let refused = story
                .browser
                .submit("/connect", &[REQUEST, ("session", &session.to_string())])
                .await
                .unwrap();
            assert_eq!(refused.status, 409);
            refused.must_show("The app key is switched off.");
            story.act(spare, "on").await.must_show("works, tested");
            whole.run_jobs().await.unwrap();
            let used = story.app("Spare").await.today.used;
            assert!(used > calls, "{} {used} {calls}", market.code);

            // It moves to the first key; its calls count there, and the other one can go.
            let window = format!("{own}/move");
            let window = story.browser.get(&window).await.unwrap();
            window.must_show(&format!("<option value=\"{first}\" selected>Sandbox"));
            let (moved, to) = (session.to_string(), first.to_string());
            let same = story.log_in(&[("session", &moved), ("app", &to)]).await;
            assert_eq!(same, session);
            whole.run_jobs().await.unwrap();
            let page = story.browser.get(&own).await.unwrap();
            page.must_show("Sandbox · ");
            assert!(story.app("Sandbox").await.today.used > 0);
            let gone = story.act(spare, "delete").await;
            gone.must_show("The app key Spare is deleted.");
            let list = story.browser.get("/sessions").await.unwrap();
            list.must_show(&format!("action=\"/connect?app={first}\""));
        }
        whole.end().await.unwrap();
    }
);

for_each_database!(
    the_calls_of_a_day_are_counted_and_a_key_that_has_none_left_rests,
    |whole| {
        for market in &MARKETS {
            let mut story = Story::begin(&whole, market).await;
            let session = whole.connect_at(market.code, market.account).await.unwrap();
            whole.run_jobs().await.unwrap();
            let app = whole.apps[market.code];
            let used = story.app("Sandbox").await.today.used;
            assert!(used > 0);
            for _ in 0..3 {
                story.act(app, "test").await;
            }
            let used = used + 3;
            let quota = |more: i64| (used + 1 + more).to_string();
            let synchronize = async |browser: &mut Browser, id: &str| {
                let path = format!("/sessions/{session}/synchronize");
                let id = format!("{}{}{id}", REQUEST.1, market.code);
                browser.post(&path, &[("request_id", &id)]).await.unwrap();
                whole.run_jobs().await.unwrap();
            };

            // Saving tests the key, which is a call too: near the quota, then at it.
            let page = story.edit(app, "", &quota(1)).await;
            page.must_show(&format!("{} of {} today", used + 1, used + 2));
            page.must_show("One call is left for");
            synchronize(&mut story.browser, "a").await;
            whole.reconcile().await.unwrap();
            let page = story.browser.get("/settings/apps").await.unwrap();
            page.must_show("used up for today");
            page.must_show("of the");
            let own = story
                .browser
                .get(&format!("/sessions/{session}"))
                .await
                .unwrap();
            own.must_show("Rests until");
            own.must_show("The app key Spare has made");
            let before = story.app("Spare").await.today.used;
            synchronize(&mut story.browser, "b").await;
            assert_eq!(story.app("Spare").await.today.used, before, "it rests");

            // A larger one, and what waited goes on.
            let page = story.edit(app, "", "100000").await;
            page.must_show("of 100,000 today");
            whole.run_jobs().await.unwrap();
            assert!(story.app("Spare").await.today.used > before + 1);

            // The marketplace counts otherwise, and a person knows when it begins anew.
            let side = whole.side_of(market.code);
            side.knobs(json!({"per_day_app": 1})).await.unwrap();
            synchronize(&mut story.browser, "c").await;
            synchronize(&mut story.browser, "d").await;
            let page = story.browser.get("/settings/apps").await.unwrap();
            page.must_show("used up for today");
            page.must_show("Go on now");
            let own = story
                .browser
                .get(&format!("/sessions/{session}"))
                .await
                .unwrap();
            own.must_show("The calls that the app key may make today are used up.");
            let (reason, _) = story.app("Spare").await.rests.unwrap();
            assert_eq!(reason.code.as_deref(), Some(market.used_up));
            side.knobs(json!({"per_day_app": null})).await.unwrap();
            story.act(app, "resume").await.must_show("works, tested");
            whole.run_for(5).await.unwrap();
            let counted = story.app("Spare").await.today.used;

            // What is in the books is there for the next process.
            app::apps::count_all(&whole.app).await.unwrap();
            let world = whole.app.world.clone();
            let next = whole.in_world(world).unwrap();
            let shown = app::apps::list(&next).await.unwrap();
            let shown = shown.iter().find(|shown| shown.row.id == app).unwrap();
            assert_eq!(shown.today.used, counted);
        }
        whole.end().await.unwrap();
    }
);

#[tokio::test]
async fn a_marketplace_that_cannot_be_reached_is_told() {
    let database = Temporary::both().await.unwrap().remove(0);
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    let setup = Setup {
        before_gateway: Some(nobody),
        ..Setup::default()
    };
    let whole = TestApp::open_with(database, setup).await.unwrap();
    let mut browser = whole.signed_in().await.unwrap();
    let path = format!("/settings/apps/{}/test", whole.app_id);
    let page = browser.post(&path, &[REQUEST]).await.unwrap();
    page.must_show("The marketplace cannot be reached from this machine.");
    page.must_show("0 today");
    whole.end().await.unwrap();
}
