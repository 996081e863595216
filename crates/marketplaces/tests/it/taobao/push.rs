//! Push messages: whose they are, and which orders they hint at.

use super::{sample, silent};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use marketplaces::{AppKey, Marketplace, PushHint, PushRefusal, PushRequest, Taobao};
use secrecy::SecretString;
use sha2::Sha256;
use world::Timestamp;

pub fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"helloworld").unwrap();
    mac.update(b"123456");
    mac.update(body);
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
}

pub fn read(body: &[u8], signatures: &[&str]) -> Result<(usize, Vec<PushHint>), PushRefusal> {
    let other = AppKey {
        key: "2".to_owned(),
        secret: SecretString::from("other"),
    };
    let mut headers = HeaderMap::new();
    for signature in signatures {
        headers.append("authorization", signature.parse().unwrap());
    }
    Taobao.push_read(
        &[other, silent().app],
        PushRequest {
            content_type: "application/json",
            headers: &headers,
            body,
        },
    )
}

#[test]
fn a_change_of_an_order_names_it() {
    let body = sample!("push_status").as_bytes();
    let signature = "cc7386423533fb31b3f4d5f1adf103f4ff873cc14f040c20b0400ae7aa170498";
    let (app, hints) = read(body, &[signature]).unwrap();
    assert_eq!((app, hints.len()), (1, 1));
    assert_eq!(hints[0].topic, "3");
    assert_eq!(hints[0].account.as_deref(), Some("2100000927014"));
    assert_eq!(hints[0].orders, ["200002638011"]);
    assert_eq!(hints[0].born, Some(Timestamp::from_seconds(1_650_939_687)));
    assert_eq!(hints[0].message.len(), 32);
    assert_eq!(sign(body), signature);
    for wrong in [
        &[][..],
        &[""],
        &[&signature[1..]],
        &["0".repeat(64).as_str()],
        &[signature, signature],
    ] {
        assert_eq!(read(body, wrong), Err(PushRefusal::Signature));
    }
    let spaced = format!(" {}", sample!("push_status"));
    assert_eq!(
        read(spaced.as_bytes(), &[signature]),
        Err(PushRefusal::Signature)
    );
}

#[test]
fn prices_and_refunds_name_their_orders_too() {
    let body = sample!("push_price").as_bytes();
    let (_, hints) = read(body, &[&sign(body)]).unwrap();
    assert_eq!((hints[0].topic.as_str(), hints[0].orders.len()), ("8", 1));
    assert_eq!(hints[0].orders[0], "200002372069");

    // The body of a refund's message is not published.
    for (body, orders) in [
        (
            r#"{"seller_id":"1","message_type":9,"data":{"refund_id":5}}"#,
            0,
        ),
        (
            r#"{"seller_id":"1","message_type":9,"data":"{\"purchase_order_id\":\"200002372069\"}"}"#,
            1,
        ),
        (r#"{"message_type":77}"#, 0),
    ] {
        let (_, hints) = read(body.as_bytes(), &[&sign(body.as_bytes())]).unwrap();
        assert_eq!(hints[0].orders.len(), orders, "{body}");
        let refund = body.contains(":9,");
        assert_eq!(hints[0].some_order, refund && orders == 0, "{body}");
    }
}

#[test]
fn what_is_signed_and_no_message_is_unreadable() {
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "{\"message_type\":{}}",
        "{\"message_type\":3,\"data\":\"{\"}",
        "\u{feff}{}",
    ] {
        let told = read(body.as_bytes(), &[&sign(body.as_bytes())]);
        assert_eq!(told, Err(PushRefusal::Unreadable), "{body}");
    }
    let deep = "[".repeat(10_000);
    assert_eq!(
        read(deep.as_bytes(), &[&sign(deep.as_bytes())]),
        Err(PushRefusal::Unreadable)
    );
}
