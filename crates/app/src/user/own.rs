//! What a person changes of the own account.

use crate::user::password;
use crate::user::throttle::Tries;
use crate::user::web_session::hash_of;
use crate::{Actor, AppError, Ctx, Message};
use secrecy::{ExposeSecret as _, SecretString};
use store::users;

/// Another password.
#[derive(Clone)]
pub struct ChangePassword {
    /// The one until now.
    pub old: SecretString,
    /// The one from now on.
    pub new: SecretString,
    /// Token of this browser, which stays signed in; every other one is signed out.
    pub token: SecretString,
}

/// Changes the acting person's password.
///
/// # Errors
/// [`AppError::Invalid`] when the old one is wrong or the new one does not do; too many tries.
pub async fn change_password(ctx: &Ctx, change: ChangePassword) -> Result<(), AppError> {
    let id = own_id(ctx)?;
    let user = users::by_id(&mut ctx.app.store.read().await?, id)
        .await?
        .ok_or(AppError::NotFound("user"))?;
    if let Some(message) = password::fault(&change.new, &user.login) {
        return Err(AppError::field("new", message));
    }
    let tries = Tries::new(&user.login, None);
    let (counted, now) = (tries.clone(), ctx.now());
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            let tries = counted.clone();
            Box::pin(async move { tries.count(db, now).await })
        })
        .await?;
    if !password::matches(&change.old, Some(user.password_hash)).await? {
        return Err(AppError::field("old", Message::of("user-password_wrong")));
    }
    let new = password::hash(&ctx.app, &change.new).await?;
    let keep = hash_of(change.token.expose_secret());
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            let (new, keep, tries) = (new.clone(), keep.clone(), tries.clone());
            Box::pin(async move {
                tries.forget(db).await?;
                users::set_password(db, id, &new).await?;
                users::web_end_others(db, id, &keep).await?;
                Ok(())
            })
        })
        .await
}

/// Changes the time zone of the acting person's pages.
///
/// # Errors
/// [`AppError::Invalid`] when there is no such zone.
pub async fn set_zone(ctx: &Ctx, zone: &str) -> Result<(), AppError> {
    let id = own_id(ctx)?;
    let zone = zone.trim().to_owned();
    if !zone_known(&zone) {
        return Err(AppError::field("zone", Message::of("user-zone_unknown")));
    }
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            let zone = zone.clone();
            Box::pin(async move { Ok(users::set_zone(db, id, &zone).await?) })
        })
        .await
}

/// Is there a time zone of this name?
pub(super) fn zone_known(zone: &str) -> bool {
    zone.len() <= 64 && jiff::tz::TimeZone::get(zone).is_ok()
}

fn own_id(ctx: &Ctx) -> Result<i64, AppError> {
    match ctx.actor {
        Actor::Person { id, .. } => Ok(id),
        Actor::Behalf(_) | Actor::Program(_) => Err(AppError::Forbidden),
    }
}
