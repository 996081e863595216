//! A connector's desk in the sandbox: an app, an account, and the other side's controls.

use async_trait::async_trait;
use bytes::Bytes;
use marketplaces::{
    Addresses, AppKey, Basket, Caller, Create, Created, Deadline, M1688, MarketError, MarketOrder,
    Marketplace, Once, OrderLine, Preview, Request, Response, Transport, TransportError,
};
use sandbox::{Fault, Options, Sandbox};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::sync::Arc;
use world::{Boot, Clock, ManualClock, Timestamp, World};

pub const VASE: &str = "42602653803";
pub const HOODIE: &str = "553112086341";
pub const CUP: &str = "610044218890";
pub const BUYER: &str = "cn_buyer_01";
pub const BASE: &str = "http://127.0.0.1:8689";

pub struct Desk {
    pub sandbox: Sandbox,
    pub clock: Arc<ManualClock>,
    pub app: AppKey,
    pub access: SecretString,
    pub refresh: SecretString,
    pub account: String,
    pub addresses: Addresses,
}

#[async_trait]
impl Transport for Desk {
    async fn send(&self, request: Request, _: Deadline) -> Result<Response, TransportError> {
        let mut builder = http::Request::builder()
            .method(request.method)
            .uri(request.url.as_str());
        *builder.headers_mut().unwrap() = request.headers;
        let maybe_sent = |why: String| TransportError::MaybeSent { why };
        let answer = self
            .sandbox
            .call(builder.body(request.body).unwrap())
            .await
            .map_err(|fault: Fault| maybe_sent(fault.to_string()))?;
        Ok(Response {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.into_body(),
        })
    }
}

pub fn addresses(base: &str) -> Addresses {
    let base = url::Url::parse(base).unwrap();
    Addresses {
        gateway: base.clone(),
        login: base.clone(),
        site: base,
    }
}

impl Desk {
    pub async fn new() -> Self {
        Self::of(BUYER).await
    }

    pub async fn of(account: &str) -> Self {
        let (world, clock) = World::fixed(Timestamp::from_seconds(1_790_000_000), 7);
        let sandbox = Sandbox::open(None, world, Options::default())
            .await
            .unwrap();
        let mut desk = Self {
            sandbox,
            clock,
            app: AppKey {
                key: String::new(),
                secret: SecretString::from(""),
            },
            access: SecretString::from(""),
            refresh: SecretString::from(""),
            account: String::new(),
            addresses: addresses(BASE),
        };
        let apps = desk.control("GET", "/control/apps", Value::Null).await;
        desk.app = AppKey {
            key: text(&apps[0]["app_key"]),
            secret: SecretString::from(text(&apps[0]["app_secret"])),
        };
        let given = desk
            .control(
                "POST",
                "/control/1688/authorize",
                json!({"account": account}),
            )
            .await;
        desk.access = SecretString::from(text(&given["access_token"]));
        desk.refresh = SecretString::from(text(&given["refresh_token"]));
        desk.account = text(&given["member_id"]);
        desk
    }

    pub async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let answer = self.sandbox.call(request).await.unwrap();
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(answer.status().is_success(), "{method} {path}: {said}");
        serde_json::from_str(&said).unwrap()
    }

    pub async fn knobs(&self, knobs: Value) {
        self.control("PUT", "/control/1688/knobs", knobs).await;
    }

    pub async fn act(&self, number: &str, action: &str, body: Value) {
        let path = format!("/control/1688/orders/{number}/{action}");
        let body = if body.is_null() { json!({}) } else { body };
        self.control("POST", &path, body).await;
    }

    pub async fn offer(&self, item: &str) -> Value {
        let path = format!("/control/1688/offers/{item}");
        self.control("GET", &path, Value::Null).await
    }

    pub async fn set_offer(&self, item: &str, change: Value) {
        let path = format!("/control/1688/offers/{item}");
        self.control("POST", &path, change).await;
    }

    pub async fn orders_there(&self) -> Vec<Value> {
        let all = self
            .control("GET", "/control/1688/orders", Value::Null)
            .await;
        all["orders"].as_array().unwrap().clone()
    }

    pub async fn specification(&self, item: &str, at: usize) -> String {
        text(&self.offer(item).await["specifications"][at]["spec_id"])
    }

    pub fn caller(&self) -> Caller<'_> {
        Caller {
            app: &self.app,
            access_token: Some(&self.access),
            transport: self,
            addresses: &self.addresses,
            clock: &*self.clock,
            deadline: Deadline { millis: 10_000 },
        }
    }

    pub fn permit(&self) -> Once {
        Once {
            send_by: self.clock.now().plus_seconds(10),
            send_by_boot: Boot(self.clock.boot().0 + 10_000_000_000),
        }
    }

    pub async fn preview(&self, lines: &[OrderLine]) -> Result<Preview, MarketError> {
        M1688.order_preview(&self.caller(), &basket(lines)).await
    }

    /// Previews and creates.
    pub async fn book(&self, reference: &str, lines: &[OrderLine]) -> Result<Created, MarketError> {
        let preview = self.preview(lines).await?;
        assert!(preview.is_ok(), "{preview:?}");
        self.create(reference, lines, &preview).await
    }

    pub async fn create(
        &self,
        reference: &str,
        lines: &[OrderLine],
        preview: &Preview,
    ) -> Result<Created, MarketError> {
        let basket = basket(lines);
        let create = Create {
            reference,
            basket: &basket,
            terms: &preview.terms,
            note: "请尽快发货",
            planned_total: preview.total,
            once: self.permit(),
        };
        M1688.order_create(&self.caller(), &create).await
    }

    /// A vase, ordered; its number.
    pub async fn vase(&self, reference: &str) -> String {
        let made = self.book(reference, &[line(VASE, None, 1)]).await.unwrap();
        made.orders[0].number.clone()
    }

    pub async fn read(&self, number: &str) -> Result<MarketOrder, MarketError> {
        M1688.order_read(&self.caller(), number).await
    }

    pub fn with_access(mut self, access: &SecretString) -> Self {
        self.access = SecretString::from(access.expose_secret());
        self
    }
}

pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub fn line(item: &str, specification: Option<&str>, quantity: i64) -> OrderLine {
    OrderLine {
        item: item.to_owned(),
        specification: specification.map(str::to_owned),
        quantity,
        orderable: None,
    }
}

pub fn basket(lines: &[OrderLine]) -> Basket {
    Basket {
        lines: lines.to_vec(),
        address: crate::canned::address(),
    }
}
