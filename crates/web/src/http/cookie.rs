//! The cookie that carries a person's sign-in token.

use axum::http::{HeaderMap, HeaderValue, header};

/// How the sign-in cookie is named and sealed. By https it is `__Host-` bound and `Secure`; by
/// plain http, which is for this machine alone, it carries a name of its own, so that the two can
/// never be mistaken for each other.
#[derive(Clone, Copy, Debug)]
pub struct SessionCookie {
    https: bool,
}

impl SessionCookie {
    /// The cookie for a panel reached by https, or by plain http.
    #[must_use]
    pub const fn new(settings_https: bool) -> Self {
        Self {
            https: settings_https,
        }
    }

    const fn name(self) -> &'static str {
        if self.https {
            "__Host-autopurchase"
        } else {
            "autopurchase"
        }
    }

    /// The token that a request brings.
    pub fn read(self, headers: &HeaderMap) -> Option<String> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| *name == self.name() && !value.is_empty())
            .map(|(_, value)| value.to_owned())
    }

    /// The header that gives a browser the token for `seconds`. The token must be of letters,
    /// digits, `-` and `_`.
    pub fn set(self, token: &str, seconds: i64) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!(
            "{}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{}",
            self.name(),
            if self.https { "; Secure" } else { "" }
        ))
        .ok()
    }

    /// The header that takes the token away.
    pub fn clear(self) -> Option<HeaderValue> {
        self.set("", 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_host_bound_by_https_and_readable_again() {
        let cookie = SessionCookie::new(true);
        let set = cookie.set("abc", 60).unwrap();
        assert_eq!(
            set,
            "__Host-autopurchase=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("x=1; __Host-autopurchase=abc"),
        );
        assert_eq!(cookie.read(&headers).as_deref(), Some("abc"));
        assert_eq!(SessionCookie::new(false).read(&headers), None);
    }
}
