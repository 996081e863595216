//! The list of orders against a plain look at every order.

use crate::desk::{Desk, on_both, order_json};
use app::order::{self, ListFilter, ListPlace, ListTab, Total};
use domain::{ItemStatus, OrderStatus};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::orders::OrderRow;
use world::Timestamp;

const STATUSES: [&str; 6] = [
    "paid",
    "awaiting_payment",
    "purchased",
    "at_warehouse",
    "shipped",
    "cancelled",
];

/// Sixty orders, some of them made at the same moment.
async fn fill(desk: &Desk) -> Vec<(OrderRow, BTreeSet<ItemStatus>, BTreeSet<String>)> {
    let mut orders = Vec::new();
    for n in 0..60_usize {
        let mut order = order_json(&format!("ORD-{:09}", n + 1), &[1, 2], json!({}));
        order["created_at"] = json!(format!("2026-11-{:02}T10:00:00Z", 1 + n / 4));
        order["customer"]["code"] = json!(format!("C{}", n % 7));
        order["items"][0]["status"] = json!(STATUSES[n % STATUSES.len()]);
        order["items"][1]["status"] = json!(STATUSES[(n / 2) % STATUSES.len()]);
        order["items"][1]["marketplace"] = json!(if n % 3 == 0 { "taobao" } else { "1688" });
        orders.push(order);
    }
    let report = order::import(&desk.ctx, &Value::from(orders).to_string())
        .await
        .unwrap();
    assert!(report.is_good());
    let mut out = Vec::new();
    for n in 0..60 {
        let number = format!("ORD-{:09}", n + 1);
        let items = desk.items(&number).await;
        let statuses = items.iter().map(|i| i.status).collect();
        let marketplaces = items.iter().map(|i| i.marketplace.clone()).collect();
        out.push((desk.order_row(&number).await, statuses, marketplaces));
    }
    out.sort_by_key(|(row, ..)| std::cmp::Reverse((row.created_at, row.id)));
    out
}

fn filters() -> Vec<ListFilter> {
    let mut out = Vec::new();
    for tab in [ListTab::All, ListTab::Ready, ListTab::Person] {
        for statuses in [
            vec![],
            vec![OrderStatus::Paid],
            vec![OrderStatus::Paid, OrderStatus::PartlyShipped],
        ] {
            for items in [
                vec![],
                vec![ItemStatus::Cancelled],
                vec![ItemStatus::Paid, ItemStatus::Shipped, ItemStatus::Purchased],
            ] {
                for marketplaces in [vec![], vec!["taobao".to_owned()]] {
                    for days in [None, Some((5, 11))] {
                        for search in ["", "C3", "ord-00000001", "nothing"] {
                            out.push(ListFilter {
                                tab,
                                statuses: statuses.clone(),
                                item_statuses: items.clone(),
                                marketplaces: marketplaces.clone(),
                                from: days.map(|(from, _)| day(from)),
                                until: days.map(|(_, until)| day(until)),
                                search: search.to_owned(),
                            });
                        }
                    }
                }
            }
        }
    }
    out
}

fn day(n: i64) -> Timestamp {
    // 2026-11-01 10:00 UTC is an order's moment, so the bounds fall exactly on orders.
    Timestamp(1_793_527_200_000_000).plus_seconds((n - 1) * 86_400)
}

fn fits(
    filter: &ListFilter,
    (row, items, marketplaces): &(OrderRow, BTreeSet<ItemStatus>, BTreeSet<String>),
) -> bool {
    let tab = match filter.tab {
        ListTab::All => true,
        ListTab::Ready => row.ready_items > 0,
        ListTab::Person | ListTab::ToPay => false,
    };
    let search = filter.search.to_lowercase();
    tab && (filter.statuses.is_empty() || filter.statuses.contains(&row.status))
        && (filter.item_statuses.is_empty()
            || filter.item_statuses.iter().any(|s| items.contains(s)))
        && (filter.marketplaces.is_empty()
            || filter.marketplaces.iter().any(|m| marketplaces.contains(m)))
        && filter.from.is_none_or(|from| row.created_at >= from)
        && filter.until.is_none_or(|until| row.created_at < until)
        && (search.is_empty()
            || row.customer_code.to_lowercase() == search
            || row.number.to_lowercase().starts_with(&search))
}

#[tokio::test]
async fn every_filter_gives_exactly_its_orders_in_both_directions() {
    on_both(|desk| async move {
        let all = fill(&desk).await;
        for filter in filters() {
            let wanted: Vec<&str> = all
                .iter()
                .filter(|order| fits(&filter, order))
                .map(|(row, ..)| row.number.as_str())
                .collect();
            let (mut older, mut place, mut last) = (Vec::new(), ListPlace::Newest, None);
            for _ in 0..20 {
                let page = order::list(&desk.app, &filter, place, 7).await.unwrap();
                assert!(page.rows.len() <= 7);
                older.extend(page.rows.iter().map(|row| row.number.clone()));
                last = page.newer;
                let Some(next) = page.older else { break };
                place = ListPlace::Older(next);
            }
            assert_eq!(older, wanted, "{filter:?}");
            // Back from the last page to the first.
            let mut newer: Vec<String> = Vec::new();
            while let Some(cursor) = last {
                let page = order::list(&desk.app, &filter, ListPlace::Newer(cursor), 7)
                    .await
                    .unwrap();
                assert!(!page.rows.is_empty() && page.older.is_some());
                newer.splice(0..0, page.rows.iter().map(|row| row.number.clone()));
                last = page.newer;
            }
            assert!(
                wanted.starts_with(&newer.iter().map(String::as_str).collect::<Vec<_>>()),
                "{filter:?}"
            );
            assert!(newer.len() + 7 >= wanted.len(), "{filter:?}");
            let count = i64::try_from(wanted.len()).unwrap();
            let counts = order::counts(&desk.app).await.unwrap();
            assert_eq!(
                order::list_total(&desk.app, &filter, &counts)
                    .await
                    .unwrap(),
                Total::Exactly(count),
                "{filter:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn counters_count() {
    on_both(|desk| async move {
        let all = fill(&desk).await;
        let (a, b) = (all[0].0.number.clone(), all[1].0.number.clone());
        order::end(
            &desk.ctx,
            order::End {
                number: a,
                end: domain::OrderEnd::Closed,
                reason: String::new(),
            },
        )
        .await
        .unwrap();
        order::end(
            &desk.ctx,
            order::End {
                number: b.clone(),
                end: domain::OrderEnd::Closed,
                reason: String::new(),
            },
        )
        .await
        .unwrap();
        order::reopen(&desk.ctx, &b).await.unwrap();
        for fold in [false, true] {
            if fold {
                desk.app
                    .store
                    .write::<_, app::AppError, _>(|db| {
                        Box::pin(async move { Ok(store::pushes::fold_counts(db).await?) })
                    })
                    .await
                    .unwrap();
            }
            let counts = order::counts(&desk.app).await.unwrap();
            assert_eq!(
                (counts.tab(ListTab::All), counts.status(OrderStatus::Closed)),
                (60, 1)
            );
            let sum: i64 = OrderStatus::ALL.into_iter().map(|s| counts.status(s)).sum();
            assert_eq!(sum, 60);
            assert_eq!(
                counts.marketplaces().collect::<Vec<_>>(),
                [("1688", 60), ("taobao", 20)]
            );
        }
    })
    .await;
}
