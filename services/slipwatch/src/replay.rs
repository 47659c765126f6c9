//! Replay: the stages as tasks on a log in memory, as fast as they go, whatever the number of partitions.
//!
//! Registers and judges (assessors, sentinels) each have a thread and a log: what the registers say crosses over with its marks,
//! so the stages behind see what they would see on one log. Results leave through sinks as soon as every sentinel has passed
//! them, in one order. What must never enter: a second way to decide.

use crate::{failure::Failure, history_feed::HistoryFeed};
use engine::register::Bucket;
use journal::{
    Commit, Entry, HELD_BYTES_MAX, JournalError, Lease, Memory, Output, PositionEntry, Retention, Store as _, TaskPlan, Topic, TopicShape,
};
use service_kit::{Ending, Feed, Flow, Line, Pace, Stage, Stop};
use stages::{
    GENERATION,
    assessor::{AssessorStage, Statistic},
    judgement,
    message::{
        ADMITTED, ASSESSMENTS, COUNTS, DECISIONS, DOCKETS, FACTS, LATE, LEDGER, Message, REFUSED, STATISTIC, TALLIES, TOPICS, UNLISTED,
        WEIGHED,
    },
    register::RegisterStage,
    sentinel::SentinelStage,
};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use vocab::time::Tick;

/// Topics whose records leave the log.
pub const SINKS: [Topic; 9] = [ASSESSMENTS, DECISIONS, LATE, DOCKETS, LEDGER, UNLISTED, REFUSED, STATISTIC, COUNTS];

/// Helpings of the registers that may wait for the judges.
const HELPINGS_WAITING_MAX: usize = 2;
/// Name under which what the registers said is put into the judges' log.
const REGISTERS: &str = "registers";

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
        let Self { registers, assessors, sentinels } = self;
        seat_registers(registers, store, line)?;
        seat_judges((assessors, sentinels), store, line)
    }
}

fn seat_registers<'a>(
    registers: &'a mut [RegisterStage],
    store: &mut Memory<Message>,
    line: &mut Line<'a, Message>,
) -> Result<(), service_kit::Fatal> {
    let of = u32::try_from(registers.len()).unwrap_or(1);
    for (place, stage) in (0..).zip(registers) {
        let targets = vec![TALLIES, FACTS, DOCKETS, LATE, LEDGER, UNLISTED, COUNTS];
        line.seat(store, plan(("register", 1), (place, of), vec![(ADMITTED, place)], targets), stage as &mut dyn Stage<Record = Message>)?;
    }
    Ok(())
}

fn seat_judges<'a>(
    (assessors, sentinels): (&'a mut [AssessorStage], &'a mut [SentinelStage]),
    store: &mut Memory<Message>,
    line: &mut Line<'a, Message>,
) -> Result<(), service_kit::Fatal> {
    let of = u32::try_from(assessors.len()).unwrap_or(1);
    for (place, stage) in (0..).zip(assessors) {
        let targets = vec![WEIGHED, ASSESSMENTS, STATISTIC];
        line.seat(store, plan(("assessor", 2), (place, of), vec![(TALLIES, place)], targets), stage)?;
    }
    for (place, stage) in (0..).zip(sentinels) {
        let inputs = vec![(FACTS, place), (WEIGHED, place)];
        line.seat(store, plan(("sentinel", 3), (place, of), inputs, vec![DECISIONS]), stage)?;
    }
    Ok(())
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

/// What the registers have said since the last time: what the judges read, and what leaves the log as it is.
struct Told {
    read: Vec<Output<Message>>,
    records: [Vec<Message>; SINKS.len()],
}

/// The feed of history, handing what the registers said over to the judging thread before every new helping.
struct Telling<'a> {
    feed: &'a mut HistoryFeed,
    judges: SyncSender<Told>,
    partitions: u32,
    /// Whether the judges are gone; they say why themselves.
    is_unheard: bool,
}

impl Telling<'_> {
    fn tell(&mut self, store: &mut Memory<Message>) -> Result<(), JournalError> {
        let mut told = Told { read: Vec::new(), records: Default::default() };
        for topic in [TALLIES, FACTS] {
            for partition in 0..self.partitions {
                let entries = store.take(topic, partition)?;
                told.read.extend(entries.into_iter().map(|entry| Output { topic, partition, entry }));
            }
        }
        for (place, topic) in SINKS.into_iter().enumerate() {
            told.records[place].extend(store.take(topic, 0)?.into_iter().filter_map(record));
        }
        self.is_unheard |= self.judges.send(told).is_err();
        Ok(())
    }
}

impl Feed<Memory<Message>> for Telling<'_> {
    fn fill(&mut self, store: &mut Memory<Message>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        self.tell(store)?;
        if self.is_unheard {
            return Ok(Flow::Ended);
        }
        self.feed.fill(store, parts)
    }
}

/// What the registers said, put into the log of the judges as it is, marks and all; what has become complete is let out before.
struct Hearing<'a, O> {
    told: Receiver<Told>,
    outlet: &'a mut O,
    lease: Lease,
    marks: Vec<Option<i64>>,
    failure: Option<Failure>,
}

