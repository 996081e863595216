//! JSON with places: every value knows the line and column that it stands on, and a number is its
//! text, so that an amount is kept to its last digit and a fault can be pointed at.
//!
//! A name that stands twice in one object is a fault: which of the two was meant nobody can know.

use crate::Message;

/// Objects and lists inside each other, at most.
const DEEPEST: usize = 16;
/// Names in one object, at most.
const MOST_NAMES: usize = 100;

/// Where something stands in the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, serde::Serialize)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Character of the line, from 1.
    pub column: usize,
}

/// A value and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// The text of the number.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

impl Value {
    /// What kind of value it is, as the ending of a language key.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::Text(_) => "text",
            Self::List(_) => "list",
            Self::Object(_) => "object",
        }
    }
}

/// Where the text stopped being JSON, and what was expected there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Broken {
    pub(crate) place: Place,
    key: &'static str,
    argument: Option<(&'static str, String)>,
}

impl Broken {
    pub(crate) fn message(&self) -> Message {
        let message = Message::of(self.key);
        match &self.argument {
            Some((name, value)) => message.with(name, value),
            None => message,
        }
    }
}

/// Reads a whole text.
pub(crate) fn read(text: &str) -> Result<Node, Broken> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = Reader {
        rest: text.chars(),
        next: None,
        place: Place { line: 1, column: 0 },
    };
    reader.step();
    reader.blanks();
    let node = reader.node(0)?;
    reader.blanks();
    match reader.next {
        None => Ok(node),
        Some(_) => Err(reader.expected("json-end")),
    }
}

struct Reader<'a> {
    rest: std::str::Chars<'a>,
    next: Option<char>,
    place: Place,
}

