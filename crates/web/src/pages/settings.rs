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

/// The form as stored or typed. Fields are named as the operation names them in its refusals.
#[derive(Clone, Debug, Default)]
pub struct SettingsForm {
    /// Price rise that is accepted without asking, in percent.
    pub tolerance: Field,
    /// Price rise per unit that is accepted without asking, in yuan.
    pub tolerance_yuan: Field,
    /// Freight per purchase above which a person is asked, in yuan; empty never asks.
    pub freight: Field,
    /// Share of the order total from which on items count as paid, in percent.
    pub paid_share: Field,
    /// Decimals per currency, one per line: `USD 0`.
    pub decimals: Field,
}

impl SettingsForm {
    /// Fields about buying.
    #[must_use]
    pub fn buying(&self, tr: &Tr) -> Vec<Input> {
        vec![
            Input::decimal(
                "goods_tolerance_basis_points",
                tr.settings_tolerance(),
                self.tolerance.clone(),
            )
            .unit("%")
            .hint(tr.settings_tolerance_hint()),
            Input::decimal(
                "goods_tolerance_fen",
                tr.settings_tolerance_yuan(),
                self.tolerance_yuan.clone(),
            )
            .unit("¥")
            .hint(tr.settings_tolerance_yuan_hint()),
            Input::decimal(
                "freight_asks_above_fen",
                tr.settings_freight(),
                self.freight.clone(),
            )
            .unit("¥")
            .hint(tr.settings_freight_hint()),
        ]
    }

    /// Fields about money.
    #[must_use]
    pub fn money(&self, tr: &Tr) -> Vec<Input> {
        vec![
            Input::decimal(
                "paid_share_basis_points",
                tr.settings_paid_share(),
                self.paid_share.clone(),
            )
            .unit("%")
            .hint(tr.settings_paid_share_hint()),
            Input::area("decimals", tr.settings_rounding(), self.decimals.clone())
                .hint(tr.settings_rounding_hint()),
        ]
    }
}
