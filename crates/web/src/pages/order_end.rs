//! Close or cancel an order, and take that back.

use super::form_window::FormWindow;
use super::item_windows::At;
use super::order::{self, order_url};
use super::typed::{Typed, page_under};
use crate::http::{Field, Fields, Htmx, PageError, Path, go};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Input};
use app::order::End;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::OrderEnd;

/// Close or cancel: how, and why.
#[must_use]
pub fn end_window(at: At<'_>, wanted: &str, reason: Field) -> FormWindow {
    let tr = at.tr;
    let choice = |end: OrderEnd, text: &str| Choice::of(end.code(), text, end.code() == wanted);
    FormWindow {
        intro: Some(tr.order_end_intro().to_owned()),
        inputs: vec![
            Input::select(
                "end",
                tr.order_end_how(),
                vec![
                    choice(OrderEnd::Closed, tr.order_end_close()),
                    choice(OrderEnd::Cancelled, tr.order_end_cancel()),
                ],
            )
            .focus(),
            Input::area("reason", tr.reason(), reason)
                .rows(2)
                .hint(tr.order_end_reason_hint()),
        ],
        submit: Some(tr.order_end_submit().to_owned()),
        danger: true,
        ..at.window(tr.order_end(), "end")
    }
}

/// Take a close or a cancel back.
#[must_use]
pub fn reopen_window(at: At<'_>) -> FormWindow {
    let tr = at.tr;
    FormWindow {
        intro: Some(tr.order_reopen_intro().to_owned()),
        submit: Some(tr.order_reopen().to_owned()),
        ..at.window(tr.order_reopen(), "reopen")
    }
}

/// `GET /orders/{number}/end`
pub(crate) async fn end_show(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    answer_end(&panel, &person, htmx, &number, Typed::fresh()).await
}

/// `POST /orders/{number}/end`
pub(crate) async fn end_send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    let end = OrderEnd::from_code(fields.text("end")).ok_or_else(PageError::bad_request)?;
    let request = End {
        number: number.clone(),
        end,
        reason: fields.text("reason").to_owned(),
    };
    match app::order::end(&person.ctx, request).await {
        Ok(()) => Ok(go(htmx, &page_under(&headers, &order_url(&number)))),
        Err(error) => {
            let typed = Typed::refused(&person.fmt, fields, error)?;
            answer_end(&panel, &person, htmx, &number, typed).await
        }
    }
}

async fn answer_end(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    number: &str,
    mut typed: Typed,
) -> Result<Response, PageError> {
    // Answers 404 for an order that does not exist.
    order::load(panel, person, number).await?;
    let (url, request_id) = (order_url(number), panel.request_id());
    let at = At {
        tr: person.tr(),
        order: number,
        url: &url,
        request_id: &request_id,
    };
    let wanted = typed.chosen("end", OrderEnd::Closed.code()).to_owned();
    let mut window = end_window(at, &wanted, typed.field("reason", ""));
    let status = typed.status();
    window.fault = typed.rest(&person.fmt);
    panel.form(htmx, person, &url, status, &window).await
}

/// `GET /orders/{number}/reopen`
pub(crate) async fn reopen_show(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    answer_reopen(&panel, &person, htmx, &number, Typed::fresh()).await
}

/// `POST /orders/{number}/reopen`
pub(crate) async fn reopen_send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    match app::order::reopen(&person.ctx, &number).await {
        Ok(()) => Ok(go(htmx, &page_under(&headers, &order_url(&number)))),
        Err(error) => {
            let typed = Typed::refused(&person.fmt, fields, error)?;
            answer_reopen(&panel, &person, htmx, &number, typed).await
        }
    }
}

async fn answer_reopen(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    number: &str,
    typed: Typed,
) -> Result<Response, PageError> {
    order::load(panel, person, number).await?;
    let (url, request_id) = (order_url(number), panel.request_id());
    let at = At {
        tr: person.tr(),
        order: number,
        url: &url,
        request_id: &request_id,
    };
    let mut window = reopen_window(at);
    let status = typed.status();
    window.fault = typed.rest(&person.fmt);
    panel.form(htmx, person, &url, status, &window).await
}
