//! The purchasing job as the panel's pages do it: a person's requests against the real application
//! and the sandbox, in one process, on a temporary SQLite.

mod booking;
mod buyer;
mod live;
mod purchases;
