//! The way out of the process in production: HTTP.
//!
//! Two paths that share nothing but TLS settings. Reads go through one pooled client, so that a
//! synchronization does not shake hands for every page. Requests with a permit ([`crate::Once`])
//! go through `once`: a fresh connection, one request, nothing that could send it again.
//!
//! Neither path follows redirects, and neither looks at proxy settings of the environment: a
//! variable that someone set for another program must not decide whom app secrets are shown to.

mod once;
#[cfg(test)]
mod tests;
mod tls;
#[cfg(test)]
mod unsteady;

use crate::{Deadline, Request, Response, Transport, TransportError};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::header::HeaderValue;
use std::time::Duration;
use world::{Point, World};

/// Most bytes of an answer's body, unpacked.
pub(crate) const BODY_BYTES: usize = 8 * 1024 * 1024;
/// A peer that acknowledges nothing for this long is gone.
const SILENCE: Duration = Duration::from_secs(10);
/// Idle connections are kept for less time than servers commonly do, so that a read seldom starts
/// on a connection that is being closed.
const IDLE: Duration = Duration::from_secs(15);
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("autopurchase/", env!("CARGO_PKG_VERSION")));

/// Sends over HTTP/1.1, plain or TLS, as the address says. Clone it or share it: it is one pool.
#[derive(Clone)]
pub struct HttpTransport {
    world: World,
    reads: reqwest::Client,
    tls: tls::Settings,
}

/// The HTTP client cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot start: {0}")]
pub struct HttpStartError(String);

impl HttpTransport {
    /// A transport that trusts what the machine trusts. A machine without any trusted certificates
    /// is no error here: plain addresses (the sandbox) work, and https says what is missing.
    pub fn new(world: World) -> Result<Self, HttpStartError> {
        Self::with_tls(world, tls::Settings::of_machine())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place through which everything leaves the process"
    )]
    fn with_tls(world: World, tls: tls::Settings) -> Result<Self, HttpStartError> {
        let reads = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.config())
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            // Off for good: a read that failed is the job's business, with its own pauses. What is
            // left is hyper's own second try on another connection when a pooled one had died
            // before anything was written to it, which nobody outside can notice.
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .user_agent(AGENT)
            .connect_timeout(SILENCE)
            .tcp_user_timeout(SILENCE)
            .tcp_nodelay(true)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(|e| HttpStartError(chain(&e)))?;
        Ok(Self { world, reads, tls })
    }

    async fn read(&self, request: Request, deadline: Deadline) -> Result<Response, TransportError> {
        if request.url.scheme() == "https" {
            self.tls.check()?;
        }
        let fail = |error: reqwest::Error| {
            let early = error.is_connect() || error.is_builder();
            // The address holds the query, and the query may hold a token.
            let why = chain(&error.without_url());
            if early {
                TransportError::NotSent { why }
            } else {
                TransportError::MaybeSent { why }
            }
        };
        self.world.gate.reach(Point::BeforeSend).await;
        let mut response = self
            .reads
            .request(request.method, request.url)
            .headers(request.headers)
            .body(request.body)
            .timeout(Duration::from_millis(deadline.millis))
            .send()
            .await
            .map_err(fail)?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Collected::default();
        while let Some(chunk) = response.chunk().await.map_err(fail)? {
            body.add(&chunk)?;
        }
        self.world.gate.reach(Point::BeforeAnswer).await;
        Ok(Response {
            status,
            headers,
            body: body.whole(),
        })
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request, deadline: Deadline) -> Result<Response, TransportError> {
        match request.once {
            Some(permit) => once::send(&self.world, &self.tls, request, permit, deadline).await,
            None => self.read(request, deadline).await,
        }
    }
}

/// A body as it comes in, refused as soon as it grows past [`BODY_BYTES`].
#[derive(Default)]
struct Collected(BytesMut);

impl Collected {
    fn add(&mut self, chunk: &[u8]) -> Result<(), TransportError> {
        if chunk.len() > BODY_BYTES - self.0.len() {
            return Err(TransportError::MaybeSent {
                why: "the answer is larger than 8 MiB".to_owned(),
            });
        }
        self.0.extend_from_slice(chunk);
        Ok(())
    }

    fn whole(self) -> Bytes {
        self.0.freeze()
    }
}

/// An error with its causes, without repetitions.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}
