//! Lenient reading of JSON answers, shared by all connectors.
//!
//! Gateways send one fact now as a number and now as text, leave empty fields out or send null,
//! and add fields at will. Every reader here takes all of these, and none of them ever passes a
//! number through a float: numbers are kept as the text in which they came. A value that does not
//! fit counts as absent; whoever needs it asks with [`need`] and names the field in the error.

use domain::Fen;
use serde_json::Value;

/// A place in an answer. Null and absent are the same; asking deeper gives absent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a>(Option<&'a Value>);

/// A fact that the answer must hold and does not, by the name of its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap(pub String);

/// The value, or the gap that its absence leaves.
pub(crate) fn need<T>(value: Option<T>, field: &str) -> Result<T, Gap> {
    value.ok_or_else(|| Gap(field.to_owned()))
}

impl<'a> Node<'a> {
    pub(crate) const fn of(value: &'a Value) -> Self {
        Self(Some(value))
    }

    /// The field `name` of an object.
    pub(crate) fn at(self, name: &str) -> Self {
        Self(
            self.0
                .and_then(|v| v.as_object())
                .and_then(|o| o.get(name))
                .filter(|v| !v.is_null()),
        )
    }

    /// The first of several fields that is there.
    pub(crate) fn any(self, names: &[&str]) -> Self {
        names
            .iter()
            .map(|name| self.at(name))
            .find(|node| node.is_there())
            .unwrap_or(Self(None))
    }

    pub(crate) fn is_there(self) -> bool {
        self.0.is_some_and(|v| !v.is_null())
    }

    pub(crate) fn is_object(self) -> bool {
        self.0.is_some_and(Value::is_object)
    }

    pub(crate) fn value(self) -> Option<&'a Value> {
        self.0
    }

    /// The elements of a list; an object that stands where a list is expected is its only element.
    pub(crate) fn items(self) -> Vec<Node<'a>> {
        match self.0 {
            Some(Value::Array(list)) => {
                list.iter().filter(|v| !v.is_null()).map(Node::of).collect()
            }
            Some(object @ Value::Object(_)) => vec![Node::of(object)],
            _ => Vec::new(),
        }
    }

    /// Is there a list (or an object in place of one), however short?
    pub(crate) fn is_list(self) -> bool {
        matches!(self.0, Some(Value::Array(_) | Value::Object(_)))
    }

    /// Text, or a number or flag as text. Empty text counts as absent.
    pub(crate) fn text(self) -> Option<String> {
        match self.0? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.as_str().to_owned()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    /// The first of several fields that holds a text.
    pub(crate) fn any_text(self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.at(name).text())
    }

    /// An id of the marketplace: 1 to 19 digits, not all of them zero, as number or text.
    pub(crate) fn id(self) -> Option<String> {
        let text = self.text()?;
        let text = text.trim();
        let fits = (1..=19).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.bytes().any(|b| b != b'0');
        fits.then(|| text.to_owned())
    }

    /// A whole number, also when written `5.0` or as text.
    pub(crate) fn integer(self) -> Option<i64> {
        Decimal::read(&self.text()?)?.integer()
    }

    /// A count or size of which a fraction or a negative makes no sense.
    pub(crate) fn count(self) -> Option<i64> {
        self.integer().filter(|n| *n >= 0)
    }

    /// Money that the wire gives in fen. No amount that is read here can be below zero.
    pub(crate) fn fen(self) -> Option<Fen> {
        self.count().map(Fen)
    }

    /// Money that the wire gives in yuan, exactly.
    pub(crate) fn yuan(self) -> Option<Fen> {
        Decimal::read(&self.text()?)?.fen().filter(|fen| fen.0 >= 0)
    }

    /// The price of one unit in yuan. Prices of very cheap pieces have fractions of a fen; they are
    /// rounded, half away from zero, because sums are always read from their own fields.
    pub(crate) fn unit_yuan(self) -> Option<Fen> {
        let fen = Decimal::read(&self.text()?)?.rounded(2)?;
        (fen >= 0).then_some(Fen(fen))
    }

    /// A decimal in thousandths, rounded: kilograms as grams.
    pub(crate) fn thousandths(self) -> Option<i64> {
        Decimal::read(&self.text()?)?.rounded(3)
    }

    /// A flag, also as text or 0 and 1.
    pub(crate) fn flag(self) -> Option<bool> {
        match self.text()?.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "y" | "yes" => Some(true),
            "false" | "0" | "n" | "no" => Some(false),
            _ => None,
        }
    }
}

