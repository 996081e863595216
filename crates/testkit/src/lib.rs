//! The whole application on a temporary database, for tests and measurements

pub mod browser;
pub mod desk;
pub mod goods;
pub mod in_process;
pub mod whole;
