//! Where marketplaces send their messages. Nobody is signed in here: a message proves itself by its
//! signature. It is answered with success only when it is stored, and refusals say no more than that.

use crate::http::{Finished, Path};
use crate::panel::Panel;
use app::push::{PushOutcome, PushRefused, receive};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// `POST /push/{marketplace}`
pub(crate) async fn take(
    State(panel): State<Panel>,
    Path(marketplace): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(refusal) if refusal.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return answer(StatusCode::PAYLOAD_TOO_LARGE, "too large\n");
        }
        Err(_) => return answer(StatusCode::BAD_REQUEST, "not readable\n"),
    };
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    match receive(&panel.app, &marketplace, content_type, &headers, &body).await {
        Ok(PushOutcome::Stored | PushOutcome::Duplicate) => answer(StatusCode::OK, "ok\n"),
        Ok(PushOutcome::Refused(why)) => {
            let (status, text) = match why {
                PushRefused::Marketplace => (StatusCode::NOT_FOUND, "no such marketplace\n"),
                PushRefused::Signature => (StatusCode::UNAUTHORIZED, "wrong signature\n"),
                PushRefused::Unreadable => (StatusCode::BAD_REQUEST, "not readable\n"),
            };
            tracing::info!(?why, "a push message was refused");
            answer(status, text)
        }
        Err(error) => {
            tracing::error!(%error, "a push message could not be stored");
            answer(StatusCode::SERVICE_UNAVAILABLE, "come again later\n")
        }
    }
}

fn answer(status: StatusCode, text: &'static str) -> Response {
    let mut response = (status, text).into_response();
    response.extensions_mut().insert(Finished);
    response
}
