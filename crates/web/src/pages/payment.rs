//! Record payment: the window on an order's page.

use super::form_window::FormWindow;
use crate::Tr;
use crate::http::Field;
use crate::parts::Input;

/// What the person typed, or what is proposed.
#[derive(Clone, Debug, Default)]
pub struct PaymentForm {
    /// Amount received now.
    pub amount: Field,
    /// How it came, for the history.
    pub note: Field,
}

/// The window. `sign` is the currency's, `open` the rest that is unpaid: `12.00 $`.
#[must_use]
pub fn payment_window(
    tr: &Tr,
    order: &str,
    order_url: &str,
    sign: &str,
    open: &str,
    form: PaymentForm,
    request_id: &str,
) -> FormWindow {
    FormWindow {
        inputs: vec![
            Input::decimal("amount", tr.payment_amount(), form.amount)
                .unit(sign)
                .hint(tr.payment_open(open))
                .focus(),
            Input::text("note", tr.payment_note(), form.note).hint(tr.payment_note_hint()),
        ],
        submit: Some(tr.record_payment().to_owned()),
        ..FormWindow::new(
            tr,
            tr.record_payment(),
            order,
            &format!("{order_url}/payment"),
            request_id,
        )
    }
}
