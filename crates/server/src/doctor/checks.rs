//! The looks of `doctor`, one function each.

use super::Finding;
use crate::assemble;
use crate::config::Settings;
use app::{App, AppError, KeyRing, Markets};
use bytes::Bytes;
use marketplaces::{Deadline, HttpTransport, Request, Transport as _};
use std::sync::Arc;
use store::{FileLock, Store, Target};
use url::Url;
use world::World;

/// A clock farther off than this makes signatures and deadlines wrong.
const CLOCK_SECONDS: i64 = 30;
/// Tries after which a job counts as stuck.
const STUCK_TRIES: i64 = 5;
/// An address for keys that are not there, so that the looks that need none can go on.
const NO_KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Every look, in the order in which a person would mend things.
pub(super) async fn all(settings: &Settings) -> Vec<Finding> {
    let mut out = vec![keys(settings)];
    let target = match settings.target() {
        Ok(target) => target,
        Err(error) => {
            out.push(Finding::bad(format!(
                "The database is not known: {error:#}."
            )));
            return out;
        }
    };
    if let Target::Sqlite(path) = &target
        && !path.exists()
    {
        out.push(Finding::note(format!(
            "There is no database at {} yet; `autopurchase serve` will make one.",
            path.display()
        )));
        out.push(callback(settings).await);
        return out;
    }
    out.extend(lock(&target));
    let world = World::system();
    match assemble::open_store(settings, &world).await {
        Err(error) => out.push(Finding::bad(format!(
            "{error:#}. Nothing works without it."
        ))),
        Ok(store) => {
            if let Err(error) = store.migrate().await {
                out.push(Finding::bad(format!(
                    "The schema of the database cannot be brought up to date: {error}."
                )));
            } else {
                out.push(durable(&store, &target).await);
                out.push(people(&store).await);
                out.push(stuck(&store, &world).await);
                out.extend(marketplaces(settings, &store, &world).await);
            }
            store.close().await;
        }
    }
    out.push(callback(settings).await);
    out
}

fn keys(settings: &Settings) -> Finding {
    let lost = "Without the key that sealed them, tokens and app secrets cannot be opened: enter the app secrets again in the settings, \
                and let everyone log in at the marketplaces again.";
    match settings.keys() {
        Err(error) => Finding::bad(format!(
            "The secret keys cannot be read ({error:#}). {lost}"
        )),
        Ok(keys) if keys.is_empty() => Finding::bad(format!(
            "No secret key is configured, so `serve` does not start. If there was one, put it back. {lost} A new key: `autopurchase config key`."
        )),
        Ok(keys) => match KeyRing::from_hex(&keys) {
            Ok(_) => Finding::good(format!("{} secret key(s) configured.", keys.len())),
            Err(error) => Finding::bad(format!("A secret key has another form ({error}). {lost}")),
        },
    }
}

fn lock(target: &Target) -> Option<Finding> {
    let Target::Sqlite(path) = target else {
        return None;
    };
    Some(match FileLock::take(path) {
        Ok(_) => Finding::note(
            "No `serve` is running on this database now: nothing is booked, looked for or synchronized.",
        ),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            Finding::good("A `serve` is running on this database.")
        }
        Err(error) => Finding::bad(format!(
            "The lock beside {} cannot be taken: {error}. Is the folder writable?",
            path.display()
        )),
    })
}

async fn durable(store: &Store, target: &Target) -> Finding {
    let lose = "After a power cut the last bookings could be forgotten, and what was bought could be bought again.";
    match store::durability(store).await {
        Err(error) => Finding::bad(format!("The database does not answer: {error}.")),
        Ok(weak) if !weak.is_empty() => Finding::bad(format!(
            "The database does not keep what it confirms: {}. {lose}",
            weak.join(", ")
        )),
        Ok(_) => match target {
            Target::Sqlite(path) if in_memory(path) => Finding::bad(format!(
                "{} lies in the machine's memory. {lose} Move it to a disk.",
                path.display()
            )),
            _ => Finding::good(format!(
                "The database {} keeps what it confirms.",
                assemble::shown(target)
            )),
        },
    }
}

/// Does the file lie on a file system without a disk?
fn in_memory(path: &std::path::Path) -> bool {
    const TMPFS: i64 = 0x0102_1994;
    const RAMFS: i64 = 0x8584_58f6;
    rustix::fs::statfs(path).is_ok_and(|fs| [TMPFS, RAMFS].contains(&fs.f_type))
}

async fn people(store: &Store) -> Finding {
    let count = async {
        let mut db = store.read().await?;
        store::users::count(&mut db).await
    };
    match count.await {
        Ok(0) => {
            Finding::bad("Nobody can sign in yet: `autopurchase user add NAME` adds a person.")
        }
        Ok(count) => Finding::good(format!("{count} person(s) may sign in.")),
        Err(error) => Finding::bad(format!("The people cannot be read: {error}.")),
    }
}

async fn stuck(store: &Store, world: &World) -> Finding {
    let read = async {
        let mut db = store.read().await?;
        let stuck = store::jobs::stuck(&mut db, STUCK_TRIES).await?;
        let expired = store::jobs::any_expired(&mut db, world.now()).await?;
        Ok::<_, store::Error>((stuck, expired))
    };
    match read.await {
        Err(error) => Finding::bad(format!("The queue cannot be read: {error}.")),
        Ok((jobs, _)) if !jobs.is_empty() => {
            let lines: Vec<String> = jobs
                .iter()
                .map(|job| {
                    format!(
                        "  {}: {} tries, last: {}",
                        job.kind, job.attempts, job.last_error
                    )
                })
                .collect();
            Finding::bad(format!(
                "Some work keeps failing and is tried again and again:\n{}",
                lines.join("\n")
            ))
        }
        Ok((_, true)) => Finding::note(
            "Some work was left by a process that died; it goes on as soon as a `serve` runs.",
        ),
        Ok(_) => Finding::good("No work is stuck."),
    }
}

