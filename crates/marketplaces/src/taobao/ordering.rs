//! What goes out for a preview and a create, and what the answer to a create means.

use super::error::{self, Means};
use super::wire::{self, Answer, Said, loudest, said};
use crate::exchange::Form;
use crate::json::Node;
use crate::{
    Address, Basket, Create, Created, CreatedOrder, ErrorKind, FailedLine, MarketError, OrderLine,
    Orderable, Response,
};
use domain::{Fen, VerdictKind};
use serde_json::{Map, Value};
use world::Timestamp;

/// The country of every delivery: an agent's warehouse stands in China.
const COUNTRY: &str = "中国大陆";
/// Money of every order.
const CURRENCY: &str = "CNY";

/// An address as preview and create take it. There is no field for a town, so that it stands before
/// the street; empty fields stay away.
fn address(address: &Address) -> String {
    let street = format!("{}{}", address.town, address.street);
    let fields: Map<String, Value> = [
        ("country", COUNTRY),
        ("state", &address.province),
        ("city", &address.city),
        ("district", &address.area),
        ("address", &street),
        ("zip", &address.post_code),
        ("name", &address.full_name),
        ("phone", &address.phone),
        ("mobile_phone", &address.mobile),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), Value::from(value)))
    .collect();
    Value::Object(fields).to_string()
}

/// The ids under which a line is ordered.
pub(super) fn ids(line: &OrderLine) -> Option<(&str, &str)> {
    let Orderable {
        item,
        specification,
    } = line.orderable.as_ref()?;
    let is_id = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let specification = specification.as_deref().filter(is_id)?;
    Some((Some(item.as_str()).filter(is_id)?, specification))
}

fn refuse(text: &str) -> MarketError {
    MarketError::new(ErrorKind::Parameters, text)
}

/// Bounds that both calls have.
fn check(basket: &Basket) -> Result<(), MarketError> {
    if basket.lines.is_empty() || basket.lines.len() > super::LINES_PER_ORDER {
        return Err(refuse("an order takes 1 to 50 lines; nothing was sent"));
    }
    if basket.lines.iter().any(|line| line.quantity < 1) {
        return Err(refuse("a line's quantity is below 1; nothing was sent"));
    }
    if basket.address.saved_id.is_some() {
        return Err(refuse(
            "this marketplace takes no saved address; nothing was sent",
        ));
    }
    Ok(())
}

/// The parameters of a preview, where every line has the ids that it needs.
pub(super) fn render_form(basket: &Basket) -> Result<Form, MarketError> {
    check(basket)?;
    let lines = basket
        .lines
        .iter()
        .map(|line| {
            let (item, specification) = ids(line)?;
            Some(Value::from_iter([
                ("itemId", Value::from(item)),
                ("skuId", Value::from(specification)),
                ("quantity", Value::from(line.quantity)),
            ]))
        })
        .collect::<Option<Vec<Value>>>()
        .ok_or_else(|| refuse("a line's ids in orders are not known; nothing was sent"))?;
    let address = address(&basket.address);
    Ok(Form::default()
        .with("need_supplychain_service", "false")
        .with("render_item_List", Value::Array(lines).to_string())
        .with("warehouse_address", &address)
        .with("receiver_address", address))
}

/// The key of a line's price in a preview's terms.
pub(super) fn price_key(item: &str, specification: &str) -> String {
    format!("price:{item}:{specification}")
}

