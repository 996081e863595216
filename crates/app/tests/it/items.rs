//! People handle items: status, split, correction, weight and comments.

use crate::desk::{on_both, refusal, statuses};
use app::AppError;
use app::item::{self, ChangeStatus, Correct, Edit, Split};
use app::order;
use domain::{Fen, ItemStatus, PurchaseStatus};
use store::items::ItemRow;

fn change(items: &[i64], to: ItemStatus) -> ChangeStatus {
    ChangeStatus {
        number: "ORD-1".to_owned(),
        items: items.to_vec(),
        to,
        reason: String::new(),
        note: String::new(),
    }
}

#[tokio::test]
async fn all_of_the_chosen_items_move_or_none() {
    on_both(|desk| async move {
        let (_, items) = desk.order("ORD-1", &[1, 2]).await;
        let ids = [items[0].id, items[1].id];
        let session = desk.session().await;
        desk.cover(session, &items[1], 1, PurchaseStatus::ToPay)
            .await;
        let message =
            refusal(item::change_status(&desk.ctx, change(&ids, ItemStatus::Cancelled)).await);
        assert_eq!(
            (
                message.key.as_str(),
                message.args["item"].as_str(),
                message.args["covered"].as_str()
            ),
            ("item-move-units_taken", "№ 1-2", "1")
        );
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::Paid, ItemStatus::Paid]
        );
        item::change_status(&desk.ctx, change(&ids[..1], ItemStatus::Cancelled))
            .await
            .unwrap();
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::Cancelled, ItemStatus::Paid]
        );
        assert!(matches!(
            item::change_status(&desk.ctx, change(&[1], ItemStatus::Paid)).await,
            Err(AppError::NotFound("item"))
        ));
        assert_eq!(
            refusal(item::change_status(&desk.ctx, change(&[], ItemStatus::Paid)).await).key,
            "items-choose"
        );
        let page = order::page(&desk.app, "ORD-1").await.unwrap();
        assert!(
            page.items[0].moves.is_empty(),
            "nothing leads out of a cancelled item"
        );
        assert!(page.moves_of(&ids).is_empty());
    })
    .await;
}

#[tokio::test]
async fn bought_elsewhere_needs_a_note_and_a_step_back_a_reason() {
    on_both(|desk| async move {
        let (_, items) = desk.order("ORD-1", &[1]).await;
        let ids = [items[0].id];
        assert_eq!(
            refusal(item::change_status(&desk.ctx, change(&ids, ItemStatus::Purchased)).await).key,
            "item-move-needs_note"
        );
        let noted = ChangeStatus {
            note: "market stall 14".to_owned(),
            ..change(&ids, ItemStatus::Purchased)
        };
        item::change_status(&desk.ctx, noted).await.unwrap();
        let item = desk.item(ids[0]).await;
        assert_eq!(
            (
                item.status,
                item.status_by_person,
                item.bought_elsewhere.as_deref()
            ),
            (ItemStatus::Purchased, true, Some("market stall 14"))
        );
        assert_eq!(
            refusal(item::change_status(&desk.ctx, change(&ids, ItemStatus::Paid)).await).key,
            "item-move-not_from_here"
        );
        item::change_status(&desk.ctx, change(&ids, ItemStatus::AtWarehouse))
            .await
            .unwrap();
        assert_eq!(
            refusal(
                item::change_status(&desk.ctx, change(&ids, ItemStatus::ShippedBySeller)).await
            )
            .key,
            "item-move-needs_reason"
        );
        let reasoned = ChangeStatus {
            reason: "wrong box".to_owned(),
            ..change(&ids, ItemStatus::ShippedBySeller)
        };
        item::change_status(&desk.ctx, reasoned).await.unwrap();
        assert_eq!(
            refusal(
                item::change_status(&desk.ctx, change(&ids, ItemStatus::ShippedBySeller)).await
            )
            .key,
            "item-move-same_status"
        );
    })
    .await;
}

