//! From the words of the gateway to ours: orders, their lines, parcels.
//!
//! Readers take every spelling that was seen and refuse to guess: what must be there and is not
//! becomes a [`Gap`] with the field's name.

use super::error::{self, Means};
use super::wire::said;
use crate::exchange::clipped;
use crate::json::{Gap, Node, need};
use crate::{ListedOrder, MarketDelivery, MarketLine, MarketOrder};
use domain::{Fen, PurchaseStatus, Verdict, VerdictKind};
use serde_json::Value;
use world::Timestamp;

/// Our word for a status word of an order or a line. The misspelt ones are the real ones. The word
/// after receipt is not documented; the one of the sister platforms is taken for it, others are kept.
pub(super) fn status(word: &str) -> PurchaseStatus {
    match word {
        "BULIDING" | "BUILDING" => PurchaseStatus::Building,
        "WAIT_BUYER_P" | "WAIT_BUYER_PAY" => PurchaseStatus::ToPay,
        "WAIT_SELLER_SEND_GOODS" => PurchaseStatus::PaidToSeller,
        "WAIT_BUYER_CONFIRM_GOODS" => PurchaseStatus::Sent,
        "TRADE_FINISHED" => PurchaseStatus::Completed,
        "TRADE_CLOSED" => PurchaseStatus::Closed,
        _ => PurchaseStatus::Unknown,
    }
}

/// A moment in milliseconds since 1970, or in seconds, as push messages have it. Zero is none.
pub(super) fn moment(node: Node<'_>) -> Option<Timestamp> {
    /// The first millisecond count that no plausible second count reaches: the year 5138.
    const SECONDS_BELOW: i64 = 100_000_000_000;
    /// The end of the year 9999.
    const MOST_MILLIS: i64 = 253_402_300_799_999;
    match node.integer()? {
        ..=0 => None,
        seconds @ ..SECONDS_BELOW => Some(Timestamp::from_seconds(seconds)),
        millis @ ..=MOST_MILLIS => Some(Timestamp::from_millis(millis)),
        _ => None,
    }
}

/// Pictures come with and without a protocol.
pub(super) fn picture(path: &str) -> String {
    match path.strip_prefix("//") {
        Some(rest) => format!("https://{rest}"),
        None => path.to_owned(),
    }
}

/// Goods, freight and the sum of both of an order or a line, by the same rule: what is to be paid is
/// `purchase_amount`, and the freight inside leaves the goods.
struct Sums {
    goods: Fen,
    freight: Fen,
    total: Fen,
}

impl Sums {
    fn read(place: Node<'_>, word: PurchaseStatus) -> Result<Self, Gap> {
        let freight = place.at("domestic_post_fee").fen().unwrap_or_default();
        let off = place
            .at("hongbao_deduction_amount")
            .fen()
            .unwrap_or_default();
        let added = || {
            let goods = place.at("product_amount").fen()?;
            let sum = goods.plus(freight)?;
            Some(Fen(sum.0 - off.0)).filter(|total| total.0 >= 0)
        };
        // What was paid is certain; before that the field is empty or zero.
        let paid = moment(place.at("pay_time"))
            .and_then(|_| place.at("pay_amount").fen())
            .filter(|paid| paid.0 > 0);
        let total = need(
            paid.or_else(|| place.at("purchase_amount").fen())
                .or_else(added)
                // What is still being made, or never was, need not have an amount.
                .or_else(|| is_unmade(word).then_some(freight)),
            "purchase_amount",
        )?;
        Ok(Self {
            goods: need(
                Some(Fen(total.0 - freight.0)).filter(|goods| goods.0 >= 0),
                "domestic_post_fee",
            )?,
            freight,
            total,
        })
    }
}

const fn is_unmade(word: PurchaseStatus) -> bool {
    matches!(word, PurchaseStatus::Building | PurchaseStatus::Closed)
}

