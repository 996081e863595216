//! What happens to an order after it was made, and that each step is seen.

use crate::bench::{Behaviour, Shown, behaviour, ensure, no, ok};
use crate::desk::{Desk, basket, text};
use domain::{Fen, PurchaseStatus as P};
use marketplaces::{ErrorKind, Listing, MarketDelivery, MarketError, MarketOrder};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use world::Clock;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!("life: paid, sent, received, completed", [], life),
        behaviour!("deliveries: none yet, then one", [], delivery),
        behaviour!("deliveries: split by lines", [], split_by_lines),
        behaviour!("deliveries: one line in several parcels", [], split_line),
        behaviour!("deliveries: the waybill changes", [], waybill),
        behaviour!("price: changed after booking", [], price),
        behaviour!("closed: one line", [], closed_line),
        behaviour!("closed: not paid in time", [], not_paid),
        behaviour!("refund: asked for, then agreed", [Refunds], refund, else no_refund),
        behaviour!("refund: one line", [Refunds], refund_line),
        behaviour!("a status word that nobody knows", [], odd_word),
        behaviour!("throttling: told as such, and for how long", [], throttled),
    ]
}

async fn paid(desk: &Desk, reference: &str, lines: usize) -> Result<MarketOrder, String> {
    let number = desk.unpaid(reference, lines).await?;
    desk.act(&number, "pay", json!({})).await;
    desk.settle().await;
    desk.read(&number).await
}

async fn parcels(desk: &Desk, number: &str) -> Result<Vec<MarketDelivery>, String> {
    let read = desk.market.deliveries_read(&desk.caller(), number).await;
    ok(read, "read deliveries")
}

fn trackings(list: &[MarketDelivery]) -> BTreeSet<&str> {
    list.iter().map(|parcel| parcel.tracking.as_str()).collect()
}

/// Both reads show the same parcels under the same ids.
async fn same_parcels(desk: &Desk, number: &str) -> Result<MarketOrder, String> {
    let order = desk.read(number).await?;
    let read = parcels(desk, number).await?;
    let ids = |list: &[MarketDelivery]| -> BTreeSet<String> {
        list.iter().map(|parcel| parcel.id.clone()).collect()
    };
    ensure!(
        ids(&read) == ids(&order.deliveries),
        "{read:?} {:?}",
        order.deliveries
    );
    Ok(order)
}

async fn life(desk: &Desk) -> Shown {
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        desk.knobs(json!({"repeat_reference": "second"})).await;
        let order = paid(desk, "APLIFE", 2).await?;
        ensure!(
            order.status == P::PaidToSeller && order.pay_by.is_none(),
            "{order:?}"
        );
        ensure!(
            order.paid.is_some_and(|at| at <= desk.clock.now()),
            "{order:?}"
        );
        let number = &order.number;
        desk.act(number, "ship", json!({})).await;
        let order = desk.read(number).await?;
        ensure!(order.status == P::Sent, "{order:?}");
        ensure!(
            order.lines.iter().all(|line| line.status.is_sent()),
            "{order:?}"
        );
        desk.act(number, "sign", json!({})).await;
        let order = desk.read(number).await?;
        ensure!(matches!(order.status, P::Sent | P::Signed), "{order:?}");
        desk.act(number, "complete", json!({})).await;
        let order = desk.read(number).await?;
        ensure!(order.status == P::Completed, "{order:?}");
    }
    Ok(())
}

async fn delivery(desk: &Desk) -> Shown {
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        desk.knobs(json!({"repeat_reference": "second"})).await;
        let number = desk.unpaid("APSHIP", 1).await?;
        ensure!(
            parcels(desk, &number).await?.is_empty(),
            "nothing is sent yet"
        );
        desk.act(&number, "pay", json!({})).await;
        desk.settle().await;
        ensure!(
            parcels(desk, &number).await?.is_empty(),
            "nothing is sent yet"
        );
        let ship = json!({"company": "ZTO", "tracking": "7551234"});
        desk.act(&number, "ship", ship).await;
        let order = same_parcels(desk, &number).await?;
        ensure!(
            trackings(&order.deliveries) == BTreeSet::from(["7551234"]),
            "{order:?}"
        );
        ensure!(!order.deliveries[0].carrier.is_empty(), "{order:?}");
        let read = parcels(desk, &number).await?;
        ensure!(
            read.len() == 1 && !read[0].raw_status.is_empty(),
            "{read:?}"
        );
        ensure!(read[0].tracking == "7551234", "{read:?}");
    }
    Ok(())
}

