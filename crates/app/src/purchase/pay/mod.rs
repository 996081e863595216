//! *Pay by API*: purchases are paid with the account's own means, at the marketplace's interface.
//!
//! Switched on per marketplace in the settings, asked for by a person who has named the sum, and held
//! to the rules of a booking: the intent is stored first, the request is sent at most once, and where
//! nobody knows what came of it only reading the orders tells. That a marketplace accepts a payment
//! does not pay it: the order is read until it is no longer to be paid.

mod ask;
mod run;
mod send;
mod tell;

pub use ask::{PayByApi, Proposal, begin, proposal};
pub use run::run;
pub(crate) use run::{doubt, give_up_long};
pub(crate) use tell::{follow, proved};

use crate::activity::{Activity, ActivityState};
use crate::settings::Settings;
use crate::{App, AppError, Message};
use domain::{Fen, PurchaseStatus};
use store::purchases::PurchaseRow;
use world::Timestamp;

/// A payment that was asked for so long ago and is not proved is told to a person, who may ask again
/// once a later read shows the order unpaid. One that was not sent by then is not sent any more.
pub const LONG_SECONDS: i64 = 900;

/// How far the payment of a purchase has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayState {
    /// Asked for by a person; not sent.
    Asked,
    /// Its one sender has the permit.
    Sending,
    /// The marketplace says that it pays.
    Accepted,
    /// It was or may have been sent, and nobody knows what came of it.
    Unknown,
    /// The marketplace says that it does not pay.
    Refused,
    /// Not sent: something stood against it.
    Stopped,
    /// Read as paid.
    Paid,
    /// Read as closed.
    Closed,
}

/// A payment through the interface, as it is kept with its purchase.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Payment {
    /// How far it has come.
    pub state: PayState,
    /// When it was asked for; from the sending on, when it was sent.
    pub at: Timestamp,
    /// What the person saw and agreed to.
    pub fen: Fen,
    /// The run.
    pub activity: i64,
    /// Permit of its one sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Why it was not paid, or is not known to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Message>,
}

impl Payment {
    /// The payment of a purchase, if one was asked for. What cannot be read counts as unknown.
    #[must_use]
    pub fn of(row: &PurchaseRow) -> Option<Self> {
        let text = row.payment.as_deref()?;
        Some(serde_json::from_str(text).unwrap_or(Self {
            state: PayState::Unknown,
            at: row.read_at,
            fen: row.total_fen,
            activity: 0,
            token: None,
            why: None,
        }))
    }

    /// It has no end yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(
            self.state,
            PayState::Asked | PayState::Sending | PayState::Accepted | PayState::Unknown
        )
    }

    /// Only reading the order tells what became of it.
    #[must_use]
    pub const fn is_followed(&self) -> bool {
        matches!(
            self.state,
            PayState::Sending | PayState::Accepted | PayState::Unknown
        )
    }
}

/// Why a purchase is not paid (again) now: it is being paid.
#[must_use]
pub fn under_way(row: &PurchaseRow) -> Option<Message> {
    let payment = Payment::of(row).filter(Payment::is_open)?;
    let again = payment.at.plus_seconds(LONG_SECONDS);
    let read_since = matches!(payment.state, PayState::Accepted | PayState::Unknown)
        && row.read_at >= again
        && row.status == PurchaseStatus::ToPay;
    (!read_since).then(|| Message::of("pay-under_way").with("number", &row.order_number))
}

/// How purchases of a marketplace are paid from here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ways {
    /// By a link to the marketplace's own page, for so many at once.
    pub link: Option<u32>,
    /// Through the interface, so many at once: where that exists and is switched on.
    pub api: Option<u32>,
    /// Through the interface, were it switched on.
    pub api_exists: bool,
}

/// How purchases of a marketplace are paid from here.
///
/// # Errors
/// When this installation has no such marketplace.
pub fn ways(app: &App, settings: &Settings, marketplace: &str) -> Result<Ways, AppError> {
    let can = app.markets.get(marketplace)?.connector.capabilities();
    let on = settings.pay_by_api.contains(marketplace);
    Ok(Ways {
        link: can.pay_link_orders,
        api: can.pay_by_api_orders.filter(|_| on),
        api_exists: can.pay_by_api_orders.is_some(),
    })
}

