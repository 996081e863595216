//! The Taobao side: a caller that signs, and what it sees.

mod gateway;
mod knobs;
mod orders;
mod pages;
mod push;

use crate::desk::encode;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use sandbox::{Fault, Options, Sandbox};
use serde_json::{Value, json};
use sha2::Sha256;
use std::path::Path;
use std::sync::Arc;
use world::{ManualClock, Timestamp, World};

pub const DISTRIBUTOR: &str = "tb_dist_01";
/// One row only; the ids are those of the wire document.
pub const MUG: (&str, &str, &str) = ("731040994692", "4096709792297020", "32248575036476");
pub const SHIRT: &str = "682913347705";
pub const CUP: &str = "905517720338";

pub struct Desk {
    pub sandbox: Sandbox,
    pub clock: Arc<ManualClock>,
    pub key: String,
    pub secret: String,
    pub token: String,
}

/// Ids and amounts come as numbers or texts.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => panic!("neither number nor text: {other}"),
    }
}

pub fn yes(value: &Value) -> bool {
    *value == json!(true) || *value == json!("true")
}

pub fn list(value: &Value) -> &Vec<Value> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("no list: {value}"))
}

pub fn address() -> Value {
    json!({"country": "中国大陆", "state": "广东省", "city": "广州市", "district": "白云区", "address": "测试路1号", "zip": "510000", "name": "李四", "mobile_phone": "13800000000"})
}

/// A line as clients write it, by the ids for orders.
pub fn line((item, sku): &(String, String), quantity: i64, number: &str) -> Value {
    json!({"itemId": item, "skuId": sku, "quantity": quantity, "price": 1, "currency": "CNY", "orderLineNo": number})
}

pub fn mug() -> (String, String) {
    (MUG.1.to_owned(), MUG.2.to_owned())
}

pub fn hmac_hex(secret: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

impl Desk {
    pub async fn new() -> Self {
        Self::at(None, 7).await
    }

    pub async fn at(path: Option<&Path>, seed: u64) -> Self {
        let (world, clock) = World::fixed(Timestamp::from_seconds(crate::desk::START), seed);
        let sandbox = Sandbox::open(path, world, Options::default())
            .await
            .unwrap();
        let (key, secret) = sandbox.app("taobao").await.unwrap();
        let desk = Self {
            sandbox,
            clock,
            key,
            secret,
            token: String::new(),
        };
        let token = desk.authorize(DISTRIBUTOR).await;
        Self { token, ..desk }
    }

    pub async fn authorize(&self, account: &str) -> String {
        let granted = self
            .control("POST", "authorize", json!({"account": account}))
            .await;
        granted["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn try_control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.sandbox
            .control(
                method.parse().unwrap(),
                &format!("/control/taobao/{path}"),
                &if method == "GET" { Value::Null } else { body },
            )
            .await
    }

    pub async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, body) = self.try_control(method, path, body).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn knobs(&self, knobs: Value) {
        self.control("PUT", "knobs", knobs).await;
    }

    pub async fn act(&self, number: &str, action: &str, body: Value) -> Value {
        self.control("POST", &format!("orders/{number}/{action}"), body)
            .await
    }

    pub async fn see(&self, number: &str) -> Value {
        self.control("GET", &format!("orders/{number}"), Value::Null)
            .await
    }

    pub fn system(&self) -> Vec<(String, String)> {
        [
            ("app_key", self.key.clone()),
            ("timestamp", self.sandbox.world().now().millis().to_string()),
            ("sign_method", "sha256".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    pub fn sign(&self, path: &str, pairs: &mut Vec<(String, String)>) {
        pairs.sort();
        let joined = pairs
            .iter()
            .fold(String::new(), |joined, (name, value)| joined + name + value);
        let sign =
            data_encoding::HEXUPPER.encode(&hmac_hex(&self.secret, &format!("{path}{joined}")));
        pairs.push(("sign".into(), sign));
    }

    pub fn pairs(&self, path: &str, params: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut pairs = self.system();
        if !path.starts_with("/auth/") {
            pairs.push(("access_token".into(), self.token.clone()));
        }
        pairs.extend(
            params
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        );
        self.sign(path, &mut pairs);
        pairs
    }

    pub async fn send(&self, request: Request<Bytes>) -> Result<Value, Fault> {
        let response = self.sandbox.call(request).await?;
        Ok(serde_json::from_slice(response.body())
            .unwrap_or_else(|_| panic!("{:?}", response.body())))
    }

    pub async fn try_api(&self, path: &str, params: &[(&str, &str)]) -> Result<Value, Fault> {
        let request = Request::post(format!("/rest{path}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(encode(&self.pairs(path, params))))
            .unwrap();
        self.send(request).await
    }

    pub async fn api(&self, path: &str, params: &[(&str, &str)]) -> Value {
        self.try_api(path, params).await.unwrap()
    }

    /// Ids by which orders name the rows of an item.
    pub async fn rows(&self, item: &str) -> Vec<(String, String)> {
        let body = self.api("/product/get", &[("item_id", item)]).await;
        assert!(yes(&body["success"]), "{body}");
        list(&body["data"]["sku_list"])
            .iter()
            .map(|row| (text(&body["data"]["mp_id"]), text(&row["mp_skuId"])))
            .collect()
    }

    pub async fn try_create(
        &self,
        reference: &str,
        lines: Value,
        more: &[(&str, &str)],
    ) -> Result<Value, Fault> {
        let (lines, address) = (lines.to_string(), address().to_string());
        let mut params = vec![
            ("outer_purchase_id", reference),
            ("order_line_list", lines.as_str()),
            ("receiver", address.as_str()),
            ("warehouse_address_info", address.as_str()),
            ("need_sys_retry", "false"),
        ];
        if !more.iter().any(|(name, _)| *name == "purchase_amount") {
            params.push(("purchase_amount", "100000000"));
        }
        params.retain(|(name, _)| !more.iter().any(|(own, _)| own == name));
        params.extend(more);
        self.try_api("/purchase/order/create", &params).await
    }

    pub async fn create(&self, reference: &str, lines: Value) -> Value {
        self.try_create(reference, lines, &[]).await.unwrap()
    }

    /// Makes orders and waits until they are made; their numbers.
    pub async fn order(&self, reference: &str, lines: Value) -> Vec<String> {
        let body = self.create(reference, lines).await;
        let numbers = numbers(&body);
        self.wait(5).await;
        numbers
    }

    pub async fn wait(&self, seconds: i64) -> Vec<sandbox::PushDelivery> {
        self.clock.advance_seconds(seconds);
        self.sandbox.tick(self.sandbox.world().now()).await.unwrap()
    }

    pub async fn query(&self, params: &[(&str, &str)]) -> Value {
        let body = self.api("/purchase/orders/query", params).await;
        assert!(yes(&body["success"]), "{body}");
        body["data"].clone()
    }

    /// One purchase by its number.
    pub async fn purchase(&self, number: &str) -> Value {
        let ids = format!("[{number}]");
        let data = self.query(&[("purchase_ids", &ids)]).await;
        list(&data["purchase_orders"])[0].clone()
    }
}

pub fn numbers(body: &Value) -> Vec<String> {
    assert!(
        yes(&body["success"]) && yes(&body["data"]["success"]),
        "{body}"
    );
    list(&body["data"]["order_list"])
        .iter()
        .map(|order| text(&order["purchase_id"]))
        .collect()
}
