//! Preview and create: what goes out for a basket, and what the two answers mean for its lines.

use super::error::{self, Means, ORDERING};
use super::wire::{self, Answer, Said, said};
use crate::exchange::Form;
use crate::json::{Gap, Node, need};
use crate::{
    Address, Basket, Create, Created, CreatedOrder, ErrorKind, FailedLine, MarketError, OrderLine,
    Preview, PreviewLine, Response,
};
use domain::{Fen, Verdict, VerdictKind};
use serde_json::{Map, Number, Value};
use std::collections::{BTreeMap, BTreeSet};
use world::Timestamp;

/// Key of the sales channel in a preview's terms.
pub(super) const FLOW: &str = "flow";
/// Key of the way to pay in a preview's terms.
pub(super) const TRADE_TYPE: &str = "trade_type";

// ------------------------------------------------------------------ what goes out

/// A number of the marketplace as a JSON number; `None` when it is none.
fn number(text: &str) -> Option<Value> {
    let digits: u64 = text.parse().ok()?;
    Some(Value::Number(Number::from(digits)))
}

fn address(address: &Address) -> Option<String> {
    let mut fields = Map::new();
    if let Some(id) = &address.saved_id {
        fields.insert("addressId".to_owned(), number(id)?);
    } else {
        let mut put = |name: &str, value: &str| {
            fields.insert(name.to_owned(), Value::String(value.to_owned()));
        };
        put("fullName", &address.full_name);
        put("mobile", &address.mobile);
        put("phone", &address.phone);
        put("postCode", &address.post_code);
        put("provinceText", &address.province);
        put("cityText", &address.city);
        put("areaText", &address.area);
        put("townText", &address.town);
        put("address", &address.street);
        if let Some(code) = &address.district_code {
            put("districtCode", code);
        }
    }
    Some(Value::Object(fields).to_string())
}

