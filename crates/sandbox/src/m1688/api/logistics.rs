//! Where the goods are.

use super::super::gateway::{Call, Refused, object};
use super::order::own;
use crate::moment::text_date;
use crate::trade::{CARRIERS, Delivery, Order};
use serde_json::{Value, json};
use world::Timestamp;

fn refused(code: &str, text: &str) -> Value {
    json!({"success": false, "errorCode": code, "errorMessage": text})
}

/// Deliveries that the logistics side knows of by now.
fn known<'a>(call: &Call<'_, '_>, order: &'a Order) -> Vec<&'a Delivery> {
    let by = call.now().0 - call.settings.logistics_delay_s * 1_000_000;
    order
        .deliveries
        .iter()
        .filter(|delivery| delivery.at <= by)
        .collect()
}

/// `alibaba.trade.getLogisticsInfos.buyerView`.
pub(super) fn infos(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    if let Some((code, text)) = call.wanted_refusal() {
        return Ok(refused(&code, &text));
    }
    let number = call.text("orderId").trim().to_owned();
    let order = match own(call, &number) {
        Ok(order) => order,
        Err((code, text)) => return Ok(refused(code, text)),
    };
    let deliveries = known(call, order);
    if deliveries.is_empty() {
        return Ok(refused("500_2", "订单未发货，没有物流信息"));
    }
    let seller = call.desk.market.sellers.get(&order.seller);
    let place = seller
        .map(|seller| seller.place.clone())
        .unwrap_or_default();
    let rows: Vec<Value> = deliveries
        .iter()
        .map(|delivery| {
            let entries: Vec<String> = delivery.lines.iter().map(|(id, _)| id.to_string()).collect();
            let goods: Vec<Value> = delivery
                .lines
                .iter()
                .filter_map(|(id, pieces)| order.line(*id).map(|line| json!({"goodName": line.title, "quantity": pieces, "unit": line.unit})))
                .collect();
            let order_goods: Vec<Value> = delivery
                .lines
                .iter()
                .filter_map(|(id, pieces)| {
                    order.line(*id).map(|line| {
                        json!({"logisticsId": delivery.id, "tradeOrderId": order.number, "tradeOrderItemId": id, "description": line.title, "quantity": pieces, "unit": line.unit, "productName": line.title})
                    })
                })
                .collect();
            object([
                ("logisticsId", json!(delivery.id)),
                ("logisticsBillNo", json!(delivery.tracking)),
                ("orderEntryIds", json!(entries.join(","))),
                ("status", json!(if delivery.signed_at.is_some() { "SIGN" } else { "TRANSPORT" })),
                ("logisticsCompanyNo", json!(delivery.company_no)),
                ("logisticsCompanyName", json!(delivery.company)),
                ("logisticsCompanyId", json!(carrier_id(&delivery.company_no))),
                ("gmtSystemSend", json!(text_date(Timestamp(delivery.at)))),
                ("sendGoods", json!(goods)),
                ("logisticsOrderGoods", json!(order_goods)),
                ("receiver", object([
                    ("receiverName", json!(order.address.full_name)),
                    ("receiverPhone", json!(order.address.phone)),
                    ("receiverMobile", json!(order.address.mobile)),
                    ("receiverCountyCode", json!(order.address.code)),
                    ("receiverAddress", json!(order.address.street)),
                    ("receiverProvince", json!(order.address.province)),
                    ("receiverCity", json!(order.address.city)),
                    ("receiverCounty", json!(order.address.area)),
                ])),
                ("sender", object([
                    ("senderName", json!(seller.map(|seller| seller.login.clone()))),
                    ("senderProvince", json!(place.0)),
                    ("senderCity", json!(place.1)),
                ])),
            ])
        })
        .collect();
    Ok(json!({"result": rows, "success": true}))
}

/// `alibaba.trade.getLogisticsTraceInfo.buyerView`.
pub(super) fn trace(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    if let Some((code, text)) = call.wanted_refusal() {
        return Ok(refused(&code, &text));
    }
    let number = call.text("orderId").trim().to_owned();
    let order = match own(call, &number) {
        Ok(order) => order,
        Err(("400_3", _)) => {
            return Ok(refused(
                "order.nopermission.buyer",
                "没有权限查看该订单的物流信息",
            ));
        }
        Err((code, text)) => return Ok(refused(code, text)),
    };
    if order.made < call.now().plus_seconds(-366 * 86_400).0 {
        return Ok(refused(
            "order.createtime.history",
            "不支持查询一年以前的订单",
        ));
    }
    let wanted = call.input.param("logisticsId");
    let rows: Vec<Value> = known(call, order)
        .into_iter()
        .filter(|delivery| wanted.is_none_or(|wanted| delivery.id == wanted))
        .map(|delivery| {
            let steps: Vec<Value> = delivery
                .trace
                .iter()
                .map(|(at, text)| json!({"acceptTime": text_date(Timestamp(*at)), "remark": text}))
                .collect();
            json!({
                "logisticsId": delivery.id,
                "logisticsBillNo": delivery.tracking,
                "orderId": order.number.parse::<i64>().unwrap_or(0),
                "logisticsSteps": steps,
            })
        })
        .collect();
    if rows.is_empty() {
        // Seen live: an error's text, without a code, beside a success that is true.
        return Ok(json!({"errorMessage": "该订单没有物流跟踪信息。", "success": true}));
    }
    Ok(json!({"logisticsTrace": rows, "success": true}))
}

fn carrier_id(no: &str) -> i64 {
    CARRIERS
        .iter()
        .position(|(known, _, _)| *known == no)
        .and_then(|at| i64::try_from(at).ok())
        .map_or(999, |at| at + 1)
}

/// `alibaba.logistics.OpQueryLogisticCompanyList`.
pub(super) fn companies(_call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let rows: Vec<Value> = CARRIERS
        .iter()
        .map(|(no, name, phone)| {
            json!({
                "id": carrier_id(no),
                "companyName": name,
                "companyNo": no,
                "companyPhone": phone,
                "supportPrint": "1",
                "spelling": no.to_lowercase(),
                "gmtCreate": "20180101000000000+0800",
                "gmtModified": "20240101000000000+0800",
            })
        })
        .collect();
    Ok(json!({"result": rows, "success": true}))
}
