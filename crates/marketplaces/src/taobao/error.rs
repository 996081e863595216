//! What the codes of the gateway mean, as data.
//!
//! Only what stands here is a definite no. Everything else stays unclear, because for a create a wrong
//! "no" buys the goods a second time, while a wrong "unclear" costs a look-up. The marketplace
//! publishes no list of its business codes, so all of them that stand here begin with `SBX_`: they do
//! not exist at the marketplace, the sandbox answers with them where nothing is known of the real one.

use super::wire::Said;
use crate::ErrorKind;
use crate::moments::next_beijing_midnight;
use domain::{Verdict, VerdictKind};
use world::Timestamp;

/// What a code of the gateway itself means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Key, secret, signature or clock.
    Signature,
    /// Authorisation.
    Token,
    /// The app may not call this.
    Permission,
    /// Parameters.
    Parameters,
    /// Too many calls in a second.
    Busy,
    /// Too many calls in a day.
    UsedUp,
}

/// Codes of the gateway, all given before anything is executed. Compared exactly. `ServiceTimeout`,
/// `SystemError` and numbers are not here: they come from behind the gateway.
pub(super) const GATEWAY: &[(&str, Gate)] = &[
    ("MissingParameter", Gate::Parameters),
    ("SBX_InvalidParameter", Gate::Parameters),
    ("SBX_MethodNotAllowed", Gate::Parameters),
    ("IncompleteSignature", Gate::Signature),
    ("InvalidTimestamp", Gate::Signature),
    ("InvalidAppKey", Gate::Signature),
    ("InvalidApiPath", Gate::Permission),
    ("InvalidApi", Gate::Permission),
    ("InsufficientPermission", Gate::Permission),
    ("AppNotSubscribed", Gate::Permission),
    ("IllegalAccessToken", Gate::Token),
    ("IllegalRefreshToken", Gate::Token),
    ("InvalidCode", Gate::Token),
    ("AUTH_TYPE_UNSUPPORTED", Gate::Token),
    ("ApiCallLimit", Gate::Busy),
    ("AppCallLimit", Gate::UsedUp),
];

/// Answers the harmless call that proves an app's key and secret.
pub(super) const DEAD_REFRESH_TOKEN: &str = "IllegalRefreshToken";

/// What a `code` of the gateway means.
pub(super) fn gateway(code: &str, text: &str, now: Timestamp) -> ErrorKind {
    let gate = GATEWAY.iter().find(|(known, _)| *known == code);
    match gate.map(|(_, gate)| gate) {
        Some(Gate::Signature) => ErrorKind::Signature,
        Some(Gate::Token) => ErrorKind::Token,
        Some(Gate::Permission) => ErrorKind::Permission,
        Some(Gate::Parameters) => ErrorKind::Parameters,
        Some(Gate::Busy) => ErrorKind::Throttled {
            next: Some(now.plus_seconds(ban_seconds(text))),
        },
        // When the count begins anew is not told.
        Some(Gate::UsedUp) => ErrorKind::UsedUp { next: None },
        None => ErrorKind::Unclear,
    }
}

/// Seconds in `this ban will last 1 seconds`, at least one and at most an hour.
fn ban_seconds(text: &str) -> i64 {
    text.split("last ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .and_then(|number| number.parse::<i64>().ok())
        .unwrap_or(1)
        .clamp(1, 3_600)
}

/// When a limit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// With the day in Beijing.
    BeijingMidnight,
    /// When orders are paid or closed: nobody can say when.
    Unknown,
}

/// What a listed refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    /// The goods, the basket or the address cannot be ordered like this.
    Verdict(VerdictKind),
    /// An allowance is used up.
    Limit(&'static str, Until),
}

const fn no(code: &'static str, kind: VerdictKind) -> (&'static str, Means) {
    (code, Means::Verdict(kind))
}

/// Refusals of preview and create, by code. That a reference was used before is not here: it says
/// that an order exists.
pub(super) const ORDERING: &[(&str, Means)] = &[
    no("SBX_ITEM_NOT_FOUND", VerdictKind::NotForSale),
    no("SBX_SKU_NOT_FOUND", VerdictKind::NoSuchSpecification),
    no("SBX_ITEM_NOT_TRADABLE", VerdictKind::NotByApi),
    no("SBX_OUT_OF_STOCK", VerdictKind::OutOfStock),
    no("SBX_BELOW_MINIMUM", VerdictKind::BelowMinimum),
    no("SBX_NO_PRICE", VerdictKind::ZeroPrice),
    no("SBX_AMOUNT_EXCEEDED", VerdictKind::PriceChanged),
    no("SBX_AMOUNT", VerdictKind::Other),
    no("SBX_TOO_MANY_LINES", VerdictKind::Other),
    no("SBX_ADDRESS", VerdictKind::Address),
    (
        "SBX_DAILY_ORDER_LIMIT",
        Means::Limit("orders_per_day", Until::BeijingMidnight),
    ),
    (
        "SBX_UNPAID_ORDER_LIMIT",
        Means::Limit("unpaid_orders", Until::Unknown),
    ),
];

