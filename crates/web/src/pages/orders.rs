//! The list of orders: search, filters, tabs with counts, pages by key.

use super::order::order_url;
use super::{Notice, Paging, Shell, Tab};
use crate::http::{Page, PageError};
use crate::panel::{COUNT_CEILING, Panel, Person};
use crate::parts::{Choice, Empty, Link, Tag};
use crate::{Fmt, Tr};
use app::AppError;
use app::order::{ListFilter, ListPlace, ListTab, OrderCounts, OrderList, Total};
use app::rows::ListRow;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Amount, ItemStatus, OrderStatus};
use std::collections::BTreeMap;

/// The list page.
#[derive(Clone, Debug, Template)]
#[template(path = "orders.html")]
pub struct OrdersPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// Views with their counts: all, ready for purchase, needs a person, to pay.
    pub tabs: Vec<Tab>,
    /// Filters that can be set.
    pub filters: Vec<Filter>,
    /// Filters that are set; a link takes one away.
    pub chips: Vec<Link>,
    /// Takes all filters away, when one is set.
    pub clear: Option<String>,
    /// Parameters of the address that a filter's form keeps.
    pub kept: Vec<(String, String)>,
    /// From and to of the date filter (`2015-12-01`).
    pub created: (String, String),
    /// The orders.
    pub rows: Vec<OrderRow>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
    /// Neighbouring pages.
    pub paging: Paging,
}

/// A filter with its choices.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Name of the parameter.
    pub name: &'static str,
    /// Label.
    pub label: String,
    /// What can be chosen.
    pub choices: Vec<Choice>,
}

/// One order.
#[derive(Clone, Debug, Default)]
pub struct OrderRow {
    /// Number.
    pub number: String,
    /// Its page.
    pub url: String,
    /// Differences, unknown outcomes.
    pub marks: Vec<Tag>,
    /// `Today 10:12`.
    pub created: String,
    /// In full, for the tooltip.
    pub created_full: String,
    /// Code of the customer.
    pub customer: String,
    /// Status.
    pub status: Tag,
    /// `3 of 5 purchased`.
    pub items: String,
    /// Where its goods come from.
    pub marketplaces: Vec<Tag>,
    /// Sum.
    pub total: String,
    /// Unpaid rest.
    pub remaining: String,
    /// There is an unpaid rest.
    pub owes: bool,
}

/// Orders on one page.
const PER_PAGE: i64 = 50;

/// `GET /orders`
pub(crate) async fn list(
    State(panel): State<Panel>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let refuse = |error: AppError| person.fmt.refuse(error);
    let wanted = Wanted::read(query.as_deref().unwrap_or(""));
    if let Some(search) = wanted.search_alone()
        && let Some(number) = app::order::named(&panel.app, search)
            .await
            .map_err(refuse)?
    {
        return Ok(Redirect::to(&order_url(&number)).into_response());
    }
    let (filter, notices) = wanted.filter(&person.fmt);
    let place = wanted.place().map_err(refuse)?;
    let list = app::order::list(&panel.app, &filter, place, PER_PAGE)
        .await
        .map_err(refuse)?;
    let total = if filter == ListFilter::default() {
        Total::Exactly(list.counts.tab(ListTab::All))
    } else {
        app::order::list_total(&panel.app, &filter, &list.counts)
            .await
            .map_err(refuse)?
    };
    let mut shell = panel
        .shell(&person, person.tr().orders_title(), "/orders")
        .await?;
    shell.search.clone_from(&filter.search);
    shell.notices.extend(notices);
    Ok(Page(page(&person, shell, &wanted, &filter, &list, total)).into_response())
}

