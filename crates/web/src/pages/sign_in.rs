//! Sign-in.

use crate::Tr;
use crate::http::Field;
use crate::parts::Input;
use askama::Template;

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
