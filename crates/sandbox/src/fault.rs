//! What can go wrong: with the sandbox itself ([`Error`]), and on purpose ([`Fault`]).

use bytes::Bytes;

/// The sandbox cannot open or keep its own data.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened, read or written.
    #[error("the sandbox's database: {0}")]
    Journal(#[from] sqlx::Error),
    /// A stored row cannot be read; the file belongs to another version or is damaged.
    #[error("the sandbox's database holds an unreadable {kind} `{id}`: {source}")]
    Row {
        /// Which sort of row.
        kind: String,
        /// Its key.
        id: String,
        /// Why.
        source: serde_json::Error,
    },
    /// Something asked for does not exist.
    #[error("{0}")]
    Unknown(String),
}

/// A request that got no whole answer, because a knob said so.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// The connection ended before the first byte of an answer. Whether the request had its
    /// effect is not said, exactly as on a real line.
    #[error("the connection ended without an answer")]
    NoAnswer,
    /// The answer began and ended inside its body.
    #[error("the connection ended inside the body: {} of {announced} bytes", received.len())]
    Truncated {
        /// Status line that arrived.
        status: http::StatusCode,
        /// Content type that arrived.
        content_type: String,
        /// The part of the body that arrived.
        received: Bytes,
        /// The length the head had announced.
        announced: usize,
    },
}
