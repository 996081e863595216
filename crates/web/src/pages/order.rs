//! The head of an order's page, the same on each of its tabs.

use super::{Shell, Tab};
use crate::http::{PageError, Path};
use crate::live::Topic;
use crate::panel::{Panel, Person};
use crate::parts::{Fault, Link, Tag};
use crate::{Fmt, Tr};
use app::order::OrderPage;
use app::rows::ExceptionRow;
use axum::response::Redirect;
use domain::{Amount, HistoryGroup, HistoryKind, OrderEnd};

/// The head: facts, what a person may do with the order as a whole, tabs.
#[derive(Clone, Debug, Default)]
pub struct OrderHead {
    /// Number.
    pub number: String,
    /// Its address, without a tab.
    pub url: String,
    /// Status.
    pub status: Tag,
    /// A person closed or cancelled it, and why.
    pub status_note: Option<String>,
    /// `02.12.15 10:48:15`.
    pub created: String,
    /// Prices of goods.
    pub goods: String,
    /// Exact values, for the tooltip.
    pub goods_exact: String,
    /// What of it is cancelled, returned or impossible to deliver.
    pub goods_apart: Option<String>,
    /// Paid so far.
    pub paid: String,
    /// Still to be paid.
    pub remaining: String,
    /// Something is still to be paid.
    pub owes: bool,
    /// Where a payment is recorded, when the person may.
    pub record_payment: Option<String>,
    /// Weight.
    pub weight: String,
    /// What the delivery costs.
    pub delivery: String,
    /// Who delivers.
    pub service: String,
    /// Customer.
    pub customer: String,
    /// Other orders of the customer.
    pub customer_url: Option<String>,
    /// `1 $ = ¥ 6.40 · 1 Dec`, or that there is none.
    pub rate: String,
    /// What the customer wrote.
    pub comment: Option<String>,
    /// What a person may do with the whole order: close, cancel. Each opens a window.
    pub actions: Vec<Link>,
    /// Differences that need a person.
    pub faults: Vec<Fault>,
    /// Tabs.
    pub tabs: Vec<Tab>,
}

/// The tabs of an order, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderTab {
    /// Everything about the items.
    Items,
    /// What goes to the customer.
    Parcels,
    /// The timeline.
    History,
    /// Buying.
    Purchase,
    /// Runs.
    Activities,
}

impl OrderTab {
    /// Every tab.
    pub const ALL: [Self; 5] = [
        Self::Items,
        Self::Parcels,
        Self::History,
        Self::Purchase,
        Self::Activities,
    ];

    /// Its ending in the address.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Parcels => "parcels",
            Self::History => "history",
            Self::Purchase => "purchase",
            Self::Activities => "activities",
        }
    }

    fn name(self, tr: &Tr) -> &str {
        match self {
            Self::Items => tr.tab_items(),
            Self::Parcels => tr.tab_parcels(),
            Self::History => tr.tab_history(),
            Self::Purchase => tr.tab_purchase(),
            Self::Activities => tr.tab_activities(),
        }
    }
}

