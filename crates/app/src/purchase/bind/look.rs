//! The numbers that a person typed: which sessions are asked for which orders.

use super::read::advance;
use super::{BindLook, Look, Number, NumberState};
use crate::activity::{self, Begin, Begun};
use crate::message::json;
use crate::{AppError, Ctx, Message};
use std::collections::BTreeSet;
use store::Db;
use store::items::{self, ItemRow};
use store::other_numbers;
use store::purchases::{self};

/// Most numbers in one look.
const MOST_NUMBERS: usize = 20;

/// An order that the marketplace dates so long before the sending can still be of that booking:
/// clocks differ.
pub(super) const BEFORE_SENDING_SECONDS: i64 = 900;

/// Begins a look.
///
/// # Errors
/// Text that holds no numbers, a marketplace that is not named or has no session; the database's.
pub async fn look(ctx: &Ctx, request: BindLook) -> Result<Begun, AppError> {
    ctx.person()?;
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, request) = (ctx.clone(), request.clone());
            Box::pin(async move { begin(&ctx, db, &request).await })
        })
        .await
}

async fn begin(ctx: &Ctx, db: &mut Db, request: &BindLook) -> Result<Begun, AppError> {
    let order = store::orders::by_id(db, request.order)
        .await?
        .ok_or(AppError::NotFound("order"))?;
    let rows = items::of_order(db, order.id).await?;
    if !request
        .items
        .iter()
        .all(|id| rows.iter().any(|r| r.id == *id))
    {
        return Err(AppError::NotFound("item of this order"));
    }
    let marketplace = marketplace(request, &rows)?;
    let market = ctx.app.markets.get(&marketplace)?;
    let numbers = numbers(market.connector.order_numbers_from_text(&request.text))?;
    let mut look = Look {
        order: order.id,
        order_number: order.number.clone(),
        marketplace: marketplace.clone(),
        chosen: request.items.clone(),
        numbers: Vec::with_capacity(numbers.len()),
        to_search: Vec::new(),
        actor: ctx.actor.to_string(),
    };
    let usual = sessions(ctx, db, &marketplace, request, order.last_session_id).await?;
    look.to_search.clone_from(&usual);
    for typed in numbers {
        let mut sessions = usual.clone();
        let mut number = Number {
            number: typed,
            typed: None,
            sessions: Vec::new(),
            state: NumberState::Reading,
        };
        if let Some(known) = other_numbers::by_number(db, &marketplace, &number.number).await? {
            number.means(known.order_number);
            first(&mut sessions, known.session_id);
        } else if market.connector.is_other_number(&number.number) {
            number.state = NumberState::Sought;
        }
        if let Some(known) = purchases::by_number(db, &marketplace, &number.number).await? {
            first(&mut sessions, known.session_id);
        }
        number.sessions = sessions;
        // Two numbers of one order are read once.
        if !look.numbers.iter().any(|n| n.number == number.number) {
            look.numbers.push(number);
        }
    }
    let wish = Begin {
        request_id: request.request_id.clone(),
        operation: "bind",
        order_id: Some(order.id),
        session_id: usual.first().copied(),
        title: Message::of("activity-bind")
            .with("order", &order.number)
            .with("numbers", look.numbers.len()),
        data: json(&look),
    };
    let begun = activity::begin(ctx, db, &wish).await?;
    if begun.fresh {
        let mut run = activity::lock(db, begun.id).await?;
        advance(ctx, db, &mut run, &mut look).await?;
        run.set_data(&look);
        run.save(db, ctx.now()).await?;
    }
    Ok(begun)
}

/// Moves a session to the front, where it is one of them.
fn first(sessions: &mut [i64], session: i64) {
    if let Some(place) = sessions.iter().position(|s| *s == session) {
        sessions[..=place].rotate_right(1);
    }
}

/// Of which marketplace the numbers are.
fn marketplace(request: &BindLook, rows: &[ItemRow]) -> Result<String, AppError> {
    if let Some(named) = &request.marketplace {
        return Ok(named.clone());
    }
    let of = |fits: &dyn Fn(&ItemRow) -> bool| -> BTreeSet<&str> {
        let fitting = rows.iter().filter(|r| fits(r));
        fitting.map(|r| r.marketplace.as_str()).collect()
    };
    let mut found = of(&|r| {
        if request.items.is_empty() {
            r.free() > 0 && !r.status.is_left_out()
        } else {
            request.items.contains(&r.id)
        }
    });
    if found.is_empty() {
        found = of(&|_| true);
    }
    match found.first() {
        Some(only) if found.len() == 1 => Ok((*only).to_owned()),
        Some(_) => Err(AppError::field(
            "marketplace",
            Message::of("bind-one_marketplace"),
        )),
        None => Err(AppError::refused("bind-no_items")),
    }
}

/// The numbers, each once.
pub(super) fn numbers(read: Vec<Result<String, String>>) -> Result<Vec<String>, AppError> {
    let wrong: Vec<&str> = read
        .iter()
        .filter_map(|r| r.as_ref().err().map(String::as_str))
        .collect();
    let refuse = |message: Message| Err(AppError::field("numbers", message));
    if !wrong.is_empty() {
        return refuse(Message::of("bind-no_number").with("pieces", wrong.join(" · ")));
    }
    let mut out: Vec<String> = Vec::new();
    for number in read.into_iter().flatten() {
        if !out.contains(&number) {
            out.push(number);
        }
    }
    if out.is_empty() {
        return refuse(Message::of("bind-empty"));
    }
    if out.len() > MOST_NUMBERS {
        return refuse(Message::of("bind-too_many").with("most", MOST_NUMBERS));
    }
    Ok(out)
}

/// Sessions of the marketplace that can be asked, the chosen one first.
async fn sessions(
    ctx: &Ctx,
    db: &mut Db,
    marketplace: &str,
    request: &BindLook,
    last: Option<i64>,
) -> Result<Vec<i64>, AppError> {
    let rows = store::sessions::of_marketplace(db, marketplace).await?;
    let mut first = request.sessions.get(marketplace).copied();
    if first.is_none() {
        first = crate::session::choose(db, marketplace, last, ctx.now()).await?;
    }
    let mut out: Vec<i64> = rows
        .iter()
        .filter(|r| r.state == "active")
        .map(|r| r.id)
        .collect();
    out.sort_by_key(|id| (Some(*id) != first, *id));
    if out.is_empty() {
        return Err(AppError::refused(if rows.is_empty() {
            "bind-no_session"
        } else {
            "bind-no_session_works"
        }));
    }
    Ok(out)
}
