//! Logging in at a marketplace: out to its own login page, and back to the page one came from with
//! the new session chosen. Whatever goes wrong is a page that says what to do next.

use super::Shell;
use super::apps::{AppRow, caveat, row};
use super::sessions::session_name;
use crate::Tr;
use crate::http::{Fields, Htmx, Page, PageError, Path, go, safe_return};
use crate::panel::{Panel, Person};
use crate::parts::{Fault, Link};
use app::apps::AppShown;
use app::session::{ConnectBegin, ConnectBegun, Connected};
use app::{AppError, Message};
use askama::Template;
use axum::extract::{Query, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// The page that says why a login did not lead to a session.
#[derive(Clone, Debug, Template)]
#[template(path = "connect.html")]
pub struct ConnectPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// `Logging in at 1688`.
    pub title: String,
    /// What happened and what to do next.
    pub fault: Fault,
    /// What kind of account it must be.
    pub caveat: Option<String>,
    /// Begins the same login again.
    pub again: Option<ConnectAgain>,
    /// The page one came from.
    pub back: Link,
    /// Another place where it can be put right.
    pub more: Option<Link>,
}

/// The page that asks through which app an account is to be connected.
#[derive(Clone, Debug, Template)]
#[template(path = "connect_choose.html")]
pub struct ConnectChoosePage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// `Connect an account at 1688`.
    pub title: String,
    /// What the choice means.
    pub text: String,
    /// What kind of account it must be.
    pub caveat: Option<String>,
    /// The apps, the best first.
    pub rows: Vec<AppRow>,
    /// The page to come back to.
    pub return_to: String,
}

/// The same login, to begin again.
#[derive(Clone, Debug, Default)]
pub struct ConnectAgain {
    /// Where it posts.
    pub url: String,
    /// The page to come back to.
    pub return_to: String,
}

/// What is to be logged in to.
enum Wish {
    /// Another account, through this app.
    App(i64),
    /// Another account at this marketplace.
    Marketplace(String),
    /// The account of this session, again.
    Session(i64),
    /// The account of this session, through another app: it moves there.
    Move(i64, i64),
}

/// `POST /connect`, with `app` or `marketplace` to connect an account, `session` to log in again, or
/// `session` and `app` to move it to another app; `return` is the page to come back to.
pub(crate) async fn begin(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    RawQuery(query): RawQuery,
    mut fields: Fields,
) -> Result<Response, PageError> {
    let named = query.unwrap_or_default();
    fields.0.extend(
        url::form_urlencoded::parse(named.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.replace('\0', "\u{FFFD}"))),
    );
    let number = |name: &str| {
        fields
            .some(name)
            .map(|text| text.parse::<i64>().map_err(|_| PageError::bad_request()))
            .transpose()
    };
    let wish = match (
        number("session")?,
        number("app")?,
        fields.some("marketplace"),
    ) {
        (Some(session), Some(app), _) => Wish::Move(session, app),
        (Some(session), None, _) => Wish::Session(session),
        (None, Some(app), _) => Wish::App(app),
        (None, None, Some(code)) => Wish::Marketplace(code.to_owned()),
        (None, None, None) => return Err(PageError::bad_request()),
    };
    start(&panel, &person, htmx, wish, &fields).await
}

/// `POST /sessions/connect/{marketplace}`
pub(crate) async fn begin_at(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(marketplace): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    start(
        &panel,
        &person,
        htmx,
        Wish::Marketplace(marketplace),
        &fields,
    )
    .await
}

