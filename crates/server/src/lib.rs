//! The program autopurchase: subcommands, configuration, start and stop.
//!
//! Here processes are put together and taken down; nothing is decided here. This is also the one
//! place with loops that wait by the clock.

pub mod assemble;
pub mod cli;
mod commands;
pub mod config;
pub mod demo;
mod doctor;
pub mod health;
pub mod logs;
pub mod panel;
pub mod sandbox;
pub mod serve;
pub mod work;
