//! What buyers of 1688 see in a browser.

mod agreement;

use crate::incoming::{Incoming, Reply};
use crate::marketplace::Desk;
use crate::shop::{self, Shop};
use http::Method;

/// How they look and where they are.
pub(super) static SHOP: Shop = Shop {
    title: "1688",
    cookie: "sandbox_buyer_1688",
    login: "/accounts/login",
    asked: &["client_id", "site", "redirect_uri"],
    carried: &["client_id", "site", "redirect_uri", "state"],
    objection: |call| (call.text("site") != "1688").then_some("The parameter site must be 1688."),
    order: |number| format!("/order/{number}"),
    cashier: ("/order/cashier.htm", "orderId"),
};

/// Answers a page, if it is one of ours.
pub(super) fn answer(desk: &mut Desk<'_>, call: &Incoming) -> Option<Reply> {
    let parts = call.segments();
    let method = &call.method;
    let reads = *method == Method::GET || *method == Method::HEAD;
    if !(reads || call.is_post()) {
        return None;
    }
    // An address of no marketplace's form is told what this one misses.
    let authorises = parts == ["oauth", "authorize"]
        && (call.param("response_type").is_none() || shop::mine(desk, call));
    if !authorises {
        return other(desk, call, &parts, reads);
    }
    Some(if reads {
        shop::authorize_show(desk, call)
    } else if call.foreign {
        shop::not_from_here(desk, call)
    } else {
        shop::authorize_submit(desk, call)
    })
}

fn other(desk: &mut Desk<'_>, call: &Incoming, parts: &[&str], reads: bool) -> Option<Reply> {
    let ours = match parts {
        ["accounts", "login" | "agreement"] | ["order", "cashier.htm"] => true,
        ["accounts", "logout"] => call.is_post(),
        ["offer" | "order", _] => reads,
        _ => false,
    };
    if !ours {
        return None;
    }
    if call.is_post() && call.foreign {
        return Some(shop::not_from_here(desk, call));
    }
    Some(match parts {
        ["accounts", "login"] => shop::login(desk, call),
        ["accounts", "logout"] => shop::logout(desk, call, Reply::see(shop::back(call))),
        ["accounts", "agreement"] => agreement::show(desk, call),
        ["offer", file] => shop::offer(desk, call, file.strip_suffix(".html").unwrap_or(file)),
        ["order", "cashier.htm"] if reads => shop::cashier(desk, call, ""),
        ["order", "cashier.htm"] => shop::pay(desk, call),
        ["order", number] => shop::order(
            desk,
            call,
            number.strip_suffix(".html").unwrap_or(number),
            &[],
        ),
        _ => return None,
    })
}
