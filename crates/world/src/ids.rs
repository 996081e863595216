//! Row ids: 64-bit, made before the row is written, growing with time.
//!
//! Forty-one bits of milliseconds since 2020 and twenty-two bits that start at random in each
//! millisecond. Within a process ids only grow; two processes meet on one id about once in four
//! million pairs made in the same millisecond, and then the primary key refuses the second.

use crate::{Clock, Random};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const EPOCH_MILLIS: i64 = 1_577_836_800_000;
const LOW_BITS: u32 = 22;

/// Makes row ids.
pub struct Ids {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    last: AtomicI64,
}

impl Ids {
    /// Ids that follow `clock`, with low bits from `random`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            clock,
            random,
            last: AtomicI64::new(0),
        }
    }

    /// The next id: larger than every id this source gave before.
    pub fn next(&self) -> i64 {
        let millis = (self.clock.now().millis() - EPOCH_MILLIS).max(1);
        // The top low bit stays free, so that a busy millisecond has room to count upward.
        let low = i64::try_from(self.random.below(1 << (LOW_BITS - 1))).unwrap_or(0);
        let fresh = (millis << LOW_BITS) | low;
        let mut given = fresh;
        // The closure always returns `Some`, so this cannot fail.
        let _ = self
            .last
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| {
                given = fresh.max(last + 1);
                Some(given)
            });
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, SeededRandom, Timestamp};

    #[test]
    fn ids_only_grow_even_when_the_clock_goes_back() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_800_000_000)));
        let ids = Ids::new(clock.clone(), Arc::new(SeededRandom::new(7)));
        let mut last = 0;
        for step in 0..1_000 {
            if step == 500 {
                clock.jump_wall_micros(-5_000_000);
            }
            let id = ids.next();
            assert!(id > last);
            last = id;
        }
    }
}
