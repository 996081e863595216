//! Purchases: orders that exist at a marketplace, and what we know of them.

pub mod bind;
pub mod cancel;
pub mod read;
pub mod record;
pub mod unbind;
pub mod strangers;

pub use record::{Recorded, Snapshot, Source};
