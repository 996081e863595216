//! *Pay*: the marketplace's own payment page, fetched on the click, and the account to log in with
//! there. We do not pay; the page is where a person does.

use crate::activity::{self, ActivityState, Begin, StepState};
use crate::purchase::cancel::CancelState;
use crate::purchase::pay;
use crate::{AppError, Ctx, Message};
use domain::{ExceptionKind, Fen, PurchaseStatus};
use std::collections::BTreeMap;
use store::Db;
use store::exceptions::ExceptionRow;
use store::purchases::{self, PurchaseRow};
use store::sessions::SessionRow;

/// A payment page, and what it covers.
#[derive(Clone, Debug)]
pub struct PayPage {
    /// The marketplace's own page.
    pub url: url::Url,
    /// Marketplace's word.
    pub marketplace: String,
    /// Session whose account must be logged in there.
    pub session: i64,
    /// That account's login name.
    pub login: String,
    /// Purchases that it covers.
    pub covers: Vec<PurchaseRow>,
    /// What they cost together.
    pub total: Fen,
    /// Purchases that it does not cover, and why.
    pub excluded: Vec<Excluded>,
}

/// A purchase that the page does not cover.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Excluded {
    /// Purchase.
    pub purchase: i64,
    /// Its number at the marketplace.
    pub number: String,
    /// Why.
    pub reason: Message,
}

/// Why a purchase cannot be paid now; none when it can.
#[must_use]
pub fn refusal(row: &PurchaseRow, open: &[ExceptionRow]) -> Option<Message> {
    let why = |key: &str| Some(Message::of(key).with("number", &row.order_number));
    if row.unbound_at.is_some() {
        return why("pay-unbound");
    }
    if row.status == PurchaseStatus::Building {
        return why("pay-building");
    }
    if row.status != PurchaseStatus::ToPay {
        let message = Message::of("pay-not_to_pay").with("number", &row.order_number);
        return Some(message.with("status", row.status));
    }
    if CancelState::of(row).is_some_and(CancelState::is_open) {
        return why("pay-being_cancelled");
    }
    if let Some(why) = pay::under_way(row) {
        return Some(why);
    }
    let withholds = open
        .iter()
        .filter(|e| {
            e.purchase_id == Some(row.id)
                || (e.booking_id.is_some() && e.booking_id == row.booking_id)
        })
        .filter_map(|e| ExceptionKind::from_code(&e.kind))
        .find(|kind| kind.withholds_pay())?;
    let message = Message::of("pay-withheld").with("number", &row.order_number);
    Some(message.with("kind", withholds))
}

/// What goes onto one page: the purchases of the first payable one's account, as many as fit.
fn choose(
    rows: Vec<PurchaseRow>,
    refusals: &BTreeMap<i64, Message>,
    most: usize,
) -> (Vec<PurchaseRow>, Vec<Excluded>) {
    let mut covers: Vec<PurchaseRow> = Vec::new();
    let mut excluded = Vec::new();
    for row in rows {
        let reason = if let Some(reason) = refusals.get(&row.id) {
            Some(reason.clone())
        } else {
            match covers.first() {
                Some(first)
                    if (&first.marketplace, first.session_id)
                        != (&row.marketplace, row.session_id) =>
                {
                    Some(Message::of("pay-other_session").with("number", &row.order_number))
                }
                _ if covers.len() >= most => {
                    let message = Message::of("pay-too_many").with("number", &row.order_number);
                    Some(message.with("most", most))
                }
                _ => None,
            }
        };
        match reason {
            None => covers.push(row),
            Some(reason) => excluded.push(Excluded {
                purchase: row.id,
                number: row.order_number,
                reason,
            }),
        }
    }
    (covers, excluded)
}

