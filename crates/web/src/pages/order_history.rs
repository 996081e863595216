//! The History tab: who or what changed what, from what to what.

use super::activities::{PER_PAGE, id_paging, person_or_program};
use super::again::{follow, whole};
use super::order::{self, OrderHead, OrderTab, search_url};
use super::{Paging, Shell};
use crate::Tr;
use crate::http::{Page, PageError, Path};
use crate::panel::{Panel, Person};
use crate::parts::{Empty, Link};
use crate::words::of_market;
use app::order::OrderPage;
use app::rows::HistoryRow;
use app::{IdPlace, Message};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::{Amount, HistoryGroup, HistoryKind};
use serde_json::Value;

/// The tab.
#[derive(Clone, Debug, Template)]
#[template(path = "order/history.html", blocks = ["main"])]
pub struct OrderHistoryPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The order's head.
    pub head: OrderHead,
    /// Kinds of entries; a link shows one kind alone.
    pub kinds: Vec<KindLink>,
    /// By day, newest first.
    pub days: Vec<HistoryDay>,
    /// What stands there when there is nothing.
    pub empty: Option<Empty>,
    /// Neighbouring pages.
    pub paging: Paging,
}

/// A kind of entries.
#[derive(Clone, Debug, Default)]
pub struct KindLink {
    /// Name and address.
    pub link: Link,
    /// It is the one shown.
    pub active: bool,
}

/// One day of the timeline.
#[derive(Clone, Debug, Default)]
pub struct HistoryDay {
    /// `Today`, `19 Nov`.
    pub day: String,
    /// Newest first.
    pub entries: Vec<HistoryEntry>,
}

/// One change.
#[derive(Clone, Debug, Default)]
pub struct HistoryEntry {
    /// `10:12:05`.
    pub time: String,
    /// In full, for the tooltip.
    pub full: String,
    /// Picture of its kind.
    pub icon: &'static str,
    /// What happened.
    pub text: String,
    /// To what: `№ 53-1`, a purchase's number.
    pub subject: Option<Link>,
    /// From what to what, field by field.
    pub changes: Vec<Change>,
    /// The reason that was given.
    pub reason: Option<String>,
    /// Person or program.
    pub actor: String,
    /// The run it belonged to.
    pub activity: Option<String>,
}

/// A field that changed.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Which.
    pub field: String,
    /// Before; nothing when it was made.
    pub old: String,
    /// After; nothing when it was taken away.
    pub new: String,
}

/// What the address asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Wanted {
    kind: Option<String>,
    older: Option<String>,
    newer: Option<String>,
}

/// `GET /orders/{number}/history`
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    Path(number): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Page<OrderHistoryPage>, PageError> {
    view(&panel, &person, &number, &wanted).await.map(Page)
}

/// `GET /orders/{number}/history/events`
pub(crate) async fn events(
    State(panel): State<Panel>,
    person: Person,
    headers: HeaderMap,
    Path(number): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let topic = order::topic(&panel, &person, &number).await?;
    Ok(follow(&panel, headers, [topic], move |panel, person| {
        let (number, wanted) = (number.clone(), wanted.clone());
        async move {
            let page = view(&panel, &person, &number, &wanted).await?;
            whole(&page.shell, page.as_main().render())
        }
    }))
}

impl Wanted {
    /// The same view's events.
    fn events(&self) -> String {
        let pairs = [
            ("kind", &self.kind),
            ("older", &self.older),
            ("newer", &self.newer),
        ];
        let asked = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(asked)
            .finish();
        format!("history/events?{query}")
    }
}

