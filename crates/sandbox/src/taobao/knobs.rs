//! The knobs that only Taobao has, and its usual values of the common ones.

use crate::knobs::{Settings as Common, Sheet, within};
use crate::state::Market;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::ops::Deref;

/// How ids, amounts and flags are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Types {
    /// As the tables say.
    Documented,
    /// Each one anew as number or text, flag or text.
    Random,
    /// Everything as text.
    Text,
    /// Every id and amount as a number.
    Number,
}

/// What a purchase does that becomes dearer than `purchase_amount`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Exceeded {
    Refuse,
    Accept,
}

/// What else falls when the platform cannot order one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Falls {
    /// Nothing: the other lines live.
    Line,
    /// The whole purchase order.
    Order,
}

/// Which of a create's two flags says that it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RefusedFlag {
    Both,
    Outer,
    Inner,
}

/// Which reading of empty values in a signature is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EmptyInSign {
    Both,
    Kept,
    Skipped,
}

/// Its own lasting knobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a sheet of independent switches, each turned by its name"
)]
pub(super) struct Own {
    /// Form of ids, amounts and flags.
    pub types: Types,
    /// Seconds for which a new order is being made.
    pub building_s: i64,
    /// An order shows neither lines nor amounts while it is made, nor when its making failed.
    pub building_bare: bool,
    /// What falls with a line that fails while its order is made.
    pub building_failure: Falls,
    /// A dearer purchase than planned.
    pub amount_exceeded: Exceeded,
    /// The flag of a refused create.
    pub create_refused_flag: RefusedFlag,
    /// Create gives the address of a page to pay at.
    pub payment_url: bool,
    /// Seconds a cancelling takes.
    pub cancel_takes_s: i64,
    /// Seconds a payment takes.
    pub pay_takes_s: i64,
    /// What is on the bound account: dearer orders are not paid.
    pub alipay_balance_fen: Option<i64>,
    /// Seconds after which the platform tries failed lines again, where it was asked to.
    pub sys_retry_s: i64,
    /// Messages of refunds do not name their order.
    pub refund_push_bare: bool,
    /// The word for a finished order. Nobody outside knows the real one.
    pub finished_word: String,
    /// A refresh ends the access tokens before it.
    pub old_access_dies: bool,
    /// Empty values in signatures.
    pub empty_in_sign: EmptyInSign,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            types: Types::Random,
            building_s: 5,
            building_bare: false,
            building_failure: Falls::Line,
            amount_exceeded: Exceeded::Refuse,
            create_refused_flag: RefusedFlag::Both,
            payment_url: false,
            cancel_takes_s: 5,
            pay_takes_s: 3,
            alipay_balance_fen: None,
            sys_retry_s: 60,
            refund_push_bare: false,
            finished_word: "TRADE_FINISHED".into(),
            old_access_dies: false,
            empty_in_sign: EmptyInSign::Both,
        }
    }
}

/// All lasting knobs of Taobao: the common ones and its own.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub common: Common,
    pub own: Own,
}

impl Deref for Settings {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

/// The knobs as they stand.
pub(super) fn settings(market: &Market) -> Settings {
    let knobs = market.knobs();
    Settings {
        own: knobs.own(),
        common: knobs.settings,
    }
}

fn check(own: &Map<String, Value>) -> Result<(), String> {
    let own: Own = serde_json::from_value(Value::Object(own.clone())).map_err(|e| e.to_string())?;
    for (name, seconds) in [
        ("building_s", own.building_s),
        ("cancel_takes_s", own.cancel_takes_s),
        ("pay_takes_s", own.pay_takes_s),
    ] {
        within(name, seconds, 0, 366 * 86_400)?;
    }
    within("sys_retry_s", own.sys_retry_s, 1, 366 * 86_400)?;
    within(
        "alipay_balance_fen",
        own.alipay_balance_fen.unwrap_or(0),
        0,
        1_000_000_000_000,
    )?;
    if own.finished_word.trim().is_empty() {
        return Err("`finished_word` is empty".into());
    }
    Ok(())
}

fn usual() -> Common {
    Common {
        pay_timeout_s: 86_400,
        cancel_wait_s: 0,
        timestamp_skew_s: Some(7_200),
        access_token_s: 30 * 86_400,
        refresh_token_days: 60,
        code_s: 1_800,
        push_tries: 12,
        push_gap_s: 1_800,
        ..Common::default()
    }
}

/// What the shared rooms are told of them.
pub(super) static SHEET: Sheet = Sheet {
    usual,
    own: || crate::knobs::document(&Own::default()),
    check,
    groups: &[
        (
            "Taobao: making and paying",
            &[
                ("building_s", "A new order is being made for, seconds"),
                (
                    "building_bare",
                    "While it is made it shows no lines and no amounts",
                ),
                (
                    "building_failure",
                    "With a line that fails while it is made falls the",
                ),
                ("amount_exceeded", "A total above purchase_amount:"),
                ("sys_retry_s", "need_sys_retry tries again after, seconds"),
                ("cancel_takes_s", "A cancelling takes, seconds"),
                ("pay_takes_s", "A payment takes, seconds"),
                (
                    "alipay_balance_fen",
                    "On the bound account; dearer orders are not paid, fen",
                ),
            ],
        ),
        (
            "Taobao: forms of answers",
            &[
                ("types", "Ids, amounts and flags are typed"),
                ("create_refused_flag", "A refused create says so by flag"),
                ("payment_url", "Create gives an address to pay at"),
                (
                    "refund_push_bare",
                    "Messages of refunds do not name their order",
                ),
                ("finished_word", "Status word of a finished order"),
                ("empty_in_sign", "Empty values in a signature are"),
                ("old_access_dies", "A refresh ends earlier access tokens"),
            ],
        ),
    ],
    choices: &[
        ("types", &["documented", "random", "text", "number"]),
        ("building_failure", &["line", "order"]),
        ("amount_exceeded", &["refuse", "accept"]),
        ("create_refused_flag", &["both", "outer", "inner"]),
        ("empty_in_sign", &["both", "kept", "skipped"]),
    ],
    apis: &[
        "/purchase/order/create",
        "/purchase/order/render",
        "/purchase/orders/query",
        "/purchase/order/batch/pay",
        "/purchase/order/asyn/cancel",
        "/logistics/detail/get",
        "/product/get",
        "/auth/token/refresh",
    ],
};
