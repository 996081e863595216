//! The first thousand orders, made through the same operations that people press: taken in, booked
//! with the imitated marketplace, paid, sent, packed.

use crate::SMALL;
use crate::bed::{Bed, PASSWORD, PERSON, Side, person};
use crate::process::pause;
use anyhow::{Context as _, Result, bail};
use app::activity::ActivityState;
use app::booking::Run;
use app::booking::book::{Book, book};
use app::booking::decide::{Answer, Decide, decide};
use app::item::ChangeStatus;
use app::parcel::{CreateParcel, EditParcel, ParcelStatus};
use app::user::AddUser;
use app::worker::{Turn, turn};
use app::{App, Ctx, order, sync};
use domain::ItemStatus;
use serde_json::{Value, json};
use server::demo::{OtherSide, log_in};
use std::collections::BTreeMap;
use std::time::Duration;
use store::items::ItemRow;

const FIRST_NAMES: [&str; 8] = [
    "Иван",
    "Ольга",
    "Мария",
    "Пётр",
    "Анна",
    "Сергей",
    "Елена",
    "Дмитрий",
];
const LAST_NAMES: [&str; 9] = [
    "Петров",
    "Сидоренко",
    "Ким",
    "Лебедев",
    "Морозов",
    "Новак",
    "Соколов",
    "Волков",
    "Зайцев",
];
const CUSTOMERS: i64 = 250;
const ACCOUNTS: [&str; 2] = ["cn_buyer_01", "cn_buyer_02"];
/// Seconds between two orders: a hundred thousand are three years.
const STEP_SECONDS: i64 = 946;
/// Seconds in which the first thousand were ordered.
pub const SPAN_SECONDS: i64 = SMALL * STEP_SECONDS;
/// Work that is due later than this is left alone.
const PATIENCE_MICROS: i64 = 1_500_000;

/// How far an order has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Unpaid,
    Ready,
    Partly,
    ToPay,
    Paid,
    Sent,
    AtWarehouse,
    Delivered,
}

impl Fate {
    const fn of(n: i64) -> Self {
        match n % 20 {
            0..=2 => Self::Unpaid,
            3..=6 => Self::Ready,
            7 => Self::Partly,
            8..=9 => Self::ToPay,
            10..=12 => Self::Paid,
            13..=16 => Self::Sent,
            17 => Self::AtWarehouse,
            _ => Self::Delivered,
        }
    }
}

/// Fills an empty bed.
pub async fn fill(bed: &Bed) -> Result<()> {
    eprintln!("Filling {SMALL} orders through the application …");
    let app = bed.app().await?;
    let side = bed.other_side().await?;
    let new = AddUser {
        login: PERSON.to_owned(),
        name: "Bench".to_owned(),
        password: PASSWORD.to_owned().into(),
        zone: "UTC".to_owned(),
    };
    app::user::add(&app.program("bench"), new).await?;
    let seeder = Seeder {
        ctx: person(&app).await?,
        side,
    };
    let sessions = seeder.connect().await?;
    let offers = seeder.offers().await?;
    let orders: Vec<Value> = (0..SMALL).map(|n| line_up(&offers, n)).collect();
    import(&seeder.ctx, &json!({ "orders": orders })).await?;
    for n in 0..SMALL {
        if Fate::of(n) >= Fate::Partly {
            seeder
                .bought(n, &sessions)
                .await
                .with_context(|| number(n))?;
        }
    }
    for n in 0..SMALL {
        seeder.sold(n).await.with_context(|| number(n))?;
    }
    seeder.synchronize(&sessions).await?;
    for n in 0..SMALL {
        seeder.moved(n).await.with_context(|| number(n))?;
    }
    app::housekeeping::due(&app.program("bench")).await?;
    app.store.close().await;
    seeder.side.stop().await;
    Ok(())
}

/// Takes orders in.
pub async fn import(ctx: &Ctx, file: &Value) -> Result<()> {
    let report = order::import(ctx, &file.to_string()).await?;
    if !report.is_good() {
        let bad = report.orders.iter().find(|o| !o.outcome.is_good());
        bail!(
            "an order is refused: {} {}",
            serde_json::to_string(&report.faults)?,
            serde_json::to_string(&bad)?
        );
    }
    Ok(())
}

