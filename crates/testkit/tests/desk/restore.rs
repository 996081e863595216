//! The database was brought back from a backup that does not know what was sent since.

use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use store::{Options, Store, Target};
use testkit::desk::Desk;

async fn desk() -> Desk {
    let database = store::temporary::Temporary::sqlite().await.unwrap();
    Desk::open(database).await.unwrap()
}

fn beside(path: &Path, end: &str) -> std::path::PathBuf {
    path.with_file_name(format!(
        "{}{end}",
        path.file_name().unwrap().to_string_lossy()
    ))
}

/// Copies the database's file as it stands; nobody writes meanwhile.
fn back_up(desk: &Desk) -> std::path::PathBuf {
    let Target::Sqlite(path) = &desk.database.target else {
        panic!("a file");
    };
    let copy = path.with_file_name("backup.sqlite");
    std::fs::copy(path, &copy).unwrap();
    std::fs::copy(beside(path, "-wal"), beside(&copy, "-wal")).unwrap();
    copy
}

/// The program starts on the backup; the marketplace is what it was.
async fn restore(desk: &mut Desk, copy: std::path::PathBuf) -> app::restore::Restored {
    let options = Options {
        connections: 4,
        durable: false,
    };
    let gate = Arc::clone(&desk.app.world.gate);
    desk.app.store.close().await;
    desk.app.store = Store::open(&Target::Sqlite(copy), options, gate)
        .await
        .unwrap();
    desk.person.app = desk.app.clone();
    app::restore::after_restore(&desk.app.program("command line"))
        .await
        .unwrap()
}

async fn exceptions(desk: &Desk) -> Vec<store::exceptions::ExceptionRow> {
    let mut db = desk.app.store.read().await.unwrap();
    store::exceptions::latest_open(&mut db, i64::MAX, 50)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_run_that_a_backup_shows_as_begun_buys_nothing_again() {
    let mut desk = desk().await;
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let goods = desk.goods().await.unwrap();
    let (order, items) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
    let run = desk
        .book(order.id, &[(items[0].id, None)], session)
        .await
        .unwrap();
    let copy = back_up(&desk);
    desk.run_for(30).await.unwrap();
    let bought = desk.market_orders().await.unwrap();
    assert_eq!(bought.len(), 1);

    let done = restore(&mut desk, copy).await;
    assert_eq!((done.sessions, done.runs, done.bookings), (1, 1, 0));
    // Booked again before the marketplace was asked: refused, in words.
    let again = desk
        .book(order.id, &[(items[0].id, None)], session)
        .await
        .unwrap();
    desk.run_due().await.unwrap();
    app::restore::caught_up(&desk.app.program("restore"))
        .await
        .unwrap();
    desk.run_for(60).await.unwrap();
    for run in [run, again] {
        let shown = app::activity::show(&desk.app, run).await.unwrap();
        assert!(shown.state().is_over(), "{:?}", shown.steps);
    }
    assert_eq!(desk.market_orders().await.unwrap().len(), 1, "once");
    let told = exceptions(&desk).await;
    let number = bought[0]["number"].as_str().unwrap();
    assert!(
        told.iter()
            .any(|e| e.kind == "unknown_to_us" && e.subject.contains(number)),
        "an order with a reference of ours is told at once: {told:?}"
    );

    app::restore::caught_up(&desk.app.program("restore"))
        .await
        .unwrap();
    let mut db = desk.app.store.read().await.unwrap();
    let row = store::sessions::by_id(&mut db, session)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.restored_at, None, "the session books again");
}

#[tokio::test]
async fn a_booking_that_a_backup_shows_as_planned_is_looked_for_and_found() {
    let mut desk = desk().await;
    let session = desk.connect("cn_buyer_01").await.unwrap();
    let goods = desk.goods().await.unwrap();
    let (order, items) = desk.order("ORD-000000001", &goods[..1]).await.unwrap();
    desk.faults(json!([{ "fault": "throttle", "api": "createCrossOrder" }]))
        .await
        .unwrap();
    desk.book(order.id, &[(items[0].id, None)], session)
        .await
        .unwrap();
    desk.run_due().await.unwrap();
    let planned = {
        let mut db = desk.app.store.read().await.unwrap();
        store::bookings::of_order(&mut db, order.id)
            .await
            .unwrap()
            .pop()
            .unwrap()
    };
    assert_eq!(planned.state, "planned", "the successor waits for its pace");
    let copy = back_up(&desk);
    desk.run_for(120).await.unwrap();
    assert_eq!(desk.market_orders().await.unwrap().len(), 1);

    let done = restore(&mut desk, copy).await;
    assert_eq!(done.bookings, 1);
    desk.run_for(120).await.unwrap();
    let mut db = desk.app.store.read().await.unwrap();
    let row = store::bookings::by_id(&mut db, planned.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.state, "placed", "adopted by its reference");
    assert_eq!(desk.market_orders().await.unwrap().len(), 1, "once");
    let (_, items) = desk.order_of("ORD-000000001").await.unwrap();
    assert_eq!(items[0].free(), 0);
}
