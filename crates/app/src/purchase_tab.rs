//! Everything of an order's Purchase tab, in a number of queries that does not grow with it.

use crate::activity::{Activity, ActivityState};
use crate::booking::release;
use crate::booking::run::{Question, Run};
use crate::item::Numbering;
use crate::order::OrderPage;
use crate::purchase::{cancel, pay_link};
use crate::session::{Allowance, Standing};
use crate::{App, AppError, Message};
use domain::evidence::BookingState;
use domain::money::share;
use domain::{Amount, Fen, Rate, margin};
use marketplaces::Offer;
use std::collections::{BTreeMap, BTreeSet};
use store::bookings::{BookingLineRow, BookingRow};
use store::exceptions::ExceptionRow;
use store::items::{self, ClaimRow, ItemRow};
use store::offers::OfferRow;
use store::orders::OrderRow;
use store::purchases::{self, Cover, DeliveryRow, PurchaseLineRow, PurchaseRow};
use store::sessions::SessionRow;
use store::{Db, activities, bookings};
use world::Timestamp;

/// Runs that are looked through for an open question.
const RUNS: i64 = 10;
/// Most open bookings of unknown outcome on one list.
const MOST_UNKNOWN: i64 = 200;

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
    /// Differences of this order whose purchase covers nothing of it (any more).
    pub loose: Vec<ExceptionRow>,
    /// The last runs, newest first.
    pub activities: Vec<Activity>,
}

/// One marketplace's row of the session bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Marketplace's word.
    pub marketplace: String,
    /// The session that is chosen.
    pub chosen: Option<i64>,
    /// Every session of the marketplace.
    pub sessions: Vec<BarSession>,
}

/// A session as the bar shows it.
#[derive(Clone, Debug)]
pub struct BarSession {
    /// The session; its tokens are sealed.
    pub row: SessionRow,
    /// State of the authorisation.
    pub standing: Standing,
    /// Until when it works before a person must log in; none when the marketplace does not tell.
    pub lasts_until: Option<Timestamp>,
    /// Bookings used and allowed today.
    pub today: Allowance,
    /// New bookings rest: why and until when.
    pub rests: Option<(Message, Timestamp)>,
    /// Purchases or open bookings of this order are its.
    pub used_here: bool,
}

/// What one purchase would hold: one seller at one marketplace.
#[derive(Clone, Debug)]
pub struct ReadyGroup {
    /// Marketplace's word.
    pub marketplace: String,
    /// Seller's id.
    pub seller: Option<String>,
    /// Seller's name.
    pub seller_name: String,
    /// Its items, by position.
    pub items: Vec<ReadyItem>,
    /// Freight that a preview named which waits for an answer, when it was for exactly these units.
    pub freight: Option<Fen>,
}

/// An item with free units.
#[derive(Clone, Debug)]
pub struct ReadyItem {
    /// The item.
    pub row: ItemRow,
    /// Number for people.
    pub number: String,
    /// What the marketplace tells of it; none when nobody has asked yet.
    pub now: Option<Now>,
    /// How far the price is from the expected one, in hundredths of a percent.
    pub drift: Option<i64>,
    /// The customer's sum for the free units.
    pub sum: Option<Amount>,
    /// What is left of it after the goods and, where the group's is known, its share of the freight.
    pub margin: Option<Fen>,
}

impl ReadyItem {
    /// What the free units cost at the price now, else at the expected one.
    fn goods(&self) -> Option<Fen> {
        let now = self.now.as_ref().and_then(|n| n.price);
        now.or(self.row.expected_fen)?.times(self.row.free())
    }

    /// The stock is known and does not suffice for the free units.
    #[must_use]
    pub fn is_short(&self) -> bool {
        let stock = self.now.as_ref().and_then(|n| n.stock);
        stock.is_some_and(|stock| stock < self.row.free())
    }

    /// The free units are fewer than the seller gives, or no multiple of the lot.
    #[must_use]
    pub fn is_below_minimum(&self) -> bool {
        self.now.as_ref().is_some_and(|now| {
            let free = self.row.free();
            free < now.minimum || (now.lot > 1 && free % now.lot != 0)
        })
    }
}

