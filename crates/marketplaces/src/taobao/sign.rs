//! The request signature of the gateway, and the one of its push messages.
//!
//! Both are HMAC-SHA256 with the app secret. A request is signed over its path and the parameters
//! sorted by name in byte order, in upper-case hex; a push message over the app key and the raw body,
//! in lower-case hex.

use data_encoding::HEXUPPER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The field that carries a signature.
pub(super) const SIGNATURE: &str = "sign";

/// The signature of a call. `path` is what follows `/rest`: `/purchase/orders/query`. Values are the
/// plain texts that are sent; empty ones are skipped, and never sent either.
pub(super) fn call_signature(path: &str, pairs: &[(String, String)], secret: &str) -> String {
    HEXUPPER.encode(&mac(secret, &[joined(path, pairs).as_bytes()]))
}

/// The text that is signed.
fn joined(path: &str, pairs: &[(String, String)]) -> String {
    let mut sorted: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, value)| *name != SIGNATURE && !name.is_empty() && !value.is_empty())
        .collect();
    sorted.sort_unstable();
    let mut message = path.to_owned();
    for (name, value) in sorted {
        message.push_str(name);
        message.push_str(value);
    }
    message
}

/// Did the app sign this push message? Takes the same time however much fits.
pub(super) fn push_is_signed(key: &str, body: &[u8], signature: &str, secret: &str) -> bool {
    let Ok(given) = HEXUPPER.decode(signature.trim().to_ascii_uppercase().as_bytes()) else {
        return false;
    };
    let wanted = mac(secret, &[key.as_bytes(), body]);
    wanted[..].ct_eq(&given[..]).into()
}

