//! The list of activities: every run of an operation, newest first.

use super::{Paging, Shell, Tab};
use crate::Tr;
use crate::parts::{Empty, Link, Tag};
use askama::Template;

/// The list page.
#[derive(Clone, Debug, Template)]
#[template(path = "activities.html")]
pub struct ActivitiesPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// All, running, waiting for a person, with errors.
    pub tabs: Vec<Tab>,
    /// The runs.
    pub activities: Vec<ActivityRow>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
    /// Neighbouring pages.
    pub paging: Paging,
}

/// One run.
#[derive(Clone, Debug, Default)]
pub struct ActivityRow {
    /// Its page.
    pub url: String,
    /// Colour of its dot.
    pub tone: &'static str,
    /// Its state, when it is not simply done.
    pub state: Option<Tag>,
    /// What it did: `Booked № 53-3 in 2148830914512367`.
    pub text: String,
    /// Orders it touched.
    pub orders: Vec<Link>,
    /// Who or what started it.
    pub by: String,
    /// When.
    pub at: String,
    /// How long it took.
    pub took: String,
    /// First error in red.
    pub error: Option<String>,
}
