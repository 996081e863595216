//! Small things: the clock, feedback, memo, deleting a closed order.

use super::super::gateway::{Call, Refused, id_text};
use super::order::own;
use crate::moment::wire_date;
use serde_json::{Value, json};

/// `system/currentTime`: a bare text.
pub(super) fn current_time(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    Ok(json!(wire_date(call.now())))
}

/// `system/currentTimeMillis`: a bare number.
pub(super) fn current_time_millis(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    Ok(json!(call.now().millis()))
}

/// `alibaba.trade.addFeedback`.
pub(super) fn feedback(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let bad = || {
        Refused::parameter(
            "tradeFeedbackParam",
            "a JSON object with orderId and feedback",
        )
    };
    let Some(wanted) = call.json("tradeFeedbackParam", "a JSON object")? else {
        return Err(bad());
    };
    let number = wanted.get("orderId").and_then(id_text).ok_or_else(bad)?;
    let text = wanted
        .get("feedback")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim()
        .to_owned();
    let refuse =
        |code: &str, text: &str| Ok(json!({"success": false, "code": code, "message": text}));
    if text.is_empty() {
        return refuse("400_1", "补充留言不能为空");
    }
    let sum = match own(call, &number) {
        Ok(order) => {
            order.message.chars().count() + order.feedback.chars().count() + text.chars().count()
        }
        Err(("400_3", _)) => return refuse("500_2", "不是订单的买家"),
        Err(_) => return refuse("500_1", "订单不存在"),
    };
    if sum > 500 {
        return refuse("400_2", "留言总长度不能超过500");
    }
    let now = call.now().0;
    if let Some(order) = call.desk.market.orders.get_mut(&number) {
        if !order.feedback.is_empty() {
            order.feedback.push('\n');
        }
        order.feedback.push_str(&text);
        order.touch(now, "the buyer added a note");
    }
    Ok(json!({"success": true}))
}

/// `alibaba.order.memoAdd`: overwrites.
pub(super) fn memo(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let number = call.text("orderId").trim().to_owned();
    let refuse = |code: &str, text: &str| {
        Ok(json!({"success": false, "errorCode": code, "errorMessage": text}))
    };
    if let Err((code, text)) = own(call, &number) {
        return refuse(code, text);
    }
    let icon = call.input.param("remarkIcon").map(str::to_owned);
    if icon
        .as_deref()
        .is_some_and(|icon| !matches!(icon, "1" | "2" | "3" | "4"))
    {
        return refuse("400_1", "remarkIcon不正确");
    }
    let memo = call.text("memo").to_owned();
    if let Some(order) = call.desk.market.orders.get_mut(&number) {
        order.memo = memo;
        order.memo_icon = icon;
    }
    Ok(json!({"success": true}))
}

/// `trade.order.buyerdelete`: closed orders only.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let number = call.text("orderId").trim().to_owned();
    let refuse = |code: &str, text: &str| {
        Ok(json!({"success": false, "errorCode": code, "errorMessage": text}))
    };
    match own(call, &number) {
        Err((code, text)) => return refuse(code, text),
        Ok(order) if !order.status.ended() => {
            return refuse("ORDER_STATUS_ERROR", "只能删除已关闭的订单");
        }
        Ok(_) => {}
    }
    if let Some(order) = call.desk.market.orders.get_mut(&number) {
        order.deleted = true;
    }
    Ok(json!({"success": true}))
}
