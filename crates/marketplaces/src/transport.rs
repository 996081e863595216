//! Everything that leaves the process goes through [`Transport::send`].

use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use world::{Boot, Timestamp};

/// A request on its way out.
#[derive(Clone)]
pub struct Request {
    /// Method.
    pub method: http::Method,
    /// Whole address, query included.
    pub url: url::Url,
    /// Headers besides `host` and `content-length`.
    pub headers: http::HeaderMap,
    /// Body.
    pub body: Bytes,
    /// Present on requests that must reach the other side at most once.
    pub once: Option<Once>,
    /// Short name for logs, metrics and faults: `alibaba.trade.cancel`. Never a secret.
    pub name: &'static str,
}

/// A permit to send a request that must never be repeated.
///
/// The transport connects first and compares both clocks with these moments immediately before the
/// first byte of the request; if either has passed, nothing is sent and the error says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// By the wall clock.
    pub send_by: Timestamp,
    /// By the boot clock, which cannot jump.
    pub send_by_boot: Boot,
}

/// How long a call may take from connecting to the last byte of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Milliseconds from the start of the call.
    pub millis: u64,
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: http::HeaderMap,
    /// Body, complete and within the size limit.
    pub body: Bytes,
}

/// Why there is no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// Provably before the first byte of the request: no connection, or the permit had run out.
    NotSent {
        /// For people and logs; holds no secret.
        why: String,
    },
    /// At least one byte may have left: anything may have happened on the other side.
    MaybeSent {
        /// For people and logs; holds no secret.
        why: String,
    },
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent { why } => write!(f, "not sent: {why}"),
            Self::MaybeSent { why } => write!(f, "no answer: {why}"),
        }
    }
}
impl std::error::Error for TransportError {}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Query and body carry tokens and addresses.
        f.debug_struct("Request")
            .field("name", &self.name)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// The way out of the process: an HTTP client in production, a marketplace sandbox in simulation.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request` once and reads the whole answer. Follows no redirect. A request with
    /// [`Request::once`] goes out on a fresh HTTP/1.1 connection and is never repeated at any layer.
    async fn send(&self, request: Request, deadline: Deadline) -> Result<Response, TransportError>;
}
