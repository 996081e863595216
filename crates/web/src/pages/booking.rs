//! Windows of the Purchase tab: bind and its confirmation, unbind, adopt, release.

use super::form_window::{FormRow, FormWindow};
use super::item_windows::At;
use crate::Tr;
use crate::http::Field;
use crate::parts::{Configuration, Counted, Fault, Goods, Input, Outside, Tag};
use askama::Template;

/// Bind, first step: which order numbers. `items` are the chosen ones, sent along; none means all
/// free units of the order.
#[must_use]
pub fn bind_window(at: At<'_>, items: &[i64], numbers: Field, fault: Option<Fault>) -> FormWindow {
    let tr = at.tr;
    FormWindow {
        fault,
        hidden: items
            .iter()
            .map(|id| ("item".to_owned(), id.to_string()))
            .collect(),
        inputs: vec![
            Input::area("numbers", tr.bind_numbers(), numbers)
                .hint(tr.bind_numbers_hint())
                .focus(),
        ],
        submit: Some(tr.bind_look_up().to_owned()),
        ..at.window(tr.bind(), "bind")
    }
}

/// Bind, second step: what was found and how it fits.
#[derive(Clone, Debug, Template)]
#[template(path = "windows/bind_confirm.html")]
pub struct BindConfirm {
    /// The texts.
    pub tr: Tr,
    /// The order's number.
    pub order: String,
    /// Why it could not be bound as chosen.
    pub fault: Option<Fault>,
    /// Where it posts.
    pub action: String,
    /// Ends the look without binding anything.
    pub leave: String,
    /// A fresh id.
    pub request_id: String,
    /// Values that only go along.
    pub hidden: Vec<(String, String)>,
    /// The marketplace's orders that were read.
    pub found: Vec<BindOrder>,
    /// The button, counting the matches; absent when nothing can be bound.
    pub submit: Option<String>,
}

/// An order of the marketplace that shall be bound.
#[derive(Clone, Debug, Default)]
pub struct BindOrder {
    /// Number.
    pub number: Outside,
    /// The session that can see it.
    pub session: String,
    /// Seller.
    pub seller: String,
    /// Status.
    pub status: Tag,
    /// Total.
    pub total: String,
    /// Why it cannot be bound.
    pub fault: Option<Fault>,
    /// Items that it does not cover, or what became of it.
    pub note: Option<String>,
    /// Its lines.
    pub lines: Vec<BindLine>,
}

/// A line and the units of ours that it would cover.
#[derive(Clone, Debug, Default)]
pub struct BindLine {
    /// Title at the marketplace.
    pub title: String,
    /// Its configuration.
    pub configuration: String,
    /// Quantity and price: `5 × ¥ 10.40`.
    pub quantity: String,
    /// Units of ours.
    pub matches: Vec<BindMatch>,
    /// Units that cover other items already.
    pub held: Option<String>,
    /// `2 stay as stock`.
    pub surplus: Option<String>,
}

/// Units of an item that a line would cover.
#[derive(Clone, Debug, Default)]
pub struct BindMatch {
    /// Name of its box: `match`.
    pub value: String,
    /// Proposed.
    pub chosen: bool,
    /// The item.
    pub goods: Goods,
    /// Its configuration, which may differ.
    pub configuration: Configuration,
    /// How many units.
    pub quantity: String,
    /// How sure that is: same specification, same item, name only.
    pub how: Tag,
}

/// What unbinding may do besides.
#[derive(Clone, Debug, Default)]
pub struct UnbindOffer {
    /// Allocations, sent along.
    pub ids: Vec<i64>,
    /// How they are shown.
    pub rows: Vec<(Goods, String)>,
    /// *Also cancel at the marketplace* can be offered; ticked or not.
    pub cancel: Option<bool>,
    /// Why cancelling is not offered.
    pub no_cancel: Option<String>,
    /// A paid purchase is among them: a reason is needed.
    pub paid: bool,
    /// The reason.
    pub reason: Field,
}

