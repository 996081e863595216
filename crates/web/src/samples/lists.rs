use super::{notice, shell, show};
use crate::Tr;
use crate::fmt::Countdown;
use crate::pages::activities::ActivitiesPage;
use crate::pages::differences::{DifferenceRow, DifferencesPage, UnknownPage, UnknownRow};
use crate::pages::order_purchase::Difference;
use crate::pages::orders::{Filter, OrderRow, OrdersPage};
use crate::pages::progress::{
    ActivityPage, Decision, Progress, ProgressBody, ProgressStep, ProgressWindow,
};
use crate::pages::purchases::{PayBar, PayLinkPage, PurchaseRow, PurchasesPage};
use crate::pages::{Paging, Tab};
use crate::parts::{Choice, Counted, Empty, Fault, Link, Outside, Tag};
use askama::Template;

fn tab(text: &str, active: bool, count: &str, tone: &'static str) -> Tab {
    Tab {
        text: text.to_owned(),
        url: format!("?view={text}"),
        active,
        count: Some((count.to_owned(), tone)).filter(|c| !c.0.is_empty()),
    }
}

fn orders(tr: &Tr) -> OrdersPage {
    let row = |n: u32,
               created: &str,
               customer: &str,
               status: &str,
               items: &str,
               total: &str,
               rest: &str| OrderRow {
        number: format!("ORD-0000000{n}"),
        url: format!("/orders/ORD-0000000{n}"),
        created: created.to_owned(),
        created_full: "02.12.15 10:48:15".to_owned(),
        customer: customer.to_owned(),
        status: Tag::order_status(tr, status),
        items: items.to_owned(),
        marketplaces: vec![Tag::marketplace(tr, "1688")],
        total: total.to_owned(),
        remaining: rest.to_owned(),
        owes: !rest.starts_with("0 "),
        ..OrderRow::default()
    };
    let both = vec![Tag::marketplace(tr, "1688"), Tag::marketplace(tr, "taobao")];
    let mut rows = vec![
        OrderRow {
            marketplaces: both.clone(),
            ..row(
                71,
                "Today 10:12",
                "C-1042 · Иванова Мария",
                "in_purchase",
                "3 of 5 purchased",
                "412 $",
                "0 $",
            )
        },
        row(
            70,
            "Today 09:48",
            "C-0977 · 王小明",
            "paid",
            "2 ready",
            "96.40 $",
            "0 $",
        ),
        OrderRow {
            marks: vec![Tag::of(tr.mark_unknown(), "red")],
            ..row(
                69,
                "Today 08:31",
                "C-1131 · Смирнов Пётр",
                "in_purchase",
                "1 of 2 booked",
                "58.20 $",
                "0 $",
            )
        },
        row(
            68,
            "Yesterday 21:07",
            "C-0412",
            "awaiting_payment",
            "4 items",
            "143 $",
            "143 $",
        ),
        OrderRow {
            marks: vec![Tag::of(tr.n_differences(1), "red")],
            ..row(
                67,
                "Yesterday 17:55",
                "C-0863",
                "purchased",
                "6 purchased",
                "310.75 $",
                "0 $",
            )
        },
        row(
            66,
            "Yesterday 15:20",
            "C-1042 · Иванова Мария",
            "at_warehouse",
            "2 at warehouse",
            "77.10 $",
            "0 $",
        ),
        OrderRow {
            marketplaces: both,
            ..row(
                65,
                "19 Nov 18:02",
                "C-0555",
                "partly_shipped",
                "1 of 3 shipped",
                "201.30 $",
                "0 $",
            )
        },
        row(
            64,
            "19 Nov 11:44",
            "C-0420",
            "completed",
            "5 received",
            "88 $",
            "0 $",
        ),
        row(
            53,
            "2 Dec 2015 10:48",
            "C-1042 · Иванова Мария",
            "cancelled",
            "1 item",
            "34 $",
            "0 $",
        ),
    ];
    for n in 30..46 {
        rows.push(row(
            n,
            "18 Nov 12:30",
            "C-0420",
            "shipped",
            "5 shipped",
            "1,088 $",
            "0 $",
        ));
    }
    OrdersPage {
        shell: shell(tr.orders_title(), "/orders"),
        tabs: vec![
            tab(tr.orders_all(), true, "1,000+", ""),
            tab(tr.orders_ready(), false, "128", "blue"),
            tab(tr.orders_person(), false, "4", "red"),
            tab(tr.orders_to_pay(), false, "14", "orange"),
        ],
        filters: vec![
            Filter {
                name: "status",
                label: tr.filter_order_status().to_owned(),
                choices: domain::OrderStatus::ALL
                    .iter()
                    .map(|s| Choice::of(s.code(), tr.by_key("order-status-", s.code()), false))
                    .collect(),
            },
            Filter {
                name: "item",
                label: tr.filter_item_status().to_owned(),
                choices: domain::ItemStatus::ALL
                    .iter()
                    .map(|s| {
                        Choice::of(
                            s.code(),
                            tr.by_key("item-status-", s.code()),
                            matches!(s.code(), "paid" | "booked"),
                        )
                    })
                    .collect(),
            },
            Filter {
                name: "marketplace",
                label: tr.filter_marketplace().to_owned(),
                choices: vec![
                    Choice::of("1688", "1688", true),
                    Choice::of("taobao", "Taobao", false),
                ],
            },
        ],
        chips: vec![
            Link::to("/orders?marketplace=1688", "Item status: Paid, Booked"),
            Link::to("/orders?item=paid", "Marketplace: 1688"),
        ],
        clear: Some("/orders".to_owned()),
        kept: vec![("view".to_owned(), "all".to_owned())],
        created: (String::new(), String::new()),
        rows,
        empty: None,
        paging: Paging {
            text: tr.per_page(50),
            newer: None,
            older: Some("/orders?before=30".to_owned()),
        },
        tr: tr.clone(),
    }
}

