//! The list of orders: pages by key in both directions, filters, search.
//!
//! A list is driven by one index in the order of its pages: by a facet, a search term, or the
//! orders themselves; what else is asked is looked up for each candidate. Statements are put
//! together from the fragments below and never from values.

use crate::db::{Db, Stmt, placeholders};
use crate::{Arg, Error, record};
use domain::{Amount, OrderStatus};
use std::collections::BTreeSet;
use world::Timestamp;

record! {
    /// An order as a list shows it.
    pub struct ListRow {
        /// Row id.
        pub id: i64,
        /// Number.
        pub number: String,
        /// When the customer ordered.
        pub created_at: Timestamp,
        /// Customer's code.
        pub customer_code: String,
        /// Customer's name.
        pub customer_name: String,
        /// Status.
        pub status: OrderStatus,
        /// Customer's currency.
        pub currency: String,
        /// Goods and delivery.
        pub total: Amount,
        /// Paid by the customer so far.
        pub paid: Amount,
        /// Items.
        pub items_count: i64,
        /// Items per status, as JSON.
        pub item_counts: String,
        /// Items that may be booked now.
        pub ready_items: i64,
        /// Marketplaces of its items, by commas.
        pub marketplaces: String,
        /// Open differences.
        pub open_exceptions: i64,
        /// Bookings whose outcome nobody knows.
        pub open_unknown: i64,
    }
}

macro_rules! columns {
    () => {
        "o.id, o.number, o.created_at, o.customer_code, o.customer_name, o.status, o.currency, o.total, o.paid, o.items_count, o.item_counts, o.ready_items, o.marketplaces, o.open_exceptions, o.open_unknown"
    };
}

record! {
    /// Place of an order in the list.
    pub struct Key {
        /// When the customer ordered.
        pub created_at: Timestamp,
        /// Order.
        pub order_id: i64,
    }
}

impl Key {
    const FIRST: Self = Self {
        created_at: Timestamp(i64::MIN),
        order_id: i64::MIN,
    };
    const LAST: Self = Self {
        created_at: Timestamp(i64::MAX),
        order_id: i64::MAX,
    };

    const fn pair(&self) -> (Timestamp, i64) {
        (self.created_at, self.order_id)
    }
}

/// Which way from the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Toward older orders, the newest of them first.
    Older,
    /// Toward newer orders, the oldest of them first.
    Newer,
}

/// What runs the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Driver {
    /// All orders.
    Orders,
    /// Orders that carry one of these facets.
    Facets(Vec<String>),
    /// Orders found under exactly this term.
    Term(String),
}

/// A page to read.
#[derive(Clone, Debug)]
pub struct Page {
    /// What runs it.
    pub driver: Driver,
    /// What else must hold: of each group the order carries at least one facet.
    pub groups: Vec<Vec<String>>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Where it begins; at the newest order when none.
    pub key: Option<Key>,
    /// Which way.
    pub way: Way,
    /// Orders at most.
    pub limit: i64,
}

/// A statement under construction: its text and its values in step.
#[derive(Default)]
struct Build {
    sql: String,
    args: Vec<Arg>,
}

impl Build {
    fn text(&mut self, fragment: &str) -> &mut Self {
        self.sql.push_str(fragment);
        self
    }

    fn value(&mut self, value: impl Into<Arg>) -> &mut Self {
        self.args.push(value.into());
        self.sql.push_str(&placeholders(self.args.len(), 1));
        self
    }

    fn values(&mut self, values: &[String]) -> &mut Self {
        let list = placeholders(self.args.len() + 1, values.len());
        self.args.extend(values.iter().map(Arg::from));
        self.sql.push_str(&list);
        self
    }

    fn statement(self) -> (Stmt, Vec<Arg>) {
        (Stmt::assembled(self.sql), self.args)
    }
}

