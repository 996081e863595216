//! *Book*, *Start synchronization*, fresh prices.

use super::{WindowAnswer, done, order, runs, tab_url};
use crate::http::{FieldError, Fields, Htmx, PageError, Path};
use crate::panel::{Panel, Person};
use app::booking::book::{Book, book as press};
use app::sync::{Start, start};
use axum::extract::State;
use axum::http::StatusCode;
use std::collections::BTreeMap;

/// `POST /orders/{number}/book`
pub(crate) async fn book(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    fields: Fields,
) -> WindowAnswer {
    let row = order(&panel, &person, &number).await?;
    let mut items = Vec::new();
    for id in fields.ids("item")? {
        items.push((id, units(&person, &fields, id)?));
    }
    let request = Book {
        request_id: fields.request_id()?.to_owned(),
        order: row.id,
        items,
        sessions: sessions(&panel, &person, &fields).await?,
    };
    let begun = press(&person.ctx, request).await.map_err(person.no())?;
    runs::opened(&panel, &person, htmx, begun.id).await
}

/// Units that were typed for an item; none books every free one.
fn units(person: &Person, fields: &Fields, item: i64) -> Result<Option<i64>, PageError> {
    let Some(typed) = fields.some(&format!("units-{item}")) else {
        return Ok(None);
    };
    match typed.parse::<i64>() {
        Ok(units) if units > 0 => Ok(Some(units)),
        _ => {
            let field = FieldError {
                field: person.tr().col_quantity().to_owned(),
                detail: person.tr().units_range(typed),
            };
            Err(PageError::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid")
                .with_fields(vec![field]))
        }
    }
}

/// The chosen sessions by marketplace.
pub(crate) async fn sessions(
    panel: &Panel,
    person: &Person,
    fields: &Fields,
) -> Result<BTreeMap<String, i64>, PageError> {
    let chosen = fields.ids("session")?;
    if chosen.is_empty() {
        return Ok(BTreeMap::new());
    }
    let known = app::session::rows(&panel.app).await.map_err(person.no())?;
    chosen
        .into_iter()
        .map(|id| {
            let session = known
                .iter()
                .find(|s| s.id == id)
                .ok_or_else(PageError::bad_request)?;
            Ok((session.marketplace.clone(), id))
        })
        .collect()
}

/// `POST /orders/{number}/synchronize`
pub(crate) async fn synchronize(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    fields: Fields,
) -> WindowAnswer {
    let row = order(&panel, &person, &number).await?;
    let request = Start {
        request_id: fields.request_id()?.to_owned(),
        sessions: fields.ids("session")?,
        order: Some(row.id),
    };
    let begun = start(&person.ctx, request).await.map_err(person.no())?;
    runs::opened(&panel, &person, htmx, begun.id).await
}

/// `POST /orders/{number}/prices`: reads price and stock of what is ready now.
pub(crate) async fn prices(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    let row = order(&panel, &person, &number).await?;
    app::offer::refresh(&person.ctx, row.id)
        .await
        .map_err(person.no())?;
    Ok(done(htmx, &tab_url(&number)))
}
