//! Reports between the week in which they arise and the week in which they stand in the file.
//!
//! Weeks are drawn in order, and nothing is known before it happens: what is to stand in a week is complete once that week
//! has been drawn. So only what is under way is held, and memory does not grow with the file. What must never enter: chance.

use crate::generate::change::Feed;
use std::collections::BTreeMap;

/// Seconds of a week.
pub const WEEK_SECONDS: i64 = 7 * DAY_SECONDS;
/// Seconds of a day.
pub const DAY_SECONDS: i64 = 86_400;

/// One line to come. Times are seconds since the first Monday. Sorts as lines stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Report {
    /// When it stands in the file.
    pub stands: i64,
    /// Which jurisdiction, by its place among all.
    pub place: u32,
    /// What it tells.
    pub feed: Feed,
    /// Which of the jurisdiction's strands or flows it comes from.
    pub source: u16,
    /// Which act, or which return, of that source.
    pub ordinal: u32,
    /// When it became known.
    pub known: i64,
    /// When it happened.
    pub occurred: i64,
    /// The measures, one bit each.
    pub measures: u16,
    /// How many.
    pub count: u32,
    /// Which stratum, where there are some.
    pub stratum: Option<u8>,
}

/// Reports under way.
#[derive(Debug)]
pub struct Pending {
    weeks: BTreeMap<i64, Vec<Report>>,
    end: i64,
    unknown: u64,
}

impl Pending {
    /// None yet; what would become known at `end` or later never stands in the file.
    #[must_use]
    pub const fn until(end: i64) -> Self {
        Self { weeks: BTreeMap::new(), end, unknown: 0 }
    }

    /// A report on its way.
    pub fn push(&mut self, report: Report) {
        if report.known >= self.end {
            self.unknown += 1;
            return;
        }
        let stands = report.stands.min(self.end - 1);
        self.weeks.entry(stands.div_euclid(WEEK_SECONDS)).or_default().push(Report { stands, ..report });
    }

    /// The lines of a week and before, in order. Call it once that week has been drawn.
    pub fn complete(&mut self, week: u16) -> Vec<Report> {
        let mut lines = Vec::new();
        while let Some(entry) = self.weeks.first_entry().filter(|entry| *entry.key() <= i64::from(week)) {
            lines.extend(entry.remove());
        }
        lines.sort_unstable();
        lines
    }

    /// Reports that were not known by the end.
    #[must_use]
    pub const fn unknown(&self) -> u64 {
        self.unknown
    }
}
