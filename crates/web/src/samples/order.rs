use super::{configuration, goods, head, shell, show};
use crate::Tr;
use crate::http::Field;
use crate::pages::form_window::FormWindow;
use crate::pages::item_windows::{
    At, ChosenItems, ItemCorrection, ItemEdit, correct_window, edit_window, split_window,
    status_window,
};
use crate::pages::order::OrderTab;
use crate::pages::order_activities::OrderActivitiesPage;
use crate::pages::order_history::{Change, HistoryDay, HistoryEntry, KindLink, OrderHistoryPage};
use crate::pages::order_items::{ItemRights, ItemRow, OrderItemsPage};
use crate::pages::order_parcels::{OrderParcelsPage, ParcelCard, ParcelRow, UnpackedRow};
use crate::pages::parcel_windows::{
    Packable, ParcelForm, parcel_edit_window, parcel_move_window, parcel_new_window,
};
use crate::pages::payment::{PaymentForm, payment_window};
use crate::pages::{Paging, window};
use crate::parts::{Choice, Fault, Link, Outside, Tag};

#[test]
fn items_tab() {
    let tr = Tr::english();
    show(
        "items",
        &OrderItemsPage {
            shell: shell("ORD-000000053", "/orders"),
            head: head(OrderTab::Items),
            summary: "4 items, 13 units".to_owned(),
            sum_apart: Some("6 $".to_owned()),
            sum: "62.40 $".to_owned(),
            weight: "2.85 kg".to_owned(),
            may: ItemRights {
                change_status: true,
                edit: true,
                parcels: true,
            },
            items: vec![
                ItemRow {
                    id: 1,
                    goods: goods(
                        "53-1",
                        "42602653803",
                        210,
                        "Storage box, folding, two pieces",
                        "折叠收纳箱 两件套",
                    ),
                    marketplace: Tag::marketplace(&tr, "1688"),
                    seller: "齐家居家日用百货旗舰店".to_owned(),
                    configuration: configuration("—", ""),
                    quantity: "1".to_owned(),
                    unit: "件".to_owned(),
                    price: "34 $".to_owned(),
                    price_exact: "33.974774905192626351667 USD".to_owned(),
                    expected: "¥ 208.40".to_owned(),
                    sum: "34 $".to_owned(),
                    weight: "1 kg".to_owned(),
                    status: Tag::item_status(&tr, "paid"),
                    status_age: "Today 10:12 · olga.petrova".to_owned(),
                    customer_comment: Some("Цвет: серый, пожалуйста".to_owned()),
                    ..ItemRow::default()
                },
                ItemRow {
                    id: 2,
                    goods: goods(
                        "53-2",
                        "553112086341",
                        150,
                        "Silicone lid, 26 cm",
                        "硅胶锅盖 26厘米",
                    ),
                    marketplace: Tag::marketplace(&tr, "1688"),
                    seller: "深圳市优品电子商务有限公司".to_owned(),
                    configuration: configuration("Transparent; 26 cm", "透明色；26cm"),
                    corrected_from: Some("White; 24 cm".to_owned()),
                    quantity: "5".to_owned(),
                    unit: "个".to_owned(),
                    units: Some("3 of 5 purchased · 2 reserved".to_owned()),
                    price: "3.10 $".to_owned(),
                    expected: "¥ 15.40".to_owned(),
                    sum: "15.50 $".to_owned(),
                    weight: "0.5 kg".to_owned(),
                    status: Tag::item_status(&tr, "paid"),
                    status_age: "Yesterday 21:07".to_owned(),
                    operator_comment: Some("Confirmed the size by phone".to_owned()),
                    purchases: vec![Outside {
                        number: "2148830914512001".to_owned(),
                        url: Some("https://trade.1688.com".to_owned()),
                    }],
                    photos: vec![super::photo(150), super::photo(160)],
                    ..ItemRow::default()
                },
                ItemRow {
                    id: 3,
                    goods: goods(
                        "53-3",
                        "528817730011",
                        280,
                        "Hook set, self-adhesive",
                        "无痕粘钩 10个装",
                    ),
                    marketplace: Tag::marketplace(&tr, "taobao"),
                    seller: "义乌小商品批发".to_owned(),
                    configuration: configuration("White; 10 pieces", "白色；10个"),
                    quantity: "4".to_owned(),
                    unit: "套".to_owned(),
                    price: "2.15 $".to_owned(),
                    expected: "¥ 13.20".to_owned(),
                    sum: "8.60 $".to_owned(),
                    weight: "0.8 kg".to_owned(),
                    status: Tag::item_status(&tr, "at_warehouse"),
                    status_age: "21 Nov 11:40 · warehouse".to_owned(),
                    status_note: Some("1688 says: 交易成功".to_owned()),
                    parcels: vec!["Parcel 1 · 2 of 4".to_owned()],
                    ..ItemRow::default()
                },
                ItemRow {
                    id: 4,
                    goods: goods(
                        "53-4",
                        "610044218890",
                        30,
                        "Gel pen, 0.5 mm, box of twelve",
                        "",
                    ),
                    marketplace: Tag::marketplace(&tr, "1688"),
                    seller: "义乌市晨光文具有限公司".to_owned(),
                    configuration: configuration("Black", "黑色"),
                    quantity: "3".to_owned(),
                    unit: "盒".to_owned(),
                    price: "1.20 $".to_owned(),
                    expected: "—".to_owned(),
                    sum: "3.60 $".to_owned(),
                    weight: "0.15 kg".to_owned(),
                    status: Tag::item_status(&tr, "unavailable"),
                    status_age: "20 Nov 09:00 · li.wei".to_owned(),
                    faults: vec![
                        Fault::of(
                            &tr,
                            "Closed unpaid by the seller on 19 Nov; the units are free again.",
                        )
                        .next(tr.verdict_next_out_of_stock()),
                    ],
                    ..ItemRow::default()
                },
            ],
            tr,
        },
    );
}

