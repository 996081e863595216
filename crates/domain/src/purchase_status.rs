//! The status of a purchase in our own words; the marketplace's word is always kept beside it.

use std::fmt;

/// Our word for what a marketplace says of a purchase or of one of its lines.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseStatus {
    /// The marketplace is still making the order.
    Building,
    /// Made, unpaid.
    ToPay,
    /// Paid, nothing sent.
    PaidToSeller,
    /// Some lines sent.
    PartlySent,
    /// Everything sent.
    Sent,
    /// Signed for at the warehouse, as the marketplace says.
    Signed,
    /// Closed well.
    Completed,
    /// Cancelled or terminated.
    Closed,
    /// A word that we do not know: still open, look again.
    Unknown,
}

impl PurchaseStatus {
    /// Every status, in the order of a purchase's life.
    pub const ALL: [Self; 9] = [
        Self::Building,
        Self::ToPay,
        Self::PaidToSeller,
        Self::PartlySent,
        Self::Sent,
        Self::Signed,
        Self::Completed,
        Self::Closed,
        Self::Unknown,
    ];

    /// The word in tables, logs and language keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::ToPay => "to_pay",
            Self::PaidToSeller => "paid_to_seller",
            Self::PartlySent => "partly_sent",
            Self::Sent => "sent",
            Self::Signed => "signed",
            Self::Completed => "completed",
            Self::Closed => "closed",
            Self::Unknown => "unknown",
        }
    }

    /// The status of that word; a word that is not ours is `Unknown`.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|s| s.code() == code)
            .unwrap_or(Self::Unknown)
    }

    /// Money has moved to the marketplace.
    #[must_use]
    pub const fn is_paid(self) -> bool {
        matches!(
            self,
            Self::PaidToSeller | Self::PartlySent | Self::Sent | Self::Signed | Self::Completed
        )
    }

    /// The goods have left the seller.
    #[must_use]
    pub const fn is_sent(self) -> bool {
        matches!(self, Self::Sent | Self::Signed | Self::Completed)
    }

    /// Nothing more will happen at the marketplace.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Closed)
    }
}

/// So long a marketplace may be making an order before a person is told, in seconds.
pub const BUILDING_LONG_SECONDS: i64 = 30 * 60;

const SHORTEST_PAUSE_SECONDS: i64 = 5;
const LONGEST_PAUSE_SECONDS: i64 = 3_600;

/// Seconds until an order is read again at which something is under way that only a read proves (it
/// is being made, say), so many seconds after that began. The pauses grow with it and never end.
#[must_use]
pub const fn follow_pause(since_seconds: i64) -> i64 {
    let pause = since_seconds / 3;
    if pause < SHORTEST_PAUSE_SECONDS {
        SHORTEST_PAUSE_SECONDS
    } else if pause > LONGEST_PAUSE_SECONDS {
        LONGEST_PAUSE_SECONDS
    } else {
        pause
    }
}

impl fmt::Display for PurchaseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_followed_is_read_at_growing_pauses_without_an_end() {
        let mut at = 0;
        let mut last = 0;
        let mut reads_before_a_person_is_told = 0;
        while at < 30 * 86_400 {
            let pause = follow_pause(at);
            assert!((5..=3_600).contains(&pause) && pause >= last);
            last = pause;
            at += pause;
            reads_before_a_person_is_told += i32::from(at < BUILDING_LONG_SECONDS);
        }
        assert_eq!(last, 3_600);
        assert!((10..40).contains(&reads_before_a_person_is_told));
        assert_eq!(follow_pause(-7), 5, "clocks differ");
    }
}
