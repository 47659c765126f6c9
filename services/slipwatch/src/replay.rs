//! Replay: the stages as tasks on a log in memory, as fast as they go, whatever the number of partitions.
//!
//! Registers with dockets, every assessor and the sentinels have a thread and a log each: what one says crosses over to the next with its
//! marks, so the stages behind see what they would see on one log. Results leave through sinks as soon as every sentinel has
//! passed them, in one order. What must never enter: a second way to decide.

mod threads;

use crate::failure::Failure;
use engine::register::Bucket;
use journal::{HELD_BYTES_MAX, Memory, Retention, Target, TaskPlan, Topic, TopicShape};
use service_kit::{Feed, Line, Stage};
use stages::{
    GENERATION,
    assessor::{AssessorStage, Statistic},
    docket::DocketStage,
    judgement,
    message::{
        ADMITTED, ASSESSMENTS, COUNTS, DECISIONS, DOCKETS, FACTS, FILED, LATE, LEDGER, Message, REFUSED, STATISTIC, TALLIES, TOPICS,
        UNLISTED, WEIGHED,
    },
    register::RegisterStage,
    sentinel::SentinelStage,
};
use std::thread::available_parallelism;
use vocab::time::Tick;

/// Topics whose records leave the log.
pub const SINKS: [Topic; 9] = [ASSESSMENTS, DECISIONS, LATE, DOCKETS, LEDGER, UNLISTED, REFUSED, STATISTIC, COUNTS];

/// Threads over which the statistics are spread without being asked to: beyond, reading the log is what takes the time.
const ASSESSORS_MAX: usize = 16;

/// Into how many partitions the topics of a log are cut. Nothing that is decided depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partitions {
    /// What holds records, and what is read by regime.
    pub records: u32,
    /// What is read by jurisdiction: so many assessors there are.
    pub jurisdictions: u32,
}

impl Partitions {
    /// As many of the one as of the other.
    #[must_use]
    pub const fn even(partitions: u32) -> Self {
        Self { records: partitions, jurisdictions: partitions }
    }

    /// Records in so many; jurisdictions in at least as many as the machine has cores, since the statistics are most of the work.
    #[must_use]
    pub fn spread(records: u32) -> Self {
        let cores = available_parallelism().map_or(1, |cores| cores.get().min(ASSESSORS_MAX));
        Self { records, jurisdictions: records.max(u32::try_from(cores).unwrap_or(1)) }
    }
}

/// What left the log, complete up to a tick.
#[derive(Debug)]
pub struct Left {
    /// Every record with a tick up to this one has left; unknown before the first.
    pub complete_to: Option<Tick>,
    /// Records by the place of their topic in [`SINKS`], in no promised order.
    pub records: [Vec<Message>; SINKS.len()],
}

/// Takes what leaves the log.
pub trait Outlet {
    /// Takes some of it.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be put where it belongs; the replay ends with it.
    fn take(&mut self, left: Left) -> Result<(), Failure>;
}

/// An empty log in memory with every topic, cut into so many partitions.
#[must_use]
pub fn memory(retention: Retention, partitions: Partitions) -> Memory<Message> {
    let shape = |topic| match topic {
        ADMITTED | FILED | FACTS | WEIGHED => TopicShape { partitions: partitions.records, readers: 1 },
        TALLIES => TopicShape { partitions: partitions.jurisdictions, readers: 1 },
        _ => TopicShape { partitions: 1, readers: 0 },
    };
    let shapes: Vec<TopicShape> = (0..TOPICS).map(|topic| shape(Topic(topic))).collect();
    Memory::new(retention, &shapes)
}

/// The stages of one process.
#[derive(Default)]
pub struct Stages {
    registers: Vec<RegisterStage>,
    dockets: Vec<DocketStage>,
    assessors: Vec<AssessorStage>,
    sentinels: Vec<SentinelStage>,
}

impl Stages {
    /// Stages that know nothing.
    #[must_use]
    pub fn new(partitions: Partitions, bucket: Bucket, statistic: Statistic) -> Self {
        let Partitions { records, jurisdictions } = partitions;
        Self {
            registers: (0..records).map(|place| RegisterStage::new((place, records), bucket)).collect(),
            dockets: (0..records).map(|_| DocketStage::default()).collect(),
            assessors: (0..jurisdictions).map(|place| AssessorStage::new((place, jurisdictions), statistic)).collect(),
            sentinels: (0..records).map(|_| SentinelStage::default()).collect(),
        }
    }

