//! The status of an item: which moves a person may make, and where the status goes by itself
//! when units are booked, covered, sent or freed.
//!
//! Both answers are given for one item at a time from plain numbers. Who the person is and
//! whether they may act is not decided here.

use crate::PurchaseStatus;
use crate::words::words;
use std::fmt;

words! {
    /// Where an item stands on its way from the customer's order to the customer's hands.
    pub enum ItemStatus {
        /// The customer has not paid yet.
        AwaitingPayment = "awaiting_payment",
        /// Paid by the customer; free units may be booked.
        Paid = "paid",
        /// Waits for the customer to agree to another price or configuration.
        PriceConfirmation = "price_confirmation",
        /// Every unit is covered, a purchase is still unpaid.
        Booked = "booked",
        /// Every unit is covered and paid for.
        Purchased = "purchased",
        /// The sellers have sent every unit.
        ShippedBySeller = "shipped_by_seller",
        /// The warehouse has received it.
        AtWarehouse = "at_warehouse",
        /// Being looked at for quality.
        Inspection = "inspection",
        /// Being packed.
        Packing = "packing",
        /// Packed and waiting to leave.
        ReadyToShip = "ready_to_ship",
        /// On the way to the customer.
        Shipped = "shipped",
        /// With the customer.
        Received = "received",
        /// Sent back to the seller.
        Returned = "returned",
        /// Cannot be bought.
        Unavailable = "unavailable",
        /// No longer wanted.
        Cancelled = "cancelled",
    }
}

/// The way of a purchased item, step by step.
const CHAIN: [ItemStatus; 9] = [
    ItemStatus::Booked,
    ItemStatus::Purchased,
    ItemStatus::ShippedBySeller,
    ItemStatus::AtWarehouse,
    ItemStatus::Inspection,
    ItemStatus::Packing,
    ItemStatus::ReadyToShip,
    ItemStatus::Shipped,
    ItemStatus::Received,
];

impl ItemStatus {
    /// How far an item is: grows along the way to the customer. The three statuses before a
    /// purchase are 0, 1 and 1 (a price to confirm is as far as paid); those that end the way
    /// early have none.
    #[must_use]
    pub const fn rank(self) -> Option<u8> {
        match self {
            Self::AwaitingPayment => Some(0),
            Self::Paid | Self::PriceConfirmation => Some(1),
            Self::Booked => Some(2),
            Self::Purchased => Some(3),
            Self::ShippedBySeller => Some(4),
            Self::AtWarehouse => Some(5),
            Self::Inspection => Some(6),
            Self::Packing => Some(7),
            Self::ReadyToShip => Some(8),
            Self::Shipped => Some(9),
            Self::Received => Some(10),
            Self::Returned | Self::Unavailable | Self::Cancelled => None,
        }
    }

    /// Is this item at `other` or further? False for an item that left the way, and when `other`
    /// is no step of it.
    #[must_use]
    pub const fn is_at_least(self, other: Self) -> bool {
        match (self.rank(), other.rank()) {
            (Some(mine), Some(theirs)) => mine >= theirs,
            _ => false,
        }
    }

    /// Cancelled, impossible to deliver or returned: left out when the order's status is derived.
    #[must_use]
    pub const fn is_left_out(self) -> bool {
        matches!(self, Self::Cancelled | Self::Unavailable | Self::Returned)
    }

    /// May be packed into a parcel.
    #[must_use]
    pub const fn may_be_packed(self) -> bool {
        matches!(
            self,
            Self::AtWarehouse | Self::Inspection | Self::Packing | Self::ReadyToShip
        )
    }

    /// Free units of an item in this status may be booked.
    #[must_use]
    pub const fn may_be_booked(self) -> bool {
        matches!(self, Self::Paid)
    }
}

/// What a person's move is judged by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PersonMove {
    /// Units of the item in open bookings.
    pub reserved: i64,
    /// Units of the item allocated to live purchases.
    pub covered: i64,
    /// The person gave a reason.
    pub has_reason: bool,
    /// The person wrote a note.
    pub has_note: bool,
}

