//! Ids, links and addresses as people give them and see them.

use super::ADDRESS_CHARACTERS;
use crate::pasted::Numbers;
use crate::{Address, AddressFault, Addresses};

const HOSTS: &[&str] = &["1688.com"];

/// Order numbers: 15 to 19 digits.
pub(super) const ORDER_NUMBERS: Numbers = Numbers {
    digits: 15..=19,
    parameters: &["orderId", "orderIds", "orderIdList"],
    hosts: HOSTS,
};

/// Offer ids: shorter than order numbers.
const OFFER_NUMBERS: Numbers = Numbers {
    digits: 6..=14,
    parameters: &["offerId", "offer_id", "object_id"],
    hosts: HOSTS,
};

/// The page of an offer.
pub(super) fn item_url(addresses: &Addresses, item: &str) -> Option<url::Url> {
    OFFER_NUMBERS.is_number(item).then_some(())?;
    let path = ["offer", &format!("{item}.html")];
    page(addresses, "detail.1688.com", &path, &path)
}

/// The page of an order.
pub(super) fn order_url(addresses: &Addresses, number: &str) -> Option<url::Url> {
    ORDER_NUMBERS.is_number(number).then_some(())?;
    let path = ["order", "new_step_order_detail.htm"];
    let mut url = page(addresses, "trade.1688.com", &path, &["order", number])?;
    if url.path().ends_with(path[1]) {
        url.query_pairs_mut().append_pair("orderId", number);
    }
    Some(url)
}

/// A page for people. The real site keeps its pages on several hosts, the training site on one.
fn page(addresses: &Addresses, host: &str, path: &[&str], elsewhere: &[&str]) -> Option<url::Url> {
    let mut page = addresses.site.clone();
    let real = page.host_str().is_some_and(|h| h.ends_with("1688.com"));
    if real {
        page.set_host(Some(host)).ok()?;
    }
    page.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(if real { path } else { elsewhere });
    Some(page)
}

/// The offer's id in a pasted id or link.
pub(super) fn item(text: &str) -> Option<String> {
    let text = text.trim();
    if OFFER_NUMBERS.is_number(text) {
        return Some(text.to_owned());
    }
    let link = text
        .split_whitespace()
        .find_map(|word| OFFER_NUMBERS.link(word))?;
    let from_path = link.path_segments().and_then(|mut parts| {
        parts.find_map(|part| {
            let bare = part.strip_suffix(".html").unwrap_or(part);
            OFFER_NUMBERS.is_number(bare).then(|| bare.to_owned())
        })
    });
    from_path.or_else(|| {
        link.query_pairs()
            .find(|(name, value)| {
                OFFER_NUMBERS
                    .parameters
                    .iter()
                    .any(|p| name.eq_ignore_ascii_case(p))
                    && OFFER_NUMBERS.is_number(value)
            })
            .map(|(_, value)| value.into_owned())
    })
}

/// Fields that an order needs, their characters, and the length of the whole. Nothing is ever cut.
pub(super) fn address_check(address: &Address) -> Result<(), AddressFault> {
    if let Some(id) = &address.saved_id {
        return if id.parse::<u64>().is_ok_and(|id| id > 0) {
            Ok(())
        } else {
            Err(AddressFault::Malformed("saved_id"))
        };
    }
    let texts = [
        ("full_name", &address.full_name, true),
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
    if address.mobile.trim().is_empty() && address.phone.trim().is_empty() {
        return Err(AddressFault::Missing("mobile"));
    }
    let digits = |text: &str, extra: &[u8]| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || extra.contains(&b))
    };
    if !digits(
        address.mobile.strip_prefix('+').unwrap_or(&address.mobile),
        b"-",
    ) {
        return Err(AddressFault::Malformed("mobile"));
    }
    if !digits(&address.phone, b"-") {
        return Err(AddressFault::Malformed("phone"));
    }
    if !digits(&address.post_code, b"") {
        return Err(AddressFault::Malformed("post_code"));
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
