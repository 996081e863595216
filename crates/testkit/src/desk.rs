//! A whole purchasing desk in one process: the real application on a temporary database, the
//! sandbox called without sockets, time that moves only when told, randomness from a seed.

use crate::goods::{Wanted, order_file, plain, text};
use crate::in_process::InProcess;
use anyhow::{Context as _, Result, bail};
use app::booking::book::{Book, book};
use app::{Actor, App, AppError, Config, Ctx, KeyRing, MarketHandle, Markets};
use marketplaces::{Address, Addresses, Pace};
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::apps::AppRow;
use store::items::ItemRow;
use store::orders::OrderRow;
use store::sessions::SessionRow;
use store::temporary::Temporary;
use world::{ManualClock, Timestamp, World};

/// The address that stands for the sandbox; nobody listens there.
const SANDBOX: &str = "http://127.0.0.1:9";

/// The desk and the other side of its trade.
pub struct Desk {
    /// The application.
    pub app: App,
    /// The marketplace.
    pub sandbox: Sandbox,
    /// Time for both.
    pub clock: Arc<ManualClock>,
    /// A person who works here.
    pub person: Ctx,
    /// The app's row.
    pub app_id: i64,
    /// The database's own place.
    pub database: Temporary,
}

impl Desk {
    /// A new desk with one app and one session on `database`.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn open(database: Temporary) -> Result<Self> {
        let (world, clock) = World::fixed(Timestamp::from_seconds(1_795_000_000), 7);
        let sandbox = Sandbox::open(None, world.clone(), sandbox::Options::default()).await?;
        let base: url::Url = SANDBOX.parse()?;
        let handles = marketplaces::all()
            .into_iter()
            .map(|connector| MarketHandle {
                connector,
                addresses: Addresses {
                    gateway: base.clone(),
                    login: base.clone(),
                    site: base.clone(),
                },
                pace: Pace {
                    app_millis: 50,
                    session_millis: 100,
                },
            })
            .collect();
        let transport = Arc::new(InProcess::new(sandbox.clone(), world.clone()));
        let app = App {
            store: database.store.clone(),
            markets: Arc::new(Markets::new(handles, transport)),
            keys: Arc::new(KeyRing::from_hex(&[
                KeyRing::generate(&*world.random).into()
            ])?),
            config: Arc::new(Config {
                public_url: "http://127.0.0.1:8080".parse()?,
                node: "desk".to_owned(),
                call_millis: 15_000,
            }),
            world,
        };
        let person = app.acting(Actor::Person {
            id: 1,
            login: "operator".to_owned(),
        });
        let app_id = person.id();
        let desk = Self {
            app,
            sandbox,
            clock,
            person,
            app_id,
            database,
        };
        let apps = desk.control("GET", "/control/apps", Value::Null).await?;
        let (key, secret) = (text(&apps[0]["app_key"])?, text(&apps[0]["app_secret"])?);
        let (work, now) = (desk.app.clone(), desk.app.now());
        desk.app
            .store
            .write::<_, AppError, _>(move |db| {
                let (work, key, secret) = (work.clone(), key.clone(), secret.clone());
                Box::pin(async move {
                    let secret = work.keys.seal(
                        &*work.world.random,
                        &format!("apps.secret.{app_id}"),
                        &secret.into(),
                    )?;
                    let row = AppRow {
                        id: app_id,
                        marketplace: "1688".to_owned(),
                        app_key: key,
                        secret,
                        label: "sandbox".to_owned(),
                        created_at: now,
                        ..AppRow::default()
                    };
                    Ok(store::apps::insert(db, &row).await?)
                })
            })
            .await?;
        Ok(desk)
    }

    /// Connects an account of the sandbox without its login page. Gives the session.
    ///
    /// # Errors
    /// When the sandbox or the database refuses.
    pub async fn connect(&self, account: &str) -> Result<i64> {
        let tokens = self
            .control(
                "POST",
                "/control/1688/authorize",
                json!({ "account": account }),
            )
            .await?;
        let (access, refresh, member) = (
            text(&tokens["access_token"])?,
            text(&tokens["refresh_token"])?,
            text(&tokens["member_id"])?,
        );
        let (work, now, id, app_id) = (
            self.app.clone(),
            self.app.now(),
            self.person.id(),
            self.app_id,
        );
        let address = Address {
            full_name: "仓库 {customer_code}".to_owned(),
            mobile: "13800000000".to_owned(),
            province: "广东省".to_owned(),
            city: "广州市".to_owned(),
            area: "白云区".to_owned(),
            street: "某路1号 {order}".to_owned(),
            ..Address::default()
        };
        let row = SessionRow {
            id,
            marketplace: "1688".to_owned(),
            app_id,
            account: member,
            login: account.to_owned(),
            label: String::new(),
            owner: "operator".to_owned(),
            state: "active".to_owned(),
            draining: false,
            is_default: true,
            access_token: String::new(),
            access_ends_at: now.plus_seconds(36_000),
            refresh_token: None,
            refresh_ends_at: Some(now.plus_seconds(180 * 86_400)),
            candidate_token: None,
            generation: 1,
            refresh_lease_until_at: Timestamp(0),
            address: serde_json::to_string(&address)?,
            seller_note: "请发快递".to_owned(),
            daily_limit: None,
            learned_limit: None,
            paused_until_at: Timestamp(0),
            pause_reason: None,
            booking_paused_until_at: Timestamp(0),
            booking_pause_reason: None,
            tokens_at: now,
            last_ok_at: None,
            last_error: None,
            last_error_at: None,
            sync_cursor_at: None,
            sync_done_at: None,
            restored_at: None,
            caught_up_at: None,
            created_at: now,
        };
        self.app
            .store
            .write::<_, AppError, _>(move |db| {
                let (work, mut row, access, refresh) =
                    (work.clone(), row.clone(), access.clone(), refresh.clone());
                Box::pin(async move {
                    let random = &*work.world.random;
                    row.access_token = work.keys.seal(
                        random,
                        &format!("sessions.access_token.{id}"),
                        &access.into(),
                    )?;
                    row.refresh_token = Some(work.keys.seal(
                        random,
                        &format!("sessions.refresh_token.{id}"),
                        &refresh.into(),
                    )?);
                    Ok(store::sessions::insert(db, &row).await?)
                })
            })
            .await?;
        Ok(id)
    }

    /// A call of the sandbox's machine interface.
    ///
    /// # Errors
    /// When the sandbox answers with another status than 2xx.
    pub async fn control(&self, method: &str, path: &str, body: Value) -> Result<Value> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{SANDBOX}{path}"))
            .header("host", "127.0.0.1:9")
            .header("content-type", "application/json")
            .body(bytes::Bytes::from(body))?;
        let answer = self.sandbox.call(request).await?;
        let status = answer.status();
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        if !status.is_success() {
            bail!("{method} {path}: {status} {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// Sets faults for the next matching requests of the sandbox.
    ///
    /// # Errors
    /// When the sandbox refuses them.
    pub async fn faults(&self, faults: Value) -> Result<()> {
        self.control(
            "PUT",
            "/control/1688/knobs",
            json!({ "add_faults": faults }),
        )
        .await
        .map(|_| ())
    }

    /// Offers with specifications that can be bought one by one, as lines to want.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn goods(&self) -> Result<Vec<Wanted>> {
        let offers = self
            .control("GET", "/control/1688/offers", Value::Null)
            .await?;
        plain("1688", &offers)
    }

    /// Imports a paid order with these lines.
    ///
    /// # Errors
    /// When the import is refused.
    pub async fn order(&self, number: &str, lines: &[Wanted]) -> Result<(OrderRow, Vec<ItemRow>)> {
        let order = order_file(number, lines);
        let report = app::order::import(&self.person, &order.to_string()).await?;
        if !report.is_good() {
            bail!("import: {}", serde_json::to_string(&report)?);
        }
        self.order_of(number).await
    }

    /// An order with its items as they stand.
    ///
    /// # Errors
    /// When there is none.
    pub async fn order_of(&self, number: &str) -> Result<(OrderRow, Vec<ItemRow>)> {
        let mut db = self.app.store.read().await?;
        let order = store::orders::by_number(&mut db, number)
            .await?
            .context("order")?;
        let items = store::items::of_order(&mut db, order.id).await?;
        Ok((order, items))
    }

    /// Presses *Book* for chosen items. Gives the run.
    ///
    /// # Errors
    /// What the operation gives.
    pub async fn book(
        &self,
        order: i64,
        items: &[(i64, Option<i64>)],
        session: i64,
    ) -> Result<i64> {
        let request = Book {
            request_id: self.app.random_hex(16),
            order,
            items: items.to_vec(),
            sessions: BTreeMap::from([("1688".to_owned(), session)]),
        };
        Ok(book(&self.person, request).await?.id)
    }

    /// Works jobs until nothing is due now.
    ///
    /// # Errors
    /// The database's, or a queue that never rests.
    pub async fn run_due(&self) -> Result<()> {
        for _ in 0..5_000 {
            if let app::worker::Turn::Idle(_) = app::worker::turn(&self.app).await? {
                return Ok(());
            }
        }
        bail!("the queue never rests")
    }

    /// Works jobs for `seconds`, moving time from one due job to the next.
    ///
    /// # Errors
    /// The database's.
    pub async fn run_for(&self, seconds: i64) -> Result<()> {
        let end = self.app.now().plus_seconds(seconds);
        for _ in 0..20_000 {
            let app::worker::Turn::Idle(next) = app::worker::turn(&self.app).await? else {
                continue;
            };
            let now = self.app.now();
            let to = next.map_or(end, |next| next.min(end)).max(now);
            if now >= end {
                return Ok(());
            }
            // A job that waits for its session is due already: then time moves by a second.
            self.clock
                .advance_micros((to.0 - now.0).max(1_000_000).min(end.0 - now.0));
        }
        bail!("the queue never rests")
    }

    /// Orders at the marketplace.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn market_orders(&self) -> Result<Vec<Value>> {
        let orders = self
            .control("GET", "/control/1688/orders", Value::Null)
            .await?;
        Ok(orders["orders"].as_array().context("orders")?.clone())
    }

    /// The books agree with themselves, and with the marketplace: no reference has two groups of
    /// creates, every order with a reference of ours is known.
    ///
    /// # Errors
    /// Says what does not agree.
    pub async fn check(&self) -> Result<()> {
        let mut db = self.app.store.read().await?;
        let faults = store::items::ledger_faults(&mut db).await?;
        if !faults.0.is_empty() || !faults.1.is_empty() {
            bail!("ledger: {faults:?}");
        }
        let counters = self
            .control("GET", "/control/1688/counters", Value::Null)
            .await?;
        for reference in counters["references"].as_array().context("references")? {
            if reference["creates_received"].as_i64().unwrap_or(9) > 1 {
                bail!("a reference was sent more than once: {reference}");
            }
        }
        Ok(())
    }

    /// Ends the desk and takes its database away.
    ///
    /// # Errors
    /// When the books do not agree.
    pub async fn end(self) -> Result<()> {
        self.check().await?;
        self.database.end().await?;
        Ok(())
    }
}
