//! Records what the customer paid, or got back.

use crate::history::{self, Change};
use crate::order::{intake, settle};
use crate::{AppError, Ctx, Message, settings};
use domain::{Amount, HistoryKind, ItemStatus};
use serde_json::json;
use std::collections::BTreeMap;
use store::Db;
use store::items;
use store::orders::{self, OrderRow, PaymentRow};

const LONGEST_NOTE: usize = 500;

/// A payment to record.
#[derive(Clone, Debug)]
pub struct RecordPayment {
    /// Number of the order.
    pub number: String,
    /// How much, as decimal text in the order's currency; below zero when money went back.
    pub amount: String,
    /// Note.
    pub note: String,
    /// Given by the form: the same request is the same payment.
    pub request_id: String,
}

/// A recorded payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// This request recorded it; a repeated one finds it recorded.
    pub fresh: bool,
}

/// Records a payment; items that wait for it become paid once enough was paid.
///
/// # Errors
/// No such order; an amount that is no decimal number or nothing; more given back than was paid; a
/// request id that recorded another payment; the database's.
pub async fn payment(ctx: &Ctx, request: RecordPayment) -> Result<Recorded, AppError> {
    let amount = amount(&request.amount)?;
    let note = request.note.trim().to_owned();
    if note.chars().count() > LONGEST_NOTE {
        return Err(AppError::field(
            "note",
            Message::of("error-too_long").with("most", LONGEST_NOTE),
        ));
    }
    check_request(&request.request_id)?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request, amount, note) =
                (ctx.clone(), request.clone(), amount.clone(), note.clone());
            Box::pin(async move {
                let mut order = orders::lock_number(db, &request.number)
                    .await?
                    .ok_or(AppError::NotFound("order"))?;
                if let Some(known) = orders::payment_of_request(db, &request.request_id).await? {
                    let same = known.order_id == order.id && known.amount == amount;
                    return if same {
                        Ok(Recorded { fresh: false })
                    } else {
                        Err(AppError::refused("payment-request_used"))
                    };
                }
                add(&ctx, db, &mut order, &amount, &note, &request.request_id).await?;
                settle(&ctx, db, order.id, &BTreeMap::new()).await?;
                Ok(Recorded { fresh: true })
            })
        })
        .await
}

/// The form of a request id: 8 to 64 letters, digits and dashes.
pub(crate) fn check_request(id: &str) -> Result<(), AppError> {
    let known_form =
        (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if known_form {
        Ok(())
    } else {
        Err(AppError::field(
            "request_id",
            Message::of("error-request_id"),
        ))
    }
}

fn amount(text: &str) -> Result<Amount, AppError> {
    let amount: Amount = text
        .trim()
        .replace('\u{2212}', "-")
        .parse()
        .map_err(|_| AppError::field("amount", Message::of("payment-amount_form")))?;
    if amount == Amount::zero() {
        return Err(AppError::field(
            "amount",
            Message::of("payment-amount_zero"),
        ));
    }
    Ok(amount)
}

/// Records a payment of an order that the caller holds; the caller settles it.
///
/// # Errors
/// More given back than was paid; a sum beyond 28 digits; the database's.
pub(crate) async fn add(
    ctx: &Ctx,
    db: &mut Db,
    order: &mut OrderRow,
    amount: &Amount,
    note: &str,
    request_id: &str,
) -> Result<(), AppError> {
    let was = order.paid.clone();
    let paid = intake::exact_sum(&was, amount)
        .ok_or_else(|| AppError::field("amount", Message::of("payment-amount_digits")))?;
    if paid < Amount::zero() {
        return Err(AppError::field(
            "amount",
            Message::of("payment-more_back").with("paid", was.as_text()),
        ));
    }
    let row = PaymentRow {
        id: ctx.id(),
        order_id: order.id,
        amount: amount.clone(),
        note: note.to_owned(),
        actor: ctx.actor.to_string(),
        at: ctx.now(),
        request_id: request_id.to_owned(),
    };
    if !orders::add_payment(db, &row).await? {
        return Err(AppError::refused("payment-request_used"));
    }
    order.paid = paid;
    orders::save_money(db, order).await?;
    let kind = if *amount < Amount::zero() {
        HistoryKind::PaymentReversed
    } else {
        HistoryKind::PaymentRecorded
    };
    let change = Change {
        was: Some(was.as_text().to_owned()),
        became: Some(order.paid.as_text().to_owned()),
        facts: Some(json!({ "amount": amount, "currency": order.currency, "note": note })),
        ..Change::default()
    };
    history::add(ctx, db, order.id, kind, change).await?;
    if settings::load(db).await?.is_paid(&order.total, &order.paid) {
        release(ctx, db, order.id).await?;
    }
    Ok(())
}

/// Items that waited for the payment may be bought.
async fn release(ctx: &Ctx, db: &mut Db, order: i64) -> Result<(), AppError> {
    for mut item in items::of_order(db, order).await? {
        if item.status != ItemStatus::AwaitingPayment {
            continue;
        }
        item.status = ItemStatus::Paid;
        item.status_by_person = false;
        item.status_at = ctx.now();
        items::save_status(db, &item).await?;
        let change = Change {
            item: Some(item.id),
            was: Some(ItemStatus::AwaitingPayment.code().to_owned()),
            became: Some(ItemStatus::Paid.code().to_owned()),
            ..Change::default()
        };
        history::add(ctx, db, order, HistoryKind::ItemStatus, change).await?;
    }
    Ok(())
}
