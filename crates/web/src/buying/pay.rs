//! *Pay by API*: the window in which a person sees account, purchases and sum, and types the sum.

use super::{WindowAnswer, refused, runs};
use crate::http::{Field, Fields, Htmx, PageError};
use crate::pages::form_window::{FormRow, FormWindow};
use crate::pages::typed::decimal;
use crate::panel::{Panel, Person};
use crate::parts::{Fault, Goods, Input};
use app::purchase::pay::{PayByApi, Proposal, begin, proposal};
use app::{AppError, Message};
use axum::extract::State;
use domain::Fen;

/// Where the window is, and where it posts.
const URL: &str = "/purchases/pay-by-api";

/// The window's address for one purchase.
pub(crate) fn url_of(purchase: i64) -> String {
    format!("{URL}?purchase={purchase}")
}

/// `GET /purchases/pay-by-api`
pub(crate) async fn form(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    fields: Fields,
) -> WindowAnswer {
    let ids = fields.ids("purchase")?;
    window(&panel, &person, htmx, &ids, Field::default(), None).await
}

async fn window(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    ids: &[i64],
    total: Field,
    fault: Option<Fault>,
) -> WindowAnswer {
    let asked = proposal(&person.ctx, ids).await.map_err(person.no())?;
    let mut window = pay_window(person, &asked, total, &panel.request_id());
    window.fault = fault;
    panel.window(htmx, person, "/purchases", &window).await
}

fn pay_window(person: &Person, asked: &Proposal, total: Field, request_id: &str) -> FormWindow {
    let tr = person.tr();
    let marketplace = tr.by_key("marketplace-", &asked.marketplace);
    let purchases = tr.n_purchases(asked.rows.len());
    let rows = asked.rows.iter().map(|row| FormRow {
        goods: Goods {
            number: row.order_number.clone(),
            title: row.seller_name.clone(),
            ..Goods::default()
        },
        note: row.total_fen.to_string(),
        input: None,
    });
    let hidden = asked.rows.iter().flat_map(|row| {
        let seen = format!("{}:{}", row.id, row.total_fen.0);
        [
            ("purchase".to_owned(), row.id.to_string()),
            ("seen".to_owned(), seen),
        ]
    });
    FormWindow {
        intro: Some(tr.pay_api_intro(
            asked.login.as_str(),
            marketplace,
            purchases.as_str(),
            asked.total.to_string(),
        )),
        rows: rows.collect(),
        hidden: hidden.collect(),
        inputs: vec![
            Input::decimal("total", tr.pay_api_total(), total)
                .unit("¥")
                .hint(tr.pay_api_total_hint(asked.total.yuan()))
                .focus(),
        ],
        warning: Some(tr.pay_api_warning().to_owned()),
        submit: Some(tr.pay_api_submit(purchases, asked.total.to_string())),
        danger: true,
        ..FormWindow::new(tr, tr.pay_by_api(), marketplace, URL, request_id)
    }
}

/// `POST /purchases/pay-by-api`
pub(crate) async fn send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    fields: Fields,
) -> WindowAnswer {
    let request_id = fields.request_id()?.to_owned();
    let ids = fields.ids("purchase")?;
    let typed = fields.text("total").trim_start_matches('¥').to_owned();
    let total = match decimal(&typed, 2, "pay-total_form") {
        Ok(total) => Ok(total.map(Fen)),
        Err(message) => Err(AppError::field("total", message)),
    };
    let begun = match total {
        Ok(total) => {
            let request = PayByApi {
                request_id,
                purchases: seen(&fields, &ids)?,
                total,
            };
            begin(&person.ctx, request).await
        }
        Err(error) => Err(error),
    };
    match begun {
        Ok(begun) => runs::opened(&panel, &person, htmx, begun.id).await,
        Err(error) => {
            let fault = person.fmt.form_fault(&error);
            let wrong = if fault.is_some() {
                None
            } else {
                person.fmt.field_faults(error)?.remove("total")
            };
            // What is wrong with the choice as a whole is said again by the proposal.
            let total = Field {
                value: typed,
                error: wrong,
            };
            window(&panel, &person, htmx, &ids, total, fault)
                .await
                .map(refused)
        }
    }
}

/// What each purchase cost when the person saw it; nothing for one that was not shown.
fn seen(fields: &Fields, ids: &[i64]) -> Result<Vec<(i64, Fen)>, PageError> {
    let mut told = Vec::new();
    for pair in fields.all("seen") {
        let pair = pair.split_once(':');
        let pair = pair.and_then(|(id, fen)| Some((id.parse().ok()?, Fen(fen.parse().ok()?))));
        told.push(pair.ok_or_else(PageError::bad_request)?);
    }
    let of = |id: &i64| {
        let known = told.iter().find(|(known, _): &&(i64, Fen)| known == id);
        (*id, known.map_or(Fen(0), |(_, fen)| *fen))
    };
    Ok(ids.iter().map(of).collect())
}

/// What became of a payment through the interface, for the purchase's notes.
pub(crate) fn note(person: &Person, row: &app::rows::PurchaseRow) -> Option<String> {
    use app::purchase::pay::{PayState, Payment};
    let (fmt, tr) = (&person.fmt, person.tr());
    let payment = Payment::of(row)?;
    let why = |message: &Message| {
        let said = [&message.code, &message.text];
        let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
        let text = fmt.say(message);
        if said.is_empty() || message.key == "raw" {
            text
        } else {
            format!("{text} ({})", said.join(": "))
        }
    };
    let reason = payment.why.as_ref().map(why).unwrap_or_default();
    match payment.state {
        PayState::Asked | PayState::Sending | PayState::Accepted => {
            Some(tr.note_pay_asked(fmt.moment(payment.at)))
        }
        PayState::Unknown => Some(tr.note_pay_unknown(fmt.moment(payment.at))),
        PayState::Refused => Some(tr.note_pay_refused(reason)),
        PayState::Stopped => Some(tr.note_pay_stopped(reason)),
        PayState::Paid | PayState::Closed => None,
    }
}
