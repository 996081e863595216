//! For tests: a marketplace that answers as it was told, and a desk around it on each database.

use crate::worker::{Turn, turn};
use crate::{Actor, App, Config, Ctx, KeyRing, MarketHandle, Markets};
use async_trait::async_trait;
use domain::{Fen, PurchaseStatus};
use marketplaces::{
    Address, AddressFault, Addresses, AppCheck, AppKey, Basket, Caller, Capabilities, Create,
    Created, Deadline, ErrorKind, ListedOrder, Listing, MarketDelivery, MarketError, MarketOrder,
    Marketplace, Offer, Once, Pace, Page, PayLink, Preview, PushHint, PushRefusal, PushRequest,
    Request, Response, SavedAddress, Tokens, Transport, TransportError,
};
use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::sessions::SessionRow;
use store::temporary::Temporary;
use world::{ManualClock, Timestamp, World};

pub(crate) const CODE: &str = "fake";
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_774_000_000);

type Hook = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// What the marketplace is told to answer, and what it was asked.
#[derive(Default)]
pub(crate) struct Script {
    pub exchanges: VecDeque<Result<Tokens, MarketError>>,
    pub refreshes: VecDeque<Result<Tokens, MarketError>>,
    pub prolongs: VecDeque<Result<Tokens, MarketError>>,
    pub prolong_days: Option<i64>,
    pub pages: VecDeque<Result<Page, MarketError>>,
    pub orders: BTreeMap<String, MarketOrder>,
    pub addresses: Vec<SavedAddress>,
    pub check: Option<Result<AppCheck, MarketError>>,
    pub asked: Vec<String>,
    pub during_refresh: Option<Hook>,
}

/// The marketplace.
#[derive(Default)]
pub(crate) struct Fake(Mutex<Script>);

impl Fake {
    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.script().asked)
    }

    fn note(&self, what: impl Into<String>) {
        self.script().asked.push(what.into());
    }
}

pub(crate) fn refusal(kind: ErrorKind) -> MarketError {
    MarketError::new(kind, "as told")
}

pub(crate) fn tokens(access: &str, account: &str, now: Timestamp) -> Tokens {
    Tokens {
        access: access.to_owned().into(),
        access_ends: now.plus_seconds(36_000),
        refresh: Some(format!("refresh of {access}").into()),
        refresh_ends: Some(now.plus_seconds(180 * 86_400)),
        account: account.to_owned(),
        login: format!("login of {account}"),
    }
}

pub(crate) fn order(number: &str, at: Timestamp) -> MarketOrder {
    MarketOrder {
        number: number.to_owned(),
        other_numbers: Vec::new(),
        reference: None,
        account: None,
        seller: None,
        seller_name: Some("seller".to_owned()),
        status: PurchaseStatus::ToPay,
        raw_status: "waitbuyerpay".to_owned(),
        raw_refund: None,
        total: Fen(100),
        goods: Fen(100),
        freight: Fen(0),
        refunded: Fen(0),
        created: Some(at),
        modified: Some(at),
        paid: None,
        pay_by: None,
        sent: None,
        close_reason: None,
        lines: Vec::new(),
        deliveries: Vec::new(),
    }
}

pub(crate) fn page(orders: &[MarketOrder], total: u64, more: bool) -> Page {
    Page {
        orders: orders
            .iter()
            .map(|o| ListedOrder {
                number: o.number.clone(),
                other_numbers: o.other_numbers.clone(),
                reference: o.reference.clone(),
                raw_status: o.raw_status.clone(),
                created: o.created,
                modified: o.modified,
            })
            .collect(),
        total: Some(total),
        more,
        server_time: None,
    }
}

static CAPABILITIES: Capabilities = Capabilities {
    cancel: true,
    cancel_not_before_seconds: 10,
    pay_link_orders: Some(10),
    pay_by_api_orders: None,
    push: true,
    search_by_reference: true,
    split_orders: true,
    asynchronous_create: false,
    lines_per_order: 50,
    one_seller_per_order: true,
    address_characters: 60,
    note_characters: 20,
    saved_addresses: true,
    refunds: true,
    orders_have_own_ids: false,
    reads_other_numbers: false,
};

fn unsupported<T>() -> Result<T, MarketError> {
    Err(refusal(ErrorKind::Unsupported))
}

