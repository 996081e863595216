//! The Activities tab: the runs that touched one order.

use super::activities::{self, ActivityRow, PER_PAGE, Wanted, activity_row, id_paging};
use super::again::{follow, whole};
use super::order::{self, OrderHead, OrderTab};
use super::{Paging, Shell};
use crate::Tr;
use crate::http::{Page, PageError, Path};
use crate::panel::{Panel, Person};
use crate::parts::Empty;
use app::activity::Runs;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::collections::BTreeMap;

/// The tab.
#[derive(Clone, Debug, Template)]
#[template(path = "order/activities.html", blocks = ["main"])]
pub struct OrderActivitiesPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The order's head.
    pub head: OrderHead,
    /// Newest first.
    pub activities: Vec<ActivityRow>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
    /// Neighbouring pages.
    pub paging: Paging,
}

/// `GET /orders/{number}/activities`
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    Path(number): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Page<OrderActivitiesPage>, PageError> {
    view(&panel, &person, &number, &wanted).await.map(Page)
}

/// `GET /orders/{number}/activities/events`
pub(crate) async fn events(
    State(panel): State<Panel>,
    person: Person,
    headers: HeaderMap,
    Path(number): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let topic = order::topic(&panel, &person, &number).await?;
    Ok(follow(&panel, headers, [topic], move |panel, person| {
        let (number, wanted) = (number.clone(), wanted.clone());
        async move {
            let page = view(&panel, &person, &number, &wanted).await?;
            whole(&page.shell, page.as_main().render())
        }
    }))
}

async fn view(
    panel: &Panel,
    person: &Person,
    number: &str,
    wanted: &Wanted,
) -> Result<OrderActivitiesPage, PageError> {
    let tr = person.tr();
    let page = order::load(panel, person, number).await?;
    let head = order::head(panel, person, &page, OrderTab::Activities).await?;
    let runs = app::activity::page(
        &panel.app,
        &Runs::OfOrder(page.order.id),
        wanted.place(),
        PER_PAGE,
    )
    .await
    .map_err(|error| person.fmt.refuse(error))?;
    let rows: Vec<ActivityRow> = runs
        .rows
        .iter()
        .map(|run| activity_row(person, run, &BTreeMap::new()))
        .collect();
    let events = format!("activities/events?{}", wanted.query());
    Ok(OrderActivitiesPage {
        empty: rows.is_empty().then(|| activities::empty(tr, true)),
        paging: id_paging(tr, &format!("{}/activities", head.url), &[], &runs),
        shell: order::shell(panel, person, &page, &events).await?,
        tr: tr.clone(),
        head,
        activities: rows,
    })
}
