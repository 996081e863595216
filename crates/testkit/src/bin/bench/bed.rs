//! What a measurement lies on: a folder with configuration, key and databases, and the imitated
//! marketplace beside it, in this process.

use crate::process::beside;
use anyhow::{Context as _, Result};
use app::{Actor, App, Ctx, KeyRing};
use marketplaces::HttpTransport;
use sandbox::Sandbox;
use server::assemble::{self, Parts};
use server::config::Settings;
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Options, Store, Target};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use world::{Clock as _, SystemClock, World};

/// The person who works.
pub const PERSON: &str = "bench";
/// The person's password.
pub const PASSWORD: &str = "a long enough password";
/// Marketplaces move on: what lies longer is filled anew, so that nothing becomes due in the
/// middle of a measurement.
const FRESH_SECONDS: i64 = 10 * 3_600;

/// A place to measure on.
#[derive(Clone)]
pub struct Bed {
    /// Everything but PostgreSQL's databases.
    pub folder: PathBuf,
    /// The database.
    pub target: Target,
    postgres: Option<(String, String)>,
    panel: SocketAddr,
    sandbox: SocketAddr,
}

/// The imitated marketplace while it serves.
pub struct Side {
    /// It.
    pub sandbox: Sandbox,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<()>>,
}

impl Side {
    /// Ends it.
    pub async fn stop(self) {
        self.stop.cancel();
        // Whatever it says, the measurement is over.
        let _ = self.task.await;
    }
}

impl Bed {
    /// The place for so many orders. Nothing is made yet.
    pub fn new(data: &Path, postgres: Option<&str>, size: i64) -> Self {
        Self::named(data, postgres, &size.to_string())
    }

    fn named(data: &Path, postgres: Option<&str>, name: &str) -> Self {
        let kind = if postgres.is_some() { "pg" } else { "sqlite" };
        let folder = data.join(format!("{kind}-{name}"));
        let postgres = postgres.map(|base| (base.to_owned(), format!("autopurchase_bench_{name}")));
        let target = match &postgres {
            None => Target::Sqlite(folder.join("panel.sqlite")),
            Some((base, name)) => Target::Pg(beside_database(base, name)),
        };
        let none = SocketAddr::from(([127, 0, 0, 1], 0));
        let (panel, sandbox) = (
            free_address().unwrap_or(none),
            free_address().unwrap_or(none),
        );
        Self {
            folder,
            target,
            postgres,
            panel,
            sandbox,
        }
    }

    /// An earlier run has filled it, and not too long ago.
    pub fn is_ready(&self) -> Result<bool> {
        let Ok(text) = std::fs::read_to_string(self.folder.join("ready")) else {
            return Ok(false);
        };
        let filled: i64 = text.trim().parse().unwrap_or(0);
        let fresh = SystemClock.now().0 / 1_000_000 - filled < FRESH_SECONDS;
        if fresh {
            self.write_config()?;
        }
        Ok(fresh)
    }

    /// It is filled now.
    pub fn set_ready(&self) -> Result<()> {
        Ok(std::fs::write(
            self.folder.join("ready"),
            (SystemClock.now().0 / 1_000_000).to_string(),
        )?)
    }

    /// Makes the place anew, with an empty database.
    pub async fn make(&self) -> Result<()> {
        self.clear()?;
        std::fs::write(
            self.folder.join("keys"),
            KeyRing::generate(&*World::system().random),
        )?;
        self.write_config()?;
        self.create_database(None).await
    }

    /// Makes the place anew, with everything of `other`.
    pub async fn copy_of(&self, other: &Self) -> Result<()> {
        self.clear()?;
        for name in ["keys", "panel.sqlite", "sandbox.sqlite"] {
            let from = other.folder.join(name);
            if from.exists() {
                let to = self.folder.join(name);
                std::fs::copy(&from, &to).with_context(|| from.display().to_string())?;
                // Else the first commits would wait for all of it.
                std::fs::File::open(&to)?.sync_all()?;
            }
        }
        self.write_config()?;
        self.create_database(other.postgres.as_ref().map(|(_, name)| name.as_str()))
            .await
    }

