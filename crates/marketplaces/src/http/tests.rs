use super::unsteady::{Asked, Server, Stage};
use super::*;
use crate::Once;
use http::HeaderMap;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{Boot, Gate, ManualClock, OpenGate, Timestamp};

const START: Timestamp = Timestamp::from_seconds(1_790_000_000);
/// Long enough for a busy machine; only silence ever waits for it.
const LONG: Deadline = Deadline { millis: 20_000 };
const SHORT: Deadline = Deadline { millis: 400 };

fn patience(stage: Stage) -> Deadline {
    if stage == Stage::Silence { SHORT } else { LONG }
}

fn fixed() -> (World, Arc<ManualClock>) {
    World::fixed(START, 1)
}

fn permit(world: &World) -> Once {
    Once {
        send_by: world.now().plus_seconds(10),
        send_by_boot: Boot(world.clock.boot().0 + 10_000_000_000),
    }
}

fn request(url: url::Url, once: Option<Once>) -> Request {
    Request {
        method: http::Method::POST,
        url,
        headers: HeaderMap::new(),
        body: Bytes::from("outOrderId=AP1&access_token=secret-token".repeat(500)),
        once,
        name: "create",
    }
}

async fn create_against(
    stage: Stage,
    deadline: Deadline,
) -> (Result<Response, TransportError>, Asked) {
    let (world, _) = fixed();
    let server = Server::start(stage);
    let once = Some(permit(&world));
    let transport = HttpTransport::new(world).unwrap();
    let result = transport.send(request(server.url(), once), deadline).await;
    (result, server.stop())
}

fn maybe_sent(result: &Result<Response, TransportError>) -> bool {
    matches!(result, Err(TransportError::MaybeSent { .. }))
}

fn not_sent(result: &Result<Response, TransportError>) -> bool {
    matches!(result, Err(TransportError::NotSent { .. }))
}

#[tokio::test]
async fn a_create_is_never_sent_twice_wherever_the_server_breaks_off() {
    for stage in [
        Stage::Accepted,
        Stage::AcceptedReset,
        Stage::RequestLine,
        Stage::Headers,
        Stage::Body,
        Stage::BodyReset,
        Stage::Silence,
        Stage::StatusLine,
        Stage::AnswerHeaders,
        Stage::AnswerBody,
        Stage::NoHttp,
        Stage::Huge,
        Stage::HugeChunked,
    ] {
        for round in 0..5 {
            let (result, asked) = create_against(stage, patience(stage)).await;
            assert!(asked.connections <= 1, "{stage:?} {round}: {asked:?}");
            assert!(result.is_err(), "{stage:?} {round}: {result:?}");
            if not_sent(&result) {
                assert_eq!(asked.bytes, 0, "{stage:?} {round}: {result:?}");
            }
            if !matches!(stage, Stage::Accepted | Stage::AcceptedReset) {
                assert_eq!(asked.begun, 1, "{stage:?} {round}: {asked:?}");
                assert!(maybe_sent(&result), "{stage:?} {round}: {result:?}");
            }
            let text = result.unwrap_err().to_string();
            assert!(!text.contains("secret-token"), "{stage:?}: {text}");
        }
    }
}

#[tokio::test]
async fn a_create_that_is_answered_is_answered_once() {
    for (stage, status) in [
        (Stage::Whole, 200),
        (Stage::Late, 200),
        (Stage::Redirect, 307),
    ] {
        let (result, asked) = create_against(stage, LONG).await;
        assert_eq!(result.unwrap().status, status, "{stage:?}");
        assert_eq!((asked.connections, asked.begun), (1, 1), "{stage:?}");
    }
}

#[tokio::test]
async fn a_no_before_the_body_was_read_is_an_answer_or_unclear_but_never_a_repetition() {
    let (result, asked) = create_against(Stage::EarlyNo, LONG).await;
    assert!(
        maybe_sent(&result) || result.as_ref().is_ok_and(|r| r.status == 400),
        "{result:?}"
    );
    assert_eq!(asked.connections, 1);
}

