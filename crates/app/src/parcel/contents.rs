//! Puts units into parcels, moves them between parcels, takes them out.

use crate::history::{self, Change};
use crate::item::numbering;
use crate::order::settle;
use crate::parcel::{ParcelStatus, create, packed_units};
use crate::{AppError, Ctx, Message};
use domain::HistoryKind;
use serde_json::json;
use std::collections::BTreeMap;
use store::Db;
use store::items;
use store::orders::{self, OrderRow};
use store::parcels::{self, ParcelRow};

/// Where units go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To {
    /// Into this parcel.
    Parcel(i64),
    /// Into a new parcel.
    New,
    /// Out of any parcel.
    Out,
}

/// Units of items of one order, and where they go.
#[derive(Clone, Debug)]
pub struct MoveItems {
    /// Number of the order.
    pub number: String,
    /// The parcel they are in; none when they wait for one.
    pub from: Option<i64>,
    /// Where they go.
    pub to: To,
    /// Items and units.
    pub items: Vec<(i64, i64)>,
}

/// Moves units; gives the parcel they are in now, if it is one.
///
/// # Errors
/// Items that may not be packed yet; more units than there are; a parcel that is on its way; no
/// such order, parcel or item; the database's.
pub async fn move_items(ctx: &Ctx, request: MoveItems) -> Result<Option<i64>, AppError> {
    if request.items.is_empty() || request.items.iter().any(|(_, units)| *units < 1) {
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
                let to = match request.to {
                    To::Parcel(id) => Some(open(db, &order, id).await?),
                    To::New => Some(create::add(&ctx, db, &order, "").await?),
                    To::Out => None,
                };
                match request.from {
                    Some(from) => {
                        let from = open(db, &order, from).await?;
                        take_out(&ctx, db, &order, &from, &request.items).await?;
                    }
                    None if to.is_none() => return Err(AppError::refused("parcel-nowhere_to_go")),
                    None => {}
                }
                if let Some(to) = &to {
                    put_in(&ctx, db, &order, to, &request.items).await?;
                }
                settle(&ctx, db, order.id, &BTreeMap::new()).await?;
                Ok(to.map(|p| p.id))
            })
        })
        .await
}

/// A parcel of the order whose contents may still change.
async fn open(db: &mut Db, order: &OrderRow, id: i64) -> Result<ParcelRow, AppError> {
    let parcel = parcels::by_id(db, id)
        .await?
        .filter(|p| p.order_id == order.id)
        .ok_or(AppError::NotFound("parcel"))?;
    match ParcelStatus::of(&parcel) {
        ParcelStatus::Draft | ParcelStatus::Packed => Ok(parcel),
        status => Err(AppError::Refused(
            Message::of("parcel-contents_fixed")
                .with("n", parcel.position)
                .with("status", status.code()),
        )),
    }
}

async fn inside(
    db: &mut Db,
    order: &OrderRow,
    parcel: &ParcelRow,
) -> Result<BTreeMap<i64, i64>, AppError> {
    let rows = parcels::items_of_order(db, order.id).await?;
    Ok(rows
        .into_iter()
        .filter(|row| row.parcel_id == parcel.id)
        .map(|row| (row.item_id, row.quantity))
        .collect())
}

/// Puts units that wait for a parcel into one.
pub(crate) async fn put_in(
    ctx: &Ctx,
    db: &mut Db,
    order: &OrderRow,
    parcel: &ParcelRow,
    units: &[(i64, i64)],
) -> Result<(), AppError> {
    let rows = items::of_order(db, order.id).await?;
    let numbering = numbering(db).await?;
    for (id, quantity) in units {
        let item = rows
            .iter()
            .find(|row| row.id == *id)
            .ok_or(AppError::NotFound("item"))?;
        let named =
            |key: &str| Message::of(key).with("item", numbering.item(&order.number, item.position));
        if !item.status.may_be_packed() {
            return Err(AppError::Refused(
                named("parcel-item_not_here").with("status", item.status),
            ));
        }
        // Counted anew for each: one item may stand twice in the request.
        let waiting = item.quantity
            - packed_units(db, order.id)
                .await?
                .get(id)
                .copied()
                .unwrap_or(0);
        if *quantity > waiting {
            return Err(AppError::Refused(
                named("parcel-item_too_many").with("waiting", waiting),
            ));
        }
        let was = inside(db, order, parcel)
            .await?
            .get(id)
            .copied()
            .unwrap_or(0);
        parcels::put(db, parcel.id, *id, was + quantity).await?;
        tell(ctx, db, parcel, *id, was, was + quantity).await?;
    }
    Ok(())
}

async fn take_out(
    ctx: &Ctx,
    db: &mut Db,
    order: &OrderRow,
    parcel: &ParcelRow,
    units: &[(i64, i64)],
) -> Result<(), AppError> {
    let numbering = numbering(db).await?;
    for (id, quantity) in units {
        let item = items::by_id(db, *id)
            .await?
            .filter(|i| i.order_id == order.id)
            .ok_or(AppError::NotFound("item"))?;
        let was = inside(db, order, parcel)
            .await?
            .get(id)
            .copied()
            .unwrap_or(0);
        if *quantity > was {
            let message = Message::of("parcel-item_not_inside")
                .with("item", numbering.item(&order.number, item.position))
                .with("inside", was);
            return Err(AppError::Refused(message));
        }
        parcels::put(db, parcel.id, *id, was - quantity).await?;
        tell(ctx, db, parcel, *id, was, was - quantity).await?;
    }
    Ok(())
}

async fn tell(
    ctx: &Ctx,
    db: &mut Db,
    parcel: &ParcelRow,
    item: i64,
    was: i64,
    became: i64,
) -> Result<(), AppError> {
    let change = Change {
        item: Some(item),
        parcel: Some(parcel.id),
        was: Some(was.to_string()),
        became: Some(became.to_string()),
        facts: Some(json!({ "position": parcel.position })),
        ..Change::default()
    };
    history::add(ctx, db, parcel.order_id, HistoryKind::ParcelItems, change).await
}
