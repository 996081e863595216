//! The booking plan: from chosen items to the orders that would be placed at the marketplaces.
//!
//! Each booking of a plan goes to one seller through one session. Equal goods of several items
//! become one line whose parts remember whose units they are. Nothing is asked of a marketplace
//! here; whether it accepts the lines is for the preview to say.

use crate::{Fen, ItemStatus};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// An item that a person chose to book.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PlanItem {
    /// Row id.
    pub id: i64,
    /// Number for people, like `№ 53-1`.
    pub number: String,
    /// Code of the marketplace.
    pub marketplace: String,
    /// Status now.
    pub status: ItemStatus,
    /// The marketplace's item id, where known.
    pub item: Option<String>,
    /// Specification id, where known.
    pub specification: Option<String>,
    /// The offer is known to have specifications, so one must be named.
    pub specification_needed: SpecificationNeed,
    /// The seller's id, where known.
    pub seller: Option<String>,
    /// The seller's name, where known.
    pub seller_name: Option<String>,
    /// Units neither booked nor covered.
    pub free: i64,
    /// Units to book now.
    pub chosen: i64,
    /// What one unit is expected to cost, where known.
    pub expected_price: Option<Fen>,
    /// The session chosen for the item's marketplace.
    pub session: Option<i64>,
}

/// Does the offer of an item have specifications?
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecificationNeed {
    /// The offer was not read: the preview will tell.
    #[default]
    NotKnown,
    /// It has some.
    Needed,
    /// It has none.
    NotNeeded,
}

/// Who sells: the id where the marketplace told one, else the name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seller {
    /// The seller's id.
    Id(String),
    /// The seller's name.
    Name(String),
}

/// Units of one item within a line.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Part {
    /// Row id of the item.
    pub item_id: i64,
    /// Number of the item, for people.
    pub number: String,
    /// Units.
    pub units: i64,
    /// What one unit is expected to cost for this item, where known.
    pub expected_price: Option<Fen>,
}

/// One line to order: goods and whose units they are.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PlannedLine {
    /// The marketplace's item id.
    pub item: String,
    /// Specification id, where the goods have one.
    pub specification: Option<String>,
    /// Whose units, by item.
    pub parts: Vec<Part>,
    /// Units beyond what the items want, bought because the seller sells no fewer: they become
    /// the agent's stock.
    #[serde(default)]
    pub surplus: i64,
}

impl PlannedLine {
    /// Units to order.
    #[must_use]
    pub fn units(&self) -> i64 {
        self.wanted().saturating_add(self.surplus)
    }

    /// Units that the items want.
    #[must_use]
    pub fn wanted(&self) -> i64 {
        self.parts
            .iter()
            .fold(0, |sum, part| sum.saturating_add(part.units))
    }

    /// What one unit may be expected to cost: the least that any of its items expects, and
    /// nothing when one of them expects nothing, so that no item pays for another's expectation.
    #[must_use]
    pub fn expected_price(&self) -> Option<Fen> {
        self.parts
            .iter()
            .map(|part| part.expected_price)
            .collect::<Option<Vec<Fen>>>()?
            .into_iter()
            .min()
    }
}

/// One order to place: one seller, one session.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PlannedBooking {
    /// Code of the marketplace.
    pub marketplace: String,
    /// The session it goes through.
    pub session: i64,
    /// Who sells.
    pub seller: Seller,
    /// The seller's name for people, where known.
    pub seller_name: Option<String>,
    /// What to order; goods and specification are never repeated.
    pub lines: Vec<PlannedLine>,
}

impl PlannedBooking {
    /// Units of all lines.
    #[must_use]
    pub fn units(&self) -> i64 {
        self.lines
            .iter()
            .fold(0, |sum, line| sum.saturating_add(line.units()))
    }
}

/// Why an item is not in the plan.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum PlanRefusal {
    /// Only paid items are booked.
    NotPaid {
        /// Status now.
        status: ItemStatus,
    },
    /// Every unit is booked or covered.
    NoFreeUnits,
    /// Fewer units are free than were chosen.
    TooFewFree {
        /// Free units.
        free: i64,
        /// Chosen units.
        chosen: i64,
    },
    /// No units were chosen.
    NothingChosen,
    /// The item was chosen more than once.
    ChosenTwice,
    /// No session is chosen for its marketplace.
    NoSession {
        /// Code of the marketplace.
        marketplace: String,
    },
    /// The marketplace's item id is missing.
    NoItemId,
    /// The offer has specifications and none is named.
    NoSpecification,
    /// Neither id nor name of the seller is known.
    SellerUnknown,
}

