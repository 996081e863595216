//! Everything that an order's page shows, in a bounded number of reads however many items,
//! purchases and parcels there are.

use crate::item::{self, Numbering, Original};
use crate::order::{end_of, reserved};
use crate::settings::{self, Settings};
use crate::{App, AppError, Message};
use domain::item_status::MoveNeeds;
use domain::{Amount, Currency, ItemStatus, OrderEnd};
use std::collections::BTreeMap;
use store::bookings::{self, BookingRow};
use store::exceptions::{self, ExceptionRow};
use store::items::{self, ClaimRow, CoverRow, ItemRow};
use store::orders::{self, OrderRow, PaymentRow};
use store::parcels::{self, ParcelItemRow, ParcelRow};
use store::purchases::{self, DeliveryRow, PurchaseLineRow, PurchaseRow};

/// An order with everything around it.
#[derive(Clone, Debug)]
pub struct OrderPage {
    /// The order.
    pub order: OrderRow,
    /// How a person ended it.
    pub end: Option<OrderEnd>,
    /// Its items, by position.
    pub items: Vec<PageItem>,
    /// How its items are numbered.
    pub numbering: Numbering,
    /// Live claims on its items.
    pub claims: Vec<ClaimRow>,
    /// What covers its items.
    pub covers: Vec<CoverRow>,
    /// Open bookings that hold its units or were started from its page.
    pub bookings: Vec<BookingRow>,
    /// Purchases that cover its items.
    pub purchases: Vec<PurchaseRow>,
    /// Lines of those purchases.
    pub lines: Vec<PurchaseLineRow>,
    /// Shipments of those purchases.
    pub deliveries: Vec<DeliveryRow>,
    /// Open differences.
    pub exceptions: Vec<ExceptionRow>,
    /// Parcels, by position.
    pub parcels: Vec<PageParcel>,
    /// The customer's payments.
    pub payments: Vec<PaymentRow>,
    /// Settings, for rounding and ceilings.
    pub settings: Settings,
}

/// An item as the page shows it.
#[derive(Clone, Debug)]
pub struct PageItem {
    /// The item.
    pub row: ItemRow,
    /// Number for people: `№ 53-1`.
    pub number: String,
    /// Units in open bookings.
    pub reserved: i64,
    /// Units covered by purchases.
    pub covered: i64,
    /// Units in parcels that did not come back.
    pub packed: i64,
    /// Reason in red.
    pub note: Option<Message>,
    /// What the marketplace says differently.
    pub marketplace_says: Option<Message>,
    /// What the customer ordered, where it was corrected.
    pub original: Option<Original>,
    /// Moves that a person may make, with what must be given.
    pub moves: Vec<(ItemStatus, MoveNeeds)>,
}

impl PageItem {
    /// It stands in "Ready for purchase": paid, with free units, in an order that nobody ended.
    #[must_use]
    pub fn is_ready(&self, page: &OrderPage) -> bool {
        page.end.is_none() && self.row.status.may_be_booked() && self.row.free() > 0
    }

    /// Units that wait for a parcel, if the item may be packed.
    #[must_use]
    pub fn waiting(&self) -> i64 {
        if self.row.status.may_be_packed() {
            self.row.quantity - self.packed
        } else {
            0
        }
    }

    /// What the customer pays for all units; none beyond 28 digits.
    #[must_use]
    pub fn sum(&self) -> Option<Amount> {
        self.row.price.times(self.row.quantity).ok()
    }
}

/// A parcel with what is inside.
#[derive(Clone, Debug)]
pub struct PageParcel {
    /// The parcel.
    pub row: ParcelRow,
    /// Items and units.
    pub items: Vec<ParcelItemRow>,
}

impl OrderPage {
    /// Decimals with which amounts in the order's currency are shown.
    #[must_use]
    pub fn decimals(&self) -> u32 {
        self.currency()
            .map_or(2, |currency| self.settings.decimals_of(&currency))
    }

