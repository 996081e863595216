//! What 1688's connector reads.

use super::{Call, Sample, Subject};
use crate::canned::{BOX, CLOTH, basket, fixture, terms};
use crate::push::{V4, body, sign};
use http::HeaderMap;
use marketplaces::{AppKey, M1688, Marketplace};
use secrecy::SecretString;

const ORDER: &str = "2257164624870311973";
const PARTLY: &str = "105581756010628640";
const DENIED: (u16, &str) = (
    400,
    r#"{"error_code":"gw.APIACLDecline","error_message":"AppKey is not allowed(acl)"}"#,
);

fn signed(message: &[u8]) -> (HeaderMap, Vec<u8>) {
    let message = String::from_utf8_lossy(message);
    let signature = sign("test123", &message);
    let fields = [("message", &*message), ("_aop_signature", &signature)];
    (HeaderMap::new(), body(&fields).into_bytes())
}

pub fn subject() -> Subject {
    Subject {
        market: &M1688,
        app: AppKey {
            key: "1000000".to_owned(),
            secret: SecretString::from("test123"),
        },
        addresses: M1688.real_addresses(),
        basket: basket(),
        terms: terms(),
        numbers: [PARTLY, "105637283010628640", ORDER]
            .map(str::to_owned)
            .to_vec(),
        samples: vec![
            Sample::new(Call::App, "", "\"20180802211113000+0800\""),
            Sample::new(Call::Login, "", fixture!("token")),
            Sample::new(Call::Refresh, "", fixture!("token")),
            Sample::new(Call::Prolong, "", fixture!("token")),
            Sample::new(
                Call::Prolong,
                "",
                r#"{"refresh_token":"479f9564","refresh_token_timeout":"20261014200339000+0800","memberId":"b2b-1"}"#,
            ),
            Sample::new(Call::Offer, BOX, fixture!("offer_detail")),
            Sample {
                before: &[DENIED],
                ..Sample::new(Call::Offer, CLOTH, fixture!("offer_info"))
            },
            Sample {
                lines: 1,
                ..Sample::new(Call::Preview, "", fixture!("preview_ok"))
            },
            Sample::new(Call::Preview, "", fixture!("preview_split")),
            Sample::new(
                Call::Preview,
                "",
                r#"{"success":false,"errorCode":"500_004","errorMsg":"商品[548818919806]库存不足"}"#,
            ),
            Sample::new(Call::Create, "", fixture!("create_one")),
            Sample::new(Call::Create, "", fixture!("create_split")),
            Sample::new(Call::Create, "", fixture!("create_unwrapped")),
            Sample::new(Call::Create, "", fixture!("create_failed_line")),
            Sample::new(Call::Create, "", fixture!("create_address_refused")),
            Sample::new(Call::Read, ORDER, fixture!("order_detail")),
            Sample::new(Call::Read, PARTLY, fixture!("order_partly_sent")),
            Sample::new(Call::List, "", fixture!("order_list")),
            Sample::new(
                Call::Cancel,
                ORDER,
                r#"{"success":true,"code":null,"message":""}"#,
            ),
            Sample::new(Call::PayLink, "", fixture!("pay_link_partial")),
            Sample::new(Call::Deliveries, ORDER, fixture!("logistics")),
            Sample::new(Call::Addresses, "", fixture!("addresses")),
            Sample::new(Call::Push, "", V4),
        ],
        order_fields: &["orderId", "idOfStr"],
        spellings: &[
            ("orderAmmount", "orderAmount"),
            ("orderPreviewResuslt", "orderPreviewResult"),
            ("erroMsg", "errorMsg"),
            ("errorMessage", "errorMsg"),
            ("shopName", "companyName"),
            ("post", "postCode"),
            ("mobilePhone", "mobile"),
        ],
        empties: &[
            "errorCode",
            "code",
            "errorMsg",
            "erroMsg",
            "errorMessage",
            "message",
        ],
        messages_have_ids: true,
        signed,
    }
}
