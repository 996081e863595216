//! Buying: the Purchase tab with its windows, runs, purchases, what needs a person.
//!
//! Each file asks `app` for one thing, turns the answer into the view of its page and takes what
//! the page's forms send.

pub(crate) mod bind;
pub(crate) mod book;
pub(crate) mod bookings;
pub(crate) mod differences;
pub(crate) mod pay;
pub(crate) mod purchases;
pub(crate) mod runs;
pub(crate) mod tab;
pub(crate) mod unbind;
pub(crate) mod unknown;

use crate::http::{Fields, Htmx, Page, PageError, go, safe_return};
use crate::panel::Person;
use app::AppError;
use app::rows::OrderRow;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

impl Person {
    /// An error of an operation as an answer, in the person's language.
    pub(crate) fn no(&self) -> impl Fn(AppError) -> PageError {
        |error| self.fmt.refuse(error)
    }
}

/// After something that shows by itself on the page that stands: htmx takes the window away, a
/// plain browser goes back to the page.
pub(crate) fn done(htmx: Htmx, back: &str) -> Response {
    if htmx.0 {
        axum::response::Html("").into_response()
    } else {
        go(htmx, back)
    }
}

/// The page that a form names to come back to, else `usual`.
pub(crate) fn back_of<'a>(fields: &'a Fields, usual: &'a str) -> &'a str {
    fields.some("return").map_or(usual, safe_return)
}

/// The address of an order's Purchase tab.
pub(crate) fn tab_url(number: &str) -> String {
    format!("{}/purchase", crate::pages::order::order_url(number))
}

/// The order of a number, without what its page shows around it.
pub(crate) async fn order(
    panel: &crate::Panel,
    person: &Person,
    number: &str,
) -> Result<OrderRow, PageError> {
    app::order::row(&panel.app, number)
        .await
        .map_err(|error| person.fmt.refuse(error))
}

/// A page, a window, or where to go.
pub(crate) type WindowAnswer = Result<Response, PageError>;

/// The same answer as a refusal: the window stays open with what is wrong with it.
pub(crate) fn refused(mut answer: Response) -> Response {
    *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    answer
}

/// A page as an answer.
pub(crate) fn page<T: askama::Template>(template: T) -> Response {
    Page(template).into_response()
}

/// The text as a sentence begins.
pub(crate) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(rest).collect()
    })
}
