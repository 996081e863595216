//! What is left of a customer's money: the dated rate, the margin of an item, the drift of a
//! price. Calculated exactly; only a finished sum is rounded, to the fen.

use crate::{Amount, Currency, Fen, money};

/// An order's exchange rate.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Rate {
    /// The customer's currency.
    pub currency: Currency,
    /// Yuan for one unit of it.
    pub yuan: Amount,
    /// The day it is of, `2026-11-22`.
    pub date: String,
}

impl Rate {
    /// A customer's sum in fen: multiplied exactly, then rounded half away from zero once. `None`
    /// beyond the range of 64 bits.
    #[must_use]
    pub fn convert(&self, sum: &Amount) -> Option<Fen> {
        let (a, b) = (sum.value(), self.yuan.value());
        let negative = a.is_sign_negative() != b.is_sign_negative();
        // The exact product may have 56 digits, more than any number type here holds.
        let mut digits = product_digits(a.mantissa().unsigned_abs(), b.mantissa().unsigned_abs());
        let scale = usize::try_from(a.scale() + b.scale()).ok()?;
        let fen = if scale <= 2 {
            digits.splice(0..0, std::iter::repeat_n(0, 2 - scale));
            to_number(&digits)?
        } else {
            let dropped = scale - 2;
            let round_up = i128::from(digits.get(dropped - 1).is_some_and(|digit| *digit >= 5));
            to_number(digits.get(dropped..).unwrap_or(&[]))? + round_up
        };
        i64::try_from(if negative { -fen } else { fen })
            .ok()
            .map(Fen)
    }
}

/// Decimal digits of a number, the lowest first.
fn digits_of(mut number: u128) -> Vec<u32> {
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(u32::try_from(number % 10).unwrap_or(0));
        number /= 10;
    }
    digits
}

/// Decimal digits of a product, the lowest first.
fn product_digits(a: u128, b: u128) -> Vec<u32> {
    let (a, b) = (digits_of(a), digits_of(b));
    let mut out = vec![0_u32; a.len() + b.len()];
    for (i, x) in a.iter().enumerate() {
        let mut carry = 0;
        for (j, y) in b.iter().enumerate() {
            let sum = out[i + j] + x * y + carry;
            out[i + j] = sum % 10;
            carry = sum / 10;
        }
        out[i + b.len()] += carry;
    }
    out
}

fn to_number(digits: &[u32]) -> Option<i128> {
    digits.iter().rev().try_fold(0_i128, |number, digit| {
        number.checked_mul(10)?.checked_add(i128::from(*digit))
    })
}

/// What one item of a purchase earns, and what it costs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MarginLine {
    /// What the customer pays for it.
    pub sum: Amount,
    /// What its goods cost.
    pub goods: Fen,
}

/// What is left of a customer's sum: converted, less goods, less its share of freight. Without a
/// rate there is no answer.
#[must_use]
pub fn margin(sum: &Amount, rate: Option<&Rate>, goods: Fen, freight_share: Fen) -> Option<Fen> {
    let income = i128::from(rate?.convert(sum)?.0);
    i64::try_from(income - i128::from(goods.0) - i128::from(freight_share.0))
        .ok()
        .map(Fen)
}

/// The margins of all items of one purchase, in their order. Freight is shared by what the goods
/// cost, so that the shares sum to it to the fen. Without a rate every margin is `None`.
#[must_use]
pub fn margins(lines: &[MarginLine], freight: Fen, rate: Option<&Rate>) -> Vec<Option<Fen>> {
    let weights: Vec<i64> = lines.iter().map(|line| line.goods.0).collect();
    lines
        .iter()
        .zip(money::share(freight, &weights))
        .map(|(line, share)| margin(&line.sum, rate, line.goods, share))
        .collect()
}

