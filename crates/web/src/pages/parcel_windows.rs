//! Windows for parcels: create, edit, move items.

use super::form_window::{FormRow, FormWindow, RowInput};
use super::item_windows::At;
use super::order::{self, order_url};
use super::order_parcels::{of_order, size_text};
use super::typed::{Faults, Typed, decimal, decimal_text, page_under, whole};
use crate::http::{Field, Fields, Htmx, PageError, Path, go};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Goods, Input};
use app::order::OrderPage;
use app::parcel::{CreateParcel, EditParcel, MoveItems, ParcelStatus, To};
use app::{AppError, Message};
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

/// Goods that can be put into a parcel or moved to another.
#[derive(Clone, Debug, Default)]
pub struct Packable {
    /// Row id of the item.
    pub id: i64,
    /// What it is.
    pub goods: Goods,
    /// How many there are.
    pub all: i64,
    /// How many are proposed or were typed.
    pub quantity: Field,
}

fn rows(at: At<'_>, goods: Vec<Packable>) -> Vec<FormRow> {
    goods
        .into_iter()
        .map(|p| FormRow {
            goods: p.goods,
            note: String::new(),
            input: Some(RowInput {
                name: format!("quantity-{}", p.id),
                label: at.tr.col_quantity().to_owned(),
                value: p.quantity.value,
                error: p.quantity.error,
                unit: at.tr.of_all(p.all),
            }),
        })
        .collect()
}

/// What is known of a parcel.
#[derive(Clone, Debug, Default)]
pub struct ParcelForm {
    /// Weight in kilograms.
    pub weight: Field,
    /// Length, width and height in centimetres: `40 × 30 × 20`.
    pub size: Field,
    /// Delivery service.
    pub service: Field,
    /// Tracking code.
    pub tracking: Field,
    /// Note.
    pub note: Field,
}

fn parcel_inputs(at: At<'_>, form: ParcelForm) -> Vec<Input> {
    let tr = at.tr;
    vec![
        Input::decimal("weight", tr.fact_weight(), form.weight).unit(tr.kilogram_sign()),
        Input::text("size", tr.fact_size(), form.size)
            .unit(tr.centimetre_sign())
            .hint(tr.parcel_size_hint()),
        Input::text("service", tr.fact_service(), form.service),
        Input::text("tracking", tr.fact_tracking(), form.tracking),
        Input::area("note", tr.payment_note(), form.note).rows(2),
    ]
}

/// Create a parcel from chosen items. It is measured and sent later.
#[must_use]
pub fn parcel_new_window(at: At<'_>, goods: Vec<Packable>, service: Field) -> FormWindow {
    let tr = at.tr;
    let window = at.window(tr.parcel_create(), "parcels/new");
    if goods.is_empty() {
        return FormWindow {
            warning: Some(tr.parcel_nothing_waits().to_owned()),
            ..window
        };
    }
    FormWindow {
        rows: rows(at, goods),
        inputs: vec![Input::text("service", tr.fact_service(), service)],
        submit: Some(tr.parcel_create().to_owned()),
        ..window
    }
}

/// Edit weight, size, service and tracking code.
#[must_use]
pub fn parcel_edit_window(at: At<'_>, parcel: i64, form: ParcelForm) -> FormWindow {
    FormWindow {
        inputs: parcel_inputs(at, form),
        submit: Some(at.tr.save().to_owned()),
        ..at.window(at.tr.parcel_edit(), &format!("parcels/{parcel}"))
    }
}

/// Move items to another parcel, to a new one, or out. `targets` hold the other parcels.
#[must_use]
pub fn parcel_move_window(
    at: At<'_>,
    parcel: i64,
    goods: Vec<Packable>,
    targets: Vec<Choice>,
) -> FormWindow {
    FormWindow {
        rows: rows(at, goods),
        inputs: vec![Input::select("to", at.tr.parcel_move_to(), targets)],
        submit: Some(at.tr.parcel_move().to_owned()),
        ..at.window(at.tr.parcel_move(), &format!("parcels/{parcel}/move"))
    }
}

/// What a window about one order is answered with.
struct Ask<'a> {
    panel: &'a Panel,
    person: &'a Person,
    htmx: Htmx,
    page: &'a OrderPage,
}

impl Ask<'_> {
    async fn answer(
        &self,
        mut typed: Typed,
        build: impl FnOnce(At<'_>, &mut Typed) -> FormWindow,
    ) -> Result<Response, PageError> {
        let number = &self.page.order.number;
        let (url, request_id) = (order_url(number), self.panel.request_id());
        let at = At {
            tr: self.person.tr(),
            order: number,
            url: &url,
            request_id: &request_id,
        };
        let mut window = build(at, &mut typed);
        let status = typed.status();
        window.fault = typed.rest(&self.person.fmt);
        let back = format!("{url}/parcels");
        self.panel
            .form(self.htmx, self.person, &back, status, &window)
            .await
    }
}

