//! The machine interface under `/control`: look at everything, make anything happen now.
//!
//! Open to callers on this machine; others need the token.

mod actions;

pub(crate) use actions::{act, offer_change};

use crate::fault::Error;
use crate::incoming::{Incoming, Reply};
use crate::marketplace::{ALL, Marketplace, by_name};
use crate::sandbox::Sandbox;
use crate::state::{App, PushState};
use crate::trade::{Refusal, RefusalKind, order_view};
use http::Method;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

/// A refusal of the control interface.
fn problem(status: u16, text: &str) -> Reply {
    Reply::json(status, &json!({"error": text})).with_outcome("refused")
}

fn refused(refusal: &Refusal) -> Reply {
    let status = match refusal.kind {
        RefusalKind::Missing => 404,
        RefusalKind::State => 409,
        RefusalKind::Value => 400,
    };
    problem(status, &refusal.text)
}

fn done(result: Result<Value, Refusal>) -> Reply {
    match result {
        Ok(body) => Reply::json(200, &body),
        Err(refusal) => refused(&refusal),
    }
}

/// Whether the caller may use control and console at all.
pub(crate) fn allowed(sandbox: &Sandbox, call: &Incoming) -> bool {
    if call.local {
        return true;
    }
    let given = call
        .headers
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    given.is_some_and(|given| token_fits(sandbox, given))
}

/// Whether this is the control token.
pub(crate) fn token_fits(sandbox: &Sandbox, given: &str) -> bool {
    sandbox
        .options()
        .control_token
        .as_deref()
        .is_some_and(|token| {
            !token.is_empty() && token.as_bytes().ct_eq(given.trim().as_bytes()).into()
        })
}

/// Answers a control request.
pub(crate) async fn answer(sandbox: &Sandbox, call: &Incoming) -> Result<Reply, Error> {
    if !allowed(sandbox, call) {
        return Ok(problem(
            401,
            "control is open from this machine only; from elsewhere send `Authorization: Bearer <control token>`",
        ));
    }
    if call.foreign && call.method != Method::GET {
        return Ok(problem(403, "a page of another site sent this"));
    }
    let parts = call.segments();
    let get = call.method == Method::GET;
    match parts.get(1..).unwrap_or_default() {
        ["apps"] if get => apps(sandbox).await,
        ["time"] if get => Ok(Reply::json(
            200,
            &json!({"now_ms": sandbox.world().now().millis()}),
        )),
        [name, rest @ ..] => {
            if let Some(marketplace) = by_name(name) {
                return of_marketplace(sandbox, marketplace, call, rest).await;
            }
            let names: Vec<&str> = ALL.iter().map(|m| m.name()).collect();
            Ok(problem(
                404,
                &format!(
                    "there is no marketplace `{name}`; there are: {}",
                    names.join(", ")
                ),
            ))
        }
        [] => Ok(problem(
            404,
            "see docs/sandbox.md for the paths below /control",
        )),
    }
}

async fn apps(sandbox: &Sandbox) -> Result<Reply, Error> {
    let core = sandbox.core().await;
    let mut rows = Vec::new();
    for (name, market) in &core.markets {
        rows.extend(market.apps.values().map(|app| app_view(name, app)));
    }
    Ok(Reply::json(200, &Value::Array(rows)))
}

fn app_view(marketplace: &str, app: &App) -> Value {
    json!({"marketplace": marketplace, "app_key": app.key, "app_secret": app.secret, "push_url": app.push_url, "redirect_hosts": app.redirect_hosts})
}

/// `POST …/apps`: one more app with a key of its own.
async fn add_app(
    sandbox: &Sandbox,
    marketplace: &'static dyn Marketplace,
    body: &Value,
) -> Result<Reply, Error> {
    let name = body
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or("Autopurchase")
        .to_owned();
    sandbox
        .work(marketplace, None, Vec::new(), |desk| {
            let key = desk.market.add_app(&name, desk.world);
            desk.market.apps.get(&key).map_or_else(
                || problem(404, "there is no such app"),
                |app| Reply::json(200, &app_view(marketplace.name(), app)),
            )
        })
        .await
}