/// The tabs of the order at `url`; `counts` gives the number on a tab and its colour.
pub fn order_tabs(
    tr: &Tr,
    url: &str,
    active: OrderTab,
    counts: impl Fn(OrderTab) -> Option<(String, &'static str)>,
) -> Vec<Tab> {
    OrderTab::ALL
        .into_iter()
        .map(|tab| Tab {
            text: tab.name(tr).to_owned(),
            url: format!("{url}/{}", tab.path()),
            active: tab == active,
            count: counts(tab),
        })
        .collect()
}

/// The address of an order's page.
#[must_use]
pub fn order_url(number: &str) -> String {
    format!("/orders/{number}")
}

/// Reads everything of an order's page.
///
/// # Errors
/// No such order; the database's.
pub async fn load(panel: &Panel, person: &Person, number: &str) -> Result<OrderPage, PageError> {
    app::order::page(&panel.app, number)
        .await
        .map_err(|error| person.fmt.refuse(error))
}

/// What an order's page hears about.
pub(crate) async fn topic(
    panel: &Panel,
    person: &Person,
    number: &str,
) -> Result<Topic, PageError> {
    Ok(Topic::Order(load(panel, person, number).await?.order.id))
}

/// What stands around a tab of an order that follows changes from the address `events` under it.
pub(crate) async fn shell(
    panel: &Panel,
    person: &Person,
    page: &OrderPage,
    events: &str,
) -> Result<Shell, PageError> {
    let number = &page.order.number;
    let mut shell = panel.shell(person, number, "/orders").await?;
    shell.live = Some(format!("{}/{events}", order_url(number)));
    Ok(shell)
}

/// The head of an order's page.
///
/// # Errors
/// The database's.
pub async fn head(
    panel: &Panel,
    person: &Person,
    page: &OrderPage,
    tab: OrderTab,
) -> Result<OrderHead, PageError> {
    let (tr, fmt, order) = (person.tr(), &person.fmt, &page.order);
    let money = |amount: &Amount| person.money(amount, &order.currency);
    let url = order_url(&order.number);
    let remaining = page.remaining();
    let customer = match (order.customer_name.as_str(), order.customer_code.as_str()) {
        ("", code) => code.to_owned(),
        (name, "") => name.to_owned(),
        (name, code) => format!("{name} · {code}"),
    };
    Ok(OrderHead {
        number: order.number.clone(),
        status: Tag::order_status(tr, order.status.code()),
        status_note: end_note(panel, person, page).await?,
        created: fmt.full(order.created_at),
        goods: money(&order.goods),
        goods_exact: exactly(&order.goods, &order.currency),
        goods_apart: page.left_out().map(|sum| money(&sum)),
        paid: money(&order.paid),
        remaining: money(&remaining),
        owes: remaining > Amount::zero(),
        record_payment: Some(format!("{url}/payment")),
        weight: person.weight(order.weight_g),
        delivery: money(&order.delivery_cost),
        service: order.delivery_service.clone(),
        customer_url: (!order.customer_code.is_empty()).then(|| search_url(&order.customer_code)),
        customer,
        rate: rate(fmt, page),
        comment: Some(order.comment_customer.clone()).filter(|c| !c.is_empty()),
        actions: vec![match page.end {
            None => Link::to(format!("{url}/end"), tr.order_end()),
            Some(_) => Link::to(format!("{url}/reopen"), tr.order_reopen()),
        }],
        // On its own tab a difference stands where it belongs, with what can be done about it.
        faults: if tab == OrderTab::Purchase {
            Vec::new()
        } else {
            faults(person, page)
        },
        tabs: order_tabs(tr, &url, tab, |tab| tab_count(page, tab)),
        url,
    })
}

/// An amount with every digit.
pub(crate) fn exactly(amount: &Amount, currency: &str) -> String {
    format!("{} {currency}", amount.as_text())
}

/// The list of orders that a search finds.
pub(crate) fn search_url(text: &str) -> String {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", text)
        .finish();
    format!("/orders?{query}")
}

fn tab_count(page: &OrderPage, tab: OrderTab) -> Option<(String, &'static str)> {
    let order = &page.order;
    match tab {
        OrderTab::Items => Some((order.items_count.to_string(), "")),
        OrderTab::Parcels => {
            (!page.parcels.is_empty()).then(|| (page.parcels.len().to_string(), ""))
        }
        OrderTab::Purchase => match (
            order.open_exceptions.max(order.open_unknown),
            order.ready_items,
        ) {
            (0, 0) => None,
            (0, ready) => Some((ready.to_string(), "blue")),
            (wrong, _) => Some((wrong.to_string(), "red")),
        },
        OrderTab::History | OrderTab::Activities => None,
    }
}

/// `1 $ = ¥ 6.40 · 1 Dec 2015`.
fn rate(fmt: &Fmt, page: &OrderPage) -> String {
    let (order, tr) = (&page.order, fmt.tr());
    let sign = page
        .currency()
        .map_or_else(|| order.currency.clone(), |c| c.sign().to_owned());
    match (&order.rate, &order.rate_day) {
        (Some(rate), Some(day)) => tr.rate_of(fmt.calendar_day(day), rate, sign),
        (Some(rate), None) => tr.rate_undated(rate, sign),
        (None, _) => tr.no_rate().to_owned(),
    }
}

fn faults(person: &Person, page: &OrderPage) -> Vec<Fault> {
    page.exceptions
        .iter()
        .map(|row| exception_fault(person, page, row))
        .collect()
}

/// An open difference: what differs, and of which purchase.
pub(crate) fn exception_fault(person: &Person, page: &OrderPage, row: &ExceptionRow) -> Fault {
    let tr = person.tr();
    let what = tr.by_key("exception-", &row.kind);
    let purchase = page
        .purchases
        .iter()
        .find(|p| Some(p.id) == row.purchase_id);
    let text = match purchase {
        Some(purchase) => format!("{}: {what}", purchase.order_number),
        None => what.to_owned(),
    };
    Fault::of(tr, text)
}

/// Who ended the order, and why.
async fn end_note(
    panel: &Panel,
    person: &Person,
    page: &OrderPage,
) -> Result<Option<String>, PageError> {
    let Some(end) = page.end else { return Ok(None) };
    let kind = match end {
        OrderEnd::Closed => HistoryKind::OrderClosed,
        OrderEnd::Cancelled => HistoryKind::OrderCancelled,
    };
    let group = Some(HistoryGroup::Order.code());
    let entries = app::history::list(&panel.app, page.order.id, group, None, 50)
        .await
        .map_err(|error| person.fmt.refuse(error))?;
    let Some(entry) = entries.into_iter().find(|e| e.kind == kind.code()) else {
        return Ok(None);
    };
    let by = person
        .tr()
        .by_person_at(person.fmt.moment(entry.at), &entry.actor);
    let facts: serde_json::Value = serde_json::from_str(&entry.facts).unwrap_or_default();
    Ok(Some(match facts["reason_text"].as_str() {
        Some(reason) if !reason.is_empty() => format!("{by}: {reason}"),
        _ => by,
    }))
}

/// `GET /orders/{number}`: where the work of a purchasing desk is done.
pub(crate) async fn open(Path(number): Path<String>) -> Redirect {
    Redirect::to(&format!("{}/purchase", order_url(&number)))
}
