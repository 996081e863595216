//! The authorise page: log in, consent, go back to the application with a code.

use super::{Shop, logged_in, login_form, logout, message, try_login};
use crate::incoming::{Incoming, Reply};
use crate::knobs::RefusedConsent;
use crate::marketplace::Desk;
use crate::order_page::page;
use crate::state::App;
use askama::Template;
use url::Url;

#[derive(Template)]
#[template(path = "shop/consent.html")]
struct Consent {
    shop: &'static Shop,
    account: Option<String>,
    app: String,
    app_key: String,
    buyer: String,
    host: String,
    hidden: Vec<(String, String)>,
}

/// Whether a call of the authorise page is for this marketplace: all share its path on one port.
/// The application tells, and where no marketplace knows it, the form of the address.
pub(crate) fn mine(desk: &Desk<'_>, call: &Incoming) -> bool {
    desk.market.apps.contains(call.text("client_id"))
        || desk
            .shop()
            .asked
            .iter()
            .all(|name| call.params.contains_key(*name))
}

/// What the application asked for, checked.
struct Asked {
    app: App,
    redirect: Url,
}

fn asked(desk: &Desk<'_>, call: &Incoming) -> Result<Asked, Box<Reply>> {
    for name in desk.shop().asked {
        if call.param(name).is_none() {
            let text = format!("The parameter {name} is missing from the address.");
            return Err(Box::new(message(
                desk,
                call,
                400,
                "A parameter is missing",
                "缺少必要参数",
                &text,
            )));
        }
    }
    let illegal = |text: &str| {
        Err(Box::new(message(
            desk,
            call,
            400,
            "Illegal request",
            "非法请求",
            text,
        )))
    };
    if let Some(text) = (desk.shop().objection)(call) {
        return illegal(text);
    }
    let Some(app) = desk.market.apps.get(call.text("client_id")).cloned() else {
        return illegal("There is no application with this client_id.");
    };
    let redirect = match Url::parse(call.text("redirect_uri")) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host_str().is_some() => url,
        _ => return illegal("redirect_uri is no http address."),
    };
    let host = redirect.host_str().unwrap_or_default().to_ascii_lowercase();
    let loopback = host == "localhost"
        || host.ends_with(".localhost")
        || host == "127.0.0.1"
        || host == "[::1]";
    let known = app
        .redirect_hosts
        .iter()
        .any(|own| host == *own || host.ends_with(&format!(".{own}")));
    if !(loopback || known || desk.market.knobs().settings.any_redirect) {
        return illegal("The host of redirect_uri is not registered for this application.");
    }
    Ok(Asked { app, redirect })
}

fn hidden(desk: &Desk<'_>, call: &Incoming) -> Vec<(String, String)> {
    desk.shop()
        .carried
        .iter()
        .filter_map(|name| {
            call.params
                .get(*name)
                .map(|value| ((*name).to_owned(), value.clone()))
        })
        .collect()
}

/// The first page: login, or consent if somebody is logged in.
pub(crate) fn show(desk: &Desk<'_>, call: &Incoming) -> Reply {
    let asked = match asked(desk, call) {
        Ok(asked) => asked,
        Err(reply) => return *reply,
    };
    match logged_in(desk, call) {
        Some(buyer) => consent_form(desk, call, &asked, buyer),
        None => login_page(desk, call, &asked, ""),
    }
}

fn login_page(desk: &Desk<'_>, call: &Incoming, asked: &Asked, error: &str) -> Reply {
    let reason = format!("to authorise {}", asked.app.name);
    allow_redirect(
        login_form(
            desk,
            call,
            error,
            "/oauth/authorize",
            hidden(desk, call),
            &reason,
        ),
        &asked.redirect,
    )
}

fn consent_form(desk: &Desk<'_>, call: &Incoming, asked: &Asked, buyer: String) -> Reply {
    let template = Consent {
        shop: desk.shop(),
        account: Some(buyer.clone()),
        app: asked.app.name.clone(),
        app_key: asked.app.key.clone(),
        buyer,
        host: asked.redirect.host_str().unwrap_or_default().to_owned(),
        hidden: hidden(desk, call),
    };
    allow_redirect(page(200, &template), &asked.redirect)
}

/// Browsers hold a form's redirects to the policy too: the way back must be allowed.
fn allow_redirect(reply: Reply, redirect: &Url) -> Reply {
    let origin = redirect.origin().ascii_serialization();
    reply.header(
        "content-security-policy",
        format!("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {origin}; frame-ancestors 'none'; base-uri 'none'"),
    )
}

fn own_address(desk: &Desk<'_>, call: &Incoming) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(hidden(desk, call))
        .finish();
    format!("/oauth/authorize?{query}")
}

/// One of the forms.
pub(crate) fn submit(desk: &mut Desk<'_>, call: &Incoming) -> Reply {
    let asked = match asked(desk, call) {
        Ok(asked) => asked,
        Err(reply) => return *reply,
    };
    match call.text("step") {
        "login" => match try_login(desk, call) {
            Ok(cookie) => Reply::see(own_address(desk, call)).header("set-cookie", cookie),
            Err(error) => login_page(desk, call, &asked, error),
        },
        "logout" => {
            let again = Reply::see(own_address(desk, call));
            logout(desk, call, again)
        }
        "consent" => {
            let Some(buyer) = logged_in(desk, call) else {
                return Reply::see(own_address(desk, call));
            };
            let code = desk.consent_code(&buyer, &asked.app.key);
            back_to_app(call, asked.redirect, &[("code", &code)])
        }
        "refuse" => match desk.market.knobs().settings.refused_consent {
            RefusedConsent::Redirect => {
                back_to_app(call, asked.redirect, &[("error", "access_denied")])
            }
            RefusedConsent::Page => message(
                desk,
                call,
                200,
                "Refused",
                "您已拒绝授权",
                "The application was not let in.",
            ),
        },
        _ => message(
            desk,
            call,
            400,
            "Illegal request",
            "非法请求",
            "The form is incomplete.",
        ),
    }
}

fn back_to_app(call: &Incoming, mut redirect: Url, pairs: &[(&str, &str)]) -> Reply {
    {
        let mut query = redirect.query_pairs_mut();
        for (name, value) in pairs {
            query.append_pair(name, value);
        }
        if let Some(state) = call.params.get("state") {
            query.append_pair("state", state);
        }
    }
    Reply::see(redirect.to_string())
}
