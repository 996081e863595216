//! Slowing down who guesses passwords: per login name and per address.
//!
//! A try is counted before the password is looked at, so that many at once are not free, and
//! forgotten when the password was right.

use crate::{AppError, Message};
use std::net::{IpAddr, Ipv6Addr};
use store::Db;
use store::users::{self, FailuresRow};
use world::Timestamp;

/// Tries of one login name before it is blocked for a while.
const OF_LOGIN: i64 = 5;
/// Tries from one address: several people may share one.
const OF_ADDRESS: i64 = 20;
/// First and longest block, in seconds; each further try doubles it.
const BLOCK_SECONDS: (i64, i64) = (15, 900);
/// Failures are forgotten after this time without a try, in seconds.
const FORGET_SECONDS: i64 = 1_800;
const LOGIN_CHARACTERS: usize = 64;

/// Whose tries are counted.
#[derive(Clone, Debug)]
pub(super) struct Tries {
    login: String,
    address: Option<String>,
}

impl Tries {
    /// Of a login name, from an address where there is one.
    pub fn new(login: &str, address: Option<IpAddr>) -> Self {
        let login: String = login.chars().take(LOGIN_CHARACTERS).collect();
        Self {
            login: format!("login {login}"),
            address: address.map(|ip| format!("address {}", network(ip))),
        }
    }

    /// Counts a try, unless one of the two is blocked now.
    pub async fn count(&self, db: &mut Db, now: Timestamp) -> Result<(), AppError> {
        one(db, &self.login, OF_LOGIN, now).await?;
        if let Some(address) = &self.address {
            one(db, address, OF_ADDRESS, now).await?;
        }
        Ok(())
    }

    /// The password was right.
    pub async fn forget(&self, db: &mut Db) -> Result<(), AppError> {
        users::clear_failures(db, &self.login).await?;
        if let Some(address) = &self.address {
            users::clear_failures(db, address).await?;
        }
        Ok(())
    }
}

async fn one(db: &mut Db, who: &str, allowed: i64, now: Timestamp) -> Result<(), AppError> {
    let known = users::failures(db, who, now).await?;
    if known.blocked_until_at > now {
        let message = Message::of("sign_in-blocked")
            .with("next", known.blocked_until_at.0)
            .with("seconds", known.blocked_until_at.seconds_since(now) + 1);
        return Err(AppError::Refused(message));
    }
    let before = if now.seconds_since(known.last_at) > FORGET_SECONDS {
        0
    } else {
        known.failures
    };
    let failures = before + 1;
    let (first, longest) = BLOCK_SECONDS;
    let blocked_until_at = if failures < allowed {
        Timestamp(0)
    } else {
        now.plus_seconds((first << (failures - allowed).min(20)).min(longest))
    };
    Ok(users::set_failures(
        db,
        who,
        &FailuresRow {
            failures,
            last_at: now,
            blocked_until_at,
        },
    )
    .await?)
}

/// One household or office: the address, for IPv6 its first 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
            || {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            },
            IpAddr::V4,
        ),
    }
}
