//! Sessions: the accounts at marketplaces that the shop buys with.

use super::again::follow;
use super::apps::{calls_text, caveat, level_tone};
use super::{Notice, Shell};
use crate::http::{Fields, Htmx, Page, PageError};
use crate::live::Topic;
use crate::panel::{COUNT_CEILING, Panel, Person};
use crate::parts::{Empty, Fault, Link, State, Tag};
use crate::{Fmt, Tr};
use app::apps::{AppShown, Level};
use app::session::{Shown, Standing};
use app::{AppError, Message};
use askama::Template;
use axum::extract::{self, Query};
use axum::http::HeaderMap;
use axum::response::Response;
use world::Timestamp;

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The part that changes.
    pub list: SessionList,
    /// Where a new one is connected: `Connect an account at 1688`.
    pub connect: Vec<Link>,
    /// What kind of account it must be, per marketplace where that matters.
    pub caveats: Vec<String>,
}

/// The sessions themselves.
#[derive(Clone, Debug, Template)]
#[template(path = "session_list.html")]
pub struct SessionList {
    /// The texts.
    pub tr: Tr,
    /// A fresh id for the forms.
    pub request_id: String,
    /// The sessions.
    pub rows: Vec<SessionRow>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
}

/// The list sent again, for the page that stands.
#[derive(Template)]
#[template(
    source = r##"<hx-partial hx-target="#session-list" hx-swap="outerMorph">{% include "session_list.html" %}</hx-partial>"##,
    ext = "html"
)]
struct SessionListAgain {
    tr: Tr,
    request_id: String,
    rows: Vec<SessionRow>,
    empty: Option<Empty>,
}

/// One session.
#[derive(Clone, Debug, Default)]
pub struct SessionRow {
    /// Its page.
    pub url: String,
    /// Account.
    pub account: String,
    /// Name given by us: `Guangzhou warehouse`.
    pub name: String,
    /// Default of its marketplace.
    pub is_default: bool,
    /// It was connected just now.
    pub is_new: bool,
    /// Marketplace.
    pub marketplace: Tag,
    /// App that it belongs to.
    pub app: String,
    /// The app's calls, where they run short: text and colour.
    pub calls: Option<(String, &'static str)>,
    /// Owner.
    pub owner: String,
    /// State: active, expires soon, expired, revoked, draining.
    pub state: State,
    /// It is being drained, whatever else its state is.
    pub draining: Option<String>,
    /// Why it makes no bookings now, and until when.
    pub rests: Option<String>,
    /// Until a person must log in again.
    pub lasts: String,
    /// The moment itself.
    pub lasts_at: String,
    /// Logs in again.
    pub login_again: Option<String>,
    /// `37 / 50`.
    pub bookings: String,
    /// Used and allowed today; allowed is 0 when unknown.
    pub used: (i64, i64),
    /// Open bookings and unpaid purchases that depend on it.
    pub depends: String,
    /// Last good call.
    pub last_good: String,
    /// Last error.
    pub fault: Option<Fault>,
}

/// What the address asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Wanted {
    /// The one that was connected just now.
    session: Option<i64>,
    /// One was deleted.
    deleted: Option<String>,
}

/// `GET /sessions`
pub(crate) async fn list(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    Query(wanted): Query<Wanted>,
) -> Result<Page<SessionsPage>, PageError> {
    let (tr, fmt) = (person.tr(), &person.fmt);
    let sessions = app::session::list(&panel.app)
        .await
        .map_err(|e| fmt.refuse(e))?;
    let apps = app::apps::list(&panel.app)
        .await
        .map_err(|e| fmt.refuse(e))?;
    let mut shell = panel
        .shell(&person, tr.sessions_title(), "/sessions")
        .await?;
    if let Some(new) = sessions.iter().find(|s| wanted.session == Some(s.row.id)) {
        shell.notices.push(connected(tr, new));
    }
    if let Some(login) = &wanted.deleted {
        shell.notices.push(Notice {
            tone: "success",
            text: tr.session_deleted(login.as_str()),
            link: None,
        });
    }
    shell.live = Some(match wanted.session {
        Some(id) => format!("/sessions/events?session={id}"),
        None => "/sessions/events".to_owned(),
    });
    let list = view(&person, &sessions, &apps, wanted.session, &shell.request_id);
    Ok(Page(SessionsPage {
        tr: tr.clone(),
        shell,
        list,
        caveats: caveats(&panel, tr, &apps),
        connect: connect_links(&panel, tr, &apps),
    }))
}

