//! What is known of a booking, and what each piece of evidence does to it.
//!
//! Whoever learns something of a booking (the sender, a search, a push message, a
//! synchronization, a person) hands it to [`weigh`]; nobody decides beside it. The table is
//! total: every state meets every kind of evidence, and the compiler sees to it.
//!
//! Two promises hold whatever arrives in whatever order. A booking that was placed stays placed.
//! An order that carries our reference is always kept. The tests go through all orders.

use crate::ExceptionKind;
use crate::words::words;
use std::fmt;
use world::Timestamp;

words! {
    /// What is known of a booking as a whole. What became of each line stands on the line; see
    /// [`LineOutcome`].
    pub enum BookingState {
        /// Stored, units reserved, not sent.
        Planned = "planned",
        /// May be on its way: whoever finds it so only looks.
        Sending = "sending",
        /// It was or may have been sent, and nobody knows what came of it.
        Unknown = "unknown",
        /// The marketplace made at least one order of it.
        Placed = "placed",
        /// The marketplace definitely made nothing of it.
        Refused = "refused",
        /// A person decided after looking that it is not there.
        Released = "released",
        /// Taken back before it was sent.
        Withdrawn = "withdrawn",
    }
}

impl BookingState {
    /// The outcome is not certain yet and units are reserved.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::Sending | Self::Unknown)
    }

    /// The marketplace is searched for its reference by itself: while the outcome is not known,
    /// and after a release in case the order surfaces.
    #[must_use]
    pub const fn is_searched_for(self) -> bool {
        matches!(self, Self::Sending | Self::Unknown | Self::Released)
    }

    /// It was never sent and may be taken back.
    #[must_use]
    pub const fn may_be_withdrawn(self) -> bool {
        matches!(self, Self::Planned)
    }
}

words! {
    /// What became of one line of a booking.
    pub enum LineOutcome {
        /// Not certain; its units stay reserved.
        Open = "open",
        /// Bought.
        Placed = "placed",
        /// Refused by name; its units are free.
        Refused = "refused",
        /// Freed by a person.
        Released = "released",
    }
}

/// Some lines were placed and others were not: shown as "partly placed". Derived, never stored.
#[must_use]
pub fn is_partly_placed(lines: &[LineOutcome]) -> bool {
    lines.contains(&LineOutcome::Placed) && lines.iter().any(|line| *line != LineOutcome::Placed)
}

/// A piece of evidence about one booking.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EvidenceKind {
    /// One order or more.
    Orders {
        /// The order itself carries exactly our reference, or the answer to our create named it,
        /// or a person chose it after it was checked. Anything else is only a candidate.
        exact_reference: bool,
    },
    /// Proof that no order was made: no byte was sent, or a refusal that the connector's table
    /// lists. An answer that names any order is never this.
    DefiniteNo {
        /// Told by the one who holds the token to send.
        by_token_holder: bool,
    },
    /// A search found no order.
    NothingFound,
    /// A time-out, a cut connection, an answer that cannot be read, a sender that is gone.
    Unclear,
}

impl EvidenceKind {
    /// Every kind of evidence.
    pub const ALL: [Self; 6] = [
        Self::Orders {
            exact_reference: true,
        },
        Self::Orders {
            exact_reference: false,
        },
        Self::DefiniteNo {
            by_token_holder: true,
        },
        Self::DefiniteNo {
            by_token_holder: false,
        },
        Self::NothingFound,
        Self::Unclear,
    ];
}

/// What follows from a piece of evidence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consequence {
    /// The booking is placed: purchases are kept, claims move from booking lines to purchase
    /// lines, surplus opens an exception.
    Place,
    /// The booking is refused and its units are free.
    Refuse,
    /// The outcome is not known; look-ups are scheduled, nothing is sent.
    BecomeUnknown,
    /// Nothing changes; the next look is scheduled.
    LookAgain,
    /// Nothing changes; the orders are shown as candidates for a person to choose from, and the
    /// next look is scheduled.
    OfferCandidates,
    /// Further orders belong to a placed booking: units still reserved are moved, surplus opens
    /// an exception.
    Attach,
    /// The purchase is kept, units are claimed again if they are free, and an exception opens in
    /// any case.
    KeepSurfaced(ExceptionKind),
    /// The booking stays placed and an exception opens.
    Contradicted(ExceptionKind),
    /// Nothing follows.
    Nothing,
}