impl Page {
    /// The keys of one driving value, in order.
    fn keys(&self, build: &mut Build, value: Option<&str>) {
        let (table, id) = match self.driver {
            Driver::Orders => ("orders", "d.id"),
            Driver::Facets(_) => ("order_facets", "d.order_id"),
            Driver::Term(_) => ("search_terms", "d.order_id"),
        };
        build
            .text("SELECT d.created_at, ")
            .text(id)
            .text(" AS order_id FROM ")
            .text(table)
            .text(" d WHERE ");
        if let Some(value) = value {
            let column = if matches!(self.driver, Driver::Term(_)) {
                "d.term = "
            } else {
                "d.facet = "
            };
            build.text(column).value(value).text(" AND ");
        }
        let (low, high) = self.bounds();
        // The bound that the key moves compares both columns; the other one is a moment alone.
        build
            .text("(d.created_at, ")
            .text(id)
            .text(") > (")
            .value(low.created_at)
            .text(", ")
            .value(low.order_id);
        build
            .text(") AND (d.created_at, ")
            .text(id)
            .text(") < (")
            .value(high.created_at)
            .text(", ")
            .value(high.order_id)
            .text(")");
        for group in &self.groups {
            build
                .text(" AND EXISTS (SELECT 1 FROM order_facets e WHERE e.order_id = ")
                .text(id)
                .text(" AND e.facet IN (");
            build.values(group).text("))");
        }
        build
            .text(" ORDER BY d.created_at")
            .text(self.order())
            .text(", ")
            .text(id)
            .text(self.order())
            .text(" LIMIT ")
            .value(self.limit);
    }

    const fn order(&self) -> &'static str {
        match self.way {
            Way::Older => " DESC",
            Way::Newer => "",
        }
    }

    fn bounds(&self) -> (Key, Key) {
        let mut low = self.from.map_or(Key::FIRST, |at| Key {
            created_at: Timestamp(at.0.saturating_sub(1)),
            order_id: i64::MAX,
        });
        let mut high = self.until.map_or(Key::LAST, |at| Key {
            created_at: at,
            order_id: i64::MIN,
        });
        match (&self.key, self.way) {
            (Some(key), Way::Older) if key.pair() < high.pair() => high = key.clone(),
            (Some(key), Way::Newer) if key.pair() > low.pair() => low = key.clone(),
            _ => {}
        }
        (low, high)
    }

    fn values(&self) -> Vec<Option<&str>> {
        match &self.driver {
            Driver::Orders => vec![None],
            Driver::Term(term) => vec![Some(term)],
            Driver::Facets(facets) => facets.iter().map(|f| Some(f.as_str())).collect(),
        }
    }

    /// The rows of a page whose driver has one value.
    fn rows_statement(&self, value: Option<&str>) -> (Stmt, Vec<Arg>) {
        let mut build = Build::default();
        build.text(concat!("SELECT ", columns!(), " FROM ("));
        self.keys(&mut build, value);
        // CROSS JOIN keeps the order: the keys first, each with its order's row.
        build.text(") page CROSS JOIN orders o WHERE o.id = page.order_id");
        build.statement()
    }

    /// The keys of a page whose driver has several values: as many as could be needed of each.
    fn keys_statement(&self) -> (Stmt, Vec<Arg>) {
        let mut build = Build::default();
        for (index, value) in self.values().into_iter().enumerate() {
            build.text(if index == 0 { "" } else { " UNION ALL " });
            build.text("SELECT page.created_at, page.order_id FROM (");
            self.keys(&mut build, value);
            build.text(") page");
        }
        build.statement()
    }

    /// The number of orders on all pages together, as far as the limit.
    fn count_statement(&self) -> (Stmt, Vec<Arg>) {
        let mut build = Build::default();
        build.text("SELECT count(*) AS n FROM (");
        for (index, value) in self.values().into_iter().enumerate() {
            // UNION takes an order once that carries several of the values.
            build.text(if index == 0 { "" } else { " UNION " });
            build.text("SELECT page.order_id FROM (");
            self.keys(&mut build, value);
            build.text(") page");
        }
        build.text(") counted");
        build.statement()
    }

    /// Every statement that reading this page takes, for the test that looks at their plans.
    #[cfg(test)]
    pub(crate) fn statements(&self) -> Vec<(Stmt, Vec<Arg>)> {
        match self.values().as_slice() {
            [value] => vec![self.rows_statement(*value), self.count_statement()],
            _ => vec![self.keys_statement(), rows_of(&[1, 2, 3])],
        }
    }
}

