//! From the words of 1688 to ours: orders, shipments, saved addresses.
//!
//! Readers take every spelling that was seen and refuse to guess: what must be there and is not
//! becomes a [`Gap`] with the field's name.

use crate::json::{Gap, Node, need};
use crate::{Address, ListedOrder, MarketDelivery, MarketLine, MarketOrder, SavedAddress, moments};
use domain::{Fen, PurchaseStatus};
use std::collections::BTreeSet;
use world::Timestamp;

/// Our word for a status word of an order or a line.
pub(super) fn status(word: &str) -> PurchaseStatus {
    match word {
        "waitbuyerpay" => PurchaseStatus::ToPay,
        "waitsellersend" => PurchaseStatus::PaidToSeller,
        "waitlogisticstakein" | "waitbuyerreceive" | "waitbuyersign" => PurchaseStatus::Sent,
        "signinsuccess" | "confirm_goods" | "confirm_goods_and_has_subsidy" => {
            PurchaseStatus::Signed
        }
        "success" => PurchaseStatus::Completed,
        "cancel" | "terminated" => PurchaseStatus::Closed,
        _ => PurchaseStatus::Unknown,
    }
}

/// An order, from its detail view.
pub(super) fn order(info: Node<'_>) -> Result<MarketOrder, Gap> {
    let base = info.at("baseInfo");
    // `id` is rounded by some programs on its way; its twin in text never is.
    let number = need(base.any(&["idOfStr", "id"]).id(), "baseInfo.idOfStr")?;
    let raw_status = need(base.at("status").text(), "baseInfo.status")?;
    let word = status(&raw_status);

    let mut lines = Vec::new();
    for item in info.at("productItems").items() {
        lines.push(line(item, &raw_status)?);
    }
    if lines.is_empty() {
        return Err(Gap("productItems".to_owned()));
    }

    let total = need(base.at("totalAmount").yuan(), "baseInfo.totalAmount")?;
    let (goods, freight) = parts(base, total)?;
    let status = match word {
        PurchaseStatus::PaidToSeller if lines.iter().any(is_on_its_way) => {
            PurchaseStatus::PartlySent
        }
        other => other,
    };
    let created = date(base.at("createTime"));
    let pay_by = if status == PurchaseStatus::ToPay {
        pay_by(info, created)
    } else {
        None
    };

    Ok(MarketOrder {
        other_numbers: Vec::new(),
        reference: reference(info),
        account: base.at("buyerID").text(),
        seller: base.any(&["sellerID", "sellerLoginId"]).text(),
        seller_name: base
            .at("sellerContact")
            .any(&["shopName", "companyName"])
            .text()
            .or_else(|| base.at("sellerLoginId").text()),
        status,
        raw_status,
        raw_refund: base.any(&["refundStatus", "refundStatusForAs"]).text(),
        total,
        goods,
        freight,
        refunded: base
            .at("refund")
            .yuan()
            .or_else(|| base.at("refundPayment").fen())
            .unwrap_or_default(),
        created,
        modified: date(base.at("modifyTime")),
        paid: date(base.at("payTime")),
        pay_by,
        sent: date(base.at("allDeliveredTime")),
        close_reason: base.any(&["closeReason", "closeOperateType"]).text(),
        deliveries: native_deliveries(info, &number),
        lines,
        number,
    })
}

/// A row of a list. Only its number must be there: without it the list cannot be trusted.
pub(super) fn listed(info: Node<'_>) -> Result<ListedOrder, Gap> {
    let base = info.at("baseInfo");
    Ok(ListedOrder {
        number: need(base.any(&["idOfStr", "id"]).id(), "baseInfo.idOfStr")?,
        other_numbers: Vec::new(),
        reference: reference(info),
        raw_status: base.at("status").text().unwrap_or_default(),
        created: date(base.at("createTime")),
        modified: date(base.at("modifyTime")),
    })
}

/// Goods and freight. The total is the lines' amounts plus freight, so the freight leaves the goods;
/// `sumProductPayment` helps out where no freight is told.
fn parts(base: Node<'_>, total: Fen) -> Result<(Fen, Fen), Gap> {
    let freight = base.at("shippingFee").yuan();
    let goods = base.at("sumProductPayment").yuan();
    match (freight, goods) {
        (Some(freight), _) => Ok((Fen(total.0 - freight.0), freight)),
        (None, Some(goods)) => Ok((goods, Fen(total.0 - goods.0))),
        (None, None) => Err(Gap("baseInfo.shippingFee".to_owned())),
    }
    .and_then(|(goods, freight)| {
        if goods.0 < 0 || freight.0 < 0 {
            Err(Gap("baseInfo.shippingFee".to_owned()))
        } else {
            Ok((goods, freight))
        }
    })
}

