//! Scenario tests of a regime pack: a small log in, the verdicts and alerts it should come to, and where the two differ.
//!
//! A file of cases is read and checked whole against its pack ([`read`]), each case is driven through the shipped stages in
//! memory ([`play`]), and what came out is set beside what was expected ([`compare`]). Weeks written by hand become the same
//! records every time. What must never enter: chance, a clock, a judgement of its own.

pub mod amount;
pub mod compare;
pub mod expand;
pub mod form;
pub mod mistake;
pub mod play;
pub mod read;
pub mod reason;
pub mod show;
pub mod weeks;

use crate::history::Reading;
use stages::intaking::FirstPack;
use std::path::PathBuf;
use vocab::{
    assessment::Verdict,
    event::Event,
    time::{Day, Tick, Week},
};

/// One case, checked: everything it names exists in its pack.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows, in a sentence.
    pub name: String,
    /// The pack it tests.
    pub pack: FirstPack,
    /// The week that is week 1 of this case, where its weeks are counted.
    pub first_week: Option<Week>,
    /// A file of records to begin with.
    pub log: Option<LogFile>,
    /// Records and acts written in the case, by the tick at which they become known.
    pub events: Vec<(Tick, Event)>,
    /// Time passes at least to the end of this day.
    pub until: Option<Day>,
    /// Verdicts expected.
    pub verdicts: Vec<WantedVerdict>,
    /// All transitions expected, in order; none of them, when the list is empty; not looked at without a list.
    pub alerts: Option<Vec<WantedAlert>>,
}

/// A file of records.
#[derive(Clone, Debug)]
pub struct LogFile {
    /// Where it lies.
    pub path: PathBuf,
    /// How its rows become events.
    pub reading: Reading,
}

/// A run of weeks, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weeks {
    /// The first.
    pub first: Week,
    /// The last.
    pub last: Week,
}

/// What a series should be judged in every week of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedVerdict {
    /// The series, as results name it.
    pub series: String,
    /// The weeks.
    pub weeks: Weeks,
    /// Any of these.
    pub verdicts: Vec<Verdict>,
}

/// A transition that should come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedAlert {
    /// The alert's subject, as results name it.
    pub series: String,
    /// The days it may come on, both ends included.
    pub days: (Day, Day),
    /// The word of its change.
    pub change: String,
    /// The word of its kind, if that matters.
    pub kind: Option<String>,
}
