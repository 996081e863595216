//! The Purchase tab: what `app` knows of it as the page shows it, and its live events.

use super::differences::{About, difference};
use super::{WindowAnswer, page, runs};
use crate::http::{Fields, PageError, Path};
use crate::live::Topic;
use crate::pages::activities::activity_rows;
use crate::pages::again::follow;
use crate::pages::booking::{book_button, unbind_button};
use crate::pages::order::{OrderHead, OrderTab, head, load, order_url};
use crate::pages::order_purchase::{
    Bought, BoughtGroup, BoughtRow, DeliveryLine, OpenBooking, PayButton, Purchase, PurchaseLive,
    PurchasePage, PurchaseRights, Ready, ReadyGroup, ReadyRow, SessionBar, UnknownActions,
    WaitingRun,
};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Empty, Fault, Goods, Outside, State as StateMark, Tag};
use app::Message;
use app::activity::{Activity, ActivityState};
use app::purchase::cancel::CancelState;
use app::purchase_tab::{
    self, Bar, BarSession, Bought as BoughtFacts, Covered, Next, Now, OpenBooking as OpenFacts,
    PurchaseTab, ReadyGroup as ReadyFacts, ReadyItem,
};
use app::rows::{DeliveryRow, ItemRow, OrderRow, PurchaseRow};
use app::session::Standing;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::evidence::BookingState;
use domain::{Fen, PurchaseStatus, VerdictKind};

/// What the address chooses: sessions of the bar, ticked items.
#[derive(Clone, Debug, Default)]
struct Chosen {
    sessions: Vec<i64>,
    items: Vec<i64>,
}

impl Chosen {
    fn of(fields: &Fields) -> Result<Self, PageError> {
        Ok(Self {
            sessions: fields.ids("session")?,
            items: fields.ids("item")?,
        })
    }

    fn query(&self) -> String {
        let pairs = |name: &'static str, ids: &[i64]| {
            ids.iter()
                .map(|id| (name, id.to_string()))
                .collect::<Vec<_>>()
        };
        let all = [pairs("session", &self.sessions), pairs("item", &self.items)].concat();
        if all.is_empty() {
            return String::new();
        }
        format!(
            "?{}",
            url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(all)
                .finish()
        )
    }
}

/// `GET /orders/{number}/purchase`
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    Path(number): Path<String>,
    fields: Fields,
) -> WindowAnswer {
    let chosen = Chosen::of(&fields)?;
    let (head, tab, purchase) = read(&panel, &person, &number, &chosen).await?;
    let mut shell = panel.shell(&person, number.as_str(), "/orders").await?;
    shell.live = Some(format!("{}/events{}", order_url(&number), chosen.query()));
    shell.window = match own_open_run(&person, &tab.activities) {
        Some(id) => runs::window_text(&panel, &person, id).await,
        None => None,
    };
    Ok(page(PurchasePage {
        tr: person.tr().clone(),
        shell,
        head,
        purchase,
    }))
}

/// The person's own run that goes on here: its window opens with the page. One that waits for an
/// answer may wait for long; the page names it instead.
fn own_open_run(person: &Person, activities: &[Activity]) -> Option<i64> {
    let running = |run: &&Activity| run.state() == ActivityState::Running;
    let own = activities
        .iter()
        .filter(running)
        .find(|run| run.row.actor == person.login)?;
    Some(own.row.id)
}

/// The runs of this order that wait for an answer, whoever began them.
fn waiting(person: &Person, activities: &[Activity]) -> Vec<WaitingRun> {
    let (fmt, tr) = (&person.fmt, person.tr());
    activities
        .iter()
        .filter(|run| run.state() == ActivityState::Waiting)
        .map(|run| {
            let title = fmt.say(&run.title());
            let at = fmt.moment(run.row.started_at);
            WaitingRun {
                url: super::runs::url(run.row.id),
                text: if run.row.actor == person.login {
                    tr.run_waits(at, title)
                } else {
                    tr.run_waits_of(at, &run.row.actor, title)
                },
            }
        })
        .collect()
}

