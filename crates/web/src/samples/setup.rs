use super::{shell, show};
use crate::Tr;
use crate::http::Field;
use crate::pages::app_actions::{AppForm, app_window};
use crate::pages::app_guide::Step;
use crate::pages::apps::{AppRow, AppsPage, MarketApps};
use crate::pages::connect::{ConnectAgain, ConnectChoosePage, ConnectPage};
use crate::pages::own::OwnPage;
use crate::pages::session::{AddressCheck, SessionAction, SessionForm, SessionPage};
use crate::pages::sessions::{SessionList, SessionRow, SessionsPage};
use crate::pages::settings::{SettingsForm, SettingsPage, settings_tabs};
use crate::pages::sign_in::SignInPage;
use crate::parts::{Choice, Fault, Input, Link, State, Tag};

fn session_row(tr: &Tr) -> SessionRow {
    SessionRow {
        url: "/sessions/1".to_owned(),
        account: "cn_buyer_01".to_owned(),
        name: "Guangzhou warehouse".to_owned(),
        is_default: true,
        marketplace: Tag::marketplace(tr, "1688"),
        app: "Main".to_owned(),
        calls: Some((tr.apps_today("5,000", "4,210"), "orange")),
        owner: "olga.petrova".to_owned(),
        state: State::of(tr.session_state_active(), "green"),
        lasts: "212 days".to_owned(),
        bookings: "37 / 50".to_owned(),
        used: (37, 50),
        depends: tr.session_depends("2", "5"),
        last_good: "2 minutes ago".to_owned(),
        ..SessionRow::default()
    }
}

#[test]
fn sessions() {
    let tr = Tr::english();
    show(
        "sessions",
        &SessionsPage {
            shell: shell(tr.sessions_title(), "/sessions"),
            list: SessionList {
                tr: tr.clone(),
                request_id: "R".to_owned(),
                empty: None,
                rows: vec![
                    session_row(&tr),
                    SessionRow {
                        account: "cn_buyer_02".to_owned(),
                        name: "Yiwu".to_owned(),
                        is_default: false,
                        state: State::of(tr.session_state_revoked(), "red"),
                        lasts: "now".to_owned(),
                        login_again: Some("/sessions/2/login".to_owned()),
                        fault: Some(
                            Fault::of(&tr, "The marketplace refused to renew the authorisation.")
                                .said("invalid_grant", "授权已取消", "9f2"),
                        ),
                        used: (4, 0),
                        bookings: "4".to_owned(),
                        ..session_row(&tr)
                    },
                    SessionRow {
                        account: "cn_buyer_03".to_owned(),
                        is_default: false,
                        state: State::of(tr.session_state_expires_soon(), "yellow"),
                        lasts: "3 d 02 h".to_owned(),
                        login_again: Some("/sessions/3/login".to_owned()),
                        ..session_row(&tr)
                    },
                ],
            },
            connect: vec![Link::to("/connect?app=1", tr.sessions_connect("1688"))],
            caveats: vec![tr.connect_caveat_taobao().to_owned()],
            tr: tr.clone(),
        },
    );
    let form = SessionForm {
        name: Field::of("Guangzhou warehouse"),
        daily_limit: Field::of("50"),
        note: Field::of("请尽快发货，谢谢"),
        full_name: Field::of("张三 {customer_code}"),
        mobile: Field::of("13800138000"),
        province: Field::of("广东省"),
        city: Field::of("广州市"),
        area: Field::of("白云区"),
        town: Field::of("石井街道"),
        street: Field::refused(
            "石沙路 12 号 3 仓 {order} {customer_code}",
            "163 characters, 150 are allowed.",
        ),
        ..SessionForm::default()
    };
    show(
        "session",
        &SessionPage {
            shell: shell("cn_buyer_01", "/sessions"),
            row: session_row(&tr),
            facts: vec![
                (tr.session_app().to_owned(), "Main key · 8471203".to_owned()),
                (tr.session_account_id().to_owned(), "b2b-2208812345678".to_owned()),
            ],
            saved: false,
            fault: None,
            general: form.general(&tr, 500),
            address: form.address(&tr),
            address_book: Some("/sessions/1/addresses".to_owned()),
            check: AddressCheck {
                heading: tr.address_example().to_owned(),
                example: "张三 C-1042，13800138000，广东省广州市白云区石井街道石沙路 12 号 3 仓 ORD-000000053 C-1042".to_owned(),
                faults: vec!["163 characters; the marketplace takes 150.".to_owned()],
            },
            actions: vec![
                SessionAction {
                    text: tr.start_synchronization().to_owned(),
                    url: "/sessions/1/synchronize".to_owned(),
                    icon: "refresh",
                    window: true,
                    ..SessionAction::default()
                },
                SessionAction {
                    text: tr.session_drain().to_owned(),
                    url: "/sessions/1/drain".to_owned(),
                    icon: "player-pause",
                    hint: tr.session_drain_hint().to_owned(),
                    ..SessionAction::default()
                },
                SessionAction {
                    text: tr.session_delete_short().to_owned(),
                    url: "/sessions/1/delete".to_owned(),
                    icon: "trash",
                    asks: true,
                    ..SessionAction::default()
                },
            ],
            hints: vec![tr.session_limit_learned().to_owned()],
            tr: tr.clone(),
        },
    );
    show(
        "connect-refused",
        &ConnectPage {
            shell: shell(&tr.connect_title("1688"), "/sessions"),
            title: tr.connect_title("1688"),
            fault: Fault::of(&tr, "The login took too long. Start again.")
                .next("A login must be finished within fifteen minutes."),
            caveat: None,
            again: Some(ConnectAgain {
                url: "/connect?app=1".to_owned(),
                return_to: "/orders/ORD-000000053/purchase".to_owned(),
            }),
            back: Link::to("/orders/ORD-000000053/purchase", tr.back()),
            more: None,
            tr: tr.clone(),
        },
    );
}

