//! The knobs in the console: every setting with a sentence, and faults for the next requests.

use super::Frame;
use crate::incoming::{Incoming, Reply};
use crate::knobs::{Facts, Knobs, Sheet, Texts};
use crate::marketplace::Desk;
use crate::moment::text_date;
use crate::order_page::page;
use askama::Template;
use serde_json::{Map, Value, json};
use world::Timestamp;

struct Knob {
    name: &'static str,
    text: &'static str,
    value: String,
    placeholder: &'static str,
    truth: bool,
    options: Vec<&'static str>,
    changed: bool,
}

struct Group {
    title: &'static str,
    knobs: Vec<Knob>,
}

#[derive(Template)]
#[template(path = "console/knobs.html")]
struct Page {
    frame: Frame,
    groups: Vec<Group>,
    /// Number, what, times, for whom.
    rules: Vec<(u64, String, String, String)>,
    faults: Vec<(&'static str, &'static str)>,
    accounts: Vec<String>,
    apis: &'static [&'static str],
    /// Number, API, account, reference, since, effect.
    held: Vec<(u64, String, String, String, String, &'static str)>,
}

/// Every setting: its group, name and sentence.
const GROUPS: &[(&str, Texts)] = &[
    (
        "Pace and limits",
        &[
            ("latency_ms", "Every call waits, milliseconds"),
            (
                "latency_after_effect",
                "… with its answer, not before its effect",
            ),
            ("per_second_app", "Calls a second for an app"),
            ("per_second_session", "Calls a second for an account"),
            ("per_day_app", "Calls a day for an app (Beijing days)"),
            (
                "daily_order_limit",
                "Orders a day for an account (Beijing days)",
            ),
            ("daily_order_limits", "The same for single accounts"),
            ("unpaid_order_limit", "Unpaid orders an account may have"),
        ],
    ),
    (
        "Making orders",
        &[
            (
                "repeat_reference",
                "A second create with a known reference gives",
            ),
            (
                "search_delay_s",
                "New orders are invisible to lists, seconds",
            ),
            ("search_delay_hides_reads", "… and to reads by number"),
            ("split_orders", "A create is split into so many orders"),
        ],
    ),
    (
        "Deadlines and sellers",
        &[
            ("pay_timeout_s", "To be paid within, seconds"),
            ("cancel_wait_s", "No cancelling in the first, seconds"),
            ("confirm_timeout_days", "Completes by itself after, days"),
            ("auto_sellers", "Sellers act by themselves"),
            ("auto_ship_s", "… ship after, seconds"),
            ("auto_sign_s", "… deliver after, seconds"),
            ("auto_complete_s", "… complete after, seconds"),
            ("logistics_delay_s", "Logistics reads lag behind, seconds"),
        ],
    ),
    (
        "Messages",
        &[
            ("push_drop", "None is delivered; all wait to be pulled"),
            ("push_double", "Each comes twice"),
            ("push_late_s", "Late by, seconds"),
            ("push_shuffle", "In any order"),
            ("push_tries", "Tries"),
            ("push_gap_s", "Between tries, seconds"),
        ],
    ),
    (
        "Tokens",
        &[
            ("access_token_s", "Access tokens live, seconds"),
            ("refresh_token_days", "Refresh tokens live, days"),
            ("code_s", "Codes live, seconds"),
            ("refresh_rotates", "A refresh gives a new refresh token too"),
            ("refresh_refused", "Every refresh is refused"),
            ("refused_consent", "A refused consent ends with"),
            ("any_redirect", "Any redirect address is good"),
        ],
    ),
    (
        "Forms of answers",
        &[
            ("unknown_status", "Every order shows this status word"),
            ("timestamp_skew_s", "Timestamps may be away, seconds"),
            ("denied_apis", "APIs that are not granted"),
        ],
    ),
    (
        "Lists",
        &[
            ("max_page_size", "Largest page"),
            ("page_shift", "From page 2 on, rows skipped (− repeated)"),
        ],
    ),
];

/// The words of the settings that know only some.
const CHOICES: &[(&str, &[&str])] = &[
    ("repeat_reference", &["first", "error", "second"]),
    ("refused_consent", &["redirect", "page"]),
];

