//! Refunds: reasons, asking for one, reading them.

use super::super::gateway::{Call, Refused, object};
use super::super::trade_info::{line_refund_word, refund_word};
use super::order::own;
use crate::moment::wire_date;
use crate::trade::{Order, Refund, RefundStatus, RefundWish, RefusalKind, Status};
use serde_json::{Value, json};
use world::Timestamp;

const REASONS: &[(i64, &str)] = &[
    (20_021, "不想要了"),
    (20_022, "卖家缺货"),
    (20_023, "拍错了"),
    (20_024, "未按约定时间发货"),
    (20_025, "商品质量问题"),
];
const GOODS_STATES: &[&str] = &[
    "refundWaitSellerSend",
    "refundWaitBuyerReceive",
    "refundBuyerReceived",
    "aftersaleBuyerNotReceived",
    "aftersaleBuyerReceived",
];

fn refused(code: &str, text: &str) -> Value {
    json!({"result": {"success": false, "code": code, "message": text}})
}

/// `alibaba.trade.getRefundReasonList`.
pub(super) fn reasons(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let number = call.text("orderId").trim().to_owned();
    if own(call, &number).is_err() {
        return Ok(refused("5001", "订单不存在"));
    }
    if !GOODS_STATES.contains(&call.text("goodsStatus")) {
        return Ok(refused("5003", "goodsStatus不正确"));
    }
    let rows: Vec<Value> = REASONS.iter().map(|(id, name)| json!({"id": id, "name": name, "needVoucher": false, "noRefundCarriage": false, "tip": ""})).collect();
    Ok(json!({"result": {"success": true, "code": "200", "result": {"reasons": rows}}}))
}

/// `alibaba.trade.createRefund`.
pub(super) fn create(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let number = call.text("orderId").trim().to_owned();
    let entries: Vec<i64> = call
        .ids("orderEntryIds")?
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    let goods = call.number("applyPayment")?.unwrap_or(0);
    let freight = call.number("applyCarriage")?.unwrap_or(0);
    let reason = call.number("applyReasonId")?.unwrap_or(0);
    if let Some((code, text)) = call.wanted_refusal() {
        return Ok(refused(&code, &text));
    }
    let order = match own(call, &number) {
        Ok(order) => order,
        Err(("400_3", _)) => return Ok(refused("5002", "不是订单的买家")),
        Err(_) => return Ok(refused("5001", "订单不存在")),
    };
    let unshipped = order.status == Status::Paid && order.deliveries.is_empty();
    let cost: i64 = order
        .lines
        .iter()
        .filter(|line| entries.contains(&line.id))
        .map(crate::trade::Line::amount_fen)
        .sum();
    let Some((_, reason_text)) = REASONS.iter().find(|(id, _)| *id == reason) else {
        return Ok(refused("5004", "退款原因不正确"));
    };
    if !GOODS_STATES.contains(&call.text("goodsStatus")) {
        return Ok(refused("5003", "goodsStatus不正确"));
    }
    if !(2..=150).contains(&call.text("description").chars().count()) {
        return Ok(refused("5012", "退款说明长度应为2到150"));
    }
    let with_return = match call.text("disputeRequest") {
        "refund" => false,
        "returnRefund" => true,
        _ => return Ok(refused("5100", "disputeRequest不正确")),
    };
    if unshipped && goods != cost {
        return Ok(refused("5011", "未发货时退款金额必须等于实付货款"));
    }
    let wish = RefundWish {
        lines: entries,
        goods_fen: Some(goods),
        freight_fen: Some(freight),
        with_return,
        reason: (*reason_text).to_owned(),
        description: call.text("description").to_owned(),
    };
    let world = call.desk.world;
    Ok(match call.desk.market.refund_open(&number, wish, world) {
        Ok(id) => json!({"result": {"success": true, "code": "200", "result": {"refundId": id}}}),
        Err(refusal) => refused(
            match refusal.kind {
                RefusalKind::Missing => "5001",
                RefusalKind::State => "5010",
                RefusalKind::Value => "5011",
            },
            &refusal.text,
        ),
    })
}

fn model(order: &Order, refund: &Refund, detail: bool) -> Value {
    // The list names its truths `isX`, the detail `x`.
    let (after, only) = if detail {
        ("aftersale", "onlyRefund")
    } else {
        ("isAftersale", "isOnlyRefund")
    };
    let mut row = object([
        ("refundId", json!(refund.id)),
        ("orderId", json!(order.number.parse::<i64>().unwrap_or(0))),
        ("orderEntryIds", json!(refund.lines)),
        ("status", json!(refund_word(refund.status))),
        ("disputeStatus", json!(line_refund_word(refund.status))),
        ("applyPayment", json!(refund.goods_fen)),
        ("applyCarriage", json!(refund.freight_fen)),
        (
            "refundPayment",
            json!(if refund.status == RefundStatus::Success {
                refund.goods_fen + refund.freight_fen
            } else {
                0
            }),
        ),
        ("applyReason", json!(refund.reason)),
        ("applySubReason", Value::Null),
        ("buyerMemberId", Value::Null),
        ("sellerMemberId", json!(order.seller)),
        ("gmtApply", json!(wire_date(Timestamp(refund.made)))),
        ("gmtModified", json!(wire_date(Timestamp(refund.changed)))),
        (
            "gmtCompleted",
            refund
                .done
                .map_or(Value::Null, |at| json!(wire_date(Timestamp(at)))),
        ),
    ]);
    if let Value::Object(map) = &mut row {
        map.insert(after.into(), json!(refund.after_sale));
        map.insert(only.into(), json!(!refund.with_return));
    }
    row
}

/// `alibaba.trade.refund.OpQueryOrderRefund`.
pub(super) fn one(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let id = call.text("refundId");
    let found = call
        .desk
        .market
        .orders
        .values()
        .filter(|order| order.account == call.account)
        .find_map(|order| {
            order
                .refunds
                .iter()
                .find(|refund| refund.id == id)
                .map(|refund| (order, refund))
        });
    Ok(match found {
        Some((order, refund)) => {
            json!({"result": {"opOrderRefundModelDetail": model(order, refund, true)}, "success": true})
        }
        None => {
            json!({"success": false, "errorCode": "5001", "errorMessage": "退款单不存在", "extErrorMessage": ""})
        }
    })
}

/// `alibaba.trade.refund.OpQueryBatchRefundByOrderIdAndStatus`: refunds made while the trade ran.
pub(super) fn of_order(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let number = call.text("orderId").trim().to_owned();
    let kind = call.input.param("queryType").unwrap_or("1").to_owned();
    let order = match own(call, &number) {
        Ok(order) => order,
        Err((code, text)) => {
            return Ok(json!({"success": false, "errorCode": code, "errorMessage": text}));
        }
    };
    let rows: Vec<Value> = order
        .refunds
        .iter()
        .filter(|refund| !refund.after_sale)
        .filter(|refund| match kind.as_str() {
            "3" => refund.status == RefundStatus::Success,
            _ => refund.open(),
        })
        .map(|refund| model(order, refund, false))
        .collect();
    Ok(json!({"result": {"opOrderRefundModels": rows}, "success": true}))
}
