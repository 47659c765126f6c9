//! What no pack lists: acts that name a code, a measure or a type for which no rules hold. They are counted with the raw code
//! and change no figure, until a pack lists it.
//!
//! Must never enter: the decision what is listed (the register's), a guess at what a code might have meant.

use crate::name::{Label, RegimeId};
use serde::{Deserialize, Serialize};

/// Acts of one tick that name something no pack in force lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlisted {
    /// The regime they name.
    pub regime: RegimeId,
    /// What of them is not listed.
    pub what: What,
    /// The raw code; `(none)` where none is given, `month` or `interval` for a precision.
    pub code: Label,
    /// How many acts; at least 1.
    pub count: u64,
}

/// What of an event is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum What {
    /// No pack of its regime holds.
    Regime,
    /// The jurisdiction, or none is named.
    Jurisdiction,
    /// A measure, or none is named.
    Measure,
    /// A measure is listed and was not in force on the day of occurrence.
    Lapsed,
    /// The type belongs to a later version, or a pack came without its meaning.
    Type,
    /// It is known to the month, or to more than a week, only: never binned into weeks.
    Precision,
}

impl What {
    /// Every value, in the order of the contract.
    pub const ALL: [Self; 6] = [Self::Regime, Self::Jurisdiction, Self::Measure, Self::Lapsed, Self::Type, Self::Precision];

    /// The word used in labels and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Regime => "regime",
            Self::Jurisdiction => "jurisdiction",
            Self::Measure => "measure",
            Self::Lapsed => "lapsed",
            Self::Type => "type",
            Self::Precision => "precision",
        }
    }
}
