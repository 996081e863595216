//! The pages. One page is one file.
//!
//! A view holds finished texts and flags, so that showing a thing is a matter of formatting alone.
//! Views are public: `tests` and handlers fill them, templates only read them.

pub mod activities;
pub(crate) mod again;
pub mod app_actions;
pub mod app_guide;
pub mod apps;
pub mod booking;
pub mod connect;
pub mod differences;
pub mod form_window;
pub mod item_windows;
pub mod order;
pub mod order_activities;
pub mod order_end;
pub mod order_history;
pub mod order_items;
pub mod order_parcels;
pub mod order_purchase;
pub mod orders;
pub mod own;
pub mod parcel_windows;
pub mod payment;
pub mod progress;
pub mod purchases;
pub mod session;
pub mod session_actions;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod typed;

use crate::Tr;
use crate::http::{Htmx, Page, PageError};
use crate::parts::Link;
use askama::Template;
use axum::response::{IntoResponse, Response};

/// What stands around every page of a signed-in person.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The texts.
    pub tr: Tr,
    /// Title of the browser's tab.
    pub title: String,
    /// Places to go, as far as the person may.
    pub nav: Vec<NavItem>,
    /// The person's name.
    pub person: String,
    /// What stands in the search box.
    pub search: String,
    /// Synchronization that is going on: `Synchronizing 2 sessions · 64 %`.
    pub running: Option<Link>,
    /// Messages that concern everyone, such as a session that ended.
    pub notices: Vec<Notice>,
    /// A fresh id; each form of the page adds its own ending to it.
    pub request_id: String,
    /// Where the page's one event stream comes from, if it has one.
    pub live: Option<String>,
    /// A window that stands open when the page comes: a rendered [`progress::ProgressWindow`] of a
    /// run that is going on.
    pub window: Option<String>,
}

/// A place in the navigation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NavItem {
    /// Name.
    pub text: String,
    /// Address.
    pub url: &'static str,
    /// Picture.
    pub icon: &'static str,
    /// The person is there.
    pub active: bool,
    /// How many things wait there: text and colour.
    pub count: Option<(String, &'static str)>,
}

/// A message over the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `danger`, `warning`, `success` or `info`.
    pub tone: &'static str,
    /// What it says.
    pub text: String,
    /// What can be done about it.
    pub link: Option<Link>,
}

impl Shell {
    /// The initials shown in the corner.
    pub fn initials(&self) -> String {
        self.person
            .split(|c: char| !c.is_alphanumeric())
            .filter_map(|word| word.chars().next())
            .take(2)
            .flat_map(char::to_uppercase)
            .collect()
    }
}

/// A tab over a list or a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tab {
    /// Name.
    pub text: String,
    /// Address.
    pub url: String,
    /// It is this one.
    pub active: bool,
    /// How many things it holds, and in which colour that is shown.
    pub count: Option<(String, &'static str)>,
}

/// The links to the neighbouring pages of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// What this page holds: `50 per page`.
    pub text: String,
    /// Toward newer entries.
    pub newer: Option<String>,
    /// Toward older entries.
    pub older: Option<String>,
}

/// A page that shows one window alone, for browsers without script and for reloads.
#[derive(Template)]
#[template(path = "window_page.html")]
struct WindowPage<'a> {
    tr: &'a Tr,
    shell: &'a Shell,
    back: &'a str,
    window: &'a str,
}

/// Answers with a window: htmx gets it to put over the page that stands, a plain browser a page
/// that holds nothing else.
pub fn window<T: Template>(htmx: Htmx, shell: &Shell, back: &str, window: &T) -> Response {
    if htmx.0 {
        return window_alone(window);
    }
    match window.render() {
        Ok(window) => Page(WindowPage {
            tr: &shell.tr,
            shell,
            back,
            window: &window,
        })
        .into_response(),
        Err(error) => PageError::internal(&error).into_response(),
    }
}

/// Answers htmx with a window.
pub(crate) fn window_alone<T: Template>(window: &T) -> Response {
    Page(Rendered(window)).into_response()
}

/// Lends a template to [`Page`].
#[derive(Template)]
#[template(source = "{{ self.0|safe }}", ext = "html")]
struct Rendered<'a, T: Template>(&'a T);
