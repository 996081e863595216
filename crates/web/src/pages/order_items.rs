//! The Items tab: everything that is known of each item, and what can be done with chosen ones.

use super::Shell;
use super::order::OrderHead;
use crate::Tr;
use crate::parts::{Configuration, Fault, Goods, Outside, Tag};
use askama::Template;

/// The tab.
#[derive(Clone, Debug, Template)]
#[template(path = "order/items.html")]
pub struct OrderItemsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The order's head.
    pub head: OrderHead,
    /// The items in their order.
    pub items: Vec<ItemRow>,
    /// `4 items, 10 units`.
    pub summary: String,
    /// Sum of the items.
    pub sum: String,
    /// Weight of the items.
    pub weight: String,
    /// What the person may do here.
    pub may: ItemRights,
}

/// What a person may do with items.
#[derive(Clone, Copy, Debug, Default)]
pub struct ItemRights {
    /// Change statuses.
    pub change_status: bool,
    /// Split, edit, correct.
    pub edit: bool,
    /// Create parcels.
    pub parcels: bool,
}

/// One item.
#[derive(Clone, Debug, Default)]
pub struct ItemRow {
    /// Row id.
    pub id: i64,
    /// What it is.
    pub goods: Goods,
    /// Where it comes from.
    pub marketplace: Tag,
    /// Seller as the marketplace writes it.
    pub seller: String,
    /// Its configuration.
    pub configuration: Configuration,
    /// What the customer ordered, where it was corrected.
    pub corrected_from: Option<String>,
    /// Quantity.
    pub quantity: String,
    /// Unit.
    pub unit: String,
    /// `2 reserved · 3 of 5 purchased`.
    pub units: Option<String>,
    /// Price.
    pub price: String,
    /// Price exactly.
    pub price_exact: String,
    /// Expected price at the marketplace.
    pub expected: String,
    /// Sum.
    pub sum: String,
    /// Weight.
    pub weight: String,
    /// Status.
    pub status: Tag,
    /// Age and source of the status.
    pub status_age: String,
    /// What the marketplace says otherwise.
    pub status_note: Option<String>,
    /// Comment of the customer.
    pub customer_comment: Option<String>,
    /// Comment of the operator.
    pub operator_comment: Option<String>,
    /// Purchases that cover it.
    pub purchases: Vec<Outside>,
    /// Parcels it is in.
    pub parcels: Vec<String>,
    /// Further photos.
    pub photos: Vec<String>,
    /// What is wrong.
    pub faults: Vec<Fault>,
}