async fn split_by_lines(desk: &Desk) -> Shown {
    let order = paid(desk, "APSHIP", 2).await?;
    let (number, lines) = (&order.number, &order.lines);
    let first = json!([{"line": lines[0].line, "quantity": lines[0].quantity}]);
    desk.act(
        number,
        "ship",
        json!({"lines": first, "tracking": "7551234"}),
    )
    .await;
    let order = same_parcels(desk, number).await?;
    ensure!(order.status == P::PartlySent, "{order:?}");
    let status = |of: &MarketOrder, at: usize| {
        let line = of.lines.iter().find(|line| line.line == lines[at].line);
        line.map(|line| line.status)
    };
    ensure!(status(&order, 0) == Some(P::Sent), "{order:?}");
    ensure!(status(&order, 1) == Some(P::PaidToSeller), "{order:?}");
    ensure!(
        order.deliveries[0].lines == [lines[0].line.clone()],
        "{order:?}"
    );
    desk.act(number, "ship", json!({"tracking": "7559999"}))
        .await;
    let order = same_parcels(desk, number).await?;
    ensure!(order.status == P::Sent, "{order:?}");
    for (tracking, line) in [("7551234", &lines[0]), ("7559999", &lines[1])] {
        for list in [&order.deliveries, &parcels(desk, number).await?] {
            let parcel = list.iter().find(|p| p.tracking == tracking);
            let own = parcel.map(|p| p.lines.clone());
            ensure!(own == Some(vec![line.line.clone()]), "{tracking}: {list:?}");
        }
    }
    Ok(())
}

async fn split_line(desk: &Desk) -> Shown {
    let order = paid(desk, "APSHIP", 1).await?;
    let (number, line) = (&order.number, &order.lines[0]);
    let one = json!([{"line": line.line, "quantity": 1}]);
    desk.act(number, "ship", json!({"lines": one, "tracking": "7551234"}))
        .await;
    desk.act(number, "ship", json!({"tracking": "7559999"}))
        .await;
    let order = same_parcels(desk, number).await?;
    ensure!(order.status == P::Sent, "{order:?}");
    for list in [&order.deliveries, &parcels(desk, number).await?] {
        ensure!(
            trackings(list) == BTreeSet::from(["7551234", "7559999"]),
            "{list:?}"
        );
        // Without lines a parcel is of the whole order, which has one.
        let own = list
            .iter()
            .all(|p| p.lines.is_empty() || p.lines == [line.line.clone()]);
        ensure!(own, "{list:?}");
    }
    Ok(())
}

async fn waybill(desk: &Desk) -> Shown {
    let order = paid(desk, "APSHIP", 1).await?;
    let number = &order.number;
    desk.act(number, "ship", json!({"tracking": "7551234"}))
        .await;
    let there = desk.there(number).await;
    let id = &there["deliveries"][0]["id"];
    let change = json!({"delivery": id, "tracking": "7550000", "company": "SF"});
    desk.act(number, "tracking", change).await;
    let order = same_parcels(desk, number).await?;
    ensure!(
        trackings(&order.deliveries) == BTreeSet::from(["7550000"]),
        "{order:?}"
    );
    Ok(())
}

async fn price(desk: &Desk) -> Shown {
    let number = desk.unpaid("APPRICE", 2).await?;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let before = desk.read(&number).await?;
        desk.clock.advance_seconds(1);
        desk.act(&number, "price", json!({"discount_fen": -7}))
            .await;
        let order = desk.read(&number).await?;
        ensure!(order.total.0 == before.total.0 - 7, "{before:?} {order:?}");
        ensure!(
            order.goods.0 + order.freight.0 == order.total.0,
            "{order:?}"
        );
        ensure!(order.modified > before.modified, "{order:?}");
        ensure!(order.status == P::ToPay, "{order:?}");
    }
    desk.act(&number, "price", json!({"freight_fen": 1_234}))
        .await;
    let order = desk.read(&number).await?;
    ensure!(order.freight == Fen(1_234), "{order:?}");
    Ok(())
}

async fn closed_line(desk: &Desk) -> Shown {
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        desk.knobs(json!({"repeat_reference": "second"})).await;
        let number = desk.unpaid("APLINE", 2).await?;
        let before = desk.read(&number).await?;
        desk.act(&number, "close", json!({"line": before.lines[0].line}))
            .await;
        let order = desk.read(&number).await?;
        ensure!(order.status == P::ToPay, "{order:?}");
        let status: Vec<P> = order.lines.iter().map(|line| line.status).collect();
        ensure!(status == [P::Closed, P::ToPay], "{order:?}");
        ensure!(order.total < before.total, "{order:?}");
        ensure!(
            order.goods.0 + order.freight.0 == order.total.0,
            "{order:?}"
        );
    }
    Ok(())
}

async fn not_paid(desk: &Desk) -> Shown {
    desk.knobs(json!({"pay_timeout_s": 900})).await;
    let number = desk.unpaid("APFORGOT", 1).await?;
    let by = desk
        .read(&number)
        .await?
        .pay_by
        .ok_or("no time to pay by")?;
    let left = by.seconds_since(desk.clock.now());
    ensure!((0..=900).contains(&left), "{left} s to pay");
    desk.later(901).await;
    let order = desk.read(&number).await?;
    ensure!(
        order.status == P::Closed && order.close_reason.is_some(),
        "{order:?}"
    );
    Ok(())
}

