//! A browser without a screen: asks the panel's own router, keeps cookies, sends what browsers send.

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, header};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tower::ServiceExt as _;

/// The panel's address, as the configuration of tests names it.
const ORIGIN: &str = "http://127.0.0.1:8080";
/// Redirects that one click may follow.
const HOPS: usize = 5;
const BODY_LIMIT: usize = 16 << 20;

/// A browser.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    /// Ask for fragments, as htmx does.
    pub htmx: bool,
    /// From where the panel sees it come.
    pub peer: SocketAddr,
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: String,
    /// Where the browser ended, after redirects.
    pub path: String,
}

impl Answer {
    /// The value of the first field of that name in the page.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        let tag = format!("name=\"{name}\"");
        let at = self.body.find(&tag)?;
        let start = self.body[..at].rfind('<')?;
        let end = at + self.body[at..].find('>')?;
        let element = &self.body[start..end];
        let value = element.find("value=\"").map(|from| from + 7)?;
        let text = &element[value..value + element[value..].find('"')?];
        Some(
            text.replace("&#38;", "&")
                .replace("&amp;", "&")
                .replace("&#34;", "\""),
        )
    }

    /// Where a redirect leads.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        let text = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok());
        text("location").or_else(|| text("hx-redirect"))
    }

    /// The page must hold this text.
    ///
    /// # Panics
    /// When it does not; shows the page.
    pub fn must_show(&self, text: &str) {
        assert!(
            self.body.contains(text),
            "{} ({}) does not show {text:?}:
{}",
            self.path,
            self.status,
            self.body
        );
    }
}

impl Browser {
    /// A browser without cookies.
    #[must_use]
    pub fn new(router: Router) -> Self {
        Self {
            router,
            cookies: BTreeMap::new(),
            htmx: false,
            peer: SocketAddr::from(([127, 0, 0, 1], 40_000)),
        }
    }

    /// The cookies as a request brings them.
    #[must_use]
    pub fn cookie(&self) -> String {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// Opens a page, following redirects.
    ///
    /// # Errors
    /// When the router fails, or sends in circles.
    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        let mut path = path.to_owned();
        for _ in 0..HOPS {
            let answer = self.send("GET", &path, None).await?;
            match answer.location() {
                Some(to) if answer.status == 303 && to.starts_with('/') => to.clone_into(&mut path),
                _ => return Ok(answer),
            }
        }
        bail!("{path}: sent in circles")
    }

    /// Opens a page; the answer is not followed.
    ///
    /// # Errors
    /// When the router fails.
    pub async fn send_only(&mut self, path: &str) -> Result<Answer> {
        self.send("GET", path, None).await
    }

    /// Sends a form, and opens where it leads.
    ///
    /// # Errors
    /// As [`Browser::get`].
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let answer = self.submit(path, fields).await?;
        match answer.location() {
            Some(to) if to.starts_with('/') => {
                let to = to.to_owned();
                self.get(&to).await
            }
            _ => Ok(answer),
        }
    }

    /// Sends a form; the answer is not followed.
    ///
    /// # Errors
    /// When the router fails.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(
            "POST",
            path,
            Some(("application/x-www-form-urlencoded", body.into_bytes())),
        )
        .await
    }

    /// Posts bytes as a server would: without origin and cookies.
    ///
    /// # Errors
    /// When the router fails.
    pub async fn post_raw(
        &self,
        path: &str,
        headers: &[(&'static str, String)],
        body: impl Into<Vec<u8>>,
    ) -> Result<Answer> {
        let mut request = Request::post(path).header(header::HOST, "127.0.0.1:8080");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        self.carry(path, request.body(Body::from(body.into()))?)
            .await
    }

    /// Signs in.
    ///
    /// # Errors
    /// When the panel does not let the person in.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> Result<()> {
        let answer = self
            .submit("/sign-in", &[("name", login), ("password", password)])
            .await?;
        if self.cookies.is_empty() {
            bail!("not signed in: {} {}", answer.status, answer.body);
        }
        Ok(())
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::ACCEPT, "text/html,*/*;q=0.8");
        if !self.cookies.is_empty() {
            request = request.header(header::COOKIE, self.cookie());
        }
        if self.htmx {
            request = request.header("hx-request", "true");
        }
        let body = match body {
            None => Body::empty(),
            Some((content_type, bytes)) => {
                request = request
                    .header(header::CONTENT_TYPE, content_type)
                    .header(header::ORIGIN, ORIGIN)
                    .header("sec-fetch-site", "same-origin");
                Body::from(bytes)
            }
        };
        let answer = self.carry(path, request.body(body)?).await?;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without a value")?;
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }

    async fn carry(&self, path: &str, mut request: Request<Body>) -> Result<Answer> {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let response = self.router.clone().oneshot(request).await?;
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, BODY_LIMIT).await?;
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            path: path.to_owned(),
        })
    }
}