async fn view(
    panel: &Panel,
    person: &Person,
    number: &str,
    wanted: &Wanted,
) -> Result<OrderHistoryPage, PageError> {
    let (fmt, tr) = (&person.fmt, person.tr());
    let page = order::load(panel, person, number).await?;
    let head = order::head(panel, person, &page, OrderTab::History).await?;
    let code = wanted.kind.as_deref().unwrap_or("");
    let group = HistoryGroup::ALL
        .iter()
        .copied()
        .find(|group| group.code() == code);
    let place = IdPlace::of(wanted.older.as_deref(), wanted.newer.as_deref());
    let entries = app::history::page(
        &panel.app,
        page.order.id,
        group.map(HistoryGroup::code),
        place,
        PER_PAGE,
    )
    .await
    .map_err(|error| fmt.refuse(error))?;
    let path = format!("{}/history", head.url);
    let kept: Vec<(&str, &str)> = group.iter().map(|group| ("kind", group.code())).collect();
    let teller = Teller {
        person,
        page: &page,
        url: &head.url,
    };
    Ok(OrderHistoryPage {
        shell: order::shell(panel, person, &page, &wanted.events()).await?,
        kinds: kinds(tr, &path, group),
        empty: entries.rows.is_empty().then(|| Empty {
            icon: "history",
            title: tr.history_empty_title().to_owned(),
            text: tr.history_empty_text().to_owned(),
            ..Empty::default()
        }),
        paging: id_paging(tr, &path, &kept, &entries),
        days: teller.days(&entries.rows),
        tr: tr.clone(),
        head,
    })
}

fn kinds(tr: &Tr, path: &str, active: Option<HistoryGroup>) -> Vec<KindLink> {
    let all = KindLink {
        link: Link::to(path, tr.history_all()),
        active: active.is_none(),
    };
    let groups = HistoryGroup::ALL.iter().map(|group| KindLink {
        link: Link::to(
            format!("{path}?kind={}", group.code()),
            tr.by_key("history-", group.code()),
        ),
        active: active == Some(*group),
    });
    std::iter::once(all).chain(groups).collect()
}

/// Tells entries to one person.
struct Teller<'a> {
    person: &'a Person,
    page: &'a OrderPage,
    url: &'a str,
}

