//! What the codes and texts of 1688 mean, as data.
//!
//! Only what stands here is a definite no. Everything else stays unclear, because for a create a
//! wrong "no" buys the goods a second time, while a wrong "unclear" costs a look-up. Codes that
//! begin with `SBX_` do not exist at the marketplace: the sandbox answers with them where nothing is
//! known of the real code.

use crate::moments::next_beijing_midnight;
use crate::{ErrorKind, MarketError};
use domain::{Verdict, VerdictKind};
use world::Timestamp;

use super::wire::Said;

/// Codes of the gateway itself, all given before anything is executed. Compared exactly: other
/// codes of the same family (a time-out behind the gateway, say) may come after.
pub(super) const GATEWAY: &[(&str, ErrorKind)] = &[
    ("gw.AppKeyMissing", ErrorKind::Signature),
    ("gw.AppKeyNotFound", ErrorKind::Signature),
    ("gw.SignatureMissing", ErrorKind::Signature),
    ("gw.SignatureInvalid", ErrorKind::Signature),
    ("gw.APIUnsupported", ErrorKind::Permission),
    ("gw.APIACLDecline", ErrorKind::Permission),
    ("gw.ParamMissing", ErrorKind::Parameters),
    ("SBX_ParamInvalid", ErrorKind::Parameters),
    (
        "gw.QosAppFrequencyLimit",
        ErrorKind::Throttled { next: None },
    ),
    ("SBX_AppDailyLimit", ErrorKind::UsedUp { next: None }),
    ("SBX_TimestampStale", ErrorKind::Signature),
    ("401", ErrorKind::Token),
];

/// What an `error_code` of the gateway means.
pub(super) fn gateway(code: &str) -> ErrorKind {
    GATEWAY
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(ErrorKind::Unclear, |(_, kind)| kind.clone())
}

