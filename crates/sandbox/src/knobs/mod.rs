//! Knobs: how the marketplace behaves, lastingly ([`Settings`]) and for the next few matching
//! requests ([`Rule`]). Both are turned through one JSON document.

mod rules;
mod settings;
mod sheet;

pub(crate) use rules::{Effect, Facts, PushEffect, Rule};
pub(crate) use settings::{RefusedConsent, Repeat, Settings, within};
pub(crate) use sheet::{Sheet, Texts, document};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use world::World;

/// All knobs of a marketplace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Knobs {
    pub settings: Settings,
    /// Those that only this marketplace has.
    #[serde(default)]
    own: Map<String, Value>,
    pub rules: Vec<Rule>,
    pub last_rule: u64,
}

impl Knobs {
    /// As a marketplace has them before anybody turns one.
    pub(crate) fn usual(sheet: &Sheet) -> Self {
        Self {
            settings: (sheet.usual)(),
            own: (sheet.own)(),
            rules: Vec::new(),
            last_rule: 0,
        }
    }

    /// The marketplace's own knobs, typed; what the file does not hold yet is as usual.
    pub(crate) fn own<T: DeserializeOwned + Default>(&self) -> T {
        serde_json::from_value(Value::Object(self.own.clone())).unwrap_or_default()
    }

    /// As `GET …/knobs` shows them: the settings and, beside them, the rules under `faults`.
    pub(crate) fn view(&self, sheet: &Sheet) -> Value {
        let mut view = document(&self.settings);
        view.extend((sheet.own)());
        view.extend(self.own.clone());
        view.insert(
            "faults".into(),
            serde_json::to_value(&self.rules).unwrap_or_default(),
        );
        Value::Object(view)
    }

    /// Turns some knobs. Either all of the document is good and taken, or nothing changes and the
    /// text says what is wrong.
    pub(crate) fn turn(&mut self, sheet: &Sheet, wanted: &Value) -> Result<(), String> {
        let Value::Object(wanted) = wanted else {
            return Err("expected a JSON object of knobs".into());
        };
        let mut next = self.clone();
        if let Some(reset) = wanted.get("reset") {
            match reset {
                Value::Bool(true) => {
                    next = Self {
                        last_rule: self.last_rule,
                        ..Self::usual(sheet)
                    }
                }
                Value::Bool(false) => {}
                _ => return Err("`reset`: expected true or false".into()),
            }
        }
        let mut settings = document(&next.settings);
        let mut own = (sheet.own)();
        own.extend(std::mem::take(&mut next.own));
        for (name, value) in wanted {
            match name.as_str() {
                "reset" | "faults" | "add_faults" => {}
                _ if settings.contains_key(name) => {
                    let mut one = settings.clone();
                    one.insert(name.clone(), value.clone());
                    serde_json::from_value::<Settings>(Value::Object(one))
                        .map_err(|e| format!("`{name}`: {e}"))?;
                    settings.insert(name.clone(), value.clone());
                }
                _ if own.contains_key(name) => {
                    own.insert(name.clone(), value.clone());
                    (sheet.check)(&own).map_err(|e| {
                        if e.starts_with('`') {
                            e
                        } else {
                            format!("`{name}`: {e}")
                        }
                    })?;
                }
                _ => {
                    let known: Vec<&str> = settings
                        .keys()
                        .chain(own.keys())
                        .map(String::as_str)
                        .collect();
                    return Err(format!(
                        "there is no knob `{name}`; knobs are: {}, faults, add_faults, reset",
                        known.join(", ")
                    ));
                }
            }
        }
        next.settings =
            serde_json::from_value(Value::Object(settings)).map_err(|e| e.to_string())?;
        next.settings.check()?;
        next.own = own;
        for (key, replaces) in [("faults", true), ("add_faults", false)] {
            let Some(list) = wanted.get(key) else {
                continue;
            };
            let Value::Array(list) = list else {
                return Err(format!("`{key}`: expected a list of faults"));
            };
            if replaces {
                next.rules.clear();
            }
            for (at, rule) in list.iter().enumerate() {
                let mut rule = Rule::read(rule).map_err(|e| format!("`{key}[{at}]`: {e}"))?;
                next.last_rule += 1;
                rule.id = next.last_rule;
                next.rules.push(rule);
            }
        }
        if next.rules.len() > 200 {
            return Err("more than 200 faults wait; take some away first".into());
        }
        *self = next;
        Ok(())
    }

    /// Takes what the rules want done to a request, counting them down.
    pub(crate) fn plan(&mut self, facts: &Facts) -> Vec<Effect> {
        let mut effects = Vec::new();
        for rule in &mut self.rules {
            if rule.fault.push().is_none() && rule.strikes(facts) {
                effects.push(rule.effect());
            }
        }
        self.rules.retain(|rule| rule.next != Some(0));
        effects
    }

