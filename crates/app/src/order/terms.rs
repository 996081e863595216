//! The terms that an order is found under: folded texts, matched as a whole or by their beginning.

use std::collections::BTreeSet;
use store::items::ItemRow;
use store::orders::OrderRow;

/// Longest term, in characters; what is longer is found by its beginning.
const LONGEST: usize = 120;

/// A text as it is compared: lower case, one blank between words, at most 120 characters.
#[must_use]
pub fn fold(text: &str) -> String {
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty());
    let mut out = String::with_capacity(text.len().min(LONGEST * 4));
    for word in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out.chars().take(LONGEST).collect()
}

/// Prefix and digits of an order number: `ORD-000000053` is `ORD` and `000000053`.
#[must_use]
pub(crate) fn number_parts(number: &str) -> Option<(&str, &str)> {
    let (prefix, digits) = number.split_once('-')?;
    let known_form = prefix.len() == 3
        && prefix.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=18).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit());
    known_form.then_some((prefix, digits))
}

/// Digits without the zeros in front: `53`.
#[must_use]
pub(crate) fn short_digits(digits: &str) -> &str {
    let short = digits.trim_start_matches('0');
    if short.is_empty() { "0" } else { short }
}

/// Every term of an order.
pub(crate) fn of_order(
    order: &OrderRow,
    items: &[ItemRow],
    numbers: Vec<String>,
    tracking: Vec<String>,
) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    let mut add = |text: &str| {
        let term = fold(text);
        if !term.is_empty() {
            terms.insert(term);
        }
    };
    add(&order.number);
    if let Some((prefix, digits)) = number_parts(&order.number) {
        let short = short_digits(digits);
        add(digits);
        add(short);
        add(&format!("{prefix}-{short}"));
    }
    add(&order.customer_code);
    add(&order.customer_name);
    for word in order.customer_name.split_whitespace().skip(1).take(8) {
        add(word);
    }
    for item in items {
        add(&item.item);
        if let Some(original) = item.customers_original.as_deref().and_then(customers_item) {
            add(&original);
        }
    }
    for text in numbers.iter().chain(&tracking) {
        add(text);
    }
    terms
}

/// The item id that the customer ordered, before a correction.
fn customers_item(original: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(original).ok()?;
    value.get("item")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_folded_alike() {
        assert_eq!(fold("  Иван\t ПЕТРОВ "), "иван петров");
        assert_eq!(fold("ORD-000000053"), "ord-000000053");
        assert_eq!(fold("齐家 日用"), "齐家 日用");
        assert_eq!(fold(&"x".repeat(500)).chars().count(), LONGEST);
        assert_eq!(fold(" \0\n"), "");
    }

    #[test]
    fn numbers_have_three_letters_and_digits() {
        assert_eq!(number_parts("ORD-000000053"), Some(("ORD", "000000053")));
        assert_eq!(short_digits("000000053"), "53");
        assert_eq!(short_digits("000"), "0");
        for wrong in [
            "ord-1",
            "ORD1",
            "OR-1",
            "ORDE-1",
            "ORD-",
            "ORD-1a",
            "ORD-1234567890123456789",
            "ÄRD-1",
        ] {
            assert_eq!(number_parts(wrong), None, "{wrong}");
        }
    }
}
