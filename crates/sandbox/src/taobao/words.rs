//! An order in Taobao's words: statuses, numbers, what is kept beside the common order.

use super::knobs::Settings;
use crate::catalogue::{Offer, Specification};
use crate::state::Market;
use crate::trade::{Line, Order, RefundStatus, Status};
use serde::{Deserialize, Serialize};

/// What Taobao keeps with an order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OrderExtra {
    /// Taobao's own order number, beyond what a double holds.
    pub outer_number: String,
    pub seller_order_number: Option<String>,
    pub order_source: Option<String>,
    pub channel_order_type: Option<String>,
    pub planned_fen: Option<i64>,
    pub country: String,
}

/// What Taobao keeps with a line.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LineExtra {
    /// Taobao's own number of the line's order.
    pub outer_number: String,
    /// The buyer's own id of the line.
    pub order_line_no: String,
    pub remark: String,
}

pub(super) fn order_extra(order: &Order) -> OrderExtra {
    serde_json::from_value(order.extra.clone()).unwrap_or_default()
}

pub(super) fn line_extra(line: &Line) -> LineExtra {
    serde_json::from_value(line.extra.clone()).unwrap_or_default()
}

/// Taobao's word for a status.
pub(super) fn word(status: Status, settings: &Settings) -> &str {
    match status {
        Status::Building => "BULIDING",
        Status::Unpaid => "WAIT_BUYER_P",
        Status::Paid => "WAIT_SELLER_SEND_GOODS",
        Status::Collecting | Status::Shipped | Status::Signing | Status::Signed => {
            "WAIT_BUYER_CONFIRM_GOODS"
        }
        Status::Received | Status::Success => &settings.own.finished_word,
        Status::Cancelled | Status::Terminated => "TRADE_CLOSED",
    }
}

/// The same for people.
pub(super) const fn text(status: Status) -> &'static str {
    match status {
        Status::Building => "订单创建中",
        Status::Unpaid => "等待买家付款",
        Status::Paid => "买家已付款",
        Status::Collecting | Status::Shipped | Status::Signing => "卖家已发货",
        Status::Signed => "已签收",
        Status::Received | Status::Success => "交易成功",
        Status::Cancelled | Status::Terminated => "交易关闭",
    }
}

/// The word an order shows, odd ones included.
pub(super) fn order_word(order: &Order, settings: &Settings) -> String {
    settings
        .unknown_status
        .clone()
        .or_else(|| order.odd_word.clone())
        .unwrap_or_else(|| word(order.status, settings).to_owned())
}

/// A refund's status.
pub(super) const fn refund_code(status: RefundStatus) -> i64 {
    match status {
        RefundStatus::WaitSellerAgree => 10,
        RefundStatus::WaitBuyerSend => 20,
        RefundStatus::WaitSellerReceive => 30,
        RefundStatus::Success => 100,
        RefundStatus::WaitBuyerModify => -10,
        RefundStatus::Closed => -20,
    }
}

/// What goods are called in orders.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub item: String,
    pub sku: String,
}

fn sku_name(row: &Specification) -> String {
    row.order_id.clone().unwrap_or_else(|| row.spec_id.clone())
}

fn item_name(offer: &Offer) -> String {
    offer
        .order_id
        .clone()
        .unwrap_or_else(|| offer.item_id.clone())
}

/// What a line's goods are called in orders, also if the seller took them away meanwhile.
pub(super) fn names(market: &Market, item_id: &str, spec_id: Option<&str>) -> Names {
    let Some(offer) = market.offers.get(item_id) else {
        return Names::default();
    };
    Names {
        item: item_name(offer),
        sku: offer
            .specifications
            .iter()
            .find(|row| Some(row.spec_id.as_str()) == spec_id)
            .map(sku_name)
            .unwrap_or_default(),
    }
}

/// The shop's name at Taobao.
pub(super) fn nick(market: &Market, seller: &str) -> String {
    market
        .sellers
        .get(seller)
        .map(|seller| seller.login.clone())
        .unwrap_or_default()
}
