//! Series: the judged unit. A measure (or `any`) in one jurisdiction of one regime, in one unit of account.

use crate::{
    name::{JurisdictionCode, MeasureId, RegimeId},
    quantity::Unit,
};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Which of the three counts of a series a report adds to (`I`, `H`, `X`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Count {
    /// I: inspections done.
    Inspections,
    /// H: interdictions, seizures, detentions: what inspections led to.
    Interdictions,
    /// X: what could be inspected.
    Exposure,
}

impl Count {
    /// All three, in the fixed order in which figures are computed.
    pub const ALL: [Self; 3] = [Self::Inspections, Self::Interdictions, Self::Exposure];

    /// The word used in keys and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inspections => "inspections",
            Self::Interdictions => "interdictions",
            Self::Exposure => "exposure",
        }
    }
}

/// A measure, or all acts of a jurisdiction counted once however many measures they serve.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MeasureKey {
    /// Every act once: used for totals and to weigh pooled evidence, never judged itself.
    Any,
    /// One measure.
    One(MeasureId),
}

impl fmt::Display for MeasureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::One(measure) => measure.fmt(f),
        }
    }
}

/// The key of a series. Ordered by regime, jurisdiction, measure, unit: the order in which figures are computed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeriesKey {
    /// The regime it belongs to.
    pub regime: RegimeId,
    /// Where.
    pub jurisdiction: JurisdictionCode,
    /// Which measure, or `any`.
    pub measure: MeasureKey,
    /// In what unit of account.
    pub unit: Unit,
}

impl fmt::Display for SeriesKey {
    /// `KR/2397/9`, with the unit behind `#` when it is not a count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.jurisdiction, self.measure)?;
        if self.unit == Unit::Count { Ok(()) } else { write!(f, "#{}", self.unit) }
    }
}
