//! Bookings: how many in a second, what one costs, and how often the disk is waited for.

use crate::bed::{self, Bed};
use crate::client::Client;
use crate::process::{Server, beside, moment, pause, signal, since};
use crate::seed::{import, item, plain_offers};
use anyhow::{Context as _, Result, bail};
use app::App;
use serde_json::json;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use store::{Stmt, Target, args};

/// People who press Book at the same time.
const AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_mins(2);
/// After the read-back, for what belongs to it still.
const CALM: Duration = Duration::from_millis(300);

/// What bookings cost.
pub struct Bookings {
    count: usize,
    took: Duration,
    cpu: Duration,
    /// Times that one lone booking waits for the disk; none where that cannot be counted.
    pub commits: Option<u32>,
    why_not: Option<&'static str>,
    lone: Duration,
}

impl fmt::Display for Bookings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = f64::from(u32::try_from(self.count.max(1)).unwrap_or(u32::MAX));
        let (second, cpu) = (
            count / self.took.as_secs_f64(),
            self.cpu.as_secs_f64() * 1_000.0 / count,
        );
        write!(
            f,
            "{} bookings: {second:.1} a second, {cpu:.1} ms CPU each; a lone one is read back after {:.0} ms",
            self.count,
            self.lone.as_secs_f64() * 1_000.0
        )?;
        match (self.commits, self.why_not) {
            (Some(commits), _) => write!(f, " and {commits} durable commits"),
            (None, Some(why)) => write!(f, "; its durable commits were not counted: {why}"),
            (None, None) => Ok(()),
        }
    }
}

/// An order to book with the form that books it.
struct Form {
    number: String,
    path: String,
    fields: Vec<(String, String)>,
}

/// Books orders with the marketplace at zero latency.
pub async fn measure(program: &Path, bed: &Bed, count: usize) -> Result<Bookings> {
    eprintln!("{count} bookings …");
    let side = bed.other_side().await?;
    let app = bed.app().await?;
    let numbers = line_up(&app, &side, count + 2).await?;
    let server = Server::start(program, bed).await?;
    let mut client = Client::new(server.address, server.public_url.clone());
    client.sign_in(bed::PERSON, bed::PASSWORD).await?;
    let (lone, many) = numbers.split_at(2);
    // The first one warms up: statements are prepared, the connection to the marketplace is open.
    let first = form(&mut client, &lone[0]).await?;
    press(&mut client, &first).await?;
    until_read_back(&app, &lone[..1]).await?;
    let second = form(&mut client, &lone[1]).await?;
    until_nothing_is_due(&app).await?;
    let counted = counted(&server, bed, &app, &mut client, &second).await?;
    let mut forms = Vec::new();
    for number in many {
        forms.push(form(&mut client, number).await?);
    }
    let (before, began) = (server.cpu()?, moment());
    all_at_once(&client, forms).await?;
    until_read_back(&app, many).await?;
    let bookings = Bookings {
        count,
        took: since(began),
        cpu: server.cpu()?.saturating_sub(before),
        commits: counted.commits,
        why_not: counted.why_not,
        lone: counted.took,
    };
    app.store.close().await;
    server.stop().await?;
    side.stop().await;
    Ok(bookings)
}

async fn line_up(app: &App, side: &bed::Side, count: usize) -> Result<Vec<String>> {
    let offers = plain_offers(side).await?;
    let numbers: Vec<String> = (0..count).map(|n| format!("BKG-{n:09}")).collect();
    let orders: Vec<_> = numbers
        .iter()
        .zip(offers.iter().cycle())
        .map(|(number, offer)| {
            json!({
                "number": number, "created_at": "2026-07-01T10:00:00Z", "currency": "USD", "customer": {"code": "9000", "name": "Пётр Ким"},
                "paid": "100000", "exchange_rate": {"yuan": "7.12", "date": "2026-07-01"}, "items": [item(offer, 0, 1)],
            })
        })
        .collect();
    import(&bed::person(app).await?, &json!({ "orders": orders })).await?;
    Ok(numbers)
}

/// Opens the Purchase tab of an order and takes the form from it, with everything chosen.
async fn form(client: &mut Client, number: &str) -> Result<Form> {
    let page = client.get(&format!("/orders/{number}/purchase")).await?;
    if page.status != 200 {
        bail!("the Purchase tab of {number} answers {}", page.status);
    }
    let html = page.text();
    let mut fields = Vec::new();
    let own = html
        .split_once("id=\"ready-form\"")
        .context("no form to book with")?
        .1;
    let hidden = own
        .split_once("name=\"request_id\" value=\"")
        .context("no request id")?
        .1;
    fields.push(("request_id".to_owned(), before_quote(hidden)));
    for part in html.split("name=\"item\" value=\"").skip(1) {
        fields.push(("item".to_owned(), before_quote(part)));
    }
    for select in html.split("name=\"session\"").skip(1) {
        let options = select.split("</select>").next().unwrap_or_default();
        let chosen = options.split("<option value=\"").skip(1).find(|option| {
            option
                .split('>')
                .next()
                .unwrap_or_default()
                .contains("selected")
        });
        if let Some(chosen) = chosen {
            fields.push(("session".to_owned(), before_quote(chosen)));
        }
    }
    if fields.len() < 3 {
        bail!("nothing to book on the Purchase tab of {number}");
    }
    Ok(Form {
        number: number.to_owned(),
        path: format!("/orders/{number}/book"),
        fields,
    })
}

fn before_quote(text: &str) -> String {
    text.split('"').next().unwrap_or_default().to_owned()
}

