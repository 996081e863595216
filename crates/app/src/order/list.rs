//! The list of orders: tabs, filters, search, pages by key.

use crate::order::terms::{fold, number_parts, short_digits};
use crate::{App, AppError};
use domain::{ItemStatus, OrderStatus};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use store::Db;
use store::order_list::{self, Driver, Key, ListRow, Page, Way};
use store::orders;
use world::Timestamp;

/// Orders on one page, at most.
const MOST_ROWS: i64 = 200;
/// Where counting stops.
const COUNT_STOPS: i64 = 1_000;
/// Values of one filter, at most.
const MOST_VALUES: usize = 30;
/// Terms looked at when a search matches by the beginning.
const MOST_TERMS: i64 = 2_000;

/// A view over the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ListTab {
    /// Every order.
    #[default]
    All,
    /// Orders with items that may be booked.
    Ready,
    /// Orders with differences or unknown outcomes.
    Person,
    /// Orders with purchases to be paid at the marketplace.
    ToPay,
}

impl ListTab {
    /// Every tab, in order.
    pub const ALL: [Self; 4] = [Self::All, Self::Ready, Self::Person, Self::ToPay];

    /// Its word in addresses; the facet that stands behind it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Ready => "ready",
            Self::Person => "person",
            Self::ToPay => "to_pay",
        }
    }

    /// The tab of a word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.code() == code)
    }
}

/// Which orders. Several values of one filter mean any of them; several filters mean all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListFilter {
    /// Tab.
    pub tab: ListTab,
    /// Order statuses.
    pub statuses: Vec<OrderStatus>,
    /// Statuses of at least one item.
    pub item_statuses: Vec<ItemStatus>,
    /// Marketplaces of at least one item.
    pub marketplaces: Vec<String>,
    /// Ordered not before.
    pub from: Option<Timestamp>,
    /// Ordered before.
    pub until: Option<Timestamp>,
    /// Search: order, customer, item id, marketplace order number, tracking code.
    pub search: String,
}

impl ListFilter {
    fn groups(&self) -> Vec<Vec<String>> {
        let tab = match self.tab {
            ListTab::All => Vec::new(),
            tab => vec![tab.code().to_owned()],
        };
        let mut groups = vec![
            tab,
            self.statuses
                .iter()
                .map(|s| format!("status:{}", s.code()))
                .collect(),
            self.item_statuses
                .iter()
                .map(|s| format!("item:{}", s.code()))
                .collect(),
            self.marketplaces
                .iter()
                .map(|m| format!("mp:{m}"))
                .collect::<Vec<_>>(),
        ];
        for group in &mut groups {
            group.sort();
            group.dedup();
            group.truncate(MOST_VALUES);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }
}

/// Place of an order in the list; as text `1449053295000000.17`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    at: Timestamp,
    id: i64,
}

impl Cursor {
    const fn of(row: &ListRow) -> Self {
        Self {
            at: row.created_at,
            id: row.id,
        }
    }

    const fn key(self) -> Key {
        Key {
            created_at: self.at,
            order_id: self.id,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.0, self.id)
    }
}

impl FromStr for Cursor {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self, AppError> {
        let parts = text
            .split_once('.')
            .and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        let (at, id) = parts.ok_or(AppError::NotFound("page"))?;
        Ok(Self {
            at: Timestamp(at),
            id,
        })
    }
}

/// Which page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ListPlace {
    /// The one with the newest orders.
    #[default]
    Newest,
    /// The one that follows this order.
    Older(Cursor),
    /// The one before this order.
    Newer(Cursor),
}

/// A page of the list.
#[derive(Clone, Debug)]
pub struct OrderList {
    /// Orders, the newest first.
    pub rows: Vec<ListRow>,
    /// Where the page with newer orders begins, if there is one.
    pub newer: Option<Cursor>,
    /// Where the page with older orders begins, if there is one.
    pub older: Option<Cursor>,
    /// How many orders there are without filters.
    pub counts: OrderCounts,
}

/// How many orders there are, and how many under each facet.
#[derive(Clone, Debug, Default)]
pub struct OrderCounts {
    by_name: BTreeMap<String, i64>,
}

impl OrderCounts {
    fn facet(&self, facet: &str) -> i64 {
        self.by_name
            .get(&format!("order {facet}"))
            .copied()
            .unwrap_or(0)
    }

    /// Orders of a tab.
    #[must_use]
    pub fn tab(&self, tab: ListTab) -> i64 {
        match tab {
            ListTab::All => self.by_name.get("orders").copied().unwrap_or(0),
            tab => self.facet(tab.code()),
        }
    }

    /// Orders of a status.
    #[must_use]
    pub fn status(&self, status: OrderStatus) -> i64 {
        self.facet(&format!("status:{}", status.code()))
    }