#[test]
fn parcels_tab() {
    let tr = Tr::english();
    show(
        "parcels",
        &OrderParcelsPage {
            shell: shell("ORD-000000053", "/orders"),
            head: head(OrderTab::Parcels),
            parcels: vec![ParcelCard {
                name: tr.parcel_name(1),
                id: 1,
                status: Tag::parcel_status(&tr, "packed"),
                weight: "1.4 kg".to_owned(),
                size: "40 × 30 × 20 cm".to_owned(),
                service: "Международная служба доставки China Post".to_owned(),
                tracking: Some(Outside {
                    number: "RB123456785CN".to_owned(),
                    url: None,
                }),
                when: "packed Today 09:30".to_owned(),
                moves: vec![Link::to("/p/1/shipped", tr.parcel_to_shipped())],
                edit: "/orders/ORD-000000053/parcels/1".to_owned(),
                move_items: Some("/orders/ORD-000000053/parcels/1/move".to_owned()),
                rows: vec![ParcelRow {
                    goods: goods(
                        "53-3",
                        "528817730011",
                        280,
                        "Hook set, self-adhesive",
                        "无痕粘钩",
                    ),
                    configuration: configuration("White; 10 pieces", ""),
                    quantity: "2 of 4".to_owned(),
                    weight: "0.4 kg".to_owned(),
                }],
                summary: "1 item · 2 units".to_owned(),
            }],
            unpacked: vec![UnpackedRow {
                id: 3,
                goods: goods(
                    "53-3",
                    "528817730011",
                    280,
                    "Hook set, self-adhesive",
                    "无痕粘钩",
                ),
                configuration: configuration("White; 10 pieces", ""),
                quantity: "2 of 4".to_owned(),
                weight: "0.4 kg".to_owned(),
                status: Tag::item_status(&tr, "at_warehouse"),
            }],
            empty: None,
            may_change: true,
            tr,
        },
    );
}

#[test]
fn history_tab() {
    let tr = Tr::english();
    let entry = |time: &str, icon, text: &str, actor: &str| HistoryEntry {
        time: time.to_owned(),
        full: format!("02.12.15 {time}"),
        icon,
        text: text.to_owned(),
        actor: actor.to_owned(),
        ..HistoryEntry::default()
    };
    show(
        "history",
        &OrderHistoryPage {
            shell: shell("ORD-000000053", "/orders"),
            head: head(OrderTab::History),
            kinds: [
                "history_all",
                "order",
                "item",
                "booking",
                "purchase",
                "parcel",
                "payment",
            ]
            .iter()
            .enumerate()
            .map(|(i, k)| KindLink {
                link: Link::to(
                    format!("?kind={k}"),
                    if i == 0 {
                        tr.history_all()
                    } else {
                        tr.by_key("history-", k)
                    },
                ),
                active: i == 0,
            })
            .collect(),
            days: vec![
                HistoryDay {
                    day: "Today".to_owned(),
                    entries: vec![
                        HistoryEntry {
                            changes: vec![Change {
                                field: "Status".to_owned(),
                                old: "Awaiting payment".to_owned(),
                                new: "Paid".to_owned(),
                            }],
                            subject: Some(Link::to("#", "2148830914512367")),
                            activity: Some("/activities/40".to_owned()),
                            ..entry(
                                "10:12:05",
                                "building-store",
                                tr.history_kind_purchase_status(),
                                "synchronization",
                            )
                        },
                        HistoryEntry {
                            subject: Some(Link::to("#", "№ 53-2")),
                            changes: vec![
                                Change {
                                    field: "Item id".to_owned(),
                                    old: "553112086340".to_owned(),
                                    new: "553112086341".to_owned(),
                                },
                                Change {
                                    field: "Configuration".to_owned(),
                                    old: "White; 24 cm".to_owned(),
                                    new: "Transparent; 26 cm".to_owned(),
                                },
                            ],
                            reason: Some("Customer chose the larger one".to_owned()),
                            ..entry(
                                "09:58:40",
                                "edit",
                                tr.history_kind_item_corrected(),
                                "olga.petrova",
                            )
                        },
                        entry(
                            "09:41:12",
                            "shopping-cart",
                            tr.history_kind_booking_placed(),
                            "olga.petrova",
                        ),
                    ],
                },
                HistoryDay {
                    day: "Yesterday".to_owned(),
                    entries: vec![
                        HistoryEntry {
                            changes: vec![Change {
                                field: "Paid".to_owned(),
                                old: "30 $".to_owned(),
                                new: "36 $".to_owned(),
                            }],
                            ..entry(
                                "21:07:00",
                                "cash",
                                tr.history_kind_payment_recorded(),
                                "li.wei",
                            )
                        },
                        entry(
                            "10:48:15",
                            "file-import",
                            tr.history_kind_imported(),
                            "orders import",
                        ),
                    ],
                },
            ],
            empty: None,
            paging: Paging {
                text: tr.per_page(50),
                newer: None,
                older: Some("?before=1".to_owned()),
            },
            tr,
        },
    );
}

