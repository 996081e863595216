//! Adding an app, and changing its secret and name. Its key never changes: another key is another app.

use crate::market::secret_place;
use crate::{AppError, Ctx, FieldError, Message};
use secrecy::{ExposeSecret as _, SecretString};
use store::sessions::{self, AppRow};

const KEY_CHARACTERS: usize = 64;
const SECRET_CHARACTERS: usize = 256;
const LABEL_CHARACTERS: usize = 60;

/// An app to add.
#[derive(Clone)]
pub struct AppNew {
    /// Marketplace's word.
    pub marketplace: String,
    /// Public part.
    pub key: String,
    /// Secret part.
    pub secret: SecretString,
    /// What the agent calls it; the key where empty.
    pub label: String,
}

/// Changes of an app.
#[derive(Clone)]
pub struct AppSave {
    /// Another secret; none keeps the known one.
    pub secret: Option<SecretString>,
    /// What the agent calls it.
    pub label: String,
}

/// Adds an app; gives its id.
///
/// # Errors
/// [`AppError::Invalid`] with every field that is wrong, also when the key is known already.
pub async fn add(ctx: &Ctx, new: AppNew) -> Result<i64, AppError> {
    let key = new.key.trim().to_owned();
    let label = new.label.trim().to_owned();
    let mut wrong = Vec::new();
    let mut say = |field: &str, message: Message| {
        wrong.push(FieldError {
            field: field.to_owned(),
            message,
        });
    };
    if ctx.app.markets.get(&new.marketplace).is_err() {
        say("marketplace", Message::of("app-no_marketplace"));
    }
    if key.is_empty() || key.len() > KEY_CHARACTERS || !key.bytes().all(|b| b.is_ascii_graphic()) {
        say("key", Message::of("app-key_form"));
    }
    if !secret_ok(&new.secret) {
        say("secret", Message::of("app-secret_form"));
    }
    if label.chars().count() > LABEL_CHARACTERS {
        say(
            "name",
            Message::of("error-too_long").with("most", LABEL_CHARACTERS),
        );
    }
    if !wrong.is_empty() {
        return Err(AppError::Invalid(wrong));
    }
    let id = ctx.id();
    let row = AppRow {
        id,
        marketplace: new.marketplace,
        label: if label.is_empty() { key.clone() } else { label },
        app_key: key,
        secret: sealed(ctx, id, &new.secret)?,
        created_at: ctx.now(),
        checked_at: None,
        check_error: None,
        clock_offset_us: None,
    };
    let added = ctx
        .app
        .store
        .write::<_, AppError, _>(move |db| {
            let row = row.clone();
            Box::pin(async move { Ok(sessions::app_insert(db, &row).await?) })
        })
        .await;
    match added {
        Ok(()) => Ok(id),
        Err(AppError::Store(store::Error::Exists(_))) => {
            Err(AppError::field("key", Message::of("app-key_known")))
        }
        Err(other) => Err(other),
    }
}

/// Stores another name, and another secret where one is given.
///
/// # Errors
/// [`AppError::Invalid`] with every field that is wrong; no such app.
pub async fn save(ctx: &Ctx, app: i64, change: AppSave) -> Result<(), AppError> {
    let label = change.label.trim().to_owned();
    let mut wrong = Vec::new();
    if label.chars().count() > LABEL_CHARACTERS {
        wrong.push(FieldError {
            field: "name".to_owned(),
            message: Message::of("error-too_long").with("most", LABEL_CHARACTERS),
        });
    }
    if change
        .secret
        .as_ref()
        .is_some_and(|secret| !secret_ok(secret))
    {
        wrong.push(FieldError {
            field: "secret".to_owned(),
            message: Message::of("app-secret_form"),
        });
    }
    if !wrong.is_empty() {
        return Err(AppError::Invalid(wrong));
    }
    let secret = change
        .secret
        .as_ref()
        .map(|secret| sealed(ctx, app, secret))
        .transpose()?;
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            let (label, secret) = (label.clone(), secret.clone());
            Box::pin(async move {
                let mut row = sessions::app(db, app)
                    .await?
                    .ok_or(AppError::NotFound("app"))?;
                row.label = if label.is_empty() {
                    row.app_key.clone()
                } else {
                    label
                };
                if let Some(secret) = secret {
                    row.secret = secret;
                }
                sessions::app_save(db, &row).await?;
                Ok(())
            })
        })
        .await
}

fn secret_ok(secret: &SecretString) -> bool {
    let text = secret.expose_secret().trim();
    !text.is_empty()
        && text.len() <= SECRET_CHARACTERS
        && text.bytes().all(|b| b.is_ascii_graphic())
}

fn sealed(ctx: &Ctx, app: i64, secret: &SecretString) -> Result<String, AppError> {
    let trimmed = SecretString::from(secret.expose_secret().trim().to_owned());
    ctx.app
        .keys
        .seal(&*ctx.app.world.random, &secret_place(app), &trimmed)
}
