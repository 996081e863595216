//! The connector against the sandbox's Taobao, whose ids, amounts and flags change their types with
//! every answer.

use super::address;
use async_trait::async_trait;
use bytes::Bytes;
use domain::{Fen, PurchaseStatus, VerdictKind};
use marketplaces::{
    AppKey, Basket, Caller, Create, Created, Deadline, ErrorKind, Listing, MarketError,
    MarketOrder, Marketplace, Offer, Once, OrderLine, Preview, PushRequest, Request, Response,
    Taobao, Transport, TransportError,
};
use sandbox::{Fault, Options, Sandbox};
use secrecy::{ExposeSecret, SecretString};
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

    async fn knobs(&self, knobs: Value) {
        self.control("PUT", "taobao/knobs", knobs).await;
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
async fn orders_are_found_by_reference_and_by_time() {
    let desk = Desk::new().await;
    let offers = desk.offers(1).await;
    let lines = [line(&offers[0], 1)];
    let began = desk.clock.now();
    let mut numbers = Vec::new();
    for round in 0..12 {
        desk.later(10).await;
        numbers.extend(desk.book(&format!("PO-{round}"), &lines).await);
    }
    desk.later(120).await;
    let found = async |listing: Listing| {
        let mut rows = Vec::new();
        for page in 1.. {
            let told = Taobao
                .order_list(&desk.caller(), &listing, page)
                .await
                .unwrap();
            rows.extend(told.orders.into_iter().map(|o| o.number));
            if !told.more {
                break;
            }
        }
        rows.sort();
        rows
    };
    let reference = Listing::Reference("PO-3".to_owned());
    assert_eq!(found(reference).await, [numbers[3].clone()]);
    let now = desk.clock.now();
    let mut all = numbers.clone();
    all.sort();
    let modified = Listing::Modified {
        from: began,
        to: now,
    };
    assert_eq!(found(modified).await, all);
    let made = desk.read(&numbers[4]).await.created.unwrap();
    let created = Listing::Created {
        from: made,
        to: made,
    };
    assert_eq!(found(created).await, [numbers[4].clone()]);
    let error = Taobao
        .order_read(&desk.caller(), "299999999999")
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
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
async fn refusals_are_told_by_either_flag_and_dear_orders_are_not_made() {
    let desk = Desk::new().await;
    let offers = desk.offers(1).await;
    let lines = [line(&offers[0], 1)];
    let preview = desk.preview(&lines).await.unwrap();
    for flag in ["both", "outer", "inner"] {
        desk.knobs(json!({"create_refused_flag": flag})).await;
        let error = desk
            .create("PO-1", &lines, &preview, Fen(preview.total.0 - 1))
            .await
            .unwrap_err();
        let ErrorKind::Refused(verdict) = &error.kind else {
            panic!("{flag}: {error:?}");
        };
        assert_eq!(verdict.kind, VerdictKind::PriceChanged, "{flag}");
    }
    let mut many = lines.clone();
    many[0].quantity = 1_000_000;
    let refused = desk.preview(&many).await.unwrap();
    assert_eq!(refused.lines[0].verdict.kind, VerdictKind::OutOfStock);
    let mut odd = lines.clone();
    odd[0].orderable.as_mut().unwrap().specification = Some("12345678901234".to_owned());
    let refused = desk.preview(&odd).await.unwrap();
    assert_eq!(
        refused.lines[0].verdict.kind,
        VerdictKind::NoSuchSpecification
    );
    let missing = Taobao
        .offer_read(&desk.caller(), "799999999999")
        .await
        .unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn keys_are_proved_and_logins_renewed() {
    let mut desk = Desk::new().await;
    Taobao.app_check(&desk.caller()).await.unwrap();
    let tokens = Taobao
        .token_refresh(&desk.caller(), &desk.refresh)
        .await
        .unwrap();
    assert_eq!(tokens.account, desk.account);
    assert!(tokens.access_ends > desk.clock.now());
    desk.access = SecretString::from(tokens.access.expose_secret());
    desk.offers(1).await;
    let dead = SecretString::from("nobody's");
    let Err(error) = Taobao.token_refresh(&desk.caller(), &dead).await else {
        panic!("a refresh token of nobody");
    };
    assert_eq!(error.kind, ErrorKind::Token);
    desk.access = SecretString::from("nobody's");
    let error = Taobao
        .order_read(&desk.caller(), "299999999999")
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Token);
    desk.app.secret = SecretString::from("wrong");
    let error = Taobao.app_check(&desk.caller()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Signature);
    desk.app.key = "404".to_owned();
    let error = Taobao.app_check(&desk.caller()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Signature);
}

#[tokio::test]
async fn one_line_may_fail_while_the_order_is_made() {
    let desk = Desk::new().await;
    let offers = desk.offers(2).await;
    let lines = [line(&offers[0], 1), line(&offers[1], 1)];
    let fails = json!({"faults": [{"fault": "line_fails", "offer": offers[1].item}]});
    desk.knobs(fails).await;
    let numbers = desk.book("PO-1", &lines).await;
    desk.later(60).await;
    let mut closed = 0;
    for number in &numbers {
        for own in desk.read(number).await.lines {
            if own.status == PurchaseStatus::Closed {
                closed += 1;
                let bad = lines[1].orderable.as_ref().unwrap();
                assert_eq!(own.item, bad.item);
                let order = desk.read(number).await;
                assert!(order.close_reason.is_some());
            }
        }
    }
    assert_eq!(closed, 1);
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
