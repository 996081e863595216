//! App keys: the shop's developer keys at marketplaces, with what each calls, and the way to one.

use super::app_guide::{Step, steps};
use super::settings::settings_tabs;
use super::{Notice, Shell, Tab};
use crate::http::{Page, PageError};
use crate::panel::{Panel, Person};
use crate::parts::{Fault, Link, State};
use crate::{Fmt, Tr};
use app::apps::{AppShown, Day, Level};
use app::{MarketHandle, Message};
use askama::Template;
use axum::extract::{self, Query};

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "apps.html")]
pub struct AppsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The parts of the settings.
    pub tabs: Vec<Tab>,
    /// The marketplaces.
    pub markets: Vec<MarketApps>,
}

/// The keys of one marketplace, and how to get one.
#[derive(Clone, Debug, Default)]
pub struct MarketApps {
    /// Its word.
    pub code: String,
    /// Its name.
    pub title: String,
    /// Where a key is added.
    pub add: String,
    /// What stands there when there are none.
    pub none: String,
    /// The keys.
    pub rows: Vec<AppRow>,
    /// Heading of the steps.
    pub guide: String,
    /// What kind of account it must be.
    pub caveat: Option<String>,
    /// What a newcomer does, in order.
    pub steps: Vec<Step>,
}

/// One key.
#[derive(Clone, Debug, Default)]
pub struct AppRow {
    /// Row id.
    pub id: i64,
    /// Name given by us, else the key.
    pub name: String,
    /// The public key, where that is not its name.
    pub key: Option<String>,
    /// Whether the last test was good, and whether it is in use.
    pub state: State,
    /// A person has switched it off.
    pub is_off: bool,
    /// Why its sessions rest, and until when.
    pub rests: Option<String>,
    /// Lets them go on now.
    pub go_on: Option<String>,
    /// `1,234 of 5,000 today`.
    pub calls: String,
    /// Made and allowed today; allowed is 0 when unknown.
    pub used: (i64, i64),
    /// Little or nothing is left.
    pub tight: bool,
    /// ... in this colour.
    pub tone: &'static str,
    /// How much is left, where it is little.
    pub near: Option<String>,
    /// Sessions that belong to it.
    pub sessions: Vec<Link>,
    /// Milliseconds between two calls.
    pub pace: String,
    /// What the last test said.
    pub fault: Option<Fault>,
}

/// What the address asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Wanted {
    /// This key was tested just now.
    tested: Option<i64>,
    /// A key of this name was deleted.
    deleted: Option<String>,
}

/// `GET /settings/apps`
pub(crate) async fn list(
    extract::State(panel): extract::State<Panel>,
    person: Person,
    Query(wanted): Query<Wanted>,
) -> Result<Page<AppsPage>, PageError> {
    let (tr, fmt) = (person.tr(), &person.fmt);
    let apps = app::apps::list(&panel.app)
        .await
        .map_err(|error| fmt.refuse(error))?;
    let mut shell = panel.shell(&person, tr.apps_title(), "/settings").await?;
    let tested = apps.iter().find(|app| wanted.tested == Some(app.row.id));
    shell
        .notices
        .extend(tested.map(|app| tested_notice(tr, app)));
    shell.notices.extend(wanted.deleted.map(|name| Notice {
        tone: "success",
        text: tr.app_deleted(name),
        link: None,
    }));
    let markets = panel
        .app
        .markets
        .all()
        .map(|market| {
            let code = market.connector.code();
            let name = tr.by_key("marketplace-", code);
            MarketApps {
                code: code.to_owned(),
                title: name.to_owned(),
                add: format!("/settings/apps/new?marketplace={code}"),
                none: tr.apps_none(name),
                rows: apps
                    .iter()
                    .filter(|app| app.row.marketplace == code)
                    .map(|app| row(fmt, app, market.pace.app_millis))
                    .collect(),
                guide: tr.apps_guide(name),
                caveat: caveat(tr, market),
                steps: steps(&panel, tr, market),
            }
        })
        .collect();
    Ok(Page(AppsPage {
        tabs: settings_tabs(tr, "/settings/apps"),
        markets,
        tr: tr.clone(),
        shell,
    }))
}

/// What must be known before an account is connected at this marketplace.
pub(crate) fn caveat(tr: &Tr, market: &MarketHandle) -> Option<String> {
    Some(tr.find("", market.connector.connect_caveat()?)?.to_owned())
}

fn tested_notice(tr: &Tr, app: &AppShown) -> Notice {
    let (name, marketplace) = (&app.row.label, &app.row.marketplace);
    if app.error.is_some() {
        return Notice {
            tone: "danger",
            text: tr.app_tested_bad(name),
            link: None,
        };
    }
    Notice {
        tone: "success",
        text: tr.app_tested_good(name, tr.by_key("marketplace-", marketplace)),
        link: app
            .sessions
            .is_empty()
            .then(|| Link::to("/sessions", tr.app_connect_next())),
    }
}

