//! The Activities tab: the runs that touched one order.

use super::activities::{self, ActivityRow, PER_PAGE, Wanted, activity_row, id_paging};
use super::order::{self, OrderHead, OrderTab};
use super::{Paging, Shell};
use crate::Tr;
use crate::http::{Page, PageError};
use crate::panel::{Panel, Person};
use crate::parts::Empty;
use app::activity::Runs;
use askama::Template;
use axum::extract::{Path, Query, State};
use std::collections::BTreeMap;

/// The tab.
#[derive(Clone, Debug, Template)]
#[template(path = "order/activities.html")]
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
    let tr = person.tr();
    let page = order::load(&panel, &person, &number).await?;
    let head = order::head(&panel, &person, &page, OrderTab::Activities).await?;
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
        .map(|run| activity_row(&person, run, &BTreeMap::new()))
        .collect();
    Ok(Page(OrderActivitiesPage {
        empty: rows.is_empty().then(|| activities::empty(tr, true)),
        paging: id_paging(tr, &format!("{}/activities", head.url), &[], &runs),
        shell: panel.shell(&person, &page.order.number, "/orders").await?,
        tr: tr.clone(),
        head,
        activities: rows,
    }))
}
