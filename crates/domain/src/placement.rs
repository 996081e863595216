//! From orders found under a reference to purchases: which of them make up the booking, what
//! differs from it, and whose units each line covers.

use crate::{ExceptionKind, Fen};
use std::collections::BTreeMap;

/// A line as it was booked.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct BookedLine {
    /// The marketplace's item id.
    pub item: String,
    /// Specification id, where the goods have one.
    pub specification: Option<String>,
    /// Units.
    pub quantity: i64,
    /// What one unit cost in the preview, where told.
    pub price: Option<Fen>,
    /// What the line cost in the preview, where told.
    pub amount: Option<Fen>,
}

/// A line of an order at the marketplace.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct OrderedLine {
    /// The marketplace's item id.
    pub item: String,
    /// Specification id, where the line has one.
    pub specification: Option<String>,
    /// Units.
    pub quantity: i64,
    /// Price of one unit.
    pub price: Fen,
    /// What the line costs.
    pub amount: Fen,
}

/// One way in which what was ordered is not what was booked.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "difference")]
pub enum Difference {
    /// Booked and not ordered at all.
    ItemMissing {
        /// The marketplace's item id.
        item: String,
        /// Specification id.
        specification: Option<String>,
        /// Units booked.
        quantity: i64,
    },
    /// Ordered and never booked.
    ItemUnexpected {
        /// The marketplace's item id.
        item: String,
        /// Specification id.
        specification: Option<String>,
        /// Units ordered.
        quantity: i64,
    },
    /// The same item with another specification.
    Specification {
        /// The marketplace's item id.
        item: String,
        /// As booked.
        booked: Option<String>,
        /// As ordered.
        ordered: Option<String>,
    },
    /// Another quantity.
    Quantity {
        /// The marketplace's item id.
        item: String,
        /// Specification id, as ordered.
        specification: Option<String>,
        /// As booked.
        booked: i64,
        /// As ordered.
        ordered: i64,
    },
    /// Another price of one unit.
    Price {
        /// The marketplace's item id.
        item: String,
        /// Specification id, as ordered.
        specification: Option<String>,
        /// As booked.
        booked: Fen,
        /// As ordered; the dearest where one order line differs from another.
        ordered: Fen,
    },
    /// Another amount for the line. Told only when neither quantity nor price explains it.
    Amount {
        /// The marketplace's item id.
        item: String,
        /// Specification id, as ordered.
        specification: Option<String>,
        /// As booked.
        booked: Fen,
        /// As ordered.
        ordered: Fen,
    },
}

impl Difference {
    /// The exception that it opens.
    #[must_use]
    pub const fn exception(&self) -> ExceptionKind {
        match self {
            Self::ItemMissing { .. } | Self::ItemUnexpected { .. } => ExceptionKind::ItemDiffers,
            Self::Specification { .. } => ExceptionKind::SpecificationDiffers,
            Self::Quantity { .. } => ExceptionKind::QuantityDiffers,
            Self::Price { .. } | Self::Amount { .. } => ExceptionKind::AmountDiffers,
        }
    }
}

type Goods<'a> = (&'a str, Option<&'a str>);

#[derive(Clone, Copy)]
struct Booked {
    quantity: i64,
    price: Option<Fen>,
    amount: Option<Fen>,
}

#[derive(Clone, Copy)]
struct Ordered {
    quantity: i64,
    price: Fen,
    amount: Option<Fen>,
}

fn merge_booked(lines: &[BookedLine]) -> BTreeMap<Goods<'_>, Booked> {
    let mut merged: BTreeMap<Goods<'_>, Booked> = BTreeMap::new();
    for line in lines {
        merged
            .entry((&line.item, line.specification.as_deref()))
            .and_modify(|sum| {
                sum.quantity = sum.quantity.saturating_add(line.quantity);
                sum.price = sum.price.zip(line.price).map(|(a, b)| a.max(b));
                sum.amount = sum.amount.zip(line.amount).and_then(|(a, b)| a.plus(b));
            })
            .or_insert(Booked {
                quantity: line.quantity,
                price: line.price,
                amount: line.amount,
            });
    }
    merged
}

