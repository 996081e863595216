//! Addresses of buying: the Purchase tab and its windows, runs, purchases.

use crate::routes::Routes;

pub(crate) fn purchase_routes() -> Routes {
    Routes::new()
}
