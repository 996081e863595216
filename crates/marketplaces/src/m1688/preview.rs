//! Reading a preview: verdicts for the lines of a basket, sums, and the terms that create repeats.

use super::error::{self, Means, ORDERING};
use super::ordering::{FLOW, TRADE_TYPE};
use super::wire::{Answer, Said, said};
use crate::json::{Gap, Node, need};
use crate::{Basket, ErrorKind, MarketError, OrderLine, Preview, PreviewLine};
use domain::{Fen, Verdict, VerdictKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use world::Timestamp;

/// Reads a preview. A business refusal gives verdicts; with a refusal the sums are zero.
pub(super) fn read(
    answer: &Answer,
    basket: &Basket,
    now: Timestamp,
) -> Result<Preview, MarketError> {
    let root = answer.node();
    let whole = said(root);
    let results = root
        .any(&["orderPreviewResuslt", "orderPreviewResult"])
        .items();
    let mut out = Verdicts::new(basket);
    if whole.is_no() {
        if answer.server_failed() {
            return Err(whole.error(ErrorKind::Unclear));
        }
        match error::listed(ORDERING, &whole) {
            Some(limit @ Means::Limit(..)) => return Err(error::refusal(limit, &whole, now)),
            Some(Means::Verdict(kind)) => out.judge(&whole, kind, &[]),
            None if is_system_error(&whole) => return Err(whole.error(ErrorKind::Unclear)),
            None => out.judge(&whole, VerdictKind::Other, &[]),
        }
    } else if results.is_empty() {
        return Err(answer.gap(&Gap("orderPreviewResuslt".to_owned())));
    }

    let mut parts = Vec::new();
    for result in &results {
        if let Some(part) = Part::read(*result, basket, &mut out).map_err(|gap| answer.gap(&gap))? {
            parts.push(part);
        }
    }
    let terms = out.terms(&parts);
    if out.is_ok() {
        // Nobody objected, so every line must have been looked at.
        if let Some(line) = out.unseen() {
            return Err(answer.gap(&Gap(format!(
                "orderPreviewResuslt.cargoList for offer {}",
                basket.lines[line].item
            ))));
        }
    }
    let sums = |of: fn(&Part) -> Fen| {
        parts
            .iter()
            .try_fold(Fen(0), |sum, part| sum.plus(of(part)))
            .ok_or_else(|| answer.gap(&Gap("orderPreviewResuslt.sumPayment".to_owned())))
    };
    Ok(Preview {
        goods: sums(|p| p.goods)?,
        freight: sums(|p| p.freight)?,
        total: sums(|p| p.total)?,
        orders: results.len().max(1),
        whole: out.whole,
        lines: out.lines,
        terms,
    })
}

/// A failure of the machinery rather than of the basket: worth another look, not a verdict.
fn is_system_error(said: &Said) -> bool {
    let code = said.code.as_deref().unwrap_or_default();
    let text = said.text.to_lowercase();
    code.to_lowercase().contains("system")
        || text.contains("system error")
        || text.contains("系统")
        || (said.code.is_none() && text.is_empty())
}

/// Verdicts as they gather over a basket.
struct Verdicts<'a> {
    basket: &'a Basket,
    lines: Vec<PreviewLine>,
    seen: BTreeSet<usize>,
    whole: Option<Verdict>,
}

impl<'a> Verdicts<'a> {
    fn new(basket: &'a Basket) -> Self {
        Self {
            basket,
            lines: (0..basket.lines.len())
                .map(|line| PreviewLine {
                    line,
                    verdict: Verdict::of(VerdictKind::Ok),
                    unit_price: None,
                    goods: None,
                })
                .collect(),
            seen: BTreeSet::new(),
            whole: None,
        }
    }

    fn is_ok(&self) -> bool {
        self.whole.is_none() && self.lines.iter().all(|line| line.verdict.is_ok())
    }

    fn unseen(&self) -> Option<usize> {
        (0..self.lines.len()).find(|line| !self.seen.contains(line))
    }

