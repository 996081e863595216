//! The sandbox as its callers see it.

mod desk;
mod orders;
