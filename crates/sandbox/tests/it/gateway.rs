//! The gateway's checks in their order, the token endpoint, and the families of answers.

use crate::desk::{BUYER, Desk, HOODIE, VASE, address, form, sign};
use serde_json::{Value, json};
use std::fmt::Write;

const VIEW: &str = "com.alibaba.trade/alibaba.trade.get.buyerView";
const CREATE: &str = "com.alibaba.trade/alibaba.trade.createCrossOrder";

async fn error(desk: &Desk, path: &str, pairs: &[(&str, &str)]) -> (u16, String) {
    let pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let response = desk.send(form(path, &pairs)).await.unwrap();
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert!(
        body["request_id"].is_string() && body["error_message"].is_string(),
        "{body}"
    );
    (
        response.status().as_u16(),
        body["error_code"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn the_gateway_refuses_in_the_documented_order() {
    let desk = Desk::new().await;
    let key = desk.key.clone();
    // Each request is wrong in every later respect too: the earlier check speaks.
    assert_eq!(
        error(
            &desk,
            "/openapi/param2/1/com.alibaba.trade/alibaba.trade.cancel",
            &[]
        )
        .await
        .1,
        "gw.AppKeyMissing"
    );
    assert_eq!(
        error(
            &desk,
            "/openapi/param2/1/com.alibaba.trade/no.such.api/1",
            &[]
        )
        .await
        .1,
        "gw.AppKeyNotFound"
    );
    assert_eq!(
        error(
            &desk,
            &format!("/openapi/param2/1/com.alibaba.trade/no.such.api/{key}"),
            &[]
        )
        .await
        .1,
        "gw.APIUnsupported"
    );
    assert_eq!(
        error(&desk, &format!("/openapi/param2/2/{VIEW}/{key}"), &[])
            .await
            .1,
        "gw.APIUnsupported"
    );
    assert_eq!(
        error(&desk, &format!("/openapi/param9/1/{VIEW}/{key}"), &[])
            .await
            .1,
        "gw.APIUnsupported"
    );
    let path = format!("/openapi/param2/1/{VIEW}/{key}");
    assert_eq!(
        error(&desk, &path, &[]).await,
        (400, "gw.SignatureMissing".into())
    );
    assert_eq!(
        error(&desk, &path, &[("_aop_signature", "00")]).await,
        (400, "gw.SignatureInvalid".into())
    );
    desk.knobs(json!({"denied_apis": ["alibaba.trade.get.buyerView"], "per_second_app": 1}))
        .await;
    let request = desk.signed(VIEW, Some("invented"), &[]);
    let response = desk.send(request).await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(
        desk.api(VIEW, &[]).await.1["error_code"],
        "gw.APIACLDecline"
    );
    desk.knobs(json!({"denied_apis": []})).await;
    let (status, body) = desk.api(VIEW, &[]).await;
    assert_eq!(
        (status, body["error_code"].as_str().unwrap()),
        (400, "gw.ParamMissing")
    );
    assert_eq!(body["error_message"], "Required argument webSite");
    assert_eq!(
        desk.api(VIEW, &[]).await.1["error_code"],
        "gw.QosAppFrequencyLimit"
    );
    desk.clock.advance_seconds(1);
    assert_eq!(desk.api(VIEW, &[]).await.1["error_code"], "gw.ParamMissing");
}

#[tokio::test]
async fn a_missing_and_a_dead_token_are_told_apart_only_by_the_text() {
    let desk = Desk::new().await;
    let none = desk.send(desk.signed(VIEW, None, &[])).await.unwrap();
    assert!(String::from_utf8_lossy(none.body()).contains("Request need user authenticated"));
    let (_, revoked) = desk
        .control(
            "POST",
            "/control/1688/accounts/cn_buyer_01/revoke",
            json!({}),
        )
        .await;
    assert_eq!(revoked["revoked"], 2);
    let (status, body) = desk
        .api(VIEW, &[("webSite", "1688".into()), ("orderId", "1".into())])
        .await;
    assert_eq!(
        (
            status,
            body["error_code"].as_str().unwrap(),
            body["error_message"].as_str().unwrap()
        ),
        (401, "401", "Request need user authorized")
    );
    desk.knobs(json!({"unauthorized_http": 200})).await;
    assert_eq!(desk.api(VIEW, &[("webSite", "1688".into())]).await.0, 200);
}

#[tokio::test]
async fn the_clock_needs_a_signature_and_no_token() {
    let desk = Desk::new().await;
    let response = desk
        .send(desk.signed("system/currentTime", None, &[]))
        .await
        .unwrap();
    assert_eq!(response.body().as_ref(), b"\"20260302100000000+0800\"");
    let response = desk
        .send(desk.signed("system/currentTimeMillis", None, &[]))
        .await
        .unwrap();
    assert_eq!(response.body().as_ref(), b"1772416800000");
    assert_eq!(
        response.headers()["content-type"],
        "application/json;charset=UTF-8"
    );
}

#[tokio::test]
async fn parameters_may_stand_in_query_form_multipart_and_json() {
    let desk = Desk::new().await;
    let number = desk.vase("AP1").await;
    let path = desk.path(VIEW);
    let pairs: Vec<(String, String)> = vec![
        ("webSite".into(), "1688".into()),
        ("orderId".into(), number.clone()),
        ("access_token".into(), desk.token.clone()),
        ("unknown".into(), "声明".into()),
    ];
    let signature = sign(&desk.secret, &path, &pairs);
    let mut all = pairs.clone();
    all.push(("_aop_signature".into(), signature.clone()));
    let query = crate::desk::encode(&all);
    let get = http::Request::get(format!("/openapi/{path}?{query}"))
        .body(bytes::Bytes::new())
        .unwrap();
    let json_body = json!({"webSite": "1688", "orderId": number.parse::<i64>().unwrap(), "access_token": desk.token, "unknown": "声明"}).to_string();
    let json_request = http::Request::post(format!("/openapi/{path}?_aop_signature={signature}"))
        .header("content-type", "application/json")
        .body(json_body.into())
        .unwrap();
    let mut multipart = String::new();
    for (key, value) in &pairs {
        write!(
            multipart,
            "--xyz\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n{value}\r\n"
        )
        .unwrap();
    }
    multipart.push_str("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nnot signed\r\n--xyz--\r\n");
    let multipart_request =
        http::Request::post(format!("/openapi/{path}?_aop_signature={signature}"))
            .header("content-type", "multipart/form-data; boundary=xyz")
            .body(multipart.into())
            .unwrap();
    for request in [get, json_request, multipart_request] {
        let response = desk.send(request).await.unwrap();
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(
            body["result"]["baseInfo"]["idOfStr"],
            number.as_str(),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_signature_sorted_by_key_is_taken_and_logged_unless_a_knob_is_strict() {
    let desk = Desk::new().await;
    let path = desk.path(VIEW);
    let mut pairs: Vec<(String, String)> = vec![
        ("webSite".into(), "1688".into()),
        ("orderId".into(), "1".into()),
        ("use".into(), "true".into()),
        ("useList".into(), "[]".into()),
        ("access_token".into(), desk.token.clone()),
    ];
    // "useList[]" < "usetrue", but "use" < "useList".
    pairs.sort();
    let message = pairs
        .iter()
        .map(|(k, v)| format!("{k}{v}"))
        .collect::<Vec<_>>()
        .concat();
    let by_key = sign(&desk.secret, &format!("{path}{message}"), &[]);
    pairs.push(("_aop_signature".into(), by_key));
    let call = || desk.send(form(&format!("/openapi/{path}"), &pairs));
    let body: Value = serde_json::from_slice(call().await.unwrap().body()).unwrap();
    assert_eq!(body["errorCode"], "ORDER_NOT_EXIST");
    let (_, log) = desk.control("GET", "/control/1688/log", json!({})).await;
    assert!(
        log["calls"][0]["outcome"]
            .as_str()
            .unwrap()
            .contains("sorted by key"),
        "{log}"
    );
    desk.knobs(json!({"signature_sort": "concatenated"})).await;
    let body: Value = serde_json::from_slice(call().await.unwrap().body()).unwrap();
    assert_eq!(body["error_code"], "gw.SignatureInvalid");
}

async fn get_token(desk: &Desk, fields: &[(&str, &str)]) -> (u16, Value) {
    let mut pairs = vec![
        ("client_id".to_owned(), desk.key.clone()),
        ("client_secret".to_owned(), desk.secret.clone()),
    ];
    for (key, value) in fields {
        pairs.retain(|(known, _)| known != key);
        pairs.push(((*key).to_owned(), (*value).to_owned()));
    }
    let response = desk
        .send(form(
            &format!("/openapi/http/1/system.oauth2/getToken/{}", desk.key),
            &pairs,
        ))
        .await
        .unwrap();
    (
        response.status().as_u16(),
        serde_json::from_slice(response.body()).unwrap(),
    )
}

#[tokio::test]
async fn a_refresh_gives_an_access_token_and_no_refresh_token() {
    let desk = Desk::new().await;
    let granted = desk.authorize(BUYER).await;
    let refresh = granted["refresh_token"].as_str().unwrap();
    let (status, body) = get_token(
        &desk,
        &[("grant_type", "refresh_token"), ("refresh_token", refresh)],
    )
    .await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["expires_in"], "36000");
    assert_eq!(body["memberId"], granted["member_id"]);
    assert_eq!(body["resource_owner"], BUYER);
    assert!(body.get("refresh_token").is_none());
    let (_, camel) = get_token(
        &desk,
        &[("grant_type", "refresh_token"), ("refreshToken", refresh)],
    )
    .await;
    assert!(camel["access_token"].is_string());

    for wrong in [
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", "invented"),
        ][..],
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh),
            ("client_secret", "wrong"),
        ],
        &[("grant_type", "authorization_code"), ("code", "invented")],
        &[("grant_type", "password")],
    ] {
        let (status, body) = get_token(&desk, wrong).await;
        assert_eq!(
            (status, body["error_code"].as_str().unwrap()),
            (400, "SBX_TOKEN_REFUSED"),
            "{body}"
        );
    }
    desk.knobs(json!({"oauth_errors": "standard"})).await;
    let (_, body) = get_token(
        &desk,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", "invented"),
        ],
    )
    .await;
    assert_eq!(body["error"], "invalid_grant");
    desk.knobs(json!({"oauth_errors": "gateway", "refresh_refused": true}))
        .await;
    assert_eq!(
        get_token(
            &desk,
            &[("grant_type", "refresh_token"), ("refresh_token", refresh)]
        )
        .await
        .0,
        400
    );
}

#[tokio::test]
async fn an_access_token_lives_ten_hours_and_a_refresh_token_half_a_year() {
    let desk = Desk::new().await;
    let refresh = desk.authorize(BUYER).await["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.clock.advance_seconds(36_000 - 1);
    assert_eq!(desk.list(&[]).await["totalRecord"], 0);
    desk.clock.advance_seconds(1);
    assert_eq!(desk.list(&[]).await["error_code"], "401");
    let postpone = |access: String| {
        let pairs = vec![
            ("client_id".to_owned(), desk.key.clone()),
            ("client_secret".to_owned(), desk.secret.clone()),
            ("refresh_token".to_owned(), refresh.clone()),
            ("access_token".to_owned(), access),
        ];
        let request = form(
            &format!("/openapi/param2/1/system.oauth2/postponeToken/{}", desk.key),
            &pairs,
        );
        async { desk.send(request).await.unwrap() }
    };
    let fresh = |body: &Value| body["access_token"].as_str().unwrap().to_owned();
    let (_, body) = get_token(
        &desk,
        &[("grant_type", "refresh_token"), ("refresh_token", &refresh)],
    )
    .await;
    assert_eq!(postpone(fresh(&body)).await.status(), 400, "too early");
    desk.clock.advance_seconds(155 * 86_400);
    let (_, body) = get_token(
        &desk,
        &[("grant_type", "refresh_token"), ("refresh_token", &refresh)],
    )
    .await;
    let postponed = postpone(fresh(&body)).await;
    assert_eq!(postponed.status(), 200);
    let postponed: Value = serde_json::from_slice(postponed.body()).unwrap();
    assert_ne!(postponed["refresh_token"], refresh.as_str());
    assert!(
        postponed["refresh_token_timeout"]
            .as_str()
            .unwrap()
            .ends_with("+0800")
    );
    let (status, _) = get_token(
        &desk,
        &[("grant_type", "refresh_token"), ("refresh_token", &refresh)],
    )
    .await;
    assert_eq!(status, 400, "the old one died");
}

#[tokio::test]
async fn bad_goods_get_the_documented_codes() {
    let desk = Desk::new().await;
    let (_, body) = desk.control("GET", "/control/1688/offers", json!({})).await;
    let offers = body["offers"].as_array().unwrap();
    assert!(offers.len() >= 300);
    let find = |wanted: &dyn Fn(&Value) -> bool| offers.iter().find(|o| wanted(o)).unwrap();
    let number = |value: &Value| value.as_i64().unwrap_or(0);
    // One line of the offer, with the specification of which most is left.
    let goods = |offer: &Value, quantity: i64| {
        let specs = offer["specifications"].as_array().unwrap();
        match specs.iter().max_by_key(|spec| number(&spec["stock"])) {
            Some(spec) => {
                json!([{"offerId": offer["item_id"], "specId": spec["spec_id"], "quantity": quantity}])
            }
            None => json!([{"offerId": offer["item_id"], "quantity": quantity}]),
        }
    };
    let sold = |o: &Value| {
        o["tradable"] == true
            && o["status"] == "published"
            && number(&o["stock"]) > 500
            && number(&o["price_fen"]) > 0
    };
    let specs = desk.specs(HOODIE).await;
    let closed = find(&|o| o["tradable"] == false);
    let many = find(&|o| {
        sold(o) && number(&o["minimum"]) > 1 && o["lot"].is_null() && o["mixed"] == false
    });
    let lot = find(&|o| sold(o) && number(&o["lot"]) > 1);
    let zero = find(&|o| o["price_fen"] == 0 && o["tradable"] == true);
    let dear = |o: &Value| {
        o["specifications"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| number(&s["price_fen"]))
            .chain([number(&o["price_fen"])])
            .max()
            .unwrap_or(0)
    };
    let mixed = find(&|o| {
        sold(o)
            && o["mixed"] == true
            && o["lot"].is_null()
            && number(&o["mix_pieces"]) > 1
            && number(&o["mix_amount_fen"]) > dear(o)
    });
    for (cargo, code) in [
        (goods(closed, 1), "500_001"),
        (json!([{"offerId": HOODIE, "quantity": 1}]), "500_002"),
        (
            json!([{"offerId": VASE, "quantity": 1}, {"offerId": HOODIE, "specId": specs[0], "quantity": 1}]),
            "500_002",
        ),
        (
            json!([{"offerId": HOODIE, "specId": "00000000000000000000000000000000", "quantity": 1}]),
            "500_003",
        ),
        (json!([{"offerId": VASE, "quantity": 9_999_999}]), "500_004"),
        (goods(many, 1), "500_005"),
        (goods(mixed, 1), "500_006"),
        (goods(zero, 1), "500_008"),
        (goods(lot, number(&lot["lot"]) + 1), "500_009"),
    ] {
        let preview = desk.preview(cargo.clone()).await;
        assert_eq!(
            (&preview["success"], &preview["errorCode"]),
            (&json!(false), &json!(code)),
            "{cargo} {preview}"
        );
        assert!(preview["errorMsg"].as_str().unwrap().starts_with("商品["));
        let create = desk.create("AP-bad", cargo.clone()).await;
        assert_eq!(
            (&create["success"], &create["code"]),
            (&json!(false), &json!(code)),
            "{cargo} {create}"
        );
    }
    assert!(desk.orders().await.is_empty());
}

#[tokio::test]
async fn bad_parameters_are_refused_without_effect() {
    let desk = Desk::new().await;
    let good = || {
        vec![
            ("flow", "general".to_owned()),
            ("addressParam", address().to_string()),
            (
                "cargoParamList",
                json!([{"offerId": VASE, "quantity": 1}]).to_string(),
            ),
        ]
    };
    let with = |name: &'static str, value: String| {
        let mut params = good();
        params.retain(|(known, _)| *known != name);
        params.push((name, value));
        params
    };
    for (name, value) in [
        ("cargoParamList", "nonsense".to_owned()),
        ("cargoParamList", "{}".to_owned()),
        ("cargoParamList", "[]".to_owned()),
        (
            "cargoParamList",
            json!([{"offerId": "x", "quantity": 1}]).to_string(),
        ),
        (
            "cargoParamList",
            json!([{"offerId": VASE, "quantity": 0}]).to_string(),
        ),
        (
            "cargoParamList",
            json!([{"offerId": VASE, "quantity": 1.5}]).to_string(),
        ),
        (
            "cargoParamList",
            json!([{"offerId": VASE, "quantity": -1}]).to_string(),
        ),
        ("addressParam", "[]".to_owned()),
    ] {
        let (status, body) = desk.api(CREATE, &with(name, value.clone())).await;
        assert_eq!(
            (status, body["error_code"].as_str()),
            (400, Some("SBX_ParamInvalid")),
            "{name} {value} {body}"
        );
    }
    let mut long = address();
    long["address"] = json!("长".repeat(201));
    let mut nobody = address();
    nobody["fullName"] = json!("");
    let many: Vec<Value> = (0..51)
        .map(|_| json!({"offerId": VASE, "quantity": 1}))
        .collect();
    for (name, value, text) in [
        (
            "addressParam",
            json!({"addressId": 1}).to_string(),
            "AddressId invalid:AddressId invalid",
        ),
        ("addressParam", long.to_string(), "longer than 200"),
        ("addressParam", nobody.to_string(), "fullName"),
        (
            "tradeType",
            "credit".into(),
            "not support tradeType:【credit】",
        ),
        ("flow", "sideways".into(), "flow invalid"),
        ("message", "留".repeat(501), "message invalid"),
        ("cargoParamList", json!(many).to_string(), "more than 50"),
    ] {
        let (status, body) = desk.api(CREATE, &with(name, value)).await;
        assert_eq!(
            (status, body["code"].as_str()),
            (200, Some("400")),
            "{body}"
        );
        assert!(body["message"].as_str().unwrap().contains(text), "{body}");
    }
    assert!(desk.orders().await.is_empty());
    let (_, saved) = desk
        .api("com.alibaba.trade/alibaba.trade.receiveAddress.get", &[])
        .await;
    let id = saved["result"]["receiveAddressItems"][0]["id"].clone();
    let (_, body) = desk
        .api(
            CREATE,
            &with("addressParam", json!({"addressId": id}).to_string()),
        )
        .await;
    assert_eq!(body["success"], true, "{body}");
}
