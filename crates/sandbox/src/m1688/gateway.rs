//! The gateway: from the path to the API, with every check in the order of the real one.

use super::knobs::{OauthErrors, Settings};
use super::{api, knobs, oauth, sign};
use crate::incoming::{Incoming, Reply};
use crate::knobs::{Effect, Facts};
use crate::marketplace::Desk;
use crate::state::Market;
use serde_json::{Map, Number, Value, json};
use world::Timestamp;

/// A request that the gateway itself refuses.
#[derive(Debug)]
pub(super) struct Refused {
    pub code: &'static str,
    pub text: String,
}

impl Refused {
    pub(super) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    /// A parameter of the wrong type. How the real gateway says it is not known.
    pub(super) fn parameter(name: &str, expected: &str) -> Self {
        Self::new(
            "SBX_ParamInvalid",
            format!("Argument {name} is invalid: expected {expected}"),
        )
    }
}

/// A call that passed the gateway's checks.
pub(super) struct Call<'a, 'b> {
    pub desk: &'a mut Desk<'b>,
    pub input: &'a Incoming,
    pub app_key: String,
    /// Empty for APIs without authorisation.
    pub account: String,
    pub settings: Settings,
}

impl Call<'_, '_> {
    pub(super) fn now(&self) -> Timestamp {
        self.desk.now
    }

    /// A required parameter; its presence was checked.
    pub(super) fn text(&self, name: &str) -> &str {
        self.input.param(name).unwrap_or_default()
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

    /// A list of ids in JSON: numbers or texts of digits.
    pub(super) fn ids(&self, name: &str) -> Result<Vec<String>, Refused> {
        let bad = || Refused::parameter(name, "a JSON array of numbers");
        match self.json(name, "a JSON array of numbers")? {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => list.iter().map(|id| id_text(id).ok_or_else(bad)).collect(),
            Some(single) => Ok(vec![id_text(&single).ok_or_else(bad)?]),
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
                .map_err(|_| Refused::parameter(name, "a number")),
        }
    }

    /// A date.
    pub(super) fn date(&self, name: &str) -> Result<Option<Timestamp>, Refused> {
        match self.input.param(name) {
            None => Ok(None),
            Some(text) => crate::moment::parse_date(text)
                .map(Some)
                .ok_or_else(|| Refused::parameter(name, "a date yyyyMMddHHmmssSSSZ")),
        }
    }

    /// A business refusal that a knob wants.
    pub(super) fn wanted_refusal(&self) -> Option<(String, String)> {
        self.desk.effects.iter().find_map(|effect| match effect {
            Effect::Refuse { code, message } => Some((code.clone(), message.clone())),
            _ => None,
        })
    }
}

/// An id in JSON, as digits.
pub(super) fn id_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    (!text.is_empty() && text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit()))
        .then_some(text)
}

struct Address<'a> {
    /// Protocol word to appKey, as it is signed.
    url_path: String,
    namespace: &'a str,
    name: &'a str,
    version: &'a str,
    app_key: Option<&'a str>,
}

fn address(path: &str) -> Option<Address<'_>> {
    let rest = path.strip_prefix("/openapi/")?;
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let (protocol, version, namespace, name) =
        (parts.first()?, parts.get(1)?, parts.get(2)?, parts.get(3)?);
    if !matches!(*protocol, "param2" | "http" | "json2") || parts.len() > 5 {
        return None;
    }
    Some(Address {
        url_path: parts.join("/"),
        namespace,
        name,
        version,
        app_key: parts.get(4).copied(),
    })
}

/// What the call is about, for knobs and log.
pub(super) fn facts(market: &Market, call: &Incoming) -> Facts {
    let Some(address) = address(&call.path) else {
        return Facts {
            api: "unknown".into(),
            ..Facts::default()
        };
    };
    let api = if address.namespace == "system" || address.namespace == "system.oauth2" {
        format!("{}/{}", address.namespace, address.name)
    } else {
        address.name.to_owned()
    };
    let account = call
        .param("access_token")
        .and_then(|token| market.access.get(token))
        .map(|token| token.account.clone());
    let mut offers = Vec::new();
    for name in ["cargoParamList", "offerDetailParam"] {
        if let Some(value) = call
            .param(name)
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
        {
            let list = match value {
                Value::Array(list) => list,
                single => vec![single],
            };
            offers.extend(
                list.iter()
                    .filter_map(|line| line.get("offerId"))
                    .filter_map(id_text),
            );
        }
    }
    offers.extend(call.param("productId").map(str::to_owned));
    let creates = matches!(
        address.name,
        "alibaba.trade.createCrossOrder" | "alibaba.trade.fastCreateOrder"
    );
    Facts {
        api,
        account,
        offers,
        reference: call.param("outOrderId").map(str::to_owned),
        creates,
    }
}

