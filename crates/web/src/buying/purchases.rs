//! The Purchases page and paying.

use super::{WindowAnswer, differences, page};
use crate::http::{Fields, PageError, Path};
use crate::live::Topic;
use crate::pages::again::{follow, whole};
use crate::pages::order::order_url;
use crate::pages::purchases::{PayBar, PayLinkPage, PurchaseRow, PurchasesPage};
use crate::pages::{Paging, Tab as TabLink};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Counted, Empty, Fault, Link, Tag};
use crate::words::of_market;
use app::purchase::list::{Cursor, Listed, Query as Wish, Tab, list as read};
use app::purchase::pay::Ways;
use app::purchase::pay_link;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use domain::PurchaseStatus;

/// Purchases on one page.
const PER_PAGE: i64 = 50;
/// Purchases that one run pays through the interface, in as many requests as it takes.
const BY_API_AT_ONCE: u32 = 200;
/// Seconds for which the account to log in with stands before the marketplace's page opens.
const OPENS_AFTER: u32 = 3;

/// What the address asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(crate) struct Wanted {
    view: Option<String>,
    session: Option<String>,
    older: Option<String>,
    newer: Option<String>,
}

fn address(tab: Tab, session: Option<i64>, place: Option<(&str, Cursor)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("view", tab.code());
    if let Some(session) = session {
        query.append_pair("session", &session.to_string());
    }
    if let Some((name, cursor)) = place {
        query.append_pair(name, &cursor.text());
    }
    format!("/purchases?{}", query.finish())
}

/// `GET /purchases`
pub(crate) async fn list(
    State(panel): State<Panel>,
    person: Person,
    Query(wanted): Query<Wanted>,
) -> WindowAnswer {
    Ok(page(view(&panel, &person, &wanted).await?))
}