fn page(
    person: &Person,
    shell: Shell,
    wanted: &Wanted,
    filter: &ListFilter,
    list: &OrderList,
    total: Total,
) -> OrdersPage {
    let (fmt, tr) = (&person.fmt, person.tr());
    let counts = &list.counts;
    let total = match total {
        Total::Exactly(n) => fmt.count(whole(n), u64::MAX),
        Total::MoreThan(n) => fmt.count(whole(n), COUNT_CEILING),
    };
    OrdersPage {
        tabs: ListTab::ALL
            .into_iter()
            .map(|tab| tab_of(fmt, wanted, counts, tab, filter.tab))
            .collect(),
        filters: filters(tr, filter, counts),
        chips: wanted.chips(tr),
        clear: wanted.is_filtered().then(|| wanted.only(&["tab"]).url()),
        kept: wanted.without(&["older", "newer"]).0,
        created: (wanted.text("from").to_owned(), wanted.text("to").to_owned()),
        empty: list.rows.is_empty().then(|| empty(tr, counts)),
        rows: list.rows.iter().map(|row| order_row(person, row)).collect(),
        paging: Paging {
            text: tr.orders_found(PER_PAGE, total),
            newer: list
                .newer
                .map(|at| wanted.with("newer", &at.to_string()).url()),
            older: list
                .older
                .map(|at| wanted.with("older", &at.to_string()).url()),
        },
        tr: tr.clone(),
        shell,
    }
}

