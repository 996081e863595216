//! What needs a person, across orders: open differences, and bookings whose outcome nobody knows.

use super::order_purchase::Difference;
use super::{Paging, Shell};
use crate::Tr;
use crate::parts::{Empty, Fault, Link, Outside, Tag};
use askama::Template;

/// The list of open differences.
#[derive(Clone, Debug, Template)]
#[template(path = "differences.html")]
pub struct DifferencesPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The newest first.
    pub rows: Vec<DifferenceRow>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
    /// Neighbouring pages.
    pub paging: Paging,
}

/// An open difference.
#[derive(Clone, Debug, Default)]
pub struct DifferenceRow {
    /// Row id.
    pub id: i64,
    /// What differs, with what can be done.
    pub difference: Difference,
    /// The marketplace.
    pub marketplace: Tag,
    /// Account concerned.
    pub account: String,
    /// The marketplace's number, where a purchase is concerned.
    pub number: Option<Outside>,
    /// Money at stake, or `—`.
    pub money: String,
    /// Orders concerned.
    pub orders: Vec<Link>,
    /// Since when: `2 hours ago`.
    pub since: String,
    /// The moment itself.
    pub since_at: String,
}

/// The list of bookings whose outcome nobody knows.
#[derive(Clone, Debug, Template)]
#[template(path = "unknown.html")]
pub struct UnknownPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The oldest first.
    pub rows: Vec<UnknownRow>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
}

/// A booking whose outcome nobody knows.
#[derive(Clone, Debug, Default)]
pub struct UnknownRow {
    /// The order from which it was booked; its tab holds what can be done.
    pub order: Link,
    /// The marketplace.
    pub marketplace: Tag,
    /// Account that it was sent with.
    pub account: String,
    /// Seller.
    pub seller: String,
    /// Our reference.
    pub reference: String,
    /// What it would cost.
    pub total: String,
    /// Why nobody knows.
    pub reason: Option<Fault>,
    /// How often it was searched for, and when it is next.
    pub looks: String,
    /// Whether it can be released, or what is missing.
    pub release: String,
    /// Since when.
    pub since: String,
    /// The moment itself.
    pub since_at: String,
}
