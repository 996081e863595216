//! The command line.

use crate::config::Settings;
use crate::{commands, demo, doctor, logs};
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// A purchasing desk for agents who buy on Chinese marketplaces.
#[derive(Parser, Debug)]
#[command(name = "autopurchase", version, about, propagate_version = true)]
struct Cli {
    /// Configuration file [usual: autopurchase.toml, if there is one].
    #[arg(
        long,
        short,
        global = true,
        env = "AUTOPURCHASE_CONFIG",
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the panel and work in the background.
    Serve {
        #[command(flatten)]
        database: DatabaseArg,
        #[command(flatten)]
        listen: ListenArg,
    },
    /// Try everything out: panel, sandbox and sample orders, all in one folder.
    Demo(demo::DemoArgs),
    /// Serve the imitated marketplaces.
    Sandbox {
        #[command(flatten)]
        listen: ListenArg,
        /// The sandbox's own file.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Where messages about orders are posted.
        #[arg(long, value_name = "URL")]
        push_url: Option<url::Url>,
    },
    /// Orders of customers.
    #[command(subcommand)]
    Orders(Orders),
    /// People who may sign in.
    #[command(subcommand)]
    User(User),
    /// Bring the database's schema up to date.
    Migrate {
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// After the database was brought back from a backup: ask the marketplaces what happened since,
    /// before anything is sent again.
    AfterRestore {
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// The configuration.
    #[command(subcommand)]
    Config(Config),
    /// Look for what is wrong with this installation and say it in plain words.
    Doctor {
        #[command(flatten)]
        database: DatabaseArg,
        #[command(flatten)]
        listen: ListenArg,
    },
}

#[derive(Subcommand, Debug)]
enum Orders {
    /// Take in orders from a JSON file, or from standard input with `-`.
    Import {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

#[derive(Subcommand, Debug)]
enum User {
    /// Add a person. The password is read from standard input, or made and printed.
    Add {
        /// Name to sign in with.
        login: String,
        /// Name to show.
        #[arg(long)]
        name: Option<String>,
        /// Time zone in which the person sees times.
        #[arg(long, default_value = "UTC")]
        zone: String,
        /// Read the password from standard input instead of making one.
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

#[derive(Subcommand, Debug)]
enum Config {
    /// Read the configuration as every command does, and say what is wrong with it.
    Check {
        #[command(flatten)]
        database: DatabaseArg,
        #[command(flatten)]
        listen: ListenArg,
    },
    /// Print the whole configuration with its comments and defaults.
    Default,
    /// Print a fresh key for secrets.
    Key,
}

/// Which database.
#[derive(Args, Debug, Default)]
pub(crate) struct DatabaseArg {
    /// A file of SQLite, or a `postgres://` address.
    #[arg(long, value_name = "PATH|URL")]
    database: Option<String>,
}

/// Where to listen.
#[derive(Args, Debug, Default)]
pub(crate) struct ListenArg {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// Runs the command of this process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("autopurchase: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("autopurchase: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Config(Config::Default) => {
            print!("{}", crate::config::template());
            return Ok(ExitCode::SUCCESS);
        }
        Command::Config(Config::Key) => {
            println!("{}", app::KeyRing::generate(&world::SystemRandom));
            return Ok(ExitCode::SUCCESS);
        }
        Command::Demo(args) => return Box::pin(demo::run(args)).await,
        _ => {}
    }
    let mut settings = Settings::load(cli.config.as_deref())?;
    logs::start(&settings.log)?;
    match cli.command {
        Command::Serve { database, listen } => {
            database.apply(&mut settings);
            listen.apply(&mut settings.server.listen);
            commands::serve(&settings).await
        }
        Command::Sandbox {
            listen,
            file,
            push_url,
        } => {
            listen.apply(&mut settings.sandbox.listen);
            settings.sandbox.file = file.unwrap_or(settings.sandbox.file);
            settings.sandbox.push_url = push_url.or(settings.sandbox.push_url);
            commands::sandbox(&settings).await
        }
        Command::Orders(Orders::Import { file, database }) => {
            database.apply(&mut settings);
            commands::orders_import(&settings, &file).await
        }
        Command::User(User::Add {
            login,
            name,
            zone,
            password_stdin,
            database,
        }) => {
            database.apply(&mut settings);
            let name = name.unwrap_or_else(|| login.clone());
            commands::user_add(
                &settings,
                commands::NewUser {
                    login,
                    name,
                    zone,
                    password_stdin,
                },
            )
            .await
        }
        Command::Migrate { database } => {
            database.apply(&mut settings);
            commands::migrate(&settings).await
        }
        Command::AfterRestore { database } => {
            database.apply(&mut settings);
            commands::after_restore(&settings).await
        }
        Command::Config(_) | Command::Demo(_) => {
            // `default` and `key` have ended above: this is `check`.
            if let Command::Config(Config::Check { database, listen }) = cli.command {
                database.apply(&mut settings);
                listen.apply(&mut settings.server.listen);
            }
            commands::config_check(&settings)
        }
        Command::Doctor { database, listen } => {
            database.apply(&mut settings);
            listen.apply(&mut settings.server.listen);
            doctor::run(&settings).await
        }
    }
}

impl DatabaseArg {
    fn apply(self, settings: &mut Settings) {
        if let Some(database) = self.database {
            settings.database.address = database.as_str().into();
            settings.database.address_file = None;
        }
    }
}

impl ListenArg {
    fn apply(self, listen: &mut SocketAddr) {
        *listen = self.listen.unwrap_or(*listen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
