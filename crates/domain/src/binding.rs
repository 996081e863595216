//! Binding by hand: which lines of a marketplace order cover which items.
//!
//! An item fits a line of the same item id and the same specification; among several fits, equal
//! quantities go together. The result is a proposal
//! that a person confirms; nothing is guessed from titles.

use crate::placement::{Claim, Share, Supply, allocate};
use crate::{ItemStatus, PurchaseStatus};
use std::collections::BTreeMap;
use std::fmt;

/// A line of the marketplace order.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct BindLine {
    /// Row id, or position while the purchase is not stored.
    pub id: i64,
    /// The marketplace's item id.
    pub item: String,
    /// Specification id, where the line has one.
    pub specification: Option<String>,
    /// Units bought.
    pub quantity: i64,
    /// Units that already cover items.
    pub allocated: i64,
    /// Our word for the line.
    pub status: PurchaseStatus,
}

/// An item that might be covered.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct BindItem {
    /// Row id.
    pub id: i64,
    /// Number for people, like `№ 53-1`.
    pub number: String,
    /// The marketplace's item id, where known.
    pub item: Option<String>,
    /// Specification id, where known.
    pub specification: Option<String>,
    /// Units neither booked nor covered.
    pub free: i64,
    /// Status now.
    pub status: ItemStatus,
}

/// Why an item is not covered.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Unmatched {
    /// Cancelled, impossible to deliver or returned.
    Status {
        /// Status now.
        status: ItemStatus,
    },
    /// Every unit of the item is booked or covered.
    NoFreeUnits,
    /// The marketplace's item id is missing on the item.
    NoItemId,
    /// The order does not hold this item.
    OtherGoods,
    /// The order holds the item with other specifications.
    OtherSpecification {
        /// The specifications in the order.
        ordered: Vec<Option<String>>,
    },
    /// Every unit of the line covers something else, or the line is closed.
    NothingLeft,
}

impl Unmatched {
    /// The key under which texts for people are filed.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::NoFreeUnits => "no_free_units",
            Self::NoItemId => "no_item_id",
            Self::OtherGoods => "other_goods",
            Self::OtherSpecification { .. } => "other_specification",
            Self::NothingLeft => "nothing_left",
        }
    }
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status } => write!(f, "the item is {status}"),
            Self::NoFreeUnits => f.write_str("every unit is already booked or purchased"),
            Self::NoItemId => f.write_str("the item id of the marketplace is missing"),
            Self::OtherGoods => f.write_str("the order does not hold this item"),
            Self::OtherSpecification { .. } => {
                f.write_str("the order holds this item with another specification")
            }
            Self::NothingLeft => f.write_str("no unit of the order's line is left"),
        }
    }
}

/// An item that the proposal leaves out, and why.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct UnmatchedItem {
    /// Row id of the item.
    pub item_id: i64,
    /// Number of the item, for people.
    pub number: String,
    /// Why.
    pub reason: Unmatched,
}

/// Why nothing can be bound to the order at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum BindRefusal {
    /// The order is closed.
    Closed,
    /// The order has no lines that could be read.
    NoLines,
    /// Every unit of the order already covers items.
    AlreadyBound,
    /// None of the items has a free unit.
    NoFreeUnits,
    /// The order holds other goods.
    OtherGoods,
    /// Some goods are the same, but no item can be covered; each says why.
    NothingMatches,
}

impl BindRefusal {
    /// The key under which texts for people are filed.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::NoLines => "no_lines",
            Self::AlreadyBound => "already_bound",
            Self::NoFreeUnits => "no_free_units",
            Self::OtherGoods => "other_goods",
            Self::NothingMatches => "nothing_matches",
        }
    }
}

impl fmt::Display for BindRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the order is closed at the marketplace",
            Self::NoLines => "the order has no lines",
            Self::AlreadyBound => "every unit of the order already covers other items",
            Self::NoFreeUnits => "every unit of these items is already booked or purchased",
            Self::OtherGoods => "the order holds other goods",
            Self::NothingMatches => "no item of this order fits",
        })
    }
}
impl std::error::Error for BindRefusal {}

/// Units of a line that would cover nothing: the agent's own stock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Surplus {
    /// Which line.
    pub line: i64,
    /// Units.
    pub units: i64,
}

/// What would be bound.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct BindProposal {
    /// Units of lines to items (`claim` is the item's row id).
    pub matches: Vec<Share>,
    /// Units left over.
    pub surplus: Vec<Surplus>,
    /// Items left out.
    pub unmatched: Vec<UnmatchedItem>,
    /// Set when nothing matched: what stands in the way.
    pub refusal: Option<BindRefusal>,
}

fn available(line: &BindLine) -> i64 {
    if line.status == PurchaseStatus::Closed {
        0
    } else {
        line.quantity.saturating_sub(line.allocated).max(0)
    }
}

fn filled(text: Option<&String>) -> Option<&str> {
    text.map(|t| t.trim()).filter(|t| !t.is_empty())
}

