//! Whether a feed of the whole group has fallen silent (§3.1): arrivals of a week against their running mean.
//!
//! No report is not zero: a silence holds judgement back for a while instead of becoming evidence. What must never enter: a single
//! series, and what the arrivals were about.

use serde::{Deserialize, Serialize};

/// Weeks before a silence can be told.
const SETTLING_WEEKS: i64 = 12;
/// At most this share of the mean counts as nothing.
const NOTHING_SHARE: f64 = 0.02;
/// Reports that must be missing in all before it is a silence.
const MISSING_REPORTS: f64 = 7.0;

/// The watch over one feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watch {
    mean: f64,
    empty_run: u32,
    silent_run: u32,
}

impl Watch {
    /// Takes in the arrivals of week `week`; true when a silence ends with it.
    pub(crate) fn hear(&mut self, week: i64, arrivals: f64) -> bool {
        if week >= SETTLING_WEEKS && arrivals <= NOTHING_SHARE * self.mean {
            self.empty_run += 1;
            if f64::from(self.empty_run) * self.mean >= MISSING_REPORTS {
                self.silent_run += 1;
            }
            return false;
        }
        let resumed = self.silent_run > 0;
        self.empty_run = 0;
        self.silent_run = 0;
        let weight = (1.0 / (week as f64 + 1.0)).max(0.05);
        self.mean = if week == 0 { arrivals } else { self.mean * (1.0 - weight) + arrivals * weight };
        resumed
    }

    /// Whether the feed is silent now.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent_run > 0
    }

    /// Whether the silence still holds judgement back.
    pub(crate) fn holds(&self, hold_weeks: u32) -> bool {
        (1..=hold_weeks).contains(&self.silent_run)
    }

    /// Whether the feed has never reported.
    pub(crate) fn is_missing(&self) -> bool {
        self.mean == 0.0
    }
}
