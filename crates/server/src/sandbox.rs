//! The sandbox as a process: behind a listener, with time passing and messages going out.

use crate::serve;
use bytes::Bytes;
use futures_util::StreamExt as _;
use marketplaces::{Deadline, Request, Transport};
use sandbox::{PushDelivery, Sandbox};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How often the sandbox looks at the clock.
const TICK: Duration = Duration::from_millis(250);
/// Messages that are on their way at the same time.
const PUSHES_AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(3);

/// Serves `sandbox` until `stop`.
///
/// # Errors
/// When the listener fails.
pub async fn run(
    sandbox: Sandbox,
    listener: TcpListener,
    transport: &dyn Transport,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let serving = serve::serve_until(listener, sandbox.router(), stop.clone(), PATIENCE);
    let ticking = tick(&sandbox, transport, &stop);
    let (served, ()) = futures_util::future::join(serving, ticking).await;
    served
}

async fn tick(sandbox: &Sandbox, transport: &dyn Transport, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match sandbox.tick(sandbox.world().now()).await {
            Ok(due) => deliver(sandbox, transport, due).await,
            Err(error) => tracing::error!(%error, "the sandbox cannot write its file"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = pause() => {}
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox's time passes here and nowhere else"
)]
async fn pause() {
    tokio::time::sleep(TICK).await;
}

/// Posts messages and tells the sandbox which were taken.
pub async fn deliver(sandbox: &Sandbox, transport: &dyn Transport, due: Vec<PushDelivery>) {
    futures_util::stream::iter(due)
        .for_each_concurrent(PUSHES_AT_ONCE, |push| async move {
            let taken = post(transport, &push).await;
            if !taken {
                tracing::info!(
                    attempt = push.attempt,
                    "a message was not taken; it is tried again or kept"
                );
            }
            if let Err(error) = sandbox.push_result(&push.id, taken).await {
                tracing::error!(%error, "the sandbox cannot write its file");
            }
        })
        .await;
}

async fn post(transport: &dyn Transport, push: &PushDelivery) -> bool {
    let Ok(url) = Url::parse(&push.url) else {
        return false;
    };
    let mut headers = http::HeaderMap::new();
    for (name, value) in &push.headers {
        let Ok(value) = http::HeaderValue::from_str(value) else {
            return false;
        };
        headers.insert(*name, value);
    }
    let request = Request {
        method: http::Method::POST,
        url,
        headers,
        body: Bytes::from(push.body.clone()),
        once: None,
        name: "sandbox.push",
    };
    transport
        .send(
            request,
            Deadline {
                millis: push.within_ms,
            },
        )
        .await
        .is_ok_and(|answer| answer.status == 200)
}
