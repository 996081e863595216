//! Every address of the panel.
//!
//! An address needs a signed-in person unless it is listed as open; nothing that changes something
//! answers to GET.

use crate::http;
use crate::pages::{
    activities, item_windows, order, order_activities, order_end, order_history, order_items,
    order_parcels, orders, parcel_windows, payment, sign_in,
};
use crate::panel::{self, Panel};
use crate::routes_purchase::purchase_routes;
use crate::routes_setup::setup_routes;
use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{MethodRouter, get, post};
use std::error::Error;

/// A list of addresses with their handlers.
#[derive(Default)]
pub struct Routes {
    signed_in: Router<Panel>,
    open: Router<Panel>,
    list: Vec<Route>,
}

/// One address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// `/orders/{number}`.
    pub path: &'static str,
    /// Nobody needs to be signed in.
    pub open: bool,
}

impl Routes {
    /// No address.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A page for signed-in people.
    #[must_use]
    pub fn get<H: Handler<T, Panel>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add("GET", path, get(handler), false)
    }

    /// What signed-in people send.
    #[must_use]
    pub fn post<H: Handler<T, Panel>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add("POST", path, post(handler), false)
    }

    /// A page for everyone.
    #[must_use]
    pub fn open_get<H: Handler<T, Panel>, T: 'static>(
        self,
        path: &'static str,
        handler: H,
    ) -> Self {
        self.add("GET", path, get(handler), true)
    }

    /// What everyone may send.
    #[must_use]
    pub fn open_post<H: Handler<T, Panel>, T: 'static>(
        self,
        path: &'static str,
        handler: H,
    ) -> Self {
        self.add("POST", path, post(handler), true)
    }

    /// These and those.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.signed_in = self.signed_in.merge(other.signed_in);
        self.open = self.open.merge(other.open);
        self.list.extend(other.list);
        self
    }

    fn add(
        mut self,
        method: &'static str,
        path: &'static str,
        handler: MethodRouter<Panel>,
        open: bool,
    ) -> Self {
        let side = if open {
            &mut self.open
        } else {
            &mut self.signed_in
        };
        *side = std::mem::take(side).route(path, handler);
        self.list.push(Route { method, path, open });
        self
    }

    fn into_router(self, panel: &Panel) -> Router {
        let signed_in = self
            .signed_in
            .route_layer(from_fn_with_state(panel.clone(), panel::require_person));
        signed_in.merge(self.open).with_state(panel.clone())
    }
}

/// Every address.
pub(crate) fn all() -> Routes {
    desk_routes().merge(purchase_routes()).merge(setup_routes())
}

/// The list of every address.
#[must_use]
pub fn addresses() -> Vec<Route> {
    all().list
}

/// The panel with everything that stands around its answers.
///
/// # Errors
/// When the public address cannot be an origin.
pub fn router(panel: &Panel) -> Result<Router, impl Error + Send + Sync + 'static> {
    http::shell(&panel.http, &panel.app.world, all().into_router(panel))
}

/// Signing in, orders and what belongs to one, activities.
fn desk_routes() -> Routes {
    Routes::new()
        .open_get("/sign-in", sign_in::show)
        .open_post("/sign-in", sign_in::send)
        .open_post("/sign-out", sign_in::out)
        .get("/", || async { Redirect::to("/orders") })
        .get("/orders", orders::list)
        .get("/orders/{number}", order::open)
        .get("/orders/{number}/payment", payment::show)
        .post("/orders/{number}/payment", payment::send)
        .get("/orders/{number}/end", order_end::end_show)
        .post("/orders/{number}/end", order_end::end_send)
        .get("/orders/{number}/reopen", order_end::reopen_show)
        .post("/orders/{number}/reopen", order_end::reopen_send)
        .get("/orders/{number}/items", order_items::show)
        .get("/orders/{number}/items/events", order_items::events)
        .get("/orders/{number}/items/status", item_windows::status_show)
        .post("/orders/{number}/items/status", item_windows::status_send)
        .get("/orders/{number}/items/edit", item_windows::edit_show)
        .post("/orders/{number}/items/edit", item_windows::edit_send)
        .get("/orders/{number}/items/split", item_windows::split_show)
        .post("/orders/{number}/items/split", item_windows::split_send)
        .get("/orders/{number}/items/correct", item_windows::correct_show)
        .post("/orders/{number}/items/correct", item_windows::correct_send)
        .get("/orders/{number}/parcels", order_parcels::show)
        .get("/orders/{number}/parcels/events", order_parcels::events)
        .get("/orders/{number}/parcels/new", parcel_windows::new_show)
        .post("/orders/{number}/parcels/new", parcel_windows::new_send)
        .get("/orders/{number}/parcels/{id}", parcel_windows::edit_show)
        .post("/orders/{number}/parcels/{id}", parcel_windows::edit_send)
        .get(
            "/orders/{number}/parcels/{id}/move",
            parcel_windows::move_show,
        )
        .post(
            "/orders/{number}/parcels/{id}/move",
            parcel_windows::move_send,
        )
        .post(
            "/orders/{number}/parcels/{id}/to/{status}",
            order_parcels::go_to,
        )
        .post(
            "/orders/{number}/parcels/{id}/delete",
            order_parcels::delete,
        )
        .get("/orders/{number}/history", order_history::show)
        .get("/orders/{number}/history/events", order_history::events)
        .get("/orders/{number}/activities", order_activities::show)
        .get(
            "/orders/{number}/activities/events",
            order_activities::events,
        )
        .get("/activities", activities::list)
        .get("/activities/events", activities::events)
}
