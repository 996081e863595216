//! `/purchase/order/create`: one call, one purchase order for each shop, each made in its own time.

use super::super::gateway::{Call, Done, No, Trouble, no};
use super::super::knobs::{self, Exceeded, Falls};
use super::super::words::{LineExtra, OrderExtra, line_extra, names, nick};
use super::goods::{self, Wanted};
use crate::knobs::{Effect, Repeat, document};
use crate::marketplace::Desk;
use crate::state::{Address, Market};
use crate::trade::{Build, Draft, DraftLine, Failure, Order, Refusal, Task, freight, split};
use serde_json::{Value, json};
use world::World;

const MOST_LINES: usize = 50;
/// How often the platform tries failed lines again, where it was asked to.
const RETRIES: u32 = 3;

/// A line with why it will fail, if it will.
type Planned = (DraftLine, Option<Failure>);

fn failure(trouble: &Trouble) -> Failure {
    Failure {
        code: trouble.code.clone(),
        text: trouble.text.clone(),
        detail: format!("{}_DETAIL", trouble.code),
    }
}

/// Twelve digits, and behind it room for the lines' numbers.
fn fresh_numbers(market: &Market, lines: usize, world: &World) -> (String, Vec<i64>) {
    loop {
        let random = i64::try_from(world.random.below(999_999_999)).unwrap_or(0);
        let base = 200_000_000_000 + random * 100;
        if !market.orders.contains(&base.to_string()) {
            return (
                base.to_string(),
                (1_i64..).map(|at| base + at).take(lines).collect(),
            );
        }
    }
}

/// Gives the order and its lines Taobao's own numbers.
fn number_all(market: &Market, draft: &mut Draft, extra: OrderExtra, world: &World) {
    let (number, line_ids) = fresh_numbers(market, draft.lines.len(), world);
    draft.number = number;
    draft.line_ids = line_ids;
    let (outer, outer_lines) = market.long_number(draft.lines.len(), world);
    for (line, outer) in draft.lines.iter_mut().zip(outer_lines) {
        let own: LineExtra = serde_json::from_value(line.extra.clone()).unwrap_or_default();
        line.extra = Value::Object(document(&LineExtra {
            outer_number: outer.to_string(),
            ..own
        }));
    }
    draft.extra = Value::Object(document(&OrderExtra {
        outer_number: outer,
        ..extra
    }));
}

pub(super) fn run(call: &mut Call<'_, '_>) -> Done {
    let wanted = goods::wanted(call, "order_line_list")?;
    let (address, country) = goods::address(call, "receiver")?;
    if call.input.param("warehouse_address_info").is_some() {
        goods::address(call, "warehouse_address_info")?;
    }
    let planned_fen = call
        .number("purchase_amount")?
        .filter(|fen| *fen >= 0)
        .ok_or_else(|| no("SBX_AMOUNT", "purchase_amount must not be negative"))?;
    let partial = call.flag("support_partial_success")?;
    let retries = call.flag("need_sys_retry")?;
    if wanted.len() > MOST_LINES {
        return Err(no(
            "SBX_TOO_MANY_LINES",
            format!("more than {MOST_LINES} lines"),
        ));
    }
    let reference = call.text("outer_purchase_id").to_owned();
    let known = call
        .desk
        .market
        .reference(&call.account, &reference)
        .map(|row| row.orders.clone())
        .unwrap_or_default();
    if !known.is_empty() {
        match call.settings.repeat_reference {
            Repeat::First => return Ok(answer(call, &reference, &known)),
            Repeat::Error => {
                return Err(no(
                    "SBX_OUTER_PURCHASE_ID_REPEATED",
                    format!("outer_purchase_id {reference} is known already"),
                ));
            }
            Repeat::Second => {}
        }
    }
    call.wanted_refusal()?;
    if let Some(reached) = call.desk.market.limit_reached(&call.account, call.now()) {
        return Err(no(reached.code(), reached.text()));
    }
    let drafts = goods::drafts(&wanted);
    call.desk.market.disturb(&call.desk.effects, &drafts);
    let lines = plan(call, wanted, &drafts, partial, retries)?;
    not_too_dear(call, &lines, planned_fen)?;
    let numbers = make(
        call,
        lines,
        &Terms {
            reference: reference.clone(),
            address,
            country,
            planned_fen,
            retries,
        },
    );
    let body = answer(call, &reference, &numbers);
    if call.desk.effects.contains(&Effect::CreateForgotten) {
        for number in &numbers {
            call.desk.market.order_forget(number);
        }
    }
    Ok(body)
}

