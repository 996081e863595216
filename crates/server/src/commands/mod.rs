//! What the subcommands do. Each calls the operation that a page would call.

mod after_restore;
mod orders_import;
mod user_add;

pub(crate) use after_restore::after_restore;
pub(crate) use orders_import::orders_import;
pub(crate) use user_add::{NewUser, added_user, user_add};

use crate::config::Settings;
use crate::{assemble, sandbox as sandbox_process, serve as serving};
use anyhow::Context as _;
use app::AppError;
use marketplaces::HttpTransport;
use std::process::ExitCode;
use world::World;

/// `serve`.
pub(crate) async fn serve(settings: &Settings) -> anyhow::Result<ExitCode> {
    // The port first: who asks for a page while the database opens waits instead of being refused.
    let listener = serving::bind(settings.server.listen).await?;
    let metrics = serving::metrics()?;
    let stop = serving::stop_signals()?;
    let ready = serving::prepare(settings, World::system()).await?;
    let (listen, database) = (listener.local_addr()?, assemble::shown(&settings.target()?));
    tracing::info!(%listen, public_url = %ready.app.config.public_url, database, "serving");
    serving::run(settings, ready, listener, metrics, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// `sandbox`.
pub(crate) async fn sandbox(settings: &Settings) -> anyhow::Result<ExitCode> {
    let listener = serving::bind(settings.sandbox.listen).await?;
    let stop = serving::stop_signals()?;
    let world = World::system();
    let own = &settings.sandbox;
    let token = own
        .control_token
        .as_ref()
        .map_or_else(|| random_text(&world), |token| token.expose().to_owned());
    let file = &own.file;
    let options = sandbox::Options {
        control_token: Some(token.clone()),
        public_url: own.public_url.as_ref().map(url::Url::to_string),
        push_urls: settings.push_urls()?,
        real_delays: true,
    };
    let sandbox = sandbox::Sandbox::open(Some(file), world.clone(), options)
        .await
        .with_context(|| format!("the sandbox's file {} cannot be opened", file.display()))?;
    let address = listener.local_addr()?;
    println!(
        "The sandbox listens on http://{address}/ (seller's console: http://{address}/console)."
    );
    if own.control_token.is_none() {
        println!("From other machines, /control and the console need this token: {token}");
    }
    let transport = HttpTransport::new(world)?;
    sandbox_process::run(sandbox, listener, &transport, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// `migrate`.
pub(crate) async fn migrate(settings: &Settings) -> anyhow::Result<ExitCode> {
    let store = assemble::open_store(settings, &World::system()).await?;
    let shown = assemble::shown(&settings.target()?);
    store
        .migrate()
        .await
        .with_context(|| format!("the schema of {shown} cannot be brought up to date"))?;
    store.close().await;
    println!("The schema of {shown} is up to date.");
    Ok(ExitCode::SUCCESS)
}

/// `config check`: the file was read already; what only shows later is looked at here.
pub(crate) fn config_check(settings: &Settings) -> anyhow::Result<ExitCode> {
    let keys = settings.keys()?;
    println!("database       {}", assemble::shown(&settings.target()?));
    println!("listen         {}", settings.server.listen);
    println!("public address {}", settings.public_url()?);
    println!("secret keys    {}", keys.len());
    if keys.is_empty() {
        println!(
            "There is no secret key: `serve` will not start. `autopurchase config key` makes one."
        );
        return Ok(ExitCode::FAILURE);
    }
    app::KeyRing::from_hex(&keys)?;
    println!("The configuration is good.");
    Ok(ExitCode::SUCCESS)
}

/// Sixteen random letters and digits, for a person to copy.
pub(crate) fn random_text(world: &World) -> String {
    let mut bytes = [0; 10];
    world.random.fill(&mut bytes);
    data_encoding::BASE32_NOPAD
        .encode(&bytes)
        .to_ascii_lowercase()
}

/// A message of an operation in English, as the pages would say it.
pub(crate) fn say(message: &app::Message) -> String {
    let args = message
        .args
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    web::Tr::english()
        .say(&message.key, args)
        .unwrap_or_else(|| message.key.clone())
}

/// An operation's error in English.
pub(crate) fn refused(error: AppError) -> anyhow::Error {
    match error {
        AppError::Refused(message) => anyhow::anyhow!("{}", say(&message)),
        AppError::Invalid(fields) => {
            let lines: Vec<String> = fields
                .iter()
                .map(|field| format!("{}: {}", field.field, say(&field.message)))
                .collect();
            anyhow::anyhow!("{}", lines.join("\n"))
        }
        other => other.into(),
    }
}
