//! What every operation is given: the system, and who acts.

use crate::{AppError, KeyRing, Markets};
use std::fmt;
use std::sync::Arc;
use store::Store;
use world::{Timestamp, World};

/// Facts of this installation that operations need.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where browsers and marketplaces reach the panel; login callbacks come back here.
    pub public_url: url::Url,
    /// Name of this process among the nodes, for leases.
    pub node: String,
    /// Milliseconds that one call to a marketplace may take.
    pub call_millis: u64,
}

/// The system. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Database.
    pub store: Store,
    /// Clock, ids, randomness, gate.
    pub world: World,
    /// Marketplaces and the way out to them.
    pub markets: Arc<Markets>,
    /// Keys for secrets at rest.
    pub keys: Arc<KeyRing>,
    /// Facts of this installation.
    pub config: Arc<Config>,
}

impl App {
    /// Now, by the database's clock: the wall clock with what it is off.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp(self.world.now().0 + self.store.clock().offset_micros())
    }

    /// The system as `actor` uses it.
    #[must_use]
    pub fn acting(&self, actor: Actor) -> Ctx {
        Ctx {
            app: self.clone(),
            actor,
        }
    }

    /// The system as one of its own programs uses it.
    #[must_use]
    pub fn program(&self, name: &'static str) -> Ctx {
        self.acting(Actor::Program(name))
    }

    /// Random bytes as lower-case hexadecimal text.
    #[must_use]
    pub fn random_hex(&self, bytes: usize) -> String {
        let mut buffer = vec![0; bytes];
        self.world.random.fill(&mut buffer);
        data_encoding::HEXLOWER.encode(&buffer)
    }
}

/// Who acts. Written into activities and history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A person who is signed in.
    Person {
        /// Row id of the user.
        id: i64,
        /// Login name.
        login: String,
    },
    /// The system, carrying on what this person began.
    Behalf(String),
    /// A part of the system: `synchronization`, `search`, `command line`.
    Program(&'static str),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { login, .. } | Self::Behalf(login) => f.write_str(login),
            Self::Program(name) => write!(f, "[{name}]"),
        }
    }
}

/// The system, and who acts.
#[derive(Clone)]
pub struct Ctx {
    /// The system.
    pub app: App,
    /// Who acts.
    pub actor: Actor,
}

impl Ctx {
    /// Now, by the database's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// A fresh row id.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.app.world.id()
    }

    /// The person's name, where money is moved: nothing that acts by itself may do that.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] when the one who acts may not.
    pub fn cashier(&self) -> Result<String, AppError> {
        self.person()
    }

    /// The person's name, where a named person is needed.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] when a program acts.
    pub fn person(&self) -> Result<String, AppError> {
        match &self.actor {
            Actor::Person { login, .. } => Ok(login.clone()),
            Actor::Behalf(_) | Actor::Program(_) => Err(AppError::Forbidden),
        }
    }
}
