use super::{configuration, goods, head, notice, shell, show};
use crate::Tr;
use crate::fmt::Countdown;
use crate::http::Field;
use crate::pages::activities::ActivityRow;
use crate::pages::booking::{
    BindConfirm, BindLine, BindMatch, BindOrder, Looked, UnbindOffer, adopt_window, bind_window,
    book_button, release_window, unbind_button, unbind_window,
};
use crate::pages::item_windows::At;
use crate::pages::order::OrderTab;
use crate::pages::order_purchase::*;
use crate::parts::{Choice, Empty, Fault, Link, Outside, State, Tag};

const URL: &str = "/orders/ORD-000000053";

fn bars(tr: &Tr) -> Vec<SessionBar> {
    vec![
        SessionBar {
            marketplace: "1688".to_owned(),
            tag: Tag::marketplace(tr, "1688"),
            sessions: vec![
                Choice::of("1", "cn_buyer_01 — Guangzhou warehouse", true),
                Choice::of("2", "cn_buyer_02 — Yiwu · revoked", false),
            ],
            connect_url: "/sessions/connect/1688".to_owned(),
            state: State::of(tr.authorisation_valid("212 days"), "green"),
            used: 37,
            allowed: 50,
            bookings: "37 / 50".to_owned(),
            synchronized: "2 minutes ago".to_owned(),
            ..SessionBar::default()
        },
        SessionBar {
            marketplace: "taobao".to_owned(),
            tag: Tag::marketplace(tr, "taobao"),
            sessions: vec![Choice::of("3", "Company:user01", true)],
            connect_url: "/sessions/connect/taobao".to_owned(),
            state: State::of("expired yesterday", "red"),
            login_again: Some("/sessions/3/login".to_owned()),
            used: 4,
            allowed: 0,
            bookings: "4".to_owned(),
            synchronized: "Yesterday 21:07".to_owned(),
            fault: Some(
                Fault::of(
                    tr,
                    "The authorisation has ended. Bookings and synchronization wait.",
                )
                .next("Log in again; everything resumes by itself.")
                .said("40001", "token已过期", "0b51f3a2"),
            ),
            caveat: None,
        },
    ]
}