impl Consequence {
    /// The state of the booking afterwards. A surfaced order leaves it: that it was refused or
    /// released stays true, and the purchase stands beside it.
    #[must_use]
    pub const fn next_state(self, state: BookingState) -> BookingState {
        match self {
            Self::Place => BookingState::Placed,
            Self::Refuse => BookingState::Refused,
            Self::BecomeUnknown => BookingState::Unknown,
            Self::LookAgain
            | Self::OfferCandidates
            | Self::Attach
            | Self::KeepSurfaced(_)
            | Self::Contradicted(_)
            | Self::Nothing => state,
        }
    }

    /// The orders of the evidence become purchases of ours.
    #[must_use]
    pub const fn keeps_orders(self) -> bool {
        matches!(self, Self::Place | Self::Attach | Self::KeepSurfaced(_))
    }

    /// The units of the booking become free.
    #[must_use]
    pub const fn frees_units(self) -> bool {
        matches!(self, Self::Refuse)
    }

    /// The exception that opens in any case.
    #[must_use]
    pub const fn exception(self) -> Option<ExceptionKind> {
        match self {
            Self::KeepSurfaced(kind) | Self::Contradicted(kind) => Some(kind),
            _ => None,
        }
    }

    /// A next look is due.
    #[must_use]
    pub const fn schedules_look(self) -> bool {
        matches!(
            self,
            Self::BecomeUnknown | Self::LookAgain | Self::OfferCandidates
        )
    }
}

const FOUND: EvidenceKind = EvidenceKind::Orders {
    exact_reference: true,
};
const CANDIDATE: EvidenceKind = EvidenceKind::Orders {
    exact_reference: false,
};
const OWN_NO: EvidenceKind = EvidenceKind::DefiniteNo {
    by_token_holder: true,
};
const OTHER_NO: EvidenceKind = EvidenceKind::DefiniteNo {
    by_token_holder: false,
};

/// The one table: what `evidence` means for a booking in `state`.
#[must_use]
pub const fn weigh(state: BookingState, evidence: EvidenceKind) -> Consequence {
    use BookingState as S;
    use Consequence as C;
    use EvidenceKind as E;
    match state {
        // Not sent, as far as our own record goes. Whoever can tell how a sending ended proves
        // that one took place (after a restored backup, say), and the permit is gone.
        S::Planned => match evidence {
            FOUND => C::Place,
            OWN_NO => C::Refuse,
            OTHER_NO | E::Unclear => C::BecomeUnknown,
            CANDIDATE | E::NothingFound => C::Nothing,
        },
        // A no from anyone but the sender proves nothing of the sender's request, and an empty
        // search proves nothing at all. Orders without the reference are for a person to choose
        // from.
        S::Sending => match evidence {
            FOUND => C::Place,
            CANDIDATE => C::OfferCandidates,
            OWN_NO => C::Refuse,
            OTHER_NO | E::NothingFound => C::LookAgain,
            E::Unclear => C::BecomeUnknown,
        },
        // Once the outcome is unknown even the sender's own late no frees nothing by itself: it
        // is recorded as the sender's end, after which searches count for a release.
        S::Unknown => match evidence {
            FOUND => C::Place,
            CANDIDATE => C::OfferCandidates,
            OWN_NO | OTHER_NO | E::NothingFound | E::Unclear => C::LookAgain,
        },
        // A no for something that exists is strange enough for a person.
        S::Placed => match evidence {
            FOUND => C::Attach,
            OWN_NO | OTHER_NO => C::Contradicted(ExceptionKind::RefusedButExists),
            CANDIDATE | E::NothingFound | E::Unclear => C::Nothing,
        },
        // From here on the units are free, or taken by another booking.
        S::Refused => match evidence {
            FOUND => C::KeepSurfaced(ExceptionKind::RefusedButExists),
            CANDIDATE | OWN_NO | OTHER_NO | E::NothingFound | E::Unclear => C::Nothing,
        },
        // A released reference is looked for as long as an unknown one.
        S::Released => match evidence {
            FOUND => C::KeepSurfaced(ExceptionKind::SurfacedAfterRelease),
            E::NothingFound | E::Unclear => C::LookAgain,
            CANDIDATE | OWN_NO | OTHER_NO => C::Nothing,
        },
        S::Withdrawn => match evidence {
            FOUND => C::KeepSurfaced(ExceptionKind::SurfacedAfterRelease),
            CANDIDATE | OWN_NO | OTHER_NO | E::NothingFound | E::Unclear => C::Nothing,
        },
    }
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const FIRST_PAUSES: [i64; 5] = [5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE];
const HOURLY_FOR: i64 = 48 * HOUR;
const DAILY_FOR: i64 = 30 * DAY;

/// Seconds to wait before the next look for a reference, after `looks` looks so far and so many
/// seconds since the sending began (since the release, for a released one). `None` when it is no
/// longer looked for by itself.
///
/// The first five looks are always made, however long the program was down: a booking must not
/// grow old without anybody having looked.
#[must_use]
pub fn search_pause(looks: u32, since_sending_seconds: i64) -> Option<i64> {
    let first = usize::try_from(looks)
        .ok()
        .and_then(|looks| FIRST_PAUSES.get(looks));
    if let Some(pause) = first {
        Some(*pause)
    } else if since_sending_seconds < HOURLY_FOR {
        Some(HOUR)
    } else if since_sending_seconds < HOURLY_FOR + DAILY_FOR {
        Some(DAY)
    } else {
        None
    }
}

/// How long after the deadline for sending a sender that told nothing is taken for gone.
pub const SENDER_GONE_AFTER_SECONDS: i64 = 15 * MINUTE;
/// How many complete empty searches a release needs.
pub const SEARCHES_BEFORE_RELEASE: usize = 2;

/// What a release is judged by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReleaseFacts {
    /// State of the booking.
    pub state: BookingState,
    /// After this moment its sender must not send.
    pub send_by: Option<Timestamp>,
    /// When the token holder recorded that it had ended, if it did.
    pub holder_ended: Option<Timestamp>,
    /// When each complete search that found nothing began.
    pub empty_searches: Vec<Timestamp>,
}

