//! The session bar.

use super::Chosen;
use crate::pages::apps::caveat;
use crate::pages::order_purchase::SessionBar;
use crate::panel::Person;
use crate::parts::{Choice, Fault, State as StateMark, Tag};
use app::purchase_tab::{Bar, BarSession};
use app::rows::OrderRow;
use app::session::Standing;

pub(super) fn bar(person: &Person, bar: &Bar, order: &OrderRow, chosen: &Chosen) -> SessionBar {
    let (fmt, tr) = (&person.fmt, person.tr());
    let wanted = bar
        .sessions
        .iter()
        .find(|s| chosen.sessions.contains(&s.row.id));
    let picked = wanted.or_else(|| bar.sessions.iter().find(|s| Some(s.row.id) == bar.chosen));
    let _ = order;
    let mut view = SessionBar {
        marketplace: bar.marketplace.clone(),
        tag: Tag::marketplace(tr, &bar.marketplace),
        sessions: bar
            .sessions
            .iter()
            .map(|s| {
                Choice::of(
                    s.row.id.to_string(),
                    session_name(person, s),
                    picked.is_some_and(|p| p.row.id == s.row.id),
                )
            })
            .collect(),
        connect_url: format!("/sessions/connect/{}", bar.marketplace),
        ..SessionBar::default()
    };
    let Some(session) = picked else {
        let market = person.ctx.app.markets.get(&bar.marketplace).ok();
        view.caveat = market.and_then(|market| caveat(tr, market));
        return view;
    };
    view.state = authorisation(person, session);
    view.login_again = session
        .standing
        .needs_login()
        .then(|| format!("/sessions/{}/login", session.row.id));
    view.used = session.today.used;
    view.allowed = session.today.allowed.unwrap_or(0);
    view.bookings = match session.today.allowed {
        Some(allowed) => format!("{} / {allowed}", session.today.used),
        None => session.today.used.to_string(),
    };
    view.synchronized = session
        .row
        .sync_done_at
        .map_or_else(|| tr.never().to_owned(), |at| fmt.ago(at));
    view.fault = if session.standing.needs_login() {
        Some(Fault::of(tr, tr.session_needs_login()).next(tr.session_needs_login_next()))
    } else {
        session.rests.as_ref().map(|(why, until)| {
            let mut fault = fmt.fault(why, None);
            fault.next = (until.0 < i64::MAX).then(|| tr.session_rests_until(fmt.moment(*until)));
            fault
        })
    };
    view
}

fn session_name(person: &Person, session: &BarSession) -> String {
    let row = &session.row;
    let name = match row.label.as_str() {
        label if label.is_empty() || label == row.login => row.login.clone(),
        label => format!("{} — {label}", row.login),
    };
    match session.standing {
        Standing::Active | Standing::ExpiresSoon => name,
        other => format!("{name} · {}", person.tr().by_key("", other.key())),
    }
}

fn authorisation(person: &Person, session: &BarSession) -> StateMark {
    let (fmt, tr) = (&person.fmt, person.tr());
    let word = tr.by_key("", session.standing.key());
    let left = || {
        session.lasts_until.map_or_else(
            || word.to_owned(),
            |until| tr.authorisation_valid(fmt.days_left(until)),
        )
    };
    match session.standing {
        Standing::Revoked | Standing::Expired => StateMark::of(word, "red"),
        Standing::ExpiresSoon => StateMark::of(left(), "orange"),
        Standing::Draining => StateMark::of(word, "yellow"),
        Standing::Active => StateMark::of(left(), "green"),
    }
}
