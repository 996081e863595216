//! Booking: from a press of the button to purchases in the books, at most once and never lost.
//!
//! [`book`] begins a run; each order to place is a *group* with a job of its own ([`group`]):
//! preview, ceiling, intent, permit, send, outcome, read-back. Everything learnt about a booking
//! enters through [`evidence`]. Unknown outcomes are only ever looked up ([`look`]).

pub mod adopt;
mod allocation;
pub mod book;
pub(crate) mod building;
pub mod decide;
mod differences;
mod ending;
pub mod evidence;
pub mod group;
pub mod intent;
pub mod look;
mod once_more;
mod refusal;
pub mod release;
pub mod run;
pub mod send;
mod successor;
pub(crate) mod unknown;
pub mod withdraw;

pub(crate) use ending::{building_long, built};
pub use run::{AcceptedTerms, Run};
