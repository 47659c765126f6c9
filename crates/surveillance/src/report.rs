//! What a close says: of the group, and of each series, in plain numbers.
//!
//! Nothing here is state and nothing decides; a caller turns it into verdicts, alerts and pages. What must never enter: a date, a
//! name, a text.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::condition::{Phase, Turn};
use crate::finding::{Evidence, PoolShare, Segment, Size, WeekEvidence};
use crate::nowcast::Nowcast;
use crate::power::{Power, Sensitivity};
use crate::series::Series;
use crate::stream::Stream;

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

    /// Whether a silent feed is one by which a series is judged. Traffic that has been given up is missed no more: otherwise
    /// nothing could end after it, and no delay be learnt.
    pub(crate) fn concerns(&self, series: &Series) -> bool {
        self.inspections || (self.traffic && series.is_adjusted())
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
    /// Pooled evidence of effort and of yield, with two series or more; what each series has to do with it stands beside its own.
    pub pooled: [Option<PooledEvidence>; 2],
    /// Counts, over the group's life, known in a week before the one they happened in: a clock is wrong.
    pub early: i64,
}

/// One of the newest four weeks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    /// Its number.
    pub week: i64,
    /// Inspections known.
    pub inspections: i32,
    /// Interdictions known.
    pub interdictions: i32,
    /// Traffic known.
    pub traffic: i32,
    /// Share of its inspections expected to be known.
    pub completeness: f64,
    /// The same of its traffic.
    pub traffic_completeness: f64,
    /// Inspections expected to be known by now; none if the week is not usable for effort.
    pub expected: Option<f64>,
    /// Final count of inspections.
    pub nowcast: Option<Nowcast>,
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

/// What a close says of one stream of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamWeek {
    /// The stream.
    pub stream: Stream,
    /// Whether there is anything to hold its counts against. Without it nothing else is said.
    pub has_level: bool,
    /// Weight of evidence.
    pub evidence: Evidence,
    /// The series' part in the pool's evidence, where there is some.
    pub part: Option<PoolShare>,
    /// Numerator of the closed week that is expected to be known by now; none if the week is not usable.
    pub expected: Option<f64>,
    /// Size since the condition's onset, or the segment's. At the end of a condition: its last.
    pub size: Option<Size>,
    /// Size over the newest 13 usable weeks.
    pub recent: Option<Size>,
    /// What could have been seen, of effort and yield; none without a usable week.
    pub power: Option<Power>,
    /// What its power is computed from: the chance of any other fall within any other time can be asked of it.
    pub sensitivity: Option<Sensitivity>,
    /// Overdispersion α of the level, 0 without one.
    pub noise: f64,
    /// Factor on the variance for serial correlation, 1 without a level; of timeliness the whole of its noise.
    pub inflation: f64,
    /// Usable weeks in the window.
    pub usable_weeks: u32,
    /// Where its condition stands after this close.
    pub phase: Phase,
    /// What changed with it.
    pub turn: Option<Turn>,
    /// The weeks of the segment that it fired or escalated by, newest first, at that close; otherwise none.
    pub weeks: Vec<WeekEvidence>,
}

impl StreamWeek {
    /// Nothing to say.
    pub(crate) const fn blank(stream: Stream) -> Self {
        Self {
            stream,
            has_level: false,
            evidence: Evidence::none(),
            part: None,
            expected: None,
            size: None,
            recent: None,
            power: None,
            sensitivity: None,
            noise: 0.0,
            inflation: 1.0,
            usable_weeks: 0,
            phase: Phase::Quiet,
            turn: None,
            weeks: Vec::new(),
        }
    }

    /// Whether its weight comes from counts that point somewhere, and not from there being too few of them to rule anything out:
    /// to call that a watch would hide that nothing could be seen.
    fn is_telling(&self) -> bool {
        self.evidence.segment.is_some_and(|segment| segment.nats >= TELLING_NATS)
    }
}

/// Log ratio from which counts are said to point somewhere: the one that confirms a member of a pool (§4.1).
const TELLING_NATS: f64 = 1.5;

/// What a close says of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesWeek {
    /// Position of the series in its group.
    pub series: usize,
    /// The week that was closed.
    pub week: i64,
    /// What it says of each stream, in the order of [`Stream::ALL`].
    pub streams: [StreamWeek; 5],
    /// The newest four weeks, newest first.
    pub recent: [Recent; 4],
    /// How far its effort could be judged.
    pub sight: Sight,
    /// How it was judged.
    pub modes: Modes,
}

impl SeriesWeek {
    /// What it says of a stream.
    #[must_use]
    pub const fn stream(&self, stream: Stream) -> &StreamWeek {
        let [effort, yields, timeliness, down, up] = &self.streams;
        match stream {
            Stream::Effort => effort,
            Stream::Yield => yields,
            Stream::Timeliness => timeliness,
            Stream::TrafficDown => down,
            Stream::TrafficUp => up,
        }
    }

    /// The one word for it: the worst that its conditions or the sight of its effort give.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let of_phase = |stream: &StreamWeek| match stream.phase {
            Phase::Firing(_) => Standing::Slip,
            Phase::Pending { .. } if stream.is_telling() => Standing::Watch,
            Phase::Pending { .. } | Phase::Quiet => Standing::Normal,
        };
        let of_sight = match self.sight {
            Sight::Gap(_) => Standing::Gap,
            Sight::Insufficient => Standing::Insufficient,
            Sight::Learning => Standing::Learning,
            Sight::Sufficient => Standing::Normal,
        };
        self.streams.iter().map(of_phase).fold(of_sight, Ord::min)
    }
}
