//! `serve`: the panel and the workers in one process, from the lock to the last goodbye.

use crate::config::Settings;
use crate::{assemble, health, panel, work};
use anyhow::Context as _;
use app::App;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;
use std::time::Duration;
use store::{Dialect, FileLock};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use world::World;

/// The application, ready to serve: locked, migrated, with the work of a killed predecessor taken
/// back.
pub struct Ready {
    /// The application.
    pub app: App,
    /// Held as long as this process serves.
    pub lock: Option<FileLock>,
}

/// Locks, opens, migrates, takes back.
///
/// # Errors
/// When another process serves this SQLite file, or the database cannot be opened or migrated.
pub async fn prepare(settings: &Settings, world: World) -> anyhow::Result<Ready> {
    let target = settings.target()?;
    if let store::Target::Sqlite(path) = &target
        && let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let lock = assemble::lock(&target)?;
    let app = assemble::open(settings, world).await?;
    app.store.migrate().await.with_context(|| {
        format!(
            "the schema of {} cannot be brought up to date",
            assemble::shown(&target)
        )
    })?;
    if app.store.dialect() == Dialect::Sqlite {
        // The lock says that nobody else works: what is marked as running was left by a dead process.
        let taken = app
            .store
            .write::<_, app::AppError, _>(|db| {
                Box::pin(async move { Ok(store::jobs::reclaim_all(db).await?) })
            })
            .await?;
        if taken > 0 {
            tracing::info!(jobs = taken, "going on with the work of the process before");
        }
    }
    Ok(Ready { app, lock })
}

/// The recorder of this process's metrics.
///
/// # Errors
/// When there is one already.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets(&[
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
    ])?;
    Ok(builder.install_recorder()?)
}

/// Binds `address`, with a text that helps when it is taken.
///
/// # Errors
/// When it is taken or may not be used.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: choose another address with --listen")
    })
}

/// A token that is cancelled when the process is told to stop. A second signal ends the process at
/// once.
///
/// # Errors
/// When signals cannot be listened to.
#[expect(
    clippy::disallowed_methods,
    reason = "waits for the operating system's signals beside everything else"
)]
pub fn stop_signals() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let told = stop.clone();
    tokio::spawn(async move {
        for is_second in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if is_second {
                std::process::exit(130);
            }
            tracing::info!("stopping; running steps end first");
            told.cancel();
        }
    });
    Ok(stop)
}

/// Serves until `stop`, then lets running steps end and closes the database.
///
/// # Errors
/// When the listener fails.
pub async fn run(
    settings: &Settings,
    ready: Ready,
    listener: TcpListener,
    metrics: PrometheusHandle,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let Ready { app, lock } = ready;
    let (routes, relay) = panel::router(&app, assemble::http_settings(settings, &app), &stop)?;
    let routes = routes.merge(health::routes(&app, metrics, &stop));
    let mut workers = work::start(&app, settings.worker.tasks, &stop);
    workers.spawn(relay);
    let patience = Duration::from_secs(settings.server.stop_seconds);
    let serving = serve_until(listener, routes, stop.clone(), patience).await;
    stop.cancel();
    if in_time(patience, async {
        while workers.join_next().await.is_some() {}
    })
    .await
    .is_none()
    {
        tracing::warn!("a step did not end in time; it goes on at the next start");
        workers.abort_all();
    }
    if let Err(error) = app::apps::count_all(&app).await {
        tracing::warn!(%error, "the last calls of the apps could not be counted");
    }
    app.store.close().await;
    drop(lock);
    tracing::info!("stopped");
    serving
}

/// Serves `routes` until `stop`; connections that are open then get `patience` to end.
///
/// # Errors
/// When the listener fails.
#[expect(
    clippy::disallowed_methods,
    reason = "the server runs beside its own deadline"
)]
pub async fn serve_until(
    listener: TcpListener,
    routes: axum::Router,
    stop: CancellationToken,
    patience: Duration,
) -> anyhow::Result<()> {
    use axum::serve::ListenerExt as _;
    // Answers are small; waiting for more to send would only delay them.
    let listener = listener.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    let server =
        axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        done = &mut server => return Ok(done??),
        () = stop.cancelled() => {}
    }
    if let Some(done) = in_time(patience, &mut server).await {
        return Ok(done??);
    }
    server.abort();
    tracing::warn!("connections were still open at the end and were cut");
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a stop may take is a matter of the process"
)]
async fn in_time<F: Future>(patience: Duration, work: F) -> Option<F::Output> {
    tokio::time::timeout(patience, work).await.ok()
}
