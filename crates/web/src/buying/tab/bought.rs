//! Goods purchased.

use super::ready::goods;
use super::ready::signed;
use crate::buying::differences::{About, difference};
use crate::buying::pay;
use crate::pages::booking::unbind_button;
use crate::pages::order_purchase::{Bought, BoughtGroup, BoughtRow, DeliveryLine, PayButton};
use crate::panel::{Panel, Person};
use crate::parts::{Link, Outside, Tag};
use crate::words::of_market;
use app::Message;
use app::purchase::cancel::CancelState;
use app::purchase_tab::{Bought as BoughtFacts, Covered, PurchaseTab};
use app::rows::{DeliveryRow, PurchaseRow};
use domain::PurchaseStatus;

pub(super) fn bought(panel: &Panel, person: &Person, tab: &PurchaseTab) -> Bought {
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
    let payable = (to_pay && bought.no_pay.is_none()).then_some(bought.ways);
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
        said_means: of_market(tr, "status-word-", &row.marketplace, &row.raw_status)
            .map(str::to_owned),
        deadline: row.pay_by.filter(|_| to_pay).map(|by| fmt.countdown(by)),
        paid: row.paid_at.map(|at| tr.paid_on(fmt.day(at))),
        total: row.total_fen.to_string(),
        total_parts: tr.total_parts(row.freight_fen.to_string(), row.goods_fen.to_string()),
        pay: payable.and_then(|ways| ways.link).map(|_| PayButton {
            url: format!("/purchases/{}/pay", row.id),
            text: tr.pay_on(marketplace),
            hint: tr.pay_log_in_as(bought.login.as_str()),
        }),
        pay_by_api: payable
            .and_then(|ways| ways.api)
            .map(|_| Link::to(pay::url_of(row.id), tr.pay_by_api())),
        no_link: payable
            .filter(|ways| ways.api.is_none())
            .and_then(|ways| ways.instead_of_link(&row.marketplace, &bought.login))
            .map(|why| fmt.say(&why)),
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
    out.extend(pay::note(person, row));
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
    if let Some(word) = &row.raw_refund {
        let text = of_market(tr, "refund-word-", &row.marketplace, word);
        out.push(tr.note_refund(text.unwrap_or(word)));
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