impl Teller<'_> {
    fn days(&self, rows: &[HistoryRow]) -> Vec<HistoryDay> {
        let mut days: Vec<HistoryDay> = Vec::new();
        for row in rows {
            let day = self.person.fmt.named_day(row.at);
            let entry = self.entry(row);
            match days.last_mut() {
                Some(last) if last.day == day => last.entries.push(entry),
                _ => days.push(HistoryDay {
                    day,
                    entries: vec![entry],
                }),
            }
        }
        days
    }

    fn entry(&self, row: &HistoryRow) -> HistoryEntry {
        let (fmt, tr) = (&self.person.fmt, self.person.tr());
        let facts: Value = serde_json::from_str(&row.facts).unwrap_or_default();
        let kind = HistoryKind::ALL
            .iter()
            .copied()
            .find(|kind| kind.code() == row.kind);
        HistoryEntry {
            time: fmt.time_of_day(row.at),
            full: fmt.full(row.at),
            icon: icon_of(&row.grouping, kind),
            text: tr.by_key("history-kind-", &row.kind).to_owned(),
            subject: self.subject(row, &facts),
            changes: kind.map_or_else(
                || plain(tr.col_status(), row),
                |kind| self.changes(kind, row, &facts),
            ),
            reason: self.reason(&facts),
            actor: person_or_program(&row.actor).to_owned(),
            activity: None,
        }
    }

    /// What it happened to: an item, a parcel, a purchase.
    fn subject(&self, row: &HistoryRow, facts: &Value) -> Option<Link> {
        let tr = self.person.tr();
        if let Some(item) = row
            .item_id
            .and_then(|id| self.page.items.iter().find(|item| item.row.id == id))
        {
            return Some(Link::to(
                format!("{}/items#item-{}", self.url, item.row.id),
                &*item.number,
            ));
        }
        if let Some(id) = row.parcel_id {
            let known = self.page.parcels.iter().find(|parcel| parcel.row.id == id);
            let position = known
                .map(|parcel| parcel.row.position)
                .or_else(|| facts["position"].as_i64())?;
            return Some(Link::to(
                format!("{}/parcels#parcel-{id}", self.url),
                tr.parcel_name(position),
            ));
        }
        let known = self
            .page
            .purchases
            .iter()
            .find(|purchase| Some(purchase.id) == row.purchase_id);
        let number = known
            .map(|purchase| purchase.order_number.as_str())
            .or_else(|| facts["number"].as_str())?;
        Some(Link::to(search_url(number), number))
    }

    fn changes(&self, kind: HistoryKind, row: &HistoryRow, facts: &Value) -> Vec<Change> {
        use HistoryKind as K;
        let (fmt, tr) = (&self.person.fmt, self.person.tr());
        let of = |family: &str| {
            let word = |code: &Option<String>| {
                code.as_deref()
                    .map(|code| tr.by_key(family, code).to_owned())
            };
            change(tr.col_status(), word(&row.was), word(&row.became))
        };
        let grams = |text: &Option<String>| {
            text.as_deref()
                .and_then(|t| t.parse().ok())
                .map(|g| fmt.kg(g))
        };
        let money = |text: &Option<String>| {
            let amount: Amount = text.as_deref()?.parse().ok()?;
            Some(self.person.money(&amount, &self.page.order.currency))
        };
        match kind {
            K::ItemStatus => of("item-status-"),
            K::OrderStatus | K::OrderClosed | K::OrderCancelled | K::OrderReopened => {
                of("order-status-")
            }
            K::ParcelStatus | K::ParcelCreated | K::ParcelDeleted => of("parcel-status-"),
            K::PurchaseStatus => change(
                tr.col_status(),
                row.was.as_deref().map(|w| purchase_word(tr, w)),
                row.became.as_deref().map(|w| purchase_word(tr, w)),
            ),
            K::PaymentRecorded | K::PaymentReversed => {
                change(tr.field_paid(), money(&row.was), money(&row.became))
            }
            K::ItemEdited => change(tr.item_weight(), grams(&row.was), grams(&row.became)),
            K::ItemCommented => change(tr.operator_comment(), row.was.clone(), row.became.clone()),
            K::ItemSplit | K::ParcelItems => {
                change(tr.col_quantity(), row.was.clone(), row.became.clone())
            }
            K::ItemCorrected => corrected(fmt, facts),
            K::ParcelEdited => self.parcel_edited(row),
            K::PurchasePrice | K::PurchaseFreight | K::PriceAccepted | K::PurchasePaid => {
                change(tr.col_sum(), row.was.clone(), row.became.clone())
            }
            K::PurchaseRefund => {
                let marketplace = facts["marketplace"].as_str().unwrap_or_default();
                let read = |text: &Option<String>| {
                    text.as_deref().map(|text| refund(tr, marketplace, text))
                };
                change(tr.col_sum(), read(&row.was), read(&row.became))
            }
            K::ExceptionOpened | K::ExceptionClosed => {
                let word = row
                    .became
                    .as_deref()
                    .map(|code| tr.by_key("exception-", code).to_owned());
                change(tr.field_difference(), None, word)
            }
            K::DeliveryAdded | K::DeliveryChanged => {
                change(tr.col_tracking(), row.was.clone(), row.became.clone())
            }
            K::BookingPlanned | K::BookingSending | K::BookingUnknown | K::BookingReleased => {
                change(tr.field_reference(), None, row.became.clone())
            }
            K::BookingPlaced
            | K::BookingAdopted
            | K::PurchaseBound
            | K::PurchaseUnbound
            | K::CancelAsked => {
                let was = row.was.clone().filter(|_| kind == K::PurchaseUnbound);
                let mut all = change(tr.col_marketplace_order(), was, row.became.clone());
                if let Some(units) = facts["units"].as_i64() {
                    all.extend(change(tr.col_quantity(), None, Some(units.to_string())));
                }
                all
            }
            _ => plain(tr.col_status(), row),
        }
    }

    fn parcel_edited(&self, row: &HistoryRow) -> Vec<Change> {
        let (fmt, tr) = (&self.person.fmt, self.person.tr());
        let read = |text: &Option<String>| -> Value {
            text.as_deref()
                .and_then(|t| serde_json::from_str(t).ok())
                .unwrap_or_default()
        };
        let (was, became) = (read(&row.was), read(&row.became));
        let size = |facts: &Value| {
            let mm = |index: usize| facts["size_mm"][index].as_i64();
            super::order_parcels::size_text(mm(0), mm(1), mm(2))
        };
        let text = |facts: &Value, name: &str| facts[name].as_str().map(str::to_owned);
        let weight = |facts: &Value| facts["weight_g"].as_i64().map(|g| fmt.kg(g));
        [
            change(tr.fact_weight(), weight(&was), weight(&became)),
            change(tr.fact_size(), size(&was), size(&became)),
            change(
                tr.fact_service(),
                text(&was, "service"),
                text(&became, "service"),
            ),
            change(
                tr.fact_tracking(),
                text(&was, "tracking"),
                text(&became, "tracking"),
            ),
            change(tr.payment_note(), text(&was, "note"), text(&became, "note")),
        ]
        .concat()
    }

    /// The reason that a person gave, or what an operation said.
    fn reason(&self, facts: &Value) -> Option<String> {
        let text = |name: &str| {
            facts[name]
                .as_str()
                .filter(|t| !t.is_empty())
                .map(str::to_owned)
        };
        let said = serde_json::from_value::<Message>(facts["reason"].clone()).ok();
        text("reason_text")
            .or_else(|| said.map(|message| self.person.fmt.say(&message)))
            .or_else(|| text("reason"))
            .or_else(|| text("note"))
    }
}

