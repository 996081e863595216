//! One order: read it, cancel it, confirm its receipt.

use super::super::gateway::{Call, Refused};
use super::super::trade_info::{Detail, trade_info};
use crate::trade::{Close, Closer, Order, RefusalKind, Status};
use serde_json::{Value, json};

/// The caller's own order, if it may be read at all by now.
pub(super) fn own<'a>(
    call: &'a Call<'_, '_>,
    number: &str,
) -> Result<&'a Order, (&'static str, &'static str)> {
    let order = call
        .desk
        .market
        .orders
        .get(number)
        .filter(|order| !order.deleted)
        .ok_or(("ORDER_NOT_EXIST", "订单不存在"))?;
    if order.account != call.account {
        return Err(("400_3", "不是订单的买家或卖家"));
    }
    if call.settings.search_delay_hides_reads && order.visible_from > call.now().0 {
        return Err(("ORDER_NOT_EXIST", "订单不存在"));
    }
    Ok(order)
}

/// `alibaba.trade.cancel`.
pub(super) fn cancel(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let refuse = |code: &str, text: &str| {
        Ok(json!({"success": false, "errorCode": code, "errorMessage": text}))
    };
    let number = call.text("tradeID").trim().to_owned();
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refused::parameter("tradeID", "a number"));
    }
    if let Some((code, text)) = call.wanted_refusal() {
        return refuse(&code, &text);
    }
    let reason = call.text("cancelReason").to_owned();
    if !matches!(reason.as_str(), "buyerCancel" | "sellerGoodsLack" | "other") {
        return refuse("400_1", "cancelReason不正确");
    }
    match own(call, &number) {
        Err((code, text)) => return refuse(code, text),
        Ok(order) if order.status != Status::Unpaid => {
            return refuse("ORDER_STATUS_ERROR", "订单状态不正确，只能取消待付款的订单");
        }
        Ok(order)
            if call.now().0
                < world::Timestamp(order.made)
                    .plus_seconds(call.settings.cancel_wait_s)
                    .0 =>
        {
            return refuse("CLOSE_ORDER_TOO_FAST", "下单后10秒内不能取消订单");
        }
        Ok(_) => {}
    }
    let close = Close {
        by: Closer::Buyer,
        reason,
        remark: call.text("remark").to_owned(),
    };
    let now = call.now().0;
    match call.desk.market.order_close(&number, close, now) {
        Ok(()) => Ok(json!({"success": true})),
        Err(refusal) => refuse("ORDER_STATUS_ERROR", &refusal.text),
    }
}

/// `alibaba.trade.get.buyerView`. Here `success` is a text.
pub(super) fn view(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let refuse = |code: &str, text: &str| {
        Ok(json!({"success": "false", "errorCode": code, "errorMessage": text}))
    };
    if let Some((code, text)) = call.wanted_refusal() {
        return refuse(&code, &text);
    }
    let number = match (call.input.param("orderId"), call.input.param("outOrderId")) {
        (Some(number), _) => {
            if !number.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Refused::parameter("orderId", "a number"));
            }
            Some(number.to_owned())
        }
        (None, Some(reference)) => call
            .desk
            .market
            .reference(&call.account, reference)
            .and_then(|row| row.orders.first().cloned()),
        (None, None) => return Err(Refused::new("gw.ParamMissing", "Required argument orderId")),
    };
    let by_reference = call.input.param("orderId").is_none();
    let order = match own(call, &number.unwrap_or_default()) {
        Ok(order) if by_reference && order.visible_from > call.now().0 => {
            return refuse("ORDER_NOT_EXIST", "订单不存在");
        }
        Ok(order) => order,
        Err((code, text)) => return refuse(code, text),
    };
    let fields = call.input.param("includeFields");
    let detail = Detail {
        logistics: fields.is_none_or(|fields| fields.contains("NativeLogistics")),
        address: true,
        terms: fields.is_none_or(|fields| fields.contains("GuaranteesTerms")),
        memo: true,
    };
    Ok(json!({"result": trade_info(call, order, detail), "success": "true"}))
}

/// `trade.receivegoods.confirm`.
pub(super) fn confirm(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let refuse = |code: &str, text: &str| {
        Ok(json!({"result": {"success": false, "errorCode": code, "errorInfo": text}}))
    };
    let number = call.text("orderId").trim().to_owned();
    let entries: Vec<i64> = call
        .ids("orderEntryIds")?
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    if let Err((code, text)) = own(call, &number) {
        return refuse(code, text);
    }
    let now = call.now().0;
    match call.desk.market.order_confirm(&number, &entries, now) {
        Ok(()) => Ok(json!({"result": {"success": true}})),
        Err(refusal) => {
            let code = if refusal.kind == RefusalKind::Missing {
                "ORDER_NOT_EXIST"
            } else {
                "ORDER_STATUS_ERROR"
            };
            refuse(code, &refusal.text)
        }
    }
}
