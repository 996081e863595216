//! The window that most actions open: what it is about, the goods concerned, fields, one button.

use crate::Tr;
use crate::parts::{Fault, Goods, Input};
use askama::Template;

/// A window with a form. The same window comes back with what was typed and what is wrong beside
/// each field when the form was refused.
#[derive(Clone, Debug, Template)]
#[template(path = "windows/form.html")]
pub struct FormWindow {
    /// The texts.
    pub tr: Tr,
    /// `Change status`.
    pub title: String,
    /// `ORD-000000053`.
    pub subject: String,
    /// Explanation over the fields.
    pub intro: Option<String>,
    /// Why it was refused as a whole.
    pub fault: Option<Fault>,
    /// Where it posts.
    pub action: String,
    /// A fresh id.
    pub request_id: String,
    /// Values that only go along.
    pub hidden: Vec<(String, String)>,
    /// Goods concerned, each perhaps with a field of its own.
    pub rows: Vec<FormRow>,
    /// Fields.
    pub inputs: Vec<Input>,
    /// What must be understood before pressing the button.
    pub warning: Option<String>,
    /// The button; nothing can be sent when it is absent.
    pub submit: Option<String>,
    /// The button does something that cannot be taken back.
    pub danger: bool,
}

/// Goods in a window.
#[derive(Clone, Debug, Default)]
pub struct FormRow {
    /// What it is.
    pub goods: Goods,
    /// `2 of 5 units`, its status.
    pub note: String,
    /// Its own field, such as a quantity.
    pub input: Option<RowInput>,
}

/// A field in a row.
#[derive(Clone, Debug, Default)]
pub struct RowInput {
    /// Name under which it is sent: `quantity-17`.
    pub name: String,
    /// What it is, for screen readers.
    pub label: String,
    /// Value.
    pub value: String,
    /// What is wrong.
    pub error: Option<String>,
    /// `of 5`.
    pub unit: String,
}

impl FormWindow {
    /// A window without fields yet.
    #[must_use]
    pub fn new(tr: &Tr, title: &str, subject: &str, action: &str, request_id: &str) -> Self {
        Self {
            tr: tr.clone(),
            title: title.to_owned(),
            subject: subject.to_owned(),
            intro: None,
            fault: None,
            action: action.to_owned(),
            request_id: request_id.to_owned(),
            hidden: Vec::new(),
            rows: Vec::new(),
            inputs: Vec::new(),
            warning: None,
            submit: None,
            danger: false,
        }
    }

    /// Something is wrong with a field or with the whole: it was refused.
    pub fn is_refused(&self) -> bool {
        self.fault.is_some()
            || self.inputs.iter().any(|i| i.field.error.is_some())
            || self
                .rows
                .iter()
                .any(|r| r.input.as_ref().is_some_and(|i| i.error.is_some()))
    }
}
