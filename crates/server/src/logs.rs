//! Structured logs on standard error. What is logged elsewhere carries no secret and no personal
//! data; here is only the form.

use crate::config::{Log, LogFormat};
use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

/// Turns logging on for this process.
///
/// # Errors
/// When the filter has another form, or logging is on already.
pub fn start(log: &Log) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(&log.filter).with_context(|| format!("log.filter {:?}", log.filter))?;
    let base = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let done = match log.format {
        LogFormat::Json => base
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
        LogFormat::Text => base
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .try_init(),
    };
    done.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}
