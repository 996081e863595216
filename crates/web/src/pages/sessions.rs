//! Sessions: the accounts at marketplaces that the shop buys with.

use super::Shell;
use crate::Tr;
use crate::parts::{Empty, Fault, Link, State, Tag};
use askama::Template;

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The sessions.
    pub rows: Vec<SessionRow>,
    /// Where a new one is connected, per app: `Connect an account at 1688 (key 8471…)`.
    pub connect: Vec<Link>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
}

/// One session.
#[derive(Clone, Debug, Default)]
pub struct SessionRow {
    /// Its page.
    pub url: String,
    /// Account.
    pub account: String,
    /// Name given by us: `Guangzhou warehouse`.
    pub name: String,
    /// Default of its marketplace.
    pub is_default: bool,
    /// Marketplace.
    pub marketplace: Tag,
    /// Owner.
    pub owner: String,
    /// State: active, expires soon, expired, revoked, draining.
    pub state: State,
    /// Until a person must log in again.
    pub lasts: String,
    /// Logs in again.
    pub login_again: Option<String>,
    /// `37 / 50`.
    pub bookings: String,
    /// Used and allowed today; allowed is 0 when unknown.
    pub used: (i64, i64),
    /// Open bookings and unpaid purchases that depend on it.
    pub depends: String,
    /// Last good call.
    pub last_good: String,
    /// Last error.
    pub fault: Option<Fault>,
}