fn after(htmx: Htmx, headers: &HeaderMap, number: &str) -> Response {
    go(
        htmx,
        &page_under(headers, &format!("{}/parcels", order_url(number))),
    )
}

/// Units that were typed beside items: `quantity-17` = 2. Empty and 0 leave the item out.
fn units(fields: &Fields, faults: &mut Faults) -> Vec<(i64, i64)> {
    let mut out = Vec::new();
    for (name, value) in &fields.0 {
        let Some(id) = name
            .strip_prefix("quantity-")
            .and_then(|id| id.parse().ok())
        else {
            continue;
        };
        match whole(value.trim()) {
            Ok(None | Some(0)) => {}
            Ok(Some(n)) if n > 0 => out.push((id, n)),
            _ => faults.add(name, Message::of("form-whole_number")),
        }
    }
    out
}

fn chosen_units(fields: &Fields) -> Result<Vec<(i64, i64)>, AppError> {
    let mut faults = Faults::default();
    let units = units(fields, &mut faults);
    faults.check()?;
    if units.is_empty() {
        Err(AppError::refused("items-choose"))
    } else {
        Ok(units)
    }
}

/// `GET /orders/{number}/parcels/new`
pub(crate) async fn new_show(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let ids = Fields::parse(query.unwrap_or_default().as_bytes()).ids("item")?;
    let page = order::load(&panel, &person, &number).await?;
    let ask = Ask {
        panel: &panel,
        person: &person,
        htmx,
        page: &page,
    };
    answer_new(&ask, &ids, Typed::fresh()).await
}

/// `POST /orders/{number}/parcels/new`
pub(crate) async fn new_send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let request_id = fields.request_id()?.to_owned();
    let done = match chosen_units(&fields) {
        Ok(items) => {
            let request = CreateParcel {
                request_id,
                number: number.clone(),
                service: fields.text("service").to_owned(),
                items,
            };
            app::parcel::create(&person.ctx, request).await
        }
        Err(error) => Err(error),
    };
    let Err(error) = done else {
        return Ok(go(htmx, &format!("{}/parcels", order_url(&number))));
    };
    let page = order::load(&panel, &person, &number).await?;
    let ids: Vec<i64> = fields
        .0
        .iter()
        .filter_map(|(name, _)| name.strip_prefix("quantity-")?.parse().ok())
        .collect();
    let typed = Typed::refused(&person.fmt, fields, error)?;
    answer_new(
        &Ask {
            panel: &panel,
            person: &person,
            htmx,
            page: &page,
        },
        &ids,
        typed,
    )
    .await
}

/// The chosen items, or all that wait when none was chosen.
async fn answer_new(ask: &Ask<'_>, ids: &[i64], typed: Typed) -> Result<Response, PageError> {
    ask.answer(typed, |at, typed| {
        let sent = typed.is_sent();
        let goods = ask
            .page
            .items
            .iter()
            .filter(|item| {
                if ids.is_empty() {
                    item.waiting() > 0
                } else {
                    ids.contains(&item.row.id)
                }
            })
            .filter(|item| item.waiting() > 0 || sent)
            .map(|item| Packable {
                id: item.row.id,
                goods: ask.panel.goods(item),
                all: item.waiting(),
                quantity: typed.field(
                    &format!("quantity-{}", item.row.id),
                    item.waiting().to_string(),
                ),
            })
            .collect();
        let service = typed.field("service", &ask.page.order.delivery_service);
        parcel_new_window(at, goods, service)
    })
    .await
}

/// `GET /orders/{number}/parcels/{id}`
pub(crate) async fn edit_show(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
) -> Result<Response, PageError> {
    let page = order::load(&panel, &person, &number).await?;
    answer_edit(
        &Ask {
            panel: &panel,
            person: &person,
            htmx,
            page: &page,
        },
        id,
        Typed::fresh(),
    )
    .await
}

/// `POST /orders/{number}/parcels/{id}`
pub(crate) async fn edit_send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    let page = order::load(&panel, &person, &number).await?;
    of_order(&page, id)?;
    let done = match edited(id, &fields) {
        Ok(request) => app::parcel::edit(&person.ctx, request).await,
        Err(error) => Err(error),
    };
    let Err(error) = done else {
        return Ok(after(htmx, &headers, &number));
    };
    let typed = Typed::refused(&person.fmt, fields, error)?;
    answer_edit(
        &Ask {
            panel: &panel,
            person: &person,
            htmx,
            page: &page,
        },
        id,
        typed,
    )
    .await
}

fn edited(parcel: i64, fields: &Fields) -> Result<EditParcel, AppError> {
    let mut faults = Faults::default();
    let weight_g = faults.take(
        "weight",
        decimal(fields.text("weight"), 3, "parcel-weight_range"),
    );
    let size_mm = faults.take("size", size(fields.text("size")));
    faults.check()?;
    let text = |name: &str| fields.text(name).to_owned();
    Ok(EditParcel {
        parcel,
        service: text("service"),
        tracking: text("tracking"),
        note: text("note"),
        weight_g,
        size_mm,
    })
}