    /// Files a refusal under the lines that its text names, else under `lines`, else under the whole.
    fn judge(&mut self, said: &Said, kind: VerdictKind, lines: &[usize]) {
        let verdict = error::verdict(kind, said);
        let named = named_lines(&said.text, &self.basket.lines);
        let concerned = if named.is_empty() { lines } else { &named };
        // A rule about the basket as a whole is not one line's fault, even when the text lists them.
        let is_about_all = matches!(
            kind,
            VerdictKind::DifferentSellers | VerdictKind::Address | VerdictKind::Limit
        );
        if concerned.is_empty() || is_about_all {
            self.whole.get_or_insert(verdict);
            return;
        }
        // Where a specification is missing, the text names the offer alone; lines of it that have
        // one are innocent.
        let bare: Vec<usize> = concerned
            .iter()
            .copied()
            .filter(|line| self.basket.lines[*line].specification.is_none())
            .collect();
        let concerned = if kind == VerdictKind::NoSuchSpecification && !bare.is_empty() {
            &bare
        } else {
            concerned
        };
        for line in concerned {
            let place = &mut self.lines[*line].verdict;
            if place.is_ok() {
                *place = verdict.clone();
            }
        }
    }

    /// The terms that create must repeat: one sales channel, one way to pay, for all parts.
    fn terms(&mut self, parts: &[Part]) -> BTreeMap<String, String> {
        let mut terms = BTreeMap::new();
        let Some(first) = parts.first() else {
            return terms;
        };
        if parts.iter().any(|part| part.flow != first.flow) {
            self.whole.get_or_insert(Verdict {
                text: Some(
                    "the marketplace sells parts of this basket through different channels: order them apart"
                        .to_owned(),
                ),
                ..Verdict::of(VerdictKind::Other)
            });
            return terms;
        }
        let common = first
            .trade_types
            .iter()
            .find(|name| parts.iter().all(|part| part.trade_types.contains(name)));
        match common {
            Some(name) => {
                terms.insert(FLOW.to_owned(), first.flow.clone());
                terms.insert(TRADE_TYPE.to_owned(), name.clone());
            }
            None => {
                self.whole.get_or_insert(Verdict {
                    text: Some("the parts of this basket have no way to pay in common".to_owned()),
                    ..Verdict::of(VerdictKind::NotByApi)
                });
            }
        }
        terms
    }
}

/// One order of a preview that may be made.
struct Part {
    goods: Fen,
    freight: Fen,
    total: Fen,
    flow: String,
    /// Ways to pay, the most welcome first.
    trade_types: Vec<String>,
}

impl Part {
    fn read(
        result: Node<'_>,
        basket: &Basket,
        out: &mut Verdicts<'_>,
    ) -> Result<Option<Self>, Gap> {
        let may = need(result.at("status").flag(), "orderPreviewResuslt.status")?;
        let lines = cargo_lines(result, basket, may, out);
        if !may {
            let whole = said(result);
            let known = error::listed(ORDERING, &whole);
            let kind = match known {
                Some(Means::Verdict(kind)) => kind,
                Some(Means::Limit(..)) => VerdictKind::Limit,
                None => VerdictKind::Other,
            };
            // A line that already has its own reason needs no second one.
            if known.is_some() || lines.iter().all(|line| out.lines[*line].verdict.is_ok()) {
                out.judge(&whole, kind, &lines);
            }
            return Ok(None);
        }
        let trade_types = trade_types(result);
        if trade_types.is_empty() {
            let mut text = said(result).text;
            if text.is_empty() {
                "no way to pay that this program may use is offered".clone_into(&mut text);
            }
            let reason = Said {
                text,
                ..Said::default()
            };
            out.judge(&reason, VerdictKind::NotByApi, &lines);
            return Ok(None);
        }
        let total = need(
            result.at("sumPayment").fen(),
            "orderPreviewResuslt.sumPayment",
        )?;
        let freight = need(
            result.at("sumCarriage").fen(),
            "orderPreviewResuslt.sumCarriage",
        )?;
        Ok(Some(Self {
            goods: need(
                result
                    .at("sumPaymentNoCarriage")
                    .fen()
                    .or(Some(Fen(total.0 - freight.0)))
                    .filter(|goods| goods.0 >= 0),
                "orderPreviewResuslt.sumCarriage",
            )?,
            freight,
            total,
            flow: need(result.at("flowFlag").text(), "orderPreviewResuslt.flowFlag")?,
            trade_types,
        }))
    }
}