/// What the marketplace tells of an item's goods.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Now {
    /// Price of one unit when the free units are bought.
    pub price: Option<Fen>,
    /// It is of a preview for exactly these units.
    pub previewed: bool,
    /// Units in stock.
    pub stock: Option<i64>,
    /// Smallest quantity.
    pub minimum: i64,
    /// Pieces per lot.
    pub lot: i64,
    /// Sale unit.
    pub unit: Option<String>,
    /// It can be ordered now.
    pub on_sale: bool,
    /// The offer has specifications and this is none of them.
    pub unknown_specification: bool,
    /// When this was told.
    pub read_at: Option<Timestamp>,
    /// Why the last try to read it failed, with its moment.
    pub error: Option<(Message, Timestamp)>,
}

/// An open booking.
#[derive(Clone, Debug)]
pub struct OpenBooking {
    /// The booking.
    pub row: BookingRow,
    /// Login name of its session.
    pub login: String,
    /// Its lines with the items of this order that they hold.
    pub lines: Vec<OpenLine>,
    /// What happens next.
    pub next: Next,
    /// Why it cannot be released; none when it can.
    pub no_release: Option<Message>,
    /// Why nobody knows its outcome.
    pub reason: Option<Message>,
}

/// A line of an open booking.
#[derive(Clone, Debug)]
pub struct OpenLine {
    /// The line.
    pub row: BookingLineRow,
    /// Numbers of the items with the units that it holds of them.
    pub items: Vec<(String, i64)>,
}

/// What happens next with an open booking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// It is sent as soon as its session has room; may be withdrawn.
    Send {
        /// Its session rests until then.
        rests_until: Option<Timestamp>,
    },
    /// It is on its way.
    Answer {
        /// Its sender must have begun by then.
        send_by: Option<Timestamp>,
    },
    /// The marketplace is searched for it.
    Look {
        /// When next; none when it is not searched for by itself any more.
        at: Option<Timestamp>,
        /// How often it was so far.
        looks: i64,
    },
}

/// A purchase with what it covers of this order.
#[derive(Clone, Debug)]
pub struct Bought {
    /// The purchase.
    pub row: PurchaseRow,
    /// Login name of its session.
    pub login: String,
    /// The order's page at the marketplace.
    pub url: Option<url::Url>,
    /// Its lines.
    pub lines: Vec<PurchaseLineRow>,
    /// Shipments.
    pub deliveries: Vec<DeliveryRow>,
    /// What needs a person.
    pub differences: Vec<ExceptionRow>,
    /// Units of this order that it covers.
    pub covered: Vec<Covered>,
    /// Numbers of the other orders that it serves.
    pub other_orders: Vec<String>,
    /// Units that cover nobody's item: the agent's stock.
    pub stock: i64,
    /// Why it cannot be cancelled at the marketplace; none when it can.
    pub no_cancel: Option<Message>,
    /// Why it cannot be paid now; none when it can.
    pub no_pay: Option<Message>,
}

/// Units of an item that a purchase covers.
#[derive(Clone, Debug)]
pub struct Covered {
    /// Row id of the allocation.
    pub claim: i64,
    /// The item.
    pub item: ItemRow,
    /// Number for people.
    pub number: String,
    /// Units.
    pub units: i64,
    /// Price of one unit at the marketplace.
    pub price: Fen,
    /// What these units cost, without freight.
    pub goods: Fen,
    /// Their share of the freight.
    pub freight: Fen,
    /// What is left of the customer's money.
    pub margin: Option<Fen>,
}

/// What the tab is made of, as it was read.
struct Facts {
    order: OrderRow,
    items: Vec<ItemRow>,
    claims: Vec<ClaimRow>,
    numbering: Numbering,
    sessions: BTreeMap<String, Vec<SessionRow>>,
    purchases: Vec<PurchaseRow>,
    bookings: Vec<BookingRow>,
    exceptions: Vec<ExceptionRow>,
    activities: Vec<Activity>,
    now: Timestamp,
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
            .cloned()
            .collect(),
        bought,
        order: facts.order,
        activities: facts.activities,
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
    Ok(Facts {
        bookings: bookings::open_of_order(db, order).await?,
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
        now: app.now(),
    })
}

