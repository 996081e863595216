//! Hands the application to the panel and gives what is to be served.

use app::App;
use axum::Router;
use std::future::Future;
use tokio_util::sync::CancellationToken;
use web::Panel;
use web::http::HttpSettings;

/// Everything that people and marketplaces reach, and what must run beside it so that open pages
/// learn of changes. Both end their part with `stop`.
///
/// # Errors
/// When the public address cannot be an origin.
pub fn router(
    app: &App,
    settings: HttpSettings,
    stop: &CancellationToken,
) -> anyhow::Result<(Router, impl Future<Output = ()> + Send + 'static)> {
    let panel = Panel::new(app.clone(), settings, stop.clone());
    let routes = web::router(&panel)?;
    let stop = stop.clone();
    Ok((routes, async move { panel.relay(stop).await }))
}
