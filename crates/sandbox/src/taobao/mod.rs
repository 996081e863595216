//! Taobao and Tmall by way of Taobao Global: its gateway, its messages and the pages it shows to
//! distributors.

mod api;
mod catalogue;
mod gateway;
mod knobs;
mod oauth;
mod pages;
mod push;
mod shape;
mod sign;
mod words;

use crate::catalogue::Catalogue;
use crate::incoming::{Incoming, Reply};
use crate::knobs::{Facts, Sheet};
use crate::marketplace::{Desk, Marketplace, PushOut};
use crate::shop::Shop;
use crate::state::{Account, Address, Market, Push};
use crate::trade::{Closer, DraftLine, Event, Order, Refusal, Said, Status};
use world::{Timestamp, World};

/// Login, distributor's number, company, whether an Alipay account is bound.
const DISTRIBUTORS: &[(&str, i64, &str, bool)] = &[
    (
        "tb_dist_01",
        2_100_000_927_014,
        "义乌远航进出口有限公司",
        true,
    ),
    (
        "tb_dist_02",
        2_100_000_927_022,
        "杭州远航电子商务有限公司",
        true,
    ),
    (
        "tb_dist_03",
        2_100_000_927_037,
        "广州通达供应链有限公司",
        true,
    ),
    (
        "tb_dist_04",
        2_100_000_927_048,
        "深圳通达国际货运代理有限公司",
        true,
    ),
    (
        "tb_dist_05",
        2_100_000_927_055,
        "绥芬河北方商贸有限公司",
        false,
    ),
    (
        "tb_dist_06",
        2_100_000_927_063,
        "哈尔滨北方物流有限公司",
        false,
    ),
];

/// The marketplace.
pub(crate) struct Taobao;

impl Marketplace for Taobao {
    fn name(&self) -> &'static str {
        "taobao"
    }

    fn title(&self) -> &'static str {
        "Taobao"
    }

    fn sheet(&self) -> &'static Sheet {
        &knobs::SHEET
    }

    fn shop(&self) -> &'static Shop {
        &pages::SHOP
    }

    fn new_key(&self, world: &World) -> (String, String) {
        let mut secret = [0_u8; 20];
        world.random.fill(&mut secret);
        let key = (100_000 + world.random.below(899_999)).to_string();
        (key, data_encoding::BASE32_NOPAD.encode(&secret))
    }

    fn settle(&self, market: &mut Market) {
        for (login, id, company, bound) in DISTRIBUTORS {
            market.accounts.insert(
                *login,
                Account {
                    login: (*login).to_owned(),
                    member_id: id.to_string(),
                    user_id: id - 2_100_000_000_000 + 300_000_000,
                    company: (*company).to_owned(),
                    addresses: vec![Address {
                        id: id % 1_000_000,
                        full_name: "仓库收货组".into(),
                        mobile: "13922330022".into(),
                        post: "510000".into(),
                        province: "广东省".into(),
                        city: "广州市".into(),
                        area: "白云区".into(),
                        street: "石井街道石沙路300号3号仓".into(),
                        is_default: true,
                        ..Address::default()
                    }],
                    protocol_pay: *bound,
                },
            );
        }
    }

    fn catalogue(&self) -> Catalogue {
        catalogue::generate()
    }

    fn is_gateway(&self, path: &str) -> bool {
        path.strip_prefix(gateway::ROOT)
            .is_some_and(|rest| rest.starts_with('/'))
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
        api::by_hand(desk, account, lines, reference)
    }

    fn tell(&self, market: &mut Market, world: &World, event: &Event) {
        push::tell(market, world, event);
    }

    fn push_out(&self, market: &Market, push: &Push, now: Timestamp) -> Option<PushOut> {
        push::out(market, push, now)
    }

    fn words(&self, market: &Market, order: &Order) -> Said {
        let settings = knobs::settings(market);
        Said {
            status: order
                .odd_word
                .clone()
                .unwrap_or_else(|| words::word(order.status, &settings).to_owned()),
            status_text: words::text(order.status).to_owned(),
            also: if order.status == Status::Building {
                String::new()
            } else {
                words::order_extra(order).outer_number
            },
            lines: order
                .lines
                .iter()
                .map(|line| words::word(line.status, &settings).to_owned())
                .collect(),
            refunds: order
                .refunds
                .iter()
                .map(|refund| words::refund_code(refund.status).to_string())
                .collect(),
        }
    }

    fn offer_path(&self, item_id: &str) -> String {
        format!("/item.htm?id={item_id}")
    }

    fn refund_number(&self, world: &World) -> String {
        (110_000_000_000 + world.random.below(9_999_999_999)).to_string()
    }

    fn close_reasons(&self, by: Closer) -> &'static [&'static str] {
        match by {
            Closer::Buyer => &["BUYER_CANCEL"],
            Closer::Seller => &["SELLER_OUT_OF_STOCK", "SELLER_CLOSE"],
            Closer::System => &["PAY_TIMEOUT"],
        }
    }
}
