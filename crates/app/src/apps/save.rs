//! Adding an app, and changing its secret, name and quota. Its key never changes: another key is another app.

use super::calls::{self, Level};
use super::rest;
use crate::market::secret_place;
use crate::{AppError, Ctx, FieldError, Message};
use secrecy::{ExposeSecret as _, SecretString};
use store::apps::{self, AppRow};

const KEY_CHARACTERS: usize = 64;
const SECRET_CHARACTERS: usize = 256;
const LABEL_CHARACTERS: usize = 60;
const MOST_A_DAY: i64 = 1_000_000_000;

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
    /// Calls that it may make on a Beijing day; none when nobody knows of a limit.
    pub daily_quota: Option<i64>,
}

/// Changes of an app.
#[derive(Clone)]
pub struct AppSave {
    /// Another secret; none keeps the known one.
    pub secret: Option<SecretString>,
    /// What the agent calls it.
    pub label: String,
    /// Calls that it may make on a Beijing day; none when nobody knows of a limit.
    pub daily_quota: Option<i64>,
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
    wrong.extend(label_fault(&label));
    wrong.extend(quota_fault(new.daily_quota));
    if !wrong.is_empty() {
        return Err(AppError::Invalid(wrong));
    }
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, new, key, label) = (ctx.clone(), new.clone(), key.clone(), label.clone());
            Box::pin(async move {
                let id = match apps::removed(db, &new.marketplace, &key).await? {
                    Some(id) => id,
                    None => ctx.id(),
                };
                let row = AppRow {
                    id,
                    secret: sealed(&ctx, id, &new.secret)?,
                    marketplace: new.marketplace,
                    label: if label.is_empty() { key.clone() } else { label },
                    app_key: key,
                    daily_quota: new.daily_quota,
                    created_at: ctx.now(),
                    ..AppRow::default()
                };
                if apps::insert(db, &row).await? {
                    Ok(id)
                } else {
                    Err(AppError::field("key", Message::of("app-key_known")))
                }
            })
        })
        .await
}

/// Stores another name and quota, and another secret where one is given. An app that rests because its
/// quota was used up goes on when the new one is larger than what it has called.
///
/// # Errors
/// [`AppError::Invalid`] with every field that is wrong; no such app.
pub async fn save(ctx: &Ctx, id: i64, change: AppSave) -> Result<(), AppError> {
    let label = change.label.trim().to_owned();
    let mut wrong = Vec::new();
    wrong.extend(label_fault(&label));
    wrong.extend(quota_fault(change.daily_quota));
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
        .map(|secret| sealed(ctx, id, secret))
        .transpose()?;
    let work = ctx.app.clone();
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            let (app, label, secret) = (work.clone(), label.clone(), secret.clone());
            Box::pin(async move {
                let mut row = apps::lock(db, id).await?.ok_or(AppError::NotFound("app"))?;
                row.label = if label.is_empty() {
                    row.app_key.clone()
                } else {
                    label
                };
                if let Some(secret) = secret {
                    row.secret = secret;
                }
                row.daily_quota = change.daily_quota;
                apps::save(db, &row).await?;
                let enough = calls::day(&app, db, &row).await?.level() != Level::Used;
                if enough && rest::by_quota(&row) {
                    rest::wake(db, &row).await?;
                }
                Ok(())
            })
        })
        .await
}

fn label_fault(label: &str) -> Option<FieldError> {
    (label.chars().count() > LABEL_CHARACTERS).then(|| FieldError {
        field: "name".to_owned(),
        message: Message::of("error-too_long").with("most", LABEL_CHARACTERS),
    })
}

fn quota_fault(quota: Option<i64>) -> Option<FieldError> {
    let range = Message::of("error-range")
        .with("least", 1)
        .with("most", MOST_A_DAY);
    quota
        .is_some_and(|quota| !(1..=MOST_A_DAY).contains(&quota))
        .then(|| FieldError {
            field: "daily_quota".to_owned(),
            message: range,
        })
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
