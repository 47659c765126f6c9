//! Looks at interventions: what their neighbours did as the treated places changed (`detection.md` §6.7).
//!
//! Every look is told, also one that finds nothing or cannot be taken: looks are few, and each is a chance of a false alert. What must
//! never enter: a cause; a look that the pack did not declare.

use crate::{
    assessment::Interval,
    name::{JurisdictionCode, Label},
    series::SeriesKey,
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// One look at one intervention, for one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// The intervention.
    pub label: Label,
    /// The series it stands for: the measure, in the first treated jurisdiction.
    pub series: SeriesKey,
    /// Weeks after the intervention that are in the counts.
    pub after_weeks: u16,
    /// Counts of all treated jurisdictions, before and after.
    pub treated: [u64; 2],
    /// Of all neighbours.
    pub neighbours: [u64; 2],
    /// Of all controls.
    pub controls: [u64; 2],
    /// The quotient with its 95 % interval: −1 if all of what left the treated places came to their neighbours. None while the change
    /// of the treated cannot be told from none.
    pub quotient: Option<Interval>,
    /// Jurisdictions whose counts are not known from the first day on; with one of them there is no quotient.
    pub missing: Vec<JurisdictionCode>,
    /// What it comes to.
    pub found: LookFound,
}

impl Eq for Look {}

/// What a look at an intervention comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LookFound {
    /// As the treated fell, the neighbours rose.
    Displaced,
    /// Not so.
    NotDisplaced,
    /// It cannot be told.
    Unknown,
}

impl LookFound {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Displaced, Self::NotDisplaced, Self::Unknown];

    /// The word used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Displaced => "displaced",
            Self::NotDisplaced => "not_displaced",
            Self::Unknown => "unknown",
        }
    }
}
