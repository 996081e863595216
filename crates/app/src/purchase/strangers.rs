//! Orders of our accounts that nobody knows: told to a person only when no booking of ours can
//! still turn out to have made them.

use crate::exception::{self, Case};
use crate::{AppError, Ctx};
use domain::ExceptionKind;
use store::strangers::StrangerRow;
use store::{Db, bookings, strangers};

/// Nobody is told before an order has been strange for so long, in seconds.
const PATIENCE_SECONDS: i64 = 900;
const AT_ONCE: i64 = 100;

/// What the difference of a stranger is about.
#[must_use]
pub fn case(
    marketplace: &str,
    number: &str,
    session: Option<i64>,
    facts: serde_json::Value,
) -> Case {
    Case {
        kind: ExceptionKind::UnknownToUs,
        subject: format!("{marketplace} order {number}"),
        marketplace: marketplace.to_owned(),
        session,
        order: None,
        purchase: None,
        booking: None,
        facts,
        money: None,
    }
}

/// Opens a difference for every order that has been strange for long enough.
///
/// # Errors
/// The database's.
pub async fn tell_due(ctx: &Ctx) -> Result<(), AppError> {
    let before = ctx.now().plus_seconds(-PATIENCE_SECONDS);
    let due = {
        let mut db = ctx.app.store.read().await?;
        strangers::seen_before(&mut db, before, AT_ONCE).await?
    };
    if due.is_empty() {
        return Ok(());
    }
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, due) = (ctx.clone(), due.clone());
            Box::pin(async move {
                for row in &due {
                    let made = row.made_at.unwrap_or(row.first_seen_at);
                    if bookings::may_have_made(db, row.session_id, made).await? {
                        continue;
                    }
                    if store::purchases::by_number(db, &row.marketplace, &row.order_number)
                        .await?
                        .is_none()
                    {
                        tell(&ctx, db, row).await?;
                    }
                    strangers::forget(db, &row.marketplace, &row.order_number).await?;
                }
                Ok(())
            })
        })
        .await
}

/// It carries a reference of our making that no booking knows: the books are older than the order,
/// or another installation uses the account. Nothing can still turn out to have made it.
pub(crate) async fn tell_ours(ctx: &Ctx, db: &mut Db, row: &StrangerRow) -> Result<(), AppError> {
    tell(ctx, db, row).await
}

async fn tell(ctx: &Ctx, db: &mut Db, row: &StrangerRow) -> Result<(), AppError> {
    let facts = serde_json::json!({ "number": row.order_number, "seller": row.seller_name, "total": row.total_fen, "reference": row.reference });
    let mut case = case(
        &row.marketplace,
        &row.order_number,
        Some(row.session_id),
        facts,
    );
    case.money = Some(row.total_fen);
    exception::open(ctx, db, &case, &[]).await
}

/// The order is known now.
pub(crate) async fn known(
    ctx: &Ctx,
    db: &mut Db,
    marketplace: &str,
    number: &str,
) -> Result<(), AppError> {
    strangers::forget(db, marketplace, number).await?;
    exception::close(
        ctx,
        db,
        &case(marketplace, number, None, serde_json::Value::Null),
        &[],
    )
    .await
}
