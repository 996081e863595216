//! Taobao in the suite.

use crate::stand::Stand;
use serde_json::json;

pub const STAND: Stand = Stand {
    code: "taobao",
    forms: || {
        vec![
            json!({"types": "random"}),
            json!({"types": "documented", "create_refused_flag": "inner"}),
            json!({"types": "text", "payment_url": true}),
            json!({"types": "number", "create_refused_flag": "outer"}),
            json!({"empty_in_sign": "skipped"}),
        ]
    },
    settles_s: 30,
    create_api: "/purchase/order/create",
    nobodys_order: "299999999999",
    nobodys_item: "799999999999",
    lacks: &["verdict: no multiple of the lot"],
    odd_answers: || {
        vec![
            json!({"code": {"a": 1}, "success": [], "data": "text"}),
            json!({"code": "0", "success": {"a": 1}, "data": [[], 5, "x"], "result": 7}),
            json!({"code": "0", "data": {"order_list": {"purchase_id": {}}, "purchase_orders": "x", "success": []}}),
            json!({"code": "0", "data": {"purchase_orders": [5, "x", []], "results_total": {}}}),
            json!({"code": "0", "result": {"success": "perhaps", "data": {"render_item_list": 5, "total_real_pay_price": []}}, "access_token": [], "expires_in": {}}),
        ]
    },
};