fn whole(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn tab_of(fmt: &Fmt, wanted: &Wanted, counts: &OrderCounts, tab: ListTab, active: ListTab) -> Tab {
    let tr = fmt.tr();
    let (text, tone) = match tab {
        ListTab::All => (tr.orders_all(), ""),
        ListTab::Ready => (tr.orders_ready(), "blue"),
        ListTab::Person => (tr.orders_person(), "red"),
        ListTab::ToPay => (tr.orders_to_pay(), "orange"),
    };
    let n = whole(counts.tab(tab));
    Tab {
        text: text.to_owned(),
        url: match tab {
            ListTab::All => wanted.without(&["tab", "older", "newer"]).url(),
            tab => wanted
                .without(&["tab", "older", "newer"])
                .with("tab", tab.code())
                .url(),
        },
        active: tab == active,
        count: (n > 0).then(|| (fmt.count(n, u64::MAX), tone)),
    }
}

fn filters(tr: &Tr, filter: &ListFilter, counts: &OrderCounts) -> Vec<Filter> {
    let counted = |name: &str, n: i64| {
        if n > 0 {
            format!("{name} · {n}")
        } else {
            name.to_owned()
        }
    };
    let mut marketplaces: Vec<(&str, i64)> = counts.marketplaces().collect();
    for chosen in &filter.marketplaces {
        if !marketplaces.iter().any(|(known, _)| known == chosen) {
            marketplaces.push((chosen, 0));
        }
    }
    vec![
        Filter {
            name: "status",
            label: tr.filter_order_status().to_owned(),
            choices: OrderStatus::ALL
                .iter()
                .map(|s| {
                    let text = counted(tr.by_key("order-status-", s.code()), counts.status(*s));
                    Choice::of(s.code(), text, filter.statuses.contains(s))
                })
                .collect(),
        },
        Filter {
            name: "item",
            label: tr.filter_item_status().to_owned(),
            choices: ItemStatus::ALL
                .iter()
                .map(|s| {
                    let text = counted(tr.by_key("item-status-", s.code()), counts.item_status(*s));
                    Choice::of(s.code(), text, filter.item_statuses.contains(s))
                })
                .collect(),
        },
        Filter {
            name: "marketplace",
            label: tr.filter_marketplace().to_owned(),
            choices: marketplaces
                .into_iter()
                .map(|(code, n)| {
                    let chosen = filter.marketplaces.iter().any(|m| m == code);
                    Choice::of(code, counted(tr.by_key("marketplace-", code), n), chosen)
                })
                .collect(),
        },
    ]
}

fn empty(tr: &Tr, counts: &OrderCounts) -> Empty {
    if counts.tab(ListTab::All) == 0 {
        return Empty {
            icon: "clipboard-list",
            title: tr.orders_empty_title().to_owned(),
            text: tr.orders_empty_text().to_owned(),
            command: Some("autopurchase orders import orders.json".to_owned()),
            link: None,
        };
    }
    Empty {
        icon: "search",
        title: tr.orders_none_found().to_owned(),
        text: tr.orders_none_found_text().to_owned(),
        command: None,
        link: Some(Link::to("/orders", tr.orders_clear_search())),
    }
}

fn order_row(person: &Person, row: &ListRow) -> OrderRow {
    let (fmt, tr) = (&person.fmt, person.tr());
    let remaining = row
        .total
        .minus(&row.paid)
        .unwrap_or_else(|_| Amount::zero());
    let mut marks = Vec::new();
    if row.open_unknown > 0 {
        marks.push(Tag::of(tr.mark_unknown(), "red"));
    }
    // An unknown outcome that waits for a person is a difference too; it is told once.
    let differences = row.open_exceptions - row.open_unknown;
    if differences > 0 {
        marks.push(Tag::of(tr.n_differences(differences), "red"));
    }
    OrderRow {
        number: row.number.clone(),
        url: order_url(&row.number),
        marks,
        created: fmt.moment(row.created_at),
        created_full: fmt.full(row.created_at),
        customer: match (row.customer_code.as_str(), row.customer_name.as_str()) {
            (code, "") => code.to_owned(),
            ("", name) => name.to_owned(),
            (code, name) => format!("{code} · {name}"),
        },
        status: Tag::order_status(tr, row.status.code()),
        items: items_text(fmt, row),
        marketplaces: row
            .marketplaces
            .split(',')
            .filter(|code| !code.is_empty())
            .map(|code| Tag::marketplace(tr, code))
            .collect(),
        total: person.money(&row.total, &row.currency),
        remaining: person.money(&remaining, &row.currency),
        owes: remaining > Amount::zero(),
    }
}

/// `2 ready`, `3 of 5 purchased`, `4 items`: what can be done, else how far the first ones are.
fn items_text(fmt: &Fmt, row: &ListRow) -> String {
    let tr = fmt.tr();
    if row.ready_items > 0 {
        return tr.items_ready(fmt.quantity(row.ready_items, row.items_count));
    }
    let counts: BTreeMap<String, i64> = serde_json::from_str(&row.item_counts).unwrap_or_default();
    let furthest = counts
        .iter()
        .filter_map(|(code, n)| Some((ItemStatus::ALL.iter().find(|s| s.code() == code)?, *n)))
        .filter(|(status, n)| *n > 0 && status.is_at_least(ItemStatus::Booked))
        .max_by_key(|(status, _)| status.rank());
    match furthest {
        Some((status, n)) => {
            let name = tr.by_key("item-status-", status.code());
            let lower: String = name
                .chars()
                .take(1)
                .flat_map(char::to_lowercase)
                .chain(name.chars().skip(1))
                .collect();
            tr.items_in_status(fmt.quantity(n, row.items_count), lower)
        }
        None => tr.n_items(row.items_count),
    }
}

/// The parameters of the list's address, in their order.
#[derive(Clone, Debug, Default)]
struct Wanted(Vec<(String, String)>);

/// Parameters that narrow the list.
const NARROWING: [&str; 6] = ["status", "item", "marketplace", "from", "to", "q"];

impl Wanted {
    /// What is known of the address; empty and unknown parameters are left out.
    fn read(query: &str) -> Self {
        Self(
            url::form_urlencoded::parse(query.as_bytes())
                .map(|(name, value)| (name.into_owned(), value.replace('\0', "").trim().to_owned()))
                .filter(|(name, value)| {
                    let known = NARROWING.contains(&name.as_str())
                        || ["tab", "older", "newer"].contains(&name.as_str());
                    known && !value.is_empty()
                })
                .take(200)
                .collect(),
        )
    }

    fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, value)| value)
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// The search when nothing else is asked for.
    fn search_alone(&self) -> Option<&str> {
        match self.0.as_slice() {
            [(name, value)] if name == "q" => Some(value),
            _ => None,
        }
    }

    fn is_filtered(&self) -> bool {
        self.0
            .iter()
            .any(|(name, _)| NARROWING.contains(&name.as_str()))
    }

    fn without(&self, names: &[&str]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(n, _)| !names.contains(&n.as_str()))
                .cloned()
                .collect(),
        )
    }

    fn only(&self, names: &[&str]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(n, _)| names.contains(&n.as_str()))
                .cloned()
                .collect(),
        )
    }

    /// The same filters at another place or tab.
    fn with(&self, name: &str, value: &str) -> Self {
        let mut out = self.without(&["older", "newer", name]);
        out.0.push((name.to_owned(), value.to_owned()));
        out
    }

    fn url(&self) -> String {
        if self.0.is_empty() {
            return "/orders".to_owned();
        }
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish();
        format!("/orders?{query}")
    }

    fn place(&self) -> Result<ListPlace, AppError> {
        Ok(match (self.text("older"), self.text("newer")) {
            ("", "") => ListPlace::Newest,
            (older, "") => ListPlace::Older(older.parse()?),
            (_, newer) => ListPlace::Newer(newer.parse()?),
        })
    }

    /// The filter, and what of it was not understood.
    fn filter(&self, fmt: &Fmt) -> (ListFilter, Vec<Notice>) {
        let tr = fmt.tr();
        let mut notices = Vec::new();
        let mut wrong = |text: String| {
            notices.push(Notice {
                tone: "warning",
                text,
                link: None,
            });
        };
        let mut filter = ListFilter {
            tab: ListTab::from_code(self.text("tab")).unwrap_or_default(),
            marketplaces: self.all("marketplace").map(str::to_owned).collect(),
            search: self.text("q").to_owned(),
            ..ListFilter::default()
        };
        for code in self.all("status") {
            match OrderStatus::ALL.iter().find(|s| s.code() == code) {
                Some(status) => filter.statuses.push(*status),
                None => wrong(tr.filter_unknown(code)),
            }
        }
        for code in self.all("item") {
            match ItemStatus::ALL.iter().find(|s| s.code() == code) {
                Some(status) => filter.item_statuses.push(*status),
                None => wrong(tr.filter_unknown(code)),
            }
        }
        for (name, offset, place) in [("from", 0, &mut filter.from), ("to", 1, &mut filter.until)] {
            let text = self.text(name);
            if text.is_empty() {
                continue;
            }
            *place = fmt.day_start(text, offset);
            if place.is_none() {
                wrong(tr.filter_no_date(text));
            }
        }
        (filter, notices)
    }

    fn chips(&self, tr: &Tr) -> Vec<Link> {
        let named = |family: &str, name: &str| {
            self.all(name)
                .map(|code| tr.by_key(family, code))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut chips = Vec::new();
        let mut chip = |names: &[&str], label: &str, text: String| {
            if !text.is_empty() {
                let url = self.without(names).without(&["older", "newer"]).url();
                chips.push(Link::to(url, tr.filter_chip(label, text)));
            }
        };
        chip(&["q"], tr.filter_search(), self.text("q").to_owned());
        chip(
            &["status"],
            tr.filter_order_status(),
            named("order-status-", "status"),
        );
        chip(
            &["item"],
            tr.filter_item_status(),
            named("item-status-", "item"),
        );
        chip(
            &["marketplace"],
            tr.filter_marketplace(),
            named("marketplace-", "marketplace"),
        );
        let days = match (self.text("from"), self.text("to")) {
            ("", "") => String::new(),
            (from, "") => format!("{from} –"),
            ("", to) => format!("– {to}"),
            (from, to) => format!("{from} – {to}"),
        };
        chip(&["from", "to"], tr.filter_created(), days);
        chips
    }
}