impl PlanRefusal {
    /// The key under which texts for people are filed.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NotPaid { .. } => "not_paid",
            Self::NoFreeUnits => "no_free_units",
            Self::TooFewFree { .. } => "too_few_free",
            Self::NothingChosen => "nothing_chosen",
            Self::ChosenTwice => "chosen_twice",
            Self::NoSession { .. } => "no_session",
            Self::NoItemId => "no_item_id",
            Self::NoSpecification => "no_specification",
            Self::SellerUnknown => "seller_unknown",
        }
    }
}

impl fmt::Display for PlanRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPaid { status } => {
                write!(f, "only paid items are booked, and this one is {status}")
            }
            Self::NoFreeUnits => f.write_str("every unit is already booked or purchased"),
            Self::TooFewFree { free, chosen } => {
                write!(f, "{chosen} units were chosen and only {free} are free")
            }
            Self::NothingChosen => f.write_str("no units were chosen"),
            Self::ChosenTwice => f.write_str("the item was chosen more than once"),
            Self::NoSession { marketplace } => {
                write!(f, "no session is chosen for {marketplace}")
            }
            Self::NoItemId => f.write_str("the item id of the marketplace is missing"),
            Self::NoSpecification => {
                f.write_str("the offer has specifications and none is named for this item")
            }
            Self::SellerUnknown => f.write_str("neither id nor name of the seller is known"),
        }
    }
}
impl std::error::Error for PlanRefusal {}

/// An item that cannot be booked as it stands.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct RefusedItem {
    /// Row id of the item.
    pub item_id: i64,
    /// Number of the item, for people.
    pub number: String,
    /// Everything that stands in the way, so that all of it can be mended at once.
    pub reasons: Vec<PlanRefusal>,
}

/// What would be ordered, and what cannot be.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Plan {
    /// Orders to place, by marketplace, session and seller.
    pub bookings: Vec<PlannedBooking>,
    /// Items left out, as they were given.
    pub refused: Vec<RefusedItem>,
}

impl Plan {
    /// Units of all bookings.
    #[must_use]
    pub fn units_total(&self) -> i64 {
        self.bookings
            .iter()
            .fold(0, |sum, booking| sum.saturating_add(booking.units()))
    }
}

fn filled(text: Option<&String>) -> Option<&str> {
    text.map(|t| t.trim()).filter(|t| !t.is_empty())
}

fn seller_of(item: &PlanItem) -> Option<Seller> {
    filled(item.seller.as_ref())
        .map(|id| Seller::Id(id.to_owned()))
        .or_else(|| filled(item.seller_name.as_ref()).map(|n| Seller::Name(n.to_owned())))
}

/// Everything that stands in the way of booking this item, whatever else is chosen.
#[must_use]
pub fn refusals(item: &PlanItem) -> Vec<PlanRefusal> {
    let mut reasons = Vec::new();
    if !item.status.may_be_booked() {
        reasons.push(PlanRefusal::NotPaid {
            status: item.status,
        });
    }
    if item.free <= 0 {
        reasons.push(PlanRefusal::NoFreeUnits);
    } else if item.chosen <= 0 {
        reasons.push(PlanRefusal::NothingChosen);
    } else if item.chosen > item.free {
        reasons.push(PlanRefusal::TooFewFree {
            free: item.free,
            chosen: item.chosen,
        });
    }
    if item.session.is_none() {
        reasons.push(PlanRefusal::NoSession {
            marketplace: item.marketplace.clone(),
        });
    }
    if filled(item.item.as_ref()).is_none() {
        reasons.push(PlanRefusal::NoItemId);
    }
    if item.specification_needed == SpecificationNeed::Needed
        && filled(item.specification.as_ref()).is_none()
    {
        reasons.push(PlanRefusal::NoSpecification);
    }
    if seller_of(item).is_none() {
        reasons.push(PlanRefusal::SellerUnknown);
    }
    reasons
}

type Goods = (String, Option<String>);

/// One order before it is cut into bookings: goods to the parts that want them.
#[derive(Default)]
struct Group {
    seller_name: Option<String>,
    lines: BTreeMap<Goods, Vec<Part>>,
}