/// What a person must give with a move.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveNeeds {
    /// Nothing more.
    Nothing,
    /// A reason: the item goes one step back.
    Reason,
    /// A note: purchased without a purchase, shown as "Bought elsewhere".
    Note,
}

/// What stands in the way of a person's move.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum MoveRefusal {
    /// The item already has this status.
    SameStatus {
        /// That status.
        status: ItemStatus,
    },
    /// No person may move an item from the one to the other.
    NotFromHere {
        /// Where the item is.
        from: ItemStatus,
        /// Where it was to go.
        to: ItemStatus,
    },
    /// Units are in an open booking or covered by a purchase.
    UnitsTaken {
        /// Units in open bookings.
        reserved: i64,
        /// Units covered by purchases.
        covered: i64,
    },
    /// A step back needs a reason.
    NeedsReason,
    /// "Purchased" without a purchase needs a note that says where it was bought.
    NeedsNote,
}

impl MoveRefusal {
    /// The key under which texts for people are filed.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::SameStatus { .. } => "same_status",
            Self::NotFromHere { .. } => "not_from_here",
            Self::UnitsTaken { .. } => "units_taken",
            Self::NeedsReason => "needs_reason",
            Self::NeedsNote => "needs_note",
        }
    }
}

impl fmt::Display for MoveRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameStatus { status } => write!(f, "the item already is {status}"),
            Self::NotFromHere { from, to } => {
                write!(f, "an item cannot go from {from} to {to}")
            }
            Self::UnitsTaken { reserved, covered } => write!(
                f,
                "{reserved} units are being booked and {covered} are purchased; free them first"
            ),
            Self::NeedsReason => f.write_str("a step back needs a reason"),
            Self::NeedsNote => f.write_str(
                "an item purchased without a purchase needs a note: where was it bought?",
            ),
        }
    }
}
impl std::error::Error for MoveRefusal {}

/// What a move asks for, if it is in the table at all.
enum Step {
    /// A plain move.
    Plain,
    /// One step back.
    Back,
    /// Leaves the way; nothing may be booked or purchased.
    Ends,
    /// Bought outside this system; nothing may be in an open booking.
    Elsewhere,
}

/// The one table of moves by a person.
fn step(from: ItemStatus, to: ItemStatus) -> Option<Step> {
    use ItemStatus as S;
    match (from, to) {
        (S::AwaitingPayment | S::PriceConfirmation | S::Unavailable, S::Paid)
        | (S::Paid, S::AwaitingPayment | S::PriceConfirmation) => Some(Step::Plain),
        (S::AwaitingPayment | S::Paid | S::PriceConfirmation, S::Unavailable | S::Cancelled) => {
            Some(Step::Ends)
        }
        (S::Paid, S::Purchased) => Some(Step::Elsewhere),
        (S::Booked, S::Paid) => Some(Step::Back),
        (_, S::Returned) => from.is_at_least(S::AtWarehouse).then_some(Step::Plain),
        _ => {
            let place = |status| CHAIN.iter().position(|s| *s == status);
            let (here, there) = (place(from)?, place(to)?);
            if there > here {
                Some(Step::Plain)
            } else if there + 1 == here {
                Some(Step::Back)
            } else {
                None
            }
        }
    }
}

fn needs(from: ItemStatus, to: ItemStatus, facts: PersonMove) -> Result<MoveNeeds, MoveRefusal> {
    if from == to {
        return Err(MoveRefusal::SameStatus { status: from });
    }
    let taken = MoveRefusal::UnitsTaken {
        reserved: facts.reserved,
        covered: facts.covered,
    };
    let any_taken = facts.reserved > 0 || facts.covered > 0;
    match step(from, to).ok_or(MoveRefusal::NotFromHere { from, to })? {
        Step::Ends if any_taken => Err(taken),
        // Before `booked` lies "ready for purchase": an item goes back there by being unbound.
        Step::Back if to == ItemStatus::Paid && any_taken => Err(taken),
        Step::Back => Ok(MoveNeeds::Reason),
        Step::Elsewhere if facts.reserved > 0 => Err(taken),
        Step::Elsewhere => Ok(MoveNeeds::Note),
        Step::Plain if to == ItemStatus::Purchased && facts.covered == 0 => Ok(MoveNeeds::Note),
        Step::Plain | Step::Ends => Ok(MoveNeeds::Nothing),
    }
}