impl Reader<'_> {
    fn step(&mut self) {
        if self.next == Some('\n') {
            self.place.line += 1;
            self.place.column = 0;
        }
        self.place.column += 1;
        self.next = self.rest.next();
    }

    fn blanks(&mut self) {
        while matches!(self.next, Some(' ' | '\t' | '\r' | '\n')) {
            self.step();
        }
    }

    fn expected(&self, key: &'static str) -> Broken {
        let found = |text: String| Some(("found", text));
        let (key, argument) = match self.next {
            Some(c) if c.is_control() => (key, found(format!("U+{:04X}", u32::from(c)))),
            Some(c) => (key, found(c.to_string())),
            None => ("json-cut_off", None),
        };
        Broken {
            place: self.place,
            key,
            argument,
        }
    }

    fn node(&mut self, depth: usize) -> Result<Node, Broken> {
        if depth > DEEPEST {
            return Err(Broken {
                place: self.place,
                key: "json-too_deep",
                argument: None,
            });
        }
        let place = self.place;
        let value = match self.next {
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Value::Text(self.text()?),
            Some('-' | '0'..='9') => Value::Number(self.number()?),
            Some('t') => self.word("true", Value::Bool(true))?,
            Some('f') => self.word("false", Value::Bool(false))?,
            Some('n') => self.word("null", Value::Null)?,
            _ => return Err(self.expected("json-value")),
        };
        Ok(Node { place, value })
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Broken> {
        for letter in word.chars() {
            if self.next != Some(letter) {
                return Err(self.expected("json-value"));
            }
            self.step();
        }
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Value, Broken> {
        self.step();
        self.blanks();
        let mut members: Vec<Member> = Vec::new();
        if self.next == Some('}') {
            self.step();
            return Ok(Value::Object(members));
        }
        loop {
            let place = self.place;
            if self.next != Some('"') {
                return Err(self.expected("json-name"));
            }
            let name = self.text()?;
            if members.len() == MOST_NAMES {
                return Err(Broken {
                    place,
                    key: "json-too_many_names",
                    argument: Some(("most", MOST_NAMES.to_string())),
                });
            }
            if members.iter().any(|m| m.name == name) {
                return Err(Broken {
                    place,
                    key: "json-name_twice",
                    argument: Some(("name", shown(&name))),
                });
            }
            self.blanks();
            if self.next != Some(':') {
                return Err(self.expected("json-colon"));
            }
            self.step();
            self.blanks();
            let node = self.node(depth + 1)?;
            members.push(Member { name, place, node });
            self.blanks();
            match self.next {
                Some(',') => self.step(),
                Some('}') => {
                    self.step();
                    return Ok(Value::Object(members));
                }
                _ => return Err(self.expected("json-comma_or_brace")),
            }
            self.blanks();
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Broken> {
        self.step();
        self.blanks();
        let mut nodes = Vec::new();
        if self.next == Some(']') {
            self.step();
            return Ok(Value::List(nodes));
        }
        loop {
            nodes.push(self.node(depth + 1)?);
            self.blanks();
            match self.next {
                Some(',') => self.step(),
                Some(']') => {
                    self.step();
                    return Ok(Value::List(nodes));
                }
                _ => return Err(self.expected("json-comma_or_bracket")),
            }
            self.blanks();
        }
    }

    fn text(&mut self) -> Result<String, Broken> {
        self.step();
        let mut out = String::new();
        loop {
            match self.next {
                Some('"') => {
                    self.step();
                    return Ok(out);
                }
                Some('\\') => {
                    self.step();
                    out.push(self.escape()?);
                }
                Some(c) if u32::from(c) >= 0x20 => {
                    out.push(c);
                    self.step();
                }
                _ => return Err(self.expected("json-text_end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Broken> {
        let plain = match self.next {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{C}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                self.step();
                return self.code_point();
            }
            _ => return Err(self.expected("json-escape")),
        };
        self.step();
        Ok(plain)
    }

    fn code_point(&mut self) -> Result<char, Broken> {
        let place = self.place;
        let half = || Broken {
            place,
            key: "json-half_character",
            argument: None,
        };
        let first = self.four_digits()?;
        if !(0xD800..0xE000).contains(&first) {
            return char::from_u32(first).ok_or_else(half);
        }
        if first >= 0xDC00 || self.next != Some('\\') {
            return Err(half());
        }
        self.step();
        if self.next != Some('u') {
            return Err(half());
        }
        self.step();
        let second = self.four_digits()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(half());
        }
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or_else(half)
    }

    fn four_digits(&mut self) -> Result<u32, Broken> {
        let mut out = 0;
        for _ in 0..4 {
            let digit = self
                .next
                .and_then(|c| c.to_digit(16))
                .ok_or_else(|| self.expected("json-escape"))?;
            out = out * 16 + digit;
            self.step();
        }
        Ok(out)
    }

    fn number(&mut self) -> Result<String, Broken> {
        let mut out = String::new();
        if self.next == Some('-') {
            self.take(&mut out);
        }
        if self.next == Some('0') {
            self.take(&mut out);
        } else {
            self.digits(&mut out)?;
        }
        if self.next == Some('.') {
            self.take(&mut out);
            self.digits(&mut out)?;
        }
        if matches!(self.next, Some('e' | 'E')) {
            self.take(&mut out);
            if matches!(self.next, Some('+' | '-')) {
                self.take(&mut out);
            }
            self.digits(&mut out)?;
        }
        Ok(out)
    }

    fn digits(&mut self, out: &mut String) -> Result<(), Broken> {
        if !matches!(self.next, Some('0'..='9')) {
            return Err(self.expected("json-digit"));
        }
        while matches!(self.next, Some('0'..='9')) {
            self.take(out);
        }
        Ok(())
    }

    fn take(&mut self, out: &mut String) {
        out.extend(self.next);
        self.step();
    }
}

/// The beginning of a text from a file, as it may stand in a message.
pub(crate) fn shown(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect();
    if text.chars().nth(60).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (usize, usize, String) {
        let broken = read(text).unwrap_err();
        (broken.place.line, broken.place.column, broken.message().key)
    }

    #[test]
    fn values_are_read_with_their_places_and_numbers_to_the_last_digit() {
        let node = read("\u{FEFF}{\n  \"price\": 33.974774905192626351667,\n  \"names\": [\"\\u9f50\\ud83d\\ude00\\n\", null]\n}").unwrap();
        let Value::Object(members) = node.value else {
            panic!()
        };
        assert_eq!(members[0].place, Place { line: 2, column: 3 });
        assert_eq!(
            members[0].node.place,
            Place {
                line: 2,
                column: 12
            }
        );
        assert_eq!(
            members[0].node.value,
            Value::Number("33.974774905192626351667".to_owned())
        );
        let Value::List(names) = &members[1].node.value else {
            panic!()
        };
        assert_eq!(names[0].value, Value::Text("齐😀\n".to_owned()));
        assert_eq!(names[1].place.line, 3);
    }

    #[test]
    fn what_is_not_json_is_pointed_at() {
        assert_eq!(fault(""), (1, 1, "json-cut_off".to_owned()));
        assert_eq!(fault("{\n\"a\": 1,\n}"), (3, 1, "json-name".to_owned()));
        assert_eq!(fault("{\"a\" 1}"), (1, 6, "json-colon".to_owned()));
        assert_eq!(fault("[1 2]"), (1, 4, "json-comma_or_bracket".to_owned()));
        assert_eq!(
            fault("{\"a\":1 \"b\":2}"),
            (1, 8, "json-comma_or_brace".to_owned())
        );
        assert_eq!(
            fault("{\"a\":1,\"a\":2}"),
            (1, 8, "json-name_twice".to_owned())
        );
        assert_eq!(fault("[01]"), (1, 3, "json-comma_or_bracket".to_owned()));
        assert_eq!(fault("[1.]"), (1, 4, "json-digit".to_owned()));
        assert_eq!(fault("\"a\nb\""), (1, 3, "json-text_end".to_owned()));
        assert_eq!(fault("\"\\x\""), (1, 3, "json-escape".to_owned()));
        assert_eq!(
            fault("\"\\ud800\""),
            (1, 4, "json-half_character".to_owned())
        );
        assert_eq!(fault("nul"), (1, 4, "json-cut_off".to_owned()));
        assert_eq!(fault("[1] x"), (1, 5, "json-end".to_owned()));
        assert_eq!(fault(&"[".repeat(100_000)).2, "json-too_deep");
        assert_eq!(fault("{\"a\":\"b"), (1, 8, "json-cut_off".to_owned()));
    }
}
