//! What needs a person: how a difference is told, what can be done about it, and the list of all
//! that are open.

use super::{WindowAnswer, back_of, capital, page, tab_url};
use crate::http::{Fields, Htmx, Path, go};
use crate::pages::Paging;
use crate::pages::differences::{DifferenceRow, DifferencesPage};
use crate::pages::order::order_url;
use crate::pages::order_purchase::Difference;
use crate::panel::{Panel, Person};
use crate::parts::{Empty, Fault, Link, Tag};
use crate::words::of_market;
use app::exception::Open;
use app::purchase::{accept, cancel, due};
use app::rows::{ExceptionRow, PurchaseRow};
use axum::extract::{Query, State};
use domain::exception::ExceptionAction;
use domain::{ExceptionKind, Fen};
use serde_json::Value;
use world::Timestamp;

/// Differences on one page.
const PER_PAGE: i64 = 50;

/// What a difference is about, as far as its page knows it.
#[derive(Clone, Copy, Default)]
pub(crate) struct About<'a> {
    /// The order from whose page it is looked at.
    pub(crate) order: Option<&'a str>,
    /// Its purchase.
    pub(crate) purchase: Option<&'a PurchaseRow>,
    /// The purchase can be cancelled at its marketplace.
    pub(crate) can_cancel: bool,
    /// Allocations of the order that the purchase covers.
    pub(crate) allocations: &'a [i64],
}

/// A difference with what can be done about it.
pub(crate) fn difference(person: &Person, row: &ExceptionRow, about: About<'_>) -> Difference {
    let mut out = Difference {
        fault: fault(person, row, about.purchase),
        ..Difference::default()
    };
    let Some(kind) = ExceptionKind::from_code(&row.kind) else {
        return out;
    };
    let mut by_hand = Vec::new();
    for action in kind.actions() {
        offer(person, row, about, kind, *action, &mut out, &mut by_hand);
    }
    if !by_hand.is_empty() {
        out.fault = out.fault.next(by_hand.join(" "));
    }
    out
}

/// Puts one thing that can be done where it belongs: a button, a window, or advice.
fn offer(
    person: &Person,
    row: &ExceptionRow,
    about: About<'_>,
    kind: ExceptionKind,
    action: ExceptionAction,
    out: &mut Difference,
    by_hand: &mut Vec<String>,
) {
    let tr = person.tr();
    let text = tr.by_key("exception-action-", action.code()).to_owned();
    let query = |name: &str| {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(about.allocations.iter().map(|id| (name, id.to_string())))
            .finish()
    };
    let bound = about.order.filter(|_| !about.allocations.is_empty());
    match action {
        ExceptionAction::Accept => match (is_money(kind), about.purchase) {
            (true, Some(purchase)) => {
                let total = purchase.total_fen;
                let url = format!("/purchases/{}/accept?total={}", purchase.id, total.0);
                out.actions
                    .push(Link::to(url, tr.accept_price(total.to_string())));
            }
            _ => out.actions.push(Link::to(
                format!("/exceptions/{}/accept", row.id),
                tr.exception_leave(),
            )),
        },
        ExceptionAction::LookAgain => match (about.purchase, row.booking_id, about.order) {
            (Some(purchase), _, _) => out
                .actions
                .push(Link::to(format!("/purchases/{}/look", purchase.id), text)),
            (None, Some(booking), Some(order)) => {
                let url = format!("{}/bookings/{booking}/look", order_url(order));
                out.actions.push(Link::to(url, text));
            }
            _ => {}
        },
        ExceptionAction::Cancel => {
            if let Some(purchase) = about.purchase.filter(|_| about.can_cancel) {
                let url = format!("/purchases/{}/cancel", purchase.id);
                out.actions.push(Link::to(url, text));
                out.asks_first =
                    Some(tr.exception_cancel_sure(
                        &purchase.order_number,
                        purchase.total_fen.to_string(),
                    ));
            }
        }
        ExceptionAction::Unbind | ExceptionAction::BuyAgain => {
            if let Some(order) = bound {
                out.windows.push(Link::to(
                    format!("{}/unbind?{}", order_url(order), query("allocation")),
                    text,
                ));
            } else {
                open_order(person, about, by_hand);
            }
        }
        ExceptionAction::MarkUnavailable | ExceptionAction::MarkReturned => {
            if let Some(order) = bound {
                let url = format!(
                    "{}/purchase/status?{}",
                    order_url(order),
                    query("allocation")
                );
                out.windows.push(Link::to(url, text));
            } else {
                open_order(person, about, by_hand);
            }
        }
        // An order that surfaced is adopted by binding it.
        ExceptionAction::Adopt if about.purchase.is_none() => {
            if let (Some(booking), Some(order)) = (row.booking_id, about.order) {
                out.windows.push(Link::to(
                    format!("{}/bookings/{booking}/adopt", order_url(order)),
                    text,
                ));
            }
        }
        ExceptionAction::Bind => {
            if let (Some(order), Some(purchase)) = (about.order, about.purchase) {
                let url = format!(
                    "{}/bind?numbers={}",
                    order_url(order),
                    purchase.order_number
                );
                out.windows.push(Link::to(url, text));
            }
        }
        ExceptionAction::Release if about.purchase.is_none() => {
            if let (Some(booking), Some(order)) = (row.booking_id, about.order) {
                out.windows.push(Link::to(
                    format!("{}/bookings/{booking}/release", order_url(order)),
                    text,
                ));
            }
        }
        ExceptionAction::AskCustomer => by_hand.push(tr.advice_ask_customer().to_owned()),
        ExceptionAction::WriteToSeller => by_hand.push(tr.advice_write_to_seller().to_owned()),
        ExceptionAction::Adopt | ExceptionAction::Release | ExceptionAction::Pay => {}
    }
}

