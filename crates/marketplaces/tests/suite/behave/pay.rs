//! The way to the cashier, and paying through the interface.

use super::is_unsupported;
use crate::bench::{Behaviour, Shown, behaviour, ensure, no, ok};
use crate::desk::Desk;
use domain::PurchaseStatus;
use marketplaces::{ErrorKind, MarketError, PayAccepted};
use serde_json::json;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!("pay link: as many orders as stated, not one more", [PayLink], link, else no_link),
        behaviour!(
            "pay link: orders that it does not cover",
            [PayLink],
            link_in_part
        ),
        behaviour!("pay by API: as many orders as stated, not one more", [PayByApi], pay, else no_pay),
        behaviour!(
            "pay by API: refused for some of the orders",
            [PayByApi],
            pay_in_part
        ),
        behaviour!("pay by API: a lost answer", [PayByApi], pay_lost),
    ]
}

fn most(claimed: Option<u32>) -> usize {
    claimed.and_then(|n| usize::try_from(n).ok()).unwrap_or(1)
}

async fn link(desk: &Desk) -> Shown {
    let most = most(desk.market.capabilities().pay_link_orders);
    let mut numbers = desk.by_hand(most + 1).await;
    let before = desk.sent();
    let answer = desk.market.pay_link(&desk.caller(), &numbers).await;
    let error = no(answer, "one order too many")?;
    ensure!(error.is_definite() && desk.sent() == before, "{error:?}");
    numbers.pop();
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let link = ok(desk.market.pay_link(&desk.caller(), &numbers).await, "all")?;
        ensure!(link.excluded.is_empty(), "{link:?}");
        ensure!(
            link.url.origin() == desk.addresses.site.origin(),
            "{link:?}"
        );
    }
    Ok(())
}

async fn no_link(desk: &Desk) -> Shown {
    let numbers = desk.by_hand(1).await;
    let answer = desk.market.pay_link(&desk.caller(), &numbers).await;
    is_unsupported(answer, "a link to pay")
}

async fn link_in_part(desk: &Desk) -> Shown {
    let numbers = desk.by_hand(3).await;
    let paid = numbers[1].clone();
    desk.act(&paid, "pay", json!({})).await;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let link = ok(
            desk.market.pay_link(&desk.caller(), &numbers).await,
            "in part",
        )?;
        ensure!(link.excluded == [paid.clone()], "{link:?}");
        let answer = desk.market.pay_link(&desk.caller(), &numbers[1..2]).await;
        let error = no(answer, "nothing left to pay")?;
        ensure!(matches!(error.kind, ErrorKind::Refused(_)), "{error:?}");
    }
    Ok(())
}

async fn pay_for(desk: &Desk, numbers: &[String]) -> Result<PayAccepted, MarketError> {
    let once = desk.permit();
    desk.market.order_pay(&desk.caller(), numbers, once).await
}

async fn is_paid(desk: &Desk, number: &str) -> Shown {
    let order = desk.read(number).await?;
    ensure!(order.status == PurchaseStatus::PaidToSeller, "{order:?}");
    ensure!(order.paid.is_some() && order.pay_by.is_none(), "{order:?}");
    Ok(())
}

async fn pay(desk: &Desk) -> Shown {
    let most = most(desk.market.capabilities().pay_by_api_orders);
    let mut numbers = desk.by_hand(most + 1).await;
    let before = desk.sent();
    let error = no(pay_for(desk, &numbers).await, "one order too many")?;
    ensure!(error.is_definite() && desk.sent() == before, "{error:?}");
    numbers.pop();
    let paid = ok(pay_for(desk, &numbers).await, "pay")?;
    ensure!(
        paid.accepted.len() == most && paid.failed.is_empty(),
        "{paid:?}"
    );
    desk.settle().await;
    for number in &numbers {
        is_paid(desk, number).await?;
    }
    Ok(())
}

async fn no_pay(desk: &Desk) -> Shown {
    let numbers = desk.by_hand(1).await;
    is_unsupported(pay_for(desk, &numbers).await, "paying")
}

async fn pay_in_part(desk: &Desk) -> Shown {
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let mut numbers = desk.by_hand(2).await;
        desk.act(&numbers[0], "pay", json!({})).await;
        desk.settle().await;
        numbers.push(desk.stand.nobodys_order.to_owned());
        let told = ok(pay_for(desk, &numbers).await, "pay")?;
        ensure!(told.accepted == numbers[1..2], "{told:?}");
        let failed: Vec<&String> = told.failed.iter().map(|one| &one.number).collect();
        ensure!(failed == [&numbers[0], &numbers[2]], "{told:?}");
        let reasons = told
            .failed
            .iter()
            .all(|one| !one.verdict.is_ok() && one.verdict.code.is_some());
        ensure!(reasons, "{told:?}");
        desk.settle().await;
        is_paid(desk, &numbers[1]).await?;
    }
    Ok(())
}

async fn pay_lost(desk: &Desk) -> Shown {
    for (fault, happened) in [
        (json!({"fault": "answer_lost"}), true),
        (json!({"fault": "garbage"}), true),
        (json!({"fault": "error_after"}), true),
        (json!({"fault": "request_lost"}), false),
    ] {
        let numbers = desk.by_hand(1).await;
        desk.fault(fault.clone()).await;
        let error = no(pay_for(desk, &numbers).await, "lost")?;
        ensure!(error.kind == ErrorKind::Unclear, "{fault}: {error:?}");
        desk.settle().await;
        let order = desk.read(&numbers[0]).await?;
        ensure!(
            order.paid.is_some() == happened,
            "{fault}: a look tells: {order:?}"
        );
    }
    Ok(())
}
