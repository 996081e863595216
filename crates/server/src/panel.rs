//! Hands the application to the panel and gives what is to be served.

use app::App;
use axum::Router;
use tokio_util::sync::CancellationToken;
use web::http::HttpSettings;

/// Everything that people and marketplaces reach. Streams to browsers end with `stop`.
///
/// # Errors
/// When the public address cannot be an origin.
pub fn router(
    app: &App,
    settings: &HttpSettings,
    stop: &CancellationToken,
) -> anyhow::Result<Router> {
    let _ = stop;
    Ok(web::http::shell(settings, &app.world, Router::new())?)
}
