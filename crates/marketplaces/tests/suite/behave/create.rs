//! Creates that are answered.

use crate::bench::{Behaviour, Shown, behaviour, ensure, no, ok};
use crate::desk::{Desk, text};
use domain::{Fen, PurchaseStatus, VerdictKind};
use marketplaces::{ErrorKind, MarketOrder, OrderLine};
use serde_json::json;
use std::collections::BTreeSet;
use world::{Clock, Timestamp};

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!("create: what was ordered is what stands there", [], create),
        behaviour!(
            "create: refused before execution, nothing made",
            [],
            before_execution
        ),
        behaviour!("create: an allowance used up, nothing made", [], limits),
        behaviour!("create: a price that rose meanwhile", [], dearer),
        behaviour!("create: several orders of one call", [SplitOrders], split, else not_split),
        behaviour!("create: a line that cannot be had", [], partial),
        behaviour!("building: followed to its end", [AsynchronousCreate], building, else at_once),
        behaviour!(
            "building: a line that fails meanwhile",
            [AsynchronousCreate],
            fails_building
        ),
    ]
}

/// The goods of an order line, as a line of the basket names them to orders.
fn goods_of(line: &OrderLine) -> (String, Option<String>, i64) {
    match &line.orderable {
        Some(own) => (own.item.clone(), own.specification.clone(), line.quantity),
        None => (line.item.clone(), line.specification.clone(), line.quantity),
    }
}

fn goods(lines: &[OrderLine]) -> BTreeSet<(String, Option<String>, i64)> {
    lines.iter().map(goods_of).collect()
}

fn bought(order: &MarketOrder) -> BTreeSet<(String, Option<String>, i64)> {
    order
        .lines
        .iter()
        .map(|l| (l.item.clone(), l.specification.clone(), l.quantity))
        .collect()
}

async fn create(desk: &Desk) -> Shown {
    let lines = desk.lines(2).await?;
    for (round, form) in (desk.stand.forms)().iter().enumerate() {
        desk.form(form).await;
        let reference = format!("APABCDEFGHIJKLMNOPQRSTUVWXY{round}");
        let preview = desk.good_preview(&lines).await?;
        ensure!(preview.freight.0 > 0, "without freight little is proved");
        let began = desk.clock.now();
        let made = ok(desk.create(&reference, &lines, &preview).await, "create")?;
        ensure!(made.failed.is_empty() && made.orders.len() == 1, "{made:?}");
        let told = made.orders[0].total;
        ensure!(
            told.is_none_or(|fen| fen == preview.total),
            "{told:?} {preview:?}"
        );
        desk.settle().await;
        let order = desk.read(&made.orders[0].number).await?;
        ensure!(
            order.reference.as_deref() == Some(reference.as_str()),
            "{order:?}"
        );
        let account = order.account.as_ref();
        ensure!(
            account.is_none_or(|account| *account == desk.account),
            "{order:?}"
        );
        ensure!(order.status == PurchaseStatus::ToPay, "{order:?}");
        let sums = (order.total, order.goods, order.freight);
        ensure!(
            sums == (preview.total, preview.goods, preview.freight),
            "{sums:?} {preview:?}"
        );
        ensure!(bought(&order) == goods(&lines), "{order:?}");
        let amounts: i64 = order.lines.iter().map(|line| line.amount.0).sum();
        ensure!(amounts == order.goods.0, "{order:?}");
        ensure!(
            order.created.map(Timestamp::millis) == Some(began.millis()),
            "{order:?}"
        );
        ensure!(
            order.pay_by.is_some_and(|by| by > desk.clock.now()),
            "{order:?}"
        );
        let there = desk.there(&order.number).await;
        ensure!(text(&there["message"]) == "请尽快发货", "{there}");
        ensure!(
            there["total_fen"] == json!(order.total.0),
            "{there} {order:?}"
        );
        let pages = desk.market.order_url(&desk.addresses, &order.number);
        let page = pages.ok_or("no page for people")?;
        let read = desk.market.order_numbers_from_text(page.as_str());
        ensure!(read == [Ok(order.number.clone())], "{page}: {read:?}");
    }
    Ok(())
}

