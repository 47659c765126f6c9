//! What a close says: of the group, and of each series, in plain numbers.
//!
//! Nothing here is state and nothing decides; a caller turns it into verdicts, alerts and pages. What must never enter: a date, a
//! name, a text.

use serde::{Deserialize, Serialize};

use crate::condition::{Phase, Turn};
use crate::evidence::{Found, NO_EVIDENCE};
use crate::lanes;
use crate::nowcast::Nowcast;
use crate::power::Power;
use crate::window::Window;

/// The 95 % quantile, widened for having chosen the onset (§4.5).
const SIZE_REACH: f64 = 1.96 * 1.4;

/// Which feeds of a group were silent in a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silent {
    /// Inspections.
    pub inspections: bool,
    /// Traffic.
    pub traffic: bool,
}

impl Silent {
    /// Whether any watched feed was.
    #[must_use]
    pub fn any(&self) -> bool {
        self.inspections || self.traffic
    }
}

/// Why no statement was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// A feed is silent, and not yet for so long that silence itself would be the fall.
    Silence,
    /// Reports have just come back; what was held up is still arriving.
    Grace,
}

/// The evidence of a group as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PooledEvidence {
    /// L of the pool.
    pub evidence: f64,
    /// Its best segment.
    pub segment: Segment,
}

/// What a close says of the group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupWeek {
    /// The week that was closed.
    pub week: i64,
    /// Silent feeds: each is a notice.
    pub silent: Silent,
    /// Why nothing was judged, if so.
    pub held: Option<Held>,
    /// Pooled evidence, with two usable series or more.
    pub pooled: Option<PooledEvidence>,
    /// Counts, over the group's life, known in a week before the one they happened in: a clock is wrong.
    pub early: i64,
}

/// A stretch of weeks up to the newest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its first week.
    pub onset: i64,
    /// Earliest start that is nearly as good (within 2 of the best log ratio).
    pub earliest: i64,
    /// Latest such start.
    pub latest: i64,
    /// Seen over expected, capped, (Y + ½)/(M + ½).
    pub ratio: f64,
}

impl Segment {
    pub(crate) fn of(found: &Found, window: &Window, week: i64) -> Self {
        let at = |place: usize| week - i64::from(window.back[place]);
        Self { onset: at(found.start), earliest: at(found.oldest_start), latest: at(found.newest_start), ratio: found.ratio }
    }
}

/// Whose evidence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The series' own.
    Own,
    /// The group's, less the penalty.
    Pool,
}

/// The weight of evidence for a fall, as a natural logarithm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// L from the series' own weeks; [`NO_EVIDENCE`] without a usable segment.
    pub own: f64,
    /// The larger of it and what the pool lends.
    pub combined: f64,
    /// Which of them that is.
    pub source: Source,
    /// The segment it speaks of; none without evidence and in held weeks.
    pub segment: Option<Segment>,
}

impl Evidence {
    pub(crate) fn none() -> Self {
        Self { own: NO_EVIDENCE, combined: NO_EVIDENCE, source: Source::Own, segment: None }
    }

    pub(crate) fn held(own: f64) -> Self {
        Self { own, combined: own, source: Source::Own, segment: None }
    }
}

/// One of the newest four weeks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    /// Its number.
    pub week: i64,
    /// Inspections known.
    pub inspections: i32,
    /// Traffic known.
    pub traffic: i32,
    /// Share of its inspections expected to be known.
    pub completeness: f64,
    /// The same of its traffic.
    pub traffic_completeness: f64,
    /// Inspections expected to be known by now; none if the week is not usable.
    pub expected: Option<f64>,
    /// Final count of inspections.
    pub nowcast: Option<Nowcast>,
}

/// How large the fall is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// Seen over expected since the onset.
    pub ratio: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Usable weeks it rests on.
    pub weeks: u32,
}

impl Size {
    /// Over the weeks from `onset` on; `None` if none of them is usable.
    pub(crate) fn since(onset: i64, week: i64, window: &Window) -> Option<Self> {
        let places = window.count_since(week - onset);
        if places == 0 {
            return None;
        }
        let (seen, expected) = window.sums(0, places);
        let variance = window.variance[..places].iter().sum::<f64>() / places as f64;
        let ratio = (seen + 0.5) / (expected + 0.5);
        let reach = lanes::exp(SIZE_REACH * libm::sqrt(1.0 / (seen + 0.5) + variance));
        Some(Self { ratio, low: ratio / reach, high: ratio * reach, weeks: places as u32 })
    }
}

/// Why there is nothing to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gap {
    /// The week is held.
    Held(Held),
    /// The group has never had an inspections report.
    NoInspections,
}

/// How far the series could be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    /// Not at all.
    Gap(Gap),
    /// There is no level yet.
    Learning,
    /// A fall by half would more likely than not be missed for 26 weeks, or none of the newest 8 weeks is usable.
    Insufficient,
    /// Well enough.
    Sufficient,
}

/// What is out of the ordinary in how a series is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modes {
    /// Effort is judged by itself: no traffic is reported.
    pub unadjusted: bool,
    /// The season has not been seen once around.
    pub unseasoned: bool,
    /// The level is a declared one.
    pub reference: bool,
}

/// What a series is to be called for the week, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Standing {
    /// A condition fires.
    Slip,
    /// Nothing can be seen.
    Gap,
    /// A condition is pending.
    Watch,
    /// A fall could easily be missed.
    Insufficient,
    /// No level yet.
    Learning,
    /// No fall, and one would have been seen.
    Normal,
}

/// What a close says of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesWeek {
    /// Position of the series in its group.
    pub series: usize,
    /// The week that was closed.
    pub week: i64,
    /// Weight of evidence.
    pub evidence: Evidence,
    /// The newest four weeks, newest first.
    pub recent: [Recent; 4],
    /// Size since the condition's onset, or the segment's. At the end of a condition: its last.
    pub size: Option<Size>,
    /// What could have been seen; none without a level or a usable week.
    pub power: Option<Power>,
    /// How far it could be judged.
    pub sight: Sight,
    /// How it was judged.
    pub modes: Modes,
    /// Overdispersion α of the level, 0 without one.
    pub noise: f64,
    /// Factor on the variance for serial correlation, 1 without a level.
    pub inflation: f64,
    /// Usable weeks in the window.
    pub usable_weeks: u32,
    /// Where its life stands after this close.
    pub phase: Phase,
    /// What changed with it.
    pub turn: Option<Turn>,
}

impl SeriesWeek {
    /// The one word for it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match (self.phase, self.sight) {
            (Phase::Firing(_), _) => Standing::Slip,
            (_, Sight::Gap(_)) => Standing::Gap,
            (Phase::Pending { .. }, _) => Standing::Watch,
            (Phase::Quiet, Sight::Insufficient) => Standing::Insufficient,
            (Phase::Quiet, Sight::Learning) => Standing::Learning,
            (Phase::Quiet, Sight::Sufficient) => Standing::Normal,
        }
    }
}

/// One usable week behind the evidence of a series.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeekEvidence {
    /// Its number.
    pub week: i64,
    /// Inspections known.
    pub seen: f64,
    /// Inspections expected to be known by now.
    pub expected: f64,
    /// Share of its inspections expected to be known.
    pub completeness: f64,
    /// Count as it enters the evidence: capped, over the variance factor.
    pub capped: f64,
    /// Expectation as it enters the evidence.
    pub effective: f64,
    /// Part of the best segment's log ratio, at its ratio, that this week brings; 0 outside it.
    pub share: f64,
}
