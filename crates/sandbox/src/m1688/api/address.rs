//! Saved addresses, and reading an address out of a text.

use super::super::gateway::{Call, Refused, object};
use crate::state::Address;
use serde_json::{Value, json};

/// A district the sandbox knows by its code.
pub(super) struct District {
    pub code: &'static str,
    pub province: &'static str,
    pub city: &'static str,
    pub area: &'static str,
    pub post: &'static str,
}

const fn row(
    code: &'static str,
    province: &'static str,
    city: &'static str,
    area: &'static str,
    post: &'static str,
) -> District {
    District {
        code,
        province,
        city,
        area,
        post,
    }
}

const DISTRICTS: &[District] = &[
    row("330108", "浙江省", "杭州市", "滨江区", "310051"),
    row("330110", "浙江省", "杭州市", "余杭区", "311100"),
    row("330782", "浙江省", "义乌市", "义乌市", "322000"),
    row("440111", "广东省", "广州市", "白云区", "510405"),
    row("440306", "广东省", "深圳市", "宝安区", "518101"),
    row("441900", "广东省", "东莞市", "东莞市", "523000"),
    row("310107", "上海", "上海市", "普陀区", "200333"),
    row("110105", "北京", "北京市", "朝阳区", "100020"),
    row("230102", "黑龙江省", "哈尔滨市", "道里区", "150010"),
    row("231081", "黑龙江省", "绥芬河市", "绥芬河市", "157300"),
];

/// The district of that code.
pub(super) fn district(code: &str) -> Option<&'static District> {
    DISTRICTS.iter().find(|row| row.code == code)
}

fn text(address: &Address) -> String {
    [&address.province, &address.city, &address.area]
        .iter()
        .map(|part| part.as_str())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// `alibaba.trade.receiveAddress.get`.
pub(super) fn saved(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let addresses = call
        .desk
        .market
        .accounts
        .get(&call.account)
        .map(|account| account.addresses.clone())
        .unwrap_or_default();
    let items: Vec<Value> = addresses
        .iter()
        .map(|address| {
            json!({
                "id": address.id,
                "fullName": address.full_name,
                "address": address.street,
                "post": address.post,
                "phone": address.phone,
                "mobilePhone": address.mobile,
                "addressCode": address.code,
                "addressCodeText": text(address),
                "isDefault": address.is_default,
                "townCode": "",
                "townName": address.town,
            })
        })
        .collect();
    Ok(json!({"result": {"receiveAddressItems": items}, "success": true}))
}

/// Finds province, city and area in a text; what stands behind them is the street.
pub(in super::super) fn parse(given: &str) -> Option<Address> {
    let squeezed: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let best = DISTRICTS.iter().find(|row| {
        squeezed.contains(row.area) && squeezed.contains(row.city.trim_end_matches('市'))
    })?;
    let street = squeezed
        .split_once(best.area)
        .map(|(_, rest)| rest.split_once(best.area).map_or(rest, |(_, rest)| rest))
        .unwrap_or_default();
    Some(Address {
        province: best.province.into(),
        city: best.city.into(),
        area: best.area.into(),
        street: street.to_owned(),
        code: best.code.into(),
        post: best.post.into(),
        ..Address::default()
    })
}

/// `alibaba.trade.addresscode.parse`.
pub(super) fn parse_text(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    Ok(match parse(call.text("addressInfo")) {
        Some(address) => json!({
            "result": object([
                ("address", json!(address.street)),
                ("addressCode", json!(address.code)),
                ("addressCodeText", json!(text(&address))),
                ("postCode", json!(address.post)),
                ("isDefault", json!(false)),
                ("latest", json!(false)),
            ]),
            "success": true,
        }),
        None => {
            json!({"success": false, "errorCode": "SBX_ADDRESS_UNKNOWN", "errorMessage": "地址无法识别"})
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_out_of_a_text() {
        let address = parse("浙江省 杭州市 滨江区 网商路699号").unwrap();
        assert_eq!(
            (address.code.as_str(), address.street.as_str()),
            ("330108", "网商路699号")
        );
        assert!(parse("nowhere").is_none());
        assert!(district("330108").is_some());
    }
}
