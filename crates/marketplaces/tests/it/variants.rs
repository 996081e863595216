//! Gateways spell one fact in many ways: no reader may tell the difference.

use crate::readers::{self, DATE, Sample, Subject};
use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};
use std::fmt::Write as _;
use std::sync::OnceLock;

/// A run of dice: as many as anyone asks for, the same ones each time.
struct Dice<'a>(std::iter::Cycle<std::slice::Iter<'a, u8>>);

impl Dice<'_> {
    fn throw(&mut self) -> u8 {
        *self.0.next().unwrap()
    }

    fn heads(&mut self) -> bool {
        self.throw().is_multiple_of(2)
    }
}

fn is_number(text: &str) -> bool {
    (1..=19).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null) || value == "" || value == "0" || *value == json!(0)
}

/// The other of two spellings, where there are two and the dice want it.
fn spelled(
    subject: &Subject,
    name: &str,
    taken: &Map<String, Value>,
    dice: &mut Dice<'_>,
) -> String {
    let other = subject
        .spellings
        .iter()
        .find(|(one, _)| *one == name)
        .map(|(_, other)| (*other).to_owned());
    match other {
        Some(other) if !taken.contains_key(&other) && dice.heads() => other,
        _ => name.to_owned(),
    }
}

/// Numbers as text and text of digits as numbers, flags as text, empty fields as null, empty, `0` or
/// not at all, other spellings, and fields that nobody knows.
fn varied(subject: &Subject, value: &Value, dice: &mut Dice<'_>) -> Value {
    match value {
        Value::Number(number) if dice.heads() => Value::from(number.to_string()),
        Value::Bool(flag) if dice.heads() => Value::from(flag.to_string()),
        Value::String(text) if is_number(text) && dice.heads() => {
            Value::Number(text.parse::<Number>().unwrap())
        }
        Value::String(text) => Value::from(spelled(subject, text, &Map::new(), dice)),
        Value::Array(list) => list.iter().map(|v| varied(subject, v, dice)).collect(),
        Value::Object(fields) => {
            let mut out = Map::new();
            for (name, value) in fields {
                let says_nothing = subject.empties.contains(&name.as_str()) && is_empty(value);
                let code = name.to_lowercase().ends_with("code");
                let value = match (says_nothing, dice.throw() % 4) {
                    (true, 0) => continue,
                    (true, 1) => Value::from(""),
                    (true, 2) if code => Value::from("0"),
                    (true, _) => Value::Null,
                    (false, 0) if value.is_null() => continue,
                    (false, _) => varied(subject, value, dice),
                };
                out.insert(spelled(subject, name, fields, dice), value);
            }
            if dice.heads() {
                out.insert("added_later".to_owned(), json!([null, {"x": 1}]));
                out.insert("addedNull".to_owned(), Value::Null);
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

/// Writes JSON with the fields in any order and with blanks.
fn written(value: &Value, dice: &mut Dice<'_>, out: &mut String) {
    let blank = |dice: &mut Dice<'_>, out: &mut String| {
        if dice.throw().is_multiple_of(8) {
            out.push_str("\r\n\t ");
        }
    };
    match value {
        Value::Array(list) => {
            out.push('[');
            for (at, value) in list.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                blank(dice, out);
                written(value, dice, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<(u8, &String, &Value)> = fields
                .iter()
                .map(|(name, value)| (dice.throw(), name, value))
                .collect();
            fields.sort_by_key(|(place, _, _)| *place);
            out.push('{');
            for (at, (_, name, value)) in fields.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                blank(dice, out);
                write!(out, "{}:", Value::from(name.as_str())).unwrap();
                blank(dice, out);
                written(value, dice, out);
            }
            out.push('}');
        }
        other => write!(out, "{other}").unwrap(),
    }
}

/// What each reader makes of its sample, as it stands there.
fn plain() -> &'static Vec<Vec<String>> {
    static PLAIN: OnceLock<Vec<Vec<String>>> = OnceLock::new();
    PLAIN.get_or_init(|| {
        let told = |subject: &Subject| {
            let samples = subject.samples.iter();
            samples
                .map(|sample| told(subject, sample, sample.body))
                .collect()
        };
        readers::all().iter().map(told).collect()
    })
}

/// What a reader makes of `body`; of two spellings of one word, which are kept as they came, the first.
fn told(subject: &Subject, sample: &Sample, body: &str) -> String {
    let mut text = subject
        .read(sample, 200, DATE.as_bytes(), body.as_bytes())
        .text;
    for (one, other) in subject.spellings {
        text = text.replace(other, one);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn spelling_makes_no_difference(dice in prop::collection::vec(any::<u8>(), 64..512)) {
        let mut dice = Dice(dice.iter().cycle());
        for (subject, plain) in readers::all().iter().zip(plain()) {
            for (sample, wanted) in subject.samples.iter().zip(plain) {
                let value: Value = serde_json::from_str(sample.body).unwrap();
                let mut odd = String::new();
                written(&varied(subject, &value, &mut dice), &mut dice, &mut odd);
                prop_assert_eq!(&told(subject, sample, &odd), wanted, "{:?}: {}", sample.call, odd);
            }
        }
    }
}
