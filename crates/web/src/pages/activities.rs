//! The list of activities: every run of an operation, newest first.

use super::again::{follow, whole};
use super::order::order_url;
use super::{Paging, Shell, Tab};
use crate::Tr;
use crate::http::{Page, PageError};
use crate::live::Topic;
use crate::panel::{Panel, Person};
use crate::parts::{Empty, Link, Tag};
use app::activity::{Activity, ActivityState, Runs, StepState};
use app::{App, AppError, IdPage, IdPlace};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::collections::BTreeMap;

/// The list page.
#[derive(Clone, Debug, Template)]
#[template(path = "activities.html", blocks = ["main"])]
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

/// A run that took less is over at once, in microseconds.
const SHORTEST_SHOWN: i64 = 100_000;
/// Runs on one page.
pub(crate) const PER_PAGE: i64 = 50;

/// What the address asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Wanted {
    view: Option<String>,
    older: Option<String>,
    newer: Option<String>,
}

impl Wanted {
    /// Which page.
    pub(crate) fn place(&self) -> IdPlace {
        IdPlace::of(self.older.as_deref(), self.newer.as_deref())
    }

    /// The same page's address without its path.
    pub(crate) fn query(&self) -> String {
        let pairs = [
            ("view", &self.view),
            ("older", &self.older),
            ("newer", &self.newer),
        ];
        let asked = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(asked)
            .finish()
    }
}

/// A view over the runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    All,
    Open,
    Waiting,
    Errors,
}

impl View {
    const ALL: [Self; 4] = [Self::All, Self::Open, Self::Waiting, Self::Errors];

    const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Errors => "errors",
        }
    }

    fn name(self, tr: &Tr) -> &str {
        match self {
            Self::All => tr.orders_all(),
            Self::Open => tr.activities_running(),
            Self::Waiting => tr.activities_waiting(),
            Self::Errors => tr.activities_errors(),
        }
    }

    fn runs(self) -> Runs {
        match self {
            Self::All => Runs::All,
            Self::Open => Runs::In(vec![ActivityState::Running]),
            Self::Waiting => Runs::In(vec![ActivityState::Waiting]),
            Self::Errors => Runs::In(vec![ActivityState::Failed, ActivityState::Partly]),
        }
    }
}

/// `GET /activities`
pub(crate) async fn list(
    State(panel): State<Panel>,
    person: Person,
    Query(wanted): Query<Wanted>,
) -> Result<Page<ActivitiesPage>, PageError> {
    page(&panel, &person, &wanted).await.map(Page)
}

