//! Assessments: what one jurisdiction's figures say for a closed week, as known on the day it closed.
//!
//! Counts are integers, statistics are the detector's reals as computed. Nothing here decides; nothing here is a composite.

use crate::{
    name::{JurisdictionCode, RegimeId},
    quantity::Unit,
    record::{AssessmentId, PackHash},
    series::{Count, MeasureKey},
    time::{Day, Week},
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The assessment of a jurisdiction for a week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Its identity: (regime, jurisdiction, day).
    pub id: AssessmentId,
    /// The regime.
    pub regime: RegimeId,
    /// The jurisdiction.
    pub jurisdiction: JurisdictionCode,
    /// The week that closed.
    pub week: Week,
    /// The day with whose end it closed: figures are as known then.
    pub day: Day,
    /// Version of the judgement.
    pub judgement: u32,
    /// The pack in force.
    pub pack: PackHash,
    /// Counts whose reports have fallen silent across the jurisdiction.
    pub silent: Vec<Count>,
    /// Whether the week is held: no condition moves.
    pub held: Option<Hold>,
    /// The jurisdiction's evidence as a whole, where two or more series are pooled.
    pub pooled: Option<PooledEvidence>,
    /// Every series, in key order.
    pub series: Vec<SeriesAssessment>,
}

impl Eq for Assessment {}

/// Why a week is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Hold {
    /// No reports come.
    Silence,
    /// Reports have resumed; the backlog is still coming in.
    Backlog,
}

/// Evidence of a jurisdiction as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PooledEvidence {
    /// Weight of evidence for a fall, nats.
    pub evidence_nats: f64,
    /// The week the best segment began.
    pub onset: Option<Week>,
    /// Observed over expected in it.
    pub ratio: f64,
    /// The sharing factor that weighed the pool, 0 to 1.
    pub sharing: f64,
}

/// Judgement of one series for a week, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// A condition fires.
    Slip,
    /// Held by a silence, or nothing is reported at all.
    Gap,
    /// Evidence is building.
    Watch,
    /// Even half the effort missing would not be seen.
    Insufficient,
    /// No baseline yet.
    Learning,
    /// As expected.
    Normal,
}

impl Verdict {
    /// All of them, worst first.
    pub const ALL: [Self; 6] = [Self::Slip, Self::Gap, Self::Watch, Self::Insufficient, Self::Learning, Self::Normal];

    /// The word used in labels and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slip => "slip",
            Self::Gap => "gap",
            Self::Watch => "watch",
            Self::Insufficient => "insufficient",
            Self::Learning => "learning",
            Self::Normal => "normal",
        }
    }
}

/// What sort of slippage or notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Fewer inspections at given exposure.
    Effort,
    /// A source stopped reporting (a notice).
    Reporting,
}

impl Kind {
    /// The word used in labels and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Effort => "effort",
            Self::Reporting => "reporting",
        }
    }
}

/// What one series says at the close of a week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesAssessment {
    /// The measure.
    pub measure: MeasureKey,
    /// The unit of account.
    pub unit: Unit,
    /// The judgement.
    pub verdict: Verdict,
    /// The state of the effort condition.
    pub phase: ConditionPhase,
    /// What the condition did at this close.
    pub turn: Option<Turn>,
    /// Standing counts of the week that closed, as known now: inspections, interdictions, exposure.
    pub seen: [i64; 3],
    /// Share of that week's inspections expected to be known by now, 0 to 1.
    pub completeness: Option<f64>,
    /// Estimate of that week's final count.
    pub nowcast: Option<Interval>,
    /// Inspections expected to be known by now for that week, given exposure and season.
    pub expected: Option<Interval>,
    /// Combined weight of evidence for a fall of effort, nats; absent when there is none.
    pub evidence_nats: Option<f64>,
    /// The series' own part of it.
    pub own_evidence_nats: Option<f64>,
    /// Whose evidence the combined one is.
    pub by: EvidenceOf,
    /// The week the fall began, with the range of weeks it may have begun.
    pub onset: Option<Onset>,
    /// Observed over expected since the onset, with its interval.
    pub size: Option<Interval>,
    /// What a quiet verdict is worth.
    pub power: Power,
    /// What to keep in mind when reading it.
    pub modes: Modes,
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

/// When a fall began.
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
}

/// What to keep in mind when reading an assessment. A set of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Modes(pub u16);

/// One flag of [`Modes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum Mode {
    /// No exposure is reported: deterrence and displacement cannot be told apart from slippage.
    Unadjusted = 1,
    /// Less than a year is learned.
    Unseasoned = 2,
    /// Judged against a declared reference window.
    DeclaredReference = 4,
    /// The definition changed and nobody has re-based yet.
    DefinitionBreak = 8,
    /// An outage is declared for recent weeks.
    OutageDeclared = 16,
    /// A feed is being backfilled.
    Backfill = 32,
    /// Nothing was ever reported.
    NeverReported = 64,
    /// Something on record coincides with recent weeks.
    Coincides = 128,
}

impl Mode {
    /// Every mode with its word.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Unadjusted, "unadjusted"),
        (Self::Unseasoned, "unseasoned"),
        (Self::DeclaredReference, "declared_reference"),
        (Self::DefinitionBreak, "definition_break"),
        (Self::OutageDeclared, "outage_declared"),
        (Self::Backfill, "backfill"),
        (Self::NeverReported, "never_reported"),
        (Self::Coincides, "coincides"),
    ];
}

impl Modes {
    /// Adds a mode.
    pub const fn raise(&mut self, mode: Mode) {
        self.0 |= mode as u16;
    }
    /// Whether a mode holds.
    #[must_use]
    pub const fn has(self, mode: Mode) -> bool {
        self.0 & mode as u16 != 0
    }
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
    /// The fall became deeper.
    Escalated(FiredBy),
    /// Late evidence undid it.
    Recalled,
    /// The fall ended in this week.
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
}
