//! Everything of an order's Purchase tab, in a number of queries that does not grow with it.

mod bar;
mod bought;
mod open;
mod ready;

pub use bar::{Bar, BarSession};
pub use bought::{Bought, Covered};
pub use open::{Next, OpenBooking, OpenLine, UnknownBooking, unknown};
pub use ready::{Now, ReadyGroup, ReadyItem};

use crate::activity::Activity;
use crate::item::Numbering;
use crate::order::OrderPage;
use crate::purchase::{cancel, pay_link};
use crate::settings::Settings;
use crate::{App, AppError};
use bar::bars;
use bought::bought;
use domain::Rate;
use domain::evidence::BookingState;
use open::open_booking;
use ready::ready;
use std::collections::{BTreeMap, BTreeSet};
use store::bookings::BookingRow;
use store::exceptions::ExceptionRow;
use store::items::{self, ClaimRow, ItemRow};
use store::orders::OrderRow;
use store::purchases::{self, DeliveryRow, PurchaseLineRow, PurchaseRow};
use store::sessions::SessionRow;
use store::{Db, activities, bookings};
use world::Timestamp;

/// Runs that are looked through for an open question.
const RUNS: i64 = 10;

/// The whole tab.
#[derive(Clone, Debug)]
pub struct PurchaseTab {
    /// The order.
    pub order: OrderRow,
    /// One row of the session bar per marketplace of the order.
    pub bars: Vec<Bar>,
    /// Items that may be booked, by marketplace and seller.
    pub ready: Vec<ReadyGroup>,
    /// Open bookings.
    pub open: Vec<OpenBooking>,
    /// Purchases that cover units of the order.
    pub bought: Vec<Bought>,
    /// Differences of this order whose purchase covers nothing of it (yet, or any more).
    pub loose: Vec<Loose>,
    /// The last runs, newest first.
    pub activities: Vec<Activity>,
}

/// A difference whose purchase covers nothing of the order.
#[derive(Clone, Debug)]
pub struct Loose {
    /// The difference.
    pub row: ExceptionRow,
    /// Its purchase, while that is being made for the order.
    pub purchase: Option<PurchaseRow>,
    /// That purchase can be cancelled at its marketplace.
    pub can_cancel: bool,
}

/// What the tab is made of, as it was read.
pub(super) struct Facts {
    pub(super) order: OrderRow,
    pub(super) items: Vec<ItemRow>,
    pub(super) claims: Vec<ClaimRow>,
    pub(super) numbering: Numbering,
    pub(super) sessions: BTreeMap<String, Vec<SessionRow>>,
    pub(super) purchases: Vec<PurchaseRow>,
    pub(super) building: Vec<PurchaseRow>,
    pub(super) bookings: Vec<BookingRow>,
    pub(super) exceptions: Vec<ExceptionRow>,
    pub(super) activities: Vec<Activity>,
    pub(super) settings: Settings,
    pub(super) now: Timestamp,
}

impl Facts {
    fn number(&self, item: &ItemRow) -> String {
        self.numbering.item(&self.order.number, item.position)
    }

    fn login(&self, session: i64) -> String {
        let mut all = self.sessions.values().flatten();
        all.find(|s| s.id == session)
            .map_or_else(String::new, |s| s.login.clone())
    }

    fn rate(&self) -> Option<Rate> {
        Some(Rate {
            currency: self.order.currency.parse().ok()?,
            yuan: self.order.rate.as_deref()?.parse().ok()?,
            date: self.order.rate_day.clone().unwrap_or_default(),
        })
    }
}

/// What the tab shares with the rest of the order's page.
struct Shared {
    order: OrderRow,
    items: Vec<ItemRow>,
    claims: Vec<ClaimRow>,
    numbering: Numbering,
    purchases: Vec<PurchaseRow>,
    lines: Vec<PurchaseLineRow>,
    deliveries: Vec<DeliveryRow>,
}

/// Everything of the tab.
///
/// # Errors
/// When there is no such order; the database's.
pub async fn load(app: &App, order: i64) -> Result<PurchaseTab, AppError> {
    let mut db = app.store.read().await?;
    let db = &mut db;
    let shared = Shared {
        order: store::orders::by_id(db, order)
            .await?
            .ok_or(AppError::NotFound("order"))?,
        items: items::of_order(db, order).await?,
        claims: items::claims_of_order(db, order).await?,
        numbering: crate::item::numbering(db).await?,
        purchases: purchases::of_order(db, order).await?,
        lines: purchases::lines_of_order(db, order).await?,
        deliveries: purchases::deliveries_of_order(db, order).await?,
    };
    tab(app, db, shared).await
}