/// `GET /sessions/events`
pub(crate) async fn events(
    extract::State(panel): extract::State<Panel>,
    _person: Person,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Response {
    let new = wanted.session;
    follow(
        &panel,
        headers,
        [Topic::Sessions],
        move |panel, person| async move {
            again(&panel, &person, new)
                .await
                .map_err(|error| person.fmt.refuse(error))
        },
    )
}

async fn again(panel: &Panel, person: &Person, new: Option<i64>) -> Result<String, AppError> {
    let sessions = app::session::list(&panel.app).await?;
    let apps = app::apps::list(&panel.app).await?;
    let SessionList {
        tr,
        request_id,
        rows,
        empty,
    } = view(person, &sessions, &apps, new, &panel.request_id());
    SessionListAgain {
        tr,
        request_id,
        rows,
        empty,
    }
    .render()
    .map_err(|error| AppError::Broken(format!("template: {error}")))
}

/// `POST /sessions/synchronize`
pub(crate) async fn synchronize(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    htmx: Htmx,
    fields: Fields,
) -> Result<Response, PageError> {
    super::session_actions::start_sync(&panel, &person, htmx, &fields, Vec::new()).await
}

fn view(
    person: &Person,
    sessions: &[Shown],
    apps: &[AppShown],
    new: Option<i64>,
    request_id: &str,
) -> SessionList {
    let tr = person.tr();
    SessionList {
        tr: tr.clone(),
        request_id: request_id.to_owned(),
        rows: sessions
            .iter()
            .map(|shown| SessionRow {
                is_new: new == Some(shown.row.id),
                ..session_row(&person.fmt, shown)
            })
            .collect(),
        empty: sessions.is_empty().then(|| empty(tr, apps)),
    }
}

fn empty(tr: &Tr, apps: &[AppShown]) -> Empty {
    let no_key = apps.is_empty();
    Empty {
        icon: "key",
        title: tr.sessions_empty_title().to_owned(),
        text: if no_key {
            tr.sessions_empty_no_key().to_owned()
        } else {
            tr.sessions_empty_text().to_owned()
        },
        command: None,
        link: no_key.then(|| Link::to("/settings/apps", tr.sessions_enter_key())),
    }
}

/// A button per marketplace; where it has several apps, the next page asks through which.
fn connect_links(panel: &Panel, tr: &Tr, apps: &[AppShown]) -> Vec<Link> {
    panel
        .app
        .markets
        .all()
        .filter_map(|market| {
            let code = market.connector.code();
            let of_it: Vec<&AppShown> = of_marketplace(apps, code).collect();
            let url = match of_it.as_slice() {
                [] => return None,
                [one] => format!("/connect?app={}", one.row.id),
                _ => format!("/connect?marketplace={code}"),
            };
            let name = tr.by_key("marketplace-", code);
            Some(Link::to(url, tr.sessions_connect(name)))
        })
        .collect()
}

fn caveats(panel: &Panel, tr: &Tr, apps: &[AppShown]) -> Vec<String> {
    panel
        .app
        .markets
        .all()
        .filter(|market| {
            of_marketplace(apps, market.connector.code())
                .next()
                .is_some()
        })
        .filter_map(|market| caveat(tr, market))
        .collect()
}

/// Apps through which accounts of a marketplace can be connected.
fn of_marketplace<'a>(
    apps: &'a [AppShown],
    code: &'a str,
) -> impl Iterator<Item = &'a AppShown> + 'a {
    apps.iter()
        .filter(move |app| app.row.marketplace == code && !app.row.is_off())
}

