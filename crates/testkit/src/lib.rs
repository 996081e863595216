//! The whole application on a temporary database, for tests and measurements
