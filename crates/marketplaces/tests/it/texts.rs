//! Ids, links and addresses as people give them.

use crate::canned::{Canned, address};
use marketplaces::{Address, AddressFault, M1688, Marketplace};

#[test]
fn items_are_read_from_ids_and_links() {
    for text in [
        "554456348334",
        " 554456348334 ",
        "https://detail.1688.com/offer/554456348334.html",
        "https://detail.1688.com/offer/554456348334.html?spm=a26352.13672862.offerlist.1",
        "detail.1688.com/offer/554456348334.html",
        "https://m.1688.com/offer/554456348334.html",
        "https://detail.m.1688.com/page/index.html?offerId=554456348334&sk=consign",
        "see https://detail.1688.com/offer/554456348334.html please",
        "http://127.0.0.1:8689/offer/554456348334.html",
    ] {
        assert_eq!(
            M1688.item_from_text(text).as_deref(),
            Some("554456348334"),
            "{text}"
        );
    }
    for text in [
        "",
        "12",
        "abc",
        "2257164624870311973",
        "https://item.taobao.com/item.htm?id=554456348334",
        "https://example.com/offer/554456348334.html",
        "https://evil1688.com/offer/554456348334.html",
        "https://detail.1688.com/",
        "554456348334x",
    ] {
        assert_eq!(M1688.item_from_text(text), None, "{text}");
    }
}

#[test]
fn pages_for_people_have_addresses() {
    let mut addresses = Canned::empty().addresses;
    let item = M1688.item_url(&addresses, "554456348334").unwrap();
    assert_eq!(
        item.as_str(),
        "https://detail.1688.com/offer/554456348334.html"
    );
    let order = M1688.order_url(&addresses, "2257164624870311973").unwrap();
    assert_eq!(
        order.as_str(),
        "https://trade.1688.com/order/new_step_order_detail.htm?orderId=2257164624870311973"
    );
    addresses.site = url::Url::parse("http://127.0.0.1:8689/").unwrap();
    let item = M1688.item_url(&addresses, "554456348334").unwrap();
    assert_eq!(
        item.as_str(),
        "http://127.0.0.1:8689/offer/554456348334.html"
    );
    let order = M1688.order_url(&addresses, "2257164624870311973").unwrap();
    assert_eq!(
        order.as_str(),
        "http://127.0.0.1:8689/order/2257164624870311973"
    );
    assert_eq!(M1688.item_url(&addresses, "../x"), None);
    assert_eq!(M1688.order_url(&addresses, "12"), None);
    // What a page shows can be pasted back.
    assert_eq!(
        M1688.item_from_text(item.as_str()).as_deref(),
        Some("554456348334")
    );
}

#[test]
fn order_numbers_are_read_from_what_people_paste() {
    let found = M1688.order_numbers_from_text(
        "2257 1646 2487 0311 973\nhttps://trade.1688.com/order/new_step_order_detail.htm?orderId=105581756010628640, 123",
    );
    assert_eq!(
        found,
        [
            Ok("2257164624870311973".to_owned()),
            Ok("105581756010628640".to_owned()),
            Err("123".to_owned())
        ]
    );
}

#[test]
fn addresses_are_checked_and_never_cut() {
    let with = |change: fn(&mut Address)| {
        let mut address = address();
        change(&mut address);
        M1688.address_check(&address)
    };
    assert_eq!(with(|_| ()), Ok(()));
    assert_eq!(with(|a| a.area.clear()), Ok(()));
    assert_eq!(with(|a| a.mobile.clear()), Ok(()));
    assert_eq!(with(|a| a.mobile = "+8615251667788".into()), Ok(()));
    for (fault, change) in [
        (
            AddressFault::Missing("full_name"),
            (|a| a.full_name.clear()) as fn(&mut Address),
        ),
        (AddressFault::Missing("province"), |a| {
            a.province = "  ".into();
        }),
        (AddressFault::Missing("city"), |a| a.city.clear()),
        (AddressFault::Missing("street"), |a| a.street.clear()),
        (AddressFault::Missing("mobile"), |a| {
            a.mobile.clear();
            a.phone.clear();
        }),
        (AddressFault::Malformed("phone"), |a| {
            a.phone = "0517/88990077".into();
        }),
        (AddressFault::Malformed("mobile"), |a| {
            a.mobile = "see note".into();
        }),
        (AddressFault::Malformed("post_code"), |a| {
            a.post_code = "AB1".into();
        }),
        (AddressFault::Malformed("street"), |a| {
            a.street = "网商路\n699号".into();
        }),
        (AddressFault::Malformed("saved_id"), |a| {
            a.saved_id = Some("home".into());
        }),
    ] {
        assert_eq!(with(change), Err(fault));
    }
    assert_eq!(with(|a| a.street = "路".repeat(191)), Ok(()));
    assert_eq!(
        with(|a| a.street = "路".repeat(192)),
        Err(AddressFault::TooLong { is: 201, most: 200 })
    );
    assert_eq!(
        with(|a| {
            a.saved_id = Some("593861699".into());
            a.street.clear();
        }),
        Ok(())
    );
}
