//! The connector against the sandbox's Taobao, whose ids, amounts and flags change their types with
//! every answer.

use super::address;
use async_trait::async_trait;
use bytes::Bytes;
use domain::{Fen, PurchaseStatus};
use marketplaces::{
    AppKey, Basket, Caller, Create, Created, Deadline, ErrorKind, MarketError, MarketOrder,
    Marketplace, Offer, Once, OrderLine, Preview, PushRequest, Request, Response, Taobao,
    Transport, TransportError,
};
use sandbox::{Fault, Options, Sandbox};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use world::{Boot, Clock, ManualClock, Timestamp, World};

struct Desk {
    sandbox: Sandbox,
    clock: Arc<ManualClock>,
    app: AppKey,
    access: SecretString,
    refresh: SecretString,
    account: String,
    addresses: marketplaces::Addresses,
}

#[async_trait]
impl Transport for Desk {
    async fn send(&self, request: Request, _: Deadline) -> Result<Response, TransportError> {
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

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Desk {
    async fn new() -> Self {
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
            addresses: crate::sandbox::addresses(crate::sandbox::BASE),
        };
        let apps = desk.control("GET", "apps", Value::Null).await;
        let app = apps
            .as_array()
            .unwrap()
            .iter()
            .find(|app| app["marketplace"] == "taobao")
            .unwrap();
        desk.app = AppKey {
            key: text(&app["app_key"]),
            secret: SecretString::from(text(&app["app_secret"])),
        };
        let accounts = desk.control("GET", "taobao/accounts", Value::Null).await;
        let account = accounts["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|account| account["protocol_pay"] == true)
            .unwrap();
        let login = json!({"account": account["account"]});
        let given = desk.control("POST", "taobao/authorize", login).await;
        desk.access = SecretString::from(text(&given["access_token"]));
        desk.refresh = SecretString::from(text(&given["refresh_token"]));
        desk.account = text(&given["member_id"]);
        desk
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/control/{path}"))
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let answer = self.sandbox.call(request).await.unwrap();
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(answer.status().is_success(), "{method} {path}: {said}");
        serde_json::from_str(&said).unwrap()
    }

    async fn act(&self, number: &str, action: &str, body: Value) {
        let path = format!("taobao/orders/{number}/{action}");
        self.control("POST", &path, body).await;
    }

    /// Lets time pass, and happen what is due.
    async fn later(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
        self.sandbox.tick(self.clock.now()).await.unwrap();
    }

    fn caller(&self) -> Caller<'_> {
        Caller {
            app: &self.app,
            access_token: Some(&self.access),
            transport: self,
            addresses: &self.addresses,
            clock: &*self.clock,
            deadline: Deadline { millis: 10_000 },
        }
    }

    fn permit(&self) -> Once {
        Once {
            send_by: self.clock.now().plus_seconds(10),
            send_by_boot: Boot(self.clock.boot().0 + 10_000_000_000),
        }
    }

    async fn offer(&self, item: &str) -> Offer {
        Taobao.offer_read(&self.caller(), item).await.unwrap()
    }

    /// Offers of so many different sellers that can be ordered, with or without a choice.
    async fn offers(&self, count: usize) -> Vec<Offer> {
        let mut found: Vec<Offer> = Vec::new();
        for offer in self.sandbox.offers("taobao").await {
            let offer = self.offer(&offer.item_id).await;
            if offer.stock.is_some_and(|stock| stock > 50)
                && found.iter().all(|known| known.seller != offer.seller)
            {
                found.push(offer);
            }
            if found.len() == count {
                break;
            }
        }
        found
    }

    async fn preview(&self, lines: &[OrderLine]) -> Result<Preview, MarketError> {
        Taobao.order_preview(&self.caller(), &basket(lines)).await
    }

    async fn create(
        &self,
        reference: &str,
        lines: &[OrderLine],
        preview: &Preview,
        planned: Fen,
    ) -> Result<Created, MarketError> {
        let basket = basket(lines);
        let create = Create {
            reference,
            basket: &basket,
            terms: &preview.terms,
            note: "请尽快发货",
            planned_total: planned,
            once: self.permit(),
        };
        Taobao.order_create(&self.caller(), &create).await
    }

    async fn book(&self, reference: &str, lines: &[OrderLine]) -> Vec<String> {
        let preview = self.preview(lines).await.unwrap();
        assert!(preview.is_ok(), "{preview:?}");
        let made = self
            .create(reference, lines, &preview, preview.total)
            .await
            .unwrap();
        assert!(made.building);
        made.orders.into_iter().map(|o| o.number).collect()
    }

    async fn read(&self, number: &str) -> MarketOrder {
        Taobao.order_read(&self.caller(), number).await.unwrap()
    }
}

fn basket(lines: &[OrderLine]) -> Basket {
    Basket {
        lines: lines.to_vec(),
        address: address(),
    }
}

fn line(offer: &Offer, quantity: i64) -> OrderLine {
    let specification = offer
        .specifications
        .iter()
        .find(|s| s.stock.is_none_or(|stock| stock > 10))
        .map(|s| s.id.clone());
    OrderLine {
        item: offer.item.clone(),
        orderable: offer.orderable_of(specification.as_deref()),
        specification,
        quantity: quantity.max(offer.minimum),
    }
}

#[tokio::test]
async fn a_purchase_goes_from_its_offer_to_the_warehouse() {
    let desk = Desk::new().await;
    let offers = desk.offers(2).await;
    let lines = [line(&offers[0], 2), line(&offers[1], 3)];
    let preview = desk.preview(&lines).await.unwrap();
    assert_eq!(preview.orders, 2);
    for (told, line) in preview.lines.iter().zip(&lines) {
        let offer = offers.iter().find(|o| o.item == line.item).unwrap();
        assert_eq!(
            told.unit_price,
            offer.price_of(line.specification.as_deref(), line.quantity)
        );
    }
    let numbers = desk.book("PO-1", &lines).await;
    assert_eq!(numbers.len(), 2);
    let order = desk.read(&numbers[0]).await;
    assert_eq!(order.status, PurchaseStatus::Building);
    assert_eq!(order.reference.as_deref(), Some("PO-1"));
    desk.later(30).await;
    let mut goods = Fen(0);
    let mut freight = Fen(0);
    for number in &numbers {
        let order = desk.read(number).await;
        assert_eq!(order.status, PurchaseStatus::ToPay, "{}", order.raw_status);
        assert!(order.pay_by.is_some());
        assert!(!order.other_numbers.is_empty());
        assert!(order.other_numbers.iter().all(|n| n.len() == 19));
        assert_eq!(order.lines.len(), 1);
        let own = &order.lines[0];
        let wanted = lines
            .iter()
            .find(|l| {
                l.orderable
                    .as_ref()
                    .is_some_and(|o| o.item == own.item && o.specification == own.specification)
            })
            .unwrap();
        assert_eq!(own.quantity, wanted.quantity);
        assert_eq!(own.amount, order.goods);
        goods = goods.plus(order.goods).unwrap();
        freight = freight.plus(order.freight).unwrap();
    }
    assert_eq!((goods, freight), (preview.goods, preview.freight));

    let paid = Taobao
        .order_pay(&desk.caller(), &numbers, desk.permit())
        .await
        .unwrap();
    assert_eq!((paid.accepted.len(), paid.failed.len()), (2, 0));
    desk.later(30).await;
    let order = desk.read(&numbers[0]).await;
    assert_eq!(order.status, PurchaseStatus::PaidToSeller);
    assert!(order.paid.is_some() && order.pay_by.is_none());
    let again = Taobao
        .order_pay(&desk.caller(), &numbers[..1], desk.permit())
        .await
        .unwrap();
    assert_eq!(again.failed[0].number, numbers[0]);
    let late = Taobao
        .order_cancel(&desk.caller(), &numbers[0], desk.permit())
        .await
        .unwrap_err();
    assert_eq!(late.kind, ErrorKind::WrongState);
    assert!(
        Taobao
            .deliveries_read(&desk.caller(), &numbers[0])
            .await
            .unwrap()
            .is_empty()
    );

    let ship = json!({"tracking": "SF123456"});
    desk.act(&numbers[0], "ship", ship).await;
    desk.later(3_600).await;
    let order = desk.read(&numbers[0]).await;
    assert_eq!(order.status, PurchaseStatus::Sent, "{}", order.raw_status);
    assert_eq!(order.deliveries[0].tracking, "SF123456");
    assert_eq!(order.deliveries[0].lines, [order.lines[0].line.clone()]);
    let parcels = Taobao
        .deliveries_read(&desk.caller(), &numbers[0])
        .await
        .unwrap();
    assert_eq!(parcels.len(), 1);
    assert!(!parcels[0].raw_status.is_empty(), "{parcels:?}");
}

#[tokio::test]
async fn a_cancel_takes_its_time() {
    let desk = Desk::new().await;
    let offers = desk.offers(1).await;
    let numbers = desk.book("PO-1", &[line(&offers[0], 1)]).await;
    desk.later(60).await;
    Taobao
        .order_cancel(&desk.caller(), &numbers[0], desk.permit())
        .await
        .unwrap();
    assert_eq!(desk.read(&numbers[0]).await.status, PurchaseStatus::ToPay);
    desk.later(60).await;
    assert_eq!(desk.read(&numbers[0]).await.status, PurchaseStatus::Closed);
    let nobody = Taobao
        .order_cancel(&desk.caller(), "299999999999", desk.permit())
        .await
        .unwrap_err();
    assert_eq!(nobody.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn pushes_are_verified_and_hint_at_their_order() {
    let desk = Desk::new().await;
    let here = json!({"url": "http://127.0.0.1:9999/push"});
    desk.control("PUT", "taobao/push", here).await;
    let offers = desk.offers(1).await;
    let numbers = desk.book("PO-1", &[line(&offers[0], 1)]).await;
    let mut topics = BTreeSet::new();
    for (action, body) in [
        ("build", json!({})),
        ("price", json!({"discount_fen": 1})),
        ("pay", json!({})),
        ("ship", json!({"tracking": "SF1"})),
        ("refund", json!({})),
    ] {
        desk.act(&numbers[0], action, body).await;
        desk.clock.advance_seconds(2);
        for delivery in desk.sandbox.tick(desk.clock.now()).await.unwrap() {
            let mut headers = http::HeaderMap::new();
            for (name, value) in &delivery.headers {
                headers.insert(*name, value.parse().unwrap());
            }
            let push = PushRequest {
                content_type: "application/json",
                headers: &headers,
                body: delivery.body.as_bytes(),
            };
            let (app, hints) = Taobao
                .push_read(std::slice::from_ref(&desk.app), push)
                .unwrap();
            assert_eq!((app, hints.len()), (0, 1));
            assert_eq!(hints[0].account.as_deref(), Some(desk.account.as_str()));
            if hints[0].topic != "9" {
                assert_eq!(hints[0].orders, numbers, "{}", delivery.body);
            }
            topics.insert(hints[0].topic.clone());
            let mut stranger = desk.app.clone();
            stranger.secret = "another".to_owned().into();
            assert!(Taobao.push_read(&[stranger], push).is_err());
        }
    }
    assert!(topics.contains("3") && topics.contains("8"), "{topics:?}");
    let order = desk.read(&numbers[0]).await;
    assert!(order.raw_refund.is_some());
}