fn ready(tr: &Tr) -> Ready {
    Ready {
        summary: "3 items · ¥ 251.60".to_owned(),
        book: book_button(tr, 2),
        groups: vec![
            ReadyGroup {
                marketplace: Tag::marketplace(tr, "1688"),
                seller: "齐家居家日用百货旗舰店".to_owned(),
                note: tr.ready_group_note("¥ 6.00"),
                fault: None,
                rows: vec![
                    ReadyRow {
                        id: 1,
                        chosen: true,
                        goods: goods(
                            "53-1",
                            "42602653803",
                            210,
                            "Storage box, folding, two pieces",
                            "折叠收纳箱 两件套 家用衣物整理箱",
                        ),
                        configuration: configuration("—", ""),
                        quantity: "1".to_owned(),
                        unit: tr.unit_minimum("1", "件"),
                        price: "34 $".to_owned(),
                        price_exact: "33.974774905192626351667 USD".to_owned(),
                        expected: "¥ 208.40".to_owned(),
                        now: "¥ 208.40".to_owned(),
                        age: "preview · just now".to_owned(),
                        drift: Some(Tag::of("=", "green")),
                        stock: "1,240".to_owned(),
                        margin: "+1 $".to_owned(),
                        weight: "1 kg".to_owned(),
                        sum: "34 $".to_owned(),
                        status: Tag::item_status(tr, "paid"),
                        comments: vec!["Цвет: серый, пожалуйста".to_owned()],
                        ..ReadyRow::default()
                    },
                    ReadyRow {
                        id: 2,
                        chosen: true,
                        goods: goods(
                            "53-2",
                            "553112086341",
                            150,
                            "Silicone lid, 26 cm",
                            "硅胶锅盖 26厘米 食品级",
                        ),
                        configuration: configuration("Transparent; 26 cm", "透明色；26cm"),
                        quantity: "2 of 5".to_owned(),
                        free: Some(("2".to_owned(), tr.of_all("5"))),
                        unit: tr.unit_lot("2", "2", "个"),
                        price: "3.10 $".to_owned(),
                        expected: "¥ 15.40".to_owned(),
                        now: "¥ 16.60".to_owned(),
                        age: "4 hours ago".to_owned(),
                        drift: Some(Tag::of("▲ 8 %", "orange")),
                        stock: "88".to_owned(),
                        margin: "+0.85 $".to_owned(),
                        weight: "0.2 kg".to_owned(),
                        sum: "6.20 $".to_owned(),
                        status: Tag::item_status(tr, "paid"),
                        faults: vec![Fault::of(
                            tr,
                            "Purchase 2148830914510001 was closed unpaid by the seller; 2 units are free again.",
                        )],
                        ..ReadyRow::default()
                    },
                ],
            },
            ReadyGroup {
                marketplace: Tag::marketplace(tr, "1688"),
                seller: "义乌市晨光文具有限公司".to_owned(),
                note: tr.ready_group_note_unknown().to_owned(),
                fault: None,
                rows: vec![ReadyRow {
                    id: 3,
                    goods: goods(
                        "53-5",
                        "610044218890",
                        30,
                        "Gel pen, 0.5 mm, box of twelve",
                        "中性笔 0.5mm 12支装",
                    ),
                    configuration: configuration("Black", "黑色"),
                    quantity: "3".to_owned(),
                    unit: tr.unit_lot("10", "10", "盒"),
                    price: "1.20 $".to_owned(),
                    expected: "¥ 5.00".to_owned(),
                    now: "—".to_owned(),
                    age: String::new(),
                    stock: "2".to_owned(),
                    stock_short: true,
                    margin: "−0.30 $".to_owned(),
                    loss: true,
                    weight: "0.15 kg".to_owned(),
                    sum: "3.60 $".to_owned(),
                    status: Tag::item_status(tr, "paid"),
                    faults: vec![
                        Fault::of(tr, "3 are asked for, the seller’s smallest quantity is 10")
                            .next(tr.verdict_next_below_minimum())
                            .said(
                                "BUYER_QUANTITY_LESS_THAN_MIN",
                                "购买数量小于最小起订量",
                                "2101d4f5170",
                            ),
                    ],
                    ..ReadyRow::default()
                }],
            },
        ],
        empty: None,
    }
}

fn open(tr: &Tr) -> Vec<OpenBooking> {
    vec![
        OpenBooking {
            reference: "APQ7ZK4M2XW3N5B6T7C2D4F5G6H7".to_owned(),
            marketplace: Tag::marketplace(tr, "1688"),
            session: "cn_buyer_01".to_owned(),
            seller: "深圳市优品电子商务".to_owned(),
            lines: "№ 53-2 × 2".to_owned(),
            total: "¥ 33.20".to_owned(),
            state: Tag::of(tr.booking_state_unknown(), "red"),
            step: "The answer was lost after the request had gone out.".to_owned(),
            since: "12 m".to_owned(),
            next: "Searched twice in vain, last 2 minutes ago; next look in 8 m".to_owned(),
            unknown: Some(UnknownActions {
                look_again: Some(format!("{URL}/bookings/7/look")),
                adopt: Some(format!("{URL}/bookings/7/adopt")),
                release: None,
                release_later: "One more empty search is needed before it can be released."
                    .to_owned(),
            }),
            ..OpenBooking::default()
        },
        OpenBooking {
            reference: "APB2C3D4E5F6G7H2J3K4L5M6N7P2".to_owned(),
            marketplace: Tag::marketplace(tr, "1688"),
            session: "cn_buyer_01".to_owned(),
            seller: "杭州四季青服饰".to_owned(),
            lines: "№ 53-4 × 1".to_owned(),
            total: "¥ 45.00".to_owned(),
            state: Tag::of(tr.booking_state_planned(), "azure"),
            step: "Waits for the session: 50 of 50 bookings are used today.".to_owned(),
            since: "2 h 10 m".to_owned(),
            next: "Next try at 00:00 Beijing time, in 5 h 12 m".to_owned(),
            withdraw: Some(format!("{URL}/bookings/8/withdraw")),
            ..OpenBooking::default()
        },
    ]
}

