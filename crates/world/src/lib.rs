//! What comes from outside the process as an argument: time, randomness, ids, and the gate
//! where simulation may stop an actor.
//!
//! This crate knows nothing of purchasing. Every other crate takes these as arguments instead of
//! asking the operating system, so that a test can hold time still and a simulation can replay.

mod clock;
mod gate;
mod ids;
mod random;

pub use clock::{Boot, Clock, ManualClock, SystemClock, Timestamp};
pub use gate::{Gate, OpenGate, Point};
pub use ids::Ids;
pub use random::{Random, SeededRandom, SystemRandom};

use std::sync::Arc;

/// The outside world in one handle. Cheap to clone.
#[derive(Clone)]
pub struct World {
    /// Wall clock and boot clock.
    pub clock: Arc<dyn Clock>,
    /// Source of random bytes.
    pub random: Arc<dyn Random>,
    /// Source of row ids.
    pub ids: Arc<Ids>,
    /// Where simulation may stop an actor; open in production.
    pub gate: Arc<dyn Gate>,
}

impl World {
    /// The real world: the machine's clocks, the system's randomness, an open gate.
    #[must_use]
    pub fn system() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        Self {
            ids: Arc::new(Ids::new(clock.clone(), random.clone())),
            clock,
            random,
            gate: Arc::new(OpenGate),
        }
    }

    /// A world for tests: time stands at `start` until moved, randomness follows `seed`.
    #[must_use]
    pub fn fixed(start: Timestamp, seed: u64) -> (Self, Arc<ManualClock>) {
        let manual = Arc::new(ManualClock::new(start));
        let clock: Arc<dyn Clock> = manual.clone();
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(seed));
        let world = Self {
            ids: Arc::new(Ids::new(clock.clone(), random.clone())),
            clock,
            random,
            gate: Arc::new(OpenGate),
        };
        (world, manual)
    }

    /// Wall clock, in microseconds since 1970.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh row id.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.ids.next()
    }
}
