//! Codes and tokens: how a buyer's consent becomes an app's right to act. Every marketplace hands
//! them out in its own form; what they are is the same everywhere.

use crate::knobs::Effect;
use crate::marketplace::{Desk, Granted};
use crate::moment::beijing_day;
use crate::state::{Bucket, Code, Token};
use crate::trade::Refusal;

fn row(account: &str, app_key: &str, until: i64) -> Token {
    Token {
        account: account.to_owned(),
        app_key: app_key.to_owned(),
        until,
        dead: false,
    }
}

impl Desk<'_> {
    /// Makes an access token for the account.
    pub(crate) fn access_token(&mut self, account: &str, app_key: &str) -> String {
        let token = self.token();
        let seconds = self.market.knobs().settings.access_token_s;
        let row = row(account, app_key, self.now.plus_seconds(seconds).0);
        self.market.access.insert(token.clone(), row);
        token
    }

    /// Makes a refresh token for the account, with a life of its own or until the given moment.
    pub(crate) fn refresh_token(
        &mut self,
        account: &str,
        app_key: &str,
        until: Option<i64>,
    ) -> String {
        let token = self.token();
        let days = self.market.knobs().settings.refresh_token_days;
        let until = until.unwrap_or_else(|| self.now.plus_seconds(days * 86_400).0);
        let row = row(account, app_key, until);
        self.market.refresh.insert(token.clone(), row);
        token
    }

    /// Consent given on the page: a code to be exchanged once.
    pub(crate) fn consent_code(&mut self, account: &str, app_key: &str) -> String {
        let code = self.token();
        let until = self.now.plus_seconds(self.market.knobs().settings.code_s).0;
        self.market.codes.insert(
            code.clone(),
            Code {
                account: account.to_owned(),
                app_key: app_key.to_owned(),
                until,
                used: false,
            },
        );
        code
    }

    /// Exchanges a code: the account that consented, if the code is good.
    pub(crate) fn take_code(&mut self, given: &str, app_key: &str) -> Option<String> {
        let now = self.now.0;
        let code = self
            .market
            .codes
            .get(given)
            .filter(|code| code.app_key == app_key && !code.used && code.until > now)?;
        let account = code.account.clone();
        if let Some(code) = self.market.codes.get_mut(given) {
            code.used = true;
        }
        Some(account)
    }

    /// The account and end of a refresh token that is still good.
    pub(crate) fn live_refresh(&self, given: &str, app_key: &str) -> Option<(String, i64)> {
        let refused = self.market.knobs().settings.refresh_refused;
        self.market
            .refresh
            .get(given)
            .filter(|token| {
                token.app_key == app_key && !token.dead && token.until > self.now.0 && !refused
            })
            .map(|token| (token.account.clone(), token.until))
    }

    /// The account that an access token speaks for, if it is good; knobs may end it just now.
    pub(crate) fn live_access(&mut self, given: &str, app_key: &str) -> Option<String> {
        let expires = self.effects.contains(&Effect::TokenExpired);
        let revoked = self.effects.contains(&Effect::Revoked);
        let now = self.now;
        let found = self
            .market
            .access
            .get(given)
            .filter(|token| token.app_key == app_key && !token.dead && token.until > now.0)
            .map(|token| token.account.clone());
        if let Some(account) = &found
            && revoked
        {
            self.market.revoke(account, now);
        } else if expires && let Some(token) = self.market.access.get_mut(given) {
            token.until = now.0;
        }
        found.filter(|_| !expires && !revoked)
    }

    /// Whether one more call is within what an app may make on one day.
    pub(crate) fn within_day(&mut self, app_key: &str) -> bool {
        let Some(most) = self.market.knobs().settings.per_day_app else {
            return true;
        };
        let key = (app_key.to_owned(), beijing_day(self.now));
        let made = self.market.day_calls.entry(key).or_default();
        *made = made.saturating_add(1);
        *made <= most
    }

    /// Whether one more call is within the limits; `pool` names what an app's calls are counted
    /// by.
    pub(crate) fn within_rate(&mut self, app_key: &str, account: &str, pool: &str) -> bool {
        if self.effects.contains(&Effect::Throttle) {
            return false;
        }
        let settings = self.market.knobs().settings;
        let now = self.now;
        for (key, rate) in [
            (format!("{app_key} {pool}"), settings.per_second_app),
            (
                format!("{app_key}/{account} {pool}"),
                settings.per_second_session,
            ),
        ] {
            if let Some(rate) = rate
                && !self
                    .market
                    .buckets
                    .entry(key)
                    .or_insert_with(|| Bucket::full(rate, now))
                    .take(rate, now)
            {
                return false;
            }
        }
        true
    }

    /// Consent without a browser: tokens at once.
    pub(crate) fn grant(
        &mut self,
        account: &str,
        app_key: Option<&str>,
    ) -> Result<Granted, Refusal> {
        let Some(member_id) = self
            .market
            .accounts
            .get(account)
            .map(|row| row.member_id.clone())
        else {
            return Err(Refusal::missing(format!("there is no account {account}")));
        };
        let app_key = match app_key {
            Some(key) if self.market.apps.contains(key) => key.to_owned(),
            Some(key) => return Err(Refusal::missing(format!("there is no app {key}"))),
            None => self
                .market
                .apps
                .values()
                .next()
                .map(|app| app.key.clone())
                .ok_or_else(|| Refusal::missing("there is no app"))?,
        };
        Ok(Granted {
            access_token: self.access_token(account, &app_key),
            refresh_token: self.refresh_token(account, &app_key, None),
            member_id,
        })
    }
}