/// The whole create. Without the ids nothing is sent, and the error says that too.
pub(super) fn create_form(create: &Create<'_>) -> Result<Form, MarketError> {
    let basket = create.basket;
    check(basket)?;
    if create.reference.is_empty() {
        return Err(refuse("the order has no reference; nothing was sent"));
    }
    if create.note.chars().count() > super::NOTE_CHARACTERS {
        return Err(refuse(
            "the note to the seller is longer than 200 characters; nothing was sent",
        ));
    }
    if create.planned_total.0 < 1 {
        return Err(refuse(
            "the planned amount is not above zero; nothing was sent",
        ));
    }
    let mut lines = Vec::new();
    for (position, line) in basket.lines.iter().enumerate() {
        let (item, specification) = ids(line).ok_or_else(|| {
            MarketError::new(
                ErrorKind::NotSent,
                "a line's ids in orders are not known; nothing was sent",
            )
        })?;
        let price = create
            .terms
            .get(&price_key(item, specification))
            .and_then(|price| price.parse::<i64>().ok())
            .ok_or_else(|| {
                refuse("the preview's terms name no price for a line; nothing was sent")
            })?;
        lines.push(Value::from_iter([
            ("itemId", Value::from(item)),
            ("skuId", Value::from(specification)),
            ("quantity", Value::from(line.quantity)),
            ("price", Value::from(price)),
            ("currency", Value::from(CURRENCY)),
            ("orderLineNo", Value::from((position + 1).to_string())),
        ]));
    }
    let address = address(&basket.address);
    Ok(Form::default()
        .with("outer_purchase_id", create.reference)
        .with("purchase_amount", create.planned_total.0.to_string())
        .with("order_line_list", Value::Array(lines).to_string())
        .with("receiver", &address)
        .with("warehouse_address_info", address)
        // Otherwise an order that failed may come alive later.
        .with("need_sys_retry", "false")
        .with("order_remark", create.note))
}

/// Reads the answer to a create. Any purchase id makes it a yes, even beside an error of the gateway
/// or either flag that says no; a no must be listed and must not be contradicted; everything else is
/// unclear.
pub(super) fn created(
    response: &Response,
    basket: &Basket,
    now: Timestamp,
) -> Result<Created, MarketError> {
    let answer = wire::parse(response)?;
    let orders = orders(&answer);
    if !orders.is_empty() {
        return Ok(Created {
            orders,
            failed: failed(&answer, basket),
            // New orders are always made behind the answer.
            building: true,
        });
    }
    if let Err(mut error) = wire::read(response, now) {
        if names_an_order(&error.text, basket) {
            error.kind = ErrorKind::Unclear;
        }
        return Err(error);
    }
    let levels = answer.levels();
    let Some(no) = loudest(&levels) else {
        // Both flags may say yes: without a number nobody knows what was made.
        return Err(answer.error(
            &Said {
                text: "the answer names no order and no reason".to_owned(),
                ..Said::default()
            },
            ErrorKind::Unclear,
        ));
    };
    let contradicted = answer.data().at("success").flag() == Some(true)
        || levels
            .iter()
            .any(|level| names_an_order(&said(*level).text, basket));
    let kind = match error::listed(&no) {
        Some(means) if !contradicted => error::refusal(means, &no, now),
        _ => ErrorKind::Unclear,
    };
    Err(answer.error(&no, kind))
}

/// Every order that the answer names: in its place, or, should the envelope be another one, anywhere
/// under a name that only purchases have.
fn orders(answer: &Answer) -> Vec<CreatedOrder> {
    let mut found: Vec<CreatedOrder> = Vec::new();
    let mut add = |order: CreatedOrder| {
        if found.iter().all(|known| known.number != order.number) {
            found.push(order);
        }
    };
    for level in answer.levels() {
        for entry in level.any(&["order_list", "orderList"]).items() {
            if let Some(number) = entry.any(&["purchase_id", "purchaseId"]).id() {
                add(CreatedOrder {
                    number,
                    total: estimate(entry),
                    freight: None,
                });
            }
        }
    }
    sweep(&answer.body, &mut |number| {
        add(CreatedOrder {
            number,
            total: None,
            freight: None,
        });
    });
    found
}

/// The estimated amount, where it is in our money.
fn estimate(entry: Node<'_>) -> Option<Fen> {
    let currency = entry.at("estimate_currency").text();
    let amount = entry.at("estimate_amount").fen()?;
    currency.is_none_or(|c| c == CURRENCY).then_some(amount)
}