/// Faults that the form offers, and the field that takes its value.
const FAULTS: &[(&str, &str, &str)] = &[
    ("request_lost", "Request lost, nothing happens", ""),
    ("answer_lost", "Answer lost after the effect", ""),
    ("body_cut", "Connection cut in the body", ""),
    ("garbage", "Garbage for an answer", ""),
    (
        "error_before",
        "Server error before the effect (status)",
        "status",
    ),
    (
        "error_after",
        "Server error after the effect (status)",
        "status",
    ),
    ("hold_before", "Hold before the effect", ""),
    ("hold_after", "Hold after the effect", ""),
    ("delay_before", "Delay before the effect (ms)", "ms"),
    ("delay_after", "Delay after the effect (ms)", "ms"),
    ("throttle", "Frequency limit", ""),
    (
        "price_change",
        "Price changes just before (percent)",
        "percent",
    ),
    (
        "stock_change",
        "Stock becomes just before (pieces)",
        "stock",
    ),
    ("specification_gone", "Specification gone just before", ""),
    ("split", "Split into several orders (number)", "orders"),
    ("line_fails", "One line fails", ""),
    (
        "create_forgotten",
        "A create is answered and not stored",
        "",
    ),
    (
        "hide_order",
        "Order invisible to searches (seconds)",
        "seconds",
    ),
    (
        "unknown_status",
        "Order shows an unknown status (word)",
        "word",
    ),
    ("token_expired", "Access token ends", ""),
    ("revoked", "Consent ends", ""),
    ("push_dropped", "Message not delivered", ""),
    ("push_doubled", "Message comes twice", ""),
    ("push_late", "Message comes late (seconds)", "seconds"),
];

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => String::new(),
        Value::Object(map) if map.is_empty() => String::new(),
        other => other.to_string(),
    }
}

fn all_groups(sheet: &Sheet) -> impl Iterator<Item = &'static (&'static str, Texts)> {
    GROUPS.iter().chain(sheet.groups)
}

fn choices(sheet: &Sheet, name: &str) -> Option<&'static [&'static str]> {
    CHOICES
        .iter()
        .chain(sheet.choices)
        .find(|(known, _)| *known == name)
        .map(|(_, words)| *words)
}

fn groups(sheet: &Sheet, knobs: &Knobs) -> Vec<Group> {
    let (now, usual) = (knobs.view(sheet), Knobs::usual(sheet).view(sheet));
    all_groups(sheet)
        .map(|(title, rows)| Group {
            title,
            knobs: rows
                .iter()
                .map(|(name, text)| {
                    let value = now.get(name).unwrap_or(&Value::Null);
                    let before = usual.get(name).unwrap_or(&Value::Null);
                    Knob {
                        name,
                        text,
                        value: shown(value),
                        placeholder: match before {
                            Value::Null => "none",
                            Value::Array(_) => "[\"…\"]",
                            Value::Object(_) => "{\"account\": 3}",
                            _ => "",
                        },
                        truth: before.is_boolean(),
                        options: choices(sheet, name).unwrap_or_default().to_vec(),
                        changed: value != before,
                    }
                })
                .collect(),
        })
        .collect()
}

/// The page.
pub(super) fn show(
    desk: &Desk<'_>,
    frame: Frame,
    waiting: &[(u64, Facts, Timestamp, bool, Option<Timestamp>)],
    status: u16,
) -> Reply {
    let knobs = desk.market.knobs();
    let rules = knobs
        .rules
        .iter()
        .map(|rule| {
            let what = match serde_json::to_value(&rule.fault) {
                Ok(Value::Object(map)) => map
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(name, value)| {
                        if name == "fault" {
                            shown(value)
                        } else {
                            format!("{name}={}", shown(value))
                        }
                    })
                    .collect::<Vec<_>>()
                    .join(" "),
                _ => String::new(),
            };
            let times = rule
                .next
                .map_or_else(|| "until taken away".to_owned(), |next| next.to_string());
            let whom: Vec<&str> = [&rule.api, &rule.account, &rule.offer]
                .into_iter()
                .filter_map(|part| part.as_deref())
                .collect();
            (
                rule.id,
                what,
                times,
                if whom.is_empty() {
                    "anything".to_owned()
                } else {
                    whom.join(", ")
                },
            )
        })
        .collect();
    let held = waiting
        .iter()
        .map(|(id, facts, since, happened, due)| {
            let effect = match (happened, due) {
                (true, None) => "happened",
                (false, None) => "not yet",
                (_, Some(_)) => "delayed",
            };
            (
                *id,
                facts.api.clone(),
                facts.account.clone().unwrap_or_default(),
                facts.reference.clone().unwrap_or_default(),
                text_date(*since),
                effect,
            )
        })
        .collect();
    let template = Page {
        frame,
        groups: groups(desk.market.marketplace.sheet(), &knobs),
        apis: desk.market.marketplace.sheet().apis,
        rules,
        faults: FAULTS
            .iter()
            .map(|(word, text, _)| (*word, *text))
            .collect(),
        accounts: desk
            .market
            .accounts
            .values()
            .map(|account| account.login.clone())
            .collect(),
        held,
    };
    page(status, &template)
}

