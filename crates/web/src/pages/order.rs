//! The head of an order's page, the same on each of its tabs.

use super::Tab;
use crate::Tr;
use crate::parts::{Fault, Link, Tag};

/// The head: facts, what a person may do with the order as a whole, tabs.
#[derive(Clone, Debug, Default)]
pub struct OrderHead {
    /// Number.
    pub number: String,
    /// Its address, without a tab.
    pub url: String,
    /// Status.
    pub status: Tag,
    /// A person closed or cancelled it, and why.
    pub status_note: Option<String>,
    /// `02.12.15 10:48:15`.
    pub created: String,
    /// Prices of goods.
    pub goods: String,
    /// Exact values, for the tooltip.
    pub goods_exact: String,
    /// Paid so far.
    pub paid: String,
    /// Still to be paid.
    pub remaining: String,
    /// Something is still to be paid.
    pub owes: bool,
    /// Where a payment is recorded, when the person may.
    pub record_payment: Option<String>,
    /// Weight.
    pub weight: String,
    /// What the delivery costs.
    pub delivery: String,
    /// Who delivers.
    pub service: String,
    /// Customer.
    pub customer: String,
    /// Other orders of the customer.
    pub customer_url: Option<String>,
    /// `1 $ = ¥ 6.40 · 1 Dec`, or that there is none.
    pub rate: String,
    /// What the customer wrote.
    pub comment: Option<String>,
    /// What a person may do with the whole order: close, cancel. Each opens a window.
    pub actions: Vec<Link>,
    /// Differences that need a person.
    pub faults: Vec<Fault>,
    /// Tabs.
    pub tabs: Vec<Tab>,
}

/// The tabs of an order, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderTab {
    /// Everything about the items.
    Items,
    /// What goes to the customer.
    Parcels,
    /// The timeline.
    History,
    /// Buying.
    Purchase,
    /// Runs.
    Activities,
}

impl OrderTab {
    /// Every tab.
    pub const ALL: [Self; 5] = [
        Self::Items,
        Self::Parcels,
        Self::History,
        Self::Purchase,
        Self::Activities,
    ];

    /// Its ending in the address.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Parcels => "parcels",
            Self::History => "history",
            Self::Purchase => "purchase",
            Self::Activities => "activities",
        }
    }

    fn name(self, tr: &Tr) -> &str {
        match self {
            Self::Items => tr.tab_items(),
            Self::Parcels => tr.tab_parcels(),
            Self::History => tr.tab_history(),
            Self::Purchase => tr.tab_purchase(),
            Self::Activities => tr.tab_activities(),
        }
    }
}

/// The tabs of the order at `url`; `counts` gives the number on a tab and its colour.
pub fn order_tabs(
    tr: &Tr,
    url: &str,
    active: OrderTab,
    counts: impl Fn(OrderTab) -> Option<(String, &'static str)>,
) -> Vec<Tab> {
    OrderTab::ALL
        .into_iter()
        .map(|tab| Tab {
            text: tab.name(tr).to_owned(),
            url: format!("{url}/{}", tab.path()),
            active: tab == active,
            count: counts(tab),
        })
        .collect()
}
