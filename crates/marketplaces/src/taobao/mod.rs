//! Taobao and Tmall through the Taobao Global gateway, seen from a distributor's side. `README.md`
//! beside this file tells what is known of the interface; nothing outside this folder knows any of it.

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

pub use connector::Taobao;

/// Most lines in one create. The bound is not published; this is small enough for every report.
const LINES_PER_ORDER: usize = 50;
/// Longest note to the seller. Not published.
const NOTE_CHARACTERS: usize = 200;
/// Longest address, province to street together. Not published.
const ADDRESS_CHARACTERS: usize = 200;
/// Orders on a page of a listing: the documented size; the largest is not known.
const PAGE_SIZE: u64 = 10;
/// Most orders in one payment.
const PAY_ORDERS: u32 = 10;
