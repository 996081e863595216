//! `/order/refund/query`: read only, as all that is known of refunds by program.

use super::super::gateway::{Call, Done, no};
use super::super::words::{nick, refund_code};
use super::goods::freight_shares;
use crate::trade::{Order, Refund, RefundStatus, Status};
use serde_json::{Map, Value, json};
use world::Timestamp;

pub(super) fn run(call: &mut Call<'_, '_>) -> Done {
    call.wanted_refusal()?;
    let id = call.text("refundId");
    let found = call
        .desk
        .market
        .orders
        .values()
        .filter(|order| order.account == call.account)
        .flat_map(|order| order.refunds.iter().map(move |refund| (order, refund)))
        .find(|(_, refund)| refund.id == id);
    let Some((order, refund)) = found else {
        return Err(no("SBX_REFUND_NOT_FOUND", "退款单不存在"));
    };
    let member = call
        .desk
        .market
        .accounts
        .get(&call.account)
        .map(|account| account.member_id.clone());
    Ok(json!({
        "distributor_id": member,
        "currency": "CNY",
        "refund_order_aggregate": {
            "refund_order": head(order, refund),
            "logistics": {
                "receiver_address": {"receiver": "", "phone": "", "detail_address": ""},
                "return_goods_desc": "",
                "buyer_phone": order.address.mobile,
                "logistics_company": {"logistics_company_name": "", "logistics_company_code": ""},
                "logistics_no": "",
                "seller_agree_return_describe": "",
            },
            "purchase_order_line": line(call, order, refund),
        },
    }))
}

/// Where the goods are: 1 not shipped, 2 shipped, 4 received, 5 sent back, 6 back at the seller.
fn goods_status(order: &Order, refund: &Refund) -> i64 {
    match refund.status {
        RefundStatus::WaitSellerReceive => 5,
        RefundStatus::Success if refund.with_return => 6,
        _ => match order.status {
            Status::Collecting | Status::Shipped | Status::Signing => 2,
            Status::Signed | Status::Received | Status::Success => 4,
            _ => 1,
        },
    }
}

fn head(order: &Order, refund: &Refund) -> Value {
    let refused = refund.status == RefundStatus::WaitBuyerModify;
    json!({
        "refund_id": refund.id.parse::<i64>().unwrap_or(0),
        "refund_fee": refund.goods_fen + refund.freight_fen,
        "refund_status": refund_code(refund.status),
        "refund_type": if refund.with_return { 2 } else { 1 },
        "goods_status": goods_status(order, refund),
        "reason_id": 400_001,
        "reason_desc": refund.reason,
        "refund_desc": refund.description,
        "pay_order_id": order.paid.map(|at| format!("{}22001{}", Timestamp(at).millis(), order.number)),
        "timeout_type": null,
        "timeout_date": null,
        "remaining_time": null,
        "seller_refuse_reason": refused.then_some("卖家拒绝退款"),
        "seller_refuse_reason_describe": null,
        "can_edit_fee": refund.open(),
        "fee_tips": "",
    })
}

fn line(call: &Call<'_, '_>, order: &Order, refund: &Refund) -> Value {
    let shares = freight_shares(order);
    // A refund of several lines shows the first of them.
    let found = order
        .lines
        .iter()
        .zip(shares)
        .find(|(line, _)| refund.lines.contains(&line.id));
    let Some((line, freight)) = found else {
        return Value::Null;
    };
    let options: Map<String, Value> = line
        .attributes
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    json!({
        "purchase_order_id": order.number.parse::<i64>().unwrap_or(0),
        "purchase_order_line_id": line.id,
        "sales_order_id": order.reference,
        "supplier_id": order.seller,
        "supplier_nick": nick(call.desk.market, &order.seller),
        "item_title": line.title,
        "item_image_url": format!("{}/img/{}/1.svg", call.desk.base, line.item_id),
        "quantity": line.quantity,
        "price": line.price_fen,
        "total_price": line.amount_fen() + freight,
        "product_fee": line.amount_fen(),
        "post_fee": freight,
        "hongbao_deduction_amount": "0",
        "currency": "CNY",
        "sales_market": "PANAMA",
        "create_time": Timestamp(order.made).millis(),
        "properties": {"options": options},
        "order_service_expressions": [],
    })
}
