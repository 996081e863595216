//! Offers, accounts, messages and calls in the console.

use super::{Frame, PAGE, page_number, pages};
use crate::catalogue::Offer;
use crate::control;
use crate::incoming::{Incoming, Reply};
use crate::marketplace::{Desk, Marketplace};
use crate::moment::text_date;
use crate::money::{parse_yuan, yuan_text};
use crate::order_page::{attributes, page};
use crate::state::{DEMO_PASSWORD, PushState};
use crate::trade::Refusal;
use askama::Template;
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use world::Timestamp;

struct Tile {
    id: String,
    title: String,
    price: String,
    specs: usize,
    minimum: i64,
    stock: i64,
    sale: bool,
}

#[derive(Template)]
#[template(path = "console/offers.html")]
struct Offers {
    frame: Frame,
    total: usize,
    query: String,
    rows: Vec<Tile>,
    pages: Vec<(String, String, bool)>,
}

struct SpecRow {
    id: String,
    text: String,
    price: String,
    stock: i64,
    gone: bool,
}

#[derive(Template)]
#[template(path = "console/offer.html")]
struct OfferTemplate<'a> {
    frame: Frame,
    here: String,
    page_path: String,
    offer: &'a Offer,
    shop: String,
    price: String,
    specs: Vec<SpecRow>,
}

struct AccountRow {
    login: String,
    member: String,
    company: String,
    orders: usize,
    tokens: usize,
}

#[derive(Template)]
#[template(path = "console/accounts.html")]
struct Accounts {
    frame: Frame,
    rows: Vec<AccountRow>,
    /// Name, key, secret, where messages go.
    apps: Vec<(String, String, String, String)>,
    password: &'static str,
}

struct PushRow {
    born: String,
    topic: String,
    user: String,
    state: &'static str,
    class: &'static str,
    tries: u32,
    data: String,
}

#[derive(Template)]
#[template(path = "console/pushes.html")]
struct Pushes {
    frame: Frame,
    rows: Vec<PushRow>,
}

struct CallRow {
    at: String,
    api: String,
    account: String,
    reference: String,
    outcome: String,
    bad: bool,
    status: u16,
    ms: String,
}

#[derive(Template)]
#[template(path = "console/calls.html")]
struct Calls {
    frame: Frame,
    rows: Vec<CallRow>,
}

/// The offers, as tiles.
pub(super) fn offers(desk: &Desk<'_>, call: &Incoming, frame: Frame) -> Reply {
    let query = call.text("q").to_owned();
    let found: Vec<&Offer> = desk
        .market
        .offers
        .values()
        .filter(|offer| {
            query.is_empty()
                || offer.item_id.contains(&query)
                || offer.title.contains(&query)
                || offer.category == query
                || desk
                    .market
                    .sellers
                    .get(&offer.seller)
                    .is_some_and(|seller| seller.shop.contains(&query))
        })
        .collect();
    let at = page_number(call);
    let name = frame.name;
    let pages = pages(found.len(), at, |page| {
        let fields = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &query)
            .append_pair("page", &page.to_string())
            .finish();
        format!("/console/{name}/offers?{fields}")
    });
    let total = found.len();
    let rows = found
        .into_iter()
        .skip((at - 1) * PAGE)
        .take(PAGE)
        .map(|offer| Tile {
            id: offer.item_id.clone(),
            title: offer.title.clone(),
            price: yuan_text(offer.unit_price(None, offer.minimum)),
            specs: offer.specifications.len(),
            minimum: offer.minimum,
            stock: offer.stock_total(),
            sale: offer.tradable && offer.status == "published",
        })
        .collect();
    page(
        200,
        &Offers {
            frame,
            total,
            query,
            rows,
            pages,
        },
    )
}

/// One offer.
pub(super) fn offer(
    marketplace: &dyn Marketplace,
    desk: &Desk<'_>,
    id: &str,
    frame: Frame,
    status: u16,
) -> Reply {
    let Some(offer) = desk.market.offers.get(id) else {
        return Reply::text(404, "there is no such offer\n");
    };
    let template = OfferTemplate {
        here: format!("/console/{}/offers/{id}", frame.name),
        page_path: marketplace.offer_path(&offer.item_id),
        shop: desk
            .market
            .sellers
            .get(&offer.seller)
            .map(|seller| seller.shop.clone())
            .unwrap_or_default(),
        price: yuan_text(offer.price_fen),
        specs: offer
            .specifications
            .iter()
            .map(|spec| SpecRow {
                id: spec.spec_id.clone(),
                text: attributes(&spec.attributes),
                price: yuan_text(offer.unit_price(Some(spec), offer.minimum)),
                stock: spec.stock,
                gone: spec.gone,
            })
            .collect(),
        offer,
        frame,
    };
    page(status, &template)
}

