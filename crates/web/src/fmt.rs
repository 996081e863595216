//! Values as people read them: money, weights, moments, spans, quantities.
//!
//! A [`Fmt`] knows the language, the person's zone, the moment of the request and the shop's
//! rounding; it asks no clock. Pages hold what it gives as finished text.

use crate::Tr;
use domain::{Amount, Currency, Fen};
use jiff::tz::TimeZone;
use jiff::{Timestamp as Moment, Zoned};
use std::collections::BTreeMap;
use std::sync::Arc;
use world::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Below this a countdown is shown in red.
const URGENT: i64 = 6 * HOUR;

/// Formats values for one person at one moment. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Fmt {
    tr: Tr,
    zone: TimeZone,
    now: Timestamp,
    decimals: Arc<BTreeMap<String, u32>>,
}

/// A span that runs out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Countdown {
    /// `2 d 04 h`, or that it is over.
    pub text: String,
    /// The moment itself in the person's zone, for the tooltip.
    pub at: String,
    /// Little time is left, or none.
    pub urgent: bool,
}

impl Fmt {
    /// `decimals` are the shop's rules per currency (`USD` → 0 shows whole dollars).
    #[must_use]
    pub const fn new(
        tr: Tr,
        zone: TimeZone,
        now: Timestamp,
        decimals: Arc<BTreeMap<String, u32>>,
    ) -> Self {
        Self {
            tr,
            zone,
            now,
            decimals,
        }
    }

