//! Where the condition of one stream of a series stands, and which weeks it has put out of use.
//!
//! Masks have one bit per ring slot. What must never enter: a count, a level, the condition of another stream.

use serde::{Deserialize, Serialize};

use crate::condition::{Condition, MARGIN_WEEKS, Phase, Turn};
use crate::counts::slot;
use crate::settings::WEEKS_KEPT;

/// Weeks ahead of the open one that can be settled: as far as a mask tells weeks apart.
const SETTLE_AHEAD_WEEKS: i64 = 11;

/// State of one condition, saved bit for bit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Track {
    /// Weeks that are never learnt and never evidence again.
    settled: u64,
    /// Weeks that were usable at the last close that was not held.
    usable: u64,
    phase: Phase,
}

impl Track {
    pub(crate) fn settled(&self) -> u64 {
        self.settled
    }

    pub(crate) fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Whether a week may not be learnt: it is settled, or questioned by the standing condition (§5.3).
    pub(crate) fn withholds(&self, week: i64) -> bool {
        let is_frozen = self.phase.condition().is_some_and(|condition| week >= condition.onset - MARGIN_WEEKS);
        is_frozen || self.settled >> slot(week) & 1 == 1
    }

    /// Notes which weeks are usable; true when one became so.
    pub(crate) fn note_usable(&mut self, usable: u64) -> bool {
        let is_new = usable & !self.usable != 0;
        self.usable = usable;
        is_new
    }

    /// Takes over the next phase with what it means for the weeks behind it.
    pub(crate) fn take(&mut self, phase: Phase, turn: Option<&Turn>, week: i64) {
        self.phase = phase;
        match turn {
            None | Some(Turn::Pending | Turn::Calmed | Turn::Fired(_) | Turn::Escalated { .. } | Turn::Recalled(_) | Turn::Faded(_)) => {}
            Some(Turn::Recovered { condition, from }) => self.settle(condition.onset - MARGIN_WEEKS, *from, week + 1),
        }
    }

    /// Settles the kept weeks of `from..until`.
    pub(crate) fn settle(&mut self, from: i64, until: i64, open: i64) {
        let from = from.max(open - WEEKS_KEPT as i64 + 1);
        for week in from..until.min(open + SETTLE_AHEAD_WEEKS + 1) {
            self.settled |= 1 << slot(week);
        }
    }

    /// Ends the standing condition as an operator does: recovered from the open week on.
    pub(crate) fn end(&mut self, open: i64) -> Option<Condition> {
        let condition = self.lift()?;
        self.settle(condition.onset - MARGIN_WEEKS, open, open);
        Some(condition)
    }

    /// Takes away the standing condition and settles nothing.
    pub(crate) fn lift(&mut self) -> Option<Condition> {
        let condition = self.phase.condition().copied();
        self.phase = Phase::Quiet;
        condition
    }

    /// Puts all settled weeks back into use.
    pub(crate) fn unsettle(&mut self) {
        self.settled = 0;
    }

    /// The close of `open` is done: the oldest week leaves.
    pub(crate) fn turn(&mut self, open: i64) {
        let leaving = !(1 << slot(open - WEEKS_KEPT as i64));
        self.settled &= leaving;
        self.usable &= leaving;
    }
}
