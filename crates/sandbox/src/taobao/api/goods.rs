//! What preview and create have in common: the wanted goods, the address, and the verdicts.

use super::super::gateway::{Call, No, Refused, Trouble, digits, no};
use super::super::words::LineExtra;
use crate::knobs::document;
use crate::state::{Address, Market};
use crate::trade::{DraftLine, LineTrouble, Order, Status};
use serde_json::{Map, Value};

/// A field of a wanted line: live clients write it in either way.
pub(in super::super) fn field<'v>(line: &'v Value, camel: &str, snake: &str) -> Option<&'v Value> {
    line.get(camel)
        .or_else(|| line.get(snake))
        .filter(|value| !value.is_null())
}

/// A wanted line: the ids by which the caller named the goods, and the goods, if there are any.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub item: String,
    pub sku: String,
    pub goods: Option<DraftLine>,
    pub quantity: i64,
}

/// Reads a list of wanted goods.
pub(super) fn wanted(call: &Call<'_, '_>, name: &str) -> Result<Vec<Wanted>, Refused> {
    let bad = |what: &str| Refused::parameter(name, what);
    let Some(Value::Array(list)) = call.json(name, "a JSON array")? else {
        return Err(bad("a JSON array"));
    };
    if list.is_empty() {
        return Err(bad("at least one line"));
    }
    let mut lines = Vec::new();
    for (at, line) in (1_usize..).zip(&list) {
        let item = field(line, "itemId", "item_id")
            .and_then(digits)
            .ok_or_else(|| bad("itemId, an id"))?;
        let sku = field(line, "skuId", "sku_id")
            .and_then(digits)
            .ok_or_else(|| bad("skuId, an id"))?;
        let quantity = line
            .get("quantity")
            .and_then(digits)
            .and_then(|text| text.parse::<i64>().ok())
            .filter(|quantity| (1..=1_000_000).contains(quantity))
            .ok_or_else(|| bad("quantity, a whole number from 1 on"))?;
        let text = |camel: &str, snake: &str| match field(line, camel, snake) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let line_no = text("orderLineNo", "order_line_no");
        let extra = LineExtra {
            outer_number: String::new(),
            order_line_no: if line_no.is_empty() {
                at.to_string()
            } else {
                line_no
            },
            remark: text("orderRemark", "order_remark"),
        };
        let goods = call
            .desk
            .market
            .offers
            .values()
            .find(|offer| offer.order_id.as_ref() == Some(&item))
            .map(|offer| DraftLine {
                item_id: offer.item_id.clone(),
                // A row that is not there stays one that nobody has.
                spec_id: Some(
                    offer
                        .specifications
                        .iter()
                        .find(|row| row.order_id.as_ref() == Some(&sku))
                        .map_or_else(|| sku.clone(), |row| row.spec_id.clone()),
                ),
                quantity,
                extra: Value::Object(document(&extra)),
            });
        lines.push(Wanted {
            item,
            sku,
            goods,
            quantity,
        });
    }
    Ok(lines)
}

/// The goods alone.
pub(super) fn drafts(lines: &[Wanted]) -> Vec<DraftLine> {
    lines.iter().filter_map(|line| line.goods.clone()).collect()
}

/// Why a line cannot be ordered. None of the real codes is known.
pub(super) fn verdict(market: &Market, line: &Wanted, all: &[DraftLine]) -> Option<Trouble> {
    let Wanted { item, sku, .. } = line;
    let Some(goods) = &line.goods else {
        return Some(Trouble::new(
            "SBX_ITEM_NOT_FOUND",
            format!("商品{item}不存在"),
        ));
    };
    let (code, text) = match market.line_trouble(goods, all)? {
        LineTrouble::NotTradable => ("SBX_ITEM_NOT_TRADABLE", format!("商品{item}不可下单")),
        LineTrouble::SpecificationMissing | LineTrouble::SpecificationUnknown => {
            ("SBX_SKU_NOT_FOUND", format!("商品{item}没有SKU {sku}"))
        }
        LineTrouble::Stock => ("SBX_OUT_OF_STOCK", format!("SKU {sku}库存不足")),
        LineTrouble::Minimum | LineTrouble::Mixed | LineTrouble::Lot => {
            ("SBX_BELOW_MINIMUM", format!("商品{item}未达到起购数量"))
        }
        LineTrouble::ZeroPrice => ("SBX_NO_PRICE", format!("SKU {sku}没有价格")),
    };
    Some(Trouble::new(code, text))
}

