//! A connector that says or does one thing wrong, to see whether the suite notices.

use crate::bench::Claim;
use async_trait::async_trait;
use domain::{Fen, PurchaseStatus, VerdictKind};
use marketplaces::{
    Address, AddressFault, Addresses, AppCheck, AppKey, Basket, Caller, Capabilities, Create,
    Created, ErrorKind, Listing, MarketDelivery, MarketError, MarketOrder, Marketplace, Offer,
    Once, Pace, Page, PayAccepted, PayLink, Preview, PushHint, PushRefusal, PushRequest,
    SavedAddress, Tokens,
};
use secrecy::SecretString;
use std::fmt;
use std::sync::Arc;

/// What is wrong.
#[derive(Clone)]
pub enum Lie {
    /// A capability is stated otherwise.
    Claims(&'static str, fn(&mut Capabilities)),
    /// Prolonging a login is stated otherwise.
    Prolongs(Option<i64>),
    /// An unclear create is called refused.
    UnclearIsRefused,
    /// An unclear cancel is called done.
    UnclearIsCancelled,
    /// A search finds nothing.
    FindsNothing,
    /// Lists end after their first page.
    FirstPageOnly,
    /// The first order of several is all.
    FirstOrderOnly,
    /// Lines that failed go unmentioned and closed lines are open.
    NothingFails,
    /// A status word that is not known is taken for a closed order.
    UnknownIsClosed,
    /// Freight is forgotten.
    NoFreight,
    /// Every basket is fine.
    AllIsWell,
    /// Too many calls are called an ended login.
    ThrottledIsToken,
    /// An ended login is called a failure that may be tried again.
    TokenIsUnclear,
    /// Only the first parcel is told.
    FirstParcelOnly,
    /// Messages are read without a look at the signature.
    AnySignature,
    /// A refund goes unnoticed.
    NoRefunds,
    /// Every order that was asked to be paid is called accepted.
    AllArePaid,
    /// The link covers every order.
    NothingExcluded,
    /// What cannot be seen is called unclear.
    NotFoundIsUnclear,
}

impl fmt::Debug for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Claims(what, _) => what,
            Self::Prolongs(_) => "prolongs logins, or not",
            Self::UnclearIsRefused => "an unclear create is refused",
            Self::UnclearIsCancelled => "an unclear cancel is done",
            Self::FindsNothing => "a search finds nothing",
            Self::FirstPageOnly => "lists have one page",
            Self::FirstOrderOnly => "a create makes one order",
            Self::NothingFails => "no line fails",
            Self::UnknownIsClosed => "unknown is closed",
            Self::NoFreight => "there is no freight",
            Self::AllIsWell => "every basket is fine",
            Self::ThrottledIsToken => "throttled is logged out",
            Self::TokenIsUnclear => "logged out is unclear",
            Self::FirstParcelOnly => "there is one parcel",
            Self::AnySignature => "any signature will do",
            Self::NoRefunds => "there are no refunds",
            Self::AllArePaid => "all are paid",
            Self::NothingExcluded => "the link covers all",
            Self::NotFoundIsUnclear => "not found is unclear",
        })
    }
}

