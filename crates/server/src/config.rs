//! The configuration: a file, environment variables above it, and defaults below.
//!
//! Every entry has a default or may be left out, so that the program starts without a file. The
//! comments here are the text of `autopurchase config default` and the reference in
//! `docs/configuration.md`.

use anyhow::{Context as _, bail};
use confique::Config as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use url::Url;

/// Configuration of Autopurchase.
///
/// Entries that stand behind a `#` show their default. Relative paths are relative to the folder
/// of this file.
#[derive(confique::Config, Clone)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Settings {
    /// Where the panel is reached.
    #[config(nested)]
    pub server: Server,
    /// Where the data is.
    #[config(nested)]
    pub database: Database,
    /// What tokens and app secrets are sealed with.
    #[config(nested)]
    pub secrets: Secrets,
    /// The marketplaces, by their codes. Without entries the real ones are called.
    #[config(default = {})]
    pub marketplaces: BTreeMap<String, Market>,
    /// Background work.
    #[config(nested)]
    pub worker: Worker,
    /// What is logged, to standard error.
    #[config(nested)]
    pub log: Log,
    /// The imitated marketplaces, for `autopurchase sandbox`.
    #[config(nested)]
    pub sandbox: Sandbox,
}

/// Where the panel is reached.
#[derive(confique::Config, Clone)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Server {
    /// Address and port that the panel listens on. Plain http: put a proxy with a certificate in
    /// front before opening it to other machines.
    #[config(env = "AUTOPURCHASE_LISTEN", default = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The address under which people's browsers and the marketplaces reach the panel, such as
    /// `https://desk.example.com`. Logins at a marketplace come back here, and messages of the
    /// marketplaces arrive here. With https the sign-in cookie is bound to it. Left out, it is
    /// `http://` and the address above.
    #[config(env = "AUTOPURCHASE_PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// Hosts from which pages may show pictures of goods, besides the marketplaces' own sites.
    #[config(env = "AUTOPURCHASE_IMAGE_HOSTS", default = ["https://*.alicdn.com"], parse_env = confique::env::parse::list_by_comma)]
    pub image_hosts: Vec<String>,
    /// Seconds that running work gets to end when the program is told to stop. What is not done by
    /// then goes on at the next start.
    #[config(env = "AUTOPURCHASE_STOP_SECONDS", default = 25)]
    pub stop_seconds: u64,
}

/// Where the data is.
#[derive(confique::Config, Clone)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Database {
    /// A file of SQLite, or the address of a PostgreSQL database (`postgres://user@host/name`).
    #[config(env = "AUTOPURCHASE_DATABASE", default = "autopurchase.sqlite")]
    pub address: Secret,
    /// A file that holds the address, for addresses with a password. Comes before `address`.
    #[config(env = "AUTOPURCHASE_DATABASE_FILE")]
    pub address_file: Option<PathBuf>,
    /// Most connections to the database: for reading (SQLite), or in all (PostgreSQL). Left out, 4
    /// for SQLite, where each keeps pages in memory, and 8 for PostgreSQL.
    #[config(env = "AUTOPURCHASE_DATABASE_CONNECTIONS")]
    pub connections: Option<u32>,
}

/// What tokens and app secrets are sealed with.
#[derive(confique::Config, Clone)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Secrets {
    /// A file with keys of 64 hexadecimal digits, one a line. The first one seals; the others still
    /// open what was sealed before. `autopurchase config key` makes one. Keep it apart from the
    /// backups of the database: without it every account must be logged in again.
    #[config(env = "AUTOPURCHASE_SECRET_KEYS_FILE")]
    pub keys_file: Option<PathBuf>,
    /// The same keys in the configuration itself, best by the environment variable. Comes before
    /// `keys_file`.
    #[config(env = "AUTOPURCHASE_SECRET_KEYS", parse_env = confique::env::parse::list_by_comma)]
    pub keys: Option<Vec<Secret>>,
}

