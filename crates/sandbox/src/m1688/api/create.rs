//! `alibaba.trade.createCrossOrder` and its domestic twin `fastCreateOrder`: make the order.

use super::super::gateway::{Call, Refused, object};
use super::cargo::{self, Trouble};
use crate::knobs::{Effect, Repeat};
use crate::trade::{Draft, DraftLine, Order, split};
use serde_json::{Value, json};

/// The code of a refusal whose real form is not known.
const REPEATED: &str = "SBX_OUT_ORDER_ID_REPEATED";

const FLOWS: &[&str] = &[
    "general",
    "fenxiao",
    "fenxiaonew",
    "saleproxy",
    "paired",
    "repurchase",
    "boutiquefenxiao",
    "boutiquepifa",
];
const TRADE_TYPES: &[&str] = &["assureTrade", "fxassure", "nzassure"];
const MOST_LINES: usize = 50;

pub(super) fn cross(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    run(call, true)
}

pub(super) fn fast(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    run(call, false)
}

fn refused((code, text): Trouble) -> Value {
    json!({"success": false, "code": code, "message": text})
}

/// Why nothing may be ordered, apart from the lines themselves.
fn limits(call: &Call<'_, '_>) -> Option<Trouble> {
    call.desk
        .market
        .limit_reached(&call.account, call.now())
        .map(|reached| (reached.code().to_owned(), reached.text()))
}

fn checked_texts(call: &Call<'_, '_>) -> Option<Trouble> {
    let invalid = |text: &str| Some(("400".to_owned(), text.to_owned()));
    if !FLOWS.contains(&call.text("flow")) {
        return invalid("flow invalid:flow invalid");
    }
    if call.text("message").chars().count() > 500 {
        return invalid("message invalid:message is longer than 500");
    }
    if let Some(wanted) = call.input.param("tradeType")
        && !TRADE_TYPES.contains(&wanted)
    {
        return Some(("400".into(), format!("not support tradeType:【{wanted}】")));
    }
    None
}

fn run(call: &mut Call<'_, '_>, several_allowed: bool) -> Result<Value, Refused> {
    let lines = cargo::lines(call)?;
    let address = match cargo::address(call)? {
        Ok(address) => address,
        Err(trouble) => return Ok(refused(trouble)),
    };
    if let Some(trouble) = checked_texts(call) {
        return Ok(refused(trouble));
    }
    if lines.len() > MOST_LINES {
        return Ok(refused((
            "400".into(),
            format!("cargoParamList invalid:more than {MOST_LINES} lines"),
        )));
    }
    let reference = call.input.param("outOrderId").map(str::to_owned);
    if let Some(reference) = &reference {
        let known = call
            .desk
            .market
            .reference(&call.account, reference)
            .map(|row| row.orders.clone())
            .unwrap_or_default();
        if !known.is_empty() {
            match call.settings.repeat_reference {
                Repeat::First => return Ok(answer(call, &known, Vec::new())),
                Repeat::Error => {
                    return Ok(refused((
                        REPEATED.into(),
                        format!("outOrderId[{reference}]重复，订单已存在。"),
                    )));
                }
                Repeat::Second => {}
            }
        }
    }
    if let Some(trouble) = call.wanted_refusal() {
        return Ok(refused(trouble));
    }
    if let Some(trouble) = limits(call) {
        return Ok(refused(trouble));
    }
    cargo::disturb(call, &lines);
    if let Some(trouble) = cargo::sellers_differ(call.desk.market, &lines) {
        return Ok(refused(trouble));
    }
    let (good, failed) = match sort_out(call, lines) {
        Ok(sorted) => sorted,
        Err(trouble) => return Ok(refused(trouble)),
    };
    if good.is_empty() {
        return Ok(json!({
            "success": false,
            "code": failed.first().map(|(_, (code, _))| code.clone()),
            "message": failed.first().map(|(_, (_, text))| text.clone()),
            "result": {"success": false, "failedOfferList": failures(&failed)},
        }));
    }
    let asked = call.desk.effects.iter().find_map(|effect| {
        if let Effect::Split { orders } = effect {
            Some(*orders)
        } else {
            None
        }
    });
    let orders = if several_allowed {
        asked.unwrap_or(call.settings.split_orders)
    } else {
        1
    };
    let numbers: Vec<String> = split(good, orders)
        .into_iter()
        .map(|group| make(call, group, &address, reference.clone()))
        .collect();
    let body = answer(call, &numbers, failed);
    if call.desk.effects.contains(&Effect::CreateForgotten) {
        for number in &numbers {
            call.desk.market.order_forget(number);
        }
    }
    Ok(body)
}

