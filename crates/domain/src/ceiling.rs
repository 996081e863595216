//! What may be paid: expected prices against quoted ones, and the answers that a person gave.
//!
//! An answer counts for the price it was given for and for anything cheaper. It is never
//! stretched: a higher price asks again.

use crate::{Fen, Verdict, VerdictKind};
use std::fmt;

/// How much more than expected may be paid without asking.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct CeilingSettings {
    /// Hundredths of a percent that a price may rise above the expected one.
    #[serde(default)]
    pub tolerance_basis_points: i64,
    /// Fen per unit that a price may rise, on top of the share above.
    #[serde(default)]
    pub tolerance: Fen,
    /// Freight of one purchase above this asks; `None` never asks.
    pub freight_asks_above: Option<Fen>,
}

impl Default for CeilingSettings {
    /// Every rise of a price asks, and freight above ¥ 30.00 does.
    fn default() -> Self {
        Self {
            tolerance_basis_points: 0,
            tolerance: Fen(0),
            freight_asks_above: Some(Fen(3_000)),
        }
    }
}

impl CeilingSettings {
    /// The most that one unit may cost without asking. Parts of a fen are dropped; negative
    /// tolerances count as none. `None` beyond the range of 64 bits.
    #[must_use]
    pub fn limit(&self, expected: Fen) -> Option<Fen> {
        let rise = i128::from(expected.0) * i128::from(self.tolerance_basis_points.max(0)) / 10_000;
        let limit = i128::from(expected.0) + rise.max(0) + i128::from(self.tolerance.0.max(0));
        i64::try_from(limit).ok().map(Fen)
    }
}

/// A line as it was previewed.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct QuotedLine {
    /// The marketplace's item id.
    pub item: String,
    /// Specification id, where the goods have one.
    pub specification: Option<String>,
    /// What one unit is expected to cost, where known.
    pub expected: Option<Fen>,
    /// What one unit costs now, where told.
    pub quoted: Option<Fen>,
    /// Units.
    pub quantity: i64,
    /// What the marketplace says of the line.
    pub verdict: Verdict,
}

/// A booking as it was previewed.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Quote {
    /// Its lines.
    pub lines: Vec<QuotedLine>,
    /// What the marketplace says of the whole, where it says something.
    pub whole: Option<Verdict>,
    /// Freight.
    pub freight: Fen,
}

/// A price that a person accepted for one line.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct AcceptedLine {
    /// The marketplace's item id.
    pub item: String,
    /// Specification id, where the goods have one.
    pub specification: Option<String>,
    /// The price of one unit that the answer was given for.
    pub price: Fen,
}

/// A person's answers for one booking, kept with the prices they were given for.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Accepted {
    /// Accepted prices.
    #[serde(default)]
    pub lines: Vec<AcceptedLine>,
    /// The freight that was accepted, if it was asked.
    #[serde(default)]
    pub freight: Option<Fen>,
}

impl Accepted {
    /// The price accepted for these goods, if one was.
    #[must_use]
    pub fn price_of(&self, item: &str, specification: Option<&str>) -> Option<Fen> {
        self.lines
            .iter()
            .filter(|line| line.item == item && line.specification.as_deref() == specification)
            .map(|line| line.price)
            .max()
    }

    /// The answers that say yes to everything that `judgement` asks at the prices it shows. A
    /// line whose price is not known is left to be asked again: it needs an amount from a person.
    #[must_use]
    pub fn yes_to(judgement: &Judgement) -> Self {
        let (questions, freight) = match judgement {
            Judgement::AsExpected { .. } => return Self::default(),
            Judgement::Ask { questions, freight }
            | Judgement::Refused {
                questions, freight, ..
            } => (questions, freight),
        };
        Self {
            lines: questions
                .iter()
                .filter_map(|question| {
                    Some(AcceptedLine {
                        item: question.item.clone(),
                        specification: question.specification.clone(),
                        price: question.reason.proposed()?,
                    })
                })
                .collect(),
            freight: freight.as_ref().map(|question| question.quoted),
        }
    }

