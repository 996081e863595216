//! Orders in the console.

use super::{Frame, PAGE, page_number, pages};
use crate::control::act as control_act;
use crate::incoming::{Incoming, Reply};
use crate::marketplace::Desk;
use crate::money::parse_yuan;
use crate::order_page::{OrderPage, order_page, page};
use crate::trade::{CARRIERS, Closer, Order, Refusal, Status};
use askama::Template;
use serde_json::{Map, Value, json};
use std::cmp::Reverse;

#[derive(Template)]
#[template(path = "console/orders.html")]
struct Orders {
    frame: Frame,
    total: usize,
    query: String,
    /// Word, title, count, chosen.
    tabs: Vec<(&'static str, &'static str, usize, bool)>,
    rows: Vec<OrderPage>,
    pages: Vec<(String, String, bool)>,
}

#[derive(Template)]
#[template(path = "console/order.html")]
struct OrderTemplate {
    frame: Frame,
    here: String,
    order: OrderPage,
    carriers: Vec<(&'static str, &'static str)>,
    statuses: Vec<&'static str>,
    reasons: Vec<&'static str>,
}

const TABS: &[(&str, &str)] = &[
    ("", "All"),
    ("unpaid", "To pay"),
    ("paid", "To ship"),
    ("shipped", "On the way"),
    ("signed", "Signed"),
    ("success", "Completed"),
    ("closed", "Closed"),
];

const STATUSES: &[Status] = &[
    Status::Building,
    Status::Unpaid,
    Status::Paid,
    Status::Collecting,
    Status::Shipped,
    Status::Signing,
    Status::Signed,
    Status::Received,
    Status::Success,
    Status::Cancelled,
    Status::Terminated,
];

fn in_tab(order: &Order, tab: &str) -> bool {
    match tab {
        "" => true,
        "unpaid" => matches!(order.status, Status::Building | Status::Unpaid),
        "paid" => order.status == Status::Paid,
        "shipped" => matches!(
            order.status,
            Status::Collecting | Status::Shipped | Status::Signing
        ),
        "signed" => matches!(order.status, Status::Signed | Status::Received),
        "success" => order.status == Status::Success,
        "closed" => matches!(order.status, Status::Cancelled | Status::Terminated),
        _ => false,
    }
}

fn found(order: &Order, query: &str) -> bool {
    query.is_empty()
        || order.number.contains(query)
        || order.account.contains(query)
        || (!order.extra.is_null() && order.extra.to_string().contains(query))
        || order
            .reference
            .as_deref()
            .is_some_and(|reference| reference.contains(query))
        || order
            .lines
            .iter()
            .any(|line| line.item_id == query || line.title.contains(query))
        || order
            .deliveries
            .iter()
            .any(|delivery| delivery.tracking.contains(query))
}

/// The list.
pub(super) fn list(desk: &Desk<'_>, call: &Incoming, frame: Frame) -> Reply {
    let query = call.text("q").to_owned();
    let tab = call.text("status").to_owned();
    let mut orders: Vec<&Order> = desk
        .market
        .orders
        .values()
        .filter(|order| found(order, &query))
        .collect();
    let tabs = TABS
        .iter()
        .map(|(word, title)| {
            (
                *word,
                *title,
                orders.iter().filter(|order| in_tab(order, word)).count(),
                *word == tab,
            )
        })
        .collect();
    orders.retain(|order| in_tab(order, &tab));
    orders.sort_by_key(|order| Reverse(order.sequence));
    let at = page_number(call);
    let total = orders.len();
    let name = frame.name;
    let address = |page: usize| {
        let fields = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &query)
            .append_pair("status", &tab)
            .append_pair("page", &page.to_string())
            .finish();
        format!("/console/{name}/orders?{fields}")
    };
    let pages = pages(total, at, address);
    let rows = orders
        .into_iter()
        .skip((at - 1) * PAGE)
        .take(PAGE)
        .map(|order| order_page(desk.market, order))
        .collect();
    page(
        200,
        &Orders {
            frame,
            total,
            query,
            tabs,
            rows,
            pages,
        },
    )
}

/// One order.
pub(super) fn show(desk: &Desk<'_>, number: &str, frame: Frame, status: u16) -> Reply {
    let Some(order) = desk.market.orders.get(number) else {
        return Reply::text(404, "there is no such order\n");
    };
    let template = OrderTemplate {
        here: format!("/console/{}/orders/{number}", frame.name),
        frame,
        order: order_page(desk.market, order),
        carriers: CARRIERS.iter().map(|(no, name, _)| (*no, *name)).collect(),
        reasons: [Closer::Seller, Closer::Buyer, Closer::System]
            .into_iter()
            .flat_map(|by| desk.market.marketplace.close_reasons(by))
            .copied()
            .fold(Vec::new(), |mut known, reason| {
                if !known.contains(&reason) {
                    known.push(reason);
                }
                known
            }),
        statuses: STATUSES.iter().map(|status| status.word()).collect(),
    };
    page(status, &template)
}

fn money(call: &Incoming, field: &str) -> Result<Option<i64>, Refusal> {
    let text = call.text(field);
    if text.is_empty() {
        return Ok(None);
    }
    parse_yuan(text)
        .map(Some)
        .ok_or_else(|| Refusal::value(format!("“{text}” is no amount; write yuan such as 12.50")))
}

/// Turns a form into what control takes, and does it.
pub(super) fn act(
    desk: &mut Desk<'_>,
    call: &Incoming,
    number: &str,
    action: &str,
) -> Result<(), Refusal> {
    let mut body = Map::new();
    match action {
        "price" => {
            let order = desk.market.order(number)?;
            // The form shows the present sums: only what was changed counts.
            let (goods, freight, discount) = (
                money(call, "goods")?,
                money(call, "freight")?,
                money(call, "discount")?,
            );
            if let Some(fen) = goods.filter(|fen| *fen != order.goods_fen()) {
                body.insert("goods_fen".into(), json!(fen));
            }
            if let Some(fen) = freight.filter(|fen| *fen != order.freight_fen) {
                body.insert("freight_fen".into(), json!(fen));
            }
            if let Some(fen) = discount {
                body.insert("discount_fen".into(), json!(fen));
            }
        }
        "ship" => {
            let mut lines = Vec::new();
            for (field, value) in &call.params {
                if let Some(line) = field.strip_prefix("ship_")
                    && !matches!(value.trim(), "" | "0")
                {
                    lines.push(json!({"line": line, "quantity": value}));
                }
            }
            if lines.is_empty() && call.params.keys().any(|field| field.starts_with("ship_")) {
                return Err(Refusal::value("Nothing was chosen to be shipped."));
            }
            body.insert("lines".into(), Value::Array(lines));
            copy(call, &mut body, &["company", "tracking"]);
        }
        "refund" => {
            copy(call, &mut body, &["line", "step", "refund"]);
            if let Some(fen) = money(call, "amount")? {
                body.insert("amount_fen".into(), json!(fen));
            }
        }
        _ => copy(
            call,
            &mut body,
            &[
                "line", "reason", "by", "delivery", "tracking", "company", "status", "word",
            ],
        ),
    }
    control_act(desk, number, action, &Value::Object(body)).map(|_| ())
}

fn copy(call: &Incoming, body: &mut Map<String, Value>, fields: &[&str]) {
    for field in fields {
        let text = call.text(field);
        if !text.is_empty() {
            body.insert((*field).to_owned(), json!(text));
        }
    }
}
