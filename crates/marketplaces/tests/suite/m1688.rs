//! 1688 in the suite.

use crate::stand::Stand;
use serde_json::json;

pub const STAND: Stand = Stand {
    code: "1688",
    forms: || {
        vec![
            json!({}),
            json!({"null_fields": true, "round_ids": true}),
            json!({"unwrapped_create": true, "success_as": "bool"}),
            json!({"success_as": "string", "unauthorized_http": 200, "gateway_error_http": 200}),
            json!({"expires_in_number": true, "oauth_errors": "standard", "signature_sort": "concatenated"}),
        ]
    },
    settles_s: 0,
    create_api: "alibaba.trade.createCrossOrder",
    nobodys_order: "1000000000000000001",
    nobodys_item: "999999999999",
    lacks: &[],
    odd_answers: || {
        vec![
            json!({"success": {"a": 1}, "result": "text", "totalRecord": []}),
            json!({"success": [], "code": {"a": [1]}, "message": [], "result": [[], 5, "x"]}),
            json!({"success": "perhaps", "result": {"baseInfo": [], "productItems": {"a": 1}, "orderId": {}}}),
            json!({"result": {"orderList": {"orderId": []}, "success": {}}, "payUrl": {"a": 1}, "orderPreviewResuslt": 5}),
            json!({"error_code": {"a": 1}, "error_message": [1], "access_token": [], "expires_in": {}}),
        ]
    },
};
