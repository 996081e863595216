//! Orders as the control interface shows them.

use super::{Delivery, Order, Refund};
use serde_json::{Value, json};
use world::Timestamp;

/// A marketplace's own words for an order.
pub(crate) struct Said {
    pub status: String,
    pub status_text: String,
    /// Another number by which people know it; empty if there is none.
    pub also: String,
    /// One for each line.
    pub lines: Vec<String>,
    /// One for each refund.
    pub refunds: Vec<String>,
}

fn millis(at: Option<i64>) -> Value {
    at.map_or(Value::Null, |at| json!(Timestamp(at).millis()))
}

fn delivery_view(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "lines": delivery.lines.iter().map(|(line, pieces)| json!({"line": line.to_string(), "quantity": pieces})).collect::<Vec<_>>(),
        "company_no": delivery.company_no,
        "company": delivery.company,
        "tracking": delivery.tracking,
        "shipped_ms": Timestamp(delivery.at).millis(),
        "signed_ms": millis(delivery.signed_at),
    })
}

fn refund_view(refund: &Refund, word: &str) -> Value {
    json!({
        "id": refund.id,
        "lines": refund.lines.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "goods_fen": refund.goods_fen,
        "freight_fen": refund.freight_fen,
        "status": word,
        "with_return": refund.with_return,
        "after_sale": refund.after_sale,
    })
}

/// The order with everything a test may want to know.
pub(crate) fn order_view(order: &Order, said: &Said) -> Value {
    let lines: Vec<Value> = order
        .lines
        .iter()
        .zip(&said.lines)
        .map(|(line, word)| {
            json!({
                "line": line.id.to_string(),
                "item_id": line.item_id,
                "spec_id": line.spec_id,
                "sku_id": line.sku_id,
                "title": line.title,
                "quantity": line.quantity,
                "price_fen": line.price_fen,
                "amount_fen": line.amount_fen(),
                "status": word,
                "state": line.status.word(),
                "shipped": line.shipped,
                "failure": line.failure,
                "extra": line.extra,
            })
        })
        .collect();
    json!({
        "number": order.number,
        "also": said.also,
        "reference": order.reference,
        "account": order.account,
        "app_key": order.app_key,
        "seller_id": order.seller,
        "status": said.status,
        "state": order.status.word(),
        "lines": lines,
        "goods_fen": order.goods_fen(),
        "freight_fen": order.freight_fen,
        "discount_fen": order.discount_fen,
        "total_fen": order.total_fen(),
        "refunded_fen": order.refunded_fen(),
        "message": order.message,
        "receiver": {
            "name": order.address.full_name,
            "mobile": order.address.mobile,
            "province": order.address.province,
            "city": order.address.city,
            "area": order.address.area,
            "street": order.address.street,
        },
        "created_ms": Timestamp(order.made).millis(),
        "modified_ms": Timestamp(order.changed).millis(),
        "pay_by_ms": Timestamp(order.pay_by()).millis(),
        "paid_ms": millis(order.paid),
        "shipped_ms": millis(order.shipped),
        "completed_ms": millis(order.completed),
        "close_reason": order.close.as_ref().map(|close| close.reason.clone()),
        "deliveries": order.deliveries.iter().map(delivery_view).collect::<Vec<_>>(),
        "refunds": order.refunds.iter().zip(&said.refunds).map(|(refund, word)| refund_view(refund, word)).collect::<Vec<_>>(),
        "extra": order.extra,
        "story": order.story.iter().map(|(at, text)| json!({"ms": Timestamp(*at).millis(), "text": text})).collect::<Vec<_>>(),
    })
}
