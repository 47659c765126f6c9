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
    event::{Body, Event, SeizedItem},
    name::{Label, MeasureId},
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
/// Signed counts and notes, between register and assessor (not in the embedded file).
pub const TALLIES: Topic = Topic(8);
/// What rules need one by one, from register and docket to the sentinel (not in the embedded file).
pub const FACTS: Topic = Topic(9);
/// Messages of feeds as they come (Kafka only).
pub const EVENTS: Topic = Topic(10);
/// Acts of people and packs as they come (Kafka only).
pub const ACTIONS: Topic = Topic(11);
/// Assessments on their way to the sentinel (memory only; on Kafka it reads [`ASSESSMENTS`]).
pub const WEIGHED: Topic = Topic(12);
/// The bare statistic for the benchmark (memory only).
pub const STATISTIC: Topic = Topic(13);
/// Signed counts for whoever writes counts (memory only).
pub const COUNTS: Topic = Topic(14);
/// Records joining and leaving cases, and packs, on their way to the docket (memory only; on Kafka it reads [`DOCKETS`]).
pub const FILED: Topic = Topic(15);
/// How many topics there are.
pub const TOPICS: u16 = 16;

/// Anything on the log.
#[derive(Clone, Debug)]
pub enum Message {
    /// An admitted record.
    Admitted(Arc<Admitted>),
    /// The same on its way to the log, with the bytes of its entry, which hold the message as it came.
    Kept(Arc<Admitted>, Arc<[u8]>),
    /// A message that nobody has read yet.
    Raw(Arc<Raw>),
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
    /// A message that was turned away; on its way to a topic also what stood beside it, so that it can be sent again as it came.
    Refused(Tick, Arc<Refused>, Arc<Headers>),
    /// A week's bare statistic of a series.
    Statistic(Tick, Arc<YardstickLine>),
}

/// What stands beside a message, by name, in order.
pub type Headers = Vec<(String, Vec<u8>)>;

/// A message as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw {
    /// Its bytes; empty where it had none.
    pub bytes: Vec<u8>,
    /// What stood beside it; those without a value are left out.
    pub headers: Headers,
}

impl Sequenced for Message {
    /// Record, revision, content; zero where order inside a tick does not matter because sums commute or the stage sorts.
    type Order = ([u8; 16], u32, [u8; 16]);

    fn tick(&self) -> i64 {
        match self {
            Self::Admitted(admitted) | Self::Kept(admitted, _) => admitted.known.0,
            // It becomes known when intake stamps it; until then it has no place in the order of ticks.
            Self::Raw(_) => 0,
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
            | Self::Refused(tick, ..)
            | Self::Statistic(tick, _) => tick.0,
        }
    }

    fn order(&self) -> Self::Order {
        match self {
            Self::Admitted(admitted) | Self::Kept(admitted, _) => (admitted.id.0, admitted.event.revision, admitted.content.0),
            Self::Note(note) => (note.record.0, 0, [0; 16]),
            Self::Fact(fact) => match &**fact {
                Fact::Told(note) => (note.record.0, 0, [0; 16]),
                Fact::Withdrawn(withdrawal) => (withdrawal.record.0, 1, [0; 16]),
            },
            Self::Assessment(assessment) => (assessment.id.0, 0, [0; 16]),
            Self::Raw(_)
            | Self::Tallies(_)
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
            Self::Admitted(admitted) => 512 + listed_bytes(&admitted.event),
            Self::Kept(admitted, bytes) => 512 + listed_bytes(&admitted.event) + bytes.len(),
            Self::Refused(_, refused, beside) => {
                512 + refused.bytes.len() + beside.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
            }
            Self::Raw(raw) => raw.bytes.len() + 64,
            Self::Tallies(told) => size_of::<Tally>() * told.tallies.len(),
            Self::Note(_)
            | Self::Fact(_)
            | Self::Assessment(_)
            | Self::Decision(..)
            | Self::Late(_)
            | Self::Version(_)
            | Self::Ledger(..)
            | Self::Unlisted(..)
            | Self::Statistic(..) => 128,
        }
    }
}

/// About how many bytes those parts of an event hold that have no end of their own: whoever sends it chooses them.
fn listed_bytes(event: &Event) -> usize {
    let body = match &event.body {
        Body::Unrecognised(body) => body.bytes.len(),
        Body::PackActivated(activation) => activation.bytes.len(),
        Body::SeizureRecorded(seizure) => seizure.items.len() * size_of::<SeizedItem>(),
        Body::ExposureObserved(exposure) => exposure.cargo_hs.len() * size_of::<Label>(),
        Body::InspectionPerformed(_)
        | Body::InspectionRefused(_)
        | Body::InspectionImpossible(_)
        | Body::ExposureAggregate(_)
        | Body::InterdictionOutcome(_)
        | Body::CapacityReported(_)
        | Body::ContextNoted(_)
        | Body::DefinitionChanged(_)
        | Body::TargetChanged(_)
        | Body::FeedStatus(_)
        | Body::Act(_) => 0,
    };
    body + event.measures.len() * size_of::<MeasureId>()
}