fn merge_ordered<'a>(
    lines: impl IntoIterator<Item = &'a OrderedLine>,
) -> BTreeMap<Goods<'a>, Ordered> {
    let mut merged: BTreeMap<Goods<'a>, Ordered> = BTreeMap::new();
    for line in lines {
        merged
            .entry((&line.item, line.specification.as_deref()))
            .and_modify(|sum| {
                sum.quantity = sum.quantity.saturating_add(line.quantity);
                sum.price = sum.price.max(line.price);
                sum.amount = sum.amount.and_then(|amount| amount.plus(line.amount));
            })
            .or_insert(Ordered {
                quantity: line.quantity,
                price: line.price,
                amount: Some(line.amount),
            });
    }
    merged
}

fn compare_goods(goods: Goods<'_>, booked: Booked, ordered: Ordered, out: &mut Vec<Difference>) {
    let item = goods.0.to_owned();
    let specification = goods.1.map(str::to_owned);
    let mut explained = false;
    if booked.quantity != ordered.quantity {
        explained = true;
        out.push(Difference::Quantity {
            item: item.clone(),
            specification: specification.clone(),
            booked: booked.quantity,
            ordered: ordered.quantity,
        });
    }
    if let Some(price) = booked.price.filter(|price| *price != ordered.price) {
        explained = true;
        out.push(Difference::Price {
            item: item.clone(),
            specification: specification.clone(),
            booked: price,
            ordered: ordered.price,
        });
    }
    let before = booked
        .amount
        .or_else(|| booked.price.and_then(|p| p.times(booked.quantity)));
    if let (Some(before), Some(after), false) = (before, ordered.amount, explained)
        && before != after
    {
        out.push(Difference::Amount {
            item,
            specification,
            booked: before,
            ordered: after,
        });
    }
}

/// What differs between a booking and the order or orders made of it. Empty when they agree;
/// prices that the preview did not tell agree with anything.
///
/// Lines of equal goods are added up on both sides first. An item that was booked and ordered
/// under different specifications counts as one difference, not as two strangers.
#[must_use]
pub fn compare(booked: &[BookedLine], ordered: &[OrderedLine]) -> Vec<Difference> {
    let mut wanted = merge_booked(booked);
    let mut found = merge_ordered(ordered);
    let mut out = Vec::new();
    let same: Vec<Goods<'_>> = wanted
        .keys()
        .filter(|goods| found.contains_key(*goods))
        .copied()
        .collect();
    for goods in same {
        if let (Some(before), Some(after)) = (wanted.remove(&goods), found.remove(&goods)) {
            compare_goods(goods, before, after, &mut out);
        }
    }
    for ((item, specification), before) in wanted {
        let quantity_first = found
            .iter()
            .filter(|(goods, _)| goods.0 == item)
            .min_by_key(|(goods, after)| (after.quantity != before.quantity, **goods))
            .map(|(goods, _)| *goods);
        if let Some(goods) = quantity_first
            && let Some(after) = found.remove(&goods)
        {
            out.push(Difference::Specification {
                item: item.to_owned(),
                booked: specification.map(str::to_owned),
                ordered: goods.1.map(str::to_owned),
            });
            compare_goods(goods, before, after, &mut out);
        } else {
            out.push(Difference::ItemMissing {
                item: item.to_owned(),
                specification: specification.map(str::to_owned),
                quantity: before.quantity,
            });
        }
    }
    for ((item, specification), after) in found {
        out.push(Difference::ItemUnexpected {
            item: item.to_owned(),
            specification: specification.map(str::to_owned),
            quantity: after.quantity,
        });
    }
    out
}

/// An order found under a booking's reference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundOrder {
    /// The marketplace's number.
    pub number: String,
    /// It is not closed.
    pub alive: bool,
    /// Its lines.
    pub lines: Vec<OrderedLine>,
}