/// Proposes what an order with these lines covers of these items. Items are served in the order
/// given, those whose quantity equals a line's first.
#[must_use]
pub fn propose(status: PurchaseStatus, lines: &[BindLine], items: &[BindItem]) -> BindProposal {
    let supply: Vec<Supply> = lines
        .iter()
        .map(|line| Supply {
            id: line.id,
            item: line.item.clone(),
            specification: filled(line.specification.as_ref()).map(str::to_owned),
            units: if status == PurchaseStatus::Closed {
                0
            } else {
                available(line)
            },
        })
        .collect();
    let mut unmatched = Vec::new();
    let mut leave_out = |item: &BindItem, reason| {
        unmatched.push(UnmatchedItem {
            item_id: item.id,
            number: item.number.clone(),
            reason,
        });
    };
    let mut claims = Vec::new();
    for item in items {
        let specification = filled(item.specification.as_ref()).map(str::to_owned);
        if item.status.is_left_out() {
            let status = item.status;
            leave_out(item, Unmatched::Status { status });
        } else if item.free <= 0 {
            leave_out(item, Unmatched::NoFreeUnits);
        } else if let Some(goods) = filled(item.item.as_ref()) {
            claims.push(Claim {
                id: item.id,
                item: goods.to_owned(),
                specification,
                units: item.free,
            });
        } else {
            leave_out(item, Unmatched::NoItemId);
        }
    }
    let matches = allocate(&claims, &supply);
    for claim in &claims {
        if matches.iter().any(|share| share.claim == claim.id) {
            continue;
        }
        let same_item: Vec<&Supply> = supply.iter().filter(|s| s.item == claim.item).collect();
        let reason = if same_item.is_empty() {
            Unmatched::OtherGoods
        } else if same_item
            .iter()
            .any(|s| s.specification == claim.specification)
        {
            Unmatched::NothingLeft
        } else {
            Unmatched::OtherSpecification {
                ordered: same_item.iter().map(|s| s.specification.clone()).collect(),
            }
        };
        if let Some(item) = items.iter().find(|item| item.id == claim.id) {
            leave_out(item, reason);
        }
    }
    let mut given: BTreeMap<i64, i64> = BTreeMap::new();
    for share in &matches {
        *given.entry(share.line).or_insert(0) += share.units;
    }
    let surplus = supply
        .iter()
        .map(|line| Surplus {
            line: line.id,
            units: line.units - given.get(&line.id).copied().unwrap_or(0),
        })
        .filter(|surplus| surplus.units > 0)
        .collect();
    let refusal = matches
        .is_empty()
        .then(|| refusal(status, lines, items, &unmatched));
    BindProposal {
        matches,
        surplus,
        unmatched,
        refusal,
    }
}

