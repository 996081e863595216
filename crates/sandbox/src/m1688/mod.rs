//! 1688: its gateway, its messages and the pages it shows to buyers.

mod api;
mod gateway;
mod knobs;
mod oauth;
mod pages;
mod push;
mod sign;
mod trade_info;

use crate::catalogue::Catalogue;
use crate::incoming::{Incoming, Reply};
use crate::knobs::{Facts, Sheet};
use crate::marketplace::{Desk, Marketplace, PushOut};
use crate::shop::Shop;
use crate::state::{Account, Address, Market, Push};
use crate::trade::{Closer, Draft, DraftLine, Event, Order, Refusal, Said, Status};
use world::{Timestamp, World};

/// Login, member id's digits, company, whether programs may pay.
const BUYERS: &[(&str, i64, &str, bool)] = &[
    ("cn_buyer_01", 2_208_571_001, "义乌远航进出口有限公司", true),
    (
        "cn_buyer_02",
        2_208_571_002,
        "杭州远航电子商务有限公司",
        true,
    ),
    (
        "cn_buyer_03",
        2_208_571_003,
        "广州通达供应链有限公司",
        false,
    ),
    (
        "cn_buyer_04",
        2_208_571_004,
        "深圳通达国际货运代理有限公司",
        false,
    ),
    (
        "cn_buyer_05",
        2_208_571_005,
        "绥芬河北方商贸有限公司",
        false,
    ),
    (
        "cn_buyer_06",
        2_208_571_006,
        "哈尔滨北方物流有限公司",
        false,
    ),
];

/// Warehouses that buyers have saved.
const WAREHOUSES: &[(&str, &str, &str, &str, &str, &str)] = &[
    (
        "330782",
        "义乌市仓库收货组",
        "13857900011",
        "0579-85550011",
        "稠江街道高新路16号B座2楼",
        "稠江街道",
    ),
    (
        "440111",
        "广州仓库收货组",
        "13922330022",
        "020-86550022",
        "石井街道石沙路300号3号仓",
        "石井街道",
    ),
    (
        "330108",
        "张三",
        "15251667788",
        "0517-88990077",
        "网商路699号",
        "长河街道",
    ),
];

/// The marketplace.
pub(crate) struct M1688;

impl Marketplace for M1688 {
    fn name(&self) -> &'static str {
        "1688"
    }

    fn title(&self) -> &'static str {
        "1688"
    }

    fn sheet(&self) -> &'static Sheet {
        &knobs::SHEET
    }

    fn shop(&self) -> &'static Shop {
        &pages::SHOP
    }

    fn new_key(&self, world: &World) -> (String, String) {
        let mut secret = [0_u8; 8];
        world.random.fill(&mut secret);
        let key = (1_000_000 + world.random.below(8_999_999)).to_string();
        let secret = data_encoding::BASE32_NOPAD
            .encode(&secret)
            .chars()
            .take(12)
            .collect();
        (key, secret)
    }

    fn settle(&self, market: &mut Market) {
        for (at, (login, id, company, protocol_pay)) in (1_i64..).zip(BUYERS) {
            let addresses = (0_i64..)
                .zip(WAREHOUSES)
                .map(|(row, (code, name, mobile, phone, street, town))| {
                    let parsed = api::parse_address(&district_text(code)).unwrap_or_default();
                    Address {
                        id: 593_861_000 + at * 10 + row,
                        full_name: (*name).to_owned(),
                        mobile: (*mobile).to_owned(),
                        phone: (*phone).to_owned(),
                        street: (*street).to_owned(),
                        town: (*town).to_owned(),
                        code: (*code).to_owned(),
                        is_default: row == 0,
                        ..parsed
                    }
                })
                .collect();
            market.accounts.insert(
                *login,
                Account {
                    login: (*login).to_owned(),
                    member_id: format!("b2b-{id}"),
                    user_id: *id,
                    company: (*company).to_owned(),
                    addresses,
                    protocol_pay: *protocol_pay,
                },
            );
        }
    }

    fn catalogue(&self) -> Catalogue {
        crate::catalogue::generate_1688()
    }

    fn is_gateway(&self, path: &str) -> bool {
        path.starts_with("/openapi/")
    }

    fn facts(&self, market: &Market, call: &Incoming) -> Facts {
        gateway::facts(market, call)
    }

    fn answer(&self, desk: &mut Desk<'_>, call: &Incoming) -> Reply {
        gateway::answer(desk, call)
    }

    fn page(&self, desk: &mut Desk<'_>, call: &Incoming) -> Option<Reply> {
        pages::answer(desk, call)
    }

    fn order_by_hand(
        &self,
        desk: &mut Desk<'_>,
        account: &str,
        lines: Vec<DraftLine>,
        reference: Option<String>,
    ) -> Result<String, Refusal> {
        desk.market.hand_trouble(account, &lines)?;
        let pay_seconds = desk.market.knobs().settings.pay_timeout_s;
        let (number, line_ids) = desk.market.long_number(lines.len(), desk.world);
        let draft = Draft {
            number,
            line_ids,
            account: account.to_owned(),
            app_key: None,
            reference,
            lines,
            address: desk.market.first_address(account),
            message: String::new(),
            flow: "general".into(),
            trade_type: "assureTrade".into(),
            pay_seconds,
            hidden_seconds: 0,
            odd_word: None,
            build: None,
            extra: serde_json::Value::Null,
        };
        let world = desk.world;
        Ok(desk.market.order_make(draft, world))
    }

    fn tell(&self, market: &mut Market, world: &World, event: &Event) {
        push::tell(market, world, event);
    }

    fn push_out(&self, market: &Market, push: &Push, _now: Timestamp) -> Option<PushOut> {
        push::out(market, push)
    }

    fn words(&self, _market: &Market, order: &Order) -> Said {
        Said {
            status: order
                .odd_word
                .clone()
                .unwrap_or_else(|| trade_info::word(order.status).to_owned()),
            status_text: trade_info::text(order.status).to_owned(),
            also: String::new(),
            lines: order
                .lines
                .iter()
                .map(|line| trade_info::word(line.status).to_owned())
                .collect(),
            refunds: order
                .refunds
                .iter()
                .map(|refund| trade_info::refund_word(refund.status).to_owned())
                .collect(),
        }
    }

    fn offer_path(&self, item_id: &str) -> String {
        format!("/offer/{item_id}.html")
    }

    fn refund_number(&self, world: &World) -> String {
        format!("TQ{:018}", world.random.below(1_000_000_000_000_000_000))
    }

    fn close_reasons(&self, by: Closer) -> &'static [&'static str] {
        match by {
            Closer::Buyer => &["buyerCancel", "other"],
            Closer::Seller => &["sellerGoodsLack", "other"],
            Closer::System => &["BUYER_NO_PAY"],
        }
    }

    fn refunded_status(&self, market: &Market) -> Status {
        if knobs::settings(market).own.refunded_order_is_terminated {
            Status::Terminated
        } else {
            Status::Cancelled
        }
    }
}

fn district_text(code: &str) -> String {
    match code {
        "330782" => "浙江省 义乌市",
        "440111" => "广东省 广州市 白云区",
        _ => "浙江省 杭州市 滨江区",
    }
    .to_owned()
}
