//! What stands between a buyer and an order on every marketplace: limits of the account, and what
//! sellers and other buyers do just before, because a knob wants it.

use crate::catalogue::Quote;
use crate::knobs::Effect;
use crate::moment::beijing_day;
use crate::state::{Address, Market};
use crate::trade::{DraftLine, Refusal, Status};
use world::Timestamp;

/// A limit that is reached, with its figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    Daily(u32),
    Unpaid(u32),
}

impl Reached {
    /// A code of ours: nobody outside knows the real one.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Daily(_) => "SBX_DAILY_ORDER_LIMIT",
            Self::Unpaid(_) => "SBX_UNPAID_ORDER_LIMIT",
        }
    }

    /// The same for people.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Daily(limit) => format!("今日下单数量已达上限{limit}，请明日再试。"),
            Self::Unpaid(limit) => format!("未付款订单数量已达上限{limit}，请先付款或取消。"),
        }
    }
}

impl Market {
    /// The limit that keeps the account from ordering through a program now, if one does.
    pub(crate) fn limit_reached(&self, account: &str, now: Timestamp) -> Option<Reached> {
        let settings = self.knobs().settings;
        let of_account = || {
            self.orders
                .values()
                .filter(|order| order.account == account && order.app_key.is_some())
        };
        let most = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        if let Some(limit) = settings.daily_limit(account) {
            let today = beijing_day(now);
            let made = of_account()
                .filter(|order| beijing_day(Timestamp(order.made)) == today)
                .count();
            if made >= most(limit) {
                return Some(Reached::Daily(limit));
            }
        }
        if let Some(limit) = settings.unpaid_order_limit {
            let unpaid = of_account()
                .filter(|order| matches!(order.status, Status::Unpaid | Status::Building))
                .count();
            if unpaid >= most(limit) {
                return Some(Reached::Unpaid(limit));
            }
        }
        None
    }

    /// Changes prices, stock and specifications of the wanted goods as the effects say.
    pub(crate) fn disturb(&mut self, effects: &[Effect], lines: &[DraftLine]) {
        for line in lines {
            for effect in effects {
                let meant = |offer: &Option<String>| {
                    offer.as_ref().is_none_or(|offer| {
                        self.offers
                            .get(&line.item_id)
                            .is_some_and(|row| row.is_called(offer))
                    })
                };
                match effect {
                    Effect::PriceChange {
                        price_fen,
                        percent,
                        offer,
                    } if meant(offer) => {
                        let old = self.unit_price(line, lines);
                        let new =
                            price_fen.unwrap_or_else(|| old + old * percent.unwrap_or(0) / 100);
                        if let Some(row) = self.offers.get_mut(&line.item_id) {
                            if line.spec_id.is_some() && row.quote == Quote::PerSpecification {
                                row.reprice(line.spec_id.as_deref(), new);
                            } else {
                                row.reprice(None, row.price_fen + (new - old));
                            }
                        }
                    }
                    Effect::StockChange { stock, offer } if meant(offer) => {
                        self.stock_set(&line.item_id, line.spec_id.as_deref(), *stock);
                    }
                    Effect::SpecificationGone { offer } if meant(offer) => {
                        if let Some(row) = self.offers.get_mut(&line.item_id) {
                            for spec in row
                                .specifications
                                .iter_mut()
                                .filter(|spec| Some(&spec.spec_id) == line.spec_id.as_ref())
                            {
                                spec.gone = true;
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Whether a person could order these goods on the site: an account, goods of one seller,
    /// nothing in their way.
    pub(crate) fn hand_trouble(&self, account: &str, lines: &[DraftLine]) -> Result<(), Refusal> {
        if !self.accounts.contains(account) {
            return Err(Refusal::missing(format!("there is no account {account}")));
        }
        if lines.is_empty() {
            return Err(Refusal::value("`lines` is empty"));
        }
        let mut sellers = lines
            .iter()
            .filter_map(|line| self.offers.get(&line.item_id))
            .map(|offer| &offer.seller);
        let first = sellers.next();
        if sellers.any(|seller| Some(seller) != first) {
            return Err(Refusal::value("the offers are of different sellers"));
        }
        for line in lines {
            if let Some(trouble) = self.line_trouble(line, lines) {
                return Err(Refusal::value(format!(
                    "offer {} cannot be ordered: {trouble:?}",
                    line.item_id
                )));
            }
        }
        Ok(())
    }

    /// The account's usual address, for orders made by hand.
    pub(crate) fn first_address(&self, account: &str) -> Address {
        self.accounts
            .get(account)
            .and_then(|account| {
                account
                    .addresses
                    .iter()
                    .find(|a| a.is_default)
                    .or_else(|| account.addresses.first())
            })
            .cloned()
            .unwrap_or_default()
    }
}
