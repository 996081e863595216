//! Creates whose outcome nobody knows, and how it is found out.

use super::is_unsupported;
use crate::bench::{Behaviour, Shown, behaviour, ensure, no, ok};
use crate::desk::Desk;
use marketplaces::{ErrorKind, Listing};
use serde_json::json;
use world::Clock;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!("create twice: the first order again", [], first_again),
        behaviour!("create twice: an error is never a no", [], error_again),
        behaviour!("create twice: a second order", [], second),
        behaviour!("create: answered and then forgotten", [], forgotten),
        behaviour!("create: an answer that is lost is unclear", [], lost),
        behaviour!(
            "create: a reason that nobody knows is unclear",
            [],
            unlisted
        ),
        behaviour!("lost answer: found again by the reference", [SearchByReference], found, else no_search),
        behaviour!(
            "an order that searches do not show yet",
            [SearchByReference],
            hidden
        ),
    ]
}

async fn first_again(desk: &Desk) -> Shown {
    let lines = desk.lines(2).await?;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let reference = format!("APTWICE{}", desk.count_there().await);
        let preview = desk.good_preview(&lines).await?;
        desk.knobs(json!({"repeat_reference": "first"})).await;
        let first = ok(desk.create(&reference, &lines, &preview).await, "create")?;
        let again = ok(desk.create(&reference, &lines, &preview).await, "again")?;
        ensure!(
            again.orders[0].number == first.orders[0].number,
            "{again:?}"
        );
        ensure!(desk.there_of(&reference).await.len() == 1, "two orders");
    }
    Ok(())
}

async fn error_again(desk: &Desk) -> Shown {
    let lines = desk.lines(1).await?;
    let preview = desk.good_preview(&lines).await?;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let reference = format!("APTWICE{}", desk.count_there().await);
        desk.knobs(json!({"repeat_reference": "error"})).await;
        ok(desk.create(&reference, &lines, &preview).await, "create")?;
        let again = no(desk.create(&reference, &lines, &preview).await, "again")?;
        ensure!(!again.is_definite(), "there is an order: {again:?}");
    }
    Ok(())
}

async fn second(desk: &Desk) -> Shown {
    let lines = desk.lines(1).await?;
    let preview = desk.good_preview(&lines).await?;
    desk.knobs(json!({"repeat_reference": "second"})).await;
    let first = ok(desk.create("APTWICE", &lines, &preview).await, "create")?;
    let again = ok(desk.create("APTWICE", &lines, &preview).await, "again")?;
    ensure!(
        again.orders[0].number != first.orders[0].number,
        "{again:?}"
    );
    desk.settle().await;
    for made in [first, again] {
        let order = desk.read(&made.orders[0].number).await?;
        ensure!(order.reference.as_deref() == Some("APTWICE"), "{order:?}");
    }
    Ok(())
}

async fn forgotten(desk: &Desk) -> Shown {
    let lines = desk.lines(1).await?;
    let preview = desk.good_preview(&lines).await?;
    desk.fault(json!({"fault": "create_forgotten"})).await;
    let made = ok(desk.create("APGONE", &lines, &preview).await, "create")?;
    desk.settle().await;
    let read = desk
        .market
        .order_read(&desk.caller(), &made.orders[0].number)
        .await;
    let error = no(read, "a forgotten order")?;
    ensure!(error.kind == ErrorKind::NotFound, "{error:?}");
    desk.nothing_made("APGONE").await
}

const LOST: [(&str, usize); 6] = [
    (r#"{"fault": "answer_lost"}"#, 1),
    (r#"{"fault": "body_cut"}"#, 1),
    (r#"{"fault": "garbage"}"#, 1),
    (r#"{"fault": "error_after", "status": 502}"#, 1),
    (r#"{"fault": "error_before", "status": 500}"#, 0),
    (r#"{"fault": "request_lost"}"#, 0),
];

async fn lost(desk: &Desk) -> Shown {
    let lines = desk.lines(2).await?;
    let preview = desk.good_preview(&lines).await?;
    for (round, (fault, made)) in LOST.into_iter().enumerate() {
        let reference = format!("APLOST{round}");
        desk.fault(serde_json::from_str(fault).unwrap()).await;
        let error = no(desk.create(&reference, &lines, &preview).await, fault)?;
        ensure!(error.kind == ErrorKind::Unclear, "{fault}: {error:?}");
        ensure!(!error.is_definite(), "{fault}: {error:?}");
        let there = desk.there_of(&reference).await.len();
        ensure!(there == made, "{fault}: {there} orders");
    }
    Ok(())
}

async fn unlisted(desk: &Desk) -> Shown {
    let lines = desk.lines(1).await?;
    let preview = desk.good_preview(&lines).await?;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        for (code, message) in [("NOBODY_KNOWS", "?"), ("99999", "系统异常"), ("", "")] {
            desk.fault(json!({"fault": "refuse", "code": code, "message": message}))
                .await;
            let error = no(desk.create("APODD", &lines, &preview).await, code)?;
            ensure!(error.kind == ErrorKind::Unclear, "{code}: {error:?}");
        }
    }
    Ok(())
}

async fn found(desk: &Desk) -> Shown {
    let lines = desk.lines(2).await?;
    let preview = desk.good_preview(&lines).await?;
    let forms = (desk.stand.forms)();
    for (round, (fault, made)) in LOST.into_iter().enumerate() {
        desk.form(&forms[round % forms.len()]).await;
        let reference = format!("APLOST{round}");
        desk.fault(serde_json::from_str(fault).unwrap()).await;
        no(desk.create(&reference, &lines, &preview).await, fault)?;
        desk.settle().await;
        let found = desk.found(&reference).await?;
        ensure!(found.len() == made, "{fault}: {found:?}");
        for number in found {
            let order = desk.read(&number).await?;
            ensure!(
                order.reference.as_deref() == Some(reference.as_str()),
                "{order:?}"
            );
        }
    }
    desk.form(&forms[0]).await;
    desk.knobs(json!({"repeat_reference": "second"})).await;
    for _ in 0..2 {
        ok(desk.create("APTWO", &lines, &preview).await, "create")?;
    }
    ensure!(desk.found("APTWO").await?.len() == 2, "both are found");
    // Only the very same reference counts.
    ensure!(
        desk.found("APTW").await?.is_empty(),
        "a part is not the whole"
    );
    Ok(())
}

async fn no_search(desk: &Desk) -> Shown {
    let listing = Listing::Reference("AP".to_owned());
    let answer = desk.market.order_list(&desk.caller(), &listing, 1).await;
    is_unsupported(answer, "searching by reference")
}

async fn hidden(desk: &Desk) -> Shown {
    let lines = desk.lines(1).await?;
    let preview = desk.good_preview(&lines).await?;
    let began = desk.clock.now();
    desk.fault(json!({"fault": "hide_order", "seconds": 600}))
        .await;
    let made = ok(desk.create("APHID", &lines, &preview).await, "create")?;
    desk.settle().await;
    let since = |now| Listing::Created {
        from: began,
        to: now,
    };
    ensure!(desk.found("APHID").await?.is_empty(), "it is hidden");
    ensure!(
        desk.list(&since(desk.clock.now())).await?.is_empty(),
        "it is hidden"
    );
    desk.read(&made.orders[0].number).await?;
    desk.later(601).await;
    let number = &made.orders[0].number;
    ensure!(
        desk.found("APHID").await? == [number.clone()],
        "it shows itself"
    );
    let listed = desk.list(&since(desk.clock.now())).await?;
    ensure!(listed.iter().any(|row| row.number == *number), "{listed:?}");
    Ok(())
}
