//! App keys: the shop's developer keys at marketplaces.

use super::form_window::FormWindow;
use super::settings::settings_tabs;
use super::typed::Typed;
use super::{Shell, Tab};
use crate::http::{Field, Fields, Htmx, Page, PageError, Path, go};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Empty, Fault, Input, Link, State, Tag};
use crate::{Fmt, Tr};
use app::AppError;
use app::apps::{AppNew, AppSave, AppShown};
use askama::Template;
use axum::extract;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "apps.html")]
pub struct AppsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The parts of the settings.
    pub tabs: Vec<Tab>,
    /// The keys.
    pub rows: Vec<AppRow>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
    /// Where keys are registered, per marketplace.
    pub register: Vec<Link>,
    /// The addresses that have to be entered there: what for, and which.
    pub addresses: Vec<(String, String)>,
    /// What a newcomer does, in order.
    pub guide: Vec<String>,
}

/// One key.
#[derive(Clone, Debug, Default)]
pub struct AppRow {
    /// Row id.
    pub id: i64,
    /// Marketplace.
    pub marketplace: Tag,
    /// Name given by us.
    pub name: String,
    /// The public key.
    pub key: String,
    /// Whether the last test was good.
    pub state: State,
    /// Sessions that use it.
    pub sessions: String,
    /// Milliseconds between two calls.
    pub pace: String,
    /// What the last test said.
    pub fault: Option<Fault>,
}

/// The form as stored or typed. The secret is never shown again.
#[derive(Clone, Debug, Default)]
pub struct AppForm {
    /// Marketplaces to choose from; empty when it is edited.
    pub marketplaces: Vec<Choice>,
    /// Name given by us.
    pub name: Field,
    /// Key.
    pub key: Field,
    /// What is wrong with the secret.
    pub secret_error: Option<String>,
    /// What is wrong with the choice of the marketplace.
    pub marketplace_error: Option<String>,
}

/// Add (`app` is none) or edit a key. A known key never changes: another key is another app.
#[must_use]
pub fn app_window(
    tr: &Tr,
    app: Option<(i64, &str)>,
    form: AppForm,
    fault: Option<Fault>,
    request_id: &str,
) -> FormWindow {
    let name = Input::text("name", tr.app_name(), form.name).hint(tr.app_name_hint());
    let secret =
        Input::password("secret", tr.app_secret(), form.secret_error).autocomplete("new-password");
    let (title, action, inputs) = match app {
        Some((id, _)) => (
            tr.app_edit(),
            format!("/settings/apps/{id}"),
            vec![name.focus(), secret.hint(tr.app_secret_keep())],
        ),
        None => (
            tr.app_add(),
            "/settings/apps/new".to_owned(),
            vec![
                Input::select("marketplace", tr.col_marketplace(), form.marketplaces)
                    .error(form.marketplace_error),
                Input::text("key", tr.app_key(), form.key)
                    .hint(tr.app_key_hint())
                    .focus(),
                secret.hint(tr.app_secret_hint()),
                name,
            ],
        ),
    };
    FormWindow {
        fault,
        inputs,
        submit: Some(tr.app_save_and_test().to_owned()),
        ..FormWindow::new(
            tr,
            title,
            app.map_or("", |(_, key)| key),
            &action,
            request_id,
        )
    }
}

/// `GET /settings/apps`
pub(crate) async fn list(
    extract::State(panel): extract::State<Panel>,
    person: Person,
) -> Result<Page<AppsPage>, PageError> {
    let (tr, fmt) = (person.tr(), &person.fmt);
    let apps = app::apps::list(&panel.app)
        .await
        .map_err(|error| fmt.refuse(error))?;
    let mut addresses = Vec::new();
    let mut register = Vec::new();
    for market in panel.app.markets.all() {
        let code = market.connector.code();
        let name = tr.by_key("marketplace-", code);
        addresses.push((
            tr.apps_callback(name),
            app::session::redirect_url(&panel.app, code).to_string(),
        ));
        if market.connector.capabilities().push {
            addresses.push((
                tr.apps_push(name),
                app::push::callback_url(&panel.app, code).to_string(),
            ));
        }
        register.push(Link::to(
            market.connector.registration_url(),
            tr.apps_register_at(name),
        ));
    }
    let rows: Vec<AppRow> = apps
        .iter()
        .map(|app| {
            let pace = panel
                .app
                .markets
                .get(&app.row.marketplace)
                .map_or(0, |m| m.pace.app_millis);
            row(fmt, app, pace)
        })
        .collect();
    Ok(Page(AppsPage {
        shell: panel.shell(&person, tr.apps_title(), "/settings").await?,
        tabs: settings_tabs(tr, "/settings/apps"),
        empty: rows.is_empty().then(|| Empty {
            icon: "key",
            title: tr.apps_empty_title().to_owned(),
            text: tr.apps_empty_text().to_owned(),
            command: None,
            link: None,
        }),
        rows,
        addresses,
        guide: [
            tr.apps_guide_register(),
            tr.apps_guide_app(),
            tr.apps_guide_addresses(),
            tr.apps_guide_key(),
            tr.apps_guide_login(),
        ]
        .map(str::to_owned)
        .to_vec(),
        register,
        tr: tr.clone(),
    }))
}

