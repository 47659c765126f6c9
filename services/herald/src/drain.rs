//! The end of a herald: letters under way come back first, for a while.
//!
//! What must never enter: a letter, a wait.

use crate::{moment::Moment, stage::Surroundings};
use service_kit::Stop;
use std::time::Duration;

/// How long letters under way may take after a wish to stop.
const DRAIN: Duration = Duration::from_secs(8);

/// Turns a wish to stop into the stop of the loop, once nothing is under way.
pub(crate) struct Drain {
    around: Surroundings,
    asked: Option<Moment>,
    /// Rounds in a row without anything under way.
    rested: u32,
    /// The stop of the loop.
    pub(crate) stop: Stop,
}

impl Drain {
    /// Nobody has asked yet.
    pub(crate) fn new(around: Surroundings) -> Self {
        Self { around, asked: None, rested: 0, stop: Stop::new() }
    }

    /// To be told of every round.
    pub(crate) fn turned(&mut self) {
        if self.around.stop.is_asked() {
            let now = self.around.clock.now();
            let asked = *self.asked.get_or_insert(now);
            // What came back in the last round is saved in this one.
            self.rested = if self.around.counter.under_way() == 0 { self.rested + 1 } else { 0 };
            if self.rested > 2 || now >= asked.plus(DRAIN) {
                self.stop.ask();
            }
        }
    }
}