    /// Takes what the rules and settings want done to a message.
    pub(crate) fn plan_push(
        &mut self,
        topic: &str,
        account: &str,
        world: &World,
    ) -> Vec<PushEffect> {
        let facts = Facts {
            api: topic.to_owned(),
            account: Some(account.to_owned()),
            ..Facts::default()
        };
        let mut effects = Vec::new();
        let settings = &self.settings;
        if settings.push_drop {
            effects.push(PushEffect::Drop);
        }
        if settings.push_double {
            effects.push(PushEffect::Double);
        }
        if settings.push_late_s > 0 {
            effects.push(PushEffect::Late(settings.push_late_s));
        }
        if settings.push_shuffle {
            effects.push(PushEffect::Late(
                i64::try_from(world.random.below(30)).unwrap_or(0),
            ));
        }
        for rule in &mut self.rules {
            if let Some(effect) = rule.fault.push()
                && rule.strikes(&facts)
            {
                effects.push(effect);
            }
        }
        self.rules.retain(|rule| rule.next != Some(0));
        effects
    }

    /// Whether planning would change anything: spares the writing when no rule waits.
    pub(crate) fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sheet() -> &'static Sheet {
        crate::marketplace::ALL[0].sheet()
    }

    fn usual() -> Knobs {
        Knobs::usual(sheet())
    }

    fn facts(api: &str, account: &str, offer: &str) -> Facts {
        Facts {
            api: api.into(),
            account: Some(account.into()),
            offers: vec![offer.into()],
            ..Facts::default()
        }
    }

    #[test]
    fn a_row_with_knobs_that_are_no_longer_common_is_still_read() {
        let mut settings = document(&Settings::default());
        settings.insert("null_fields".into(), json!(true));
        settings.insert("pay_timeout_s".into(), json!(60));
        settings.remove("page_shift");
        let row = json!({"settings": settings, "rules": [], "last_rule": 3});
        let knobs: Knobs = serde_json::from_value(row).unwrap();
        let view = knobs.view(sheet());
        assert_eq!(view["pay_timeout_s"], 60);
        assert_eq!(view["page_shift"], 0);
        assert_eq!(view["null_fields"], false);
    }

    #[test]
    fn a_partial_document_changes_only_what_it_names() {
        let mut knobs = usual();
        knobs
            .turn(
                sheet(),
                &json!({"latency_ms": 20, "repeat_reference": "error"}),
            )
            .unwrap();
        knobs.turn(sheet(), &json!({"pay_timeout_s": 60})).unwrap();
        let view = knobs.view(sheet());
        assert_eq!(view["latency_ms"], 20);
        assert_eq!(view["repeat_reference"], "error");
        assert_eq!(view["pay_timeout_s"], 60);
        knobs.turn(sheet(), &json!({"reset": true})).unwrap();
        assert_eq!(knobs.view(sheet())["latency_ms"], 0);
    }

    #[test]
    fn a_bad_document_is_explained_and_changes_nothing() {
        let mut knobs = usual();
        for (document, word) in [
            (json!({"latency": 1}), "there is no knob `latency`"),
            (json!({"latency_ms": -1}), "latency_ms"),
            (json!({"latency_ms": "soon"}), "latency_ms"),
            (json!({"unauthorized_http": 12}), "unauthorized_http"),
            (
                json!({"faults": {"fault": "answer_lost"}}),
                "expected a list",
            ),
            (json!({"faults": [{"fault": "nonsense"}]}), "nonsense"),
            (
                json!({"faults": [{"fault": "answer_lost", "next": 0}]}),
                "next",
            ),
            (
                json!({"faults": [{"fault": "answer_lost", "apl": "x"}]}),
                "apl",
            ),
            (
                json!({"pay_timeout_s": 60, "split_orders": 99}),
                "split_orders",
            ),
            (json!([1]), "JSON object"),
        ] {
            let error = knobs.turn(sheet(), &document).unwrap_err();
            assert!(error.contains(word), "{document} gave {error}");
        }
        assert_eq!(knobs.view(sheet()), usual().view(sheet()));
    }

    #[test]
    fn a_fault_strikes_the_next_matching_requests_and_goes() {
        let mut knobs = usual();
        knobs
            .turn(sheet(), &json!({"faults": [{"fault": "answer_lost", "next": 2, "skip": 1, "api": "createCrossOrder", "offer": "7"}]}))
            .unwrap();
        let api = "alibaba.trade.createCrossOrder";
        assert!(knobs.plan(&facts(api, "a", "8")).is_empty());
        assert!(
            knobs
                .plan(&facts("alibaba.trade.cancel", "a", "7"))
                .is_empty()
        );
        assert!(knobs.plan(&facts(api, "a", "7")).is_empty(), "skipped");
        assert_eq!(knobs.plan(&facts(api, "a", "7")), vec![Effect::AnswerLost]);
        assert_eq!(knobs.plan(&facts(api, "a", "7")), vec![Effect::AnswerLost]);
        assert!(knobs.plan(&facts(api, "a", "7")).is_empty());
        assert!(!knobs.has_rules());
    }
}
