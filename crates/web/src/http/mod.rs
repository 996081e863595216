//! What stands around every page: addresses of assets, request ids, logs without secrets, security
//! headers, refusal of cross-site posts, compression, and proper answers for errors and panics.
//!
//! Nothing here knows orders or marketplaces. Handlers below it return [`Page`], a redirect or a
//! [`PageError`].

mod cookie;
mod error;
mod events;
mod form;
mod headers;
mod page;
mod path;
mod trace;

pub use cookie::SessionCookie;
pub use error::{FieldError, Finished, PageError, Said};
pub use events::{Live, live};
pub use form::{Field, Fields, request_id};
pub use headers::HttpSettings;
pub use page::{Htmx, Page, go, safe_return};
pub use path::Path;
pub use trace::RequestId;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use std::sync::Arc;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{ConfigError, CsrfLayer};
use world::World;

/// Bytes that a request body may have unless its route says otherwise.
pub const BODY_LIMIT: usize = 1 << 20;

/// Puts everything that every answer needs around `routes`.
///
/// From the outside in: request id and log line, security headers, compression, rendering of
/// errors, panics, cross-site refusal, body limit. A POST without `Origin` and `Sec-Fetch-Site`
/// (a marketplace's push, a script with a token) passes; a browser always sends one of them.
///
/// # Errors
/// When the public address cannot be an origin.
pub fn shell(
    settings: &HttpSettings,
    world: &World,
    routes: Router,
) -> Result<Router, ConfigError> {
    let mut csrf = CsrfLayer::new();
    if let Some(origin) = settings.public_origin() {
        csrf = csrf.add_trusted_origin(origin)?;
    }
    let csrf = csrf.with_rejection_response(|_| error::cross_site());
    Ok(routes
        .route(crate::assets::ROUTE, get(crate::assets::serve))
        .fallback(|| async { PageError::not_found() })
        .method_not_allowed_fallback(|| async { PageError::method_not_allowed() })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(csrf)
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(error::render))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(from_fn_with_state(
            Arc::new(headers::SecurityHeaders::new(settings)),
            headers::add,
        ))
        .layer(from_fn_with_state(world.clone(), trace::trace)))
}

#[cfg(test)]
mod tests;
