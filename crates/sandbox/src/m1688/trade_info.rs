//! An order in the platform's words: `TradeInfo`.

use super::gateway::{Call, object};
use super::knobs::Settings;
use crate::moment::wire_date;
use crate::money::yuan;
use crate::trade::{Closer, Delivery, Line, Order, Refund, RefundStatus, Status};
use serde_json::{Value, json};
use world::Timestamp;

/// Which parts are wanted.
#[derive(Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a part of the answer that is there or not"
)]
pub(super) struct Detail {
    pub logistics: bool,
    pub address: bool,
    pub terms: bool,
    pub memo: bool,
}

/// The kind of trade every order of the sandbox is.
pub(super) const TRADE_TYPE: &str = "50060";

/// The platform's word for a status.
pub(super) const fn word(status: Status) -> &'static str {
    match status {
        Status::Building | Status::Unpaid => "waitbuyerpay",
        Status::Paid => "waitsellersend",
        Status::Collecting => "waitlogisticstakein",
        Status::Shipped => "waitbuyerreceive",
        Status::Signing => "waitbuyersign",
        Status::Signed => "signinsuccess",
        Status::Received => "confirm_goods",
        Status::Success => "success",
        Status::Cancelled => "cancel",
        Status::Terminated => "terminated",
    }
}

/// The same for people.
pub(super) const fn text(status: Status) -> &'static str {
    match status {
        Status::Building | Status::Unpaid => "等待买家付款",
        Status::Paid => "等待卖家发货",
        Status::Collecting => "等待物流揽件",
        Status::Shipped => "等待买家收货",
        Status::Signing => "等待买家签收",
        Status::Signed => "买家已签收",
        Status::Received => "已收货",
        Status::Success => "交易成功",
        Status::Cancelled => "交易取消",
        Status::Terminated => "交易终止",
    }
}

/// The word an order shows, odd ones included.
pub(super) fn order_word(order: &Order, settings: &Settings) -> String {
    settings
        .unknown_status
        .clone()
        .or_else(|| order.odd_word.clone())
        .unwrap_or_else(|| word(order.status).to_owned())
}

/// Refund state at the order, in lower case.
pub(super) const fn refund_word(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::WaitSellerAgree => "waitselleragree",
        RefundStatus::WaitBuyerModify => "waitbuyermodify",
        RefundStatus::WaitBuyerSend => "waitbuyersend",
        RefundStatus::WaitSellerReceive => "waitsellerreceive",
        RefundStatus::Success => "refundsuccess",
        RefundStatus::Closed => "refundclose",
    }
}

/// Refund state at the line, in upper case.
pub(super) const fn line_refund_word(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::WaitSellerAgree => "WAIT_SELLER_AGREE",
        RefundStatus::WaitBuyerModify => "WAIT_BUYER_MODIFY",
        RefundStatus::WaitBuyerSend => "WAIT_BUYER_SEND",
        RefundStatus::WaitSellerReceive => "WAIT_SELLER_RECEIVE",
        RefundStatus::Success => "REFUND_SUCCESS",
        RefundStatus::Closed => "REFUND_CLOSED",
    }
}

fn date(at: Option<i64>) -> Value {
    at.map_or(Value::Null, |at| json!(wire_date(Timestamp(at))))
}

fn long(text: &str) -> Value {
    text.parse::<i64>().map_or(Value::Null, Value::from)
}

fn filled(text: &str) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        json!(text)
    }
}

/// The order as the buyer may read it.
pub(super) fn trade_info(call: &Call<'_, '_>, order: &Order, detail: Detail) -> Value {
    object([
        ("baseInfo", base_info(call, order, detail)),
        ("orderBizInfo", json!({"odsCyd": false, "creditOrder": false, "dropshipping": false})),
        ("tradeTerms", json!([terms(order)])),
        ("productItems", order.lines.iter().map(|line| product_item(call, order, line)).collect()),
        ("nativeLogistics", logistics(call, order, detail)),
        ("guaranteesTerms", if detail.terms { json!([]) } else { Value::Null }),
        ("extAttributes", order.reference.as_ref().map_or_else(|| json!([]), |reference| json!([{"key": "outOrderId", "value": reference, "description": "outOrderId"}]))),
        ("fromEncryptOrder", json!(false)),
    ])
}

