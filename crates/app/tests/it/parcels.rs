//! Parcels are filled, sent, and bring their items along.

use crate::desk::{Desk, on_both, refusal, statuses};
use app::item::{self, ChangeStatus};
use app::order;
use app::parcel::{self, CreateParcel, EditParcel, MoveItems, ParcelStatus, To};
use domain::ItemStatus;
use std::sync::atomic::{AtomicU32, Ordering};

/// An order whose items are at the warehouse.
async fn arrived(desk: &Desk, quantities: &[i64]) -> Vec<i64> {
    let (_, items) = desk.order("ORD-1", quantities).await;
    let ids: Vec<i64> = items.iter().map(|i| i.id).collect();
    for (to, note) in [
        (ItemStatus::Purchased, "stall"),
        (ItemStatus::AtWarehouse, ""),
    ] {
        let request = ChangeStatus {
            number: "ORD-1".to_owned(),
            items: ids.clone(),
            to,
            reason: String::new(),
            note: note.to_owned(),
        };
        item::change_status(&desk.ctx, request).await.unwrap();
    }
    ids
}

/// A form of its own.
fn new(items: &[(i64, i64)]) -> CreateParcel {
    static FORMS: AtomicU32 = AtomicU32::new(1);
    CreateParcel {
        number: "ORD-1".to_owned(),
        service: String::new(),
        items: items.to_vec(),
        request_id: format!("pack-{:08}", FORMS.fetch_add(1, Ordering::Relaxed)),
    }
}

#[tokio::test]
async fn a_form_makes_one_parcel_however_often_it_is_sent() {
    on_both(|desk| async move {
        let ids = arrived(&desk, &[5]).await;
        let form = new(&[(ids[0], 2)]);
        let first = parcel::create(&desk.ctx, form.clone()).await.unwrap();
        let second = parcel::create(&desk.ctx, form.clone()).await.unwrap();
        assert_eq!(first, second);
        desk.order("ORD-2", &[1]).await;
        let other = CreateParcel {
            number: "ORD-2".to_owned(),
            ..form
        };
        assert_eq!(
            refusal(parcel::create(&desk.ctx, other).await).key,
            "error-request_id"
        );
        let page = order::page(&desk.app, "ORD-1").await.unwrap();
        assert_eq!(page.parcels.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn only_what_the_warehouse_has_is_packed_and_only_once() {
    on_both(|desk| async move {
        let (_, items) = desk.order("ORD-1", &[3]).await;
        assert_eq!(
            refusal(parcel::create(&desk.ctx, new(&[(items[0].id, 1)])).await).key,
            "parcel-item_not_here"
        );
        assert!(
            order::page(&desk.app, "ORD-1")
                .await
                .unwrap()
                .parcels
                .is_empty(),
            "nothing half done"
        );
    })
    .await;
    on_both(|desk| async move {
        let ids = arrived(&desk, &[3]).await;
        let first = parcel::create(&desk.ctx, new(&[(ids[0], 2)]))
            .await
            .unwrap();
        assert_eq!(
            refusal(parcel::create(&desk.ctx, new(&[(ids[0], 2)])).await).key,
            "parcel-item_too_many"
        );
        assert_eq!(
            refusal(parcel::create(&desk.ctx, new(&[(ids[0], 0)])).await).key,
            "items-choose"
        );
        assert_eq!(
            refusal(parcel::create(&desk.ctx, new(&[(ids[0], 1), (ids[0], 1)])).await).key,
            "parcel-item_too_many"
        );
        let moved = |from, to, units| MoveItems {
            number: "ORD-1".to_owned(),
            from,
            to,
            items: vec![(ids[0], units)],
        };
        let second = parcel::move_items(&desk.ctx, moved(Some(first), To::New, 1))
            .await
            .unwrap()
            .unwrap();
        parcel::move_items(&desk.ctx, moved(None, To::Parcel(second), 1))
            .await
            .unwrap();
        assert_eq!(
            refusal(parcel::move_items(&desk.ctx, moved(Some(first), To::Out, 2)).await).key,
            "parcel-item_not_inside"
        );
        assert_eq!(
            refusal(parcel::move_items(&desk.ctx, moved(None, To::Out, 1)).await).key,
            "parcel-nowhere_to_go"
        );
        let page = order::page(&desk.app, "ORD-1").await.unwrap();
        let inside: Vec<Vec<i64>> = page
            .parcels
            .iter()
            .map(|p| p.items.iter().map(|i| i.quantity).collect())
            .collect();
        assert_eq!(inside, [vec![1], vec![2]]);
        assert_eq!((page.items[0].packed, page.items[0].waiting()), (3, 0));
        assert_eq!(page.parcels[0].row.service, "China Post");
        parcel::delete(&desk.ctx, first).await.unwrap();
        assert_eq!(
            order::page(&desk.app, "ORD-1").await.unwrap().items[0].waiting(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn an_item_is_shipped_when_all_of_its_units_are() {
    on_both(|desk| async move {
        let ids = arrived(&desk, &[3, 1]).await;
        let first = parcel::create(&desk.ctx, new(&[(ids[0], 2), (ids[1], 1)]))
            .await
            .unwrap();
        let second = parcel::create(&desk.ctx, new(&[(ids[0], 1)]))
            .await
            .unwrap();
        let go = |id, to| {
            let ctx = desk.ctx.clone();
            async move { parcel::change_status(&ctx, id, to).await }
        };
        assert_eq!(
            refusal(go(first, ParcelStatus::Shipped).await).key,
            "parcel-not_from_here"
        );
        go(first, ParcelStatus::Packed).await.unwrap();
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::AtWarehouse, ItemStatus::ReadyToShip]
        );
        go(first, ParcelStatus::Shipped).await.unwrap();
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::AtWarehouse, ItemStatus::Shipped]
        );
        go(second, ParcelStatus::Packed).await.unwrap();
        assert_eq!(desk.item(ids[0]).await.status, ItemStatus::ReadyToShip);
        go(second, ParcelStatus::Shipped).await.unwrap();
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::Shipped, ItemStatus::Shipped]
        );
        go(first, ParcelStatus::Delivered).await.unwrap();
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::Shipped, ItemStatus::Received]
        );
        // A slip is taken back.
        go(first, ParcelStatus::Shipped).await.unwrap();
        assert_eq!(desk.item(ids[1]).await.status, ItemStatus::Shipped);
        // The second parcel comes back: its goods are at the warehouse and wait again.
        go(second, ParcelStatus::Returned).await.unwrap();
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::AtWarehouse, ItemStatus::Shipped]
        );
        assert_eq!(
            order::page(&desk.app, "ORD-1").await.unwrap().items[0].waiting(),
            1
        );
        parcel::create(&desk.ctx, new(&[(ids[0], 1)]))
            .await
            .unwrap();
        assert_eq!(
            refusal(parcel::delete(&desk.ctx, first).await).key,
            "parcel-delete_draft_only"
        );
        let moved = MoveItems {
            number: "ORD-1".to_owned(),
            from: Some(first),
            to: To::Out,
            items: vec![(ids[0], 1)],
        };
        assert_eq!(
            refusal(parcel::move_items(&desk.ctx, moved).await).key,
            "parcel-contents_fixed"
        );
        assert_eq!(
            desk.order_row("ORD-1").await.status,
            domain::OrderStatus::PartlyShipped
        );
    })
    .await;
}

