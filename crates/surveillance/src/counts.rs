//! Signed counts by week: the only thing that reports do to a series.
//!
//! Two integers are kept per feed and week (§2): what stands now, and, for the open week only, how many of the records standing
//! now were first known in it, by delay. Both are sums, so order does not matter. What must never enter: a record, a float, a
//! clamp that would hide a wrong count.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::array::Fixed;
use crate::settings::WEEKS_KEPT;

/// Delays of 0 to 40 weeks are told apart; later ones share one place.
pub(crate) const DELAYS: usize = 41;
const OLDER: usize = DELAYS;
/// Slots of the ring: one bit each in a mask, more than the 52 weeks kept and the two to come.
const SLOTS: usize = 64;

/// One of the three counts of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Feed {
    /// Inspections done.
    Inspections,
    /// Finds among them.
    Interdictions,
    /// What could have been inspected.
    Traffic,
}

impl Feed {
    /// All feeds in the fixed order of every fold.
    pub const ALL: [Self; 3] = [Self::Inspections, Self::Interdictions, Self::Traffic];

    pub(crate) fn at(self) -> usize {
        match self {
            Self::Inspections => 0,
            Self::Interdictions => 1,
            Self::Traffic => 2,
        }
    }
}

/// Where a count belongs. Weeks are numbered from the group's week 0 and may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Position of the series in its group.
    pub series: usize,
    /// Which count.
    pub feed: Feed,
    /// Week in which it happened. One week ahead of the open week is accepted and counts with that week.
    pub week: i64,
    /// Week in which the record was first known; a later correction or retraction keeps it.
    pub known_week: i64,
}

/// Counts that cannot be: a mistake of whoever adds them. The week or the addition is refused, nothing is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// No series stands at this position.
    UnknownSeries {
        /// The position asked for.
        series: usize,
    },
    /// The count happened after the week that follows the open one, or was known after the open one.
    Ahead {
        /// The week asked for.
        week: i64,
    },
    /// A sum left the range of 32 bits.
    Overflow {
        /// Position of the series.
        series: usize,
    },
    /// A week stands below zero.
    Negative {
        /// Position of the series.
        series: usize,
        /// The week that does.
        week: i64,
    },
    /// A window to re-base on has no usable week.
    EmptyWindow {
        /// Position of the series.
        series: usize,
    },
    /// More records were first known in the open week than stand.
    MoreArrivedThanStand {
        /// Position of the series.
        series: usize,
        /// The week they happened in; of those too old to be told apart, the newest.
        week: i64,
    },
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSeries { series } => write!(formatter, "no series at position {series}"),
            Self::Ahead { week } => write!(formatter, "week {week} lies ahead of the open week"),
            Self::Overflow { series } => write!(formatter, "the counts of series {series} exceed 32 bits"),
            Self::Negative { series, week } => write!(formatter, "week {week} of series {series} stands below zero"),
            Self::EmptyWindow { series } => write!(formatter, "the window holds no usable week of series {series}"),
            Self::MoreArrivedThanStand { series, week } => {
                write!(formatter, "more arrived than stand in week {week} of series {series}")
            }
        }
    }
}

impl core::error::Error for Breach {}

/// The slot of a week in every ring, which is also its bit in every mask.
pub(crate) fn slot(week: i64) -> usize {
    week.rem_euclid(SLOTS as i64) as usize
}

/// The counts of one feed of one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counts {
    #[serde(with = "crate::packed::steps")]
    standing: Fixed<i32, SLOTS>,
    #[serde(with = "crate::array::trimmed")]
    arrived: Fixed<i32, { DELAYS + 1 }>,
    lifetime: i64,
}

impl Counts {
    /// What stands of a week: from 51 weeks before the last closed one on; other weeks read 0.
    pub(crate) fn standing(&self, week: i64) -> i32 {
        self.standing[slot(week)]
    }

    /// Records first known in the open week that stand, by delay below [`DELAYS`].
    pub(crate) fn arrived(&self, delay: usize) -> i32 {
        self.arrived[delay]
    }

    /// What stands of a week, if it is one of those told apart now that `open` is the open one.
    pub(crate) fn kept(&self, week: i64, open: i64) -> Option<i32> {
        (open - WEEKS_KEPT as i64..=open + 1).contains(&week).then(|| self.standing(week))
    }

    /// All records first known in the open week that stand.
    pub(crate) fn arrived_in_all(&self) -> i64 {
        self.arrived.iter().map(|&count| i64::from(count)).sum()
    }

