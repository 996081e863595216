//! Addresses of buying: the Purchase tab and its windows, runs, purchases, what needs a person.

use crate::buying::{
    bind, book, bookings, differences, pay, purchases, runs, tab, unbind, unknown,
};
use crate::routes::Routes;

pub(crate) fn purchase_routes() -> Routes {
    Routes::new()
        .get("/orders/{number}/purchase", tab::show)
        .get("/orders/{number}/events", tab::events)
        .post("/orders/{number}/book", book::book)
        .post("/orders/{number}/synchronize", book::synchronize)
        .post("/orders/{number}/prices", book::prices)
        .get("/orders/{number}/bind", bind::form)
        .post("/orders/{number}/bind", bind::send)
        .get("/orders/{number}/bind/{run}", bind::fit)
        .post("/orders/{number}/bind/{run}", bind::bind)
        .get("/orders/{number}/unbind", unbind::form)
        .post("/orders/{number}/unbind", unbind::send)
        .get("/orders/{number}/purchase/status", unbind::status)
        .post("/orders/{number}/bookings/{id}/look", bookings::look_again)
        .get("/orders/{number}/bookings/{id}/adopt", bookings::adopt_form)
        .post("/orders/{number}/bookings/{id}/adopt", bookings::adopt_send)
        .get(
            "/orders/{number}/bookings/{id}/release",
            bookings::release_form,
        )
        .post(
            "/orders/{number}/bookings/{id}/release",
            bookings::release_send,
        )
        .post(
            "/orders/{number}/bookings/{id}/withdraw",
            bookings::take_back,
        )
        .get("/activities/{id}", runs::show)
        .get("/activities/{id}/events", runs::events)
        .post("/activities/{id}/stop", runs::stop)
        .post("/activities/{id}/groups/{group}", runs::answer)
        .get("/purchases", purchases::list)
        .get("/purchases/events", purchases::events)
        .post("/purchases/pay", purchases::pay)
        .get("/purchases/pay-by-api", pay::form)
        .post("/purchases/pay-by-api", pay::send)
        .post("/purchases/{id}/pay", purchases::pay_one)
        .post("/purchases/{id}/accept", differences::accept_total)
        .post("/purchases/{id}/look", differences::look)
        .post("/purchases/{id}/cancel", differences::cancel_purchase)
        .get("/unknown", unknown::list)
        .get("/exceptions", differences::list)
        .post("/exceptions/{id}/accept", differences::leave)
}
