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

/// What the browser gets when the buyer refuses consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefusedConsent {
    /// Back to the app with `error=access_denied`.
    Redirect,
    /// A page that says so.
    Page,
}

/// Refuses a number outside its bounds, by the knob's name.
pub(crate) fn within(name: &str, value: i64, from: i64, to: i64) -> Result<(), String> {
    if (from..=to).contains(&value) {
        Ok(())
    } else {
        Err(format!("`{name}`: {value} is not between {from} and {to}"))
    }
}

/// Lasting knobs that every marketplace has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
    /// Calls each app may make on one Beijing day.
    pub per_day_app: Option<u32>,
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
    /// From the second page on, lists by modify time begin so many rows later, as if orders had
    /// moved meanwhile (negative: earlier, so that rows come twice).
    pub page_shift: i64,
    /// Largest page; larger wishes get this many.
    pub max_page_size: u32,
    /// The timestamp of a request may be this many seconds away.
    pub timestamp_skew_s: Option<i64>,
    /// APIs the apps may not call.
    pub denied_apis: Vec<String>,
    /// Life of an access token, seconds.
    pub access_token_s: i64,
    /// Life of a refresh token, days.
    pub refresh_token_days: i64,
    /// Life of an authorisation code, seconds.
    pub code_s: i64,
    /// Refresh also gives a new refresh token.
    pub refresh_rotates: bool,
    /// Every refresh is refused.
    pub refresh_refused: bool,
    /// What a refused consent does.
    pub refused_consent: RefusedConsent,
    /// The authorise page takes any redirect address, not only loopback and the app's own hosts.
    pub any_redirect: bool,
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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            latency_after_effect: false,
            per_second_app: None,
            per_second_session: None,
            per_day_app: None,
            daily_order_limit: None,
            daily_order_limits: BTreeMap::new(),
            unpaid_order_limit: None,
            repeat_reference: Repeat::First,
            search_delay_s: 0,
            search_delay_hides_reads: false,
            split_orders: 0,
            pay_timeout_s: 43_200,
            confirm_timeout_days: 10,
            cancel_wait_s: 10,
            auto_sellers: false,
            auto_ship_s: 30,
            auto_sign_s: 60,
            auto_complete_s: 60,
            logistics_delay_s: 0,
            unknown_status: None,
            page_shift: 0,
            max_page_size: 50,
            timestamp_skew_s: None,
            denied_apis: Vec::new(),
            access_token_s: 36_000,
            refresh_token_days: 180,
            code_s: 120,
            refresh_rotates: false,
            refresh_refused: false,
            refused_consent: RefusedConsent::Redirect,
            any_redirect: false,
            push_drop: false,
            push_double: false,
            push_late_s: 0,
            push_shuffle: false,
            push_tries: 3,
            push_gap_s: 10,
        }
    }
}

impl Settings {
    /// Refuses values that make no sense, by name.
    pub(super) fn check(&self) -> Result<(), String> {
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
        within("page_shift", self.page_shift, -100, 100)?;
        within("split_orders", i64::from(self.split_orders), 0, 10)?;
        within("push_tries", i64::from(self.push_tries), 1, 20)?;
        within("max_page_size", i64::from(self.max_page_size), 1, 1_000)?;
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
