//! The lasting knobs, each with what it does, its unit and its usual value.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a second create with a known reference does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Repeat {
    /// Answers with the first order again.
    First,
    /// Refuses.
    Error,
    /// Makes a second order.
    Second,
}

/// In which order lists come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sort {
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
pub(crate) enum SuccessAs {
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
pub(crate) enum OauthErrors {
    /// `error_code`, `error_message` like the gateway.
    Gateway,
    /// `error`, `error_description` like the OAuth standard.
    Standard,
}

/// What the browser gets when the buyer refuses consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefusedConsent {
    /// Back to the app with `error=access_denied`.
    Redirect,
    /// A page that says so.
    Page,
}

/// Which sorting of a signature is good where the two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignatureSort {
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
pub(crate) enum TimeoutPush {
    /// As if the platform's back office closed it.
    BopsClose,
    /// As if the seller closed it.
    SellerClose,
    /// None at all.
    Nothing,
}

/// Lasting knobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own that a person turns"
)]
pub(crate) struct Settings {
    /// Every gateway call takes this long, milliseconds.
    pub latency_ms: i64,
    /// The wait lies after the effect and not before it.
    pub latency_after_effect: bool,
    /// Calls each app may make in a second.
    pub per_second_app: Option<u32>,
    /// Calls each account of an app may make in a second.
    pub per_second_session: Option<u32>,
    /// Orders an account may make on one Beijing day.
    pub daily_order_limit: Option<u32>,
    /// The same for single accounts, before the one above.
    pub daily_order_limits: BTreeMap<String, u32>,
    /// Unpaid orders an account may have.
    pub unpaid_order_limit: Option<u32>,
    /// A second create with a known reference.
    pub repeat_reference: Repeat,
    /// A new order stays invisible to lists for so many seconds.
    pub search_delay_s: i64,
    /// ... and to a read by its number too.
    pub search_delay_hides_reads: bool,
    /// A create becomes so many orders, as far as it has lines (0 or 1 = one).
    pub split_orders: u32,
    /// A create whose stock is short fails line by line and not as a whole.
    pub stock_failure_by_line: bool,
    /// Seconds after which an unpaid order is closed.
    pub pay_timeout_s: i64,
    /// Days after which a shipped order completes by itself.
    pub confirm_timeout_days: i64,
    /// Cancel is refused for so many seconds after the making.
    pub cancel_wait_s: i64,
    /// Sellers ship, carriers deliver and buyers complete by themselves.
    pub auto_sellers: bool,
    /// ... seconds after payment.
    pub auto_ship_s: i64,
    /// ... seconds after shipping.
    pub auto_sign_s: i64,
    /// ... seconds after delivery.
    pub auto_complete_s: i64,
    /// Logistics reads know nothing for so many seconds after shipping.
    pub logistics_delay_s: i64,
    /// Every order shows this word in place of its status.
    pub unknown_status: Option<String>,
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
    /// From the second page on, lists by modify time begin so many rows later, as if orders had
    /// moved meanwhile (negative: earlier, so that rows come twice).
    pub page_shift: i64,
    /// Order of lists.
    pub list_sort: Sort,
    /// Largest page; larger wishes get this many.
    pub max_page_size: u32,
    /// Largest time window of a list in days; wider ones are refused.
    pub max_window_days: Option<u32>,
    /// Orders older than this many days are in the history table.
    pub current_table_days: i64,
    /// Which sorting of parameters a signature may rest on.
    pub signature_sort: SignatureSort,
    /// `_aop_timestamp` may be this many seconds away.
    pub timestamp_skew_s: Option<i64>,
    /// APIs the apps may not call.
    pub denied_apis: Vec<String>,
    /// Life of an access token, seconds.
    pub access_token_s: i64,
    /// Life of a refresh token, days.
    pub refresh_token_days: i64,
    /// Life of an authorisation code, seconds.
    pub code_s: i64,
    /// `expires_in` is a number and not a text.
    pub expires_in_number: bool,
    /// Refresh also gives a new refresh token.
    pub refresh_rotates: bool,
    /// Every refresh is refused.
    pub refresh_refused: bool,
    /// Form of getToken's errors.
    pub oauth_errors: OauthErrors,
    /// What a refused consent does.
    pub refused_consent: RefusedConsent,
    /// The authorise page takes any redirect address, not only loopback and the app's own hosts.
    pub any_redirect: bool,
    /// An order wholly refunded before shipping ends as `terminated` and not as `cancel`.
    pub refunded_order_is_terminated: bool,
    /// Message of an unpaid time-out.
    pub timeout_push: TimeoutPush,
    /// No message is delivered; they wait to be pulled.
    pub push_drop: bool,
    /// Every message comes twice.
    pub push_double: bool,
    /// Messages come so many seconds late.
    pub push_late_s: i64,
    /// Messages come in any order.
    pub push_shuffle: bool,
    /// Tries to deliver a message.
    pub push_tries: u32,
    /// Seconds between tries.
    pub push_gap_s: i64,
    /// `data` is a text with JSON in it and not an object.
    pub push_data_as_text: bool,
    /// Days a message can be pulled.
    pub push_keep_days: i64,
    /// Payment through the API works but says that it did not.
    pub pay_says_failed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            latency_after_effect: false,
            per_second_app: None,
            per_second_session: None,
            daily_order_limit: None,
            daily_order_limits: BTreeMap::new(),
            unpaid_order_limit: None,
            repeat_reference: Repeat::First,
            search_delay_s: 0,
            search_delay_hides_reads: false,
            split_orders: 0,
            stock_failure_by_line: false,
            pay_timeout_s: 43_200,
            confirm_timeout_days: 10,
            cancel_wait_s: 10,
            auto_sellers: false,
            auto_ship_s: 30,
            auto_sign_s: 60,
            auto_complete_s: 60,
            logistics_delay_s: 0,
            unknown_status: None,
            null_fields: false,
            success_as: SuccessAs::Documented,
            round_ids: false,
            unwrapped_create: false,
            unauthorized_http: 401,
            gateway_error_http: 400,
            page_shift: 0,
            list_sort: Sort::CreateDesc,
            max_page_size: 50,
            max_window_days: None,
            current_table_days: 90,
            signature_sort: SignatureSort::Both,
            timestamp_skew_s: None,
            denied_apis: Vec::new(),
            access_token_s: 36_000,
            refresh_token_days: 180,
            code_s: 120,
            expires_in_number: false,
            refresh_rotates: false,
            refresh_refused: false,
            oauth_errors: OauthErrors::Gateway,
            refused_consent: RefusedConsent::Redirect,
            any_redirect: false,
            refunded_order_is_terminated: false,
            timeout_push: TimeoutPush::BopsClose,
            push_drop: false,
            push_double: false,
            push_late_s: 0,
            push_shuffle: false,
            push_tries: 3,
            push_gap_s: 10,
            push_data_as_text: false,
            push_keep_days: 7,
            pay_says_failed: false,
        }
    }
}