fn split(item: &ItemRow, quantity: i64) -> Split {
    Split {
        item: item.id,
        version: item.version,
        quantity,
    }
}

#[tokio::test]
async fn allocations_go_with_their_units() {
    on_both(|desk| async move {
        let (_, items) = desk.order("ORD-1", &[5]).await;
        let session = desk.session().await;
        desk.cover(session, &items[0], 3, PurchaseStatus::Sent)
            .await;
        let item = desk.item(items[0].id).await;
        // Two free units and one covered one go.
        let new = item::split(&desk.ctx, split(&item, 3)).await.unwrap();
        let (old, new) = (desk.item(item.id).await, desk.item(new).await);
        assert_eq!(
            (old.quantity, old.units_taken, old.status),
            (2, 2, ItemStatus::ShippedBySeller)
        );
        assert_eq!(
            (new.quantity, new.units_taken, new.status, new.position),
            (3, 1, ItemStatus::Paid, 2)
        );
        desk.assert_ledger().await;
        assert_eq!(
            refusal(item::split(&desk.ctx, split(&item, 1)).await).key,
            "item-changed_meanwhile"
        );
        for quantity in [0, -1, 3, i64::MAX] {
            assert_eq!(
                refusal(item::split(&desk.ctx, split(&new, quantity)).await).key,
                "item-split_range"
            );
        }
        // What one booking holds goes as a whole or stays.
        desk.reserve(session, &new, 2).await;
        let new = desk.item(new.id).await;
        let third = item::split(&desk.ctx, split(&new, 2)).await.unwrap();
        let third = desk.item(third).await;
        assert_eq!(
            (
                third.quantity,
                third.units_taken,
                desk.item(new.id).await.units_taken
            ),
            (2, 2, 1)
        );
        assert_eq!(
            refusal(item::split(&desk.ctx, split(&third, 1)).await).key,
            "item-split_reserved"
        );
        assert!(
            desk.history("ORD-1")
                .await
                .contains(&"item_split".to_owned())
        );
        desk.assert_ledger().await;
    })
    .await;
}

fn correction(item: &ItemRow) -> Correct {
    Correct {
        item: item.id,
        version: item.version,
        goods: item.item.clone(),
        specification: item.specification.clone().unwrap_or_default(),
        seller: item.seller.clone().unwrap_or_default(),
        seller_name: item.seller_name.clone(),
        quantity: item.quantity,
        expected_fen: item.expected_fen,
    }
}