fn cargo(lines: &[OrderLine]) -> Option<String> {
    let list = lines
        .iter()
        .map(|line| {
            let mut fields = Map::new();
            fields.insert("offerId".to_owned(), number(&line.item)?);
            if let Some(id) = &line.specification {
                fields.insert("specId".to_owned(), Value::String(id.clone()));
            }
            fields.insert("quantity".to_owned(), Value::from(line.quantity));
            Some(Value::Object(fields))
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Value::Array(list).to_string())
}

/// Address and lines as both calls take them.
pub(super) fn basket_form(basket: &Basket) -> Result<Form, MarketError> {
    let refuse = |text: &str| MarketError::new(ErrorKind::Parameters, text);
    if basket.lines.is_empty() || basket.lines.len() > super::LINES_PER_ORDER {
        return Err(refuse("an order takes 1 to 50 lines; nothing was sent"));
    }
    if basket.lines.iter().any(|line| line.quantity < 1) {
        return Err(refuse("a line's quantity is below 1; nothing was sent"));
    }
    let address = address(&basket.address)
        .ok_or_else(|| refuse("the saved address's id is no number; nothing was sent"))?;
    let cargo = cargo(&basket.lines)
        .ok_or_else(|| refuse("an item's id is no number; nothing was sent"))?;
    Ok(Form::default()
        .with("addressParam", address)
        .with("cargoParamList", cargo))
}

/// The whole create.
pub(super) fn create_form(create: &Create<'_>) -> Result<Form, MarketError> {
    let refuse = |text: &str| MarketError::new(ErrorKind::Parameters, text);
    let form = basket_form(create.basket)?;
    let flow = create
        .terms
        .get(FLOW)
        .filter(|flow| !flow.is_empty())
        .ok_or_else(|| refuse("the preview's terms name no flow; nothing was sent"))?;
    // Without a trade type the marketplace would choose credit where the account has it.
    let trade_type = create
        .terms
        .get(TRADE_TYPE)
        .filter(|name| !name.is_empty())
        .ok_or_else(|| refuse("the preview's terms name no trade type; nothing was sent"))?;
    if create.reference.is_empty() {
        return Err(refuse("the order has no reference; nothing was sent"));
    }
    if create.note.chars().count() > super::NOTE_CHARACTERS {
        return Err(refuse(
            "the note to the seller is longer than 500 characters; nothing was sent",
        ));
    }
    Ok(form
        .with("flow", flow)
        .with("tradeType", trade_type)
        .with("message", create.note)
        .with("outOrderId", create.reference))
}

// ------------------------------------------------------------------ preview

/// Reads a preview. A business refusal gives verdicts; with a refusal the sums are zero.
pub(super) fn preview(
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
            goods: result
                .at("sumPaymentNoCarriage")
                .fen()
                .unwrap_or(Fen(total.0 - freight.0)),
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

// ------------------------------------------------------------------ create

/// Reads the answer to a create. Any order number makes it a yes, even beside an error of the
/// gateway; a no must be listed and must not be contradicted; everything else is unclear.
pub(super) fn created(
    response: &Response,
    basket: &Basket,
    now: Timestamp,
) -> Result<Created, MarketError> {
    let answer = wire::parse(response)?;
    let root = answer.node();
    let result = root.at("result");
    let levels = [result, root];

    let orders = orders(&levels);
    let failed = failed(&levels, basket);
    if !orders.is_empty() {
        return Ok(Created {
            orders,
            failed,
            building: false,
        });
    }

    if let Err(mut error) = wire::read(response) {
        if names_an_order(&error.text) {
            error.kind = ErrorKind::Unclear;
        }
        return Err(error);
    }

    let words: Vec<Said> = levels
        .iter()
        .filter(|level| level.is_object())
        .map(|level| said(*level))
        .collect();
    let loudest = words
        .iter()
        .find(|said| said.is_no())
        .cloned()
        .unwrap_or_default();
    let unclear = |why: &str| {
        let mut error = loudest.error(ErrorKind::Unclear);
        if loudest.text.is_empty() {
            why.clone_into(&mut error.text);
        }
        error.code = error.code.or_else(|| Some(answer.status.to_string()));
        error
    };
    let contradicted = result.at("success").flag() == Some(true)
        || !words.iter().any(Said::is_no)
        || words.iter().any(|said| names_an_order(&said.text));
    if answer.server_failed() || contradicted {
        return Err(unclear("the answer names no order and no reason"));
    }
    let listed = words
        .iter()
        .filter(|said| said.success != Some(true))
        .find_map(|said| error::listed(ORDERING, said).map(|means| (means, said)));
    if let Some((means, said)) = listed {
        return Err(error::refusal(means, said, now));
    }
    // No reason for the whole, but a listed one for each single line.
    let every_line_failed = basket.lines.iter().all(|line| {
        failed.iter().any(|f| {
            f.item == line.item
                && (f.specification.is_none() || f.specification == line.specification)
                && f.verdict.kind != VerdictKind::Other
        })
    });
    match failed.into_iter().next() {
        Some(first) if every_line_failed => Err(MarketError {
            code: first.verdict.code.clone(),
            text: first.verdict.text.clone().unwrap_or_default(),
            kind: ErrorKind::Refused(Box::new(first.verdict)),
            request_id: None,
        }),
        _ => Err(unclear("the answer names no order and no reason")),
    }
}

/// Every order that the answer names: in its place, in the list of a split, or, should the envelope
/// be another one, anywhere under a name that only order numbers have.
fn orders(levels: &[Node<'_>]) -> Vec<CreatedOrder> {
    let mut found: Vec<CreatedOrder> = Vec::new();
    let mut add = |order: CreatedOrder| {
        if found.iter().all(|known| known.number != order.number) {
            found.push(order);
        }
    };
    for level in levels {
        for entry in level.at("orderList").items() {
            if let Some(number) = entry.any(&["orderId", "orderIdStr"]).id() {
                add(CreatedOrder {
                    number,
                    total: entry.any(&["orderAmmount", "orderAmount"]).fen(),
                    freight: entry.at("postFee").fen(),
                });
            }
        }
        if let Some(number) = level.any(&["orderId", "orderIdStr"]).id() {
            add(CreatedOrder {
                number,
                total: level.at("totalSuccessAmount").fen(),
                freight: level.at("postFee").fen(),
            });
        }
    }
    for level in levels {
        if let Some(value) = level.value() {
            sweep(value, &mut |number| {
                add(CreatedOrder {
                    number,
                    total: None,
                    freight: None,
                });
            });
        }
    }
    found
}

/// Visits every order number under a telling name, however deep. The parser has bounded the depth.
fn sweep(value: &Value, add: &mut impl FnMut(String)) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| sweep(v, add)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_order = matches!(
                    name.to_ascii_lowercase().as_str(),
                    "orderid"
                        | "orderidstr"
                        | "idofstr"
                        | "tradeid"
                        | "orderlist"
                        | "orderidlist"
                        | "orderids"
                );
                if is_order {
                    match value {
                        Value::Array(list) => list
                            .iter()
                            .filter_map(|v| Node::of(v).id())
                            .for_each(&mut *add),
                        other => Node::of(other).id().into_iter().for_each(&mut *add),
                    }
                }
                sweep(value, add);
            }
        }
        _ => {}
    }
}

/// Lines that the answer leaves out by name.
fn failed(levels: &[Node<'_>], basket: &Basket) -> Vec<FailedLine> {
    let mut found: Vec<FailedLine> = Vec::new();
    for level in levels {
        for entry in level.at("failedOfferList").items() {
            let Some(item) = entry.any(&["offerId", "offerIdStr"]).id() else {
                continue;
            };
            let own = said(entry);
            let kind = match error::listed(ORDERING, &own) {
                Some(Means::Verdict(kind)) => kind,
                Some(Means::Limit(..)) => VerdictKind::Limit,
                None => VerdictKind::Other,
            };
            let line = FailedLine {
                // An offer that stands in the basket once needs no specification to be told.
                specification: entry.at("specId").text().or_else(|| {
                    let mut own = basket.lines.iter().filter(|line| line.item == item);
                    match (own.next(), own.next()) {
                        (Some(only), None) => only.specification.clone(),
                        _ => None,
                    }
                }),
                item,
                verdict: error::verdict(kind, &own),
            };
            if !found.contains(&line) {
                found.push(line);
            }
        }
    }
    found
}

/// A number as long as an order's in a text: then the text is no certain no.
fn names_an_order(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|token| token.len() >= 15 && token.bytes().all(|b| b.is_ascii_digit()))
}