/// An order of `/purchase/orders/query`.
pub(super) fn order(info: Node<'_>) -> Result<MarketOrder, Gap> {
    let number = need(info.at("purchase_id").id(), "purchase_id")?;
    let raw_status = need(info.at("status").text(), "status")?;
    let subs = info.at("sub_purchase_orders").items();
    let lines = subs
        .iter()
        .map(|sub| line(*sub, &raw_status))
        .collect::<Result<Vec<_>, Gap>>()?;
    if lines.is_empty() && !is_unmade(status(&raw_status)) {
        return Err(Gap("sub_purchase_orders".to_owned()));
    }
    let money = Sums::read(info, status(&raw_status))?;
    let status = whole(status(&raw_status), &lines);
    let options = subs
        .iter()
        .map(|sub| opened(sub.at("option_fields")))
        .find(Option::is_some)
        .flatten()
        .unwrap_or_default();
    let options = Node::of(&options);
    let supplier = info.at("supplier_nick").text();
    let paid = moment(info.at("pay_time"));
    let refunded = lines
        .iter()
        .filter(|line| paid.is_some() && line.refunded && line.status == PurchaseStatus::Closed)
        .try_fold(Fen(0), |sum, line| sum.plus(line.amount))
        .unwrap_or_default();
    Ok(MarketOrder {
        other_numbers: other_numbers(&subs),
        reference: info.at("outer_purchase_id").text(),
        // An order names the account's nickname, which is no id.
        account: None,
        seller: options.at("shopId").text().or_else(|| supplier.clone()),
        seller_name: options.at("shopName").text().or(supplier),
        raw_refund: lines.iter().find_map(|line| line.raw_refund.clone()),
        total: money.total,
        goods: money.goods,
        freight: money.freight,
        refunded,
        created: moment(info.at("created_time")),
        modified: moment(info.at("modify_time")),
        paid,
        pay_by: if status == PurchaseStatus::ToPay {
            moment(info.at("next_close_time_without_payment")).or_else(|| {
                subs.iter()
                    .filter_map(|sub| moment(sub.at("close_time_without_payment")))
                    .min()
            })
        } else {
            None
        },
        sent: None,
        close_reason: subs.iter().find_map(|sub| close_reason(*sub)),
        deliveries: deliveries(&subs),
        status,
        raw_status,
        lines,
        number,
    })
}

/// The order's own word, told apart by its lines: it changes once for all of them.
fn whole(word: PurchaseStatus, lines: &[MarketLine]) -> PurchaseStatus {
    let mut alive = lines
        .iter()
        .filter(|line| line.status != PurchaseStatus::Closed)
        .peekable();
    let some = lines.iter().any(|line| line.status.is_sent());
    let all = alive.peek().is_some() && alive.all(|line| line.status.is_sent());
    match word {
        PurchaseStatus::PaidToSeller if all => PurchaseStatus::Sent,
        PurchaseStatus::PaidToSeller if some => PurchaseStatus::PartlySent,
        PurchaseStatus::Sent if some && !all => PurchaseStatus::PartlySent,
        other => other,
    }
}

/// Taobao's own numbers: of the main order and of its lines.
fn other_numbers(subs: &[Node<'_>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in ["purchase_order_outer_id", "purchase_order_line_outer_id"] {
        for sub in subs {
            if let Some(number) = sub.at(name).id()
                && !found.contains(&number)
            {
                found.push(number);
            }
        }
    }
    found
}

/// Why a line was closed: by what is listed of its code, with the marketplace's own words.
fn closed_for(sub: Node<'_>) -> Option<Verdict> {
    let word = sub.at("status").text()?;
    if status(&word) != PurchaseStatus::Closed {
        return None;
    }
    let mut said = said(sub);
    if said.text.is_empty() {
        said.text = sub
            .at("close_reason")
            .text()
            .map(|text| clipped(&text))
            .unwrap_or_default();
    }
    let kind = match error::listed(&said) {
        Some(Means::Verdict(kind)) => kind,
        Some(Means::Limit(..)) => VerdictKind::Limit,
        None => VerdictKind::Other,
    };
    (said.code.is_some() || !said.text.is_empty()).then(|| error::verdict(kind, &said))
}

/// Why a line was closed, in the marketplace's words.
fn close_reason(sub: Node<'_>) -> Option<String> {
    let word = sub.at("status").text()?;
    if status(&word) != PurchaseStatus::Closed {
        return None;
    }
    let said = said(sub);
    let parts: Vec<String> = [
        sub.at("close_reason").text(),
        said.code,
        Some(said.text).filter(|text| !text.is_empty()),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(": "))
}

/// A row of a list. Only its number must be there: without it the list cannot be trusted.
pub(super) fn listed(info: Node<'_>) -> Result<ListedOrder, Gap> {
    Ok(ListedOrder {
        number: need(info.at("purchase_id").id(), "purchase_id")?,
        other_numbers: other_numbers(&info.at("sub_purchase_orders").items()),
        reference: info.at("outer_purchase_id").text(),
        raw_status: info.at("status").text().unwrap_or_default(),
        created: moment(info.at("created_time")),
        modified: moment(info.at("modify_time")),
    })
}

fn line(sub: Node<'_>, order_status: &str) -> Result<MarketLine, Gap> {
    let raw_status = sub
        .at("status")
        .text()
        .unwrap_or_else(|| order_status.to_owned());
    let quantity = need(
        sub.at("quantity").count().filter(|n| *n > 0),
        "sub_purchase_orders.quantity",
    )?;
    let sums = Sums::read(sub, status(&raw_status))?;
    let refund = sub
        .at("refund_status")
        .integer()
        .filter(|state| *state != 0);
    let info = opened(sub.at("sku_info")).unwrap_or_default();
    let options = opened(sub.at("option_fields")).unwrap_or_default();
    Ok(MarketLine {
        line: need(
            sub.at("sub_purchase_order_id").id(),
            "sub_purchase_orders.sub_purchase_order_id",
        )?,
        item: need(sub.at("item_id").id(), "sub_purchase_orders.item_id")?,
        specification: sub.at("sku_id").id(),
        title: sub.at("title").text().unwrap_or_default(),
        configuration: configuration(Node::of(&info), Node::of(&options)),
        image: Node::of(&info)
            .at("skuImgUrl")
            .text()
            .or_else(|| Node::of(&options).at("SKU_IMG_URL").text())
            .map(|path| picture(&path)),
        quantity,
        price: per_unit(sums.goods, quantity),
        amount: sums.goods,
        status: status(&raw_status),
        raw_status,
        // 20: agreed, goods to be sent back; 30: on their way back; 100: paid back.
        refunded: matches!(refund, Some(20 | 30 | 100)),
        raw_refund: refund.map(|state| state.to_string()),
        closed_for: closed_for(sub),
    })
}

