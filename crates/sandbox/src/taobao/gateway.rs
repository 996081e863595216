//! The gateway: from the path to the API, with every check, and the envelopes around the answers.

use super::knobs::{self, EmptyInSign, Settings};
use super::{api, oauth, shape, sign};
use crate::incoming::{Incoming, Reply};
use crate::knobs::{Effect, Facts};
use crate::marketplace::Desk;
use crate::state::{App, Market};
use serde_json::{Map, Value, json};
use world::Timestamp;

/// Where the gateway's paths begin.
pub(super) const ROOT: &str = "/rest";

/// A request that the gateway itself refuses.
#[derive(Debug)]
pub(super) struct Refused {
    pub code: &'static str,
    pub kind: &'static str,
    pub text: String,
}

impl Refused {
    /// The caller's fault.
    pub(super) fn isv(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            kind: "ISV",
            text: text.into(),
        }
    }

    /// The platform's word.
    pub(super) fn system(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            kind: "SYSTEM",
            text: text.into(),
        }
    }

    pub(super) fn missing(name: &str) -> Self {
        Self::isv(
            "MissingParameter",
            format!(
                "The input parameter \"{name}\" that is mandatory for processing this request is not supplied"
            ),
        )
    }

    /// A parameter that cannot be read. How the real gateway says it is not known.
    pub(super) fn parameter(name: &str, expected: &str) -> Self {
        Self::isv(
            "SBX_InvalidParameter",
            format!("The parameter {name} cannot be read: expected {expected}"),
        )
    }
}

/// A business refusal: code and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub code: String,
    pub text: String,
}

impl Trouble {
    pub(super) fn new(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            text: text.into(),
        }
    }
}

/// Why an API gives no data.
pub(super) enum No {
    /// The gateway's own error envelope.
    Gateway(Refused),
    /// In the API's envelope.
    Business(Trouble),
}

impl From<Refused> for No {
    fn from(refused: Refused) -> Self {
        Self::Gateway(refused)
    }
}

impl From<Trouble> for No {
    fn from(trouble: Trouble) -> Self {
        Self::Business(trouble)
    }
}

/// Shorthand: the call is refused in the API's envelope.
pub(super) fn no(code: &str, text: impl Into<String>) -> No {
    No::Business(Trouble::new(code, text))
}

/// What an API answers.
pub(super) type Done = Result<Value, No>;

/// A call that passed the gateway's checks.
pub(super) struct Call<'a, 'b> {
    pub desk: &'a mut Desk<'b>,
    pub input: &'a Incoming,
    pub app_key: String,
    pub account: String,
    pub settings: Settings,
}

impl Call<'_, '_> {
    pub(super) fn now(&self) -> Timestamp {
        self.desk.now
    }

    /// A required parameter; its presence was checked.
    pub(super) fn text(&self, name: &str) -> &str {
        self.input.text(name)
    }

    /// A parameter holding JSON.
    pub(super) fn json(&self, name: &str, expected: &str) -> Result<Option<Value>, Refused> {
        match self.input.param(name) {
            None => Ok(None),
            Some(text) => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| Refused::parameter(name, expected)),
        }
    }

    /// A JSON array of ids, as numbers or texts.
    pub(super) fn ids(&self, name: &str) -> Result<Vec<String>, Refused> {
        let bad = || Refused::parameter(name, "a JSON array of ids");
        match self.json(name, "a JSON array of ids")? {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => list.iter().map(|id| digits(id).ok_or_else(bad)).collect(),
            Some(_) => Err(bad()),
        }
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Refused> {
        match self.input.param(name) {
            None => Ok(None),
            Some(text) => text
                .trim()
                .parse()
                .map(Some)
                .map_err(|_| Refused::parameter(name, "a whole number")),
        }
    }

    /// `true` or `false`; `false` if it is not there.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refused> {
        match self.text(name) {
            "true" => Ok(true),
            "false" | "" => Ok(false),
            _ => Err(Refused::parameter(name, "true or false")),
        }
    }

    /// Refuses if a knob wants it.
    pub(super) fn wanted_refusal(&self) -> Result<(), No> {
        self.desk
            .effects
            .iter()
            .find_map(|effect| match effect {
                Effect::Refuse { code, message } => Some(Err(no(code, message.clone()))),
                _ => None,
            })
            .unwrap_or(Ok(()))
    }
}

