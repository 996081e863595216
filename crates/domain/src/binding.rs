//! Binding by hand: which lines of a marketplace order cover which items.
//!
//! Goods are matched by item id and specification, then by quantity. The result is a proposal
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