/// The offer's forms.
pub(super) fn offer_change(desk: &mut Desk<'_>, call: &Incoming, id: &str) -> Result<(), Refusal> {
    let mut body = Map::new();
    let offer = desk
        .market
        .offers
        .get(id)
        .ok_or_else(|| Refusal::missing("there is no such offer"))?;
    let spec_id = call.param("spec_id");
    let before = match spec_id {
        None => offer.price_fen,
        Some(spec) => offer
            .specifications
            .iter()
            .find(|row| row.spec_id == spec)
            .map_or(0, |row| offer.unit_price(Some(row), offer.minimum)),
    };
    if let Some(spec) = spec_id {
        body.insert("spec_id".into(), json!(spec));
    }
    if let Some(text) = call.param("price") {
        let fen = parse_yuan(text).ok_or_else(|| {
            Refusal::value(format!("“{text}” is no amount; write yuan such as 12.50"))
        })?;
        if fen != before {
            body.insert("price_fen".into(), json!(fen));
        }
    }
    for field in ["stock", "minimum"] {
        if let Some(text) = call.param(field) {
            body.insert(field.into(), json!(text));
        }
    }
    for field in ["tradable", "gone"] {
        if let Some(text) = call.param(field) {
            body.insert(field.into(), json!(text == "1"));
        }
    }
    control::offer_change(desk.market, id, &Value::Object(body))
}

/// Buyers and apps.
pub(super) fn accounts(desk: &Desk<'_>, frame: Frame, status: u16) -> Reply {
    let market = &*desk.market;
    let rows = market
        .accounts
        .values()
        .map(|account| AccountRow {
            login: account.login.clone(),
            member: account.member_id.clone(),
            company: account.company.clone(),
            orders: market
                .orders
                .values()
                .filter(|order| order.account == account.login)
                .count(),
            tokens: market
                .access
                .values()
                .chain(market.refresh.values())
                .filter(|token| {
                    token.account == account.login && !token.dead && token.until > desk.now.0
                })
                .count(),
        })
        .collect();
    let apps = market
        .apps
        .values()
        .map(|app| {
            (
                app.name.clone(),
                app.key.clone(),
                app.secret.clone(),
                app.push_url.clone().unwrap_or_default(),
            )
        })
        .collect();
    page(
        status,
        &Accounts {
            frame,
            rows,
            apps,
            password: DEMO_PASSWORD,
        },
    )
}

/// Where an app's messages go.
pub(super) fn push_url(desk: &mut Desk<'_>, call: &Incoming) -> Result<(), Refusal> {
    let url = call.text("url").to_owned();
    if !url.is_empty() && !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Refusal::value(
            "The address for messages must begin with http:// or https://.",
        ));
    }
    let app = desk
        .market
        .apps
        .get_mut(call.text("app_key"))
        .ok_or_else(|| Refusal::missing("there is no such app"))?;
    app.push_url = (!url.is_empty()).then_some(url);
    Ok(())
}

/// The latest messages.
pub(super) fn messages(desk: &Desk<'_>, frame: Frame) -> Reply {
    let mut pushes: Vec<_> = desk.market.pushes.values().collect();
    pushes.sort_by_key(|push| Reverse((push.born, push.msg_id)));
    let rows = pushes
        .into_iter()
        .take(200)
        .map(|push| {
            let (state, class) = match push.state {
                PushState::Waiting => ("waiting", "waiting"),
                PushState::Delivered => ("delivered", "delivered"),
                PushState::Kept => ("to be pulled", "kept"),
                PushState::Confirmed => ("pulled", "delivered"),
            };
            PushRow {
                born: text_date(Timestamp(push.born)),
                topic: push.topic.clone(),
                user: push.user.clone(),
                state,
                class,
                tries: push.tries,
                data: push.data.clone(),
            }
        })
        .collect();
    page(200, &Pushes { frame, rows })
}

/// The latest gateway calls.
pub(super) fn calls(desk: &Desk<'_>, frame: Frame) -> Reply {
    let rows = desk
        .market
        .log
        .iter()
        .map(|line| CallRow {
            at: text_date(line.at),
            api: line.api.clone(),
            account: line.account.clone().unwrap_or_default(),
            reference: line.reference.clone().unwrap_or_default(),
            bad: line.outcome != "ok",
            outcome: line.outcome.clone(),
            status: line.status,
            ms: format!("{}.{}", line.micros / 1_000, line.micros % 1_000 / 100),
        })
        .collect();
    page(200, &Calls { frame, rows })
}
