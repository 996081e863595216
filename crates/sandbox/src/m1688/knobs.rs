//! The knobs that only 1688 has.

use crate::knobs::{Settings as Common, Sheet, within};
use crate::state::Market;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::ops::Deref;

/// In which order lists come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sort {
    /// Newest first by time of making.
    CreateDesc,
    /// Oldest first by time of making.
    CreateAsc,
    /// Newest first by modify time.
    ModifyDesc,
    /// Oldest first by modify time.
    ModifyAsc,
}

/// How the word `success` is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SuccessAs {
    /// As documented for each API.
    Documented,
    /// `true` everywhere.
    Bool,
    /// `"true"` everywhere.
    String,
}

/// Which form getToken's errors take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OauthErrors {
    /// `error_code`, `error_message` like the gateway.
    Gateway,
    /// `error`, `error_description` like the OAuth standard.
    Standard,
}

/// Which sorting of a signature is good where the two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignatureSort {
    /// Both; the call log says when only the sort by key fits.
    Both,
    /// Only the sort of key and value together.
    Concatenated,
    /// Only the sort by key.
    Key,
}

/// Which message a time-out sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TimeoutPush {
    /// As if the platform's back office closed it.
    BopsClose,
    /// As if the seller closed it.
    SellerClose,
    /// None at all.
    Nothing,
}

/// Its own lasting knobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own that a person turns"
)]
pub(super) struct Own {
    /// A create whose stock is short fails line by line and not as a whole.
    pub stock_failure_by_line: bool,
    /// Fields without a value stand there as null.
    pub null_fields: bool,
    /// How `success` is typed.
    pub success_as: SuccessAs,
    /// The numeric ids beside the text ones are rounded as a double would.
    pub round_ids: bool,
    /// `result` of a create is not wrapped, as in two old samples.
    pub unwrapped_create: bool,
    /// HTTP status of the body with error 401.
    pub unauthorized_http: u16,
    /// HTTP status of the other gateway errors.
    pub gateway_error_http: u16,
    /// Order of lists.
    pub list_sort: Sort,
    /// Largest time window of a list in days; wider ones are refused.
    pub max_window_days: Option<u32>,
    /// Orders older than this many days are in the history table.
    pub current_table_days: i64,
    /// Which sorting of parameters a signature may rest on.
    pub signature_sort: SignatureSort,
    /// `expires_in` is a number and not a text.
    pub expires_in_number: bool,
    /// Form of getToken's errors.
    pub oauth_errors: OauthErrors,
    /// An order wholly refunded before shipping ends as `terminated` and not as `cancel`.
    pub refunded_order_is_terminated: bool,
    /// Message of an unpaid time-out.
    pub timeout_push: TimeoutPush,
    /// `data` is a text with JSON in it and not an object.
    pub push_data_as_text: bool,
    /// Days a message can be pulled.
    pub push_keep_days: i64,
    /// Payment through the API works but says that it did not.
    pub pay_says_failed: bool,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            stock_failure_by_line: false,
            null_fields: false,
            success_as: SuccessAs::Documented,
            round_ids: false,
            unwrapped_create: false,
            unauthorized_http: 401,
            gateway_error_http: 400,
            list_sort: Sort::CreateDesc,
            max_window_days: None,
            current_table_days: 90,
            signature_sort: SignatureSort::Both,
            expires_in_number: false,
            oauth_errors: OauthErrors::Gateway,
            refunded_order_is_terminated: false,
            timeout_push: TimeoutPush::BopsClose,
            push_data_as_text: false,
            push_keep_days: 7,
            pay_says_failed: false,
        }
    }
}

/// All lasting knobs of 1688: the common ones and its own.
#[derive(Clone, Debug, Default)]
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
    within("current_table_days", own.current_table_days, 1, 3_660)?;
    within("push_keep_days", own.push_keep_days, 1, 3_660)?;
    for (name, status) in [
        ("unauthorized_http", own.unauthorized_http),
        ("gateway_error_http", own.gateway_error_http),
    ] {
        within(name, i64::from(status), 200, 599)?;
    }
    Ok(())
}

/// What the shared rooms are told of them.
pub(super) static SHEET: Sheet = Sheet {
    usual: Common::default,
    own: || crate::knobs::document(&Own::default()),
    check,
    groups: &[
        (
            "1688: orders and money",
            &[
                (
                    "stock_failure_by_line",
                    "Short stock fails the line, not the whole",
                ),
                (
                    "refunded_order_is_terminated",
                    "A wholly refunded order ends as terminated",
                ),
                (
                    "pay_says_failed",
                    "Payment by program works but says it failed",
                ),
                ("timeout_push", "Message of an unpaid time-out"),
                (
                    "push_data_as_text",
                    "A message's data is a text with JSON in it",
                ),
                ("push_keep_days", "Messages can be pulled for, days"),
            ],
        ),
        (
            "1688: forms of answers",
            &[
                ("null_fields", "Absent fields are null"),
                ("success_as", "success is"),
                ("round_ids", "Numeric ids are rounded like doubles"),
                ("unwrapped_create", "A create's result is not wrapped"),
                ("expires_in_number", "expires_in is a number"),
                ("oauth_errors", "Errors of getToken have the form of"),
                ("unauthorized_http", "HTTP status of error 401"),
                ("gateway_error_http", "HTTP status of other gateway errors"),
                ("signature_sort", "Good order of signed parameters"),
            ],
        ),
        (
            "1688: lists",
            &[
                ("list_sort", "Order"),
                ("max_window_days", "Widest window, days"),
                ("current_table_days", "Older orders are history, days"),
            ],
        ),
    ],
    choices: &[
        ("success_as", &["documented", "bool", "string"]),
        ("oauth_errors", &["gateway", "standard"]),
        ("signature_sort", &["both", "concatenated", "key"]),
        ("timeout_push", &["bops_close", "seller_close", "nothing"]),
        (
            "list_sort",
            &["create_desc", "create_asc", "modify_desc", "modify_asc"],
        ),
    ],
    apis: &[
        "createCrossOrder",
        "fastCreateOrder",
        "cancel",
        "preview",
        "getBuyerOrderList",
        "buyerView",
        "queryProductDetail",
        "getToken",
    ],
};
