//! Taobao's connector against canned answers.

mod create;
mod hostile;
mod login;
mod orders;
pub mod push;
mod reads;
mod sandbox;
mod texts;

use crate::canned::Canned;
use bytes::Bytes;
use domain::Fen;
use marketplaces::{
    Address, AppKey, Basket, Create, Created, MarketError, Marketplace, OrderLine, Orderable,
    Taobao,
};
use secrecy::SecretString;
use std::collections::BTreeMap;

pub const UMBRELLA: &str = "731040994692";
pub const RED: &str = "4808332513272";
pub const CLOTH: &str = "731040994700";
pub const MP_UMBRELLA: &str = "4096709792297020";
pub const MP_RED: &str = "32248575036476";
pub const MP_CLOTH: &str = "4096709792297999";
pub const MP_CLOTH_ROW: &str = "32248575039999";
pub const NUMBER: &str = "200002638011";

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/taobao/fixtures/",
            $name,
            ".json"
        ))
    };
}
pub(crate) use sample;

fn of_taobao(mut canned: Canned) -> Canned {
    canned.app = AppKey {
        key: "123456".to_owned(),
        secret: SecretString::from("helloworld"),
    };
    canned.token = SecretString::from("test-token");
    canned.addresses = Taobao.real_addresses();
    canned
}

pub fn saying(body: impl Into<Bytes>) -> Canned {
    of_taobao(Canned::saying(body))
}

pub fn with_status(status: u16, body: impl Into<Bytes>) -> Canned {
    of_taobao(Canned::with_status(status, body))
}

pub fn silent() -> Canned {
    of_taobao(Canned::empty())
}

pub fn line(item: &str, sku: Option<&str>, ids: (&str, &str), quantity: i64) -> OrderLine {
    OrderLine {
        item: item.to_owned(),
        specification: sku.map(str::to_owned),
        quantity,
        orderable: Some(Orderable {
            item: ids.0.to_owned(),
            specification: Some(ids.1.to_owned()),
        }),
    }
}

pub fn address() -> Address {
    Address {
        full_name: "李四".to_owned(),
        mobile: "13800000000".to_owned(),
        post_code: "510000".to_owned(),
        province: "广东省".to_owned(),
        city: "广州市".to_owned(),
        area: "白云区".to_owned(),
        town: "同和街道".to_owned(),
        street: "测试路1号 ORD-53".to_owned(),
        ..Address::default()
    }
}

pub fn basket() -> Basket {
    Basket {
        lines: vec![
            line(UMBRELLA, Some(RED), (MP_UMBRELLA, MP_RED), 2),
            line(CLOTH, None, (MP_CLOTH, MP_CLOTH_ROW), 5),
        ],
        address: address(),
    }
}

pub fn terms() -> BTreeMap<String, String> {
    BTreeMap::from([
        (format!("price:{MP_UMBRELLA}:{MP_RED}"), "1260".to_owned()),
        (format!("price:{MP_CLOTH}:{MP_CLOTH_ROW}"), "300".to_owned()),
    ])
}

pub async fn create(canned: &Canned, basket: &Basket) -> Result<Created, MarketError> {
    let create = Create {
        reference: "PO-1001",
        basket,
        terms: &terms(),
        note: "请尽快发货",
        planned_total: Fen(4_520),
        once: canned.permit(),
    };
    Taobao.order_create(&canned.caller(), &create).await
}
