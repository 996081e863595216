//! Changing samples: their bytes, and what stands in them.

use serde_json::{Map, Number, Value, json};

/// A small generator, so that one number names one input.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (`splitmix64`).
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is above zero.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(self.next() % bound).unwrap()
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A changed sample: its structure, its bytes, or both.
pub fn body(dice: &mut Dice, sample: &str, donors: &[&str]) -> Vec<u8> {
    let mut text = sample.to_owned();
    let way = dice.below(8);
    if way < 6
        && let Ok(mut value) = serde_json::from_str::<Value>(sample)
    {
        let donor = *dice.one(donors);
        let donor: Value = serde_json::from_str(donor).unwrap_or_default();
        for _ in 0..=dice.below(4) {
            let target = dice.below(count(&value));
            change(dice, &mut value, &mut target.clone(), &donor);
        }
        text = value.to_string();
        if dice.below(6) == 0 {
            text = doubled(dice, &text);
        }
        if dice.below(40) == 0 {
            text = nested(dice, &text);
        }
    }
    if way < 5 {
        return text.into_bytes();
    }
    let donor = *dice.one(donors);
    bytes(dice, text.as_bytes(), donor.as_bytes())
}

/// Flipped bits, cuts, insertions, repetitions and pieces of another sample.
pub fn bytes(dice: &mut Dice, of: &[u8], donor: &[u8]) -> Vec<u8> {
    let mut out = of.to_vec();
    for _ in 0..dice.below(4) {
        if out.is_empty() {
            break;
        }
        let at = dice.below(out.len());
        let to = (at + 1 + dice.below(24)).min(out.len());
        match dice.below(7) {
            0 => out[at] ^= 1 << dice.below(8),
            1 => out[at] = u8::try_from(dice.below(256)).unwrap(),
            2 => out.truncate(at),
            3 => drop(out.drain(at..to)),
            4 => {
                let piece = out[at..to].to_vec();
                out.splice(at..at, piece);
            }
            5 => {
                let from = dice.below(donor.len().max(1));
                let until = (from + 1 + dice.below(60)).min(donor.len());
                out.splice(at..to, donor[from.min(until)..until].iter().copied());
            }
            _ => {
                let odd: &[&[u8]] = &[
                    b"\0",
                    b"\"",
                    b"\\u0000",
                    b"\xff\xfe",
                    b"-",
                    b"0",
                    b"99999999999999999999",
                    b"null",
                    b"{",
                    b"]",
                    "０".as_bytes(),
                    "\u{feff}".as_bytes(),
                    b".",
                    b"e9",
                ];
                out.splice(at..at, dice.one(odd).iter().copied());
            }
        }
    }
    out
}

/// Places in a value.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Any place of a value.
fn piece(dice: &mut Dice, of: &Value) -> Value {
    let mut at = dice.below(count(of));
    let mut found = Value::Null;
    visit(of, &mut at, &mut found);
    found
}

fn visit(value: &Value, at: &mut usize, found: &mut Value) {
    if *at == 0 {
        found.clone_from(value);
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(list) => list.iter().for_each(|v| visit(v, at, found)),
        Value::Object(fields) => fields.values().for_each(|v| visit(v, at, found)),
        _ => {}
    }
}

/// Changes the place `at`, counted from the outside.
fn change(dice: &mut Dice, value: &mut Value, at: &mut usize, donor: &Value) {
    if *at == 0 {
        *at = usize::MAX;
        *value = changed(dice, value, donor);
        return;
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(list) => {
            for one in list {
                change(dice, one, at, donor);
            }
        }
        Value::Object(fields) => {
            for (_, one) in fields.iter_mut() {
                change(dice, one, at, donor);
            }
        }
        _ => {}
    }
}

/// Numbers at the edge of what fits somewhere.
const EDGES: &[&str] = &[
    "-1",
    "-0.01",
    "0",
    "1",
    "0.005",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e400",
    "-1e30",
    "1E-30",
    "92233720368547758.07",
    "2.257164624870312E18",
    "123456789012345",
    "99999999999999999999999999999999999999999999",
];

fn number(text: &str) -> Value {
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

fn changed(dice: &mut Dice, value: &Value, donor: &Value) -> Value {
    match dice.below(16) {
        0 => Value::Null,
        1 => Value::from(""),
        2 => Value::from(dice.below(2) == 0),
        3 => Value::from("0"),
        // The other type.
        4 | 5 => match value {
            Value::Number(number) => Value::from(number.to_string()),
            Value::String(text) => number(text),
            Value::Bool(flag) => Value::from(flag.to_string()),
            other => Value::from(format!("{other:.20000}")),
        },
        6 | 7 => number(dice.one::<&str>(EDGES)),
        8 => number(&"9".repeat(1 + dice.below(2_000))),
        9 => Value::Array(vec![value.clone(); 1 + dice.below(3)]),
        10 => match value {
            Value::Array(list) => list.first().cloned().unwrap_or_default(),
            other => json!({"result": other, "data": other}),
        },
        11 | 12 => piece(dice, donor),
        13 => match value {
            Value::Object(fields) => Value::Object(thinned(dice, fields)),
            Value::Array(list) => Value::Array(list.iter().rev().cloned().collect()),
            Value::String(text) => Value::from(format!("{text} 2257164624870311973")),
            other => other.clone(),
        },
        14 => match value {
            Value::Object(fields) => Value::Object(renamed(dice, fields)),
            // Long, but not so that several changes in one place have no end.
            other => Value::from(format!("长{other:.2000}").repeat(1 + dice.below(50))),
        },
        _ => {
            let mut out = value.clone();
            if let (Value::Object(fields), Value::Object(more)) = (&mut out, piece(dice, donor)) {
                fields.extend(more);
            }
            out
        }
    }
}

fn thinned(dice: &mut Dice, fields: &Map<String, Value>) -> Map<String, Value> {
    fields
        .iter()
        .filter(|_| dice.below(4) > 0)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Two fields change places.
fn renamed(dice: &mut Dice, fields: &Map<String, Value>) -> Map<String, Value> {
    let names: Vec<String> = fields.keys().cloned().collect();
    let mut out = fields.clone();
    if !names.is_empty() {
        let (one, other) = (dice.one(&names).clone(), dice.one(&names).clone());
        out.insert(one.clone(), fields[&other].clone());
        out.insert(other, fields[&one].clone());
    }
    out
}

/// A field that stands twice, with two values.
fn doubled(dice: &mut Dice, text: &str) -> String {
    let opens: Vec<usize> = text.match_indices('{').map(|(at, _)| at + 1).collect();
    let names: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    if opens.is_empty() || names.is_empty() {
        return text.to_owned();
    }
    let (at, name) = (*dice.one(&opens), *dice.one(&names));
    let value = *dice.one(&[
        "1",
        "null",
        "\"x\"",
        "[]",
        "{}",
        "2257164624870311973",
        "false",
    ]);
    let comma = if text[at..].starts_with('}') { "" } else { "," };
    format!("{}\"{name}\":{value}{comma}{}", &text[..at], &text[at..])
}

/// The whole inside many others.
fn nested(dice: &mut Dice, text: &str) -> String {
    let depth = 1 + dice.below(400);
    let (open, close) = *dice.one(&[("[", "]"), ("{\"data\":", "}"), ("{\"result\":", "}")]);
    open.repeat(depth) + text + &close.repeat(depth)
}
