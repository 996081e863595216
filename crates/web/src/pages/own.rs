//! A person's own account: password and time zone.

use super::settings::{Wanted, settings_tabs};
use super::typed::Typed;
use super::{Shell, Tab};
use crate::Tr;
use crate::http::{Fields, Htmx, Page, PageError, go};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Fault, Input};
use app::user::ChangePassword;
use app::{AppError, Message};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "own.html")]
pub struct OwnPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The parts of the settings.
    pub tabs: Vec<Tab>,
    /// What was saved just now.
    pub saved: Option<String>,
    /// What was wrong as a whole.
    pub fault: Option<Fault>,
    /// Login name.
    pub login: String,
    /// Fields of the password.
    pub password: Vec<Input>,
    /// The time zone.
    pub zone: Input,
}

/// `GET /settings/password`
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    Query(wanted): Query<Wanted>,
) -> Result<Page<OwnPage>, PageError> {
    let mut page = view(&panel, &person, Typed::fresh(), Typed::fresh()).await?;
    page.saved = match wanted.saved.as_deref() {
        Some("password") => Some(page.tr.own_password_saved().to_owned()),
        Some(_) => Some(page.tr.saved().to_owned()),
        None => None,
    };
    Ok(Page(page))
}

/// `POST /settings/password`
pub(crate) async fn password(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    // As typed: a password may begin or end with a blank.
    let secret = |name: &str| SecretString::from(fields.all(name).next().unwrap_or("").to_owned());
    let changed = if fields.all("new").next() == fields.all("again").next() {
        let change = ChangePassword {
            old: secret("old"),
            new: secret("new"),
            token: SecretString::from(panel.cookie().read(&headers).unwrap_or_default()),
        };
        app::user::change_password(&person.ctx, change).await
    } else {
        Err(AppError::field(
            "again",
            Message::of("user-password_differs"),
        ))
    };
    match changed {
        Ok(()) => Ok(go(htmx, "/settings/password?saved=password")),
        Err(error) => {
            let typed = Typed::refused(&person.fmt, fields, error)?;
            let status = typed.status();
            let page = view(&panel, &person, typed, Typed::fresh()).await?;
            Ok((status, Page(page)).into_response())
        }
    }
}

/// `POST /settings/zone`
pub(crate) async fn zone(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    match app::user::set_zone(&person.ctx, fields.text("zone")).await {
        Ok(()) => Ok(go(htmx, "/settings/password?saved=zone")),
        Err(error) => {
            let typed = Typed::refused(&person.fmt, fields, error)?;
            let status = typed.status();
            let page = view(&panel, &person, Typed::fresh(), typed).await?;
            Ok((status, Page(page)).into_response())
        }
    }
}

async fn view(
    panel: &Panel,
    person: &Person,
    mut password: Typed,
    mut zone: Typed,
) -> Result<OwnPage, PageError> {
    let tr = person.tr();
    let mut secret = |name: &'static str, label: &str, memory: &'static str| {
        Input::password(name, label, password.field(name, "").error).autocomplete(memory)
    };
    let inputs = vec![
        secret("old", tr.own_password_old(), "current-password"),
        secret("new", tr.own_password_new(), "new-password").hint(tr.own_password_hint()),
        secret("again", tr.own_password_again(), "new-password"),
    ];
    let chosen = zone.chosen("zone", &person.zone).to_owned();
    let error = zone.field("zone", "").error;
    Ok(OwnPage {
        shell: panel.shell(person, tr.own_title(), "/settings").await?,
        tabs: settings_tabs(tr, "/settings/password"),
        saved: None,
        login: person.login.clone(),
        password: inputs,
        zone: Input::select("zone", tr.own_zone(), zones(&chosen))
            .hint(tr.own_zone_hint())
            .error(error),
        fault: password.rest(&person.fmt).or(zone.rest(&person.fmt)),
        tr: tr.clone(),
    })
}

/// Every zone by name, the chosen one also when it is none.
fn zones(chosen: &str) -> Vec<Choice> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| name == "UTC" || (name.contains('/') && !name.starts_with("Etc/")))
        .collect();
    if !names.iter().any(|name| name == chosen) {
        names.push(chosen.to_owned());
    }
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| Choice::of(name.clone(), &name, name == chosen))
        .collect()
}
