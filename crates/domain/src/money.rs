//! Money: integer fen for marketplaces, exact decimal text for customers.
//!
//! Customer money stays exactly as it was received; rounding happens only for showing, by the
//! currency's rule. Nothing here is ever a float.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use std::fmt;
use std::str::FromStr;

/// Marketplace money in fen (hundredths of a yuan). Shown as `¥ 208.40`.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// Sum, or `None` beyond the range of 64 bits.
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(v) => Some(Self(v)),
            None => None,
        }
    }

    /// This price times a quantity, or `None` beyond the range of 64 bits.
    #[must_use]
    pub const fn times(self, quantity: i64) -> Option<Self> {
        match self.0.checked_mul(quantity) {
            Some(v) => Some(Self(v)),
            None => None,
        }
    }

    /// Reads yuan written as decimal text (`18`, `33.50`, `1e1` is refused). More than two
    /// decimals are refused unless they are zeros.
    ///
    /// # Errors
    /// Says what was wrong with the text.
    pub fn from_yuan(text: &str) -> Result<Self, MoneyError> {
        let decimal = parse_decimal(text)?;
        let fen = decimal
            .checked_mul(Decimal::ONE_HUNDRED)
            .ok_or(MoneyError::TooLarge)?;
        if fen.fract() != Decimal::ZERO {
            return Err(MoneyError::BelowSmallestUnit);
        }
        fen.trunc().to_i64().map(Self).ok_or(MoneyError::TooLarge)
    }

    /// The amount as yuan with two decimals and no sign of the currency: `208.40`.
    #[must_use]
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let abs = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", abs / 100, abs % 100)
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "−" } else { "" };
        let abs = self.0.unsigned_abs();
        write!(
            f,
            "{sign}¥ {}.{:02}",
            group_thousands(&(abs / 100).to_string()),
            abs % 100
        )
    }
}

/// Splits `total` over `weights` so that the parts sum to it exactly: each gets its share rounded
/// down, the left-over fen go to the largest remainders, earlier ones first. Weights that are all
/// zero count as equal.
#[must_use]
pub fn share(total: Fen, weights: &[i64]) -> Vec<Fen> {
    if weights.is_empty() {
        return Vec::new();
    }
    let equal = vec![1; weights.len()];
    let weights = if weights.iter().all(|w| *w <= 0) {
        &equal[..]
    } else {
        weights
    };
    let sum: i128 = weights.iter().map(|w| i128::from((*w).max(0))).sum();
    let mut parts = Vec::with_capacity(weights.len());
    let mut rests = Vec::with_capacity(weights.len());
    let mut given: i128 = 0;
    for (index, weight) in weights.iter().enumerate() {
        let exact = i128::from(total.0) * i128::from((*weight).max(0));
        let part = exact.div_euclid(sum);
        given += part;
        parts.push(part);
        rests.push((std::cmp::Reverse(exact.rem_euclid(sum)), index));
    }
    rests.sort();
    let left = i128::from(total.0) - given;
    for (_, index) in rests.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[index] += 1;
    }
    parts
        .into_iter()
        .map(|p| Fen(i64::try_from(p).unwrap_or(i64::MAX)))
        .collect()
}

/// A customer's currency by its ISO 4217 letters, upper case.
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    /// The sign that stands behind an amount, or the code where none is customary.
    #[must_use]
    pub fn sign(&self) -> &str {
        match self.0.as_str() {
            "USD" => "$",
            "EUR" => "€",
            "RUB" => "₽",
            "GBP" => "£",
            "CNY" => "¥",
            "UAH" => "₴",
            "KZT" => "₸",
            other => other,
        }
    }

    /// Decimals used for showing when settings say nothing.
    #[must_use]
    pub fn usual_decimals(&self) -> u32 {
        match self.0.as_str() {
            "JPY" | "KRW" | "VND" | "CLP" | "ISK" => 0,
            "BHD" | "KWD" | "OMR" | "JOD" | "TND" => 3,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) {
            Ok(Self(text))
        } else {
            Err(MoneyError::NoCurrency)
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::try_from(text.to_owned())
    }
}

/// A customer's amount, exactly as it was received. Two amounts are equal when their values are,
/// however many zeros they were written with.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Amount {
    text: String,
    value: Decimal,
}

impl Amount {
    /// Nothing.
    #[must_use]
    pub fn zero() -> Self {
        Self {
            text: "0".to_owned(),
            value: Decimal::ZERO,
        }
    }

    /// The text as received: `33.974774905192626351667`.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// The exact value.
    #[must_use]
    pub const fn value(&self) -> Decimal {
        self.value
    }

    /// From an exact value; the text is its plain decimal form.
    #[must_use]
    pub fn from_value(value: Decimal) -> Self {
        Self {
            text: value.to_string(),
            value,
        }
    }

    /// This amount times a quantity.
    ///
    /// # Errors
    /// When the product needs more digits than can be kept exactly.
    pub fn times(&self, quantity: i64) -> Result<Self, MoneyError> {
        exact_product(self.value, Decimal::from(quantity)).map(Self::from_value)
    }

    /// Sum of two amounts.
    ///
    /// # Errors
    /// When the sum needs more digits than can be kept exactly.
    pub fn plus(&self, other: &Self) -> Result<Self, MoneyError> {
        self.value
            .checked_add(other.value)
            .map(Self::from_value)
            .ok_or(MoneyError::TooLarge)
    }

