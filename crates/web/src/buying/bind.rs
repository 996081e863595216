//! *Bind to goods provider's order*: the numbers, how the orders fit, the confirmation.

use super::{WindowAnswer, book, order, refused, runs, tab_url};
use crate::http::{Field, Fields, Htmx, PageError, Path, go};
use crate::pages::booking::{BindConfirm, BindLine, BindMatch, BindOrder, bind_window};
use crate::pages::item_windows::At;
use crate::pages::order::{load, order_url};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Configuration, Fault, Goods, Input, Tag};
use app::order::OrderPage;
use app::purchase::bind::{
    BindChoice, BindLook, Found, Look, Number, NumberState, confirm, look, shown,
};
use axum::extract::State;
use axum::response::IntoResponse;
use std::collections::BTreeSet;

/// `GET /orders/{number}/bind`
pub(crate) async fn form(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    fields: Fields,
) -> WindowAnswer {
    let page = load(&panel, &person, &number).await?;
    let numbers = Field::of(fields.text("numbers"));
    window(&panel, &person, htmx, &page, &fields, numbers, None, None).await
}

#[expect(
    clippy::too_many_arguments,
    reason = "one window, asked for and refused"
)]
async fn window(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    page: &OrderPage,
    fields: &Fields,
    numbers: Field,
    marketplace: Option<String>,
    fault: Option<Fault>,
) -> WindowAnswer {
    let (tr, number) = (person.tr(), page.order.number.as_str());
    let (url, request_id) = (order_url(number), panel.request_id());
    let at = At {
        tr,
        order: number,
        url: &url,
        request_id: &request_id,
    };
    let mut window = bind_window(at, &fields.ids("item")?, numbers, fault);
    for session in fields.ids("session")? {
        window
            .hidden
            .push(("session".to_owned(), session.to_string()));
    }
    let used: BTreeSet<&str> = page
        .items
        .iter()
        .map(|i| i.row.marketplace.as_str())
        .collect();
    for hint in used.iter().filter_map(|code| tr.find("bind-hint-", code)) {
        if let Some(numbers) = window.inputs.first_mut() {
            let before = numbers.hint.take().unwrap_or_default();
            numbers.hint = Some(format!("{before} {hint}").trim().to_owned());
        }
    }
    if used.len() > 1 {
        let ticked = fields.ids("item")?;
        let wanted: BTreeSet<&str> = page
            .items
            .iter()
            .filter(|i| ticked.contains(&i.row.id) || (ticked.is_empty() && i.row.free() > 0))
            .map(|i| i.row.marketplace.as_str())
            .collect();
        let only = wanted.first().filter(|_| wanted.len() == 1);
        let chosen = match fields.text("marketplace") {
            "" => only.copied().unwrap_or_default(),
            chosen => chosen,
        };
        let choices = used
            .into_iter()
            .map(|code| Choice::of(code, tr.by_key("marketplace-", code), code == chosen))
            .collect();
        let field = Input::select("marketplace", tr.col_marketplace(), choices).error(marketplace);
        window.inputs.push(field);
    }
    panel.window(htmx, person, &tab_url(number), &window).await
}

/// `POST /orders/{number}/bind`
pub(crate) async fn send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    fields: Fields,
) -> WindowAnswer {
    let row = order(&panel, &person, &number).await?;
    let request = BindLook {
        request_id: fields.request_id()?.to_owned(),
        order: row.id,
        items: fields.ids("item")?,
        sessions: book::sessions(&panel, &person, &fields).await?,
        marketplace: fields.some("marketplace").map(str::to_owned),
        text: fields.text("numbers").to_owned(),
    };
    match look(&person.ctx, request).await {
        Ok(begun) => runs::opened(&panel, &person, htmx, begun.id).await,
        Err(error) => {
            let fault = person.fmt.form_fault(&error);
            let mut wrong = match &fault {
                Some(_) => std::collections::BTreeMap::new(),
                None => person.fmt.field_faults(error)?,
            };
            let page = load(&panel, &person, &number).await?;
            let numbers = Field {
                value: fields.text("numbers").to_owned(),
                error: wrong.remove("numbers"),
            };
            let marketplace = wrong.remove("marketplace");
            window(
                &panel,
                &person,
                htmx,
                &page,
                &fields,
                numbers,
                marketplace,
                fault,
            )
            .await
            .map(refused)
        }
    }
}

/// `GET /orders/{number}/bind/{run}`: how the orders fit.
pub(crate) async fn fit(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, run)): Path<(String, i64)>,
) -> WindowAnswer {
    fit_window(&panel, &person, htmx, &number, run, None).await
}

async fn fit_window(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    number: &str,
    run: i64,
    fault: Option<Fault>,
) -> WindowAnswer {
    let (activity, look) = shown(&panel.app, run).await.map_err(person.no())?;
    if look.order_number != number {
        return Err(PageError::not_found());
    }
    if activity.state().is_over() {
        return if fault.is_some() {
            Err(PageError::conflict(
                "refused",
                fault.map(|f| f.text).unwrap_or_default(),
            ))
        } else if htmx.0 {
            runs::opened(panel, person, htmx, run).await
        } else {
            Ok(go(htmx, &runs::url(run)).into_response())
        };
    }
    let page = load(panel, person, number).await?;
    let tr = person.tr();
    let found: Vec<BindOrder> = look
        .numbers
        .iter()
        .map(|n| bind_order(panel, person, &page, &look, n))
        .collect();
    let matches = found
        .iter()
        .flat_map(|o| &o.lines)
        .map(|l| l.matches.len())
        .sum::<usize>();
    let window = BindConfirm {
        tr: tr.clone(),
        order: number.to_owned(),
        fault,
        action: format!("{}/bind/{run}", order_url(number)),
        leave: format!("/activities/{run}/stop"),
        request_id: panel.request_id(),
        hidden: Vec::new(),
        found,
        submit: (matches > 0).then(|| tr.bind_button(matches)),
    };
    panel.window(htmx, person, &tab_url(number), &window).await
}

