//! The gateway: carriers, signatures, envelopes, tokens.

use super::{Desk, MUG, SHIRT, address, list, text, yes};
use crate::desk::encode;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

fn item(desk: &Desk) -> Vec<(String, String)> {
    desk.pairs("/product/get", &[("item_id", MUG.0)])
}

#[tokio::test]
async fn all_four_carriers_are_taken() {
    let desk = Desk::new().await;
    let uri = |desk: &Desk| format!("/rest/product/get?{}", encode(&item(desk)));
    let object: serde_json::Map<String, Value> = item(&desk)
        .into_iter()
        .map(|(name, value)| (name, json!(value)))
        .collect();
    let requests = [
        Request::get(uri(&desk)).body(Bytes::new()).unwrap(),
        Request::post("/rest/product/get")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(encode(&item(&desk))))
            .unwrap(),
        Request::post("/rest/product/get")
            .header("content-type", "application/json;charset=utf-8")
            .body(Bytes::from(Value::Object(object).to_string()))
            .unwrap(),
        Request::post(uri(&desk)).body(Bytes::new()).unwrap(),
    ];
    for request in requests {
        let body = desk.send(request).await.unwrap();
        assert_eq!(body["code"], "0", "{body}");
        assert_eq!(text(&body["data"]["mp_id"]), MUG.1);
        assert_eq!(text(&body["data"]["sku_list"][0]["mp_skuId"]), MUG.2);
        assert!(body["request_id"].is_string() && body["_trace_id_"].is_string());
    }
}

type Change = Box<dyn Fn(&mut Vec<(String, String)>)>;

#[tokio::test]
async fn the_gateway_refuses_with_status_200_and_its_envelope() {
    let desk = Desk::new().await;
    let change = |name: &'static str, value: &'static str| {
        move |pairs: &mut Vec<(String, String)>| {
            pairs.retain(|(known, _)| known != name);
            if !value.is_empty() {
                pairs.push((name.into(), value.into()));
            }
        }
    };
    let cases: Vec<(&str, &str, Change)> = vec![
        ("/product/got", "InvalidApiPath", Box::new(|_| ())),
        (
            "/purchase/order/confirm/receipt",
            "InvalidApiPath",
            Box::new(|_| ()),
        ),
        (
            "/product/get",
            "MissingParameter",
            Box::new(change("app_key", "")),
        ),
        (
            "/product/get",
            "InvalidAppKey",
            Box::new(change("app_key", "1")),
        ),
        (
            "/product/get",
            "InvalidTimestamp",
            Box::new(change("timestamp", "1756665600000")),
        ),
        (
            "/product/get",
            "IncompleteSignature",
            Box::new(change("sign_method", "md5")),
        ),
        (
            "/product/get",
            "MissingParameter",
            Box::new(change("access_token", "")),
        ),
        (
            "/product/get",
            "IllegalAccessToken",
            Box::new(change("access_token", "no")),
        ),
        (
            "/product/get",
            "MissingParameter",
            Box::new(change("item_id", "")),
        ),
    ];
    for (path, code, change) in cases {
        let mut pairs = item(&desk);
        pairs.retain(|(name, _)| name != "sign");
        change(&mut pairs);
        desk.sign(path, &mut pairs);
        let request = Request::get(format!("/rest{path}?{}", encode(&pairs)))
            .body(Bytes::new())
            .unwrap();
        let response = desk.sandbox.call(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["code"], code, "{path} {body}");
        assert_eq!(body["type"], "ISV");
        assert!(body["message"].is_string() && body["request_id"].is_string());
    }
    // A signature in small letters, of another text, or none at all.
    for sign in ["small", "0", ""] {
        let mut pairs = item(&desk);
        for (_, value) in pairs.iter_mut().filter(|(name, _)| name == "sign") {
            *value = match sign {
                "small" => value.to_ascii_lowercase(),
                other => other.to_owned(),
            };
        }
        let request = Request::get(format!("/rest/product/get?{}", encode(&pairs)))
            .body(Bytes::new())
            .unwrap();
        let code = desk.send(request).await.unwrap()["code"].clone();
        let expected = if sign.is_empty() {
            "MissingParameter"
        } else {
            "IncompleteSignature"
        };
        assert_eq!(code, expected);
    }
}