/// Offers that can be bought by the piece at one price, with stock enough for everything.
pub async fn plain_offers(side: &Side) -> Result<Vec<Value>> {
    let control = OtherSide {
        sandbox: &side.sandbox,
        market: "1688",
    };
    let offers = control.offers().await?;
    let plain = |offer: &&Value| {
        offer["tradable"] == true
            && offer["minimum"] == 1
            && offer["lot"].is_null()
            && offer["mixed"] == false
            && offer["ranges"].as_array().is_none_or(Vec::is_empty)
            && offer["status"] == "published"
            && offer["specifications"]
                .as_array()
                .is_none_or(|all| all.iter().all(|spec| spec["gone"] == false))
    };
    let mut plain: Vec<Value> = offers["offers"]
        .as_array()
        .context("offers")?
        .iter()
        .filter(plain)
        .cloned()
        .collect();
    plain.sort_by_key(|offer| offer["seller_id"].as_str().map(str::to_owned));
    Ok(plain)
}

/// An item of an import file: so many units of an offer.
pub fn item(offer: &Value, specification: i64, quantity: i64) -> Value {
    let specifications = offer["specifications"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let chosen = usize::try_from(specification).unwrap_or(0) % specifications.len().max(1);
    let spec = specifications.get(chosen);
    let price = spec.unwrap_or(offer)["price_fen"].as_i64().unwrap_or(1_000);
    let words = |key: &str| {
        let attributes = spec.and_then(|spec| spec["attributes"].as_array());
        attributes
            .into_iter()
            .flatten()
            .filter_map(|a| a[key].as_str())
            .collect::<Vec<_>>()
            .join("；")
    };
    json!({
        "marketplace": "1688",
        "item": offer["item_id"],
        "specification": spec.map(|spec| &spec["spec_id"]),
        "seller": {"id": offer["seller_id"], "name": offer["seller_name"]},
        "title": {"original": offer["title"], "translated": offer["title_en"]},
        "configuration": {"original": words("value"), "translated": words("name")},
        "image": format!("https://cbu01.alicdn.com/img/{}.jpg", offer["item_id"].as_str().unwrap_or_default()),
        "unit": offer["unit"],
        "quantity": quantity,
        "price": format!("{}.{:02}3974774905", price / 600, price % 100),
        "expected_price_fen": price,
        "weight_g": offer["weight_g"],
    })
}

/// Number of an order.
pub fn number(n: i64) -> String {
    format!("ORD-{n:09}")
}

fn line_up(offers: &[Value], n: i64) -> Value {
    let at = |m: i64| usize::try_from(m).unwrap_or(0) % offers.len();
    // Goods beside each other in the list are of one seller: an order has one to three of them.
    let items: Vec<Value> = (0..=(n * 7 % 6))
        .map(|i| {
            item(
                &offers[at(n * 13 + (i / 2) * 37 + i % 2)],
                n + i,
                1 + (n + i) % 4,
            )
        })
        .collect();
    let customer = n * 17 % CUSTOMERS;
    let name =
        |names: &[&str], of: i64| names[usize::try_from(of).unwrap_or(0) % names.len()].to_owned();
    let moment = 1_700_000_000 + n * STEP_SECONDS;
    json!({
        "number": number(n),
        "created_at": jiff::Timestamp::from_second(moment).map(|t| t.to_string()).unwrap_or_default(),
        "currency": "USD",
        "customer": {"code": (1_000 + customer).to_string(), "name": format!("{} {}", name(&FIRST_NAMES, customer), name(&LAST_NAMES, customer))},
        "delivery": {"service": "Международная служба доставки China Post", "cost": "12.5"},
        "paid": if Fate::of(n) == Fate::Unpaid { "0" } else { "100000" },
        "exchange_rate": {"yuan": "7.12", "date": "2026-07-01"},
        "comment": if n % 5 == 0 { "Пожалуйста, упакуйте коробки отдельно" } else { "" },
        "items": items,
    })
}

struct Seeder {
    ctx: Ctx,
    side: Side,
}

impl Seeder {
    fn app(&self) -> &App {
        &self.ctx.app
    }

    fn control(&self) -> OtherSide<'_> {
        OtherSide {
            sandbox: &self.side.sandbox,
            market: "1688",
        }
    }

    async fn connect(&self) -> Result<Vec<i64>> {
        let app = app::apps::add(&self.ctx, self.control().app().await?).await?;
        // Nothing is to become due while somebody measures.
        self.control()
            .knobs(json!({"pay_timeout_s": 2_592_000, "access_token_s": 604_800}))
            .await?;
        let mut sessions = Vec::new();
        for account in ACCOUNTS {
            sessions.push(log_in(&self.ctx, &self.control(), app, account).await?);
        }
        Ok(sessions)
    }

    async fn offers(&self) -> Result<Vec<Value>> {
        let offers = plain_offers(&self.side).await?;
        for offer in &offers {
            let item = offer["item_id"].as_str().context("item_id")?;
            self.control()
                .control(
                    "POST",
                    &format!("/1688/offers/{item}"),
                    &json!({"stock": 1_000_000}),
                )
                .await?;
        }
        Ok(offers)
    }

    async fn items(&self, n: i64) -> Result<(i64, Vec<ItemRow>)> {
        let mut db = self.app().store.read().await?;
        let order = store::orders::by_number(&mut db, &number(n))
            .await?
            .context("the order")?;
        Ok((order.id, store::items::of_order(&mut db, order.id).await?))
    }

    async fn bought(&self, n: i64, sessions: &[i64]) -> Result<()> {
        let (order, items) = self.items(n).await?;
        let wanted = if Fate::of(n) == Fate::Partly {
            items.len().div_ceil(2)
        } else {
            items.len()
        };
        let session = sessions[usize::from(n % 4 == 0) % sessions.len()];
        let request = Book {
            request_id: self.app().random_hex(16),
            order,
            items: items
                .iter()
                .take(wanted)
                .map(|item| (item.id, None))
                .collect(),
            sessions: BTreeMap::from([("1688".to_owned(), session)]),
        };
        let id = book(&self.ctx, request).await?.id;
        rest(self.app()).await?;
        let run = app::activity::show(self.app(), id).await?;
        // Where the freight is dear, the run asks.
        for (group, asked) in run.data::<Run>()?.groups.iter().enumerate() {
            if let Some(question) = &asked.question {
                let answer = Decide {
                    activity: id,
                    group,
                    asked_at: question.at,
                    answer: Answer::Accept,
                };
                decide(&self.ctx, answer).await?;
                rest(self.app()).await?;
            }
        }
        let run = app::activity::show(self.app(), id).await?;
        if run.state() != ActivityState::Done {
            bail!("not booked: {:?} {}", run.state(), run.row.steps);
        }
        Ok(())
    }

    /// What buyer and sellers do.
    async fn sold(&self, n: i64) -> Result<()> {
        let fate = Fate::of(n);
        if fate < Fate::Paid {
            return Ok(());
        }
        let (order, _) = self.items(n).await?;
        let purchases = {
            let mut db = self.app().store.read().await?;
            store::purchases::of_order(&mut db, order).await?
        };
        for purchase in purchases {
            let number = purchase.order_number.as_str();
            let tail = &number[number.len().saturating_sub(11)..];
            self.control().act(number, "pay", json!({})).await?;
            if fate >= Fate::Sent {
                self.control()
                    .act(
                        number,
                        "ship",
                        json!({"company": "ZTO", "tracking": format!("759{tail}")}),
                    )
                    .await?;
            }
            if fate >= Fate::AtWarehouse {
                self.control().act(number, "sign", json!({})).await?;
                self.control().act(number, "complete", json!({})).await?;
            }
        }
        Ok(())
    }

    async fn synchronize(&self, sessions: &[i64]) -> Result<()> {
        let request = sync::Start {
            request_id: self.app().random_hex(16),
            sessions: sessions.to_vec(),
            order: None,
        };
        sync::start(&self.ctx, request).await?;
        rest(self.app()).await
    }

    /// What the agent's own people do.
    async fn moved(&self, n: i64) -> Result<()> {
        let fate = Fate::of(n);
        if fate < Fate::AtWarehouse {
            return Ok(());
        }
        let (_, items) = self.items(n).await?;
        let request = ChangeStatus {
            number: number(n),
            items: items
                .iter()
                .filter(|item| item.status != ItemStatus::AtWarehouse)
                .map(|item| item.id)
                .collect(),
            to: ItemStatus::AtWarehouse,
            reason: String::new(),
            note: String::new(),
        };
        app::item::change_status(&self.ctx, request).await?;
        if fate < Fate::Delivered {
            return Ok(());
        }
        let inside = items.iter().map(|item| (item.id, item.quantity)).collect();
        let parcel = app::parcel::create(
            &self.ctx,
            CreateParcel {
                number: number(n),
                service: String::new(),
                items: inside,
                request_id: self.app().random_hex(16),
            },
        )
        .await?;
        let edit = EditParcel {
            parcel,
            service: "China Post".to_owned(),
            tracking: format!("LZ{n:09}CN"),
            weight_g: Some(1_500),
            size_mm: Some([320, 240, 160]),
            note: String::new(),
        };
        app::parcel::edit(&self.ctx, edit).await?;
        for step in [
            ParcelStatus::Packed,
            ParcelStatus::Shipped,
            ParcelStatus::Delivered,
        ] {
            app::parcel::change_status(&self.ctx, parcel, step).await?;
        }
        Ok(())
    }
}

/// Works until nothing is due soon.
async fn rest(app: &App) -> Result<()> {
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
        pause(Duration::from_micros(
            u64::try_from(wait).unwrap_or(0).max(500),
        ))
        .await;
    }
}
