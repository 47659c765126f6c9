//! What travels on the log between stages: every word that crosses a topic, with its tick and its place inside a tick.
//!
//! Typed values, shared by reference: nothing is encoded between stages of one process, and a message is small enough to be
//! moved often. Topics are numbered here once, the same for the memory log and the file.

use engine::assessor::YardstickLine;
use journal::{Sequenced, Topic};
use std::sync::Arc;
use vocab::{
    alert::Decision,
    assessment::Assessment,
    record::{Admitted, Late, Refused, Version},
    tally::{Fact, LedgerLine, Note, Tallies, Tally},
    time::Tick,
    unlisted::Unlisted,
};

/// Admitted records: the log itself.
pub const ADMITTED: Topic = Topic(0);
/// Assessments, for whoever reads results.
pub const ASSESSMENTS: Topic = Topic(1);
/// Transitions of alerts, answers to acts, seals.
pub const DECISIONS: Topic = Topic(2);
/// What came too late to change figures.
pub const LATE: Topic = Topic(3);
/// Records joining and leaving cases.
pub const DOCKETS: Topic = Topic(4);
/// What became of admitted messages.
pub const LEDGER: Topic = Topic(5);
/// What no pack lists.
pub const UNLISTED: Topic = Topic(6);
/// What intake turned away.
pub const REFUSED: Topic = Topic(7);
/// Signed counts and notes, between register and assessor (memory only).
pub const TALLIES: Topic = Topic(8);
/// What rules need one by one, between register and sentinel (memory only).
pub const FACTS: Topic = Topic(9);
/// Assessments on their way to the sentinel (memory only).
pub const WEIGHED: Topic = Topic(10);
/// The bare statistic for the benchmark (memory only).
pub const STATISTIC: Topic = Topic(11);
/// Signed counts for whoever writes counts (memory only).
pub const COUNTS: Topic = Topic(12);
/// How many topics there are.
pub const TOPICS: u16 = 13;

/// Anything on the log.
#[derive(Clone, Debug)]
pub enum Message {
    /// An admitted record.
    Admitted(Arc<Admitted>),
    /// Signed counts of one tick.
    Tallies(Arc<Tallies>),
    /// What an assessor is told.
    Note(Arc<Note>),
    /// What the sentinel is told.
    Fact(Arc<Fact>),
    /// The assessment of a jurisdiction.
    Assessment(Arc<Assessment>),
    /// What the sentinel decided, at a tick.
    Decision(Tick, Arc<Decision>),
    /// A message older than the horizon.
    Late(Arc<Late>),
    /// A record joining or leaving a case.
    Version(Arc<Version>),
    /// A line of the ledger, at a tick.
    Ledger(Tick, Arc<LedgerLine>),
    /// Something no pack lists, at a tick.
    Unlisted(Tick, Arc<Unlisted>),
    /// A message that was turned away.
    Refused(Tick, Arc<Refused>),
    /// A week's bare statistic of a series.
    Statistic(Tick, Arc<YardstickLine>),
}

impl Sequenced for Message {
    /// Record, revision, content; zero where order inside a tick does not matter because sums commute or the stage sorts.
    type Order = ([u8; 16], u32, [u8; 16]);

    fn tick(&self) -> i64 {
        match self {
            Self::Admitted(admitted) => admitted.known.0,
            Self::Tallies(told) => told.known.0,
            Self::Note(note) => note.known.0,
            Self::Fact(fact) => match &**fact {
                Fact::Told(note) => note.known.0,
                Fact::Withdrawn(withdrawal) => withdrawal.known.0,
            },
            Self::Assessment(assessment) => assessment.day.last_tick().0,
            Self::Late(late) => late.known.0,
            Self::Version(version) => version.known.0,
            Self::Decision(tick, _)
            | Self::Ledger(tick, _)
            | Self::Unlisted(tick, _)
            | Self::Refused(tick, _)
            | Self::Statistic(tick, _) => tick.0,
        }
    }

    fn order(&self) -> Self::Order {
        match self {
            Self::Admitted(admitted) => (admitted.id.0, admitted.event.revision, admitted.content.0),
            Self::Note(note) => (note.record.0, 0, [0; 16]),
            Self::Fact(fact) => match &**fact {
                Fact::Told(note) => (note.record.0, 0, [0; 16]),
                Fact::Withdrawn(withdrawal) => (withdrawal.record.0, 1, [0; 16]),
            },
            Self::Assessment(assessment) => (assessment.id.0, 0, [0; 16]),
            Self::Tallies(_)
            | Self::Decision(..)
            | Self::Late(_)
            | Self::Version(_)
            | Self::Ledger(..)
            | Self::Unlisted(..)
            | Self::Refused(..)
            | Self::Statistic(..) => ([0; 16], 0, [0; 16]),
        }
    }

    fn size_bytes(&self) -> usize {
        // What an admitted record holds is shared, but a held one keeps it alive.
        match self {
            Self::Admitted(_) => 512,
            Self::Tallies(told) => size_of::<Tally>() * told.tallies.len(),
            Self::Note(_)
            | Self::Fact(_)
            | Self::Assessment(_)
            | Self::Decision(..)
            | Self::Late(_)
            | Self::Version(_)
            | Self::Ledger(..)
            | Self::Unlisted(..)
            | Self::Refused(..)
            | Self::Statistic(..) => 128,
        }
    }
}