impl Lie {
    /// Every way to claim `claim` falsely: more than there is, less, or the opposite.
    pub fn about(claim: Claim, market: &dyn Marketplace) -> Vec<Self> {
        let made = claim.is_made(market);
        let flag = |what, turn: fn(&mut Capabilities)| vec![Self::Claims(what, turn)];
        let number = |more: (&'static str, fn(&mut Capabilities)),
                      less: (&'static str, fn(&mut Capabilities))| {
            vec![Self::Claims(more.0, more.1), Self::Claims(less.0, less.1)]
        };
        match claim {
            Claim::Cancel => flag("cancels, or not", |c| c.cancel = !c.cancel),
            Claim::CancelNotBefore if made => number(
                ("cancels earlier", |c| c.cancel_not_before_seconds -= 5),
                ("cancels at once", |c| c.cancel_not_before_seconds = 0),
            ),
            Claim::CancelNotBefore => flag("must not cancel at once", |c| {
                c.cancel_not_before_seconds = 10;
            }),
            Claim::PayLink if made => number(
                ("links one more", |c| {
                    c.pay_link_orders = c.pay_link_orders.map(|n| n + 1);
                }),
                ("links none", |c| c.pay_link_orders = None),
            ),
            Claim::PayLink => flag("has pay links", |c| c.pay_link_orders = Some(3)),
            Claim::PayByApi if made => number(
                ("pays one more", |c| {
                    c.pay_by_api_orders = c.pay_by_api_orders.map(|n| n + 1);
                }),
                ("pays none", |c| c.pay_by_api_orders = None),
            ),
            Claim::PayByApi => flag("pays", |c| c.pay_by_api_orders = Some(3)),
            Claim::Push => flag("pushes, or not", |c| c.push = !c.push),
            Claim::SearchByReference => flag("searches by reference, or not", |c| {
                c.search_by_reference = !c.search_by_reference;
            }),
            Claim::SplitOrders => flag("splits, or not", |c| c.split_orders = !c.split_orders),
            Claim::AsynchronousCreate => flag("builds, or not", |c| {
                c.asynchronous_create = !c.asynchronous_create;
            }),
            Claim::LinesPerOrder => number(
                ("takes one line more", |c| c.lines_per_order += 1),
                ("takes one line less", |c| c.lines_per_order -= 1),
            ),
            Claim::OneSellerPerOrder => flag("one seller, or not", |c| {
                c.one_seller_per_order = !c.one_seller_per_order;
            }),
            Claim::AddressCharacters => number(
                ("longer addresses", |c| c.address_characters += 1),
                ("shorter addresses", |c| c.address_characters -= 1),
            ),
            Claim::NoteCharacters => number(
                ("longer notes", |c| c.note_characters += 1),
                ("shorter notes", |c| c.note_characters -= 1),
            ),
            Claim::SavedAddresses => flag("keeps addresses, or not", |c| {
                c.saved_addresses = !c.saved_addresses;
            }),
            Claim::Refunds => flag("reads refunds, or not", |c| c.refunds = !c.refunds),
            Claim::OrdersHaveOwnIds => flag("own ids, or not", |c| {
                c.orders_have_own_ids = !c.orders_have_own_ids;
            }),
            Claim::ReadsOtherNumbers => flag("reads other numbers, or not", |c| {
                c.reads_other_numbers = !c.reads_other_numbers;
            }),
            Claim::Prolong => vec![Self::Prolongs(if made { None } else { Some(30) })],
        }
    }

    /// What a connector may do wrong, and the behaviour that must notice.
    pub const BROKEN: &[(Self, &str)] = &[
        (
            Self::UnclearIsRefused,
            "create: an answer that is lost is unclear",
        ),
        (
            Self::UnclearIsRefused,
            "create: a reason that nobody knows is unclear",
        ),
        (Self::UnclearIsCancelled, "cancel: a lost answer"),
        (
            Self::FindsNothing,
            "lost answer: found again by the reference",
        ),
        (
            Self::FirstPageOnly,
            "list by time: every order once, whatever the page",
        ),
        (
            Self::FirstPageOnly,
            "list by time: orders move between pages",
        ),
        (Self::FirstOrderOnly, "create: several orders of one call"),
        (Self::NothingFails, "create: a line that cannot be had"),
        (Self::NothingFails, "building: a line that fails meanwhile"),
        (Self::UnknownIsClosed, "a status word that nobody knows"),
        (
            Self::NoFreight,
            "create: what was ordered is what stands there",
        ),
        (Self::AllIsWell, "verdict: out of stock"),
        (Self::AllIsWell, "verdict: off sale"),
        (
            Self::ThrottledIsToken,
            "throttling: told as such, and for how long",
        ),
        (
            Self::TokenIsUnclear,
            "expire: an ended token is told as such",
        ),
        (
            Self::TokenIsUnclear,
            "revoke: neither token nor refresh works",
        ),
        (Self::FirstParcelOnly, "deliveries: split by lines"),
        (
            Self::FirstParcelOnly,
            "deliveries: one line in several parcels",
        ),
        (Self::AnySignature, "push: forged in any way, refused"),
        (Self::NoRefunds, "refund: asked for, then agreed"),
        (
            Self::AllArePaid,
            "pay by API: refused for some of the orders",
        ),
        (
            Self::NothingExcluded,
            "pay link: orders that it does not cover",
        ),
        (Self::NotFoundIsUnclear, "product: one that is not there"),
        (
            Self::NotFoundIsUnclear,
            "orders of other accounts are not shown",
        ),
    ];
}

/// A marketplace that lies.
pub struct Liar {
    honest: Arc<dyn Marketplace>,
    capabilities: Capabilities,
    lie: Lie,
}

impl Liar {
    pub fn new(honest: Arc<dyn Marketplace>, lie: Lie) -> Self {
        let mut capabilities = honest.capabilities().clone();
        if let Lie::Claims(_, turn) = &lie {
            turn(&mut capabilities);
        }
        Self {
            honest,
            capabilities,
            lie,
        }
    }

