//! What we say to marketplaces: one trait, one folder per marketplace.
//!
//! Connectors keep no state and never touch the store: they build a request, hand it to the
//! transport and read the answer. Pace, allowances, retries and what an answer means for our books
//! are decided in `app`.

mod api;
mod error;
mod exchange;
mod http;
mod json;
mod m1688;
mod moments;
mod pasted;
mod registry;
mod taobao;
mod transport;

pub use crate::http::{HttpStartError, HttpTransport};
pub use api::*;
pub use error::{ErrorKind, MarketError};
pub use m1688::M1688;
pub use registry::{all, by_code};
pub use taobao::Taobao;
pub use transport::{Deadline, Once, Request, Response, Transport, TransportError};
