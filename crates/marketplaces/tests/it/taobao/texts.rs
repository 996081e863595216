//! What people paste, and the pages behind ids.

use super::{UMBRELLA, address, silent};
use marketplaces::{AddressFault, Marketplace, Taobao};

#[test]
fn items_are_read_from_ids_and_links() {
    for text in [
        UMBRELLA,
        " 731040994692\n",
        "https://item.taobao.com/item.htm?id=731040994692&skuId=4808332513272",
        "https://detail.tmall.com/item.htm?spm=a1.b2&id=731040994692",
        "detail.tmall.hk/hk/item.htm?id=731040994692",
        "【淘宝】伞 https://h5.m.taobao.com/awp/core/detail.htm?id=731040994692 点击",
        "https://world.taobao.com/item/731040994692.htm",
    ] {
        assert_eq!(
            Taobao.item_from_text(text).as_deref(),
            Some(UMBRELLA),
            "{text}"
        );
    }
    for text in [
        "",
        "伞",
        "12",
        "https://detail.1688.com/offer/731040994692.html",
        "https://taobao.com.example.com/item.htm?id=731040994692",
        "https://item.taobao.com/item.htm?id=abc",
    ] {
        assert_eq!(Taobao.item_from_text(text), None, "{text}");
    }
}

#[test]
fn order_numbers_of_both_kinds_are_read() {
    for (text, numbers) in [
        ("200078851363", vec!["200078851363"]),
        ("2912066688476065752", vec!["2912066688476065752"]),
        ("2912 0666 8847 6065 752", vec!["2912066688476065752"]),
        (
            "订单号：2912066688476065752, 200078851363",
            vec!["2912066688476065752", "200078851363"],
        ),
        (
            "https://buyertrade.taobao.com/trade/detail/trade_item_detail.htm?bizOrderId=2912066688476065752",
            vec!["2912066688476065752"],
        ),
    ] {
        let found = Taobao.order_numbers_from_text(text);
        let expected: Vec<Result<String, String>> =
            numbers.iter().map(|n| Ok((*n).to_owned())).collect();
        assert_eq!(found, expected, "{text}");
    }
    assert_eq!(
        Taobao.order_numbers_from_text("12345\nabc"),
        [Err("12345".to_owned()), Err("abc".to_owned())]
    );
}

#[test]
fn pages_exist_where_they_are_known() {
    let real = silent().addresses;
    let url = |page: Option<url::Url>| page.map(String::from);
    assert_eq!(
        url(Taobao.item_url(&real, UMBRELLA)).as_deref(),
        Some("https://item.taobao.com/item.htm?id=731040994692")
    );
    assert_eq!(url(Taobao.item_url(&real, "../x")), None);
    assert_eq!(url(Taobao.order_url(&real, "200078851363")), None);
    let mut here = real;
    here.site = "http://127.0.0.1:9999/".parse().unwrap();
    assert_eq!(
        url(Taobao.item_url(&here, UMBRELLA)).as_deref(),
        Some("http://127.0.0.1:9999/item.htm?id=731040994692")
    );
    assert_eq!(
        url(Taobao.order_url(&here, "200078851363")).as_deref(),
        Some("http://127.0.0.1:9999/purchase/200078851363")
    );
    assert!(Taobao.registration_url().starts_with("https://"));
}

#[test]
fn addresses_are_refused_and_never_cut() {
    assert_eq!(Taobao.address_check(&address()), Ok(()));
    let mut saved = address();
    saved.saved_id = Some("1".to_owned());
    assert_eq!(
        Taobao.address_check(&saved),
        Err(AddressFault::Malformed("saved_id"))
    );
    let mut nobody = address();
    nobody.mobile.clear();
    assert_eq!(
        Taobao.address_check(&nobody),
        Err(AddressFault::Missing("mobile"))
    );
    let mut long = address();
    long.street = "路".repeat(200);
    assert_eq!(
        Taobao.address_check(&long),
        Err(AddressFault::TooLong { is: 213, most: 200 })
    );
    let mut odd = address();
    odd.post_code = "5100OO".to_owned();
    assert_eq!(
        Taobao.address_check(&odd),
        Err(AddressFault::Malformed("post_code"))
    );
}
