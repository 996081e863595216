//! Reading numbers out of what people paste: bare, with spaces or dashes inside, several at once,
//! or as links. Shared by all connectors; each brings the lengths and link forms of its own ids.

use std::ops::RangeInclusive;

/// What numbers of one kind look like at one marketplace.
pub(crate) struct Numbers {
    /// Digits of a number.
    pub digits: RangeInclusive<usize>,
    /// Query parameters of links that hold numbers, compared without case.
    pub parameters: &'static [&'static str],
    /// The last letters of the hosts whose links count; a link to elsewhere is no number.
    pub hosts: &'static [&'static str],
}

impl Numbers {
    /// Every number in `text`, in order; pieces that hold none come as errors, as they were typed.
    pub(crate) fn read(&self, text: &str) -> Vec<Result<String, String>> {
        let mut found = Vec::new();
        for piece in text.split(['\n', '\r', ',', ';', '，', '；', '、', '|']) {
            let piece = piece.trim();
            if !piece.is_empty() {
                self.read_piece(piece, &mut found);
            }
        }
        found
    }

    fn read_piece(&self, piece: &str, found: &mut Vec<Result<String, String>>) {
        if piece.split_whitespace().any(looks_like_link) {
            for word in piece.split_whitespace() {
                if looks_like_link(word) {
                    self.read_link(word, found);
                } else if !is_label(word) {
                    self.read_digits(word, &[word], found);
                }
            }
            return;
        }
        let words: Vec<&str> = piece
            .split([' ', '\t', '\u{a0}', '\u{3000}', ':', '：', '#', '№'])
            .filter(|word| !word.is_empty() && !is_label(word))
            .collect();
        self.read_digits(piece, &words, found);
    }

    fn read_digits(&self, piece: &str, words: &[&str], found: &mut Vec<Result<String, String>>) {
        let bare: Vec<Option<String>> = words.iter().map(|word| without_dashes(word)).collect();
        let whole: Option<Vec<String>> = bare.into_iter().collect();
        let Some(parts) = whole.filter(|parts| !parts.is_empty()) else {
            found.push(Err(piece.to_owned()));
            return;
        };
        // Several whole numbers side by side, or one number with gaps inside. A number's first group
        // alone is never as long as a whole number, so the two cannot be confused.
        if parts.iter().all(|part| self.digits.contains(&part.len())) {
            found.extend(parts.into_iter().map(Ok));
            return;
        }
        let joined = parts.concat();
        if self.digits.contains(&joined.len()) {
            found.push(Ok(joined));
        } else {
            found.push(Err(piece.to_owned()));
        }
    }

    fn read_link(&self, word: &str, found: &mut Vec<Result<String, String>>) {
        let before = found.len();
        if let Some(link) = self.link(word) {
            for (name, value) in link.query_pairs() {
                if self.parameters.iter().any(|p| name.eq_ignore_ascii_case(p)) {
                    // A cashier's link names several orders in one parameter.
                    for part in value.split([';', ',', ' ']) {
                        if self.is_number(part) {
                            found.push(Ok(part.to_owned()));
                        }
                    }
                }
            }
            // The training site names an order in the path of its page.
            if found.len() == before
                && is_here(&link)
                && let Some(last) = link.path_segments().and_then(|mut parts| parts.next_back())
                && self.is_number(last)
            {
                found.push(Ok(last.to_owned()));
            }
        }
        if found.len() == before {
            found.push(Err(word.to_owned()));
        }
    }

    /// A pasted link to one of the marketplace's own hosts (or, in training, to this machine).
    pub(crate) fn link(&self, word: &str) -> Option<url::Url> {
        let word = word.trim_matches(['<', '>', '"', '\'', '(', ')', '，', '。']);
        let text = if word.contains("://") {
            word.to_owned()
        } else {
            format!("https://{word}")
        };
        let link = url::Url::parse(&text).ok()?;
        let host = link.host_str()?.to_ascii_lowercase();
        let own = self.hosts.iter().any(|known| {
            host == *known
                || host
                    .strip_suffix(known)
                    .is_some_and(|left| left.ends_with('.'))
        });
        (own || is_here(&link)).then_some(link)
    }

    /// Is this, as it stands, a number of this kind?
    pub(crate) fn is_number(&self, text: &str) -> bool {
        self.digits.contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_digit())
            && !text.starts_with('0')
    }
}

/// A link to this machine, where training takes place.
fn is_here(link: &url::Url) -> bool {
    matches!(link.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// A word with a host and something after it.
fn looks_like_link(word: &str) -> bool {
    word.contains("://") || (word.contains('/') && word.contains('.'))
}

/// A word without any digit before or behind a number: `Order`, `订单号`, `No.`
fn is_label(word: &str) -> bool {
    !word.chars().any(char::is_numeric) && word.chars().any(char::is_alphabetic)
}

/// The digits of a word that holds nothing but digits and dashes.
fn without_dashes(word: &str) -> Option<String> {
    let mut digits = String::with_capacity(word.len());
    for letter in word.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            '-' | '‐' | '‑' | '–' | '—' | '_' | '.' | '\u{200b}' | '\u{feff}' => {}
            // Full-width digits come from Chinese input methods.
            '０'..='９' => {
                digits.push(char::from_digit(u32::from(letter) - u32::from('０'), 10)?);
            }
            _ => return None,
        }
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ORDERS: Numbers = Numbers {
        digits: 15..=19,
        parameters: &["orderId"],
        hosts: &["1688.com"],
    };

    #[test]
    fn pasted_text_gives_its_numbers() {
        let one = "2257164624870311973";
        let two = "105581756010628640";
        for text in [
            "2257164624870311973",
            " 2257 1646 2487 0311 973 ",
            "2257164624-8703-11973",
            "订单号：2257164624870311973",
            "Order No. 2257164624870311973",
            "https://trade.1688.com/order/new_step_order_detail.htm?orderId=2257164624870311973&x=1",
            "trade.1688.com/order/detail.htm?orderid=2257164624870311973",
            "２２５７１６４６２４８７０３１１９７３",
            "http://127.0.0.1:8689/order/2257164624870311973",
        ] {
            assert_eq!(ORDERS.read(text), vec![Ok(one.to_owned())], "{text}");
        }
        for text in [
            "2257164624870311973 105581756010628640",
            "2257164624870311973\n105581756010628640\r\n\n",
            "2257164624870311973, 1055-8175-6010-6286-40",
            "https://trade.1688.com/order/cashier.htm?orderId=2257164624870311973;105581756010628640",
            "2257164624870311973 https://trade.1688.com/o.htm?orderId=105581756010628640",
        ] {
            assert_eq!(
                ORDERS.read(text),
                vec![Ok(one.to_owned()), Ok(two.to_owned())],
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_number_is_given_back() {
        for text in [
            "12345",
            "hello",
            "AB2257164624870311973",
            "22571646248703119731234",
            "https://example.com/?orderId=2257164624870311973",
            "https://1688.com.example.com/?orderId=2257164624870311973",
            "https://trade.1688.com/order/?id=5",
            "https://trade.1688.com/order/2257164624870311973",
        ] {
            assert_eq!(ORDERS.read(text), vec![Err(text.to_owned())], "{text}");
        }
        assert_eq!(
            ORDERS.read("12345, 2257164624870311973"),
            vec![
                Err("12345".to_owned()),
                Ok("2257164624870311973".to_owned())
            ]
        );
        assert!(ORDERS.read(" \n , ").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_falling(text in "\\PC{0,80}") {
            for number in ORDERS.read(&text).into_iter().flatten() {
                prop_assert!((15..=19).contains(&number.len()));
            }
        }
    }
}
