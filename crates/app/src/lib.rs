//! Everything the system can do, one operation per file.
//!
//! A page, an API route, a job and a command call the same function here. An operation checks the
//! right, loads, asks `domain` for what follows, and in one transaction saves, appends history and
//! enqueues the work that must come. Marketplaces are called outside any transaction, by jobs.
//! Nothing here renders or speaks HTTP.

pub mod activity;
pub mod apps;
pub mod booking;
mod context;
pub mod desk;
mod error;
pub mod exception;
#[cfg(test)]
mod fake;
pub mod history;
pub mod housekeeping;
pub mod item;
mod job;
mod keys;
mod market;
mod message;
pub mod offer;
pub mod order;
mod paging;
pub mod parcel;
pub mod purchase;
pub mod purchase_tab;
pub mod push;
pub mod restore;
pub mod rows;
pub mod session;
pub mod settings;
pub mod sync;
pub mod user;
pub mod worker;

pub use context::{Actor, App, Config, Ctx};
pub use error::{AppError, FieldError};
pub use job::{JobEnd, JobKind};
pub use keys::KeyRing;
pub use market::{AppCalls, MarketHandle, Markets, SessionCalls};
pub use message::Message;
pub use paging::{IdPage, IdPlace};
pub use store::Signal;
