//! Push messages: whose they are, and which orders they hint at.

use crate::canned::Canned;
use data_encoding::HEXUPPER;
use hmac::{Hmac, KeyInit, Mac};
use marketplaces::{AppKey, M1688, Marketplace, PushHint, PushRefusal, PushRequest};
use secrecy::SecretString;
use serde_json::json;
use sha1::Sha1;

pub fn sign(secret: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("message{message}").as_bytes());
    HEXUPPER.encode(&mac.finalize().into_bytes())
}

pub fn body(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

fn read(body: &[u8]) -> Result<(usize, Vec<PushHint>), PushRefusal> {
    let other = AppKey {
        key: "2".to_owned(),
        secret: SecretString::from("other"),
    };
    let apps = [other, Canned::empty().app];
    M1688.push_read(
        &apps,
        PushRequest {
            content_type: "application/x-www-form-urlencoded;charset=UTF-8",
            headers: &http::HeaderMap::new(),
            body,
        },
    )
}

fn signed(message: &str) -> Result<(usize, Vec<PushHint>), PushRefusal> {
    let signature = sign("test123", message);
    read(body(&[("message", message), ("_aop_signature", &signature)]).as_bytes())
}

pub const V4: &str = r#"{"data":{"buyerMemberId":"b2b-665170100","currentStatus":"waitsellersend","msgSendTime":"2018-05-30 19:34:27","orderId":167539019420540000,"sellerMemberId":"b2b-1676547900b7bb3"},"gmtBorn":1527680067000,"msgId":68891027,"type":"ORDER_BUYER_VIEW_ORDER_PAY","userInfo":"b2b-665170100"}"#;

#[test]
fn the_documented_message_is_accepted() {
    let form = body(&[
        ("message", V4),
        ("_aop_signature", "3738AA8E18B9E1FDA32A361B7952FF2663114A85"),
    ]);
    let (app, hints) = read(form.as_bytes()).unwrap();
    assert_eq!(app, 1);
    assert_eq!(hints[0].message, "68891027");
    assert_eq!(hints[0].topic, "ORDER_BUYER_VIEW_ORDER_PAY");
    assert_eq!(hints[0].account.as_deref(), Some("b2b-665170100"));
    assert_eq!(hints[0].orders, ["167539019420540000"]);
    assert_eq!(hints[0].born.unwrap().millis(), 1_527_680_067_000);
}

#[test]
fn an_escaped_message_is_still_the_same() {
    let escaped = V4.replace('"', "&quot;");
    let form = body(&[
        ("message", &escaped),
        ("_aop_signature", "3738AA8E18B9E1FDA32A361B7952FF2663114A85"),
    ]);
    assert_eq!(read(form.as_bytes()).unwrap().1[0].message, "68891027");
}

#[test]
fn every_form_of_data_gives_its_orders() {
    let order = json!({"orderId": "2257164624870311973"});
    for (data, orders) in [
        (order.clone(), vec!["2257164624870311973"]),
        (json!(order.to_string()), vec!["2257164624870311973"]),
        (
            json!({"batchPay": [{"orderId": "2257164624870311973", "status": "successed"}, {"orderId": "105581756010628640", "status": "ACCOUNT_FROZEN"}]}),
            vec!["2257164624870311973", "105581756010628640"],
        ),
        (
            json!({"OrderLogisticsTracingModel": {"logisticsId": "LP1", "orderLogsItems": [{"orderId": 2_257_164_624_870_311_973_i64, "orderEntryId": 1}, {"orderId": 2_257_164_624_870_311_973_i64, "orderEntryId": 2}]}}),
            vec!["2257164624870311973"],
        ),
        (json!({"productIds": "1,2"}), vec![]),
        (serde_json::Value::Null, vec![]),
    ] {
        let message =
            json!({"msgId": "m-1", "type": "T", "data": data, "gmtBorn": "1527680067000"});
        let (_, hints) = signed(&message.to_string()).unwrap();
        assert_eq!(hints[0].orders, orders, "{data}");
        assert!(hints[0].born.is_some());
    }
}

#[test]
fn what_nobody_signed_is_refused() {
    let good = sign("test123", V4);
    let wrong = sign("test124", V4);
    let changed = V4.replace("167539019420540000", "167539019420540001");
    for fields in [
        vec![("message", V4)],
        vec![("_aop_signature", good.as_str())],
        vec![("message", V4), ("_aop_signature", wrong.as_str())],
        vec![("message", V4), ("_aop_signature", "")],
        vec![("message", V4), ("_aop_signature", &good[..20])],
        vec![("message", &changed), ("_aop_signature", good.as_str())],
        vec![
            ("message", V4),
            ("message", &changed),
            ("_aop_signature", good.as_str()),
        ],
        vec![
            ("message", &changed),
            ("message", V4),
            ("_aop_signature", good.as_str()),
        ],
        vec![],
    ] {
        assert_eq!(read(body(&fields).as_bytes()), Err(PushRefusal::Signature));
    }
    for raw in [
        &b"\xff\xfe\x00garbage"[..],
        b"{}",
        b"message=%zz&_aop_signature=%zz",
    ] {
        assert_eq!(read(raw), Err(PushRefusal::Signature));
    }
    let no_apps = M1688.push_read(
        &[],
        PushRequest {
            content_type: "",
            headers: &http::HeaderMap::new(),
            body: body(&[("message", V4), ("_aop_signature", &good)]).as_bytes(),
        },
    );
    assert_eq!(no_apps, Err(PushRefusal::Signature));
}

#[test]
fn what_is_signed_and_makes_no_sense_is_unreadable() {
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    let deep_data = json!({"msgId": 1, "type": "T", "data": deep}).to_string();
    for message in [
        "no json",
        "[]",
        "5",
        r#"{"type":"T","data":{}}"#,
        r#"{"msgId":1,"data":{}}"#,
        r#"{"msgId":1,"type":"T","data":"no json"}"#,
        &deep,
        &deep_data,
    ] {
        assert_eq!(signed(message), Err(PushRefusal::Unreadable), "{message}");
    }
}
