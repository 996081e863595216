//! A form between what is known and what was typed: shown first with what is known, and after a
//! refusal with what the person typed and what is wrong beside each field.

use crate::Fmt;
use crate::http::{Field, Fields, PageError};
use crate::parts::Fault;
use app::{AppError, FieldError, Message};
use axum::http::{HeaderMap, StatusCode};
use std::collections::BTreeMap;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    sent: Option<Fields>,
    faults: BTreeMap<String, String>,
    fault: Option<Fault>,
}

impl Typed {
    /// Nothing was typed yet.
    #[must_use]
    pub fn fresh() -> Self {
        Self::default()
    }

    /// It was refused.
    ///
    /// # Errors
    /// When the refusal is not about the form: then it is an answer of its own.
    pub fn refused(fmt: &Fmt, fields: Fields, error: AppError) -> Result<Self, PageError> {
        let fault = fmt.form_fault(&error);
        let faults = match fault {
            Some(_) => BTreeMap::new(),
            None => fmt.field_faults(error)?,
        };
        Ok(Self {
            sent: Some(fields),
            faults,
            fault,
        })
    }

    /// What was sent.
    #[must_use]
    pub const fn sent(&self) -> Option<&Fields> {
        self.sent.as_ref()
    }

    /// Was something sent?
    pub const fn is_sent(&self) -> bool {
        self.sent.is_some()
    }

    /// A field with what was typed, else with what is `known`, and what is wrong with it.
    pub fn field(&mut self, name: &str, known: impl Into<String>) -> Field {
        Field {
            value: self
                .sent
                .as_ref()
                .map_or_else(|| known.into(), |sent| sent.text(name).to_owned()),
            error: self.faults.remove(name),
        }
    }

    /// The choice that was made in a `select`, else the one that is `known`.
    pub fn chosen<'a>(&'a self, name: &str, known: &'a str) -> &'a str {
        self.sent.as_ref().map_or(known, |sent| sent.text(name))
    }

    /// A box was ticked, or is `known` to be.
    pub fn ticked(&self, name: &str, known: bool) -> bool {
        self.sent.as_ref().map_or(known, |sent| sent.has(name))
    }

    /// Why the form was refused as a whole; what is wrong with fields that it does not show
    /// stands there too. Called last.
    pub fn rest(self, fmt: &Fmt) -> Option<Fault> {
        if self.fault.is_some() || self.faults.is_empty() {
            return self.fault;
        }
        let texts: Vec<String> = self.faults.into_values().collect();
        Some(Fault::of(fmt.tr(), texts.join(" ")))
    }

    /// The status of the answer that shows the form.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        if self.is_sent() {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        }
    }
}

/// Gathers what is wrong with single fields while they are read, so that all of it is told at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// One field is wrong.
    pub fn add(&mut self, field: &str, message: Message) {
        self.0.push(FieldError {
            field: field.to_owned(),
            message,
        });
    }

    /// What was read, unless something is wrong with the field.
    pub fn take<T: Default>(&mut self, field: &str, read: Result<T, Message>) -> T {
        read.unwrap_or_else(|message| {
            self.add(field, message);
            T::default()
        })
    }

    /// Nothing is wrong.
    ///
    /// # Errors
    /// Every field that is.
    pub fn check(self) -> Result<(), AppError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid(self.0))
        }
    }
}

/// A whole number; nothing when the field is empty.
///
/// # Errors
/// When it is none.
pub fn whole(text: &str) -> Result<Option<i64>, Message> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits
        .parse()
        .map(Some)
        .map_err(|_| Message::of("form-whole_number"))
}

/// A decimal number with at most `places` places, as so many of its smallest units: `0.25` kg with
/// three places is 250. A comma counts as the point. Nothing when the field is empty.
///
/// # Errors
/// When it is none, is below zero, or has more places.
pub fn decimal(text: &str, places: u32, key: &str) -> Result<Option<i64>, Message> {
    let wrong = || Message::of(key);
    let text: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == ',' { '.' } else { c })
        .collect();
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let rest = rest.trim_end_matches('0');
    let places = usize::try_from(places).unwrap_or(0);
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole)
        || !digits(rest)
        || rest.len() > places
        || (whole.is_empty() && rest.is_empty())
    {
        return Err(wrong());
    }
    format!("{whole}{rest:0<places$}")
        .parse()
        .map(Some)
        .map_err(|_| wrong())
}

/// Smallest units as a decimal number without needless zeros: 250 with three places is `0.25`.
#[must_use]
pub fn decimal_text(units: i64, places: u32) -> String {
    let divisor = 10_i64.saturating_pow(places).max(1);
    let places = usize::try_from(places).unwrap_or(0);
    let rest = format!("{:0places$}", (units % divisor).abs());
    let rest = rest.trim_end_matches('0');
    let dot = if rest.is_empty() { "" } else { "." };
    format!("{}{dot}{rest}", units / divisor)
}

/// Where a person goes on after a window did its work: to the page under it, else to `fallback`.
#[must_use]
pub fn page_under(headers: &HeaderMap, fallback: &str) -> String {
    let under = headers
        .get("hx-current-url")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| url::Url::parse(v).ok());
    under.map_or_else(
        || fallback.to_owned(),
        |url| {
            let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
            crate::http::safe_return(&format!("{}{query}", url.path())).to_owned()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(decimal("0,25", 3, "k"), Ok(Some(250)));
        assert_eq!(decimal("1 000.5", 3, "k"), Ok(Some(1_000_500)));
        assert_eq!(decimal(".5", 3, "k"), Ok(Some(500)));
        assert_eq!(decimal("2.500", 2, "k"), Ok(Some(250)));
        assert_eq!(decimal("", 3, "k"), Ok(None));
        for wrong in ["0.0001", "-1", "1.2.3", ".", "1kg", "99999999999999999999"] {
            assert!(decimal(wrong, 3, "k").is_err(), "{wrong}");
        }
        assert_eq!(whole(" 1 000 "), Ok(Some(1_000)));
        assert!(whole("2.5").is_err());
        assert_eq!(decimal_text(250, 3), "0.25");
        assert_eq!(decimal_text(1_000, 3), "1");
        assert_eq!(decimal_text(5, 2), "0.05");
    }

    #[test]
    fn what_was_typed_stays_and_faults_stand_beside_their_fields() {
        let fmt = Fmt::new(
            crate::Tr::english(),
            Fmt::zone("UTC"),
            world::Timestamp(0),
            std::sync::Arc::default(),
        );
        let fields = Fields(vec![("amount".into(), "12,5".into())]);
        let mut wrong = Faults::default();
        wrong.add("amount", Message::of("payment-amount_form"));
        wrong.add("hidden", Message::of("items-choose"));
        let mut typed = Typed::refused(&fmt, fields, wrong.check().unwrap_err()).unwrap();
        let amount = typed.field("amount", "7");
        assert_eq!(amount.value, "12,5");
        assert!(amount.error.is_some());
        assert_eq!(typed.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            typed.rest(&fmt).is_some(),
            "a fault of a field that is not shown"
        );
        assert_eq!(Typed::fresh().field("amount", "7"), Field::of("7"));
    }
}
