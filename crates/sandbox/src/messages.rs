//! Messages to the apps: who is told, and what the knobs do to the telling. The words are each
//! marketplace's own.

use crate::knobs::PushEffect;
use crate::state::{Market, Push, PushState};
use serde_json::Value;
use std::collections::BTreeSet;
use world::{Timestamp, World};

impl Market {
    /// The apps that an account lets in at this moment.
    pub(crate) fn apps_let_in(&self, account: &str, now: Timestamp) -> BTreeSet<String> {
        self.refresh
            .values()
            .chain(self.access.values())
            .filter(|token| token.account == account && !token.dead && token.until > now.0)
            .map(|token| token.app_key.clone())
            .collect()
    }

    /// Puts a message about an order into every box of an app that the order's account lets in.
    pub(crate) fn post(&mut self, world: &World, number: &str, topic: &str, data: &Value) {
        let now = world.now();
        let Some(account) = self.orders.get(number).map(|order| order.account.clone()) else {
            return;
        };
        let member = self
            .accounts
            .get(&account)
            .map(|account| account.member_id.clone())
            .unwrap_or_default();
        for app_key in self.apps_let_in(&account, now) {
            let effects = if self.knobs.contains("") {
                self.knobs_mut().plan_push(topic, &account, world)
            } else {
                Vec::new()
            };
            let listens = self
                .apps
                .get(&app_key)
                .is_some_and(|app| app.push_url.is_some());
            let late: i64 = effects
                .iter()
                .map(|effect| {
                    if let PushEffect::Late(seconds) = effect {
                        *seconds
                    } else {
                        0
                    }
                })
                .sum();
            let kept = !listens || effects.contains(&PushEffect::Drop);
            let msg_id = world.id();
            let push = Push {
                msg_id,
                app_key,
                user: member.clone(),
                topic: topic.to_owned(),
                data: data.to_string(),
                born: now.0,
                due: now.plus_seconds(late).0,
                tries: 0,
                state: if kept {
                    PushState::Kept
                } else {
                    PushState::Waiting
                },
                copy: false,
                order: number.to_owned(),
            };
            if effects.contains(&PushEffect::Double) && !kept {
                self.pushes.insert(
                    format!("{msg_id}-2"),
                    Push {
                        copy: true,
                        ..push.clone()
                    },
                );
            }
            self.pushes.insert(msg_id.to_string(), push);
        }
    }
}
