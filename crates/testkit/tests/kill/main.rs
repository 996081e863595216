//! The real process, killed at every point of a booking, on both databases: after the next start
//! there is exactly one order, and the books agree.

mod held;
mod sweep;

use anyhow::{Context as _, Result, bail};
use app::booking::book::{Book, book};
use app::booking::release::{Release, release};
use app::worker::{Turn, turn};
use app::{App, Ctx};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use store::bookings::BookingRow;
use testkit::whole::TestApp;
use world::{Timestamp, World};

/// The order that is booked.
const ORDER: &str = "ORD-000000001";
/// How fast the clock of a process runs that takes over.
const FAST: &str = "10";
/// Most tenths of a second that anything may take.
const PATIENCE: u32 = 900;
/// After so many seconds a dead sender's booking may be released.
const LONG_AFTER: i64 = 1_300;

/// A desk with one order that is ready, and a run that books it, waiting for a worker.
pub async fn with_a_run(whole: &TestApp) -> Result<i64> {
    let session = whole.connect("cn_buyer_01").await?;
    let vase = json!({
        "number": ORDER, "created_at": "2026-11-01T10:00:00Z", "currency": "USD", "paid": "1000",
        "customer": {"code": "C1", "name": "Иван Петров"}, "delivery": {"service": "EMS", "cost": "2"},
        "items": [{
            "marketplace": "1688", "item": "42602653803", "quantity": 1, "price": "40", "expected_price_fen": 20_840,
            "seller": {"id": "b2b-1676547900b7bb3", "name": "齐家居家日用百货旗舰店"},
        }],
    });
    whole.import(&vase).await?;
    press_book(&whole.app, &whole.person, session).await?;
    Ok(session)
}

/// Presses *Book* for every item of the order.
pub async fn press_book(app: &App, person: &Ctx, session: i64) -> Result<()> {
    let (order, items) = {
        let mut db = app.store.read().await?;
        let order = store::orders::by_number(&mut db, ORDER)
            .await?
            .context("order")?
            .id;
        (order, store::items::of_order(&mut db, order).await?)
    };
    let request = Book {
        request_id: app.random_hex(16),
        order,
        items: items.iter().map(|item| (item.id, None)).collect(),
        sessions: BTreeMap::from([("1688".to_owned(), session)]),
    };
    book(person, request).await?;
    Ok(())
}

/// Starts the program.
pub fn start(whole: &TestApp, args: &[&str]) -> Result<Child> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_victim"));
    command
        .arg("--config")
        .arg(&whole.config)
        .args(args)
        .stdout(Stdio::piped());
    Ok(command.spawn()?)
}

/// Waits a moment of real time.
#[expect(clippy::disallowed_methods, reason = "another process works meanwhile")]
pub async fn moment() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// Waits until `child` has ended.
pub async fn ended(child: &mut Child) -> Result<ExitStatus> {
    for _ in 0..PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        moment().await;
    }
    child.kill()?;
    bail!("the process did not end")
}

/// Kills as the system does when memory runs out: at once.
pub fn kill(child: &mut Child) -> Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// The newest booking of the order.
pub async fn booking(app: &App) -> Result<Option<BookingRow>> {
    let mut db = app.store.read().await?;
    let order = store::orders::by_number(&mut db, ORDER)
        .await?
        .context("order")?
        .id;
    Ok(store::bookings::of_order(&mut db, order)
        .await?
        .into_iter()
        .max_by_key(|row| row.id))
}

/// Lets the next process go on until the booking is placed, or was looked for twice in vain; then
/// tells it to stop, which it must do by itself.
pub async fn take_over(whole: &TestApp) -> Result<BookingRow> {
    let mut next = start(whole, &["--speed", FAST])?;
    let mut settled = None;
    for _ in 0..PATIENCE {
        moment().await;
        let row = booking(&whole.app).await?;
        if let Some(row) =
            row.filter(|row| row.state == "placed" || (row.state == "unknown" && row.looks >= 2))
        {
            settled = Some(row);
            break;
        }
        if let Some(status) = next.try_wait()? {
            bail!("the next process ended by itself: {status}");
        }
    }
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&next),
        rustix::process::Signal::TERM,
    )?;
    let status = ended(&mut next).await?;
    if !status.success() {
        bail!("the next process did not stop cleanly: {status}");
    }
    let state = booking(&whole.app).await?.map(|row| row.state);
    settled.with_context(|| format!("the booking came to no end: {state:?}"))
}

/// What must be true in the end, whatever happened: one order, one purchase, every unit covered once.
pub async fn one_order(whole: &TestApp, session: i64) -> Result<()> {
    let row = take_over(whole).await?;
    if row.state == "unknown" {
        let orders = whole.market_orders().await?;
        if !orders.is_empty() {
            bail!("an order exists and was not found: {orders:?}");
        }
        book_again(whole, session, row.id).await?;
    }
    let orders = whole.market_orders().await?;
    if orders.len() != 1 {
        bail!("{} orders", orders.len());
    }
    let (items, purchases) = {
        let mut db = whole.store().read().await?;
        let order = store::orders::by_number(&mut db, ORDER)
            .await?
            .context("order")?
            .id;
        (
            store::items::of_order(&mut db, order).await?,
            store::purchases::of_order(&mut db, order).await?,
        )
    };
    let item = items.first().context("item")?;
    if item.free() != 0 || item.status != domain::ItemStatus::Booked || purchases.len() != 1 {
        bail!(
            "item {:?} with {} free units, {} purchases",
            item.status,
            item.free(),
            purchases.len()
        );
    }
    whole.check().await
}

/// Long after: a person releases the booking that nobody found, and books again.
async fn book_again(whole: &TestApp, session: i64, lost: i64) -> Result<()> {
    let later = Timestamp(whole.app.now().0).plus_seconds(LONG_AFTER);
    let (world, clock) = World::fixed(later, 3);
    let app = whole.in_world(world)?;
    let person = app.acting(whole.person.actor.clone());
    let mut released = false;
    for _ in 0..10_000 {
        let row = booking(&app).await?.context("booking")?;
        if !released && app::booking::release::allowed(&row, app.now()).is_ok() {
            let tail = row.reference[row.reference.len() - 4..].to_owned();
            release(
                &person,
                Release {
                    booking: lost,
                    confirmation: tail,
                },
            )
            .await?;
            press_book(&app, &person, session).await?;
            released = true;
        }
        // Before those units go out again the released reference is looked for once more.
        if row.id != lost && row.state == "placed" {
            return Ok(());
        }
        if let Turn::Idle(_) = turn(&app).await? {
            clock.advance_seconds(5);
        }
    }
    let runs = app::activity::list(&app, None, None, 3).await?;
    let told: Vec<String> = runs
        .iter()
        .map(|run| format!("{} {:?}", run.row.state, run.steps))
        .collect();
    bail!(
        "released: {released}, but nothing was placed: {}",
        told.join("\n")
    )
}

/// The fault with which the sandbox holds matching requests.
pub fn hold(fault: &str, api: &str) -> Value {
    json!([{ "fault": fault, "api": api }])
}
