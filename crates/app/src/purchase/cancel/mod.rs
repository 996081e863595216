//! *Cancel at the marketplace*: asked by a person, sent at most once per asking, proved only by
//! reading the order.
//!
//! Whatever the purchase covers stays covered until a read shows it closed; [`super::record`] frees
//! the units then. A cancel whose outcome is not known is never sent again by itself: a person may
//! ask once more when a later read shows the order still open.

mod ask;
mod ending;
mod run;
mod send;

pub use ask::{Cancel, ask_again, cancel};
pub(crate) use ask::{ask, take_up};
pub use run::run;

use crate::Message;
use crate::activity::{Activity, ActivityState};
use crate::purchase::pay;
use domain::PurchaseStatus;
use marketplaces::Capabilities;
use run::ASK_AGAIN_SECONDS;
use store::purchases::PurchaseRow;
use world::Timestamp;

/// How far a cancel has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CancelState {
    /// Asked by a person; not sent.
    Asked,
    /// Its one sender has the permit.
    Sending,
    /// Sent, and not yet proved; or nobody knows whether it was sent.
    Unknown,
    /// The marketplace refused it; the order is open.
    Refused,
    /// The order was paid meanwhile: the binding stays.
    Overtaken,
    /// The order was read as closed.
    Done,
}

impl CancelState {
    const ALL: [Self; 6] = [
        Self::Asked,
        Self::Sending,
        Self::Unknown,
        Self::Refused,
        Self::Overtaken,
        Self::Done,
    ];

    /// The stored word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Overtaken => "overtaken",
            Self::Done => "done",
        }
    }

    /// The state of a purchase's cancel, if one was asked.
    #[must_use]
    pub fn of(row: &PurchaseRow) -> Option<Self> {
        let code = row.cancel_state.as_deref()?;
        Some(
            Self::ALL
                .into_iter()
                .find(|s| s.code() == code)
                .unwrap_or(Self::Unknown),
        )
    }

    /// It has no end yet.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Sending | Self::Unknown)
    }
}

/// What a read proves of an open cancel.
#[must_use]
pub(crate) fn proved(row: &PurchaseRow) -> Option<CancelState> {
    if !CancelState::of(row)?.is_open() {
        None
    } else if row.was_paid {
        Some(CancelState::Overtaken)
    } else if row.status == PurchaseStatus::Closed {
        Some(CancelState::Done)
    } else {
        None
    }
}

/// May this purchase be cancelled at its marketplace now?
///
/// # Errors
/// Says what stands in the way.
pub fn allowed(row: &PurchaseRow, can: &Capabilities) -> Result<(), Message> {
    let no = |key: &str| Err(Message::of(key).with("number", &row.order_number));
    if !can.cancel {
        return no("cancel-not_by_api");
    }
    if row.was_paid {
        return no("cancel-paid");
    }
    if row.status.is_over() {
        return no("cancel-over");
    }
    if pay::under_way(row).is_some() {
        return no("cancel-being_paid");
    }
    match CancelState::of(row) {
        Some(CancelState::Asked | CancelState::Sending) => no("cancel-under_way"),
        Some(CancelState::Unknown) => {
            let from = row
                .cancel_asked_at
                .unwrap_or(row.read_at)
                .plus_seconds(ASK_AGAIN_SECONDS);
            if row.read_at >= from {
                Ok(())
            } else {
                Err(Message::of("cancel-look_first")
                    .with("number", &row.order_number)
                    .with("from", from.0))
            }
        }
        Some(CancelState::Refused | CancelState::Overtaken | CancelState::Done) | None => Ok(()),
    }
}

/// What a run of cancels works on: kept in its activity.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Cancels {
    /// One part per purchase.
    pub parts: Vec<Part>,
}

/// One purchase to be cancelled.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Part {
    /// Purchase.
    pub purchase: i64,
    /// Its number at the marketplace.
    pub number: String,
    /// How it ended, once it did.
    pub end: Option<PartEnd>,
}

/// How the cancel of one purchase ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartEnd {
    /// Read as closed.
    Closed,
    /// Paid meanwhile.
    Overtaken,
    /// Refused by the marketplace.
    Refused,
    /// Sent, and the order is still open: a person must decide.
    Open,
    /// A person stopped it before it was sent.
    Stopped,
}

/// Puts the parts back into the activity and derives its state.
pub(crate) fn settle(activity: &mut Activity, cancels: &Cancels, now: Timestamp) {
    let count = |end: PartEnd| cancels.parts.iter().filter(|p| p.end == Some(end)).count();
    let (closed, all) = (count(PartEnd::Closed), cancels.parts.len());
    activity.count("cancelled", i64::try_from(closed).unwrap_or(i64::MAX));
    activity.set_data(cancels);
    let state = if cancels.parts.iter().any(|p| p.end.is_none()) {
        ActivityState::Running
    } else if closed == all {
        ActivityState::Done
    } else if closed > 0 || count(PartEnd::Open) > 0 {
        ActivityState::Partly
    } else if count(PartEnd::Stopped) == all {
        ActivityState::Stopped
    } else {
        ActivityState::Failed
    };
    activity.go(state, now);
}

