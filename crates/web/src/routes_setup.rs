//! Addresses of setting up: sessions, apps, settings, what marketplaces call.

use crate::pages::{apps, connect, own, session, session_actions, sessions, settings};
use crate::push;
use crate::routes::Routes;

pub(crate) fn setup_routes() -> Routes {
    Routes::new()
        .get("/sessions", sessions::list)
        .get("/sessions/events", sessions::events)
        .post("/sessions/synchronize", sessions::synchronize)
        .get("/sessions/{id}", session::show)
        .get("/sessions/{id}/events", session::events)
        .post("/sessions/{id}", session::save)
        .post("/sessions/{id}/check", session::check)
        .get("/sessions/{id}/addresses", session_actions::addresses_show)
        .post("/sessions/{id}/addresses", session_actions::addresses_send)
        .post("/sessions/{id}/default", session_actions::make_default)
        .post("/sessions/{id}/drain", session_actions::drain)
        .post("/sessions/{id}/undrain", session_actions::undrain)
        .post("/sessions/{id}/resume", session_actions::resume)
        .post("/sessions/{id}/synchronize", session_actions::synchronize)
        .get("/sessions/{id}/delete", session_actions::delete_show)
        .post("/sessions/{id}/delete", session_actions::delete_send)
        .post("/connect", connect::begin)
        .post("/sessions/connect/{marketplace}", connect::begin_at)
        .post("/sessions/{id}/login", connect::begin_again)
        .get("/connect/{marketplace}", connect::back)
        .get("/settings", settings::show)
        .post("/settings", settings::save)
        .get("/settings/apps", apps::list)
        .get("/settings/apps/new", apps::new_show)
        .post("/settings/apps/new", apps::new_send)
        .get("/settings/apps/{id}", apps::edit_show)
        .post("/settings/apps/{id}", apps::edit_send)
        .post("/settings/apps/{id}/test", apps::test)
        .get("/settings/password", own::show)
        .post("/settings/password", own::password)
        .post("/settings/zone", own::zone)
        .open_post("/push/{marketplace}", push::take)
}
