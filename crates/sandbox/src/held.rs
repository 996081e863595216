//! Requests that wait: held by a knob until released, or delayed. A waiting request is data, not
//! a task: when its caller goes away it stays, and its release still has its effect, as on a real
//! server that was only slow.

use crate::fault::Fault;
use crate::incoming::{Incoming, Reply};
use crate::knobs::{Effect, Facts};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use world::Timestamp;

/// What the caller gets in the end.
pub(crate) type Answer = Result<Reply, Fault>;

/// How far a waiting request is.
pub(crate) enum Stage {
    /// Nothing happened yet.
    Before {
        call: Box<Incoming>,
        effects: Vec<Effect>,
    },
    /// It happened; the answer waits.
    After { answer: Answer },
}

/// A waiting request.
pub(crate) struct Waiting {
    pub id: u64,
    pub market: &'static str,
    pub facts: Facts,
    pub since: Timestamp,
    /// Goes on by itself then; none = when released.
    pub due: Option<Timestamp>,
    pub stage: Stage,
    pub caller: oneshot::Sender<Answer>,
}

/// All waiting requests.
#[derive(Default)]
pub(crate) struct Held {
    rows: Mutex<(u64, BTreeMap<u64, Waiting>)>,
}

impl Held {
    fn rows(&self) -> MutexGuard<'_, (u64, BTreeMap<u64, Waiting>)> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Parks a request; gives its number and where its answer will come.
    pub(crate) fn park(
        &self,
        market: &'static str,
        facts: Facts,
        since: Timestamp,
        due: Option<Timestamp>,
        stage: Stage,
    ) -> (u64, oneshot::Receiver<Answer>) {
        let (caller, receiver) = oneshot::channel();
        let id = self.park_for(market, facts, since, due, stage, caller);
        (id, receiver)
    }

    /// Parks a request whose caller already waits.
    pub(crate) fn park_for(
        &self,
        market: &'static str,
        facts: Facts,
        since: Timestamp,
        due: Option<Timestamp>,
        stage: Stage,
        caller: oneshot::Sender<Answer>,
    ) -> u64 {
        let mut rows = self.rows();
        rows.0 += 1;
        let id = rows.0;
        rows.1.insert(
            id,
            Waiting {
                id,
                market,
                facts,
                since,
                due,
                stage,
                caller,
            },
        );
        id
    }

    /// Takes one out.
    pub(crate) fn take(&self, id: u64) -> Option<Waiting> {
        self.rows().1.remove(&id)
    }

    /// Takes every one out that is due.
    pub(crate) fn take_due(&self, now: Timestamp) -> Vec<Waiting> {
        let mut rows = self.rows();
        let due: Vec<u64> = rows
            .1
            .values()
            .filter(|row| row.due.is_some_and(|due| due <= now))
            .map(|row| row.id)
            .collect();
        due.iter().filter_map(|id| rows.1.remove(id)).collect()
    }

    /// Numbers of those held until released.
    pub(crate) fn held(&self, market: &str) -> Vec<u64> {
        self.rows()
            .1
            .values()
            .filter(|row| row.due.is_none() && row.market == market)
            .map(|row| row.id)
            .collect()
    }

    /// What waits, for people: number, request, since, whether it already happened.
    pub(crate) fn list(
        &self,
        market: &str,
    ) -> Vec<(u64, Facts, Timestamp, bool, Option<Timestamp>)> {
        self.rows()
            .1
            .values()
            .filter(|row| row.market == market)
            .map(|row| {
                (
                    row.id,
                    row.facts.clone(),
                    row.since,
                    matches!(row.stage, Stage::After { .. }),
                    row.due,
                )
            })
            .collect()
    }
}
