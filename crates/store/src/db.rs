//! One way to speak to both databases: statements, arguments, rows.
//!
//! A statement is one text with `$1…` placeholders that both understand; where the dialects differ
//! it has two. Nothing outside this crate sees a driver type.

use crate::error::Error;
use crate::migrate::Dialect;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{
    Arguments as _, AssertSqlSafe, PgConnection, Postgres, Row as _, SqlSafeStr as _, Sqlite,
    SqliteConnection,
};
use std::borrow::Cow;

/// A statement, in one text for both databases or in two.
#[derive(Clone, Debug)]
pub struct Stmt {
    sqlite: Cow<'static, str>,
    pg: Cow<'static, str>,
}

impl Stmt {
    /// The same text for both.
    #[must_use]
    pub const fn both(sql: &'static str) -> Self {
        Self {
            sqlite: Cow::Borrowed(sql),
            pg: Cow::Borrowed(sql),
        }
    }

    /// A text for each.
    #[must_use]
    pub const fn two(sqlite: &'static str, pg: &'static str) -> Self {
        Self {
            sqlite: Cow::Borrowed(sqlite),
            pg: Cow::Borrowed(pg),
        }
    }

    /// A text assembled from static fragments (never from values).
    #[must_use]
    pub fn assembled(sql: String) -> Self {
        Self {
            sqlite: Cow::Owned(sql.clone()),
            pg: Cow::Owned(sql),
        }
    }

    /// The text for `dialect`.
    #[must_use]
    pub fn text(&self, dialect: Dialect) -> &str {
        match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Pg => &self.pg,
        }
    }
}

/// Statements as constants, and all of them in `ALL` for the test that prepares each on both databases.
#[macro_export]
macro_rules! statements {
    ($($name:ident = $sql:expr $(, pg = $pg:expr)?;)*) => {
        $(pub(crate) const $name: $crate::db::Stmt = $crate::statements!(@one $sql $(, $pg)?);)*
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, $crate::db::Stmt)] = &[$((stringify!($name), $name)),*];
    };
    (@one $sql:expr) => { $crate::db::Stmt::both($sql) };
    (@one $sql:expr, $pg:expr) => { $crate::db::Stmt::two($sql, $pg) };
}

/// A value on its way into a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// Number or nothing.
    Int(Option<i64>),
    /// Text or nothing. NUL characters, which PostgreSQL does not take, become U+FFFD.
    Text(Option<String>),
    /// Yes or no.
    Bool(bool),
    /// Raw bytes.
    Bytes(Vec<u8>),
}

macro_rules! arg_from {
    ($($from:ty => |$value:ident| $arg:expr;)*) => { $(impl From<$from> for Arg { fn from($value: $from) -> Self { $arg } })* };
}
arg_from! {
    i64 => |v| Self::Int(Some(v));
    Option<i64> => |v| Self::Int(v);
    &i64 => |v| Self::Int(Some(*v));
    bool => |v| Self::Bool(v);
    String => |v| Self::Text(Some(v));
    &String => |v| Self::Text(Some(v.clone()));
    &str => |v| Self::Text(Some(v.to_owned()));
    Option<String> => |v| Self::Text(v);
    &Option<String> => |v| Self::Text(v.clone());
    Option<&str> => |v| Self::Text(v.map(str::to_owned));
    Vec<u8> => |v| Self::Bytes(v);
    world::Timestamp => |v| Self::Int(Some(v.0));
    Option<world::Timestamp> => |v| Self::Int(v.map(|t| t.0));
    domain::Fen => |v| Self::Int(Some(v.0));
    Option<domain::Fen> => |v| Self::Int(v.map(|f| f.0));
    &domain::Amount => |v| Self::Text(Some(v.as_text().to_owned()));
    domain::ItemStatus => |v| Self::Text(Some(v.code().to_owned()));
    domain::OrderStatus => |v| Self::Text(Some(v.code().to_owned()));
    domain::PurchaseStatus => |v| Self::Text(Some(v.code().to_owned()));
}

/// Arguments in the order of their placeholders.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Arg::from($value)),*][..] };
}

/// One row of an answer.
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Pg(PgRow),
}

