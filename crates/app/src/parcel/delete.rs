//! Deletes a draft; its units wait for a parcel again.

use crate::history::{self, Change};
use crate::order::settle;
use crate::parcel::{ParcelStatus, hold};
use crate::{AppError, Ctx, Message};
use domain::HistoryKind;
use serde_json::json;
use std::collections::BTreeMap;
use store::parcels;

/// Deletes a draft.
///
/// # Errors
/// No such parcel; one that is packed or further; the database's.
pub async fn delete(ctx: &Ctx, parcel: i64) -> Result<(), AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let (order, parcel) = hold(db, parcel).await?;
                let status = ParcelStatus::of(&parcel);
                if status != ParcelStatus::Draft {
                    return Err(AppError::Refused(
                        Message::of("parcel-delete_draft_only").with("status", status.code()),
                    ));
                }
                for row in parcels::items_of_order(db, order.id)
                    .await?
                    .iter()
                    .filter(|row| row.parcel_id == parcel.id)
                {
                    parcels::put(db, parcel.id, row.item_id, 0).await?;
                }
                parcels::delete(db, parcel.id).await?;
                let change = Change {
                    parcel: Some(parcel.id),
                    was: Some(parcel.status.clone()),
                    facts: Some(json!({ "position": parcel.position })),
                    ..Change::default()
                };
                history::add(&ctx, db, order.id, HistoryKind::ParcelDeleted, change).await?;
                settle(&ctx, db, order.id, &BTreeMap::new()).await
            })
        })
        .await
}