/// Three lengths in centimetres, as millimetres: `40 × 30 × 20`, `40x30,5x20`.
fn size(text: &str) -> Result<Option<[i64; 3]>, Message> {
    const KEY: &str = "parcel-size_range";
    if text.is_empty() {
        return Ok(None);
    }
    // The Latin and the Cyrillic letter, and the sign.
    let parts: Vec<&str> = text
        .split(['×', 'x', 'X', 'х', 'Х', '*'])
        .map(str::trim)
        .collect();
    let [length, width, height] = parts.as_slice() else {
        return Err(Message::of(KEY));
    };
    let mm = |part: &str| decimal(part, 1, KEY)?.ok_or_else(|| Message::of(KEY));
    Ok(Some([mm(length)?, mm(width)?, mm(height)?]))
}

async fn answer_edit(ask: &Ask<'_>, id: i64, typed: Typed) -> Result<Response, PageError> {
    let row = &of_order(ask.page, id)?.row;
    ask.answer(typed, |at, typed| {
        let form = ParcelForm {
            weight: typed.field(
                "weight",
                row.weight_g.map(|g| decimal_text(g, 3)).unwrap_or_default(),
            ),
            size: typed.field(
                "size",
                size_text(row.length_mm, row.width_mm, row.height_mm).unwrap_or_default(),
            ),
            service: typed.field("service", &row.service),
            tracking: typed.field("tracking", &row.tracking),
            note: typed.field("note", &row.note),
        };
        parcel_edit_window(at, id, form)
    })
    .await
}

/// `GET /orders/{number}/parcels/{id}/move`
pub(crate) async fn move_show(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
) -> Result<Response, PageError> {
    let page = order::load(&panel, &person, &number).await?;
    answer_move(
        &Ask {
            panel: &panel,
            person: &person,
            htmx,
            page: &page,
        },
        id,
        Typed::fresh(),
    )
    .await
}

/// `POST /orders/{number}/parcels/{id}/move`
pub(crate) async fn move_send(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path((number, id)): Path<(String, i64)>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    let to = match fields.text("to") {
        NEW => To::New,
        OUT => To::Out,
        parcel => To::Parcel(parcel.parse().map_err(|_| PageError::bad_request())?),
    };
    let done = match chosen_units(&fields) {
        Ok(items) => {
            let request = MoveItems {
                number: number.clone(),
                from: Some(id),
                to,
                items,
            };
            app::parcel::move_items(&person.ctx, request).await
        }
        Err(error) => Err(error),
    };
    let Err(error) = done else {
        return Ok(after(htmx, &headers, &number));
    };
    let page = order::load(&panel, &person, &number).await?;
    let typed = Typed::refused(&person.fmt, fields, error)?;
    answer_move(
        &Ask {
            panel: &panel,
            person: &person,
            htmx,
            page: &page,
        },
        id,
        typed,
    )
    .await
}

/// Into a new parcel.
const NEW: &str = "new";
/// Out of any parcel.
const OUT: &str = "none";

async fn answer_move(ask: &Ask<'_>, id: i64, typed: Typed) -> Result<Response, PageError> {
    let parcel = of_order(ask.page, id)?;
    let tr = ask.person.tr();
    ask.answer(typed, |at, typed| {
        let goods = parcel
            .items
            .iter()
            .filter_map(|inside| {
                let item = ask
                    .page
                    .items
                    .iter()
                    .find(|item| item.row.id == inside.item_id)?;
                Some(Packable {
                    id: inside.item_id,
                    goods: ask.panel.goods(item),
                    all: inside.quantity,
                    quantity: typed.field(&format!("quantity-{}", inside.item_id), ""),
                })
            })
            .collect();
        let wanted = typed.chosen("to", "").to_owned();
        let others = ask.page.parcels.iter().filter(|other| {
            let open = matches!(
                ParcelStatus::of(&other.row),
                ParcelStatus::Draft | ParcelStatus::Packed
            );
            open && other.row.id != id
        });
        let mut targets: Vec<Choice> = others
            .map(|other| {
                let value = other.row.id.to_string();
                let chosen = value == wanted;
                Choice::of(value, tr.parcel_name(other.row.position), chosen)
            })
            .collect();
        targets.push(Choice::of(NEW, tr.parcel_new(), wanted == NEW));
        targets.push(Choice::of(OUT, tr.parcel_out(), wanted == OUT));
        parcel_move_window(at, id, goods, targets)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(size("40 × 30 × 20"), Ok(Some([400, 300, 200])));
        assert_eq!(size("40x30,5х20"), Ok(Some([400, 305, 200])));
        assert_eq!(size(""), Ok(None));
        for wrong in ["40", "40x30", "40x30x20x1", "axbxc", "1 × × 2"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