fn row(fmt: &Fmt, app: &AppShown, pace: i64) -> AppRow {
    let tr = fmt.tr();
    let (state, mut fault) = match (&app.error, app.row.checked_at) {
        (Some(error), _) => (
            State::of(tr.app_refused(), "red"),
            Some(fmt.fault(error, None)),
        ),
        (None, Some(at)) => (State::of(tr.app_good_since(fmt.ago(at)), "green"), None),
        (None, None) => (State::of(tr.app_untested(), "secondary"), None),
    };
    // A wrong clock makes signatures wrong some day; it is told before it does.
    if let Some(us) = app.row.clock_offset_us.filter(|us| *us != 0)
        && fault.is_none()
    {
        let span = fmt.span((us / 1_000_000).abs());
        let text = if us > 0 {
            tr.app_clock_behind(span)
        } else {
            tr.app_clock_ahead(span)
        };
        fault = Some(Fault::of(tr, text).next(tr.app_clock_next()));
    }
    AppRow {
        id: app.row.id,
        marketplace: Tag::marketplace(tr, &app.row.marketplace),
        name: app.row.label.clone(),
        key: app.row.app_key.clone(),
        state,
        sessions: app.sessions.to_string(),
        pace: format!("{pace} {}", tr.millisecond_sign()),
        fault,
    }
}

/// `GET /settings/apps/new`
pub(crate) async fn new_show(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    htmx: Htmx,
) -> Result<Response, PageError> {
    let window = new_window(&panel, &person, Typed::fresh());
    panel.window(htmx, &person, "/settings/apps", &window).await
}

/// `POST /settings/apps/new`
pub(crate) async fn new_send(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    htmx: Htmx,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    let new = AppNew {
        marketplace: fields.text("marketplace").to_owned(),
        key: fields.text("key").to_owned(),
        secret: SecretString::from(fields.text("secret").to_owned()),
        label: fields.text("name").to_owned(),
    };
    match app::apps::add(&person.ctx, new).await {
        Ok(id) => tested(&person, htmx, id).await,
        Err(error) => {
            let window = new_window(&panel, &person, Typed::refused(&person.fmt, fields, error)?);
            let answer = panel
                .window(htmx, &person, "/settings/apps", &window)
                .await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, answer).into_response())
        }
    }
}

/// `GET /settings/apps/{id}`
pub(crate) async fn edit_show(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let app = known(&panel, &person, id).await?;
    let window = edit_window(&panel, &person, &app, Typed::fresh());
    panel.window(htmx, &person, "/settings/apps", &window).await
}

/// `POST /settings/apps/{id}`
pub(crate) async fn edit_send(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    let app = known(&panel, &person, id).await?;
    let change = AppSave {
        secret: fields
            .some("secret")
            .map(|secret| SecretString::from(secret.to_owned())),
        label: fields.text("name").to_owned(),
    };
    match app::apps::save(&person.ctx, id, change).await {
        Ok(()) => tested(&person, htmx, id).await,
        Err(error) => {
            let typed = Typed::refused(&person.fmt, fields, error)?;
            let window = edit_window(&panel, &person, &app, typed);
            let answer = panel
                .window(htmx, &person, "/settings/apps", &window)
                .await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, answer).into_response())
        }
    }
}

/// `POST /settings/apps/{id}/test`
pub(crate) async fn test(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    tested(&person, htmx, id).await
}

/// Tests the key; what came of it stands in the list.
async fn tested(person: &Person, htmx: Htmx, id: i64) -> Result<Response, PageError> {
    match app::apps::check(&person.ctx, id).await {
        Ok(()) | Err(AppError::Market(_)) => Ok(go(htmx, "/settings/apps")),
        Err(error) => Err(person.fmt.refuse(error)),
    }
}

async fn known(panel: &Panel, person: &Person, id: i64) -> Result<AppShown, PageError> {
    app::apps::list(&panel.app)
        .await
        .map_err(|error| person.fmt.refuse(error))?
        .into_iter()
        .find(|app| app.row.id == id)
        .ok_or_else(PageError::not_found)
}

fn new_window(panel: &Panel, person: &Person, mut typed: Typed) -> FormWindow {
    let tr = person.tr();
    let codes: Vec<&str> = panel
        .app
        .markets
        .all()
        .map(|m| m.connector.code())
        .collect();
    let first = codes.first().copied().unwrap_or("");
    let chosen = typed.chosen("marketplace", first).to_owned();
    let form = AppForm {
        marketplaces: codes
            .iter()
            .map(|code| Choice::of(*code, tr.by_key("marketplace-", code), chosen == *code))
            .collect(),
        name: typed.field("name", ""),
        key: typed.field("key", ""),
        secret_error: typed.field("secret", "").error,
        marketplace_error: typed.field("marketplace", "").error,
    };
    app_window(tr, None, form, typed.rest(&person.fmt), &panel.request_id())
}

fn edit_window(panel: &Panel, person: &Person, app: &AppShown, mut typed: Typed) -> FormWindow {
    let form = AppForm {
        name: typed.field("name", &app.row.label),
        secret_error: typed.field("secret", "").error,
        ..AppForm::default()
    };
    let known = Some((app.row.id, app.row.app_key.as_str()));
    app_window(
        person.tr(),
        known,
        form,
        typed.rest(&person.fmt),
        &panel.request_id(),
    )
}