impl Row {
    /// The value of a column.
    pub fn get<T: Column>(&self, column: &'static str) -> Result<T, Error> {
        T::read(self, column)
    }
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads it.
    fn read(row: &Row, column: &'static str) -> Result<Self, Error>;
}

macro_rules! column {
    ($($ty:ty),*) => { $(impl Column for $ty {
        fn read(row: &Row, column: &'static str) -> Result<Self, Error> {
            Ok(match row {
                Row::Sqlite(row) => row.try_get(column)?,
                Row::Pg(row) => row.try_get(column)?,
            })
        }
    })* };
}
column!(i64, Option<i64>, String, Option<String>, bool, Vec<u8>);

macro_rules! column_via {
    ($($ty:ty, $via:ty, |$value:ident| $expr:expr, $expected:literal;)*) => { $(
        impl Column for $ty {
            fn read(row: &Row, column: &'static str) -> Result<Self, Error> {
                let $value = <$via as Column>::read(row, column)?;
                let found = $value.clone();
                $expr.ok_or_else(|| Error::Unexpected { column, found: format!("{found:?}"), expected: $expected })
            }
        }
    )* };
}
column_via! {
    world::Timestamp, i64, |v| Some(world::Timestamp(v)), "a moment";
    Option<world::Timestamp>, Option<i64>, |v| Some(v.map(world::Timestamp)), "a moment";
    domain::Fen, i64, |v| Some(domain::Fen(v)), "an amount";
    Option<domain::Fen>, Option<i64>, |v| Some(v.map(domain::Fen)), "an amount";
    domain::Amount, String, |v| v.parse().ok(), "an amount";
    domain::ItemStatus, String, |v| domain::ItemStatus::from_code(&v), "an item status";
    domain::OrderStatus, String, |v| domain::OrderStatus::from_code(&v), "an order status";
    Option<domain::OrderStatus>, Option<String>, |v| v.map_or(Some(None), |c| domain::OrderStatus::from_code(&c).map(Some)), "an order status";
    domain::PurchaseStatus, String, |v| Some(domain::PurchaseStatus::from_code(&v)), "a purchase status";
}

/// A type that a whole row can be read as.
pub trait Record: Sized + Send + Unpin {
    /// Reads it.
    fn read(row: &Row) -> Result<Self, Error>;
}

impl Record for i64 {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(match row {
            Row::Sqlite(row) => row.try_get(0)?,
            Row::Pg(row) => row.try_get(0)?,
        })
    }
}

impl Record for String {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(match row {
            Row::Sqlite(row) => row.try_get(0)?,
            Row::Pg(row) => row.try_get(0)?,
        })
    }
}

/// A struct whose fields are columns of the same name.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* pub $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name { $($(#[$fmeta])* pub $field: $ty,)* }
        impl $crate::db::Record for $name {
            fn read(row: &$crate::db::Row) -> Result<Self, $crate::Error> {
                Ok(Self { $($field: row.get(stringify!($field))?,)* })
            }
        }
    };
}

pub(crate) enum Handle {
    Sqlite(sqlx::pool::PoolConnection<Sqlite>),
    Pg(sqlx::pool::PoolConnection<Postgres>),
    SqliteTx(sqlx::Transaction<'static, Sqlite>),
    PgTx(sqlx::Transaction<'static, Postgres>),
}

/// A connection for reading, or an open write transaction: the only thing that statements run on.
pub struct Db {
    pub(crate) handle: Handle,
    pub(crate) signals: Vec<crate::Signal>,
}

enum Conn<'a> {
    Sqlite(&'a mut SqliteConnection),
    Pg(&'a mut PgConnection),
}

fn sqlite_args(args: &[Arg]) -> Result<SqliteArguments, Error> {
    let mut out = SqliteArguments::default();
    for arg in args {
        match arg {
            Arg::Int(v) => out.add(*v),
            Arg::Text(v) => out.add(v.as_deref().map(without_nul)),
            Arg::Bool(v) => out.add(*v),
            Arg::Bytes(v) => out.add(v.clone()),
        }
        .map_err(|e| Error::Other(sqlx::Error::Encode(e)))?;
    }
    Ok(out)
}

fn pg_args(args: &[Arg]) -> Result<PgArguments, Error> {
    let mut out = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Int(v) => out.add(*v),
            Arg::Text(v) => out.add(v.as_deref().map(without_nul)),
            Arg::Bool(v) => out.add(*v),
            Arg::Bytes(v) => out.add(v.clone()),
        }
        .map_err(|e| Error::Other(sqlx::Error::Encode(e)))?;
    }
    Ok(out)
}

fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

impl Db {
    fn conn(&mut self) -> Conn<'_> {
        match &mut self.handle {
            Handle::Sqlite(c) => Conn::Sqlite(c),
            Handle::Pg(c) => Conn::Pg(c),
            Handle::SqliteTx(c) => Conn::Sqlite(c),
            Handle::PgTx(c) => Conn::Pg(c),
        }
    }

