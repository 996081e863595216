//! The whole application on a temporary database, for tests and measurements

pub mod desk;
pub mod in_process;
