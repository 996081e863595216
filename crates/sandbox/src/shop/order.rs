//! An order's page, for the buyer who made it.

use super::{Shop, logged_in, message, to_login};
use crate::incoming::{Incoming, Reply};
use crate::marketplace::Desk;
use crate::order_page::{OrderPage, order_page, page};
use askama::Template;

#[derive(Template)]
#[template(path = "shop/order.html")]
struct OrderTemplate {
    shop: &'static Shop,
    account: Option<String>,
    order: OrderPage,
    cashier: String,
}

/// The page; `fields` are those of its address.
pub(crate) fn show(desk: &Desk<'_>, call: &Incoming, number: &str, fields: &[&str]) -> Reply {
    let Some(buyer) = logged_in(desk, call) else {
        return to_login(desk, call, fields);
    };
    let Some(order) = desk
        .market
        .orders
        .get(number)
        .filter(|order| order.account == buyer)
    else {
        return message(
            desk,
            call,
            404,
            "No such order",
            "订单不存在",
            "This account has no order with this number.",
        );
    };
    page(
        200,
        &OrderTemplate {
            shop: desk.shop(),
            account: Some(buyer),
            order: order_page(desk.market, order),
            cashier: desk.shop().cashier_of(number),
        },
    )
}
