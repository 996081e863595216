//! The first start: fills the panel and the sandbox with the demo's data, through the same
//! operations that people press.

use super::goods::Goods;
use super::orders::{self, After, DemoData, DemoOrder, Fate};
use super::other_side::OtherSide;
use crate::commands::refused;
use anyhow::{Context as _, bail};
use app::booking::Run;
use app::booking::book::{Book, book};
use app::booking::decide::{Answer, Decide, decide};
use app::item::ChangeStatus;
use app::parcel::{CreateParcel, EditParcel, ParcelStatus};
use app::purchase::unbind::Unbind;
use app::session::{ConnectBegin, Settings, connect_begin, connect_finish, settings_save};
use app::worker::{Turn, turn};
use app::{App, Ctx, order, sync};
use domain::ItemStatus;
use marketplaces::Address;
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use store::items::ItemRow;

/// Accounts that are connected at each marketplace: the one that is chosen by itself, and the one
/// whose login ends soon.
const ACCOUNTS: usize = 2;
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
pub(super) async fn seed(ctx: &Ctx, sandbox: &Sandbox) -> anyhow::Result<()> {
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
    let mut sessions = BTreeMap::new();
    let mut goods = Vec::new();
    let mut building = Vec::new();
    for market in ctx.app.markets.all() {
        let code = market.connector.code();
        let side = OtherSide {
            sandbox,
            market: code,
        };
        if let Some(seconds) = side.building_seconds().await? {
            // What the demo begins with was made long ago.
            side.knobs(json!({"building_s": 0})).await?;
            building.push((code, seconds));
        }
        sessions.insert(code.to_owned(), connect(ctx, &side).await?);
        goods.push(Goods::new(
            code,
            &side.offers().await?,
            &market.addresses.site,
        ));
    }
    let now = jiff::Timestamp::from_microsecond(ctx.now().0)?;
    let data = orders::data(goods, now)?;
    take_in(ctx, &data).await?;
    let seeder = Seeder {
        ctx,
        sandbox,
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
        let path = format!("/{}/offers/{}", change.market, change.item);
        let side = seeder.side(change.market);
        side.control("POST", &path, &change.change).await?;
    }
    for (market, seconds) in building {
        let knob = json!({"building_s": seconds});
        seeder.side(market).knobs(knob).await?;
    }
    Ok(())
}

