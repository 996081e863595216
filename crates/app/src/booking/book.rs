//! *Book*: begins a run for chosen items of an order.

use crate::activity::{self, Begin, Begun, StepState};
use crate::booking::run::{Group, GroupJob, GroupState, Run, settle, step_name};
use crate::message::json;
use crate::{AppError, Ctx, JobKind, Message};
use domain::plan::{PlanItem, SpecificationNeed};
use std::collections::BTreeMap;
use store::items::ItemRow;
use store::jobs::{self, NewJob};
use store::{Db, items};

/// What to book.
#[derive(Clone, Debug)]
pub struct Book {
    /// Given by the form: a double click is one run.
    pub request_id: String,
    /// Order.
    pub order: i64,
    /// Chosen items with the units to book; none books every free unit.
    pub items: Vec<(i64, Option<i64>)>,
    /// Session by marketplace, as chosen in the session bar.
    pub sessions: BTreeMap<String, i64>,
}

/// Begins the run.
///
/// # Errors
/// Nothing chosen, items of another order, a session of another marketplace; the database's.
pub async fn book(ctx: &Ctx, request: Book) -> Result<Begun, AppError> {
    if request.items.is_empty() {
        return Err(AppError::refused("book-nothing_chosen"));
    }
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

async fn begin(ctx: &Ctx, db: &mut Db, request: &Book) -> Result<Begun, AppError> {
    let now = ctx.now();
    let order = store::orders::by_id(db, request.order)
        .await?
        .ok_or(AppError::NotFound("order"))?;
    if order.person_status.is_some() {
        return Err(AppError::refused("book-order_ended"));
    }
    let rows = items::of_order(db, request.order).await?;
    let sessions = checked_sessions(db, request).await?;
    let numbering = crate::item::numbering(db).await?;
    let mut chosen = Vec::with_capacity(request.items.len());
    for (id, units) in &request.items {
        let row = rows
            .iter()
            .find(|row| row.id == *id)
            .ok_or(AppError::NotFound("item of this order"))?;
        let number = numbering.item(&order.number, row.position);
        let need = specification_need(db, row).await?;
        chosen.push(plan_item(
            row,
            number,
            units.unwrap_or_else(|| row.free()),
            sessions.get(&row.marketplace).copied(),
            need,
        ));
    }
    let lines = |marketplace: &str| {
        ctx.app
            .markets
            .get(marketplace)
            .map_or(1, |m| m.connector.capabilities().lines_per_order)
    };
    let plan = domain::plan::plan(&chosen, &lines);
    let run = Run {
        order: order.id,
        order_number: order.number.clone(),
        customer_code: order.customer_code.clone(),
        groups: plan
            .bookings
            .into_iter()
            .map(|planned| Group {
                planned,
                state: GroupState::Planned,
                booking: None,
                successors: 0,
                accepted: domain::Accepted::default(),
                question: None,
                lines_refused: false,
            })
            .collect(),
        refused: plan.refused,
        actor: ctx.actor.to_string(),
    };
    let title = Message::of("activity-book")
        .with("items", request.items.len())
        .with("order", &order.number);
    let new = Begin {
        request_id: request.request_id.clone(),
        operation: "book",
        order_id: Some(order.id),
        session_id: None,
        title,
        data: json(&run),
    };
    let begun = activity::begin(ctx, db, &new).await?;
    if !begun.fresh {
        return Ok(begun);
    }
    let mut activity = activity::lock(db, begun.id).await?;
    let sellers: std::collections::BTreeSet<_> = run
        .groups
        .iter()
        .map(|g| g.planned.seller.clone())
        .collect();
    let planned = Message::of("step-planned")
        .with("items", chosen.len() - run.refused.len())
        .with("sellers", sellers.len())
        .with("orders", run.groups.len());
    activity.step("plan", StepState::Done, planned, now);
    for refused in &run.refused {
        let reasons: Vec<&str> = refused
            .reasons
            .iter()
            .map(domain::plan::PlanRefusal::key)
            .collect();
        let message = Message::of("step-not_planned")
            .with("item", &refused.number)
            .with("reasons", reasons.join(" "));
        activity.step(
            &format!("plan {}", refused.item_id),
            StepState::Error,
            message,
            now,
        );
    }
    for (index, group) in run.groups.iter().enumerate() {
        let message = crate::booking::run::about(group, "step-previewing");
        activity.step(
            &step_name(index, "preview"),
            StepState::Running,
            message,
            now,
        );
    }
    settle(&mut activity, &run, now);
    activity.save(db, now).await?;
    for (marketplace, session) in &sessions {
        if run
            .groups
            .iter()
            .any(|g| g.planned.marketplace == *marketplace)
        {
            store::orders::set_session(db, order.id, *session).await?;
        }
    }
    for index in 0..run.groups.len() {
        enqueue(ctx, db, &run, begun.id, index).await?;
    }
    Ok(begun)
}

/// Enqueues the job of one group in the caller's transaction.
///
/// # Errors
/// The database's.
pub(crate) async fn enqueue(
    ctx: &Ctx,
    db: &mut Db,
    run: &Run,
    activity: i64,
    index: usize,
) -> Result<(), AppError> {
    let job = NewJob {
        id: ctx.id(),
        kind: JobKind::BookingGroup.code(),
        dedupe: Some(format!("group:{activity}:{index}")),
        payload: json(&GroupJob {
            activity,
            group: index,
        }),
        session_id: Some(run.group(index)?.planned.session),
        activity_id: Some(activity),
        run_at: ctx.now(),
    };
    jobs::enqueue(db, &job, ctx.now()).await?;
    Ok(())
}

async fn checked_sessions(db: &mut Db, request: &Book) -> Result<BTreeMap<String, i64>, AppError> {
    for (marketplace, id) in &request.sessions {
        let session = store::sessions::by_id(db, *id)
            .await?
            .ok_or(AppError::NotFound("session"))?;
        if session.marketplace != *marketplace {
            return Err(AppError::refused("book-session_of_another_marketplace"));
        }
        if session.draining {
            return Err(AppError::Refused(
                Message::of("book-session_draining").with("session", &session.login),
            ));
        }
    }
    Ok(request.sessions.clone())
}

async fn specification_need(db: &mut Db, row: &ItemRow) -> Result<SpecificationNeed, AppError> {
    let Some(offer) = store::offers::read(db, &row.marketplace, &row.item).await? else {
        return Ok(SpecificationNeed::NotKnown);
    };
    Ok(
        match serde_json::from_str::<marketplaces::Offer>(&offer.facts) {
            Ok(offer) if offer.specifications.is_empty() => SpecificationNeed::NotNeeded,
            Ok(_) => SpecificationNeed::Needed,
            Err(_) => SpecificationNeed::NotKnown,
        },
    )
}

fn plan_item(
    row: &ItemRow,
    number: String,
    chosen: i64,
    session: Option<i64>,
    need: SpecificationNeed,
) -> PlanItem {
    PlanItem {
        id: row.id,
        number,
        marketplace: row.marketplace.clone(),
        status: row.status,
        item: Some(row.item.clone()),
        specification: row.specification.clone(),
        specification_needed: need,
        seller: row.seller.clone(),
        seller_name: Some(row.seller_name.clone()),
        free: row.free(),
        chosen,
        expected_price: row.expected_fen,
        session,
    }
}
