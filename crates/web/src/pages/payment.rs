//! Record payment: the window on an order's page.

use super::form_window::FormWindow;
use super::order::{self, order_url};
use super::typed::{Typed, page_under};
use crate::Tr;
use crate::http::{Field, Fields, Htmx, PageError, Path, go};
use crate::panel::{Panel, Person};
use crate::parts::Input;
use app::order::RecordPayment;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::Amount;

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

/// `GET /orders/{number}/payment`
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let request_id = panel.request_id();
    answer(&panel, &person, htmx, &number, &request_id, Typed::fresh()).await
}

/// `POST /orders/{number}/payment`
pub(crate) async fn send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, PageError> {
    let request = RecordPayment {
        number: number.clone(),
        amount: fields.text("amount").to_owned(),
        note: fields.text("note").to_owned(),
        request_id: fields.request_id()?.to_owned(),
    };
    match app::order::payment(&person.ctx, request).await {
        Ok(_) => Ok(go(
            htmx,
            &page_under(&headers, &format!("{}/items", order_url(&number))),
        )),
        Err(error) => {
            // The same id again: what was refused has left no trace under it.
            let request_id = fields.request_id()?.to_owned();
            let typed = Typed::refused(&person.fmt, fields, error)?;
            answer(&panel, &person, htmx, &number, &request_id, typed).await
        }
    }
}

async fn answer(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    number: &str,
    request_id: &str,
    mut typed: Typed,
) -> Result<Response, PageError> {
    let page = order::load(panel, person, number).await?;
    let (order, url) = (&page.order, order_url(number));
    let remaining = page.remaining();
    let proposed = if remaining > Amount::zero() {
        remaining.as_text()
    } else {
        ""
    };
    let form = PaymentForm {
        amount: typed.field("amount", proposed),
        note: typed.field("note", ""),
    };
    let sign = page
        .currency()
        .map_or_else(|| order.currency.clone(), |c| c.sign().to_owned());
    let open = person.money(&remaining, &order.currency);
    let status = typed.status();
    let mut window = payment_window(person.tr(), number, &url, &sign, &open, form, request_id);
    window.fault = typed.rest(&person.fmt);
    panel
        .form(htmx, person, &format!("{url}/items"), status, &window)
        .await
}
