//! The only place with SQL: SQLite and PostgreSQL behind one door.
//!
//! Rooms are named after tables. Functions take a [`Db`]: either a reading connection or an open
//! write transaction made by [`Store::write`]. This crate knows nothing of HTTP or marketplaces.

pub mod activities;
pub mod apps;
pub mod bookings;
pub mod clock;
pub mod db;
mod durability;
mod error;
pub mod exceptions;
pub mod history;
pub mod items;
pub mod jobs;
mod lock;
mod migrate;
pub mod offers;
pub mod order_list;
pub mod orderables;
pub mod orders;
pub mod other_numbers;
pub mod paces;
pub mod parcels;
pub mod purchases;
pub mod pushes;
pub mod sessions;
pub mod settings;
#[cfg(test)]
mod statement_tests;
mod store;
pub mod strangers;
#[cfg(any(test, feature = "temporary"))]
pub mod temporary;
pub mod users;

pub use db::{Arg, Db, Record, Row, Stmt};
pub use durability::durability;
pub use error::{Error, Transient};
pub use lock::FileLock;
pub use migrate::Dialect;
pub use store::{Options, Signal, Store, Target};
