//! What can go wrong between us and the database.

/// A failed statement or transaction.
#[derive(thiserror::Error, Debug)]
pub enum Error {
    /// Somebody else held the rows; the transaction was undone and may simply run again.
    #[error("the database was busy")]
    Busy(#[source] sqlx::Error),
    /// The database refused a row by a CHECK: the rule that it names stands in the way.
    #[error("refused by the rule {0}")]
    Check(String),
    /// A row with that key exists.
    #[error("exists already ({0})")]
    Exists(String),
    /// COMMIT was sent and its answer is missing: the transaction may stand or not. Re-read by id.
    #[error("the database did not confirm the commit")]
    CommitUnknown(#[source] sqlx::Error),
    /// The disk is full or does not keep what is written.
    #[error("the database cannot write: {0}")]
    CannotWrite(String),
    /// A stored value does not have the form that the code expects.
    #[error("column {column} holds {found:?}, which is not {expected}")]
    Unexpected {
        /// Column.
        column: &'static str,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// A row was changed between reading and writing it; run again, the transaction sees how it is.
    #[error("{0} was changed meanwhile")]
    Overtaken(&'static str),
    /// A row that must exist does not.
    #[error("no such {0}")]
    Missing(&'static str),
    /// Anything else.
    #[error("database: {0}")]
    Other(#[source] sqlx::Error),
}

/// Says of an error whether the transaction may simply run again.
pub trait Transient {
    /// Undone without a trace; running again may succeed.
    fn is_transient(&self) -> bool;
}

impl Transient for Error {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Overtaken(_))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return Self::Other(error);
        };
        let code = database.code().unwrap_or_default().into_owned();
        let name = || {
            database
                .constraint()
                .map_or_else(|| constraint_in(database.message()), str::to_owned)
        };
        match code.as_str() {
            // SQLite: BUSY and LOCKED with their extended codes; PostgreSQL: serialization, deadlock, lock time-out.
            "5" | "6" | "261" | "262" | "517" | "773" | "40001" | "40P01" | "55P03" => {
                Self::Busy(error)
            }
            "275" | "23514" => Self::Check(name()),
            "1555" | "2067" | "23505" => Self::Exists(name()),
            // SQLite: disk full, any I/O error, read-only; PostgreSQL: disk full, I/O error, read-only.
            "13" | "8" | "53100" | "58030" | "25006" => {
                Self::CannotWrite(database.message().to_owned())
            }
            // SQLite keeps the kind of I/O error in the higher bits of an extended code.
            other
                if other
                    .parse::<i64>()
                    .is_ok_and(|c| c < 100_000 && c & 0xFF == 10) =>
            {
                Self::CannotWrite(database.message().to_owned())
            }
            _ => Self::Other(error),
        }
    }
}

/// SQLite names the constraint only in its text: `CHECK constraint failed: items_units`.
fn constraint_in(message: &str) -> String {
    message.rsplit(": ").next().unwrap_or(message).to_owned()
}
