//! What goes out for a preview and a create, and what the answer to a create means.

use super::error::{self, Means, ORDERING};
use super::wire::{self, Said, said};
use crate::exchange::Form;
use crate::json::Node;
use crate::{
    Address, Basket, Create, Created, CreatedOrder, ErrorKind, FailedLine, MarketError, OrderLine,
    Response,
};
use domain::VerdictKind;
use serde_json::{Map, Number, Value};
use world::Timestamp;

/// Key of the sales channel in a preview's terms.
pub(super) const FLOW: &str = "flow";
/// Key of the way to pay in a preview's terms.
pub(super) const TRADE_TYPE: &str = "trade_type";

/// A number of the marketplace as a JSON number; `None` when it is none.
fn number(text: &str) -> Option<Value> {
    let digits: u64 = text.parse().ok()?;
    Some(Value::Number(Number::from(digits)))
}

fn address(address: &Address) -> Option<String> {
    let mut fields = Map::new();
    if let Some(id) = &address.saved_id {
        fields.insert("addressId".to_owned(), number(id)?);
    } else {
        let mut put = |name: &str, value: &str| {
            fields.insert(name.to_owned(), Value::String(value.to_owned()));
        };
        put("fullName", &address.full_name);
        put("mobile", &address.mobile);
        put("phone", &address.phone);
        put("postCode", &address.post_code);
        put("provinceText", &address.province);
        put("cityText", &address.city);
        put("areaText", &address.area);
        put("townText", &address.town);
        put("address", &address.street);
        if let Some(code) = &address.district_code {
            put("districtCode", code);
        }
    }
    Some(Value::Object(fields).to_string())
}

