//! The Parcels tab: what goes to the customer.

use super::Shell;
use super::order::OrderHead;
use crate::Tr;
use crate::parts::{Empty, Goods, Link, Outside, Tag};
use askama::Template;

/// The tab.
#[derive(Clone, Debug, Template)]
#[template(path = "order/parcels.html")]
pub struct OrderParcelsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The order's head.
    pub head: OrderHead,
    /// The parcels.
    pub parcels: Vec<ParcelCard>,
    /// Items that can be packed and are in no parcel.
    pub unpacked: Vec<UnpackedRow>,
    /// What stands there when there is nothing.
    pub empty: Option<Empty>,
    /// The person may change parcels.
    pub may_change: bool,
}

/// One parcel.
#[derive(Clone, Debug, Default)]
pub struct ParcelCard {
    /// `Parcel 1`.
    pub name: String,
    /// Row id.
    pub id: i64,
    /// Status.
    pub status: Tag,
    /// Weight, or `—`.
    pub weight: String,
    /// `40 × 30 × 20 cm`, or `—`.
    pub size: String,
    /// Delivery service.
    pub service: String,
    /// Tracking code.
    pub tracking: Option<Outside>,
    /// When it was packed or shipped.
    pub when: String,
    /// Statuses that it may go to; each posts at once.
    pub moves: Vec<Link>,
    /// Opens the window with weight, size, service and tracking code.
    pub edit: String,
    /// Opens the window that moves items elsewhere.
    pub move_items: Option<String>,
    /// What is inside.
    pub rows: Vec<ParcelRow>,
    /// `3 items · 7 units`.
    pub summary: String,
}

/// Goods in a parcel.
#[derive(Clone, Debug, Default)]
pub struct ParcelRow {
    /// What it is.
    pub goods: Goods,
    /// Its configuration.
    pub configuration: String,
    /// How many of how many.
    pub quantity: String,
    /// Weight.
    pub weight: String,
}

/// Goods that wait for a parcel.
#[derive(Clone, Debug, Default)]
pub struct UnpackedRow {
    /// Row id of the item.
    pub id: i64,
    /// What it is.
    pub goods: Goods,
    /// Its configuration.
    pub configuration: String,
    /// How many.
    pub quantity: String,
    /// Weight.
    pub weight: String,
    /// Status.
    pub status: Tag,
}
