//! Makes the catalogue out of a fixed seed.

use super::words::{CATEGORIES, Category, NAMES, PLACES, PREFIXES, SUFFIXES, TRADES};
use super::{Catalogue, Mix, Offer, Quote, Seller, Specification};
use std::collections::BTreeSet;

const SEED: u64 = 0x1688_2026;
const OFFERS: usize = 328;

/// A small generator of its own: the catalogue must not follow the sandbox's randomness.
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    pub(crate) fn between(&mut self, from: u64, to: u64) -> i64 {
        i64::try_from(from + self.below(to.saturating_sub(from) + 1)).unwrap_or(0)
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T], default: &'a T) -> &'a T {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        from.get(at).unwrap_or(default)
    }
}

fn sellers(dice: &mut Dice) -> Vec<Seller> {
    let mut sellers = vec![Seller {
        member_id: "b2b-1676547900b7bb3".into(),
        login: "齐家居家日用".into(),
        user_id: 1_676_547_900,
        shop: "齐家居家日用百货旗舰店".into(),
        company: "义乌市齐家居家日用百货有限公司".into(),
        place: ("浙江省".into(), "义乌市".into()),
        freight_first_fen: 600,
        freight_next_fen: 200,
        mix: None,
    }];
    let mut shops = BTreeSet::new();
    while sellers.len() < 42 {
        let (province, city, short) = dice.pick(PLACES, &PLACES[0]);
        let name = dice.pick(NAMES, &NAMES[0]);
        let trade = dice.pick(TRADES, &TRADES[0]);
        let shop = match dice.below(3) {
            0 => format!("{short}{name}{trade}厂"),
            1 => format!("{name}{trade}旗舰店"),
            _ => format!("{short}{name}{trade}商行"),
        };
        if !shops.insert(shop.clone()) {
            continue;
        }
        let user_id = dice.between(2_200_000_000, 2_219_999_999);
        let mix = dice.chance(35).then(|| Mix {
            amount_fen: dice.between(1, 10) * 5_000,
            pieces: dice.between(2, 12),
        });
        sellers.push(Seller {
            member_id: format!("b2b-{user_id}{:05x}", dice.below(0xf_ffff)),
            login: format!("{name}{trade}{}", dice.below(90) + 10),
            user_id,
            company: format!("{short}{name}{trade}有限公司"),
            shop,
            place: ((*province).into(), (*city).into()),
            freight_first_fen: dice.between(3, 12) * 100,
            freight_next_fen: dice.between(1, 5) * 100,
            mix,
        });
    }
    sellers
}

fn spec_id(dice: &mut Dice) -> String {
    format!("{:016x}{:016x}", dice.next(), dice.next())
}

fn specifications(dice: &mut Dice, category: &Category, price: i64) -> Vec<Specification> {
    let Some((first_name, first_values)) = category.first else {
        return Vec::new();
    };
    let first_count = usize::try_from(dice.between(2, 4))
        .unwrap_or(2)
        .min(first_values.len());
    let start = usize::try_from(dice.below(first_values.len() as u64)).unwrap_or(0);
    let second_count = usize::try_from(dice.between(1, 4)).unwrap_or(1);
    let mut made = Vec::new();
    for first in first_values.iter().cycle().skip(start).take(first_count) {
        let seconds: Vec<Option<(&str, &str)>> = match category.second {
            Some((name, values)) => values
                .iter()
                .take(second_count)
                .map(|v| Some((name, *v)))
                .collect(),
            None => vec![None],
        };
        for second in seconds {
            let mut attributes = vec![(first_name.to_owned(), (*first).to_owned())];
            if let Some((name, value)) = second {
                attributes.push((name.to_owned(), value.to_owned()));
            }
            let step = if dice.chance(40) {
                dice.between(0, 6) * (price / 20).max(1)
            } else {
                0
            };
            made.push(Specification {
                spec_id: spec_id(dice),
                sku_id: dice.between(3_300_000_000_000, 5_999_999_999_999),
                order_id: None,
                attributes,
                price_fen: price + step,
                stock: if dice.chance(4) {
                    0
                } else {
                    dice.between(20, 9_000)
                },
                gone: false,
            });
        }
    }
    made
}

fn offer(dice: &mut Dice, item_id: String, category: &Category, seller: &Seller) -> Offer {
    let (noun, noun_en) = dice.pick(category.nouns, &category.nouns[0]);
    let (prefix, prefix_en) = dice.pick(PREFIXES, &PREFIXES[0]);
    let suffix = dice.pick(SUFFIXES, &SUFFIXES[0]);
    let price = dice.between(category.price.0, category.price.1) / 10 * 10;
    let specifications = if dice.chance(18) {
        Vec::new()
    } else {
        specifications(dice, category, price)
    };
    let quote = match dice.below(10) {
        0..=2 => Quote::Range,
        3..=6 if !specifications.is_empty() => Quote::PerSpecification,
        _ => Quote::Fixed,
    };
    let minimum = if dice.chance(60) {
        1
    } else {
        dice.between(2, 6)
    };
    let ranges = if quote == Quote::Range {
        vec![
            (minimum, price),
            (minimum + dice.between(5, 20), price * 92 / 100),
            (minimum + dice.between(50, 200), price * 85 / 100),
        ]
    } else {
        Vec::new()
    };
    let lot = dice.chance(7).then(|| dice.between(2, 12));
    Offer {
        item_id,
        order_id: None,
        title: format!("{prefix}{noun}{suffix}"),
        title_en: format!("{noun_en}, {prefix_en}"),
        category: category.key.into(),
        seller: seller.member_id.clone(),
        quote,
        price_fen: price,
        ranges,
        stock: if specifications.is_empty() {
            dice.between(30, 20_000)
        } else {
            0
        },
        specifications,
        minimum: lot.unwrap_or(minimum),
        lot,
        mixed: seller.mix.is_some() && dice.chance(70),
        unit: category.unit.into(),
        weight_g: dice.between(category.weight.0, category.weight.1),
        free_freight: dice.chance(25),
        tradable: true,
        status: "published".into(),
    }
}