/// Words by which a preview tells why a line cannot be had. A create is never judged by words.
const WORDS: &[(&str, VerdictKind)] = &[
    ("库存", VerdictKind::OutOfStock),
    ("out of stock", VerdictKind::OutOfStock),
    ("insufficient stock", VerdictKind::OutOfStock),
    ("下架", VerdictKind::NotForSale),
    ("off the shelf", VerdictKind::NotForSale),
    ("not on sale", VerdictKind::NotForSale),
];

/// The listed meaning of what the marketplace said, if it is listed.
pub(super) fn listed(said: &Said) -> Option<Means> {
    let code = said.code.as_deref()?;
    ORDERING
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, means)| *means)
}

/// The verdict of a preview on a line or a basket that it refuses.
pub(super) fn preview_kind(said: &Said) -> VerdictKind {
    match listed(said) {
        Some(Means::Verdict(kind)) => kind,
        Some(Means::Limit(..)) => VerdictKind::Limit,
        None => {
            let text = said.text.to_lowercase();
            WORDS
                .iter()
                .find(|(word, _)| text.contains(word))
                .map_or(VerdictKind::Other, |(_, kind)| *kind)
        }
    }
}

/// What a listed refusal of an order is to the caller.
pub(super) fn refusal(means: Means, said: &Said, now: Timestamp) -> ErrorKind {
    match means {
        Means::Verdict(kind) => ErrorKind::Refused(Box::new(verdict(kind, said))),
        Means::Limit(key, until) => ErrorKind::Limit {
            limit: key.to_owned(),
            next: match until {
                Until::BeijingMidnight => Some(next_beijing_midnight(now)),
                Until::Unknown => None,
            },
        },
    }
}

/// `kind` with the marketplace's own words.
pub(super) fn verdict(kind: VerdictKind, said: &Said) -> Verdict {
    Verdict {
        code: said.code.clone(),
        text: Some(said.text.clone()).filter(|text| !text.is_empty()),
        ..Verdict::of(kind)
    }
}

/// Codes by which reads say that there is no such thing, or not for this account.
const NOT_THERE: &[&str] = &["SBX_ITEM_NOT_FOUND", "SBX_ORDER_NOT_FOUND"];

/// Nothing is on its way yet, which is no error for us.
pub(super) const NO_PARCELS: &str = "SBX_NO_LOGISTICS";

/// What a readable no to a read means.
pub(super) fn read_kind(said: &Said) -> ErrorKind {
    let code = said.code.as_deref().unwrap_or_default();
    if NOT_THERE.contains(&code) {
        ErrorKind::NotFound
    } else {
        ErrorKind::Unclear
    }
}

/// Seconds to wait before an order that was too new to be cancelled is tried again.
const TOO_NEW_SECONDS: i64 = 10;

/// What a readable no to a cancel, or to a payment as a whole, means.
pub(super) fn change_kind(said: &Said, now: Timestamp) -> ErrorKind {
    match said.code.as_deref() {
        Some("SBX_CANCEL_TOO_EARLY") => ErrorKind::TooEarly {
            next: Some(now.plus_seconds(TOO_NEW_SECONDS)),
        },
        Some(
            "SBX_CANCEL_AFTER_PAYMENT"
            | "SBX_NOT_CANCELLABLE"
            | "SBX_ALREADY_PAID"
            | "SBX_NOT_PAYABLE",
        ) => ErrorKind::WrongState,
        _ => read_kind(said),
    }
}

/// A failure of the machinery rather than of what was asked: worth another try, not a verdict.
pub(super) fn is_system_error(said: &Said) -> bool {
    let code = said.code.as_deref().unwrap_or_default().to_lowercase();
    let text = said.text.to_lowercase();
    code.contains("system")
        || code.contains("timeout")
        || text.contains("system error")
        || text.contains("系统")
        || (code.is_empty() && text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bans_are_read_out_of_their_text() {
        let text = "Api access frequency exceeds the limit. this ban will last 7 seconds";
        assert_eq!(ban_seconds(text), 7);
        assert_eq!(ban_seconds("x"), 1);
        assert_eq!(ban_seconds("last 99999999999 seconds"), 3_600);
        assert_eq!(ban_seconds("last -4 seconds"), 1);
        assert_eq!(ban_seconds("last 999999999999999999999 seconds"), 1);
    }
}