    /// Difference of two amounts.
    ///
    /// # Errors
    /// When the difference needs more digits than can be kept exactly.
    pub fn minus(&self, other: &Self) -> Result<Self, MoneyError> {
        self.value
            .checked_sub(other.value)
            .map(Self::from_value)
            .ok_or(MoneyError::TooLarge)
    }

    /// For people: rounded half away from zero to `decimals`, thousands grouped, the currency's
    /// sign behind: `33.97 $`.
    #[must_use]
    pub fn shown(&self, currency: &Currency, decimals: u32) -> String {
        let rounded = self
            .value
            .round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
        let places = usize::try_from(decimals).unwrap_or(2);
        let text = format!("{:.places$}", rounded.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let sign = if rounded.is_sign_negative() && !rounded.is_zero() {
            "−"
        } else {
            ""
        };
        let dot = if fraction.is_empty() { "" } else { "." };
        format!(
            "{sign}{}{dot}{fraction} {}",
            group_thousands(whole),
            currency.sign()
        )
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
impl Eq for Amount {}
impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Amount {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl TryFrom<String> for Amount {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        let value = parse_decimal(&text)?;
        Ok(Self { text, value })
    }
}

impl FromStr for Amount {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::try_from(text.to_owned())
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.text
    }
}

/// Why a text is not money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MoneyError {
    /// Not of the form `123` or `123.45`.
    NotDecimal,
    /// More digits than can be kept exactly.
    TooManyDigits,
    /// Beyond the range that can be kept.
    TooLarge,
    /// Yuan with a fraction of a fen.
    BelowSmallestUnit,
    /// Not three upper-case letters.
    NoCurrency,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDecimal => "expected a decimal number such as 12 or 12.50",
            Self::TooManyDigits => "expected at most 28 significant digits",
            Self::TooLarge => "the number is too large",
            Self::BelowSmallestUnit => "expected at most two decimals (fen)",
            Self::NoCurrency => "expected a currency as three upper-case letters such as USD",
        })
    }
}
impl std::error::Error for MoneyError {}

fn parse_decimal(text: &str) -> Result<Decimal, MoneyError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        return Err(MoneyError::NotDecimal);
    }
    let significant = digits
        .bytes()
        .filter(u8::is_ascii_digit)
        .skip_while(|b| *b == b'0')
        .count();
    if significant > 28 || text.len() > 64 {
        return Err(MoneyError::TooManyDigits);
    }
    Decimal::from_str_exact(text).map_err(|_| MoneyError::TooManyDigits)
}

fn exact_product(a: Decimal, b: Decimal) -> Result<Decimal, MoneyError> {
    // `checked_mul` rounds when the exact product has more than 28 digits; the scale shows it.
    let product = a.checked_mul(b).ok_or(MoneyError::TooLarge)?;
    if product.is_zero() || product.scale() == a.scale() + b.scale() {
        Ok(product)
    } else {
        Err(MoneyError::TooManyDigits)
    }
}

fn group_thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_long_price_of_the_sample_order_is_kept_and_shown() {
        let price: Amount = "33.974774905192626351667".parse().unwrap();
        let usd: Currency = "USD".parse().unwrap();
        assert_eq!(price.as_text(), "33.974774905192626351667");
        assert_eq!(price.shown(&usd, 2), "33.97 $");
        assert_eq!(price.shown(&usd, 0), "34 $");
        assert_eq!(
            price.times(3).unwrap().as_text(),
            "101.924324715577879055001"
        );
    }

    #[test]
    fn texts_that_are_not_money_are_refused() {
        for text in [
            "", ".", "1.", ".5", "1e3", "+1", "1,5", " 1", "--1", "NaN", "０",
        ] {
            assert_eq!(
                text.parse::<Amount>(),
                Err(MoneyError::NotDecimal),
                "{text:?}"
            );
        }
        assert_eq!(
            "12345678901234567890123456789".parse::<Amount>(),
            Err(MoneyError::TooManyDigits)
        );
        assert_eq!(Fen::from_yuan("1.005"), Err(MoneyError::BelowSmallestUnit));
        assert_eq!(Fen::from_yuan("1.500"), Ok(Fen(150)));
        assert_eq!(
            Fen::from_yuan("99999999999999999999"),
            Err(MoneyError::TooLarge)
        );
    }

    #[test]
    fn fen_are_shown_with_sign_and_groups() {
        assert_eq!(Fen(20_840).to_string(), "¥ 208.40");
        assert_eq!(Fen(120_450).to_string(), "¥ 1,204.50");
        assert_eq!(Fen(-5).to_string(), "−¥ 0.05");
        assert_eq!(Fen(-5).yuan(), "-0.05");
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_total(total in 0_i64..10_000_000, weights in prop::collection::vec(0_i64..1_000_000, 1..20)) {
            let parts = share(Fen(total), &weights);
            prop_assert_eq!(parts.iter().map(|p| p.0).sum::<i64>(), total);
            prop_assert!(parts.iter().all(|p| p.0 >= 0));
        }

        #[test]
        fn yuan_text_reads_back(fen in -1_000_000_000_i64..1_000_000_000) {
            prop_assert_eq!(Fen::from_yuan(&Fen(fen).yuan()), Ok(Fen(fen)));
        }
    }
}
