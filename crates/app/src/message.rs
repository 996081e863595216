//! What is said to people, as a key of the language files with its arguments. Stored in this form,
//! so that each person reads it in an own language, also years later.

use domain::{Fen, Verdict};
use marketplaces::{ErrorKind, MarketError};
use std::collections::BTreeMap;

/// A key of the language files, its arguments, and the other side's own words where there are any.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Message {
    /// Key: `step-previewed`.
    pub key: String,
    /// Arguments by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    /// The marketplace's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The marketplace's own text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The marketplace's id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Message {
    /// A message without arguments.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            args: BTreeMap::new(),
            code: None,
            text: None,
            request_id: None,
        }
    }

    /// With an argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }

    /// With an amount in fen, as the bare number: pages show it by their own rule.
    #[must_use]
    pub fn fen(self, name: &str, value: Fen) -> Self {
        self.with(name, value)
    }

    /// The text of a verdict: `verdict-out_of_stock` with what is known.
    #[must_use]
    pub fn verdict(verdict: &Verdict) -> Self {
        let mut message = Self::of(&format!("verdict-{}", verdict.kind.key()));
        if let Some(stock) = verdict.stock {
            message = message.with("stock", stock);
        }
        if let Some(minimum) = verdict.minimum {
            message = message.with("minimum", minimum);
        }
        if let Some(price) = verdict.price {
            message = message.fen("price", price);
        }
        message.code.clone_from(&verdict.code);
        message.text.clone_from(&verdict.text);
        message
    }

    /// The text of a marketplace's error: `market-throttled` with its own words folded behind.
    #[must_use]
    pub fn market(error: &MarketError) -> Self {
        let mut message = match &error.kind {
            ErrorKind::Refused(verdict) => Self::verdict(verdict),
            ErrorKind::Limit { limit, next } => {
                let message = Self::of("market-limit").with("limit", limit);
                match next {
                    Some(next) => message.with("next", next.0),
                    None => message,
                }
            }
            kind => Self::of(match kind {
                ErrorKind::NotSent => "market-not_sent",
                ErrorKind::Signature => "market-signature",
                ErrorKind::Token => "market-token",
                ErrorKind::Permission => "market-permission",
                ErrorKind::Throttled { .. } => "market-throttled",
                ErrorKind::UsedUp { .. } => "market-used_up",
                ErrorKind::Parameters => "market-parameters",
                ErrorKind::NotFound => "market-not_found",
                ErrorKind::Unsupported => "market-unsupported",
                ErrorKind::TooEarly { .. } => "market-too_early",
                ErrorKind::WrongState => "market-wrong_state",
                ErrorKind::Unclear | ErrorKind::Refused(_) | ErrorKind::Limit { .. } => {
                    "market-unclear"
                }
            }),
        };
        message.code.clone_from(&error.code);
        message.text = Some(error.text.clone());
        message.request_id.clone_from(&error.request_id);
        message
    }

    /// As it is stored.
    #[must_use]
    pub fn json(&self) -> String {
        crate::message::json(self)
    }

    /// From the stored form; what cannot be read is shown raw.
    #[must_use]
    pub fn from_json(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self::of("raw").with("text", text))
    }
}

/// A value as JSON text. Our own types never fail to serialize; should one ever, `null` is stored
/// and the reader's own check refuses it.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
