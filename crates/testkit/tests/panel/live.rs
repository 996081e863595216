//! Pages that change by themselves.

use crate::buyer::{Buyer, NUMBER};
use axum::body::Body;
use futures_util::StreamExt as _;
use http::{Request, header};
use std::future::Future;
use tower::ServiceExt as _;

/// An event stream as a browser holds it open.
struct Stream(axum::body::BodyDataStream);

impl Stream {
    async fn open(buyer: &mut Buyer, path: &str) -> Self {
        let request = Request::get(path)
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::COOKIE, buyer.browser.cookie())
            .body(Body::empty())
            .unwrap();
        let answer = buyer.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self(answer.into_body().into_data_stream())
    }

    /// Reads until a state shows `text`; gives everything read.
    async fn until(&mut self, text: &str) -> String {
        let mut read = String::new();
        while !read.contains(text) {
            let part = self.0.next().await.expect("the stream ended").unwrap();
            read.push_str(std::str::from_utf8(&part).unwrap());
        }
        read
    }
}

/// Does something while signals reach the pages.
async fn while_told<T>(relay: impl Future<Output = ()>, work: impl Future<Output = T>) -> T {
    tokio::select! {
        () = relay => panic!("the relay ended"),
        done = work => done,
    }
}

#[tokio::test]
async fn the_tab_shows_a_booking_without_reload() {
    let mut buyer = Buyer::open().await;
    let (_, item) = buyer.order(1).await;
    let mut tab = Stream::open(&mut buyer, &format!("/orders/{NUMBER}/events")).await;
    let first = tab.until("id=\"purchase\"").await;
    assert!(first.contains("hx-target=\"#order-head\""));
    let relay = buyer
        .panel
        .relay(tokio_util::sync::CancellationToken::new());
    let id = item.id;
    let desk = &buyer.desk;
    let (order, _) = desk.order_of(NUMBER).await.unwrap();
    let seen = while_told(relay, async {
        desk.book(order.id, &[(id, None)], buyer.session)
            .await
            .unwrap();
        desk.run_for(10).await.unwrap();
        tab.until("Awaiting payment").await
    })
    .await;
    assert!(seen.contains("Goods purchased"));
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn two_who_look_at_a_run_see_the_same_and_the_stream_ends_with_it() {
    let mut buyer = Buyer::open().await;
    let (_, item) = buyer.order(1).await;
    let run = buyer.book(item.id).await;
    let path = format!("/activities/{run}/events");
    let mut first = Stream::open(&mut buyer, &path).await;
    let mut second = Stream::open(&mut buyer, &path).await;
    let relay = buyer
        .panel
        .relay(tokio_util::sync::CancellationToken::new());
    let (one, two) = while_told(relay, async {
        buyer.desk.run_for(10).await.unwrap();
        (
            first.until("event: end").await,
            second.until("event: end").await,
        )
    })
    .await;
    for text in ["placed 1", "Read back: same goods", "Done"] {
        assert!(one.contains(text) && two.contains(text), "{text}");
    }
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn other_pages_follow_what_happens_as_well() {
    let mut buyer = Buyer::open().await;
    let (_, item) = buyer.order(1).await;
    let session = format!("/sessions/{}/events", buyer.session);
    let mut items = Stream::open(&mut buyer, &format!("/orders/{NUMBER}/items/events")).await;
    let mut history = Stream::open(&mut buyer, &format!("/orders/{NUMBER}/history/events")).await;
    let mut runs = Stream::open(&mut buyer, &format!("/orders/{NUMBER}/activities/events")).await;
    let mut all = Stream::open(&mut buyer, "/activities/events?view=all").await;
    let mut account = Stream::open(&mut buyer, &session).await;
    let first = account.until("hx-target=\"#session-state\"").await;
    assert!(
        !first.contains("name=\"street\""),
        "the form stays as it is"
    );
    for stream in [&mut items, &mut history, &mut runs, &mut all] {
        stream.until("hx-target=\"#content\"").await;
    }
    for path in [
        format!("/orders/{NUMBER}/items"),
        format!("/orders/{NUMBER}/history"),
        format!("/orders/{NUMBER}/parcels"),
        format!("/orders/{NUMBER}/activities"),
        "/activities".to_owned(),
    ] {
        let page = buyer.get(&path).await;
        page.must_show(&format!("hx-sse:connect=\"{path}/events"));
    }
    let relay = buyer
        .panel
        .relay(tokio_util::sync::CancellationToken::new());
    let (desk, chosen) = (&buyer.desk, buyer.session);
    let (order, _) = desk.order_of(NUMBER).await.unwrap();
    while_told(relay, async {
        desk.book(order.id, &[(item.id, None)], chosen)
            .await
            .unwrap();
        desk.run_for(10).await.unwrap();
        items.until("Booked").await;
        history.until("Booking placed").await;
        runs.until("Book 1 item").await;
        all.until("Book 1 item").await;
        account.until("0 open · 1 to pay").await;
    })
    .await;
    buyer.desk.end().await.unwrap();
}

#[tokio::test]
async fn who_signed_out_is_told_no_more() {
    let mut buyer = Buyer::open().await;
    buyer.order(1).await;
    let mut tab = Stream::open(&mut buyer, &format!("/orders/{NUMBER}/events")).await;
    tab.until("id=\"purchase\"").await;
    buyer.browser.htmx = false;
    buyer
        .browser
        .submit("/sign-out", &[("request_id", "sign-out-1")])
        .await
        .unwrap();
    buyer.panel.watches.tell_all();
    tab.until("event: end").await;
    buyer.desk.end().await.unwrap();
}