/// What is done to units is done on their order's page.
fn open_order(person: &Person, about: About<'_>, by_hand: &mut Vec<String>) {
    let advice = person.tr().advice_open_order();
    if about.order.is_some() && !by_hand.iter().any(|known| known == advice) {
        by_hand.push(advice.to_owned());
    }
}

/// Settled by accepting what the purchase costs.
const fn is_money(kind: ExceptionKind) -> bool {
    matches!(
        kind,
        ExceptionKind::OverCeiling
            | ExceptionKind::PriceChanged
            | ExceptionKind::FreightChanged
            | ExceptionKind::AmountDiffers
    )
}

/// What differs, with both sides where they are known.
pub(crate) fn fault(person: &Person, row: &ExceptionRow, purchase: Option<&PurchaseRow>) -> Fault {
    let tr = person.tr();
    let facts: Value = serde_json::from_str(&row.facts).unwrap_or_default();
    let fen = |name: &str| facts[name].as_i64().map(|fen| Fen(fen).to_string());
    let text = |name: &str| facts[name].as_str().filter(|t| !t.is_empty());
    let what = tr.by_key("exception-", &row.kind);
    let detail = match ExceptionKind::from_code(&row.kind) {
        Some(ExceptionKind::OverCeiling) => {
            let costs = fen("total").or_else(|| purchase.map(|p| p.total_fen.to_string()));
            let accepted = match (facts["total"].as_i64(), facts["over"].as_i64()) {
                (Some(total), Some(over)) => Some(Fen(total - over).to_string()),
                _ => None,
            };
            match (accepted, costs, fen("over")) {
                (Some(accepted), Some(costs), Some(over)) => {
                    Some(tr.difference_over(accepted, costs, over))
                }
                _ => None,
            }
        }
        Some(ExceptionKind::PriceChanged | ExceptionKind::FreightChanged) => {
            match (fen("is"), fen("was")) {
                (Some(is), Some(was)) => Some(tr.difference_change(is, was)),
                _ => None,
            }
        }
        Some(ExceptionKind::QuantityDiffers) if facts["was"].is_i64() => {
            let number = |name: &str| facts[name].as_i64().unwrap_or(0).to_string();
            Some(tr.difference_change(number("is"), number("was")))
        }
        Some(ExceptionKind::Refunded) => {
            let word = text("word")
                .map(|word| of_market(tr, "refund-word-", &row.marketplace, word).unwrap_or(word));
            let parts = [fen("refunded"), word.map(str::to_owned)];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            Some(parts.join(" · "))
        }
        Some(ExceptionKind::PayDeadline) => facts["until"]
            .as_i64()
            .map(|at| tr.difference_until(person.fmt.moment(Timestamp(at)))),
        Some(ExceptionKind::StillBuilding) => match (text("number"), facts["since"].as_i64()) {
            (Some(number), Some(since)) => {
                Some(tr.difference_since(number, person.fmt.moment(Timestamp(since))))
            }
            _ => None,
        },
        Some(
            ExceptionKind::ClosedAfterPayment
            | ExceptionKind::ClosedUnpaid
            | ExceptionKind::UnboundAlive,
        ) => text("reason").map(str::to_owned),
        _ => booked_and_ordered(person, &facts["differences"]),
    };
    Fault::of(
        tr,
        capital(&match detail {
            Some(detail) if !detail.is_empty() => format!("{what}: {detail}"),
            _ => what.to_owned(),
        }),
    )
}

