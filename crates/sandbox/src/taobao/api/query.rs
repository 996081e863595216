//! `/purchase/orders/query`: the distributor's purchases, filtered and paged.

use super::super::gateway::{Call, Done, Refused, no};
use super::super::words::{line_extra, names, nick, order_extra, order_word, refund_code, word};
use super::goods::{freight_shares, shown};
use crate::trade::{Delivery, Line, Order, Status};
use serde_json::{Value, json};
use std::cmp::Reverse;
use world::Timestamp;

fn millis(at: Option<i64>) -> Value {
    at.map_or(Value::Null, |at| json!(Timestamp(at).millis()))
}

pub(super) fn run(call: &mut Call<'_, '_>) -> Done {
    call.wanted_refusal()?;
    let page = call.number("page_no")?.unwrap_or(1);
    let size = call.number("page_size")?.unwrap_or(10);
    if page < 1 || size < 1 {
        return Err(no("SBX_PAGE", "page_no and page_size begin at 1"));
    }
    let size = size.min(i64::from(call.settings.max_page_size));
    let numbers = call.ids("purchase_ids")?;
    let status = call.input.param("status");
    let reference = call.input.param("outer_purchase_id");
    let from = call.number("modify_time_start")?;
    let to = call.number("modify_time_end")?;
    if !matches!(call.text("sort_field"), "" | "modify_time") {
        return Err(Refused::parameter("sort_field", "modify_time").into());
    }
    let ascending = match call.text("sort_type") {
        "ASC" => true,
        "DESC" | "" => false,
        _ => return Err(Refused::parameter("sort_type", "ASC or DESC").into()),
    };
    let now = call.now();
    let settings = &call.settings;
    // A search does not find what is too new; asking by number may.
    let by_number = !numbers.is_empty();
    let market = &*call.desk.market;
    let mut found: Vec<&Order> = market
        .orders
        .values()
        .filter(|order| order.account == call.account)
        .filter(|order| {
            order.visible_from <= now.0 || (by_number && !settings.search_delay_hides_reads)
        })
        .filter(|order| !by_number || numbers.contains(&order.number))
        .filter(|order| reference.is_none_or(|wanted| order.reference.as_deref() == Some(wanted)))
        .filter(|order| status.is_none_or(|wanted| order_word(order, settings) == wanted))
        .filter(|order| {
            let at = Timestamp(order.changed).millis();
            from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to)
        })
        .collect();
    if ascending {
        found.sort_by_key(|order| (order.changed, order.sequence));
    } else {
        found.sort_by_key(|order| Reverse((order.changed, order.sequence)));
    }
    let total = found.len();
    let shift = if page > 1 && (from.is_some() || to.is_some()) {
        settings.page_shift
    } else {
        0
    };
    let start = page
        .saturating_sub(1)
        .saturating_mul(size)
        .saturating_add(shift)
        .max(0);
    let rows: Vec<Value> = found
        .into_iter()
        .skip(usize::try_from(start).unwrap_or(usize::MAX))
        .take(usize::try_from(size).unwrap_or(0))
        .map(|order| purchase(call, order))
        .collect();
    Ok(json!({
        "results_total": total,
        "page_no": page,
        "page_size": size,
        "purchase_orders": rows,
    }))
}

fn purchase(call: &Call<'_, '_>, order: &Order) -> Value {
    let market = &*call.desk.market;
    let extra = order_extra(order);
    let account = market.accounts.get(&order.account);
    let paid = order.paid.map(|_| order.total_fen());
    let waits = (order.status == Status::Unpaid).then(|| order.pay_by());
    let shares = freight_shares(order);
    let unmade = order.status == Status::Building
        || (order.status == Status::Cancelled && order.lines.iter().all(|line| line.left_out));
    let bare = call.settings.own.building_bare && unmade;
    let shown_fen = |fen: i64| if bare { 0 } else { fen };
    let lines: Vec<Value> = order
        .lines
        .iter()
        .filter(|_| !bare)
        .zip(shares)
        .map(|(line, freight)| sub(call, order, line, freight))
        .collect();
    json!({
        "purchase_id": order.number.parse::<i64>().unwrap_or(0),
        "outer_purchase_id": order.reference,
        "seller_order_number": extra.seller_order_number,
        "order_source": extra.order_source,
        "source_market": "TAOBAO",
        "status": order_word(order, &call.settings),
        "distributor_nick": order.account,
        "supplier_nick": nick(market, &order.seller),
        "sub_user_id": account.map(|account| account.user_id),
        "purchase_amount": shown_fen(order.total_fen()),
        "product_amount": shown_fen(order.goods_fen()),
        "domestic_post_fee": shown_fen(order.freight_fen),
        "hongbao_deduction_amount": 0,
        "pay_amount": paid,
        "purchase_currency": "CNY",
        "pay_currency": "CNY",
        "created_time": millis(Some(order.made)),
        "modify_time": millis(Some(order.changed)),
        "pay_time": millis(order.paid),
        "next_close_time_without_payment": millis(waits),
        "receiver": shown(&order.address, &extra.country),
        "order_remark": order.message,
        "sub_purchase_orders": lines,
    })
}

