//! The list of orders: search, filters, tabs with counts, pages by key.

use super::{Paging, Shell, Tab};
use crate::Tr;
use crate::parts::{Choice, Empty, Link, Tag};
use askama::Template;

/// The list page.
#[derive(Clone, Debug, Template)]
#[template(path = "orders.html")]
pub struct OrdersPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// Views with their counts: all, ready for purchase, needs a person, to pay.
    pub tabs: Vec<Tab>,
    /// Filters that can be set.
    pub filters: Vec<Filter>,
    /// Filters that are set; a link takes one away.
    pub chips: Vec<Link>,
    /// Takes all filters away, when one is set.
    pub clear: Option<String>,
    /// Parameters of the address that a filter's form keeps.
    pub kept: Vec<(String, String)>,
    /// From and to of the date filter (`2015-12-01`).
    pub created: (String, String),
    /// The orders.
    pub rows: Vec<OrderRow>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
    /// Neighbouring pages.
    pub paging: Paging,
}

/// A filter with its choices.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Name of the parameter.
    pub name: &'static str,
    /// Label.
    pub label: String,
    /// What can be chosen.
    pub choices: Vec<Choice>,
}

/// One order.
#[derive(Clone, Debug, Default)]
pub struct OrderRow {
    /// Number.
    pub number: String,
    /// Its page.
    pub url: String,
    /// Differences, unknown outcomes.
    pub marks: Vec<Tag>,
    /// `Today 10:12`.
    pub created: String,
    /// In full, for the tooltip.
    pub created_full: String,
    /// Code of the customer.
    pub customer: String,
    /// Status.
    pub status: Tag,
    /// `3 of 5 purchased`.
    pub items: String,
    /// Where its goods come from.
    pub marketplaces: Vec<Tag>,
    /// Sum.
    pub total: String,
    /// Unpaid rest.
    pub remaining: String,
    /// There is an unpaid rest.
    pub owes: bool,
}
