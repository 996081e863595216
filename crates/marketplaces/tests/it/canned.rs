//! A transport that answers what it was given, and remembers what it was asked.

use async_trait::async_trait;
use bytes::Bytes;
use marketplaces::{
    Addresses, AppKey, Basket, Caller, Create, Created, Deadline, M1688, MarketError, Marketplace,
    Once, OrderLine, Request, Response, Transport, TransportError,
};
use secrecy::SecretString;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use world::{Boot, Clock, ManualClock, Timestamp};

pub const START: Timestamp = Timestamp::from_seconds(1_790_000_000);
pub const BOX: &str = "548818919805";
pub const GREY: &str = "eb81c61de14f4adb405ffcc2c8a4a3fb";
pub const CLOTH: &str = "548818919806";
pub const REFERENCE: &str = "APABCDEFGHIJKLMNOPQRSTUVWXYZ";

pub struct Canned {
    answers: Mutex<VecDeque<Result<Response, TransportError>>>,
    pub seen: Mutex<Vec<Request>>,
    pub clock: ManualClock,
    pub app: AppKey,
    pub token: SecretString,
    pub addresses: Addresses,
}

#[async_trait]
impl Transport for Canned {
    async fn send(&self, request: Request, _: Deadline) -> Result<Response, TransportError> {
        self.seen.lock().unwrap().push(request);
        self.answers
            .lock()
            .unwrap()
            .pop_front()
            .expect("one call too many")
    }
}

impl Canned {
    pub fn empty() -> Self {
        Self {
            answers: Mutex::default(),
            seen: Mutex::default(),
            clock: ManualClock::new(START),
            app: AppKey {
                key: "1000000".to_owned(),
                secret: SecretString::from("test123"),
            },
            token: SecretString::from("f14da3b8-b0b1-4f73-a5de-9bed637e0188"),
            addresses: M1688.real_addresses(),
        }
    }

    pub fn saying(body: impl Into<Bytes>) -> Self {
        Self::with_status(200, body)
    }

    pub fn with_status(status: u16, body: impl Into<Bytes>) -> Self {
        Self::empty().then(status, body)
    }

    pub fn then(self, status: u16, body: impl Into<Bytes>) -> Self {
        let mut headers = http::HeaderMap::new();
        headers.insert("date", "Thu, 02 Aug 2018 13:11:13 GMT".parse().unwrap());
        self.answers.lock().unwrap().push_back(Ok(Response {
            status,
            headers,
            body: body.into(),
        }));
        self
    }

    pub fn failing(error: TransportError) -> Self {
        let canned = Self::empty();
        canned.answers.lock().unwrap().push_back(Err(error));
        canned
    }

    pub fn caller(&self) -> Caller<'_> {
        Caller {
            app: &self.app,
            access_token: Some(&self.token),
            transport: self,
            addresses: &self.addresses,
            clock: &self.clock,
            deadline: Deadline { millis: 10_000 },
        }
    }

    pub fn permit(&self) -> Once {
        Once {
            send_by: self.clock.now().plus_seconds(10),
            send_by_boot: Boot(self.clock.boot().0 + 10_000_000_000),
        }
    }

    /// The parameters of the one request that was sent.
    pub fn sent(&self) -> BTreeMap<String, String> {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "one request");
        url::form_urlencoded::parse(&seen[0].body)
            .into_owned()
            .collect()
    }

    pub async fn create(&self) -> Result<Created, MarketError> {
        let terms = terms();
        let basket = basket();
        M1688
            .order_create(
                &self.caller(),
                &Create {
                    reference: REFERENCE,
                    basket: &basket,
                    terms: &terms,
                    note: "请尽快发货",
                    planned_total: domain::Fen(1_196),
                    once: self.permit(),
                },
            )
            .await
    }
}

pub fn terms() -> BTreeMap<String, String> {
    BTreeMap::from([
        ("flow".to_owned(), "general".to_owned()),
        ("trade_type".to_owned(), "assureTrade".to_owned()),
    ])
}

pub fn address() -> marketplaces::Address {
    marketplaces::Address {
        full_name: "张三".to_owned(),
        mobile: "15251667788".to_owned(),
        phone: "0517-88990077".to_owned(),
        post_code: "000000".to_owned(),
        province: "浙江省".to_owned(),
        city: "杭州市".to_owned(),
        area: "滨江区".to_owned(),
        street: "网商路699号 ORD-53".to_owned(),
        ..marketplaces::Address::default()
    }
}

pub fn basket() -> Basket {
    Basket {
        lines: vec![
            OrderLine {
                item: BOX.to_owned(),
                specification: Some(GREY.to_owned()),
                quantity: 2,
                orderable: None,
            },
            OrderLine {
                item: CLOTH.to_owned(),
                specification: None,
                quantity: 5,
                orderable: None,
            },
        ],
        address: address(),
    }
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/m1688/fixtures/",
            $name,
            ".json"
        ))
    };
}
pub(crate) use fixture;