/// Everything of the tab, where the order's page has been read.
///
/// # Errors
/// The database's.
pub async fn of_page(app: &App, page: &OrderPage) -> Result<PurchaseTab, AppError> {
    let shared = Shared {
        order: page.order.clone(),
        items: page.items.iter().map(|item| item.row.clone()).collect(),
        claims: page.claims.clone(),
        numbering: page.numbering,
        purchases: page.purchases.clone(),
        lines: page.lines.clone(),
        deliveries: page.deliveries.clone(),
    };
    tab(app, &mut app.store.read().await?, shared).await
}

async fn tab(app: &App, db: &mut Db, shared: Shared) -> Result<PurchaseTab, AppError> {
    let order = shared.order.id;
    let (lines, deliveries) = (shared.lines.clone(), shared.deliveries.clone());
    let facts = read(app, db, shared).await?;
    let offers = store::offers::of_order(db, order).await?;
    let covers = if facts.purchases.is_empty() {
        Vec::new()
    } else {
        purchases::covers_beside_order(db, order).await?
    };
    let booking_lines = if facts.bookings.is_empty() {
        Vec::new()
    } else {
        bookings::lines_open_of_order(db, order).await?
    };
    let bars = bars(db, &facts).await?;
    let bought: Vec<Bought> = facts
        .purchases
        .iter()
        .map(|row| bought(app, &facts, row, &lines, &deliveries, &covers))
        .collect::<Result<_, AppError>>()?;
    let shown: BTreeSet<i64> = bought
        .iter()
        .flat_map(|b| b.differences.iter().map(|e| e.id))
        .collect();
    Ok(PurchaseTab {
        bars,
        ready: ready(&facts, &offers),
        open: facts
            .bookings
            .iter()
            .map(|row| open_booking(&facts, row, &booking_lines))
            .collect(),
        loose: facts
            .exceptions
            .iter()
            .filter(|e| !shown.contains(&e.id))
            .map(|row| loose(app, &facts, row))
            .collect::<Result<_, AppError>>()?,
        bought,
        order: facts.order,
        activities: facts.activities,
    })
}

fn loose(app: &App, facts: &Facts, row: &ExceptionRow) -> Result<Loose, AppError> {
    let mut building = facts.building.iter();
    let purchase = building.find(|p| row.purchase_id == Some(p.id)).cloned();
    let can_cancel = match &purchase {
        Some(purchase) => {
            let market = app.markets.get(&purchase.marketplace)?;
            cancel::allowed(purchase, market.connector.capabilities()).is_ok()
        }
        None => false,
    };
    Ok(Loose {
        row: row.clone(),
        purchase,
        can_cancel,
    })
}

async fn read(app: &App, db: &mut Db, shared: Shared) -> Result<Facts, AppError> {
    let order = shared.order.id;
    let used: BTreeSet<&str> = shared
        .items
        .iter()
        .map(|i| i.marketplace.as_str())
        .collect();
    let mut sessions = BTreeMap::new();
    for marketplace in used {
        let rows = store::sessions::of_marketplace(db, marketplace).await?;
        sessions.insert(marketplace.to_owned(), rows);
    }
    let mut exceptions = store::exceptions::of_order(db, order).await?;
    for other in pay_link::open_exceptions(db, &shared.purchases).await? {
        if !exceptions.iter().any(|known| known.id == other.id) {
            exceptions.push(other);
        }
    }
    let bookings = bookings::open_of_order(db, order).await?;
    let placed = |b: &BookingRow| BookingState::from_code(&b.state) == Some(BookingState::Placed);
    let building = if bookings.iter().any(placed) {
        purchases::building_of_order(db, order).await?
    } else {
        Vec::new()
    };
    Ok(Facts {
        bookings,
        building,
        activities: activities::of_order(db, order, i64::MAX, RUNS)
            .await?
            .into_iter()
            .map(Activity::of)
            .collect(),
        order: shared.order,
        items: shared.items,
        claims: shared.claims,
        numbering: shared.numbering,
        sessions,
        purchases: shared.purchases,
        exceptions,
        settings: crate::settings::load(db).await?,
        now: app.now(),
    })
}