    fn partitions(&self) -> Partitions {
        let count = |stages: usize| u32::try_from(stages).expect("stages are made from numbers of this kind");
        Partitions { records: count(self.registers.len()), jurisdictions: count(self.assessors.len()) }
    }

    /// Seats every stage on a log.
    ///
    /// # Errors
    /// Errors of the log, and of saved state.
    pub fn seat<'a>(&'a mut self, store: &mut Memory<Message>, line: &mut Line<'a, Message>) -> Result<(), service_kit::Fatal> {
        let partitions = self.partitions();
        let Self { registers, dockets, assessors, sentinels } = self;
        seat_registers(registers, store, line)?;
        seat_dockets(dockets, store, line)?;
        for (place, stage) in (0..).zip(assessors) {
            seat_assessor(stage, (place, partitions.jurisdictions), store, line)?;
        }
        seat_sentinels(sentinels, store, line)
    }
}

fn seat_registers<'a>(
    registers: &'a mut [RegisterStage],
    store: &mut Memory<Message>,
    line: &mut Line<'a, Message>,
) -> Result<(), service_kit::Fatal> {
    let of = u32::try_from(registers.len()).unwrap_or(1);
    for (place, stage) in (0..).zip(registers) {
        let alone = [TALLIES, DOCKETS, FILED, LATE, LEDGER, UNLISTED, COUNTS].map(|topic| Target { topic, origins: of });
        let targets = alone.into_iter().chain([facts(of)]).collect();
        line.seat(store, plan(("register", 1), place, vec![(ADMITTED, place)], targets), stage as &mut dyn Stage<Record = Message>)?;
    }
    Ok(())
}

/// Facts come from registers and dockets, as many of the one as of the other.
const fn facts(of: u32) -> Target {
    Target { topic: FACTS, origins: 2 * of }
}

fn seat_dockets<'a>(
    dockets: &'a mut [DocketStage],
    store: &mut Memory<Message>,
    line: &mut Line<'a, Message>,
) -> Result<(), service_kit::Fatal> {
    let of = u32::try_from(dockets.len()).unwrap_or(1);
    for (place, stage) in (0..).zip(dockets) {
        let plan = plan(("docket", 5), place, vec![(FILED, place)], vec![facts(of)]);
        line.seat(store, TaskPlan { origin: of + place, ..plan }, stage as &mut dyn Stage<Record = Message>)?;
    }
    Ok(())
}

/// Seats the assessor that is at place `of.0` of `of.1`.
fn seat_assessor<'a>(
    stage: &'a mut AssessorStage,
    of: (u32, u32),
    store: &mut Memory<Message>,
    line: &mut Line<'a, Message>,
) -> Result<(), service_kit::Fatal> {
    let targets = [WEIGHED, ASSESSMENTS, STATISTIC].map(|topic| Target { topic, origins: of.1 });
    line.seat(store, plan(("assessor", 2), of.0, vec![(TALLIES, of.0)], targets.to_vec()), stage)
}

fn seat_sentinels<'a>(
    sentinels: &'a mut [SentinelStage],
    store: &mut Memory<Message>,
    line: &mut Line<'a, Message>,
) -> Result<(), service_kit::Fatal> {
    let of = u32::try_from(sentinels.len()).unwrap_or(1);
    for (place, stage) in (0..).zip(sentinels) {
        let inputs = vec![(FACTS, place), (WEIGHED, place)];
        line.seat(store, plan(("sentinel", 3), place, inputs, vec![Target { topic: DECISIONS, origins: of }]), stage)?;
    }
    Ok(())
}

fn plan(stage: (&str, u8), place: u32, inputs: Vec<(Topic, u32)>, targets: Vec<Target>) -> TaskPlan {
    TaskPlan {
        name: format!("{}/{place}", stage.0),
        stage: stage.1,
        origin: place,
        inputs,
        targets,
        generation: GENERATION,
        judgement: judgement(),
        held_bytes_max: HELD_BYTES_MAX,
    }
}

/// What a replay reads: it ends by itself, or says what ended it early.
pub trait Reading: Feed<Memory<Message>> {
    /// What ended it early, if anything did.
    fn take_failure(&mut self) -> Option<Failure>;
}

/// Drives a log through every stage and hands out what leaves the log: the registers and dockets on the caller's thread, each assessor on
/// one of its own, the sentinels and the outlet on another.
///
/// # Errors
/// [`Failure`] of an input, an outlet or the log.
pub fn replay(
    store: &mut Memory<Message>,
    stages: &mut Stages,
    feed: &mut impl Reading,
    outlet: &mut (impl Outlet + Send),
) -> Result<(), Failure> {
    threads::run(store, stages, feed, outlet)
}
