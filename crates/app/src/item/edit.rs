//! Weight and the operator's comment of items.

use crate::history::{self, Change};
use crate::item::text;
use crate::order::settle;
use crate::{AppError, Ctx, Message};
use domain::HistoryKind;
use std::collections::BTreeMap;
use store::items;
use store::orders;

const MOST_GRAMS: i64 = 100_000_000;
const LONGEST_COMMENT: usize = 4_000;

/// What to write on items of one order. What is none stays as it is.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Number of the order.
    pub number: String,
    /// Items.
    pub items: Vec<i64>,
    /// Weight of one unit in grams.
    pub weight_g: Option<i64>,
    /// The operator's comment.
    pub comment: Option<String>,
}

/// Writes weight and comment on all of the items.
///
/// # Errors
/// No such order or item; a weight or comment out of bounds; the database's.
pub async fn edit(ctx: &Ctx, request: Edit) -> Result<(), AppError> {
    if request.items.is_empty() {
        return Err(AppError::field("items", Message::of("items-choose")));
    }
    if request
        .weight_g
        .is_some_and(|g| !(0..=MOST_GRAMS).contains(&g))
    {
        return Err(AppError::field("weight", Message::of("item-weight_range")));
    }
    let comment = request
        .comment
        .as_deref()
        .map(|c| text("comment", c, LONGEST_COMMENT))
        .transpose()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request, comment) = (ctx.clone(), request.clone(), comment.clone());
            Box::pin(async move {
                let order = orders::lock_number(db, &request.number)
                    .await?
                    .ok_or(AppError::NotFound("order"))?;
                let mut rows = items::lock_order(db, order.id).await?;
                if request
                    .items
                    .iter()
                    .any(|id| !rows.iter().any(|row| row.id == *id))
                {
                    return Err(AppError::NotFound("item"));
                }
                for row in rows
                    .iter_mut()
                    .filter(|row| request.items.contains(&row.id))
                {
                    let before = (row.weight_g, row.comment_operator.clone());
                    row.weight_g = request.weight_g.or(row.weight_g);
                    if let Some(comment) = &comment {
                        row.comment_operator.clone_from(comment);
                    }
                    if before == (row.weight_g, row.comment_operator.clone()) {
                        continue;
                    }
                    items::save_texts(db, row).await?;
                    if before.0 != row.weight_g {
                        let grams = |weight: Option<i64>| weight.map(|g| g.to_string());
                        let change = Change {
                            item: Some(row.id),
                            was: grams(before.0),
                            became: grams(row.weight_g),
                            ..Change::default()
                        };
                        history::add(&ctx, db, order.id, HistoryKind::ItemEdited, change).await?;
                    }
                    if before.1 != row.comment_operator {
                        let change = Change {
                            item: Some(row.id),
                            was: Some(before.1),
                            became: Some(row.comment_operator.clone()),
                            ..Change::default()
                        };
                        history::add(&ctx, db, order.id, HistoryKind::ItemCommented, change)
                            .await?;
                    }
                }
                settle(&ctx, db, order.id, &BTreeMap::new()).await
            })
        })
        .await
}
