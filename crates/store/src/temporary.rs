//! Databases for tests: each made new, migrated, and gone at the end.
//!
//! `AUTOPURCHASE_TEST_PG` holds the address of a PostgreSQL server where databases may be made, or
//! the word `skip`. Where it is missing the tests fail: a storage test that ran on one database
//! only must not look like one that passed.

use crate::db::{Record, Row};
use crate::store::{Options, Store, Target};
use crate::{Db, Error, Stmt, args};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A database for one test.
pub struct Temporary {
    /// The database, migrated.
    pub store: Store,
    /// Where it is, to open it once more.
    pub target: Target,
    kept: Kept,
}

enum Kept {
    File(PathBuf),
    Database { base: String, name: String },
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Self::File(folder) = self {
            // A folder that stays behind in the machine's memory hurts nobody.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

const OPTIONS: Options = Options {
    connections: 4,
    durable: false,
};

fn world() -> world::World {
    world::World::system()
}

impl Temporary {
    /// On SQLite, in memory where the machine has a place for that.
    pub async fn sqlite() -> Result<Self, Error> {
        let shm = PathBuf::from("/dev/shm");
        let root = if shm.is_dir() {
            shm
        } else {
            std::env::temp_dir()
        };
        let folder = root.join(format!(
            "autopurchase-test-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::SeqCst)
        ));
        std::fs::create_dir_all(&folder).map_err(|e| Error::CannotWrite(e.to_string()))?;
        let target = Target::Sqlite(folder.join("data.sqlite"));
        let store = Store::open(&target, OPTIONS, Arc::clone(&world().gate)).await?;
        store.migrate().await?;
        Ok(Self {
            store,
            target,
            kept: Kept::File(folder),
        })
    }

    /// On PostgreSQL; none when the tests were told to skip it.
    ///
    /// # Panics
    /// When the tests were not told where PostgreSQL is.
    #[expect(
        clippy::panic,
        reason = "only tests call this, and a test without its database must fail loudly"
    )]
    pub async fn postgres() -> Result<Option<Self>, Error> {
        let base = match std::env::var("AUTOPURCHASE_TEST_PG") {
            Ok(base) if base == "skip" => return Ok(None),
            Ok(base) => base,
            Err(error) => panic!(
                "AUTOPURCHASE_TEST_PG: {error}; set it to a postgres:// address where databases may be made, or to `skip`"
            ),
        };
        let name = format!(
            "autopurchase_test_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::SeqCst)
        );
        let admin = Store::open(
            &Target::Pg(base.clone()),
            OPTIONS,
            Arc::clone(&world().gate),
        )
        .await?;
        let mut db = admin.read().await?;
        db.exec(
            &Stmt::assembled(format!("DROP DATABASE IF EXISTS {name}")),
            args![],
        )
        .await?;
        db.exec(
            &Stmt::assembled(format!("CREATE DATABASE {name} TEMPLATE template0")),
            args![],
        )
        .await?;
        drop(db);
        admin.close().await;
        let target = Target::Pg(beside(&base, &name));
        let store = Store::open(&target, OPTIONS, Arc::clone(&world().gate)).await?;
        store.migrate().await?;
        Ok(Some(Self {
            store,
            target,
            kept: Kept::Database { base, name },
        }))
    }

    /// One of each.
    pub async fn both() -> Result<Vec<Self>, Error> {
        let mut out = vec![Self::sqlite().await?];
        out.extend(Self::postgres().await?);
        Ok(out)
    }

    /// Takes the database away.
    pub async fn end(self) -> Result<(), Error> {
        self.store.close().await;
        if let Kept::Database { base, name } = &self.kept {
            let admin = Store::open(
                &Target::Pg(base.clone()),
                OPTIONS,
                Arc::clone(&world().gate),
            )
            .await?;
            admin
                .read()
                .await?
                .exec(
                    &Stmt::assembled(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")),
                    args![],
                )
                .await?;
            admin.close().await;
        }
        Ok(())
    }
}

/// The address of another database on the same server.
fn beside(base: &str, name: &str) -> String {
    let (address, parameters) = base
        .split_once('?')
        .map_or((base, None), |(a, p)| (a, Some(p)));
    let after_scheme = address.find("://").map_or(0, |at| at + 3);
    let address = address[after_scheme..]
        .find('/')
        .map_or(address, |slash| &address[..after_scheme + slash]);
    match parameters {
        Some(parameters) => format!("{address}/{name}?{parameters}"),
        None => format!("{address}/{name}"),
    }
}

/// A line of a database's own account of how it would answer.
struct PlanLine(String);

impl Record for PlanLine {
    fn read(row: &Row) -> Result<Self, Error> {
        match row {
            Row::Sqlite(_) => row.get::<String>("detail").map(Self),
            Row::Pg(_) => row.get::<String>("QUERY PLAN").map(Self),
        }
    }
}

/// How the database would answer a statement. On PostgreSQL as if a full scan and a sort cost very
/// much, so that small tables tell what large ones would do.
pub async fn plan(db: &mut Db, stmt: &Stmt, values: &[crate::Arg]) -> Result<Vec<String>, Error> {
    let text = stmt.text(db.dialect()).to_owned();
    let explain = match db.dialect() {
        crate::Dialect::Sqlite => format!("EXPLAIN QUERY PLAN {text}"),
        crate::Dialect::Pg => {
            as_if_large(db).await?;
            format!("EXPLAIN {text}")
        }
    };
    explained(db, explain, values).await
}

/// On PostgreSQL: the same whatever the values are.
pub async fn generic_plan(db: &mut Db, stmt: &Stmt) -> Result<Vec<String>, Error> {
    let text = stmt.text(db.dialect());
    as_if_large(db).await?;
    db.exec(
        &Stmt::both("SET plan_cache_mode = force_generic_plan"),
        args![],
    )
    .await?;
    let prepare = format!("PREPARE explained AS {text}");
    db.exec(&Stmt::assembled(prepare), args![]).await?;
    let values = (1..100)
        .take_while(|n| text.contains(&format!("${n}")))
        .map(|_| "NULL")
        .collect::<Vec<_>>()
        .join(", ");
    let values = if values.is_empty() {
        values
    } else {
        format!("({values})")
    };
    let lines = explained(db, format!("EXPLAIN EXECUTE explained{values}"), &[]).await?;
    db.exec(&Stmt::both("DEALLOCATE explained"), args![])
        .await?;
    Ok(lines)
}

async fn as_if_large(db: &mut Db) -> Result<(), Error> {
    for setting in [
        "SET enable_seqscan = off",
        "SET enable_sort = off",
        "SET enable_bitmapscan = off",
    ] {
        db.exec(&Stmt::both(setting), args![]).await?;
    }
    Ok(())
}

async fn explained(
    db: &mut Db,
    explain: String,
    values: &[crate::Arg],
) -> Result<Vec<String>, Error> {
    Ok(db
        .all::<PlanLine>(&Stmt::assembled(explain), values)
        .await?
        .into_iter()
        .map(|line| line.0)
        .collect())
}
