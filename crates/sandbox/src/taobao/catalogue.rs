//! Taobao's goods: the same on every call. An item has Taobao's own number and, for orders, that
//! of the distribution market; so has every row of its table of variants. Even an item that comes
//! in one form only has one such row.

use crate::catalogue::{
    CATEGORIES, Catalogue, Category, Dice, NAMES, Offer, PLACES, PREFIXES, Quote, SUFFIXES, Seller,
    Specification, TRADES,
};
use std::collections::BTreeSet;

const SEED: u64 = 0x7A0B_2026;
const OFFERS: usize = 160;
const SHOPS: usize = 36;

fn sellers(dice: &mut Dice) -> Vec<Seller> {
    let mut sellers = Vec::new();
    let mut shops = BTreeSet::new();
    while sellers.len() < SHOPS {
        let (province, city, short) = dice.pick(PLACES, &PLACES[0]);
        let name = dice.pick(NAMES, &NAMES[0]);
        let trade = dice.pick(TRADES, &TRADES[0]);
        let shop = match dice.below(3) {
            0 => format!("{name}{trade}官方旗舰店"),
            1 => format!("{short}{name}{trade}淘宝店"),
            _ => format!("{name}家{trade}小铺"),
        };
        if !shops.insert(shop.clone()) {
            continue;
        }
        let user_id = dice.between(2_200_000_000_000, 2_219_999_999_999);
        sellers.push(Seller {
            member_id: user_id.to_string(),
            login: format!("{name}{trade}{}", dice.below(900) + 100),
            user_id,
            company: format!("{short}{name}{trade}有限公司"),
            shop,
            place: ((*province).into(), (*city).into()),
            freight_first_fen: dice.between(0, 3) * 400,
            freight_next_fen: dice.between(0, 2) * 150,
            mix: None,
        });
    }
    sellers
}

/// Numbers that nothing else has.
struct Ids {
    taken: BTreeSet<i64>,
}

impl Ids {
    fn fresh(&mut self, dice: &mut Dice, from: u64, to: u64) -> i64 {
        loop {
            let id = dice.between(from, to);
            if self.taken.insert(id) {
                return id;
            }
        }
    }

    /// A row of the table of variants.
    fn row(
        &mut self,
        dice: &mut Dice,
        attributes: Vec<(String, String)>,
        price_fen: i64,
        stock: i64,
    ) -> Specification {
        let sku_id = self.fresh(dice, 4_600_000_000_000, 5_999_999_999_999);
        Specification {
            spec_id: sku_id.to_string(),
            sku_id,
            order_id: Some(
                self.fresh(dice, 30_000_000_000_000, 39_999_999_999_999)
                    .to_string(),
            ),
            attributes,
            price_fen,
            stock,
            gone: false,
        }
    }
}

fn rows(dice: &mut Dice, ids: &mut Ids, category: &Category, price: i64) -> Vec<Specification> {
    let single = dice.chance(22);
    let Some((first_name, first_values)) = category.first.filter(|_| !single) else {
        let stock = dice.between(30, 4_000);
        return vec![ids.row(dice, Vec::new(), price, stock)];
    };
    let firsts = usize::try_from(dice.between(2, 4)).unwrap_or(2);
    let start = usize::try_from(dice.below(first_values.len() as u64)).unwrap_or(0);
    let seconds = usize::try_from(dice.between(1, 4)).unwrap_or(1);
    let mut made = Vec::new();
    for first in first_values
        .iter()
        .cycle()
        .skip(start)
        .take(firsts.min(first_values.len()))
    {
        let second: Vec<Option<(&str, &str)>> = match category.second {
            Some((name, values)) => values
                .iter()
                .take(seconds)
                .map(|value| Some((name, *value)))
                .collect(),
            None => vec![None],
        };
        for second in second {
            let mut attributes = vec![(first_name.to_owned(), (*first).to_owned())];
            if let Some((name, value)) = second {
                attributes.push((name.to_owned(), value.to_owned()));
            }
            let step = if dice.chance(35) {
                dice.between(0, 5) * (price / 25).max(1)
            } else {
                0
            };
            let stock = if dice.chance(5) {
                0
            } else {
                dice.between(10, 3_000)
            };
            made.push(ids.row(dice, attributes, price + step, stock));
        }
    }
    made
}

fn offer(
    dice: &mut Dice,
    ids: &mut Ids,
    item_id: String,
    category: &Category,
    seller: &Seller,
) -> Offer {
    let (noun, noun_en) = dice.pick(category.nouns, &category.nouns[0]);
    let (prefix, prefix_en) = dice.pick(PREFIXES, &PREFIXES[0]);
    let suffix = dice.pick(SUFFIXES, &SUFFIXES[0]);
    // Shoppers' prices lie above those of the wholesale market and end at 9 jiao.
    let price = dice.between(category.price.0, category.price.1) * 17 / 10 / 100 * 100 + 90;
    let specifications = rows(dice, ids, category, price);
    Offer {
        item_id,
        order_id: Some(
            ids.fresh(dice, 4_000_000_000_000_000, 4_999_999_999_999_999)
                .to_string(),
        ),
        title: format!("{prefix}{noun}{suffix}"),
        title_en: format!("{noun_en}, {prefix_en}"),
        category: category.key.into(),
        seller: seller.member_id.clone(),
        quote: Quote::PerSpecification,
        price_fen: price,
        ranges: Vec::new(),
        specifications,
        stock: 0,
        minimum: if dice.chance(6) { 2 } else { 1 },
        lot: None,
        mixed: false,
        unit: category.unit.into(),
        weight_g: dice.between(category.weight.0, category.weight.1),
        free_freight: dice.chance(55),
        tradable: true,
        status: "published".into(),
    }
}