    /// The zone of that name (`Europe/Moscow`), UTC when there is none such.
    #[must_use]
    pub fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap_or(TimeZone::UTC)
    }

    /// The same at another moment.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        Self {
            now,
            ..self.clone()
        }
    }

    /// The texts.
    pub const fn tr(&self) -> &Tr {
        &self.tr
    }

    /// The moment of the request.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Customer money by the currency's rule: `33.97 $`, or `34 $` where the shop shows whole
    /// dollars.
    pub fn money(&self, amount: &Amount, currency: &Currency) -> String {
        let decimals = self
            .decimals
            .get(currency.code())
            .copied()
            .unwrap_or_else(|| currency.usual_decimals());
        amount.shown(currency, decimals)
    }

    /// Customer money with its sign always shown: `+4.70 $`.
    pub fn signed_money(&self, amount: &Amount, currency: &Currency) -> String {
        let text = self.money(amount, currency);
        let plus = amount.value().is_sign_positive() && !amount.value().is_zero();
        if plus { format!("+{text}") } else { text }
    }

    /// Marketplace money: `¥ 208.40`.
    pub fn fen(&self, fen: Fen) -> String {
        fen.to_string()
    }

    /// Kilograms from grams, without needless zeros: `1 kg`, `0.25 kg`.
    pub fn kg(&self, grams: i64) -> String {
        let sign = if grams < 0 { "−" } else { "" };
        let (whole, rest) = (grams.unsigned_abs() / 1_000, grams.unsigned_abs() % 1_000);
        let rest = format!("{rest:03}");
        let rest = rest.trim_end_matches('0');
        let dot = if rest.is_empty() { "" } else { "." };
        self.tr.kilograms(format!("{sign}{whole}{dot}{rest}"))
    }

    /// A share of a whole in percent with a sign: `+7.7 %`. Thousandths: 77 is 7.7 %.
    pub fn per_mille(&self, thousandths: i64) -> String {
        let sign = match thousandths {
            1.. => "+",
            0 => "",
            _ => "−",
        };
        let abs = thousandths.unsigned_abs();
        match (abs / 10, abs % 10) {
            (whole, 0) => format!("{sign}{whole} %"),
            (whole, tenth) => format!("{sign}{whole}.{tenth} %"),
        }
    }

    /// `5`, or `2 of 5` when only some are meant.
    pub fn quantity(&self, some: i64, all: i64) -> String {
        if some == all {
            all.to_string()
        } else {
            self.tr.of_quantity(all, some)
        }
    }

    /// A count that stops at a ceiling: `1,000+`.
    pub fn count(&self, count: u64, ceiling: u64) -> String {
        let more = if count >= ceiling { "+" } else { "" };
        let digits = count.min(ceiling).to_string();
        let mut out = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        out + more
    }

    fn zoned(&self, at: Timestamp) -> Zoned {
        Moment::from_microsecond(at.0)
            .unwrap_or_default()
            .to_zoned(self.zone.clone())
    }

    fn month(&self, at: &Zoned) -> &str {
        let tr = &self.tr;
        match at.month() {
            1 => tr.month_1(),
            2 => tr.month_2(),
            3 => tr.month_3(),
            4 => tr.month_4(),
            5 => tr.month_5(),
            6 => tr.month_6(),
            7 => tr.month_7(),
            8 => tr.month_8(),
            9 => tr.month_9(),
            10 => tr.month_10(),
            11 => tr.month_11(),
            _ => tr.month_12(),
        }
    }

    /// Date and time in full, as in an order's header: `02.12.15 10:48:15`.
    pub fn full(&self, at: Timestamp) -> String {
        let at = self.zoned(at);
        format!(
            "{:02}.{:02}.{:02} {:02}:{:02}:{:02}",
            at.day(),
            at.month(),
            at.year() % 100,
            at.hour(),
            at.minute(),
            at.second()
        )
    }

    /// Date and time in lists: `Today 10:12`, `Yesterday 21:07`, `19 Nov 18:02`, `19 Nov 2015 18:02`.
    pub fn moment(&self, at: Timestamp) -> String {
        let (at, now) = (self.zoned(at), self.zoned(self.now));
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        if at.date() == now.date() {
            return self.tr.today_at(time);
        }
        if now.yesterday().is_ok_and(|y| y.date() == at.date()) {
            return self.tr.yesterday_at(time);
        }
        format!("{} {time}", self.day_of(&at, &now))
    }

    /// The time of a day: `10:12:05`.
    pub fn time_of_day(&self, at: Timestamp) -> String {
        let at = self.zoned(at);
        format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    }

    /// A day as a heading: `Today`, `Yesterday`, `19 Nov`.
    pub fn named_day(&self, at: Timestamp) -> String {
        let (at, now) = (self.zoned(at), self.zoned(self.now));
        if at.date() == now.date() {
            self.tr.today().to_owned()
        } else if now.yesterday().is_ok_and(|y| y.date() == at.date()) {
            self.tr.yesterday().to_owned()
        } else {
            self.day_of(&at, &now)
        }
    }

    /// A day: `19 Nov`, with the year when it is another one.
    pub fn day(&self, at: Timestamp) -> String {
        self.day_of(&self.zoned(at), &self.zoned(self.now))
    }

    /// A day of the calendar as it is stored (`2015-12-01`); another text as it is.
    pub fn calendar_day(&self, stored: &str) -> String {
        stored
            .parse::<jiff::civil::Date>()
            .ok()
            .and_then(|date| date.to_zoned(self.zone.clone()).ok())
            .map_or_else(
                || stored.to_owned(),
                |day| self.day_of(&day, &self.zoned(self.now)),
            )
    }

    /// When a day (`2015-12-01`) begins where the person is, or one so many days later.
    pub fn day_start(&self, day: &str, days_later: i32) -> Option<Timestamp> {
        let date: jiff::civil::Date = day.parse().ok()?;
        let date = date
            .checked_add(jiff::Span::new().try_days(days_later).ok()?)
            .ok()?;
        let start = date.to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp(start.timestamp().as_microsecond()))
    }

    fn day_of(&self, at: &Zoned, now: &Zoned) -> String {
        if at.year() == now.year() {
            self.tr.day_month(at.day().to_string(), self.month(at))
        } else {
            self.tr
                .day_month_year(at.day().to_string(), self.month(at), at.year().to_string())
        }
    }

    /// How long ago: `just now`, `2 minutes ago`, `5 days ago`.
    pub fn ago(&self, at: Timestamp) -> String {
        let seconds = self.now.seconds_since(at);
        match seconds {
            ..MINUTE => self.tr.ago_now().to_owned(),
            MINUTE..HOUR => self.tr.ago_minutes(seconds / MINUTE),
            HOUR..DAY => self.tr.ago_hours(seconds / HOUR),
            _ => self.tr.ago_days(seconds / DAY),
        }
    }

    /// A span with its two largest units: `2 d 04 h`, `3 h 10 m`, `12 m`, `45 s`.
    pub fn span(&self, seconds: i64) -> String {
        let tr = &self.tr;
        let two = |n: i64| format!("{n:02}");
        match seconds.max(0) {
            s @ DAY.. => tr.span_days_hours((s / DAY).to_string(), two(s % DAY / HOUR)),
            s @ HOUR.. => tr.span_hours_minutes((s / HOUR).to_string(), two(s % HOUR / MINUTE)),
            s @ MINUTE.. => tr.span_minutes((s / MINUTE).to_string()),
            s => tr.span_seconds(s.to_string()),
        }
    }

    /// Time left until `at`.
    pub fn countdown(&self, at: Timestamp) -> Countdown {
        let left = at.seconds_since(self.now);
        Countdown {
            text: if left <= 0 {
                self.tr.span_over().to_owned()
            } else {
                self.span(left)
            },
            at: self.full(at),
            urgent: left < URGENT,
        }
    }

    /// Days left, for what lasts long: `212 days`; below two days as [`Fmt::span`].
    pub fn days_left(&self, until: Timestamp) -> String {
        let left = until.seconds_since(self.now);
        if left >= 2 * DAY {
            self.tr.n_days(left / DAY)
        } else {
            self.span(left)
        }
    }

    /// A running clock: `00:02`, `1:02:03`.
    pub fn elapsed(&self, from: Timestamp, to: Option<Timestamp>) -> String {
        let s = to.unwrap_or(self.now).seconds_since(from).max(0);
        if s >= HOUR {
            format!("{}:{:02}:{:02}", s / HOUR, s % HOUR / MINUTE, s % MINUTE)
        } else {
            format!("{:02}:{:02}", s / MINUTE, s % MINUTE)
        }
    }

    /// How long after `from` something happened, to tenths: `0.6 s`.
    pub fn offset(&self, from: Timestamp, at: Timestamp) -> String {
        let tenths = (at.0 - from.0).max(0) / 100_000;
        if tenths >= 600 {
            self.elapsed(from, Some(at))
        } else {
            self.tr
                .span_seconds(format!("{}.{}", tenths / 10, tenths % 10))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_448_966_895; // 2015-12-01 10:48:15 UTC

    fn fmt(zone: &str, usd: u32) -> Fmt {
        let rules = BTreeMap::from([("USD".to_owned(), usd)]);
        Fmt::new(
            Tr::english(),
            Fmt::zone(zone),
            Timestamp::from_seconds(NOW),
            Arc::new(rules),
        )
    }

    #[test]
    fn money_follows_the_shop_s_rounding() {
        let price: Amount = "33.974774905192626351667".parse().unwrap();
        let usd: Currency = "USD".parse().unwrap();
        assert_eq!(fmt("UTC", 0).money(&price, &usd), "34 $");
        assert_eq!(fmt("UTC", 2).money(&price, &usd), "33.97 $");
        assert_eq!(fmt("UTC", 2).signed_money(&price, &usd), "+33.97 $");
        assert_eq!(fmt("UTC", 2).fen(Fen(20_840)), "¥ 208.40");
    }

    #[test]
    fn weights_percents_and_counts() {
        let f = fmt("UTC", 2);
        assert_eq!(f.kg(1_000), "1 kg");
        assert_eq!(f.kg(250), "0.25 kg");
        assert_eq!(f.kg(12_345), "12.345 kg");
        assert_eq!(f.per_mille(77), "+7.7 %");
        assert_eq!(f.per_mille(-80), "−8 %");
        assert_eq!(f.count(1_000, 1_000), "1,000+");
        assert_eq!(f.count(12_345, 100_000), "12,345");
        assert_eq!(f.quantity(2, 5), "2 of 5");
        assert_eq!(f.quantity(5, 5), "5");
    }

    #[test]
    fn moments_stand_in_the_person_s_zone() {
        let f = fmt("Europe/Moscow", 2); // 13:48:15 there
        let at = |s: i64| Timestamp::from_seconds(NOW + s);
        assert_eq!(f.full(at(0)), "01.12.15 13:48:15");
        assert_eq!(f.moment(at(-60)), "Today 13:47");
        assert_eq!(f.moment(at(-14 * HOUR)), "Yesterday 23:48");
        assert_eq!(f.moment(at(-12 * DAY)), "19 Nov 13:48");
        assert_eq!(f.moment(at(-365 * DAY)), "1 Dec 2014 13:48");
        assert_eq!(f.day(at(-12 * DAY)), "19 Nov");
        assert_eq!(f.ago(at(-119)), "1 minute ago");
        assert_eq!(f.ago(at(-5 * DAY)), "5 days ago");
        assert_eq!(f.ago(at(20)), "just now");
    }

    #[test]
    fn spans_show_their_two_largest_units() {
        let f = fmt("UTC", 2);
        assert_eq!(f.span(2 * DAY + 4 * HOUR + 59), "2 d 04 h");
        assert_eq!(f.span(3 * HOUR + 10 * MINUTE), "3 h 10 m");
        assert_eq!(f.span(12 * MINUTE), "12 m");
        assert_eq!(f.span(45), "45 s");
        let soon = f.countdown(Timestamp::from_seconds(NOW + 3 * HOUR));
        assert!(soon.urgent && soon.text == "3 h 00 m");
        assert_eq!(f.countdown(Timestamp::from_seconds(NOW - 1)).text, "over");
        assert_eq!(
            f.days_left(Timestamp::from_seconds(NOW + 212 * DAY)),
            "212 days"
        );
        let from = Timestamp::from_seconds(NOW - 3_723);
        assert_eq!(f.elapsed(from, None), "1:02:03");
        assert_eq!(f.offset(from, from.plus_millis(640)), "0.6 s");
    }
}
