//! What distributors see in a browser: login, consent, items, their purchases, the place to pay.

use crate::incoming::{Incoming, Reply};
use crate::marketplace::Desk;
use crate::shop::{self, Shop};
use http::Method;

/// How the pages look and where they are.
pub(super) static SHOP: Shop = Shop {
    title: "Taobao Global",
    cookie: "sandbox_buyer_taobao",
    login: "/purchase/login",
    asked: &["client_id", "redirect_uri", "response_type"],
    carried: &[
        "response_type",
        "force_auth",
        "redirect_uri",
        "client_id",
        "state",
        "uuid",
    ],
    objection: |call| {
        (call.text("response_type") != "code")
            .then_some("The parameter response_type must be code.")
    },
    order: |number| format!("/purchase/{number}"),
    cashier: ("/purchase/pay", "ids"),
};

/// Answers a page, if it is one of ours.
pub(super) fn answer(desk: &mut Desk<'_>, call: &Incoming) -> Option<Reply> {
    let parts = call.segments();
    let reads = call.method == Method::GET || call.method == Method::HEAD;
    let ours = match parts.as_slice() {
        ["oauth", "authorize"] => (reads || call.is_post()) && shop::mine(desk, call),
        ["purchase", "login" | "pay"] => reads || call.is_post(),
        ["purchase", "logout"] => call.is_post(),
        ["item.htm"] | ["purchase", _] => reads,
        _ => false,
    };
    if !ours {
        return None;
    }
    if call.is_post() && call.foreign {
        return Some(shop::not_from_here(desk, call));
    }
    Some(match parts.as_slice() {
        ["oauth", "authorize"] if reads => shop::authorize_show(desk, call),
        ["oauth", "authorize"] => shop::authorize_submit(desk, call),
        ["purchase", "login"] => shop::login(desk, call),
        ["purchase", "logout"] => shop::logout(desk, call, Reply::see(shop::back(call))),
        ["purchase", "pay"] if reads => shop::cashier(desk, call, ""),
        ["purchase", "pay"] => shop::pay(desk, call),
        ["purchase", number] => shop::order(desk, call, number, &[]),
        _ => shop::offer(desk, call, call.text("id")),
    })
}
