//! Adding a person.

use crate::user::own::zone_known;
use crate::user::password;
use crate::{AppError, Ctx, FieldError, Message};
use secrecy::SecretString;
use store::users::{self, UserRow};

const LOGIN_CHARACTERS: std::ops::RangeInclusive<usize> = 2..=64;
const NAME_CHARACTERS: usize = 100;

/// A person to add.
#[derive(Clone)]
pub struct AddUser {
    /// Login name: letters, digits and `. _ - @`.
    pub login: String,
    /// Name for others to read; the login where empty.
    pub name: String,
    /// Password.
    pub password: SecretString,
    /// Time zone of the person's pages, e.g. `Europe/Moscow`; `UTC` where empty.
    pub zone: String,
}

/// Adds a person; gives the id.
///
/// # Errors
/// [`AppError::Invalid`] with every field that is wrong, also when the login is taken.
pub async fn add(ctx: &Ctx, new: AddUser) -> Result<i64, AppError> {
    let login = new.login.trim().to_lowercase();
    let name = new.name.trim().to_owned();
    let zone = if new.zone.trim().is_empty() {
        "UTC".to_owned()
    } else {
        new.zone.trim().to_owned()
    };
    let mut wrong = Vec::new();
    let mut say = |field: &str, message: Message| {
        wrong.push(FieldError {
            field: field.to_owned(),
            message,
        });
    };
    let plain = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '@')
    };
    if !LOGIN_CHARACTERS.contains(&login.len()) || !login.chars().all(plain) {
        say("login", Message::of("user-login_form"));
    }
    if name.chars().count() > NAME_CHARACTERS {
        say(
            "name",
            Message::of("error-too_long").with("most", NAME_CHARACTERS),
        );
    }
    if let Some(message) = password::fault(&new.password, &login) {
        say("password", message);
    }
    if !zone_known(&zone) {
        say("zone", Message::of("user-zone_unknown"));
    }
    if !wrong.is_empty() {
        return Err(AppError::Invalid(wrong));
    }
    let row = UserRow {
        id: ctx.id(),
        name: if name.is_empty() { login.clone() } else { name },
        login,
        password_hash: password::hash(&ctx.app, &new.password).await?,
        zone,
        created_at: ctx.now(),
        disabled_at: None,
    };
    let id = row.id;
    let added = ctx
        .app
        .store
        .write::<_, AppError, _>(move |db| {
            let row = row.clone();
            Box::pin(async move { Ok(users::insert(db, &row).await?) })
        })
        .await;
    match added {
        Ok(()) => Ok(id),
        Err(AppError::Store(store::Error::Exists(_))) => {
            Err(AppError::field("login", Message::of("user-login_taken")))
        }
        Err(other) => Err(other),
    }
}