    /// Orders with an item of a status.
    #[must_use]
    pub fn item_status(&self, status: ItemStatus) -> i64 {
        self.facet(&format!("item:{}", status.code()))
    }

    /// Marketplaces that orders use, with how many do.
    pub fn marketplaces(&self) -> impl Iterator<Item = (&str, i64)> {
        self.by_name
            .iter()
            .filter(|(_, n)| **n > 0)
            .filter_map(|(name, n)| Some((name.strip_prefix("order mp:")?, *n)))
    }
}

/// How many orders a filter leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Total {
    /// Exactly so many.
    Exactly(i64),
    /// More than so many; counting stopped there.
    MoreThan(i64),
}

/// Reads a page of at most `limit` orders.
///
/// # Errors
/// The database's.
pub async fn list(
    app: &App,
    filter: &ListFilter,
    place: ListPlace,
    limit: i64,
) -> Result<OrderList, AppError> {
    let limit = limit.clamp(1, MOST_ROWS);
    let mut db = app.store.read().await?;
    let counts = counts_in(&mut db).await?;
    let mut rows = match run(&mut db, filter, &counts).await? {
        Run::Page(mut page) => {
            page.limit = limit + 1;
            (page.key, page.way) = match place {
                ListPlace::Newest => (None, Way::Older),
                ListPlace::Older(cursor) => (Some(cursor.key()), Way::Older),
                ListPlace::Newer(cursor) => (Some(cursor.key()), Way::Newer),
            };
            order_list::page(&mut db, &page).await?
        }
        Run::Keys(keys) => {
            let ids = cut(&keys, place, limit + 1);
            let mut rows = order_list::rows_by_ids(&mut db, &ids).await?;
            rows.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
            rows
        }
    };
    // One row more than the page holds was asked for: it tells whether there is another page.
    let size = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > size;
    if more && matches!(place, ListPlace::Newer(_)) {
        rows.remove(0);
    } else if more {
        rows.truncate(size);
    }
    let (first, last) = (rows.first().map(Cursor::of), rows.last().map(Cursor::of));
    let (newer, older) = match place {
        ListPlace::Newest => (None, last.filter(|_| more)),
        ListPlace::Older(_) => (first, last.filter(|_| more)),
        ListPlace::Newer(_) => (first.filter(|_| more), last),
    };
    Ok(OrderList {
        rows,
        newer,
        older,
        counts,
    })
}

/// How many orders the filter leaves. Exact from the counters where it is one value, else counted
/// up to a thousand. `counts` are those that the list gave.
///
/// # Errors
/// The database's.
pub async fn list_total(
    app: &App,
    filter: &ListFilter,
    counts: &OrderCounts,
) -> Result<Total, AppError> {
    let mut db = app.store.read().await?;
    let exact = |page: &Page| {
        if page.from.is_some() || page.until.is_some() || !page.groups.is_empty() {
            return None;
        }
        match &page.driver {
            Driver::Orders => Some(counts.tab(ListTab::All)),
            Driver::Facets(facets) if facets.len() == 1 => {
                Some(facets.iter().map(|f| counts.facet(f)).sum())
            }
            Driver::Facets(_) | Driver::Term(_) => None,
        }
    };
    let counted = match run(&mut db, filter, counts).await? {
        Run::Page(page) => match exact(&page) {
            Some(n) => return Ok(Total::Exactly(n)),
            None => {
                order_list::count(
                    &mut db,
                    &Page {
                        limit: COUNT_STOPS + 1,
                        ..page
                    },
                )
                .await?
            }
        },
        Run::Keys(keys) => i64::try_from(keys.len()).unwrap_or(i64::MAX),
    };
    Ok(if counted > COUNT_STOPS {
        Total::MoreThan(COUNT_STOPS)
    } else {
        Total::Exactly(counted)
    })
}

/// How many orders there are, and how many under each facet.
///
/// # Errors
/// The database's.
pub async fn counts(app: &App) -> Result<OrderCounts, AppError> {
    counts_in(&mut app.store.read().await?).await
}

/// The number of the one order that a search names exactly, with or without zeros, letters and the
/// position of an item: then the search opens it.
///
/// # Errors
/// The database's.
pub async fn named(app: &App, search: &str) -> Result<Option<String>, AppError> {
    let folded = fold(search);
    let term = folded.trim_start_matches('№').trim_start();
    let Some(term) = number_in(term) else {
        return Ok(None);
    };
    let mut db = app.store.read().await?;
    let ids = order_list::orders_of_term(&mut db, &term, 50).await?;
    let rows = order_list::rows_by_ids(&mut db, &ids).await?;
    // Digits alone may also be an item id of another order.
    let mut numbers = rows
        .into_iter()
        .map(|row| row.number)
        .filter(|number| is_named(number, &term));
    Ok(match (numbers.next(), numbers.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    })
}

