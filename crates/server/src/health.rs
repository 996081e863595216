//! For machines that watch this one: is the process alive, can it serve, what has it done.

use app::App;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
struct Watched {
    app: App,
    metrics: PrometheusHandle,
    stop: CancellationToken,
}

/// `/healthz`, `/readyz` and `/metrics`.
pub fn routes(app: &App, metrics: PrometheusHandle, stop: &CancellationToken) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(render))
        .with_state(Watched {
            app: app.clone(),
            metrics,
            stop: stop.clone(),
        })
}

/// Whether requests should come here: the database answers, and nobody has told us to stop.
async fn ready(State(watched): State<Watched>) -> Response {
    if watched.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    match jobs(&watched.app).await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "not ready: the database does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
                .into_response()
        }
    }
}

async fn jobs(app: &App) -> Result<(i64, i64), store::Error> {
    let mut db = app.store.read().await?;
    Ok((
        store::jobs::count(&mut db, "ready").await?,
        store::jobs::count(&mut db, "running").await?,
    ))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of jobs, far below 2^52"
)]
async fn render(State(watched): State<Watched>) -> Response {
    if let Ok((ready, running)) = jobs(&watched.app).await {
        metrics::gauge!("autopurchase_jobs", "state" => "ready").set(ready as f64);
        metrics::gauge!("autopurchase_jobs", "state" => "running").set(running as f64);
    }
    watched.metrics.run_upkeep();
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        watched.metrics.render(),
    )
        .into_response()
}
