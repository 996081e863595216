//! The schema, step by step: forward only, written once, translated for each database.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

/// Which database a text is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Pg,
}

const STEPS: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("../migrations/0001_first.sql")),
    (
        2,
        "parcel requests",
        include_str!("../migrations/0002_parcel_requests.sql"),
    ),
    (
        3,
        "what_pages_ask",
        include_str!("../migrations/0003_what_pages_ask.sql"),
    ),
    (
        4,
        "orderables",
        include_str!("../migrations/0004_orderables.sql"),
    ),
    (
        5,
        "app_days",
        include_str!("../migrations/0005_app_days.sql"),
    ),
    (
        6,
        "other_numbers",
        include_str!("../migrations/0006_other_numbers.sql"),
    ),
    (
        7,
        "building",
        include_str!("../migrations/0007_building.sql"),
    ),
    (8, "payment", include_str!("../migrations/0008_payment.sql")),
];

/// Every step in the words of `dialect`.
pub(crate) fn migrator(dialect: Dialect) -> Migrator {
    let steps = STEPS
        .iter()
        .map(|(version, name, sql)| {
            let sql = AssertSqlSafe(translate(sql, dialect)).into_sql_str();
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false)
        })
        .collect();
    let mut migrator = Migrator::with_migrations(steps);
    // An older node beside a newer schema must go on: steps that it does not know are not an error.
    migrator.set_ignore_missing(true);
    migrator
}

/// Keeps the dialect's own blocks and puts its words for the neutral types.
pub fn translate(sql: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut only = None;
    for line in sql.lines() {
        match line.trim() {
            "--only sqlite" => only = Some(Dialect::Sqlite),
            "--only pg" => only = Some(Dialect::Pg),
            "--end" => only = None,
            text if text.starts_with("--") => {}
            _ if only.is_some_and(|d| d != dialect) => {}
            _ => {
                translate_line(line, dialect, &mut out);
                out.push('\n');
            }
        }
    }
    out
}

fn translate_line(line: &str, dialect: Dialect, out: &mut String) {
    let mut rest = line;
    while !rest.is_empty() {
        let word = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        if word == 0 {
            let next = rest.chars().next().map_or(1, char::len_utf8);
            out.push_str(&rest[..next]);
            rest = &rest[next..];
            continue;
        }
        out.push_str(match (dialect, &rest[..word]) {
            (Dialect::Sqlite, "BIGINT" | "BOOL") => "INTEGER",
            (Dialect::Sqlite, "BYTES") => "BLOB",
            (Dialect::Pg, "BOOL") => "BOOLEAN",
            (Dialect::Pg, "BYTES") => "BYTEA",
            (Dialect::Pg, "TEXT") => "TEXT COLLATE \"C\"",
            (Dialect::Pg, "STRICT") => "",
            (_, same) => same,
        });
        rest = &rest[word..];
    }
}