fn date(node: Node<'_>) -> Option<Timestamp> {
    moments::read(&node.text()?)
}

/// Our reference as the order carries it: a field of its own, or an attribute.
fn reference(info: Node<'_>) -> Option<String> {
    info.at("baseInfo")
        .at("outOrderId")
        .text()
        .or_else(|| info.at("outOrderId").text())
        .or_else(|| {
            ["extAttributes", "exAttributes"]
                .iter()
                .flat_map(|name| info.at(name).items())
                .find(|attribute| attribute.at("key").text().as_deref() == Some("outOrderId"))
                .and_then(|attribute| attribute.at("value").text())
        })
}

/// The earliest moment named by a line, else the creation plus the order's own time to pay.
fn pay_by(info: Node<'_>, created: Option<Timestamp>) -> Option<Timestamp> {
    info.at("productItems")
        .items()
        .into_iter()
        .filter_map(|item| date(item.at("gmtPayExpireTime")))
        .min()
        .or_else(|| {
            let seconds = info
                .at("baseInfo")
                .at("payTimeout")
                .count()
                .filter(|s| *s > 0)?;
            Some(Timestamp(
                created?.0.checked_add(seconds.checked_mul(1_000_000)?)?,
            ))
        })
}

fn line(item: Node<'_>, order_status: &str) -> Result<MarketLine, Gap> {
    let raw_status = item
        .at("status")
        .text()
        .unwrap_or_else(|| order_status.to_owned());
    let raw_refund = item.at("refundStatus").text();
    let back = item.at("refund").yuan().is_some_and(|fen| fen.0 > 0);
    Ok(MarketLine {
        line: need(
            item.any(&["subItemIDString", "subItemID"]).id(),
            "productItems.subItemIDString",
        )?,
        item: need(item.at("productID").id(), "productItems.productID")?,
        specification: item.at("specId").text(),
        title: item.at("name").text().unwrap_or_default(),
        configuration: configuration(item),
        image: item
            .at("productImgUrl")
            .value()
            .and_then(first_text)
            .map(|path| picture(&path)),
        quantity: need(
            item.at("quantity").count().filter(|n| *n > 0),
            "productItems.quantity",
        )?,
        price: need(item.at("price").unit_yuan(), "productItems.price")?,
        amount: need(item.at("itemAmount").yuan(), "productItems.itemAmount")?,
        status: line_status(&raw_status, item.at("logisticsStatus").integer()),
        raw_status,
        refunded: match raw_refund.as_deref() {
            Some(word) => is_agreed_refund(word),
            None => back,
        },
        raw_refund,
        closed_for: None,
    })
}

/// A line waits for the seller by its word while its own shipping state already says more.
fn line_status(word: &str, logistics: Option<i64>) -> PurchaseStatus {
    match (status(word), logistics) {
        (PurchaseStatus::PaidToSeller, Some(2 | 3)) => PurchaseStatus::Sent,
        (PurchaseStatus::PaidToSeller, Some(5)) => PurchaseStatus::PartlySent,
        (status, _) => status,
    }
}

fn is_on_its_way(line: &MarketLine) -> bool {
    line.status.is_sent() || line.status == PurchaseStatus::PartlySent
}

/// The seller agreed, so the money went back or will. Order words are lower case without a
/// separator, line words upper case with underscores.
fn is_agreed_refund(word: &str) -> bool {
    let plain: String = word
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    matches!(
        plain.as_str(),
        "waitbuyersend" | "waitsellerreceive" | "refundsuccess"
    )
}

fn configuration(item: Node<'_>) -> String {
    let parts: Vec<String> = item
        .at("skuInfos")
        .items()
        .into_iter()
        .filter_map(|sku| {
            let value = sku.at("value").text()?;
            Some(match sku.at("name").text() {
                Some(name) => format!("{name}: {value}"),
                None => value,
            })
        })
        .collect();
    parts.join("; ")
}

