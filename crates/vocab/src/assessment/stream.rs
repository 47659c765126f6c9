//! Streams: one ratio of a series and its side, and what it says at the close of a week.
//!
//! Every figure is the detector's as computed; an absent one was not computed, and stands for no value. What must never enter: a
//! threshold, a text, what several streams come to together.

use crate::time::Week;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// One ratio of a series and the side on which it is watched (`detection.md` §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stream {
    /// Inspections over exposure, falling.
    Effort,
    /// Interdictions over inspections, falling.
    Yield,
    /// Late arrivals of inspections over those expected, rising.
    Timeliness,
    /// Exposure, falling.
    ExposureDown,
    /// Exposure, rising.
    ExposureUp,
}

impl Stream {
    /// All five, in the order in which they are computed and told.
    pub const ALL: [Self; 5] = [Self::Effort, Self::Yield, Self::Timeliness, Self::ExposureDown, Self::ExposureUp];

    /// The word used in labels and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Effort => "effort",
            Self::Yield => "yield",
            Self::Timeliness => "timeliness",
            Self::ExposureDown => "exposure_down",
            Self::ExposureUp => "exposure_up",
        }
    }
}

/// What one stream of a series says at the close of a week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamAssessment {
    /// Which.
    pub stream: Stream,
    /// The state of its condition; exposure has none and stays quiet.
    pub phase: ConditionPhase,
    /// What the condition did at this close.
    pub turn: Option<Turn>,
    /// The numerator expected to be known by now for the week that closed.
    pub expected: Option<Interval>,
    /// Combined weight of evidence, nats; absent when there is none.
    pub evidence_nats: Option<f64>,
    /// The series' own part of it.
    pub own_evidence_nats: Option<f64>,
    /// Whose evidence the combined one is.
    pub by: EvidenceOf,
    /// The week the change began, with the range of weeks it may have begun.
    pub onset: Option<Onset>,
    /// Observed over expected since the onset, with its interval.
    pub size: Option<Interval>,
    /// Observed over expected of the newest 13 usable weeks, with a plain 95 % interval: no onset was chosen for it.
    pub recent: Option<Interval>,
    /// What a quiet stream is worth; of effort and yield.
    pub power: Option<Power>,
    /// The weeks of the best segment, oldest first: at a close at which the condition fires or escalates, else empty.
    pub shares: Vec<WeekShare>,
}

impl StreamAssessment {
    /// Which way the newest weeks moved.
    #[must_use]
    pub fn direction(&self) -> Direction {
        Direction::of(self.recent.as_ref())
    }
}

/// What one week brings to the evidence of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeekShare {
    /// The week.
    pub week: Week,
    /// The numerator, as known now.
    pub seen: f64,
    /// The numerator expected to be known by now.
    pub expected: f64,
    /// Its part of the best segment's log ratio, nats; negative where it speaks against a change.
    pub nats: f64,
}

/// Which way a stream moved against what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// The interval lies wholly below 1.
    Fell,
    /// 1 lies within it.
    Steady,
    /// It lies wholly above 1.
    Rose,
    /// There is no interval.
    Unknown,
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Fell, Self::Steady, Self::Rose, Self::Unknown];

    /// Read from observed over expected.
    #[must_use]
    pub fn of(ratio: Option<&Interval>) -> Self {
        match ratio {
            None => Self::Unknown,
            Some(ratio) if ratio.high < 1.0 => Self::Fell,
            Some(ratio) if ratio.low > 1.0 => Self::Rose,
            Some(_) => Self::Steady,
        }
    }

    /// The word used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fell => "fell",
            Self::Steady => "steady",
            Self::Rose => "rose",
            Self::Unknown => "unknown",
        }
    }
}

/// An estimate with an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// When a change began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onset {
    /// Start of the best segment.
    pub week: Week,
    /// Earliest start nearly as good (within 2 nats).
    pub earliest: Week,
    /// Latest start nearly as good.
    pub latest: Week,
}

/// Whose evidence carries a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EvidenceOf {
    /// The series' own.
    Own,
    /// The jurisdiction's, with the series agreeing.
    Pool,
}

/// The chance that a given fall would have been seen by the series' own evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// Probability that a fall by half is seen within 26 weeks.
    pub half_in_26_weeks: f64,
    /// The smallest fall seen within 13 weeks at least every other time, as a share.
    pub smallest_fall_in_13_weeks: Option<f64>,
    /// Weeks until a fall by half is seen at least every other time.
    pub weeks_for_half: Option<u16>,
    /// Weeks until a fall by 30 % is seen with a probability of four fifths.
    pub weeks_for_30_percent: Option<u16>,
}

impl Power {
    /// Of a series without a level or a usable week, and of what is no series: no fall would have been seen.
    pub const NONE: Self =
        Self { half_in_26_weeks: 0.0, smallest_fall_in_13_weeks: None, weeks_for_half: None, weeks_for_30_percent: None };
}

/// The state of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConditionPhase {
    /// Nothing.
    Quiet,
    /// Evidence is building; never paged.
    Pending,
    /// The threshold is passed.
    Firing,
}

/// What a condition did at a close, or by an act.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Turn {
    /// Evidence began to build.
    Pended,
    /// It went away again.
    Calmed,
    /// It fires.
    Fired(FiredBy),
    /// The change became deeper.
    Escalated(FiredBy),
    /// Late evidence undid it.
    Recalled,
    /// It ended in this week.
    Recovered(Week),
    /// The evidence faded.
    Faded,
}

/// What made a condition fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FiredBy {
    /// Its own evidence passed the threshold.
    Evidence,
    /// The jurisdiction's evidence did, and it agrees: suspected rather than confirmed.
    Pool,
    /// A fall so deep that nobody should wait.
    Collapse,
    /// A year's level against the frozen reference: the fall is long and slow (`detection.md` §6.1).
    Erosion,
    /// A quotient of growth next door to growth here.
    Quotient,
    /// A fact that a rule of the pack watches.
    Fact,
}