fn bought(tr: &Tr) -> Bought {
    Bought {
        summary: tr.bought_summary("2 items", "2 purchases"),
        unbind: unbind_button(tr, 0),
        groups: vec![
            BoughtGroup {
                number: Outside { number: "2148830914512367".to_owned(), url: Some("https://trade.1688.com/order/2148830914512367".to_owned()) },
                marketplace: Tag::marketplace(tr, "1688"),
                session: "cn_buyer_01".to_owned(),
                seller: "义乌小商品批发".to_owned(),
                status: Tag::purchase_status(tr, "to_pay"),
                said_status: "等待买家付款".to_owned(),
                deadline: Some(Countdown { text: "3 h 10 m".to_owned(), at: "02.12.15 14:00:00".to_owned(), urgent: true }),
                total: "¥ 58.80".to_owned(),
                total_parts: tr.total_parts("¥ 6.00", "¥ 52.80"),
                withheld: Some("Pay is withheld".to_owned()),
                age: "2 minutes ago · push".to_owned(),
                differences: vec![Difference {
                asks_first: None,
                    fault: Fault::of(tr, "Over the accepted price by ¥ 0.80: accepted ¥ 58.00, the purchase costs ¥ 58.80").next("The seller changed the price after the preview."),
                    actions: vec![
                        Link::to(format!("{URL}/exceptions/4/accept"), "Accept ¥ 58.80"),
                        Link::to(format!("{URL}/exceptions/4/cancel"), "Cancel at the marketplace"),
                    ],
                    windows: vec![Link::to(format!("{URL}/unbind?allocation=11"), "Unbind")],
                }],
                rows: vec![BoughtRow {
                    id: 11,
                    goods: goods("53-3", "528817730011", 280, "Hook set, self-adhesive", "无痕粘钩 10个装"),
                    configuration: configuration("White; 10 pieces", "白色；10个"),
                    quantity: "4".to_owned(),
                    price: "¥ 13.20".to_owned(),
                    sum: "¥ 52.80".to_owned(),
                    margin: "+2.10 $".to_owned(),
                    status: Tag::item_status(tr, "booked"),
                    ..BoughtRow::default()
                }],
                ..BoughtGroup::default()
            },
            BoughtGroup {
                number: Outside { number: "2148830914512001".to_owned(), url: Some("https://trade.1688.com/order/2148830914512001".to_owned()) },
                marketplace: Tag::marketplace(tr, "1688"),
                session: "cn_buyer_02".to_owned(),
                seller: "晨光文具".to_owned(),
                status: Tag::purchase_status(tr, "partly_sent"),
                said_status: "等待卖家发货".to_owned(),
                paid: Some(tr.paid_on("18 Nov")),
                total: "¥ 83.00".to_owned(),
                total_parts: tr.total_parts("¥ 0.00", "¥ 83.00"),
                pay: Some(PayButton { url: "/purchases/3/pay".to_owned(), text: tr.pay_on("1688"), hint: tr.pay_log_in_as("cn_buyer_02") }),
                age: "1 hour ago · synchronization".to_owned(),
                deliveries: vec![
                    DeliveryLine { carrier: "圆通速递".to_owned(), tracking: Outside { number: "YT8812345678901".to_owned(), url: None }, status: "sent 19 Nov · 3 units".to_owned() },
                    DeliveryLine { carrier: "中通快递".to_owned(), tracking: Outside { number: "75310000000001".to_owned(), url: Some("https://example.com".to_owned()) }, status: "received at the warehouse 21 Nov".to_owned() },
                ],
                notes: vec!["Bound by hand by olga.petrova. 2 units stay as stock without an order.".to_owned()],
                rows: vec![BoughtRow {
                    id: 12,
                    goods: goods("53-2", "553112086341", 150, "Silicone lid, 26 cm", "硅胶锅盖 26厘米 食品级"),
                    configuration: configuration("Transparent; 26 cm", "透明色；26cm"),
                    quantity: "3 of 5".to_owned(),
                    price: "¥ 16.60".to_owned(),
                    sum: "¥ 49.80".to_owned(),
                    margin: "—".to_owned(),
                    status: Tag::item_status(tr, "paid"),
                    note: Some("3 of 5 purchased".to_owned()),
                    ..BoughtRow::default()
                }],
                ..BoughtGroup::default()
            },
        ],
    }
}