fn cargo(lines: &[OrderLine]) -> Option<String> {
    let list = lines
        .iter()
        .map(|line| {
            let mut fields = Map::new();
            fields.insert("offerId".to_owned(), number(&line.item)?);
            if let Some(id) = &line.specification {
                fields.insert("specId".to_owned(), Value::String(id.clone()));
            }
            fields.insert("quantity".to_owned(), Value::from(line.quantity));
            Some(Value::Object(fields))
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Value::Array(list).to_string())
}

/// Address and lines as both calls take them.
pub(super) fn basket_form(basket: &Basket) -> Result<Form, MarketError> {
    let refuse = |text: &str| MarketError::new(ErrorKind::Parameters, text);
    if basket.lines.is_empty() || basket.lines.len() > super::LINES_PER_ORDER {
        return Err(refuse("an order takes 1 to 50 lines; nothing was sent"));
    }
    if basket.lines.iter().any(|line| line.quantity < 1) {
        return Err(refuse("a line's quantity is below 1; nothing was sent"));
    }
    let address = address(&basket.address)
        .ok_or_else(|| refuse("the saved address's id is no number; nothing was sent"))?;
    let cargo = cargo(&basket.lines)
        .ok_or_else(|| refuse("an item's id is no number; nothing was sent"))?;
    Ok(Form::default()
        .with("addressParam", address)
        .with("cargoParamList", cargo))
}

/// The whole create.
pub(super) fn create_form(create: &Create<'_>) -> Result<Form, MarketError> {
    let refuse = |text: &str| MarketError::new(ErrorKind::Parameters, text);
    let form = basket_form(create.basket)?;
    let flow = create
        .terms
        .get(FLOW)
        .filter(|flow| !flow.is_empty())
        .ok_or_else(|| refuse("the preview's terms name no flow; nothing was sent"))?;
    // Without a trade type the marketplace would choose credit where the account has it.
    let trade_type = create
        .terms
        .get(TRADE_TYPE)
        .filter(|name| !name.is_empty())
        .ok_or_else(|| refuse("the preview's terms name no trade type; nothing was sent"))?;
    if create.reference.is_empty() {
        return Err(refuse("the order has no reference; nothing was sent"));
    }
    if create.note.chars().count() > super::NOTE_CHARACTERS {
        return Err(refuse(
            "the note to the seller is longer than 500 characters; nothing was sent",
        ));
    }
    Ok(form
        .with("flow", flow)
        .with("tradeType", trade_type)
        .with("message", create.note)
        .with("outOrderId", create.reference))
}

/// Reads the answer to a create. Any order number makes it a yes, even beside an error of the
/// gateway; a no must be listed and must not be contradicted; everything else is unclear.
pub(super) fn created(
    response: &Response,
    basket: &Basket,
    now: Timestamp,
) -> Result<Created, MarketError> {
    let answer = wire::parse(response)?;
    let root = answer.node();
    let result = root.at("result");
    let levels = [result, root];

    let orders = orders(&levels);
    let failed = failed(&levels, basket);
    if !orders.is_empty() {
        return Ok(Created {
            orders,
            failed,
            building: false,
        });
    }

    if let Err(mut error) = wire::read(response) {
        if names_an_order(&error.text) {
            error.kind = ErrorKind::Unclear;
        }
        return Err(error);
    }

    let words: Vec<Said> = levels
        .iter()
        .filter(|level| level.is_object())
        .map(|level| said(*level))
        .collect();
    let loudest = words
        .iter()
        .find(|said| said.is_no())
        .cloned()
        .unwrap_or_default();
    let unclear = |why: &str| {
        let mut error = loudest.error(ErrorKind::Unclear);
        if loudest.text.is_empty() {
            why.clone_into(&mut error.text);
        }
        error.code = error.code.or_else(|| Some(answer.status.to_string()));
        error
    };
    let contradicted = result.at("success").flag() == Some(true)
        || !words.iter().any(Said::is_no)
        || words.iter().any(|said| names_an_order(&said.text));
    if answer.server_failed() || contradicted {
        return Err(unclear("the answer names no order and no reason"));
    }
    let listed = words
        .iter()
        .filter(|said| said.success != Some(true))
        .find_map(|said| error::listed(ORDERING, said).map(|means| (means, said)));
    if let Some((means, said)) = listed {
        return Err(error::refusal(means, said, now));
    }
    // No reason for the whole, but a listed one for each single line.
    let every_line_failed = basket.lines.iter().all(|line| {
        failed.iter().any(|f| {
            f.names(&line.item, line.specification.as_deref())
                && f.verdict.kind != VerdictKind::Other
        })
    });
    match failed.into_iter().next() {
        Some(first) if every_line_failed => Err(MarketError {
            code: first.verdict.code.clone(),
            text: first.verdict.text.clone().unwrap_or_default(),
            kind: ErrorKind::Refused(Box::new(first.verdict)),
            request_id: None,
        }),
        _ => Err(unclear("the answer names no order and no reason")),
    }
}

/// Every order that the answer names: in its place, in the list of a split, or, should the envelope
/// be another one, anywhere under a name that only order numbers have.
fn orders(levels: &[Node<'_>]) -> Vec<CreatedOrder> {
    let mut found: Vec<CreatedOrder> = Vec::new();
    let mut add = |order: CreatedOrder| {
        if found.iter().all(|known| known.number != order.number) {
            found.push(order);
        }
    };
    for level in levels {
        for entry in level.at("orderList").items() {
            if let Some(number) = entry.any(&["orderId", "orderIdStr"]).id() {
                add(CreatedOrder {
                    number,
                    total: entry.any(&["orderAmmount", "orderAmount"]).fen(),
                    freight: entry.at("postFee").fen(),
                });
            }
        }
        if let Some(number) = level.any(&["orderId", "orderIdStr"]).id() {
            add(CreatedOrder {
                number,
                total: level.at("totalSuccessAmount").fen(),
                freight: level.at("postFee").fen(),
            });
        }
    }
    for level in levels {
        if let Some(value) = level.value() {
            sweep(value, &mut |number| {
                add(CreatedOrder {
                    number,
                    total: None,
                    freight: None,
                });
            });
        }
    }
    found
}

/// Visits every order number under a telling name, however deep. The parser has bounded the depth.
fn sweep(value: &Value, add: &mut impl FnMut(String)) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| sweep(v, add)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_order = matches!(
                    name.to_ascii_lowercase().as_str(),
                    "orderid"
                        | "orderidstr"
                        | "idofstr"
                        | "tradeid"
                        | "orderlist"
                        | "orderidlist"
                        | "orderids"
                );
                if is_order {
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

/// Lines that the answer leaves out by name.
fn failed(levels: &[Node<'_>], basket: &Basket) -> Vec<FailedLine> {
    let mut found: Vec<FailedLine> = Vec::new();
    for level in levels {
        for entry in level.at("failedOfferList").items() {
            let Some(item) = entry.any(&["offerId", "offerIdStr"]).id() else {
                continue;
            };
            let own = said(entry);
            let kind = match error::listed(ORDERING, &own) {
                Some(Means::Verdict(kind)) => kind,
                Some(Means::Limit(..)) => VerdictKind::Limit,
                None => VerdictKind::Other,
            };
            let line = FailedLine {
                // An offer that stands in the basket once needs no specification to be told.
                specification: entry.at("specId").text().or_else(|| {
                    let mut own = basket.lines.iter().filter(|line| line.item == item);
                    match (own.next(), own.next()) {
                        (Some(only), None) => only.specification.clone(),
                        _ => None,
                    }
                }),
                item,
                verdict: error::verdict(kind, &own),
            };
            if !found.contains(&line) {
                found.push(line);
            }
        }
    }
    found
}

/// A number as long as an order's in a text: then the text is no certain no.
fn names_an_order(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|token| token.len() >= 15 && token.bytes().all(|b| b.is_ascii_digit()))
}
