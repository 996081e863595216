//! Addresses of setting up: sessions, apps, settings, what marketplaces call.

use crate::routes::Routes;

pub(crate) fn setup_routes() -> Routes {
    Routes::new()
}
