//! Opening a database, reading from it, and running write transactions.

use crate::clock::ClockWatch;
use crate::db::{Db, Handle, Stmt};
use crate::error::{Error, Transient};
use crate::migrate::{Dialect, migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use world::{Gate, Point};

/// Where the data is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A `postgres://` address. Holds a password: never logged.
    Pg(String),
}

impl Target {
    /// A `postgres://` address or a path.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Pg(text.to_owned())
        } else {
            Self::Sqlite(PathBuf::from(
                text.strip_prefix("sqlite://").unwrap_or(text),
            ))
        }
    }
}

/// How to open.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Connections for reading (SQLite) or in all (PostgreSQL).
    pub connections: u32,
    /// `false` only for tests that need no durability.
    pub durable: bool,
}

impl Options {
    /// What is usual for this database. A reader of SQLite keeps pages in memory and works on a
    /// thread of its own, so that more of them than processors only cost; a connection to
    /// PostgreSQL waits for another machine.
    #[must_use]
    pub const fn of(target: &Target) -> Self {
        Self {
            connections: match target {
                Target::Sqlite(_) => 4,
                Target::Pg(_) => 8,
            },
            durable: true,
        }
    }
}

/// Something changed; a hint for whoever shows or works it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// An activity has a new version.
    Activity(i64),
    /// An order or what belongs to it changed.
    Order(i64),
    /// A job became due.
    Work,
    /// A session changed its state.
    Session(i64),
}

impl Signal {
    fn text(self) -> String {
        match self {
            Self::Activity(id) => format!("activity {id}"),
            Self::Order(id) => format!("order {id}"),
            Self::Work => "work 0".to_owned(),
            Self::Session(id) => format!("session {id}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(' ')?;
        let id = id.parse().ok()?;
        match kind {
            "activity" => Some(Self::Activity(id)),
            "order" => Some(Self::Order(id)),
            "work" => Some(Self::Work),
            "session" => Some(Self::Session(id)),
            _ => None,
        }
    }
}

enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Pg(PgPool),
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pools: Arc<Pools>,
    gate: Arc<dyn Gate>,
    signals: broadcast::Sender<Signal>,
    clock: Arc<ClockWatch>,
}

const NOTIFY: Stmt = Stmt::two(
    "SELECT 1",
    "SELECT 1 FROM (SELECT pg_notify('autopurchase', $1)) AS sent",
);
/// How often a transaction that was undone without a trace is run again.
const TRIES: u32 = 8;

impl Store {
    /// Opens the database; the schema is not touched.
    ///
    /// # Errors
    /// When it cannot be reached or opened.
    pub async fn open(
        target: &Target,
        options: Options,
        gate: Arc<dyn Gate>,
    ) -> Result<Self, Error> {
        let pools = match target {
            Target::Sqlite(path) => {
                let synchronous = if options.durable {
                    SqliteSynchronous::Full
                } else {
                    SqliteSynchronous::Off
                };
                let base = SqliteConnectOptions::new()
                    .filename(path)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(synchronous)
                    .busy_timeout(Duration::from_secs(5))
                    .pragma("cache_size", "-2048")
                    .statement_cache_capacity(256);
                let write = SqlitePoolOptions::new()
                    .max_connections(1)
                    .min_connections(1)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .test_before_acquire(false)
                    .connect_with(base.clone().create_if_missing(true))
                    .await?;
                let read = SqlitePoolOptions::new()
                    .max_connections(options.connections)
                    .min_connections(1)
                    .max_lifetime(None)
                    .test_before_acquire(false)
                    .connect_with(base.pragma("query_only", "ON"))
                    .await?;
                Pools::Sqlite { write, read }
            }
            Target::Pg(url) => {
                let mut connect = PgConnectOptions::from_str(url)?.application_name("autopurchase");
                if !options.durable {
                    connect = connect.options([("synchronous_commit", "off")]);
                }
                Pools::Pg(
                    PgPoolOptions::new()
                        .max_connections(options.connections)
                        .test_before_acquire(false)
                        .connect_with(connect)
                        .await?,
                )
            }
        };
        let (signals, _) = broadcast::channel(1024);
        Ok(Self {
            pools: Arc::new(pools),
            gate,
            signals,
            clock: Arc::default(),
        })
    }

    /// Brings the schema to what this program knows; does nothing when it is there already.
    ///
    /// # Errors
    /// When a step fails; steps before it stand.
    pub async fn migrate(&self) -> Result<(), Error> {
        let done = match &*self.pools {
            Pools::Sqlite { write, .. } => migrator(Dialect::Sqlite).run(write).await,
            // The migrator takes PostgreSQL's advisory lock, so that nodes starting together take turns.
            Pools::Pg(pool) => migrator(Dialect::Pg).run(pool).await,
        };
        done.map_err(|e| Error::Other(sqlx::Error::Migrate(Box::new(e))))
    }