/// An id in JSON, as digits.
pub(super) fn digits(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    (!text.is_empty() && text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit()))
        .then_some(text)
}

fn path(call: &Incoming) -> &str {
    call.path.strip_prefix(ROOT).unwrap_or(&call.path)
}

fn token(call: &Incoming) -> Option<&str> {
    // One client calls it `session` here too.
    call.param("access_token").or_else(|| call.param("session"))
}

/// What the call is about, for knobs and log.
pub(super) fn facts(market: &Market, call: &Incoming) -> Facts {
    let account = token(call)
        .and_then(|token| market.access.get(token))
        .map(|token| token.account.clone());
    let mut offers: Vec<String> = call
        .param("item_id")
        .map(str::to_owned)
        .into_iter()
        .collect();
    for name in ["order_line_list", "render_item_List"] {
        let list = call
            .param(name)
            .and_then(|text| serde_json::from_str::<Value>(text).ok());
        for line in list
            .as_ref()
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let Some(id) = api::field(line, "itemId", "item_id").and_then(digits) else {
                continue;
            };
            // Orders name goods by another id than people do: a knob may use either.
            offers.extend(
                market
                    .offers
                    .values()
                    .find(|offer| offer.order_id.as_ref() == Some(&id))
                    .map(|offer| offer.item_id.clone()),
            );
            offers.push(id);
        }
    }
    Facts {
        api: path(call).to_owned(),
        account,
        offers,
        reference: call.param("outer_purchase_id").map(str::to_owned),
        creates: path(call) == "/purchase/order/create",
    }
}

/// `request_id` and `_trace_id_` have their own looks.
fn request_id(desk: &Desk<'_>) -> String {
    let mut host = [0_u8; 3];
    desk.world.random.fill(&mut host);
    format!(
        "0b{}{}{:04}",
        data_encoding::HEXLOWER.encode(&host),
        desk.now.millis(),
        desk.world.random.below(10_000)
    )
}

/// Answers a call. The HTTP status is 200 whatever the answer says.
pub(super) fn answer(desk: &mut Desk<'_>, input: &Incoming) -> Reply {
    let settings = knobs::settings(desk.market);
    let (mut body, outcome) = match checked(desk, input, &settings) {
        Ok((body, outcome)) => (body, outcome),
        Err(Refused { code, kind, text }) => (
            object([
                ("code", json!(code)),
                ("type", json!(kind)),
                ("message", json!(text)),
            ]),
            code.to_owned(),
        ),
    };
    let good = body.get("code").and_then(Value::as_str) == Some("0");
    let request_id = request_id(desk);
    shape::types(&mut body, settings.own.types, desk.world);
    if good {
        let trace = format!("2102{request_id}{:04x}", desk.world.random.below(65_536));
        body.insert("_trace_id_".into(), json!(trace));
    }
    body.insert("request_id".into(), json!(request_id));
    Reply::json(200, &Value::Object(body)).with_outcome(outcome)
}

