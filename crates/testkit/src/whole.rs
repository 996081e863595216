//! The whole application behind its real addresses: the panel as a browser sees it, the sandbox on
//! a loopback port, a temporary database, and time that stands still unless the machine's clock is
//! asked for.

use crate::browser::Browser;
use anyhow::{Context as _, Result, bail};
use app::user::AddUser;
use app::worker::{Turn, turn};
use app::{Actor, App, Ctx, KeyRing};
use marketplaces::HttpTransport;
use sandbox::Sandbox;
use serde_json::{Value, json};
use server::assemble::{self, Parts};
use server::config::Settings;
use server::demo::{OtherSide, log_in};
use server::{panel, sandbox as sandbox_process};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use store::temporary::Temporary;
use store::{Store, Target};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use world::{ManualClock, Timestamp, World};

/// 2026-11-18 10:40 UTC, a working day.
pub const START: i64 = 1_795_000_000 - 1_200;
/// The person who works in tests, and the password.
pub const PERSON: (&str, &str) = ("operator", "a long enough password");

/// What differs from the usual test.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// Milliseconds between two requests of the app, and of a session.
    pub pace: (i64, i64),
    /// What stands between the application and the marketplace's gateway.
    pub before_gateway: Option<SocketAddr>,
    /// Seconds that a call to the marketplace may take.
    pub call_seconds: Option<u64>,
}

/// The application, the other side of its trade, and a person who works with it.
pub struct TestApp {
    /// The application.
    pub app: App,
    /// The marketplace.
    pub sandbox: Sandbox,
    /// Time, where it stands still.
    pub clock: Option<Arc<ManualClock>>,
    /// The person.
    pub person: Ctx,
    /// The row of the app of 1688.
    pub app_id: i64,
    /// The rows of apps by marketplace.
    pub apps: BTreeMap<String, i64>,
    /// The configuration file, for processes.
    pub config: PathBuf,
    /// The panel's addresses.
    pub router: axum::Router,
    /// Where the marketplace listens.
    pub market: SocketAddr,
    database: Temporary,
    transport: Arc<HttpTransport>,
    stop: CancellationToken,
    folder: TempDir,
}

