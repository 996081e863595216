//! The envelopes of the API families, and the last touch on an answer: ids, amounts and flags come
//! as numbers or texts, as they please.

use super::gateway::{Trouble, object};
use super::knobs::{RefusedFlag, Settings, Types};
use serde_json::{Map, Value, json};
use world::World;

/// How an API wraps its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `success`, `error_code`, `error_msg` and `data` side by side.
    Flat,
    /// The same, with a second success flag inside `data`.
    Create,
    /// The same inside `result`.
    Result,
    /// `biz_error_code`, `biz_error_msg` and `data`.
    Biz,
}

/// The answer of an API that did its work.
pub(super) fn good(shape: Shape, data: Value) -> Map<String, Value> {
    let mut body = object([("code", json!("0"))]);
    match shape {
        Shape::Flat | Shape::Create => body.extend(object([
            ("success", json!(true)),
            ("error_code", Value::Null),
            ("error_msg", Value::Null),
            ("data", data),
        ])),
        Shape::Result => body.extend(object([(
            "result",
            json!({
                "success": true,
                "error_code": null,
                "error_msg": null,
                "inner_error_msg": null,
                "fail_items": null,
                "data": data,
            }),
        )])),
        Shape::Biz => body.extend(object([
            ("biz_error_code", Value::Null),
            ("biz_error_msg", Value::Null),
            ("data", data),
        ])),
    }
    // Without data there is no such field.
    if body.get("data") == Some(&Value::Null) {
        body.remove("data");
    }
    body
}

/// The answer of an API that refuses: its code is still "0".
pub(super) fn bad(shape: Shape, trouble: &Trouble, settings: &Settings) -> Map<String, Value> {
    let Trouble { code, text } = trouble;
    let mut body = object([("code", json!("0"))]);
    let refused = || {
        object([
            ("success", json!(false)),
            ("error_code", json!(code)),
            ("error_msg", json!(text)),
        ])
    };
    match shape {
        Shape::Flat => body.extend(refused()),
        Shape::Create => {
            let flag = settings.own.create_refused_flag;
            if flag == RefusedFlag::Inner {
                body.extend(object([
                    ("success", json!(true)),
                    ("error_code", Value::Null),
                    ("error_msg", Value::Null),
                ]));
            } else {
                body.extend(refused());
            }
            if flag != RefusedFlag::Outer {
                let data = json!({
                    "success": false,
                    "error_code": code,
                    "error_message": text,
                    "order_list": [],
                    "payment_url": "",
                });
                body.insert("data".into(), data);
            }
        }
        Shape::Result => body.extend(object([(
            "result",
            json!({
                "success": false,
                "error_code": code,
                "error_msg": text,
                "inner_error_msg": text,
                "fail_items": null,
                "data": null,
            }),
        )])),
        Shape::Biz => body.extend(object([
            ("biz_error_code", json!(code)),
            ("biz_error_msg", json!(text)),
        ])),
    }
    body
}

/// Names whose value is an id or an amount and may stand there as a number.
fn countable(name: &str) -> bool {
    matches!(
        name,
        "mp_id"
            | "mp_skuId"
            | "will_pay_purchase_order_ids"
            | "pay_failure_purchase_order_ids"
            | "gspOrderId"
            | "hongbao_deduction_amount"
            | "expires_in"
            | "refresh_expires_in"
    ) || (name.ends_with("_id")
        && !matches!(name, "outer_purchase_id" | "request_id" | "option_id"))
        || name.ends_with("_outer_id")
        || name.ends_with("_user_Id")
        || name == "seller_Id"
}

/// Names whose number is no id and no amount and always stays one: counters and moments.
fn fixed(name: &str) -> bool {
    matches!(name, "page_no" | "page_size" | "results_total" | "time")
        || name.ends_with("_time")
        || name.ends_with("_time_without_payment")
}

/// Types the answer as the knob says.
pub(super) fn types(body: &mut Map<String, Value>, types: Types, world: &World) {
    if types == Types::Documented {
        return;
    }
    for (name, value) in body.iter_mut() {
        // The envelope's own code is a text everywhere.
        if name != "code" {
            one(name, value, types, world);
        }
    }
}

fn one(name: &str, value: &mut Value, types: Types, world: &World) {
    let turn = || match types {
        Types::Random => world.random.below(2) == 0,
        _ => true,
    };
    match value {
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                one(name, value, types, world);
            }
        }
        Value::Array(list) => {
            for value in list {
                one(name, value, types, world);
            }
        }
        Value::Number(number) if types != Types::Number && !fixed(name) && turn() => {
            *value = json!(number.to_string());
        }
        Value::String(text) if types != Types::Text && countable(name) => {
            // A leading zero would be lost.
            if let Some(number) = text
                .parse::<i64>()
                .ok()
                .filter(|number| number.to_string() == *text)
                && turn()
            {
                *value = json!(number);
            }
        }
        Value::Bool(flag) if types != Types::Number && turn() => {
            *value = json!(flag.to_string());
        }
        Value::Null if name == "error_code" && types == Types::Random => {
            *value = match world.random.below(3) {
                0 => json!(""),
                1 => json!("0"),
                _ => Value::Null,
            };
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use world::Timestamp;

    fn shaped(wanted: Types, seed: u64) -> Value {
        let (world, _) = World::fixed(Timestamp::from_seconds(0), seed);
        let Value::Object(mut body) = json!({
            "code": "0",
            "success": true,
            "error_code": null,
            "data": {"purchase_id": 200_078_851_363_i64, "purchase_order_outer_id": "2912066688476065752", "order_line_no": "007", "status": "BULIDING", "created_time": 5},
        }) else {
            unreachable!()
        };
        types(&mut body, wanted, &world);
        Value::Object(body)
    }

    #[test]
    fn texts_and_numbers_change_places_and_nothing_else_does() {
        let text = shaped(Types::Text, 1);
        assert_eq!(text["success"], "true");
        assert_eq!(text["data"]["purchase_id"], "200078851363");
        let number = shaped(Types::Number, 1);
        assert_eq!(number["success"], true);
        assert_eq!(
            number["data"]["purchase_order_outer_id"].to_string(),
            "2912066688476065752"
        );
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..40 {
            let random = shaped(Types::Random, seed);
            assert_eq!(random, shaped(Types::Random, seed), "by the seed alone");
            assert_eq!(random["code"], "0");
            assert_eq!(random["data"]["order_line_no"], "007");
            assert_eq!(random["data"]["status"], "BULIDING");
            assert_eq!(random["data"]["created_time"], 5);
            seen.insert(format!(
                "{}{}{}",
                random["success"], random["error_code"], random["data"]
            ));
        }
        assert!(seen.len() > 10, "{seen:?}");
    }
}
