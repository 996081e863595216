//! Corrects what is to be bought: item id, specification, seller, quantity, expected price.
//!
//! Only of units that are still free. The customer's original is kept from the first correction on.

use crate::history::{self, Change};
use crate::item::{check_version, hold, packed, text};
use crate::order::{exact_sum, settle};
use crate::{AppError, Ctx, FieldError, Message};
use domain::{Amount, Fen, HistoryKind, ItemStatus};
use serde_json::json;
use std::collections::BTreeMap;
use store::Db;
use store::items::{self, ItemRow};
use store::orders::{self, OrderRow};

const MOST_UNITS: i64 = 1_000_000;
const MOST_FEN: i64 = 1_000_000_000_000;

/// The item as it should be.
#[derive(Clone, Debug)]
pub struct Correct {
    /// Item.
    pub item: i64,
    /// The item's version on the person's screen.
    pub version: i64,
    /// Marketplace's item id; a link to the offer may be pasted.
    pub goods: String,
    /// Specification id; empty where there is none.
    pub specification: String,
    /// Seller's id; empty where it is not known.
    pub seller: String,
    /// Seller's name.
    pub seller_name: String,
    /// Units.
    pub quantity: i64,
    /// Expected price of one unit.
    pub expected_fen: Option<Fen>,
}

/// What the customer ordered before the first correction.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Original {
    /// Marketplace's item id.
    pub item: String,
    /// Specification id.
    pub specification: Option<String>,
    /// Seller's id.
    pub seller: Option<String>,
    /// Seller's name.
    pub seller_name: String,
    /// Units.
    pub quantity: i64,
    /// Expected price of one unit.
    pub expected_fen: Option<Fen>,
}

impl Original {
    fn of(item: &ItemRow) -> Self {
        Self {
            item: item.item.clone(),
            specification: item.specification.clone(),
            seller: item.seller.clone(),
            seller_name: item.seller_name.clone(),
            quantity: item.quantity,
            expected_fen: item.expected_fen,
        }
    }
}

/// What the customer ordered, where an item was corrected.
#[must_use]
pub fn original(item: &ItemRow) -> Option<Original> {
    serde_json::from_str(item.customers_original.as_deref()?).ok()
}

/// Corrects an item. Gives whether anything was changed.
///
/// # Errors
/// A field of the wrong form; fewer units than are booked, purchased or packed; other goods while
/// units are booked or purchased (those are split off first); an item that is bought already; the
/// item changed meanwhile; the database's.
pub async fn correct(ctx: &Ctx, request: Correct) -> Result<bool, AppError> {
    let wanted = wanted(&request)?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request, wanted) = (ctx.clone(), request.clone(), wanted.clone());
            Box::pin(async move {
                let (order, item) = hold(db, request.item).await?;
                let before = Original::of(&item);
                if before == wanted {
                    return Ok(false);
                }
                check_version(&item, request.version)?;
                check(db, &item, &before, &wanted).await?;
                save(&ctx, db, order, item, before, wanted).await?;
                Ok(true)
            })
        })
        .await
}

fn wanted(request: &Correct) -> Result<Original, AppError> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, message: Message| {
        faults.push(FieldError {
            field: field.to_owned(),
            message,
        });
    };
    let id_form = |id: &str| {
        id.len() <= 64
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'))
    };
    let goods = goods_id(&request.goods);
    let (specification, seller) = (request.specification.trim(), request.seller.trim());
    for (field, id) in [
        ("goods", goods),
        ("specification", specification),
        ("seller", seller),
    ] {
        if !id_form(id) || (field == "goods" && id.is_empty()) {
            fault(field, Message::of("item-id_form"));
        }
    }
    if !(1..=MOST_UNITS).contains(&request.quantity) {
        fault(
            "quantity",
            Message::of("item-quantity_range").with("most", MOST_UNITS),
        );
    }
    if request
        .expected_fen
        .is_some_and(|fen| !(0..=MOST_FEN).contains(&fen.0))
    {
        fault("expected", Message::of("item-price_range"));
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults));
    }
    let filled = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    Ok(Original {
        item: goods.to_owned(),
        specification: filled(specification),
        seller: filled(seller),
        seller_name: text("seller_name", &request.seller_name, 200)?,
        quantity: request.quantity,
        expected_fen: request.expected_fen,
    })
}

