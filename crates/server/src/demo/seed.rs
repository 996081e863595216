//! The first start: fills the panel and the sandbox with the demo's data, through the same
//! operations that people press.

use super::goods::Goods;
use super::orders::{self, After, DemoData, DemoOrder, Fate};
use super::other_side::OtherSide;
use crate::commands::refused;
use anyhow::{Context as _, bail};
use app::apps::AppNew;
use app::booking::Run;
use app::booking::book::{Book, book};
use app::booking::decide::{Answer, Decide, decide};
use app::item::ChangeStatus;
use app::parcel::{CreateParcel, EditParcel, ParcelStatus};
use app::purchase::unbind::Unbind;
use app::session::{ConnectBegin, connect_begin, connect_finish};
use app::worker::{Turn, turn};
use app::{App, Ctx, order, sync};
use domain::ItemStatus;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use store::items::ItemRow;

/// The account that is chosen by itself, and the one whose login ends soon.
const ACCOUNTS: [&str; 2] = ["cn_buyer_01", "cn_buyer_02"];
const SOON_DAYS: i64 = 3;
const USUAL_DAYS: i64 = 180;
const USUAL_PAY_SECONDS: u32 = 43_200;
/// For so long searches do not find the order whose answer was lost.
const HIDDEN_SECONDS: i64 = 86_400;
/// Work that is due later than this is left to the workers.
const PATIENCE_MICROS: i64 = 1_500_000;
const CARRIERS: [(&str, &str); 4] = [
    ("ZTO", "75930"),
    ("YTO", "YT88"),
    ("STO", "77300"),
    ("SF", "SF14"),
];

/// Fills everything.
///
/// # Errors
/// When an operation or the sandbox refuses what it must not.
pub(super) async fn seed(ctx: &Ctx, side: &OtherSide<'_>) -> anyhow::Result<()> {
    let settings = app::settings::show(&ctx.app).await?;
    // The shop of the sample rounds its dollars.
    let decimals = BTreeMap::from([("USD".to_owned(), 0)]);
    app::settings::save(
        ctx,
        app::settings::Settings {
            decimals,
            ..settings
        },
    )
    .await
    .map_err(refused)?;
    let sessions = connect(ctx, side).await?;
    let offers = side.control("GET", "/1688/offers", &Value::Null).await?;
    let pictures = &ctx.app.markets.get("1688")?.addresses.site;
    let now = jiff::Timestamp::from_microsecond(ctx.now().0)?;
    let data = orders::data(Goods::new(&offers, pictures), now)?;
    take_in(ctx, &data).await?;
    let seeder = Seeder {
        ctx,
        side,
        sessions,
    };
    for order in &data.orders {
        if let Fate::Booked(after) = order.fate {
            seeder
                .bought(order, after)
                .await
                .with_context(|| format!("{} {after:?}", order.number))?;
        }
    }
    seeder.synchronize().await?;
    for order in &data.orders {
        if let Fate::Booked(after) = order.fate {
            seeder
                .moved(order, after)
                .await
                .with_context(|| format!("{} {after:?}", order.number))?;
        }
    }
    for change in &data.changes {
        side.control(
            "POST",
            &format!("/1688/offers/{}", change.item),
            &change.change,
        )
        .await?;
    }
    Ok(())
}

/// Enters the sandbox's app and connects both accounts; gives the sessions.
async fn connect(ctx: &Ctx, side: &OtherSide<'_>) -> anyhow::Result<Vec<i64>> {
    let apps = side.control("GET", "/apps", &Value::Null).await?;
    let text = |field: &str| {
        apps[0][field]
            .as_str()
            .map(str::to_owned)
            .context("the sandbox has no app")
    };
    let new = AppNew {
        marketplace: "1688".to_owned(),
        key: text("app_key")?,
        secret: text("app_secret")?.into(),
        label: "Sandbox".to_owned(),
    };
    let app = app::apps::add(ctx, new).await.map_err(refused)?;
    let mut sessions = Vec::new();
    for (account, days) in ACCOUNTS.into_iter().zip([USUAL_DAYS, SOON_DAYS]) {
        side.knobs(json!({"refresh_token_days": days})).await?;
        let session = log_in(ctx, side, app, account).await?;
        sessions.push(session);
    }
    side.knobs(json!({"refresh_token_days": USUAL_DAYS}))
        .await?;
    if let Some(first) = sessions.first() {
        app::session::set_default(ctx, *first)
            .await
            .map_err(refused)?;
    }
    Ok(sessions)
}

/// Connects an account: out to the marketplace's login page, through it as a person would go, and
/// back with its code. Gives the session.
///
/// # Errors
/// When the panel or the sandbox refuses.
pub async fn log_in(
    ctx: &Ctx,
    side: &OtherSide<'_>,
    app: i64,
    account: &str,
) -> anyhow::Result<i64> {
    let begin = ConnectBegin {
        app,
        session: None,
        return_to: "/sessions".to_owned(),
    };
    let page = connect_begin(ctx, begin).await.map_err(refused)?;
    let back = side.consent(&page, account).await?;
    let asked: BTreeMap<_, _> = back.query_pairs().into_owned().collect();
    let part = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    Ok(connect_finish(ctx, part("state"), part("code"))
        .await
        .map_err(refused)?
        .session)
}

