//! Push messages: a JSON body, signed as a whole in the `authorization` header.
//!
//! A message is only ever a hint. Messages come twice, late, and out of order, and one that is sent
//! again tells the state of then; what they say of an order is not used, the order is read instead.

use super::convert::moment;
use super::sign::push_is_signed;
use crate::exchange::clipped;
use crate::json::Node;
use crate::{AppKey, PushHint, PushRefusal, PushRequest};
use data_encoding::HEXLOWER;
use http::header::AUTHORIZATION;
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Types of messages that concern an order.
const ORDER_TYPES: [&str; 3] = ["3", "8", "9"];
/// Orders that one message may name; more is no message of this marketplace.
const MOST_ORDERS: usize = 1_000;

/// Checks the signature against each app and reads the message.
pub(super) fn read(
    apps: &[AppKey],
    push: PushRequest<'_>,
) -> Result<(usize, Vec<PushHint>), PushRefusal> {
    let mut signatures = push.headers.get_all(AUTHORIZATION).iter();
    let (Some(signature), None) = (signatures.next(), signatures.next()) else {
        return Err(PushRefusal::Signature);
    };
    let signature = signature.to_str().map_err(|_| PushRefusal::Signature)?;
    let app = signer(apps, push.body, signature).ok_or(PushRefusal::Signature)?;
    let message: Value = serde_json::from_slice(push.body).map_err(|_| PushRefusal::Unreadable)?;
    let hint = hint(Node::of(&message), push.body).ok_or(PushRefusal::Unreadable)?;
    Ok((app, vec![hint]))
}

/// The app that signed. All apps are tried, so that the time tells nothing about which.
fn signer(apps: &[AppKey], body: &[u8], signature: &str) -> Option<usize> {
    let mut found = None;
    for (position, app) in apps.iter().enumerate() {
        if push_is_signed(&app.key, body, signature, app.secret.expose_secret()) {
            found.get_or_insert(position);
        }
    }
    found
}

/// Types 3 (an order or a line changed), 8 (a price changed) and 9 (a refund) name their orders; the
/// body of type 9 is not published, and other types concern no orders. All are passed on.
fn hint(message: Node<'_>, body: &[u8]) -> Option<PushHint> {
    let topic = clipped(&message.at("message_type").text()?);
    let mut orders = Vec::new();
    match message.at("data").value() {
        Some(Value::String(text)) => {
            let inner: Value = serde_json::from_str(text).ok()?;
            collect(&inner, &mut orders);
        }
        Some(inner) => collect(inner, &mut orders),
        None => {}
    }
    let account = message.at("seller_id").text().or_else(|| {
        message
            .at("data")
            .any(&["seller_id", "salesSellerId"])
            .text()
    });
    Some(PushHint {
        // Messages have no id: the same bytes are the same message.
        message: HEXLOWER.encode(&Sha256::digest(body)[..16]),
        account: account.map(|account| clipped(&account)),
        some_order: orders.is_empty() && ORDER_TYPES.contains(&topic.as_str()),
        orders,
        born: moment(message.at("timestamp")),
        topic,
    })
}

/// Every purchase id of a message, however deep. The parser has bounded the depth.
fn collect(value: &Value, orders: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| collect(v, orders)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if matches!(
                    name.as_str(),
                    "purchase_id" | "purchaseId" | "purchaseOrderId" | "purchase_order_id"
                ) && let Some(number) = Node::of(value).id()
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