pub(super) fn activities(tr: &Tr) -> Vec<ActivityRow> {
    let row = |id: u32, tone, text: &str, by: &str, at: &str| ActivityRow {
        url: format!("/activities/{id}"),
        tone,
        text: text.to_owned(),
        by: by.to_owned(),
        at: at.to_owned(),
        took: "2.1 s".to_owned(),
        ..ActivityRow::default()
    };
    vec![
        ActivityRow {
            state: Some(Tag::of(tr.activity_state_waiting(), "orange")),
            took: String::new(),
            ..row(41, "orange", "Book 4 items", "olga.petrova", "Today 10:12")
        },
        row(40, "green", "Booked № 53-3 in 2148830914512367", "olga.petrova", "Today 09:41"),
        ActivityRow {
            error: Some("The account’s booking limit for new buyers is used up; next try after 00:00 Beijing time".to_owned()),
            ..row(38, "red", "Book № 53-5", "li.wei", "Yesterday 21:07")
        },
        row(37, "green", "Synchronized cn_buyer_01, cn_buyer_02: marketplace orders found 9, updated 3", "synchronization", "Yesterday 20:55"),
    ]
}

fn page(full: bool) -> PurchasePage {
    let tr = Tr::english();
    let mut shell = shell("ORD-000000053", "/orders");
    if full {
        shell.notices = vec![notice()];
        shell.live = Some(format!("{URL}/events"));
    }
    let rights = PurchaseRights {
        buy: true,
        change_status: true,
        synchronize: true,
        connect: true,
        pay: true,
    };
    let purchase = if full {
        Purchase {
            waiting: vec![WaitingRun {
                text: tr.run_waits("Today 10:12", "Book 3 items"),
                url: "/activities/41".to_owned(),
            }],
            bars: bars(&tr),
            loose: vec![Difference {
                asks_first: None,
                fault: Fault::of(&tr, "nobody can say whether the order was placed"),
                actions: vec![Link::to(format!("{URL}/bookings/7/look"), "Look again")],
                windows: vec![Link::to(format!("{URL}/bookings/7/adopt"), "Adopt")],
            }],
            ready: ready(&tr),
            open: open(&tr),
            bought: bought(&tr),
            activities: activities(&tr),
            may: rights,
        }
    } else {
        Purchase {
            bars: vec![SessionBar {
                marketplace: "1688".to_owned(),
                tag: Tag::marketplace(&tr, "1688"),
                connect_url: "/sessions/connect/1688".to_owned(),
                ..SessionBar::default()
            }],
            ready: Ready {
                empty: Some(Empty {
                    icon: "shopping-cart",
                    title: tr.ready_empty_title().to_owned(),
                    text: tr.ready_empty_text().to_owned(),
                    ..Empty::default()
                }),
                ..Ready::default()
            },
            may: rights,
            ..Purchase::default()
        }
    };
    PurchasePage {
        shell,
        head: head(OrderTab::Purchase),
        purchase,
        tr,
    }
}

#[test]
fn purchase_tab() {
    show("purchase", &page(true));
    show("purchase-empty", &page(false));
}

#[test]
fn purchase_tab_as_it_is_sent_when_something_moved() {
    let page = page(true);
    show(
        "purchase-live",
        &PurchaseLive {
            tr: page.tr,
            shell: page.shell,
            head: page.head,
            purchase: page.purchase,
        },
    );
}

