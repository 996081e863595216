//! What the demo's customers want: offers of the sandbox's catalogue, as lines of an import file.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use url::Url;

/// English for the words that the catalogue's specifications are made of.
const WORDS: &[(&str, &str)] = &[
    ("颜色", "colour"),
    ("尺码", "size"),
    ("鞋码", "shoe size"),
    ("规格", "pack"),
    ("款式", "model"),
    ("尺寸", "size"),
    ("型号", "type"),
    ("容量", "volume"),
    ("长度", "length"),
    ("黑色", "black"),
    ("白色", "white"),
    ("红色", "red"),
    ("藏青色", "navy"),
    ("浅灰色", "light grey"),
    ("卡其色", "khaki"),
    ("粉红色", "pink"),
    ("墨绿色", "dark green"),
    ("天蓝色", "sky blue"),
    ("米色", "beige"),
    ("金色", "gold"),
    ("银色", "silver"),
    ("玫瑰金", "rose gold"),
    ("大号", "large"),
    ("中号", "medium"),
    ("小号", "small"),
    ("标准款", "standard"),
    ("加强款", "reinforced"),
    ("专业款", "professional"),
    ("城堡款", "castle"),
    ("兔子款", "rabbit"),
    ("太空款", "space"),
    ("恐龙款", "dinosaur"),
    ("小熊款", "bear"),
    ("公主款", "princess"),
    ("安卓", "Android"),
    ("苹果", "Apple"),
    ("三合一", "three in one"),
    ("10支装", "10 pieces"),
    ("20支装", "20 pieces"),
    ("50支装", "50 pieces"),
    ("1米", "1 m"),
    ("2米", "2 m"),
];

fn english(word: &str) -> &str {
    WORDS
        .iter()
        .find(|(chinese, _)| *chinese == word)
        .map_or(word, |(_, english)| *english)
}

/// A marketplace's catalogue, and what was taken from it.
pub(super) struct Goods {
    market: &'static str,
    offers: Vec<Value>,
    site: Url,
    taken: BTreeSet<String>,
    reserved: BTreeSet<String>,
    turn: usize,
}

/// A line that a customer wants.
#[derive(Clone)]
pub(super) struct Wanted {
    /// The marketplace's code.
    pub(super) market: &'static str,
    /// Where pictures are.
    pub(super) site: Url,
    /// The offer.
    pub(super) offer: Value,
    /// Which of its specifications, by position.
    pub(super) specification: Option<usize>,
    /// Units.
    pub(super) quantity: i64,
    /// What the agent expects to pay; none when nobody knows.
    pub(super) expected_fen: Option<i64>,
    /// Status that the shop gives the item.
    pub(super) status: Option<&'static str>,
    /// Price of one unit for the customer, where it is not worked out from the expected one.
    pub(super) price: Option<&'static str>,
}

impl Wanted {
    /// So many units.
    pub(super) fn units(mut self, quantity: i64) -> Self {
        self.quantity = quantity;
        self
    }

    /// The shop gives this status.
    pub(super) fn status(mut self, status: &'static str) -> Self {
        self.status = Some(status);
        self
    }

    /// The offer's id.
    pub(super) fn item(&self) -> &str {
        self.offer["item_id"].as_str().unwrap_or_default()
    }

    /// The specification's id.
    pub(super) fn spec_id(&self) -> Option<&str> {
        self.offer["specifications"][self.specification?]["spec_id"].as_str()
    }
}

/// Can be bought by the piece, from enough stock, at one price.
pub(super) fn is_plain(offer: &Value) -> bool {
    offer["tradable"] == true
        && offer["minimum"] == 1
        && offer["lot"].is_null()
        && offer["mixed"] == false
        && offer["ranges"].as_array().is_none_or(Vec::is_empty)
        && offer["price_fen"].as_i64().unwrap_or(0) >= 900
        && offer["stock"].as_i64().unwrap_or(0) > 200
        && offer["status"] == "published"
        && specifications(offer)
            .all(|spec| spec["stock"].as_i64().unwrap_or(0) > 20 && spec["gone"] == false)
}

fn specifications(offer: &Value) -> impl Iterator<Item = &Value> {
    offer["specifications"].as_array().into_iter().flatten()
}

impl Goods {
    pub(super) fn new(market: &'static str, offers: &Value, site: &Url) -> Self {
        Self {
            market,
            offers: offers["offers"].as_array().cloned().unwrap_or_default(),
            site: site.clone(),
            taken: BTreeSet::new(),
            reserved: BTreeSet::new(),
            turn: 0,
        }
    }

    /// The first offer that nobody wants yet and that suits; one line of it.
    pub(super) fn take(&mut self, suits: impl Fn(&Value) -> bool) -> anyhow::Result<Wanted> {
        let found = self
            .offers
            .iter()
            .find(|offer| !self.taken.contains(id(offer)) && suits(offer));
        let offer = found
            .cloned()
            .ok_or_else(|| anyhow::anyhow!("the catalogue has no such offer"))?;
        self.taken.insert(id(&offer).to_owned());
        Ok(self.line_of(offer))
    }

    /// Like [`Goods::take`], and from now on nobody else wants it.
    pub(super) fn reserve(&mut self, suits: impl Fn(&Value) -> bool) -> anyhow::Result<Wanted> {
        let wanted = self.take(suits)?;
        self.reserved.insert(wanted.item().to_owned());
        Ok(wanted)
    }

