//! An account of a marketplace in its sandbox, with the other side's controls.

use crate::bench::{Shown, ensure, ok};
use crate::stand::Stand;
use async_trait::async_trait;
use bytes::Bytes;
use marketplaces::{
    Address, Addresses, AppKey, Basket, Caller, Create, Created, Deadline, ListedOrder, Listing,
    MarketError, MarketOrder, Marketplace, Offer, Once, OrderLine, Preview, Request, Response,
    Transport, TransportError,
};
use sandbox::{Fault, Options, PushDelivery, Sandbox};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use world::{Boot, Clock, ManualClock, Timestamp, World};

pub const BASE: &str = "http://127.0.0.1:8689";
/// Of every buyer of the sandbox.
pub const PASSWORD: &str = "demo1688";

pub struct Desk {
    pub market: Arc<dyn Marketplace>,
    pub stand: &'static Stand,
    pub sandbox: Sandbox,
    pub clock: Arc<ManualClock>,
    pub app: AppKey,
    /// The account's login name.
    pub login: String,
    /// The account's id.
    pub account: String,
    pub access: SecretString,
    pub refresh: SecretString,
    pub addresses: Addresses,
    /// Requests that went out.
    sent: AtomicUsize,
}

#[async_trait]
impl Transport for Desk {
    async fn send(&self, request: Request, _: Deadline) -> Result<Response, TransportError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let mut builder = http::Request::builder()
            .method(request.method)
            .uri(request.url.as_str());
        *builder.headers_mut().unwrap() = request.headers;
        let answer = self
            .sandbox
            .call(builder.body(request.body).unwrap())
            .await
            .map_err(|fault: Fault| TransportError::MaybeSent {
                why: fault.to_string(),
            })?;
        Ok(Response {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.into_body(),
        })
    }
}

pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub fn address() -> Address {
    Address {
        full_name: "李四".to_owned(),
        mobile: "13800000000".to_owned(),
        phone: "020-88990077".to_owned(),
        post_code: "510000".to_owned(),
        province: "广东省".to_owned(),
        city: "广州市".to_owned(),
        area: "白云区".to_owned(),
        street: "测试路1号 ORD-53".to_owned(),
        ..Address::default()
    }
}

pub fn basket(lines: &[OrderLine]) -> Basket {
    Basket {
        lines: lines.to_vec(),
        address: address(),
    }
}

fn is_easy(offer: &sandbox::catalogue::Offer) -> bool {
    offer.tradable
        && offer.lot.is_none()
        && !offer.mixed
        && !offer.free_freight
        && offer.price_fen > 0
        && offer.stock_total() > 0
        && offer.specifications.iter().all(|row| row.price_fen > 0)
}

impl Desk {
    pub async fn new(market: Arc<dyn Marketplace>, stand: &'static Stand) -> Self {
        let (world, clock) = World::fixed(Timestamp::from_seconds(1_790_000_000), 7);
        let sandbox = Sandbox::open(None, world, Options::default())
            .await
            .unwrap();
        let (key, secret) = sandbox.app(stand.code).await.unwrap();
        let base = url::Url::parse(BASE).unwrap();
        let mut desk = Self {
            market,
            stand,
            sandbox,
            clock,
            app: AppKey {
                key,
                secret: SecretString::from(secret),
            },
            login: String::new(),
            account: String::new(),
            access: SecretString::from(""),
            refresh: SecretString::from(""),
            addresses: Addresses {
                gateway: base.clone(),
                login: base.clone(),
                site: base,
            },
            sent: AtomicUsize::new(0),
        };
        let accounts = desk.accounts().await;
        let payer = accounts.iter().find(|a| a["protocol_pay"] == true).unwrap();
        desk.login = text(&payer["account"]);
        let given = desk
            .control("POST", "authorize", json!({"account": desk.login}))
            .await;
        desk.account = text(&given["member_id"]);
        desk.access = SecretString::from(text(&given["access_token"]));
        desk.refresh = SecretString::from(text(&given["refresh_token"]));
        desk
    }