/// `GET /activities/events`
pub(crate) async fn events(
    State(panel): State<Panel>,
    _person: Person,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Response {
    follow(
        &panel,
        headers,
        [Topic::Activities],
        move |panel, person| {
            let wanted = wanted.clone();
            async move {
                let page = page(&panel, &person, &wanted).await?;
                whole(&page.shell, page.as_main().render())
            }
        },
    )
}

async fn page(
    panel: &Panel,
    person: &Person,
    wanted: &Wanted,
) -> Result<ActivitiesPage, PageError> {
    let tr = person.tr();
    let code = wanted.view.as_deref().unwrap_or("all");
    let view = View::ALL
        .into_iter()
        .find(|v| v.code() == code)
        .unwrap_or(View::All);
    let page = app::activity::page(&panel.app, &view.runs(), wanted.place(), PER_PAGE)
        .await
        .map_err(|error| person.fmt.refuse(error))?;
    let (mut shell, desk) = panel
        .shell_and_desk(person, tr.activities_title(), "/activities")
        .await?;
    shell.live = Some(format!("/activities/events?{}", wanted.query()));
    let open_in =
        |state: ActivityState| desk.open.iter().filter(|run| run.state() == state).count();
    let tabs = View::ALL
        .into_iter()
        .map(|tab| Tab {
            text: tab.name(tr).to_owned(),
            url: match tab {
                View::All => "/activities".to_owned(),
                tab => format!("/activities?view={}", tab.code()),
            },
            active: tab == view,
            count: match tab {
                View::Open => Some((open_in(ActivityState::Running), "blue")),
                View::Waiting => Some((open_in(ActivityState::Waiting), "orange")),
                View::All | View::Errors => None,
            }
            .filter(|(n, _)| *n > 0)
            .map(|(n, tone)| (n.to_string(), tone)),
        })
        .collect();
    let activities = activity_rows(&panel.app, person, &page.rows)
        .await
        .map_err(|error| person.fmt.refuse(error))?;
    Ok(ActivitiesPage {
        empty: activities.is_empty().then(|| empty(tr, view == View::All)),
        paging: id_paging(tr, "/activities", &[("view", view.code())], &page),
        tr: tr.clone(),
        shell,
        tabs,
        activities,
    })
}

/// What stands where there are no runs.
pub(crate) fn empty(tr: &Tr, all: bool) -> Empty {
    Empty {
        icon: "activity",
        title: if all {
            tr.activities_empty_title()
        } else {
            tr.activities_none_title()
        }
        .to_owned(),
        text: if all {
            tr.activities_empty_text()
        } else {
            tr.activities_none_text()
        }
        .to_owned(),
        ..Empty::default()
    }
}

/// The links around a page of a list by row id.
pub(crate) fn id_paging<T>(tr: &Tr, path: &str, kept: &[(&str, &str)], page: &IdPage<T>) -> Paging {
    let link = |name: &str, id: i64| {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair(name, &id.to_string())
            .finish();
        format!("{path}?{query}")
    };
    Paging {
        text: tr.per_page(PER_PAGE),
        newer: page.newer.map(|id| link("newer", id)),
        older: page.older.map(|id| link("older", id)),
    }
}

/// Runs as lists show them, with the orders from whose pages they were started.
///
/// # Errors
/// The database's.
pub async fn activity_rows(
    app: &App,
    person: &Person,
    runs: &[Activity],
) -> Result<Vec<ActivityRow>, AppError> {
    let numbers = app::activity::order_numbers(app, runs).await?;
    Ok(runs
        .iter()
        .map(|run| activity_row(person, run, &numbers))
        .collect())
}

/// A run as lists show it. `orders` holds numbers by row id; a page of one order gives none.
#[must_use]
pub fn activity_row(
    person: &Person,
    run: &Activity,
    orders: &BTreeMap<i64, String>,
) -> ActivityRow {
    let (fmt, tr, state) = (&person.fmt, person.tr(), run.state());
    let number = run.row.order_id.and_then(|id| orders.get(&id));
    let text = fmt.say(&run.title());
    // The first thing that went wrong; where nothing did but something is open, that.
    let of = |wanted| run.steps.iter().find(|step| step.state == wanted);
    let open = matches!(state, ActivityState::Partly | ActivityState::Failed);
    let error = of(StepState::Error).or_else(|| of(StepState::Warning).filter(|_| open));
    ActivityRow {
        url: format!("/activities/{}", run.row.id),
        tone: state_tone(state),
        state: (state != ActivityState::Done).then(|| state_tag(tr, state)),
        orders: number
            .filter(|n| !text.contains(*n))
            .map(|n| Link::to(order_url(n), n))
            .into_iter()
            .collect(),
        text,
        by: person_or_program(&run.row.actor).to_owned(),
        at: fmt.moment(run.row.started_at),
        took: run
            .row
            .finished_at
            .filter(|end| end.0 - run.row.started_at.0 >= SHORTEST_SHOWN)
            .map(|end| fmt.offset(run.row.started_at, end))
            .unwrap_or_default(),
        error: error.map(|step| fmt.say(&step.message)),
    }
}

/// Who acted, for people: programs are stored in brackets, so that nobody is called like one.
#[must_use]
pub fn person_or_program(actor: &str) -> &str {
    let program = actor
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    program.unwrap_or(actor)
}

/// The colour of a run's state.
#[must_use]
pub const fn state_tone(state: ActivityState) -> &'static str {
    match state {
        ActivityState::Running => "blue",
        ActivityState::Waiting => "orange",
        ActivityState::Done => "green",
        ActivityState::Partly => "yellow",
        ActivityState::Failed => "red",
        ActivityState::Stopped => "secondary",
    }
}

/// The state of a run in a badge.
#[must_use]
pub fn state_tag(tr: &Tr, state: ActivityState) -> Tag {
    Tag::of(
        tr.by_key("activity-state-", state.code()),
        state_tone(state),
    )
}
