//! What is done with app keys: adding, changing, testing, switching off, deleting.

use super::form_window::FormWindow;
use super::typed::{Typed, whole};
use crate::Tr;
use crate::http::{Field, Fields, Htmx, PageError, Path, go};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Fault, Input};
use app::AppError;
use app::apps::{AppNew, AppSave, AppShown};
use axum::extract::{self, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;

/// The form as stored or typed. The secret is never shown again.
#[derive(Clone, Debug, Default)]
pub struct AppForm {
    /// Marketplaces to choose from; empty when it is edited.
    pub marketplaces: Vec<Choice>,
    /// Name given by us.
    pub name: Field,
    /// Key.
    pub key: Field,
    /// Calls that it may make in a day.
    pub quota: Field,
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
    let quota = Input::whole("daily_quota", tr.app_quota(), form.quota).hint(tr.app_quota_hint());
    let (title, action, inputs) = match app {
        Some((id, _)) => (
            tr.app_edit(),
            format!("/settings/apps/{id}"),
            vec![name.focus(), secret.hint(tr.app_secret_keep()), quota],
        ),
        None => (
            tr.app_add(),
            "/settings/apps/new".to_owned(),
            vec![
                Input::select("marketplace", tr.col_marketplace(), form.marketplaces)
                    .error(form.marketplace_error),
                name,
                Input::text("key", tr.app_key(), form.key)
                    .hint(tr.app_key_hint())
                    .focus(),
                secret.hint(tr.app_secret_hint()),
                quota,
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

/// What the address of a new key asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct ForMarketplace {
    /// Of this marketplace.
    marketplace: Option<String>,
}

/// `GET /settings/apps/new`
pub(crate) async fn new_show(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    htmx: Htmx,
    Query(wanted): Query<ForMarketplace>,
) -> Result<Response, PageError> {
    let wanted = wanted.marketplace.unwrap_or_default();
    let window = new_window(&panel, &person, &wanted, Typed::fresh());
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
    let added = match quota(&fields) {
        Ok(daily_quota) => {
            let new = AppNew {
                marketplace: fields.text("marketplace").to_owned(),
                key: fields.text("key").to_owned(),
                secret: SecretString::from(fields.text("secret").to_owned()),
                label: fields.text("name").to_owned(),
                daily_quota,
            };
            app::apps::add(&person.ctx, new).await
        }
        Err(error) => Err(error),
    };
    match added {
        Ok(id) => tested(&person, htmx, id).await,
        Err(error) => {
            let typed = Typed::refused(&person.fmt, fields, error)?;
            let window = new_window(&panel, &person, "", typed);
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
    let saved = match quota(&fields) {
        Ok(daily_quota) => {
            let change = AppSave {
                secret: fields
                    .some("secret")
                    .map(|secret| SecretString::from(secret.to_owned())),
                label: fields.text("name").to_owned(),
                daily_quota,
            };
            app::apps::save(&person.ctx, id, change).await
        }
        Err(error) => Err(error),
    };
    match saved {
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
        Ok(()) | Err(AppError::Market(_)) => Ok(go(htmx, &format!("/settings/apps?tested={id}"))),
        Err(error) => Err(person.fmt.refuse(error)),
    }
}

/// `GET /settings/apps/{id}/off`
pub(crate) async fn off_show(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let (tr, app) = (person.tr(), known(&panel, &person, id).await?);
    let action = format!("/settings/apps/{id}/off");
    let window = FormWindow {
        intro: Some(tr.app_off_text().to_owned()),
        warning: (!app.sessions.is_empty()).then(|| {
            let logins: Vec<&str> = app.sessions.iter().map(|s| s.login.as_str()).collect();
            tr.app_off_sessions(app.sessions.len(), logins.join(", "))
        }),
        submit: Some(tr.app_switch_off().to_owned()),
        ..FormWindow::new(
            tr,
            tr.app_off_title(),
            &app.row.label,
            &action,
            &panel.request_id(),
        )
    };
    panel.window(htmx, &person, "/settings/apps", &window).await
}

/// `POST /settings/apps/{id}/off`
pub(crate) async fn off_send(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    done(&person, htmx, app::apps::switch_off(&person.ctx, id).await)
}

/// `POST /settings/apps/{id}/on`
pub(crate) async fn on(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    done(&person, htmx, app::apps::switch_on(&person.ctx, id).await)
}

/// `POST /settings/apps/{id}/resume`
pub(crate) async fn resume(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    done(&person, htmx, app::apps::go_on(&person.ctx, id).await)
}

fn done(person: &Person, htmx: Htmx, outcome: Result<(), AppError>) -> Result<Response, PageError> {
    outcome.map_err(|error| person.fmt.refuse(error))?;
    Ok(go(htmx, "/settings/apps"))
}

/// `GET /settings/apps/{id}/delete`
pub(crate) async fn delete_show(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let (tr, app) = (person.tr(), known(&panel, &person, id).await?);
    let action = format!("/settings/apps/{id}/delete");
    let window = FormWindow::new(
        tr,
        tr.app_delete_title(),
        &app.row.label,
        &action,
        &panel.request_id(),
    );
    let window = match app::apps::delete_refusal(&app.sessions) {
        Some(message) => FormWindow {
            fault: Some(person.fmt.fault(&message, None)),
            ..window
        },
        None => FormWindow {
            intro: Some(tr.app_delete_text().to_owned()),
            submit: Some(tr.app_delete().to_owned()),
            danger: true,
            ..window
        },
    };
    panel.window(htmx, &person, "/settings/apps", &window).await
}

/// `POST /settings/apps/{id}/delete`
pub(crate) async fn delete_send(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let app = known(&panel, &person, id).await?;
    app::apps::delete(&person.ctx, id)
        .await
        .map_err(|error| person.fmt.refuse(error))?;
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("deleted", &app.row.label)
        .finish();
    Ok(go(htmx, &format!("/settings/apps?{query}")))
}

fn quota(fields: &Fields) -> Result<Option<i64>, AppError> {
    whole(fields.text("daily_quota")).map_err(|message| AppError::field("daily_quota", message))
}

async fn known(panel: &Panel, person: &Person, id: i64) -> Result<AppShown, PageError> {
    app::apps::list(&panel.app)
        .await
        .map_err(|error| person.fmt.refuse(error))?
        .into_iter()
        .find(|app| app.row.id == id)
        .ok_or_else(PageError::not_found)
}

fn new_window(panel: &Panel, person: &Person, wanted: &str, mut typed: Typed) -> FormWindow {
    let tr = person.tr();
    let codes: Vec<&str> = panel
        .app
        .markets
        .all()
        .map(|m| m.connector.code())
        .collect();
    let first = codes.first().copied().unwrap_or("");
    let wanted = if codes.contains(&wanted) {
        wanted
    } else {
        first
    };
    let chosen = typed.chosen("marketplace", wanted).to_owned();
    let form = AppForm {
        marketplaces: codes
            .iter()
            .map(|code| Choice::of(*code, tr.by_key("marketplace-", code), chosen == *code))
            .collect(),
        name: typed.field("name", ""),
        key: typed.field("key", ""),
        quota: typed.field("daily_quota", ""),
        secret_error: typed.field("secret", "").error,
        marketplace_error: typed.field("marketplace", "").error,
    };
    app_window(tr, None, form, typed.rest(&person.fmt), &panel.request_id())
}

fn edit_window(panel: &Panel, person: &Person, app: &AppShown, mut typed: Typed) -> FormWindow {
    let form = AppForm {
        name: typed.field("name", &app.row.label),
        quota: typed.field(
            "daily_quota",
            app.row
                .daily_quota
                .map_or_else(String::new, |n| n.to_string()),
        ),
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