/// `42602653803: booked 2, ordered 3; …`
fn booked_and_ordered(person: &Person, differences: &Value) -> Option<String> {
    use domain::Difference as D;
    let tr = person.tr();
    let known: Vec<D> = serde_json::from_value(differences.clone()).ok()?;
    let none = || "—".to_owned();
    let told: Vec<String> = known
        .into_iter()
        .map(|difference| match difference {
            D::ItemMissing { item, quantity, .. } => tr.difference_missing(item, quantity),
            D::ItemUnexpected { item, quantity, .. } => tr.difference_unexpected(item, quantity),
            D::Specification {
                item,
                booked,
                ordered,
            } => tr.difference_booked(
                booked.unwrap_or_else(none),
                item,
                ordered.unwrap_or_else(none),
            ),
            D::Quantity {
                item,
                booked,
                ordered,
                ..
            } => tr.difference_booked(booked.to_string(), item, ordered.to_string()),
            D::Price {
                item,
                booked,
                ordered,
                ..
            }
            | D::Amount {
                item,
                booked,
                ordered,
                ..
            } => tr.difference_booked(booked.to_string(), item, ordered.to_string()),
        })
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// What the address of the list asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(crate) struct Wanted {
    older: Option<i64>,
}

/// `GET /exceptions`
pub(crate) async fn list(
    State(panel): State<Panel>,
    person: Person,
    Query(wanted): Query<Wanted>,
) -> WindowAnswer {
    let tr = person.tr();
    let mut open = app::exception::list(&panel.app, wanted.older, PER_PAGE + 1)
        .await
        .map_err(person.no())?;
    let more = open.len() > usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    if more {
        open.pop();
    }
    let older = open
        .last()
        .filter(|_| more)
        .map(|last| format!("/exceptions?older={}", last.row.id));
    let rows: Vec<DifferenceRow> = open
        .iter()
        .map(|open| list_row(&panel, &person, open))
        .collect();
    let shell = panel
        .shell(&person, tr.exceptions_title(), "/exceptions")
        .await?;
    Ok(page(DifferencesPage {
        empty: rows.is_empty().then(|| Empty {
            icon: "checks",
            title: tr.exceptions_empty_title().to_owned(),
            text: tr.exceptions_empty_text().to_owned(),
            ..Empty::default()
        }),
        tr: tr.clone(),
        shell,
        rows,
        paging: Paging {
            text: tr.per_page(PER_PAGE),
            newer: wanted.older.map(|_| "/exceptions".to_owned()),
            older,
        },
    }))
}

fn list_row(panel: &Panel, person: &Person, open: &Open) -> DifferenceRow {
    let (tr, row) = (person.tr(), &open.row);
    let about = About {
        order: open.orders.first().map(String::as_str),
        purchase: open.purchase.as_ref(),
        can_cancel: open.no_cancel.is_none(),
        allocations: &[],
    };
    DifferenceRow {
        id: row.id,
        difference: difference(person, row, about),
        marketplace: Tag::marketplace(tr, &row.marketplace),
        account: open.login.clone(),
        number: match &open.purchase {
            Some(purchase) => Some(purchase.order_number.clone()),
            // An order that is nobody's purchase.
            None => number_told(row),
        }
        .map(|number| panel.outside_order(&row.marketplace, &number)),
        money: row
            .money_fen
            .map_or_else(|| "—".to_owned(), |fen| fen.to_string()),
        orders: open
            .orders
            .iter()
            .map(|n| Link::to(tab_url(n), n))
            .collect(),
        since: person.fmt.ago(row.opened_at),
        since_at: person.fmt.full(row.opened_at),
    }
}

/// The number that a difference itself tells.
fn number_told(row: &ExceptionRow) -> Option<String> {
    let facts: Value = serde_json::from_str(&row.facts).ok()?;
    facts["number"].as_str().map(str::to_owned)
}

/// `POST /exceptions/{id}/accept`: a person takes a difference as it is.
pub(crate) async fn leave(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    accept::dismiss(&person.ctx, id)
        .await
        .map_err(person.no())?;
    Ok(go(htmx, back_of(&fields, "/exceptions")))
}

/// What an accepted price is named by in the address.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub(crate) struct Total {
    total: i64,
}

/// `POST /purchases/{id}/accept`: accepts what a purchase costs, as the person saw it.
pub(crate) async fn accept_total(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
    Query(Total { total }): Query<Total>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    accept::accept(&person.ctx, id, Fen(total))
        .await
        .map_err(person.no())?;
    Ok(go(htmx, back_of(&fields, "/purchases")))
}

/// `POST /purchases/{id}/look`: reads a purchase now.
pub(crate) async fn look(
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    due::look_again(&person.ctx, id)
        .await
        .map_err(person.no())?;
    Ok(go(htmx, back_of(&fields, "/purchases")))
}

/// `POST /purchases/{id}/cancel`: cancels a purchase at its marketplace; what it covers stays
/// covered until it is read as closed.
pub(crate) async fn cancel_purchase(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
    fields: Fields,
) -> WindowAnswer {
    let request = cancel::Cancel {
        request_id: fields.request_id()?.to_owned(),
        purchase: id,
    };
    let begun = cancel::cancel(&person.ctx, request)
        .await
        .map_err(person.no())?;
    super::runs::opened(&panel, &person, htmx, begun.id).await
}