/// Answers a call.
pub(super) fn answer(desk: &mut Desk<'_>, input: &Incoming) -> Reply {
    let settings = knobs::settings(desk.market);
    match checked(desk, input, &settings) {
        Ok((mut body, by_key)) => {
            let mut outcome = outcome(&body);
            if by_key {
                outcome.push_str(", signature sorted by key");
            }
            if address(&input.path).is_some_and(|a| !a.namespace.starts_with("system")) {
                shape(&mut body, &settings);
            }
            Reply::json(200, &body).with_outcome(outcome)
        }
        Err(Refused { code, text }) => refusal(desk, &settings, code, &text),
    }
}

/// The gateway's own error form.
pub(super) fn refusal(desk: &Desk<'_>, settings: &Settings, code: &str, text: &str) -> Reply {
    let status = if code == "401" {
        settings.own.unauthorized_http
    } else {
        settings.own.gateway_error_http
    };
    if code == oauth::REFUSED && settings.own.oauth_errors == OauthErrors::Standard {
        return Reply::json(
            400,
            &json!({"error": "invalid_grant", "error_description": text}),
        )
        .with_outcome(code);
    }
    let mut request_id = [0_u8; 8];
    desk.world.random.fill(&mut request_id);
    let body = json!({
        "error_code": code,
        "error_message": text,
        "exception": text,
        "request_id": format!("{}{}", desk.now.millis(), data_encoding::HEXLOWER.encode(&request_id)),
    });
    Reply::json(status, &body).with_outcome(code)
}

fn checked(
    desk: &mut Desk<'_>,
    input: &Incoming,
    settings: &Settings,
) -> Result<(Value, bool), Refused> {
    let Some(address) = address(&input.path) else {
        return Err(Refused::new("gw.APIUnsupported", "unsupport api"));
    };
    let Some(app_key) = address.app_key else {
        return Err(Refused::new("gw.AppKeyMissing", "AppKey is missing"));
    };
    let Some(app) = desk.market.apps.get(app_key).cloned() else {
        return Err(Refused::new("gw.AppKeyNotFound", "AppKey is not found"));
    };
    if address.namespace == "system.oauth2" && address.version == "1" {
        return match address.name {
            "getToken" => oauth::get_token(desk, input, &app, settings).map(|body| (body, false)),
            "postponeToken" => {
                oauth::postpone_token(desk, input, &app, settings).map(|body| (body, false))
            }
            _ => Err(Refused::new("gw.APIUnsupported", "unsupport api")),
        };
    }
    let known = api::ALL.iter().find(|api| {
        api.namespace == address.namespace && api.name == address.name && address.version == "1"
    });
    let Some(api) = known else {
        return Err(Refused::new(
            "gw.APIUnsupported",
            format!(
                "unsupport api {}:{}-{}",
                address.namespace, address.name, address.version
            ),
        ));
    };
    let by_key = signature(input, &address.url_path, &app.secret, settings)?;
    if let (Some(skew), Some(at)) = (settings.timestamp_skew_s, input.param("_aop_timestamp")) {
        let near = at
            .parse::<i64>()
            .is_ok_and(|at| (at - desk.now.millis()).abs() <= skew * 1_000);
        if !near {
            return Err(Refused::new(
                "SBX_TimestampStale",
                "_aop_timestamp is too far from the gateway's time",
            ));
        }
    }
    let account = if api.authorised {
        token(desk, input, &app.key)?
    } else {
        String::new()
    };
    if settings.denied_apis.iter().any(|denied| denied == api.name) {
        return Err(Refused::new(
            "gw.APIACLDecline",
            "AppKey is not allowed(acl)",
        ));
    }
    if !desk.within_day(&app.key) {
        // Nobody outside knows the real code.
        return Err(Refused::new(
            "SBX_AppDailyLimit",
            "App calls of the day are used up",
        ));
    }
    if !desk.within_rate(&app.key, &account, "") {
        return Err(Refused::new(
            "gw.QosAppFrequencyLimit",
            "App call exceeds limited frequency",
        ));
    }
    if let Some(missing) = api.required.iter().find(|name| input.param(name).is_none()) {
        return Err(Refused::new(
            "gw.ParamMissing",
            format!("Required argument {missing}"),
        ));
    }
    let mut call = Call {
        desk,
        input,
        app_key: app.key,
        account,
        settings: settings.clone(),
    };
    (api.run)(&mut call).map(|body| (body, by_key))
}

