//! Ready for purchase.

use super::Chosen;
use crate::pages::booking::book_button;
use crate::pages::order_purchase::{Ready, ReadyGroup, ReadyRow};
use crate::panel::{Panel, Person};
use crate::parts::{Empty, Fault, Goods, Tag};
use app::Message;
use app::purchase_tab::{Now, PurchaseTab, ReadyGroup as ReadyFacts, ReadyItem};
use app::rows::{ItemRow, OrderRow};
use domain::{Fen, VerdictKind};

/// An item as the first cells of the tab's lists show it.
pub(crate) fn goods(panel: &Panel, row: &ItemRow, number: &str) -> Goods {
    panel.goods_of(row, number)
}

pub(super) fn ready(panel: &Panel, person: &Person, tab: &PurchaseTab, chosen: &Chosen) -> Ready {
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
pub(super) fn signed(fen: Fen) -> String {
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
        fault.text = crate::buying::capital(&fault.text);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_carry_their_sign() {
        assert_eq!(signed(Fen(470)), "+¥ 4.70");
        assert_eq!(signed(Fen(-470)), "−¥ 4.70");
    }
}
