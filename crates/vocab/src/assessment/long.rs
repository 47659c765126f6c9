//! What is seen over years and across places: long erosion, a change in the mix of what is counted, growth around an intervention.
//!
//! Each is said beside the weekly judgement of a series and changes none of it. What must never enter: a threshold, a cause, one
//! figure made of several.

use super::Interval;
use crate::{
    name::{Label, MeasureId, Stratum},
    pack::Part,
    time::Week,
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The newest year of a series against the frozen reference of its pack (`detection.md` §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Erosion {
    /// Where it stands.
    pub state: ErosionState,
    /// What changed at this close.
    pub turn: Option<ErosionTurn>,
    /// Level of the newest year over that of the reference, with its 95 % interval, at the newest comparison.
    pub ratio: Option<Interval>,
    /// The reference as it was frozen; none before, or when its weeks were not counted.
    pub reference: Option<LongLevel>,
    /// The newest year at the newest comparison.
    pub newest: Option<LongLevel>,
    /// Changes of the reference's counts that were told after it was frozen, in acts. They move nothing.
    pub late_acts: u64,
}

/// The level of a window of a year or more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LongLevel {
    /// The first week of it that was used.
    pub first: Week,
    /// The last.
    pub last: Week,
    /// How many weeks were used: neither outages nor silences.
    pub weeks: u32,
    /// Inspections of the strata that count as effort.
    pub inspections: u64,
    /// What they are set against: exposure, or weeks where none is reported; of the newest weeks the share known by then.
    pub exposure: f64,
}

/// Where long erosion of a series stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ErosionState {
    /// Of the reference fewer than 52 weeks were counted while they passed, or nothing was reported in it: nothing can be said.
    Unseen,
    /// The reference, or a year after it, is not whole yet.
    Gathering,
    /// No erosion.
    Steady,
    /// The year lies below the reference.
    Warning,
    /// It lies far below it.
    Critical,
}

impl ErosionState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Unseen, Self::Gathering, Self::Steady, Self::Warning, Self::Critical];

    /// The word used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unseen => "unseen",
            Self::Gathering => "gathering",
            Self::Steady => "steady",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What a comparison with the reference changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ErosionTurn {
    /// A warning begins.
    Warned,
    /// It becomes critical, or begins so.
    Critical,
    /// It ends.
    Ended,
}

/// A change in how the inspections of a series are made up (`detection.md` §4.8): it stands until a person sets the level anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixShift {
    /// The week at whose close it was seen.
    pub seen: Week,
    /// The stratum whose share rose most clearly, or else fell; none for acts without one.
    pub stratum: Option<Stratum>,
    /// Its share of the newest 13 weeks then, 0 to 1.
    pub now: f64,
    /// Its share of the 52 weeks before them.
    pub before: f64,
    /// The difference over its standard error.
    pub z: f64,
    /// All inspections a week of the newest 13 over those of the 52 weeks before.
    pub total_ratio: f64,
}

/// What a jurisdiction counted around an intervention, at the close of a look at it (`detection.md` §6.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Around {
    /// The intervention.
    pub label: Label,
    /// The part the jurisdiction has in it.
    pub part: Part,
    /// Weeks after it that are in the counts.
    pub after_weeks: u16,
    /// By measure, sorted; a measure without a count has none.
    pub counts: Vec<BeforeAfter>,
}

/// Counts of a measure before and after an intervention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeforeAfter {
    /// The measure.
    pub measure: MeasureId,
    /// Counts of the weeks before.
    pub before: u64,
    /// Counts of the weeks after.
    pub after: u64,
}
