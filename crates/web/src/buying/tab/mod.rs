//! The Purchase tab: what `app` knows of it as the page shows it, and its live events.

mod bar;
mod bought;
mod open;
mod ready;

pub(crate) use bought::age;
pub(crate) use open::looks;
pub(crate) use ready::goods;

use super::{WindowAnswer, page, runs};
use crate::buying::differences::{About, difference};
use crate::http::{Fields, PageError, Path};
use crate::live::Topic;
use crate::pages::activities::activity_rows;
use crate::pages::again::follow;
use crate::pages::order::{OrderHead, OrderTab, head, load, order_url};
use crate::pages::order_purchase::{
    Purchase, PurchaseLive, PurchasePage, PurchaseRights, WaitingRun,
};
use crate::panel::{Panel, Person};
use app::activity::{Activity, ActivityState};
use app::purchase_tab::{self, PurchaseTab};
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bar::bar;
use bought::bought;
use open::open;
use ready::ready;

/// What the address chooses: sessions of the bar, ticked items.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    pub(super) sessions: Vec<i64>,
    pub(super) items: Vec<i64>,
}

impl Chosen {
    fn of(fields: &Fields) -> Result<Self, PageError> {
        Ok(Self {
            sessions: fields.ids("session")?,
            items: fields.ids("item")?,
        })
    }

    fn query(&self) -> String {
        let pairs = |name: &'static str, ids: &[i64]| {
            ids.iter()
                .map(|id| (name, id.to_string()))
                .collect::<Vec<_>>()
        };
        let all = [pairs("session", &self.sessions), pairs("item", &self.items)].concat();
        if all.is_empty() {
            return String::new();
        }
        format!(
            "?{}",
            url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(all)
                .finish()
        )
    }
}

/// `GET /orders/{number}/purchase`
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    Path(number): Path<String>,
    fields: Fields,
) -> WindowAnswer {
    let chosen = Chosen::of(&fields)?;
    let (head, tab, purchase) = read(&panel, &person, &number, &chosen).await?;
    let mut shell = panel.shell(&person, number.as_str(), "/orders").await?;
    shell.live = Some(format!("{}/events{}", order_url(&number), chosen.query()));
    shell.window = match own_open_run(&person, &tab.activities) {
        Some(id) => runs::window_text(&panel, &person, id).await,
        None => None,
    };
    Ok(page(PurchasePage {
        tr: person.tr().clone(),
        shell,
        head,
        purchase,
    }))
}

/// The person's own run that goes on here: its window opens with the page. One that waits for an
/// answer may wait for long; the page names it instead.
fn own_open_run(person: &Person, activities: &[Activity]) -> Option<i64> {
    let running = |run: &&Activity| run.state() == ActivityState::Running;
    let own = activities
        .iter()
        .filter(running)
        .find(|run| run.row.actor == person.login)?;
    Some(own.row.id)
}

/// The runs of this order that wait for an answer, whoever began them.
fn waiting(person: &Person, activities: &[Activity]) -> Vec<WaitingRun> {
    let (fmt, tr) = (&person.fmt, person.tr());
    activities
        .iter()
        .filter(|run| run.state() == ActivityState::Waiting)
        .map(|run| {
            let title = fmt.say(&run.title());
            let at = fmt.moment(run.row.started_at);
            WaitingRun {
                url: super::runs::url(run.row.id),
                text: if run.row.actor == person.login {
                    tr.run_waits(at, title)
                } else {
                    tr.run_waits_of(at, &run.row.actor, title)
                },
            }
        })
        .collect()
}

/// `GET /orders/{number}/events`: the tab again, whenever something of the order moved.
pub(crate) async fn events(
    State(panel): State<Panel>,
    person: Person,
    headers: HeaderMap,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let chosen = Chosen::of(&fields)?;
    let row = super::order(&panel, &person, &number).await?;
    let tab = purchase_tab::load(&panel.app, row.id)
        .await
        .map_err(person.no())?;
    let sessions = tab
        .bars
        .iter()
        .flat_map(|bar| &bar.sessions)
        .map(|s| Topic::Session(s.row.id));
    let topics: Vec<Topic> = std::iter::once(Topic::Order(row.id))
        .chain(sessions)
        .collect();
    Ok(follow(&panel, headers, topics, move |panel, person| {
        let (number, chosen) = (number.clone(), chosen.clone());
        async move { again(&panel, &person, &number, &chosen).await }
    }))
}

async fn again(
    panel: &Panel,
    person: &Person,
    number: &str,
    chosen: &Chosen,
) -> Result<String, PageError> {
    let (head, _, purchase) = read(panel, person, number, chosen).await?;
    let shell = panel.shell(person, number, "/orders").await?;
    let tab = PurchaseLive {
        tr: person.tr().clone(),
        shell,
        head,
        purchase,
    };
    tab.render().map_err(|error| PageError::internal(&error))
}

async fn read(
    panel: &Panel,
    person: &Person,
    number: &str,
    chosen: &Chosen,
) -> Result<(OrderHead, PurchaseTab, Purchase), PageError> {
    let page = load(panel, person, number).await?;
    let tab = purchase_tab::of_page(&panel.app, &page)
        .await
        .map_err(person.no())?;
    let head = head(panel, person, &page, OrderTab::Purchase).await?;
    let activities = activity_rows(&panel.app, person, &tab.activities)
        .await
        .map_err(person.no())?;
    let url = order_url(number);
    let purchase = Purchase {
        bars: tab
            .bars
            .iter()
            .map(|one| bar(person, one, &tab.order, chosen))
            .collect(),
        loose: tab
            .loose
            .iter()
            .map(|one| {
                difference(
                    person,
                    &one.row,
                    About {
                        order: Some(number),
                        purchase: one.purchase.as_ref(),
                        can_cancel: one.can_cancel,
                        ..About::default()
                    },
                )
            })
            .collect(),
        waiting: waiting(person, &tab.activities),
        ready: ready(panel, person, &tab, chosen),
        open: tab.open.iter().map(|one| open(person, one, &url)).collect(),
        bought: bought(panel, person, &tab),
        // The order's own number on each of them says nothing here.
        activities: activities
            .into_iter()
            .map(|row| crate::pages::activities::ActivityRow {
                orders: Vec::new(),
                ..row
            })
            .collect(),
        may: PurchaseRights {
            buy: true,
            change_status: true,
            synchronize: true,
            connect: true,
            pay: true,
        },
    };
    Ok((head, tab, purchase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_address_chooses_is_kept_for_the_events() {
        let fields = Fields::parse(b"session=1&session=2&item=7&request_id=x");
        assert_eq!(
            Chosen::of(&fields).unwrap().query(),
            "?session=1&session=2&item=7"
        );
        assert_eq!(Chosen::default().query(), "");
    }
}
