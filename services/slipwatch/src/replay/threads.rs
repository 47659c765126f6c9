//! The threads of a replay: registers and dockets before assessors before sentinels, each with a log of its own.
//!
//! What one thread says is put into the log of the next as it is, marks and all, so nobody waits for anybody but by marks. Channels
//! are short: whoever is ahead waits. What must never enter: a stage that sees anything but its log, a decision.

use super::{Left, Outlet, Partitions, Reading, SINKS, Stages, memory, seat_assessor, seat_dockets, seat_registers, seat_sentinels};
use crate::{
    failure::Failure,
    file::{failed, fatal},
};
use journal::{Commit, Entry, JournalError, Lease, Memory, Output, Retention, Store as _, Topic};
use service_kit::{Ending, Feed, Flow, Line, Pace, Stop};
use stages::{
    assessor::AssessorStage,
    docket::DocketStage,
    intaking,
    message::{DECISIONS, FACTS, Message, TALLIES, WEIGHED},
    register::RegisterStage,
    sentinel::SentinelStage,
};
use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{Builder, Scope, ScopedJoinHandle},
};
use vocab::time::Tick;

/// Helpings of one thread that may wait for the next.
const HELPINGS_WAITING_MAX: usize = 2;
/// Name under which what others said is put into a log.
const OTHERS: &str = "others";

/// What a thread has said since the last time: what the next reads, and what leaves the log as it is.
#[derive(Default)]
struct Told {
    read: Vec<Output<Message>>,
    records: [Vec<Message>; SINKS.len()],
}

impl Told {
    /// Takes the entries of a partition out of a log.
    fn take(&mut self, store: &mut Memory<Message>, (topic, partition): (Topic, u32)) -> Result<(), JournalError> {
        let entries = store.take(topic, partition)?;
        self.read.extend(entries.into_iter().map(|entry| Output { topic, partition, entry }));
        Ok(())
    }

    /// Takes what sentinels read of a topic, and what has come to the sinks.
    fn for_sentinels(store: &mut Memory<Message>, topic: Topic) -> Result<Self, JournalError> {
        let mut told = Self::default();
        for partition in 0..store.partitions(topic)? {
            told.take(store, (topic, partition))?;
        }
        for (place, topic) in SINKS.into_iter().enumerate() {
            told.records[place].extend(store.take(topic, 0)?.into_iter().filter_map(record));
        }
        Ok(told)
    }
}

fn record(entry: Entry<Message>) -> Option<Message> {
    match entry {
        Entry::Record { record, .. } => Some(record),
        Entry::Mark(_) => None,
    }
}

/// A part of a commit that reads nothing: a replay is never resumed, so what others said needs no position.
fn part(lease: &Lease, outputs: Vec<Output<Message>>) -> Commit<Message> {
    let position = intaking::position(OTHERS, None, Vec::new());
    Commit { lease: lease.clone(), outputs, position, checkpoint: None }
}

/// Nothing is saved on the way, and a helping crosses every stage of a thread in one round.
fn pace() -> Pace {
    Pace { poll_entries: 65_536, commit_outputs: 65_536, checkpoint_records: None, ..Pace::default() }
}

/// Runs all threads to the end of the log.
pub(super) fn run(
    store: &mut Memory<Message>,
    stages: &mut Stages,
    feed: &mut impl Reading,
    outlet: &mut (impl Outlet + Send),
) -> Result<(), Failure> {
    let partitions = stages.partitions();
    let Stages { registers, dockets, assessors, sentinels } = stages;
    let (sentinels_told, told) = sync_channel(HELPINGS_WAITING_MAX * (assessors.len() + 1));
    std::thread::scope(|scope| {
        let weighing = spawn(scope, "sentinels".to_owned(), move || weigh(sentinels, partitions, told, outlet))?;
        let (mut assessing, mut assessors_told) = (Vec::new(), Vec::new());
        for (place, stage) in (0..).zip(assessors) {
            let (assessor_told, told) = sync_channel(HELPINGS_WAITING_MAX);
            let sentinels = sentinels_told.clone();
            assessing.push(spawn(scope, format!("assessor/{place}"), move || assess(stage, (place, partitions), told, sentinels))?);
            assessors_told.push(assessor_told);
        }
        let telling = Telling { feed, assessors: assessors_told, sentinels: sentinels_told, is_unheard: false };
        let registered = register((registers, dockets), store, telling);
        // Whoever is not heard any more ends quietly: the cause lies with those behind.
        let mut ended = join(weighing);
        for handle in assessing {
            ended = ended.and(join(handle));
        }
        ended.and(registered)
    })
}

fn spawn<'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: String,
    work: impl FnOnce() -> Result<(), Failure> + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, Result<(), Failure>>, Failure> {
    let told = format!("start the thread {name}");
    Builder::new().name(name).spawn_scoped(scope, work).map_err(|error| Failure::Other(anyhow::anyhow!("{told}: {error}")))
}

fn join(handle: ScopedJoinHandle<'_, Result<(), Failure>>) -> Result<(), Failure> {
    let bug = |_| Failure::Other(anyhow::anyhow!("a thread of the replay ended by a bug; its message stands above"));
    handle.join().map_err(bug)?
}