/// `POST /sessions/{id}/login`
pub(crate) async fn begin_again(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, PageError> {
    start(&panel, &person, htmx, Wish::Session(id), &fields).await
}

async fn start(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    wish: Wish,
    fields: &Fields,
) -> Result<Response, PageError> {
    let wanted = fields.some("return").or_else(|| fields.some("return_to"));
    let return_to = safe_return(wanted.unwrap_or("/sessions")).to_owned();
    let (app, session) = match &wish {
        Wish::App(app) => (*app, None),
        Wish::Session(session) => {
            let shown = app::session::show(&panel.app, *session).await;
            let shown = shown.map_err(|error| person.fmt.refuse(error))?;
            (shown.row.app_id, Some(*session))
        }
        Wish::Move(session, app) => (*app, Some(*session)),
        Wish::Marketplace(code) => {
            if panel.app.markets.get(code).is_err() {
                return Err(PageError::not_found());
            }
            match app::apps::for_login(&panel.app, code).await {
                Ok(apps) if apps.len() > 1 => {
                    return choose(panel, person, code, &apps, return_to).await;
                }
                Ok(apps) => (apps.first().map_or(0, |app| app.row.id), None),
                Err(error) => {
                    let begun = ConnectBegun {
                        marketplace: code.clone(),
                        request: ConnectBegin {
                            app: 0,
                            session: None,
                            return_to,
                        },
                    };
                    return refused(panel, person, Some(begun), error).await;
                }
            }
        }
    };
    let request = ConnectBegin {
        app,
        session,
        return_to,
    };
    match app::session::connect_begin(&person.ctx, request).await {
        Ok(login_page) => Ok(go(htmx, login_page.as_str())),
        Err(error) => Err(person.fmt.refuse(error)),
    }
}

/// Which of several apps shall the session belong to?
async fn choose(
    panel: &Panel,
    person: &Person,
    code: &str,
    apps: &[AppShown],
    return_to: String,
) -> Result<Response, PageError> {
    let (tr, fmt) = (person.tr(), &person.fmt);
    let market = panel.app.markets.get(code);
    let market = market.map_err(|error| fmt.refuse(error))?;
    let name = tr.by_key("marketplace-", code);
    let title = tr.connect_choose_title(name);
    let page = ConnectChoosePage {
        shell: panel.shell(person, &title, "/sessions").await?,
        text: tr.connect_choose_text(name),
        caveat: caveat(tr, market),
        rows: apps
            .iter()
            .map(|app| row(fmt, app, market.pace.app_millis))
            .collect(),
        title,
        return_to,
        tr: tr.clone(),
    };
    Ok(Page(page).into_response())
}

/// What the marketplace sends a person back with.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Back {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// `GET /connect/{marketplace}`
pub(crate) async fn back(
    State(panel): State<Panel>,
    person: Person,
    Path(marketplace): Path<String>,
    Query(back): Query<Back>,
) -> Result<Response, PageError> {
    if panel.app.markets.get(&marketplace).is_err() {
        return Err(PageError::not_found());
    }
    let (state, code) = (
        back.state.unwrap_or_default(),
        back.code.unwrap_or_default(),
    );
    let begun = app::session::connect_begun(&person.ctx, &state)
        .await
        .map_err(|error| person.fmt.refuse(error))?;
    let elsewhere = begun
        .as_ref()
        .is_some_and(|begun| begun.marketplace != marketplace);
    let finished = if elsewhere {
        Err(AppError::refused("connect-state_unknown"))
    } else {
        // Without a code the login is over all the same: its state must not be good any more.
        app::session::connect_finish(&person.ctx, &state, &code).await
    };
    match finished {
        Ok(connected) => {
            let to = chosen(&panel, &connected)
                .await
                .map_err(|error| person.fmt.refuse(error))?;
            Ok(go(Htmx(false), &to))
        }
        Err(AppError::Refused(mut message)) => {
            if message.key == "connect-no_code" && back.error.is_some() {
                message = Message {
                    code: back.error.map(short),
                    text: back.error_description.map(short),
                    ..Message::of("connect-not_consented")
                };
            }
            let known = begun.unwrap_or_else(|| unknown(&marketplace));
            refused(&panel, &person, Some(known), AppError::Refused(message)).await
        }
        Err(error @ AppError::Market(_)) => refused(&panel, &person, begun, error).await,
        Err(error) => Err(person.fmt.refuse(error)),
    }
}

/// A login that we know nothing of but its marketplace.
fn unknown(marketplace: &str) -> ConnectBegun {
    ConnectBegun {
        marketplace: marketplace.to_owned(),
        request: ConnectBegin {
            app: 0,
            session: None,
            return_to: "/sessions".to_owned(),
        },
    }
}

/// Anyone can write into a callback's address: what is shown of it is kept short.
fn short(text: String) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The page that the person came from, with the session chosen; another one of the same marketplace
/// that stood there gives way.
async fn chosen(panel: &Panel, connected: &Connected) -> Result<String, AppError> {
    let sessions = app::session::rows(&panel.app).await?;
    let marketplace_of = |id: &str| {
        let id: i64 = id.parse().ok()?;
        sessions
            .iter()
            .find(|s| s.id == id)
            .map(|s| s.marketplace.as_str())
    };
    let new = connected.session.to_string();
    let (place, fragment) = match connected.return_to.split_once('#') {
        Some((place, fragment)) => (place, format!("#{fragment}")),
        None => (connected.return_to.as_str(), String::new()),
    };
    let (path, query) = place.split_once('?').unwrap_or((place, ""));
    let kept = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, value)| name != "session" || marketplace_of(value) != marketplace_of(&new));
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("session", &new)
        .finish();
    Ok(format!("{path}?{query}{fragment}"))
}

