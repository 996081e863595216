//! `user add`: adds a person who may sign in.

use super::{random_text, refused};
use crate::assemble;
use crate::config::Settings;
use anyhow::Context as _;
use app::App;
use app::user::{AddUser, add};
use secrecy::SecretString;
use std::process::ExitCode;
use world::World;

/// A person to add.
pub(crate) struct NewUser {
    /// Name to sign in with.
    pub login: String,
    /// Name to show.
    pub name: String,
    /// Time zone.
    pub zone: String,
    /// The password comes from standard input.
    pub password_stdin: bool,
}

/// Adds the person and prints the password, if it was made here.
pub(crate) async fn user_add(settings: &Settings, new: NewUser) -> anyhow::Result<ExitCode> {
    let password = if new.password_stdin {
        let mut line = String::new();
        std::io::stdin()
            .read_line(&mut line)
            .context("standard input")?;
        Some(line.trim_end_matches(['\r', '\n']).to_owned())
    } else {
        None
    };
    let app = assemble::open(settings, World::system()).await?;
    app.store.migrate().await?;
    let made = added_user(&app, &new, password).await?;
    app.store.close().await;
    println!("{} may sign in now.", new.login);
    if let Some(password) = made {
        println!("Password: {password}");
        println!("It is shown only here; it can be changed in the panel under Settings.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds the person; gives the password, if none was given.
pub(crate) async fn added_user(
    app: &App,
    new: &NewUser,
    password: Option<String>,
) -> anyhow::Result<Option<String>> {
    let made = password.is_none().then(|| random_text(&app.world));
    let password = SecretString::from(made.clone().or(password).unwrap_or_default());
    let request = AddUser {
        login: new.login.clone(),
        name: new.name.clone(),
        zone: new.zone.clone(),
        password,
    };
    add(&app.program("command line"), request)
        .await
        .map_err(refused)?;
    Ok(made)
}
