//! Items: what orders call them (`/product/get`), and what their pages tell
//! (`/traffic/item/get`).

use super::super::gateway::{Call, Done, Refused, no};
use crate::catalogue::{Offer, Specification};
use crate::trade::DraftLine;
use serde_json::{Value, json};

/// The price before the shop's reduction: every third item is reduced by a fifth.
fn before(offer: &Offer, price: i64) -> i64 {
    let sum: u32 = offer.item_id.bytes().map(u32::from).sum();
    if sum.is_multiple_of(3) {
        price * 5 / 4
    } else {
        price
    }
}

/// The price before the shop's reduction, for the preview.
pub(super) fn list_price(offer: &Offer, price: i64) -> i64 {
    before(offer, price)
}

fn pictures(call: &Call<'_, '_>, offer: &Offer) -> Vec<String> {
    (0..4).map(|at| picture(call, offer, at)).collect()
}

fn picture(call: &Call<'_, '_>, offer: &Offer, at: usize) -> String {
    format!("{}/img/{}/{at}.svg", call.desk.base, offer.item_id)
}

/// Colour and size of a row; each name and value has a number.
fn properties(row: &Specification) -> Vec<Value> {
    row.attributes
        .iter()
        .zip(1_i64..)
        .map(|((name, value), at)| {
            json!({
                "prop_id": 20_000 + at,
                "prop_name": name,
                "value_id": 3_000_000 + value.bytes().map(i64::from).sum::<i64>() * 10 + at,
                "value_name": value,
                "value_desc": "",
            })
        })
        .collect()
}

fn sku(call: &Call<'_, '_>, offer: &Offer, row: &Specification, with_ids: bool) -> Value {
    let price = offer.unit_price(Some(row), 1);
    let mut view = json!({
        "sku_id": row.sku_id,
        "quantity": row.stock,
        "price": before(offer, price),
        "promotion_price": price,
        "coupon_price": price,
        "pic_url": picture(call, offer, 1),
        "properties": properties(row),
    });
    if let (true, Value::Object(map)) = (with_ids, &mut view) {
        map.insert("mp_skuId".into(), json!(row.order_id));
        map.insert("postFee".into(), json!(0));
        map.insert("status".into(), json!(1));
    }
    view
}

/// The item, after knobs had their way with it.
fn found(call: &mut Call<'_, '_>) -> Result<Offer, super::super::gateway::No> {
    call.wanted_refusal()?;
    let id = call.text("item_id").to_owned();
    let missing = || no("SBX_ITEM_NOT_FOUND", format!("商品{id}不存在"));
    let offer = call.desk.market.offers.get(&id).ok_or_else(missing)?;
    let touched: Vec<DraftLine> = offer
        .specifications
        .iter()
        .map(|row| DraftLine::new(id.clone(), Some(row.spec_id.clone()), 1))
        .collect();
    call.desk.market.disturb(&call.desk.effects, &touched);
    call.desk
        .market
        .offers
        .get(&id)
        .filter(|offer| offer.status == "published")
        .cloned()
        .ok_or_else(missing)
}

/// `/product/get`.
pub(super) fn get(call: &mut Call<'_, '_>) -> Done {
    if call
        .input
        .param("item_source_market")
        .is_some_and(|market| market == "CBU_MARKET")
    {
        return Err(no("SBX_ITEM_NOT_FOUND", "1688商品不在此沙箱"));
    }
    let offer = found(call)?;
    let market = &*call.desk.market;
    let shop = market.sellers.get(&offer.seller);
    let price = lowest(&offer);
    let rows: Vec<Value> = offer
        .specifications
        .iter()
        .filter(|row| !row.gone)
        .map(|row| sku(call, &offer, row, true))
        .collect();
    Ok(json!({
        "item_id": offer.item_id.parse::<i64>().unwrap_or(0),
        "mp_id": offer.order_id,
        "item_type": if offer.tradable { "HAVE_MATERIAL" } else { "WITHOUT_MATERIAL" },
        "title": offer.title,
        "description": format!("<p>{}</p>", offer.title),
        "pic_urls": pictures(call, &offer),
        "shop_id": shop.map(|shop| shop.user_id % 1_000_000_000),
        "shop_name": shop.map(|shop| shop.shop.clone()),
        "user_nick": shop.map(|shop| shop.login.clone()),
        "category_id": 50_000_000 + offer.category.bytes().map(i64::from).sum::<i64>(),
        "category_name": offer.category,
        "category_path": offer.category,
        "quantity": offer.stock_total(),
        "begin_amount": offer.minimum,
        "product_unit": offer.unit,
        // One that cannot be bought is off the shelf.
        "status": i64::from(offer.tradable),
        "price": before(&offer, price),
        "promotion_price": price,
        "coupon_price": price,
        "postFee": if offer.free_freight { 0 } else { shop.map_or(0, |shop| shop.freight_first_fen) },
        "promotion_displays": [],
        "sku_list": rows,
    }))
}

fn lowest(offer: &Offer) -> i64 {
    offer
        .specifications
        .iter()
        .filter(|row| !row.gone)
        .map(|row| offer.unit_price(Some(row), 1))
        .min()
        .unwrap_or(offer.price_fen)
}

/// `/traffic/item/get`: the same without ids for orders.
pub(super) fn content(call: &mut Call<'_, '_>) -> Done {
    if call.text("item_resource") != "taobao" {
        return Err(Refused::parameter("item_resource", "taobao").into());
    }
    let language = call.input.param("language").map(str::to_owned);
    if language
        .as_deref()
        .is_some_and(|word| !matches!(word, "en" | "vi" | "ru" | "ko" | "ja"))
    {
        return Err(Refused::parameter("language", "en, vi, ru, ko or ja").into());
    }
    let offer = found(call)?;
    let market = &*call.desk.market;
    let shop = market.sellers.get(&offer.seller);
    let price = lowest(&offer);
    let live = || offer.specifications.iter().filter(|row| !row.gone);
    let rows: Vec<Value> = live().map(|row| sku(call, &offer, row, false)).collect();
    let translated: Vec<Value> = live()
        .map(|row| json!({"sku_id": row.sku_id, "properties": properties(row)}))
        .collect();
    let mut body = json!({
        "item_resource": "taobao",
        "item_id": offer.item_id.parse::<i64>().unwrap_or(0),
        "title": offer.title,
        "description": format!("<p>{}</p>", offer.title),
        "pic_urls": pictures(call, &offer),
        "shop_id": shop.map(|shop| shop.user_id % 1_000_000_000),
        "shop_name": shop.map(|shop| shop.shop.clone()),
        "price": before(&offer, price),
        "promotion_price": price,
        "coupon_price": price,
        "properties": [{"prop_name": "产地", "value_name": shop.map(|shop| shop.place.1.clone())}],
        "sku_list": rows,
        "property_image_list": [],
        "tags": [],
        "promotion_displays": [],
    });
    if let (Some(language), Value::Object(map)) = (language, &mut body) {
        // The sandbox knows English only.
        map.insert(
            "multi_language_info".into(),
            json!({
                "language": language,
                "title": offer.title_en,
                "main_image_url": picture(call, &offer, 0),
                "properties": [],
                "sku_properties": translated,
            }),
        );
    }
    Ok(body)
}
