//! Activities: what people see of a run. Progress is stored, so any node can show it and a reload
//! loses nothing.

use crate::message::json;
use crate::{App, AppError, Ctx, IdPage, IdPlace, Message, booking};
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::activities::{self, ActivityRow, NewActivity};
use world::Timestamp;

/// State of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActivityState {
    /// Work goes on.
    Running,
    /// A person must decide.
    Waiting,
    /// Everything went well.
    Done,
    /// Some of it went well.
    Partly,
    /// Nothing of it went well.
    Failed,
    /// A person stopped it.
    Stopped,
}

impl ActivityState {
    /// The stored word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// The state of a stored word; an unknown one counts as running.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        [
            Self::Running,
            Self::Waiting,
            Self::Done,
            Self::Partly,
            Self::Failed,
            Self::Stopped,
        ]
        .into_iter()
        .find(|s| s.code() == code)
        .unwrap_or(Self::Running)
    }

    /// Nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Running | Self::Waiting)
    }
}

/// How a step stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Being done.
    Running,
    /// Went well.
    Done,
    /// Went, with something to look at.
    Warning,
    /// Did not go.
    Error,
    /// A person must decide.
    Waiting,
}

/// One step of a run.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// Steps of one name are one step that moves on; a new name is a new line.
    pub name: String,
    /// How it stands.
    pub state: StepState,
    /// What is said.
    pub message: Message,
    /// What a person can do next, where there is something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Message>,
    /// Last change.
    pub at: Timestamp,
}

/// A run as its operation works on it: the row with its parts read.
#[derive(Clone, Debug)]
pub struct Activity {
    /// The row as it was read.
    pub row: ActivityRow,
    /// Steps.
    pub steps: Vec<Step>,
    /// Named counts: `placed` 2, `refused` 0.
    pub counts: BTreeMap<String, i64>,
}

impl Activity {
    /// Reads a row's parts.
    #[must_use]
    pub fn of(row: ActivityRow) -> Self {
        Self {
            steps: serde_json::from_str(&row.steps).unwrap_or_default(),
            counts: serde_json::from_str(&row.counts).unwrap_or_default(),
            row,
        }
    }

    /// State.
    #[must_use]
    pub fn state(&self) -> ActivityState {
        ActivityState::from_code(&self.row.state)
    }

    /// Title.
    #[must_use]
    pub fn title(&self) -> Message {
        Message::from_json(&self.row.title)
    }

    /// The operation's own memory.
    ///
    /// # Errors
    /// When it has another form.
    pub fn data<T: serde::de::DeserializeOwned>(&self) -> Result<T, AppError> {
        serde_json::from_str(&self.row.data)
            .map_err(|e| AppError::Broken(format!("data of activity {}: {e}", self.row.id)))
    }

    /// Sets the operation's own memory.
    pub fn set_data<T: serde::Serialize>(&mut self, data: &T) {
        self.row.data = json(data);
    }

    /// Says how a step stands: moves the step of that name on, or adds it.
    pub fn step(
        &mut self,
        name: &str,
        state: StepState,
        message: Message,
        at: Timestamp,
    ) -> &mut Step {
        let step = Step {
            name: name.to_owned(),
            state,
            message,
            hint: None,
            at,
        };
        let index = self
            .steps
            .iter()
            .position(|s| s.name == name)
            .unwrap_or(self.steps.len());
        if index == self.steps.len() {
            self.steps.push(step);
        } else {
            self.steps[index] = step;
        }
        &mut self.steps[index]
    }

    /// Takes a step away.
    pub fn drop_step(&mut self, name: &str) {
        self.steps.retain(|s| s.name != name);
    }

    /// Sets a count.
    pub fn count(&mut self, name: &str, value: i64) {
        self.counts.insert(name.to_owned(), value);
    }

    /// Adds to a count.
    pub fn add(&mut self, name: &str, by: i64) {
        *self.counts.entry(name.to_owned()).or_insert(0) += by;
    }

    /// Goes to a state; an end is dated.
    pub fn go(&mut self, state: ActivityState, at: Timestamp) {
        state.code().clone_into(&mut self.row.state);
        self.row.finished_at = state.is_over().then_some(at);
    }

    /// Stores what changed.
    ///
    /// # Errors
    /// The database's.
    pub async fn save(mut self, db: &mut Db, now: Timestamp) -> Result<(), AppError> {
        self.row.steps = json(&self.steps);
        self.row.counts = json(&self.counts);
        activities::save(db, &self.row, now).await?;
        Ok(())
    }
}

/// A run to begin.
#[derive(Clone, Debug)]
pub struct Begin {
    /// Given by the form: the same request is the same run.
    pub request_id: String,
    /// Which operation, e.g. `book`.
    pub operation: &'static str,
    /// The order from whose page it is started.
    pub order_id: Option<i64>,
    /// The session that it works with.
    pub session_id: Option<i64>,
    /// Title.
    pub title: Message,
    /// The operation's own memory, as JSON.
    pub data: String,
}

/// A begun run: its id, and whether it is new (a double click gives the first one).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Begun {
    /// Row id.
    pub id: i64,
    /// This request began it.
    pub fresh: bool,
}

