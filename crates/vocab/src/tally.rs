//! Tallies, notes and facts: what the register tells the stages behind it.
//!
//! Tallies are signed counts and commute; notes and facts are told one by one, in tick order.

use crate::{
    act::Act,
    event::{Circumstance, DefinitionChange, FeedStatus, TargetChange},
    name::{JurisdictionCode, RegimeId, SourceId, Stratum},
    pack::Pack,
    record::RecordId,
    series::{Count, SeriesKey},
    time::{Day, Occurred, Tick},
    watch::{Duty, Incident},
};
use alloc::{sync::Arc, vec::Vec};
use serde::{Deserialize, Serialize};

/// The cell a tally adds to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cell {
    /// Which series.
    pub series: SeriesKey,
    /// Which of its counts.
    pub count: Count,
    /// What sort of act.
    pub stratum: Option<Stratum>,
    /// The civil day of occurrence.
    pub occurred: Day,
    /// The day on which the record was first known.
    pub first_known: Day,
}

/// A signed count in a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The cell.
    pub cell: Cell,
    /// The tick at which this much was known.
    pub known: Tick,
    /// How much.
    pub sum: Sum,
}

/// What a cell sums: acts, for `any` how many measures they served, and for a series in a unit of weight what they weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Acts; none in a series in a unit of weight, as the count has them.
    pub acts: i64,
    /// Σm over acts, m = measures served (`any` only).
    pub measures: i64,
    /// Σm² over acts (`any` only).
    pub measures_squared: i64,
    /// Σw in whole units of the series' unit of account (not where that is the count).
    pub weight: i64,
    /// Σw² over acts, from which the typical consignment is taken (not where the unit is the count).
    pub weight_squared: i128,
}

impl Sum {
    /// Nothing at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.acts == 0 && self.measures == 0 && self.measures_squared == 0 && self.weight == 0 && self.weight_squared == 0
    }
}

impl core::ops::AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.acts += other.acts;
        self.measures += other.measures;
        self.measures_squared += other.measures_squared;
        self.weight += other.weight;
        self.weight_squared += other.weight_squared;
    }
}

/// The signed counts that one task tells another at a tick: together, as they are read together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallies {
    /// The tick at which each of them was known.
    pub known: Tick,
    /// The counts; their order says nothing.
    pub tallies: Vec<Tally>,
}

/// What an assessor is told one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The record it comes from.
    pub record: RecordId,
    /// When.
    pub known: Tick,
    /// The regime.
    pub regime: RegimeId,
    /// One jurisdiction, or all of the regime.
    pub jurisdiction: Option<JurisdictionCode>,
    /// What.
    pub matter: Matter,
}

/// The matter of a note or a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matter {
    /// These rules hold from the next tick, with the bytes they were compiled from: a topic carries those.
    Pack(Arc<Pack>, Arc<[u8]>),
    /// Something that may coincide with figures.
    Circumstance(Circumstance, Occurred),
    /// What is counted changed.
    Definition(DefinitionChange),
    /// A goal moved.
    Target(TargetChange),
    /// A feed says how it is.
    Feed(SourceId, FeedStatus),
    /// A person acted.
    Act(Act),
    /// An event of a type that the pack watches. Its record taken back is told as a withdrawal without series.
    Incident(Incident),
    /// A duty became overdue, or what was told of it has changed. The record is the one that opened it.
    Duty(Duty),
}

impl Matter {
    /// The rules it brings, if it brings some.
    #[must_use]
    pub const fn pack(&self) -> Option<&Arc<Pack>> {
        match self {
            Self::Pack(pack, _) => Some(pack),
            Self::Circumstance(..)
            | Self::Definition(_)
            | Self::Target(_)
            | Self::Feed(..)
            | Self::Act(_)
            | Self::Incident(_)
            | Self::Duty(_) => None,
        }
    }
}

/// What the sentinel is told one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// A matter of the whole regime.
    Told(Note),
    /// A record was corrected or taken back; what it had contributed is gone.
    Withdrawn(Withdrawal),
}

/// A record whose contribution was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The record.
    pub record: RecordId,
    /// The regime it counted in.
    pub regime: RegimeId,
    /// When it was taken back.
    pub known: Tick,
    /// The civil day it had occurred.
    pub occurred: Day,
    /// The series it had counted in.
    pub series: Vec<SeriesKey>,
}

/// A line of the ledger: how many admitted messages of a source became known on a day, and what became of them.
/// Lines are changes: an effective message that is corrected later turns superseded with a line −1 +1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// The feed.
    pub source: SourceId,
    /// The day on which the message concerned became known.
    pub day: Day,
    /// What changed.
    pub change: Ledger,
}

/// Counts of what became of admitted messages: admitted = effective + duplicates + superseded + conflicts + late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The standing version of its record.
    pub effective: i64,
    /// The same revision with the same content again.
    pub duplicates: i64,
    /// Another revision stands.
    pub superseded: i64,
    /// The same revision with other content.
    pub conflicts: i64,
    /// Older than the horizon.
    pub late: i64,
    /// Of the effective: counted in no series, because no pack lists the code, the measure or the type.
    pub unlisted: i64,
}

impl Ledger {
    /// All admitted messages.
    #[must_use]
    pub const fn admitted(&self) -> i64 {
        self.effective + self.duplicates + self.superseded + self.conflicts + self.late
    }
}

impl core::ops::AddAssign for Ledger {
    fn add_assign(&mut self, other: Self) {
        self.effective += other.effective;
        self.duplicates += other.duplicates;
        self.superseded += other.superseded;
        self.conflicts += other.conflicts;
        self.late += other.late;
        self.unlisted += other.unlisted;
    }
}