#[test]
fn what_a_person_may_not_do_is_not_shown() {
    use askama::Template;
    let mut page = page(true);
    page.purchase.may = PurchaseRights::default();
    let html = page.render().unwrap();
    for text in [
        "Book 2 items",
        "Unbind",
        ">Change status<",
        "Start synchronization",
        "Pay on 1688",
        "Release",
    ] {
        assert!(!html.contains(text), "{text}");
    }
}

#[test]
fn windows() {
    let tr = Tr::english();
    let at = At {
        tr: &tr,
        order: "ORD-000000053",
        url: URL,
        request_id: "R",
    };
    let g = || {
        goods(
            "53-3",
            "528817730011",
            280,
            "Hook set, self-adhesive",
            "无痕粘钩 10个装",
        )
    };
    show(
        "window-bind",
        &bind_window(
            at,
            &[1, 2],
            Field::refused(
                "2148830914512367\n21488309145",
                "Line 2: “21488309145” is not an order number of 1688; expected 16 to 19 digits.",
            ),
            None,
        ),
    );
    show(
        "window-unbind",
        &unbind_window(
            at,
            UnbindOffer {
                ids: vec![11],
                rows: vec![(g(), "4 units of 2148830914512367".to_owned())],
                cancel: Some(true),
                ..UnbindOffer::default()
            },
        ),
    );
    show(
        "window-adopt",
        &adopt_window(
            at,
            7,
            Field::of("2148830914519999"),
            &["2148830914519999".to_owned()],
            Some(Fault::of(
                &tr,
                "Order 2148830914519999 holds other goods than this booking: item 553112086341 is missing.",
            )),
        ),
    );
    show(
        "window-release",
        &release_window(
            at,
            7,
            &Looked {
                times: 3,
                last: "Today 10:43".to_owned(),
                reference: "APQ7ZK4M2XW3N5B6T7C2D4F5G6H7".to_owned(),
                tail: "G6H7".to_owned(),
                refusal: None,
            },
            Field::refused("XXXX", "Type G6H7 to confirm."),
            None,
        ),
    );
    show(
        "window-bind-confirm",
        &BindConfirm {
            order: "ORD-000000053".to_owned(),
            fault: None,
            action: format!("{URL}/bind/41"),
            leave: "/activities/41/stop".to_owned(),
            request_id: "R".to_owned(),
            hidden: vec![("numbers".to_owned(), "2148830914512367".to_owned())],
            found: vec![BindOrder {
                number: Outside {
                    number: "2148830914512367".to_owned(),
                    url: Some("https://trade.1688.com".to_owned()),
                },
                session: "cn_buyer_01".to_owned(),
                seller: "义乌小商品批发".to_owned(),
                status: Tag::purchase_status(&tr, "sent"),
                total: "¥ 58.80".to_owned(),
                fault: None,
                note: Some("№ 53-5: the order does not hold this item".to_owned()),
                lines: vec![
                    BindLine {
                        title: "无痕粘钩 10个装".to_owned(),
                        configuration: "白色；10个".to_owned(),
                        quantity: "6 × ¥ 13.20".to_owned(),
                        matches: vec![BindMatch {
                            value: "1:3:4".to_owned(),
                            chosen: true,
                            goods: g(),
                            configuration: configuration("White; 10 pieces", ""),
                            quantity: "4".to_owned(),
                            how: Tag::of(tr.bind_match_specification(), "green"),
                        }],
                        held: Some(tr.bind_held(1)),
                        surplus: Some(tr.bind_surplus(2)),
                    },
                    BindLine {
                        title: "挂钩 透明".to_owned(),
                        configuration: "透明".to_owned(),
                        quantity: "1 × ¥ 3.00".to_owned(),
                        matches: vec![],
                        held: None,
                        surplus: Some(tr.bind_surplus(1)),
                    },
                ],
            }],
            submit: Some(tr.bind_button(1)),
            tr: tr.clone(),
        },
    );
}