/// The item id in a pasted link to an offer (`…/offer/123.html`, `…?id=123`), else the text itself.
fn goods_id(text: &str) -> &str {
    let text = text.trim();
    let digits = |from: &'_ str| from.bytes().take_while(u8::is_ascii_digit).count();
    for mark in ["/offer/", "offerId=", "?id=", "&id="] {
        if let Some((_, rest)) = text.split_once(mark)
            && digits(rest) > 0
        {
            return &rest[..digits(rest)];
        }
    }
    text
}

async fn check(
    db: &mut Db,
    item: &ItemRow,
    before: &Original,
    wanted: &Original,
) -> Result<(), AppError> {
    if item.status.is_at_least(ItemStatus::Booked) || item.status == ItemStatus::Returned {
        return Err(AppError::refused("item-correct_too_late"));
    }
    let same_goods = (
        &before.item,
        &before.specification,
        &before.seller,
        &before.seller_name,
    ) == (
        &wanted.item,
        &wanted.specification,
        &wanted.seller,
        &wanted.seller_name,
    );
    if !same_goods && item.units_taken > 0 {
        let message = Message::of("item-correct_taken")
            .with("taken", item.units_taken)
            .with("free", item.free());
        return Err(AppError::Refused(message));
    }
    if wanted.quantity < item.units_taken {
        let message = Message::of("item-correct_below_taken").with("taken", item.units_taken);
        return Err(AppError::field("quantity", message));
    }
    let in_parcels = packed(db, item).await?;
    if wanted.quantity < in_parcels {
        return Err(AppError::field(
            "quantity",
            Message::of("item-correct_below_packed").with("packed", in_parcels),
        ));
    }
    Ok(())
}

async fn save(
    ctx: &Ctx,
    db: &mut Db,
    mut order: OrderRow,
    mut item: ItemRow,
    before: Original,
    wanted: Original,
) -> Result<(), AppError> {
    if item.customers_original.is_none() {
        item.customers_original = Some(crate::message::json(&before));
    }
    let money = (before.quantity != wanted.quantity).then(|| order.total.clone());
    if money.is_some() {
        resum(db, &mut order, &item, wanted.quantity).await?;
    }
    item.item.clone_from(&wanted.item);
    item.specification.clone_from(&wanted.specification);
    item.seller.clone_from(&wanted.seller);
    item.seller_name.clone_from(&wanted.seller_name);
    item.quantity = wanted.quantity;
    item.expected_fen = wanted.expected_fen;
    items::save_correction(db, &item).await?;
    let facts = json!({ "was": before, "became": wanted, "total_was": money, "total_became": money.as_ref().map(|_| &order.total) });
    let change = Change {
        item: Some(item.id),
        was: Some(brief(&before)),
        became: Some(brief(&wanted)),
        facts: Some(facts),
        ..Change::default()
    };
    history::add(ctx, db, order.id, HistoryKind::ItemCorrected, change).await?;
    settle(ctx, db, order.id, &BTreeMap::new()).await
}

/// The customer's sum follows the quantity.
async fn resum(
    db: &mut Db,
    order: &mut OrderRow,
    item: &ItemRow,
    quantity: i64,
) -> Result<(), AppError> {
    let too_long = || AppError::field("quantity", Message::of("item-sum_digits"));
    let mut goods = Amount::zero();
    for row in items::of_order(db, order.id).await? {
        let units = if row.id == item.id {
            quantity
        } else {
            row.quantity
        };
        let sum = row.price.times(units).map_err(|_| too_long())?;
        goods = exact_sum(&goods, &sum).ok_or_else(too_long)?;
    }
    order.total = exact_sum(&goods, &order.delivery_cost).ok_or_else(too_long)?;
    order.goods = goods;
    orders::save_money(db, order).await?;
    Ok(())
}

/// One line for the timeline: `42602653803 / 3fa1 × 5`.
fn brief(of: &Original) -> String {
    let specification = of
        .specification
        .as_deref()
        .map(|s| format!(" / {s}"))
        .unwrap_or_default();
    format!("{}{specification} × {}", of.item, of.quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_link_gives_the_item_id() {
        assert_eq!(goods_id(" 42602653803 "), "42602653803");
        assert_eq!(
            goods_id("https://detail.1688.com/offer/42602653803.html?spm=a.b"),
            "42602653803"
        );
        assert_eq!(
            goods_id("https://item.taobao.com/item.htm?spm=1&id=678"),
            "678"
        );
        assert_eq!(goods_id("https://m.1688.com/x?offerId=9"), "9");
        assert_eq!(goods_id("https://example.com/"), "https://example.com/");
    }
}
