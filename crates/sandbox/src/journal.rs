//! The sandbox's own file: one table of rows as JSON, written before anything is answered.
//!
//! `synchronous=NORMAL`: a killed process loses nothing that was answered; only a power cut may
//! take the last moments, which no test of a purchasing desk depends on.

use crate::fault::Error;
use crate::table::Change;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};
use std::path::Path;

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS rows (\
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)\
    ) STRICT, WITHOUT ROWID";
const LOAD: &str = "SELECT kind, id, body FROM rows ORDER BY kind, id";
const SAVE: &str = "INSERT INTO rows (kind, id, body) VALUES ($1, $2, $3) \
    ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body";
const DROP: &str = "DELETE FROM rows WHERE kind = $1 AND id = $2";

/// The open file.
pub(crate) struct Journal {
    connection: SqliteConnection,
}

impl Journal {
    /// Opens or creates the file and gives back everything in it.
    pub(crate) async fn open(path: &Path) -> Result<(Self, Vec<(String, String, String)>), Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            // A second sandbox on the same file would overwrite the first one's rows.
            .locking_mode(SqliteLockingMode::Exclusive)
            .disable_statement_logging();
        let mut connection = SqliteConnection::connect_with(&options).await?;
        sqlx::query(SCHEMA).execute(&mut connection).await?;
        let rows = sqlx::query(LOAD).fetch_all(&mut connection).await?;
        let rows = rows
            .into_iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
            .collect::<Result<_, sqlx::Error>>()?;
        Ok((Self { connection }, rows))
    }

    /// Writes the changes in one transaction.
    pub(crate) async fn write(&mut self, changes: &[Change]) -> Result<(), Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        for (kind, id, body) in changes {
            match body {
                Some(body) => {
                    sqlx::query(SAVE)
                        .bind(kind)
                        .bind(id)
                        .bind(body)
                        .execute(&mut *transaction)
                        .await?;
                }
                None => {
                    sqlx::query(DROP)
                        .bind(kind)
                        .bind(id)
                        .execute(&mut *transaction)
                        .await?;
                }
            }
        }
        transaction.commit().await?;
        Ok(())
    }
}