async fn bars(db: &mut Db, facts: &Facts) -> Result<Vec<Bar>, AppError> {
    let mut out = Vec::with_capacity(facts.sessions.len());
    for (marketplace, rows) in &facts.sessions {
        let used = crate::session::used_today(db, marketplace, facts.now).await?;
        let last = facts.order.last_session_id;
        let chosen = crate::session::choose_of(rows, &used, last, facts.now);
        let sessions = rows
            .iter()
            .filter(|row| row.state != "removed")
            .map(|row| bar_session(facts, row, used.get(&row.id).copied().unwrap_or(0)))
            .collect();
        out.push(Bar {
            marketplace: marketplace.clone(),
            chosen,
            sessions,
        });
    }
    Ok(out)
}

fn bar_session(facts: &Facts, row: &SessionRow, used: i64) -> BarSession {
    let rest = |until: Timestamp, why: &Option<String>| {
        let why = why.as_deref().map(Message::from_json)?;
        (until > facts.now).then_some((why, until))
    };
    let used_here = facts.purchases.iter().any(|p| p.session_id == row.id)
        || facts.bookings.iter().any(|b| b.session_id == row.id);
    BarSession {
        standing: crate::session::standing(row, facts.now),
        lasts_until: match row.refresh_token {
            Some(_) => row.refresh_ends_at,
            None => Some(row.access_ends_at),
        },
        today: Allowance::of(row, used),
        rests: rest(row.booking_paused_until_at, &row.booking_pause_reason)
            .or_else(|| rest(row.paused_until_at, &row.pause_reason)),
        used_here,
        row: row.clone(),
    }
}

fn ready(facts: &Facts, offers: &[OfferRow]) -> Vec<ReadyGroup> {
    let mut groups: BTreeMap<(String, String), ReadyGroup> = BTreeMap::new();
    if facts.order.person_status.is_some() {
        return Vec::new();
    }
    let rate = facts.rate();
    let may = |i: &&ItemRow| i.status.may_be_booked() && i.free() > 0;
    for item in facts.items.iter().filter(may) {
        let offer = offers
            .iter()
            .find(|o| o.marketplace == item.marketplace && o.item == item.item);
        let now = told(facts, item, offer);
        let seller = item
            .seller
            .clone()
            .unwrap_or_else(|| item.seller_name.clone());
        groups
            .entry((item.marketplace.clone(), seller))
            .or_insert_with(|| ReadyGroup {
                marketplace: item.marketplace.clone(),
                seller: item.seller.clone(),
                seller_name: item.seller_name.clone(),
                items: Vec::new(),
                freight: None,
            })
            .items
            .push(ReadyItem {
                number: facts.number(item),
                drift: margin::drift(item.expected_fen, now.as_ref().and_then(|n| n.price)),
                now,
                sum: item.price.times(item.free()).ok(),
                margin: None,
                row: item.clone(),
            });
    }
    let mut out: Vec<ReadyGroup> = groups.into_values().collect();
    for group in &mut out {
        group.freight = previewed_freight(facts, group);
        let goods: Vec<Option<Fen>> = group.items.iter().map(ReadyItem::goods).collect();
        let weights: Vec<i64> = goods.iter().map(|g| g.map_or(0, |fen| fen.0)).collect();
        let freight = share(group.freight.unwrap_or(Fen(0)), &weights);
        for ((item, goods), freight) in group.items.iter_mut().zip(goods).zip(freight) {
            if let (Some(sum), Some(goods)) = (&item.sum, goods) {
                item.margin = margin::margin(sum, rate.as_ref(), goods, freight);
            }
        }
    }
    out.sort_by_key(|g| {
        let first = g.items.first().map_or(0, |i| i.row.position);
        (g.marketplace.clone(), first)
    });
    out
}

