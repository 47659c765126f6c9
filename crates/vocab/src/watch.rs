//! Watch rules and duties: what a pack wants told one by one, and what an alert of such a rule rests on.
//!
//! A rule looks at facts, by the tick: an event of a type it names, or a duty of a case that is overdue. Here are its words and
//! the facts; what must never enter: whether a rule matches, when an alert ends, a sentence.

use crate::{
    event::Selector,
    name::{CaseName, EventTypeName, Label, MeasureId, SourceId, SourceRecordId, Stratum},
    pack::Severity,
    record::RecordId,
    time::{Day, Tick},
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A rule of a pack on facts: what it looks at opens an alert at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchRule {
    /// Its name, part of the claim: small letters, digits and hyphens.
    pub name: Label,
    /// What it looks at.
    pub watches: Watches,
    /// Of which jurisdiction and measure; empty means all.
    pub of: Selector,
    /// Of which stratum; none means all.
    pub stratum: Option<Stratum>,
    /// What one alert is about.
    pub about: About,
    /// How grave an alert is; a notice never pages.
    pub severity: Severity,
    /// What to do about it, for whoever is called.
    pub action: Label,
    /// How an alert ends, if what it rests on is not taken back.
    pub resolves: Resolves,
}

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watches {
    /// Events of these types, sorted.
    Events(Vec<EventTypeName>),
    /// A duty of this name that is overdue.
    Overdue(Label),
}

/// What one alert of a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum About {
    /// One record, or one duty: each opens an alert of its own.
    Record,
    /// A jurisdiction: what matches while an alert of it stands joins it, without another page.
    Jurisdiction,
}

impl About {
    /// The word used in packs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Jurisdiction => "jurisdiction",
        }
    }
}

/// How an alert of a rule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolves {
    /// Somebody closes it.
    ByAct,
    /// So many days, at least 1, after the newest fact it rests on became known; or somebody closes it before.
    AfterDays(u16),
}

/// An obligation with a clock, as a pack writes it: each record that opens it makes one duty of its case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// Its name: small letters, digits and hyphens.
    pub name: Label,
    /// Event types that open a duty, sorted.
    pub opened_by: Vec<EventTypeName>,
    /// Event types that meet it, sorted; none of them opens it.
    pub met_by: Vec<EventTypeName>,
    /// Openers of which jurisdiction and measure; empty means all.
    pub of: Selector,
    /// Days from the opener's day to the day it is due.
    pub within_days: u16,
    /// Days after that which are let pass.
    pub grace_days: u16,
}

impl Obligation {
    /// The last civil day on which a duty opened on a day is met in time, grace included.
    #[must_use]
    pub fn last_day(&self, opened: Day) -> Day {
        opened.plus(i32::from(self.within_days) + i32::from(self.grace_days))
    }
}

/// An event of a type that a pack watches, as far as rules and people ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its type.
    pub event: EventTypeName,
    /// The first civil day of occurrence.
    pub occurred: Day,
    /// The feed it came from.
    pub source: SourceId,
    /// What the source calls it.
    pub source_record_id: SourceRecordId,
    /// The measures it serves, as the source names them.
    pub measures: Vec<MeasureId>,
    /// What sort of act.
    pub stratum: Option<Stratum>,
    /// How many acts it stands for.
    pub count: u32,
    /// The case it belongs to.
    pub case: Option<CaseName>,
}

/// Where one duty of a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// The obligation.
    pub name: Label,
    /// The case.
    pub case: CaseName,
    /// The day of the record that opened it.
    pub opened: Day,
    /// The last civil day on which it is met in time, grace included.
    pub last_day: Day,
    /// The measures of the record that opened it.
    pub measures: Vec<MeasureId>,
    /// Its stratum.
    pub stratum: Option<Stratum>,
    /// Where it stands.
    pub standing: DutyStanding,
}

/// Where a duty stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DutyStanding {
    /// Its last day has passed, and nothing met it.
    Overdue,
    /// It was met on a day after the last one, by a record.
    MetLate(Day, RecordId),
    /// It is not overdue, and never was as far as is known now: met in time by a record that came later, or the record
    /// that opened it is gone. The record that changed it.
    Undone(RecordId),
}

impl DutyStanding {
    /// The word used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::MetLate(..) => "met_late",
            Self::Undone(_) => "undone",
        }
    }
}

/// What an alert of a watch rule rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// The rule's name.
    pub rule: Label,
    /// What to do, as the pack says.
    pub action: Label,
    /// What the alert is about.
    pub about: About,
    /// How many facts it rests on, at least 1; of an alert that has ended, as before its end.
    pub standing: u32,
    /// The newest of them, newest first, at most 20.
    pub facts: Vec<WatchedFact>,
}

/// One fact that an alert rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedFact {
    /// The record: the event's, or of a duty the one that opened it.
    pub record: RecordId,
    /// The tick at which it became known.
    pub known: Tick,
    /// What it says.
    pub what: WatchedMatter,
}

/// What a watched fact says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchedMatter {
    /// Something happened.
    Incident(Incident),
    /// A duty is overdue.
    Duty(Duty),
}

impl WatchedMatter {
    /// The civil day it is about: of occurrence, or on which a duty began.
    #[must_use]
    pub const fn day(&self) -> Day {
        match self {
            Self::Incident(incident) => incident.occurred,
            Self::Duty(duty) => duty.opened,
        }
    }

    /// The measures it names.
    #[must_use]
    pub fn measures(&self) -> &[MeasureId] {
        match self {
            Self::Incident(incident) => &incident.measures,
            Self::Duty(duty) => &duty.measures,
        }
    }

    /// Its stratum.
    #[must_use]
    pub const fn stratum(&self) -> Option<&Stratum> {
        match self {
            Self::Incident(incident) => incident.stratum.as_ref(),
            Self::Duty(duty) => duty.stratum.as_ref(),
        }
    }
}
