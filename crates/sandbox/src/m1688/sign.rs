//! The gateway's signature: HMAC-SHA1 over path and parameters, upper-case hexadecimal.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// The parameter that carries the signature and is not signed itself.
pub(super) const SIGNATURE: &str = "_aop_signature";

fn hmac_hex(secret: &str, message: &str) -> String {
    // HMAC takes keys of any length; the error is for other MACs.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(message.as_bytes());
    data_encoding::HEXUPPER.encode(&mac.finalize().into_bytes())
}

/// Pairs joined to texts first, the texts sorted then: as the official clients do.
pub(super) fn by_text(secret: &str, path: &str, params: &BTreeMap<String, String>) -> String {
    let mut texts: Vec<String> = params
        .iter()
        .filter(|(key, _)| *key != SIGNATURE)
        .map(|(key, value)| format!("{key}{value}"))
        .collect();
    texts.sort_unstable();
    hmac_hex(secret, &format!("{path}{}", texts.concat()))
}

/// Sorted by key alone: as several other clients do.
pub(super) fn by_key(secret: &str, path: &str, params: &BTreeMap<String, String>) -> String {
    let mut message = path.to_owned();
    for (key, value) in params.iter().filter(|(key, _)| *key != SIGNATURE) {
        message.push_str(key);
        message.push_str(value);
    }
    hmac_hex(secret, &message)
}

/// Compares without telling where two texts differ.
pub(super) fn same(given: &str, right: &str) -> bool {
    given.as_bytes().ct_eq(right.as_bytes()).into()
}

/// The signature of a message we push: an empty path and one field.
pub(super) fn push(secret: &str, message: &str) -> String {
    hmac_hex(secret, &format!("message{message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "test123";
    const TOKEN: &str = "f14da3b8-b0b1-4f73-a5de-9bed637e0188";

    fn params(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn the_platforms_published_sample() {
        let params = params(&[("a", "1"), ("b", "2"), (SIGNATURE, "left out")]);
        let path = "param2/1/system/currentTime/1000000";
        assert_eq!(
            by_text(SECRET, path, &params),
            "33E54F4F7B989E3E0E912D3FBD2F1A03CA7CCE88"
        );
        assert_eq!(
            by_key(SECRET, path, &params),
            "33E54F4F7B989E3E0E912D3FBD2F1A03CA7CCE88"
        );
    }

    #[test]
    fn a_create_with_chinese_text() {
        let params = params(&[
            ("access_token", TOKEN),
            ("_aop_timestamp", "1700000000000"),
            ("flow", "general"),
            ("message", "留言"),
            ("outOrderId", "PO-0001"),
            (
                "addressParam",
                r#"{"address":"网商路699号","phone":"0517-88990077","mobile":"15251667788","fullName":"张三","postCode":"000000","areaText":"滨江区","townText":"","cityText":"杭州市","provinceText":"浙江省"}"#,
            ),
            (
                "cargoParamList",
                r#"[{"specId":"b266e0726506185beaf205cbae88530d","quantity":5,"offerId":554456348334}]"#,
            ),
        ]);
        assert_eq!(
            by_text(
                SECRET,
                "param2/1/com.alibaba.trade/alibaba.trade.createCrossOrder/1000000",
                &params
            ),
            "B35E9BF5F79F2A3D5DC2DB32FE9C426591C52662"
        );
    }

    #[test]
    fn a_read() {
        let params = params(&[
            ("access_token", TOKEN),
            ("webSite", "1688"),
            ("orderId", "58218860983545941"),
        ]);
        assert_eq!(
            by_text(
                SECRET,
                "param2/1/com.alibaba.trade/alibaba.trade.get.buyerView/1000000",
                &params
            ),
            "DD181E7ACB7812628C3942E46F474522191456A0"
        );
    }

    #[test]
    fn the_case_where_the_two_sortings_differ() {
        let params = params(&[
            ("access_token", TOKEN),
            ("flow", "general"),
            ("useOfficialSolution", "true"),
            (
                "useOfficialSolutionModelList",
                r#"[{"orderGroup":"123","useOfficialSolutionCode":"471"}]"#,
            ),
        ]);
        let path = "param2/1/com.alibaba.trade/alibaba.trade.createCrossOrder/1000000";
        assert_eq!(
            by_text(SECRET, path, &params),
            "72A1FEA301389330D47E8984B77FF04C42AE05CE"
        );
        assert_eq!(
            by_key(SECRET, path, &params),
            "80E631F74795006A8B55AFE78A77ECAAB3E77907"
        );
    }

    #[test]
    fn a_pushed_message() {
        let message = r#"{"data":{"buyerMemberId":"b2b-665170100","currentStatus":"waitsellersend","msgSendTime":"2018-05-30 19:34:27","orderId":167539019420540000,"sellerMemberId":"b2b-1676547900b7bb3"},"gmtBorn":1527680067000,"msgId":68891027,"type":"ORDER_BUYER_VIEW_ORDER_PAY","userInfo":"b2b-665170100"}"#;
        assert_eq!(
            push(SECRET, message),
            "3738AA8E18B9E1FDA32A361B7952FF2663114A85"
        );
    }
}
