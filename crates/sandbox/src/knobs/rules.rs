//! Faults: things done to the next matching requests.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is known of a request before it is worked on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub api: String,
    pub account: Option<String>,
    pub offers: Vec<String>,
    pub reference: Option<String>,
    /// Makes an order.
    pub creates: bool,
}

const fn default_status() -> u16 {
    502
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub(crate) enum Effect {
    /// The connection ends, nothing happened.
    RequestLost,
    /// It happened, the connection ends without an answer.
    AnswerLost,
    /// It happened, the connection ends inside the answer's body.
    BodyCut,
    /// It happened, the answer is no JSON.
    Garbage,
    /// A server error, nothing happened.
    ErrorBefore {
        #[serde(default = "default_status")]
        status: u16,
    },
    /// A server error, and it happened.
    ErrorAfter {
        #[serde(default = "default_status")]
        status: u16,
    },
    /// Waits for release before it happens.
    HoldBefore,
    /// Waits for release with the answer.
    HoldAfter,
    /// Waits before it happens.
    DelayBefore { ms: i64 },
    /// Waits with the answer.
    DelayAfter { ms: i64 },
    /// The frequency limit, nothing happened.
    Throttle,
    /// A business refusal with this code and text, in the API's own envelope.
    Refuse { code: String, message: String },
    /// The seller changes the price just before.
    PriceChange {
        price_fen: Option<i64>,
        percent: Option<i64>,
        /// The rule's own offer; none = all of the request.
        #[serde(skip)]
        offer: Option<String>,
    },
    /// Somebody else buys: so many pieces are left.
    StockChange {
        stock: i64,
        #[serde(skip)]
        offer: Option<String>,
    },
    /// The seller takes the specification away.
    SpecificationGone {
        #[serde(skip)]
        offer: Option<String>,
    },
    /// One create becomes so many orders.
    Split { orders: u32 },
    /// A line fails, the others are ordered.
    LineFails {
        code: Option<String>,
        message: Option<String>,
        #[serde(skip)]
        offer: Option<String>,
    },
    /// A create is answered as if it had made its orders, and nothing of it is kept.
    CreateForgotten,
    /// The order made stays invisible for so many seconds.
    HideOrder { seconds: i64 },
    /// The orders made carry this word in place of their status.
    UnknownStatus { word: String },
    /// The access token ends at this moment.
    TokenExpired,
    /// The account's consent ends at this moment.
    Revoked,
    /// A message is not delivered; it waits to be pulled.
    PushDropped,
    /// A message comes twice.
    PushDoubled,
    /// A message comes so many seconds late.
    PushLate { seconds: i64 },
}

/// What is done to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushEffect {
    Drop,
    Double,
    Late(i64),
}

impl Effect {
    /// The effect on messages, if that is what it is for.
    pub(super) const fn push(&self) -> Option<PushEffect> {
        match self {
            Self::PushDropped => Some(PushEffect::Drop),
            Self::PushDoubled => Some(PushEffect::Double),
            Self::PushLate { seconds } => Some(PushEffect::Late(*seconds)),
            _ => None,
        }
    }
}

/// A fault that waits for its requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub id: u64,
    #[serde(flatten)]
    pub fault: Effect,
    /// Strikes this many more times; none = until taken away.
    pub next: Option<u32>,
    /// Lets this many matching requests through first.
    pub skip: u32,
    /// Name of the API, or its last part; for messages the topic.
    pub api: Option<String>,
    pub account: Option<String>,
    pub offer: Option<String>,
}

