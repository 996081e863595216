//! Every reader of every connector with samples of what it reads: what property tests and fuzzing
//! have in common. A marketplace adds its [`Subject`].

mod m1688;
mod taobao;

use async_trait::async_trait;
use bytes::Bytes;
use domain::Fen;
use http::HeaderMap;
use marketplaces::{
    Addresses, AppKey, Basket, Caller, Create, Deadline, Listing, MarketError, Marketplace, Once,
    PushRequest, Request, Response, Tokens, Transport, TransportError,
};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::Mutex;
use world::{Boot, ManualClock, Timestamp};

pub const DATE: &str = "Thu, 02 Aug 2018 13:11:13 GMT";
const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// A function of the trait that reads an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    App,
    Login,
    Refresh,
    Prolong,
    Offer,
    Preview,
    Create,
    Read,
    List,
    Cancel,
    PayLink,
    Pay,
    Deliveries,
    Addresses,
    Push,
}

/// An answer, or a message.
pub struct Sample {
    pub call: Call,
    /// The item or order that is asked about.
    pub about: &'static str,
    /// So many lines of the basket.
    pub lines: usize,
    /// Answers that come before it.
    pub before: &'static [(u16, &'static str)],
    pub body: &'static str,
}

impl Sample {
    pub const fn new(call: Call, about: &'static str, body: &'static str) -> Self {
        Self {
            call,
            about,
            lines: 2,
            before: &[],
            body,
        }
    }
}

/// A marketplace with its samples.
pub struct Subject {
    pub market: &'static dyn Marketplace,
    pub app: AppKey,
    pub addresses: Addresses,
    pub basket: Basket,
    pub terms: BTreeMap<String, String>,
    /// Orders that are asked to be paid.
    pub numbers: Vec<String>,
    pub samples: Vec<Sample>,
    /// Fields whose digits are always an order's number.
    pub order_fields: &'static [&'static str],
    /// Spellings of one field, or of one word, that mean the same.
    pub spellings: &'static [(&'static str, &'static str)],
    /// Fields that mean nothing when they are null, empty or `0`.
    pub empties: &'static [&'static str],
    /// Messages carry an id of their own.
    pub messages_have_ids: bool,
    /// Signs a message: its head and its body.
    pub signed: fn(&[u8]) -> (HeaderMap, Vec<u8>),
}

pub fn all() -> Vec<Subject> {
    vec![m1688::subject(), taobao::subject()]
}

/// Answers one after the other, the last one for ever.
struct Script {
    first: Mutex<VecDeque<Response>>,
    last: Response,
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, _: Request, _: Deadline) -> Result<Response, TransportError> {
        let next = self.first.lock().unwrap().pop_front();
        Ok(next.unwrap_or_else(|| self.last.clone()))
    }
}

fn response(status: u16, date: &[u8], body: &[u8]) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(date) = http::HeaderValue::from_bytes(date) {
        headers.insert("date", date);
    }
    Response {
        status,
        headers,
        body: Bytes::copy_from_slice(body),
    }
}

/// What a reader made of an answer.
pub struct Told {
    /// All of it, written out.
    pub text: String,
    /// Nothing happened, and that is certain.
    pub is_definite_no: bool,
    /// It was read without objection.
    pub is_ok: bool,
}

fn told<T: Debug>(result: Result<T, MarketError>) -> Told {
    Told {
        is_definite_no: result.as_ref().is_err_and(MarketError::is_definite),
        is_ok: result.is_ok(),
        text: format!("{result:?}"),
    }
}

fn shown(tokens: Tokens) -> impl Debug {
    (
        tokens.access.expose_secret().to_owned(),
        tokens.access_ends,
        tokens.refresh.map(|token| token.expose_secret().to_owned()),
        tokens.refresh_ends,
        tokens.account,
        tokens.login,
    )
}

impl Subject {
    /// Samples of one call.
    pub fn samples_of(&self, call: Call) -> Vec<&Sample> {
        self.samples.iter().filter(|s| s.call == call).collect()
    }

