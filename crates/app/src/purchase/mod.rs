//! Purchases: orders that exist at a marketplace, and what we know of them.

pub mod accept;
pub mod bind;
pub mod cancel;
pub mod due;
pub mod list;
pub(crate) mod other_numbers;
pub mod pay;
pub mod pay_link;
pub mod read;
pub mod record;
pub mod strangers;
pub mod unbind;
pub mod view;

pub use record::{Recorded, Snapshot, Source};
