//! Makes a parcel, with units in it or empty.

use crate::history::{self, Change};
use crate::order::{check_request, settle};
use crate::parcel::{ParcelStatus, contents};
use crate::{AppError, Ctx, Message};
use domain::HistoryKind;
use serde_json::json;
use std::collections::BTreeMap;
use store::Db;
use store::orders::{self, OrderRow};
use store::parcels::{self, ParcelRequestRow, ParcelRow};

/// Parcels of one order, at most.
const MOST_PARCELS: i64 = 1_000;

/// A parcel to make.
#[derive(Clone, Debug)]
pub struct CreateParcel {
    /// Number of the order.
    pub number: String,
    /// Who will carry it; empty takes the order's delivery service.
    pub service: String,
    /// Items and units that go in.
    pub items: Vec<(i64, i64)>,
    /// Given by the form: the same request is the same parcel.
    pub request_id: String,
}

/// Makes a parcel; gives its id.
///
/// # Errors
/// Items that may not be packed yet; more units than wait; no such order or item; a request id that
/// made a parcel of another order; the database's.
pub async fn create(ctx: &Ctx, request: CreateParcel) -> Result<i64, AppError> {
    check_request(&request.request_id)?;
    if request.items.iter().any(|(_, units)| *units < 1) {
        return Err(AppError::field("items", Message::of("items-choose")));
    }
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request) = (ctx.clone(), request.clone());
            Box::pin(async move {
                let order = orders::lock_number(db, &request.number)
                    .await?
                    .ok_or(AppError::NotFound("order"))?;
                if let Some(known) = parcels::of_request(db, &request.request_id).await? {
                    return if known.order_id == order.id {
                        Ok(known.parcel_id)
                    } else {
                        Err(AppError::refused("error-request_id"))
                    };
                }
                let parcel = add(&ctx, db, &order, &request.service).await?;
                contents::put_in(&ctx, db, &order, &parcel, &request.items).await?;
                let made = ParcelRequestRow {
                    request_id: request.request_id,
                    parcel_id: parcel.id,
                    order_id: order.id,
                };
                parcels::add_request(db, &made).await?;
                settle(&ctx, db, order.id, &BTreeMap::new()).await?;
                Ok(parcel.id)
            })
        })
        .await
}

/// Adds an empty parcel to an order that the caller holds.
pub(crate) async fn add(
    ctx: &Ctx,
    db: &mut Db,
    order: &OrderRow,
    service: &str,
) -> Result<ParcelRow, AppError> {
    let position = parcels::of_order(db, order.id)
        .await?
        .last()
        .map_or(0, |p| p.position)
        + 1;
    if position > MOST_PARCELS {
        return Err(AppError::refused("parcel-too_many"));
    }
    let service = service.trim();
    let row = ParcelRow {
        id: ctx.id(),
        order_id: order.id,
        position,
        status: ParcelStatus::Draft.code().to_owned(),
        service: if service.is_empty() {
            order.delivery_service.clone()
        } else {
            service.chars().take(200).collect()
        },
        tracking: String::new(),
        weight_g: None,
        length_mm: None,
        width_mm: None,
        height_mm: None,
        note: String::new(),
        created_at: ctx.now(),
        changed_at: ctx.now(),
        version: 1,
    };
    parcels::insert(db, &row).await?;
    let change = Change {
        parcel: Some(row.id),
        became: Some(row.status.clone()),
        facts: Some(json!({ "position": position })),
        ..Change::default()
    };
    history::add(ctx, db, order.id, HistoryKind::ParcelCreated, change).await?;
    Ok(row)
}