/// A key as it stands in a list.
pub(crate) fn row(fmt: &Fmt, app: &AppShown, pace: i64) -> AppRow {
    let tr = fmt.tr();
    let is_off = app.row.is_off();
    let state = match (&app.error, app.row.checked_at) {
        _ if is_off => State::of(tr.app_is_off(), "secondary"),
        _ if app.rests.is_some() => State::of(tr.app_used_up(), "red"),
        (Some(_), _) => State::of(tr.app_refused(), "red"),
        (None, Some(at)) => State::of(tr.app_good_since(fmt.ago(at)), "green"),
        (None, None) => State::of(tr.app_untested(), "secondary"),
    };
    let level = app.today.level();
    let next = app::session::next_beijing_day(fmt.now());
    AppRow {
        id: app.row.id,
        name: app.row.label.clone(),
        key: (app.row.label != app.row.app_key).then(|| app.row.app_key.clone()),
        state,
        is_off,
        rests: app
            .rests
            .as_ref()
            .filter(|_| !is_off)
            .map(|(why, until)| tr.apps_rests(fmt.say(why), fmt.moment(*until))),
        go_on: (app.rests.is_some() && !is_off && level != Level::Used)
            .then(|| format!("/settings/apps/{}/resume", app.row.id)),
        calls: calls_text(fmt, app.today),
        used: (app.today.used, app.today.quota.unwrap_or(0)),
        tight: level != Level::Fine,
        tone: level_tone(level),
        near: app
            .today
            .quota
            .filter(|_| level == Level::Near)
            .map(|quota| {
                let left = next.seconds_since(fmt.now());
                tr.apps_near(quota - app.today.used, fmt.span(left))
            }),
        sessions: app
            .sessions
            .iter()
            .map(|session| Link::to(format!("/sessions/{}", session.id), &session.login))
            .collect(),
        pace: format!("{pace} {}", tr.millisecond_sign()),
        fault: app
            .error
            .as_ref()
            .map(|error| check_fault(fmt, &app.row.marketplace, error))
            .or_else(|| clock_fault(fmt, app)),
    }
}

/// `1,234 of 5,000 today`
pub(crate) fn calls_text(fmt: &Fmt, today: Day) -> String {
    let number = |n: i64| fmt.count(u64::try_from(n).unwrap_or(0), u64::MAX);
    match today.quota {
        Some(quota) => fmt.tr().apps_today(number(quota), number(today.used)),
        None => fmt.tr().apps_today_free(number(today.used)),
    }
}

/// The colour in which a share of the quota is told.
pub(crate) const fn level_tone(level: Level) -> &'static str {
    match level {
        Level::Fine => "secondary",
        Level::Near => "orange",
        Level::Used => "red",
    }
}

/// What is wrong with a key, by the marketplace's own code where that says more than its kind.
fn check_fault(fmt: &Fmt, marketplace: &str, error: &Message) -> Fault {
    let tr = fmt.tr();
    let code: String = error
        .code
        .as_deref()
        .unwrap_or_default()
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' => c,
            'A'..='Z' => c.to_ascii_lowercase(),
            _ => '-',
        })
        .collect();
    let by_code = format!("{marketplace}-{code}");
    let by_kind = error.key.trim_start_matches("market-");
    let mut fault = fmt.fault(error, None);
    for known in [by_code.as_str(), by_kind] {
        if let Some(text) = tr.find("app-check-", known) {
            text.clone_into(&mut fault.text);
            fault.next = tr
                .find("app-check-", &format!("{known}-next"))
                .map(str::to_owned);
            break;
        }
    }
    fault
}

/// A wrong clock makes signatures wrong some day; it is told before it does.
fn clock_fault(fmt: &Fmt, app: &AppShown) -> Option<Fault> {
    let tr = fmt.tr();
    let us = app.row.clock_offset_us.filter(|us| *us != 0)?;
    let span = fmt.span((us / 1_000_000).abs());
    let text = if us > 0 {
        tr.app_clock_behind(span)
    } else {
        tr.app_clock_ahead(span)
    };
    Some(Fault::of(tr, text).next(tr.app_clock_next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_key_is_said_by_code_else_by_kind() {
        let fmt = Fmt::new(
            Tr::english(),
            Fmt::zone("UTC"),
            world::Timestamp(0),
            std::sync::Arc::default(),
        );
        let fault = |market: &str, key: &str, code: Option<&str>| {
            let message = Message {
                code: code.map(str::to_owned),
                text: Some("their text".to_owned()),
                ..Message::of(key)
            };
            check_fault(&fmt, market, &message)
        };
        let tr = fmt.tr();
        let clock = fault("taobao", "market-signature", Some("InvalidTimestamp"));
        assert_eq!(clock.text, tr.app_check_taobao_invalidtimestamp());
        let said = clock.said.unwrap();
        assert_eq!(
            (said.code.as_str(), said.text.as_str()),
            ("InvalidTimestamp", "their text")
        );
        let other = fault("tomorrow", "market-signature", Some("InvalidTimestamp"));
        assert_eq!(other.text, tr.app_check_signature());
        assert_eq!(other.next.as_deref(), Some(tr.app_check_signature_next()));
        let nobody = fault("1688", "market-not_sent", None);
        assert_eq!(nobody.text, tr.app_check_not_sent());
        let list = fault("taobao", "market-unclear", Some("IpNotAllowed"));
        assert!(list.next.unwrap().contains("list of allowed addresses"));
        let strange = fault("1688", "market-limit", None);
        assert_eq!(strange.text, fmt.say(&Message::of("market-limit")));
    }
}
