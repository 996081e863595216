//! What a person decides about a session: its name, where its goods go, what sellers are told, how
//! many bookings a day it makes, and whether it is its marketplace's default.

use crate::market::SessionCalls;
use crate::session::{address, call_failed, template_check};
use crate::{AppError, Ctx, FieldError, Message};
use marketplaces::{Address, SavedAddress};
use store::paces::{self, Slot};
use store::sessions;

const LABEL_CHARACTERS: usize = 60;
const MOST_A_DAY: i64 = 100_000;

/// A session's settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// What the agent calls it.
    pub label: String,
    /// Template of the delivery address, with `{customer_code}` and `{order}`; the default value means
    /// that there is none yet.
    pub address: Address,
    /// Note to the seller; empty for none.
    pub seller_note: String,
    /// Bookings allowed on a Beijing day; none when nobody knows of a limit.
    pub daily_limit: Option<i64>,
}

impl Settings {
    /// As they are stored.
    #[must_use]
    pub fn of(row: &sessions::SessionRow) -> Self {
        Self {
            label: row.label.clone(),
            address: address::stored(&row.address).unwrap_or_default(),
            seller_note: row.seller_note.clone(),
            daily_limit: row.daily_limit,
        }
    }
}

/// Stores a session's settings. A limit that a refusal had taught is forgotten: a person has looked.
///
/// # Errors
/// [`AppError::Invalid`] with every field that is wrong; no such session.
pub async fn settings_save(ctx: &Ctx, session: i64, settings: Settings) -> Result<(), AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, settings) = (ctx.clone(), settings.clone());
            Box::pin(async move {
                if sessions::by_id(db, session)
                    .await?
                    .is_none_or(|row| row.state == "removed")
                {
                    return Err(AppError::NotFound("session"));
                }
                let mut row = sessions::lock(db, session).await?;
                let connector = ctx.app.markets.get(&row.marketplace)?.connector.clone();
                let note = settings.seller_note.trim().to_owned();
                let label = settings.label.trim().to_owned();
                let mut wrong = Vec::new();
                let mut say = |field: &str, message: Message| {
                    wrong.push(FieldError {
                        field: field.to_owned(),
                        message,
                    });
                };
                if label.chars().count() > LABEL_CHARACTERS {
                    say(
                        "name",
                        Message::of("error-too_long").with("most", LABEL_CHARACTERS),
                    );
                }
                let most = connector.capabilities().note_characters;
                if note.chars().count() > most {
                    say("note", Message::of("error-too_long").with("most", most));
                }
                if settings
                    .daily_limit
                    .is_some_and(|limit| !(1..=MOST_A_DAY).contains(&limit))
                {
                    say(
                        "daily_limit",
                        Message::of("error-range")
                            .with("least", 1)
                            .with("most", MOST_A_DAY),
                    );
                }
                if settings.address != Address::default()
                    && let Err(error) = template_check(&*connector, &settings.address)
                {
                    match error {
                        AppError::Invalid(fields) => wrong.extend(fields),
                        other => return Err(other),
                    }
                }
                if !wrong.is_empty() {
                    return Err(AppError::Invalid(wrong));
                }
                row.label = if label.is_empty() {
                    row.login.clone()
                } else {
                    label
                };
                row.seller_note = note;
                row.address = crate::message::json(&settings.address);
                row.daily_limit = settings.daily_limit;
                sessions::save_settings(db, &row).await?;
                sessions::learn_limit(db, session, None).await?;
                sessions::resume_bookings(db, session).await?;
                Ok(())
            })
        })
        .await
}

/// Makes a session its marketplace's default.
///
/// # Errors
/// No such session; one that is being emptied.
pub async fn set_default(ctx: &Ctx, session: i64) -> Result<(), AppError> {
    ctx.app
        .store
        .write::<_, AppError, _>(move |db| {
            Box::pin(async move {
                let row = sessions::by_id(db, session)
                    .await?
                    .filter(|row| row.state != "removed")
                    .ok_or(AppError::NotFound("session"))?;
                if row.draining {
                    return Err(AppError::refused("session-is_draining"));
                }
                sessions::set_default(db, &row.marketplace, session).await?;
                Ok(())
            })
        })
        .await
}

/// The addresses that the account keeps at the marketplace, read now: to choose the template from.
///
/// # Errors
/// No such session; the marketplace's refusal.
pub async fn saved_addresses(ctx: &Ctx, session: i64) -> Result<Vec<SavedAddress>, AppError> {
    let calls = {
        let mut db = ctx.app.store.read().await?;
        ctx.app.session_calls(&mut db, session).await?
    };
    if !calls.connector().capabilities().saved_addresses {
        return Ok(Vec::new());
    }
    reserve(ctx, &calls).await?;
    match calls.connector().addresses_read(&calls.caller()).await {
        Ok(saved) => Ok(saved),
        Err(error) => {
            call_failed(ctx, &calls, &error).await?;
            Err(AppError::Market(error))
        }
    }
}

/// Reserves the one call that a person waits for.
async fn reserve(ctx: &Ctx, calls: &SessionCalls) -> Result<(), AppError> {
    let now = ctx.now();
    let rhythms = ctx.app.rhythms(&calls.session)?;
    let slot = ctx
        .app
        .store
        .write::<_, AppError, _>(move |db| {
            let rhythms = rhythms.clone();
            Box::pin(async move { Ok(paces::reserve(db, &rhythms, 1, now).await?) })
        })
        .await?;
    match slot {
        Slot::Now => Ok(()),
        Slot::At(at) => Err(AppError::Refused(
            Message::of("session-busy").with("next", at.0),
        )),
    }
}
