//! The panel as a browser sees it: every address, every form, on a temporary database and without
//! a socket. What needs the other side of the trade is told in `testkit`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod addresses;
mod desk;
mod items;
mod orders;
mod parcels;
mod sign_in;
