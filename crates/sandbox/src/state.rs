//! Everything a marketplace of the sandbox knows, in memory, with the marks of what must be
//! written down.

use crate::catalogue::{Offer, Seller};
use crate::knobs::Knobs;
use crate::marketplace::Marketplace;
use crate::table::{Change, Table};
use crate::trade::{Event, Order};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use world::{Timestamp, World};

/// The password of every buyer in the sandbox; the login pages show it.
pub(crate) const DEMO_PASSWORD: &str = "demo1688";

/// How many calls the log keeps.
const LOG_LENGTH: usize = 500;

/// A developer's key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct App {
    pub key: String,
    pub secret: String,
    pub name: String,
    /// Hosts the authorise page may send people back to. Loopback is always allowed.
    pub redirect_hosts: Vec<String>,
    /// Where messages go; none = they are only kept for pulling.
    pub push_url: Option<String>,
}

/// A buyer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub login: String,
    pub member_id: String,
    pub user_id: i64,
    pub company: String,
    pub addresses: Vec<Address>,
    /// The account signed the contract that lets programs pay.
    pub protocol_pay: bool,
}

/// A delivery address, saved or given with an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    pub id: i64,
    pub full_name: String,
    pub mobile: String,
    pub phone: String,
    pub post: String,
    pub province: String,
    pub city: String,
    pub area: String,
    pub town: String,
    pub street: String,
    pub code: String,
    pub is_default: bool,
}

/// Who an access or refresh token speaks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    pub account: String,
    pub app_key: String,
    pub until: i64,
    pub dead: bool,
}

/// A one-use authorisation code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub account: String,
    pub app_key: String,
    pub until: i64,
    pub used: bool,
}

/// A browser that logged in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Login {
    /// The buyer, or nobody for the seller's console.
    pub account: Option<String>,
    pub until: i64,
}

/// What happened under one of the buyer's own references.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub account: String,
    pub name: String,
    /// Creates that reached the gateway, with or without effect.
    pub received: u64,
    /// Orders made.
    pub orders: Vec<String>,
}

/// Where a push message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PushState {
    /// Waits for its time, or for the answer of a try.
    Waiting,
    /// The other side took it.
    Delivered,
    /// Every try failed, or a knob dropped it, or nobody listens: waits to be pulled.
    Kept,
    /// Pulled and confirmed.
    Confirmed,
}

/// One message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Push {
    pub msg_id: i64,
    pub app_key: String,
    pub user: String,
    pub topic: String,
    /// What it tells, as JSON text.
    pub data: String,
    pub born: i64,
    pub due: i64,
    pub tries: u32,
    pub state: PushState,
    /// The second copy of a doubled message.
    pub copy: bool,
    /// The order it tells of.
    #[serde(default)]
    pub order: String,
}

/// One line of the call log.
#[derive(Clone, Debug)]
pub(crate) struct LogLine {
    pub at: Timestamp,
    pub api: String,
    pub account: Option<String>,
    pub reference: Option<String>,
    pub outcome: String,
    pub status: u16,
    pub micros: i64,
}

/// A token bucket on the world's clock, in thousandths of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    level: i64,
    at: i64,
}

impl Bucket {
    /// A full bucket.
    pub(crate) const fn full(per_second: u32, now: Timestamp) -> Self {
        Self {
            level: per_second as i64 * 1_000,
            at: now.0,
        }
    }

    /// Takes one call out, if there is one.
    pub(crate) fn take(&mut self, per_second: u32, now: Timestamp) -> bool {
        let rate = i64::from(per_second);
        let passed = (now.0 - self.at).clamp(0, 60_000_000);
        self.level = (self.level + passed * rate / 1_000).min(rate * 1_000);
        self.at = now.0;
        if self.level >= 1_000 {
            self.level -= 1_000;
            return true;
        }
        false
    }
}

/// One marketplace.
pub(crate) struct Market {
    pub marketplace: &'static dyn Marketplace,
    pub sellers: BTreeMap<String, Seller>,
    pub apps: Table<App>,
    pub accounts: Table<Account>,
    pub offers: Table<Offer>,
    pub orders: Table<Order>,
    pub access: Table<Token>,
    pub refresh: Table<Token>,
    pub codes: Table<Code>,
    pub logins: Table<Login>,
    pub references: Table<Reference>,
    pub pushes: Table<Push>,
    pub knobs: Table<Knobs>,
    /// Happened in this step, not yet told to anyone.
    pub events: Vec<Event>,
    pub calls: BTreeMap<String, u64>,
    pub log: VecDeque<LogLine>,
    pub buckets: BTreeMap<String, Bucket>,
    /// Calls of each app on a Beijing day, by app and day, counted while they are limited.
    pub day_calls: BTreeMap<(String, i64), u32>,
}