fn rows_of(ids: &[i64]) -> (Stmt, Vec<Arg>) {
    let sql = format!(
        concat!("SELECT ", columns!(), " FROM orders o WHERE o.id IN ({})"),
        placeholders(1, ids.len())
    );
    (Stmt::assembled(sql), ids.iter().map(Arg::from).collect())
}

/// The keys of several values as one list, without those that came twice.
fn merge(keys: Vec<Key>, way: Way, limit: i64) -> Vec<i64> {
    let pairs: BTreeSet<(Timestamp, i64)> = keys.iter().map(Key::pair).collect();
    let limit = usize::try_from(limit).unwrap_or(0);
    match way {
        Way::Older => pairs
            .into_iter()
            .rev()
            .take(limit)
            .map(|(_, id)| id)
            .collect(),
        Way::Newer => pairs.into_iter().take(limit).map(|(_, id)| id).collect(),
    }
}

/// Reads a page, the newest order first whichever way it was read.
pub async fn page(db: &mut Db, page: &Page) -> Result<Vec<ListRow>, Error> {
    let mut rows: Vec<ListRow> = match page.values().as_slice() {
        [] => Vec::new(),
        [value] => {
            let (stmt, args) = page.rows_statement(*value);
            db.all(&stmt, &args).await?
        }
        _ => {
            let (stmt, args) = page.keys_statement();
            let ids = merge(db.all(&stmt, &args).await?, page.way, page.limit);
            rows_by_ids(db, &ids).await?
        }
    };
    rows.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    Ok(rows)
}

/// Rows of these orders, in no order.
pub async fn rows_by_ids(db: &mut Db, ids: &[i64]) -> Result<Vec<ListRow>, Error> {
    let mut out = Vec::with_capacity(ids.len());
    for part in ids.chunks(200) {
        let (stmt, args) = rows_of(part);
        out.extend(db.all::<ListRow>(&stmt, &args).await?);
    }
    Ok(out)
}

/// How many orders there are on all pages together; stops counting at `page.limit`.
pub async fn count(db: &mut Db, page: &Page) -> Result<i64, Error> {
    let (stmt, args) = page.count_statement();
    let counted: i64 = db.one(&stmt, &args, "count").await?;
    Ok(counted.min(page.limit))
}

/// Is anything found under exactly this term?
pub async fn term_exists(db: &mut Db, term: &str) -> Result<bool, Error> {
    const EXISTS: Stmt = Stmt::both("SELECT order_id FROM search_terms WHERE term = $1 LIMIT 1");
    Ok(db.opt::<i64>(&EXISTS, crate::args![term]).await?.is_some())
}

/// Orders found under exactly this term, at most `limit`.
pub async fn orders_of_term(db: &mut Db, term: &str, limit: i64) -> Result<Vec<i64>, Error> {
    const OF_TERM: Stmt = Stmt::both(
        "SELECT order_id FROM search_terms WHERE term = $1 ORDER BY created_at DESC, order_id DESC LIMIT $2",
    );
    db.all(&OF_TERM, crate::args![term, limit]).await
}

fn beginning_statement(beginning: &str, groups: &[Vec<String>], limit: i64) -> (Stmt, Vec<Arg>) {
    let mut build = Build::default();
    build
        .text("SELECT d.created_at, d.order_id FROM search_terms d WHERE d.term >= ")
        .value(beginning);
    build
        .text(" AND d.term < ")
        .value(format!("{beginning}{}", char::MAX));
    for group in groups {
        build.text(" AND EXISTS (SELECT 1 FROM order_facets e WHERE e.order_id = d.order_id AND e.facet IN (");
        build.values(group).text("))");
    }
    build.text(" LIMIT ").value(limit);
    build.statement()
}

