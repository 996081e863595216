//! Answers that no honest marketplace gives, and the line itself.

use crate::bench::{Behaviour, Shown, behaviour, ensure, ok};
use crate::desk::{Desk, basket};
use async_trait::async_trait;
use bytes::Bytes;
use domain::{Verdict, VerdictKind};
use futures_util::future::{Either, select};
use marketplaces::{
    Addresses, Basket, Caller, Create, Deadline, ErrorKind, HttpTransport, Listing, MarketError,
    Once, Preview, Request, Response, Transport, TransportError,
};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use world::Clock;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!("hostile: garbage, wrong types, deep, errors", [], senseless),
        behaviour!("hostile: a redirect is not followed", [], redirect),
        behaviour!("hostile: an answer without end", [], endless),
        behaviour!("hostile: an answer cut short", [], cut),
        behaviour!("everything over a real connection", [], real),
    ]
}

/// Answers everything with the same.
struct Always(u16, Bytes);

#[async_trait]
impl Transport for Always {
    async fn send(&self, _: Request, _: Deadline) -> Result<Response, TransportError> {
        Ok(Response {
            status: self.0,
            headers: http::HeaderMap::new(),
            body: self.1.clone(),
        })
    }
}

/// Makes every call; what each said. The create's answer stands first.
async fn everything(
    desk: &Desk,
    caller: &Caller<'_>,
    basket: &Basket,
    preview: &Preview,
) -> Vec<(&'static str, Option<MarketError>)> {
    let number = desk.stand.nobodys_order;
    let numbers = [number.to_owned()];
    let create = Create {
        reference: "APHOSTILE",
        basket,
        terms: &preview.terms,
        note: "",
        planned_total: preview.total,
        once: desk.permit(),
    };
    let now = desk.clock.now();
    let listing = Listing::Modified { from: now, to: now };
    let back = url::Url::parse("http://127.0.0.1:9999/back").unwrap();
    let m = &desk.market;
    vec![
        ("create", m.order_create(caller, &create).await.err()),
        (
            "cancel",
            m.order_cancel(caller, number, desk.permit()).await.err(),
        ),
        (
            "pay",
            m.order_pay(caller, &numbers, desk.permit()).await.err(),
        ),
        ("preview", refusal(m.order_preview(caller, basket).await)),
        ("read", m.order_read(caller, number).await.err()),
        ("list", m.order_list(caller, &listing, 1).await.err()),
        ("deliveries", m.deliveries_read(caller, number).await.err()),
        (
            "offer",
            m.offer_read(caller, desk.stand.nobodys_item).await.err(),
        ),
        ("addresses", m.addresses_read(caller).await.err()),
        ("link", m.pay_link(caller, &numbers).await.err()),
        ("app", m.app_check(caller).await.err()),
        ("login", m.token_exchange(caller, "code", &back).await.err()),
        (
            "refresh",
            m.token_refresh(caller, &desk.refresh).await.err(),
        ),
    ]
}

/// A preview tells a readable no as a verdict.
fn refusal(told: Result<Preview, MarketError>) -> Option<MarketError> {
    match told {
        Ok(preview) if preview.is_ok() => None,
        Ok(_) => Some(MarketError::new(
            ErrorKind::Refused(Box::new(Verdict::of(VerdictKind::Other))),
            "refused",
        )),
        Err(error) => Some(error),
    }
}

/// Nothing of it may be taken for an answer: never for a yes, and for no certain no by what changes
/// something. A read may pass on a no that it cannot interpret.
fn all_unclear(what: &str, said: &[(&'static str, Option<MarketError>)]) -> Shown {
    for (call, error) in said {
        let error = error.as_ref();
        let error = error.ok_or_else(|| format!("{what}: {call} takes it for an answer"))?;
        let changes = matches!(*call, "create" | "cancel" | "pay");
        let fits = match &error.kind {
            ErrorKind::Unclear | ErrorKind::Unsupported => true,
            ErrorKind::Refused(verdict) => !changes && verdict.kind == VerdictKind::Other,
            _ => false,
        };
        ensure!(fits, "{what}: {call}: {error:?}");
        let long = error.text.chars().count();
        ensure!(long <= 600, "{what}: {call}: {long} characters");
    }
    Ok(())
}

async fn prepared(desk: &Desk) -> Result<(Basket, Preview), String> {
    let lines = desk.lines(1).await?;
    let preview = desk.good_preview(&lines).await?;
    Ok((basket(&lines), preview))
}

async fn senseless(desk: &Desk) -> Shown {
    let (basket, preview) = prepared(desk).await?;
    let deep = |open: &str, close: &str| open.repeat(50_000) + "1" + &close.repeat(50_000);
    let mut bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        b"<html>bad gateway</html>".to_vec(),
        vec![0xff; 1_000],
        deep("[", "]").into_bytes(),
        deep("{\"result\":", "}").into_bytes(),
        deep("{\"data\":", "}").into_bytes(),
        "9".repeat(1_000_000).into_bytes(),
        format!("{{\"code\":1e{}}}", "9".repeat(1_000)).into_bytes(),
        json!({"success": false, "code": "NOBODY_KNOWS", "message": "长".repeat(1_000_000)})
            .to_string()
            .into_bytes(),
    ];
    bodies.extend(
        (desk.stand.odd_answers)()
            .iter()
            .map(|odd| odd.to_string().into_bytes()),
    );
    for body in bodies {
        // What is long takes its time; how it is called makes no difference to that.
        let statuses: &[u16] = if body.len() > 10_000 {
            &[200]
        } else {
            &[200, 302, 500, 503]
        };
        for &status in statuses {
            let way = Always(status, Bytes::from(body.clone()));
            let caller = Caller {
                transport: &way,
                ..desk.caller()
            };
            let start = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let said = everything(desk, &caller, &basket, &preview).await;
            all_unclear(&format!("{status} {start}"), &said)?;
        }
    }
    Ok(())
}

/// A peer that answers each request with the same bytes and hangs up, while `story` runs; how many
/// requests came.
async fn against<T>(answer: &[u8], story: impl AsyncFnOnce(url::Url) -> T) -> (T, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let count = Mutex::new(0);
    let serve = std::pin::pin!(async {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            if one_request(socket, answer).await {
                *count.lock().unwrap() += 1;
            }
        }
    });
    let story = std::pin::pin!(story(url::Url::parse(&base).unwrap()));
    match select(story, serve).await {
        Either::Left((told, _)) => {
            let count = *count.lock().unwrap();
            (told, count)
        }
        Either::Right((end, _)) => end,
    }
}

