//! The memory of a booking run: which orders it wants to place and how far each has come.

use crate::activity::{Activity, ActivityState, StepState};
use crate::{AppError, Message};
use domain::plan::{PlannedBooking, RefusedItem, Seller};
use domain::{Accepted, Ceiling, Fen, Judgement, QuotedLine};
use std::collections::BTreeMap;
use world::Timestamp;

/// A run: the groups of its plan.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Run {
    /// Order from whose page it was started.
    pub order: i64,
    /// Its number.
    pub order_number: String,
    /// The customer's code, for the address.
    pub customer_code: String,
    /// Orders to place.
    pub groups: Vec<Group>,
    /// Items that the plan left out.
    pub refused: Vec<RefusedItem>,
    /// Who booked.
    pub actor: String,
}

/// One order to place.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Group {
    /// What, from whom, through which session.
    pub planned: PlannedBooking,
    /// How far it has come.
    pub state: GroupState,
    /// The last booking that was made of it.
    #[serde(default)]
    pub booking: Option<i64>,
    /// How often that booking was followed by another one.
    #[serde(default)]
    pub successors: u32,
    /// What a person has accepted so far.
    #[serde(default)]
    pub accepted: Accepted,
    /// What is asked, while it is asked.
    #[serde(default)]
    pub question: Option<Question>,
    /// The marketplace placed it without some of its lines.
    #[serde(default)]
    pub lines_refused: bool,
}

/// How far a group has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum GroupState {
    /// To be previewed.
    Planned,
    /// A person must decide.
    Asking,
    /// Stored as this booking.
    Booking {
        /// Row id of the booking.
        booking: i64,
    },
    /// Over.
    Ended {
        /// How.
        end: GroupEnd,
    },
}

/// How a group ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupEnd {
    /// Placed and read back.
    Placed,
    /// Refused.
    Refused,
    /// The outcome is unknown; the search goes on by itself.
    Unknown,
    /// Left out or stopped by a person.
    LeftOut,
}

/// What a person is asked about a group.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Question {
    /// The judgement with its questions.
    pub judgement: Judgement,
    /// Lines as previewed.
    pub lines: Vec<QuotedLine>,
    /// Goods.
    pub goods: Fen,
    /// Freight.
    pub freight: Fen,
    /// When the preview was made.
    pub at: Timestamp,
}

/// What a booking was accepted for: stored with it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct AcceptedTerms {
    /// The most that it may cost.
    pub ceiling: Ceiling,
    /// The answers of a person behind it.
    pub answers: Accepted,
}

/// Payload of the job of one group.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct GroupJob {
    /// The run.
    pub activity: i64,
    /// Position of the group in it.
    pub group: usize,
}

/// The seller's name for people.
#[must_use]
pub fn seller_name(planned: &PlannedBooking) -> String {
    planned
        .seller_name
        .clone()
        .unwrap_or_else(|| match &planned.seller {
            Seller::Id(text) | Seller::Name(text) => text.clone(),
        })
}

impl Run {
    /// The group at `index`.
    ///
    /// # Errors
    /// When the run has no such group.
    pub fn group(&self, index: usize) -> Result<&Group, AppError> {
        self.groups
            .get(index)
            .ok_or(AppError::NotFound("group of the run"))
    }

    /// The group at `index`, to be changed.
    ///
    /// # Errors
    /// When the run has no such group.
    pub fn group_mut(&mut self, index: usize) -> Result<&mut Group, AppError> {
        self.groups
            .get_mut(index)
            .ok_or(AppError::NotFound("group of the run"))
    }
}

/// Name of a group's step.
#[must_use]
pub fn step_name(index: usize, what: &str) -> String {
    format!("{index} {what}")
}

/// A message that names marketplace and seller of a group.
#[must_use]
pub fn about(group: &Group, key: &str) -> Message {
    Message::of(key)
        .with("marketplace", &group.planned.marketplace)
        .with("seller", seller_name(&group.planned))
}