/// An exact decimal: `digits` divided by ten to the power of `scale`.
struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    /// Reads `12`, `-0.5`, `1.2E7`. Numbers of more than 30 digits or with exponents beyond 30 are none.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        if !(-30..=30).contains(&exponent) {
            return None;
        }
        let (negative, plain) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction)
        {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        if whole.len() + fraction.len() > 30 {
            return None;
        }
        let mut digits: i128 = format!("0{whole}{fraction}").parse().ok()?;
        let mut scale = i32::try_from(fraction.len()).ok()? - exponent;
        if scale < 0 {
            digits = digits.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?;
            scale = 0;
        }
        Some(Self {
            digits: if negative { -digits } else { digits },
            scale: u32::try_from(scale).ok()?,
        })
    }

    fn integer(&self) -> Option<i64> {
        let unit = 10_i128.checked_pow(self.scale)?;
        (self.digits % unit == 0)
            .then(|| i64::try_from(self.digits / unit).ok())
            .flatten()
    }

    /// This value times ten to the power of `places`, rounded half away from zero.
    fn rounded(&self, places: u32) -> Option<i64> {
        if self.scale <= places {
            let factor = 10_i128.checked_pow(places - self.scale)?;
            return i64::try_from(self.digits.checked_mul(factor)?).ok();
        }
        let unit = 10_i128.checked_pow(self.scale - places)?;
        let half = if self.digits < 0 { -unit / 2 } else { unit / 2 };
        i64::try_from((self.digits.checked_add(half)?) / unit).ok()
    }

    /// Yuan as fen. A value with parts of a fen is none, with one exception: programs that add up
    /// binary doubles print 36.300000000000004 for 36.30. From the ninth decimal on, what differs
    /// by less than a ten-millionth of a yuan is such dust.
    fn fen(&self) -> Option<Fen> {
        let nearest = self.rounded(2)?;
        if self.scale <= 2 {
            return Some(Fen(nearest));
        }
        let unit = 10_i128.checked_pow(self.scale - 2)?;
        let off = (self.digits - i128::from(nearest).checked_mul(unit)?).abs();
        let dust = self.scale >= 9 && off < 10_i128.checked_pow(self.scale - 7)?;
        (off == 0 || dust).then_some(Fen(nearest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn yuan(json: &str) -> Option<Fen> {
        Node::of(&serde_json::from_str(json).unwrap()).yuan()
    }

    #[test]
    fn yuan_are_read_exactly_as_written() {
        for (json, fen) in [
            ("36", Some(3600)),
            ("18.0", Some(1800)),
            ("\"208.40\"", Some(20_840)),
            ("0.1", Some(10)),
            ("1.0E7", Some(1_000_000_000)),
            ("1.15e1", Some(1150)),
            ("-0.00", Some(0)),
            ("-0.04", None),
            ("36.300000000000004", Some(3630)),
            ("36.299999999999997", Some(3630)),
            ("1.005", None),
            ("0.015", None),
            ("\"1,5\"", None),
            ("\"\"", None),
            ("1e400", None),
            ("\"NaN\"", None),
            ("[]", None),
            ("null", None),
        ] {
            assert_eq!(yuan(json), fen.map(Fen), "{json}");
        }
        let cheap: Value = serde_json::from_str("0.015").unwrap();
        assert_eq!(Node::of(&cheap).unit_yuan(), Some(Fen(2)));
    }

    #[test]
    fn ids_beyond_doubles_survive() {
        for json in ["2257164624870311973", "\"2257164624870311973\""] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(
                Node::of(&value).id().as_deref(),
                Some("2257164624870311973")
            );
        }
        for json in [
            "2.257164624870312E18",
            "0",
            "\"\"",
            "-5",
            "\"12a\"",
            "12345678901234567890",
            "true",
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(Node::of(&value).id(), None, "{json}");
        }
    }

    #[test]
    fn flags_come_in_every_form() {
        for (json, flag) in [
            ("true", Some(true)),
            ("\"true\"", Some(true)),
            ("\"FALSE\"", Some(false)),
            ("1", Some(true)),
            ("\"0\"", Some(false)),
            ("\"maybe\"", None),
            ("null", None),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(Node::of(&value).flag(), flag, "{json}");
        }
    }

    proptest! {
        #[test]
        fn number_and_text_read_alike(fen in 0_i64..9_000_000_000_000_000) {
            let text = Fen(fen).yuan();
            prop_assert_eq!(yuan(&text), Some(Fen(fen)));
            prop_assert_eq!(yuan(&format!("\"{text}\"")), Some(Fen(fen)));
            let value: Value = serde_json::from_str(&fen.to_string()).unwrap();
            prop_assert_eq!(Node::of(&value).integer(), Some(fen));
        }

        #[test]
        fn nothing_makes_a_reader_fall(text in "[-+0-9.eE]{0,60}") {
            let value = Value::String(text);
            let node = Node::of(&value);
            let _ = (node.yuan(), node.integer(), node.id(), node.flag(), node.unit_yuan(), node.thousandths());
        }
    }
}