fn market_with_keys(tr: &Tr) -> MarketApps {
    MarketApps {
        code: "1688".to_owned(),
        title: "1688".to_owned(),
        add: "/settings/apps/new?marketplace=1688".to_owned(),
        guide: tr.apps_guide("1688"),
        rows: vec![
            AppRow {
                id: 1,
                name: "Main".to_owned(),
                key: Some("8471203".to_owned()),
                state: State::of(tr.app_good_since("2 minutes ago"), "green"),
                calls: tr.apps_today("5,000", "4,210"),
                used: (4_210, 5_000),
                tight: true,
                tone: "orange",
                near: Some(tr.apps_near(790, "7 h 12 m")),
                sessions: vec![
                    Link::to("/sessions/1", "cn_buyer_01"),
                    Link::to("/sessions/2", "cn_buyer_02"),
                ],
                pace: "200 ms".to_owned(),
                ..AppRow::default()
            },
            AppRow {
                id: 2,
                name: "9910442".to_owned(),
                state: State::of(tr.app_refused(), "red"),
                calls: tr.apps_today_free("12"),
                pace: "200 ms".to_owned(),
                fault: Some(
                    Fault::of(tr, tr.app_check_1688_gw_signatureinvalid())
                        .next(tr.app_check_1688_gw_signatureinvalid_next())
                        .said("gw.SignatureInvalid", "签名无效", "1"),
                ),
                ..AppRow::default()
            },
            AppRow {
                id: 3,
                name: "Spare".to_owned(),
                key: Some("7712001".to_owned()),
                state: State::of(tr.app_is_off(), "secondary"),
                is_off: true,
                calls: tr.apps_today_free("0"),
                pace: "200 ms".to_owned(),
                ..AppRow::default()
            },
        ],
        steps: guide(tr),
        ..MarketApps::default()
    }
}