#[async_trait]
impl Marketplace for Fake {
    fn code(&self) -> &'static str {
        CODE
    }
    fn name(&self) -> &'static str {
        "Fake"
    }
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }
    fn real_addresses(&self) -> Addresses {
        let base: url::Url = "http://localhost/".parse().unwrap();
        Addresses {
            gateway: base.clone(),
            login: base.clone(),
            site: base,
        }
    }
    fn registration_url(&self) -> &'static str {
        "http://localhost/"
    }
    fn usual_pace(&self) -> Pace {
        Pace {
            app_millis: 1,
            session_millis: 1,
        }
    }
    fn authorize_url(
        &self,
        _app: &AppKey,
        addresses: &Addresses,
        redirect: &url::Url,
        state: &str,
    ) -> url::Url {
        let mut url = addresses.login.clone();
        url.query_pairs_mut()
            .append_pair("redirect_uri", redirect.as_str())
            .append_pair("state", state);
        url
    }
    fn item_url(&self, _addresses: &Addresses, _item: &str) -> Option<url::Url> {
        None
    }
    fn order_url(&self, _addresses: &Addresses, _number: &str) -> Option<url::Url> {
        None
    }
    fn item_from_text(&self, _text: &str) -> Option<String> {
        None
    }
    fn order_numbers_from_text(&self, _text: &str) -> Vec<Result<String, String>> {
        Vec::new()
    }
    fn address_check(&self, address: &Address) -> Result<(), AddressFault> {
        if address.saved_id.is_some() {
            return Ok(());
        }
        if address.full_name.is_empty() {
            return Err(AddressFault::Missing("full_name"));
        }
        let is = address.street.chars().count();
        if is > CAPABILITIES.address_characters {
            return Err(AddressFault::TooLong {
                is,
                most: CAPABILITIES.address_characters,
            });
        }
        Ok(())
    }
    async fn app_check(&self, _caller: &Caller<'_>) -> Result<AppCheck, MarketError> {
        self.script().check.clone().unwrap_or_else(unsupported)
    }
    async fn token_exchange(
        &self,
        _caller: &Caller<'_>,
        code: &str,
        _redirect: &url::Url,
    ) -> Result<Tokens, MarketError> {
        self.note(format!("exchange {code}"));
        self.script()
            .exchanges
            .pop_front()
            .unwrap_or_else(unsupported)
    }
    async fn token_refresh(
        &self,
        _caller: &Caller<'_>,
        refresh: &SecretString,
    ) -> Result<Tokens, MarketError> {
        self.note(format!("refresh with {}", refresh.expose_secret()));
        let hook = self.script().during_refresh.take();
        if let Some(hook) = hook {
            hook().await;
        }
        self.script()
            .refreshes
            .pop_front()
            .unwrap_or_else(unsupported)
    }
    async fn token_prolong(
        &self,
        caller: &Caller<'_>,
        refresh: &SecretString,
    ) -> Result<Tokens, MarketError> {
        let access = caller
            .access_token
            .map(ExposeSecret::expose_secret)
            .unwrap_or_default()
            .to_owned();
        self.note(format!("prolong {} with {access}", refresh.expose_secret()));
        self.script()
            .prolongs
            .pop_front()
            .unwrap_or_else(unsupported)
    }
    fn prolong_days(&self) -> Option<i64> {
        self.script().prolong_days
    }
    async fn offer_read(&self, _caller: &Caller<'_>, _item: &str) -> Result<Offer, MarketError> {
        unsupported()
    }
    async fn order_preview(
        &self,
        _caller: &Caller<'_>,
        _basket: &Basket,
    ) -> Result<Preview, MarketError> {
        unsupported()
    }
    async fn order_create(
        &self,
        _caller: &Caller<'_>,
        _create: &Create<'_>,
    ) -> Result<Created, MarketError> {
        unsupported()
    }
    async fn order_read(
        &self,
        _caller: &Caller<'_>,
        number: &str,
    ) -> Result<MarketOrder, MarketError> {
        self.note(format!("read {number}"));
        self.script()
            .orders
            .get(number)
            .cloned()
            .ok_or_else(|| refusal(ErrorKind::NotFound))
    }
    async fn order_list(
        &self,
        _caller: &Caller<'_>,
        listing: &Listing,
        page: u32,
    ) -> Result<Page, MarketError> {
        if let Listing::Modified { from, to } = listing {
            self.note(format!(
                "list {}..{} page {page}",
                from.seconds_since(START),
                to.seconds_since(START)
            ));
        }
        self.script()
            .pages
            .pop_front()
            .unwrap_or_else(|| Ok(crate::fake::page(&[], 0, false)))
    }
    async fn order_cancel(
        &self,
        _caller: &Caller<'_>,
        _number: &str,
        _once: Once,
    ) -> Result<(), MarketError> {
        unsupported()
    }
    async fn pay_link(
        &self,
        _caller: &Caller<'_>,
        _numbers: &[String],
    ) -> Result<PayLink, MarketError> {
        unsupported()
    }
    async fn deliveries_read(
        &self,
        _caller: &Caller<'_>,
        _number: &str,
    ) -> Result<Vec<MarketDelivery>, MarketError> {
        Ok(Vec::new())
    }
    async fn addresses_read(&self, _caller: &Caller<'_>) -> Result<Vec<SavedAddress>, MarketError> {
        Ok(self.script().addresses.clone())
    }
    /// A body is `secret|message|account|order,order`.
    fn push_read(
        &self,
        apps: &[AppKey],
        push: PushRequest<'_>,
    ) -> Result<(usize, Vec<PushHint>), PushRefusal> {
        let text = std::str::from_utf8(push.body).map_err(|_| PushRefusal::Unreadable)?;
        let mut parts = text.split('|');
        let secret = parts.next().unwrap_or_default();
        let app = apps
            .iter()
            .position(|a| a.secret.expose_secret() == secret)
            .ok_or(PushRefusal::Signature)?;
        let (Some(message), Some(account), Some(orders)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(PushRefusal::Unreadable);
        };
        let hint = PushHint {
            message: message.to_owned(),
            topic: "ORDER".to_owned(),
            account: (!account.is_empty()).then(|| account.to_owned()),
            orders: orders.split(',').map(str::to_owned).collect(),
            some_order: false,
            born: None,
        };
        Ok((app, vec![hint]))
    }
}

