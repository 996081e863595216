//! Payment: the address of the cashier's page, the ways to pay, and paying by contract.

use super::super::gateway::{Call, Refused, id_text};
use super::order::own;
use crate::moment::text_date;
use crate::trade::{Event, EventKind, Status};
use serde_json::{Value, json};
use world::Timestamp;

/// The largest number of orders one cashier's page takes.
const MOST_ORDERS: usize = 100;

/// The caller's unpaid orders among the given ones, and the others.
fn payable(call: &Call<'_, '_>, numbers: &[String]) -> (Vec<String>, Vec<String>) {
    numbers
        .iter()
        .cloned()
        .partition(|number| own(call, number).is_ok_and(|order| order.status == Status::Unpaid))
}

fn digits(numbers: &[String]) -> Vec<i64> {
    numbers
        .iter()
        .filter_map(|number| number.parse().ok())
        .collect()
}

fn cashier(call: &Call<'_, '_>, numbers: &[String]) -> String {
    format!(
        "{}/order/cashier.htm?orderId={}",
        call.desk.base,
        numbers.join(";")
    )
}

/// `alibaba.alipay.url.get`. Its message field really is spelt `erroMsg`.
pub(super) fn url(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let numbers = call.ids("orderIdList")?;
    let refuse = |code: &str, text: &str, failed: &[String]| {
        Ok(
            json!({"success": false, "errorCode": code, "erroMsg": text, "payFailureOrderList": digits(failed)}),
        )
    };
    if let Some((code, text)) = call.wanted_refusal() {
        return refuse(&code, &text, &numbers);
    }
    if numbers.is_empty() || numbers.len() > MOST_ORDERS {
        return refuse("400_1", "orderIdList数量不正确", &[]);
    }
    let (good, failed) = payable(call, &numbers);
    if good.is_empty() {
        return refuse(
            "PRODUCT_TRADE_STAT_ERROR",
            "订单状态不正确，不能付款",
            &failed,
        );
    }
    let mut body = json!({"success": true, "payUrl": cashier(call, &good)});
    if let (false, Value::Object(map)) = (failed.is_empty(), &mut body) {
        map.insert("payFailureOrderList".into(), json!(digits(&failed)));
    }
    Ok(body)
}

/// `alibaba.trade.grouppay.url.get`: the inner object is called `results`.
pub(super) fn group_url(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let numbers = call.ids("orderIds")?;
    let (good, failed) = payable(call, &numbers);
    Ok(if good.is_empty() || !failed.is_empty() {
        json!({"results": {"success": false, "errorCode": "ORDER_STATUS_ERROR", "errorInfo": "订单状态不正确，不能付款"}})
    } else {
        json!({"results": {"success": true, "payUrl": cashier(call, &good)}})
    })
}

/// `alibaba.crossBorderPay.url.get`: no order of the sandbox can use that channel.
pub(super) fn cross_border_url(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let numbers = call.ids("orderIdList")?;
    Ok(
        json!({"success": false, "errorCode": "400_4", "errorMsg": "没有可以使用跨境宝支付的订单", "cantPayOrderList": digits(&numbers)}),
    )
}

/// `alibaba.trade.payWay.query`.
pub(super) fn ways(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let number = call.text("orderId").trim().to_owned();
    let refuse =
        |code: &str, text: &str| Ok(json!({"success": false, "errorCode": code, "errorMsg": text}));
    match own(call, &number) {
        Err(("400_3", _)) => refuse("500_2", "不是订单买家主账号"),
        Err((code, text)) => refuse(code, text),
        Ok(order) if order.status != Status::Unpaid => {
            refuse("ORDER_STATUS_ERROR", "订单状态不正确")
        }
        Ok(order) => Ok(json!({"success": true, "resultList": {
            "orderId": order.number,
            "payFee": order.total_fen(),
            "timeout": text_date(Timestamp(order.pay_by())),
            "channels": [{"code": 1, "name": "支付宝"}, {"code": 4, "name": "银行转账"}],
        }})),
    }
}

/// `alibaba.trade.pay.protocolPay.isopen`.
pub(super) fn is_open(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let signed = call
        .desk
        .market
        .accounts
        .get(&call.account)
        .is_some_and(|account| account.protocol_pay);
    Ok(
        json!({"result": {"success": true, "code": "200", "result": {"paymentAgreements": [{
            "payChannel": "ALIPAY",
            "bindingStatus": "true",
            "signedStatus": signed.to_string(),
            "signUrl": format!("{}/accounts/agreement", call.desk.base),
            "agreementNo": if signed { json!(format!("SBX{}", call.account)) } else { Value::Null },
        }]}}}),
    )
}

/// `alibaba.trade.pay.protocolPay.preparePay`.
pub(super) fn prepare(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let bad = || Refused::parameter("tradeWithholdPreparePayParam", "a JSON object with orderId");
    let Some(wanted) = call.json("tradeWithholdPreparePayParam", "a JSON object")? else {
        return Err(bad());
    };
    let number = wanted.get("orderId").and_then(id_text).ok_or_else(bad)?;
    let refuse = |code: &str, text: &str| {
        Ok(json!({"result": {"success": false, "code": code, "message": text}}))
    };
    if let Some((code, text)) = call.wanted_refusal() {
        return refuse(&code, &text);
    }
    let total = match own(call, &number) {
        Err(_) => return refuse("500", "不是自己的订单"),
        Ok(order) => order.total_fen(),
    };
    if let Some(amount) = wanted.get("payAmount").and_then(id_text)
        && amount != total.to_string()
    {
        return refuse("SBX_PAY_AMOUNT", "支付金额与订单金额不一致");
    }
    match pay(call, &number) {
        Err((code, text)) => refuse(code, &text),
        Ok(()) => Ok(
            json!({"result": {"success": true, "code": "200", "message": "success", "result": {
                "payChannel": "alipay",
                "paySuccess": !call.settings.own.pay_says_failed,
            }}}),
        ),
    }
}

/// `alibaba.trade.pay.protocolPay`, the older one.
pub(super) fn protocol_pay(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let number = call.text("orderId").trim().to_owned();
    if own(call, &number).is_err() {
        return Ok(json!({"success": false, "code": "500", "message": "不是自己的订单"}));
    }
    Ok(match pay(call, &number) {
        Ok(()) => json!({"success": true, "code": "0", "message": "success"}),
        Err((code, text)) => json!({"success": false, "code": code, "message": text}),
    })
}

fn pay(call: &mut Call<'_, '_>, number: &str) -> Result<(), (&'static str, String)> {
    if !call
        .desk
        .market
        .accounts
        .get(&call.account)
        .is_some_and(|account| account.protocol_pay)
    {
        return Err(("SBX_NOT_SIGNED", "未签约支付宝免密支付".into()));
    }
    let now = call.now().0;
    call.desk
        .market
        .order_pay(number, "alipay", now)
        .map_err(|refusal| ("ORDER_STATUS_ERROR", refusal.text))?;
    let results = vec![(number.to_owned(), true)];
    call.desk.market.events.push(Event {
        order: number.to_owned(),
        kind: EventKind::BatchPaid { results },
    });
    Ok(())
}