/// Says why not, and what can be done.
async fn refused(
    panel: &Panel,
    person: &Person,
    begun: Option<ConnectBegun>,
    error: AppError,
) -> Result<Response, PageError> {
    let (tr, fmt) = (person.tr(), &person.fmt);
    let status = match &error {
        AppError::Market(_) => StatusCode::BAD_GATEWAY,
        _ => StatusCode::CONFLICT,
    };
    let key = match &error {
        AppError::Refused(message) => message.key.clone(),
        _ => "connect-market".to_owned(),
    };
    let Some(fault) = fmt.form_fault(&error) else {
        return Err(fmt.refuse(error));
    };
    let fault = match fmt.tr().say(&format!("{key}-next"), []) {
        Some(next) => fault.next(next),
        None => fault,
    };
    let marketplace = begun
        .as_ref()
        .map_or("", |begun| tr.by_key("marketplace-", &begun.marketplace));
    let title = tr.connect_title(marketplace);
    let no_key = ["connect-no_app", "connect-app_off"].contains(&key.as_str());
    let caveat = begun
        .as_ref()
        .and_then(|begun| caveat(tr, panel.app.markets.get(&begun.marketplace).ok()?));
    // A login of which we know only the marketplace goes through any of its apps.
    let again = begun
        .as_ref()
        .filter(|_| !no_key)
        .map(|begun| ConnectAgain {
            url: match (begun.request.session, begun.request.app) {
                (Some(session), app) => format!("/connect?session={session}&app={app}"),
                (None, 0) => format!("/connect?marketplace={}", begun.marketplace),
                (None, app) => format!("/connect?app={app}"),
            },
            return_to: begun.request.return_to.clone(),
        });
    let renewed = match begun.as_ref().and_then(|begun| begun.request.session) {
        Some(id) => session_name(&panel.app, id).await,
        None => None,
    };
    let page = ConnectPage {
        tr: tr.clone(),
        shell: panel.shell(person, &title, "/sessions").await?,
        title: renewed.map_or(title, |login| tr.connect_title_again(login)),
        fault,
        caveat,
        again,
        back: Link::to(
            begun
                .as_ref()
                .map_or("/sessions", |begun| begun.request.return_to.as_str()),
            tr.back(),
        ),
        more: no_key.then(|| Link::to("/settings/apps", tr.sessions_enter_key())),
    };
    Ok((status, Page(page)).into_response())
}