/// Deliveries of a line that the platform knows of by now.
pub(super) fn parcels<'a>(
    call: &Call<'_, '_>,
    order: &'a Order,
    line: i64,
) -> impl Iterator<Item = &'a Delivery> {
    let by = call.now().0 - call.settings.logistics_delay_s * 1_000_000;
    order
        .deliveries
        .iter()
        .filter(move |parcel| parcel.at <= by && parcel.lines.iter().any(|(id, _)| *id == line))
}

fn sub(call: &Call<'_, '_>, order: &Order, line: &Line, freight: i64) -> Value {
    let market = &*call.desk.market;
    let names = names(market, &line.item_id, line.spec_id.as_deref());
    let extra = line_extra(line);
    let built = order.status != Status::Building && line.failure.is_none();
    let picture = format!("{}/img/{}/1.svg", call.desk.base, line.item_id);
    let variant: serde_json::Map<String, Value> = line
        .attributes
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let variant = Value::Object(variant).to_string();
    let shop = market.sellers.get(&order.seller);
    let status = if order.odd_word.is_some() || call.settings.unknown_status.is_some() {
        order_word(order, &call.settings)
    } else {
        word(line.status, &call.settings).to_owned()
    };
    let waits = (line.status == Status::Unpaid).then(|| order.pay_by());
    let refund = order
        .refunds
        .iter()
        .rev()
        .find(|refund| refund.lines.contains(&line.id));
    let paid = order
        .paid
        .filter(|_| !line.left_out)
        .map(|_| line.amount_fen() + freight);
    let parcels: Vec<&Delivery> = parcels(call, order, line.id).collect();
    let rows: Vec<Value> = parcels
        .iter()
        .map(|parcel| {
            json!({
                "logistic_company_name": parcel.company,
                "logistic_number": parcel.tracking,
                "rts_time": Timestamp(parcel.at).millis(),
            })
        })
        .collect();
    let mut view = json!({
        "sub_purchase_order_id": line.id,
        "item_id": names.item,
        "sku_id": names.sku,
        "title": line.title,
        "quantity": line.quantity,
        "sku_info": {
            "skuPv": {"zh": variant, "en": variant},
            "skuImgUrl": picture,
        },
        "status": status,
        "close_reason": line.close_reason,
        "error_code": line.failure.as_ref().map(|failure| failure.code.clone()),
        "error_message": line.failure.as_ref().map(|failure| failure.text.clone()),
        "detail_error_code": line.failure.as_ref().map(|failure| failure.detail.clone()),
        // Taobao's own numbers come with the making.
        "purchase_order_outer_id": built.then(|| order_extra(order).outer_number),
        "purchase_order_line_outer_id": built.then_some(extra.outer_number),
        "alipay_pay_order_no": order.paid.map(|at| format!("{}22001{}", Timestamp(at).millis(), order.number)),
        "purchase_amount": line.amount_fen() + freight,
        "product_amount": line.amount_fen(),
        "domestic_post_fee": freight,
        "pay_amount": paid,
        "hongbao_deduction_amount": "0",
        "pay_time": millis(order.paid.filter(|_| !line.left_out)),
        "close_time_without_payment": millis(waits),
        "logistic_orders": rows,
        "international_logistic_orders": [],
        "supply_chain_service_orders": [],
        "can_confirm_receipt": matches!(line.status, Status::Shipped | Status::Signing | Status::Signed),
    });
    if let Value::Object(map) = &mut view {
        let more = json!({
            "refund_id": refund.map(|refund| refund.id.parse::<i64>().unwrap_or(0)),
            "refund_status": refund.map_or(0, |refund| refund_code(refund.status)),
            "option_fields": {
                "SKU_IMG_URL": picture,
                "supplierNick": nick(market, &order.seller),
                "shopName": shop.map(|shop| shop.shop.clone()),
                "shopId": shop.map(|shop| (shop.user_id % 1_000_000_000).to_string()),
                "zh": variant,
                "en": variant,
            },
            "order_remark_v2": extra.remark,
            "item_commission_rate": "0",
            // Deprecated and still filled: the last parcel.
            "logistic_company_name": parcels.last().map(|parcel| parcel.company.clone()),
            "logistic_number": parcels.last().map(|parcel| parcel.tracking.clone()),
            "rts_time": millis(parcels.last().map(|parcel| parcel.at)),
        });
        if let Value::Object(more) = more {
            map.extend(more);
        }
    }
    view
}
