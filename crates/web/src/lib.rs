//! The panel: pages for people, rendered on the server, and what stands around them.
//!
//! A page is one file in `pages`: its view (finished texts and flags), its template, and the
//! handler that asks `app` and formats the answer. No rule of the business stands here, no SQL,
//! and no text for people outside of `locales/`.

pub mod assets;
mod buying;
pub mod fmt;
pub mod http;
pub mod live;
pub mod pages;
mod panel;
pub mod parts;
mod push;
mod routes;
mod routes_purchase;
mod routes_setup;
#[cfg(test)]
mod samples;
mod say;
pub mod show;
mod tr;
pub mod words;

pub use assets::icon;
pub use fmt::Fmt;
pub use panel::{Panel, Person};
pub use routes::{Route, Routes, addresses, router};
pub use tr::{Arg, Tr};