async fn press(client: &mut Client, form: &Form) -> Result<()> {
    let answer = client.post(&form.path, &form.fields).await?;
    if answer.status >= 400 {
        bail!("{} answers {}: {}", form.path, answer.status, answer.text());
    }
    Ok(())
}

async fn all_at_once(client: &Client, forms: Vec<Form>) -> Result<()> {
    let mut places: Vec<Vec<Form>> = (0..AT_ONCE).map(|_| Vec::new()).collect();
    for (turn, form) in forms.into_iter().enumerate() {
        places[turn % AT_ONCE].push(form);
    }
    let mut running = Vec::new();
    for place in places {
        let mut client = client.another();
        running.push(beside(async move {
            for form in &place {
                press(&mut client, form).await?;
            }
            anyhow::Ok(())
        }));
    }
    for one in running {
        one.await??;
    }
    Ok(())
}

/// Waits until the runs of these orders are over, and every order is covered by a purchase.
async fn until_read_back(app: &App, numbers: &[String]) -> Result<()> {
    let (first, last) = (
        numbers.first().context("no order")?,
        numbers.last().context("no order")?,
    );
    // Asked every few milliseconds: the orders first (CROSS JOIN keeps the order), the rest by index.
    let open = Stmt::both(
        "SELECT count(*) FROM orders o CROSS JOIN activity_orders x CROSS JOIN activities a WHERE o.number BETWEEN $1 AND $2 AND x.order_id = o.id AND a.id = x.activity_id AND a.finished_at IS NULL",
    );
    let done = Stmt::both(
        "SELECT count(DISTINCT o.id) FROM orders o CROSS JOIN items i CROSS JOIN claims c WHERE o.number BETWEEN $1 AND $2 AND i.order_id = o.id AND c.item_id = i.id AND c.ended_at IS NULL AND c.purchase_line_id IS NOT NULL",
    );
    let wanted = i64::try_from(numbers.len())?;
    let began = moment();
    loop {
        let (running, bought): (i64, i64) = {
            let mut db = app.store.read().await?;
            (
                db.one(&open, args![first, last], "runs").await?,
                db.one(&done, args![first, last], "orders").await?,
            )
        };
        if running == 0 && bought == wanted {
            return Ok(());
        }
        if since(began) > PATIENCE {
            bail!(
                "{bought} of {wanted} orders are bought after {PATIENCE:?}, {running} runs are open"
            );
        }
        pause(Duration::from_millis(2)).await;
    }
}

/// Waits until nothing else is being worked: a lone booking is one that is alone.
async fn until_nothing_is_due(app: &App) -> Result<()> {
    let due = Stmt::both("SELECT count(*) FROM jobs WHERE run_at <= $1");
    let began = moment();
    loop {
        let mut db = app.store.read().await?;
        let due: i64 = db.one(&due, args![app.now()], "jobs").await?;
        drop(db);
        if due == 0 {
            return Ok(());
        }
        if since(began) > PATIENCE {
            bail!("{due} jobs are due after {PATIENCE:?}");
        }
        pause(Duration::from_millis(20)).await;
    }
}

/// One lone booking under the eyes of `strace`.
struct Counted {
    commits: Option<u32>,
    why_not: Option<&'static str>,
    took: Duration,
}

async fn counted(
    server: &Server,
    bed: &Bed,
    app: &App,
    client: &mut Client,
    form: &Form,
) -> Result<Counted> {
    let (mut trace, why_not) = match &bed.target {
        Target::Sqlite(path) => match Trace::of(server.pid(), path, &bed.folder).await {
            Ok(trace) => (Some(trace), None),
            Err(error) => {
                eprintln!("strace: {error:#}");
                (None, Some("strace is missing or not allowed"))
            }
        },
        Target::Pg(_) => (None, Some("PostgreSQL's are another process's")),
    };
    let began = moment();
    press(client, form).await?;
    until_read_back(app, std::slice::from_ref(&form.number)).await?;
    let took = since(began);
    pause(CALM).await;
    let commits = match &mut trace {
        Some(trace) => Some(trace.end().await?),
        None => None,
    };
    Ok(Counted {
        commits,
        why_not,
        took,
    })
}

/// Watches a process wait for the disk.
struct Trace {
    child: Child,
    out: PathBuf,
    database: String,
}

impl Trace {
    async fn of(pid: u32, database: &Path, folder: &Path) -> Result<Self> {
        let out = folder.join("strace.txt");
        let child = Command::new("strace")
            .args(["-f", "-y", "-tt", "-e", "trace=fsync,fdatasync", "-p"])
            .arg(pid.to_string())
            .arg("-o")
            .arg(&out)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut trace = Self {
            child,
            out,
            // As the kernel names it.
            database: database.canonicalize()?.display().to_string(),
        };
        // It attaches to one thread after the other and has no way to say that it has them all.
        pause(Duration::from_secs(1)).await;
        if let Some(status) = trace.child.try_wait()? {
            bail!("it ended with {status}");
        }
        Ok(trace)
    }

    /// Ends it; gives how often the database's files were waited for.
    async fn end(&mut self) -> Result<u32> {
        signal(self.child.id(), rustix::process::Signal::INT)?;
        while self.child.try_wait()?.is_none() {
            pause(Duration::from_millis(5)).await;
        }
        let text = std::fs::read_to_string(&self.out)?;
        let waits = text
            .lines()
            .filter(|line| line.contains("sync(") && line.contains(&self.database));
        let waits = u32::try_from(waits.count())?;
        // A booking that is never waited for is one that nobody has watched.
        if waits == 0 {
            bail!("not one wait for {} was seen", self.database);
        }
        Ok(waits)
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