/// Sorts out which lines are ordered, which will fail, and whether the whole is refused.
fn plan(
    call: &Call<'_, '_>,
    wanted: Vec<Wanted>,
    drafts: &[DraftLine],
    partial: bool,
    retries: bool,
) -> Result<Vec<Planned>, No> {
    let market = &*call.desk.market;
    let mut lines: Vec<Planned> = Vec::new();
    for line in wanted {
        let trouble = goods::verdict(market, &line, drafts);
        match (line.goods, trouble) {
            (Some(goods), None) => lines.push((goods, None)),
            // The platform takes it and will see: by itself, or because part of it is enough.
            (Some(goods), Some(trouble))
                if partial || (retries && trouble.code == "SBX_OUT_OF_STOCK") =>
            {
                lines.push((goods, Some(failure(&trouble))));
            }
            (_, Some(trouble)) => return Err(trouble.into()),
            (None, None) => {}
        }
    }
    for effect in &call.desk.effects {
        if let Effect::LineFails {
            code,
            message,
            offer,
        } = effect
        {
            let meant = lines.iter_mut().find(|(line, failed)| {
                failed.is_none()
                    && offer.as_ref().is_none_or(|offer| {
                        market
                            .offers
                            .get(&line.item_id)
                            .is_some_and(|row| row.is_called(offer))
                    })
            });
            if let Some((_, failed)) = meant {
                *failed = Some(failure(&Trouble::new(
                    code.clone().unwrap_or_else(|| "SBX_OUT_OF_STOCK".into()),
                    message.clone().unwrap_or_else(|| "库存不足".into()),
                )));
            }
        }
    }
    let by_knob = call
        .desk
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::LineFails { .. }));
    // Nothing of it can be ordered and nobody will try again.
    if let (false, false, Some((_, Some(first)))) = (
        retries || by_knob,
        lines.iter().any(|(_, failed)| failed.is_none()),
        lines.first(),
    ) {
        return Err(no(&first.code, first.text.clone()));
    }
    Ok(lines)
}

fn not_too_dear(call: &Call<'_, '_>, lines: &[Planned], planned_fen: i64) -> Result<(), No> {
    if call.settings.own.amount_exceeded == Exceeded::Accept {
        return Ok(());
    }
    let market = &*call.desk.market;
    let all: Vec<DraftLine> = lines.iter().map(|(line, _)| line.clone()).collect();
    let mut total = 0;
    for (_, group) in goods::by_shop(market, all.clone(), |line| line.item_id.clone()) {
        total += freight(market, &group);
        total += group
            .iter()
            .map(|line| market.unit_price(line, &all) * line.quantity)
            .sum::<i64>();
    }
    if total <= planned_fen {
        return Ok(());
    }
    Err(no(
        "SBX_AMOUNT_EXCEEDED",
        format!("订单金额{total}分超过purchase_amount {planned_fen}分"),
    ))
}

/// What all orders of one create share.
struct Terms {
    reference: String,
    address: Address,
    country: String,
    planned_fen: i64,
    retries: bool,
}

fn make(call: &mut Call<'_, '_>, lines: Vec<Planned>, terms: &Terms) -> Vec<String> {
    let asked = call.desk.effects.iter().find_map(|effect| match effect {
        Effect::Split { orders } => Some(*orders),
        _ => None,
    });
    let shares = asked.unwrap_or(call.settings.split_orders);
    let failures: Vec<Planned> = lines.clone();
    let goods: Vec<DraftLine> = lines.into_iter().map(|(line, _)| line).collect();
    let groups: Vec<Vec<DraftLine>> =
        goods::by_shop(call.desk.market, goods, |line| line.item_id.clone())
            .into_iter()
            .flat_map(|(_, group)| split(group, shares))
            .collect();
    groups
        .into_iter()
        .map(|group| one(call, group, &failures, terms))
        .collect()
}

