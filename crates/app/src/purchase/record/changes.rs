//! What a newer snapshot shows differently.

use super::{case, tell};
use crate::exception::{self};
use crate::{AppError, Ctx};
use domain::{ExceptionKind, Fen, HistoryKind, PurchaseStatus};
use store::Db;
use store::purchases::PurchaseRow;

pub(super) async fn changes(
    ctx: &Ctx,
    db: &mut Db,
    old: &PurchaseRow,
    row: &PurchaseRow,
    orders: &[i64],
) -> Result<(), AppError> {
    // The answer to a create tells no word yet: the first one read is no change.
    if !old.raw_status.is_empty() && (old.status, &old.raw_status) != (row.status, &row.raw_status)
    {
        let word = |r: &PurchaseRow| Some(format!("{} ({})", r.status, r.raw_status));
        tell(
            ctx,
            db,
            orders,
            HistoryKind::PurchaseStatus,
            row,
            word(old),
            word(row),
        )
        .await?;
    }
    if !old.was_paid && row.was_paid {
        tell(
            ctx,
            db,
            orders,
            HistoryKind::PurchasePaid,
            row,
            None,
            Some(row.total_fen.to_string()),
        )
        .await?;
    }
    // An answer to a create may lack sums or tell the total alone; the first whole read fills in
    // what was not told, and that is no change. What stood there while the order was being made was
    // an estimate.
    let filled_in = old.raw_status.is_empty() && old.total_fen == row.total_fen;
    let made = ![old.status, row.status].contains(&PurchaseStatus::Building);
    let sums_known = made && old.total_fen != Fen(0) && !filled_in;
    if sums_known && old.goods_fen != row.goods_fen {
        tell(
            ctx,
            db,
            orders,
            HistoryKind::PurchasePrice,
            row,
            Some(old.goods_fen.to_string()),
            Some(row.goods_fen.to_string()),
        )
        .await?;
        let facts = serde_json::json!({ "was": old.goods_fen, "is": row.goods_fen, "number": row.order_number });
        exception::open(
            ctx,
            db,
            &case(
                ExceptionKind::PriceChanged,
                row,
                facts,
                Some(Fen((row.goods_fen.0 - old.goods_fen.0).abs())),
            ),
            orders,
        )
        .await?;
    }
    if sums_known && old.freight_fen != row.freight_fen {
        tell(
            ctx,
            db,
            orders,
            HistoryKind::PurchaseFreight,
            row,
            Some(old.freight_fen.to_string()),
            Some(row.freight_fen.to_string()),
        )
        .await?;
        let facts = serde_json::json!({ "was": old.freight_fen, "is": row.freight_fen, "number": row.order_number });
        exception::open(
            ctx,
            db,
            &case(
                ExceptionKind::FreightChanged,
                row,
                facts,
                Some(Fen((row.freight_fen.0 - old.freight_fen.0).abs())),
            ),
            orders,
        )
        .await?;
    }
    if old.refunded_fen != row.refunded_fen || old.raw_refund != row.raw_refund {
        let word = |r: &PurchaseRow| {
            Some(
                format!(
                    "{} {}",
                    r.refunded_fen,
                    r.raw_refund.clone().unwrap_or_default()
                )
                .trim()
                .to_owned(),
            )
        };
        tell(
            ctx,
            db,
            orders,
            HistoryKind::PurchaseRefund,
            row,
            word(old),
            word(row),
        )
        .await?;
    }
    Ok(())
}