/// Unbind.
#[must_use]
pub fn unbind_window(at: At<'_>, offer: UnbindOffer) -> FormWindow {
    let tr = at.tr;
    let mut inputs = Vec::new();
    if let Some(ticked) = offer.cancel {
        inputs
            .push(Input::check("cancel", tr.unbind_cancel(), ticked).hint(tr.unbind_cancel_hint()));
    }
    let hint = if offer.paid {
        tr.unbind_reason_hint()
    } else {
        tr.optional()
    };
    inputs.push(
        Input::area("reason", tr.reason(), offer.reason)
            .rows(2)
            .hint(hint),
    );
    FormWindow {
        intro: Some(tr.unbind_intro().to_owned()),
        hidden: offer
            .ids
            .iter()
            .map(|id| ("allocation".to_owned(), id.to_string()))
            .collect(),
        rows: offer
            .rows
            .into_iter()
            .map(|(goods, note)| FormRow {
                goods,
                note,
                input: None,
            })
            .collect(),
        inputs,
        warning: offer.no_cancel,
        submit: Some(tr.unbind().to_owned()),
        danger: offer.paid,
        ..at.window(tr.unbind(), "unbind")
    }
}

/// Adopt an order for a booking whose outcome is unknown. `candidates` are orders that were seen
/// and may be it.
#[must_use]
pub fn adopt_window(
    at: At<'_>,
    booking: i64,
    number: Field,
    candidates: &[String],
    fault: Option<Fault>,
) -> FormWindow {
    let tr = at.tr;
    let hint = if candidates.is_empty() {
        tr.adopt_hint().to_owned()
    } else {
        tr.adopt_candidates(candidates.join(", "))
    };
    FormWindow {
        fault,
        intro: Some(tr.adopt_intro().to_owned()),
        inputs: vec![
            Input::text("number", tr.adopt_number_label(), number)
                .hint(hint)
                .focus(),
        ],
        submit: Some(tr.adopt_check().to_owned()),
        ..at.window(tr.adopt_title(), &format!("bookings/{booking}/adopt"))
    }
}

/// How a booking was searched for, for the window that releases it.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// How often.
    pub times: i64,
    /// When last.
    pub last: String,
    /// The reference that was searched for.
    pub reference: String,
    /// Its last four characters, to be typed.
    pub tail: String,
    /// Why it cannot be released yet; nothing can be sent then.
    pub refusal: Option<String>,
}

/// Release a booking that is not at the marketplace, confirmed by the end of its reference.
#[must_use]
pub fn release_window(
    at: At<'_>,
    booking: i64,
    looked: &Looked,
    confirmation: Field,
    fault: Option<Fault>,
) -> FormWindow {
    let tr = at.tr;
    let window = FormWindow {
        fault,
        intro: Some(tr.release_intro(
            looked.last.as_str(),
            looked.reference.as_str(),
            looked.times,
        )),
        ..at.window(tr.release_title(), &format!("bookings/{booking}/release"))
    };
    if let Some(refusal) = &looked.refusal {
        return FormWindow {
            warning: Some(refusal.clone()),
            ..window
        };
    }
    FormWindow {
        inputs: vec![
            Input::text("confirmation", tr.release_confirm(), confirmation)
                .hint(tr.release_confirm_hint(looked.tail.as_str()))
                .focus(),
        ],
        warning: Some(tr.release_warning().to_owned()),
        submit: Some(tr.release().to_owned()),
        danger: true,
        ..window
    }
}

/// The text of the Book button for so many chosen items.
#[must_use]
pub fn book_button(tr: &Tr, chosen: usize) -> Counted {
    Counted::new(chosen, |n, shown| tr.book_count(n, shown))
}

/// The text of the Unbind button for so many chosen lines.
#[must_use]
pub fn unbind_button(tr: &Tr, chosen: usize) -> Counted {
    Counted::new(chosen, |n, shown| tr.unbind_count(n, shown))
}
