//! The Activities tab: the runs that touched one order.

use super::activities::ActivityRow;
use super::order::OrderHead;
use super::{Paging, Shell};
use crate::Tr;
use crate::parts::Empty;
use askama::Template;

/// The tab.
#[derive(Clone, Debug, Template)]
#[template(path = "order/activities.html")]
pub struct OrderActivitiesPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The order's head.
    pub head: OrderHead,
    /// Newest first.
    pub activities: Vec<ActivityRow>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
    /// Neighbouring pages.
    pub paging: Paging,
}