    /// An answer as this liar passes it on.
    fn told<T>(&self, answer: Result<T, MarketError>) -> Result<T, MarketError> {
        answer.map_err(|mut error| {
            error.kind = match (&self.lie, error.kind) {
                (Lie::ThrottledIsToken, ErrorKind::Throttled { .. }) => ErrorKind::Token,
                (Lie::TokenIsUnclear, ErrorKind::Token)
                | (Lie::NotFoundIsUnclear, ErrorKind::NotFound) => ErrorKind::Unclear,
                (_, kind) => kind,
            };
            error
        })
    }
}

#[async_trait]
impl Marketplace for Liar {
    fn code(&self) -> &'static str {
        self.honest.code()
    }
    fn name(&self) -> &'static str {
        self.honest.name()
    }
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }
    fn real_addresses(&self) -> Addresses {
        self.honest.real_addresses()
    }
    fn registration_url(&self) -> &'static str {
        self.honest.registration_url()
    }
    fn usual_pace(&self) -> Pace {
        self.honest.usual_pace()
    }
    fn authorize_url(
        &self,
        app: &AppKey,
        addresses: &Addresses,
        redirect: &url::Url,
        state: &str,
    ) -> url::Url {
        self.honest.authorize_url(app, addresses, redirect, state)
    }
    fn item_url(&self, addresses: &Addresses, item: &str) -> Option<url::Url> {
        self.honest.item_url(addresses, item)
    }
    fn order_url(&self, addresses: &Addresses, number: &str) -> Option<url::Url> {
        self.honest.order_url(addresses, number)
    }
    fn item_from_text(&self, text: &str) -> Option<String> {
        self.honest.item_from_text(text)
    }
    fn order_numbers_from_text(&self, text: &str) -> Vec<Result<String, String>> {
        self.honest.order_numbers_from_text(text)
    }
    fn address_check(&self, address: &Address) -> Result<(), AddressFault> {
        self.honest.address_check(address)
    }
    fn prolong_days(&self) -> Option<i64> {
        match self.lie {
            Lie::Prolongs(days) => days,
            _ => self.honest.prolong_days(),
        }
    }
    async fn app_check(&self, caller: &Caller<'_>) -> Result<AppCheck, MarketError> {
        self.told(self.honest.app_check(caller).await)
    }
    async fn token_exchange(
        &self,
        caller: &Caller<'_>,
        code: &str,
        redirect: &url::Url,
    ) -> Result<Tokens, MarketError> {
        self.told(self.honest.token_exchange(caller, code, redirect).await)
    }
    async fn token_refresh(
        &self,
        caller: &Caller<'_>,
        refresh: &SecretString,
    ) -> Result<Tokens, MarketError> {
        self.told(self.honest.token_refresh(caller, refresh).await)
    }
    async fn token_prolong(
        &self,
        caller: &Caller<'_>,
        refresh: &SecretString,
    ) -> Result<Tokens, MarketError> {
        self.told(self.honest.token_prolong(caller, refresh).await)
    }
    async fn offer_read(&self, caller: &Caller<'_>, item: &str) -> Result<Offer, MarketError> {
        self.told(self.honest.offer_read(caller, item).await)
    }
    async fn order_preview(
        &self,
        caller: &Caller<'_>,
        basket: &Basket,
    ) -> Result<Preview, MarketError> {
        let mut told = self.told(self.honest.order_preview(caller, basket).await)?;
        if matches!(self.lie, Lie::AllIsWell) {
            told.whole = None;
            for line in &mut told.lines {
                line.verdict.kind = VerdictKind::Ok;
            }
        }
        Ok(told)
    }
    async fn order_create(
        &self,
        caller: &Caller<'_>,
        create: &Create<'_>,
    ) -> Result<Created, MarketError> {
        let mut told = self.told(self.honest.order_create(caller, create).await);
        match (&self.lie, &mut told) {
            (Lie::UnclearIsRefused, Err(error)) if error.kind == ErrorKind::Unclear => {
                error.kind = ErrorKind::Refused(Box::new(domain::Verdict::of(VerdictKind::Other)));
            }
            (Lie::FirstOrderOnly, Ok(made)) => made.orders.truncate(1),
            (Lie::NothingFails, Ok(made)) => made.failed.clear(),
            _ => {}
        }
        told
    }
    async fn order_read(
        &self,
        caller: &Caller<'_>,
        number: &str,
    ) -> Result<MarketOrder, MarketError> {
        let mut order = self.told(self.honest.order_read(caller, number).await)?;
        match self.lie {
            Lie::UnknownIsClosed if order.status == PurchaseStatus::Unknown => {
                order.status = PurchaseStatus::Closed;
            }
            Lie::NoFreight => {
                order.total = order.goods;
                order.freight = Fen(0);
            }
            Lie::NothingFails => {
                for line in &mut order.lines {
                    line.status = order.status;
                }
            }
            Lie::FirstParcelOnly => order.deliveries.truncate(1),
            Lie::NoRefunds => {
                order.raw_refund = None;
                for line in &mut order.lines {
                    line.refunded = false;
                }
            }
            _ => {}
        }
        Ok(order)
    }
    async fn order_list(
        &self,
        caller: &Caller<'_>,
        listing: &Listing,
        page: u32,
    ) -> Result<Page, MarketError> {
        let mut told = self.told(self.honest.order_list(caller, listing, page).await)?;
        match self.lie {
            Lie::FindsNothing => told.orders.clear(),
            Lie::FirstPageOnly => told.more = false,
            _ => {}
        }
        Ok(told)
    }
    async fn order_cancel(
        &self,
        caller: &Caller<'_>,
        number: &str,
        once: Once,
    ) -> Result<(), MarketError> {
        match self.told(self.honest.order_cancel(caller, number, once).await) {
            Err(error)
                if matches!(self.lie, Lie::UnclearIsCancelled)
                    && error.kind == ErrorKind::Unclear =>
            {
                Ok(())
            }
            told => told,
        }
    }
    async fn pay_link(
        &self,
        caller: &Caller<'_>,
        numbers: &[String],
    ) -> Result<PayLink, MarketError> {
        let mut link = self.told(self.honest.pay_link(caller, numbers).await)?;
        if matches!(self.lie, Lie::NothingExcluded) {
            link.excluded.clear();
        }
        Ok(link)
    }
    async fn order_pay(
        &self,
        caller: &Caller<'_>,
        numbers: &[String],
        once: Once,
    ) -> Result<PayAccepted, MarketError> {
        let mut paid = self.told(self.honest.order_pay(caller, numbers, once).await)?;
        if matches!(self.lie, Lie::AllArePaid) {
            paid.failed.clear();
            paid.accepted = numbers.to_vec();
        }
        Ok(paid)
    }
    async fn deliveries_read(
        &self,
        caller: &Caller<'_>,
        number: &str,
    ) -> Result<Vec<MarketDelivery>, MarketError> {
        let mut told = self.told(self.honest.deliveries_read(caller, number).await)?;
        if matches!(self.lie, Lie::FirstParcelOnly) {
            told.truncate(1);
        }
        Ok(told)
    }
    async fn addresses_read(&self, caller: &Caller<'_>) -> Result<Vec<SavedAddress>, MarketError> {
        self.told(self.honest.addresses_read(caller).await)
    }
    fn push_read(
        &self,
        apps: &[AppKey],
        push: PushRequest<'_>,
    ) -> Result<(usize, Vec<PushHint>), PushRefusal> {
        match self.honest.push_read(apps, push) {
            Err(PushRefusal::Signature) if matches!(self.lie, Lie::AnySignature) => {
                Ok((0, Vec::new()))
            }
            told => told,
        }
    }
}
