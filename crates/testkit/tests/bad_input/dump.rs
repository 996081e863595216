//! Everything that a database holds, as text: to see that a refusal changed nothing.

use anyhow::Result;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use std::collections::BTreeMap;
use store::Target;

/// The rows of every table.
pub type Dump = BTreeMap<String, Vec<String>>;

/// Reads every row of every table.
pub async fn dump(target: &Target) -> Result<Dump> {
    match target {
        Target::Sqlite(path) => {
            let mut db = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await?;
            let tables: Vec<(String,)> = sqlx::query_as(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
            )
            .fetch_all(&mut db)
            .await?;
            let mut out = Dump::new();
            for (table,) in tables {
                let columns: Vec<(String,)> =
                    sqlx::query_as("SELECT name FROM pragma_table_info($1)")
                        .bind(&table)
                        .fetch_all(&mut db)
                        .await?;
                let quoted: Vec<String> = columns
                    .iter()
                    .map(|(name,)| format!("quote(\"{name}\")"))
                    .collect();
                let rows: Vec<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
                    "SELECT {} FROM \"{table}\" ORDER BY 1",
                    quoted.join(" || ' ' || ")
                )))
                .fetch_all(&mut db)
                .await?;
                out.insert(table, rows.into_iter().map(|(row,)| row).collect());
            }
            db.close().await?;
            Ok(out)
        }
        Target::Pg(address) => {
            let mut db = PgConnection::connect(address).await?;
            let tables: Vec<(String,)> = sqlx::query_as(
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
            )
            .fetch_all(&mut db)
            .await?;
            let mut out = Dump::new();
            for (table,) in tables {
                let rows: Vec<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
                    "SELECT to_jsonb(t)::text FROM \"{table}\" t ORDER BY 1"
                )))
                .fetch_all(&mut db)
                .await?;
                out.insert(table, rows.into_iter().map(|(row,)| row).collect());
            }
            db.close().await?;
            Ok(out)
        }
    }
}

/// The tables whose rows differ.
pub fn changed(before: &Dump, after: &Dump) -> Vec<String> {
    before
        .keys()
        .chain(after.keys())
        .filter(|table| before.get(*table) != after.get(*table))
        .cloned()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
}