impl Ways {
    /// What to do where there is no payment page; none where there is one.
    #[must_use]
    pub fn instead_of_link(self, marketplace: &str, login: &str) -> Option<Message> {
        let key = match self {
            Self { link: Some(_), .. } => return None,
            Self { api: Some(_), .. } => "pay-no_link_but_api",
            Self {
                api_exists: true, ..
            } => "pay-no_link_switch_on",
            Self { .. } => "pay-no_link_here",
        };
        let message = Message::of(key).with("marketplace", marketplace);
        Some(message.with("session", login))
    }
}

/// What a run of payments works on: kept in its activity.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Payments {
    parts: Vec<Part>,
}

/// One purchase to be paid.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Part {
    purchase: i64,
    end: Option<PartEnd>,
}

/// How the payment of one purchase ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum PartEnd {
    /// Read as paid.
    Paid,
    /// Refused by the marketplace.
    Refused,
    /// Not sent.
    Stopped,
    /// Not paid so far, or nobody knows: it is read on.
    Open,
    /// Closed before it was paid.
    Closed,
}

/// Puts the parts back into the activity and derives its state.
fn settle(activity: &mut Activity, payments: &Payments, now: Timestamp) {
    let count = |end: PartEnd| payments.parts.iter().filter(|p| p.end == Some(end)).count();
    let (paid, all) = (count(PartEnd::Paid), payments.parts.len());
    activity.count("paid", i64::try_from(paid).unwrap_or(i64::MAX));
    activity.set_data(payments);
    let state = if payments.parts.iter().any(|p| p.end.is_none()) {
        ActivityState::Running
    } else if paid == all {
        ActivityState::Done
    } else if paid > 0 || count(PartEnd::Open) > 0 {
        ActivityState::Partly
    } else if count(PartEnd::Stopped) == all {
        ActivityState::Stopped
    } else {
        ActivityState::Failed
    };
    activity.go(state, now);
}

/// Name of the step of one purchase.
fn step_name(purchase: i64) -> String {
    format!("pay {purchase}")
}

/// Payload of the job of one request.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct PayJob {
    /// The run.
    activity: i64,
    /// Purchases of the request.
    purchases: Vec<i64>,
    /// How many of them were read so far.
    read: usize,
    /// Who asked.
    actor: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purchase::cancel::sample;

    fn paying(state: PayState, read_seconds_later: i64) -> PurchaseRow {
        let mut row = sample(None, PurchaseStatus::ToPay, false);
        let payment = Payment {
            state,
            at: row.read_at,
            fen: row.total_fen,
            activity: 1,
            token: None,
            why: None,
        };
        row.read_at = row.read_at.plus_seconds(read_seconds_later);
        row.payment = Some(crate::message::json(&payment));
        row
    }

    #[test]
    fn a_payment_is_asked_for_again_only_after_its_end_or_a_late_read() {
        use PayState as S;
        assert_eq!(under_way(&sample(None, PurchaseStatus::ToPay, false)), None);
        for state in [S::Asked, S::Sending, S::Accepted, S::Unknown] {
            assert!(under_way(&paying(state, LONG_SECONDS - 1)).is_some());
        }
        for state in [S::Asked, S::Sending] {
            assert!(under_way(&paying(state, LONG_SECONDS)).is_some());
        }
        for state in [S::Accepted, S::Unknown] {
            assert_eq!(under_way(&paying(state, LONG_SECONDS)), None);
        }
        for state in [S::Refused, S::Stopped, S::Paid, S::Closed] {
            assert_eq!(under_way(&paying(state, 0)), None);
        }
        let mut broken = paying(S::Paid, 0);
        broken.payment = Some("rubbish".to_owned());
        assert!(under_way(&broken).is_some(), "what nobody can read is open");
    }

    #[test]
    fn where_there_is_no_page_to_pay_at_it_is_said_what_to_do() {
        let key = |link, api, api_exists| {
            let ways = Ways {
                link,
                api,
                api_exists,
            };
            ways.instead_of_link("taobao", "x").map(|m| m.key)
        };
        assert_eq!(key(Some(30), None, true), None);
        let no = |key: &str| Some(key.to_owned());
        assert_eq!(key(None, Some(10), true), no("pay-no_link_but_api"));
        assert_eq!(key(None, None, true), no("pay-no_link_switch_on"));
        assert_eq!(key(None, None, false), no("pay-no_link_here"));
    }
}