    /// The order's currency.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.order.currency.parse().ok()
    }

    /// What the customer still owes; below zero when too much was paid.
    #[must_use]
    pub fn remaining(&self) -> Amount {
        self.order
            .total
            .minus(&self.order.paid)
            .unwrap_or_else(|_| Amount::zero())
    }

    /// What of the prices of goods is cancelled, returned or impossible to deliver, if anything is.
    #[must_use]
    pub fn left_out(&self) -> Option<Amount> {
        let apart = |item: &&PageItem| item.row.status.is_left_out();
        let mut sums = self.items.iter().filter(apart).map(PageItem::sum);
        let first = sums.next()?;
        sums.try_fold(first?, |all, sum| all.plus(&sum?).ok())
    }

    /// The moves that every one of these items may make.
    #[must_use]
    pub fn moves_of(&self, ids: &[i64]) -> Vec<(ItemStatus, MoveNeeds)> {
        let rows: Vec<ItemRow> = self
            .items
            .iter()
            .filter(|i| ids.contains(&i.row.id))
            .map(|i| i.row.clone())
            .collect();
        item::moves(&rows, &self.claims)
    }
}

/// The order of a number, without what its page shows around it.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such number; the database's.
pub async fn row(app: &App, number: &str) -> Result<OrderRow, AppError> {
    orders::by_number(&mut app.store.read().await?, number)
        .await?
        .ok_or(AppError::NotFound("order"))
}

/// Loads the page of an order.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such number; the database's.
pub async fn page(app: &App, number: &str) -> Result<OrderPage, AppError> {
    let mut db = app.store.read().await?;
    let db = &mut db;
    let order = orders::by_number(db, number)
        .await?
        .ok_or(AppError::NotFound("order"))?;
    let id = order.id;
    let numbering = item::numbering(db).await?;
    let rows = items::of_order(db, id).await?;
    let claims = items::claims_of_order(db, id).await?;
    let parcels = parcels_with_items(
        parcels::of_order(db, id).await?,
        parcels::items_of_order(db, id).await?,
    );
    let packed = packed(&parcels);
    let any_claim = !claims.is_empty();
    let any_cover = claims.iter().any(|c| c.purchase_line_id.is_some());
    let items = rows
        .into_iter()
        .map(|row| page_item(row, &order, numbering, &claims, &packed))
        .collect();
    Ok(OrderPage {
        end: end_of(&order),
        items,
        numbering,
        covers: if any_cover {
            items::covers_of_order(db, id).await?
        } else {
            Vec::new()
        },
        bookings: if any_claim {
            bookings::open_of_order(db, id).await?
        } else {
            Vec::new()
        },
        purchases: if any_cover {
            purchases::of_order(db, id).await?
        } else {
            Vec::new()
        },
        lines: if any_cover {
            purchases::lines_of_order(db, id).await?
        } else {
            Vec::new()
        },
        deliveries: if any_cover {
            purchases::deliveries_of_order(db, id).await?
        } else {
            Vec::new()
        },
        exceptions: if order.open_exceptions > 0 {
            exceptions::of_order(db, id).await?
        } else {
            Vec::new()
        },
        parcels,
        payments: orders::payments(db, id).await?,
        settings: settings::load(db).await?,
        claims,
        order,
    })
}

fn page_item(
    row: ItemRow,
    order: &OrderRow,
    numbering: Numbering,
    claims: &[ClaimRow],
    packed: &BTreeMap<i64, i64>,
) -> PageItem {
    let reserved = reserved(row.id, claims);
    PageItem {
        number: numbering.item(&order.number, row.position),
        reserved,
        // Read one after the other: a change in between must not show as less than nothing.
        covered: (row.units_taken - reserved).max(0),
        packed: packed.get(&row.id).copied().unwrap_or(0),
        note: row.note.as_deref().map(Message::from_json),
        marketplace_says: row.marketplace_says.as_deref().map(Message::from_json),
        original: item::original(&row),
        moves: item::moves(std::slice::from_ref(&row), claims),
        row,
    }
}

fn parcels_with_items(parcels: Vec<ParcelRow>, mut items: Vec<ParcelItemRow>) -> Vec<PageParcel> {
    parcels
        .into_iter()
        .map(|row| {
            let (inside, rest) = items.drain(..).partition(|item| item.parcel_id == row.id);
            items = rest;
            PageParcel { row, items: inside }
        })
        .collect()
}

fn packed(parcels: &[PageParcel]) -> BTreeMap<i64, i64> {
    let mut out = BTreeMap::new();
    for parcel in parcels
        .iter()
        .filter(|p| p.row.status != crate::parcel::ParcelStatus::Returned.code())
    {
        for item in &parcel.items {
            *out.entry(item.item_id).or_insert(0) += item.quantity;
        }
    }
    out
}