/// Visits every purchase id under a telling name, however deep. The parser has bounded the depth.
fn sweep(value: &Value, add: &mut impl FnMut(String)) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| sweep(v, add)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let plain: String = name
                    .chars()
                    .filter(|c| *c != '_')
                    .map(|c| c.to_ascii_lowercase())
                    .collect();
                if matches!(
                    plain.as_str(),
                    "purchaseid" | "purchaseids" | "purchaseorderid" | "purchaseorderids"
                ) {
                    match value {
                        Value::Array(list) => list
                            .iter()
                            .filter_map(|v| Node::of(v).id())
                            .for_each(&mut *add),
                        other => Node::of(other).id().into_iter().for_each(&mut *add),
                    }
                }
                sweep(value, add);
            }
        }
        _ => {}
    }
}

/// Lines that the answer leaves out by name: those in a list of goods that cannot be had, and those
/// that stand in an order with a reason and without a number of their own. A line that has a number
/// anywhere was taken.
fn failed(answer: &Answer, basket: &Basket) -> Vec<FailedLine> {
    let taken_or_not: Vec<Node<'_>> = answer
        .data()
        .any(&["order_list", "orderList"])
        .items()
        .into_iter()
        .flat_map(|order| order.any(&["order_line_list", "orderLineList"]).items())
        .collect();
    let has_number = |entry: Node<'_>| {
        entry
            .any(&["sub_purchase_order_id", "subPurchaseOrderId"])
            .id()
            .is_some()
    };
    let goods = |entry: Node<'_>| {
        // Our own line number serves where the ids do not come back.
        let by_position = entry
            .any(&["order_line_no", "orderLineNo"])
            .count()
            .and_then(|n| usize::try_from(n).ok()?.checked_sub(1))
            .and_then(|index| ids(basket.lines.get(index)?));
        let item = entry.any(&["item_id", "itemId"]).id();
        let sku = entry.any(&["sku_id", "skuId"]).id();
        match (item, sku, by_position) {
            (Some(item), Some(sku), _) => Some((item, sku)),
            (_, _, Some((item, sku))) => Some((item.to_owned(), sku.to_owned())),
            _ => None,
        }
    };
    let taken: Vec<(String, String)> = taken_or_not
        .iter()
        .filter(|entry| has_number(**entry))
        .filter_map(|entry| goods(*entry))
        .collect();
    let mut listed: Vec<Node<'_>> = answer
        .levels()
        .iter()
        .flat_map(|level| ["unavailable_sku_list", "fail_items"].map(|name| level.at(name).items()))
        .flatten()
        .collect();
    listed.extend(
        taken_or_not
            .iter()
            .filter(|entry| !has_number(**entry) && said(**entry).is_no()),
    );
    let mut found: Vec<FailedLine> = Vec::new();
    for entry in listed {
        let Some(named) = goods(entry) else { continue };
        let is_ours = basket
            .lines
            .iter()
            .any(|line| ids(line).is_some_and(|(item, sku)| item == named.0 && sku == named.1));
        if !is_ours || taken.contains(&named) {
            continue;
        }
        let own = said(entry);
        let kind = match error::listed(&own) {
            Some(Means::Verdict(kind)) => kind,
            Some(Means::Limit(..)) => VerdictKind::Limit,
            None => VerdictKind::Other,
        };
        let line = FailedLine {
            item: named.0,
            specification: Some(named.1),
            verdict: error::verdict(kind, &own),
        };
        if !found
            .iter()
            .any(|known| known.names(&line.item, line.specification.as_deref()))
        {
            found.push(line);
        }
    }
    found
}

/// A number as long as a purchase's in a text, and none of the goods': then the text is no certain no.
fn names_an_order(text: &str, basket: &Basket) -> bool {
    let is_goods = |token: &str| {
        basket.lines.iter().any(|line| {
            line.item == token
                || line.specification.as_deref() == Some(token)
                || ids(line).is_some_and(|(item, sku)| item == token || sku == token)
        })
    };
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|token| {
            token.len() >= 12 && token.bytes().all(|b| b.is_ascii_digit()) && !is_goods(token)
        })
}
