//! Open bookings: look again, adopt, release, withdraw.

use super::{WindowAnswer, done, refused, runs, tab_url};
use crate::http::{Field, Fields, Htmx, PageError, Path};
use crate::pages::booking::{Looked, adopt_window, release_window};
use crate::pages::item_windows::At;
use crate::pages::order::order_url;
use crate::panel::{Panel, Person};
use crate::parts::Fault;
use app::booking::{adopt, look, release, withdraw};
use app::purchase_tab::{OpenBooking, PurchaseTab};
use axum::extract::State;
use axum::response::Response;

/// The open booking of an order, which must be one of its own.
async fn open(
    panel: &Panel,
    person: &Person,
    number: &str,
    id: i64,
) -> Result<OpenBooking, PageError> {
    let row = super::order(panel, person, number).await?;
    let tab: PurchaseTab = app::purchase_tab::load(&panel.app, row.id)
        .await
        .map_err(person.no())?;
    let found = tab.open.into_iter().find(|open| open.row.id == id);
    found.ok_or_else(|| {
        person
            .fmt
            .refuse(app::AppError::refused("booking-outcome_known"))
    })
}

/// `POST /orders/{number}/bookings/{id}/look`
pub(crate) async fn look_again(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    open(&panel, &person, &number, id).await?;
    look::look_again(&person.ctx, id)
        .await
        .map_err(person.no())?;
    Ok(done(htmx, &tab_url(&number)))
}

/// `POST /orders/{number}/bookings/{id}/withdraw`
pub(crate) async fn take_back(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    open(&panel, &person, &number, id).await?;
    withdraw::withdraw(&person.ctx, id)
        .await
        .map_err(person.no())?;
    Ok(done(htmx, &tab_url(&number)))
}

/// `GET /orders/{number}/bookings/{id}/adopt`
pub(crate) async fn adopt_form(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
) -> WindowAnswer {
    open(&panel, &person, &number, id).await?;
    adopt_shown(&panel, &person, htmx, &number, id, Field::default(), None).await
}

async fn adopt_shown(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    number: &str,
    id: i64,
    typed: Field,
    fault: Option<Fault>,
) -> WindowAnswer {
    let (url, request_id) = (order_url(number), panel.request_id());
    let at = At {
        tr: person.tr(),
        order: number,
        url: &url,
        request_id: &request_id,
    };
    let window = adopt_window(at, id, typed, &[], fault);
    panel.window(htmx, person, &tab_url(number), &window).await
}

/// `POST /orders/{number}/bookings/{id}/adopt`
pub(crate) async fn adopt_send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
    fields: Fields,
) -> WindowAnswer {
    let typed = fields.text("number").to_owned();
    let request = adopt::Adopt {
        request_id: fields.request_id()?.to_owned(),
        booking: id,
        number: typed.clone(),
    };
    match adopt::adopt(&person.ctx, request).await {
        Ok(begun) => runs::opened(&panel, &person, htmx, begun.id).await,
        Err(error) => {
            let fault = person.fmt.form_fault(&error);
            let wrong = if fault.is_some() {
                None
            } else {
                person.fmt.field_faults(error)?.remove("number")
            };
            let field = Field {
                value: typed,
                error: wrong,
            };
            adopt_shown(&panel, &person, htmx, &number, id, field, fault)
                .await
                .map(refused)
        }
    }
}

/// `GET /orders/{number}/bookings/{id}/release`
pub(crate) async fn release_form(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
) -> WindowAnswer {
    let booking = open(&panel, &person, &number, id).await?;
    release_shown(
        &panel,
        &person,
        htmx,
        &number,
        &booking,
        Field::default(),
        None,
    )
    .await
}

async fn release_shown(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    number: &str,
    booking: &OpenBooking,
    typed: Field,
    fault: Option<Fault>,
) -> Result<Response, PageError> {
    let (url, request_id) = (order_url(number), panel.request_id());
    let at = At {
        tr: person.tr(),
        order: number,
        url: &url,
        request_id: &request_id,
    };
    let row = &booking.row;
    let looked = Looked {
        times: row.looks,
        last: row.looked_at.map_or_else(
            || person.tr().never().to_owned(),
            |at| person.fmt.moment(at),
        ),
        tail: row.reference[row.reference.len().saturating_sub(4)..].to_owned(),
        reference: row.reference.clone(),
        refusal: booking.no_release.as_ref().map(|why| person.fmt.say(why)),
    };
    let window = release_window(at, row.id, &looked, typed, fault);
    panel.window(htmx, person, &tab_url(number), &window).await
}

/// `POST /orders/{number}/bookings/{id}/release`
pub(crate) async fn release_send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    let booking = open(&panel, &person, &number, id).await?;
    let typed = fields.text("confirmation").to_owned();
    let request = release::Release {
        booking: id,
        confirmation: typed.clone(),
    };
    match release::release(&person.ctx, request).await {
        Ok(()) => Ok(done(htmx, &tab_url(&number))),
        Err(error) => {
            let fault = person.fmt.form_fault(&error);
            let wrong = if fault.is_some() {
                None
            } else {
                person.fmt.field_faults(error)?.remove("confirmation")
            };
            let field = Field {
                value: typed,
                error: wrong,
            };
            release_shown(&panel, &person, htmx, &number, &booking, field, fault)
                .await
                .map(refused)
        }
    }
}