async fn of_marketplace(
    sandbox: &Sandbox,
    marketplace: &'static dyn Marketplace,
    call: &Incoming,
    rest: &[&str],
) -> Result<Reply, Error> {
    let body = match call.json() {
        Ok(body @ Value::Object(_)) => body,
        Ok(_) => return Ok(problem(400, "expected a JSON object")),
        Err(text) => return Ok(problem(400, &text)),
    };
    let method = &call.method;
    let reply = match (method, rest) {
        (&Method::POST, ["authorize"]) => {
            let account = body.get("account").and_then(Value::as_str).unwrap_or_default().to_owned();
            let app = body.get("app_key").and_then(Value::as_str).map(str::to_owned);
            sandbox
                .work(marketplace, call.base.as_deref(), Vec::new(), |desk| {
                    done(desk.grant(&account, app.as_deref()).map(|granted| {
                        json!({"access_token": granted.access_token, "refresh_token": granted.refresh_token, "member_id": granted.member_id})
                    }))
                })
                .await?
        }
        (&Method::POST, ["apps"]) => add_app(sandbox, marketplace, &body).await?,
        (&Method::GET, ["accounts"]) => look(sandbox, marketplace, |market| {
            let rows: Vec<Value> = market.accounts.values().map(|account| json!({"account": account.login, "member_id": account.member_id, "company": account.company, "protocol_pay": account.protocol_pay})).collect();
            json!({"accounts": rows})
        })
        .await,
        (&Method::POST, ["accounts", account, action]) => actions::account(sandbox, marketplace, account, action).await?,
        (&Method::GET, ["offers"]) => look(sandbox, marketplace, |market| json!({"offers": market.offers.values().map(|offer| actions::offer_view(market, offer)).collect::<Vec<_>>()})).await,
        (&Method::GET, ["offers", id]) => {
            let core = sandbox.core().await;
            let found = core.markets.get(marketplace.name()).and_then(|market| market.offers.get(id).map(|offer| actions::offer_view(market, offer)));
            found.map_or_else(|| problem(404, &format!("there is no offer {id}")), |view| Reply::json(200, &view))
        }
        (&Method::POST | &Method::PUT, ["offers", id]) => actions::offer(sandbox, marketplace, id, &body).await?,
        (&Method::GET, ["orders"]) => {
            let only = call.query.clone();
            look(sandbox, marketplace, |market| {
                let mut orders: Vec<_> = market
                    .orders
                    .values()
                    .filter(|order| only.get("reference").is_none_or(|wanted| order.reference.as_ref() == Some(wanted)))
                    .filter(|order| only.get("account").is_none_or(|wanted| order.account == *wanted))
                    .collect();
                orders.sort_by_key(|order| order.sequence);
                json!({"orders": orders.into_iter().map(|order| order_view(order, &marketplace.words(market, order))).collect::<Vec<_>>()})
            })
            .await
        }
        (&Method::POST, ["orders"]) => actions::order_by_hand(sandbox, marketplace, call, &body).await?,
        (&Method::GET, ["orders", number]) => {
            let core = sandbox.core().await;
            let found = core.markets.get(marketplace.name()).and_then(|market| market.orders.get(number).map(|order| order_view(order, &marketplace.words(market, order))));
            found.map_or_else(|| problem(404, &format!("there is no order {number}")), |view| Reply::json(200, &view))
        }
        (&Method::POST, ["orders", number, action]) => actions::order(sandbox, marketplace, call, number, action, &body).await?,
        (&Method::GET, ["knobs"]) => look(sandbox, marketplace, |market| market.knobs().view(marketplace.sheet())).await,
        (&Method::PUT | &Method::POST, ["knobs"]) => {
            sandbox
                .work(marketplace, None, Vec::new(), |desk| match desk.market.knobs_mut().turn(marketplace.sheet(), &body) {
                    Ok(()) => Reply::json(200, &desk.market.knobs().view(marketplace.sheet())),
                    Err(text) => problem(400, &text),
                })
                .await?
        }
        (&Method::GET, ["held"]) => {
            let rows: Vec<Value> = sandbox
                .held()
                .list(marketplace.name())
                .into_iter()
                .map(|(id, facts, since, happened, due)| {
                    json!({"id": id, "api": facts.api, "account": facts.account, "reference": facts.reference, "since_ms": since.millis(), "happened": happened, "due_ms": due.map(world::Timestamp::millis)})
                })
                .collect();
            Reply::json(200, &json!({"held": rows}))
        }
        (&Method::POST, ["held", "release"]) => {
            let ids = sandbox.held().held(marketplace.name());
            let count = ids.len();
            for id in ids {
                sandbox.let_go(id).await;
            }
            Reply::json(200, &json!({"released": count}))
        }
        (&Method::POST, ["held", id, "release"]) => match id.parse::<u64>() {
            Ok(id) if sandbox.held().list(marketplace.name()).iter().any(|row| row.0 == id) => {
                sandbox.let_go(id).await;
                Reply::json(200, &json!({"released": 1}))
            }
            _ => problem(404, &format!("no request {id} waits")),
        },
        (&Method::GET, ["counters"]) => look(sandbox, marketplace, |market| {
            let references: Vec<Value> = market.references.values().map(|row| json!({"account": row.account, "reference": row.name, "creates_received": row.received, "orders": row.orders})).collect();
            json!({"references": references, "calls": market.calls})
        })
        .await,
        (&Method::GET, ["log"]) => look(sandbox, marketplace, |market| {
            let rows: Vec<Value> = market
                .log
                .iter()
                .map(|line| json!({"at_ms": line.at.millis(), "api": line.api, "account": line.account, "reference": line.reference, "outcome": line.outcome, "http": line.status, "micros": line.micros}))
                .collect();
            json!({"calls": rows})
        })
        .await,
        (&Method::GET, ["pushes"]) => look(sandbox, marketplace, |market| {
            let mut rows: Vec<_> = market.pushes.iter().collect();
            rows.sort_by_key(|(_, push)| (push.born, push.msg_id));
            let rows: Vec<Value> = rows
                .into_iter()
                .map(|(id, push)| {
                    let state = match push.state {
                        PushState::Waiting => "waiting",
                        PushState::Delivered => "delivered",
                        PushState::Kept => "kept",
                        PushState::Confirmed => "confirmed",
                    };
                    json!({"id": id, "msg_id": push.msg_id, "type": push.topic, "user": push.user, "state": state, "tries": push.tries, "born_ms": world::Timestamp(push.born).millis(), "due_ms": world::Timestamp(push.due).millis(), "data": serde_json::from_str::<Value>(&push.data).unwrap_or_default()})
                })
                .collect();
            json!({"pushes": rows})
        })
        .await,
        (&Method::PUT | &Method::POST, ["push"]) => actions::push_url(sandbox, marketplace, &body).await?,
        (&Method::PUT | &Method::POST, ["redirects"]) => actions::redirects(sandbox, marketplace, &body).await?,
        _ => problem(404, &format!("there is no {method} /control/{}/{}", marketplace.name(), rest.join("/"))),
    };
    Ok(reply)
}

async fn look(
    sandbox: &Sandbox,
    marketplace: &'static dyn Marketplace,
    view: impl FnOnce(&crate::state::Market) -> Value,
) -> Reply {
    let core = sandbox.core().await;
    core.markets.get(marketplace.name()).map_or_else(
        || problem(404, "no such marketplace"),
        |market| Reply::json(200, &view(market)),
    )
}
