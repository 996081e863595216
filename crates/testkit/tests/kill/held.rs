//! The whole process, killed while the marketplace holds its request.

use crate::{hold, kill, moment, one_order, start, with_a_run};
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::process::Child;
use store::temporary::Temporary;
use testkit::whole::TestApp;

async fn held(whole: &TestApp, child: &mut Child) -> Result<()> {
    for _ in 0..crate::PATIENCE {
        let waiting = whole.control("GET", "/1688/held", Value::Null).await?;
        if !waiting["held"].as_array().context("held")?.is_empty() {
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            bail!("the process ended: {status}");
        }
        moment().await;
    }
    bail!("no request came")
}

async fn release(whole: &TestApp) -> Result<()> {
    whole
        .control("POST", "/1688/held/release", json!({}))
        .await
        .map(|_| ())
}

/// Kills while `api` is held by `fault`; then the marketplace goes on.
async fn killed_while(fault: &str, api: &str) -> Result<()> {
    for database in Temporary::both().await? {
        let whole = TestApp::in_real_time(database).await?;
        let session = with_a_run(&whole).await?;
        whole.faults(hold(fault, api)).await?;
        let mut child = start(&whole, &[])?;
        held(&whole, &mut child).await?;
        kill(&mut child)?;
        release(&whole).await?;
        one_order(&whole, session)
            .await
            .with_context(|| format!("{fault} {api}"))?;
        whole.end_with_work().await?;
    }
    Ok(())
}

#[tokio::test]
async fn killed_while_the_preview_is_out() {
    killed_while("hold_before", "createOrder.preview")
        .await
        .unwrap();
}

#[tokio::test]
async fn killed_when_the_request_was_written() {
    killed_while("hold_before", "createCrossOrder")
        .await
        .unwrap();
}

#[tokio::test]
async fn killed_after_the_effect_before_the_answer() {
    killed_while("hold_after", "createCrossOrder")
        .await
        .unwrap();
}

#[tokio::test]
async fn killed_while_reading_back() {
    killed_while("hold_after", "trade.get.buyerView")
        .await
        .unwrap();
}

#[tokio::test]
async fn killed_during_the_search() {
    for database in Temporary::both().await.unwrap() {
        let whole = TestApp::in_real_time(database).await.unwrap();
        let session = with_a_run(&whole).await.unwrap();
        whole
            .faults(json!([{ "fault": "answer_lost", "api": "createCrossOrder" }]))
            .await
            .unwrap();
        whole
            .faults(hold("hold_before", "getBuyerOrderList"))
            .await
            .unwrap();
        let mut child = start(&whole, &["--speed", crate::FAST]).unwrap();
        held(&whole, &mut child).await.unwrap();
        kill(&mut child).unwrap();
        release(&whole).await.unwrap();
        one_order(&whole, session).await.unwrap();
        whole.end_with_work().await.unwrap();
    }
}
