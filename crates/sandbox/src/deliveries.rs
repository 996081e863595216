//! Time passing: deadlines, sellers that act by themselves, delayed requests, due messages.
//! Nothing here runs on its own; whoever drives the sandbox calls [`Sandbox::tick`].

use crate::fault::Error;
use crate::marketplace::{ALL, Marketplace};
use crate::sandbox::{Sandbox, settle_events};
use crate::state::{Market, PushState};
use crate::trade::{Close, Closer, Shipment, Status};
use world::{Timestamp, World};

/// How long an unanswered try may take before the message is tried again.
const TRY_MICROS: i64 = 30_000_000;
/// How long settled messages, used codes and dead tokens are remembered.
const MEMORY_MICROS: i64 = 95 * 86_400_000_000;

/// A message to be posted by whoever drives the sandbox; the result comes back through
/// [`Sandbox::push_result`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushDelivery {
    /// Names this message at this marketplace.
    pub id: PushId,
    /// Where to.
    pub url: String,
    /// What is posted, byte for byte.
    pub body: String,
    /// The head: `content-type`, and where the signature is not in the body, `authorization`.
    pub headers: Vec<(&'static str, String)>,
    /// How long the other side may take to answer with status 200.
    pub within_ms: u64,
    /// Which try this is, from 1.
    pub attempt: u32,
}

/// Names a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PushId {
    market: &'static str,
    key: String,
}

impl Sandbox {
    /// Moves on to `now`: closes what was not paid in time, lets sellers act, ends delays, and
    /// gives the messages that are to be posted. Safe to call as often as you like.
    pub async fn tick(&self, now: Timestamp) -> Result<Vec<PushDelivery>, Error> {
        for waiting in self.held().take_due(now) {
            self.go_on(waiting).await;
        }
        let mut due = Vec::new();
        let mut core = self.core().await;
        for marketplace in ALL {
            let Some(market) = core.markets.get_mut(marketplace.name()) else {
                continue;
            };
            market.tasks_due(now.0);
            pass(*marketplace, market, now, self.world());
            settle_events(*marketplace, market, self.world());
            collect(*marketplace, market, now, self.world(), &mut due);
            forget(market, now);
        }
        core.save().await?;
        Ok(due)
    }

    /// Whether a posted message was taken (answered with status 200). Otherwise it is tried again
    /// and, after the last try, kept for pulling.
    pub async fn push_result(&self, id: &PushId, taken: bool) -> Result<(), Error> {
        let now = self.world().now();
        let mut core = self.core().await;
        let Some(market) = core.markets.get_mut(id.market) else {
            return Ok(());
        };
        let settings = market.knobs().settings;
        if let Some(push) = market.pushes.get_mut(&id.key)
            && push.state == PushState::Waiting
        {
            if taken {
                push.state = PushState::Delivered;
            } else if push.tries >= settings.push_tries {
                push.state = PushState::Kept;
            } else {
                push.due = now.plus_seconds(settings.push_gap_s).0;
            }
        }
        core.save().await
    }
}

/// Deadlines and sellers.
fn pass(marketplace: &dyn Marketplace, market: &mut Market, now: Timestamp, world: &World) {
    let settings = market.knobs().settings;
    let at = now.0;
    let seconds =
        |from: Option<i64>, wait: i64| from.is_some_and(|from| from + wait * 1_000_000 <= at);
    let numbers = |market: &Market, wanted: &dyn Fn(&crate::trade::Order) -> bool| {
        market.orders.keys_where(wanted)
    };
    // A move may be refused (a refund runs, say); then the order simply stays where it is.
    let too_late = marketplace.close_reasons(Closer::System).first();
    for number in numbers(market, &|order| {
        order.status == Status::Unpaid && order.pay_by() <= at
    }) {
        let close = Close {
            by: Closer::System,
            reason: too_late.copied().unwrap_or_default().to_owned(),
            remark: String::new(),
        };
        let _ = market.order_close(&number, close, at);
    }
    for number in numbers(market, &|order| {
        matches!(
            order.status,
            Status::Shipped | Status::Signed | Status::Signing
        ) && seconds(order.shipped, settings.confirm_timeout_days * 86_400)
            && !order.refunds.iter().any(crate::trade::Refund::open)
    }) {
        let _ = market.order_complete(&number, at);
    }
    if !settings.auto_sellers {
        return;
    }
    for number in numbers(market, &|order| {
        order.status == Status::Paid
            && seconds(order.paid, settings.auto_ship_s)
            && !order.refunds.iter().any(crate::trade::Refund::open)
    }) {
        let _ = market.order_ship(&number, &Shipment::default(), world);
    }
    for number in numbers(market, &|order| {
        order.status == Status::Shipped && seconds(order.shipped, settings.auto_sign_s)
    }) {
        let _ = market.order_sign(&number, at);
    }
    for number in numbers(market, &|order| {
        order.status == Status::Signed
            && seconds(
                order.deliveries.iter().filter_map(|d| d.signed_at).max(),
                settings.auto_complete_s,
            )
    }) {
        let _ = market.order_complete(&number, at);
    }
    for (number, id) in market
        .orders
        .values()
        .flat_map(|order| {
            order
                .refunds
                .iter()
                .filter(|r| r.open() && seconds(Some(r.changed), settings.auto_ship_s))
                .map(|r| (order.number.clone(), r.id.clone()))
        })
        .collect::<Vec<_>>()
    {
        if market.refund_agree(&number, &id, at).is_err() {
            let _ = market.refund_returned(&number, &id, at);
        }
    }
}

/// Messages whose time has come; each counts as tried from here on.
fn collect(
    marketplace: &dyn Marketplace,
    market: &mut Market,
    now: Timestamp,
    world: &World,
    due: &mut Vec<PushDelivery>,
) {
    let settings = market.knobs().settings;
    let mut keys = market
        .pushes
        .keys_where(|push| push.state == PushState::Waiting && push.due <= now.0);
    if settings.push_shuffle {
        for at in (1..keys.len()).rev() {
            let other = usize::try_from(world.random.below(at as u64 + 1)).unwrap_or(0);
            keys.swap(at, other);
        }
    }
    for key in keys {
        let Some(push) = market.pushes.get(&key).cloned() else {
            continue;
        };
        let url = market
            .apps
            .get(&push.app_key)
            .and_then(|app| app.push_url.clone());
        let out = marketplace.push_out(market, &push, now);
        let Some(row) = market.pushes.get_mut(&key) else {
            continue;
        };
        let (Some(url), Some(out)) = (url, out) else {
            row.state = PushState::Kept;
            continue;
        };
        // A try whose result never came was a failed one; the last such try ends it.
        if row.tries >= settings.push_tries {
            row.state = PushState::Kept;
            continue;
        }
        row.tries += 1;
        row.due = now.0 + TRY_MICROS;
        due.push(PushDelivery {
            id: PushId {
                market: marketplace.name(),
                key,
            },
            url,
            body: out.body,
            headers: out.headers,
            within_ms: out.within_ms,
            attempt: row.tries,
        });
    }
}

/// Lets go of what nobody can ask for any more.
fn forget(market: &mut Market, now: Timestamp) {
    let old = now.0 - MEMORY_MICROS;
    for key in market.pushes.keys_where(|push| push.born < old) {
        market.pushes.remove(&key);
    }
    for key in market.codes.keys_where(|code| code.until < old) {
        market.codes.remove(&key);
    }
    for key in market.access.keys_where(|token| token.until < old) {
        market.access.remove(&key);
    }
    for key in market.logins.keys_where(|login| login.until < now.0) {
        market.logins.remove(&key);
    }
}
