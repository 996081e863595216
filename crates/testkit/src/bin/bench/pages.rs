//! Pages as a browser asks for them, one after the other, and many at once for the memory.

use crate::SMALL;
use crate::bed::Bed;
use crate::client::Client;
use crate::process::{Server, beside, moment, since};
use crate::seed::number;
use anyhow::{Context as _, Result, bail};
use app::order::{ListFilter, ListPlace, list};
use domain::OrderStatus;
use std::time::Duration;

/// Connections that ask at once before the memory is read.
const AT_ONCE: usize = 16;
/// Requests before those that count: caches fill, statements are prepared.
const WARM_UP: usize = 200;
/// Different orders whose pages are asked for.
const ORDERS: i64 = 500;
/// Characters of a tracking code that are typed: more than an order's number has.
const BEGINNING: usize = 8;
/// Rows of a page.
const ROWS: i64 = 50;

/// What a kind of request costs.
#[derive(Clone, Copy)]
pub struct Measured {
    /// Half of the answers were whole within this.
    pub p50: Duration,
    /// All but one in a hundred.
    pub p99: Duration,
    /// Time of the server on a processor for one request.
    pub cpu: Duration,
    /// Bytes of an answer.
    pub bytes: usize,
}

/// A kind of page with the addresses that are asked for in turn.
pub struct Kind {
    /// Its name in the report.
    pub name: &'static str,
    addresses: Vec<String>,
}

/// Every kind of page.
pub async fn plan(bed: &Bed, size: i64) -> Result<Vec<Kind>> {
    let app = bed.app().await?;
    let counts = app::order::counts(&app).await?;
    // The most frequent statuses until they are at least half of all orders.
    let mut statuses: Vec<(i64, OrderStatus)> = OrderStatus::ALL
        .iter()
        .map(|s| (counts.status(*s), *s))
        .collect();
    statuses.sort_by_key(|(n, _)| -n);
    let (mut filter, mut matched) = ("/orders?marketplace=1688".to_owned(), 0);
    for (n, status) in statuses {
        if matched * 2 >= size {
            break;
        }
        matched += n;
        filter.push_str("&status=");
        filter.push_str(status.code());
    }
    let mut place = ListPlace::Newest;
    let deep = 99.min(size / ROWS - 1);
    for _ in 0..deep {
        let page = list(&app, &ListFilter::default(), place, ROWS).await?;
        place = ListPlace::Older(page.older.context("another page")?);
    }
    let ListPlace::Older(cursor) = place else {
        bail!("no page {deep}")
    };
    let spread: Vec<i64> = (0..ORDERS).map(|i| i * 7_919 % size).collect();
    let mut purchase = Vec::new();
    let mut outside = Vec::new();
    let mut tracking = Vec::new();
    {
        let mut db = app.store.read().await?;
        for n in &spread {
            let order = store::orders::by_number(&mut db, &number(*n))
                .await?
                .context("an order")?;
            outside.extend(store::orders::purchase_numbers(&mut db, order.id).await?);
            tracking.extend(store::orders::tracking_codes(&mut db, order.id).await?);
            // Unpaid orders have nothing on that tab.
            if n % SMALL % 20 > 2 {
                purchase.push(format!("/orders/{}/purchase", number(*n)));
            }
        }
    }
    app.store.close().await;
    let mut search: Vec<String> = outside
        .iter()
        .take(100)
        .map(|n| format!("/orders?q={n}"))
        .collect();
    // The beginning of a code, a customer by one name, a customer's code within a tab.
    for (i, code) in tracking
        .iter()
        .filter(|code| code.len() > BEGINNING)
        .take(100)
        .enumerate()
    {
        search.push(format!(
            "/orders?q={}",
            code.chars().take(BEGINNING).collect::<String>()
        ));
        search.push(format!(
            "/orders?q={}",
            [
                "%D0%BF%D0%B5%D1%82%D1%80%D0%BE%D0%B2",
                "%D0%BA%D0%B8%D0%BC",
                "%D0%BD%D0%BE%D0%B2%D0%B0%D0%BA"
            ][i % 3]
        ));
        search.push(format!("/orders?q={}&tab=ready", 1_000 + i));
    }
    Ok(vec![
        Kind {
            name: "orders list",
            addresses: vec!["/orders".to_owned()],
        },
        Kind {
            name: "filtered list",
            addresses: vec![filter],
        },
        Kind {
            name: "search",
            addresses: search,
        },
        Kind {
            name: if deep == 99 {
                "page 100 of the list"
            } else {
                "last page of the list"
            },
            addresses: vec![format!("/orders?older={cursor}")],
        },
        Kind {
            name: "order page",
            addresses: spread
                .iter()
                .map(|n| format!("/orders/{}/items", number(*n)))
                .collect(),
        },
        Kind {
            name: "Purchase tab",
            addresses: purchase,
        },
    ])
}

/// Measures every kind; one that the program does not have is left out.
pub async fn measure(
    server: &Server,
    client: &mut Client,
    kinds: &[Kind],
    requests: usize,
) -> Result<Vec<(&'static str, Option<Measured>)>> {
    let mut out = Vec::new();
    for kind in kinds {
        let first = client.get(&kind.addresses[0]).await?;
        let measured = match first.status {
            200 => Some(
                series(client, &kind.addresses, requests, || server.cpu())
                    .await
                    .with_context(|| kind.name)?,
            ),
            status => {
                eprintln!("{}: {} answers {status}", kind.name, kind.addresses[0]);
                None
            }
        };
        out.push((kind.name, measured));
    }
    Ok(out)
}

/// Asks one after the other and reads the server's time on a processor before and after.
pub async fn series(
    client: &mut Client,
    addresses: &[String],
    requests: usize,
    cpu: impl Fn() -> Result<Duration>,
) -> Result<Measured> {
    let mut asked = addresses.iter().cycle();
    let mut took = Vec::with_capacity(requests);
    let mut bytes = 0;
    let mut before = cpu()?;
    for turn in 0..WARM_UP + requests {
        let Some(address) = asked.next() else {
            bail!("nothing to ask for")
        };
        if turn == WARM_UP {
            before = cpu()?;
        }
        let began = moment();
        let answer = client.get(address).await?;
        let time = since(began);
        if answer.status != 200 {
            bail!("{address} answers {}", answer.status);
        }
        if turn >= WARM_UP {
            took.push(time);
            bytes += answer.body.len();
        }
    }
    let spent = cpu()?.saturating_sub(before);
    took.sort();
    let at = |percent: usize| {
        took.get(took.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    let whole = u32::try_from(requests.max(1))?;
    Ok(Measured {
        p50: at(50),
        p99: at(99),
        cpu: spent / whole,
        bytes: bytes / requests.max(1),
    })
}

/// Many people at once, all kinds of pages mixed.
pub async fn load(client: &Client, kinds: &[Kind], requests: usize) -> Result<()> {
    let mut running = Vec::new();
    for place in 0..AT_ONCE {
        let mut client = client.another();
        let mut addresses: Vec<String> = kinds
            .iter()
            .flat_map(|kind| kind.addresses.iter().take(60).cloned())
            .collect();
        let middle = place * addresses.len() / AT_ONCE;
        addresses.rotate_left(middle);
        running.push(beside(async move {
            for address in addresses.iter().cycle().take(requests / AT_ONCE * 2) {
                client.get(address).await?;
            }
            anyhow::Ok(())
        }));
    }
    for one in running {
        one.await??;
    }
    Ok(())
}