    /// These answers and later ones; of two for the same goods the later one counts.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.lines.retain(|old| {
            !later
                .lines
                .iter()
                .any(|new| new.item == old.item && new.specification == old.specification)
        });
        self.lines.extend(later.lines);
        Self {
            lines: self.lines,
            freight: later.freight.or(self.freight),
        }
    }
}

/// The most that a booking may cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Ceiling {
    /// For all goods.
    pub goods: Fen,
    /// For freight; `None` when any freight is fine.
    pub freight: Option<Fen>,
}

/// Why a price needs a person's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum AskReason {
    /// The price is above what is expected plus the tolerance.
    PriceRose {
        /// What was expected.
        expected: Fen,
        /// The most that needs no question.
        limit: Fen,
        /// The price now.
        quoted: Fen,
    },
    /// Nothing is known of what the item should cost.
    NothingExpected {
        /// The price now.
        quoted: Fen,
    },
    /// The marketplace did not tell a price; the answer names the most to be paid.
    PriceNotTold {
        /// What was expected, where known.
        expected: Option<Fen>,
    },
    /// A higher price was asked about before; it rose again.
    RoseAgain {
        /// The price that was accepted.
        accepted: Fen,
        /// The price now.
        quoted: Fen,
    },
}

impl AskReason {
    /// The price that a plain yes accepts.
    #[must_use]
    pub const fn proposed(self) -> Option<Fen> {
        match self {
            Self::PriceRose { quoted, .. }
            | Self::NothingExpected { quoted }
            | Self::RoseAgain { quoted, .. } => Some(quoted),
            Self::PriceNotTold { expected } => expected,
        }
    }
}

/// A question about one line.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct LineQuestion {
    /// Position of the line in the quote.
    pub line: usize,
    /// The marketplace's item id.
    pub item: String,
    /// Specification id, where the goods have one.
    pub specification: Option<String>,
    /// What is asked.
    pub reason: AskReason,
}

/// A question about freight.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct FreightQuestion {
    /// The freight now.
    pub quoted: Fen,
    /// The most that needs no question.
    pub limit: Fen,
    /// What was accepted before, when it rose again.
    pub accepted: Option<Fen>,
}

/// A line that cannot be ordered as it stands.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct LineRefusal {
    /// Position of the line in the quote.
    pub line: usize,
    /// The marketplace's item id.
    pub item: String,
    /// Specification id, where the goods have one.
    pub specification: Option<String>,
    /// Why.
    pub verdict: Verdict,
}

/// May the booking go on?
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "judgement")]
pub enum Judgement {
    /// Everything is as expected or accepted.
    AsExpected {
        /// What the created order is held against.
        ceiling: Ceiling,
    },
    /// A person must answer first.
    Ask {
        /// Questions per line.
        questions: Vec<LineQuestion>,
        /// The question about freight.
        freight: Option<FreightQuestion>,
    },
    /// The marketplace refuses lines or the whole: something must be left out or changed.
    Refused {
        /// Lines that cannot be ordered.
        lines: Vec<LineRefusal>,
        /// What stands against the whole.
        whole: Option<Verdict>,
        /// Questions about the other lines.
        questions: Vec<LineQuestion>,
        /// The question about freight.
        freight: Option<FreightQuestion>,
    },
}

enum LineResult {
    Fine(Fen),
    Ask(AskReason),
    No(Verdict),
}

