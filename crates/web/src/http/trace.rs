//! One id and one log line per request.
//!
//! The line holds the route or path, never the query, a header or a body: those may carry login
//! codes, cookies and personal data.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use world::World;

/// The id of a request, in the log, in the answer's `x-request-id` and on error pages.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

pub(super) async fn trace(
    State(world): State<World>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut bytes = [0; 8];
    world.random.fill(&mut bytes);
    let id = data_encoding::HEXLOWER.encode(&bytes);
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!("request", id, %method, path = request.uri().path());
    let start = world.clock.boot();
    let mut response = next.run(request).instrument(span.clone()).await;
    let micros = (world.clock.boot().0 - start.0) / 1_000;
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(status, micros, route, "answered"));
    metrics::counter!("http_requests_total", "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a duration for a histogram; microseconds below 2^52 are exact"
    )]
    metrics::histogram!("http_request_seconds", "route" => route).record(micros as f64 / 1e6);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
