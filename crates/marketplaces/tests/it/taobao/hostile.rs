//! Answers that no honest gateway gives: nothing falls, and no create is taken for refused.

use super::{NUMBER, UMBRELLA, basket, create, sample, saying};
use marketplaces::{ErrorKind, Listing, Marketplace, Taobao};
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
    let canned = || saying(body.to_vec());
    if let Err(error) = create(&canned(), &basket()).await {
        assert!(error.text.chars().count() <= 600, "{}", error.text.len());
    }
    let _ = Taobao.order_preview(&canned().caller(), &basket()).await;
    let _ = Taobao.offer_read(&canned().caller(), UMBRELLA).await;
    let _ = Taobao.order_read(&canned().caller(), NUMBER).await;
    let _ = Taobao.app_check(&canned().caller()).await;
    let listing = Listing::Created {
        from: world::Timestamp(i64::MIN),
        to: world::Timestamp(i64::MAX),
    };
    let _ = Taobao
        .order_list(&canned().caller(), &listing, u32::MAX)
        .await;
    let mut one = canned();
    for _ in 0..20 {
        one = one.then(200, body.to_vec());
    }
    let _ = Taobao.deliveries_read(&one.caller(), NUMBER).await;
    let mut one = saying(sample!("orders"));
    for _ in 0..2 {
        one = one.then(200, body.to_vec());
    }
    let _ = Taobao.deliveries_read(&one.caller(), NUMBER).await;
    let one = canned();
    let _ = Taobao
        .order_cancel(&one.caller(), NUMBER, one.permit())
        .await;
    let one = canned();
    let _ = Taobao
        .order_pay(&one.caller(), &[NUMBER.to_owned()], one.permit())
        .await;
    let refresh = secrecy::SecretString::from("refresh");
    let _ = Taobao.token_refresh(&canned().caller(), &refresh).await;
    let back: url::Url = "http://localhost/".parse().unwrap();
    let _ = Taobao
        .token_exchange(&canned().caller(), "code", &back)
        .await;
    let _ = super::push::read(body, &[&super::push::sign(body)]);
}

#[tokio::test]
async fn huge_deep_and_senseless_answers_are_unclear() {
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    let long = json!({"code": "0", "success": false, "error_code": "x", "error_msg": "长".repeat(1_000_000)});
    for body in [
        deep("[", "]"),
        deep("{\"data\":", "}"),
        "9".repeat(1_000_000),
        format!("{{\"code\":1e{}}}", "9".repeat(1_000)),
        long.to_string(),
        "{\"code\":{\"a\":[1]},\"message\":[]}".to_owned(),
        "{\"data\":{\"order_list\":{\"purchase_id\":{}}},\"success\":{}}".to_owned(),
        "{\"code\":\"0\",\"data\":\"text\",\"success\":[]}".to_owned(),
        "\u{feff}{}".to_owned(),
        "{\"a\":1,\"a\":2".to_owned(),
        "\0".repeat(100),
    ] {
        let error = create(&saying(body.clone()), &basket()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unclear);
        show(body.as_bytes()).await;
    }
    show(&[0xff; 1_000]).await;
}

#[tokio::test]
async fn numbers_at_the_edge_do_not_wrap() {
    let edge = i64::MAX;
    for amount in [json!(edge), json!(i64::MIN), json!("1e30"), json!(-1)] {
        let sub = json!({"sub_purchase_order_id": 1, "item_id": 1, "quantity": edge, "status": "TRADE_CLOSED", "refund_status": 100,
            "purchase_amount": amount, "product_amount": amount, "domestic_post_fee": amount, "hongbao_deduction_amount": amount, "pay_time": edge,
            "logistic_orders": {"logistic_number": 5, "rts_time": amount}});
        let order = json!({"purchase_id": NUMBER, "status": "WAIT_BUYER_P", "pay_time": 5, "pay_amount": amount, "purchase_amount": amount,
            "product_amount": amount, "domestic_post_fee": 0, "modify_time": amount, "sub_purchase_orders": [sub, sub]});
        let shop = json!({"mainland_shipping_fee": {"amount": amount}, "item_price_infos": [
            {"item_id": super::MP_UMBRELLA, "discount_price": {"amount": amount}}, {"item_id": super::MP_CLOTH, "origin_price": amount}]});
        let body = json!({"code": "0", "success": true, "access_token": "x", "expires_in": edge, "refresh_expires_in": amount, "timestamp": edge, "message_type": 3,
            "data": {"results_total": u64::MAX, "purchase_orders": [order], "total_real_pay_price": {"amount": amount}, "render_item_list": [shop, shop],
                "mp_id": 1, "item_id": 1, "title": "x", "begin_amount": edge, "sku_list": [{"sku_id": 1, "quantity": edge}, {"sku_id": 2, "quantity": edge}]}});
        show(body.to_string().as_bytes()).await;
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "result",
        "data",
        "success",
        "code",
        "message",
        "type",
        "error_code",
        "error_msg",
        "error_message",
        "order_list",
        "order_line_list",
        "purchase_id",
        "unavailable_sku_list",
        "item_id",
        "sku_id",
        "render_item_list",
        "item_price_infos",
        "discount_price",
        "amount",
        "total_real_pay_price",
        "purchase_orders",
        "results_total",
        "sub_purchase_orders",
        "status",
        "quantity",
        "purchase_amount",
        "logistic_orders",
        "logistic_number",
        "sku_info",
        "skuPv",
        "pnm_logistics_details",
        "mail_no",
        "mp_id",
        "sku_list",
        "properties",
        "will_pay_purchase_order_ids",
        "pay_failed_results",
        "message_type",
        "expires_in",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9]{0,20}".prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!(super::MP_UMBRELLA)),
        Just(json!("SBX_OUT_OF_STOCK")),
        Just(json!("MissingParameter")),
        Just(json!("0")),
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

/// Does any field with a purchase's name hold digits?
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
            (digits && name == "purchase_id") || names_an_order(value)
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
        match run(create(&saying(body), &basket())) {
            Ok(made) => prop_assert!(!made.orders.is_empty()),
            Err(error) => {
                prop_assert!(!names_an_order(&value), "{value}: {error:?}");
                if error.is_definite() {
                    let code = error.code.clone().unwrap_or_default();
                    prop_assert!(code == "SBX_OUT_OF_STOCK" || code == "MissingParameter", "{value}: {error:?}");
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_a_reader_fall(body in prop::collection::vec(any::<u8>(), 0..200)) {
        run(show(&body));
    }
}
