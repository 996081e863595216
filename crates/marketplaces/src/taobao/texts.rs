//! Ids, links and addresses as people give them and see them.

use super::ADDRESS_CHARACTERS;
use crate::pasted::Numbers;
use crate::{Address, AddressFault, Addresses};

const HOSTS: &[&str] = &["taobao.com", "tmall.com", "tmall.hk", "taobao.global"];

/// Longer numbers are those that Taobao shows to people.
pub(super) const OWN_NUMBER_DIGITS: usize = 15;

/// Order numbers: the gateway's own have 12 digits, Taobao's have up to 19.
pub(super) const ORDER_NUMBERS: Numbers = Numbers {
    digits: 12..=19,
    parameters: &[
        "bizOrderId",
        "biz_order_id",
        "orderId",
        "order_id",
        "mainOrderId",
        "tradeId",
        "purchaseId",
        "purchase_id",
        "purchaseOrderId",
    ],
    hosts: HOSTS,
};

/// Item ids: 12 or 13 digits today, fewer on old pages.
const ITEM_NUMBERS: Numbers = Numbers {
    digits: 8..=14,
    parameters: &["id", "itemId", "item_id", "itemIds"],
    hosts: HOSTS,
};

/// The page of an item. The training site has it under the same path on its one host.
pub(super) fn item_url(addresses: &Addresses, item: &str) -> Option<url::Url> {
    ITEM_NUMBERS.is_number(item).then_some(())?;
    let mut page = addresses.site.clone();
    page.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .push("item.htm");
    page.query_pairs_mut().append_pair("id", item);
    Some(page)
}

/// The page of an order. A distributor's orders have no documented address of their own; only the
/// training site has one.
pub(super) fn order_url(addresses: &Addresses, number: &str) -> Option<url::Url> {
    let real = addresses
        .site
        .host_str()
        .is_some_and(|host| host.ends_with("taobao.com"));
    (!real && ORDER_NUMBERS.is_number(number) && number.len() <= OWN_NUMBER_DIGITS).then_some(())?;
    let mut page = addresses.site.clone();
    page.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(["purchase", number]);
    Some(page)
}

/// The item's id in a pasted id or link.
pub(super) fn item(text: &str) -> Option<String> {
    let text = text.trim();
    if ITEM_NUMBERS.is_number(text) {
        return Some(text.to_owned());
    }
    let link = text
        .split_whitespace()
        .find_map(|word| ITEM_NUMBERS.link(word))?;
    let from_query = link
        .query_pairs()
        .find(|(name, value)| {
            ITEM_NUMBERS
                .parameters
                .iter()
                .any(|p| name.eq_ignore_ascii_case(p))
                && ITEM_NUMBERS.is_number(value)
        })
        .map(|(_, value)| value.into_owned());
    from_query.or_else(|| {
        // Pages for readers abroad: `/item/731040994692.htm`.
        link.path_segments()?.find_map(|part| {
            let bare = part.split('.').next().unwrap_or_default();
            ITEM_NUMBERS.is_number(bare).then(|| bare.to_owned())
        })
    })
}

/// Fields that an order needs, their characters, and the length of the whole. Nothing is ever cut.
pub(super) fn address_check(address: &Address) -> Result<(), AddressFault> {
    if address.saved_id.is_some() {
        return Err(AddressFault::Malformed("saved_id"));
    }
    let texts = [
        ("full_name", &address.full_name, true),
        ("mobile", &address.mobile, true),
        ("province", &address.province, true),
        ("city", &address.city, true),
        // Some cities (Dongguan, Zhongshan) have no districts.
        ("area", &address.area, false),
        ("town", &address.town, false),
        ("street", &address.street, true),
    ];
    for (name, text, needed) in texts {
        if needed && text.trim().is_empty() {
            return Err(AddressFault::Missing(name));
        }
        if text.chars().any(char::is_control) {
            return Err(AddressFault::Malformed(name));
        }
    }
    let digits = |text: &str, extra: &[u8]| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || extra.contains(&b))
    };
    let mobile = address.mobile.strip_prefix('+').unwrap_or(&address.mobile);
    for (name, fits) in [
        ("mobile", digits(mobile, b"-")),
        ("phone", digits(&address.phone, b"-")),
        ("post_code", digits(&address.post_code, b"")),
    ] {
        if !fits {
            return Err(AddressFault::Malformed(name));
        }
    }
    let is = [
        &address.province,
        &address.city,
        &address.area,
        &address.town,
        &address.street,
    ]
    .iter()
    .map(|text| text.chars().count())
    .sum();
    if is > ADDRESS_CHARACTERS {
        return Err(AddressFault::TooLong {
            is,
            most: ADDRESS_CHARACTERS,
        });
    }
    Ok(())
}
