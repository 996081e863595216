//! What is done with one session beside changing its settings: making it the default, draining,
//! taking up again, deleting, synchronizing, choosing an address that the account keeps.

use super::form_window::FormWindow;
use super::session::load;
use crate::buying::runs;
use crate::http::{Fields, Htmx, PageError, Path, go};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Input};
use app::session::{Address, SavedAddress};
use app::sync::{Start, start};
use app::{AppError, Message};
use axum::extract::State;
use axum::response::Response;

fn done(
    person: &Person,
    htmx: Htmx,
    id: i64,
    outcome: Result<(), AppError>,
) -> Result<Response, PageError> {
    outcome.map_err(|error| person.fmt.refuse(error))?;
    Ok(go(htmx, &format!("/sessions/{id}")))
}

/// `POST /sessions/{id}/default`
pub(crate) async fn make_default(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    done(
        &person,
        htmx,
        id,
        app::session::set_default(&person.ctx, id).await,
    )
}

/// `POST /sessions/{id}/drain`
pub(crate) async fn drain(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    done(
        &person,
        htmx,
        id,
        app::session::drain(&person.ctx, id).await,
    )
}

/// `POST /sessions/{id}/undrain`
pub(crate) async fn undrain(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    done(
        &person,
        htmx,
        id,
        app::session::undrain(&person.ctx, id).await,
    )
}

/// `POST /sessions/{id}/resume`
pub(crate) async fn resume(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    done(
        &person,
        htmx,
        id,
        app::session::resume_bookings(&person.ctx, id).await,
    )
}

/// `POST /sessions/{id}/synchronize`
pub(crate) async fn synchronize(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, PageError> {
    load(&panel, &person, id).await?;
    start_sync(&panel, &person, htmx, &fields, vec![id]).await
}

/// Starts a synchronization of these sessions, or of every one when none is named, and shows it.
pub(crate) async fn start_sync(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    fields: &Fields,
    sessions: Vec<i64>,
) -> Result<Response, PageError> {
    let request = Start {
        request_id: fields.request_id()?.to_owned(),
        sessions,
        order: None,
    };
    let begun = start(&person.ctx, request)
        .await
        .map_err(|error| person.fmt.refuse(error))?;
    runs::opened(panel, person, htmx, begun.id).await
}

/// `GET /sessions/{id}/move`: through which app its account shall log in once more.
pub(crate) async fn move_show(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let (tr, shown) = (person.tr(), load(&panel, &person, id).await?);
    let others = app::apps::for_others(&panel.app, &shown.row)
        .await
        .map_err(|error| person.fmt.refuse(error))?;
    if others.is_empty() {
        return Err(PageError::not_found());
    }
    let choices = others
        .iter()
        .enumerate()
        .map(|(index, app)| Choice::of(app.row.id.to_string(), &app.row.label, index == 0))
        .collect();
    let marketplace = tr.by_key("marketplace-", &shown.row.marketplace);
    let window = FormWindow {
        intro: Some(tr.session_move_text(marketplace)),
        hidden: vec![
            ("session".to_owned(), id.to_string()),
            ("return".to_owned(), format!("/sessions/{id}")),
        ],
        inputs: vec![Input::select("app", tr.session_app(), choices).focus()],
        submit: Some(tr.session_move_go().to_owned()),
        ..FormWindow::new(
            tr,
            tr.session_move(),
            &shown.row.login,
            "/connect",
            &panel.request_id(),
        )
    };
    panel
        .window(htmx, &person, &format!("/sessions/{id}"), &window)
        .await
}

/// `GET /sessions/{id}/delete`
pub(crate) async fn delete_show(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let (tr, shown) = (person.tr(), load(&panel, &person, id).await?);
    let action = format!("/sessions/{id}/delete");
    let window = FormWindow::new(
        tr,
        tr.session_delete(),
        &shown.row.login,
        &action,
        &panel.request_id(),
    );
    let window = if let Some(message) = app::session::delete_refusal(&shown.dependents) {
        FormWindow {
            fault: Some(person.fmt.fault(&message, None)),
            intro: Some(if shown.row.draining {
                tr.session_draining_hint().to_owned()
            } else {
                tr.session_delete_drain().to_owned()
            }),
            action: format!("/sessions/{id}/drain"),
            submit: (!shown.row.draining).then(|| tr.session_drain().to_owned()),
            ..window
        }
    } else {
        FormWindow {
            intro: Some(tr.session_delete_text().to_owned()),
            submit: Some(tr.session_delete_short().to_owned()),
            danger: true,
            ..window
        }
    };
    panel
        .window(htmx, &person, &format!("/sessions/{id}"), &window)
        .await
}

/// `POST /sessions/{id}/delete`
pub(crate) async fn delete_send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let shown = load(&panel, &person, id).await?;
    app::session::delete(&person.ctx, id)
        .await
        .map_err(|error| person.fmt.refuse(error))?;
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("deleted", &shown.row.login)
        .finish();
    Ok(go(htmx, &format!("/sessions?{query}")))
}

/// `GET /sessions/{id}/addresses`
pub(crate) async fn addresses_show(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let (tr, shown) = (person.tr(), load(&panel, &person, id).await?);
    let action = format!("/sessions/{id}/addresses");
    let window = FormWindow::new(
        tr,
        tr.address_saved(),
        &shown.row.login,
        &action,
        &panel.request_id(),
    );
    let window = match app::session::saved_addresses(&person.ctx, id).await {
        Ok(kept) if kept.is_empty() => FormWindow {
            intro: Some(tr.address_saved_none().to_owned()),
            ..window
        },
        Ok(kept) => FormWindow {
            intro: Some(tr.address_saved_text().to_owned()),
            inputs: vec![Input::select("saved", tr.address_saved(), choices(&kept)).focus()],
            submit: Some(tr.address_take_over().to_owned()),
            ..window
        },
        Err(error) => FormWindow {
            fault: Some(match person.fmt.form_fault(&error) {
                Some(fault) => fault,
                None => return Err(person.fmt.refuse(error)),
            }),
            ..window
        },
    };
    panel
        .window(htmx, &person, &format!("/sessions/{id}"), &window)
        .await
}

/// `POST /sessions/{id}/addresses`: the form of the session, filled with the chosen address. It is
/// stored when the person saves it there.
pub(crate) async fn addresses_send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, PageError> {
    load(&panel, &person, id).await?;
    let Some(saved) = fields.some("saved") else {
        let error = AppError::field("saved", Message::of("address-choose"));
        return Err(person.fmt.refuse(error));
    };
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("address", saved)
        .finish();
    Ok(go(htmx, &format!("/sessions/{id}?{query}")))
}

fn choices(kept: &[SavedAddress]) -> Vec<Choice> {
    kept.iter()
        .filter_map(|saved| {
            let Address {
                full_name,
                province,
                city,
                area,
                town,
                street,
                ..
            } = &saved.address;
            let text = format!("{full_name}，{province}{city}{area}{town}{street}");
            Some(Choice::of(
                saved.address.saved_id.clone()?,
                text,
                saved.is_default,
            ))
        })
        .collect()
}
