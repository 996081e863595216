//! App keys: the shop's developer keys at marketplaces.

use super::Shell;
use super::form_window::FormWindow;
use crate::Tr;
use crate::http::Field;
use crate::parts::{Choice, Empty, Fault, Input, Link, State, Tag};
use askama::Template;

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "apps.html")]
pub struct AppsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The keys.
    pub rows: Vec<AppRow>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
    /// Where keys are registered, per marketplace.
    pub register: Vec<Link>,
    /// The address that has to be entered there for logins to come back to.
    pub callback: String,
    /// The address for push messages.
    pub push: String,
}

/// One key.
#[derive(Clone, Debug, Default)]
pub struct AppRow {
    /// Row id.
    pub id: i64,
    /// Marketplace.
    pub marketplace: Tag,
    /// Name given by us.
    pub name: String,
    /// The public key.
    pub key: String,
    /// Whether the last test was good.
    pub state: State,
    /// Sessions that use it.
    pub sessions: String,
    /// Pace: `5 calls a second`.
    pub pace: String,
    /// What the last test said.
    pub fault: Option<Fault>,
}

/// The form as stored or typed. The secret is never shown again.
#[derive(Clone, Debug, Default)]
pub struct AppForm {
    /// Marketplaces to choose from; empty when it is edited.
    pub marketplaces: Vec<Choice>,
    /// Name given by us.
    pub name: Field,
    /// Key.
    pub key: Field,
    /// What is wrong with the secret.
    pub secret_error: Option<String>,
    /// Milliseconds between two calls.
    pub pace: Field,
}

/// Add (`app` is none) or edit a key.
#[must_use]
pub fn app_window(
    tr: &Tr,
    app: Option<i64>,
    form: AppForm,
    fault: Option<Fault>,
    request_id: &str,
) -> FormWindow {
    let mut inputs = Vec::new();
    let action = if let Some(id) = app {
        format!("/settings/apps/{id}")
    } else {
        inputs.push(Input::select(
            "marketplace",
            tr.col_marketplace(),
            form.marketplaces,
        ));
        "/settings/apps/new".to_owned()
    };
    let secret = Input::password("secret", tr.app_secret(), form.secret_error);
    inputs.extend([
        Input::text("name", tr.app_name(), form.name)
            .hint(tr.app_name_hint())
            .focus(),
        Input::text("key", tr.app_key(), form.key),
        if app.is_some() {
            secret.hint(tr.app_secret_keep())
        } else {
            secret.hint(tr.app_secret_hint())
        }
        .autocomplete("new-password"),
        Input::whole("pace", tr.app_pace(), form.pace)
            .unit(tr.millisecond_sign())
            .hint(tr.app_pace_hint()),
    ]);
    let title = if app.is_some() {
        tr.app_edit()
    } else {
        tr.app_add()
    };
    FormWindow {
        fault,
        inputs,
        submit: Some(tr.app_save_and_test().to_owned()),
        ..FormWindow::new(tr, title, "", &action, request_id)
    }
}
