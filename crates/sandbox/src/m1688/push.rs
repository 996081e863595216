//! Messages to the apps: which event tells what, in which words.

use super::knobs::{self, TimeoutPush};
use super::sign;
use super::trade_info::{order_word, refund_word};
use crate::marketplace::PushOut;
use crate::moment::text_date;
use crate::state::{Market, Push};
use crate::trade::{Event, EventKind, Order};
use serde_json::{Value, json};
use world::World;

const VIEW: &str = "ORDER_BUYER_VIEW_";

/// Topic and `data` of an event; none = nothing is told.
fn message(
    market: &Market,
    order: &Order,
    event: &EventKind,
    now: world::Timestamp,
) -> Option<(String, Value)> {
    let settings = knobs::settings(market);
    let buyer = market
        .accounts
        .get(&order.account)
        .map(|account| account.member_id.clone());
    let basic = |status: String| {
        json!({
            "orderId": order.number.parse::<i64>().unwrap_or(0),
            "currentStatus": status,
            "msgSendTime": text_date(now),
            "buyerMemberId": buyer,
            "sellerMemberId": order.seller,
        })
    };
    let word = || order_word(order, &settings);
    let plain = |topic: &str| Some((format!("{VIEW}{topic}"), basic(word())));
    match event {
        EventKind::Made => plain("BUYER_MAKE"),
        // Nothing of 1688 is made slowly.
        EventKind::Built => None,
        EventKind::PriceChanged | EventKind::LineClosed => plain("ORDER_PRICE_MODIFY"),
        EventKind::Paid => plain("ORDER_PAY"),
        EventKind::PartShipped => plain("PART_PART_SENDGOODS"),
        EventKind::Shipped => plain("ANNOUNCE_SENDGOODS"),
        EventKind::Received => {
            let status = if order.status == crate::trade::Status::Received {
                "confirm_goods_and_has_subsidy".to_owned()
            } else {
                word()
            };
            Some((format!("{VIEW}ORDER_COMFIRM_RECEIVEGOODS"), basic(status)))
        }
        EventKind::Completed => plain("ORDER_SUCCESS"),
        EventKind::ClosedByBuyer => plain("ORDER_BUYER_CLOSE"),
        EventKind::ClosedBySeller => plain("ORDER_SELLER_CLOSE"),
        EventKind::ClosedBySystem => match settings.own.timeout_push {
            TimeoutPush::BopsClose => plain("ORDER_BOPS_CLOSE"),
            TimeoutPush::SellerClose => plain("ORDER_SELLER_CLOSE"),
            TimeoutPush::Nothing => None,
        },
        EventKind::Refund {
            id,
            action,
            operator,
        } => {
            let refund = order.refunds.iter().find(|refund| refund.id == *id)?;
            let topic = if refund.after_sale {
                "ORDER_REFUND_AFTER_SALES"
            } else {
                "ORDER_BUYER_REFUND_IN_SALES"
            };
            let mut data = basic(refund_word(refund.status).to_owned());
            if let Value::Object(map) = &mut data {
                map.insert("refundId".into(), json!(id));
                map.insert("refundAction".into(), json!(action));
                map.insert("operator".into(), json!(operator));
            }
            Some((format!("{VIEW}{topic}"), data))
        }
        EventKind::Trace { delivery, change } => {
            let row = order.deliveries.iter().find(|row| row.id == *delivery)?;
            Some((
                "LOGISTICS_BUYER_VIEW_TRACE".into(),
                json!({"OrderLogisticsTracingModel": {
                    "logisticsId": row.id,
                    "cpCode": row.company_no,
                    "mailNo": row.tracking,
                    "statusChanged": change,
                    "changeTime": text_date(now),
                    "orderLogsItems": order_items(order, row),
                }}),
            ))
        }
        EventKind::TrackingChanged {
            delivery,
            old_tracking,
            old_company_no,
        } => {
            let row = order.deliveries.iter().find(|row| row.id == *delivery)?;
            Some((
                "LOGISTICS_MAIL_NO_CHANGE".into(),
                json!({"MailNoChangeModel": {
                    "logisticsId": row.id,
                    "oldCpCode": old_company_no,
                    "newCpCode": row.company_no,
                    "oldMailNo": old_tracking,
                    "newMailNo": row.tracking,
                    "eventTime": text_date(now),
                    "orderLogsItems": order_items(order, row),
                }}),
            ))
        }
        EventKind::BatchPaid { results } => {
            let rows: Vec<Value> = results.iter().map(|(number, good)| json!({"orderId": number, "status": if *good { "successed" } else { "ACCOUNT_BALANCE_NOT_ENOUGH" }})).collect();
            Some(("ORDER_BATCH_PAY".into(), json!({"batchPay": rows})))
        }
    }
}

fn order_items(order: &Order, delivery: &crate::trade::Delivery) -> Vec<Value> {
    delivery.lines.iter().map(|(id, _)| json!({"orderId": order.number.parse::<i64>().unwrap_or(0), "orderEntryId": id})).collect()
}

/// Writes the messages of an event, one for each app that the account lets in.
pub(super) fn tell(market: &mut Market, world: &World, event: &Event) {
    let message = market
        .orders
        .get(&event.order)
        .and_then(|order| message(market, order, &event.kind, world.now()));
    if let Some((topic, data)) = message {
        market.post(world, &event.order, &topic, &data);
    }
}

/// A message as a form.
pub(super) fn out(market: &Market, push: &Push) -> Option<PushOut> {
    let app = market.apps.get(&push.app_key)?;
    let as_text = knobs::settings(market).own.push_data_as_text;
    let data = if as_text {
        Value::String(push.data.clone())
    } else {
        serde_json::from_str(&push.data).ok()?
    };
    let message = json!({
        "data": data,
        "gmtBorn": world::Timestamp(push.born).millis(),
        "msgId": push.msg_id,
        "type": push.topic,
        "userInfo": push.user,
    })
    .to_string();
    let signature = sign::push(&app.secret, &message);
    Some(PushOut {
        body: url::form_urlencoded::Serializer::new(String::new())
            .append_pair("message", &message)
            .append_pair(sign::SIGNATURE, &signature)
            .finish(),
        headers: vec![(
            "content-type",
            "application/x-www-form-urlencoded;charset=UTF-8".into(),
        )],
        within_ms: 5_000,
    })
}