impl TestApp {
    /// On `database`, with time standing still.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn open(database: Temporary) -> Result<Self> {
        Self::open_with(database, Setup::default()).await
    }

    /// The same, but for what `setup` says.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn open_with(database: Temporary, setup: Setup) -> Result<Self> {
        let (world, clock) = World::fixed(Timestamp::from_seconds(START), 11);
        Self::start(database, world, Some(clock), setup).await
    }

    /// On `database`, with the machine's clock: for tests with real processes.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn in_real_time(database: Temporary) -> Result<Self> {
        Self::start(database, World::system(), None, Setup::default()).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the sandbox listens beside the test"
    )]
    async fn start(
        database: Temporary,
        world: World,
        clock: Option<Arc<ManualClock>>,
        setup: Setup,
    ) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = listener.local_addr()?;
        let real_delays = clock.is_none();
        let options = sandbox::Options {
            public_url: Some(format!("http://{address}")),
            real_delays,
            ..sandbox::Options::default()
        };
        let sandbox = Sandbox::open(None, world.clone(), options).await?;
        let stop = CancellationToken::new();
        let transport = Arc::new(HttpTransport::new(world.clone())?);
        if real_delays {
            let (sandbox, transport, stop) = (sandbox.clone(), transport.clone(), stop.clone());
            tokio::spawn(async move {
                sandbox_process::run(sandbox, listener, &*transport, stop).await
            });
        } else {
            let service = sandbox
                .router()
                .into_make_service_with_connect_info::<SocketAddr>();
            let server = axum::serve(listener, service)
                .with_graceful_shutdown(stop.clone().cancelled_owned());
            tokio::spawn(server.into_future());
        }
        let key = KeyRing::generate(&*world.random);
        let config = folder.path().join("autopurchase.toml");
        std::fs::write(folder.path().join("keys"), &key)?;
        std::fs::write(&config, configuration(&database.target, address, setup))?;
        let settings = Settings::load(Some(&config))?;
        let parts = Parts {
            store: database.store.clone(),
            world,
            transport: transport.clone(),
            keys: KeyRing::from_hex(&[key.into()])?,
            public_url: settings.public_url()?,
        };
        let app = assemble::application(&settings, parts);
        let (router, relay) = panel::router(&app, assemble::http_settings(&settings, &app), &stop)?;
        tokio::spawn(relay);
        let new = AddUser {
            login: PERSON.0.to_owned(),
            name: "Operator".to_owned(),
            password: PERSON.1.to_owned().into(),
            zone: "UTC".to_owned(),
        };
        let id = app::user::add(&app.program("test"), new).await?;
        let person = app.acting(Actor::Person {
            id,
            login: PERSON.0.to_owned(),
        });
        let mut whole = Self {
            app,
            sandbox,
            clock,
            person,
            app_id: 0,
            apps: BTreeMap::new(),
            config,
            router,
            market: address,
            database,
            transport,
            stop,
            folder,
        };
        for market in marketplaces::all() {
            let new = whole.side_of(market.code()).app().await?;
            let app = app::apps::add(&whole.person, new).await?;
            whole.apps.insert(market.code().to_owned(), app);
        }
        whole.app_id = whole.apps["1688"];
        Ok(whole)
    }

    /// The same application as it is in another world: another node, or another time.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub fn in_world(&self, world: World) -> Result<App> {
        let settings = Settings::load(Some(&self.config))?;
        let parts = Parts {
            store: self.app.store.clone(),
            transport: Arc::new(HttpTransport::new(world.clone())?),
            keys: KeyRing::from_hex(&settings.keys()?)?,
            public_url: settings.public_url()?,
            world,
        };
        Ok(assemble::application(&settings, parts))
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// A folder that goes away with the test.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A browser that nobody is signed in with.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser that the person is signed in with.
    ///
    /// # Errors
    /// When signing in is refused.
    pub async fn signed_in(&self) -> Result<Browser> {
        let mut browser = self.browser();
        browser.sign_in(PERSON.0, PERSON.1).await?;
        Ok(browser)
    }

    /// The other side of the trade: 1688.
    #[must_use]
    pub fn side(&self) -> OtherSide<'_> {
        self.side_of("1688")
    }

    /// The other side of the trade at a marketplace.
    #[must_use]
    pub fn side_of<'a>(&'a self, market: &'a str) -> OtherSide<'a> {
        OtherSide {
            sandbox: &self.sandbox,
            market,
        }
    }

    /// Asks the sandbox's machine interface; the path begins after `/control`.
    ///
    /// # Errors
    /// When it answers with an error.
    pub async fn control(&self, method: &str, path: &str, body: Value) -> Result<Value> {
        self.side().control(method, path, &body).await
    }

    /// Sets faults for the next matching requests at 1688.
    ///
    /// # Errors
    /// When the sandbox refuses them.
    pub async fn faults(&self, faults: Value) -> Result<()> {
        self.side().knobs(json!({ "add_faults": faults })).await
    }

    /// Connects an account of 1688 through its login page; gives the session.
    ///
    /// # Errors
    /// When the panel or the sandbox refuses.
    pub async fn connect(&self, account: &str) -> Result<i64> {
        self.connect_at("1688", account).await
    }

    /// Connects an account through the marketplace's login page; gives the session.
    ///
    /// # Errors
    /// When the panel or the sandbox refuses.
    pub async fn connect_at(&self, market: &str, account: &str) -> Result<i64> {
        let app = *self.apps.get(market).context("no such marketplace")?;
        log_in(&self.person, &self.side_of(market), app, account).await
    }

    /// Takes in orders.
    ///
    /// # Errors
    /// When one is refused; the text is the report.
    pub async fn import(&self, file: &Value) -> Result<()> {
        let report = app::order::import(&self.person, &file.to_string()).await?;
        if !report.is_good() {
            bail!("{}", serde_json::to_string(&report)?);
        }
        Ok(())
    }

    /// Works until nothing is due now.
    ///
    /// # Errors
    /// The database's, or a queue that never rests.
    pub async fn run_jobs(&self) -> Result<()> {
        for _ in 0..10_000 {
            if let Turn::Idle(_) = turn(&self.app).await? {
                return Ok(());
            }
        }
        bail!("the queue never rests")
    }

    /// Works for `seconds`, moving time from one due job to the next; reconcilers look and messages
    /// of the marketplace arrive on the way, oftener than once in the hundredth part of it.
    ///
    /// # Errors
    /// The database's; a clock that does not stand still.
    pub async fn run_for(&self, seconds: i64) -> Result<()> {
        let clock = self
            .clock
            .as_ref()
            .context("time does not stand still here")?;
        let end = self.app.now().plus_seconds(seconds);
        let longest = (seconds * 10_000).max(1_000_000);
        for _ in 0..20_000 {
            self.deliver().await?;
            self.reconcile().await?;
            let Turn::Idle(next) = turn(&self.app).await? else {
                continue;
            };
            let now = self.app.now();
            if now >= end {
                return Ok(());
            }
            let step = next.map_or(longest, |at| (at.0 - now.0).clamp(1_000, longest));
            clock.advance_micros(step.min(end.0 - now.0));
        }
        bail!("the queue never rests")
    }

    /// One look of every reconciler.
    ///
    /// # Errors
    /// The database's.
    pub async fn reconcile(&self) -> Result<()> {
        for reconciler in server::work::RECONCILERS {
            if reconciler.name == "clock" && self.clock.is_some() {
                // Time that a test moves has nothing to do with the database's.
                continue;
            }
            (reconciler.look)(&self.app.program(reconciler.name)).await?;
        }
        Ok(())
    }

    /// Lets the sandbox's time pass and its messages arrive.
    ///
    /// # Errors
    /// When the sandbox cannot keep its data.
    pub async fn deliver(&self) -> Result<()> {
        for push in self.sandbox.tick(self.app.now()).await? {
            let url: url::Url = push.url.parse()?;
            let answer = self
                .browser()
                .post_raw(url.path(), &push.headers, push.body.clone())
                .await?;
            self.sandbox
                .push_result(&push.id, answer.status == 200)
                .await?;
        }
        Ok(())
    }

    /// Orders at 1688.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn market_orders(&self) -> Result<Vec<Value>> {
        self.side().orders().await
    }

    /// The books agree with themselves, and no reference was sent twice.
    ///
    /// # Errors
    /// Says what does not agree.
    pub async fn check(&self) -> Result<()> {
        let faults = {
            let mut db = self.app.store.read().await?;
            store::items::ledger_faults(&mut db).await?
        };
        if !faults.0.is_empty() || !faults.1.is_empty() {
            bail!("ledger: {faults:?}");
        }
        for market in self.apps.keys() {
            let path = format!("/{market}/counters");
            let counters = self.control("GET", &path, Value::Null).await?;
            for reference in counters["references"].as_array().context("references")? {
                if reference["creates_received"].as_i64() != Some(1) {
                    bail!("a reference was sent more than once: {market} {reference}");
                }
            }
        }
        Ok(())
    }

    /// Ends the test: the books agree and no work is left.
    ///
    /// # Errors
    /// Says what does not agree, or how much work is left.
    pub async fn end(self) -> Result<()> {
        let left = {
            let mut db = self.app.store.read().await?;
            store::jobs::count(&mut db, "ready").await?
                + store::jobs::count(&mut db, "running").await?
        };
        if left > 0 {
            bail!("{left} jobs are left in the queue");
        }
        self.end_with_work().await
    }

    /// Ends a test that leaves work behind on purpose: the books agree.
    ///
    /// # Errors
    /// Says what does not agree.
    pub async fn end_with_work(self) -> Result<()> {
        self.check().await?;
        self.stop.cancel();
        drop(self.transport);
        Ok(self.database.end().await?)
    }
}