async fn before_execution(desk: &Desk) -> Shown {
    let lines = desk.lines(1).await?;
    let preview = desk.good_preview(&lines).await?;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        desk.fault(json!({"fault": "throttle"})).await;
        let error = no(desk.create("APNO", &lines, &preview).await, "throttled")?;
        ensure!(
            matches!(error.kind, ErrorKind::Throttled { .. }),
            "{error:?}"
        );
        desk.knobs(json!({"faults": [], "denied_apis": [desk.stand.create_api]}))
            .await;
        let error = no(desk.create("APNO", &lines, &preview).await, "denied")?;
        ensure!(error.kind == ErrorKind::Permission, "{error:?}");
        desk.knobs(json!({"denied_apis": []})).await;
    }
    desk.fault(json!({"fault": "token_expired"})).await;
    let error = no(desk.create("APNO", &lines, &preview).await, "expired")?;
    ensure!(error.kind == ErrorKind::Token, "{error:?}");
    desk.nothing_made("APNO").await
}

async fn limits(desk: &Desk) -> Shown {
    let lines = desk.lines(1).await?;
    let preview = desk.good_preview(&lines).await?;
    for form in (desk.stand.forms)() {
        for (knob, wanted, ends) in [
            ("daily_order_limit", "orders_per_day", true),
            ("unpaid_order_limit", "unpaid_orders", false),
        ] {
            desk.form(&form).await;
            desk.knobs(json!({knob: 0})).await;
            let error = no(desk.create("APNO", &lines, &preview).await, knob)?;
            let ErrorKind::Limit { limit, next } = &error.kind else {
                return Err(format!("{knob}: {error:?}"));
            };
            ensure!(limit == wanted, "{error:?}");
            let told = next.is_some_and(|at| at > desk.clock.now());
            ensure!(told == ends, "{knob}: {next:?}");
        }
    }
    desk.nothing_made("APNO").await
}

/// Either the marketplace refuses what is dearer than planned, or the answer and the order tell the
/// price that it now has.
async fn dearer(desk: &Desk) -> Shown {
    let lines = desk.lines(1).await?;
    let preview = desk.good_preview(&lines).await?;
    desk.fault(json!({"fault": "price_change", "percent": 50}))
        .await;
    match desk.create("APDEAR", &lines, &preview).await {
        Ok(made) => {
            desk.settle().await;
            let order = desk.read(&made.orders[0].number).await?;
            let told = made.orders[0].total.unwrap_or(order.total);
            ensure!(
                told == order.total && told > preview.total,
                "{made:?} {order:?}"
            );
        }
        Err(error) => {
            let kind = match &error.kind {
                ErrorKind::Refused(verdict) => verdict.kind,
                _ => VerdictKind::Ok,
            };
            ensure!(kind == VerdictKind::PriceChanged, "{error:?}");
            desk.nothing_made("APDEAR").await?;
        }
    }
    Ok(())
}

async fn split(desk: &Desk) -> Shown {
    let lines = desk.lines(2).await?;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        desk.knobs(json!({"split_orders": 2})).await;
        let reference = format!("APSPLIT{}", desk.count_there().await);
        let preview = desk.good_preview(&lines).await?;
        let made = ok(desk.create(&reference, &lines, &preview).await, "create")?;
        desk.settle().await;
        ensure!(made.orders.len() == 2, "{made:?}");
        let (mut all, mut total) = (BTreeSet::new(), Fen(0));
        for one in &made.orders {
            let order = desk.read(&one.number).await?;
            ensure!(
                order.reference.as_deref() == Some(reference.as_str()),
                "{order:?}"
            );
            ensure!(
                one.total.is_none_or(|fen| fen == order.total),
                "{one:?} {order:?}"
            );
            all.extend(bought(&order));
            total = total.plus(order.total).unwrap_or_default();
        }
        ensure!(all == goods(&lines), "{all:?}");
        ensure!(desk.there_of(&reference).await.len() == 2, "{made:?}");
        // Each order has a freight of its own; whoever previews a split is told so.
        let same = preview.orders < 2 || total == preview.total;
        ensure!(same, "{total:?} {preview:?}");
    }
    Ok(())
}

