//! Messages that could not be delivered, for pulling. Signed, without a token.

use super::super::gateway::{Call, Refused};
use crate::state::{Push, PushState};
use serde_json::{Value, json};
use world::Timestamp;

/// Kept messages of the app, oldest first.
fn kept(call: &Call<'_, '_>) -> Result<Vec<Push>, Refused> {
    let from = call.date("createStartTime")?;
    let to = call.date("createEndTime")?;
    let topic = call.input.param("type");
    let user = call.input.param("userInfo");
    let oldest = call
        .now()
        .plus_seconds(-call.settings.own.push_keep_days * 86_400);
    let mut rows: Vec<Push> = call
        .desk
        .market
        .pushes
        .values()
        .filter(|push| push.app_key == call.app_key && push.state == PushState::Kept && !push.copy)
        .filter(|push| push.born >= oldest.0)
        .filter(|push| {
            from.is_none_or(|from| push.born >= from.0) && to.is_none_or(|to| push.born <= to.0)
        })
        .filter(|push| topic.is_none_or(|topic| push.topic == topic))
        .filter(|push| user.is_none_or(|user| push.user == user))
        .cloned()
        .collect();
    rows.sort_by_key(|push| push.msg_id);
    Ok(rows)
}

fn item(push: &Push) -> Value {
    json!({
        "msgId": push.msg_id,
        "gmtBorn": Timestamp(push.born).millis(),
        "type": push.topic,
        "topicName": push.topic,
        "topicGroup": "ORDER",
        "userInfo": push.user,
        "appKey": push.app_key,
        "data": serde_json::from_str::<Value>(&push.data).unwrap_or(Value::Null),
    })
}

fn amount(call: &Call<'_, '_>, name: &str) -> Result<usize, Refused> {
    let wanted = call.number(name)?.unwrap_or(20).clamp(20, 200);
    Ok(usize::try_from(wanted).unwrap_or(20))
}

/// `push.cursor.messageList`: what is read counts as confirmed.
pub(super) fn cursor(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let quantity = amount(call, "quantity")?;
    let rows: Vec<Push> = kept(call)?.into_iter().take(quantity).collect();
    for push in &rows {
        settle(call, push.msg_id);
    }
    Ok(json!({"pushMessageList": rows.iter().map(item).collect::<Vec<_>>()}))
}

/// `push.query.messageList`: reading changes nothing.
pub(super) fn query(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    let size = amount(call, "pageSize")?;
    let page = usize::try_from(call.number("page")?.unwrap_or(1).clamp(1, 1_000_000)).unwrap_or(1);
    let rows = kept(call)?;
    let shown: Vec<Value> = rows
        .iter()
        .skip((page - 1) * size)
        .take(size)
        .map(item)
        .collect();
    Ok(json!({"pushMessagePage": {"datas": shown, "totalCount": rows.len()}}))
}

/// `push.message.confirm`.
pub(super) fn confirm(call: &mut Call<'_, '_>) -> Result<Value, Refused> {
    for id in call.ids("msgIdList")? {
        if let Ok(id) = id.parse() {
            settle(call, id);
        }
    }
    Ok(json!({"isSuccess": true}))
}

fn settle(call: &mut Call<'_, '_>, msg_id: i64) {
    let app_key = call.app_key.clone();
    let keys = call
        .desk
        .market
        .pushes
        .keys_where(|push| push.msg_id == msg_id && push.app_key == app_key);
    for key in keys {
        if let Some(push) = call.desk.market.pushes.get_mut(&key) {
            push.state = PushState::Confirmed;
        }
    }
}
