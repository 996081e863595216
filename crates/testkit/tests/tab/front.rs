//! What stands between the application and the marketplace's gateway: it hands everything on, one
//! request a connection, but breaks off creates wherever it is told to, and counts them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Where a create breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Resets before it has read anything.
    Unread,
    /// Closes after the request's head.
    Head,
    /// Closes inside the request's body.
    HalfBody,
    /// Reads everything and closes; the marketplace never hears of it.
    Whole,
    /// The same with a reset.
    WholeReset,
    /// Reads everything and says nothing.
    Silence,
    /// Sends it elsewhere, where it must not be sent again.
    Redirect,
    /// The order is made, and not a word comes back.
    Made,
    /// The order is made; resets.
    MadeReset,
    /// The order is made; closes inside the status line.
    StatusLine,
    /// The order is made; closes after the answer's head.
    AnswerHead,
    /// The order is made; closes inside the answer's body.
    HalfAnswer,
    /// The order is made, and nothing comes back for long.
    MadeSilence,
    /// Hands it on.
    Open,
}

impl Stage {
    /// Everywhere that a create can break off.
    pub const ALL: [Self; 13] = [
        Self::Unread,
        Self::Head,
        Self::HalfBody,
        Self::Whole,
        Self::WholeReset,
        Self::Silence,
        Self::Redirect,
        Self::Made,
        Self::MadeReset,
        Self::StatusLine,
        Self::AnswerHead,
        Self::HalfAnswer,
        Self::MadeSilence,
    ];

    /// The marketplace has made the order.
    pub const fn is_made(self) -> bool {
        matches!(
            self,
            Self::Made
                | Self::MadeReset
                | Self::StatusLine
                | Self::AnswerHead
                | Self::HalfAnswer
                | Self::MadeSilence
        )
    }
}

/// The front door of the gateway.
pub struct Front {
    pub address: SocketAddr,
    listener: TcpListener,
}

/// Tells the front what to do, and hears what it was asked.
#[derive(Clone)]
pub struct Handle(Arc<Mutex<(Stage, usize)>>);

impl Handle {
    pub fn cut(&self, stage: Stage) {
        self.0.lock().unwrap().0 = stage;
    }

    /// Creates that came so far, whole or not.
    pub fn creates(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

impl Front {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            listener,
        }
    }

    /// Hands on to `market` from now on.
    #[expect(
        clippy::disallowed_methods,
        reason = "the front serves beside the test"
    )]
    pub fn serve(self, market: SocketAddr) -> Handle {
        let handle = Handle(Arc::new(Mutex::new((Stage::Open, 0))));
        let told = handle.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = self.listener.accept().await.unwrap();
                // A connection that broke off is what this is for.
                tokio::spawn(connection(stream, market, told.clone()));
            }
        });
        handle
    }
}

async fn connection(mut stream: TcpStream, market: SocketAddr, told: Handle) -> Option<()> {
    let stage = {
        let mut line = [0; 2_048];
        let seen = loop {
            let seen = stream.peek(&mut line).await.ok()?;
            if seen == 0 || line[..seen].contains(&b'\r') {
                break &line[..seen];
            }
        };
        let create = String::from_utf8_lossy(seen).contains("createCrossOrder");
        let mut state = told.0.lock().unwrap();
        state.1 += usize::from(create);
        if create { state.0 } else { Stage::Open }
    };
    if stage == Stage::Unread {
        return reset(stream);
    }
    let (head, length) = head(&mut stream).await?;
    match stage {
        Stage::Head => return None,
        Stage::HalfBody => {
            let mut half = vec![0; length / 2];
            stream.read_exact(&mut half).await.ok()?;
            return None;
        }
        _ => {}
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    match stage {
        Stage::Whole => return None,
        Stage::WholeReset => return reset(stream),
        Stage::Silence => return silence(&mut stream).await,
        Stage::Redirect => {
            let (_, path) = head.split_once(' ')?;
            let path = path.split(' ').next()?;
            let say = format!(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: {path}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            return stream.write_all(say.as_bytes()).await.ok();
        }
        _ => {}
    }
    let answer = ask(market, &head, &body).await?;
    let end_of_head = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let said = match stage {
        Stage::Made => return None,
        Stage::MadeReset => return reset(stream),
        Stage::MadeSilence => return silence(&mut stream).await,
        Stage::StatusLine => &answer[..8],
        Stage::AnswerHead => &answer[..end_of_head],
        Stage::HalfAnswer => &answer[..usize::midpoint(end_of_head, answer.len())],
        _ => &answer[..],
    };
    stream.write_all(said).await.ok()
}

/// The request's head, and how long its body is.
async fn head(stream: &mut TcpStream) -> Option<(String, usize)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    Some((head, length.unwrap_or(0)))
}

/// Asks the marketplace on a connection of its own; gives the whole answer.
async fn ask(market: SocketAddr, head: &str, body: &[u8]) -> Option<Vec<u8>> {
    let mut to = TcpStream::connect(market).await.ok()?;
    let (line, rest) = head.split_once("\r\n")?;
    let alone = format!("{line}\r\nconnection: close\r\n{rest}");
    to.write_all(alone.as_bytes()).await.ok()?;
    to.write_all(body).await.ok()?;
    let mut answer = Vec::new();
    to.read_to_end(&mut answer).await.ok()?;
    Some(answer)
}

/// Says nothing until the other side has gone.
async fn silence(stream: &mut TcpStream) -> Option<()> {
    while stream.read(&mut [0; 64]).await.ok()? > 0 {}
    None
}

fn reset(stream: TcpStream) -> Option<()> {
    stream.set_zero_linger().ok()
}