/// From what to what; nothing where nothing is known or nothing changed.
fn change(field: &str, was: Option<String>, became: Option<String>) -> Vec<Change> {
    let (old, new) = (was.unwrap_or_default(), became.unwrap_or_default());
    if old == new {
        return Vec::new();
    }
    vec![Change {
        field: field.to_owned(),
        old,
        new,
    }]
}

/// What went back, with the marketplace's word for it in ours: `¥ 12.00 paid back`.
fn refund(tr: &Tr, marketplace: &str, text: &str) -> String {
    let word = text.rsplit_once(' ').and_then(|(sum, word)| {
        let ours = of_market(tr, "refund-word-", marketplace, word)?;
        Some(format!("{sum} · {ours}"))
    });
    word.unwrap_or_else(|| text.to_owned())
}

/// Old and new as they are stored.
fn plain(field: &str, row: &HistoryRow) -> Vec<Change> {
    change(field, row.was.clone(), row.became.clone())
}

/// `to_pay (waitbuyerpay)`: our word in the person's language, the marketplace's own beside it.
fn purchase_word(tr: &Tr, stored: &str) -> String {
    match stored.split_once(' ') {
        Some((code, own)) => format!("{} {own}", tr.by_key("purchase-status-", code)),
        None => tr.by_key("purchase-status-", stored).to_owned(),
    }
}

fn corrected(fmt: &crate::Fmt, facts: &Value) -> Vec<Change> {
    let tr = fmt.tr();
    let (was, became) = (&facts["was"], &facts["became"]);
    let text = |of: &Value, name: &str| match &of[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let fen = |of: &Value| of["expected_fen"].as_i64().map(|n| fmt.fen(domain::Fen(n)));
    [
        change(
            tr.correct_item_id(),
            text(was, "item"),
            text(became, "item"),
        ),
        change(
            tr.correct_specification(),
            text(was, "specification"),
            text(became, "specification"),
        ),
        change(
            tr.correct_seller_id(),
            text(was, "seller"),
            text(became, "seller"),
        ),
        change(
            tr.col_seller(),
            text(was, "seller_name"),
            text(became, "seller_name"),
        ),
        change(
            tr.col_quantity(),
            text(was, "quantity"),
            text(became, "quantity"),
        ),
        change(tr.correct_expected(), fen(was), fen(became)),
    ]
    .concat()
}

fn icon_of(group: &str, kind: Option<HistoryKind>) -> &'static str {
    match (group, kind) {
        (_, Some(HistoryKind::Imported)) => "file-import",
        (_, Some(HistoryKind::ExceptionOpened)) => "alert-triangle",
        (_, Some(HistoryKind::ExceptionClosed)) => "check",
        (
            _,
            Some(
                HistoryKind::DeliveryAdded
                | HistoryKind::DeliveryChanged
                | HistoryKind::DeliveryReceived,
            ),
        ) => "truck-delivery",
        (_, Some(HistoryKind::ItemSplit)) => "arrows-split",
        ("order", _) => "clipboard-list",
        ("item", _) => "edit",
        ("booking", _) => "shopping-cart",
        ("purchase", _) => "building-store",
        ("parcel", _) => "package",
        ("payment", _) => "cash",
        ("session", _) => "key",
        _ => "circle-dot",
    }
}