fn market_without_keys(tr: &Tr) -> MarketApps {
    MarketApps {
        code: "taobao".to_owned(),
        title: "Taobao".to_owned(),
        add: "/settings/apps/new?marketplace=taobao".to_owned(),
        none: tr.apps_none("Taobao"),
        guide: tr.apps_guide("Taobao"),
        caveat: Some(tr.connect_caveat_taobao().to_owned()),
        steps: guide(tr),
        ..MarketApps::default()
    }
}

fn guide(tr: &Tr) -> Vec<Step> {
    let step = |text: &str| Step {
        text: text.to_owned(),
        ..Step::default()
    };
    vec![
        Step {
            link: Some(Link::to(
                "https://distributor.taobao.global/",
                "distributor.taobao.global",
            )),
            ..step(tr.guide_taobao_account())
        },
        Step {
            copy: Some("https://desk.example.com/connect/taobao".to_owned()),
            ..step(tr.guide_taobao_redirect())
        },
        Step {
            window: Some(Link::to(
                "/settings/apps/new?marketplace=taobao",
                tr.apps_guide_enter(),
            )),
            ..step(tr.guide_taobao_key())
        },
        Step {
            page: Some(Link::to("/sessions", tr.sessions_title())),
            ..step(tr.guide_taobao_login())
        },
    ]
}

#[test]
fn settings() {
    let tr = Tr::english();
    let form = SettingsForm {
        tolerance: Field::of("0"),
        freight: Field::of("30"),
        paid_share: Field::refused("120", "Expected a percentage from 1 to 100."),
        decimals: Field::of("USD 0\nRUB 0"),
        tolerance_yuan: Field::of("0"),
        tracking_page: Field::of("https://track.example/{code}"),
    };
    show(
        "settings",
        &SettingsPage {
            shell: shell(tr.settings_title(), "/settings"),
            tabs: settings_tabs(&tr, "/settings"),
            saved: true,
            fault: None,
            buying: form.buying(&tr),
            money: form.money(&tr),
            shipments: form.shipments(&tr),
            pay_by_api: vec![Choice::of("taobao", "Taobao", false)],
            tr: tr.clone(),
        },
    );
    show(
        "apps",
        &AppsPage {
            shell: shell(tr.apps_title(), "/settings"),
            tabs: settings_tabs(&tr, "/settings/apps"),
            markets: vec![market_with_keys(&tr), market_without_keys(&tr)],
            tr: tr.clone(),
        },
    );
    show(
        "connect-choose",
        &ConnectChoosePage {
            shell: shell(&tr.connect_choose_title("1688"), "/sessions"),
            title: tr.connect_choose_title("1688"),
            text: tr.connect_choose_text("1688"),
            caveat: None,
            rows: market_with_keys(&tr).rows,
            return_to: "/sessions".to_owned(),
            tr: tr.clone(),
        },
    );
    show(
        "window-app",
        &app_window(
            &tr,
            None,
            AppForm {
                marketplaces: vec![Choice::of("1688", "1688", true)],
                ..AppForm::default()
            },
            None,
            "R",
        ),
    );
}

#[test]
fn own() {
    let tr = Tr::english();
    show(
        "own",
        &OwnPage {
            shell: shell(tr.own_title(), "/settings"),
            tabs: settings_tabs(&tr, "/settings/password"),
            saved: None,
            fault: None,
            login: "olga".to_owned(),
            password: vec![Input::password(
                "old",
                tr.own_password_old(),
                Some("This is not your password.".to_owned()),
            )],
            zone: Input::select(
                "zone",
                tr.own_zone(),
                vec![Choice::of("Europe/Moscow", "Europe/Moscow", true)],
            ),
            tr: tr.clone(),
        },
    );
}

#[test]
fn sign_in() {
    let tr = Tr::english();
    show(
        "sign-in",
        &SignInPage::new(
            tr.clone(),
            "/orders",
            "olga",
            Some(tr.sign_in_refused().to_owned()),
            "R".to_owned(),
        ),
    );
}