/// An offer as sample data wants it: nothing in the way of buying one piece.
fn plain(mut offer: Offer, title: &str, title_en: &str, price_fen: i64) -> Offer {
    title.clone_into(&mut offer.title);
    title_en.clone_into(&mut offer.title_en);
    offer.quote = Quote::Fixed;
    offer.ranges.clear();
    offer.reprice(None, price_fen);
    offer.minimum = 1;
    offer.lot = None;
    offer.mixed = false;
    offer
}

fn colours_and_sizes(
    dice: &mut Dice,
    first: (&str, &[&str]),
    second: (&str, &[&str]),
    price_fen: i64,
) -> Vec<Specification> {
    let mut made = Vec::new();
    for one in first.1 {
        for two in second.1 {
            made.push(Specification {
                spec_id: spec_id(dice),
                sku_id: dice.between(3_300_000_000_000, 5_999_999_999_999),
                order_id: None,
                attributes: vec![
                    (first.0.to_owned(), (*one).to_owned()),
                    (second.0.to_owned(), (*two).to_owned()),
                ],
                price_fen,
                stock: dice.between(200, 3_000),
                gone: false,
            });
        }
    }
    made
}

/// What specifications vary in: its name and values.
type Axis = (&'static str, &'static [&'static str]);
/// Item, category, seller, title, English title, price, and the two axes.
type Named = (
    &'static str,
    usize,
    usize,
    &'static str,
    &'static str,
    i64,
    Axis,
    Axis,
);

/// The 1688 catalogue: the same on every call.
pub fn generate_1688() -> Catalogue {
    let mut dice = Dice(SEED);
    let sellers = sellers(&mut dice);
    let mut offers = Vec::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();

    // The offers that sample data names.
    let home = &CATEGORIES[4];
    let mut sample = plain(
        offer(&mut dice, "42602653803".into(), home, &sellers[0]),
        "创意陶瓷花瓶摆件 客厅装饰 家居饰品 大号",
        "ceramic vase, living room decoration",
        20_840,
    );
    sample.specifications.clear();
    sample.stock = 480;
    sample.weight_g = 1_000;
    sample.free_freight = true;
    "home".clone_into(&mut sample.category);
    offers.push(sample);
    let named: [Named; 3] = [
        (
            "553112086341",
            0,
            3,
            "跨境爆款连帽卫衣加厚男女同款",
            "hooded sweatshirt, thick",
            4_580,
            ("颜色", &["黑色", "浅灰色", "藏青色"]),
            ("尺码", &["M", "L", "XL", "2XL"]),
        ),
        (
            "610044218890",
            3,
            7,
            "304不锈钢保温杯便携车载水杯",
            "stainless steel vacuum cup",
            2_350,
            ("颜色", &["白色", "墨绿色", "粉红色"]),
            ("容量", &["350ml", "500ml"]),
        ),
        (
            "528817730011",
            6,
            11,
            "三合一快充数据线100W编织线",
            "fast charging cable, three in one",
            690,
            ("颜色", &["黑色", "红色"]),
            ("长度", &["1米", "2米"]),
        ),
    ];
    for (id, category, seller, title, title_en, price, first, second) in named {
        let mut made = plain(
            offer(
                &mut dice,
                id.into(),
                &CATEGORIES[category],
                &sellers[seller],
            ),
            title,
            title_en,
            price,
        );
        made.specifications = colours_and_sizes(&mut dice, first, second, price);
        made.quote = Quote::PerSpecification;
        made.stock = 0;
        offers.push(made);
    }
    for made in &offers {
        taken.insert(made.item_id.clone());
    }

    while offers.len() < OFFERS {
        let id = dice.between(520_000_000_000, 899_999_999_999).to_string();
        if !taken.insert(id.clone()) {
            continue;
        }
        let category = &CATEGORIES[offers.len() % CATEGORIES.len()];
        let at = usize::try_from(dice.below(sellers.len() as u64)).unwrap_or(0);
        let mut made = offer(&mut dice, id, category, &sellers[at]);
        // Fixed places for the awkward ones, so that each kind is surely there.
        match offers.len() {
            20 | 90 | 160 | 230 => made.tradable = false,
            40 => {
                made.reprice(None, 0);
                made.quote = Quote::Fixed;
                made.ranges.clear();
                for spec in &mut made.specifications {
                    spec.price_fen = 0;
                }
            }
            50 | 120 | 200 | 290 => {
                made.stock = 0;
                for spec in &mut made.specifications {
                    spec.stock = 0;
                }
            }
            70 | 250 => "auto expired".clone_into(&mut made.status),
            _ => {}
        }
        offers.push(made);
    }
    Catalogue { sellers, offers }
}
