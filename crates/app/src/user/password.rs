//! Hashing and comparing passwords: argon2id, on threads of its own, few at a time.

use crate::{App, AppError, Message};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

/// Each comparison takes some twenty megabytes and tens of milliseconds: so many at once, the rest
/// waits, so that a flood of tries takes neither the memory nor every core.
static SLOTS: Semaphore = Semaphore::const_new(2);

const CHARACTERS: std::ops::RangeInclusive<usize> = 10..=200;
const SALT_BYTES: usize = 16;

/// What is wrong with a new password, if anything.
pub(super) fn fault(password: &SecretString, login: &str) -> Option<Message> {
    let text = password.expose_secret();
    if !CHARACTERS.contains(&text.chars().count()) {
        return Some(
            Message::of("user-password_length")
                .with("least", CHARACTERS.start())
                .with("most", CHARACTERS.end()),
        );
    }
    (text.to_lowercase() == login).then(|| Message::of("user-password_is_login"))
}

/// The form in which a password is stored.
pub(super) async fn hash(app: &App, password: &SecretString) -> Result<String, AppError> {
    let mut salt = [0; SALT_BYTES];
    app.world.random.fill(&mut salt);
    let password = password.clone();
    blocking(move || {
        Argon2::default()
            .hash_password_with_salt(password.expose_secret().as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|error| AppError::Broken(format!("password: {error}")))
    })
    .await?
}

/// Is this the password? Without a stored one the answer is no, and takes as long.
pub(super) async fn matches(
    password: &SecretString,
    stored: Option<String>,
) -> Result<bool, AppError> {
    let password = password.clone();
    blocking(move || {
        let password = password.expose_secret().as_bytes();
        let argon2 = Argon2::default();
        match stored.as_deref().map(PasswordHash::new) {
            Some(Ok(hash)) => Ok(argon2.verify_password(password, &hash).is_ok()),
            Some(Err(error)) => Err(AppError::Broken(format!("stored password: {error}"))),
            None => {
                // The same work, so that time does not tell which names exist.
                let _ = std::hint::black_box(
                    argon2.hash_password_with_salt(password, &[0; SALT_BYTES]),
                );
                Ok(false)
            }
        }
    })
    .await?
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    let stopped = || AppError::Broken("the process is stopping".to_owned());
    let _slot = SLOTS.acquire().await.map_err(|_| stopped())?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| stopped())
}
