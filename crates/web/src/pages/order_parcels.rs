//! The Parcels tab: what goes to the customer.

use super::Shell;
use super::again::{follow, whole};
use super::order::{self, OrderHead, OrderTab, order_url};
use crate::http::{Fields, Htmx, Page, PageError, Path, go};
use crate::panel::{Panel, Person};
use crate::parts::{Configuration, Empty, Goods, Link, Outside, Tag};
use crate::{Tr, show};
use app::order::{OrderPage, PageItem, PageParcel};
use app::parcel::ParcelStatus;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

/// The tab.
#[derive(Clone, Debug, Template)]
#[template(path = "order/parcels.html", blocks = ["main"])]
pub struct OrderParcelsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The order's head.
    pub head: OrderHead,
    /// The parcels.
    pub parcels: Vec<ParcelCard>,
    /// Items that can be packed and are in no parcel.
    pub unpacked: Vec<UnpackedRow>,
    /// What stands there when there is nothing.
    pub empty: Option<Empty>,
    /// The person may change parcels.
    pub may_change: bool,
}

/// One parcel.
#[derive(Clone, Debug, Default)]
pub struct ParcelCard {
    /// `Parcel 1`.
    pub name: String,
    /// Row id.
    pub id: i64,
    /// Status.
    pub status: Tag,
    /// Weight, or `—`.
    pub weight: String,
    /// `40 × 30 × 20 cm`, or `—`.
    pub size: String,
    /// Delivery service.
    pub service: String,
    /// Tracking code.
    pub tracking: Option<Outside>,
    /// When it was packed or shipped.
    pub when: String,
    /// Statuses that it may go to; each posts at once.
    pub moves: Vec<Link>,
    /// Opens the window with weight, size, service and tracking code.
    pub edit: String,
    /// Opens the window that moves items elsewhere.
    pub move_items: Option<String>,
    /// What is inside.
    pub rows: Vec<ParcelRow>,
    /// `3 items · 7 units`.
    pub summary: String,
}

/// Goods in a parcel.
#[derive(Clone, Debug, Default)]
pub struct ParcelRow {
    /// What it is.
    pub goods: Goods,
    /// Its configuration.
    pub configuration: Configuration,
    /// How many of how many.
    pub quantity: String,
    /// Weight.
    pub weight: String,
}

/// Goods that wait for a parcel.
#[derive(Clone, Debug, Default)]
pub struct UnpackedRow {
    /// Row id of the item.
    pub id: i64,
    /// What it is.
    pub goods: Goods,
    /// Its configuration.
    pub configuration: Configuration,
    /// How many.
    pub quantity: String,
    /// Weight.
    pub weight: String,
    /// Status.
    pub status: Tag,
}

/// `GET /orders/{number}/parcels`
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    Path(number): Path<String>,
) -> Result<Page<OrderParcelsPage>, PageError> {
    view(&panel, &person, &number).await.map(Page)
}

/// `GET /orders/{number}/parcels/events`
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

async fn view(panel: &Panel, person: &Person, number: &str) -> Result<OrderParcelsPage, PageError> {
    let tr = person.tr();
    let page = order::load(panel, person, number).await?;
    let head = order::head(panel, person, &page, OrderTab::Parcels).await?;
    let parcels: Vec<ParcelCard> = page
        .parcels
        .iter()
        .map(|parcel| card(panel, person, &page, parcel, &head.url))
        .collect();
    let unpacked: Vec<UnpackedRow> = page
        .items
        .iter()
        .filter(|item| item.waiting() > 0)
        .map(|item| UnpackedRow {
            id: item.row.id,
            goods: panel.goods(item),
            configuration: show::configuration(&item.row),
            quantity: person.fmt.quantity(item.waiting(), item.row.quantity),
            weight: weight_of(person, item, item.waiting()),
            status: Tag::item_status(tr, item.row.status.code()),
        })
        .collect();
    let nothing = parcels.is_empty() && unpacked.is_empty();
    Ok(OrderParcelsPage {
        shell: order::shell(panel, person, &page, "parcels/events").await?,
        empty: nothing.then(|| Empty {
            icon: "package",
            title: tr.parcels_empty_title().to_owned(),
            text: tr.parcels_empty_text().to_owned(),
            ..Empty::default()
        }),
        tr: tr.clone(),
        head,
        parcels,
        unpacked,
        may_change: true,
    })
}