/// Orders tell no price of one unit, so it is what the line's goods leave, rounded half up.
fn per_unit(goods: Fen, quantity: i64) -> Fen {
    let half_up = (i128::from(goods.0) * 2 + i128::from(quantity)) / (i128::from(quantity) * 2);
    Fen(i64::try_from(half_up).unwrap_or(goods.0))
}

/// An object, also when it comes as JSON text.
fn opened(node: Node<'_>) -> Option<Value> {
    match node.value()? {
        Value::String(text) => serde_json::from_str(text).ok().filter(Value::is_object),
        other => Some(other.clone()).filter(Value::is_object),
    }
}

/// The specification in words, Chinese first: the language of the goods.
fn configuration(info: Node<'_>, options: Node<'_>) -> String {
    let pairs = info.at("skuPv");
    let by_language = opened(pairs);
    let told = match &by_language {
        Some(languages) => Node::of(languages).any(&["zh", "en"]),
        None => pairs,
    };
    let told = if told.is_there() {
        told
    } else {
        options.any(&["zh", "en"])
    };
    // The words themselves may be JSON text once more: names with their values.
    if let Some(Value::Object(fields)) = opened(told) {
        let parts: Vec<String> = fields
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}: {}", Node::of(value).text()?)))
            .collect();
        return parts.join("; ");
    }
    told.text().unwrap_or_default()
}

/// Parcels of all lines. One parcel may hold several lines, and a line may come in several parcels.
fn deliveries(subs: &[Node<'_>]) -> Vec<MarketDelivery> {
    let mut found: Vec<MarketDelivery> = Vec::new();
    for sub in subs {
        let Some(line) = sub.at("sub_purchase_order_id").id() else {
            continue;
        };
        let mut parcels = sub.at("logistic_orders").items();
        if parcels.is_empty() {
            // The same three fields of an older form, for the only parcel.
            parcels.push(*sub);
        }
        for parcel in parcels {
            let Some(tracking) = parcel.at("logistic_number").text() else {
                continue;
            };
            match found.iter_mut().find(|known| known.tracking == tracking) {
                Some(known) if known.lines.contains(&line) => {}
                Some(known) => known.lines.push(line.clone()),
                None => found.push(MarketDelivery {
                    id: tracking.clone(),
                    carrier: parcel
                        .at("logistic_company_name")
                        .text()
                        .unwrap_or_default(),
                    carrier_code: None,
                    tracking,
                    raw_status: String::new(),
                    sent: moment(parcel.at("rts_time")),
                    lines: vec![line.clone()],
                }),
            }
        }
    }
    found
}

/// Parcels of one line, from the read of their ways; the status is that of the parcel.
pub(super) fn parcels(data: Node<'_>, line: &str) -> Vec<MarketDelivery> {
    data.any(&["pnm_logistics_details", "logistics_details"])
        .items()
        .into_iter()
        .filter_map(|parcel| {
            let tracking = parcel.at("mail_no").text()?;
            let traces = parcel.at("logistics_traces").items();
            Some(MarketDelivery {
                id: tracking.clone(),
                carrier: parcel
                    .at("logistics_partner")
                    .items()
                    .first()
                    .and_then(|partner| partner.at("company").text())
                    .unwrap_or_default(),
                carrier_code: None,
                tracking,
                raw_status: parcel.at("logistics_status").text().unwrap_or_default(),
                sent: traces
                    .iter()
                    .filter_map(|trace| moment(trace.at("time")))
                    .min(),
                lines: vec![line.to_owned()],
            })
        })
        .collect()
}

/// Adds what a line's own read tells to what is known of the order's parcels.
pub(super) fn join(known: &mut Vec<MarketDelivery>, told: Vec<MarketDelivery>) {
    for parcel in told {
        match known.iter_mut().find(|k| k.tracking == parcel.tracking) {
            Some(known) => {
                known.raw_status = parcel.raw_status;
                if known.carrier.is_empty() {
                    known.carrier = parcel.carrier;
                }
                known.sent = known.sent.or(parcel.sent);
                for line in parcel.lines {
                    if !known.lines.contains(&line) {
                        known.lines.push(line);
                    }
                }
            }
            None => known.push(parcel),
        }
    }
}