fn drive(line: &mut Line<'_, Message>, store: &mut Memory<Message>, feed: &mut impl Feed<Memory<Message>>) -> Result<(), Failure> {
    let ending = line.run(store, feed, &Stop::new()).map_err(fatal)?;
    debug_assert_eq!(ending, Ending::Ended, "nobody asks a replay to stop");
    Ok(())
}

/// The feed of a replay, handing what the registers said over to the threads behind before every new helping.
struct Telling<'a, F> {
    feed: &'a mut F,
    assessors: Vec<SyncSender<Told>>,
    sentinels: SyncSender<Told>,
    /// Whether somebody behind is gone; they say why themselves.
    is_unheard: bool,
}

impl<F: Reading> Telling<'_, F> {
    fn tell(&mut self, store: &mut Memory<Message>) -> Result<(), JournalError> {
        for (partition, assessor) in (0..).zip(&self.assessors) {
            let mut told = Told::default();
            told.take(store, (TALLIES, partition))?;
            self.is_unheard |= assessor.send(told).is_err();
        }
        self.is_unheard |= self.sentinels.send(Told::for_sentinels(store, FACTS)?).is_err();
        Ok(())
    }
}

impl<F: Reading> Feed<Memory<Message>> for Telling<'_, F> {
    fn fill(&mut self, store: &mut Memory<Message>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        self.tell(store)?;
        if self.is_unheard {
            return Ok(Flow::Ended);
        }
        self.feed.fill(store, parts)
    }
}

/// The part of registers and dockets; it ends with the files, or when somebody does not hear it any more.
fn register(
    (registers, dockets): (&mut [RegisterStage], &mut [DocketStage]),
    store: &mut Memory<Message>,
    mut telling: Telling<'_, impl Reading>,
) -> Result<(), Failure> {
    let mut line = Line::new(pace());
    seat_registers(registers, store, &mut line).map_err(fatal)?;
    seat_dockets(dockets, store, &mut line).map_err(fatal)?;
    drive(&mut line, store, &mut telling)?;
    telling.tell(store).map_err(failed)?;
    telling.feed.take_failure().map_or(Ok(()), Err)
}

/// What the registers said, put into the log of an assessor; what it says is handed on before every new helping.
struct Assessing {
    told: Receiver<Told>,
    sentinels: SyncSender<Told>,
    lease: Lease,
}

impl Assessing {
    fn tell(&self, store: &mut Memory<Message>) -> Result<Flow, JournalError> {
        let told = Told::for_sentinels(store, WEIGHED)?;
        Ok(if self.sentinels.send(told).is_ok() { Flow::More } else { Flow::Ended })
    }
}

impl Feed<Memory<Message>> for Assessing {
    fn fill(&mut self, store: &mut Memory<Message>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        let Ok(told) = self.told.recv() else { return Ok(Flow::Ended) };
        parts.push(part(&self.lease, told.read));
        self.tell(store)
    }
}

/// One assessor's part; it ends when the registers have, or the sentinels.
fn assess(
    stage: &mut AssessorStage,
    (place, partitions): (u32, Partitions),
    told: Receiver<Told>,
    sentinels: SyncSender<Told>,
) -> Result<(), Failure> {
    let mut store = memory(Retention::Unread, partitions);
    let lease = store.restore(OTHERS).map_err(failed)?.lease;
    let mut assessing = Assessing { told, sentinels, lease };
    let mut line = Line::new(pace());
    seat_assessor(stage, (place, partitions.jurisdictions), &mut store, &mut line).map_err(fatal)?;
    drive(&mut line, &mut store, &mut assessing)?;
    assessing.tell(&mut store).map_err(failed)?;
    Ok(())
}

/// What the others said, put into the log of the sentinels; what has become complete is let out before.
struct Hearing<'a, O> {
    told: Receiver<Told>,
    outlet: &'a mut O,
    lease: Lease,
    marks: Vec<Option<i64>>,
    failure: Option<Failure>,
}

impl<O: Outlet> Hearing<'_, O> {
    /// Lets out what the others sent past the sentinels, and what these have said since.
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
}

impl<O: Outlet> Feed<Memory<Message>> for Hearing<'_, O> {
    fn fill(&mut self, store: &mut Memory<Message>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        let Ok(Told { read, records }) = self.told.recv() else { return Ok(Flow::Ended) };
        self.let_out(store, records)?;
        if self.failure.is_some() {
            return Ok(Flow::Ended);
        }
        parts.push(part(&self.lease, read));
        Ok(Flow::More)
    }
}

/// The sentinels' part; it ends when all others have.
fn weigh(sentinels: &mut [SentinelStage], partitions: Partitions, told: Receiver<Told>, outlet: &mut impl Outlet) -> Result<(), Failure> {
    let mut store = memory(Retention::Unread, partitions);
    let lease = store.restore(OTHERS).map_err(failed)?.lease;
    let mut hearing = Hearing { told, outlet, lease, marks: vec![None; sentinels.len()], failure: None };
    let mut line = Line::new(pace());
    seat_sentinels(sentinels, &mut store, &mut line).map_err(fatal)?;
    drive(&mut line, &mut store, &mut hearing)?;
    hearing.let_out(&mut store, Default::default()).map_err(failed)?;
    hearing.failure.map_or(Ok(()), Err)
}