/// Puts run and counts back into the activity and derives the activity's state from its groups.
pub fn settle(activity: &mut Activity, run: &Run, now: Timestamp) {
    let mut counts = BTreeMap::new();
    let (mut asking, mut working) = (0, 0);
    let lines_refused = run.groups.iter().any(|group| group.lines_refused);
    for group in &run.groups {
        match group.state {
            GroupState::Planned | GroupState::Booking { .. } => working += 1,
            GroupState::Asking => asking += 1,
            GroupState::Ended { end } => {
                let name = match end {
                    GroupEnd::Placed => "placed",
                    GroupEnd::Refused => "refused",
                    GroupEnd::Unknown => "unknown",
                    GroupEnd::LeftOut => "left_out",
                };
                *counts.entry(name).or_insert(0_i64) += 1;
            }
        }
    }
    let of = |name: &str| counts.get(name).copied().unwrap_or(0);
    for name in ["placed", "refused", "unknown", "left_out"] {
        activity.count(name, of(name));
    }
    activity.count("waiting", asking);
    activity.count(
        "groups",
        i64::try_from(run.groups.len()).unwrap_or(i64::MAX),
    );
    activity.set_data(run);
    let state = if working > 0 {
        ActivityState::Running
    } else if asking > 0 {
        ActivityState::Waiting
    } else if of("placed") == 0 && of("left_out") > 0 && of("refused") + of("unknown") == 0 {
        ActivityState::Stopped
    } else if of("placed") == 0 && of("unknown") == 0 {
        ActivityState::Failed
    } else if of("refused") + of("unknown") + of("left_out") > 0
        || !run.refused.is_empty()
        || lines_refused
    {
        ActivityState::Partly
    } else {
        ActivityState::Done
    };
    activity.go(state, now);
}

/// A person stops a run: what is still asked is left out. Nobody else would end it, for nothing of
/// it is in the queue.
///
/// # Errors
/// When the activity is no booking run.
pub fn leave_asked(activity: &mut Activity, now: Timestamp) -> Result<(), AppError> {
    let mut run: Run = activity.data()?;
    for (index, group) in run.groups.iter_mut().enumerate() {
        if group.state == GroupState::Asking {
            group.state = GroupState::Ended {
                end: GroupEnd::LeftOut,
            };
            group.question = None;
            activity.drop_step(&step_name(index, "question"));
            let said = about(group, "step-stopped");
            activity.step(
                &step_name(index, "end"),
                colour(GroupEnd::LeftOut),
                said,
                now,
            );
        }
    }
    settle(activity, &run, now);
    Ok(())
}

/// The colour of a step that tells an end.
#[must_use]
pub const fn colour(end: GroupEnd) -> StepState {
    match end {
        GroupEnd::Placed => StepState::Done,
        GroupEnd::Refused => StepState::Error,
        GroupEnd::Unknown | GroupEnd::LeftOut => StepState::Warning,
    }
}

/// Ends a group in the caller's transaction: says how, with the reason, and settles the run.
///
/// # Errors
/// The database's.
pub async fn end_group(
    db: &mut store::Db,
    job: GroupJob,
    end: GroupEnd,
    step: &str,
    message: Message,
    hint: Option<Message>,
    now: Timestamp,
) -> Result<(), AppError> {
    let mut activity = crate::activity::lock(db, job.activity).await?;
    let mut run: Run = activity.data()?;
    let group = run.group_mut(job.group)?;
    if matches!(
        group.state,
        GroupState::Ended {
            end: GroupEnd::Placed
        }
    ) {
        return Ok(());
    }
    group.state = GroupState::Ended { end };
    group.question = None;
    activity.drop_step(&step_name(job.group, "question"));
    activity
        .step(&step_name(job.group, step), colour(end), message, now)
        .hint = hint;
    settle(&mut activity, &run, now);
    activity.save(db, now).await
}

/// Says how a step of a group stands, in the caller's transaction.
///
/// # Errors
/// The database's.
pub async fn tell(
    db: &mut store::Db,
    job: GroupJob,
    step: &str,
    state: StepState,
    message: Message,
    now: Timestamp,
) -> Result<(), AppError> {
    let mut activity = crate::activity::lock(db, job.activity).await?;
    activity.step(&step_name(job.group, step), state, message, now);
    activity.save(db, now).await
}
