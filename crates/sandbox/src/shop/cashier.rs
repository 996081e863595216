//! The cashier: what is to be paid, by whom, and the button.

use super::{Shop, logged_in, message, to_login};
use crate::incoming::{Incoming, Reply};
use crate::marketplace::Desk;
use crate::money::yuan_text;
use crate::order_page::page;
use crate::trade::{Event, EventKind, Order, Status};
use askama::Template;

struct Row {
    number: String,
    title: String,
    path: String,
    status: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "shop/cashier.html")]
struct Cashier {
    shop: &'static Shop,
    account: Option<String>,
    buyer: String,
    error: String,
    rows: Vec<Row>,
    numbers: String,
    total: String,
    payable: bool,
}

/// The orders named in the address.
fn named<'a>(desk: &'a Desk<'_>, call: &Incoming) -> Vec<&'a Order> {
    let mut seen = std::collections::BTreeSet::new();
    call.text(desk.shop().cashier.1)
        .split([';', ',', ' '])
        .map(str::trim)
        .filter(|number| seen.insert((*number).to_owned()))
        .take(100)
        .filter_map(|number| desk.market.orders.get(number))
        .collect()
}

/// The page.
pub(crate) fn show(desk: &Desk<'_>, call: &Incoming, error: &str) -> Reply {
    let Some(buyer) = logged_in(desk, call) else {
        return to_login(desk, call, &[desk.shop().cashier.1]);
    };
    let orders = named(desk, call);
    if orders.is_empty() {
        return message(
            desk,
            call,
            404,
            "No such order",
            "订单不存在",
            "The address names no order of the sandbox.",
        );
    }
    if let Some(foreign) = orders.iter().find(|order| order.account != buyer) {
        let text = format!(
            "Order {} belongs to another account than {buyer}. Log in with the account that made it.",
            foreign.number
        );
        return message(desk, call, 403, "Not your order", "不是自己的订单", &text);
    }
    let unpaid: Vec<&&Order> = orders
        .iter()
        .filter(|order| order.status == Status::Unpaid)
        .collect();
    let total: i64 = unpaid.iter().map(|order| order.total_fen()).sum();
    let template = Cashier {
        shop: desk.shop(),
        account: Some(buyer.clone()),
        buyer,
        error: error.to_owned(),
        numbers: unpaid
            .iter()
            .map(|order| order.number.as_str())
            .collect::<Vec<_>>()
            .join(";"),
        payable: !unpaid.is_empty(),
        total: yuan_text(total),
        rows: orders
            .iter()
            .map(|order| Row {
                number: order.number.clone(),
                title: order
                    .lines
                    .first()
                    .map(|line| line.title.clone())
                    .unwrap_or_default(),
                path: (desk.shop().order)(&order.number),
                status: desk.market.marketplace.words(desk.market, order).status,
                amount: yuan_text(order.total_fen()),
            })
            .collect(),
    };
    page(if error.is_empty() { 200 } else { 422 }, &template)
}

/// The button was pressed: every order named that is still unpaid is paid.
pub(crate) fn pay(desk: &mut Desk<'_>, call: &Incoming) -> Reply {
    let Some(buyer) = logged_in(desk, call) else {
        return to_login(desk, call, &[desk.shop().cashier.1]);
    };
    let numbers: Vec<String> = named(desk, call)
        .iter()
        .filter(|order| order.account == buyer && order.status == Status::Unpaid)
        .map(|order| order.number.clone())
        .collect();
    if numbers.is_empty() {
        return show(desk, call, "Nothing is left to pay here.");
    }
    let now = desk.now.0;
    let results: Vec<(String, bool)> = numbers
        .iter()
        .map(|number| {
            (
                number.clone(),
                desk.market.order_pay(number, "alipay", now).is_ok(),
            )
        })
        .collect();
    if results.len() > 1
        && let Some((first, _)) = results.first()
    {
        desk.market.events.push(Event {
            order: first.clone(),
            kind: EventKind::BatchPaid {
                results: results.clone(),
            },
        });
    }
    Reply::see(desk.shop().cashier_of(&numbers.join(";")))
}
