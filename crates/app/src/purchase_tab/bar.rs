//! The session bar: one row per marketplace, with the sessions that may be chosen.

use super::Facts;
use crate::session::{Allowance, Standing};
use crate::{AppError, Message};
use store::Db;
use store::sessions::SessionRow;
use world::Timestamp;

/// One marketplace's row of the session bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Marketplace's word.
    pub marketplace: String,
    /// The session that is chosen.
    pub chosen: Option<i64>,
    /// Every session of the marketplace.
    pub sessions: Vec<BarSession>,
}

/// A session as the bar shows it.
#[derive(Clone, Debug)]
pub struct BarSession {
    /// The session; its tokens are sealed.
    pub row: SessionRow,
    /// State of the authorisation.
    pub standing: Standing,
    /// Until when it works before a person must log in; none when the marketplace does not tell.
    pub lasts_until: Option<Timestamp>,
    /// Bookings used and allowed today.
    pub today: Allowance,
    /// New bookings rest: why and until when.
    pub rests: Option<(Message, Timestamp)>,
    /// Purchases or open bookings of this order are its.
    pub used_here: bool,
}

pub(super) async fn bars(db: &mut Db, facts: &Facts) -> Result<Vec<Bar>, AppError> {
    let mut out = Vec::with_capacity(facts.sessions.len());
    for (marketplace, rows) in &facts.sessions {
        let used = crate::session::used_today(db, marketplace, facts.now).await?;
        let last = facts.order.last_session_id;
        let chosen = crate::session::choose_of(rows, &used, last, facts.now);
        let sessions = rows
            .iter()
            .filter(|row| row.state != "removed")
            .map(|row| bar_session(facts, row, used.get(&row.id).copied().unwrap_or(0)))
            .collect();
        out.push(Bar {
            marketplace: marketplace.clone(),
            chosen,
            sessions,
        });
    }
    Ok(out)
}

fn bar_session(facts: &Facts, row: &SessionRow, used: i64) -> BarSession {
    let rest = |until: Timestamp, why: &Option<String>| {
        let why = why.as_deref().map(Message::from_json)?;
        (until > facts.now).then_some((why, until))
    };
    let used_here = facts.purchases.iter().any(|p| p.session_id == row.id)
        || facts.bookings.iter().any(|b| b.session_id == row.id);
    BarSession {
        standing: crate::session::standing(row, facts.now),
        lasts_until: match row.refresh_token {
            Some(_) => row.refresh_ends_at,
            None => Some(row.access_ends_at),
        },
        today: Allowance::of(row, used),
        rests: rest(row.booking_paused_until_at, &row.booking_pause_reason)
            .or_else(|| rest(row.paused_until_at, &row.pause_reason)),
        used_here,
        row: row.clone(),
    }
}