/// A marketplace.
#[derive(confique::Config, Deserialize, Clone, Default, Debug)]
#[config(layer_attr(serde(deny_unknown_fields)))]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// Where the gateway is, such as the address of a sandbox. Left out, the real one.
    #[config(env = "AUTOPURCHASE_CODE_GATEWAY")]
    pub gateway: Option<Url>,
    /// Where people log in and consent. Left out, the real page.
    #[config(env = "AUTOPURCHASE_CODE_LOGIN")]
    pub login: Option<Url>,
    /// The site with offers, orders and the cashier. Left out, the real one.
    #[config(env = "AUTOPURCHASE_CODE_SITE")]
    pub site: Option<Url>,
    /// Milliseconds between two calls with one app key. Left out, what is known to be let through.
    #[config(env = "AUTOPURCHASE_CODE_APP_MILLIS")]
    pub app_millis: Option<i64>,
    /// Milliseconds between two calls of one account. Left out, what is known to be let through.
    #[config(env = "AUTOPURCHASE_CODE_SESSION_MILLIS")]
    pub session_millis: Option<i64>,
}

impl Market {
    /// Takes what environment variables say of the marketplace `code`.
    fn take_environment(&mut self, code: &str) -> anyhow::Result<()> {
        let code = code.to_ascii_uppercase();
        for (place, name) in [
            (&mut self.gateway, "GATEWAY"),
            (&mut self.login, "LOGIN"),
            (&mut self.site, "SITE"),
        ] {
            take_variable(place, &format!("AUTOPURCHASE_{code}_{name}"))?;
        }
        for (place, name) in [
            (&mut self.app_millis, "APP_MILLIS"),
            (&mut self.session_millis, "SESSION_MILLIS"),
        ] {
            take_variable(place, &format!("AUTOPURCHASE_{code}_{name}"))?;
        }
        Ok(())
    }
}

fn take_variable<T>(place: &mut Option<T>, name: &str) -> anyhow::Result<()>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => {
            *place = Some(text.parse().with_context(|| format!("{name} = {text}"))?);
        }
        _ => {}
    }
    Ok(())
}

/// Codes of the marketplaces that this program knows.
fn codes() -> Vec<&'static str> {
    marketplaces::all()
        .iter()
        .map(|market| market.code())
        .collect()
}

/// Background work.
#[derive(confique::Config, Clone)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Worker {
    /// Jobs that this process carries at the same time. 0 = none, where other nodes do the work.
    #[config(env = "AUTOPURCHASE_WORKER_TASKS", default = 4)]
    pub tasks: u16,
    /// Seconds that one call to a marketplace may take.
    #[config(env = "AUTOPURCHASE_CALL_SECONDS", default = 30)]
    pub call_seconds: u64,
    /// Name of this process among the nodes of one database. Left out, the machine's name and the
    /// number of the process.
    #[config(env = "AUTOPURCHASE_NODE")]
    pub node: Option<String>,
}

/// What is logged, to standard error.
#[derive(confique::Config, Clone)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Log {
    /// `text` for people or `json` for machines.
    #[config(env = "AUTOPURCHASE_LOG_FORMAT", default = "text")]
    pub format: LogFormat,
    /// What is logged: `info`, `warn,app=debug`, …
    #[config(env = "AUTOPURCHASE_LOG", default = "info")]
    pub filter: String,
}

/// The imitated marketplaces, for `autopurchase sandbox`.
#[derive(confique::Config, Clone)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Sandbox {
    /// Address and port that the sandbox listens on.
    #[config(env = "AUTOPURCHASE_SANDBOX_LISTEN", default = "127.0.0.1:8689")]
    pub listen: SocketAddr,
    /// The sandbox's own file.
    #[config(
        env = "AUTOPURCHASE_SANDBOX_FILE",
        default = "autopurchase-sandbox.sqlite"
    )]
    pub file: PathBuf,
    /// The address under which people reach the sandbox. Left out, as each request names it.
    #[config(env = "AUTOPURCHASE_SANDBOX_PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// What other machines must send to use `/control` and the seller's console. Left out, a fresh
    /// one is made and printed at each start.
    #[config(env = "AUTOPURCHASE_SANDBOX_TOKEN")]
    pub control_token: Option<Secret>,
    /// Where messages about orders are posted: the panel's `/push/`, after which the marketplace's
    /// code stands. Left out, they wait.
    #[config(env = "AUTOPURCHASE_SANDBOX_PUSH_URL")]
    pub push_url: Option<Url>,
}

/// Form of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A JSON object a line.
    Json,
    /// A line for people.
    Text,
}

/// A text that never shows itself.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The text in its wrapping.
    #[must_use]
    pub fn wrapped(&self) -> SecretString {
        self.0.clone()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text.to_owned()))
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        String::deserialize(source).map(|text| Self(SecretString::from(text)))
    }
}