struct NoWayOut;

#[async_trait]
impl Transport for NoWayOut {
    async fn send(
        &self,
        _request: Request,
        _deadline: Deadline,
    ) -> Result<Response, TransportError> {
        Err(TransportError::NotSent {
            why: "no way out in this test".to_owned(),
        })
    }
}

/// A desk with one app on a temporary database.
pub(crate) struct Desk {
    pub app: App,
    pub clock: Arc<ManualClock>,
    pub fake: Arc<Fake>,
    /// The app.
    pub key: i64,
    temporary: Temporary,
}

impl Desk {
    /// One on each database.
    pub async fn both() -> Vec<Self> {
        let mut desks = Vec::new();
        for temporary in Temporary::both().await.unwrap() {
            desks.push(Self::on(temporary).await);
        }
        desks
    }

    async fn on(temporary: Temporary) -> Self {
        let (world, clock) = World::fixed(START, 7);
        let fake = Arc::new(Fake::default());
        let keys = KeyRing::from_hex(&[KeyRing::generate(&*world.random).into()]).unwrap();
        let handle = MarketHandle {
            addresses: fake.real_addresses(),
            pace: fake.usual_pace(),
            connector: fake.clone(),
        };
        let app = App {
            store: temporary.store.clone(),
            world,
            markets: Arc::new(Markets::new(vec![handle], Arc::new(NoWayOut))),
            keys: Arc::new(keys),
            config: Arc::new(Config {
                public_url: "http://localhost:7000/".parse().unwrap(),
                node: "test".to_owned(),
                call_millis: 1_000,
            }),
        };
        let new = crate::apps::AppNew {
            marketplace: CODE.to_owned(),
            key: "key".to_owned(),
            secret: "secret".to_owned().into(),
            label: String::new(),
            daily_quota: None,
        };
        let key = crate::apps::add(&app.program("test"), new).await.unwrap();
        Self {
            app,
            clock,
            fake,
            key,
            temporary,
        }
    }

    pub async fn end(self) {
        self.temporary.end().await.unwrap();
    }

    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// As a person.
    pub fn person(&self, id: i64) -> Ctx {
        self.app.acting(Actor::Person {
            id,
            login: format!("person{id}"),
        })
    }

    /// Connects an account through the login page; gives the session. Its first look has been.
    pub async fn connect(&self, account: &str) -> i64 {
        self.fake.script().exchanges.push_back(Ok(tokens(
            &format!("access {account}"),
            account,
            self.now(),
        )));
        let state = self.begin(None).await;
        let done = crate::session::connect_finish(&self.person(1), &state, "code")
            .await
            .unwrap();
        self.work().await;
        self.fake.asked();
        done.session
    }

    /// Begins a login; gives its state.
    pub async fn begin(&self, session: Option<i64>) -> String {
        let begin = crate::session::ConnectBegin {
            app: self.key,
            session,
            return_to: "/sessions".to_owned(),
        };
        let url = crate::session::connect_begin(&self.person(1), begin)
            .await
            .unwrap();
        url.query_pairs()
            .find(|(name, _)| name == "state")
            .unwrap()
            .1
            .into_owned()
    }

    pub async fn session(&self, id: i64) -> SessionRow {
        store::sessions::by_id(&mut self.app.store.read().await.unwrap(), id)
            .await
            .unwrap()
            .unwrap()
    }

    /// Carries jobs that are due, without moving the clock; gives what was carried.
    pub async fn work(&self) -> Vec<String> {
        let mut carried = Vec::new();
        for _ in 0..200 {
            match turn(&self.app).await.unwrap() {
                Turn::Worked(kind) => carried.extend((!kind.is_empty()).then_some(kind)),
                // The pace puts calls off by milliseconds: that much the clock moves.
                Turn::Idle(Some(at)) if at.0 - self.now().0 < 1_000_000 => {
                    self.clock.advance_micros((at.0 - self.now().0).max(1));
                }
                Turn::Idle(_) => return carried,
            }
        }
        panic!("the queue never came to rest: {carried:?}");
    }

    /// Jobs in the queue.
    pub async fn queued(&self) -> i64 {
        store::jobs::count(&mut self.app.store.read().await.unwrap(), "ready")
            .await
            .unwrap()
    }
}