fn judge_line(
    line: &QuotedLine,
    settings: &CeilingSettings,
    accepted: Option<&Accepted>,
) -> LineResult {
    // A changed price is judged below by what is expected; it is no refusal in itself.
    if !line.verdict.is_ok() && line.verdict.kind != VerdictKind::PriceChanged {
        return LineResult::No(line.verdict.clone());
    }
    if line.quoted.is_some_and(|price| price.0 <= 0) {
        return LineResult::No(Verdict::of(VerdictKind::ZeroPrice));
    }
    let limit = line.expected.and_then(|expected| settings.limit(expected));
    let answer = accepted.and_then(|a| a.price_of(&line.item, line.specification.as_deref()));
    let unit = match (line.quoted, limit, answer) {
        (Some(quoted), Some(limit), _) if quoted <= limit => limit,
        (Some(quoted), _, Some(answer)) if quoted <= answer => answer,
        (None, _, Some(answer)) => answer,
        (Some(quoted), _, Some(accepted)) => {
            return LineResult::Ask(AskReason::RoseAgain { accepted, quoted });
        }
        (Some(quoted), Some(limit), None) => {
            return LineResult::Ask(AskReason::PriceRose {
                expected: line.expected.unwrap_or(limit),
                limit,
                quoted,
            });
        }
        (Some(quoted), None, None) => {
            return LineResult::Ask(AskReason::NothingExpected { quoted });
        }
        (None, _, None) => {
            return LineResult::Ask(AskReason::PriceNotTold {
                expected: line.expected,
            });
        }
    };
    unit.times(line.quantity)
        .map_or_else(|| LineResult::No(too_large()), LineResult::Fine)
}

fn too_large() -> Verdict {
    Verdict {
        text: Some("the amount is too large to be counted".to_owned()),
        ..Verdict::of(VerdictKind::Other)
    }
}

/// Judges a preview. A line is fine up to its expected price plus the tolerance, or up to the
/// price that a person accepted; an expected price or a quote that is missing asks. Freight asks
/// above its setting. A refusal by the marketplace is never overruled by an answer.
#[must_use]
pub fn judge(quote: &Quote, settings: &CeilingSettings, accepted: Option<&Accepted>) -> Judgement {
    let mut goods = Some(Fen(0));
    let mut questions = Vec::new();
    let mut refusals = Vec::new();
    for (position, line) in quote.lines.iter().enumerate() {
        match judge_line(line, settings, accepted) {
            LineResult::Fine(most) => goods = goods.and_then(|sum| sum.plus(most)),
            LineResult::Ask(reason) => questions.push(LineQuestion {
                line: position,
                item: line.item.clone(),
                specification: line.specification.clone(),
                reason,
            }),
            LineResult::No(verdict) => refusals.push(LineRefusal {
                line: position,
                item: line.item.clone(),
                specification: line.specification.clone(),
                verdict,
            }),
        }
    }
    let answer = accepted.and_then(|a| a.freight);
    let freight = settings.freight_asks_above.and_then(|limit| {
        let most = answer.map_or(limit, |answer| answer.max(limit));
        (quote.freight > most).then_some(FreightQuestion {
            quoted: quote.freight,
            limit,
            accepted: answer,
        })
    });
    let mut whole = quote
        .whole
        .clone()
        .filter(|v| !v.is_ok() && v.kind != VerdictKind::PriceChanged);
    if goods.is_none() {
        whole = whole.or_else(|| Some(too_large()));
    }
    match goods {
        Some(goods)
            if refusals.is_empty()
                && whole.is_none()
                && questions.is_empty()
                && freight.is_none() =>
        {
            Judgement::AsExpected {
                ceiling: Ceiling {
                    goods,
                    freight: settings
                        .freight_asks_above
                        .map(|limit| answer.map_or(limit, |answer| answer.max(limit))),
                },
            }
        }
        _ if refusals.is_empty() && whole.is_none() => Judgement::Ask { questions, freight },
        _ => Judgement::Refused {
            lines: refusals,
            whole,
            questions,
            freight,
        },
    }
}

/// By how much a created order costs more than was accepted; `None` when it does not. Cheaper
/// goods do not make up for dearer freight, nor the other way round.
#[must_use]
pub fn exceeds(goods: Fen, freight: Fen, accepted: &Ceiling) -> Option<Fen> {
    let over = |is: Fen, most: Fen| (i128::from(is.0) - i128::from(most.0)).max(0);
    let sum = over(goods, accepted.goods) + accepted.freight.map_or(0, |most| over(freight, most));
    (sum > 0).then(|| Fen(i64::try_from(sum).unwrap_or(i64::MAX)))
}

