//! The progress of one run: as a window over any page, and as a page of its own.
//!
//! Both show the same fragment, which the server sends again as a whole whenever the run moved.

use super::Shell;
use crate::Tr;
use crate::parts::{Fault, Link, Tag};
use askama::Template;

/// The page of one activity.
#[derive(Clone, Debug, Template)]
#[template(path = "activity.html")]
pub struct ActivityPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// Who started it.
    pub by: String,
    /// When it began.
    pub at: String,
    /// The run.
    pub run: Progress,
}

/// The window that opens by itself when a run begins.
#[derive(Clone, Debug, Template)]
#[template(path = "windows/progress.html")]
pub struct ProgressWindow {
    /// The texts.
    pub tr: Tr,
    /// The run.
    pub run: Progress,
}

/// The part that changes.
#[derive(Clone, Debug, Template)]
#[template(path = "progress_body.html")]
pub struct ProgressBody {
    /// The texts.
    pub tr: Tr,
    /// The run.
    pub run: Progress,
}

/// A run as people see it.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Row id of the activity.
    pub id: i64,
    /// `Book 4 items`.
    pub title: String,
    /// The orders it works on.
    pub orders: Vec<Link>,
    /// Running, waiting for a person, done, failed.
    pub state: Tag,
    /// It goes on.
    pub running: bool,
    /// `Step 6 of 8`.
    pub step: String,
    /// Steps done.
    pub done: u32,
    /// Steps there are; unknown when 0.
    pub of: u32,
    /// `00:02`.
    pub elapsed: String,
    /// Seconds so far, from which the page counts on.
    pub seconds: i64,
    /// `placed 2 · refused 0 · waiting 1`.
    pub counts: String,
    /// Steps in their order.
    pub steps: Vec<ProgressStep>,
    /// A window that belongs to the run and opens by itself: how the orders to bind fit.
    pub window: Option<Link>,
    /// Asks the run to stop at the next safe point.
    pub stop: Option<String>,
    /// What cannot be stopped any more.
    pub stop_note: Option<String>,
    /// A fresh id for its forms.
    pub request_id: String,
}

/// One step.
#[derive(Clone, Debug, Default)]
pub struct ProgressStep {
    /// Colour of its dot.
    pub tone: &'static str,
    /// It is going on.
    pub running: bool,
    /// What was or is done; empty when the fault says it.
    pub text: String,
    /// What comes next, or what a person can do.
    pub next: Option<String>,
    /// When: `1.4 s`.
    pub at: String,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// What a person has to decide.
    pub decisions: Vec<Decision>,
    /// Where the answers to the decisions go.
    pub answer: String,
    /// The moment of the prices that are asked about: an answer counts for those only.
    pub asked: String,
    /// Accepts every price: `Accept these prices`.
    pub accept_all: Option<String>,
    /// Goes on without what cannot be ordered: text and value.
    pub go_on: Option<(String, String)>,
    /// Leaves all of it out.
    pub leave_all: Option<String>,
}

/// A line that is not as expected.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// `№ 53-4: price rose from ¥ 10.40 to ¥ 11.20 (+7.7 %)`; empty when the fault says it.
    pub text: String,
    /// Why it cannot be ordered.
    pub fault: Option<Fault>,
    /// Text of the button that accepts: `Accept ¥ 11.20`.
    pub accept: Option<String>,
    /// Raises the quantity: text and value.
    pub raise: Option<(String, String)>,
    /// Leaves the line out: value.
    pub leave: Option<String>,
}