/// How the orders under one reference make up its booking. Positions point into the orders given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Composition {
    /// One order, or several together, are exactly the booking.
    Whole {
        /// The orders, in their order.
        adopted: Vec<usize>,
    },
    /// Exactly the booking, and more.
    WithSurplus {
        /// The orders that make up the booking.
        adopted: Vec<usize>,
        /// The others: an exception each.
        surplus: Vec<usize>,
    },
    /// Not exactly the booking: adopt these; units that they lack stay reserved until failed
    /// lines are named, and comparing tells what differs.
    Differs {
        /// The orders that make up most of the booking.
        adopted: Vec<usize>,
        /// The others: an exception each.
        surplus: Vec<usize>,
    },
}

impl Composition {
    /// The orders to adopt.
    #[must_use]
    pub fn adopted(&self) -> &[usize] {
        match self {
            Self::Whole { adopted }
            | Self::WithSurplus { adopted, .. }
            | Self::Differs { adopted, .. } => adopted,
        }
    }

    /// The orders that are too many.
    #[must_use]
    pub fn surplus(&self) -> &[usize] {
        match self {
            Self::Whole { .. } => &[],
            Self::WithSurplus { surplus, .. } | Self::Differs { surplus, .. } => surplus,
        }
    }
}

/// So many orders under one reference are tried in every combination; more are taken one by one.
const MOST_COMBINED: usize = 12;

/// Which of the orders found under a booking's reference make it up.
///
/// Live orders are preferred to closed ones, few to many, earlier to later ones. Orders whose
/// lines together are less than the booking are all adopted. If none fits, the one that shares
/// most with the booking is adopted all the same: it carries our reference, and what differs is
/// shown rather than guessed away.
#[must_use]
pub fn compose(booked: &[BookedLine], orders: &[FoundOrder]) -> Composition {
    let wanted: BTreeMap<Goods<'_>, i64> = merge_booked(booked)
        .into_iter()
        .map(|(goods, line)| (goods, line.quantity))
        .collect();
    let contents: Vec<BTreeMap<Goods<'_>, i64>> = orders
        .iter()
        .map(|order| {
            merge_ordered(&order.lines)
                .into_iter()
                .map(|(goods, line)| (goods, line.quantity))
                .collect()
        })
        .collect();
    let all: Vec<usize> = (0..orders.len()).collect();
    let others = |adopted: &[usize]| -> Vec<usize> {
        all.iter()
            .copied()
            .filter(|position| !adopted.contains(position))
            .collect()
    };
    if let Some(adopted) = exact_choice(&wanted, &contents, orders) {
        let surplus = others(&adopted);
        return if surplus.is_empty() {
            Composition::Whole { adopted }
        } else {
            Composition::WithSurplus { adopted, surplus }
        };
    }
    let mut rest = wanted.clone();
    let mut adopted = Vec::new();
    let mut by_preference = all.clone();
    by_preference.sort_by_key(|position| (!orders[*position].alive, *position));
    for position in &by_preference {
        let fits = contents[*position]
            .iter()
            .all(|(goods, units)| rest.get(goods).is_some_and(|left| units <= left));
        if fits && !contents[*position].is_empty() {
            for (goods, units) in &contents[*position] {
                if let Some(left) = rest.get_mut(goods) {
                    *left -= units;
                }
            }
            adopted.push(*position);
        }
    }
    if adopted.is_empty() {
        let shared = |position: usize| -> i64 {
            contents[position]
                .iter()
                .map(|(goods, units)| wanted.get(goods).map_or(0, |wants| *units.min(wants)))
                .sum()
        };
        adopted.extend(
            by_preference
                .iter()
                .copied()
                .min_by_key(|p| (!orders[*p].alive, std::cmp::Reverse(shared(*p)), *p)),
        );
    }
    adopted.sort_unstable();
    let surplus = others(&adopted);
    Composition::Differs { adopted, surplus }
}

