//! The page that the others are compared with: axum, SQLite, the same fifty rows, nothing else. No
//! person, no texts, no counts, no layout.

use crate::client::Client;
use crate::pages::{Measured, series};
use crate::process::{cpu, pause};
use anyhow::{Result, bail};
use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Row as _, SqlitePool};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::net::TcpListener;

const SQL: &str = "SELECT id, number, created_at, customer_code, customer_name, status, currency, total, paid, items_count, item_counts, ready_items, marketplaces, open_exceptions, open_unknown FROM orders ORDER BY created_at DESC, id DESC LIMIT 50";

/// Serves the page until the process is ended.
pub async fn serve(database: &Path, listen: SocketAddr) -> Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .read_only(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(8)
        .connect_with(options)
        .await?;
    let router = Router::new().route("/", get(page)).with_state(pool);
    Ok(axum::serve(TcpListener::bind(listen).await?, router).await?)
}

async fn page(State(pool): State<SqlitePool>) -> Html<String> {
    let rows = sqlx::query(SQL).fetch_all(&pool).await.unwrap_or_default();
    let mut html = String::from("<!doctype html><title>Orders</title><table>");
    for row in rows {
        html.push_str("<tr>");
        for column in 0..row.len() {
            let text = row
                .try_get::<String, _>(column)
                .or_else(|_| row.try_get::<i64, _>(column).map(|n| n.to_string()));
            // Writing to a String cannot fail.
            let _ = write!(html, "<td>{}</td>", text.unwrap_or_default());
        }
        html.push_str("</tr>");
    }
    html.push_str("</table>");
    Html(html)
}

/// Measures the page, in a process of its own as the program is.
pub async fn measure(database: &Path, requests: usize) -> Result<Measured> {
    let listen = crate::bed::free_address()?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("bare")
        .arg(database)
        .arg(listen.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    let measured = asked(listen, child.id(), requests).await;
    child.kill()?;
    child.wait()?;
    measured
}

async fn asked(listen: SocketAddr, pid: u32, requests: usize) -> Result<Measured> {
    let mut client = Client::new(listen, format!("http://{listen}/").parse()?);
    let mut tries = 0;
    while client.get("/").await.is_err() {
        tries += 1;
        if tries > 500 {
            bail!("it does not answer");
        }
        pause(Duration::from_millis(10)).await;
    }
    series(&mut client, &["/".to_owned()], requests, || cpu(pid)).await
}
