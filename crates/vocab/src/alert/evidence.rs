//! What a transition rests on: the streams of the series as they were, how sure it is, and what it was not.
//!
//! Kept whole with the transition, so that it can be explained when every figure has moved on. What must never enter: a sentence.

use crate::{
    alert::Look,
    assessment::{Diagnosis, Erosion, Interval, Kind, MixShift, Modes, Onset, Power, Stream, StreamAssessment},
    time::Week,
    watch::Watched,
};
use alloc::{boxed::Box, vec::Vec};
use serde::{Deserialize, Serialize};

/// What a transition rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The week that closed.
    pub week: Week,
    /// Counts of that week, as known then: inspections, interdictions, exposure.
    pub seen: [i64; 3],
    /// Share of that week's inspections expected to be known by then.
    pub completeness: Option<f64>,
    /// The streams of the series that had a level, in their order.
    pub streams: Vec<StreamAssessment>,
    /// The stream that leads: whose evidence, onset and size stand for the alert. None where no stream does.
    pub stream: Option<Stream>,
    /// How sure it is.
    pub grade: Grade,
    /// What it was not, and what decided that.
    pub ruled_out: Vec<RuledOut>,
    /// What the streams came to together.
    pub diagnosis: Diagnosis,
    /// What the effort of the series could have shown.
    pub power: Power,
    /// What to keep in mind.
    pub modes: Modes,
    /// What was seen over years or across places, or which facts, where the rule rests on that.
    pub long: Option<Box<LongView>>,
}

impl Evidence {
    /// The stream that leads.
    #[must_use]
    pub fn leading(&self) -> Option<&StreamAssessment> {
        let leading = self.stream?;
        self.streams.iter().find(|one| one.stream == leading)
    }

    /// What was counted of the leading stream in the week: inspections, interdictions or exposure. None for timeliness, whose late
    /// arrivals are no count of the week.
    #[must_use]
    pub fn numerator(&self) -> Option<i64> {
        let [inspections, interdictions, exposure] = self.seen;
        match self.stream? {
            Stream::Effort => Some(inspections),
            Stream::Yield => Some(interdictions),
            Stream::Timeliness => None,
            Stream::ExposureDown | Stream::ExposureUp => Some(exposure),
        }
    }

    /// When the change of the leading stream began.
    #[must_use]
    pub fn onset(&self) -> Option<Onset> {
        self.leading().and_then(|leading| leading.onset)
    }

    /// Observed over expected of the leading stream since then.
    #[must_use]
    pub fn size(&self) -> Option<Interval> {
        self.leading().and_then(|leading| leading.size)
    }

    /// Weight of evidence of the leading stream, nats.
    #[must_use]
    pub fn evidence_nats(&self) -> Option<f64> {
        self.leading().and_then(|leading| leading.evidence_nats)
    }
}

/// What a rule rests on that is no stream of a week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LongView {
    /// The newest year against the frozen reference.
    Erosion(Erosion),
    /// A change of what is counted.
    Mix(MixShift),
    /// A look at an intervention.
    Look(Look),
    /// Facts that a rule of the pack watches.
    Watched(Watched),
}

/// How sure a series is of its own alert (`detection.md` §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grade {
    /// By its own evidence.
    Confirmed,
    /// By the jurisdiction's, with which it agrees.
    Suspected,
}

impl Grade {
    /// The word used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Suspected => "suspected",
        }
    }
}

/// A kind that it was not, or that could not be told, with the number that decided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuledOut {
    /// The kind.
    pub kind: Kind,
    /// Why not.
    pub reason: Reason,
    /// The stream the number is of, where it is of one.
    pub stream: Option<Stream>,
    /// The number found; none where there was nothing to measure.
    pub found: Option<f64>,
    /// The number it was held against.
    pub bound: Option<f64>,
}

/// Why a kind was ruled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// The stream has too little evidence, nats.
    LittleEvidence,
    /// The stream has less evidence than the leading one, nats.
    LessEvidence,
    /// The ratio of the stream is too near to 1.
    NearOne,
    /// What effort lost and exposure gained do not balance: the product of their ratios.
    Unbalanced,
    /// The stream changed at another time than effort, weeks apart.
    OtherOnset,
    /// The change is too old to be late reports alone, weeks since its onset.
    TooOld,
    /// No neighbour is declared.
    NoNeighbour,
    /// No declared neighbour lost exposure: the largest evidence found there, nats.
    NeighboursHold,
    /// No exposure is reported: it cannot be told.
    Unadjusted,
    /// A slippage condition fires.
    SlippageFires,
    /// Reports arrive: the share of the week that is known.
    ReportsArrive,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::LittleEvidence,
        Self::LessEvidence,
        Self::NearOne,
        Self::Unbalanced,
        Self::OtherOnset,
        Self::TooOld,
        Self::NoNeighbour,
        Self::NeighboursHold,
        Self::Unadjusted,
        Self::SlippageFires,
        Self::ReportsArrive,
    ];

    /// The word used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LittleEvidence => "little_evidence",
            Self::LessEvidence => "less_evidence",
            Self::NearOne => "near_one",
            Self::Unbalanced => "unbalanced",
            Self::OtherOnset => "other_onset",
            Self::TooOld => "too_old",
            Self::NoNeighbour => "no_neighbour",
            Self::NeighboursHold => "neighbours_hold",
            Self::Unadjusted => "unadjusted",
            Self::SlippageFires => "slippage_fires",
            Self::ReportsArrive => "reports_arrive",
        }
    }
}