#[tokio::test]
async fn an_order_is_found_under_the_tracking_code_of_its_parcel() {
    on_both(|desk| async move {
        let ids = arrived(&desk, &[1]).await;
        let id = parcel::create(&desk.ctx, new(&[(ids[0], 1)]))
            .await
            .unwrap();
        let wanted = EditParcel {
            parcel: id,
            service: "EMS".to_owned(),
            tracking: "RA123456785CN".to_owned(),
            weight_g: Some(1_200),
            size_mm: Some([400, 300, 200]),
            note: String::new(),
        };
        parcel::edit(&desk.ctx, wanted.clone()).await.unwrap();
        parcel::edit(&desk.ctx, wanted.clone()).await.unwrap();
        assert_eq!(
            desk.history("ORD-1")
                .await
                .iter()
                .filter(|k| *k == "parcel_edited")
                .count(),
            1
        );
        let filter = order::ListFilter {
            search: "ra1234".to_owned(),
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
        for (spoiled, key) in [
            (
                EditParcel {
                    weight_g: Some(0),
                    ..wanted.clone()
                },
                "parcel-weight_range",
            ),
            (
                EditParcel {
                    size_mm: Some([1, 2, -3]),
                    ..wanted.clone()
                },
                "parcel-size_range",
            ),
            (
                EditParcel {
                    tracking: "x".repeat(201),
                    ..wanted
                },
                "error-too_long",
            ),
        ] {
            assert_eq!(refusal(parcel::edit(&desk.ctx, spoiled).await).key, key);
        }
        assert_eq!(
            refusal(parcel::change_status(&desk.ctx, id, ParcelStatus::Delivered).await).key,
            "parcel-not_from_here"
        );
    })
    .await;
}