/// A line that fails, with its reason.
type Failed = (DraftLine, Trouble);

/// Which lines can be ordered and which fail by themselves; an error fails the whole.
fn sort_out(
    call: &Call<'_, '_>,
    lines: Vec<DraftLine>,
) -> Result<(Vec<DraftLine>, Vec<Failed>), Trouble> {
    let market = &*call.desk.market;
    let mut failed: Vec<Failed> = Vec::new();
    for effect in &call.desk.effects {
        if let Effect::LineFails {
            code,
            message,
            offer,
        } = effect
        {
            let meant = lines.iter().find(|line| {
                offer.as_ref().is_none_or(|offer| *offer == line.item_id)
                    && !failed.iter().any(|(known, _)| known == *line)
            });
            if let Some(line) = meant {
                let (usual_code, usual_text) =
                    cargo::verdict(line, crate::trade::LineTrouble::Stock);
                failed.push((
                    line.clone(),
                    (
                        code.clone().unwrap_or(usual_code),
                        message.clone().unwrap_or(usual_text),
                    ),
                ));
            }
        }
    }
    for line in &lines {
        if failed.iter().any(|(known, _)| known == line) {
            continue;
        }
        if let Some(trouble) = market.line_trouble(line, &lines) {
            let said = cargo::verdict(line, trouble);
            if trouble == crate::trade::LineTrouble::Stock
                && call.settings.own.stock_failure_by_line
            {
                failed.push((line.clone(), said));
            } else {
                return Err(said);
            }
        }
    }
    let good = lines
        .into_iter()
        .filter(|line| !failed.iter().any(|(known, _)| known == line))
        .collect();
    Ok((good, failed))
}

fn make(
    call: &mut Call<'_, '_>,
    lines: Vec<DraftLine>,
    address: &crate::state::Address,
    reference: Option<String>,
) -> String {
    let hidden = call.desk.effects.iter().find_map(|effect| {
        if let Effect::HideOrder { seconds } = effect {
            Some(*seconds)
        } else {
            None
        }
    });
    let odd_word = call.desk.effects.iter().find_map(|effect| {
        if let Effect::UnknownStatus { word } = effect {
            Some(word.clone())
        } else {
            None
        }
    });
    let (number, line_ids) = call.desk.market.long_number(lines.len(), call.desk.world);
    let draft = Draft {
        number,
        line_ids,
        account: call.account.clone(),
        app_key: Some(call.app_key.clone()),
        reference,
        lines,
        address: address.clone(),
        message: call.text("message").to_owned(),
        flow: call.text("flow").to_owned(),
        trade_type: call
            .input
            .param("tradeType")
            .unwrap_or("assureTrade")
            .to_owned(),
        pay_seconds: call.settings.pay_timeout_s,
        hidden_seconds: hidden.unwrap_or(call.settings.search_delay_s),
        odd_word,
        build: None,
        extra: Value::Null,
    };
    let world = call.desk.world;
    call.desk.market.order_make(draft, world)
}

fn failures(failed: &[Failed]) -> Vec<Value> {
    failed
        .iter()
        .map(|(line, (code, text))| {
            object([
                ("offerId", json!(line.item_id)),
                ("specId", json!(line.spec_id)),
                ("errorCode", json!(code)),
                ("errorMessage", json!(text)),
            ])
        })
        .collect()
}

fn answer(call: &Call<'_, '_>, numbers: &[String], failed: Vec<Failed>) -> Value {
    let orders: Vec<&Order> = numbers
        .iter()
        .filter_map(|number| call.desk.market.orders.get(number))
        .collect();
    let failures = if failed.is_empty() {
        Value::Null
    } else {
        json!(failures(&failed))
    };
    let result = match orders.as_slice() {
        [order] => object([
            ("totalSuccessAmount", json!(order.total_fen())),
            ("orderId", json!(order.number)),
            ("success", json!(true)),
            ("postFee", json!(order.freight_fen)),
            ("failedOfferList", failures),
        ]),
        several => {
            let list: Vec<Value> = several
                .iter()
                .map(|order| {
                    json!({
                        "postFee": order.freight_fen,
                        "orderAmmount": order.total_fen(),
                        "discount": 0,
                        "sumPaymentNoCarriageFromClient": order.goods_fen(),
                        "mergePay": false,
                        "orderId": order.number,
                        "chooseFreeFreight": false,
                        "success": true,
                        "resultCode": "200",
                    })
                })
                .collect();
            object([
                ("success", json!(true)),
                ("orderList", json!(list)),
                ("failedOfferList", failures),
            ])
        }
    };
    if call.settings.own.unwrapped_create {
        return result;
    }
    json!({"result": result, "success": true})
}