/// May a person move an item from `from` to `to`?
///
/// An item leaves for `unavailable` or `cancelled` only while nothing of it is booked or covered
/// (otherwise goods would come for an item that nobody watches); part of it leaves by being split
/// off first. `paid` → `purchased` is for goods bought outside this system.
///
/// # Errors
/// Says what stands in the way.
pub fn person_move(from: ItemStatus, to: ItemStatus, facts: PersonMove) -> Result<(), MoveRefusal> {
    match needs(from, to, facts)? {
        MoveNeeds::Reason if !facts.has_reason => Err(MoveRefusal::NeedsReason),
        MoveNeeds::Note if !facts.has_note => Err(MoveRefusal::NeedsNote),
        _ => Ok(()),
    }
}

/// Every move that a person may make from `from`, with what must be given for it. Reason and note
/// in `facts` are not looked at.
#[must_use]
pub fn allowed_moves(from: ItemStatus, facts: PersonMove) -> Vec<(ItemStatus, MoveNeeds)> {
    ItemStatus::ALL
        .into_iter()
        .filter_map(|to| needs(from, to, facts).ok().map(|needs| (to, needs)))
        .collect()
}

/// Why units that were booked or covered are free again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freed {
    /// The purchase was closed unpaid.
    ClosedUnpaid,
    /// A line of the purchase was closed unpaid.
    LineClosedUnpaid,
    /// A person unbound them.
    Unbound,
    /// The marketplace refused the booking or the line.
    Refused,
    /// A person released a booking whose outcome was unknown.
    Released,
    /// The booking was withdrawn before it was sent.
    Withdrawn,
}

/// How the units of an item stand, all counted in one transaction.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UnitFacts {
    /// Units of the item.
    pub quantity: i64,
    /// Neither booked nor covered.
    pub free: i64,
    /// In open bookings.
    pub reserved: i64,
    /// Covered, part by part, with the status of the purchase line that covers them (of the
    /// purchase where the line has none of its own). Units whose purchase closed unpaid are not
    /// here but free, with `freed`; a `Closed` part here was closed after payment.
    pub covered: Vec<(i64, PurchaseStatus)>,
    /// Why units became free with this very change, if any did.
    pub freed: Option<Freed>,
}

/// What is worth telling beside an item's status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "note")]
pub enum Note {
    /// The marketplace says something else than the item's status, which a person answers for.
    MarketplaceSays {
        /// What it says of the least advanced units.
        status: PurchaseStatus,
    },
    /// The marketplace says that everything was signed for: has the warehouse received it?
    SignedForAtWarehouse,
    /// The item went back to `paid`, for this reason.
    BackToPaid {
        /// Why its units are free.
        because: Freed,
    },
}

/// What follows for an item's status by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AutoMove {
    /// The new status; `None` when it stays.
    pub to: Option<ItemStatus>,
    /// What to tell beside it.
    pub note: Option<Note>,
}

/// Where one covered unit stands by its purchase alone. A word that we do not know tells nothing
/// but that there is a purchase.
const fn of_unit(status: PurchaseStatus) -> ItemStatus {
    match status {
        PurchaseStatus::Building
        | PurchaseStatus::ToPay
        | PurchaseStatus::Closed
        | PurchaseStatus::Unknown => ItemStatus::Booked,
        PurchaseStatus::PaidToSeller | PurchaseStatus::PartlySent => ItemStatus::Purchased,
        PurchaseStatus::Sent | PurchaseStatus::Signed | PurchaseStatus::Completed => {
            ItemStatus::ShippedBySeller
        }
    }
}

/// Where an item belongs by its units alone: `paid` while one is free or still being booked,
/// else where its least advanced unit is, and never past `shipped_by_seller`.
#[must_use]
pub fn by_units(facts: &UnitFacts) -> ItemStatus {
    if facts.free > 0 || facts.reserved > 0 || facts.covered.is_empty() {
        return ItemStatus::Paid;
    }
    facts
        .covered
        .iter()
        .map(|(_, status)| of_unit(*status))
        .min_by_key(|status| status.rank())
        .unwrap_or(ItemStatus::Paid)
}