/// What is known of an item's goods: of a preview for exactly the free units, else of the offer.
fn told(facts: &Facts, item: &ItemRow, offer: Option<&OfferRow>) -> Option<Now> {
    let mut now = offer.map(|row| of_offer(row, item));
    if let Some((price, at)) = preview(facts, item)
        && now.as_ref().and_then(|n| n.read_at).is_none_or(|r| r < at)
    {
        let base = now.unwrap_or(Now {
            price: None,
            previewed: true,
            stock: None,
            minimum: 1,
            lot: 1,
            unit: None,
            on_sale: true,
            unknown_specification: false,
            read_at: None,
            error: None,
        });
        now = Some(Now {
            price: Some(price),
            previewed: true,
            read_at: Some(at),
            ..base
        });
    }
    now
}

fn of_offer(row: &OfferRow, item: &ItemRow) -> Now {
    let error = row
        .error
        .as_deref()
        .map(|text| (Message::from_json(text), row.tried_at));
    let Ok(offer) = serde_json::from_str::<Offer>(&row.facts) else {
        return Now {
            price: None,
            previewed: false,
            stock: None,
            minimum: 1,
            lot: 1,
            unit: None,
            on_sale: true,
            unknown_specification: false,
            read_at: None,
            error,
        };
    };
    let specification = item.specification.as_deref().filter(|s| !s.is_empty());
    let known = match specification {
        Some(id) => offer.specifications.iter().any(|s| s.id == id),
        None => offer.specifications.is_empty(),
    };
    Now {
        price: known
            .then(|| offer.price_of(specification, item.free()))
            .flatten(),
        previewed: false,
        stock: known.then(|| offer.stock_of(specification)).flatten(),
        minimum: offer.minimum,
        lot: offer.lot,
        unit: offer.unit,
        on_sale: offer.on_sale,
        unknown_specification: !known,
        read_at: row.read_at,
        error,
    }
}

/// What previews named that wait for an answer.
fn questions<'a>(facts: &'a Facts, marketplace: &'a str) -> impl Iterator<Item = Question> + 'a {
    let waits = |a: &&Activity| a.row.operation == "book" && a.state() == ActivityState::Waiting;
    facts
        .activities
        .iter()
        .filter(waits)
        .filter_map(|a| a.data::<Run>().ok())
        .flat_map(|run| run.groups)
        .filter(move |g| g.planned.marketplace == marketplace)
        .filter_map(|g| g.question)
}

/// The freight for exactly the free units of a group. A preview that named no money named none.
fn previewed_freight(facts: &Facts, group: &ReadyGroup) -> Option<Fen> {
    type Units = BTreeMap<(String, Option<String>), i64>;
    let mut free = Units::new();
    for item in &group.items {
        let goods = (item.row.item.clone(), item.row.specification.clone());
        *free.entry(goods).or_default() += item.row.free();
    }
    questions(facts, &group.marketplace)
        .filter(|question| question.goods > Fen(0))
        .find(|question| {
            let lines = question.lines.iter();
            let asked: Units = lines
                .map(|l| ((l.item.clone(), l.specification.clone()), l.quantity))
                .collect();
            asked == free
        })
        .map(|question| question.freight)
}

/// The price that a preview named which waits for an answer, when it was for exactly these units.
fn preview(facts: &Facts, item: &ItemRow) -> Option<(Fen, Timestamp)> {
    questions(facts, &item.marketplace).find_map(|question| {
        let line = question.lines.iter().find(|l| {
            l.item == item.item
                && l.specification == item.specification
                && l.quantity == item.free()
        })?;
        Some((line.quoted?, question.at))
    })
}

