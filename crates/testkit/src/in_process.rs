//! The way out of the process that leads straight into a sandbox: no socket, no thread, so that a
//! simulation decides who moves. Faults keep their meaning: what a real line would leave open is
//! left open here too.

use marketplaces::{Deadline, Request, Response, Transport, TransportError};
use sandbox::{Fault, Sandbox};
use std::future::Future;
use std::pin::Pin;
use world::{Point, World};

/// Calls a sandbox directly.
pub struct InProcess {
    sandbox: Sandbox,
    world: World,
}

impl InProcess {
    /// The way from an application that lives in `world` to `sandbox`.
    #[must_use]
    pub const fn new(sandbox: Sandbox, world: World) -> Self {
        Self { sandbox, world }
    }

    async fn carry(&self, request: Request) -> Result<Response, TransportError> {
        self.world.gate.reach(Point::BeforeSend).await;
        if let Some(once) = request.once
            && (self.world.clock.now() > once.send_by
                || self.world.clock.boot() > once.send_by_boot)
        {
            return Err(TransportError::NotSent {
                why: "the permit to send had run out".to_owned(),
            });
        }
        let maybe = |why: String| TransportError::MaybeSent { why };
        let mut builder = http::Request::builder()
            .method(request.method)
            .uri(request.url.as_str());
        if let Some(headers) = builder.headers_mut() {
            headers.extend(request.headers);
            if let Some(host) = request.url.host_str().and_then(|h| h.parse().ok()) {
                headers.entry(http::header::HOST).or_insert(host);
            }
        }
        let outgoing = builder
            .body(request.body)
            .map_err(|e| TransportError::NotSent { why: e.to_string() })?;
        let answer = self.sandbox.call(outgoing).await;
        self.world.gate.reach(Point::AfterEffect).await;
        let answer = answer.map_err(|fault| match fault {
            Fault::NoAnswer | Fault::Truncated { .. } => maybe(fault.to_string()),
        })?;
        self.world.gate.reach(Point::BeforeAnswer).await;
        let (parts, body) = answer.into_parts();
        Ok(Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    }
}

impl Transport for InProcess {
    fn send<'life0, 'async_trait>(
        &'life0 self,
        request: Request,
        _deadline: Deadline,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.carry(request))
    }
}