    /// Which database this is, for the few statements that are assembled.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.handle {
            Handle::Sqlite(_) | Handle::SqliteTx(_) => Dialect::Sqlite,
            Handle::Pg(_) | Handle::PgTx(_) => Dialect::Pg,
        }
    }

    /// Runs a statement; gives the number of rows that it touched.
    pub async fn exec(&mut self, stmt: &Stmt, args: &[Arg]) -> Result<u64, Error> {
        Ok(match self.conn() {
            Conn::Sqlite(c) => {
                let sql = AssertSqlSafe(stmt.sqlite.clone().into_owned()).into_sql_str();
                sqlx::query_with::<Sqlite, _>(sql, sqlite_args(args)?)
                    .execute(c)
                    .await?
                    .rows_affected()
            }
            Conn::Pg(c) => {
                let sql = AssertSqlSafe(stmt.pg.clone().into_owned()).into_sql_str();
                sqlx::query_with::<Postgres, _>(sql, pg_args(args)?)
                    .execute(c)
                    .await?
                    .rows_affected()
            }
        })
    }

    /// Runs a statement that must touch exactly one row; says whether it did.
    pub async fn exec_one(&mut self, stmt: &Stmt, args: &[Arg]) -> Result<bool, Error> {
        Ok(self.exec(stmt, args).await? == 1)
    }

    /// Every row of an answer. The statement itself must bound their number.
    pub async fn all<T: Record>(&mut self, stmt: &Stmt, args: &[Arg]) -> Result<Vec<T>, Error> {
        match self.conn() {
            Conn::Sqlite(c) => {
                let sql = AssertSqlSafe(stmt.sqlite.clone().into_owned()).into_sql_str();
                let rows = sqlx::query_with::<Sqlite, _>(sql, sqlite_args(args)?)
                    .fetch_all(c)
                    .await?;
                rows.into_iter()
                    .map(|row| T::read(&Row::Sqlite(row)))
                    .collect()
            }
            Conn::Pg(c) => {
                let sql = AssertSqlSafe(stmt.pg.clone().into_owned()).into_sql_str();
                let rows = sqlx::query_with::<Postgres, _>(sql, pg_args(args)?)
                    .fetch_all(c)
                    .await?;
                rows.into_iter().map(|row| T::read(&Row::Pg(row))).collect()
            }
        }
    }

    /// The only row of an answer, or none.
    pub async fn opt<T: Record>(&mut self, stmt: &Stmt, args: &[Arg]) -> Result<Option<T>, Error> {
        Ok(self.all(stmt, args).await?.into_iter().next())
    }

    /// The only row of an answer; `what` names it when it is missing.
    pub async fn one<T: Record>(
        &mut self,
        stmt: &Stmt,
        args: &[Arg],
        what: &'static str,
    ) -> Result<T, Error> {
        self.opt(stmt, args).await?.ok_or(Error::Missing(what))
    }

    /// Tells whoever listens, once this transaction is committed.
    pub fn signal(&mut self, signal: crate::Signal) {
        if !self.signals.contains(&signal) {
            self.signals.push(signal);
        }
    }

    #[cfg(test)]
    pub(crate) async fn prepare(&mut self, stmt: &Stmt) -> Result<(), Error> {
        use sqlx::Executor as _;
        match self.conn() {
            Conn::Sqlite(c) => {
                c.prepare(AssertSqlSafe(stmt.sqlite.clone().into_owned()).into_sql_str())
                    .await?;
            }
            Conn::Pg(c) => {
                c.prepare(AssertSqlSafe(stmt.pg.clone().into_owned()).into_sql_str())
                    .await?;
            }
        }
        Ok(())
    }
}

/// `$from, $from+1, …`: placeholders for a list of `n` values.
#[must_use]
pub fn placeholders(from: usize, n: usize) -> String {
    (from..from + n)
        .map(|i| format!("${i}"))
        .collect::<Vec<_>>()
        .join(", ")
}
