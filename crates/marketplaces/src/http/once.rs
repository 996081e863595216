//! Sending a request at most once, ever.
//!
//! The order of steps is the point: connect, shake hands, reach the gate, look at both clocks, hand
//! the request over. A flag inside the connection flips before the first byte of the request is
//! offered to it; an error is `NotSent` only while the flag is down. There is no pool, no retry and
//! no redirect on this path, and the connection dies with the call.

use super::tls::Settings;
use super::{AGENT, Collected, SILENCE, chain};
use crate::{Deadline, Once, Request, Response, TransportError};
use bytes::Bytes;
use http::header::{CONNECTION, HOST, HeaderValue, USER_AGENT};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use world::{Boot, Point, World};

/// Sends `request` if the permit still holds when everything is ready to send.
pub(super) async fn send(
    world: &World,
    tls: &Settings,
    request: Request,
    permit: Once,
    deadline: Deadline,
) -> Result<Response, TransportError> {
    let started = world.clock.boot();
    let request_out = outgoing(&request)?;
    let touched = Arc::new(AtomicBool::new(false));

    let opening = open(tls, &request.url, touched.clone());
    let (mut sender, connection) = within(left(world, started, deadline), opening)
        .await
        .unwrap_or_else(|| Err(not_sent("no connection within the time allowed")))?;
    let mut connection = Driven::new(connection);
    connection
        .along(sender.ready())
        .await
        .map_err(|e| not_sent(chain(&e)))?;

    world.gate.reach(Point::BeforeSend).await;

    // An actor may have stood at the gate for any length of time, so the rest of the deadline is
    // measured here, and the clocks are the last thing before the request is handed over.
    let rest = left(world, started, deadline);
    let exchange = async {
        if world.clock.now() > permit.send_by || world.clock.boot() > permit.send_by_boot {
            return Err(not_sent("the permit to send had run out"));
        }
        let response = connection
            .along(sender.send_request(request_out))
            .await
            .map_err(|e| failed(&touched, chain(&e)))?;
        world.gate.reach(Point::AfterEffect).await;
        let (head, mut body) = response.into_parts();
        let mut whole = Collected::default();
        while let Some(frame) = connection.along(body.frame()).await {
            let frame = frame.map_err(|e| failed(&touched, chain(&e)))?;
            if let Some(chunk) = frame.data_ref() {
                whole.add(chunk)?;
            }
        }
        Ok(Response {
            status: head.status.as_u16(),
            headers: head.headers,
            body: whole.whole(),
        })
    };
    let answer = within(rest, exchange)
        .await
        .unwrap_or_else(|| Err(failed(&touched, "no answer within the time allowed")))?;
    world.gate.reach(Point::BeforeAnswer).await;
    Ok(answer)
}

fn not_sent(why: impl Into<String>) -> TransportError {
    TransportError::NotSent { why: why.into() }
}

fn failed(touched: &AtomicBool, why: impl Into<String>) -> TransportError {
    let why = why.into();
    if touched.load(Ordering::SeqCst) {
        TransportError::MaybeSent { why }
    } else {
        TransportError::NotSent { why }
    }
}

fn left(world: &World, started: Boot, deadline: Deadline) -> Duration {
    let gone = world.clock.boot().0.saturating_sub(started.0).max(0);
    Duration::from_millis(deadline.millis)
        .saturating_sub(Duration::from_nanos(u64::try_from(gone).unwrap_or(0)))
}

/// The future's output, or nothing when `time` ran out first; the future is then dropped.
#[expect(
    clippy::disallowed_methods,
    reason = "deadlines belong to the transport, and this is it"
)]
async fn within<F: Future>(time: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(time, future).await.ok()
}

