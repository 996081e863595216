//! Takes a push message: checks whose it is, stores it as it came, and lets the marketplace go.

use crate::{App, AppError, JobKind};
use data_encoding::HEXLOWER;
use marketplaces::{AppKey, PushRefusal, PushRequest};
use sha2::{Digest as _, Sha256};
use store::jobs::{self, NewJob};
use store::pushes::{self, PushRow};

/// What becomes of a message at the callback.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PushOutcome {
    /// Stored, to be worked.
    Stored,
    /// Stored before.
    Duplicate,
    /// Not taken; nothing was stored.
    Refused(PushRefused),
}

/// Why a message is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PushRefused {
    /// This installation has no such marketplace, or it pushes nothing.
    Marketplace,
    /// No signature, or not one of any of our apps.
    Signature,
    /// Signed, but not of a form that we can read.
    Unreadable,
}

/// The address that a marketplace sends its messages to; to be entered where the app is registered.
#[must_use]
pub fn callback_url(app: &App, marketplace: &str) -> url::Url {
    let mut url = app.config.public_url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["push", marketplace]);
    }
    url
}

/// Takes a message that reached the callback of a marketplace. `Stored` and `Duplicate` are to be
/// answered with success: both times the message is safe with us.
///
/// # Errors
/// The database's: then the marketplace is to be told to come again.
pub async fn receive(
    app: &App,
    marketplace: &str,
    content_type: &str,
    headers: &http::HeaderMap,
    body: &[u8],
) -> Result<PushOutcome, AppError> {
    let Ok(market) = app.markets.get(marketplace) else {
        return Ok(PushOutcome::Refused(PushRefused::Marketplace));
    };
    if !market.connector.capabilities().push {
        return Ok(PushOutcome::Refused(PushRefused::Marketplace));
    }
    let (ids, keys) = our_keys(app, marketplace).await?;
    let (index, hints) = match market.connector.push_read(
        &keys,
        PushRequest {
            content_type,
            headers,
            body,
        },
    ) {
        Ok(read) => read,
        Err(PushRefusal::Signature) => return Ok(PushOutcome::Refused(PushRefused::Signature)),
        Err(PushRefusal::Unreadable) => return Ok(PushOutcome::Refused(PushRefused::Unreadable)),
    };
    let Some(app_id) = ids.get(index).copied() else {
        return Ok(PushOutcome::Refused(PushRefused::Signature));
    };
    if hints.is_empty() {
        return Ok(PushOutcome::Refused(PushRefused::Unreadable));
    }
    let now = app.now();
    let digest = HEXLOWER.encode(&Sha256::digest(body));
    let rows: Vec<PushRow> = hints
        .into_iter()
        .enumerate()
        .map(|(position, hint)| PushRow {
            id: app.world.id(),
            marketplace: marketplace.to_owned(),
            app_id,
            // A message without an id of its own is known again by its content.
            message: if hint.message.is_empty() {
                format!("{digest}-{position}")
            } else {
                hint.message.clone()
            },
            topic: hint.topic.clone(),
            body: body.to_vec(),
            hint: crate::message::json(&hint),
            received_at: now,
            worked_at: None,
            note: None,
        })
        .collect();
    let job = NewJob {
        id: app.world.id(),
        kind: JobKind::PushWork.code(),
        dedupe: Some("push".to_owned()),
        payload: "{}".to_owned(),
        session_id: None,
        activity_id: None,
        run_at: now,
    };
    app.store
        .write::<_, AppError, _>(move |db| {
            let (rows, job) = (rows.clone(), job.clone());
            Box::pin(async move {
                let mut fresh = false;
                for row in &rows {
                    fresh |= pushes::insert(db, row).await?;
                }
                if !fresh {
                    return Ok(PushOutcome::Duplicate);
                }
                jobs::enqueue(db, &job, now).await?;
                Ok(PushOutcome::Stored)
            })
        })
        .await
}

/// The keys of a marketplace's apps, with the apps' ids in the same order.
async fn our_keys(app: &App, marketplace: &str) -> Result<(Vec<i64>, Vec<AppKey>), AppError> {
    let rows = store::apps::all(&mut app.store.read().await?).await?;
    let (mut ids, mut keys) = (Vec::new(), Vec::new());
    for row in rows
        .into_iter()
        .filter(|row| row.marketplace == marketplace)
    {
        match app.app_key(&row) {
            Ok(key) => {
                ids.push(row.id);
                keys.push(key);
            }
            Err(error) => {
                tracing::warn!(app = row.id, %error, "an app's secret does not open; its push messages are refused");
            }
        }
    }
    Ok((ids, keys))
}