    /// An offer that can be bought at once; one that others want too, when there is no other.
    pub(super) fn plain(&mut self) -> anyhow::Result<Wanted> {
        self.take(is_plain).or_else(|_| self.again(is_plain))
    }

    /// Two offers of one seller.
    pub(super) fn pair(&mut self) -> anyhow::Result<(Wanted, Wanted)> {
        self.turn += 1;
        let plain: Vec<&Value> = self
            .offers
            .iter()
            .filter(|offer| is_plain(offer) && !self.reserved.contains(id(offer)))
            .collect();
        let mut pairs = Vec::new();
        for (at, first) in plain.iter().enumerate() {
            if let Some(second) = plain[at + 1..]
                .iter()
                .find(|second| second["seller_id"] == first["seller_id"])
            {
                pairs.push(((*first).clone(), (*second).clone()));
            }
        }
        let fresh = pairs.iter().position(|(first, second)| {
            !self.taken.contains(id(first)) && !self.taken.contains(id(second))
        });
        let at = fresh.unwrap_or(self.turn % pairs.len().max(1));
        let (first, second) = pairs
            .into_iter()
            .nth(at)
            .ok_or_else(|| anyhow::anyhow!("the catalogue has no seller with two offers"))?;
        self.taken
            .extend([id(&first).to_owned(), id(&second).to_owned()]);
        Ok((self.line_of(first), self.line_of(second)))
    }

    fn again(&mut self, suits: impl Fn(&Value) -> bool) -> anyhow::Result<Wanted> {
        self.turn += 1;
        let suitable: Vec<&Value> = self
            .offers
            .iter()
            .filter(|offer| suits(offer) && !self.reserved.contains(id(offer)))
            .collect();
        let offer = suitable
            .get(self.turn % suitable.len().max(1))
            .ok_or_else(|| anyhow::anyhow!("the catalogue has no such offer"))?;
        Ok(self.line_of((*offer).clone()))
    }

    fn line_of(&self, offer: Value) -> Wanted {
        // The only form of an offer has a row too, but nothing that could be chosen.
        let variants = specifications(&offer)
            .filter(|spec| spec["attributes"].as_array().is_some_and(|a| !a.is_empty()))
            .count();
        let specification = (variants > 0).then(|| (self.taken.len() + self.turn) % variants);
        let price = specification
            .map_or(
                &offer["price_fen"],
                |at| &offer["specifications"][at]["price_fen"],
            )
            .as_i64();
        Wanted {
            expected_fen: price,
            specification,
            quantity: 1,
            status: None,
            price: None,
            offer,
            market: self.market,
            site: self.site.clone(),
        }
    }
}

impl Wanted {
    /// The line as an import file says it; `margin` in percent makes the customer's price, in a
    /// currency of which one unit costs `fen_a_unit` hundredths of a fen.
    pub(super) fn line(&self, fen_a_unit: i64, margin: i64) -> Value {
        let offer = &self.offer;
        let attributes: Vec<(&str, &str)> = self
            .specification
            .and_then(|at| offer["specifications"][at]["attributes"].as_array())
            .into_iter()
            .flatten()
            .filter_map(|a| Some((a["name"].as_str()?, a["value"].as_str()?)))
            .collect();
        let joined = |separator: &str, word: fn(&str) -> &str| {
            attributes
                .iter()
                .map(|(name, value)| format!("{}: {}", word(name), word(value)))
                .collect::<Vec<_>>()
                .join(separator)
        };
        let expected = self
            .expected_fen
            .or(offer["price_fen"].as_i64())
            .unwrap_or(1_000);
        let price = self
            .price
            .map_or_else(|| quotient(expected * margin, fen_a_unit), str::to_owned);
        let title = offer["title_en"].as_str().unwrap_or_default();
        let mut line = json!({
            "marketplace": self.market,
            "item": self.item(),
            "seller": {"id": offer["seller_id"], "name": offer["seller_name"]},
            "title": {"original": offer["title"], "translated": capital(title)},
            "image": format!("{}img/{}/1.svg", self.site, self.item()),
            "unit": offer["unit"],
            "quantity": self.quantity,
            "price": price,
            "weight_g": offer["weight_g"],
        });
        if let Some(fen) = self.expected_fen {
            line["expected_price_fen"] = json!(fen);
        }
        if let Some(spec) = self.spec_id() {
            line["specification"] = json!(spec);
            line["configuration"] =
                json!({"original": joined("；", |w| w), "translated": joined(", ", english)});
        }
        if let Some(status) = self.status {
            line["status"] = json!(status);
        }
        line
    }
}

fn id(offer: &Value) -> &str {
    offer["item_id"].as_str().unwrap_or_default()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A division with more digits than anybody shows, as shops send it.
fn quotient(numerator: i64, denominator: i64) -> String {
    let (numerator, denominator) = (i128::from(numerator), i128::from(denominator.max(1)));
    let scaled = numerator * 1_000_000_000_000 / denominator;
    format!(
        "{}.{:012}",
        scaled / 1_000_000_000_000,
        scaled % 1_000_000_000_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact_to_twelve_digits() {
        assert_eq!(quotient(1, 3), "0.333333333333");
        assert_eq!(quotient(20_840 * 100, 61_340), "33.974567981741");
        assert_eq!(capital("ceramic vase"), "Ceramic vase");
    }
}
