//! What buyers see in a browser: login, consent, offers, their orders and the cashier.

mod authorize;
mod buyer;
mod offer;

use crate::incoming::{Incoming, Reply};
use crate::marketplace::Desk;
use crate::order_page::page;
use crate::state::{DEMO_PASSWORD, Login};
use askama::Template;
use http::Method;

/// The buyer's cookie. Ports share cookies, hence a name of its own.
const COOKIE: &str = "sandbox_buyer_1688";
const LOGIN_SECONDS: i64 = 7 * 86_400;

#[derive(Template)]
#[template(path = "m1688/message.html")]
struct Message {
    account: Option<String>,
    title: String,
    chinese: String,
    text: String,
    link: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "m1688/login.html")]
struct LoginPage {
    account: Option<String>,
    reason: String,
    error: String,
    action: String,
    hidden: Vec<(String, String)>,
    accounts: Vec<(String, String)>,
    chosen: String,
    password: &'static str,
}

/// Answers a page, if it is one of ours.
pub(super) fn answer(desk: &mut Desk<'_>, call: &Incoming) -> Option<Reply> {
    let parts = call.segments();
    let method = &call.method;
    let reads = *method == Method::GET || *method == Method::HEAD;
    if call.is_post() && call.foreign {
        return Some(message(
            desk,
            call,
            403,
            "Not from here",
            "非法请求",
            "A page of another site sent this form.",
        ));
    }
    Some(match parts.as_slice() {
        ["oauth", "authorize"] if reads => authorize::show(desk, call),
        ["oauth", "authorize"] if call.is_post() => authorize::submit(desk, call),
        ["accounts", "login"] if reads => login_form(
            desk,
            call,
            "",
            "/accounts/login",
            vec![("back".into(), back(call))],
            "",
        ),
        ["accounts", "login"] if call.is_post() => login(desk, call),
        ["accounts", "logout"] if call.is_post() => logout(desk, call, Reply::see(back(call))),
        ["accounts", "agreement"] if reads || call.is_post() => buyer::agreement(desk, call),
        ["offer", file] if reads => {
            offer::show(desk, call, file.strip_suffix(".html").unwrap_or(file))
        }
        ["img", id, file] if reads => offer::picture(desk, id, file),
        ["order", "cashier.htm"] if reads => buyer::cashier(desk, call, ""),
        ["order", "cashier.htm"] if call.is_post() => buyer::pay(desk, call),
        ["order", number] if reads => buyer::order(desk, call, number),
        _ => return None,
    })
}

/// A page with a title and a sentence.
fn message(
    desk: &Desk<'_>,
    call: &Incoming,
    status: u16,
    title: &str,
    chinese: &str,
    text: &str,
) -> Reply {
    let template = Message {
        account: logged_in(desk, call),
        title: title.to_owned(),
        chinese: chinese.to_owned(),
        text: text.to_owned(),
        link: None,
    };
    page(status, &template).with_outcome(title)
}

/// Who this browser is.
fn logged_in(desk: &Desk<'_>, call: &Incoming) -> Option<String> {
    let login = desk.market.logins.get(call.cookie(COOKIE)?)?;
    (login.until > desk.now.0)
        .then(|| login.account.clone())
        .flatten()
}

/// A place on our own site to go to afterwards.
fn back(call: &Incoming) -> String {
    let wanted = call.text("back");
    let ours = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains(['\\', '\r', '\n']);
    if ours {
        wanted.to_owned()
    } else {
        "/console".to_owned()
    }
}

fn login_form(
    desk: &Desk<'_>,
    call: &Incoming,
    error: &str,
    action: &str,
    hidden: Vec<(String, String)>,
    reason: &str,
) -> Reply {
    let template = LoginPage {
        account: logged_in(desk, call),
        reason: reason.to_owned(),
        error: error.to_owned(),
        action: action.to_owned(),
        hidden,
        accounts: desk
            .market
            .accounts
            .values()
            .map(|account| (account.login.clone(), account.company.clone()))
            .collect(),
        chosen: call.text("account").to_owned(),
        password: DEMO_PASSWORD,
    };
    page(if error.is_empty() { 200 } else { 422 }, &template)
}

/// Checks account and password; gives the cookie of a new login.
fn try_login(desk: &mut Desk<'_>, call: &Incoming) -> Result<String, &'static str> {
    let account = call.text("account").to_owned();
    if !desk.market.accounts.contains(&account) {
        return Err("There is no such account.");
    }
    if call.text("password") != DEMO_PASSWORD {
        return Err("The password is wrong.");
    }
    let token = desk.token();
    let until = desk.now.plus_seconds(LOGIN_SECONDS).0;
    desk.market.logins.insert(
        token.clone(),
        Login {
            account: Some(account),
            until,
        },
    );
    Ok(format!(
        "{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LOGIN_SECONDS}"
    ))
}

fn login(desk: &mut Desk<'_>, call: &Incoming) -> Reply {
    match try_login(desk, call) {
        Ok(cookie) => Reply::see(back(call)).header("set-cookie", cookie),
        Err(error) => login_form(
            desk,
            call,
            error,
            "/accounts/login",
            vec![("back".into(), back(call))],
            "",
        ),
    }
}

fn logout(desk: &mut Desk<'_>, call: &Incoming, then: Reply) -> Reply {
    if let Some(token) = call.cookie(COOKIE) {
        desk.market.logins.remove(token);
    }
    then.header(
        "set-cookie",
        format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"),
    )
}
