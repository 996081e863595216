//! Every statement of every module is one that both databases understand.

use crate::temporary::{Temporary, generic_plan, plan};
use crate::{
    Dialect, Stmt, activities, apps, bookings, clock, durability, exceptions, history, items, jobs,
    offers, orderables, orders, other_numbers, paces, parcels, purchases, pushes, sessions,
    settings, strangers, users,
};

const MODULES: &[(&str, &[(&str, Stmt)])] = &[
    ("activities", activities::ALL),
    ("apps", apps::ALL),
    ("bookings", bookings::ALL),
    ("clock", clock::ALL),
    ("durability", durability::ALL),
    ("exceptions", exceptions::ALL),
    ("history", history::ALL),
    ("items", items::ALL),
    ("jobs", jobs::ALL),
    ("offers", offers::ALL),
    ("orderables", orderables::ALL),
    ("orders", orders::ALL),
    ("other_numbers", other_numbers::ALL),
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

/// Tables that stay small however many orders there are.
const SMALL: [&str; 12] = [
    "app_days",
    "apps",
    "facet_counts",
    "login_attempts",
    "paces",
    "session_days",
    "sessions",
    "settings",
    "sign_in_failures",
    "strangers",
    "users",
    "web_sessions",
];

/// Statements that look at a whole table on purpose: helpers of tests, what `doctor`, `after-restore`
/// and the housekeeping ask now and then, and those that end at the first row of an index. The plan of an
/// INSERT names checks of foreign keys that are skipped while nothing is violated.
const WHOLE: [&str; 9] = [
    "bookings::UNSENT_OR_SENDING",
    "durability::WEAK",
    "items::WRONG_ITEMS",
    "items::WRONG_LINES",
    "jobs::STUCK",
    "orders::INSERT",
    "orders::NUMBER_ENDS",
    "pushes::CLEAN",
    "pushes::LATEST",
];

/// What a plan calls a part of a statement that ends at its own LIMIT, and a table of few rows by
/// its short name.
const BOUNDED: [&str; 6] = ["due", "found", "page", "running", "s", "waiting"];
/// Indexes that hold nothing but what is open.
const OPEN_ONLY: [&str; 3] = ["bookings_unknown", "exceptions_booking", "pushes_waiting"];

fn scans(dialect: Dialect, line: &str) -> bool {
    let table = match dialect {
        Dialect::Sqlite => line.trim().strip_prefix("SCAN "),
        Dialect::Pg => line.split_once("Seq Scan on ").map(|(_, rest)| rest),
    };
    let Some(mut words) = table.map(str::split_whitespace) else {
        return false;
    };
    let (table, index) = (words.next().unwrap_or_default(), words.next_back());
    let is_open_only = index.is_some_and(|index| OPEN_ONLY.contains(&index));
    !(is_open_only || SMALL.contains(&table) || BOUNDED.contains(&table) || table == "CONSTANT")
}

/// What is asked is found by an index, however many orders there are.
#[tokio::test]
async fn no_statement_scans_what_grows() {
    for temporary in Temporary::both().await.unwrap() {
        let dialect = temporary.store.dialect();
        let mut db = temporary.store.read().await.unwrap();
        let mut faults = Vec::new();
        for (module, statements) in MODULES {
            for (name, statement) in *statements {
                let name = format!("{module}::{name}");
                let lines = match dialect {
                    Dialect::Sqlite => plan(&mut db, statement, &[]).await.unwrap(),
                    Dialect::Pg => generic_plan(&mut db, statement).await.unwrap(),
                };
                let bad = lines.iter().any(|line| scans(dialect, line));
                if bad && !WHOLE.contains(&name.as_str()) {
                    faults.push(format!("{name}\n{}", lines.join("\n")));
                }
            }
        }
        assert!(faults.is_empty(), "{dialect:?}\n{}", faults.join("\n\n"));
        drop(db);
        temporary.end().await.unwrap();
    }
}
