//! The sandbox as a whole: opening, answering one request, moving on with time.

use crate::fault::{Error, Fault};
use crate::held::{Answer, Held, Stage, Waiting};
use crate::incoming::{BODY_LIMIT, Incoming, Reply};
use crate::journal::Journal;
use crate::knobs::{Effect, Facts};
use crate::marketplace::{ALL, Desk, Marketplace};
use crate::state::{LogLine, Market};
use crate::{console, control, shop};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard, oneshot};
use world::{Timestamp, World};

/// How a sandbox is set up.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Lets callers from other machines (or under another host name) use `/control` and the
    /// console. None = they cannot.
    pub control_token: Option<String>,
    /// The address under which people reach the sandbox, such as `http://127.0.0.1:8689`. None =
    /// taken from each request's `Host`.
    pub public_url: Option<String>,
    /// Where each app's messages go, by marketplace. What stands here holds from each start on,
    /// until the control interface changes it; what is left out stays as it was.
    pub push_urls: BTreeMap<String, String>,
    /// Ends latency and delays by real waiting. Set it where the sandbox listens on a socket;
    /// in simulation [`Sandbox::tick`] does it.
    pub real_delays: bool,
}

/// The imitated marketplaces. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    world: World,
    options: Options,
    core: Mutex<Core>,
    held: Held,
}

/// All state and its file.
pub(crate) struct Core {
    pub markets: BTreeMap<&'static str, Market>,
    journal: Option<Journal>,
}

impl Core {
    /// Writes down what changed. The marks stay on failure, so the next write repeats it.
    pub(crate) async fn save(&mut self) -> Result<(), Error> {
        let mut changes = Vec::new();
        for market in self.markets.values() {
            market.changes(&mut changes);
        }
        if changes.is_empty() {
            return Ok(());
        }
        if let Some(journal) = &mut self.journal {
            journal.write(&changes).await?;
        }
        for market in self.markets.values_mut() {
            market.written();
        }
        Ok(())
    }
}

impl Sandbox {
    /// Opens the sandbox in `path`, or in memory alone. Everything that was answered before is
    /// there again.
    pub async fn open(path: Option<&Path>, world: World, options: Options) -> Result<Self, Error> {
        let mut markets: BTreeMap<&'static str, Market> =
            ALL.iter().map(|m| (m.name(), Market::new(*m))).collect();
        let journal = match path {
            None => None,
            Some(path) => {
                let (journal, rows) = Journal::open(path).await?;
                for (kind, id, body) in rows {
                    for market in markets.values_mut() {
                        match market.restore(&kind, &id, &body) {
                            Ok(true) => break,
                            Ok(false) => {}
                            Err(source) => return Err(Error::Row { kind, id, source }),
                        }
                    }
                }
                Some(journal)
            }
        };
        for marketplace in ALL {
            let Some(market) = markets.get_mut(marketplace.name()) else {
                continue;
            };
            let catalogue = marketplace.catalogue();
            market.sellers = catalogue
                .sellers
                .into_iter()
                .map(|seller| (seller.member_id.clone(), seller))
                .collect();
            for offer in catalogue.offers {
                if !market.offers.contains(&offer.item_id) {
                    market.offers.insert(offer.item_id.clone(), offer);
                }
            }
            if market.apps.len() == 0 {
                market.add_app("Autopurchase", &world);
                marketplace.settle(market);
            }
            if let Some(url) = options.push_urls.get(marketplace.name()) {
                for key in market
                    .apps
                    .keys_where(|app| app.push_url.as_ref() != Some(url))
                {
                    if let Some(app) = market.apps.get_mut(&key) {
                        app.push_url = Some(url.clone());
                    }
                }
            }
        }
        let mut core = Core { markets, journal };
        core.save().await?;
        Ok(Self {
            inner: Arc::new(Inner {
                world,
                options,
                core: Mutex::new(core),
                held: Held::default(),
            }),
        })
    }

    /// The world it lives in.
    pub fn world(&self) -> &World {
        &self.inner.world
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    pub(crate) fn held(&self) -> &Held {
        &self.inner.held
    }

    pub(crate) async fn core(&self) -> MutexGuard<'_, Core> {
        self.inner.core.lock().await
    }