/// The part of a search that may be an order's number: `ord-53`, `53`; of `53-1` the `53`.
fn number_in(term: &str) -> Option<String> {
    let digits =
        |text: &str| (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = term.split('-').collect();
    match parts.as_slice() {
        [only] if digits(only) => Some(short_digits(only).to_owned()),
        [number, position] if digits(number) && digits(position) => {
            Some(short_digits(number).to_owned())
        }
        [letters, number] | [letters, number, _] if letters.len() == 3 && digits(number) => {
            Some(format!("{letters}-{}", short_digits(number)))
        }
        _ => None,
    }
}

fn is_named(number: &str, term: &str) -> bool {
    number_parts(number).is_some_and(|(letters, digits)| {
        let short = short_digits(digits);
        term == short || term == format!("{}-{short}", letters.to_lowercase())
    })
}

/// What is read for a filter: a page by key, or the few keys that a search by beginning found.
enum Run {
    Page(Page),
    Keys(Vec<(Timestamp, i64)>),
}

async fn run(db: &mut Db, filter: &ListFilter, counts: &OrderCounts) -> Result<Run, AppError> {
    let mut groups = filter.groups();
    let term = fold(&filter.search);
    let driver = if term.is_empty() {
        take_narrowest(&mut groups, counts).map_or(Driver::Orders, Driver::Facets)
    } else if order_list::term_exists(db, &term).await? {
        Driver::Term(term)
    } else {
        let keys = order_list::keys_by_beginning(db, &term, &groups, MOST_TERMS).await?;
        return Ok(Run::Keys(ordered(keys, filter)));
    };
    Ok(Run::Page(Page {
        driver,
        groups,
        from: filter.from,
        until: filter.until,
        key: None,
        way: Way::Older,
        limit: 0,
    }))
}

/// The group with the fewest orders runs the list; the others are looked up for each of them.
fn take_narrowest(groups: &mut Vec<Vec<String>>, counts: &OrderCounts) -> Option<Vec<String>> {
    let orders = |group: &Vec<String>| group.iter().map(|facet| counts.facet(facet)).sum::<i64>();
    let narrowest = (0..groups.len()).min_by_key(|&index| orders(&groups[index]))?;
    Some(groups.remove(narrowest))
}

/// Keys within the dates, each once, the newest first.
fn ordered(keys: Vec<Key>, filter: &ListFilter) -> Vec<(Timestamp, i64)> {
    let mut keys: Vec<(Timestamp, i64)> = keys
        .into_iter()
        .map(|key| (key.created_at, key.order_id))
        .filter(|(at, _)| {
            filter.from.is_none_or(|from| *at >= from)
                && filter.until.is_none_or(|until| *at < until)
        })
        .collect();
    keys.sort_unstable_by_key(|key| std::cmp::Reverse(*key));
    keys.dedup();
    keys
}

fn cut(keys: &[(Timestamp, i64)], place: ListPlace, limit: i64) -> Vec<i64> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let ids = |keys: &mut dyn Iterator<Item = &(Timestamp, i64)>| {
        keys.take(limit).map(|(_, id)| *id).collect()
    };
    match place {
        ListPlace::Newest => ids(&mut keys.iter()),
        ListPlace::Older(cursor) => {
            ids(&mut keys.iter().filter(|key| **key < (cursor.at, cursor.id)))
        }
        ListPlace::Newer(cursor) => ids(&mut keys
            .iter()
            .rev()
            .filter(|key| **key > (cursor.at, cursor.id))),
    }
}

pub(crate) async fn counts_in(db: &mut Db) -> Result<OrderCounts, AppError> {
    let by_name = orders::counts(db)
        .await?
        .into_iter()
        .map(|row| (row.name, row.n))
        .collect();
    Ok(OrderCounts { by_name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_names_an_order_is_seen() {
        assert_eq!(number_in("ord-000000053").as_deref(), Some("ord-53"));
        assert_eq!(number_in("53").as_deref(), Some("53"));
        assert_eq!(number_in("53-1").as_deref(), Some("53"));
        assert_eq!(number_in("ord-53-1").as_deref(), Some("ord-53"));
        assert_eq!(number_in("1042 ivan"), None);
        assert_eq!(number_in("齐家居"), None);
        assert!(
            is_named("ORD-000000053", "53")
                && is_named("ORD-000000053", "ord-53")
                && !is_named("ORD-000000053", "5")
        );
    }

    #[test]
    fn a_cursor_reads_back() {
        let cursor = Cursor {
            at: Timestamp(1_449_053_295_000_000),
            id: 17,
        };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        for wrong in ["", "1", "1.", "a.b", "1.2.3"] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
