//! What handlers are given: the panel with the application behind it, and who is signed in.

use crate::http::{Htmx, HttpSettings, PageError, SessionCookie, request_id, safe_return};
use crate::live::Watches;
use crate::pages::form_window::FormWindow;
use crate::pages::{self, NavItem, Notice, Shell};
use crate::parts::Link;
use crate::{Fmt, Tr};
use app::activity::Activity;
use app::desk::{self, Desk};
use app::settings::Settings;
use app::{App, AppError, Ctx};
use askama::Template;
use axum::extract::{FromRequestParts, OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::future::Future;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The panel. Cheap to clone.
#[derive(Clone)]
pub struct Panel {
    /// The application.
    pub app: App,
    /// The world around the panel.
    pub http: Arc<HttpSettings>,
    /// Ends the event streams.
    pub stop: CancellationToken,
    /// Who waits for which change.
    pub watches: Watches,
}

impl Panel {
    /// The panel of an application; event streams end with `stop`.
    #[must_use]
    pub fn new(app: App, http: HttpSettings, stop: CancellationToken) -> Self {
        Self {
            app,
            http: Arc::new(http),
            stop,
            watches: Watches::default(),
        }
    }

    /// Passes changes on to open pages until `stop`. Without it pages stand still until they are
    /// loaded again. The caller runs it beside the server.
    pub fn relay(&self, stop: CancellationToken) -> impl Future<Output = ()> + Send + 'static {
        self.watches.relay(&self.app, stop)
    }

    /// The cookie of signed-in browsers.
    pub fn cookie(&self) -> SessionCookie {
        SessionCookie::new(self.http.is_https())
    }

    /// A fresh id for the forms of a page.
    pub fn request_id(&self) -> String {
        request_id(&*self.app.world.random)
    }

    /// Who is signed in with this browser, if anyone.
    ///
    /// # Errors
    /// The database's.
    pub async fn person(&self, headers: &HeaderMap) -> Result<Option<Person>, AppError> {
        let Some(token) = self.cookie().read(headers) else {
            return Ok(None);
        };
        let Some(who) = app::user::who(&self.app, &token).await? else {
            return Ok(None);
        };
        let settings = Arc::new(app::settings::show(&self.app).await?);
        let wanted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or("");
        let fmt = Fmt::new(
            Tr::negotiate(wanted),
            Fmt::zone(&who.zone),
            self.app.now(),
            Arc::new(settings.decimals.clone()),
        );
        Ok(Some(Person {
            ctx: self.app.acting(who.actor()),
            id: who.id,
            login: who.login,
            name: who.name,
            zone: who.zone,
            fmt,
            settings,
        }))
    }

    /// What stands around a page. `place` is the address in the navigation where the person is.
    ///
    /// # Errors
    /// The database's, as an answer.
    pub async fn shell(
        &self,
        person: &Person,
        title: impl Into<String>,
        place: &str,
    ) -> Result<Shell, PageError> {
        Ok(self.shell_and_desk(person, title, place).await?.0)
    }

    /// The same with what it was made from.
    ///
    /// # Errors
    /// The database's, as an answer.
    pub async fn shell_and_desk(
        &self,
        person: &Person,
        title: impl Into<String>,
        place: &str,
    ) -> Result<(Shell, Desk), PageError> {
        let desk = desk::show(&self.app)
            .await
            .map_err(|error| person.fmt.refuse(error))?;
        let tr = person.tr();
        let shell = Shell {
            title: title.into(),
            nav: nav(&person.fmt, &desk, place),
            person: person.name.clone(),
            search: String::new(),
            running: running(tr, &person.login, &desk.open),
            notices: notices(tr, &desk, place),
            request_id: self.request_id(),
            live: None,
            window: None,
            tr: tr.clone(),
        };
        Ok((shell, desk))
    }

    /// Answers with a form in a window, with the status that fits how it came about.
    ///
    /// # Errors
    /// The database's, as an answer.
    pub async fn form(
        &self,
        htmx: Htmx,
        person: &Person,
        back: &str,
        status: StatusCode,
        window: &FormWindow,
    ) -> Result<Response, PageError> {
        let response = self.window(htmx, person, back, window).await?;
        Ok((status, response).into_response())
    }

    /// Answers with a window: for htmx the fragment, else a page of its own with a way `back`.
    ///
    /// # Errors
    /// The database's, as an answer.
    pub async fn window<T: Template>(
        &self,
        htmx: Htmx,
        person: &Person,
        back: &str,
        window: &T,
    ) -> Result<Response, PageError> {
        if htmx.0 {
            return Ok(pages::window_alone(window));
        }
        let shell = self.shell(person, person.tr().product(), "").await?;
        Ok(pages::window(htmx, &shell, back, window))
    }
}

/// The signed-in person of a request.
#[derive(Clone)]
pub struct Person {
    /// Row id.
    pub id: i64,
    /// Login name.
    pub login: String,
    /// Name for others to read.
    pub name: String,
    /// Time zone.
    pub zone: String,
    /// Formats for this person at the moment of the request.
    pub fmt: Fmt,
    /// The system as this person uses it.
    pub ctx: Ctx,
    /// The desk's settings.
    pub settings: Arc<Settings>,
}

