//! Listings, and whose orders they show.

use crate::bench::{Behaviour, Shown, behaviour, ensure, no, ok};
use crate::desk::{Desk, text};
use marketplaces::{ErrorKind, Listing};
use secrecy::SecretString;
use serde_json::json;
use std::collections::BTreeSet;
use world::{Clock, Timestamp};

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!(
            "list by time: every order once, whatever the page",
            [],
            pages
        ),
        behaviour!("list by time: both ends belong to it", [], ends),
        behaviour!("list by time: orders move between pages", [], moving),
        behaviour!("orders of other accounts are not shown", [], others),
        behaviour!("an order is read by its other numbers", [ReadsOtherNumbers], other_numbers, else only_listed),
    ]
}

const ORDERS: usize = 45;

fn modified(from: Timestamp, to: Timestamp) -> Listing {
    Listing::Modified { from, to }
}

async fn pages(desk: &Desk) -> Shown {
    let from = desk.clock.now();
    let made: BTreeSet<String> = desk.by_hand(ORDERS).await.into_iter().collect();
    let to = desk.clock.now();
    let mut knobs = (desk.stand.forms)();
    knobs.extend([json!({"max_page_size": 20}), json!({"max_page_size": 7})]);
    for knobs in knobs {
        desk.form(&knobs).await;
        for listing in [modified(from, to), Listing::Created { from, to }] {
            let rows = desk.list(&listing).await?;
            let seen: BTreeSet<String> = rows.iter().map(|row| row.number.clone()).collect();
            ensure!(
                rows.len() == ORDERS && seen == made,
                "{knobs}: {} rows",
                rows.len()
            );
            let told = rows.iter().all(|row| {
                row.modified.is_some() && row.created.is_some() && !row.raw_status.is_empty()
            });
            ensure!(told, "{rows:?}");
        }
        // Rows that come twice are no harm; none may be missing.
        desk.knobs(json!({"page_shift": -1})).await;
        let rows = desk.list(&modified(from, to)).await?;
        let seen: BTreeSet<String> = rows.into_iter().map(|row| row.number).collect();
        ensure!(seen == made, "{knobs}: {} of {ORDERS}", seen.len());
    }
    Ok(())
}

async fn ends(desk: &Desk) -> Shown {
    let numbers = desk.by_hand(3).await;
    let order = desk.read(&numbers[1]).await?;
    let at = order.created.ok_or("no creation")?;
    for listing in [Listing::Created { from: at, to: at }, modified(at, at)] {
        let rows = desk.list(&listing).await?;
        let found: Vec<&String> = rows.iter().map(|row| &row.number).collect();
        ensure!(found == [&numbers[1]], "{listing:?}: {rows:?}");
        ensure!(rows[0].created == Some(at), "{rows:?}");
        ensure!(rows[0].reference == order.reference, "{rows:?}");
    }
    Ok(())
}

/// While pages are read, orders on both sides of the page change and move. Whoever begins anew when a
/// total changes, as synchronization does, and looks next at what changed since, misses none.
async fn moving(desk: &Desk) -> Shown {
    let from = desk.clock.now();
    let made = desk.by_hand(ORDERS).await;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        desk.knobs(json!({"max_page_size": 10})).await;
        let began = desk.clock.now();
        let listing = modified(from, began);
        let (mut seen, mut page, mut total, mut steps) = (BTreeSet::new(), 1, None, 0);
        loop {
            steps += 1;
            ensure!(steps < 60, "it never stands still");
            let told = desk.market.order_list(&desk.caller(), &listing, page).await;
            let told = ok(told, "list")?;
            seen.extend(told.orders.into_iter().map(|row| row.number));
            if steps <= 2 {
                desk.clock.advance_seconds(1);
                for at in [2, ORDERS / 2, ORDERS - 2] {
                    let number = &made[(at + steps) % ORDERS];
                    desk.act(number, "price", json!({"discount_fen": -steps_fen(steps)}))
                        .await;
                }
            }
            let is_moved = page > 1 && total.is_some() && told.total != total;
            total = told.total;
            if is_moved {
                page = 1;
            } else if told.more {
                page += 1;
            } else {
                break;
            }
        }
        let later = desk.list(&modified(began, desk.clock.now())).await?;
        ensure!(later.len() >= 3, "what changed is listed: {later:?}");
        seen.extend(later.into_iter().map(|row| row.number));
        let missing: Vec<_> = made
            .iter()
            .filter(|number| !seen.contains(*number))
            .collect();
        ensure!(missing.is_empty(), "missing: {missing:?}");
    }
    Ok(())
}

fn steps_fen(steps: usize) -> i64 {
    i64::try_from(steps).unwrap_or(1)
}

async fn others(desk: &Desk) -> Shown {
    let from = desk.clock.now();
    let number = desk.unpaid("APMINE", 1).await?;
    let accounts = desk.accounts().await;
    let other = accounts.iter().find(|a| text(&a["account"]) != desk.login);
    let other = other.ok_or("there is one account only")?;
    let given = desk.control("POST", "authorize", json!({"account": other["account"]}));
    let access = SecretString::from(text(&given.await["access_token"]));
    let caller = desk.caller_with(&access);
    for number in [number.as_str(), desk.stand.nobodys_order] {
        let error = no(desk.market.order_read(&caller, number).await, "read")?;
        ensure!(error.kind == ErrorKind::NotFound, "{error:?}");
        let error = no(
            desk.market.deliveries_read(&caller, number).await,
            "parcels",
        )?;
        ensure!(error.kind == ErrorKind::NotFound, "{error:?}");
    }
    let listing = modified(from, desk.clock.now());
    let page = ok(desk.market.order_list(&caller, &listing, 1).await, "list")?;
    ensure!(page.orders.is_empty(), "{page:?}");
    Ok(())
}

async fn other_numbers(desk: &Desk) -> Shown {
    let number = desk.unpaid("APNUMBERS", 1).await?;
    let order = desk.read(&number).await?;
    ensure!(!order.other_numbers.is_empty(), "there are none: {order:?}");
    for other in &order.other_numbers {
        ensure!(desk.read(other).await?.number == number, "{other}");
    }
    Ok(())
}

/// Where they do not serve for reading, they are found in listings.
async fn only_listed(desk: &Desk) -> Shown {
    let from = desk.clock.now();
    let number = desk.unpaid("APNUMBERS", 1).await?;
    let order = desk.read(&number).await?;
    let rows = desk.list(&modified(from, desk.clock.now())).await?;
    for other in &order.other_numbers {
        let answer = desk.market.order_read(&desk.caller(), other).await;
        no(answer, "a number that is claimed not to serve")?;
        let listed = rows
            .iter()
            .any(|row| row.number == number && row.other_numbers.contains(other));
        ensure!(listed, "{other} in {rows:?}");
    }
    Ok(())
}
