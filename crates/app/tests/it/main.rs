//! What the operations do, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod desk;
mod import;
mod items;
mod ledger;
mod lists;
mod orders;
mod parcels;
