//! `/logistics/detail/get`: the parcels of one line. Which number it wants is not known: the sub
//! purchase order's and Taobao's own are both taken.

use super::super::gateway::{Call, Done, no};
use super::super::words::{line_extra, names, order_extra};
use super::query::parcels;
use crate::order_page::attributes;
use crate::trade::{CARRIERS, Delivery, Order};
use serde_json::{Value, json};
use world::Timestamp;

pub(super) fn run(call: &mut Call<'_, '_>) -> Done {
    call.wanted_refusal()?;
    let wanted = call.text("purchase_order_line_id");
    let found = call
        .desk
        .market
        .orders
        .values()
        .filter(|order| order.account == call.account)
        .flat_map(|order| order.lines.iter().map(move |line| (order, line)))
        .find(|(_, line)| line.id.to_string() == wanted || line_extra(line).outer_number == wanted);
    let Some((order, line)) = found else {
        return Err(no("SBX_ORDER_NOT_FOUND", "子采购单不存在"));
    };
    let details: Vec<Value> = parcels(call, order, line.id)
        .map(|parcel| detail(call, order, parcel))
        .collect();
    if details.is_empty() {
        return Err(no("SBX_NO_LOGISTICS", "暂无物流信息"));
    }
    Ok(json!({
        "purchase_order_outer_id": order_extra(order).outer_number,
        "pnm_logistics_details": details,
    }))
}

fn detail(call: &Call<'_, '_>, order: &Order, parcel: &Delivery) -> Value {
    let market = &*call.desk.market;
    let (status, said) = if parcel.signed_at.is_some() {
        ("SIGNED", "已签收")
    } else {
        ("DELIVERING", "运输中")
    };
    let contact = CARRIERS
        .iter()
        .find(|(no, _, _)| *no == parcel.company_no)
        .map(|(_, _, phone)| *phone);
    let goods: Vec<Value> = parcel
        .lines
        .iter()
        .filter_map(|(id, pieces)| {
            let line = order.line(*id)?;
            Some(json!({
                "title": line.title,
                "quantity": pieces,
                "image_url": format!("{}/img/{}/1.svg", call.desk.base, line.item_id),
                "property": attributes(&line.attributes),
                "item_id": names(market, &line.item_id, line.spec_id.as_deref()).item,
            }))
        })
        .collect();
    let place = market
        .sellers
        .get(&order.seller)
        .map(|seller| seller.place.clone())
        .unwrap_or_default();
    let traces: Vec<Value> = parcel
        .trace
        .iter()
        .map(|(at, text)| {
            json!({
                "time": Timestamp(*at).millis(),
                "status": if parcel.signed_at == Some(*at) { "SIGNED" } else { "COLLECTED" },
                "status_desc": text,
                "standerd_desc": text,
                "action": if parcel.signed_at == Some(*at) { "SIGN" } else { "GOT" },
                "province": place.0,
                "city": place.1,
                "district": "",
                "facility_name": parcel.company,
                "next_city": order.address.city,
                "next_node_name": "",
            })
        })
        .collect();
    let address = &order.address;
    json!({
        "mail_no": parcel.tracking,
        "logistics_status": status,
        "logistics_desc": said,
        "goods_number": parcel.lines.iter().map(|(_, pieces)| pieces).sum::<i64>(),
        "logistics_partner": [{
            "company": parcel.company,
            "company_contact": contact,
            "company_image_url": "",
        }],
        "receiver": {
            "name": address.full_name,
            "phone": if address.mobile.is_empty() { &address.phone } else { &address.mobile },
            "province": address.province,
            "city": address.city,
            "district": address.area,
            "address": address.street,
            "zip_code": address.post,
        },
        "logistics_goods": goods,
        "logistics_traces": traces,
    })
}
