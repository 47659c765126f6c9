//! A group: the series of one jurisdiction, whose counts are added by week and judged together when a week is closed.
//!
//! The state is what is saved; restored, it goes on with the same bits. Series are told apart by position, and their order is the
//! order of every sum: the caller keeps it. What must never enter: names, dates, other groups.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::counts::{Breach, Cell, Feed};
use crate::delays::DelayTable;
use crate::season::Seasons;
use crate::series::Series;
use crate::silence::Watch;

/// What a series counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Acts of its own: it is pooled and listened to.
    Measure,
    /// Acts that other series count as well: it is judged, but neither pooled nor listened to, and borrows no evidence.
    Total,
}

/// The series of one jurisdiction and what they share.
///
/// ```
/// use surveillance::{Cell, Feed, Group, Role, Settings, Stream};
///
/// let (settings, mut group, mut said) = (Settings::default(), Group::new(), Vec::new());
/// group.join(0, 0, Role::Measure);
/// for week in 0..120 {
///     let inspections = if week < 100 { 20 } else { 10 };
///     for (feed, count) in [(Feed::Inspections, inspections), (Feed::Traffic, 100)] {
///         group.add(Cell { series: 0, feed, week, known_week: week }, count)?;
///     }
///     said.clear();
///     group.close(&settings, [1.0; 2], &mut said)?;
/// }
/// assert_eq!(said[0].stream(Stream::Effort).phase.condition().map(|condition| condition.onset), Some(100));
/// # Ok::<(), surveillance::Breach>(())
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Group {
    pub(crate) open: i64,
    pub(crate) series: Vec<Series>,
    pub(crate) tables: [DelayTable; 3],
    /// Over inspections and traffic.
    pub(crate) watches: [Watch; 2],
    pub(crate) grace_until: Option<i64>,
    pub(crate) early: i64,
    /// Feeds whose open week holds a declared backfill.
    pub(crate) backfilled: [bool; 3],
    #[serde(skip)]
    pub(crate) seasons: Seasons,
}

impl Group {
    /// A group without series, its week 0 open.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The week that is not yet closed.
    #[must_use]
    pub fn open_week(&self) -> i64 {
        self.open
    }

    /// How many series there are.
    #[must_use]
    pub fn series_count(&self) -> usize {
        self.series.len()
    }

    /// A series enters at a position, moving those from there on up by one. Its own clock starts at `first_week`, which is not
    /// after the open week; weeks before it are never evidence.
    pub fn join(&mut self, at: usize, first_week: i64, role: Role) {
        // Groups grow by a series a year, if that: room for as many again would be the largest part of their memory.
        self.series.reserve_exact(1);
        self.series.insert(at.min(self.series.len()), Series::new(first_week.min(self.open), role));
    }

    /// Adds a signed count. What happened more than 51 weeks before the open week changes lifetime totals only.
    ///
    /// # Errors
    /// An unknown series, a week ahead of its time, or a sum beyond 32 bits; nothing is changed then.
    pub fn add(&mut self, cell: Cell, count: i64) -> Result<(), Breach> {
        let open = self.open;
        if cell.week > open + 1 {
            return Err(Breach::Ahead { week: cell.week });
        }
        if cell.known_week > open {
            return Err(Breach::Ahead { week: cell.known_week });
        }
        let series = self.series.get_mut(cell.series).ok_or(Breach::UnknownSeries { series: cell.series })?;
        let counts = &mut series.counts[cell.feed.at()];
        counts.add(open, &cell, count).ok_or(Breach::Overflow { series: cell.series })?;
        if cell.week > cell.known_week {
            self.early = self.early.saturating_add(count);
        }
        Ok(())
    }

    /// The feed's open week holds a declared backfill: its delays are history and teach nothing.
    pub fn declare_backfill(&mut self, feed: Feed) {
        self.backfilled[feed.at()] = true;
    }

    /// Week at whose close a series' last condition ended; at an operator's close the last closed week. A condition that fires
    /// within `merge_weeks` of it continues the old alert.
    #[must_use]
    pub fn last_ended(&self, series: usize) -> Option<i64> {
        self.series.get(series)?.last_ended()
    }

    /// What stands of one count of a series in a week; `None` for an unknown series, and for a week that is no longer told apart or
    /// lies more than one week ahead of the open one.
    #[must_use]
    pub fn counts(&self, series: usize, feed: Feed, week: i64) -> Option<i32> {
        self.series.get(series)?.counts(feed).kept(week, self.open)
    }

    /// Everything ever added to one count of a series, however old; 0 for an unknown series.
    #[must_use]
    pub fn lifetime(&self, series: usize, feed: Feed) -> i64 {
        self.series.get(series).map_or(0, |series| series.counts(feed).lifetime())
    }
}

impl PartialEq for Group {
    /// Equal state; what is recomputed at each close does not count.
    fn eq(&self, other: &Self) -> bool {
        self.open == other.open
            && self.series == other.series
            && self.tables == other.tables
            && self.watches == other.watches
            && self.grace_until == other.grace_until
            && self.early == other.early
            && self.backfilled == other.backfilled
    }
}
