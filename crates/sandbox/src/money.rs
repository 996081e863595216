//! Money as text and as JSON numbers, never through a float.

use serde_json::{Number, Value};

/// Fen as yuan with as many decimals as needed: `208.4`, `36`, `-0.04`.
pub(crate) fn yuan_short(fen: i64) -> String {
    let long = yuan_text(fen);
    long.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Fen as yuan with two decimals: `208.40`.
pub(crate) fn yuan_text(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

/// Fen as a JSON number of yuan.
pub(crate) fn yuan(fen: i64) -> Value {
    yuan_short(fen)
        .parse::<Number>()
        .map_or(Value::Null, Value::Number)
}

/// Reads yuan as people type them, at most two decimals.
pub(crate) fn parse_yuan(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches(['¥', '￥']).trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty()
        || whole.len() > 12
        || cents.len() > 2
        || !whole
            .bytes()
            .chain(cents.bytes())
            .all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let cents = format!("{cents:0<2}");
    Some(sign * (whole.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fen_become_yuan_and_back() {
        assert_eq!(yuan(20_840).to_string(), "208.4");
        assert_eq!(yuan(3_600).to_string(), "36");
        assert_eq!(yuan(-4).to_string(), "-0.04");
        assert_eq!(yuan(0).to_string(), "0");
        assert_eq!(yuan_text(5), "0.05");
        assert_eq!(parse_yuan("208.4"), Some(20_840));
        assert_eq!(parse_yuan("¥ 36"), Some(3_600));
        assert_eq!(parse_yuan("-0.04"), Some(-4));
        for bad in ["", ".5", "1.234", "x", "1e3", "99999999999999999"] {
            assert_eq!(parse_yuan(bad), None, "{bad}");
        }
    }
}