    /// Reads `body` in the place of a sample's, with this status and `date`.
    pub fn read(&self, sample: &Sample, status: u16, date: &[u8], body: &[u8]) -> Told {
        if sample.call == Call::Push {
            let (headers, body) = (self.signed)(body);
            return self.read_push(&headers, &body);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime
            .unwrap()
            .block_on(self.read_answer(sample, status, date, body))
    }

    pub fn read_push(&self, headers: &HeaderMap, body: &[u8]) -> Told {
        let push = PushRequest {
            content_type: "",
            headers,
            body,
        };
        let mut read = self.market.push_read(std::slice::from_ref(&self.app), push);
        if let Ok((_, hints)) = &mut read
            && !self.messages_have_ids
        {
            for hint in hints {
                hint.message.clear();
            }
        }
        Told {
            is_definite_no: false,
            is_ok: read.is_ok(),
            text: format!("{read:?}"),
        }
    }

    async fn read_answer(&self, sample: &Sample, status: u16, date: &[u8], body: &[u8]) -> Told {
        let clock = ManualClock::new(NOW);
        let script = Script {
            first: sample
                .before
                .iter()
                .map(|(status, body)| response(*status, DATE.as_bytes(), body.as_bytes()))
                .collect::<VecDeque<_>>()
                .into(),
            last: response(status, date, body),
        };
        let token = SecretString::from("a-token-of-the-account");
        let caller = Caller {
            app: &self.app,
            access_token: Some(&token),
            transport: &script,
            addresses: &self.addresses,
            clock: &clock,
            deadline: Deadline { millis: 10_000 },
        };
        let once = Once {
            send_by: NOW.plus_seconds(10),
            send_by_boot: Boot(i64::MAX),
        };
        let (market, about) = (self.market, sample.about);
        let mut basket = self.basket.clone();
        basket.lines.truncate(sample.lines);
        match sample.call {
            Call::App => told(market.app_check(&caller).await),
            Call::Login => {
                let back = url::Url::parse("http://localhost/back").unwrap();
                told(
                    market
                        .token_exchange(&caller, "code", &back)
                        .await
                        .map(shown),
                )
            }
            Call::Refresh => told(market.token_refresh(&caller, &token).await.map(shown)),
            Call::Prolong => told(market.token_prolong(&caller, &token).await.map(shown)),
            Call::Offer => told(market.offer_read(&caller, about).await),
            Call::Preview => told(market.order_preview(&caller, &basket).await),
            Call::Create => {
                let create = Create {
                    reference: "APABCDEFGHIJKLMNOPQRSTUVWXYZ",
                    basket: &basket,
                    terms: &self.terms,
                    note: "请尽快发货",
                    planned_total: Fen(4_520),
                    once,
                };
                told(market.order_create(&caller, &create).await)
            }
            Call::Read => told(market.order_read(&caller, about).await),
            Call::List => {
                let listing = Listing::Reference("AP".to_owned());
                told(market.order_list(&caller, &listing, 1).await)
            }
            Call::Cancel => told(market.order_cancel(&caller, about, once).await),
            Call::PayLink => told(market.pay_link(&caller, &self.numbers).await),
            Call::Pay => told(market.order_pay(&caller, &self.numbers, once).await),
            Call::Deliveries => told(market.deliveries_read(&caller, about).await),
            Call::Addresses => told(market.addresses_read(&caller).await),
            // Read by `read_push`.
            Call::Push => told::<()>(Ok(())),
        }
    }
}

/// Every sample is read without objection, and every fixture is one.
#[test]
fn every_fixture_is_a_sample_that_is_read() {
    for subject in all() {
        let folder = match subject.market.code() {
            "1688" => "m1688",
            code => code,
        };
        let folder = format!("{}/src/{folder}/fixtures", env!("CARGO_MANIFEST_DIR"));
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let body = std::fs::read_to_string(&path).unwrap();
            let is_used = subject.samples.iter().any(|sample| {
                sample.body == body || sample.before.iter().any(|(_, other)| *other == body)
            });
            assert!(is_used, "{} is no sample", path.display());
        }
        for sample in &subject.samples {
            let read = subject.read(sample, 200, DATE.as_bytes(), sample.body.as_bytes());
            let is_refusal = read.text.contains("Refused(");
            assert!(read.is_ok || is_refusal, "{:?}: {}", sample.call, read.text);
        }
    }
    let codes: Vec<&str> = all().iter().map(|subject| subject.market.code()).collect();
    for market in marketplaces::all() {
        assert!(
            codes.contains(&market.code()),
            "{} has no samples",
            market.code()
        );
    }
}