fn weight_of(person: &Person, item: &PageItem, units: i64) -> String {
    person.weight(item.row.weight_g.and_then(|g| g.checked_mul(units)))
}

fn card(
    panel: &Panel,
    person: &Person,
    page: &OrderPage,
    parcel: &PageParcel,
    url: &str,
) -> ParcelCard {
    let (fmt, tr, row) = (&person.fmt, person.tr(), &parcel.row);
    let status = ParcelStatus::of(row);
    let at = format!("{url}/parcels/{}", row.id);
    let open = matches!(status, ParcelStatus::Draft | ParcelStatus::Packed);
    let mut moves: Vec<Link> = status
        .next()
        .iter()
        .map(|to| Link::to(format!("{at}/to/{}", to.code()), move_text(tr, status, *to)))
        .collect();
    if status == ParcelStatus::Draft {
        moves.push(Link::to(format!("{at}/delete"), tr.parcel_delete()));
    }
    let units: i64 = parcel.items.iter().map(|inside| inside.quantity).sum();
    ParcelCard {
        name: tr.parcel_name(row.position),
        id: row.id,
        status: Tag::parcel_status(tr, &row.status),
        weight: person.weight(row.weight_g),
        size: size_text(row.length_mm, row.width_mm, row.height_mm).map_or_else(
            || "—".to_owned(),
            |size| format!("{size} {}", tr.centimetre_sign()),
        ),
        service: row.service.clone(),
        tracking: (!row.tracking.is_empty()).then(|| person.tracking(&row.tracking)),
        when: fmt.moment(row.changed_at),
        moves,
        move_items: (open && !parcel.items.is_empty()).then(|| format!("{at}/move")),
        edit: at,
        summary: {
            let items = i64::try_from(parcel.items.len()).unwrap_or(i64::MAX);
            format!("{} · {}", tr.n_items(items), tr.n_units(units))
        },
        rows: parcel
            .items
            .iter()
            .filter_map(|inside| {
                let item = page
                    .items
                    .iter()
                    .find(|item| item.row.id == inside.item_id)?;
                Some(ParcelRow {
                    goods: panel.goods(item),
                    configuration: show::configuration(&item.row),
                    quantity: fmt.quantity(inside.quantity, item.row.quantity),
                    weight: weight_of(person, item, inside.quantity),
                })
            })
            .collect(),
    }
}

/// Forward a move says what is done, backward that it is taken back.
fn move_text(tr: &Tr, from: ParcelStatus, to: ParcelStatus) -> &str {
    if to < from {
        tr.by_key("parcel-back-to-", to.code())
    } else {
        tr.by_key("parcel-to-", to.code())
    }
}

/// `40 × 30 × 20`, in centimetres.
pub(super) fn size_text(
    length: Option<i64>,
    width: Option<i64>,
    height: Option<i64>,
) -> Option<String> {
    let cm = |mm: i64| super::typed::decimal_text(mm, 1);
    Some(format!(
        "{} × {} × {}",
        cm(length?),
        cm(width?),
        cm(height?)
    ))
}

/// A parcel of this order, or an answer that there is none.
pub(super) fn of_order(page: &OrderPage, id: i64) -> Result<&PageParcel, PageError> {
    page.parcels
        .iter()
        .find(|parcel| parcel.row.id == id)
        .ok_or_else(PageError::not_found)
}

/// `POST /orders/{number}/parcels/{id}/to/{status}`
pub(crate) async fn go_to(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id, status)): Path<(String, i64, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    let to = ParcelStatus::from_code(&status).ok_or_else(PageError::not_found)?;
    of_order(&order::load(&panel, &person, &number).await?, id)?;
    app::parcel::change_status(&person.ctx, id, to)
        .await
        .map_err(|error| person.fmt.refuse(error))?;
    Ok(go(htmx, &format!("{}/parcels", order_url(&number))))
}

/// `POST /orders/{number}/parcels/{id}/delete`
pub(crate) async fn delete(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    of_order(&order::load(&panel, &person, &number).await?, id)?;
    app::parcel::delete(&person.ctx, id)
        .await
        .map_err(|error| person.fmt.refuse(error))?;
    Ok(go(htmx, &format!("{}/parcels", order_url(&number))))
}
