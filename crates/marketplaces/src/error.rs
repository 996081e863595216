//! Why a marketplace did not do what was asked.

use domain::Verdict;
use std::fmt;
use world::Timestamp;

/// What went wrong, in our words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// Nothing was sent: no connection, or the permit to send had run out. Certain.
    NotSent,
    /// The gateway does not accept key, secret or signature. Certain, before execution.
    Signature,
    /// The authorisation is missing, expired or withdrawn. Certain, before execution.
    Token,
    /// The app may not call this. Certain, before execution.
    Permission,
    /// Called too often. Certain, before execution; `next` says when to try again where known.
    Throttled {
        /// The moment from which a try makes sense, where the marketplace named one.
        next: Option<Timestamp>,
    },
    /// The app has made the calls that it may make in a day. Certain, before execution.
    UsedUp {
        /// When the count begins anew, where the marketplace told it.
        next: Option<Timestamp>,
    },
    /// An allowance of the account (orders a day, unpaid orders…) is used up. Certain.
    Limit {
        /// Which limit, in the marketplace folder's own key, e.g. `orders_per_day`.
        limit: String,
        /// The moment from which a try makes sense, where it can be told.
        next: Option<Timestamp>,
    },
    /// The gateway refused the parameters before executing. Certain.
    Parameters,
    /// A readable business refusal. Certain: for a request that changes something it stands in the
    /// connector's refusal table; for a read nothing could have changed anyway.
    Refused(Box<Verdict>),
    /// A readable answer that the thing asked for is not there (or not visible to this account).
    /// For reads and cancels; on a create it never stands.
    NotFound,
    /// This marketplace cannot do this at all.
    Unsupported,
    /// A cancel came too early; may be asked again from that moment on. Certain.
    TooEarly {
        /// Not before.
        next: Option<Timestamp>,
    },
    /// The order is not in a state that allows this. Certain.
    WrongState,
    /// Anything else: time-out, cut connection, 5xx, system error, unlisted code, unreadable
    /// answer. For a request that changes something the outcome is unknown.
    Unclear,
}

/// A failed call: our reason, the marketplace's own words, and what may be done next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MarketError {
    /// Our reason.
    pub kind: ErrorKind,
    /// The marketplace's code, as sent (or the HTTP status when there was none).
    pub code: Option<String>,
    /// The marketplace's text, as sent, at most 500 characters; or ours for failures of transport.
    pub text: String,
    /// The marketplace's id of the request, where it gave one.
    pub request_id: Option<String>,
}

impl MarketError {
    /// An error of `kind` with a text.
    #[must_use]
    pub fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            text: text.into(),
            request_id: None,
        }
    }

    /// For a request that changes something: is it certain that nothing was changed?
    #[must_use]
    pub const fn is_definite(&self) -> bool {
        !matches!(self.kind, ErrorKind::Unclear | ErrorKind::NotFound)
    }

    /// For a read: may the same read be tried again later as it is?
    #[must_use]
    pub const fn may_retry_read(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::NotSent | ErrorKind::Throttled { .. } | ErrorKind::Unclear
        )
    }
}

impl fmt::Display for MarketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{code}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}
impl std::error::Error for MarketError {}
