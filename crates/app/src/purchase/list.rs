//! Purchases across orders, by what is to be done next.

use crate::purchase::{pay, pay_link};
use crate::{App, AppError, Message};
use std::collections::BTreeMap;
use store::exceptions::ExceptionRow;
use store::purchases::{self, DeliveryRow, OrderOfPurchase, Place, PurchaseRow, Side};

/// Most rows of a page.
const MOST_ROWS: i64 = 200;

/// A list of the page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tab {
    /// To be paid, the most urgent first.
    ToPay,
    /// Paid, and not all of it sent.
    ToSend,
    /// Sent.
    OnWay,
    /// Something needs a person.
    Trouble,
    /// All.
    All,
}

impl Tab {
    /// Every tab, in the order of the page.
    pub const ALL: [Self; 5] = [
        Self::ToPay,
        Self::ToSend,
        Self::OnWay,
        Self::Trouble,
        Self::All,
    ];

    /// The word in addresses and tables.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ToPay => "to_pay",
            Self::ToSend => "to_send",
            Self::OnWay => "on_way",
            Self::Trouble => "trouble",
            Self::All => "all",
        }
    }

    /// The tab of a word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == code)
    }

    fn facet(self, session: Option<i64>) -> String {
        match session {
            Some(session) => format!("{}@{session}", self.code()),
            None => self.code().to_owned(),
        }
    }
}

/// A place between two rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    /// Sort key.
    pub key: i64,
    /// Row id.
    pub id: i64,
}

impl Cursor {
    /// As it stands in an address: `key.id`.
    #[must_use]
    pub fn text(self) -> String {
        format!("{}.{}", self.key, self.id)
    }

    /// From an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (key, id) = text.split_once('.')?;
        Some(Self {
            key: key.parse().ok()?,
            id: id.parse().ok()?,
        })
    }
}

/// Which part of which list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Query {
    /// List.
    pub tab: Tab,
    /// Of one session, or of all.
    pub session: Option<i64>,
    /// What comes after this place.
    pub after: Option<Cursor>,
    /// What comes before this place; wins over `after`.
    pub before: Option<Cursor>,
    /// Rows of a page.
    pub limit: i64,
}

/// One purchase of the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The purchase.
    pub row: PurchaseRow,
    /// Login name of the account that placed it and pays it.
    pub login: String,
    /// Orders whose items it covers.
    pub orders: Vec<OrderOfPurchase>,
    /// Shipments.
    pub deliveries: Vec<DeliveryRow>,
    /// What needs a person.
    pub differences: Vec<ExceptionRow>,
    /// Why it cannot be paid now; none when it can.
    pub no_pay: Option<Message>,
    /// How it is paid from here.
    pub ways: pay::Ways,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct List {
    /// Rows.
    pub rows: Vec<Listed>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// Where the page before ends, if there is one.
    pub previous: Option<Cursor>,
    /// How many purchases each list holds, of the chosen session or of all.
    pub counts: BTreeMap<Tab, i64>,
}

/// A page of purchases, in seven queries whatever its length.
///
/// # Errors
/// The database's.
pub async fn list(app: &App, query: &Query) -> Result<List, AppError> {
    let mut db = app.store.read().await?;
    let limit = query.limit.clamp(1, MOST_ROWS);
    let facet = query.tab.facet(query.session);
    let place = |c: Cursor| (c.key, c.id);
    let side = match query.before {
        Some(before) => Side::Before(place(before)),
        None => Side::After(query.after.map(place)),
    };
    let mut places = purchases::page(&mut db, &facet, side, limit + 1).await?;
    let more = i64::try_from(places.len()).unwrap_or(i64::MAX) > limit;
    let cursor = |p: &Place| Cursor {
        key: p.sort_key,
        id: p.purchase_id,
    };
    if more {
        // The row too many tells that there are more on the side toward which was asked.
        if query.before.is_some() {
            places.remove(0);
        } else {
            places.pop();
        }
    }
    let (more_after, more_before) = match query.before {
        Some(_) => (true, more),
        None => (more, query.after.is_some()),
    };
    let ids: Vec<i64> = places.iter().map(|p| p.purchase_id).collect();
    let found = purchases::by_ids(&mut db, &ids).await?;
    let orders = purchases::orders_of(&mut db, &ids).await?;
    let deliveries = purchases::deliveries_of(&mut db, &ids).await?;
    let open = pay_link::open_exceptions(&mut db, &found).await?;
    let logins: BTreeMap<i64, String> = store::sessions::all(&mut db)
        .await?
        .into_iter()
        .map(|s| (s.id, s.login))
        .collect();
    let mut by_id: BTreeMap<i64, PurchaseRow> = found.into_iter().map(|r| (r.id, r)).collect();
    let settings = crate::settings::load(&mut db).await?;
    let one = |row: PurchaseRow| -> Result<Listed, AppError> {
        Ok(Listed {
            ways: pay::ways(app, &settings, &row.marketplace)?,
            login: logins.get(&row.session_id).cloned().unwrap_or_default(),
            orders: of(&orders, |o| o.purchase_id == row.id),
            deliveries: of(&deliveries, |d| d.purchase_id == row.id),
            differences: of(&open, |e| e.purchase_id == Some(row.id)),
            no_pay: pay_link::refusal(&row, &open),
            row,
        })
    };
    let rows = ids
        .iter()
        .filter_map(|id| by_id.remove(id))
        .map(one)
        .collect::<Result<Vec<Listed>, AppError>>()?;
    Ok(List {
        rows,
        next: places.last().filter(|_| more_after).map(cursor),
        previous: places.first().filter(|_| more_before).map(cursor),
        counts: counts(&mut db, query.session).await?,
    })
}

fn of<T: Clone>(all: &[T], fits: impl Fn(&T) -> bool) -> Vec<T> {
    all.iter().filter(|one| fits(one)).cloned().collect()
}

async fn counts(db: &mut store::Db, session: Option<i64>) -> Result<BTreeMap<Tab, i64>, AppError> {
    let facets: Vec<String> = Tab::ALL.iter().map(|t| t.facet(session)).collect();
    let found = purchases::facet_counts(db, &facets).await?;
    let count = |tab: Tab| {
        let name = tab.facet(session);
        found.iter().find(|c| c.name == name).map_or(0, |c| c.n)
    };
    Ok(Tab::ALL.into_iter().map(|t| (t, count(t))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        for cursor in [
            Cursor { key: -17, id: 3 },
            Cursor {
                key: i64::MAX,
                id: i64::MAX,
            },
        ] {
            assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        }
        for text in ["", "1", "1.", ".1", "a.b", "1.2.3"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_tab_has_its_facet_per_session() {
        assert_eq!(Tab::ToPay.facet(Some(17)), "to_pay@17");
        for tab in Tab::ALL {
            assert_eq!(Tab::from_code(tab.code()), Some(tab));
            assert_eq!(tab.facet(None), tab.code());
        }
    }
}
