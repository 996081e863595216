//! Kinds of jobs, and how one ends.

use world::Timestamp;

/// Kinds of jobs. The text is stored, so it never changes its meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum JobKind {
    /// Carries one group of a booking run: preview, intent, send, read back.
    BookingGroup,
    /// Looks for an order whose booking has an unknown outcome.
    BookingLook,
    /// Reads one order and records what it shows.
    PurchaseRead,
    /// Sends one cancel, or looks what became of it.
    PurchaseCancel,
    /// Reads the orders of one payment through the interface, then asks for it.
    PurchasePay,
    /// Reads the orders that a person wants to bind.
    BindRead,
    /// Reads one page of changed orders of a session.
    SessionSync,
    /// Renews a session's token.
    SessionRefresh,
    /// Works stored push messages.
    PushWork,
    /// Reads an offer.
    OfferRead,
    /// Folds counters, deletes what is over.
    Housekeeping,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::BookingGroup,
        Self::BookingLook,
        Self::PurchaseRead,
        Self::PurchaseCancel,
        Self::PurchasePay,
        Self::BindRead,
        Self::SessionSync,
        Self::SessionRefresh,
        Self::PushWork,
        Self::OfferRead,
        Self::Housekeeping,
    ];

    /// The stored word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BookingGroup => "booking.group",
            Self::BookingLook => "booking.look",
            Self::PurchaseRead => "purchase.read",
            Self::PurchaseCancel => "purchase.cancel",
            Self::PurchasePay => "purchase.pay",
            Self::BindRead => "bind.read",
            Self::SessionSync => "session.sync",
            Self::SessionRefresh => "session.refresh",
            Self::PushWork => "push.work",
            Self::OfferRead => "offer.read",
            Self::Housekeeping => "housekeeping",
        }
    }

    /// The kind of a stored word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Calls to a marketplace that a run makes, reserved when the job is claimed.
    #[must_use]
    pub const fn calls(self) -> i64 {
        match self {
            // Preview, create, read-back.
            Self::BookingGroup => 3,
            Self::BookingLook
            | Self::PurchaseRead
            | Self::PurchasePay
            | Self::BindRead
            | Self::SessionSync
            | Self::OfferRead => 1,
            // Read, cancel.
            Self::PurchaseCancel => 2,
            // A refresh must not wait.
            Self::SessionRefresh | Self::PushWork | Self::Housekeeping => 0,
        }
    }
}

/// How a job's run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JobEnd {
    /// Done; the worker takes it out of the queue.
    Done,
    /// Done or put off already, in a transaction of the job's own.
    Settled,
    /// Go on from this moment on; not a failure.
    Again(Timestamp),
}
