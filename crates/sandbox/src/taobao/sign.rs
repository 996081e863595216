//! The gateway's signature: HMAC-SHA256 over path and parameters, upper-case hexadecimal; and that
//! of pushed messages, lower-case, over the application's key and the raw body.

use crate::incoming::Incoming;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// The parameter that carries the signature and is not signed itself.
pub(super) const SIGN: &str = "sign";

/// Whether a parameter with an empty value stands in the text that is hashed. The platform's own
/// clients differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    Kept,
    Skipped,
}

fn digest(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length; the error is for other MACs.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// What a request to `path` (behind `/rest`) must be signed with.
pub(super) fn request(
    secret: &str,
    path: &str,
    params: &BTreeMap<String, String>,
    body: &[u8],
    empty: Empty,
) -> String {
    let mut text = path.to_owned();
    // The map's order is that of bytes, as the platform wants it.
    for (name, value) in params {
        if name != SIGN && (empty == Empty::Kept || !value.is_empty()) {
            text.push_str(name);
            text.push_str(value);
        }
    }
    data_encoding::HEXUPPER.encode(&digest(secret, &[text.as_bytes(), body]))
}

/// A body that carries no parameters is signed as it is.
pub(super) fn raw_body(call: &Incoming) -> &[u8] {
    let kind = call
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let carries = [
        "application/x-www-form-urlencoded",
        "application/json",
        "multipart/form-data",
    ]
    .iter()
    .any(|known| kind.starts_with(known));
    if carries { &[] } else { &call.body }
}

/// The signature of a message we push.
pub(super) fn push(secret: &str, app_key: &str, body: &str) -> String {
    data_encoding::HEXLOWER.encode(&digest(secret, &[app_key.as_bytes(), body.as_bytes()]))
}

/// Compares without telling where two texts differ.
pub(super) fn same(given: &str, right: &str) -> bool {
    given.as_bytes().ct_eq(right.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "helloworld";
    const W: &str = r#"{"country":"中国大陆","state":"广东省","city":"广州市","district":"白云区","address":"测试路1号","zip":"510000","name":"李四","mobile_phone":"13800000000"}"#;

    fn sign(path: &str, own: &[(&str, &str)], empty: Empty) -> String {
        let mut params: BTreeMap<String, String> = own
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        params.insert(SIGN.into(), "left out".into());
        request(SECRET, path, &params, &[], empty)
    }

    /// With the system parameters of the vectors; empty values make no difference.
    fn usual(path: &str, token: bool, own: &[(&str, &str)]) -> String {
        let mut all = vec![
            ("app_key", "123456"),
            ("sign_method", "sha256"),
            ("timestamp", "1756665600000"),
        ];
        if token {
            all.push(("access_token", "test"));
        }
        all.extend(own);
        let kept = sign(path, &all, Empty::Kept);
        assert_eq!(kept, sign(path, &all, Empty::Skipped));
        kept
    }

    #[test]
    fn the_platforms_published_sample() {
        let all = [
            ("access_token", "test"),
            ("app_key", "123456"),
            ("order_id", "1234"),
            ("sign_method", "sha256"),
            ("timestamp", "1517820392000"),
        ];
        assert_eq!(
            sign("/order/get", &all, Empty::Skipped),
            "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A"
        );
    }

    #[test]
    fn a_query() {
        assert_eq!(
            usual(
                "/purchase/orders/query",
                true,
                &[
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
    fn names_sort_by_bytes_and_the_underscore_comes_before_letters() {
        let all = [
            ("foo", "1"),
            ("bar", "2"),
            ("foo_bar", "3"),
            ("foobar", "4"),
        ];
        assert_eq!(
            sign("/test/api", &all, Empty::Kept),
            "BD011266EC150C787B2201495AA2D6F326BB6910DE77E84EA28F5215DCD7FA5E"
        );
        let wrong = digest(SECRET, &[b"/test/apibar2foo1foobar4foo_bar3"]);
        assert!(
            data_encoding::HEXUPPER
                .encode(&wrong)
                .starts_with("40280C7A")
        );
    }

    #[test]
    fn a_payment() {
        assert_eq!(
            usual(
                "/purchase/order/batch/pay",
                true,
                &[("purchaseOrderIdList", "[200078851363,200078851364]")]
            ),
            "117204AB197176D2235E1FB6F8696D4364A4CBFAC61902722DBFA2E6A78DDB51"
        );
    }

    #[test]
    fn a_create_with_chinese_text() {
        assert_eq!(
            usual(
                "/purchase/order/create",
                true,
                &[
                    ("outer_purchase_id", "PO-1001"),
                    ("purchase_amount", "1000"),
                    (
                        "order_line_list",
                        r#"[{"itemId":"4096709792297020","skuId":"32248575036476","quantity":1,"price":1000,"currency":"CNY","orderLineNo":"1"}]"#
                    ),
                    ("receiver", W),
                    ("warehouse_address_info", W),
                ]
            ),
            "28E52F7DF6F92C16648BD57DD974AAC5A881C0A026BB69AE09C8C3661A6DA334"
        );
    }

    #[test]
    fn tokens_by_code_and_by_refresh_token() {
        assert_eq!(
            usual("/auth/token/create", false, &[("code", "test-code")]),
            "EED5FE66F1E78A2A0D1C4D345452810B6719B4408C1DC9356308FCF55AE42045"
        );
        assert_eq!(
            usual(
                "/auth/token/refresh",
                false,
                &[("refresh_token", "test-refresh")]
            ),
            "4DCE762A75F358A4A50F638038A8CEA7BEDE8121B299F3E2AA22D7351ED7D9DE"
        );
    }

    #[test]
    fn an_empty_value_kept_and_skipped() {
        let all = [
            ("access_token", "test"),
            ("app_key", "123456"),
            ("cancel_reason", "other"),
            ("cancel_remark", ""),
            ("purchase_id", "200078851363"),
            ("sign_method", "sha256"),
            ("timestamp", "1756665600000"),
        ];
        assert_eq!(
            sign("/purchase/order/asyn/cancel", &all, Empty::Kept),
            "8DCCB8EE404801269874E55B18F0F6A1437CA3678783E61B5D5177A517283FD1"
        );
        assert_eq!(
            sign("/purchase/order/asyn/cancel", &all, Empty::Skipped),
            "1A96BD1B74CBF61018A05C1CAA519B5056076CCBD2A412CEC0FC3103313D9562"
        );
    }

    #[test]
    fn without_a_path_as_the_sister_address_signs() {
        let all = [
            ("app_key", "123456"),
            ("format", "json"),
            ("method", "aliexpress.trade.ds.order.get"),
            ("session", "test"),
            ("sign_method", "sha256"),
            ("single_order_query", r#"{"order_id":8190439416163295}"#),
            ("timestamp", "1756665600000"),
            ("v", "2.0"),
        ];
        assert_eq!(
            sign("", &all, Empty::Kept),
            "27AE3704F93B8DD40D8C168A38C2D3123EAAE5B36761DEB6E60E1631E9361432"
        );
    }

    #[test]
    fn a_preview() {
        assert_eq!(
            usual(
                "/purchase/order/render",
                true,
                &[
                    ("need_supplychain_service", "false"),
                    ("receiver_address", W),
                    ("warehouse_address", W),
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
    fn pushed_messages() {
        let short = r#"{"seller_id":"2100000927014","message_type":3,"data":{"purchase_id":200002638011,"status":"WAIT_SELLER_SEND_GOODS"},"timestamp":1650939687,"site":"taobao_hk"}"#;
        assert_eq!(
            push(SECRET, "123456", short),
            "f7bfd470ff8fcc0affb03a781545ec50ebd94e0462ea1ca1f98f8fc15cb1873c"
        );
        let full = r#"{"seller_id":"2100000927014","message_type":3,"data":{"business_time":1650939687564,"outer_purchase_id":"FY20220426002","purchase_id":200002638011,"seller_id":2100000927014,"sku_list":[{"item_id":600123256363335000,"logistic_company_name":"顺丰速运","logistic_number":"SF4548527307631","order_line_no":"1","sku_id":4808332513272,"status":"WAIT_BUYER_CONFIRM_GOODS"}],"status":"WAIT_SELLER_SEND_GOODS"},"timestamp":1650939687,"site":"taobao_hk"}"#;
        assert_eq!(full.len(), 448);
        assert_eq!(
            push(SECRET, "123456", full),
            "cc7386423533fb31b3f4d5f1adf103f4ff873cc14f040c20b0400ae7aa170498"
        );
    }
}