/// The request as HTTP/1.1 wants it: path and query in the first line, the host in its header.
fn outgoing(request: &Request) -> Result<http::Request<Full<Bytes>>, TransportError> {
    let url = &request.url;
    let host = url
        .host_str()
        .ok_or_else(|| not_sent("the address names no host"))?;
    let host = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let mut out = http::Request::builder()
        .method(request.method.clone())
        .uri(target)
        .body(Full::new(request.body.clone()))
        .map_err(|_| not_sent("the address cannot be requested"))?;
    let headers = out.headers_mut();
    headers.extend(request.headers.clone());
    headers.insert(
        HOST,
        HeaderValue::from_str(&host).map_err(|_| not_sent("the host's name is malformed"))?,
    );
    headers.insert(USER_AGENT, AGENT);
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(out)
}

type Sender = http1::SendRequest<Full<Bytes>>;
type Connection = http1::Connection<TokioIo<Watched>, Full<Bytes>>;

/// A fresh connection, handshakes done, nothing of the request on it.
async fn open(
    tls: &Settings,
    url: &url::Url,
    touched: Arc<AtomicBool>,
) -> Result<(Sender, Connection), TransportError> {
    let host = url
        .host()
        .ok_or_else(|| not_sent("the address names no host"))?;
    let port = url
        .port_or_known_default()
        .ok_or_else(|| not_sent("the address names no port"))?;
    let stream: Box<dyn Stream> = match url.scheme() {
        "http" => Box::new(connect(&host, port).await?),
        "https" => {
            tls.check()?;
            let name = server_name(&host)?;
            let tcp = connect(&host, port).await?;
            let stream = tls
                .connector()
                .connect(name, tcp)
                .await
                .map_err(|e| not_sent(format!("no secure connection: {}", chain(&e))))?;
            Box::new(stream)
        }
        _ => return Err(not_sent("the address is neither http nor https")),
    };
    http1::Builder::new()
        .handshake(TokioIo::new(Watched { stream, touched }))
        .await
        .map_err(|e| not_sent(chain(&e)))
}

fn server_name(host: &url::Host<&str>) -> Result<ServerName<'static>, TransportError> {
    match host {
        url::Host::Domain(name) => ServerName::try_from((*name).to_owned())
            .map_err(|_| not_sent("the host's name is malformed")),
        url::Host::Ipv4(ip) => Ok(ServerName::from(std::net::IpAddr::from(*ip))),
        url::Host::Ipv6(ip) => Ok(ServerName::from(std::net::IpAddr::from(*ip))),
    }
}

/// Connects to the first address of `host` that answers.
async fn connect(host: &url::Host<&str>, port: u16) -> Result<TcpStream, TransportError> {
    let addresses: Vec<SocketAddr> = match host {
        url::Host::Ipv4(ip) => vec![SocketAddr::from((*ip, port))],
        url::Host::Ipv6(ip) => vec![SocketAddr::from((*ip, port))],
        url::Host::Domain(name) => tokio::net::lookup_host((*name, port))
            .await
            .map_err(|e| not_sent(format!("the host's name is not found: {e}")))?
            .collect(),
    };
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in addresses {
        match connect_to(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(not_sent(format!("no connection: {last}")))
}

async fn connect_to(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // Set before connecting, so that it also bounds a silent host among several addresses.
    socket2::SockRef::from(&socket).set_tcp_user_timeout(Some(SILENCE))?;
    socket.set_nodelay(true)?;
    socket.connect(address).await
}

/// A connection that moves on only while something else is awaited beside it.
struct Driven {
    connection: Option<Pin<Box<Connection>>>,
}

impl Driven {
    fn new(connection: Connection) -> Self {
        Self {
            connection: Some(Box::pin(connection)),
        }
    }

    /// Awaits `future` and moves the connection along. When the connection ends, `future` learns it
    /// from its own side.
    async fn along<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(output);
            }
            let over = self
                .connection
                .as_mut()
                .is_some_and(|c| c.as_mut().poll(context).is_ready());
            if over {
                self.connection = None;
                return future.as_mut().poll(context);
            }
            Poll::Pending
        })
        .await
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The connection as the HTTP layer sees it, TLS already inside. Raises `touched` before it offers
/// the first byte, not after it went: being wrong in that direction only costs a look-up.
struct Watched {
    stream: Box<dyn Stream>,
    touched: Arc<AtomicBool>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.touched.store(true, Ordering::SeqCst);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
