//! Errors as people and machines see them.
//!
//! A handler returns a [`PageError`]; it is rendered outside of the handlers, where it is known who
//! asked: a browser gets a page, htmx a toast in the page that stands, a machine RFC 9457 problem
//! details. Internal causes are logged once, here, and never shown.

use super::{Htmx, RequestId};
use crate::Tr;
use askama::Template;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::error::Error;

/// What a marketplace itself said, shown folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its code.
    pub code: String,
    /// Its text.
    pub text: String,
    /// Its id of the request.
    pub request_id: String,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// What is wrong and what was expected.
    pub detail: String,
}

/// An answer that says why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageError(Box<Refusal>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    status: StatusCode,
    code: &'static str,
    text: Option<String>,
    said: Option<Said>,
    fields: Vec<FieldError>,
    sign_in_return: Option<String>,
}

impl PageError {
    /// A refusal with a stable code, whose heading is the text `problem-{code}`.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        Self(Box::new(Refusal {
            status,
            code,
            text: None,
            said: None,
            fields: Vec::new(),
            sign_in_return: None,
        }))
    }

    /// There is no such page or thing.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found")
    }

    /// The address is right, the method is not.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
    }

    /// The person may not do this.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden")
    }

    /// Not a request that our pages make.
    #[must_use]
    pub fn bad_request() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request")
    }

    /// The state of things does not allow it (any more).
    #[must_use]
    pub fn conflict(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code).with_text(text)
    }

    /// Nobody is signed in; a browser is sent to the sign-in page and comes back to `back`.
    #[must_use]
    pub fn sign_in(back: &str) -> Self {
        let mut error = Self::new(StatusCode::UNAUTHORIZED, "sign_in");
        error.0.sign_in_return = Some(back.to_owned());
        error
    }

    /// Our own fault. The whole chain of causes goes to the log, none of it to the page.
    #[must_use]
    pub fn internal(error: &dyn Error) -> Self {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            source = cause.source();
        }
        tracing::error!(error = chain, "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal")
    }

    /// The usual error of that status.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::FORBIDDEN => Self::forbidden(),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_allowed(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, "too_large"),
            s if s.as_u16() >= 500 => Self::new(status, "internal"),
            _ => Self::new(status, "bad_request"),
        }
    }

    /// Says what is wrong here, in the person's language.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.0.text = Some(text.into());
        self
    }

    /// Adds the marketplace's own words.
    #[must_use]
    pub fn with_said(mut self, said: Said) -> Self {
        self.0.said = Some(said);
        self
    }

    /// Adds what is wrong with single fields.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.0.fields = fields;
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    tr: &'a Tr,
    status: u16,
    title: &'a str,
    text: &'a str,
    fields: &'a [FieldError],
    said: Option<&'a Said>,
    request_id: &'a str,
}

#[derive(Template)]
#[template(path = "error_toast.html")]
struct ErrorToast<'a> {
    tr: &'a Tr,
    title: &'a str,
    text: &'a str,
    fields: &'a [FieldError],
    said: Option<&'a Said>,
    request_id: &'a str,
}

#[derive(serde::Serialize)]
struct Problem<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    marketplace: Option<ProblemSaid<'a>>,
}

#[derive(serde::Serialize)]
struct ProblemSaid<'a> {
    code: &'a str,
    text: &'a str,
    request_id: &'a str,
}

/// Marks an answer that stays as it is, though it is an error: its reader wants these very words.
#[derive(Clone, Copy, Debug)]
pub struct Finished;

enum Reader {
    Browser,
    Htmx,
    Machine,
}

impl Reader {
    fn of(headers: &HeaderMap, path: &str) -> Self {
        let accept = headers
            .get(header::ACCEPT)
            .and_then(|v| v.to_str().ok())
            .unwrap_or("");
        if headers.contains_key("hx-request") {
            Self::Htmx
        } else if path.starts_with("/api/") || !accept.contains("text/html") {
            Self::Machine
        } else {
            Self::Browser
        }
    }
}

/// Gives every error its body.
pub(super) async fn render(request: Request, next: Next) -> Response {
    let reader = Reader::of(request.headers(), request.uri().path());
    let tr = Tr::negotiate(
        request
            .headers()
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or(""),
    );
    let id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.0.clone())
        .unwrap_or_default();
    let mut response = next.run(request).await;
    let error = match response.extensions_mut().remove::<PageError>() {
        Some(error) => error,
        // Refusals of axum's own extractors come as bare text.
        None if response.extensions().get::<Finished>().is_none() && is_bare_error(&response) => {
            PageError::of_status(response.status())
        }
        None => return response,
    };
    let (parts, _) = response.into_parts();
    let mut made = body(&error.0, &reader, &tr, &id);
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = parts.headers.get(&name) {
            made.headers_mut().insert(name, value.clone());
        }
    }
    made
}

fn is_bare_error(response: &Response) -> bool {
    let status = response.status();
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    (status.is_client_error() || status.is_server_error())
        && (kind.is_empty() || kind.starts_with("text/plain"))
}

fn body(error: &Refusal, reader: &Reader, tr: &Tr, id: &str) -> Response {
    let title = tr.by_key("problem-", error.code);
    let text = error
        .text
        .as_deref()
        .unwrap_or_else(|| tr.find("problem-text-", error.code).unwrap_or(""));
    let status = error.status;
    if let (Some(back), Reader::Browser | Reader::Htmx) = (&error.sign_in_return, reader) {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("return", super::safe_return(back))
            .finish();
        let htmx = Htmx(matches!(reader, Reader::Htmx));
        return super::go(htmx, &format!("/sign-in?{query}"));
    }
    let html = |html: askama::Result<String>| {
        (
            status,
            [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CACHE_CONTROL, "no-store"),
            ],
            html.unwrap_or_else(|_| title.to_owned()),
        )
            .into_response()
    };
    match reader {
        Reader::Browser => html(
            ErrorPage {
                tr,
                status: status.as_u16(),
                title,
                text,
                fields: &error.fields,
                said: error.said.as_ref(),
                request_id: id,
            }
            .render(),
        ),
        Reader::Htmx => {
            let mut response = html(
                ErrorToast {
                    tr,
                    title,
                    text,
                    fields: &error.fields,
                    said: error.said.as_ref(),
                    request_id: id,
                }
                .render(),
            );
            // The form that was refused stays as it is, with everything typed into it.
            for (name, value) in [("hx-retarget", "#toasts"), ("hx-reswap", "beforeend")] {
                response.headers_mut().insert(
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                );
            }
            response
        }
        Reader::Machine => {
            let problem = Problem {
                r#type: "about:blank",
                title,
                status: status.as_u16(),
                detail: text,
                code: error.code,
                request_id: id,
                errors: &error.fields,
                marketplace: error.said.as_ref().map(|s| ProblemSaid {
                    code: &s.code,
                    text: &s.text,
                    request_id: &s.request_id,
                }),
            };
            (
                status,
                [(header::CONTENT_TYPE, "application/problem+json")],
                serde_json::to_string(&problem).unwrap_or_default(),
            )
                .into_response()
        }
    }
}

/// The answer to a request that another site's page made a browser send.
pub(super) fn cross_site() -> Response {
    PageError::new(StatusCode::FORBIDDEN, "cross_site").into_response()
}

/// The answer when a handler panicked. The panic's own text went to the log by the panic hook.
pub(super) fn panicked(_cause: Box<dyn Any + Send + 'static>) -> http::Response<Body> {
    tracing::error!("a handler panicked");
    PageError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal").into_response()
}