#[test]
fn activities_tab() {
    let tr = Tr::english();
    show(
        "order-activities",
        &OrderActivitiesPage {
            shell: shell("ORD-000000053", "/orders"),
            head: head(OrderTab::Activities),
            activities: super::purchase::activities(&tr),
            empty: None,
            paging: Paging {
                text: tr.per_page(50),
                ..Paging::default()
            },
            tr,
        },
    );
}

fn all_windows(tr: &Tr) -> Vec<(&'static str, FormWindow)> {
    let at = At {
        tr,
        order: "ORD-000000053",
        url: "/orders/ORD-000000053",
        request_id: "R",
    };
    let g = goods(
        "53-2",
        "553112086341",
        150,
        "Silicone lid, 26 cm",
        "硅胶锅盖 26厘米",
    );
    let items = ChosenItems {
        ids: vec![2],
        rows: vec![(g.clone(), "5 units · Paid".to_owned())],
    };
    let packable = || {
        vec![Packable {
            id: 2,
            goods: g.clone(),
            all: 5,
            quantity: Field::refused("9", "At most 5."),
        }]
    };
    vec![
        (
            "window-payment",
            payment_window(
                tr,
                "ORD-000000053",
                "/orders/ORD-000000053",
                "$",
                "12.00 $",
                PaymentForm {
                    amount: Field::refused(
                        "12,5",
                        "Expected a decimal number such as 12 or 12.50.",
                    ),
                    note: Field::of("Карта •• 4412"),
                },
                "R",
            ),
        ),
        (
            "window-status",
            status_window(
                at,
                &items,
                vec![
                    Choice::of("price_confirmation", "Price confirmation", true),
                    Choice::of("unavailable", "Impossible to deliver", false),
                    Choice::of("cancelled", "Cancelled", false),
                ],
                None,
                Field::default(),
            ),
        ),
        (
            "window-status-none",
            status_window(at, &items, vec![], None, Field::default()),
        ),
        (
            "window-edit",
            edit_window(
                at,
                &items,
                ItemEdit {
                    weight: Field::of("0.1"),
                    comment: Field::of("Confirmed the size by phone"),
                },
            ),
        ),
        (
            "window-split",
            split_window(at, &items, "5", Field::of("2")),
        ),
        (
            "window-correct",
            correct_window(
                at,
                &items,
                3,
                ItemCorrection {
                    goods: Field::of("553112086341"),
                    quantity: Field::refused(
                        "2",
                        "Not below 3: so many units are reserved or bought.",
                    ),
                    ..ItemCorrection::default()
                },
            ),
        ),
        (
            "window-parcel-new",
            parcel_new_window(at, packable(), Field::default()),
        ),
        (
            "window-parcel-edit",
            parcel_edit_window(at, 1, ParcelForm::default()),
        ),
        (
            "window-parcel-move",
            parcel_move_window(
                at,
                1,
                packable(),
                vec![
                    Choice::of("new", tr.parcel_new(), true),
                    Choice::of("none", tr.parcel_out(), false),
                ],
            ),
        ),
    ]
}

#[test]
fn windows() {
    for (name, form) in all_windows(&Tr::english()) {
        show(name, &form);
    }
}

#[tokio::test]
async fn a_window_is_a_fragment_for_htmx_and_a_page_for_a_plain_browser() {
    let (tr, shell) = (Tr::english(), shell("ORD-000000053", "/orders"));
    let (_, form) = all_windows(&tr).swap_remove(1);
    for htmx in [true, false] {
        let response = window(crate::http::Htmx(htmx), &shell, "/orders", &form);
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        let html = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(html.contains("Change status") && html.contains("value=\"2\""));
        assert_eq!(html.contains("<html"), !htmx);
        if let (false, Some(folder)) = (htmx, std::env::var_os("PAGES_TO")) {
            std::fs::write(std::path::Path::new(&folder).join("window-page.html"), html).unwrap();
        }
    }
}