#[tokio::test]
async fn a_correction_keeps_what_the_customer_ordered() {
    on_both(|desk| async move {
        let (order, items) = desk.order("ORD-1", &[4]).await;
        assert!(
            !item::correct(&desk.ctx, correction(&items[0]))
                .await
                .unwrap()
        );
        let wanted = Correct {
            goods: "https://detail.1688.com/offer/990.html?x=1".to_owned(),
            specification: String::new(),
            expected_fen: Some(Fen(900)),
            ..correction(&items[0])
        };
        assert!(item::correct(&desk.ctx, wanted.clone()).await.unwrap());
        assert!(
            !item::correct(&desk.ctx, wanted).await.unwrap(),
            "a second press finds it done"
        );
        let item = desk.item(items[0].id).await;
        assert_eq!(
            (item.item.as_str(), item.specification.as_deref()),
            ("990", None)
        );
        assert_eq!(item::original(&item).unwrap().item, "77000");
        assert_eq!(order.total.as_text(), "12.00");

        let session = desk.session().await;
        desk.cover(session, &item, 2, PurchaseStatus::ToPay).await;
        let item = desk.item(item.id).await;
        let other = Correct {
            goods: "991".to_owned(),
            ..correction(&item)
        };
        assert_eq!(
            refusal(item::correct(&desk.ctx, other).await).key,
            "item-correct_taken"
        );
        let fewer = Correct {
            quantity: 1,
            ..correction(&item)
        };
        assert_eq!(
            refusal(item::correct(&desk.ctx, fewer).await).key,
            "item-correct_below_taken"
        );
        let three = Correct {
            quantity: 3,
            ..correction(&item)
        };
        item::correct(&desk.ctx, three).await.unwrap();
        let item = desk.item(item.id).await;
        assert_eq!(
            (item.quantity, item::original(&item).unwrap().quantity),
            (3, 4)
        );
        assert_eq!(desk.order_row("ORD-1").await.total.as_text(), "9.50");
        // With two units only nothing is free any more, and the item is booked.
        let two = Correct {
            quantity: 2,
            ..correction(&item)
        };
        item::correct(&desk.ctx, two).await.unwrap();
        let item = desk.item(item.id).await;
        assert_eq!(item.status, ItemStatus::Booked);
        assert_eq!(
            refusal(
                item::correct(
                    &desk.ctx,
                    Correct {
                        quantity: 5,
                        ..correction(&item)
                    }
                )
                .await
            )
            .key,
            "item-correct_too_late"
        );
        for (spoiled, key) in [
            (
                Correct {
                    goods: String::new(),
                    ..correction(&item)
                },
                "item-id_form",
            ),
            (
                Correct {
                    goods: "a b".to_owned(),
                    ..correction(&item)
                },
                "item-id_form",
            ),
            (
                Correct {
                    quantity: 0,
                    ..correction(&item)
                },
                "item-quantity_range",
            ),
            (
                Correct {
                    expected_fen: Some(Fen(-1)),
                    ..correction(&item)
                },
                "item-price_range",
            ),
            (
                Correct {
                    seller_name: "x".repeat(201),
                    ..correction(&item)
                },
                "error-too_long",
            ),
        ] {
            assert_eq!(refusal(item::correct(&desk.ctx, spoiled).await).key, key);
        }
        desk.assert_ledger().await;
    })
    .await;
}

#[tokio::test]
async fn weight_and_comment_are_written_on_several_items() {
    on_both(|desk| async move {
        let (_, items) = desk.order("ORD-1", &[1, 2]).await;
        let ids: Vec<i64> = items.iter().map(|i| i.id).collect();
        let wanted = Edit {
            number: "ORD-1".to_owned(),
            items: ids,
            weight_g: Some(500),
            comment: Some(" fragile ".to_owned()),
        };
        item::edit(&desk.ctx, wanted.clone()).await.unwrap();
        item::edit(&desk.ctx, wanted.clone()).await.unwrap();
        assert_eq!(desk.order_row("ORD-1").await.weight_g, Some(1_500));
        assert!(
            desk.items("ORD-1")
                .await
                .iter()
                .all(|i| i.comment_operator == "fragile")
        );
        assert_eq!(desk.history("ORD-1").await.len(), 5);
        assert_eq!(
            refusal(
                item::edit(
                    &desk.ctx,
                    Edit {
                        weight_g: Some(-1),
                        ..wanted
                    }
                )
                .await
            )
            .key,
            "item-weight_range"
        );
    })
    .await;
}

#[tokio::test]
async fn the_rest_of_an_item_may_be_bought_elsewhere() {
    on_both(|desk| async move {
        let (_, items) = desk.order("ORD-1", &[3]).await;
        let session = desk.session().await;
        desk.cover(session, &items[0], 1, PurchaseStatus::Sent)
            .await;
        let noted = ChangeStatus {
            note: "market stall 14".to_owned(),
            ..change(&[items[0].id], ItemStatus::Purchased)
        };
        item::change_status(&desk.ctx, noted).await.unwrap();
        let item = desk.item(items[0].id).await;
        assert_eq!(item.bought_elsewhere.as_deref(), Some("market stall 14"));
        assert_eq!((item.status, item.free()), (ItemStatus::Purchased, 2));
        assert_eq!(desk.order_row("ORD-1").await.ready_items, 0);
    })
    .await;
}
