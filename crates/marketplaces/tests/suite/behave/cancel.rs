//! Cancelling.

use super::is_unsupported;
use crate::bench::{Behaviour, Shown, behaviour, ensure, no, ok};
use crate::desk::Desk;
use domain::PurchaseStatus;
use marketplaces::{ErrorKind, MarketError};
use serde_json::json;
use world::Clock;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!("cancel: too early", [CancelNotBefore], early, else at_once),
        behaviour!("cancel: in time", [Cancel], in_time, else unsupported),
        behaviour!("cancel: too late", [Cancel], late),
        behaviour!("cancel: a lost answer", [Cancel], lost),
        behaviour!("cancel: an order of nobody", [Cancel], nobodys),
    ]
}

async fn cancel(desk: &Desk, number: &str) -> Result<(), MarketError> {
    let once = desk.permit();
    desk.market.order_cancel(&desk.caller(), number, once).await
}

/// An order that is old enough.
async fn ripe(desk: &Desk, reference: &str) -> Result<String, String> {
    let number = desk.unpaid(reference, 1).await?;
    desk.later(desk.market.capabilities().cancel_not_before_seconds)
        .await;
    Ok(number)
}

async fn early(desk: &Desk) -> Shown {
    let wait = desk.market.capabilities().cancel_not_before_seconds;
    let began = desk.clock.now();
    let number = desk.by_hand(1).await.remove(0);
    let error = no(cancel(desk, &number).await, "right after creation")?;
    let ErrorKind::TooEarly { next: Some(next) } = error.kind else {
        return Err(format!("too early: {error:?}"));
    };
    ensure!(next <= desk.clock.now().plus_seconds(wait), "{next:?}");
    desk.clock
        .advance_micros(began.plus_seconds(wait - 1).0 - desk.clock.now().0);
    let error = no(cancel(desk, &number).await, "a second before its time")?;
    ensure!(
        matches!(error.kind, ErrorKind::TooEarly { .. }),
        "{error:?}"
    );
    desk.clock.advance_micros(next.0 - desk.clock.now().0);
    ok(cancel(desk, &number).await, "from that moment on")
}

/// Without a waiting time, an order is cancelled as soon as it stands.
async fn at_once(desk: &Desk) -> Shown {
    if !desk.market.capabilities().cancel {
        return Ok(());
    }
    let number = desk.by_hand(1).await.remove(0);
    ok(cancel(desk, &number).await, "right after creation")
}

async fn in_time(desk: &Desk) -> Shown {
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        desk.knobs(json!({"repeat_reference": "second"})).await;
        let number = ripe(desk, "APCANCEL").await?;
        ok(cancel(desk, &number).await, "in time")?;
        desk.settle().await;
        let order = desk.read(&number).await?;
        ensure!(order.status == PurchaseStatus::Closed, "{order:?}");
        ensure!(
            order.pay_by.is_none() && order.close_reason.is_some(),
            "{order:?}"
        );
    }
    Ok(())
}

async fn unsupported(desk: &Desk) -> Shown {
    let number = ripe(desk, "APCANCEL").await?;
    is_unsupported(cancel(desk, &number).await, "cancelling")
}

async fn late(desk: &Desk) -> Shown {
    let number = ripe(desk, "APLATE").await?;
    desk.act(&number, "pay", json!({})).await;
    desk.settle().await;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let error = no(cancel(desk, &number).await, "a paid order")?;
        ensure!(error.kind == ErrorKind::WrongState, "{error:?}");
    }
    desk.settle().await;
    let order = desk.read(&number).await?;
    ensure!(order.status == PurchaseStatus::PaidToSeller, "{order:?}");
    let closed = ripe(desk, "APCLOSED").await?;
    desk.act(&closed, "close", json!({})).await;
    let error = no(cancel(desk, &closed).await, "a closed order")?;
    ensure!(error.kind == ErrorKind::WrongState, "{error:?}");
    Ok(())
}

async fn lost(desk: &Desk) -> Shown {
    for (fault, status) in [
        (json!({"fault": "answer_lost"}), PurchaseStatus::Closed),
        (json!({"fault": "garbage"}), PurchaseStatus::Closed),
        (json!({"fault": "error_after"}), PurchaseStatus::Closed),
        (json!({"fault": "error_before"}), PurchaseStatus::ToPay),
        (json!({"fault": "request_lost"}), PurchaseStatus::ToPay),
    ] {
        desk.knobs(json!({"reset": true, "repeat_reference": "second"}))
            .await;
        let number = ripe(desk, "APLOST").await?;
        desk.fault(fault.clone()).await;
        let error = no(cancel(desk, &number).await, "lost")?;
        ensure!(error.kind == ErrorKind::Unclear, "{fault}: {error:?}");
        desk.settle().await;
        let order = desk.read(&number).await?;
        ensure!(order.status == status, "{fault}: a look tells: {order:?}");
    }
    Ok(())
}

async fn nobodys(desk: &Desk) -> Shown {
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let error = no(
            cancel(desk, desk.stand.nobodys_order).await,
            "nobody's order",
        )?;
        ensure!(error.kind == ErrorKind::NotFound, "{error:?}");
    }
    Ok(())
}
