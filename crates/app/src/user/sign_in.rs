//! Signing in.

use crate::user::password;
use crate::user::throttle::Tries;
use crate::user::web_session::{ABSOLUTE_SECONDS, Person, hash_of};
use crate::{App, AppError};
use secrecy::{ExposeSecret as _, SecretString};
use std::net::IpAddr;
use store::users;

/// A try to sign in.
#[derive(Clone)]
pub struct SignIn {
    /// Login name, as typed.
    pub login: String,
    /// Password, as typed.
    pub password: SecretString,
    /// Where the browser is, where that is known.
    pub address: Option<IpAddr>,
}

/// A signed-in browser.
#[derive(Clone)]
pub struct SignedIn {
    /// For the cookie; nowhere stored.
    pub token: SecretString,
    /// Who.
    pub person: Person,
}

/// Signs a person in.
///
/// # Errors
/// [`AppError::Refused`]: wrong name or password (never which), too many tries, or not allowed any more.
pub async fn sign_in(app: &App, request: SignIn) -> Result<SignedIn, AppError> {
    let login = request.login.trim().to_lowercase();
    let tries = Tries::new(&login, request.address);
    let now = app.now();
    let counted = tries.clone();
    app.store
        .write::<_, AppError, _>(move |db| {
            let tries = counted.clone();
            Box::pin(async move { tries.count(db, now).await })
        })
        .await?;
    let user = users::by_login(&mut app.store.read().await?, &login).await?;
    let good = password::matches(
        &request.password,
        user.as_ref().map(|u| u.password_hash.clone()),
    )
    .await?;
    let Some(user) = user.filter(|_| good) else {
        tracing::info!("a try to sign in failed");
        metrics::counter!("autopurchase_sign_in_failures_total").increment(1);
        return Err(AppError::refused("sign_in-wrong"));
    };
    if user.disabled_at.is_some() {
        return Err(AppError::refused("sign_in-disabled"));
    }
    let token = SecretString::from(app.random_hex(32));
    let hash = hash_of(token.expose_secret());
    let (id, now) = (user.id, app.now());
    app.store
        .write::<_, AppError, _>(move |db| {
            let (tries, hash) = (tries.clone(), hash.clone());
            Box::pin(async move {
                tries.forget(db).await?;
                users::web_begin(db, &hash, id, now, now.plus_seconds(ABSOLUTE_SECONDS)).await?;
                Ok(())
            })
        })
        .await?;
    Ok(SignedIn {
        token,
        person: Person::of(user),
    })
}