/// An object out of pairs.
pub(super) fn object<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn checked(
    desk: &mut Desk<'_>,
    input: &Incoming,
    settings: &Settings,
) -> Result<(Map<String, Value>, String), Refused> {
    let path = path(input).to_owned();
    let api = api::ALL.iter().find(|api| api.path == path);
    let oauth = matches!(path.as_str(), "/auth/token/create" | "/auth/token/refresh");
    if api.is_none() && !oauth {
        return Err(Refused::isv(
            "InvalidApiPath",
            "The specified API path is invalid",
        ));
    }
    for name in ["app_key", "timestamp", "sign_method", sign::SIGN] {
        if input.param(name).is_none() {
            return Err(Refused::missing(name));
        }
    }
    let Some(app) = desk.market.apps.get(input.text("app_key")).cloned() else {
        return Err(Refused::isv(
            "InvalidAppKey",
            "The specified app key is invalid",
        ));
    };
    on_time(desk, input, settings)?;
    signed(input, &path, &app, settings)?;
    let Some(api) = api else {
        let body = oauth::answer(desk, input, &path, &app, settings)?;
        return Ok((body, "ok".into()));
    };
    if api.post_only && !input.is_post() {
        return Err(Refused::isv(
            "SBX_MethodNotAllowed",
            "This API takes POST only",
        ));
    }
    let account = match token(input).map(str::to_owned) {
        None => return Err(Refused::missing("access_token")),
        Some(given) => desk.live_access(&given, &app.key).ok_or_else(|| {
            Refused::isv(
                "IllegalAccessToken",
                "The specified access token is invalid or expired",
            )
        })?,
    };
    if settings.denied_apis.contains(&path) {
        return Err(Refused::isv(
            "InsufficientPermission",
            "The app has no permission to call this API",
        ));
    }
    if !desk.within_day(&app.key) {
        return Err(Refused::system(
            "AppCallLimit",
            "The app has used up its calls of the day",
        ));
    }
    if !desk.within_rate(&app.key, &account, &path) {
        return Err(Refused::system(
            "ApiCallLimit",
            "Api access frequency exceeds the limit. this ban will last 1 seconds",
        ));
    }
    if let Some(missing) = api.required.iter().find(|name| input.param(name).is_none()) {
        return Err(Refused::missing(missing));
    }
    let mut call = Call {
        desk,
        input,
        app_key: app.key,
        account,
        settings: settings.clone(),
    };
    match (api.run)(&mut call) {
        Ok(data) => {
            let mut body = shape::good(api.shape, data);
            if path == "/product/get" {
                body.insert("fail_items".into(), Value::Null);
            }
            Ok((body, "ok".into()))
        }
        Err(No::Business(trouble)) => Ok((shape::bad(api.shape, &trouble, settings), trouble.code)),
        Err(No::Gateway(refused)) => Err(refused),
    }
}

/// Milliseconds since 1970, or a date as `2017-11-11T12:00:00Z`.
fn moment(text: &str) -> Option<i64> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    text.parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_millisecond)
}

fn on_time(desk: &Desk<'_>, input: &Incoming, settings: &Settings) -> Result<(), Refused> {
    let near = moment(input.text("timestamp")).is_some_and(|at| {
        settings
            .timestamp_skew_s
            .is_none_or(|skew| (at - desk.now.millis()).abs() <= skew * 1_000)
    });
    if near {
        Ok(())
    } else {
        Err(Refused::isv(
            "InvalidTimestamp",
            "The specified timestamp is invalid or too far from the platform's time",
        ))
    }
}

fn signed(input: &Incoming, path: &str, app: &App, settings: &Settings) -> Result<(), Refused> {
    let bad = || {
        Refused::isv(
            "IncompleteSignature",
            "The request signature does not conform to platform standards",
        )
    };
    if input.text("sign_method") != "sha256" {
        return Err(bad());
    }
    let given = input.text(sign::SIGN);
    let raw = sign::raw_body(input);
    let fits = |empty| {
        sign::same(
            given,
            &sign::request(&app.secret, path, &input.params, raw, empty),
        )
    };
    let readings: &[sign::Empty] = match settings.own.empty_in_sign {
        EmptyInSign::Both => &[sign::Empty::Skipped, sign::Empty::Kept],
        EmptyInSign::Kept => &[sign::Empty::Kept],
        EmptyInSign::Skipped => &[sign::Empty::Skipped],
    };
    if readings.iter().any(|empty| fits(*empty)) {
        Ok(())
    } else {
        Err(bad())
    }
}
