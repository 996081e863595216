//! Push messages: a form with the JSON text of a message and its signature.
//!
//! A message is only ever a hint. Messages come twice, late, and out of order; what they say of an
//! order is not used, the order is read instead.

use super::sign::{SIGNATURE, push_is_signed};
use crate::json::Node;
use crate::{AppKey, PushHint, PushRefusal, PushRequest, moments};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::form_urlencoded;
use world::Timestamp;

/// Orders that one message may name; more is no message of this marketplace.
const MOST_ORDERS: usize = 1_000;

/// Checks the signature against each app and reads the message.
pub(super) fn read(
    apps: &[AppKey],
    push: PushRequest<'_>,
) -> Result<(usize, Vec<PushHint>), PushRefusal> {
    let mut message = None;
    let mut signature = None;
    for (name, value) in form_urlencoded::parse(push.body) {
        let place = match &*name {
            "message" => &mut message,
            SIGNATURE => &mut signature,
            _ => continue,
        };
        // A field that stands twice could be checked in one form and read in the other.
        if place.replace(value.into_owned()).is_some() {
            return Err(PushRefusal::Signature);
        }
    }
    let (Some(message), Some(signature)) = (message, signature) else {
        return Err(PushRefusal::Signature);
    };
    // Some front servers escape HTML in what they pass on; the signature is over the plain text.
    let (app, message) = signer(apps, &message, &signature)
        .map(|app| (app, message.clone()))
        .or_else(|| {
            let plain = unescaped(&message)?;
            Some((signer(apps, &plain, &signature)?, plain))
        })
        .ok_or(PushRefusal::Signature)?;
    let value: Value = serde_json::from_str(&message).map_err(|_| PushRefusal::Unreadable)?;
    let hints = Node::of(&value)
        .items()
        .into_iter()
        .map(hint)
        .collect::<Option<Vec<_>>>()
        .filter(|hints| !hints.is_empty())
        .ok_or(PushRefusal::Unreadable)?;
    Ok((app, hints))
}

/// The app that signed. All apps are tried, so that the time tells nothing about which.
fn signer(apps: &[AppKey], message: &str, signature: &str) -> Option<usize> {
    let mut found = None;
    for (position, app) in apps.iter().enumerate() {
        if push_is_signed(message, signature, app.secret.expose_secret()) {
            found.get_or_insert(position);
        }
    }
    found
}

fn unescaped(text: &str) -> Option<String> {
    text.contains('&').then(|| {
        text.replace("&quot;", "\"")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#039;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    })
}

fn hint(envelope: Node<'_>) -> Option<PushHint> {
    let mut orders = Vec::new();
    match envelope.at("data").value() {
        // The table of the documentation calls `data` a text of JSON, the samples show an object.
        Some(Value::String(text)) => {
            let inner: Value = serde_json::from_str(text).ok()?;
            collect(&inner, &mut orders);
        }
        Some(inner) => collect(inner, &mut orders),
        None => {}
    }
    Some(PushHint {
        message: envelope.at("msgId").text()?,
        topic: envelope.at("type").text()?,
        account: envelope.at("userInfo").text(),
        orders,
        some_order: false,
        born: envelope
            .at("gmtBorn")
            .integer()
            .filter(|millis| (0..=i64::MAX / 1_000).contains(millis))
            .map(Timestamp::from_millis)
            .or_else(|| moments::read(&envelope.at("gmtBorn").text()?)),
    })
}

/// Every `orderId` of a message: of an order topic, of each entry of a batch payment, of each line
/// of a logistics message.
fn collect(value: &Value, orders: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| collect(v, orders)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "orderId"
                    && let Some(number) = Node::of(value).id()
                    && !orders.contains(&number)
                    && orders.len() < MOST_ORDERS
                {
                    orders.push(number);
                }
                collect(value, orders);
            }
        }
        _ => {}
    }
}