/// Name of the step of one purchase.
pub(crate) fn step_name(purchase: i64) -> String {
    format!("cancel {purchase}")
}

/// Payload of the job.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct CancelJob {
    /// Purchase.
    pub purchase: i64,
    /// The run.
    pub activity: i64,
    /// Who asked.
    pub actor: String,
    /// Reads since the sending.
    pub reads: usize,
    /// The marketplace's definite no, before the read that shows what is behind it.
    pub refused: Option<Message>,
}

/// A purchase in some state.
#[cfg(test)]
pub(crate) fn sample(
    state: Option<CancelState>,
    status: PurchaseStatus,
    was_paid: bool,
) -> PurchaseRow {
    let at = Timestamp::from_seconds(1_000);
    PurchaseRow {
        id: 1,
        marketplace: "1688".to_owned(),
        order_number: "2257164624870311973".to_owned(),
        session_id: 1,
        booking_id: None,
        reference: None,
        seller: None,
        seller_name: String::new(),
        status,
        raw_status: String::new(),
        raw_refund: None,
        close_reason: None,
        total_fen: domain::Fen(100),
        goods_fen: domain::Fen(100),
        freight_fen: domain::Fen(0),
        refunded_fen: domain::Fen(0),
        accepted_fen: None,
        made_at: Some(at),
        modified_at: None,
        paid_at: None,
        pay_by: None,
        sent_at: None,
        read_at: at,
        source: "poll".to_owned(),
        first_seen_at: at,
        was_paid,
        unbound_at: None,
        unbound_reason: None,
        cancel_state: state.map(|s| s.code().to_owned()),
        cancel_token: None,
        cancel_asked_at: state.map(|_| at),
        cancel_error: None,
        read_due_at: at,
        payment: None,
        version: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::ask::not_before;
    use super::sample as row;
    use super::*;

    fn can() -> Capabilities {
        let market = marketplaces::by_code("1688").unwrap();
        market.capabilities().clone()
    }

    #[test]
    fn only_a_read_proves_a_cancel_and_a_payment_overtakes_it() {
        use CancelState as C;
        use PurchaseStatus as P;
        for state in [C::Asked, C::Sending, C::Unknown] {
            assert_eq!(proved(&row(Some(state), P::ToPay, false)), None);
            assert_eq!(proved(&row(Some(state), P::Unknown, false)), None);
            assert_eq!(proved(&row(Some(state), P::Closed, false)), Some(C::Done));
            for status in [P::PaidToSeller, P::Closed] {
                let paid = row(Some(state), status, true);
                assert_eq!(proved(&paid), Some(C::Overtaken));
            }
        }
        for state in [None, Some(C::Refused), Some(C::Overtaken), Some(C::Done)] {
            assert_eq!(proved(&row(state, P::Closed, true)), None);
        }
    }

    #[test]
    fn an_unknown_cancel_is_asked_again_only_after_a_later_read() {
        use PurchaseStatus as P;
        let key = |row: &PurchaseRow| allowed(row, &can()).err().map(|m| m.key);
        let said = |key: &str| Some(key.to_owned());
        assert_eq!(key(&row(None, P::ToPay, false)), None);
        assert_eq!(key(&row(None, P::PaidToSeller, true)), said("cancel-paid"));
        assert_eq!(key(&row(None, P::Closed, false)), said("cancel-over"));
        let mut sending = row(Some(CancelState::Sending), P::ToPay, false);
        assert_eq!(key(&sending), said("cancel-under_way"));
        sending.cancel_state = Some("unknown".to_owned());
        sending.read_at = Timestamp::from_seconds(1_059);
        assert_eq!(key(&sending), said("cancel-look_first"));
        sending.read_at = Timestamp::from_seconds(1_060);
        assert_eq!(key(&sending), None);
        let refused = row(Some(CancelState::Refused), P::ToPay, false);
        assert_eq!(key(&refused), None);
        let never = Capabilities {
            cancel: false,
            ..can()
        };
        let why = allowed(&refused, &never).unwrap_err();
        assert_eq!(why.key, "cancel-not_by_api");
    }

    #[test]
    fn no_cancel_is_sent_before_the_marketplace_takes_it() {
        let at = not_before(&row(None, PurchaseStatus::ToPay, false), &can());
        assert_eq!(at, Some(Timestamp::from_seconds(1_011)));
    }
}