impl Settings {
    /// Refuses values that make no sense, by name.
    pub(super) fn check(&self) -> Result<(), String> {
        let within = |name: &str, value: i64, from: i64, to: i64| {
            if (from..=to).contains(&value) {
                Ok(())
            } else {
                Err(format!("`{name}`: {value} is not between {from} and {to}"))
            }
        };
        let year = 366 * 86_400;
        within("latency_ms", self.latency_ms, 0, 600_000)?;
        for (name, value) in [
            ("search_delay_s", self.search_delay_s),
            ("auto_ship_s", self.auto_ship_s),
            ("auto_sign_s", self.auto_sign_s),
            ("auto_complete_s", self.auto_complete_s),
            ("logistics_delay_s", self.logistics_delay_s),
            ("cancel_wait_s", self.cancel_wait_s),
            ("push_late_s", self.push_late_s),
            ("push_gap_s", self.push_gap_s),
            ("timestamp_skew_s", self.timestamp_skew_s.unwrap_or(0)),
        ] {
            within(name, value, 0, year)?;
        }
        for (name, value) in [
            ("pay_timeout_s", self.pay_timeout_s),
            ("access_token_s", self.access_token_s),
            ("code_s", self.code_s),
        ] {
            within(name, value, 1, year)?;
        }
        within("refresh_token_days", self.refresh_token_days, 1, 3_660)?;
        within("confirm_timeout_days", self.confirm_timeout_days, 1, 3_660)?;
        within("current_table_days", self.current_table_days, 1, 3_660)?;
        within("push_keep_days", self.push_keep_days, 1, 3_660)?;
        within("page_shift", self.page_shift, -100, 100)?;
        within("split_orders", i64::from(self.split_orders), 0, 10)?;
        within("push_tries", i64::from(self.push_tries), 1, 20)?;
        within("max_page_size", i64::from(self.max_page_size), 1, 1_000)?;
        within(
            "unauthorized_http",
            i64::from(self.unauthorized_http),
            200,
            599,
        )?;
        within(
            "gateway_error_http",
            i64::from(self.gateway_error_http),
            200,
            599,
        )?;
        for (name, rate) in [
            ("per_second_app", self.per_second_app),
            ("per_second_session", self.per_second_session),
        ] {
            if let Some(rate) = rate {
                within(name, i64::from(rate), 1, 100_000)?;
            }
        }
        Ok(())
    }

    /// Orders this account may make on one day.
    pub(crate) fn daily_limit(&self, account: &str) -> Option<u32> {
        self.daily_order_limits
            .get(account)
            .copied()
            .or(self.daily_order_limit)
    }
}
