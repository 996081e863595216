//! The Items tab: everything that is known of each item, and what can be done with chosen ones.

use super::Shell;
use super::again::{follow, whole};
use super::order::{self, OrderHead, OrderTab, exactly};
use crate::http::{Page, PageError, Path};
use crate::panel::{Panel, Person};
use crate::parts::{Configuration, Fault, Goods, Outside, Tag};
use crate::{Tr, show};
use app::item::Original;
use app::order::{OrderPage, PageItem};
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use std::collections::BTreeSet;

/// The tab.
#[derive(Clone, Debug, Template)]
#[template(path = "order/items.html", blocks = ["main"])]
pub struct OrderItemsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The order's head.
    pub head: OrderHead,
    /// The items in their order.
    pub items: Vec<ItemRow>,
    /// `4 items, 10 units`.
    pub summary: String,
    /// Sum of the items.
    pub sum: String,
    /// What of it is cancelled, returned or impossible to deliver.
    pub sum_apart: Option<String>,
    /// Weight of the items.
    pub weight: String,
    /// What the person may do here.
    pub may: ItemRights,
}

/// What a person may do with items.
#[derive(Clone, Copy, Debug, Default)]
pub struct ItemRights {
    /// Change statuses.
    pub change_status: bool,
    /// Split, edit, correct.
    pub edit: bool,
    /// Create parcels.
    pub parcels: bool,
}

/// One item.
#[derive(Clone, Debug, Default)]
pub struct ItemRow {
    /// Row id.
    pub id: i64,
    /// What it is.
    pub goods: Goods,
    /// Where it comes from.
    pub marketplace: Tag,
    /// Seller as the marketplace writes it.
    pub seller: String,
    /// Its configuration.
    pub configuration: Configuration,
    /// What the customer ordered, where it was corrected.
    pub corrected_from: Option<String>,
    /// Quantity.
    pub quantity: String,
    /// Unit.
    pub unit: String,
    /// `2 reserved · 3 of 5 purchased`.
    pub units: Option<String>,
    /// Price.
    pub price: String,
    /// Price exactly.
    pub price_exact: String,
    /// Expected price at the marketplace.
    pub expected: String,
    /// Sum.
    pub sum: String,
    /// Weight.
    pub weight: String,
    /// Status.
    pub status: Tag,
    /// Age and source of the status.
    pub status_age: String,
    /// What the marketplace says otherwise.
    pub status_note: Option<String>,
    /// Comment of the customer.
    pub customer_comment: Option<String>,
    /// Comment of the operator.
    pub operator_comment: Option<String>,
    /// Purchases that cover it.
    pub purchases: Vec<Outside>,
    /// Parcels it is in.
    pub parcels: Vec<String>,
    /// Further photos.
    pub photos: Vec<String>,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// `GET /orders/{number}/items`
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    Path(number): Path<String>,
) -> Result<Page<OrderItemsPage>, PageError> {
    view(&panel, &person, &number).await.map(Page)
}

/// `GET /orders/{number}/items/events`
pub(crate) async fn events(
    State(panel): State<Panel>,
    person: Person,
    headers: HeaderMap,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let topic = order::topic(&panel, &person, &number).await?;
    Ok(follow(&panel, headers, [topic], move |panel, person| {
        let number = number.clone();
        async move {
            let page = view(&panel, &person, &number).await?;
            whole(&page.shell, page.as_main().render())
        }
    }))
}

async fn view(panel: &Panel, person: &Person, number: &str) -> Result<OrderItemsPage, PageError> {
    let tr = person.tr();
    let page = order::load(panel, person, number).await?;
    let units: i64 = page.items.iter().map(|item| item.row.quantity).sum();
    Ok(OrderItemsPage {
        shell: order::shell(panel, person, &page, "items/events").await?,
        head: order::head(panel, person, &page, OrderTab::Items).await?,
        items: page
            .items
            .iter()
            .map(|item| item_row(panel, person, &page, item))
            .collect(),
        summary: format!(
            "{}, {}",
            tr.n_items(page.order.items_count),
            tr.n_units(units)
        ),
        sum: person.money(&page.order.goods, &page.order.currency),
        sum_apart: page
            .left_out()
            .map(|sum| person.money(&sum, &page.order.currency)),
        weight: person.weight(page.order.weight_g),
        may: ItemRights {
            change_status: true,
            edit: true,
            parcels: true,
        },
        tr: tr.clone(),
    })
}