#[test]
fn orders_list() {
    let tr = Tr::english();
    show("orders", &orders(&tr));
    let mut empty = orders(&tr);
    empty.shell.notices = vec![notice()];
    empty.rows.clear();
    empty.empty = Some(Empty {
        icon: "clipboard-list",
        title: tr.orders_empty_title().to_owned(),
        text: tr.orders_empty_text().to_owned(),
        command: Some("autopurchase orders import orders.json".to_owned()),
        link: None,
    });
    show("orders-empty", &empty);
}

#[test]
fn purchases() {
    let tr = Tr::english();
    let row = |id: i64, number: &str, fen: i64, total: &str, left: &str, urgent| PurchaseRow {
        id,
        number: Outside {
            number: number.to_owned(),
            url: Some("https://trade.1688.com".to_owned()),
        },
        marketplace: Tag::marketplace(&tr, "1688"),
        account: "cn_buyer_01".to_owned(),
        pay_group: "1".to_owned(),
        payable: true,
        fen,
        seller: "义乌小商品批发".to_owned(),
        status: Tag::purchase_status(&tr, "to_pay"),
        said_status: "等待买家付款".to_owned(),
        deadline: Some(Countdown {
            text: left.to_owned(),
            at: "02.12.15 14:00:00".to_owned(),
            urgent,
        }),
        total: total.to_owned(),
        orders: vec![Link::to("/orders/ORD-000000053", "ORD-000000053")],
        age: "2 minutes ago · push".to_owned(),
        ..PurchaseRow::default()
    };
    let page = PurchasesPage {
        shell: shell(tr.purchases_title(), "/purchases"),
        tabs: vec![
            tab(tr.purchases_to_pay(), true, "14", "orange"),
            tab(tr.purchases_to_send(), false, "31", ""),
            tab(tr.purchases_on_the_way(), false, "57", ""),
            tab(tr.purchases_trouble(), false, "3", "red"),
            tab(tr.purchases_all(), false, "", ""),
        ],
        view: "to_pay".to_owned(),
        sessions: vec![
            Choice::of("", tr.purchases_all_sessions(), true),
            Choice::of("1", "1688 · cn_buyer_01", false),
        ],
        rows: vec![
            row(
                1,
                "2148830914512999",
                120_450,
                "¥ 1,204.50",
                "3 h 10 m",
                true,
            ),
            PurchaseRow {
                orders: vec![
                    Link::to("/o", "ORD-000000061"),
                    Link::to("/o", "ORD-000000062"),
                ],
                ..row(2, "2148830914512367", 5_800, "¥ 58.00", "2 d 04 h", false)
            },
            PurchaseRow {
                payable: false,
                account: "Company:user01".to_owned(),
                pay_group: "3".to_owned(),
                faults: vec![Fault::of(&tr, "Over the accepted price by ¥ 0.80")],
                ..row(3, "200078851363", 1_000, "¥ 10.00", "11 h 20 m", false)
            },
        ],
        paying: Some(PayBar {
            pay: Some(Counted::new(0, |n, shown| tr.pay_count(n, shown))),
            by_api: Some(Counted::new(0, |n, shown| tr.pay_by_api_count(n, shown))),
            notes: vec!["Taobao has no payment page.".to_owned()],
        }),
        deadlines: true,
        empty: None,
        paging: Paging {
            text: tr.per_page(50),
            ..Paging::default()
        },
        tr: tr.clone(),
    };
    show("purchases", &page);
    let mut way = page;
    way.paying = None;
    way.deadlines = false;
    for r in &mut way.rows {
        r.tracking = vec![
            (
                "圆通速递".to_owned(),
                Outside {
                    number: "YT8812345678901".to_owned(),
                    url: Some("https://track.example/YT8812345678901".to_owned()),
                },
            ),
            ("中通快递".to_owned(), Outside::default()),
        ];
        r.status = Tag::purchase_status(&tr, "sent");
    }
    show("purchases-way", &way);
    show(
        "pay-link",
        &PayLinkPage {
            shell: shell(tr.pay_title(), "/purchases"),
            url: Some("https://trade.1688.com/pay".to_owned()),
            text: tr.pay_on("1688"),
            account: "cn_buyer_01".to_owned(),
            covers: "2 purchases · ¥ 1,262.50".to_owned(),
            excluded: vec![
                Fault::of(&tr, "2148830914512999 could not be included").said(
                    "4",
                    "订单状态不允许支付",
                    "r",
                ),
            ],
            opens: true,
            tr,
        },
    );
}