/// Where an item goes by itself after its units changed or a purchase was read.
///
/// - It follows its least advanced unit between `paid` and `shipped_by_seller`.
/// - Over a status that a person set it moves forward only, except that freed units bring it back
///   to `paid`: otherwise nobody would buy them.
/// - A price to confirm, an item that left the way, and everything from `at_warehouse` on stay;
///   what the marketplace says differently becomes a note.
/// - Purchases closed after payment move nothing: a person decides.
/// - Payment is not the marketplace's to tell: `awaiting_payment` never becomes `paid` here.
#[must_use]
pub fn automatic(current: ItemStatus, set_by_person: bool, facts: &UnitFacts) -> AutoMove {
    use ItemStatus as S;
    let says = facts
        .covered
        .iter()
        .filter(|(units, _)| *units > 0)
        .map(|(_, status)| *status)
        .min_by_key(|status| (of_unit(*status).rank(), *status));
    let differs = |differs: bool| AutoMove {
        to: None,
        note: says
            .filter(|_| differs)
            .map(|status| Note::MarketplaceSays { status }),
    };
    let wanted = by_units(facts);
    match current {
        S::Unavailable | S::Cancelled => return differs(true),
        S::PriceConfirmation => return differs(wanted != S::Paid),
        S::AtWarehouse
        | S::Inspection
        | S::Packing
        | S::ReadyToShip
        | S::Shipped
        | S::Received
        | S::Returned => {
            return differs(says.is_some_and(|status| !status.is_sent()));
        }
        S::AwaitingPayment | S::Paid | S::Booked | S::Purchased | S::ShippedBySeller => {}
    }
    let closed = facts
        .covered
        .iter()
        .any(|(_, status)| *status == PurchaseStatus::Closed);
    if closed && facts.freed.is_none() {
        return differs(true);
    }
    if wanted == S::Paid {
        if current == S::AwaitingPayment || current == S::Paid {
            return AutoMove {
                to: None,
                note: facts.freed.map(|because| Note::BackToPaid { because }),
            };
        }
        return match facts.freed {
            Some(because) => AutoMove {
                to: Some(S::Paid),
                note: Some(Note::BackToPaid { because }),
            },
            None if set_by_person => differs(false),
            None => AutoMove {
                to: Some(S::Paid),
                note: None,
            },
        };
    }
    let signed = facts
        .covered
        .iter()
        .all(|(_, s)| matches!(s, PurchaseStatus::Signed | PurchaseStatus::Completed));
    let note = signed.then_some(Note::SignedForAtWarehouse);
    if wanted.rank() > current.rank() {
        return AutoMove {
            to: Some(wanted),
            note,
        };
    }
    if wanted == current {
        return AutoMove { to: None, note };
    }
    let uninformed = facts
        .covered
        .iter()
        .any(|(_, status)| *status == PurchaseStatus::Unknown);
    if set_by_person || uninformed {
        differs(true)
    } else {
        AutoMove {
            to: Some(wanted),
            note: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ItemStatus as S;
    use PurchaseStatus as P;
    use proptest::prelude::*;

    /// What a person may do with nothing booked or covered, written out once more by hand.
    const FREE_MOVES: &[(S, &[S])] = &[
        (S::AwaitingPayment, &[S::Paid, S::Unavailable, S::Cancelled]),
        (
            S::Paid,
            &[
                S::AwaitingPayment,
                S::PriceConfirmation,
                S::Purchased,
                S::Unavailable,
                S::Cancelled,
            ],
        ),
        (
            S::PriceConfirmation,
            &[S::Paid, S::Unavailable, S::Cancelled],
        ),
        (
            S::Booked,
            &[
                S::Paid,
                S::Purchased,
                S::ShippedBySeller,
                S::AtWarehouse,
                S::Inspection,
                S::Packing,
                S::ReadyToShip,
                S::Shipped,
                S::Received,
            ],
        ),
        (
            S::Purchased,
            &[
                S::Booked,
                S::ShippedBySeller,
                S::AtWarehouse,
                S::Inspection,
                S::Packing,
                S::ReadyToShip,
                S::Shipped,
                S::Received,
            ],
        ),
        (
            S::ShippedBySeller,
            &[
                S::Purchased,
                S::AtWarehouse,
                S::Inspection,
                S::Packing,
                S::ReadyToShip,
                S::Shipped,
                S::Received,
            ],
        ),
        (
            S::AtWarehouse,
            &[
                S::ShippedBySeller,
                S::Inspection,
                S::Packing,
                S::ReadyToShip,
                S::Shipped,
                S::Received,
                S::Returned,
            ],
        ),
        (
            S::Inspection,
            &[
                S::AtWarehouse,
                S::Packing,
                S::ReadyToShip,
                S::Shipped,
                S::Received,
                S::Returned,
            ],
        ),
        (
            S::Packing,
            &[
                S::Inspection,
                S::ReadyToShip,
                S::Shipped,
                S::Received,
                S::Returned,
            ],
        ),
        (
            S::ReadyToShip,
            &[S::Packing, S::Shipped, S::Received, S::Returned],
        ),
        (S::Shipped, &[S::ReadyToShip, S::Received, S::Returned]),
        (S::Received, &[S::Shipped, S::Returned]),
        (S::Returned, &[]),
        (S::Unavailable, &[S::Paid]),
        (S::Cancelled, &[]),
    ];

    fn facts(reserved: i64, covered: i64) -> PersonMove {
        PersonMove {
            reserved,
            covered,
            has_reason: true,
            has_note: true,
        }
    }

    #[test]
    fn a_person_moves_an_item_exactly_as_the_table_says() {
        assert_eq!(FREE_MOVES.len(), S::ALL.len());
        for (from, allowed) in FREE_MOVES {
            for to in S::ALL {
                let result = person_move(*from, to, facts(0, 0));
                let expected = if *from == to {
                    Err(MoveRefusal::SameStatus { status: to })
                } else if allowed.contains(&to) {
                    Ok(())
                } else {
                    Err(MoveRefusal::NotFromHere { from: *from, to })
                };
                assert_eq!(result, expected, "{from} to {to}");
            }
        }
    }

    #[test]
    fn the_page_offers_exactly_the_moves_that_are_not_refused() {
        for from in S::ALL {
            for (reserved, covered) in [(0, 0), (1, 0), (0, 1), (2, 3)] {
                let bare = PersonMove {
                    reserved,
                    covered,
                    ..PersonMove::default()
                };
                let offered = allowed_moves(from, bare);
                for to in S::ALL {
                    let given = person_move(from, to, facts(reserved, covered));
                    let needs = offered.iter().find(|(s, _)| *s == to).map(|(_, n)| *n);
                    assert_eq!(given.is_ok(), needs.is_some(), "{from} to {to}");
                    match needs {
                        Some(MoveNeeds::Nothing) => assert!(person_move(from, to, bare).is_ok()),
                        Some(MoveNeeds::Reason) => {
                            assert_eq!(person_move(from, to, bare), Err(MoveRefusal::NeedsReason));
                        }
                        Some(MoveNeeds::Note) => {
                            assert_eq!(person_move(from, to, bare), Err(MoveRefusal::NeedsNote));
                        }
                        None => {}
                    }
                }
            }
        }
    }

    #[test]
    fn an_item_with_units_taken_does_not_leave_unseen() {
        for from in [S::AwaitingPayment, S::Paid, S::PriceConfirmation] {
            for to in [S::Cancelled, S::Unavailable] {
                for (reserved, covered) in [(1, 0), (0, 2)] {
                    assert_eq!(
                        person_move(from, to, facts(reserved, covered)),
                        Err(MoveRefusal::UnitsTaken { reserved, covered })
                    );
                }
            }
        }
        assert!(person_move(S::Booked, S::Paid, facts(0, 2)).is_err());
        assert!(person_move(S::Paid, S::Purchased, facts(1, 0)).is_err());
        assert!(person_move(S::Paid, S::Purchased, facts(0, 2)).is_ok());
    }

    #[test]
    fn a_step_back_wants_a_reason_and_bought_elsewhere_a_note() {
        let with = |from, to, covered, has_reason, has_note| {
            person_move(
                from,
                to,
                PersonMove {
                    reserved: 0,
                    covered,
                    has_reason,
                    has_note,
                },
            )
        };
        let no_reason = Err(MoveRefusal::NeedsReason);
        let no_note = Err(MoveRefusal::NeedsNote);
        assert_eq!(with(S::Packing, S::Inspection, 1, false, true), no_reason);
        assert_eq!(with(S::Packing, S::Inspection, 1, true, false), Ok(()));
        assert_eq!(with(S::Paid, S::Purchased, 0, true, false), no_note);
        assert_eq!(with(S::Paid, S::Purchased, 0, false, true), Ok(()));
        assert_eq!(with(S::Booked, S::Purchased, 0, true, false), no_note);
        assert_eq!(with(S::Booked, S::Purchased, 5, false, false), Ok(()));
    }

    fn units(free: i64, reserved: i64, covered: &[(i64, P)]) -> UnitFacts {
        UnitFacts {
            quantity: free + reserved + covered.iter().map(|(units, _)| units).sum::<i64>(),
            free,
            reserved,
            covered: covered.to_vec(),
            freed: None,
        }
    }

    fn moved(to: S) -> AutoMove {
        AutoMove {
            to: Some(to),
            note: None,
        }
    }

    fn says(status: P) -> AutoMove {
        AutoMove {
            to: None,
            note: Some(Note::MarketplaceSays { status }),
        }
    }

    #[test]
    fn an_item_follows_its_least_advanced_unit() {
        let table: &[(&[(i64, P)], S)] = &[
            (&[(2, P::Building)], S::Booked),
            (&[(2, P::ToPay)], S::Booked),
            (&[(1, P::ToPay), (1, P::Sent)], S::Booked),
            (&[(2, P::Unknown)], S::Booked),
            (&[(2, P::PaidToSeller)], S::Purchased),
            (&[(1, P::PartlySent), (1, P::Sent)], S::Purchased),
            (&[(1, P::Sent), (1, P::Sent)], S::ShippedBySeller),
        ];
        for (covered, status) in table {
            let facts = units(0, 0, covered);
            assert_eq!(
                automatic(S::Paid, false, &facts),
                moved(*status),
                "{covered:?}"
            );
            assert_eq!(automatic(*status, false, &facts), AutoMove::default());
        }
    }

    #[test]
    fn an_item_stays_paid_while_a_unit_is_free_or_being_booked() {
        for facts in [
            units(2, 0, &[(3, P::Sent)]),
            units(0, 2, &[(3, P::Sent)]),
            units(5, 0, &[]),
        ] {
            assert_eq!(automatic(S::Paid, false, &facts), AutoMove::default());
            assert_eq!(
                automatic(S::AwaitingPayment, false, &facts),
                AutoMove::default(),
                "payment is not the marketplace's to tell"
            );
        }
    }

    #[test]
    fn signed_only_suggests_the_warehouse() {
        let signed = units(0, 0, &[(1, P::Signed), (1, P::Completed)]);
        let suggested = Some(Note::SignedForAtWarehouse);
        assert_eq!(
            automatic(S::Purchased, false, &signed),
            AutoMove {
                to: Some(S::ShippedBySeller),
                note: suggested
            }
        );
        assert_eq!(
            automatic(S::ShippedBySeller, true, &signed),
            AutoMove {
                to: None,
                note: suggested
            }
        );
        assert_eq!(
            automatic(S::AtWarehouse, true, &signed),
            AutoMove::default()
        );
    }

    #[test]
    fn over_a_persons_status_it_only_goes_forward() {
        let unpaid = units(0, 0, &[(2, P::ToPay)]);
        assert_eq!(automatic(S::Purchased, true, &unpaid), says(P::ToPay));
        assert_eq!(automatic(S::Purchased, false, &unpaid), moved(S::Booked));
        assert_eq!(automatic(S::Paid, true, &unpaid), moved(S::Booked));
        let elsewhere = units(2, 0, &[]);
        assert_eq!(
            automatic(S::Purchased, true, &elsewhere),
            AutoMove::default()
        );
        assert_eq!(automatic(S::Booked, false, &elsewhere), moved(S::Paid));
    }

    #[test]
    fn freed_units_bring_the_item_back_with_the_reason() {
        let because = Freed::ClosedUnpaid;
        let note = Some(Note::BackToPaid { because });
        for covered in [&[][..], &[(1, P::Sent)], &[(1, P::Closed)]] {
            let facts = UnitFacts {
                freed: Some(because),
                ..units(2, 0, covered)
            };
            for by_person in [false, true] {
                for current in [S::Booked, S::Purchased, S::ShippedBySeller] {
                    let back = AutoMove {
                        to: Some(S::Paid),
                        note,
                    };
                    assert_eq!(automatic(current, by_person, &facts), back);
                }
                assert_eq!(
                    automatic(S::Paid, by_person, &facts),
                    AutoMove { to: None, note }
                );
                assert_eq!(automatic(S::Packing, by_person, &facts).to, None);
            }
        }
    }

    #[test]
    fn closed_after_payment_moves_nothing_and_is_told() {
        let facts = units(0, 0, &[(1, P::Closed), (1, P::Sent)]);
        for current in [
            S::Paid,
            S::Booked,
            S::Purchased,
            S::ShippedBySeller,
            S::Shipped,
        ] {
            assert_eq!(automatic(current, false, &facts).to, None, "{current}");
        }
        assert_eq!(
            automatic(S::Purchased, false, &facts),
            says(P::Closed),
            "the closed part is what matters"
        );
    }

    #[test]
    fn an_unknown_word_never_moves_back() {
        let facts = units(0, 0, &[(1, P::Unknown), (1, P::Sent)]);
        assert_eq!(
            automatic(S::ShippedBySeller, false, &facts),
            says(P::Unknown)
        );
        assert_eq!(automatic(S::Purchased, false, &facts).to, None);
    }

    #[test]
    fn what_a_person_answers_for_is_left_alone_and_differences_are_told() {
        let unpaid = units(0, 0, &[(1, P::ToPay)]);
        let sent = units(0, 0, &[(1, P::Sent)]);
        for current in [
            S::AtWarehouse,
            S::Inspection,
            S::Packing,
            S::ReadyToShip,
            S::Shipped,
            S::Received,
            S::Returned,
        ] {
            assert_eq!(automatic(current, true, &unpaid), says(P::ToPay));
            assert_eq!(automatic(current, true, &sent), AutoMove::default());
        }
        for current in [S::Unavailable, S::Cancelled, S::PriceConfirmation] {
            assert_eq!(automatic(current, true, &sent), says(P::Sent));
            assert_eq!(
                automatic(current, true, &units(1, 0, &[])),
                AutoMove::default()
            );
        }
    }

    proptest! {
        #[test]
        fn by_itself_an_item_stays_between_paid_and_shipped_by_seller(
            current in 0..S::ALL.len(),
            by_person: bool,
            free in 0_i64..3,
            reserved in 0_i64..3,
            covered in prop::collection::vec((1_i64..3, 0..P::ALL.len()), 0..4),
            freed: bool,
        ) {
            let current = S::ALL[current];
            let covered: Vec<_> = covered.into_iter().map(|(n, s)| (n, P::ALL[s])).collect();
            let facts = UnitFacts {
                freed: (freed && free > 0).then_some(Freed::Unbound),
                ..units(free, reserved, &covered)
            };
            let result = automatic(current, by_person, &facts);
            if let Some(to) = result.to {
                prop_assert!(to != current);
                prop_assert!([S::Paid, S::Booked, S::Purchased, S::ShippedBySeller].contains(&to));
                prop_assert!(!current.is_left_out() && current != S::PriceConfirmation);
                prop_assert!(!current.is_at_least(S::AtWarehouse));
                if by_person && facts.freed.is_none() {
                    prop_assert!(to.rank() > current.rank());
                }
                if to != S::Paid {
                    prop_assert_eq!(free + reserved, 0);
                }
                // What follows from the same facts once more is nothing.
                prop_assert_eq!(automatic(to, false, &facts).to, None);
            }
        }
    }
}