fn first_text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Array(list) => list.iter().find_map(|v| Node::of(v).text()),
        other => Node::of(other).text(),
    }
}

/// Pictures are whole addresses or paths on the marketplace's picture host.
pub(super) fn picture(path: &str) -> String {
    if path.starts_with("http://") || path.starts_with("https://") {
        path.to_owned()
    } else if let Some(rest) = path.strip_prefix("//") {
        format!("https://{rest}")
    } else {
        format!("https://cbu01.alicdn.com/{}", path.trim_start_matches('/'))
    }
}

/// Shipments inside the detail view.
fn native_deliveries(info: Node<'_>, number: &str) -> Vec<MarketDelivery> {
    info.at("nativeLogistics")
        .at("logisticsItems")
        .items()
        .into_iter()
        .filter_map(|item| {
            delivery(
                item,
                &["logisticsCode", "id"],
                "subItemIds",
                "deliveredTime",
                number,
            )
        })
        .collect()
}

/// Shipments of the logistics read.
pub(super) fn deliveries(list: Node<'_>, number: &str) -> Vec<MarketDelivery> {
    list.items()
        .into_iter()
        .filter_map(|item| {
            delivery(
                item,
                &["logisticsId"],
                "orderEntryIds",
                "gmtSystemSend",
                number,
            )
        })
        .collect()
}

/// One shipment. Both reads name the same one by its `LP…` or `BX…` code, so that they are
/// recognised as one; without a code the tracking number stands in.
fn delivery(
    item: Node<'_>,
    ids: &[&str],
    lines: &str,
    sent: &str,
    number: &str,
) -> Option<MarketDelivery> {
    let tracking = item.at("logisticsBillNo").text().unwrap_or_default();
    let id = item
        .any(&ids[..1])
        .text()
        .or_else(|| Some(tracking.clone()).filter(|t| !t.is_empty()))
        .or_else(|| item.any(ids).text())?;
    let lines: BTreeSet<String> = list_of_ids(item.at(lines));
    Some(MarketDelivery {
        id,
        carrier: item
            .any(&["logisticsCompanyName", "noLogisticsName"])
            .text()
            .unwrap_or_default(),
        carrier_code: item.at("logisticsCompanyNo").text(),
        tracking,
        raw_status: item.at("status").text().unwrap_or_default(),
        sent: date(item.at(sent)),
        // The order's own number in place of lines means all of it (and an order of one line gives
        // the line the order's number, which is the same thing).
        lines: if lines.len() == 1 && lines.contains(number) {
            Vec::new()
        } else {
            lines.into_iter().collect()
        },
    })
}

/// Ids in a list, or in a text with commas.
fn list_of_ids(node: Node<'_>) -> BTreeSet<String> {
    match node.value() {
        Some(serde_json::Value::Array(list)) => {
            list.iter().filter_map(|v| Node::of(v).id()).collect()
        }
        Some(other) => Node::of(other)
            .text()
            .unwrap_or_default()
            .split(',')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
            .collect(),
        None => BTreeSet::new(),
    }
}

/// Addresses that the account keeps. Their fields have other names than those of an order.
pub(super) fn addresses(result: Node<'_>) -> Result<Vec<SavedAddress>, Gap> {
    let list = result.at("receiveAddressItems");
    if !list.is_list() {
        return Err(Gap("result.receiveAddressItems".to_owned()));
    }
    list.items()
        .into_iter()
        .map(|item| {
            let division = item.at("addressCodeText").text().unwrap_or_default();
            let mut parts = division.split_whitespace();
            let mut part = || parts.next().unwrap_or_default().to_owned();
            Ok(SavedAddress {
                address: Address {
                    saved_id: Some(need(item.at("id").id(), "receiveAddressItems.id")?),
                    full_name: item.at("fullName").text().unwrap_or_default(),
                    mobile: item
                        .any(&["mobilePhone", "mobile"])
                        .text()
                        .unwrap_or_default(),
                    phone: item.at("phone").text().unwrap_or_default(),
                    post_code: item.any(&["post", "postCode"]).text().unwrap_or_default(),
                    province: part(),
                    city: part(),
                    area: part(),
                    town: item.at("townName").text().unwrap_or_default(),
                    street: item.at("address").text().unwrap_or_default(),
                    district_code: item.at("addressCode").text(),
                },
                is_default: item.at("isDefault").flag().unwrap_or(false),
            })
        })
        .collect()
}
