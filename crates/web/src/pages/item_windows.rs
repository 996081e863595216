//! Windows for chosen items: change status, edit weight and comment, split, correct.

use super::form_window::{FormRow, FormWindow};
use crate::Tr;
use crate::http::Field;
use crate::parts::{Choice, Goods, Input};

/// The items that a window is about.
#[derive(Clone, Debug, Default)]
pub struct ChosenItems {
    /// Row ids, sent along.
    pub ids: Vec<i64>,
    /// How they are shown.
    pub rows: Vec<(Goods, String)>,
}

impl ChosenItems {
    fn hidden(&self) -> Vec<(String, String)> {
        self.ids
            .iter()
            .map(|id| ("item".to_owned(), id.to_string()))
            .collect()
    }

    fn shown(&self) -> Vec<FormRow> {
        self.rows
            .iter()
            .map(|(goods, note)| FormRow {
                goods: goods.clone(),
                note: note.clone(),
                input: None,
            })
            .collect()
    }
}

/// Where a window stands: the order and a fresh id.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The texts.
    pub tr: &'a Tr,
    /// The order's number.
    pub order: &'a str,
    /// The order's address.
    pub url: &'a str,
    /// A fresh id.
    pub request_id: &'a str,
}

impl At<'_> {
    pub(super) fn window(&self, title: &str, path: &str) -> FormWindow {
        FormWindow::new(
            self.tr,
            title,
            self.order,
            &format!("{}/{path}", self.url),
            self.request_id,
        )
    }
}

/// Change status. `moves` are the statuses that all chosen items may go to; with none, the window
/// says so and offers no button.
#[must_use]
pub fn status_window(
    at: At<'_>,
    items: &ChosenItems,
    moves: Vec<Choice>,
    reason: Field,
) -> FormWindow {
    let tr = at.tr;
    let window = FormWindow {
        hidden: items.hidden(),
        rows: items.shown(),
        ..at.window(tr.change_status(), "items/status")
    };
    if moves.is_empty() {
        return FormWindow {
            warning: Some(tr.status_no_common_move().to_owned()),
            ..window
        };
    }
    FormWindow {
        inputs: vec![
            Input::select("status", tr.status_new(), moves).focus(),
            Input::area("reason", tr.reason(), reason)
                .rows(2)
                .hint(tr.status_reason_hint()),
        ],
        submit: Some(tr.change_status().to_owned()),
        ..window
    }
}

/// What can be edited at any time.
#[derive(Clone, Debug, Default)]
pub struct ItemEdit {
    /// Weight of one unit in kilograms.
    pub weight: Field,
    /// The operator's comment.
    pub comment: Field,
}

/// Edit weight and comment. An empty field leaves what is there.
#[must_use]
pub fn edit_window(at: At<'_>, items: &ChosenItems, edit: ItemEdit) -> FormWindow {
    let tr = at.tr;
    FormWindow {
        hidden: items.hidden(),
        rows: items.shown(),
        inputs: vec![
            Input::decimal("weight", tr.item_weight(), edit.weight)
                .unit(tr.kilogram_sign())
                .hint(tr.item_weight_hint())
                .focus(),
            Input::area("comment", tr.operator_comment(), edit.comment)
                .hint(tr.item_comment_hint()),
        ],
        submit: Some(tr.save().to_owned()),
        ..at.window(tr.edit_weight_comment(), "items/edit")
    }
}

/// Split: how many units become an item of their own.
#[must_use]
pub fn split_window(at: At<'_>, item: &ChosenItems, all: &str, quantity: Field) -> FormWindow {
    let tr = at.tr;
    FormWindow {
        hidden: item.hidden(),
        rows: item.shown(),
        inputs: vec![
            Input::whole("quantity", tr.split_off(), quantity)
                .unit(tr.of_all(all))
                .hint(tr.split_hint())
                .focus(),
        ],
        submit: Some(tr.split_quantity().to_owned()),
        ..at.window(tr.split_quantity(), "items/split")
    }
}

/// What can be corrected while units are free.
#[derive(Clone, Debug, Default)]
pub struct ItemCorrection {
    /// The marketplace's item id, or a pasted link.
    pub item: Field,
    /// Specification id.
    pub specification: Field,
    /// Specification in words.
    pub configuration: Field,
    /// Seller's id.
    pub seller_id: Field,
    /// Seller's name.
    pub seller: Field,
    /// Quantity.
    pub quantity: Field,
    /// Reason.
    pub reason: Field,
}

/// Correct what will be bought; what the customer ordered stays in the order and is shown.
/// `least` is the quantity below which reserved and covered units forbid to go.
#[must_use]
pub fn correct_window(
    at: At<'_>,
    item: &ChosenItems,
    least: i64,
    form: ItemCorrection,
) -> FormWindow {
    let tr = at.tr;
    FormWindow {
        intro: Some(tr.correct_intro().to_owned()),
        hidden: item.hidden(),
        rows: item.shown(),
        inputs: vec![
            Input::text("item_id", tr.correct_item_id(), form.item)
                .hint(tr.correct_item_id_hint())
                .focus(),
            Input::text(
                "specification",
                tr.correct_specification(),
                form.specification,
            )
            .hint(tr.correct_specification_hint()),
            Input::text("configuration", tr.col_configuration(), form.configuration),
            Input::text("seller_id", tr.correct_seller_id(), form.seller_id),
            Input::text("seller", tr.col_seller(), form.seller),
            Input::whole("quantity", tr.col_quantity(), form.quantity)
                .hint(tr.correct_quantity_hint(least)),
            Input::area("reason", tr.reason(), form.reason).rows(2),
        ],
        submit: Some(tr.save().to_owned()),
        ..at.window(tr.correct_item(), "items/correct")
    }
}
