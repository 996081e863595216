//! Security headers, made once from the configuration.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use url::Url;

/// What the panel must know of the world around it.
#[derive(Clone, Debug, Default)]
pub struct HttpSettings {
    /// The address under which people reach the panel. `https` turns on `__Host-` cookies and
    /// HSTS; none means plain http on this machine.
    pub public_url: Option<Url>,
    /// Where pictures of goods come from, as sources of a content security policy
    /// (`https://*.alicdn.com`).
    pub image_hosts: Vec<String>,
    /// Origins of the marketplaces' login and payment pages. Browsers apply `form-action` to the redirect that
    /// follows a form, so **+** and **Pay** could not lead there otherwise.
    pub form_origins: Vec<String>,
}

impl HttpSettings {
    /// People reach the panel by https.
    pub fn is_https(&self) -> bool {
        self.public_url
            .as_ref()
            .is_some_and(|u| u.scheme() == "https")
    }

    /// `https://desk.example.com`, without a path.
    pub fn public_origin(&self) -> Option<String> {
        let url = self.public_url.as_ref()?;
        url.origin()
            .is_tuple()
            .then(|| url.origin().ascii_serialization())
    }

    fn content_security_policy(&self) -> String {
        let sources = |first: &str, more: &[String]| {
            // A source with a separator in it could end the directive and begin another.
            more.iter()
                .filter(|s| !s.contains([';', ',', ' ', '\n', '\r']))
                .fold(first.to_owned(), |all, s| format!("{all} {s}"))
        };
        format!(
            "default-src 'self'; img-src {}; form-action {}; script-src 'self'; style-src 'self'; \
             object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
            sources("'self' data:", &self.image_hosts),
            sources("'self'", &self.form_origins),
        )
    }
}

pub(super) struct SecurityHeaders(HeaderMap);

impl SecurityHeaders {
    pub(super) fn new(settings: &HttpSettings) -> Self {
        let mut map = HeaderMap::new();
        let mut put = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                map.insert(name, value);
            }
        };
        put(
            header::CONTENT_SECURITY_POLICY,
            &settings.content_security_policy(),
        );
        put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        // Order numbers stand in our addresses; a marketplace's site need not learn them.
        put(header::REFERRER_POLICY, "same-origin");
        put(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        );
        put(
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), payment=()",
        );
        if settings.is_https() {
            put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
        Self(map)
    }
}

pub(super) async fn add(
    State(headers): State<Arc<SecurityHeaders>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in &headers.0 {
        response.headers_mut().insert(name, value.clone());
    }
    response
}
