//! Messages: which event tells what. A message is written anew at each try, so that a late one
//! carries what is true then.

use super::knobs::{self, Settings};
use super::words::{line_extra, names, order_word, refund_code, word};
use super::{api, sign};
use crate::marketplace::PushOut;
use crate::state::{Market, Push};
use crate::trade::{Event, EventKind, Order};
use serde_json::{Value, json};
use world::{Timestamp, World};

/// The other side has half a second.
const WITHIN_MS: u64 = 500;

const ORDER: &str = "3";
const PRICE: &str = "8";
const REFUND: &str = "9";

fn number(text: &str) -> i64 {
    text.parse().unwrap_or(0)
}

/// Writes the message of an event, one for each app that the account lets in.
pub(super) fn tell(market: &mut Market, world: &World, event: &Event) {
    let (topic, refund) = match &event.kind {
        EventKind::PriceChanged => (PRICE, None),
        EventKind::Refund { id, .. } => (REFUND, Some(id.as_str())),
        // A parcel's way and a payment that was only asked for are not told.
        EventKind::Trace { .. } | EventKind::BatchPaid { .. } => return,
        _ => (ORDER, None),
    };
    let data = market
        .orders
        .get(&event.order)
        .and_then(|order| data(market, order, topic, refund, world.now()));
    if let Some(data) = data {
        market.post(world, &event.order, topic, &data);
    }
}

fn data(
    market: &Market,
    order: &Order,
    topic: &str,
    refund: Option<&str>,
    now: Timestamp,
) -> Option<Value> {
    let settings = knobs::settings(market);
    let member = market
        .accounts
        .get(&order.account)
        .map(|account| number(&account.member_id));
    match topic {
        PRICE => Some(price(order, member)),
        REFUND => {
            let refund = order
                .refunds
                .iter()
                .find(|row| Some(row.id.as_str()) == refund)?;
            if settings.own.refund_push_bare {
                return Some(json!({ "refund_id": number(&refund.id) }));
            }
            // What really stands here is not known: the fewest fields that mean something.
            Some(json!({
                "refund_id": number(&refund.id),
                "refund_status": refund_code(refund.status),
                "purchase_id": number(&order.number),
                "outer_purchase_id": order.reference,
                "business_time": now.millis(),
                "sandbox": "invented",
            }))
        }
        _ => Some(status(market, order, member, &settings)),
    }
}

fn status(market: &Market, order: &Order, member: Option<i64>, settings: &Settings) -> Value {
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| {
            let names = names(market, &line.item_id, line.spec_id.as_deref());
            let parcel = order
                .deliveries
                .iter()
                .rev()
                .find(|parcel| parcel.lines.iter().any(|(id, _)| *id == line.id));
            json!({
                "item_id": number(&names.item),
                "sku_id": number(&names.sku),
                "order_line_no": line_extra(line).order_line_no,
                "status": word(line.status, settings),
                "logistic_company_name": parcel.map(|parcel| parcel.company.clone()),
                "logistic_number": parcel.map(|parcel| parcel.tracking.clone()),
            })
        })
        .collect();
    json!({
        "business_time": Timestamp(order.changed).millis(),
        "outer_purchase_id": order.reference,
        "purchase_id": number(&order.number),
        "seller_id": member,
        "sku_list": lines,
        "status": order_word(order, settings),
    })
}

fn price(order: &Order, member: Option<i64>) -> Value {
    let shares = api::freight_shares(order);
    let lines: Vec<Value> = order
        .lines
        .iter()
        .zip(shares)
        .filter(|(line, _)| !line.left_out)
        .map(|(line, freight)| {
            json!({
                "purchaseOrderLineId": line.id.to_string(),
                "salesOrderLineIdList": [line_extra(line).order_line_no],
                "features": {},
                "purchaseOrderItemPriceDTO": {
                    "purchaseCurrency": "CNY",
                    "purchaseTotalFee": line.amount_fen() + freight,
                    "purchaseProductFee": line.amount_fen(),
                    "purchaseProductUnitFee": line.amount_fen() / line.quantity.max(1),
                    "purchaseShippingFee": freight,
                },
            })
        })
        .collect();
    json!({
        "salesOrderId": order.reference.as_ref().map(|reference| format!("500000-{reference}")),
        "salesSellerId": member,
        "purchaseMarket": "PANAMA",
        "purchaseOrderId": order.number,
        "features": {},
        "purchaseOrderPriceDTO": {
            "purchaseCurrency": "CNY",
            "purchaseTotalFee": order.total_fen(),
            "purchaseProductFee": order.goods_fen(),
            "purchaseShippingFee": order.freight_fen,
        },
        "purchaseOrderLinePriceChangeMessageDTOList": lines,
    })
}

/// A message as it goes out now; none once the account no longer lets the app in.
pub(super) fn out(market: &Market, push: &Push, now: Timestamp) -> Option<PushOut> {
    let app = market.apps.get(&push.app_key)?;
    let order = market.orders.get(&push.order)?;
    if !market
        .apps_let_in(&order.account, now)
        .contains(&push.app_key)
    {
        return None;
    }
    let told: Value = serde_json::from_str(&push.data).ok()?;
    let refund = told.get("refund_id").map(ToString::to_string);
    let body = json!({
        "seller_id": push.user,
        "message_type": number(&push.topic),
        "data": data(market, order, &push.topic, refund.as_deref(), now)?,
        "timestamp": now.millis() / 1_000,
        "site": "taobao_hk",
    })
    .to_string();
    Some(PushOut {
        headers: vec![
            ("content-type", "application/json".into()),
            ("authorization", sign::push(&app.secret, &app.key, &body)),
        ],
        body,
        within_ms: WITHIN_MS,
    })
}
