//! Being booked, and outcomes that are unknown.

use crate::pages::order_purchase::{OpenBooking, UnknownActions};
use crate::panel::Person;
use crate::parts::Tag;
use app::purchase_tab::{Next, OpenBooking as OpenFacts};
use domain::evidence::BookingState;
use domain::{Fen, PurchaseStatus};
use world::Timestamp;

pub(super) fn open(person: &Person, open: &OpenFacts, url: &str) -> OpenBooking {
    let (fmt, tr, row) = (&person.fmt, person.tr(), &open.row);
    let state = BookingState::from_code(&row.state).unwrap_or(BookingState::Unknown);
    let at = format!("{url}/bookings/{}", row.id);
    let since = row.sending_at.unwrap_or(row.planned_at);
    let (tone, step, next) = match open.next {
        Next::Send {
            rests_until: Some(until),
        } => (
            "azure",
            tr.booking_rests().to_owned(),
            if until.0 == i64::MAX {
                tr.booking_next_usable().to_owned()
            } else {
                tr.booking_next_try(fmt.moment(until))
            },
        ),
        Next::Send { rests_until: None } => (
            "azure",
            tr.booking_waits().to_owned(),
            tr.booking_next_send().to_owned(),
        ),
        Next::Answer { send_by } => (
            "blue",
            tr.booking_on_its_way().to_owned(),
            send_by.map_or_else(String::new, |by| tr.booking_next_answer(fmt.moment(by))),
        ),
        Next::Build { at } => {
            let numbers: Vec<&str> = open
                .building
                .iter()
                .map(|p| p.order_number.as_str())
                .collect();
            (
                "orange",
                tr.booking_building(
                    tr.by_key("marketplace-", &row.marketplace),
                    numbers.join(", "),
                ),
                next_read(person, at),
            )
        }
        Next::Look { .. } if state == BookingState::Placed => {
            ("orange", tr.booking_part_placed().to_owned(), String::new())
        }
        Next::Look { at, looks: times } => (
            "red",
            tr.booking_unknown_step().to_owned(),
            looks(person, times, row.looked_at, at),
        ),
    };
    OpenBooking {
        reference: row.reference.clone(),
        marketplace: Tag::marketplace(tr, &row.marketplace),
        session: open.login.clone(),
        seller: row.seller_name.clone(),
        lines: open
            .lines
            .iter()
            .map(open_line)
            .collect::<Vec<_>>()
            .join(", "),
        total: Fen(row.goods_fen.0.saturating_add(row.freight_fen.0)).to_string(),
        state: match open.next {
            Next::Build { .. } => Tag::purchase_status(tr, PurchaseStatus::Building.code()),
            _ => Tag::of(tr.by_key("booking-state-", state.code()), tone),
        },
        step,
        since: fmt.span(fmt.now().seconds_since(since)),
        next,
        fault: open.reason.as_ref().map(|why| fmt.fault(why, None)),
        unknown: matches!(state, BookingState::Unknown | BookingState::Placed).then(|| {
            UnknownActions {
                look_again: match open.building.first() {
                    Some(purchase) => Some(format!("/purchases/{}/look", purchase.id)),
                    None => state.is_searched_for().then(|| format!("{at}/look")),
                },
                adopt: state.is_searched_for().then(|| format!("{at}/adopt")),
                release: open.no_release.is_none().then(|| format!("{at}/release")),
                release_later: match &open.no_release {
                    Some(why) if open.building.is_empty() => fmt.say(why),
                    _ => String::new(),
                },
            }
        }),
        building: !open.building.is_empty(),
        withdraw: (state == BookingState::Planned).then(|| format!("{at}/withdraw")),
    }
}

/// When an order that is being made is read again.
fn next_read(person: &Person, at: Option<Timestamp>) -> String {
    let (fmt, tr) = (&person.fmt, person.tr());
    match at.filter(|at| *at > fmt.now()) {
        Some(at) => tr.next_read_in(fmt.span(at.seconds_since(fmt.now()))),
        None => tr.next_read_now().to_owned(),
    }
}

fn open_line(line: &app::purchase_tab::OpenLine) -> String {
    if line.items.is_empty() {
        return format!("{} × {}", line.row.item, line.row.quantity);
    }
    let items: Vec<String> = line
        .items
        .iter()
        .map(|(number, units)| format!("{number} × {units}"))
        .collect();
    items.join(", ")
}

/// How often a booking was searched for, and when it is next.
pub(crate) fn looks(
    person: &Person,
    times: i64,
    last: Option<world::Timestamp>,
    next: Option<world::Timestamp>,
) -> String {
    let (fmt, tr) = (&person.fmt, person.tr());
    let searched = match last.filter(|_| times > 0) {
        Some(last) => tr.looked(fmt.ago(last), times),
        None => tr.not_looked_yet().to_owned(),
    };
    let next = match next {
        Some(at) if at > fmt.now() => tr.next_look_in(fmt.span(at.seconds_since(fmt.now()))),
        Some(_) => tr.next_look_now().to_owned(),
        None => tr.no_next_look().to_owned(),
    };
    format!("{searched}; {next}")
}