#[tokio::test]
async fn an_iso_timestamp_and_both_readings_of_empty_values_are_good() {
    let desk = Desk::new().await;
    let mut pairs: Vec<(String, String)> = item(&desk)
        .into_iter()
        .filter(|(name, _)| name != "sign" && name != "timestamp")
        .collect();
    // Beijing's ten o'clock.
    pairs.push(("timestamp".into(), "2026-03-02T02:00:00Z".into()));
    let mut skipped = pairs.clone();
    desk.sign("/product/get", &mut skipped);
    skipped.push(("item_source_market".into(), String::new()));
    pairs.push(("item_source_market".into(), String::new()));
    desk.sign("/product/get", &mut pairs);
    let mut codes = Vec::new();
    for knob in ["both", "kept", "skipped"] {
        desk.knobs(json!({"empty_in_sign": knob})).await;
        for carried in [&pairs, &skipped] {
            let request = Request::get(format!("/rest/product/get?{}", encode(carried)))
                .body(Bytes::new())
                .unwrap();
            codes.push(desk.send(request).await.unwrap()["code"] == "0");
        }
    }
    assert_eq!(codes, [true, true, true, false, false, true]);
}

#[tokio::test]
async fn an_access_token_ends_and_a_refresh_does_not_lengthen_the_refresh_tokens_life() {
    let desk = Desk::new().await;
    let granted = desk
        .control("POST", "authorize", json!({"account": "tb_dist_02"}))
        .await;
    let first = granted["refresh_token"].as_str().unwrap().to_owned();
    let refresh = |token: String| {
        let desk = &desk;
        async move {
            desk.api("/auth/token/refresh", &[("refresh_token", &token)])
                .await
        }
    };
    desk.clock.advance_seconds(29 * 86_400);
    let again = refresh(first.clone()).await;
    assert_eq!(again["code"], "0", "{again}");
    assert_eq!(text(&again["expires_in"]), (30 * 86_400).to_string());
    assert_eq!(
        text(&again["refresh_expires_in"]),
        (31 * 86_400).to_string()
    );
    assert_eq!(again["refresh_token"], json!(first));
    assert_eq!(again["account"], "tb_dist_02");
    let seller = again.get("seller_id").or_else(|| again.get("seller_Id"));
    assert_eq!(text(seller.unwrap()), "2100000927022");
    assert!(again.get("data").is_none(), "flat");

    desk.knobs(json!({"refresh_rotates": true, "old_access_dies": true}))
        .await;
    let other = refresh(first.clone()).await;
    let second = other["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(second, first);
    assert_eq!(
        text(&other["refresh_expires_in"]),
        (31 * 86_400).to_string()
    );
    assert_eq!(refresh(first).await["code"], "IllegalRefreshToken");
    let old = Desk {
        token: text(&again["access_token"]),
        ..desk
    };
    assert_eq!(
        old.api("/product/get", &[("item_id", MUG.0)]).await["code"],
        "IllegalAccessToken"
    );
    old.clock.advance_seconds(31 * 86_400);
    assert_eq!(
        old.api("/auth/token/refresh", &[("refresh_token", &second)])
            .await["code"],
        "IllegalRefreshToken"
    );
    assert_eq!(
        old.api("/auth/token/create", &[("code", "x")]).await["code"],
        "InvalidCode"
    );
}

#[tokio::test]
async fn the_four_shapes_of_answers() {
    let desk = Desk::new().await;
    let flat = desk.api("/product/get", &[("item_id", SHIRT)]).await;
    assert!(yes(&flat["success"]) && flat.get("fail_items").is_some());
    assert_eq!(list(&flat["data"]["sku_list"]).len(), 6);
    let missing = desk.api("/product/get", &[("item_id", "1")]).await;
    assert_eq!(missing["code"], "0");
    assert!(!yes(&missing["success"]));
    assert_eq!(missing["error_code"], "SBX_ITEM_NOT_FOUND");

    let biz = desk
        .api(
            "/traffic/item/get",
            &[
                ("item_resource", "taobao"),
                ("item_id", SHIRT),
                ("language", "en"),
            ],
        )
        .await;
    assert!(biz.get("success").is_none() && biz["biz_error_code"].is_null());
    assert!(biz["data"]["sku_list"][0].get("mp_skuId").is_none());
    assert!(biz["data"]["multi_language_info"]["title"].is_string());
    let missing = desk
        .api(
            "/traffic/item/get",
            &[("item_resource", "taobao"), ("item_id", "1")],
        )
        .await;
    assert_eq!(missing["biz_error_code"], "SBX_ITEM_NOT_FOUND");

    let result = desk
        .api("/logistics/detail/get", &[("purchase_order_line_id", "1")])
        .await;
    assert_eq!(result["code"], "0");
    assert!(!yes(&result["result"]["success"]));
    assert_eq!(result["result"]["error_code"], "SBX_ORDER_NOT_FOUND");
}

#[tokio::test]
async fn a_preview_reads_camel_and_snake_and_counts_by_shop() {
    let desk = Desk::new().await;
    let rows = desk.rows(SHIRT).await;
    let items = json!([
        {"itemId": MUG.1, "skuId": MUG.2, "quantity": 2},
        {"item_id": rows[1].0.parse::<i64>().unwrap(), "sku_id": rows[1].1, "quantity": "1"},
        {"itemId": MUG.1, "skuId": "1", "quantity": 1},
        {"itemId": MUG.0, "skuId": MUG.2, "quantity": 1},
    ])
    .to_string();
    let receiver = address().to_string();
    let params = [
        ("need_supplychain_service", "false"),
        ("render_item_List", items.as_str()),
        ("receiver_address", receiver.as_str()),
        ("warehouse_address", receiver.as_str()),
    ];
    let body = desk.api("/purchase/order/render", &params).await;
    let data = &body["result"]["data"];
    assert_eq!(
        text(&data["total_real_pay_price"]["amount"]),
        (2 * 1_000 + 5_990).to_string()
    );
    let shops = list(&data["render_item_list"]);
    assert_eq!(shops.len(), 2, "{body}");
    assert_eq!(text(&shops[0]["order_fee"]["amount"]), "2000");
    assert_eq!(text(&shops[0]["mainland_shipping_fee"]["amount"]), "0");
    let codes: Vec<&Value> = list(&data["unavailable_sku_list"])
        .iter()
        .map(|row| &row["error_code"])
        .collect();
    assert_eq!(
        codes,
        ["SBX_SKU_NOT_FOUND", "SBX_ITEM_NOT_FOUND"],
        "the item's own number is not an orderable id"
    );
}

#[tokio::test]
async fn too_many_calls_of_one_api_are_refused_until_the_next_second() {
    let desk = Desk::new().await;
    desk.knobs(json!({"per_second_app": 1})).await;
    let get = || desk.api("/product/get", &[("item_id", MUG.0)]);
    assert_eq!(get().await["code"], "0");
    let refused = get().await;
    assert_eq!(refused["code"], "ApiCallLimit");
    assert_eq!(refused["type"], "SYSTEM");
    assert!(refused["message"].as_str().unwrap().contains("1 seconds"));
    desk.query(&[]).await;
    desk.clock.advance_seconds(1);
    assert_eq!(get().await["code"], "0");
    desk.knobs(json!({"reset": true, "denied_apis": ["/product/get"]}))
        .await;
    assert_eq!(get().await["code"], "InsufficientPermission");
}

#[tokio::test]
async fn each_app_has_its_own_tokens_and_its_own_pace() {
    let desk = Desk::new().await;
    let app = desk
        .control("POST", "apps", json!({"name": "Second"}))
        .await;
    let key = app["app_key"].as_str().unwrap().to_owned();
    let granted = desk
        .control(
            "POST",
            "authorize",
            json!({"account": "tb_dist_01", "app_key": key}),
        )
        .await;
    desk.knobs(json!({"per_second_app": 1})).await;
    assert_eq!(
        desk.api("/product/get", &[("item_id", MUG.0)]).await["code"],
        "0"
    );
    let first = desk.token.clone();
    let second = Desk {
        key,
        secret: app["app_secret"].as_str().unwrap().to_owned(),
        token: granted["access_token"].as_str().unwrap().to_owned(),
        ..desk
    };
    assert_eq!(
        second.api("/product/get", &[("item_id", MUG.0)]).await["code"],
        "0"
    );
    assert_eq!(
        second.api("/product/get", &[("item_id", MUG.0)]).await["code"],
        "ApiCallLimit"
    );
    let mixed = Desk {
        token: first,
        ..second
    };
    mixed.clock.advance_seconds(1);
    assert_eq!(
        mixed.api("/product/get", &[("item_id", MUG.0)]).await["code"],
        "IllegalAccessToken",
        "a token belongs to its app"
    );
}
