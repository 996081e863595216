//! What Taobao's connector reads.

use super::{Call, Sample, Subject};
use crate::taobao::{CLOTH, NUMBER, UMBRELLA, basket, push, sample, terms};
use http::HeaderMap;
use marketplaces::{AppKey, Marketplace, Taobao};
use secrecy::SecretString;

fn signed(body: &[u8]) -> (HeaderMap, Vec<u8>) {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", push::sign(body).parse().unwrap());
    (headers, body.to_vec())
}

pub fn subject() -> Subject {
    Subject {
        market: &Taobao,
        app: AppKey {
            key: "123456".to_owned(),
            secret: SecretString::from("helloworld"),
        },
        addresses: Taobao.real_addresses(),
        basket: basket(),
        terms: terms(),
        numbers: ["200078851363", "200078851364", "200078851365"]
            .map(str::to_owned)
            .to_vec(),
        samples: vec![
            Sample::new(
                Call::App,
                "",
                r#"{"code":"IllegalRefreshToken","type":"ISV","message":"The specified refresh token is invalid or expired","request_id":"r"}"#,
            ),
            Sample::new(Call::Login, "", sample!("token")),
            Sample::new(Call::Refresh, "", sample!("token")),
            Sample::new(Call::Offer, UMBRELLA, sample!("product")),
            Sample::new(Call::Offer, CLOTH, sample!("product_single")),
            Sample::new(Call::Preview, "", sample!("render_ok")),
            Sample::new(Call::Preview, "", sample!("render_unavailable")),
            Sample::new(Call::Create, "", sample!("create_one")),
            Sample::new(Call::Create, "", sample!("create_split")),
            Sample::new(
                Call::Create,
                "",
                r#"{"code":"0","success":false,"error_code":"SBX_OUT_OF_STOCK","error_msg":"库存不足","data":null,"request_id":"r"}"#,
            ),
            Sample::new(Call::Read, NUMBER, sample!("orders")),
            Sample::new(Call::Read, "200002638099", sample!("orders")),
            Sample::new(Call::List, "", sample!("orders")),
            Sample::new(
                Call::Cancel,
                NUMBER,
                r#"{"code":"0","success":true,"error_code":null,"error_msg":null,"request_id":"r","_trace_id_":"t"}"#,
            ),
            Sample::new(Call::Pay, "", sample!("pay_partly")),
            Sample {
                before: &[(200, sample!("orders"))],
                ..Sample::new(Call::Deliveries, NUMBER, sample!("logistics"))
            },
            Sample::new(Call::Push, "", sample!("push_status")),
            Sample::new(Call::Push, "", sample!("push_price")),
        ],
        order_fields: &["purchase_id"],
        spellings: &[
            ("BULIDING", "BUILDING"),
            ("WAIT_BUYER_P", "WAIT_BUYER_PAY"),
            ("mp_id", "mpId"),
            ("mp_skuId", "mp_sku_id"),
            ("user_Id", "user_id"),
            ("seller_Id", "seller_id"),
            ("order_list", "orderList"),
            ("order_line_list", "orderLineList"),
            ("gspOrderId", "purchase_order_id"),
            ("pnm_logistics_details", "logistics_details"),
        ],
        empties: &[
            "error_code",
            "error_msg",
            "error_message",
            "inner_error_msg",
            "biz_error_code",
        ],
        messages_have_ids: false,
        signed,
    }
}