/// Keys of orders with a term that begins so, in no order, some of them several times.
pub async fn keys_by_beginning(
    db: &mut Db,
    beginning: &str,
    groups: &[Vec<String>],
    limit: i64,
) -> Result<Vec<Key>, Error> {
    let (stmt, args) = beginning_statement(beginning, groups, limit);
    db.all(&stmt, &args).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;
    use crate::temporary::{Temporary, plan};

    fn facets(names: &[&str]) -> Vec<String> {
        names.iter().map(|&n| n.to_owned()).collect()
    }

    fn pages() -> Vec<Page> {
        let drivers = [
            Driver::Orders,
            Driver::Facets(facets(&["status:paid"])),
            Driver::Facets(facets(&["status:paid", "status:shipped"])),
            Driver::Facets(facets(&["item:paid", "item:booked", "item:purchased"])),
            Driver::Facets(facets(&["mp:1688"])),
            Driver::Facets(facets(&["ready"])),
            Driver::Facets(facets(&["person"])),
            Driver::Facets(facets(&["to_pay"])),
            Driver::Term("1042".to_owned()),
        ];
        let groups: [Vec<Vec<String>>; 3] = [
            vec![],
            vec![facets(&["item:paid"])],
            vec![
                facets(&["status:paid", "status:shipped"]),
                facets(&["mp:1688"]),
            ],
        ];
        let mut out = Vec::new();
        for driver in &drivers {
            for groups in &groups {
                for key in [
                    None,
                    Some(Key {
                        created_at: Timestamp(5),
                        order_id: 7,
                    }),
                ] {
                    for way in [Way::Older, Way::Newer] {
                        for from in [None, Some(Timestamp(3))] {
                            out.push(Page {
                                driver: driver.clone(),
                                groups: groups.clone(),
                                from,
                                until: from.map(|at| Timestamp(at.0 + 1_000)),
                                key: key.clone(),
                                way,
                                limit: 51,
                            });
                        }
                    }
                }
            }
        }
        out
    }

    /// A line of a plan that tells of a full scan or of a sort.
    fn bad_line(dialect: Dialect, lines: &[String]) -> Option<&String> {
        lines.iter().find(|line| match dialect {
            // The page of keys is bounded by its LIMIT and read once from start to end.
            Dialect::Sqlite => {
                let bounded = line.ends_with("SCAN page") || line.ends_with("SCAN counted");
                (line.contains("SCAN") && !bounded)
                    || line.contains("TEMP B-TREE")
                    || line.contains("AUTOMATIC")
            }
            Dialect::Pg => line.contains("Seq Scan") || line.contains("Sort"),
        })
    }

    #[tokio::test]
    async fn no_filter_scans_a_table_or_sorts() {
        for temporary in Temporary::both().await.unwrap() {
            let mut db = temporary.store.read().await.unwrap();
            let mut statements: Vec<(Stmt, Vec<Arg>)> =
                pages().iter().flat_map(Page::statements).collect();
            statements.push(beginning_statement("ord", &[facets(&["item:paid"])], 10));
            statements.push(beginning_statement("ord", &[], 10));
            for (stmt, args) in statements {
                let lines = plan(&mut db, &stmt, &args).await.unwrap();
                let bad = bad_line(temporary.store.dialect(), &lines);
                assert_eq!(
                    bad,
                    None,
                    "{}\n{}",
                    stmt.text(temporary.store.dialect()),
                    lines.join("\n")
                );
                assert!(!lines.is_empty());
            }
            for slow in [
                "SELECT id FROM orders WHERE total = 'x'",
                "SELECT id FROM orders ORDER BY customer_name",
            ] {
                let lines = plan(&mut db, &Stmt::both(slow), &[]).await.unwrap();
                assert!(
                    bad_line(temporary.store.dialect(), &lines).is_some(),
                    "{lines:?}"
                );
            }
            drop(db);
            temporary.end().await.unwrap();
        }
    }

    #[test]
    fn a_date_and_a_key_bound_the_same_range() {
        let mut page = pages().remove(0);
        page.from = Some(Timestamp(10));
        page.until = Some(Timestamp(20));
        page.way = Way::Older;
        page.key = Some(Key {
            created_at: Timestamp(15),
            order_id: 3,
        });
        let (low, high) = page.bounds();
        assert_eq!(
            (low.pair(), high.pair()),
            ((Timestamp(9), i64::MAX), (Timestamp(15), 3))
        );
        page.key = Some(Key {
            created_at: Timestamp(25),
            order_id: 3,
        });
        assert_eq!(page.bounds().1.pair(), (Timestamp(20), i64::MIN));
    }
}
