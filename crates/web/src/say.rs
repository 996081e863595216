//! What operations say, in words: messages, refusals, faults.
//!
//! An operation speaks in keys with arguments (`app::Message`), because what it says is stored and
//! read by people of different languages. Here it becomes text, for one person at one moment.

use crate::http::{FieldError, PageError, Said};
use crate::parts::Fault;
use crate::{Fmt, Tr};
use app::{AppError, Message};
use axum::http::StatusCode;
use std::collections::BTreeMap;
use world::Timestamp;

/// Arguments that hold a moment in microseconds.
const MOMENTS: [&str; 4] = ["next", "until", "from", "at"];

impl Fmt {
    /// The message as text. A key without a text is shown as it is, with the other side's words.
    pub fn say(&self, message: &Message) -> String {
        let args: Vec<(&str, String)> = message
            .args
            .iter()
            .map(|(name, value)| (name.as_str(), self.argument(&message.key, name, value)))
            .chain(message.text.iter().map(|text| ("text", text.clone())))
            .collect();
        let say = |key: &str| {
            self.tr()
                .say(key, args.iter().map(|(n, v)| (*n, v.as_str())))
        };
        known_verdict(message)
            .and_then(|key| say(&key))
            .or_else(|| say(&message.key))
            .unwrap_or_else(|| match &message.text {
                Some(text) => format!("{}: {text}", message.key),
                None => message.key.clone(),
            })
    }

    fn argument(&self, key: &str, name: &str, value: &str) -> String {
        let tr = self.tr();
        match name {
            _ if MOMENTS.contains(&name) => value
                .parse()
                .map_or_else(|_| value.to_owned(), |at| self.moment(Timestamp(at))),
            "marketplace" => tr.by_key("marketplace-", value).to_owned(),
            "kind" => tr.by_key("exception-", value).to_owned(),
            "field" if key.starts_with("address-") => tr.by_key("address-", value).to_owned(),
            "status" if key.starts_with("parcel-contents") => {
                tr.by_key("parcel-status-", value).to_owned()
            }
            "status" => tr
                .find("item-status-", value)
                .or_else(|| tr.find("purchase-status-", value))
                .unwrap_or(value)
                .to_owned(),
            "reason" => reason(tr, value),
            "reasons" => value
                .split(' ')
                .map(|one| reason(tr, one))
                .collect::<Vec<_>>()
                .join("; "),
            _ => value.to_owned(),
        }
    }

    /// The message as a fault: its text, what to do next, and, folded, what the marketplace said.
    pub fn fault(&self, message: &Message, hint: Option<&Message>) -> Fault {
        let mut fault = Fault::of(self.tr(), self.say(message));
        fault.next = hint.map(|h| self.say(h)).or_else(|| {
            let verdict = message.key.strip_prefix("verdict-")?;
            self.tr().find("verdict-next-", verdict).map(str::to_owned)
        });
        fault.said = said(message);
        fault
    }

    /// The refusal as an answer. Keeps what was internal out of it and in the log.
    pub fn refuse(&self, error: AppError) -> PageError {
        match error {
            AppError::Invalid(fields) => {
                PageError::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid").with_fields(
                    fields
                        .into_iter()
                        .map(|f| FieldError {
                            detail: self.say(&f.message),
                            field: f.field,
                        })
                        .collect(),
                )
            }
            AppError::Refused(message) => self.refused(&message),
            AppError::Market(error) => self.refused(&Message::market(&error)),
            AppError::NotFound(_) => PageError::not_found(),
            AppError::Forbidden => PageError::forbidden(),
            other => PageError::internal(&other),
        }
    }

    fn refused(&self, message: &Message) -> PageError {
        let error = PageError::conflict("refused", self.say(message));
        match said(message) {
            Some(said) => error.with_said(said),
            None => error,
        }
    }

    /// What is wrong with each field of a form; everything else is an answer of its own.
    ///
    /// # Errors
    /// When it is not about fields: the form is then shown with the refusal over it, see
    /// [`Fmt::form_fault`], or the answer replaces it.
    pub fn field_faults(&self, error: AppError) -> Result<BTreeMap<String, String>, PageError> {
        match error {
            AppError::Invalid(fields) => Ok(fields
                .into_iter()
                .map(|f| (f.field, self.say(&f.message)))
                .collect()),
            other => Err(self.refuse(other)),
        }
    }

    /// A refusal that belongs over the form it refused; nothing when it does not.
    pub fn form_fault(&self, error: &AppError) -> Option<Fault> {
        match error {
            AppError::Refused(message) => Some(self.fault(message, None)),
            AppError::Market(error) => Some(self.fault(&Message::market(error), None)),
            _ => None,
        }
    }
}

/// The key of a verdict's fuller text, where the figure that it names is known.
fn known_verdict(message: &Message) -> Option<String> {
    let verdict = message.key.strip_prefix("verdict-")?.replace('_', "-");
    let figure = match verdict.as_str() {
        "out-of-stock" => "stock",
        "below-minimum" => "minimum",
        "price-changed" => "price",
        _ => return None,
    };
    let known = message.args.contains_key(figure);
    known.then(|| format!("verdict-known-{verdict}"))
}

fn reason(tr: &Tr, key: &str) -> String {
    tr.say(key, []).unwrap_or_else(|| key.to_owned())
}

fn said(message: &Message) -> Option<Said> {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let said = Said {
        code: text(&message.code),
        text: text(&message.text),
        request_id: text(&message.request_id),
    };
    (!said.code.is_empty() || !said.text.is_empty()).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::Arc;

    fn fmt() -> Fmt {
        Fmt::new(
            Tr::english(),
            Fmt::zone("UTC"),
            Timestamp::from_seconds(1_448_966_895),
            Arc::default(),
        )
    }

    #[test]
    fn messages_are_told_in_words_with_moments_and_reasons() {
        let f = fmt();
        let message = Message::of("session-busy").with("next", 1_448_966_895_000_000_i64);
        assert_eq!(f.say(&message), "The session is busy until Today 10:48.");
        let message = Message::of("step-unknown")
            .with("marketplace", "taobao")
            .with("reason", "market-unclear");
        assert_eq!(
            f.say(&message),
            "Taobao · outcome unknown: The marketplace’s answer leaves open what happened."
        );
        let mut message = Message::of("verdict-out_of_stock").with("stock", 2);
        message.code = Some("BOOKED_BEYOND".into());
        let fault = f.fault(&message, None);
        assert_eq!(fault.text, "not enough in stock: 2 left");
        assert!(fault.next.is_some() && fault.said.is_some());
        assert_eq!(f.say(&Message::of("no-such")), "no-such");
    }

    /// Keys of messages in the sources of `app`: every literal that begins like one.
    fn spoken(folder: &Path, out: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                spoken(&path, out);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for call in ["Message::of(\"", "refused(\""] {
                for rest in code.split(call).skip(1) {
                    let key = rest.split('"').next().unwrap();
                    // A key that is put together has its end elsewhere.
                    if key.contains('-') && !key.ends_with('-') {
                        out.push((path.display().to_string(), key.to_owned()));
                    }
                }
            }
        }
    }

    #[test]
    fn everything_that_operations_say_has_a_text() {
        let mut keys = Vec::new();
        spoken(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src"),
            &mut keys,
        );
        assert!(keys.len() > 50);
        let tr = Tr::english();
        let missing: Vec<_> = keys
            .iter()
            .filter(|(_, key)| tr.say(key, []).is_none())
            .collect();
        assert!(
            missing.is_empty(),
            "add to locales/en-messages.ftl: {missing:#?}"
        );
    }
}
