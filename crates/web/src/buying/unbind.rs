//! *Unbind*: the window that asks, with or without a cancel at the marketplace.

use super::{WindowAnswer, order, refused, runs, tab_url};
use crate::http::{Field, Fields, Htmx, PageError, Path, go};
use crate::pages::booking::{UnbindOffer, unbind_window};
use crate::pages::item_windows::At;
use crate::pages::order::order_url;
use crate::panel::{Panel, Person};
use crate::parts::Fault;
use app::purchase::unbind::{Unbind, offers, unbind};
use app::purchase_tab;
use axum::extract::State;

/// `GET /orders/{number}/unbind`
pub(crate) async fn form(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    fields: Fields,
) -> WindowAnswer {
    window(
        &panel,
        &person,
        htmx,
        &number,
        &fields,
        Field::default(),
        None,
    )
    .await
}

async fn window(
    panel: &Panel,
    person: &Person,
    htmx: Htmx,
    number: &str,
    fields: &Fields,
    reason: Field,
    fault: Option<Fault>,
) -> WindowAnswer {
    let row = order(panel, person, number).await?;
    let ids = fields.ids("allocation")?;
    let wish = wish(row.id, &ids);
    let offered = offers(&person.ctx, &wish).await.map_err(person.no())?;
    if offered.is_empty() {
        return Err(person
            .fmt
            .refuse(app::AppError::refused("unbind-nothing_chosen")));
    }
    let tab = purchase_tab::load(&panel.app, row.id)
        .await
        .map_err(person.no())?;
    let rows = tab
        .bought
        .iter()
        .flat_map(|bought| bought.covered.iter().map(move |covered| (bought, covered)))
        .filter(|(_, covered)| ids.contains(&covered.claim))
        .map(|(bought, covered)| {
            let goods = super::tab::goods(panel, &covered.item, &covered.number);
            (
                goods,
                person
                    .tr()
                    .unbind_units_of(bought.row.order_number.as_str(), covered.units),
            )
        })
        .collect();
    let paid = offered.iter().any(|offer| offer.paid);
    let no_cancel = offered.iter().find_map(|offer| offer.no_cancel.as_ref());
    let (url, request_id) = (order_url(number), panel.request_id());
    let at = At {
        tr: person.tr(),
        order: number,
        url: &url,
        request_id: &request_id,
    };
    let mut window = unbind_window(
        at,
        UnbindOffer {
            ids,
            rows,
            cancel: no_cancel.is_none().then(|| fields.has("cancel")),
            no_cancel: no_cancel.map(|why| person.tr().unbind_no_cancel(person.fmt.say(why))),
            paid,
            reason,
        },
    );
    window.fault = fault;
    panel.window(htmx, person, &tab_url(number), &window).await
}

fn wish(order: i64, ids: &[i64]) -> Unbind {
    Unbind {
        order,
        allocations: ids.iter().map(|id| (*id, None)).collect(),
        ..Unbind::default()
    }
}

/// `POST /orders/{number}/unbind`
pub(crate) async fn send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    fields: Fields,
) -> WindowAnswer {
    let row = order(&panel, &person, &number).await?;
    let request = Unbind {
        request_id: fields.request_id()?.to_owned(),
        reason: fields.text("reason").to_owned(),
        also_cancel: fields.has("cancel"),
        ..wish(row.id, &fields.ids("allocation")?)
    };
    match unbind(&person.ctx, request).await {
        Ok(begun) => runs::opened(&panel, &person, htmx, begun.id).await,
        Err(error) => {
            let fault = person.fmt.form_fault(&error);
            let wrong = if fault.is_some() {
                None
            } else {
                person.fmt.field_faults(error)?.remove("reason")
            };
            let reason = Field {
                value: fields.text("reason").to_owned(),
                error: wrong,
            };
            window(&panel, &person, htmx, &number, &fields, reason, fault)
                .await
                .map(refused)
        }
    }
}

/// `GET /orders/{number}/purchase/status`: the window that changes the status of items, for bought
/// units that were chosen.
pub(crate) async fn status(
    State(panel): State<Panel>,
    person: Person,
    Path(number): Path<String>,
    fields: Fields,
) -> WindowAnswer {
    let row = order(&panel, &person, &number).await?;
    let ids = fields.ids("allocation")?;
    let tab = purchase_tab::load(&panel.app, row.id)
        .await
        .map_err(person.no())?;
    let mut items: Vec<i64> = tab
        .bought
        .iter()
        .flat_map(|bought| &bought.covered)
        .filter(|covered| ids.contains(&covered.claim))
        .map(|covered| covered.item.id)
        .collect();
    items.sort_unstable();
    items.dedup();
    if items.is_empty() {
        return Err(PageError::bad_request());
    }
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(items.iter().map(|id| ("item", id.to_string())))
        .finish();
    // The same window as on the Items tab; a browser and htmx both follow.
    Ok(go(
        Htmx(false),
        &format!("{}/items/status?{query}", order_url(&number)),
    ))
}
