//! The History tab: who or what changed what, from what to what.

use super::order::OrderHead;
use super::{Paging, Shell};
use crate::Tr;
use crate::parts::{Empty, Link};
use askama::Template;

/// The tab.
#[derive(Clone, Debug, Template)]
#[template(path = "order/history.html")]
pub struct OrderHistoryPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The order's head.
    pub head: OrderHead,
    /// Kinds of entries; a link shows one kind alone.
    pub kinds: Vec<KindLink>,
    /// By day, newest first.
    pub days: Vec<HistoryDay>,
    /// What stands there when there is nothing.
    pub empty: Option<Empty>,
    /// Neighbouring pages.
    pub paging: Paging,
}

/// A kind of entries.
#[derive(Clone, Debug, Default)]
pub struct KindLink {
    /// Name and address.
    pub link: Link,
    /// It is the one shown.
    pub active: bool,
}

/// One day of the timeline.
#[derive(Clone, Debug, Default)]
pub struct HistoryDay {
    /// `Today`, `19 Nov`.
    pub day: String,
    /// Newest first.
    pub entries: Vec<HistoryEntry>,
}

/// One change.
#[derive(Clone, Debug, Default)]
pub struct HistoryEntry {
    /// `10:12:05`.
    pub time: String,
    /// In full, for the tooltip.
    pub full: String,
    /// Picture of its kind.
    pub icon: &'static str,
    /// What happened.
    pub text: String,
    /// To what: `№ 53-1`, a purchase's number.
    pub subject: Option<Link>,
    /// From what to what, field by field.
    pub changes: Vec<Change>,
    /// The reason that was given.
    pub reason: Option<String>,
    /// Person or program.
    pub actor: String,
    /// The run it belonged to.
    pub activity: Option<String>,
}

/// A field that changed.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Which.
    pub field: String,
    /// Before; nothing when it was made.
    pub old: String,
    /// After; nothing when it was taken away.
    pub new: String,
}
