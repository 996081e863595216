//! A desk for tests: the application on a temporary database, with a clock that stands still and
//! no way out of the process.

use app::order::{self, ImportOutcome};
use app::{Actor, App, AppError, Config, Ctx, KeyRing, MarketHandle, Markets, Message};
use async_trait::async_trait;
use domain::{Fen, ItemStatus, PurchaseStatus};
use marketplaces::{Deadline, Request, Response, Transport, TransportError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use store::bookings::{BookingLineRow, BookingRow};
use store::items::{Holder, ItemRow};
use store::orders::OrderRow;
use store::purchases::{PurchaseLineRow, PurchaseRow};
use store::sessions::SessionRow;
use store::temporary::Temporary;
use store::{Db, Dialect};
use world::{Timestamp, World};

/// Monday 2026-11-23 04:00 UTC.
pub const START: Timestamp = Timestamp(1_795_406_400_000_000);

pub struct Desk {
    pub app: App,
    pub ctx: Ctx,
}

struct NoWayOut;

#[async_trait]
impl Transport for NoWayOut {
    async fn send(&self, _: Request, _: Deadline) -> Result<Response, TransportError> {
        Err(TransportError::NotSent {
            why: "this test goes nowhere".to_owned(),
        })
    }
}

/// Runs a test on SQLite and on PostgreSQL.
pub async fn on_both<F, Fut>(test: F)
where
    F: Fn(Desk) -> Fut,
    Fut: Future<Output = ()>,
{
    for temporary in Temporary::both().await.unwrap() {
        let (world, _) = World::fixed(START, 7);
        let key = KeyRing::generate(&*world.random);
        let markets = marketplaces::all()
            .into_iter()
            .map(|connector| MarketHandle {
                addresses: connector.real_addresses(),
                pace: connector.usual_pace(),
                connector,
            });
        let app = App {
            store: temporary.store.clone(),
            keys: Arc::new(KeyRing::from_hex(&[key.into()]).unwrap()),
            markets: Arc::new(Markets::new(markets.collect(), Arc::new(NoWayOut))),
            config: Arc::new(Config {
                public_url: "http://127.0.0.1/".parse().unwrap(),
                node: "test".to_owned(),
                call_millis: 1_000,
            }),
            world,
        };
        let ctx = app.acting(Actor::Person {
            id: 1,
            login: "olga".to_owned(),
        });
        test(Desk { app, ctx }).await;
        temporary.end().await.unwrap();
    }
}

/// An order with items of these quantities; `more` goes over it.
pub fn order_json(number: &str, quantities: &[i64], more: Value) -> Value {
    let items: Vec<Value> = quantities
        .iter()
        .enumerate()
        .map(|(index, quantity)| {
            json!({
                "marketplace": "1688", "item": format!("7700{index}"), "specification": format!("s{index}"),
                "seller": { "id": "b2b-1", "name": "齐家居家日用百货旗舰店" },
                "title": { "original": "收纳盒", "translated": "Storage box" },
                "quantity": quantity, "unit": "pcs", "price": "2.50", "expected_price_fen": 1200, "weight_g": 300,
            })
        })
        .collect();
    let mut order = json!({
        "number": number, "created_at": "2026-11-20T10:00:00Z", "currency": "USD",
        "customer": { "code": "1042", "name": "Иван Петров" },
        "delivery": { "service": "China Post", "cost": "2" },
        "paid": "1000", "items": items,
    });
    for (name, value) in more.as_object().unwrap() {
        order[name] = value.clone();
    }
    order
}

impl Desk {
    pub fn dialect(&self) -> Dialect {
        self.app.store.dialect()
    }

    pub async fn import(&self, order: &Value) -> ImportOutcome {
        let report = order::import(&self.ctx, &order.to_string()).await.unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        report.orders.into_iter().next().unwrap().outcome
    }

    /// Takes an order in; gives it with its items.
    pub async fn order(&self, number: &str, quantities: &[i64]) -> (OrderRow, Vec<ItemRow>) {
        assert_eq!(
            self.import(&order_json(number, quantities, json!({})))
                .await,
            ImportOutcome::Created
        );
        (self.order_row(number).await, self.items(number).await)
    }

    pub async fn db(&self) -> Db {
        self.app.store.read().await.unwrap()
    }

    pub async fn order_row(&self, number: &str) -> OrderRow {
        store::orders::by_number(&mut self.db().await, number)
            .await
            .unwrap()
            .unwrap()
    }

    pub async fn items(&self, number: &str) -> Vec<ItemRow> {
        let order = self.order_row(number).await;
        store::items::of_order(&mut self.db().await, order.id)
            .await
            .unwrap()
    }

    pub async fn item(&self, id: i64) -> ItemRow {
        store::items::by_id(&mut self.db().await, id)
            .await
            .unwrap()
            .unwrap()
    }

    /// Kinds of the order's timeline, oldest first.
    pub async fn history(&self, number: &str) -> Vec<String> {
        let order = self.order_row(number).await;
        let mut rows = app::history::list(&self.app, order.id, None, None, 1_000)
            .await
            .unwrap();
        rows.reverse();
        rows.into_iter().map(|row| row.kind).collect()
    }

    pub async fn facets(&self, number: &str) -> Vec<String> {
        let order = self.order_row(number).await;
        let stmt =
            store::Stmt::both("SELECT facet FROM order_facets WHERE order_id = $1 ORDER BY facet");
        self.db()
            .await
            .all(&stmt, store::args![order.id])
            .await
            .unwrap()
    }

    /// Every counter equals its live claims.
    pub async fn assert_ledger(&self) {
        assert_eq!(
            store::items::ledger_faults(&mut self.db().await)
                .await
                .unwrap(),
            (vec![], vec![]),
            "{:?}",
            self.dialect()
        );
    }

    /// A session of a marketplace account.
    pub async fn session(&self) -> i64 {
        let (app_id, id) = (self.ctx.id(), self.ctx.id());
        self.app
            .store
            .write::<_, AppError, _>(move |db| {
                Box::pin(async move {
                    let stmt = store::Stmt::both("INSERT INTO apps (id, marketplace, app_key, secret, label, created_at) VALUES ($1, '1688', $2, 'sealed', 'Main', 0)");
                    db.exec(&stmt, store::args![app_id, app_id.to_string()]).await?;
                    let row = SessionRow {
                        id,
                        marketplace: "1688".to_owned(),
                        app_id,
                        account: String::new(),
                        login: "cn_buyer_01".to_owned(),
                        label: String::new(),
                        owner: "olga".to_owned(),
                        state: "active".to_owned(),
                        draining: false,
                        is_default: true,
                        access_token: String::new(),
                        access_ends_at: Timestamp(0),
                        refresh_token: None,
                        refresh_ends_at: None,
                        candidate_token: None,
                        generation: 1,
                        refresh_lease_until_at: Timestamp(0),
                        address: "{}".to_owned(),
                        seller_note: String::new(),
                        daily_limit: None,
                        learned_limit: None,
                        paused_until_at: Timestamp(0),
                        pause_reason: None,
                        booking_paused_until_at: Timestamp(0),
                        booking_pause_reason: None,
                        tokens_at: Timestamp(0),
                        created_at: Timestamp(0),
                        last_ok_at: None,
                        last_error: None,
                        last_error_at: None,
                        sync_cursor_at: None,
                        sync_done_at: None,
                        restored_at: None,
                        caught_up_at: None,
                    };
                    store::sessions::insert(db, &row).await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        id
    }

    /// Reserves units for an open booking; gives the booking and its line.
    pub async fn reserve(&self, session: i64, item: &ItemRow, quantity: i64) -> (i64, i64) {
        let (booking, line, claim) = (self.ctx.id(), self.ctx.id(), self.ctx.id());
        let (ctx, item) = (self.ctx.clone(), item.clone());
        self.app
            .store
            .write::<_, AppError, _>(move |db| {
                let (ctx, item) = (ctx.clone(), item.clone());
                Box::pin(async move {
                    let now = ctx.now();
                    let row = BookingRow {
                        id: booking,
                        marketplace: "1688".to_owned(),
                        session_id: session,
                        activity_id: None,
                        order_id: item.order_id,
                        reference: format!("AP{booking}"),
                        state: "planned".to_owned(),
                        seller: item.seller.clone(),
                        seller_name: item.seller_name.clone(),
                        address: "{}".to_owned(),
                        note: String::new(),
                        terms: "{}".to_owned(),
                        goods_fen: Fen(0),
                        freight_fen: Fen(0),
                        accepted: "{}".to_owned(),
                        previewed_at: now,
                        planned_at: now,
                        token: None,
                        sending_at: None,
                        send_by: None,
                        sender_ended_at: None,
                        allowance_day: None,
                        outcome_at: None,
                        reason: None,
                        looks: 0,
                        empty_looks: 0,
                        looked_at: None,
                        look_at: None,
                        released_at: None,
                        released_by: None,
                        successor_of: None,
                        actor: "olga".to_owned(),
                    };
                    store::bookings::insert(db, &row).await?;
                    let row = BookingLineRow {
                        id: line,
                        booking_id: booking,
                        item: item.item.clone(),
                        specification: item.specification.clone(),
                        quantity,
                        price_fen: None,
                        placed: 0,
                        refused: 0,
                        surplus: 0,
                        reason: None,
                    };
                    store::bookings::insert_line(db, &row).await?;
                    store::items::take(
                        db,
                        claim,
                        item.id,
                        Holder::BookingLine(line),
                        quantity,
                        now,
                    )
                    .await?;
                    order::settle(&ctx, db, item.order_id, &BTreeMap::new()).await
                })
            })
            .await
            .unwrap();
        (booking, line)
    }

    /// Covers units by a purchase of their own; gives the purchase and its line.
    pub async fn cover(
        &self,
        session: i64,
        item: &ItemRow,
        quantity: i64,
        status: PurchaseStatus,
    ) -> (i64, i64) {
        let (purchase, line, claim) = (self.ctx.id(), self.ctx.id(), self.ctx.id());
        let (ctx, item) = (self.ctx.clone(), item.clone());
        self.app
            .store
            .write::<_, AppError, _>(move |db| {
                let (ctx, item) = (ctx.clone(), item.clone());
                Box::pin(async move {
                    let now = ctx.now();
                    assert!(
                        store::purchases::insert(db, &purchase_row(purchase, session, status, now))
                            .await?
                    );
                    let row = PurchaseLineRow {
                        id: line,
                        purchase_id: purchase,
                        line: "1".to_owned(),
                        item: item.item.clone(),
                        specification: item.specification.clone(),
                        title: String::new(),
                        configuration: String::new(),
                        image: None,
                        quantity,
                        units_allocated: 0,
                        price_fen: Fen(1_200),
                        amount_fen: Fen(1_200 * quantity),
                        status,
                        raw_status: String::new(),
                        raw_refund: None,
                        refunded: false,
                        refusal: None,
                    };
                    store::purchases::insert_line(db, &row).await?;
                    store::items::take(
                        db,
                        claim,
                        item.id,
                        Holder::PurchaseLine(line),
                        quantity,
                        now,
                    )
                    .await?;
                    order::settle(&ctx, db, item.order_id, &BTreeMap::new()).await
                })
            })
            .await
            .unwrap();
        (purchase, line)
    }

    /// The purchase and its line are read with another status.
    pub async fn read_purchase(&self, purchase: i64, order: i64, status: PurchaseStatus) {
        let ctx = self.ctx.clone();
        self.app
            .store
            .write::<_, AppError, _>(move |db| {
                let ctx = ctx.clone();
                Box::pin(async move {
                    let mut row = store::purchases::lock(db, purchase).await?;
                    row.status = status;
                    store::purchases::save(db, &row).await?;
                    for mut line in store::purchases::lines(db, purchase).await? {
                        line.status = status;
                        store::purchases::save_line(db, &line).await?;
                    }
                    order::settle(&ctx, db, order, &BTreeMap::new()).await
                })
            })
            .await
            .unwrap();
    }

    /// Frees every unit of an item.
    pub async fn free(&self, item: i64, because: domain::item_status::Freed) {
        let ctx = self.ctx.clone();
        self.app
            .store
            .write::<_, AppError, _>(move |db| {
                let ctx = ctx.clone();
                Box::pin(async move {
                    let row = store::items::lock(db, item).await?;
                    for claim in store::items::claims(db, item).await? {
                        store::items::free(db, &claim, claim.quantity, "test", ctx.now()).await?;
                    }
                    order::settle(&ctx, db, row.order_id, &BTreeMap::from([(item, because)])).await
                })
            })
            .await
            .unwrap();
    }
}

fn purchase_row(id: i64, session: i64, status: PurchaseStatus, now: Timestamp) -> PurchaseRow {
    PurchaseRow {
        id,
        marketplace: "1688".to_owned(),
        order_number: format!("5{id}"),
        session_id: session,
        booking_id: None,
        reference: None,
        seller: None,
        seller_name: String::new(),
        status,
        raw_status: String::new(),
        raw_refund: None,
        close_reason: None,
        total_fen: Fen(0),
        goods_fen: Fen(0),
        freight_fen: Fen(0),
        refunded_fen: Fen(0),
        accepted_fen: None,
        made_at: None,
        modified_at: None,
        paid_at: None,
        pay_by: None,
        sent_at: None,
        read_at: now,
        source: "person".to_owned(),
        first_seen_at: now,
        was_paid: false,
        unbound_at: None,
        unbound_reason: None,
        cancel_state: None,
        cancel_token: None,
        cancel_asked_at: None,
        cancel_error: None,
        read_due_at: now,
        payment: None,
        version: 1,
    }
}

/// The message of a refusal.
pub fn refusal<T: std::fmt::Debug>(result: Result<T, AppError>) -> Message {
    match result {
        Err(AppError::Refused(message)) => message,
        Err(AppError::Invalid(mut fields)) => fields.remove(0).message,
        other => panic!("not a refusal: {other:?}"),
    }
}

/// Statuses of items, in their order.
pub fn statuses(items: &[ItemRow]) -> Vec<ItemStatus> {
    items.iter().map(|item| item.status).collect()
}
