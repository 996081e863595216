//! `/purchase/order/render`: what an order would cost, shop by shop, and what cannot be ordered.

use super::super::gateway::{Call, Done, Trouble};
use super::super::words::nick;
use super::goods::{self, Wanted};
use super::product::list_price;
use crate::trade::{DraftLine, freight};
use serde_json::{Value, json};

fn money(fen: i64) -> Value {
    json!({"amount": fen, "currency": "CNY"})
}

pub(super) fn run(call: &mut Call<'_, '_>) -> Done {
    call.flag("need_supplychain_service")?;
    let wanted = goods::wanted(call, "render_item_List")?;
    goods::address(call, "receiver_address")?;
    if call.input.param("warehouse_address").is_some() {
        goods::address(call, "warehouse_address")?;
    }
    call.wanted_refusal()?;
    let drafts = goods::drafts(&wanted);
    call.desk.market.disturb(&call.desk.effects, &drafts);
    let market = &*call.desk.market;
    let mut unavailable = Vec::new();
    let mut good: Vec<(Wanted, DraftLine)> = Vec::new();
    for line in wanted {
        match (goods::verdict(market, &line, &drafts), line.goods.clone()) {
            (None, Some(draft)) => good.push((line, draft)),
            (trouble, _) => {
                let Trouble { code, text } =
                    trouble.unwrap_or_else(|| Trouble::new("SBX_ITEM_NOT_FOUND", "商品不存在"));
                unavailable.push(json!({
                    "item_id": line.item,
                    "sku_id": line.sku,
                    "reason": text,
                    "error_code": code,
                    "error_msg": text,
                }));
            }
        }
    }
    let mut total = 0;
    let mut shops = Vec::new();
    for (seller, group) in goods::by_shop(market, good, |(_, draft)| draft.item_id.clone()) {
        let lines: Vec<DraftLine> = group.iter().map(|(_, draft)| draft.clone()).collect();
        let mut sum = 0;
        let mut prices = Vec::new();
        for (line, draft) in &group {
            let price = market.unit_price(draft, &drafts);
            let before = market
                .offers
                .get(&draft.item_id)
                .map_or(price, |offer| list_price(offer, price));
            sum += price * draft.quantity;
            prices.push(json!({
                "item_id": line.item,
                "sku_id": line.sku,
                "quantity": line.quantity,
                "origin_price": money(before),
                "discount_price": money(price),
            }));
        }
        let carriage = freight(market, &lines);
        total += sum + carriage;
        shops.push(json!({
            "seller_id": seller,
            "nick": nick(market, &seller),
            "currency_code": "CNY",
            "order_fee": money(sum),
            "mainland_shipping_fee": money(carriage),
            "delivery_fee": carriage,
            "dispatch_place": market.sellers.get(&seller).map(|seller| format!("{} {}", seller.place.0, seller.place.1)),
            "estimated_delivery_time": "48小时内发货",
            "item_price_infos": prices,
            "choose_supply_chain_services": [],
        }));
    }
    Ok(json!({
        "total_real_pay_price": money(total),
        "render_item_list": shops,
        "unavailable_sku_list": unavailable,
    }))
}
