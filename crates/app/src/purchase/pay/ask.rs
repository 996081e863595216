//! A person asks for the payment of chosen purchases, after seeing what they cost.

use super::{Part, PayJob, PayState, Payment, Payments, settle, step_name, ways};
use crate::activity::{self, Begin, Begun, StepState};
use crate::history::{self, Change};
use crate::message::json;
use crate::purchase::{pay_link, record};
use crate::{App, AppError, Ctx, JobKind, Message};
use domain::{Fen, HistoryKind};
use std::collections::BTreeSet;
use store::Db;
use store::jobs::{self, NewJob};
use store::purchases::{self, PurchaseRow};
use store::sessions::SessionRow;

/// Most purchases of one run.
const MOST: usize = 200;

/// What is to be paid.
#[derive(Clone, Debug)]
pub struct PayByApi {
    /// Given by the form: the same request is the same run.
    pub request_id: String,
    /// Purchases, each with what the person saw it cost.
    pub purchases: Vec<(i64, Fen)>,
    /// The sum, as the person typed it.
    pub total: Option<Fen>,
}

/// What would be paid, for a person to confirm.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Marketplace's word.
    pub marketplace: String,
    /// Login name of the account that pays.
    pub login: String,
    /// The purchases, in the order given.
    pub rows: Vec<PurchaseRow>,
    /// What they cost together.
    pub total: Fen,
    /// How many requests it takes.
    pub requests: usize,
}

/// What the payment of these purchases would be.
///
/// # Errors
/// Says what stands in the way; the database's.
pub async fn proposal(ctx: &Ctx, ids: &[i64]) -> Result<Proposal, AppError> {
    ctx.cashier()?;
    let mut db = ctx.app.store.read().await?;
    let chosen = choose(&ctx.app, &mut db, ids).await?;
    let open = pay_link::open_exceptions(&mut db, &chosen.rows).await?;
    for row in &chosen.rows {
        if let Some(why) = pay_link::refusal(row, &open) {
            return Err(AppError::Refused(why));
        }
    }
    Ok(Proposal {
        marketplace: chosen.session.marketplace,
        login: chosen.session.login,
        total: Fen(chosen.rows.iter().map(|row| row.total_fen.0).sum()),
        requests: chosen.rows.len().div_ceil(chosen.most),
        rows: chosen.rows,
    })
}

/// Purchases of one account that pays through the interface.
struct Chosen {
    rows: Vec<PurchaseRow>,
    session: SessionRow,
    most: usize,
}

async fn choose(app: &App, db: &mut Db, ids: &[i64]) -> Result<Chosen, AppError> {
    let once: BTreeSet<i64> = ids.iter().copied().collect();
    if once.is_empty() {
        return Err(AppError::refused("pay-nothing_chosen"));
    }
    if once.len() > MOST {
        return Err(AppError::Refused(
            Message::of("pay-too_many_at_once").with("most", MOST),
        ));
    }
    let rows = pay_link::in_order(db, ids).await?;
    let (true, Some(first)) = (rows.len() == once.len(), rows.first()) else {
        return Err(AppError::NotFound("purchase"));
    };
    let other = rows.iter().find(|row| row.session_id != first.session_id);
    if let Some(other) = other {
        let message = Message::of("pay-other_account").with("number", &other.order_number);
        return Err(AppError::Refused(message));
    }
    let settings = crate::settings::load(db).await?;
    let Some(most) = ways(app, &settings, &first.marketplace)?.api else {
        let message = Message::of("pay-api_off").with("marketplace", &first.marketplace);
        return Err(AppError::Refused(message));
    };
    let session = store::sessions::by_id(db, first.session_id)
        .await?
        .ok_or(AppError::NotFound("session"))?;
    if session.state != "active" {
        let message = Message::of("pay-session_needs_login").with("session", &session.login);
        return Err(AppError::Refused(message));
    }
    Ok(Chosen {
        rows,
        session,
        most: usize::try_from(most).unwrap_or(1).max(1),
    })
}

/// Stores the intent to pay; a double click gives the first run.
///
/// # Errors
/// Says what stands in the way: the sum is not the one that was typed, an amount is not the one that was
/// seen, a purchase cannot be paid. Then nothing is paid. The database's.
pub async fn begin(ctx: &Ctx, request: PayByApi) -> Result<Begun, AppError> {
    ctx.cashier()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request) = (ctx.clone(), request.clone());
            Box::pin(async move { store_intent(&ctx, db, &request).await })
        })
        .await
}

