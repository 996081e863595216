//! Making orders: checking what is wanted against the catalogue, and writing the order down.

use super::{Event, EventKind, Failure, Line, Order, Status, Task};
use crate::state::{Address, Market};
use serde_json::Value;
use world::World;

/// A wanted line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DraftLine {
    pub item_id: String,
    pub spec_id: Option<String>,
    pub quantity: i64,
    /// What only its marketplace keeps with it.
    pub extra: Value,
}

impl DraftLine {
    /// A line with nothing beside it.
    pub(crate) const fn new(item_id: String, spec_id: Option<String>, quantity: i64) -> Self {
        Self {
            item_id,
            spec_id,
            quantity,
            extra: Value::Null,
        }
    }
}

/// A making that takes its time.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    pub seconds: i64,
    /// Lines, by their place, that fail at its end; they take no goods.
    pub failures: Vec<(usize, Failure)>,
    /// With one line all fail.
    pub whole: bool,
}

/// A wanted order; every line is known to be good.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// A number that no order has.
    pub number: String,
    /// A number for each line.
    pub line_ids: Vec<i64>,
    pub account: String,
    pub app_key: Option<String>,
    pub reference: Option<String>,
    pub lines: Vec<DraftLine>,
    pub address: Address,
    pub message: String,
    pub flow: String,
    pub trade_type: String,
    pub pay_seconds: i64,
    pub hidden_seconds: i64,
    pub odd_word: Option<String>,
    /// None = it is there at once.
    pub build: Option<Build>,
    /// What only its marketplace keeps with it.
    pub extra: Value,
}

/// Why a line cannot be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineTrouble {
    NotTradable,
    SpecificationMissing,
    SpecificationUnknown,
    Stock,
    Minimum,
    Mixed,
    ZeroPrice,
    Lot,
}

impl Market {
    /// Checks one line among all wanted ones.
    pub(crate) fn line_trouble(
        &self,
        wanted: &DraftLine,
        all: &[DraftLine],
    ) -> Option<LineTrouble> {
        let Some(offer) = self.offers.get(&wanted.item_id) else {
            return Some(LineTrouble::NotTradable);
        };
        if !offer.tradable || offer.status != "published" {
            return Some(LineTrouble::NotTradable);
        }
        let of_offer: i64 = all
            .iter()
            .filter(|l| l.item_id == wanted.item_id)
            .map(|l| l.quantity)
            .sum();
        let specification = match (&wanted.spec_id, offer.has_specifications()) {
            (None, true) => return Some(LineTrouble::SpecificationMissing),
            (None, false) => None,
            (Some(_), false) => return Some(LineTrouble::SpecificationUnknown),
            (Some(id), true) => match offer.specification(id) {
                Some(specification) => Some(specification),
                None => return Some(LineTrouble::SpecificationUnknown),
            },
        };
        if offer.unit_price(specification, of_offer) == 0 {
            return Some(LineTrouble::ZeroPrice);
        }
        let same: i64 = all
            .iter()
            .filter(|l| l.item_id == wanted.item_id && l.spec_id == wanted.spec_id)
            .map(|l| l.quantity)
            .sum();
        if specification.map_or(offer.stock, |spec| spec.stock) < same {
            return Some(LineTrouble::Stock);
        }
        if offer.lot.is_some_and(|lot| lot > 0 && same % lot != 0) {
            return Some(LineTrouble::Lot);
        }
        if offer.mixed {
            // The rule of the shop stands in place of the offer's own minimum.
            if let Some(mix) = self
                .sellers
                .get(&offer.seller)
                .and_then(|seller| seller.mix)
            {
                let of_shop = || {
                    all.iter().filter(|l| {
                        self.offers
                            .get(&l.item_id)
                            .is_some_and(|o| o.seller == offer.seller && o.mixed)
                    })
                };
                let pieces: i64 = of_shop().map(|l| l.quantity).sum();
                let amount: i64 = of_shop()
                    .map(|l| self.unit_price(l, all) * l.quantity)
                    .sum();
                if pieces < mix.pieces && amount < mix.amount_fen {
                    return Some(LineTrouble::Mixed);
                }
                return None;
            }
        }
        if of_offer < offer.minimum {
            return Some(LineTrouble::Minimum);
        }
        None
    }

    /// Unit price of one line among all wanted ones; 0 if there is no such offer.
    pub(crate) fn unit_price(&self, wanted: &DraftLine, all: &[DraftLine]) -> i64 {
        let Some(offer) = self.offers.get(&wanted.item_id) else {
            return 0;
        };
        let total = all
            .iter()
            .filter(|l| l.item_id == wanted.item_id)
            .map(|l| l.quantity)
            .sum();
        let specification = wanted
            .spec_id
            .as_deref()
            .and_then(|id| offer.specification(id));
        offer.unit_price(specification, total)
    }

    /// Pieces come off the stock, or back onto it.
    pub(crate) fn stock_move(&mut self, item_id: &str, spec_id: Option<&str>, pieces: i64) {
        let Some(offer) = self.offers.get_mut(item_id) else {
            return;
        };
        match spec_id {
            Some(id) => {
                for spec in offer
                    .specifications
                    .iter_mut()
                    .filter(|spec| spec.spec_id == id)
                {
                    spec.stock = (spec.stock + pieces).max(0);
                }
            }
            None => offer.stock = (offer.stock + pieces).max(0),
        }
    }