impl Rule {
    /// Reads a rule strictly: unknown names are refused.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let Value::Object(map) = value else {
            return Err("expected an object with `fault`".into());
        };
        let mut own = map.clone();
        let next = match own.remove("next") {
            None => Some(1),
            Some(Value::Null) => None,
            Some(value) => match value.as_u64().and_then(|n| u32::try_from(n).ok()) {
                Some(n) if n > 0 => Some(n),
                _ => {
                    return Err(
                        "`next`: expected a number from 1 on, or null for \"until taken away\""
                            .into(),
                    );
                }
            },
        };
        let skip = match own.remove("skip") {
            None | Some(Value::Null) => 0,
            Some(value) => value
                .as_u64()
                .and_then(|n| u32::try_from(n).ok())
                .ok_or("`skip`: expected a number")?,
        };
        let mut text = |name: &str| match own.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(format!("`{name}`: expected a text")),
        };
        let (api, account, offer) = (text("api")?, text("account")?, text("offer")?);
        let given: Vec<String> = own.keys().cloned().collect();
        let fault: Effect =
            serde_json::from_value(Value::Object(own)).map_err(|e| e.to_string())?;
        let known = match serde_json::to_value(&fault) {
            Ok(Value::Object(map)) => map,
            _ => serde_json::Map::new(),
        };
        if let Some(odd) = given
            .iter()
            .find(|name| !known.contains_key(*name) && *name != "id")
        {
            return Err(format!("this fault has no field `{odd}`"));
        }
        let in_range = match &fault {
            Effect::ErrorBefore { status } | Effect::ErrorAfter { status } => {
                (400..=599).contains(status)
            }
            Effect::DelayBefore { ms } | Effect::DelayAfter { ms } => (0..=600_000).contains(ms),
            Effect::Split { orders } => (2..=10).contains(orders),
            Effect::StockChange { stock, .. } => (0..=100_000_000).contains(stock),
            Effect::PriceChange {
                price_fen: Some(fen),
                percent: None,
                ..
            } => (0..=100_000_000).contains(fen),
            Effect::PriceChange {
                price_fen: None,
                percent: Some(percent),
                ..
            } => (-100..=1_000).contains(percent),
            Effect::PriceChange { .. } => {
                return Err("`price_change`: give either `price_fen` or `percent`".into());
            }
            Effect::HideOrder { seconds } | Effect::PushLate { seconds } => {
                (0..=31_622_400).contains(seconds)
            }
            _ => true,
        };
        if !in_range {
            return Err("a number is out of range".into());
        }
        Ok(Self {
            id: 0,
            fault,
            next,
            skip,
            api,
            account,
            offer,
        })
    }

    /// What it does, with the offer it is meant for.
    pub(super) fn effect(&self) -> Effect {
        let mut effect = self.fault.clone();
        if let Effect::PriceChange { offer, .. }
        | Effect::StockChange { offer, .. }
        | Effect::SpecificationGone { offer }
        | Effect::LineFails { offer, .. } = &mut effect
        {
            offer.clone_from(&self.offer);
        }
        effect
    }

    /// Whether it strikes this request; counts down if so.
    pub(super) fn strikes(&mut self, facts: &Facts) -> bool {
        let api = self.api.as_deref().is_none_or(|api| {
            facts.api == api
                || facts.api.ends_with(&format!(".{api}"))
                || facts
                    .api
                    .ends_with(&format!("/{}", api.trim_start_matches('/')))
        });
        let account = self
            .account
            .as_deref()
            .is_none_or(|account| facts.account.as_deref() == Some(account));
        let offer = self
            .offer
            .as_deref()
            .is_none_or(|offer| facts.offers.iter().any(|o| o == offer));
        // Effects on orders wait for a create, whatever else comes by.
        let fits = match &self.fault {
            Effect::Split { .. }
            | Effect::LineFails { .. }
            | Effect::CreateForgotten
            | Effect::HideOrder { .. }
            | Effect::UnknownStatus { .. } => facts.creates,
            Effect::PriceChange { .. }
            | Effect::StockChange { .. }
            | Effect::SpecificationGone { .. } => !facts.offers.is_empty(),
            _ => true,
        };
        if !(api && account && offer && fits) || self.next == Some(0) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if let Some(next) = &mut self.next {
            *next -= 1;
        }
        true
    }
}
