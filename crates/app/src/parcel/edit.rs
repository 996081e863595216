//! Weight, size, service, tracking code and note of a parcel.

use crate::history::{self, Change};
use crate::order::settle;
use crate::parcel::hold;
use crate::{AppError, Ctx, FieldError, Message};
use domain::HistoryKind;
use serde_json::json;
use std::collections::BTreeMap;
use store::parcels::{self, ParcelRow};

const MOST_GRAMS: i64 = 10_000_000;
const MOST_MILLIMETRES: i64 = 100_000;
const LONGEST: usize = 200;
const LONGEST_NOTE: usize = 1_000;

/// A parcel's facts as they should be.
#[derive(Clone, Debug)]
pub struct EditParcel {
    /// Parcel.
    pub parcel: i64,
    /// Who carries it.
    pub service: String,
    /// Tracking code.
    pub tracking: String,
    /// Weight in grams.
    pub weight_g: Option<i64>,
    /// Length, width, height in millimetres.
    pub size_mm: Option<[i64; 3]>,
    /// Note.
    pub note: String,
}

/// Writes a parcel's facts.
///
/// # Errors
/// [`AppError::Invalid`] names every field that is out of bounds; no such parcel; the database's.
pub async fn edit(ctx: &Ctx, request: EditParcel) -> Result<(), AppError> {
    check(&request)?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request) = (ctx.clone(), request.clone());
            Box::pin(async move {
                let (order, mut parcel) = hold(db, request.parcel).await?;
                let was = facts(&parcel);
                request.service.trim().clone_into(&mut parcel.service);
                request.tracking.trim().clone_into(&mut parcel.tracking);
                request.note.trim().clone_into(&mut parcel.note);
                parcel.weight_g = request.weight_g;
                let [length, width, height] =
                    request.size_mm.map_or([None; 3], |size| size.map(Some));
                (parcel.length_mm, parcel.width_mm, parcel.height_mm) = (length, width, height);
                let became = facts(&parcel);
                if was == became {
                    return Ok(());
                }
                parcel.changed_at = ctx.now();
                parcels::save(db, &parcel).await?;
                let change = Change {
                    parcel: Some(parcel.id),
                    was: Some(was.to_string()),
                    became: Some(became.to_string()),
                    facts: Some(json!({ "position": parcel.position })),
                    ..Change::default()
                };
                history::add(&ctx, db, order.id, HistoryKind::ParcelEdited, change).await?;
                settle(&ctx, db, order.id, &BTreeMap::new()).await
            })
        })
        .await
}

fn check(request: &EditParcel) -> Result<(), AppError> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, message: Message| {
        faults.push(FieldError {
            field: field.to_owned(),
            message,
        });
    };
    for (field, text, most) in [
        ("service", &request.service, LONGEST),
        ("tracking", &request.tracking, LONGEST),
        ("note", &request.note, LONGEST_NOTE),
    ] {
        if text.trim().chars().count() > most {
            fault(field, Message::of("error-too_long").with("most", most));
        }
    }
    if request
        .weight_g
        .is_some_and(|g| !(1..=MOST_GRAMS).contains(&g))
    {
        fault("weight", Message::of("parcel-weight_range"));
    }
    if request
        .size_mm
        .is_some_and(|size| size.iter().any(|mm| !(1..=MOST_MILLIMETRES).contains(mm)))
    {
        fault("size", Message::of("parcel-size_range"));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid(faults))
    }
}

/// What the timeline keeps of a parcel's facts.
fn facts(parcel: &ParcelRow) -> serde_json::Value {
    json!({
        "service": parcel.service,
        "tracking": parcel.tracking,
        "weight_g": parcel.weight_g,
        "size_mm": [parcel.length_mm, parcel.width_mm, parcel.height_mm],
        "note": parcel.note,
    })
}
