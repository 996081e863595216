//! The sandbox as its callers see it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod control;
mod desk;
mod faults;
mod gateway;
mod orders;
mod pages;
mod push;
mod restart;
mod settings;
mod socket;
mod taobao;