async fn store_intent(ctx: &Ctx, db: &mut Db, request: &PayByApi) -> Result<Begun, AppError> {
    let ids: Vec<i64> = request.purchases.iter().map(|(id, _)| *id).collect();
    let chosen = choose(&ctx.app, db, &ids).await?;
    let total = Fen(request.purchases.iter().map(|(_, fen)| fen.0).sum());
    let payments = Payments {
        parts: ids
            .iter()
            .map(|id| Part {
                purchase: *id,
                end: None,
            })
            .collect(),
    };
    let wish = Begin {
        request_id: request.request_id.clone(),
        operation: "pay_by_api",
        order_id: None,
        session_id: Some(chosen.session.id),
        title: Message::of("activity-pay_by_api")
            .with("marketplace", &chosen.session.marketplace)
            .with("purchases", ids.len())
            .fen("total", total),
        data: json(&payments),
    };
    let begun = activity::begin(ctx, db, &wish).await?;
    // A second click finds its purchases asked for; it is the same run all the same.
    if !begun.fresh {
        return Ok(begun);
    }
    let sorted: BTreeSet<i64> = ids.iter().copied().collect();
    let mut rows = Vec::with_capacity(sorted.len());
    for id in sorted {
        rows.push(purchases::lock(db, id).await?);
    }
    check(db, request, &rows, total).await?;
    let mut run = activity::lock(db, begun.id).await?;
    let now = ctx.now();
    for row in rows {
        let said = Message::of("step-pay_asked").with("number", &row.order_number);
        let said = said.fen("total", row.total_fen);
        run.step(&step_name(row.id), StepState::Running, said, now);
        intend(ctx, db, row, begun.id).await?;
    }
    settle(&mut run, &payments, now);
    run.save(db, now).await?;
    for purchases in ids.chunks(chosen.most) {
        let job = PayJob {
            activity: begun.id,
            purchases: purchases.to_vec(),
            read: 0,
            actor: ctx.actor.to_string(),
        };
        let job = NewJob {
            id: ctx.id(),
            kind: JobKind::PurchasePay.code(),
            dedupe: None,
            payload: json(&job),
            session_id: Some(chosen.session.id),
            activity_id: Some(begun.id),
            run_at: now,
        };
        jobs::enqueue(db, &job, now).await?;
    }
    Ok(begun)
}

async fn check(
    db: &mut Db,
    request: &PayByApi,
    rows: &[PurchaseRow],
    total: Fen,
) -> Result<(), AppError> {
    let open = pay_link::open_exceptions(db, rows).await?;
    for row in rows {
        if let Some(why) = pay_link::refusal(row, &open) {
            return Err(AppError::Refused(why));
        }
        let seen = request.purchases.iter().find(|(id, _)| *id == row.id);
        let seen = seen.map_or(Fen(0), |(_, fen)| *fen);
        if seen != row.total_fen || seen.0 < 1 {
            return Err(AppError::Refused(amount_changed(row, seen)));
        }
    }
    if request.total != Some(total) {
        let message = Message::of("pay-total_typed").with("yuan", total.yuan());
        return Err(AppError::field("total", message));
    }
    Ok(())
}

/// It costs another amount than the person saw.
pub(super) fn amount_changed(row: &PurchaseRow, seen: Fen) -> Message {
    Message::of("pay-amount_changed")
        .with("number", &row.order_number)
        .fen("was", seen)
        .fen("is", row.total_fen)
}

async fn intend(
    ctx: &Ctx,
    db: &mut Db,
    mut row: PurchaseRow,
    activity: i64,
) -> Result<(), AppError> {
    let payment = Payment {
        state: PayState::Asked,
        at: ctx.now(),
        fen: row.total_fen,
        activity,
        token: None,
        why: None,
    };
    row.payment = Some(json(&payment));
    purchases::save(db, &row).await?;
    let mut orders: BTreeSet<i64> = BTreeSet::new();
    record::after(ctx, db, row.id, &mut orders).await?;
    for order in orders {
        store::activities::touches(db, activity, order).await?;
        let facts =
            serde_json::json!({ "number": row.order_number, "marketplace": row.marketplace });
        let change = Change {
            purchase: Some(row.id),
            became: Some(row.total_fen.to_string()),
            facts: Some(facts),
            ..Change::default()
        };
        history::add(ctx, db, order, HistoryKind::PurchasePayAsked, change).await?;
    }
    Ok(())
}