/// The name of the file that is read when no other is named.
pub const USUAL_FILE: &str = "autopurchase.toml";

impl Settings {
    /// Reads `file` (or [`USUAL_FILE`], if there is one), with the environment above it.
    ///
    /// # Errors
    /// When a named file is missing, and for every entry that is unknown or has another form; the
    /// error names file, entry and what was expected.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        type Layer = <Settings as confique::Config>::Layer;
        let path = file.unwrap_or(Path::new(USUAL_FILE));
        let mut source = confique::File::with_format(path, confique::FileFormat::Toml);
        if file.is_some() {
            source = source.required();
        }
        let layer = source.load::<Layer>()?;
        let mut settings = Self::builder().env().preloaded(layer).load()?;
        for code in codes() {
            let market = settings.marketplaces.entry(code.to_owned()).or_default();
            market.take_environment(code)?;
        }
        // Environment variables name paths from where the program was started.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|_| path.exists()) {
            settings.resolve(folder);
        }
        settings.check()?;
        Ok(settings)
    }

    fn resolve(&mut self, folder: &Path) {
        let join = |path: &mut PathBuf, variable: &str| {
            if path.is_relative() && std::env::var_os(variable).is_none() {
                *path = folder.join(&*path);
            }
        };
        if let Some(path) = &mut self.secrets.keys_file {
            join(path, "AUTOPURCHASE_SECRET_KEYS_FILE");
        }
        if let Some(path) = &mut self.database.address_file {
            join(path, "AUTOPURCHASE_DATABASE_FILE");
        }
        join(&mut self.sandbox.file, "AUTOPURCHASE_SANDBOX_FILE");
        if let store::Target::Sqlite(path) = store::Target::parse(self.database.address.expose()) {
            let mut path = path;
            join(&mut path, "AUTOPURCHASE_DATABASE");
            self.database.address = Secret::from(path.to_string_lossy().as_ref());
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        if !(1..=55).contains(&self.worker.call_seconds) {
            bail!("worker.call_seconds must be from 1 to 55: a job is held for 60 seconds");
        }
        if !(1..=1_000).contains(&self.database.connections.unwrap_or(1)) {
            bail!("database.connections must be from 1 to 1000");
        }
        if self.worker.tasks > 256 {
            bail!("worker.tasks must be at most 256");
        }
        let mut urls = vec![
            &self.server.public_url,
            &self.sandbox.public_url,
            &self.sandbox.push_url,
        ];
        for (code, market) in &self.marketplaces {
            if !codes().contains(&code.as_str()) {
                bail!(
                    "marketplaces.{code}: the marketplaces are {}",
                    codes().join(", ")
                );
            }
            if [market.app_millis, market.session_millis]
                .into_iter()
                .flatten()
                .any(|millis| !(0..=600_000).contains(&millis))
            {
                bail!("marketplaces.{code}.app_millis and session_millis must be from 0 to 600000");
            }
            urls.extend([&market.gateway, &market.login, &market.site]);
        }
        if let Some(url) = urls
            .into_iter()
            .flatten()
            .find(|url| !matches!(url.scheme(), "http" | "https") || !url.has_host())
        {
            bail!("{url} must be an http or https address");
        }
        Ok(())
    }

    /// Where the sandbox posts messages of each marketplace.
    ///
    /// # Errors
    /// When the configured address has no place for a code.
    pub fn push_urls(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let Some(base) = &self.sandbox.push_url else {
            return Ok(BTreeMap::new());
        };
        let mut urls = BTreeMap::new();
        for code in codes() {
            let url = base
                .join(code)
                .with_context(|| format!("sandbox.push_url {base}"))?;
            urls.insert(code.to_owned(), url.to_string());
        }
        Ok(urls)
    }

    /// Where the data is.
    ///
    /// # Errors
    /// When the file that should hold the address cannot be read.
    pub fn target(&self) -> anyhow::Result<store::Target> {
        let Some(path) = &self.database.address_file else {
            return Ok(store::Target::parse(self.database.address.expose()));
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("database.address_file {}", path.display()))?;
        Ok(store::Target::parse(text.trim()))
    }

    /// The keys for secrets at rest; none when none is configured.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn keys(&self) -> anyhow::Result<Vec<SecretString>> {
        if let Some(keys) = &self.secrets.keys {
            return Ok(keys.iter().map(Secret::wrapped).collect());
        }
        let Some(path) = &self.secrets.keys_file else {
            return Ok(Vec::new());
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("secrets.keys_file {}", path.display()))?;
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(lines
            .map(|line| SecretString::from(line.to_owned()))
            .collect())
    }

    /// The address under which people reach the panel.
    ///
    /// # Errors
    /// Never in practice; when the listening address cannot be written as one.
    pub fn public_url(&self) -> anyhow::Result<Url> {
        if let Some(url) = &self.server.public_url {
            return Ok(url.clone());
        }
        let mut listen = self.server.listen;
        if listen.ip().is_unspecified() {
            listen.set_ip(std::net::IpAddr::from([127, 0, 0, 1]));
        }
        Ok(Url::parse(&format!("http://{listen}/"))?)
    }
}

