//! Messages that the marketplace posts to us.

use crate::bench::{Behaviour, Shown, behaviour, ensure};
use crate::desk::Desk;
use domain::PurchaseStatus;
use http::HeaderMap;
use marketplaces::{AppKey, Listing, PushHint, PushRefusal, PushRequest};
use sandbox::PushDelivery;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use world::Clock;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!("push: verified, and hints at its order", [Push], verified, else refused),
        behaviour!("push: replayed, and known again", [Push], replayed),
        behaviour!("push: out of order, the read tells", [Push], reordered),
        behaviour!("push: lost, found by listing", [Push], lost),
        behaviour!("push: forged in any way, refused", [Push], forged),
    ]
}

async fn listen(desk: &Desk) {
    let here = json!({"url": "http://127.0.0.1:9999/push"});
    desk.control("PUT", "push", here).await;
}

fn head(delivery: &PushDelivery) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &delivery.headers {
        headers.insert(*name, value.parse().unwrap());
    }
    headers
}

fn read_with(
    desk: &Desk,
    apps: &[AppKey],
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(usize, Vec<PushHint>), PushRefusal> {
    let kind = headers
        .get("content-type")
        .map(|value| value.to_str().unwrap());
    let push = PushRequest {
        content_type: kind.unwrap_or_default(),
        headers,
        body,
    };
    desk.market.push_read(apps, push)
}

fn other_app() -> AppKey {
    AppKey {
        key: "2".to_owned(),
        secret: SecretString::from("another"),
    }
}

/// Reads a genuine message; ours is the second of two apps.
fn hints(desk: &Desk, delivery: &PushDelivery) -> Result<Vec<PushHint>, String> {
    let apps = [other_app(), desk.app.clone()];
    match read_with(desk, &apps, &head(delivery), delivery.body.as_bytes()) {
        Ok((1, hints)) => Ok(hints),
        other => Err(format!("{other:?}: {}", delivery.body)),
    }
}

/// An order with everything happening to it; all its messages, as they came.
async fn story(desk: &Desk) -> Result<(String, Vec<PushDelivery>), String> {
    listen(desk).await;
    let lines = desk.lines(1).await?;
    let made = desk.book("APPUSH", &lines).await?;
    let number = made.orders[0].number.clone();
    let mut came = desk.settle().await;
    came.extend(desk.later(2).await);
    for (action, body) in [
        ("price", json!({"discount_fen": -1})),
        ("pay", json!({})),
        ("ship", json!({"tracking": "7551234"})),
    ] {
        desk.act(&number, action, body).await;
        came.extend(desk.later(2).await);
    }
    ensure!(came.len() >= 3, "{} messages", came.len());
    Ok((number, came))
}

async fn verified(desk: &Desk) -> Shown {
    let (number, came) = story(desk).await?;
    for delivery in &came {
        for hint in hints(desk, delivery)? {
            ensure!(hint.orders == [number.clone()], "{hint:?}");
            ensure!(
                hint.account.as_deref() == Some(desk.account.as_str()),
                "{hint:?}"
            );
            let age = hint.born.map(|at| desk.clock.now().seconds_since(at));
            ensure!(age.is_some_and(|age| (0..120).contains(&age)), "{hint:?}");
            ensure!(
                !hint.message.is_empty() && !hint.topic.is_empty(),
                "{hint:?}"
            );
        }
    }
    Ok(())
}

/// Where messages are not claimed, none is accepted.
async fn refused(desk: &Desk) -> Shown {
    let (_, came) = story(desk).await?;
    for delivery in &came {
        ensure!(
            hints(desk, delivery).is_err(),
            "accepted: {}",
            delivery.body
        );
    }
    Ok(())
}

async fn replayed(desk: &Desk) -> Shown {
    let (_, came) = story(desk).await?;
    let mut names = BTreeMap::new();
    for delivery in &came {
        let first = hints(desk, delivery)?;
        ensure!(
            hints(desk, delivery)? == first,
            "the same bytes, another message"
        );
        for hint in first {
            let body = names.entry(hint.message.clone()).or_insert(&delivery.body);
            ensure!(*body == &delivery.body, "two messages, one name: {hint:?}");
        }
    }
    // The marketplace itself sends one twice.
    desk.knobs(json!({"push_double": true})).await;
    let number = desk.by_hand(1).await.remove(0);
    desk.act(&number, "close", json!({})).await;
    let mut twice = desk.later(2).await;
    twice.extend(desk.later(2).await);
    let mut seen = Vec::new();
    for delivery in &twice {
        seen.extend(hints(desk, delivery)?.into_iter().map(|hint| hint.message));
    }
    let different: BTreeSet<&String> = seen.iter().collect();
    ensure!(
        seen.len() >= 2 * different.len() && !seen.is_empty(),
        "{seen:?}"
    );
    Ok(())
}

async fn reordered(desk: &Desk) -> Shown {
    let (number, mut came) = story(desk).await?;
    came.reverse();
    for delivery in &came {
        for hint in hints(desk, delivery)? {
            for order in &hint.orders {
                let order = desk.read(order).await?;
                ensure!(order.number == number, "{order:?}");
                ensure!(order.status == PurchaseStatus::Sent, "{order:?}");
            }
        }
    }
    Ok(())
}

async fn lost(desk: &Desk) -> Shown {
    listen(desk).await;
    let number = desk.unpaid("APLOST", 1).await?;
    desk.later(2).await;
    let from = desk.clock.now();
    desk.knobs(json!({"push_drop": true})).await;
    desk.act(&number, "pay", json!({})).await;
    let came = desk.later(60).await;
    ensure!(came.is_empty(), "nothing comes: {came:?}");
    let rows = desk
        .list(&Listing::Modified {
            from,
            to: desk.clock.now(),
        })
        .await?;
    ensure!(rows.iter().any(|row| row.number == number), "{rows:?}");
    let order = desk.read(&number).await?;
    ensure!(order.status == PurchaseStatus::PaidToSeller, "{order:?}");
    Ok(())
}

async fn forged(desk: &Desk) -> Shown {
    let (_, came) = story(desk).await?;
    let ours = [desk.app.clone()];
    let wrong = AppKey {
        key: desk.app.key.clone(),
        secret: SecretString::from(format!("{}x", desk.app.secret.expose_secret())),
    };
    for delivery in &came {
        let (headers, body) = (head(delivery), delivery.body.as_bytes());
        let refusal = read_with(desk, &[wrong.clone(), other_app()], &headers, body);
        ensure!(refusal == Err(PushRefusal::Signature), "{refusal:?}");
        ensure!(
            read_with(desk, &[], &headers, body).is_err(),
            "no app at all"
        );
        for at in (0..body.len()).step_by(3) {
            let mut changed = body.to_vec();
            changed[at] ^= 1;
            let answer = read_with(desk, &ours, &headers, &changed);
            ensure!(answer.is_err(), "byte {at} changed: {answer:?}");
        }
        let cut = read_with(desk, &ours, &headers, &body[..body.len() - 1]);
        ensure!(cut.is_err(), "cut: {cut:?}");
        let longer = [body, b" "].concat();
        let longer = read_with(desk, &ours, &headers, &longer);
        // What stands behind the end may be no part of the message, but it changes nothing in it.
        let whole = read_with(desk, &ours, &headers, body);
        ensure!(longer.is_err() || longer == whole, "longer: {longer:?}");
    }
    // The signature of one message on another: in the head, or in the body in place of its own.
    for (one, other) in came.iter().zip(came.iter().skip(1)) {
        if one.body != other.body && one.headers.len() > 1 {
            let answer = read_with(desk, &ours, &head(one), other.body.as_bytes());
            ensure!(answer.is_err(), "a borrowed signature: {answer:?}");
        }
    }
    for body in ["", "{}", "[]", "message=%7B%7D", "\u{0}"] {
        let answer = read_with(desk, &ours, &HeaderMap::new(), body.as_bytes());
        ensure!(answer == Err(PushRefusal::Signature), "{body}: {answer:?}");
    }
    Ok(())
}
