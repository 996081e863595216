//! The purchasing job as the panel's pages do it: a person's requests against the real application
//! and the sandbox, in one process, on a temporary SQLite.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::large_futures,
    reason = "a story that cannot go on should stop; its futures live on the stack of a test"
)]

mod booking;
mod buyer;
mod live;
mod purchases;
