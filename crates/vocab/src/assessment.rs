//! Assessments: what one jurisdiction's figures say for a closed week, as known on the day it closed.
//!
//! Counts are integers, statistics are the detector's reals as computed. Nothing here decides; nothing here is a composite. The
//! figures of one stream stand in `stream`, what they come to together in `diagnosis`. What must never enter: an alert.

mod diagnosis;
mod stream;

pub use diagnosis::{Diagnosis, Kind};
pub use stream::{ConditionPhase, Direction, EvidenceOf, FiredBy, Interval, Onset, Power, Stream, StreamAssessment, Turn, WeekShare};

mod long;

pub use long::{Around, BeforeAfter, Erosion, ErosionState, ErosionTurn, LongLevel, MixShift};

use crate::{
    name::{JurisdictionCode, RegimeId},
    quantity::Unit,
    record::{AssessmentId, PackHash},
    series::{Count, MeasureKey, SeriesKey},
    time::{Day, Week},
};
use alloc::{boxed::Box, vec::Vec};
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
    /// The jurisdiction's evidence as a whole, by stream (effort before yield), where two or more series are pooled.
    pub pooled: Vec<PooledEvidence>,
    /// Every series, in key order.
    pub series: Vec<SeriesAssessment>,
    /// Counts around interventions, at the closes at which they are looked at.
    pub around: Vec<Around>,
}

impl Eq for Assessment {}

impl Assessment {
    /// The key of one of its series.
    #[must_use]
    pub fn key(&self, series: &SeriesAssessment) -> SeriesKey {
        SeriesKey {
            regime: self.regime.clone(),
            jurisdiction: self.jurisdiction.clone(),
            measure: series.measure.clone(),
            unit: series.unit,
        }
    }
}

/// Why a week is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Hold {
    /// No reports come.
    Silence,
    /// Reports have resumed; the backlog is still coming in.
    Backlog,
}

/// Evidence of a jurisdiction as a whole, in one stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PooledEvidence {
    /// Effort or yield.
    pub stream: Stream,
    /// Weight of evidence for a fall, nats.
    pub evidence_nats: f64,
    /// The week the best segment began.
    pub onset: Option<Week>,
    /// Observed over expected in it.
    pub ratio: f64,
    /// The sharing factor that weighed the pool, 0 to 1.
    pub sharing: f64,
    /// What each member says of it, in key order: at closes at which a condition of this stream is pending or fires anywhere in
    /// the jurisdiction, else empty.
    pub members: Vec<PoolShare>,
}

/// What one member says of the pool's best segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoolShare {
    /// The measure.
    pub measure: MeasureKey,
    /// The unit of account.
    pub unit: Unit,
    /// The member's own observed over expected in the segment.
    pub ratio: f64,
    /// Its own log ratio at the pool's effect, nats: above 1.5 it bears the fall out by itself (`detection.md` §4.1).
    pub nats: f64,
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

/// What one series says at the close of a week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesAssessment {
    /// The measure.
    pub measure: MeasureKey,
    /// The unit of account.
    pub unit: Unit,
    /// The judgement.
    pub verdict: Verdict,
    /// Standing counts of the week that closed, as known now: inspections, interdictions, exposure.
    pub seen: [i64; 3],
    /// Share of that week's inspections expected to be known by now, 0 to 1.
    pub completeness: Option<f64>,
    /// Estimate of that week's final count of inspections.
    pub nowcast: Option<Interval>,
    /// The streams that have a level, in their order.
    pub streams: Vec<StreamAssessment>,
    /// What the streams come to together.
    pub diagnosis: Diagnosis,
    /// What a quiet verdict on effort is worth.
    pub power: Power,
    /// What to keep in mind when reading it.
    pub modes: Modes,
    /// The newest year against the frozen reference, where the pack declares one.
    pub erosion: Option<Box<Erosion>>,
    /// A change of what it is made up of, while it stands.
    pub mix: Option<Box<MixShift>>,
    /// Of a series in a unit of weight, once it is fixed: the typical consignment Σw²/Σw of its reference, in that unit. The series
    /// is judged as counts of such consignments (`detection.md` §4.8).
    pub consignment: Option<f64>,
}

impl SeriesAssessment {
    /// One stream; none while it has no level.
    #[must_use]
    pub fn stream(&self, stream: Stream) -> Option<&StreamAssessment> {
        self.streams.iter().find(|one| one.stream == stream)
    }
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
    /// The series of the same acts by weight is steady, and a fall by half of it would have been seen in 13 weeks.
    WeighedSteady = 256,
}

impl Mode {
    /// Every mode with its word.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Unadjusted, "unadjusted"),
        (Self::Unseasoned, "unseasoned"),
        (Self::DeclaredReference, "declared_reference"),
        (Self::DefinitionBreak, "definition_break"),
        (Self::OutageDeclared, "outage_declared"),
        (Self::Backfill, "backfill"),
        (Self::NeverReported, "never_reported"),
        (Self::Coincides, "coincides"),
        (Self::WeighedSteady, "weighed_steady"),
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