/// Plans the booking of `items`. `lines_per_order` tells the most lines that one order of a
/// marketplace may hold (zero counts as one).
///
/// The same items give the same plan in whatever order they come: bookings by marketplace,
/// session and seller, lines by item id and specification, parts by item.
#[must_use]
pub fn plan(items: &[PlanItem], lines_per_order: &dyn Fn(&str) -> usize) -> Plan {
    let mut seen = BTreeMap::new();
    for item in items {
        *seen.entry(item.id).or_insert(0_usize) += 1;
    }
    let mut refused = Vec::new();
    let mut told = BTreeSet::new();
    let mut groups: BTreeMap<(String, i64, Seller), Group> = BTreeMap::new();
    for item in items {
        let mut reasons = refusals(item);
        // Which of the two was meant is not ours to guess.
        if seen.get(&item.id).is_some_and(|times| *times > 1) {
            reasons.push(PlanRefusal::ChosenTwice);
        }
        let wanted = seller_of(item)
            .zip(item.session)
            .zip(filled(item.item.as_ref()));
        let (Some(((seller, session), goods)), true) = (wanted, reasons.is_empty()) else {
            if told.insert(item.id) {
                refused.push(RefusedItem {
                    item_id: item.id,
                    number: item.number.clone(),
                    reasons,
                });
            }
            continue;
        };
        let group = groups
            .entry((item.marketplace.clone(), session, seller))
            .or_default();
        if let Some(name) = filled(item.seller_name.as_ref()) {
            // The same seller under two names: the same one wins in whatever order they come.
            if group
                .seller_name
                .as_deref()
                .is_none_or(|known| name < known)
            {
                group.seller_name = Some(name.to_owned());
            }
        }
        let specification = filled(item.specification.as_ref()).map(str::to_owned);
        group
            .lines
            .entry((goods.to_owned(), specification))
            .or_default()
            .push(Part {
                item_id: item.id,
                number: item.number.clone(),
                units: item.chosen,
                expected_price: item.expected_price,
            });
    }
    let mut bookings = Vec::new();
    for ((marketplace, session, seller), group) in groups {
        let lines: Vec<PlannedLine> = group
            .lines
            .into_iter()
            .map(|((item, specification), mut parts)| {
                parts.sort_by_key(|part| part.item_id);
                PlannedLine {
                    item,
                    specification,
                    parts,
                    surplus: 0,
                }
            })
            .collect();
        for chunk in lines.chunks(lines_per_order(&marketplace).max(1)) {
            bookings.push(PlannedBooking {
                marketplace: marketplace.clone(),
                session,
                seller: seller.clone(),
                seller_name: group.seller_name.clone(),
                lines: chunk.to_vec(),
            });
        }
    }
    Plan { bookings, refused }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(id: i64, goods: &str, seller: &str, units: i64) -> PlanItem {
        PlanItem {
            id,
            number: format!("№ 53-{id}"),
            marketplace: "1688".to_owned(),
            status: ItemStatus::Paid,
            item: Some(goods.to_owned()),
            specification: None,
            specification_needed: SpecificationNeed::NotKnown,
            seller: Some(seller.to_owned()),
            seller_name: None,
            free: units,
            chosen: units,
            expected_price: Some(Fen(1_000)),
            session: Some(7),
        }
    }

    fn fifty(_: &str) -> usize {
        50
    }

    #[test]
    fn equal_goods_of_two_items_become_one_line_that_remembers_both() {
        let mut second = item(2, "A", "s", 3);
        second.expected_price = Some(Fen(900));
        let plan = plan(
            &[second, item(1, "A", "s", 2), item(3, "B", "s", 1)],
            &fifty,
        );
        assert_eq!(plan.bookings.len(), 1);
        let lines = &plan.bookings[0].lines;
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].units(), 5);
        assert_eq!(lines[0].expected_price(), Some(Fen(900)));
        let parts: Vec<_> = lines[0]
            .parts
            .iter()
            .map(|p| (p.item_id, p.units))
            .collect();
        assert_eq!(parts, [(1, 2), (2, 3)]);
        assert_eq!(plan.units_total(), 6);
    }

    #[test]
    fn a_line_expects_no_price_when_one_of_its_items_expects_none() {
        let mut second = item(2, "A", "s", 1);
        second.expected_price = None;
        let plan = plan(&[item(1, "A", "s", 1), second], &fifty);
        assert_eq!(plan.bookings[0].lines[0].expected_price(), None);
    }

    #[test]
    fn specifications_sellers_sessions_and_marketplaces_are_kept_apart() {
        let mut grey = item(1, "A", "s", 1);
        grey.specification = Some("grey".to_owned());
        let mut elsewhere = item(4, "A", "s", 1);
        elsewhere.marketplace = "taobao".to_owned();
        let mut unnamed = item(5, "A", "s", 1);
        unnamed.seller = Some("  ".to_owned());
        unnamed.seller_name = Some("s".to_owned());
        let plan = plan(
            &[
                grey,
                item(2, "A", "s", 1),
                item(3, "A", "t", 1),
                elsewhere,
                unnamed,
            ],
            &fifty,
        );
        let shape: Vec<_> = plan
            .bookings
            .iter()
            .map(|b| (b.marketplace.as_str(), b.seller.clone(), b.lines.len()))
            .collect();
        assert_eq!(
            shape,
            [
                ("1688", Seller::Id("s".to_owned()), 2),
                ("1688", Seller::Id("t".to_owned()), 1),
                ("1688", Seller::Name("s".to_owned()), 1),
                ("taobao", Seller::Id("s".to_owned()), 1),
            ]
        );
    }

    #[test]
    fn an_order_holds_no_more_lines_than_the_marketplace_allows() {
        let items: Vec<_> = (1..=5)
            .map(|id| item(id, &format!("G{id}"), "s", 1))
            .collect();
        let plan = plan(&items, &|_| 2);
        let sizes: Vec<_> = plan.bookings.iter().map(|b| b.lines.len()).collect();
        assert_eq!(sizes, [2, 2, 1]);
    }

    #[test]
    fn an_item_that_cannot_be_booked_says_everything_that_is_wrong() {
        let mut bad = item(1, "", "", 0);
        bad.status = ItemStatus::Booked;
        bad.specification_needed = SpecificationNeed::Needed;
        bad.session = None;
        let mut greedy = item(2, "A", "s", 2);
        greedy.chosen = 3;
        let mut none = item(3, "A", "s", 2);
        none.chosen = 0;
        let plan = plan(&[bad, greedy, none], &fifty);
        assert!(plan.bookings.is_empty());
        assert_eq!(
            plan.refused[0].reasons,
            [
                PlanRefusal::NotPaid {
                    status: ItemStatus::Booked
                },
                PlanRefusal::NoFreeUnits,
                PlanRefusal::NoSession {
                    marketplace: "1688".to_owned()
                },
                PlanRefusal::NoItemId,
                PlanRefusal::NoSpecification,
                PlanRefusal::SellerUnknown,
            ]
        );
        assert_eq!(
            plan.refused[1].reasons,
            [PlanRefusal::TooFewFree { free: 2, chosen: 3 }]
        );
        assert_eq!(plan.refused[2].reasons, [PlanRefusal::NothingChosen]);
    }

    #[test]
    fn an_item_chosen_twice_is_not_booked_at_all() {
        let plan = plan(&[item(1, "A", "s", 2), item(1, "A", "s", 2)], &fifty);
        assert!(plan.bookings.is_empty());
        assert_eq!(plan.refused.len(), 1);
        assert_eq!(plan.refused[0].reasons, [PlanRefusal::ChosenTwice]);
    }

    proptest! {
        #[test]
        fn no_unit_is_lost_or_doubled_and_the_order_of_items_does_not_matter(
            wanted in prop::collection::vec((0_u8..4, 0_u8..3, -1_i64..5, -1_i64..5), 0..12),
            limit in 0_usize..4,
        ) {
            let items: Vec<PlanItem> = wanted
                .iter()
                .zip(1..)
                .map(|((goods, seller, free, chosen), id)| PlanItem {
                    free: *free,
                    chosen: *chosen,
                    ..item(id, &format!("G{goods}"), &format!("S{seller}"), 1)
                })
                .collect();
            let first = plan(&items, &|_| limit);
            let mut reversed = items.clone();
            reversed.reverse();
            let second = plan(&reversed, &|_| limit);
            prop_assert_eq!(&first.bookings, &second.bookings);

            let mut planned: BTreeMap<i64, i64> = BTreeMap::new();
            for booking in &first.bookings {
                prop_assert!(booking.lines.len() <= limit.max(1));
                for part in booking.lines.iter().flat_map(|l| &l.parts) {
                    prop_assert!(planned.insert(part.item_id, part.units).is_none());
                }
            }
            for item in &items {
                let refused = first.refused.iter().any(|r| r.item_id == item.id);
                match planned.get(&item.id) {
                    Some(units) => {
                        prop_assert!(!refused);
                        prop_assert_eq!(*units, item.chosen);
                        prop_assert!(*units <= item.free);
                    }
                    None => prop_assert!(refused),
                }
            }
        }
    }
}