/// `GET /orders/{number}/events`: the tab again, whenever something of the order moved.
pub(crate) async fn events(
    State(panel): State<Panel>,
    person: Person,
    headers: HeaderMap,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let chosen = Chosen::of(&fields)?;
    let row = super::order(&panel, &person, &number).await?;
    let tab = purchase_tab::load(&panel.app, row.id)
        .await
        .map_err(person.no())?;
    let sessions = tab
        .bars
        .iter()
        .flat_map(|bar| &bar.sessions)
        .map(|s| Topic::Session(s.row.id));
    let topics: Vec<Topic> = std::iter::once(Topic::Order(row.id))
        .chain(sessions)
        .collect();
    Ok(follow(&panel, headers, topics, move |panel, person| {
        let (number, chosen) = (number.clone(), chosen.clone());
        async move { again(&panel, &person, &number, &chosen).await }
    }))
}

async fn again(
    panel: &Panel,
    person: &Person,
    number: &str,
    chosen: &Chosen,
) -> Result<String, PageError> {
    let (head, _, purchase) = read(panel, person, number, chosen).await?;
    let shell = panel.shell(person, number, "/orders").await?;
    let tab = PurchaseLive {
        tr: person.tr().clone(),
        shell,
        head,
        purchase,
    };
    tab.render().map_err(|error| PageError::internal(&error))
}

async fn read(
    panel: &Panel,
    person: &Person,
    number: &str,
    chosen: &Chosen,
) -> Result<(OrderHead, PurchaseTab, Purchase), PageError> {
    let page = load(panel, person, number).await?;
    let tab = purchase_tab::of_page(&panel.app, &page)
        .await
        .map_err(person.no())?;
    let head = head(panel, person, &page, OrderTab::Purchase).await?;
    let activities = activity_rows(&panel.app, person, &tab.activities)
        .await
        .map_err(person.no())?;
    let url = order_url(number);
    let purchase = Purchase {
        bars: tab
            .bars
            .iter()
            .map(|one| bar(person, one, &tab.order, chosen))
            .collect(),
        loose: tab
            .loose
            .iter()
            .map(|row| {
                difference(
                    person,
                    row,
                    About {
                        order: Some(number),
                        ..About::default()
                    },
                )
            })
            .collect(),
        waiting: waiting(person, &tab.activities),
        ready: ready(panel, person, &tab, chosen),
        open: tab.open.iter().map(|one| open(person, one, &url)).collect(),
        bought: bought(panel, person, &tab),
        // The order's own number on each of them says nothing here.
        activities: activities
            .into_iter()
            .map(|row| crate::pages::activities::ActivityRow {
                orders: Vec::new(),
                ..row
            })
            .collect(),
        may: PurchaseRights {
            buy: true,
            change_status: true,
            synchronize: true,
            connect: true,
            pay: true,
        },
    };
    Ok((head, tab, purchase))
}