fn base_info(call: &Call<'_, '_>, order: &Order, detail: Detail) -> Value {
    let market = &*call.desk.market;
    let seller = market.sellers.get(&order.seller);
    let buyer = market.accounts.get(&order.account);
    let in_sale = order.refunds.iter().rev().find(|refund| !refund.after_sale);
    let after = order.refunds.iter().rev().find(|refund| refund.after_sale);
    let status = order_word(order, &call.settings);
    let address = &order.address;
    object([
        ("id", long(&order.number)),
        ("idOfStr", json!(order.number)),
        ("status", json!(status)),
        ("totalAmount", yuan(order.total_fen())),
        ("sumProductPayment", yuan(order.goods_fen())),
        ("shippingFee", yuan(order.freight_fen)),
        ("discount", json!(order.discount_fen)),
        ("couponFee", json!(0)),
        ("refund", yuan(order.refunded_fen())),
        ("refundPayment", json!(order.refunded_fen())),
        ("createTime", date(Some(order.made))),
        ("modifyTime", date(Some(order.changed))),
        ("payTime", date(order.paid)),
        ("allDeliveredTime", date(order.shipped)),
        ("receivingTime", date(order.received)),
        ("confirmedTime", date(order.received)),
        (
            "completeTime",
            date(
                order
                    .completed
                    .or_else(|| order.close.as_ref().map(|_| order.changed)),
            ),
        ),
        ("buyerID", json!(buyer.map(|buyer| buyer.member_id.clone()))),
        ("buyerUserId", json!(buyer.map(|buyer| buyer.user_id))),
        ("buyerLoginId", json!(order.account)),
        ("sellerID", json!(order.seller)),
        ("sellerUserId", json!(seller.map(|seller| seller.user_id))),
        (
            "sellerLoginId",
            json!(seller.map(|seller| seller.login.clone())),
        ),
        (
            "buyerContact",
            object([
                ("imInPlatform", json!(order.account)),
                (
                    "companyName",
                    json!(buyer.map(|buyer| buyer.company.clone())),
                ),
                ("name", filled(&address.full_name)),
                (
                    "mobile",
                    if detail.address {
                        filled(&address.mobile)
                    } else {
                        Value::Null
                    },
                ),
            ]),
        ),
        (
            "sellerContact",
            object([
                (
                    "imInPlatform",
                    json!(seller.map(|seller| seller.login.clone())),
                ),
                (
                    "companyName",
                    json!(seller.map(|seller| seller.company.clone())),
                ),
                ("shopName", json!(seller.map(|seller| seller.shop.clone()))),
            ]),
        ),
        (
            "receiverInfo",
            if detail.address {
                object([
                    ("toFullName", json!(address.full_name)),
                    ("toDivisionCode", filled(&address.code)),
                    ("toMobile", filled(&address.mobile)),
                    ("toPhone", filled(&address.phone)),
                    ("toPost", filled(&address.post)),
                    (
                        "toArea",
                        json!(format!(
                            "{} {} {} {} {}",
                            address.province,
                            address.city,
                            address.area,
                            address.town,
                            address.street
                        )),
                    ),
                ])
            } else {
                Value::Null
            },
        ),
        (
            "closeReason",
            order
                .close
                .as_ref()
                .map_or(Value::Null, |close| json!(close.reason)),
        ),
        (
            "closeRemark",
            order
                .close
                .as_ref()
                .map_or(Value::Null, |close| filled(&close.remark)),
        ),
        (
            "closeOperateType",
            order.close.as_ref().map_or(Value::Null, |close| {
                json!(match close.by {
                    Closer::Buyer => "CLOSE_TRADE_BY_BUYER",
                    Closer::Seller => "CLOSE_TRADE_BY_SELLER",
                    Closer::System => "CLOSE_TRADE_BY_SYSTEM",
                })
            }),
        ),
        (
            "refundStatus",
            in_sale.map_or(Value::Null, |refund| json!(refund_word(refund.status))),
        ),
        (
            "refundStatusForAs",
            after.map_or(Value::Null, |refund| json!(refund_word(refund.status))),
        ),
        (
            "refundId",
            in_sale.map_or(Value::Null, |refund| json!(refund.id)),
        ),
        ("tradeType", json!(TRADE_TYPE)),
        ("tradeTypeCode", json!(order.trade_type)),
        ("tradeTypeDesc", json!("担保交易")),
        ("businessType", json!("cb")),
        ("flowTemplateCode", json!(order.trade_type)),
        (
            "alipayTradeId",
            json!(order.paid.map_or_else(
                || "UNCREAT".to_owned(),
                |at| format!("{at}{}", order.number.get(8..18).unwrap_or_default())
            )),
        ),
        ("payTimeout", json!(order.pay_seconds)),
        ("payTimeoutType", json!(0)),
        (
            "payChannelList",
            order
                .pay_way
                .as_ref()
                .map_or(Value::Null, |_| json!(["支付宝"])),
        ),
        (
            "payChannelCodeList",
            order
                .pay_way
                .as_ref()
                .map_or(Value::Null, |_| json!(["alipay"])),
        ),
        (
            "buyerFeedback",
            filled(
                &[order.message.as_str(), order.feedback.as_str()]
                    .iter()
                    .filter(|t| !t.is_empty())
                    .copied()
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
        ),
        (
            "buyerMemo",
            if detail.memo {
                filled(&order.memo)
            } else {
                Value::Null
            },
        ),
        (
            "buyerRemarkIcon",
            if detail.memo {
                json!(order.memo_icon)
            } else {
                Value::Null
            },
        ),
        ("outOrderId", json!(order.reference)),
        ("overSeaOrder", json!(false)),
        ("stepPayAll", json!(false)),
    ])
}

fn terms(order: &Order) -> Value {
    let pay_status = match (order.paid, order.status) {
        (None, Status::Unpaid) => "1",
        (None, _) => "8",
        (Some(_), Status::Success) => "6",
        (Some(_), Status::Cancelled | Status::Terminated) => "4",
        (Some(_), _) => "2",
    };
    object([
        ("payStatus", json!(pay_status)),
        ("payTime", date(order.paid)),
        ("payWay", json!("1")),
        ("payWayDesc", json!("支付宝")),
        ("phasAmount", yuan(order.total_fen())),
        ("phase", long(&order.number)),
        ("cardPay", json!(false)),
        ("expressPay", json!(false)),
    ])
}

/// Refund rows that touch a line.
fn line_refund(order: &Order, line: &Line, after_sale: bool) -> Option<Refund> {
    order
        .refunds
        .iter()
        .rev()
        .find(|refund| refund.after_sale == after_sale && refund.lines.contains(&line.id))
        .cloned()
}

fn product_item(call: &Call<'_, '_>, order: &Order, line: &Line) -> Value {
    let refund = line_refund(order, line, false);
    let after = line_refund(order, line, true);
    let given_back: i64 = order
        .refunds
        .iter()
        .filter(|r| r.status == RefundStatus::Success && r.lines.contains(&line.id))
        .map(|r| r.goods_fen / i64::try_from(r.lines.len()).unwrap_or(1).max(1))
        .sum();
    let logistics_status = match (line.shipped, line.status) {
        (_, Status::Received | Status::Success) => "3",
        (0, _) => "1",
        (shipped, _) if shipped < line.quantity => "5",
        _ => "2",
    };
    // A line follows the order's odd word, so that both stay of one mind.
    let status = call
        .settings
        .unknown_status
        .clone()
        .or_else(|| order.odd_word.clone())
        .unwrap_or_else(|| word(line.status).to_owned());
    object([
        ("subItemID", json!(line.id)),
        ("subItemIDString", json!(line.id.to_string())),
        ("productID", long(&line.item_id)),
        ("skuID", json!(line.sku_id)),
        ("specId", json!(line.spec_id)),
        (
            "productCargoNumber",
            json!(format!(
                "SBX-{}",
                line.item_id.get(..6).unwrap_or(&line.item_id)
            )),
        ),
        ("name", json!(line.title)),
        ("unit", json!(line.unit)),
        (
            "productImgUrl",
            json!([format!("{}/img/{}/0.svg", call.desk.base, line.item_id)]),
        ),
        (
            "productSnapshotUrl",
            json!(format!("{}/offer/{}.html", call.desk.base, line.item_id)),
        ),
        (
            "skuInfos",
            line.attributes
                .iter()
                .map(|(name, value)| json!({"name": name, "value": value}))
                .collect(),
        ),
        ("quantity", json!(line.quantity)),
        ("quantityFactor", json!(1)),
        ("price", yuan(line.price_fen)),
        ("itemAmount", yuan(line.amount_fen())),
        ("entryDiscount", json!(line.discount_fen)),
        ("refund", yuan(given_back)),
        ("status", json!(status)),
        ("statusStr", json!(text(line.status))),
        (
            "logisticsStatus",
            json!(logistics_status.parse::<i64>().unwrap_or(1)),
        ),
        (
            "refundStatus",
            refund
                .as_ref()
                .map_or(Value::Null, |refund| json!(line_refund_word(refund.status))),
        ),
        (
            "refundId",
            refund.map_or(Value::Null, |refund| json!(refund.id)),
        ),
        (
            "refundIdForAs",
            after.map_or(Value::Null, |refund| json!(refund.id)),
        ),
        ("closeReason", json!(line.close_reason)),
        ("gmtCreate", date(Some(order.made))),
        ("gmtModified", date(Some(order.changed))),
        ("gmtCompleted", date(order.completed.or(line.closed_at))),
        (
            "gmtPayExpireTime",
            if order.status == Status::Unpaid {
                json!(crate::moment::text_date(Timestamp(order.pay_by())))
            } else {
                Value::Null
            },
        ),
        ("guaranteesTerms", json!([])),
    ])
}

fn logistics(call: &Call<'_, '_>, order: &Order, detail: Detail) -> Value {
    let address = &order.address;
    let shown = |text: &str| {
        if detail.address {
            filled(text)
        } else {
            Value::Null
        }
    };
    let known_by = call.now().0 - call.settings.logistics_delay_s * 1_000_000;
    let items: Vec<Value> = order
        .deliveries
        .iter()
        .filter(|delivery| delivery.at <= known_by)
        .map(|delivery| logistics_item(order, delivery))
        .collect();
    object([
        ("address", shown(&address.street)),
        ("province", shown(&address.province)),
        ("city", shown(&address.city)),
        ("area", shown(&address.area)),
        ("areaCode", shown(&address.code)),
        ("town", shown(&address.town)),
        ("zip", shown(&address.post)),
        ("contactPerson", shown(&address.full_name)),
        ("mobile", shown(&address.mobile)),
        ("telephone", shown(&address.phone)),
        (
            "logisticsItems",
            if detail.logistics && !items.is_empty() {
                json!(items)
            } else {
                Value::Null
            },
        ),
    ])
}

fn logistics_item(order: &Order, delivery: &Delivery) -> Value {
    let entries: Vec<String> = delivery
        .lines
        .iter()
        .map(|(id, _)| id.to_string())
        .collect();
    json!({
        "id": delivery.id.get(2..).and_then(|digits| digits.parse::<i64>().ok()).unwrap_or(0),
        "logisticsCode": delivery.id,
        "type": "0",
        "status": "alreadysend",
        "deliveredTime": wire_date(Timestamp(delivery.at)),
        "logisticsCompanyNo": delivery.company_no,
        "logisticsCompanyName": delivery.company,
        "logisticsBillNo": delivery.tracking,
        "subItemIds": entries.join(","),
        "carriage": yuan(if order.deliveries.first().is_some_and(|first| first.id == delivery.id) { order.freight_fen } else { 0 }),
        "toProvince": order.address.province,
        "toCity": order.address.city,
        "toArea": order.address.area,
        "toAddress": order.address.street,
    })
}
