//! The seller's console in the browser: plain forms, no scripts. It does what control does, and
//! is open to whom control is open; from elsewhere it asks for the control token.

mod knobs;
mod lists;
mod orders;

use crate::control::{allowed, token_fits};
use crate::fault::Error;
use crate::incoming::{Incoming, Reply};
use crate::marketplace::{ALL, Desk, Marketplace, by_name};
use crate::order_page::page;
use crate::sandbox::Sandbox;
use crate::state::Login;
use askama::Template;
use http::Method;

const COOKIE: &str = "sandbox_console";
const LOGIN_SECONDS: i64 = 86_400;
/// Rows of a page.
const PAGE: usize = 40;

/// What stands around every page.
pub(crate) struct Frame {
    name: &'static str,
    title: &'static str,
    menu: Vec<(String, &'static str, bool)>,
    auto: bool,
    path: String,
    error: String,
    held: usize,
}

#[derive(Template)]
#[template(path = "console/login.html")]
struct LoginPage {
    error: String,
}

/// A file of the console's and the pages' own.
pub(crate) fn asset(call: &Incoming) -> Reply {
    match call.path.as_str() {
        "/sandbox/sandbox.css" => Reply::file(
            "text/css;charset=UTF-8",
            include_str!("../../assets/sandbox.css"),
        ),
        "/sandbox/icon.svg" => Reply::file("image/svg+xml", include_str!("../../assets/icon.svg")),
        _ => Reply::text(404, "there is no such file\n"),
    }
}

/// Answers a console page.
pub(crate) async fn answer(sandbox: &Sandbox, call: &Incoming) -> Result<Reply, Error> {
    if call.is_post() && call.foreign {
        return Ok(Reply::text(403, "a page of another site sent this form\n"));
    }
    let parts = call.segments();
    if parts.get(1) == Some(&"login") && call.is_post() {
        return login(sandbox, call).await;
    }
    if !allowed(sandbox, call) && !logged_in(sandbox, call).await {
        return Ok(page(
            401,
            &LoginPage {
                error: String::new(),
            },
        ));
    }
    let Some(marketplace) = parts.get(1).and_then(|name| by_name(name)) else {
        let first = ALL.first().map_or("", |marketplace| marketplace.name());
        return Ok(if parts.len() < 2 {
            Reply::see(format!("/console/{first}/orders"))
        } else {
            Reply::text(404, "there is no such page\n")
        });
    };
    let rest = parts.get(2..).unwrap_or_default();
    let held = sandbox.held().held(marketplace.name()).len();
    if call.is_post() && rest == ["held"] {
        if let Ok(id) = call.text("id").parse() {
            sandbox.let_go(id).await;
        }
        return Ok(Reply::see(format!(
            "/console/{}/knobs#held",
            marketplace.name()
        )));
    }
    let waiting = sandbox.held().list(marketplace.name());
    sandbox
        .work(marketplace, call.base.as_deref(), Vec::new(), |desk| {
            let frame = |desk: &Desk<'_>, here: &str, error: &str| {
                frame(marketplace, desk, call, here, error, held)
            };
            let reads = call.method == Method::GET || call.method == Method::HEAD;
            match rest {
                [] => Reply::see(format!("/console/{}/orders", marketplace.name())),
                ["orders"] if reads => orders::list(desk, call, frame(desk, "orders", "")),
                ["orders", number] if reads => {
                    orders::show(desk, number, frame(desk, "orders", ""), 200)
                }
                ["orders", number, action] if call.is_post() => {
                    match orders::act(desk, call, number, action) {
                        Ok(()) => Reply::see(back(
                            call,
                            format!("/console/{}/orders/{number}", marketplace.name()),
                        )),
                        Err(refusal) => {
                            orders::show(desk, number, frame(desk, "orders", &refusal.text), 422)
                        }
                    }
                }
                ["offers"] if reads => lists::offers(desk, call, frame(desk, "offers", "")),
                ["offers", id] if reads => {
                    lists::offer(marketplace, desk, id, frame(desk, "offers", ""), 200)
                }
                ["offers", id] if call.is_post() => match lists::offer_change(desk, call, id) {
                    Ok(()) => Reply::see(format!("/console/{}/offers/{id}", marketplace.name())),
                    Err(refusal) => lists::offer(
                        marketplace,
                        desk,
                        id,
                        frame(desk, "offers", &refusal.text),
                        422,
                    ),
                },
                ["accounts"] if reads => lists::accounts(desk, frame(desk, "accounts", ""), 200),
                ["accounts", account] if call.is_post() => {
                    let now = desk.now;
                    match call.text("action") {
                        "revoke" => drop(desk.market.revoke(account, now)),
                        _ => drop(desk.market.expire_access(Some(account), now)),
                    }
                    Reply::see(format!("/console/{}/accounts", marketplace.name()))
                }
                ["push"] if call.is_post() => match lists::push_url(desk, call) {
                    Ok(()) => Reply::see(format!("/console/{}/accounts", marketplace.name())),
                    Err(refusal) => {
                        lists::accounts(desk, frame(desk, "accounts", &refusal.text), 422)
                    }
                },
                ["messages"] if reads => lists::messages(desk, frame(desk, "messages", "")),
                ["calls"] if reads => lists::calls(desk, frame(desk, "calls", "")),
                ["knobs"] if reads => knobs::show(desk, frame(desk, "knobs", ""), &waiting, 200),
                ["knobs"] if call.is_post() => match knobs::turn(desk, call) {
                    Ok(()) => Reply::see(format!("/console/{}/knobs", marketplace.name())),
                    Err(text) => knobs::show(desk, frame(desk, "knobs", &text), &waiting, 422),
                },
                ["sellers"] if call.is_post() => {
                    desk.market.knobs_mut().settings.auto_sellers = call.text("on") == "1";
                    Reply::see(back(
                        call,
                        format!("/console/{}/orders", marketplace.name()),
                    ))
                }
                _ => Reply::text(404, "there is no such page\n"),
            }
        })
        .await
}