fn bar(person: &Person, bar: &Bar, order: &OrderRow, chosen: &Chosen) -> SessionBar {
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
            fault.next = Some(tr.session_rests_until(fmt.moment(*until)));
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

/// An item as the first cells of the tab's lists show it.
pub(crate) fn goods(panel: &Panel, row: &ItemRow, number: &str) -> Goods {
    panel.goods_of(row, number)
}

fn ready(panel: &Panel, person: &Person, tab: &PurchaseTab, chosen: &Chosen) -> Ready {
    let tr = person.tr();
    let items = || tab.ready.iter().flat_map(|group| &group.items);
    let groups: Vec<ReadyGroup> = tab
        .ready
        .iter()
        .map(|g| ready_group(panel, person, tab, g, chosen))
        .collect();
    let ticked = groups
        .iter()
        .flat_map(|g| &g.rows)
        .filter(|r| r.chosen)
        .count();
    let known = items().map(|item| price_of(item).and_then(|price| price.times(item.row.free())));
    let total = known
        .collect::<Option<Vec<Fen>>>()
        .map(|all| Fen(all.iter().map(|f| f.0).sum()));
    let count = items().count();
    let ended = tab.order.person_status.is_some();
    Ready {
        summary: match total {
            _ if count == 0 => String::new(),
            Some(total) => format!("{} · {total}", tr.n_items(count)),
            None => tr.n_items(count),
        },
        book: book_button(tr, ticked),
        empty: groups.is_empty().then(|| Empty {
            icon: "shopping-cart",
            title: tr.ready_empty_title().to_owned(),
            text: if ended {
                tr.ready_ended_text()
            } else {
                tr.ready_empty_text()
            }
            .to_owned(),
            ..Empty::default()
        }),
        groups,
    }
}

fn price_of(item: &ReadyItem) -> Option<Fen> {
    item.now
        .as_ref()
        .and_then(|now| now.price)
        .or(item.row.expected_fen)
}

fn ready_group(
    panel: &Panel,
    person: &Person,
    tab: &PurchaseTab,
    group: &ReadyFacts,
    chosen: &Chosen,
) -> ReadyGroup {
    let tr = person.tr();
    ReadyGroup {
        marketplace: Tag::marketplace(tr, &group.marketplace),
        seller: group.seller_name.clone(),
        note: group.freight.map_or_else(
            || tr.ready_group_note_unknown().to_owned(),
            |freight| tr.ready_group_note(freight.to_string()),
        ),
        fault: None,
        rows: group
            .items
            .iter()
            .map(|item| ReadyRow {
                margin_note: (item.margin.is_some() && group.freight.is_none())
                    .then(|| tr.before_freight().to_owned()),
                ..ready_row(panel, person, &tab.order, item, chosen)
            })
            .collect(),
    }
}

fn ready_row(
    panel: &Panel,
    person: &Person,
    order: &OrderRow,
    item: &ReadyItem,
    chosen: &Chosen,
) -> ReadyRow {
    let (fmt, tr, row) = (&person.fmt, person.tr(), &item.row);
    let dash = || "—".to_owned();
    let faults = ready_faults(person, item);
    let blocked = item
        .now
        .as_ref()
        .is_some_and(|now| !now.on_sale || now.unknown_specification)
        || item.is_short()
        || item.is_below_minimum();
    let free = row.free();
    ReadyRow {
        id: row.id,
        chosen: if chosen.items.is_empty() {
            !blocked
        } else {
            chosen.items.contains(&row.id)
        },
        goods: goods(panel, row, &item.number),
        configuration: crate::show::configuration(row),
        quantity: fmt.quantity(free, row.quantity),
        free: (free > 1).then(|| {
            (
                free.to_string(),
                if free == row.quantity {
                    String::new()
                } else {
                    tr.of_all(row.quantity)
                },
            )
        }),
        unit: unit(person, item),
        price: person.money(&row.price, &order.currency),
        price_exact: crate::pages::order::exactly(&row.price, &order.currency),
        expected: row.expected_fen.map_or_else(dash, |fen| fen.to_string()),
        now: item
            .now
            .as_ref()
            .and_then(|now| now.price)
            .map_or_else(dash, |fen| fen.to_string()),
        age: item
            .now
            .as_ref()
            .map_or_else(String::new, |now| told(person, now)),
        drift: item.drift.map(|drift| drift_tag(person, drift)),
        stock: item
            .now
            .as_ref()
            .and_then(|now| now.stock)
            .map_or_else(dash, |n| fmt.count(u64::try_from(n).unwrap_or(0), u64::MAX)),
        stock_short: item.is_short(),
        margin: item.margin.map_or_else(dash, signed),
        margin_note: None,
        loss: item.margin.is_some_and(|m| m.0 < 0),
        weight: person.weight(row.weight_g),
        sum: item
            .sum
            .as_ref()
            .map_or_else(dash, |sum| person.money(sum, &order.currency)),
        status: Tag::item_status(tr, row.status.code()),
        faults,
        comments: [&row.comment_customer, &row.comment_operator]
            .into_iter()
            .filter(|text| !text.is_empty())
            .cloned()
            .collect(),
    }
}

/// `+¥ 4.70`
fn signed(fen: Fen) -> String {
    if fen.0 > 0 {
        format!("+{fen}")
    } else {
        fen.to_string()
    }
}

fn unit(person: &Person, item: &ReadyItem) -> String {
    let tr = person.tr();
    let Some(now) = item.now.as_ref().filter(|now| now.read_at.is_some()) else {
        return item.row.unit.clone();
    };
    let unit = now
        .unit
        .as_deref()
        .filter(|unit| !unit.is_empty())
        .unwrap_or(&item.row.unit);
    match (now.minimum, now.lot) {
        (..=1, ..=1) => unit.to_owned(),
        (minimum, ..=1) => tr.unit_minimum(minimum.to_string(), unit),
        (minimum, lot) => tr.unit_lot(lot.to_string(), minimum.to_string(), unit),
    }
}

/// How old a price is, and where it comes from.
fn told(person: &Person, now: &Now) -> String {
    let Some(at) = now.read_at else {
        return String::new();
    };
    let ago = person.fmt.ago(at);
    if now.previewed {
        person.tr().of_preview(ago)
    } else {
        ago
    }
}

fn drift_tag(person: &Person, hundredths: i64) -> Tag {
    let thousandths = hundredths / 10;
    let percent = person.fmt.per_mille(thousandths.abs());
    let percent = percent.trim_start_matches('+');
    match hundredths {
        0 => Tag::of("=", "green"),
        1.. => Tag::of(format!("▲ {percent}"), "orange"),
        _ => Tag::of(format!("▼ {percent}"), "green"),
    }
}

fn ready_faults(person: &Person, item: &ReadyItem) -> Vec<Fault> {
    let (fmt, row) = (&person.fmt, &item.row);
    let verdict = |kind: VerdictKind| Message::of(&format!("verdict-{}", kind.key()));
    let mut out: Vec<Fault> = Vec::new();
    for stored in [&row.note, &row.marketplace_says].into_iter().flatten() {
        out.push(fmt.fault(&Message::from_json(stored), None));
    }
    let Some(now) = &item.now else { return out };
    if !now.on_sale {
        out.push(fmt.fault(&verdict(VerdictKind::NotForSale), None));
    } else if now.unknown_specification {
        out.push(fmt.fault(&verdict(VerdictKind::NoSuchSpecification), None));
    }
    if item.is_short() {
        let message = verdict(VerdictKind::OutOfStock).with("stock", now.stock.unwrap_or(0));
        out.push(fmt.fault(&message, None));
    }
    if item.is_below_minimum() {
        out.push(fmt.fault(
            &verdict(VerdictKind::BelowMinimum).with("minimum", now.minimum),
            None,
        ));
    }
    if let Some((why, at)) = &now.error {
        let mut fault = fmt.fault(why, None);
        fault.text = person
            .tr()
            .price_not_read(fmt.ago(*at), fault.text.as_str());
        out.push(fault);
    }
    for fault in &mut out {
        fault.text = super::capital(&fault.text);
    }
    out
}

fn open(person: &Person, open: &OpenFacts, url: &str) -> OpenBooking {
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
            tr.booking_next_try(fmt.moment(until)),
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
        state: Tag::of(tr.by_key("booking-state-", state.code()), tone),
        step,
        since: fmt.span(fmt.now().seconds_since(since)),
        next,
        fault: open.reason.as_ref().map(|why| fmt.fault(why, None)),
        unknown: matches!(state, BookingState::Unknown | BookingState::Placed).then(|| {
            UnknownActions {
                look_again: state.is_searched_for().then(|| format!("{at}/look")),
                adopt: state.is_searched_for().then(|| format!("{at}/adopt")),
                release: open.no_release.is_none().then(|| format!("{at}/release")),
                release_later: open
                    .no_release
                    .as_ref()
                    .map_or_else(String::new, |why| fmt.say(why)),
            }
        }),
        withdraw: (state == BookingState::Planned).then(|| format!("{at}/withdraw")),
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

fn bought(panel: &Panel, person: &Person, tab: &PurchaseTab) -> Bought {
    let tr = person.tr();
    let items: std::collections::BTreeSet<i64> = tab
        .bought
        .iter()
        .flat_map(|b| &b.covered)
        .map(|covered| covered.item.id)
        .collect();
    Bought {
        summary: tr.bought_summary(tr.n_items(items.len()), tr.n_purchases(tab.bought.len())),
        unbind: unbind_button(tr, 0),
        groups: tab
            .bought
            .iter()
            .map(|one| bought_group(panel, person, tab, one))
            .collect(),
    }
}

fn bought_group(
    panel: &Panel,
    person: &Person,
    tab: &PurchaseTab,
    bought: &BoughtFacts,
) -> BoughtGroup {
    let (fmt, tr, row) = (&person.fmt, person.tr(), &bought.row);
    let to_pay = row.status == PurchaseStatus::ToPay;
    let allocations: Vec<i64> = bought.covered.iter().map(|covered| covered.claim).collect();
    let about = About {
        order: Some(&tab.order.number),
        purchase: Some(row),
        can_cancel: bought.no_cancel.is_none(),
        allocations: &allocations,
    };
    let marketplace = tr.by_key("marketplace-", &row.marketplace);
    BoughtGroup {
        number: Outside {
            number: row.order_number.clone(),
            url: bought.url.as_ref().map(ToString::to_string),
        },
        marketplace: Tag::marketplace(tr, &row.marketplace),
        session: bought.login.clone(),
        seller: row.seller_name.clone(),
        status: Tag::purchase_status(tr, row.status.code()),
        said_status: row.raw_status.clone(),
        deadline: row.pay_by.filter(|_| to_pay).map(|by| fmt.countdown(by)),
        paid: row.paid_at.map(|at| tr.paid_on(fmt.day(at))),
        total: row.total_fen.to_string(),
        total_parts: tr.total_parts(row.freight_fen.to_string(), row.goods_fen.to_string()),
        pay: bought.no_pay.is_none().then(|| PayButton {
            url: format!("/purchases/{}/pay", row.id),
            text: tr.pay_on(marketplace),
            hint: tr.pay_log_in_as(bought.login.as_str()),
        }),
        withheld: bought
            .no_pay
            .as_ref()
            .filter(|_| to_pay)
            .map(|why| fmt.say(why)),
        age: age(person, row),
        deliveries: bought
            .deliveries
            .iter()
            .map(|one| delivery(person, one))
            .collect(),
        differences: bought
            .differences
            .iter()
            .map(|e| difference(person, e, about))
            .collect(),
        notes: notes(person, bought),
        rows: bought
            .covered
            .iter()
            .map(|covered| bought_row(panel, person, covered))
            .collect(),
    }
}

/// How old a purchase's facts are, and what led to reading them.
pub(crate) fn age(person: &Person, row: &PurchaseRow) -> String {
    let source = person.tr().by_key("source-", &row.source);
    format!("{} · {source}", person.fmt.ago(row.read_at))
}

fn delivery(person: &Person, row: &DeliveryRow) -> DeliveryLine {
    let sent = row
        .sent_at
        .map(|at| person.tr().sent_on(person.fmt.day(at)));
    let said = Some(row.raw_status.clone()).filter(|word| !word.is_empty());
    DeliveryLine {
        carrier: row.carrier.clone(),
        tracking: person.tracking(&row.tracking),
        status: [sent, said]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · "),
    }
}

fn notes(person: &Person, bought: &BoughtFacts) -> Vec<String> {
    let (fmt, tr, row) = (&person.fmt, person.tr(), &bought.row);
    let mut out = Vec::new();
    match CancelState::of(row) {
        Some(CancelState::Asked | CancelState::Sending) => {
            out.push(tr.note_being_cancelled().to_owned());
        }
        Some(CancelState::Unknown) => out.push(tr.note_cancel_unknown().to_owned()),
        Some(CancelState::Refused) => {
            let why = row
                .cancel_error
                .as_deref()
                .map(|text| fmt.say(&Message::from_json(text)));
            out.push(tr.note_cancel_refused(why.unwrap_or_default()));
        }
        Some(CancelState::Overtaken | CancelState::Done) | None => {}
    }
    if row.booking_id.is_none() {
        out.push(tr.note_bound_by_hand().to_owned());
    }
    if bought.stock > 0 {
        out.push(tr.bind_surplus(bought.stock));
    }
    if !bought.other_orders.is_empty() {
        out.push(tr.note_other_orders(bought.other_orders.join(", ")));
    }
    if row.refunded_fen.0 > 0 {
        out.push(tr.note_refunded(row.refunded_fen.to_string()));
    }
    out
}

fn bought_row(panel: &Panel, person: &Person, covered: &Covered) -> BoughtRow {
    let (fmt, tr, item) = (&person.fmt, person.tr(), &covered.item);
    let says = item
        .marketplace_says
        .as_deref()
        .map(|text| fmt.say(&Message::from_json(text)));
    let part =
        (item.free() > 0).then(|| tr.bought_part(item.quantity, item.quantity - item.free()));
    BoughtRow {
        id: covered.claim,
        goods: goods(panel, item, &covered.number),
        configuration: crate::show::configuration(item),
        quantity: fmt.quantity(covered.units, item.quantity),
        price: covered.price.to_string(),
        sum: covered.goods.to_string(),
        margin: covered.margin.map_or_else(|| "—".to_owned(), signed),
        loss: covered.margin.is_some_and(|m| m.0 < 0),
        status: Tag::item_status(tr, item.status.code()),
        note: says.or(part),
        faults: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_address_chooses_is_kept_for_the_events() {
        let fields = Fields::parse(b"session=1&session=2&item=7&request_id=x");
        assert_eq!(
            Chosen::of(&fields).unwrap().query(),
            "?session=1&session=2&item=7"
        );
        assert_eq!(Chosen::default().query(), "");
        assert_eq!(signed(Fen(470)), "+¥ 4.70");
        assert_eq!(signed(Fen(-470)), "−¥ 4.70");
    }
}