#[tokio::test]
async fn a_late_permit_sends_not_one_byte() {
    let (world, _) = fixed();
    let transport = HttpTransport::new(world.clone()).unwrap();
    let good = permit(&world);
    for late in [
        Once {
            send_by: world.now().plus_millis(-1),
            ..good
        },
        Once {
            send_by_boot: Boot(world.clock.boot().0 - 1),
            ..good
        },
    ] {
        let server = Server::start(Stage::Whole);
        let result = transport
            .send(request(server.url(), Some(late)), LONG)
            .await;
        assert_eq!(
            result.unwrap_err(),
            TransportError::NotSent {
                why: "the permit to send had run out".to_owned()
            }
        );
        let asked = server.stop();
        assert_eq!(asked.bytes, 0);
    }
    let exact = Once {
        send_by: world.now(),
        send_by_boot: world.clock.boot(),
    };
    let server = Server::start(Stage::Whole);
    let result = transport
        .send(request(server.url(), Some(exact)), LONG)
        .await;
    assert_eq!(result.unwrap().status, 200);
    assert_eq!(server.stop().begun, 1);
}

/// Keeps whoever is about to send until the permit is gone.
struct Slow(Arc<ManualClock>);
impl Gate for Slow {
    fn reach(&self, point: Point) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        if point == Point::BeforeSend {
            self.0.advance_seconds(11);
        }
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn the_clocks_are_looked_at_after_the_gate() {
    let (mut world, clock) = fixed();
    let once = permit(&world);
    world.gate = Arc::new(Slow(clock));
    let transport = HttpTransport::new(world).unwrap();
    let server = Server::start(Stage::Whole);
    let result = transport
        .send(
            request(server.url(), Some(once)),
            Deadline { millis: 60_000 },
        )
        .await;
    assert!(not_sent(&result), "{result:?}");
    let asked = server.stop();
    assert_eq!((asked.connections, asked.bytes), (1, 0));
}

/// Drops whoever reaches this point, as a killed process would.
struct Wall(Point);
impl Gate for Wall {
    fn reach(&self, point: Point) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        if point == self.0 {
            Box::pin(std::future::pending())
        } else {
            Box::pin(std::future::ready(()))
        }
    }
}