/// Fetches a payment page for these purchases, in the order given. Those that it cannot cover are
/// named with their reason.
///
/// # Errors
/// When none of them can be paid, or the marketplace gives no page; the database's.
pub async fn fetch(ctx: &Ctx, ids: &[i64]) -> Result<PayPage, AppError> {
    let (covers, mut excluded, calls) = {
        let mut db = ctx.app.store.read().await?;
        let rows = in_order(&mut db, ids).await?;
        let first = rows
            .first()
            .ok_or_else(|| AppError::refused("pay-nothing_chosen"))?;
        let open = open_exceptions(&mut db, &rows).await?;
        let refusals: BTreeMap<i64, Message> = rows
            .iter()
            .filter_map(|row| Some((row.id, refusal(row, &open)?)))
            .collect();
        let payable = rows.iter().find(|r| !refusals.contains_key(&r.id));
        let Some(payable) = payable else {
            let reason = refusals.get(&first.id).cloned();
            let message = reason.unwrap_or_else(|| Message::of("pay-nothing_chosen"));
            return Err(AppError::Refused(message));
        };
        let market = ctx.app.markets.get(&payable.marketplace)?;
        let most = market.connector.capabilities().pay_link_orders;
        let calls = ctx.app.session_calls(&mut db, payable.session_id).await?;
        let settings = crate::settings::load(&mut db).await?;
        let ways = pay::ways(&ctx.app, &settings, &payable.marketplace)?;
        if let Some(why) = ways.instead_of_link(&payable.marketplace, &calls.session.login) {
            return Err(AppError::Refused(why));
        }
        let most = most.and_then(|most| usize::try_from(most).ok());
        let most = most.unwrap_or(usize::MAX);
        let (covers, excluded) = choose(rows, &refusals, most);
        (covers, excluded, calls)
    };
    if calls.session.state != "active" {
        let message = Message::of("pay-session_needs_login");
        return Err(AppError::Refused(
            message.with("session", &calls.session.login),
        ));
    }
    let numbers: Vec<String> = covers.iter().map(|r| r.order_number.clone()).collect();
    let link = match calls.connector().pay_link(&calls.caller(), &numbers).await {
        Ok(link) => link,
        Err(error) => {
            crate::session::call_failed(ctx, &calls, &error).await?;
            let told = (StepState::Error, Message::market(&error));
            record(ctx, &calls.session, &covers, told, &excluded).await?;
            return Err(AppError::Market(error));
        }
    };
    let (covers, left): (Vec<PurchaseRow>, Vec<PurchaseRow>) = covers
        .into_iter()
        .partition(|row| !link.excluded.contains(&row.order_number));
    excluded.extend(left.into_iter().map(|row| Excluded {
        purchase: row.id,
        reason: Message::of("pay-left_out").with("number", &row.order_number),
        number: row.order_number,
    }));
    let total = Fen(covers.iter().map(|r| r.total_fen.0).sum());
    let said = Message::of("step-pay_page")
        .with("purchases", covers.len())
        .with("session", &calls.session.login)
        .fen("total", total);
    record(
        ctx,
        &calls.session,
        &covers,
        (StepState::Done, said),
        &excluded,
    )
    .await?;
    Ok(PayPage {
        url: link.url,
        marketplace: calls.session.marketplace.clone(),
        session: calls.session.id,
        login: calls.session.login.clone(),
        total,
        covers,
        excluded,
    })
}

/// Keeps who asked for a payment page, for what, and what it left out.
async fn record(
    ctx: &Ctx,
    session: &SessionRow,
    asked: &[PurchaseRow],
    told: (StepState, Message),
    excluded: &[Excluded],
) -> Result<(), AppError> {
    let wish = Begin {
        request_id: ctx.app.random_hex(16),
        operation: "pay",
        order_id: None,
        session_id: Some(session.id),
        title: Message::of("activity-pay")
            .with("marketplace", &session.marketplace)
            .with("purchases", asked.len()),
        data: "{}".to_owned(),
    };
    let purchases: Vec<i64> = asked.iter().map(|row| row.id).collect();
    let (ctx, excluded) = (ctx.clone(), excluded.to_vec());
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, wish, told) = (ctx.clone(), wish.clone(), told.clone());
            let (purchases, excluded) = (purchases.clone(), excluded.clone());
            Box::pin(async move {
                let now = ctx.now();
                let begun = activity::begin(&ctx, db, &wish).await?;
                let mut run = activity::lock(db, begun.id).await?;
                let (state, said) = told;
                run.step("page", state, said, now);
                for one in &excluded {
                    let name = format!("excluded {}", one.purchase);
                    run.step(&name, StepState::Warning, one.reason.clone(), now);
                }
                run.go(
                    match state {
                        StepState::Error => ActivityState::Failed,
                        _ if excluded.is_empty() => ActivityState::Done,
                        _ => ActivityState::Partly,
                    },
                    now,
                );
                run.save(db, now).await?;
                for purchase in purchases {
                    for order in store::purchases::orders(db, purchase).await? {
                        store::activities::touches(db, begun.id, order).await?;
                    }
                }
                Ok(())
            })
        })
        .await
}

