//! Reading the goods: detail, cross-border info, freight, mixed-batch rule.

use super::super::gateway::{Call, Refused, id_text, object};
use super::cargo;
use crate::catalogue::{Offer, Quote, Specification};
use crate::money::{yuan, yuan_text};
use crate::trade::{DraftLine, freight};
use serde_json::{Value, json};

fn refused(code: &str, text: &str) -> Value {
    json!({"result": {"success": false, "code": code, "message": text}})
}

/// Prices by quantity, one step for an offer with one price.
fn steps(offer: &Offer) -> Vec<(i64, i64)> {
    if offer.ranges.is_empty() {
        vec![(offer.minimum, offer.price_fen)]
    } else {
        offer.ranges.clone()
    }
}

fn price_of(offer: &Offer, spec: &Specification) -> i64 {
    offer.unit_price(Some(spec), offer.minimum)
}

fn number(text: &str) -> Value {
    text.parse::<i64>().map_or(Value::Null, Value::from)
}

/// `product.search.queryProductDetail`.
pub(super) fn detail(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let bad = || Refused::parameter("offerDetailParam", "a JSON object with offerId");
    let Some(wanted) = call.json("offerDetailParam", "a JSON object with offerId")? else {
        return Err(bad());
    };
    let id = wanted.get("offerId").and_then(id_text).ok_or_else(bad)?;
    let country = wanted
        .get("country")
        .and_then(Value::as_str)
        .unwrap_or("en")
        .to_owned();
    if let Some((code, text)) = call.wanted_refusal() {
        return Ok(refused(&code, &text));
    }
    let touched: Vec<DraftLine> = specification_lines(call, &id);
    cargo::disturb(call, &touched);
    let market = &*call.desk.market;
    let Some(offer) = market.offers.get(&id) else {
        return Ok(refused("SBX_OFFER_NOT_FOUND", "商品不存在"));
    };
    let seller = market.sellers.get(&offer.seller);
    let image = |index: u32| format!("{}/img/{}/{index}.svg", call.desk.base, offer.item_id);
    let skus: Vec<Value> = offer
        .specifications
        .iter()
        .filter(|spec| !spec.gone)
        .map(|spec| {
            json!({
                "skuId": spec.sku_id,
                "specId": spec.spec_id,
                "amountOnSale": spec.stock,
                "price": yuan_text(price_of(offer, spec)),
                "cargoNumber": format!("SBX-{}", spec.sku_id),
                "skuAttributes": spec.attributes.iter().enumerate().map(|(at, (name, value))| json!({
                    "attributeId": 3_216 + at,
                    "attributeName": name,
                    "attributeNameTrans": name,
                    "value": value,
                    "valueTrans": value,
                    "skuImageUrl": if at == 0 { json!(image(0)) } else { Value::Null },
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let quote = match offer.quote {
        Quote::Fixed => 0,
        Quote::PerSpecification => 1,
        Quote::Range => 2,
    };
    let mix = seller.and_then(|seller| seller.mix).filter(|_| offer.mixed);
    let result = object([
        ("offerId", number(&offer.item_id)),
        ("categoryId", json!(1_000 + offer.category.len())),
        ("subject", json!(offer.title)),
        (
            "subjectTrans",
            json!(if country == "en" {
                offer.title_en.clone()
            } else {
                offer.title.clone()
            }),
        ),
        ("description", json!(format!("<p>{}</p>", offer.title))),
        (
            "productImage",
            json!({"images": [image(0), image(1), image(2)]}),
        ),
        ("productAttribute", json!([])),
        ("productSkuInfos", json!(skus)),
        (
            "productSaleInfo",
            json!({
                "amountOnSale": offer.stock_total(),
                "priceRangeList": steps(offer).iter().map(|(from, price)| json!({"startQuantity": from, "price": yuan_text(*price)})).collect::<Vec<_>>(),
                "quoteType": quote,
                "unitInfo": {"unit": offer.unit, "transUnit": "piece"},
            }),
        ),
        ("minOrderQuantity", json!(offer.minimum)),
        ("batchNumber", json!(offer.lot)),
        (
            "sellerMixSetting",
            json!({
                "generalHunpi": mix.is_some(),
                "mixAmount": mix.map_or(json!(0), |mix| yuan(mix.amount_fen)),
                "mixNumber": mix.map_or(0, |mix| mix.pieces),
            }),
        ),
        (
            "productShippingInfo",
            json!({
                "sendGoodsAddressText": seller.map_or_else(String::new, |seller| format!("{} {}", seller.place.0, seller.place.1)),
                "weight": kilograms(offer.weight_g),
                "freightTemplateId": i32::from(offer.free_freight),
            }),
        ),
        ("sellerOpenId", json!(offer.seller)),
        (
            "sellerDataInfo",
            json!({"companyName": seller.map(|s| s.company.clone()), "shopName": seller.map(|s| s.shop.clone())}),
        ),
        ("status", json!(offer.status)),
        ("isJxhy", json!(false)),
    ]);
    Ok(json!({"result": {"success": true, "code": "200", "message": "OK", "result": result}}))
}

/// Every specification of an offer, as if one piece of each was wanted: for knobs on offers.
fn specification_lines(call: &Call<'_, '_>, id: &str) -> Vec<DraftLine> {
    let Some(offer) = call
        .desk
        .market
        .offers
        .get(id)
        .filter(|_| !call.desk.effects.is_empty())
    else {
        return Vec::new();
    };
    let line = |spec_id: Option<String>| DraftLine::new(id.to_owned(), spec_id, 1);
    if offer.has_specifications() {
        offer
            .specifications
            .iter()
            .map(|spec| line(Some(spec.spec_id.clone())))
            .collect()
    } else {
        vec![line(None)]
    }
}

/// Grams as a JSON number of kilograms.
fn kilograms(grams: i64) -> Value {
    format!("{}.{:03}", grams / 1_000, grams % 1_000)
        .trim_end_matches('0')
        .trim_end_matches('.')
        .parse::<serde_json::Number>()
        .map_or(Value::Null, Value::Number)
}

/// `alibaba.cross.productInfo`.
pub(super) fn info(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let id = call.text("productId").trim().to_owned();
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refused::parameter("productId", "a number"));
    }
    if let Some((code, text)) = call.wanted_refusal() {
        return Ok(json!({"success": false, "code": code, "message": text}));
    }
    let market = &*call.desk.market;
    let Some(offer) = market.offers.get(&id) else {
        return Ok(json!({"success": false, "message": "没有该商品的查询权限"}));
    };
    let seller = market.sellers.get(&offer.seller);
    let quote = match (offer.quote, offer.has_specifications()) {
        (Quote::Fixed, _) => 0,
        (Quote::PerSpecification, _) => 1,
        (Quote::Range, false) => 2,
        (Quote::Range, true) => 3,
    };
    let image = |index: u32| format!("img/{}/{index}.svg", offer.item_id);
    let skus: Vec<Value> = offer
        .specifications
        .iter()
        .filter(|spec| !spec.gone)
        .map(|spec| {
            json!({
                "skuId": spec.sku_id,
                "specId": spec.spec_id,
                "cargoNumber": format!("SBX-{}", spec.sku_id),
                "amountOnSale": spec.stock,
                "price": yuan(price_of(offer, spec)),
                "attributes": spec.attributes.iter().enumerate().map(|(at, (name, value))| json!({
                    "attributeID": 3_216 + at,
                    "attributeDisplayName": name,
                    "attributeValue": value,
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let info = object([
        ("productID", number(&offer.item_id)),
        ("subject", json!(offer.title)),
        ("status", json!(offer.status)),
        ("image", json!({"images": [image(0), image(1)]})),
        ("skuInfos", json!(skus)),
        (
            "saleInfo",
            object([
                ("supportOnlineTrade", json!(offer.tradable)),
                ("mixWholeSale", json!(offer.mixed)),
                (
                    "priceRanges",
                    steps(offer)
                        .iter()
                        .map(|(from, price)| json!({"startQuantity": from, "price": yuan(*price)}))
                        .collect(),
                ),
                ("amountOnSale", json!(offer.stock_total())),
                ("unit", json!(offer.unit)),
                ("minOrderQuantity", json!(offer.minimum)),
                ("batchNumber", json!(offer.lot)),
                ("sellunit", json!(offer.unit)),
                ("quoteType", json!(quote)),
            ]),
        ),
        (
            "shippingInfo",
            json!({
                "unitWeight": kilograms(offer.weight_g),
                "freightTemplateID": i32::from(offer.free_freight),
                "sendGoodsAddressText": seller.map_or_else(String::new, |seller| format!("{} {}", seller.place.0, seller.place.1)),
            }),
        ),
        ("supplierUserId", json!(seller.map(|seller| seller.user_id))),
        (
            "supplierLoginId",
            json!(seller.map(|seller| seller.login.clone())),
        ),
        (
            "sellerLoginId",
            json!(seller.map(|seller| seller.login.clone())),
        ),
    ]);
    Ok(json!({"productInfo": info, "bizGroupInfos": [], "success": true}))
}

/// `product.freight.estimate`.
pub(super) fn freight_estimate(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let bad = || {
        Refused::parameter(
            "productFreightQueryParamsNew",
            "a JSON object with offerId and totalNum",
        )
    };
    let Some(wanted) = call.json("productFreightQueryParamsNew", "a JSON object")? else {
        return Err(bad());
    };
    let item_id = wanted.get("offerId").and_then(id_text).ok_or_else(bad)?;
    let quantity = wanted
        .get("totalNum")
        .and_then(id_text)
        .and_then(|n| n.parse().ok())
        .ok_or_else(bad)?;
    let Some(offer) = call.desk.market.offers.get(&item_id) else {
        return Ok(refused("SBX_OFFER_NOT_FOUND", "商品不存在"));
    };
    let (weight_g, free) = (offer.weight_g, offer.free_freight);
    let line = DraftLine::new(item_id.clone(), None, quantity);
    let fen = freight(call.desk.market, &[line]);
    Ok(
        json!({"result": {"success": true, "code": "S0000", "message": "success", "result": {
            "offerId": number(&item_id),
            "freight": yuan_text(fen),
            "freePostage": free,
            "singleProductWeight": kilograms(weight_g),
        }}}),
    )
}

/// `alibaba.trade.OpQueryMarketingMixConfig`.
pub(super) fn mix(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let market = &*call.desk.market;
    let seller = match (
        call.input.param("sellerMemberId"),
        call.input.param("sellerLoginId"),
    ) {
        (Some(member), _) => market.sellers.get(member),
        (None, Some(login)) => market.sellers.values().find(|seller| seller.login == login),
        (None, None) => {
            return Ok(
                json!({"success": false, "errorCode": "500_1", "errorMessage": "卖家不能为空"}),
            );
        }
    };
    let Some(seller) = seller else {
        return Ok(json!({"success": false, "errorCode": "500_1", "errorMessage": "卖家不存在"}));
    };
    Ok(json!({"success": true, "result": {
        "generalHunpi": seller.mix.is_some(),
        "mixAmount": seller.mix.map_or(json!(0), |mix| yuan(mix.amount_fen)),
        "mixNumber": seller.mix.map_or(0, |mix| mix.pieces),
        "memberId": seller.member_id,
    }}))
}