/// Enters the sandbox's app and connects both accounts; gives the sessions.
async fn connect(ctx: &Ctx, side: &OtherSide<'_>) -> anyhow::Result<Vec<i64>> {
    let new = side.app().await?;
    let app = app::apps::add(ctx, new).await.map_err(refused)?;
    let mut sessions = Vec::new();
    let accounts = side.accounts().await?;
    for (account, days) in accounts
        .iter()
        .take(ACCOUNTS)
        .zip([SOON_DAYS, USUAL_DAYS].iter().rev())
    {
        side.knobs(json!({"refresh_token_days": days})).await?;
        sessions.push(log_in(ctx, side, app, account).await?);
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
    let session = connect_finish(ctx, part("state"), part("code"))
        .await
        .map_err(refused)?
        .session;
    let row = {
        let mut db = ctx.app.store.read().await?;
        store::sessions::by_id(&mut db, session)
            .await?
            .context("the session")?
    };
    let known = Settings::of(&row);
    if known.address == Address::default() {
        // A marketplace that keeps no addresses: the agent types the warehouse.
        let with_address = Settings {
            address: warehouse(),
            ..known
        };
        settings_save(ctx, session, with_address)
            .await
            .map_err(refused)?;
    }
    Ok(session)
}

fn warehouse() -> Address {
    Address {
        full_name: "仓库收货组".to_owned(),
        mobile: "13922330022".to_owned(),
        post_code: "510000".to_owned(),
        province: "广东省".to_owned(),
        city: "广州市".to_owned(),
        area: "白云区".to_owned(),
        street: "石井街道石沙路300号3号仓 {customer_code} {order}".to_owned(),
        ..Address::default()
    }
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
    sandbox: &'a Sandbox,
    /// The sessions of each marketplace.
    sessions: BTreeMap<String, Vec<i64>>,
}

impl<'a> Seeder<'a> {
    fn side(&self, market: &'a str) -> OtherSide<'a> {
        OtherSide {
            sandbox: self.sandbox,
            market,
        }
    }

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
    async fn bought(&self, order: &'a DemoOrder, after: After) -> anyhow::Result<()> {
        let sides: Vec<OtherSide<'_>> = order.markets.iter().map(|m| self.side(m)).collect();
        let first = sides.first().context("an order without goods")?;
        let fault = match after {
            After::Lost => Some(json!({"fault": "request_lost", "api": "createCrossOrder"})),
            After::Hidden => Some(json!({"fault": "answer_lost", "api": "createCrossOrder"})),
            _ => None,
        };
        if let Some(fault) = fault {
            first.knobs(json!({"add_faults": [fault]})).await?;
        }
        if after == After::Hidden {
            let hide = json!({"fault": "hide_order", "api": "createCrossOrder", "seconds": HIDDEN_SECONDS});
            first.knobs(json!({"add_faults": [hide]})).await?;
        }
        let pay = if let After::ToPay(seconds) = after {
            seconds
        } else {
            USUAL_PAY_SECONDS
        };
        for side in &sides {
            side.knobs(json!({"pay_timeout_s": pay})).await?;
        }
        let (id, items) = self.items(&order.number).await?;
        let units = if let After::UnitsOnly(units) = after {
            Some(i64::from(units))
        } else {
            None
        };
        // Every fifth order is bought with the other account.
        let which = usize::from(order.number.ends_with(['3', '8']));
        let sessions = order
            .markets
            .iter()
            .filter_map(|market| {
                let sessions = self.sessions.get(*market)?;
                Some(((*market).to_owned(), *sessions.get(which % sessions.len())?))
            })
            .collect();
        let request = Book {
            request_id: self.app().random_hex(16),
            order: id,
            items: items.iter().map(|item| (item.id, units)).collect(),
            sessions,
        };
        let mut before = Vec::new();
        for side in &sides {
            before.push(side.orders().await?.len());
        }
        let run = book(self.ctx, request).await.map_err(refused)?.id;
        rest(self.app()).await?;
        self.accept(run).await?;
        for (side, before) in sides.iter().zip(before) {
            let made = side.orders().await?.split_off(before);
            if made.is_empty() && after != After::Lost {
                bail!("nothing was ordered at {}", side.market);
            }
            for order in made {
                happens(side, &order, after).await?;
            }
            side.knobs(json!({"pay_timeout_s": USUAL_PAY_SECONDS}))
                .await?;
        }
        Ok(())
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

    async fn synchronize(&self) -> anyhow::Result<()> {
        let request = sync::Start {
            request_id: self.app().random_hex(16),
            sessions: self.sessions.values().flatten().copied().collect(),
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

/// Lets happen what a seller or a buyer does with an order.
async fn happens(side: &OtherSide<'_>, order: &Value, after: After) -> anyhow::Result<()> {
    use After::{
        Closed, LineClosed, Paid, Parcel, PartlySent, Raised, Refunded, Sent, Signed, Warehouse,
    };
    let number = order["number"].as_str().context("number")?;
    let line = &order["lines"][0]["line"];
    if matches!(
        after,
        Paid | PartlySent | Sent | Signed | Warehouse(_) | Parcel(_) | Refunded
    ) {
        side.act(number, "pay", json!({})).await?;
    }
    let digits = &number[number.len().saturating_sub(9)..];
    let turn = number.bytes().map(usize::from).sum::<usize>() % CARRIERS.len();
    let waybill =
        json!({"company": CARRIERS[turn].0, "tracking": format!("{}{digits}", CARRIERS[turn].1)});
    match after {
        PartlySent => {
            let mut part = waybill;
            part["lines"] = json!([{"line": line, "quantity": 1}]);
            side.act(number, "ship", part).await?;
        }
        Sent => {
            side.act(number, "ship", waybill).await?;
        }
        Signed | Warehouse(_) | Parcel(_) => {
            side.act(number, "ship", waybill).await?;
            side.act(number, "sign", json!({})).await?;
            if !matches!(after, Signed) {
                side.act(number, "complete", json!({})).await?;
            }
        }
        Refunded => {
            side.act(number, "refund", json!({})).await?;
        }
        Closed => {
            side.act(
                number,
                "close",
                json!({"by": "seller", "reason": "SELLER_GOODS_LACK"}),
            )
            .await?;
        }
        LineClosed => {
            side.act(number, "close", json!({"line": line, "by": "seller"}))
                .await?;
        }
        Raised => {
            side.act(number, "price", json!({"freight_fen": 2_400}))
                .await?;
        }
        _ => {}
    }
    Ok(())
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