/// How far a price is from the expected one, in hundredths of a percent of it, rounded toward
/// zero. `None` when nothing is expected or nothing is told.
#[must_use]
pub fn drift(expected: Option<Fen>, now: Option<Fen>) -> Option<i64> {
    let (expected, now) = (i128::from(expected?.0), i128::from(now?.0));
    if expected <= 0 {
        return None;
    }
    i64::try_from((now - expected) * 10_000 / expected).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate(yuan: &str) -> Rate {
        Rate {
            currency: "USD".parse().unwrap(),
            yuan: yuan.parse().unwrap(),
            date: "2026-11-22".to_owned(),
        }
    }

    #[test]
    fn a_customers_sum_is_converted_exactly_and_rounded_once() {
        let table = [
            ("34.00", "7.10", 24_140),
            ("33.974774905192626351667", "7.1234", 24_202),
            // Rounded to 28 digits first, this would become 1.005 and then 101.
            ("1.005", "0.9999999999999999999999999999", 100),
            ("1.005", "1", 101),
            ("-1.005", "1", -101),
            ("0", "7.10", 0),
            ("5", "7", 3_500),
            ("0.0000001", "0.1", 0),
        ];
        for (sum, yuan, fen) in table {
            assert_eq!(
                rate(yuan).convert(&sum.parse().unwrap()),
                Some(Fen(fen)),
                "{sum} × {yuan}"
            );
        }
        let huge: Amount = "9999999999999999999999999999".parse().unwrap();
        assert_eq!(rate("9999999999999999999999999999").convert(&huge), None);
    }

    #[test]
    fn margin_is_what_goods_and_a_share_of_freight_leave() {
        let lines = [
            MarginLine {
                sum: "10".parse().unwrap(),
                goods: Fen(2_000),
            },
            MarginLine {
                sum: "5".parse().unwrap(),
                goods: Fen(1_000),
            },
        ];
        let with_rate = margins(&lines, Fen(100), Some(&rate("7")));
        assert_eq!(
            with_rate,
            [Some(Fen(7_000 - 2_000 - 67)), Some(Fen(3_500 - 1_000 - 33))]
        );
        assert_eq!(margins(&lines, Fen(100), None), [None, None]);
    }

    #[test]
    fn drift_is_told_only_where_both_prices_are_known() {
        assert_eq!(drift(Some(Fen(200)), Some(Fen(216))), Some(800));
        assert_eq!(drift(Some(Fen(200)), Some(Fen(199))), Some(-50));
        assert_eq!(drift(None, Some(Fen(5))), None);
        assert_eq!(drift(Some(Fen(0)), Some(Fen(5))), None);
    }

    proptest! {
        #[test]
        fn conversion_agrees_with_whole_numbers(cents in -10_000_000_i64..10_000_000, tenths in 1_i64..200) {
            let sum: Amount = Fen(cents).yuan().parse().unwrap();
            let rate = rate(&format!("{}.{}", tenths / 10, tenths % 10));
            let tenfold = cents * tenths;
            let rounded = (tenfold.abs() + 5) / 10 * tenfold.signum();
            prop_assert_eq!(rate.convert(&sum), Some(Fen(rounded)));
        }

        #[test]
        fn margins_of_a_purchase_add_up_to_the_fen(
            lines in prop::collection::vec((0_i64..100_000, 0_i64..100_000), 1..8),
            freight in 0_i64..10_000,
        ) {
            let lines: Vec<MarginLine> = lines
                .into_iter()
                .map(|(sum, goods)| MarginLine { sum: Fen(sum).yuan().parse().unwrap(), goods: Fen(goods) })
                .collect();
            let rate = rate("1");
            let income: i64 = lines.iter().map(|l| rate.convert(&l.sum).unwrap().0).sum();
            let goods: i64 = lines.iter().map(|l| l.goods.0).sum();
            let left: i64 = margins(&lines, Fen(freight), Some(&rate)).iter().map(|m| m.unwrap().0).sum();
            prop_assert_eq!(left, income - goods - freight);
        }
    }
}