impl<O: Outlet> Hearing<'_, O> {
    /// Lets out what the registers sent past the judges, and what these have said since.
    fn let_out(&mut self, store: &mut Memory<Message>, mut records: [Vec<Message>; SINKS.len()]) -> Result<(), JournalError> {
        for (place, topic) in SINKS.into_iter().enumerate() {
            for entry in store.take(topic, 0)? {
                match entry {
                    Entry::Mark(mark) if topic == DECISIONS => mark.origins.range().for_each(|origin| self.pass(origin, mark.tick)),
                    Entry::Mark(_) => {}
                    Entry::Record { record, .. } => records[place].push(record),
                }
            }
        }
        let complete_to = self.marks.iter().min().copied().flatten().map(Tick);
        if let Err(failure) = self.outlet.take(Left { complete_to, records }) {
            self.failure.get_or_insert(failure);
        }
        Ok(())
    }

    fn pass(&mut self, origin: u32, tick: i64) {
        if let Some(mark) = self.marks.get_mut(origin as usize) {
            *mark = Some(tick).max(*mark);
        }
    }

    /// A part of a commit that reads nothing: a replay is never resumed, so the registers' entries need no position.
    fn part(&self, outputs: Vec<Output<Message>>) -> Commit<Message> {
        let position = PositionEntry {
            task: REGISTERS.to_owned(),
            generation: GENERATION,
            judgement: judgement(),
            tick: None,
            sent: None,
            inputs: Vec::new(),
            streams: Vec::new(),
        };
        Commit { lease: self.lease.clone(), outputs, position, checkpoint: None }
    }
}

impl<O: Outlet> Feed<Memory<Message>> for Hearing<'_, O> {
    fn fill(&mut self, store: &mut Memory<Message>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        let Ok(Told { read, records }) = self.told.recv() else { return Ok(Flow::Ended) };
        self.let_out(store, records)?;
        if self.failure.is_some() {
            return Ok(Flow::Ended);
        }
        parts.push(self.part(read));
        Ok(Flow::More)
    }
}

fn record(entry: Entry<Message>) -> Option<Message> {
    match entry {
        Entry::Record { record, .. } => Some(record),
        Entry::Mark(_) => None,
    }
}

/// Drives history through every stage and hands out what leaves the log: the registers on the caller's thread, the judges and
/// the outlet on one of their own.
///
/// # Errors
/// [`Failure`] of an input, an outlet or the log.
pub fn replay(
    store: &mut Memory<Message>,
    stages: &mut Stages,
    feed: &mut HistoryFeed,
    outlet: &mut (impl Outlet + Send),
) -> Result<(), Failure> {
    let Stages { registers, assessors, sentinels } = stages;
    let (judges, told) = sync_channel(HELPINGS_WAITING_MAX);
    let (registered, judged) = std::thread::scope(|scope| {
        let judging = std::thread::Builder::new().name("judges".to_owned());
        let judging = judging.spawn_scoped(scope, || judge((assessors, sentinels), told, outlet));
        let judging = judging.map_err(|error| Failure::Other(anyhow::anyhow!("start the judging thread: {error}")))?;
        let registered = register(registers, store, feed, judges);
        let bug = |_| Failure::Other(anyhow::anyhow!("the judging thread ended by a bug; its message stands above"));
        Ok::<_, Failure>((registered, judging.join().map_err(bug)?))
    })?;
    // Judges that fail leave the registers unheard: theirs is the cause.
    judged.and(registered)
}

/// The registers' half; it ends with the files, or when nobody hears it any more.
fn register(
    registers: &mut [RegisterStage],
    store: &mut Memory<Message>,
    feed: &mut HistoryFeed,
    judges: SyncSender<Told>,
) -> Result<(), Failure> {
    let partitions = u32::try_from(registers.len()).unwrap_or(1);
    let mut telling = Telling { feed, judges, partitions, is_unheard: false };
    let mut line = Line::new(pace());
    seat_registers(registers, store, &mut line).map_err(crate::file::fatal)?;
    let ending = line.run(store, &mut telling, &Stop::new()).map_err(crate::file::fatal)?;
    debug_assert_eq!(ending, Ending::Ended, "nobody asks a replay to stop");
    telling.tell(store).map_err(crate::file::failed)?;
    feed.take_failure().map_or(Ok(()), Err)
}

/// The judges' half, on a log of its own; it ends when the registers have.
fn judge(
    (assessors, sentinels): (&mut [AssessorStage], &mut [SentinelStage]),
    told: Receiver<Told>,
    outlet: &mut impl Outlet,
) -> Result<(), Failure> {
    let partitions = u32::try_from(sentinels.len()).unwrap_or(1);
    let mut store = memory(Retention::Unread, partitions);
    let lease = store.restore(REGISTERS).map_err(crate::file::failed)?.lease;
    let mut hearing = Hearing { told, outlet, lease, marks: vec![None; sentinels.len()], failure: None };
    let mut line = Line::new(pace());
    seat_judges((assessors, sentinels), &mut store, &mut line).map_err(crate::file::fatal)?;
    let ending = line.run(&mut store, &mut hearing, &Stop::new()).map_err(crate::file::fatal)?;
    debug_assert_eq!(ending, Ending::Ended, "nobody asks a replay to stop");
    hearing.let_out(&mut store, Default::default()).map_err(crate::file::failed)?;
    hearing.failure.map_or(Ok(()), Err)
}

/// Nothing is saved on the way, and a helping crosses every stage in one round.
fn pace() -> Pace {
    Pace { poll_entries: 65_536, commit_outputs: 65_536, checkpoint_records: None, ..Pace::default() }
}