fn open_booking(facts: &Facts, row: &BookingRow, lines: &[BookingLineRow]) -> OpenBooking {
    let rests = facts
        .sessions
        .values()
        .flatten()
        .find(|s| s.id == row.session_id)
        .map(|s| s.paused_until_at)
        .filter(|until| *until > facts.now);
    let next = match BookingState::from_code(&row.state) {
        Some(BookingState::Planned) => Next::Send { rests_until: rests },
        Some(BookingState::Sending) => Next::Answer {
            send_by: row.send_by,
        },
        _ => Next::Look {
            at: row.look_at,
            looks: row.looks,
        },
    };
    let lines = lines
        .iter()
        .filter(|l| l.booking_id == row.id)
        .map(|line| OpenLine {
            items: facts
                .claims
                .iter()
                .filter(|c| c.booking_line_id == Some(line.id))
                .filter_map(|c| {
                    let item = facts.items.iter().find(|i| i.id == c.item_id)?;
                    Some((facts.number(item), c.quantity))
                })
                .collect(),
            row: line.clone(),
        })
        .collect();
    OpenBooking {
        login: facts.login(row.session_id),
        lines,
        next,
        no_release: release::allowed(row, facts.now)
            .err()
            .map(|why| release::refusal(&why)),
        reason: row.reason.as_deref().map(Message::from_json),
        row: row.clone(),
    }
}

fn bought(
    app: &App,
    facts: &Facts,
    row: &PurchaseRow,
    lines: &[PurchaseLineRow],
    deliveries: &[DeliveryRow],
    covers: &[Cover],
) -> Result<Bought, AppError> {
    let market = app.markets.get(&row.marketplace)?;
    let mine = |c: &&Cover| c.purchase_id == row.id;
    let lines: Vec<PurchaseLineRow> = lines
        .iter()
        .filter(|l| l.purchase_id == row.id)
        .cloned()
        .collect();
    let costs = costs(row.freight_fen, &lines, covers);
    let rate = facts.rate();
    let covered = covers
        .iter()
        .filter(mine)
        .filter(|c| c.order_id == facts.order.id)
        .filter_map(|c| {
            let item = facts.items.iter().find(|i| i.id == c.item_id)?;
            let line = lines.iter().find(|l| l.id == c.purchase_line_id)?;
            let (goods, freight) = costs.get(&c.id).copied().unwrap_or((Fen(0), Fen(0)));
            let sum = item.price.times(c.quantity).ok();
            Some(Covered {
                claim: c.id,
                number: facts.number(item),
                units: c.quantity,
                price: line.price_fen,
                goods,
                freight,
                margin: sum.and_then(|s| margin::margin(&s, rate.as_ref(), goods, freight)),
                item: item.clone(),
            })
        })
        .collect();
    let others: BTreeSet<String> = covers
        .iter()
        .filter(mine)
        .filter(|c| c.order_id != facts.order.id)
        .map(|c| c.order_number.clone())
        .collect();
    let concerns = |e: &&ExceptionRow| {
        e.purchase_id == Some(row.id)
            || (e.purchase_id.is_none() && e.booking_id.is_some() && e.booking_id == row.booking_id)
    };
    Ok(Bought {
        login: facts.login(row.session_id),
        url: market
            .connector
            .order_url(&market.addresses, &row.order_number),
        deliveries: deliveries
            .iter()
            .filter(|d| d.purchase_id == row.id)
            .cloned()
            .collect(),
        differences: facts.exceptions.iter().filter(concerns).cloned().collect(),
        covered,
        other_orders: others.into_iter().collect(),
        stock: lines.iter().map(PurchaseLineRow::unallocated).sum(),
        no_cancel: cancel::allowed(row, market.connector.capabilities()).err(),
        no_pay: pay_link::refusal(row, &facts.exceptions),
        lines,
        row: row.clone(),
    })
}

/// What each allocation costs: its part of its line, and of the freight. The parts of all
/// allocations and of what covers nobody sum to the purchase, to the fen.
fn costs(freight: Fen, lines: &[PurchaseLineRow], covers: &[Cover]) -> BTreeMap<i64, (Fen, Fen)> {
    let amounts: Vec<i64> = lines.iter().map(|l| l.amount_fen.0).collect();
    let mut out = BTreeMap::new();
    for (line, freight) in lines.iter().zip(share(freight, &amounts)) {
        let here: Vec<&Cover> = covers
            .iter()
            .filter(|c| c.purchase_line_id == line.id)
            .collect();
        let mut units: Vec<i64> = here.iter().map(|c| c.quantity).collect();
        units.push(line.quantity - units.iter().sum::<i64>());
        let parts = share(line.amount_fen, &units)
            .into_iter()
            .zip(share(freight, &units));
        for (cover, part) in here.iter().zip(parts) {
            out.insert(cover.id, part);
        }
    }
    out
}