impl Ceiling {
    /// The ceiling after a person accepted what the order costs now.
    #[must_use]
    pub fn raised_to(self, goods: Fen, freight: Fen) -> Self {
        Self {
            goods: self.goods.max(goods),
            freight: self.freight.map(|most| most.max(freight)),
        }
    }
}

impl fmt::Display for AskReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PriceRose { limit, quoted, .. } => {
                write!(f, "{quoted} for one unit is more than {limit}")
            }
            Self::NothingExpected { quoted } => {
                write!(f, "{quoted} for one unit, and no price is expected")
            }
            Self::PriceNotTold { .. } => f.write_str("the marketplace did not tell a price"),
            Self::RoseAgain { accepted, quoted } => {
                write!(
                    f,
                    "{accepted} was accepted for one unit and it now costs {quoted}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(expected: Option<i64>, quoted: Option<i64>, quantity: i64) -> QuotedLine {
        QuotedLine {
            item: "A".to_owned(),
            specification: None,
            expected: expected.map(Fen),
            quoted: quoted.map(Fen),
            quantity,
            verdict: Verdict::of(VerdictKind::Ok),
        }
    }

    fn quote(lines: Vec<QuotedLine>, freight: i64) -> Quote {
        Quote {
            lines,
            whole: None,
            freight: Fen(freight),
        }
    }

    fn as_expected(goods: i64, freight: i64) -> Judgement {
        Judgement::AsExpected {
            ceiling: Ceiling {
                goods: Fen(goods),
                freight: Some(Fen(freight)),
            },
        }
    }

    fn reasons(judgement: &Judgement) -> Vec<AskReason> {
        match judgement {
            Judgement::Ask { questions, .. } => questions.iter().map(|q| q.reason).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn by_default(quote: &Quote) -> Judgement {
        judge(quote, &CeilingSettings::default(), None)
    }

    #[test]
    fn without_settings_every_rise_asks_and_no_fall_does() {
        let at = |price| by_default(&quote(vec![line(Some(1_000), Some(price), 3)], 600));
        assert_eq!(at(1_000), as_expected(3_000, 3_000));
        assert_eq!(at(1), as_expected(3_000, 3_000));
        assert_eq!(
            reasons(&at(1_001)),
            [AskReason::PriceRose {
                expected: Fen(1_000),
                limit: Fen(1_000),
                quoted: Fen(1_001)
            }]
        );
    }

    #[test]
    fn tolerance_is_a_share_and_an_amount_with_parts_of_a_fen_dropped() {
        let settings = CeilingSettings {
            tolerance_basis_points: 150,
            tolerance: Fen(7),
            freight_asks_above: None,
        };
        assert_eq!(settings.limit(Fen(1_099)), Some(Fen(1_099 + 16 + 7)));
        assert_eq!(settings.limit(Fen(i64::MAX)), None);
        let hostile = CeilingSettings {
            tolerance_basis_points: -500,
            tolerance: Fen(-9),
            ..settings
        };
        assert_eq!(hostile.limit(Fen(1_000)), Some(Fen(1_000)));
        let at = |price| {
            judge(
                &quote(vec![line(Some(1_099), Some(price), 2)], 9_999_999),
                &settings,
                None,
            )
        };
        assert_eq!(
            at(1_122),
            Judgement::AsExpected {
                ceiling: Ceiling {
                    goods: Fen(2_244),
                    freight: None
                }
            }
        );
        assert!(matches!(at(1_123), Judgement::Ask { .. }));
    }

    #[test]
    fn what_is_not_known_asks() {
        assert_eq!(
            reasons(&by_default(&quote(vec![line(None, Some(500), 1)], 0))),
            [AskReason::NothingExpected { quoted: Fen(500) }]
        );
        assert_eq!(
            reasons(&by_default(&quote(vec![line(Some(500), None, 1)], 0))),
            [AskReason::PriceNotTold {
                expected: Some(Fen(500))
            }]
        );
    }

    #[test]
    fn an_answer_counts_for_its_price_and_no_higher_one() {
        let settings = CeilingSettings::default();
        let first = quote(vec![line(Some(1_000), Some(1_200), 2)], 0);
        let answer = Accepted::yes_to(&judge(&first, &settings, None));
        assert_eq!(answer.lines[0].price, Fen(1_200));
        let again = |price| {
            judge(
                &quote(vec![line(Some(1_000), Some(price), 2)], 0),
                &settings,
                Some(&answer),
            )
        };
        assert_eq!(again(1_200), as_expected(2_400, 3_000));
        assert_eq!(again(1_100), as_expected(2_400, 3_000));
        assert_eq!(again(900), as_expected(2_000, 3_000));
        assert_eq!(
            reasons(&again(1_201)),
            [AskReason::RoseAgain {
                accepted: Fen(1_200),
                quoted: Fen(1_201)
            }]
        );
        let mut other = first;
        other.lines[0].specification = Some("grey".to_owned());
        assert!(
            matches!(
                judge(&other, &settings, Some(&answer)),
                Judgement::Ask { .. }
            ),
            "an answer is not stretched to other goods"
        );
    }

    #[test]
    fn later_answers_replace_earlier_ones_for_the_same_goods() {
        let answer = |price: i64, freight: Option<i64>| Accepted {
            lines: vec![AcceptedLine {
                item: "A".to_owned(),
                specification: None,
                price: Fen(price),
            }],
            freight: freight.map(Fen),
        };
        let both = answer(1_200, Some(4_000)).and(answer(1_100, None));
        assert_eq!(both, answer(1_100, Some(4_000)));
        let stored = serde_json::to_string(&both).unwrap();
        assert_eq!(serde_json::from_str::<Accepted>(&stored).unwrap(), both);
    }

    #[test]
    fn freight_asks_above_its_amount_and_again_when_it_rises() {
        let settings = CeilingSettings::default();
        let at = |freight, accepted: Option<&Accepted>| {
            judge(
                &quote(vec![line(Some(100), Some(100), 1)], freight),
                &settings,
                accepted,
            )
        };
        assert_eq!(at(3_000, None), as_expected(100, 3_000));
        let asked = at(3_500, None);
        let question = |quoted, accepted: Option<i64>| Judgement::Ask {
            questions: vec![],
            freight: Some(FreightQuestion {
                quoted: Fen(quoted),
                limit: Fen(3_000),
                accepted: accepted.map(Fen),
            }),
        };
        assert_eq!(asked, question(3_500, None));
        let yes = Accepted::yes_to(&asked);
        assert_eq!(at(3_500, Some(&yes)), as_expected(100, 3_500));
        assert_eq!(at(3_501, Some(&yes)), question(3_501, Some(3_500)));
    }

    #[test]
    fn a_refusal_of_the_marketplace_is_never_overruled() {
        let refused = |kind| {
            let mut bad = line(Some(100), Some(100), 1);
            bad.verdict = Verdict::of(kind);
            let asks = line(Some(100), Some(150), 1);
            by_default(&quote(vec![asks, bad], 0))
        };
        for kind in [
            VerdictKind::OutOfStock,
            VerdictKind::NotForSale,
            VerdictKind::Other,
        ] {
            let Judgement::Refused {
                lines, questions, ..
            } = refused(kind)
            else {
                panic!("{kind:?} is a refusal");
            };
            assert_eq!((lines[0].line, lines[0].verdict.kind), (1, kind));
            assert_eq!(questions.len(), 1, "the other line's question is kept");
        }
        assert!(matches!(
            refused(VerdictKind::PriceChanged),
            Judgement::Ask { .. }
        ));
        let free = by_default(&quote(vec![line(Some(100), Some(0), 1)], 0));
        assert!(matches!(free, Judgement::Refused { ref lines, .. }
            if lines[0].verdict.kind == VerdictKind::ZeroPrice));
        let whole = Quote {
            whole: Some(Verdict::of(VerdictKind::Address)),
            ..quote(vec![line(Some(100), Some(100), 1)], 0)
        };
        assert!(matches!(
            by_default(&whole),
            Judgement::Refused { whole: Some(_), .. }
        ));
    }

    #[test]
    fn a_judgement_reads_back_as_it_was_stored() {
        let mut bad = line(Some(100), Some(100), 1);
        bad.verdict = Verdict::of(VerdictKind::OutOfStock);
        bad.verdict.stock = Some(3);
        for quote in [
            quote(vec![line(Some(100), Some(90), 1)], 5),
            quote(
                vec![line(Some(100), Some(150), 1), line(None, Some(7), 1)],
                9_000,
            ),
            quote(vec![line(Some(100), None, 1), bad], 0),
        ] {
            let judgement = by_default(&quote);
            let stored = serde_json::to_string(&judgement).unwrap();
            assert_eq!(
                serde_json::from_str::<Judgement>(&stored).unwrap(),
                judgement
            );
        }
    }

    #[test]
    fn sums_beyond_counting_are_refused() {
        let one = by_default(&quote(vec![line(Some(i64::MAX), Some(5), 2)], 0));
        assert!(matches!(one, Judgement::Refused { .. }));
        let huge = || line(Some(i64::MAX), Some(5), 1);
        let sum = by_default(&quote(vec![huge(), huge()], 0));
        assert!(matches!(sum, Judgement::Refused { whole: Some(_), .. }));
    }

    #[test]
    fn an_order_above_its_ceiling_says_by_how_much() {
        let ceiling = Ceiling {
            goods: Fen(1_000),
            freight: Some(Fen(300)),
        };
        assert_eq!(exceeds(Fen(1_000), Fen(300), &ceiling), None);
        assert_eq!(exceeds(Fen(1_001), Fen(0), &ceiling), Some(Fen(1)));
        assert_eq!(exceeds(Fen(1), Fen(350), &ceiling), Some(Fen(50)));
        assert_eq!(exceeds(Fen(1_010), Fen(350), &ceiling), Some(Fen(60)));
        let raised = ceiling.raised_to(Fen(1_010), Fen(350));
        assert_eq!(exceeds(Fen(1_010), Fen(350), &raised), None);
        let any_freight = Ceiling {
            freight: None,
            ..ceiling
        };
        assert_eq!(exceeds(Fen(1_000), Fen(999_999), &any_freight), None);
    }

    proptest! {
        #[test]
        fn what_goes_on_is_never_dearer_than_its_ceiling(
            lines in prop::collection::vec(
                (prop::option::of(1_i64..2_000), prop::option::of(1_i64..2_000), 1_i64..9),
                1..6,
            ),
            freight in 0_i64..6_000,
            points in 0_i64..3_000,
            fen in 0_i64..50,
        ) {
            let settings = CeilingSettings {
                tolerance_basis_points: points,
                tolerance: Fen(fen),
                ..CeilingSettings::default()
            };
            let lines: Vec<QuotedLine> = lines
                .into_iter()
                .zip(0..)
                .map(|((expected, quoted, quantity), n): (_, i32)| QuotedLine {
                    item: format!("G{n}"),
                    ..line(expected, quoted, quantity)
                })
                .collect();
            let quote = quote(lines, freight);
            let first = judge(&quote, &settings, None);
            // A yes to everything that has a price lets it go on, at a ceiling that holds it.
            let answer = Accepted::yes_to(&first);
            let second = judge(&quote, &settings, Some(&answer));
            match second {
                Judgement::AsExpected { ceiling } => {
                    let told: i64 = quote
                        .lines
                        .iter()
                        .map(|l| l.quoted.map_or(0, |p| p.0 * l.quantity))
                        .sum();
                    prop_assert_eq!(exceeds(Fen(told), quote.freight, &ceiling), None);
                }
                Judgement::Ask { questions, freight } => {
                    prop_assert_eq!(freight, None);
                    for question in questions {
                        prop_assert_eq!(question.reason, AskReason::PriceNotTold { expected: None });
                    }
                }
                Judgement::Refused { .. } => prop_assert!(false, "nothing was refused"),
            }
        }
    }
}
