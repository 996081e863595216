//! Windows for parcels: create, edit, move items.

use super::form_window::{FormRow, FormWindow, RowInput};
use super::item_windows::At;
use crate::http::Field;
use crate::parts::{Choice, Goods, Input};

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
    ]
}

/// Create a parcel from chosen items.
#[must_use]
pub fn parcel_new_window(at: At<'_>, goods: Vec<Packable>, form: ParcelForm) -> FormWindow {
    FormWindow {
        rows: rows(at, goods),
        inputs: parcel_inputs(at, form),
        submit: Some(at.tr.parcel_create().to_owned()),
        ..at.window(at.tr.parcel_create(), "parcels/new")
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
