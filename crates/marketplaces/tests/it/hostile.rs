//! Answers that no honest gateway gives: nothing falls, and no create is taken for refused.

use crate::canned::{Canned, basket};
use marketplaces::{ErrorKind, Listing, M1688, Marketplace};
use proptest::prelude::*;
use serde_json::{Value, json};

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// Shows `body` to every reader.
async fn show(body: &[u8]) {
    let canned = || Canned::saying(body.to_vec());
    let number = "2257164624870311973";
    if let Err(error) = canned().create().await {
        assert!(error.text.chars().count() <= 600, "{}", error.text.len());
    }
    let one = canned();
    let _ = M1688.order_read(&one.caller(), number).await;
    let one = canned();
    let _ = M1688.order_preview(&one.caller(), &basket()).await;
    let one = canned();
    let listing = Listing::Reference("AP".to_owned());
    let _ = M1688.order_list(&one.caller(), &listing, u32::MAX).await;
    let one = canned();
    let _ = M1688.deliveries_read(&one.caller(), number).await;
    let one = canned();
    let _ = M1688.addresses_read(&one.caller()).await;
    let one = canned();
    let _ = M1688.pay_link(&one.caller(), &[number.to_owned()]).await;
    let one = canned();
    let _ = M1688
        .order_cancel(&one.caller(), number, one.permit())
        .await;
    let one = canned();
    let _ = M1688.app_check(&one.caller()).await;
    let one = canned().then(200, body.to_vec());
    let _ = M1688.offer_read(&one.caller(), "548818919805").await;
    let one = canned().then(200, body.to_vec());
    let refresh = secrecy::SecretString::from("refresh");
    let _ = M1688.token_refresh(&one.caller(), &refresh).await;
}

#[tokio::test]
async fn huge_deep_and_senseless_answers_are_unclear() {
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    let long =
        json!({"success": false, "code": "x", "message": "长".repeat(1_000_000)}).to_string();
    for body in [
        deep("[", "]"),
        deep("{\"result\":", "}"),
        "9".repeat(1_000_000),
        format!("{{\"success\":false,\"code\":1e{}}}", "9".repeat(1_000)),
        long,
        "{\"success\":false,\"code\":{\"a\":[1]},\"message\":[]}".to_owned(),
        "{\"result\":{\"orderId\":{}},\"success\":{}}".to_owned(),
        "{\"result\":{\"orderList\":{\"orderId\":[]}},\"success\":[]}".to_owned(),
        "\u{feff}{}".to_owned(),
        "{\"a\":1,\"a\":2".to_owned(),
        "\0".repeat(100),
    ] {
        let error = Canned::saying(body.clone()).create().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unclear);
        show(body.as_bytes()).await;
    }
    show(&[0xff; 1_000]).await;
}

#[tokio::test]
async fn numbers_at_the_edge_do_not_wrap() {
    let edge = i64::MAX;
    let entry = json!({"status": true, "sumPayment": edge, "sumCarriage": edge, "flowFlag": "general", "tradeModeNameList": ["assureTrade"],
        "cargoList": [{"offerId": 548_818_919_805_i64, "amount": 1, "finalUnitPrice": 1}, {"offerId": 548_818_919_806_i64, "amount": 1, "finalUnitPrice": 1}]});
    let body = json!({"success": true, "orderPreviewResuslt": [entry, entry]});
    show(body.to_string().as_bytes()).await;
    for amount in [
        json!(edge),
        json!(i64::MIN),
        json!("92233720368547758.07"),
        json!(1e30),
    ] {
        let body = json!({"success": true, "result": {"baseInfo": {"idOfStr": "2257164624870311973", "status": "waitbuyerpay", "createTime": "20261010093015000+0800", "payTimeout": edge,
            "totalAmount": amount, "shippingFee": amount, "refund": amount}, "productItems": [{"subItemID": 1, "productID": 1, "quantity": edge, "price": amount, "itemAmount": amount}]},
            "totalRecord": u64::MAX, "expires_in": edge, "access_token": "x", "gmtBorn": edge});
        show(body.to_string().as_bytes()).await;
        let list = json!({"result": [body["result"].clone()], "totalRecord": edge});
        show(list.to_string().as_bytes()).await;
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "result",
        "success",
        "code",
        "message",
        "errorCode",
        "orderId",
        "orderList",
        "failedOfferList",
        "offerId",
        "baseInfo",
        "idOfStr",
        "status",
        "totalAmount",
        "shippingFee",
        "productItems",
        "quantity",
        "price",
        "orderPreviewResuslt",
        "cargoList",
        "flowFlag",
        "tradeModeNameList",
        "sumPayment",
        "sumCarriage",
        "payUrl",
        "totalRecord",
        "error_code",
        "receiveAddressItems",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9]{0,20}".prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("500_004")),
        Just(json!("gw.ParamMissing")),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6).prop_map(|fields| {
                Value::Object(
                    fields
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

/// Does any field with an order's name hold digits?
fn names_an_order(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(names_an_order),
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => String::new(),
            };
            let digits = (1..=19).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_digit())
                && text.bytes().any(|b| b != b'0');
            (digits && matches!(name.as_str(), "orderId" | "idOfStr")) || names_an_order(value)
        }),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_json_makes_a_reader_fall_or_a_create_lie(value in any_json()) {
        let body = value.to_string();
        run(show(body.as_bytes()));
        match run(Canned::saying(body).create()) {
            Ok(made) => prop_assert!(!made.orders.is_empty()),
            Err(error) => {
                prop_assert!(!names_an_order(&value), "{value}: {error:?}");
                if error.is_definite() {
                    let code = error.code.clone().unwrap_or_default();
                    prop_assert!(code == "500_004" || code == "gw.ParamMissing", "{value}: {error:?}");
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_a_reader_fall(body in prop::collection::vec(any::<u8>(), 0..200)) {
        run(show(&body));
    }
}
