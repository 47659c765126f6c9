//! What several streams come to together: the kind of an alert, and the diagnosis of a week.
//!
//! Independent pressure (prices, dark activity, mirror trade) is never known here, so a diagnosis that would need it names both
//! readings. What must never enter: the rule that decides between them; a cause.

use serde::{Deserialize, Serialize};

/// What sort of slippage or notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Fewer inspections at given exposure.
    Effort,
    /// Fewer interdictions per inspection.
    Yield,
    /// Reports come later than they used to.
    Timeliness,
    /// Effort fell here while exposure rose here and fell next door.
    Displacement,
    /// Exposure fell and no slippage is seen (a notice).
    Deterrence,
    /// A source stopped reporting (a notice).
    Reporting,
    /// Effort of a year lies below the frozen reference.
    Erosion,
    /// What is counted changed its composition or its meaning (a notice).
    Definition,
    /// Something happened that the pack watches for, or a duty is overdue.
    Incident,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Effort,
        Self::Yield,
        Self::Timeliness,
        Self::Displacement,
        Self::Deterrence,
        Self::Reporting,
        Self::Erosion,
        Self::Definition,
        Self::Incident,
    ];

    /// The word used in labels and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Effort => "effort",
            Self::Yield => "yield",
            Self::Timeliness => "timeliness",
            Self::Displacement => "displacement",
            Self::Deterrence => "deterrence",
            Self::Reporting => "reporting",
            Self::Erosion => "erosion",
            Self::Definition => "definition",
            Self::Incident => "incident",
        }
    }

    /// Whether it is slippage found by the weekly evidence: effort, yield, timeliness or displacement.
    #[must_use]
    pub const fn is_slippage(self) -> bool {
        match self {
            Self::Effort | Self::Yield | Self::Timeliness | Self::Displacement => true,
            Self::Deterrence | Self::Reporting | Self::Erosion | Self::Definition | Self::Incident => false,
        }
    }
}

/// What the streams of a series come to together: the rows of `domain.md` §4.4 that can be reached without knowing pressure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Diagnosis {
    /// Effort fell and yield did not move.
    Slippage,
    /// Effort fell and yield rose: whether volume is the obligation has to be asked.
    NarrowerTargeting,
    /// Effort fell and yield fell.
    LossOfQuality,
    /// Reports come later than they used to.
    LateReports,
    /// Reports do not come: nothing is said of effort.
    ReportingGap,
    /// Yield and exposure fell while effort held: fewer attempts, or fewer goods.
    DeterrenceOrSupply,
    /// Yield rose while effort held: outcomes or rules changed.
    OutcomeChange,
    /// Effort rose and yield fell.
    DilutedEffort,
    /// Exposure fell, and effort per exposure held.
    ExposureFell,
    /// A fall could easily be missed.
    Insufficient,
    /// There is no level yet.
    Learning,
    /// As expected.
    Steady,
    /// Yield fell while effort and exposure held: evasion, or quality.
    YieldFell,
}

impl Diagnosis {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Slippage,
        Self::NarrowerTargeting,
        Self::LossOfQuality,
        Self::LateReports,
        Self::ReportingGap,
        Self::DeterrenceOrSupply,
        Self::OutcomeChange,
        Self::DilutedEffort,
        Self::ExposureFell,
        Self::Insufficient,
        Self::Learning,
        Self::Steady,
        Self::YieldFell,
    ];

    /// The word used in labels and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slippage => "slippage",
            Self::NarrowerTargeting => "narrower_targeting",
            Self::LossOfQuality => "loss_of_quality",
            Self::LateReports => "late_reports",
            Self::ReportingGap => "reporting_gap",
            Self::DeterrenceOrSupply => "deterrence_or_supply",
            Self::OutcomeChange => "outcome_change",
            Self::DilutedEffort => "diluted_effort",
            Self::ExposureFell => "exposure_fell",
            Self::Insufficient => "insufficient",
            Self::Learning => "learning",
            Self::Steady => "steady",
            Self::YieldFell => "yield_fell",
        }
    }
}
