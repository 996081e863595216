//! The demo's folder: what lies in it, and how a person gets rid of it.

use anyhow::{Context as _, bail};
use app::KeyRing;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use world::World;

/// Written last at the first start: what lies beside it is complete.
const READY: &str = "ready";
/// Files that a first start makes anew when the one before did not get to its end.
const DATA: &[&str] = &["panel.sqlite", "sandbox.sqlite"];
const CONFIG: &str = "autopurchase.toml";
const SIGN_IN: &str = "sign-in.txt";
const KEY: &str = "secret.key";
/// The administrator's login.
pub(super) const LOGIN: &str = "admin";

/// The demo's folder.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens the folder, or makes it.
    ///
    /// # Errors
    /// When it cannot be made, or holds things that are not the demo's.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        if path.exists() && !path.join(CONFIG).exists() && fs::read_dir(path)?.next().is_some() {
            bail!(
                "{} holds other things; choose another folder with --data",
                path.display()
            );
        }
        fs::create_dir_all(path)
            .with_context(|| format!("the folder {} cannot be made", path.display()))?;
        Ok(Self {
            path: path.canonicalize()?,
        })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration file, for every other command.
    pub(super) fn config(&self) -> PathBuf {
        self.path.join(CONFIG)
    }

    /// A first start got to its end here.
    pub(super) fn is_ready(&self) -> bool {
        self.path.join(READY).exists()
    }

    /// From now on a start keeps what is here.
    pub(super) fn set_ready(&self) -> anyhow::Result<()> {
        Ok(fs::write(self.path.join(READY), "")?)
    }

    /// Takes away what an unfinished first start left. Only the demo's own files are touched.
    pub(super) fn clear(&self) -> anyhow::Result<()> {
        for name in DATA {
            for end in ["", "-wal", "-shm", ".lock"] {
                let file = self.path.join(format!("{name}{end}"));
                if file.exists() {
                    fs::remove_file(file)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the key, unless there is one, and the configuration with these addresses.
    pub(super) fn write(
        &self,
        panel: SocketAddr,
        sandbox: SocketAddr,
        world: &World,
    ) -> anyhow::Result<()> {
        let key = self.path.join(KEY);
        if !key.exists() {
            write_private(&key, &format!("{}\n", KeyRing::generate(&*world.random)))?;
        }
        let markets = marketplaces::all()
            .iter()
            .map(|market| {
                let (code, name) = (market.code(), market.name());
                format!(
                    "[marketplaces.{code}]\n# The sandbox in place of the real {name}.\n\
                     gateway = \"http://{sandbox}/\"\nlogin = \"http://{sandbox}/\"\nsite = \"http://{sandbox}/\"\napp_millis = 10\nsession_millis = 20\n\n"
                )
            })
            .collect::<Vec<_>>()
            .concat();
        let text = format!(
            "# The demo's configuration. Other commands take it with --config.\n\
             [server]\nlisten = \"{panel}\"\n\n\
             [database]\naddress = \"panel.sqlite\"\n\n\
             [secrets]\nkeys_file = \"{KEY}\"\n\n\
             {markets}[sandbox]\nlisten = \"{sandbox}\"\nfile = \"sandbox.sqlite\"\npush_url = \"http://{panel}/push/\"\n\n\
             [log]\nfilter = \"warn\"\n"
        );
        Ok(fs::write(self.config(), text)?)
    }

    /// Keeps the administrator's password where only this user can read it.
    pub(super) fn keep_password(&self, password: &str) -> anyhow::Result<()> {
        let file = self.path.join(SIGN_IN);
        if file.exists() {
            fs::remove_file(&file)?;
        }
        write_private(&file, &format!("login: {LOGIN}\npassword: {password}\n"))
    }

    /// The password of the first start.
    pub(super) fn password(&self) -> Option<String> {
        let text = fs::read_to_string(self.path.join(SIGN_IN)).ok()?;
        text.lines()
            .find_map(|line| line.strip_prefix("password: "))
            .map(str::to_owned)
    }
}

fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| path.display().to_string())?;
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}
