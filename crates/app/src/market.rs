//! The marketplaces of this installation: connectors, their addresses and the way out.

use crate::apps::{Counted, Tally};
use crate::{App, AppError, Message};
use marketplaces::{Addresses, AppKey, Caller, Deadline, Marketplace, Pace, Transport};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Db;
use store::apps::AppRow;
use store::paces::Rhythm;
use store::sessions::SessionRow;

/// One marketplace as this installation uses it.
#[derive(Clone)]
pub struct MarketHandle {
    /// The connector.
    pub connector: Arc<dyn Marketplace>,
    /// Where it is reached.
    pub addresses: Addresses,
    /// How often it may be called.
    pub pace: Pace,
}

/// Every marketplace of this installation, and the way out of the process.
pub struct Markets {
    by_code: BTreeMap<&'static str, MarketHandle>,
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// Calls by app that are not in the books yet.
    pub(crate) tally: Tally,
}

impl Markets {
    /// From the handles in use.
    #[must_use]
    pub fn new(handles: Vec<MarketHandle>, transport: Arc<dyn Transport>) -> Self {
        Self {
            by_code: handles
                .into_iter()
                .map(|h| (h.connector.code(), h))
                .collect(),
            transport,
            tally: Tally::default(),
        }
    }

    /// The marketplace of a code.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when this installation has no such marketplace.
    pub fn get(&self, code: &str) -> Result<&MarketHandle, AppError> {
        self.by_code
            .get(code)
            .ok_or(AppError::NotFound("marketplace"))
    }

    /// Every marketplace, by code.
    pub fn all(&self) -> impl Iterator<Item = &MarketHandle> {
        self.by_code.values()
    }
}

/// What calls of one session need, opened: lives as long as the calls.
pub struct SessionCalls {
    /// The marketplace.
    pub market: MarketHandle,
    /// The session as it was read.
    pub session: SessionRow,
    app: AppKey,
    token: SecretString,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn world::Clock>,
    deadline: Deadline,
}

impl SessionCalls {
    /// What a call is given.
    #[must_use]
    pub fn caller(&self) -> Caller<'_> {
        Caller {
            app: &self.app,
            access_token: Some(&self.token),
            transport: &*self.transport,
            addresses: &self.market.addresses,
            clock: &*self.clock,
            deadline: self.deadline,
        }
    }

    /// The connector.
    #[must_use]
    pub fn connector(&self) -> &dyn Marketplace {
        &*self.market.connector
    }
}

/// What calls of one app need, without an account.
pub struct AppCalls {
    /// The marketplace.
    pub market: MarketHandle,
    /// The key, opened.
    pub app: AppKey,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn world::Clock>,
    deadline: Deadline,
}

impl AppCalls {
    /// What a call is given.
    #[must_use]
    pub fn caller(&self) -> Caller<'_> {
        Caller {
            app: &self.app,
            access_token: None,
            transport: &*self.transport,
            addresses: &self.market.addresses,
            clock: &*self.clock,
            deadline: self.deadline,
        }
    }
}

/// The sealed place of an app's secret.
#[must_use]
pub fn secret_place(app: i64) -> String {
    format!("apps.secret.{app}")
}

/// The sealed place of a session's token.
#[must_use]
pub fn token_place(column: &str, session: i64) -> String {
    format!("sessions.{column}.{session}")
}

impl App {
    /// Opens an app's key.
    ///
    /// # Errors
    /// When the secret does not open with our keys.
    pub fn app_key(&self, row: &AppRow) -> Result<AppKey, AppError> {
        Ok(AppKey {
            key: row.app_key.clone(),
            secret: self.keys.open(&secret_place(row.id), &row.secret)?,
        })
    }

    /// Prepares calls of an app.
    ///
    /// # Errors
    /// When the secret does not open, or the marketplace is not in use.
    pub fn app_calls(&self, row: &AppRow) -> Result<AppCalls, AppError> {
        Ok(AppCalls {
            market: self.markets.get(&row.marketplace)?.clone(),
            app: self.app_key(row)?,
            transport: Counted::of(self, row.id),
            clock: self.world.clock.clone(),
            deadline: Deadline {
                millis: self.config.call_millis,
            },
        })
    }

    /// Prepares calls of a session.
    ///
    /// # Errors
    /// When there is no such session, its app is switched off, or a secret does not open.
    pub async fn session_calls(&self, db: &mut Db, session: i64) -> Result<SessionCalls, AppError> {
        let session = store::sessions::by_id(db, session)
            .await?
            .ok_or(AppError::NotFound("session"))?;
        if session.state == "removed" {
            return Err(AppError::refused("session-removed"));
        }
        let app = store::apps::by_id(db, session.app_id)
            .await?
            .ok_or(AppError::NotFound("app"))?;
        if app.is_off() {
            return Err(AppError::Refused(
                Message::of("app-off").with("app", app.label),
            ));
        }
        Ok(SessionCalls {
            market: self.markets.get(&session.marketplace)?.clone(),
            app: self.app_key(&app)?,
            token: self.keys.open(
                &token_place("access_token", session.id),
                &session.access_token,
            )?,
            session,
            transport: Counted::of(self, app.id),
            clock: self.world.clock.clone(),
            deadline: Deadline {
                millis: self.config.call_millis,
            },
        })
    }

    /// The rhythms that a session's calls follow: its app's and its own.
    ///
    /// # Errors
    /// When the marketplace is not in use.
    pub fn rhythms(&self, session: &SessionRow) -> Result<[Rhythm; 2], AppError> {
        let pace = self.markets.get(&session.marketplace)?.pace;
        Ok([
            Rhythm {
                scope: format!("app {}", session.app_id),
                interval_us: pace.app_millis * 1_000,
                burst: 4,
            },
            Rhythm {
                scope: format!("session {}", session.id),
                interval_us: pace.session_millis * 1_000,
                burst: 4,
            },
        ])
    }
}