fn one(
    call: &mut Call<'_, '_>,
    lines: Vec<DraftLine>,
    planned: &[Planned],
    terms: &Terms,
) -> String {
    let effects = &call.desk.effects;
    let hidden = effects.iter().find_map(|effect| match effect {
        Effect::HideOrder { seconds } => Some(*seconds),
        _ => None,
    });
    let odd_word = effects.iter().find_map(|effect| match effect {
        Effect::UnknownStatus { word } => Some(word.clone()),
        _ => None,
    });
    let failures: Vec<(usize, Failure)> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| {
            let failed = planned.iter().find(|(known, _)| known == line)?.1.clone()?;
            Some((at, failed))
        })
        .collect();
    let fails = !failures.is_empty();
    let own = &call.settings.own;
    let text = |name: &str| call.input.param(name).map(str::to_owned);
    let mut draft = Draft {
        number: String::new(),
        line_ids: Vec::new(),
        account: call.account.clone(),
        app_key: Some(call.app_key.clone()),
        reference: Some(terms.reference.clone()),
        lines,
        address: terms.address.clone(),
        message: call.text("order_remark").to_owned(),
        flow: String::new(),
        trade_type: String::new(),
        pay_seconds: call.settings.pay_timeout_s,
        hidden_seconds: hidden.unwrap_or(call.settings.search_delay_s),
        odd_word,
        build: Some(Build {
            seconds: own.building_s,
            failures,
            whole: own.building_failure == Falls::Order,
        }),
        extra: Value::Null,
    };
    let extra = OrderExtra {
        seller_order_number: text("seller_order_number"),
        order_source: text("order_source"),
        channel_order_type: text("channel_order_type"),
        planned_fen: Some(terms.planned_fen),
        country: terms.country.clone(),
        ..OrderExtra::default()
    };
    let (building_s, retry_s) = (own.building_s, own.sys_retry_s);
    let (world, now) = (call.desk.world, call.now());
    let market = &mut *call.desk.market;
    number_all(market, &mut draft, extra, world);
    let number = market.order_make(draft, world);
    if terms.retries && fails {
        let task = Task::Revive {
            left: RETRIES,
            gap_s: retry_s,
        };
        market.order_task(&number, now.plus_seconds(building_s + retry_s).0, task);
    }
    // What takes no time is done before anybody can look.
    market.tasks_of(&number, world.now().0);
    number
}

/// The answer to a create, also to a repeated one.
fn answer(call: &Call<'_, '_>, reference: &str, numbers: &[String]) -> Value {
    let market = &*call.desk.market;
    let orders: Vec<&Order> = numbers
        .iter()
        .filter_map(|number| market.orders.get(number))
        .collect();
    let list: Vec<Value> = orders
        .iter()
        .map(|order| {
            let shop = nick(market, &order.seller);
            let lines: Vec<Value> = order
                .lines
                .iter()
                .map(|line| {
                    let names = names(market, &line.item_id, line.spec_id.as_deref());
                    json!({
                        "sub_purchase_order_id": line.id,
                        "order_line_no": line_extra(line).order_line_no,
                        "item_id": names.item,
                        "sku_id": names.sku.parse::<i64>().unwrap_or(0),
                        "quantity": line.quantity,
                        "estimate_amount": line.amount_fen(),
                        "estimate_currency": "CNY",
                        "supplier_nick": shop,
                    })
                })
                .collect();
            json!({
                "purchase_id": order.number.parse::<i64>().unwrap_or(0),
                "supplier_nick": shop,
                "source_market": "TAOBAO",
                "estimate_amount": order.total_fen(),
                "estimate_currency": "CNY",
                "order_line_list": lines,
            })
        })
        .collect();
    let numbers: Vec<&str> = orders.iter().map(|order| order.number.as_str()).collect();
    json!({
        "outer_purchase_id": reference,
        "payment_url": if call.settings.own.payment_url {
            format!("{}{}", call.desk.base, call.desk.shop().cashier_of(&numbers.join(";")))
        } else {
            String::new()
        },
        "success": true,
        "error_code": null,
        "error_message": null,
        "order_list": list,
    })
}

/// Makes an order by hand, as a person would in the back office: it is there at once.
pub(in super::super) fn by_hand(
    desk: &mut Desk<'_>,
    account: &str,
    lines: Vec<DraftLine>,
    reference: Option<String>,
) -> Result<String, Refusal> {
    let market = &mut *desk.market;
    let lines: Vec<DraftLine> = lines
        .into_iter()
        .zip(1_i64..)
        .map(|(mut line, at)| {
            if let Some(offer) = market.offers.values().find(|o| o.is_called(&line.item_id)) {
                line.item_id.clone_from(&offer.item_id);
                // What comes in one form only needs no choice.
                if let (None, [only]) = (&line.spec_id, offer.specifications.as_slice()) {
                    line.spec_id = Some(only.spec_id.clone());
                }
            }
            line.extra = Value::Object(document(&LineExtra {
                order_line_no: at.to_string(),
                ..LineExtra::default()
            }));
            line
        })
        .collect();
    market.hand_trouble(account, &lines)?;
    let mut draft = Draft {
        number: String::new(),
        line_ids: Vec::new(),
        account: account.to_owned(),
        app_key: None,
        reference,
        lines,
        address: market.first_address(account),
        message: String::new(),
        flow: String::new(),
        trade_type: String::new(),
        pay_seconds: knobs::settings(market).pay_timeout_s,
        hidden_seconds: 0,
        odd_word: None,
        build: None,
        extra: Value::Null,
    };
    let extra = OrderExtra {
        country: "中国大陆".into(),
        ..OrderExtra::default()
    };
    number_all(market, &mut draft, extra, desk.world);
    Ok(market.order_make(draft, desk.world))
}
