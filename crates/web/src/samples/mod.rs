//! Every page, filled as on a busy day, rendered in a test.
//!
//! `PAGES_TO=/some/folder cargo test -p web samples` also writes them and their assets there, so
//! that a plain file server shows them.

mod lists;
mod order;
mod purchase;
mod setup;

use crate::Tr;
use crate::pages::order::{OrderHead, OrderTab, order_tabs};
use crate::pages::{NavItem, Notice, Shell};
use crate::parts::{Configuration, Goods, Link, Tag};
use askama::Template;
use std::path::PathBuf;

pub(crate) fn shell(title: &str, active: &str) -> Shell {
    let tr = Tr::english();
    let place = |text: &str, url, icon, count| NavItem {
        active: url == active,
        text: text.to_owned(),
        url,
        icon,
        count,
    };
    Shell {
        nav: vec![
            place(tr.nav_orders(), "/orders", "clipboard-list", None),
            place(
                tr.nav_purchases(),
                "/purchases",
                "building-store",
                Some(("14".to_owned(), "orange")),
            ),
            place(tr.nav_activities(), "/activities", "activity", None),
            place(
                tr.nav_sessions(),
                "/sessions",
                "key",
                Some(("1".to_owned(), "red")),
            ),
            place(tr.nav_settings(), "/settings", "settings", None),
        ],
        title: title.to_owned(),
        person: "olga.petrova".to_owned(),
        search: String::new(),
        running: Some(Link::to("/activities/9", tr.synchronizing(2, "64"))),
        notices: Vec::new(),
        request_id: "K5QW2Z7A3M4N6P8R".to_owned(),
        live: None,
        window: None,
        tr,
    }
}

pub(crate) fn photo(hue: u32) -> String {
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'%3E%3Crect width='40' height='40' fill='hsl({hue} 45%25 82%25)'/%3E%3Crect x='9' y='14' width='22' height='15' rx='2' fill='hsl({hue} 40%25 58%25)'/%3E%3C/svg%3E"
    )
}

pub(crate) fn goods(number: &str, item: &str, hue: u32, title: &str, original: &str) -> Goods {
    Goods {
        number: format!("№ {number}"),
        item: item.to_owned(),
        url: Some(format!("https://detail.1688.com/offer/{item}.html")),
        photo: Some(photo(hue)),
        title: title.to_owned(),
        original: Some(original.to_owned()).filter(|o| !o.is_empty()),
    }
}

pub(crate) fn configuration(text: &str, original: &str) -> Configuration {
    Configuration {
        text: text.to_owned(),
        original: Some(original.to_owned()).filter(|o| !o.is_empty()),
    }
}

pub(crate) fn head(active: OrderTab) -> OrderHead {
    let tr = Tr::english();
    OrderHead {
        number: "ORD-000000053".to_owned(),
        url: "/orders/ORD-000000053".to_owned(),
        status: Tag::order_status(&tr, "in_purchase"),
        created: "02.12.15 10:48:15".to_owned(),
        goods: "34 $".to_owned(),
        goods_apart: Some("6 $".to_owned()),
        goods_exact: "33.974774905192626351667 USD".to_owned(),
        paid: "36 $".to_owned(),
        remaining: "0 $".to_owned(),
        record_payment: Some("/orders/ORD-000000053/payment".to_owned()),
        weight: "1 kg".to_owned(),
        delivery: "2 $".to_owned(),
        service: "Международная служба доставки China Post".to_owned(),
        customer: "Иванова Мария · C-1042".to_owned(),
        customer_url: Some("/orders?q=C-1042".to_owned()),
        rate: "1 $ = ¥ 6.40 · 1 Dec".to_owned(),
        comment: Some("Пожалуйста, положите всё в одну коробку.".to_owned()),
        actions: vec![Link::to("/orders/ORD-000000053/end", "Close or cancel")],
        tabs: order_tabs(&tr, "/orders/ORD-000000053", active, |tab| match tab {
            OrderTab::Items => Some(("5".to_owned(), "")),
            OrderTab::Purchase => Some(("3".to_owned(), "blue")),
            OrderTab::Parcels => Some(("1".to_owned(), "")),
            _ => None,
        }),
        ..OrderHead::default()
    }
}

pub(crate) fn notice() -> Notice {
    Notice {
        tone: "danger",
        text: "Session cn_buyer_02 at 1688 was revoked. Its bookings wait until someone logs in again."
            .to_owned(),
        link: Some(Link::to("/sessions/2", "Log in again")),
    }
}

fn show(name: &str, page: &impl Template) {
    let html = page.render().unwrap();
    check(name, &html);
    if let Some(folder) = std::env::var_os("PAGES_TO").map(PathBuf::from) {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        crate::assets::write_below(&folder).unwrap();
    }
}

/// What must hold for every page: nothing inline, every form that posts names its run, every id
/// stands once, every element is closed.
fn check(name: &str, html: &str) {
    for bad in [
        " style=\"",
        "<style",
        "javascript:",
        " onclick",
        "{{",
        "/a/none/",
    ] {
        assert!(!html.contains(bad), "{name}: {bad}");
    }
    for form in html.split("<form").skip(1) {
        let form = form.split("</form").next().unwrap();
        let opening = form.split('>').next().unwrap();
        if opening.contains("method=\"post\"") {
            assert!(
                form.contains("name=\"request_id\""),
                "{name}: form{opening}"
            );
        }
    }
    let mut ids: Vec<&str> = html
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{name}: an id stands twice");
    for tag in [
        "div", "section", "form", "table", "tbody", "tr", "td", "details", "dialog", "span", "ul",
        "ol", "li",
    ] {
        let opened =
            html.matches(&format!("<{tag} ")).count() + html.matches(&format!("<{tag}>")).count();
        let closed = html.matches(&format!("</{tag}>")).count();
        assert_eq!(opened, closed, "{name}: <{tag}> is not closed");
    }
}