    /// The sandbox's controls of this marketplace.
    pub async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/control/{}/{path}", self.stand.code))
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let answer = self.sandbox.call(request).await.unwrap();
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(answer.status().is_success(), "{method} {path}: {said}");
        serde_json::from_str(&said).unwrap()
    }

    pub async fn accounts(&self) -> Vec<Value> {
        let told = self.control("GET", "accounts", Value::Null).await;
        told["accounts"].as_array().unwrap().clone()
    }

    pub async fn knobs(&self, knobs: Value) {
        self.control("PUT", "knobs", knobs).await;
    }

    /// The next request meets this fault.
    pub async fn fault(&self, fault: Value) {
        self.knobs(json!({"faults": [fault]})).await;
    }

    /// One of the marketplace's forms of answers, and nothing else turned.
    pub async fn form(&self, form: &Value) {
        self.knobs(json!({"reset": true})).await;
        self.knobs(form.clone()).await;
    }

    pub async fn act(&self, number: &str, action: &str, body: Value) {
        self.control("POST", &format!("orders/{number}/{action}"), body)
            .await;
    }

    /// An order as the other side has it.
    pub async fn there(&self, number: &str) -> Value {
        self.control("GET", &format!("orders/{number}"), Value::Null)
            .await
    }

    /// Orders that the other side has under a reference.
    pub async fn there_of(&self, reference: &str) -> Vec<Value> {
        let path = format!("orders?reference={reference}");
        let told = self.control("GET", &path, Value::Null).await;
        told["orders"].as_array().unwrap().clone()
    }

    pub async fn count_there(&self) -> usize {
        let told = self.control("GET", "orders", Value::Null).await;
        told["orders"].as_array().unwrap().len()
    }

    /// Lets time pass, and happen what is due; messages that come are taken.
    pub async fn later(&self, seconds: i64) -> Vec<PushDelivery> {
        self.clock.advance_seconds(seconds);
        let came = self.sandbox.tick(self.clock.now()).await.unwrap();
        for delivery in &came {
            self.sandbox.push_result(&delivery.id, true).await.unwrap();
        }
        came
    }

    /// Until nothing goes on behind an answer.
    pub async fn settle(&self) -> Vec<PushDelivery> {
        self.later(self.stand.settles_s).await
    }

    pub fn caller(&self) -> Caller<'_> {
        self.caller_with(&self.access)
    }

    pub fn caller_with<'a>(&'a self, access: &'a SecretString) -> Caller<'a> {
        Caller {
            app: &self.app,
            access_token: Some(access),
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

    /// Requests that have gone out so far.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    pub async fn offer(&self, item: &str) -> Result<Offer, String> {
        ok(
            self.market.offer_read(&self.caller(), item).await,
            "read an offer",
        )
    }

    /// Offers without lots, batches and other rules.
    pub async fn easy_offers(&self) -> Vec<sandbox::catalogue::Offer> {
        let mut offers = self.sandbox.offers(self.stand.code).await;
        offers.retain(is_easy);
        offers
    }

    /// Lines of one seller that can be ordered together, one for each of its goods.
    pub async fn lines(&self, count: usize) -> Result<Vec<OrderLine>, String> {
        let offers = self.easy_offers().await;
        let mut sellers: Vec<&str> = offers.iter().map(|offer| offer.seller.as_str()).collect();
        sellers.dedup();
        for seller in sellers {
            let mut found = Vec::new();
            for offer in offers.iter().filter(|offer| offer.seller == seller) {
                found.extend(self.lines_of(&offer.item_id).await?);
                if found.len() >= count {
                    found.truncate(count);
                    return Ok(found);
                }
            }
        }
        Err(format!("no seller has {count} goods that can be ordered"))
    }

    /// Lines of different sellers.
    pub async fn lines_of_sellers(&self, count: usize) -> Result<Vec<OrderLine>, String> {
        let (mut sellers, mut found) = (Vec::new(), Vec::new());
        for offer in self.easy_offers().await {
            if sellers.contains(&offer.seller) {
                continue;
            }
            if let Some(line) = self.lines_of(&offer.item_id).await?.into_iter().next() {
                found.push(line);
                sellers.push(offer.seller);
            }
            if found.len() == count {
                return Ok(found);
            }
        }
        Err(format!("there are no {count} sellers"))
    }

    /// A line for everything of an offer that is well in stock.
    async fn lines_of(&self, item: &str) -> Result<Vec<OrderLine>, String> {
        let offer = self.offer(item).await?;
        let rows: Vec<Option<String>> = if offer.specifications.is_empty() {
            vec![None]
        } else {
            offer
                .specifications
                .iter()
                .map(|s| Some(s.id.clone()))
                .collect()
        };
        Ok(rows
            .into_iter()
            .filter(|row| offer.stock_of(row.as_deref()) > Some(offer.minimum.max(2) * 20))
            .map(|row| OrderLine {
                item: offer.item.clone(),
                orderable: offer.orderable_of(row.as_deref()),
                specification: row,
                quantity: offer.minimum.max(2),
            })
            .collect())
    }

    pub async fn preview(&self, lines: &[OrderLine]) -> Result<Preview, String> {
        let told = self
            .market
            .order_preview(&self.caller(), &basket(lines))
            .await;
        ok(told, "preview")
    }

    /// A preview without objections.
    pub async fn good_preview(&self, lines: &[OrderLine]) -> Result<Preview, String> {
        let preview = self.preview(lines).await?;
        ensure!(
            preview.is_ok(),
            "the preview refuses {lines:?}: {preview:?}"
        );
        Ok(preview)
    }

    pub async fn create(
        &self,
        reference: &str,
        lines: &[OrderLine],
        preview: &Preview,
    ) -> Result<Created, MarketError> {
        self.create_for(reference, &basket(lines), preview, "请尽快发货")
            .await
    }

    pub async fn create_for(
        &self,
        reference: &str,
        basket: &Basket,
        preview: &Preview,
        note: &str,
    ) -> Result<Created, MarketError> {
        let create = Create {
            reference,
            basket,
            terms: &preview.terms,
            note,
            planned_total: preview.total,
            once: self.permit(),
        };
        self.market.order_create(&self.caller(), &create).await
    }

    /// Previews and creates.
    pub async fn book(&self, reference: &str, lines: &[OrderLine]) -> Result<Created, String> {
        let preview = self.good_preview(lines).await?;
        ok(self.create(reference, lines, &preview).await, "create")
    }

    /// An order of so many lines that waits for payment; its number.
    pub async fn unpaid(&self, reference: &str, lines: usize) -> Result<String, String> {
        let lines = self.lines(lines).await?;
        let made = self.book(reference, &lines).await?;
        self.settle().await;
        ensure!(made.orders.len() == 1, "one seller, one order: {made:?}");
        Ok(made.orders[0].number.clone())
    }

    /// Orders made by hand, as a person would on the site; they wait for payment.
    pub async fn by_hand(&self, count: usize) -> Vec<String> {
        let offers = self.easy_offers().await;
        let offer = offers
            .iter()
            .max_by_key(|offer| offer.stock_total())
            .unwrap();
        let row = offer.specifications.iter().max_by_key(|row| row.stock);
        let mut numbers = Vec::new();
        for at in 0..count {
            let line = json!({"item_id": offer.item_id, "spec_id": row.map(|r| &r.spec_id), "quantity": offer.minimum});
            let order =
                json!({"account": self.login, "lines": [line], "reference": format!("APHAND{at}")});
            numbers.push(text(&self.control("POST", "orders", order).await["number"]));
            self.clock.advance_micros(1_500);
        }
        numbers
    }

    pub async fn read(&self, number: &str) -> Result<MarketOrder, String> {
        ok(
            self.market.order_read(&self.caller(), number).await,
            "read an order",
        )
    }

    /// All pages of a listing.
    pub async fn list(&self, listing: &Listing) -> Result<Vec<ListedOrder>, String> {
        let mut rows = Vec::new();
        for page in 1..100 {
            let told = self.market.order_list(&self.caller(), listing, page).await;
            let told = ok(told, "list orders")?;
            rows.extend(told.orders);
            if !told.more {
                return Ok(rows);
            }
        }
        Err("a listing never ends".to_owned())
    }

    /// Numbers that a search for a reference finds.
    pub async fn found(&self, reference: &str) -> Result<Vec<String>, String> {
        let rows = self.list(&Listing::Reference(reference.to_owned())).await?;
        let mut numbers: Vec<String> = rows.into_iter().map(|row| row.number).collect();
        numbers.sort();
        Ok(numbers)
    }

    /// The other side has no order under this reference.
    pub async fn nothing_made(&self, reference: &str) -> Shown {
        let there = self.there_of(reference).await;
        ensure!(there.is_empty(), "an order was made: {there:?}");
        Ok(())
    }
}
