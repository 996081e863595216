//! *Start synchronization*: the chosen sessions and every session with purchases of the order, at once.

use crate::activity::{self, Begin, Begun, StepState};
use crate::purchase::read;
use crate::purchase::record::Source;
use crate::sync::{page, progress};
use crate::{AppError, Ctx, Message};
use std::collections::{BTreeMap, BTreeSet};
use store::sessions::SessionRow;
use store::{Db, bookings, jobs, purchases};

/// A synchronization to start.
#[derive(Clone, Debug)]
pub struct Start {
    /// Given by the form: the same request is the same run.
    pub request_id: String,
    /// Chosen sessions; with no order and none chosen, every session.
    pub sessions: Vec<i64>,
    /// The order from whose page it is started: its sessions and purchases are read too.
    pub order: Option<i64>,
}

/// Starts a synchronization; a double click gives the first one.
///
/// # Errors
/// A request id of another form; the database's.
pub async fn start(ctx: &Ctx, request: Start) -> Result<Begun, AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request) = (ctx.clone(), request.clone());
            Box::pin(async move { begin(&ctx, db, &request).await })
        })
        .await
}

async fn begin(ctx: &Ctx, db: &mut Db, request: &Start) -> Result<Begun, AppError> {
    let now = ctx.now();
    let (sessions, bought) = wanted(db, request).await?;
    let wish = Begin {
        request_id: request.request_id.clone(),
        operation: progress::OPERATION,
        order_id: request.order,
        session_id: match sessions.as_slice() {
            [only] => Some(only.id),
            _ => None,
        },
        title: Message::of("activity-synchronize").with("sessions", sessions.len()),
        data: "{}".to_owned(),
    };
    let begun = activity::begin(ctx, db, &wish).await?;
    if !begun.fresh {
        return Ok(begun);
    }
    let mut run = activity::lock(db, begun.id).await?;
    if sessions.is_empty() {
        run.step(
            "none",
            StepState::Error,
            Message::of("sync-no_session"),
            now,
        )
        .hint = Some(Message::of("hint-connect"));
    }
    for session in &sessions {
        let name = progress::step_name(session.id);
        if session.state == "active" {
            run.step(
                &name,
                StepState::Running,
                Message::of("sync-waiting").with("session", &session.login),
                now,
            );
            jobs::enqueue(db, &page::job(ctx, session.id, Some(begun.id), now), now).await?;
        } else {
            // Its place is kept: after the next login it goes on from there.
            run.step(
                &name,
                StepState::Warning,
                Message::of("sync-session_revoked").with("session", &session.login),
                now,
            )
            .hint = Some(Message::of("hint-login_again"));
        }
    }
    let active: BTreeSet<i64> = sessions
        .iter()
        .filter(|s| s.state == "active")
        .map(|s| s.id)
        .collect();
    let mut reads = 0;
    for (number, session) in bought {
        if active.contains(&session) {
            reads += 1;
            let payload = read::Payload {
                session,
                number,
                source: Source::Person,
                deliveries: false,
            };
            read::enqueue(&ctx.app, db, &payload, Some(begun.id), now).await?;
        }
    }
    if request.order.is_some() {
        run.count("purchases_of_order", reads);
    }
    run.save(db, now).await?;
    progress::settle(db, begun.id, now).await?;
    Ok(begun)
}

/// Sessions to read, and the order's own purchases with theirs.
async fn wanted(
    db: &mut Db,
    request: &Start,
) -> Result<(Vec<SessionRow>, Vec<(String, i64)>), AppError> {
    let known: BTreeMap<i64, SessionRow> = store::sessions::all(db)
        .await?
        .into_iter()
        .map(|s| (s.id, s))
        .collect();
    let mut chosen: BTreeSet<i64> = request.sessions.iter().copied().collect();
    let mut bought = Vec::new();
    if let Some(order) = request.order {
        let mut of_order = purchases::of_order(db, order).await?;
        of_order.extend(purchases::building_of_order(db, order).await?);
        for purchase in of_order {
            chosen.insert(purchase.session_id);
            bought.push((purchase.order_number, purchase.session_id));
        }
        chosen.extend(
            bookings::open_of_order(db, order)
                .await?
                .iter()
                .map(|b| b.session_id),
        );
    } else if chosen.is_empty() {
        chosen.extend(known.keys());
    }
    Ok((
        chosen
            .iter()
            .filter_map(|id| known.get(id).cloned())
            .collect(),
        bought,
    ))
}
