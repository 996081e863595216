//! The sandbox behind a real listener: faults become really broken connections.

use crate::fault::Fault;
use crate::incoming::{BODY_LIMIT, Peer, Reply};
use crate::sandbox::Sandbox;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

impl Sandbox {
    /// Everything the sandbox answers, as a router. Serve it with
    /// `into_make_service_with_connect_info::<SocketAddr>()`: without the caller's address nobody
    /// counts as local.
    pub fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }
}

async fn serve(State(sandbox): State<Sandbox>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    let peer = head
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0);
    head.extensions.insert(Peer(peer));
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return Reply::text(413, "the body is larger than 1 MiB, or it ended early\n")
            .into_response()
            .map(Body::from);
    };
    match sandbox.call(Request::from_parts(head, body)).await {
        Ok(response) => response.map(Body::from),
        Err(Fault::NoAnswer) => broken(Response::builder(), Bytes::new(), 1),
        Err(Fault::Truncated {
            status,
            content_type,
            received,
            announced,
        }) => broken(
            Response::builder()
                .status(status)
                .header("content-type", content_type),
            received,
            announced,
        ),
    }
}

/// An answer whose body breaks off; with nothing received, before the head leaves the buffer.
fn broken(head: http::response::Builder, received: Bytes, announced: usize) -> Response {
    let stage = if received.is_empty() {
        Stage::Break
    } else {
        Stage::Send(received)
    };
    head.header("content-length", announced)
        .body(Body::from_stream(BreakingBody { stage }))
        .unwrap_or_else(|_| {
            Response::new(Body::from_stream(BreakingBody {
                stage: Stage::Break,
            }))
        })
}

enum Stage {
    Send(Bytes),
    /// One turn in which what was sent so far leaves for the other side.
    Flush,
    Break,
}

struct BreakingBody {
    stage: Stage,
}

impl Stream for BreakingBody {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match std::mem::replace(&mut self.stage, Stage::Flush) {
            Stage::Send(bytes) => Poll::Ready(Some(Ok(bytes))),
            Stage::Flush => {
                self.stage = Stage::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Stage::Break => {
                self.stage = Stage::Break;
                Poll::Ready(Some(Err(io::Error::new(
                    io::ErrorKind::ConnectionReset,
                    "cut, as a knob wanted",
                ))))
            }
        }
    }
}