fn exact_choice(
    wanted: &BTreeMap<Goods<'_>, i64>,
    contents: &[BTreeMap<Goods<'_>, i64>],
    orders: &[FoundOrder],
) -> Option<Vec<usize>> {
    let equals = |choice: &[usize]| {
        let mut sum: BTreeMap<Goods<'_>, i64> = BTreeMap::new();
        for (goods, units) in choice.iter().flat_map(|position| &contents[*position]) {
            let entry = sum.entry(*goods).or_insert(0);
            *entry = entry.saturating_add(*units);
        }
        sum == *wanted
    };
    let dead = |choice: &[usize]| choice.iter().filter(|p| !orders[**p].alive).count();
    if contents.len() <= MOST_COMBINED {
        return (1_u32..(1 << contents.len()))
            .map(|mask| {
                (0..contents.len())
                    .filter(|position| mask & (1 << position) != 0)
                    .collect::<Vec<usize>>()
            })
            .filter(|choice| equals(choice))
            .min_by_key(|choice| (dead(choice), choice.len(), choice.clone()));
    }
    (0..contents.len())
        .map(|position| vec![position])
        .chain([(0..contents.len()).collect()])
        .filter(|choice| equals(choice))
        .min_by_key(|choice| (dead(choice), choice.len(), choice.clone()))
}

/// Units that someone claims of some goods: a part of a booking line, or an item to bind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Row id of whatever claims.
    pub id: i64,
    /// The marketplace's item id.
    pub item: String,
    /// Specification id, where the goods have one.
    pub specification: Option<String>,
    /// Units.
    pub units: i64,
}

/// Units of goods that can be given away: what is unallocated of an order line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Supply {
    /// Row id or position of the line.
    pub id: i64,
    /// The marketplace's item id.
    pub item: String,
    /// Specification id, where the goods have one.
    pub specification: Option<String>,
    /// Units.
    pub units: i64,
}

/// So many units of a line go to a claim.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize,
)]
pub struct Share {
    /// Which claim.
    pub claim: i64,
    /// Which line.
    pub line: i64,
    /// Units, at least one.
    pub units: i64,
}