/// Reads an address, with the country beside it.
pub(super) fn address(call: &Call<'_, '_>, name: &str) -> Result<(Address, String), No> {
    let Some(value @ Value::Object(_)) = call.json(name, "a JSON object")? else {
        return Err(Refused::parameter(name, "a JSON object").into());
    };
    let text = |name: &str| match value.get(name) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let address = Address {
        full_name: text("name"),
        mobile: text("mobile_phone"),
        phone: text("phone"),
        post: text("zip"),
        province: text("state"),
        city: text("city"),
        area: text("district"),
        street: text("address"),
        ..Address::default()
    };
    for (what, value) in [
        ("country", &text("country")),
        ("state", &address.province),
        ("city", &address.city),
        ("address", &address.street),
        ("name", &address.full_name),
    ] {
        if value.is_empty() {
            return Err(no("SBX_ADDRESS", format!("{name}.{what} is empty")));
        }
    }
    if address.mobile.is_empty() && address.phone.is_empty() {
        return Err(no(
            "SBX_ADDRESS",
            format!("{name}.mobile_phone and {name}.phone are empty"),
        ));
    }
    Ok((address, text("country")))
}

/// Goods by shop, in the order in which the shops first appear.
pub(super) fn by_shop<T>(
    market: &Market,
    lines: Vec<T>,
    item: impl Fn(&T) -> String,
) -> Vec<(String, Vec<T>)> {
    let mut shops: Vec<(String, Vec<T>)> = Vec::new();
    for line in lines {
        let shop = market
            .offers
            .get(&item(&line))
            .map(|offer| offer.seller.clone())
            .unwrap_or_default();
        match shops.iter_mut().find(|(known, _)| *known == shop) {
            Some((_, group)) => group.push(line),
            None => shops.push((shop, vec![line])),
        }
    }
    shops
}

/// Each line's share of the freight: by what it costs, the last open one takes the rest.
pub(in super::super) fn freight_shares(order: &Order) -> Vec<i64> {
    let goods = order.goods_fen().max(1);
    let last = order
        .lines
        .iter()
        .rposition(|line| !line.left_out)
        .unwrap_or(0);
    let mut left = order.freight_fen;
    order
        .lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let share = if line.left_out {
                0
            } else if at == last {
                left
            } else {
                order.freight_fen * line.amount_fen() / goods
            };
            left -= share;
            share
        })
        .collect()
}

/// The caller's own order, if it may be read at all by now.
pub(super) fn own<'a>(call: &'a Call<'_, '_>, number: &str) -> Option<&'a Order> {
    call.desk
        .market
        .orders
        .get(number)
        .filter(|order| order.account == call.account)
        .filter(|order| {
            !(call.settings.search_delay_hides_reads && order.visible_from > call.now().0)
        })
}

/// Whether an order can still be cancelled.
pub(super) const fn cancellable(status: Status) -> bool {
    matches!(status, Status::Building | Status::Unpaid)
}

/// An address in answers.
pub(super) fn shown(address: &Address, country: &str) -> Map<String, Value> {
    [
        ("country", country),
        ("state", &address.province),
        ("city", &address.city),
        ("district", &address.area),
        ("address", &address.street),
        ("zip", &address.post),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), Value::String(value.to_owned())))
    .collect()
}