macro_rules! tables {
    ($self:ident, $do:ident) => {
        $do!($self.apps);
        $do!($self.accounts);
        $do!($self.offers);
        $do!($self.orders);
        $do!($self.access);
        $do!($self.refresh);
        $do!($self.codes);
        $do!($self.logins);
        $do!($self.references);
        $do!($self.pushes);
        $do!($self.knobs);
    };
}

impl Market {
    pub(crate) fn new(marketplace: &'static dyn Marketplace) -> Self {
        let name = marketplace.name();
        Self {
            marketplace,
            sellers: BTreeMap::new(),
            apps: Table::new(name, "app"),
            accounts: Table::new(name, "account"),
            offers: Table::new(name, "offer"),
            orders: Table::new(name, "order"),
            access: Table::new(name, "access"),
            refresh: Table::new(name, "refresh"),
            codes: Table::new(name, "code"),
            logins: Table::new(name, "login"),
            references: Table::new(name, "reference"),
            pushes: Table::new(name, "push"),
            knobs: Table::new(name, "knobs"),
            events: Vec::new(),
            calls: BTreeMap::new(),
            log: VecDeque::new(),
            buckets: BTreeMap::new(),
            day_calls: BTreeMap::new(),
        }
    }

    /// Takes a row back from the file; `false` if the kind is not one of this marketplace's.
    pub(crate) fn restore(
        &mut self,
        kind: &str,
        id: &str,
        body: &str,
    ) -> Result<bool, serde_json::Error> {
        macro_rules! one {
            ($table:expr) => {
                if $table.kind() == kind {
                    $table.restore(id, body)?;
                    return Ok(true);
                }
            };
        }
        tables!(self, one);
        Ok(false)
    }

    pub(crate) fn changes(&self, into: &mut Vec<Change>) {
        macro_rules! one {
            ($table:expr) => {
                $table.changes(into)
            };
        }
        tables!(self, one);
    }

    pub(crate) fn written(&mut self) {
        macro_rules! one {
            ($table:expr) => {
                $table.written()
            };
        }
        tables!(self, one);
    }

    /// Registers one more app; gives its key.
    pub(crate) fn add_app(&mut self, name: &str, world: &World) -> String {
        loop {
            let (key, secret) = self.marketplace.new_key(world);
            if self.apps.contains(&key) {
                continue;
            }
            self.apps.insert(
                key.clone(),
                App {
                    key: key.clone(),
                    secret,
                    name: name.to_owned(),
                    redirect_hosts: Vec::new(),
                    push_url: None,
                },
            );
            return key;
        }
    }

    /// The knobs' row.
    pub(crate) fn knobs(&self) -> Knobs {
        self.knobs
            .get("")
            .cloned()
            .unwrap_or_else(|| Knobs::usual(self.marketplace.sheet()))
    }

    /// The knobs, to be turned.
    pub(crate) fn knobs_mut(&mut self) -> &mut Knobs {
        let sheet = self.marketplace.sheet();
        self.knobs.entry("", || Knobs::usual(sheet))
    }

    pub(crate) fn note(&mut self, line: LogLine) {
        *self.calls.entry(line.api.clone()).or_default() += 1;
        self.log.push_front(line);
        self.log.truncate(LOG_LENGTH);
    }

    /// The row that counts what came under a reference.
    pub(crate) fn reference_mut(&mut self, account: &str, reference: &str) -> &mut Reference {
        self.references
            .entry(&reference_key(account, reference), || Reference {
                account: account.to_owned(),
                name: reference.to_owned(),
                ..Reference::default()
            })
    }

    pub(crate) fn reference(&self, account: &str, reference: &str) -> Option<&Reference> {
        self.references.get(&reference_key(account, reference))
    }

    /// Kills every token and code of an account; the number of live ones killed.
    pub(crate) fn revoke(&mut self, account: &str, now: Timestamp) -> usize {
        let live = |token: &Token| token.account == account && !token.dead && token.until > now.0;
        let access = self.access.keys_where(live);
        let refresh = self.refresh.keys_where(live);
        let codes = self
            .codes
            .keys_where(|code| code.account == account && !code.used);
        for key in &access {
            if let Some(token) = self.access.get_mut(key) {
                token.dead = true;
            }
        }
        for key in &refresh {
            if let Some(token) = self.refresh.get_mut(key) {
                token.dead = true;
            }
        }
        for key in &codes {
            if let Some(code) = self.codes.get_mut(key) {
                code.used = true;
            }
        }
        access.len() + refresh.len()
    }

    /// Ends the access tokens of an account now; refresh tokens stay good.
    pub(crate) fn expire_access(&mut self, account: Option<&str>, now: Timestamp) -> usize {
        let keys = self.access.keys_where(|token| {
            account.is_none_or(|account| token.account == account) && token.until > now.0
        });
        for key in &keys {
            if let Some(token) = self.access.get_mut(key) {
                token.until = now.0;
            }
        }
        keys.len()
    }
}

fn reference_key(account: &str, reference: &str) -> String {
    format!("{account}\n{reference}")
}