impl Person {
    /// The texts in the person's language.
    pub const fn tr(&self) -> &Tr {
        self.fmt.tr()
    }

    /// The same person now: for what is rendered again long after the request.
    #[must_use]
    pub fn now(&self) -> Self {
        Self {
            fmt: self.fmt.at(self.ctx.now()),
            ..self.clone()
        }
    }
}

impl FromRequestParts<Panel> for Person {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, panel: &Panel) -> Result<Self, PageError> {
        if let Some(person) = parts.extensions.get::<Self>() {
            return Ok(person.clone());
        }
        match panel.person(&parts.headers).await {
            Ok(Some(person)) => Ok(person),
            Ok(None) => Err(PageError::sign_in(&back(
                &parts.method,
                &parts.uri,
                &parts.headers,
            ))),
            Err(error) => Err(PageError::internal(&error)),
        }
    }
}

/// Lets only signed-in people through, and knows them from here on.
pub(crate) async fn require_person(
    State(panel): State<Panel>,
    OriginalUri(uri): OriginalUri,
    mut request: Request,
    next: Next,
) -> Response {
    match panel.person(request.headers()).await {
        Ok(Some(person)) => {
            request.extensions_mut().insert(person);
            next.run(request).await
        }
        Ok(None) => {
            PageError::sign_in(&back(request.method(), &uri, request.headers())).into_response()
        }
        Err(error) => PageError::internal(&error).into_response(),
    }
}

/// Where a person goes on after signing in: to the page that was asked for, or to the one from
/// which something was sent.
fn back(method: &Method, uri: &Uri, headers: &HeaderMap) -> String {
    let page_of = |name: &str| {
        let url = url::Url::parse(headers.get(name)?.to_str().ok()?).ok()?;
        let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
        Some(format!("{}{query}", url.path()))
    };
    let asked = if headers.contains_key("hx-request") {
        page_of("hx-current-url")
    } else if method == Method::GET {
        uri.path_and_query().map(ToString::to_string)
    } else {
        page_of("referer")
    };
    safe_return(asked.as_deref().unwrap_or("/")).to_owned()
}

/// Above this a count says `1,000+`.
pub(crate) const COUNT_CEILING: u64 = 1_000;

fn nav(fmt: &Fmt, desk: &Desk, place: &str) -> Vec<NavItem> {
    let tr = fmt.tr();
    let count = |n: i64, tone: &'static str| {
        let n = u64::try_from(n).unwrap_or(0);
        (n > 0).then(|| (fmt.count(n, COUNT_CEILING), tone))
    };
    let of_state = |state: &str| {
        let n = desk.open.iter().filter(|a| a.row.state == state).count();
        i64::try_from(n).unwrap_or(i64::MAX)
    };
    let item = |text: &str, url: &'static str, icon, count| NavItem {
        text: text.to_owned(),
        active: place == url,
        url,
        icon,
        count,
    };
    let orders = count(desk.orders.tab(app::order::ListTab::Person), "red")
        .or_else(|| count(desk.orders.tab(app::order::ListTab::Ready), "blue"));
    let runs = count(of_state("waiting"), "orange").or_else(|| count(of_state("running"), "blue"));
    let ended = i64::try_from(desk.ended.len()).unwrap_or(i64::MAX);
    vec![
        item(tr.nav_orders(), "/orders", "clipboard-list", orders),
        item(
            tr.nav_purchases(),
            "/purchases",
            "building-store",
            count(desk.to_pay, "orange"),
        ),
        item(
            tr.nav_unknown(),
            "/unknown",
            "help-hexagon",
            count(desk.unknown, "red"),
        ),
        item(
            tr.nav_exceptions(),
            "/exceptions",
            "alert-triangle",
            count(desk.differences, "red"),
        ),
        item(tr.nav_activities(), "/activities", "activity", runs),
        item(tr.nav_sessions(), "/sessions", "key", count(ended, "red")),
        item(tr.nav_settings(), "/settings", "settings", None),
    ]
}

/// What the person has going on: one run leads to its page, several to the list.
fn running(tr: &Tr, login: &str, open: &[Activity]) -> Option<Link> {
    let own: Vec<&Activity> = open.iter().filter(|run| run.row.actor == login).collect();
    match own.as_slice() {
        [] => None,
        [one] => Some(Link::to(
            format!("/activities/{}", one.row.id),
            tr.runs_open(1),
        )),
        many => Some(Link::to("/activities?view=open", tr.runs_open(many.len()))),
    }
}

fn notices(tr: &Tr, desk: &Desk, place: &str) -> Vec<Notice> {
    // The page of sessions says it itself.
    if place == "/sessions" {
        return Vec::new();
    }
    desk.ended
        .iter()
        .map(|session| Notice {
            tone: "danger",
            text: tr.notice_session_ended(
                tr.by_key("marketplace-", &session.marketplace),
                &session.login,
            ),
            link: Some(Link::to(
                format!("/sessions/{}", session.id),
                tr.login_again(),
            )),
        })
        .collect()
}
