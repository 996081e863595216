//! `alibaba.createOrder.preview`: what an order would cost, and whether it may be made.

use super::super::gateway::{Call, Refused, object};
use super::cargo;
use crate::money::yuan;
use crate::trade::{DraftLine, freight, split};
use serde_json::{Value, json};

fn refused((code, text): cargo::Trouble) -> Value {
    json!({"success": false, "errorCode": code, "errorMsg": text})
}

pub(super) fn run(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let lines = cargo::lines(call)?;
    if let Err(trouble) = cargo::address(call)? {
        return Ok(refused(trouble));
    }
    if let Some(trouble) = call.wanted_refusal() {
        return Ok(refused(trouble));
    }
    cargo::disturb(call, &lines);
    let market = &*call.desk.market;
    let flow = call.input.param("flow").unwrap_or("general");
    if flow == "saleproxy" {
        let ids: Vec<&str> = lines.iter().map(|line| line.item_id.as_str()).collect();
        return Ok(refused((
            "500_007".into(),
            format!("商品[{}]没有代销关系。", ids.join(",")),
        )));
    }
    if let Some(trouble) = cargo::sellers_differ(market, &lines) {
        return Ok(refused(trouble));
    }
    for line in &lines {
        if let Some(trouble) = market.line_trouble(line, &lines) {
            return Ok(refused(cargo::verdict(line, trouble)));
        }
    }
    let groups = split(lines.clone(), call.settings.split_orders);
    let previews: Vec<Value> = groups
        .iter()
        .map(|group| one(call, group, &lines, flow))
        .collect();
    let offers: Vec<Value> = lines
        .iter()
        .filter_map(|line| line.item_id.parse::<i64>().ok())
        .map(Value::from)
        .collect();
    Ok(json!({
        "orderPreviewResuslt": previews,
        "postFeeByDescOfferList": [],
        "consignOfferList": [],
        "unsupportedCrossBorderPayOfferList": offers,
        "success": true,
    }))
}

fn one(call: &Call<'_, '_>, group: &[DraftLine], all: &[DraftLine], flow: &str) -> Value {
    let market = &*call.desk.market;
    let mut goods = 0;
    let mut cargos = Vec::new();
    for line in group {
        let price = market.unit_price(line, all);
        let amount = price * line.quantity;
        goods += amount;
        let sku = line
            .spec_id
            .as_deref()
            .and_then(|id| market.offers.get(&line.item_id)?.specification(id))
            .map(|spec| spec.sku_id);
        cargos.push(object([
            ("amount", yuan(amount)),
            ("finalUnitPrice", yuan(price)),
            ("specId", json!(line.spec_id)),
            ("skuId", json!(sku)),
            ("offerId", json!(line.item_id.parse::<i64>().unwrap_or(0))),
            ("cargoPromotionList", json!([])),
        ]));
    }
    let carriage = freight(market, group);
    let sum = goods + carriage;
    json!({
        "tradeModeNameList": ["assureTrade"],
        "status": true,
        "taoSampleSinglePromotion": false,
        "sumPayment": sum,
        "sumCarriage": carriage,
        "sumPaymentNoCarriage": goods,
        "discountFee": 0,
        "additionalFee": 0,
        "flowFlag": flow,
        "cargoList": cargos,
        "shopPromotionList": [],
        "payChannelInfos": [{"name": "alipay", "amountLimit": 100_000_000}],
        "tradeModelList": [{
            "tradeWay": "assureTrade",
            "name": "担保交易",
            "tradeType": "assureTrade",
            "description": "买家付款后，款项由支付平台保管，确认收货后再付给卖家。",
            "opSupport": true,
        }],
    })
}