#[test]
fn what_needs_a_person() {
    let tr = Tr::english();
    let mut page = DifferencesPage {
        shell: shell(tr.exceptions_title(), "/exceptions"),
        rows: vec![
            DifferenceRow {
                id: 4,
                difference: Difference {
                    asks_first: None,
                    fault: Fault::of(
                        &tr,
                        "it costs more than was accepted: Pay is withheld: accepted ¥ 58.00, costs ¥ 58.80, ¥ 0.80 more",
                    ),
                    actions: vec![Link::to("/purchases/3/accept?total=5880", "Accept ¥ 58.80")],
                    windows: Vec::new(),
                },
                marketplace: Tag::marketplace(&tr, "1688"),
                account: "cn_buyer_01".to_owned(),
                number: Some(Outside {
                    number: "2148830914512367".to_owned(),
                    url: None,
                }),
                money: "¥ 0.80".to_owned(),
                orders: vec![Link::to("/o", "ORD-000000053")],
                since: "2 hours ago".to_owned(),
                since_at: "02.12.15 10:48:15".to_owned(),
            },
            DifferenceRow {
                id: 5,
                money: "—".to_owned(),
                ..DifferenceRow::default()
            },
        ],
        empty: None,
        paging: Paging {
            text: tr.per_page(50),
            ..Paging::default()
        },
        tr: tr.clone(),
    };
    show("exceptions", &page);
    page.rows.clear();
    page.empty = Some(Empty {
        icon: "checks",
        title: tr.exceptions_empty_title().to_owned(),
        text: tr.exceptions_empty_text().to_owned(),
        ..Empty::default()
    });
    show("exceptions-empty", &page);
    show(
        "unknown",
        &UnknownPage {
            shell: shell(tr.unknown_title(), "/unknown"),
            rows: vec![UnknownRow {
                order: Link::to(
                    "/orders/ORD-000000053/purchase#open-bookings",
                    "ORD-000000053",
                ),
                marketplace: Tag::marketplace(&tr, "1688"),
                account: "cn_buyer_01".to_owned(),
                seller: "深圳市优品电子商务".to_owned(),
                reference: "APQ7ZK4M2XW3N5B6T7C2D4F5G6H7".to_owned(),
                total: "¥ 33.20".to_owned(),
                reason: Some(Fault::of(
                    &tr,
                    "The marketplace’s answer leaves open what happened.",
                )),
                looks: tr.looked("2 minutes ago", 2),
                release: "One more empty search is needed before it can be released.".to_owned(),
                since: "12 minutes ago".to_owned(),
                since_at: "02.12.15 10:36:15".to_owned(),
            }],
            empty: None,
            tr,
        },
    );
}