/// Opens a refund as the buyer would on the site; its id.
async fn open_refund(desk: &Desk, number: &str, lines: Value) -> String {
    desk.act(number, "refund", lines).await;
    let there = desk.there(number).await;
    text(&there["refunds"][0]["id"])
}

async fn refund(desk: &Desk) -> Shown {
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        desk.knobs(json!({"repeat_reference": "second"})).await;
        let number = paid(desk, "APBACK", 1).await?.number;
        let id = open_refund(desk, &number, json!({"step": "open"})).await;
        let order = desk.read(&number).await?;
        ensure!(order.raw_refund.is_some(), "{order:?}");
        ensure!(
            !order.lines[0].refunded && order.refunded == Fen(0),
            "{order:?}"
        );
        desk.act(&number, "refund", json!({"refund": id, "step": "agree"}))
            .await;
        desk.settle().await;
        let order = desk.read(&number).await?;
        ensure!(order.lines[0].refunded, "{order:?}");
        ensure!(
            order.refunded.0 > 0 && order.refunded <= order.total,
            "{order:?}"
        );
    }
    Ok(())
}

/// Where refunds are not claimed to be read, none is told.
async fn no_refund(desk: &Desk) -> Shown {
    let number = paid(desk, "APBACK", 1).await?.number;
    open_refund(desk, &number, json!({})).await;
    let order = desk.read(&number).await?;
    let told = order.raw_refund.is_some() || order.lines.iter().any(|line| line.refunded);
    ensure!(!told, "refunds are read after all: {order:?}");
    Ok(())
}

async fn refund_line(desk: &Desk) -> Shown {
    let order = paid(desk, "APBACK", 2).await?;
    let line = order.lines[1].line.clone();
    open_refund(desk, &order.number, json!({"line": line})).await;
    let order = desk.read(&order.number).await?;
    for own in &order.lines {
        ensure!(own.refunded == (own.line == line), "{order:?}");
    }
    Ok(())
}

async fn odd_word(desk: &Desk) -> Shown {
    let from = desk.clock.now();
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        desk.knobs(json!({"repeat_reference": "second"})).await;
        let number = desk.unpaid("APODD", 2).await?;
        desk.act(&number, "status", json!({"word": "waiting_for_godot"}))
            .await;
        let order = desk.read(&number).await?;
        ensure!(order.status == P::Unknown, "{order:?}");
        ensure!(order.raw_status == "waiting_for_godot", "{order:?}");
        let rows = desk
            .list(&Listing::Modified {
                from,
                to: desk.clock.now(),
            })
            .await?;
        let row = rows
            .iter()
            .find(|row| row.number == number)
            .ok_or("not listed")?;
        ensure!(row.raw_status == "waiting_for_godot", "{row:?}");
    }
    Ok(())
}

async fn throttled(desk: &Desk) -> Shown {
    let number = desk.unpaid("APBUSY", 1).await?;
    let lines = desk.lines(1).await?;
    let listing = Listing::Modified {
        from: desk.clock.now(),
        to: desk.clock.now(),
    };
    let is_throttled = |what: &str, error: Option<MarketError>| -> Shown {
        let error = error.ok_or_else(|| format!("{what} went through"))?;
        let ErrorKind::Throttled { next } = error.kind else {
            return Err(format!("{what}: {error:?}"));
        };
        let hour = desk.clock.now().plus_seconds(3_600);
        let sound = next.is_none_or(|at| desk.clock.now() <= at && at <= hour);
        ensure!(sound, "{what}: {next:?}");
        Ok(())
    };
    let market = &desk.market;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        desk.knobs(json!({"faults": [{"fault": "throttle", "next": null}]}))
            .await;
        let caller = desk.caller();
        let error = market.order_read(&caller, &number).await.err();
        is_throttled("a read", error)?;
        let error = market.order_list(&caller, &listing, 1).await.err();
        is_throttled("a list", error)?;
        let error = market.offer_read(&caller, &lines[0].item).await.err();
        is_throttled("an offer", error)?;
        let error = market.order_preview(&caller, &basket(&lines)).await.err();
        is_throttled("a preview", error)?;
        let error = market.deliveries_read(&caller, &number).await.err();
        is_throttled("deliveries", error)?;
        if market.capabilities().cancel {
            let error = market
                .order_cancel(&caller, &number, desk.permit())
                .await
                .err();
            is_throttled("a cancel", error)?;
        }
    }
    // By counting calls: the second within a second is one too many, and waiting helps.
    desk.knobs(json!({"reset": true, "per_second_app": 1}))
        .await;
    desk.later(2).await;
    desk.read(&number).await?;
    let error = no(market.order_read(&desk.caller(), &number).await, "too soon")?;
    let next = match &error.kind {
        ErrorKind::Throttled { next } => next.unwrap_or(desk.clock.now().plus_seconds(1)),
        _ => return Err(format!("{error:?}")),
    };
    desk.clock
        .advance_micros((next.0 - desk.clock.now().0).max(1_000_000));
    desk.read(&number).await?;
    Ok(())
}
