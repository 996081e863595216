//! A caller for the tests: signs, sends in process, reads.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use sandbox::{Fault, Options, Sandbox};
use serde_json::{Value, json};
use sha1::Sha1;
use std::path::Path;
use std::sync::Arc;
use world::{ManualClock, Timestamp, World};

pub const VASE: &str = "42602653803";
pub const HOODIE: &str = "553112086341";
pub const CUP: &str = "610044218890";
pub const BUYER: &str = "cn_buyer_01";

/// 2026-03-02 10:00:00 in Beijing.
pub const START: i64 = 1_772_416_800;

pub struct Desk {
    pub sandbox: Sandbox,
    pub clock: Arc<ManualClock>,
    pub key: String,
    pub secret: String,
    pub token: String,
}

pub fn encode(pairs: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

pub fn sign(secret: &str, path: &str, params: &[(String, String)]) -> String {
    let mut texts: Vec<String> = params.iter().map(|(k, v)| format!("{k}{v}")).collect();
    texts.sort();
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{path}{}", texts.concat()).as_bytes());
    data_encoding::HEXUPPER.encode(&mac.finalize().into_bytes())
}

pub fn address() -> Value {
    json!({"fullName": "张三", "mobile": "15251667788", "phone": "0517-88990077", "postCode": "000000", "provinceText": "浙江省", "cityText": "杭州市", "areaText": "滨江区", "townText": "", "address": "网商路699号"})
}

impl Desk {
    pub async fn new() -> Self {
        Self::at(None, 7).await
    }

    pub async fn at(path: Option<&Path>, seed: u64) -> Self {
        let (world, clock) = World::fixed(Timestamp::from_seconds(START), seed);
        let sandbox = Sandbox::open(path, world, Options::default())
            .await
            .unwrap();
        let mut desk = Self {
            sandbox,
            clock,
            key: String::new(),
            secret: String::new(),
            token: String::new(),
        };
        let apps = desk.control("GET", "/control/apps", json!({})).await.1;
        desk.key = apps[0]["app_key"].as_str().unwrap().to_owned();
        desk.secret = apps[0]["app_secret"].as_str().unwrap().to_owned();
        let granted = desk.authorize(BUYER).await;
        Self {
            token: granted["access_token"].as_str().unwrap().to_owned(),
            ..desk
        }
    }

    pub async fn authorize(&self, account: &str) -> Value {
        let (status, body) = self
            .control(
                "POST",
                "/control/1688/authorize",
                json!({"account": account}),
            )
            .await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Fault> {
        self.sandbox.call(request).await
    }

    pub async fn control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if method == "GET" {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let response = self.send(request).await.unwrap();
        let value = serde_json::from_slice(response.body())
            .unwrap_or_else(|_| panic!("no JSON: {:?}", response.body()));
        (response.status().as_u16(), value)
    }

    /// Turns knobs; they must be accepted.
    pub async fn knobs(&self, knobs: Value) -> Value {
        let (status, body) = self.control("PUT", "/control/1688/knobs", knobs).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Does an action on an order; it must be accepted.
    pub async fn act(&self, number: &str, action: &str, body: Value) -> Value {
        let (status, body) = self
            .control(
                "POST",
                &format!("/control/1688/orders/{number}/{action}"),
                body,
            )
            .await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub fn path(&self, api: &str) -> String {
        format!("param2/1/{api}/{}", self.key)
    }

    pub fn signed(
        &self,
        api: &str,
        token: Option<&str>,
        params: &[(&str, String)],
    ) -> Request<Bytes> {
        let path = self.path(api);
        let mut pairs: Vec<(String, String)> = params
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.clone()))
            .collect();
        if let Some(token) = token {
            pairs.push(("access_token".into(), token.to_owned()));
        }
        let signature = sign(&self.secret, &path, &pairs);
        pairs.push(("_aop_signature".into(), signature));
        form(&format!("/openapi/{path}"), &pairs)
    }

    /// A signed call with the buyer's token.
    pub async fn api(&self, api: &str, params: &[(&str, String)]) -> (u16, Value) {
        self.try_api(api, params).await.unwrap()
    }

    pub async fn try_api(
        &self,
        api: &str,
        params: &[(&str, String)],
    ) -> Result<(u16, Value), Fault> {
        let response = self
            .send(self.signed(api, Some(&self.token), params))
            .await?;
        let body = serde_json::from_slice(response.body()).unwrap_or_else(|_| {
            Value::String(String::from_utf8_lossy(response.body()).into_owned())
        });
        Ok((response.status().as_u16(), body))
    }

    pub async fn try_create(&self, reference: &str, cargo: Value) -> Result<Value, Fault> {
        let params = [
            ("flow", "general".to_owned()),
            ("addressParam", address().to_string()),
            ("cargoParamList", cargo.to_string()),
            ("outOrderId", reference.to_owned()),
        ];
        Ok(self
            .try_api("com.alibaba.trade/alibaba.trade.createCrossOrder", &params)
            .await?
            .1)
    }

    pub async fn create(&self, reference: &str, cargo: Value) -> Value {
        self.try_create(reference, cargo).await.unwrap()
    }

    /// A vase ordered through the API; its number.
    pub async fn vase(&self, reference: &str) -> String {
        let body = self
            .create(
                reference,
                json!([{"offerId": 42_602_653_803_i64, "quantity": 1}]),
            )
            .await;
        body["result"]["orderId"]
            .as_str()
            .unwrap_or_else(|| panic!("{body}"))
            .to_owned()
    }

    pub async fn preview(&self, cargo: Value) -> Value {
        let params = [
            ("addressParam", address().to_string()),
            ("cargoParamList", cargo.to_string()),
        ];
        self.api("com.alibaba.trade/alibaba.createOrder.preview", &params)
            .await
            .1
    }

    pub async fn view(&self, number: &str) -> Value {
        let params = [
            ("webSite", "1688".to_owned()),
            ("orderId", number.to_owned()),
        ];
        self.api("com.alibaba.trade/alibaba.trade.get.buyerView", &params)
            .await
            .1
    }

    pub async fn list(&self, params: &[(&str, &str)]) -> Value {
        let params: Vec<(&str, String)> =
            params.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        self.api("com.alibaba.trade/alibaba.trade.getBuyerOrderList", &params)
            .await
            .1
    }

    /// Specification ids of an offer.
    pub async fn specs(&self, offer: &str) -> Vec<String> {
        let (_, body) = self
            .control("GET", &format!("/control/1688/offers/{offer}"), json!({}))
            .await;
        body["specifications"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["spec_id"].as_str().unwrap().to_owned())
            .collect()
    }

    pub async fn orders(&self) -> Vec<Value> {
        let (_, body) = self.control("GET", "/control/1688/orders", json!({})).await;
        body["orders"].as_array().unwrap().clone()
    }

    pub async fn tick(&self) -> Vec<sandbox::PushDelivery> {
        self.sandbox.tick(self.sandbox.world().now()).await.unwrap()
    }
}

pub fn form(path: &str, pairs: &[(String, String)]) -> Request<Bytes> {
    Request::builder()
        .method("POST")
        .uri(path)
        .header(
            "content-type",
            "application/x-www-form-urlencoded;charset=UTF-8",
        )
        .body(Bytes::from(encode(pairs)))
        .unwrap()
}