fn run(tr: &Tr) -> Progress {
    let step = |tone, text: &str, at: &str| ProgressStep {
        tone,
        text: text.to_owned(),
        at: at.to_owned(),
        ..ProgressStep::default()
    };
    Progress {
        id: 41,
        title: "Book 4 items".to_owned(),
        orders: vec![Link::to("/orders/ORD-000000053", "ORD-000000053")],
        state: Tag::of(tr.activity_state_waiting(), "orange"),
        running: true,
        step: tr.progress_step(6, 8),
        done: 6,
        of: 8,
        elapsed: "00:02".to_owned(),
        seconds: 2,
        counts: "placed 2 · refused 1 · waiting 1".to_owned(),
        steps: vec![
            step("green", "Plan: 4 items, 2 sellers", "0.0 s"),
            step(
                "green",
                "1688 · 齐家居家日用百货旗舰店: preview as expected, ¥ 225.00 + freight ¥ 6.00",
                "0.6 s",
            ),
            step(
                "green",
                "1688 · placed: 2148830914512367 (2 items)",
                "1.4 s",
            ),
            step(
                "green",
                "1688 · read back: same goods, same amount",
                "1.7 s",
            ),
            ProgressStep {
                fault: Some(
                    Fault::of(tr, "№ 53-5: not enough in stock: 2 of 3")
                        .next(tr.verdict_next_out_of_stock())
                        .said(
                            "BOOKED_BEYOND_THE_MAX_QUANTITY",
                            "商品库存不足",
                            "2101d4f51701",
                        ),
                ),
                ..step(
                    "red",
                    "1688 · 义乌市晨光文具有限公司: one line refused",
                    "1.9 s",
                )
            },
            ProgressStep {
                answer: "/activities/41/groups/1".to_owned(),
                asked: "1448966895000000".to_owned(),
                decisions: vec![
                    Decision {
                        text: "№ 53-4: price rose from ¥ 10.40 to ¥ 11.20 (+7.7 %)".to_owned(),
                        leave: Some("leave:0".to_owned()),
                        ..Decision::default()
                    },
                    Decision {
                        fault: Some(
                            Fault::of(tr, "№ 53-5 × 3: below the seller’s smallest quantity of 10")
                                .next(tr.verdict_next_below_minimum()),
                        ),
                        raise: Some((
                            "Raise to 10 (7 for stock)".to_owned(),
                            "raise:1:10".to_owned(),
                        )),
                        leave: Some("leave:1".to_owned()),
                        ..Decision::default()
                    },
                    Decision {
                        text: "freight ¥ 80.00 is above ¥ 30.00".to_owned(),
                        accept: Some("Accept ¥ 80.00".to_owned()),
                        ..Decision::default()
                    },
                ],
                accept_all: Some("Accept these prices: ¥ 96.20".to_owned()),
                go_on: Some(("Go on without 1 line".to_owned(), "leave:1".to_owned())),
                leave_all: Some("Leave all out".to_owned()),
                next: Some("An answer counts for these prices only.".to_owned()),
                ..step(
                    "orange",
                    "1688 · 深圳市优品电子商务: the preview differs from what is expected",
                    "2.1 s",
                )
            },
            ProgressStep {
                running: true,
                ..step("blue", "Waiting for your decision", "")
            },
        ],
        window: None,
        stop: Some("/activities/41/stop".to_owned()),
        stop_note: Some(tr.stop_run_note().to_owned()),
        request_id: "R".to_owned(),
    }
}

#[test]
fn progress() {
    let tr = Tr::english();
    show(
        "progress-body",
        &ProgressBody {
            run: run(&tr),
            tr: tr.clone(),
        },
    );
    show(
        "progress-window",
        &ProgressWindow {
            run: run(&tr),
            tr: tr.clone(),
        },
    );
    let mut page = orders(&tr);
    page.shell.window = Some(
        ProgressWindow {
            run: run(&tr),
            tr: tr.clone(),
        }
        .render()
        .unwrap(),
    );
    show("orders-window", &page);
    show(
        "activity",
        &ActivityPage {
            shell: shell("Book 4 items", "/activities"),
            by: "olga.petrova".to_owned(),
            at: "Today 10:12".to_owned(),
            run: run(&tr),
            tr: tr.clone(),
        },
    );
    show(
        "activities",
        &ActivitiesPage {
            shell: shell(tr.activities_title(), "/activities"),
            tabs: vec![
                tab(tr.orders_all(), true, "", ""),
                tab(tr.activities_running(), false, "1", "blue"),
                tab(tr.activities_waiting(), false, "1", "orange"),
                tab(tr.activities_errors(), false, "3", "red"),
            ],
            activities: super::purchase::activities(&tr)
                .into_iter()
                .map(|mut a| {
                    a.orders = vec![Link::to("/orders/ORD-000000053", "ORD-000000053")];
                    a
                })
                .collect(),
            empty: None,
            paging: Paging {
                text: tr.per_page(50),
                ..Paging::default()
            },
            tr,
        },
    );
}
