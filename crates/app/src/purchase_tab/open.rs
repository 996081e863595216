//! Bookings whose outcome is open, and what happens to them next.

use super::Facts;
use crate::booking::release;
use crate::{App, AppError, Message};
use domain::evidence::BookingState;
use std::collections::BTreeMap;
use store::bookings;
use store::bookings::{BookingLineRow, BookingRow};
use store::purchases::PurchaseRow;
use world::Timestamp;

/// Most open bookings of unknown outcome on one list.
const MOST_UNKNOWN: i64 = 200;

/// An open booking.
#[derive(Clone, Debug)]
pub struct OpenBooking {
    /// The booking.
    pub row: BookingRow,
    /// Login name of its session.
    pub login: String,
    /// Its lines with the items of this order that they hold.
    pub lines: Vec<OpenLine>,
    /// Orders of it that the marketplace is still making.
    pub building: Vec<PurchaseRow>,
    /// What happens next.
    pub next: Next,
    /// Why it cannot be released; none when it can.
    pub no_release: Option<Message>,
    /// Why nobody knows its outcome.
    pub reason: Option<Message>,
}

/// A line of an open booking.
#[derive(Clone, Debug)]
pub struct OpenLine {
    /// The line.
    pub row: BookingLineRow,
    /// Numbers of the items with the units that it holds of them.
    pub items: Vec<(String, i64)>,
}

/// What happens next with an open booking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// It is sent as soon as its session has room; may be withdrawn.
    Send {
        /// Its session rests until then.
        rests_until: Option<Timestamp>,
    },
    /// It is on its way.
    Answer {
        /// Its sender must have begun by then.
        send_by: Option<Timestamp>,
    },
    /// The marketplace is still making orders of it, which are read again.
    Build {
        /// When next.
        at: Option<Timestamp>,
    },
    /// The marketplace is searched for it.
    Look {
        /// When next; none when it is not searched for by itself any more.
        at: Option<Timestamp>,
        /// How often it was so far.
        looks: i64,
    },
}

pub(super) fn open_booking(
    facts: &Facts,
    row: &BookingRow,
    lines: &[BookingLineRow],
) -> OpenBooking {
    let rests = facts
        .sessions
        .values()
        .flatten()
        .find(|s| s.id == row.session_id)
        .map(|s| s.paused_until_at)
        .filter(|until| *until > facts.now);
    let building: Vec<&PurchaseRow> = facts
        .building
        .iter()
        .filter(|p| p.booking_id == Some(row.id))
        .collect();
    let next = match BookingState::from_code(&row.state) {
        Some(BookingState::Planned) => Next::Send { rests_until: rests },
        Some(BookingState::Sending) => Next::Answer {
            send_by: row.send_by,
        },
        Some(BookingState::Placed) if !building.is_empty() => Next::Build {
            at: building.iter().map(|p| p.read_due_at).min(),
        },
        _ => Next::Look {
            at: row.look_at,
            looks: row.looks,
        },
    };
    let lines = lines
        .iter()
        .filter(|l| l.booking_id == row.id)
        .map(|line| OpenLine {
            items: facts
                .claims
                .iter()
                .filter(|c| c.booking_line_id == Some(line.id))
                .filter_map(|c| {
                    let item = facts.items.iter().find(|i| i.id == c.item_id)?;
                    Some((facts.number(item), c.quantity))
                })
                .collect(),
            row: line.clone(),
        })
        .collect();
    OpenBooking {
        login: facts.login(row.session_id),
        lines,
        next,
        no_release: release::allowed(row, facts.now)
            .map_err(|why| release::refusal(&why))
            .and_then(|()| {
                let missing = |id| release::is_missing(&facts.exceptions, id);
                release::allowed_beside(&building, missing)
            })
            .err(),
        reason: row.reason.as_deref().map(Message::from_json),
        building: building.into_iter().cloned().collect(),
        row: row.clone(),
    }
}

/// A booking of unknown outcome, of any order.
#[derive(Clone, Debug)]
pub struct UnknownBooking {
    /// The booking.
    pub row: BookingRow,
    /// Number of the order from which it was started.
    pub order_number: String,
    /// Login name of its session.
    pub login: String,
    /// Why it cannot be released; none when it can.
    pub no_release: Option<Message>,
    /// Why nobody knows its outcome.
    pub reason: Option<Message>,
}

/// Bookings of unknown outcome across all orders, the oldest first.
///
/// # Errors
/// The database's.
pub async fn unknown(app: &App) -> Result<Vec<UnknownBooking>, AppError> {
    let mut db = app.store.read().await?;
    let rows = bookings::unknown(&mut db, MOST_UNKNOWN).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: BTreeMap<i64, String> = bookings::unknown_orders(&mut db, MOST_UNKNOWN)
        .await?
        .into_iter()
        .map(|r| (r.id, r.order_number))
        .collect();
    let logins: BTreeMap<i64, String> = store::sessions::all(&mut db)
        .await?
        .into_iter()
        .map(|s| (s.id, s.login))
        .collect();
    let now = app.now();
    Ok(rows
        .into_iter()
        .map(|row| UnknownBooking {
            order_number: numbers.get(&row.id).cloned().unwrap_or_default(),
            login: logins.get(&row.session_id).cloned().unwrap_or_default(),
            no_release: release::allowed(&row, now)
                .err()
                .map(|why| release::refusal(&why)),
            reason: row.reason.as_deref().map(Message::from_json),
            row,
        })
        .collect())
}