fn configuration(target: &Target, sandbox: SocketAddr, setup: Setup) -> String {
    let database = match target {
        Target::Sqlite(path) => path.display().to_string(),
        Target::Pg(url) => url.clone(),
    };
    let gateway = setup.before_gateway.unwrap_or(sandbox);
    let (app, session) = setup.pace;
    let worker = setup.call_seconds.map_or_else(String::new, |seconds| {
        format!("[worker]\ncall_seconds = {seconds}\n")
    });
    let markets = marketplaces::all()
        .iter()
        .map(|market| {
            let code = market.code();
            format!(
                "[marketplaces.{code}]\ngateway = \"http://{gateway}/\"\nlogin = \"http://{sandbox}/\"\nsite = \"http://{sandbox}/\"\napp_millis = {app}\nsession_millis = {session}\n"
            )
        })
            .collect::<Vec<_>>()
            .concat();
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:8080/\"\nstop_seconds = 5\n\
         [database]\naddress = \"{database}\"\nconnections = 4\n\
         [secrets]\nkeys_file = \"keys\"\n\
         {markets}{worker}\
         [log]\nfilter = \"warn\"\n"
    )
}

/// Tells a story on every database: `for_each_database!(name, |whole| { … });`.
#[macro_export]
macro_rules! for_each_database {
    ($name:ident, |$whole:ident| $body:block) => {
        #[tokio::test]
        async fn $name() {
            for database in store::temporary::Temporary::both().await.unwrap() {
                let $whole = $crate::whole::TestApp::open(database).await.unwrap();
                $body
            }
        }
    };
}
