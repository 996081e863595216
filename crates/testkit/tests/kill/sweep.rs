//! One booking, killed at each of its points in turn: before and after every transaction, every
//! commit, every request and every answer.

use crate::{ended, one_order, start, with_a_run};
use anyhow::{Context as _, Result, bail};
use futures_util::StreamExt as _;
use std::io::Read as _;
use store::temporary::Temporary;
use testkit::whole::TestApp;

/// Stories told at the same time: they mostly wait.
const AT_ONCE: usize = 6;

#[derive(Clone, Copy)]
enum Kind {
    Sqlite,
    Pg,
}

async fn database(kind: Kind) -> Result<Option<Temporary>> {
    Ok(match kind {
        Kind::Sqlite => Some(Temporary::sqlite().await?),
        Kind::Pg => Temporary::postgres().await?,
    })
}

/// The number of points that a whole booking passes.
async fn points(kind: Kind) -> Result<u64> {
    let Some(database) = database(kind).await? else {
        return Ok(0);
    };
    let whole = TestApp::in_real_time(database).await?;
    with_a_run(&whole).await?;
    let mut child = start(&whole, &["--only-work"])?;
    let status = ended(&mut child).await?;
    if !status.success() {
        bail!("the work was not done: {status}");
    }
    let mut told = String::new();
    child
        .stdout
        .take()
        .context("output")?
        .read_to_string(&mut told)?;
    whole.end_with_work().await?;
    Ok(told.trim().parse()?)
}

async fn killed_at(kind: Kind, point: u64) -> Result<()> {
    let Some(database) = database(kind).await? else {
        return Ok(());
    };
    let whole = TestApp::in_real_time(database).await?;
    let session = with_a_run(&whole).await?;
    let mut child = start(&whole, &["--only-work", "--kill-at", &point.to_string()])?;
    let status = ended(&mut child).await?;
    if status.code().is_some() {
        bail!("the process was not killed: {status}");
    }
    one_order(&whole, session).await?;
    whole.end_with_work().await
}

async fn sweep(kind: Kind) -> Result<()> {
    let last = points(kind).await?;
    let faults: Vec<String> = futures_util::stream::iter(1..=last)
        .map(|point| async move {
            killed_at(kind, point)
                .await
                .err()
                .map(|error| format!("killed at {point}: {error:#}"))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|fault| async { fault })
        .collect()
        .await;
    if !faults.is_empty() {
        bail!("{last} points\n{}", faults.join("\n"));
    }
    if (1..20).contains(&last) {
        bail!("a booking passes more points than {last}");
    }
    Ok(())
}

#[tokio::test]
async fn killed_at_every_point_on_sqlite() {
    sweep(Kind::Sqlite).await.unwrap();
}

#[tokio::test]
async fn killed_at_every_point_on_postgresql() {
    sweep(Kind::Pg).await.unwrap();
}