fn refusal(
    status: PurchaseStatus,
    lines: &[BindLine],
    items: &[BindItem],
    unmatched: &[UnmatchedItem],
) -> BindRefusal {
    let every = |reason: fn(&Unmatched) -> bool| {
        !unmatched.is_empty() && unmatched.iter().all(|item| reason(&item.reason))
    };
    if status == PurchaseStatus::Closed {
        BindRefusal::Closed
    } else if lines.is_empty() {
        BindRefusal::NoLines
    } else if lines
        .iter()
        .all(|line| line.status == PurchaseStatus::Closed)
    {
        BindRefusal::Closed
    } else if lines.iter().all(|line| available(line) == 0) {
        BindRefusal::AlreadyBound
    } else if items.is_empty() || every(|r| matches!(r, Unmatched::NoFreeUnits)) {
        BindRefusal::NoFreeUnits
    } else if every(|r| matches!(r, Unmatched::OtherGoods)) {
        BindRefusal::OtherGoods
    } else {
        BindRefusal::NothingMatches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(id: i64, item: &str, specification: Option<&str>, quantity: i64) -> BindLine {
        BindLine {
            id,
            item: item.to_owned(),
            specification: specification.map(str::to_owned),
            quantity,
            allocated: 0,
            status: PurchaseStatus::Sent,
        }
    }

    fn item(id: i64, goods: &str, specification: Option<&str>, free: i64) -> BindItem {
        BindItem {
            id,
            number: format!("№ 53-{id}"),
            item: Some(goods.to_owned()),
            specification: specification.map(str::to_owned),
            free,
            status: ItemStatus::Paid,
        }
    }

    fn shares(proposal: &BindProposal) -> Vec<(i64, i64, i64)> {
        let share = |s: &Share| (s.claim, s.line, s.units);
        proposal.matches.iter().map(share).collect()
    }

    fn sent(lines: &[BindLine], items: &[BindItem]) -> BindProposal {
        propose(PurchaseStatus::Sent, lines, items)
    }

    #[test]
    fn goods_meet_by_item_and_specification_and_the_rest_is_stock() {
        let lines = [
            line(1, "A", Some("x"), 5),
            line(2, "A", Some("y"), 2),
            line(3, "B", None, 4),
        ];
        let items = [item(7, "A", Some("y"), 2), item(8, "A", Some("x"), 3)];
        let proposal = sent(&lines, &items);
        assert_eq!(shares(&proposal), [(7, 2, 2), (8, 1, 3)]);
        assert_eq!(
            proposal.surplus,
            [Surplus { line: 1, units: 2 }, Surplus { line: 3, units: 4 }]
        );
        assert_eq!((proposal.unmatched, proposal.refusal), (vec![], None));
    }

    #[test]
    fn an_order_serves_several_items_until_it_is_used_up() {
        let mut stock = line(1, "A", None, 6);
        stock.allocated = 2;
        let items = [
            item(7, "A", None, 3),
            item(8, "A", None, 3),
            item(9, "A", None, 3),
        ];
        let proposal = sent(&[stock], &items);
        assert_eq!(shares(&proposal), [(7, 1, 3), (8, 1, 1)]);
        assert_eq!(proposal.unmatched[0].reason, Unmatched::NothingLeft);
        assert_eq!(proposal.surplus, []);
    }

    #[test]
    fn every_item_left_out_says_why() {
        let lines = [line(1, "A", Some("x"), 5)];
        let items = [
            BindItem {
                status: ItemStatus::Cancelled,
                ..item(1, "A", Some("x"), 1)
            },
            item(2, "A", Some("x"), 0),
            BindItem {
                item: Some(" ".to_owned()),
                ..item(3, "", None, 1)
            },
            item(4, "Z", None, 1),
            item(5, "A", None, 1),
            item(6, "A", Some("x"), 1),
        ];
        let proposal = sent(&lines, &items);
        let reason = |id| {
            proposal
                .unmatched
                .iter()
                .find(|u| u.item_id == id)
                .map(|u| u.reason.key())
        };
        let keys: Vec<_> = (1..=6).map(reason).collect();
        assert_eq!(
            keys,
            [
                Some("status"),
                Some("no_free_units"),
                Some("no_item_id"),
                Some("other_goods"),
                Some("other_specification"),
                None
            ]
        );
    }

    #[test]
    fn when_nothing_can_be_bound_one_reason_is_named() {
        let lines = [line(1, "A", None, 5)];
        let mut used_up = line(1, "A", None, 5);
        used_up.allocated = 5;
        let mut closed_line = line(1, "A", None, 5);
        closed_line.status = PurchaseStatus::Closed;
        let fits = [item(1, "A", None, 1)];
        let table: &[(&[BindLine], &[BindItem], BindRefusal)] = &[
            (&[], &fits, BindRefusal::NoLines),
            (&[used_up], &fits, BindRefusal::AlreadyBound),
            (&[closed_line], &fits, BindRefusal::Closed),
            (&lines, &[], BindRefusal::NoFreeUnits),
            (&lines, &[item(1, "A", None, 0)], BindRefusal::NoFreeUnits),
            (&lines, &[item(1, "Z", None, 1)], BindRefusal::OtherGoods),
            (
                &lines,
                &[item(1, "Z", None, 1), item(2, "A", Some("x"), 1)],
                BindRefusal::NothingMatches,
            ),
        ];
        for (lines, items, refusal) in table {
            assert_eq!(
                sent(lines, items).refusal,
                Some(*refusal),
                "{lines:?} {items:?}"
            );
        }
        assert_eq!(
            propose(PurchaseStatus::Closed, &lines, &fits).refusal,
            Some(BindRefusal::Closed)
        );
    }

    proptest! {
        #[test]
        fn units_of_the_order_are_bound_or_surplus_and_every_item_is_accounted_for(
            lines in prop::collection::vec((0_u8..3, 0_i64..6, 0_i64..6), 0..5),
            items in prop::collection::vec((0_u8..4, 0_i64..5), 0..6),
        ) {
            let lines: Vec<_> = lines
                .iter()
                .zip(1..)
                .map(|((g, quantity, allocated), id)| BindLine {
                    allocated: *allocated.min(quantity),
                    ..line(id, &format!("G{g}"), None, *quantity)
                })
                .collect();
            let items: Vec<_> = items.iter().zip(1..).map(|((g, n), id)| item(id, &format!("G{g}"), None, *n)).collect();
            let proposal = sent(&lines, &items);
            for line in &lines {
                let bound: i64 = proposal.matches.iter().filter(|s| s.line == line.id).map(|s| s.units).sum();
                let left: i64 = proposal.surplus.iter().filter(|s| s.line == line.id).map(|s| s.units).sum();
                prop_assert_eq!(bound + left, line.quantity - line.allocated);
            }
            for item in &items {
                let bound: i64 = proposal.matches.iter().filter(|s| s.claim == item.id).map(|s| s.units).sum();
                prop_assert!(bound <= item.free);
                let left_out = proposal.unmatched.iter().filter(|u| u.item_id == item.id).count();
                prop_assert_eq!(left_out, usize::from(bound == 0));
            }
            prop_assert_eq!(proposal.refusal.is_some(), proposal.matches.is_empty());
        }
    }
}