    /// A copy for a measurement that changes things.
    pub async fn again(&self, name: &str) -> Result<Self> {
        let data = self.folder.parent().context("the data's folder")?;
        let copy = Self::named(
            data,
            self.postgres.as_ref().map(|(base, _)| base.as_str()),
            name,
        );
        copy.copy_of(self).await?;
        Ok(copy)
    }

    fn clear(&self) -> Result<()> {
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)?;
        }
        Ok(std::fs::create_dir_all(&self.folder)?)
    }

    async fn create_database(&self, template: Option<&str>) -> Result<()> {
        let Some((base, name)) = &self.postgres else {
            return Ok(());
        };
        let mut admin = PgConnection::connect(base).await?;
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        let create = format!(
            "CREATE DATABASE {name} TEMPLATE {}",
            template.unwrap_or("template0")
        );
        for sql in [drop, create] {
            admin.execute(sqlx::AssertSqlSafe(sql)).await?;
        }
        Ok(admin.close().await?)
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.join("autopurchase.toml")
    }

    /// Everything as a fresh installation has it, but the marketplace at zero latency and without
    /// its pace.
    fn write_config(&self) -> Result<()> {
        let database = match &self.target {
            Target::Sqlite(_) => "panel.sqlite",
            Target::Pg(url) => url,
        };
        let (panel, sandbox) = (self.panel, self.sandbox);
        let text = format!(
            "[server]\nlisten = \"{panel}\"\n[database]\naddress = \"{database}\"\n[secrets]\nkeys_file = \"keys\"\n\
             [marketplaces.1688]\ngateway = \"http://{sandbox}/\"\nlogin = \"http://{sandbox}/\"\nsite = \"http://{sandbox}/\"\n\
             app_millis = 0\nsession_millis = 0\n"
        );
        Ok(std::fs::write(self.config(), text)?)
    }

    /// The configuration as the program reads it.
    pub fn settings(&self) -> Result<Settings> {
        Settings::load(Some(&self.config()))
    }

    /// The marketplace, serving until it is stopped.
    pub async fn other_side(&self) -> Result<Side> {
        let listener = TcpListener::bind(self.sandbox).await?;
        let options = sandbox::Options {
            public_url: Some(format!("http://{}", self.sandbox)),
            real_delays: true,
            ..sandbox::Options::default()
        };
        let file = self.folder.join("sandbox.sqlite");
        let sandbox = Sandbox::open(Some(&file), World::system(), options).await?;
        let stop = CancellationToken::new();
        let (serving, stopped) = (sandbox.clone(), stop.clone());
        let transport = HttpTransport::new(World::system())?;
        let task =
            beside(
                async move { server::sandbox::run(serving, listener, &transport, stopped).await },
            );
        Ok(Side {
            sandbox,
            stop,
            task,
        })
    }

    /// The application in this process, on the same database, for filling and looking.
    pub async fn app(&self) -> Result<App> {
        let (settings, world) = (self.settings()?, World::system());
        let options = Options {
            durable: false,
            ..Options::of(&self.target)
        };
        let store = Store::open(&self.target, options, world.gate.clone()).await?;
        store.migrate().await?;
        let parts = Parts {
            store,
            transport: Arc::new(HttpTransport::new(world.clone())?),
            keys: KeyRing::from_hex(&settings.keys()?)?,
            public_url: settings.public_url()?,
            world,
        };
        Ok(assemble::application(&settings, parts))
    }
}

/// The application as the person uses it.
pub async fn person(app: &App) -> Result<Ctx> {
    let user = {
        let mut db = app.store.read().await?;
        store::users::by_login(&mut db, PERSON)
            .await?
            .context("the person")?
    };
    Ok(app.acting(Actor::Person {
        id: user.id,
        login: user.login,
    }))
}

/// An address on loopback that is free now.
pub fn free_address() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?.local_addr()?)
}

/// The address of another database on the same server.
fn beside_database(base: &str, name: &str) -> String {
    match url::Url::parse(base) {
        Ok(mut url) => {
            url.set_path(name);
            url.to_string()
        }
        Err(_) => base.to_owned(),
    }
}
