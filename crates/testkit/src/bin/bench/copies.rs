//! Many orders out of the first thousand: every row that the application made for them, once more,
//! older and under other numbers. So the large database holds what the operations would have
//! written, without a hundred thousand walks through them. What must be unique is made so; what is
//! searched for follows.

use crate::SMALL;
use crate::bed::Bed;
use crate::seed::SPAN_SECONDS;
use anyhow::Result;
use app::{App, AppError};
use std::sync::Arc;
use store::{Db, Dialect, Stmt, args};

/// Tables that hold rows of orders, each after those that it points to.
const TABLES: &[&str] = &[
    "orders",
    "order_sources",
    "order_facets",
    "payments",
    "items",
    "activities",
    "activity_orders",
    "bookings",
    "booking_lines",
    "purchases",
    "purchase_lines",
    "claims",
    "deliveries",
    "purchase_facets",
    "exceptions",
    "parcels",
    "parcel_items",
    "history",
];
/// Ids of what is there once.
const SHARED: &[&str] = &["session_id", "app_id", "last_session_id", "user_id"];
/// The terms of the first orders, with what each of them is made from.
const TERMS: &str = "CREATE TABLE bench_terms AS SELECT t.term, t.created_at, t.order_id, substr(o.number, 11, 3) AS tail, CASE
      WHEN t.term = lower(o.number) THEN 'number'
      WHEN t.term = substr(o.number, 5) THEN 'digits'
      WHEN t.term = 'ord-' || COALESCE(NULLIF(ltrim(substr(o.number, 5), '0'), ''), '0') THEN 'short'
      WHEN t.term = COALESCE(NULLIF(ltrim(substr(o.number, 5), '0'), ''), '0') THEN 'shortest'
      WHEN t.term = lower(o.customer_code) THEN 'customer'
      WHEN EXISTS (SELECT 1 FROM purchases p WHERE p.marketplace = '1688' AND p.order_number = t.term) THEN 'outside'
      WHEN EXISTS (SELECT 1 FROM deliveries d WHERE lower(d.tracking) = t.term) THEN 'outside'
      WHEN EXISTS (SELECT 1 FROM parcels p WHERE lower(p.tracking) = t.term) THEN 'outside'
      ELSE 'same' END AS kind
    FROM search_terms t JOIN orders o ON o.id = t.order_id";

/// What a column of a copy is made from.
fn value(table: &str, column: &str, copy: i64, ids: i64) -> String {
    let older = copy * SPAN_SECONDS * 1_000_000;
    match (table, column) {
        ("orders", "number") => format!("'ORD-{copy:06}' || substr(number, 11, 3)"),
        ("orders", "customer_code") => format!("customer_code || '-{copy}'"),
        ("orders" | "order_facets", "created_at") => format!("created_at - {older}"),
        (_, "request_id" | "reference" | "subject") => format!("{column} || '-{copy}'"),
        (_, "order_number" | "tracking") => {
            format!("CASE WHEN {column} = '' THEN '' ELSE {column} || '{copy:02}' END")
        }
        (_, id) if moves(id) => format!("{id} - {}", copy * ids),
        (_, same) => same.to_owned(),
    }
}

fn moves(column: &str) -> bool {
    column == "id"
        || column == "successor_of"
        || (column.ends_with("_id") && column != "request_id" && !SHARED.contains(&column))
}

fn terms(copy: i64, ids: i64) -> String {
    let older = copy * SPAN_SECONDS * 1_000_000;
    format!(
        "INSERT INTO search_terms (term, created_at, order_id) SELECT CASE kind
           WHEN 'number' THEN 'ord-{copy:06}' || tail WHEN 'digits' THEN '{copy:06}' || tail WHEN 'short' THEN 'ord-{copy}' || tail WHEN 'shortest' THEN '{copy}' || tail
           WHEN 'customer' THEN term || '-{copy}' WHEN 'outside' THEN term || '{copy:02}' ELSE term END,
         created_at - {older}, order_id - {} FROM bench_terms",
        copy * ids
    )
}

/// Makes `times` times as many orders as there are.
pub async fn multiply(bed: &Bed, times: i64) -> Result<()> {
    eprintln!("Copying them to {} orders …", times * SMALL);
    let app = bed.app().await?;
    let (low, high, tables) = {
        let mut db = app.store.read().await?;
        let low: i64 = db
            .one(&Stmt::both("SELECT min(id) FROM orders"), args![], "id")
            .await?;
        let mut high = 0;
        for table in TABLES.iter().filter(|table| **table != "parcel_items") {
            let columns = columns(&mut db, table).await?;
            if columns.iter().any(|column| column == "id") {
                let last: Option<i64> = db
                    .opt(
                        &Stmt::assembled(format!("SELECT COALESCE(max(id), 0) FROM {table}")),
                        args![],
                    )
                    .await?;
                high = high.max(last.unwrap_or(0));
            }
        }
        let mut tables = Vec::new();
        for table in TABLES {
            tables.push((*table, columns(&mut db, table).await?));
        }
        (low, high, tables)
    };
    run(&app, vec![TERMS.to_owned()]).await?;
    let ids = high - low + 1;
    for copy in 1..times {
        let mut statements: Vec<String> = tables
            .iter()
            .map(|(table, columns)| copied(table, columns, copy, ids, (low, high)))
            .collect();
        statements.push(terms(copy, ids));
        run(&app, statements).await?;
        if copy % 10 == 0 {
            eprintln!("  {}", copy * SMALL);
        }
    }
    let mut last = vec!["DROP TABLE bench_terms".to_owned()];
    if app.store.dialect() == Dialect::Pg {
        // As its own housekeeping would by and by.
        last.push("ANALYZE".to_owned());
    }
    run(&app, last).await?;
    app.store
        .write::<_, AppError, _>(|db| {
            Box::pin(async move { Ok(store::pushes::fold_counts(db).await?) })
        })
        .await?;
    app.store.close().await;
    Ok(())
}

async fn columns(db: &mut Db, table: &str) -> Result<Vec<String>> {
    let sql = match db.dialect() {
        Dialect::Sqlite => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
        Dialect::Pg => format!(
            "SELECT column_name::TEXT FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"
        ),
    };
    Ok(db.all(&Stmt::assembled(sql), args![]).await?)
}

fn copied(table: &str, columns: &[String], copy: i64, ids: i64, first: (i64, i64)) -> String {
    let values: Vec<String> = columns
        .iter()
        .map(|column| value(table, column, copy, ids))
        .collect();
    let own = columns
        .iter()
        .find(|column| moves(column))
        .map_or("id", String::as_str);
    format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {table} WHERE {own} BETWEEN {} AND {}",
        columns.join(", "),
        values.join(", "),
        first.0,
        first.1
    )
}

async fn run(app: &App, statements: Vec<String>) -> Result<()> {
    let statements = Arc::new(statements);
    app.store
        .write::<_, AppError, _>(move |db| {
            let statements = statements.clone();
            Box::pin(async move {
                for sql in statements.iter() {
                    db.exec(&Stmt::assembled(sql.clone()), args![]).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(())
}
