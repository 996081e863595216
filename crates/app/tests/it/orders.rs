//! What follows from the units of an order; payments; ending it.

use crate::desk::{on_both, order_json, refusal, statuses};
use app::order::{self, End, RecordPayment};
use domain::item_status::Freed;
use domain::{ItemStatus, OrderEnd, OrderStatus, PurchaseStatus};
use serde_json::json;

#[tokio::test]
async fn items_follow_their_units_and_the_order_follows_its_items() {
    on_both(|desk| async move {
        let (order, items) = desk.order("ORD-1", &[3, 1]).await;
        let session = desk.session().await;
        desk.reserve(session, &items[0], 2).await;
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::Paid, ItemStatus::Paid]
        );
        assert_eq!(desk.order_row("ORD-1").await.ready_items, 2);

        let (purchase, _) = desk
            .cover(session, &items[1], 1, PurchaseStatus::ToPay)
            .await;
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::Paid, ItemStatus::Booked]
        );
        let row = desk.order_row("ORD-1").await;
        assert_eq!((row.status, row.ready_items), (OrderStatus::InPurchase, 1));
        assert_eq!(row.item_counts, r#"{"booked":1,"paid":1}"#);
        assert_eq!(
            desk.facets("ORD-1").await,
            [
                "item:booked",
                "item:paid",
                "mp:1688",
                "ready",
                "status:in_purchase",
                "to_pay"
            ]
        );

        desk.read_purchase(purchase, order.id, PurchaseStatus::PaidToSeller)
            .await;
        assert_eq!(desk.items("ORD-1").await[1].status, ItemStatus::Purchased);
        assert!(!desk.facets("ORD-1").await.contains(&"to_pay".to_owned()));
        let before = desk.order_row("ORD-1").await.version;
        desk.read_purchase(purchase, order.id, PurchaseStatus::PaidToSeller)
            .await;
        assert_eq!(
            desk.order_row("ORD-1").await.version,
            before,
            "settling again writes nothing"
        );

        desk.free(items[1].id, Freed::ClosedUnpaid).await;
        let item = desk.item(items[1].id).await;
        assert_eq!(item.status, ItemStatus::Paid);
        assert!(item.note.unwrap().contains("item-freed-closed_unpaid"));
        // Booked again, the reason goes.
        desk.reserve(session, &items[1], 1).await;
        assert_eq!(desk.item(items[1].id).await.note, None);
        desk.assert_ledger().await;
        assert_eq!(
            desk.history("ORD-1").await,
            [
                "imported",
                "item_status",
                "order_status",
                "item_status",
                "item_status",
                "order_status"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn an_order_is_found_under_all_its_numbers_and_names() {
    on_both(|desk| async move {
        let (_, items) = desk.order("ORD-000000053", &[1]).await;
        let session = desk.session().await;
        let (purchase, _) = desk
            .cover(session, &items[0], 1, PurchaseStatus::Sent)
            .await;
        let number = format!("5{purchase}");
        let searches = [
            "ORD-000000053",
            "ord-53",
            "53",
            "1042",
            "ИВАН петров",
            "Петров",
            "петр",
            "77000",
            number.as_str(),
            &number[..10],
        ];
        for search in searches {
            let filter = order::ListFilter {
                search: search.to_owned(),
                ..order::ListFilter::default()
            };
            let list = order::list(&desk.app, &filter, order::ListPlace::Newest, 50)
                .await
                .unwrap();
            assert_eq!(list.rows.len(), 1, "{search}");
        }
        for search in ["ORD-000000053", " ord-53", "53", "№ 53-1", "ORD-53-1"] {
            assert_eq!(
                order::named(&desk.app, search).await.unwrap().as_deref(),
                Some("ORD-000000053"),
                "{search}"
            );
        }
        for search in [
            "5",
            "77000",
            "ord-5",
            "XYZ-53",
            "",
            "'; DROP TABLE orders; --",
        ] {
            assert_eq!(
                order::named(&desk.app, search).await.unwrap(),
                None,
                "{search}"
            );
        }
        // Of two orders with the same digits neither is meant by the digits alone.
        desk.order("XYZ-53", &[1]).await;
        assert_eq!(order::named(&desk.app, "53").await.unwrap(), None);
        assert_eq!(
            order::page(&desk.app, "XYZ-53").await.unwrap().items[0].number,
            "№ XYZ-53-1"
        );
        // The purchase is gone, and still leads here.
        desk.free(items[0].id, Freed::Unbound).await;
        let filter = order::ListFilter {
            search: number,
            ..order::ListFilter::default()
        };
        assert_eq!(
            order::list(&desk.app, &filter, order::ListPlace::Newest, 50)
                .await
                .unwrap()
                .rows
                .len(),
            1
        );
    })
    .await;
}

fn pay(amount: &str, request: &str) -> RecordPayment {
    RecordPayment {
        number: "ORD-1".to_owned(),
        amount: amount.to_owned(),
        note: "bank".to_owned(),
        request_id: request.to_owned(),
    }
}

#[tokio::test]
async fn a_double_click_is_one_payment() {
    on_both(|desk| async move {
        desk.import(&order_json("ORD-1", &[4], json!({ "paid": "0" })))
            .await;
        let (a, b) = tokio::join!(
            order::payment(&desk.ctx, pay("7", "request-1")),
            order::payment(&desk.ctx, pay("7", "request-1"))
        );
        assert_eq!(i32::from(a.unwrap().fresh) + i32::from(b.unwrap().fresh), 1);
        assert_eq!(desk.order_row("ORD-1").await.paid.as_text(), "7");
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::AwaitingPayment]
        );
        assert_eq!(
            refusal(order::payment(&desk.ctx, pay("8", "request-1")).await).key,
            "payment-request_used"
        );
        order::payment(&desk.ctx, pay("5.00", "request-2"))
            .await
            .unwrap();
        assert_eq!(statuses(&desk.items("ORD-1").await), [ItemStatus::Paid]);
        assert_eq!(desk.order_row("ORD-1").await.status, OrderStatus::Paid);
        order::payment(&desk.ctx, pay("−2", "request-3"))
            .await
            .unwrap();
        assert_eq!(desk.order_row("ORD-1").await.paid.as_text(), "10.00");
        for (amount, key) in [
            ("", "payment-amount_form"),
            ("x", "payment-amount_form"),
            ("1,5", "payment-amount_form"),
            ("0.00", "payment-amount_zero"),
            ("-10.01", "payment-more_back"),
        ] {
            assert_eq!(
                refusal(order::payment(&desk.ctx, pay(amount, "request-4")).await).key,
                key,
                "{amount}"
            );
        }
        assert_eq!(
            refusal(order::payment(&desk.ctx, pay("1", "short")).await).key,
            "error-request_id"
        );
        assert!(
            order::payment(
                &desk.ctx,
                RecordPayment {
                    number: "ORD-2".to_owned(),
                    ..pay("1", "request-5")
                }
            )
            .await
            .is_err()
        );
        assert_eq!(
            desk.history("ORD-1")
                .await
                .iter()
                .filter(|k| k.starts_with("payment_"))
                .count(),
            3
        );
    })
    .await;
}

#[tokio::test]
async fn an_order_ends_only_when_nothing_of_it_is_under_way() {
    on_both(|desk| async move {
        let end = |end| End {
            number: "ORD-1".to_owned(),
            end,
            reason: "asked for".to_owned(),
        };
        let (_, items) = desk.order("ORD-1", &[2]).await;
        let session = desk.session().await;
        desk.reserve(session, &items[0], 1).await;
        assert_eq!(
            refusal(order::end(&desk.ctx, end(OrderEnd::Closed)).await).key,
            "order-end_reserved"
        );
        desk.free(items[0].id, Freed::Withdrawn).await;
        desk.cover(session, &items[0], 1, PurchaseStatus::ToPay)
            .await;
        assert_eq!(
            refusal(order::end(&desk.ctx, end(OrderEnd::Cancelled)).await).key,
            "order-end_covered"
        );
        desk.free(items[0].id, Freed::Unbound).await;
        order::end(&desk.ctx, end(OrderEnd::Cancelled))
            .await
            .unwrap();
        let row = desk.order_row("ORD-1").await;
        assert_eq!((row.status, row.ready_items), (OrderStatus::Cancelled, 0));
        assert_eq!(
            refusal(order::end(&desk.ctx, end(OrderEnd::Cancelled)).await).key,
            "order-end_already"
        );
        order::reopen(&desk.ctx, "ORD-1").await.unwrap();
        assert_eq!(desk.order_row("ORD-1").await.status, OrderStatus::Paid);
        assert_eq!(desk.order_row("ORD-1").await.ready_items, 1);
        assert_eq!(
            refusal(order::reopen(&desk.ctx, "ORD-1").await).key,
            "order-not_ended"
        );
    })
    .await;
}

#[tokio::test]
async fn two_who_change_items_of_one_order_take_turns() {
    on_both(|desk| async move {
        let (_, items) = desk.order("ORD-1", &[1, 1, 1, 1]).await;
        let session = desk.session().await;
        tokio::join!(
            desk.cover(session, &items[0], 1, PurchaseStatus::Sent),
            desk.cover(session, &items[1], 1, PurchaseStatus::Sent),
            desk.cover(session, &items[2], 1, PurchaseStatus::Sent),
            desk.cover(session, &items[3], 1, PurchaseStatus::Sent),
        );
        let row = desk.order_row("ORD-1").await;
        assert_eq!(
            (row.status, row.item_counts.as_str()),
            (OrderStatus::Purchased, r#"{"shipped_by_seller":4}"#)
        );
        assert_eq!(
            desk.facets("ORD-1").await,
            ["item:shipped_by_seller", "mp:1688", "status:purchased"]
        );
        desk.assert_ledger().await;
    })
    .await;
}