fn mac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of every length; the error exists for other algorithms behind the trait.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use md5::Digest as _;

    const SECRET: &str = "helloworld";
    const WAREHOUSE: &str = r#"{"country":"中国大陆","state":"广东省","city":"广州市","district":"白云区","address":"测试路1号","zip":"510000","name":"李四","mobile_phone":"13800000000"}"#;

    /// Signs `own` parameters beside those that every vector has.
    fn signed(path: &str, own: &[(&str, &str)]) -> String {
        let system = [
            ("app_key", "123456"),
            ("sign_method", "sha256"),
            ("timestamp", "1756665600000"),
            ("sign", "is left out"),
        ];
        bare(path, &[&system, own].concat())
    }

    fn bare(path: &str, list: &[(&str, &str)]) -> String {
        let pairs: Vec<(String, String)> = list
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        call_signature(path, &pairs, SECRET)
    }

    /// The sister platform's other address signs the same texts without a path, and by an older rule
    /// over the same text.
    #[test]
    fn v8_and_v9_without_a_path() {
        let call = |method: &str| -> Vec<(String, String)> {
            [
                ("app_key", "123456"),
                ("format", "json"),
                ("method", "aliexpress.trade.ds.order.get"),
                ("session", "test"),
                ("sign_method", method),
                ("single_order_query", r#"{"order_id":8190439416163295}"#),
                ("timestamp", "1756665600000"),
                ("v", "2.0"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
        };
        assert_eq!(
            call_signature("", &call("sha256"), SECRET),
            "27AE3704F93B8DD40D8C168A38C2D3123EAAE5B36761DEB6E60E1631E9361432"
        );
        let wrapped = format!("{SECRET}{}{SECRET}", joined("", &call("md5")));
        assert_eq!(
            HEXUPPER.encode(&md5::Md5::digest(wrapped)),
            "EB766F81ACF8185C20DC20CE2A474AC6"
        );
    }

    #[test]
    fn v1_the_published_sample() {
        assert_eq!(
            bare(
                "/order/get",
                &[
                    ("timestamp", "1517820392000"),
                    ("order_id", "1234"),
                    ("access_token", "test"),
                    ("app_key", "123456"),
                    ("sign_method", "sha256"),
                ]
            ),
            "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A"
        );
    }

    #[test]
    fn v2_a_query() {
        assert_eq!(
            signed(
                "/purchase/orders/query",
                &[
                    ("access_token", "test"),
                    ("outer_purchase_id", "FY20220426002"),
                    ("page_no", "1"),
                    ("page_size", "10"),
                    ("purchase_ids", "[200002638011]"),
                ]
            ),
            "E55B75B3C0298435341A6F788AE1962FA67FE0F87467C1DA5E1B1E48A55A37F9"
        );
    }

    #[test]
    fn v3_names_are_sorted_by_bytes() {
        assert_eq!(
            bare(
                "/test/api",
                &[
                    ("foobar", "4"),
                    ("foo", "1"),
                    ("bar", "2"),
                    ("foo_bar", "3")
                ]
            ),
            "BD011266EC150C787B2201495AA2D6F326BB6910DE77E84EA28F5215DCD7FA5E"
        );
    }

    #[test]
    fn v4_a_payment() {
        assert_eq!(
            signed(
                "/purchase/order/batch/pay",
                &[
                    ("access_token", "test"),
                    ("purchaseOrderIdList", "[200078851363,200078851364]")
                ]
            ),
            "117204AB197176D2235E1FB6F8696D4364A4CBFAC61902722DBFA2E6A78DDB51"
        );
    }

    #[test]
    fn v5_a_create_with_chinese_text() {
        assert_eq!(
            signed(
                "/purchase/order/create",
                &[
                    ("access_token", "test"),
                    ("outer_purchase_id", "PO-1001"),
                    ("purchase_amount", "1000"),
                    (
                        "order_line_list",
                        r#"[{"itemId":"4096709792297020","skuId":"32248575036476","quantity":1,"price":1000,"currency":"CNY","orderLineNo":"1"}]"#
                    ),
                    ("receiver", WAREHOUSE),
                    ("warehouse_address_info", WAREHOUSE),
                ]
            ),
            "28E52F7DF6F92C16648BD57DD974AAC5A881C0A026BB69AE09C8C3661A6DA334"
        );
    }

    #[test]
    fn v6_a_code_and_a_refresh() {
        assert_eq!(
            signed("/auth/token/create", &[("code", "test-code")]),
            "EED5FE66F1E78A2A0D1C4D345452810B6719B4408C1DC9356308FCF55AE42045"
        );
        assert_eq!(
            signed("/auth/token/refresh", &[("refresh_token", "test-refresh")]),
            "4DCE762A75F358A4A50F638038A8CEA7BEDE8121B299F3E2AA22D7351ED7D9DE"
        );
    }

    #[test]
    fn v7_an_empty_value_is_skipped() {
        let path = "/purchase/order/asyn/cancel";
        let named = [
            ("access_token", "test"),
            ("cancel_reason", "other"),
            ("purchase_id", "200078851363"),
        ];
        let skipped = "1A96BD1B74CBF61018A05C1CAA519B5056076CCBD2A412CEC0FC3103313D9562";
        assert_eq!(signed(path, &named), skipped);
        let with_empty = [&named[..], &[("cancel_remark", "")]].concat();
        assert_eq!(signed(path, &with_empty), skipped);
        // The other reading of the documents, which keeps the bare name.
        let kept = format!(
            "{path}access_tokentestapp_key123456cancel_reasonothercancel_remarkpurchase_id200078851363sign_methodsha256timestamp1756665600000"
        );
        assert_eq!(
            HEXUPPER.encode(&mac(SECRET, &[kept.as_bytes()])),
            "8DCCB8EE404801269874E55B18F0F6A1437CA3678783E61B5D5177A517283FD1"
        );
    }

    #[test]
    fn v10_a_preview_with_upper_case_in_a_name() {
        assert_eq!(
            signed(
                "/purchase/order/render",
                &[
                    ("access_token", "test"),
                    ("need_supplychain_service", "false"),
                    ("receiver_address", WAREHOUSE),
                    ("warehouse_address", WAREHOUSE),
                    (
                        "render_item_List",
                        r#"[{"itemId":"4096709792297020","skuId":"32248575036476","quantity":1}]"#
                    ),
                ]
            ),
            "3A6DC2E7E26F59D317C98BB79F7C06CFF4157D21C93A083877622286C8C59F3E"
        );
    }

    #[test]
    fn a_push_message_is_checked_over_its_raw_body() {
        let body = br#"{"seller_id":"2100000927014","message_type":3,"data":{"purchase_id":200002638011,"status":"WAIT_SELLER_SEND_GOODS"},"timestamp":1650939687,"site":"taobao_hk"}"#;
        let signature = "f7bfd470ff8fcc0affb03a781545ec50ebd94e0462ea1ca1f98f8fc15cb1873c";
        assert!(push_is_signed("123456", body, signature, SECRET));
        assert!(!push_is_signed("123457", body, signature, SECRET));
        assert!(!push_is_signed(
            "123456",
            &body[..body.len() - 1],
            signature,
            SECRET
        ));
        assert!(!push_is_signed("123456", body, &signature[..62], SECRET));
        assert!(!push_is_signed("123456", body, "", SECRET));
        assert!(!push_is_signed("123456", body, "签", SECRET));
    }
}
