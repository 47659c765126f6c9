//! Replay: the stages as tasks on a log in memory, as fast as they go, whatever the number of partitions.
//!
//! Results leave through sinks as soon as every sentinel has passed them, in one order. What must never enter: a second way
//! to decide.

use crate::{
    failure::Failure,
    intaking::{GENERATION, HistoryFeed, judgement},
    message::{
        ADMITTED, ASSESSMENTS, COUNTS, DECISIONS, DOCKETS, FACTS, LATE, LEDGER, Message, REFUSED, STATISTIC, TALLIES, TOPICS, UNLISTED,
        WEIGHED,
    },
    stages::{AssessorStage, RegisterStage, SentinelStage, Statistic},
};
use engine::register::Bucket;
use journal::{Commit, Entry, HELD_BYTES_MAX, JournalError, Memory, Retention, TaskPlan, Topic, TopicShape};
use service_kit::{Ending, Feed, Flow, Line, Pace, Stage, Stop};
use vocab::time::Tick;

/// Topics whose records leave the log.
pub const SINKS: [Topic; 9] = [ASSESSMENTS, DECISIONS, LATE, DOCKETS, LEDGER, UNLISTED, REFUSED, STATISTIC, COUNTS];

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
pub fn memory(retention: Retention, partitions: u32) -> Memory<Message> {
    let read = TopicShape { partitions, readers: 1 };
    let sink = TopicShape { partitions: 1, readers: 0 };
    let shapes: Vec<TopicShape> =
        (0..TOPICS).map(|topic| if [ADMITTED, TALLIES, FACTS, WEIGHED].contains(&Topic(topic)) { read } else { sink }).collect();
    Memory::new(retention, &shapes)
}

/// The stages of one process.
#[derive(Default)]
pub struct Stages {
    registers: Vec<RegisterStage>,
    assessors: Vec<AssessorStage>,
    sentinels: Vec<SentinelStage>,
}

impl Stages {
    /// Stages that know nothing.
    #[must_use]
    pub fn new(partitions: u32, bucket: Bucket, statistic: Statistic) -> Self {
        Self {
            registers: (0..partitions).map(|place| RegisterStage::new((place, partitions), bucket)).collect(),
            assessors: (0..partitions).map(|place| AssessorStage::new((place, partitions), statistic)).collect(),
            sentinels: (0..partitions).map(|_| SentinelStage::default()).collect(),
        }
    }

    /// Seats every stage on a log.
    ///
    /// # Errors
    /// Errors of the log, and of saved state.
    pub fn seat<'a>(&'a mut self, store: &mut Memory<Message>, line: &mut Line<'a, Message>) -> Result<(), service_kit::Fatal> {
        let of = u32::try_from(self.registers.len()).unwrap_or(1);
        for (place, stage) in (0..).zip(&mut self.registers) {
            let targets = vec![TALLIES, FACTS, DOCKETS, LATE, LEDGER, UNLISTED, COUNTS];
            line.seat(
                store,
                plan(("register", 1), (place, of), vec![(ADMITTED, place)], targets),
                stage as &mut dyn Stage<Record = Message>,
            )?;
        }
        for (place, stage) in (0..).zip(&mut self.assessors) {
            let targets = vec![WEIGHED, ASSESSMENTS, STATISTIC];
            line.seat(store, plan(("assessor", 2), (place, of), vec![(TALLIES, place)], targets), stage)?;
        }
        for (place, stage) in (0..).zip(&mut self.sentinels) {
            let inputs = vec![(FACTS, place), (WEIGHED, place)];
            line.seat(store, plan(("sentinel", 3), (place, of), inputs, vec![DECISIONS]), stage)?;
        }
        Ok(())
    }
}

fn plan(stage: (&str, u8), place: (u32, u32), inputs: Vec<(Topic, u32)>, targets: Vec<Topic>) -> TaskPlan {
    TaskPlan {
        name: format!("{}/{}", stage.0, place.0),
        stage: stage.1,
        origin: place.0,
        origins: place.1,
        inputs,
        targets,
        generation: GENERATION,
        judgement: judgement(),
        held_bytes_max: HELD_BYTES_MAX,
    }
}

/// The feed of history, letting out what has become complete before every new helping.
struct Letting<'a, O> {
    feed: &'a mut HistoryFeed,
    outlet: &'a mut O,
    marks: Vec<Option<i64>>,
    failure: Option<Failure>,
}

impl<O: Outlet> Letting<'_, O> {
    fn let_out(&mut self, store: &mut Memory<Message>) -> Result<(), JournalError> {
        let mut left = Left { complete_to: None, records: Default::default() };
        // Decisions first: what a sentinel has passed stands complete in every other sink by then.
        let decided = store.take(DECISIONS, 0)?;
        for (place, topic) in SINKS.into_iter().enumerate() {
            let entries = if topic == DECISIONS { Vec::new() } else { store.take(topic, 0)? };
            left.records[place].extend(entries.into_iter().filter_map(record));
        }
        for entry in decided {
            match entry {
                Entry::Mark(mark) => mark.origins.range().for_each(|origin| self.pass(origin, mark.tick)),
                Entry::Record { record, .. } => left.records[1].push(record),
            }
        }
        left.complete_to = self.marks.iter().min().copied().flatten().map(Tick);
        if let Err(failure) = self.outlet.take(left) {
            self.failure.get_or_insert(failure);
        }
        Ok(())
    }

    fn pass(&mut self, origin: u32, tick: i64) {
        if let Some(mark) = self.marks.get_mut(origin as usize) {
            *mark = Some(tick).max(*mark);
        }
    }
}

fn record(entry: Entry<Message>) -> Option<Message> {
    match entry {
        Entry::Record { record, .. } => Some(record),
        Entry::Mark(_) => None,
    }
}

impl<O: Outlet> Feed<Memory<Message>> for Letting<'_, O> {
    fn fill(&mut self, store: &mut Memory<Message>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        self.let_out(store)?;
        if self.failure.is_some() {
            return Ok(Flow::Ended);
        }
        self.feed.fill(store, parts)
    }
}

/// Drives history through every stage and hands out what leaves the log.
///
/// # Errors
/// [`Failure`] of an input, an outlet or the log.
pub fn replay(store: &mut Memory<Message>, stages: &mut Stages, feed: &mut HistoryFeed, outlet: &mut impl Outlet) -> Result<(), Failure> {
    let partitions = stages.sentinels.len();
    let pace = Pace { poll_entries: 65_536, commit_outputs: 65_536, checkpoint_records: None, ..Pace::default() };
    let mut letting = Letting { feed, outlet, marks: vec![None; partitions], failure: None };
    let mut line = Line::new(pace);
    stages.seat(store, &mut line).map_err(crate::file::fatal)?;
    let ending = line.run(store, &mut letting, &Stop::new()).map_err(crate::file::fatal)?;
    debug_assert_eq!(ending, Ending::Ended, "nobody asks a replay to stop");
    letting.let_out(store).map_err(crate::file::failed)?;
    let failure = letting.failure.take();
    failure.or_else(|| feed.take_failure()).map_or(Ok(()), Err)
}