fn bind_order(
    panel: &Panel,
    person: &Person,
    page: &OrderPage,
    look: &Look,
    number: &Number,
) -> BindOrder {
    let (fmt, tr) = (&person.fmt, person.tr());
    let outside = panel.outside_order(&look.marketplace, &number.number);
    let said = |fault: Option<Fault>, note: Option<String>| BindOrder {
        number: outside.clone(),
        fault,
        note,
        ..BindOrder::default()
    };
    match &number.state {
        NumberState::Reading | NumberState::Sought => {
            said(None, Some(tr.bind_still_reading().to_owned()))
        }
        NumberState::Refused { reason } => said(Some(fmt.fault(reason, None)), None),
        NumberState::Adopted { reference } => {
            let message = app::Message::of("step-bind_adopted")
                .with("number", &number.number)
                .with("reference", reference);
            said(None, Some(fmt.say(&message)))
        }
        NumberState::Bound { units, .. } => said(None, Some(tr.n_units(*units))),
        NumberState::LeftOut => said(None, None),
        NumberState::Found { found } => {
            let order = &found.order;
            let refusal = found
                .proposal
                .refusal
                .map(|why| tr.by_key("bind-why-", why.key()).to_owned());
            BindOrder {
                session: found.login.clone(),
                seller: order.seller_name.clone().unwrap_or_default(),
                status: Tag::purchase_status(tr, order.status.code()),
                total: order.total.to_string(),
                fault: refusal.map(|text| Fault::of(tr, text)),
                note: unmatched(person, found),
                lines: lines(panel, person, page, &number.number, found),
                number: outside,
            }
        }
    }
}

/// Items that the order does not cover, each with its reason.
fn unmatched(person: &Person, found: &Found) -> Option<String> {
    let told: Vec<String> = found
        .proposal
        .unmatched
        .iter()
        .map(|item| {
            format!(
                "{}: {}",
                item.number,
                person.tr().by_key("bind-unmatched-", item.reason.key())
            )
        })
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn lines(
    panel: &Panel,
    person: &Person,
    page: &OrderPage,
    number: &str,
    found: &Found,
) -> Vec<BindLine> {
    let tr = person.tr();
    let at = |position: usize| i64::try_from(position).unwrap_or(i64::MAX);
    found
        .order
        .lines
        .iter()
        .enumerate()
        .map(|(position, line)| {
            let shares = found
                .proposal
                .matches
                .iter()
                .filter(|share| share.line == at(position));
            let matches = shares
                .map(|share| {
                    let item = page.items.iter().find(|i| i.row.id == share.claim);
                    BindMatch {
                        value: format!("{number}:{position}:{}:{}", share.claim, share.units),
                        chosen: true,
                        goods: item.map_or_else(Goods::default, |i| panel.goods(i)),
                        configuration: item.map_or_else(Configuration::default, |i| {
                            crate::show::configuration(&i.row)
                        }),
                        quantity: item.map_or_else(
                            || share.units.to_string(),
                            |i| person.fmt.quantity(share.units, i.row.quantity),
                        ),
                        how: match line.specification {
                            Some(_) => Tag::of(tr.bind_match_specification(), "green"),
                            None => Tag::of(tr.bind_match_plain(), "green"),
                        },
                    }
                })
                .collect();
            let left = found
                .proposal
                .surplus
                .iter()
                .find(|s| s.line == at(position))
                .map(|s| s.units);
            let held = found.allocated.get(position).copied().unwrap_or(0);
            BindLine {
                title: line.title.clone(),
                configuration: line.configuration.clone(),
                quantity: format!("{} × {}", line.quantity, line.price),
                matches,
                held: (held > 0).then(|| tr.bind_held(held)),
                surplus: left.filter(|n| *n > 0).map(|n| tr.bind_surplus(n)),
            }
        })
        .collect()
}

/// `POST /orders/{number}/bind/{run}`: binds what is ticked.
pub(crate) async fn bind(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, run)): Path<(String, i64)>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    let (_, look) = shown(&panel.app, run).await.map_err(person.no())?;
    if look.order_number != number {
        return Err(PageError::not_found());
    }
    let choices: Option<Vec<BindChoice>> = fields.all("match").map(choice).collect();
    let choices = choices.ok_or_else(PageError::bad_request)?;
    match confirm(&person.ctx, run, choices).await {
        Ok(()) => runs::opened(&panel, &person, htmx, run).await,
        Err(error) => match person.fmt.form_fault(&error) {
            Some(fault) => fit_window(&panel, &person, htmx, &number, run, Some(fault))
                .await
                .map(refused),
            None => Err(person.fmt.refuse(error)),
        },
    }
}

/// `number:line:item:units`
fn choice(text: &str) -> Option<BindChoice> {
    let mut parts = text.rsplitn(4, ':');
    let units = parts.next()?.parse().ok()?;
    let item = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let number = parts.next()?.to_owned();
    Some(BindChoice {
        number,
        line,
        item,
        units,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticked_line_names_number_line_item_and_units() {
        let read = choice("2148830914512367:0:17:4").unwrap();
        assert_eq!(
            (read.number.as_str(), read.line, read.item, read.units),
            ("2148830914512367", 0, 17, 4)
        );
        assert_eq!(choice("2148830914512367:0:17"), None);
        assert_eq!(choice("2148830914512367:x:17:4"), None);
    }
}
