//! 1688.com, seen from the buyer's side. `README.md` beside this file tells what is known of the
//! interface and from where; nothing outside this folder knows any of it.

mod connector;
mod convert;
mod error;
mod oauth;
mod offer;
mod ordering;
mod preview;
mod push;
mod sign;
mod texts;
mod wire;

pub use connector::M1688;

/// Most lines in one create.
const LINES_PER_ORDER: usize = 50;
/// Longest note to the seller.
const NOTE_CHARACTERS: usize = 500;
/// Longest detailed address.
const ADDRESS_CHARACTERS: usize = 200;
/// Orders on a page of a listing.
const PAGE_SIZE: u64 = 50;
/// Most orders behind one payment link: the smaller of the documented bounds, since the larger one
/// does not hold for every way to pay.
const PAY_LINK_ORDERS: u32 = 30;
