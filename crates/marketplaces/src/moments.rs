//! Moments as Chinese marketplaces write them, shared by all connectors.
//!
//! Business texts are Beijing time (UTC+8 without daylight saving since 1992), gateway dates carry
//! their zone. A text that is no moment gives `None`.

use jiff::civil;
use jiff::tz::Offset;
use world::Timestamp;

const BEIJING_SECONDS: i64 = 8 * 3600;
const DAY_MICROS: i64 = 86_400_000_000;

/// Beijing time without daylight saving.
const BEIJING: Offset = Offset::constant(8);

/// Reads any of the forms on the wire: `20180802211113000+0800` (zone optional, then Beijing),
/// `2018-05-30 19:34:27` (Beijing), or milliseconds since 1970.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !text.is_ascii() {
        return None;
    }
    if text.len() >= 17 && all_digits(&text[..17]) {
        return compact(&text[..14], &text[14..17], &text[17..]);
    }
    if text.len() == 14 && all_digits(text) {
        return compact(text, "000", "");
    }
    if (12..=14).contains(&text.len()) && all_digits(text) {
        return text.parse().ok().map(Timestamp::from_millis);
    }
    let (date, time) = text.split_once([' ', 'T'])?;
    let time = time.get(..8)?;
    civil_of(&format!("{date}T{time}"), "%Y-%m-%dT%H:%M:%S").and_then(|when| at(when, BEIJING))
}

fn compact(seconds: &str, millis: &str, zone: &str) -> Option<Timestamp> {
    let when = civil_of(seconds, "%Y%m%d%H%M%S")?;
    let offset = if zone.is_empty() {
        BEIJING
    } else {
        let hours: i32 = zone.get(1..3)?.parse().ok()?;
        let minutes: i32 = zone.get(3..5)?.parse().ok()?;
        let ahead = hours * 3600 + minutes * 60;
        Offset::from_seconds(match zone.get(..1)? {
            "+" => ahead,
            "-" => -ahead,
            _ => return None,
        })
        .ok()?
    };
    Some(at(when, offset)?.plus_millis(millis.parse().ok()?))
}

fn civil_of(text: &str, format: &str) -> Option<civil::DateTime> {
    civil::DateTime::strptime(format, text).ok()
}

fn at(when: civil::DateTime, offset: Offset) -> Option<Timestamp> {
    let moment = offset.to_timestamp(when).ok()?;
    Some(Timestamp(moment.as_microsecond()))
}

/// Writes `20180802211113000+0800`. Microseconds are cut, or rounded up to the next millisecond
/// with `up`, so that a span never loses its ends.
pub(crate) fn gateway_date(moment: Timestamp, up: bool) -> Option<String> {
    let millis = if up {
        moment.0.checked_add(999)?.div_euclid(1000)
    } else {
        moment.millis()
    };
    let when = jiff::Timestamp::from_millisecond(millis).ok()?;
    let local = BEIJING.to_datetime(when);
    Some(format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}{:03}+0800",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
        local.millisecond()
    ))
}

/// The beginning of the next day in Beijing, when daily allowances start anew.
pub(crate) fn next_beijing_midnight(now: Timestamp) -> Timestamp {
    let shift = BEIJING_SECONDS * 1_000_000;
    let day = (now.0 + shift).div_euclid(DAY_MICROS);
    Timestamp((day + 1) * DAY_MICROS - shift)
}

/// The `date` header of an HTTP answer.
pub(crate) fn http_date(headers: &http::HeaderMap) -> Option<Timestamp> {
    let text = headers.get(http::header::DATE)?.to_str().ok()?;
    let moment = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()?;
    Some(Timestamp(moment.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_on_the_wire_is_read() {
        let summer = Timestamp::from_seconds(1_533_215_473);
        for text in [
            "20180802211113000+0800",
            "20180802211113000",
            "20180802211113",
            "20180802061113000-0700",
            "2018-08-02 21:11:13",
            "2018-08-02T21:11:13",
            "1533215473000",
        ] {
            assert_eq!(read(text), Some(summer), "{text}");
        }
        for text in [
            "",
            "soon",
            "20181302211113000+0800",
            "2018-08-02",
            "留言二零一八年八月二日",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(
            read("20180802211113250+0800"),
            Some(summer.plus_millis(250))
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let moment = Timestamp(1_533_215_473_250_001);
        assert_eq!(
            gateway_date(moment, false).as_deref(),
            Some("20180802211113250+0800")
        );
        assert_eq!(
            gateway_date(moment, true).as_deref(),
            Some("20180802211113251+0800")
        );
    }

    #[test]
    fn days_begin_in_beijing() {
        let evening = read("2026-10-01 23:59:59").unwrap();
        let midnight = read("2026-10-02 00:00:00").unwrap();
        assert_eq!(next_beijing_midnight(evening), midnight);
        assert_eq!(
            next_beijing_midnight(midnight),
            midnight.plus_seconds(86_400)
        );
    }

    #[test]
    fn the_date_header_is_read() {
        let mut headers = http::HeaderMap::new();
        assert_eq!(http_date(&headers), None);
        headers.insert("date", "Thu, 02 Aug 2018 13:11:13 GMT".parse().unwrap());
        assert_eq!(
            http_date(&headers),
            Some(Timestamp::from_seconds(1_533_215_473))
        );
        headers.insert("date", "yesterday".parse().unwrap());
        assert_eq!(http_date(&headers), None);
    }
}
