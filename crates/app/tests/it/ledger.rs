//! Whatever people and programs do to the units of an item, in any order: every counter equals its
//! live claims, and no unit is lost or made.

use crate::desk::{Desk, on_both};
use app::item::{self, Correct, Split};
use domain::PurchaseStatus;
use domain::item_status::Freed;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

#[derive(Clone, Copy, Debug)]
enum Step {
    Reserve(i64),
    Cover(i64),
    Split(i64),
    Quantity(i64),
    Free,
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let step = prop_oneof![
        (1_i64..4).prop_map(Step::Reserve),
        (1_i64..4).prop_map(Step::Cover),
        (1_i64..6).prop_map(Step::Split),
        (1_i64..12).prop_map(Step::Quantity),
        Just(Step::Free),
    ];
    prop::collection::vec((0_usize..4, step), 1..14)
}

/// Does one step on the item at `index`; gives by how much the units of the order changed.
async fn act(desk: &Desk, number: &str, session: i64, (index, step): (usize, Step)) -> i64 {
    let items = desk.items(number).await;
    let item = &items[index % items.len()];
    match step {
        Step::Reserve(units) if units <= item.free() => {
            desk.reserve(session, item, units).await;
        }
        Step::Cover(units) if units <= item.free() => {
            desk.cover(session, item, units, PurchaseStatus::ToPay)
                .await;
        }
        Step::Split(quantity) => {
            // Refusals are part of it: they must change nothing.
            let _ = item::split(
                &desk.ctx,
                Split {
                    item: item.id,
                    version: item.version,
                    quantity,
                },
            )
            .await;
        }
        Step::Quantity(quantity) => {
            let wanted = Correct {
                item: item.id,
                version: item.version,
                goods: item.item.clone(),
                specification: item.specification.clone().unwrap_or_default(),
                seller: item.seller.clone().unwrap_or_default(),
                seller_name: item.seller_name.clone(),
                quantity,
                expected_fen: item.expected_fen,
            };
            if item::correct(&desk.ctx, wanted).await.is_ok() {
                return quantity - item.quantity;
            }
        }
        Step::Free => desk.free(item.id, Freed::Unbound).await,
        Step::Reserve(_) | Step::Cover(_) => {}
    }
    0
}

#[tokio::test]
async fn no_unit_is_lost_or_made() {
    on_both(|desk| async move {
        let session = desk.session().await;
        let mut runner = TestRunner::deterministic();
        for case in 1..=24 {
            let number = format!("ORD-{case}");
            desk.order(&number, &[7, 3]).await;
            let mut units = 10;
            for step in steps().new_tree(&mut runner).unwrap().current() {
                units += act(&desk, &number, session, step).await;
                let items = desk.items(&number).await;
                assert_eq!(
                    items.iter().map(|i| i.quantity).sum::<i64>(),
                    units,
                    "{step:?}"
                );
                desk.assert_ledger().await;
            }
            let row = desk.order_row(&number).await;
            let items = desk.items(&number).await;
            assert_eq!(usize::try_from(row.items_count).unwrap(), items.len());
            let ready = items
                .iter()
                .filter(|i| i.status.may_be_booked() && i.free() > 0)
                .count();
            assert_eq!(usize::try_from(row.ready_items).unwrap(), ready);
        }
    })
    .await;
}
