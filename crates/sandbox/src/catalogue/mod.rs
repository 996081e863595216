//! What sellers offer. The catalogue is generated from a fixed seed, so that every sandbox of a
//! marketplace offers the same goods under the same ids and sample data can rely on them.
//!
//! Prices are fen, weights grams.

mod generate;
mod words;

pub(crate) use generate::Dice;
pub use generate::generate_1688;
pub(crate) use words::{CATEGORIES, Category, NAMES, PLACES, PREFIXES, SUFFIXES, TRADES};

use serde::{Deserialize, Serialize};

/// A shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// Member id as it stands in orders and messages (`b2b-…`).
    pub member_id: String,
    /// Login name.
    pub login: String,
    /// Numeric user id.
    pub user_id: i64,
    /// Name of the shop.
    pub shop: String,
    /// Name of the company.
    pub company: String,
    /// Province, city.
    pub place: (String, String),
    /// Freight of the first kilogram.
    pub freight_first_fen: i64,
    /// Freight of each further kilogram.
    pub freight_next_fen: i64,
    /// The mixed-batch rule, where the shop has one.
    pub mix: Option<Mix>,
}

/// "Any goods of this shop, but for at least so much in all, or so many pieces."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mix {
    /// Least goods sum of the order.
    pub amount_fen: i64,
    /// Or least number of pieces.
    pub pieces: i64,
}

/// How an offer states its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quote {
    /// One price for everything.
    Fixed,
    /// Each specification has its own price.
    PerSpecification,
    /// The price falls with the quantity bought of the whole offer.
    Range,
}

/// One colour and size of an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specification {
    /// By which buyers name it: 32 hexadecimal digits, or the digits of `sku_id`.
    pub spec_id: String,
    /// Numeric id of the same thing.
    pub sku_id: i64,
    /// The id by which orders name it, where that is another one.
    #[serde(default)]
    pub order_id: Option<String>,
    /// Attribute names and values in the marketplace's language.
    pub attributes: Vec<(String, String)>,
    /// Its price.
    pub price_fen: i64,
    /// Pieces left.
    pub stock: i64,
    /// The seller took it away: it no longer exists for buyers.
    pub gone: bool,
}

/// One product page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Digits.
    pub item_id: String,
    /// The id by which orders name it, where that is another one.
    #[serde(default)]
    pub order_id: Option<String>,
    /// Title in the marketplace's language.
    pub title: String,
    /// The same in English, as the marketplace's own translation.
    pub title_en: String,
    /// Category, a key into the picture's shapes.
    pub category: String,
    /// The seller's member id.
    pub seller: String,
    /// How the price is quoted.
    pub quote: Quote,
    /// Price without regard to specification and quantity.
    pub price_fen: i64,
    /// From so many pieces, so much; ascending, empty unless quoted by range.
    pub ranges: Vec<(i64, i64)>,
    /// Specifications; empty for an offer that has none.
    pub specifications: Vec<Specification>,
    /// Pieces left of an offer without specifications.
    pub stock: i64,
    /// Least quantity of one order.
    pub minimum: i64,
    /// Sold in lots of so many pieces.
    pub lot: Option<i64>,
    /// The shop's mixed-batch rule applies to it.
    pub mixed: bool,
    /// Sale unit.
    pub unit: String,
    /// Weight of a piece.
    pub weight_g: i64,
    /// The seller pays the freight.
    pub free_freight: bool,
    /// May be ordered online.
    pub tradable: bool,
    /// `published`, or why not.
    pub status: String,
}

impl Offer {
    /// The specification with this id, unless the seller took it away.
    pub fn specification(&self, spec_id: &str) -> Option<&Specification> {
        self.specifications
            .iter()
            .find(|spec| spec.spec_id == spec_id && !spec.gone)
    }

    /// Whether this is one of its ids.
    pub fn is_called(&self, id: &str) -> bool {
        self.item_id == id || self.order_id.as_deref() == Some(id)
    }

    /// Whether a buyer has to name a specification.
    pub fn has_specifications(&self) -> bool {
        !self.specifications.is_empty()
    }

    /// Unit price when `total` pieces of the offer are bought together.
    pub fn unit_price(&self, spec: Option<&Specification>, total: i64) -> i64 {
        match self.quote {
            Quote::Range => self
                .ranges
                .iter()
                .rev()
                .find(|(from, _)| total >= *from)
                .or_else(|| self.ranges.first())
                .map_or(self.price_fen, |(_, price)| *price),
            Quote::PerSpecification => spec.map_or(self.price_fen, |spec| spec.price_fen),
            Quote::Fixed => self.price_fen,
        }
    }

