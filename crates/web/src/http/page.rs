//! Answers that people see.

use super::PageError;
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;

/// A rendered template: a whole page, or a fragment for htmx. Combine with a status as usual:
/// `(StatusCode::UNPROCESSABLE_ENTITY, Page(form))`.
#[derive(Debug)]
pub struct Page<T>(pub T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => (
                [
                    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                    // Pages hold customers' data and forms that must not be replayed from a cache.
                    (header::CACHE_CONTROL, "no-store"),
                ],
                html,
            )
                .into_response(),
            Err(error) => PageError::internal(&error).into_response(),
        }
    }
}

/// Whether htmx asked, and so wants a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Htmx(pub bool);

impl<S: Sync> FromRequestParts<S> for Htmx {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.contains_key("hx-request")))
    }
}

/// Sends the browser on after a post: 303, or `HX-Redirect` when htmx asked.
#[must_use]
pub fn go(htmx: Htmx, to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    if htmx.0 {
        (
            StatusCode::OK,
            [(HeaderName::from_static("hx-redirect"), to)],
        )
            .into_response()
    } else {
        (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
    }
}

/// An address on this panel to come back to, or `/`: never another site's.
#[must_use]
pub fn safe_return(wanted: &str) -> &str {
    let inside = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains('\\')
        && !wanted.chars().any(char::is_control);
    if inside { wanted } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_panel_are_returned_to() {
        assert_eq!(safe_return("/orders/ORD-1?tab=x"), "/orders/ORD-1?tab=x");
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "",
            "/a\nb",
        ] {
            assert_eq!(safe_return(bad), "/", "{bad:?}");
        }
    }
}