async fn take_in(ctx: &Ctx, data: &DemoData) -> anyhow::Result<()> {
    let file = json!({"orders": data.orders.iter().map(|order| &order.file).collect::<Vec<_>>()});
    let report = order::import(ctx, &file.to_string())
        .await
        .map_err(refused)?;
    if !report.is_good() {
        bail!(
            "an order of the demo is refused: {}",
            serde_json::to_string(&report)?
        );
    }
    Ok(())
}

struct Seeder<'a> {
    ctx: &'a Ctx,
    side: &'a OtherSide<'a>,
    sessions: Vec<i64>,
}

impl Seeder<'_> {
    fn app(&self) -> &App {
        &self.ctx.app
    }

    async fn items(&self, number: &str) -> anyhow::Result<(i64, Vec<ItemRow>)> {
        let mut db = self.app().store.read().await?;
        let order = store::orders::by_number(&mut db, number)
            .await?
            .context("the order")?;
        Ok((order.id, store::items::of_order(&mut db, order.id).await?))
    }

    /// Books an order and lets happen what a seller or a buyer does with it.
    async fn bought(&self, order: &DemoOrder, after: After) -> anyhow::Result<()> {
        let fault = match after {
            After::Lost => Some(json!({"fault": "request_lost", "api": "createCrossOrder"})),
            After::Hidden => Some(json!({"fault": "answer_lost", "api": "createCrossOrder"})),
            _ => None,
        };
        if let Some(fault) = fault {
            self.side.knobs(json!({"add_faults": [fault]})).await?;
        }
        if after == After::Hidden {
            let hide = json!({"fault": "hide_order", "api": "createCrossOrder", "seconds": HIDDEN_SECONDS});
            self.side.knobs(json!({"add_faults": [hide]})).await?;
        }
        let pay = if let After::ToPay(seconds) = after {
            seconds
        } else {
            USUAL_PAY_SECONDS
        };
        self.side.knobs(json!({"pay_timeout_s": pay})).await?;
        let (id, items) = self.items(&order.number).await?;
        let units = if let After::UnitsOnly(units) = after {
            Some(i64::from(units))
        } else {
            None
        };
        // Every fifth order is bought with the other account.
        let session =
            self.sessions[usize::from(order.number.ends_with(['3', '8'])) % self.sessions.len()];
        let request = Book {
            request_id: self.app().random_hex(16),
            order: id,
            items: items.iter().map(|item| (item.id, units)).collect(),
            sessions: BTreeMap::from([("1688".to_owned(), session)]),
        };
        let before = self.orders().await?.len();
        let run = book(self.ctx, request).await.map_err(refused)?.id;
        rest(self.app()).await?;
        self.accept(run).await?;
        let made = self.orders().await?.split_off(before);
        if made.is_empty() && after != After::Lost {
            bail!("nothing was ordered");
        }
        for order in made {
            self.happens(&order, after).await?;
        }
        self.side
            .knobs(json!({"pay_timeout_s": USUAL_PAY_SECONDS}))
            .await
    }

    /// Says yes to what a run asks.
    async fn accept(&self, run: i64) -> anyhow::Result<()> {
        let groups = app::activity::show(self.app(), run)
            .await
            .map_err(refused)?
            .data::<Run>()
            .map_err(refused)?
            .groups;
        for (group, asked) in groups.iter().enumerate() {
            if let Some(question) = &asked.question {
                let answer = Decide {
                    activity: run,
                    group,
                    asked_at: question.at,
                    answer: Answer::Accept,
                };
                decide(self.ctx, answer).await.map_err(refused)?;
            }
        }
        rest(self.app()).await
    }

    async fn orders(&self) -> anyhow::Result<Vec<Value>> {
        let orders = self
            .side
            .control("GET", "/1688/orders", &Value::Null)
            .await?;
        Ok(orders["orders"].as_array().cloned().unwrap_or_default())
    }

    async fn happens(&self, order: &Value, after: After) -> anyhow::Result<()> {
        use After::{
            Closed, LineClosed, Paid, Parcel, PartlySent, Raised, Refunded, Sent, Signed, Warehouse,
        };
        let number = order["number"].as_str().context("number")?;
        let line = &order["lines"][0]["line"];
        if matches!(
            after,
            Paid | PartlySent | Sent | Signed | Warehouse(_) | Parcel(_) | Refunded
        ) {
            self.side.act(number, "pay", json!({})).await?;
        }
        let digits = &number[number.len().saturating_sub(9)..];
        let turn = number.bytes().map(usize::from).sum::<usize>() % CARRIERS.len();
        let waybill = json!({"company": CARRIERS[turn].0, "tracking": format!("{}{digits}", CARRIERS[turn].1)});
        match after {
            PartlySent => {
                let mut part = waybill;
                part["lines"] = json!([{"line": line, "quantity": 1}]);
                self.side.act(number, "ship", part).await?;
            }
            Sent => {
                self.side.act(number, "ship", waybill).await?;
            }
            Signed | Warehouse(_) | Parcel(_) => {
                self.side.act(number, "ship", waybill).await?;
                self.side.act(number, "sign", json!({})).await?;
                if !matches!(after, Signed) {
                    self.side.act(number, "complete", json!({})).await?;
                }
            }
            Refunded => {
                self.side.act(number, "refund", json!({})).await?;
            }
            Closed => {
                self.side
                    .act(
                        number,
                        "close",
                        json!({"by": "seller", "reason": "SELLER_GOODS_LACK"}),
                    )
                    .await?;
            }
            LineClosed => {
                self.side
                    .act(number, "close", json!({"line": line, "by": "seller"}))
                    .await?;
            }
            Raised => {
                self.side
                    .act(number, "price", json!({"freight_fen": 2_400}))
                    .await?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn synchronize(&self) -> anyhow::Result<()> {
        let request = sync::Start {
            request_id: self.app().random_hex(16),
            sessions: self.sessions.clone(),
            order: None,
        };
        sync::start(self.ctx, request).await.map_err(refused)?;
        rest(self.app()).await
    }

    /// What the agent's own people do after the marketplace's part.
    async fn moved(&self, order: &DemoOrder, after: After) -> anyhow::Result<()> {
        match after {
            After::Warehouse(status) => {
                self.move_to(&order.number, ItemStatus::AtWarehouse, "")
                    .await?;
                if status != ItemStatus::AtWarehouse {
                    self.move_to(
                        &order.number,
                        status,
                        "Брак, продавец согласился на возврат",
                    )
                    .await?;
                }
                Ok(())
            }
            After::Parcel(status) => {
                self.move_to(&order.number, ItemStatus::AtWarehouse, "")
                    .await?;
                self.parcel(&order.number, status).await
            }
            After::Unbound => {
                let (id, _) = self.items(&order.number).await?;
                let purchases = {
                    let mut db = self.app().store.read().await?;
                    store::purchases::of_order(&mut db, id).await?
                };
                let request = Unbind {
                    request_id: self.app().random_hex(16),
                    order: id,
                    allocations: Vec::new(),
                    purchases: purchases.iter().map(|purchase| purchase.id).collect(),
                    reason: "Клиент передумал".to_owned(),
                    also_cancel: false,
                };
                app::purchase::unbind::unbind(self.ctx, request)
                    .await
                    .map_err(refused)?;
                rest(self.app()).await
            }
            _ => Ok(()),
        }
    }

    async fn move_to(&self, number: &str, to: ItemStatus, reason: &str) -> anyhow::Result<()> {
        let (_, items) = self.items(number).await?;
        let request = ChangeStatus {
            number: number.to_owned(),
            items: items
                .iter()
                .filter(|item| item.status != to)
                .map(|item| item.id)
                .collect(),
            to,
            reason: reason.to_owned(),
            note: String::new(),
        };
        app::item::change_status(self.ctx, request)
            .await
            .map_err(refused)
    }

    async fn parcel(&self, number: &str, to: ParcelStatus) -> anyhow::Result<()> {
        let (_, items) = self.items(number).await?;
        let inside = items.iter().map(|item| (item.id, item.quantity)).collect();
        let parcel = app::parcel::create(
            self.ctx,
            CreateParcel {
                number: number.to_owned(),
                service: String::new(),
                items: inside,
                request_id: self.app().random_hex(16),
            },
        )
        .await
        .map_err(refused)?;
        let digits = &number[number.len() - 3..];
        let edit = EditParcel {
            parcel,
            service: "China Post".to_owned(),
            tracking: if to == ParcelStatus::Draft {
                String::new()
            } else {
                format!("LZ{digits}448{digits}CN")
            },
            weight_g: Some(
                items
                    .iter()
                    .filter_map(|item| Some(item.weight_g? * item.quantity))
                    .sum::<i64>()
                    .max(200)
                    + 120,
            ),
            size_mm: Some([320, 240, 160]),
            note: String::new(),
        };
        app::parcel::edit(self.ctx, edit).await.map_err(refused)?;
        for step in [
            ParcelStatus::Packed,
            ParcelStatus::Shipped,
            ParcelStatus::Delivered,
        ] {
            let passed = |status| ParcelStatus::ALL.iter().position(|known| *known == status);
            if passed(step) <= passed(to) {
                app::parcel::change_status(self.ctx, parcel, step)
                    .await
                    .map_err(refused)?;
            }
        }
        Ok(())
    }
}

/// Works until nothing is due soon.
#[expect(
    clippy::disallowed_methods,
    reason = "the first start waits for its own work, as a worker loop does"
)]
async fn rest(app: &App) -> anyhow::Result<()> {
    loop {
        let Turn::Idle(next) = turn(app).await? else {
            continue;
        };
        let Some(wait) = next
            .map(|at| at.0 - app.now().0)
            .filter(|wait| *wait < PATIENCE_MICROS)
        else {
            return Ok(());
        };
        tokio::time::sleep(Duration::from_micros(
            u64::try_from(wait).unwrap_or(0).max(500),
        ))
        .await;
    }
}
