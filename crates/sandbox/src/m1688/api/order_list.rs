//! `alibaba.trade.getBuyerOrderList`: the buyer's orders, filtered and paged.

use super::super::gateway::{Call, Refused};
use super::super::knobs::Sort;
use super::super::trade_info::{Detail, TRADE_TYPE, order_word, refund_word, trade_info};
use crate::trade::Order;
use serde_json::{Value, json};
use std::cmp::Reverse;
use world::Timestamp;

const DAY_MICROS: i64 = 86_400_000_000;

struct Window {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Window {
    fn read(call: &Call<'_, '_>, from: &str, to: &str) -> Result<Self, Refused> {
        Ok(Self {
            from: call.date(from)?,
            to: call.date(to)?,
        })
    }

    /// Both ends belong to it.
    fn holds(&self, at: i64) -> bool {
        // Dates on the wire end at milliseconds.
        let at = at.div_euclid(1_000);
        self.from.is_none_or(|from| at >= from.millis())
            && self.to.is_none_or(|to| at <= to.millis())
    }

    fn days(&self) -> Option<i64> {
        Some((self.to?.0 - self.from?.0).div_euclid(DAY_MICROS))
    }
}

pub(super) fn run(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let refuse = |code: &str, text: &str| Ok(json!({"errorCode": code, "errorMessage": text}));
    if let Some((code, text)) = call.wanted_refusal() {
        return refuse(&code, &text);
    }
    let page = call.number("page")?.unwrap_or(1);
    let size = call.number("pageSize")?.unwrap_or(20);
    if page < 1 || size < 1 {
        return refuse("400_1", "page或pageSize不正确");
    }
    let size = size.min(i64::from(call.settings.max_page_size));
    let made = Window::read(call, "createStartTime", "createEndTime")?;
    let changed = Window::read(call, "modifyStartTime", "modifyEndTime")?;
    if let Some(limit) = call.settings.own.max_window_days
        && [made.days(), changed.days()]
            .into_iter()
            .flatten()
            .any(|days| days > i64::from(limit))
    {
        return refuse(
            "SBX_WINDOW_TOO_WIDE",
            &format!("查询时间范围不能超过{limit}天"),
        );
    }
    let history = match call.input.param("isHis") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Refused::parameter("isHis", "true or false")),
    };
    let numbers = call.ids("orderIds")?;
    let status = call.input.param("orderStatus");
    let reference = call.input.param("outOrderId");
    let seller = call.input.param("sellerMemberId");
    let seller_login = call.input.param("sellerLoginId");
    let product = call.input.param("productName");
    let refund = call.input.param("refundStatus");
    let trade_type = call.input.param("tradeType");
    // Every order of the sandbox is cross-border business.
    let businesses = call.json("bizTypes", "a JSON array")?;
    let our_business = businesses
        .as_ref()
        .and_then(Value::as_array)
        .is_none_or(|list| list.is_empty() || list.iter().any(|word| word == "cb"));
    let now = call.now();
    let old = now.0 - call.settings.own.current_table_days * DAY_MICROS;
    let market = &*call.desk.market;
    let mut found: Vec<&Order> = market
        .orders
        .values()
        .filter(|order| order.account == call.account && !order.deleted)
        .filter(|order| order.visible_from <= now.0)
        .filter(|order| (order.made < old) == history)
        .filter(|order| made.holds(order.made) && changed.holds(order.changed))
        .filter(|order| reference.is_none_or(|wanted| order.reference.as_deref() == Some(wanted)))
        .filter(|order| numbers.is_empty() || numbers.contains(&order.number))
        .filter(|order| status.is_none_or(|wanted| order_word(order, &call.settings) == wanted))
        .filter(|_| our_business && trade_type.is_none_or(|wanted| wanted == TRADE_TYPE))
        .filter(|order| {
            refund.is_none_or(|wanted| {
                order
                    .refunds
                    .iter()
                    .any(|row| refund_word(row.status) == wanted)
            })
        })
        .filter(|order| seller.is_none_or(|wanted| order.seller == wanted))
        .filter(|order| {
            seller_login.is_none_or(|wanted| {
                market
                    .sellers
                    .get(&order.seller)
                    .is_some_and(|seller| seller.login == wanted)
            })
        })
        .filter(|order| {
            product.is_none_or(|wanted| order.lines.iter().any(|line| line.title.contains(wanted)))
        })
        .collect();
    match call.settings.own.list_sort {
        Sort::CreateDesc => found.sort_by_key(|order| Reverse((order.made, order.sequence))),
        Sort::CreateAsc => found.sort_by_key(|order| (order.made, order.sequence)),
        Sort::ModifyDesc => found.sort_by_key(|order| Reverse((order.changed, order.sequence))),
        Sort::ModifyAsc => found.sort_by_key(|order| (order.changed, order.sequence)),
    }
    let total = found.len();
    let by_modify = changed.from.is_some() || changed.to.is_some();
    let shift = if page > 1 && by_modify {
        call.settings.page_shift
    } else {
        0
    };
    let start = (page
        .saturating_sub(1)
        .saturating_mul(size)
        .saturating_add(shift))
    .max(0);
    let detail = Detail {
        logistics: false,
        address: call.input.param("needBuyerAddressAndPhone") == Some("true"),
        terms: false,
        memo: call.input.param("needMemoInfo") == Some("true"),
    };
    let rows: Vec<Value> = found
        .into_iter()
        .skip(usize::try_from(start).unwrap_or(usize::MAX))
        .take(usize::try_from(size).unwrap_or(0))
        .map(|order| trade_info(call, order, detail))
        .collect();
    Ok(json!({"result": rows, "totalRecord": total}))
}