/// Purchases in the order of their ids as given.
pub(crate) async fn in_order(db: &mut Db, ids: &[i64]) -> Result<Vec<PurchaseRow>, AppError> {
    let mut rows = purchases::by_ids(db, ids).await?;
    let place = |id: i64| ids.iter().position(|i| *i == id);
    rows.sort_by_key(|row| place(row.id));
    Ok(rows)
}

/// Open differences of purchases and of the bookings that made them.
///
/// # Errors
/// The database's.
pub(crate) async fn open_exceptions(
    db: &mut Db,
    rows: &[PurchaseRow],
) -> Result<Vec<ExceptionRow>, AppError> {
    let ids: Vec<i64> = rows.iter().map(|r| r.id).collect();
    let bookings: Vec<i64> = rows.iter().filter_map(|r| r.booking_id).collect();
    let mut out = store::exceptions::of_purchases(db, &ids).await?;
    for other in store::exceptions::of_bookings(db, &bookings).await? {
        if !out.iter().any(|known| known.id == other.id) {
            out.push(other);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purchase::cancel::sample;

    fn row(id: i64, session: i64) -> PurchaseRow {
        PurchaseRow {
            id,
            session_id: session,
            order_number: id.to_string(),
            ..sample(None, PurchaseStatus::ToPay, false)
        }
    }

    #[test]
    fn a_page_takes_one_account_and_names_what_it_leaves_out() {
        let no = Message::of("pay-unbound");
        let rows = vec![row(1, 7), row(2, 7), row(3, 8), row(4, 7), row(5, 7)];
        let refusals = BTreeMap::from([(1, no)]);
        let (covers, excluded) = choose(rows, &refusals, 2);
        let ids: Vec<i64> = covers.iter().map(|r| r.id).collect();
        assert_eq!(ids, [2, 4]);
        let why: Vec<_> = excluded
            .iter()
            .map(|e| (e.purchase, e.reason.key.as_str()))
            .collect();
        assert_eq!(
            why,
            [
                (1, "pay-unbound"),
                (3, "pay-other_session"),
                (5, "pay-too_many")
            ]
        );
    }

    #[test]
    fn only_what_is_to_be_paid_and_undisputed_is_paid() {
        let key = |row: &PurchaseRow, open: &[ExceptionRow]| refusal(row, open).map(|m| m.key);
        let fine = row(1, 7);
        assert_eq!(key(&fine, &[]), None);
        let mut unbound = fine.clone();
        unbound.unbound_at = Some(fine.read_at);
        assert_eq!(key(&unbound, &[]).as_deref(), Some("pay-unbound"));
        let cancelled = sample(Some(CancelState::Asked), PurchaseStatus::ToPay, false);
        assert_eq!(key(&cancelled, &[]).as_deref(), Some("pay-being_cancelled"));
        let paid = sample(None, PurchaseStatus::PaidToSeller, true);
        assert_eq!(key(&paid, &[]).as_deref(), Some("pay-not_to_pay"));
        let mut open = ExceptionRow {
            id: 1,
            kind: "over_ceiling".to_owned(),
            marketplace: String::new(),
            session_id: None,
            order_id: None,
            item_id: None,
            purchase_id: Some(1),
            booking_id: None,
            subject: String::new(),
            facts: String::new(),
            money_fen: None,
            opened_at: fine.read_at,
            closed_at: None,
            closed_by: None,
        };
        assert_eq!(key(&fine, &[open.clone()]).as_deref(), Some("pay-withheld"));
        open.kind = "price_changed".to_owned();
        assert_eq!(key(&fine, &[open.clone()]), None);
        open.kind = "item_differs".to_owned();
        open.purchase_id = Some(2);
        assert_eq!(key(&fine, &[open]), None);
    }
}
