//! A server that breaks off wherever it is told to, and counts what it was asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Where the server breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Closes each connection as soon as it is accepted.
    Accepted,
    /// Resets each connection as soon as it is accepted.
    AcceptedReset,
    RequestLine,
    Headers,
    Body,
    /// Reads everything, then resets.
    BodyReset,
    /// Reads everything and never says a word.
    Silence,
    StatusLine,
    AnswerHeaders,
    AnswerBody,
    /// Answers in full after a pause.
    Late,
    Whole,
    /// Says no before it has read the body, and closes.
    EarlyNo,
    NoHttp,
    Redirect,
    /// Announces nine mebibytes.
    Huge,
    /// Sends more than eight mebibytes in chunks.
    HugeChunked,
}

/// What a server was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub connections: usize,
    /// Connections on which at least one byte came.
    pub begun: usize,
    pub bytes: usize,
}

pub(super) struct Server {
    pub address: SocketAddr,
    /// The port from which the connection comes that ends it; 0 before.
    stop: Arc<AtomicU16>,
    thread: JoinHandle<Asked>,
}

impl Server {
    pub(super) fn start(stage: Stage) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicU16::new(0));
        let told = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut asked = Asked::default();
            // Silent connections stay open until the server is stopped.
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                if stream
                    .peer_addr()
                    .is_ok_and(|p| p.port() == told.load(Ordering::SeqCst))
                {
                    break;
                }
                asked.connections += 1;
                let (read, stream) = serve(stream, stage, address);
                asked.bytes += read;
                asked.begun += usize::from(read > 0);
                kept.extend(stream);
            }
            asked
        });
        Self {
            address,
            stop,
            thread,
        }
    }

    pub(super) fn url(&self) -> url::Url {
        url::Url::parse(&format!("http://{}/openapi/create?x=1", self.address)).unwrap()
    }

    /// Stops after everything that was sent before has been seen.
    pub(super) fn stop(self) -> Asked {
        let last =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        last.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
            .unwrap();
        let port = last.local_addr().unwrap().as_socket_ipv4().unwrap().port();
        self.stop.store(port, Ordering::SeqCst);
        last.connect(&self.address.into()).unwrap();
        self.thread.join().unwrap()
    }
}

/// Serves one connection; gives the bytes read, and the stream if it must stay open.
fn serve(mut stream: TcpStream, stage: Stage, own: SocketAddr) -> (usize, Option<TcpStream>) {
    let reset = |stream: TcpStream| {
        socket2::SockRef::from(&stream)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    };
    match stage {
        Stage::Accepted => return (0, None),
        Stage::AcceptedReset => {
            reset(stream);
            return (0, None);
        }
        _ => {}
    }
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut got = Vec::new();
    match stage {
        Stage::RequestLine => read_until(&mut stream, &mut got, b"\r\n"),
        Stage::Headers | Stage::EarlyNo => read_until(&mut stream, &mut got, b"\r\n\r\n"),
        _ => {
            read_until(&mut stream, &mut got, b"\r\n\r\n");
            read_body(&mut stream, &mut got);
        }
    }
    let read = got.len();
    if read == 0 {
        return (0, None);
    }
    let mut say = |text: &str| {
        // The other side may be gone already, which is what some stages are about.
        let _ = stream.write_all(text.as_bytes());
    };
    match stage {
        Stage::BodyReset => {
            reset(stream);
            return (read, None);
        }
        Stage::Silence => return (read, Some(stream)),
        Stage::StatusLine => say("HTTP/1.1 200 OK\r\n"),
        Stage::AnswerHeaders => say("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"),
        Stage::AnswerBody => say("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"result\":"),
        Stage::Whole => say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
        Stage::Late => {
            std::thread::sleep(Duration::from_millis(300));
            say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        }
        Stage::EarlyNo => say("HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}"),
        Stage::NoHttp => say("220 mail.example.com ESMTP\r\n"),
        Stage::Redirect => say(&format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{own}/elsewhere\r\ncontent-length: 0\r\n\r\n"
        )),
        Stage::Huge => say("HTTP/1.1 200 OK\r\ncontent-length: 9437184\r\n\r\n"),
        Stage::HugeChunked => say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        _ => {}
    }
    if matches!(stage, Stage::Huge | Stage::HugeChunked) {
        let block = vec![b' '; 64 * 1024];
        for _ in 0..144 {
            let sent = if stage == Stage::HugeChunked {
                stream
                    .write_all(b"10000\r\n")
                    .and_then(|()| stream.write_all(&block))
                    .and_then(|()| stream.write_all(b"\r\n"))
            } else {
                stream.write_all(&block)
            };
            if sent.is_err() {
                break;
            }
        }
    }
    (read, None)
}

fn read_until(stream: &mut TcpStream, got: &mut Vec<u8>, end: &[u8]) {
    let mut byte = [0];
    while !got.ends_with(end) && matches!(stream.read(&mut byte), Ok(1)) {
        got.push(byte[0]);
    }
}

fn read_body(stream: &mut TcpStream, got: &mut Vec<u8>) {
    let head = String::from_utf8_lossy(got).to_lowercase();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|n| n.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    if stream.read_exact(&mut body).is_ok() {
        got.extend(body);
    }
}