/// Why a booking cannot be released (yet).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReleaseRefusal {
    /// Its outcome is known, or it was never sent.
    NotOpen {
        /// State of the booking.
        state: BookingState,
    },
    /// The sender may still be at work.
    SenderMayBeAlive {
        /// Until this moment.
        until: Timestamp,
    },
    /// It must be looked for first.
    LookFirst {
        /// Complete empty searches still needed.
        searches: usize,
        /// Searches count from this moment on.
        from: Timestamp,
    },
}

impl fmt::Display for ReleaseRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpen { state } => {
                write!(f, "the booking is {state}: there is nothing to release")
            }
            Self::SenderMayBeAlive { .. } => {
                f.write_str("the sender of this booking may still be at work")
            }
            Self::LookFirst { searches, .. } => {
                write!(
                    f,
                    "{searches} more complete searches must find nothing first"
                )
            }
        }
    }
}
impl std::error::Error for ReleaseRefusal {}

/// May a person release the units of a booking that was not found?
///
/// Only once its sender can no longer send: it recorded its own end and its deadline is over, or
/// it has been silent for [`SENDER_GONE_AFTER_SECONDS`] after the deadline. And only after
/// [`SEARCHES_BEFORE_RELEASE`] complete searches that began after that moment found nothing.
///
/// # Errors
/// Says what is missing.
pub fn release_allowed(facts: &ReleaseFacts, now: Timestamp) -> Result<(), ReleaseRefusal> {
    let not_open = ReleaseRefusal::NotOpen { state: facts.state };
    if !matches!(facts.state, BookingState::Sending | BookingState::Unknown) {
        return Err(not_open);
    }
    let send_by = facts.send_by.ok_or(not_open)?;
    let silent = send_by.plus_seconds(SENDER_GONE_AFTER_SECONDS);
    let from = facts
        .holder_ended
        .map_or(silent, |ended| ended.max(send_by).min(silent));
    if now < from {
        return Err(ReleaseRefusal::SenderMayBeAlive { until: from });
    }
    let empty = facts
        .empty_searches
        .iter()
        .filter(|began| **began >= from)
        .count();
    match SEARCHES_BEFORE_RELEASE.checked_sub(empty) {
        None | Some(0) => Ok(()),
        Some(searches) => Err(ReleaseRefusal::LookFirst { searches, from }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use BookingState as S;
    use Consequence as C;
    use EvidenceKind as E;
    use ExceptionKind as X;

    #[test]
    fn the_whole_table_row_by_row() {
        let columns = [
            FOUND,
            CANDIDATE,
            OWN_NO,
            OTHER_NO,
            E::NothingFound,
            E::Unclear,
        ];
        let contradicted = C::Contradicted(X::RefusedButExists);
        let rows = [
            (
                S::Planned,
                [
                    C::Place,
                    C::Nothing,
                    C::Refuse,
                    C::BecomeUnknown,
                    C::Nothing,
                    C::BecomeUnknown,
                ],
            ),
            (
                S::Sending,
                [
                    C::Place,
                    C::OfferCandidates,
                    C::Refuse,
                    C::LookAgain,
                    C::LookAgain,
                    C::BecomeUnknown,
                ],
            ),
            (
                S::Unknown,
                [
                    C::Place,
                    C::OfferCandidates,
                    C::LookAgain,
                    C::LookAgain,
                    C::LookAgain,
                    C::LookAgain,
                ],
            ),
            (
                S::Placed,
                [
                    C::Attach,
                    C::Nothing,
                    contradicted,
                    contradicted,
                    C::Nothing,
                    C::Nothing,
                ],
            ),
            (
                S::Refused,
                [
                    C::KeepSurfaced(X::RefusedButExists),
                    C::Nothing,
                    C::Nothing,
                    C::Nothing,
                    C::Nothing,
                    C::Nothing,
                ],
            ),
            (
                S::Released,
                [
                    C::KeepSurfaced(X::SurfacedAfterRelease),
                    C::Nothing,
                    C::Nothing,
                    C::Nothing,
                    C::LookAgain,
                    C::LookAgain,
                ],
            ),
            (
                S::Withdrawn,
                [
                    C::KeepSurfaced(X::SurfacedAfterRelease),
                    C::Nothing,
                    C::Nothing,
                    C::Nothing,
                    C::Nothing,
                    C::Nothing,
                ],
            ),
        ];
        assert_eq!(rows.len(), S::ALL.len());
        assert_eq!(columns.len(), E::ALL.len());
        for (state, row) in rows {
            for (evidence, wanted) in columns.into_iter().zip(row) {
                assert_eq!(weigh(state, evidence), wanted, "{state} meets {evidence:?}");
            }
        }
    }

    /// Every sequence of evidence up to this length, from every state.
    fn for_every_sequence(length: u32, check: impl Fn(S, &[E])) {
        let kinds = E::ALL.len();
        for start in S::ALL {
            for number in 0..kinds.pow(length) {
                let mut rest = number;
                let sequence: Vec<E> = (0..length)
                    .map(|_| {
                        let kind = E::ALL[rest % kinds];
                        rest /= kinds;
                        kind
                    })
                    .collect();
                check(start, &sequence);
            }
        }
    }

    #[test]
    fn placed_stays_placed_and_no_order_is_lost_in_any_order_of_arrival() {
        for_every_sequence(5, |start, sequence| {
            let mut state = start;
            for evidence in sequence {
                let consequence = weigh(state, *evidence);
                let next = consequence.next_state(state);
                if state == S::Placed {
                    assert_eq!(next, S::Placed, "{start} {sequence:?}");
                    assert!(!consequence.frees_units());
                }
                if *evidence == FOUND {
                    assert!(consequence.keeps_orders(), "{start} {sequence:?}");
                } else {
                    assert!(!consequence.keeps_orders(), "an order out of nothing");
                }
                state = next;
            }
            if start.is_open() && sequence.first() == Some(&FOUND) {
                assert_eq!(state, S::Placed);
            }
        });
    }

    #[test]
    fn units_are_freed_once_at_most_and_only_by_the_sender() {
        for_every_sequence(5, |start, sequence| {
            let mut state = start;
            let mut freed = 0;
            for evidence in sequence {
                let consequence = weigh(state, *evidence);
                if consequence.frees_units() {
                    freed += 1;
                    assert_eq!(*evidence, OWN_NO);
                    assert!(matches!(state, S::Planned | S::Sending));
                }
                state = consequence.next_state(state);
            }
            assert!(freed <= 1, "{start} {sequence:?}");
        });
    }

    #[test]
    fn nothing_goes_back_to_planned_or_sending_so_nothing_is_sent_twice() {
        for state in S::ALL {
            for evidence in E::ALL {
                let next = weigh(state, evidence).next_state(state);
                assert!(next == state || !matches!(next, S::Planned | S::Sending));
                // Evidence that a sending took place takes the permit away.
                if state == S::Planned && !matches!(evidence, CANDIDATE | E::NothingFound) {
                    assert_ne!(next, S::Planned);
                }
            }
        }
    }

    #[test]
    fn whoever_comes_first_the_yes_is_kept_beside_a_no() {
        let run = |sequence: [E; 2]| {
            let mut state = S::Sending;
            let mut opened = None;
            for evidence in sequence {
                let consequence = weigh(state, evidence);
                opened = opened.or(consequence.exception());
                state = consequence.next_state(state);
            }
            (state, opened)
        };
        assert_eq!(run([FOUND, OWN_NO]), (S::Placed, Some(X::RefusedButExists)));
        assert_eq!(
            run([OWN_NO, FOUND]),
            (S::Refused, Some(X::RefusedButExists))
        );
        assert_eq!(run([OTHER_NO, FOUND]), (S::Placed, None));
        assert_eq!(run([E::Unclear, FOUND]), (S::Placed, None));
    }

    #[test]
    fn looks_grow_rarer_and_end() {
        let pauses: Vec<_> = (0..6).map(|looks| search_pause(looks, 60)).collect();
        assert_eq!(
            pauses,
            [
                Some(5),
                Some(30),
                Some(120),
                Some(600),
                Some(1_800),
                Some(3_600)
            ]
        );
        assert_eq!(search_pause(40, HOURLY_FOR - 1), Some(HOUR));
        assert_eq!(search_pause(40, HOURLY_FOR), Some(DAY));
        assert_eq!(search_pause(90, HOURLY_FOR + DAILY_FOR - 1), Some(DAY));
        assert_eq!(search_pause(90, HOURLY_FOR + DAILY_FOR), None);
        assert_eq!(search_pause(0, 100 * DAY), Some(5), "never looked for yet");
    }

    #[test]
    fn the_looks_of_a_whole_life_are_counted() {
        let (mut since, mut looks) = (0, 0);
        while let Some(pause) = search_pause(looks, since) {
            since += pause;
            looks += 1;
        }
        assert!((32 * DAY..33 * DAY).contains(&since), "{since}");
        assert!((80..90).contains(&looks), "{looks}");
    }

    fn facts(state: S, ended: Option<i64>, searches: &[i64]) -> ReleaseFacts {
        ReleaseFacts {
            state,
            send_by: Some(Timestamp::from_seconds(1_000)),
            holder_ended: ended.map(Timestamp::from_seconds),
            empty_searches: searches
                .iter()
                .copied()
                .map(Timestamp::from_seconds)
                .collect(),
        }
    }

    #[test]
    fn a_release_waits_for_the_sender_and_for_two_searches_after_it() {
        let at = Timestamp::from_seconds;
        let alive = |until| Err(ReleaseRefusal::SenderMayBeAlive { until: at(until) });
        let look = |searches, from| {
            Err(ReleaseRefusal::LookFirst {
                searches,
                from: at(from),
            })
        };
        // Silent sender: 15 minutes after the deadline.
        let silent =
            |searches: &[i64], now| release_allowed(&facts(S::Unknown, None, searches), at(now));
        assert_eq!(silent(&[], 1_899), alive(1_900));
        assert_eq!(silent(&[1_200, 1_300], 1_900), look(2, 1_900));
        assert_eq!(silent(&[1_300, 1_900], 1_950), look(1, 1_900));
        assert_eq!(silent(&[1_900, 1_930], 1_950), Ok(()));
        // A sender that recorded its end: after that, and never before the deadline.
        let ended = |end, searches: &[i64], now| {
            release_allowed(&facts(S::Sending, Some(end), searches), at(now))
        };
        assert_eq!(ended(995, &[996, 997], 999), alive(1_000));
        assert_eq!(ended(995, &[996, 1_001, 1_031], 1_040), Ok(()));
        assert_eq!(ended(1_010, &[1_005, 1_020], 1_040), look(1, 1_010));
        // A very late end does not put off what silence already allowed.
        assert_eq!(ended(5_000, &[2_000, 2_100], 5_001), Ok(()));
    }

    #[test]
    fn only_a_sent_booking_without_outcome_can_be_released() {
        for state in S::ALL {
            let result = release_allowed(
                &facts(state, None, &[5_000, 5_100]),
                Timestamp::from_seconds(6_000),
            );
            let expected = matches!(state, S::Sending | S::Unknown);
            assert_eq!(result.is_ok(), expected, "{state}");
        }
    }

    #[test]
    fn partly_placed_is_read_from_the_lines() {
        use LineOutcome as L;
        assert!(is_partly_placed(&[L::Placed, L::Refused]));
        assert!(is_partly_placed(&[L::Open, L::Placed]));
        assert!(!is_partly_placed(&[L::Placed, L::Placed]));
        assert!(!is_partly_placed(&[L::Refused]));
        assert!(!is_partly_placed(&[]));
    }
}