    /// Works on one marketplace and writes the result down before returning.
    pub(crate) async fn work<T>(
        &self,
        marketplace: &'static dyn Marketplace,
        base: Option<&str>,
        effects: Vec<Effect>,
        step: impl FnOnce(&mut Desk<'_>) -> T,
    ) -> Result<T, Error> {
        let mut core = self.core().await;
        let Some(market) = core.markets.get_mut(marketplace.name()) else {
            return Err(Error::Unknown(format!(
                "there is no marketplace {}",
                marketplace.name()
            )));
        };
        let mut desk = Desk {
            market,
            world: self.world(),
            now: self.world().now(),
            base: self.base(base),
            effects,
        };
        let done = step(&mut desk);
        settle_events(marketplace, market, self.world());
        core.save().await?;
        Ok(done)
    }

    fn base(&self, asked: Option<&str>) -> String {
        let base = self
            .options()
            .public_url
            .as_deref()
            .or(asked)
            .unwrap_or("http://sandbox.invalid");
        base.trim_end_matches('/').to_owned()
    }

    /// Answers one request: gateway, page, console or control. A fault is one that a knob asked
    /// for; a listener turns it into a really broken connection.
    pub async fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, Fault> {
        if request.body().len() > BODY_LIMIT {
            return Ok(Reply::text(413, "the body is larger than 1 MiB\n").into_response());
        }
        let mut call = Incoming::read(request).await;
        if call.foreign
            && call.origin.as_deref()
                == self
                    .options()
                    .public_url
                    .as_deref()
                    .map(|url| url.trim_end_matches('/'))
            && call.origin.is_some()
        {
            // A proxy gave us another host name; the page was ours all the same.
            call.foreign = false;
        }
        let reply = self.answer(call).await?;
        Ok(reply.into_response())
    }

    /// Asks the machine interface in process, as `docs/sandbox.md` describes it: the status and
    /// the JSON it answers with.
    pub async fn control(
        &self,
        method: http::Method,
        path: &str,
        body: &serde_json::Value,
    ) -> (u16, serde_json::Value) {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .body(if body.is_null() {
                Bytes::new()
            } else {
                Bytes::from(body.to_string())
            });
        let reply = match request {
            Ok(request) => control::answer(self, &Incoming::read(request).await)
                .await
                .unwrap_or_else(|error| broken(&error)),
            Err(error) => Reply::text(400, error.to_string()),
        };
        let value = serde_json::from_slice(&reply.body).unwrap_or_else(|_| {
            serde_json::Value::String(String::from_utf8_lossy(&reply.body).into_owned())
        });
        (reply.status.as_u16(), value)
    }

    /// Key and secret of a marketplace's first app.
    pub async fn app(&self, marketplace: &str) -> Option<(String, String)> {
        let core = self.core().await;
        let app = core.markets.get(marketplace)?.apps.values().next()?;
        Some((app.key.clone(), app.secret.clone()))
    }

    /// A marketplace's offers as they are now; none if there is no such marketplace.
    pub async fn offers(&self, marketplace: &str) -> Vec<crate::catalogue::Offer> {
        let core = self.core().await;
        core.markets
            .get(marketplace)
            .map(|market| market.offers.values().cloned().collect())
            .unwrap_or_default()
    }

    async fn answer(&self, call: Incoming) -> Answer {
        for marketplace in ALL {
            if marketplace.is_gateway(&call.path) {
                return self.gateway(*marketplace, call).await;
            }
        }
        let first = call
            .segments()
            .first()
            .copied()
            .unwrap_or_default()
            .to_owned();
        let reply = match first.as_str() {
            "control" => control::answer(self, &call).await,
            "console" | "" => console::answer(self, &call).await,
            "sandbox" => Ok(console::asset(&call)),
            _ => self.page(&call).await,
        };
        Ok(reply.unwrap_or_else(|error| broken(&error)))
    }

    async fn page(&self, call: &Incoming) -> Result<Reply, Error> {
        if let ["img", id, file] = call.segments().as_slice()
            && !call.is_post()
        {
            return Ok(shop::picture(self.core().await.markets.values(), id, file));
        }
        // Marketplaces on one port share the path of the authorise page: the one that knows the
        // application is asked first.
        let mut asked: Vec<_> = ALL.iter().collect();
        if let Some(app) = call.param("client_id") {
            let core = self.core().await;
            asked.sort_by_key(|marketplace| {
                !core
                    .markets
                    .get(marketplace.name())
                    .is_some_and(|market| market.apps.contains(app))
            });
        }
        for marketplace in asked {
            let reply = self
                .work(*marketplace, call.base.as_deref(), Vec::new(), |desk| {
                    marketplace.page(desk, call)
                })
                .await?;
            if let Some(reply) = reply {
                return Ok(reply);
            }
        }
        Ok(Reply::text(404, "there is no such page\n"))
    }

    /// A gateway call, with all that the knobs do to it.
    async fn gateway(&self, marketplace: &'static dyn Marketplace, call: Incoming) -> Answer {
        let now = self.world().now();
        let planned = {
            let mut core = self.core().await;
            let Some(market) = core.markets.get_mut(marketplace.name()) else {
                return Err(Fault::NoAnswer);
            };
            let facts = marketplace.facts(market, &call);
            let has_rules = market
                .knobs
                .get("")
                .is_some_and(crate::knobs::Knobs::has_rules);
            let mut effects = if has_rules {
                market.knobs_mut().plan(&facts)
            } else {
                Vec::new()
            };
            if let Some(knobs) = market.knobs.get("")
                && knobs.settings.latency_ms > 0
            {
                let ms = knobs.settings.latency_ms;
                effects.push(if knobs.settings.latency_after_effect {
                    Effect::DelayAfter { ms }
                } else {
                    Effect::DelayBefore { ms }
                });
            }
            if facts.creates
                && let (Some(account), Some(reference)) = (&facts.account, &facts.reference)
            {
                market.reference_mut(account, reference).received += 1;
            }
            // A fault taken from its rule, and the count of a create that gets lost right after,
            // must be known; without rules the count is written with the effect.
            if has_rules {
                core.save().await.map(|()| (facts, effects))
            } else {
                Ok((facts, effects))
            }
        };
        let (facts, mut effects) = match planned {
            Ok(planned) => planned,
            Err(error) => return Ok(broken(&error)),
        };
        if effects.contains(&Effect::RequestLost) {
            self.log(marketplace.name(), &facts, now, "lost before its effect", 0)
                .await;
            return Err(Fault::NoAnswer);
        }
        if let Some(Effect::ErrorBefore { status }) = effects
            .iter()
            .find(|e| matches!(e, Effect::ErrorBefore { .. }))
        {
            self.log(
                marketplace.name(),
                &facts,
                now,
                "server error before its effect",
                *status,
            )
            .await;
            return Ok(server_error(*status));
        }
        let hold = effects.contains(&Effect::HoldBefore);
        let delay: i64 = effects
            .iter()
            .map(|e| {
                if let Effect::DelayBefore { ms } = e {
                    *ms
                } else {
                    0
                }
            })
            .sum();
        effects.retain(|e| !matches!(e, Effect::HoldBefore | Effect::DelayBefore { .. }));
        if hold || delay > 0 {
            let due = (!hold).then(|| now.plus_millis(delay));
            let stage = Stage::Before {
                call: Box::new(call),
                effects,
            };
            let (id, receiver) = self.held().park(marketplace.name(), facts, now, due, stage);
            return self.wait(id, due, receiver).await;
        }
        let (sender, receiver) = oneshot::channel();
        let parked = self
            .run(marketplace, facts, call, effects, now, sender)
            .await;
        let (id, due) = parked.unzip();
        self.wait(id.unwrap_or_default(), due.flatten(), receiver)
            .await
    }

    /// Lets the effect happen, then sends the answer or parks it. Gives the number and time of
    /// the parked answer.
    async fn run(
        &self,
        marketplace: &'static dyn Marketplace,
        facts: Facts,
        call: Incoming,
        effects: Vec<Effect>,
        since: Timestamp,
        caller: oneshot::Sender<Answer>,
    ) -> Option<(u64, Option<Timestamp>)> {
        let started = self.world().clock.boot();
        let done = self
            .work(marketplace, call.base.as_deref(), effects.clone(), |desk| {
                marketplace.answer(desk, &call)
            })
            .await;
        let reply = done.unwrap_or_else(|error| broken(&error));
        let micros = (self.world().clock.boot().0 - started.0) / 1_000;
        let mut outcome = reply.outcome.clone();
        let status = reply.status.as_u16();
        let mut answer = Ok(reply);
        for effect in &effects {
            match effect {
                Effect::AnswerLost => {
                    outcome.push_str(", answer lost");
                    answer = Err(Fault::NoAnswer);
                }
                Effect::BodyCut => {
                    outcome.push_str(", cut in the body");
                    answer = answer.and_then(|reply| Err(cut(&reply)));
                }
                Effect::Garbage => {
                    outcome.push_str(", garbage");
                    answer = answer.map(garbage);
                }
                Effect::ErrorAfter { status } => {
                    outcome.push_str(", server error after its effect");
                    answer = answer.map(|_| server_error(*status));
                }
                _ => {}
            }
        }
        {
            let mut core = self.core().await;
            if let Some(market) = core.markets.get_mut(marketplace.name()) {
                market.note(LogLine {
                    at: since,
                    api: facts.api.clone(),
                    account: facts.account.clone(),
                    reference: facts.reference.clone(),
                    outcome,
                    status,
                    micros,
                });
            }
        }
        let hold = effects.contains(&Effect::HoldAfter);
        let delay: i64 = effects
            .iter()
            .map(|e| {
                if let Effect::DelayAfter { ms } = e {
                    *ms
                } else {
                    0
                }
            })
            .sum();
        if hold || delay > 0 {
            let now = self.world().now();
            let due = (!hold).then(|| now.plus_millis(delay));
            let id = self.held().park_for(
                marketplace.name(),
                facts,
                now,
                due,
                Stage::After { answer },
                caller,
            );
            return Some((id, due));
        }
        // A caller that has gone away needs no answer.
        let _ = caller.send(answer);
        None
    }

    /// Waits for a parked request. On a socket, delays end by real waiting.
    async fn wait(
        &self,
        id: u64,
        due: Option<Timestamp>,
        receiver: oneshot::Receiver<Answer>,
    ) -> Answer {
        let mut receiver = receiver;
        let mut next = due.map(|due| (id, due));
        while let Some((id, due)) = next.take() {
            if !self.options().real_delays {
                break;
            }
            let micros = u64::try_from(due.0 - self.world().now().0).unwrap_or(0);
            #[expect(
                clippy::disallowed_methods,
                reason = "latency on a real socket is real waiting; simulation leaves real_delays off and ticks"
            )]
            let pause = tokio::time::sleep(std::time::Duration::from_micros(micros));
            let pause = std::pin::pin!(pause);
            match futures_util::future::select(&mut receiver, pause).await {
                futures_util::future::Either::Left((answer, _)) => {
                    return answer.unwrap_or(Err(Fault::NoAnswer));
                }
                futures_util::future::Either::Right(((), _)) => {
                    next = self
                        .let_go(id)
                        .await
                        .and_then(|(id, due)| due.map(|due| (id, due)));
                }
            }
        }
        receiver.await.unwrap_or(Err(Fault::NoAnswer))
    }

    /// Lets a waiting request go on; gives where it waits next, if it does.
    pub(crate) async fn let_go(&self, id: u64) -> Option<(u64, Option<Timestamp>)> {
        let waiting = self.held().take(id)?;
        self.go_on(waiting).await
    }

    pub(crate) async fn go_on(&self, waiting: Waiting) -> Option<(u64, Option<Timestamp>)> {
        let marketplace = crate::marketplace::by_name(waiting.market)?;
        match waiting.stage {
            Stage::Before { call, effects } => {
                self.run(
                    marketplace,
                    waiting.facts,
                    *call,
                    effects,
                    waiting.since,
                    waiting.caller,
                )
                .await
            }
            Stage::After { answer } => {
                let _ = waiting.caller.send(answer);
                None
            }
        }
    }

    async fn log(&self, market: &str, facts: &Facts, at: Timestamp, outcome: &str, status: u16) {
        let mut core = self.core().await;
        if let Some(market) = core.markets.get_mut(market) {
            market.note(LogLine {
                at,
                api: facts.api.clone(),
                account: facts.account.clone(),
                reference: facts.reference.clone(),
                outcome: outcome.to_owned(),
                status,
                micros: 0,
            });
        }
    }
}

