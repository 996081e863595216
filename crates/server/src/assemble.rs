//! Puts the application together from its parts: store, marketplaces with their addresses, keys.

use crate::config::Settings;
use anyhow::{Context as _, bail};
use app::{App, KeyRing, MarketHandle, Markets};
use marketplaces::{Addresses, HttpTransport, Marketplace, Pace, Transport};
use std::sync::Arc;
use store::{FileLock, Store, Target};
use url::Url;
use web::http::HttpSettings;
use world::World;

/// What [`application`] is made from.
pub struct Parts {
    /// The opened database.
    pub store: Store,
    /// Clock, ids, randomness, gate.
    pub world: World,
    /// The way out of the process.
    pub transport: Arc<dyn Transport>,
    /// Keys for secrets at rest.
    pub keys: KeyRing,
    /// Where people reach the panel.
    pub public_url: Url,
}

/// The application with the marketplaces that `settings` name.
#[must_use]
pub fn application(settings: &Settings, parts: Parts) -> App {
    App {
        store: parts.store,
        markets: Arc::new(Markets::new(handles(settings), parts.transport)),
        keys: Arc::new(parts.keys),
        config: Arc::new(app::Config {
            public_url: parts.public_url,
            node: node(settings),
            call_millis: settings.worker.call_seconds * 1_000,
        }),
        world: parts.world,
    }
}

/// The application of a process: opens the database of `settings`, its keys and the way out.
///
/// # Errors
/// When the database cannot be opened or no key is configured; the text says what to do.
pub async fn open(settings: &Settings, world: World) -> anyhow::Result<App> {
    let keys = settings.keys()?;
    if keys.is_empty() {
        bail!(
            "no secret key is configured. Make one with `autopurchase config key > autopurchase.key`, keep it safe, \
             and name it in secrets.keys_file or AUTOPURCHASE_SECRET_KEYS_FILE. Tokens and app secrets are sealed with it."
        );
    }
    let keys = KeyRing::from_hex(&keys)?;
    let store = open_store(settings, &world).await?;
    let transport = Arc::new(HttpTransport::new(world.clone())?);
    let public_url = settings.public_url()?;
    Ok(application(
        settings,
        Parts {
            store,
            world,
            transport,
            keys,
            public_url,
        },
    ))
}

/// The database of `settings`; its schema is not touched.
///
/// # Errors
/// When it cannot be opened; the text names it without its password.
pub async fn open_store(settings: &Settings, world: &World) -> anyhow::Result<Store> {
    let target = settings.target()?;
    let usual = store::Options::of(&target);
    let options = store::Options {
        connections: settings.database.connections.unwrap_or(usual.connections),
        ..usual
    };
    Store::open(&target, options, world.gate.clone())
        .await
        .with_context(|| format!("the database {} cannot be opened", shown(&target)))
}

/// One `serve` per SQLite file.
///
/// # Errors
/// When another process holds the lock, or the folder cannot be written.
pub fn lock(target: &Target) -> anyhow::Result<Option<FileLock>> {
    let Target::Sqlite(path) = target else {
        return Ok(None);
    };
    match FileLock::take(path) {
        Ok(lock) => Ok(Some(lock)),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => bail!(
            "{} is in use by another `autopurchase serve` or `demo`. Two of them on one SQLite file would work against each \
             other: stop the other one, or use PostgreSQL, where any number may run. Commands like `orders import` and \
             `user add` may run beside it.",
            path.display()
        ),
        Err(error) => Err(error)
            .with_context(|| format!("the lock beside {} cannot be taken", path.display())),
    }
}

/// A database's place without a password.
#[must_use]
pub fn shown(target: &Target) -> String {
    match target {
        Target::Sqlite(path) => path.display().to_string(),
        Target::Pg(text) => Url::parse(text).map_or_else(
            |_| "postgres://…".to_owned(),
            |mut url| {
                // Only addresses that cannot hold a password refuse to lose it.
                let _ = url.set_password(None);
                url.set_query(None);
                url.to_string()
            },
        ),
    }
}

fn handles(settings: &Settings) -> Vec<MarketHandle> {
    marketplaces::all()
        .into_iter()
        .map(|connector| handle(settings, connector))
        .collect()
}

fn handle(settings: &Settings, connector: Arc<dyn Marketplace>) -> MarketHandle {
    let real = connector.real_addresses();
    let usual = connector.usual_pace();
    let own = settings
        .marketplaces
        .get(connector.code())
        .cloned()
        .unwrap_or_default();
    let addresses = Addresses {
        gateway: own.gateway.unwrap_or(real.gateway),
        login: own.login.unwrap_or(real.login),
        site: own.site.unwrap_or(real.site),
    };
    let pace = Pace {
        app_millis: own.app_millis.unwrap_or(usual.app_millis),
        session_millis: own.session_millis.unwrap_or(usual.session_millis),
    };
    MarketHandle {
        connector,
        addresses,
        pace,
    }
}

/// What the panel must tell browsers about the world around it.
#[must_use]
pub fn http_settings(settings: &Settings, app: &App) -> HttpSettings {
    let mut image_hosts = settings.server.image_hosts.clone();
    let mut form_origins = Vec::new();
    for market in app.markets.all() {
        let Addresses { login, site, .. } = &market.addresses;
        image_hosts.push(site.origin().ascii_serialization());
        form_origins.extend([login, site].map(|url| url.origin().ascii_serialization()));
    }
    form_origins.sort();
    form_origins.dedup();
    HttpSettings {
        public_url: Some(app.config.public_url.clone()),
        image_hosts,
        form_origins,
    }
}

fn node(settings: &Settings) -> String {
    settings.worker.node.clone().unwrap_or_else(|| {
        let name = rustix::system::uname();
        format!(
            "{}:{}",
            name.nodename().to_string_lossy(),
            std::process::id()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_database_has_no_password() {
        let target = Target::parse("postgres://desk:hush@db.example/desk?password=hush");
        assert_eq!(shown(&target), "postgres://desk@db.example/desk");
    }
}
