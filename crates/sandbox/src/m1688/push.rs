//! Messages to the apps: which event tells what, in which words.

use super::sign;
use super::trade_info::{order_word, refund_word};
use crate::knobs::{PushEffect, TimeoutPush};
use crate::moment::text_date;
use crate::state::{Market, Push, PushState};
use crate::trade::{Event, EventKind, Order};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use world::World;

const VIEW: &str = "ORDER_BUYER_VIEW_";

/// Topic and `data` of an event; none = nothing is told.
fn message(
    market: &Market,
    order: &Order,
    event: &EventKind,
    now: world::Timestamp,
) -> Option<(String, Value)> {
    let settings = market.knobs().settings;
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
        EventKind::PriceChanged => plain("ORDER_PRICE_MODIFY"),
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
        EventKind::ClosedBySystem => match settings.timeout_push {
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
    let now = world.now();
    let Some(order) = market.orders.get(&event.order).cloned() else {
        return;
    };
    let Some((topic, data)) = message(market, &order, &event.kind, now) else {
        return;
    };
    let member = market
        .accounts
        .get(&order.account)
        .map(|account| account.member_id.clone())
        .unwrap_or_default();
    let apps: BTreeSet<String> = market
        .refresh
        .values()
        .chain(market.access.values())
        .filter(|token| token.account == order.account && !token.dead && token.until > now.0)
        .map(|token| token.app_key.clone())
        .collect();
    for app_key in apps {
        let effects = if market.knobs.contains("") {
            market.knobs_mut().plan_push(&topic, &order.account, world)
        } else {
            Vec::new()
        };
        let listens = market
            .apps
            .get(&app_key)
            .is_some_and(|app| app.push_url.is_some());
        let late: i64 = effects
            .iter()
            .map(|effect| {
                if let PushEffect::Late(seconds) = effect {
                    *seconds
                } else {
                    0
                }
            })
            .sum();
        let kept = !listens || effects.contains(&PushEffect::Drop);
        let msg_id = world.id();
        let push = Push {
            msg_id,
            app_key,
            user: member.clone(),
            topic: topic.clone(),
            data: data.to_string(),
            born: now.0,
            due: now.plus_seconds(late).0,
            tries: 0,
            state: if kept {
                PushState::Kept
            } else {
                PushState::Waiting
            },
            copy: false,
        };
        if effects.contains(&PushEffect::Double) && !kept {
            market.pushes.insert(
                format!("{msg_id}-2"),
                Push {
                    copy: true,
                    ..push.clone()
                },
            );
        }
        market.pushes.insert(msg_id.to_string(), push);
    }
}

/// The form body of a message.
pub(super) fn body(market: &Market, push: &Push) -> Option<String> {
    let app = market.apps.get(&push.app_key)?;
    let as_text = market.knobs().settings.push_data_as_text;
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
    Some(
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("message", &message)
            .append_pair(sign::SIGNATURE, &signature)
            .finish(),
    )
}