fn signature(
    input: &Incoming,
    url_path: &str,
    secret: &str,
    settings: &Settings,
) -> Result<bool, Refused> {
    use super::knobs::SignatureSort;
    let Some(given) = input.param(sign::SIGNATURE) else {
        return Err(Refused::new("gw.SignatureMissing", "Signature is missing"));
    };
    if settings.own.signature_sort != SignatureSort::Key
        && sign::same(given, &sign::by_text(secret, url_path, &input.params))
    {
        return Ok(false);
    }
    if settings.own.signature_sort != SignatureSort::Concatenated
        && sign::same(given, &sign::by_key(secret, url_path, &input.params))
    {
        return Ok(true);
    }
    Err(Refused::new("gw.SignatureInvalid", "Invalid signature"))
}

fn token(desk: &mut Desk<'_>, input: &Incoming, app_key: &str) -> Result<String, Refused> {
    let Some(given) = input.param("access_token") else {
        return Err(Refused::new("401", "Request need user authenticated"));
    };
    desk.live_access(given, app_key)
        .ok_or_else(|| Refused::new("401", "Request need user authorized"))
}

/// A word for the call log.
fn outcome(body: &Value) -> String {
    let bad = |value: &Value| {
        matches!(value.get("success"), Some(Value::Bool(false)))
            || value.get("success").and_then(Value::as_str) == Some("false")
    };
    let code = |value: &Value| {
        ["errorCode", "code"]
            .iter()
            .find_map(|name| value.get(name).and_then(Value::as_str))
            .map(str::to_owned)
    };
    let inner = body.get("result");
    if bad(body) || body.get("errorCode").is_some_and(|code| !code.is_null()) {
        return code(body).unwrap_or_else(|| "refused".into());
    }
    if let Some(inner) = inner.filter(|inner| bad(inner)) {
        return code(inner).unwrap_or_else(|| "refused".into());
    }
    "ok".into()
}

/// The last touch on an answer: absent fields, the type of `success`, rounded ids.
fn shape(value: &mut Value, settings: &Settings) {
    use super::knobs::SuccessAs;
    match value {
        Value::Object(map) => {
            if !settings.own.null_fields {
                map.retain(|_, value| !value.is_null());
            }
            match (settings.own.success_as, map.get("success")) {
                (SuccessAs::Bool, Some(Value::String(text))) => {
                    let word = text == "true";
                    map.insert("success".into(), Value::Bool(word));
                }
                (SuccessAs::String, Some(Value::Bool(word))) => {
                    let word = word.to_string();
                    map.insert("success".into(), Value::String(word));
                }
                _ => {}
            }
            for value in map.values_mut() {
                shape(value, settings);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| shape(value, settings)),
        Value::Number(number) if settings.own.round_ids => {
            if let Some(exact) = number.as_i64().filter(|n| n.unsigned_abs() > 1 << 53) {
                *number = Number::from(rounded(exact));
            }
        }
        _ => {}
    }
}

/// What is left of a number that went through a double.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the loss is the point"
)]
const fn rounded(exact: i64) -> i64 {
    exact as f64 as i64
}

/// An object out of pairs; null = absent.
pub(super) fn object(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(
        pairs
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect::<Map<_, _>>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_as_in_the_documents_sample() {
        assert_eq!(rounded(58_218_860_983_545_941), 58_218_860_983_545_944);
    }

    #[test]
    fn absent_or_null_and_text_or_truth() {
        let mut settings = Settings::default();
        let whole = json!({"a": null, "success": "true", "list": [{"b": null, "success": true}]});
        let mut body = whole.clone();
        shape(&mut body, &settings);
        assert_eq!(
            body,
            json!({"success": "true", "list": [{"success": true}]})
        );
        settings.own.null_fields = true;
        settings.own.success_as = knobs::SuccessAs::Bool;
        let mut body = whole.clone();
        shape(&mut body, &settings);
        assert_eq!(
            body,
            json!({"a": null, "success": true, "list": [{"b": null, "success": true}]})
        );
        settings.own.success_as = knobs::SuccessAs::String;
        let mut body = whole;
        shape(&mut body, &settings);
        assert_eq!(body["list"][0]["success"], "true");
    }
}