/// One of the page's forms.
pub(super) fn turn(desk: &mut Desk<'_>, call: &Incoming) -> Result<(), String> {
    let sheet = desk.market.marketplace.sheet();
    let knobs = desk.market.knobs_mut();
    match call.text("action") {
        "reset" => knobs.turn(sheet, &json!({"reset": true})),
        "drop" => {
            let id: u64 = call
                .text("rule")
                .parse()
                .map_err(|_| "no fault was chosen")?;
            knobs.rules.retain(|rule| rule.id != id);
            Ok(())
        }
        "add" => knobs.turn(sheet, &json!({"add_faults": [fault(call)?]})),
        "turn" => {
            let document = settings(sheet, knobs, call)?;
            knobs.turn(sheet, &document)
        }
        _ => Err("the form is incomplete".into()),
    }
}

fn fault(call: &Incoming) -> Result<Value, String> {
    let word = call.text("fault");
    let Some((_, _, field)) = FAULTS.iter().find(|(known, _, _)| *known == word) else {
        return Err("choose a fault".into());
    };
    let mut rule = Map::new();
    rule.insert("fault".into(), json!(word));
    let value = call.text("value");
    if !field.is_empty() && !value.is_empty() {
        let value = if *field == "word" {
            json!(value)
        } else {
            json!(
                value
                    .parse::<i64>()
                    .map_err(|_| format!("“{value}” is no whole number"))?
            )
        };
        rule.insert((*field).to_owned(), value);
    }
    if let Ok(next) = call.text("next").parse::<u32>() {
        rule.insert("next".into(), json!(next));
    }
    for name in ["api", "account", "offer"] {
        if let Some(text) = call.param(name) {
            rule.insert(name.to_owned(), json!(text.trim()));
        }
    }
    Ok(Value::Object(rule))
}

fn settings(sheet: &Sheet, knobs: &Knobs, call: &Incoming) -> Result<Value, String> {
    let usual = Knobs::usual(sheet).view(sheet);
    let now = knobs.view(sheet);
    let mut document = Map::new();
    for (name, _) in all_groups(sheet).flat_map(|(_, rows)| rows.iter()) {
        let Some(text) = call.params.get(*name).map(|text| text.trim()) else {
            continue;
        };
        let word = choices(sheet, name).is_some()
            || *name == "unknown_status"
            || usual.get(name).is_some_and(Value::is_string);
        let value = match usual.get(name) {
            _ if word && !text.is_empty() => json!(text),
            Some(Value::Bool(_)) => json!(text == "true"),
            Some(Value::Array(_)) if text.is_empty() => json!([]),
            Some(Value::Object(_)) if text.is_empty() => json!({}),
            _ if text.is_empty() => Value::Null,
            _ => serde_json::from_str(text)
                .map_err(|_| format!("{name}: “{text}” cannot be read"))?,
        };
        if now.get(name) != Some(&value) {
            document.insert((*name).to_owned(), value);
        }
    }
    Ok(Value::Object(document))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marketplace::ALL;
    use std::collections::BTreeSet;

    #[test]
    fn every_setting_stands_on_the_page_once() {
        for marketplace in ALL {
            let sheet = marketplace.sheet();
            let Value::Object(view) = Knobs::usual(sheet).view(sheet) else {
                panic!("an object")
            };
            let settings: BTreeSet<&str> = view
                .keys()
                .map(String::as_str)
                .filter(|name| *name != "faults")
                .collect();
            let named: Vec<&str> = all_groups(sheet)
                .flat_map(|(_, rows)| rows.iter().map(|(name, _)| *name))
                .collect();
            let shown: BTreeSet<&str> = named.iter().copied().collect();
            assert_eq!(named.len(), shown.len());
            assert_eq!(shown, settings, "{}", marketplace.name());
        }
    }

    #[test]
    fn every_word_of_a_choice_is_accepted() {
        for marketplace in ALL {
            let sheet = marketplace.sheet();
            for (name, words) in CHOICES.iter().chain(sheet.choices) {
                for word in *words {
                    Knobs::usual(sheet)
                        .turn(sheet, &json!({*name: word}))
                        .unwrap();
                }
            }
        }
    }
}
