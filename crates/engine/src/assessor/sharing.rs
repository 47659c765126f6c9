//! How many measures an act serves: one act that serves several must not be pooled as several independent ones.
//!
//! What must never enter: which measures they are.

use alloc::collections::BTreeMap;
use serde::{Deserialize, Serialize};
use vocab::tally::Sum;

/// Weeks over which sharing is averaged (`detection.md` §3.6).
const WEEKS: i64 = 52;

/// Σm and Σm² of the acts of one count in each of the newest weeks; m is the number of measures an act serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sharing(BTreeMap<i64, (i64, i64)>);

impl Sharing {
    pub(crate) fn add(&mut self, week: i64, sum: Sum) {
        let (measures, squared) = self.0.entry(week).or_default();
        *measures += sum.measures;
        *squared += sum.measures_squared;
    }

    /// The sharing factor c = Σm / Σm² over the 52 weeks that end with `week`; 1 if nothing is shared, or nothing is known.
    /// Older weeks are let go of.
    pub(crate) fn factor(&mut self, week: i64) -> f64 {
        self.0.retain(|&other, _| other > week - WEEKS);
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
