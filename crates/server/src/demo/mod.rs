//! `demo`: everything in one folder and one process, ready to be clicked through.

mod folder;
mod goods;
mod orders;
mod other_side;
mod seed;

pub use other_side::OtherSide;
pub use seed::log_in;

use crate::commands::{NewUser, added_user};
use crate::config::Settings;
use crate::{logs, sandbox as sandbox_process, serve};
use anyhow::Context as _;
use app::{Actor, App};
use clap::Args;
use folder::{Folder, LOGIN};
use marketplaces::HttpTransport;
use sandbox::Sandbox;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;
use world::World;

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
    let world = World::system();
    let folder = Folder::open(&args.data)?;
    let first = !folder.is_ready();
    let known = if folder.config().exists() {
        Some(Settings::load(Some(&folder.config()))?)
    } else {
        None
    };
    let usual = |wanted: Option<SocketAddr>, kept: Option<SocketAddr>, port: u16| {
        wanted
            .or(kept)
            .unwrap_or(SocketAddr::from(([127, 0, 0, 1], port)))
    };
    let panel = listener(
        usual(args.listen, known.as_ref().map(|s| s.server.listen), 8080),
        known.is_none() && args.listen.is_none(),
    )
    .await?;
    let wanted = usual(
        args.sandbox_listen,
        known.as_ref().map(|s| s.sandbox.listen),
        8689,
    );
    let sandbox_listener =
        listener(wanted, known.is_none() && args.sandbox_listen.is_none()).await?;
    folder.write(panel.local_addr()?, sandbox_listener.local_addr()?, &world)?;
    let settings = Settings::load(Some(&folder.config()))?;
    logs::start(&settings.log)?;
    let metrics = serve::metrics()?;
    let stop = serve::stop_signals()?;
    if first {
        folder.clear()?;
    }
    let ready = serve::prepare(&settings, world.clone()).await?;
    let options = sandbox::Options {
        public_url: Some(format!("http://{}/", sandbox_listener.local_addr()?)),
        push_urls: settings.push_urls()?,
        real_delays: true,
        ..sandbox::Options::default()
    };
    let sandbox = Sandbox::open(Some(&settings.sandbox.file), world.clone(), options)
        .await
        .context("the sandbox cannot open its file")?;
    let transport = HttpTransport::new(world)?;
    let serving_sandbox = Box::pin(sandbox_process::run(
        sandbox.clone(),
        sandbox_listener,
        &transport,
        stop.clone(),
    ));
    let serving = async {
        let done = async {
            if first {
                fill(&folder, &ready.app, &sandbox).await?;
            }
            let buyers = buyers(&ready.app, &sandbox).await?;
            print!("{}", greeting(&folder, &settings, first, &buyers)?);
            serve::run(&settings, ready, panel, metrics, stop.clone()).await
        };
        let done = done.await;
        // Whatever ended the panel ends the sandbox too.
        stop.cancel();
        done
    };
    let (sandbox_done, done) = futures_util::future::join(serving_sandbox, Box::pin(serving)).await;
    done?;
    sandbox_done?;
    Ok(ExitCode::SUCCESS)
}

/// Binds `address`; where nobody has chosen it, a taken port is no reason to fail.
async fn listener(address: SocketAddr, any: bool) -> anyhow::Result<TcpListener> {
    match serve::bind(address).await {
        Err(_) if any => serve::bind(SocketAddr::new(address.ip(), 0)).await,
        bound => bound,
    }
}

async fn fill(folder: &Folder, app: &App, sandbox: &Sandbox) -> anyhow::Result<()> {
    println!("Preparing the demo: orders, accounts, purchases …");
    let new = NewUser {
        login: LOGIN.to_owned(),
        name: "Demo".to_owned(),
        zone: "UTC".to_owned(),
        password_stdin: false,
    };
    let password = added_user(app, &new, None).await?.context("a password")?;
    folder.keep_password(&password)?;
    let user = {
        let mut db = app.store.read().await?;
        store::users::by_login(&mut db, LOGIN)
            .await?
            .context("the administrator")?
    };
    let person = app.acting(Actor::Person {
        id: user.id,
        login: user.login,
    });
    seed::seed(&person, sandbox)
        .await
        .context("the demo's data")?;
    folder.set_ready()
}

/// Who can log in at each marketplace of the sandbox.
async fn buyers(app: &App, sandbox: &Sandbox) -> anyhow::Result<String> {
    let mut all = Vec::new();
    for market in app.markets.all() {
        let side = OtherSide {
            sandbox,
            market: market.connector.code(),
        };
        if let [first, .., last] = side.accounts().await?.as_slice() {
            all.push(format!("{first} to {last} ({})", market.connector.name()));
        }
    }
    Ok(all.join(" and "))
}

fn greeting(
    folder: &Folder,
    settings: &Settings,
    first: bool,
    buyers: &str,
) -> anyhow::Result<String> {
    let path = folder.path().display();
    let password = folder.password().map_or_else(
        || "the password that was printed at the first start".to_owned(),
        |password| {
            format!(
                "password {password}{}",
                if first {
                    ""
                } else {
                    " (unless you have changed it)"
                }
            )
        },
    );
    let (panel, sandbox) = (settings.public_url()?, settings.sandbox.listen);
    Ok(format!(
        "\n  Panel     {panel}\n  Sign in   {LOGIN}, {password}\n\n  Sandbox   http://{sandbox}/console plays the sellers: ship, close, change prices\n            \
         buyers {buyers} log in with demo1688\n\n  Data      {path}\n            starting again keeps it; `rm -r {path}` removes it\n            \
         other commands: autopurchase --config {path}/autopurchase.toml …\n\n  Ctrl-C stops everything.\n\n"
    ))
}