fn item_row(panel: &Panel, person: &Person, page: &OrderPage, item: &PageItem) -> ItemRow {
    let (fmt, tr, row) = (&person.fmt, person.tr(), &item.row);
    let currency = &page.order.currency;
    let filled = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    let status_at = fmt.moment(row.status_at);
    let says = item
        .marketplace_says
        .as_ref()
        .map(|message| fmt.say(message));
    let elsewhere = row
        .bought_elsewhere
        .as_ref()
        .map(|note| match note.as_str() {
            "" => tr.bought_elsewhere().to_owned(),
            note => format!("{}: {note}", tr.bought_elsewhere()),
        });
    ItemRow {
        id: row.id,
        goods: panel.goods(item),
        marketplace: Tag::marketplace(tr, &row.marketplace),
        seller: row.seller_name.clone(),
        configuration: show::configuration(row),
        corrected_from: item
            .original
            .as_ref()
            .map(|original| ordered(person, original)),
        quantity: row.quantity.to_string(),
        unit: row.unit.clone(),
        units: units(person, item),
        price: person.money(&row.price, currency),
        price_exact: exactly(&row.price, currency),
        expected: row
            .expected_fen
            .map_or_else(|| "—".to_owned(), |fen| fmt.fen(fen)),
        sum: item
            .sum()
            .map_or_else(|| "—".to_owned(), |sum| person.money(&sum, currency)),
        weight: person.weight(row.weight_g.and_then(|g| g.checked_mul(row.quantity))),
        status: Tag::item_status(tr, row.status.code()),
        status_age: if row.status_by_person {
            tr.set_by_hand(status_at)
        } else {
            status_at
        },
        status_note: says.or(elsewhere),
        customer_comment: filled(&row.comment_customer),
        operator_comment: filled(&row.comment_operator),
        purchases: purchases(panel, page, item),
        parcels: parcels(person, page, item),
        photos: Vec::new(),
        faults: item
            .note
            .iter()
            .map(|message| fmt.fault(message, None))
            .collect(),
    }
}

/// `2 reserved · 3 of 5 purchased`; nothing where all units stand alike.
fn units(person: &Person, item: &PageItem) -> Option<String> {
    let tr = person.tr();
    let all = item.row.quantity;
    let mut parts = Vec::new();
    if item.reserved > 0 {
        parts.push(tr.units_reserved(item.reserved));
    }
    if item.covered > 0 && item.covered < all {
        parts.push(tr.units_covered(all, item.covered));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// What the customer ordered before it was corrected.
fn ordered(person: &Person, original: &Original) -> String {
    let specification = original
        .specification
        .as_ref()
        .map(|s| format!(" / {s}"))
        .unwrap_or_default();
    let seller = if original.seller_name.is_empty() {
        String::new()
    } else {
        format!(" · {}", original.seller_name)
    };
    let price = original
        .expected_fen
        .map(|fen| format!(" · {}", person.fmt.fen(fen)))
        .unwrap_or_default();
    format!(
        "{}{specification} × {}{seller}{price}",
        original.item, original.quantity
    )
}

fn purchases(panel: &Panel, page: &OrderPage, item: &PageItem) -> Vec<Outside> {
    let lines: BTreeSet<i64> = page
        .claims
        .iter()
        .filter(|claim| claim.item_id == item.row.id)
        .filter_map(|claim| claim.purchase_line_id)
        .collect();
    let purchases: BTreeSet<i64> = page
        .lines
        .iter()
        .filter(|line| lines.contains(&line.id))
        .map(|line| line.purchase_id)
        .collect();
    page.purchases
        .iter()
        .filter(|purchase| purchases.contains(&purchase.id))
        .map(|purchase| panel.outside_order(&purchase.marketplace, &purchase.order_number))
        .collect()
}

fn parcels(person: &Person, page: &OrderPage, item: &PageItem) -> Vec<String> {
    let tr = person.tr();
    let inside = page.parcels.iter().filter_map(|parcel| {
        let units = parcel
            .items
            .iter()
            .find(|inside| inside.item_id == item.row.id)?
            .quantity;
        let name = tr.parcel_name(parcel.row.position);
        Some(if units == item.row.quantity {
            name
        } else {
            format!("{name} · {units}")
        })
    });
    inside.collect()
}