/// Begins a run in the caller's transaction.
///
/// # Errors
/// A request id of another form than 8 to 64 letters, digits and dashes; the database's.
pub async fn begin(ctx: &Ctx, db: &mut Db, begin: &Begin) -> Result<Begun, AppError> {
    let known_form = (8..=64).contains(&begin.request_id.len())
        && begin
            .request_id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !known_form {
        return Err(AppError::field(
            "request_id",
            Message::of("error-request_id"),
        ));
    }
    let new = NewActivity {
        id: ctx.id(),
        request_id: begin.request_id.clone(),
        operation: begin.operation,
        actor: ctx.actor.to_string(),
        order_id: begin.order_id,
        session_id: begin.session_id,
        title: begin.title.json(),
        data: begin.data.clone(),
    };
    let (id, fresh) = activities::begin(db, &new, ctx.now()).await?;
    Ok(Begun { id, fresh })
}

/// A run as it stands, in the caller's transaction.
///
/// # Errors
/// When there is none; the database's.
pub async fn read(db: &mut Db, id: i64) -> Result<Activity, AppError> {
    activities::by_id(db, id)
        .await?
        .map(Activity::of)
        .ok_or(AppError::NotFound("activity"))
}

/// A run, held until the end of the transaction.
///
/// # Errors
/// When there is none; the database's.
pub async fn lock(db: &mut Db, id: i64) -> Result<Activity, AppError> {
    Ok(Activity::of(activities::lock(db, id).await?))
}

/// Has a person asked this run to stop?
///
/// # Errors
/// The database's.
pub async fn stop_asked(db: &mut Db, id: i64) -> Result<bool, AppError> {
    Ok(activities::by_id(db, id)
        .await?
        .is_some_and(|row| row.stop_asked))
}

/// A run as it stands.
///
/// # Errors
/// When there is none; the database's.
pub async fn show(app: &App, id: i64) -> Result<Activity, AppError> {
    read(&mut app.store.read().await?, id).await
}

/// Runs older than `before` (an id), newest first: of one order, or all.
///
/// # Errors
/// The database's.
pub async fn list(
    app: &App,
    order: Option<i64>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Activity>, AppError> {
    let mut db = app.store.read().await?;
    let before = before.unwrap_or(i64::MAX);
    let rows = match order {
        Some(order) => activities::of_order(&mut db, order, before, limit).await?,
        None => activities::latest(&mut db, before, limit).await?,
    };
    Ok(rows.into_iter().map(Activity::of).collect())
}

/// Which runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Runs {
    /// All.
    All,
    /// Those that touched an order.
    OfOrder(i64),
    /// Those in one of these states.
    In(Vec<ActivityState>),
}

/// A page of runs.
///
/// # Errors
/// The database's.
pub async fn page(
    app: &App,
    which: &Runs,
    place: IdPlace,
    limit: i64,
) -> Result<IdPage<Activity>, AppError> {
    let mut db = app.store.read().await?;
    let db = &mut db;
    let most = limit + 1;
    let (id, newer) = match place {
        IdPlace::Newest => (i64::MAX, false),
        IdPlace::Older(id) => (id, false),
        IdPlace::Newer(id) => (id, true),
    };
    let rows = match (which, newer) {
        (Runs::All, false) => activities::latest(db, id, most).await?,
        (Runs::All, true) => activities::newer(db, id, most).await?,
        (Runs::OfOrder(order), false) => activities::of_order(db, *order, id, most).await?,
        (Runs::OfOrder(order), true) => activities::of_order_newer(db, *order, id, most).await?,
        (Runs::In(states), _) => {
            let mut rows = Vec::new();
            for state in states {
                rows.extend(if newer {
                    activities::in_state_newer(db, state.code(), id, most).await?
                } else {
                    activities::in_state_older(db, state.code(), id, most).await?
                });
            }
            rows.sort_by_key(|row| if newer { row.id } else { -row.id });
            rows.truncate(usize::try_from(most).unwrap_or(0));
            rows
        }
    };
    let page = IdPage::of(rows, place, limit, |row| row.id);
    Ok(IdPage {
        rows: page.rows.into_iter().map(Activity::of).collect(),
        newer: page.newer,
        older: page.older,
    })
}

/// Numbers of the orders from whose pages runs were started, by row id.
///
/// # Errors
/// The database's.
pub async fn order_numbers(
    app: &App,
    runs: &[Activity],
) -> Result<BTreeMap<i64, String>, AppError> {
    let ids: BTreeSet<i64> = runs.iter().filter_map(|run| run.row.order_id).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<i64> = ids.into_iter().collect();
    let rows = store::order_list::rows_by_ids(&mut app.store.read().await?, &ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.number)).collect())
}

/// Asks a run to stop at its next safe point. What is being sent is not stopped.
///
/// # Errors
/// When there is no such run, or it is over.
pub async fn stop(ctx: &Ctx, id: i64) -> Result<(), AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let mut activity = lock(db, id).await?;
                if activity.state().is_over() {
                    return Err(AppError::refused("activity-is_over"));
                }
                activity.row.stop_asked = true;
                // What waits for a person has no job that would come upon the wish.
                if activity.state() == ActivityState::Waiting {
                    match activity.row.operation.as_str() {
                        "book" => booking::run::leave_asked(&mut activity, ctx.now())?,
                        _ => activity.go(ActivityState::Stopped, ctx.now()),
                    }
                }
                activity.save(db, ctx.now()).await
            })
        })
        .await
}
