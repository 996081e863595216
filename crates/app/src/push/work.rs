//! Works stored push messages: each order that one names is read, through the session of its account.

use crate::purchase::read;
use crate::purchase::record::Source;
use crate::worker::Task;
use crate::{App, AppError, JobEnd, Message};
use marketplaces::PushHint;
use store::pushes::{self, PushRow};
use store::sessions::{self, SessionRow};
use store::{Db, purchases};

/// Messages worked in one transaction.
const AT_ONCE: usize = 50;
/// Orders that one message may name.
const ORDERS_AT_ONCE: usize = 100;

/// Carries the job.
///
/// # Errors
/// The database's.
pub async fn run(app: &App, _task: Task) -> Result<JobEnd, AppError> {
    let work = app.clone();
    let worked = app
        .store
        .write::<_, AppError, _>(move |db| {
            let app = work.clone();
            Box::pin(async move {
                let waiting =
                    pushes::waiting(db, i64::try_from(AT_ONCE).unwrap_or(i64::MAX)).await?;
                for push in &waiting {
                    let note = one(&app, db, push).await?;
                    pushes::worked(db, push.id, app.now(), note.map(|n| n.json()).as_deref())
                        .await?;
                }
                Ok(waiting.len())
            })
        })
        .await?;
    Ok(if worked < AT_ONCE {
        JobEnd::Done
    } else {
        JobEnd::Again(app.now())
    })
}

/// Asks for the reads that a message hints at; gives what is worth telling of it.
async fn one(app: &App, db: &mut Db, push: &PushRow) -> Result<Option<Message>, AppError> {
    let Ok(hint) = serde_json::from_str::<PushHint>(&push.hint) else {
        return Ok(Some(Message::of("push-unreadable")));
    };
    let all = sessions::of_marketplace(db, &push.marketplace).await?;
    let session = hint
        .account
        .as_deref()
        .and_then(|account| of_account(&all, account, push.app_id));
    let mut note = None;
    if hint.some_order
        && let Some(session) = session
    {
        let ctx = app.program("push");
        crate::sync::look_soon(&ctx, db, session, app.now()).await?;
    }
    for number in hint.orders.iter().take(ORDERS_AT_ONCE) {
        // Without an account that we know, an order that we know tells whose it is.
        let session = match session {
            Some(session) => Some(session.id),
            None => purchases::by_number(db, &push.marketplace, number)
                .await?
                .map(|p| p.session_id),
        };
        let Some(session) = session.filter(|id| all.iter().any(|s| s.id == *id)) else {
            note = Some(
                Message::of("push-unknown_account")
                    .with("account", hint.account.clone().unwrap_or_default()),
            );
            continue;
        };
        let payload = read::Payload {
            session,
            number: number.clone(),
            source: Source::Push,
            deliveries: false,
        };
        read::enqueue(app, db, &payload, None, app.now()).await?;
    }
    if let Some(note) = &note {
        tracing::info!(
            push = push.id,
            topic = push.topic,
            key = note.key,
            "a push message concerns no session of ours"
        );
    }
    Ok(note)
}

/// The session of an account: with the app that signed the message if there is one, and one that can
/// read rather than one that waits for a login.
fn of_account<'a>(all: &'a [SessionRow], account: &str, app: i64) -> Option<&'a SessionRow> {
    all.iter()
        .filter(|s| s.account == account)
        .min_by_key(|s| (s.state != "active", s.app_id != app, s.id))
}
