//! `after-restore`: what to do once the database was brought back from a backup.

use super::refused;
use crate::assemble;
use crate::config::Settings;
use std::process::ExitCode;
use world::World;

/// Makes open bookings unknown, stops runs and blocks sending until everything was synchronized.
pub(crate) async fn after_restore(settings: &Settings) -> anyhow::Result<ExitCode> {
    let app = assemble::open(settings, World::system()).await?;
    app.store.migrate().await?;
    let done = app::restore::after_restore(&app.program("command line"))
        .await
        .map_err(refused)?;
    app.store.close().await;
    println!(
        "Bookings whose outcome is unknown now: {}. Runs stopped: {}.",
        done.bookings, done.runs
    );
    println!(
        "{} session(s) book nothing before their synchronization is complete. It runs with `autopurchase serve`; a session whose authorisation has ended must log in first.",
        done.sessions
    );
    println!("Orders that were made after the backup show among the differences: bind them.");
    Ok(ExitCode::SUCCESS)
}
