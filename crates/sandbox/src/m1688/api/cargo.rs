//! What preview and create have in common: the wanted goods, the address, and the verdicts.

use super::super::gateway::{Call, Refused, id_text};
use crate::state::{Address, Market};
use crate::trade::{DraftLine, LineTrouble};
use serde_json::Value;

/// A business refusal: code and text.
pub(super) type Trouble = (String, String);

/// Reads `cargoParamList`.
pub(super) fn lines(call: &Call<'_, '_>) -> Result<Vec<DraftLine>, Refused> {
    let bad = |what: &str| Refused::parameter("cargoParamList", what);
    let Some(Value::Array(list)) = call.json("cargoParamList", "a JSON array")? else {
        return Err(bad("a JSON array"));
    };
    let mut lines = Vec::new();
    for cargo in &list {
        let item_id = cargo
            .get("offerId")
            .and_then(id_text)
            .ok_or_else(|| bad("offerId, a number"))?;
        let spec_id = match cargo.get("specId") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                Some(text.trim().to_ascii_lowercase()).filter(|text| !text.is_empty())
            }
            Some(_) => return Err(bad("specId, a text")),
        };
        let quantity = cargo
            .get("quantity")
            .and_then(whole)
            .ok_or_else(|| bad("quantity, a whole number from 1 on"))?;
        lines.push(DraftLine::new(item_id, spec_id, quantity));
    }
    if lines.is_empty() {
        return Err(bad("at least one line"));
    }
    Ok(lines)
}

/// `5`, `5.0` and `"5"` are five pieces; five and a half are not.
fn whole(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let quantity: i64 = whole.parse().ok()?;
    (rest.bytes().all(|b| b == b'0') && (1..=10_000_000).contains(&quantity)).then_some(quantity)
}

/// Reads `addressParam`: a saved address, else a district code with texts, else texts.
pub(super) fn address(call: &Call<'_, '_>) -> Result<Result<Address, Trouble>, Refused> {
    let Some(value @ Value::Object(_)) = call.json("addressParam", "a JSON object")? else {
        return Err(Refused::parameter("addressParam", "a JSON object"));
    };
    let refuse = |text: &str| Ok(Err(("400".to_owned(), text.to_owned())));
    if let Some(id) = value.get("addressId").filter(|id| !id.is_null()) {
        let id = id_text(id).and_then(|id| id.parse::<i64>().ok());
        let saved = call
            .desk
            .market
            .accounts
            .get(&call.account)
            .and_then(|account| account.addresses.iter().find(|a| Some(a.id) == id));
        return match saved {
            Some(address) => Ok(Ok(address.clone())),
            None => refuse("AddressId invalid:AddressId invalid"),
        };
    }
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .map_or_else(String::new, |text| text.trim().to_owned())
    };
    let code = ["districtCode", "addressCode"]
        .into_iter()
        .filter_map(|name| value.get(name))
        .find_map(id_text)
        .unwrap_or_default();
    let mut address = Address {
        id: 0,
        full_name: text("fullName"),
        mobile: text("mobile"),
        phone: text("phone"),
        post: text("postCode"),
        province: text("provinceText"),
        city: text("cityText"),
        area: text("areaText"),
        town: text("townText"),
        street: text("address"),
        code,
        is_default: false,
    };
    for (name, value) in [
        ("fullName", &address.full_name),
        ("address", &address.street),
    ] {
        if value.is_empty() {
            return refuse(&format!("addressParam invalid:{name} is empty"));
        }
    }
    if address.mobile.is_empty() && address.phone.is_empty() {
        return refuse("addressParam invalid:mobile and phone are empty");
    }
    if !address
        .phone
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'-')
    {
        return refuse("addressParam invalid:phone");
    }
    if address.street.chars().count() > 200 {
        return refuse("addressParam invalid:address is longer than 200");
    }
    if address.code.is_empty() {
        if address.province.is_empty() || address.city.is_empty() {
            return refuse("addressParam invalid:provinceText or cityText is empty");
        }
    } else if let Some(district) = super::address::district(&address.code) {
        address.province = district.province.into();
        address.city = district.city.into();
        address.area = district.area.into();
    } else {
        return refuse("addressParam invalid:districtCode");
    }
    Ok(Ok(address))
}

/// The documented code and text for a line that cannot be ordered.
pub(super) fn verdict(line: &DraftLine, trouble: LineTrouble) -> Trouble {
    let offer = &line.item_id;
    let both = line
        .spec_id
        .as_ref()
        .map_or_else(|| offer.clone(), |spec| format!("{offer}_{spec}"));
    let (code, text) = match trouble {
        LineTrouble::NotTradable => ("500_001", format!("商品[{offer}]不支持在线交易。")),
        LineTrouble::SpecificationMissing => {
            ("500_002", format!("商品[{offer}]的规格信息specId为空。"))
        }
        LineTrouble::SpecificationUnknown => (
            "500_003",
            format!("商品[{both}]的规格信息specId与商品不匹配。"),
        ),
        LineTrouble::Stock => (
            "500_004",
            format!("商品[{both}]库存不足，请核实库存后订购。"),
        ),
        LineTrouble::Minimum => (
            "500_005",
            format!("商品[{offer}]的购买数量不满足起批量限制。"),
        ),
        LineTrouble::Mixed => (
            "500_006",
            format!("商品[{offer}]的购买数量或金额不满足混批条件。"),
        ),
        LineTrouble::ZeroPrice => ("500_008", format!("商品[{both}]的价格为0。")),
        LineTrouble::Lot => (
            "500_009",
            format!("商品[{offer}]的购买数量不满足整批销售的限制。"),
        ),
    };
    (code.to_owned(), text)
}

/// What sellers and other buyers do just before, because a knob wants it.
pub(super) fn disturb(call: &mut Call<'_, '_>, lines: &[DraftLine]) {
    call.desk.market.disturb(&call.desk.effects, lines);
}

/// A verdict on the goods as a whole: one seller, and every line by itself.
pub(super) fn sellers_differ(market: &Market, lines: &[DraftLine]) -> Option<Trouble> {
    let mut sellers = lines
        .iter()
        .filter_map(|line| market.offers.get(&line.item_id))
        .map(|offer| &offer.seller);
    let first = sellers.next()?;
    if sellers.all(|seller| seller == first) {
        return None;
    }
    let ids: Vec<&str> = lines.iter().map(|line| line.item_id.as_str()).collect();
    Some((
        "500_002".into(),
        format!("商品[{}]不属于同一个卖家。", ids.join(",")),
    ))
}
