//! How many measures an act serves: one act that serves several must not be pooled as several independent ones.
//!
//! What must never enter: which measures they are.

use alloc::{collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use vocab::tally::Sum;

/// Weeks over which sharing is averaged (`detection.md` §3.6).
const WEEKS: i64 = 52;

/// Σm and Σm² of the acts of one count in each of the newest weeks; m is the number of measures an act serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Saved>", into = "Vec<Saved>")]
pub(crate) struct Sharing(BTreeMap<i64, (i64, i64)>);

/// A week as it is saved: its distance from the one before, Σm, and what Σm² has beyond it: mostly two small numbers.
type Saved = (i64, i64, i64);

impl From<Sharing> for Vec<Saved> {
    fn from(Sharing(weeks): Sharing) -> Self {
        let mut before = 0_i64;
        let mut step = |week: i64| week.wrapping_sub(core::mem::replace(&mut before, week));
        weeks.into_iter().map(|(week, (measures, squared))| (step(week), measures, squared.wrapping_sub(measures))).collect()
    }
}

impl From<Vec<Saved>> for Sharing {
    fn from(saved: Vec<Saved>) -> Self {
        let mut week = 0_i64;
        let weeks = saved.into_iter().map(|(step, measures, beyond)| {
            week = week.wrapping_add(step);
            (week, (measures, measures.wrapping_add(beyond)))
        });
        Self(weeks.collect())
    }
}

impl Sharing {
    pub(crate) fn add(&mut self, week: i64, sum: Sum) {
        let (measures, squared) = self.0.entry(week).or_default();
        *measures += sum.measures;
        *squared += sum.measures_squared;
    }

    /// The sharing factor c = Σm / Σm² over the 52 weeks that end with `week`; 1 if nothing is shared, or nothing is known.
    /// Older weeks are let go of.
    pub(crate) fn factor(&mut self, week: i64) -> f64 {
        while self.0.first_key_value().is_some_and(|(&other, _)| other <= week - WEEKS) {
            self.0.pop_first();
        }
        let (measures, squared) = self.0.range(..=week).fold((0, 0), |(m, mm), (_, week)| (m + week.0, mm + week.1));
        if 0 < measures && measures < squared { measures as f64 / squared as f64 } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Sharing;
    use vocab::tally::Sum;

    #[test]
    fn the_factor_is_the_mean_over_the_mean_square_of_the_newest_weeks() {
        let mut sharing = Sharing::default();
        assert_eq!(sharing.factor(0), 1.0);
        let acts = |acts: i64, m: i64| Sum { acts, measures: acts * m, measures_squared: acts * m * m, ..Sum::default() };
        sharing.add(0, acts(10, 4));
        assert_eq!(sharing.factor(0), 0.25);
        sharing.add(5, acts(40, 1));
        assert_eq!(sharing.factor(5), 80.0 / 200.0);
        sharing.add(6, acts(1_000, 1));
        assert_eq!(sharing.factor(5), 80.0 / 200.0, "a week ahead waits for its close");
        assert_eq!(sharing.factor(52), 1.0, "week 0 has left");
    }
}
