use crate::desk::{Desk, ORDER};
use std::collections::BTreeSet;
use web::{Route, addresses};

/// What nobody needs to be signed in for, and why.
const OPEN: &[(&str, &str)] = &[
    // Signing in and out.
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-out"),
    // Marketplaces sign what they push; they have no cookie.
    ("POST", "/push/{marketplace}"),
];

/// A path with the ids of something that exists put in; other ids stand for nothing.
fn filled(path: &str) -> String {
    path.replace("{number}", "ORD-000000053")
        .split('/')
        .map(|part| if part.starts_with('{') { "1" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

fn of(method: &str) -> impl Iterator<Item = Route> {
    addresses()
        .into_iter()
        .filter(move |route| route.method == method)
}

#[tokio::test]
async fn only_the_listed_addresses_are_open() {
    let open: BTreeSet<(&str, &str)> = addresses()
        .into_iter()
        .filter(|route| route.open)
        .map(|route| (route.method, route.path))
        .collect();
    assert_eq!(open, OPEN.iter().copied().collect());
    let mut desk = Desk::open().await;
    desk.cookie.clear();
    let before = desk.stored();
    for route in addresses().into_iter().filter(|route| !route.open) {
        let path = filled(route.path);
        let answer = match route.method {
            "GET" => desk.get(&path).await,
            _ => desk.post(&path, &[("request_id", "r-00000001")]).await,
        };
        answer.is(303);
        assert!(
            answer.location().starts_with("/sign-in?return="),
            "{} {path}",
            route.method
        );
        let answer = desk.post_window(&path, ORDER, &[]).await;
        if route.method == "POST" {
            assert_eq!(
                answer.location(),
                "/sign-in?return=%2Forders%2FORD-000000053",
                "{path}"
            );
        }
    }
    assert_eq!(
        desk.stored(),
        before,
        "somebody who is not signed in changed something"
    );
}

#[tokio::test]
async fn no_page_changes_anything_and_none_breaks() {
    let desk = Desk::open().await;
    let before = desk.stored();
    for route in of("GET") {
        let path = filled(route.path);
        // Event streams go on for ever; they are told elsewhere.
        if path.ends_with("/events") {
            continue;
        }
        let answer = desk.get(&path).await;
        assert!(
            answer.status.as_u16() < 500,
            "{path}: {} {}",
            answer.status,
            answer.body
        );
        assert_eq!(desk.stored(), before, "GET {path} changed something");
        let id_only = route.path.replace("{number}", "").contains('{');
        if !id_only {
            assert!(
                matches!(answer.status.as_u16(), 200 | 303 | 400 | 409),
                "{path}: {} {}",
                answer.status,
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn an_empty_form_is_refused_everywhere_and_changes_nothing() {
    let desk = Desk::open().await;
    for route in of("POST").filter(|route| !route.open) {
        let before = desk.stored();
        let path = filled(route.path);
        for form in [
            &[][..],
            &[("request_id", "")],
            &[("request_id", "<script>")],
        ] {
            let answer = desk.post(&path, form).await;
            assert!(
                answer.status.is_client_error(),
                "POST {path} {form:?}: {} {}",
                answer.status,
                answer.body
            );
        }
        assert_eq!(desk.stored(), before, "POST {path} changed something");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_said_plainly() {
    let desk = Desk::open().await;
    for path in [
        "/orders/ORD-999999999/items",
        "/orders/ORD-999999999/history",
        "/orders/%00%01/items",
        "/orders/ORD-000000053/nothing",
        "/orders/ORD-000000053/parcels/77",
        "/orders/ORD-000000053/items/edit?item=77",
        "/orders?older=rubbish",
        "/orders/ORD-000000053/parcels/x",
        "/sessions/abc",
        "/activities/x",
        "/activities/99999999999999999999",
        "/nowhere",
    ] {
        desk.get(path)
            .await
            .is(404)
            .shows(&["There is nothing here"]);
    }
    desk.get("/orders/ORD-000000053/items/edit?item=x")
        .await
        .is(400)
        .shows(&["Nothing was changed"]);
    desk.post("/orders", &[]).await.is(405);
}