    /// So many pieces are left.
    pub(crate) fn stock_set(&mut self, item_id: &str, spec_id: Option<&str>, stock: i64) {
        let Some(offer) = self.offers.get_mut(item_id) else {
            return;
        };
        match spec_id {
            Some(id) => {
                for spec in offer
                    .specifications
                    .iter_mut()
                    .filter(|spec| spec.spec_id == id)
                {
                    spec.stock = stock;
                }
            }
            None => offer.stock = stock,
        }
    }

    /// Writes the order down and gives its number.
    pub(crate) fn order_make(&mut self, draft: Draft, world: &World) -> String {
        let now = world.now();
        let number = draft.number;
        let status = if draft.build.is_some() {
            Status::Building
        } else {
            Status::Unpaid
        };
        let mut lines = Vec::new();
        let mut seller = String::new();
        for (id, wanted) in draft.line_ids.iter().zip(&draft.lines) {
            let Some(offer) = self.offers.get(&wanted.item_id) else {
                continue;
            };
            let specification = wanted
                .spec_id
                .as_deref()
                .and_then(|id| offer.specification(id));
            seller.clone_from(&offer.seller);
            lines.push(Line {
                id: *id,
                item_id: wanted.item_id.clone(),
                spec_id: wanted.spec_id.clone(),
                sku_id: specification.map(|spec| spec.sku_id),
                title: offer.title.clone(),
                attributes: specification
                    .map(|spec| spec.attributes.clone())
                    .unwrap_or_default(),
                unit: offer.unit.clone(),
                quantity: wanted.quantity,
                price_fen: self.unit_price(wanted, &draft.lines),
                discount_fen: 0,
                status,
                shipped: 0,
                close_reason: None,
                left_out: false,
                closed_at: None,
                failure: None,
                extra: wanted.extra.clone(),
                weight_g: offer.weight_g,
            });
        }
        let freight_fen = freight(self, &draft.lines);
        let falls = |at: usize| {
            draft
                .build
                .as_ref()
                .is_some_and(|build| build.failures.iter().any(|(failed, _)| *failed == at))
        };
        for (_, wanted) in draft.lines.iter().enumerate().filter(|(at, _)| !falls(*at)) {
            self.stock_move(&wanted.item_id, wanted.spec_id.as_deref(), -wanted.quantity);
        }
        if let Some(reference) = &draft.reference {
            self.reference_mut(&draft.account, reference)
                .orders
                .push(number.clone());
        }
        let tasks = draft
            .build
            .map(|build| {
                let failures = build
                    .failures
                    .into_iter()
                    .filter_map(|(at, failure)| Some((*draft.line_ids.get(at)?, failure)))
                    .collect();
                let task = Task::Build {
                    failures,
                    whole: build.whole,
                };
                (now.plus_seconds(build.seconds).0, task)
            })
            .into_iter()
            .collect();
        let by_hand = draft.app_key.is_none();
        let order = Order {
            number: number.clone(),
            sequence: world.id(),
            account: draft.account,
            app_key: draft.app_key,
            seller,
            reference: draft.reference,
            status,
            odd_word: draft.odd_word,
            lines,
            freight_fen,
            discount_fen: 0,
            address: draft.address,
            message: draft.message,
            flow: draft.flow,
            trade_type: draft.trade_type,
            made: now.0,
            changed: now.0,
            pay_seconds: draft.pay_seconds,
            paid: None,
            pay_way: None,
            shipped: None,
            received: None,
            completed: None,
            close: None,
            deliveries: Vec::new(),
            refunds: Vec::new(),
            visible_from: now.plus_seconds(draft.hidden_seconds).0,
            memo: String::new(),
            memo_icon: None,
            feedback: String::new(),
            deleted: false,
            tasks,
            extra: draft.extra,
            story: vec![(
                now.0,
                if by_hand {
                    "made by hand".into()
                } else {
                    "made through the API".into()
                },
            )],
        };
        self.orders.insert(number.clone(), order);
        self.events.push(Event {
            order: number.clone(),
            kind: EventKind::Made,
        });
        number
    }

    /// Nineteen digits, beyond what a double holds, with room behind it for the lines' ids. The
    /// only line of an order has the order's number.
    pub(crate) fn long_number(&self, lines: usize, world: &World) -> (String, Vec<i64>) {
        loop {
            let random = i64::try_from(world.random.below(90_000_000_000_000)).unwrap_or(0);
            let base = (20_000_000_000_000_000 + random * 100) * 100 + 973;
            let number = base.to_string();
            if !self.orders.contains(&number) {
                let ids = if lines == 1 {
                    vec![base]
                } else {
                    (1_i64..).map(|at| base + at).take(lines).collect()
                };
                return (number, ids);
            }
        }
    }
}

/// Lines shared out to so many orders, in turn.
pub(crate) fn split(lines: Vec<DraftLine>, orders: u32) -> Vec<Vec<DraftLine>> {
    let count = usize::try_from(orders.max(1))
        .unwrap_or(1)
        .min(lines.len().max(1));
    let mut groups = vec![Vec::new(); count];
    for (at, line) in lines.into_iter().enumerate() {
        if let Some(group) = groups.get_mut(at % count) {
            group.push(line);
        }
    }
    groups
}

/// Freight of goods bought together: the first kilogram and each further one, by the shop's rate.
pub(crate) fn freight(market: &Market, lines: &[DraftLine]) -> i64 {
    let mut grams = 0;
    let mut seller = None;
    for line in lines {
        let Some(offer) = market.offers.get(&line.item_id) else {
            continue;
        };
        if !offer.free_freight {
            grams += offer.weight_g * line.quantity;
            seller = market.sellers.get(&offer.seller);
        }
    }
    let Some(seller) = seller else { return 0 };
    seller.freight_first_fen + (grams - 1).max(0) / 1_000 * seller.freight_next_fen
}
