//! A request as the sandbox sees it, and an answer before it is sent.

use axum::extract::{FromRequest, Multipart};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// The largest body taken.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// Who is at the other end of the line. Put into a request's extensions by whoever knows; a
/// request without it, in process, counts as coming from this machine.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub Option<SocketAddr>);

/// A read request.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub method: Method,
    /// Decoded, without the query.
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// Query and body merged; the body wins.
    pub params: BTreeMap<String, String>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// From this machine, and addressed to it.
    pub local: bool,
    /// A form sent from another site.
    pub foreign: bool,
    /// Where it says it was sent from.
    pub origin: Option<String>,
    /// `http://host`, as the caller addressed us.
    pub base: Option<String>,
}

impl Incoming {
    /// Reads a request; never fails, unreadable parts are left out.
    pub(crate) async fn read(request: Request<Bytes>) -> Self {
        let (head, body) = request.into_parts();
        let peer = head.extensions.get::<Peer>().copied();
        let host = head
            .headers
            .get(http::header::HOST)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
            .or_else(|| head.uri.authority().map(ToString::to_string));
        let local_peer = match peer {
            None => true,
            Some(Peer(address)) => address.is_some_and(|address| is_loopback(address.ip())),
        };
        let local_host = host
            .as_deref()
            .is_none_or(|host| peer.is_none() || names_loopback(host));
        let query = pairs(head.uri.query().unwrap_or_default().as_bytes());
        let mut fields = query.clone();
        fields.extend(body_fields(&head.headers, &body).await);
        Self {
            path: decode(head.uri.path()),
            query: query.into_iter().collect(),
            params: fields.into_iter().collect(),
            local: local_peer && local_host,
            foreign: foreign(&head.headers, host.as_deref()),
            origin: head
                .headers
                .get(http::header::ORIGIN)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            base: host.map(|host| format!("http://{host}")),
            method: head.method,
            headers: head.headers,
            body,
        }
    }

    /// A parameter that is there and not empty.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A parameter without white space around it, empty if it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.params.get(name).map_or("", |text| text.trim())
    }

    /// A cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(http::header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// The body as JSON; an empty one is an empty object.
    pub(crate) fn json(&self) -> Result<Value, String> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_slice(&self.body).map_err(|e| format!("the body is not JSON: {e}"))
    }

    /// The path's parts.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path
            .split('/')
            .filter(|part| !part.is_empty())
            .collect()
    }

    pub(crate) fn is_post(&self) -> bool {
        self.method == Method::POST
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback())
        }
    }
}

/// A page of another site may send browsers of this machine to us under its own name.
fn names_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(is_loopback)
}

fn foreign(headers: &HeaderMap, host: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => text("origin")
            .is_some_and(|origin| origin.split_once("://").map(|(_, rest)| rest) != host),
    }
}

fn decode(path: &str) -> String {
    // The form decoder also turns plus into space, which a path must not.
    let escaped = path.replace('+', "%2B");
    url::form_urlencoded::parse(escaped.replace('&', "%26").replace('=', "%3D").as_bytes())
        .next()
        .map(|(path, _)| path.into_owned())
        .unwrap_or_default()
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text)
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect()
}

async fn body_fields(headers: &HeaderMap, body: &Bytes) -> Vec<(String, String)> {
    let kind = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    if kind.starts_with("application/x-www-form-urlencoded") {
        return pairs(body);
    }
    if kind.starts_with("application/json") {
        let Ok(Value::Object(map)) = serde_json::from_slice(body) else {
            return Vec::new();
        };
        return map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| match value {
                Value::String(text) => (key, text),
                other => (key, other.to_string()),
            })
            .collect();
    }
    if kind.starts_with("multipart/form-data") {
        let mut request = Request::new(axum::body::Body::from(body.clone()));
        if let Some(kind) = headers.get(http::header::CONTENT_TYPE) {
            request
                .headers_mut()
                .insert(http::header::CONTENT_TYPE, kind.clone());
        }
        let Ok(mut form) = Multipart::from_request(request, &()).await else {
            return Vec::new();
        };
        let mut fields = Vec::new();
        while let Ok(Some(field)) = form.next_field().await {
            // A part with a file name is a file: not a parameter, not signed.
            let Some(name) = field
                .name()
                .filter(|_| field.file_name().is_none())
                .map(str::to_owned)
            else {
                continue;
            };
            if let Ok(text) = field.text().await {
                fields.push((name, text));
            }
        }
        return fields;
    }
    Vec::new()
}

/// An answer before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    /// For the call log: `ok`, or the error's code.
    pub outcome: String,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
            headers: vec![("content-type", "application/json;charset=UTF-8".into())],
            body: Bytes::from(body.to_string()),
            outcome: "ok".into(),
        }
    }

    pub(crate) fn with_outcome(mut self, outcome: impl Into<String>) -> Self {
        self.outcome = outcome.into();
        self
    }

    pub(crate) fn text(status: u16, text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
            headers: vec![("content-type", "text/plain;charset=UTF-8".into())],
            body: Bytes::from(text.into()),
            outcome: "ok".into(),
        }
    }

    pub(crate) fn html(status: u16, body: String) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
            headers: vec![
                ("content-type", "text/html;charset=UTF-8".into()),
                ("cache-control", "no-store".into()),
            ],
            body: Bytes::from(body),
            outcome: "ok".into(),
        }
    }

    /// A cacheable file.
    pub(crate) fn file(kind: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: vec![
                ("content-type", kind.into()),
                ("cache-control", "public, max-age=86400".into()),
            ],
            body: body.into(),
            outcome: "ok".into(),
        }
    }

    /// "Go there with GET."
    pub(crate) fn see(place: impl Into<String>) -> Self {
        Self {
            status: StatusCode::SEE_OTHER,
            headers: vec![
                ("location", place.into()),
                ("cache-control", "no-store".into()),
            ],
            body: Bytes::new(),
            outcome: "ok".into(),
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers
            .retain(|(known, _)| *known != name || name == "set-cookie");
        self.headers.push((name, value.into()));
        self
    }

    /// As it goes out, with the headers every answer carries.
    pub(crate) fn into_response(self) -> http::Response<Bytes> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            ),
        ] {
            headers.insert(name, http::HeaderValue::from_static(value));
        }
        for (name, value) in self.headers {
            if let Ok(value) = http::HeaderValue::from_str(&value) {
                if name == "set-cookie" {
                    headers.append(name, value);
                } else {
                    headers.insert(name, value);
                }
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_own_names_count_as_local() {
        for host in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:9",
            "[::1]:80",
            "demo.localhost:1",
        ] {
            assert!(names_loopback(host), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example:80",
            "10.0.0.1",
            "[::2]:1",
            "",
        ] {
            assert!(!names_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_path_is_decoded_once_and_keeps_its_plus() {
        assert_eq!(decode("/a%20b+c&d=e"), "/a b+c&d=e");
        assert_eq!(decode("/%E4%BD%A0"), "/你");
    }
}
