//! What is asked for now and happens later: paying up to ten orders, and cancelling.

use super::super::gateway::{Call, Done, no};
use super::goods::{cancellable, own};
use crate::trade::{Status, Task};
use serde_json::{Value, json};
use world::Timestamp;

/// The largest number of orders of one call.
const MOST_ORDERS: usize = 10;

/// `/purchase/order/batch/pay`.
pub(super) fn batch(call: &mut Call<'_, '_>) -> Done {
    let numbers = call.ids("purchaseOrderIdList")?;
    call.wanted_refusal()?;
    if numbers.is_empty() || numbers.len() > MOST_ORDERS {
        return Err(no(
            "SBX_PAY_COUNT",
            format!("purchaseOrderIdList takes 1 to {MOST_ORDERS} ids"),
        ));
    }
    let mut will = Vec::new();
    let mut failed = Vec::new();
    let mut results = Vec::new();
    for number in &numbers {
        if will.contains(number) || failed.contains(number) {
            continue;
        }
        match refusal(call, number) {
            None => will.push(number.clone()),
            Some((code, text)) => {
                failed.push(number.clone());
                results.push(json!({
                    "gspOrderId": number,
                    "errorCode": code,
                    "errorMessage": text,
                    "class": "com.taobao.global.purchase.PayFailedResult",
                }));
            }
        }
    }
    let at = call.now().plus_seconds(call.settings.own.pay_takes_s).0;
    for number in &will {
        let task = Task::Pay {
            way: "alipay".into(),
        };
        call.desk.market.order_task(number, at, task);
    }
    Ok(json!({
        "will_pay_purchase_order_ids": will,
        "pay_failure_purchase_order_ids": failed,
        "pay_failed_results": results,
    }))
}

/// Why an order is not paid. None of the real codes is known.
fn refusal(call: &Call<'_, '_>, number: &str) -> Option<(&'static str, String)> {
    let Some(order) = own(call, number) else {
        return Some(("SBX_ORDER_NOT_FOUND", "采购单不存在".into()));
    };
    if order.status != Status::Unpaid {
        let code = if order.paid.is_some() {
            "SBX_ALREADY_PAID"
        } else {
            "SBX_NOT_PAYABLE"
        };
        return Some((code, "采购单状态不能支付".into()));
    }
    let bound = call
        .desk
        .market
        .accounts
        .get(&call.account)
        .is_some_and(|account| account.protocol_pay);
    if !bound {
        return Some(("SBX_NO_ALIPAY", "未绑定支付宝账户".into()));
    }
    if call
        .settings
        .own
        .alipay_balance_fen
        .is_some_and(|balance| order.total_fen() > balance)
    {
        return Some(("SBX_BALANCE_NOT_ENOUGH", "支付宝余额不足".into()));
    }
    None
}

/// `/purchase/order/asyn/cancel`: starts a task; a purchase that is paid before its end stays.
pub(super) fn cancel(call: &mut Call<'_, '_>) -> Done {
    let number = call.text("purchase_id").to_owned();
    let lines: Vec<i64> = call
        .ids("sub_purchase_orderId_list")?
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    call.wanted_refusal()?;
    let Some(order) = own(call, &number) else {
        return Err(no("SBX_ORDER_NOT_FOUND", "采购单不存在"));
    };
    if let Some(line) = lines.iter().find(|id| order.line(**id).is_none()) {
        return Err(no("SBX_ORDER_NOT_FOUND", format!("子采购单{line}不存在")));
    }
    if !cancellable(order.status) {
        let code = if order.paid.is_some() {
            "SBX_CANCEL_AFTER_PAYMENT"
        } else {
            "SBX_NOT_CANCELLABLE"
        };
        return Err(no(code, "采购单状态不能取消"));
    }
    let earliest = Timestamp(order.made)
        .plus_seconds(call.settings.cancel_wait_s)
        .0;
    if call.now().0 < earliest {
        return Err(no("SBX_CANCEL_TOO_EARLY", "采购单刚创建，请稍后取消"));
    }
    let at = call.now().plus_seconds(call.settings.own.cancel_takes_s).0;
    let reason = call.text("cancel_reason").to_owned();
    call.desk
        .market
        .order_task(&number, at, Task::Cancel { lines, reason });
    Ok(Value::Null)
}
