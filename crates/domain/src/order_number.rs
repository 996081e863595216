//! Marketplace order numbers as people paste them.

/// What a person pasted, read as order numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PastedNumbers {
    /// Numbers, each once, in their order.
    pub numbers: Vec<String>,
    /// Pieces that hold digits but no order number.
    pub unreadable: Vec<String>,
}

/// Digits that an order number has at least and at most.
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 10..=32;
/// A run of so many digits is a number of its own even when only a space parts it from the next.
const CERTAIN_DIGITS: usize = 15;
/// Names under which links carry an order number.
const LINK_KEYS: [&str; 6] = [
    "orderid",
    "order_id",
    "bizorderid",
    "biz_order_id",
    "tradeid",
    "trade_id",
];

/// Reads order numbers from a text: spaces and dashes inside a number, line breaks, commas and
/// semicolons between numbers, words before them and pasted links are tolerated.
#[must_use]
pub fn parse_numbers(text: &str) -> PastedNumbers {
    let mut found = PastedNumbers::default();
    let pieces = text.split(['\n', '\r', ',', ';', '，', '；', '、', '\t']);
    for piece in pieces {
        let mut plain = String::new();
        for word in piece.split_whitespace() {
            if word.contains("://") || word.starts_with("www.") {
                keep(&mut found, number_in_link(word), word);
            } else {
                plain.push_str(word);
                plain.push(' ');
            }
        }
        for run in plain.split(|c: char| digit(c).is_none() && !is_filler(c)) {
            let words: Vec<String> = run
                .split_whitespace()
                .map(|word| word.chars().filter_map(digit).collect::<String>())
                .filter(|word| !word.is_empty())
                .collect();
            if words.iter().all(|word| word.len() >= CERTAIN_DIGITS) {
                for word in words {
                    keep(&mut found, Some(word), run);
                }
            } else {
                keep(&mut found, Some(words.concat()), run);
            }
        }
    }
    found
}

fn keep(found: &mut PastedNumbers, number: Option<String>, piece: &str) {
    match number {
        Some(number) if NUMBER_DIGITS.contains(&number.len()) => {
            if !found.numbers.contains(&number) {
                found.numbers.push(number);
            }
        }
        _ => found.unreadable.push(piece.trim().to_owned()),
    }
}

/// A digit, also a full-width one.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

/// May stand inside a number.
fn is_filler(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '−')
}

fn number_in_link(link: &str) -> Option<String> {
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let named = link.split(['?', '&', '#']).find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (LINK_KEYS.contains(&key.to_ascii_lowercase().as_str()) && all_digits(value))
            .then(|| value.to_owned())
    });
    named.or_else(|| {
        link.split(|c: char| !c.is_ascii_digit())
            .filter(|run| NUMBER_DIGITS.contains(&run.len()))
            .max_by_key(|run| run.len())
            .map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pasted_numbers_are_read_however_they_are_written() {
        let one = "2148830914512367";
        let two = "2148830914512001";
        let table: &[(&str, &[&str])] = &[
            (one, &[one]),
            ("  2148 8309 1451 2367 ", &[one]),
            ("2148-8309—1451–2367", &[one]),
            ("2148830914512367\r\n2148830914512001\n", &[one, two]),
            ("2148830914512367 2148830914512001", &[one, two]),
            (
                "2148830914512367, 2148830914512367；2148830914512001",
                &[one, two],
            ),
            ("订单号：2148830914512367", &[one]),
            ("№2148830914512367 (paid)", &[one]),
            ("２１４８８３０９１４５１２３６７", &[one]),
            (
                "https://trade.1688.com/order/detail.htm?orderId=2148830914512367&x=99999999999999999999",
                &[one],
            ),
            (
                "https://trade.taobao.com/detail.htm?biz_order_id=2148830914512001#a 2148830914512367",
                &[two, one],
            ),
            ("https://example.cn/order/2148830914512367.html", &[one]),
            ("Orders:", &[]),
            ("", &[]),
        ];
        for (text, numbers) in table {
            let read = parse_numbers(text);
            assert_eq!(read.numbers, *numbers, "{text:?}");
            assert_eq!(read.unreadable, [""; 0], "{text:?}");
        }
        let read = parse_numbers("12345\n2148830914512367\nhttps://trade.1688.com/");
        assert_eq!(read.numbers, [one]);
        assert_eq!(read.unreadable, ["12345", "https://trade.1688.com/"]);
    }

    proptest! {
        #[test]
        fn reading_numbers_never_fails_and_gives_only_digits(text in "\\PC{0,60}") {
            for number in parse_numbers(&text).numbers {
                prop_assert!(NUMBER_DIGITS.contains(&number.len()));
                prop_assert!(number.bytes().all(|b| b.is_ascii_digit()));
            }
        }
    }
}