/// Reads the lines of one preview result into `out`; gives the basket's lines that it covers.
fn cargo_lines(result: Node<'_>, basket: &Basket, may: bool, out: &mut Verdicts<'_>) -> Vec<usize> {
    let mut covered = Vec::new();
    for cargo in result.at("cargoList").items() {
        let (Some(item), specification) = (cargo.at("offerId").id(), cargo.at("specId").text())
        else {
            continue;
        };
        let Some(line) = basket.lines.iter().position(|line| {
            line.item == item && (line.specification == specification || specification.is_none())
        }) else {
            continue;
        };
        covered.push(line);
        out.seen.insert(line);
        let price = cargo.at("finalUnitPrice").unit_yuan();
        out.lines[line].unit_price = price;
        out.lines[line].goods = cargo.at("amount").yuan();
        let own = said(cargo);
        let known = error::listed(ORDERING, &own);
        match known {
            Some(Means::Verdict(kind)) => out.judge(&own, kind, &[line]),
            Some(Means::Limit(..)) => out.judge(&own, VerdictKind::Limit, &[line]),
            None if !may && own.is_no() => out.judge(&own, VerdictKind::Other, &[line]),
            None if price == Some(Fen(0)) => {
                out.judge(&own, VerdictKind::ZeroPrice, &[line]);
            }
            None => {}
        }
    }
    covered
}

/// The ways to pay that may be used: never on credit, never by account period. Escrow first.
fn trade_types(result: Node<'_>) -> Vec<String> {
    let models = result.at("tradeModelList").items();
    let is_barred = |name: &str| {
        let described = models
            .iter()
            .filter(|model| model.at("tradeType").text().as_deref() == Some(name))
            .any(|model| {
                let words = format!(
                    "{} {}",
                    model.at("name").text().unwrap_or_default(),
                    model.at("tradeWay").text().unwrap_or_default()
                );
                model.at("opSupport").flag() == Some(false) || is_on_credit(&words)
            });
        described || is_on_credit(name)
    };
    let mut names: Vec<String> = match result.at("tradeModeNameList").value() {
        Some(Value::Array(list)) => list.iter().filter_map(|v| Node::of(v).text()).collect(),
        _ => Vec::new(),
    };
    names.retain(|name| !is_barred(name));
    // Stable: the marketplace's own order stays within each kind.
    names.sort_by_key(|name| !name.to_lowercase().contains("assure"));
    names
}

fn is_on_credit(words: &str) -> bool {
    let words = words.to_lowercase();
    ["credit", "period", "账期", "诚e赊", "赊"]
        .iter()
        .any(|part| words.contains(part))
}

/// The lines that a text names by `offer` or `offer_specification`.
fn named_lines(text: &str, lines: &[OrderLine]) -> Vec<usize> {
    let mut named = BTreeSet::new();
    for token in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let (item, specification) = match token.split_once('_') {
            Some((item, specification)) => (item, Some(specification)),
            None => (token, None),
        };
        if item.len() < 6 || !item.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        named.extend(
            lines
                .iter()
                .enumerate()
                .filter(|(_, line)| {
                    line.item == item
                        && specification.is_none_or(|s| {
                            line.specification.as_deref().unwrap_or_default() == s
                                || (line.specification.is_none() && matches!(s, "null" | ""))
                        })
                })
                .map(|(index, _)| index),
        );
    }
    named.into_iter().collect()
}