/// The whole configuration with its comments and defaults, as a file to start from.
#[must_use]
pub fn template() -> String {
    let format = confique::toml::FormatOptions::default;
    let text = confique::toml::template::<Settings>(format());
    let market = confique::toml::template::<Market>(format());
    // A map shows as one empty entry; what stands in its place are the entries of each marketplace.
    let (before, rest) = text.split_once(MARKETS).unwrap_or((&text, ""));
    let (_, after) = rest.split_once("\n\n").unwrap_or(("", rest));
    let entries = market.split_once('\n').map_or("", |(_, rest)| rest).trim();
    let sections = codes().into_iter().map(|code| {
        let variables = format!("AUTOPURCHASE_{}_", code.to_ascii_uppercase());
        let entries = entries.replace("AUTOPURCHASE_CODE_", &variables);
        format!("[marketplaces.{code}]\n{entries}\n")
    });
    let sections: Vec<String> = sections.collect();
    format!("{before}{after}\n{MARKETS}\n{}", sections.join("\n"))
}

/// What the comment of the marketplaces begins with.
const MARKETS: &str =
    "# The marketplaces, by their codes. Without entries the real ones are called.";

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.toml");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn the_default_configuration_reads_as_the_defaults() {
        let text = template();
        assert!(text.contains("[marketplaces.1688]") && !text.contains("_CODE_"));
        let bare: String = text
            .lines()
            .map(|line| {
                line.strip_prefix('#')
                    .filter(|l| !l.starts_with(' ') && l.contains(" = "))
                    .unwrap_or(line)
            })
            .collect::<Vec<_>>()
            .join("\n");
        let (_folder, path) = file(&bare);
        let settings = Settings::load(Some(&path)).unwrap();
        assert_eq!(settings.server.listen.port(), 8080);
        assert!(settings.keys().unwrap().is_empty());
    }

    #[test]
    fn the_documented_file_is_the_one_that_is_printed() {
        let document = include_str!("../../../docs/configuration.md");
        assert!(
            document.contains(&template()),
            "put the output of `autopurchase config default` into docs/configuration.md"
        );
    }

    #[test]
    fn an_unknown_entry_is_refused_by_name() {
        let (_folder, path) = file("[server]\nlissten = \"127.0.0.1:1\"\n");
        let error = format!("{:#}", Settings::load(Some(&path)).map(|_| ()).unwrap_err());
        assert!(error.contains("lissten"), "{error}");
        let missing = Settings::load(Some(Path::new("/nowhere/at/all.toml")))
            .map(|_| ())
            .unwrap_err();
        assert!(format!("{missing:#}").contains("all.toml"));
    }

    #[test]
    fn paths_follow_the_file_and_secrets_stay_silent() {
        let key = "ab".repeat(32);
        let (folder, path) = file(
            "[secrets]\nkeys_file = \"keys\"\n[database]\naddress = \"data.sqlite\"\n[marketplaces.1688]\ngateway = \"http://127.0.0.1:8689\"\n",
        );
        std::fs::write(folder.path().join("keys"), format!("# made today\n{key}\n")).unwrap();
        let settings = Settings::load(Some(&path)).unwrap();
        assert_eq!(settings.keys().unwrap()[0].expose_secret(), key);
        assert_eq!(
            settings.target().unwrap(),
            store::Target::Sqlite(folder.path().join("data.sqlite"))
        );
        assert_eq!(format!("{:?}", settings.database.address), "[secret]");
        assert_eq!(
            settings.marketplaces["1688"]
                .gateway
                .clone()
                .unwrap()
                .port(),
            Some(8689)
        );
        assert_eq!(settings.server.public_url, None);
    }
}
