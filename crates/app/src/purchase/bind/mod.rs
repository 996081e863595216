//! *Bind to goods provider's order*: reads orders by their numbers, proposes which lines cover
//! which items, and binds what a person confirms.
//!
//! Two steps. [`look`] begins a run that reads one order per job turn and keeps the proposal in
//! the run's memory; nothing is bound yet. [`confirm`] checks everything anew in the transaction
//! that binds. An order that carries the reference of a booking without a certain outcome is not
//! bound but taken as that outcome.

mod confirm;
mod look;
mod propose;
mod read;
mod report;
mod search;

pub use confirm::{BindChoice, confirm, leave};
pub use look::look;
pub use read::run;

use crate::activity::{self, Activity};
use crate::{App, AppError, Message};
use domain::binding::BindProposal;
use marketplaces::MarketOrder;
use std::collections::BTreeMap;
use world::Timestamp;

/// What is looked up.
#[derive(Clone, Debug, Default)]
pub struct BindLook {
    /// Given by the form.
    pub request_id: String,
    /// Order from whose page it is done.
    pub order: i64,
    /// Chosen items; none means every item with free units.
    pub items: Vec<i64>,
    /// Session by marketplace, as chosen in the session bar.
    pub sessions: BTreeMap<String, i64>,
    /// Which marketplace the numbers are of; needed where the items are of several.
    pub marketplace: Option<String>,
    /// Order numbers as pasted.
    pub text: String,
}

/// The memory of a look.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Look {
    /// Order.
    pub order: i64,
    /// Its number.
    pub order_number: String,
    /// Marketplace.
    pub marketplace: String,
    /// Chosen items; none means every item with free units.
    pub chosen: Vec<i64>,
    /// The numbers, in their order.
    pub numbers: Vec<Number>,
    /// Sessions whose listings are still to be searched for numbers that no marketplace can be
    /// asked for.
    #[serde(default)]
    pub to_search: Vec<i64>,
    /// Who looks.
    pub actor: String,
}

/// One number.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Number {
    /// Marketplace's number.
    pub number: String,
    /// The number that was typed, where it is another one of the same order.
    #[serde(default)]
    pub typed: Option<String>,
    /// Sessions that are still to be tried, the next one first.
    pub sessions: Vec<i64>,
    /// How it stands.
    pub state: NumberState,
}

/// How a number stands.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum NumberState {
    /// To be read.
    Reading,
    /// No account can be asked for it: listings are searched for it.
    Sought,
    /// It cannot be bound.
    Refused {
        /// What stands in the way.
        reason: Message,
    },
    /// It was the order of a booking of ours and was taken as its outcome.
    Adopted {
        /// That booking's reference.
        reference: String,
    },
    /// Read; a person confirms.
    Found {
        /// What was read, and what it would cover.
        found: Box<Found>,
    },
    /// Bound.
    Bound {
        /// Purchase.
        purchase: i64,
        /// Units bound.
        units: i64,
    },
    /// Read and not chosen.
    LeftOut,
}

/// An order that was read, and what it would cover.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Found {
    /// Session that can see it.
    pub session: i64,
    /// That session's login name.
    pub login: String,
    /// When the read began.
    pub read_at: Timestamp,
    /// The order.
    pub order: MarketOrder,
    /// Units of each line, by position, that cover items already.
    pub allocated: Vec<i64>,
    /// What it would cover; lines are told by their position in the order.
    pub proposal: BindProposal,
}

/// Payload of the job.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct BindJob {
    pub(super) activity: i64,
    pub(super) number: usize,
    pub(super) session: i64,
    /// A page of listings is searched instead of a number read.
    #[serde(default)]
    pub(super) search: Option<search::Place>,
}

impl Number {
    /// As the person typed it.
    #[must_use]
    pub fn label(&self) -> &str {
        self.typed.as_deref().unwrap_or(&self.number)
    }
}

pub(super) fn step_name(number: &Number) -> String {
    format!("read {}", number.label())
}

/// The memory of a look: numbers, what was found, what it would cover.
///
/// # Errors
/// When there is no such look; the database's.
pub async fn shown(app: &App, activity: i64) -> Result<(Activity, Look), AppError> {
    let run = activity::show(app, activity).await?;
    if run.row.operation != "bind" {
        return Err(AppError::NotFound("look"));
    }
    let look = run.data()?;
    Ok((run, look))
}
