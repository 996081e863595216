//! Every statement of every module is one that both databases understand.

use crate::temporary::{Temporary, plan};
use crate::{
    Stmt, activities, bookings, clock, durability, exceptions, history, items, jobs, offers,
    orders, paces, parcels, purchases, pushes, sessions, settings, strangers, users,
};

const MODULES: &[(&str, &[(&str, Stmt)])] = &[
    ("activities", activities::ALL),
    ("bookings", bookings::ALL),
    ("clock", clock::ALL),
    ("durability", durability::ALL),
    ("exceptions", exceptions::ALL),
    ("history", history::ALL),
    ("items", items::ALL),
    ("jobs", jobs::ALL),
    ("offers", offers::ALL),
    ("orders", orders::ALL),
    ("paces", paces::ALL),
    ("parcels", parcels::ALL),
    ("purchases", purchases::ALL),
    ("pushes", pushes::ALL),
    ("sessions", sessions::ALL),
    ("settings", settings::ALL),
    ("strangers", strangers::ALL),
    ("users", users::ALL),
];

#[tokio::test]
async fn every_statement_prepares_on_both_databases() {
    for temporary in Temporary::both().await.unwrap() {
        let mut db = temporary.store.read().await.unwrap();
        let mut faults = Vec::new();
        for (module, statements) in MODULES {
            assert!(!statements.is_empty(), "{module}");
            for (name, statement) in *statements {
                if let Err(error) = db.prepare(statement).await {
                    faults.push(format!("{module}::{name}: {error}"));
                }
            }
        }
        assert!(
            faults.is_empty(),
            "{:?}\n{}",
            temporary.store.dialect(),
            faults.join("\n")
        );
        drop(db);
        temporary.end().await.unwrap();
    }
}

/// A module that keeps statements and is not in the list above would go untested.
#[test]
fn every_module_with_statements_is_listed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if text.lines().any(|line| line == "statements! {") {
            assert!(MODULES.iter().any(|(module, _)| *module == name), "{name}");
        }
    }
}

/// What belongs to one order is found by an index, however many orders there are.
#[tokio::test]
async fn statements_of_one_order_scan_no_table() {
    let temporary = Temporary::sqlite().await.unwrap();
    let mut db = temporary.store.read().await.unwrap();
    // These look at everything on purpose: a helper of tests, and all of the few settings. The plan
    // of an INSERT names checks of foreign keys that are skipped while nothing is violated.
    let whole = ["WRONG_ITEMS", "WRONG_LINES", "ALL_OF_THEM", "INSERT"];
    for statements in [
        orders::ALL,
        items::ALL,
        parcels::ALL,
        settings::ALL,
        history::ALL,
    ] {
        for (name, statement) in statements.iter().filter(|(name, _)| !whole.contains(name)) {
            // A walk through the index of numbers that ends at its first row.
            let ends = matches!(*name, "FIRST_NUMBER" | "LAST_NUMBER");
            let lines = plan(&mut db, statement, &[]).await.unwrap();
            let bad = lines
                .iter()
                .find(|line| line.contains("SCAN") && !line.contains("CONSTANT ROW") && !ends);
            assert_eq!(bad, None, "{name}\n{}", lines.join("\n"));
        }
    }
}