    /// This machine's clock against the database's.
    #[must_use]
    pub fn clock(&self) -> &ClockWatch {
        &self.clock
    }

    /// Which database this is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &*self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Pg(_) => Dialect::Pg,
        }
    }

    /// A connection for reading. Statements that write fail on it.
    ///
    /// # Errors
    /// When none can be had.
    pub async fn read(&self) -> Result<Db, Error> {
        let handle = match &*self.pools {
            Pools::Sqlite { read, .. } => Handle::Sqlite(read.acquire().await?),
            Pools::Pg(pool) => Handle::Pg(pool.acquire().await?),
        };
        Ok(Db {
            handle,
            signals: Vec::new(),
        })
    }

    /// Runs `work` in one write transaction and commits it.
    ///
    /// `work` sees only the transaction and may be run several times: when the database undid it
    /// because somebody else was faster, it is simply run again. The whole runs on its own task, so
    /// that a caller who goes away does not tear a transaction.
    ///
    /// # Errors
    /// What `work` gave (then nothing was changed), or the database's own. [`Error::CommitUnknown`]
    /// means that the transaction may stand: re-read by an id made before.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Transient + Send + 'static,
        F: for<'t> Fn(&'t mut Db) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>
            + Send
            + Sync
            + 'static,
    {
        self.gate.reach(Point::BeforeTransaction).await;
        let store = self.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "a transaction runs to its end even when its caller is dropped"
        )]
        let task = tokio::spawn(async move { store.write_here(work).await });
        let done = match task.await {
            Ok(done) => done,
            Err(join) => Err(E::from(Error::CommitUnknown(sqlx::Error::Io(
                std::io::Error::other(join.to_string()),
            )))),
        };
        self.gate.reach(Point::AfterCommit).await;
        done
    }

    async fn write_here<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: From<Error> + Transient,
        F: for<'t> Fn(&'t mut Db) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.write_once(&work).await {
                Err(error) if error.is_transient() && tries < TRIES => {
                    tracing::debug!(tries, "transaction undone, running it again");
                }
                other => return other,
            }
        }
    }

    async fn write_once<T, E, F>(&self, work: &F) -> Result<T, E>
    where
        E: From<Error> + Transient,
        F: for<'t> Fn(&'t mut Db) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>,
    {
        let handle = match &*self.pools {
            Pools::Sqlite { write, .. } => Handle::SqliteTx(
                write
                    .begin_with("BEGIN IMMEDIATE")
                    .await
                    .map_err(Error::from)?,
            ),
            Pools::Pg(pool) => Handle::PgTx(pool.begin().await.map_err(Error::from)?),
        };
        let mut db = Db {
            handle,
            signals: Vec::new(),
        };
        let value = work(&mut db).await?;
        if matches!(db.handle, Handle::PgTx(_)) {
            for signal in db.signals.clone() {
                db.exec(&NOTIFY, crate::args![signal.text()]).await?;
            }
        }
        self.gate.reach(Point::BeforeCommit).await;
        let Db { handle, signals } = db;
        let committed = match handle {
            Handle::SqliteTx(tx) => tx.commit().await,
            Handle::PgTx(tx) => tx.commit().await,
            Handle::Sqlite(_) | Handle::Pg(_) => Ok(()),
        };
        if let Err(error) = committed {
            let error = Error::from(error);
            // A serialization failure at COMMIT is a clear word: nothing stands.
            return Err(E::from(match error {
                Error::Busy(_) => error,
                Error::Other(inner) => Error::CommitUnknown(inner),
                other => other,
            }));
        }
        for signal in signals {
            // Nobody listening is fine: signals are hints.
            let _ = self.signals.send(signal);
        }
        Ok(value)
    }

    /// Signals of this process, from now on. Lossy: a slow listener must look for itself.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }

    /// On PostgreSQL: passes on the signals of other nodes until the connection fails. On SQLite it
    /// never returns. The caller starts it again; the program works without it.
    ///
    /// # Errors
    /// When the listening connection fails.
    pub async fn relay_signals(&self) -> Result<(), Error> {
        match &*self.pools {
            Pools::Sqlite { .. } => std::future::pending().await,
            Pools::Pg(pool) => {
                let mut listener = sqlx::postgres::PgListener::connect_with(pool).await?;
                listener.listen("autopurchase").await?;
                loop {
                    let note = listener.recv().await?;
                    if let Some(signal) = Signal::parse(note.payload()) {
                        let _ = self.signals.send(signal);
                    }
                }
            }
        }
    }

    /// Closes every connection, after the running statements.
    pub async fn close(&self) {
        match &*self.pools {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Pg(pool) => pool.close().await,
        }
    }
}