/// What is said after a login went well.
pub(crate) fn connected(tr: &Tr, new: &Shown) -> Notice {
    let no_address =
        app::session::Settings::of(&new.row).address == app::session::Address::default();
    let url = format!("/sessions/{}", new.row.id);
    if no_address {
        Notice {
            tone: "warning",
            text: tr.session_connected_no_address(&new.row.login),
            link: Some(Link::to(url, tr.session_enter_address())),
        }
    } else if new.row.generation > 1 {
        Notice {
            tone: "success",
            text: tr.session_renewed(&new.row.login),
            link: None,
        }
    } else {
        Notice {
            tone: "success",
            text: tr.session_connected(&new.row.login),
            link: Some(Link::to(url, tr.session_check_address())),
        }
    }
}

const fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "green",
        Standing::ExpiresSoon => "yellow",
        Standing::Draining => "azure",
        Standing::Expired | Standing::Revoked => "red",
    }
}

/// Why a session rests, and until when. What rests with its app rests wholly, and without an end
/// where a person has switched it off.
fn rest_text(fmt: &Fmt, why: &Message, until: Timestamp) -> String {
    let (tr, reason) = (fmt.tr(), fmt.say(why));
    match why.key.as_str() {
        "app-off" => reason,
        "app-quota_used" | "market-used_up" => tr.session_app_rests(reason, fmt.moment(until)),
        _ => tr.session_rests(reason, fmt.moment(until)),
    }
}

/// A session as the list and its own page show it.
pub(crate) fn session_row(fmt: &Fmt, shown: &Shown) -> SessionRow {
    let (tr, row) = (fmt.tr(), &shown.row);
    let url = format!("/sessions/{}", row.id);
    let warn = shown.standing.needs_login() || shown.standing == Standing::ExpiresSoon;
    let (used, allowed) = (shown.today.used, shown.today.allowed);
    SessionRow {
        account: row.login.clone(),
        name: if row.label == row.login {
            String::new()
        } else {
            row.label.clone()
        },
        is_default: row.is_default,
        is_new: false,
        marketplace: Tag::marketplace(tr, &row.marketplace),
        app: shown.app.label.clone(),
        calls: (shown.calls.level() == Level::Near).then(|| {
            let text = calls_text(fmt, shown.calls);
            (text, level_tone(shown.calls.level()))
        }),
        owner: row.owner.clone(),
        state: State::of(tr.by_key("", shown.standing.key()), tone(shown.standing)),
        draining: (row.draining && shown.standing != Standing::Draining)
            .then(|| tr.session_state_draining().to_owned()),
        rests: shown
            .rests
            .as_ref()
            .filter(|_| !shown.standing.needs_login())
            .map(|(why, until)| rest_text(fmt, why, *until)),
        lasts: if shown.standing.needs_login() {
            tr.session_lasts_now().to_owned()
        } else {
            shown
                .lasts_until
                .map_or_else(|| "—".to_owned(), |until| fmt.days_left(until))
        },
        lasts_at: shown
            .lasts_until
            .map_or_else(String::new, |until| fmt.full(until)),
        login_again: warn.then(|| format!("/connect?session={}", row.id)),
        bookings: match allowed {
            Some(allowed) => format!("{used} / {allowed}"),
            None => used.to_string(),
        },
        used: (used, allowed.unwrap_or(0)),
        depends: tr.session_depends(
            shown.dependents.open_bookings.to_string(),
            fmt.count(
                u64::try_from(shown.dependents.unpaid_purchases).unwrap_or(0),
                COUNT_CEILING,
            ),
        ),
        last_good: row
            .last_ok_at
            .map_or_else(|| tr.never().to_owned(), |at| fmt.ago(at)),
        fault: shown.error.as_ref().map(|(error, at)| {
            let hint = shown
                .standing
                .needs_login()
                .then(|| Message::of("hint-login_again"));
            let fault = fmt.fault(error, hint.as_ref());
            Fault {
                text: tr.session_error_at(fmt.moment(*at), &fault.text),
                ..fault
            }
        }),
        url,
    }
}

/// The login name of a session, if there is one.
pub(crate) async fn session_name(app: &app::App, id: i64) -> Option<String> {
    app::session::show(app, id)
        .await
        .ok()
        .map(|shown| shown.row.login)
}
