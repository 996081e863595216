//! Sign-in.

use crate::http::{Field, Fields, Htmx, Page, PageError, go, safe_return};
use crate::panel::Panel;
use crate::parts::Input;
use crate::{Fmt, Tr};
use app::AppError;
use app::user::SignIn;
use askama::Template;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret as _, SecretString};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The sign-in page.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The texts.
    pub tr: Tr,
    /// Where to go after signing in.
    pub back: String,
    /// Why it was refused, or why the person has to sign in again.
    pub message: Option<String>,
    /// Name.
    pub name: Input,
    /// Password.
    pub password: Input,
    /// A fresh id for the form.
    pub request_id: String,
}

impl SignInPage {
    /// The page with what was typed, if it was refused.
    #[must_use]
    pub fn new(
        tr: Tr,
        back: &str,
        name: &str,
        message: Option<String>,
        request_id: String,
    ) -> Self {
        Self {
            back: back.to_owned(),
            message,
            name: Input::text("name", tr.sign_in_name(), Field::of(name))
                .autocomplete("username")
                .focus(),
            password: Input::password("password", tr.sign_in_password(), None)
                .autocomplete("current-password"),
            request_id,
            tr,
        }
    }
}

/// How long a browser keeps the cookie: as long as the token can be good.
const COOKIE_SECONDS: i64 = app::user::ABSOLUTE_SECONDS;

/// What the address asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Wanted {
    r#return: Option<String>,
}

/// `GET /sign-in`
pub(crate) async fn show(
    State(panel): State<Panel>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let back = safe_return(wanted.r#return.as_deref().unwrap_or("/"));
    let known = panel
        .person(&headers)
        .await
        .map_err(|error| PageError::internal(&error))?;
    if known.is_some() {
        return Ok(go(Htmx(false), back));
    }
    Ok(Page(SignInPage::new(
        language(&headers),
        back,
        "",
        None,
        panel.request_id(),
    ))
    .into_response())
}

/// `POST /sign-in`
pub(crate) async fn send(
    State(panel): State<Panel>,
    headers: HeaderMap,
    extensions: Extensions,
    fields: Fields,
) -> Result<Response, PageError> {
    let (login, back) = (fields.text("name"), safe_return(fields.text("return")));
    let request = SignIn {
        login: login.to_owned(),
        // As typed: a password may begin or end with a blank.
        password: SecretString::from(fields.all("password").next().unwrap_or("").to_owned()),
        address: address(&extensions),
    };
    match app::user::sign_in(&panel.app, request).await {
        Ok(signed_in) => {
            let cookie = panel
                .cookie()
                .set(signed_in.token.expose_secret(), COOKIE_SECONDS);
            Ok(with_cookie(go(Htmx(false), back), cookie))
        }
        Err(error) => refused(&panel, &headers, login, back, error),
    }
}

fn refused(
    panel: &Panel,
    headers: &HeaderMap,
    login: &str,
    back: &str,
    error: AppError,
) -> Result<Response, PageError> {
    let tr = language(headers);
    // Nobody is known yet: moments are told as spans, which are the same in every zone.
    let fmt = Fmt::new(
        tr.clone(),
        Fmt::zone("UTC"),
        panel.app.now(),
        Arc::default(),
    );
    let AppError::Refused(message) = error else {
        return Err(fmt.refuse(error));
    };
    let seconds = message
        .args
        .get("seconds")
        .and_then(|s| s.parse::<i64>().ok());
    let (status, text) = match seconds {
        Some(seconds) => (
            StatusCode::TOO_MANY_REQUESTS,
            tr.sign_in_throttled(fmt.span(seconds)),
        ),
        None => (StatusCode::UNPROCESSABLE_ENTITY, fmt.say(&message)),
    };
    let page = SignInPage::new(tr, back, login, Some(text), panel.request_id());
    let mut response = (status, Page(page)).into_response();
    if let Some(seconds) = seconds {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// `POST /sign-out`
pub(crate) async fn out(
    State(panel): State<Panel>,
    htmx: Htmx,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if let Some(token) = panel.cookie().read(&headers) {
        app::user::sign_out(&panel.app, &token)
            .await
            .map_err(|error| PageError::internal(&error))?;
    }
    Ok(with_cookie(go(htmx, "/sign-in"), panel.cookie().clear()))
}

fn language(headers: &HeaderMap) -> Tr {
    Tr::negotiate(
        headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or(""),
    )
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Where the browser is. One on this very machine is a proxy more often than a person: behind it
/// everyone would share one address and block each other.
fn address(extensions: &Extensions) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip()).filter(|ip| !ip.to_canonical().is_loopback())
}