/// A booking of unknown outcome, of any order.
#[derive(Clone, Debug)]
pub struct UnknownBooking {
    /// The booking.
    pub row: BookingRow,
    /// Number of the order from which it was started.
    pub order_number: String,
    /// Login name of its session.
    pub login: String,
    /// Why it cannot be released; none when it can.
    pub no_release: Option<Message>,
    /// Why nobody knows its outcome.
    pub reason: Option<Message>,
}

/// Bookings of unknown outcome across all orders, the oldest first.
///
/// # Errors
/// The database's.
pub async fn unknown(app: &App) -> Result<Vec<UnknownBooking>, AppError> {
    let mut db = app.store.read().await?;
    let rows = bookings::unknown(&mut db, MOST_UNKNOWN).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: BTreeMap<i64, String> = bookings::unknown_orders(&mut db, MOST_UNKNOWN)
        .await?
        .into_iter()
        .map(|r| (r.id, r.order_number))
        .collect();
    let logins: BTreeMap<i64, String> = store::sessions::all(&mut db)
        .await?
        .into_iter()
        .map(|s| (s.id, s.login))
        .collect();
    let now = app.now();
    Ok(rows
        .into_iter()
        .map(|row| UnknownBooking {
            order_number: numbers.get(&row.id).cloned().unwrap_or_default(),
            login: logins.get(&row.session_id).cloned().unwrap_or_default(),
            no_release: release::allowed(&row, now)
                .err()
                .map(|why| release::refusal(&why)),
            reason: row.reason.as_deref().map(Message::from_json),
            row,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::PurchaseStatus;
    use proptest::prelude::*;

    fn line(id: i64, quantity: i64, amount: i64) -> PurchaseLineRow {
        PurchaseLineRow {
            id,
            purchase_id: 1,
            line: id.to_string(),
            item: String::new(),
            specification: None,
            title: String::new(),
            configuration: String::new(),
            image: None,
            quantity,
            units_allocated: 0,
            price_fen: Fen(0),
            amount_fen: Fen(amount),
            status: PurchaseStatus::ToPay,
            raw_status: String::new(),
            raw_refund: None,
            refunded: false,
        }
    }

    fn cover(id: i64, line: i64, quantity: i64) -> Cover {
        Cover {
            id,
            item_id: id,
            purchase_id: 1,
            purchase_line_id: line,
            quantity,
            order_id: 1,
            order_number: String::new(),
        }
    }

    #[test]
    fn goods_and_freight_are_shared_by_what_each_allocation_takes() {
        let lines = [line(1, 4, 4_000), line(2, 1, 1_000)];
        let covers = [cover(10, 1, 1), cover(11, 1, 2), cover(12, 2, 1)];
        let costs = costs(Fen(500), &lines, &covers);
        assert_eq!(costs[&10], (Fen(1_000), Fen(100)));
        assert_eq!(costs[&11], (Fen(2_000), Fen(200)));
        assert_eq!(costs[&12], (Fen(1_000), Fen(100)));
    }

    proptest! {
        #[test]
        fn what_covers_everything_costs_everything(
            lines in prop::collection::vec((prop::collection::vec(1_i64..5, 1..4), 0_i64..10_000), 1..5),
            freight in 0_i64..5_000,
        ) {
            let mut rows = Vec::new();
            let mut covers = Vec::new();
            for (index, (units, amount)) in (1_i64..).zip(&lines) {
                rows.push(line(index, units.iter().sum(), *amount));
                for unit in units {
                    let id = i64::try_from(covers.len()).unwrap();
                    covers.push(cover(id, index, *unit));
                }
            }
            let costs = costs(Fen(freight), &rows, &covers);
            let goods: i64 = costs.values().map(|c| c.0.0).sum();
            let shared: i64 = costs.values().map(|c| c.1.0).sum();
            prop_assert_eq!(goods, lines.iter().map(|l| l.1).sum::<i64>());
            prop_assert_eq!(shared, freight);
        }
    }
}
