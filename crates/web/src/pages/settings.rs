//! Settings that apply to every session and order.

use super::Shell;
use crate::Tr;
use crate::http::Field;
use crate::parts::{Fault, Input};
use askama::Template;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "settings.html")]
pub struct SettingsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// It was saved just now.
    pub saved: bool,
    /// What was wrong with the form as a whole.
    pub fault: Option<Fault>,
    /// When to ask before buying.
    pub buying: Vec<Input>,
    /// Money of customers.
    pub money: Vec<Input>,
}

/// The form as stored or typed.
#[derive(Clone, Debug, Default)]
pub struct SettingsForm {
    /// Price rise that is accepted without asking, in percent.
    pub tolerance: Field,
    /// Freight per purchase above which a person is asked, in yuan; empty never asks.
    pub freight: Field,
    /// Share of the order total from which on items count as paid, in percent.
    pub paid_share: Field,
    /// Decimals per currency, one per line: `USD 0`.
    pub rounding: Field,
}

impl SettingsForm {
    /// Fields about buying.
    #[must_use]
    pub fn buying(&self, tr: &Tr) -> Vec<Input> {
        vec![
            Input::decimal("tolerance", tr.settings_tolerance(), self.tolerance.clone())
                .unit("%")
                .hint(tr.settings_tolerance_hint()),
            Input::decimal("freight", tr.settings_freight(), self.freight.clone())
                .unit("¥")
                .hint(tr.settings_freight_hint()),
        ]
    }

    /// Fields about money.
    #[must_use]
    pub fn money(&self, tr: &Tr) -> Vec<Input> {
        vec![
            Input::decimal(
                "paid_share",
                tr.settings_paid_share(),
                self.paid_share.clone(),
            )
            .unit("%")
            .hint(tr.settings_paid_share_hint()),
            Input::area("rounding", tr.settings_rounding(), self.rounding.clone())
                .hint(tr.settings_rounding_hint()),
        ]
    }
}
