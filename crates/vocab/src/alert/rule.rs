//! Rules: what an alert claims, and so what tells two alerts of one series apart.
//!
//! The kind of slippage is no part of it: it may change while the claim stands. What must never enter: a threshold.

use crate::series::Count;
use serde::{Deserialize, Serialize};

/// The rule that an alert rests on: with the series it is the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// Enforcement of a series slips: its open conditions of effort, yield and timeliness, seen together.
    Slippage,
    /// Reports of a count have stopped across a jurisdiction; its subject is the series `any` (a notice).
    ReportingSilence(Count),
    /// Exposure of a series fell and no slippage is seen (a notice).
    Deterrence,
    /// Effort of a year lies below the frozen reference.
    EffortErosion,
    /// The mix of what is counted changed (a notice).
    DefinitionBreak,
    /// Effort moved next door rather than away.
    DisplacementQuotient,
    /// A rule of the pack on facts; which one, says the evidence.
    Watch,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Slippage,
        Self::ReportingSilence(Count::Inspections),
        Self::ReportingSilence(Count::Interdictions),
        Self::ReportingSilence(Count::Exposure),
        Self::Deterrence,
        Self::EffortErosion,
        Self::DefinitionBreak,
        Self::DisplacementQuotient,
        Self::Watch,
    ];

    /// The word used in claims, labels and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slippage => "slippage",
            Self::ReportingSilence(Count::Inspections) => "reporting-silence-inspections",
            Self::ReportingSilence(Count::Interdictions) => "reporting-silence-interdictions",
            Self::ReportingSilence(Count::Exposure) => "reporting-silence-exposure",
            Self::Deterrence => "deterrence",
            Self::EffortErosion => "effort-erosion",
            Self::DefinitionBreak => "definition-break",
            Self::DisplacementQuotient => "displacement-quotient",
            Self::Watch => "watch",
        }
    }
}
