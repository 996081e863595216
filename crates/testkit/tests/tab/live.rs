//! Pages that change by themselves.

use crate::office::Office;
use crate::operator::Operator;
use crate::story;
use axum::body::Body;
use futures_util::StreamExt as _;
use http::{Request, header};
use tower::ServiceExt as _;

/// An event stream as a browser holds it open.
struct Stream(axum::body::BodyDataStream);

impl Stream {
    async fn open(office: &Office, me: &Operator, path: &str) -> Self {
        let request = Request::get(path)
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::COOKIE, me.browser.cookie())
            .body(Body::empty())
            .unwrap();
        let router = office.whole.router.clone();
        let answer = router.oneshot(request).await.unwrap();
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

story!(a_colleague_s_booking_shows_without_reload, |office, me| {
    office.order(&[office.one()]).await;
    let mut tab = Stream::open(&office, &me, &me.at("/events")).await;
    let first = tab.until("id=\"purchase\"").await;
    assert!(first.contains("hx-target=\"#order-head\""));
    office.colleague().await.book().await;
    let (seen, ()) = tokio::join!(tab.until("Awaiting payment"), office.run_for(10));
    assert!(seen.contains("Goods purchased"));
});

story!(
    two_who_look_at_a_run_see_the_same_and_the_stream_ends_with_it,
    |office, me| {
        office.order(&[office.one()]).await;
        let olga = office.colleague().await;
        let run = me.book().await;
        let path = format!("/activities/{run}/events");
        let mut first = Stream::open(&office, &me, &path).await;
        let mut second = Stream::open(&office, &olga, &path).await;
        let (one, two, ()) = tokio::join!(
            first.until("event: end"),
            second.until("event: end"),
            office.run_for(10)
        );
        for text in ["placed 1", "Read back: same goods", "Done"] {
            assert!(one.contains(text) && two.contains(text), "{text}");
        }
    }
);

story!(other_pages_follow_what_happens_as_well, |office, me| {
    office.order(&[office.one()]).await;
    let session = me.tab().await.sessions[0].0.clone();
    let pages = [
        me.at("/items"),
        me.at("/history"),
        me.at("/parcels"),
        me.at("/activities"),
        "/activities".to_owned(),
    ];
    for path in &pages {
        let page = me.get(path).await;
        page.must_show(&format!("hx-sse:connect=\"{path}/events"));
    }
    let mut streams = Vec::new();
    for (path, text) in [
        (me.at("/items/events"), "Booked"),
        (me.at("/history/events"), "Booking placed"),
        (me.at("/activities/events"), "Book 1 item"),
        ("/activities/events?view=all".to_owned(), "Book 1 item"),
    ] {
        let mut stream = Stream::open(&office, &me, &path).await;
        stream.until("hx-target=\"#content\"").await;
        streams.push((stream, text));
    }
    let path = format!("/sessions/{session}/events");
    let mut account = Stream::open(&office, &me, &path).await;
    let first = account.until("hx-target=\"#session-state\"").await;
    assert!(
        !first.contains("name=\"street\""),
        "the form stays as it is"
    );
    streams.push((account, "0 open · 1 to pay"));
    me.book().await;
    let told = async {
        for (stream, text) in &mut streams {
            stream.until(text).await;
        }
    };
    tokio::join!(told, office.run_for(10));
});

story!(who_signed_out_is_told_no_more, |office, me| {
    office.order(&[office.one()]).await;
    let mut tab = Stream::open(&office, &me, &me.at("/events")).await;
    tab.until("id=\"purchase\"").await;
    let mut olga = office.colleague().await;
    me.browser.htmx = false;
    let sent = me
        .browser
        .submit("/sign-out", &[("request_id", "sign-out-1")])
        .await;
    sent.unwrap();
    olga.book().await;
    let (_, ()) = tokio::join!(tab.until("event: end"), office.run_for(10));
    me = office.operator().await;
});
