//! One form out, one answer in: what every connector does around the transport.

use crate::{Caller, Deadline, ErrorKind, MarketError, Once, Request, Response, TransportError};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use url::form_urlencoded;

/// Most characters of a marketplace's text that are kept.
pub(crate) const TEXT_CHARACTERS: usize = 500;

/// Parameters of a call, in the order in which they were added. An empty value is never sent:
/// whether gateways drop one before they check a signature is not known.
#[derive(Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((name.to_owned(), value));
        }
        self
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
}

/// Posts `form` to `url` and gives the answer as it came, whatever its status.
pub(crate) async fn post_form(
    caller: &Caller<'_>,
    deadline: Deadline,
    name: &'static str,
    url: url::Url,
    form: &Form,
    once: Option<Once>,
) -> Result<Response, MarketError> {
    let mut headers = HeaderMap::new();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8"),
    );
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let request = Request {
        method: http::Method::POST,
        url,
        headers,
        body: Bytes::from(form.encoded()),
        once,
        name,
    };
    Ok(caller.transport.send(request, deadline).await?)
}

/// What is left of the caller's deadline since `started`, for the second of two calls.
pub(crate) fn left_of(caller: &Caller<'_>, started: world::Boot) -> Deadline {
    let gone = (caller.clock.boot().0 - started.0).max(0) / 1_000_000;
    Deadline {
        millis: caller
            .deadline
            .millis
            .saturating_sub(u64::try_from(gone).unwrap_or(u64::MAX)),
    }
}

/// A real address of a marketplace.
#[expect(
    clippy::expect_used,
    reason = "constants of the connectors; their tests read each of them"
)]
pub(crate) fn constant(address: &'static str) -> url::Url {
    url::Url::parse(address).expect("a constant address")
}

/// Is there a next page? The marketplace may give smaller pages than asked for, and orders move
/// between pages while they are read; whenever a page is not what the total makes one expect, the
/// end is where a page comes empty.
pub(crate) fn has_more(page: u32, size: u64, rows: usize, total: Option<u64>) -> bool {
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    let Some(total) = total else {
        return rows > 0;
    };
    let before = (u64::from(page) - 1).saturating_mul(size);
    let expected = total.saturating_sub(before).min(size);
    if rows == expected {
        before + rows < total
    } else {
        rows > 0
    }
}

impl From<TransportError> for MarketError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::NotSent { why } => Self::new(ErrorKind::NotSent, clipped(&why)),
            TransportError::MaybeSent { why } => Self::new(ErrorKind::Unclear, clipped(&why)),
        }
    }
}

/// At most [`TEXT_CHARACTERS`] characters, control characters as spaces.
pub(crate) fn clipped(text: &str) -> String {
    text.trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(TEXT_CHARACTERS)
        .collect()
}

/// `error` without `secrets`, should a gateway have repeated them in its text.
pub(crate) fn scrubbed(mut error: MarketError, secrets: &[&str]) -> MarketError {
    for secret in secrets.iter().filter(|s| s.len() >= 4) {
        for text in std::iter::once(&mut error.text).chain(&mut error.code) {
            if text.contains(secret) {
                *text = text.replace(secret, "…");
            }
        }
    }
    error
}
