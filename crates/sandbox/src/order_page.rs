//! An order prepared for pages: every amount and date as text. Used by buyers' pages and console.

use crate::moment::text_date;
use crate::money::yuan_text;
use crate::state::Market;
use crate::trade::{Order, Refund, Status};
use world::Timestamp;

/// A line on a page.
pub(crate) struct LinePage {
    pub id: i64,
    pub item_id: String,
    /// Its offer's page.
    pub path: String,
    pub title: String,
    pub spec: String,
    pub unit: String,
    pub quantity: i64,
    pub shipped: i64,
    pub left: i64,
    pub price: String,
    pub amount: String,
    pub word: String,
    pub open: bool,
    pub failure: String,
}

/// A delivery on a page.
pub(crate) struct DeliveryPage {
    pub id: String,
    pub company: String,
    pub tracking: String,
    pub at: String,
    pub signed: bool,
    pub pieces: i64,
    pub trace: Vec<(String, String)>,
}

/// A refund on a page.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a button that is there or not"
)]
pub(crate) struct RefundPage {
    pub id: String,
    pub amount: String,
    pub word: String,
    pub reason: String,
    pub at: String,
    pub can_agree: bool,
    pub can_refuse: bool,
    pub can_send: bool,
    pub can_return: bool,
    pub can_withdraw: bool,
}

/// An order on a page.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a button that is there or not"
)]
pub(crate) struct OrderPage {
    pub number: String,
    pub account: String,
    pub seller: String,
    pub reference: String,
    pub state: &'static str,
    pub word: String,
    pub word_text: String,
    pub also: String,
    pub made: String,
    pub pay_by: String,
    pub building: bool,
    pub payable: bool,
    pub shippable: bool,
    pub signable: bool,
    pub completable: bool,
    pub refundable: bool,
    pub goods: String,
    pub freight: String,
    pub total: String,
    pub refunded: String,
    pub lines: Vec<LinePage>,
    pub deliveries: Vec<DeliveryPage>,
    pub refunds: Vec<RefundPage>,
    pub receiver: String,
    pub message: String,
    pub close: String,
    pub story: Vec<(String, String)>,
}

/// Attributes in one line.
pub(crate) fn attributes(list: &[(String, String)]) -> String {
    list.iter()
        .map(|(name, value)| format!("{name}：{value}"))
        .collect::<Vec<_>>()
        .join("，")
}

fn refund_page(refund: &Refund, word: &str) -> RefundPage {
    use crate::trade::RefundStatus as S;
    RefundPage {
        id: refund.id.clone(),
        amount: yuan_text(refund.goods_fen + refund.freight_fen),
        word: word.to_owned(),
        reason: refund.reason.clone(),
        at: text_date(Timestamp(refund.made)),
        can_agree: matches!(refund.status, S::WaitSellerAgree | S::WaitBuyerModify),
        can_refuse: refund.status == S::WaitSellerAgree,
        can_send: refund.status == S::WaitBuyerSend,
        can_return: refund.status == S::WaitSellerReceive,
        can_withdraw: matches!(
            refund.status,
            S::WaitSellerAgree | S::WaitBuyerModify | S::WaitBuyerSend
        ),
    }
}

/// The order for a page.
pub(crate) fn order_page(market: &Market, order: &Order) -> OrderPage {
    let said = market.marketplace.words(market, order);
    let seller = market
        .sellers
        .get(&order.seller)
        .map_or("", |seller| seller.shop.as_str());
    let address = &order.address;
    let receiver = [
        &address.full_name,
        &address.mobile,
        &address.phone,
        &address.province,
        &address.city,
        &address.area,
        &address.town,
        &address.street,
    ];
    OrderPage {
        number: order.number.clone(),
        account: order.account.clone(),
        seller: seller.to_owned(),
        reference: order.reference.clone().unwrap_or_default(),
        state: order.status.word(),
        word: said.status,
        word_text: said.status_text,
        also: said.also,
        made: text_date(Timestamp(order.made)),
        pay_by: text_date(Timestamp(order.pay_by())),
        building: order.status == Status::Building,
        payable: order.status == Status::Unpaid,
        shippable: order.status == Status::Paid,
        signable: matches!(
            order.status,
            Status::Paid | Status::Shipped | Status::Collecting | Status::Signing
        ) && order.deliveries.iter().any(|d| d.signed_at.is_none()),
        completable: matches!(
            order.status,
            Status::Shipped
                | Status::Collecting
                | Status::Signing
                | Status::Signed
                | Status::Received
        ),
        refundable: order.paid.is_some()
            && !matches!(order.status, Status::Cancelled | Status::Terminated),
        goods: yuan_text(order.goods_fen()),
        freight: yuan_text(order.freight_fen),
        total: yuan_text(order.total_fen()),
        refunded: if order.refunded_fen() > 0 {
            yuan_text(order.refunded_fen())
        } else {
            String::new()
        },
        lines: order
            .lines
            .iter()
            .zip(said.lines)
            .map(|(line, word)| LinePage {
                id: line.id,
                item_id: line.item_id.clone(),
                path: market.marketplace.offer_path(&line.item_id),
                title: line.title.clone(),
                spec: attributes(&line.attributes),
                unit: line.unit.clone(),
                quantity: line.quantity,
                shipped: line.shipped,
                left: if line.status == Status::Paid {
                    line.quantity - line.shipped
                } else {
                    0
                },
                price: yuan_text(line.price_fen),
                amount: yuan_text(line.amount_fen()),
                word,
                open: line.status == Status::Unpaid,
                failure: line
                    .failure
                    .as_ref()
                    .map(|failure| format!("{} {}", failure.code, failure.text))
                    .unwrap_or_default(),
            })
            .collect(),
        deliveries: order
            .deliveries
            .iter()
            .map(|delivery| DeliveryPage {
                id: delivery.id.clone(),
                company: delivery.company.clone(),
                tracking: delivery.tracking.clone(),
                at: text_date(Timestamp(delivery.at)),
                signed: delivery.signed_at.is_some(),
                pieces: delivery.lines.iter().map(|(_, pieces)| pieces).sum(),
                trace: delivery
                    .trace
                    .iter()
                    .map(|(at, text)| (text_date(Timestamp(*at)), text.clone()))
                    .collect(),
            })
            .collect(),
        refunds: order
            .refunds
            .iter()
            .zip(said.refunds)
            .map(|(refund, word)| refund_page(refund, &word))
            .collect(),
        receiver: receiver
            .iter()
            .map(|part| part.as_str())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
        message: order.message.clone(),
        close: order
            .close
            .as_ref()
            .map(|close| close.reason.clone())
            .unwrap_or_default(),
        story: order
            .story
            .iter()
            .map(|(at, text)| (text_date(Timestamp(*at)), text.clone()))
            .collect(),
    }
}

/// A rendered template as an answer.
pub(crate) fn page(status: u16, template: &impl askama::Template) -> crate::incoming::Reply {
    match template.render() {
        Ok(html) => crate::incoming::Reply::html(status, html),
        Err(error) => {
            tracing::error!(%error, "a page of the sandbox cannot be rendered");
            crate::incoming::Reply::text(500, "the page cannot be rendered\n")
        }
    }
}
