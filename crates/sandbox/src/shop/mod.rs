//! What buyers see in a browser on every marketplace: login, consent, offers with pictures, their
//! orders. Where these pages are and what they are called is each marketplace's own.

mod authorize;
mod cashier;
mod offer;
mod order;

pub(crate) use authorize::{mine, show as authorize_show, submit as authorize_submit};
pub(crate) use cashier::{pay, show as cashier};
pub(crate) use offer::{picture, show as offer};
pub(crate) use order::show as order;

use crate::incoming::{Incoming, Reply};
use crate::marketplace::Desk;
use crate::order_page::page;
use crate::state::{DEMO_PASSWORD, Login};
use askama::Template;

const LOGIN_SECONDS: i64 = 7 * 86_400;

/// A marketplace's pages for buyers.
pub(crate) struct Shop {
    /// The name on every page.
    pub title: &'static str,
    /// The buyer's cookie. Marketplaces on one port share cookies, hence a name of its own.
    pub cookie: &'static str,
    /// The login page.
    pub login: &'static str,
    /// What the address of the authorise page must hold.
    pub asked: &'static [&'static str],
    /// What of it travels through the forms.
    pub carried: &'static [&'static str],
    /// What else is wrong with the address of the authorise page, if anything is.
    pub objection: fn(&Incoming) -> Option<&'static str>,
    /// An order's page.
    pub order: fn(&str) -> String,
    /// The page where orders are paid, and the field of its address that names them.
    pub cashier: (&'static str, &'static str),
}

impl Shop {
    /// Where these orders are paid, several with semicolons between them.
    pub(crate) fn cashier_of(&self, numbers: &str) -> String {
        format!("{}?{}={numbers}", self.cashier.0, self.cashier.1)
    }
}

#[derive(Template)]
#[template(path = "shop/message.html")]
struct Message {
    shop: &'static Shop,
    account: Option<String>,
    title: String,
    chinese: String,
    text: String,
    link: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "shop/login.html")]
struct LoginPage {
    shop: &'static Shop,
    account: Option<String>,
    reason: String,
    error: String,
    action: String,
    hidden: Vec<(String, String)>,
    accounts: Vec<(String, String)>,
    chosen: String,
    password: &'static str,
}

/// A page with a title and a sentence.
pub(crate) fn message(
    desk: &Desk<'_>,
    call: &Incoming,
    status: u16,
    title: &str,
    chinese: &str,
    text: &str,
) -> Reply {
    let template = Message {
        shop: desk.shop(),
        account: logged_in(desk, call),
        title: title.to_owned(),
        chinese: chinese.to_owned(),
        text: text.to_owned(),
        link: None,
    };
    page(status, &template).with_outcome(title)
}

/// The answer to a form that a page of another site sent.
pub(crate) fn not_from_here(desk: &Desk<'_>, call: &Incoming) -> Reply {
    message(
        desk,
        call,
        403,
        "Not from here",
        "非法请求",
        "A page of another site sent this form.",
    )
}

/// Who this browser is.
pub(crate) fn logged_in(desk: &Desk<'_>, call: &Incoming) -> Option<String> {
    let login = desk.market.logins.get(call.cookie(desk.shop().cookie)?)?;
    (login.until > desk.now.0)
        .then(|| login.account.clone())
        .flatten()
}

/// A place on our own site to go to afterwards.
pub(crate) fn back(call: &Incoming) -> String {
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

/// To the login page, and from there back to where the browser is now with these fields.
pub(crate) fn to_login(desk: &Desk<'_>, call: &Incoming, fields: &[&str]) -> Reply {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            fields
                .iter()
                .filter_map(|name| call.param(name).map(|value| (*name, value))),
        )
        .finish();
    let back = if query.is_empty() {
        call.path.clone()
    } else {
        format!("{}?{query}", call.path)
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("back", &back)
        .finish();
    Reply::see(format!("{}?{query}", desk.shop().login))
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
        shop: desk.shop(),
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
        "{}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LOGIN_SECONDS}",
        desk.shop().cookie
    ))
}

/// The login page and its form.
pub(crate) fn login(desk: &mut Desk<'_>, call: &Incoming) -> Reply {
    let form = |desk: &Desk<'_>, error: &str| {
        let hidden = vec![("back".into(), back(call))];
        login_form(desk, call, error, desk.shop().login, hidden, "")
    };
    if !call.is_post() {
        return form(desk, "");
    }
    match try_login(desk, call) {
        Ok(cookie) => Reply::see(back(call)).header("set-cookie", cookie),
        Err(error) => form(desk, error),
    }
}

/// Forgets the login and goes on to `then`.
pub(crate) fn logout(desk: &mut Desk<'_>, call: &Incoming, then: Reply) -> Reply {
    let cookie = desk.shop().cookie;
    if let Some(token) = call.cookie(cookie) {
        desk.market.logins.remove(token);
    }
    then.header(
        "set-cookie",
        format!("{cookie}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"),
    )
}