async fn one_request(mut socket: TcpStream, answer: &[u8]) -> bool {
    let mut seen = Vec::new();
    let mut part = [0; 4_096];
    loop {
        match socket.read(&mut part).await {
            Ok(0) | Err(_) => return false,
            Ok(n) => seen.extend_from_slice(&part[..n]),
        }
        let text = String::from_utf8_lossy(&seen);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                break;
            }
        }
    }
    // The other side may hang up before it took everything; that is the point.
    let _ = socket.write_all(answer).await;
    let _ = socket.shutdown().await;
    true
}

/// Makes every call over a real connection to a peer that says `answer`.
async fn all_calls_against(desk: &Desk, answer: &[u8]) -> Shown {
    let (basket, preview) = prepared(desk).await?;
    let transport = HttpTransport::new(desk.sandbox.world().clone()).unwrap();
    let story = async |base: url::Url| {
        let addresses = Addresses {
            gateway: base.clone(),
            login: base.clone(),
            site: base,
        };
        let caller = Caller {
            transport: &transport,
            addresses: &addresses,
            ..desk.caller()
        };
        everything(desk, &caller, &basket, &preview).await
    };
    let (said, requests) = against(answer, story).await;
    all_unclear("over a real connection", &said)?;
    let unsupported = said
        .iter()
        .filter(|(_, e)| e.as_ref().is_some_and(|e| e.kind == ErrorKind::Unsupported));
    let wanted = said.len() - unsupported.count();
    ensure!(requests == wanted, "{requests} requests for {wanted} calls");
    Ok(())
}

async fn redirect(desk: &Desk) -> Shown {
    for status in [
        "301 Moved",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        all_calls_against(desk, answer.as_bytes()).await?;
    }
    Ok(())
}

async fn endless(desk: &Desk) -> Shown {
    let mut answer =
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"success\":true,\"x\":\"".to_vec();
    answer.resize(9 * 1024 * 1024, b'x');
    answer.extend_from_slice(b"\"}");
    all_calls_against(desk, &answer).await
}

async fn cut(desk: &Desk) -> Shown {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"success\":true";
    all_calls_against(desk, short.as_bytes()).await?;
    all_calls_against(desk, b"HTTP/1.1 200 OK\r\ncont").await?;
    all_calls_against(desk, b"").await
}

/// The whole way once through a socket: transport, gateway, and the order that stands there.
async fn real(desk: &Desk) -> Shown {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = url::Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let addresses = Addresses {
        gateway: base.clone(),
        login: base.clone(),
        site: base,
    };
    let transport = HttpTransport::new(desk.sandbox.world().clone()).unwrap();
    let serve = std::pin::pin!(async {
        let router = desk.sandbox.router();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).await
    });
    let story = std::pin::pin!(async {
        let caller = Caller {
            transport: &transport,
            addresses: &addresses,
            ..desk.caller()
        };
        let market = &desk.market;
        ok(market.app_check(&caller).await, "check the app")?;
        let lines = desk.lines(1).await?;
        let basket = basket(&lines);
        let preview = ok(market.order_preview(&caller, &basket).await, "preview")?;
        let create = |once: Once| Create {
            reference: "APREALREALREALREALREALREALRE",
            basket: &basket,
            terms: &preview.terms,
            note: "",
            planned_total: preview.total,
            once,
        };
        let late = Once {
            send_by: desk.clock.now().plus_seconds(-1),
            ..desk.permit()
        };
        let refused = market.order_create(&caller, &create(late)).await.err();
        let kind = refused.map(|error| error.kind);
        ensure!(
            kind == Some(ErrorKind::NotSent),
            "a permit that ran out: {kind:?}"
        );
        desk.nothing_made("APREALREALREALREALREALREALRE").await?;
        let made = ok(
            market.order_create(&caller, &create(desk.permit())).await,
            "create",
        )?;
        desk.settle().await;
        let number = &made.orders[0].number;
        let order = ok(market.order_read(&caller, number).await, "read")?;
        ensure!(order.total == preview.total, "{order:?}");
        let there = desk.there_of("APREALREALREALREALREALREALRE").await;
        ensure!(there.len() == 1, "{there:?}");
        Ok(())
    });
    match select(story, serve).await {
        Either::Left((told, _)) => told,
        Either::Right((end, _)) => Err(format!("the server ended: {end:?}")),
    }
}