    /// Pieces left in all.
    pub fn stock_total(&self) -> i64 {
        if self.has_specifications() {
            self.specifications
                .iter()
                .filter(|spec| !spec.gone)
                .map(|spec| spec.stock)
                .sum()
        } else {
            self.stock
        }
    }

    /// Sets every price of the offer, keeping the steps of a range.
    pub(crate) fn reprice(&mut self, spec_id: Option<&str>, price_fen: i64) {
        if let Some(spec_id) = spec_id {
            for spec in self
                .specifications
                .iter_mut()
                .filter(|spec| spec.spec_id == spec_id)
            {
                spec.price_fen = price_fen;
            }
            if self.quote != Quote::PerSpecification {
                self.quote = Quote::PerSpecification;
                self.ranges.clear();
            }
            return;
        }
        let step = price_fen - self.price_fen;
        self.price_fen = price_fen;
        for (_, price) in &mut self.ranges {
            *price = (*price + step).max(0);
        }
        for spec in &mut self.specifications {
            spec.price_fen = (spec.price_fen + step).max(0);
        }
    }
}

/// Goods and shops of one marketplace.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Shops.
    pub sellers: Vec<Seller>,
    /// Their offers.
    pub offers: Vec<Offer>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_catalogue_is_large_the_same_every_time_and_consistent() {
        let catalogue = generate_1688();
        assert_eq!(catalogue.offers, generate_1688().offers);
        assert!(catalogue.offers.len() >= 300, "{}", catalogue.offers.len());
        assert!(catalogue.sellers.len() >= 40);
        let sellers: BTreeSet<_> = catalogue.sellers.iter().map(|s| &s.member_id).collect();
        let items: BTreeSet<_> = catalogue.offers.iter().map(|o| &o.item_id).collect();
        assert_eq!(items.len(), catalogue.offers.len());
        let mut specs = BTreeSet::new();
        let mut skus = BTreeSet::new();
        for offer in &catalogue.offers {
            assert!(sellers.contains(&offer.seller));
            for spec in &offer.specifications {
                assert_eq!(spec.spec_id.len(), 32);
                assert!(specs.insert(&spec.spec_id));
                assert!(skus.insert(spec.sku_id));
            }
        }
        let some =
            |wanted: &dyn Fn(&Offer) -> bool| catalogue.offers.iter().filter(|o| wanted(o)).count();
        assert!(some(&|o| !o.has_specifications()) >= 40);
        assert!(some(&|o| !o.tradable) >= 3);
        assert_eq!(some(&|o| o.price_fen == 0), 1);
        assert!(some(&|o| o.lot.is_some()) >= 10);
        assert!(some(&|o| o.quote == Quote::Range) >= 30);
        assert!(some(&|o| o.mixed) >= 20);
        assert!(some(&|o| o.stock_total() == 0) >= 3);
        let categories: BTreeSet<_> = catalogue.offers.iter().map(|o| &o.category).collect();
        assert!(categories.len() >= 12, "{categories:?}");
    }

    #[test]
    fn the_ids_that_sample_data_relies_on_are_there() {
        let catalogue = generate_1688();
        let find = |id: &str| catalogue.offers.iter().find(|o| o.item_id == id).unwrap();
        let sample = find("42602653803");
        assert!(!sample.has_specifications());
        assert_eq!((sample.price_fen, sample.minimum), (20840, 1));
        let seller = catalogue
            .sellers
            .iter()
            .find(|s| s.member_id == sample.seller)
            .unwrap();
        assert_eq!(seller.shop, "齐家居家日用百货旗舰店");
        for id in ["553112086341", "610044218890", "528817730011"] {
            assert!(find(id).specifications.len() >= 2, "{id}");
            assert!(find(id).tradable);
        }
    }

    #[test]
    fn a_range_goes_by_the_whole_quantity() {
        let mut offer = generate_1688()
            .offers
            .into_iter()
            .find(|o| o.item_id == "610044218890")
            .unwrap();
        offer.quote = Quote::Range;
        offer.ranges = vec![(2, 1000), (10, 900), (100, 800)];
        assert_eq!(offer.unit_price(None, 1), 1000);
        assert_eq!(offer.unit_price(None, 10), 900);
        assert_eq!(offer.unit_price(None, 5000), 800);
    }
}