/// Item, id for orders, category, shop, title, English title, price.
type Named = (
    &'static str,
    &'static str,
    usize,
    usize,
    &'static str,
    &'static str,
    i64,
);

/// The offers that sample data names; the first has one row, the others several.
const NAMED: &[Named] = &[
    (
        "731040994692",
        "4096709792297020",
        3,
        0,
        "ins风陶瓷马克杯办公室水杯礼盒装",
        "ceramic mug in a gift box",
        1_000,
    ),
    (
        "682913347705",
        "4118220936614471",
        0,
        1,
        "美式复古重磅纯棉短袖T恤男女同款",
        "heavy cotton T-shirt",
        5_990,
    ),
    (
        "905517720338",
        "4203377815500926",
        3,
        1,
        "大容量316不锈钢保温杯便携",
        "large vacuum cup, stainless steel",
        8_900,
    ),
    (
        "1000472915583",
        "4331098027745513",
        6,
        2,
        "MagSafe磁吸透明手机壳防摔",
        "magnetic transparent phone case",
        2_990,
    ),
];

/// All goods and shops.
pub(super) fn generate() -> Catalogue {
    let mut dice = Dice(SEED);
    let mut ids = Ids {
        taken: BTreeSet::new(),
    };
    let sellers = sellers(&mut dice);
    let mut offers = Vec::new();
    for (item, order_id, category, shop, title, title_en, price) in NAMED {
        let category = &CATEGORIES[*category];
        let mut made = offer(
            &mut dice,
            &mut ids,
            (*item).to_owned(),
            category,
            &sellers[*shop],
        );
        made.order_id = Some((*order_id).to_owned());
        (*title).clone_into(&mut made.title);
        (*title_en).clone_into(&mut made.title_en);
        made.price_fen = *price;
        made.minimum = 1;
        made.free_freight = true;
        made.weight_g = made.weight_g.min(420);
        made.specifications.clear();
        if offers.is_empty() {
            let mut row = ids.row(&mut dice, Vec::new(), *price, 640);
            row.order_id = Some("32248575036476".into());
            made.specifications.push(row);
        } else if let Some((name, values)) = category.first {
            for value in values.iter().take(3) {
                for size in ["标准", "加大"] {
                    let attributes = vec![
                        (name.to_owned(), (*value).to_owned()),
                        ("规格".to_owned(), size.to_owned()),
                    ];
                    let row = ids.row(&mut dice, attributes, *price, 500);
                    made.specifications.push(row);
                }
            }
        }
        offers.push(made);
    }
    let mut taken: BTreeSet<String> = offers.iter().map(|made| made.item_id.clone()).collect();
    while offers.len() < OFFERS {
        // Old items have twelve digits, new ones thirteen.
        let id = if dice.chance(60) {
            dice.between(600_000_000_000, 999_999_999_999)
        } else {
            dice.between(1_000_000_000_000, 1_009_999_999_999)
        }
        .to_string();
        if !taken.insert(id.clone()) {
            continue;
        }
        let category = &CATEGORIES[offers.len() % CATEGORIES.len()];
        let shop = usize::try_from(dice.below(sellers.len() as u64)).unwrap_or(0);
        let mut made = offer(&mut dice, &mut ids, id, category, &sellers[shop]);
        // Fixed places for the awkward ones, so that each kind is surely there.
        match offers.len() {
            20 | 70 | 120 => made.tradable = false,
            40 | 100 | 150 => {
                for row in &mut made.specifications {
                    row.stock = 0;
                }
            }
            60 | 140 => "auto expired".clone_into(&mut made.status),
            _ => {}
        }
        offers.push(made);
    }
    Catalogue { sellers, offers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_goods_are_the_same_every_time_and_their_numbers_have_the_documented_lengths() {
        let catalogue = generate();
        assert_eq!(catalogue.offers, generate().offers);
        assert!(catalogue.offers.len() >= 120);
        let shops: BTreeSet<_> = catalogue.sellers.iter().map(|s| &s.member_id).collect();
        assert_eq!(shops.len(), SHOPS);
        let (mut seen, mut rows) = (BTreeSet::new(), BTreeSet::new());
        for offer in &catalogue.offers {
            assert!(shops.contains(&offer.seller));
            assert!(matches!(offer.item_id.len(), 12 | 13), "{}", offer.item_id);
            let order_id = offer.order_id.as_ref().unwrap();
            assert!(order_id.len() >= 16);
            assert!(seen.insert(&offer.item_id) && seen.insert(order_id));
            assert!(!offer.specifications.is_empty(), "{}", offer.item_id);
            for row in &offer.specifications {
                assert_eq!(row.spec_id, row.sku_id.to_string());
                let order_id = row.order_id.as_ref().unwrap();
                assert_eq!(order_id.len(), 14);
                assert!(rows.insert(&row.spec_id) && rows.insert(order_id));
            }
        }
        let some =
            |wanted: &dyn Fn(&Offer) -> bool| catalogue.offers.iter().filter(|o| wanted(o)).count();
        assert!(some(&|o| o.specifications.len() == 1) >= 15);
        assert!(some(&|o| !o.tradable || o.status != "published") >= 5);
        assert!(some(&|o| o.stock_total() == 0) >= 3);
        assert!(some(&|o| o.item_id.len() == 13) >= 20);
        assert!(some(&|o| o.minimum > 1) >= 3);
    }

    #[test]
    fn pictures_cannot_be_mixed_up_with_those_of_1688() {
        let theirs: BTreeSet<String> = crate::catalogue::generate_1688()
            .offers
            .into_iter()
            .map(|offer| offer.item_id)
            .collect();
        assert!(
            generate()
                .offers
                .iter()
                .all(|offer| !theirs.contains(&offer.item_id))
        );
    }
}
