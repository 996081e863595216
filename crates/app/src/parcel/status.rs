//! The status of a parcel, and where it takes the items inside.

use crate::history::{self, Change};
use crate::order::settle;
use crate::parcel::hold;
use crate::{AppError, Ctx, Message};
use domain::{HistoryKind, ItemStatus};
use serde_json::json;
use std::collections::BTreeMap;
use store::Db;
use store::items::{self, ItemRow};
use store::parcels::{self, ParcelItemRow, ParcelRow};

/// Where a parcel stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ParcelStatus {
    /// Being filled.
    Draft,
    /// Closed and waiting to leave.
    Packed,
    /// On its way.
    Shipped,
    /// With the customer.
    Delivered,
    /// Came back.
    Returned,
}

impl ParcelStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Packed,
        Self::Shipped,
        Self::Delivered,
        Self::Returned,
    ];

    /// The stored word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Packed => "packed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Returned => "returned",
        }
    }

    /// The status of a stored word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Where a parcel stands; one with an unknown word is left alone, as if it were on its way.
    #[must_use]
    pub fn of(parcel: &ParcelRow) -> Self {
        Self::from_code(&parcel.status).unwrap_or(Self::Shipped)
    }

    /// Where a parcel may go from here.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Draft => &[Self::Packed],
            Self::Packed => &[Self::Shipped, Self::Draft],
            Self::Shipped => &[Self::Delivered, Self::Returned, Self::Packed],
            Self::Delivered => &[Self::Returned, Self::Shipped],
            Self::Returned => &[],
        }
    }

    /// Where the units in such a parcel are.
    const fn of_units(self) -> Option<ItemStatus> {
        match self {
            Self::Packed => Some(ItemStatus::ReadyToShip),
            Self::Shipped => Some(ItemStatus::Shipped),
            Self::Delivered => Some(ItemStatus::Received),
            Self::Draft | Self::Returned => None,
        }
    }
}

/// Moves a parcel, and its items as far as all of their units have come.
///
/// # Errors
/// A move that is not allowed from where it is; an empty parcel that should leave; no such parcel;
/// the database's.
pub async fn change_status(ctx: &Ctx, parcel: i64, to: ParcelStatus) -> Result<(), AppError> {
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let (order, mut parcel) = hold(db, parcel).await?;
                let from = ParcelStatus::of(&parcel);
                if from == to {
                    return Ok(());
                }
                if !from.next().contains(&to) {
                    let message = Message::of("parcel-not_from_here")
                        .with("from", from.code())
                        .with("to", to.code());
                    return Err(AppError::Refused(message));
                }
                let rows = parcels::items_of_order(db, order.id).await?;
                let inside: Vec<ParcelItemRow> = rows
                    .iter()
                    .filter(|row| row.parcel_id == parcel.id)
                    .cloned()
                    .collect();
                if inside.is_empty() {
                    return Err(AppError::Refused(
                        Message::of("parcel-empty").with("n", parcel.position),
                    ));
                }
                to.code().clone_into(&mut parcel.status);
                parcel.changed_at = ctx.now();
                parcels::save(db, &parcel).await?;
                let change = Change {
                    parcel: Some(parcel.id),
                    was: Some(from.code().to_owned()),
                    became: Some(to.code().to_owned()),
                    facts: Some(json!({ "position": parcel.position })),
                    ..Change::default()
                };
                history::add(&ctx, db, order.id, HistoryKind::ParcelStatus, change).await?;
                let parcels = parcels::of_order(db, order.id).await?;
                for row in &inside {
                    let item = items::lock(db, row.item_id).await?;
                    if let Some(status) = follows(&item, (from, to), &parcels, &rows) {
                        go(&ctx, db, item, status, &parcel).await?;
                    }
                }
                settle(&ctx, db, order.id, &BTreeMap::new()).await
            })
        })
        .await
}

/// Where an item of the parcel goes; none when it stays.
fn follows(
    item: &ItemRow,
    (from, to): (ParcelStatus, ParcelStatus),
    parcels: &[ParcelRow],
    rows: &[ParcelItemRow],
) -> Option<ItemStatus> {
    let forward = to > from && to != ParcelStatus::Returned;
    let here = item.status;
    if to == ParcelStatus::Returned {
        // It is back in the warehouse and may be packed again.
        return matches!(here, ItemStatus::Shipped | ItemStatus::Received)
            .then_some(ItemStatus::AtWarehouse);
    }
    let reached = least_advanced(item, parcels, rows);
    if forward {
        // Never over what a person set, and only for goods that the warehouse has.
        reached.filter(|status| {
            here.is_at_least(ItemStatus::AtWarehouse) && status.rank() > here.rank()
        })
    } else {
        // The parcel had brought it there, so the parcel takes it back.
        let brought = from.of_units() == Some(here);
        brought
            .then(|| reached.unwrap_or(ItemStatus::Packing))
            .filter(|status| *status != here)
    }
}

/// Where the least advanced unit of an item is by its parcels; none while one is in no parcel.
fn least_advanced(
    item: &ItemRow,
    parcels: &[ParcelRow],
    rows: &[ParcelItemRow],
) -> Option<ItemStatus> {
    let mut units = 0;
    let mut least: Option<ItemStatus> = None;
    for row in rows.iter().filter(|row| row.item_id == item.id) {
        let status = parcels
            .iter()
            .find(|p| p.id == row.parcel_id)
            .map(ParcelStatus::of)?;
        if status == ParcelStatus::Returned {
            continue;
        }
        let status = status.of_units()?;
        units += row.quantity;
        if least.is_none_or(|known| status.rank() < known.rank()) {
            least = Some(status);
        }
    }
    least.filter(|_| units >= item.quantity)
}

async fn go(
    ctx: &Ctx,
    db: &mut Db,
    mut item: ItemRow,
    status: ItemStatus,
    parcel: &ParcelRow,
) -> Result<(), AppError> {
    let was = item.status;
    item.status = status;
    item.status_by_person = false;
    item.status_at = ctx.now();
    items::save_status(db, &item).await?;
    let change = Change {
        item: Some(item.id),
        parcel: Some(parcel.id),
        was: Some(was.code().to_owned()),
        became: Some(status.code().to_owned()),
        facts: Some(json!({ "parcel": parcel.position })),
        ..Change::default()
    };
    history::add(ctx, db, item.order_id, HistoryKind::ItemStatus, change).await
}
