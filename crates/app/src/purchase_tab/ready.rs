//! Ready for purchase: what may be booked, with what is known of price and stock.

use super::Facts;
use crate::Message;
use crate::activity::{Activity, ActivityState};
use crate::booking::run::{Question, Run};
use domain::money::share;
use domain::{Amount, Fen, margin};
use marketplaces::Offer;
use std::collections::BTreeMap;
use store::items::ItemRow;
use store::offers::OfferRow;
use world::Timestamp;

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

pub(super) fn ready(facts: &Facts, offers: &[OfferRow]) -> Vec<ReadyGroup> {
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