async fn marketplaces(settings: &Settings, store: &Store, world: &World) -> Vec<Finding> {
    let keys = settings
        .keys()
        .ok()
        .filter(|keys| !keys.is_empty())
        .unwrap_or_else(|| vec![NO_KEY.to_owned().into()]);
    let app = (|| {
        let transport = Arc::new(HttpTransport::new(world.clone())?);
        let parts = assemble::Parts {
            store: store.clone(),
            world: world.clone(),
            transport,
            keys: KeyRing::from_hex(&keys)?,
            public_url: settings.public_url()?,
        };
        anyhow::Ok(assemble::application(settings, parts))
    })();
    match app {
        Err(error) => vec![Finding::bad(format!(
            "The marketplaces cannot be called: {error:#}."
        ))],
        Ok(app) => look(&app).await.unwrap_or_else(|error| {
            vec![Finding::bad(format!(
                "Sessions and apps cannot be read: {error}."
            ))]
        }),
    }
}

async fn look(app: &App) -> Result<Vec<Finding>, AppError> {
    let (apps, sessions) = {
        let mut db = app.store.read().await?;
        (
            store::apps::all(&mut db).await?,
            store::sessions::all(&mut db).await?,
        )
    };
    let mut out = Vec::new();
    if apps.is_empty() {
        out.push(Finding::note(
            "No app key is entered yet (Settings › Apps): no marketplace account can be connected.",
        ));
    }
    let sealed_elsewhere = apps.iter().filter(|row| app.app_key(row).is_err()).count();
    if sealed_elsewhere > 0 {
        out.push(Finding::bad(format!(
            "{sealed_elsewhere} app secret(s) were sealed with a key that is not configured now. Put that key back behind the present one; \
             if it is lost, enter the secrets again in the settings, and everyone must log in at the marketplaces again."
        )));
    }
    for row in &apps {
        if app.app_key(row).is_ok() {
            out.push(clock(app, row).await?);
        }
    }
    let dead: Vec<&str> = sessions
        .iter()
        .filter(|row| row.state == "revoked")
        .map(|row| row.label.as_str())
        .collect();
    if !dead.is_empty() {
        out.push(Finding::bad(format!(
            "These accounts must be logged in again (Sessions, Log in again): {}. Their work waits until then.",
            dead.join(", ")
        )));
    }
    Ok(out)
}

/// Asks the marketplace for its time, with a call that changes nothing.
async fn clock(app: &App, row: &store::apps::AppRow) -> Result<Finding, AppError> {
    let name = Markets::get(&app.markets, &row.marketplace)?
        .connector
        .name()
        .to_owned();
    let calls = app.app_calls(row)?;
    let before = app.now();
    Ok(
        match calls.market.connector.app_check(&calls.caller()).await {
            Err(error) => Finding::bad(format!(
                "{name} does not accept the app {} or cannot be reached: {error}.",
                row.label
            )),
            Ok(answer) => match answer.server_time {
                None => Finding::good(format!("{name} answers the app {}.", row.label)),
                Some(time) => {
                    let off = time.seconds_since(before);
                    if off.abs() > CLOCK_SECONDS {
                        Finding::bad(format!(
                            "This machine's clock is {} seconds {} {name}'s. Signatures may be refused, and deadlines are shown wrong: \
                         turn on time synchronization.",
                            off.abs(),
                            if off > 0 { "behind" } else { "ahead of" }
                        ))
                    } else {
                        Finding::good(format!(
                            "{name} answers the app {}; the clocks agree.",
                            row.label
                        ))
                    }
                }
            },
        },
    )
}

/// Can the address at which marketplaces reach us be reached, at least from here?
async fn callback(settings: &Settings) -> Finding {
    let Ok(url) = settings.public_url() else {
        return Finding::bad("The public address cannot be read.");
    };
    let probe = reachable(&url).await;
    let here = url
        .host_str()
        .is_some_and(|host| host == "localhost" || host == "[::1]" || host.starts_with("127."));
    match probe {
        Err(why) => Finding::bad(format!(
            "{url} does not answer as our panel ({why}). If `serve` is running, people who log in at a marketplace cannot come back, and \
             its messages are lost (statuses then come with the next synchronization). Check server.public_url, the proxy and the firewall."
        )),
        Ok(()) if here => Finding::note(format!(
            "{url} is an address of this machine alone: real marketplaces cannot reach it with messages. Statuses still come with each synchronization."
        )),
        Ok(()) => Finding::good(format!(
            "{url} answers from here; whether marketplaces get through, only they can tell."
        )),
    }
}

async fn reachable(url: &Url) -> Result<(), String> {
    let transport = HttpTransport::new(World::system()).map_err(|error| error.to_string())?;
    let probe = url.join("/healthz").map_err(|error| error.to_string())?;
    let request = Request {
        method: http::Method::GET,
        url: probe,
        headers: http::HeaderMap::new(),
        body: Bytes::new(),
        once: None,
        name: "doctor.callback",
    };
    match transport.send(request, Deadline { millis: 5_000 }).await {
        Ok(answer) if answer.status == 200 && answer.body.as_ref() == b"ok\n" => Ok(()),
        Ok(answer) => Err(format!("answered with status {}", answer.status)),
        Err(error) => Err(error.to_string()),
    }
}
