//! The imitated marketplaces: the other side of the trade, to train on and to test against.
//!
//! [`Sandbox::open`] gives a sandbox with its state in memory and its journal in an own `SQLite`
//! file. [`Sandbox::router`] puts it behind a listener, [`Sandbox::call`] answers a request in
//! process; both serve the gateways on their real paths, the pages buyers see, the seller's
//! console under `/console` and the machine interface under `/control` (`docs/sandbox.md`).
//! Nothing happens by itself: time passes in [`Sandbox::tick`].
//!
//! This crate must not share a type with the connectors, so that they cannot share a mistake.
//! A marketplace is a folder and a line in `marketplace::ALL`.

pub mod catalogue;
mod console;
mod control;
mod deliveries;
mod fault;
mod held;
mod incoming;
mod journal;
mod knobs;
mod limits;
mod m1688;
mod marketplace;
mod messages;
mod moment;
mod money;
mod order_page;
mod picture;
mod router;
mod sandbox;
mod shop;
mod state;
mod table;
mod taobao;
mod tokens;
mod trade;

pub use deliveries::{PushDelivery, PushId};
pub use fault::{Error, Fault};
pub use incoming::Peer;
pub use sandbox::{Options, Sandbox};