async fn not_split(desk: &Desk) -> Shown {
    desk.knobs(json!({"split_orders": 2})).await;
    let lines = desk.lines(2).await?;
    let made = desk.book("APWHOLE", &lines).await?;
    ensure!(made.orders.len() == 1, "{made:?}");
    Ok(())
}

/// Whether it is left out of the answer or closes behind it, a line that fails is named exactly, and
/// the other lives.
async fn partial(desk: &Desk) -> Shown {
    let lines = desk.lines(2).await?;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let reference = format!("APFAIL{}", desk.count_there().await);
        let preview = desk.good_preview(&lines).await?;
        desk.fault(json!({"fault": "line_fails"})).await;
        let made = ok(desk.create(&reference, &lines, &preview).await, "create")?;
        desk.settle().await;
        let mut failed: BTreeSet<(String, Option<String>)> = BTreeSet::new();
        for line in &made.failed {
            ensure!(line.verdict.kind == VerdictKind::OutOfStock, "{line:?}");
            failed.insert((line.item.clone(), line.specification.clone()));
        }
        let mut alive = BTreeSet::new();
        for one in &made.orders {
            for line in desk.read(&one.number).await?.lines {
                let goods = (line.item.clone(), line.specification.clone());
                if line.status == PurchaseStatus::Closed {
                    failed.insert(goods);
                } else {
                    alive.insert(goods);
                }
            }
        }
        let name = |line: &OrderLine| {
            let (item, specification, _) = goods_of(line);
            (item, specification)
        };
        ensure!(
            failed == BTreeSet::from([name(&lines[0])]),
            "failed: {failed:?}"
        );
        ensure!(
            alive == BTreeSet::from([name(&lines[1])]),
            "alive: {alive:?}"
        );
    }
    Ok(())
}

async fn building(desk: &Desk) -> Shown {
    let lines = desk.lines(2).await?;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let made = desk
            .book(&format!("APBUILD{}", desk.count_there().await), &lines)
            .await?;
        ensure!(made.building, "{made:?}");
        let number = &made.orders[0].number;
        let order = desk.read(number).await?;
        ensure!(order.status == PurchaseStatus::Building, "{order:?}");
        ensure!(order.pay_by.is_none(), "{order:?}");
        desk.settle().await;
        let order = desk.read(number).await?;
        ensure!(order.status == PurchaseStatus::ToPay, "{order:?}");
        let open = order
            .lines
            .iter()
            .all(|l| l.status == PurchaseStatus::ToPay);
        ensure!(open && order.pay_by.is_some(), "{order:?}");
    }
    Ok(())
}

async fn at_once(desk: &Desk) -> Shown {
    let made = desk.book("APNOW", &desk.lines(2).await?).await?;
    ensure!(!made.building, "{made:?}");
    let order = desk.read(&made.orders[0].number).await?;
    ensure!(order.status == PurchaseStatus::ToPay, "{order:?}");
    Ok(())
}

async fn fails_building(desk: &Desk) -> Shown {
    let lines = desk.lines(2).await?;
    let preview = desk.good_preview(&lines).await?;
    desk.fault(json!({"fault": "line_fails"})).await;
    let made = ok(desk.create("APHALF", &lines, &preview).await, "create")?;
    let number = &made.orders[0].number;
    let order = desk.read(number).await?;
    let building = order
        .lines
        .iter()
        .all(|l| l.status == PurchaseStatus::Building);
    ensure!(building && made.failed.is_empty(), "{made:?} {order:?}");
    desk.settle().await;
    let order = desk.read(number).await?;
    let count = |status| order.lines.iter().filter(|l| l.status == status).count();
    let (closed, open) = (count(PurchaseStatus::Closed), count(PurchaseStatus::ToPay));
    ensure!((closed, open) == (1, 1), "{order:?}");
    ensure!(order.status == PurchaseStatus::ToPay, "{order:?}");
    ensure!(order.close_reason.is_some(), "why? {order:?}");
    let left: i64 = preview.total.0;
    ensure!(order.total.0 < left && order.total.0 > 0, "{order:?}");
    Ok(())
}