/// Gives the units of lines to claims on equal goods: first where quantities are the same, then
/// in the order given. No claim and no line is overdrawn; what does not fit is left.
#[must_use]
pub fn allocate(claims: &[Claim], lines: &[Supply]) -> Vec<Share> {
    let mut wants: Vec<i64> = claims.iter().map(|claim| claim.units).collect();
    let mut holds: Vec<i64> = lines.iter().map(|line| line.units).collect();
    let equal_goods = |claim: &Claim, line: &Supply| {
        claim.item == line.item && claim.specification == line.specification
    };
    let mut shares = Vec::new();
    for equal_first in [true, false] {
        for (c, claim) in claims.iter().enumerate() {
            for (l, line) in lines.iter().enumerate() {
                let units = wants[c].min(holds[l]);
                if units <= 0 || !equal_goods(claim, line) || (equal_first && wants[c] != holds[l])
                {
                    continue;
                }
                wants[c] -= units;
                holds[l] -= units;
                shares.push(Share {
                    claim: claim.id,
                    line: line.id,
                    units,
                });
            }
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn booked(item: &str, specification: Option<&str>, quantity: i64) -> BookedLine {
        BookedLine {
            item: item.to_owned(),
            specification: specification.map(str::to_owned),
            quantity,
            price: Some(Fen(100)),
            amount: Some(Fen(100 * quantity)),
        }
    }

    fn ordered(item: &str, specification: Option<&str>, quantity: i64) -> OrderedLine {
        OrderedLine {
            item: item.to_owned(),
            specification: specification.map(str::to_owned),
            quantity,
            price: Fen(100),
            amount: Fen(100 * quantity),
        }
    }

    fn kinds(differences: &[Difference]) -> Vec<ExceptionKind> {
        differences.iter().map(Difference::exception).collect()
    }

    #[test]
    fn equal_goods_agree_however_they_are_cut_into_lines() {
        let wanted = [booked("A", Some("x"), 5), booked("B", None, 1)];
        let found = [
            ordered("B", None, 1),
            ordered("A", Some("x"), 2),
            ordered("A", Some("x"), 3),
        ];
        assert_eq!(compare(&wanted, &found), []);
    }

    #[test]
    fn every_kind_of_difference_is_named() {
        use ExceptionKind as X;
        let wanted = [booked("A", Some("x"), 5)];
        let against = |line: OrderedLine| kinds(&compare(&wanted, &[line]));
        assert_eq!(against(ordered("A", Some("x"), 4)), [X::QuantityDiffers]);
        assert_eq!(
            against(ordered("A", Some("y"), 5)),
            [X::SpecificationDiffers]
        );
        assert_eq!(against(ordered("A", None, 5)), [X::SpecificationDiffers]);
        assert_eq!(
            against(ordered("B", Some("x"), 5)),
            [X::ItemDiffers, X::ItemDiffers]
        );
        let mut dear = ordered("A", Some("x"), 5);
        dear.price = Fen(101);
        dear.amount = Fen(505);
        assert_eq!(
            compare(&wanted, &[dear]),
            [Difference::Price {
                item: "A".to_owned(),
                specification: Some("x".to_owned()),
                booked: Fen(100),
                ordered: Fen(101),
            }]
        );
        let mut discounted = ordered("A", Some("x"), 5);
        discounted.amount = Fen(450);
        assert_eq!(
            compare(&wanted, &[discounted]),
            [Difference::Amount {
                item: "A".to_owned(),
                specification: Some("x".to_owned()),
                booked: Fen(500),
                ordered: Fen(450),
            }]
        );
        assert_eq!(kinds(&compare(&wanted, &[])), [X::ItemDiffers]);
    }

    #[test]
    fn prices_that_the_preview_did_not_tell_agree_with_anything() {
        let wanted = BookedLine {
            price: None,
            amount: None,
            ..booked("A", None, 2)
        };
        assert_eq!(compare(&[wanted], &[ordered("A", None, 2)]), []);
    }

    #[test]
    fn swapped_specifications_pair_by_quantity() {
        let wanted = [booked("A", Some("x"), 5), booked("A", Some("y"), 2)];
        let found = [ordered("A", Some("p"), 2), ordered("A", Some("q"), 5)];
        let pairs: Vec<_> = compare(&wanted, &found)
            .into_iter()
            .map(|d| match d {
                Difference::Specification {
                    booked, ordered, ..
                } => (booked, ordered),
                other => panic!("{other:?}"),
            })
            .collect();
        let some = |s: &str| Some(s.to_owned());
        assert_eq!(pairs, [(some("x"), some("q")), (some("y"), some("p"))]);
    }

    fn order(number: &str, alive: bool, lines: Vec<OrderedLine>) -> FoundOrder {
        FoundOrder {
            number: number.to_owned(),
            alive,
            lines,
        }
    }

    #[test]
    fn orders_that_together_are_the_booking_are_a_split() {
        let wanted = [booked("A", None, 5), booked("B", None, 1)];
        let orders = [
            order("1", true, vec![ordered("A", None, 3)]),
            order(
                "2",
                true,
                vec![ordered("A", None, 2), ordered("B", None, 1)],
            ),
        ];
        let whole = Composition::Whole {
            adopted: vec![0, 1],
        };
        assert_eq!(compose(&wanted, &orders), whole);
    }

    #[test]
    fn a_second_order_is_surplus_and_the_live_one_is_adopted() {
        let wanted = [booked("A", None, 5)];
        let lines = || vec![ordered("A", None, 5)];
        let with_surplus = |adopted, surplus| Composition::WithSurplus {
            adopted: vec![adopted],
            surplus: vec![surplus],
        };
        let both = [order("1", true, lines()), order("2", true, lines())];
        assert_eq!(compose(&wanted, &both), with_surplus(0, 1));
        let first_closed = [order("1", false, lines()), order("2", true, lines())];
        assert_eq!(compose(&wanted, &first_closed), with_surplus(1, 0));
    }

    #[test]
    fn less_than_the_booking_is_adopted_and_the_rest_waits() {
        let wanted = [booked("A", None, 5), booked("B", None, 1)];
        let orders = [order("1", true, vec![ordered("A", None, 5)])];
        let differs = Composition::Differs {
            adopted: vec![0],
            surplus: vec![],
        };
        assert_eq!(compose(&wanted, &orders), differs);
    }

    #[test]
    fn an_order_with_our_reference_is_adopted_even_if_it_does_not_fit() {
        let wanted = [booked("A", None, 5)];
        let orders = [
            order("1", true, vec![ordered("Z", None, 1)]),
            order("2", true, vec![ordered("A", None, 9)]),
        ];
        let differs = Composition::Differs {
            adopted: vec![1],
            surplus: vec![0],
        };
        assert_eq!(compose(&wanted, &orders), differs);
    }

    fn claim(id: i64, item: &str, units: i64) -> Claim {
        Claim {
            id,
            item: item.to_owned(),
            specification: None,
            units,
        }
    }

    fn supply(id: i64, item: &str, units: i64) -> Supply {
        Supply {
            id,
            item: item.to_owned(),
            specification: None,
            units,
        }
    }

    #[test]
    fn equal_quantities_meet_first() {
        let claims = [claim(1, "A", 5), claim(2, "A", 3)];
        let lines = [supply(10, "A", 3), supply(11, "A", 5)];
        let shares = allocate(&claims, &lines);
        let wanted = [(1, 11, 5), (2, 10, 3)];
        assert_eq!(
            shares
                .iter()
                .map(|s| (s.claim, s.line, s.units))
                .collect::<Vec<_>>(),
            wanted
        );
    }

    proptest! {
        #[test]
        fn nothing_is_overdrawn_and_nothing_that_fits_is_left(
            claims in prop::collection::vec((0_u8..3, 0_i64..6), 0..6),
            lines in prop::collection::vec((0_u8..3, 0_i64..6), 0..6),
        ) {
            let claims: Vec<Claim> = claims.iter().zip(1..).map(|((g, n), id)| claim(id, &format!("G{g}"), *n)).collect();
            let lines: Vec<Supply> = lines.iter().zip(1..).map(|((g, n), id)| supply(id, &format!("G{g}"), *n)).collect();
            let shares = allocate(&claims, &lines);
            for claim in &claims {
                let got: i64 = shares.iter().filter(|s| s.claim == claim.id).map(|s| s.units).sum();
                prop_assert!(got <= claim.units);
            }
            for line in &lines {
                let given: i64 = shares.iter().filter(|s| s.line == line.id).map(|s| s.units).sum();
                prop_assert!(given <= line.units);
            }
            for goods in ["G0", "G1", "G2"] {
                let wanted: i64 = claims.iter().filter(|c| c.item == goods).map(|c| c.units).sum();
                let there: i64 = lines.iter().filter(|l| l.item == goods).map(|l| l.units).sum();
                let moved: i64 = shares
                    .iter()
                    .filter(|s| claims.iter().any(|c| c.id == s.claim && c.item == goods))
                    .map(|s| s.units)
                    .sum();
                prop_assert_eq!(moved, wanted.min(there));
            }
        }

        #[test]
        fn every_found_order_is_adopted_or_surplus_never_both(
            wanted in prop::collection::vec((0_u8..3, 1_i64..4), 1..4),
            orders in prop::collection::vec((any::<bool>(), prop::collection::vec((0_u8..3, 1_i64..4), 0..3)), 1..6),
        ) {
            let wanted: Vec<_> = wanted.iter().map(|(g, n)| booked(&format!("G{g}"), None, *n)).collect();
            let orders: Vec<_> = orders
                .iter()
                .map(|(alive, lines)| {
                    order("n", *alive, lines.iter().map(|(g, n)| ordered(&format!("G{g}"), None, *n)).collect())
                })
                .collect();
            let composition = compose(&wanted, &orders);
            let mut all: Vec<usize> = composition.adopted().iter().chain(composition.surplus()).copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..orders.len()).collect::<Vec<_>>());
            prop_assert!(!composition.adopted().is_empty(), "an order with our reference is never left lying");
            let lines: Vec<_> = composition.adopted().iter().flat_map(|p| orders[*p].lines.clone()).collect();
            if !matches!(composition, Composition::Differs { .. }) {
                prop_assert_eq!(compare(&wanted, &lines), []);
            }
        }
    }
}