#[tokio::test]
async fn an_actor_killed_at_the_gate_has_sent_nothing() {
    let (mut world, _) = fixed();
    let once = permit(&world);
    world.gate = Arc::new(Wall(Point::BeforeSend));
    let transport = HttpTransport::new(world).unwrap();
    let server = Server::start(Stage::Whole);
    let call = transport.send(request(server.url(), Some(once)), LONG);
    {
        let mut call = std::pin::pin!(call);
        // Enough turns for connecting and shaking hands on loopback.
        for _ in 0..200 {
            assert!(futures_util::poll!(call.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(server.stop().bytes, 0);
}

#[tokio::test]
async fn nobody_there_is_not_sent() {
    let (world, _) = fixed();
    let once = permit(&world);
    let transport = HttpTransport::new(world).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = url::Url::parse(&format!("http://{}/", free.local_addr().unwrap())).unwrap();
    drop(free);
    for permit in [Some(once), None] {
        let result = transport.send(request(url.clone(), permit), LONG).await;
        assert!(not_sent(&result), "{result:?}");
    }
    for address in ["ftp://127.0.0.1/x", "http://host.invalid/x"] {
        let result = transport
            .send(request(url::Url::parse(address).unwrap(), Some(once)), LONG)
            .await;
        assert!(not_sent(&result), "{address}: {result:?}");
    }
}

#[tokio::test]
async fn reads_are_bounded_and_follow_nothing() {
    let (world, _) = fixed();
    let transport = HttpTransport::new(world).unwrap();
    for (stage, status) in [
        (Stage::Whole, Some(200)),
        (Stage::Redirect, Some(307)),
        (Stage::Huge, None),
        (Stage::HugeChunked, None),
        (Stage::AnswerBody, None),
        (Stage::BodyReset, None),
        (Stage::Silence, None),
    ] {
        let server = Server::start(stage);
        let result = transport
            .send(request(server.url(), None), patience(stage))
            .await;
        match status {
            Some(status) => assert_eq!(result.unwrap().status, status, "{stage:?}"),
            None => assert!(maybe_sent(&result), "{stage:?}: {result:?}"),
        }
        assert_eq!(server.stop().begun, 1, "{stage:?}");
    }
}

// ------------------------------------------------------------------ TLS

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(include_bytes!("fixtures/localhost.pem")).unwrap()
}

fn acceptor() -> tokio_rustls::TlsAcceptor {
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("fixtures/localhost.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate()], key)
        .unwrap();
    tokio_rustls::TlsAcceptor::from(Arc::new(config))
}

fn trusting(roots: &[CertificateDer<'static>]) -> tls::Settings {
    let mut store = rustls::RootCertStore::empty();
    for root in roots {
        store.add(root.clone()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    tls::Settings::of(
        rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(store)
            .with_no_client_auth(),
    )
}

/// Serves one TLS connection: reads what comes (or nothing) and answers (or not).
async fn tls_serve(listener: tokio::net::TcpListener, reads: bool, answer: &[u8]) -> usize {
    let (tcp, _) = listener.accept().await.unwrap();
    let Ok(mut stream) = acceptor().accept(tcp).await else {
        return 0;
    };
    let mut read = 0;
    if reads {
        let mut buffer = vec![0; 64 * 1024];
        while read < 20_000 {
            match stream.read(&mut buffer).await {
                Ok(n) if n > 0 => read += n,
                _ => break,
            }
        }
        let _ = stream.write_all(answer).await;
        let _ = stream.flush().await;
    }
    read
}

async fn tls_create(
    settings: tls::Settings,
    once: impl Fn(&World) -> Once,
    reads: bool,
    answer: &[u8],
) -> (Result<Response, TransportError>, usize) {
    let (mut world, _) = fixed();
    world.gate = Arc::new(OpenGate);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = url::Url::parse(&format!("https://localhost:{port}/create")).unwrap();
    let once = once(&world);
    let transport = HttpTransport::with_tls(world, settings).unwrap();
    tokio::join!(
        transport.send(request(url, Some(once)), LONG),
        tls_serve(listener, reads, answer)
    )
}

const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn a_create_goes_through_tls() {
    let (result, read) = tls_create(trusting(&[certificate()]), permit, true, GOOD).await;
    assert_eq!(&result.unwrap().body[..], b"{}");
    assert!(read > 20_000);
}

#[tokio::test]
async fn with_tls_the_handshake_is_not_the_request() {
    let late = |world: &World| Once {
        send_by: world.now().plus_millis(-1),
        send_by_boot: world.clock.boot(),
    };
    let (result, read) = tls_create(trusting(&[certificate()]), late, true, GOOD).await;
    assert!(not_sent(&result), "{result:?}");
    assert_eq!(read, 0);

    let (result, _) = tls_create(trusting(&[]), permit, true, GOOD).await;
    assert!(not_sent(&result), "an unknown certificate: {result:?}");

    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{}";
    let (result, _) = tls_create(trusting(&[certificate()]), permit, true, cut).await;
    assert!(maybe_sent(&result), "{result:?}");

    // Closed right after the handshake: what the client knows of it decides, never optimism.
    let (result, read) = tls_create(trusting(&[certificate()]), permit, false, b"").await;
    assert!(result.is_err());
    assert_eq!(read, 0);
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_is_not_sent() {
    let (world, _) = fixed();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = url::Url::parse(&format!("https://localhost:{port}/create")).unwrap();
    let once = permit(&world);
    let transport = HttpTransport::with_tls(world, trusting(&[certificate()])).unwrap();
    let result = transport
        .send(request(url, Some(once)), Deadline { millis: 200 })
        .await;
    assert!(not_sent(&result), "{result:?}");
}