/// Codes that stand beside good answers.
pub(super) fn is_fine(code: &str) -> bool {
    matches!(code, "0" | "200" | "SUCCESS" | "success" | "S0000" | "OK")
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

/// A refusal that is certain: by its code, by a part of its text, or by both.
pub(super) struct Refusal {
    pub code: Option<&'static str>,
    pub text: Option<&'static str>,
    pub means: Means,
}

const fn by_code(code: &'static str, kind: VerdictKind) -> Refusal {
    Refusal {
        code: Some(code),
        text: None,
        means: Means::Verdict(kind),
    }
}

const fn by_text(text: &'static str, kind: VerdictKind) -> Refusal {
    Refusal {
        code: None,
        text: Some(text),
        means: Means::Verdict(kind),
    }
}

const fn limit(code: &'static str, key: &'static str, until: Until) -> Refusal {
    Refusal {
        code: Some(code),
        text: None,
        means: Means::Limit(key, until),
    }
}

/// Refusals of preview and create. The first that fits counts; `500_002` and `500_003` stand for two
/// things each, and only the text tells which.
pub(super) const ORDERING: &[Refusal] = &[
    by_code("500_001", VerdictKind::NotForSale),
    Refusal {
        code: Some("500_002"),
        text: Some("spec"),
        means: Means::Verdict(VerdictKind::NoSuchSpecification),
    },
    Refusal {
        code: Some("500_002"),
        text: Some("规格"),
        means: Means::Verdict(VerdictKind::NoSuchSpecification),
    },
    by_code("500_002", VerdictKind::DifferentSellers),
    Refusal {
        code: Some("500_003"),
        text: Some("spec"),
        means: Means::Verdict(VerdictKind::NoSuchSpecification),
    },
    Refusal {
        code: Some("500_003"),
        text: Some("规格"),
        means: Means::Verdict(VerdictKind::NoSuchSpecification),
    },
    by_code("500_003", VerdictKind::DifferentSellers),
    by_code("500_004", VerdictKind::OutOfStock),
    by_code("500_005", VerdictKind::BelowMinimum),
    by_code("500_006", VerdictKind::MixedBatch),
    by_code("500_007", VerdictKind::NotByApi),
    by_code("500_008", VerdictKind::ZeroPrice),
    by_code("500_009", VerdictKind::BelowMinimum),
    by_text("addressid invalid", VerdictKind::Address),
    by_text("not support tradetype", VerdictKind::NotByApi),
    Refusal {
        code: None,
        text: Some("availablequota less than sumpayment"),
        means: Means::Limit("credit", Until::Unknown),
    },
    limit(
        "SBX_DAILY_ORDER_LIMIT",
        "orders_per_day",
        Until::BeijingMidnight,
    ),
    limit("SBX_UNPAID_ORDER_LIMIT", "unpaid_orders", Until::Unknown),
];

/// Refusals of the cashier's link.
pub(super) const PAYING: &[Refusal] = &[
    by_text("manual-trade", VerdictKind::NotByApi),
    by_text("product_trade_stat_error", VerdictKind::OutOfStock),
];

/// The listed meaning of what the marketplace said, if it is listed.
pub(super) fn listed(table: &[Refusal], said: &Said) -> Option<Means> {
    let text = said.text.to_lowercase();
    table
        .iter()
        .find(|refusal| {
            refusal
                .code
                .is_none_or(|code| said.code.as_deref() == Some(code))
                && refusal.text.is_none_or(|part| text.contains(part))
        })
        .map(|refusal| refusal.means)
}

/// A listed refusal as an error.
pub(super) fn refusal(means: Means, said: &Said, now: Timestamp) -> MarketError {
    said.error(match means {
        Means::Verdict(kind) => ErrorKind::Refused(Box::new(verdict(kind, said))),
        Means::Limit(key, until) => ErrorKind::Limit {
            limit: key.to_owned(),
            next: match until {
                Until::BeijingMidnight => Some(next_beijing_midnight(now)),
                Until::Unknown => None,
            },
        },
    })
}

/// `kind` with the marketplace's own words.
pub(super) fn verdict(kind: VerdictKind, said: &Said) -> Verdict {
    Verdict {
        code: said.code.clone(),
        text: Some(said.text.clone()).filter(|text| !text.is_empty()),
        ..Verdict::of(kind)
    }
}

/// Codes and texts by which reads say that there is no such thing, or not for this account.
const NOT_THERE: &[&str] = &[
    "ORDER_NOT_EXIST",
    "order.nopermission.buyer",
    "400_3",
    "SBX_OFFER_NOT_FOUND",
    "不是自己的订单",
    "订单不存在",
    "没有该商品的查询权限",
    "商品不存在",
];

/// What a readable no to a read means.
pub(super) fn read_error(said: &Said) -> MarketError {
    let not_there = NOT_THERE
        .iter()
        .any(|known| said.code.as_deref() == Some(known) || said.text.contains(known));
    said.error(if not_there {
        ErrorKind::NotFound
    } else {
        ErrorKind::Unclear
    })
}

/// What a readable no to a cancel means. `now` is the moment before the call.
pub(super) fn cancel_error(said: &Said, now: Timestamp) -> MarketError {
    said.error(match said.code.as_deref() {
        // Nothing closes within ten seconds of creation; the order is at least that old by then.
        Some("CLOSE_ORDER_TOO_FAST") => ErrorKind::TooEarly {
            next: Some(now.plus_seconds(CANCEL_NOT_BEFORE_SECONDS)),
        },
        Some("ORDER_STATUS_ERROR") => ErrorKind::WrongState,
        Some("ORDER_NOT_EXIST" | "400_3") => ErrorKind::NotFound,
        _ => ErrorKind::Unclear,
    })
}

/// Seconds after creation before which a cancel is refused.
pub(super) const CANCEL_NOT_BEFORE_SECONDS: i64 = 10;

/// What the token endpoint says of what it was given. Its error form is not documented, so this
/// reads the forms of the OAuth standard and of the gateway: a word for the thing and a word for
/// its death. `None` when neither is certain.
pub(super) fn grant(error: &MarketError) -> Option<ErrorKind> {
    const APP: &[&str] = &["client_secret", "client_id", "invalid_client", "appsecret"];
    const GRANT: &[&str] = &[
        "refresh_token",
        "refreshtoken",
        "refresh token",
        "authorization code",
        "authorisation code",
        "invalid_grant",
        "invalid code",
        "code is invalid",
        "code invalid",
        "code expired",
        "令牌",
        "授权码",
    ];
    const DEAD: &[&str] = &[
        "invalid",
        "wrong",
        "expire",
        "revoke",
        "cancel",
        "too old",
        "not exist",
        "not found",
        "already used",
        "无效",
        "过期",
        "失效",
        "取消",
        "不存在",
    ];
    let words = format!(
        "{} {}",
        error.code.as_deref().unwrap_or_default(),
        error.text
    )
    .to_lowercase();
    let holds = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if !holds(DEAD) {
        None
    } else if holds(APP) {
        Some(ErrorKind::Signature)
    } else if holds(GRANT) {
        Some(ErrorKind::Token)
    } else {
        None
    }
}