/// `GET /purchases/events`
pub(crate) async fn events(
    State(panel): State<Panel>,
    _person: Person,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Response {
    follow(&panel, headers, [Topic::Orders], move |panel, person| {
        let wanted = wanted.clone();
        async move {
            let page = view(&panel, &person, &wanted).await?;
            whole(&page.shell, page.as_main().render())
        }
    })
}

async fn view(panel: &Panel, person: &Person, wanted: &Wanted) -> Result<PurchasesPage, PageError> {
    let tr = person.tr();
    let tab = wanted
        .view
        .as_deref()
        .and_then(Tab::from_code)
        .unwrap_or(Tab::ToPay);
    let sessions = app::session::rows(&panel.app).await.map_err(person.no())?;
    let session: Option<i64> = wanted.session.as_deref().and_then(|id| id.parse().ok());
    let session = session.filter(|id| sessions.iter().any(|s| s.id == *id));
    let cursor = |text: &Option<String>| text.as_deref().and_then(Cursor::parse);
    let wish = Wish {
        tab,
        session,
        after: cursor(&wanted.older),
        before: cursor(&wanted.newer),
        limit: PER_PAGE,
    };
    let found = read(&panel.app, &wish).await.map_err(person.no())?;
    let mut shell = panel
        .shell(person, tr.purchases_title(), "/purchases")
        .await?;
    let newer = wish.before.map(|place| ("newer", place));
    let place = newer.or(wish.after.map(|place| ("older", place)));
    shell.live = Some(address(tab, session, place).replacen('?', "/events?", 1));
    let tabs = Tab::ALL
        .into_iter()
        .map(|one| TabLink {
            text: tab_name(person, one).to_owned(),
            url: address(one, session, None),
            active: one == tab,
            count: tab_count(person, one, found.counts.get(&one).copied().unwrap_or(0)),
        })
        .collect();
    let choices = std::iter::once(Choice::of(
        "",
        tr.purchases_all_sessions(),
        session.is_none(),
    ))
    .chain(sessions.iter().map(|s| {
        let text = format!(
            "{} · {}",
            tr.by_key("marketplace-", &s.marketplace),
            s.login
        );
        Choice::of(s.id.to_string(), text, session == Some(s.id))
    }))
    .collect();
    let rows: Vec<PurchaseRow> = found
        .rows
        .iter()
        .map(|listed| row(panel, person, listed))
        .collect();
    let paying = (tab == Tab::ToPay)
        .then(|| pay_bar(person, &found.rows))
        .flatten();
    Ok(PurchasesPage {
        empty: rows.is_empty().then(|| Empty {
            icon: "building-store",
            title: tr.purchases_empty_title().to_owned(),
            text: tr.purchases_empty_text().to_owned(),
            ..Empty::default()
        }),
        paging: Paging {
            text: tr.per_page(PER_PAGE),
            newer: found
                .previous
                .map(|c| address(tab, session, Some(("newer", c)))),
            older: found
                .next
                .map(|c| address(tab, session, Some(("older", c)))),
        },
        tr: tr.clone(),
        shell,
        tabs,
        view: tab.code().to_owned(),
        sessions: choices,
        rows,
        paying,
        deadlines: tab == Tab::ToPay,
    })
}

/// The ways to pay what stands in the list; none when nothing of it can be paid.
fn pay_bar(person: &Person, rows: &[Listed]) -> Option<PayBar> {
    let tr = person.tr();
    let payable: Vec<&Listed> = rows.iter().filter(|r| r.no_pay.is_none()).collect();
    let any = |way: fn(&Ways) -> bool| payable.iter().any(|r| way(&r.ways));
    let mut notes: Vec<String> = payable
        .iter()
        .filter(|r| r.ways.api.is_none())
        .filter_map(|r| r.ways.instead_of_link(&r.row.marketplace, &r.login))
        .map(|why| person.fmt.say(&why))
        .collect();
    notes.sort_unstable();
    notes.dedup();
    (!payable.is_empty()).then(|| PayBar {
        pay: any(|w| w.link.is_some()).then(|| Counted::new(0, |n, shown| tr.pay_count(n, shown))),
        by_api: any(|w| w.api.is_some())
            .then(|| Counted::new(0, |n, shown| tr.pay_by_api_count(n, shown))),
        notes,
    })
}

fn tab_name(person: &Person, tab: Tab) -> &str {
    let tr = person.tr();
    match tab {
        Tab::ToPay => tr.purchases_to_pay(),
        Tab::ToSend => tr.purchases_to_send(),
        Tab::OnWay => tr.purchases_on_the_way(),
        Tab::Trouble => tr.purchases_trouble(),
        Tab::All => tr.purchases_all(),
    }
}

fn tab_count(person: &Person, tab: Tab, n: i64) -> Option<(String, &'static str)> {
    let tone = match tab {
        Tab::ToPay => "orange",
        Tab::Trouble => "red",
        Tab::ToSend | Tab::OnWay => "",
        Tab::All => return None,
    };
    let n = u64::try_from(n).unwrap_or(0);
    (n > 0).then(|| (person.fmt.count(n, crate::panel::COUNT_CEILING), tone))
}

fn row(panel: &Panel, person: &Person, listed: &Listed) -> PurchaseRow {
    let (fmt, tr, row) = (&person.fmt, person.tr(), &listed.row);
    let mut faults: Vec<Fault> = listed
        .differences
        .iter()
        .map(|e| differences::fault(person, e, Some(row)))
        .collect();
    // Why it cannot be paid, unless a difference has said so.
    if let Some(why) = listed
        .no_pay
        .as_ref()
        .filter(|_| row.status == PurchaseStatus::ToPay && faults.is_empty())
    {
        faults.push(fmt.fault(why, None));
    }
    let ways = [
        listed.ways.link.map(|_| "link"),
        listed.ways.api.map(|_| "api"),
    ];
    let ways: Vec<&str> = ways.into_iter().flatten().collect();
    PurchaseRow {
        id: row.id,
        number: panel.outside_order(&row.marketplace, &row.order_number),
        marketplace: Tag::marketplace(tr, &row.marketplace),
        account: listed.login.clone(),
        pay_group: format!("{} {}", row.marketplace, row.session_id),
        payable: listed.no_pay.is_none() && !ways.is_empty(),
        most: listed.ways.link.unwrap_or(BY_API_AT_ONCE),
        ways: ways.join(" "),
        fen: row.total_fen.0,
        seller: row.seller_name.clone(),
        status: Tag::purchase_status(tr, row.status.code()),
        said_status: row.raw_status.clone(),
        said_means: of_market(tr, "status-word-", &row.marketplace, &row.raw_status)
            .map(str::to_owned),
        deadline: row
            .pay_by
            .filter(|_| row.status == PurchaseStatus::ToPay)
            .map(|at| fmt.countdown(at)),
        tracking: listed
            .deliveries
            .iter()
            .map(|d| (d.carrier.clone(), person.tracking(&d.tracking)))
            .collect(),
        total: row.total_fen.to_string(),
        orders: listed
            .orders
            .iter()
            .map(|o| Link::to(format!("{}/purchase", order_url(&o.number)), &o.number))
            .collect(),
        age: super::tab::age(person, row),
        faults,
    }
}

/// `POST /purchases/pay`: one payment page for what was ticked.
pub(crate) async fn pay(
    State(panel): State<Panel>,
    person: Person,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    let ids = fields.ids("purchase")?;
    link(&panel, &person, &ids).await
}

/// `POST /purchases/{id}/pay`
pub(crate) async fn pay_one(
    State(panel): State<Panel>,
    person: Person,
    Path(id): Path<i64>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    link(&panel, &person, &[id]).await
}

async fn link(panel: &Panel, person: &Person, ids: &[i64]) -> WindowAnswer {
    let (fmt, tr) = (&person.fmt, person.tr());
    let paid = pay_link::fetch(&person.ctx, ids)
        .await
        .map_err(person.no())?;
    let shell = panel.shell(person, tr.pay_title(), "/purchases").await?;
    let excluded: Vec<Fault> = paid
        .excluded
        .iter()
        .map(|e| fmt.fault(&e.reason, None))
        .collect();
    let url = (!paid.covers.is_empty()).then(|| paid.url.to_string());
    // What could not be included must be read first; else the page opens by itself.
    let opens = url.clone().filter(|_| excluded.is_empty());
    let mut answer = page(PayLinkPage {
        tr: tr.clone(),
        shell,
        url,
        text: tr.pay_on(tr.by_key("marketplace-", &paid.marketplace)),
        account: paid.login.clone(),
        covers: tr.pay_covers(
            paid.covers
                .iter()
                .map(|p| p.order_number.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            tr.n_purchases(paid.covers.len()),
            paid.total.to_string(),
        ),
        excluded,
        opens: opens.is_some(),
    });
    if let Some(url) = opens {
        let value = HeaderValue::from_str(&format!("{OPENS_AFTER}; url={url}"))
            .map_err(|e| PageError::internal(&e))?;
        answer.headers_mut().insert(header::REFRESH, value);
    }
    Ok(answer)
}
