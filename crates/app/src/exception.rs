//! Differences that need a person: opened where they are seen, closed when their cause is gone.

use crate::{App, AppError, Ctx, Message};
use domain::{ExceptionKind, Fen, HistoryKind};
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::exceptions::{self, ExceptionRow};
use store::order_list;
use store::purchases::{self, PurchaseRow};

/// A difference and what it is about.
#[derive(Clone, Debug)]
pub struct Case {
    /// Kind.
    pub kind: ExceptionKind,
    /// What it is about, so that it is opened once: `purchase 17 line 3`.
    pub subject: String,
    /// Marketplace's word.
    pub marketplace: String,
    /// Session concerned.
    pub session: Option<i64>,
    /// Order concerned, where it is exactly one.
    pub order: Option<i64>,
    /// Purchase concerned.
    pub purchase: Option<i64>,
    /// Booking concerned.
    pub booking: Option<i64>,
    /// The two sides of the difference.
    pub facts: serde_json::Value,
    /// Money at stake.
    pub money: Option<Fen>,
}

/// Was this ever told of a purchase, as a whole?
pub(crate) async fn ever(
    db: &mut Db,
    kind: ExceptionKind,
    purchase: i64,
) -> Result<bool, AppError> {
    let subject = format!("purchase {purchase}");
    Ok(exceptions::ever(db, kind.code(), &subject).await?)
}

/// Opens a difference; `orders` are those on whose timeline it is written.
///
/// # Errors
/// The database's.
pub async fn open(ctx: &Ctx, db: &mut Db, case: &Case, orders: &[i64]) -> Result<(), AppError> {
    // What a person took as it is stays closed until the facts change.
    if exceptions::accepted(db, case.kind.code(), &case.subject, &case.facts.to_string()).await? {
        return close(ctx, db, case, orders).await;
    }
    let row = ExceptionRow {
        id: ctx.id(),
        kind: case.kind.code().to_owned(),
        marketplace: case.marketplace.clone(),
        session_id: case.session,
        order_id: case.order,
        item_id: None,
        purchase_id: case.purchase,
        booking_id: case.booking,
        subject: case.subject.clone(),
        facts: case.facts.to_string(),
        money_fen: case.money,
        opened_at: ctx.now(),
        closed_at: None,
        closed_by: None,
    };
    if exceptions::open(db, &row).await? {
        note(ctx, db, HistoryKind::ExceptionOpened, case, orders).await?;
    }
    Ok(())
}

/// Closes the open difference of this kind and subject, if there is one.
///
/// # Errors
/// The database's.
pub async fn close(ctx: &Ctx, db: &mut Db, case: &Case, orders: &[i64]) -> Result<(), AppError> {
    let by = ctx.actor.to_string();
    if exceptions::close(db, case.kind.code(), &case.subject, ctx.now(), &by).await? {
        note(ctx, db, HistoryKind::ExceptionClosed, case, orders).await?;
    }
    Ok(())
}

/// Opens the difference while `stands`, closes it otherwise.
///
/// # Errors
/// The database's.
pub async fn set(
    ctx: &Ctx,
    db: &mut Db,
    case: &Case,
    stands: Standing,
    orders: &[i64],
) -> Result<(), AppError> {
    match stands {
        Standing::Stands => open(ctx, db, case, orders).await,
        Standing::Gone => close(ctx, db, case, orders).await,
    }
}

/// Whether a cause is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It is.
    Stands,
    /// It is not, or no longer.
    Gone,
}

impl From<bool> for Standing {
    fn from(stands: bool) -> Self {
        if stands { Self::Stands } else { Self::Gone }
    }
}

async fn note(
    ctx: &Ctx,
    db: &mut Db,
    kind: HistoryKind,
    case: &Case,
    orders: &[i64],
) -> Result<(), AppError> {
    for order in orders {
        let change = crate::history::Change {
            purchase: case.purchase,
            booking: case.booking,
            became: Some(case.kind.code().to_owned()),
            facts: Some(case.facts.clone()),
            ..Default::default()
        };
        crate::history::add(ctx, db, *order, kind, change).await?;
    }
    Ok(())
}

/// An open difference with what it is about.
#[derive(Clone, Debug)]
pub struct Open {
    /// The difference.
    pub row: ExceptionRow,
    /// Its purchase.
    pub purchase: Option<PurchaseRow>,
    /// Why that cannot be cancelled at its marketplace; none when it can.
    pub no_cancel: Option<Message>,
    /// Numbers of the orders that it concerns.
    pub orders: Vec<String>,
    /// Login name of its session.
    pub login: String,
}

/// Open differences of everything, the newest first: those older than `before` (an id).
///
/// # Errors
/// The database's.
pub async fn list(app: &App, before: Option<i64>, limit: i64) -> Result<Vec<Open>, AppError> {
    let mut db = app.store.read().await?;
    let rows = exceptions::latest_open(&mut db, before.unwrap_or(i64::MAX), limit).await?;
    let ids: BTreeSet<i64> = rows.iter().filter_map(|r| r.purchase_id).collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    let known: BTreeMap<i64, PurchaseRow> = purchases::by_ids(&mut db, &ids)
        .await?
        .into_iter()
        .map(|p| (p.id, p))
        .collect();
    let covered = purchases::orders_of(&mut db, &ids).await?;
    let own: Vec<i64> = rows.iter().filter_map(|r| r.order_id).collect();
    let own: BTreeMap<i64, String> = order_list::rows_by_ids(&mut db, &own)
        .await?
        .into_iter()
        .map(|o| (o.id, o.number))
        .collect();
    let logins: BTreeMap<i64, String> = store::sessions::all(&mut db)
        .await?
        .into_iter()
        .map(|s| (s.id, s.login))
        .collect();
    rows.into_iter()
        .map(|row| {
            let purchase = row.purchase_id.and_then(|id| known.get(&id)).cloned();
            let mut orders: BTreeSet<String> = row
                .order_id
                .and_then(|id| own.get(&id))
                .cloned()
                .into_iter()
                .collect();
            orders.extend(
                covered
                    .iter()
                    .filter(|o| Some(o.purchase_id) == row.purchase_id)
                    .map(|o| o.number.clone()),
            );
            let no_cancel = match &purchase {
                Some(purchase) => {
                    let market = app.markets.get(&purchase.marketplace)?;
                    crate::purchase::cancel::allowed(purchase, market.connector.capabilities())
                        .err()
                }
                None => None,
            };
            Ok(Open {
                login: row
                    .session_id
                    .and_then(|id| logins.get(&id))
                    .cloned()
                    .unwrap_or_default(),
                orders: orders.into_iter().collect(),
                no_cancel,
                purchase,
                row,
            })
        })
        .collect()
}
