//! Live fragments by server-sent events.
//!
//! A stream carries state, not a log: on connect, and after every change, the whole fragment is
//! rendered and sent; changes that come faster than a reader reads fall together. A client that
//! lost the line connects again and gets the present state, whatever it missed.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use std::convert::Infallible;
use std::future::Future;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The event after which a page closes its stream (`hx-sse:close="end"`).
const END: &str = "end";

/// What a render gives.
#[derive(Debug)]
pub enum Live {
    /// The fragment as it is now; more will follow.
    Now(String),
    /// The fragment in its last state: the stream ends after it.
    Last(String),
    /// Nothing to show (any more): the stream ends.
    Gone,
}

/// Streams what `render` gives: at once, and again whenever `changes` moves, until it is over,
/// the sender of `changes` is gone, or `stop` is cancelled (a shutdown does not wait for readers;
/// they connect again to the next process).
pub fn live<R, F>(changes: watch::Receiver<u64>, stop: CancellationToken, render: R) -> Response
where
    R: FnMut() -> F + Send + 'static,
    F: Future<Output = Live> + Send + 'static,
{
    let states = stream::unfold(
        (Step::First, changes, render),
        |(step, mut changes, mut render)| async move {
            match step {
                Step::First => {}
                Step::Next => changes.changed().await.ok()?,
                Step::End => {
                    let end = Event::default().event(END).data("");
                    return Some((end, (Step::Over, changes, render)));
                }
                Step::Over => return None,
            }
            changes.mark_unchanged();
            let (html, next) = match render().await {
                Live::Now(html) => (html, Step::Next),
                Live::Last(html) => (html, Step::End),
                Live::Gone => {
                    let end = Event::default().event(END).data("");
                    return Some((end, (Step::Over, changes, render)));
                }
            };
            // A carriage return would end the field; texts from forms carry them.
            let event = Event::default().data(html.replace('\r', ""));
            Some((event, (next, changes, render)))
        },
    );
    let until_stop = states
        .map(Ok::<_, Infallible>)
        .take_until(stop.cancelled_owned());
    let mut response = Sse::new(until_stop)
        .keep_alive(KeepAlive::default())
        .into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that collect an answer before passing it on would hold the stream back.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

enum Step {
    First,
    Next,
    End,
    Over,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16).await;
        String::from_utf8(bytes.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_whole_state_comes_at_once_and_after_each_change() {
        let (sender, changes) = watch::channel(0);
        let count = Arc::new(AtomicU64::new(0));
        let response = live(changes, CancellationToken::new(), move || {
            let n = count.fetch_add(1, Ordering::SeqCst);
            // The next change is known before this state is read: it must not be lost.
            sender.send_replace(n + 1);
            async move {
                if n < 2 {
                    Live::Now(format!("<p>\r\n{n}</p>"))
                } else {
                    Live::Last("done".to_owned())
                }
            }
        });
        assert_eq!(
            text(response).await,
            "data: <p>\ndata: 0</p>\n\ndata: <p>\ndata: 1</p>\n\ndata: done\n\nevent: end\n\n"
        );
    }

    #[tokio::test]
    async fn a_shutdown_ends_the_stream_though_nothing_changes() {
        let (_sender, changes) = watch::channel(0);
        let stop = CancellationToken::new();
        stop.cancel();
        let response = live(changes, stop, || async { Live::Now("x".to_owned()) });
        assert!(text(response).await.len() < 20);
    }
}
