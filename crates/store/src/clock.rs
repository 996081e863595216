//! How far this machine's clock is from the database's.
//!
//! Leases, pace and release go by the database's clock, so that nodes agree. Nothing that keeps a
//! booking safe rests on it.

use crate::{Error, Store, args, statements};
use std::sync::Mutex;
use world::{Boot, Clock, Timestamp};

statements! {
    // SQLite lives in this very machine: it has no clock of its own.
    NOW = "SELECT 0 AS us", pg = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS us";
}

/// A jump beyond this is no drift.
const JUMP_MICROS: i64 = 1_000_000;
/// A measurement that took longer says too little.
const SLOW_MICROS: i64 = 500_000;

/// What was measured last.
#[derive(Clone, Copy, Debug)]
struct Measured {
    wall: Timestamp,
    boot: Boot,
    offset: i64,
}

/// This machine's clock against the database's, and whether either has jumped.
#[derive(Debug, Default)]
pub struct ClockWatch {
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    last: Option<Measured>,
    rests_until: Option<Boot>,
}

impl ClockWatch {
    fn state(&self) -> State {
        *self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = state;
    }

    /// Microseconds to add to this machine's clock to have the database's.
    #[must_use]
    pub fn offset_micros(&self) -> i64 {
        self.state().last.map_or(0, |last| last.offset)
    }

    /// May jobs be claimed? Not for `rest_micros` after a jump of either clock by more than a
    /// second: by then every lease that was given by the old time is over. A jump of this machine's
    /// wall clock shows at once, against the boot clock, which cannot be set.
    #[must_use]
    pub fn may_claim(&self, clock: &dyn Clock, rest_micros: i64) -> bool {
        let mut state = self.state();
        let boot = clock.boot();
        if let Some(last) = &mut state.last {
            let walked = clock.now().0 - last.wall.0;
            let passed = (boot.0 - last.boot.0) / 1_000;
            let jumped = walked - passed;
            if jumped.abs() > JUMP_MICROS {
                tracing::error!(
                    seconds = jumped / 1_000_000,
                    "this machine's clock jumped; no work is taken for a while"
                );
                // The database's clock did not jump along.
                *last = Measured {
                    wall: clock.now(),
                    boot,
                    offset: last.offset - jumped,
                };
                state.rests_until = Some(after(boot, rest_micros));
                self.set(state);
                return false;
            }
        }
        state.rests_until.is_none_or(|until| boot >= until)
    }

    /// Takes a measurement in.
    fn measured(&self, new: Measured, rest_micros: i64) {
        let mut state = self.state();
        if let Some(last) = state.last
            && (new.offset - last.offset).abs() > JUMP_MICROS
        {
            tracing::error!(
                seconds = (new.offset - last.offset) / 1_000_000,
                "the database's clock and this machine's have moved apart; no work is taken for a while"
            );
            state.rests_until = Some(after(new.boot, rest_micros));
        }
        state.last = Some(new);
        self.set(state);
    }
}

fn after(boot: Boot, micros: i64) -> Boot {
    Boot(boot.0 + micros * 1_000)
}

/// Measures how far this machine's clock is from the database's. After a jump by more than a second
/// no job is claimed for `rest_micros`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn measure(store: &Store, clock: &dyn Clock, rest_micros: i64) -> Result<(), Error> {
    let (before, boot) = (clock.now(), clock.boot());
    let theirs: i64 = store.read().await?.one(&NOW, args![], "clock").await?;
    let took = (clock.boot().0 - boot.0) / 1_000;
    if took > SLOW_MICROS {
        return Ok(());
    }
    let offset = if theirs == 0 {
        0
    } else {
        theirs - (before.0 + took / 2)
    };
    let new = Measured {
        wall: before,
        boot,
        offset,
    };
    store.clock().measured(new, rest_micros);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use world::ManualClock;

    const REST: i64 = 60_000_000;

    fn measured(watch: &ClockWatch, clock: &ManualClock, offset: i64) {
        let new = Measured {
            wall: clock.now(),
            boot: clock.boot(),
            offset,
        };
        watch.measured(new, REST);
    }

    #[test]
    fn a_clock_that_jumps_stops_claiming_until_leases_are_over() {
        let (watch, clock) = (
            ClockWatch::default(),
            ManualClock::new(Timestamp(1_000_000_000)),
        );
        assert!(watch.may_claim(&clock, REST), "nothing measured yet");
        measured(&watch, &clock, 300_000_000);
        assert!(
            watch.may_claim(&clock, REST),
            "an offset that stays is none"
        );
        clock.jump_wall_micros(120_000_000);
        assert!(!watch.may_claim(&clock, REST));
        assert_eq!(
            watch.offset_micros(),
            180_000_000,
            "by the database's clock nothing happened"
        );
        clock.advance_micros(REST - 1);
        assert!(!watch.may_claim(&clock, REST));
        clock.advance_micros(1);
        assert!(watch.may_claim(&clock, REST));
    }

    #[test]
    fn a_database_whose_clock_jumps_stops_claiming() {
        let (watch, clock) = (
            ClockWatch::default(),
            ManualClock::new(Timestamp(1_000_000_000)),
        );
        measured(&watch, &clock, 0);
        measured(&watch, &clock, 900_000);
        assert!(watch.may_claim(&clock, REST), "drift");
        measured(&watch, &clock, -900_000);
        assert!(!watch.may_claim(&clock, REST), "a jump");
        clock.advance_micros(REST);
        assert!(watch.may_claim(&clock, REST));
    }
}
