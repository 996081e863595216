//! The request signature of the 1688 gateway, and the one of its push messages.
//!
//! HMAC-SHA1 with the app secret over the path and the sorted parameters, in upper-case hex. What
//! is sorted is each name joined with its value, not the names: the two differ where one name is
//! the beginning of another.

use data_encoding::HEXUPPER;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// The signature of a call. `path` runs from the protocol word to the app key, without a slash in
/// front: `param2/1/system/currentTime/1000000`. Values are as they are before URL encoding.
pub(super) fn call_signature(path: &str, pairs: &[(String, String)], secret: &str) -> String {
    let mut joined: Vec<String> = pairs
        .iter()
        .filter(|(name, _)| name != SIGNATURE)
        .map(|(name, value)| format!("{name}{value}"))
        .collect();
    joined.sort_unstable();
    let mut message = path.to_owned();
    for part in joined {
        message.push_str(&part);
    }
    HEXUPPER.encode(&mac(secret, &message))
}

/// The field that carries a signature.
pub(super) const SIGNATURE: &str = "_aop_signature";

/// Did the holder of `secret` sign this push message? Takes the same time however much fits.
pub(super) fn push_is_signed(message: &str, signature: &str, secret: &str) -> bool {
    let Ok(given) = HEXUPPER.decode(signature.trim().to_ascii_uppercase().as_bytes()) else {
        return false;
    };
    let wanted = mac(secret, &format!("message{message}"));
    wanted[..].ct_eq(&given[..]).into()
}

fn mac(secret: &str, message: &str) -> Vec<u8> {
    // HMAC takes keys of every length; the error exists for other algorithms behind the trait.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else {
        return Vec::new();
    };
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "test123";
    const TOKEN: &str = "f14da3b8-b0b1-4f73-a5de-9bed637e0188";
    const CREATE: &str = "param2/1/com.alibaba.trade/alibaba.trade.createCrossOrder/1000000";

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn v0_the_published_sample() {
        assert_eq!(
            call_signature(
                "param2/1/system/currentTime/1000000",
                &pairs(&[("b", "2"), ("a", "1")]),
                SECRET
            ),
            "33E54F4F7B989E3E0E912D3FBD2F1A03CA7CCE88"
        );
    }

    #[test]
    fn v1_a_create_with_chinese_text_and_json() {
        let address = r#"{"address":"网商路699号","phone":"0517-88990077","mobile":"15251667788","fullName":"张三","postCode":"000000","areaText":"滨江区","townText":"","cityText":"杭州市","provinceText":"浙江省"}"#;
        let cargo = r#"[{"specId":"b266e0726506185beaf205cbae88530d","quantity":5,"offerId":554456348334}]"#;
        assert_eq!(
            call_signature(
                CREATE,
                &pairs(&[
                    ("access_token", TOKEN),
                    ("_aop_timestamp", "1700000000000"),
                    ("flow", "general"),
                    ("message", "留言"),
                    ("outOrderId", "PO-0001"),
                    ("addressParam", address),
                    ("cargoParamList", cargo),
                    ("_aop_signature", "is left out"),
                ]),
                SECRET
            ),
            "B35E9BF5F79F2A3D5DC2DB32FE9C426591C52662"
        );
    }

    #[test]
    fn v2_a_read() {
        assert_eq!(
            call_signature(
                "param2/1/com.alibaba.trade/alibaba.trade.get.buyerView/1000000",
                &pairs(&[
                    ("access_token", TOKEN),
                    ("webSite", "1688"),
                    ("orderId", "58218860983545941")
                ]),
                SECRET
            ),
            "DD181E7ACB7812628C3942E46F474522191456A0"
        );
    }

    #[test]
    fn v3_names_that_begin_alike_are_sorted_with_their_values() {
        assert_eq!(
            call_signature(
                CREATE,
                &pairs(&[
                    ("access_token", TOKEN),
                    ("flow", "general"),
                    ("useOfficialSolution", "true"),
                    (
                        "useOfficialSolutionModelList",
                        r#"[{"orderGroup":"123","useOfficialSolutionCode":"471"}]"#
                    ),
                ]),
                SECRET
            ),
            "72A1FEA301389330D47E8984B77FF04C42AE05CE"
        );
    }

    #[test]
    fn v4_a_push_message() {
        let message = r#"{"data":{"buyerMemberId":"b2b-665170100","currentStatus":"waitsellersend","msgSendTime":"2018-05-30 19:34:27","orderId":167539019420540000,"sellerMemberId":"b2b-1676547900b7bb3"},"gmtBorn":1527680067000,"msgId":68891027,"type":"ORDER_BUYER_VIEW_ORDER_PAY","userInfo":"b2b-665170100"}"#;
        let signature = "3738AA8E18B9E1FDA32A361B7952FF2663114A85";
        assert!(push_is_signed(message, signature, SECRET));
        assert!(push_is_signed(
            message,
            &signature.to_ascii_lowercase(),
            SECRET
        ));
        assert!(!push_is_signed(message, signature, "test124"));
        assert!(!push_is_signed(message, &signature[..38], SECRET));
        assert!(!push_is_signed(message, "", SECRET));
        assert!(!push_is_signed(message, "留言", SECRET));
        assert!(!push_is_signed(
            &message.replace('7', "8"),
            signature,
            SECRET
        ));
    }
}
