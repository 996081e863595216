//! Dates as marketplaces write them. Everything here is Beijing time, which has no summer time.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use world::Timestamp;

/// Beijing time.
const BEIJING: Offset = Offset::constant(8);
const DAY_MICROS: i64 = 86_400_000_000;

fn civil(at: Timestamp) -> DateTime {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    BEIJING.to_datetime(at)
}

/// `yyyyMMddHHmmssSSS+0800`, the gateway's form of a date.
pub(crate) fn wire_date(at: Timestamp) -> String {
    let t = civil(at);
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}{:03}+0800",
        t.year(),
        t.month(),
        t.day(),
        t.hour(),
        t.minute(),
        t.second(),
        t.millisecond()
    )
}

/// `yyyy-MM-dd HH:mm:ss`, the form that stands in texts and messages.
pub(crate) fn text_date(at: Timestamp) -> String {
    let t = civil(at);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        t.year(),
        t.month(),
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// The number of the Beijing day since 1970.
pub(crate) const fn beijing_day(at: Timestamp) -> i64 {
    (at.0 + 8 * 3_600_000_000).div_euclid(DAY_MICROS)
}

/// Reads `yyyyMMddHHmmssSSSZ` with any zone, and, as people write it, without milliseconds or as
/// `yyyy-MM-dd HH:mm:ss` in Beijing time.
pub(crate) fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (digits, offset_minutes) = match text.rfind(['+', '-']) {
        Some(at) if at >= 14 => {
            let zone = text.get(at + 1..)?;
            if zone.len() != 4 || !zone.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let minutes =
                zone.get(..2)?.parse::<i64>().ok()? * 60 + zone.get(2..)?.parse::<i64>().ok()?;
            let sign = if text.as_bytes().get(at) == Some(&b'-') {
                -1
            } else {
                1
            };
            (text.get(..at)?, sign * minutes)
        }
        _ => (text, 480),
    };
    let digits: String = digits
        .chars()
        .filter(|c| !matches!(c, '-' | ':' | ' ' | 'T'))
        .collect();
    if !(digits.len() == 14 || digits.len() == 17) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i32>().ok();
    let small = |from: usize, to: usize| i8::try_from(part(from, to)?).ok();
    let millis = if digits.len() == 17 { part(14, 17)? } else { 0 };
    let civil = DateTime::new(
        i16::try_from(part(0, 4)?).ok()?,
        small(4, 6)?,
        small(6, 8)?,
        small(8, 10)?,
        small(10, 12)?,
        small(12, 14)?,
        millis * 1_000_000,
    )
    .ok()?;
    let utc = Offset::UTC.to_timestamp(civil).ok()?;
    Some(Timestamp(
        utc.as_microsecond() - offset_minutes * 60_000_000,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        let at = Timestamp::from_millis(1_533_215_473_120);
        assert_eq!(wire_date(at), "20180802211113120+0800");
        assert_eq!(parse_date("20180802211113120+0800"), Some(at));
        assert_eq!(parse_date("20180802061113120-0700"), Some(at));
        assert_eq!(text_date(at), "2018-08-02 21:11:13");
        assert_eq!(
            parse_date("2018-08-02 21:11:13"),
            Some(Timestamp::from_millis(1_533_215_473_000))
        );
        for bad in [
            "",
            "2018",
            "20181302211113120+0800",
            "x",
            "20180802211113120+08:00",
            "号号号号号号号号",
        ] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_beijing_day_turns_at_sixteen_hours_utc() {
        let before = parse_date("2026-03-01 23:59:59").unwrap();
        assert_eq!(beijing_day(before) + 1, beijing_day(before.plus_seconds(1)));
    }
}
