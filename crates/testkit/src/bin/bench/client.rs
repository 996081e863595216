//! A client on loopback: one connection that stays open, no compression, cookies.

use crate::process::beside;
use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use url::Url;

/// Somebody who asks.
pub struct Client {
    address: SocketAddr,
    origin: Url,
    cookie: Option<String>,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// An answer, whole.
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    /// Somebody who asks the server at `address`, which calls itself `origin`.
    pub fn new(address: SocketAddr, origin: Url) -> Self {
        Self {
            address,
            origin,
            cookie: None,
            connection: None,
        }
    }

    /// The same person on a connection of their own.
    pub fn another(&self) -> Self {
        Self {
            address: self.address,
            origin: self.origin.clone(),
            cookie: self.cookie.clone(),
            connection: None,
        }
    }

    /// Asks for a page.
    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send("GET", path, None).await
    }

    /// Sends a form.
    pub async fn post(&mut self, path: &str, fields: &[(String, String)]) -> Result<Answer> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send("POST", path, Some(body)).await
    }

    /// Signs in.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> Result<()> {
        let fields =
            [("name", login), ("password", password)].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let answer = self.post("/sign-in", &fields).await?;
        let cookie = answer
            .headers
            .get(header::SET_COOKIE)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.split(';').next());
        self.cookie = Some(
            cookie
                .with_context(|| format!("not signed in: {}", answer.status))?
                .to_owned(),
        );
        Ok(())
    }

    async fn send(&mut self, method: &str, path: &str, form: Option<String>) -> Result<Answer> {
        let authority = self.origin.authority().to_owned();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, authority);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if form.is_some() {
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::ORIGIN, self.origin.origin().ascii_serialization())
                .header("sec-fetch-site", "same-origin");
        }
        let request = request.body(Full::new(Bytes::from(form.unwrap_or_default())))?;
        let connection = self.connection().await?;
        let answer = connection.send_request(request).await?;
        let (parts, body) = answer.into_parts();
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.collect().await?.to_bytes(),
        })
    }

    async fn connection(&mut self) -> Result<&mut SendRequest<Full<Bytes>>> {
        let usable = match &mut self.connection {
            Some(connection) => connection.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await?;
            beside(connection);
            self.connection = Some(sender);
        }
        match &mut self.connection {
            Some(connection) => Ok(connection),
            None => bail!("no connection"),
        }
    }
}