/// Turns what happened into messages.
pub(crate) fn settle_events(marketplace: &dyn Marketplace, market: &mut Market, world: &World) {
    let events = std::mem::take(&mut market.events);
    for event in &events {
        marketplace.tell(market, world, event);
    }
}

/// The sandbox itself failed: not a knob, and told as such.
fn broken(error: &Error) -> Reply {
    tracing::error!(%error, "the sandbox could not keep its data");
    Reply::text(500, format!("the sandbox failed: {error}\n")).with_outcome("sandbox failed")
}

fn server_error(status: u16) -> Reply {
    Reply::html(status, format!("<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center><hr><center>Tengine</center></body></html>")).with_outcome("server error")
}

fn garbage(reply: Reply) -> Reply {
    Reply {
        body: Bytes::from_static(b"{\"result\":{\"orderId\xff\xfe<html>system busy"),
        ..reply
    }
}

fn cut(reply: &Reply) -> Fault {
    let announced = reply.body.len().max(2);
    Fault::Truncated {
        status: reply.status,
        content_type: reply
            .headers
            .iter()
            .find(|(name, _)| *name == "content-type")
            .map_or_else(String::new, |(_, value)| value.clone()),
        received: reply.body.slice(..reply.body.len() / 2),
        announced,
    }
}