/// The page a form came from, if it is one of the console's.
fn back(call: &Incoming, usual: String) -> String {
    let wanted = call.text("back");
    if wanted.starts_with("/console/") && !wanted.contains(['\\', '\r', '\n']) {
        wanted.to_owned()
    } else {
        usual
    }
}

fn frame(
    marketplace: &'static dyn Marketplace,
    desk: &Desk<'_>,
    call: &Incoming,
    here: &str,
    error: &str,
    held: usize,
) -> Frame {
    let name = marketplace.name();
    let mut menu: Vec<(String, &'static str, bool)> = [
        ("orders", "Orders"),
        ("offers", "Offers"),
        ("accounts", "Accounts"),
        ("messages", "Messages"),
        ("calls", "Calls"),
        ("knobs", "Knobs"),
    ]
    .into_iter()
    .map(|(path, title)| (format!("/console/{name}/{path}"), title, path == here))
    .collect();
    for other in ALL.iter().filter(|other| other.name() != name) {
        menu.push((
            format!("/console/{}/orders", other.name()),
            other.title(),
            false,
        ));
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&call.query)
        .finish();
    let path = if call.is_post() || query.is_empty() {
        format!("/console/{name}/{here}")
    } else {
        format!("/console/{name}/{here}?{query}")
    };
    let path = if !call.is_post() && query.is_empty() {
        call.path.clone()
    } else {
        path
    };
    Frame {
        name,
        title: marketplace.title(),
        menu,
        auto: desk.market.knobs().settings.auto_sellers,
        path,
        error: error.to_owned(),
        held,
    }
}

async fn logged_in(sandbox: &Sandbox, call: &Incoming) -> bool {
    let Some(token) = call.cookie(COOKIE) else {
        return false;
    };
    let now = sandbox.world().now().0;
    let core = sandbox.core().await;
    core.markets.values().any(|market| {
        market
            .logins
            .get(token)
            .is_some_and(|login| login.account.is_none() && login.until > now)
    })
}

async fn login(sandbox: &Sandbox, call: &Incoming) -> Result<Reply, Error> {
    let Some(first) = ALL.first().copied() else {
        return Ok(Reply::text(404, "there is no marketplace\n"));
    };
    if !token_fits(sandbox, call.text("token")) {
        return Ok(page(
            422,
            &LoginPage {
                error: "This is not the control token.".into(),
            },
        ));
    }
    sandbox
        .work(first, None, Vec::new(), |desk| {
            let token = desk.token();
            let until = desk.now.plus_seconds(LOGIN_SECONDS).0;
            desk.market.logins.insert(
                token.clone(),
                Login {
                    account: None,
                    until,
                },
            );
            Reply::see("/console").header(
                "set-cookie",
                format!(
                    "{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LOGIN_SECONDS}"
                ),
            )
        })
        .await
}

/// Numbers of pages with their addresses; none for a single page.
fn pages(
    total: usize,
    at: usize,
    address: impl Fn(usize) -> String,
) -> Vec<(String, String, bool)> {
    let last = total.div_ceil(PAGE);
    if last < 2 {
        return Vec::new();
    }
    (1..=last)
        .filter(|page| *page == 1 || *page == last || page.abs_diff(at) < 5)
        .map(|page| (page.to_string(), address(page), page == at))
        .collect()
}

/// The page asked for, from 1.
fn page_number(call: &Incoming) -> usize {
    call.text("page").parse().unwrap_or(1).clamp(1, 1_000_000)
}
