//! Whether reports come later than they used to (§3.3): late arrivals of a week against the delay table of twelve weeks ago.
//!
//! The completeness of a slow feed follows its slowness, so the table of the day would excuse everything; an older one does not,
//! and while a condition stands it is held still. What must never enter: counts of a week that is held, a season.

use serde::{Deserialize, Serialize};

use crate::array::Fixed;
use crate::settings::WEEKS_KEPT;

/// Delays of 1 to 8 weeks are late.
pub(crate) const LATE_DELAYS: usize = 8;
/// Tables kept: the oldest is the one of twelve weeks ago.
const TABLES: usize = 13;
/// Before so many weeks of the series' own there is no table old enough to be trusted.
const FIRST_WEEKS: i64 = 2 * TABLES as i64;
/// Weeks of the series' own from which noise is measured, and the first week that is measured.
const NOISE_FROM_WEEKS: i64 = 40;
const NOISE_FIRST_WEEK: i64 = 27;
/// Weeks of the series' own from which late arrivals are evidence.
const EVIDENCE_FROM_WEEKS: i64 = 60;
/// Ten weeks at a variance of 1.3 times the mean are known beforehand.
const PRIOR_NOISE_SUM: f64 = 13.0;
const PRIOR_NOISE_WEEKS: f64 = 10.0;

/// Hazards of the delays of 1 to 8 weeks.
pub(crate) type Hazards = [f64; LATE_DELAYS];

/// What is known at a close of the delays of 1 to 8 weeks.
pub(crate) struct Late {
    /// Records first known in the closed week, by delay.
    pub(crate) arrived: [i32; LATE_DELAYS],
    /// What stands of the weeks they belong to.
    pub(crate) standing: [i32; LATE_DELAYS],
}

/// The closed week as this stream sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Use {
    /// Its arrivals count.
    Counted,
    /// It is held, silent or filled with history: its arrivals say nothing about delays.
    LeftOut,
}

/// State of the stream of one series, saved bit for bit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timeliness {
    #[serde(with = "crate::packed::steps")]
    seen: Fixed<i32, WEEKS_KEPT>,
    #[serde(with = "crate::packed")]
    expected: Fixed<f64, WEEKS_KEPT>,
    #[serde(with = "crate::packed")]
    tables: Fixed<Hazards, TABLES>,
    noise_sum: f64,
    noise_weeks: f64,
    /// The table that is held against while a condition stands.
    reference: Option<Hazards>,
}

impl Timeliness {
    /// Whether a series of this age can be judged by it.
    pub(crate) fn is_known_at(age: i64) -> bool {
        age >= EVIDENCE_FROM_WEEKS
    }

    /// Keeps the tables of the closed week, also of a held one, and gives those to hold its arrivals against. `age` counts weeks
    /// since the series' first.
    pub(crate) fn keep(&mut self, week: i64, age: i64, hazards: &Hazards) -> Hazards {
        self.tables[ring(week, TABLES)] = *hazards;
        if age < FIRST_WEEKS { *hazards } else { self.tables[ring(week + 1, TABLES)] }
    }

    /// Whatever was held still moves again.
    pub(crate) fn release(&mut self) {
        self.reference = None;
    }

    /// The tables held still since the week after a condition fired: from its first call on, the same.
    pub(crate) fn hold_still(&mut self, old: Hazards) -> Hazards {
        *self.reference.get_or_insert(old)
    }

    /// Counts the late arrivals of the closed week against the tables `old`.
    pub(crate) fn count(&mut self, week: i64, late: &Late, old: &Hazards, used: Use) {
        let (mut seen, mut expected) = (0_i32, 0.0);
        match used {
            Use::LeftOut => {}
            Use::Counted => {
                for (arrived, (standing, hazard)) in late.arrived.iter().zip(late.standing.iter().zip(old)) {
                    seen = seen.saturating_add(*arrived);
                    expected += f64::from(*standing) * hazard;
                }
            }
        }
        let at = ring(week, WEEKS_KEPT);
        self.seen[at] = seen;
        self.expected[at] = expected;
    }

    /// Measures the noise of the week that leaves the guard gap. A weighted count is one in units of `unit`.
    pub(crate) fn measure(&mut self, week: i64, (age, guard): (i64, i64), unit: f64) {
        let (now, (seen, expected)) = (self.of(week, unit).1, self.of(week - guard, unit));
        if now > 0.0 && age >= NOISE_FROM_WEEKS && age - guard >= NOISE_FIRST_WEEK && expected > 0.0 {
            let excess = seen.min(expected + 4.0 * libm::sqrt(expected)) - expected;
            self.noise_sum += excess * excess / expected;
            self.noise_weeks += 1.0;
        }
    }

    /// Late arrivals of a week, seen and expected, in units of `unit`; nothing expected where the week is not used.
    pub(crate) fn of(&self, week: i64, unit: f64) -> (f64, f64) {
        let at = ring(week, WEEKS_KEPT);
        (f64::from(self.seen[at]) / unit, self.expected[at] / unit)
    }

    /// Variance of late arrivals over their mean.
    pub(crate) fn noise(&self) -> f64 {
        ((self.noise_sum + PRIOR_NOISE_SUM) / (self.noise_weeks + PRIOR_NOISE_WEEKS)).max(1.0)
    }
}

fn ring(week: i64, length: usize) -> usize {
    week.rem_euclid(length as i64) as usize
}
