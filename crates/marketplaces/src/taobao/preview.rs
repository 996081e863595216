//! Reading a preview: verdicts for the lines of a basket, sums, and the prices that create repeats.

use super::error::{self, Means};
use super::ordering::{ids, price_key};
use super::wire::{Answer, loudest, said};
use crate::json::{Gap, Node, need};
use crate::{Basket, ErrorKind, MarketError, Preview, PreviewLine};
use domain::{Fen, Verdict, VerdictKind};
use std::collections::BTreeMap;
use world::Timestamp;

fn blank(basket: &Basket) -> Preview {
    Preview {
        lines: (0..basket.lines.len())
            .map(|line| PreviewLine {
                line,
                verdict: Verdict::of(VerdictKind::Ok),
                unit_price: None,
                goods: None,
            })
            .collect(),
        whole: None,
        goods: Fen(0),
        freight: Fen(0),
        total: Fen(0),
        orders: 1,
        terms: BTreeMap::new(),
    }
}

/// The verdict without asking, where lines lack the ids that orders need.
pub(super) fn without_ids(basket: &Basket) -> Option<Preview> {
    let mut preview = blank(basket);
    for (told, line) in preview.lines.iter_mut().zip(&basket.lines) {
        if ids(line).is_none() {
            told.verdict.kind = VerdictKind::NoSuchSpecification;
            told.verdict.text = Some(
                "the offer, as it was read last, names no id under which this can be ordered; nothing was asked"
                    .to_owned(),
            );
        }
    }
    (!preview.is_ok()).then_some(preview)
}

/// Reads a preview. A business refusal gives verdicts; with a refusal the sums are zero.
pub(super) fn read(
    answer: &Answer,
    basket: &Basket,
    now: Timestamp,
) -> Result<Preview, MarketError> {
    let data = answer.data();
    let mut preview = blank(basket);
    let unavailable = data.at("unavailable_sku_list").items();
    for entry in &unavailable {
        refuse_line(*entry, basket, &mut preview);
    }
    if let Some(no) = loudest(&answer.levels()) {
        if answer.server_failed() || (unavailable.is_empty() && error::is_system_error(&no)) {
            return Err(answer.error(&no, ErrorKind::Unclear));
        }
        match error::listed(&no) {
            Some(limit @ Means::Limit(..)) => {
                return Err(answer.error(&no, error::refusal(limit, &no, now)));
            }
            // Lines that have their own reason need no second one for the whole.
            None if !preview.is_ok() => {}
            _ => {
                let verdict = error::verdict(error::preview_kind(&no), &no);
                preview.whole.get_or_insert(verdict);
            }
        }
    }
    let shops = data.at("render_item_list").items();
    let mut seen = vec![false; basket.lines.len()];
    for entry in shops
        .iter()
        .flat_map(|shop| shop.at("item_price_infos").items())
    {
        if let Some(line) = line_of(entry, basket) {
            seen[line] = true;
            price(entry, line, basket, &mut preview);
        }
    }
    preview.orders = shops.len().max(1);
    if preview.is_ok() {
        sums(data, &shops, &mut preview).map_err(|gap| answer.gap(&gap))?;
        // Nobody objected, so every line must have been looked at, with its price.
        for (line, told) in preview.lines.iter().enumerate() {
            let keyed = ids(&basket.lines[line]).zip(told.unit_price);
            let Some(((item, sku), price)) = keyed.filter(|_| seen[line]) else {
                let field = format!("item_price_infos for item {}", basket.lines[line].item);
                return Err(answer.gap(&Gap(field)));
            };
            preview
                .terms
                .insert(price_key(item, sku), price.0.to_string());
        }
    }
    Ok(preview)
}

/// The line of the basket that an entry is about.
fn line_of(entry: Node<'_>, basket: &Basket) -> Option<usize> {
    let item = entry.any(&["item_id", "itemId"]).id()?;
    let sku = entry.any(&["sku_id", "skuId"]).id();
    basket.lines.iter().position(|line| {
        ids(line).is_some_and(|own| own.0 == item && sku.as_deref().is_none_or(|sku| sku == own.1))
    })
}

/// Files an entry of `unavailable_sku_list` under every line that it is about.
fn refuse_line(entry: Node<'_>, basket: &Basket, preview: &mut Preview) {
    let said = said(entry);
    let verdict = error::verdict(error::preview_kind(&said), &said);
    let item = entry.any(&["item_id", "itemId"]).id();
    let sku = entry.any(&["sku_id", "skuId"]).id();
    let mut fits = 0;
    for (line, told) in basket.lines.iter().zip(&mut preview.lines) {
        let Some(own) = ids(line) else { continue };
        let is_it = item.as_deref() == Some(own.0) && sku.as_deref().is_none_or(|s| s == own.1);
        if is_it {
            fits += 1;
            if told.verdict.is_ok() {
                told.verdict = verdict.clone();
            }
        }
    }
    // Something cannot be had, and nobody can tell what: then the basket as it is cannot.
    if fits == 0 {
        preview.whole.get_or_insert(verdict);
    }
}

/// The price of one unit: the reduced one where there is one.
fn price(entry: Node<'_>, line: usize, basket: &Basket, preview: &mut Preview) {
    let amount = |name: &str| {
        let place = entry.at(name);
        let place = if place.is_object() {
            place.at("amount")
        } else {
            place
        };
        place.fen()
    };
    let above = |fen: &Fen| fen.0 > 0;
    let reduced = amount("discount_price");
    let original = amount("origin_price");
    let told = &mut preview.lines[line];
    let unit = reduced
        .filter(above)
        .or(original.filter(above))
        .or(reduced.or(original));
    told.unit_price = unit;
    told.goods = unit.and_then(|unit| unit.times(basket.lines[line].quantity));
    if unit == Some(Fen(0)) && told.verdict.is_ok() {
        told.verdict.kind = VerdictKind::ZeroPrice;
    }
}

/// Freight is told per shop; coupons may lower the total below the shops' sums, so that goods are what
/// the total leaves.
fn sums(data: Node<'_>, shops: &[Node<'_>], preview: &mut Preview) -> Result<(), Gap> {
    let money = |node: Node<'_>| {
        let amount = if node.is_object() {
            node.at("amount")
        } else {
            node
        };
        amount.fen()
    };
    let total = need(
        money(data.at("total_real_pay_price")),
        "total_real_pay_price",
    )?;
    let mut freight = Fen(0);
    for shop in shops {
        let fee = shop.at("mainland_shipping_fee");
        if fee.is_there() {
            let fee = need(money(fee), "mainland_shipping_fee")?;
            freight = need(freight.plus(fee), "mainland_shipping_fee")?;
        }
    }
    preview.goods = need(
        Some(Fen(total.0 - freight.0)).filter(|goods| goods.0 >= 0),
        "total_real_pay_price",
    )?;
    preview.freight = freight;
    preview.total = total;
    Ok(())
}