    /// Everything ever added, however old.
    pub(crate) fn lifetime(&self) -> i64 {
        self.lifetime
    }

    /// Adds a signed count; `None`, and nothing changed, when a sum would overflow.
    pub(crate) fn add(&mut self, open: i64, cell: &Cell, count: i64) -> Option<()> {
        let lifetime = self.lifetime.checked_add(count)?;
        let age = open - cell.week;
        if age < WEEKS_KEPT as i64 {
            let standing = i32::try_from(count).ok().and_then(|count| self.standing[slot(cell.week)].checked_add(count))?;
            // A record known ahead of its week arrives with it, and then has no delay.
            if cell.known_week.max(cell.week) == open {
                let delay = (age as usize).min(OLDER);
                self.arrived[delay] = self.arrived[delay].checked_add(count as i32)?;
            }
            self.standing[slot(cell.week)] = standing;
        }
        self.lifetime = lifetime;
        Some(())
    }

    /// What is wrong with the counts at the close of `open`, if anything.
    pub(crate) fn breach(&self, series: usize, open: i64) -> Option<Breach> {
        // Two folds of fixed length, which run in lanes; a chain of them does not.
        let signs = self.standing.iter().fold(0, |signs, count| signs | count) | self.arrived.iter().fold(0, |signs, count| signs | count);
        if signs < 0 {
            let is_negative = |age: &i64| self.standing(open - age) < 0 || self.arrived[(*age.max(&0) as usize).min(OLDER)] < 0;
            let age = (0..WEEKS_KEPT as i64).chain([-1]).find(is_negative).unwrap_or(0);
            return Some(Breach::Negative { series, week: open - age });
        }
        for (age, &arrived) in self.arrived.iter().enumerate().filter(|(_, arrived)| **arrived != 0) {
            let week = open - age as i64;
            let last = if age < OLDER { age } else { WEEKS_KEPT - 1 };
            let standing: i64 = (age..=last).map(|age| i64::from(self.standing(open - age as i64))).sum();
            if i64::from(arrived) > standing {
                return Some(Breach::MoreArrivedThanStand { series, week });
            }
        }
        None
    }

    /// The close of `open` is done: its arrivals are no longer needed, the oldest week leaves, and what was known ahead arrives.
    pub(crate) fn turn(&mut self, open: i64) {
        *self.arrived = [0; DELAYS + 1];
        self.standing[slot(open - WEEKS_KEPT as i64)] = 0;
        self.arrived[0] = self.standing(open + 1);
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::{Breach, Cell, Counts, Feed};

    fn counts(open: i64, adds: &[(i64, i64, i64)]) -> Option<Breach> {
        let mut counts = Counts::default();
        for &(week, known_week, count) in adds {
            counts.add(open, &Cell { series: 4, feed: Feed::Traffic, week, known_week }, count).unwrap();
        }
        counts.breach(4, open)
    }

    #[test]
    fn a_breach_names_the_week_that_cannot_be() {
        let negative = |week| Some(Breach::Negative { series: 4, week });
        let too_many = |week| Some(Breach::MoreArrivedThanStand { series: 4, week });
        let table = [
            (vec![(60, 60, 3), (58, 60, 2), (20, 60, 1), (5, 60, 9)], None),
            (vec![(58, 50, -1)], negative(58)),
            (vec![(61, 60, -1)], negative(61)),
            (vec![(58, 50, 4), (58, 60, -1)], negative(58)),
            (vec![(58, 60, 4), (58, 50, -1)], too_many(58)),
            (vec![(12, 60, 2), (12, 50, -1)], too_many(19)),
            (vec![(-30, 60, 7), (8, 60, -7)], None), // both lie before the ring: lifetime only
        ];
        for (adds, want) in table {
            assert_eq!(counts(60, &adds), want, "{adds:?}");
        }
    }

    #[test]
    fn a_sum_beyond_32_bits_is_refused_and_changes_nothing() {
        let mut counts = Counts::default();
        let cell = Cell { series: 0, feed: Feed::Traffic, week: 3, known_week: 3 };
        counts.add(3, &cell, i64::from(i32::MAX)).unwrap();
        let before = counts.clone();
        assert_eq!(counts.add(3, &cell, 1), None);
        assert_eq!(counts.add(3, &cell, i64::MAX), None);
        assert_eq!(counts, before);
    }
}
