//! A page that follows changes: the navigation with its counts, and the part of the page that
//! changes, are sent again as they are now.

use super::Shell;
use crate::http::{Live, PageError, live};
use crate::live::Topic;
use crate::panel::{Panel, Person};
use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;
use std::future::Future;

/// What is sent: the navigation, and one part in place of the element `target`.
#[derive(Template)]
#[template(path = "again.html")]
struct Again<'a> {
    shell: &'a Shell,
    target: &'a str,
    swap: &'a str,
    part: &'a str,
}

/// Everything between the head and the foot of a page, as it is now.
pub(crate) fn whole(shell: &Shell, main: askama::Result<String>) -> Result<String, PageError> {
    part(shell, "#content", "innerMorph", main)
}

/// One element of a page as it is now; `html` is that element.
pub(crate) fn element(
    shell: &Shell,
    target: &str,
    html: askama::Result<String>,
) -> Result<String, PageError> {
    part(shell, target, "outerMorph", html)
}

fn part(
    shell: &Shell,
    target: &str,
    swap: &str,
    html: askama::Result<String>,
) -> Result<String, PageError> {
    let internal = |error| PageError::internal(&error);
    let again = Again {
        shell,
        target,
        swap,
        part: &html.map_err(internal)?,
    };
    again.render().map_err(internal)
}

/// Sends what `render` gives, now and after every change of these things. Who signed out, or was
/// switched off, sees no more.
pub(crate) fn follow<R, F>(
    panel: &Panel,
    headers: HeaderMap,
    topics: impl Into<Vec<Topic>>,
    render: R,
) -> Response
where
    R: Fn(Panel, Person) -> F + Clone + Send + 'static,
    F: Future<Output = Result<String, PageError>> + Send + 'static,
{
    let changes = panel.watches.watch(topics);
    let (panel, stop) = (panel.clone(), panel.stop.clone());
    live(changes, stop, move || {
        let (panel, headers, render) = (panel.clone(), headers.clone(), render.clone());
        async move {
            let Ok(Some(person)) = panel.person(&headers).await else {
                return Live::Gone;
            };
            match render(panel, person).await {
                Ok(html) => Live::Now(html),
                Err(_) => Live::Gone,
            }
        }
    })
}
